//! The model of fails: the same runs give the same model, and it ranks fails of runs that it has not seen.

#![allow(clippy::disallowed_types, reason = "statistics")]

use finality::kernel::risk::fit::Cases;
use finality::kernel::risk::model::{Fitted, FittedOn};
use finality::kernel::risk::snapshot::Moment;
use finality::risk::measure::measure;
use finality::risk::runs::{self, Case};
use finality::simulate::{Production, profile, records};
use finality_parsers::machine::Entry;
use finality_simulator::market::Market;
use finality_simulator::scenario::Scenario;
use finality_simulator::unseen::Unseen;
use finality_simulator::world::{Fork, World};

fn scenario() -> Scenario {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/scenarios/risk.toml");
    let mut scenario =
        Scenario::from_toml(&std::fs::read_to_string(path).expect("the sample")).expect("a scenario");
    scenario.trades.count = 300;
    scenario
}

fn fitted(cases: Vec<Case>) -> Fitted {
    let mut all = Cases::default();
    cases.into_iter().for_each(|case| all.add(case.features, case.failed));
    all.fit("test", FittedOn::default()).expect("some fail and some do not")
}

#[test]
fn the_same_runs_give_the_same_model_however_many_threads_there_are() {
    let text = |threads| {
        let model = fitted(runs::of_seeds(&scenario(), [101, 104], 0, threads));
        serde_json::to_string(&model).expect("JSON")
    };
    assert_eq!(text(1), text(3));
}

#[test]
fn a_model_ranks_fails_of_other_seeds() {
    let model = fitted(runs::of_seeds(&scenario(), [101, 108], 0, 2));
    let said: Vec<(f64, bool)> = runs::of_seeds(&scenario(), [1, 4], 0, 2)
        .iter()
        .map(|c| (f64::from(model.of_features(c.features.iter().map(String::as_str)).bp), c.failed))
        .collect();
    let auc = measure(&said).auc.expect("some fail and some do not");
    assert!(auc > 0.75, "{auc}");
}

/// What is drawn anew has not shown itself: until the future begins, the gateway keeps the same records, byte for byte.
#[test]
fn another_future_has_the_same_past() {
    let scenario = scenario();
    let subject = |market: &Market| Production { profile: profile(market) };
    let mut others = 0;
    for seed in [3, 5] {
        let past = World::new(scenario.clone(), seed, subject).witnessed().run();
        for moment in Moment::TIMED {
            let at = moment.at(past.market.settlement_date, &profile(&past.market)).expect("it is timed");
            let before = past.journal.iter().zip(records(&past.journal)).filter(|(_, record)| record.at < at);
            let before: Vec<&Entry> = before.map(|(entry, _)| entry).collect();
            let unseen = Unseen::of(&past, at);
            for number in 1..=2 {
                let fork = Fork { at, number };
                let future = World::forked(scenario.clone(), seed, fork, &unseen, subject).run();
                let same =
                    before.iter().zip(&future.journal).take_while(|(one, other)| **one == *other).count();
                assert_eq!(same, before.len(), "seed {seed}, {}, future {number}", moment.label());
                others += usize::from(past.statistics.fates != future.statistics.fates);
            }
        }
    }
    assert!(others > 3, "futures differ: {others} of 20");
}

/// The future of a number is always the same.
#[test]
fn a_future_of_a_number_is_the_same_twice() {
    let futures = || runs::of_seed(&scenario(), 3, 2).into_iter().map(|c| c.futures).collect::<Vec<_>>();
    let first = futures();
    assert!(first.iter().flatten().any(|[fails, _]| *fails > 0));
    assert_eq!(first, futures());
}
