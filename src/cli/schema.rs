//! `finality schema`: the tables of ISO 20022 messages: which there are, documents made from them, and new ones from official
//! schemas.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use finality_parsers::mx::sample::{self, Kind};
use finality_parsers::mx::schema::Schema;
use finality_parsers::mx::{compile, tables};

use super::exit::{Exit, Failure, Outcome, complain};

const EXAMPLES: &str = "\
Examples:
  finality schema list
  finality schema sample sese.023.001.11 --full --seed 7
  finality schema import downloads/xsd --out schemas
  finality schema sample pacs.008.001.08 --schemas schemas

`import` reads every .xsd of a directory and writes one table each; exit code 3 when one of them cannot be read.";

/// Arguments of `finality schema`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SchemaArgs {
    /// What to do
    #[command(subcommand)]
    pub verb: SchemaVerb,
}

/// What to do with tables.
#[derive(Debug, Subcommand)]
pub enum SchemaVerb {
    /// The messages that have a table
    List,
    /// Turn official schemas into tables
    Import {
        /// The directory with the .xsd files
        directory: PathBuf,
        /// The directory for the tables; it is made
        #[arg(long)]
        out: PathBuf,
    },
    /// A document made from a table
    Sample {
        /// The message: `sese.023.001.11`
        message: String,
        /// Everything filled, not only what must be there
        #[arg(long)]
        full: bool,
        /// Another seed, another document
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// A directory with imported tables
        #[arg(long)]
        schemas: Option<PathBuf>,
    },
}

/// Does it.
pub fn run(args: &SchemaArgs, out: &mut dyn Write) -> Outcome {
    match &args.verb {
        SchemaVerb::List => {
            for message in tables::messages() {
                writeln!(out, "{message}")?;
            }
            Ok(Exit::Ok)
        }
        SchemaVerb::Import { directory, out: to } => import(directory, to, out),
        SchemaVerb::Sample { message, full, seed, schemas } => {
            let kind = if *full { Kind::Full } else { Kind::Smallest };
            let made = match schemas.as_deref().map(|folder| table(folder, message)).transpose()?.flatten() {
                Some(schema) => Some(sample::sample_of(&schema, kind, *seed)),
                None => sample::sample(message, kind, *seed),
            };
            let text = made.ok_or_else(|| {
                Failure::usage(format!("there is no table for {message:?}: finality schema list names all"))
            })?;
            out.write_all(text.as_bytes())?;
            Ok(Exit::Ok)
        }
    }
}

/// The tables of a folder, and behind them the committed ones.
#[derive(Debug, Default)]
pub(super) struct Imported(BTreeMap<String, Schema>);

impl Imported {
    /// Reads all tables of the folder; without one there are none but the committed.
    pub(super) fn read(folder: Option<&Path>) -> Result<Self, Failure> {
        let Some(folder) = folder else { return Ok(Self::default()) };
        let unreadable = |e: std::io::Error| Failure::input(format!("{}: {e}", folder.display()));
        let mut tables = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(unreadable)?.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "table") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                if let Some(schema) = table(folder, &name)? {
                    tables.insert(schema.message().to_owned(), schema);
                }
            }
        }
        if tables.is_empty() {
            let hint = "finality schema import makes tables from schemas";
            return Err(Failure::input(format!("{}: there is no table in it; {hint}", folder.display())));
        }
        Ok(Self(tables))
    }

    /// The table of a message: an imported one before a committed one, the very version before a near one.
    pub(super) fn find(&self, message: &str) -> Option<tables::Found<'_>> {
        let own = self.0.get(message).map(|schema| tables::Found { schema, exact: true });
        own.or_else(|| tables::find(message))
    }
}

/// An imported table; `None` when there is no such file.
pub(super) fn table(folder: &Path, message: &str) -> Result<Option<Schema>, Failure> {
    let path = folder.join(format!("{message}.table"));
    let Ok(text) = fs::read_to_string(&path) else { return Ok(None) };
    Schema::parse(&text).map(Some).map_err(|e| Failure::input(format!("{}: {e}", path.display())))
}

fn import(from: &Path, to: &Path, out: &mut dyn Write) -> Outcome {
    let unreadable = |path: &Path, e: std::io::Error| Failure::input(format!("{}: {e}", path.display()));
    let entries = fs::read_dir(from).map_err(|e| unreadable(from, e))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "xsd"));
    files.sort();
    if files.is_empty() {
        return Err(Failure::input(format!("{}: there is no .xsd file in it", from.display())));
    }
    fs::create_dir_all(to).map_err(|e| unreadable(to, e))?;
    let (mut done, mut failed) = (0usize, 0usize);
    for file in files {
        let text = fs::read(&file).map_err(|e| e.to_string());
        let made = text.and_then(|xsd| compile::compile(&xsd).map_err(|e| e.to_string()));
        let parsed = made.and_then(|text| {
            let schema = Schema::parse(&text).map_err(|e| e.to_string())?;
            Ok((schema.message().to_owned(), text))
        });
        match parsed {
            Ok((message, text)) => {
                let path = to.join(format!("{message}.table"));
                fs::write(&path, text).map_err(|e| unreadable(&path, e))?;
                done += 1;
            }
            Err(why) => {
                complain(&format!("{}: {why}", file.display()));
                failed += 1;
            }
        }
    }
    writeln!(out, "{done} tables in {}, {failed} schemas failed", to.display())?;
    Ok(if failed == 0 { Exit::Ok } else { Exit::Input })
}
