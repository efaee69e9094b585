//! The largest knot of unsettled instructions: who waits for whom, for which balance, and how much of it is short.
//!
//! An instruction that lacks something waits for a balance: securities of its deliverer, or cash of its receiver. Whatever
//! unsettled instruction would bring something to that balance is one it waits for. What hangs together that way is a knot; it
//! begins where somebody waits for nothing that is on its way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rust_decimal::Decimal;
use serde::Serialize;

use super::fails::{Of, Unsettled, Why};
use super::{Crowd, PartyNumber, circles};
use crate::market::Market;
use crate::settlement::book::LineId;

/// So many instructions of a knot are shown, in so many steps, and so many of one step.
const SHOWN: usize = 40;
const STEPS: usize = 12;
const ABREAST: usize = 4;
/// So many that one waits for are named.
const NAMED: usize = 6;

/// A knot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gridlock {
    /// Instructions in it.
    pub instructions: u64,
    /// Participants, and funds of the house.
    pub participants: u64,
    /// Of these instructions, trades of the house.
    pub house_trades: u64,
    /// Lines of securities.
    pub lines: u64,
    /// What has not settled of them, in units of the currency.
    pub value: Decimal,
    /// Instructions of the longest row in which each waits for the one before.
    pub longest: u64,
    /// Instructions that wait for themselves by way of others.
    pub in_circles: u64,
    /// Those that are shown: the longest row, and beside it what begins and what follows.
    pub shown: Vec<Link>,
}

/// An instruction of a knot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its reference: of the population, or the share of the house's trade.
    pub reference: String,
    /// Who delivers.
    pub from: String,
    /// Who receives.
    pub to: String,
    /// What.
    pub isin: String,
    /// How much is left.
    pub quantity: Decimal,
    /// For how much, in units of the currency.
    pub amount: Decimal,
    /// Why it has not settled.
    pub why: Why,
    /// How much lacks: securities, or units of the currency.
    pub short: Decimal,
    /// Instructions that it waits for, as far as they are shown.
    pub waits_for: Vec<String>,
    /// How many more it waits for.
    pub waits_for_more: u64,
    /// How many others have to settle first, one after the other.
    pub step: u64,
    /// Whether it waits for itself by way of others.
    pub in_circle: bool,
}

/// What an instruction waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Balance {
    Securities(PartyNumber, LineId),
    Cash(PartyNumber),
}

fn wanted(one: &Unsettled) -> Option<Balance> {
    match one.why {
        Why::Securities => Some(Balance::Securities(one.from, one.line)),
        Why::Cash => Some(Balance::Cash(one.to)),
        Why::Unmatched | Why::Held | Why::Untried => None,
    }
}

/// What it would bring something to.
fn feeds(one: &Unsettled) -> [Balance; 2] {
    [Balance::Securities(one.to, one.line), Balance::Cash(one.from)]
}

/// Who waits for what, and who would bring it: by the numbers of the instructions.
struct Net<'u> {
    all: &'u [Unsettled],
    waiters: BTreeMap<Balance, Vec<usize>>,
    bringers: BTreeMap<Balance, Vec<usize>>,
}

impl<'u> Net<'u> {
    fn new(all: &'u [Unsettled]) -> Self {
        let mut net = Self { all, waiters: BTreeMap::new(), bringers: BTreeMap::new() };
        for (number, one) in all.iter().enumerate() {
            if let Some(balance) = wanted(one) {
                net.waiters.entry(balance).or_default().push(number);
            }
        }
        for (number, one) in all.iter().enumerate() {
            for balance in feeds(one).into_iter().filter(|balance| net.waiters.contains_key(balance)) {
                net.bringers.entry(balance).or_default().push(number);
            }
        }
        net
    }

    fn bringers(&self, number: usize) -> &[usize] {
        let of = wanted(&self.all[number]).and_then(|balance| self.bringers.get(&balance));
        of.map_or(&[], Vec::as_slice)
    }

    /// What hangs together with an instruction, itself among it.
    fn knot(&self, from: usize, seen: &mut [bool]) -> Vec<usize> {
        let mut knot = Vec::new();
        let mut balances = BTreeSet::new();
        let mut queue = VecDeque::from([from]);
        seen[from] = true;
        while let Some(number) = queue.pop_front() {
            knot.push(number);
            let one = &self.all[number];
            for balance in wanted(one).into_iter().chain(feeds(one)) {
                if !self.waiters.contains_key(&balance) || !balances.insert(balance) {
                    continue;
                }
                for other in
                    [&self.waiters, &self.bringers].into_iter().filter_map(|of| of.get(&balance)).flatten()
                {
                    if !std::mem::replace(&mut seen[*other], true) {
                        queue.push_back(*other);
                    }
                }
            }
        }
        knot.sort_unstable();
        knot
    }

