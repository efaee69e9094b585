//! Executions, block, allocations and confirmations as one record: step, trades, exceptions, and where each block stands.

use finality_kernel::blocks::block::BlockStatus;
use finality_kernel::exceptions::reason::ReasonCode;
use finality_kernel::fact::{Fact, Record};
use finality_kernel::journal;
use finality_parsers::machine::Entry;
use finality_parsers::model::{
    Allocation, AllocationInstruction, AllocationReport, AllocationStatus, Event, Function, Price,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::desk::gateway::Gateway;
use crate::desk::market::{self, Deal, reference};
use crate::desk::table::{Scenario, scenario};
use crate::desk::words::Play;

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario(
        "executions, block, allocation, confirmation: all adds up",
        "broker executes E1 400 of 1000     | | | order BROKERORD1 of broker pending
         broker executes E2 1000 of 1000    | | | order BROKERORD1 of broker pending
         manager allocates B1               | allocated | | B1 matched
         broker confirms C1 of B1           | instructed | | B1 matched",
    ),
    scenario(
        "the block first, its executions later; the last is missing for too long",
        "manager allocates B1               | allocated | | B1 matched
         broker executes E1 400 of 1000     | allocated | | B1 pending
         broker confirms C1 of B1           | instructed | | B1 pending
         61 minutes pass                    | instructed | no_acknowledgement, block_undealt | B1 pending
         custodian says acknowledged        | acknowledged | block_undealt | B1 pending
         broker executes E2 1000 of 1000    | acknowledged | | B1 matched",
    ),
    scenario(
        "another broker calls another order the same",
        "broker executes E1 1000 of 1000    | | | order BROKERORD1 of broker pending
         manager allocates B1               | allocated | | B1 matched
         newcomer executes E9 500 of 500    | allocated | | B1 matched",
    ),
    scenario(
        "dealt and not allocated",
        "broker executes E1 1000 of 1000    | | | order BROKERORD1 of broker pending
         61 minutes pass                    | | block_unallocated | order BROKERORD1 of broker pending
         121 minutes pass                   | | block_unallocated | order BROKERORD1 of broker pending
         manager allocates B1               | allocated | | B1 matched",
    ),
    scenario(
        "dealt, and taken back before anybody allocates",
        "broker executes E1 1000 of 1000                   | | | order BROKERORD1 of broker pending
         broker executes E2 0 of 1000 cancels E1           | | | order BROKERORD1 of broker cancelled",
    ),
    scenario(
        "a block is announced and split by two allocations, one after the other",
        "manager allocates B0 ready                                  | | | B0 pending
         manager allocates B1 quantity 400                           | allocated | | B0 pending
         61 minutes pass                                             | allocated | confirmation_missing, block_unallocated | B0 pending
         manager allocates B2 quantity 600 account FUND2             | allocated, allocated | confirmation_missing | B0 matched
         broker confirms C1 of B1 quantity 400                       | instructed, allocated | | B0 matched",
    ),
    scenario(
        "more is allocated than was announced, until one allocation is replaced",
        "manager allocates B0 ready                                  | | | B0 pending
         manager allocates B1 quantity 400                           | allocated | | B0 pending
         manager allocates B2 quantity 700 account FUND2             | allocated, allocated | block_differs | B0 mismatched
         manager allocates B3 quantity 600 account FUND2 replaces B2 | allocated, allocated | | B0 matched",
    ),
    scenario(
        "the allocations come before what announces them",
        "manager allocates B1 quantity 400                           | allocated | | B1 matched
         manager allocates B2 quantity 600 account FUND2             | allocated, allocated | | B1 matched, B2 matched
         manager allocates B0 ready                                  | allocated, allocated | | B0 matched
         manager allocates B0X ready cancels B0                      | allocated, allocated | | B0 cancelled, B1 matched, B2 matched",
    ),
    scenario(
        "an allocation that sells what the block buys is disqualified; it is taken back and sent anew",
        "manager allocates B0 ready                                  | | | B0 pending
         manager allocates B1 sell                                   | allocated | block_contradicted | B0 disqualified
         manager allocates B1X sell cancels B1                       | cancelled | | B0 pending
         manager allocates B2                                        | cancelled, allocated | | B0 matched",
    ),
    scenario(
        "an allocation at another price, and one with another broker",
        "manager allocates B0 ready                                       | | | B0 pending
         manager allocates B1 quantity 400 price 101.00                   | allocated | block_contradicted | B0 disqualified
         manager allocates B2 quantity 400 broker telexbroker replaces B1 | allocated | block_contradicted | B0 disqualified
         manager allocates B3 quantity 400 replaces B2                    | allocated | | B0 pending
         manager allocates B4 quantity 600 account FUND2                  | allocated, allocated | | B0 matched",
    ),
    scenario(
        "parts by MT514 that name their block and say nothing of its size are added up",
        "telexmanager allocates P1 quantity 400 part of BLK1                | allocated | | BLK1 matched
         telexmanager allocates P2 quantity 600 account FUND2 part of BLK1  | allocated, allocated | | BLK1 matched
         broker executes E1 1000 of 1000                                    | allocated, allocated | | BLK1 matched
         telexmanager allocates P3 quantity 500 account FUND2 part of BLK1 replaces P2  | allocated, allocated | executions_differ | BLK1 mismatched
         telexmanager allocates P4 quantity 600 account FUND2 part of BLK1 replaces P3  | allocated, allocated | | BLK1 matched",
    ),
    scenario(
        "the average price of the executions is not that of the block; an execution is corrected",
        "manager allocates B1                                                | allocated | | B1 matched
         broker executes E1 400 of 1000 price 101.00                         | allocated | | B1 pending
         broker executes E2 1000 of 1000                                     | allocated | executions_differ | B1 mismatched
         broker executes E3 1000 of 1000 last 400 price 100.00 corrects E1   | allocated | | B1 matched",
    ),
    scenario(
        "a captured trade says what was dealt, where there are no executions",
        "broker captures T1 quantity 900 order ORD1   | | | order BROKERORD1 of broker pending
         manager allocates B1 order BROKERORD1        | allocated | | B1 pending
         broker captures T2 replaces T1               | allocated | | B1 matched",
    ),
    scenario(
        "what a person closed stays closed while nothing changes",
        "manager allocates B1 quantity 900                    | allocated | | B1 matched
         broker executes E1 1000 of 1000                      | allocated | executions_differ | B1 mismatched
         desk resolves 1                                      | allocated | | B1 mismatched
         121 minutes pass                                     | allocated | confirmation_missing | B1 mismatched
         broker confirms C1 of B1 quantity 900                | instructed | | B1 mismatched
         broker executes E2 1100 of 1100                      | instructed | executions_differ | B1 mismatched",
    ),
    scenario(
        "two blocks of one order are compared with its deals together",
        "broker executes E1 1000 of 1000                      | | | order BROKERORD1 of broker pending
         manager allocates B1 quantity 400                    | allocated | executions_differ | B1 mismatched
         manager allocates B2 quantity 600 account FUND2      | allocated, allocated | | B1 matched, B2 matched
         manager allocates B2X quantity 600 account FUND2 cancels B2  | allocated, cancelled | executions_differ | B1 mismatched, B2 cancelled",
    ),
    scenario(
        "a share whose trade is cancelled is missing from its block",
        "manager allocates B0 ready                           | | | B0 pending
         manager allocates B1                                 | allocated | | B0 matched
         desk cancels 1                                       | cancelled | | B0 pending
         manager allocates B2                                 | cancelled, allocated | | B0 matched
         power is cut                                         | cancelled, allocated | | B0 matched",
    ),
    scenario(
        "both sides cancel what is agreed: the block goes with its only share",
        "manager allocates B1                                 | allocated | | B1 matched
         broker confirms C1 of B1                             | instructed | | B1 matched
         manager allocates B1X cancels B1                     | instructed | cancel_requested | B1 matched
         broker confirms C1X of B1 cancels C1                 | cancel requested | | B1 matched
         custodian says cancelled to the cancellation         | cancelled | | B1 cancelled",
    ),
    scenario(
        "an account that is refused leaves its block unallocated",
        "manager allocates B1 account FUND9                   | | unknown_account | B1 pending
         61 minutes pass                                      | | unknown_account, block_unallocated | B1 pending
         manager allocates B2 replaces B1                     | allocated | unknown_account | B1 matched",
    ),
];

