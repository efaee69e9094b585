//! An instruction that is out is cancelled at the custodian, and goes out anew when that is confirmed.

use finality_kernel::exceptions::repair::{self, Kind};
use finality_kernel::lifecycle::state::State;
use finality_parsers::desk::{Command, Order};
use finality_parsers::model::{Event, SettlementInstruction};
use rust_decimal::Decimal;

use crate::desk::gateway::{Gateway, Stimulus};
use crate::desk::market;
use crate::desk::table::{Scenario, scenario};
use crate::desk::words::Play;

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario(
        "a standing instruction changes: cancelled at the custodian, then instructed anew by what counts now",
        "manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | instructed |
         custodian says acknowledged                    | acknowledged |
         desk records NEW of broker agent OTHRDEFFXXX   | acknowledged | ssi_changed
         desk rebooks 1                                 | cancel requested | ssi_changed
         network takes                                  | cancel requested | ssi_changed
         custodian says cancelled to the cancellation   | instructed |
         custodian says matched of N1                   | instructed |
         custodian says matched                         | matched at CSD |
         custodian settles 1000                         | settled |",
    ),
    scenario(
        "the custodian does not cancel: the old instruction stands",
        "manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | instructed |
         custodian says matched                         | matched at CSD |
         desk rebooks 1                                 | cancel requested |
         custodian says denied to the cancellation      | acknowledged | out_of_place
         desk resolves 1                                | acknowledged |
         custodian says cancelled                       | cancelled |",
    ),
    scenario(
        "both sides cancel while it is to be instructed anew: it ends with the cancellation",
        "manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | instructed |
         desk rebooks 1                                 | cancel requested |
         manager allocates B1X cancels B1               | cancel requested | cancel_requested
         broker confirms C1X of B1 cancels C1           | cancel requested |
         custodian says cancelled to the cancellation   | cancelled |",
    ),
    scenario(
        "a person gives it up",
        "manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | instructed |
         desk rebooks 1                                 | cancel requested |
         desk cancels 1                                 | cancel requested |
         custodian says cancelled to the cancellation   | cancelled |",
    ),
    scenario(
        "it settles before the cancellation arrives",
        "manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | instructed |
         desk rebooks 1                                 | cancel requested |
         custodian settles 1000                         | settled | settled_as_before
         desk resolves 1                                | settled |",
    ),
    scenario(
        "a part settles before the cancellation is done: only the rest goes out anew",
        "manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | instructed |
         desk rebooks 1                                 | cancel requested |
         custodian settles 400 part                     | cancel requested |
         power is cut                                   | cancel requested |
         custodian says cancelled to the cancellation   | instructed |
         custodian settles 200 part                     | partially settled |
         desk rebooks 1                                 | cancel requested |
         custodian says cancelled to the cancellation   | instructed |
         custodian settles 400                          | settled |",
    ),
    scenario(
        "nobody answers the cancellation",
        "manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | instructed |
         custodian says matched                         | matched at CSD |
         desk rebooks 1                                 | cancel requested |
         61 minutes pass                                | cancel requested | no_acknowledgement
         desk rebooks 1                                 | cancel requested | no_acknowledgement
         custodian says cancelled to the cancellation   | instructed |",
    ),
    scenario(
        "the network does not take the cancellation: nothing is instructed anew",
        "manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | instructed |
         custodian says matched                         | matched at CSD |
         desk rebooks 1                                 | cancel requested |
         network refuses T26                            | matched at CSD | request_refused
         custodian says cancelled                       | cancelled | ",
    ),
    scenario(
        "the standing instruction is withdrawn while the cancellation is under way: the trade waits for another",
        "desk supplies                                  | |
         manager allocates B1 broker newcomer           | allocated |
         newcomer confirms C1 of B1                     | instructed |
         desk rebooks 1                                 | cancel requested |
         desk supplies without agent                    | cancel requested | ssi_changed
         custodian says cancelled to the cancellation   | awaiting SSI | ssi_incomplete, ssi_changed
         desk supplies                                  | instructed |
         custodian settles 1000                         | settled |",
    ),
    scenario(
        "what was open is not solved by asking for the cancellation: it stays until the new instruction is out",
        "manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | instructed |
         custodian says matched                         | matched at CSD |
         custodian says pending MONY                    | pending | cash_short
         desk rebooks 1                                 | cancel requested | cash_short
         power is cut                                   | cancel requested | cash_short
         network takes                                  | cancel requested | cash_short
         custodian says cancelled to the cancellation   | instructed |
         custodian says matched of N1                   | instructed |",
    ),
    scenario(
        "the cancellation is refused: what was open about the old instruction is open still",
        "manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | instructed |
         custodian says matched                         | matched at CSD |
         custodian says pending MONY                    | pending | cash_short
         desk rebooks 1                                 | cancel requested | cash_short
         custodian says denied to the cancellation      | acknowledged | out_of_place, cash_short
         custodian settles 1000                         | settled | out_of_place
         desk resolves 2                                | settled |",
    ),
    scenario(
        "it is given up: what was open ends with the cancellation",
        "manager allocates B1                           | allocated |
         broker confirms C1 of B1                       | instructed |
         custodian says unmatched DSEC                  | unmatched at CSD | unmatched_at_csd
         desk rebooks 1                                 | cancel requested | unmatched_at_csd
         desk cancels 1                                 | cancel requested | unmatched_at_csd
         custodian says cancelled to the cancellation   | cancelled |",
    ),
];

