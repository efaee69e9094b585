//! `finality simulate`: the production gateway in a simulated market, in virtual time.

use std::cell::RefCell;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use finality_kernel::profile::Profile;
use finality_parsers::machine::{Entry, GatewayEffect, GatewayInput, Machine, Timestamp};
use finality_simulator::experiment::Variant;
use finality_simulator::html;
use finality_simulator::operation::Model;
use finality_simulator::report::Report;
use finality_simulator::scenario::Scenario;
use finality_simulator::subject::Subject;
use finality_simulator::world::{Outcome as Run, World};

use super::compare::{self, RunsArgs};
use super::exit::{Blame as _, Exit, Failure, Outcome, complain};
use super::junit;
use super::scenario;
use crate::adapters::keeper::Keeper;
use crate::config::Config;
use crate::config::fix::FixConfig;
use crate::node::Node;
use crate::runtime::clock::Stopwatch;
use crate::runtime::tape::Recorder;
use crate::simulate::{Production, profile};

const EXAMPLES: &str = "\
Examples:
  finality simulate samples/scenarios/day.toml
  finality simulate samples/scenarios/day.toml --seed 7 --out finality-run
  finality simulate samples/scenarios/small.toml --format json | jq .fails
  finality simulate samples/scenarios/day.toml --model proactive
  finality simulate samples/scenarios/small.toml --replications 10 --out replications
  finality simulate samples/scenarios/small.toml --tape run.tape && finality replay run.tape

With --out DIR: report.txt, report.json, report.html (charts, for any browser), cost.json (measured, so not the same twice), finality.toml, and store/, which
`finality inspect --store DIR/store` reads. Exit code 1 when the auditor found something wrong, or an expectation of the scenario ([[expect]]) was not met.";

/// Left in a store that a simulation wrote, so that the next run may replace it.
const MARK: &str = "SIMULATED";

/// How the report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Arguments of `finality simulate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SimulateArgs {
    /// The scenario file (docs/scenario.md describes every setting)
    pub scenario: PathBuf,
    /// Another seed than the scenario's
    #[arg(long)]
    pub seed: Option<u64>,
    /// Another operating model than the scenario's first: batch, sequential, reactive, proactive
    #[arg(long, value_parser = compare::model)]
    pub model: Option<Model>,
    /// Run it so often, each time with the next seed, and report means, intervals and tails
    #[arg(long, value_name = "R", conflicts_with = "tape", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub replications: Option<u32>,
    /// Threads for replications; as many as the machine has when left out
    #[arg(long, requires = "replications", value_parser = compare::jobs)]
    pub jobs: Option<usize>,
    /// Another number of trades than the scenario's
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub trades: Option<u32>,
    /// Keep report, configuration and store in this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write what is expected, and whether it was met, as a JUnit file
    #[arg(long, value_name = "FILE", conflicts_with = "replications")]
    pub junit: Option<PathBuf>,
    /// How the report is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: ReportFormat,
    /// Record everything the gateway hears and answers, for `finality replay`
    #[arg(long, value_name = "FILE")]
    pub tape: Option<PathBuf>,
}

/// Runs the scenario and reports.
pub fn run(args: &SimulateArgs, out: &mut dyn Write) -> Outcome {
    let mut scenario = scenario::read(&args.scenario)?;
    if args.trades.is_some() && scenario.capture.is_some() {
        return Err(Failure::usage(
            "--trades cannot be said: the scenario replays captured trades (trades.from)",
        ));
    }
    if let Some(trades) = args.trades {
        scenario.trades.count = trades;
    }
    if let Some(model) = args.model {
        scenario.operation.models = vec![model];
    }
    let seed = args.seed.unwrap_or(scenario.seed);
    if let Some(replications) = args.replications {
        return replicate(args, scenario, seed, replications, out);
    }
    // The folder is made before the run: a run whose result cannot be kept is no use.
    let store = args.out.as_deref().map(prepare).transpose()?;

    let stopwatch = Stopwatch::start();
    let (run, spent) = simulate(scenario, seed, args.tape.as_deref())?;
    let report = Report::of(&run, env!("CARGO_PKG_VERSION"), seed);
    let cost = Cost::of(&report, spent, stopwatch.elapsed());
    match args.format {
        ReportFormat::Text => out.write_all(report.text().as_bytes())?,
        ReportFormat::Json => out.write_all(report.json().as_bytes())?,
    }
    out.flush()?;
    // Measured time is not part of the report: that is the same for the same seed, to the byte.
    complain(&cost.text());
    if let Some(path) = &args.junit {
        let text = junit::of(&report);
        std::fs::write(path, text).with_context(|| format!("{}", path.display())).blame(Exit::Input)?;
    }
    if let (Some(dir), Some(store)) = (&args.out, store) {
        keep(dir, &store, &run, &report, &cost)?;
    }
    Ok(if report.is_good() { Exit::Ok } else { Exit::Failed })
}

