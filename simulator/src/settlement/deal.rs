//! A matched pair as the settler keeps it: numbers only, small enough for a market's day in memory.

use finality_parsers::model::BusinessDate;

use super::book::{AccountId, Exchange, LineId, Shortage};
use super::credit::Loan;
use super::kind::{Kind, Side};
use super::part::{Partial, agreed};

/// A matched pair's number.
pub type PairId = u32;
/// A set of pairs that settle all or none.
pub type GroupId = u32;

/// Where a pair stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its date is not reached, or its cut-off is past.
    Early,
    /// Held by the deliverer, the receiver or both.
    Held,
    /// It waits for another pair, or its group for a member.
    Linked,
    /// It lacks something.
    Short(Shortage),
    /// Done.
    Settled,
    /// Taken back by both sides.
    Cancelled,
}

/// What ties a pair to others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// It settles after these (AFTE).
    pub after: Vec<PairId>,
    /// It settles before these (BEFO).
    pub before: Vec<PairId>,
    /// It settles with the members of a group (WITH, or a pool that says how many it has).
    pub with: Option<GroupId>,
}

impl Links {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.after.is_empty() && self.before.is_empty() && self.with.is_none()
    }
}

/// A matched pair, as it is handed in.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What it exchanges.
    pub kind: Kind,
    /// Delivers.
    pub deliverer: AccountId,
    /// Receives.
    pub receiver: AccountId,
    /// The line.
    pub line: LineId,
    /// Securities; zero when only cash moves.
    pub quantity: i64,
    /// Cash; zero when free of payment.
    pub amount: i64,
    /// Intended settlement date.
    pub date: BusinessDate,
    /// 1 to 4, most urgent first: the more urgent of both sides.
    pub priority: u8,
    /// Whether deliverer and receiver take parts.
    pub partial: [Partial; 2],
    /// Whether deliverer and receiver hold it back.
    pub held: [bool; 2],
    /// What ties it to others.
    pub links: Links,
}

/// A matched pair, as it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Deal {
    /// All of it.
    pub quantity: i64,
    /// Cash for all of it.
    pub amount: i64,
    /// What has not settled.
    pub left: i64,
    /// Cash for that.
    pub left_amount: i64,
    /// Delivers.
    pub deliverer: AccountId,
    /// Receives.
    pub receiver: AccountId,
    /// The line.
    pub line: LineId,
    /// Intended settlement date.
    pub date: BusinessDate,
    /// What it exchanges.
    pub kind: Kind,
    /// 1 to 4.
    pub priority: u8,
    /// What both sides agree on.
    pub partial: Partial,
    /// Where it stands.
    pub standing: Standing,
    /// Held by the deliverer.
    pub deliverer_held: bool,
    /// Held by the receiver.
    pub receiver_held: bool,
    /// Tied to others.
    pub linked: bool,
}

impl Deal {
    /// From what was handed in.
    pub(super) fn of(t: &Terms) -> Self {
        assert!(t.quantity >= 0 && t.amount >= 0, "quantities and amounts are not below zero");
        assert!(t.kind.delivers() == (t.quantity > 0), "securities move unless only cash does");
        Self {
            quantity: t.quantity,
            amount: t.amount,
            left: t.quantity,
            left_amount: t.amount,
            deliverer: t.deliverer,
            receiver: t.receiver,
            line: t.line,
            date: t.date,
            kind: t.kind,
            priority: t.priority,
            partial: agreed(t.kind, t.partial[0], t.partial[1]),
            standing: Standing::Early,
            deliverer_held: t.held[0],
            receiver_held: t.held[1],
            linked: !t.links.is_none(),
        }
    }

    /// Somebody holds it.
    pub fn is_held(&self) -> bool {
        self.deliverer_held || self.receiver_held
    }

    /// Nothing more will happen to it.
    pub fn is_over(&self) -> bool {
        matches!(self.standing, Standing::Settled | Standing::Cancelled)
    }

    /// A part has settled and the rest has not.
    pub fn is_in_parts(&self) -> bool {
        self.left < self.quantity && self.standing != Standing::Settled
    }

    /// Who pays the cash.
    pub fn payer(&self) -> AccountId {
        if self.kind.pays() == Some(Side::Deliverer) { self.deliverer } else { self.receiver }
    }

    /// What a booking of it moves.
    pub(super) fn exchange(&self, quantity: i64, amount: i64) -> Exchange {
        let payer = self.payer();
        let payee = if payer == self.deliverer { self.receiver } else { self.deliverer };
        Exchange {
            deliverer: self.deliverer,
            receiver: self.receiver,
            line: self.line,
            quantity,
            payer,
            payee,
            amount,
        }
    }
}

/// What the settler says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Settled; of what settled in parts, the last.
    Settled(PairId),
    /// A part has settled.
    Part {
        /// Of this pair.
        pair: PairId,
        /// Securities.
        quantity: i64,
        /// Cash.
        amount: i64,
    },
    /// Tried and not settled; the first time or for a new reason.
    Pending(PairId),
    /// The central bank lends, for what is booked next.
    Lent(Loan),
    /// A loan is paid back.
    Repaid(Loan),
}

impl Outcome {
    /// The pair that it is about; a loan is about none.
    pub fn pair(&self) -> Option<PairId> {
        match self {
            Self::Settled(id) | Self::Pending(id) | Self::Part { pair: id, .. } => Some(*id),
            Self::Lent(_) | Self::Repaid(_) => None,
        }
    }

    /// The same, to be numbered otherwise.
    pub(super) fn pair_mut(&mut self) -> Option<&mut PairId> {
        match self {
            Self::Settled(id) | Self::Pending(id) | Self::Part { pair: id, .. } => Some(id),
            Self::Lent(_) | Self::Repaid(_) => None,
        }
    }
}

/// How many of what was entered stand where: the first is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub entered: usize,
    /// Settled.
    pub settled: usize,
    /// Settled in part, the rest pending.
    pub partial: usize,
    /// Pending, nothing settled.
    pub pending: usize,
    /// Cancelled; a part may have settled before.
    pub cancelled: usize,
}

impl Counts {
    /// Of pairs.
    pub fn of(deals: &[Deal]) -> Self {
        let mut counts = Self { entered: deals.len(), ..Self::default() };
        for deal in deals {
            match deal.standing {
                Standing::Settled => counts.settled += 1,
                Standing::Cancelled => counts.cancelled += 1,
                _ if deal.is_in_parts() => counts.partial += 1,
                _ => counts.pending += 1,
            }
        }
        counts
    }
}
