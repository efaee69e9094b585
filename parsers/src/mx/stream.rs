//! Long statements and files of many messages, read piece by piece: memory for one piece, whatever the length.
//!
//! [`Messages`] hands out the messages of a stream. [`Records`] hands out what repeats in one long message (each `Txs` of a
//! semt.018, each `BalForAcct` of a semt.002), checked against the table, and keeps the rest of the document: at the end that
//! is checked too, with one record in the place of many.
//!
//! ```
//! use finality_parsers::{limits::Limits, mx};
//!
//! let raw = mx::sample::sample("semt.018.001.13", mx::sample::Kind::Full, 1).unwrap();
//! let mut records = mx::stream::Records::new(raw.as_bytes(), Limits::default());
//! let mut count = 0;
//! while let Some(record) = records.next().unwrap() {
//!     assert_eq!(record.diagnostics, []);
//!     count += 1;
//! }
//! assert!(count > 0);
//! assert_eq!(records.rest(), []);
//! ```

use std::io::{self, Read};
use std::ops::Range;

use super::frame::NAME_SPACE;
use super::{check, tables};
use crate::diagnostic::{Diagnostic, Layer};
use crate::limits::Limits;
use crate::refill::refill;

/// Why a stream yields no further piece.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The stream cannot be read.
    #[error("the stream cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A piece is longer than the limit.
    #[error("the piece at byte {offset} is longer than the {limit} bytes that one may have")]
    TooLong {
        /// Where it begins.
        offset: u64,
        /// The limit.
        limit: usize,
    },
    /// An end tag without a start tag: nothing behind it can be told apart.
    #[error("the end tag at byte {offset} closes nothing")]
    Stray {
        /// Where it stands.
        offset: u64,
    },
}

/// How much is read at a time: little at first, then twice as much each time, up to this.
const CHUNK: usize = 256 << 10;
const FIRST: usize = 8 << 10;

/// So many bytes tell what kind of markup it is: `<![CDATA[` is the longest beginning.
const KIND: usize = 9;

/// What comes next in the bytes, as far as its end is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Markup {
    Open,
    Empty,
    Close,
    /// Text, comments, sections, instructions.
    Other,
}

/// Bytes of a stream that are still needed.
#[derive(Debug)]
struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    /// Where the buffer begins in the stream.
    offset: u64,
    /// How far it was taken apart.
    at: usize,
    ended: bool,
    limit: usize,
    /// How much is asked for next.
    chunk: usize,
}

impl<R: Read> Window<R> {
    fn new(source: R, limits: &Limits) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            offset: 0,
            at: 0,
            ended: false,
            limit: limits.message_bytes_max,
            chunk: FIRST,
        }
    }

    /// The next markup or text: what it is, and where in the buffer. `None` at the end.
    fn next(&mut self) -> Result<Option<(Markup, Range<usize>)>, StreamError> {
        let mut seen = 0;
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            if let Some((markup, length)) = first(rest, seen, self.ended) {
                let start = self.at;
                self.at += length;
                return Ok(Some((markup, start..self.at)));
            }
            if self.ended {
                return Ok(None);
            }
            // Markup of which there was too little to tell its kind was not looked through.
            seen = if rest.len() < KIND { 0 } else { rest.len() };
            self.fill()?;
        }
    }

    /// Forgets all that was taken apart.
    fn let_go(&mut self) {
        self.buffer.drain(..self.at);
        self.offset += self.at as u64;
        self.at = 0;
    }

    fn fill(&mut self) -> Result<(), StreamError> {
        if self.buffer.len() > self.limit {
            return Err(StreamError::TooLong { offset: self.offset, limit: self.limit });
        }
        let most = self.chunk;
        self.chunk = (most * 2).min(CHUNK);
        self.ended = refill(&mut self.source, &mut self.buffer, most)?;
        Ok(())
    }
}

