//! The operator's side of FIX sessions with the built binary: what is ordered of them at rest and while they are served, what
//! is shown of them, sessions from a template, and a tape of all that.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::common::live::{Gateway, Peer, config};
use finality::runtime::clock::Clock;
use finality_parsers::codec::{self, Depth};
use finality_parsers::fix::field::SOH;
use finality_parsers::fix::frame::{Deframer, Frame, checksum};
use finality_parsers::limits::Limits;
use finality_parsers::machine::{GatewayEffect, GatewayInput, LinkInput, Machine as _, Timestamp};

/// A peer that says what it is told to say, and nothing by itself.
struct Raw {
    stream: TcpStream,
    own: String,
    deframer: Deframer,
}

impl Raw {
    fn connect(gateway: &Gateway, own: &str) -> Self {
        let stream = TcpStream::connect(&gateway.address).expect("connects");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
        Self { stream, own: own.to_owned(), deframer: Deframer::new(Limits::default()) }
    }

    fn say(&mut self, msg_type: &str, number: u64, body: &str) {
        let time = Clock::start().now().utc().format("%Y%m%d-%H:%M:%S%.3f");
        let text = format!("35={msg_type}|34={number}|49={}|52={time}|56=FINALITY|{body}", self.own)
            .replace('|', "\u{1}");
        let mut bytes = format!("8=FIX.4.4\u{1}9={}\u{1}{text}", text.len()).into_bytes();
        let sum = checksum(&bytes, SOH);
        bytes.extend_from_slice(format!("10={sum:03}\u{1}").as_bytes());
        self.stream.write_all(&bytes).expect("the line is up");
    }

    fn log_on(&mut self, number: u64, more: &str) {
        self.say("A", number, &format!("98=0|108=30|{more}"));
    }

    /// The next message, with bars; `None` when the line is down.
    fn hear(&mut self) -> Option<String> {
        loop {
            if let Some(Frame::Message(message)) = self.deframer.next_frame() {
                return Some(String::from_utf8_lossy(&message).replace('\u{1}', "|"));
            }
            let mut buffer = [0; 8192];
            // A line that was cut with unread bytes is reset: it is down all the same.
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(n) => self.deframer.push(&buffer[..n]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("nothing came in time")
                }
                Err(_) => return None,
            }
        }
    }

    /// The next message, which has all of this in it.
    fn expect(&mut self, parts: &[&str]) {
        let heard = self.hear().expect("the line is up");
        assert!(parts.iter().all(|part| heard.contains(part)), "{parts:?} in {heard}");
    }
}

fn finality(args: &[&str]) -> (String, Option<i32>) {
    let done = Command::new(env!("CARGO_BIN_EXE_finality")).args(args).output().expect("runs");
    let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (text, done.status.code())
}

/// `finality VERB --store DIR/store ...`
fn of_store(dir: &Path, verb: &str, rest: &[&str]) -> (String, Option<i32>) {
    let store = dir.join("store").display().to_string();
    finality(&[&[verb, "--store", &store], rest].concat())
}

fn shown(dir: &Path, link: &str) -> serde_json::Value {
    let (text, code) = of_store(dir, "sessions", &["--format", "json"]);
    assert_eq!(code, Some(0), "{text}");
    let rows = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    rows.into_iter().find(|row| row["link"] == link).unwrap_or_else(|| panic!("no {link} in {text}"))
}

/// Gives an order to a gateway that is served.
fn order(dir: &Path, name: &str, order: &str) {
    let hidden = dir.join("orders/in").join(format!(".{name}"));
    let json = format!(
        r#"{{"by":"anna","command":{{"session":{{"link":"manager","order":{order},"why":"agreed"}}}}}}"#
    );
    std::fs::write(&hidden, json).expect("writes");
    std::fs::rename(&hidden, dir.join("orders/in").join(name)).expect("moves");
}

fn allocation() -> finality_parsers::model::Event {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/live-j.fix");
    let text = std::fs::read_to_string(path).expect("it is there").trim().replace('|', "\u{1}");
    codec::decode(text.as_bytes(), &Limits::default(), Depth::Event).event.expect("an event")
}

