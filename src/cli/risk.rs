//! `finality risk`: fits a model of fails, and says how good one is.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use finality_kernel::risk::fit::Cases;
use finality_kernel::risk::model::{Fitted, FittedOn, shipped};
use finality_kernel::risk::snapshot::{Moment, Snapshots};
use finality_simulator::scenario::Scenario;
use serde_json::json;

use super::exit::{Blame as _, Exit, Failure, Outcome, complain};
use super::open;
use super::scenario;
use crate::risk::measure::{self, Alerts, Measure};
use crate::risk::read_model;
use crate::risk::runs::{self, Case};

const EXAMPLES: &str = "\
Examples:
  finality risk fit --scenario samples/scenarios/risk.toml --seeds 1001..1040 --out model.json
  finality risk fit --store day-1/store --store day-2/store --out model.json
  finality risk evaluate --scenario samples/scenarios/risk.toml --seeds 1..10 --budget 100
  finality risk evaluate --model model.json --scenario samples/scenarios/day.toml --seeds 1..5 --futures 20 --json

`[profile.desk]` names a model: model = \"model.json\". docs/risk.md says what a score is made of and how good the shipped one is.";

/// Arguments of `finality risk`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RiskArgs {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Fit a model to simulated runs, or to the finished trades of stores
    Fit(FitArgs),
    /// Say how good a model is on runs that it was not fitted on, beside the best possible
    Evaluate(EvaluateArgs),
}

/// Arguments of `finality risk fit`.
#[derive(Debug, Args)]
pub struct FitArgs {
    /// The scenario that is run
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "store",
        conflicts_with = "store",
        requires = "seeds"
    )]
    pub scenario: Option<PathBuf>,
    /// With which seeds, first and last
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    pub seeds: Option<[u64; 2]>,
    /// A store whose trades have ended; may be given again
    #[arg(long, value_name = "DIR")]
    pub store: Vec<PathBuf>,
    /// The configuration with the reference data of the stores; finality.toml in or beside each when left out
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What the model is called; every score names it
    #[arg(long, value_name = "NAME", default_value = "fitted 1")]
    pub version: String,
    /// Where the model is written
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Runs at the same time; the result is the same
    #[arg(long, value_name = "N", default_value = "2")]
    pub threads: usize,
}

/// Arguments of `finality risk evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// The model; the shipped one when left out
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// The scenario that is run
    #[arg(long, value_name = "FILE")]
    pub scenario: PathBuf,
    /// With which seeds, first and last
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    pub seeds: [u64; 2],
    /// Alerts a day
    #[arg(long, value_name = "N", default_value = "100")]
    pub budget: usize,
    /// Other futures that are run from each moment on, for the best possible; none with 0
    #[arg(long, value_name = "N", default_value = "0")]
    pub futures: u32,
    /// Judge it on what it was fitted on
    #[arg(long)]
    pub in_sample: bool,
    /// Runs at the same time; the result is the same
    #[arg(long, value_name = "N", default_value = "2")]
    pub threads: usize,
    /// For machines: one JSON object
    #[arg(long)]
    pub json: bool,
}

fn seeds(text: &str) -> Result<[u64; 2], String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let number = |n: &str| {
        n.trim().parse::<u64>().map_err(|_| format!("{text:?}: it is one seed, or a first and a last: 1..10"))
    };
    let (first, last) = (number(first)?, number(last)?);
    if first > last || last - first >= 10_000 {
        return Err(format!("{text:?}: the first must not be above the last, and there are 10,000 at most"));
    }
    Ok([first, last])
}

/// Does it.
pub fn run(args: &RiskArgs, out: &mut dyn Write) -> Outcome {
    match &args.what {
        What::Fit(args) => fit(args, out),
        What::Evaluate(args) => evaluate(args, out),
    }
}

fn read_scenario(path: &Path) -> Result<(Scenario, String), Failure> {
    let scenario = scenario::read(path)?;
    if scenario.day.is_long() {
        return Err(Failure::usage(format!(
            "{}: the risk model is fitted and judged on runs of one trade date; leave out day.trade_dates",
            path.display()
        )));
    }
    // Of what it says, whatever its words: comments and order do not count.
    let canonical = serde_json::to_vec(&scenario).context("the scenario")?;
    Ok((scenario, format!("{:08x}", crc32fast::hash(&canonical))))
}

