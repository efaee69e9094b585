//! Where the messages of a file stand: one FIN message behind the other, RJE (`$` between them), DOS-PCC (0x01 before,
//! 0x03 and padding behind), or bare text blocks with `$` between them. A slice or a stream: the rules are the same.
//!
//! ```
//! use finality_parsers::limits::Limits;
//! use finality_parsers::mt::batch::Batch;
//!
//! let file = include_bytes!("../../../samples/mt/instructions.rje");
//! let mut batch = Batch::new(&file[..], Limits::default());
//! let mut count = 0;
//! while let Some(piece) = batch.next().unwrap() {
//!     assert_eq!(piece.bytes, &file[piece.offset as usize..][..piece.bytes.len()]);
//!     count += 1;
//! }
//! assert!(count > 1);
//! ```

use std::io::{self, Read};
use std::ops::Range;

use crate::limits::Limits;
use crate::refill::refill;

/// The places of the messages; white space and separators belong to none. One pass over the bytes.
///
/// An acknowledgement (`{1:F21...`) directly followed by an input message keeps it: interfaces deliver the copy of the
/// original that way.
pub(super) fn split(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut cut = Cut::default();
    while let Step::Piece(piece) = cut.next(bytes, true) {
        ranges.extend(trimmed(bytes, piece));
    }
    ranges
}

/// One message of a stream.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Where it begins, in bytes from the start of the stream.
    pub offset: u64,
    /// The message.
    pub bytes: &'a [u8],
}

/// `541`, or `F21` for an acknowledgement, by the headers alone; `text` where they do not tell.
pub fn kind(message: &[u8]) -> &str {
    if message.starts_with(b"{1:") && message.get(4..6) == Some(b"21") {
        return "F21";
    }
    let head = message.get(..message.len().min(64)).unwrap_or_default();
    let block = head.windows(3).position(|w| w == b"{2:");
    let digits = block.and_then(|at| head.get(at + 4..at + 7)).filter(|d| d.iter().all(u8::is_ascii_digit));
    digits.and_then(|d| std::str::from_utf8(d).ok()).unwrap_or("text")
}

/// Why a stream yields no further message, or not this one.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The stream cannot be read.
    #[error("the stream cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A message is longer than the limit. It is passed over; those behind it can be read.
    #[error(
        "the message at byte {offset} has {bytes} bytes, more than the {limit} that one may have: it is passed over"
    )]
    TooLong {
        /// Where it begins.
        offset: u64,
        /// How long it is.
        bytes: u64,
        /// The limit.
        limit: usize,
    },
}

/// The messages of a stream, one by one, in memory for the longest one.
#[derive(Debug)]
pub struct Batch<R> {
    source: R,
    limit: usize,
    buffer: Vec<u8>,
    /// Where the buffer begins in the stream.
    offset: u64,
    cut: Cut,
    ended: bool,
    /// A message that is too long: where it begins and how much of it was let go.
    dropped: Option<(u64, u64)>,
}

/// How much is read at a time.
const CHUNK: usize = 256 << 10;

impl<R: Read> Batch<R> {
    /// Reads messages of at most `limits.message_bytes_max` bytes.
    pub fn new(source: R, limits: Limits) -> Self {
        Self {
            source,
            limit: limits.message_bytes_max,
            buffer: Vec::new(),
            offset: 0,
            cut: Cut::default(),
            ended: false,
            dropped: None,
        }
    }

    /// The next message; `None` at the end. An error about one message does not end the stream.
    #[allow(clippy::should_implement_trait, reason = "a message is lent until the next one is asked for")]
    pub fn next(&mut self) -> Result<Option<Piece<'_>>, BatchError> {
        loop {
            match self.cut.next(&self.buffer, self.ended) {
                Step::End => return Ok(None),
                Step::Piece(range) => {
                    if let Some((offset, before)) = self.dropped.take() {
                        let bytes = before + range.len() as u64;
                        return Err(BatchError::TooLong { offset, bytes, limit: self.limit });
                    }
                    let Some(range) = trimmed(&self.buffer, range) else { continue };
                    let offset = self.offset + range.start as u64;
                    if range.len() > self.limit {
                        let bytes = range.len() as u64;
                        return Err(BatchError::TooLong { offset, bytes, limit: self.limit });
                    }
                    return Ok(Some(Piece { offset, bytes: self.buffer.get(range).unwrap_or_default() }));
                }
                Step::More => self.fill()?,
            }
        }
    }

    /// Lets go of what was handed out and reads on.
    fn fill(&mut self) -> io::Result<()> {
        self.let_go(self.cut.start);
        // A message beyond the limit is not kept; only its end is looked for.
        if self.buffer.len() > self.limit.saturating_add(CHUNK) {
            let keep = self.buffer.len().saturating_sub(CHUNK).min(self.cut.looked);
            let from = self.dropped.map_or(self.offset, |(from, _)| from);
            let before = self.dropped.map_or(0, |(_, bytes)| bytes);
            self.dropped = Some((from, before + keep as u64));
            self.let_go(keep);
        }
        self.ended = refill(&mut self.source, &mut self.buffer, CHUNK)?;
        Ok(())
    }

    fn let_go(&mut self, count: usize) {
        if let Some(last) = count.checked_sub(1) {
            self.cut.before = self.buffer.get(last).copied();
        }
        self.buffer.drain(..count);
        self.offset += count as u64;
        self.cut.shift(count);
    }
}

