//! Any order of arrival leads to the same end.

use finality_kernel::lifecycle::state::State;
use proptest::prelude::*;

use crate::desk::gateway::Gateway;
use crate::desk::words::Play;

/// All orders of a few things.
pub(crate) fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for order in orders(last) {
        for place in 0..=last {
            let mut order = order.clone();
            order.insert(place, last);
            all.push(order);
        }
    }
    all
}

/// Plays `first` as written, then `rest` in every order, and checks the states at the end.
fn check(first: &[&str], rest: &[&str], expected: &[State]) {
    for order in orders(rest.len()) {
        let mut play = Play::new(Gateway::open());
        let steps = first.iter().copied().chain(order.iter().map(|n| rest[*n]));
        let steps: Vec<&str> = steps.collect();
        for step in &steps {
            play.step(step);
        }
        let mut states: Vec<State> = play.gateway.kernel.book().trades().map(|t| t.state).collect();
        states.sort_unstable();
        assert_eq!(states, expected, "{steps:#?}");
    }
}

const BOTH_SIDES: [&str; 2] = ["manager allocates B1", "broker confirms C1 of B1"];

#[test]
fn both_sides_of_two_trades() {
    let messages = [
        "manager allocates B1",
        "broker confirms C1 of B1",
        "manager allocates B2 sell account FUND2",
        "broker confirms C2 of B2 sell account FUND2",
    ];
    check(&[], &messages, &[State::Instructed, State::Instructed]);
}

#[test]
fn both_sides_of_two_trades_that_only_their_terms_tell_apart() {
    let messages = [
        "manager allocates B1",
        "broker confirms C1",
        "manager allocates B2 account FUND2",
        "broker confirms C2 account FUND2",
    ];
    check(&[], &messages, &[State::Instructed, State::Instructed]);
}

#[test]
fn a_wrong_confirmation_taken_back_and_given_anew() {
    // A cancellation before its confirmation is laid aside, so it stays after it here.
    let first = ["broker confirms C1 of B1 price 101.00"];
    let messages = ["manager allocates B1", "broker confirms C2 of B1 replaces C1"];
    check(&first, &messages, &[State::Instructed]);
}

#[test]
fn network_custodian_and_depository() {
    let messages = [
        "network takes",
        "custodian says acknowledged",
        "custodian says matched",
        "custodian says pending LACK",
        "custodian settles 1000",
    ];
    check(&BOTH_SIDES, &messages, &[State::Settled]);
}

#[test]
fn parts_that_overtake_each_other() {
    let messages = [
        "custodian says matched",
        "custodian settles 300 part",
        "custodian settles 300 part before 300",
        "custodian settles 400 last before 600",
    ];
    check(&BOTH_SIDES, &messages, &[State::Settled]);
}

#[test]
fn a_line_that_goes_down_and_comes_up_at_any_time() {
    let messages = ["line custodian down", "manager allocates B1", "broker confirms C1 of B1"];
    for order in orders(messages.len()) {
        let mut play = Play::new(Gateway::open());
        for n in order {
            play.step(messages[n]);
        }
        for step in ["line custodian up", "custodian settles 1000"] {
            play.step(step);
        }
        assert_eq!(play.gateway.standing().len(), 1);
        assert_eq!(play.gateway.standing()[0].1, State::Settled);
    }
}

#[test]
fn a_correction_and_a_repetition_on_either_side_of_the_allocation() {
    // A correction stays behind what it corrects; the allocation may come before, between or after.
    for at in 0..=3 {
        let mut steps = vec![
            "broker confirms C1 of B1 price 101.00",
            "broker confirms C2 of B1 price 102.00 replaces C1",
            "broker confirms C3 of B1 replaces C2",
        ];
        steps.insert(at, "manager allocates B1");
        for again in 0..steps.len() {
            for cut in 0..=steps.len() {
                let mut play = Play::new(Gateway::open());
                for (n, step) in steps.iter().enumerate() {
                    if n == cut {
                        play.step("power is cut");
                    }
                    play.step(step);
                    if n == again {
                        play.step("the same again");
                    }
                }
                let states: Vec<State> = play.gateway.standing().iter().map(|t| t.1).collect();
                assert_eq!(states, [State::Instructed], "{steps:?}, {again} again, cut at {cut}");
                assert_eq!(play.gateway.instructed().len(), 1, "{steps:?}, {again} again, cut at {cut}");
                assert_eq!(play.gateway.open_reasons(), vec![], "{steps:?}, {again} again, cut at {cut}");
            }
        }
    }
}

#[test]
fn both_sides_cancel_in_any_order_whatever_the_custodian_has_said() {
    let messages = [
        "manager allocates B1X cancels B1",
        "broker confirms C1X of B1 cancels C1",
        "network takes",
        "custodian says acknowledged",
    ];
    for order in orders(messages.len()) {
        let mut play = Play::new(Gateway::open());
        BOTH_SIDES.iter().for_each(|step| play.step(step));
        // The network answers what left last: a cancellation may be out by then.
        order.iter().for_each(|n| play.step(messages[*n]));
        let asked: Vec<State> = play.gateway.standing().iter().map(|t| t.1).collect();
        assert_eq!(asked, [State::CancelRequested], "{order:?}");
        play.step("custodian says cancelled to the cancellation");
        let states: Vec<State> = play.gateway.standing().iter().map(|t| t.1).collect();
        assert_eq!(states, [State::Cancelled], "{order:?}");
    }
}

#[test]
fn parts_repeated_and_cut_in_any_order_add_up_once() {
    let messages = [
        "custodian says acknowledged",
        "custodian settles 300 part",
        "custodian settles 700 last before 300",
    ];
    for order in orders(messages.len()) {
        for cut in 0..messages.len() {
            let mut play = Play::new(Gateway::open());
            BOTH_SIDES.iter().for_each(|step| play.step(step));
            for (n, message) in order.iter().enumerate() {
                play.step(messages[*message]);
                play.step("the same again");
                if n == cut {
                    play.step("power is cut");
                }
            }
            let trade = play.gateway.kernel.book().trades().next().expect("one");
            assert_eq!(trade.state, State::Settled, "{order:?}, cut after {cut}");
            assert_eq!(trade.settled, rust_decimal::Decimal::from(1000), "{order:?}, cut after {cut}");
        }
    }
}

/// Messages of three trades, each road in its own order, with repetitions and a power cut somewhere.
const ROADS: [&[&str]; 3] = [
    &["manager allocates B1", "broker confirms C1 of B1"],
    &["manager allocates B2 sell account FUND2", "broker confirms C2 of B2 sell account FUND2"],
    &["manager allocates B3 quantity 500 broker telexbroker", "telexbroker confirms C3 quantity 500"],
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn roads_may_cross_repeat_and_be_cut(
        order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(),
        repeated in proptest::collection::vec(any::<bool>(), 6),
        cut in 0usize..12,
    ) {
        let mut play = Play::new(Gateway::open());
        for (n, index) in order.iter().enumerate() {
            play.step(ROADS[index / 2][index % 2]);
            if repeated[n] {
                play.step("the same again");
            }
            if n == cut {
                play.step("power is cut");
            }
        }
        let states: Vec<State> = play.gateway.standing().iter().map(|t| t.1).collect();
        prop_assert_eq!(states, vec![State::Instructed; 3]);
        prop_assert_eq!(play.gateway.instructed().len(), 3);
        prop_assert_eq!(play.gateway.open_reasons(), vec![]);
    }
}
