//! Who did or decided what: a fold over the journal that gives one line for each order, each answer to it, and each decision
//! of the gateway with its cause, with what was before and what is after.

use std::collections::BTreeMap;

use finality_parsers::desk::Command;
use finality_parsers::machine::Timestamp;
use serde::Serialize;

use crate::fact::{Fact, Record, Trace};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The record that holds it.
    pub record: u64,
    /// When.
    pub at: Timestamp,
    /// Who: a person by name, else `system`.
    pub who: String,
    /// What kind of line: `order`, `proposal`, `approval`, `refusal`, `decision`.
    pub kind: &'static str,
    /// What was done.
    pub what: String,
    /// The trade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trade: Option<u64>,
    /// The exception.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<u64>,
    /// How it was before, where that is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// How it is after.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// Why: what a person wrote, or what made the gateway decide.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// Under whose name decisions stand that no person ordered.
pub const SYSTEM: &str = "system";

/// What must be remembered from earlier records to say what was before.
#[derive(Debug, Default)]
pub struct Fold {
    exceptions: BTreeMap<u64, (Option<u64>, String)>,
    instructed: BTreeMap<u64, String>,
    standing: BTreeMap<String, u32>,
    proposals: BTreeMap<u64, (String, Option<u64>)>,
}

impl Fold {
    /// The lines of the next record.
    pub fn take(&mut self, record: &Record) -> Vec<Row> {
        let (who, cause) = match &record.trace {
            Trace::Order(order) => (order.by.clone(), reason(&order.command)),
            Trace::Received(from) => (SYSTEM.to_owned(), format!("{} from {}", from.message_type, from.link)),
            Trace::Deadline => (SYSTEM.to_owned(), "a deadline passed".to_owned()),
            Trace::Link { link, up } => {
                (SYSTEM.to_owned(), format!("line {link} {}", if *up { "up" } else { "down" }))
            }
            Trace::Session { link } => (SYSTEM.to_owned(), format!("session {link}")),
        };
        let row = |kind, what: String| Row {
            record: record.seq,
            at: record.at,
            who: who.clone(),
            kind,
            what,
            trade: None,
            exception: None,
            before: String::new(),
            after: String::new(),
            why: cause.clone(),
        };
        let mut rows = Vec::new();
        if let Trace::Order(order) = &record.trace {
            let of_proposal = match &order.command {
                Command::Approve { proposal } | Command::Decline { proposal, .. } => {
                    self.proposals.get(proposal).and_then(|(_, trade)| *trade)
                }
                _ => None,
            };
            let mut ordered = row("order", order.command.to_string());
            ordered.trade = order.command.trade().or(of_proposal);
            if let Command::Resolve { exception, .. } | Command::Exception { exception, .. } = &order.command
            {
                ordered.exception = Some(*exception);
                ordered.trade = self.exceptions.get(exception).and_then(|(trade, _)| *trade);
            }
            rows.push(ordered);
        }
        let ordered = matches!(record.trace, Trace::Order(_));
        rows.extend(record.facts.iter().filter_map(|fact| self.fact(fact, ordered, &row)));
        rows
    }

