//! Reading on into a buffer that grows: what both kinds of streams do.

use std::io::{self, Read};

/// Reads up to `most` further bytes behind what is in the buffer; whether the source has ended.
pub(crate) fn refill(source: &mut impl Read, buffer: &mut Vec<u8>, most: usize) -> io::Result<bool> {
    let length = buffer.len();
    buffer.resize(length + most, 0);
    let read = loop {
        match source.read(buffer.get_mut(length..).unwrap_or_default()) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => break other,
        }
    };
    buffer.truncate(length + read.as_ref().map_or(0, |n| *n));
    Ok(read? == 0)
}
