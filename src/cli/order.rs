//! `finality order`: what a person orders of the gateway of a store that is not being served: put a dead letter through
//! again, supply a standing instruction, re-instruct, cancel, hold, release, resolve, set the numbers of a session. What has to go out waits
//! in the outbox.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use finality_kernel::fact::Fact;
use finality_kernel::gateway::{Input, Recovery};
use finality_parsers::desk::{Command, Decision, Order, Wish};
use finality_parsers::machine::{GatewayEffect, GatewayInput, LinkOrder, Machine as _};

use super::exit::{Blame as _, Exit, Failure, Outcome, complain};
use super::ingest::{Counts, settle};
use super::{open, proposals};
use crate::adapters::keeper::Keeper;
use crate::node::Node;
use crate::runtime::clock::Clock;
use crate::sessions::Sessions;

const EXAMPLES: &str = "\
Examples:
  finality inspect --store finality-run/store messages --failed
  finality order --store finality-run/store --as anna reprocess 17 --with repaired.fin
  finality order --store finality-run/store --as anna supply-ssi brok-de.json
  finality order --store finality-run/store --as anna cancel 12 --why 'booked twice'
  finality order --store finality-run/store --as anna match 12 --why 'the broker will correct its commission'
  finality order --store finality-run/store --as anna release 12 --quantity 400 --why 'the rest comes tomorrow'
  finality order --store finality-run/store --as anna resolve 180 --why 'agreed by phone'
  finality order --store finality-run/store proposals
  finality order --store finality-run/store --as bert approve 3
  finality order --store finality-run/store --as anna session manager reset --why 'they begin at 1 tomorrow'
  finality order --store finality-run/store --as anna session manager set-numbers --next-out 120 --why 'they expect 120'

The reference data is that of --config, else of finality.toml in or beside the store (`simulate --out` writes one).
A standing instruction is JSON as `finality inspect ... --format json` shows it in an order, for example
  {\"party\":\"BROKDEFFXXX\",\"country\":\"DE\",\"chain\":{\"depository\":{\"id\":{\"bic\":\"DAKVDEFFXXX\"}},\"agent\":{\"id\":{\"bic\":\"BROKDEFFXXX\"}}}}
With [[profile.users]] in the configuration, docs/access.md says who may order what, and what waits for a second person.
Exit code 1 when the order was refused or could not be carried out; the journal keeps it either way.";

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
    /// Who orders it: a name under [[profile.users]], where there are any
    #[arg(long = "as", alias = "by", value_name = "USER", value_parser = said, global = true)]
    pub by: Option<String>,
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
    /// Have the custodian cancel an instruction that is out, then instruct anew what has not settled
    ///
    /// The cancellation goes out at once. When the custodian confirms it, what has not settled until then is instructed under a reference
    /// of its own, by the standing instructions that count then, with a link to the former. When the custodian refuses, the old
    /// instruction stands and an exception says so; what settles meanwhile is an exception too. Where users are configured a second
    /// person has to approve it.
    Rebook {
        /// The trade
        trade: u64,
        /// Why
        #[command(flatten)]
        reason: Reason,
    },
    /// Cancel a trade
    Cancel {
        /// The trade
        trade: u64,
        /// Why
        #[arg(long, value_parser = said)]
        why: String,
    },
    /// Put an allocation and a confirmation together that did not find one another
    Pair {
        /// The trade of the allocation
        allocation: u64,
        /// The trade of the confirmation
        confirmation: u64,
        /// Why
        #[command(flatten)]
        reason: Reason,
    },
    /// Let both sides of a trade pass although they differ
    Match {
        /// The trade
        trade: u64,
        /// Why
        #[command(flatten)]
        reason: Reason,
    },
    /// Take the confirmation from an allocation that it does not belong to
    Part {
        /// The trade
        trade: u64,
        /// Why
        #[command(flatten)]
        reason: Reason,
    },
    /// Agree for the side that was asked to cancel what both had agreed
    AgreeCancel {
        /// The trade
        trade: u64,
        /// Why
        #[command(flatten)]
        reason: Reason,
    },
    /// Decline for the side that was asked to cancel what both had agreed
    DeclineCancel {
        /// The trade
        trade: u64,
        /// Why
        #[command(flatten)]
        reason: Reason,
    },
    /// Have the custodian hold an instruction; before it is out, have it go out on hold
    Hold {
        /// The trade
        trade: u64,
        /// Why
        #[command(flatten)]
        reason: Reason,
    },
    /// Have the custodian release an instruction, or a part of it
    Release {
        /// The trade
        trade: u64,
        /// Only so much of it
        #[arg(long, value_name = "QUANTITY")]
        quantity: Option<rust_decimal::Decimal>,
        /// Why
        #[command(flatten)]
        reason: Reason,
    },
    /// Have the custodian settle an instruction before or after others
    Prioritise {
        /// The trade
        trade: u64,
        /// 1 is the highest, 4 the lowest
        #[arg(value_parser = clap::value_parser!(u8).range(1..=4))]
        priority: u8,
        /// Why
        #[command(flatten)]
        reason: Reason,
    },
    /// Have the custodian settle an instruction in parts, or only as a whole
    Partial {
        /// The trade
        trade: u64,
        /// Only as a whole
        #[arg(long)]
        not: bool,
        /// Why
        #[command(flatten)]
        reason: Reason,
    },
    /// Close an exception by hand
    Resolve {
        /// The exception
        exception: u64,
        /// Why
        #[arg(long, value_parser = said)]
        why: String,
    },
    /// Agree to what somebody else proposed
    Approve {
        /// The proposal; `finality order proposals` lists them
        proposal: u64,
    },
    /// Turn down what somebody proposed, or take back what you proposed
    Decline {
        /// The proposal
        proposal: u64,
        /// Why
        #[arg(long, value_parser = said)]
        why: String,
    },
    /// List what waits for a second person; orders nothing
    Proposals {
        /// Those that are decided too
        #[arg(long)]
        all: bool,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Set the numbers of a FIX session; `finality sessions` shows them
    Session {
        /// The link, or the name of the session
        link: String,
        /// What
        #[command(subcommand)]
        what: Wanted,
    },
}

/// What is wanted of a session.
#[derive(Debug, Subcommand)]
pub enum Wanted {
    /// Both sides begin at 1 again; nothing that was sent is repeated
    Reset(Reason),
    /// Set the next number in, the next number out, or both
    SetNumbers {
        /// The number that the peer's next message must have
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=NUMBER_MAX))]
        next_in: Option<u64>,
        /// The number of our next message
        #[arg(long, value_name = "N", required_unless_present = "next_in", value_parser = clap::value_parser!(u64).range(1..=NUMBER_MAX))]
        next_out: Option<u64>,
        /// Why
        #[command(flatten)]
        reason: Reason,
    },
    /// Ask the peer whether it is there; only for a gateway that is served
    Test(Reason),
    /// Log the peer out; only for a gateway that is served
    LogOut(Reason),
    /// Take the line down at once; only for a gateway that is served
    Disconnect(Reason),
}

