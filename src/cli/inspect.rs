//! `finality inspect`: reads a store: one trade with all its messages, lists, exceptions by priority, the journal.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use finality_kernel::blocks::block::BlockFact;
use finality_kernel::fact::{Fact, Record, Trace};
use finality_kernel::journal as codec;
use finality_kernel::lifecycle::trade::{InForce, Replacing, Trade};
use finality_kernel::view::ExceptionView;
use serde::Serialize;
use serde_json::json;

use super::exit::{Exit, Failure, Outcome};
use super::open;
use crate::adapters::journal::{self, Place};
use crate::adapters::projection::{ExceptionRow, RecordRow, index_key, record_key, trade_key, unpack};
use crate::adapters::store::Store;
use finality_parsers::machine::LinkFact;
use finality_parsers::model::{Amount, Quantity, Side};

const EXAMPLES: &str = "\
Examples:
  finality inspect --store finality-run/store trade BLK0000007S1
  finality inspect --store finality-run/store trade 12 --format json
  finality inspect --store finality-run/store trades --state failing
  finality inspect --store finality-run/store exceptions
  finality inspect --store finality-run/store messages --failed
  finality inspect --store finality-run/store journal --from 100 --limit 5";

/// Arguments of `finality inspect`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InspectArgs {
    /// The store's folder; no gateway may be using it
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// For people or for machines (one JSON object a line)
    #[arg(long, value_enum, default_value = "text", global = true)]
    pub format: Format,
    /// What to show
    #[command(subcommand)]
    pub what: What,
}

/// For whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// People.
    Text,
    /// Machines.
    Json,
}

