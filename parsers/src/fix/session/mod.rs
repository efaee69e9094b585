//! A FIX session as a plain machine: told the time and what came, it says what to send, what to keep and what to hand on.
//!
//! ```text
//!   Opened ─▶ AwaitingLogon ─▶ LoggedOn ─▶ AwaitingLogout ─▶ Down
//!                  │ deadline      │ silence        │ deadline
//!                  └───────────────┴────────────────┴──────▶ Down
//! ```
//!
//! | what | where |
//! |---|---|
//! | identity, time, order of numbers | [`inbound`](self) |
//! | logon, logout, beginning anew | `logon.rs` |
//! | numbering, keeping, session messages | `outbound.rs` |
//! | repeating what the peer asks for | `resend.rs` |
//! | refusing | `reject.rs` |
//! | heartbeats and patience | `timers.rs` |
//!
//! FIX.4.0 to FIX.4.4 and FIXT.1.1 with FIX 5.0, SP1 and SP2, both roles. Numbers live longer than a connection and longer
//! than a process: every number that is used up goes out as [`LinkEffect::Keep`] before the bytes that use it, and
//! [`Session::recover`] takes what was kept. A driver puts bytes on the wire only when all facts before them are safe.
//!
//! Not here: encryption (EncryptMethod other than 0 is refused), sessions over several connections at once.

mod config;
mod inbound;
mod logon;
mod memory;
mod outbound;
mod reject;
mod resend;
pub mod schedule;
mod stamp;
mod timers;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

pub use config::{Accepts, Config, Credentials, Dictionaries, Precision, Resets, Role};
pub use memory::Memory;
pub(super) use stamp::time_text;
pub use stamp::{Stamp, restamp};

use super::Version;
use super::field::SOH;
use super::frame::{Deframer, Frame};
use crate::machine::{LinkEffect, LinkFact, LinkInput, LinkNumbers, LinkOrder, Machine, Timestamp};

/// What the session waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A line.
    Down,
    /// The peer's Logon, since then.
    AwaitingLogon(Timestamp),
    /// Anything.
    LoggedOn,
    /// The answer to our Logout, since then.
    AwaitingLogout(Timestamp),
}

/// Numbers that were asked for and have not all come yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gap {
    /// The first that is missing.
    first: u64,
    /// The last that was known to be missing.
    last: u64,
    /// The last that was asked for: before `last` where it is asked for in pieces.
    asked: u64,
    /// When.
    at: Timestamp,
}

/// Messages that came before their turn.
#[derive(Debug, Default)]
struct Early {
    messages: BTreeMap<u64, Vec<u8>>,
    bytes: usize,
}

/// One end of a FIX connection.
#[derive(Debug)]
pub struct Session {
    config: Config,
    state: State,
    deframer: Deframer,
    effects: VecDeque<LinkEffect>,
    peer: Option<String>,
    /// The version of the peer's application messages that do not say theirs.
    peer_version: Version,
    heartbeat: Duration,
    /// The time of the last input.
    now: Timestamp,
    last_in: Timestamp,
    last_out: Timestamp,
    /// TestRequests that were not answered yet.
    tests: u32,
    numbers: LinkNumbers,
    /// `numbers.next_in` as the last fact says it.
    kept_in: u64,
    early: Early,
    gap: Option<Gap>,
    resend: resend::Resend,
    /// Our Logon asked for numbers to begin anew.
    sent_reset: bool,
    /// Numbers began anew since the last time the session was ready.
    anew: bool,
    /// The last line ended with a Logout of both sides: what was sent by it has arrived.
    ended_well: bool,
    /// An operator or the schedule wants numbers to begin anew as soon as the line is down.
    reset_when_down: bool,
    /// When the session's hours are over.
    closes_at: Option<Timestamp>,
}

/// How a session stands, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// `down`, `awaiting logon`, `logged on`, `awaiting logout`.
    pub state: &'static str,
    /// The peer's CompID, once it is known.
    pub peer: Option<String>,
    /// Where the numbers stand.
    pub numbers: LinkNumbers,
    /// Messages that wait for a gap to be filled.
    pub early: usize,
    /// When the peer was last heard.
    pub last_in: Timestamp,
    /// When it was last spoken to.
    pub last_out: Timestamp,
}

