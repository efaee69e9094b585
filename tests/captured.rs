//! Captured traffic as the trades of a run: what a gateway heard is traded again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::common::{run, scenario};
use finality::simulate::records;
use finality_parsers::machine::Timestamp;
use finality_simulator::capture::{Capture, CaptureError, Message};
use finality_simulator::market::{Market, Trade};
use finality_simulator::report::Report;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn finality(args: &[&str]) -> (String, Option<i32>) {
    let run = Command::new(env!("CARGO_BIN_EXE_finality")).args(args).output().expect("it runs");
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    (said, run.status.code())
}

/// What a run's gateway heard, captured.
fn captured(heard: &[(Timestamp, Vec<u8>)]) -> Result<Capture, CaptureError> {
    let message = |(at, bytes): &'_ (Timestamp, Vec<u8>)| (*at, bytes.clone());
    let all: Vec<(Timestamp, Vec<u8>)> = heard.iter().map(message).collect();
    Capture::read(all.iter().map(|(at, bytes)| Message { name: "a record", at: Some(*at), bytes }))
}

/// What of a trade both markets must agree on, in an order that does not hang on numbers.
fn terms(market: &Market, trade: &Trade) -> String {
    let block = &market.blocks[trade.block];
    format!(
        "{} {:?} {} {} {} {} {}",
        market.accounts[trade.account].account,
        block.side,
        market.instruments[block.instrument].isin,
        market.brokers[block.broker].bic,
        trade.quantity,
        trade.gross_cents,
        trade.commission_cents,
    )
}

#[test]
fn what_a_gateway_heard_is_traded_again() {
    let original = run(
        scenario(
            "[trades]\ncount = 300\n[breaks]\nwrong_price_per_10000 = 300\nwrong_quantity_per_10000 = 300\n\
             wrong_date_per_10000 = 200\nlate_allocation_per_10000 = 0\nlate_confirmation_per_10000 = 0",
        ),
        5,
    );
    let heard: Vec<(Timestamp, Vec<u8>)> = records(&original.journal)
        .filter(|record| !record.raw.is_empty())
        .map(|record| (record.at, record.raw.clone()))
        .collect();
    let capture = captured(&heard).expect("trades");
    assert_eq!((capture.shares(), capture.confirmed()), (300, 300));
    // Blocks that went out with a wrong date were replaced.
    assert!(
        capture.left_out().all(|(why, _)| why.contains("replaced") || why.contains("came before")),
        "{:?}",
        capture.left_out().collect::<Vec<_>>()
    );

    let mut again = scenario("[market]\nfix_brokers = 1");
    Arc::new(capture).replay(&mut again).expect("it fits");
    let market = Market::draw(again.clone(), 77);
    let all = |market: &Market| {
        let mut all: Vec<String> = market.trades.iter().map(|trade| terms(market, trade)).collect();
        all.sort();
        all
    };
    assert_eq!(all(&market), all(&original.market));
    let wrong = |market: &Market| {
        let wrong = market.trades.iter().filter(|t| t.breaks.wrong_price || t.breaks.wrong_quantity);
        let mut wrong: Vec<String> = wrong.map(|trade| terms(market, trade)).collect();
        wrong.sort();
        wrong
    };
    assert!(wrong(&market).len() > 5);
    assert_eq!(wrong(&market), wrong(&original.market));
    assert_eq!(market.settlement_date, original.market.settlement_date);

    // It is a day like any other: the auditor has nothing to say, and the same seed gives the same report.
    let report = |seed| {
        let outcome = run(again.clone(), seed);
        Report::of(&outcome, "test", seed)
    };
    let first = report(3);
    assert_eq!(first.audit_findings, Vec::<String>::new());
    assert_eq!(first.json(), report(3).json());
    assert_ne!(first.json(), report(4).json());
}

