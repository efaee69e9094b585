//! When a session is open: daily or weekly hours in a time zone, with daylight saving, told the time like everything else.
//!
//! ```text
//!   daily   |== Mon ==|    |== Tue ==|    |== Wed ==|        a period begins at each StartTime
//!   weekly  |== Sun 22:00 ............ Fri 21:00 ==|    |==  one period a week
//! ```
//!
//! A session lives for one period: sequence numbers that were begun in another period begin anew. Periods are half open:
//! the instant of the end is outside. They never overlap, and may touch (`StartTime` equal to `EndTime` is round the clock, with a
//! new period at that time).
//!
//! A boundary in the hour that daylight saving leaves out is the instant at which the clocks jump; one in the hour that
//! comes twice is its first coming. A period that lies wholly inside the hour left out does not take place that day.

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday,
};
use chrono_tz::Tz;

use crate::machine::Timestamp;

/// Days on which a period may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days7(u8);

impl Days7 {
    /// Every day.
    pub const ALL: Days7 = Days7(0x7f);

    /// These days.
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Self {
        Self(days.into_iter().fold(0, |set, day| set | 1 << day.num_days_from_monday()))
    }

    /// Whether this day is one of them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & 1 << day.num_days_from_monday() != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The hours themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hours {
    /// Always open, one period for ever.
    NonStop,
    /// Open each day from start to end; an end that is not after the start is on the next day.
    Daily {
        /// Local time at which a period begins.
        start: NaiveTime,
        /// Local time at which it ends.
        end: NaiveTime,
        /// Days on which a period begins; it may end on another.
        weekdays: Days7,
    },
    /// Open once a week; an end that is not after the start is in the next week.
    Weekly {
        /// Day and local time at which a period begins.
        start: (Weekday, NaiveTime),
        /// Day and local time at which it ends.
        end: (Weekday, NaiveTime),
    },
}

/// One period of a schedule: `start` is inside, `end` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// When it begins.
    pub start: Timestamp,
    /// When it is over.
    pub end: Timestamp,
}

/// When a session is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    hours: Hours,
    zone: Tz,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { hours: Hours::NonStop, zone: Tz::UTC }
    }
}

impl Schedule {
    /// These hours, on the clocks of this zone.
    pub fn new(hours: Hours, zone: Tz) -> Self {
        Self { hours, zone }
    }

    /// The hours.
    pub fn hours(&self) -> Hours {
        self.hours
    }

