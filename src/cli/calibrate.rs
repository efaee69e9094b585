//! `finality calibrate`: a scenario beside published figures.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use finality_simulator::experiment::Variant;
use finality_simulator::experiment::calibration::{self, Calibration};

use super::compare::{self, RunsArgs};
use super::exit::{Exit, Failure, Outcome};
use super::scenario;
use super::simulate::ReportFormat;

const EXAMPLES: &str = "\
Examples:
  finality calibrate samples/scenarios/t2s-day.toml --against t2s
  finality calibrate samples/scenarios/us-t1.toml --against us --replications 10

docs/calibration.md says what is published, from where, and which published figures no run can be set beside. Exit code 1 when a figure
is out of its range.";

/// Whose figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Market {
    /// The European depositories on T2S.
    T2s,
    /// The United States.
    Us,
}

/// Arguments of `finality calibrate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CalibrateArgs {
    /// The scenario file
    pub scenario: PathBuf,
    /// Whose published figures
    #[arg(long, value_enum)]
    pub against: Market,
    /// How the runs are made
    #[command(flatten)]
    pub runs: RunsArgs,
    /// How it is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: ReportFormat,
}

/// Runs the scenario and sets it beside what is published.
pub fn run(args: &CalibrateArgs, out: &mut dyn Write) -> Outcome {
    let scenario = scenario::read(&args.scenario)?;
    let against = match args.against {
        Market::T2s => calibration::Against::T2s,
        Market::Us => calibration::Against::Us,
    };
    let (name, seed) = (scenario.name.clone(), args.runs.seed.unwrap_or(scenario.seed));
    compare::seeds(seed, args.runs.replications)?;
    let variant = Variant { name: name.clone(), scenario };
    let experiment = compare::experiment(vec![variant], &args.runs, seed, 95);
    let bar = compare::bar(&experiment);
    let measured = experiment
        .measure(&|outcome, report| vec![calibration::measures(against, outcome, report)], || bar.inc(1));
    bar.finish_and_clear();
    if measured.faults > 0 {
        let runs = measured.faults;
        let shown = args.scenario.display();
        let what =
            format!("{shown}: the auditor found something wrong in {runs} runs: finality simulate says what");
        return Err(Failure::input(what));
    }
    let last = seed + u64::from(args.runs.replications) - 1;
    let calibration =
        Calibration::of(name, against, [seed, last], measured.values.first().map_or(&[], Vec::as_slice));
    match args.format {
        ReportFormat::Text => out.write_all(calibration.text().as_bytes())?,
        ReportFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &calibration).context("the calibration")?;
            writeln!(out)?;
        }
    }
    Ok(if calibration.is_calibrated() { Exit::Ok } else { Exit::Failed })
}
