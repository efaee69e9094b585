//! Plays `samples/fix/session/*.script` against a FIX session, with made-up time: in memory, or over a real connection.
//!
//! One numbered line per step; `|` stands for SOH, `*` for any value:
//!
//! | code | step |
//! |---|---|
//! | `S` | the session: `acceptor FIX.4.4 GATEWAY CUSTODIAN 30` (`?` for a peer to be learned), then options: see `Player::new` |
//! | `T` | time goes on to `HH:MM:SS`, with a tick at every deadline on the way |
//! | `O`, `X` | the line is opened, closed |
//! | `I` | a message comes in; what it does not say of 8, 49, 56, 52, 9 and 10 is filled in; a field `-` is left out |
//! | `B` | bytes come in as they stand |
//! | `D`, `P` | a message is to be delivered; `P` when it may have been sent before |
//! | `L` | the operator has the session logged out, with this text |
//! | `F` | the store answers: with the option `slow-store` it does not by itself |
//! | `E` | this goes out: every field but 8, 9, 49, 56 and 10, in order |
//! | `A` | a message of this type and these first fields is handed on |
//! | `R` | the session is ready |
//! | `N`, `C` | a notice, a close, with these words in it; notices nobody waits for are passed over |

#![allow(dead_code, reason = "each test plays in its own way")]

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use finality_parsers::diagnostic::Policy;
use finality_parsers::fix::Version;
use finality_parsers::fix::frame::checksum;
use finality_parsers::fix::session::schedule::{Days7, Hours, Schedule};
use finality_parsers::fix::session::{Config, Credentials, Memory, Role, Session};
use finality_parsers::machine::{LinkEffect, LinkInput, Machine, Timestamp};

/// 2026-11-24T00:00:00Z.
const DAY_SECONDS: i64 = 1_795_478_400;

struct Player {
    session: Session,
    version: Version,
    us: String,
    peer: String,
    now: Timestamp,
    effects: VecDeque<LinkEffect>,
    memory: Memory,
    /// What a slow store was asked for and has not answered.
    fetches: VecDeque<(u64, u64, u64)>,
    slow_store: bool,
    wire: Wire,
}

/// What is between the session and its peer.
enum Wire {
    /// Nothing.
    Memory,
    /// A connection over loopback, once it is opened: our end and the peer's.
    Socket(Option<(TcpStream, TcpStream)>),
}

impl Player {
    fn new(text: &str, wire: Wire) -> Self {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [role, version, us, peer, heartbeat, rest @ ..] = words.as_slice() else {
            panic!("S wants role, version, our CompID, the peer's and the heartbeat: {text}");
        };
        // FIX.4.0 to FIX.4.4, FIX50, FIX50SP1, FIX50SP2; FIXT.1.1 is the last of them.
        let plain = |name: &str| name.replace([' ', '.'], "");
        let version =
            Version::ALL.into_iter().find(|v| plain(v.name()) == plain(version)).unwrap_or(Version::Fix50Sp2);
        let role = if *role == "acceptor" { Role::Acceptor } else { Role::Initiator };
        let heartbeat = Duration::from_secs(heartbeat.parse().expect("seconds"));
        let mut config = Config::new(version, us, Some(*peer).filter(|p| *p != "?"), role, heartbeat);
        if rest.contains(&"lenient") {
            config.policy = Policy::Lenient;
        }
        config.explain = rest.contains(&"explain");
        if rest.contains(&"small") {
            (config.early_messages_max, config.resend_chunk) = (1, 1);
        }
        config.resets.on_logon = rest.contains(&"reset-on-logon");
        config.resets.on_logout = rest.contains(&"reset-on-logout");
        config.resets.on_disconnect = rest.contains(&"reset-on-disconnect");
        config.next_expected = rest.contains(&"next-expected");
        config.last_processed = rest.contains(&"last-processed");
        config.redundant_resend_requests = rest.contains(&"redundant");
        config.closed_requests = rest.contains(&"closed-requests");
        config.requires_orig_time = !rest.contains(&"no-orig-time");
        config.check_sums = !rest.contains(&"no-checksums");
        config.persist = !rest.contains(&"no-persist");
        if let Some(chunk) = rest.iter().find_map(|r| r.strip_prefix("request-chunk=")) {
            config.request_chunk = chunk.parse().expect("a number");
        }
        if let Some((start, end)) = rest.iter().find_map(|r| r.strip_prefix("hours=")?.split_once('-')) {
            let [start, end] = [start, end].map(|t| t.parse().expect("HH:MM:SS"));
            let hours = Hours::Daily { start, end, weekdays: Days7::ALL };
            config.schedule = Some(Schedule::new(hours, chrono_tz::UTC));
        }
        if let Some((user, word)) = rest.iter().find_map(|r| r.strip_prefix("login=")?.split_once('/')) {
            config.credentials = Some(Credentials { username: user.into(), password: word.into() });
        }
        Self {
            session: Session::new(config),
            version,
            us: (*us).to_owned(),
            peer: if *peer == "?" { "STRANGER" } else { peer }.to_owned(),
            now: Timestamp::from_nanos(DAY_SECONDS * 1_000_000_000),
            effects: VecDeque::new(),
            memory: Memory::default(),
            fetches: VecDeque::new(),
            slow_store: rest.contains(&"slow-store"),
            wire,
        }
    }

