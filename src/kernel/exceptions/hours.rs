//! The business clock: minutes count while the desk is open, on business days only.

use chrono::{NaiveDate, NaiveTime, Timelike};
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, Calendar};
use serde::{Deserialize, Serialize};

/// When people are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeskHours {
    /// From this time of the day, by the desk's own clock.
    pub from: NaiveTime,
    /// Until this time.
    pub to: NaiveTime,
    /// How far the desk's clock is ahead of UTC. One offset for the whole year: where summer time is kept, change it with the clocks.
    pub utc_offset_minutes: i32,
}

impl Default for DeskHours {
    fn default() -> Self {
        Self { from: hour(8), to: hour(18), utc_offset_minutes: 0 }
    }
}

fn hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default()
}

/// A clock that stands still outside desk hours.
#[derive(Debug, Clone, Copy)]
pub struct BusinessClock<'p> {
    /// The desk's hours.
    pub hours: &'p DeskHours,
    /// The desk's days.
    pub calendar: &'p Calendar,
}

const DAY: i64 = 24 * 60 * 60;
/// No span of work is longer; the bound keeps hostile dates from hanging us.
const DAYS_MAX: i64 = 3_660;
/// The first of January 1970, counted as chrono counts days.
const EPOCH_DAYS: i64 = 719_163;

impl BusinessClock<'_> {
    /// Whole business minutes from one instant to another; zero when the other is not later.
    pub fn minutes_between(&self, from: Timestamp, to: Timestamp) -> u64 {
        let (from, to) = (self.local(from), self.local(to));
        let first = from.div_euclid(DAY);
        let last = to.div_euclid(DAY).min(first + DAYS_MAX);
        let open = (first..=last).filter_map(|day| self.window(day));
        let seconds: i64 = open.map(|(opens, closes)| (to.min(closes) - from.max(opens)).max(0)).sum();
        u64::try_from(seconds / 60).unwrap_or(0)
    }

    /// The instant at which so many business minutes have passed.
    pub fn after(&self, at: Timestamp, minutes: u64) -> Timestamp {
        let from = self.local(at);
        let mut left = i64::try_from(minutes.saturating_mul(60)).unwrap_or(i64::MAX);
        let first = from.div_euclid(DAY);
        for day in first..=first + DAYS_MAX {
            let Some((opens, closes)) = self.window(day) else { continue };
            let begins = from.max(opens);
            if begins < closes {
                if left <= closes - begins {
                    return self.instant(begins + left);
                }
                left -= closes - begins;
            }
        }
        self.instant((first + DAYS_MAX) * DAY)
    }

    /// The business day of an instant, by the desk's clock; on a day off the last one before.
    pub fn day(&self, at: Timestamp) -> BusinessDate {
        let day = self.local(at).div_euclid(DAY);
        let open = (0..30).map(|back| date(day - back)).find(|d| self.calendar.is_business_day(*d));
        open.unwrap_or_else(|| date(day))
    }

    /// The day of an instant by the desk's clock, day off or not.
    pub fn date(&self, at: Timestamp) -> BusinessDate {
        date(self.local(at).div_euclid(DAY))
    }

    /// The time of the day by the desk's clock.
    pub fn time(&self, at: Timestamp) -> NaiveTime {
        let second = u32::try_from(self.local(at).rem_euclid(DAY)).unwrap_or(0);
        NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap_or_default()
    }

    /// The instant at which the desk's clock shows a time of a day.
    pub fn instant_of(&self, day: BusinessDate, time: NaiveTime) -> Timestamp {
        self.instant(number(day) * DAY + i64::from(time.num_seconds_from_midnight()))
    }

    /// Business days from one day to another; negative when the other is earlier.
    pub fn days_between(&self, from: BusinessDate, to: BusinessDate) -> i64 {
        let (first, last) = (number(from), number(to));
        let span = (first.min(last) + 1..=first.max(last)).take(usize::try_from(DAYS_MAX).unwrap_or(0));
        let days = span.filter(|day| self.calendar.is_business_day(date(*day))).count();
        let days = i64::try_from(days).unwrap_or(i64::MAX);
        if first <= last { days } else { -days }
    }

    /// Business minutes in a whole day.
    pub fn minutes_a_day(&self) -> u64 {
        let (opens, closes) = self.times();
        u64::try_from((closes - opens) / 60).unwrap_or(0).max(1)
    }

    /// Opening and closing of a day in local seconds; `None` on a day off.
    fn window(&self, day: i64) -> Option<(i64, i64)> {
        let (opens, closes) = self.times();
        self.calendar.is_business_day(date(day)).then_some((day * DAY + opens, day * DAY + closes))
    }

    /// A desk that closes before it opens is open all day.
    fn times(&self) -> (i64, i64) {
        let seconds = |time: NaiveTime| i64::from(time.num_seconds_from_midnight());
        let (from, to) = (seconds(self.hours.from), seconds(self.hours.to));
        if from < to { (from, to) } else { (0, DAY) }
    }

    /// Seconds of the desk's own clock.
    fn local(&self, at: Timestamp) -> i64 {
        at.nanos().div_euclid(1_000_000_000) + i64::from(self.hours.utc_offset_minutes) * 60
    }

    fn instant(&self, local: i64) -> Timestamp {
        let utc = local - i64::from(self.hours.utc_offset_minutes) * 60;
        Timestamp::from_nanos(utc.saturating_mul(1_000_000_000))
    }
}

