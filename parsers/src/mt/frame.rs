//! The envelope: blocks 1 to 5 (and S), taken apart into spans over the raw bytes and put together again from them.
//!
//! ```text
//! {1:F01BANKDEFFAXXX0000000000}{2:I541CUSTDEFFXXXXN}{3:{108:REF}}{4:
//! :16R:GENL
//! -}{5:{CHK:123456789ABC}}
//! ```

use std::ops::Range;

use super::lines::LineFeeds;
use super::tag::Code;
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::limits::Limits;

/// A place in the raw bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    #[inline]
    pub(super) fn new(start: usize, end: usize) -> Self {
        // A frame refuses what is longer than 4 GiB, so no place is cut.
        Self { start: start as u32, end: end.max(start) as u32 }
    }

    /// The bytes themselves.
    #[inline]
    pub fn of(self, raw: &[u8]) -> &[u8] {
        raw.get(self.range()).unwrap_or_default()
    }

    /// How many bytes they are.
    #[inline]
    pub(super) fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// As a range of positions.
    #[inline]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One `:tag:value` of the text block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The tag as a number.
    pub code: Code,
    /// Without its colons.
    pub tag: Span,
    /// Without the line end behind it.
    pub value: Span,
    /// The line end as it stood.
    pub eol: Span,
}

impl Field {
    /// From the first colon to the end of the value.
    pub fn whole(&self) -> Range<usize> {
        self.tag.range().start.saturating_sub(1)..self.value.range().end
    }
}

/// One `{name:value}` of blocks 3, 5, S or of a service message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// Bytes before it that belong to nothing.
    pub before: Span,
    /// `108`, `CHK`.
    pub name: Span,
    /// What stands behind the colon.
    pub value: Span,
}

/// What a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Blocks 1 and 2, and everything that has no inner form that we know.
    Plain(Span),
    /// Blocks 3, 5, S and the text of service messages: which of the frame's tags, and what stands behind the last.
    Tags(Part, Span),
    /// The text: what stands before its first field, which of the frame's fields, and how it ends (`-`, or nothing when
    /// cut off).
    Text(Span, Part, Span),
}

/// A run of the frame's tags or fields. They stand in one list for all blocks, so that a reader can use its memory again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    start: u32,
    end: u32,
}

impl Part {
    fn new(start: usize, end: usize) -> Self {
        let Span { start, end } = Span::new(start, end);
        Self { start, end }
    }

    fn of<T>(self, list: &[T]) -> &[T] {
        list.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// One block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Bytes before its brace that belong to nothing.
    pub before: Span,
    /// `1` to `5`, `S`; empty for bare text without an envelope.
    pub id: Span,
    /// What it holds.
    pub body: Body,
    /// Whether its closing brace is there.
    pub closed: bool,
}

/// A message taken apart. It borrows the raw bytes and adds to them nothing but places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The message.
    pub raw: &'a [u8],
    /// Its blocks, in order. The copy of the original behind an acknowledgement is here too.
    pub blocks: Vec<Block>,
    /// Bytes behind the last block.
    pub after: Span,
    /// The tags of all blocks.
    tags: Vec<Tag>,
    /// The fields of all texts.
    fields: Vec<Field>,
    /// How many of the blocks are the message's own.
    own: usize,
    /// The fields of the message's own text.
    text: Part,
}

/// The memory of a frame, to be used for the next one.
#[derive(Debug, Default)]
pub(super) struct Spare {
    blocks: Vec<Block>,
    tags: Vec<Tag>,
    fields: Vec<Field>,
}

impl<'a> Frame<'a> {
    /// Takes a message apart. Always yields a frame that gives the same bytes back; what was odd is in the findings.
    pub fn parse(raw: &'a [u8], limits: &Limits, findings: &mut Findings) -> Self {
        Self::parse_in(raw, limits, findings, Spare::default())
    }

    /// The same in memory that another frame gave back.
    pub(super) fn parse_in(raw: &'a [u8], limits: &Limits, findings: &mut Findings, spare: Spare) -> Self {
        let Spare { mut blocks, mut tags, mut fields } = spare;
        blocks.clear();
        tags.clear();
        fields.clear();
        let raw = if raw.len() > u32::MAX as usize {
            let what = "a message of 4 GiB or more is not read";
            let finding = Diagnostic::error(Layer::Syntax, "message-too-long", 0..1, what);
            findings.push(finding.hint("take the file apart first: finality split"));
            &[]
        } else {
            raw
        };
        let mut parser = Parser { raw, at: 0, limits, findings, blocks, tags, fields, stopped: false };
        let after = parser.blocks();
        let Parser { blocks, tags, fields, .. } = parser;
        let copy = blocks.iter().skip(1).position(|b| b.id.of(raw) == b"1");
        let own = copy.map_or(blocks.len(), |n| n + 1);
        let text = blocks.iter().take(own).find_map(|b| match b.body {
            Body::Text(_, part, _) => Some(part),
            _ => None,
        });
        Self { raw, blocks, after, tags, fields, own, text: text.unwrap_or(Part::new(0, 0)) }
    }

