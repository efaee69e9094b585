//! The broker's seat: managers allocate, we confirm, they affirm, our settlement agent is instructed the other way round.

use finality_kernel::lifecycle::state::State;
use finality_parsers::codec::{self, Depth};
use finality_parsers::diagnostic::Severity;
use finality_parsers::limits::Limits;
use finality_parsers::model::{
    Event, Fee, FeeKind, Function, Movement, PartyRole, SettlementInstruction, Side, TradeConfirmation,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::desk::gateway::Gateway;
use crate::desk::market;
use crate::desk::table::{Scenario, scenario};
use crate::desk::words::Play;

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario(
        "what the custodian confirms of something else settles nothing, and the right confirmation still does; other money is told",
        "manager allocates B1                             | allocated |
         broker confirms C1 of B1                         | instructed |
         custodian settles 1000 backwards                 | instructed | settlement_differs
         custodian settles 1000 in FI0009812341           | instructed | settlement_differs
         custodian settles 1500                           | instructed | settlement_differs
         custodian settles 1000 account SAFE100002        | instructed | settlement_differs
         custodian settles 1000                           | settled | settlement_differs
         manager allocates B2                             | settled, allocated | settlement_differs
         broker confirms C2 of B2                         | settled, instructed | settlement_differs
         custodian settles 1000 money 1.00                | settled, settled | settlement_differs, settlement_differs
         manager allocates B3                             | settled, settled, allocated | settlement_differs, settlement_differs
         broker confirms C3 of B3                         | settled, settled, instructed | settlement_differs, settlement_differs
         custodian settles 1000 account SAFE-100-001      | settled, settled, settled | settlement_differs, settlement_differs, settlement_differs",
    ),
    scenario(
        "the broker's seat: allocated, confirmed, affirmed, instructed, settled",
        "configuration takes the broker's seat | |
         manager allocates B1                  | matched | | B1 matched
         the same again                        | matched |
         power is cut                          | matched |
         manager affirms                       | instructed |
         the same again                        | instructed |
         network takes                         | delivered |
         custodian says acknowledged           | acknowledged |
         custodian says matched                | matched at CSD |
         custodian settles 1000                | settled |",
    ),
    scenario(
        "the broker's seat: the manager has it first, refuses it, and replaces his allocation",
        "configuration takes the broker's seat            | |
         manager allocates B1                             | matched |
         manager has                                      | matched |
         manager refuses                                  | mismatched | economics_differ
         manager allocates B2 price 102.00 replaces B1    | matched |
         manager affirms                                  | instructed |
         custodian settles 1000                           | settled |",
    ),
    scenario(
        "the broker's seat: refused, and affirmed after all",
        "configuration takes the broker's seat            | |
         manager allocates B1 sell account FUND2          | matched |
         manager refuses                                  | mismatched | economics_differ
         manager affirms                                  | instructed |
         isocustodian settles 1000                        | settled |",
    ),
    scenario(
        "the broker's seat: affirmed with another trade date",
        "configuration takes the broker's seat            | |
         manager allocates B1                             | matched |
         manager affirms on 2026-11-23                    | mismatched | economics_differ
         the same again                                   | mismatched | economics_differ
         manager affirms                                  | instructed |
         manager affirms on 2026-11-23                    | instructed | out_of_place
         desk resolves 2                                  | instructed |",
    ),
    scenario(
        "the broker's seat: nobody affirms in time",
        "configuration takes the broker's seat            | |
         manager allocates B1                             | matched |
         61 minutes pass                                  | matched | affirmation_missing
         manager affirms                                  | instructed |",
    ),
    scenario(
        "the broker's seat: the allocation is taken back before it is affirmed",
        "configuration takes the broker's seat            | |
         manager allocates B1                             | matched |
         manager allocates B1X cancels B1                 | cancelled |
         manager affirms                                  | cancelled |",
    ),
    scenario(
        "the broker's seat: the allocation is taken back after it is affirmed, and our desk agrees",
        "configuration takes the broker's seat            | |
         manager allocates B1                             | matched |
         manager affirms                                  | instructed |
         manager allocates B1X cancels B1                 | instructed | cancel_requested
         desk agrees 1                                    | cancel requested |
         custodian says cancelled to the cancellation     | cancelled |",
    ),
    scenario(
        "the broker's seat: the allocation is replaced before it is affirmed; an answer to the old confirmation changes nothing",
        "configuration takes the broker's seat            | |
         manager allocates B1                             | matched |
         manager allocates B2 quantity 900 replaces B1    | matched |
         manager affirms the first                        | matched |
         manager affirms                                  | instructed |
         custodian settles 900                            | settled |",
    ),
    scenario(
        "the broker's seat: the allocation is replaced after the instruction went out",
        "configuration takes the broker's seat            | |
         manager allocates B1                             | matched |
         manager affirms                                  | instructed |
         custodian says matched                           | matched at CSD |
         manager allocates B2 quantity 900 replaces B1    | matched at CSD | terms_replaced
         desk rebooks 1                                   | cancel requested | terms_replaced
         custodian says cancelled to the cancellation     | matched |
         power is cut                                     | matched |
         manager affirms                                  | instructed |
         custodian settles 900                            | settled |",
    ),
    scenario(
        "the broker's seat: the price, and with it the money, is replaced after the instruction went out",
        "configuration takes the broker's seat            | |
         manager allocates B1                             | matched |
         manager affirms                                  | instructed |
         manager allocates B2 price 102.00 replaces B1    | instructed | terms_replaced
         desk rebooks 1                                   | cancel requested | terms_replaced
         custodian says cancelled to the cancellation     | matched |
         manager affirms                                  | instructed |
         custodian settles 1000                           | settled |",
    ),
    scenario(
        "the broker's seat: what the executions contradict is not confirmed until they are corrected",
        "configuration takes the broker's seat                      | |
         broker executes E1 1000 of 1000 price 101.00               | | | order BROKERORD1 of broker pending
         manager allocates B1                                       | allocated | executions_differ
         broker executes E2 1000 of 1000 last 1000 corrects E1      | matched |
         manager affirms                                            | instructed |",
    ),
    scenario(
        "the broker's seat: affirmed by agreement as soon as it is confirmed",
        "configuration takes the broker's seat            | |
         configuration affirms by itself                  | |
         manager allocates B1                             | instructed |
         custodian settles 1000                           | settled |",
    ),
    scenario(
        "the broker's seat: a manager on MT, who replaces by a cancellation and another allocation",
        "configuration takes the broker's seat            | |
         telexmanager allocates B1                        | matched |
         telexmanager allocates B1X cancels B1            | cancelled |
         telexmanager allocates B2 quantity 900           | cancelled, matched |
         telexmanager affirms                             | cancelled, instructed |",
    ),
    scenario(
        "the broker's seat: a manager on MT refuses, and affirms what took its place",
        "configuration takes the broker's seat            | |
         telexmanager allocates B1                        | matched |
         the same again                                   | matched |
         telexmanager has                                 | matched |
         telexmanager refuses                             | mismatched | economics_differ
         power is cut                                     | mismatched | economics_differ
         telexmanager allocates B1X cancels B1            | cancelled |
         telexmanager allocates B2 price 102.00           | cancelled, matched |
         telexmanager affirms the first                   | cancelled, matched |
         telexmanager affirms                             | cancelled, instructed |
         custodian settles 1000                           | cancelled, settled |",
    ),
    scenario(
        "the broker's seat: allocated by MT514, confirmed by setr.027, affirmed by setr.030",
        "configuration takes the broker's seat               | |
         configuration has telexmanager confirmed by isocustodian | |
         telexmanager allocates B1                           | matched |
         isocustodian refuses                                | mismatched | economics_differ
         isocustodian affirms                                | instructed |
         telexmanager allocates B1X cancels B1               | instructed | cancel_requested
         desk agrees 1                                       | cancel requested |
         custodian says cancelled to the cancellation        | cancelled |",
    ),
    scenario(
        "the broker's seat: a manager who is a broker is confirmed by MT518",
        "configuration takes the broker's seat               | |
         configuration has telexmanager confirmed as the market   | |
         telexmanager allocates B1                           | matched |
         telexmanager affirms                                | instructed |
         custodian settles 1000                              | settled |",
    ),
    scenario(
        "the broker's seat: the manager allocates by a report",
        "configuration takes the broker's seat            | |
         manager reports R1                               | matched |
         the same again                                   | matched |
         manager affirms                                  | instructed |",
    ),
    scenario(
        "the broker's seat: what belongs to another seat is laid aside",
        "configuration takes the broker's seat            | |
         broker confirms C1 of B1                         | | unrelated",
    ),
    scenario(
        "the broker's seat: the manager's standing instruction is missing, then supplied",
        "configuration takes the broker's seat            | |
         configuration forgets the manager's instruction  | |
         manager allocates B1                             | matched |
         manager affirms                                  | awaiting SSI | ssi_missing
         desk supplies party manager                      | instructed |",
    ),
    scenario(
        "the broker's seat: an affirmation is taken back after the instruction went out",
        "configuration takes the broker's seat            | |
         manager allocates B1                             | matched |
         manager affirms                                  | instructed |
         manager refuses                                  | instructed | out_of_place
         desk resolves 1                                  | instructed |",
    ),
];

