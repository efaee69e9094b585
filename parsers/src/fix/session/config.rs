//! How a session is to behave: every setting, with the default that most counterparties expect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::diagnostic::Policy;
use crate::fix::Version;
use crate::fix::dictionary::{Dictionary, dictionary};
use crate::fix::reading::Switches;
use crate::limits::Limits;

use super::schedule::Schedule;

/// Who dials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Waits for the peer's Logon.
    Acceptor,
    /// Sends the first Logon.
    Initiator,
}

/// Digits behind the second in the times that we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// `09:00:00`.
    Seconds,
    /// `09:00:00.000`.
    Millis,
    /// `09:00:00.000000`.
    Micros,
    /// `09:00:00.000000000`.
    Nanos,
}

/// When both directions begin at 1 again, beside the schedule and the operator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resets {
    /// At every Logon.
    pub on_logon: bool,
    /// When the session was logged out in good order.
    pub on_logout: bool,
    /// Whenever the line went down.
    pub on_disconnect: bool,
}

/// What is handed on; other types are answered as unsupported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepts {
    /// Every application message, known or not: for tools that show what comes.
    All,
    /// Every application message that the dictionary knows.
    Known,
    /// These types.
    Types(BTreeSet<String>),
}

/// What an initiator says in its Logon, and an acceptor expects there.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Username (553).
    pub username: String,
    /// Password (554).
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    /// The password is not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Which dictionary reads messages of which version: those given, the built-in ones for all others.
#[derive(Debug, Clone, Default)]
pub struct Dictionaries(Arc<BTreeMap<Version, Arc<Dictionary>>>);

impl Dictionaries {
    /// Has messages of a version read by this dictionary (for FIXT.1.1: transport and application together).
    pub fn with(mut self, version: Version, dictionary: Arc<Dictionary>) -> Self {
        Arc::make_mut(&mut self.0).insert(version, dictionary);
        self
    }

    /// The dictionary of a version.
    pub fn get(&self, version: Version) -> &Dictionary {
        match self.0.get(&version) {
            Some(given) => given,
            None => dictionary(version),
        }
    }

    /// Whether it was given, so that a type it does not know does not exist.
    pub fn is_given(&self, version: Version) -> bool {
        self.0.contains_key(&version)
    }
}

/// How a session is to behave.
#[derive(Debug, Clone)]
pub struct Config {
    /// The version spoken: for FIXT.1.1 our DefaultApplVerID.
    pub version: Version,
    /// Our CompID.
    pub sender_comp_id: String,
    /// Our SubID (50), sent and not checked.
    pub sender_sub_id: Option<String>,
    /// Our LocationID (142), sent and not checked.
    pub sender_location_id: Option<String>,
    /// The peer's CompID; `None` lets an acceptor learn it from the Logon (see [`super::Session::peer`]).
    pub target_comp_id: Option<String>,
    /// The peer's SubID (57), sent and not checked.
    pub target_sub_id: Option<String>,
    /// The peer's LocationID (143), sent and not checked.
    pub target_location_id: Option<String>,
    /// Who dials.
    pub role: Role,
    /// Heartbeat interval that an initiator asks for; an acceptor takes the peer's. Zero is no heartbeats.
    pub heartbeat: Duration,
    /// When counting begins anew.
    pub resets: Resets,
    /// When it is open; numbers begin anew with each period. `None` is always.
    pub schedule: Option<Schedule>,
    /// How long the peer may take to log on.
    pub logon_wait: Duration,
    /// How long the peer may take to answer a Logout.
    pub logout_wait: Duration,
    /// Whether the CompIDs of every message are compared.
    pub check_comp_ids: bool,
    /// How far SendingTime may be off; `None` for any time.
    pub latency_max: Option<Duration>,
    /// Digits behind the second. Before FIX 4.2 there are none.
    pub precision: Precision,
    /// What messages are read with.
    pub dictionaries: Dictionaries,
    /// Which checks are made.
    pub switches: Switches,
    /// What is handed on.
    pub accepts: Accepts,
    /// Strict: malformed application messages are rejected (3); lenient: they are handed on.
    pub policy: Policy,
    /// Whether the text of a reject says more than the standard's few words.
    pub explain: bool,
    /// Ask again for a gap that was asked for already, at every message that comes early.
    pub redundant_resend_requests: bool,
    /// Ask for so many messages at a time when a gap is filled; 0 for all at once.
    pub request_chunk: u64,
    /// Name the last number that is missing instead of "all that follow" when a gap is asked for.
    pub closed_requests: bool,
    /// Whether a repetition must say when it was sent first (122).
    pub requires_orig_time: bool,
    /// Whether a message with a wrong checksum is garbled; its length must be right in any case, or nobody knows its end.
    pub check_sums: bool,
    /// Read so many from the store at a time when the peer asks.
    pub resend_chunk: u64,
    /// Whether what was sent is repeated at all; else the peer gets a gap fill.
    pub persist: bool,
    /// NextExpectedMsgSeqNum (789) in our Logon. The peer's is heeded in any case.
    pub next_expected: bool,
    /// LastMsgSeqNumProcessed (369) in every header.
    pub last_processed: bool,
    /// Said by an initiator, expected by an acceptor.
    pub credentials: Option<Credentials>,
    /// Whether what is handed on comes with its meaning, as `codec::decode` has it: a message that is taken apart for the
    /// session need not be taken apart again. Where session and codec read differently, it comes without.
    pub decodes: bool,
    /// Bounds on what comes in.
    pub limits: Limits,
    /// Most messages kept aside while a gap is being filled.
    pub early_messages_max: usize,
    /// Most bytes of such messages.
    pub early_bytes_max: usize,
    /// Most bytes of our own that may wait behind a repetition that was asked for.
    pub held_bytes_max: usize,
}

impl Config {
    /// With the usual behaviour and bounds.
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
            sender_sub_id: None,
            sender_location_id: None,
            target_comp_id: target_comp_id.map(str::to_owned),
            target_sub_id: None,
            target_location_id: None,
            role,
            heartbeat,
            resets: Resets::default(),
            schedule: None,
            logon_wait: Duration::from_secs(10),
            logout_wait: Duration::from_secs(2),
            check_comp_ids: true,
            latency_max: Some(Duration::from_secs(120)),
            precision: Precision::Millis,
            dictionaries: Dictionaries::default(),
            switches: Switches::default(),
            accepts: Accepts::Known,
            policy: Policy::Strict,
            explain: true,
            redundant_resend_requests: false,
            request_chunk: 0,
            closed_requests: false,
            requires_orig_time: true,
            check_sums: true,
            resend_chunk: 256,
            persist: true,
            next_expected: false,
            last_processed: false,
            credentials: None,
            decodes: false,
            limits: Limits { message_bytes_max: 1 << 20, ..Limits::default() },
            early_messages_max: 1_000,
            early_bytes_max: 16 << 20,
            held_bytes_max: 16 << 20,
        }
    }

    /// Whether a message of this version is read as `codec::decode` reads it, as long as nothing is wrong with it.
    pub(super) fn reads_as_codec(&self, version: Version) -> bool {
        let codec = Limits::default();
        !version.is_fixt()
            && self.switches == Switches::default()
            && !self.dictionaries.is_given(version)
            && Limits { message_bytes_max: codec.message_bytes_max, ..self.limits } == codec
    }

    /// Digits behind the second, as far as the version has any.
    pub(super) fn stamp_precision(&self) -> Precision {
        if self.version < Version::Fix42 { Precision::Seconds } else { self.precision }
    }
}
