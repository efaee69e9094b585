//! Settlement instructions that are asked for and sent outside of a trade, and what a clearing house says is owed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Account, Amount, BusinessDate, Currency, Function, Instrument, Payment, Reference, RoleParty,
    SettlementChain, Side,
};

/// An entry of a database of standing instructions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DatabaseEntry {
    /// Which database: the standard's code.
    pub kind: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The entry's identifier in it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
}

/// What sent settlement instructions are for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMode {
    /// They stand until something else is said.
    Standing,
    /// For one account of one allocation.
    SingleAccount,
    /// None are sent: the request is refused.
    Refused,
    /// Another purpose, as the standard codes it.
    Other(String),
}

/// One settlement instruction of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveredInstruction {
    /// The sender's reference for it.
    pub id: Reference,
    /// New, or about an earlier one.
    #[serde(default)]
    pub function: Function,
    /// Parties it is about.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<RoleParty>,
    /// For this side only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub side: Option<Side>,
    /// For this settlement currency only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// From then on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<DateTime<Utc>>,
    /// Until then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<DateTime<Utc>>,
    /// Against payment or free.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment: Option<Payment>,
    /// Where it can be looked up instead.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub database: Option<DatabaseEntry>,
    /// Along which chain.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub chain: Option<SettlementChain>,
}

/// Settlement instructions, sent on request or by themselves; or the refusal of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementInstructionDelivery {
    /// The sender's reference.
    pub id: Reference,
    /// The request that it answers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request: Option<Reference>,
    /// What they are for.
    pub mode: DeliveryMode,
    /// The order they belong to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub order: Option<Reference>,
    /// Why the request is refused: the standard's code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transacted: Option<DateTime<Utc>>,
    /// They.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub instructions: Vec<DeliveredInstruction>,
}

/// A request for settlement instructions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementInstructionRequest {
    /// The sender's reference for this request.
    pub id: Reference,
    /// Of these parties.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<RoleParty>,
    /// Of this account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// For this side.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub side: Option<Side>,
    /// For this settlement currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// Valid from then on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<DateTime<Utc>>,
    /// Valid until then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<DateTime<Utc>>,
    /// This entry of a database.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub database: Option<DatabaseEntry>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transacted: Option<DateTime<Utc>>,
}

/// How certain an obligation is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObligationMode {
    /// It may still change.
    Preliminary,
    /// It is what will settle.
    Final,
    /// Another, as the standard codes it.
    Other(String),
}

/// The parties of one side of an obligation's settlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObligationDetail {
    /// Whose instructions they are: the standard's code.
    pub source: String,
    /// They.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<RoleParty>,
}

/// One amount that is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// The sender's reference for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// New, or about an earlier one.
    #[serde(default)]
    pub function: Function,
    /// Whether several trades were netted into it.
    #[serde(default)]
    pub netted: bool,
    /// What is owed in the trading currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Amount>,
    /// What is owed in the settlement currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_amount: Option<Amount>,
    /// On which day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_date: Option<BusinessDate>,
    /// For what.
    #[serde(default)]
    pub instrument: Instrument,
    /// By and to whom.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<RoleParty>,
    /// Where.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<ObligationDetail>,
}

/// What a clearing house or venue says is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementObligations {
    /// The sender's reference.
    pub id: Reference,
    /// How certain.
    pub mode: ObligationMode,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transacted: Option<DateTime<Utc>>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// They.
    pub obligations: Vec<Obligation>,
}
