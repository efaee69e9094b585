//! The only place that opens XML.
//!
//! UTF-8 only, no document type, no entities beyond the five, every size bounded: depth, elements, attributes, length of a
//! value. What comes out are pieces that tile the input: put one after the other they are the input again. Names, attributes,
//! references, characters that XML does not have and the order of things are judged here. Nearly all pieces of a message are
//! plain start tags, end tags and values: these are taken off right here, at a fraction of what an event of a library costs.
//! Everything else (comments, CDATA sections, instructions, references, tags with quotes in them or without an end) goes to
//! quick-xml, piece by piece; a test holds both to the same pieces.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2};
use quick_xml::Reader;
use quick_xml::errors::{Error as XmlError, IllFormedError};
use quick_xml::events::Event;
use quick_xml::parser::{ElementParser, Parser};

use super::name::Name;
use crate::diagnostic::{Diagnostic, Layer};
use crate::limits::Limits;

/// A reader over bytes that may be trusted to be text.
pub(super) struct Opened<'a> {
    input: &'a str,
    /// How long the byte order mark is.
    mark: usize,
    /// Where the current piece starts, and where it ends.
    start: usize,
    at: usize,
    /// Of the current piece: the text, or the inside of the brackets.
    content: &'a str,
    /// Of the last start tag.
    name: Name<'a>,
    prefixed: bool,
    empty: bool,
    /// Of the last reference.
    character: char,
    limits: Limits,
    /// The names of the elements that are open.
    open: Vec<Name<'a>>,
    attributes: Vec<Attribute<'a>>,
    elements: usize,
    /// Whether there is any `]` at all: then text is searched for `]]>`.
    brackets: bool,
    ended: bool,
}

/// What a piece of the input is. What stands in it the reader keeps until the next one is asked for: see
/// [`Opened::content`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    /// `<a b="c">`, or `<a/>` when [`Opened::is_empty`] says so.
    Start,
    /// `</a>`.
    End,
    /// Characters, not all of them white space; references are pieces of their own.
    Text,
    /// White space.
    Blank,
    /// A reference: [`Opened::character`] is what it means.
    Reference,
    /// A CDATA section.
    CData,
    /// A comment.
    Comment,
    /// A processing instruction or the XML declaration.
    Instruction,
    /// The byte order mark.
    Mark,
    /// The proper end.
    Over,
}

/// One attribute.
#[derive(Clone)]
pub(super) struct Attribute<'a> {
    /// The name with its prefix.
    pub(super) name: &'a str,
    /// Between the quotes, references not resolved.
    pub(super) raw: &'a str,
    /// Where name, equals sign and value stand.
    pub(super) span: Range<usize>,
}

impl<'a> Attribute<'a> {
    /// The value: references resolved, white space as XML reads it in attributes.
    pub(super) fn value(&self) -> Cow<'a, str> {
        if !self.raw.bytes().any(|b| matches!(b, b'&' | b'\t' | b'\n' | b'\r')) {
            return Cow::Borrowed(self.raw);
        }
        let spaced = self.raw.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
        Cow::Owned(resolve(&spaced).map_or(self.raw.to_owned(), Cow::into_owned))
    }
}

/// Reads attributes one by one.
struct Attributes<'a> {
    body: &'a str,
    next: usize,
    at: usize,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, usize>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.body.get(self.next..)?;
        let trimmed = rest.trim_start_matches(SPACE);
        if trimmed.is_empty() {
            return None;
        }
        let start = self.body.len() - trimmed.len();
        let parsed = (trimmed.len() < rest.len()).then(|| attribute(trimmed)).flatten();
        let Some((name, raw, length)) = parsed else {
            self.next = self.body.len() + 1;
            return Some(Err(self.at + start));
        };
        self.next = start + length;
        Some(Ok(Attribute { name, raw, span: self.at + start..self.at + start + length }))
    }
}

const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

fn attribute(text: &str) -> Option<(&str, &str, usize)> {
    let (length, kinds) = name_length(text.as_bytes());
    let name = text.get(..length)?;
    let after = text.get(name.len()..)?.trim_start_matches(SPACE).strip_prefix('=')?;
    let quoted = after.trim_start_matches(SPACE);
    let quote = quoted.bytes().next().filter(|q| matches!(q, b'"' | b'\''))?;
    let length = memchr(quote, quoted.as_bytes().get(1..)?)?;
    let raw = quoted.get(1..1 + length)?;
    let well_formed = is_name(name, kinds)
        && memchr2(b'<', b'&', raw.as_bytes())
            .is_none_or(|at| !raw.get(at..).unwrap_or_default().contains('<') && resolve(raw).is_some());
    well_formed.then(|| (name, raw, text.len() - quoted.len() + length + 2))
}