fn instructions(gateway: &Gateway) -> Vec<SettlementInstruction> {
    let sent = gateway.sent.iter().filter_map(|s| match &s.event {
        Event::Instruction(i) => Some((**i).clone()),
        _ => None,
    });
    sent.collect()
}

#[test]
fn the_new_instruction_has_its_own_reference_names_the_former_and_is_for_the_rest() {
    let mut play = Play::new(Gateway::open());
    for step in [
        "manager allocates B1",
        "broker confirms C1 of B1",
        "desk records NEW of broker agent OTHRDEFFXXX",
        "desk rebooks 1",
        "custodian settles 400 part",
        "custodian says cancelled to the cancellation",
    ] {
        play.step(step);
    }
    let sent = instructions(&play.gateway);
    let [first, second] = sent.as_slice() else { panic!("{} instructions", sent.len()) };
    assert_eq!(first.id.as_str(), "FI000000001N1");
    assert_eq!(second.id.as_str(), "FI000000001N2");
    let named: Vec<&str> = second.linkages.iter().map(|l| l.reference.as_str()).collect();
    assert_eq!(named, ["FI000000001N1"]);
    assert_eq!(second.quantity.value(), Decimal::from(600));
    let amount = |i: &SettlementInstruction| i.amount.expect("against payment").value();
    assert_eq!(amount(second), (amount(first) * Decimal::new(6, 1)).round_dp(2));
    assert_ne!(first.delivering, second.delivering, "the chain that counts now");
}

#[test]
fn nothing_goes_out_anew_before_the_cancellation_is_confirmed() {
    let mut play = Play::new(Gateway::open());
    for step in ["manager allocates B1", "broker confirms C1 of B1", "desk rebooks 1", "power is cut"] {
        play.step(step);
    }
    play.gateway.pass(24 * 60);
    let references: std::collections::BTreeSet<String> =
        instructions(&play.gateway).iter().map(|i| i.id.to_string()).collect();
    assert_eq!(references.len(), 1, "{references:?}");
}

#[test]
fn what_is_proposed_after_a_change_of_the_standing_instruction_takes_two_people() {
    let mut play = Play::new(Gateway::open());
    for step in
        ["manager allocates B1", "broker confirms C1 of B1", "desk records NEW of broker agent OTHRDEFFXXX"]
    {
        play.step(step);
    }
    let book = play.gateway.kernel.book();
    let open = book.queue().values().next().expect("the change");
    let proposals = repair::proposals(open, open.trade.and_then(|t| book.trade(t)));
    let rebook = proposals.into_iter().find(|p| p.kind == Kind::Rebook).expect("it is proposed");
    assert!(rebook.two_people);
    // Anna orders it, Otto agrees.
    let mut profile = market::profile();
    profile.users = serde_json::from_value(serde_json::json!([
        {"name": "anna", "roles": ["operator"]}, {"name": "mira", "roles": ["admin"]},
        {"name": "otto", "roles": ["approver"]}
    ]))
    .expect("users");
    play.gateway.profile = profile;
    play.gateway.restart();
    let state = |play: &Play| play.gateway.standing()[0].1;
    play.gateway.feed(&Stimulus::Order(Order { by: "anna".to_owned(), command: rebook.order }));
    assert_eq!(state(&play), State::Instructed, "it waits for a second person");
    let proposal = play.gateway.kernel.book().proposals().next().expect("it waits").proposal;
    play.gateway
        .feed(&Stimulus::Order(Order { by: "otto".to_owned(), command: Command::Approve { proposal } }));
    assert_eq!(state(&play), State::CancelRequested);
}

/// Here a request to cancel is known by its transmission, which a restart numbers anew: it is no scenario of power cuts.
#[test]
fn by_iso_20022_it_goes_the_same_way() {
    Play::new(Gateway::open()).table(
        "manager allocates B1 sell account FUND2         | allocated |
         broker confirms C1 of B1 sell account FUND2     | instructed |
         isocustodian says matched                       | matched at CSD |
         desk rebooks 1                                  | cancel requested |
         isocustodian says cancelled to the cancellation | instructed |
         isocustodian settles 1000                       | settled |",
        true,
    );
}
