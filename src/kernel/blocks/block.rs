//! One block: what is told of it, the sum of its shares, and where it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Currency, Reference};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::report::Reported;
use crate::exceptions::reason::ReasonCode;
use crate::lifecycle::trade::Terms;
use crate::matching::field::Field;

/// By what a block is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKey {
    /// By the reference that its parts name, else by that of the first message that told of it.
    Told(Reference),
    /// By the order that was dealt: nobody has told of it yet.
    Dealt {
        /// Who tells of the deals.
        link: String,
        /// The order.
        order: Reference,
    },
}

impl fmt::Display for BlockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlockKey::Told(reference) => write!(f, "{reference}"),
            BlockKey::Dealt { link, order } => write!(f, "order {order} of {link}"),
        }
    }
}

/// What a message says of a block as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The message.
    pub id: Reference,
    /// By which link it came.
    pub link: String,
    /// The block that it names.
    pub block: Reference,
    /// Whether it names one of which it is only a part; otherwise the block is its own, unless an announcement of the same
    /// orders is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub part: bool,
    /// Whether it splits nothing: the shares are to follow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub announces: bool,
    /// The message whose place it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<Reference>,
    /// The orders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<Reference>,
    /// What its shares come to, those that were refused included.
    pub split: Decimal,
    /// What it says.
    pub terms: Terms,
}

/// What happened to a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockFact {
    /// A message told of it.
    Told(Box<Told>),
    /// The broker reported all shares of it.
    Reported(Box<Reported>),
    /// A report was taken back, or another took its place.
    ReportTakenBack {
        /// By which link it came.
        link: String,
        /// Which.
        report: Reference,
    },
    /// A message was taken back.
    TakenBack {
        /// Which.
        message: Reference,
    },
    /// It stands elsewhere now.
    Stood {
        /// Which.
        block: BlockKey,
        /// Where.
        standing: Standing,
        /// Until when that must have changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Timestamp>,
    },
    /// It is in another: the order has its block now.
    Dissolved {
        /// Which.
        block: BlockKey,
    },
    /// A person was told of it.
    Raised {
        /// Which.
        block: BlockKey,
        /// Of what.
        reason: ReasonCode,
        /// The exception.
        exception: u64,
        /// What was said.
        detail: String,
    },
    /// It stands where it stood, and its time was up.
    Overdue {
        /// Which.
        block: BlockKey,
        /// The next time.
        next: Timestamp,
    },
}

/// Where a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockStatus {
    /// Something is to follow.
    Pending,
    /// All that is there adds up.
    Matched,
    /// It does not.
    Mismatched,
    /// A share says that it cannot be one of this block.
    Disqualified,
    /// Nothing is left of it.
    Cancelled,
}

impl BlockStatus {
    /// All.
    pub const ALL: [BlockStatus; 5] = [
        BlockStatus::Pending,
        BlockStatus::Matched,
        BlockStatus::Mismatched,
        BlockStatus::Disqualified,
        BlockStatus::Cancelled,
    ];

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            BlockStatus::Pending => "pending",
            BlockStatus::Matched => "matched",
            BlockStatus::Mismatched => "mismatched",
            BlockStatus::Disqualified => "disqualified",
            BlockStatus::Cancelled => "cancelled",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Shares are to follow.
    Unallocated,
    /// Deals are to follow.
    Undealt,
    /// The shares do not come to what the block says.
    Allocations,
    /// The deals do not come to what the block says.
    Executions,
    /// A share contradicts its block.
    Contradiction,
    /// The broker's report does not come to what the block says.
    Reports,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub about: About,
    /// Which field.
    pub field: Field,
    /// The account of the share, or the order, where it is about one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub of: String,
    /// What the block says; empty while something is to follow.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub block: String,
    /// What they say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub other: String,
    /// What would have been let pass; empty for fields that must be equal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tolerance: String,
}

