//! That a message of the servicer is to be taken as not sent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Movement, Party, Payment, Reference, StatedAccount, SupplementaryData};

/// What kind of message is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withdrawn {
    /// A settlement confirmation.
    Settlement,
    /// A confirmation of a movement within an account.
    IntraPosition,
    /// A statement of holdings for accounting.
    AccountingStatement,
    /// A statement of holdings.
    HoldingsStatement,
    /// A statement of movements within an account.
    IntraPositionStatement,
    /// A confirmation of securities financing.
    Financing,
    /// A statement of pending transactions.
    PendingStatement,
    /// A statement of transactions.
    TransactionsStatement,
    /// A statement of allegements.
    AllegementStatement,
    /// An allegement.
    Allegement,
    /// The notification of a portfolio transfer.
    PortfolioTransfer,
    /// The notification of a generated transaction.
    Generation,
    /// A valuation of a portfolio.
    Valuation,
    /// A status of collateral that is being processed.
    CollateralProcessing,
    /// A status of collateral.
    CollateralStatus,
    /// A statement of collateral and exposure.
    CollateralStatement,
    /// Another message.
    Other,
}

/// A message of the servicer is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The servicer's reference for this advice.
    pub id: Reference,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// The message that is taken back, by its sender's reference.
    pub withdraws: Reference,
    /// What kind of message that is.
    pub kind: Withdrawn,
    /// Receive or deliver, where it is of one transaction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub movement: Option<Movement>,
    /// Free or against payment, where it is of one transaction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment: Option<Payment>,
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Safekeeping account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<StatedAccount>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}