/// A block of two shares, the second of 600, as the manager says it; and the same as the broker reports it.
fn of_two_shares(id: &str, first: i64) -> AllocationInstruction {
    let deal = Deal { quantity: first, block_quantity: Some(first + 600), ..Deal::default() };
    let mut block = deal.instruction(id);
    let other = Deal { quantity: 600, account: "FUND2".to_owned(), ..Deal::default() }.instruction(id);
    let second = other.allocations.into_iter().next().expect("a share");
    block.allocations.push(Allocation { id: Some(reference(&format!("{id}S2"))), ..second });
    block
}

fn reported(id: &str, function: Function, change: impl Fn(&mut AllocationInstruction)) -> Event {
    let mut allocation = of_two_shares("B1", 400);
    change(&mut allocation);
    allocation.function = function;
    Event::AllocationReport(Box::new(AllocationReport {
        id: reference(id),
        kind: "3".to_owned(),
        status: AllocationStatus::Accepted,
        reason: None,
        allocation,
    }))
}

#[test]
fn the_brokers_report_is_compared_as_a_block_too() {
    let mut profile = market::profile();
    profile.tolerances.net_absolute = Decimal::ONE;
    let mut play = Play::new(Gateway::open_with(profile));
    play.message("manager", &Event::Allocation(Box::new(of_two_shares("B1", 400))));
    let stands = |play: &Play| {
        let book = play.gateway.kernel.book();
        let block = book.blocks().iter().next().expect("a block");
        let findings = block.standing.iter().flat_map(|s| &s.findings).map(ToString::to_string);
        let states: Vec<&str> = book.trades().map(|t| t.state.label()).collect();
        (states.join(", "), block.status(), findings.collect::<Vec<_>>())
    };
    let matched = |states: &str| (states.to_owned(), Some(BlockStatus::Matched), Vec::new());
    let differs =
        |states: &str, what: &str| (states.to_owned(), Some(BlockStatus::Mismatched), vec![what.to_owned()]);
    assert_eq!(stands(&play), matched("allocated, allocated"));
    // A share is missing in it: each share that is there agrees.
    let less = |block: &mut AllocationInstruction| {
        block.allocations.pop();
        block.quantity = market::units(400);
    };
    play.message("broker", &reported("R1", Function::New, less));
    let expected = differs("instructed, allocated", "quantity: block 1000, report R1 400");
    assert_eq!(stands(&play), expected);
    assert_eq!(play.gateway.open_reasons(), [ReasonCode::BlockDiffers]);
    // Each share is within the tolerance, and all together are not.
    let dearer = |block: &mut AllocationInstruction| {
        for share in &mut block.allocations {
            share.net = share.net.map(|net| market::amount(net.value() + Decimal::new(60, 2)));
        }
    };
    play.message("broker", &reported("R2", Function::Replace(Some(reference("R1"))), dearer));
    let (states, status, findings) = stands(&play);
    assert_eq!((states.as_str(), status), ("instructed, instructed", Some(BlockStatus::Mismatched)));
    assert!(findings.len() == 1 && findings[0].starts_with("net: block 100100.00 EUR"), "{findings:?}");
    assert!(findings[0].contains("report R2 100101.20 EUR"), "{findings:?}");
    // Another in its place is what counts, also after a restart; and the same again changes nothing.
    let third = reported("R3", Function::Replace(Some(reference("R2"))), |_| {});
    play.message("broker", &third);
    assert_eq!(stands(&play), matched("instructed, instructed"));
    play.gateway.restart();
    play.step("the same again");
    assert_eq!(stands(&play), matched("instructed, instructed"));
    assert!(!play.gateway.open_reasons().contains(&ReasonCode::BlockDiffers));
    // What was dealt is beside the block, as ever; the average of the report is beside the block's price.
    let at = |block: &mut AllocationInstruction| {
        block.allocations[0].price = Some(Price::actual(market::euro(), Decimal::new(10_100, 2)));
        block.allocations[0].net = Some(market::amount(Decimal::new(4_045_000, 2)));
    };
    play.message("broker", &reported("R4", Function::Replace(Some(reference("R3"))), at));
    let (_, status, findings) = stands(&play);
    assert_eq!(status, Some(BlockStatus::Mismatched));
    assert!(findings.iter().any(|f| f.starts_with("price: block 100, report R4 100.4")), "{findings:?}");
}

