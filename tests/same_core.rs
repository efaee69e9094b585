//! One scenario, run in virtual time and by the live driver with its threads, journal files and sled: both leave the same
//! journal. And a tape of the run, played back, gives the same answers.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use crate::common::scenario;
use finality::adapters::journal;
use finality::adapters::keeper::Keeper;
use finality::node::Node;
use finality::runtime::drive::{self, Outgoing, Running, Time, ToCore};
use finality::runtime::tape::{self, Recorder, Replayed};
use finality::sessions::Sessions;
use finality::simulate::{Production, profile};
use finality_kernel::gateway::Recovery;
use finality_kernel::profile::Profile;
use finality_parsers::machine::{Entry, GatewayEffect, GatewayInput, LinkInput, Machine, Timestamp};
use finality_simulator::subject::Subject;
use finality_simulator::world::World;

const SETTINGS: &str = "
    [market]
    fix_brokers = 2
    mt_brokers = 1
    accounts = 6
    instruments = 5
    [trades]
    count = 40
    [pace]
    sync_microseconds = 0
    [breaks]
    wrong_price_per_10000 = 1000
    late_confirmation_per_10000 = 500
    missing_ssi_per_10000 = 1500
    hold_per_10000 = 800
    [faults]
    dropped_per_10000 = 100
    duplicated_per_10000 = 200
    [[faults.cuts]]
    link = 'custodian-1'
    at = '10:15:00'
    minutes = 30
";

type Effects = Arc<Mutex<VecDeque<GatewayEffect>>>;

/// The live driver, dressed as the world's subject: the world gives it time and bytes, it does the rest as in production.
struct Live {
    profile: Profile,
    dir: std::path::PathBuf,
}

struct LiveGateway {
    running: Option<Running>,
    effects: Effects,
    deadline: Option<Timestamp>,
    connections: u64,
    links: std::collections::BTreeMap<String, u64>,
}

impl Subject for Live {
    type Machine = LiveGateway;

    fn boot(&self, now: Timestamp, _journal: &[Entry]) -> LiveGateway {
        let mut recovery = Recovery::new(self.profile.clone());
        let (keeper, _) = Keeper::open(&self.dir, self.profile.clone(), |record| recovery.take(record))
            .expect("the store opens");
        let node = Node::around(recovery.start(now), &self.profile, &Sessions::new());
        let deadline = node.deadline();
        let effects = Effects::default();
        let told = Arc::clone(&effects);
        let tell = move |notice| told.lock().expect("no panic").push_back(GatewayEffect::Tell(notice));
        let running = drive::start(node, keeper, Time::Stepped(now), tell);
        LiveGateway {
            running: Some(running),
            effects,
            deadline,
            connections: 0,
            links: std::collections::BTreeMap::new(),
        }
    }
}

#[derive(Debug)]
struct Line {
    link: String,
    effects: Effects,
}

impl Outgoing for Line {
    fn send(&mut self, bytes: Vec<u8>) -> bool {
        let effect = GatewayEffect::Send { link: self.link.clone(), bytes };
        self.effects.lock().expect("no panic").push_back(effect);
        true
    }

    fn close(&mut self, _reason: &str) {}
}

impl Machine for LiveGateway {
    type Input<'a> = GatewayInput<'a>;
    type Effect = GatewayEffect;

    fn handle(&mut self, now: Timestamp, input: GatewayInput<'_>) {
        let inbox = self.running.as_ref().expect("running").inbox();
        let send = |message| inbox.send(message).expect("the core is there");
        send(ToCore::Step { now, tick: false, done: None });
        match input {
            GatewayInput::Link { link, input } => {
                let link = link.to_owned();
                match input {
                    LinkInput::Opened => {
                        self.connections += 1;
                        self.links.insert(link.clone(), self.connections);
                        let to = Box::new(Line { link: link.clone(), effects: Arc::clone(&self.effects) });
                        send(ToCore::Opened { link, connection: self.connections, to });
                    }
                    LinkInput::Closed => {
                        let connection = self.links.remove(&link).unwrap_or(0);
                        send(ToCore::Closed { link, connection });
                    }
                    LinkInput::Bytes(bytes) => {
                        let connection = self.links.get(&link).copied().unwrap_or(0);
                        send(ToCore::Bytes {
                            link,
                            connection,
                            bytes: bytes.to_vec(),
                            kept: None,
                            turn: None,
                        });
                    }
                    LinkInput::Deliver { .. }
                    | LinkInput::Fetched { .. }
                    | LinkInput::Operate(_)
                    | LinkInput::Tick => {}
                }
            }
            GatewayInput::Order(order) => send(ToCore::Order(order.clone())),
            GatewayInput::Appended(_) | GatewayInput::Fetched { .. } | GatewayInput::Tick => {}
        }
        let (done, told) = mpsc::channel();
        send(ToCore::Step { now, tick: matches!(input, GatewayInput::Tick), done: Some(done) });
        self.deadline = told.recv().expect("the core is there");
    }

