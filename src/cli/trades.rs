//! `finality trades`: the trades of a store that is not being served: list, show one with its steps and its risk, and those that
//! may not settle in time, dearest first.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use finality_kernel::exceptions::counterparties::Counterparties;
use finality_kernel::exceptions::probability::Features;
use finality_kernel::lifecycle::state::State;
use finality_kernel::lifecycle::trade::Trade;
use finality_kernel::profile::Profile;
use finality_kernel::risk::at_risk::{self, AtRisk, Dearest, Filter, Place};
use finality_kernel::risk::known;
use finality_kernel::risk::steps::{self, Missing, Who};
use finality_kernel::risk::turns::Turns;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::BusinessDate;
use rust_decimal::Decimal;
use serde_json::json;

use super::exit::{Exit, Failure, Outcome};
use super::inspect::{trade_json, trade_line};
use super::open;
use crate::adapters::projection::{ExceptionRow, exception_key, index_key, trade_key, unpack};
use crate::adapters::store::{Rows, Store};
use crate::runtime::clock::Clock;

const EXAMPLES: &str = "\
Examples:
  finality trades --store finality-run/store list --state pending --party BROKDEFFXXX
  finality trades --store finality-run/store show BLK0000007S1
  finality trades --store finality-run/store at-risk --until 2026-11-27 --waits-for custodian --limit 20
  finality trades --store finality-run/store at-risk --now 2026-11-26T08:00:00Z --json

Of a trade whose terms were replaced after its instruction went out, what is out or has settled is shown, and whether the
new terms wait or came too late (with --json as in_force).

At risk is every open trade that is due before the next cut-off, or until the day that is named, with those that are
late; the one whose fail is expected to cost most comes first. A page ends with what --after of the next one is. How often
a counterparty failed is known to a running gateway; here its last score says it, or the rate it begins with.";

/// Arguments of `finality trades`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct TradesArgs {
    /// The store's folder; no gateway may be using it
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// The configuration with the reference data; finality.toml in or beside the store when left out
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// For machines: one JSON object a line
    #[arg(long, global = true)]
    pub json: bool,
    /// As of this moment (RFC 3339); now when left out
    #[arg(long, value_name = "TIME", global = true, value_parser = moment)]
    pub now: Option<Timestamp>,
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Trades by number, all or some
    List {
        /// In this state: `settled`, `failing`, `awaiting SSI`, ...
        #[arg(long, value_parser = state)]
        state: Option<State>,
        /// Of this instrument
        #[arg(long)]
        isin: Option<String>,
        /// With this broker (BIC) or account
        #[arg(long)]
        party: Option<String>,
        /// To settle on this day
        #[arg(long, value_name = "DAY")]
        date: Option<BusinessDate>,
        /// After this number
        #[arg(long, value_name = "TRADE", default_value_t = 0)]
        after: u64,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One trade: where it stands, what is not done and by whom, its risk, its open exceptions
    Show {
        /// Its number, or any reference that belongs to it
        key: String,
    },
    /// Open trades that may not settle in time, the dearest first
    AtRisk {
        /// Due on this day or before; before the next cut-off when left out
        #[arg(long, value_name = "DAY")]
        until: Option<BusinessDate>,
        /// In this state
        #[arg(long, value_parser = state)]
        state: Option<State>,
        /// With this broker (BIC) or account
        #[arg(long)]
        party: Option<String>,
        /// For which this one has to do the next step
        #[arg(long, value_enum)]
        waits_for: Option<Waits>,
        /// At least so likely to fail, in per cent
        #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100))]
        at_least: u8,
        /// After this place, with which a page before ended
        #[arg(long, value_name = "COST,TRADE", value_parser = place)]
        after: Option<Place>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
}

/// Who has to do the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Waits {
    /// The manager
    Manager,
    /// The broker
    Broker,
    /// We
    Us,
    /// Our custodian
    Custodian,
    /// The depository
    Market,
}