/// Runs the scenario many times.
fn replicate(
    args: &SimulateArgs,
    scenario: Scenario,
    seed: u64,
    replications: u32,
    out: &mut dyn Write,
) -> Outcome {
    compare::seeds(seed, replications)?;
    let dir = args.out.as_deref().map(compare::prepare).transpose()?;
    let runs = RunsArgs { replications, seed: Some(seed), jobs: args.jobs };
    let name = format!("{} {}", scenario.name, scenario.operation.ways().name);
    let variant = Variant { name, scenario };
    let comparison = compare::run_all(vec![variant], &runs, seed, 95);
    match args.format {
        ReportFormat::Text => out.write_all(comparison.text().as_bytes())?,
        ReportFormat::Json => out.write_all(comparison.json().as_bytes())?,
    }
    out.flush()?;
    if let Some(dir) = dir {
        compare::keep(dir, &comparison)?;
    }
    Ok(compare::outcome(&comparison))
}

/// Runs a scenario; gives what it leaves and the time that the gateway itself took.
fn simulate(scenario: Scenario, seed: u64, tape: Option<&Path>) -> Result<(Run, Duration), Failure> {
    let spent = Rc::new(RefCell::new(Duration::ZERO));
    let Some(path) = tape else {
        let timed = |m: &_| Timed { profile: profile(m), spent: Rc::clone(&spent) };
        let run = World::new(scenario, seed, timed).run();
        let spent = *spent.borrow();
        return Ok((run, spent));
    };
    let file =
        std::fs::File::create(path).with_context(|| format!("{}", path.display())).blame(Exit::Input)?;
    let tape = Shared(Rc::new(RefCell::new(BufWriter::new(file))));
    let run = World::new(scenario, seed, |m| Taped {
        production: Production { profile: profile(m) },
        tape: tape.clone(),
    })
    .run();
    tape.0.borrow_mut().flush().with_context(|| format!("{}", path.display()))?;
    Ok((run, Duration::ZERO))
}

/// The gateway with a stopwatch around it.
struct Timed {
    profile: Profile,
    spent: Rc<RefCell<Duration>>,
}

/// A machine whose every call is timed.
struct TimedNode {
    node: Node,
    spent: Rc<RefCell<Duration>>,
}

impl Subject for Timed {
    type Machine = TimedNode;

    fn boot(&self, now: Timestamp, journal: &[Entry]) -> TimedNode {
        let node = Production { profile: self.profile.clone() }.boot(now, journal);
        TimedNode { node, spent: Rc::clone(&self.spent) }
    }
}

impl Machine for TimedNode {
    type Input<'a> = GatewayInput<'a>;
    type Effect = GatewayEffect;

    fn handle(&mut self, now: Timestamp, input: GatewayInput<'_>) {
        let stopwatch = Stopwatch::start();
        self.node.handle(now, input);
        *self.spent.borrow_mut() += stopwatch.elapsed();
    }

    fn poll(&mut self) -> Option<GatewayEffect> {
        self.node.poll()
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.node.deadline()
    }
}

/// The gateway with a tape running; a restart goes onto the same tape.
struct Taped {
    production: Production,
    tape: Shared,
}

