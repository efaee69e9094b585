//! The built binary, live: a trade goes from the order system's FIX allocation to settlement, over real sockets and folders.

use std::path::Path;
use std::process::Command;

use crate::common::live::{Gateway, Peer, config};
use finality_parsers::codec::{self, Depth, Envelope, Format};
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    AffirmationStatus, AllocationStatus, Event, SettlementConfirmation, SettlementInstruction, Status,
    StatusAdvice, StatusKind, TransportAcknowledgement,
};

fn sample(name: &str) -> Event {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let text = std::fs::read_to_string(path).expect("it is there").trim().replace('|', "\u{1}");
    codec::decode(text.as_bytes(), &Limits::default(), Depth::Event).event.expect("an event")
}

/// The only file of a folder, once it is there.
fn file_in(folder: &Path) -> Vec<u8> {
    // The gateway looks at its folders ten times a second; a minute is beyond any load.
    for _ in 0..600 {
        let found = std::fs::read_dir(folder).ok().and_then(|mut entries| {
            entries.find_map(|e| e.ok().filter(|e| !e.file_name().to_string_lossy().starts_with('.')))
        });
        if let Some(entry) = found {
            return std::fs::read(entry.path()).expect("reads");
        }
        std::thread::park_timeout(std::time::Duration::from_millis(100));
    }
    panic!("nothing came into {}", folder.display());
}

fn drop_in(folder: &Path, name: &str, event: &Event) {
    let envelope = Envelope {
        sender: "CUSTDEFFXXX".into(),
        receiver: "FINMDEFFXXX".into(),
        created: Timestamp::from_nanos(1_795_000_000_000_000_000),
        message_id: "CU1".into(),
        possible_duplicate: false,
    };
    let bytes = codec::encode(event, Format::Mt, &envelope).expect("encodes").bytes;
    std::fs::write(folder.join("in").join(name), bytes).expect("writes");
}

fn status(i: &SettlementInstruction, id: &str, kind: StatusKind) -> Event {
    Event::Status(Box::new(StatusAdvice {
        id: id.parse().ok(),
        ..StatusAdvice::of(i.id.clone(), vec![Status { kind, reasons: Vec::new() }])
    }))
}

fn settled(i: &SettlementInstruction) -> Event {
    Event::Settlement(Box::new(SettlementConfirmation {
        id: "CUSETTLED1".parse().ok(),
        reversal: false,
        instruction: i.id.clone(),
        previous: None,
        common_reference: None,
        market_reference: None,
        prepared: None,
        movement: i.movement,
        payment: i.payment,
        instrument: i.instrument.clone(),
        settled: i.quantity,
        previously_settled: None,
        remaining: None,
        amount: i.amount,
        previously_settled_amount: None,
        remaining_amount: None,
        other_amounts: Vec::new(),
        price: None,
        partial: None,
        trade_date: i.trade_date,
        settlement_date: Some(i.settlement_date),
        effective_date: i.settlement_date,
        account: i.account.clone(),
        account_owner: None,
        transaction_type: "TRAD".into(),
        delivering: i.delivering.clone(),
        receiving: i.receiving.clone(),
        narrative: None,
        linkages: Vec::new(),
        more: None,
    }))
}

fn finality(args: &[&str], store: &Path) -> (String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_finality"));
    let (verb, rest) = args.split_first().expect("a verb");
    let done = command.arg(verb).arg("--store").arg(store).args(rest).output().expect("runs");
    let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (text, done.status.code())
}

#[test]
fn a_trade_goes_from_fix_to_settlement() {
    let dir = tempfile::tempdir().expect("a folder");
    let gateway = Gateway::start(&config(dir.path()));
    let custodian = dir.path().join("links/custodian-mt");

    let mut manager = Peer::log_on(&gateway, "ALBIONAM");
    manager.send(&sample("live-j.fix"));
    assert!(matches!(&manager.hear()[..], [Event::AllocationAcknowledgement(_)]));
    let mut broker = Peer::log_on(&gateway, "KESTRELSEC");
    broker.send(&sample("live-ak.fix"));
    match &broker.hear()[..] {
        [Event::ConfirmationAcknowledgement(answer)] => {
            assert_eq!(answer.status, AffirmationStatus::Affirmed)
        }
        other => panic!("{other:?}"),
    }
    let raw = file_in(&custodian.join("out"));
    assert!(raw.starts_with(b"{1:F01"), "an MT: {}", String::from_utf8_lossy(&raw));
    let decoded = codec::decode(&raw, &Limits::default(), Depth::Event);
    assert_eq!(decoded.message_type, "541");
    let Some(Event::Instruction(instruction)) = decoded.event else { panic!("no instruction") };

    let text = String::from_utf8_lossy(&raw).into_owned();
    let reference = text.split("{108:").nth(1).and_then(|r| r.split('}').next()).expect("a user reference");
    let ack = TransportAcknowledgement {
        accepted: true,
        reference: reference.parse().ok(),
        error: None,
        line: None,
    };
    drop_in(&custodian, "1.fin", &Event::Transport(Box::new(ack)));
    drop_in(&custodian, "2.fin", &status(&instruction, "CUSTATUS1", StatusKind::Acknowledged));
    drop_in(&custodian, "3.fin", &status(&instruction, "CUSTATUS2", StatusKind::Matched));
    drop_in(&custodian, "4.fin", &settled(&instruction));
    std::fs::write(custodian.join("in/5.fin"), "this is no message").expect("writes");
    assert_eq!(file_in(&custodian.join("failed")), b"this is no message");
    for name in ["1.fin", "2.fin", "3.fin", "4.fin"] {
        assert!(custodian.join("done").join(name).exists(), "{name} is kept and put away");
    }
    gateway.kill();

    let store = dir.path().join("store");
    // With digests of messages, which no JSON value of 64 bits holds.
    let (json, code) = finality(&["inspect", "trade", "LIVE0001", "--format", "json"], &store);
    let shown: serde_json::Value =
        serde_json::from_str(json.lines().next().unwrap_or_default()).expect("JSON");
    assert_eq!(
        (code, shown["records"].as_array().is_some_and(|records| !records.is_empty())),
        (Some(0), true)
    );
    let (shown, code) = finality(&["inspect", "trade", "LIVE0001"], &store);
    assert_eq!(code, Some(0), "{shown}");
    for word in ["settled", "received J by manager", "received AK by broker-fix", "sends 541", "received 545"]
    {
        assert!(shown.contains(word), "no {word:?} in {shown}");
    }
    let (dead, _) = finality(&["inspect", "messages", "--failed"], &store);
    assert!(dead.contains("unknown-protocol") && dead.contains("this is no message"), "{dead}");
}

