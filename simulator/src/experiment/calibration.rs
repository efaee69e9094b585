//! A run beside published figures: what the scenario gives, what is published, how far the two may be apart. The table of targets
//! prints itself into `docs/calibration.md`.
#![allow(clippy::disallowed_types, reason = "statistics over runs")]

use std::fmt::Write as _;
use std::time::Duration;

use finality_parsers::desk::Stage;
use finality_parsers::model::Cause;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;

use super::sample;
use crate::market::at;
use crate::report::Report;
use crate::statistics::Fate;
use crate::world::Outcome;

/// Which market's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The European depositories on T2S.
    T2s,
    /// The United States.
    Us,
}

/// A published figure.
pub struct Target {
    /// Its name for machines.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// Whose.
    pub of: Against,
    /// What is published.
    pub published: &'static str,
    /// From here to there a run counts as calibrated; how far from what is published is our choice.
    pub range: [f64; 2],
    measure: fn(&Outcome, &Report) -> f64,
}

/// All that a run can be set beside.
pub const TARGETS: [Target; 8] = [
    Target {
        key: "efficiency_volume",
        label: "settlement efficiency, % of trades",
        of: Against::T2s,
        published: "94.3 % (T2S annual report on 2023, as the trade press gives it)",
        range: [93.8, 94.8],
        measure: |_, r| 100.0 - number(r.fails.percent),
    },
    Target {
        key: "efficiency_value",
        label: "settlement efficiency, % of value",
        of: Against::T2s,
        published: "93.3 to 94.1 % (T2S 2022, as the trade press gives it)",
        range: [92.3, 95.1],
        measure: |_, r| 100.0 - number(r.fails_value_percent),
    },
    Target {
        key: "penalties_per_hundred",
        label: "cash penalties per 100 instruction-days",
        of: Against::T2s,
        published: "about 5.3 (worked out from yearly counts of penalties and instructions, T2S 2023)",
        range: [4.6, 6.0],
        measure: |_, r| number(r.penalties.per_hundred),
    },
    Target {
        key: "mean_penalty",
        label: "mean penalty, EUR",
        of: Against::T2s,
        published: "about 88 (worked out from the same)",
        range: [44.0, 176.0],
        measure: |_, r| number(r.penalties.amount) / float(r.penalties.count),
    },
    Target {
        key: "equity_fails_value",
        label: "fails of shares, % of value",
        of: Against::T2s,
        published: "5 to 8 % (trade press, 2019 to 2024)",
        range: [4.0, 9.0],
        measure: |_, r| number(r.fails_value_percent),
    },
    Target {
        key: "cause_ranking",
        label: "lack of securities before on hold before late matching before the rest (1: so)",
        of: Against::T2s,
        published: "that order (ECSDA, as the trade press gives it)",
        range: [1.0, 1.0],
        measure: |o, _| f64::from(u8::from(is_ranked(o))),
    },
    Target {
        key: "affirmed_reactive",
        label: "affirmed by 21:00 ET on trade date, % of trades",
        of: Against::Us,
        published: "69 to 74 % before the industry prepared for T+1 (DTCC, March and May 2024)",
        range: [67.0, 76.0],
        measure: |o, _| affirmed(o),
    },
    Target {
        key: "fails_bilateral",
        label: "fails outside of netting, % of trades",
        of: Against::Us,
        published: "2.9 to 3.3 % outside of CNS (DTCC, May 2024)",
        range: [2.7, 3.5],
        measure: |_, r| number(r.fails.percent),
    },
];

/// Published figures that no run can be set beside, and why.
const NOT_MEASURED: [(&str, &str); 5] = [
    (
        "share of DVP and FOP of the volume (69 and 27 %)",
        "scenarios trade against payment only; loans are the only free deliveries",
    ),
    ("fails of sovereign bonds, other bonds and ETF", "scenarios have shares only"),
    ("fails under stress (March 2020)", "no population of brokers that trade with each other"),
    (
        "how fails pass through chains (slope about 0.9)",
        "the same: fails pass through the manager's trades only",
    ),
    (
        "T+1 against T+2 (about 6 points of value in the UK)",
        "not one run: `finality compare SCENARIO --sweep day.cycle=1,2` shows the difference",
    ),
];

fn number(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

#[allow(clippy::cast_precision_loss, reason = "counts of one run")]
fn float(value: u64) -> f64 {
    value as f64
}

/// Fails for a lack, for a hold, for late matching, and the rest.
fn is_ranked(outcome: &Outcome) -> bool {
    let s = &outcome.statistics;
    let count = |wanted: &dyn Fn(usize, Cause) -> bool| {
        let failed = s.fates.iter().enumerate().filter(|(trade, fate)| match fate {
            Fate::Failed(cause) => wanted(*trade, *cause),
            Fate::Settled => false,
        });
        failed.count()
    };
    let lack = count(&|trade, cause| cause == Cause::ResourceShortage && s.lacking.contains(&trade));
    let hold = count(&|trade, cause| cause == Cause::ResourceShortage && !s.lacking.contains(&trade));
    let late =
        count(&|_, cause| matches!(cause, Cause::LateStage | Cause::DataMismatch | Cause::IncompleteSsi));
    let rest = count(&|_, cause| cause == Cause::Communication);
    lack >= hold && hold >= late && late >= rest
}

fn affirmed(outcome: &Outcome) -> f64 {
    let market = &outcome.market;
    // 21:00 in New York in winter is 02:00 UTC of the next day; scenarios keep UTC all year.
    let until = at(market.scenario.day.trade_date, chrono::NaiveTime::MIN) + Duration::from_secs(26 * 3_600);
    let stages = &outcome.statistics.stages;
    let reached = stages.values().filter(|t| t.get(&Stage::Affirmed).is_some_and(|at| *at <= until)).count();
    100.0 * float(reached as u64) / float(market.trades.len().max(1) as u64)
}

/// The measures of a run against a market, in the order of the table.
pub fn measures(against: Against, outcome: &Outcome, report: &Report) -> Vec<f64> {
    TARGETS.iter().filter(|t| t.of == against).map(|t| (t.measure)(outcome, report)).collect()
}

/// A measure beside its target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Its key.
    pub key: &'static str,
    /// Its name.
    pub label: &'static str,
    /// Mean over the replications.
    pub mean: f64,
    /// Half the width of its 95 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_width: Option<f64>,
    /// What is published.
    pub published: &'static str,
    /// The range that counts as calibrated.
    pub range: [f64; 2],
    /// Whether the mean is in it.
    pub within: bool,
}

