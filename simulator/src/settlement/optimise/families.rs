//! Instances drawn from a seed, of three kinds of market: `mixed`, an ordinary day; `gridlock`, where nearly everybody waits
//! for somebody else; `scarce`, where securities and cash are not there at all. They are inventions, for tests and benches.
#![allow(
    clippy::disallowed_types,
    reason = "sizes of invented trades are drawn from curves; what comes out is whole"
)]

use std::collections::BTreeMap;

use super::instance::{Draft, Instance, Instruction};
use crate::seed::Draws;

/// A kind of market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Chains, circles and single trades, most of them covered.
    Mixed,
    /// Mostly circles and chains, with little to begin with.
    Gridlock,
    /// Many deliver what they do not have.
    Scarce,
}

/// What makes one kind differ from another; per ten thousand.
struct Shape {
    in_chains: u64,
    in_circles: u64,
    /// How likely somebody who delivers more of a line than he receives is short of it.
    short: u64,
    /// What he has of it then, at the most.
    short_cover: u64,
    /// Cash of those who pay more than they receive, of what they need.
    cash_low: u64,
    cash_high: u64,
    /// Cash on top of that, of what all pay to all.
    float: u64,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Mixed, Self::Gridlock, Self::Scarce];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Gridlock => "gridlock",
            Self::Scarce => "scarce",
        }
    }

    fn shape(self) -> Shape {
        match self {
            Self::Mixed => Shape {
                in_chains: 3_500,
                in_circles: 1_500,
                short: 700,
                short_cover: 9_000,
                cash_low: 7_000,
                cash_high: 11_500,
                float: 0,
            },
            Self::Gridlock => Shape {
                in_chains: 2_500,
                in_circles: 6_500,
                short: 600,
                short_cover: 9_000,
                cash_low: 7_000,
                cash_high: 11_500,
                float: 0,
            },
            Self::Scarce => Shape {
                in_chains: 3_500,
                in_circles: 1_500,
                short: 2_800,
                short_cover: 8_000,
                cash_low: 4_000,
                cash_high: 9_000,
                float: 0,
            },
        }
    }

    /// An instance of about this many instructions.
    pub fn draw(self, size: usize, seed: u64) -> Instance {
        Market::new(self, size, seed).instance()
    }
}

/// Trades on the way to an instance.
struct Market {
    draws: Draws,
    shape: Shape,
    size: usize,
    participants: Ladder,
    lines: Ladder,
    prices: Vec<i64>,
    instructions: Vec<Instruction>,
    groups: Vec<Vec<i64>>,
}

impl Market {
    fn new(family: Family, size: usize, seed: u64) -> Self {
        let draws = Draws::new(seed).other(family as u64);
        let participants = (size / 25).clamp(10, 400);
        let lines = (size / 10).clamp(10, 2_000);
        let prices = (0..lines as u64).map(|l| draws.between("price", l, 500, 20_000) as i64).collect();
        Self {
            draws,
            shape: family.shape(),
            size,
            participants: Ladder::new(participants, 0.8),
            lines: Ladder::new(lines, 0.9),
            prices,
            instructions: Vec::with_capacity(size + 16),
            groups: Vec::new(),
        }
    }

    fn instance(mut self) -> Instance {
        let mut story = 0;
        while self.instructions.len() < self.size {
            let kind = self.draws.between("kind", story, 0, 9_999);
            // A story of several legs comes up less often, so that its share of the legs is what the shape says.
            if kind < self.shape.in_chains / 3 {
                self.legs(story, self.length(story, 2), false);
            } else if kind < self.shape.in_chains / 3 + self.shape.in_circles / 4 {
                self.legs(story, self.length(story, 3), true);
            } else if kind >= self.shape.in_chains + self.shape.in_circles {
                self.legs(story, 1, false);
            }
            story += 1;
        }
        self.instructions.truncate(self.size);
        self.shuffle();
        let (cash, positions) = self.openings();
        let draft = Draft {
            prices: self.prices,
            cash,
            positions,
            groups: self.groups,
            instructions: self.instructions,
        };
        Instance::check(draft).expect("what is drawn is within bounds")
    }

    /// At least so many legs, each further one half as likely.
    fn length(&self, story: u64, least: usize) -> usize {
        least + (self.draws.bits("length", story).trailing_ones() as usize).min(8)
    }

    /// Trades of one line, each buyer selling on what the one before sold to him; in a circle the last sells to the first.
    fn legs(&mut self, story: u64, legs: usize, circle: bool) {
        let line = self.lines.pick(self.draws.bits("line", story)) as u32;
        let price = self.prices[line as usize] as f64;
        let value = 10_000_000.0 * exp(1.8 * normal(&self.draws, story));
        let quantity = ((value / price) as i64).clamp(1, 1_000_000_000);
        let mut parties: Vec<u32> = Vec::new();
        for n in 0.. {
            if parties.len() == if circle { legs } else { legs + 1 } {
                break;
            }
            let party = self.participants.pick(self.draws.bits("party", story * 4_096 + n)) as u32;
            if !parties.contains(&party) || n > 64 && parties.last() != Some(&party) {
                parties.push(party);
            }
        }
        let free = self.draws.happens("free", story, 1_000);
        for leg in 0..legs {
            let number = story * 4_096 + leg as u64;
            let off = self.draws.between("off", number, 9_900, 10_100) as i128;
            let paid = i128::from(quantity) * price as i128 * off / 10_000;
            let id = self.instructions.len() as i64;
            self.instructions.push(Instruction {
                id,
                seller: parties[leg],
                buyer: parties[(leg + 1) % parties.len()],
                line,
                quantity,
                cash: if free { 0 } else { paid as i64 },
                priority: [4, 4, 4, 3, 3, 2, 1][self.draws.between("priority", number, 0, 6) as usize],
                partial_ok: self.draws.happens("partial", number, 3_000),
                min_quantity: (quantity / 10).max(1),
            });
        }
    }

