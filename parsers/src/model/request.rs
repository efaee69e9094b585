//! A request to the account servicer for a statement or for statuses.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Account, CodedStatus, Function, Instrument, Linkage, Party, Reason, Reference, SupplementaryData,
};

/// From then to then; midnight where only days are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestPeriod {
    /// The beginning.
    pub from: DateTime<Utc>,
    /// The end.
    pub to: DateTime<Utc>,
}

/// Only what has a status, a reason or an instrument.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StatusFilter {
    /// Of this status.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<CodedStatus>,
    /// For these reasons, each behind the status it belongs to.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<(String, Reason)>,
    /// Of these instruments.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub instruments: Vec<Instrument>,
}

/// What is asked for, and for which account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRequest {
    /// The sender's reference for this request.
    pub id: Reference,
    /// New, or an earlier request is taken back.
    #[serde(default)]
    pub function: Function,
    /// The type of the message that is wanted (`548`, `535`, ...).
    pub wanted: String,
    /// As of when; midnight where only the day is said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub as_of: Option<DateTime<Utc>>,
    /// For which time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub period: Option<RequestPeriod>,
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Safekeeping account.
    pub account: Account,
    /// Of which kind: what is said, and the standard's code for it (`CODE` `COMP`, `SFRE` `DAIL`, ...).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub indicators: Vec<(String, String)>,
    /// Earlier and related messages.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// Only these.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub filters: Vec<StatusFilter>,
    /// Only the instructions with these references, each by the kinds of references it is known by.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub instructions: Vec<Vec<(String, Reference)>>,
    /// Who sent it, where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub originator: Option<Party>,
    /// Whom it is for, where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recipient: Option<Party>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}