    /// Whose clocks.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Whether the session is open.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.period(now).is_some()
    }

    /// Whether what was begun at `a` still lives at `b`: both are in the same period. What was begun while closed does not.
    pub fn same_period(&self, a: Timestamp, b: Timestamp) -> bool {
        self.period(a).is_some_and(|period| self.period(b) == Some(period))
    }

    /// The next instant at which something changes: it opens, it closes, or a new period begins. `None` for
    /// [`Hours::NonStop`] and for hours that never come.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        if self.hours == Hours::NonStop {
            return None;
        }
        match self.period(now) {
            Some(period) => Some(period.end),
            None => self.near(now).map(|p| p.start).filter(|start| *start > now).min(),
        }
    }

    /// The period that this instant is in.
    pub fn period(&self, now: Timestamp) -> Option<Period> {
        if self.hours == Hours::NonStop {
            let (start, end) = (Timestamp::from_nanos(i64::MIN), Timestamp::from_nanos(i64::MAX));
            return Some(Period { start, end });
        }
        self.near(now).find(|p| p.start <= now && now < p.end)
    }

    /// The periods that begin around an instant: enough to find the one it is in and the next one, even if daylight saving
    /// swallows a weekly one.
    fn near(&self, now: Timestamp) -> impl Iterator<Item = Period> {
        let schedule = *self;
        let today = now.utc().with_timezone(&self.zone).date_naive();
        (-9i64..=16).filter_map(move |days| {
            let date = today.checked_add_signed(TimeDelta::days(days))?;
            schedule.beginning_on(date).filter(|p| p.start < p.end)
        })
    }

    /// The period that begins on this local date.
    fn beginning_on(&self, date: NaiveDate) -> Option<Period> {
        let (start, end, days) = match self.hours {
            Hours::NonStop => return None,
            Hours::Daily { start, end, weekdays } => {
                if !weekdays.contains(date.weekday()) {
                    return None;
                }
                (start, end, u64::from(end <= start))
            }
            Hours::Weekly { start: (start_day, start), end: (end_day, end) } => {
                if date.weekday() != start_day {
                    return None;
                }
                let days = u64::from(end_day.days_since(start_day));
                (start, end, if days == 0 && end <= start { 7 } else { days })
            }
        };
        let last = date.checked_add_days(Days::new(days))?;
        Some(Period { start: self.instant(date, start)?, end: self.instant(last, end)? })
    }

    /// When the clocks of the zone show this; later local times never give earlier instants.
    fn instant(&self, date: NaiveDate, time: NaiveTime) -> Option<Timestamp> {
        let local = date.and_time(time);
        let at = match self.zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc),
            LocalResult::None => self.jump(local)?,
        };
        Some(Timestamp::from_utc(at))
    }

    /// The instant at which the clocks jump over this local time.
    fn jump(&self, local: chrono::NaiveDateTime) -> Option<DateTime<Utc>> {
        // What is not on the clocks lies between the last offset before and the first one after: halve until they meet.
        // No zone is further from UTC than a day, nor jumps further.
        let around = local.and_utc();
        let day = TimeDelta::days(2);
        let shows = |at: i64| {
            let at = DateTime::from_timestamp(at, 0)?;
            Some(at.with_timezone(&self.zone).naive_local())
        };
        let (mut before, mut after) =
            (around.checked_sub_signed(day)?.timestamp(), around.checked_add_signed(day)?.timestamp());
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if shows(middle)? < local { before = middle } else { after = middle }
        }
        DateTime::from_timestamp(after, 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_utc(text.parse().expect("an instant"))
    }

    fn time(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M:%S").expect("a time")
    }

    fn daily(start: &str, end: &str, zone: Tz) -> Schedule {
        Schedule::new(Hours::Daily { start: time(start), end: time(end), weekdays: Days7::ALL }, zone)
    }

    #[test]
    fn a_day_has_its_hours() {
        let s = daily("08:00:00", "17:30:00", Tz::Europe__Berlin);
        // Winter: one hour ahead of UTC; summer: two.
        for (now, open) in [
            ("2026-01-15T06:59:59Z", false),
            ("2026-01-15T07:00:00Z", true),
            ("2026-01-15T16:29:59Z", true),
            ("2026-01-15T16:30:00Z", false),
            ("2026-07-15T06:00:00Z", true),
            ("2026-07-15T15:30:00Z", false),
        ] {
            assert_eq!(s.is_open(at(now)), open, "{now}");
        }
        assert_eq!(s.next_change(at("2026-01-15T06:00:00Z")), Some(at("2026-01-15T07:00:00Z")));
        assert_eq!(s.next_change(at("2026-01-15T07:00:00Z")), Some(at("2026-01-15T16:30:00Z")));
        assert!(s.same_period(at("2026-01-15T07:00:00Z"), at("2026-01-15T16:00:00Z")));
        assert!(!s.same_period(at("2026-01-15T07:00:00Z"), at("2026-01-16T07:00:00Z")));
        assert!(!s.same_period(at("2026-01-15T06:00:00Z"), at("2026-01-15T06:00:00Z")), "closed");
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let weekdays = Days7::of([Weekday::Fri]);
        let hours = Hours::Daily { start: time("22:00:00"), end: time("04:00:00"), weekdays };
        let s = Schedule::new(hours, Tz::UTC);
        // 2026-01-16 is a Friday.
        assert!(!s.is_open(at("2026-01-15T23:00:00Z")));
        assert!(s.is_open(at("2026-01-16T23:00:00Z")));
        assert!(s.is_open(at("2026-01-17T03:59:59Z")));
        assert!(!s.is_open(at("2026-01-17T04:00:00Z")));
        assert!(!s.is_open(at("2026-01-16T03:00:00Z")));
        assert_eq!(s.next_change(at("2026-01-17T04:00:00Z")), Some(at("2026-01-23T22:00:00Z")));
    }

    #[test]
    fn round_the_clock_begins_anew_each_day() {
        let s = daily("17:00:00", "17:00:00", Tz::America__New_York);
        assert!(s.is_open(at("2026-01-15T22:00:00Z")));
        assert!(s.same_period(at("2026-01-15T22:00:00Z"), at("2026-01-16T21:59:59Z")));
        assert!(!s.same_period(at("2026-01-15T21:59:59Z"), at("2026-01-15T22:00:00Z")));
        assert_eq!(s.next_change(at("2026-01-15T22:00:00Z")), Some(at("2026-01-16T22:00:00Z")));
    }

    #[test]
    fn a_week_has_its_span() {
        let hours =
            Hours::Weekly { start: (Weekday::Sun, time("18:00:00")), end: (Weekday::Fri, time("17:00:00")) };
        let s = Schedule::new(hours, Tz::America__New_York);
        // The clocks go forward on Sunday 2026-03-08.
        assert!(s.is_open(at("2026-03-08T22:00:00Z")));
        assert!(!s.is_open(at("2026-03-08T21:59:59Z")));
        assert!(s.same_period(at("2026-03-08T22:00:00Z"), at("2026-03-13T20:59:59Z")));
        assert!(!s.is_open(at("2026-03-13T21:00:00Z")));
        assert_eq!(s.next_change(at("2026-03-13T21:00:00Z")), Some(at("2026-03-15T22:00:00Z")));
        let whole =
            Hours::Weekly { start: (Weekday::Mon, time("00:00:00")), end: (Weekday::Mon, time("00:00:00")) };
        let s = Schedule::new(whole, Tz::UTC);
        assert!(s.same_period(at("2026-01-12T00:00:00Z"), at("2026-01-18T23:59:59Z")));
        assert!(!s.same_period(at("2026-01-18T23:59:59Z"), at("2026-01-19T00:00:00Z")));
    }

    #[test]
    fn an_hour_left_out_and_an_hour_that_comes_twice() {
        // Berlin, 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC; 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC.
        let s = daily("02:30:00", "12:00:00", Tz::Europe__Berlin);
        assert!(!s.is_open(at("2026-03-29T00:59:59Z")));
        assert!(s.is_open(at("2026-03-29T01:00:00Z")));
        assert!(!s.is_open(at("2026-10-25T00:29:59Z")));
        assert!(s.is_open(at("2026-10-25T00:30:00Z")), "the first 02:30");
        assert!(s.same_period(at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")));
        let swallowed = daily("02:10:00", "02:50:00", Tz::Europe__Berlin);
        assert_eq!(swallowed.next_change(at("2026-03-29T00:00:00Z")), Some(at("2026-03-30T00:10:00Z")));
    }

    #[test]
    fn non_stop_never_changes() {
        let s = Schedule::default();
        assert!(
            s.is_open(Timestamp::default())
                && s.same_period(Timestamp::default(), at("2026-01-01T00:00:00Z"))
        );
        assert_eq!(s.next_change(Timestamp::default()), None);
    }

    fn any_time() -> impl Strategy<Value = NaiveTime> {
        (0u32..24, prop_oneof![Just(0u32), Just(30), 0u32..60])
            .prop_map(|(h, m)| NaiveTime::from_hms_opt(h, m, 0).expect("a time"))
    }

    fn any_day() -> impl Strategy<Value = Weekday> {
        (0u8..7).prop_map(|n| Weekday::try_from(n).expect("a day"))
    }

    fn any_schedule() -> impl Strategy<Value = Schedule> {
        let zone = prop_oneof![
            Just(Tz::UTC),
            Just(Tz::Europe__London),
            Just(Tz::America__New_York),
            Just(Tz::Australia__Lord_Howe),
            Just(Tz::Asia__Kolkata),
            Just(Tz::Pacific__Apia),
        ];
        let hours = prop_oneof![
            (any_time(), any_time(), 1u8..128).prop_map(|(start, end, days)| Hours::Daily {
                start,
                end,
                weekdays: Days7(days)
            }),
            (any_day(), any_time(), any_day(), any_time())
                .prop_map(|(a, start, b, end)| Hours::Weekly { start: (a, start), end: (b, end) }),
        ];
        (hours, zone).prop_map(|(hours, zone)| Schedule::new(hours, zone))
    }

    /// Around the years in which zones of the test change their clocks; Apia leaves a whole day out in 2011.
    fn any_instant() -> impl Strategy<Value = Timestamp> {
        (1_300_000_000i64..1_900_000_000).prop_map(|s| Timestamp::from_nanos(s * 1_000_000_000))
    }

    proptest! {
        #[test]
        fn changes_are_where_something_changes(s in any_schedule(), now in any_instant()) {
            let nano = std::time::Duration::from_nanos(1);
            let change = s.next_change(now).expect("these hours come");
            prop_assert!(change > now);
            // Until then nothing changes, there it does.
            let last = change - nano;
            prop_assert_eq!(s.period(now), s.period(last));
            prop_assert_ne!(s.period(last), s.period(change));
            prop_assert_eq!(s.is_open(now), s.same_period(now, last));
            prop_assert!(!s.same_period(now, change));
        }

        #[test]
        fn a_period_is_open_exactly_between_its_ends(s in any_schedule(), now in any_instant()) {
            let nano = std::time::Duration::from_nanos(1);
            if let Some(p) = s.period(now) {
                prop_assert!(p.start <= now && now < p.end);
                prop_assert_eq!(s.period(p.start), Some(p));
                prop_assert_eq!(s.period(p.end - nano), Some(p));
                prop_assert_ne!(s.period(p.end), Some(p));
                prop_assert_ne!(s.period(p.start - nano), Some(p));
            }
        }

        #[test]
        fn without_daylight_saving_open_is_what_the_clock_shows(
            start in any_time(), end in any_time(), now in any_instant()
        ) {
            let s = Schedule::new(Hours::Daily { start, end, weekdays: Days7::ALL }, Tz::Asia__Kolkata);
            let shown = now.utc().with_timezone(&Tz::Asia__Kolkata).time();
            let expected = if start < end { start <= shown && shown < end } else { shown >= start || shown < end };
            prop_assert_eq!(s.is_open(now), expected);
        }
    }
}
