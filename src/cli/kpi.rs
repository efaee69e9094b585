//! `finality kpi`: key figures of a store, counted in one pass over its journal.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use finality_kernel::kpi::fold::{By, Fold, Period};
use finality_kernel::kpi::table::{ROWS, Unit};
use finality_parsers::model::BusinessDate;
use serde_json::json;

use super::exit::{Exit, Failure, Outcome};
use super::open;

const EXAMPLES: &str = "\
Examples:
  finality kpi --store finality-run/store
  finality kpi --store finality-run/store --from 2026-11-02 --to 2026-11-30 --by counterparty
  finality kpi --store finality-run/store --by reason --json

docs/kpi.md says what each figure counts, and what it leaves out. The journal is read and nothing is changed; a gateway may be
using the store.";

/// Arguments of `finality kpi`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct KpiArgs {
    /// The store's folder
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// The configuration with the reference data; finality.toml in or beside the store when left out
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// From this day on: trade date or settlement date, as each figure says
    #[arg(long, value_name = "DAY")]
    pub from: Option<BusinessDate>,
    /// Until this day
    #[arg(long, value_name = "DAY")]
    pub to: Option<BusinessDate>,
    /// Split by counterparty, market, class or reason
    #[arg(long, value_name = "WHAT", value_parser = by, default_value = "nothing")]
    pub by: By,
    /// For machines: one JSON object a line
    #[arg(long)]
    pub json: bool,
}

fn by(text: &str) -> Result<By, String> {
    let found = By::ALL.into_iter().find(|(_, name)| *name == text).map(|(by, _)| by);
    found.ok_or_else(|| "it is counterparty, market, class, reason or nothing".to_owned())
}

/// Counts and prints.
pub fn run(args: &KpiArgs, out: &mut dyn Write) -> Outcome {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(Failure::usage(format!("--from {from} is after --to {to}: nothing lies between them")));
    }
    let profile = open::profile_of(&args.store, args.config.as_deref())?;
    let offset = profile.desk.hours.utc_offset_minutes;
    let mut fold = Fold::new(profile, Period { from: args.from, to: args.to }, args.by);
    open::each_record(&args.store, |record| fold.take(record))?;
    let as_of = fold.as_of().map(|at| at.to_string());
    let figures = fold.figures();
    if args.json {
        for figure in &figures {
            let row = figure.kpi.row();
            writeln!(
                out,
                "{}",
                json!({ "figure": figure, "name": row.name, "excluded": row.excluded, "by": row.by,
                        "zone": row.zone, "desk_utc_offset_minutes": offset, "as_of": as_of })
            )?;
        }
        return Ok(Exit::Ok);
    }
    let Some(as_of) = as_of else {
        writeln!(out, "the journal is empty")?;
        return Ok(Exit::Ok);
    };
    writeln!(out, "as of {as_of}, the last record; the desk's clock is UTC{offset:+} minutes")?;
    let mut group = None;
    for figure in &figures {
        if group != Some(&figure.group) {
            group = Some(&figure.group);
            if !figure.group.is_empty() {
                writeln!(out, "\n{}", figure.group)?;
            }
        }
        let row = figure.kpi.row();
        let unit = if row.unit == Unit::Share { "%" } else { "min" };
        let value = figure.value.map_or("-".to_owned(), |v| format!("{v:.2} {unit}"));
        let name = if figure.part.is_empty() {
            row.name.to_owned()
        } else {
            format!("{}, {}", row.name, figure.part)
        };
        writeln!(
            out,
            "  {name:<36} {value:>14}  {} of {}  (v{})",
            figure.numerator, figure.denominator, figure.version
        )?;
    }
    writeln!(out)?;
    for row in ROWS.iter().filter(|row| figures.iter().any(|f| f.kpi == row.kpi)) {
        writeln!(
            out,
            "{} v{}: {} / {}; left out: {}; by {}; clock: {}",
            row.name, row.version, row.numerator, row.denominator, row.excluded, row.by, row.zone
        )?;
    }
    Ok(Exit::Ok)
}
