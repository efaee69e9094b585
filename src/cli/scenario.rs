//! Scenario files, with the captured traffic that they name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use chrono::NaiveDateTime;
use finality_parsers::machine::Timestamp;
use finality_simulator::capture::{Capture, Message};
use finality_simulator::scenario::Scenario;

use super::exit::{Blame as _, Exit, Failure, complain};
use super::open;

/// Reads a scenario file, with the captured traffic that it names.
pub(super) fn read(path: &Path) -> Result<Scenario, Failure> {
    let scenario =
        Scenario::from_toml(&text(path)?).map_err(|e| Failure::input(format!("{}: {e}", path.display())))?;
    tell_oddities(path, [&scenario]);
    Captures::default().attach(scenario, path)
}

/// Says which settings of a file nothing reads in any of its variants, and what any of them will say less of than one would think.
pub(super) fn tell_oddities<'s>(path: &Path, scenarios: impl IntoIterator<Item = &'s Scenario>) {
    let scenarios: Vec<&Scenario> = scenarios.into_iter().collect();
    let everywhere = |told: &&String| scenarios.iter().all(|scenario| scenario.idle.contains(told));
    let idle: BTreeSet<&String> =
        scenarios.iter().flat_map(|scenario| &scenario.idle).filter(everywhere).collect();
    let notes: BTreeSet<&String> = scenarios.iter().flat_map(|scenario| &scenario.notes).collect();
    idle.into_iter().chain(notes).for_each(|told| complain(&format!("{}: {told}", path.display())));
}

/// The text of one.
pub(super) fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).with_context(|| format!("{}", path.display())).blame(Exit::Input)
}

/// Captured traffic, each read once.
#[derive(Default)]
pub(super) struct Captures {
    known: BTreeMap<PathBuf, Arc<Capture>>,
}

impl Captures {
    /// With the traffic that `trades.from` names, whose place is told from the scenario's folder.
    pub(super) fn attach(&mut self, mut scenario: Scenario, path: &Path) -> Result<Scenario, Failure> {
        let Some(from) = &scenario.trades.from else { return Ok(scenario) };
        let place = path.parent().unwrap_or(Path::new("")).join(from);
        let capture = match self.known.get(&place) {
            Some(capture) => Arc::clone(capture),
            None => {
                let capture = Arc::new(captured(&place)?);
                complain(&said(&place, &capture));
                self.known.insert(place, Arc::clone(&capture));
                capture
            }
        };
        let refused = |e| Failure::input(format!("{}: {e}", path.display()));
        capture.replay(&mut scenario).map_err(refused)?;
        Ok(scenario)
    }
}

/// What is replayed of captured traffic, and what is not.
fn said(place: &Path, capture: &Capture) -> String {
    let left_out: Vec<String> = capture.left_out().map(|(why, count)| format!("{count} {why}")).collect();
    let left_out =
        if left_out.is_empty() { String::new() } else { format!("; not replayed: {}", left_out.join(", ")) };
    format!(
        "{}: {} trades of {}, {} of them with their confirmation{left_out}",
        place.display(),
        capture.shares(),
        capture.trade_date(),
        capture.confirmed()
    )
}

/// Reads a folder of messages, or a store.
fn captured(place: &Path) -> Result<Capture, Failure> {
    let failure = |e: &dyn std::fmt::Display| Failure::input(format!("{}: {e}", place.display()));
    let messages = if open::is_store(place) { of_store(place)? } else { of_folder(place)? };
    let messages = messages.iter().map(|(name, at, bytes)| Message { name, at: *at, bytes });
    Capture::read(messages).map_err(|e| failure(&e))
}

type Found = Vec<(String, Option<Timestamp>, Vec<u8>)>;

/// What a gateway heard, when it heard it.
fn of_store(place: &Path) -> Result<Found, Failure> {
    let mut found = Found::new();
    open::each_record(place, |record| {
        if !record.raw.is_empty() {
            found.push((format!("record {}", record.seq), Some(record.at), record.raw.clone()));
        }
    })?;
    Ok(found)
}

/// Each file of a folder, in order of time: that at the beginning of its name, else that of its message.
fn of_folder(place: &Path) -> Result<Found, Failure> {
    let unreadable =
        |e: std::io::Error| Failure::input(format!("{}: it cannot be read: {e}", place.display()));
    let mut found = Found::new();
    for entry in std::fs::read_dir(place).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Hidden files are no messages, and neither are folders.
        if name.starts_with('.') || path.is_dir() {
            continue;
        }
        let bytes = std::fs::read(&path).map_err(unreadable)?;
        found.push((name.clone(), time_in(&name), bytes));
    }
    found.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    Ok(found)
}

/// A time at the beginning of a name: `20261124T091500Z`, `20261124T091500.250Z`, in UTC.
fn time_in(name: &str) -> Option<Timestamp> {
    let (text, _) = name.split_once('Z')?;
    let time = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S%.f").ok()?;
    Some(Timestamp::from_utc(time.and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_names() {
        for (name, expected) in [
            ("20261124T091500Z-alloc.fix", Some("2026-11-24T09:15:00Z")),
            ("20261124T091500.250Z.fin", Some("2026-11-24T09:15:00.250Z")),
            ("alloc-20261124T091500Z.fix", None),
            ("20261324T091500Z.fix", None),
            ("Z", None),
        ] {
            let expected = expected.map(|at| Timestamp::from_utc(at.parse().expect("a time")));
            assert_eq!(time_in(name), expected, "{name}");
        }
    }
}
