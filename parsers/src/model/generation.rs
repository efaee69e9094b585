//! That the servicer has made a transaction in the account, and why: out of a corporate action, by splitting, for collateral.

use serde::{Deserialize, Serialize};

use super::{Reason, Reference, SettlementInstruction, Status};

/// A transaction that the servicer generated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedTransaction {
    /// The transaction, as the account owner would have instructed it.
    pub instruction: SettlementInstruction,
    /// The account servicer's reference for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub servicer_reference: Option<Reference>,
    /// The market infrastructure's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market_reference: Option<Reference>,
    /// Why it was generated.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
    /// How far it is, where said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub statuses: Vec<Status>,
}