#[test]
fn a_report_may_come_before_its_block_in_parts_and_follow_a_replacement() {
    let mut play = Play::new(Gateway::open());
    let part = |nth: usize| {
        move |block: &mut AllocationInstruction| {
            let share = block.allocations.swap_remove(nth);
            block.quantity = share.quantity;
            block.allocations = vec![share];
        }
    };
    play.message("broker", &reported("R1", Function::New, part(0)));
    play.message("manager", &Event::Allocation(Box::new(of_two_shares("B1", 400))));
    assert_eq!(play.blocks(), ["B1 mismatched"]);
    play.message("broker", &reported("R2", Function::New, part(1)));
    assert_eq!(play.blocks(), ["B1 matched"], "both parts are there");
    let mut replacing = of_two_shares("B2", 300);
    replacing.function = Function::Replace(Some(reference("B1")));
    play.message("manager", &Event::Allocation(Box::new(replacing)));
    assert_eq!(play.blocks(), ["B1 mismatched"], "the report is about what took its place");
    play.message("broker", &reported("R3", Function::Cancel(Some(reference("R1"))), part(0)));
    play.message("broker", &reported("R4", Function::Cancel(Some(reference("R2"))), part(1)));
    assert_eq!(play.blocks(), ["B1 matched"], "nothing is reported");
}

