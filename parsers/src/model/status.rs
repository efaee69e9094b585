//! How far an instruction is, and why no further.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Account, Amount, BusinessDate, Detail, FurtherDetails, Instrument, Linkage, Movement, Party, Payment,
    Quantity, Reference, SettlementChain, SupplementaryData,
};

/// What a status says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusKind {
    /// Taken for processing.
    Acknowledged,
    /// Being looked at.
    PendingProcessing,
    /// Refused.
    Rejected,
    /// To be repaired.
    Repair,
    /// Cancelled.
    Cancelled,
    /// Cancellation waits (for the other side, mostly).
    PendingCancellation,
    /// Somebody asked for its cancellation.
    CancellationRequested,
    /// Somebody asked for its modification.
    ModificationRequested,
    /// A cancellation request was refused.
    CancellationDenied,
    /// A request to change the processing was refused.
    ChangeDenied,
    /// A request to change the processing is done.
    ChangeCompleted,
    /// Matched with the other side's instruction.
    Matched,
    /// Not matched.
    Unmatched,
    /// The custodian infers a match that the depository has not yet stated.
    InferredMatched,
    /// The custodian infers that it does not match.
    InferredUnmatched,
    /// Not settled; the intended date can still be met.
    Pending,
    /// Not settled; the intended date is past.
    Failing,
    /// A status of somebody's own.
    Proprietary {
        /// The code.
        code: String,
        /// Whose.
        issuer: String,
    },
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The code that both ISO standards share (`LACK`, `MONY`, `CMIS`, `DQUA`, ...), or a proprietary one.
    pub code: String,
    /// Whose code, when it is a proprietary one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub issuer: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
}

/// One status with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// What.
    pub kind: StatusKind,
    /// Why; empty when no reason is given.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
}

/// The transaction as the sender of a status repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TransactionDetails {
    /// Receive or deliver.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub movement: Option<Movement>,
    /// Free or against payment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment: Option<Payment>,
    /// What.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instrument: Option<Instrument>,
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quantity: Option<Quantity>,
    /// Settlement amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Amount>,
    /// Trade date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<BusinessDate>,
    /// Settlement date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_date: Option<BusinessDate>,
    /// Safekeeping account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// Kind of transaction (`TRAD`, ...).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transaction_type: Option<String>,
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
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

/// What was asked for by a question that is answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Queried {
    /// The type of the message that was wanted (`548`, `semt.017`, ...), where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wanted: Option<String>,
    /// The instructions that were asked about, each by the kinds of references it is known by.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub instructions: Vec<Vec<(String, Reference)>>,
}

/// A status advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusAdvice {
    /// The sender's reference for this advice, where the message has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// The instruction it speaks of, by the account owner's reference; where it answers a request, the reference of that.
    pub instruction: Reference,
    /// The account servicer's reference for the instruction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub servicer_reference: Option<Reference>,
    /// The market infrastructure's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market_reference: Option<Reference>,
    /// Whether it answers a cancellation request rather than an instruction.
    #[serde(default)]
    pub cancellation: bool,
    /// Whether it answers a request to change how an instruction is processed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub modification: bool,
    /// Whether that is a request to change its terms, not only how it is processed; then `modification` is set too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub amendment: bool,
    /// Whether the instruction is one of securities financing: a repo, a loan.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub financing: bool,
    /// Whether the instruction is to move something between two balances of one position; then direction and payment are not said,
    /// and the details of the account name the two balances (`FROM`, `TOBA`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub intra_position: bool,
    /// It answers a question for statuses or a statement, and this is what was asked; then the reference is that of the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Box<Queried>>,
    /// Ties to others; one of the references above stands here once more where its tie says more than a reference.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// The statuses; at least one.
    pub statuses: Vec<Status>,
    /// The transaction, where repeated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub details: Option<TransactionDetails>,
    /// Parties beside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub additional: Vec<Vec<Detail>>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

impl StatusAdvice {
    /// An advice that says no more than where an instruction stands.
    pub fn of(instruction: Reference, statuses: Vec<Status>) -> Self {
        Self {
            id: None,
            instruction,
            servicer_reference: None,
            market_reference: None,
            cancellation: false,
            modification: false,
            amendment: false,
            financing: false,
            intra_position: false,
            query: None,
            linkages: Vec::new(),
            prepared: None,
            statuses,
            details: None,
            additional: Vec::new(),
            supplementary: Vec::new(),
        }
    }
}
