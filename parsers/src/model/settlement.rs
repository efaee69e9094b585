//! That it settled, wholly or in part.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Account, Amount, BusinessDate, FurtherDetails, Instrument, Linkage, Movement, OtherAmount, Party, Payment,
    Price, Quantity, Reference, SettlementChain,
};

/// Which part this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartialKind {
    /// A part; more is to come.
    Part,
    /// The last part.
    Last,
}

/// A settlement confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementConfirmation {
    /// The servicer's reference for this confirmation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// Takes back an earlier confirmation.
    #[serde(default)]
    pub reversal: bool,
    /// The instruction, by the account owner's reference.
    pub instruction: Reference,
    /// The earlier confirmation that it follows or reverses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previous: Option<Reference>,
    /// A reference that both sides know the trade by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub common_reference: Option<Reference>,
    /// The market infrastructure's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market_reference: Option<Reference>,
    /// Ties to others; one of the references above stands here once more where its tie says more than a reference.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// Receive or deliver.
    pub movement: Movement,
    /// Free or against payment.
    pub payment: Payment,
    /// What.
    pub instrument: Instrument,
    /// How much settled with this confirmation.
    pub settled: Quantity,
    /// How much had settled before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previously_settled: Option<Quantity>,
    /// How much is left.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remaining: Option<Quantity>,
    /// Cash settled with this confirmation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Amount>,
    /// Cash settled before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previously_settled_amount: Option<Amount>,
    /// Cash left.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remaining_amount: Option<Amount>,
    /// Other amounts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub other_amounts: Vec<OtherAmount>,
    /// Deal price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<Price>,
    /// A part?
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partial: Option<PartialKind>,
    /// Trade date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<BusinessDate>,
    /// Intended settlement date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_date: Option<BusinessDate>,
    /// The day on which it settled.
    pub effective_date: BusinessDate,
    /// Safekeeping account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Kind of transaction (`TRAD`, ...).
    pub transaction_type: String,
    /// The delivering side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub delivering: SettlementChain,
    /// The receiving side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub receiving: SettlementChain,
    /// Narrative.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub narrative: Option<String>,
    /// What else is said, where anything is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub more: Option<Box<FurtherDetails>>,
}
