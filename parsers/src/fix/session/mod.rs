//! A FIX session as a plain machine: told the time and what came, it says what to send and what to hand on.
//!
//! ```text
//!   Opened ─▶ AwaitingLogon ─▶ LoggedOn ─▶ AwaitingLogout ─▶ Down
//!                  │ deadline      │ silence        │ deadline
//!                  └───────────────┴────────────────┴──────▶ Down
//! ```
//!
//! Sequence numbers begin anew at every logon (141=Y on both sides): what must not be lost is kept by the gateway, which
//! delivers again, marked as possibly sent before, when the link is `Ready`. Within a connection, gaps are found and
//! filled on both sides. Not here: encryption, sequence numbers that live longer than a connection, 789.

mod inbound;
mod outbound;
pub mod schedule;
mod stamp;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

pub use stamp::{Stamp, restamp};

use super::Version;
use super::frame::{Deframer, Frame};
use crate::diagnostic::Policy;
use crate::limits::Limits;
use crate::machine::{LinkEffect, LinkInput, Machine, Timestamp};

/// Who dials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Waits for the peer's Logon.
    Acceptor,
    /// Sends the first Logon.
    Initiator,
}

/// How a session is to behave.
#[derive(Debug, Clone)]
pub struct Config {
    /// The version spoken.
    pub version: Version,
    /// Our CompID.
    pub sender_comp_id: String,
    /// The peer's CompID; `None` lets an acceptor learn it from the Logon (see [`Session::peer`]).
    pub target_comp_id: Option<String>,
    /// Who dials.
    pub role: Role,
    /// Heartbeat interval that an initiator asks for; an acceptor takes the peer's. Zero is no heartbeats.
    pub heartbeat: Duration,
    /// Strict: malformed application messages are rejected (3); lenient: they are handed on.
    pub policy: Policy,
    /// Bounds on what comes in.
    pub limits: Limits,
    /// Most messages kept aside while a gap is being filled.
    pub early_messages_max: usize,
    /// Most bytes of such messages.
    pub early_bytes_max: usize,
    /// Most sent application messages kept for a ResendRequest.
    pub sent_messages_max: usize,
}

impl Config {
    /// With the usual bounds.
    pub fn new(
        version: Version,
        sender_comp_id: &str,
        target_comp_id: Option<&str>,
        role: Role,
        heartbeat: Duration,
    ) -> Self {
        Self {
            version,
            sender_comp_id: sender_comp_id.to_owned(),
            target_comp_id: target_comp_id.map(str::to_owned),
            role,
            heartbeat,
            policy: Policy::Strict,
            limits: Limits { message_bytes_max: 1 << 20, ..Limits::default() },
            early_messages_max: 1_000,
            early_bytes_max: 16 << 20,
            sent_messages_max: 10_000,
        }
    }
}

/// How long the peer may take to log on.
const LOGON_WAIT: Duration = Duration::from_secs(10);
/// How long the peer may take to answer a Logout.
const LOGOUT_WAIT: Duration = Duration::from_secs(2);
/// How far SendingTime may be off.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(120);

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

/// A request that fills a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Request {
    /// The highest number known when it was sent.
    up_to: u64,
    at: Timestamp,
}

/// One end of a FIX connection.
#[derive(Debug)]
pub struct Session {
    config: Config,
    state: State,
    deframer: Deframer,
    effects: VecDeque<LinkEffect>,
    peer: Option<String>,
    heartbeat: Duration,
    last_in: Timestamp,
    last_out: Timestamp,
    /// A TestRequest that was not answered yet.
    tested: bool,
    /// The number that the next message in must have.
    next_in: u64,
    /// The number of the next message out.
    next_out: u64,
    /// Messages that came before their turn.
    early: BTreeMap<u64, Vec<u8>>,
    request: Option<Request>,
    /// Application messages sent, by number.
    sent: VecDeque<(u64, Vec<u8>)>,
}