/// Where a `<` stands in a tag outside quotes.
#[cold]
fn unquoted(body: &str) -> Option<usize> {
    let mut quote = None;
    body.bytes().position(|b| match (quote, b) {
        (None, b'<') => true,
        (None, b'"' | b'\'') => {
            quote = Some(b);
            false
        }
        _ => {
            quote = quote.filter(|open| *open != b);
            false
        }
    })
}

/// Resolves the references in an attribute value.
fn resolve(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('&') {
        return Some(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        let (name, after) = after.split_once(';')?;
        out.push_str(before);
        out.push(reference(name)?);
        rest = after;
    }
    out.push_str(rest);
    Some(Cow::Owned(out))
}

/// The character that a reference means.
fn reference(name: &str) -> Option<char> {
    let number = match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, radix).ok()?).filter(|&c| is_xml(c))
}

/// Nothing but the four characters that XML calls white space.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

#[inline]
fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r')
}

/// How much white space stands in front: lines are indented by many spaces, which go eight at a time.
#[inline]
fn blank_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match bytes.get(at) {
            Some(b' ') => {
                at += 1;
                while bytes.get(at..at + 8) == Some(b"        ") {
                    at += 8;
                }
            }
            Some(b) if is_space(*b) => at += 1,
            _ => return at,
        }
    }
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// What a byte may be in a name.
const NAME_BYTES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => 1,
            b'0'..=b'9' | b'-' | b'.' => 2,
            b':' => 4,
            0x80..=0xFF => 8,
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// How many bytes in front can be part of a name, and of what kinds they are.
#[inline]
fn name_length(bytes: &[u8]) -> (usize, u8) {
    let mut kinds = 0;
    for (at, &b) in bytes.iter().enumerate() {
        match NAME_BYTES[usize::from(b)] {
            0 => return (at, kinds),
            kind => kinds |= kind,
        }
    }
    (bytes.len(), kinds)
}

/// Whether what [`name_length`] took is a name.
#[inline]
fn is_name(name: &str, kinds: u8) -> bool {
    let first = name.bytes().next().map_or(0, |b| NAME_BYTES[usize::from(b)]);
    !matches!(first, 0 | 2) && (kinds & 8 == 0 || is_foreign_name(name))
}

/// The letters beyond ASCII that may stand in a name (XML 1.0, fifth edition, production 4).
#[cold]
fn is_foreign_name(name: &str) -> bool {
    let starts = |c: char| {
        c.is_ascii()
            || matches!(c, '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
                | '\u{37f}'..='\u{1fff}' | '\u{200c}' | '\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
                | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
    };
    let goes_on = |c| starts(c) || matches!(c, '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}');
    name.starts_with(starts) && name.chars().all(goes_on)
}

/// The longest start of the bytes that is UTF-8 text without characters that XML forbids.
pub(super) fn clean(bytes: &[u8]) -> &str {
    let control = |b: &u8| *b < 0x20 && !matches!(*b, b'\t' | b'\n' | b'\r');
    // Blocks without a way out in the middle: the compiler makes a few wide instructions of each.
    let dirty = bytes.chunks(64).position(|block| block.iter().fold(false, |any, b| any | control(b)));
    let bytes = match dirty.map(|block| block * 64) {
        Some(from) => {
            let at = bytes.iter().skip(from).position(control).map_or(bytes.len(), |at| from + at);
            bytes.get(..at).unwrap_or_default()
        }
        None => bytes,
    };
    let text = std::str::from_utf8(bytes).unwrap_or_else(|e| {
        bytes.get(..e.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or_default()
    });
    // U+FFFE and U+FFFF are no characters.
    let no_character = memchr_iter(0xEF, text.as_bytes())
        .find(|at| matches!(text.as_bytes().get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF])));
    text.get(..no_character.unwrap_or(text.len())).unwrap_or_default()
}

fn error(code: &'static str, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Layer::Syntax, code, span, message)
}

/// Whether a document is UTF-16: it begins with its mark, or with `<` and another letter in two bytes each.
fn is_utf_16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [b'<', 0, _, 0, ..] | [0, b'<', 0, _, ..])
}

