//! Where a trade stands between the two sides, in the words of central matching.

use serde::{Deserialize, Serialize};

use crate::lifecycle::state::State;
use crate::lifecycle::trade::{Asker, Trade};

/// The status of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchStatus {
    /// One side is missing.
    Unmatched,
    /// Both sides are there and differ.
    Mismatched,
    /// Both sides agree; the affirmation is on its way.
    Matched,
    /// Both sides agree and it is affirmed: neither can take it back alone.
    MatchAgreed,
    /// The manager wants it cancelled, the broker has not agreed.
    CancelRequestedByManager,
    /// The broker wants it cancelled, the manager has not agreed.
    CancelRequestedByBroker,
    /// It is cancelled.
    Cancelled,
}

impl MatchStatus {
    /// Of a trade.
    pub fn of(trade: &Trade) -> Self {
        match (trade.state, trade.cancel_asked) {
            (State::Cancelled, _) => MatchStatus::Cancelled,
            (_, Some(Asker::Manager)) => MatchStatus::CancelRequestedByManager,
            (_, Some(Asker::Broker)) => MatchStatus::CancelRequestedByBroker,
            (State::Alleged | State::Allocated, None) => MatchStatus::Unmatched,
            (State::Mismatched, None) => MatchStatus::Mismatched,
            (State::Matched, None) => MatchStatus::Matched,
            _ => MatchStatus::MatchAgreed,
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            MatchStatus::Unmatched => "unmatched",
            MatchStatus::Mismatched => "mismatched",
            MatchStatus::Matched => "matched",
            MatchStatus::MatchAgreed => "match agreed",
            MatchStatus::CancelRequestedByManager => "cancel requested by the manager",
            MatchStatus::CancelRequestedByBroker => "cancel requested by the broker",
            MatchStatus::Cancelled => "cancelled",
        }
    }
}