#[test]
fn the_shipped_capture_is_replayed_and_meets_its_expectations() {
    let (said, code) =
        finality(&["simulate", samples().join("scenarios/replayed.toml").to_str().expect("UTF-8")]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("6 trades of 2026-11-24, 5 of them with their confirmation"), "{said}");
    assert!(said.contains("not replayed: 1 shares in another currency than most"), "{said}");
    let (said, code) = finality(&[
        "simulate",
        samples().join("scenarios/replayed.toml").to_str().expect("UTF-8"),
        "--trades",
        "5",
    ]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--trades cannot be said"), "{said}");
}

#[test]
fn a_store_of_a_gateway_is_replayed_and_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let small = samples().join("scenarios/small.toml");
    let (said, code) = finality(&["simulate", small.to_str().expect("UTF-8"), "--out", &at("run")]);
    assert_eq!(code, Some(0), "{said}");
    fs::write(at("again.toml"), "name = 'again'\n[trades]\nfrom = 'run/store'\n").expect("it is written");
    let (said, code) =
        finality(&["compare", &at("again.toml"), "--models", "batch,reactive", "--replications", "2"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("200 trades of 2026-11-24").count(), 1, "read once, and told once: {said}");
}

#[test]
fn what_cannot_be_replayed_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let capture = |files: &[(&str, &[u8])], expected: &[&str]| {
        let messages = folder.path().join("messages");
        let _ = fs::remove_dir_all(&messages);
        fs::create_dir(&messages).expect("a folder");
        for (name, bytes) in files {
            fs::write(messages.join(name), bytes).expect("it is written");
        }
        fs::write(at("scenario.toml"), "name = 'x'\n[trades]\nfrom = 'messages'\n").expect("it is written");
        let (said, code) = finality(&["simulate", &at("scenario.toml")]);
        assert_eq!(code, Some(3), "{said}");
        for word in expected {
            assert!(said.contains(word), "{word}: {said}");
        }
    };
    let allocation = fs::read(samples().join("mt/mt514-minimal.fin")).expect("a sample");
    capture(&[], &["no message", "capture the allocations"]);
    capture(&[("20261124T091500Z.fix", b"nothing of the kind")], &["1 messages that cannot be read"]);
    capture(&[("allocation.fin", &allocation)], &["allocation.fin", "begin with the time"]);
    // What cannot be said as price and commission, or on a day, is not made into something else.
    let sample = fs::read(samples().join("capture/day/20261124T091500Z-J-0002.fix")).expect("a sample");
    let changed = |from: &str, to: &str| {
        let text = String::from_utf8(sample.clone()).expect("text").replace(from, to);
        let body = text.find("\u{1}35=").expect("a body") + 1;
        let end = text.find("\u{1}10=").expect("a check sum") + 1;
        let head = format!("8=FIX.4.4\u{1}9={}\u{1}", end - body);
        let text = format!("{head}{}", &text[body..end]);
        let sum: u32 = text.bytes().map(u32::from).sum();
        format!("{text}10={:03}\u{1}", sum % 256).into_bytes()
    };
    let name = "20261124T091500Z.fix";
    capture(
        &[(name, &changed("\u{1}15=EUR", "\u{1}15=JPY"))],
        &["1 messages, 1 shares in a currency without cents"],
    );
    capture(
        &[(name, &changed("\u{1}154=", "\u{1}154=9"))],
        &["1 shares whose money is not their price and a commission"],
    );
    capture(
        &[(name, &changed("\u{1}64=20261126", "\u{1}64=20261120"))],
        &["settle on 2026-11-20", "ten business days"],
    );
    capture(&[("20361124T091500Z.fix", &sample)], &["came after 2026-11-26", "begin with the time"]);
    fs::write(at("scenario.toml"), "name = 'x'\n[trades]\nfrom = 'elsewhere'\n").expect("it is written");
    let (said, code) = finality(&["simulate", &at("scenario.toml")]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("elsewhere") && said.contains("cannot be read"), "{said}");
}
