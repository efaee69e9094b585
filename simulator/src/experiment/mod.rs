//! Experiments: several ways of running a day, each over many replications, and what can be said of the differences.
//!
//! - [`figures`]: what is measured in a run
//! - [`sample`]: means, intervals, quantiles, paired differences
//! - [`comparison`]: the table of an experiment, as text, JSON and CSV
//! - [`calibration`]: a scenario beside published figures
//! - [`sweep`]: a setting that takes several values
//!
//! A replication is a seed, so any of them can be run again alone. The same seed gives every variant the same trades, breaks,
//! people and hours: differences are taken pair by pair.

pub mod calibration;
pub mod comparison;
pub mod figures;
pub mod sample;
pub mod sweep;

use crate::scenario::Scenario;

/// One way of running the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Its name in the table.
    pub name: String,
    /// What is run.
    pub scenario: Scenario,
}
