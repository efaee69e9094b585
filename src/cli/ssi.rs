//! `finality ssi`: the standing settlement instructions of a store that is not being served: what is held, what applied when,
//! what would be found for a trade; and changes, which are orders like any other.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use finality_kernel::enrichment::library::{Found, Library, Query, Version};
use finality_kernel::enrichment::places;
use finality_kernel::gateway::{Kernel, Recovery};
use finality_parsers::desk::{Command, Order};
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    Account, Bic, BusinessDate, Currency, Isin, SecurityType, SettlementMethod, SsiId, SsiRecord, SsiSource,
};
use serde_json::{Value, json};

use super::exit::{Blame as _, Exit, Failure, Outcome};
use super::{open, order, ssi_file};
use crate::adapters::keeper::Keeper;
use crate::runtime::clock::Clock;

const EXAMPLES: &str = "\
Examples:
  finality ssi --store finality-run/store list --party BROKDEFFXXX
  finality ssi --store finality-run/store check --party BROKDEFFXXX --isin DE0007164600 --currency EUR --method dvp
  finality ssi --store finality-run/store import ssi.csv --as anna --dry-run
  finality ssi --store finality-run/store export --format csv > ssi.csv
  finality ssi --store finality-run/store propose record.json --as anna
  finality ssi --store finality-run/store show BROK-DE --on 2026-11-26 --known 2026-11-01T00:00:00Z
  finality ssi --store finality-run/store withdraw BROK-DE --from 2027-01-01 --as anna --why 'they moved'

docs/ssi.md says what a record is and which one counts. With [[profile.users]] a change waits for a second person
(`finality order approve`). Exit code 1 when nothing, or not exactly one, is found; 3 when a file cannot be used.";

/// Arguments of `finality ssi`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SsiArgs {
    /// The store's folder; no gateway may be using it
    #[arg(long, value_name = "DIR", global = true, default_value = "finality-run/store")]
    pub store: PathBuf,
    /// The configuration with the reference data; finality.toml in or beside the store when left out
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// For machines: one JSON object a line
    #[arg(long, global = true)]
    pub json: bool,
    /// What
    #[command(subcommand)]
    pub what: What,
}

/// What is wanted.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Records, with the version that applies
    List {
        /// Of this counterparty; `us` for our own side
        #[arg(long)]
        party: Option<String>,
        /// Those that do not apply too
        #[arg(long)]
        all: bool,
        /// On this day; today when left out
        #[arg(long, value_name = "DAY")]
        on: Option<BusinessDate>,
    },
    /// One record as it applies on a day, as it was known at a time
    Show {
        /// Its name
        id: SsiId,
        /// On this day; today when left out
        #[arg(long, value_name = "DAY")]
        on: Option<BusinessDate>,
        /// As it was known then, as 2026-11-01T00:00:00Z; now when left out
        #[arg(long, value_name = "TIME")]
        known: Option<String>,
    },
    /// All versions of a record
    History {
        /// Its name
        id: SsiId,
    },
    /// Which record would be found
    Check(Wanted),
    /// Add what a file holds, all of it or nothing; CSV, or JSON one record a line
    Import {
        /// The file
        file: PathBuf,
        /// Who
        #[arg(long = "as", value_name = "USER")]
        by: Option<String>,
        /// Say what is wrong with the file and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Write what applies today, as a file that can be imported
    Export {
        /// How
        #[arg(long, value_enum, default_value = "csv")]
        format: Format,
    },
    /// Add a record, or the next version of one
    Propose {
        /// A file with it, in JSON
        file: PathBuf,
        /// Who
        #[arg(long = "as", value_name = "USER")]
        by: String,
    },
    /// Take a record back
    Withdraw {
        /// Its name
        id: SsiId,
        /// From this day on; altogether when left out
        #[arg(long, value_name = "DAY")]
        from: Option<BusinessDate>,
        /// Why
        #[arg(long)]
        why: String,
        /// Who
        #[arg(long = "as", value_name = "USER")]
        by: String,
    },
}

