//! The search: rounds what the relaxation says to a choice that stands, and betters it by chains. A chain flips one unit and
//! then, row by row, whatever mends the shortage it left at the least cost: fails a unit that debits the row, or settles
//! one that credits it. A chain that ends without shortages and costs little enough stays, else it is undone.
#![allow(clippy::disallowed_types, reason = "guidance for the search; balances and worth are whole numbers")]

use super::core::Core;
use super::relax::Relaxed;

/// Flips of a chain at the most.
const CHAIN_MAX: usize = 24;
/// Flips after which a kick is mended by failing units only.
const KICK_MAX: usize = 200;
/// Units of a row that are looked at, at the most.
const LOOK_MAX: usize = 40;

/// A choice of units, the balances that it leaves, and what the search knows about it.
pub(super) struct Search<'c> {
    core: &'c Core,
    /// By unit; the mean is one.
    weights: Vec<f64>,
    /// By row: what a unit of balance above zero counts, and below.
    spare: Vec<f64>,
    lack: Vec<f64>,
    /// What a shortage counts where the relaxation is not asked: the units of a row by its volume.
    usual_lack: Vec<f64>,
    settled: Vec<bool>,
    balances: Vec<i64>,
    worth: i128,
    /// Units that do not settle, in no order, and where each stands there.
    waiting: Vec<u32>,
    place: Vec<u32>,
    short: Vec<u32>,
    chain: Vec<u32>,
    chain_of: Vec<u32>,
    chain_number: u32,
    /// Flips since the best was kept.
    since_best: Vec<u32>,
    best: Vec<bool>,
    best_worth: i128,
    random: u64,
    /// Units that no chain may flip.
    pinned: Vec<bool>,
    /// Where a kick has stirred: chains begin here most of the time.
    stirred: Vec<u32>,
}

/// How the search weighs; what was found by measuring.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knobs {
    /// What a balance above zero counts, of its price in the relaxation.
    pub(super) spare: f64,
    /// What a shortage counts.
    pub(super) lack: f64,
    /// What a worse choice may cost at the beginning and at the end, in mean weights.
    pub(super) hot: f64,
    pub(super) cold: f64,
}

impl<'c> Search<'c> {
    pub(super) fn new(core: &'c Core, weights: Vec<f64>, relaxed: &Relaxed, seed: u64, knobs: Knobs) -> Self {
        let n = core.units.len();
        let mut lack = Vec::with_capacity(core.opening.len());
        let mut usual_lack = Vec::with_capacity(core.opening.len());
        for (row, price) in relaxed.prices.iter().enumerate() {
            let (mut gross, mut worth) = (0.0, 0.0);
            for c in core.row(row) {
                gross += (c.delta as f64).abs();
                worth += weights[c.other as usize];
            }
            let usual = if gross > 0.0 { worth / gross } else { 0.0 };
            lack.push(price * knobs.lack + 0.05 * usual);
            usual_lack.push(if gross > 0.0 { core.row(row).len() as f64 / gross } else { 0.0 });
        }
        Self {
            core,
            weights,
            spare: relaxed.prices.iter().map(|p| p * knobs.spare).collect(),
            lack,
            usual_lack,
            settled: vec![false; n],
            balances: core.opening.clone(),
            worth: 0,
            waiting: (0..n as u32).collect(),
            place: (0..n as u32).collect(),
            short: Vec::new(),
            chain: Vec::new(),
            chain_of: vec![0; n],
            chain_number: 0,
            since_best: Vec::new(),
            best: vec![false; n],
            best_worth: 0,
            pinned: vec![false; n],
            stirred: Vec::new(),
            random: seed ^ 0x5851_f42d_4c95_7f2d,
        }
    }

    /// The best choice so far.
    pub(super) fn best(&self) -> (&[bool], i128) {
        (&self.best, self.best_worth)
    }

    /// Rounds fractions and mends what is short, by any flips first and then by failing units only. `go_on` is asked
    /// before every flip; when it says no, nothing settles.
    pub(super) fn round(&mut self, fractions: &[f64], mut go_on: impl FnMut() -> bool) {
        for (unit, fraction) in fractions.iter().enumerate() {
            if *fraction > 0.5 {
                self.flip(unit);
            }
        }
        self.chain_number = 1;
        self.short = (0..self.balances.len() as u32).filter(|r| self.balances[*r as usize] < 0).collect();
        for steps in [2 * self.settled.len(), usize::MAX] {
            for _ in 0..steps {
                let Some(row) = self.next_short() else { break };
                if !go_on() {
                    self.clear();
                    return;
                }
                let found = self.mend(row, steps == usize::MAX);
                match found {
                    Some((unit, _)) => self.flip_noting(unit),
                    None => break,
                }
            }
        }
        self.short.clear();
        if self.balances.iter().any(|b| *b < 0) {
            self.clear();
        }
        let mut order: Vec<u32> = self.waiting.clone();
        order.sort_unstable();
        for unit in order {
            if go_on() && self.fits(unit as usize) {
                self.flip(unit as usize);
            }
        }
        self.since_best.clear();
        self.best.copy_from_slice(&self.settled);
        self.best_worth = self.worth;
    }

