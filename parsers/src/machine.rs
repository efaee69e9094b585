//! The contract that everything which decides keeps: told the time and what happened, it says what to do.
//!
//! The order of calls is fixed: `handle` once, then `poll` until it yields `None`, then look at `deadline`. A driver
//! (virtual world, live runtime, tape) decides nothing; a machine waits for nothing.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Serialize};

use crate::codec::Decoded;
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
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
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
        /// Its number in the sender's outbox, 0 for none: said again when the message is kept under a number of the link.
        delivery: u64,
    },
    /// The answer to [`LinkEffect::Fetch`]: what is kept of the numbers asked for, lowest first. Numbers that are not
    /// there were never kept, or were the link's own.
    Fetched {
        /// Which question it answers.
        ticket: u64,
        /// Number and message as it was sent.
        messages: &'a [(u64, Vec<u8>)],
    },
    /// What a person wants of the link itself.
    Operate(LinkOrder),
    /// A deadline has passed.
    Tick,
}

/// What a person may want of a link that numbers its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkOrder {
    /// Both sides begin at 1 again; what was kept for repetition is forgotten. A peer that is connected is logged out first.
    Reset,
    /// The next numbers, where given.
    SetNumbers {
        /// The number that the next message in must have.
        next_in: Option<u64>,
        /// The number of the next message out.
        next_out: Option<u64>,
    },
    /// Ask the peer whether it is there.
    Test,
    /// Log out in good order, then take the line down.
    LogOut,
    /// Take the line down at once.
    Disconnect,
}

impl fmt::Display for LinkOrder {
    /// What somebody wants who gives the order.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkOrder::Reset => f.write_str("have both sides begin at 1"),
            LinkOrder::SetNumbers { next_in, next_out } => {
                f.write_str("set the next number")?;
                let said = [("in", next_in), ("out", next_out)];
                let mut said = said.into_iter().filter_map(|(way, n)| n.map(|n| (way, n)));
                let first = said.next();
                first.into_iter().try_for_each(|(way, n)| write!(f, " {way} to {n}"))?;
                said.try_for_each(|(way, n)| write!(f, " and {way} to {n}"))
            }
            LinkOrder::Test => f.write_str("ask the peer whether it is there"),
            LinkOrder::LogOut => f.write_str("log the peer out"),
            LinkOrder::Disconnect => f.write_str("take the line down"),
        }
    }
}

/// What a link must find again after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkFact {
    /// A message went out under this number. Kept before it is on the wire.
    Sent {
        /// The number.
        number: u64,
        /// The number expected of the peer at that time.
        next_in: u64,
        /// As it was sent; empty for the link's own messages, which are never repeated.
        #[serde(with = "serde_bytes", default, skip_serializing_if = "Vec::is_empty")]
        message: Vec<u8>,
        /// Its number in the outbox of whoever delivered it; 0 for none.
        #[serde(default)]
        delivery: u64,
    },
    /// Numbers moved without a message of ours.
    Numbers(LinkNumbers),
    /// Everything begins anew at 1, and what was kept for repetition is forgotten.
    Reset {
        /// When.
        at: Timestamp,
    },
}

/// Where both directions of a numbered link stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkNumbers {
    /// The number that the next message in must have.
    pub next_in: u64,
    /// The number of the next message out.
    pub next_out: u64,
    /// When counting began; `None` before the first time.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

impl Default for LinkNumbers {
    fn default() -> Self {
        Self { next_in: 1, next_out: 1, since: None }
    }
}

impl LinkNumbers {
    /// What a fact leaves them at.
    pub fn apply(&mut self, fact: &LinkFact) {
        match fact {
            LinkFact::Sent { number, next_in, .. } => {
                self.next_out = self.next_out.max(number + 1);
                self.next_in = self.next_in.max(*next_in);
            }
            LinkFact::Numbers(numbers) => *self = *numbers,
            LinkFact::Reset { at } => *self = Self { since: Some(*at), ..Self::default() },
        }
    }
}

/// What a link wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEffect {
    /// Put these bytes on the wire, once every fact before it is kept.
    Send(Vec<u8>),
    /// Keep this: a restart must find it.
    Keep(LinkFact),
    /// Give back what is kept of these numbers, both included, as [`LinkInput::Fetched`].
    Fetch {
        /// Comes back with the answer; an answer to an older question is passed over.
        ticket: u64,
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// One whole application message arrived.
    Received {
        /// As it came.
        message: Vec<u8>,
        /// Its number, where the link numbers its messages; kept together with it.
        number: Option<u64>,
        /// What it says, where the link has understood it on the way ([`crate::fix::session::Config::decodes`]).
        decoded: Option<Box<Decoded>>,
    },
    /// The peer is known and in order: deliveries can go out.
    Ready {
        /// Counting began anew: what was kept under a number before may not have reached the peer.
        anew: bool,
    },
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
    /// The entries that [`GatewayEffect::Fetch`] asked for.
    Fetched {
        /// For this link.
        link: &'a str,
        /// Which question it answers.
        ticket: u64,
        /// They, in the order asked for.
        entries: &'a [Entry],
    },
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
    /// Read these entries from the store, as soon as the link's wire has room for what they hold, and say `Fetched`.
    Fetch {
        /// The link's name.
        link: String,
        /// Comes back with the answer.
        ticket: u64,
        /// Numbers of entries, ascending.
        entries: Vec<u64>,
    },
    /// Take a link down.
    Close {
        /// The link's name.
        link: String,
        /// For people.
        reason: String,
    },
    /// Something about a link that a person may want to know.
    Notice {
        /// The link's name.
        link: String,
        /// What.
        text: String,
    },
    /// Tell the desk.
    Tell(Notice),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_time_is_written_with_the_places_that_it_has(nanos in any::<i64>(), places in 0u32..4) {
            let unit = 1_000i64.pow(places);
            let at = Timestamp(nanos / unit * unit);
            prop_assert_eq!(at.to_string(), at.utc().format("%Y-%m-%dT%H:%M:%S%.fZ").to_string());
        }
    }
}
