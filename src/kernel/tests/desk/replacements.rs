//! One side, then the other, replaces its terms after the instruction has gone out.

use finality_kernel::lifecycle::state::State;
use finality_kernel::operation::Replaced;
use finality_parsers::desk::{Command, Order};
use finality_parsers::model::{AffirmationStatus, Event, SettlementInstruction};
use proptest::prelude::*;

use crate::desk::gateway::{Gateway, Stimulus};
use crate::desk::market;
use crate::desk::orders::orders;
use crate::desk::table::{Scenario, scenario};
use crate::desk::words::Play;

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario(
        "both sides replace the quantity after the instruction went out; the desk has it cancelled, and the new terms go out",
        "manager allocates B1                              | allocated | | B1 matched
         broker confirms C1 of B1                          | instructed | | B1 matched
         custodian says acknowledged                       | acknowledged |
         manager allocates B2 quantity 900 replaces B1     | acknowledged | terms_replaced | B1 matched
         the same again                                    | acknowledged | terms_replaced
         broker confirms C2 of B2 quantity 900 replaces C1 | acknowledged | terms_replaced
         desk rebooks 1                                    | cancel requested | terms_replaced
         network takes                                     | cancel requested | terms_replaced
         custodian says cancelled to the cancellation      | instructed | | B1 matched
         custodian says matched of N1                      | instructed |
         custodian says matched                            | matched at CSD |
         custodian settles 900                             | settled |",
    ),
    scenario(
        "the same by itself, where the profile says so; the broker is first",
        "configuration lets replacements go by_itself      | |
         manager allocates B1                              | allocated |
         broker confirms C1 of B1                          | instructed |
         custodian says matched                            | matched at CSD |
         broker confirms C2 of B1 price 102.00 replaces C1 | matched at CSD | terms_replaced
         power is cut                                      | matched at CSD | terms_replaced
         manager allocates B2 price 102.00 replaces B1     | cancel requested | terms_replaced
         custodian says cancelled to the cancellation      | instructed |
         custodian settles 1000                            | settled |",
    ),
    scenario(
        "the desk does not wait for the other side: nothing goes out before both agree",
        "manager allocates B1                              | allocated |
         broker confirms C1 of B1                          | instructed |
         manager allocates B2 settles 2026-11-27 replaces B1 | instructed | terms_replaced
         desk rebooks 1                                    | cancel requested | terms_replaced
         custodian says cancelled to the cancellation      | mismatched | economics_differ
         power is cut                                      | mismatched | economics_differ
         broker confirms C2 of B2 settles 2026-11-27 replaces C1 | instructed |
         custodian settles 1000                            | settled |",
    ),
    scenario(
        "the replacement comes while the instruction is being cancelled to go out anew",
        "manager allocates B1                              | allocated |
         broker confirms C1 of B1                          | instructed |
         desk rebooks 1                                    | cancel requested |
         manager allocates B2 quantity 900 replaces B1     | cancel requested | terms_replaced
         custodian says cancelled to the cancellation      | mismatched | economics_differ
         broker confirms C2 of B2 quantity 900 replaces C1 | instructed |",
    ),
    scenario(
        "the replacement is taken back by another: what is out was right",
        "manager allocates B1                              | allocated |
         broker confirms C1 of B1                          | instructed |
         manager allocates B2 quantity 900 replaces B1     | instructed | terms_replaced
         manager allocates B3 replaces B2                  | instructed |
         custodian settles 1000                            | settled |",
    ),
    scenario(
        "a replacement that says the same in other words changes nothing",
        "manager allocates B1                              | allocated |
         broker confirms C1 of B1                          | instructed |
         manager allocates B2 replaces B1                  | instructed |
         broker confirms C2 of B2 replaces C1              | instructed |
         manager allocates B3 quantity 900 replaces B2     | instructed | terms_replaced
         desk resolves 1                                   | instructed |
         custodian settles 1000                            | settled | settled_as_before
         desk resolves 2                                   | settled |",
    ),
    scenario(
        "the custodian does not cancel: the old instruction stands, and settles as it was",
        "manager allocates B1                              | allocated |
         broker confirms C1 of B1                          | instructed |
         manager allocates B2 quantity 900 replaces B1     | instructed | terms_replaced
         broker confirms C2 of B2 quantity 900 replaces C1 | instructed | terms_replaced
         desk rebooks 1                                    | cancel requested | terms_replaced
         custodian says denied to the cancellation         | acknowledged | out_of_place, terms_replaced
         desk resolves 2                                   | acknowledged | terms_replaced
         custodian settles 1000                            | settled | settled_as_before
         desk resolves 3                                   | settled |",
    ),
    scenario(
        "a part settles while the old instruction is being cancelled: it is not undone, and the rest ends",
        "manager allocates B1                              | allocated |
         broker confirms C1 of B1                          | instructed |
         manager allocates B2 quantity 900 replaces B1     | instructed | terms_replaced
         broker confirms C2 of B2 quantity 900 replaces C1 | instructed | terms_replaced
         desk rebooks 1                                    | cancel requested | terms_replaced
         custodian settles 400 part                        | cancel requested | settled_as_before
         power is cut                                      | cancel requested | settled_as_before
         custodian says cancelled to the cancellation      | cancelled | settled_as_before",
    ),
    scenario(
        "a replacement after a part has settled changes nothing, nor does one after all has",
        "manager allocates B1                              | allocated |
         broker confirms C1 of B1                          | instructed |
         custodian settles 400 part                        | partially settled |
         manager allocates B2 quantity 900 replaces B1     | partially settled | block_differs, settled_as_before
         broker confirms C2 of B2 quantity 900 replaces C1 | partially settled | block_differs, settled_as_before
         the same again                                    | partially settled | block_differs, settled_as_before
         custodian settles 600 last before 400             | settled | block_differs, settled_as_before
         manager allocates B3 quantity 800 replaces B2     | settled | block_differs, settled_as_before
         manager allocates B4 replaces B3                  | settled | settled_as_before",
    ),
    scenario(
        "a replacement while the trade waits for a standing instruction: both sides are compared anew",
        "manager allocates B1 broker newcomer                            | allocated |
         newcomer confirms C1 of B1                                      | awaiting SSI | ssi_missing
         manager allocates B2 broker newcomer quantity 900 replaces B1   | mismatched | economics_differ
         newcomer confirms C2 of B2 quantity 900 replaces C1             | awaiting SSI | ssi_missing
         desk supplies                                                   | instructed |
         custodian settles 900                                           | settled |",
    ),
    scenario(
        "the custodian refuses the instruction, and both sides replace what was wrong",
        "manager allocates B1                              | allocated |
         broker confirms C1 of B1                          | instructed |
         custodian says rejected DDAT                      | rejected | instruction_rejected
         manager allocates B2 settles 2026-11-27 replaces B1 | mismatched | economics_differ
         broker confirms C2 of B2 settles 2026-11-27 replaces C1 | instructed |
         custodian settles 1000                            | settled |",
    ),
    scenario(
        "what is being cancelled to end is not replaced",
        "manager allocates B1                              | allocated |
         broker confirms C1 of B1                          | instructed |
         desk cancels 1                                    | cancel requested |
         manager allocates B2 quantity 900 replaces B1     | cancel requested | unreadable
         broker confirms C2 of B1 quantity 900 replaces C1 | cancel requested | out_of_place, unreadable
         custodian says cancelled to the cancellation      | cancelled | out_of_place, unreadable",
    ),
    scenario(
        "a broker on MT515, which has no replacement, cancels and confirms anew",
        "manager allocates B1 broker telexbroker                          | allocated |
         telexbroker confirms C1 of B1                                    | instructed |
         telexbroker confirms C1X of B1 cancels C1                        | instructed | cancel_requested
         telexbroker confirms C2 of B1 quantity 900                       | instructed | terms_replaced
         manager allocates B2 broker telexbroker quantity 900 replaces B1 | instructed | terms_replaced
         desk rebooks 1                                                   | cancel requested | terms_replaced
         custodian says cancelled to the cancellation                     | instructed |",
    ),
    scenario(
        "a report that takes the place of another after the instructions went out",
        "manager allocates B1                              | allocated |
         broker reports R1 of B1                           | instructed |
         broker reports R2 of B1 price 102.00 replaces R1  | instructed | block_differs, terms_replaced
         manager allocates B2 price 102.00 replaces B1     | instructed | terms_replaced
         desk rebooks 1                                    | cancel requested | terms_replaced
         custodian says cancelled to the cancellation      | instructed |",
    ),
];

