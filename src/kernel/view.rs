//! The read model: what a person or the store sees of the kernel's state. Plain values that can be serialised.

// `#[serde(flatten)]` makes code that could carry floats; none is in these values.
#![allow(clippy::disallowed_types, reason = "written by serde's derive, not by us")]

use finality_parsers::desk::{Order, Urgency};
use finality_parsers::machine::Timestamp;
use finality_parsers::model::Cause;
use serde::Serialize;

use crate::access::{self, Judgement};
use crate::approvals::Proposal;
use crate::book::Book;
use crate::enrichment::library::Library;
use crate::exceptions::exception::Exception;
use crate::exceptions::queue::Queue;
use crate::exceptions::reason::ReasonCode;
use crate::lifecycle::trade::Trade;

/// An exception with what its reason's row says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExceptionView {
    /// The exception.
    #[serde(flatten)]
    pub exception: Exception,
    /// The reason's stable number.
    pub number: u16,
    /// The family of causes.
    pub cause: Cause,
    /// Which team acts.
    pub owner: String,
    /// What to do.
    pub action: String,
}

impl ExceptionView {
    /// Of an exception.
    pub fn of(exception: &Exception) -> Self {
        let row = exception.reason.row();
        Self {
            exception: exception.clone(),
            number: row.number,
            cause: row.cause,
            owner: Some(&exception.case.team).filter(|t| !t.is_empty()).map_or(row.owner, |t| t).to_owned(),
            action: row.action.to_owned(),
        }
    }
}

impl Book {
    /// A trade.
    pub fn trade(&self, id: u64) -> Option<&Trade> {
        self.trades.get(&id).map(|trade| &**trade)
    }

    /// The golden source of standing settlement instructions.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// What waits for a second person, oldest first.
    pub fn proposals(&self) -> impl Iterator<Item = &Proposal> {
        self.approvals.open()
    }

    /// Whether somebody may give an order, alone or with a second person.
    pub fn may(&self, order: &Order) -> bool {
        !matches!(access::judge(&self.profile.users, order, None), Judgement::Refused(_))
    }

    /// All trades, by number.
    pub fn trades(&self) -> impl Iterator<Item = &Trade> {
        self.trades.values().map(|trade| &**trade)
    }

    /// How many trades there are.
    pub fn trade_count(&self) -> usize {
        self.trades.len()
    }

    /// The open exception of a trade for a reason: there is one at most.
    pub(crate) fn exception_for(&self, trade: u64, reason: ReasonCode) -> Option<&Exception> {
        let open = &self.trades.get(&trade)?.exceptions;
        open.iter().filter_map(|e| self.exceptions.get(e)).find(|e| e.reason == reason)
    }

    /// Open exceptions, most urgent first.
    pub fn exceptions_by_priority(&self) -> Vec<ExceptionView> {
        let mut open: Vec<&Exception> = self.exceptions.values().collect();
        open.sort_by_key(|e| e.rank());
        open.into_iter().map(ExceptionView::of).collect()
    }

    /// The open exceptions, in the order in which they should be looked at.
    pub fn queue(&self) -> &Queue {
        &self.exceptions
    }

    /// An open exception.
    pub fn exception(&self, id: u64) -> Option<&Exception> {
        self.exceptions.get(&id)
    }

    /// Open exceptions at least that urgent.
    pub fn exceptions_at_least(&self, urgency: Urgency) -> usize {
        self.exceptions.values().filter(|e| e.urgency >= urgency).count()
    }

    /// Messages that are out and not answered, with the time of the oldest trade among them.
    pub fn outbox_depth(&self) -> (usize, Option<Timestamp>) {
        let oldest = self.outbox.values().filter_map(|o| self.trades.get(&o.trade?)).map(|t| t.entered).min();
        (self.outbox.len(), oldest)
    }

    /// How many captured trades stand.
    pub fn captured_count(&self) -> usize {
        self.captured.len()
    }

    /// How many allocations wait for their missing parts.
    pub fn incomplete_allocations(&self) -> usize {
        self.fragments.len()
    }

    /// The journal record that was written last.
    pub fn last_record(&self) -> u64 {
        self.last_seq
    }
}