impl From<Waits> for Who {
    fn from(waits: Waits) -> Who {
        match waits {
            Waits::Manager => Who::Manager,
            Waits::Broker => Who::Broker,
            Waits::Us => Who::Us,
            Waits::Custodian => Who::Custodian,
            Waits::Market => Who::Market,
        }
    }
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let at = chrono::DateTime::parse_from_rfc3339(text);
    at.map(|at| Timestamp::from_utc(at.to_utc()))
        .map_err(|e| format!("{e}: write it like 2026-11-26T08:00:00Z"))
}

fn state(text: &str) -> Result<State, String> {
    let found = State::ALL.into_iter().find(|s| s.label().eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        let known: Vec<&str> = State::ALL.iter().map(|s| s.label()).collect();
        format!("there is no such state; there are {}", known.join(", "))
    })
}

fn place(text: &str) -> Result<Place, String> {
    let read = || {
        let (cost, trade) = text.split_once(',')?;
        Some((std::cmp::Reverse(cost.parse::<Decimal>().ok()?), trade.parse().ok()?))
    };
    read().ok_or_else(|| "it is a cost and a trade, as the page before ended with: 12.50,7".to_owned())
}

/// Does it.
pub fn run(args: &TradesArgs, out: &mut dyn Write) -> Outcome {
    let view = View {
        profile: open::profile_of(&args.store, args.config.as_deref())?,
        index: open::index_of(&args.store)?,
        json: args.json,
        now: args.now.unwrap_or_else(|| Clock::start().now()),
        turns: OnceCell::new(),
    };
    match &args.what {
        What::List { state, isin, party, date, after, limit } => {
            let filters = [
                ("state", state.map(|s| s.label().to_owned())),
                ("isin", isin.clone()),
                ("party", party.clone()),
                ("date", date.map(|d| d.to_string())),
            ];
            view.list(&filters, *after, *limit, out)
        }
        What::Show { key } => view.show(key, out),
        What::AtRisk { until, state, party, waits_for, at_least, after, limit } => {
            let filter = Filter {
                until: *until,
                state: *state,
                party: party.clone(),
                waits_for: waits_for.map(Who::from),
                at_least_bp: u32::from(*at_least) * 100,
            };
            view.at_risk(&filter, *after, *limit, out)
        }
    }
}

struct View {
    profile: Profile,
    index: Store,
    json: bool,
    now: Timestamp,
    /// Whose turn it is at the desk; worked out when it is first asked for.
    turns: OnceCell<Turns>,
}

/// How many rows are read from the index at once.
const ROWS_TOGETHER: usize = 1_000;

impl View {
    fn list(
        &self,
        filters: &[(&str, Option<String>)],
        after: u64,
        limit: usize,
        out: &mut dyn Write,
    ) -> Outcome {
        let mut ids: Option<BTreeSet<u64>> = None;
        for (kind, value) in filters {
            let Some(value) = value else { continue };
            let keys =
                self.index.scan(&index_key(kind, value, None), usize::MAX).map_err(open::failed_store)?;
            let found: BTreeSet<u64> = numbers(&keys).filter(|id| *id > after).collect();
            ids = Some(match ids {
                None => found,
                Some(so_far) => so_far.intersection(&found).copied().collect(),
            });
        }
        // One more than is shown tells whether there are more.
        let ids: Vec<u64> = match ids {
            Some(ids) => ids.into_iter().take(limit.saturating_add(1)).collect(),
            None => {
                let from = trade_key(after.saturating_add(1));
                let rows = self.index.scan_from(b"t/", &from, limit.saturating_add(1));
                numbers(&rows.map_err(open::failed_store)?).collect()
            }
        };
        for id in ids.iter().take(limit) {
            let Some(trade) = self.load::<Trade>(&trade_key(*id))? else { continue };
            if self.json {
                writeln!(out, "{}", trade_json(&trade))?;
            } else {
                writeln!(out, "{}", trade_line(&trade))?;
            }
        }
        if let (true, Some(last)) = (ids.len() > limit, ids.iter().take(limit).next_back()) {
            self.more(&last.to_string(), out)?;
        }
        Ok(Exit::Ok)
    }