#[test]
fn a_reset_logs_the_peer_out_and_both_begin_at_1() {
    let dir = tempfile::tempdir().expect("a folder");
    let gateway = Gateway::start(&config(dir.path()));
    let mut peer = Raw::connect(&gateway, "ALBIONAM");
    peer.log_on(1, "");
    peer.expect(&["|35=A|34=1|"]);
    order(dir.path(), "1.json", r#""test""#);
    peer.expect(&["|35=1|34=2|"]);
    peer.say("0", 2, "112=TEST|");
    order(dir.path(), "2.json", r#""reset""#);
    peer.expect(&["|35=5|34=3|", "begin anew"]);
    peer.say("5", 3, "");
    assert_eq!(peer.hear(), None, "it hangs up");
    let mut peer = Raw::connect(&gateway, "ALBIONAM");
    peer.log_on(1, "");
    peer.expect(&["|35=A|34=1|"]);
    order(dir.path(), "3.json", r#""disconnect""#);
    assert_eq!(peer.hear(), None, "it hangs up at once");
    gateway.kill();
    let row = shown(dir.path(), "manager");
    assert_eq!((row["next_in"].as_u64(), row["next_out"].as_u64()), (Some(2), Some(2)), "{row}");
    let (journal, _) = of_store(dir.path(), "inspect", &["journal", "--limit", "100"]);
    assert!(journal.contains("wanted of manager: have both sides begin at 1 (agreed)"), "{journal}");
    assert!(journal.contains("anna"), "{journal}");
}

#[test]
fn numbers_are_set_at_rest_and_the_next_logon_has_them() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = config(dir.path());
    let gateway = Gateway::start(&path);
    let mut manager = Peer::log_on(&gateway, "ALBIONAM");
    manager.send(&allocation());
    manager.hear();
    gateway.kill();

    let row = shown(dir.path(), "manager");
    assert_eq!((row["next_in"].as_u64(), row["next_out"].as_u64()), (Some(3), Some(3)), "{row}");
    assert_eq!((row["last_in"]["number"].as_u64(), row["kept"].as_u64()), (Some(2), Some(1)), "{row}");
    let (text, code) = of_store(dir.path(), "sessions", &["messages", "manager", "--raw"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("|35=P|34=2|") && text.lines().count() == 1, "{text}");
    let (text, _) = of_store(dir.path(), "sessions", &["messages", "manager"]);
    assert!(text.contains("AllocationInstructionAck"), "{text}");
    let (text, _) = of_store(dir.path(), "sessions", &["messages", "manager", "--from", "3"]);
    assert_eq!(text, "");
    let (text, code) = of_store(dir.path(), "sessions", &["messages", "nobody"]);
    assert!(code == Some(3) && text.contains("there are: ") && !text.contains("broker-mt"), "{text}");

    let by = |rest: &[&str]| of_store(dir.path(), "order", &[&["--by", "anna", "session"], rest].concat());
    let (said, code) =
        by(&["manager", "set-numbers", "--next-in", "40", "--next-out", "70", "--why", "agreed by phone"]);
    assert!(code == Some(0) && said.contains("next in 40, next out 70"), "{said}");
    let row = shown(dir.path(), "manager");
    assert_eq!((row["next_in"].as_u64(), row["next_out"].as_u64()), (Some(40), Some(70)), "{row}");
    for why in ["", "  "] {
        let (said, code) = by(&["manager", "reset", "--why", why]);
        assert!(code == Some(2) && said.contains("--why") && said.contains("must not be empty"), "{said}");
    }
    let (said, code) = by(&["nobody", "reset", "--why", "no reason"]);
    assert!(code == Some(1) && said.contains("there is no session \"nobody\""), "{said}");
    let (said, code) = by(&["custodian-mt", "reset", "--why", "no reason"]);
    assert_eq!(code, Some(1), "a folder has no numbers: {said}");
    let (said, code) = by(&["manager", "test", "--why", "no reason"]);
    assert!(code == Some(2) && said.contains(r#""order":"test""#), "{said}");

    let gateway = Gateway::start(&path);
    let mut peer = Raw::connect(&gateway, "ALBIONAM");
    peer.log_on(40, "");
    peer.expect(&["|35=A|34=70|"]);
    gateway.kill();
    let (said, code) = by(&["manager", "reset", "--why", "a new month"]);
    assert!(code == Some(0) && said.contains("next in 1, next out 1"), "{said}");
    let gateway = Gateway::start(&path);
    let mut peer = Raw::connect(&gateway, "ALBIONAM");
    peer.log_on(1, "");
    peer.expect(&["|35=A|34=1|"]);
    gateway.kill();
}

/// The sample configuration with these FIX sections.
fn with_fix(dir: &Path, fix: &str) -> std::path::PathBuf {
    let path = config(dir);
    let text = std::fs::read_to_string(&path).expect("reads") + fix;
    std::fs::write(&path, text).expect("writes");
    path
}

const TEMPLATE: &str = "\n[fix]\nMaxDynamicSessions = 1\n\
    [[fix.session]]\nLink = \"broker-fix\"\nResetOnLogon = true\n\
    [[fix.session]]\nAcceptorTemplate = true\nBeginString = \"FIX.4.4\"\nSenderCompID = \"FINALITY\"\nTargetCompID = \"*\"\n";

#[test]
fn a_template_makes_a_session_whose_numbers_go_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = with_fix(dir.path(), TEMPLATE);
    let gateway = Gateway::start(&path);
    let mut peer = Raw::connect(&gateway, "NEWCOMER");
    peer.log_on(1, "");
    peer.expect(&["|35=A|34=1|", "|56=NEWCOMER|"]);
    peer.say("1", 2, "112=HELLO|");
    peer.expect(&["|35=0|34=2|", "|112=HELLO|"]);
    let mut second = Raw::connect(&gateway, "ANOTHER");
    second.log_on(1, "");
    assert_eq!(second.hear(), None, "there is room for one");
    gateway.kill();

    let line = "FIX.4.4:FINALITY->NEWCOMER";
    let row = shown(dir.path(), line);
    assert_eq!(row["next_out"].as_u64(), Some(3), "{row}");
    let gateway = Gateway::start(&path);
    let mut peer = Raw::connect(&gateway, "NEWCOMER");
    peer.log_on(3, "");
    peer.expect(&["|35=A|34=3|"]);
    let mut second = Raw::connect(&gateway, "ANOTHER");
    second.log_on(1, "");
    assert_eq!(second.hear(), None, "there is still room for one");
    gateway.kill();

    let (said, code) = of_store(
        dir.path(),
        "order",
        &["--by", "anna", "session", line, "set-numbers", "--next-out", "9", "--why", "a test"],
    );
    assert!(code == Some(0) && said.contains("next out 9"), "{said}");
    let gateway = Gateway::start(&path);
    let mut peer = Raw::connect(&gateway, "NEWCOMER");
    peer.log_on(4, "");
    peer.expect(&["|35=A|34=9|"]);
    gateway.kill();
}

#[test]
fn a_tape_of_configured_sessions_plays_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let fix = format!("{TEMPLATE}Username = \"newcomer\"\nPasswordEnv = \"CARGO_PKG_NAME\"\n");
    let path = with_fix(dir.path(), &fix);
    let tape = dir.path().join("run.tape").display().to_string();
    let gateway = Gateway::start_with(&path, &["--tape", &tape]);
    for number in [1, 1] {
        // Reset at each Logon.
        let mut broker = Raw::connect(&gateway, "KESTRELSEC");
        broker.log_on(number, "141=Y|");
        broker.expect(&["|35=A|34=1|", "|141=Y|"]);
        broker.say("5", number + 1, "");
        broker.expect(&["|35=5|"]);
        assert_eq!(broker.hear(), None);
    }
    let mut peer = Raw::connect(&gateway, "NEWCOMER");
    peer.log_on(1, "553=newcomer|554=wrong|");
    assert_eq!(peer.hear(), None, "who says the wrong word hears none");
    let mut peer = Raw::connect(&gateway, "NEWCOMER");
    let name = env!("CARGO_PKG_NAME");
    peer.log_on(1, &format!("553=newcomer|554={name}|"));
    peer.expect(&["|35=A|", "|56=NEWCOMER|"]);
    gateway.stop();
    let replay = Command::new(env!("CARGO_BIN_EXE_finality"))
        .args(["replay", &tape])
        .env_remove("CARGO_PKG_NAME")
        .output()
        .expect("runs");
    let said =
        String::from_utf8_lossy(&replay.stdout).into_owned() + &String::from_utf8_lossy(&replay.stderr);
    assert!(replay.status.success() && said.contains("every answer is the same"), "{said}");
}

#[test]
fn a_terminal_that_goes_away_ends_no_gateway() {
    let dir = tempfile::tempdir().expect("a folder");
    let gateway = Gateway::start(&config(dir.path()));
    let mut first = Raw::connect(&gateway, "ALBIONAM");
    first.log_on(1, "");
    first.expect(&["|35=A|34=1|"]);
    let id = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &id]).status().expect("there is a kill").success());
    first.say("1", 2, "112=STILL|");
    first.expect(&["|35=0|34=2|", "|112=STILL|"]);
    let mut second = Raw::connect(&gateway, "KESTRELSEC");
    second.log_on(1, "");
    second.expect(&["|35=A|34=1|"]);
    gateway.stop();
}

