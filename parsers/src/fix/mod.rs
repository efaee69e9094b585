//! FIX.

use std::ops::Range;

use crate::codec::{Decoded, Depth, EncodeError, Encoded, Envelope};
use crate::limits::Limits;
use crate::model::Event;

/// The versions of FIX that are spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// FIX.4.4.
    Fix44,
    /// FIXT.1.1 with ApplVerID 9 (FIX 5.0 SP2).
    Fix50Sp2,
}

/// Where the messages of a file stand.
pub fn split(bytes: &[u8], _limits: &Limits) -> Vec<Range<usize>> {
    vec![0..bytes.len()]
}

/// Decodes one message.
pub fn decode(_raw: &[u8], _limits: &Limits, _depth: Depth) -> Decoded {
    todo!()
}

/// Writes an event.
pub fn encode_event(_event: &Event, _version: Version, _envelope: &Envelope) -> Result<Encoded, EncodeError> {
    todo!()
}
