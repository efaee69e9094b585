//! Finds FIX messages in logs of any kind: whatever stands before a message on its line, SOH, bars or `^A` between fields, one
//! message on a line or many. It holds one message at a time.

use finality_parsers::fix::field::{SOH, whole};

const BEGIN: &[u8] = b"8=FIX";
/// More than this without an end is no message.
const MESSAGE_BYTES_MAX: usize = 16 << 20;
/// What is shown of a line that is no message.
const TEXT_BYTES_MAX: usize = 4 << 10;

/// What stands in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A message, with SOH between its fields.
    Message {
        /// What stood before it on its line: a time, a direction.
        prefix: String,
        /// The message.
        bytes: Vec<u8>,
    },
    /// A line without a message: what happened to the session, mostly.
    Text(String),
}

/// Cuts a stream into pieces, whatever its chunks are.
#[derive(Debug, Default)]
pub struct Scanner {
    buffer: Vec<u8>,
    at: usize,
}

impl Scanner {
    /// Takes bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next piece; `None` when more bytes are needed. With `end` there are none, and what is left is a piece.
    pub fn next(&mut self, end: bool) -> Option<Piece> {
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return None;
            }
            let begin = find(rest, BEGIN);
            let line = rest.iter().position(|b| *b == b'\n');
            let (taken, piece) = match (begin, line) {
                (Some(begin), line) if line.is_none_or(|line| begin < line) => {
                    match message(&rest[begin..], end) {
                        Found::Message { bytes, taken } => {
                            let prefix = shown(&rest[..begin]);
                            (begin + taken, Some(Piece::Message { prefix, bytes }))
                        }
                        Found::More => return None,
                        // Only the words, in a sentence.
                        Found::None => (begin + BEGIN.len(), None),
                    }
                }
                (_, Some(line)) => (line + 1, text(&rest[..line])),
                // A beginning may be cut in the middle.
                (_, None) if end || rest.len() > MESSAGE_BYTES_MAX => (rest.len(), text(rest)),
                (_, None) => return None,
            };
            self.at += taken;
            if piece.is_some() {
                return piece;
            }
        }
    }
}

enum Found {
    Message { bytes: Vec<u8>, taken: usize },
    More,
    None,
}

/// The message at the start of these bytes.
fn message(bytes: &[u8], end: bool) -> Found {
    let head = &bytes[..bytes.len().min(32)];
    let separator: &[u8] = match head.iter().position(|b| matches!(*b, SOH | b'|' | b'^' | b'\n' | b' ')) {
        Some(at) if head[at] == SOH => &[SOH],
        Some(at) if head[at] == b'|' => b"|",
        Some(at) if head[at..].starts_with(b"^A") => b"^A",
        Some(at) if head[at] == b'^' && head.len() == at + 1 && !end => return Found::More,
        None if head.len() < 32 && !end => return Found::More,
        _ => return Found::None,
    };
    let line = bytes.iter().position(|b| *b == b'\n');
    let by_length = stated_end(bytes, separator);
    let trailer = [separator, b"10="].concat();
    let is_end = |at: usize| bytes.get(at..).is_some_and(|b| b.starts_with(&trailer));
    let closed = line.is_some_and(|line| closes(&bytes[..line], separator, &trailer));
    let last = match by_length {
        Some(at) if is_end(at) => Some(at),
        // Its end has not come yet. A line that ends like a message is one, whatever its length says.
        Some(at) if at + trailer.len() > bytes.len() && !end && !closed => return Found::More,
        _ => find(bytes, &trailer).filter(|at| line.is_none_or(|line| *at < line)),
    };
    let taken = match last {
        Some(at) => {
            let digits = at + trailer.len();
            let stop = bytes.get(digits..).unwrap_or_default();
            let many = stop.iter().take_while(|b| b.is_ascii_digit()).count();
            let after = digits + many;
            if after + separator.len() > bytes.len() && !end {
                return Found::More;
            }
            after + if bytes[after..].starts_with(separator) { separator.len() } else { 0 }
        }
        None => match line {
            Some(line) => line,
            None if end || bytes.len() > MESSAGE_BYTES_MAX => bytes.len(),
            None => return Found::More,
        },
    };
    Found::Message { bytes: with_soh(bytes[..taken].trim_ascii_end(), separator), taken }
}