    /// Gives the memory back.
    pub(super) fn spare(self) -> Spare {
        Spare { blocks: self.blocks, tags: self.tags, fields: self.fields }
    }

    /// The blocks of the message itself: for an acknowledgement, those before the copy of the original.
    pub fn own(&self) -> &[Block] {
        self.blocks.get(..self.own).unwrap_or_default()
    }

    /// The first own block of that id.
    pub fn block(&self, id: &[u8]) -> Option<&Block> {
        self.own().iter().find(|b| b.id.of(self.raw) == id)
    }

    /// The content of block 1 or 2.
    pub fn plain(&self, id: &[u8]) -> Option<Span> {
        match self.block(id)?.body {
            Body::Plain(span) => Some(span),
            _ => None,
        }
    }

    /// A tag of block 3, 5, S or of a service message's text.
    pub fn tag(&self, block: &[u8], name: &[u8]) -> Option<&'a [u8]> {
        let found = self.tags_of(self.block(block)?).iter().find(|t| t.name.of(self.raw) == name);
        found.map(|t| t.value.of(self.raw))
    }

    /// The tags of a block that has them.
    pub fn tags_of(&self, block: &Block) -> &[Tag] {
        match block.body {
            Body::Tags(part, _) => part.of(&self.tags),
            _ => &[],
        }
    }

    /// The fields of a block that is a text.
    pub fn fields_of(&self, block: &Block) -> &[Field] {
        match block.body {
            Body::Text(_, part, _) => part.of(&self.fields),
            _ => &[],
        }
    }

    /// The fields of the text block.
    pub fn fields(&self) -> &[Field] {
        self.text.of(&self.fields)
    }

    /// Whether the text stands alone, without blocks around it.
    pub fn is_bare(&self) -> bool {
        self.blocks.first().is_some_and(|b| b.id.of(self.raw).is_empty())
    }

    /// The message with another value in one field of its text; every other byte stays as it was. `None` when there is no
    /// such field. Whether the value may stand there is for the reader of the new message to say.
    ///
    /// ```
    /// use finality_parsers::diagnostic::Findings;
    /// use finality_parsers::limits::Limits;
    /// use finality_parsers::mt::message::Message;
    ///
    /// let raw = include_bytes!("../../../samples/mt/mt541-minimal.fin");
    /// let message = Message::read(raw, &Limits::default(), &mut Findings::new(10));
    /// let place = message.frame.fields().iter().position(|f| f.tag.of(raw) == b"23G").unwrap();
    /// let changed = message.frame.with_value(place, b"PREA").unwrap();
    /// assert_eq!(changed.len(), raw.len());
    /// assert_eq!(raw.iter().zip(&changed).filter(|(a, b)| a != b).count(), 4);
    /// ```
    pub fn with_value(&self, field: usize, value: &[u8]) -> Option<Vec<u8>> {
        let place = self.fields().get(field)?.value.range();
        Some([self.raw.get(..place.start)?, value, self.raw.get(place.end..)?].concat())
    }

    /// The message again, from its parts.
    pub fn write(&self) -> Vec<u8> {
        let raw = self.raw;
        let mut out = Vec::with_capacity(raw.len());
        for block in &self.blocks {
            out.extend_from_slice(block.before.of(raw));
            let id = block.id.of(raw);
            if !id.is_empty() {
                out.push(b'{');
                out.extend_from_slice(id);
                out.push(b':');
            }
            match &block.body {
                Body::Plain(span) => out.extend_from_slice(span.of(raw)),
                Body::Tags(_, after) => {
                    for tag in self.tags_of(block) {
                        out.extend_from_slice(tag.before.of(raw));
                        write_tag(&mut out, tag.name.of(raw), tag.value.of(raw));
                    }
                    out.extend_from_slice(after.of(raw));
                }
                Body::Text(head, _, end) => {
                    out.extend_from_slice(head.of(raw));
                    for field in self.fields_of(block) {
                        for part in [b":", field.tag.of(raw), b":", field.value.of(raw), field.eol.of(raw)] {
                            out.extend_from_slice(part);
                        }
                    }
                    out.extend_from_slice(end.of(raw));
                }
            }
            if block.closed {
                out.push(b'}');
            }
        }
        out.extend_from_slice(self.after.of(raw));
        out
    }
}

