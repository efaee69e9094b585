//! How a block trade is to be split over accounts, and what the broker says to it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Account, Amount, BusinessDate, Currency, Instrument, Payment, Price, Quantity, Reference, RoleParty,
    SettlementChain,
};

/// Buy or sell, from the investor's view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Securities come in, cash goes out.
    Buy,
    /// Securities go out, cash comes in.
    Sell,
}

/// Whether a message says something new or speaks of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// New.
    #[default]
    New,
    /// Takes the place of an earlier message; its reference where the message says it.
    Replace(Option<Reference>),
    /// Takes back an earlier message; its reference where the message says it.
    Cancel(Option<Reference>),
}

impl Function {
    /// Whether it says something new.
    pub fn is_new(&self) -> bool {
        *self == Function::New
    }
}

/// What an allocation instruction is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllocationPurpose {
    /// Amounts are calculated, fees and net money included.
    Calculated,
    /// Quantities only; amounts are to follow.
    Preliminary,
    /// The block may be booked; allocations are to follow.
    ReadyToBook,
    /// The block is to be kept for a later day.
    Warehouse,
    /// To an intermediary, to be passed on.
    RequestToIntermediary,
    /// Another purpose, as the standard codes it.
    Other(String),
}

/// A kind of fee, tax or charge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeKind {
    /// Of a regulator.
    Regulatory,
    /// Tax.
    Tax,
    /// Commission of a local broker.
    LocalCommission,
    /// Of the exchange.
    Exchange,
    /// Stamp duty.
    Stamp,
    /// Levy.
    Levy,
    /// Mark-up.
    Markup,
    /// Consumption tax.
    ConsumptionTax,
    /// Any other, as the standard codes it.
    Other(String),
}

/// One fee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// Which.
    pub kind: FeeKind,
    /// How much.
    pub amount: Amount,
}

/// The broker's commission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// How much in all.
    pub amount: Amount,
    /// How it was agreed (`per_unit`, `percent`, `absolute`, or the standard's code); empty where the message does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub basis: String,
}

/// One account's share of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The account, as manager and broker know it.
    pub account: Account,
    /// The sender's reference for this share.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// How much.
    pub quantity: Quantity,
    /// Average price for this account, where it differs from the block's or is repeated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<Price>,
    /// Gross amount, where it is not the block's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gross: Option<Amount>,
    /// Net money.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub net: Option<Amount>,
    /// Accrued interest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accrued: Option<Amount>,
    /// Commission.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commission: Option<Charge>,
    /// Fees.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fees: Vec<Fee>,
    /// Parties of this share.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<RoleParty>,
    /// Against payment or free, where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment: Option<Payment>,
    /// Settlement amount, where it is in another currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_amount: Option<Amount>,
    /// Settlement instructions sent along.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub chain: Option<SettlementChain>,
    /// How the other side settles, where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterparty_chain: Option<SettlementChain>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
}

/// Part of an allocation that was too long for one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// Allocations in all fragments together.
    pub total: u32,
    /// Whether this is the last one.
    pub last: bool,
    /// Which one it is, counted from 1, where the message says it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<u32>,
}

/// A block and how it is split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationInstruction {
    /// The sender's reference for this message.
    pub id: Reference,
    /// New, replace or cancel.
    #[serde(default)]
    pub function: Function,
    /// The block of which this message allocates a part, where it does not say how many parts there are.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub block: Option<Reference>,
    /// What it is for.
    pub purpose: AllocationPurpose,
    /// Orders it belongs to.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub orders: Vec<Reference>,
    /// Buy or sell.
    pub side: Side,
    /// What.
    pub instrument: Instrument,
    /// Quantity of the block.
    pub quantity: Quantity,
    /// Average price of the block; absent where it is not yet known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<Price>,
    /// Trading currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// Trade date.
    pub trade_date: BusinessDate,
    /// Settlement date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_date: Option<BusinessDate>,
    /// When it was made.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        serialize_with = "super::value::instant_as_text"
    )]
    pub transacted: Option<DateTime<Utc>>,
    /// Parties of the block: executing firm and so on.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<RoleParty>,
    /// Market of the execution (MIC).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market: Option<String>,
    /// Gross amount of the block.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gross: Option<Amount>,
    /// Net amount of the block.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub net: Option<Amount>,
    /// Accrued interest of the block.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accrued: Option<Amount>,
    /// The shares.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub allocations: Vec<Allocation>,
    /// Part of a longer list.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fragment: Option<Fragment>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
}

impl AllocationInstruction {
    /// The same in parts of one share each, for messages that carry no more. Shares without a reference of their own are
    /// numbered behind that of the block.
    pub fn apart(&self) -> Vec<AllocationInstruction> {
        let total = self.fragment.map_or(self.allocations.len(), |f| f.total as usize);
        let Ok(total) = u32::try_from(total) else { return Vec::new() };
        let part = |(number, share): (u32, &Allocation)| {
            let mut share = share.clone();
            share.id = share.id.or_else(|| format!("{}-{number}", self.id).parse().ok());
            let fragment = Fragment { total, last: number == total, number: Some(number) };
            AllocationInstruction {
                allocations: vec![share],
                fragment: (total > 1).then_some(fragment),
                ..self.clone()
            }
        };
        (1..).zip(&self.allocations).map(part).collect()
    }
}

/// What is said to an allocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllocationStatus {
    /// Taken and processed.
    Accepted,
    /// The whole block is refused.
    BlockRejected,
    /// Some accounts are refused.
    AccountRejected,
    /// Received, not yet processed.
    Received,
    /// Not complete: fragments are missing.
    Incomplete,
    /// Refused by an intermediary.
    RejectedByIntermediary,
    /// Another status, as the standard codes it.
    Other(String),
}

/// One account that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationReject {
    /// The account.
    pub account: Account,
    /// The sender's reference for the share.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// Why: the standard's reason code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Why, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
}

/// The answer to an allocation instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationAcknowledgement {
    /// The sender's reference for this answer, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// The allocation instruction that is answered.
    pub allocation: Reference,
    /// What is said.
    pub status: AllocationStatus,
    /// Why it was refused: the standard's reason code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// Accounts that were refused.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub rejects: Vec<AllocationReject>,
    /// Trade date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<BusinessDate>,
    /// When it was made.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        serialize_with = "super::value::instant_as_text"
    )]
    pub transacted: Option<DateTime<Utc>>,
}

/// An allocation as the broker (or an intermediary) reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationReport {
    /// The sender's reference for this report.
    pub id: Reference,
    /// What kind of report: the standard's code.
    pub kind: String,
    /// What is said to the allocation.
    pub status: AllocationStatus,
    /// Why it was refused: the standard's reason code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The allocation itself. Its `id` is the manager's reference where the report gives it, else the report's own.
    pub allocation: AllocationInstruction,
}

/// The answer to an allocation report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationReportAcknowledgement {
    /// The report that is answered.
    pub report: Reference,
    /// What is said. Its `allocation` is the manager's reference where the answer gives it, else the report's own.
    pub answer: AllocationAcknowledgement,
}
