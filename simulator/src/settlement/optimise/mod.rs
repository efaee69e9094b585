//! The optimiser: of all that waits, what to settle together so that no balance ends below zero and the most settles, by
//! count, by value, or by weights that are handed in.
//!
//! ```text
//!  instance ─▶ problem: units, rows that can bind ─▶ parts ──small──▶ exact: branch and bound ─┐
//!  (checked)   the certain decided, rows tightened     └─────▶ core ─▶ relax: fractions, prices │
//!                                                               │         │                    ▼
//!                                                               │         └▶ bound: safe     settlement
//!                                                               └▶ search: round, then chains ─┘
//! ```
//!
//! Balances, worth and bound are whole numbers throughout; floating-point numbers guide the search and nothing else.
//! It is told how much of its time is gone and reads no clock; with a number of turns it does the same on every run.
#![allow(clippy::disallowed_types, reason = "guidance for the search; balances and worth are whole numbers")]

pub mod baseline;
mod bound;
mod core;
mod exact;
pub mod families;
pub mod instance;
mod partial;
mod problem;
mod relax;
mod search;
pub mod ssp;

use self::core::Core;
pub use instance::{Defect, Draft, Instance, Instruction};
pub use partial::Part;
use problem::{Fate, Problem};
use search::{Knobs, Search};

/// What counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective<'w> {
    /// As many instructions as can be.
    Count,
    /// As much value as can be, quantity by price.
    Value,
    /// Weights by instruction, in their order: penalties saved, priorities.
    Weights(&'w [u64]),
}

/// How to go about it.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'w> {
    /// What counts.
    pub objective: Objective<'w>,
    /// Of the search.
    pub seed: u64,
    /// Chains to try; without a number, until the time is gone.
    pub turns: Option<u64>,
    /// Whether parts of instructions may settle in the end.
    pub partials: bool,
}

/// All of the time, as [`optimise`] is told it.
pub const ALL: u32 = 10_000;

/// What settles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// By instruction: whether it settles whole.
    pub chosen: Vec<bool>,
    /// What settles in part, where that was asked for.
    pub parts: Vec<Part>,
    /// What is chosen is worth this by the objective.
    pub worth: i128,
    /// No choice of whole instructions is worth more than this; `None` when the numbers are too large to say.
    pub bound: Option<i128>,
    /// Chains that were tried.
    pub turns: u64,
}

/// Parts are solved exactly with so many steps for all of them.
const EXACT_STEPS: u32 = 20_000_000;
/// Of the time that is left, the relaxation has three parts in ten.
const RELAX_TENTHS: u32 = 3;
/// The main search takes so many turns a unit, when there is time.
const MAIN_TURNS: u64 = 200;
/// Found by measuring (docs/settle.md).
const KNOBS: Knobs = Knobs { spare: 0.5, lack: 1.2, hot: 1.0, cold: 0.05 };
/// The shortest kick, in turns.
const KICK_TURNS: u32 = 1_024;
/// How far a kick may end below the best, in parts of a thousand: for some kicks this, for some that.
const LEEWAYS: [u32; 4] = [0, 0, 0, 3];
const KICKS_EACH: u32 = 32;
/// Every so many kicks one begins from everything at once, where there are not more units than this, with so many turns.
const FLOOD_EACH: u32 = 4;
const FLOOD_MAX: usize = 20_000;
const FLOOD_TURNS: u32 = 8_192;
/// Turns between two looks at the time.
const TURNS_AT_ONCE: u64 = 32;

/// Chooses. `used` says how much of the time is gone, in parts of [`ALL`]; from there on it stops as soon as it can, with the
/// best it has.
pub fn optimise(instance: &Instance, plan: &Plan<'_>, used: &mut dyn FnMut() -> u32) -> Settlement {
    let weights: Vec<i128> = match plan.objective {
        Objective::Count => vec![1; instance.instructions.len()],
        Objective::Value => instance.instructions.iter().map(|i| instance.value(i)).collect(),
        Objective::Weights(given) => {
            let mut weights: Vec<i128> = given.iter().map(|w| i128::from(*w)).collect();
            weights.resize(instance.instructions.len(), 0);
            weights
        }
    };
    let mut problem = Problem::new(instance, &weights);
    let core = solve_the_small(&mut problem, used);
    let certain = problem.worth();
    let (chosen, bound, turns) = search_the_core(&core, plan, used);
    for (unit, settles) in core.units.iter().zip(chosen) {
        problem.fates[*unit] = if settles { Fate::Settles } else { Fate::Fails };
    }
    let (chosen, worth) = (problem.chosen(instance.instructions.len()), problem.worth());
    assert!(instance.settles(&chosen), "what the search says stands");
    let parts = if plan.partials { partial::parts(instance, &chosen, &weights) } else { Vec::new() };
    Settlement { chosen, parts, worth, bound: bound.map(|b| b + certain), turns }
}

