//! `finality compare`: operating models, scenarios and settings side by side, over many replications.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use finality_simulator::experiment::Variant;
use finality_simulator::experiment::comparison::Comparison;
use finality_simulator::experiment::sweep::{self, Sweep};
use finality_simulator::html;
use finality_simulator::operation::Model;
use indicatif::{ProgressBar, ProgressStyle};

use super::exit::{Blame as _, Exit, Failure, Outcome, complain};
use super::scenario;
use crate::experiment::{Experiment, have_the_same_batches};

const EXAMPLES: &str = "\
Examples:
  finality compare samples/scenarios/small.toml --models batch,sequential,reactive,proactive --replications 5
  finality compare samples/scenarios/day.toml --models reactive,proactive --sweep desk.people=1,2,4
  finality compare a.toml b.toml --replications 50 --out compared
  finality compare samples/scenarios/small.toml --models batch,proactive --format csv > runs.csv

The first variant is what the others are set against (--baseline names another). docs/compare.md says what each figure is and how
intervals are worked out. With --out DIR: compare.txt, compare.json, runs.csv, compare.html. Exit code 1 when the auditor found something wrong, or an expectation of a scenario was not met in some run.";

/// How a comparison is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
    /// Every run, a line each.
    Csv,
}

/// Arguments of `finality compare`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompareArgs {
    /// The scenario files
    #[arg(required = true)]
    pub scenarios: Vec<PathBuf>,
    /// Operating models: batch, sequential, reactive, proactive; those of the scenario when left out
    #[arg(long, value_delimiter = ',', value_parser = model)]
    pub models: Vec<Model>,
    /// A setting that takes several values, such as desk.people=1,2,4; may be given again for every combination
    #[arg(long, value_name = "PATH=A,B,C")]
    pub sweep: Vec<Sweep>,
    /// Which variant the others are set against; the first when left out
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Another number of trades than the scenario's
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub trades: Option<u32>,
    /// How the runs are made
    #[command(flatten)]
    pub runs: RunsArgs,
    /// In how many cases of a hundred an interval holds the true value
    #[arg(long, default_value_t = 95, value_parser = clap::value_parser!(u32).range(50..=99))]
    pub confidence: u32,
    /// How the comparison is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: CompareFormat,
    /// Keep compare.txt, compare.json, runs.csv and compare.html in this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// How many runs, and how.
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// How often each variant is run, each time with the next seed
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub replications: u32,
    /// The first seed; 1 when left out
    #[arg(long)]
    pub seed: Option<u64>,
    /// Threads; as many as the machine has when left out
    #[arg(long, value_parser = jobs)]
    pub jobs: Option<usize>,
}

/// A number of threads.
pub(super) fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least one thread is needed".to_owned()),
        Ok(jobs) => Ok(jobs),
        Err(_) => Err("it is the number of threads".to_owned()),
    }
}

/// A model by its name.
pub(super) fn model(name: &str) -> Result<Model, String> {
    Model::named(name).ok_or_else(|| {
        let names: Vec<&str> = Model::ALL.iter().map(|model| model.ways().name).collect();
        format!("the models are {}", names.join(", "))
    })
}

/// Seeds are numbers of 64 bits, and each replication needs its own.
pub(super) fn seeds(first: u64, replications: u32) -> Result<(), Failure> {
    match first.checked_add(u64::from(replications)) {
        Some(_) => Ok(()),
        None => Err(Failure::usage(format!(
            "from seed {first} on there are no {replications} seeds: begin with a smaller one"
        ))),
    }
}

/// Runs the variants and reports.
pub fn run(args: &CompareArgs, out: &mut dyn Write) -> Outcome {
    let mut variants = variants(args)?;
    if let Some(name) = &args.baseline {
        let Some(at) = variants.iter().position(|variant| variant.name == *name) else {
            let names: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
            return Err(Failure::usage(format!(
                "no variant is named {name:?}; they are: {}",
                names.join(", ")
            )));
        };
        let baseline = variants.remove(at);
        variants.insert(0, baseline);
    }
    let seed = args.runs.seed.unwrap_or(1);
    seeds(seed, args.runs.replications)?;
    if !have_the_same_batches(&variants) {
        return Err(Failure::usage(
            "the variants have different day.trade_dates, warm_up_dates or batch_dates: their batches cannot be set beside each \
             other; give all of them the same"
                .to_owned(),
        ));
    }
    let dir = args.out.as_deref().map(prepare).transpose()?;
    let comparison = run_all(variants, &args.runs, seed, args.confidence);
    match args.format {
        CompareFormat::Text => out.write_all(comparison.text().as_bytes())?,
        CompareFormat::Json => out.write_all(comparison.json().as_bytes())?,
        CompareFormat::Csv => out.write_all(comparison.csv().as_bytes())?,
    }
    out.flush()?;
    if let Some(dir) = dir {
        keep(dir, &comparison)?;
    }
    Ok(outcome(&comparison))
}

