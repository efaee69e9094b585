//! A run beside published figures: what the scenario gives, what is published, how far the two may be apart. The table of targets
//! prints itself into `docs/calibration.md`.
#![allow(clippy::disallowed_types, reason = "statistics over runs")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use finality_parsers::desk::Stage;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::Cause;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;

use super::figures::of_class;
use super::sample;
use crate::market::at;
use crate::parties::penalties::Tally;
use crate::population::class::Class;
use crate::population::fails::{AtCutOff, Share, Why};
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
pub const TARGETS: [Target; 14] = [
    Target {
        key: "efficiency_volume",
        label: "settlement efficiency, % of trades",
        of: Against::T2s,
        published: "94.3 % (T2S annual report on 2023, as the trade press gives it)",
        range: [93.8, 94.8],
        measure: |o, r| 100.0 - everything(o, r).map_or(number(r.fails.percent), |all| number(all.percent())),
    },
    Target {
        key: "efficiency_value",
        label: "settlement efficiency, % of value",
        of: Against::T2s,
        published: "93.3 to 94.1 % (T2S 2022, as the trade press gives it)",
        range: [92.3, 95.1],
        measure: |o, r| {
            100.0 - everything(o, r).map_or(number(r.fails_value_percent), |all| number(all.value_percent()))
        },
    },
    Target {
        key: "penalties_per_hundred",
        label: "cash penalties per 100 instruction-days",
        of: Against::T2s,
        published: "about 5.3 (worked out from yearly counts of penalties and instructions, T2S 2023)",
        range: [4.6, 6.0],
        measure: |o, r| {
            // Where none are taken there is nothing to be said.
            let all = penalties(o, r);
            let days = if o.market.scenario.depository.is_dtc() { 0 } else { all.instruction_days.max(1) };
            100.0 * float(all.count) / float(days)
        },
    },
    Target {
        key: "mean_penalty",
        label: "mean penalty, EUR",
        of: Against::T2s,
        published: "about 88 (worked out from the same)",
        range: [44.0, 176.0],
        measure: |o, r| {
            let all = penalties(o, r);
            number(Decimal::new(all.hundredths, 2)) / float(all.count)
        },
    },
    Target {
        key: "equity_fails_value",
        label: "fails of shares, % of value",
        of: Against::T2s,
        published: "5 to 8 % (trade press, 2019 to 2024)",
        range: [4.0, 9.0],
        measure: |_, r| {
            // A scenario without classes has nothing but shares.
            if r.classes.is_empty() { number(r.fails_value_percent) } else { of_class(r, Class::Equity) }
        },
    },
    Target {
        key: "sovereign_fails_value",
        label: "fails of government bonds, % of value",
        of: Against::T2s,
        published: "about 2 % (trade press, 2019 to 2024)",
        range: [1.0, 3.0],
        measure: |_, r| of_class(r, Class::GovernmentBond),
    },
    Target {
        key: "other_bond_fails_value",
        label: "fails of other bonds, % of value",
        of: Against::T2s,
        published: "2 to 4 % (trade press, 2019 to 2024)",
        range: [1.0, 5.0],
        measure: |_, r| of_class(r, Class::CorporateBond),
    },
    Target {
        key: "etf_fails_value",
        label: "fails of exchange-traded funds, % of value",
        of: Against::T2s,
        published: "about 15 % (trade press, 2019 to 2024)",
        range: [12.0, 18.0],
        measure: |_, r| of_class(r, Class::Etf),
    },
    Target {
        key: "free_of_payment",
        label: "instructions free of payment, % of volume",
        of: Against::T2s,
        published: "27 % (T2S)",
        range: [25.0, 29.0],
        measure: |o, r| {
            let free = at_cut_off(o, r).free.all;
            everything(o, r).map_or(f64::NAN, |all| 100.0 * float(free) / float(all.all.max(1)))
        },
    },
    Target {
        key: "chain_pass_through",
        label: "fails to deliver on fails to receive, by dealer and line (slope)",
        of: Against::T2s,
        published: "about 0.9 (dealers in US government securities, Federal Reserve staff note, July 2017)",
        range: [0.8, 1.0],
        measure: |_, r| {
            let slope = r.population.as_ref().and_then(|p| p.pass_through);
            slope.map_or(f64::NAN, number)
        },
    },
    Target {
        key: "cause_ranking",
        label: "lack of securities before on hold before late matching before the rest (1: so)",
        of: Against::T2s,
        published: "that order (ECSDA, as the trade press gives it)",
        range: [1.0, 1.0],
        measure: |o, r| f64::from(u8::from(is_ranked(o, r))),
    },
    Target {
        key: "affirmed_reactive",
        label: "affirmed by 21:00 ET on trade date, % of trades",
        of: Against::Us,
        published: "69 to 74 % before the industry prepared for T+1 (DTCC, March and May 2024)",
        range: [67.0, 76.0],
        measure: affirmed,
    },
    Target {
        key: "cns_fails",
        label: "fails with the clearing house (CNS), % of sides of trades",
        of: Against::Us,
        published: "1.9 to 2.1 % in CNS (DTCC, May 2024)",
        range: [1.7, 2.3],
        measure: |_, r| {
            r.routes.as_ref().filter(|r| r.cns.of > 0).map_or(f64::NAN, |r| number(r.cns.percent))
        },
    },
    Target {
        key: "fails_bilateral",
        label: "fails outside of netting, % of trades",
        of: Against::Us,
        published: "2.9 to 3.3 % outside of CNS (DTCC, May 2024)",
        range: [2.7, 3.5],
        // Without a clearing house all is outside of netting.
        measure: |_, r| number(r.routes.as_ref().map_or(r.fails.percent, |routes| routes.non_cns.percent)),
    },
];