/// Decides the units of small parts for good; the others make the core.
fn solve_the_small(problem: &mut Problem, used: &mut dyn FnMut() -> u32) -> Core {
    let mut left = Vec::new();
    let mut steps = EXACT_STEPS;
    for part in problem.parts() {
        let choice = if used() < ALL { exact::solve(problem, &part, &mut steps) } else { None };
        match choice {
            Some(choice) => {
                for (unit, settles) in part.iter().zip(choice) {
                    problem.fates[*unit] = if settles { Fate::Settles } else { Fate::Fails };
                }
            }
            None => left.extend(part),
        }
    }
    left.sort_unstable();
    Core::new(problem, left)
}

/// Relaxes, rounds and searches.
fn search_the_core(
    core: &Core,
    plan: &Plan<'_>,
    used: &mut dyn FnMut() -> u32,
) -> (Vec<bool>, Option<i128>, u64) {
    let n = core.units.len();
    if n == 0 {
        return (Vec::new(), Some(0), 0);
    }
    let mean = (core.weights.iter().map(|w| *w as f64).sum::<f64>() / n as f64).max(f64::MIN_POSITIVE);
    let weights: Vec<f64> = core.weights.iter().map(|w| *w as f64 / mean).collect();
    let start = used().min(ALL);
    let limit = start + (ALL - start) * RELAX_TENTHS / 10;
    let iterations = plan.turns.map(|turns| (turns / 32).clamp(200, 50_000) as u32);
    let relaxed = relax::relax(core, &weights, |done| match iterations {
        Some(most) => done < most && used() < ALL,
        None => used() < limit,
    });
    let prices: Vec<f64> = relaxed.prices.iter().map(|p| p * mean).collect();
    let bound = bound::bound(core, &prices);
    let knobs = KNOBS;
    let mut search = Search::new(core, weights, &relaxed, plan.seed, knobs);
    search.round(&relaxed.fractions, || used() < ALL);
    let start = used().min(ALL);
    let (mut turns, mut kicks) = (0, 0u32);
    let main = (n as u64 * MAIN_TURNS).min(plan.turns.map_or(u64::MAX, |most| most / 2)).max(1);
    while plan.turns.is_none_or(|most| turns < most) && bound != Some(search.best().1) {
        let now = used();
        if now >= ALL {
            break;
        }
        // The first half, or less when that suffices: everywhere at once, cooling down.
        let by_time =
            if plan.turns.is_some() { 0.0 } else { f64::from(now - start) / f64::from(ALL - start) };
        let gone = (turns as f64 / main as f64).max(2.0 * by_time);
        if gone < 1.0 {
            let heat = knobs.hot * (1.0 - gone) * (1.0 - gone) + knobs.cold;
            (0..TURNS_AT_ONCE).for_each(|_| search.turn(heat));
            turns += TURNS_AT_ONCE;
        } else {
            kicks += 1;
            if n <= FLOOD_MAX && kicks % FLOOD_EACH == 1 {
                search.flood(knobs.hot, knobs.cold, FLOOD_TURNS, &mut || used() < ALL);
                turns += u64::from(FLOOD_TURNS);
                continue;
            }
            // Short ones and long ones in turn.
            let length = KICK_TURNS << (2 * (kicks % 4));
            let leeway = LEEWAYS[(kicks / KICKS_EACH) as usize % LEEWAYS.len()];
            search.kick(knobs.hot, knobs.cold, leeway, length, &mut || used() < ALL);
            turns += u64::from(length);
        }
    }
    (search.best().0.to_vec(), bound, turns)
}