/// What to show.
#[derive(Debug, Subcommand)]
pub enum What {
    /// One trade: its state, its lifecycle, and every message that touched it, raw
    Trade {
        /// Its number, or any reference that belongs to it
        key: String,
    },
    /// Trades, all or some
    Trades {
        /// In this state: `settled`, `failing`, `awaiting SSI`, ...
        #[arg(long)]
        state: Option<String>,
        /// Of this instrument
        #[arg(long)]
        isin: Option<String>,
        /// With this broker (BIC) or account
        #[arg(long)]
        party: Option<String>,
        /// To settle on this day (YYYY-MM-DD)
        #[arg(long)]
        date: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Messages received
    Messages {
        /// Only dead letters that wait
        #[arg(long)]
        failed: bool,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Exceptions, the most urgent first
    Exceptions {
        /// Closed ones too
        #[arg(long)]
        all: bool,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Records of the journal, as they are
    Journal {
        /// From this record on
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// At most so many
        #[arg(long, default_value_t = 20)]
        limit: u64,
    },
}

/// Shows it.
pub fn run(args: &InspectArgs, out: &mut dyn Write) -> Outcome {
    let view = View {
        index: open::index_of(&args.store)?,
        journal: args.store.join("journal"),
        format: args.format,
    };
    match &args.what {
        What::Trade { key } => view.trade(key, out),
        What::Trades { state, isin, party, date, limit } => {
            let filters = [("state", state), ("isin", isin), ("party", party), ("date", date)];
            view.trades(&filters, *limit, out)
        }
        What::Messages { failed, limit } => view.messages(*failed, *limit, out),
        What::Exceptions { all, limit } => view.exceptions(*all, *limit, out),
        What::Journal { from, limit } => view.records(*from, *limit, out),
    }
}

struct View {
    index: Store,
    journal: PathBuf,
    format: Format,
}

impl View {
    fn trade(&self, key: &str, out: &mut dyn Write) -> Outcome {
        let ids = match key.parse::<u64>() {
            Ok(id) if self.get(&trade_key(id))?.is_some() => vec![id],
            _ => self.found_by("ref", key, usize::MAX)?,
        };
        if ids.is_empty() {
            return Err(Failure::input(format!("no trade has the number or reference {key:?}")));
        }
        for id in ids {
            let Some(trade) = self.load::<Trade>(&trade_key(id))? else { continue };
            let touched = self
                .index
                .scan(&[b"x/".as_slice(), &id.to_be_bytes()].concat(), usize::MAX)
                .map_err(open::failed_store)?;
            let mut records = Vec::new();
            for (key, _) in touched {
                let seq = key.get(10..18).and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes);
                records.push(self.record(seq)?);
            }
            match self.format {
                Format::Json => {
                    let records = records.iter().map(RecordJson::of).collect();
                    let shown = TradeJson { records, trade: trade_json(&trade) };
                    writeln!(out, "{}", serde_json::to_string(&shown).context("the trade")?)?;
                }
                Format::Text => print_trade(&trade, &records, out)?,
            }
        }
        Ok(Exit::Ok)
    }

    fn trades(&self, filters: &[(&str, &Option<String>)], limit: usize, out: &mut dyn Write) -> Outcome {
        let mut ids: Option<std::collections::BTreeSet<u64>> = None;
        for (kind, value) in filters {
            let Some(value) = value else { continue };
            let found = self.found_by(kind, value, usize::MAX)?.into_iter().collect();
            ids = Some(match ids {
                None => found,
                Some(so_far) => so_far.intersection(&found).copied().collect(),
            });
        }
        let trades: Vec<Trade> = match ids {
            Some(ids) => {
                let mut trades = Vec::new();
                for id in ids.into_iter().take(limit) {
                    trades.extend(self.load::<Trade>(&trade_key(id))?);
                }
                trades
            }
            None => self.all(b"t/", limit)?,
        };
        for trade in trades {
            match self.format {
                Format::Json => writeln!(out, "{}", trade_json(&trade))?,
                Format::Text => writeln!(out, "{}", trade_line(&trade))?,
            }
        }
        Ok(Exit::Ok)
    }

    fn messages(&self, failed: bool, limit: usize, out: &mut dyn Write) -> Outcome {
        let rows: Vec<RecordRow> = if failed {
            let keys = self.index.scan(b"f/", limit).map_err(open::failed_store)?;
            let seqs = keys.iter().filter_map(|(k, _)| k.get(2..10)?.try_into().ok().map(u64::from_be_bytes));
            let mut rows = Vec::new();
            for seq in seqs {
                rows.extend(self.load::<RecordRow>(&record_key(seq))?);
            }
            rows
        } else {
            let all: Vec<RecordRow> = self.all(b"r/", usize::MAX)?;
            all.into_iter().filter(|r| r.trace == "received").take(limit).collect()
        };
        for row in rows {
            match self.format {
                Format::Json => {
                    let record = self.read(&row)?;
                    writeln!(
                        out,
                        "{}",
                        json!({ "record": row, "raw": String::from_utf8_lossy(&record.raw) })
                    )?;
                }
                Format::Text => {
                    let kind = if row.message_type.is_empty() { "?" } else { &row.message_type };
                    let trades = row.trades.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
                    write!(
                        out,
                        "{:>8}  {}  {:<14} {:<18} trades {}",
                        row.seq,
                        row.at,
                        row.link.as_deref().unwrap_or(""),
                        kind,
                        trades
                    )?;
                    match &row.failed {
                        Some(why) => writeln!(out, "  DEAD: {why}")?,
                        None => writeln!(out)?,
                    }
                    if failed {
                        writeln!(out, "{}", indented(&self.read(&row)?.raw))?;
                    }
                }
            }
        }
        Ok(Exit::Ok)
    }

    fn exceptions(&self, closed: bool, limit: usize, out: &mut dyn Write) -> Outcome {
        let mut rows: Vec<ExceptionRow> = self.all(b"e/", usize::MAX)?;
        rows.retain(|row| closed || row.resolved.is_none());
        rows.sort_by_key(|row| (row.resolved.is_some(), row.exception.rank()));
        for row in rows.into_iter().take(limit) {
            let view = ExceptionView::of(&row.exception);
            match self.format {
                Format::Json => writeln!(
                    out,
                    "{}",
                    json!({ "exception": view, "resolved": row.resolved, "why": row.why })
                )?,
                Format::Text => {
                    let e = &view.exception;
                    let about = match (e.trade, &e.link) {
                        (Some(trade), _) => format!("trade {trade}"),
                        (None, Some(link)) => format!("link {link}"),
                        (None, None) => String::new(),
                    };
                    writeln!(
                        out,
                        "{:>6}  {:?}  {} {}  {about}  owner {}  opened {}  due {}\n        {}",
                        e.id,
                        e.urgency,
                        view.number,
                        e.reason.name(),
                        view.owner,
                        e.opened,
                        e.due,
                        e.detail
                    )?;
                    match row.resolved {
                        Some(at) => writeln!(out, "        resolved {at}: {}", row.why)?,
                        None => writeln!(out, "        to do: {}", view.action)?,
                    }
                }
            }
        }
        Ok(Exit::Ok)
    }

    fn records(&self, from: u64, limit: u64, out: &mut dyn Write) -> Outcome {
        for seq in from..from.saturating_add(limit) {
            if self.get(&record_key(seq))?.is_none() {
                break;
            }
            let record = self.record(seq)?;
            match self.format {
                Format::Json => {
                    writeln!(
                        out,
                        "{}",
                        serde_json::to_string(&RecordJson::of(&record)).context("the record")?
                    )?;
                }
                Format::Text => print_record(&record, out)?,
            }
        }
        Ok(Exit::Ok)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        self.index.get(key).map_err(open::failed_store)
    }

    fn load<T: serde::de::DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Failure> {
        self.get(key)?.map(|bytes| read_row(&bytes)).transpose()
    }

    fn all<T: serde::de::DeserializeOwned>(&self, prefix: &[u8], limit: usize) -> Result<Vec<T>, Failure> {
        let rows = self.index.scan(prefix, limit).map_err(open::failed_store)?;
        rows.iter().map(|(_, value)| read_row(value)).collect()
    }

    fn found_by(&self, kind: &str, what: &str, limit: usize) -> Result<Vec<u64>, Failure> {
        let prefix = index_key(kind, what, None);
        let keys = self.index.scan(&prefix, limit).map_err(open::failed_store)?;
        Ok(keys
            .iter()
            .filter_map(|(k, _)| k.get(prefix.len()..)?.try_into().ok().map(u64::from_be_bytes))
            .collect())
    }

    fn record(&self, seq: u64) -> Result<Record, Failure> {
        let row: RecordRow = self.load(&record_key(seq))?.ok_or_else(|| {
            Failure::input(format!("record {seq} is not in the index: run `finality store rebuild`"))
        })?;
        self.read(&row)
    }

    fn read(&self, row: &RecordRow) -> Result<Record, Failure> {
        let entry = read_place(&self.journal, Place { segment: row.segment, offset: row.offset })?;
        codec::decode(&entry).map_err(Failure::input)
    }
}

fn read_place(dir: &Path, place: Place) -> Result<finality_parsers::machine::Entry, Failure> {
    journal::read_at(dir, place).map_err(|e| Failure { exit: Exit::Input, error: e.into() })
}

fn read_row<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    unpack(bytes)
        .map_err(|e| Failure::input(format!("the index cannot be read ({e}): run `finality store rebuild`")))
}

/// A record as JSON. Not by way of a `Value`: that has no room for the digests of messages, which are longer than 64 bits.
#[derive(Serialize)]
struct RecordJson<'r> {
    seq: u64,
    at: String,
    trace: &'r Trace,
    facts: &'r [Fact],
    raw: Cow<'r, str>,
}

