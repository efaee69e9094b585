//! `finality store`: the operator's tools for a store folder.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use finality_kernel::journal as codec;

use super::exit::{Exit, Failure, Outcome};
use super::open;
use crate::adapters::journal;
use crate::adapters::keeper;

const EXAMPLES: &str = "\
Examples:
  finality store verify --store finality-run/store
  finality store rebuild --store finality-run/store
  finality store stats --store finality-run/store";

/// Arguments of `finality store`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct StoreArgs {
    /// What to do with it
    #[command(subcommand)]
    pub what: What,
}

/// What to do with a store.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Check every record of the journal and the index against it; changes nothing
    #[command(after_help = EXAMPLES)]
    Verify(Folder),
    /// Make the index anew from the journal; the old one is set aside
    #[command(after_help = EXAMPLES)]
    Rebuild(Folder),
    /// Keep what can be read of a damaged journal and move the rest aside
    #[command(after_help = EXAMPLES)]
    Repair(Folder),
    /// How much there is
    #[command(after_help = EXAMPLES)]
    Stats(Folder),
}

/// Which store.
#[derive(Debug, Args)]
pub struct Folder {
    /// The store's folder
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// The configuration with the reference data; finality.toml in or beside the store when left out
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Does it.
pub fn run(args: &StoreArgs, out: &mut dyn Write) -> Outcome {
    match &args.what {
        What::Verify(folder) => verify(folder, out),
        What::Rebuild(folder) => rebuild(folder, out),
        What::Repair(folder) => repair(folder, out),
        What::Stats(folder) => stats(folder, out),
    }
}

fn verify(folder: &Folder, out: &mut dyn Write) -> Outcome {
    let dir = open::journal_of(&folder.store)?;
    let mut bad: Option<String> = None;
    let read = journal::read_all(&dir, |stored| {
        if bad.is_none() {
            bad = codec::decode(&stored.entry).err().map(|e| e.to_string());
        }
    });
    let last = match (read, bad) {
        (Ok(last), None) => last,
        (Err(error), _) => return finding(out, &error.to_string()),
        (_, Some(why)) => return finding(out, &why),
    };
    writeln!(out, "journal: {last} records, all sound")?;
    let watermark = open::index_of(&folder.store)?.watermark().map_err(open::failed_store)?;
    match watermark.cmp(&last) {
        std::cmp::Ordering::Equal => writeln!(out, "index: up to record {watermark}, complete")?,
        std::cmp::Ordering::Less => {
            writeln!(out, "index: up to record {watermark}; it catches up at the next start")?;
        }
        std::cmp::Ordering::Greater => {
            return finding(
                out,
                &format!("the index goes up to record {watermark}, which the journal does not have"),
            );
        }
    }
    Ok(Exit::Ok)
}

fn finding(out: &mut dyn Write, what: &str) -> Outcome {
    writeln!(out, "{what}")?;
    Ok(Exit::Failed)
}

fn rebuild(folder: &Folder, out: &mut dyn Write) -> Outcome {
    open::journal_of(&folder.store)?;
    let profile = open::profile_of(&folder.store, folder.config.as_deref())?;
    let (records, aside) = keeper::rebuild_index(&folder.store, profile).map_err(open::failed)?;
    if let Some(aside) = aside {
        writeln!(out, "the old index is in {}", aside.display())?;
    }
    writeln!(out, "index made anew from {records} records")?;
    Ok(Exit::Ok)
}

fn repair(folder: &Folder, out: &mut dyn Write) -> Outcome {
    let dir = open::journal_of(&folder.store)?;
    match journal::repair(&dir).map_err(|e| Failure { exit: Exit::Input, error: e.into() })? {
        None => writeln!(out, "there is nothing to repair")?,
        Some((kept, moved)) => {
            writeln!(out, "{kept} records kept; what followed was copied to:")?;
            for path in moved {
                writeln!(out, "  {}", path.display())?;
            }
        }
    }
    Ok(Exit::Ok)
}

fn stats(folder: &Folder, out: &mut dyn Write) -> Outcome {
    let dir = open::journal_of(&folder.store)?;
    let mut bytes = 0u64;
    let last = journal::read_all(&dir, |stored| bytes += stored.entry.bytes.len() as u64)
        .map_err(|e| Failure { exit: Exit::Input, error: e.into() })?;
    let index = open::index_of(&folder.store)?;
    writeln!(out, "journal: {last} records, {bytes} bytes")?;
    writeln!(
        out,
        "index: {} entries up to record {}, {} bytes on disk",
        index.len(),
        index.watermark().map_err(open::failed_store)?,
        index.size_on_disk().map_err(open::failed_store)?
    )?;
    Ok(Exit::Ok)
}