/// Nine digits are the most that all engines read; more than this nobody reaches.
const NUMBER_MAX: u64 = 999_999_999_999;

/// Why something is wanted.
#[derive(Debug, Args)]
pub struct Reason {
    /// Why
    #[arg(long, value_parser = said)]
    pub why: String,
}

/// The journal keeps it for those who come after: something has to be there.
pub(super) fn said(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("must not be empty: the journal keeps it for those who ask later".to_owned()),
        text => Ok(text.to_owned()),
    }
}

/// Gives the order and says what followed.
pub fn run(args: &OrderArgs, out: &mut dyn Write) -> Outcome {
    if let What::Proposals { all, json } = args.what {
        return proposals::list(&args.store, args.config.as_deref(), all, json, out);
    }
    let Some(by) = args.by.clone() else {
        return Err(Failure::usage(
            "nobody orders it: say who with --as USER; the journal keeps it".to_owned(),
        ));
    };
    give(&args.store, args.config.as_deref(), &Order { by, command: command(&args.what)? }, out)
}

/// Gives an order to the gateway of a store at rest.
pub(super) fn give(store: &Path, config: Option<&Path>, order: &Order, out: &mut dyn Write) -> Outcome {
    let config = open::config_of(store, config)?;
    let profile = config.profile.clone();
    open::journal_of(store)?;
    if let Command::Session { order: wanted, .. } = &order.command
        && !matches!(wanted, LinkOrder::Reset | LinkOrder::SetNumbers { .. })
    {
        return Err(Failure::usage(format!(
            "no line is up in a store at rest, so nobody can {wanted}: put the order into the folder `orders` of the \
             gateway that is served: {}",
            serde_json::to_string(order).map_err(anyhow::Error::from)?
        )));
    }
    let mut recovery = Recovery::new(profile.clone());
    let (mut keeper, opened) =
        Keeper::open(store, profile.clone(), |record| recovery.take(record)).map_err(open::failed)?;
    open::report(&opened);
    let clock = Clock::start();
    let mut kernel = recovery.start(clock.now());
    let facts = if let Command::Session { link, .. } = &order.command {
        let sessions = Sessions::of(&config.sessions).map_err(Failure::input)?;
        let mut node = Node::around(kernel, &profile, &sessions);
        node.handle(clock.now(), GatewayInput::Order(order));
        let facts = settle_node(&mut node, &mut keeper, &clock)?;
        if node.kernel().book().link(link).is_some() {
            let numbers = node.kernel().book().link_numbers(link);
            writeln!(out, "{link}: next in {}, next out {}", numbers.next_in, numbers.next_out)?;
        }
        facts
    } else {
        kernel.handle(clock.now(), Input::Order(order));
        let mut counts = Counts::default();
        settle(&mut kernel, &mut keeper, &clock, &mut counts)?;
        counts.facts
    };
    keeper.close().map_err(open::failed)?;
    report(&facts, out)
}

