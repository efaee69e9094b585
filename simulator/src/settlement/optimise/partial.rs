//! Parts of what does not settle whole: where an instruction allows it, as much as the balances bear once everything else is
//! booked, not less than its smallest part. Cash goes with the quantity, rounded down; the last part pays the rest.

use std::collections::BTreeMap;

use super::instance::Instance;

/// A part that settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The place of its instruction.
    pub place: u32,
    /// How many units.
    pub quantity: i64,
    /// What is paid for them.
    pub cash: i64,
}

/// The parts, the most valuable instructions first; each leaves the others what it leaves. Members of groups and
/// instructions without weight have none.
pub(super) fn parts(instance: &Instance, chosen: &[bool], weights: &[i128]) -> Vec<Part> {
    let mut cash: Vec<i128> = instance.cash.iter().map(|c| i128::from(*c)).collect();
    let mut positions: BTreeMap<(u32, u32), i128> =
        instance.positions.iter().map(|(k, q)| (*k, i128::from(*q))).collect();
    let mut book = |place: usize, quantity: i128, paid: i128, limits: bool| {
        let i = &instance.instructions[place];
        let has = positions.get(&(i.seller, i.line)).copied().unwrap_or(0);
        if limits && (has < quantity || cash[i.buyer as usize] < paid) {
            return (has, cash[i.buyer as usize]);
        }
        *positions.entry((i.seller, i.line)).or_default() -= quantity;
        *positions.entry((i.buyer, i.line)).or_default() += quantity;
        cash[i.buyer as usize] -= paid;
        cash[i.seller as usize] += paid;
        (has, cash[i.buyer as usize] + paid)
    };
    for (place, i) in instance.instructions.iter().enumerate().filter(|(place, _)| chosen[*place]) {
        book(place, i128::from(i.quantity), i128::from(i.cash), false);
    }
    let mut grouped = vec![false; chosen.len()];
    instance.groups.iter().filter(|g| g.len() > 1).flatten().for_each(|m| grouped[*m as usize] = true);
    let mut order: Vec<usize> = (0..chosen.len())
        .filter(|at| {
            !chosen[*at] && !grouped[*at] && weights[*at] > 0 && instance.instructions[*at].partial_ok
        })
        .filter(|at| instance.instructions[*at].seller != instance.instructions[*at].buyer)
        .collect();
    order.sort_by_key(|at| (std::cmp::Reverse(weights[*at]), *at));
    let mut found = Vec::new();
    for place in order {
        let i = &instance.instructions[place];
        let (whole, amount) = (i128::from(i.quantity), i128::from(i.cash));
        let (has, pays) = book(place, 0, 0, true);
        // The most units whose cash, rounded down, the buyer has.
        let by_cash = if amount == 0 { whole } else { ((pays + 1) * whole - 1) / amount };
        // Never the whole: that is the search's to say.
        let quantity = has.min(by_cash).min(whole - 1);
        if quantity <= 0 || quantity < i128::from(i.min_quantity) {
            continue;
        }
        let paid = amount * quantity / whole;
        book(place, quantity, paid, true);
        found.push(Part { place: place as u32, quantity: quantity as i64, cash: paid as i64 });
    }
    found
}
