//! Sides that name nothing find the same partners whatever order they come in.

use std::collections::BTreeSet;

use finality_kernel::lifecycle::state::State;
use proptest::prelude::*;

use crate::desk::gateway::Gateway;
use crate::desk::words::Play;

/// Which allocation is with which confirmation, and where they stand; what went to another trade is not listed.
fn ends(gateway: &Gateway) -> BTreeSet<(String, String, State)> {
    let trades = gateway.kernel.book().trades().filter(|t| t.joined.is_none());
    trades
        .map(|t| {
            let ours = t.share.as_ref().map_or("-".to_owned(), |s| s.block.to_string());
            let theirs = t.confirmed.as_ref().map_or("-".to_owned(), |c| c.id.to_string());
            (ours, theirs, t.state)
        })
        .collect()
}

fn play(steps: &[&str]) -> Gateway {
    let mut play = Play::new(Gateway::open());
    steps.iter().for_each(|step| play.step(step));
    play.gateway
}

/// None of these agrees fully with another, so that none is final before all are there.
const DIFFERENT: [&str; 6] = [
    "manager allocates B1 price 100.00",
    "manager allocates B2 price 110.00",
    "manager allocates B3 quantity 700",
    "broker confirms C1 price 101.00",
    "broker confirms C2 price 112.00",
    "broker confirms C3 quantity 600",
];

fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = permutations(count - 1);
    let with = |order: &Vec<usize>, place: usize| {
        let mut order = order.clone();
        order.insert(place, count - 1);
        order
    };
    shorter.iter().flat_map(|order| (0..count).map(move |place| with(order, place))).collect()
}

#[test]
fn all_orders_of_six_sides_that_differ_end_as_the_same_pairs() {
    let expected: BTreeSet<(String, String, State)> = [("B1", "C1"), ("B2", "C2"), ("B3", "C3")]
        .map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned(), State::Mismatched))
        .into();
    for order in permutations(DIFFERENT.len()) {
        let steps: Vec<&str> = order.iter().map(|n| DIFFERENT[*n]).collect();
        assert_eq!(ends(&play(&steps)), expected, "{steps:#?}");
    }
}

#[test]
fn all_orders_with_a_side_that_is_taken_back_end_as_the_same_pairs() {
    // B0 is taken back at once, whenever it comes; what it had goes on to the others.
    let steps = [
        "manager allocates B0 price 102.00",
        "manager allocates B1 price 100.00",
        "broker confirms C1 price 101.50",
        "broker confirms C2 price 109.00",
    ];
    let mut all = BTreeSet::new();
    for order in permutations(steps.len()) {
        let mut played = Play::new(Gateway::open());
        order.iter().for_each(|n| played.step(steps[*n]));
        played.step("manager allocates B0X cancels B0");
        all.insert(ends(&played.gateway));
    }
    assert_eq!(all.len(), 1, "{all:#?}");
    let pairs = all.first().expect("one");
    assert!(pairs.contains(&("B1".into(), "C1".into(), State::Mismatched)), "{pairs:?}");
    assert!(pairs.contains(&("-".into(), "C2".into(), State::Alleged)), "{pairs:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Prices far enough apart that nothing agrees: any sides in any order, cut anywhere.
    #[test]
    fn any_sides_in_two_orders(
        ours in proptest::collection::vec((0u8..3, 0u8..6), 1..5),
        theirs in proptest::collection::vec((0u8..3, 0u8..6), 1..5),
        seed in any::<u64>(),
        cut in 0usize..10,
    ) {
        let quantity = |q: u8| 500 + 100 * u32::from(q);
        let mut steps: Vec<String> = Vec::new();
        for (n, (q, p)) in ours.iter().enumerate() {
            steps.push(format!("manager allocates B{n} quantity {} price {}.00", quantity(*q), 100 + 10 * p));
        }
        for (n, (q, p)) in theirs.iter().enumerate() {
            steps.push(format!("broker confirms C{n} quantity {} price {}.00", quantity(*q), 103 + 10 * p));
        }
        let written: Vec<&str> = steps.iter().map(String::as_str).collect();
        let mut mixed = written.clone();
        // A shuffle that the seed decides.
        let mut state = seed | 1;
        for at in (1..mixed.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            mixed.swap(at, (state >> 33) as usize % (at + 1));
        }
        if cut < mixed.len() {
            mixed.insert(cut, "power is cut");
        }
        prop_assert_eq!(ends(&play(&written)), ends(&play(&mixed)), "{:#?}", mixed);
    }
}
