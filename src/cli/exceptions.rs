//! `finality exceptions`: the desk's queue over a store that is not being served: list, show with what could be done, and all that
//! people do with an exception.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use finality_kernel::exceptions::ageing::Age;
use finality_kernel::exceptions::exception::Exception;
use finality_kernel::exceptions::priority::Band;
use finality_kernel::exceptions::queue::{Filter, Place};
use finality_kernel::exceptions::reason::REASONS;
use finality_kernel::exceptions::repair::{self, Proposal};
use finality_kernel::lifecycle::trade::Trade;
use finality_kernel::profile::Profile;
use finality_kernel::view::ExceptionView;
use finality_parsers::desk::{Command, Handling, Order};
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Attribution, Bic};
use serde_json::json;

use super::exit::{Exit, Failure, Outcome};
use super::render::printable;
use super::{open, order};
use crate::adapters::projection::{
    ExceptionRow, RecordRow, case_key, exception_key, record_key, trade_key, unpack,
};
use crate::adapters::store::Store;
use crate::runtime::clock::Clock;

const EXAMPLES: &str = "\
Examples:
  finality exceptions --store finality-run/store list --team settlements --limit 20
  finality exceptions --store finality-run/store list --band P1 --owner '' --json
  finality exceptions --store finality-run/store show 170
  finality exceptions --store finality-run/store accept 170 --as anna
  finality exceptions --store finality-run/store assign 170 --team treasury --to bert --as anna
  finality exceptions --store finality-run/store note 170 'called the broker' --shared --as anna
  finality exceptions --store finality-run/store apply 170 --proposal 1 --as anna
  finality exceptions --store finality-run/store resolve 170 --why 'agreed by phone' --as anna

The order is by band, then score, then due time; a score is true as of the moment that `show` prints with it. A page
ends with the place after which the next one begins (--after). Exit code 1 when something could not be done; the journal
keeps who wanted it either way.";

