//! `finality order`: what a person orders of the gateway of a store that is not being served: put a dead letter through
//! again, supply a standing instruction, re-instruct, cancel, resolve. What has to go out waits in the outbox.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use finality_kernel::fact::Fact;
use finality_kernel::gateway::{Input, Recovery};
use finality_parsers::desk::{Command, Order};
use finality_parsers::machine::Machine as _;

use super::exit::{Blame as _, Exit, Failure, Outcome};
use super::ingest::{Counts, settle};
use super::open;
use crate::adapters::keeper::Keeper;
use crate::runtime::clock::Clock;

const EXAMPLES: &str = "\
Examples:
  finality inspect --store books messages --failed
  finality order --store books --by anna reprocess 17 --with repaired.fin
  finality order --store books --by anna supply-ssi brok-de.json
  finality order --store books --by anna cancel 12 --why 'booked twice'
  finality order --store books --by anna resolve 3 --why 'agreed by phone'

A standing instruction is JSON as `finality inspect ... --format json` shows it in an order, for example
  {\"party\":\"BROKDEFFXXX\",\"country\":\"DE\",\"chain\":{\"depository\":{\"id\":{\"bic\":\"DAKVDEFFXXX\"}},\"agent\":{\"id\":{\"bic\":\"BROKDEFFXXX\"}}}}
Exit code 1 when the order could not be carried out; the journal keeps it either way.";

/// Arguments of `finality order`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct OrderArgs {
    /// The store's folder; no gateway may be using it
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// The configuration with the reference data; finality.toml in or beside the store when left out
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Who orders it
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// What
    #[command(subcommand)]
    pub what: What,
}

/// What is ordered.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Put a dead letter through again
    Reprocess {
        /// Its record
        record: u64,
        /// The repaired message; as it came when left out
        #[arg(long, value_name = "FILE")]
        with: Option<PathBuf>,
    },
    /// Add or replace a standing settlement instruction
    SupplySsi {
        /// A file with it, in JSON
        file: PathBuf,
    },
    /// Send the instruction of a trade anew, after a rejection
    Reinstruct {
        /// The trade
        trade: u64,
    },
    /// Cancel a trade
    Cancel {
        /// The trade
        trade: u64,
        /// Why
        #[arg(long)]
        why: String,
    },
    /// Close an exception by hand
    Resolve {
        /// The exception
        exception: u64,
        /// Why
        #[arg(long)]
        why: String,
    },
}

/// Gives the order and says what followed.
pub fn run(args: &OrderArgs, out: &mut dyn Write) -> Outcome {
    let order = Order { by: args.by.clone(), command: command(&args.what)? };
    let profile = open::profile_of(&args.store, args.config.as_deref())?;
    if !args.store.join("journal").exists() {
        return Err(Failure::input(format!("{}: there is no store here", args.store.display())));
    }
    let mut recovery = Recovery::new(profile.clone());
    let (mut keeper, opened) =
        Keeper::open(&args.store, profile, |record| recovery.take(record)).map_err(open::failed)?;
    open::report(&opened);
    let clock = Clock::start();
    let mut kernel = recovery.start(clock.now());
    kernel.handle(clock.now(), Input::Order(&order));
    let mut counts = Counts::default();
    settle(&mut kernel, &mut keeper, &clock, &mut counts)?;
    keeper.close().map_err(open::failed)?;
    let mut refused = false;
    for fact in &counts.facts {
        match fact {
            Fact::Noted { what, .. } => {
                refused = true;
                writeln!(out, "not done: {what}")?;
            }
            Fact::Moved { trade, from, to, .. } => {
                writeln!(out, "trade {trade}: {} to {}", from.label(), to.label())?;
            }
            Fact::Queued { link, message_type, .. } => {
                writeln!(out, "{message_type} waits to go out by {link}")?
            }
            Fact::ExceptionOpened { exception, reason, detail, .. } => {
                writeln!(out, "exception {exception} {}: {detail}", reason.name())?;
            }
            Fact::ExceptionResolved { exception, why } => {
                writeln!(out, "exception {exception} resolved: {why}")?
            }
            Fact::Reprocessed { record } => writeln!(out, "record {record} was put through")?,
            Fact::SsiSupplied { standing, .. } => {
                writeln!(out, "standing instruction of {} kept", standing.party)?
            }
            _ => {}
        }
    }
    Ok(if refused { Exit::Failed } else { Exit::Ok })
}

fn command(what: &What) -> Result<Command, Failure> {
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path).with_context(|| format!("{}", path.display())).blame(Exit::Input)
    };
    Ok(match what {
        What::Reprocess { record, with } => {
            Command::Reprocess { record: *record, repaired: with.as_ref().map(read).transpose()? }
        }
        What::SupplySsi { file } => {
            let standing = serde_json::from_str(&read(file)?)
                .map_err(|e| Failure::input(format!("{}: no standing instruction: {e}", file.display())))?;
            Command::SupplySsi(Box::new(standing))
        }
        What::Reinstruct { trade } => Command::Reinstruct { trade: *trade },
        What::Cancel { trade, why } => Command::Cancel { trade: *trade, why: why.clone() },
        What::Resolve { exception, why } => Command::Resolve { exception: *exception, why: why.clone() },
    })
}
