//! How far an order or the processing of a trade is, before anything settles.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Account, BusinessDate, Instrument, Linkage, OtherAmount, Party, Payment, Price, Quantity, Reason,
    Reference, RoleParty, Side, SupplementaryData,
};

/// Which process a status is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusOf {
    /// Processing in general.
    Processing,
    /// Matching with the other side.
    Matching,
    /// Affirmation.
    Affirmation,
    /// A request to cancel.
    Cancellation,
    /// A request to replace.
    Replacement,
    /// Settlement.
    Settlement,
    /// Another process, as the standard codes it.
    Other(String),
}

/// A status as it was coded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodedStatus {
    /// Of which process.
    pub of: StatusOf,
    /// The code (`PACK`, `REJT`, `MACH`, `AFFI`, ...).
    pub code: String,
    /// Whose code, when it is a proprietary one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub issuer: Option<String>,
    /// Why; empty when no reason is given.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
}

/// The trade or order as the sender of a status repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeDetails {
    /// Buy or sell.
    pub side: Side,
    /// Against payment or free.
    pub payment: Payment,
    /// What.
    pub instrument: Instrument,
    /// How much, by the codes of the standard (`ORDR` ordered, `PREX` executed before, `REMA` remaining, ...).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub quantities: Vec<(String, Quantity)>,
    /// The same where it is told in money.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub amounts: Vec<OtherAmount>,
    /// Deal price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<Price>,
    /// Trade date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<BusinessDate>,
    /// Settlement date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_date: Option<BusinessDate>,
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Safekeeping account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// Parties.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<RoleParty>,
}

/// A status of an order, an allocation, a confirmation or another message about a trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeStatus {
    /// The sender's reference for this message.
    pub id: Reference,
    /// Whether it answers a cancellation request.
    #[serde(default)]
    pub cancellation: bool,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// What it speaks of: messages and references.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// The statuses; at least one.
    pub statuses: Vec<CodedStatus>,
    /// The trade, where repeated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub details: Option<TradeDetails>,
    /// Who sent it, where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub originator: Option<Party>,
    /// Whom it is for, where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recipient: Option<Party>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}
