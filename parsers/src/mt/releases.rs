//! Which table holds on which day. The standard changes once a year; each table says the release it is of, and tables of
//! several releases of one message may stand side by side, the oldest first.
//!
//! To add a release: declare it below, write its table beside the earlier one with `Spec::read_for(&RELEASE, ..)`, and
//! add it behind that one in `TABLES`.

use std::sync::LazyLock;

use super::spec::Spec;
use super::{
    mt502, mt509, mt513, mt514, mt515, mt517, mt518, mt527, mt530, mt535, mt536, mt537, mt538, mt540, mt541,
    mt542, mt543, mt544, mt545, mt546, mt547, mt548, mt549, mt578, mt586,
};
use crate::model::BusinessDate;

/// A release of the standard.
#[derive(Debug, PartialEq, Eq)]
pub struct Release {
    /// As it is called.
    pub name: &'static str,
    /// What must be known of its tables.
    pub note: &'static str,
    /// The day from which it is spoken: year, month, day.
    pub live: (i32, u32, u32),
}

/// The release of November 2025.
pub static SRU2025: Release = Release {
    name: "SRU2025",
    note: "sequences and options of this release; qualifiers of SR2018 where later ones were not seen",
    live: (2025, 11, 22),
};

impl Release {
    /// Whether it is spoken on that day.
    pub fn is_live(&self, date: BusinessDate) -> bool {
        let (year, month, day) = self.live;
        BusinessDate::from_ymd(year, month, day).is_some_and(|live| live <= date)
    }
}

/// The table of a message type on a day: that of the latest release that is live; before the first, the first.
pub fn spec(kind: &str, date: BusinessDate) -> Option<&'static Spec> {
    let tables = tables(kind)?;
    let place = choose(tables.iter().map(|t| t.release), date);
    tables.get(place).map(|t| &***t)
}

/// The table of the latest release of a message type.
pub fn latest(kind: &str) -> Option<&'static Spec> {
    tables(kind)?.last().map(|t| &***t)
}

/// The message types that have a table, in order.
pub fn types() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(kind, _)| *kind)
}

fn tables(kind: &str) -> Option<&'static [&'static LazyLock<Spec>]> {
    let place = TABLES.binary_search_by_key(&kind, |(kind, _)| *kind).ok()?;
    TABLES.get(place).map(|(_, tables)| *tables)
}

/// The place of the release that holds, among releases with the oldest first.
fn choose<'a>(releases: impl Iterator<Item = &'a Release>, date: BusinessDate) -> usize {
    releases.enumerate().filter(|(_, r)| r.is_live(date)).map(|(place, _)| place).last().unwrap_or(0)
}

/// By message type, the oldest release first.
static TABLES: &[(&str, &[&LazyLock<Spec>])] = &[
    ("502", &[&mt502::SPEC]),
    ("509", &[&mt509::SPEC]),
    ("513", &[&mt513::SPEC]),
    ("514", &[&mt514::SPEC]),
    ("515", &[&mt515::SPEC]),
    ("517", &[&mt517::SPEC]),
    ("518", &[&mt518::SPEC]),
    ("527", &[&mt527::SPEC]),
    ("530", &[&mt530::SPEC]),
    ("535", &[&mt535::SPEC]),
    ("536", &[&mt536::SPEC]),
    ("537", &[&mt537::SPEC]),
    ("538", &[&mt538::SPEC]),
    ("540", &[&mt540::SPEC]),
    ("541", &[&mt541::SPEC]),
    ("542", &[&mt542::SPEC]),
    ("543", &[&mt543::SPEC]),
    ("544", &[&mt544::SPEC]),
    ("545", &[&mt545::SPEC]),
    ("546", &[&mt546::SPEC]),
    ("547", &[&mt547::SPEC]),
    ("548", &[&mt548::SPEC]),
    ("549", &[&mt549::SPEC]),
    ("578", &[&mt578::SPEC]),
    ("586", &[&mt586::SPEC]),
];

#[cfg(test)]
mod tests {
    use super::*;

    static NEXT: Release = Release { name: "the next", note: "", live: (2026, 11, 21) };

    fn day(year: i32, month: u32, day: u32) -> BusinessDate {
        BusinessDate::from_ymd(year, month, day).expect("a day")
    }

    #[test]
    fn the_release_that_is_live_is_chosen() {
        let now = Spec::read("517", "t", &["NEWM"], "20C M SEME\n");
        let next = Spec::read_for(&NEXT, "517", "t", &["NEWM"], "20C M SEME\n20U O UTID\n");
        let tables = [&now, &next];
        for (date, fields, name) in [
            (day(2019, 1, 1), 1, SRU2025.name),
            (day(2025, 11, 22), 1, SRU2025.name),
            (day(2026, 11, 20), 1, SRU2025.name),
            (day(2026, 11, 21), 2, "the next"),
            (day(2031, 1, 1), 2, "the next"),
        ] {
            let found = tables[choose(tables.iter().map(|t| t.release), date)];
            assert_eq!((found.root.items.len(), found.release.name), (fields, name), "{date}");
        }
    }

    #[test]
    fn every_type_is_found_on_every_day() {
        let kinds: Vec<_> = types().collect();
        assert!(kinds.is_sorted(), "the tables are searched by type");
        for kind in kinds {
            let latest = latest(kind).expect("a table");
            assert_eq!(latest.message, kind);
            assert!(spec(kind, day(2026, 11, 26)).is_some_and(|s| std::ptr::eq(s, latest)));
            assert!(spec(kind, day(1999, 1, 1)).is_some());
            let order: Vec<_> = tables(kind).expect("tables").iter().map(|t| t.release.live).collect();
            assert!(order.is_sorted(), "{kind}: the oldest first");
        }
        assert!(latest("999").is_none() && spec("999", day(2026, 1, 1)).is_none());
    }
}
