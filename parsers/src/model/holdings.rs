//! What an account held at one time.

use serde::{Deserialize, Serialize};

use super::{
    Amount, Balance, Detail, ExchangeRate, Instrument, Lot, Party, Place, StatedAccount, StatedPrice,
    StatementHeader, SupplementaryData,
};

/// A part of what is held, and in which state it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubBalance {
    /// Which state: `AVAI`, `BLOK`, `PLED`, `PEND`, `LOAN`, ...
    pub kind: String,
    /// How much.
    pub balance: Balance,
    /// Where it is kept.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub places: Vec<Place>,
    /// At which price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<StatedPrice>,
    /// What it is worth.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<Amount>,
    /// Accrued interest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accrued: Option<Amount>,
    /// What the value was exchanged at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exchange: Option<ExchangeRate>,
    /// Lots.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lots: Vec<Lot>,
    /// What else is said, further balances included.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

/// One instrument in an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// What.
    pub instrument: Instrument,
    /// Its attributes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attributes: Vec<Detail>,
    /// In all.
    pub aggregate: Balance,
    /// Of which one may dispose.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub available: Option<Balance>,
    /// Of which one may not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_available: Option<Balance>,
    /// Its parts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sub_balances: Vec<SubBalance>,
    /// At which price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<StatedPrice>,
    /// What it is worth.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<Amount>,
    /// What it cost.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub book: Option<Amount>,
    /// Accrued interest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accrued: Option<Amount>,
    /// What the value was exchanged at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exchange: Option<ExchangeRate>,
    /// Lots.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lots: Vec<Lot>,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

/// An account or sub-account within a statement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SubAccount {
    /// Which; that of the statement where it is not said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<StatedAccount>,
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<Party>,
    /// Where it is kept.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub places: Vec<Place>,
    /// Whether there is anything in it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub activity: Option<bool>,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

/// What one account held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountHoldings {
    /// Which account.
    #[serde(default)]
    pub account: SubAccount,
    /// What.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub holdings: Vec<Holding>,
}

/// A statement of holdings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldingsStatement {
    /// Its head.
    pub header: StatementHeader,
    /// Whether it is a custodian's or for accounting (`CUST`, `ACCT`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
    /// The accounts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub accounts: Vec<AccountHoldings>,
    /// Parties, totals and words beside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub additional: Vec<Vec<Detail>>,
}