impl<'a> Opened<'a> {
    /// Opens bytes: refuses what is not UTF-8 text before anything is parsed.
    pub(super) fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, Diagnostic> {
        if is_utf_16(bytes) {
            return Err(error("encoding-refused", 0..2, "the document is UTF-16")
                .hint("send it as UTF-8, the only encoding that ISO 20022 messages use"));
        }
        let input = clean(bytes);
        let Some(&bad) = bytes.get(input.len()) else { return Ok(Self::of(input, limits)) };
        let span = input.len()..input.len() + 1;
        Err(if bad < 0x20 {
            error("control-character", span, format!("the byte 0x{bad:02X} may not stand in XML"))
                .hint("remove the control character at its source")
        } else if bytes.get(input.len()..input.len() + 2) == Some(&[0xEF, 0xBF]) {
            error("control-character", span, "U+FFFE and U+FFFF are no characters")
                .hint("remove them at their source")
        } else {
            error("not-utf-8", span, format!("the byte 0x{bad:02X} is not UTF-8"))
                .hint("send the document as UTF-8; it was probably written as ISO 8859-1 or Windows-1252")
        })
    }

    /// Opens what is known to be clean.
    pub(super) fn of(input: &'a str, limits: &Limits) -> Self {
        Self {
            input,
            mark: if input.starts_with('\u{feff}') { 3 } else { 0 },
            start: 0,
            at: 0,
            content: "",
            name: Name::new(""),
            prefixed: false,
            empty: false,
            character: ' ',
            limits: *limits,
            open: Vec::with_capacity(limits.depth_max.min(32)),
            attributes: Vec::new(),
            elements: 0,
            brackets: memchr(b']', input.as_bytes()).is_some(),
            ended: false,
        }
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Where the current piece stands, in bytes. Pieces tile the input: one after the other they are the input again.
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.at
    }