/// A trade and its records.
#[derive(Serialize)]
struct TradeJson<'r> {
    trade: serde_json::Value,
    records: Vec<RecordJson<'r>>,
}

impl<'r> RecordJson<'r> {
    fn of(record: &'r Record) -> Self {
        Self {
            seq: record.seq,
            at: record.at.to_string(),
            trace: &record.trace,
            facts: &record.facts,
            raw: String::from_utf8_lossy(&record.raw),
        }
    }
}

pub(super) fn trade_line(trade: &Trade) -> String {
    let key = trade.key();
    let text = |r: Option<&finality_parsers::model::Reference>| r.map_or("-".to_owned(), ToString::to_string);
    let said = |side: Side, quantity: Quantity, amount: Option<Amount>| {
        format!(
            "{side:?} {} {} {}",
            quantity.value().normalize(),
            trade.terms().and_then(|t| t.instrument.isin).map_or("?".to_owned(), |i| i.to_string()),
            amount.map_or(String::new(), |n| n.to_string())
        )
    };
    let terms = trade.terms().map_or(String::new(), |t| said(t.side, t.quantity, t.net));
    // Terms that were replaced after the instruction went out are not what is out, or has settled.
    let shown = match trade.in_force() {
        Some(InForce { side, quantity, amount, replaced: Some(replaced), .. }) => {
            let out = said(side, quantity, amount);
            match replaced {
                Replacing::Waits => format!("{out}  replaced by {terms}, which waits"),
                Replacing::TooLate => format!("{out}  replaced too late by {terms}"),
            }
        }
        _ => terms,
    };
    format!(
        "{:>7}  {:<18} {:<14} {:<14} {:<14} {}  exceptions {}",
        trade.id,
        trade.state.label(),
        text(key.share.as_ref().or(key.block.as_ref())),
        text(key.confirmation.as_ref()),
        text(key.instruction.as_ref()),
        shown,
        trade.exceptions.len()
    )
}