impl Session {
    /// A session that waits for its line, with numbers that begin at 1.
    pub fn new(config: Config) -> Self {
        Self::recover(config, LinkNumbers::default())
    }

    /// A session that goes on where its kept facts leave it.
    pub fn recover(config: Config, numbers: LinkNumbers) -> Self {
        Self {
            state: State::Down,
            deframer: Deframer::new(config.limits).check_sums(config.check_sums),
            effects: VecDeque::new(),
            peer: config.target_comp_id.clone(),
            peer_version: config.version,
            heartbeat: config.heartbeat,
            now: Timestamp::default(),
            last_in: Timestamp::default(),
            last_out: Timestamp::default(),
            tests: 0,
            numbers,
            kept_in: numbers.next_in,
            early: Early::default(),
            gap: None,
            resend: resend::Resend::default(),
            sent_reset: false,
            anew: false,
            ended_well: false,
            reset_when_down: false,
            closes_at: None,
            config,
        }
    }

    /// The peer's CompID: configured, or learned from its Logon.
    pub fn peer(&self) -> Option<&str> {
        self.peer.as_deref()
    }

    /// Whether messages can go both ways.
    pub fn is_logged_on(&self) -> bool {
        self.state == State::LoggedOn
    }

    /// Whether the line was logged out by both sides, so that nothing that was sent by it is in doubt.
    pub fn ended_well(&self) -> bool {
        self.ended_well
    }

    /// Whether it has no line.
    pub fn is_down(&self) -> bool {
        self.state == State::Down
    }

    /// How it stands.
    pub fn status(&self) -> Status {
        Status {
            state: match self.state {
                State::Down => "down",
                State::AwaitingLogon(_) => "awaiting logon",
                State::LoggedOn => "logged on",
                State::AwaitingLogout(_) => "awaiting logout",
            },
            peer: self.peer.clone(),
            numbers: self.numbers,
            early: self.early.messages.len(),
            last_in: self.last_in,
            last_out: self.last_out,
        }
    }

    /// Ends the session in good order: Logout, the peer's answer, close.
    pub fn log_out(&mut self, now: Timestamp, text: &str) {
        if self.state == State::LoggedOn {
            self.send_logout(now, text);
        }
    }

    fn open(&mut self, now: Timestamp) {
        self.deframer.reset();
        self.peer.clone_from(&self.config.target_comp_id);
        self.peer_version = self.config.version;
        self.heartbeat = self.config.heartbeat;
        (self.last_in, self.last_out, self.tests) = (now, now, 0);
        self.ended_well = false;
        self.state = State::AwaitingLogon(now);
        if !self.is_open(now) {
            self.close("the session's hours have not begun");
            return;
        }
        if self.config.role == Role::Initiator {
            self.begin_logon(now);
        }
    }

    /// Whether the session's hours are now; those of another period leave their numbers behind.
    fn is_open(&mut self, now: Timestamp) -> bool {
        let since = self.numbers.since;
        if let Some(schedule) = self.config.schedule {
            let Some(period) = schedule.period(now) else { return false };
            self.closes_at = Some(period.end);
            if since.is_some_and(|since| !schedule.same_period(since, now)) {
                self.reset(now);
            }
        }
        self.numbers.since.get_or_insert(now);
        true
    }

    fn close(&mut self, reason: impl Into<String>) {
        if self.state != State::Down {
            self.down(self.now);
            self.effects.push_back(LinkEffect::Close(reason.into()));
        }
    }

    /// The line is, or will be, down: what belongs to the connection is forgotten, the numbers are not.
    fn down(&mut self, now: Timestamp) {
        self.state = State::Down;
        self.deframer.reset();
        self.early = Early::default();
        self.gap = None;
        self.sent_reset = false;
        self.forget_resends();
        if self.config.resets.on_disconnect || self.reset_when_down {
            self.reset(now);
        } else if self.kept_in != self.numbers.next_in {
            self.keep_numbers();
        }
    }

    fn keep_numbers(&mut self) {
        self.kept_in = self.numbers.next_in;
        self.effects.push_back(LinkEffect::Keep(LinkFact::Numbers(self.numbers)));
    }