/// Keeps what the gateway wants kept, until it wants nothing more. No line is up, so nothing else can follow.
fn settle_node(node: &mut Node, keeper: &mut Keeper, clock: &Clock) -> Result<Vec<Fact>, Failure> {
    let mut facts = Vec::new();
    loop {
        let mut entries = Vec::new();
        while let Some(effect) = node.poll() {
            match effect {
                GatewayEffect::Append(entry) => {
                    let record = finality_kernel::journal::decode(&entry).map_err(anyhow::Error::from)?;
                    facts.extend(record.facts);
                    entries.push(entry);
                }
                GatewayEffect::Notice { link, text } => complain(&format!("{link}: {text}")),
                _ => {}
            }
        }
        if entries.is_empty() {
            return Ok(facts);
        }
        let kept = keeper.keep(&entries).map_err(open::failed)?;
        node.handle(clock.now(), GatewayInput::Appended(kept));
    }
}

fn report(facts: &[Fact], out: &mut dyn Write) -> Outcome {
    let mut refused = false;
    for fact in facts {
        match fact {
            Fact::Noted { what, .. } => {
                refused = true;
                writeln!(out, "not done: {what}")?;
            }
            Fact::OrderRefused { by, what, why } => {
                refused = true;
                writeln!(out, "refused: {by} wanted to {what}, but {why}")?;
            }
            Fact::Proposed { proposal, by, command, until } => {
                writeln!(out, "proposal {proposal}: {by} wants to {command}")?;
                writeln!(
                    out,
                    "another person approves it until {until}: finality order --as USER approve {proposal}"
                )?;
            }
            Fact::Decided { proposal, proposed_by, decision, why, .. } => {
                refused |= *decision == Decision::Overtaken;
                let why = if why.is_empty() { String::new() } else { format!(": {why}") };
                writeln!(out, "proposal {proposal} of {proposed_by} {}{why}", decision.label())?;
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
            Fact::ExceptionResolved { exception, why, .. } => {
                writeln!(out, "exception {exception} resolved: {why}")?
            }
            Fact::ExceptionHandled { exception, by, handling } => {
                writeln!(out, "exception {exception}: {} by {by}", handling.label())?;
            }
            Fact::MatchForced { trade, by, .. } => {
                writeln!(out, "trade {trade}: {by} lets the difference pass")?;
            }
            Fact::Reprocessed { record } => writeln!(out, "record {record} was put through")?,
            Fact::SsiRecorded { record, version, .. } => {
                writeln!(out, "standing instruction {} version {version} kept", record.id)?;
            }
            Fact::SsiWithdrawn { id, .. } => writeln!(out, "standing instruction {id} withdrawn")?,
            Fact::SsiSupplied { standing, .. } => {
                writeln!(out, "standing instruction of {} kept", standing.party)?
            }
            _ => {}
        }
    }
    Ok(if refused { Exit::Failed } else { Exit::Ok })
}

fn process(trade: u64, wish: Wish, reason: &Reason) -> Command {
    Command::Process { trade, wish, why: reason.why.clone() }
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
        What::Rebook { trade, reason } => Command::Rebook { trade: *trade, why: reason.why.clone() },
        What::Cancel { trade, why } => Command::Cancel { trade: *trade, why: why.clone() },
        What::Pair { allocation, confirmation, reason } => Command::ForcePair {
            allocation: *allocation,
            confirmation: *confirmation,
            why: reason.why.clone(),
        },
        What::Match { trade, reason } => Command::ForceMatch { trade: *trade, why: reason.why.clone() },
        What::Part { trade, reason } => Command::BreakPair { trade: *trade, why: reason.why.clone() },
        What::AgreeCancel { trade, reason } => {
            Command::AnswerCancel { trade: *trade, agreed: true, why: reason.why.clone() }
        }
        What::DeclineCancel { trade, reason } => {
            Command::AnswerCancel { trade: *trade, agreed: false, why: reason.why.clone() }
        }
        What::Hold { trade, reason } => process(*trade, Wish::Hold, reason),
        What::Release { trade, quantity, reason } => {
            process(*trade, Wish::Release { quantity: *quantity }, reason)
        }
        What::Prioritise { trade, priority, reason } => process(*trade, Wish::Priority(*priority), reason),
        What::Partial { trade, not, reason } => process(*trade, Wish::Partial { allowed: !not }, reason),
        What::Resolve { exception, why } => Command::Resolve { exception: *exception, why: why.clone() },
        What::Approve { proposal } => Command::Approve { proposal: *proposal },
        What::Decline { proposal, why } => Command::Decline { proposal: *proposal, why: why.clone() },
        What::Proposals { .. } => return Err(Failure::usage("a list is no order".to_owned())),
        What::Session { link, what } => {
            let (order, reason) = match what {
                Wanted::Reset(reason) => (LinkOrder::Reset, reason),
                Wanted::SetNumbers { next_in, next_out, reason } => {
                    (LinkOrder::SetNumbers { next_in: *next_in, next_out: *next_out }, reason)
                }
                Wanted::Test(reason) => (LinkOrder::Test, reason),
                Wanted::LogOut(reason) => (LinkOrder::LogOut, reason),
                Wanted::Disconnect(reason) => (LinkOrder::Disconnect, reason),
            };
            Command::Session { link: link.clone(), order, why: reason.why.clone() }
        }
    })
}
