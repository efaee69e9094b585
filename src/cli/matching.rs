//! `finality match`: other matching rules tried on the trades of a store, without effect, and who could be the other side of
//! a trade that has none.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use finality_kernel::lifecycle::state::State;
use finality_kernel::lifecycle::trade::Trade;
use finality_kernel::matching::compare::{Compared, Verdict};
use finality_kernel::matching::rules::MatchingProfile;
use finality_kernel::matching::try_out::{Candidate, Pair, RuleBook, Trial, near, try_out};
use finality_kernel::profile::Tolerances;
use serde::Deserialize;
use serde_json::json;

use super::exit::{Exit, Failure, Outcome};
use super::inspect::Format;
use super::open;
use crate::adapters::projection::unpack;

const EXAMPLES: &str = "\
Examples:
  finality match --store finality-run/store --what-if samples/matching.toml
  finality match --store finality-run/store --what-if samples/matching.toml --format json
  finality match --store finality-run/store --near 17

A file for --what-if has the sections of a configuration that say how sides are compared, for example
  [tolerances]
  net_absolute = \"5\"
  [[matching]]
  name = \"dollars\"
  currency = \"USD\"
  fields = { net = { absolute = { below = \"10\", above = \"10\" } }, commission = \"exact\" }
What is not in it is as the store's configuration says. Nothing in the store changes. docs/matching.md names all fields and
tolerances. Exit code 0, 2 for a bad command or file, 3 when there is no such store or trade.";

/// Arguments of `finality match`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct MatchArgs {
    /// The store's folder; no gateway may be using it
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// The configuration with the rules that hold; finality.toml in or beside the store when left out
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Try the rules of this file on all trades that have both sides
    #[arg(long, value_name = "FILE", required_unless_present = "near")]
    pub what_if: Option<PathBuf>,
    /// Show who could be the other side of this trade, field by field
    #[arg(long, value_name = "TRADE")]
    pub near: Option<u64>,
    /// Name at most so many trades
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
    /// For people or for machines
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

/// The rules of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tried {
    tolerances: Option<Tolerances>,
    matching: Option<Vec<MatchingProfile>>,
}

/// Tries, or looks for the other side.
pub fn run(args: &MatchArgs, out: &mut dyn Write) -> Outcome {
    let profile = open::profile_of(&args.store, args.config.as_deref())?;
    let index = open::index_of(&args.store)?;
    let rows = index.scan(b"t/", usize::MAX).map_err(open::failed_store)?;
    let trades = rows.iter().map(|(_, row)| unpack::<Trade>(row).map_err(Failure::input));
    let trades = trades.collect::<Result<Vec<_>, _>>()?;
    let now = RuleBook { profiles: &profile.matching, general: &profile.tolerances };
    if let Some(path) = &args.what_if {
        let tried = read(path)?;
        let profiles = tried.matching.as_ref().unwrap_or(&profile.matching);
        let general = tried.tolerances.as_ref().unwrap_or(&profile.tolerances);
        let pairs = trades.iter().filter_map(|t| {
            let (share, confirmed) = (t.share.as_deref()?, t.confirmed.as_deref()?);
            Some(Pair { trade: t.id, ours: &share.terms, theirs: &confirmed.terms })
        });
        print_trial(&try_out(pairs, now, RuleBook { profiles, general }), args, out)?;
    }
    if let Some(id) = args.near {
        let trade = trades.iter().find(|t| t.id == id);
        let trade = trade.ok_or_else(|| Failure::input(format!("there is no trade {id} in the store")))?;
        print_near(trade, &candidates(trade, &trades, now, args.limit), args, out)?;
    }
    Ok(Exit::Ok)
}

fn read(path: &std::path::Path) -> Result<Tried, Failure> {
    let failed = |why: String| Failure::usage(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
    let tried: Tried = toml::from_str(&text).map_err(|e| failed(e.to_string()))?;
    for profile in tried.matching.iter().flatten() {
        if let Some(problem) = profile.problems().into_iter().next() {
            return Err(failed(format!("matching profile {:?}: {problem}", profile.name)));
        }
    }
    Ok(tried)
}

/// The other sides that wait: of a share, the confirmations without one, and the other way about.
fn candidates(trade: &Trade, trades: &[Trade], rules: RuleBook<'_>, most: usize) -> Vec<Candidate> {
    let waits = |t: &&Trade| matches!(t.state, State::Alleged | State::Allocated | State::Mismatched);
    let Some(ours) = trade.terms() else { return Vec::new() };
    let is_share = trade.share.is_some();
    let others = trades.iter().filter(|t| t.id != trade.id).filter(waits).filter_map(|other| {
        let theirs = if is_share {
            other.confirmed.as_deref().map(|c| &c.terms)
        } else {
            other.share.as_deref().map(|s| &s.terms)
        };
        theirs.map(|terms| (other.id, terms))
    });
    near(ours, others, rules, most)
}

fn print_trial(trial: &Trial, args: &MatchArgs, out: &mut dyn Write) -> std::io::Result<()> {
    if args.format == Format::Json {
        return writeln!(out, "{}", json!(trial));
    }
    let Trial { compared, match_now, match_then, changed } = trial;
    writeln!(out, "{compared} trades have both sides: {match_now} match now, {match_then} would match")?;
    for change in changed.iter().take(args.limit) {
        let (turn, differences) = if change.then.is_empty() {
            ("would match", &change.now)
        } else {
            ("would not match", &change.then)
        };
        let by = if change.profile.is_empty() { String::new() } else { format!(" by {}", change.profile) };
        let why = differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        writeln!(out, "{:>8}  {turn}{by}: {why}", change.trade)?;
    }
    if changed.len() > args.limit {
        writeln!(out, "          and {} more", changed.len() - args.limit)?;
    }
    Ok(())
}

fn print_near(
    trade: &Trade,
    found: &[Candidate],
    args: &MatchArgs,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    if args.format == Format::Json {
        return writeln!(out, "{}", json!({ "trade": trade.id, "candidates": found }));
    }
    if found.is_empty() {
        return writeln!(
            out,
            "trade {} ({}): nobody is near who waits for the other side",
            trade.id,
            trade.state.label()
        );
    }
    for candidate in found {
        writeln!(out, "trade {} and trade {}:", trade.id, candidate.trade)?;
        let told = |f: &&Compared| f.verdict != Verdict::Off && (!f.ours.is_empty() || !f.theirs.is_empty());
        for field in candidate.fields.iter().filter(told) {
            let more =
                field.difference.filter(|d| !d.is_zero()).map(|d| format!("  difference {}", d.normalize()));
            let tolerance = if field.tolerance.is_empty() {
                String::new()
            } else {
                format!("  tolerance {}", field.tolerance)
            };
            writeln!(
                out,
                "  {:<16}{:<26}{:<26}{}{}{tolerance}",
                field.field.row().name,
                field.ours,
                field.theirs,
                words(field.verdict),
                more.unwrap_or_default()
            )?;
        }
    }
    Ok(())
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Equal => "equal",
        Verdict::Within => "within tolerance",
        Verdict::Differs => "DIFFERS",
        Verdict::OneSided => "one side is silent",
        Verdict::Off => "not compared",
    }
}
