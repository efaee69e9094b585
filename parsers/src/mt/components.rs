//! The components of all fields of a message, in one list.

use super::notation::Component;

/// Where the parts of the values stand.
#[derive(Debug, Default)]
pub struct Components {
    /// All of them.
    pub(super) list: Vec<Component>,
    /// For each field how many there are up to its end.
    ends: Vec<u32>,
}

impl Components {
    /// The components of a field, counted from the start of its value; none where the value does not have its format.
    pub fn of(&self, field: usize) -> &[Component] {
        let start = field.checked_sub(1).map_or(0, |before| self.end(before));
        self.list.get(start..self.end(field)).unwrap_or_default()
    }

    fn end(&self, field: usize) -> usize {
        self.ends.get(field).copied().unwrap_or(0) as usize
    }

    /// What was found so far belongs to this field and those before.
    pub(super) fn end_field(&mut self) {
        // A message has far fewer components than bytes, and those are bounded.
        self.ends.push(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.ends.clear();
    }
}
