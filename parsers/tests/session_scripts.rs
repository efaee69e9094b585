//! Plays `samples/fix/session/*.script` against a FIX session, in memory and with made-up time.
//!
//! One numbered line per step; `|` stands for SOH, `*` for any value:
//!
//! | code | step |
//! |---|---|
//! | `S` | the session: `acceptor FIX.4.4 GATEWAY CUSTODIAN 30` (`?` for a peer to be learned) |
//! | `T` | time goes on to `HH:MM:SS`, with a tick at every deadline on the way |
//! | `O`, `X` | the line is opened, closed |
//! | `I` | a message comes in; what it does not say of 8, 49, 56, 52, 9 and 10 is filled in |
//! | `B` | bytes come in as they stand |
//! | `D`, `P` | a message is to be delivered; `P` when it may have been sent before |
//! | `E` | this goes out: every field but 8, 9, 49, 56 and 10, in order |
//! | `A` | a message of this type and these first fields is handed on |
//! | `R` | the session is ready |
//! | `N`, `C` | a notice, a close, with these words in it; notices nobody waits for are passed over |

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use finality_parsers::diagnostic::Policy;
use finality_parsers::fix::Version;
use finality_parsers::fix::frame::checksum;
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
}

impl Player {
    fn new(text: &str) -> Self {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [role, version, us, peer, heartbeat, rest @ ..] = words.as_slice() else {
            panic!("S wants role, version, our CompID, the peer's and the heartbeat: {text}");
        };
        let version = Version::ALL
            .into_iter()
            .find(|v| {
                if v.is_fixt() {
                    v.name().replace(' ', "") == version.replace(' ', "")
                } else {
                    v.begin_string() == *version
                }
            })
            .unwrap_or(Version::Fix50Sp2);
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
        }
    }

    fn tell(&mut self, input: LinkInput<'_>) {
        self.session.handle(self.now, input);
        while let Some(effect) = self.memory.poll(self.now, &mut self.session) {
            self.effects.push_back(effect);
        }
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
        let content = content.replace('|', "\x01");
        let mut bytes =
            format!("8={}\x019={}\x01{content}", self.version.begin_string(), content.len()).into_bytes();
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
            "O" => self.tell(LinkInput::Opened),
            "X" => self.tell(LinkInput::Closed),
            "I" => {
                let message = self.message(text);
                self.tell(LinkInput::Bytes(&message));
            }
            "B" => {
                let bytes = text.replace('|', "\x01").into_bytes();
                self.tell(LinkInput::Bytes(&bytes));
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

fn play(script: &str) -> Result<usize, String> {
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
            player = Some(Player::new(text));
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

#[test]
fn every_script_plays() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/fix/session");
    let mut scripts: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of scripts")
        .map(|e| e.expect("a readable folder").path())
        .filter(|p| p.extension().is_some_and(|e| e == "script"))
        .collect();
    scripts.sort();
    assert!(scripts.len() >= 12, "only {} scripts", scripts.len());
    let failures: Vec<String> = scripts
        .iter()
        .filter_map(|path| {
            let script = std::fs::read_to_string(path).expect("a readable script");
            play(&script).err().map(|e| format!("{}: {e}", path.display()))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn a_wrong_expectation_is_noticed() {
    let script = "1 S acceptor FIX.4.4 US THEM 30\n2 O\n3 I 35=A|34=1|98=0|108=30|141=Y\n4 E 35=A|34=2|*\n";
    assert!(play(script).is_err_and(|e| e.contains("35=A|34=1")));
}