    fn clear(&mut self) {
        self.short.clear();
        for unit in 0..self.settled.len() {
            if self.settled[unit] {
                self.flip(unit);
            }
        }
        self.since_best.clear();
    }

    /// One chain. `heat` is what a worse choice may cost, in mean weights.
    pub(super) fn turn(&mut self, heat: f64) {
        if self.settled.is_empty() {
            return;
        }
        self.chain_number += 1;
        self.chain.clear();
        let start = self.pick();
        if self.pinned[start] {
            return;
        }
        let mut cost = self.cost(start);
        let slack = heat * self.exponential();
        self.flip_noting(start);
        let mut good = false;
        while self.chain.len() < CHAIN_MAX {
            let Some(row) = self.next_short() else {
                good = true;
                break;
            };
            match self.mend(row, false) {
                Some((unit, more)) => {
                    cost += more;
                    self.flip_noting(unit);
                }
                None => {
                    break;
                }
            }
        }
        self.short.clear();
        if good {
            cost += self.fill();
        }
        if good && (cost <= slack || self.worth > self.best_worth) {
            self.keep();
        } else {
            self.undo();
        }
    }

    /// A chain stays; the best is remembered by what was flipped since.
    fn keep(&mut self) {
        self.since_best.extend_from_slice(&self.chain);
        if self.worth > self.best_worth {
            self.best_worth = self.worth;
            for unit in self.since_best.drain(..) {
                self.best[unit as usize] = self.settled[unit as usize];
            }
        } else if self.since_best.len() > 8 * self.settled.len() + 1024 {
            self.since_best.sort_unstable();
            self.since_best.dedup();
        }
    }

    /// Back to the best.
    fn return_to_best(&mut self) {
        self.since_best.sort_unstable();
        self.since_best.dedup();
        for unit in std::mem::take(&mut self.since_best) {
            if self.best[unit as usize] != self.settled[unit as usize] {
                self.flip(unit as usize);
            }
        }
    }

    /// Where a chain begins: mostly at a unit that waits, and where a kick has stirred.
    fn pick(&mut self) -> usize {
        let bits = self.bits();
        let from = |list: &[u32]| list[(bits >> 8) as usize % list.len()] as usize;
        if !self.stirred.is_empty() && bits & 3 != 0 {
            from(&self.stirred)
        } else if self.waiting.is_empty() || bits & 0x70 == 0 {
            (bits >> 8) as usize % self.settled.len()
        } else {
            from(&self.waiting)
        }
    }

    /// Flips one large unit, mends whatever that takes, and better what came of it by some chains around it while the unit stays
    /// as it is, and some more after. What is worse in the end by more than `leeway`, in parts of a thousand, is given up for
    /// the best.
    pub(super) fn kick(
        &mut self,
        hot: f64,
        cold: f64,
        leeway: u32,
        turns: u32,
        go_on: &mut dyn FnMut() -> bool,
    ) {
        if self.settled.len() < 2 {
            return;
        }
        let unit = self.pick_large();
        self.chain_number += 1;
        self.chain.clear();
        self.pinned[unit] = true;
        self.flip_noting(unit);
        let good = self.mend_all(KICK_MAX);
        if good {
            self.fill();
            self.stir();
            self.keep();
            self.better((hot, cold), leeway, turns, Some(unit), go_on);
        } else {
            self.undo();
        }
        self.pinned[unit] = false;
    }

    /// Betters by so many chains, cooling down; a unit that is pinned is free again for the last quarter. What is worse in the end by
    /// more than `leeway`, in parts of a thousand, is given up for the best.
    fn better(
        &mut self,
        (hot, cold): (f64, f64),
        leeway: u32,
        turns: u32,
        pinned: Option<usize>,
        go_on: &mut dyn FnMut() -> bool,
    ) {
        for turn in 0..turns {
            if turn & 31 == 0 && !go_on() {
                break;
            }
            if let Some(unit) = pinned.filter(|_| turn == turns - turns / 4) {
                self.pinned[unit] = false;
            }
            let gone = f64::from(turn) / f64::from(turns);
            self.turn(hot * (1.0 - gone) * (1.0 - gone) + cold);
        }
        self.stirred.clear();
        if self.worth < self.best_worth - self.best_worth / 1_000 * i128::from(leeway) {
            self.return_to_best();
        }
    }