fn fit(args: &FitArgs, out: &mut dyn Write) -> Outcome {
    let mut cases = Cases::default();
    let mut fitted_on = FittedOn::default();
    if let (Some(path), Some(seeds)) = (&args.scenario, args.seeds) {
        let (scenario, digest) = read_scenario(path)?;
        let runs = seeds[1] - seeds[0] + 1;
        fitted_on = FittedOn { source: scenario.name.clone(), digest, seeds, runs, ..fitted_on };
        for case in runs::of_seeds(&scenario, seeds, 0, args.threads) {
            cases.add(case.features, case.failed);
        }
    } else {
        fitted_on.source = "store".to_owned();
        for store in &args.store {
            of_store(store, args.config.as_deref(), &mut cases)?;
            fitted_on.runs += 1;
        }
    }
    [fitted_on.snapshots, fitted_on.failed] = cases.count();
    let (snapshots, failed) = (fitted_on.snapshots, fitted_on.failed);
    let Some(model) = cases.fit(&args.version, fitted_on) else {
        return Err(Failure::input(format!(
            "{failed} of {snapshots} snapshots are of trades that failed: a model needs some that did and some that did not; \
             give more runs, or stores whose settlement dates are over"
        )));
    };
    let mut text = serde_json::to_string_pretty(&model).context("the model")?;
    text.push('\n');
    std::fs::write(&args.out, text).with_context(|| format!("{}", args.out.display())).blame(Exit::Input)?;
    writeln!(
        out,
        "{}: {} features, {failed} of {snapshots} snapshots of trades that failed, written to {}",
        model.version,
        model.weights.len(),
        args.out.display()
    )?;
    Ok(Exit::Ok)
}

/// The finished trades of a store.
fn of_store(store: &Path, config: Option<&Path>, cases: &mut Cases) -> Result<(), Failure> {
    let profile = open::profile_of(store, config)?;
    let mut fold = Snapshots::new(profile);
    open::each_record(store, |record| fold.take(record))?;
    let names = fold.names();
    for snapshot in fold.all() {
        let Some(failed) = fold.failed(snapshot) else { continue };
        let features = snapshot.features.iter().filter_map(|n| names.get(*n as usize).cloned());
        cases.add(features.collect(), failed);
    }
    Ok(())
}

/// The predictors that are compared.
const WHO: [&str; 4] = ["model", "best possible", "table", "base rate"];

#[allow(clippy::disallowed_types, reason = "statistics that are printed")]
fn said(who: &str, model: &Fitted, case: &Case, overall: &[f64; 2]) -> Option<f64> {
    let [base, seen] = *overall;
    match who {
        "model" => Some(f64::from(model.of_features(case.features.iter().map(String::as_str)).bp) / 10_000.0),
        // So many futures tell a probability only so well: one more future with the usual rate is added.
        "best possible" => case.futures.map(|[f, of]| (f64::from(f) + seen) / (f64::from(of) + 1.0)),
        "table" => Some(f64::from(case.table_bp) / 10_000.0),
        _ => Some(base),
    }
}

fn evaluate(args: &EvaluateArgs, out: &mut dyn Write) -> Outcome {
    let model = match &args.model {
        Some(path) => read_model(path).map_err(Failure::input)?,
        None => shipped().clone(),
    };
    let (scenario, digest) = read_scenario(&args.scenario)?;
    let on = &model.fitted_on;
    let overlap = on.digest == digest && args.seeds[0] <= on.seeds[1] && on.seeds[0] <= args.seeds[1];
    if overlap && !args.in_sample {
        return Err(Failure::usage(format!(
            "the model was fitted on seeds {}..{} of this scenario: give others, or say --in-sample and mean it",
            on.seeds[0], on.seeds[1]
        )));
    }
    let cases = runs::of_seeds(&scenario, args.seeds, args.futures, args.threads);
    if !cases.iter().any(|c| c.failed) {
        complain("no trade failed in these runs: there is nothing to tell apart; give more seeds");
    }
    let report = Report::of(&model, &cases, args);
    if args.json {
        writeln!(out, "{}", json!(report))?;
    } else {
        report.print(&scenario.name, out)?;
    }
    Ok(Exit::Ok)
}

