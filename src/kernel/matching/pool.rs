//! The sides that look for one another by what their trade can be told by: those that are alone, and pairs that differ and
//! may still find better ones. What agrees is affirmed and leaves at once, so little stays here.

use std::collections::BTreeSet;
use std::ops::Bound;

use rust_decimal::Decimal;

use super::key::{Economics, ShareKey};
use crate::index::Known;
use crate::lifecycle::state::State;
use crate::lifecycle::trade::{PairedBy, Terms, Trade};

/// More than so many of one quantity are not weighed against each other one by one: those of the same price come first.
pub const WEIGHED_MAX: usize = 48;
/// So many of the nearest prices are looked at then.
const NEAREST: usize = 8;

/// Where a trade stands in the pool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// By what the trade can be told.
    pub economics: Economics,
    /// How much it is.
    pub quantity: Decimal,
    price: Option<Decimal>,
    slot: Slot,
}

/// What of it looks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    /// An allocation alone.
    Ours,
    /// A confirmation alone.
    Theirs,
    /// Both, of one quantity, and they differ.
    Pair,
    /// Both, of different quantities: the last of their kind on both sides.
    Odd,
}

impl Place {
    /// Of a trade, when it looks for something.
    pub fn of(trade: &Trade) -> Option<Self> {
        let (terms, slot) = match (trade.state, trade.share.as_deref(), trade.confirmed.as_deref()) {
            (State::Allocated, Some(share), None) => (&share.terms, Slot::Ours),
            (State::Alleged, None, Some(theirs)) if theirs.block.is_none() || trade.free => {
                (&theirs.terms, Slot::Theirs)
            }
            (State::Mismatched, Some(share), Some(theirs)) if trade.paired == Some(PairedBy::Economics) => {
                let odd = share.terms.quantity.value() != theirs.terms.quantity.value();
                (&share.terms, if odd { Slot::Odd } else { Slot::Pair })
            }
            _ => return None,
        };
        Self::in_slot(terms, slot)
    }

    /// Of a side that has no trade yet.
    pub fn looking(terms: &Terms, is_ours: bool) -> Option<Self> {
        Self::in_slot(terms, if is_ours { Slot::Ours } else { Slot::Theirs })
    }

    fn in_slot(terms: &Terms, slot: Slot) -> Option<Self> {
        let economics = Economics::of(terms)?;
        let (quantity, price) = (terms.quantity.value(), terms.price.map(|price| price.value));
        Some(Self { economics, quantity, price, slot })
    }
}

/// Those of one quantity.
#[derive(Debug, Default)]
struct Bucket {
    ours: BTreeSet<(Option<Decimal>, u64)>,
    theirs: BTreeSet<(Option<Decimal>, u64)>,
    pairs: BTreeSet<u64>,
}

/// Those that can be told by the same.
#[derive(Debug, Default)]
struct Group {
    quantities: Known<Decimal, Bucket>,
    ours: BTreeSet<u64>,
    theirs: BTreeSet<u64>,
    odd: Option<u64>,
}

/// Who could belong together.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Trades with an allocation alone.
    pub ours: Vec<u64>,
    /// Trades with a confirmation alone.
    pub theirs: Vec<u64>,
    /// Pairs that differ.
    pub pairs: Vec<u64>,
}

/// How many there are, and who it is where it is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Few {
    /// None.
    #[default]
    None,
    /// This one.
    One(u64),
    /// More than one.
    More,
}

impl Few {
    fn of(set: &BTreeSet<u64>) -> Self {
        let mut first = set.iter().take(2);
        match (first.next(), first.next()) {
            (None, _) => Few::None,
            (Some(one), None) => Few::One(*one),
            (Some(_), Some(_)) => Few::More,
        }
    }
}

/// Who is alone, whatever the quantity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Alone {
    /// Trades with an allocation.
    pub ours: Few,
    /// Trades with a confirmation.
    pub theirs: Few,
    /// The pair of different quantities.
    pub odd: Option<u64>,
}

/// The allocation that a confirmation waits for, by all keys that it may be found by.
pub fn names(trade: &Trade) -> Vec<ShareKey> {
    match (trade.state, trade.confirmed.as_deref()) {
        (State::Alleged, Some(theirs)) => {
            ShareKey::all(theirs.block.as_ref(), theirs.share.as_ref(), theirs.terms.account.as_ref())
        }
        _ => Vec::new(),
    }
}

/// The pool.
#[derive(Debug, Default)]
pub struct Pool {
    groups: Known<Economics, Group>,
    /// Trades with a confirmation alone, by the allocation that it names.
    named: Known<ShareKey, BTreeSet<u64>>,
}

