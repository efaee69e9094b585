//! The components of all fields of a message, in one list.

use super::format::Format;
use super::notation::{Component, Kind};

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

    /// The components of a field by their names; none where the value does not have its format.
    pub fn named<'v>(&self, field: usize, format: &Format, value: &'v [u8]) -> Vec<(&'static str, &'v [u8])> {
        named(format, value, self.of(field))
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

/// Names stand in the order of the notation; those of optional parts are passed over when the part is not there.
fn named<'v>(format: &Format, value: &'v [u8], found: &[Component]) -> Vec<(&'static str, &'v [u8])> {
    let mut named = Vec::new();
    // The blank behind ISIN is a part of the notation and says nothing.
    let mut rest = found.iter().filter(|c| value.get(c.range()) != Some(b" ")).peekable();
    let mut end = 0;
    for name in format.components {
        let Some(next) = rest.peek() else { break };
        let before = value.get(end..next.range().start).unwrap_or_default();
        let there = match *name {
            "DataSourceScheme" => next.kind == Kind::Scheme,
            "ISIN" => next.kind == Kind::Isin,
            "CountryCode" => next.kind == Kind::Country,
            "Decimals" => before == b",",
            "Sign" => {
                if let Some(place) = before.iter().position(|b| *b == b'N') {
                    named.push((*name, before.get(place..=place).unwrap_or_default()));
                }
                false
            }
            _ => true,
        };
        if !there {
            continue;
        }
        let start = next.range().start;
        end = next.range().end;
        rest.next();
        if *name == "Offset" {
            end = value.len();
        }
        named.push((*name, value.get(start..end).unwrap_or_default()));
    }
    named
}

#[cfg(test)]
mod tests {
    use super::super::format;
    use super::*;

    #[test]
    fn parts_have_the_names_of_the_standard() {
        for (tag, value, expected) in [
            ("19A", ":SETT//NEUR5,25", "Qualifier=SETT Sign=N CurrencyCode=EUR Amount=5,25"),
            ("19A", ":SETT//NOK5,", "Qualifier=SETT CurrencyCode=NOK Amount=5,"),
            ("22F", ":SETR//TRAD", "Qualifier=SETR Indicator=TRAD"),
            ("22F", ":SETR/DAKV/TRAD", "Qualifier=SETR DataSourceScheme=DAKV Indicator=TRAD"),
            ("35B", "ISIN DE0007164600\r\nSAP", "ISIN=DE0007164600 Description=SAP"),
            ("35B", "/US/0378", "Description=/US/0378"),
            ("94D", ":VAHA//DE/BONN", "Qualifier=VAHA CountryCode=DE Place=BONN"),
            ("94D", ":VAHA///BONN", "Qualifier=VAHA Place=BONN"),
            (
                "98E",
                ":PREP//20260519120000,123/N0530",
                "Qualifier=PREP Date=20260519 Time=120000 Decimals=123 Sign=N Offset=0530",
            ),
            ("98E", ":PREP//20260519120000/02", "Qualifier=PREP Date=20260519 Time=120000 Offset=02"),
            ("95R", ":REAG/DAKV/7003", "Qualifier=REAG DataSourceScheme=DAKV ProprietaryCode=7003"),
            ("23G", "NEWM", "Function=NEWM"),
            ("98A", ":SETT//20261399", ""),
            ("98A", ":SETT//2026", ""),
        ] {
            let format = format::of(tag.as_bytes()).expect("a known tag");
            let mut found = Vec::new();
            format.compiled.read_straight(value.as_bytes(), &mut found);
            let parts = named(format, value.as_bytes(), &found);
            let shown: Vec<_> =
                parts.iter().map(|(n, v)| format!("{n}={}", String::from_utf8_lossy(v))).collect();
            assert_eq!(shown.join(" "), expected, "{tag} {value}");
        }
    }
}
