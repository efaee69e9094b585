//! One exception.

use finality_parsers::desk::Urgency;
use finality_parsers::machine::Timestamp;
use serde::{Deserialize, Serialize};

use super::case::{Case, What};
use super::reason::ReasonCode;
use super::routing::Subject;
use crate::fact::Fact;

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
    /// What the desk has made of it.
    #[serde(default)]
    pub case: Case,
}

impl Exception {
    /// As a fact opened it; `about` is what is known of its trade.
    pub fn opened_by(fact: &Fact, at: Timestamp, seq: u64, about: Subject) -> Option<Self> {
        let Fact::ExceptionOpened {
            exception,
            trade,
            link,
            dead_letter,
            reason,
            urgency,
            due,
            detail,
            earlier,
        } = fact
        else {
            return None;
        };
        let row = reason.row();
        let mut case = Case {
            team: row.owner.to_owned(),
            attribution: row.attribution,
            next: Some(*due),
            about,
            earlier: *earlier,
            ..Case::default()
        };
        case.step(at, seq, "", What::Opened, detail.clone());
        if let Some(earlier) = earlier {
            case.step(at, seq, "", What::CameBack, format!("exception {earlier} was about the same"));
        }
        Some(Self {
            id: *exception,
            trade: *trade,
            link: link.clone(),
            record: dead_letter.then_some(seq),
            reason: *reason,
            urgency: *urgency,
            opened: at,
            due: *due,
            detail: detail.clone(),
            case,
        })
    }

    /// Applies a fact about it.
    pub fn apply(&mut self, fact: &Fact, at: Timestamp, seq: u64) {
        if let Fact::ExceptionEscalated { urgency, due, detail, .. } = fact {
            (self.urgency, self.due) = (*urgency, *due);
            if !detail.is_empty() {
                self.detail.clone_from(detail);
            }
        }
        self.case.apply(fact, at, seq);
    }

    /// The next level of urgency.
    pub fn escalated(urgency: Urgency) -> Urgency {
        match urgency {
            Urgency::Low => Urgency::Medium,
            Urgency::Medium => Urgency::High,
            Urgency::High | Urgency::Critical => Urgency::Critical,
        }
    }

    /// The order by urgency: most urgent first, then what is due first, then the oldest. The queue of the desk goes by score
    /// ([`super::queue`]).
    pub fn rank(&self) -> (std::cmp::Reverse<Urgency>, Timestamp, u64) {
        (std::cmp::Reverse(self.urgency), self.due, self.id)
    }
}