#[test]
fn a_dead_letter_is_repaired_and_put_through_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = config(dir.path());
    let store = dir.path().join("store");
    let path = |name: &str| dir.path().join(name).display().to_string();
    let sample = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/live-j.fix"));
    let good = sample.expect("it is there").trim().replace('|', "\u{1}");
    std::fs::write(path("broken.fix"), good.replace("\u{1}75=20261124", "\u{1}75=20261199")).expect("writes");
    std::fs::write(path("repaired.fix"), &good).expect("writes");
    let config = config.display().to_string();

    let (said, code) =
        finality(&["ingest", "--config", &config, "--link", "manager", &path("broken.fix")], &store);
    assert_eq!(code, Some(3), "{said}");
    let (dead, _) = finality(&["inspect", "messages", "--failed"], &store);
    assert!(dead.contains("DEAD"), "{dead}");
    let record = dead.split_whitespace().next().expect("a record").to_owned();
    let (said, code) = finality(&["order", "--by", "anna", "reprocess", &record], &store);
    assert_eq!(code, Some(1), "as it came it cannot be read: {said}");
    let (said, code) =
        finality(&["order", "--by", "anna", "reprocess", &record, "--with", &path("repaired.fix")], &store);
    assert_eq!(code, Some(0), "{said}");
    let (shown, _) = finality(&["inspect", "trades"], &store);
    assert!(shown.contains("allocated") && shown.contains("LIVE0001S1"), "{shown}");
    let (dead, _) = finality(&["inspect", "messages", "--failed"], &store);
    assert!(!dead.contains("DEAD"), "{dead}");
    let (said, code) = finality(&["order", "--by", "anna", "reprocess", &record], &store);
    assert_eq!(code, Some(1), "once is enough: {said}");
}

/// What may be put off is there all the same after a restart, in good order or not: nothing is lost, nothing is done twice.
#[test]
fn a_journal_that_is_not_synced_and_an_index_that_is_left_for_later() {
    for settings in ["sync = false", "index_live = false", "sync = false\nindex_live = false"] {
        for killed in [false, true] {
            let dir = tempfile::tempdir().expect("a folder");
            let config = config(dir.path());
            let text = std::fs::read_to_string(&config).expect("it was written");
            std::fs::write(&config, format!("{settings}\n{text}")).expect("writes");
            let store = dir.path().join("store");
            let mut peer: Option<Peer> = None;
            let mut before = None;
            for run in 1..=2 {
                let gateway = Gateway::start(&config);
                let manager = match &mut peer {
                    None => peer.insert(Peer::log_on(&gateway, "ALBIONAM")),
                    Some(manager) => {
                        manager.reconnect(&gateway);
                        manager
                    }
                };
                manager.send(&sample("live-j.fix"));
                match &manager.hear()[..] {
                    [Event::AllocationAcknowledgement(answer)] => {
                        assert_eq!(answer.status, AllocationStatus::Accepted, "{settings}, run {run}");
                    }
                    other => panic!("{settings}, run {run}: {other:?}"),
                }
                if killed {
                    gateway.kill()
                } else {
                    gateway.stop()
                }
                let (shown, code) = finality(&["inspect", "trade", "LIVE0001"], &store);
                assert_eq!(code, Some(0), "{settings}, run {run}: {shown}");
                assert!(shown.contains("received J by manager") && shown.contains("allocated"), "{shown}");
                let (trades, _) = finality(&["inspect", "trades"], &store);
                let first = before.get_or_insert_with(|| trades.clone());
                assert_eq!(*first, trades, "{settings}: the same again makes no other trade");
                let verified = Command::new(env!("CARGO_BIN_EXE_finality"))
                    .args(["store", "verify", "--store"])
                    .arg(&store)
                    .output()
                    .expect("runs");
                assert!(verified.status.success(), "{settings}, run {run}: {verified:?}");
            }
        }
    }
}
