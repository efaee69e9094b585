//! Where messages begin and end in a stream: begin string, body length, checksum.
//!
//! The length is trusted when a trailer stands where it points to; else the bytes are garbled and the search goes on at
//! the next begin string. Nothing depends on how the stream was cut: [`Deframer`] and [`spans`] use the same scan.

use std::ops::Range;

use super::field::{SOH, whole};
use crate::limits::Limits;

/// Every message begins so; a peer that names another version is answered, not passed over.
const BEGIN: &[u8] = b"8=";
/// Behind garbled bytes a message begins only so.
const BEGIN_FIX: &[u8] = b"8=FIX";
/// `8=FIXT.1.1|9=1234567|` and some room.
const HEAD_BYTES_MAX: usize = 40;
/// `10=123|`.
const TRAILER_BYTES: usize = 7;

/// What stands at the start of some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scan {
    /// A whole message of this many bytes, its checksum right or wrong.
    Message { bytes: usize, checksum_ok: bool },
    /// More bytes are needed to tell.
    Incomplete,
    /// No message begins here.
    Garbled,
}

/// The head of a frame: where the body begins and how long it says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) separator: u8,
    pub(super) begin: Range<usize>,
    pub(super) length: Range<usize>,
    /// Where tag 35 should stand.
    pub(super) body: usize,
}

/// Reads `8=...|9=...|`. `Ok(None)` when it may go on beyond the bytes at hand.
pub(super) fn head(bytes: &[u8], begin: &[u8]) -> Result<Option<Head>, ()> {
    let known = bytes.len().min(begin.len());
    if bytes[..known] != begin[..known] {
        return Err(());
    }
    let window = &bytes[..bytes.len().min(HEAD_BYTES_MAX)];
    let incomplete = if bytes.len() < HEAD_BYTES_MAX { Ok(None) } else { Err(()) };
    let Some(begin_end) = window.iter().position(|&b| b == SOH || b == b'|') else { return incomplete };
    let separator = window[begin_end];
    let rest = &window[begin_end + 1..];
    let known = rest.len().min(2);
    if rest[..known] != b"9="[..known] {
        return Err(());
    }
    let Some(length_end) = rest.iter().position(|&b| b == separator) else { return incomplete };
    let length = begin_end + 3..begin_end + 1 + length_end;
    Ok(Some(Head { separator, begin: 2..begin_end, body: length.end + 1, length }))
}

fn scan(bytes: &[u8], begin: &[u8], limits: &Limits) -> Scan {
    let head = match head(bytes, begin) {
        Ok(Some(head)) => head,
        Ok(None) => return Scan::Incomplete,
        Err(()) => return Scan::Garbled,
    };
    let Some(total) = whole(&bytes[head.length.clone()])
        .and_then(|n| usize::try_from(n).ok())
        .and_then(|n| n.checked_add(head.body + TRAILER_BYTES))
        .filter(|n| *n <= limits.message_bytes_max)
    else {
        return Scan::Garbled;
    };
    if bytes.len() < total {
        return Scan::Incomplete;
    }
    let body_end = total - TRAILER_BYTES;
    let stated = match &bytes[body_end..total] {
        [b'1', b'0', b'=', digits @ .., last]
            if *last == head.separator && bytes[body_end - 1] == head.separator =>
        {
            whole(digits)
        }
        _ => return Scan::Garbled,
    };
    let sum = checksum(&bytes[..body_end], head.separator);
    Scan::Message { bytes: total, checksum_ok: stated == Some(u64::from(sum)) }
}

/// The sum of all bytes modulo 256; in a log with another separator, as if it were SOH.
pub fn checksum(bytes: &[u8], separator: u8) -> u8 {
    let sum = bytes.iter().fold(0u8, |sum, b| sum.wrapping_add(*b));
    if separator == SOH {
        return sum;
    }
    bytes.iter().filter(|b| **b == separator).fold(sum, |sum, _| sum.wrapping_sub(separator - SOH))
}

/// What comes out of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A whole message; length and checksum are right.
    Message(Vec<u8>),
    /// So many bytes that are no message, or one with a wrong checksum.
    Garbled {
        /// How many bytes were passed over.
        bytes: usize,
    },
}