/// Executions, announcement, allocations and confirmations of one block.
const PARTS: [&str; 7] = [
    "broker executes E1 400 of 1000 last 400",
    "broker executes E2 1000 of 1000 last 600",
    "manager allocates B0 ready",
    "manager allocates B1 quantity 400",
    "manager allocates B2 quantity 600 account FUND2",
    "broker confirms C1 of B1 quantity 400",
    "broker confirms C2 of B2 quantity 600 account FUND2",
];

/// The same, with what does not add up.
const ODD: [&str; 7] = [
    "broker executes E1 400 of 1000 last 400 price 99.00",
    "broker executes E2 1000 of 1000 last 600",
    "broker executes E3 1100 of 1100 last 500 corrects E1",
    "manager allocates B0 ready",
    "manager allocates B1 quantity 400 price 103.00",
    "manager allocates B2 quantity 700 account FUND2",
    "broker confirms C1 of B1 quantity 400 price 103.00",
];

fn end(
    steps: &[&str],
    order: &[usize],
    repeated: &[bool],
    cut: usize,
) -> (Vec<String>, Vec<String>, Vec<String>) {
    let mut play = Play::new(Gateway::open());
    for (n, index) in order.iter().enumerate() {
        play.step(steps[*index]);
        if repeated.get(n) == Some(&true) {
            play.step("the same again");
        }
        if n == cut {
            play.step("power is cut");
        }
    }
    let book = play.gateway.kernel.book();
    let found = book.blocks().iter().flat_map(|b| b.standing.iter().flat_map(|s| s.findings.iter()));
    let found = found.map(ToString::to_string).collect();
    let open = play.gateway.open_reasons().iter().map(|r| r.name().to_owned()).collect();
    (play.blocks(), found, open)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_first_the_block_ends_the_same(
        order in Just((0..7).collect::<Vec<usize>>()).prop_shuffle(),
        repeated in proptest::collection::vec(any::<bool>(), 7),
        cut in 0usize..9,
    ) {
        let straight: Vec<usize> = (0..7).collect();
        for steps in [&PARTS, &ODD] {
            prop_assert_eq!(end(steps, &order, &repeated, cut), end(steps, &straight, &[], 9));
        }
        prop_assert_eq!(end(&PARTS, &order, &repeated, cut).0, vec!["B0 matched".to_owned()]);
    }
}