/// Where one message ends and the next begins, found as far as bytes are there.
#[derive(Debug, Default)]
struct Cut {
    /// Where the message at hand begins.
    start: usize,
    /// How far its end was looked for.
    looked: usize,
    /// Whether it begins with block 1. Without it, only a separator ends it.
    framed: bool,
    /// Whether it is an acknowledgement that has its copy of the original already.
    has_copy: bool,
    /// The byte before the first of the buffer.
    before: Option<u8>,
    done: bool,
}

enum Step {
    Piece(Range<usize>),
    More,
    End,
}

/// How much behind the start of a message tells whether it is the copy of an original.
const HEAD: usize = 40;

impl Cut {
    fn next(&mut self, bytes: &[u8], ended: bool) -> Step {
        if self.done {
            return Step::End;
        }
        loop {
            let Some(at) = self.find(bytes) else {
                // What could still become a start is looked at again.
                self.looked = bytes.len().saturating_sub(2).max(self.looked.min(bytes.len()));
                if !ended {
                    return Step::More;
                }
                self.done = true;
                return Step::Piece(self.start..bytes.len());
            };
            if bytes.len() < at + HEAD && !ended {
                self.looked = at;
                return Step::More;
            }
            self.looked = at + 1;
            let separator = bytes.get(at) == Some(&b'$');
            if self.framed && !self.has_copy && is_copy(bytes, self.start, at) {
                self.has_copy = true;
                continue;
            }
            let piece = self.start..at;
            (self.start, self.has_copy, self.framed) = (at, false, !separator);
            return Step::Piece(piece);
        }
    }

    /// The next place where a message begins, or ends that has no block 1.
    fn find(&self, bytes: &[u8]) -> Option<usize> {
        let mut from = self.looked;
        loop {
            let rest = bytes.get(from..)?;
            let found =
                if self.framed { memchr::memchr(b'{', rest) } else { memchr::memchr2(b'{', b'$', rest) };
            let at = from + found?;
            let before = at.checked_sub(1).and_then(|b| bytes.get(b).copied()).or(self.before);
            let start = bytes.get(at..).is_some_and(|rest| rest.starts_with(b"{1:")) && starts_behind(before);
            if start || bytes.get(at) == Some(&b'$') {
                return Some(at);
            }
            from = at + 1;
        }
    }

    fn shift(&mut self, count: usize) {
        self.start = self.start.saturating_sub(count);
        self.looked = self.looked.saturating_sub(count);
    }
}

/// A message starts at a line start, behind a separator, or behind the end of another one; `{1:` inside a narrative
/// line is none of these.
fn starts_behind(before: Option<u8>) -> bool {
    before.is_none_or(|b| matches!(b, b'\n' | 0x01 | b'$' | b'}' | b' ' | 0x00 | 0x03 | 0xBF))
}

fn is_copy(bytes: &[u8], start: usize, next: usize) -> bool {
    let acknowledgement = bytes.get(start + 4..start + 6) == Some(b"21");
    let input =
        bytes.get(next..bytes.len().min(next + 36)).is_some_and(|head| head.windows(4).any(|w| w == b"{2:I"));
    acknowledgement && input && next.checked_sub(1).and_then(|p| bytes.get(p)) == Some(&b'}')
}

