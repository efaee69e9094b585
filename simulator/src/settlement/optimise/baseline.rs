//! What the optimiser is measured against: the same instance without one. First come, first served, where every credit
//! tries again who waits; and netting that takes out what fits best until nobody is overdrawn.

use std::collections::{BTreeMap, BTreeSet};

use super::instance::Instance;

/// Balances of an instance while instructions settle.
struct Balances {
    cash: Vec<i128>,
    positions: BTreeMap<(u32, u32), i128>,
}

impl Balances {
    fn of(instance: &Instance) -> Self {
        Self {
            cash: instance.cash.iter().map(|c| i128::from(*c)).collect(),
            positions: instance.positions.iter().map(|(k, q)| (*k, i128::from(*q))).collect(),
        }
    }

    fn move_all(&mut self, instance: &Instance, members: &[u32], sign: i128) {
        for i in members.iter().map(|m| &instance.instructions[*m as usize]) {
            let (quantity, cash) = (sign * i128::from(i.quantity), sign * i128::from(i.cash));
            *self.positions.entry((i.seller, i.line)).or_default() -= quantity;
            *self.positions.entry((i.buyer, i.line)).or_default() += quantity;
            self.cash[i.buyer as usize] -= cash;
            self.cash[i.seller as usize] += cash;
        }
    }

    fn stands(&self, instance: &Instance, members: &[u32]) -> bool {
        members.iter().map(|m| &instance.instructions[*m as usize]).all(|i| {
            [i.seller, i.buyer].iter().all(|p| {
                self.cash[*p as usize] >= 0 && self.positions.get(&(*p, i.line)).is_none_or(|q| *q >= 0)
            })
        })
    }
}

/// What settles together, by place, and for every instruction which of these it is in.
fn blocks(instance: &Instance) -> Vec<Vec<u32>> {
    let mut of: Vec<usize> = (0..instance.instructions.len()).collect();
    // Groups that share a member are one.
    for group in &instance.groups {
        for pair in group.windows(2) {
            let (a, b) = (of[pair[0] as usize], of[pair[1] as usize]);
            if a != b {
                let (low, high) = (a.min(b), a.max(b));
                of.iter_mut().filter(|o| **o == high).for_each(|o| *o = low);
            }
        }
    }
    let mut members: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for (place, block) in of.iter().enumerate() {
        members.entry(*block).or_default().push(place as u32);
    }
    members.into_values().collect()
}

/// First come, first served; what cannot settle waits, and is tried again when somebody it touches was credited.
pub fn first_in_first_out(instance: &Instance) -> Vec<bool> {
    let blocks = blocks(instance);
    let mut balances = Balances::of(instance);
    let mut chosen = vec![false; instance.instructions.len()];
    recycle(instance, &blocks, &mut balances, &mut chosen);
    chosen
}

fn recycle(instance: &Instance, blocks: &[Vec<u32>], balances: &mut Balances, chosen: &mut [bool]) {
    let mut touching: BTreeMap<(u32, Option<u32>), BTreeSet<usize>> = BTreeMap::new();
    for (at, members) in blocks.iter().enumerate() {
        for i in members.iter().map(|m| &instance.instructions[*m as usize]) {
            touching.entry((i.seller, Some(i.line))).or_default().insert(at);
            touching.entry((i.buyer, None)).or_default().insert(at);
        }
    }
    let mut waiting: BTreeSet<usize> =
        (0..blocks.len()).filter(|b| !chosen[blocks[*b][0] as usize]).collect();
    let mut due: BTreeSet<usize> = waiting.clone();
    while let Some(at) = due.pop_first() {
        let members = &blocks[at];
        balances.move_all(instance, members, 1);
        if !balances.stands(instance, members) {
            balances.move_all(instance, members, -1);
            continue;
        }
        waiting.remove(&at);
        for i in members.iter().map(|m| &instance.instructions[*m as usize]) {
            for key in [(i.buyer, Some(i.line)), (i.seller, None)] {
                let again = touching.get(&key).into_iter().flatten().copied().filter(|b| waiting.contains(b));
                due.extend(again);
            }
        }
        for m in members {
            chosen[*m as usize] = true;
        }
    }
}

/// A participant's cash, or its position in a line.
type Row = (u32, Option<u32>);

/// All settle; then from the account that is overdrawn, in order of accounts, goes out the smallest that covers it, or the
/// largest there is; in the end who waits is tried again.
pub fn net_best_fit(instance: &Instance) -> Vec<bool> {
    let blocks = blocks(instance);
    let mut balances = Balances::of(instance);
    let mut chosen = vec![true; instance.instructions.len()];
    let mut debits: BTreeMap<Row, BTreeSet<(i64, usize)>> = BTreeMap::new();
    for (at, members) in blocks.iter().enumerate() {
        balances.move_all(instance, members, 1);
        for i in members.iter().map(|m| &instance.instructions[*m as usize]).filter(|i| i.seller != i.buyer) {
            debits.entry((i.seller, Some(i.line))).or_default().insert((i.quantity, at));
            debits.entry((i.buyer, None)).or_default().insert((i.cash, at));
        }
    }
    let mut due: BTreeSet<(u32, Option<u32>)> = debits.keys().copied().collect();
    while let Some(account) = due.pop_first() {
        let balance = match account {
            (p, Some(line)) => balances.positions.get(&(p, line)).copied().unwrap_or(0),
            (p, None) => balances.cash[p as usize],
        };
        if balance >= 0 {
            continue;
        }
        due.insert(account);
        let need = i64::try_from(-balance).unwrap_or(i64::MAX);
        let here = debits.entry(account).or_default();
        let best = here.range((need, 0)..).next().or_else(|| here.last()).copied();
        let Some((_, at)) = best else { break };
        balances.move_all(instance, &blocks[at], -1);
        for (m, i) in blocks[at].iter().map(|m| (*m, &instance.instructions[*m as usize])) {
            chosen[m as usize] = false;
            for (key, size) in [((i.seller, Some(i.line)), i.quantity), ((i.buyer, None), i.cash)] {
                debits.entry(key).or_default().remove(&(size, at));
            }
            due.extend([(i.buyer, Some(i.line)), (i.seller, None)]);
        }
    }
    recycle(instance, &blocks, &mut balances, &mut chosen);
    chosen
}
