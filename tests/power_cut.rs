//! The power goes, again and again: nothing that was acknowledged is missing afterwards, nothing is done twice, and
//! everything is done in the end.

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{book, run, scenario};
use finality::runtime::clock::Clock;
use finality_kernel::fact::Fact;
use finality_parsers::codec::{self, Depth, Envelope, Format};
use finality_parsers::fix::Version;
use finality_parsers::fix::session::{Config, Role, Session};
use finality_parsers::limits::Limits;
use finality_parsers::machine::{LinkEffect, LinkInput, Machine};
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

struct Gateway {
    child: Child,
    address: String,
}

impl Gateway {
    fn start(config: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_finality"))
            .args(["serve", "--config"])
            .arg(config)
            .env("FINALITY_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let address = lines
            .find_map(|line| line.expect("text").strip_prefix("FIX sessions connect to ").map(str::to_owned))
            .expect("it says where it listens");
        Self { child, address }
    }

    /// kill -9: no goodbye, no flush.
    fn kill(mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it is gone");
    }
}

fn config(dir: &Path) -> std::path::PathBuf {
    let sample = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/finality.toml"));
    let text = sample
        .expect("the sample configuration")
        .replace("../finality-run/gateway/", "")
        .replace("127.0.0.1:9876", "127.0.0.1:0");
    let path = dir.join("finality.toml");
    std::fs::write(&path, text).expect("writes");
    path
}

fn allocation(number: u32) -> Event {
    let eur: Currency = "EUR".parse().expect("a currency");
    Event::Allocation(Box::new(AllocationInstruction {
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

/// A manager that sends allocations, twenty under way at a time, and notes which were answered.
struct Manager {
    stream: TcpStream,
    session: Session,
    clock: Clock,
}

impl Manager {
    fn connect(address: &str) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let config = Config::new(
            Version::Fix44,
            "MANAGER",
            Some("FINALITY"),
            Role::Initiator,
            Duration::from_secs(30),
        );
        let mut manager = Self { stream, session: Session::new(config), clock: Clock::start() };
        manager.tell(LinkInput::Opened)?;
        Some(manager)
    }

    /// Gives the application messages that came; `None` when the line is gone.
    fn tell(&mut self, input: LinkInput<'_>) -> Option<(Vec<Vec<u8>>, bool)> {
        self.session.handle(self.clock.now(), input);
        let (mut received, mut ready) = (Vec::new(), false);
        while let Some(effect) = self.session.poll() {
            match effect {
                LinkEffect::Send(bytes) => self.stream.write_all(&bytes).ok()?,
                LinkEffect::Received(message) => received.push(message),
                LinkEffect::Ready => ready = true,
                LinkEffect::Close(_) | LinkEffect::Notice(_) => {}
            }
        }
        Some((received, ready))
    }

    fn hear(&mut self) -> Option<(Vec<Vec<u8>>, bool)> {
        let mut buffer = [0; 8192];
        let n = self.stream.read(&mut buffer).ok().filter(|n| *n > 0)?;
        let bytes = buffer[..n].to_vec();
        self.tell(LinkInput::Bytes(&bytes))
    }

    fn send(&mut self, number: u32) -> Option<()> {
        let envelope = Envelope {
            sender: "MANAGER".into(),
            receiver: "FINALITY".into(),
            created: self.clock.now(),
            message_id: "M".into(),
            possible_duplicate: false,
        };
        let message = codec::encode(&allocation(number), Format::Fix(Version::Fix44), &envelope)
            .expect("encodes")
            .bytes;
        self.tell(LinkInput::Deliver { message: &message, possible_resend: false }).map(|_| ())
    }
}

fn answered(message: &[u8]) -> Option<String> {
    match codec::decode(message, &Limits::default(), Depth::Event).event? {
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
    for round in 0..20u32 {
        let gateway = Gateway::start(&config);
        let mut manager = Manager::connect(&gateway.address).expect("connects");
        while let Some((_, ready)) = manager.hear() {
            if ready {
                break;
            }
        }
        // Killed after a different number of answers each time, with more under way.
        let until = acknowledged.len() + 5 + 7 * round as usize;
        for _ in 0..20 {
            number += 1;
            manager.send(number).expect("it is up");
        }
        while acknowledged.len() < until {
            let (messages, _) = manager.hear().expect("it is up until it is killed");
            for message in messages {
                acknowledged.extend(answered(&message));
                number += 1;
                manager.send(number).expect("it is up");
            }
        }
        gateway.kill();
    }
    // Once more, so that the index catches up, and then look.
    let mut last = Gateway::start(&config);
    last.child.kill().expect("it was running");
    last.child.wait().expect("it is gone");
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