    /// The current piece as it stands.
    pub(super) fn raw(&self) -> &'a str {
        self.input.get(self.start..self.at).unwrap_or_default()
    }

    /// What stands in the current piece, references not resolved.
    pub(super) fn content(&self) -> &'a str {
        self.content
    }

    /// The name in the start tag that came last, with its prefix.
    pub(super) fn name(&self) -> Name<'a> {
        self.name
    }

    /// Whether there is a colon in that name.
    pub(super) fn is_prefixed(&self) -> bool {
        self.prefixed
    }

    /// Whether that start tag ends its element: `<a/>`.
    pub(super) fn is_empty(&self) -> bool {
        self.empty
    }

    /// What the last reference means.
    pub(super) fn character(&self) -> char {
        self.character
    }

    /// The next piece. Small enough for registers: this is asked for some hundred times a message.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Item, Box<Diagnostic>> {
        if self.ended {
            return Ok(Item::Over);
        }
        let item = self.advance();
        self.ended = matches!(item, Ok(Item::Over) | Err(_));
        item
    }

    #[inline]
    fn advance(&mut self) -> Result<Item, Box<Diagnostic>> {
        let start = self.at;
        self.start = start;
        let bytes = self.input.as_bytes();
        match (bytes.get(start), bytes.get(start + 1)) {
            (Some(b'<'), Some(b'/')) => self.end_tag(start),
            (Some(b'<'), Some(b'!' | b'?') | None) | (Some(b'&'), _) => self.unusual(start),
            (Some(b'<'), Some(_)) => self.start_tag(start),
            (Some(_), _) if start < self.mark => {
                self.at = self.mark;
                Ok(Item::Mark)
            }
            (Some(_), _) => self.text(start),
            (None, _) if self.open.is_empty() => Ok(Item::Over),
            (None, _) => {
                let message = format!("the document ends with {} open elements", self.open.len());
                Err(self.truncated(start, message))
            }
        }
    }

    /// Has the library read the piece that begins here.
    #[cold]
    fn unusual(&mut self, start: usize) -> Result<Item, Box<Diagnostic>> {
        let rest = self.rest(start);
        if rest.starts_with("<!") {
            self.check_declared(start)?;
        }
        let mut reader = Reader::from_str(rest);
        let config = reader.config_mut();
        config.check_comments = true;
        // Which element an end tag closes is known here, not there.
        config.allow_unmatched_ends = true;
        let event = reader.read_event();
        self.at = start + usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match event {
            Ok(Event::GeneralRef(_)) => self.reference(start),
            Ok(Event::CData(_)) => self.section(start),
            Ok(Event::Comment(_)) => Ok(Item::Comment),
            Ok(Event::Decl(_) | Event::PI(_)) => self.instruction(start),
            Ok(Event::DocType(_)) => Err(self.doctype(start)),
            Ok(Event::End(end)) => Err(self.closes_another(start, end.name().as_ref())),
            // Nothing else begins as what is sent here does.
            Ok(other) => Err(self.broken(start, format!("{other:?} cannot stand here"))),
            Err(e) => Err(self.refused(start, &e)),
        }
    }

    /// What the library does not read, in our words.
    #[cold]
    fn refused(&self, start: usize, e: &XmlError) -> Box<Diagnostic> {
        let rest = self.rest(start);
        match e {
            XmlError::IllFormed(IllFormedError::UnclosedReference) => {
                let name = rest.as_bytes().get(1..).unwrap_or_default();
                if name.len() < 12 && name.iter().all(|b| *b == b'#' || NAME_BYTES[usize::from(*b)] != 0) {
                    return self.truncated(start, "the document ends within a reference".into());
                }
                self.broken(start, "an & that begins no reference: write &amp;".into())
            }
            XmlError::Syntax(_) if self.at >= self.input.len() || rest == "<" => {
                self.truncated(start, format!("the document ends here: {e}"))
            }
            _ => self.broken(start, e.to_string()),
        }
    }

    fn rest(&self, from: usize) -> &'a str {
        self.input.get(from..).unwrap_or_default()
    }

    /// The current piece without so many bytes in front and behind.
    fn inside(&self, front: usize, behind: usize) -> &'a str {
        self.input.get(self.start + front..self.at.saturating_sub(behind)).unwrap_or_default()
    }

    /// An end tag, with or without white space behind its name.
    #[inline]
    fn end_tag(&mut self, start: usize) -> Result<Item, Box<Diagnostic>> {
        let bytes = self.input.as_bytes();
        if let Some(open) = self.open.last()
            && let after = start + 2 + open.text().len()
            && let Some(found) = self.input.get(start + 2..after)
            && Name::new(found) == *open
        {
            let spaces =
                bytes.get(after..).map_or(0, |rest| rest.iter().take_while(|b| is_space(**b)).count());
            if bytes.get(after + spaces) == Some(&b'>') {
                self.at = after + spaces + 1;
                self.open.pop();
                return Ok(Item::End);
            }
        }
        self.unusual(start)
    }

    #[cold]
    fn closes_another(&self, start: usize, found: &str) -> Box<Diagnostic> {
        self.broken(
            start,
            match self.open.last() {
                Some(expected) => format!("</{found}> where </{}> is expected", expected.text()),
                None => format!("</{found}> closes what is not open"),
            },
        )
    }

    /// Characters up to the next tag or reference.
    #[inline]
    fn text(&mut self, start: usize) -> Result<Item, Box<Diagnostic>> {
        let rest = self.input.as_bytes().get(start..).unwrap_or_default();
        let blank = blank_length(rest);
        if matches!(rest.get(blank), None | Some(b'<' | b'&')) {
            self.at = start + blank;
            self.content = self.raw();
            self.length(self.content, start..self.at)?;
            return Ok(Item::Blank);
        }
        let rest = rest.get(blank..).unwrap_or_default();
        let length = memchr2(b'<', b'&', rest).unwrap_or(rest.len());
        self.at = start + blank + length;
        let text = self.raw();
        self.content = text;
        self.length(text, start..self.at)?;
        if self.open.is_empty() {
            return Err(Box::new(outside(start..self.at)));
        }
        match if self.brackets { text.find("]]>") } else { None } {
            Some(at) => {
                let at = start + at;
                Err(Box::new(error("not-well-formed", at..at + 3, "]]> may not stand in text")))
            }
            None => Ok(Item::Text),
        }
    }

    fn section(&mut self, start: usize) -> Result<Item, Box<Diagnostic>> {
        let text = self.inside(9, 3);
        self.length(text, start..self.at)?;
        if self.open.is_empty() {
            return Err(Box::new(outside(start..self.at)));
        }
        self.content = text;
        Ok(Item::CData)
    }

    /// Only comments and CDATA sections go to the library: a document type it would read to its end.
    #[cold]
    fn check_declared(&self, start: usize) -> Result<(), Box<Diagnostic>> {
        let rest = self.rest(start);
        if rest.starts_with("<!--") || rest.starts_with("<![CDATA[") {
            return Ok(());
        }
        let bytes = rest.as_bytes();
        if bytes.get(2..9).is_some_and(|word| word.eq_ignore_ascii_case(b"DOCTYPE")) {
            return Err(self.doctype(start));
        }
        if bytes.len() < 9 {
            return Err(self.truncated(start, "the document ends within markup".into()));
        }
        Err(self.broken(start, "<! begins neither a comment nor a CDATA section".into()))
    }

    #[cold]
    fn doctype(&self, start: usize) -> Box<Diagnostic> {
        let rest = self.rest(start);
        let end = start + memchr(b'>', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        Box::new(
            error("doctype-refused", start..end, "a document type declaration is not accepted")
                .hint("remove the DOCTYPE: ISO 20022 messages have none, and it can carry entities"),
        )
    }

    fn instruction(&self, start: usize) -> Result<Item, Box<Diagnostic>> {
        let content = self.inside(2, 2);
        let (name_end, kinds) = name_length(content.as_bytes());
        let name = content.get(..name_end).unwrap_or_default();
        let spaced = content.get(name.len()..).unwrap_or_default();
        if !is_name(name, kinds) || !(spaced.is_empty() || spaced.starts_with(SPACE)) {
            return Err(self.broken(start, "a processing instruction without a name".into()));
        }
        if name == "xml" {
            self.declaration(content, start..self.at)?;
        } else if name.eq_ignore_ascii_case("xml") {
            return Err(self.broken(start, format!("<?{name} is reserved: the declaration is <?xml")));
        }
        Ok(Item::Instruction)
    }

    fn reference(&mut self, start: usize) -> Result<Item, Box<Diagnostic>> {
        let name = self.inside(1, 1);
        if name.len() > 64 || name.contains(SPACE) {
            return Err(self.broken(start, "an & that begins no reference: write &amp;".into()));
        }
        self.character = reference(name).ok_or_else(|| {
            error("unknown-entity", start..self.at, format!("the reference &{name}; is not one of the five"))
                .hint("write the character itself; only lt, gt, amp, quot, apos and numbers are allowed")
        })?;
        if self.open.is_empty() {
            return Err(Box::new(outside(start..self.at)));
        }
        Ok(Item::Reference)
    }

    #[inline]
    fn start_tag(&mut self, start: usize) -> Result<Item, Box<Diagnostic>> {
        let bytes = self.input.as_bytes();
        let (length, kinds) = name_length(bytes.get(start + 1..).unwrap_or_default());
        let after = start + 1 + length;
        // Where the brackets end; behind what, if not behind the name, there is more to read.
        let (body, empty) = match (bytes.get(after), bytes.get(after + 1)) {
            (Some(b'>'), _) => (after, false),
            (Some(b'/'), Some(b'>')) => (after, true),
            _ => {
                let Some(end) = ElementParser::Outside.feed(bytes.get(after..).unwrap_or_default()) else {
                    return self.unusual(start);
                };
                let end = after + end;
                let empty = end > after && bytes.get(end - 1) == Some(&b'/');
                (end - usize::from(empty), empty)
            }
        };
        self.at = body + 1 + usize::from(empty);
        let name = self.input.get(start + 1..after).unwrap_or_default();
        if !is_name(name, kinds) {
            return Err(self.no_name(start));
        }
        let name = Name::new(name);
        (self.name, self.prefixed, self.empty) = (name, kinds & 4 != 0, empty);
        self.elements += 1;
        if self.elements > self.limits.fields_max || self.open.len() >= self.limits.depth_max {
            return Err(self.too_many(start));
        }
        if !empty {
            self.open.push(name);
        }
        self.attributes.clear();
        if after < body {
            let body = self.input.get(start + 1..body).unwrap_or_default();
            self.read_attributes(body, start + 1)?;
        }
        Ok(Item::Start)
    }

    #[cold]
    fn no_name(&self, start: usize) -> Box<Diagnostic> {
        let rest = self.rest(start + 1);
        let word: String = rest.chars().take_while(|c| !SPACE.contains(c) && *c != '>').take(40).collect();
        self.broken(start, format!("{word:?} is no element name"))
    }

    #[cold]
    fn too_many(&self, start: usize) -> Box<Diagnostic> {
        let (code, message) = if self.elements > self.limits.fields_max {
            ("too-many-elements", format!("more than {} elements", self.limits.fields_max))
        } else {
            ("too-deep", format!("elements nested more than {} deep", self.limits.depth_max))
        };
        Box::new(error(code, start..self.at, message))
    }

    fn read_attributes(&mut self, body: &'a str, at: usize) -> Result<(), Box<Diagnostic>> {
        let name = self.name.text();
        for attribute in (Attributes { body, next: name.len(), at }) {
            let attribute = attribute.map_err(|broken| {
                let at = at + unquoted(body).unwrap_or(broken - at);
                error("not-well-formed", at..at + 1, format!("a broken attribute of {name}")).hint(
                    "an attribute is a name, an equals sign and a quoted value, with white space before it",
                )
            })?;
            if self.attributes.iter().any(|before| before.name == attribute.name) {
                let message = format!("the attribute {} stands twice", attribute.name);
                return Err(Box::new(error("not-well-formed", attribute.span, message)));
            }
            if self.attributes.len() >= self.limits.attributes_max {
                let message = format!("more than {} attributes on {name}", self.limits.attributes_max);
                return Err(Box::new(error("too-many-attributes", attribute.span, message)));
            }
            self.length(attribute.raw, attribute.span.clone())?;
            self.attributes.push(attribute);
        }
        Ok(())
    }

    /// The attributes of the start tag that came last.
    pub(super) fn attributes(&self) -> &[Attribute<'a>] {
        &self.attributes
    }

    #[inline]
    fn length(&self, text: &str, span: Range<usize>) -> Result<(), Box<Diagnostic>> {
        if text.len() <= self.limits.value_bytes_max { Ok(()) } else { Err(self.too_long(text, span)) }
    }

    #[cold]
    fn too_long(&self, text: &str, span: Range<usize>) -> Box<Diagnostic> {
        let message =
            format!("a value of {} bytes; the limit is {}", text.len(), self.limits.value_bytes_max);
        Box::new(error("value-too-long", span, message))
    }

    fn declaration(&self, content: &str, span: Range<usize>) -> Result<(), Box<Diagnostic>> {
        let begins = if self.input.starts_with('\u{feff}') { 3 } else { 0 };
        if span.start != begins {
            return Err(Box::new(
                error("not-well-formed", span, "an XML declaration in the middle of the document")
                    .hint("the message before it was probably cut, or two messages stand in one"),
            ));
        }
        // Each has its place.
        let mut places = ["version", "encoding", "standalone"].iter();
        let mut versioned = false;
        for attribute in (Attributes { body: content, next: "xml".len(), at: span.start + 2 }) {
            let attribute =
                attribute.map_err(|at| error("not-well-formed", at..at + 1, "a broken XML declaration"))?;
            let known = match attribute.name {
                "version" => attribute.raw == "1.0",
                "encoding" => ["utf-8", "utf8", "us-ascii", "ascii"]
                    .iter()
                    .any(|known| attribute.raw.eq_ignore_ascii_case(known)),
                "standalone" => matches!(attribute.raw, "yes" | "no"),
                _ => false,
            };
            versioned |= attribute.name == "version";
            if !known || !places.any(|name| *name == attribute.name) {
                let (name, value) = (attribute.name, attribute.raw);
                let code = if name == "encoding" { "encoding-refused" } else { "not-well-formed" };
                return Err(Box::new(
                    error(code, attribute.span, format!("{name} {value:?} is not accepted"))
                        .hint("ISO 20022 messages are XML 1.0 in UTF-8"),
                ));
            }
        }
        if !versioned {
            return Err(Box::new(error("not-well-formed", span, "an XML declaration without a version")));
        }
        Ok(())
    }

    #[cold]
    fn broken(&self, at: usize, message: String) -> Box<Diagnostic> {
        let end = self.input.len();
        Box::new(
            error("not-well-formed", at.min(end)..(at + 1).min(end), message)
                .hint("this is not well-formed XML: correct it at its source"),
        )
    }

    #[cold]
    fn truncated(&self, at: usize, message: String) -> Box<Diagnostic> {
        let end = self.input.len();
        Box::new(
            error("truncated", at.min(end)..(at + 1).min(end), message)
                .hint("the message was cut on its way; ask for it again"),
        )
    }
}

fn outside(span: Range<usize>) -> Diagnostic {
    error("not-well-formed", span, "characters outside the outermost element")
}

#[cfg(test)]
mod library;

#[cfg(test)]
mod tests;