/// What a trade would ask for.
#[derive(Debug, Args)]
pub struct Wanted {
    /// The counterparty; our own side when left out
    #[arg(long)]
    party: Option<Bic>,
    /// Our account
    #[arg(long)]
    account: Option<Account>,
    /// The instrument: its country counts
    #[arg(long)]
    isin: Option<Isin>,
    /// The kind of security
    #[arg(long, value_name = "TYPE")]
    security_type: Option<SecurityType>,
    /// How it settles, seen by the owner of the record
    #[arg(long)]
    method: Option<SettlementMethod>,
    /// The currency
    #[arg(long)]
    currency: Option<Currency>,
    /// On this day; today when left out
    #[arg(long, value_name = "DAY")]
    on: Option<BusinessDate>,
    /// As it was known then; now when left out
    #[arg(long, value_name = "TIME")]
    known: Option<String>,
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table.
    Csv,
    /// One record a line.
    Json,
}

/// Does it.
pub fn run(args: &SsiArgs, out: &mut dyn Write) -> Outcome {
    match &args.what {
        What::Import { file, by, dry_run } => import(args, file, by.as_deref(), *dry_run, out),
        What::Propose { file, by } => {
            let record: SsiRecord = serde_json::from_str(&text_of(file)?)
                .map_err(|e| Failure::input(format!("{}: no record: {e}", file.display())))?;
            let command = Command::RecordSsi { record: Box::new(record), source: SsiSource::Person };
            give(args, by, command, out)
        }
        What::Withdraw { id, from, why, by } => {
            give(args, by, Command::WithdrawSsi { id: id.clone(), from: *from, why: why.clone() }, out)
        }
        read => {
            let (kernel, today) = at_rest(args)?;
            show(args, read, &kernel, today, out)
        }
    }
}

fn show(args: &SsiArgs, what: &What, kernel: &Kernel, today: BusinessDate, out: &mut dyn Write) -> Outcome {
    let library = kernel.book().library();
    match what {
        What::List { party, all, on } => {
            list(args, library, party.as_deref(), *all, on.unwrap_or(today), out)?;
            proposed(args, kernel, out)
        }
        What::Show { id, on, known } => {
            known_id(library, id)?;
            let day = on.unwrap_or(today);
            let Some(version) = library.on(id, day, time(known.as_deref())?) else {
                writeln!(out, "{id} does not apply on {day}")?;
                return Ok(Exit::Failed);
            };
            version_line(args, library, id, version, day, out)?;
            Ok(Exit::Ok)
        }
        What::History { id } => {
            for version in known_id(library, id)? {
                version_line(args, library, id, version, today, out)?;
            }
            Ok(Exit::Ok)
        }
        What::Check(wanted) => check(args, kernel, wanted, today, out),
        What::Export { format } => {
            let on = |(id, _): (&SsiId, &[Version])| library.on(id, today, None)?.record.clone();
            let records: Vec<SsiRecord> = library.records().filter_map(on).collect();
            match format {
                Format::Csv => write!(out, "{}", ssi_file::csv(&records).map_err(Failure::input)?)?,
                Format::Json => {
                    for record in &records {
                        writeln!(out, "{}", serde_json::to_string(record).map_err(anyhow::Error::from)?)?;
                    }
                }
            }
            Ok(Exit::Ok)
        }
        What::Import { .. } | What::Propose { .. } | What::Withdraw { .. } => Ok(Exit::Ok),
    }
}

/// The gateway of a store, and today.
fn at_rest(args: &SsiArgs) -> Result<(Kernel, BusinessDate), Failure> {
    let profile = open::profile_of(&args.store, args.config.as_deref())?;
    open::journal_of(&args.store)?;
    let mut recovery = Recovery::new(profile.clone());
    let (keeper, opened) =
        Keeper::open(&args.store, profile, |record| recovery.take(record)).map_err(open::failed)?;
    open::report(&opened);
    keeper.close().map_err(open::failed)?;
    let now = Clock::start().now();
    Ok((recovery.start(now), BusinessDate::new(now.utc().date_naive())))
}

fn give(args: &SsiArgs, by: &str, command: Command, out: &mut dyn Write) -> Outcome {
    order::give(&args.store, args.config.as_deref(), &Order { by: by.to_owned(), command }, out)
}