    fn poll(&mut self) -> Option<GatewayEffect> {
        self.effects.lock().expect("no panic").pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }
}

impl Drop for LiveGateway {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().expect("everything is kept");
        }
    }
}

fn kept(dir: &Path) -> Vec<Entry> {
    let mut entries = Vec::new();
    journal::read_all(&dir.join("journal"), |stored| entries.push(stored.entry)).expect("reads");
    entries
}

#[test]
fn virtual_and_live_leave_an_equal_journal() {
    let seed = 5;
    let in_virtual_time = finality::simulate::run(scenario(SETTINGS), seed);
    let dir = tempfile::tempdir().expect("a folder");
    let live =
        World::new(scenario(SETTINGS), seed, |m| Live { profile: profile(m), dir: dir.path().to_owned() })
            .run();
    assert_eq!(live.auditor.findings(), &[] as &[String]);
    assert!(in_virtual_time.statistics.settled_at_end > 20, "the scenario does something");

    let facts = |entries: &[Entry]| {
        let record = |e: &Entry| finality_kernel::journal::decode(e).expect("a record");
        entries.iter().map(record).map(|r| (r.seq, r.at, r.trace, r.facts, r.raw)).collect::<Vec<_>>()
    };
    let (virtual_facts, live_facts) = (facts(&in_virtual_time.journal), facts(&kept(dir.path())));
    for (a, b) in virtual_facts.iter().zip(&live_facts) {
        assert_eq!(a, b);
    }
    assert_eq!(virtual_facts.len(), live_facts.len());
    assert_eq!(in_virtual_time.statistics.settled_at_end, live.statistics.settled_at_end);
}

/// A subject whose every input goes onto a tape.
struct Taped {
    production: Production,
    tape: Tape,
}

#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Subject for Taped {
    type Machine = Recorder<Tape>;

    fn boot(&self, now: Timestamp, journal: &[Entry]) -> Recorder<Tape> {
        Recorder::boot(now, self.production.profile.clone(), journal, self.tape.clone())
    }
}

fn taped() -> String {
    let tape = Tape::default();
    let settings = format!("{SETTINGS}\n[[faults.cuts]]\nlink = 'manager'\nat = '11:00:00'\nminutes = 2");
    let mut scenario = scenario(&settings);
    // Restarts are on the tape too.
    scenario.faults.power_cuts = 2;
    let subject = |m: &_| Taped { production: Production { profile: profile(m) }, tape: tape.clone() };
    World::new(scenario, 9, subject).run();
    let bytes = tape.0.lock().expect("no panic").clone();
    String::from_utf8(bytes).expect("text")
}

#[test]
fn a_tape_played_back_gives_the_same_answers() {
    let text = taped();
    assert!(text.lines().filter(|l| l.starts_with("{\"boot\"")).count() >= 2, "restarts are on it");
    let lines = text.lines().count() as u64;
    assert_eq!(tape::replay(text.as_bytes()).expect("plays"), Replayed::Same { lines });
}

#[test]
fn a_tape_that_was_tampered_with_stops_at_the_difference() {
    let text = taped();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = lines.iter().position(|l| l.contains("\"bytes\"")).expect("there are bytes");
    let digest = lines[at].rfind("\"answered\":\"").expect("there") + 12;
    lines[at].replace_range(digest..digest + 4, "0000");
    match tape::replay(lines.join("\n").as_bytes()).expect("plays") {
        Replayed::Different { line, .. } => assert_eq!(line, at as u64 + 1),
        same => panic!("{same:?}"),
    }
}