#[test]
fn the_echo_server_takes_peers_that_fit_a_template() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("echo.toml");
    let text = "[fix]\nSocketAcceptHost = \"127.0.0.1\"\nSocketAcceptPort = 0\nMaxDynamicSessions = 1\n\
        [[fix.session]]\nAcceptorTemplate = true\nBeginString = \"FIX.4.4\"\nSenderCompID = \"FINALITY\"\nTargetCompID = \"*\"\n";
    std::fs::write(&path, text).expect("writes");
    let echo = Gateway::start_verb(&["fix", "echo", "--config", &path.display().to_string()]);
    let mut peer = Raw::connect(&echo, "ANYBODY");
    peer.log_on(1, "");
    peer.expect(&["|35=A|34=1|", "|56=ANYBODY|"]);
    peer.say("C", 2, "164=1|94=0|147=HELLO|33=1|58=TEXT|");
    peer.expect(&["|35=C|34=2|", "|147=HELLO|"]);
    let mut second = Raw::connect(&echo, "ANOTHER");
    second.log_on(1, "");
    assert_eq!(second.hear(), None, "there is room for one");
    echo.kill();
}

/// The whole gateway with made-up time: what it keeps and what it says on its lines.
struct Machine {
    node: finality::node::Node,
    now: Timestamp,
    records: Vec<finality_parsers::machine::Entry>,
}