fn trimmed(bytes: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let part = bytes.get(range.clone())?;
    let padding = |b: &u8| b.is_ascii_whitespace() || [0x00, 0x01, 0x03, b'$', 0x1A].contains(b);
    let first = part.iter().position(|b| !padding(b))?;
    let last = part.iter().rposition(|b| !padding(b))?;
    // The byte order mark of a file belongs to no message.
    if part.get(first..=last) == Some(b"\xEF\xBB\xBF") {
        return None;
    }
    Some(range.start + first..range.start + last + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(bytes: &[u8]) -> Vec<String> {
        split(bytes).into_iter().map(|r| String::from_utf8_lossy(&bytes[r]).into_owned()).collect()
    }

    /// Hands out a few bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn streamed(bytes: &[u8], drop: usize, limit: usize) -> (Vec<Range<usize>>, Vec<(u64, u64)>) {
        let limits = Limits { message_bytes_max: limit, ..Limits::default() };
        let mut batch = Batch::new(Drops(bytes, drop), limits);
        let (mut ranges, mut long) = (Vec::new(), Vec::new());
        loop {
            match batch.next() {
                Ok(None) => return (ranges, long),
                Ok(Some(piece)) => {
                    let start = usize::try_from(piece.offset).expect("short");
                    assert_eq!(piece.bytes, &bytes[start..start + piece.bytes.len()]);
                    ranges.push(start..start + piece.bytes.len());
                }
                Err(BatchError::TooLong { offset, bytes, .. }) => long.push((offset, bytes)),
                Err(e) => panic!("{e}"),
            }
        }
    }

    #[test]
    fn every_way_of_putting_messages_into_a_file() {
        let one = "{1:F01A}{4:\r\n:20C::SEME//1\r\n-}";
        let two = "{1:F01B}{4:\r\n:20C::SEME//2\r\n-}";
        for file in [
            format!("{one}{two}"),
            format!("{one}\r\n{two}\r\n"),
            format!("{one}${two}"),
            format!("{one}\r\n$\r\n{two}\r\n$\r\n"),
            format!("\u{1}{one}\u{3}      \u{1}{two}\u{3}"),
            format!("\u{1}{one}\u{3}\0\0\0\0\u{1}{two}\u{3}\0\0\0\0"),
            format!("\u{feff}{one}{two}"),
        ] {
            assert_eq!(parts(file.as_bytes()), [one, two], "{file:?}");
        }
        assert_eq!(parts(b":16R:GENL\r\n:16S:GENL\r\n").len(), 1);
        assert_eq!(parts(b":20:A\r\n-\r\n$\r\n:20:B\r\n-$"), [":20:A\r\n-", ":20:B\r\n-"]);
        assert_eq!(parts(b"{4:\r\n:20:A\r\n-}\r\n$\r\n{4:\r\n:20:B\r\n-}").len(), 2);
        assert!(parts(b" \r\n$").is_empty());
        // In a narrative neither is a boundary.
        assert_eq!(parts(b"{1:F01A}{4:\r\n:70E::SPRO//x{1:F01 $\r\n-}").len(), 1);
    }

    #[test]
    fn an_acknowledgement_keeps_the_copy_behind_it() {
        let ack = "{1:F21BANKDEFFAXXX0000000000}{4:{177:2605191200}{451:0}}";
        let copy = "{1:F01BANKDEFFAXXX0000000000}{2:I541CUSTDEFFXXXXN}{4:\r\n-}";
        let other =
            "{1:F01BANKDEFFAXXX0000000000}{2:O5411200260519CUSTDEFFAXXX00000000002605191200N}{4:\r\n-}";
        assert_eq!(parts(format!("{ack}{copy}").as_bytes()), [format!("{ack}{copy}")]);
        assert_eq!(parts(format!("{ack}{other}").as_bytes()), [ack, other]);
        assert_eq!(parts(format!("{ack}\r\n{copy}").as_bytes()), [ack, copy]);
        assert_eq!(parts(format!("{ack}{copy}{copy}").as_bytes()), [format!("{ack}{copy}"), copy.into()]);
    }

    #[test]
    fn a_message_beyond_the_limit_is_passed_over_and_said() {
        let short = "{1:F01A}{4:\r\n:20C::SEME//1\r\n-}";
        let long = format!("{{1:F01B}}{{4:\r\n{}-}}", ":70E::SPRO//X\r\n".repeat(60_000));
        let file = format!("{short}${long}${short}");
        for drop in [1 << 20, 1000] {
            let (ranges, told) = streamed(file.as_bytes(), drop, 100);
            assert_eq!(ranges.len(), 2, "the others are read");
            let [(offset, bytes)] = told[..] else { panic!("one is too long: {told:?}") };
            assert_eq!(offset, short.len() as u64 + 1);
            assert!(bytes.abs_diff(long.len() as u64) <= 1, "{bytes} of {}", long.len());
        }
    }

    proptest! {
        #[test]
        fn a_stream_yields_what_a_slice_does(
            file in proptest::collection::vec(prop_oneof![
                Just("{1:F01A}{4:\r\n:20:1\r\n-}"), Just("{1:F21A}{4:{451:0}}"), Just("{1:F01A}{2:I541X}{4:\r\n-}"),
                Just("$"), Just("\r\n"), Just("\u{1}"), Just("\u{3}  "), Just(":20:X\r\n"), Just("{1"), Just(":"), Just("x"),
            ], 0..12),
            drop in 1usize..60,
        ) {
            let file = file.concat();
            let (ranges, long) = streamed(file.as_bytes(), drop, 1 << 20);
            prop_assert_eq!(ranges, split(file.as_bytes()));
            prop_assert!(long.is_empty());
        }
    }
}
