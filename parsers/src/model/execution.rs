//! What was dealt: a broker's report of an order's progress, and the capture of a trade by one side or a venue.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Account, Amount, BusinessDate, Charge, Currency, Fee, Instrument, Price, Quantity, Reference, RoleParty,
    Side,
};

/// What an execution report tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionKind {
    /// The order was taken.
    New,
    /// A trade.
    Trade,
    /// An earlier trade is corrected.
    Correction,
    /// An earlier trade is taken back.
    Cancellation,
    /// The order is done for the day.
    DoneForDay,
    /// The day's trades are averaged and ready to be allocated.
    Calculated,
    /// The order was refused.
    Rejected,
    /// Another step, as the standard codes it.
    Other(String),
}

/// One of the deals that a trade is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// How much.
    pub quantity: Quantity,
    /// At which price.
    pub price: Price,
    /// When; midnight where only the day is said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub traded: Option<DateTime<Utc>>,
    /// Where (MIC, or the code of the kind of place).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market: Option<String>,
}

/// How far an order is, and what was dealt last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionReport {
    /// The broker's reference for this report.
    pub id: Reference,
    /// What it tells.
    pub kind: ExecutionKind,
    /// How far the order is: the standard's code; empty where the message does not say.
    pub status: String,
    /// The earlier report that is corrected or taken back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub earlier: Option<Reference>,
    /// The broker's reference for the order; where the message does not give it the client's, else its own.
    pub order: Reference,
    /// The client's reference for the order.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client_order: Option<Reference>,
    /// Buy or sell.
    pub side: Side,
    /// What.
    pub instrument: Instrument,
    /// What was ordered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ordered: Option<Quantity>,
    /// What was dealt last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last: Option<Quantity>,
    /// At which price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_price: Option<Price>,
    /// What was dealt in all.
    pub cumulative: Quantity,
    /// What is still open.
    pub leaves: Quantity,
    /// At which average price; absent where nothing was dealt.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub average: Option<Price>,
    /// Trading currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// Gross amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gross: Option<Amount>,
    /// Net amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub net: Option<Amount>,
    /// Commission.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commission: Option<Charge>,
    /// Fees.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fees: Vec<Fee>,
    /// Trade date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<BusinessDate>,
    /// Settlement date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_date: Option<BusinessDate>,
    /// When it happened.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transacted: Option<DateTime<Utc>>,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// Parties.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<RoleParty>,
    /// The deals it is made of, where said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fills: Vec<Fill>,
    /// Market of the execution (MIC).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
}

/// What a trade capture report does with an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureFunction {
    /// New.
    #[default]
    New,
    /// Takes an earlier report back.
    Cancel,
    /// Takes its place.
    Replace,
    /// Another step, as the standard codes it.
    Other(String),
}

/// An account's part of a captured trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapturedShare {
    /// The account.
    pub account: Account,
    /// The sender's reference for this share.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// How much; absent where the message does not say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quantity: Option<Quantity>,
}

/// One side of a captured trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapturedSide {
    /// Buy or sell.
    pub side: Side,
    /// The order, by the broker's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub order: Option<Reference>,
    /// The order, by the client's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client_order: Option<Reference>,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// Parties of this side.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<RoleParty>,
    /// Commission.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commission: Option<Charge>,
    /// Fees.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fees: Vec<Fee>,
    /// Accrued interest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accrued: Option<Amount>,
    /// Net money.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub net: Option<Amount>,
    /// How it is split over accounts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub shares: Vec<CapturedShare>,
}

/// A trade as one side or a venue captured it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeCapture {
    /// The sender's reference for this report.
    pub id: Reference,
    /// New, or about an earlier report.
    #[serde(default)]
    pub function: CaptureFunction,
    /// The earlier report.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub earlier: Option<Reference>,
    /// The execution.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub execution: Option<Reference>,
    /// Whether the trade was reported to the authorities before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reported_before: Option<bool>,
    /// What.
    pub instrument: Instrument,
    /// How much.
    pub quantity: Quantity,
    /// Price.
    pub price: Price,
    /// Trading currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// Trade date.
    pub trade_date: BusinessDate,
    /// Settlement date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_date: Option<BusinessDate>,
    /// When it happened.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transacted: Option<DateTime<Utc>>,
    /// Market of the execution (MIC).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market: Option<String>,
    /// Whether both sides' reports agree: the standard's code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub match_status: Option<String>,
    /// One or two.
    pub sides: Vec<CapturedSide>,
}

/// What is said to a trade capture report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureStatus {
    /// Taken.
    Accepted,
    /// Refused.
    Rejected,
    /// Another, as the standard codes it.
    Other(String),
}

/// The answer to a trade capture report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeCaptureAcknowledgement {
    /// The report that is answered.
    pub report: Reference,
    /// What that report was for.
    #[serde(default)]
    pub function: CaptureFunction,
    /// What is said.
    pub status: CaptureStatus,
    /// Why it was refused: the standard's code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What was traded.
    pub instrument: Instrument,
    /// The execution.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub execution: Option<Reference>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transacted: Option<DateTime<Utc>>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
}

/// A request for trade capture reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeCaptureRequest {
    /// The sender's reference for this request.
    pub id: Reference,
    /// Which trades: the standard's code.
    pub kind: String,
    /// Only this report.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<Reference>,
    /// Only this execution.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub execution: Option<Reference>,
    /// Only this order, by the broker's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub order: Option<Reference>,
    /// Only this order, by the client's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client_order: Option<Reference>,
    /// Only this side.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub side: Option<Side>,
    /// Only this instrument; empty for any.
    #[serde(default)]
    pub instrument: Instrument,
    /// Only trades of these parties.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parties: Vec<RoleParty>,
    /// Only of these trade dates.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub days: Vec<BusinessDate>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
}

/// What becomes of a request for trade capture reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureRequestStatus {
    /// The reports follow.
    Accepted,
    /// All has been said.
    Completed,
    /// Refused.
    Rejected,
}

/// The answer to such a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeCaptureRequestAcknowledgement {
    /// The request that is answered.
    pub request: Reference,
    /// Which trades it asked for: the standard's code.
    pub kind: String,
    /// What becomes of it.
    pub status: CaptureRequestStatus,
    /// Why: the standard's code.
    pub result: String,
    /// How many reports follow.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub count: Option<u32>,
    /// The instrument it asked for; empty for any.
    #[serde(default)]
    pub instrument: Instrument,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
}
