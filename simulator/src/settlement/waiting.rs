//! Who waits for what: by the balance it needs, in the order of recycling, smallest need first (largest, where the rules go by value),
//! then oldest. Each balance has a queue of its own, an ordered set: a credit finds whom it suffices for without looking at the others, a
//! waiter costs one entry, and where nobody waits nothing is looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::book::{AccountId, Book, LineId};
use super::deal::PairId;
use crate::table::Table;

/// What may wake somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credit {
    /// A position has grown.
    Securities(AccountId, LineId),
    /// A cash balance has grown.
    Cash(AccountId),
    /// A pair has settled that others are linked to.
    Settled(PairId),
}

/// Group of recycling, need, pair: who waits for one balance, in order.
type Queue = BTreeSet<(u8, i64, PairId)>;

/// A place in one of the indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// For a position.
    Securities(AccountId, LineId, u8, i64),
    /// For cash.
    Cash(AccountId, u8, i64),
}

/// Queues by account and line.
#[derive(Debug)]
struct Queues {
    /// Which of `queues`; the first, which stays empty, where nobody has ever waited.
    places: Table<u32>,
    queues: Vec<Queue>,
}

impl Default for Queues {
    fn default() -> Self {
        Self { places: Table::default(), queues: vec![Queue::new()] }
    }
}

impl Queues {
    fn of(&self, account: AccountId, line: LineId) -> &Queue {
        &self.queues[self.places.get(account, line) as usize]
    }

    /// The queue of a balance, where there is one.
    fn of_mut(&mut self, account: AccountId, line: LineId) -> Option<&mut Queue> {
        match self.places.get(account, line) {
            0 => None,
            place => Some(&mut self.queues[place as usize]),
        }
    }

    fn made(&mut self, account: AccountId, line: LineId) -> &mut Queue {
        let place = self.places.at(account, line);
        if *place == 0 {
            *place = u32::try_from(self.queues.len()).expect("fewer than four billion balances");
            self.queues.push(Queue::new());
        }
        &mut self.queues[*place as usize]
    }
}

/// The indexes.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    securities: Queues,
    /// By account.
    cash: Vec<Queue>,
    /// Those of `securities` that may settle in parts, by the smallest part they take; and parts that were released.
    parts: Queues,
    links: BTreeMap<PairId, Vec<PairId>>,
    /// Of a group the largest need that the balance meets goes first, not the smallest.
    largest_first: bool,
}

impl Waiting {
    /// With nobody in it.
    pub(super) fn new(largest_first: bool) -> Self {
        Self { largest_first, ..Self::default() }
    }

    /// Forgets who waits for balances: all of them are tried anew.
    pub(super) fn clear(&mut self) {
        let queues = self.securities.queues.iter_mut().chain(&mut self.parts.queues).chain(&mut self.cash);
        queues.for_each(Queue::clear);
    }

    /// Puts a pair in.
    pub(super) fn insert(&mut self, place: Place, id: PairId) {
        match place {
            Place::Securities(account, line, group, need) => {
                self.securities.made(account, line).insert((group, need, id));
            }
            Place::Cash(account, group, need) => {
                if self.cash.len() <= account as usize {
                    self.cash.resize_with(account as usize + 1, Queue::new);
                }
                self.cash[account as usize].insert((group, need, id));
            }
        }
    }

    /// Takes a pair out, if it is there.
    pub(super) fn remove(&mut self, place: Place, id: PairId) {
        let (queue, group, need) = match place {
            Place::Securities(account, line, group, need) => {
                (self.securities.of_mut(account, line), group, need)
            }
            Place::Cash(account, group, need) => (self.cash.get_mut(account as usize), group, need),
        };
        if let Some(queue) = queue {
            queue.remove(&(group, need, id));
        }
    }

    /// Takes out the first whose need the balance meets: of the first group that has one, the smallest need.
    pub(super) fn next(&mut self, credit: Credit, book: &Book) -> Option<PairId> {
        let (queue, balance) = match credit {
            Credit::Securities(account, line) => {
                let queue = self.securities.of_mut(account, line).filter(|queue| !queue.is_empty())?;
                (queue, book.position(account, line))
            }
            Credit::Cash(account) => {
                let queue = self.cash.get_mut(account as usize).filter(|queue| !queue.is_empty())?;
                (queue, book.cash(account))
            }
            Credit::Settled(_) => return None,
        };
        let mut found = first(queue, 0, balance)?;
        if self.largest_first {
            let largest = queue.range(found..=(found.0, balance, PairId::MAX)).next_back()?.1;
            found = *queue.range((found.0, largest, 0)..).next()?;
        }
        queue.remove(&found);
        Some(found.2)
    }

    /// A pair would take a part.
    pub(super) fn insert_part(
        &mut self,
        (account, line, group, least): (AccountId, LineId, u8, i64),
        id: PairId,
    ) {
        self.parts.made(account, line).insert((group, least, id));
    }

    /// It does not any more.
    pub(super) fn remove_part(
        &mut self,
        (account, line, group, least): (AccountId, LineId, u8, i64),
        id: PairId,
    ) {
        if let Some(queue) = self.parts.of_mut(account, line) {
            queue.remove(&(group, least, id));
        }
    }

    /// All that would take a part: group and pair.
    pub(super) fn parts(&self) -> Vec<(u8, PairId)> {
        let mut all: Vec<_> =
            self.parts.queues.iter().flatten().map(|(group, _, id)| (*group, *id)).collect();
        all.sort_unstable();
        all
    }

    /// The next after `after` whose smallest part the balance covers.
    pub(super) fn part_after(
        &self,
        (account, line): (AccountId, LineId),
        after: Option<(u8, i64, PairId)>,
        balance: i64,
    ) -> Option<(u8, i64, PairId)> {
        let queue = self.parts.of(account, line);
        let Some(after) = after else { return first(queue, 0, balance) };
        let found = *queue.range((Bound::Excluded(after), Bound::Unbounded)).next()?;
        if found.1 <= balance {
            return Some(found);
        }
        first(queue, found.0 + 1, balance)
    }

    /// A pair waits for another to settle.
    pub(super) fn insert_link(&mut self, on: PairId, id: PairId) {
        let waiters = self.links.entry(on).or_default();
        if !waiters.contains(&id) {
            waiters.push(id);
        }
    }

    /// Takes out those that wait for a pair.
    pub(super) fn linked_to(&mut self, on: PairId) -> Vec<PairId> {
        self.links.remove(&on).unwrap_or_default()
    }

    /// Whether somebody waits for a pair.
    pub(super) fn has_links(&self, on: PairId) -> bool {
        !self.links.is_empty() && self.links.contains_key(&on)
    }
}

/// The first of a queue, from a group on, whose need the balance meets.
fn first(queue: &Queue, mut group: u8, balance: i64) -> Option<(u8, i64, PairId)> {
    loop {
        let found = *queue.range((group, i64::MIN, 0)..).next()?;
        if found.1 <= balance {
            return Some(found);
        }
        group = found.0 + 1;
    }
}
