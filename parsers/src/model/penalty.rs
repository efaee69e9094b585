//! What a failing or late transaction costs: cash penalties, by currency, counterparty and penalty.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Amount, Currency, Detail, Instrument, Linkage, Moment, Party, Period, Reason, Reference, StatementHeader,
    Status, SupplementaryData, TransactionFacts,
};

/// Why a penalty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PenaltyKind {
    /// It did not settle on its day.
    SettlementFail,
    /// It was matched after its day.
    LateMatching,
}

/// From what a penalty is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PenaltyMethod {
    /// The securities that are missing.
    Securities,
    /// The cash that is missing.
    Cash,
    /// Both.
    Both,
    /// One on some days, the other on others.
    Mixed,
}

/// The part of a penalty that one day makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PenaltyDay {
    /// The day.
    pub day: Moment,
    /// Of which instrument.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instrument: Option<Instrument>,
    /// Its price, class and liquidity on that day.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attributes: Vec<Detail>,
    /// For missing securities.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub securities: Option<Amount>,
    /// For missing cash.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cash: Option<Amount>,
    /// What else is said: rates, words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

/// The transaction that a penalty is for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RelatedTransaction {
    /// The account owner's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instruction: Option<Reference>,
    /// The market infrastructure's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market_reference: Option<Reference>,
    /// Other references.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub references: Vec<Detail>,
    /// What is said of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub facts: Option<TransactionFacts>,
    /// How far it is.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub statuses: Vec<Status>,
}

/// One penalty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Penalty {
    /// The reference that both parties know it by.
    pub common_reference: Reference,
    /// Other references: the earlier common one (`PPCM`), the depository's own (`PREF`) and its earlier one (`PPRF`).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub references: Vec<Detail>,
    /// Why.
    pub kind: PenaltyKind,
    /// From what.
    pub method: PenaltyMethod,
    /// Whether it stands (`ACTV`), is taken back (`REMO`) or not computed (`NCOM`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<String>,
    /// Why that.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
    /// How much; negative when the party owes it.
    pub amount: Amount,
    /// For how many days.
    pub days: i32,
    /// Day by day.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub calculation: Vec<PenaltyDay>,
    /// For which transaction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transaction: Option<RelatedTransaction>,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

/// The penalties with one counterparty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterpartyPenalties {
    /// The parties; the counterparty first.
    pub parties: Vec<Detail>,
    /// In which capacity it acts: the standard's code.
    pub capacity: String,
    /// All together; negative when the party owes it.
    pub net: Amount,
    /// They.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub penalties: Vec<Penalty>,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

/// The penalties of a party in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencyPenalties {
    /// Which currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// When it was computed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub computed: Option<Moment>,
    /// The party that owes or gets them.
    pub party: Party,
    /// Other parties: the depositories of both sides.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<Detail>,
    /// In which capacity it acts: the standard's code.
    pub capacity: String,
    /// All that it owes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub debit: Option<Amount>,
    /// All that it gets.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credit: Option<Amount>,
    /// Both together.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub net: Option<Amount>,
    /// By counterparty.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub counterparties: Vec<CounterpartyPenalties>,
    /// What else is said: account, reference of the payment, words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

/// The penalties of a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PenaltyList {
    /// Which time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub period: Option<Period>,
    /// New or forwarded, with or without sums (`CURR`, `FWAM`, `FWIS`).
    pub kind: String,
    /// The depository that computed them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub depository: Option<Party>,
    /// By currency.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub currencies: Vec<CurrencyPenalties>,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

/// In which message penalties come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PenaltySource {
    /// A statement.
    Statement(Box<StatementHeader>),
    /// An advice.
    Advice {
        /// The servicer's reference.
        id: Reference,
        /// When it was prepared.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        prepared: Option<DateTime<Utc>>,
        /// Ties to others.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        linkages: Vec<Linkage>,
        /// How far the transaction is.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        statuses: Vec<Status>,
        /// The transaction, where repeated.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        facts: Option<Box<TransactionFacts>>,
    },
}

/// A report of penalties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PenaltyReport {
    /// The message they come in.
    pub source: PenaltySource,
    /// They.
    pub lists: Vec<PenaltyList>,
    /// Parties beside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub additional: Vec<Vec<Detail>>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

impl PenaltyReport {
    /// The servicer's reference.
    pub fn id(&self) -> &Reference {
        match &self.source {
            PenaltySource::Statement(header) => &header.id,
            PenaltySource::Advice { id, .. } => id,
        }
    }
}