    fn tell(&mut self, input: LinkInput<'_>) {
        self.session.handle(self.now, input);
        while let Some(effect) = self.session.poll() {
            match effect {
                LinkEffect::Keep(fact) => self.memory.keep(fact),
                LinkEffect::Fetch { ticket, from, to } if self.slow_store => {
                    self.fetches.push_back((ticket, from, to));
                }
                LinkEffect::Fetch { ticket, from, to } => self.fetched((ticket, from, to)),
                LinkEffect::Send(bytes) => {
                    let arrived = self.arrives(bytes);
                    self.effects.push_back(LinkEffect::Send(arrived));
                }
                LinkEffect::Close(reason) => {
                    self.cut(true);
                    self.effects.push_back(LinkEffect::Close(reason));
                }
                other => self.effects.push_back(other),
            }
        }
    }

    fn open(&mut self) {
        if let Wire::Socket(ends) = &mut self.wire {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            let peer = TcpStream::connect(listener.local_addr().expect("an address")).expect("connects");
            let (ours, _) = listener.accept().expect("accepts");
            for end in [&ours, &peer] {
                end.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
                end.set_nodelay(true).expect("a socket");
            }
            *ends = Some((ours, peer));
        }
        self.tell(LinkInput::Opened);
    }

    /// What the peer writes comes in, over a socket in small pieces.
    fn incoming(&mut self, bytes: &[u8]) {
        let mut pieces = vec![bytes.to_vec()];
        if let Wire::Socket(Some((ours, peer))) = &mut self.wire {
            pieces.clear();
            peer.write_all(bytes).expect("the line is up");
            let mut left = bytes.len();
            while left > 0 {
                let mut piece = vec![0; left.min(48)];
                let read = ours.read(&mut piece).expect("what was written");
                assert!(read > 0, "the line is up");
                piece.truncate(read);
                left -= read;
                pieces.push(piece);
            }
        }
        for piece in pieces {
            self.tell(LinkInput::Bytes(&piece));
        }
    }

    /// What arrives at the peer, which takes it apart: begin, length and checksum must be right.
    fn arrives(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let Wire::Socket(Some((ours, peer))) = &mut self.wire else { return bytes };
        ours.write_all(&bytes).expect("the line is up");
        let mut arrived = vec![0; bytes.len()];
        peer.read_exact(&mut arrived).expect("the message");
        let text = String::from_utf8_lossy(&arrived).replace('\x01', "|");
        let (content, sum) = arrived.split_at(arrived.len() - 7);
        assert_eq!(sum, format!("10={:03}\x01", checksum(content, 1)).as_bytes(), "{text}");
        let mut fields = text.splitn(3, '|');
        assert_eq!(fields.next(), Some(format!("8={}", self.version.begin_string()).as_str()), "{text}");
        let length = fields.next().and_then(|f| f.strip_prefix("9=")?.parse().ok());
        assert_eq!(length, fields.next().map(|rest| rest.len() - 7), "{text}");
        assert!(text.contains(&format!("|49={}|", self.us)), "{text}");
        arrived
    }