/// Cuts a stream into messages, whatever the chunks are.
#[derive(Debug, Clone)]
pub struct Deframer {
    limits: Limits,
    check_sums: bool,
    buffer: Vec<u8>,
    read: usize,
    garbled: usize,
    /// Looking for the next message after garbled bytes.
    lost: bool,
}

impl Deframer {
    /// Messages longer than `limits.message_bytes_max` are garbled.
    pub fn new(limits: Limits) -> Self {
        Self { limits, check_sums: true, buffer: Vec::new(), read: 0, garbled: 0, lost: false }
    }

    /// Whether a message with a wrong checksum is garbled, which it is if nothing is said.
    #[must_use]
    pub fn check_sums(self, check_sums: bool) -> Self {
        Self { check_sums, ..self }
    }

    /// Takes bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.read > 0 && self.read >= self.buffer.len() / 2 {
            self.buffer.drain(..self.read);
            self.read = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Forgets everything: the line is new.
    pub fn reset(&mut self) {
        self.buffer.clear();
        (self.read, self.garbled, self.lost) = (0, 0, false);
    }

    fn begin(&self) -> &'static [u8] {
        if self.lost { BEGIN_FIX } else { BEGIN }
    }

    /// The next frame, as long as there is a whole one.
    pub fn next_frame(&mut self) -> Option<Frame> {
        loop {
            let rest = &self.buffer[self.read..];
            let scanned =
                if rest.is_empty() { Scan::Incomplete } else { scan(rest, self.begin(), &self.limits) };
            match scanned {
                // What is garbled is told at once: before a Logon it is the end.
                Scan::Incomplete if self.garbled > 0 => {
                    return Some(Frame::Garbled { bytes: std::mem::take(&mut self.garbled) });
                }
                Scan::Incomplete => return None,
                Scan::Message { .. } if self.garbled > 0 => {
                    return Some(Frame::Garbled { bytes: std::mem::take(&mut self.garbled) });
                }
                Scan::Message { bytes, checksum_ok } => {
                    let frame = if (checksum_ok || !self.check_sums)
                        && rest.get(head_separator(rest)) == Some(&SOH)
                    {
                        Frame::Message(rest[..bytes].to_vec())
                    } else {
                        Frame::Garbled { bytes }
                    };
                    self.read += bytes;
                    self.lost = false;
                    return Some(frame);
                }
                Scan::Garbled => {
                    let skip = next_begin(rest);
                    self.read += skip;
                    self.garbled += skip;
                    self.lost = true;
                }
            }
        }
    }
}

fn head_separator(bytes: &[u8]) -> usize {
    bytes.iter().position(|&b| b == SOH || b == b'|').unwrap_or(0)
}

/// How far to go until a begin string may stand, at least one byte; the last bytes are kept if one may be growing there.
fn next_begin(bytes: &[u8]) -> usize {
    (1..bytes.len())
        .find(|&at| {
            let known = (bytes.len() - at).min(BEGIN_FIX.len());
            bytes[at..at + known] == BEGIN_FIX[..known]
        })
        .unwrap_or(bytes.len())
}

/// Where the messages of a file stand. White space between them belongs to none; a garbled stretch is a span of its own.
pub fn spans(bytes: &[u8], limits: &Limits) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let rest = &bytes[at..];
        let length = match scan(rest, BEGIN_FIX, limits) {
            Scan::Message { bytes, .. } => bytes,
            // A wrong length: up to its own trailer, or up to the next begin string.
            Scan::Incomplete | Scan::Garbled => resync(rest),
        };
        spans.push(at..at + length);
        at += length;
    }
    spans
}

/// The end of a message whose length is wrong: after the first trailer, before the next begin string, at the end.
fn resync(bytes: &[u8]) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let new_field = matches!(bytes[at - 1], SOH | b'|' | b'\n');
        if new_field && rest.starts_with(BEGIN_FIX) {
            return without_white_space(&bytes[..at]);
        }
        if let (true, [b'1', b'0', b'=', a, b, c, SOH | b'|', ..]) = (new_field, rest)
            && [a, b, c].iter().all(|d| d.is_ascii_digit())
        {
            return at + TRAILER_BYTES;
        }
        at += 1;
    }
    without_white_space(bytes)
}