fn import(args: &SsiArgs, file: &Path, by: Option<&str>, dry_run: bool, out: &mut dyn Write) -> Outcome {
    let records = match ssi_file::read(&text_of(file)?) {
        Ok(records) => records,
        Err(faults) => {
            for fault in &faults {
                if args.json {
                    writeln!(out, "{}", serde_json::to_string(fault).map_err(anyhow::Error::from)?)?;
                } else {
                    writeln!(out, "{}: {fault}", file.display())?;
                }
            }
            let n = faults.len();
            return Err(Failure::input(format!("{}: nothing is imported: {n} faults", file.display())));
        }
    };
    if dry_run {
        let (kernel, _) = at_rest(args)?;
        let library = kernel.book().library();
        let (mut new, mut changed, mut same) = (0, 0, 0);
        for record in &records {
            match library.history(&record.id).last() {
                None => new += 1,
                Some(last) if last.record.as_ref() == Some(record) => same += 1,
                Some(_) => changed += 1,
            }
        }
        if args.json {
            writeln!(out, "{}", json!({"new": new, "changed": changed, "same": same}))?;
        } else {
            writeln!(
                out,
                "{} records: {new} new, {changed} changed, {same} as they are held; nothing is imported",
                records.len()
            )?;
        }
        return Ok(Exit::Ok);
    }
    let Some(by) = by else {
        return Err(Failure::usage("nobody imports it: say who with --as USER; the journal keeps it"));
    };
    let name =
        file.file_name().map_or_else(|| file.display().to_string(), |n| n.to_string_lossy().into_owned());
    give(args, by, Command::ImportSsi { file: name, records }, out)
}

fn list(
    args: &SsiArgs,
    library: &Library,
    party: Option<&str>,
    all: bool,
    day: BusinessDate,
    out: &mut dyn Write,
) -> Outcome {
    let wanted: Option<Option<Bic>> = match party {
        None => None,
        Some("us") => Some(None),
        Some(bic) => Some(Some(bic.parse().map_err(Failure::usage)?)),
    };
    let office = |bic: Option<Bic>| bic.map(|bic| bic.full());
    for (id, versions) in library.records() {
        let on = library.on(id, day, None);
        let Some(version) = on.or(versions.last().filter(|_| all)) else { continue };
        let owner = version.record.as_ref().map(|r| r.party);
        if wanted.is_some_and(|wanted| owner.is_none_or(|owner| office(owner) != office(wanted))) {
            continue;
        }
        version_line(args, library, id, version, day, out)?;
    }
    Ok(Exit::Ok)
}

/// What is not held yet, because a second person has to agree.
fn proposed(args: &SsiArgs, kernel: &Kernel, out: &mut dyn Write) -> Outcome {
    let of_ssi = |command: &Command| {
        matches!(
            command,
            Command::SupplySsi(_)
                | Command::RecordSsi { .. }
                | Command::ImportSsi { .. }
                | Command::WithdrawSsi { .. }
        )
    };
    for waits in kernel.book().proposals().filter(|p| of_ssi(&p.command)) {
        let (number, by, what) = (waits.proposal, &waits.by, waits.command.to_string());
        if args.json {
            let line = json!({"proposal": number, "status": "proposed", "by": by, "what": what});
            writeln!(out, "{line}")?;
        } else {
            writeln!(
                out,
                "proposal {number}: proposed\n        {by} wants to {what}, until {}",
                waits.until
            )?;
        }
    }
    Ok(Exit::Ok)
}