    /// The line ends: the other side sees it.
    fn cut(&mut self, by_us: bool) {
        if let Wire::Socket(ends) = &mut self.wire
            && let Some((ours, peer)) = ends.take()
        {
            let (ends, mut sees) = if by_us { (ours, peer) } else { (peer, ours) };
            ends.shutdown(Shutdown::Both).expect("the line was up");
            assert_eq!(sees.read(&mut [0; 8]).expect("the end"), 0, "nothing is left over");
        }
    }

    fn fetched(&mut self, (ticket, from, to): (u64, u64, u64)) {
        let messages = self.memory.range(from, to);
        self.session.handle(self.now, LinkInput::Fetched { ticket, messages: &messages });
    }

    fn time(&mut self, text: &str) {
        let [h, m, s] =
            [0, 1, 2].map(|n| text.split(':').nth(n).expect("HH:MM:SS").parse::<i64>().expect("digits"));
        let target = Timestamp::from_nanos((DAY_SECONDS + h * 3600 + m * 60 + s) * 1_000_000_000);
        let mut ticks = 0;
        while let Some(deadline) = self.session.deadline().filter(|d| *d <= target) {
            self.now = self.now.max(deadline);
            self.tell(LinkInput::Tick);
            ticks += 1;
            assert!(ticks < 1000, "the deadline does not move");
        }
        self.now = target;
    }

    fn message(&self, text: &str) -> Vec<u8> {
        let has = |tag: &str| text.split('|').any(|f| f.starts_with(tag));
        let begin = text.split('|').find_map(|f| f.strip_prefix("8=")).unwrap_or(self.version.begin_string());
        let mut head = Vec::new();
        // Type and number first, then what is filled in, then the rest.
        let second = text.match_indices('|').nth(1).map_or(text.len(), |(at, _)| at);
        let (first, rest) = text.split_at(second);
        let rest = rest.trim_start_matches('|');
        head.push(first.to_owned());
        for (tag, value) in [
            ("49=", self.peer.clone()),
            ("56=", self.us.clone()),
            ("52=", self.now.utc().format("%Y%m%d-%H:%M:%S%.3f").to_string()),
        ] {
            if !has(tag) {
                head.push(format!("{tag}{value}"));
            }
        }
        let content = format!(
            "{}|{}",
            head.join("|"),
            if rest.is_empty() { String::new() } else { format!("{rest}|") }
        );
        let stays = |f: &&str| !f.is_empty() && !f.ends_with("=-") && !f.starts_with("8=");
        let content: String = content.split('|').filter(stays).map(|f| format!("{f}\x01")).collect();
        let mut bytes = format!("8={begin}\x019={}\x01{content}", content.len()).into_bytes();
        let sum = checksum(&bytes, 1);
        bytes.extend_from_slice(format!("10={sum:03}\x01").as_bytes());
        bytes
    }

    /// The next effect that is no notice.
    fn effect(&mut self) -> Option<LinkEffect> {
        while let Some(LinkEffect::Notice(_)) = self.effects.front() {
            self.effects.pop_front();
        }
        self.effects.pop_front()
    }

    fn notice(&mut self, words: &str) -> bool {
        let found = self.effects.iter().position(|e| matches!(e, LinkEffect::Notice(n) if n.contains(words)));
        found.is_some_and(|at| self.effects.remove(at).is_some())
    }