/// A trade for machines: as it is kept, and what of it is out or has settled.
pub(super) fn trade_json(trade: &Trade) -> serde_json::Value {
    let mut value = json!(trade);
    if let (Some(fields), Some(in_force)) = (value.as_object_mut(), trade.in_force()) {
        fields.insert("in_force".to_owned(), json!(in_force));
    }
    value
}

fn print_trade(trade: &Trade, records: &[Record], out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "{}", trade_line(trade))?;
    writeln!(out, "         since {}; settled {}", trade.entered, trade.settled.normalize())?;
    for record in records {
        print_record(record, out)?;
    }
    Ok(())
}

fn print_record(record: &Record, out: &mut dyn Write) -> Result<(), Failure> {
    let what = match &record.trace {
        Trace::Received(p) => format!(
            "received {} by {}",
            if p.message_type.is_empty() { "?" } else { &p.message_type },
            p.link
        ),
        Trace::Link { link, up } => format!("link {link} {}", if *up { "up" } else { "down" }),
        Trace::Order(order) => format!("ordered by {}", order.by),
        Trace::Session { link } => format!("session on {link}"),
        Trace::Deadline => "a deadline passed".to_owned(),
    };
    writeln!(out, "\n{}  {}  {what}", record.seq, record.at)?;
    if !record.raw.is_empty() {
        writeln!(out, "{}", indented(&record.raw))?;
    }
    for fact in &record.facts {
        match fact {
            Fact::Queued { link, message_type, bytes, .. } => {
                writeln!(out, "  sends {message_type} by {link}\n{}", indented(bytes))?;
            }
            Fact::Moved { trade, from, to, on } => {
                writeln!(out, "  trade {trade}: {} to {} ({on:?})", from.label(), to.label())?;
            }
            Fact::ExceptionOpened { exception, reason, detail, .. } => {
                writeln!(out, "  exception {exception} {}: {detail}", reason.name())?;
            }
            Fact::ExceptionResolved { exception, why, .. } => {
                writeln!(out, "  exception {exception} resolved: {why}")?
            }
            Fact::Compared { differences, .. } if differences.is_empty() => {
                writeln!(out, "  both sides agree")?
            }
            Fact::Compared { differences, .. } => {
                for difference in differences {
                    writeln!(out, "  differs in {difference}")?;
                }
            }
            Fact::MatchForced { by, why, .. } => writeln!(out, "  {by} lets the difference pass: {why}")?,
            Fact::ExceptionRouted { exception, team, rule } => {
                writeln!(out, "  exception {exception} goes to {team} by rule {rule}")?;
            }
            Fact::ExceptionScored { exception, score, .. } => {
                let points = score.total / 100;
                writeln!(out, "  exception {exception} has {points} points: {}", score.band.name())?;
            }
            Fact::ExceptionWarned { exception, due, percent } => {
                writeln!(out, "  exception {exception}: {percent} % of the time to {due:?} are gone")?;
            }
            Fact::ExceptionAttributed { exception, to, why } => {
                writeln!(out, "  exception {exception} lies with {}: {why}", to.name())?;
            }
            Fact::ExceptionHandled { exception, by, handling } => {
                writeln!(out, "  {by}: {} exception {exception}", handling.label())?;
            }
            Fact::StatusNoted { status, .. } => {
                let reasons = status.reasons.iter().map(|r| r.code.as_str()).collect::<Vec<_>>().join(", ");
                writeln!(out, "  status {:?} {reasons}", status.kind)?;
            }
            Fact::Alerted { probability_bp, .. } => writeln!(
                out,
                "  people are told: it fails with {}.{:02} %",
                probability_bp / 100,
                probability_bp % 100
            )?,
            Fact::Processing { what, .. } => writeln!(out, "  {what}")?,
            Fact::QuantitySettled { quantity, amount, day, .. } => {
                let amount = amount.map_or(String::new(), |a| format!(" for {a}"));
                writeln!(out, "  settled {}{amount} on {day}", quantity.value().normalize())?;
            }
            Fact::DeadLettered { why, .. } => writeln!(out, "  dead letter: {why}")?,
            Fact::Noted { what, .. } => writeln!(out, "  noted: {what}")?,
            Fact::Repeated { reference, .. } => {
                writeln!(out, "  {reference} came again: nothing is done twice")?
            }
            Fact::Heard { number, .. } => writeln!(out, "  its number is {number}")?,
            Fact::LinkKept { kept: LinkFact::Sent { number, message, .. }, .. } if message.is_empty() => {
                writeln!(out, "  number {number} is used by a message of the session's own")?;
            }
            Fact::LinkKept { kept: LinkFact::Sent { number, message, .. }, .. } => {
                writeln!(out, "  sends number {number}\n{}", indented(message))?;
            }
            Fact::LinkKept { kept: LinkFact::Numbers(n), .. } => {
                writeln!(out, "  expects number {}, sends number {} next", n.next_in, n.next_out)?;
            }
            Fact::LinkKept { kept: LinkFact::Reset { .. }, .. } => writeln!(out, "  numbers begin anew")?,
            Fact::LinkAdded { profile } => writeln!(out, "  {} came to be", profile.name)?,
            Fact::LinkForgotten { link } => writeln!(out, "  {link} made room for others")?,
            Fact::SessionOrdered { link, order, why } => {
                writeln!(out, "  wanted of {link}: {order} ({why})")?;
            }
            Fact::SsiRecorded { record, version, by, approved_by, .. } => {
                let approved = approved_by.as_ref().map_or(String::new(), |by| format!(", approved by {by}"));
                writeln!(out, "  standing instruction {} version {version} by {by}{approved}", record.id)?;
            }
            Fact::SsiWithdrawn { id, by, approved_by, why, .. } => {
                let approved = approved_by.as_ref().map_or(String::new(), |by| format!(", approved by {by}"));
                writeln!(out, "  standing instruction {id} withdrawn by {by}{approved}: {why}")?;
            }
            Fact::OrderRefused { by, what, why } => {
                writeln!(out, "  refused: {by} wanted to {what}, but {why}")?
            }
            Fact::Proposed { proposal, by, command, .. } => {
                writeln!(out, "  proposal {proposal}: {by} wants to {command}")?
            }
            Fact::Decided { proposal, proposed_by, by, decision, why } => {
                let by = by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
                writeln!(out, "  proposal {proposal} of {proposed_by} {}{by} {why}", decision.label())?;
            }
            Fact::Resent { out: number } => writeln!(out, "  transmission {number} goes out again")?,
            Fact::FragmentKept { part, .. } => {
                writeln!(out, "  a part of allocation {} waits for the others", part.id)?
            }
            Fact::FragmentsDropped { reference, .. } => {
                writeln!(out, "  the parts of allocation {reference} wait no longer")?
            }
            Fact::Executed { execution, .. } => {
                let dealt = execution.cumulative.value().normalize();
                writeln!(out, "  order {}: {dealt} dealt in all", execution.order)?
            }
            Fact::TradeCaptured { capture, .. } => writeln!(out, "  trade {} was captured", capture.id)?,
            Fact::Block(what) => {
                if let BlockFact::Stood { block, standing, .. } = &**what {
                    writeln!(out, "  block {block} is {}", standing.status.label())?;
                }
            }
            Fact::SsiOffered { standing, reference, .. } => {
                writeln!(out, "  {} offers a standing instruction in {reference}", standing.party)?
            }
            _ => {}
        }
    }
    Ok(())
}

/// A message for people: FIX with bars for its separators, everything indented.
fn indented(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw).replace('\u{1}', "|");
    text.lines().map(|line| format!("    {}", line.trim_end())).collect::<Vec<_>>().join("\n")
}