fn write_tag(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.push(b'{');
    out.extend_from_slice(name);
    out.push(b':');
    out.extend_from_slice(value);
    out.push(b'}');
}

struct Parser<'a, 'f> {
    raw: &'a [u8],
    at: usize,
    limits: &'f Limits,
    findings: &'f mut Findings,
    blocks: Vec<Block>,
    tags: Vec<Tag>,
    fields: Vec<Field>,
    /// A limit was reached and said: what follows is kept, not read.
    stopped: bool,
}

impl Parser<'_, '_> {
    /// Reads all blocks; yields what stands behind the last.
    fn blocks(&mut self) -> Span {
        let bare =
            self.raw.iter().position(|b| !b.is_ascii_whitespace() && *b != 0xEF && *b != 0xBB && *b != 0xBF);
        if let Some(start) = bare.filter(|&s| self.raw.get(s) == Some(&b':')) {
            self.at = start;
            let body = self.text();
            let empty = Span::new(start, start);
            self.blocks.push(Block { before: Span::new(0, start), id: empty, body, closed: false });
            if self.at < self.raw.len() {
                self.finding(
                    "bytes-between-blocks",
                    self.at..self.raw.len(),
                    "bytes follow the end of the text",
                );
            }
            return Span::new(self.at, self.raw.len());
        }
        loop {
            let gap = self.at;
            let Some(brace) = self.find(gap, b'{') else { break };
            let Some(colon) = self.block_colon(brace) else { break };
            self.stray(gap, brace);
            self.at = colon + 1;
            let most = self.limits.group_entries_max;
            if self.blocks.len() >= most {
                self.limit("too-many-blocks", brace, &format!("the message has more than {most} blocks"));
                return Span::new(gap, self.raw.len());
            }
            let body = self.body(brace + 1, colon);
            let closed = self.raw.get(self.at) == Some(&b'}');
            if closed {
                self.at += 1;
            } else if !self.stopped {
                self.finding("unclosed-block", brace..colon + 1, "the block has no closing brace");
            }
            self.blocks.push(Block {
                before: Span::new(gap, brace),
                id: Span::new(brace + 1, colon),
                body,
                closed,
            });
        }
        let rest = self.at;
        self.stray(rest, self.raw.len());
        Span::new(rest, self.raw.len())
    }

    /// The colon of `{4:`; the id has one to three letters or digits.
    fn block_colon(&self, brace: usize) -> Option<usize> {
        let head = self.raw.get(brace + 1..self.raw.len().min(brace + 5))?;
        let length = head.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        ((1..=3).contains(&length) && head.get(length) == Some(&b':')).then_some(brace + 1 + length)
    }

    fn body(&mut self, id: usize, colon: usize) -> Body {
        let next = self.raw.get(colon + 1);
        match self.raw.get(id..colon) {
            Some(b"4") if next != Some(&b'{') => self.text(),
            Some(b"3" | b"4" | b"5" | b"S") => self.tags(),
            _ => {
                let start = self.at;
                self.at = self.brace(start).unwrap_or(self.raw.len());
                Body::Plain(Span::new(start, self.at))
            }
        }
    }

    /// `{108:REF}{119:STP}`, up to the brace that closes the block.
    fn tags(&mut self) -> Body {
        let first = self.tags.len();
        loop {
            let gap = self.at;
            let Some(brace) = self.brace(gap) else {
                self.at = self.raw.len();
                return Body::Tags(Part::new(first, self.tags.len()), Span::new(gap, self.at));
            };
            let colon = self.block_colon(brace).filter(|_| self.raw.get(brace) == Some(&b'{'));
            let end = colon.and_then(|c| self.brace(c));
            if colon.is_some() && !self.has_room() {
                self.too_many_fields(brace);
                self.at = self.raw.len();
                return Body::Tags(Part::new(first, self.tags.len()), Span::new(gap, self.at));
            }
            match (colon, end) {
                (Some(colon), Some(end)) if self.raw.get(end) == Some(&b'}') => {
                    self.tags.push(Tag {
                        before: Span::new(gap, brace),
                        name: Span::new(brace + 1, colon),
                        value: Span::new(colon + 1, end),
                    });
                    self.at = end + 1;
                }
                _ => {
                    if self.raw.get(brace) == Some(&b'{') {
                        let what = "what stands here is no {name:value}";
                        self.finding("malformed-tag", brace..brace + 1, what);
                    }
                    self.at = brace;
                    return Body::Tags(Part::new(first, self.tags.len()), Span::new(gap, brace));
                }
            }
        }
    }

