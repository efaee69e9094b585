//! That the terms of an instruction are to change, without another instruction in its place.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Amount, FurtherDetails, Instrument, Linkage, Moment, Movement, OtherAmount, PartialSettlement, Party,
    Payment, Place, Price, Quantity, Reference, SettlementChain, StatedAccount, Terms, TransactionDetails,
};

/// What is done with what an update names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateKind {
    /// It is said from now on.
    Addition,
    /// It is said no more.
    Deletion,
    /// It stands in place of what was said.
    Change,
}

/// What is to be added to, taken out of or changed in an instruction. Its fields are named like those of an instruction and
/// mean the same; those that are not named stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstructionUpdate {
    /// What is done with it.
    pub kind: UpdateKind,
    /// Receive or deliver.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub movement: Option<Movement>,
    /// Free or against payment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment: Option<Payment>,
    /// A reference that both sides know the trade by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub common_reference: Option<Reference>,
    /// Ties to others.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// What.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instrument: Option<Instrument>,
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quantity: Option<Quantity>,
    /// Settlement amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Amount>,
    /// Other amounts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub other_amounts: Vec<OtherAmount>,
    /// Deal price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<Price>,
    /// Trade date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<Moment>,
    /// Settlement date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_date: Option<Moment>,
    /// Place of trade.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place_of_trade: Option<Place>,
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
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transaction_type: Option<String>,
    /// Conditions.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub conditions: Vec<String>,
    /// May it settle in parts?
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partial: Option<PartialSettlement>,
    /// Priority, 1 (highest) to 4.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub priority: Option<u8>,
    /// The delivering side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub delivering: SettlementChain,
    /// The receiving side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub receiving: SettlementChain,
    /// Processing narrative.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub narrative: Option<String>,
    /// What else is said, where anything is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub more: Option<Box<FurtherDetails>>,
}

impl InstructionUpdate {
    /// An update of these terms; direction and payment are those of what is changed and are not updated with it.
    pub(crate) fn of(kind: UpdateKind, terms: Terms) -> Self {
        Self {
            kind,
            movement: None,
            payment: None,
            common_reference: None,
            linkages: Vec::new(),
            instrument: terms.instrument,
            quantity: terms.quantity,
            amount: terms.amount,
            other_amounts: terms.other_amounts,
            price: terms.price,
            trade_date: terms.trade_date,
            settlement_date: terms.settlement_date,
            place_of_trade: terms.place_of_trade,
            account: terms.account,
            cash_account: terms.cash_account,
            account_owner: terms.account_owner,
            transaction_type: terms.transaction_type,
            conditions: terms.conditions,
            partial: terms.partial,
            priority: terms.priority,
            delivering: terms.delivering,
            receiving: terms.receiving,
            narrative: terms.narrative,
            more: terms.more.boxed(),
        }
    }

    /// Its terms, with the direction and payment of what is changed where it gives none.
    pub(crate) fn terms(&self, (movement, payment): (Movement, Payment)) -> Terms {
        Terms {
            movement: self.movement.unwrap_or(movement),
            payment: self.payment.unwrap_or(payment),
            instrument: self.instrument.clone(),
            quantity: self.quantity,
            previously_settled: None,
            remaining: None,
            amount: self.amount,
            previously_settled_amount: None,
            remaining_amount: None,
            other_amounts: self.other_amounts.clone(),
            price: self.price,
            trade_date: self.trade_date.clone(),
            settlement_date: self.settlement_date.clone(),
            effective_date: None,
            place_of_trade: self.place_of_trade.clone(),
            account: self.account.clone(),
            cash_account: self.cash_account.clone(),
            account_owner: self.account_owner.clone(),
            transaction_type: self.transaction_type.clone(),
            conditions: self.conditions.clone(),
            partial: self.partial,
            priority: self.priority,
            delivering: self.delivering.clone(),
            receiving: self.receiving.clone(),
            narrative: self.narrative.clone(),
            more: self.more.as_deref().cloned().unwrap_or_default(),
        }
    }
}

/// A request to change the terms of an instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModificationRequest {
    /// The account owner's reference for this request.
    pub id: Reference,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// The instruction to be changed.
    pub modifies: Reference,
    /// Receive or deliver, as the instruction says.
    pub movement: Movement,
    /// Free or against payment, as the instruction says.
    pub payment: Payment,
    /// The account servicer's reference for the instruction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub servicer_reference: Option<Reference>,
    /// The market infrastructure's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market_reference: Option<Reference>,
    /// The processor's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub processor_reference: Option<Reference>,
    /// Another reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub other_reference: Option<Reference>,
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Safekeeping account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<StatedAccount>,
    /// What is repeated of the instruction, as it stands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transaction: Option<Box<TransactionDetails>>,
    /// What is to change; at least one.
    pub updates: Vec<InstructionUpdate>,
}
