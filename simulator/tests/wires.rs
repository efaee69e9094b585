//! Wires keep the order, lose nothing but what a fault says, and a seed gives the same day again.

use finality_parsers::machine::{GatewayEffect, GatewayInput, Machine, Timestamp};
use finality_simulator::opening;
use finality_simulator::parties::Who;
use finality_simulator::scenario::{Faults, Pace, Scenario};
use finality_simulator::seed::Draws;
use finality_simulator::subject::Subject;
use finality_simulator::wire::{Arrival, Way, Wire};
use finality_simulator::world::World;
use proptest::prelude::*;

fn wire(by_message: bool) -> Wire {
    let mut wire = Wire::new("custodian-1", Who::Custodian(0), by_message);
    wire.up = true;
    wire
}

fn carried(seed: u64, by_message: bool, faults: &Faults, gaps: &[u64]) -> Vec<Vec<Arrival>> {
    let (mut wire, draws, pace) = (wire(by_message), Draws::new(seed), Pace::default());
    let mut now = 0i64;
    let mut all = Vec::new();
    for (number, gap) in gaps.iter().enumerate() {
        now += i64::try_from(*gap).expect("a small gap") * 1_000;
        let bytes = format!("message {number:06}").into_bytes();
        all.push(wire.carry(Timestamp::from_nanos(now), Way::In, bytes, &pace, faults, &draws));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_never_overtake_each_other_and_are_never_early(
        seed in any::<u64>(),
        gaps in proptest::collection::vec(0u64..5_000, 1..40),
    ) {
        let all = carried(seed, false, &Faults::default(), &gaps);
        let flat: Vec<&Arrival> = all.iter().flatten().collect();
        prop_assert_eq!(flat.len(), gaps.len());
        prop_assert!(flat.windows(2).all(|w| w[0].at <= w[1].at && w[0].bytes < w[1].bytes));
        let mut sent = 0;
        for (gap, arrival) in gaps.iter().zip(flat) {
            sent += gap * 1_000;
            prop_assert!(arrival.at.nanos() >= i64::try_from(sent).expect("small"));
        }
    }

    #[test]
    fn the_same_seed_has_the_same_faults(seed in any::<u64>()) {
        let faults = Faults {
            dropped_per_10000: 2_000,
            duplicated_per_10000: 2_000,
            garbled_per_10000: 2_000,
            ..Faults::default()
        };
        let gaps = [100; 50];
        let once = carried(seed, true, &faults, &gaps);
        prop_assert_eq!(&once, &carried(seed, true, &faults, &gaps));
        // A line of bytes (a FIX session's) is cut or whole; single messages are lost on networks only.
        prop_assert!(carried(seed, false, &faults, &gaps).iter().all(|a| a.len() == 1));
    }
}

#[test]
fn each_fault_does_what_it_says() {
    let always = 10_000;
    let count = |faults: &Faults| carried(1, true, faults, &[1; 20]).iter().map(Vec::len).sum::<usize>();
    assert_eq!(count(&Faults { dropped_per_10000: always, ..Faults::default() }), 0);
    assert_eq!(count(&Faults { duplicated_per_10000: always, ..Faults::default() }), 40);
    let garbled =
        carried(1, true, &Faults { garbled_per_10000: always, ..Faults::default() }, &[1]).remove(0);
    assert_eq!(garbled[0].bytes, b"?essage");
}

#[test]
fn a_wire_that_is_cut_carries_nothing() {
    let mut wire = wire(false);
    wire.up = false;
    let (pace, faults, draws) = (Pace::default(), Faults::default(), Draws::new(1));
    let arrivals = wire.carry(Timestamp::default(), Way::Out, b"x".to_vec(), &pace, &faults, &draws);
    assert_eq!(arrivals, []);
}

/// A gateway that hears everything and says nothing.
struct Deaf;

impl Machine for Deaf {
    type Input<'a> = GatewayInput<'a>;
    type Effect = GatewayEffect;

    fn handle(&mut self, _: Timestamp, _: GatewayInput<'_>) {}

    fn poll(&mut self) -> Option<GatewayEffect> {
        None
    }

    fn deadline(&self) -> Option<Timestamp> {
        None
    }
}

impl Subject for Deaf {
    type Machine = Deaf;

    fn boot(&self, _: Timestamp, _: &[finality_parsers::machine::Entry]) -> Deaf {
        Deaf
    }
}

fn day(seed: u64) -> String {
    let mut scenario = Scenario::from_toml("name = 'deaf'").expect("a scenario");
    scenario.trades.count = 60;
    scenario.breaks.wrong_price_per_10000 = 1_000;
    let outcome = World::new(scenario, seed, |_| Deaf).run();
    assert_eq!(outcome.auditor.findings(), [] as [String; 0], "nothing settles, and nothing could");
    assert_eq!(outcome.acknowledged, [] as [String; 0]);
    assert!(outcome.journal.is_empty());
    format!("{:?} {:?} {:?}", outcome.statistics, opening::draw(&outcome.market), outcome.market.trades)
}

#[test]
fn the_same_seed_gives_the_same_day_even_with_a_deaf_gateway() {
    assert_eq!(day(5), day(5));
    assert_ne!(day(5), day(6));
}