impl Machine {
    fn boot(path: &Path, now: Timestamp, records: Vec<finality_parsers::machine::Entry>) -> Self {
        let config = finality::config::Config::read(path).expect("a configuration");
        let sessions = finality::sessions::Sessions::of(&config.sessions).expect("sessions");
        let journal = records.iter().map(|entry| finality_kernel::journal::decode(entry).expect("a record"));
        let kernel = finality_kernel::gateway::Kernel::boot(now, config.profile.clone(), journal);
        Self { node: finality::node::Node::around(kernel, &config.profile, &sessions), now, records }
    }

    fn tell(&mut self, input: GatewayInput<'_>) -> Vec<String> {
        self.node.handle(self.now, input);
        let mut said = Vec::new();
        while let Some(effect) = self.node.poll() {
            match effect {
                GatewayEffect::Append(entry) => {
                    let seq = entry.seq;
                    self.records.push(entry);
                    self.node.handle(self.now, GatewayInput::Appended(seq));
                }
                GatewayEffect::Send { bytes, .. } => {
                    said.push(String::from_utf8_lossy(&bytes).replace('\u{1}', "|"));
                }
                GatewayEffect::Close { link, reason } => {
                    said.push(reason);
                    let input = GatewayInput::Link { link: &link, input: LinkInput::Closed };
                    self.node.handle(self.now, input);
                }
                _ => {}
            }
        }
        said
    }

    /// A peer logs on, by template; what it hears.
    fn log_on(&mut self, who: &str, number: u64) -> Vec<String> {
        let time = self.now.utc().format("%Y%m%d-%H:%M:%S%.3f");
        let text =
            format!("35=A|34={number}|49={who}|52={time}|56=FINALITY|98=0|108=30|").replace('|', "\u{1}");
        let mut bytes = format!("8=FIX.4.4\u{1}9={}\u{1}{text}", text.len()).into_bytes();
        let sum = checksum(&bytes, SOH);
        bytes.extend_from_slice(format!("10={sum:03}\u{1}").as_bytes());
        let link = format!("FIX.4.4:FINALITY->{who}");
        self.tell(GatewayInput::Link { link: &link, input: LinkInput::Opened });
        self.tell(GatewayInput::Link { link: &link, input: LinkInput::Bytes(&bytes) })
    }