fn instructions(gateway: &Gateway) -> Vec<SettlementInstruction> {
    let sent = gateway.sent.iter().filter(|s| !s.possible_resend).filter_map(|s| match &s.event {
        Event::Instruction(i) => Some((**i).clone()),
        _ => None,
    });
    sent.collect()
}

fn played(steps: &[&str]) -> Play {
    let mut play = Play::new(Gateway::open());
    steps.iter().for_each(|step| play.step(step));
    play
}

#[test]
fn what_is_out_or_has_settled_is_shown_until_replacing_terms_go_out() {
    let in_force = |steps: &[&str]| {
        let mut play = Play::new(Gateway::open());
        let first = ["manager allocates B1", "broker confirms C1 of B1"];
        first.iter().chain(steps).for_each(|step| play.step(step));
        let shown = play.gateway.kernel.book().trade(1).expect("a trade").in_force();
        shown.map(|s| (s.quantity.value().normalize().to_string(), serde_json::json!(s.replaced)))
    };
    let of = |quantity: &str, replaced: serde_json::Value| Some((quantity.to_owned(), replaced));
    let replaces = "manager allocates B2 quantity 900 replaces B1";
    assert_eq!(in_force(&[]), of("1000", serde_json::Value::Null));
    assert_eq!(in_force(&[replaces]), of("1000", "waits".into()));
    assert_eq!(in_force(&[replaces, "custodian settles 1000"]), of("1000", "too_late".into()));
    assert_eq!(in_force(&[replaces, "custodian settles 400 part"]), of("1000", "too_late".into()));
    let anew = ["desk rebooks 1", "custodian says cancelled to the cancellation"];
    let confirmed = ["broker confirms C2 of B2 quantity 900 replaces C1"];
    let both: Vec<&str> = [replaces].into_iter().chain(confirmed).chain(anew).collect();
    assert_eq!(in_force(&both[..2]), of("1000", "waits".into()));
    assert_eq!(in_force(&both), of("900", serde_json::Value::Null));
    assert_eq!(in_force(&["custodian says cancelled"]), None, "nothing is out");
}

