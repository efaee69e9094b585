//! Wires between the gateway and a party: ordered, with a delay, sometimes cut; between custodians and us messages may
//! also be lost, doubled or garbled, as on a network that stores and forwards.

use std::time::Duration;

use finality_parsers::machine::Timestamp;

use serde::{Deserialize, Serialize};

use crate::parties::Who;
use crate::scenario::{Faults, Pace};
use crate::seed::Draws;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// To the gateway.
    In,
    /// From the gateway.
    Out,
}

/// A wire to the gateway.
#[derive(Debug)]
pub struct Wire {
    /// The link's name.
    pub link: String,
    /// The other end.
    pub who: Who,
    /// Whether single messages can be lost on it.
    pub by_message: bool,
    /// Whether it is up.
    pub up: bool,
    /// Until when it is cut, whatever comes up before.
    pub cut_until: Timestamp,
    /// Grows with each cut: what was on its way then is lost.
    pub epoch: u32,
    /// Messages garbled so far.
    pub garbled: u64,
    last: [Timestamp; 2],
    count: [u64; 2],
}

/// What becomes of bytes on a wire.
#[derive(Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: Timestamp,
    /// What.
    pub bytes: Vec<u8>,
}

impl Wire {
    /// A wire that is down.
    pub fn new(link: &str, who: Who, by_message: bool) -> Self {
        Self {
            link: link.to_owned(),
            who,
            by_message,
            up: false,
            cut_until: Timestamp::default(),
            epoch: 0,
            garbled: 0,
            last: [Timestamp::default(); 2],
            count: [0; 2],
        }
    }

    /// Puts bytes on the wire: one arrival mostly, none or two on a bad day.
    pub fn carry(
        &mut self,
        now: Timestamp,
        way: Way,
        bytes: Vec<u8>,
        pace: &Pace,
        faults: &Faults,
        draws: &Draws,
    ) -> Vec<Arrival> {
        if !self.up {
            return Vec::new();
        }
        let side = way as usize;
        let number = self.count[side];
        self.count[side] += 1;
        let purpose = |what: &str| format!("wire {} {way:?}: {what}", self.link);
        let [low, high] = pace.wire_microseconds;
        let delay = Duration::from_micros(draws.between(&purpose("delay"), number, low, high));
        // Bytes of one direction never overtake each other.
        let at = (now + delay).max(self.last[side]);
        self.last[side] = at;
        if self.by_message && draws.happens(&purpose("dropped"), number, faults.dropped_per_10000) {
            return Vec::new();
        }
        let garbled = way == Way::In && draws.happens(&purpose("garbled"), number, faults.garbled_per_10000);
        if self.by_message && garbled {
            self.garbled += 1;
            return vec![Arrival { at, bytes: garble(bytes) }];
        }
        if self.by_message && draws.happens(&purpose("doubled"), number, faults.duplicated_per_10000) {
            return vec![Arrival { at, bytes: bytes.clone() }, Arrival { at, bytes }];
        }
        vec![Arrival { at, bytes }]
    }
}

/// The second half is lost and the first byte is not what it was.
fn garble(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() / 2);
    if let Some(first) = bytes.first_mut() {
        *first = b'?';
    }
    bytes
}
