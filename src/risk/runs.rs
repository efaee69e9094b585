//! Simulated runs as cases: what the production gateway knew at each moment, what became of the trade, and how it came out in other
//! futures of the same past.

use std::collections::BTreeMap;

use finality_kernel::exceptions::probability::Choice;
use finality_kernel::profile::Profile;
use finality_kernel::risk::snapshot::{Moment, Snapshots};
use finality_parsers::machine::Timestamp;
use finality_simulator::market::{Market, at};
use finality_simulator::scenario::Scenario;
use finality_simulator::statistics::Fate;
use finality_simulator::unseen::Unseen;
use finality_simulator::world::{Fork, Outcome, World};

use crate::simulate::{Production, profile, records};

/// One trade at one moment.
#[derive(Debug, Clone)]
pub struct Case {
    /// The run.
    pub seed: u64,
    /// The trade of the day.
    pub trade: usize,
    /// The moment.
    pub moment: Moment,
    /// When.
    pub at: Timestamp,
    /// The cut-off of its day.
    pub cut_off: Timestamp,
    /// Names of the features that held.
    pub features: Vec<String>,
    /// What the table of assumptions said.
    pub table_bp: u32,
    /// In how many other futures it failed, and of how many; `None` where that was not tried.
    pub futures: Option<[u32; 2]>,
    /// Whether it was not settled at the cut-off of its day.
    pub failed: bool,
}

/// The reference data of a run. Scores are made by the table: what is measured may not depend on what it is measured with, and
/// people at the desk go by the score.
fn reference(market: &Market) -> Profile {
    let mut profile = profile(market);
    profile.desk.estimates = Choice::Table;
    profile
}

fn subject(market: &Market) -> Production {
    Production { profile: reference(market) }
}

fn failed(outcome: &Outcome, trade: usize) -> bool {
    outcome.statistics.fates.get(trade).is_some_and(|fate| *fate != Fate::Settled)
}

/// The cases of one run. With futures, those of the timed moments say how many of so many other futures fail.
pub fn of_seed(scenario: &Scenario, seed: u64, futures: u32) -> Vec<Case> {
    let world = World::new(scenario.clone(), seed, subject);
    let outcome = if futures > 0 { world.witnessed().run() } else { world.run() };
    let market = &outcome.market;
    let mut fold = Snapshots::new(reference(market));
    records(&outcome.journal).for_each(|record| fold.take(&record));
    let cut_off = at(market.settlement_date, market.scenario.day.cut_off);
    let others = other_futures(scenario, seed, &outcome, futures);
    let names = fold.names();
    let case = |snapshot: &finality_kernel::risk::snapshot::Snapshot| {
        let trade = market.trade_named(&snapshot.key)?;
        // A wrong date is not yet put right: what becomes of it is known for the true one.
        let of_features = |n: &u32| names.get(*n as usize).cloned();
        (snapshot.at <= cut_off).then(|| Case {
            seed,
            trade,
            moment: snapshot.moment,
            at: snapshot.at,
            cut_off,
            features: snapshot.features.iter().filter_map(of_features).collect(),
            table_bp: snapshot.table_bp,
            futures: others.get(&snapshot.moment).and_then(|fails| Some([*fails.get(trade)?, futures])),
            failed: failed(&outcome, trade),
        })
    };
    fold.all().iter().filter_map(case).collect()
}

/// How many futures each trade fails in, from each timed moment on.
fn other_futures(scenario: &Scenario, seed: u64, past: &Outcome, futures: u32) -> BTreeMap<Moment, Vec<u32>> {
    let mut found = BTreeMap::new();
    if futures == 0 {
        return found;
    }
    let market = &past.market;
    let profile = reference(market);
    for (moment, salt) in Moment::TIMED.into_iter().zip(1u64..) {
        let Some(at) = moment.at(market.settlement_date, &profile) else { continue };
        let unseen = Unseen::of(past, at);
        let mut fails = vec![0; market.trades.len()];
        for future in 0..futures {
            let fork = Fork { at, number: salt * 1_000_000 + u64::from(future) };
            let outcome = World::forked(scenario.clone(), seed, fork, &unseen, subject).run();
            for (trade, fails) in fails.iter_mut().enumerate() {
                *fails += u32::from(failed(&outcome, trade));
            }
        }
        found.insert(moment, fails);
    }
    found
}

/// The cases of many runs, in order of seeds, worked out by as many threads as are asked for.
pub fn of_seeds(scenario: &Scenario, seeds: [u64; 2], futures: u32, threads: usize) -> Vec<Case> {
    let next = std::sync::atomic::AtomicU64::new(seeds[0]);
    let done = std::sync::Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if seed > seeds[1] {
                        break;
                    }
                    let cases = of_seed(scenario, seed, futures);
                    done.lock().expect("nobody panics while it is held").insert(seed, cases);
                }
            });
        }
    });
    done.into_inner().expect("nobody panics while it is held").into_values().flatten().collect()
}
