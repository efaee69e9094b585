//! The contract that everything which decides keeps: told the time and what happened, it says what to do.
//!
//! The order of calls is fixed: `handle` once, then `poll` until it yields `None`, then look at `deadline`. A driver
//! (virtual world, live runtime, tape) decides nothing; a machine waits for nothing.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use serde::{Deserialize, Serialize};

use crate::desk::{Notice, Order};

/// An instant in UTC, as nanoseconds since 1970-01-01T00:00:00Z. Always an argument, never asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From nanoseconds since the Unix epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the Unix epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// From a calendar instant; saturates outside the years 1677 to 2262, which nanoseconds in 64 bits can hold.
    pub fn from_utc(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_nanos_opt().unwrap_or(if at.timestamp() < 0 { i64::MIN } else { i64::MAX }))
    }

    /// As a calendar instant in UTC.
    pub fn utc(self) -> DateTime<Utc> {
        Utc.timestamp_nanos(self.0)
    }

    /// Time from `earlier` until this instant; zero when `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Timestamp;
    fn add(self, rhs: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(i64::try_from(rhs.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Timestamp;
    fn sub(self, rhs: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(i64::try_from(rhs.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.utc().format("%Y-%m-%dT%H:%M:%S%.fZ"))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Gateway, FIX session, simulated custodian: all are machines.
pub trait Machine {
    /// What it can be told.
    type Input<'a>;
    /// What it wants done.
    type Effect;

    /// Takes one input. Never blocks, never fails: a failure is an effect like any other.
    fn handle(&mut self, now: Timestamp, input: Self::Input<'_>);

    /// Yields the effects of the last `handle`, in order, until `None`.
    fn poll(&mut self) -> Option<Self::Effect>;

    /// When the driver must come back with a tick, if nothing else happens before.
    fn deadline(&self) -> Option<Timestamp>;
}

/// What a link (FIX session, file drop, simulated party's end of a wire) is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkInput<'a> {
    /// The line is up.
    Opened,
    /// Bytes as they came, in any chunking.
    Bytes(&'a [u8]),
    /// The line is down.
    Closed,
    /// An application message to be carried to the peer; `possible_resend` when it may have been sent before.
    Deliver {
        /// The message as its encoder made it: a whole MT or MX message, or a FIX application message whose session
        /// header is still to be filled in.
        message: &'a [u8],
        /// Sent before, perhaps: mark it in the way of the protocol.
        possible_resend: bool,
    },
    /// A deadline has passed.
    Tick,
}

/// What a link wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEffect {
    /// Put these bytes on the wire.
    Send(Vec<u8>),
    /// One whole application message arrived.
    Received(Vec<u8>),
    /// The peer is known and in order: deliveries can go out.
    Ready,
    /// Take the line down; the reason is for people.
    Close(String),
    /// Something a person may want to know (a reject, a gap, garbled bytes).
    Notice(String),
}

/// One record of the journal, as bytes: what the store keeps and a restart gets back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number; the first is 1, none is left out.
    pub seq: u64,
    /// The record as the kernel encoded it.
    pub bytes: Vec<u8>,
}

/// What a whole gateway (links and kernel together) is told.
#[derive(Debug, Clone, Copy)]
pub enum GatewayInput<'a> {
    /// Something happened on a link.
    Link {
        /// The link's name in the configuration.
        link: &'a str,
        /// What.
        input: LinkInput<'a>,
    },
    /// A person gives an order.
    Order(&'a Order),
    /// The store keeps all entries up to and including this one.
    Appended(u64),
    /// A deadline has passed.
    Tick,
}

/// What a whole gateway wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayEffect {
    /// Keep this, then say `Appended`.
    Append(Entry),
    /// Put bytes on a link's wire.
    Send {
        /// The link's name.
        link: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// What was received on this link up to now is kept and needs no repetition (a file may be moved to `done`).
    Kept {
        /// The link's name.
        link: String,
        /// Whether it was understood; `false` when it went to the dead letters.
        understood: bool,
    },
    /// Take a link down.
    Close {
        /// The link's name.
        link: String,
        /// For people.
        reason: String,
    },
    /// Tell the desk.
    Tell(Notice),
}