/// Published figures that no run can be set beside, and why.
const NOT_MEASURED: [(&str, &str); 3] = [
    (
        "share of DVP of the volume (69 %)",
        "it follows from that of what is free of payment, but for the few per cent of deliveries with payment and payments alone, which no scenario draws",
    ),
    (
        "fails under stress (March 2020)",
        "published are the peak and the volume, and neither what lacked nor for how long: a scenario that is made for it shows what was put in",
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

/// Those of the house and of the population.
fn penalties(outcome: &Outcome, report: &Report) -> Tally {
    let taken = outcome.statistics.penalties.iter().chain(&outcome.statistics.crowd_penalties);
    let taken = taken.filter(|(day, _)| report.window().holds_day(**day));
    taken.fold(Tally::default(), |all, (_, of_day)| all.and(of_day))
}

/// House and population together, where there is a population.
fn everything(outcome: &Outcome, report: &Report) -> Option<Share> {
    report.population.as_ref().map(|_| at_cut_off(outcome, report).all())
}

fn at_cut_off(outcome: &Outcome, report: &Report) -> AtCutOff {
    let dates = report.window().dates.clone();
    AtCutOff::together(outcome.statistics.at_cut_off.get(dates).unwrap_or_default())
}

/// Fails for a lack, for a hold, for late matching, and the rest.
fn is_ranked(outcome: &Outcome, report: &Report) -> bool {
    let s = &outcome.statistics;
    let measured = outcome.market.trades_of(report.window().dates.clone());
    let at_cut_off = at_cut_off(outcome, report);
    let count = |wanted: &dyn Fn(usize, Cause) -> bool| {
        let failed = s.fates.iter().enumerate().filter(|(trade, fate)| match fate {
            Fate::Failed(cause) => measured.contains(trade) && wanted(*trade, *cause),
            Fate::Settled => false,
        });
        failed.count()
    };
    let lack = count(&|trade, cause| cause == Cause::ResourceShortage && s.lacking.contains(&trade));
    let hold = count(&|trade, cause| cause == Cause::ResourceShortage && !s.lacking.contains(&trade));
    let late =
        count(&|_, cause| matches!(cause, Cause::LateStage | Cause::DataMismatch | Cause::IncompleteSsi));
    let rest = count(&|_, cause| cause == Cause::Communication);
    // Nobody tells the population's from the house's.
    let crowd = |why: Why| {
        let count = at_cut_off.why.get(&why).copied().unwrap_or(0);
        usize::try_from(count).unwrap_or(usize::MAX)
    };
    let lack = lack + crowd(Why::Securities) + crowd(Why::Cash);
    let (hold, late) = (hold + crowd(Why::Held), late + crowd(Why::Unmatched));
    lack >= hold && hold >= late && late >= rest
}

fn affirmed(outcome: &Outcome, report: &Report) -> f64 {
    let market = &outcome.market;
    // 21:00 in New York in winter is 02:00 UTC of the next day; scenarios keep UTC all year.
    let until = |trade: usize| {
        let date = market.dates[market.trades[trade].date].trades;
        at(date, chrono::NaiveTime::MIN) + Duration::from_secs(26 * 3_600)
    };
    let stages = outcome.statistics.stages.range(market.trades_of(report.window().dates.clone()));
    let in_time = |(trade, stages): &(&usize, &BTreeMap<Stage, Timestamp>)| {
        stages.get(&Stage::Affirmed).is_some_and(|at| *at <= until(**trade))
    };
    100.0 * float(stages.filter(in_time).count() as u64) / float(report.trades.max(1))
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
    /// Published figures that the scenario has nothing of, by their keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nothing_of: Vec<&'static str>,
}

impl Calibration {
    /// Of the measures of runs.
    pub fn of(scenario: String, against: Against, seeds: [u64; 2], values: &[Vec<f64>]) -> Self {
        let targets = TARGETS.iter().filter(|t| t.of == against).enumerate();
        let (mut rows, mut nothing_of) = (Vec::new(), Vec::new());
        for (at, target) in targets {
            let column: Vec<f64> = values.iter().map(|run| run[at]).collect();
            let mean = sample::mean(&column, 0.95);
            if mean.of == 0 {
                nothing_of.push(target.key);
                continue;
            }
            // Of what is so or not, most runs must be so.
            let is_yes_or_no = target.range == [1.0, 1.0];
            let within = if is_yes_or_no {
                mean.mean >= 0.5
            } else {
                (target.range[0]..=target.range[1]).contains(&mean.mean)
            };
            let rounded = |value: f64| (value * 1e6).round() / 1e6;
            rows.push(Row {
                key: target.key,
                label: target.label,
                mean: rounded(mean.mean),
                half_width: mean.half_width.map(rounded),
                published: target.published,
                range: target.range,
                within,
            });
        }
        Self { scenario, against, seeds, rows, nothing_of }
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
        if !self.nothing_of.is_empty() {
            _ = writeln!(t, "\nnothing of it in this scenario: {}", self.nothing_of.join(", "));
        }
        t
    }
}

/// The page.
pub fn page() -> String {
    let mut page = String::from(
        "# Calibration\n\nPrinted from `simulator/src/experiment/calibration.rs`; a test keeps it equal. `finality calibrate SCENARIO --against t2s|us` sets the \
         mean of many\nruns beside published figures and ends with exit code 1 when one is out of its range. How far a run may be from what is published is \
         our choice.\nWhat a scenario has nothing of is said and is no miss. Where there is a population ([scenario.md](scenario.md)), the figures of T2S are those \
         of house and\npopulation together.\n\n| market | key | figure | published | counts as calibrated |\n|---|---|---|---|---|\n",
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

    /// A run with shares of the house only.
    fn run(efficiency: f64, ranked: f64) -> Vec<f64> {
        let none = f64::NAN;
        vec![efficiency, 94.0, 5.0, 90.0, 6.0, none, none, none, none, none, ranked]
    }

    #[test]
    fn a_measure_is_within_its_range_or_said_to_be_outside() {
        let values = vec![run(94.0, 1.0), run(94.4, 0.0)];
        let good = Calibration::of("x".to_owned(), Against::T2s, [1, 2], &values);
        assert!(good.is_calibrated(), "{good:?}");
        assert_eq!(good.nothing_of.len(), 5, "what a scenario has nothing of is said, and is no miss");
        let values = vec![run(97.0, 1.0)];
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
