//! What ties instructions together, as their senders say it: by references of their own. The settler knows pairs only, so a
//! pair whose ties point to what has not matched yet is kept back here until it has.

use std::collections::{BTreeMap, BTreeSet};

use super::deal::PairId;
use super::part::Partial;

/// In which order, seen from the instruction that says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// It settles after the other (AFTE).
    After,
    /// It settles before the other (BEFO).
    Before,
    /// Both or neither (WITH).
    With,
}

/// What an instruction asks of the settlement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// 1 to 4, most urgent first; normal where nothing is said.
    pub priority: Option<u8>,
    /// Whether it may settle in parts.
    pub partial: Partial,
    /// Others of the same sender, by its references.
    pub ties: Vec<(Order, String)>,
    /// A pool, and how many of the sender's instructions are in it.
    pub pool: Option<(String, usize)>,
}

/// An instruction: who sent it, and its reference.
pub type LegName = (usize, String);

/// What a pair says of others: both sides together.
#[derive(Debug, Clone, Default)]
struct Said {
    after: Vec<LegName>,
    before: Vec<LegName>,
    with: Vec<LegName>,
    pools: Vec<LegName>,
}

/// Pairs and what ties them.
#[derive(Debug, Default)]
pub(super) struct Ties {
    pairs: BTreeMap<LegName, PairId>,
    said: BTreeMap<PairId, Said>,
    /// Who names an instruction in a WITH.
    named: BTreeMap<LegName, Vec<PairId>>,
    /// Who says that it comes before an instruction.
    earlier: BTreeMap<LegName, Vec<PairId>>,
    pools: BTreeMap<LegName, (usize, Vec<PairId>)>,
    names: BTreeMap<PairId, [LegName; 2]>,
    kept: BTreeSet<PairId>,
    /// Those that were cancelled: who is tied to them waits.
    gone: BTreeSet<PairId>,
}

/// Pairs that can be handed on: all of them at once, or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ready {
    /// They settle together, when they are more than one.
    pub(super) members: Vec<PairId>,
    /// By member: after which pairs.
    pub(super) after: Vec<Vec<PairId>>,
    /// By member: before which.
    pub(super) before: Vec<Vec<PairId>>,
}

impl Ties {
    /// A pair has matched; its two instructions and what each asks.
    pub(super) fn matched(&mut self, id: PairId, legs: [(LegName, &Wishes); 2]) {
        let mut said = Said::default();
        for (name, wishes) in &legs {
            self.pairs.insert(name.clone(), id);
            for (order, other) in &wishes.ties {
                let other = (name.0, other.clone());
                match order {
                    Order::After => said.after.push(other),
                    Order::Before => {
                        self.earlier.entry(other.clone()).or_default().push(id);
                        said.before.push(other);
                    }
                    Order::With => {
                        self.named.entry(other.clone()).or_default().push(id);
                        said.with.push(other);
                    }
                }
            }
            if let Some((pool, size)) = &wishes.pool {
                let pool = (name.0, pool.clone());
                let (of, members) = self.pools.entry(pool.clone()).or_default();
                *of = (*of).max(*size);
                members.push(id);
                said.pools.push(pool);
            }
        }
        self.names.insert(id, legs.map(|(name, _)| name));
        self.said.insert(id, said);
        self.kept.insert(id);
    }

    /// A pair is no more: what is tied to it waits until it is cancelled too.
    pub(super) fn cancelled(&mut self, id: PairId) {
        self.gone.insert(id);
    }

    /// Takes out the next that can be handed on, in order of matching.
    pub(super) fn next(&mut self) -> Option<Ready> {
        let ready = self.kept.iter().find_map(|id| self.ready(*id))?;
        for member in &ready.members {
            self.kept.remove(member);
        }
        Some(ready)
    }

