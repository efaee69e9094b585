//! Service levels: within how many business minutes somebody must have acted on an exception of a band, and resolved it.
//! People hear of it when half, four fifths and all of that time is gone.

use finality_parsers::machine::Timestamp;
use serde::{Deserialize, Serialize};

use super::hours::BusinessClock;
use super::priority::Band;

/// The time that a band allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sla {
    /// Business minutes until somebody must have accepted it.
    pub act: u32,
    /// Business minutes until it must be resolved; the cut-off of its settlement date when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve: Option<u32>,
}

/// All four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Slas {
    /// Of the first band.
    pub p1: Sla,
    /// Of the second.
    pub p2: Sla,
    /// Of the third.
    pub p3: Sla,
    /// Of the fourth.
    pub p4: Sla,
}

impl Default for Slas {
    fn default() -> Self {
        Self {
            p1: Sla { act: 15, resolve: Some(120) },
            p2: Sla { act: 60, resolve: Some(480) },
            p3: Sla { act: 240, resolve: None },
            p4: Sla { act: 480, resolve: None },
        }
    }
}

/// Where there is no cut-off to be in time for.
const WITHOUT_CUT_OFF_MINUTES: u64 = 1_200;

impl Slas {
    /// Of a band.
    pub fn of(&self, band: Band) -> Sla {
        match band {
            Band::P1 => self.p1,
            Band::P2 => self.p2,
            Band::P3 => self.p3,
            Band::P4 => self.p4,
        }
    }

    /// Until when somebody must have acted, and until when it must be resolved, of what is in this band since `from`.
    pub fn due(
        &self,
        band: Band,
        from: Timestamp,
        cut_off: Option<Timestamp>,
        clock: BusinessClock<'_>,
    ) -> (Timestamp, Timestamp) {
        let sla = self.of(band);
        let act = clock.after(from, u64::from(sla.act));
        let resolve = match (sla.resolve, cut_off) {
            (Some(minutes), _) => clock.after(from, u64::from(minutes)),
            (None, Some(cut_off)) if cut_off > from => cut_off,
            (None, _) => clock.after(from, WITHOUT_CUT_OFF_MINUTES),
        };
        (act.min(resolve), resolve)
    }
}

/// Which of the two times runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Somebody must act.
    Act,
    /// It must be resolved.
    Resolve,
}

/// At which shares of the time people hear of it, in per cent.
pub const THRESHOLDS: [u8; 3] = [50, 80, 100];

/// One of the two times of one exception.
#[derive(Debug, Clone, Copy)]
pub struct Running {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The last threshold that was said, in per cent.
    pub said: u8,
}

impl Running {
    /// The highest threshold that is passed now and was not said.
    pub fn passed(&self, clock: BusinessClock<'_>, now: Timestamp) -> Option<u8> {
        let passed = |percent: &u8| *percent > self.said && self.at(*percent, clock) <= now;
        THRESHOLDS.into_iter().rev().find(passed)
    }

    /// When the next threshold is passed, after `now`.
    pub fn next(&self, clock: BusinessClock<'_>, now: Timestamp) -> Option<Timestamp> {
        THRESHOLDS
            .into_iter()
            .filter(|percent| *percent > self.said)
            .map(|percent| self.at(percent, clock))
            .find(|at| *at > now)
    }

    fn at(&self, percent: u8, clock: BusinessClock<'_>) -> Timestamp {
        if percent >= 100 {
            return self.until;
        }
        let minutes = clock.minutes_between(self.from, self.until);
        clock.after(self.from, minutes * u64::from(percent) / 100).min(self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exceptions::hours::DeskHours;
    use finality_parsers::model::{Calendar, Market};

    fn at(text: &str) -> Timestamp {
        let at = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a time");
        Timestamp::from_utc(at.and_utc())
    }

    #[test]
    fn due_times_and_thresholds_stand_still_over_nights_weekends_and_holidays() {
        let (hours, calendar) = (DeskHours::default(), Calendar::of(Market::Target));
        let clock = BusinessClock { hours: &hours, calendar: &calendar };
        let slas = Slas::default();
        // The Thursday before Christmas, half an hour before the desk goes home.
        let opened = at("2026-12-24 17:30");
        assert_eq!(slas.due(Band::P1, opened, None, clock), (at("2026-12-24 17:45"), at("2026-12-28 09:30")));
        assert_eq!(slas.due(Band::P2, opened, None, clock).0, at("2026-12-28 08:30"));
        let cut_off = at("2026-12-28 16:00");
        assert_eq!(slas.due(Band::P3, opened, Some(cut_off), clock), (at("2026-12-28 11:30"), cut_off));
        // A cut-off that is past is no aim any more.
        assert_eq!(slas.due(Band::P3, opened, Some(at("2026-12-23 16:00")), clock).1, at("2026-12-29 17:30"));

        let mut running = Running { from: opened, until: at("2026-12-28 09:30"), said: 0 };
        assert_eq!(running.passed(clock, at("2026-12-26 12:00")), None);
        assert_eq!(running.next(clock, opened), Some(at("2026-12-28 08:30")));
        assert_eq!(running.passed(clock, at("2026-12-28 08:30")), Some(50));
        running.said = 50;
        assert_eq!(running.next(clock, at("2026-12-28 08:30")), Some(at("2026-12-28 09:06")));
        assert_eq!(running.passed(clock, at("2026-12-28 12:00")), Some(100));
        running.said = 100;
        assert_eq!(running.next(clock, at("2026-12-28 12:00")), None);
    }
}
