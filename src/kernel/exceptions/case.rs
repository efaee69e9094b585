//! What the desk has made of an exception: whose it is, how pressing, by when, what was said and done. Everything that happened is in
//! its history with the journal record in which it stands; that record holds the message, the order or the deadline behind it.

use finality_parsers::desk::Handling;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::Attribution;
use serde::{Deserialize, Serialize};

use super::priority::{Band, Score};
use super::routing::Subject;
use super::sla::Due;
use crate::fact::Fact;

/// Steps of the history that are kept at hand; earlier ones, but for the first, are in the journal.
pub const HISTORY_MAX: usize = 200;
/// Notes on one exception.
pub const NOTES_MAX: usize = 100;

/// Something a person wrote down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What.
    pub text: String,
    /// Whether others may read it, or only we.
    #[serde(default)]
    pub shared: bool,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It was opened.
    Opened,
    /// It was opened because an earlier one of the same trade and reason came back.
    CameBack,
    /// A rule gave it to a team.
    Routed,
    /// It is in another band.
    Band,
    /// A share of its time is gone.
    TimeGone,
    /// It became more urgent, or says something else.
    Escalated,
    /// Somebody took it.
    Accepted,
    /// Somebody gave it back.
    Rejected,
    /// It was handed on.
    Assigned,
    /// Something was written down.
    Noted,
    /// It lies on somebody else's side.
    Attributed,
    /// It was closed.
    Resolved,
}

/// A step of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// In which journal record.
    pub record: u64,
    /// Who, when it was a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// What.
    pub what: What,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// What the desk has made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Case {
    /// Which team acts.
    pub team: String,
    /// Who of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// When somebody accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Timestamp>,
    /// On whose side it lies.
    pub attribution: Attribution,
    /// How pressing it is: as its score says, or higher because a person said so.
    pub band: Band,
    /// A person wants it at least there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Band>,
    /// Its last score; journals of earlier versions have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// Until when somebody must have accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act_by: Option<Timestamp>,
    /// Until when it must be resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolve_by: Option<Timestamp>,
    /// When it is looked at again, should nothing happen before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
    /// How much of the time to act was said to be gone, in per cent.
    pub act_gone: u8,
    /// How much of the time to resolve.
    pub resolve_gone: u8,
    /// What it is about.
    pub about: Subject,
    /// The exception of the same trade and reason that was closed before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<u64>,
    /// What people wrote down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// What happened, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Step>,
}

impl Case {
    /// Adds a step; of a very long history the first step and the latest stay.
    pub(super) fn step(&mut self, at: Timestamp, record: u64, by: &str, what: What, text: String) {
        if self.history.len() >= HISTORY_MAX {
            self.history.remove(1);
        }
        self.history.push(Step { at, record, by: by.to_owned(), what, text });
    }

    /// Applies a fact about its exception.
    pub(super) fn apply(&mut self, fact: &Fact, at: Timestamp, record: u64) {
        match fact {
            Fact::ExceptionRouted { team, rule, .. } => {
                self.team.clone_from(team);
                self.step(at, record, "", What::Routed, format!("to {team} by rule {rule}"));
            }
            Fact::ExceptionScored { score, act_by, resolve_by, next, .. } => {
                let band = self.at_least.map_or(score.band, |b| b.min(score.band));
                if self.score.is_none() || band != self.band {
                    let points =
                        format!("{}, {}.{:02} points", band.name(), score.total / 100, score.total % 100);
                    self.step(at, record, "", What::Band, points);
                }
                self.band = band;
                self.score = Some((**score).clone());
                (self.act_by, self.resolve_by, self.next) = (Some(*act_by), Some(*resolve_by), Some(*next));
            }
            Fact::ExceptionWarned { due, percent, .. } => {
                let (gone, what) = match due {
                    Due::Act => (&mut self.act_gone, "act"),
                    Due::Resolve => (&mut self.resolve_gone, "resolve"),
                };
                *gone = *percent;
                self.step(
                    at,
                    record,
                    "",
                    What::TimeGone,
                    format!("{percent} % of the time to {what} are gone"),
                );
            }
            Fact::ExceptionAttributed { to, why, .. } => {
                self.attribution = *to;
                self.step(at, record, "", What::Attributed, format!("to {}: {why}", to.name()));
            }
            Fact::ExceptionHandled { by, handling, .. } => self.handled(by, handling, at, record),
            Fact::ExceptionEscalated { urgency, detail, .. } => {
                let said = if detail.is_empty() { format!("now {urgency:?}") } else { detail.clone() };
                self.step(at, record, "", What::Escalated, said);
            }
            Fact::ExceptionResolved { why, by, .. } => {
                self.step(at, record, by, What::Resolved, why.clone());
            }
            _ => {}
        }
    }

    fn handled(&mut self, by: &str, handling: &Handling, at: Timestamp, record: u64) {
        let (what, text) = match handling {
            Handling::Accept => {
                self.owner = Some(by.to_owned());
                self.accepted.get_or_insert(at);
                (What::Accepted, String::new())
            }
            Handling::Reject { why } => {
                self.owner = None;
                self.accepted = None;
                (What::Rejected, why.clone())
            }
            Handling::Assign { team, owner } => {
                if let Some(team) = team.as_ref().filter(|team| **team != self.team) {
                    self.team.clone_from(team);
                    self.owner = None;
                }
                if owner.is_some() && *owner != self.owner {
                    self.owner.clone_from(owner);
                }
                self.accepted = None;
                let to = [Some(&self.team), self.owner.as_ref()].into_iter().flatten();
                (What::Assigned, format!("to {}", to.cloned().collect::<Vec<_>>().join(", ")))
            }
            Handling::Note { text, shared } => {
                self.notes.push(Note { at, by: by.to_owned(), text: text.clone(), shared: *shared });
                (What::Noted, text.clone())
            }
            Handling::Escalate { why } => {
                self.band = self.band.higher();
                self.at_least = Some(self.band);
                (What::Escalated, format!("to {}: {why}", self.band.name()))
            }
            Handling::Attribute { to, why } => {
                self.attribution = *to;
                (What::Attributed, format!("to {}: {why}", to.name()))
            }
        };
        self.step(at, record, by, what, text);
    }
}