    fn hang_up(&mut self, who: &str) {
        let link = format!("FIX.4.4:FINALITY->{who}");
        self.tell(GatewayInput::Link { link: &link, input: LinkInput::Closed });
    }
}

#[test]
fn who_was_not_there_for_a_day_makes_room_for_another() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let dir = tempfile::tempdir().expect("a folder");
    let path = with_fix(dir.path(), TEMPLATE);
    let mut gateway = Machine::boot(&path, Clock::start().now(), Vec::new());
    assert!(gateway.log_on("FIRST", 1)[0].contains("|35=A|34=1|"));
    gateway.now = gateway.now + 30 * HOUR;
    assert!(gateway.log_on("OTHER", 1)[0].contains("MaxDynamicSessions"), "who is there stays");
    gateway.hang_up("OTHER");
    gateway.hang_up("FIRST");
    gateway.now = gateway.now + 23 * HOUR;
    assert!(gateway.log_on("OTHER", 1)[0].contains("MaxDynamicSessions"), "it was there within a day");
    gateway.hang_up("OTHER");
    assert!(gateway.log_on("FIRST", 2)[0].contains("|35=A|34=2|"), "and its numbers go on");
    gateway.hang_up("FIRST");
    gateway.now = gateway.now + 24 * HOUR;
    assert!(gateway.log_on("OTHER", 1)[0].contains("|35=A|34=1|"));
    gateway.hang_up("OTHER");

    let mut again = Machine::boot(&path, gateway.now, gateway.records);
    assert!(again.log_on("FIRST", 3)[0].contains("MaxDynamicSessions"), "a restart knows who has the place");
    again.hang_up("FIRST");
    assert!(again.log_on("OTHER", 2)[0].contains("|35=A|34=2|"));
    again.hang_up("OTHER");
    again.now = again.now + 25 * HOUR;
    assert!(again.log_on("FIRST", 1)[0].contains("|35=A|34=1|"), "who comes back begins at 1");
}

#[test]
fn who_is_sent_away_with_its_first_logon_leaves_no_trace() {
    let dir = tempfile::tempdir().expect("a folder");
    let secret = format!("{TEMPLATE}Username = \"u\"\nPassword = \"p\"\n");
    let path = with_fix(dir.path(), &secret);
    let mut gateway = Machine::boot(&path, Clock::start().now(), Vec::new());
    for who in ["A", "B", "C"] {
        assert_eq!(gateway.log_on(who, 1), ["Username or Password is wrong"]);
    }
    assert_eq!(gateway.records.len(), 0, "nothing is kept of them, and they take nobody's place");
}

#[test]
fn a_log_that_is_a_file_has_no_colours_and_a_peer_cannot_fill_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("echo.toml");
    let text = "[fix]\nSocketAcceptHost = \"127.0.0.1\"\nSocketAcceptPort = 0\n\
        [[fix.session]]\nBeginString = \"FIX.4.4\"\nSenderCompID = \"FINALITY\"\nTargetCompID = \"PEER\"\n";
    std::fs::write(&path, text).expect("writes");
    let log = std::fs::File::create(dir.path().join("log")).expect("a file");
    let mut echo = Command::new(env!("CARGO_BIN_EXE_finality"))
        .args(["fix", "echo", "--config", &path.display().to_string()])
        .env_remove("NO_COLOR")
        .env("FINALITY_LOG", "info")
        .stdout(std::process::Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("the binary starts");
    let lines = std::io::BufRead::lines(std::io::BufReader::new(echo.stdout.take().expect("piped")));
    let address = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("FIX sessions connect to ").map(str::to_owned))
        .expect("it says where it listens");
    let mut peer = Raw {
        stream: TcpStream::connect(&address).expect("connects"),
        own: "PEER".to_owned(),
        deframer: Deframer::new(Limits::default()),
    };
    peer.log_on(1, "");
    peer.expect(&["|35=A|34=1|"]);
    for _ in 0..500 {
        peer.stream.write_all(b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01").expect("the line is up");
    }
    peer.say("5", 2, "");
    while peer.hear().is_some() {}
    echo.kill().expect("it was running");
    echo.wait().expect("it is gone");
    let log = std::fs::read_to_string(dir.path().join("log")).expect("text");
    assert!(!log.contains('\u{1b}'), "{log}");
    assert!(log.lines().count() < 70, "{log}");
    assert!(log.contains("further lines about it are suppressed"), "{log}");
}
