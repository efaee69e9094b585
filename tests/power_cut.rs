//! The power goes, again and again: nothing that was acknowledged is missing afterwards, nothing is done twice, and
//! everything is done in the end.

use std::collections::BTreeMap;
use std::process::Command;

use crate::common::live::{Gateway, Peer, config};
use crate::common::{book, run, scenario};
use finality_kernel::fact::Fact;
use finality_parsers::model::{
    Allocation, AllocationInstruction, AllocationPurpose, Currency, Event, Function, Instrument, Price,
    Quantity, Side,
};
use rust_decimal::Decimal;

const SETTINGS: &str = "
    [market]
    fix_brokers = 2
    mt_brokers = 1
    accounts = 6
    instruments = 5
    [trades]
    count = 12
    [day]
    trading_from = '09:00:00'
    trading_to = '09:40:00'
    [pace]
    confirm_seconds = [1, 300]
    broker_instructs_seconds = [1, 600]
    sync_microseconds = 20000
    resend_seconds = 30
    [resources]
    short_lines_per_10000 = 0
    broker_cash_percent = 2000
    account_cash_percent = 2000
    [faults]
    power_cuts = 10
    power_down_seconds = 20
";

#[test]
fn a_thousand_virtual_power_cuts() {
    let mut cuts = 0;
    for seed in 0..110 {
        let outcome = run(scenario(SETTINGS), seed);
        cuts += outcome.statistics.power_cuts;
        assert_eq!(outcome.auditor.findings(), &[] as &[String], "seed {seed}");
        let book = book(&outcome);

        let mut by_share: BTreeMap<String, u64> = BTreeMap::new();
        let mut blocks = std::collections::BTreeSet::new();
        for trade in book.trades() {
            let key = trade.key();
            blocks.extend(key.block.map(|b| b.to_string()));
            *by_share.entry(key.share.map_or("none".into(), |s| s.to_string())).or_default() += 1;
        }
        for reference in &outcome.acknowledged {
            assert!(blocks.contains(reference), "seed {seed}: {reference} was acknowledged and is missing");
        }
        assert!(by_share.values().all(|n| *n == 1), "seed {seed}: a share became two trades: {by_share:?}");
        assert_eq!(by_share.len(), outcome.market.trades.len(), "seed {seed}: every trade is there");

        let mut instructed: BTreeMap<u64, u32> = BTreeMap::new();
        for record in finality::simulate::records(&outcome.journal) {
            for fact in &record.facts {
                if let Fact::Instructed { trade, .. } = fact {
                    *instructed.entry(*trade).or_default() += 1;
                }
            }
        }
        assert!(instructed.values().all(|n| *n == 1), "seed {seed}: instructed twice");
        assert_eq!(
            outcome.statistics.settled_at_end,
            outcome.market.trades.len() as u64,
            "seed {seed}: in the end everything settles"
        );
    }
    assert!(cuts >= 1_000, "only {cuts} power cuts");
}

// --- the built binary, killed ------------------------------------------------------------------------------------------

fn allocation(number: u32) -> Event {
    let eur: Currency = "EUR".parse().expect("a currency");
    Event::Allocation(Box::new(AllocationInstruction {
        block: None,
        id: format!("KILL{number:06}").parse().expect("a reference"),
        function: Function::New,
        purpose: AllocationPurpose::Preliminary,
        orders: vec!["ORDER1".parse().expect("a reference")],
        side: Side::Buy,
        instrument: Instrument::of("DE0007164600".parse().expect("an ISIN")),
        quantity: Quantity::units(Decimal::from(100)).expect("positive"),
        price: Some(Price::actual(eur, Decimal::from(10))),
        currency: Some(eur),
        trade_date: "2026-11-24".parse().expect("a date"),
        settlement_date: None,
        transacted: Some(chrono::DateTime::UNIX_EPOCH),
        parties: Vec::new(),
        market: None,
        gross: None,
        net: None,
        accrued: None,
        allocations: vec![Allocation {
            gross: None,
            counterparty_chain: None,
            account: "FUND0001".parse().expect("an account"),
            id: Some(format!("KILL{number:06}S").parse().expect("a reference")),
            quantity: Quantity::units(Decimal::from(100)).expect("positive"),
            price: None,
            net: None,
            accrued: None,
            commission: None,
            fees: Vec::new(),
            parties: Vec::new(),
            payment: None,
            settlement_amount: None,
            chain: None,
            text: None,
        }],
        fragment: None,
        text: None,
    }))
}

fn answered(event: &Event) -> Option<String> {
    match event {
        Event::AllocationAcknowledgement(answer) => {
            assert_eq!(answer.status, finality_parsers::model::AllocationStatus::Accepted, "{answer:?}");
            Some(answer.allocation.to_string())
        }
        _ => None,
    }
}

#[test]
fn twenty_times_kill_9_of_the_binary_while_it_acknowledges() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = config(dir.path());
    let mut acknowledged = Vec::new();
    let mut number = 0;
    let mut manager: Option<Peer> = None;
    for round in 0..20u32 {
        let gateway = Gateway::start(&config);
        let manager = match manager.as_mut() {
            Some(known) => {
                known.reconnect(&gateway);
                known
            }
            None => manager.insert(Peer::log_on(&gateway, "ALBIONAM")),
        };
        // Killed after a different number of answers each time, with twenty more under way.
        let until = acknowledged.len() + 5 + 7 * round as usize;
        for _ in 0..20 {
            number += 1;
            manager.send(&allocation(number));
        }
        while acknowledged.len() < until {
            for event in manager.hear() {
                acknowledged.extend(answered(&event));
                number += 1;
                manager.send(&allocation(number));
            }
        }
        gateway.kill();
    }
    // Once more: what was under way at the last kill is answered too. Then look.
    let gateway = Gateway::start(&config);
    let mut manager = manager.expect("twenty rounds");
    manager.reconnect(&gateway);
    while acknowledged.len() < number as usize {
        acknowledged.extend(manager.hear().iter().filter_map(answered));
    }
    gateway.kill();
    let once: std::collections::BTreeSet<&String> = acknowledged.iter().collect();
    assert_eq!(once.len(), acknowledged.len(), "every allocation is answered once, whatever was cut");
    let rebuilt = Command::new(env!("CARGO_BIN_EXE_finality"))
        .args(["store", "rebuild", "--store"])
        .arg(dir.path().join("store"))
        .output()
        .expect("runs");
    assert!(rebuilt.status.success(), "{}", String::from_utf8_lossy(&rebuilt.stderr));
    let shown = Command::new(env!("CARGO_BIN_EXE_finality"))
        .args(["inspect", "--format", "json", "--store"])
        .arg(dir.path().join("store"))
        .args(["trades", "--limit", "1000000"])
        .output()
        .expect("runs");
    let mut by_block: BTreeMap<String, u32> = BTreeMap::new();
    for line in String::from_utf8(shown.stdout).expect("text").lines() {
        let trade: serde_json::Value = serde_json::from_str(line).expect("JSON");
        *by_block.entry(trade["share"]["block"].as_str().expect("a block").to_owned()).or_default() += 1;
    }
    assert!(acknowledged.len() > 1_000, "only {} were acknowledged", acknowledged.len());
    for reference in &acknowledged {
        assert_eq!(by_block.get(reference), Some(&1), "{reference} was acknowledged");
    }
    assert!(by_block.values().all(|n| *n == 1), "nothing is there twice");
}