fn played(steps: &[&str]) -> Play {
    let mut play = Play::new(Gateway::open());
    play.step("configuration takes the broker's seat");
    steps.iter().for_each(|step| play.step(step));
    play
}

fn confirmations(gateway: &Gateway) -> Vec<TradeConfirmation> {
    let fresh = gateway.sent.iter().filter(|s| !s.possible_resend);
    fresh
        .filter_map(|s| match &s.event {
            Event::Confirmation(c) => Some((**c).clone()),
            _ => None,
        })
        .collect()
}

fn instructions(gateway: &Gateway) -> Vec<SettlementInstruction> {
    let fresh = gateway.sent.iter().filter(|s| !s.possible_resend);
    fresh
        .filter_map(|s| match &s.event {
            Event::Instruction(i) => Some((**i).clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn the_confirmation_is_the_investors_view_and_the_instruction_is_ours() {
    let play =
        played(&["desk records OURS for FUND1 agent AGNTDEFFXXX", "manager allocates B1", "manager affirms"]);
    let [said] = &confirmations(&play.gateway)[..] else { panic!("one confirmation") };
    assert_eq!(said.side, Side::Buy, "the client buys");
    assert_eq!(said.allocation.as_ref().map(|r| r.as_str()), Some("B1"));
    assert_eq!(said.individual_allocation.as_ref().map(|r| r.as_str()), Some("B1S1"));
    assert_eq!(said.account.as_ref().map(|a| a.as_str()), Some("FUND1"));
    assert_eq!(said.net.map(|a| a.value().normalize().to_string()).as_deref(), Some("100050"));
    let broker = said.parties.iter().find(|p| p.role == PartyRole::ExecutingFirm).expect("we say who we are");
    assert_eq!(broker.party.as_bic(), Some(market::US.parse().expect("a BIC")));
    let ours = said.chain.as_ref().and_then(|c| c.agent.as_ref()).and_then(|p| p.as_bic());
    assert_eq!(ours, Some("AGNTDEFFXXX".parse().expect("a BIC")), "our settlement chain goes along");
    let sent = play.gateway.sent.iter().find(|s| matches!(s.event, Event::Instruction(_))).expect("one");
    assert_eq!(codec::decode(&sent.bytes, &Limits::default(), Depth::Event).message_type, "543");
    let [instruction] = &instructions(&play.gateway)[..] else { panic!("one instruction") };
    assert_eq!(instruction.movement, Movement::Deliver, "what the client buys we deliver");
    assert_eq!(instruction.amount.map(|a| a.value().normalize().to_string()).as_deref(), Some("100050"));
    let theirs = instruction.receiving.client.as_ref().and_then(|p| p.as_bic());
    assert_eq!(theirs, Some("MGFXDEFFXXX".parse().expect("a BIC")), "the manager is on the other side");
    let told = |event: &Event| matches!(event, Event::ConfirmationAcknowledgement(_));
    assert!(!play.gateway.sent.iter().any(|s| told(&s.event)), "nobody answers himself");
}

#[test]
fn net_money_follows_from_the_price_where_the_allocation_does_not_say_it() {
    for (words, expected) in [("", "100050"), (" sell", "99950")] {
        let mut play = played(&[]);
        let Event::Allocation(mut allocation) =
            crate::desk::words::allocation(&format!("{words} quantity 1000"), "B1")
        else {
            panic!("an allocation")
        };
        allocation.allocations[0].net = None;
        play.message("manager", &Event::Allocation(allocation));
        let said = confirmations(&play.gateway).pop().expect("confirmed");
        let net = said.net.map(|a| a.value().normalize().to_string());
        assert_eq!(net.as_deref(), Some(expected), "{words:?}");
    }
}

#[test]
fn a_replaced_allocation_is_confirmed_in_place_of_the_first_and_a_cancelled_one_takes_it_back() {
    let play = played(&[
        "manager allocates B1",
        "manager allocates B2 quantity 900 replaces B1",
        "manager allocates B2X cancels B2",
    ]);
    let said = confirmations(&play.gateway);
    let [first, second, third] = &said[..] else { panic!("{} confirmations", said.len()) };
    assert_eq!(first.function, Function::New);
    assert_eq!(second.function, Function::Replace(Some(first.id.clone())));
    assert_eq!(second.quantity, market::units(900));
    assert_eq!(third.function, Function::Cancel(Some(second.id.clone())));
    // By MT515 there is no replacement.
    let play = played(&["telexmanager allocates B1", "telexmanager refuses", "desk cancels 1"]);
    let said = confirmations(&play.gateway);
    let [first, second] = &said[..] else { panic!("{} confirmations", said.len()) };
    assert_eq!(second.function, Function::Cancel(Some(first.id.clone())));
}

/// What left on a link, by its types.
fn types(play: &Play, link: &str) -> Vec<String> {
    let of_link = play.gateway.sent.iter().filter(|s| s.link == link && !s.possible_resend);
    let kind = |s: &crate::desk::gateway::Sent| {
        codec::decode(&s.bytes, &Limits::default(), Depth::Event).message_type
    };
    let kinds = of_link.map(kind).map(|kind| kind.split(".001").next().unwrap_or_default().to_owned());
    // The allocation is answered by a status of its own.
    kinds.filter(|kind| kind != "509").collect()
}

#[test]
fn each_manager_is_confirmed_in_the_format_of_his_line() {
    let plain = played(&["telexmanager allocates B1", "desk cancels 1"]);
    assert_eq!(types(&plain, "telexmanager"), ["515", "515"]);
    let market =
        played(&["configuration has telexmanager confirmed as the market", "telexmanager allocates B1"]);
    assert_eq!(types(&market, "telexmanager"), ["518"]);
    let iso = played(&[
        "configuration has telexmanager confirmed by isocustodian",
        "telexmanager allocates B1",
        "desk cancels 1",
    ]);
    assert_eq!(types(&iso, "telexmanager"), [""; 0]);
    assert_eq!(types(&iso, "isocustodian"), ["setr.027", "setr.029"]);
    for play in [&plain, &market, &iso] {
        let errors = play.gateway.sent.iter().flat_map(|s| {
            let decoded = codec::decode(&s.bytes, &Limits::default(), Depth::Event);
            decoded.diagnostics.into_iter().filter(|d| d.severity == Severity::Error)
        });
        assert_eq!(errors.collect::<Vec<_>>(), [], "what we send is right by the tables of its standard");
    }
}

#[test]
fn single_fees_are_confirmed_as_they_were_told() {
    let fee = |kind, cents| Fee { kind, amount: market::amount(Decimal::new(cents, 2)) };
    let told = [fee(FeeKind::Stamp, 1200), fee(FeeKind::Exchange, 345)];
    for manager in ["manager", "telexmanager"] {
        let mut play = played(&[]);
        let Event::Allocation(mut allocation) = crate::desk::words::allocation("", "B1") else {
            panic!("an allocation")
        };
        let share = &mut allocation.allocations[0];
        share.fees = told.to_vec();
        share.net = None;
        play.message(manager, &Event::Allocation(allocation));
        let said = confirmations(&play.gateway).pop().expect("confirmed");
        assert_eq!(said.net.map(|a| a.value().normalize().to_string()).as_deref(), Some("100065.45"));
        let amounts = |fees: &[Fee]| fees.iter().map(|f| f.amount).collect::<Vec<_>>();
        assert_eq!(amounts(&said.fees), amounts(&told), "{manager}");
        if manager == "manager" {
            assert_eq!(said.fees, told);
            play.step("manager asks Q1 about B1");
            let again = confirmations(&play.gateway).pop().expect("sent again");
            assert_eq!((again.fees, again.commission), (said.fees, said.commission), "the same once more");
        }
    }
}

#[test]
fn what_is_configured_wrongly_is_said() {
    let base = market::profile();
    let problem = |change: &dyn Fn(&mut finality_kernel::profile::Profile)| {
        let mut profile = base.clone();
        crate::desk::words::take_the_brokers_seat(&mut profile);
        change(&mut profile);
        profile.check().expect_err("it cannot be").to_string()
    };
    assert!(problem(&|p| p.managers.clear()).contains("needs [[profile.managers]]"));
    assert!(problem(&|p| p.brokers = market::profile().brokers).contains("confirms to the buy side"));
    assert!(problem(&|p| p.managers[0].link = "nowhere".to_owned()).contains("\"nowhere\""));
    assert!(problem(&|p| p.managers[0].link = "custodian".to_owned()).contains("of a custodian"));
    assert!(problem(&|p| p.managers[1].link = "manager".to_owned()).contains("several managers"));
    let by = |link: &str| Some(link.to_owned());
    assert!(problem(&|p| p.managers[1].confirmations = by("manager")).contains("several managers"));
    assert!(problem(&|p| p.managers[1].confirmations = by("custodian")).contains("of a custodian"));
    assert!(problem(&|p| p.managers[1].confirmations = by("nowhere")).contains("\"nowhere\""));
    assert!(problem(&|p| p.managers[0].bic = p.bic).contains("has our own BIC"));
    assert!(problem(&|p| p.seat = finality_kernel::seat::Seat::BuySide).contains("needs seat = \"broker\""));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// A replacement and the affirmations of both confirmations in any order, twice and cut: the new terms are instructed once.
    #[test]
    fn in_any_order_the_last_allocation_is_what_is_instructed(
        first_affirmed in any::<bool>(),
        again in proptest::collection::vec(any::<bool>(), 4),
        cut in 0usize..5,
    ) {
        let mut play = played(&["manager allocates B1"]);
        let mut steps = vec!["manager allocates B2 quantity 900 replaces B1"];
        steps.insert(usize::from(!first_affirmed), "manager affirms the first");
        for (n, step) in steps.iter().enumerate() {
            play.step(step);
            if again[n] {
                play.step("the same again");
            }
            if n == cut {
                play.step("power is cut");
            }
        }
        if first_affirmed {
            play.step("desk rebooks 1");
            play.step("custodian says cancelled to the cancellation");
        }
        play.step("manager affirms");
        if again[3] {
            play.step("the same again");
        }
        prop_assert_eq!(play.gateway.standing()[0].1, State::Instructed);
        let sent = instructions(&play.gateway);
        prop_assert_eq!(sent.len(), 1 + usize::from(first_affirmed));
        prop_assert_eq!(sent.last().map(|i| i.quantity), Some(market::units(900)));
        prop_assert_eq!(play.gateway.open_reasons(), vec![]);
    }
}
