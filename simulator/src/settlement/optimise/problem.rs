//! An instance as the optimiser sees it: units that settle whole, and rows (the balances that can bind at all) that they
//! debit and credit. What is certain from the start is decided here and is no part of it any more.

use std::collections::BTreeMap;

use super::instance::Instance;
use crate::known::Known;

/// What is certain is looked for so many times; a long chain could take as many passes as it has links.
const PASSES_MAX: u32 = 64;

/// What a unit does to a row when it settles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) row: u32,
    pub(super) delta: i128,
}

/// What is decided about a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Open,
    Settles,
    Fails,
}

/// Units and rows.
#[derive(Debug)]
pub(super) struct Problem {
    /// Places of instructions, by unit.
    members: Lists<u32>,
    pub(super) weights: Vec<i128>,
    /// By unit, in the order of rows; never a delta of nothing.
    entries: Lists<Entry>,
    /// By row; what settles for certain is booked.
    pub(super) opening: Vec<i128>,
    pub(super) fates: Vec<Fate>,
    /// By row: whether it can still bind.
    pub(super) binds: Vec<bool>,
}

impl Problem {
    pub(super) fn new(instance: &Instance, weights: &[i128]) -> Self {
        let members = units(instance);
        let mut rows = Rows::new(instance);
        let mut entries = Lists::default();
        let mut deltas: Vec<Entry> = Vec::new();
        for unit in 0..members.len() {
            for i in members.of(unit).iter().map(|m| &instance.instructions[*m as usize]) {
                let (quantity, cash) = (i128::from(i.quantity), i128::from(i.cash));
                deltas.extend([
                    Entry { row: rows.of_line(i.seller, i.line), delta: -quantity },
                    Entry { row: rows.of_line(i.buyer, i.line), delta: quantity },
                    Entry { row: rows.of_cash(i.buyer), delta: -cash },
                    Entry { row: rows.of_cash(i.seller), delta: cash },
                ]);
            }
            deltas.sort_unstable_by_key(|e| e.row);
            deltas.dedup_by(|later, first| {
                let same = later.row == first.row;
                first.delta += if same { later.delta } else { 0 };
                same
            });
            entries.push(deltas.drain(..).filter(|e| e.delta != 0));
        }
        let opening = rows.opening;
        let of = |unit| members.of(unit).iter().map(|m| weights[*m as usize]).sum();
        let weights = (0..members.len()).map(of).collect();
        let fates = vec![Fate::Open; members.len()];
        let binds = vec![true; opening.len()];
        let mut problem = Self { members, weights, entries, opening, fates, binds };
        problem.settle_the_certain();
        problem.tighten();
        problem
    }

    /// Says the same with smaller numbers. If everything settled, a row would be short by its excess: debits less opening.
    /// A unit that debits more than the excess mends the row by failing just as one that debits the excess exactly, with an
    /// opening smaller by the difference; one that credits more does so by settling. The same choices stand as before, and
    /// the relaxation comes much closer to them.
    fn tighten(&mut self) {
        let mut debits = vec![0i128; self.opening.len()];
        for e in self.open().flat_map(|u| self.entries.of(u)).filter(|e| e.delta < 0) {
            debits[e.row as usize] -= e.delta;
        }
        let excess: Vec<i128> = debits.iter().zip(&self.opening).map(|(d, o)| d - o).collect();
        for unit in 0..self.members.len() {
            if self.fates[unit] != Fate::Open {
                continue;
            }
            for e in self.entries.of_mut(unit) {
                let row = e.row as usize;
                if !self.binds[row] {
                    continue;
                }
                if -e.delta > excess[row] {
                    self.opening[row] += e.delta + excess[row];
                    e.delta = -excess[row];
                } else {
                    e.delta = e.delta.min(excess[row]);
                }
            }
        }
    }

    /// Until nothing changes, or not much can: a row whose debits the opening covers cannot bind; a unit that no row can refuse settles; a
    /// unit that needs more than a row can ever hold fails.
    fn settle_the_certain(&mut self) {
        let (mut debits, mut credits) = (vec![0i128; self.opening.len()], vec![0i128; self.opening.len()]);
        let mut open: Vec<usize> = self.open().collect();
        for _ in 0..PASSES_MAX {
            debits.fill(0);
            credits.fill(0);
            for unit in open.iter().copied() {
                for e in self.entries.of(unit) {
                    let side = if e.delta < 0 { &mut debits } else { &mut credits };
                    side[e.row as usize] += e.delta.abs();
                }
            }
            for ((binds, opening), debits) in self.binds.iter_mut().zip(&self.opening).zip(&debits) {
                *binds = opening < debits;
            }
            let before = open.len();
            open.retain(|unit| {
                let row = |e: &Entry| e.row as usize;
                let entries = self.entries.of(*unit);
                let binding = || entries.iter().filter(|e| e.delta < 0 && self.binds[row(e)]);
                if binding().any(|e| self.opening[row(e)] + credits[row(e)] + e.delta < 0) {
                    self.fates[*unit] = Fate::Fails;
                    return false;
                }
                if binding().next().is_some() {
                    return true;
                }
                self.fates[*unit] = Fate::Settles;
                entries.iter().for_each(|e| self.opening[row(e)] += e.delta);
                false
            });
            if open.len() == before {
                return;
            }
        }
    }