    /// By instruction of a knot: its step, and whether a circle was broken there. Balances are passed through once, so that
    /// many who wait for many cost no more than their number.
    fn steps(&self, knot: &[usize]) -> BTreeMap<usize, (u64, bool)> {
        let mut steps: BTreeMap<usize, (u64, bool)> = BTreeMap::new();
        let mut open: BTreeMap<Balance, usize> = BTreeMap::new();
        let mut high: BTreeMap<Balance, u64> = BTreeMap::new();
        for number in knot {
            for balance in feeds(&self.all[*number]).into_iter().filter(|b| self.waiters.contains_key(b)) {
                *open.entry(balance).or_default() += 1;
            }
        }
        let begins = |number: &usize| {
            wanted(&self.all[*number]).is_none_or(|balance| open.get(&balance).is_none_or(|open| *open == 0))
        };
        let mut queue: VecDeque<(usize, u64, bool)> =
            knot.iter().copied().filter(begins).map(|number| (number, 0, false)).collect();
        let mut left: BTreeSet<usize> = knot.iter().copied().collect();
        loop {
            while let Some((number, step, broken)) = queue.pop_front() {
                if !left.remove(&number) {
                    continue;
                }
                steps.insert(number, (step, broken));
                for balance in feeds(&self.all[number]) {
                    let Some(open) = open.get_mut(&balance) else { continue };
                    *open -= 1;
                    let most = high.entry(balance).or_default();
                    *most = (*most).max(step + 1);
                    if *open == 0 {
                        let next = *most;
                        queue.extend(self.waiters[&balance].iter().map(|number| (*number, next, false)));
                    }
                }
            }
            // Only circles are left, and what waits behind them: one of them is taken as the first.
            let Some(number) = left.first().copied() else { return steps };
            let step = wanted(&self.all[number]).and_then(|balance| high.get(&balance).copied()).unwrap_or(0);
            queue.push_back((number, step, true));
        }
    }

    /// Those of a knot that wait for themselves by way of others.
    fn circles(&self, knot: &[usize]) -> BTreeSet<usize> {
        let place: BTreeMap<usize, usize> = knot.iter().copied().zip(0..).collect();
        let mut balances: BTreeMap<Balance, usize> = BTreeMap::new();
        let mut waits_for: Vec<Vec<usize>> = vec![Vec::new(); knot.len()];
        for number in knot {
            let Some(balance) = wanted(&self.all[*number]) else { continue };
            let next = knot.len() + balances.len();
            let node = *balances.entry(balance).or_insert(next);
            if node == waits_for.len() {
                let of = self.bringers.get(&balance).into_iter().flatten();
                waits_for.push(of.filter_map(|number| place.get(number).copied()).collect());
            }
            waits_for[place[number]].push(node);
        }
        let groups = circles::groups(&waits_for);
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        groups.iter().for_each(|group| *sizes.entry(*group).or_default() += 1);
        place.into_iter().filter(|(_, at)| sizes[&groups[*at]] > 1).map(|(number, _)| number).collect()
    }
}

/// The largest knot, by its instructions; of knots that are equally large the first.
pub(super) fn largest(
    unsettled: &[Unsettled],
    name: &dyn Fn(PartyNumber) -> String,
    market: &Market,
) -> Option<Gridlock> {
    let net = Net::new(unsettled);
    let mut seen = vec![false; unsettled.len()];
    let mut best: Vec<usize> = Vec::new();
    for number in 0..unsettled.len() {
        if !seen[number] {
            let knot = net.knot(number, &mut seen);
            if knot.len() > best.len() {
                best = knot;
            }
        }
    }
    if best.len() < 2 {
        return None;
    }
    let steps = net.steps(&best);
    let longest = steps.values().map(|(step, _)| step + 1).max().unwrap_or(0);
    // Circles are looked for where the steps had to be broken, and only there.
    let broken = steps.values().any(|(_, broken)| *broken);
    let circles = if broken { net.circles(&best) } else { BTreeSet::new() };
    let chosen = choose(&net, &best, &steps);
    let reference = |number: usize| match unsettled[number].of {
        Of::Population(number) => Crowd::reference(number),
        Of::Trade(trade) => market.trades[trade].share.to_string(),
    };
    let link = |number: &usize| {
        let one = &unsettled[*number];
        let bringers = net.bringers(*number);
        let named: Vec<&usize> = bringers.iter().filter(|other| chosen.contains(other)).take(NAMED).collect();
        Link {
            reference: reference(*number),
            from: name(one.from),
            to: name(one.to),
            isin: market.instruments[one.line as usize].isin.to_string(),
            quantity: Decimal::from(one.quantity),
            amount: Decimal::new(one.cents, 2),
            why: one.why,
            short: if one.why == Why::Cash { Decimal::new(one.short, 2) } else { Decimal::from(one.short) },
            waits_for_more: (bringers.len() - named.len()) as u64,
            waits_for: named.into_iter().map(|other| reference(*other)).collect(),
            step: steps[number].0,
            in_circle: circles.contains(number),
        }
    };
    let of = || best.iter().map(|number| &unsettled[*number]);
    let mut shown: Vec<usize> = chosen.iter().copied().collect();
    shown.sort_by_key(|number| (steps[number].0, *number));
    Some(Gridlock {
        instructions: best.len() as u64,
        participants: of().flat_map(|one| [one.from, one.to]).collect::<BTreeSet<_>>().len() as u64,
        house_trades: of().filter(|one| matches!(one.of, Of::Trade(_))).count() as u64,
        lines: of().map(|one| one.line).collect::<BTreeSet<_>>().len() as u64,
        value: Decimal::new(of().map(|one| one.cents).sum(), 2),
        longest,
        in_circles: circles.len() as u64,
        shown: shown.iter().map(link).collect(),
    })
}