    fn step(&mut self, code: &str, text: &str) -> Result<(), String> {
        let surprise = |effect: Option<LinkEffect>| Err(format!("instead: {}", shown(effect.as_ref())));
        match code {
            "T" => self.time(text),
            "L" => {
                self.session.log_out(self.now, text);
                self.tell(LinkInput::Bytes(b""));
            }
            "F" => {
                let asked = self.fetches.pop_front().ok_or("the store was not asked")?;
                self.fetched(asked);
                self.tell(LinkInput::Bytes(b""));
            }
            "O" => self.open(),
            "X" => {
                self.cut(false);
                self.tell(LinkInput::Closed);
            }
            "I" => {
                let message = self.message(text);
                self.incoming(&message);
            }
            "B" => {
                let bytes = text.replace('|', "\x01").into_bytes();
                self.incoming(&bytes);
            }
            "D" | "P" => {
                let message = self.message(text);
                self.tell(LinkInput::Deliver {
                    message: &message,
                    possible_resend: code == "P",
                    delivery: 0,
                });
            }
            "E" => match self.effect() {
                Some(LinkEffect::Send(bytes)) if matches(text, &outgoing(&bytes)) => {}
                other => return surprise(other),
            },
            "A" => match self.effect() {
                Some(LinkEffect::Received { message, .. }) if outgoing(&message).starts_with(text) => {}
                other => return surprise(other),
            },
            "R" => match self.effect() {
                Some(LinkEffect::Ready { anew }) if text.is_empty() || anew == (text == "anew") => {}
                other => return surprise(other),
            },
            "C" => match self.effect() {
                Some(LinkEffect::Close(reason)) if reason.contains(text) => {}
                other => return surprise(other),
            },
            "N" if self.notice(text) => {}
            "N" => return Err(format!("no such notice among {:?}", self.effects)),
            other => return Err(format!("no step is called {other}")),
        }
        Ok(())
    }
}

/// All fields but those that every message has alike.
fn outgoing(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace('\x01', "|");
    let fields = text.trim_end_matches('|').split('|');
    let alike = ["8=", "9=", "49=", "56=", "10="];
    fields.filter(|f| !alike.iter().any(|a| f.starts_with(a))).collect::<Vec<_>>().join("|")
}

fn matches(pattern: &str, found: &str) -> bool {
    let (pattern, found): (Vec<&str>, Vec<&str>) = (pattern.split('|').collect(), found.split('|').collect());
    pattern.len() == found.len()
        && pattern.iter().zip(&found).all(|(p, f)| match p.strip_suffix('*') {
            Some(start) => f.starts_with(start),
            None => p == f,
        })
}

fn shown(effect: Option<&LinkEffect>) -> String {
    match effect {
        Some(LinkEffect::Send(bytes)) => format!("E {}", outgoing(bytes)),
        Some(LinkEffect::Received { message, .. }) => format!("A {}", outgoing(message)),
        other => format!("{other:?}"),
    }
}

fn play_over(script: &str, wire: fn() -> Wire) -> Result<usize, String> {
    let mut player: Option<Player> = None;
    let mut steps = 0;
    for line in script.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
        let (number, rest) = line.trim().split_once(' ').ok_or_else(|| format!("no step: {line}"))?;
        let (code, text) = rest.trim_start().split_once(' ').unwrap_or((rest.trim(), ""));
        steps += 1;
        if number.parse() != Ok(steps) {
            return Err(format!("line {number} should be {steps}"));
        }
        if code == "S" {
            player = Some(Player::new(text, wire()));
            continue;
        }
        let player = player.as_mut().ok_or("the first line must be S")?;
        player.step(code, text.trim()).map_err(|e| format!("{line}\n{e}"))?;
    }
    match player.and_then(|mut p| p.effect()) {
        Some(left) => Err(format!("left over: {}", shown(Some(&left)))),
        None => Ok(steps),
    }
}

/// Plays a script in memory.
pub(crate) fn play(script: &str) -> Result<usize, String> {
    play_over(script, || Wire::Memory)
}

/// Plays a script over a connection.
pub(crate) fn play_over_a_socket(script: &str) -> Result<usize, String> {
    play_over(script, || Wire::Socket(None))
}

/// All scripts, each with what is wrong with it.
pub(crate) fn failures(folder: &Path, play: fn(&str) -> Result<usize, String>) -> Vec<String> {
    let mut scripts: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of scripts")
        .map(|e| e.expect("a readable folder").path())
        .filter(|p| p.extension().is_some_and(|e| e == "script"))
        .collect();
    scripts.sort();
    assert!(scripts.len() >= 60, "only {} scripts", scripts.len());
    let failed = |path: &std::path::PathBuf| {
        let script = std::fs::read_to_string(path).expect("a readable script");
        play(&script).err().map(|e| format!("{}: {e}", path.display()))
    };
    scripts.iter().filter_map(failed).collect()
}