/// The first piece of the bytes and its length; `None` when its end is not there yet. `seen` bytes were looked at before.
fn first(bytes: &[u8], seen: usize, ended: bool) -> Option<(Markup, usize)> {
    let whole = |found: Option<usize>| match found {
        Some(length) => Some((Markup::Other, length)),
        None => (ended && !bytes.is_empty()).then_some((Markup::Other, bytes.len())),
    };
    let until = |end: &[u8], skip: usize| {
        let from = seen.saturating_sub(end.len()).max(skip);
        let found = memchr::memmem::find(bytes.get(from..).unwrap_or_default(), end);
        whole(found.map(|at| from + at + end.len()))
    };
    if bytes.first() != Some(&b'<') {
        let next = memchr::memchr(b'<', bytes.get(seen..).unwrap_or_default());
        return whole(next.map(|at| seen + at));
    }
    if bytes.len() < KIND && !ended {
        return None;
    }
    if bytes.starts_with(b"<!--") {
        return until(b"-->", 4);
    }
    if bytes.starts_with(b"<![CDATA[") {
        return until(b"]]>", 9);
    }
    if bytes.starts_with(b"<?") {
        return until(b"?>", 2);
    }
    let mut quote = None;
    let end = bytes.iter().position(|&b| match quote {
        Some(open) => {
            quote = (b != open).then_some(open);
            false
        }
        None => {
            quote = matches!(b, b'"' | b'\'').then_some(b);
            b == b'>'
        }
    });
    let Some(end) = end else { return whole(None) };
    let markup = match bytes.get(1) {
        Some(b'/') => Markup::Close,
        Some(b'!') => Markup::Other,
        _ if bytes.get(end - 1) == Some(&b'/') => Markup::Empty,
        _ => Markup::Open,
    };
    Some((markup, end + 1))
}

/// The name in a start tag without its prefix.
fn local(tag: &[u8]) -> &str {
    let inside = tag.get(1..).unwrap_or_default();
    let end = inside.iter().position(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>'));
    let name = inside.get(..end.unwrap_or(inside.len())).and_then(|name| std::str::from_utf8(name).ok());
    let name = name.unwrap_or_default();
    name.rsplit(':').next().unwrap_or(name)
}

/// One message or record of a stream.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Where it begins, in bytes from the start of the stream.
    pub offset: u64,
    /// The piece.
    pub bytes: &'a [u8],
    /// Of a record: what is wrong with it; places count from its start.
    pub diagnostics: Vec<Diagnostic>,
}

/// The messages of a stream, one by one; a business header goes with the document behind it.
#[derive(Debug)]
pub struct Messages<R> {
    window: Window<R>,
}

impl<R: Read> Messages<R> {
    /// Reads messages of at most `limits.message_bytes_max` bytes.
    pub fn new(source: R, limits: Limits) -> Self {
        Self { window: Window::new(source, &limits) }
    }

    /// The next message; `None` at the end. What is cut or crossed is handed out as it stands: reading it says why.
    #[allow(clippy::should_implement_trait, reason = "a message is lent until the next one is asked for")]
    pub fn next(&mut self) -> Result<Option<Piece<'_>>, StreamError> {
        self.window.let_go();
        let (mut depth, mut start, mut header) = (0usize, None, false);
        while let Some((markup, range)) = self.window.next()? {
            let piece = self.window.buffer.get(range.clone()).unwrap_or_default();
            if start.is_none() {
                let blank = piece.iter().take_while(|b| b.is_ascii_whitespace()).count();
                if blank == piece.len() {
                    self.window.let_go();
                    continue;
                }
                start = Some(range.start + blank);
            }
            let top = depth == 0;
            if top && matches!(markup, Markup::Open | Markup::Empty) {
                header = !header && local(piece) == "AppHdr";
            }
            match markup {
                Markup::Open => depth += 1,
                Markup::Close if top => return Err(StreamError::Stray { offset: self.window.offset }),
                Markup::Close => depth -= 1,
                Markup::Empty | Markup::Other => {}
            }
            if depth == 0 && matches!(markup, Markup::Empty | Markup::Close) && !header {
                break;
            }
        }
        let Some(start) = start else { return Ok(None) };
        let bytes = self.window.buffer.get(start..self.window.at).unwrap_or_default().trim_ascii_end();
        let offset = self.window.offset + start as u64;
        Ok((!bytes.is_empty()).then_some(Piece { offset, bytes, diagnostics: Vec::new() }))
    }
}

/// What repeats in one long message.
#[derive(Debug)]
pub struct Records<R> {
    window: Window<R>,
    limits: Limits,
    /// The start tags of the elements that are open around records, and the names for their ends.
    around: Vec<(Vec<u8>, String)>,
    /// The depth of records, once the document has begun.
    level: Option<usize>,
    /// Names that may repeat; none when there is no table.
    repeating: Option<Vec<String>>,
    /// The document with one record of each run.
    frame: Vec<u8>,
    last: String,
    /// A record and the tags around it, to be checked.
    alone: Vec<u8>,
    count: u64,
}

impl<R: Read> Records<R> {
    /// Reads records of at most `limits.message_bytes_max` bytes.
    pub fn new(source: R, limits: Limits) -> Self {
        Self {
            window: Window::new(source, &limits),
            limits,
            around: Vec::new(),
            level: None,
            repeating: None,
            frame: Vec::new(),
            last: String::new(),
            alone: Vec::new(),
            count: 0,
        }
    }

