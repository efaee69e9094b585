//! How old an open exception is, in buckets: by business hours before its settlement date, by business days after it.

use finality_parsers::machine::Timestamp;
use finality_parsers::model::BusinessDate;
use serde::{Deserialize, Serialize};

use super::hours::BusinessClock;

/// How old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// Before the settlement date, open for less than one business hour.
    UnderOneHour,
    /// From one hour.
    OneToFourHours,
    /// From four hours.
    FourToEightHours,
    /// From eight hours.
    OverEightHours,
    /// The settlement date is one business day past.
    OneDay,
    /// Two to five.
    TwoToFiveDays,
    /// Six to ten.
    SixToTenDays,
    /// More.
    OverTenDays,
}

/// Upper ends, in business minutes before the settlement date and in business days after it.
const HOURS: [(u64, Age); 3] =
    [(60, Age::UnderOneHour), (240, Age::OneToFourHours), (480, Age::FourToEightHours)];
const DAYS: [(i64, Age); 3] = [(1, Age::OneDay), (5, Age::TwoToFiveDays), (10, Age::SixToTenDays)];

impl Age {
    /// All, youngest first.
    pub const ALL: [Age; 8] = [
        Age::UnderOneHour,
        Age::OneToFourHours,
        Age::FourToEightHours,
        Age::OverEightHours,
        Age::OneDay,
        Age::TwoToFiveDays,
        Age::SixToTenDays,
        Age::OverTenDays,
    ];

    /// Of something opened then, of a trade that settles that day, seen now. What has no settlement date ages by hours.
    pub fn of(
        clock: BusinessClock<'_>,
        opened: Timestamp,
        settles: Option<BusinessDate>,
        now: Timestamp,
    ) -> Self {
        let past = settles.map_or(0, |day| clock.days_between(day, clock.day(now)));
        if past > 0 {
            return Self::of_days(past);
        }
        let minutes = clock.minutes_between(opened, now);
        HOURS.iter().find(|(end, _)| minutes < *end).map_or(Age::OverEightHours, |(_, age)| *age)
    }

    /// Of what should have settled so many business days ago.
    pub fn of_days(past: i64) -> Self {
        DAYS.iter().find(|(most, _)| past <= *most).map_or(Age::OverTenDays, |(_, age)| *age)
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Age::UnderOneHour => "< 1 h",
            Age::OneToFourHours => "1-4 h",
            Age::FourToEightHours => "4-8 h",
            Age::OverEightHours => "> 8 h",
            Age::OneDay => "SD+1",
            Age::TwoToFiveDays => "SD+2-5",
            Age::SixToTenDays => "SD+6-10",
            Age::OverTenDays => "> SD+10",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exceptions::hours::DeskHours;
    use finality_parsers::model::{Calendar, Market};

    #[test]
    fn hours_before_and_business_days_after_the_settlement_date() {
        let (hours, calendar) = (DeskHours::default(), Calendar::of(Market::Target));
        let clock = BusinessClock { hours: &hours, calendar: &calendar };
        let at = |text: &str| {
            let at = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a time");
            Timestamp::from_utc(at.and_utc())
        };
        let check = |now: &str, expected: Age| {
            let settles = "2026-12-24".parse().expect("a day");
            assert_eq!(Age::of(clock, at("2026-12-23 16:00"), Some(settles), at(now)), expected, "{now}");
        };
        check("2026-12-23 16:59", Age::UnderOneHour);
        check("2026-12-23 17:00", Age::OneToFourHours);
        check("2026-12-24 10:00", Age::FourToEightHours);
        check("2026-12-24 17:00", Age::OverEightHours);
        // Christmas and its weekend are no business days: the clock stands.
        check("2026-12-27 12:00", Age::OverEightHours);
        check("2026-12-28 08:00", Age::OneDay);
        check("2026-12-29 08:00", Age::TwoToFiveDays);
        check("2027-01-05 08:00", Age::SixToTenDays);
        check("2027-01-15 08:00", Age::OverTenDays);
    }
}
