//! Runs experiments: every variant with every seed, on as many threads as are given. Results are put in their places as they come,
//! so the bytes that come out do not depend on the threads.
#![allow(clippy::disallowed_types, reason = "figures of runs, for statistics")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use finality_simulator::experiment::comparison::{Batches, Comparison, Plan};
use finality_simulator::experiment::{Variant, figures};
use finality_simulator::operation::Operation;
use finality_simulator::report::Report;
use finality_simulator::scenario::Scenario;
use finality_simulator::world::Outcome;

use crate::simulate::run;

/// Whether all variants have the same trade dates, warm-up and batches, so that each batch has its like in the others.
pub fn have_the_same_batches(variants: &[Variant]) -> bool {
    let of = |variant: &Variant| {
        let day = &variant.scenario.day;
        (day.trade_dates, day.warm_up_dates, day.batch_dates)
    };
    variants.windows(2).all(|two| of(&two[0]) == of(&two[1]))
}

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// The ways, the one that the others are set against first.
    pub variants: Vec<Variant>,
    /// The first seed; each replication takes the next.
    pub seed: u64,
    /// How often each is run.
    pub replications: u32,
    /// Threads.
    pub jobs: usize,
    /// In how many cases of a hundred an interval holds the true value.
    pub confidence_percent: u32,
}

/// What is measured in a run: of each of its batches, or of all of it.
pub type Measure<'m> = &'m (dyn Fn(&Outcome, &Report) -> Vec<Vec<f64>> + Sync);

/// One run's measures, and whether the auditor was content.
struct Done {
    measures: Vec<Vec<f64>>,
    faults: bool,
    unmet: bool,
}

/// What was measured.
#[derive(Debug)]
pub struct Measured {
    /// Measures by variant, and in it by replication and batch.
    pub values: Vec<Vec<Vec<f64>>>,
    /// Runs in which the auditor found something.
    pub faults: usize,
    /// Runs in which an expectation of the scenario was not met.
    pub unmet: usize,
}

impl Experiment {
    /// Runs everything and compares; `told` hears of each run that is done.
    pub fn run(&self, told: impl Fn() + Sync) -> Comparison {
        let Measured { values, faults, unmet } = self.measure(&figures::by_batch, told);
        Comparison::of(self.plan(), values, faults, unmet)
    }

    /// Runs everything.
    pub fn measure(&self, measure: Measure<'_>, told: impl Fn() + Sync) -> Measured {
        let replications = self.replications.max(1) as usize;
        let runs = self.variants.len() * replications;
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<Option<Done>>> = Mutex::new((0..runs).map(|_| None).collect());
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.clamp(1, runs.max(1)) {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= runs {
                            break;
                        }
                        // Replication by replication, so that the progress says something of all variants.
                        let (replication, variant) =
                            (number / self.variants.len(), number % self.variants.len());
                        let of_run = self.one(variant, replication, measure);
                        let place = variant * replications + replication;
                        done.lock().expect("nobody panics while it is held")[place] = Some(of_run);
                        told();
                    }
                });
            }
        });
        let done = done.into_inner().expect("nobody panics while it is held");
        let done: Vec<Done> = done.into_iter().flatten().collect();
        let faults = done.iter().filter(|d| d.faults).count();
        let of_variant = |runs: &[Done]| runs.iter().flat_map(|run| run.measures.clone()).collect();
        let unmet = done.iter().filter(|d| d.unmet).count();
        Measured { values: done.chunks(replications).map(of_variant).collect(), faults, unmet }
    }

    fn plan(&self) -> Plan {
        Plan {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenarios: self.scenarios(),
            variants: self.variants.iter().map(|v| v.name.clone()).collect(),
            trades: self
                .variants
                .iter()
                .map(|v| v.scenario.trades.count * v.scenario.day.batch_dates)
                .collect(),
            batches: self.batches(),
            common_random_numbers: self.have_the_same_days(),
            seeds: [self.seed, self.seed + u64::from(self.replications.max(1)) - 1],
            confidence_percent: self.confidence_percent,
        }
    }

    /// How runs are measured, where they have several trade dates; all variants have the same.
    fn batches(&self) -> Option<Batches> {
        let day = &self.variants.first()?.scenario.day;
        day.is_long().then(|| Batches {
            of_run: (day.trade_dates - day.warm_up_dates) / day.batch_dates.max(1),
            dates: day.batch_dates,
            warm_up_dates: day.warm_up_dates,
        })
    }

    /// Names of the scenarios, each once, with how many trades it has.
    fn scenarios(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for Variant { scenario, .. } in &self.variants {
            let name = format!("{} ({} trades)", scenario.name, scenario.trades.count);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Whether the variants differ only in how the house is worked, so that the same trades, breaks, people and hours meet all.
    fn have_the_same_days(&self) -> bool {
        let day =
            |variant: &Variant| Scenario { operation: Operation::default(), ..variant.scenario.clone() };
        let (first, others) = match self.variants.as_slice() {
            [first, others @ ..] if !others.is_empty() => (day(first), others),
            _ => return false,
        };
        others.iter().all(|other| day(other) == first)
    }

    fn one(&self, variant: usize, replication: usize, measure: Measure<'_>) -> Done {
        let seed = self.seed + replication as u64;
        let scenario = self.variants[variant].scenario.clone();
        let outcome = run(scenario, seed);
        let report = Report::of(&outcome, env!("CARGO_PKG_VERSION"), seed);
        Done {
            measures: measure(&outcome, &report),
            faults: !report.audit_findings.is_empty(),
            unmet: report.expectations.iter().any(|verdict| !verdict.met),
        }
    }
}