    fn fact(&mut self, fact: &Fact, ordered: bool, row: &dyn Fn(&'static str, String) -> Row) -> Option<Row> {
        let mut line = match fact {
            Fact::Moved { from, to, on, .. } => {
                let mut line = row("decision", format!("{on:?}"));
                (line.before, line.after) = (from.label().to_owned(), to.label().to_owned());
                line
            }
            Fact::Instructed { trade, instructed } => {
                let mut line = row("decision", format!("instructed {}", instructed.custodian));
                line.after = instructed.reference.to_string();
                line.before = self.instructed.insert(*trade, line.after.clone()).unwrap_or_default();
                line
            }
            Fact::ExceptionOpened { exception, trade, reason, detail, .. } => {
                self.exceptions.insert(*exception, (*trade, reason.name().to_owned()));
                let mut line = row("decision", format!("exception {}", reason.name()));
                line.after = "open".to_owned();
                line.why = format!("{detail} ({})", line.why);
                line
            }
            Fact::ExceptionResolved { exception, why, by } => {
                let known = self.exceptions.get(exception).cloned().unwrap_or_default();
                let mut line = row("decision", format!("exception {}", known.1));
                (line.before, line.after) = ("open".to_owned(), "resolved".to_owned());
                line.why.clone_from(why);
                if !by.is_empty() {
                    line.who.clone_from(by);
                }
                line
            }
            Fact::ExceptionEscalated { exception, urgency, .. } => {
                let known = self.exceptions.get(exception).cloned().unwrap_or_default();
                let mut line = row("decision", format!("exception {} escalated", known.1));
                line.after = format!("{urgency:?}").to_lowercase();
                line
            }
            Fact::ExceptionAttributed { to, why, .. } => {
                let mut line = row("decision", "exception attributed".to_owned());
                line.after = to.name().to_owned();
                line.why.clone_from(why);
                line
            }
            Fact::SsiRecorded { record, version, by, approved_by, .. } => {
                let mut line = row("decision", format!("standing instruction {} recorded", record.id));
                line.who = both(by, approved_by.as_deref());
                line.before =
                    self.standing.get(record.id.as_str()).map_or(String::new(), |v| format!("version {v}"));
                line.after = format!("version {version}");
                self.standing.insert(record.id.to_string(), *version);
                line
            }
            Fact::SsiWithdrawn { id, version, by, approved_by, why, .. } => {
                let mut line = row("decision", format!("standing instruction {id} withdrawn"));
                line.who = both(by, approved_by.as_deref());
                line.before =
                    self.standing.get(id.as_str()).map_or(String::new(), |v| format!("version {v}"));
                line.after = format!("version {version}");
                line.why.clone_from(why);
                self.standing.insert(id.to_string(), *version);
                line
            }
            Fact::SsiSupplied { standing, by } => {
                let mut line =
                    row("decision", format!("standing instruction of {} supplied", standing.party));
                line.who.clone_from(by);
                line
            }
            Fact::PairForced { confirmation, by, why, .. } => {
                said(row("decision", format!("paired with confirmation {confirmation}")), by, why)
            }
            Fact::PairBroken { confirmation, by, why, .. } => {
                said(row("decision", format!("parted from confirmation {confirmation}")), by, why)
            }
            Fact::MatchForced { by, why, .. } => {
                said(row("decision", "difference let pass".to_owned()), by, why)
            }
            Fact::CancelAsked { by, why, .. } => {
                said(row("decision", "cancellation asked for".to_owned()), by.label(), why)
            }
            Fact::CancelDeclined { by, why, .. } => {
                said(row("decision", "cancellation declined".to_owned()), by, why)
            }
            Fact::Processing { what, .. } => row("decision", what.to_string()),
            Fact::OrderRefused { by, what, why } => said(row("refusal", format!("refused: {what}")), by, why),
            Fact::Proposed { proposal, by, command, until } => {
                self.proposals.insert(*proposal, (by.clone(), command.trade()));
                let mut line = row("proposal", format!("proposal {proposal}: {command}"));
                line.who.clone_from(by);
                line.after = format!("waits until {until}");
                line
            }
            Fact::Decided { proposal, proposed_by, by, decision, why } => {
                let mut line = row("approval", format!("proposal {proposal} of {proposed_by}"));
                line.who = by.clone().unwrap_or_else(|| SYSTEM.to_owned());
                line.trade = self.proposals.remove(proposal).and_then(|(_, trade)| trade);
                (line.before, line.after) = ("waiting".to_owned(), decision.label().to_owned());
                if !why.is_empty() {
                    line.why.clone_from(why);
                }
                line
            }
            Fact::Noted { what, .. } if ordered => row("refusal", format!("not done: {what}")),
            Fact::DeadLettered { why, .. } => {
                let mut line = row("decision", "message laid aside".to_owned());
                line.why = format!("{why} ({})", line.why);
                line
            }
            Fact::LinkForgotten { link } => row("decision", format!("line {link} made room for others")),
            _ => return None,
        };
        line.exception = fact.exception().or(line.exception);
        let of_exception = line.exception.and_then(|e| self.exceptions.get(&e)).and_then(|(trade, _)| *trade);
        line.trade = fact.trade().or(line.trade).or(of_exception);
        Some(line)
    }
}

fn said(mut line: Row, by: &str, why: &str) -> Row {
    line.who = by.to_owned();
    line.why = why.to_owned();
    line
}

fn both(by: &str, approved_by: Option<&str>) -> String {
    approved_by.map_or_else(|| by.to_owned(), |second| format!("{by} (approved by {second})"))
}

/// What a person wrote down as the reason.
fn reason(command: &Command) -> String {
    match command {
        Command::Cancel { why, .. }
        | Command::Rebook { why, .. }
        | Command::ForcePair { why, .. }
        | Command::ForceMatch { why, .. }
        | Command::BreakPair { why, .. }
        | Command::AnswerCancel { why, .. }
        | Command::Process { why, .. }
        | Command::Resolve { why, .. }
        | Command::Session { why, .. }
        | Command::WithdrawSsi { why, .. }
        | Command::Decline { why, .. } => why.clone(),
        _ => String::new(),
    }
}

impl Row {
    /// Whether somebody had a part in it.
    pub fn is_by(&self, name: &str) -> bool {
        let second = self.who.strip_suffix(')').and_then(|w| w.split_once(" (approved by "));
        self.who == name || second.is_some_and(|(first, second)| first == name || second == name)
    }
}