/// The longest row back from its end, then what stands beside it, first steps first.
fn choose(net: &Net<'_>, knot: &[usize], steps: &BTreeMap<usize, (u64, bool)>) -> BTreeSet<usize> {
    let step = |number: usize| steps[&number].0;
    let Some(mut at) = knot.iter().copied().max_by_key(|number| (step(*number), std::cmp::Reverse(*number)))
    else {
        return BTreeSet::new();
    };
    let mut row = vec![at];
    while let Some(before) = net
        .bringers(at)
        .iter()
        .copied()
        .filter(|b| step(*b) < step(at))
        .max_by_key(|b| (step(*b), std::cmp::Reverse(*b)))
    {
        row.push(before);
        at = before;
    }
    row.reverse();
    row.truncate(STEPS);
    let mut abreast: BTreeMap<u64, usize> = BTreeMap::new();
    row.iter().for_each(|number| *abreast.entry(step(*number)).or_default() += 1);
    let mut chosen: BTreeSet<usize> = row.iter().copied().collect();
    let shown_steps: BTreeSet<u64> = row.iter().map(|number| step(*number)).collect();
    // Beside the row what somebody shown waits for, and then what waits for somebody shown: nothing stands without its reason.
    let mut others: Vec<usize> = knot.iter().copied().filter(|number| !chosen.contains(number)).collect();
    others.sort_by_key(|number| (step(*number), *number));
    let brought: BTreeSet<usize> = row.iter().flat_map(|number| net.bringers(*number)).copied().collect();
    for only_brought in [true, false] {
        for number in others.iter().copied() {
            let follows = net.bringers(number).iter().any(|b| chosen.contains(b));
            let fits = if only_brought { brought.contains(&number) } else { follows };
            let beside = abreast.entry(step(number)).or_default();
            let room = chosen.len() < SHOWN && *beside < ABREAST && shown_steps.contains(&step(number));
            if fits && room && chosen.insert(number) {
                *beside += 1;
            }
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn one(number: usize, from: u32, to: u32, why: Why) -> Unsettled {
        Unsettled {
            of: Of::Population(number),
            from,
            to,
            line: 0,
            quantity: 10,
            cents: 1_000,
            why,
            short: 10,
        }
    }

    fn of(unsettled: &[Unsettled]) -> Option<Gridlock> {
        let market = Market::draw(Scenario::from_toml("name = 'x'").expect("a scenario"), 1);
        largest(unsettled, &|party| format!("p{party}"), &market)
    }

    #[test]
    fn a_chain_is_told_from_its_beginning_to_its_end() {
        let waits = Why::Securities;
        let chain = [
            one(0, 3, 4, waits),
            one(1, 1, 2, waits),
            one(2, 2, 3, waits),
            one(3, 8, 9, Why::Held),
            Unsettled { line: 1, ..one(4, 1, 2, waits) },
        ];
        let found = of(&chain).expect("a knot");
        assert_eq!((found.instructions, found.participants, found.longest, found.in_circles), (3, 4, 3, 0));
        let told: Vec<(&str, u64, Vec<String>)> =
            found.shown.iter().map(|l| (l.from.as_str(), l.step, l.waits_for.clone())).collect();
        let named = |name: &str| vec![name.to_owned()];
        assert_eq!(told, [("p1", 0, vec![]), ("p2", 1, named("P0000002")), ("p3", 2, named("P0000003"))]);
    }

    #[test]
    fn a_circle_is_said_to_be_one_and_what_hangs_on_it_is_not() {
        let waits = Why::Securities;
        let circle = [one(0, 1, 2, waits), one(1, 2, 3, waits), one(2, 3, 1, waits), one(3, 3, 5, waits)];
        let found = of(&circle).expect("a knot");
        assert_eq!((found.instructions, found.in_circles), (4, 3));
        let hangs: Vec<&str> = found.shown.iter().filter(|l| !l.in_circle).map(|l| l.to.as_str()).collect();
        assert_eq!(hangs, ["p5"]);
    }

    #[test]
    fn cash_makes_knots_too_and_nothing_makes_none() {
        let cash = [one(0, 2, 1, Why::Cash), one(1, 1, 3, Why::Held)];
        let found = of(&cash).expect("who is to pay waits for its own sale");
        assert_eq!(found.shown[1].waits_for, ["P0000002"]);
        assert_eq!(of(&[one(0, 1, 2, Why::Held), one(1, 5, 6, Why::Unmatched)]), None);
        assert_eq!(of(&[]), None);
    }
}