/// A scenario beside published figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// The scenario.
    pub scenario: String,
    /// Whose figures.
    pub against: Against,
    /// Seeds of the first and the last replication.
    pub seeds: [u64; 2],
    /// The measures.
    pub rows: Vec<Row>,
}

impl Calibration {
    /// Of the measures of runs.
    pub fn of(scenario: String, against: Against, seeds: [u64; 2], values: &[Vec<f64>]) -> Self {
        let targets = TARGETS.iter().filter(|t| t.of == against).enumerate();
        let rows = targets.map(|(at, target)| {
            let column: Vec<f64> = values.iter().map(|run| run[at]).collect();
            let mean = sample::mean(&column, 0.95);
            // Of what is so or not, most runs must be so.
            let is_yes_or_no = target.range == [1.0, 1.0];
            let within = if is_yes_or_no {
                mean.mean >= 0.5
            } else {
                (target.range[0]..=target.range[1]).contains(&mean.mean)
            };
            let rounded = |value: f64| (value * 1e6).round() / 1e6;
            Row {
                key: target.key,
                label: target.label,
                mean: rounded(mean.mean),
                half_width: mean.half_width.map(rounded),
                published: target.published,
                range: target.range,
                within,
            }
        });
        Self { scenario, against, seeds, rows: rows.collect() }
    }

    /// Whether every measure is within its range.
    pub fn is_calibrated(&self) -> bool {
        self.rows.iter().all(|row| row.within)
    }

    /// For the terminal.
    pub fn text(&self) -> String {
        let mut t = format!(
            "{} beside published figures, seeds {} to {}; mean and 95 % interval\n\n{:<84}{:>18}{:>18}  \n",
            self.scenario, self.seeds[0], self.seeds[1], "", "run", "calibrated"
        );
        for row in &self.rows {
            let half = row.half_width.map_or(String::new(), |half| format!(" ± {half:.2}"));
            let range = format!("{} to {}", row.range[0], row.range[1]);
            let verdict = if row.within { "within" } else { "OUTSIDE" };
            _ = writeln!(
                t,
                "{:<84}{:>18}{range:>18}  {verdict}\n    published: {}",
                row.label,
                format!("{:.2}{half}", row.mean),
                row.published
            );
        }
        t
    }
}

/// The page.
pub fn page() -> String {
    let mut page = String::from(
        "# Calibration\n\nPrinted from `simulator/src/experiment/calibration.rs`; a test keeps it equal. `finality calibrate SCENARIO --against t2s|us` sets the \
         mean of many\nruns beside published figures and ends with exit code 1 when one is out of its range. How far a run may be from what is published is \
         our choice.\n\n| market | key | figure | published | counts as calibrated |\n|---|---|---|---|---|\n",
    );
    for target in &TARGETS {
        let of = if target.of == Against::T2s { "t2s" } else { "us" };
        let [low, high] = target.range;
        _ = writeln!(
            page,
            "| {of} | `{}` | {} | {} | {low} to {high} |",
            target.key, target.label, target.published
        );
    }
    page.push_str("\nNot measured:\n\n| published | why not |\n|---|---|\n");
    NOT_MEASURED.iter().for_each(|(what, why)| _ = writeln!(page, "| {what} | {why} |"));
    page.push_str(
        "\nNo public source gives fails by cause in per cent, how long fails last, the share of parts, or how many buy-ins there are. What a scenario says \
         of them is an assumption:\nsweep it (`finality compare --sweep`, [compare.md](compare.md)).\n",
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_within_its_range_or_said_to_be_outside() {
        let values = vec![vec![94.0, 94.0, 5.0, 90.0, 6.0, 1.0], vec![94.4, 94.0, 5.0, 90.0, 6.0, 0.0]];
        let good = Calibration::of("x".to_owned(), Against::T2s, [1, 2], &values);
        assert!(good.is_calibrated(), "{good:?}");
        let values = vec![vec![97.0, 94.0, 5.0, 90.0, 6.0, 1.0]];
        let bad = Calibration::of("x".to_owned(), Against::T2s, [1, 1], &values);
        assert!(!bad.is_calibrated() && bad.text().contains("OUTSIDE"), "{}", bad.text());
    }

    #[test]
    fn keys_are_unique_and_ranges_hold_together() {
        for (n, target) in TARGETS.iter().enumerate() {
            assert!(TARGETS[..n].iter().all(|t| t.key != target.key));
            assert!(target.range[0] <= target.range[1], "{}", target.key);
        }
    }
}
