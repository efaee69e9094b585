//! Transactions as a servicer lists them: what came and went in a period, what is pending, what moved within a position.

use serde::{Deserialize, Serialize};

use super::{
    Amount, Balance, Detail, Instrument, Linkage, Lot, Moment, Movement, PartyDetails, Payment, PenaltyList,
    Place, Quantity, Reference, SettlementChain, StatedAccount, StatedPrice, StatementHeader, Status,
    SubAccount, SupplementaryData, statement,
};

/// What is said of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TransactionFacts {
    /// What; absent where it stands around the transaction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instrument: Option<Instrument>,
    /// Receive or deliver, seen from the account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub movement: Option<Movement>,
    /// Free or against payment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment: Option<Payment>,
    /// What kind of posting (`SETT`, `CORP`, `BOLE`, ...).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub posting: Option<String>,
    /// Kind of transaction (`TRAD`, `REPU`, ...).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transaction_type: Option<String>,
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quantity: Option<Quantity>,
    /// For how much.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Amount>,
    /// Trade date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<Moment>,
    /// Intended settlement date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_date: Option<Moment>,
    /// When it did settle, or is expected to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub effective_date: Option<Moment>,
    /// Safekeeping account, where repeated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<StatedAccount>,
    /// The delivering side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub delivering: SettlementChain,
    /// The receiving side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub receiving: SettlementChain,
    /// What more is said of the parties.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub party_details: Vec<PartyDetails>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub narrative: Option<String>,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

/// A transaction with its references.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListedTransaction {
    /// `RELA` is the account owner's reference of the instruction, `ASRF` the servicer's, `MITI` the market's, `COMM` one
    /// that both sides know.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// What is said of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub facts: Option<TransactionFacts>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

impl ListedTransaction {
    /// The instruction, by the account owner's reference.
    pub fn instruction(&self) -> Option<&Reference> {
        statement::reference(&self.linkages, "RELA")
    }

    /// The market infrastructure's reference.
    pub fn market_reference(&self) -> Option<&Reference> {
        statement::reference(&self.linkages, "MITI")
    }
}

/// One instrument in a statement of transactions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentTransactions {
    /// What.
    pub instrument: Instrument,
    /// At which price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<StatedPrice>,
    /// Balance before; `opening_interim` on a page that goes on with an instrument.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub opening: Option<Balance>,
    /// Balance before what this page lists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub opening_interim: Option<Balance>,
    /// Balance after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closing: Option<Balance>,
    /// Balance after what this page lists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closing_interim: Option<Balance>,
    /// The postings.
    pub postings: Vec<ListedTransaction>,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

/// What came into and went out of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTransactions {
    /// Which account.
    #[serde(default)]
    pub account: SubAccount,
    /// By instrument.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub instruments: Vec<InstrumentTransactions>,
}

/// A statement of transactions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionsStatement {
    /// Its head.
    pub header: StatementHeader,
    /// The accounts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub accounts: Vec<AccountTransactions>,
    /// Parties beside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub additional: Vec<Vec<Detail>>,
}

/// How a statement of pending transactions is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingOrder {
    /// All of one status together.
    #[default]
    ByStatus,
    /// Each transaction with its statuses.
    ByTransaction,
}

/// A transaction that has not settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingTransaction {
    /// How far it is, and why no further.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub statuses: Vec<Status>,
    /// It.
    pub transaction: ListedTransaction,
}

/// A statement of what has not settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingStatement {
    /// Its head.
    pub header: StatementHeader,
    /// How it is sorted.
    #[serde(default)]
    pub order: PendingOrder,
    /// The transactions, in the statement's order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub transactions: Vec<PendingTransaction>,
    /// Penalties, where the statement has both.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub penalties: Vec<PenaltyList>,
    /// Parties beside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub additional: Vec<Vec<Detail>>,
}

/// One movement between two balances of a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntraPositionMovement {
    /// Ties to others.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// How much.
    pub quantity: Quantity,
    /// Into which balance.
    pub to: String,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settled: Option<Moment>,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

/// What left one balance of a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntraPositions {
    /// Out of which balance.
    pub from: String,
    /// Where it is kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
    /// The movements.
    pub movements: Vec<IntraPositionMovement>,
}

/// One instrument in a statement of movements within positions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentPositions {
    /// What.
    pub instrument: Instrument,
    /// Its attributes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attributes: Vec<Detail>,
    /// Its lots.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lots: Vec<Lot>,
    /// By balance.
    pub balances: Vec<IntraPositions>,
}

/// A statement of what moved between the balances of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntraPositionStatement {
    /// Its head.
    pub header: StatementHeader,
    /// By instrument.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub instruments: Vec<InstrumentPositions>,
    /// Parties beside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub additional: Vec<Vec<Detail>>,
}