/// Arguments of `finality exceptions`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExceptionsArgs {
    /// The store's folder; no gateway may be using it
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// The configuration with the reference data; finality.toml in or beside the store when left out
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// For machines: one JSON object a line
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// Who does it.
#[derive(Debug, Args)]
pub struct Person {
    /// Who does it
    #[arg(long = "as", value_name = "USER", value_parser = order::said)]
    pub user: String,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum What {
    /// The open ones, the most pressing first
    List(ListArgs),
    /// One, open or closed: score, times, notes, history, what could be done
    Show {
        /// Its number
        exception: u64,
    },
    /// Take it: it is yours
    Accept {
        /// Its number
        exception: u64,
        /// Who does it
        #[command(flatten)]
        person: Person,
    },
    /// Give it back to its team
    Reject {
        /// Its number
        exception: u64,
        /// Why
        #[arg(long, value_parser = order::said)]
        why: String,
        /// Who does it
        #[command(flatten)]
        person: Person,
    },
    /// Hand it to a team, a person, or both
    Assign {
        /// Its number
        exception: u64,
        /// To which team
        #[arg(long, value_name = "TEAM", value_parser = order::said, required_unless_present = "to")]
        team: Option<String>,
        /// To whom
        #[arg(long, value_name = "USER", value_parser = order::said)]
        to: Option<String>,
        /// Who does it
        #[command(flatten)]
        person: Person,
    },
    /// Write something down
    Note {
        /// Its number
        exception: u64,
        /// What
        #[arg(value_parser = order::said)]
        text: String,
        /// Others may read it; only we when left out
        #[arg(long)]
        shared: bool,
        /// Who does it
        #[command(flatten)]
        person: Person,
    },
    /// Put it one band higher
    Escalate {
        /// Its number
        exception: u64,
        /// Why
        #[arg(long, value_parser = order::said)]
        why: String,
        /// Who does it
        #[command(flatten)]
        person: Person,
    },
    /// Say on whose side it lies: us, counterparty, custodian or market
    Attribute {
        /// Its number
        exception: u64,
        /// On whose
        #[arg(long, value_name = "SIDE", value_parser = side)]
        to: Attribution,
        /// Why
        #[arg(long, value_parser = order::said)]
        why: String,
        /// Who does it
        #[command(flatten)]
        person: Person,
    },
    /// Do what is proposed; `show` numbers the proposals
    Apply {
        /// Its number
        exception: u64,
        /// Which proposal
        #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..))]
        proposal: u16,
        /// Who does it
        #[command(flatten)]
        person: Person,
    },
    /// Close it
    Resolve {
        /// Its number
        exception: u64,
        /// Why
        #[arg(long, value_parser = order::said)]
        why: String,
        /// Who does it
        #[command(flatten)]
        person: Person,
    },
}

/// Which are listed.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Of this team
    #[arg(long)]
    pub team: Option<String>,
    /// Of this person; '' for those that are nobody's
    #[arg(long, value_name = "USER")]
    pub owner: Option<String>,
    /// In this band: P1 to P4
    #[arg(long, value_parser = band)]
    pub band: Option<Band>,
    /// For this reason, by name or number
    #[arg(long, value_parser = reason)]
    pub reason: Option<finality_kernel::exceptions::reason::ReasonCode>,
    /// Of trades with this broker
    #[arg(long, value_name = "BIC")]
    pub counterparty: Option<Bic>,
    /// Of this trade
    #[arg(long)]
    pub trade: Option<u64>,
    /// With these words in what happened or in a note
    #[arg(long)]
    pub text: Option<String>,
    /// After this place, with which a page before ended
    #[arg(long, value_name = "PLACE")]
    pub after: Option<Place>,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

fn side(text: &str) -> Result<Attribution, String> {
    let found = Attribution::ALL.into_iter().find(|a| a.name() == text);
    found.ok_or_else(|| "it lies with us, counterparty, custodian or market".to_owned())
}

fn band(text: &str) -> Result<Band, String> {
    let found = Band::ALL.into_iter().find(|b| b.name().eq_ignore_ascii_case(text));
    found.ok_or_else(|| "there are P1, P2, P3 and P4".to_owned())
}

fn reason(text: &str) -> Result<finality_kernel::exceptions::reason::ReasonCode, String> {
    let found = REASONS.iter().find(|r| r.code.name() == text || r.number.to_string() == text);
    found.map(|r| r.code).ok_or_else(|| format!("there is no reason {text:?}: docs/reasons.md lists them"))
}

/// Does it.
pub fn run(args: &ExceptionsArgs, out: &mut dyn Write) -> Outcome {
    let handle = |exception: u64, person: &Person, handling: Handling, out: &mut dyn Write| {
        give(args, &person.user, Command::Exception { exception, handling }, out)
    };
    match &args.what {
        What::List(list) => view(args)?.list(list, out),
        What::Show { exception } => view(args)?.show(*exception, out),
        What::Accept { exception, person } => handle(*exception, person, Handling::Accept, out),
        What::Reject { exception, why, person } => {
            handle(*exception, person, Handling::Reject { why: why.clone() }, out)
        }
        What::Assign { exception, team, to, person } => {
            handle(*exception, person, Handling::Assign { team: team.clone(), owner: to.clone() }, out)
        }
        What::Note { exception, text, shared, person } => {
            handle(*exception, person, Handling::Note { text: text.clone(), shared: *shared }, out)
        }
        What::Escalate { exception, why, person } => {
            handle(*exception, person, Handling::Escalate { why: why.clone() }, out)
        }
        What::Attribute { exception, to, why, person } => {
            handle(*exception, person, Handling::Attribute { to: *to, why: why.clone() }, out)
        }
        What::Apply { exception, proposal, person } => {
            // The index is closed before the store is opened to write.
            let proposal = view(args)?.proposal(*exception, *proposal)?;
            writeln!(out, "{}", printable(&proposal.what))?;
            if let Some(outside) = &proposal.outside {
                writeln!(out, "to be done by a person: {}", printable(outside))?;
            }
            if let Some(message) = &proposal.message {
                writeln!(out, "to {}: {}", printable(&message.to), printable(&message.text))?;
            }
            give(args, &person.user, proposal.order, out)
        }
        What::Resolve { exception, why, person } => {
            give(args, &person.user, Command::Resolve { exception: *exception, why: why.clone() }, out)
        }
    }
}

fn give(args: &ExceptionsArgs, by: &str, command: Command, out: &mut dyn Write) -> Outcome {
    let order = Order { by: by.to_owned(), command };
    order::give(&args.store, args.config.as_deref(), &order, out)
}

fn view(args: &ExceptionsArgs) -> Result<View, Failure> {
    let index = open::index_of(&args.store)?;
    // Without the reference data everything is shown but what is counted by the desk's calendar.
    let profile = open::profile_of(&args.store, args.config.as_deref());
    let profile = if args.config.is_some() { Some(profile?) } else { profile.ok() };
    Ok(View { index, profile, json: args.json, now: Clock::start().now() })
}

struct View {
    index: Store,
    profile: Option<Profile>,
    json: bool,
    now: Timestamp,
}

/// How many rows are read from the index at once.
const ROWS_TOGETHER: usize = 1_000;

impl View {
    fn list(&self, args: &ListArgs, out: &mut dyn Write) -> Outcome {
        let filter = Filter {
            team: args.team.clone(),
            owner: args.owner.clone(),
            band: args.band,
            reason: args.reason,
            counterparty: args.counterparty,
            trade: args.trade,
            text: args.text.clone(),
        };
        let (rows, more) = match args.trade {
            Some(trade) => self.of_trade(trade, &filter, args)?,
            None => self.page(&filter, args)?,
        };
        for exception in &rows {
            self.line(exception, out)?;
        }
        let next = rows.last().filter(|_| more).map(Place::of);
        match (self.json, next) {
            (true, Some(next)) => writeln!(out, "{}", json!({ "next": next.to_string() }))?,
            (false, Some(next)) => writeln!(out, "more: --after {next}")?,
            _ => {}
        }
        Ok(Exit::Ok)
    }

