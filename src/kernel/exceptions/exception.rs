//! One exception.

use finality_parsers::desk::Urgency;
use finality_parsers::machine::Timestamp;
use serde::{Deserialize, Serialize};

use super::reason::ReasonCode;

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Its number.
    pub id: u64,
    /// The trade, when it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade: Option<u64>,
    /// The link, when it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link: Option<String>,
    /// The journal record of a dead letter.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub record: Option<u64>,
    /// Why.
    pub reason: ReasonCode,
    /// How bad by now.
    pub urgency: Urgency,
    /// When it was raised.
    pub opened: Timestamp,
    /// When somebody must have acted.
    pub due: Timestamp,
    /// What happened, in words.
    pub detail: String,
}

impl Exception {
    /// The next level of urgency.
    pub fn escalated(urgency: Urgency) -> Urgency {
        match urgency {
            Urgency::Low => Urgency::Medium,
            Urgency::Medium => Urgency::High,
            Urgency::High | Urgency::Critical => Urgency::Critical,
        }
    }

    /// The order of the queue: most urgent first, then what is due first, then the oldest.
    pub fn rank(&self) -> (std::cmp::Reverse<Urgency>, Timestamp, u64) {
        (std::cmp::Reverse(self.urgency), self.due, self.id)
    }
}
