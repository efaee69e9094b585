//! Operating models: how the same house, with the same people, hours and trades, is worked. A model is a row of [`Ways`];
//! everything that has a size is a setting of the scenario, the same for all models.

use std::fmt::Write as _;

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

/// An operating model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// The gateway instructs, and people look, at fixed times of the day.
    Batch,
    /// A stage begins when the one before is closed: a share waits for its block, people for the earlier stages.
    Sequential,
    /// Everything goes on at once; people act when something is reported to be wrong, the most urgent first.
    #[default]
    Reactive,
    /// As reactive; people are also told what is at risk, rules chase by themselves, and shortages are covered before the cut-off.
    Proactive,
}

/// When matched trades are instructed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructs {
    /// At once.
    AtOnce,
    /// At the cycles.
    AtCycles,
    /// With their block.
    WithBlock,
}

/// In which order people take up work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The most urgent first, then the first due.
    ByUrgency,
    /// As it came.
    ByArrival,
    /// The earlier stage first, and in each as it came.
    ByStage,
}

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    /// Its name.
    pub name: &'static str,
    /// In a few words, for the page.
    pub about: &'static str,
    /// When matched trades are instructed.
    pub instructs: Instructs,
    /// Whether people see what is new at the cycles only.
    pub looks_at_cycles: bool,
    /// In which order they work.
    pub order: Order,
    /// Whether they are told of trades at risk.
    pub alerts: bool,
    /// Whether rules chase without a person.
    pub automatic: bool,
    /// Whether a counterparty that is short is asked to cover itself.
    pub covers: bool,
    /// Whether what is there is settled in part: both sides are asked to let it.
    pub parts: bool,
}

/// The models, in the order of [`Model`].
const WAYS: [Ways; 4] = [
    Ways {
        name: "batch",
        about: "instructs and looks at the cycles only; works in order of arrival",
        instructs: Instructs::AtCycles,
        looks_at_cycles: true,
        order: Order::ByArrival,
        alerts: false,
        automatic: false,
        covers: false,
        parts: false,
    },
    Ways {
        name: "sequential",
        about: "a share waits until its whole block agrees; people finish the earlier stage first, in order of arrival",
        instructs: Instructs::WithBlock,
        looks_at_cycles: false,
        order: Order::ByStage,
        alerts: false,
        automatic: false,
        covers: false,
        parts: false,
    },
    Ways {
        name: "reactive",
        about: "everything goes on at once; people act on what is reported, the most urgent first",
        instructs: Instructs::AtOnce,
        looks_at_cycles: false,
        order: Order::ByUrgency,
        alerts: false,
        automatic: false,
        covers: false,
        parts: false,
    },
    Ways {
        name: "proactive",
        about: "as reactive, and people are told of trades at risk, rules chase by themselves, and who is short is asked to borrow and to deliver what is there",
        instructs: Instructs::AtOnce,
        looks_at_cycles: false,
        order: Order::ByUrgency,
        alerts: true,
        automatic: true,
        covers: true,
        parts: true,
    },
];

impl Model {
    /// All.
    pub const ALL: [Model; 4] = [Model::Batch, Model::Sequential, Model::Reactive, Model::Proactive];

    /// What it does.
    pub fn ways(self) -> &'static Ways {
        &WAYS[self as usize]
    }

    /// By name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.ways().name == name)
    }
}

/// The models of a scenario, and the sizes that go with them. None of these is a market figure: they are assumptions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Operation {
    /// The models: `simulate` runs the first, `compare` all of them.
    pub models: Vec<Model>,
    /// The cycles, in UTC, on business days.
    pub cycles: Vec<NaiveTime>,
    /// How long a share waits for its block, in minutes.
    pub block_wait_minutes: u32,
    /// How often the gateway looks for trades at risk, in minutes of desk time.
    pub alert_every_minutes: u32,
    /// How likely a fail must be to be told, of ten thousand.
    pub alert_at_least_per_10000: u32,
    /// The most that are told each time.
    pub alerts_most: u32,
    /// What it takes a person to follow one up, in minutes.
    pub alert_minutes: [u64; 2],
    /// Exceptions that a rule chases without a person, of ten thousand of those that can be chased.
    pub automatic_per_10000: u32,
    /// After that a person takes up what the rule did not mend, in minutes.
    pub automatic_wait_minutes: u64,
    /// Lines that can be borrowed by a broker that is short, of ten thousand.
    pub lendable_per_10000: u32,
    /// Brokers, of ten thousand times that one is asked, that let what is there settle in part.
    pub agree_to_parts_per_10000: u32,
    /// From being asked to having borrowed, in minutes.
    pub borrow_minutes: [u64; 2],
    /// What borrowing costs, in hundredths of a per cent of the value, a year.
    pub lending_fee_bp: u32,
}

