//! What became of one instruction, step by step: who said what of it, and when.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Linkage, Page, Party, Reason, Reference, StatedAccount, Status, StatusAdvice, SupplementaryData,
};

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// Whose doing it was, once for each name that the organisation has.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub senders: Vec<Party>,
    /// Which user of theirs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<String>,
    /// Where the instruction stood then.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub statuses: Vec<Status>,
    /// Where a request to change it stood.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub modification: Option<Status>,
    /// Where a request to cancel it stood.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cancellation: Option<Status>,
    /// It settled, and what is said of that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settled: Option<Vec<Reason>>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

impl TrailEntry {
    /// A step of which nothing is known but its time.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self {
            at,
            senders: Vec::new(),
            user: None,
            statuses: Vec::new(),
            modification: None,
            cancellation: None,
            settled: None,
            supplementary: Vec::new(),
        }
    }
}

/// The steps of one instruction, or of those of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditTrail {
    /// The sender's reference for this report, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// Which page.
    #[serde(default)]
    pub page: Page,
    /// The question that it answers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub query: Option<Reference>,
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
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Safekeeping account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<StatedAccount>,
    /// The steps, in the report's order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub entries: Vec<TrailEntry>,
}

impl AuditTrail {
    /// Where the instruction stands by the latest step that says so: what a status advice of then would say.
    pub fn latest(&self) -> Option<StatusAdvice> {
        let last = self.entries.iter().filter(|entry| !entry.statuses.is_empty()).max_by_key(|e| e.at)?;
        let advice = StatusAdvice::of(self.instruction.clone()?, last.statuses.clone());
        Some(StatusAdvice { prepared: Some(last.at), ..advice })
    }
}