    fn more(&self, next: &str, out: &mut dyn Write) -> Result<(), Failure> {
        if self.json {
            writeln!(out, "{}", json!({ "next": next }))?;
        } else {
            writeln!(out, "more: --after {next}")?;
        }
        Ok(())
    }

    fn show(&self, key: &str, out: &mut dyn Write) -> Outcome {
        let ids = match key.parse::<u64>() {
            Ok(id) if self.load::<Trade>(&trade_key(id))?.is_some() => vec![id],
            _ => {
                let keys =
                    self.index.scan(&index_key("ref", key, None), usize::MAX).map_err(open::failed_store)?;
                numbers(&keys).collect()
            }
        };
        if ids.is_empty() {
            return Err(Failure::input(format!("no trade has the number or reference {key:?}")));
        }
        for id in ids {
            let Some(trade) = self.load::<Trade>(&trade_key(id))? else { continue };
            let risk = self.assess(&trade)?;
            if self.json {
                writeln!(
                    out,
                    "{}",
                    json!({ "trade": trade_json(&trade), "missing": steps::missing(&trade), "risk": risk })
                )?;
                continue;
            }
            writeln!(out, "{}", trade_line(&trade))?;
            writeln!(out, "         since {}; settled {}", trade.entered, trade.settled.normalize())?;
            if let Some(risk) = &risk {
                self.details(risk, out)?;
            }
            for exception in &trade.exceptions {
                let Some(row) = self.load::<ExceptionRow>(&exception_key(*exception))? else { continue };
                let e = row.exception;
                writeln!(
                    out,
                    "         exception {} {} {}: {}",
                    e.id,
                    e.case.band.name(),
                    e.reason.name(),
                    super::render::printable(&e.detail)
                )?;
            }
        }
        Ok(Exit::Ok)
    }

