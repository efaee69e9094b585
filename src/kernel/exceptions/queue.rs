//! The open exceptions, in the order in which they should be looked at. The order is kept, not made: every change moves one
//! exception in a few ordered sets, one for each thing the queue is asked for by, so that the first page of a hundred thousand
//! costs as much as that of ten.
//!
//! Closed exceptions are not kept here. What is kept of them is which was the last for a trade and a reason, so that one
//! that comes back names it; the record itself, history and all, is in the store's index.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::str::FromStr;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::Bic;

use super::exception::Exception;
use super::priority::Band;
use super::reason::ReasonCode;
use super::routing::Subject;
use crate::fact::Fact;

/// How many closed ones are remembered by trade and reason.
const REMEMBERED_MAX: usize = 100_000;

/// The place of an exception in the queue: highest band, most points, due first, oldest. As text it is a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    band: Band,
    points: Reverse<u32>,
    due: Timestamp,
    id: u64,
}

impl Place {
    /// Of an exception.
    pub fn of(exception: &Exception) -> Self {
        let case = &exception.case;
        let points = case.score.as_ref().map_or(0, |score| score.total);
        let due = case.resolve_by.unwrap_or(exception.due);
        Self { band: case.band, points: Reverse(points), due, id: exception.id }
    }

    /// Its exception.
    pub fn exception(&self) -> u64 {
        self.id
    }

    /// As bytes that sort as it does.
    pub fn key(&self) -> [u8; 21] {
        let mut key = [0; 21];
        key[0] = self.band as u8;
        key[1..5].copy_from_slice(&(u32::MAX - self.points.0).to_be_bytes());
        // The sign is turned, so that what is before 1970 sorts before what is after.
        let due = u64::from_be_bytes(self.due.nanos().to_be_bytes()) ^ (1 << 63);
        key[5..13].copy_from_slice(&due.to_be_bytes());
        key[13..].copy_from_slice(&self.id.to_be_bytes());
        key
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}.{}", self.band.name(), self.points.0, self.due.nanos(), self.id)
    }
}

impl FromStr for Place {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let mut parts = text.splitn(4, '.');
            let name = parts.next()?;
            let band = Band::ALL.into_iter().find(|b| b.name() == name)?;
            let points = Reverse(parts.next()?.parse().ok()?);
            let due = Timestamp::from_nanos(parts.next()?.parse().ok()?);
            Some(Self { band, points, due, id: parts.next()?.parse().ok()? })
        };
        read().ok_or_else(|| {
            format!("{text:?} is no place in the queue: take the one that the page before ended with")
        })
    }
}

/// What the queue is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this team.
    pub team: Option<String>,
    /// Of this person; an empty name asks for those that are nobody's.
    pub owner: Option<String>,
    /// In this band.
    pub band: Option<Band>,
    /// For this reason.
    pub reason: Option<ReasonCode>,
    /// Of trades with this counterparty.
    pub counterparty: Option<Bic>,
    /// Of this trade.
    pub trade: Option<u64>,
    /// With these words in what happened or in a note, whatever their case.
    pub text: Option<String>,
}

impl Filter {
    /// Whether an exception is among those asked for.
    pub fn takes(&self, exception: &Exception) -> bool {
        let case = &exception.case;
        let says = |text: &String| {
            let text = text.to_lowercase();
            exception.detail.to_lowercase().contains(&text)
                || case.notes.iter().any(|note| note.text.to_lowercase().contains(&text))
        };
        self.team.as_ref().is_none_or(|team| *team == case.team)
            && self.owner.as_ref().is_none_or(|owner| owner == case.owner.as_deref().unwrap_or_default())
            && self.band.is_none_or(|band| band == case.band)
            && self.reason.is_none_or(|reason| reason == exception.reason)
            && self
                .counterparty
                .is_none_or(|bic| case.about.counterparty.is_some_and(|b| b.same_office(&bic)))
            && self.trade.is_none_or(|trade| exception.trade == Some(trade))
            && self.text.as_ref().is_none_or(says)
    }

    /// What it asks for that there is an order of.
    fn facets(&self) -> Vec<Facet> {
        let facets = [
            self.trade.map(Facet::Trade),
            self.owner.clone().map(Facet::Owner),
            self.counterparty.map(|bic| Facet::Counterparty(office(bic))),
            self.team.clone().map(Facet::Team),
            self.reason.map(Facet::Reason),
            self.band.map(Facet::Band),
        ];
        facets.into_iter().flatten().collect()
    }
}

/// By what there is an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Facet {
    Team(String),
    Owner(String),
    Band(Band),
    Reason(ReasonCode),
    Counterparty(String),
    Trade(u64),
}

