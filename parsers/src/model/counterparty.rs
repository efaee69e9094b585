//! What a counterparty answers to what was asked of an instruction: to cancel it, to change it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Linkage, Reason, Reference, SupplementaryData, TransactionDetails};

/// Its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CounterpartyAnswer {
    /// It agrees.
    Consented,
    /// It does not.
    Rejected,
    /// It was handed on to whom it concerns.
    Forwarded,
    /// It is being looked at.
    UnderInvestigation,
}

/// What a counterparty answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterpartyResponse {
    /// The sender's reference for this message, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// The instruction, by the account owner's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instruction: Option<Reference>,
    /// The account servicer's reference for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub servicer_reference: Option<Reference>,
    /// The market infrastructure's reference for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market_reference: Option<Reference>,
    /// Other references for it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// The answer.
    pub answer: CounterpartyAnswer,
    /// Why; a rejection has one at most, and what is pending none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
    /// The transaction, where repeated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub details: Option<TransactionDetails>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}