fn without_white_space(bytes: &[u8]) -> usize {
    bytes.trim_ascii_end().len().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(text: &str) -> Vec<u8> {
        let body = format!("35=0\x0149=A\x0156=B\x0158={text}\x01");
        let mut bytes = format!("8=FIX.4.4\x019={}\x01{body}", body.len()).into_bytes();
        let sum = checksum(&bytes, SOH);
        bytes.extend_from_slice(format!("10={sum:03}\x01").as_bytes());
        bytes
    }

    fn read(chunks: &[&[u8]]) -> Vec<Frame> {
        let mut deframer = Deframer::new(Limits::default());
        let mut frames = Vec::new();
        for chunk in chunks {
            deframer.push(chunk);
            while let Some(frame) = deframer.next_frame() {
                frames.push(frame);
            }
        }
        frames
    }

    #[test]
    fn garbled_bytes_are_passed_over() {
        let good = message("one");
        let mut wrong_sum = message("two");
        let at = wrong_sum.len() - 2;
        wrong_sum[at] = if wrong_sum[at] == b'0' { b'1' } else { b'0' };
        let stream = [b"noise ".as_slice(), &good, b"8=FIX.4.4\x019=5\x01cut", &wrong_sum, &good].concat();
        assert_eq!(
            read(&[&stream]),
            [
                Frame::Garbled { bytes: 6 },
                Frame::Message(good.clone()),
                Frame::Garbled { bytes: 17 },
                Frame::Garbled { bytes: wrong_sum.len() },
                Frame::Message(good),
            ]
        );
    }

    #[test]
    fn a_wrong_checksum_may_be_let_through_and_a_wrong_length_may_not() {
        let mut wrong_sum = message("two");
        let at = wrong_sum.len() - 2;
        wrong_sum[at] = if wrong_sum[at] == b'0' { b'1' } else { b'0' };
        let mut deframer = Deframer::new(Limits::default()).check_sums(false);
        deframer.push(&[&wrong_sum[..], b"8=FIX.4.4\x019=5\x0135=0\x0134=", &wrong_sum].concat());
        assert_eq!(deframer.next_frame(), Some(Frame::Message(wrong_sum.clone())));
        assert!(matches!(deframer.next_frame(), Some(Frame::Garbled { .. })));
        assert_eq!(deframer.next_frame(), Some(Frame::Message(wrong_sum)));
    }

    #[test]
    fn a_file_is_split_with_white_space_and_wrong_lengths() {
        let good = message("one");
        let wrong = String::from_utf8(message("two")).expect("text").replacen("9=2", "9=1", 1).into_bytes();
        let file = [b"\n".as_slice(), &good, b"\r\n", &wrong, b"\n", &good, b"\n"].concat();
        let found: Vec<&[u8]> = spans(&file, &Limits::default()).into_iter().map(|s| &file[s]).collect();
        assert_eq!(found, [good.as_slice(), &wrong, &good]);
    }

    #[test]
    fn bars_count_as_soh_in_the_checksum() {
        let soh = message("one");
        let bars: Vec<u8> = soh.iter().map(|b| if *b == SOH { b'|' } else { *b }).collect();
        let body = soh.len() - TRAILER_BYTES;
        assert_eq!(checksum(&soh[..body], SOH), checksum(&bars[..body], b'|'));
        let found: Vec<&[u8]> = spans(&bars, &Limits::default()).into_iter().map(|s| &bars[s]).collect();
        assert_eq!(found, [bars.as_slice()]);
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_messages(
            parts in prop::collection::vec(prop_oneof![
                "[a-z]{0,12}".prop_map(|t| message(&t)),
                "[a-z8=FIX\x01]{1,20}".prop_map(String::into_bytes),
            ], 0..8),
            cuts in prop::collection::vec(1usize..15, 1..200),
        ) {
            let stream = parts.concat();
            let mut chunks = Vec::new();
            let mut rest = stream.as_slice();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (chunk, after) = rest.split_at((*cut).min(rest.len()));
                chunks.push(chunk);
                rest = after;
            }
            let messages = |frames: Vec<Frame>| -> Vec<Frame> {
                frames.into_iter().filter(|f| matches!(f, Frame::Message(_))).collect()
            };
            prop_assert_eq!(messages(read(&[&stream])), messages(read(&chunks)));
        }
    }
}