impl Pool {
    /// A trade waited for some allocations, and waits for others now.
    pub fn name(&mut self, before: &[ShareKey], after: &[ShareKey], trade: u64) {
        for key in before {
            if let Some(set) = self.named.get_mut(key) {
                set.remove(&trade);
                if set.is_empty() {
                    self.named.remove(key);
                }
            }
        }
        for key in after {
            self.named.of(key.clone(), BTreeSet::new).insert(trade);
        }
    }

    /// Trades whose confirmation names the allocation of these keys.
    pub fn waiting_for(&self, keys: &[ShareKey]) -> BTreeSet<u64> {
        keys.iter().filter_map(|key| self.named.get(key)).flatten().copied().collect()
    }

    /// Puts a trade in.
    pub fn put(&mut self, place: &Place, trade: u64) {
        let group = self.groups.of(place.economics.clone(), Group::default);
        let key = (place.price, trade);
        match place.slot {
            Slot::Odd => {
                group.odd = Some(trade);
                return;
            }
            Slot::Ours => _ = group.ours.insert(trade),
            Slot::Theirs => _ = group.theirs.insert(trade),
            Slot::Pair => {}
        }
        let bucket = group.quantities.of(place.quantity, Bucket::default);
        match place.slot {
            Slot::Ours => bucket.ours.insert(key),
            Slot::Theirs => bucket.theirs.insert(key),
            Slot::Pair | Slot::Odd => bucket.pairs.insert(trade),
        };
    }

    /// Takes a trade out.
    pub fn take(&mut self, place: &Place, trade: u64) {
        let Some(group) = self.groups.get_mut(&place.economics) else { return };
        let key = (place.price, trade);
        group.ours.remove(&trade);
        group.theirs.remove(&trade);
        group.odd = group.odd.filter(|odd| *odd != trade);
        if let Some(bucket) = group.quantities.get_mut(&place.quantity) {
            bucket.ours.remove(&key);
            bucket.theirs.remove(&key);
            bucket.pairs.remove(&trade);
            if bucket.ours.is_empty() && bucket.theirs.is_empty() && bucket.pairs.is_empty() {
                group.quantities.remove(&place.quantity);
            }
        }
        if group.quantities.is_empty() && group.odd.is_none() {
            self.groups.remove(&place.economics);
        }
    }

    /// Whether there is anybody of its quantity with whom a side at this place could be paired.
    pub fn meets(&self, place: &Place) -> bool {
        let bucket =
            self.groups.get(&place.economics).and_then(|group| group.quantities.get(&place.quantity));
        bucket.is_some_and(|bucket| match place.slot {
            _ if !bucket.pairs.is_empty() => true,
            Slot::Ours => !bucket.theirs.is_empty(),
            Slot::Theirs => !bucket.ours.is_empty(),
            Slot::Pair | Slot::Odd => true,
        })
    }

    /// Those of one quantity. Where they are many, the alone ones whose price is nearest.
    pub fn of_quantity(&self, place: &Place) -> Candidates {
        let bucket =
            self.groups.get(&place.economics).and_then(|group| group.quantities.get(&place.quantity));
        let Some(bucket) = bucket else { return Candidates::default() };
        if bucket.ours.len() + bucket.theirs.len() + bucket.pairs.len() > WEIGHED_MAX {
            return Candidates {
                ours: nearest(&bucket.ours, place.price),
                theirs: nearest(&bucket.theirs, place.price),
                pairs: Vec::new(),
            };
        }
        let trades = |set: &BTreeSet<(Option<Decimal>, u64)>| set.iter().map(|(_, trade)| *trade).collect();
        Candidates {
            ours: trades(&bucket.ours),
            theirs: trades(&bucket.theirs),
            pairs: bucket.pairs.iter().copied().collect(),
        }
    }

    /// Those that are alone whatever their quantity, and the pair of different quantities.
    pub fn alone(&self, economics: &Economics) -> Alone {
        let group = self.groups.get(economics);
        group.map_or(Alone::default(), |group| Alone {
            ours: Few::of(&group.ours),
            theirs: Few::of(&group.theirs),
            odd: group.odd,
        })
    }
}

/// The trades of the nearest prices: from the price on upwards, and below it.
fn nearest(set: &BTreeSet<(Option<Decimal>, u64)>, price: Option<Decimal>) -> Vec<u64> {
    let from = (price, 0);
    let above = set.range((Bound::Included(from), Bound::Unbounded)).take(NEAREST);
    let below = set.range((Bound::Unbounded, Bound::Excluded(from))).rev().take(NEAREST);
    above.chain(below).map(|(_, trade)| *trade).collect()
}
