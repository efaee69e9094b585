//! `finality audit`: whether a journal is what was written, and who did or decided what.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use finality_kernel::audit::{Fold, Row};
use finality_kernel::journal as codec;
use finality_parsers::model::BusinessDate;

use super::exit::{Exit, Failure, Outcome};
use super::render::printable;
use crate::adapters::audit::{self, Verified};
use crate::adapters::journal;

const EXAMPLES: &str = "\
Examples:
  finality audit verify --store finality-run/store
  finality audit verify --store finality-run/store --head 17034:HASH
  finality audit list --store finality-run/store --trade 12
  finality audit list --store finality-run/store --by anna --from 2026-11-24 --to 2026-11-25 --json

`verify` prints the last record and its hash: kept elsewhere and given as --head later, they show that nothing up to
there was changed and nothing cut off. Exit code 1 when something is wrong. docs/audit.md says what is found, and what cannot be.
`list` reads the journal and changes nothing; a gateway may be using the store.";

/// Arguments of `finality audit`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AuditArgs {
    /// What is asked
    #[command(subcommand)]
    pub what: What,
}

/// What is asked.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Check that no record was changed, dropped, added or moved; changes nothing
    #[command(after_help = EXAMPLES)]
    Verify {
        /// The store's folder
        #[arg(long, value_name = "DIR")]
        store: PathBuf,
        /// A record and its hash, as an earlier `verify` printed them
        #[arg(long, value_name = "RECORD:HASH", value_parser = head)]
        head: Option<(u64, [u8; 32])>,
    },
    /// Who did or decided what, when and why
    #[command(after_help = EXAMPLES)]
    List(ListArgs),
}

/// Which lines.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The store's folder
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// Only what this person had a part in; `system` for what no person ordered
    #[arg(long, value_name = "USER")]
    pub by: Option<String>,
    /// Only this trade
    #[arg(long, value_name = "N")]
    pub trade: Option<u64>,
    /// From this day on (UTC)
    #[arg(long, value_name = "DAY")]
    pub from: Option<BusinessDate>,
    /// Until the end of this day (UTC)
    #[arg(long, value_name = "DAY")]
    pub to: Option<BusinessDate>,
    /// For machines: one JSON object a line
    #[arg(long)]
    pub json: bool,
}

fn head(text: &str) -> Result<(u64, [u8; 32]), String> {
    let wrong =
        || "it is the number of a record, a colon and the 64 hexadecimal digits of its hash".to_owned();
    let (seq, hash) = text.split_once(':').ok_or_else(wrong)?;
    let digits: Option<Vec<u8>> =
        hash.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|d| d.len() == 64).ok_or_else(wrong)?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Ok((seq.parse().map_err(|_| wrong())?, bytes))
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Answers it.
pub fn run(args: &AuditArgs, out: &mut dyn Write) -> Outcome {
    match &args.what {
        What::Verify { store, head } => verify(store, *head, out),
        What::List(list) => run_list(list, out),
    }
}

fn journal_of(store: &std::path::Path) -> Result<PathBuf, Failure> {
    let dir = store.join("journal");
    if dir.exists() {
        Ok(dir)
    } else {
        Err(Failure::input(format!("{}: there is no store here", store.display())))
    }
}

fn verify(store: &std::path::Path, head: Option<(u64, [u8; 32])>, out: &mut dyn Write) -> Outcome {
    let dir = journal_of(store)?;
    let failed = |e: journal::JournalError| Failure { exit: Exit::Input, error: e.into() };
    let Verified { records, unchained, last, head: found, findings } =
        audit::verify(&dir, head).map_err(failed)?;
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    let mut wrong = !findings.is_empty();
    // What was cut off at the end leaves no trace in the journal; the index may still know of it.
    match crate::adapters::store::Store::open(&store.join("index")).and_then(|index| index.watermark()) {
        Ok(watermark) if watermark > last => {
            wrong = true;
            writeln!(out, "records {} to {watermark} are missing at the end: the index has them", last + 1)?;
        }
        Ok(_) => {}
        Err(error) => writeln!(out, "the index cannot be asked what it knows: {error}")?,
    }
    if unchained > 0 {
        writeln!(
            out,
            "{unchained} of {records} records were written before records had hashes: of those only the checksum is known"
        )?;
    }
    if wrong {
        return Ok(Exit::Failed);
    }
    writeln!(out, "{records} records, each as it was written")?;
    if unchained < records {
        writeln!(out, "head: {last}:{}", hex(&found))?;
    }
    Ok(Exit::Ok)
}

fn run_list(args: &ListArgs, out: &mut dyn Write) -> Outcome {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(Failure::usage(format!("--from {from} is after --to {to}: nothing lies between them")));
    }
    let dir = journal_of(&args.store)?;
    let mut fold = Fold::default();
    let mut bad: Option<String> = None;
    let mut written: std::io::Result<()> = Ok(());
    journal::read_all(&dir, |stored| {
        if bad.is_some() || written.is_err() {
            return;
        }
        match codec::decode(&stored.entry) {
            Ok(record) => {
                let rows = fold.take(&record);
                written =
                    rows.iter().filter(|row| wanted(args, row)).try_for_each(|row| line(row, args.json, out));
            }
            Err(error) => bad = Some(error.to_string()),
        }
    })
    .map_err(|e| Failure { exit: Exit::Input, error: e.into() })?;
    written?;
    match bad {
        Some(why) => Err(Failure::input(why)),
        None => Ok(Exit::Ok),
    }
}

fn wanted(args: &ListArgs, row: &Row) -> bool {
    let day = BusinessDate::new(row.at.utc().date_naive());
    args.by.as_deref().is_none_or(|name| row.is_by(name))
        && args.trade.is_none_or(|trade| row.trade == Some(trade))
        && args.from.is_none_or(|from| from <= day)
        && args.to.is_none_or(|to| day <= to)
}

fn line(row: &Row, json: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if json {
        let text = serde_json::to_string(row).map_err(std::io::Error::other)?;
        return writeln!(out, "{text}");
    }
    let trade = row.trade.map_or(String::new(), |t| format!(" trade {t}"));
    let exception = row.exception.map_or(String::new(), |e| format!(" exception {e}"));
    write!(
        out,
        "{:>8} {} {} {}{trade}{exception}: {}",
        row.record,
        row.at,
        row.who,
        row.kind,
        printable(&row.what)
    )?;
    match (row.before.as_str(), row.after.as_str()) {
        ("", "") => {}
        ("", after) => write!(out, " [{after}]")?,
        (before, after) => write!(out, " [{before} -> {after}]")?,
    }
    if !row.why.is_empty() {
        write!(out, " because {}", printable(&row.why))?;
    }
    writeln!(out)
}
