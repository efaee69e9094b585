//! What a counterparty has instructed and the account owner, as far as the servicer can tell, has not.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Amount, Detail, ExchangeRate, Instrument, Linkage, Lot, Moment, Movement, OtherAmount, PartialSettlement,
    Party, PartyDetails, Payment, Price, Quantity, Reference, SettlementChain, StatedAccount,
    StatementHeader, Status, statement,
};

/// The settlement amount in another currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// How much that makes.
    pub amount: Amount,
    /// At which rate.
    pub rate: ExchangeRate,
}

/// A cash party with what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashParty {
    /// What it does: `ACCW`, `BENM`, `DEBT`, `INTM`, `PAYE`.
    pub role: String,
    /// Who it is; its account is its cash account.
    pub party: Party,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

/// The trade that the counterparty instructed. Its fields are named like those of an instruction and mean the same, from
/// the account owner's view, so that the two can be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllegedTrade {
    /// What the servicer says of the allegement (forwarded, no longer alleged, ...).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<Status>,
    /// Ties to others: `COMM` is a reference that both sides know, `MITI` the market's.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// Receive or deliver, seen from the account owner: the opposite of what the counterparty instructed.
    pub movement: Movement,
    /// Free or against payment.
    pub payment: Payment,
    /// What.
    pub instrument: Instrument,
    /// Its attributes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attributes: Vec<Detail>,
    /// How much.
    pub quantity: Quantity,
    /// Settlement amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Amount>,
    /// The settlement amount in another currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversion: Option<Conversion>,
    /// When the cash is to move.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value_date: Option<Moment>,
    /// Other amounts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub other_amounts: Vec<OtherAmount>,
    /// Deal price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<Price>,
    /// Trade date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<Moment>,
    /// Intended settlement date.
    pub settlement_date: Moment,
    /// Safekeeping account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<StatedAccount>,
    /// Cash account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cash_account: Option<StatedAccount>,
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Kind of transaction.
    pub transaction_type: String,
    /// Conditions.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub conditions: Vec<String>,
    /// May it settle in parts?
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partial: Option<PartialSettlement>,
    /// The delivering side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub delivering: SettlementChain,
    /// The receiving side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub receiving: SettlementChain,
    /// What more is said of the parties.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub party_details: Vec<PartyDetails>,
    /// Cash parties.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cash_parties: Vec<CashParty>,
    /// Lots.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lots: Vec<Lot>,
    /// The second leg, where it has one.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub second_leg: Vec<Detail>,
    /// What else is said of the trade: places, conditions of the deal, days of interest.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub trade_details: Vec<Detail>,
    /// What else is said of quantity and account.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub account_details: Vec<Detail>,
    /// What else is said of its settlement.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub settlement_details: Vec<Detail>,
}

impl AllegedTrade {
    /// The alleging side's chain: who delivers to us, or receives from us.
    pub fn counterparty_chain(&self) -> &SettlementChain {
        match self.movement {
            Movement::Receive => &self.delivering,
            Movement::Deliver => &self.receiving,
        }
    }

    /// A reference that both sides know the trade by.
    pub fn common_reference(&self) -> Option<&Reference> {
        statement::reference(&self.linkages, "COMM")
    }

    /// The market infrastructure's reference.
    pub fn market_reference(&self) -> Option<&Reference> {
        statement::reference(&self.linkages, "MITI")
    }
}

/// What an allegement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllegementFunction {
    /// Alleges.
    #[default]
    New,
    /// Takes an earlier one back; `PREV` names it.
    Cancel,
}

/// An allegement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allegement {
    /// The servicer's reference.
    pub id: Reference,
    /// New, or taken back.
    #[serde(default)]
    pub function: AllegementFunction,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// What is alleged.
    pub trade: AllegedTrade,
    /// Parties beside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub additional: Vec<Vec<Detail>>,
}

/// A statement of all that is alleged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllegementStatement {
    /// Its head.
    pub header: StatementHeader,
    /// They.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub allegements: Vec<AllegedTrade>,
    /// Parties beside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub additional: Vec<Vec<Detail>>,
}