#[test]
fn the_exception_says_what_is_out_and_what_counts_now_and_the_broker_hears_that_it_differs() {
    let mut play = played(&[
        "manager allocates B1",
        "broker confirms C1 of B1",
        "manager allocates B2 quantity 900 replaces B1",
    ]);
    let detail = |play: &Play| {
        let book = play.gateway.kernel.book();
        book.queue().values().map(|e| e.detail.clone()).next().expect("terms were replaced")
    };
    let said = detail(&play);
    for words in [
        "allocation B2 came after FI000000001N1 had gone out",
        "quantity 1000 is now 900",
        "the sides must agree first",
        "Quantity: allocation 900 Unit, confirmation 1000 Unit",
    ] {
        assert!(said.contains(words), "{words:?} is not in {said:?}");
    }
    let answer = |play: &Play| {
        play.gateway.sent.iter().rev().find_map(|s| match &s.event {
            Event::ConfirmationAcknowledgement(a) => Some((a.confirmation.to_string(), a.status)),
            _ => None,
        })
    };
    assert_eq!(answer(&play), Some(("C1".to_owned(), AffirmationStatus::Rejected)));
    play.step("broker confirms C2 of B2 quantity 900 replaces C1");
    assert_eq!(answer(&play), Some(("C2".to_owned(), AffirmationStatus::Received)));
    assert!(detail(&play).contains("both sides agree on it"), "{}", detail(&play));
    play.step("desk rebooks 1");
    play.step("custodian says cancelled to the cancellation");
    assert_eq!(answer(&play), Some(("C2".to_owned(), AffirmationStatus::Affirmed)));
    let sent = instructions(&play.gateway);
    let [first, second] = sent.as_slice() else { panic!("{} instructions", sent.len()) };
    assert_eq!((first.quantity, second.quantity), (market::units(1000), market::units(900)));
    let named: Vec<&str> = second.linkages.iter().map(|l| l.reference.as_str()).collect();
    assert_eq!(named, ["FI000000001N1"], "it names the one that was cancelled");
}

#[test]
fn what_was_refused_is_not_named_by_what_takes_its_place() {
    let play = played(&[
        "manager allocates B1",
        "broker confirms C1 of B1",
        "custodian says rejected DDAT",
        "manager allocates B2 settles 2026-11-27 replaces B1",
        "broker confirms C2 of B2 settles 2026-11-27 replaces C1",
    ]);
    let sent = instructions(&play.gateway);
    assert_eq!(sent.len(), 2);
    assert!(sent[1].linkages.is_empty(), "{:?}", sent[1].linkages);
}