    /// Units that are not decided.
    pub(super) fn open(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.fates.len()).filter(|u| self.fates[*u] == Fate::Open)
    }

    /// Entries of a unit in rows that can bind.
    pub(super) fn binding(&self, unit: usize) -> impl Iterator<Item = Entry> + '_ {
        self.entries.of(unit).iter().copied().filter(|e| self.binds[e.row as usize])
    }

    /// Open units that have nothing to do with those of other parts; the parts and what is in them in order of units.
    pub(super) fn parts(&self) -> Vec<Vec<usize>> {
        let mut sets = Sets::new(self.opening.len());
        for unit in self.open() {
            let mut rows = self.binding(unit).map(|e| e.row as usize);
            if let Some(first) = rows.next() {
                rows.for_each(|row| sets.join(first, row));
            }
        }
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut order = Vec::new();
        for unit in self.open() {
            let first = self.binding(unit).next().map_or(usize::MAX, |e| sets.root(e.row as usize));
            let part = parts.entry(first).or_default();
            if part.is_empty() {
                order.push(first);
            }
            part.push(unit);
        }
        order.iter().filter_map(|first| parts.remove(first)).collect()
    }

    /// By instruction: whether its unit settles.
    pub(super) fn chosen(&self, instructions: usize) -> Vec<bool> {
        let mut chosen = vec![false; instructions];
        for (unit, _) in self.fates.iter().enumerate().filter(|(_, f)| **f == Fate::Settles) {
            self.members.of(unit).iter().for_each(|m| chosen[*m as usize] = true);
        }
        chosen
    }

    /// What the units that settle are worth together.
    pub(super) fn worth(&self) -> i128 {
        let settled = self.fates.iter().zip(&self.weights).filter(|(f, _)| **f == Fate::Settles);
        settled.map(|(_, w)| *w).sum()
    }
}

/// Lists that lie one behind the other.
#[derive(Debug)]
struct Lists<T> {
    all: Vec<T>,
    /// Where each begins, and where the last ends.
    starts: Vec<u32>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { all: Vec::new(), starts: vec![0] }
    }
}

impl<T> Lists<T> {
    fn push(&mut self, list: impl Iterator<Item = T>) {
        self.all.extend(list);
        self.starts.push(self.all.len() as u32);
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn of(&self, number: usize) -> &[T] {
        &self.all[self.starts[number] as usize..self.starts[number + 1] as usize]
    }

    fn of_mut(&mut self, number: usize) -> &mut [T] {
        &mut self.all[self.starts[number] as usize..self.starts[number + 1] as usize]
    }
}

/// Balances that come along, numbered in the order in which they do.
struct Rows<'i> {
    instance: &'i Instance,
    lines: Known<(u32, u32), u32>,
    /// By participant.
    cash: Vec<Option<u32>>,
    opening: Vec<i128>,
}

impl<'i> Rows<'i> {
    fn new(instance: &'i Instance) -> Self {
        Self { instance, lines: Known::default(), cash: vec![None; instance.cash.len()], opening: Vec::new() }
    }

    fn of_line(&mut self, party: u32, line: u32) -> u32 {
        *self.lines.of((party, line), || {
            let has = self.instance.positions.get(&(party, line)).copied().unwrap_or(0);
            self.opening.push(i128::from(has));
            self.opening.len() as u32 - 1
        })
    }

    fn of_cash(&mut self, party: u32) -> u32 {
        *self.cash[party as usize].get_or_insert_with(|| {
            self.opening.push(i128::from(self.instance.cash[party as usize]));
            self.opening.len() as u32 - 1
        })
    }
}

/// Instructions that settle together: groups that share a member are one. In the order of their first.
fn units(instance: &Instance) -> Lists<u32> {
    let mut sets = Sets::new(instance.instructions.len());
    for group in &instance.groups {
        group.windows(2).for_each(|pair| sets.join(pair[0] as usize, pair[1] as usize));
    }
    // The root of a set is its first member; most sets have no other.
    let mut others: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for place in 0..instance.instructions.len() {
        let root = sets.root(place);
        if root != place {
            others.entry(root).or_default().push(place as u32);
        }
    }
    let mut units = Lists::default();
    for place in (0..instance.instructions.len()).filter(|place| sets.0[*place] == *place) {
        units.push(std::iter::once(place as u32).chain(others.remove(&place).into_iter().flatten()));
    }
    units
}

/// Disjoint sets that can be joined.
struct Sets(Vec<usize>);

impl Sets {
    fn new(n: usize) -> Self {
        Self((0..n).collect())
    }

    fn root(&mut self, mut of: usize) -> usize {
        while self.0[of] != of {
            self.0[of] = self.0[self.0[of]];
            of = self.0[of];
        }
        of
    }

    /// The lower root stays.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
