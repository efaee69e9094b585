//! What several parties need to speak: the codecs with the sender's envelope, and a session on a port.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use finality_parsers::codec::{self, Depth, Envelope, Format};
use finality_parsers::fix::Version;
use finality_parsers::fix::session::{Config, Memory, Role, Session};
use finality_parsers::limits::Limits;
use finality_parsers::machine::{LinkEffect, LinkInput, Machine, Timestamp};
use finality_parsers::model::Event;
use finality_parsers::mx::Wrapping;

use super::PartyEffect;
use crate::market::Speech;

/// Writes an event. The parties only say what their language can carry; if they do not, the scenario is at fault, and the
/// run must not go on as if it had been said.
pub(super) fn write(
    event: &Event,
    speech: Speech,
    sender: &str,
    receiver: &str,
    id: &str,
    now: Timestamp,
) -> Vec<u8> {
    let format = match speech {
        Speech::Fix => Format::Fix(Version::Fix44),
        Speech::Mt => Format::Mt,
        Speech::Mx => Format::Mx(Wrapping::Envelope),
    };
    let envelope = Envelope {
        sender: sender.to_owned(),
        receiver: receiver.to_owned(),
        created: now,
        message_id: id.to_owned(),
        possible_duplicate: false,
    };
    match codec::encode(event, format, &envelope) {
        Ok(encoded) => encoded.bytes,
        Err(error) => panic!("a simulated party cannot say {:?} in {speech:?}: {error}", event.kind()),
    }
}

/// Reads a message.
pub(crate) fn read(raw: &[u8]) -> Option<Event> {
    codec::decode(raw, &Limits::default(), Depth::Event).event
}

/// A FIX session as initiator on one of a party's ports.
pub(super) struct FixPort {
    session: Session,
    memory: Memory,
    port: usize,
    ready: bool,
}

impl FixPort {
    pub(super) fn new(port: usize, own: &str, gateway: &str) -> Self {
        // A long heartbeat: the world says when a line is down, and quiet nights should be quiet.
        let heartbeat = Duration::from_secs(1800);
        let config = Config::new(Version::Fix44, own, Some(gateway), Role::Initiator, heartbeat);
        Self { session: Session::new(config), memory: Memory::default(), port, ready: false }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.session.deadline()
    }

    /// Gives the application messages that came, and whether the session has just become ready.
    pub(super) fn handle(
        &mut self,
        now: Timestamp,
        input: LinkInput<'_>,
        effects: &mut Vec<PartyEffect>,
    ) -> (Vec<Vec<u8>>, bool) {
        if matches!(input, LinkInput::Closed) {
            self.ready = false;
        }
        self.session.handle(now, input);
        let (mut received, mut became_ready) = (Vec::new(), false);
        while let Some(effect) = self.memory.poll(now, &mut self.session) {
            match effect {
                LinkEffect::Send(bytes) => effects.push(PartyEffect::Send { port: self.port, bytes }),
                LinkEffect::Received { message, .. } => received.push(message),
                LinkEffect::Ready { .. } => {
                    self.ready = true;
                    became_ready = true;
                }
                LinkEffect::Close(_)
                | LinkEffect::Notice(_)
                | LinkEffect::Keep(_)
                | LinkEffect::Fetch { .. } => {}
            }
        }
        (received, became_ready)
    }

    pub(super) fn deliver(
        &mut self,
        now: Timestamp,
        message: &[u8],
        again: bool,
        effects: &mut Vec<PartyEffect>,
    ) {
        self.handle(now, LinkInput::Deliver { message, possible_resend: again, delivery: 0 }, effects);
    }

    pub(super) fn tick(&mut self, now: Timestamp, effects: &mut Vec<PartyEffect>) -> Vec<Vec<u8>> {
        if self.session.deadline().is_some_and(|due| due <= now) {
            return self.handle(now, LinkInput::Tick, effects).0;
        }
        Vec::new()
    }
}

/// Things to be done at a time, in order.
#[derive(Debug)]
pub(super) struct Agenda<T: Ord + Clone> {
    by_time: BTreeSet<(Timestamp, T)>,
    times: BTreeMap<T, Timestamp>,
}

impl<T: Ord + Clone> Default for Agenda<T> {
    fn default() -> Self {
        Self { by_time: BTreeSet::new(), times: BTreeMap::new() }
    }
}

impl<T: Ord + Clone> Agenda<T> {
    /// Notes a thing; one that is noted already is moved.
    pub(super) fn set(&mut self, at: Timestamp, thing: T) {
        self.clear(&thing);
        self.times.insert(thing.clone(), at);
        self.by_time.insert((at, thing));
    }

    /// Strikes a thing out.
    pub(super) fn clear(&mut self, thing: &T) {
        if let Some(at) = self.times.remove(thing) {
            self.by_time.remove(&(at, thing.clone()));
        }
    }

    /// The next thing that is due.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<T> {
        let (at, thing) = self.by_time.first().cloned().filter(|(at, _)| *at <= now)?;
        self.by_time.remove(&(at, thing.clone()));
        self.times.remove(&thing);
        Some(thing)
    }

    /// When something is due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }
}

/// The earlier of two times.
pub(super) fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