fn check(
    args: &SsiArgs,
    kernel: &Kernel,
    wanted: &Wanted,
    today: BusinessDate,
    out: &mut dyn Write,
) -> Outcome {
    let profile = open::profile_of(&args.store, args.config.as_deref())?;
    let account = wanted.account.as_ref().and_then(|account| profile.account(account));
    let country = wanted.isin.as_ref().map(|isin| isin.country().to_owned());
    let library = kernel.book().library();
    let day = wanted.on.unwrap_or(today);
    let query = Query {
        party: wanted.party,
        account: wanted.account.as_ref(),
        groups: account.map_or(&[], |account| &account.groups),
        country: country.as_deref(),
        security_type: wanted.security_type,
        method: wanted.method,
        currency: wanted.currency,
        day,
        known: time(wanted.known.as_deref())?,
    };
    if let Some(country) = country.as_deref().filter(|_| !args.json) {
        match places::usual(country, wanted.security_type, &profile.enrichment.places) {
            Ok(place) => writeln!(out, "usual place of settlement: {place}")?,
            Err(why) => writeln!(out, "{why}")?,
        }
    }
    let ids = |ids: &[SsiId]| ids.iter().map(SsiId::to_string).collect::<Vec<_>>();
    let (word, names) = match library.find(&query) {
        Found::One(hit) => {
            let version = library.on(&hit.record.id, day, query.known);
            let version = version.with_context(|| format!("{} was found", hit.record.id))?;
            version_line(args, library, &hit.record.id, version, day, out)?;
            if hit.chain.is_none() && !args.json {
                writeln!(out, "        the model it names does not apply on {day}")?;
            }
            return Ok(Exit::Ok);
        }
        Found::Several(found) => ("several fit equally well", ids(&found)),
        Found::NotThatDay(found) => ("what is held does not apply on that day", ids(&found)),
        Found::None => ("none", Vec::new()),
    };
    if args.json {
        writeln!(out, "{}", json!({"found": word, "candidates": names}))?;
    } else {
        writeln!(out, "{word}{}{}", if names.is_empty() { "" } else { ": " }, names.join(", "))?;
    }
    Ok(Exit::Failed)
}

fn version_line(
    args: &SsiArgs,
    library: &Library,
    id: &SsiId,
    version: &Version,
    day: BusinessDate,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let status = library.status(id, version, day);
    if args.json {
        let mut line = serde_json::to_value(version).map_err(anyhow::Error::from)?;
        line["id"] = Value::from(id.as_str());
        line["status"] = Value::from(status.label());
        writeln!(out, "{line}")?;
        return Ok(());
    }
    writeln!(out, "{id} version {}: {}", version.version, status.label())?;
    let known = version.known.map_or("from the start".to_owned(), |at| format!("since {at}"));
    let by = if version.by.is_empty() { String::new() } else { format!(", by {}", version.by) };
    let approved = version.approved_by.as_ref().map_or(String::new(), |by| format!(", approved by {by}"));
    let why = if version.why.is_empty() { String::new() } else { format!(": {}", version.why) };
    writeln!(out, "        known {known}, from {}{by}{approved}{why}", version.source)?;
    let Some(record) = &version.record else {
        let from = version.from.map_or("altogether".to_owned(), |day| format!("from {day} on"));
        writeln!(out, "        withdrawn {from}")?;
        return Ok(());
    };
    // The columns of the table say it all, but for what it has no column for.
    let text = ssi_file::csv([record]).unwrap_or_default();
    let Some((names, _)) = text.split_once('\n') else {
        writeln!(out, "        {}", serde_json::to_string(record).map_err(anyhow::Error::from)?)?;
        return Ok(());
    };
    let said: Vec<String> = ssi_file::cells(record)
        .into_iter()
        .zip(names.split(','))
        .filter(|(cell, name)| !cell.is_empty() && *name != "id")
        .map(|(cell, name)| format!("{name} {cell}"))
        .collect();
    writeln!(out, "        {}", said.join(", "))?;
    Ok(())
}

fn known_id<'a>(library: &'a Library, id: &SsiId) -> Result<&'a [Version], Failure> {
    match library.history(id) {
        [] => Err(Failure::input(format!("no record is called {id}: `finality ssi list --all` names them"))),
        versions => Ok(versions),
    }
}

fn time(text: Option<&str>) -> Result<Option<Timestamp>, Failure> {
    let parse = |text: &str| {
        let time = text.parse::<chrono::DateTime<chrono::Utc>>();
        time.map(Timestamp::from_utc)
            .map_err(|e| Failure::usage(format!("{text:?} is no time like 2026-11-01T00:00:00Z: {e}")))
    };
    text.map(parse).transpose()
}

fn text_of(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).with_context(|| format!("{}", path.display())).blame(Exit::Input)
}