/// Branches are one counterparty.
fn office(bic: Bic) -> String {
    bic.as_str().chars().take(8).collect()
}

fn facets_of(exception: &Exception) -> impl Iterator<Item = Facet> {
    let case = &exception.case;
    let always = [
        Facet::Team(case.team.clone()),
        Facet::Owner(case.owner.clone().unwrap_or_default()),
        Facet::Band(case.band),
        Facet::Reason(exception.reason),
    ];
    let some = [
        case.about.counterparty.map(|bic| Facet::Counterparty(office(bic))),
        exception.trade.map(Facet::Trade),
    ];
    always.into_iter().chain(some.into_iter().flatten())
}

/// A page of the queue.
#[derive(Debug)]
pub struct Page<'q> {
    /// Most pressing first.
    pub rows: Vec<&'q Exception>,
    /// After which place the next page begins; `None` when this is the last.
    pub next: Option<Place>,
}

/// The open exceptions.
#[derive(Debug, Default)]
pub struct Queue {
    open: BTreeMap<u64, Exception>,
    order: BTreeSet<Place>,
    by: BTreeMap<Facet, BTreeSet<Place>>,
    closed: BTreeMap<(u64, ReasonCode), u64>,
    remembered: VecDeque<(u64, ReasonCode)>,
}

impl Queue {
    /// An open exception.
    pub fn get(&self, id: &u64) -> Option<&Exception> {
        self.open.get(id)
    }

    /// Whether it is open.
    pub fn contains_key(&self, id: &u64) -> bool {
        self.open.contains_key(id)
    }

    /// All that are open, by number.
    pub fn values(&self) -> impl Iterator<Item = &Exception> {
        self.open.values()
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// The one of this trade and reason that was closed last.
    pub fn closed_before(&self, trade: Option<u64>, reason: ReasonCode) -> Option<u64> {
        self.closed.get(&(trade?, reason)).copied()
    }

    /// A page: those that are asked for, after a place of the queue. It walks the shortest order that the filter names, so
    /// only words in a text and what is asked for together are looked for one by one.
    pub fn page(&self, filter: &Filter, after: Option<Place>, limit: usize) -> Page<'_> {
        static NONE: BTreeSet<Place> = BTreeSet::new();
        let orders = filter.facets().into_iter().map(|facet| self.by.get(&facet).unwrap_or(&NONE));
        let order = orders.min_by_key(|order| order.len()).unwrap_or(&self.order);
        let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let found = order.range((from, std::ops::Bound::Unbounded));
        let mut found = found.filter_map(|place| self.open.get(&place.id)).filter(|e| filter.takes(e));
        let rows: Vec<&Exception> = found.by_ref().take(limit).collect();
        let next = found.next().and(rows.last()).map(|last| Place::of(last));
        Page { rows, next }
    }

    /// Opens one as a fact says.
    pub(crate) fn open(&mut self, fact: &Fact, at: Timestamp, seq: u64, about: Subject) {
        if let Some(exception) = Exception::opened_by(fact, at, seq, about) {
            self.add(exception);
        }
    }

    /// Applies a fact about an open one.
    pub(crate) fn apply(&mut self, exception: u64, fact: &Fact, at: Timestamp, seq: u64) {
        let Some(mut known) = self.take(exception) else { return };
        known.apply(fact, at, seq);
        self.add(known);
    }

    /// Closes one, and gives it away.
    pub(crate) fn close(&mut self, exception: u64) -> Option<Exception> {
        let closed = self.take(exception)?;
        if let Some(trade) = closed.trade {
            let key = (trade, closed.reason);
            if self.closed.insert(key, closed.id).is_none() {
                self.remembered.push_back(key);
            }
            if self.remembered.len() > REMEMBERED_MAX
                && let Some(oldest) = self.remembered.pop_front()
            {
                self.closed.remove(&oldest);
            }
        }
        Some(closed)
    }

    fn add(&mut self, exception: Exception) {
        let place = Place::of(&exception);
        self.order.insert(place);
        for facet in facets_of(&exception) {
            self.by.entry(facet).or_default().insert(place);
        }
        self.open.insert(exception.id, exception);
    }

    fn take(&mut self, id: u64) -> Option<Exception> {
        let exception = self.open.remove(&id)?;
        let place = Place::of(&exception);
        self.order.remove(&place);
        for facet in facets_of(&exception) {
            if let Some(order) = self.by.get_mut(&facet) {
                order.remove(&place);
                if order.is_empty() {
                    self.by.remove(&facet);
                }
            }
        }
        Some(exception)
    }
}
