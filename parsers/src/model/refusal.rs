//! That a message is not taken, and how its sender is told: by an answer of the message's own kind where it has one, else
//! by a rejection of its form or of its business.

use serde::{Deserialize, Serialize};

use super::{AllocationReject, Reference};

/// How a message is refused. Codes are those of the message's standard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// As a whole, by the answer that its kind has.
    Whole {
        /// Why: the code of that answer.
        reason: String,
        /// Why, in words.
        text: String,
    },
    /// For some accounts, by the answer that its kind has.
    Accounts {
        /// Why, in words.
        text: String,
        /// Which ones, each with its reason.
        rejects: Vec<AllocationReject>,
    },
    /// By a rejection: its kind has no answer, or not enough of it can be read to answer it.
    Rejected(Rejection),
}

impl Refusal {
    /// In words.
    pub fn text(&self) -> &str {
        match self {
            Refusal::Whole { text, .. } | Refusal::Accounts { text, .. } => text,
            Refusal::Rejected(rejection) => &rejection.text,
        }
    }
}

/// What a rejection finds fault with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The form of the message.
    Form,
    /// What it asks for.
    Business,
}

/// That a message was not taken, by number rather than by what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// What is wrong with it.
    pub fault: Fault,
    /// The sequence number of the message on its line.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sequence: Option<u64>,
    /// The kind of message, as its standard names it.
    pub message_type: String,
    /// Why: the standard's code.
    pub reason: String,
    /// The field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<u32>,
    /// The message's own reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<Reference>,
    /// Why, in words.
    pub text: String,
}
