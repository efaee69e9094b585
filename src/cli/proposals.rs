//! `finality order proposals`: what waits for a second person, and how what waits no longer was decided. Read from the
//! journal; nothing is ordered.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use finality_kernel::fact::Fact;
use finality_parsers::desk::{Command, Decision};
use finality_parsers::machine::Timestamp;
use serde::Serialize;

use super::exit::{Exit, Failure, Outcome};
use super::open;
use crate::adapters::keeper::Keeper;

/// A proposal and what became of it.
#[derive(Serialize)]
struct Line {
    proposal: u64,
    by: String,
    at: Timestamp,
    until: Timestamp,
    what: String,
    command: Command,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
}

pub(super) fn list(
    store: &Path,
    config: Option<&Path>,
    all: bool,
    json: bool,
    out: &mut dyn Write,
) -> Outcome {
    let profile = open::profile_of(store, config)?;
    open::journal_of(store)?;
    let mut lines: BTreeMap<u64, Line> = BTreeMap::new();
    let (keeper, opened) = Keeper::open(store, profile, |record| {
        for fact in &record.facts {
            take(&mut lines, fact, record.at, all);
        }
    })
    .map_err(open::failed)?;
    open::report(&opened);
    keeper.close().map_err(open::failed)?;
    for line in lines.values() {
        if json {
            writeln!(out, "{}", serde_json::to_string(line).map_err(anyhow::Error::from)?)?;
        } else {
            write(line, out)?;
        }
    }
    if lines.is_empty() && !json {
        writeln!(out, "nothing waits for a second person")?;
    }
    Ok(Exit::Ok)
}

fn take(lines: &mut BTreeMap<u64, Line>, fact: &Fact, at: Timestamp, all: bool) {
    match fact {
        Fact::Proposed { proposal, by, command, until } => {
            let line = Line {
                proposal: *proposal,
                by: by.clone(),
                at,
                until: *until,
                what: command.to_string(),
                command: (**command).clone(),
                decision: None,
                decided_by: None,
                decided_at: None,
                why: String::new(),
            };
            lines.insert(*proposal, line);
        }
        Fact::Decided { proposal, .. } if !all => {
            lines.remove(proposal);
        }
        Fact::Decided { proposal, by, decision, why, .. } => {
            if let Some(line) = lines.get_mut(proposal) {
                line.decision = Some(*decision);
                line.decided_by.clone_from(by);
                line.decided_at = Some(at);
                line.why.clone_from(why);
            }
        }
        _ => {}
    }
}

fn write(line: &Line, out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "{:>6}  {} wants to {}", line.proposal, line.by, line.what)?;
    match (line.decision, line.decided_at) {
        (Some(decision), Some(at)) => {
            let by = line.decided_by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
            let why = if line.why.is_empty() { String::new() } else { format!(": {}", line.why) };
            writeln!(out, "        {}{by} at {at}{why}", decision.label())?;
        }
        _ => writeln!(out, "        proposed {}, to be decided until {}", line.at, line.until)?,
    }
    Ok(())
}
