//! `finality blocks`: what was dealt, told and allocated as one record, and where it stands. Found by block, allocation, order or trade.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use finality_kernel::blocks::block::{Block, BlockKey, BlockStatus};
use finality_kernel::book::Book;
use finality_kernel::lifecycle::trade::Trade;
use finality_parsers::model::Reference;
use serde_json::{Value, json};

use super::exit::{Exit, Failure, Outcome};
use super::inspect::trade_line;
use super::{open, render};

const EXAMPLES: &str = "\
Examples:
  finality blocks --store finality-run/store list --status mismatched
  finality blocks --store finality-run/store list --limit 100 --after BLK0000007
  finality blocks --store finality-run/store show BLK0000007
  finality blocks --store finality-run/store of 7 --json

docs/blocks.md says what is compared and what each status means. A list that goes on ends with the block after which the next page
begins (--after). The journal is read from its beginning and nothing is changed; a
gateway may be using the store. Exit code 0, 2 for a bad command, 3 when there is no such store, block or trade.";

/// Arguments of `finality blocks`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BlocksArgs {
    /// The store's folder
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

/// What to do.
#[derive(Debug, Subcommand)]
pub enum What {
    /// All blocks, or those that stand somewhere
    List {
        /// pending, matched, mismatched, disqualified or cancelled
        #[arg(long, value_parser = status)]
        status: Option<BlockStatus>,
        /// After this block, with which a page before ended
        #[arg(long, value_name = "BLOCK", value_parser = place)]
        after: Option<BlockKey>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One block with its trades, by its reference, that of an allocation, or an order
    Show {
        /// The reference
        reference: Reference,
    },
    /// The block of a trade
    Of {
        /// The trade's number
        trade: u64,
    },
}

fn status(text: &str) -> Result<BlockStatus, String> {
    let found = BlockStatus::ALL.into_iter().find(|s| s.label() == text);
    found.ok_or_else(|| "it is pending, matched, mismatched, disqualified or cancelled".to_owned())
}

/// A block as a list names it: by its reference, or `order X of LINK`.
fn place(text: &str) -> Result<BlockKey, String> {
    let dealt = text.strip_prefix("order ").and_then(|rest| rest.rsplit_once(" of "));
    let reference = |text: &str| text.parse::<Reference>().map_err(|e| e.to_string());
    match dealt {
        Some((order, link)) => Ok(BlockKey::Dealt { link: link.to_owned(), order: reference(order)? }),
        None => reference(text).map(BlockKey::Told),
    }
}

/// Does it.
pub fn run(args: &BlocksArgs, out: &mut dyn Write) -> Outcome {
    let profile = open::profile_of(&args.store, args.config.as_deref())?;
    let mut book = Book::new(profile);
    open::each_record(&args.store, |record| book.replay(record))?;
    let blocks = book.blocks();
    match &args.what {
        What::List { status, after, limit } => {
            if let Some(unknown) = after.as_ref().filter(|key| blocks.get(key).is_none()) {
                return Err(Failure::input(format!(
                    "no block is known as {unknown}: --after takes the block with which a page ended"
                )));
            }
            let wanted = |b: &&Block| b.standing.is_some() && (status.is_none() || b.status() == *status);
            let mut found = blocks.after(after.as_ref()).filter(wanted);
            let page: Vec<&Block> = found.by_ref().take(*limit).collect();
            for block in &page {
                if args.json {
                    writeln!(out, "{}", as_json(&book, block))?;
                } else {
                    writeln!(out, "{}", line(&book, block))?;
                }
            }
            let next = page.last().filter(|_| found.next().is_some()).map(|b| b.key.to_string());
            match (args.json, next) {
                (true, Some(next)) => writeln!(out, "{}", json!({ "next": next }))?,
                (false, Some(next)) => writeln!(out, "more: --after {next:?}")?,
                _ => {}
            }
        }
        What::Show { reference } => {
            let found = blocks.by_reference(reference);
            if found.is_empty() {
                return Err(Failure::input(format!("no block, allocation or order is known as {reference}")));
            }
            for block in found.into_iter().filter_map(|key| blocks.get(key)) {
                show(&book, block, args.json, out)?;
            }
        }
        What::Of { trade } => {
            let known = book.trade(*trade);
            let known = known.ok_or_else(|| Failure::input(format!("there is no trade {trade}")))?;
            let block = blocks.of_trade(known);
            let block =
                block.ok_or_else(|| Failure::input(format!("trade {trade} is of no block that is known")))?;
            show(&book, block, args.json, out)?;
        }
    }
    Ok(Exit::Ok)
}

fn trades<'b>(book: &'b Book, block: &'b Block) -> impl Iterator<Item = &'b Trade> {
    block.trades.iter().filter_map(|id| book.trade(*id))
}

fn line(book: &Book, block: &Block) -> String {
    let status = block.status().map_or("not known", BlockStatus::label);
    let dealt = book.blocks().dealt(block);
    let wanted = book.blocks().whole(block).map_or("?".to_owned(), |w| w.quantity.normalize().to_string());
    let confirmed = trades(book, block).filter(|t| t.confirmed.is_some()).count();
    format!(
        "{:<24} {status:<12} dealt {} in {}  block {wanted}  allocated {} in {}  confirmed {confirmed}",
        block.key.to_string(),
        dealt.quantity.normalize(),
        dealt.count,
        block.shares.quantity.normalize(),
        block.shares.count,
    )
}

fn show(book: &Book, block: &Block, as_lines: bool, out: &mut dyn Write) -> Result<(), Failure> {
    if as_lines {
        writeln!(out, "{}", as_json(book, block))?;
        return Ok(());
    }
    writeln!(out, "{}", line(book, block))?;
    if let Some(since) = block.since {
        let due = block.due.map_or(String::new(), |due| format!("; until {due}"));
        writeln!(out, "  since {since}{due}")?;
    }
    if let Some(whole) = book.blocks().whole(block) {
        let terms = &whole.head.told.terms;
        let price = terms.price.map_or("-".to_owned(), |p| p.value.normalize().to_string());
        let average = book.blocks().dealt(block).average.map_or("-".to_owned(), |p| p.to_string());
        let isin = terms.instrument.isin.map_or("?".to_owned(), |isin| isin.to_string());
        writeln!(out, "  {:?} {isin} of {} at {price}; dealt at {average}", terms.side, terms.trade_date)?;
    }
    let orders: Vec<String> = book.blocks().orders(block).iter().map(ToString::to_string).collect();
    let messages: Vec<String> = block.messages.iter().map(ToString::to_string).collect();
    if !messages.is_empty() {
        writeln!(out, "  allocations {}; orders {}", messages.join(", "), orders.join(", "))?;
    }
    for finding in block.standing.iter().flat_map(|s| &s.findings) {
        writeln!(out, "  {}", render::printable(&finding.to_string()))?;
    }
    for (reason, raised) in block.raised.iter().filter(|(_, raised)| raised.open) {
        writeln!(out, "  exception {} {}", raised.exception, reason.name())?;
    }
    for trade in trades(book, block) {
        writeln!(out, "{}", trade_line(trade))?;
    }
    Ok(())
}

fn as_json(book: &Book, block: &Block) -> Value {
    let blocks = book.blocks();
    let whole = blocks.whole(block);
    let trades: Vec<Value> = trades(book, block)
        .map(|t| {
            json!({ "trade": t.id, "state": t.state, "share": t.key().share, "account": t.key().account,
                    "confirmation": t.key().confirmation, "contradicts": block.contradicting.get(&t.id) })
        })
        .collect();
    let open = block.raised.values().filter(|r| r.open).map(|r| r.exception).collect::<Vec<_>>();
    json!({
        "block": block.key.to_string(),
        "status": block.status(),
        "since": block.since,
        "due": block.due,
        "findings": block.standing.as_ref().map(|s| &s.findings),
        "quantity": whole.as_ref().map(|w| w.quantity),
        "terms": whole.as_ref().map(|w| &w.head.told.terms),
        "executions": blocks.dealt(block),
        "allocations": block.shares,
        "messages": block.messages,
        "orders": blocks.orders(block),
        "trades": trades,
        "exceptions": open,
    })
}