    /// Both directions begin at 1 again.
    fn reset(&mut self, now: Timestamp) {
        self.reset_when_down = false;
        let fresh = self.numbers.next_in == 1 && self.numbers.next_out == 1;
        self.numbers = LinkNumbers { since: Some(now), ..LinkNumbers::default() };
        (self.kept_in, self.anew) = (1, true);
        self.early = Early::default();
        self.gap = None;
        self.forget_resends();
        if !fresh {
            self.effects.push_back(LinkEffect::Keep(LinkFact::Reset { at: now }));
        }
    }

    fn notice(&mut self, text: impl Into<String>) {
        self.effects.push_back(LinkEffect::Notice(text.into()));
    }

    /// Goes on with what has come, one message at a time: what a message leads to is done before the next is looked at, so
    /// that an answer of the application stands where it belongs.
    fn go_on(&mut self) {
        let now = self.now;
        while self.effects.is_empty() && self.state != State::Down {
            if let Some(raw) = self.next_early() {
                let turn = self.numbers.next_in;
                self.message(now, &raw, true);
                // Whatever it was: its turn is over.
                self.numbers.next_in = self.numbers.next_in.max(turn + 1);
                continue;
            }
            match self.deframer.next_frame() {
                None => return,
                Some(Frame::Message(message)) => self.message(now, &message, false),
                Some(Frame::Garbled { .. }) if matches!(self.state, State::AwaitingLogon(_)) => {
                    self.close("what came first is no FIX message");
                }
                Some(Frame::Garbled { bytes }) => {
                    self.notice(format!("{bytes} garbled bytes were passed over"));
                }
            }
        }
    }

    fn operate(&mut self, now: Timestamp, order: LinkOrder) {
        match order {
            LinkOrder::Reset if self.state == State::Down => self.reset(now),
            LinkOrder::Reset => {
                self.reset_when_down = true;
                self.log_out(now, "sequence numbers begin anew");
                if !matches!(self.state, State::AwaitingLogout(_)) {
                    self.close("sequence numbers begin anew");
                }
            }
            LinkOrder::SetNumbers { next_in, next_out } => {
                self.numbers.next_in = next_in.unwrap_or(self.numbers.next_in).clamp(1, inbound::NUMBER_MAX);
                self.numbers.next_out =
                    next_out.unwrap_or(self.numbers.next_out).clamp(1, inbound::NUMBER_MAX);
                // They are meant for the session's present hours: an opening that lies behind must not undo them.
                self.numbers.since = Some(now);
                self.gap = None;
                self.early.messages.clear();
                self.early.bytes = 0;
                self.keep_numbers();
            }
            LinkOrder::Test if self.state == State::LoggedOn => {
                self.tests += 1;
                self.send_test_request(now);
            }
            LinkOrder::Test => self.notice("no test request was sent: the session is not logged on"),
            LinkOrder::LogOut => self.log_out(now, "logged out by the operator"),
            LinkOrder::Disconnect => self.close("disconnected by the operator"),
        }
    }
}

/// The text of the first field that begins with this.
fn field_text<'m>(message: &'m [u8], start: &[u8]) -> &'m str {
    let at = message.windows(start.len()).position(|w| w == start).map_or(message.len(), |p| p + start.len());
    let rest = message.get(at..).unwrap_or_default();
    let end = rest.iter().position(|b| *b == SOH).unwrap_or(rest.len());
    std::str::from_utf8(&rest[..end]).unwrap_or("")
}

impl Machine for Session {
    type Input<'a> = LinkInput<'a>;
    type Effect = LinkEffect;

    fn handle(&mut self, now: Timestamp, input: LinkInput<'_>) {
        self.now = now;
        match input {
            LinkInput::Opened => self.open(now),
            LinkInput::Bytes(_) if self.state == State::Down => {}
            LinkInput::Bytes(bytes) => self.deframer.push(bytes),
            LinkInput::Closed if self.state == State::Down => {}
            LinkInput::Closed => self.down(now),
            LinkInput::Deliver { message, possible_resend, delivery } => {
                self.deliver(now, message, possible_resend, delivery);
            }
            LinkInput::Fetched { ticket, messages } => self.fetched(now, ticket, messages),
            LinkInput::Operate(order) => self.operate(now, order),
            LinkInput::Tick => self.tick(now),
        }
    }

    fn poll(&mut self) -> Option<LinkEffect> {
        if self.effects.is_empty() {
            self.go_on();
        }
        self.effects.pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.next_deadline()
    }
}
