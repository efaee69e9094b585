//! How the house works: when trades whose sides agree go on, and whether people are told of trades at risk before anything is
//! wrong with them. `[profile.operation]`; without it everything goes on as soon as its data is there.

use chrono::NaiveTime;
use finality_parsers::machine::Timestamp;
use serde::{Deserialize, Serialize};

use crate::profile::Profile;

/// When a trade whose sides agree is affirmed and instructed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// At once.
    #[default]
    AsReady,
    /// At the next of [`Operation::cycles`].
    AtCycles,
    /// When both sides of every share of its block agree, or [`Operation::block_wait_minutes`] after its own do.
    ByBlock,
}

/// What becomes of an instruction that is out when both sides have replaced its terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replaced {
    /// It is cancelled at the custodian, and instructed anew once that is confirmed.
    ByItself,
    /// The same, when a person orders it.
    OnePerson,
    /// The same, when a person orders it and a second one agrees.
    #[default]
    TwoPeople,
}

/// Which trades people are told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alerts {
    /// How often is looked, in business minutes.
    pub every_minutes: u32,
    /// How likely a fail must be, in cases of ten thousand.
    pub at_least_per_10000: u32,
    /// The most that are told each time, those that would cost most first.
    pub most: u32,
    /// How many business days beyond the next cut-off a trade may be due.
    pub days_ahead: u32,
}

impl Default for Alerts {
    fn default() -> Self {
        Self { every_minutes: 30, at_least_per_10000: 1_500, most: 20, days_ahead: 1 }
    }
}

/// How the house works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Operation {
    /// When trades go on.
    pub release: Release,
    /// The cycles, by the desk's clock; on business days only.
    pub cycles: Vec<NaiveTime>,
    /// How long a share waits for the others of its block.
    pub block_wait_minutes: u32,
    /// What becomes of an instruction that is out when its terms are replaced.
    pub replaced: Replaced,
    /// Whether people are told of trades at risk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alerts: Option<Alerts>,
}

impl Default for Operation {
    fn default() -> Self {
        Self {
            release: Release::AsReady,
            cycles: Vec::new(),
            block_wait_minutes: 240,
            replaced: Replaced::default(),
            alerts: None,
        }
    }
}

impl Operation {
    /// Whether it is what it is without being configured.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What is wrong with it.
    pub fn problem(&self) -> Option<String> {
        if self.release == Release::AtCycles && self.cycles.is_empty() {
            return Some(
                "release = \"at_cycles\" needs cycles, such as [\"09:00:00\", \"15:00:00\"]".to_owned(),
            );
        }
        if self.release == Release::ByBlock && self.block_wait_minutes == 0 {
            return Some("block_wait_minutes must be at least 1".to_owned());
        }
        let alerts = self.alerts.as_ref()?;
        (alerts.every_minutes == 0 || alerts.most == 0)
            .then(|| "alerts.every_minutes and alerts.most must be at least 1".to_owned())
    }
}

/// The cycle that was found last: until it has come, it is the next.
#[derive(Debug, Default)]
pub(crate) struct NextCycle(Option<(Timestamp, Timestamp)>);

impl NextCycle {
    /// What [`Profile::goes_on`] says. Calendars are looked at once for each cycle.
    pub(crate) fn goes_on(&mut self, profile: &Profile, agreed: Timestamp) -> Option<Timestamp> {
        if profile.operation.release != Release::AtCycles {
            return profile.goes_on(agreed);
        }
        if let Some((_, next)) = self.0.filter(|(from, next)| (*from..*next).contains(&agreed)) {
            return Some(next);
        }
        let next = profile.next_cycle(agreed);
        self.0 = Some((agreed, next));
        Some(next)
    }
}

impl Profile {
    /// When a trade goes on whose sides have agreed since `agreed`, if nothing else happens; `None` when at once.
    pub fn goes_on(&self, agreed: Timestamp) -> Option<Timestamp> {
        match self.operation.release {
            Release::AsReady => None,
            Release::AtCycles => Some(self.next_cycle(agreed)),
            Release::ByBlock => {
                Some(crate::profile::Timing::in_minutes(agreed, self.operation.block_wait_minutes))
            }
        }
    }

    /// The first cycle after an instant.
    fn next_cycle(&self, at: Timestamp) -> Timestamp {
        let clock = self.clock();
        // Today, or the first business day after a day off; and the one after that.
        let days = [0, 1].map(|later| self.calendar.add_business_days(clock.date(at), later));
        let cycles = days
            .into_iter()
            .flat_map(|day| self.operation.cycles.iter().map(move |time| clock.instant_of(day, *time)));
        // With no cycle at all, which a checked profile does not have, nothing is held back.
        cycles.filter(|cycle| *cycle > at).min().unwrap_or(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_said() {
        let cycles = Operation { release: Release::AtCycles, ..Operation::default() };
        assert!(cycles.problem().is_some_and(|p| p.contains("cycles")));
        let alerts =
            Operation { alerts: Some(Alerts { most: 0, ..Alerts::default() }), ..Operation::default() };
        assert!(alerts.problem().is_some_and(|p| p.contains("most")));
        let block = Operation { release: Release::ByBlock, block_wait_minutes: 0, ..Operation::default() };
        assert!(block.problem().is_some_and(|p| p.contains("block_wait")));
        assert_eq!(Operation::default().problem(), None);
    }
}