    /// Walks the queue as it lies in the index, until a page is full.
    fn page(&self, filter: &Filter, args: &ListArgs) -> Result<(Vec<Exception>, bool), Failure> {
        let mut rows = Vec::new();
        let mut from: Vec<u8> = match args.after {
            // Keys have one length: what follows one is that key and a byte.
            Some(place) => [b"q/".as_slice(), &place.key(), b"\0"].concat(),
            None => b"q/".to_vec(),
        };
        loop {
            let keys = self.index.scan_from(b"q/", &from, ROWS_TOGETHER).map_err(open::failed_store)?;
            for (key, _) in &keys {
                let id =
                    key.get(key.len() - 8..).and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes);
                let Some(row) = self.row(id)? else { continue };
                if !filter.takes(&row.exception) {
                    continue;
                }
                if rows.len() == args.limit {
                    return Ok((rows, true));
                }
                rows.push(row.exception);
            }
            let Some((last, _)) = keys.last().filter(|_| keys.len() == ROWS_TOGETHER) else {
                return Ok((rows, false));
            };
            from = [last.as_slice(), b"\0"].concat();
        }
    }

    fn of_trade(
        &self,
        trade: u64,
        filter: &Filter,
        args: &ListArgs,
    ) -> Result<(Vec<Exception>, bool), Failure> {
        let prefix = case_key(trade, None);
        let keys = self.index.scan(&prefix, usize::MAX).map_err(open::failed_store)?;
        let mut found = Vec::new();
        for (key, _) in keys {
            let id = key.get(prefix.len()..).and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes);
            let open = self.row(id)?.filter(|row| row.resolved.is_none()).map(|row| row.exception);
            found.extend(open.filter(|e| filter.takes(e)));
        }
        found.sort_by_key(Place::of);
        found.retain(|e| args.after.is_none_or(|after| Place::of(e) > after));
        let more = found.len() > args.limit;
        found.truncate(args.limit);
        Ok((found, more))
    }

    fn line(&self, exception: &Exception, out: &mut dyn Write) -> Result<(), Failure> {
        let age = self.age(exception, self.now);
        if self.json {
            let view = ExceptionView::of(exception);
            writeln!(out, "{}", json!({ "exception": view, "age": age.map(Age::label) }))?;
            return Ok(());
        }
        let case = &exception.case;
        let points = case.score.as_ref().map_or("  -".to_owned(), |s| format!("{:>3}", s.total / 100));
        let about = match (exception.trade, &exception.link) {
            (Some(trade), _) => format!("trade {trade}"),
            (None, Some(link)) => format!("link {link}"),
            (None, None) => String::new(),
        };
        let owner = case.owner.as_deref().map_or(String::new(), |owner| format!("/{owner}"));
        let due = case.resolve_by.unwrap_or(exception.due);
        writeln!(
            out,
            "{:>6}  {} {points}  {:<22} {about:<14} {}{}  {}  by {due}{}",
            exception.id,
            case.band.name(),
            exception.reason.name(),
            printable(&case.team),
            printable(&owner),
            case.attribution.name(),
            age.map_or(String::new(), |age| format!("  {}", age.label())),
        )?;
        writeln!(out, "        {}", printable(&exception.detail))?;
        Ok(())
    }

    fn age(&self, exception: &Exception, now: Timestamp) -> Option<Age> {
        let clock = self.profile.as_ref()?.clock();
        Some(Age::of(clock, exception.opened, exception.case.about.settles, now))
    }

    fn show(&self, id: u64, out: &mut dyn Write) -> Outcome {
        let (row, proposals) = self.with_proposals(id)?;
        let e = &row.exception;
        let age = self.age(e, row.resolved.unwrap_or(self.now));
        if self.json {
            let view = ExceptionView::of(e);
            writeln!(
                out,
                "{}",
                json!({ "exception": view, "age": age.map(Age::label), "resolved": row.resolved, "why": row.why,
                        "by": row.by, "resolved_in": row.resolved_in, "proposals": proposals })
            )?;
            return Ok(Exit::Ok);
        }
        self.line(e, out)?;
        let case = &e.case;
        let table = e.reason.row();
        writeln!(out, "  reason      {} {}: {}", table.number, table.cause.label(), table.action)?;
        writeln!(out, "  lies with   {}", case.attribution.name())?;
        writeln!(out, "  opened      {}", e.opened)?;
        for (what, at) in
            [("accepted", case.accepted), ("act by", case.act_by), ("resolve by", case.resolve_by)]
        {
            if let Some(at) = at {
                writeln!(out, "  {what:<11} {at}")?;
            }
        }
        if let Some(score) = &case.score {
            let cost =
                score.expected_cost.map_or(String::new(), |c| format!(", a fail is expected to cost {c}"));
            writeln!(
                out,
                "  score       {} as of {} (weights {}, {}){cost}",
                hundredths(score.total),
                score.at,
                score.weights,
                score.model
            )?;
            for ((name, points), (_, part)) in score.points.named().into_iter().zip(score.parts.named()) {
                writeln!(out, "              {:>6}  {name}, {} %", hundredths(points), hundredths(part))?;
            }
        }
        if let Some(earlier) = case.earlier {
            writeln!(out, "  came back   exception {earlier} was about the same")?;
        }
        for note in &case.notes {
            let read_by = if note.shared { "shared" } else { "internal" };
            writeln!(
                out,
                "  note        {} {} ({read_by}): {}",
                note.at,
                printable(&note.by),
                printable(&note.text)
            )?;
        }
        for step in &case.history {
            let by = if step.by.is_empty() { self.author(step.record)? } else { step.by.clone() };
            writeln!(
                out,
                "  record {:<6} {} {:?}{}{}",
                step.record,
                step.at,
                step.what,
                if by.is_empty() { String::new() } else { format!(" by {}", printable(&by)) },
                if step.text.is_empty() { String::new() } else { format!(": {}", printable(&step.text)) }
            )?;
        }
        if let Some(at) = row.resolved {
            let record = row.resolved_in.map_or(String::new(), |r| format!(" in record {r}"));
            writeln!(out, "  resolved    {at} by {}{record}: {}", printable(&row.by), printable(&row.why))?;
        }
        for (number, proposal) in proposals.iter().enumerate() {
            let two = if proposal.two_people { " (needs a second person)" } else { "" };
            writeln!(out, "  proposal {}: {}{two}", number + 1, printable(&proposal.what))?;
            writeln!(out, "              because {}", proposal.why)?;
            if let Some(outside) = &proposal.outside {
                writeln!(out, "              a person must: {}", printable(outside))?;
            }
            if let Some(message) = &proposal.message {
                writeln!(out, "              say: {}", printable(&message.text))?;
            }
        }
        Ok(Exit::Ok)
    }

    fn with_proposals(&self, id: u64) -> Result<(ExceptionRow, Vec<Proposal>), Failure> {
        let row = self
            .row(id)?
            .ok_or_else(|| Failure::input(format!("there is no exception {id} in the store")))?;
        let trade = match row.exception.trade {
            Some(trade) => self.load::<Trade>(&trade_key(trade))?,
            None => None,
        };
        let proposals = if row.resolved.is_some() {
            Vec::new()
        } else {
            repair::proposals(&row.exception, trade.as_ref())
        };
        Ok((row, proposals))
    }

    fn proposal(&self, id: u64, number: u16) -> Result<Proposal, Failure> {
        let (row, proposals) = self.with_proposals(id)?;
        if let Some(at) = row.resolved {
            return Err(Failure::input(format!("exception {id} was resolved {at}: {}", row.why)));
        }
        let many = proposals.len();
        proposals.into_iter().nth(usize::from(number) - 1).ok_or_else(|| {
            Failure::input(format!(
                "exception {id} has no proposal {number}: there are {many}; `finality exceptions show {id}` lists them"
            ))
        })
    }

    /// What a record is from, where no person is behind it.
    fn author(&self, record: u64) -> Result<String, Failure> {
        let row: Option<RecordRow> = self.load(&record_key(record))?;
        Ok(row.map_or(String::new(), |row| match (row.link, row.message_type.as_str()) {
            (Some(link), "") => link,
            (Some(link), kind) => format!("{link} {kind}"),
            (None, _) => String::new(),
        }))
    }

    fn row(&self, id: u64) -> Result<Option<ExceptionRow>, Failure> {
        self.load(&exception_key(id))
    }

    fn load<T: serde::de::DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Failure> {
        let bytes = self.index.get(key).map_err(open::failed_store)?;
        bytes.map(|bytes| unpack(&bytes)).transpose().map_err(|e| {
            Failure::input(format!("the index cannot be read ({e}): run `finality store rebuild`"))
        })
    }
}

/// Hundredths as a number with two places.
fn hundredths(n: u32) -> String {
    format!("{}.{:02}", n / 100, n % 100)
}