fn date(day: i64) -> BusinessDate {
    let number = i32::try_from(day + EPOCH_DAYS).ok();
    BusinessDate::new(number.and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or(NaiveDate::MAX))
}

fn number(day: BusinessDate) -> i64 {
    use chrono::Datelike as _;
    i64::from(day.naive().num_days_from_ce()) - EPOCH_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;
    use finality_parsers::model::Market;

    fn at(text: &str) -> Timestamp {
        let at = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a time");
        Timestamp::from_utc(at.and_utc())
    }

    fn check(offset: i32, from: &str, minutes: u64, to: &str) {
        let hours = DeskHours { utc_offset_minutes: offset, ..DeskHours::default() };
        let calendar = Calendar::of(Market::Target);
        let clock = BusinessClock { hours: &hours, calendar: &calendar };
        assert_eq!(clock.after(at(from), minutes), at(to), "{minutes} minutes after {from}");
        assert_eq!(clock.minutes_between(at(from), at(to)), minutes, "from {from} to {to}");
    }

    #[test]
    fn minutes_count_while_the_desk_is_open() {
        check(0, "2026-11-24 09:00", 120, "2026-11-24 11:00");
        // Over the night, over a weekend, over Christmas (Friday) with its weekend.
        check(0, "2026-11-24 17:30", 60, "2026-11-25 08:30");
        check(0, "2026-11-27 17:00", 120, "2026-11-30 09:00");
        check(0, "2026-12-24 17:59", 2, "2026-12-28 08:01");
        // Before opening, and an hour ahead of UTC.
        check(0, "2026-11-24 03:00", 15, "2026-11-24 08:15");
        check(60, "2026-11-24 07:00", 15, "2026-11-24 07:15");
        check(-300, "2026-11-24 22:30", 60, "2026-11-25 13:30");
    }

    #[test]
    fn days_count_over_weekends_and_holidays() {
        let (hours, calendar) = (DeskHours::default(), Calendar::of(Market::Target));
        let clock = BusinessClock { hours: &hours, calendar: &calendar };
        let day = |text: &str| text.parse::<BusinessDate>().expect("a day");
        assert_eq!(clock.days_between(day("2026-11-26"), day("2026-11-30")), 2);
        assert_eq!(clock.days_between(day("2026-12-24"), day("2026-12-29")), 2);
        assert_eq!(clock.days_between(day("2026-11-30"), day("2026-11-26")), -2);
        assert_eq!(clock.days_between(day("2026-11-26"), day("2026-11-26")), 0);
        assert_eq!(clock.day(at("2026-11-29 12:00")), day("2026-11-27"));
    }
}
