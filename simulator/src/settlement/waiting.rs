//! Who waits for what: by the balance it needs, in the order of recycling, smallest need first (largest, where the rules go by value),
//! then oldest. Each index is one
//! ordered set, so a credit finds whom it suffices for without looking at the others, and a waiter costs one entry.

use std::collections::{BTreeMap, BTreeSet};

use super::book::{AccountId, Book, LineId};
use super::deal::PairId;

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

/// Account, line, group of recycling, need, pair.
type ForSecurities = (AccountId, LineId, u8, i64, PairId);
/// Account, group of recycling, need, pair.
type ForCash = (AccountId, u8, i64, PairId);

/// A place in one of the indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// For a position.
    Securities(AccountId, LineId, u8, i64),
    /// For cash.
    Cash(AccountId, u8, i64),
}

/// The indexes.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    securities: BTreeSet<ForSecurities>,
    cash: BTreeSet<ForCash>,
    /// Those of `securities` that may settle in parts, by the smallest part they take; and parts that were released.
    parts: BTreeSet<ForSecurities>,
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
        self.securities.clear();
        self.cash.clear();
        self.parts.clear();
    }

    /// Puts a pair in.
    pub(super) fn insert(&mut self, place: Place, id: PairId) {
        match place {
            Place::Securities(account, line, group, need) => {
                self.securities.insert((account, line, group, need, id));
            }
            Place::Cash(account, group, need) => {
                self.cash.insert((account, group, need, id));
            }
        }
    }

    /// Takes a pair out, if it is there.
    pub(super) fn remove(&mut self, place: Place, id: PairId) {
        match place {
            Place::Securities(account, line, group, need) => {
                self.securities.remove(&(account, line, group, need, id));
            }
            Place::Cash(account, group, need) => {
                self.cash.remove(&(account, group, need, id));
            }
        }
    }

    /// Takes out the first whose need the balance meets: of the first group that has one, the smallest need.
    pub(super) fn next(&mut self, credit: Credit, book: &Book) -> Option<PairId> {
        match credit {
            Credit::Securities(account, line) => {
                let balance = book.position(account, line);
                let mut found = first(&self.securities, account, line, 0, balance)?;
                if self.largest_first {
                    let most = (account, line, found.2, balance, PairId::MAX);
                    let largest = self.securities.range(found..=most).next_back()?.3;
                    found = *self.securities.range((account, line, found.2, largest, 0)..).next()?;
                }
                self.securities.remove(&found);
                Some(found.4)
            }
            Credit::Cash(account) => {
                let balance = book.cash(account);
                let mut group = 0;
                loop {
                    let mut found = *self.cash.range((account, group, i64::MIN, 0)..).next()?;
                    if found.0 != account {
                        return None;
                    }
                    if found.2 <= balance {
                        if self.largest_first {
                            let most = (account, found.1, balance, PairId::MAX);
                            let largest = self.cash.range(found..=most).next_back()?.2;
                            found = *self.cash.range((account, found.1, largest, 0)..).next()?;
                        }
                        self.cash.remove(&found);
                        return Some(found.3);
                    }
                    group = found.1 + 1;
                }
            }
            Credit::Settled(_) => None,
        }
    }

    /// A pair would take a part.
    pub(super) fn insert_part(
        &mut self,
        (account, line, group, least): (AccountId, LineId, u8, i64),
        id: PairId,
    ) {
        self.parts.insert((account, line, group, least, id));
    }

    /// It does not any more.
    pub(super) fn remove_part(
        &mut self,
        (account, line, group, least): (AccountId, LineId, u8, i64),
        id: PairId,
    ) {
        self.parts.remove(&(account, line, group, least, id));
    }

    /// All that would take a part: group and pair.
    pub(super) fn parts(&self) -> Vec<(u8, PairId)> {
        let mut all: Vec<_> = self.parts.iter().map(|(_, _, group, _, id)| (*group, *id)).collect();
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
        let Some((group, least, id)) = after else {
            return first(&self.parts, account, line, 0, balance).map(|f| (f.2, f.3, f.4));
        };
        let from = (account, line, group, least, id.checked_add(1)?);
        let found = *self.parts.range(from..).next().filter(|f| (f.0, f.1) == (account, line))?;
        if found.3 <= balance {
            return Some((found.2, found.3, found.4));
        }
        first(&self.parts, account, line, found.2 + 1, balance).map(|f| (f.2, f.3, f.4))
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

/// The first of an account's line, from a group on, whose need the balance meets.
fn first(
    set: &BTreeSet<ForSecurities>,
    account: AccountId,
    line: LineId,
    mut group: u8,
    balance: i64,
) -> Option<ForSecurities> {
    loop {
        let found = *set.range((account, line, group, i64::MIN, 0)..).next()?;
        if (found.0, found.1) != (account, line) {
            return None;
        }
        if found.3 <= balance {
            return Some(found);
        }
        group = found.2 + 1;
    }
}