/// How it ended: badly when the auditor found something, or an expectation of a scenario was not met.
pub(super) fn outcome(comparison: &Comparison) -> Exit {
    if comparison.audit_findings == 0 && comparison.unmet == 0 { Exit::Ok } else { Exit::Failed }
}

/// Every combination of scenario, swept settings and model.
fn variants(args: &CompareArgs) -> Result<Vec<Variant>, Failure> {
    if let Some(sweep) =
        args.sweep.iter().find(|s| s.path == "seed" || s.path == "trades.count" && args.trades.is_some())
    {
        return Err(Failure::usage(format!(
            "{} cannot be swept: the command line says it (--seed, --trades)",
            sweep.path
        )));
    }
    let mut variants: Vec<Variant> = Vec::new();
    let mut captures = scenario::Captures::default();
    for path in &args.scenarios {
        let shown = path.display();
        let text = scenario::text(path)?;
        let of_file =
            sweep::variants(&text, &args.sweep).map_err(|e| Failure::input(format!("{shown}: {e}")))?;
        scenario::tell_oddities(path, of_file.iter().map(|variant| &variant.scenario));
        for mut swept in of_file {
            swept.scenario = captures.attach(swept.scenario, path)?;
            if args.trades.is_some() && swept.scenario.capture.is_some() {
                return Err(Failure::usage(format!(
                    "{shown}: --trades cannot be said: it replays captured trades"
                )));
            }
            let idle = args.sweep.iter().find(|s| finality_simulator::capture::replaces(&s.path));
            if let (Some(idle), Some(_)) = (idle, &swept.scenario.capture) {
                let path = &idle.path;
                return Err(Failure::usage(format!(
                    "{shown}: {path} cannot be swept: captured trades (trades.from) take its place"
                )));
            }
            if let Some(trades) = args.trades {
                swept.scenario.trades.count = trades;
            }
            let models = if args.models.is_empty() {
                swept.scenario.operation.models.clone()
            } else {
                args.models.clone()
            };
            let several = args.scenarios.len() > 1;
            for model in &models {
                let mut scenario = swept.scenario.clone();
                scenario.operation.models = vec![*model];
                let own = swept.scenario.name.as_str();
                // The name of the scenario tells nothing where there is one only.
                let set = swept.name.strip_prefix(own).unwrap_or_default().trim();
                let parts = [
                    if several { own } else { "" },
                    set,
                    if models.len() > 1 || !args.models.is_empty() { model.ways().name } else { "" },
                ];
                let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                let name = if parts.is_empty() { own.to_owned() } else { parts.join(" ") };
                variants.push(Variant { name, scenario });
            }
        }
    }
    let twice = (1..variants.len()).find(|n| variants[..*n].iter().any(|v| v.name == variants[*n].name));
    match twice {
        Some(n) => Err(Failure::usage(format!(
            "two variants are named {:?}: give the scenarios names of their own",
            variants[n].name
        ))),
        None => Ok(variants),
    }
}

/// Runs every variant and compares, with a bar on the terminal.
pub(super) fn run_all(variants: Vec<Variant>, runs: &RunsArgs, seed: u64, confidence: u32) -> Comparison {
    let experiment = experiment(variants, runs, seed, confidence);
    let bar = bar(&experiment);
    let comparison = experiment.run(|| bar.inc(1));
    bar.finish_and_clear();
    comparison
}

/// The runs as they are asked for.
pub(super) fn experiment(variants: Vec<Variant>, runs: &RunsArgs, seed: u64, confidence: u32) -> Experiment {
    let threads = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Experiment {
        variants,
        seed,
        replications: runs.replications,
        jobs: runs.jobs.unwrap_or_else(threads),
        confidence_percent: confidence,
    }
}

/// How far it is. It goes to standard error, and only to a terminal.
pub(super) fn bar(experiment: &Experiment) -> ProgressBar {
    let bar = ProgressBar::new(u64::from(experiment.replications) * experiment.variants.len() as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} runs, {elapsed} gone, {eta} to go");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

const WRITTEN: [&str; 4] = ["compare.txt", "compare.json", "runs.csv", "compare.html"];

/// Makes the folder before the runs: runs whose result cannot be kept are no use.
pub(super) fn prepare(dir: &Path) -> Result<&Path, Failure> {
    std::fs::create_dir_all(dir).with_context(|| format!("{}", dir.display())).blame(Exit::Input)?;
    Ok(dir)
}

pub(super) fn keep(dir: &Path, comparison: &Comparison) -> Result<(), Failure> {
    let texts = [comparison.text(), comparison.json(), comparison.csv(), html::comparison::page(comparison)];
    for (name, text) in WRITTEN.iter().zip(texts) {
        std::fs::write(dir.join(name), text).with_context(|| format!("{}", dir.join(name).display()))?;
    }
    complain(&format!("kept in {}: {}", dir.display(), WRITTEN.join(", ")));
    Ok(())
}