#[derive(serde::Serialize)]
struct Report {
    model: String,
    seeds: [u64; 2],
    futures: u32,
    trades_failed: usize,
    /// By moment, `all` for the timed ones together, then by predictor.
    measures: Vec<Row>,
    alerts: Vec<(&'static str, Alerts)>,
}

#[derive(serde::Serialize)]
struct Row {
    moment: &'static str,
    by: &'static str,
    measure: Measure,
}

#[allow(clippy::disallowed_types, reason = "statistics that are printed")]
impl Report {
    fn of(model: &Fitted, cases: &[Case], args: &EvaluateArgs) -> Self {
        let on = &model.fitted_on;
        let base = on.failed as f64 / on.snapshots.max(1) as f64;
        let timed: Vec<&Case> = cases.iter().filter(|c| Moment::TIMED.contains(&c.moment)).collect();
        let groups = [("all timed", timed)].into_iter().chain(
            [Moment::Instructed, Moment::Moved]
                .into_iter()
                .chain(Moment::TIMED)
                .map(|m| (m.label(), cases.iter().filter(|c| c.moment == m).collect())),
        );
        let mut measures = Vec::new();
        // The usual rate of each moment, by the other futures.
        let mut usual = std::collections::BTreeMap::new();
        for moment in Moment::TIMED {
            let of_moment = cases.iter().filter(|c| c.moment == moment).filter_map(|c| c.futures);
            let [f, of] =
                of_moment.fold([0u64, 0u64], |[a, b], [f, of]| [a + u64::from(f), b + u64::from(of)]);
            usual.insert(moment, f as f64 / of.max(1) as f64);
        }
        let overall = |case: &Case| [base, usual.get(&case.moment).copied().unwrap_or(base)];
        for (moment, group) in groups {
            for by in WHO {
                let said: Vec<(f64, bool)> =
                    group.iter().filter_map(|c| Some((said(by, model, c, &overall(c))?, c.failed))).collect();
                if !said.is_empty() {
                    measures.push(Row { moment, by, measure: measure::measure(&said) });
                }
            }
        }
        let alerts = WHO[..3].iter().filter_map(|by| {
            let said: Vec<(&Case, f64)> =
                cases.iter().filter_map(|c| Some((c, said(by, model, c, &overall(c))?))).collect();
            (!said.is_empty()).then(|| (*by, measure::alerts(&said, args.budget)))
        });
        let failing: std::collections::BTreeSet<(u64, usize)> =
            cases.iter().filter(|c| c.failed).map(|c| (c.seed, c.trade)).collect();
        Self {
            model: model.version.clone(),
            seeds: args.seeds,
            futures: args.futures,
            trades_failed: failing.len(),
            alerts: alerts.collect(),
            measures,
        }
    }

    fn print(&self, scenario: &str, out: &mut dyn Write) -> std::io::Result<()> {
        writeln!(
            out,
            "model {}   scenario {scenario}   seeds {}..{}   {} trades failed   {} other futures a moment\n",
            self.model, self.seeds[0], self.seeds[1], self.trades_failed, self.futures
        )?;
        writeln!(
            out,
            "{:<22} {:<14} {:>8} {:>7} {:>8} {:>8} {:>8} {:>13} {:>10}",
            "moment", "by", "cases", "failed", "AUC", "Brier", "log loss", "worst decile", "by chance"
        )?;
        for Row { moment, by, measure: m } in &self.measures {
            let auc = m.auc.map_or("-".to_owned(), |auc| format!("{auc:.4}"));
            writeln!(
                out,
                "{moment:<22} {by:<14} {:>8} {:>7} {auc:>8} {:>8.4} {:>8.4} {:>6.2} points {:>10.2}",
                m.cases, m.failed, m.brier, m.log_loss, m.worst_decile, m.by_chance
            )?;
        }
        writeln!(
            out,
            "\n{:<14} {:>6} {:>8} {:>8} {:>8}   per cent",
            "deciles of", "", "cases", "said", "seen"
        )?;
        for Row { by, measure, .. } in
            self.measures.iter().filter(|r| r.moment == "all timed" && r.by != "base rate")
        {
            for (decile, number) in measure.deciles.iter().zip(1..) {
                writeln!(
                    out,
                    "{by:<14} {number:>6} {:>8} {:>8.2} {:>8.2}",
                    decile.cases, decile.said, decile.seen
                )?;
            }
        }
        writeln!(
            out,
            "\n{:<14} {:>8} {:>8} {:>8} {:>8} {:>10} {:>14}",
            "alerts by", "a day", "fails", "hits", "recall", "precision", "median lead"
        )?;
        for (by, a) in &self.alerts {
            let lead = a.lead_minutes.map_or("-".to_owned(), |m| format!("{m} min"));
            writeln!(
                out,
                "{by:<14} {:>8} {:>8} {:>8} {:>6.1} % {:>8.1} % {lead:>14}",
                a.budget, a.failed, a.hits, a.recall, a.precision
            )?;
        }
        Ok(())
    }
}