    /// The text block, line by line: a field opens where a line starts with `:nn[A]:`, the text ends with a `-` line.
    fn text(&mut self) -> Body {
        let (raw, head, first) = (self.raw, self.at, self.fields.len());
        let mut head_end = None;
        let mut end = None;
        // Bare text starts with its first field; in a block, a line end comes first.
        let (mut at, mut line_start) = (head, raw.get(head) == Some(&b':'));
        let mut ends = LineFeeds::new(raw, head);
        while at < raw.len() {
            let next = ends.next().map_or(raw.len(), |n| n + 1);
            let line = raw.get(at..next).unwrap_or_default();
            if line_start && line.first() == Some(&b'-') && line.get(1).is_none_or(|b| *b == b'}') {
                end = Some(at);
                break;
            }
            let value_end = match line {
                [.., b'\r', b'\n'] => next - 2,
                [.., b'\n'] => next - 1,
                _ => next,
            };
            let tag = if line_start { opening(line) } else { None };
            match tag {
                Some((length, code)) => {
                    head_end.get_or_insert(at);
                    if !self.has_room() {
                        self.too_many_fields(at);
                        break;
                    }
                    let value = at + length + 2;
                    let value_end = value_end.max(value);
                    self.fields.push(Field {
                        code,
                        tag: Span::new(at + 1, value - 1),
                        value: Span::new(value, value_end),
                        eol: Span::new(value_end, next),
                    });
                }
                None => {
                    if let Some(last) = self.fields.get_mut(first..).and_then(<[Field]>::last_mut) {
                        last.value = Span::new(last.value.range().start, value_end.max(at));
                        last.eol = Span::new(value_end.max(at), next);
                    }
                }
            }
            at = next;
            line_start = true;
        }
        let stop = end.unwrap_or(at);
        let head_end = head_end.unwrap_or(stop);
        self.check_head(head, head_end);
        self.at = if self.stopped { raw.len() } else { stop + usize::from(end.is_some()) };
        Body::Text(Span::new(head, head_end), Part::new(first, self.fields.len()), Span::new(stop, self.at))
    }

    fn has_room(&self) -> bool {
        self.fields.len() + self.tags.len() < self.limits.fields_max
    }

    fn too_many_fields(&mut self, at: usize) {
        let what = format!("the message has more than {} fields", self.limits.fields_max);
        self.limit("too-many-fields", at, &what);
    }

    fn limit(&mut self, code: &'static str, at: usize, message: &str) {
        self.stopped = true;
        self.findings.push(
            Diagnostic::error(Layer::Syntax, code, at..at + 1, message)
                .hint("that is the limit; what follows is not read: send it in several messages"),
        );
    }

    fn check_head(&mut self, head: usize, end: usize) {
        let bytes = self.raw.get(head..end).unwrap_or_default();
        if let Some(first) = bytes.iter().position(|b| !b.is_ascii_whitespace()) {
            let span = head + first..end;
            if bytes.starts_with(b"\r:") {
                let what = "no line of the text ends with CR LF: its lines end with CR alone";
                let finding = Diagnostic::error(Layer::Syntax, "text-before-first-field", span, what);
                self.findings
                    .push(finding.hint("send the file in binary mode so that line ends stay as they are"));
            } else {
                self.finding("text-before-first-field", span, "text stands before the first field");
            }
        }
    }

    fn stray(&mut self, start: usize, end: usize) {
        let bytes = self.raw.get(start..end).unwrap_or_default();
        let padding = |b: &u8| b.is_ascii_whitespace() || [0, 1, 3, b'$', 0xEF, 0xBB, 0xBF].contains(b);
        if let Some(first) = bytes.iter().position(|b| !padding(b)) {
            self.finding("bytes-between-blocks", start + first..end, "these bytes belong to no block");
        }
    }

    fn find(&self, from: usize, byte: u8) -> Option<usize> {
        memchr::memchr(byte, self.raw.get(from..)?).map(|p| from + p)
    }

    /// The next brace of either kind.
    fn brace(&self, from: usize) -> Option<usize> {
        memchr::memchr2(b'{', b'}', self.raw.get(from..)?).map(|p| from + p)
    }

    fn finding(&mut self, code: &'static str, span: Range<usize>, message: &str) {
        self.findings.push(
            Diagnostic::error(Layer::Syntax, code, span, message)
                .hint("check that the message was not cut off or changed on its way"),
        );
    }
}

