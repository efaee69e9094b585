//! A movement between two balances of one position: ordered by its owner, or done by the servicer.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Detail, Instrument, Linkage, Lot, Moment, Party, Quantity, Reference, StatedAccount, SupplementaryData,
};

/// A movement that is ordered, or done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntraPositionChange {
    /// The sender's reference for this message, where it has one beside those below.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// Whether the servicer has done it; else the owner orders it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
    /// The order, by the account owner's reference; what the servicer does by itself has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instruction: Option<Reference>,
    /// The account servicer's reference for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub servicer_reference: Option<Reference>,
    /// The market infrastructure's reference for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market_reference: Option<Reference>,
    /// Ties to others.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Safekeeping account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<StatedAccount>,
    /// What.
    pub instrument: Instrument,
    /// Its attributes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attributes: Vec<Detail>,
    /// Its lots.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lots: Vec<Lot>,
    /// How much moves, or has moved.
    pub quantity: Quantity,
    /// What had moved before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previously: Option<Quantity>,
    /// What is still to move.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remaining: Option<Quantity>,
    /// When.
    pub day: Moment,
    /// Out of which balance (`AVAI`, `BLOK`, ...).
    pub from: String,
    /// Which lots of that.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub from_lots: Vec<Lot>,
    /// Into which.
    pub to: String,
    /// Which lots of that.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub to_lots: Vec<Lot>,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub narrative: Option<String>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}