/// Whether a line ends in a trailer.
fn closes(line: &[u8], separator: &[u8], trailer: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let line = line.strip_suffix(separator).unwrap_or(line);
    let digits = line.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && line[..line.len() - digits].ends_with(trailer)
}

/// Where the separator before the trailer stands, if the length is right.
fn stated_end(bytes: &[u8], separator: &[u8]) -> Option<usize> {
    // In another notation of SOH the length counts other bytes.
    if separator.len() != 1 {
        return None;
    }
    let mut fields = bytes.split(|b| *b == separator[0]);
    let begin = fields.next()?.len();
    let length = fields.next()?;
    let body = begin + 1 + length.len() + 1;
    let stated = usize::try_from(whole(length.strip_prefix(b"9=")?)?).ok()?;
    (stated <= MESSAGE_BYTES_MAX).then(|| (body + stated).checked_sub(1))?
}

fn with_soh(bytes: &[u8], separator: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 1);
    let mut rest = bytes;
    while let Some(at) = find(rest, separator) {
        out.extend_from_slice(&rest[..at]);
        out.push(SOH);
        rest = &rest[at + separator.len()..];
    }
    out.extend_from_slice(rest);
    if out.last().is_some_and(|b| *b != SOH) {
        out.push(SOH);
    }
    out
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

/// Closing brackets and the like are no text.
fn text(bytes: &[u8]) -> Option<Piece> {
    let words = bytes.iter().any(u8::is_ascii_alphanumeric);
    words.then(|| Piece::Text(shown(&bytes[..bytes.len().min(TEXT_BYTES_MAX)])))
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// What stands before a message says when it was and which way it went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prefix {
    /// `YYYYMMDD-HH:MM:SS`, with what fraction there was.
    pub time: Option<String>,
    /// Towards us (`true`) or from us.
    pub incoming: Option<bool>,
}

impl Prefix {
    /// Reads it.
    pub fn read(text: &str) -> Self {
        const IN: [&str; 9] = ["incoming", "in", "received", "recv", "fromapp", "fromadmin", "<-", "<<", "i"];
        const OUT: [&str; 9] = ["outgoing", "out", "sent", "send", "toapp", "toadmin", "->", ">>", "o"];
        let word =
            |w: &str| w.trim_matches(|c: char| "<>()[]{},;:".contains(c) && w.len() > 2).to_ascii_lowercase();
        let mut incoming = None;
        for w in text.split_whitespace().map(word) {
            if IN.contains(&w.as_str()) {
                incoming = Some(true);
            } else if OUT.contains(&w.as_str()) {
                incoming = Some(false);
            }
        }
        Self { time: time(text), incoming }
    }
}