impl Finding {
    /// Something is to follow.
    pub(super) fn follows(about: About) -> Self {
        let nothing = String::new();
        Self {
            about,
            field: Field::Quantity,
            of: nothing.clone(),
            block: nothing.clone(),
            other: nothing.clone(),
            tolerance: nothing,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self.about {
            About::Unallocated => return f.write_str("allocations are outstanding"),
            About::Undealt => return f.write_str("executions are outstanding"),
            About::Allocations => "allocations",
            About::Executions => "executions",
            About::Contradiction => "allocation",
            About::Reports => "report",
        };
        let of = if self.of.is_empty() { String::new() } else { format!(" {}", self.of) };
        write!(f, "{}: block {}, {who}{of} {}", self.field.row().name, self.block, self.other)?;
        if !self.tolerance.is_empty() {
            write!(f, " (tolerance {})", self.tolerance)?;
        }
        Ok(())
    }
}

/// Where a block stands, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Where.
    pub status: BlockStatus,
    /// Why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// The shares of a block, added up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Shares {
    /// How many.
    pub count: usize,
    /// How much.
    pub quantity: Decimal,
    /// Their net money.
    pub net: BTreeMap<Currency, Decimal>,
    /// How many say no net money.
    pub without_net: usize,
}

impl Shares {
    pub(super) fn count(&mut self, terms: &Terms, comes: bool) {
        let sign = if comes { Decimal::ONE } else { Decimal::NEGATIVE_ONE };
        let step = |n: usize| if comes { n + 1 } else { n.saturating_sub(1) };
        self.count = step(self.count);
        self.quantity = self.quantity.saturating_add(sign.saturating_mul(terms.quantity.value()));
        match terms.net {
            Some(net) => {
                let sum = self.net.entry(net.currency()).or_default();
                *sum = sum.saturating_add(sign.saturating_mul(net.value()));
            }
            None => self.without_net = step(self.without_net),
        }
    }
}

/// What was last said of a block to a person, by reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedBlock {
    /// The exception.
    pub exception: u64,
    /// Whether it is open.
    pub open: bool,
    /// What was said.
    pub detail: String,
}

/// The messages of a block that stand, added up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tally {
    /// How many.
    pub(super) standing: usize,
    /// What they say of quantities.
    pub(super) quantity: Decimal,
    /// How many announce, or have no share yet.
    pub(super) open: usize,
    /// Their orders, and how many name each.
    pub(super) orders: BTreeMap<Reference, usize>,
}

impl Tally {
    pub(super) fn count(&mut self, told: &Told, open: bool, comes: bool) {
        let sign = if comes { Decimal::ONE } else { Decimal::NEGATIVE_ONE };
        let step = |n: usize| if comes { n + 1 } else { n.saturating_sub(1) };
        self.standing = step(self.standing);
        self.quantity = self.quantity.saturating_add(sign.saturating_mul(told.terms.quantity.value()));
        if open {
            self.open = step(self.open);
        }
        for order in &told.orders {
            let named = self.orders.entry(order.clone()).or_default();
            *named = step(*named);
            if *named == 0 {
                self.orders.remove(order);
            }
        }
    }
}

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// By what it is known.
    pub key: BlockKey,
    /// The messages that tell of it.
    pub messages: BTreeSet<Reference>,
    /// Those that stand, added up.
    pub(super) tally: Tally,
    /// The one whose word counts for the block.
    pub head: Option<Reference>,
    /// The trades that are its shares.
    pub trades: BTreeSet<u64>,
    /// They, added up.
    pub shares: Shares,
    /// Those that contradict it, and in what.
    pub contradicting: BTreeMap<u64, Vec<Finding>>,
    /// Where it stands; none while nothing is told of it (journals of before there were blocks).
    pub standing: Option<Standing>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Until when that must have changed.
    pub due: Option<Timestamp>,
    /// What a person was told.
    pub raised: BTreeMap<ReasonCode, RaisedBlock>,
}

impl Block {
    pub(super) fn new(key: BlockKey) -> Self {
        Self {
            key,
            messages: BTreeSet::new(),
            tally: Tally::default(),
            head: None,
            trades: BTreeSet::new(),
            shares: Shares::default(),
            contradicting: BTreeMap::new(),
            standing: None,
            since: None,
            due: None,
            raised: BTreeMap::new(),
        }
    }

    /// Where it stands.
    pub fn status(&self) -> Option<BlockStatus> {
        self.standing.as_ref().map(|s| s.status)
    }
}
