//! From a tag to a small number: a hash table of open addressing, because tags are sparse (FIX 5.0 SP2 goes beyond 50,000).

/// At most half full, so that a probe ends soon and always ends.
#[derive(Debug, Clone)]
pub(super) struct TagIndex {
    /// Tag and number; tag 0 is an empty slot. Always a power of two.
    slots: Box<[(u32, u16)]>,
    /// The hash is the upper bits of a product: this many are shifted out.
    shift: u32,
}

impl Default for TagIndex {
    fn default() -> Self {
        Self::with_room_for(0)
    }
}

impl TagIndex {
    /// For at most this many tags.
    pub(super) fn with_room_for(tags: usize) -> Self {
        let slots = (tags.max(1) * 2).next_power_of_two();
        Self { slots: vec![(0, 0); slots].into(), shift: 32 - slots.trailing_zeros() }
    }

    #[inline]
    fn first_slot(&self, tag: u32) -> usize {
        // Fibonacci hashing: neighbouring tags land far apart.
        (tag.wrapping_mul(0x9E37_79B9) >> self.shift) as usize
    }

    /// The number of a tag.
    #[inline]
    pub(super) fn get(&self, tag: u32) -> Option<u16> {
        let mask = self.slots.len() - 1;
        let mut at = self.first_slot(tag);
        loop {
            let (here, number) = self.slots[at & mask];
            if here == tag {
                return (tag != 0).then_some(number);
            }
            if here == 0 {
                return None;
            }
            at += 1;
        }
    }

    /// Keeps a number unless the tag has one already; whether it was kept. Tag 0 is none.
    pub(super) fn insert(&mut self, tag: u32, number: u16) -> bool {
        let mask = self.slots.len() - 1;
        let mut at = self.first_slot(tag) & mask;
        while self.slots[at].0 != 0 {
            if self.slots[at].0 == tag {
                return false;
            }
            at = (at + 1) & mask;
        }
        if tag != 0 {
            self.slots[at] = (tag, number);
        }
        tag != 0
    }

    pub(super) fn size(&self) -> usize {
        size_of_val(&*self.slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn answers_like_a_map(tags in proptest::collection::vec(1u32..60_000, 0..700), others in proptest::collection::vec(any::<u32>(), 50)) {
            let mut index = TagIndex::with_room_for(tags.len());
            let mut map = BTreeMap::new();
            for (number, tag) in (0..).zip(&tags) {
                prop_assert_eq!(index.insert(*tag, number), !map.contains_key(tag));
                map.entry(*tag).or_insert(number);
            }
            for tag in tags.iter().chain(&others).chain(&[0]) {
                prop_assert_eq!(index.get(*tag), map.get(tag).copied());
            }
        }
    }
}
