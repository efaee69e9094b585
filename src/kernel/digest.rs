//! A digest of a message's meaning, by which a repetition is told from a reference that was used twice. FNV-1a over 128
//! bits: stable across versions and machines. It guards against accidents, not against somebody who wants a collision:
//! what it decides is only whether a message from a known peer is a repetition.

use finality_parsers::model::Event;

use crate::pack::{self, Sink};

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// The digest of an event.
pub(crate) fn of(event: &Event) -> u128 {
    let mut hash = Fnv(OFFSET);
    pack::unnamed(&mut hash, event).expect("events hold nothing that MessagePack cannot");
    hash.0
}

/// Takes the bytes as they are written.
struct Fnv(u128);

impl Sink for Fnv {
    fn put(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME));
    }
}
