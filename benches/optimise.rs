//! The optimiser beside what there is without one: invented markets of three families and some sizes, by count and by value.
//!
//! ```text
//! cargo bench --bench optimise
//! cargo bench --bench optimise -- --seconds 60 --sizes 1000,20000 --seed 1
//! ```
//!
//! Shares are of all instructions, or of their value, in per cent. `gross` is first come, first served with recycling; `netted`
//! is netting that takes out what fits best, with recycling; the bound is what no choice can exceed.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench reads the clock, and its rates are no money"
)]

use std::time::Instant;

use finality::simulator::settlement::optimise::families::Family;
use finality::simulator::settlement::optimise::{ALL, Instance, Objective, Plan, baseline, optimise};

fn argument(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|a| a != name);
    arguments.nth(1)
}

fn main() {
    let seconds: f64 = argument("--seconds").and_then(|s| s.parse().ok()).unwrap_or(5.0);
    let seed = argument("--seed").and_then(|s| s.parse().ok()).unwrap_or(1);
    let sizes = argument("--sizes").unwrap_or_else(|| "1000,5000".to_owned());
    println!("| family | instructions | objective | gross | netted | optimiser | bound | seconds | chains |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for size in sizes.split(',').filter_map(|s| s.parse().ok()) {
        for family in Family::ALL {
            let instance = family.draw(size, seed);
            let (gross, netted) =
                (baseline::first_in_first_out(&instance), baseline::net_best_fit(&instance));
            for (name, objective) in [("count", Objective::Count), ("value", Objective::Value)] {
                row(&instance, family, name, objective, [&gross, &netted], seconds);
            }
        }
    }
}

fn row(
    instance: &Instance,
    family: Family,
    name: &str,
    objective: Objective<'_>,
    base: [&[bool]; 2],
    seconds: f64,
) {
    let weigh = |chosen: &dyn Fn(usize) -> bool| {
        let there = instance.instructions().iter().enumerate().filter(|(at, _)| chosen(*at));
        there.map(|(_, i)| if name == "count" { 1.0 } else { instance.value(i) as f64 }).sum::<f64>()
    };
    let all = weigh(&|_| true);
    let share = |chosen: &[bool]| 100.0 * weigh(&|at| chosen[at]) / all;
    let plan = Plan { objective, seed: 1, turns: None, partials: false };
    let start = Instant::now();
    let mut used = || ((start.elapsed().as_secs_f64() / seconds * f64::from(ALL)) as u32).min(ALL);
    let found = optimise(instance, &plan, &mut used);
    let bound = found.bound.map_or("none".to_owned(), |b| format!("{:.2}", 100.0 * b as f64 / all));
    println!(
        "| {} | {} | {name} | {:.2} | {:.2} | {:.2} | {bound} | {:.1} | {} |",
        family.name(),
        instance.instructions().len(),
        share(base[0]),
        share(base[1]),
        share(&found.chosen),
        start.elapsed().as_secs_f64(),
        found.turns
    );
}
