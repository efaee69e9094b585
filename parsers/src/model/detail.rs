//! What a record says beside the facts that have a field of their own: a code that both ISO standards share, and a value.
//!
//! Statements repeat much that nobody decides by (the attributes of an instrument, the indicators of a transaction). It is
//! kept as details, typed and in order, so that nothing is lost between reading, comparing and writing.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Account, Amount, Bic, BusinessDate, Currency, Instrument, Lei, Party, Price, Quantity, QuantityKind,
    Reference,
};

/// Stands in a proprietary code between its issuer and the name of its scheme: `ISSUER|SCHEME/CODE`.
pub(crate) const SCHEME: char = '|';

/// The signs that part such a code, and what stands for them inside the name of an issuer or a scheme.
pub(crate) const ISSUER_SIGNS: [(char, &str); 3] = [('%', "%25"), ('/', "%2F"), (SCHEME, "%7C")];

/// One thing that is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// What is said: the four-letter code both ISO standards share (`MATU`, `STCO`, `ACRU`, ...); empty where the value
    /// says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// The value.
    pub value: DetailValue,
}

impl Detail {
    /// That code with that value.
    pub fn new(code: &str, value: DetailValue) -> Self {
        Self { code: code.to_owned(), value }
    }
}

/// The value of a detail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetailValue {
    /// A code of a list (`CODE`, or `SCHEME/CODE` when it is not the standard's own).
    Code(String),
    /// Yes or no.
    Flag(bool),
    /// A number that names something: a lot, a coupon, a pool.
    Number(Numbered),
    /// A count, mostly of days.
    Count(i32),
    /// A rate.
    Rate(Decimal),
    /// The name of a rate, as a code is written.
    RateName(String),
    /// What one currency costs in another.
    Exchange(ExchangeRate),
    /// Money.
    Amount(Amount),
    /// A currency.
    Currency(Currency),
    /// A quantity.
    Quantity(Quantity),
    /// A balance.
    Balance(Balance),
    /// A price.
    Price(Price),
    /// A day or an instant.
    Moment(Moment),
    /// From when to when.
    Period(Period),
    /// A place.
    Place(Place),
    /// A party.
    Party(Party),
    /// An account.
    Account(StatedAccount),
    /// A reference.
    Reference(Reference),
    /// An instrument.
    Instrument(Instrument),
    /// Words.
    Text(String),
}

/// A number that names something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// The number, with its scheme before a slash when it has one.
    pub number: String,
    /// How much of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quantity: Option<Decimal>,
}

/// What one unit of a currency costs in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeRate {
    /// One unit of this currency
    pub of: Currency,
    /// costs in this one
    pub in_currency: Currency,
    /// so much.
    pub rate: Decimal,
}

/// How much is held, or is short: a quantity with a sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// What is counted.
    pub kind: QuantityKind,
    /// How much; negative when short.
    pub value: Decimal,
    /// Whether it is available or not (`AVAI`, `NAVL`), where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub availability: Option<String>,
}

impl Balance {
    /// So much of that kind.
    pub fn new(kind: QuantityKind, value: Decimal) -> Self {
        Self { kind, value, availability: None }
    }
}

/// A day, an instant, or a code that stands for one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// A day.
    Day(BusinessDate),
    /// An instant.
    Instant(DateTime<Utc>),
    /// A code: `OPEN`, `UKWN`.
    Coded(String),
}

impl Moment {
    /// The day of it, where it has one.
    pub fn day(&self) -> Option<BusinessDate> {
        match self {
            Moment::Day(day) => Some(*day),
            Moment::Instant(at) => Some(BusinessDate::new(at.date_naive())),
            Moment::Coded(_) => None,
        }
    }
}

/// From when to when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// From.
    pub from: Moment,
    /// To, inclusive.
    pub to: Moment,
}

/// A place: of safekeeping, of trade, of listing, of clearing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// What kind of place (`NCSD`, `CUST`, `SHHE`, `EXCH`), as a code is written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
    /// Whose place, by BIC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bic: Option<Bic>,
    /// Whose place, by LEI.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lei: Option<Lei>,
    /// In which country.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub country: Option<String>,
    /// On which digital ledger.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ledger: Option<String>,
    /// Its name, or a market's MIC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

/// An account with what is said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedAccount {
    /// The account.
    pub id: Account,
    /// Its type, as a code is written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
    /// Whether it is an address or wallet on a digital ledger.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wallet: bool,
    /// What it is called, where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The address on a ledger that stands beside it, where one does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<Box<StatedAccount>>,
}

impl From<Account> for StatedAccount {
    fn from(id: Account) -> Self {
        Self { id, kind: None, wallet: false, name: None, address: None }
    }
}

/// A lot or another part of a quantity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lot {
    /// Its number, quantity, day, price and whatever else is said.
    pub details: Vec<Detail>,
}

/// A price with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedPrice {
    /// A market's, or an indication only.
    pub basis: PriceBasis,
    /// The price.
    pub price: Price,
    /// From where.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<Place>,
    /// Of when.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quoted: Option<Moment>,
}

/// What kind of price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceBasis {
    /// A market price.
    Market,
    /// Indicative.
    Indicative,
}

/// A party in a chain of which more is said than the chain holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyDetails {
    /// Which party, by the code both ISO standards share (`DEAG`, `BUYR`, ...).
    pub role: String,
    /// What.
    pub details: Vec<Detail>,
}