    /// Settles what waits, all of it or most, fails what that leaves short, and betters what came of it. Circles that no chain closes
    /// are found so. What is worse in the end is given up for the best.
    pub(super) fn flood(&mut self, hot: f64, cold: f64, turns: u32, go_on: &mut dyn FnMut() -> bool) {
        self.chain_number += 1;
        self.chain.clear();
        let some = self.bits() & 3;
        for unit in self.waiting.clone() {
            if some < 2 || self.bits() & 3 != 0 {
                self.flip_noting(unit as usize);
            }
        }
        // What was settled now may fail again.
        self.chain_number += 1;
        let most = self.chain.len() + self.settled.len();
        // By the prices of the relaxation, or by others: where circles are all or nothing, it tells little.
        let good = if self.bits() & 1 == 0 { self.mend_all(most) } else { self.mend_by_other_prices(most) };
        if good {
            self.fill();
            self.keep();
            self.better((hot, cold), 0, turns, None, go_on);
        } else {
            self.undo();
        }
    }

    /// Mends by prices that are drawn, as if all units weighed the same: one of great weight that cannot settle does not cost all
    /// others then.
    fn mend_by_other_prices(&mut self, most: usize) -> bool {
        let drawn: Vec<f64> =
            (0..self.usual_lack.len()).map(|row| self.usual_lack[row] * (0.2 + self.exponential())).collect();
        let slack = drawn.iter().map(|lack| lack * 0.3).collect();
        let (lack, spare) =
            (std::mem::replace(&mut self.lack, drawn), std::mem::replace(&mut self.spare, slack));
        let alike = vec![1.0; self.weights.len()];
        let weights = std::mem::replace(&mut self.weights, alike);
        let good = self.mend_all(most);
        (self.lack, self.spare, self.weights) = (lack, spare, weights);
        good
    }

    /// One that is large by what it debits; mostly of those that wait.
    fn pick_large(&mut self) -> usize {
        let bits = self.bits();
        let among =
            if self.waiting.is_empty() || bits & 3 == 0 { self.settled.len() } else { self.waiting.len() };
        let rounds = [1, 2, 4, 8][(bits >> 2) as usize & 3];
        let mut best = (0, -1.0);
        for _ in 0..rounds {
            let at = (self.bits() >> 8) as usize % among;
            let unit = if among == self.settled.len() { at } else { self.waiting[at] as usize };
            let debits = self.core.unit(unit).iter().filter(|c| c.delta < 0);
            let size: f64 = debits.map(|c| self.burden(c.other as usize, c.delta)).sum();
            if size > best.1 {
                best = (unit, size);
            }
        }
        best.0
    }

    /// Mends by any flips, and when that takes too long by failing units.
    fn mend_all(&mut self, most: usize) -> bool {
        loop {
            let Some(row) = self.next_short() else { return true };
            let Some((unit, _)) = self.mend(row, self.chain.len() >= most) else { return false };
            self.flip_noting(unit);
        }
    }

    /// Units that meet a row which the chain has touched, some of them when there are many.
    fn stir(&mut self) {
        let core = self.core;
        self.stirred.clear();
        for unit in &self.chain {
            self.stirred.push(*unit);
            for c in core.unit(*unit as usize) {
                let cells = core.row(c.other as usize);
                let step = cells.len().div_ceil(LOOK_MAX);
                self.stirred.extend(cells.iter().step_by(step).map(|c| c.other));
            }
        }
        self.stirred.sort_unstable();
        self.stirred.dedup();
    }

    fn undo(&mut self) {
        self.short.clear();
        while let Some(unit) = self.chain.pop() {
            self.flip(unit as usize);
        }
    }

    /// A row that is short, if any.
    fn next_short(&mut self) -> Option<usize> {
        while let Some(row) = self.short.last().copied() {
            if self.balances[row as usize] < 0 {
                return Some(row as usize);
            }
            self.short.pop();
        }
        None
    }

