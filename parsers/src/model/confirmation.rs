//! What the broker says was traded for an account, and the answer to it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Account, Amount, BusinessDate, Charge, Detail, Fee, Fill, Function, Instrument, Linkage, Payment, Price,
    Quantity, Reference, RoleParty, SettlementChain, Side, SupplementaryData,
};

/// What a confirmation message does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmationKind {
    /// Says how far the processing of an allocation is.
    Status,
    /// Confirms.
    Confirmation,
    /// Refuses a request for confirmation.
    RequestRejected,
}

/// How far the sender is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmationStatus {
    /// Received.
    Received,
    /// The account is not known.
    MismatchedAccount,
    /// Settlement instructions are missing.
    MissingSettlementInstructions,
    /// Confirmed.
    Confirmed,
    /// The request is refused.
    RequestRejected,
    /// Another, as the standard codes it.
    Other(String),
}

/// One account's trade as the broker sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeConfirmation {
    /// The sender's reference.
    pub id: Reference,
    /// New, replace or cancel.
    #[serde(default)]
    pub function: Function,
    /// Confirmation or a status.
    pub kind: ConfirmationKind,
    /// How far the sender is.
    pub status: ConfirmationStatus,
    /// Whether brokers confirm to each other what they dealt in the market. Then the side is the sender's.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub market_side: bool,
    /// The allocation instruction it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub allocation: Option<Reference>,
    /// The share of that allocation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub individual_allocation: Option<Reference>,
    /// A reference both sides know the trade by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub common_reference: Option<Reference>,
    /// Buy or sell, from the investor's view.
    pub side: Side,
    /// What.
    pub instrument: Instrument,
    /// How much.
    pub quantity: Quantity,
    /// Price.
    pub price: Price,
    /// Gross amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gross: Option<Amount>,
    /// Net amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub net: Option<Amount>,
    /// Accrued interest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accrued: Option<Amount>,
    /// Commission.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commission: Option<Charge>,
    /// Fees.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fees: Vec<Fee>,
    /// Trade date.
    pub trade_date: BusinessDate,
    /// Settlement date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_date: Option<BusinessDate>,
    /// When it was made.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        serialize_with = "super::value::instant_as_text"
    )]
    pub transacted: Option<DateTime<Utc>>,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// Against payment or free.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment: Option<Payment>,
    /// Parties.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<RoleParty>,
    /// The broker's side of the settlement.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub chain: Option<SettlementChain>,
    /// The other side of it, where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterparty_chain: Option<SettlementChain>,
    /// The fills it is made of, where said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fills: Vec<Fill>,
    /// Market of the execution (MIC).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market: Option<String>,
    /// In which capacity the broker dealt (`agency`, `principal`, or the standard's code), and for how much.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub capacities: Vec<(String, Quantity)>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

/// A confirmation is taken back by its references alone. Where the whole confirmation is repeated, it is a
/// [`TradeConfirmation`] with its function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationCancellation {
    /// The sender's reference for this message.
    pub id: Reference,
    /// The confirmation that is taken back; where none is named, the one that is known by the same reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confirmation: Option<Reference>,
    /// Further references; that of the confirmation once more where its tie names the message too.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// When it was made.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        serialize_with = "super::value::instant_as_text"
    )]
    pub transacted: Option<DateTime<Utc>>,
    /// Whom else it names, each with what is said of it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<Vec<Detail>>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

/// What the receiver says to a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AffirmationStatus {
    /// Received.
    Received,
    /// Refused.
    Rejected,
    /// Affirmed: it may settle.
    Affirmed,
}

/// The answer to a confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationAcknowledgement {
    /// The sender's reference for this answer, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// Given, or taken back.
    #[serde(skip_serializing_if = "Function::is_new", default)]
    pub function: Function,
    /// Further references.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// Who affirms, and whom else it names.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<RoleParty>,
    /// The confirmation that is answered.
    pub confirmation: Reference,
    /// What is said.
    pub status: AffirmationStatus,
    /// Why it was refused: the standard's reason code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// Trade date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<BusinessDate>,
    /// When it was made.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        serialize_with = "super::value::instant_as_text"
    )]
    pub transacted: Option<DateTime<Utc>>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

/// A request for a confirmation, or for how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationRequest {
    /// The sender's reference for this request.
    pub id: Reference,
    /// Whether the confirmation itself is asked for, or its status.
    pub kind: ConfirmationKind,
    /// Of these orders.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub orders: Vec<Reference>,
    /// Of this allocation instruction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub allocation: Option<Reference>,
    /// Of this share of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub individual_allocation: Option<Reference>,
    /// Of this account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// When it was made.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        serialize_with = "super::value::instant_as_text"
    )]
    pub transacted: Option<DateTime<Utc>>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
}