impl Session {
    /// A session that waits for its line.
    pub fn new(config: Config) -> Self {
        Self {
            state: State::Down,
            deframer: Deframer::new(config.limits),
            effects: VecDeque::new(),
            peer: config.target_comp_id.clone(),
            heartbeat: config.heartbeat,
            last_in: Timestamp::default(),
            last_out: Timestamp::default(),
            tested: false,
            next_in: 1,
            next_out: 1,
            early: BTreeMap::new(),
            request: None,
            sent: VecDeque::new(),
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

    /// Ends the session in good order: Logout, the peer's answer, close.
    pub fn log_out(&mut self, now: Timestamp, text: &str) {
        if self.state == State::LoggedOn {
            self.send_logout(now, text);
        }
    }

    fn open(&mut self, now: Timestamp) {
        let config = self.config.clone();
        let effects = std::mem::take(&mut self.effects);
        *self = Self::new(config);
        self.effects = effects;
        self.state = State::AwaitingLogon(now);
        (self.last_in, self.last_out) = (now, now);
        if self.config.role == Role::Initiator {
            self.send_logon(now);
        }
    }

    fn close(&mut self, reason: impl Into<String>) {
        if self.state != State::Down {
            self.state = State::Down;
            self.effects.push_back(LinkEffect::Close(reason.into()));
        }
    }

    fn notice(&mut self, text: impl Into<String>) {
        self.effects.push_back(LinkEffect::Notice(text.into()));
    }

    fn bytes(&mut self, now: Timestamp, bytes: &[u8]) {
        if self.state == State::Down {
            return;
        }
        self.deframer.push(bytes);
        while let Some(frame) = self.deframer.next_frame() {
            match frame {
                Frame::Message(message) => self.message(now, &message),
                Frame::Garbled { bytes } => self.notice(format!("{bytes} garbled bytes were passed over")),
            }
            if self.state == State::Down {
                self.deframer.reset();
                return;
            }
        }
    }

    fn tick(&mut self, now: Timestamp) {
        match self.state {
            State::Down => {}
            State::AwaitingLogon(since) if now >= since + LOGON_WAIT => self.close("no Logon in time"),
            State::AwaitingLogout(since) if now >= since + LOGOUT_WAIT => {
                self.close("no answer to our Logout")
            }
            State::LoggedOn if !self.heartbeat.is_zero() => {
                if now >= self.last_in + self.silence_max() {
                    self.close("the peer is silent and does not answer a TestRequest");
                    return;
                }
                if !self.tested && now >= self.last_in + self.silence_noted() {
                    self.tested = true;
                    self.send_test_request(now);
                }
                if now >= self.last_out + self.heartbeat {
                    self.send_heartbeat(now, "");
                }
            }
            _ => {}
        }
    }

    /// Silence after which the peer is asked whether it is there.
    fn silence_noted(&self) -> Duration {
        self.heartbeat * 6 / 5
    }

    /// Silence after which it is given up.
    fn silence_max(&self) -> Duration {
        self.heartbeat * 12 / 5
    }
}

impl Machine for Session {
    type Input<'a> = LinkInput<'a>;
    type Effect = LinkEffect;

    fn handle(&mut self, now: Timestamp, input: LinkInput<'_>) {
        match input {
            LinkInput::Opened => self.open(now),
            LinkInput::Bytes(bytes) => self.bytes(now, bytes),
            LinkInput::Closed => {
                self.state = State::Down;
                self.deframer.reset();
            }
            LinkInput::Deliver { message, possible_resend } => self.deliver(now, message, possible_resend),
            LinkInput::Tick => self.tick(now),
        }
    }

    fn poll(&mut self) -> Option<LinkEffect> {
        self.effects.pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        match self.state {
            State::Down => None,
            State::AwaitingLogon(since) => Some(since + LOGON_WAIT),
            State::AwaitingLogout(since) => Some(since + LOGOUT_WAIT),
            State::LoggedOn if self.heartbeat.is_zero() => None,
            State::LoggedOn => {
                let silence = if self.tested { self.silence_max() } else { self.silence_noted() };
                Some((self.last_in + silence).min(self.last_out + self.heartbeat))
            }
        }
    }
}