    /// What mends a row at the least cost, of those that were not flipped in this chain.
    fn mend(&mut self, row: usize, only_fail: bool) -> Option<(usize, f64)> {
        let core = self.core;
        let cells = core.row(row);
        let look = cells.len().min(if only_fail { 4 * LOOK_MAX } else { LOOK_MAX });
        let mut at = if look == cells.len() { 0 } else { self.bits() as usize % cells.len() };
        let mut best: Option<(usize, f64)> = None;
        // Some are passed over, so that the same shortage is not mended the same way each time.
        let mut coins = if only_fail { 0 } else { self.bits() & self.bits().rotate_left(17) };
        for seen in 0..cells.len() {
            // Further only where something must be found.
            if seen >= look && (best.is_some() || !only_fail) {
                break;
            }
            let c = cells[at];
            at += 1;
            if at == cells.len() {
                at = 0;
            }
            let unit = c.other as usize;
            let settled = self.settled[unit];
            let helps = if settled { c.delta < 0 } else { c.delta > 0 && !only_fail };
            if !helps || self.pinned[unit] || (self.chain_of[unit] == self.chain_number && !only_fail) {
                continue;
            }
            coins = coins.rotate_left(1);
            if coins & 1 == 1 {
                continue;
            }
            let cost = self.cost(unit);
            if best.is_none_or(|(_, least)| cost < least) {
                best = Some((unit, cost));
            }
        }
        best
    }

    /// What a flip costs: weight lost, balances above zero used up, shortages made.
    fn cost(&self, unit: usize) -> f64 {
        let weight = self.weights[unit];
        let (mut cost, sign) = if self.settled[unit] { (weight, -1) } else { (-weight, 1) };
        for c in self.core.unit(unit) {
            let row = c.other as usize;
            let before = self.balances[row];
            let after = before + sign * c.delta;
            cost += self.burden(row, after) - self.burden(row, before);
        }
        cost
    }

    fn burden(&self, row: usize, balance: i64) -> f64 {
        let by = if balance < 0 { self.lack[row] } else { self.spare[row] };
        -(balance as f64) * by
    }

    /// After a chain: settles what fits where balances have grown. Gives what it cost.
    fn fill(&mut self) -> f64 {
        let core = self.core;
        let mut cost = 0.0;
        let mut next = 0;
        while next < self.chain.len() && self.chain.len() < 4 * CHAIN_MAX {
            let unit = self.chain[next] as usize;
            next += 1;
            let grew = |delta: i64| (delta > 0) == self.settled[unit];
            for c in core.unit(unit).iter().filter(|c| grew(c.delta)).collect::<Vec<_>>() {
                let cells = core.row(c.other as usize);
                let look = cells.len().min(LOOK_MAX);
                let mut at = if look == cells.len() { 0 } else { self.bits() as usize % cells.len() };
                for _ in 0..look {
                    let other = cells[at];
                    at += 1;
                    if at == cells.len() {
                        at = 0;
                    }
                    let candidate = other.other as usize;
                    let free = !self.settled[candidate] && self.chain_of[candidate] != self.chain_number;
                    if other.delta < 0 && free && self.fits(candidate) {
                        cost += self.cost(candidate);
                        self.flip_noting(candidate);
                    }
                }
            }
        }
        self.short.clear();
        cost
    }

    fn fits(&self, unit: usize) -> bool {
        self.core.unit(unit).iter().all(|c| self.balances[c.other as usize] + c.delta >= 0)
    }

    /// Flips as a part of the chain; rows that fall short are noted.
    fn flip_noting(&mut self, unit: usize) {
        self.flip(unit);
        self.chain.push(unit as u32);
        self.chain_of[unit] = self.chain_number;
        for c in self.core.unit(unit) {
            if self.balances[c.other as usize] < 0 {
                self.short.push(c.other);
            }
        }
    }

    fn flip(&mut self, unit: usize) {
        let settle = !self.settled[unit];
        self.settled[unit] = settle;
        for c in self.core.unit(unit) {
            self.balances[c.other as usize] += if settle { c.delta } else { -c.delta };
        }
        if settle {
            self.worth += self.core.weights[unit];
            let at = self.place[unit] as usize;
            self.waiting.swap_remove(at);
            if let Some(moved) = self.waiting.get(at) {
                self.place[*moved as usize] = at as u32;
            }
        } else {
            self.worth -= self.core.weights[unit];
            self.place[unit] = self.waiting.len() as u32;
            self.waiting.push(unit as u32);
        }
    }

    fn bits(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        (z ^ (z >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 4
    }

    /// Mean one, near enough to exponential: halves until a coin says stop.
    fn exponential(&mut self) -> f64 {
        let bits = self.bits();
        let part = (bits >> 20) as f64 / (1u64 << 40) as f64;
        (f64::from((bits as u32 & 0xfffff).trailing_ones()) + part) * std::f64::consts::LN_2
    }
}