/// The first thing that looks like a date and a time, as FIX writes it.
fn time(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    for start in 0..bytes.len() {
        for shape in
            ["dddddddd-dd:dd:dd", "dddd-dd-dd dd:dd:dd", "dddd-dd-ddTdd:dd:dd", "dddd/dd/dd dd:dd:dd"]
        {
            let Some(found) = bytes.get(start..start + shape.len()) else { continue };
            let fits = found
                .iter()
                .zip(shape.bytes())
                .all(|(b, s)| if s == b'd' { b.is_ascii_digit() } else { *b == s });
            if !fits {
                continue;
            }
            let digits: String =
                found.iter().filter(|b| b.is_ascii_digit()).map(|b| char::from(*b)).collect();
            let fraction: String = text[start + shape.len()..]
                .chars()
                .enumerate()
                .take_while(|(n, c)| if *n == 0 { matches!(c, '.' | ',') } else { c.is_ascii_digit() })
                .map(|(n, c)| if n == 0 { '.' } else { c })
                .collect();
            let [date, h, m, s] = [0..8, 8..10, 10..12, 12..14].map(|r| &digits[r]);
            return Some(format!("{date}-{h}:{m}:{s}{}", fraction.trim_end_matches('.')));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(log: &[u8], chunk: usize) -> Vec<Piece> {
        let mut scanner = Scanner::default();
        let mut found = Vec::new();
        for chunk in log.chunks(chunk) {
            scanner.push(chunk);
            found.extend(std::iter::from_fn(|| scanner.next(false)));
        }
        found.extend(std::iter::from_fn(|| scanner.next(true)));
        found
    }

    const LOG: &str = "20260101-10:00:00.123 : 8=FIX.4.4|9=5|35=0|10=163|\n20260101-10:00:01 : Logon was sent\n\
        <20260101-10:00:02, FIX.4.4:A->B, incoming> (8=FIX.4.4^A9=5^A35=0^A10=163^A)\n\n\
        8=FIX.4.4\u{1}9=5\u{1}35=0\u{1}10=163\u{1}8=FIX.4.2\u{1}9=5\u{1}35=1\u{1}10=163\u{1}\n\
        8=FIX.4.4|9=26|35=B|95=11|96=a\u{a}|10=999|b|10=001|\nit says 8=FIX there\n8=FIX.4.4|9=99|35=5|58=no end\n";

    #[test]
    fn messages_are_found_in_any_notation() {
        let found = pieces(LOG.as_bytes(), LOG.len());
        let shown: Vec<String> = found
            .iter()
            .map(|p| match p {
                Piece::Message { prefix, bytes } => {
                    format!("{prefix}>{}", String::from_utf8_lossy(bytes).replace('\u{1}', "|"))
                }
                Piece::Text(text) => text.clone(),
            })
            .collect();
        assert_eq!(
            shown,
            [
                "20260101-10:00:00.123 :>8=FIX.4.4|9=5|35=0|10=163|",
                "20260101-10:00:01 : Logon was sent",
                "<20260101-10:00:02, FIX.4.4:A->B, incoming> (>8=FIX.4.4|9=5|35=0|10=163|",
                ">8=FIX.4.4|9=5|35=0|10=163|",
                ">8=FIX.4.2|9=5|35=1|10=163|",
                ">8=FIX.4.4|9=26|35=B|95=11|96=a\n|10=999|b|10=001|",
                "there",
                ">8=FIX.4.4|9=99|35=5|58=no end|",
            ]
        );
    }

    #[test]
    fn a_prefix_says_when_and_which_way() {
        for (text, time, incoming) in [
            ("20260101-10:00:00.123 :", Some("20260101-10:00:00.123"), None),
            ("<20260101-10:00:02, FIX.4.4:A->B, incoming> (", Some("20260101-10:00:02"), Some(true)),
            ("2026-01-01 10:00:02,5 INFO outgoing", Some("20260101-10:00:02.5"), Some(false)),
            ("2026/01/01 10:00:02 <-", Some("20260101-10:00:02"), Some(true)),
            ("", None, None),
        ] {
            let found = Prefix::read(text);
            assert_eq!((found.time.as_deref(), found.incoming), (time, incoming), "{text}");
        }
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(chunk in 1usize..80) {
            prop_assert_eq!(pieces(LOG.as_bytes(), chunk), pieces(LOG.as_bytes(), LOG.len()));
        }

        #[test]
        fn anything_can_be_scanned(bytes in proptest::collection::vec(
            prop_oneof![Just(b'8'), Just(b'='), Just(b'|'), Just(1u8), Just(b'\n'), Just(b'^'), Just(b'A'), any::<u8>()], 0..200),
            chunk in 1usize..20,
        ) {
            let log = [b"8=FIX.4.4|9=".as_slice(), &bytes].concat();
            pieces(&log, chunk);
        }
    }
}
