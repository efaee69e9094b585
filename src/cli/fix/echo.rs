//! `finality fix echo`: an acceptor for session testing. It answers as a conforming engine does and echoes three types.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;

use clap::Args;
use finality_parsers::diagnostic::Findings;
use finality_parsers::fix::echo::echo;
use finality_parsers::fix::message::Message;
use finality_parsers::fix::reading::Reading;
use finality_parsers::fix::session::{Accepts, Config};

use crate::adapters::net;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::serve::{log, until_told};
use crate::config;
use crate::runtime::clock::Clock;
use crate::runtime::drive::ToCore;
use crate::runtime::hall::{Application, Hall};
use crate::sessions::Sessions;

const EXAMPLES: &str = "\
Examples:
  finality fix echo --config samples/fix/echo.toml
  QUICKFIX_SPEC=/usr/share/quickfix finality fix echo --config samples/fix/echo.toml

NewOrderSingle (D), SecurityDefinition (d) and Email (C) come back as they were, with the session's own header. A D with
PossResend whose ClOrdID was seen on the session is dropped; what was seen is forgotten at logout. Other application messages
are answered as unsupported. Nothing is stored: numbers begin at 1 when it is started.";

/// Inputs that wait: past that, connections wait.
const INBOX_MAX: usize = 4_096;

/// What is echoed.
const ECHOED: [&str; 3] = ["C", "D", "d"];

/// Arguments of `finality fix echo`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct EchoArgs {
    /// The sessions: a file with [fix] and [[fix.session]] (docs/fix-configuration.md)
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
}

/// Serves until it is told to stop.
pub fn run(args: &EchoArgs, out: &mut dyn Write) -> Outcome {
    let sessions = config::sessions(&args.config).map_err(Failure::input)?;
    log();
    let mut machines = Sessions::of(&sessions).map_err(Failure::input)?;
    machines.each(|config| {
        config.accepts = Accepts::Types(ECHOED.iter().map(|t| (*t).to_owned()).collect());
        config.explain = false;
        // What engines are compared by: nobody else looks inside of groups.
        config.switches.group_values = false;
    });
    let clock = Clock::start();
    let (inbox, events) = sync_channel(INBOX_MAX);
    let hall = Hall::new(machines, Echo::default(), clock);
    let serving = std::thread::spawn(move || hall.run(&events));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let waited = runtime.block_on(async {
        let opened = net::open(&sessions, clock, inbox.clone())
            .await
            .map_err(|why| Failure { exit: Exit::Connection, error: anyhow::anyhow!(why) })?;
        for local in opened {
            writeln!(out, "FIX sessions connect to {local}")?;
        }
        writeln!(out, "{} sessions; echoing until Ctrl-C", sessions.sessions.len())?;
        out.flush()?;
        until_told().await.map_err(Failure::from)
    });
    // A hall that is gone already has nothing more to be told.
    let _ = inbox.send(ToCore::Stop);
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    serving.join().map_err(|_| Failure {
        exit: Exit::Internal,
        error: anyhow::anyhow!("the sessions' thread panicked"),
    })?;
    waited?;
    Ok(Exit::Ok)
}

/// Echoes, and remembers which orders it has seen.
#[derive(Default)]
struct Echo {
    seen: BTreeMap<String, BTreeSet<Vec<u8>>>,
}

impl Application for Echo {
    fn received(&mut self, session: &str, config: &Config, raw: &[u8]) -> Vec<Vec<u8>> {
        let dictionary = config.dictionaries.get(config.version);
        let reading = Reading { dictionary, switches: config.switches, limits: config.limits };
        let message = Message::read_with(raw, &reading, &mut Findings::new(1));
        if message.msg_type() == "D" {
            let order = message.value(0, 11).unwrap_or_default().to_vec();
            let again = message.value(0, 97) == Some(b"Y");
            let fresh = self.seen.entry(session.to_owned()).or_default().insert(order);
            if again && !fresh {
                return Vec::new();
            }
        }
        vec![echo(&message)]
    }

    fn down(&mut self, session: &str) {
        self.seen.remove(session);
    }
}
