//! What all statements begin with: which statement of whose account, which page, and as of when.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Detail, Linkage, Moment, Party, Period, Reference, StatedAccount};

/// What a statement does to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementFunction {
    /// Nothing.
    #[default]
    New,
    /// Takes it back.
    Cancel,
    /// Takes its place.
    Replace,
}

/// Whether more pages follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Continuation {
    /// This is the only page.
    #[default]
    Only,
    /// More follow.
    More,
    /// This is the last of several.
    Last,
}

/// Where in a statement a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Page {
    /// Its number, from one.
    pub number: u32,
    /// What follows.
    pub continuation: Continuation,
}

impl Default for Page {
    fn default() -> Self {
        Self { number: 1, continuation: Continuation::Only }
    }
}

/// What time a statement speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covers {
    /// How it was then.
    At(Moment),
    /// What happened in that time.
    Period(Period),
}

/// The head of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementHeader {
    /// The servicer's reference for this page.
    pub id: Reference,
    /// New, or about an earlier one.
    #[serde(default)]
    pub function: StatementFunction,
    /// Whether it is a copy, and which kind: the standard's code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub copy: Option<String>,
    /// Which page.
    #[serde(default)]
    pub page: Page,
    /// The number of the statement; all of its pages have the same.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<String>,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// Of which time.
    pub covers: Covers,
    /// How often it comes (`DAIL`, `WEEK`, `ADHO`, ...).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frequency: Option<String>,
    /// Whether it is complete or tells what changed (`COMP`, `DELT`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub update: Option<String>,
    /// Whether it speaks of contractual, settled or traded positions (`CONT`, `SETT`, `TRAD`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub basis: Option<String>,
    /// Ties to other messages: `PREV` is the statement before, `RELA` what asked for this one.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// Whose account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<Party>,
    /// Which account.
    pub account: StatedAccount,
    /// Whether there is anything in it.
    pub activity: bool,
    /// Whether it takes sub-accounts together.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub consolidated: Option<bool>,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

impl StatementHeader {
    /// A head that says no more than it must.
    pub fn new(id: Reference, account: StatedAccount, covers: Covers) -> Self {
        Self {
            id,
            function: StatementFunction::New,
            copy: None,
            page: Page::default(),
            number: None,
            prepared: None,
            covers,
            frequency: None,
            update: None,
            basis: None,
            linkages: Vec::new(),
            owner: None,
            account,
            activity: true,
            consolidated: None,
            details: Vec::new(),
        }
    }

    /// The statement before this one, or the one that is replaced or taken back.
    pub fn previous(&self) -> Option<&Reference> {
        reference(&self.linkages, "PREV")
    }

    /// The message that asked for it.
    pub fn request(&self) -> Option<&Reference> {
        reference(&self.linkages, "RELA")
    }
}

/// The first reference of a kind.
pub(super) fn reference<'l>(linkages: &'l [Linkage], kind: &str) -> Option<&'l Reference> {
    linkages.iter().find(|l| l.kind == kind).map(|l| &l.reference)
}