#[test]
fn the_odd_block_says_all_that_is_wrong() {
    let (blocks, found, open) = end(&ODD, &[0, 1, 2, 3, 4, 5, 6], &[], 9);
    assert_eq!(blocks, ["B0 disqualified"]);
    assert_eq!(
        found,
        [
            "quantity: block 1000, allocations 1100",
            "quantity: block 1000, executions 1100",
            "price: block 100 Actual, allocation FUND1 103 Actual (tolerance 0.01)"
        ]
    );
    assert_eq!(open, ["block_differs", "executions_differ", "block_contradicted"]);
}

#[test]
fn from_a_trade_to_its_block_and_back() {
    let mut play = Play::new(Gateway::open());
    PARTS.iter().for_each(|step| play.step(step));
    let book = play.gateway.kernel.book();
    for trade in book.trades() {
        let block = book.blocks().of_trade(trade).expect("it is a share of a block");
        assert_eq!((block.key.to_string().as_str(), block.status()), ("B0", Some(BlockStatus::Matched)));
        assert!(block.trades.contains(&trade.id));
    }
    for name in ["B0", "B1", "B2", "ORD1"] {
        let found = book.blocks().by_reference(&crate::desk::market::reference(name));
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["B0"], "{name}");
    }
}

/// A journal of before there were blocks: the same records without what is said of them.
#[test]
fn a_journal_without_blocks_is_read_and_goes_on() {
    let mut play = Play::new(Gateway::open());
    ["manager allocates B1", "broker executes E1 1000 of 1000"].iter().for_each(|step| play.step(step));
    let mut old: Vec<Record> = play.gateway.records();
    old.iter_mut().for_each(|r| r.facts.retain(|f| !matches!(f, Fact::Block(_))));
    let entries: Vec<Entry> = old.iter().map(journal::encode).collect();
    let read: Vec<Record> = entries.iter().map(|e| journal::decode(e).expect("it is read")).collect();
    let mut play = Play::new(Gateway::after(&read));
    assert_eq!(play.blocks(), Vec::<String>::new());
    play.step("broker confirms C1 of B1");
    play.step("manager allocates B2 quantity 500 order ORD2");
    assert_eq!(play.blocks(), ["B2 matched"]);
    assert_eq!(play.gateway.open_reasons(), []);
}

#[test]
fn a_block_of_many_shares_costs_no_more_for_each() {
    let mut play = Play::new(Gateway::open());
    for n in 0..300 {
        play.step(&format!("telexmanager allocates P{n} quantity 10 part of BLK1 order ORD{n}"));
    }
    let book = play.gateway.kernel.book();
    let block = book.blocks().iter().next().expect("one");
    assert_eq!((block.trades.len(), block.shares.quantity), (300, 3000.into()));
    // Each part leads to one word about its block at most.
    let most = play
        .gateway
        .records()
        .into_iter()
        .map(|r| r.facts.iter().filter(|f| matches!(f, Fact::Block(_))).count());
    assert!(most.max().is_some_and(|most| most <= 2));
}