/// The tag and its length, when the line opens a field.
#[inline]
fn opening(line: &[u8]) -> Option<(usize, Code)> {
    match line {
        [b':', a, b, b':', ..] if a.is_ascii_digit() && b.is_ascii_digit() => Some((2, Code::new(*a, *b, 0))),
        [b':', a, b, c @ b'A'..=b'Z', b':', ..] if a.is_ascii_digit() && b.is_ascii_digit() => {
            Some((3, Code::new(*a, *b, *c - b'@')))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(raw: &[u8]) -> (Frame<'_>, Vec<Diagnostic>) {
        let mut findings = Findings::new(50);
        let frame = Frame::parse(raw, &Limits::default(), &mut findings);
        assert_eq!(String::from_utf8_lossy(&frame.write()), String::from_utf8_lossy(raw), "given back");
        (frame, findings.into_vec())
    }

    const WHOLE: &[u8] = b"{1:F01BANKDEFFAXXX0000000000}{2:I541CUSTDEFFXXXXN}{3:{108:REF}{119:STP}}{4:\r\n\
        :16R:GENL\r\n:70E::SPRO//LINE ONE\r\n:NOT A TAG\r\n-NOR AN END\r\n:16S:GENL\r\n-}{5:{CHK:123456789ABC}{PDE:}}{S:{SAC:}}";

    #[test]
    fn a_whole_message() {
        let (frame, findings) = frame(WHOLE);
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(frame.plain(b"1").map(|s| s.of(WHOLE)), Some(&b"F01BANKDEFFAXXX0000000000"[..]));
        assert_eq!(frame.tag(b"3", b"108"), Some(&b"REF"[..]));
        assert_eq!(frame.tag(b"5", b"PDE"), Some(&b""[..]));
        assert_eq!(frame.tag(b"S", b"SAC"), Some(&b""[..]));
        let values: Vec<_> = frame.fields().iter().map(|f| (f.tag.of(WHOLE), f.value.of(WHOLE))).collect();
        assert_eq!(
            values,
            [
                (&b"16R"[..], &b"GENL"[..]),
                (b"70E", b":SPRO//LINE ONE\r\n:NOT A TAG\r\n-NOR AN END"),
                (b"16S", b"GENL")
            ]
        );
    }

    #[test]
    fn what_is_broken_is_named_and_still_given_back() {
        for (raw, code) in [
            (&b"{1:F01"[..], "unclosed-block"),
            (b"{1:F01}{4:\r\n:16R:GENL\r\n", "unclosed-block"),
            (b"{1:F01}x{2:I}", "bytes-between-blocks"),
            (b"{1:F01}{3:{108:A}{oops}}", "malformed-tag"),
            (b"{4:\r\nhello\r\n:16R:GENL\r\n-}", "text-before-first-field"),
            (b"{1:F01}}", "bytes-between-blocks"),
            (b"{4:\r:16R:GENL\r:16S:GENL\r-}", "text-before-first-field"),
        ] {
            let (_, findings) = frame(raw);
            assert!(
                findings.iter().any(|d| d.code == code),
                "{}: {findings:?}",
                String::from_utf8_lossy(raw)
            );
        }
    }

    #[test]
    fn a_limit_is_said_and_nothing_else() {
        let limits = Limits { fields_max: 4, group_entries_max: 5, ..Limits::default() };
        for (raw, code) in [
            (format!("{{1:F01}}{{4:\r\n{}-}}{{5:{{CHK:1}}}}", ":16R:A\r\n".repeat(9)), "too-many-fields"),
            (format!("{{1:F01}}{{3:{}}}{{4:\r\n-}}", "{108:A}".repeat(9)), "too-many-fields"),
            (format!("{{1:F01}}{}", "{S:}".repeat(9)), "too-many-blocks"),
        ] {
            let mut findings = Findings::new(50);
            let frame = Frame::parse(raw.as_bytes(), &limits, &mut findings);
            assert_eq!(String::from_utf8_lossy(&frame.write()), raw, "given back");
            let codes: Vec<_> = findings.into_vec().into_iter().map(|d| d.code).collect();
            assert_eq!(codes, [code], "{raw}");
        }
    }

    #[test]
    fn bare_text_and_plain_line_feeds_are_kept() {
        for raw in [&b":16R:GENL\n:20C::SEME//A\n:16S:GENL\n"[..], b"\r\n:16R:GENL\r\n-", b":16R:GENL\r\n-}"]
        {
            let (frame, _) = frame(raw);
            assert!(frame.is_bare());
            assert!(!frame.fields().is_empty());
        }
    }
}
