//! Who holds what through which accounts: balances down a chain of intermediaries to those who own beneficially, as the servicer
//! or the owner of the accounts tells them.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Balance, Detail, Instrument, Moment, Page, Party, Period, Price, Reference, StatedAccount,
    SupplementaryData,
};

/// A report of balances down to their owners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceTransparency {
    /// The reference of the statement.
    pub id: Reference,
    /// The sender's reference for this message.
    pub message: Reference,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// Who tells.
    pub sender: Party,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub receiver: Option<Party>,
    /// Whether the sender owns the accounts or services them (`AOWN`, `ASER`).
    pub role: String,
    /// Which page.
    pub page: Page,
    /// Number of the statement.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<String>,
    /// What asked for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub query: Option<Reference>,
    /// When the statement was made.
    pub at: Moment,
    /// Of which time it speaks.
    pub period: Period,
    /// Whether there is anything to tell.
    pub activity: bool,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
    /// The accounts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub accounts: Vec<TransparentAccount>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

/// An account, and those below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransparentAccount {
    /// Which.
    pub account: StatedAccount,
    /// Whose.
    pub owner: Party,
    /// Who services it.
    pub servicer: Party,
    /// Who owns beneficially what is in it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub beneficial_owners: Vec<BeneficialOwner>,
    /// What is in it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub balances: Vec<TransparentBalances>,
    /// The accounts below it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub below: Vec<TransparentAccount>,
    /// By how much it differs from the sum of those.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub difference: Vec<TransparentInstrument>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

/// Who owns beneficially.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeneficialOwner {
    /// Who.
    pub party: Party,
    /// By what else he is known, where he lives, what he has certified and declared.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

/// Instruments that are held through the same agents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransparentBalances {
    /// What.
    pub instruments: Vec<TransparentInstrument>,
    /// Through whom.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub agents: Vec<TransparencyAgent>,
}

/// One instrument in an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransparentInstrument {
    /// What.
    pub instrument: Instrument,
    /// Its form (`BEAR`, `REGD`) and whether it is on paper (`DEMT`, `PHYS`).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
    /// How much, on which days.
    pub days: Vec<DayBalance>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

/// What was held of an instrument on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayBalance {
    /// Which day.
    pub day: Moment,
    /// Whether any is held, where that alone is said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub holds: Option<bool>,
    /// What is settled.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settled: Option<Balance>,
    /// What is traded.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub traded: Option<Balance>,
    /// Its parts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parts: Vec<BalancePart>,
    /// Prices.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub prices: Vec<QuotedPrice>,
}

/// A part of a balance, by the state it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalancePart {
    /// Which state: `BLOK`, `PLED`, ...
    pub kind: String,
    /// How much.
    pub quantity: PartQuantity,
}

/// How much a part is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartQuantity {
    /// In what the instrument is counted in.
    Balance(Balance),
    /// In something of the sender's own (`ISSUER/CODE`).
    Own {
        /// In what.
        counted_in: String,
        /// How much.
        value: Decimal,
    },
}

/// A price, of which kind and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotedPrice {
    /// How much.
    pub price: Price,
    /// Which price: `BIDE`, `OFFR`, `NAVL`, ...
    pub kind: String,
    /// Whose: `FUND`, `THEO`, `VEND`, `EXCH`.
    pub source: String,
}

/// Somebody through whom it is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransparencyAgent {
    /// Who.
    pub party: Party,
    /// As what.
    pub role: String,
    /// For whom orders may be given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub eligibility: Option<String>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}
