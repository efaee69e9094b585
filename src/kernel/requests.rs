//! What the custodian was asked to do with an instruction that stands: hold it, release it, prefer it, settle it in parts. Each
//! request is known by a reference of its own and stays until the custodian has answered it; the instruction itself
//! stays as it is.

use std::collections::BTreeMap;

use finality_parsers::desk::Wish;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{InstructionFunction, Reason, Reference};
use serde::{Deserialize, Serialize};

use crate::outbox;

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is out.
    Requested,
    /// The custodian works on it.
    Accepted,
    /// It is done.
    Completed,
    /// The custodian, or the network, does not take it.
    Refused,
    /// The trade ended before it was answered, or was instructed anew.
    Overtaken,
}

impl Standing {
    /// Whether an answer is still to come.
    pub fn is_open(self) -> bool {
        matches!(self, Standing::Requested | Standing::Accepted)
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Standing::Requested => "requested",
            Standing::Accepted => "accepted",
            Standing::Completed => "completed",
            Standing::Refused => "refused",
            Standing::Overtaken => "overtaken",
        }
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// Its reference.
    pub reference: Reference,
    /// Its number in the outbox.
    pub out: u64,
    /// What is asked.
    pub wish: Wish,
    /// Who asked.
    pub by: String,
    /// Why.
    pub why: String,
    /// The command of a client that it passes on, in the custodian's seat.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<Reference>,
}

/// A request and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// It.
    pub request: Requested,
    /// How far.
    pub standing: Standing,
    /// Since when.
    pub since: Timestamp,
    /// When it is asked after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due: Option<Timestamp>,
    /// Why it is not done, by the custodian's codes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
}

/// How a trade's instruction is processed, as far as it was asked otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Processing {
    /// Whether the instruction is held: it went out so, or the custodian has done so.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub held: bool,
    /// Whether a person wants the next instruction held back; without a word the reference data say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_held: Option<bool>,
    /// What was asked, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub asked: Vec<Asked>,
}

impl Processing {
    /// Whether nothing was asked.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Requests that are not answered.
    pub fn open(&self) -> impl Iterator<Item = &Asked> {
        self.asked.iter().filter(|a| a.standing.is_open())
    }

    /// The request that went out as that.
    pub fn by_out(&self, out: u64) -> Option<&Asked> {
        self.asked.iter().find(|a| a.request.out == out)
    }

    /// The request with that reference.
    pub fn by_reference(&self, reference: &Reference) -> Option<&Asked> {
        self.asked.iter().find(|a| a.request.reference == *reference)
    }

    /// An instruction went out, held or not. What is said next of a client's is said of this one.
    pub(crate) fn went_out(&mut self, function: InstructionFunction, of_client: bool) {
        self.held = function == InstructionFunction::PreAdvice;
        self.next_held = self.next_held.filter(|_| !of_client);
    }

    /// Applies a fact.
    pub(crate) fn apply(&mut self, fact: &ProcessingFact, at: Timestamp) {
        match fact {
            ProcessingFact::HeldBack { held, .. } => self.next_held = Some(*held),
            ProcessingFact::Requested { request, due } => self.asked.push(Asked {
                request: (**request).clone(),
                standing: Standing::Requested,
                since: at,
                due: Some(*due),
                reasons: Vec::new(),
            }),
            ProcessingFact::Answered { reference, standing, reasons, .. } => {
                let at_place = self.asked.iter().position(|a| a.request.reference == *reference);
                let Some((place, asked)) = at_place.and_then(|n| Some((n, self.asked.get_mut(n)?))) else {
                    return;
                };
                (asked.standing, asked.since) = (*standing, at);
                asked.reasons.clone_from(reasons);
                if !standing.is_open() {
                    asked.due = None;
                }
                let held = holds(&asked.request.wish).filter(|_| *standing == Standing::Completed);
                // What was asked later holds, also where its answer came first.
                let done = |a: &Asked| a.standing == Standing::Completed && holds(&a.request.wish).is_some();
                let later = self.asked.iter().skip(place + 1).any(done);
                if let Some(held) = held.filter(|_| !later) {
                    self.held = held;
                }
            }
            ProcessingFact::Overdue { reference, next } => {
                if let Some(asked) = self.asked.iter_mut().find(|a| a.request.reference == *reference) {
                    asked.due = Some(*next);
                }
            }
        }
    }
}

/// Whether the instruction is held once that is done; a part that is released leaves the rest held.
pub(crate) fn holds(wish: &Wish) -> Option<bool> {
    match wish {
        Wish::Hold => Some(true),
        Wish::Release { quantity: None } => Some(false),
        _ => None,
    }
}

/// What happened to requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessingFact {
    /// A person wants the next instruction of the trade to go out held, or not.
    HeldBack {
        /// Held?
        held: bool,
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// The custodian was asked.
    Requested {
        /// What.
        request: Box<Requested>,
        /// By when it must have answered.
        due: Timestamp,
    },
    /// It answered.
    Answered {
        /// Which request.
        reference: Reference,
        /// How far the request is now.
        standing: Standing,
        /// Why, where it said so.
        #[serde(skip_serializing_if = "String::is_empty", default)]
        why: String,
        /// The same by the custodian's codes.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        reasons: Vec<Reason>,
    },
    /// It did not answer in time.
    Overdue {
        /// Which request.
        reference: Reference,
        /// When it is asked after again.
        next: Timestamp,
    },
}

impl std::fmt::Display for ProcessingFact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ProcessingFact::HeldBack { held, by, why } => {
                write!(f, "{by} has it go out {}: {why}", if *held { "on hold" } else { "to be settled" })
            }
            ProcessingFact::Requested { request, .. } => write!(
                f,
                "request {} to {}, asked for by {}: {}",
                request.reference, request.wish, request.by, request.why
            ),
            ProcessingFact::Answered { reference, standing, why, .. } => {
                let why = if why.is_empty() { String::new() } else { format!(": {why}") };
                write!(f, "request {reference} {}{why}", standing.label())
            }
            ProcessingFact::Overdue { reference, next } => {
                write!(f, "request {reference} is not answered; asked after again {next}")
            }
        }
    }
}

/// Trades by the references of their requests.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    by_reference: BTreeMap<Reference, u64>,
    /// By the transmission of a request to cancel: the trade, and which instruction of it.
    cancellations: BTreeMap<u64, (u64, Reference)>,
}

impl Requests {
    pub(crate) fn add(&mut self, reference: &Reference, trade: u64) {
        self.by_reference.insert(reference.clone(), trade);
    }

    pub(crate) fn trade(&self, reference: &Reference) -> Option<u64> {
        self.by_reference.get(reference).copied()
    }

    /// A request to cancel an instruction went out.
    pub(crate) fn cancels(&mut self, out: u64, trade: u64, instruction: &Reference) {
        self.cancellations.insert(out, (trade, instruction.clone()));
    }

    /// What was to be cancelled by a request that is known by the identifier of its message.
    pub(crate) fn cancelled_by(&self, message: &Reference) -> Option<(u64, Reference)> {
        self.cancellations.get(&outbox::out_of(message.as_str())?).cloned()
    }
}