impl Default for Operation {
    fn default() -> Self {
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
        Self {
            models: vec![Model::Reactive],
            cycles: vec![time(9, 0), time(11, 30), time(14, 0), time(16, 30)],
            block_wait_minutes: 240,
            alert_every_minutes: 30,
            alert_at_least_per_10000: 1_000,
            alerts_most: 20,
            alert_minutes: [1, 5],
            automatic_per_10000: 5_000,
            automatic_wait_minutes: 45,
            lendable_per_10000: 6_000,
            agree_to_parts_per_10000: 8_000,
            borrow_minutes: [15, 90],
            lending_fee_bp: 50,
        }
    }
}

impl Operation {
    /// The model that a single run works by.
    pub fn model(&self) -> Model {
        self.models.first().copied().unwrap_or_default()
    }

    /// What it does.
    pub fn ways(&self) -> &'static Ways {
        self.model().ways()
    }

    /// What makes no sense: which setting, and why.
    pub fn problem(&self) -> Option<(&'static str, &'static str)> {
        let twice = (1..self.models.len()).any(|n| self.models[..n].contains(&self.models[n]));
        [
            (self.models.is_empty() || twice, "operation.models", "name at least one model, and none twice"),
            (self.cycles.is_empty(), "operation.cycles", "there must be at least one"),
            (self.block_wait_minutes == 0, "operation.block_wait_minutes", "it must be at least 1"),
            (self.alert_every_minutes == 0, "operation.alert_every_minutes", "it must be at least 1"),
            (self.alerts_most == 0, "operation.alerts_most", "it must be at least 1"),
            (self.alert_minutes[0] > self.alert_minutes[1], "operation.alert_minutes", BOUNDS),
            (self.borrow_minutes[0] > self.borrow_minutes[1], "operation.borrow_minutes", BOUNDS),
            (self.automatic_per_10000 > 10_000, "operation.automatic_per_10000", "it must be at most 10,000"),
            (self.lendable_per_10000 > 10_000, "operation.lendable_per_10000", "it must be at most 10,000"),
            (
                self.agree_to_parts_per_10000 > 10_000,
                "operation.agree_to_parts_per_10000",
                "it must be at most 10,000",
            ),
        ]
        .into_iter()
        .find_map(|(wrong, what, why)| wrong.then_some((what, why)))
    }
}

/// The models as a table of a page.
pub fn page() -> String {
    let yes = |is: bool| if is { "yes" } else { "no" };
    let mut page = String::from(
        "| model | what it does | alerts | rules chase | covers shortages | settles what is there |\n|---|---|---|---|---|---|\n",
    );
    for ways in &WAYS {
        let [alerts, automatic, covers, parts] =
            [ways.alerts, ways.automatic, ways.covers, ways.parts].map(yes);
        writeln!(page, "| `{}` | {} | {alerts} | {automatic} | {covers} | {parts} |", ways.name, ways.about)
            .expect("a string takes everything");
    }
    page
}

const BOUNDS: &str = "the first bound must not be above the second";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_is_found_by_its_name_and_written_by_it() {
        for model in Model::ALL {
            assert_eq!(Model::named(model.ways().name), Some(model));
            assert_eq!(serde_json::to_string(&model).ok(), Some(format!("{:?}", model.ways().name)));
        }
        assert_eq!(Model::named("other"), None);
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        let wrong = |change: fn(&mut Operation)| {
            let mut operation = Operation::default();
            change(&mut operation);
            operation.problem().map(|(what, _)| what)
        };
        assert_eq!(wrong(|_| {}), None);
        assert_eq!(wrong(|o| o.models.clear()), Some("operation.models"));
        assert_eq!(wrong(|o| o.models = vec![Model::Batch, Model::Batch]), Some("operation.models"));
        assert_eq!(wrong(|o| o.cycles.clear()), Some("operation.cycles"));
        assert_eq!(wrong(|o| o.borrow_minutes = [9, 1]), Some("operation.borrow_minutes"));
    }
}