/// A tape that outlives the gateway that it records.
#[derive(Clone)]
struct Shared(Rc<RefCell<BufWriter<std::fs::File>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

impl Subject for Taped {
    type Machine = Recorder<Shared>;

    fn boot(&self, now: Timestamp, journal: &[Entry]) -> Recorder<Shared> {
        Recorder::boot(now, self.production.profile.clone(), journal, self.tape.clone())
    }
}

/// What the run cost in real time.
#[derive(Debug, serde::Serialize)]
struct Cost {
    messages: u64,
    gateway_microseconds: u64,
    gateway_nanoseconds_per_message: u64,
    run_milliseconds: u64,
    /// Of the whole process, simulated market included; absent where the system does not say.
    peak_memory_kilobytes: Option<u64>,
}

impl Cost {
    fn of(report: &Report, gateway: Duration, run: Duration) -> Self {
        let nanos = u64::try_from(gateway.as_nanos()).unwrap_or(u64::MAX);
        Self {
            messages: report.messages_total,
            gateway_microseconds: nanos / 1000,
            gateway_nanoseconds_per_message: nanos / report.messages_total.max(1),
            run_milliseconds: u64::try_from(run.as_millis()).unwrap_or(u64::MAX),
            peak_memory_kilobytes: peak_memory(),
        }
    }

    fn text(&self) -> String {
        format!(
            "measured: the run took {} ms; the gateway itself {} ms, {} us per message in or out (decode, decide, encode, \
             record); peak memory {} MB with the whole market",
            self.run_milliseconds,
            self.gateway_microseconds / 1000,
            self.gateway_nanoseconds_per_message / 1000,
            self.peak_memory_kilobytes.map_or("?".to_owned(), |kb| (kb / 1024).to_string()),
        )
    }
}

/// The most memory that this process has had, as Linux tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches(" kB").parse().ok()
}

/// What is written beside the store.
const WRITTEN: [&str; 5] = ["report.txt", "report.json", "report.html", "cost.json", "finality.toml"];

/// Makes the output folder and clears the store of an earlier simulation; anything else that is there stays untouched.
fn prepare(dir: &Path) -> Result<PathBuf, Failure> {
    let store = dir.join("store");
    let shown = store.display().to_string();
    std::fs::create_dir_all(dir).with_context(|| format!("{}", dir.display())).blame(Exit::Input)?;
    if store.exists() {
        if !store.join(MARK).exists() {
            return Err(Failure::usage(format!(
                "{shown} holds a store that no simulation wrote: give another --out, or move it away"
            )));
        }
        std::fs::remove_dir_all(&store).with_context(|| shown.clone())?;
    } else if let Some(foreign) = WRITTEN.iter().map(|name| dir.join(name)).find(|path| path.exists()) {
        return Err(Failure::usage(format!(
            "{} is there and no store of a simulation beside it: give another --out, or move it away",
            foreign.display()
        )));
    }
    std::fs::create_dir_all(&store).with_context(|| shown.clone())?;
    std::fs::write(store.join(MARK), "this store was written by finality simulate\n")
        .with_context(|| shown)?;
    Ok(store)
}

fn keep(dir: &Path, store: &Path, run: &Run, report: &Report, cost: &Cost) -> Result<(), Failure> {
    let profile = profile(&run.market);
    let write = |name: &str, text: String| {
        std::fs::write(dir.join(name), text).with_context(|| format!("{}", dir.join(name).display()))
    };
    write("report.txt", report.text())?;
    write("report.json", report.json())?;
    write("report.html", html::run::page(run, report))?;
    write("cost.json", serde_json::to_string_pretty(cost).context("cost.json")?)?;
    let config = Config {
        store: PathBuf::from("store"),
        sync: true,
        index_live: true,
        fix_listen: None,
        orders: None,
        folders: folders(&profile),
        fix: None,
        profile: profile.clone(),
        sessions: FixConfig::default(),
        base: PathBuf::new(),
    };
    write("finality.toml", toml::to_string(&config).context("finality.toml")?)?;
    let (mut keeper, _) = Keeper::open(store, profile, |_| ()).map_err(anyhow::Error::from)?;
    for group in run.journal.chunks(1024) {
        keeper.keep(group).map_err(anyhow::Error::from)?;
    }
    keeper.close().map_err(anyhow::Error::from)?;
    complain(&format!(
        "kept in {}: report.txt, report.json, report.html, cost.json, finality.toml, store/ ({} records)",
        dir.display(),
        run.journal.len()
    ));
    Ok(())
}

/// A folder for each link that exchanges files, so that the configuration can be served as it is.
fn folders(profile: &Profile) -> std::collections::BTreeMap<String, PathBuf> {
    let by_file = profile.links.iter().filter(|l| !l.speech.is_session());
    by_file.map(|l| (l.name.clone(), PathBuf::from("links").join(&l.name))).collect()
}
