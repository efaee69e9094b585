//! `finality sessions`: where the FIX sessions of a store stand, and what they keep for resending. Read from the journal, so
//! that it says what the gateway goes on from.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use finality_kernel::fact::{Fact, Record};
use finality_kernel::numbering::Numbering;
use finality_parsers::machine::{LinkFact, LinkNumbers, Timestamp};
use serde_json::json;

use super::exit::{Exit, Failure, Outcome};
use super::fix::log::{Manner, show_live};
use super::inspect::Format;
use super::open;

const EXAMPLES: &str = "\
Examples:
  finality sessions --store finality-run/store
  finality sessions --store finality-run/store --format json
  finality sessions --store finality-run/store messages manager --from 10 --to 20
  finality sessions --store finality-run/store messages manager --raw

Numbers are set with `finality order ... session`.";

/// Arguments of `finality sessions`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SessionsArgs {
    /// The store's folder; no gateway may be using it
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// The configuration, for sessions of which the store knows nothing yet; finality.toml in or beside the store when left out
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// For people or for machines (one JSON object a line)
    #[arg(long, value_enum, default_value = "text", global = true)]
    pub format: Format,
    /// What to show; all sessions when left out
    #[command(subcommand)]
    pub what: Option<What>,
}

/// What to show of one session.
#[derive(Debug, Subcommand)]
pub enum What {
    /// The messages that a peer can ask for again
    #[command(after_help = EXAMPLES)]
    Messages {
        /// The link, or the name of the session
        link: String,
        /// From this number on
        #[arg(long, value_name = "N", default_value_t = 1)]
        from: u64,
        /// Up to this number
        #[arg(long, value_name = "N", default_value_t = u64::MAX)]
        to: u64,
        /// As they went out, one a line, with bars for separators
        #[arg(long)]
        raw: bool,
    },
}

/// A number and when it was used.
type Used = (u64, Timestamp);

/// Whether a line is up, and since when.
type Line = (bool, Timestamp);

/// What the journal says of a session.
#[derive(Default)]
struct Seat {
    numbering: Numbering,
    last_in: Option<Used>,
    last_out: Option<Used>,
    line: Option<Line>,
}

impl Seat {
    fn kept(&self, from: u64, to: u64) -> BTreeSet<u64> {
        self.numbering.records(from, to).into_iter().collect()
    }
}

/// Shows it.
pub fn run(args: &SessionsArgs, out: &mut dyn Write) -> Outcome {
    open::journal_of(&args.store)?;
    // Without a configuration what the journal knows can be shown all the same; a named one must be good.
    let config = match &args.config {
        Some(path) => Some(open::config_of(&args.store, Some(path))?),
        None => open::config_of(&args.store, None).ok(),
    };
    let mut seats: BTreeMap<String, Seat> = BTreeMap::new();
    for session in config.iter().flat_map(|c| &c.sessions.sessions).filter(|s| !s.set.is_template()) {
        seats.insert(session.name.clone(), Seat::default());
    }
    // A link that exchanges files has a line too, and no numbers: it is no session.
    let mut lines = BTreeMap::new();
    open::each_record(&args.store, |record| follow(&mut seats, &mut lines, record))?;
    for (link, seat) in &mut seats {
        seat.line = lines.get(link).copied();
    }
    match &args.what {
        None => {
            for (link, seat) in &seats {
                show(link, seat, args.format, out)?;
            }
            Ok(Exit::Ok)
        }
        Some(What::Messages { link, from, to, raw }) => {
            let Some(seat) = seats.get(link) else {
                let known: Vec<&str> = seats.keys().map(String::as_str).collect();
                let why = format!("there is no session {link:?}; there are: {}", known.join(", "));
                return Err(Failure::input(why));
            };
            messages(&args.store, link, &seat.kept(*from, *to), *raw, args.format, out)
        }
    }
}

fn follow(seats: &mut BTreeMap<String, Seat>, lines: &mut BTreeMap<String, Line>, record: &Record) {
    for fact in &record.facts {
        match fact {
            Fact::Heard { link, number } => {
                let seat = seats.entry(link.clone()).or_default();
                seat.numbering.heard(*number);
                seat.last_in = Some((*number, record.at));
            }
            Fact::LinkKept { link, kept } => {
                let seat = seats.entry(link.clone()).or_default();
                seat.numbering.kept(kept, record.seq);
                if let LinkFact::Sent { number, .. } = kept {
                    seat.last_out = Some((*number, record.at));
                }
            }
            Fact::LinkChanged { link, up } => {
                lines.insert(link.clone(), (*up, record.at));
            }
            Fact::LinkAdded { profile } => {
                seats.entry(profile.name.clone()).or_default();
            }
            Fact::LinkForgotten { link } => {
                seats.remove(link);
                lines.remove(link);
            }
            _ => {}
        }
    }
}

fn show(link: &str, seat: &Seat, format: Format, out: &mut dyn Write) -> Result<(), Failure> {
    let LinkNumbers { next_in, next_out, since } = seat.numbering.numbers();
    let kept = seat.kept(1, u64::MAX).len();
    if format == Format::Json {
        let used =
            |used: Option<Used>| used.map(|(number, at)| json!({ "number": number, "at": at.to_string() }));
        let line = seat.line.map(|(up, at)| json!({ "up": up, "since": at.to_string() }));
        let shown = json!({
            "link": link,
            "next_in": next_in,
            "next_out": next_out,
            "since": since.map(|at| at.to_string()),
            "last_in": used(seat.last_in),
            "last_out": used(seat.last_out),
            "line": line,
            "kept": kept,
        });
        writeln!(out, "{shown}")?;
        return Ok(());
    }
    let since = since.map_or(String::new(), |at| format!(", counting since {at}"));
    writeln!(out, "{link}\n  next in {next_in}, next out {next_out}{since}")?;
    let used = |used: Option<Used>| used.map_or("none".to_owned(), |(n, at)| format!("{n} at {at}"));
    writeln!(
        out,
        "  last business message in: {}; last message out: {}",
        used(seat.last_in),
        used(seat.last_out)
    )?;
    let line = match seat.line {
        Some((true, at)) => format!("up since {at}, when the journal ends"),
        Some((false, at)) => format!("down since {at}"),
        None => "never up".to_owned(),
    };
    writeln!(out, "  line {line}; {kept} messages kept for resending")?;
    Ok(())
}

fn messages(
    store: &Path,
    link: &str,
    records: &BTreeSet<u64>,
    raw: bool,
    format: Format,
    out: &mut dyn Write,
) -> Outcome {
    let mut failed: Option<Failure> = None;
    open::each_record(store, |record| {
        if failed.is_some() || !records.contains(&record.seq) {
            return;
        }
        for fact in &record.facts {
            if let Fact::LinkKept { link: by, kept: LinkFact::Sent { number, message, .. } } = fact
                && by == link
            {
                failed = one(record.at, *number, message, raw, format, out).err();
            }
        }
    })?;
    failed.map_or(Ok(Exit::Ok), Err)
}

fn one(
    at: Timestamp,
    number: u64,
    message: &[u8],
    raw: bool,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let text = || String::from_utf8_lossy(message).replace('\u{1}', "|");
    if format == Format::Json {
        let message = String::from_utf8_lossy(message);
        writeln!(out, "{}", json!({ "number": number, "at": at.to_string(), "message": message }))?;
    } else if raw {
        writeln!(out, "{}", text())?;
    } else {
        show_live(at, false, message, Manner::default(), out)?;
    }
    Ok(())
}
