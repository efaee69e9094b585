//! MT.

use std::ops::Range;

use crate::codec::{Decoded, Depth, EncodeError, Encoded, Envelope};
use crate::limits::Limits;
use crate::model::Event;

/// Where the messages of a file stand.
pub fn split(bytes: &[u8], _limits: &Limits) -> Vec<Range<usize>> {
    vec![0..bytes.len()]
}

/// Decodes one message.
pub fn decode(_raw: &[u8], _limits: &Limits, _depth: Depth) -> Decoded {
    todo!()
}

/// Writes an event.
pub fn encode_event(_event: &Event, _envelope: &Envelope) -> Result<Encoded, EncodeError> {
    todo!()
}