    /// How many records were handed out.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The next record; `None` at the end.
    #[allow(clippy::should_implement_trait, reason = "a record is lent until the next one is asked for")]
    pub fn next(&mut self) -> Result<Option<Piece<'_>>, StreamError> {
        loop {
            self.window.let_go();
            let Some((markup, range)) = self.window.next()? else { return Ok(None) };
            let piece = self.window.buffer.get(range.clone()).unwrap_or_default();
            let begins = matches!(markup, Markup::Open | Markup::Empty);
            if begins && self.level == Some(self.around.len()) {
                let name = local(piece).to_owned();
                self.element(markup)?;
                let record = self.window.buffer.get(..self.window.at).unwrap_or_default();
                let repeats = self.repeating.as_ref().is_none_or(|names| names.contains(&name));
                if !repeats || self.last != name {
                    keep(&mut self.frame, record, &self.limits, self.window.offset)?;
                }
                self.last.clone_from(&name);
                if repeats {
                    self.count += 1;
                    let diagnostics = self.check();
                    let bytes = self.window.buffer.get(..self.window.at).unwrap_or_default();
                    return Ok(Some(Piece { offset: self.window.offset, bytes, diagnostics }));
                }
                continue;
            }
            keep(&mut self.frame, piece, &self.limits, self.window.offset)?;
            match markup {
                Markup::Open => {
                    let name = piece.get(1..).unwrap_or_default();
                    let end = name.iter().position(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'>'));
                    let name = String::from_utf8_lossy(name.get(..end.unwrap_or(0)).unwrap_or_default());
                    let is_document = self.level.is_none() && local(piece) == "Document";
                    self.around.push((piece.to_vec(), name.into_owned()));
                    if self.around.len() > self.limits.depth_max {
                        return Err(StreamError::TooLong {
                            offset: self.window.offset,
                            limit: self.limits.depth_max,
                        });
                    }
                    if is_document {
                        self.level = Some(self.around.len() + 1);
                        self.repeating = self.names();
                    }
                }
                Markup::Close if self.around.pop().is_none() => {
                    return Err(StreamError::Stray { offset: self.window.offset });
                }
                _ => {}
            }
        }
    }

    /// What is wrong with the document around the records; to be asked at the end. Places count in the document with one
    /// record for each run of them.
    pub fn rest(&self) -> Vec<Diagnostic> {
        check(&self.frame, &self.limits)
    }

    /// Reads to the end of the element that has just begun.
    fn element(&mut self, markup: Markup) -> Result<(), StreamError> {
        let mut depth = usize::from(markup == Markup::Open);
        while depth > 0 {
            match self.window.next()? {
                Some((Markup::Open, _)) => depth += 1,
                Some((Markup::Close, _)) => depth -= 1,
                Some(_) => {}
                None => break,
            }
        }
        Ok(())
    }

    /// The children of the message that may stand more than once.
    fn names(&self) -> Option<Vec<String>> {
        let tag = |(tag, _): &(Vec<u8>, String)| String::from_utf8_lossy(tag).into_owned();
        let spaces = self.around.iter().rev().map(tag).find(|tag| tag.contains(NAME_SPACE))?;
        let (_, message) = spaces.split_once(NAME_SPACE)?;
        let schema = tables::find(message.get(..15)?)?.schema;
        let root = schema.slots(schema.root().type_id).next()?.0.first()?.type_id;
        let particles = schema.slots(root).flat_map(|(particles, _, _)| particles);
        Some(particles.filter(|p| p.occurs.1 > 1).map(|p| p.name.clone()).collect())
    }

    /// Checks the record in the window as if it stood alone in its document: what is missing around it is not its fault.
    fn check(&mut self) -> Vec<Diagnostic> {
        self.alone.clear();
        for (tag, _) in &self.around {
            self.alone.extend_from_slice(tag);
        }
        let start = self.alone.len();
        self.alone.extend_from_slice(self.window.buffer.get(..self.window.at).unwrap_or_default());
        let end = self.alone.len();
        for (_, name) in self.around.iter().rev() {
            self.alone.extend_from_slice(format!("</{name}>").as_bytes());
        }
        let mut found = check(&self.alone, &self.limits);
        found.retain(|d| {
            let own = d.span.start >= start && d.span.start < end;
            let order = d.span.start == start && matches!(d.code, "missing-element" | "misplaced-element");
            (own || d.layer == Layer::Syntax) && !order
        });
        for diagnostic in &mut found {
            let span = &diagnostic.span;
            diagnostic.span = span.start.saturating_sub(start)..span.end.saturating_sub(start);
        }
        found
    }
}