    fn at_risk(&self, filter: &Filter, after: Option<Place>, limit: usize, out: &mut dyn Write) -> Outcome {
        let until = filter.until.unwrap_or_else(|| at_risk::next_cut_off_day(&self.profile, self.now));
        let mut dearest = Dearest::new(limit.saturating_add(1), after);
        let mut from = b"i/date/".to_vec();
        'days: loop {
            let keys = self.index.scan_from(b"i/date/", &from, ROWS_TOGETHER).map_err(open::failed_store)?;
            for (key, _) in &keys {
                // `i/date/2026-11-26`, a zero, the trade.
                let day = key
                    .get(7..17)
                    .and_then(|day| std::str::from_utf8(day).ok()?.parse::<BusinessDate>().ok());
                if day.is_none_or(|day| day > until) {
                    break 'days;
                }
                let id = key.get(18..26).and_then(|id| id.try_into().ok()).map_or(0, u64::from_be_bytes);
                let Some(trade) = self.load::<Trade>(&trade_key(id))? else { continue };
                if filter.takes(&trade)
                    && let Some(risk) = self.assess(&trade)?.filter(|risk| filter.keeps(risk))
                {
                    dearest.take(risk);
                }
            }
            let Some((last, _)) = keys.last().filter(|_| keys.len() == ROWS_TOGETHER) else { break };
            from = [last.as_slice(), b"\0"].concat();
        }
        let rows = dearest.rows();
        if !self.json && rows.is_empty() {
            writeln!(out, "nothing that is open is due until {until}")?;
        }
        for risk in rows.iter().take(limit) {
            if self.json {
                writeln!(out, "{}", json!(risk))?;
                continue;
            }
            let cost = risk.expected_cost.map_or("-".to_owned(), |c| c.to_string());
            writeln!(
                out,
                "{:>7}  {:<18} {}  {cost} expected",
                risk.key.trade,
                risk.state.label(),
                risk.key.instruction.as_ref().or(risk.key.share.as_ref()).map_or("-", |r| r.as_str()),
            )?;
            self.details(risk, out)?;
        }
        if let (true, Some(last)) = (rows.len() > limit, rows.iter().take(limit).next_back()) {
            self.more(&format!("{},{}", last.compared, last.key.trade), out)?;
        }
        Ok(Exit::Ok)
    }

    fn details(&self, risk: &AtRisk, out: &mut dyn Write) -> Result<(), Failure> {
        let missing = |m: &Missing| format!("{} ({})", m.stage.label(), m.by.label());
        writeln!(
            out,
            "         due {}, {} business minutes left; not yet: {}",
            risk.settles,
            risk.minutes_left,
            risk.missing.iter().map(missing).collect::<Vec<_>>().join(", ")
        )?;
        let parts = risk.probability.parts.iter();
        let parts: Vec<String> = parts.map(|(what, bp)| format!("{} {what}", percent(*bp))).collect();
        let bp = i32::try_from(risk.probability.bp).unwrap_or(0);
        writeln!(out, "         fails with {}: {}", percent(bp), parts.join(", "))?;
        if let Some(cost) = risk.fail_cost {
            writeln!(
                out,
                "         a fail costs {} a day for {} days and {} of funding",
                cost.penalty_a_day, cost.days, cost.funding
            )?;
        }
        writeln!(out, "         to do: {}", risk.action)?;
        Ok(())
    }

    fn assess(&self, trade: &Trade) -> Result<Option<AtRisk>, Failure> {
        let rate_at_first = Counterparties::default().rate_bp(None);
        let mut rate = rate_at_first;
        let mut reasons = Vec::new();
        for exception in &trade.exceptions {
            let Some(row) = self.load::<ExceptionRow>(&exception_key(*exception))? else { continue };
            reasons.push(row.exception.reason);
            rate = row.exception.case.score.map_or(rate, |score| score.parts.counterparty);
        }
        let turns_before = if trade.exceptions.is_empty() { None } else { self.turns_before(trade)? };
        let known = known::of_trade(trade, &self.profile, self.now);
        let known =
            Features { reasons, counterparty_bp: rate, instrument_bp: rate_at_first, turns_before, ..known };
        Ok(at_risk::assess(trade, known, &self.profile, self.now))
    }

    fn turns_before(&self, trade: &Trade) -> Result<Option<u64>, Failure> {
        let turns = match self.turns.get() {
            Some(turns) => turns,
            None => {
                let keys = self.index.scan(b"q/", usize::MAX).map_err(open::failed_store)?;
                let number = |key: &[u8]| {
                    key.get(key.len().checked_sub(8)?..)?.try_into().ok().map(u64::from_be_bytes)
                };
                let mut open = Vec::with_capacity(keys.len());
                for exception in keys.iter().filter_map(|(key, _)| number(key)) {
                    open.extend(
                        self.load::<ExceptionRow>(&exception_key(exception))?.map(|row| row.exception),
                    );
                }
                self.turns.get_or_init(|| Turns::of(open.iter()))
            }
        };
        Ok(trade.exceptions.iter().filter_map(|exception| turns.before(*exception)).max())
    }

    fn load<T: serde::de::DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Failure> {
        let bytes = self.index.get(key).map_err(open::failed_store)?;
        bytes.map(|bytes| unpack(&bytes)).transpose().map_err(|e| {
            Failure::input(format!("the index cannot be read ({e}): run `finality store rebuild`"))
        })
    }
}

/// Keys of the index end with the number of a trade.
fn numbers(rows: &Rows) -> impl Iterator<Item = u64> + '_ {
    rows.iter().filter_map(|(key, _)| {
        let end = key.len().checked_sub(8)?;
        key.get(end..)?.try_into().ok().map(u64::from_be_bytes)
    })
}

/// Hundredths of a per cent.
fn percent(bp: i32) -> String {
    let sign = if bp < 0 { "-" } else { "" };
    format!("{sign}{}.{:02} %", bp.abs() / 100, bp.abs() % 100)
}