#[test]
fn how_many_people_it_takes_the_profile_says() {
    for (replaced, expected) in [
        (Replaced::TwoPeople, State::Instructed),
        (Replaced::OnePerson, State::CancelRequested),
        (Replaced::ByItself, State::CancelRequested),
    ] {
        let mut profile = market::profile();
        profile.operation.replaced = replaced;
        profile.users = serde_json::from_value(serde_json::json!([
            {"name": "anna", "roles": ["operator"]}, {"name": "otto", "roles": ["approver"]}
        ]))
        .expect("users");
        let mut play = Play::new(Gateway::open_with(profile));
        for step in [
            "manager allocates B1",
            "broker confirms C1 of B1",
            "manager allocates B2 quantity 900 replaces B1",
            "broker confirms C2 of B2 quantity 900 replaces C1",
        ] {
            play.step(step);
        }
        let command = Command::Rebook { trade: 1, why: "both have replaced it".to_owned() };
        play.gateway.feed(&Stimulus::Order(Order { by: "anna".to_owned(), command }));
        assert_eq!(play.gateway.standing()[0].1, expected, "{replaced:?}");
        // What was not replaced takes two people as ever.
        let mut play = Play::new(Gateway::open_with(play.gateway.profile.clone()));
        play.step("manager allocates B1");
        play.step("broker confirms C1 of B1");
        let command = Command::Rebook { trade: 1, why: "for another reason".to_owned() };
        play.gateway.feed(&Stimulus::Order(Order { by: "anna".to_owned(), command }));
        assert_eq!(play.gateway.standing()[0].1, State::Instructed, "{replaced:?}");
    }
}

/// Has every replacement carried out, as a desk would, and says what came of it: the state, what stands at the custodian and
/// the reasons of what is open.
fn carried_out(play: &mut Play) -> (State, Option<SettlementInstruction>, usize) {
    for _ in 0..4 {
        let trade = play.gateway.kernel.book().trades().next().expect("one");
        match (trade.state, trade.replaced) {
            (State::CancelRequested, _) => play.step("custodian says cancelled to the cancellation"),
            (_, true) => play.step("desk rebooks 1"),
            _ => break,
        }
    }
    let state = play.gateway.standing()[0].1;
    (state, instructions(&play.gateway).pop(), play.gateway.open_reasons().len())
}

#[test]
fn in_any_order_the_new_terms_stand_at_the_end() {
    let messages = [
        "manager allocates B2 quantity 900 replaces B1",
        "broker confirms C2 of B1 quantity 900 replaces C1",
        "network takes",
        "custodian says acknowledged",
        "desk rebooks 1",
    ];
    for by_itself in [false, true] {
        for order in orders(messages.len()) {
            let mut play = Play::new(Gateway::open());
            if by_itself {
                play.step("configuration lets replacements go by_itself");
            }
            play.step("manager allocates B1");
            play.step("broker confirms C1 of B1");
            order.iter().for_each(|n| play.step(messages[*n]));
            let (state, last, open) = carried_out(&mut play);
            assert_eq!((state, open), (State::Instructed, 0), "{order:?}");
            assert_eq!(last.map(|i| i.quantity), Some(market::units(900)), "{order:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Replacements of both sides, the answers of network and custodian and the desk's order, each once or twice, with the power cut
    /// somewhere and the cancellation confirmed early or late.
    #[test]
    fn replacements_may_repeat_and_be_cut(
        order in Just((0..5).collect::<Vec<usize>>()).prop_shuffle(),
        repeated in proptest::collection::vec(any::<bool>(), 5),
        cut in 0usize..8,
        confirmed in 0usize..6,
        by_itself in any::<bool>(),
    ) {
        let messages = [
            "manager allocates B2 price 101.50 replaces B1",
            "broker confirms C2 of B1 price 101.50 replaces C1",
            "custodian says acknowledged",
            "custodian says matched",
            "desk rebooks 1",
        ];
        let mut play = Play::new(Gateway::open());
        if by_itself {
            play.step("configuration lets replacements go by_itself");
        }
        play.step("manager allocates B1");
        play.step("broker confirms C1 of B1");
        for (n, index) in order.iter().enumerate() {
            play.step(messages[*index]);
            if repeated[n] && *index < 4 {
                play.step("the same again");
            }
            if n == cut {
                play.step("power is cut");
            }
            if n == confirmed && play.gateway.standing()[0].1 == State::CancelRequested {
                play.step("custodian says cancelled to the cancellation");
            }
        }
        let (state, last, open) = carried_out(&mut play);
        let out = matches!(state, State::Instructed | State::Acknowledged | State::MatchedAtCsd);
        prop_assert!(out, "{state:?}");
        prop_assert_eq!(open, 0);
        let price = last.and_then(|i| i.price).map(|p| p.value.normalize().to_string());
        prop_assert_eq!(price.as_deref(), Some("101.5"));
        prop_assert_eq!(play.gateway.kernel.book().trades().count(), 1);
    }
}