    /// The order of arrival knows nothing of chains. A few that arrive one after the other are to settle together.
    fn shuffle(&mut self) {
        let mut order: Vec<(u64, usize)> =
            (0..self.instructions.len()).map(|at| (self.draws.bits("arrival", at as u64), at)).collect();
        order.sort_unstable();
        let old = std::mem::take(&mut self.instructions);
        self.instructions = order.iter().map(|(_, at)| old[*at].clone()).collect();
        for (at, i) in self.instructions.iter_mut().enumerate() {
            i.id = at as i64;
        }
        let mut at = 0;
        while at + 3 < self.instructions.len() {
            if self.draws.happens("with", at as u64, 100) {
                let members = 2 + self.draws.between("members", at as u64, 0, 1) as i64;
                self.groups.push((at as i64..at as i64 + members).collect());
            }
            at += 3;
        }
    }

    /// What each has, from what each would need if all settled.
    fn openings(&self) -> (Vec<i64>, Vec<(u32, u32, i64)>) {
        let mut needs: BTreeMap<(u32, u32), i64> = BTreeMap::new();
        let mut pays = vec![0i64; self.participants.steps.len()];
        let mut gross = vec![0i64; pays.len()];
        for i in &self.instructions {
            *needs.entry((i.seller, i.line)).or_default() += i.quantity;
            *needs.entry((i.buyer, i.line)).or_default() -= i.quantity;
            pays[i.buyer as usize] += i.cash;
            gross[i.buyer as usize] += i.cash;
            pays[i.seller as usize] -= i.cash;
        }
        let share = |part: i64, of: u64| (i128::from(part) * i128::from(of) / 10_000) as i64;
        let positions = needs
            .into_iter()
            .filter(|(_, need)| *need > 0)
            .map(|((party, line), need)| {
                let number = u64::from(party) << 32 | u64::from(line);
                let has = if self.draws.between("short", number, 0, 9_999) < self.shape.short {
                    share(need, self.draws.between("cover", number, 0, self.shape.short_cover))
                } else {
                    need
                };
                (party, line, has)
            })
            .filter(|(_, _, has)| *has > 0)
            .collect();
        let cash = pays
            .iter()
            .zip(&gross)
            .enumerate()
            .map(|(party, (net, gross))| {
                let cover =
                    self.draws.between("cash", party as u64, self.shape.cash_low, self.shape.cash_high);
                share((*net).max(0), cover) + share(*gross, self.shape.float)
            })
            .collect();
        (cash, positions)
    }
}

/// Some are picked often, many seldom: weights fall with the rank to a power.
struct Ladder {
    /// Sums of weights up to each rank.
    steps: Vec<u64>,
}

impl Ladder {
    fn new(n: usize, power: f64) -> Self {
        let mut sum = 0;
        let steps = (1..=n)
            .map(|rank| {
                sum += (1e9 * exp(-power * ln(rank as f64))) as u64;
                sum
            })
            .collect();
        Self { steps }
    }

    fn pick(&self, bits: u64) -> usize {
        let point = bits % self.steps.last().copied().unwrap_or(1);
        self.steps.partition_point(|s| *s <= point)
    }
}

/// A draw from the bell curve: the sum of twelve even ones. The same bits on every machine.
fn normal(draws: &Draws, entity: u64) -> f64 {
    let even = |n: u64| (draws.bits("bell", entity * 16 + n) >> 11) as f64 / (1u64 << 53) as f64;
    (0..12).map(even).sum::<f64>() - 6.0
}

/// The power of e, by halving and a series: library functions differ from machine to machine, these operations do not.
fn exp(x: f64) -> f64 {
    let part = x / 1_024.0;
    let mut y = 1.0 + part * (1.0 + part / 2.0 * (1.0 + part / 3.0 * (1.0 + part / 4.0)));
    for _ in 0..10 {
        y *= y;
    }
    y
}

/// The natural logarithm of a number from 1 on.
fn ln(mut x: f64) -> f64 {
    let mut halvings = 0.0;
    while x > 1.5 {
        x /= 2.0;
        halvings += 1.0;
    }
    let z = (x - 1.0) / (x + 1.0);
    let (mut power, mut sum) = (z, 0.0);
    for n in 0..20 {
        sum += power / f64::from(2 * n + 1);
        power *= z * z;
    }
    2.0 * sum + halvings * std::f64::consts::LN_2
}
