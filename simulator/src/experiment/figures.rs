//! What is measured in a run. The table prints itself into `docs/compare.md`.
#![allow(
    clippy::disallowed_types,
    reason = "statistics over runs; what they are taken from was counted in integers and decimals"
)]

use std::fmt::Write as _;

use finality_parsers::model::Cause;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::population::class::Class;
use crate::population::report::PopulationRow;
use crate::report::Report;
use crate::statistics::Fate;
use crate::world::Outcome;

/// A figure of a run.
pub struct Figure {
    /// Its name for machines.
    pub key: &'static str,
    /// Its name for people, with its unit.
    pub label: &'static str,
    /// How it is worked out.
    pub how: &'static str,
    /// Whether less of it is better; absent where neither is.
    pub less_is_better: Option<bool>,
    /// Decimals that are printed.
    pub decimals: usize,
    of: fn(&Outcome, &Report) -> f64,
}

/// All figures, in the order of the table.
pub const FIGURES: [Figure; 30] = [
    Figure {
        key: "fail_percent",
        label: "failed at the cut-off, % of trades",
        how: "trades not settled at the cut-off of their settlement date / all trades",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| 100.0 * count(r.fails.count) / count(r.fails.of.max(1)),
    },
    Figure {
        key: "fail_value_percent",
        label: "failed at the cut-off, % of value",
        how: "the same by net value",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| number(r.fails_value_percent),
    },
    Figure {
        key: "fail_mismatch_percent",
        label: "  of these: data mismatch, % of trades",
        how: "failed trades whose cause is a data mismatch / all trades; causes as in the report of a run",
        less_is_better: Some(true),
        decimals: 2,
        of: |o, r| of_cause(o, r, Cause::DataMismatch),
    },
    Figure {
        key: "fail_late_percent",
        label: "  of these: late stage, % of trades",
        how: "the same for allocations, confirmations or instructions that came late or never",
        less_is_better: Some(true),
        decimals: 2,
        of: |o, r| of_cause(o, r, Cause::LateStage),
    },
    Figure {
        key: "fail_shortage_percent",
        label: "  of these: shortage or hold, % of trades",
        how: "the same for securities or cash that lacked or were held back",
        less_is_better: Some(true),
        decimals: 2,
        of: |o, r| of_cause(o, r, Cause::ResourceShortage),
    },
    Figure {
        key: "fail_ssi_percent",
        label: "  of these: SSI, % of trades",
        how: "the same for standing instructions that lacked or were incomplete",
        less_is_better: Some(true),
        decimals: 2,
        of: |o, r| of_cause(o, r, Cause::IncompleteSsi),
    },
    Figure {
        key: "fail_communication_percent",
        label: "  of these: communication, % of trades",
        how: "the same for messages that were lost, garbled or not answered",
        less_is_better: Some(true),
        decimals: 2,
        of: |o, r| of_cause(o, r, Cause::Communication),
    },
    Figure {
        key: "penalties",
        label: "cash penalties",
        how: "all that the depository takes in the run ([penalties.md](penalties.md)), in units of the currency; those of a population aside",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| number(r.penalties.amount),
    },
    Figure {
        key: "fails_charge",
        label: "fails charge",
        how: "all fails charge of the run, house and population together, in units of the currency, where there is one",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| r.fails_charge.as_ref().map_or(f64::NAN, |charge| number(charge.amount)),
    },
    Figure {
        key: "bought_in",
        label: "bought in",
        how: "fails that were bought in, house and population together, where that is done",
        less_is_better: Some(true),
        decimals: 0,
        of: |_, r| r.buy_ins.as_ref().map_or(f64::NAN, |bought| count(bought.count)),
    },
    Figure {
        key: "bought_in_cost",
        label: "cost of what was bought in",
        how: "what it cost more than was agreed, in units of the currency",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| r.buy_ins.as_ref().map_or(f64::NAN, |bought| number(bought.difference)),
    },
    Figure {
        key: "borrow_cost",
        label: "cost of borrowing",
        how: "value of each loan x `lending_fee_bp` x days from the settlement date to the day after the run, or with several trade dates until it is given back / 360",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| number(r.operation.borrow_cost),
    },
    Figure {
        key: "staff_minutes",
        label: "staff minutes",
        how: "minutes of all work that people began, on exceptions and on trades at risk: at most what they are there for, and the end of the last piece",
        less_is_better: Some(true),
        decimals: 0,
        of: |_, r| count(r.operation.staff_minutes),
    },
    Figure {
        key: "alerts",
        label: "alerts (exceptions and trades at risk)",
        how: "exceptions opened + trades at risk that people were told of",
        less_is_better: Some(true),
        decimals: 0,
        of: |_, r| count(r.exceptions.values().sum::<u64>() + r.operation.alerts),
    },
    Figure {
        key: "automatic",
        label: "chased by a rule",
        how: "exceptions for which a rule chased without a person",
        less_is_better: None,
        decimals: 0,
        of: |_, r| count(r.operation.automatic),
    },
    Figure {
        key: "loans",
        label: "loans made",
        how: "loans of securities to brokers that were short",
        less_is_better: None,
        decimals: 0,
        of: |_, r| count(r.operation.loans),
    },
    Figure {
        key: "seen_hours_ahead",
        label: "in a queue ahead of the cut-off, hours (mean)",
        how: "from when something of a trade first stood in the queue of people to its cut-off, over the trades of which something did before it",
        less_is_better: Some(false),
        decimals: 1,
        of: seen_ahead,
    },
    Figure {
        key: "matched_minutes",
        label: "allocated to matched, minutes (p90)",
        how: "nine of ten of the trades that got there take no longer; matched when both sides agree",
        less_is_better: Some(true),
        decimals: 1,
        of: |_, r| span(r, "allocated to matched"),
    },
    Figure {
        key: "instructed_minutes",
        label: "allocated to instructed, minutes (p90)",
        how: "the same until our instruction is out",
        less_is_better: Some(true),
        decimals: 1,
        of: |_, r| span(r, "allocated to instructed"),
    },
    Figure {
        key: "affirmed_percent",
        label: "affirmed on trade date, % of trades",
        how: "trades affirmed before midnight of the trade date / all trades",
        less_is_better: Some(false),
        decimals: 2,
        of: |_, r| number(r.affirmed_on_trade_date.percent),
    },
    Figure {
        key: "straight_through_percent",
        label: "straight through, % of trades",
        how: "trades settled in time of which no exception was opened / all trades",
        less_is_better: Some(false),
        decimals: 2,
        of: |_, r| number(r.straight_through.percent),
    },
    Figure {
        key: "equity_fail_value_percent",
        label: "shares failed, % of value",
        how: "house and population, where a scenario has classes of instruments or a population",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| of_class(r, Class::Equity),
    },
    Figure {
        key: "government_bond_fail_value_percent",
        label: "government bonds failed, % of value",
        how: "the same",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| of_class(r, Class::GovernmentBond),
    },
    Figure {
        key: "corporate_bond_fail_value_percent",
        label: "corporate bonds failed, % of value",
        how: "the same",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| of_class(r, Class::CorporateBond),
    },
    Figure {
        key: "etf_fail_value_percent",
        label: "exchange-traded funds failed, % of value",
        how: "the same",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| of_class(r, Class::Etf),
    },
    Figure {
        key: "population_fail_percent",
        label: "population failed, % of instructions",
        how: "instructions of the population not settled at their cut-off (that of what is free of payment comes later) / all of it",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| of_population(r, |p| Some(p.fail_percent)),
    },
    Figure {
        key: "population_fail_value_percent",
        label: "population failed, % of value",
        how: "the same by value",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| of_population(r, |p| Some(p.fail_value_percent)),
    },
    Figure {
        key: "chain_pass_through",
        label: "chain pass-through (slope)",
        how: "least squares, with an intercept, of what dealers did not deliver on what they did not receive at the cut-off, by value of each dealer and line that had both to do",
        less_is_better: Some(true),
        decimals: 3,
        of: |_, r| of_population(r, |p| p.pass_through),
    },
    Figure {
        key: "cns_fail_percent",
        label: "with the clearing house failed, % of sides",
        how: "sides of trades that the clearing house takes (under `dtc`; house and population) that had not settled at the cut-off of their date / all of these",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| r.routes.as_ref().filter(|r| r.cns.of > 0).map_or(f64::NAN, |r| number(r.cns.percent)),
    },
    Figure {
        key: "non_cns_fail_percent",
        label: "delivered beside it failed, % of trades",
        how: "the same of trades that are delivered from participant to participant",
        less_is_better: Some(true),
        decimals: 2,
        of: |_, r| {
            r.routes.as_ref().filter(|r| r.non_cns.of > 0).map_or(f64::NAN, |r| number(r.non_cns.percent))
        },
    },
];