fn keep(frame: &mut Vec<u8>, bytes: &[u8], limits: &Limits, offset: u64) -> Result<(), StreamError> {
    // Between records white space alone would grow without end.
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    if frame.len() + bytes.len() > limits.message_bytes_max {
        return Err(StreamError::TooLong { offset, limit: limits.message_bytes_max });
    }
    frame.extend_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATEMENT: &str = "<?xml version=\"1.0\"?><E><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:semt.018.001.13\"><SctiesTxPdgRpt>\
<Pgntn><PgNb>1</PgNb><LastPgInd>true</LastPgInd></Pgntn><StmtGnlDtls><StmtDtTm><Dt>2026-03-02</Dt></StmtDtTm>\
<StmtStr>TRAN</StmtStr><ActvtyInd>true</ActvtyInd></StmtGnlDtls>";
    const GOOD: &str = "<Txs><AcctOwnrTxId>A<!-- > --></AcctOwnrTxId></Txs>";
    const END: &str = "</SctiesTxPdgRpt></Document></E>";

    /// Hands out a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn codes(text: &str, chunk: usize) -> (Vec<Vec<&'static str>>, Vec<&'static str>) {
        let mut records = Records::new(Slow(text.as_bytes(), chunk), Limits::default());
        let mut found = Vec::new();
        while let Some(piece) = records.next().expect("it reads") {
            let start = usize::try_from(piece.offset).expect("short");
            assert_eq!(&text.as_bytes()[start..start + piece.bytes.len()], piece.bytes);
            found.push(piece.diagnostics.iter().map(|d| d.code).collect());
        }
        (found, records.rest().iter().map(|d| d.code).collect())
    }

    #[test]
    fn short_markup_ends_where_it_ends_however_little_is_read_at_a_time() {
        let text = "<?x?>\n<a/><!----><b/>";
        let pieces = |chunk: usize| {
            let mut messages = Messages::new(Slow(text.as_bytes(), chunk), Limits::default());
            let mut found = Vec::new();
            while let Some(piece) = messages.next().expect("it reads") {
                found.push(String::from_utf8_lossy(piece.bytes).into_owned());
            }
            found
        };
        for chunk in 1..text.len() {
            assert_eq!(pieces(chunk), ["<?x?>\n<a/>", "<!----><b/>"], "{chunk}");
        }
    }

    #[test]
    fn records_are_checked_one_by_one_and_the_rest_at_the_end() {
        let bad = "<Txs><AcctOwnrTxId></AcctOwnrTxId><X/></Txs>\n";
        let text = format!("{STATEMENT}{GOOD}\n{bad}{GOOD}{END}");
        for chunk in [1, 7, 100_000] {
            let (records, rest) = codes(&text, chunk);
            assert_eq!(records, [vec![], vec!["value-length", "unknown-element"], vec![]], "{chunk}");
            assert_eq!(rest, [""; 0], "{chunk}");
        }
        let text = format!("{STATEMENT}{GOOD}{END}").replace("<StmtStr>TRAN</StmtStr>", "");
        assert_eq!(codes(&text, 50), (vec![vec![]], vec!["missing-element"]));
        let (records, rest) = codes(&format!("{STATEMENT}{GOOD}<Txs><AcctOwnrTxId>"), 50);
        assert_eq!((records.len(), rest), (2, vec!["truncated"]));
    }

    #[test]
    fn a_record_beyond_the_limit_is_refused() {
        let limits = Limits { message_bytes_max: 2_000, ..Limits::default() };
        let text = format!("{STATEMENT}<Txs>{}", " ".repeat(2 * CHUNK));
        let mut records = Records::new(text.as_bytes(), limits);
        assert!(matches!(records.next(), Err(StreamError::TooLong { limit: 2_000, .. })));
    }

    #[test]
    fn messages_of_a_stream_in_any_chunking() {
        let stream = "\n<?xml version='1.0'?>\n<a b='>'><!-- </a> --><c/></a>\n<AppHdr>x</AppHdr><Document/>  <e><![CDATA[</e>]]></e>\n<f>";
        for chunk in [1, 3, 1_000] {
            let mut messages = Messages::new(Slow(stream.as_bytes(), chunk), Limits::default());
            let mut found = Vec::new();
            while let Some(piece) = messages.next().expect("it reads") {
                let start = usize::try_from(piece.offset).expect("short");
                assert_eq!(&stream.as_bytes()[start..start + piece.bytes.len()], piece.bytes);
                found.push(String::from_utf8_lossy(piece.bytes).into_owned());
            }
            assert_eq!(
                found,
                [
                    "<?xml version='1.0'?>\n<a b='>'><!-- </a> --><c/></a>",
                    "<AppHdr>x</AppHdr><Document/>",
                    "<e><![CDATA[</e>]]></e>",
                    "<f>"
                ],
                "{chunk}"
            );
        }
        assert!(matches!(
            Messages::new(&b"</a>"[..], Limits::default()).next(),
            Err(StreamError::Stray { .. })
        ));
    }
}
