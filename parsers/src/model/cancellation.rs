//! That an instruction is to be taken back.

use serde::{Deserialize, Serialize};

use super::{
    Account, InstructionFunction, Movement, Party, Payment, Reason, Reference, SettlementInstruction,
    SupplementaryData, TransactionDetails,
};

/// What is to be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancelled {
    /// A settlement instruction.
    #[default]
    Settlement,
    /// A securities financing instruction.
    Financing,
    /// A movement between positions.
    IntraPosition,
    /// Another instruction.
    Other,
}

impl Cancelled {
    fn is_settlement(&self) -> bool {
        *self == Self::Settlement
    }
}

/// A request to cancel an earlier settlement instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationRequest {
    /// The account owner's reference for this request.
    pub id: Reference,
    /// The instruction to be cancelled.
    pub cancels: Reference,
    /// What kind of instruction that is.
    #[serde(skip_serializing_if = "Cancelled::is_settlement", default)]
    pub kind: Cancelled,
    /// The instruction repeated, as ISO 15022 requires it. Its `id` equals `id`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub details: Option<Box<SettlementInstruction>>,
    /// Receive or deliver, where the instruction is not repeated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub movement: Option<Movement>,
    /// Free or against payment, where the instruction is not repeated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment: Option<Payment>,
    /// The account servicer's reference for the instruction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub servicer_reference: Option<Reference>,
    /// The market infrastructure's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market_reference: Option<Reference>,
    /// The processor's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub processor_reference: Option<Reference>,
    /// Account owner, where the instruction is not repeated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Safekeeping account, where the instruction is not repeated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// What is said of the transaction, where the instruction is not repeated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transaction: Option<Box<TransactionDetails>>,
    /// Why.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

impl CancellationRequest {
    /// A request that says no more than what it takes back, and is known by the same reference.
    pub fn of(cancels: Reference) -> Self {
        Self {
            supplementary: Vec::new(),
            id: cancels.clone(),
            cancels,
            kind: Cancelled::Settlement,
            details: None,
            movement: None,
            payment: None,
            servicer_reference: None,
            market_reference: None,
            processor_reference: None,
            account_owner: None,
            account: None,
            transaction: None,
            reasons: Vec::new(),
        }
    }

    /// The instruction that is to be taken back, as far as what the request says of the transaction goes; its type is said
    /// nowhere and given. `Err` names the field that is missing.
    pub(crate) fn stated(&self, transaction_type: &str) -> Result<SettlementInstruction, &'static str> {
        let stated = self.transaction.as_deref().ok_or("cancellation.transaction")?;
        Ok(SettlementInstruction {
            id: self.id.clone(),
            function: InstructionFunction::New,
            prepared: None,
            linkages: Vec::new(),
            common_reference: None,
            trade_reference: None,
            movement: self.movement.or(stated.movement).ok_or("cancellation.movement")?,
            payment: self.payment.or(stated.payment).ok_or("cancellation.payment")?,
            instrument: stated.instrument.clone().ok_or("cancellation.transaction.instrument")?,
            quantity: stated.quantity.ok_or("cancellation.transaction.quantity")?,
            amount: stated.amount,
            other_amounts: Vec::new(),
            price: None,
            trade_date: stated.trade_date,
            settlement_date: stated.settlement_date.ok_or("cancellation.transaction.settlement_date")?,
            place_of_trade: None,
            account: self.account.clone().or_else(|| stated.account.clone()),
            cash_account: None,
            account_owner: self.account_owner.clone().or_else(|| stated.account_owner.clone()),
            transaction_type: stated.transaction_type.clone().unwrap_or_else(|| transaction_type.to_owned()),
            conditions: Vec::new(),
            partial: None,
            priority: None,
            delivering: stated.delivering.clone(),
            receiving: stated.receiving.clone(),
            narrative: stated.narrative.clone(),
            more: stated.more.clone(),
        })
    }

    /// What it says beside the repeated instruction, for people; nothing where it says no more.
    pub(crate) fn beside(&self) -> Option<&'static str> {
        let references = self.servicer_reference.is_some()
            || self.market_reference.is_some()
            || self.processor_reference.is_some();
        match () {
            () if !self.reasons.is_empty() => Some("reasons"),
            () if references => Some("references of others"),
            () if self.kind != Cancelled::Settlement => Some("the kind of instruction"),
            () => None,
        }
    }
}