/// The figures of each batch of a run; of a run with one trade date, of that.
pub fn by_batch(outcome: &Outcome, report: &Report) -> Vec<Vec<f64>> {
    let day = &outcome.market.scenario.day;
    if !day.is_long() {
        return vec![of(outcome, report)];
    }
    let of_batch = |window| of(outcome, &Report::over(outcome, &report.version, report.seed, window));
    day.batches().into_iter().map(of_batch).collect()
}

/// The figures of a run, in the order of [`FIGURES`].
pub fn of(outcome: &Outcome, report: &Report) -> Vec<f64> {
    FIGURES.iter().map(|figure| (figure.of)(outcome, report)).collect()
}

/// Where a figure stands in the table.
pub fn index(key: &str) -> Option<usize> {
    FIGURES.iter().position(|figure| figure.key == key)
}

fn number(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

#[allow(clippy::cast_precision_loss, reason = "counts of one run")]
fn count(value: u64) -> f64 {
    value as f64
}

fn of_cause(outcome: &Outcome, report: &Report, cause: Cause) -> f64 {
    let of_window = outcome.market.trades_of(report.window().dates.clone());
    let fates = outcome.statistics.fates.get(of_window).unwrap_or_default();
    let failed = fates.iter().filter(|fate| **fate == Fate::Failed(cause)).count();
    100.0 * count(failed as u64) / count(fates.len().max(1) as u64)
}

/// Of a class that nobody traded there is no rate.
pub(super) fn of_class(report: &Report, class: Class) -> f64 {
    let row = report.classes.iter().find(|row| row.class == class);
    row.map_or(f64::NAN, |row| number(row.value_percent))
}

fn of_population(report: &Report, figure: fn(&PopulationRow) -> Option<Decimal>) -> f64 {
    report.population.as_ref().and_then(figure).map_or(f64::NAN, number)
}

fn span(report: &Report, name: &str) -> f64 {
    let row = report.latencies.iter().find(|row| row.stage == name);
    row.filter(|row| row.count > 0).map_or(f64::NAN, |row| number(row.p90) / 60_000.0)
}

fn seen_ahead(outcome: &Outcome, report: &Report) -> f64 {
    let market = &outcome.market;
    let seen = outcome.work.seen.range(market.trades_of(report.window().dates.clone()));
    let ahead: Vec<u64> = seen
        .map(|(trade, seen)| (market.cut_off_of(*trade), *seen))
        .filter(|(cut_off, seen)| seen < cut_off)
        .map(|(cut_off, seen)| cut_off.since(seen).as_secs())
        .collect();
    // Of nothing there is no mean: 0 / 0 is no number, and is left out of what is said of many runs.
    count(ahead.iter().sum()) / count(ahead.len() as u64) / 3_600.0
}

/// The table as rows of a page.
pub fn page() -> String {
    let mut page = String::from("| figure | key | better | how |\n|---|---|---|---|\n");
    for figure in &FIGURES {
        let better = match figure.less_is_better {
            Some(true) => "less",
            Some(false) => "more",
            None => "",
        };
        writeln!(page, "| {} | `{}` | {better} | {} |", figure.label.trim(), figure.key, figure.how)
            .expect("a string takes everything");
    }
    page
}
