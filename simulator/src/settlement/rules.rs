//! The rules a settler follows, as data: order of recycling and thresholds of partial settlement. The default is plain:
//! oldest first, nothing in parts.

use std::collections::BTreeMap;

use finality_parsers::model::{BusinessDate, Calendar};

use super::book::LineId;
use super::credit::CreditRules;
use super::debit::DebitRules;

/// Rules of a settler.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Business days for the age of what is recycled. Without them there is one group, oldest first.
    pub recycling: Option<Calendar>,
    /// Thresholds of partial settlement.
    pub thresholds: Thresholds,
    /// On what the central bank lends to who lacks cash; nobody lends where there is none.
    pub credit: Option<CreditRules>,
    /// By type and value: what is paid for first, then what is free, in each the largest first.
    pub largest_first: bool,
    /// What accounts may owe until the end of the day; nothing where there is none.
    pub debits: Option<DebitRules>,
}

/// How small a part may be.
#[derive(Debug, Clone, Default)]
pub struct Thresholds {
    /// Cash that a part must come to, in minor units, for lines quoted by the piece.
    pub value_by_unit: i64,
    /// The same for lines quoted in per cent of the nominal.
    pub value_by_nominal: i64,
    /// Lines that are not quoted by the piece, or have a unit other than one.
    pub lines: BTreeMap<LineId, Unit>,
}

/// In what a line settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// The least that settles first.
    pub minimum: i64,
    /// In these steps.
    pub multiple: i64,
    /// Quoted in per cent of the nominal.
    pub nominal: bool,
}

const PIECE: Unit = Unit { minimum: 1, multiple: 1, nominal: false };

impl Thresholds {
    /// In what a line settles.
    pub fn unit(&self, line: LineId) -> Unit {
        self.lines.get(&line).copied().unwrap_or(PIECE)
    }

    /// Cash that a part of a line must come to.
    pub fn value(&self, line: LineId) -> i64 {
        if self.unit(line).nominal { self.value_by_nominal } else { self.value_by_unit }
    }
}

/// Priorities, most urgent first: reserved for the system, top, high, normal.
pub const NORMAL: u8 = 4;
/// What participants may give beside it.
pub const HIGH: u8 = 3;

/// From this age in business days on, an instruction goes before younger ones of its priority.
const AGED: u32 = 3;

/// After so many business days an instruction that found no other side is cancelled, by the usual rules.
pub const UNMATCHED: u32 = 20;

/// The last intended date that counts as aged on a day.
pub fn aged_until(calendar: &Calendar, day: BusinessDate) -> BusinessDate {
    business_days_before(calendar, day, AGED)
}

/// Instructions that were due before this date and are alone are cancelled on a day, where that is done after so many
/// business days: for [`expire`](super::matching::Unmatched::expire).
pub fn unmatched_since(calendar: &Calendar, day: BusinessDate, business_days: u32) -> BusinessDate {
    business_days_before(calendar, day, business_days)
}

/// The date so many business days earlier.
pub fn business_days_before(calendar: &Calendar, day: BusinessDate, days: u32) -> BusinessDate {
    let (mut date, mut age) = (day, 0);
    while age < days {
        let Some(before) = date.naive().pred_opt() else { return date };
        date = BusinessDate::new(before);
        age += u32::from(calendar.is_business_day(date));
    }
    date
}

/// The group of recycling, 0 first: by priority, and in each those of three business days and more before the younger.
pub fn group(priority: u8, date: BusinessDate, aged_until: Option<BusinessDate>) -> u8 {
    let Some(aged_until) = aged_until else { return 0 };
    (priority.clamp(1, NORMAL) - 1) * 2 + u8::from(date > aged_until)
}

#[cfg(test)]
mod tests {
    use finality_parsers::model::Market;

    use super::*;

    fn day(text: &str) -> BusinessDate {
        text.parse().expect("a date")
    }

    #[test]
    fn age_counts_business_days() {
        let until = aged_until(&Calendar::of(Market::Target), day("2026-11-24"));
        assert_eq!(until, day("2026-11-19"), "Tuesday: Monday is one, Friday two, Thursday three");
        let since = unmatched_since(&Calendar::of(Market::Target), day("2026-11-24"), UNMATCHED);
        assert_eq!(since, day("2026-10-27"), "four weeks without a holiday");
        assert_eq!(group(1, day("2026-11-19"), Some(until)), 0);
        assert_eq!(group(1, day("2026-11-20"), Some(until)), 1);
        assert_eq!(group(4, day("2026-11-19"), Some(until)), 6);
        assert_eq!(group(4, day("2026-11-24"), Some(until)), 7);
        assert_eq!(group(1, day("2026-11-24"), None), 0);
    }
}
