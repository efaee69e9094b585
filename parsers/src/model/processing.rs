//! A command that changes how instructions are processed, without replacing them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Account, CodedStatus, Function, Instrument, Linkage, OtherAmount, PartialSettlement, Party, Quantity,
    Reference, SupplementaryData,
};

/// One change. Codes are those of the standard; behind its scheme (`SCHEME/CODE`) when it is somebody's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Hold it.
    Hold,
    /// Release it.
    Release,
    /// Give it that priority, 1 (highest) to 4.
    Priority(u8),
    /// May it settle in parts?
    Partial(PartialSettlement),
    /// Tie it to others, or no more.
    Linkage(String),
    /// Whether and how it is matched.
    Matching(String),
    /// Whether securities may be borrowed for it.
    Borrowing(String),
    /// Split it.
    Splitting(String),
    /// Through the real-time system for cash, or not.
    RealTimeGross(String),
    /// Another change, as the standard codes it.
    Other {
        /// What is changed.
        kind: String,
        /// To what.
        code: String,
    },
}

/// What is asked for one or several instructions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChangeRequest {
    /// The instructions, by the kinds of references they are known by (`PREV`, `RELA`, `TRRF`, ...).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub instructions: Vec<(String, Reference)>,
    /// What is to change.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<Change>,
    /// To what they are tied.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
}

/// What is said of an instruction whose processing changes, and how far the change is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChangeStatus {
    /// The instruction, by the account owner's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instruction: Option<Reference>,
    /// Safekeeping account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// What.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instrument: Option<Instrument>,
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quantity: Option<Quantity>,
    /// An amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<OtherAmount>,
    /// From when on the change holds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub effective: Option<DateTime<Utc>>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<DateTime<Utc>>,
    /// Until when it could be asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cut_off: Option<DateTime<Utc>>,
    /// Who sent it, where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub originator: Option<Party>,
    /// Whom it is for, where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recipient: Option<Party>,
    /// How far the change is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<CodedStatus>,
}

/// A processing command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessingChange {
    /// The sender's reference for this command.
    pub id: Reference,
    /// New, or an earlier command is taken back.
    #[serde(default)]
    pub function: Function,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Safekeeping account.
    pub account: Account,
    /// What is asked for; at least one.
    pub requests: Vec<ChangeRequest>,
    /// What is added, and the answer where it is one.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub statuses: Vec<ChangeStatus>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}