    /// The pair with all that settles with it, when every instruction that is named has matched.
    fn ready(&self, id: PairId) -> Option<Ready> {
        let mut members = BTreeSet::from([id]);
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let mut add = |other: PairId| {
                if members.insert(other) {
                    open.push(other);
                }
            };
            let said = self.said.get(&id)?;
            for name in &said.with {
                add(*self.pairs.get(name)?);
            }
            for pool in &said.pools {
                let (size, pairs) = self.pools.get(pool)?;
                if pairs.len() < *size {
                    return None;
                }
                pairs.iter().for_each(|other| add(*other));
            }
            for name in self.names.get(&id)? {
                self.named.get(name).into_iter().flatten().for_each(|other| add(*other));
            }
        }
        if members.iter().any(|member| self.gone.contains(member)) {
            return None;
        }
        let members: Vec<PairId> = members.into_iter().collect();
        let (mut after, mut before) = (Vec::new(), Vec::new());
        for member in &members {
            after.push(self.after(*member, &members)?);
            let said = self.said.get(member)?;
            let later = said.before.iter().filter_map(|name| self.pairs.get(name)).copied();
            before
                .push(later.filter(|other| !self.kept.contains(other) && !members.contains(other)).collect());
        }
        Some(Ready { members, after, before })
    }

    /// What a pair comes after; nothing while one of them has not matched, or is kept back itself.
    fn after(&self, id: PairId, members: &[PairId]) -> Option<Vec<PairId>> {
        let mut after = Vec::new();
        for name in &self.said.get(&id)?.after {
            after.push(*self.pairs.get(name)?);
        }
        for name in self.names.get(&id)? {
            after.extend(self.earlier.get(name).into_iter().flatten().copied());
        }
        after.sort_unstable();
        after.dedup();
        // Within a group everything happens at once.
        after.retain(|other| !members.contains(other));
        let stands = |other: &PairId| !self.kept.contains(other) && !self.gone.contains(other);
        after.iter().all(stands).then_some(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(reference: &str) -> LegName {
        (0, reference.to_owned())
    }

    /// A pair of ours with a counterparty that says nothing.
    fn matched(ties: &mut Ties, id: PairId, reference: &str, said: &[(Order, &str)]) -> Vec<Vec<PairId>> {
        let wishes = Wishes {
            ties: said.iter().map(|(order, other)| (*order, (*other).to_owned())).collect(),
            ..Wishes::default()
        };
        let other = Wishes::default();
        ties.matched(id, [(name(reference), &wishes), ((1, format!("X{id}")), &other)]);
        std::iter::from_fn(|| ties.next()).map(|ready| ready.members).collect()
    }

    #[test]
    fn what_is_named_must_have_matched() {
        let mut ties = Ties::default();
        assert_eq!(matched(&mut ties, 0, "A", &[(Order::With, "B")]), [[0; 0]; 0], "B is not there");
        assert_eq!(matched(&mut ties, 1, "C", &[(Order::After, "A")]), [[0; 0]; 0], "A is kept back");
        assert_eq!(matched(&mut ties, 2, "B", &[]), [vec![0, 2], vec![1]]);
    }

    #[test]
    fn a_pool_waits_for_its_last() {
        let mut ties = Ties::default();
        let pooled = Wishes { pool: Some(("P".to_owned(), 2)), ..Wishes::default() };
        let other = Wishes::default();
        ties.matched(0, [(name("A"), &pooled), ((1, "X".to_owned()), &other)]);
        assert_eq!(ties.next(), None);
        ties.matched(1, [(name("B"), &pooled), ((1, "Y".to_owned()), &other)]);
        assert_eq!(ties.next().map(|r| r.members), Some(vec![0, 1]));
    }

    #[test]
    fn before_is_after_from_the_other_side() {
        let mut ties = Ties::default();
        assert_eq!(matched(&mut ties, 0, "A", &[(Order::Before, "B")]), [vec![0]], "it waits for nobody");
        let wishes = Wishes::default();
        ties.matched(1, [(name("B"), &wishes), ((1, "Y".to_owned()), &wishes)]);
        assert_eq!(ties.next().map(|r| r.after), Some(vec![vec![0]]));
    }
}
