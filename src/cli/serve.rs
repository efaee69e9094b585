//! `finality serve`: the live gateway.

use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use clap::Args;
use finality_kernel::gateway::Recovery;
use finality_parsers::desk::Notice;
use finality_parsers::machine::Timestamp;

use super::exit::{Blame as _, Exit, Failure, Outcome};
use super::open;
use crate::adapters::file_drop::Drop;
use crate::adapters::journal;
use crate::adapters::keeper::Keeper;
use crate::adapters::net;
use crate::adapters::orders;
use crate::config::Config;
use crate::config::taped::Taped;
use crate::node::Node;
use crate::runtime::clock::Clock;
use crate::runtime::drive::{self, Time};
use crate::runtime::tape::Recorder;
use crate::sessions::Sessions;

const EXAMPLES: &str = "\
Examples:
  finality serve --config samples/finality.toml
  FINALITY_LOG=debug finality serve --config gateway.toml

FIX sessions connect to `fix_listen`; links that exchange files have a folder with in, out, done and failed; orders of people,
in JSON, are put into `orders`/in (docs/profile.md shows one). Ctrl-C stops it;
what was received is kept. Exceptions are logged as they are raised; `finality inspect` shows them once the gateway has stopped.";

/// Arguments of `finality serve`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// The configuration (docs/profile.md describes every setting)
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Record everything the gateway hears and answers, for `finality replay`; the tape begins with the whole journal and
    /// holds what the configuration says about FIX sessions, passwords included
    #[arg(long, value_name = "FILE")]
    pub tape: Option<PathBuf>,
}

/// Serves until it is told to stop.
pub fn run(args: &ServeArgs, out: &mut dyn Write) -> Outcome {
    let config = Config::read(&args.config).map_err(Failure::input)?;
    log();
    let mut recovery = Recovery::new(config.profile.clone());
    let (mut keeper, opened) =
        Keeper::open(&config.store, config.profile.clone(), |record| recovery.take(record))
            .map_err(open::failed)?;
    open::report(&opened);
    if !config.sync {
        tracing::warn!("sync = false: a power cut may lose records of which peers were told");
        keeper.without_sync();
    }
    if !config.index_live {
        keeper.index_later();
    }
    let sessions = Sessions::of(&config.sessions).map_err(Failure::input)?;
    let clock = Clock::start();
    let running = match &args.tape {
        None => {
            let node = Node::around(recovery.start(clock.now()), &config.profile, &sessions);
            drive::start(node, keeper, Time::Wall(clock), tell)
        }
        Some(tape) => {
            let recorder = record(&config, clock.now(), tape)?;
            drive::start(recorder, keeper, Time::Wall(clock), tell)
        }
    };

    let stopped = Arc::new(AtomicBool::new(false));
    let mut watchers = Vec::new();
    for (link, dir) in &config.folders {
        let drop = Drop::new(link, dir).with_context(|| format!("{}", dir.display())).blame(Exit::Input)?;
        let (inbox, stopped) = (running.inbox(), Arc::clone(&stopped));
        watchers.push(std::thread::spawn(move || drop.watch(&inbox, &|| stopped.load(Ordering::Relaxed))));
    }
    if let Some(dir) = config.orders.clone() {
        orders::prepare(&dir).with_context(|| format!("{}", dir.display())).blame(Exit::Input)?;
        let (inbox, stopped) = (running.inbox(), Arc::clone(&stopped));
        watchers.push(std::thread::spawn(move || {
            orders::watch(&dir, &inbox, &|| stopped.load(Ordering::Relaxed))
        }));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let waited = runtime.block_on(async {
        let opened_to = net::open(&config.sessions, clock, running.inbox())
            .await
            .map_err(|why| Failure { exit: Exit::Connection, error: anyhow::anyhow!(why) })?;
        for local in opened_to {
            writeln!(out, "FIX sessions connect to {local}")?;
        }
        writeln!(out, "{} records recovered; serving until Ctrl-C", opened.records)?;
        out.flush()?;
        let over = running.over();
        tokio::select! {
            told = until_told() => told.map_err(Failure::from),
            // A gateway that cannot go on is no gateway: whoever watches it sees it gone, and not a port that answers nobody.
            () = over.notified() => Ok(()),
        }
    });
    stopped.store(true, Ordering::Relaxed);
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    let kept = running.stop();
    for watcher in watchers {
        // A watcher only ends; if it panicked, what it had is still in its folder.
        let _ = watcher.join();
    }
    waited?;
    kept.map_err(|why| Failure { exit: Exit::Internal, error: anyhow::anyhow!(why) })?;
    writeln!(out, "stopped; everything received is kept")?;
    Ok(Exit::Ok)
}

/// The gateway with a tape running.
fn record(config: &Config, now: Timestamp, tape: &Path) -> Result<Recorder<BufWriter<File>>, Failure> {
    let mut entries = Vec::new();
    journal::read_all(&config.store.join("journal"), |stored| entries.push(stored.entry))
        .blame(Exit::Input)?;
    // What peers say at their Logon is on it, and that may be a password.
    let mut open = File::options();
    open.write(true).create(true).truncate(true).mode(0o600);
    let file = open.open(tape).with_context(|| format!("{}", tape.display())).blame(Exit::Input)?;
    let fix = Taped::of(config).map_err(|why| Failure::from(anyhow::anyhow!(why)))?;
    Recorder::serve(now, config.profile.clone(), fix, &entries, BufWriter::new(file)).map_err(Failure::input)
}

/// Ctrl-C, or the system's polite request.
pub(super) async fn until_told() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

pub(super) fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("FINALITY_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // Colours are for people: in a file they are noise, and who does not want them says so (no-color.org).
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colours = std::io::stderr().is_terminal() && !refused;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours);
    // A second subscriber in one process is only ever a test's; the first one stays.
    let _ = subscriber.with_writer(std::io::stderr).try_init();
}

/// What the gateway tells the desk goes to the log until there is a screen for it.
fn tell(notice: Notice) {
    match notice {
        Notice::Reached { key, stage } => {
            tracing::debug!(trade = key.trade, stage = stage.label(), "reached")
        }
        Notice::ExceptionOpened(e) => tracing::warn!(
            exception = e.exception,
            reason = e.reason,
            urgency = ?e.urgency,
            owner = e.owner,
            due = %e.due,
            detail = e.detail,
            "exception"
        ),
        Notice::AtRisk(risk) => tracing::warn!(
            trade = risk.trade.trade,
            probability_bp = risk.probability_bp,
            expected_cost = %risk.expected_cost,
            action = risk.action,
            "at risk"
        ),
        Notice::ExceptionResolved { exception, why } => tracing::info!(exception, why, "resolved"),
        Notice::Proposed { proposal, by, what, until } => {
            tracing::info!(proposal, by, what, %until, "waits for a second person");
        }
        Notice::Decided { proposal, by, decision, why } => {
            tracing::info!(proposal, by, decision = decision.label(), why, "decided");
        }
        Notice::Refused { by, what, why } => tracing::warn!(by, what, why, "an order was refused"),
    }
}
