//! The only place that opens XML.
//!
//! UTF-8 only, no document type, no entities beyond the five, every size bounded: depth, elements, attributes, length of a
//! value. What comes out are pieces that tile the input: put one after the other they are the input again.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::errors::{Error as XmlError, IllFormedError};
use quick_xml::events::Event;

use crate::diagnostic::{Diagnostic, Layer};
use crate::limits::Limits;

/// A reader over bytes that may be trusted to be text.
pub(super) struct Opened<'a> {
    input: &'a str,
    /// Length of the byte order mark.
    base: usize,
    reader: Reader<&'a [u8]>,
    limits: Limits,
    depth: usize,
    elements: usize,
    started: bool,
    ended: bool,
}

/// One piece of the input.
pub(super) struct Piece<'a> {
    /// What it is.
    pub(super) item: Item<'a>,
    /// Where it stands, in bytes.
    pub(super) span: Range<usize>,
}

/// What a piece is. Texts are as they stand, references not resolved.
pub(super) enum Item<'a> {
    /// `<a b="c">` or `<a/>`.
    Start(Tag<'a>),
    /// What stands between `</` and `>`.
    End(&'a str),
    /// Characters.
    Text(&'a str),
    /// What stands between `&` and `;`, and the character that it means.
    Reference(&'a str, char),
    /// What stands in a CDATA section.
    CData(&'a str),
    /// A comment.
    Comment(&'a str),
    /// A processing instruction or the XML declaration.
    Instruction(&'a str),
    /// The byte order mark.
    Mark,
}

impl Item<'_> {
    /// Writes the piece as it stood.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let (before, content, after) = match self {
            Item::Start(tag) => ("<", tag.body, if tag.empty { "/>" } else { ">" }),
            Item::End(content) => ("</", *content, ">"),
            Item::Text(content) => ("", *content, ""),
            Item::Reference(content, _) => ("&", *content, ";"),
            Item::CData(content) => ("<![CDATA[", *content, "]]>"),
            Item::Comment(content) => ("<!--", *content, "-->"),
            Item::Instruction(content) => ("<?", *content, "?>"),
            Item::Mark => ("\u{feff}", "", ""),
        };
        for part in [before, content, after] {
            out.extend_from_slice(part.as_bytes());
        }
    }
}

/// A start tag.
#[derive(Clone, Copy)]
pub(super) struct Tag<'a> {
    /// The whole inside of the brackets.
    body: &'a str,
    /// The name with its prefix.
    pub(super) name: &'a str,
    /// Where the inside starts.
    at: usize,
    /// `<a/>`.
    pub(super) empty: bool,
}

impl<'a> Tag<'a> {
    /// Whether there may be any attribute at all.
    pub(super) fn is_plain(&self) -> bool {
        self.body.len() == self.name.len()
    }

    /// The attributes in order; an error is the position of what is not one.
    pub(super) fn attributes(&self) -> Attributes<'a> {
        Attributes { body: self.body, next: self.name.len(), at: self.at }
    }
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
    /// The value.
    pub(super) fn value(&self) -> Cow<'a, str> {
        resolve(self.raw).unwrap_or(Cow::Borrowed(self.raw))
    }
}

/// Reads attributes one by one.
pub(super) struct Attributes<'a> {
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
    let equals = text.find('=')?;
    let name = text.get(..equals)?.trim_end_matches(SPACE);
    let after = text.get(equals + 1..)?;
    let quoted = after.trim_start_matches(SPACE);
    let quote = quoted.chars().next().filter(|q| matches!(q, '"' | '\''))?;
    let length = quoted.get(1..)?.find(quote)?;
    let raw = quoted.get(1..1 + length)?;
    let well_formed = is_name(name) && !raw.contains('<') && resolve(raw).is_some();
    well_formed.then(|| (name, raw, text.len() - quoted.len() + length + 2))
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
    text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// What a byte may be in a name: 1 anywhere, 2 anywhere but in front.
const NAME_BYTES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b':' | 0x80..=0xFF => 1,
            b'0'..=b'9' | b'-' | b'.' => 2,
            _ => 0,
        };
        byte += 1;
    }
    table
};

fn is_name(name: &str) -> bool {
    let class = |b: u8| NAME_BYTES[usize::from(b)];
    name.bytes().next().is_some_and(|b| class(b) == 1) && name.bytes().all(|b| class(b) != 0)
}

/// The longest start of the bytes that is UTF-8 text without forbidden control characters.
pub(super) fn clean(bytes: &[u8]) -> &str {
    let control = |b: &u8| *b < 0x20 && !matches!(*b, b'\t' | b'\n' | b'\r');
    let bytes = match bytes.iter().position(control) {
        Some(at) => bytes.get(..at).unwrap_or_default(),
        None => bytes,
    };
    std::str::from_utf8(bytes).unwrap_or_else(|e| {
        bytes.get(..e.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or_default()
    })
}

fn error(code: &'static str, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Layer::Syntax, code, span, message)
}

impl<'a> Opened<'a> {
    /// Opens bytes: refuses what is not UTF-8 text before anything is parsed.
    pub(super) fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, Diagnostic> {
        if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) {
            return Err(error("encoding-refused", 0..2, "the document is UTF-16")
                .hint("send it as UTF-8, the only encoding that ISO 20022 messages use"));
        }
        let input = clean(bytes);
        let Some(&bad) = bytes.get(input.len()) else { return Ok(Self::of(input, limits)) };
        let span = input.len()..input.len() + 1;
        Err(if bad < 0x20 {
            error("control-character", span, format!("the byte 0x{bad:02X} may not stand in XML"))
                .hint("remove the control character at its source")
        } else {
            error("not-utf-8", span, format!("the byte 0x{bad:02X} is not UTF-8"))
                .hint("send the document as UTF-8; it was probably written as ISO 8859-1 or Windows-1252")
        })
    }

    /// Opens what is known to be clean.
    pub(super) fn of(input: &'a str, limits: &Limits) -> Self {
        let base = if input.starts_with('\u{feff}') { 3 } else { 0 };
        let mut reader = Reader::from_str(input.get(base..).unwrap_or_default());
        let config = reader.config_mut();
        config.check_end_names = true;
        config.check_comments = true;
        config.trim_markup_names_in_closing_tags = true;
        Self { input, base, reader, limits: *limits, depth: 0, elements: 0, started: false, ended: false }
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The next piece; `None` at a proper end.
    pub(super) fn next(&mut self) -> Result<Option<Piece<'a>>, Box<Diagnostic>> {
        if self.ended {
            return Ok(None);
        }
        let piece = self.advance();
        self.ended = !matches!(piece, Ok(Some(_)));
        piece
    }

    fn advance(&mut self) -> Result<Option<Piece<'a>>, Box<Diagnostic>> {
        if !std::mem::replace(&mut self.started, true) && self.base > 0 {
            return Ok(Some(Piece { item: Item::Mark, span: 0..self.base }));
        }
        let start = self.position();
        let event = self.reader.read_event().map_err(|e| self.broken(start, &e))?;
        let span = start..self.position();
        let slice = |cut_front: usize, cut_back: usize| {
            self.input.get(span.start + cut_front..span.end.saturating_sub(cut_back)).unwrap_or_default()
        };
        let item = match event {
            Event::Start(_) | Event::Empty(_) => {
                let empty = matches!(event, Event::Empty(_));
                let body = slice(1, if empty { 2 } else { 1 });
                return Ok(Some(self.start_tag(body, empty, span)?));
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Item::End(slice(2, 1))
            }
            Event::Text(_) => {
                let text = slice(0, 0);
                self.text(text, &span)?;
                Item::Text(text)
            }
            Event::CData(_) => {
                let text = slice(9, 3);
                self.length(text, &span)?;
                if self.depth == 0 {
                    return Err(Box::new(outside(&span)));
                }
                Item::CData(text)
            }
            Event::GeneralRef(_) => {
                let name = slice(1, 1);
                let c = reference(name).ok_or_else(|| {
                    error(
                        "unknown-entity",
                        span.clone(),
                        format!("the reference &{name}; is not one of the five"),
                    )
                    .hint("write the character itself; only lt, gt, amp, quot, apos and numbers are allowed")
                })?;
                if self.depth == 0 {
                    return Err(Box::new(outside(&span)));
                }
                Item::Reference(name, c)
            }
            Event::Comment(_) => Item::Comment(slice(4, 3)),
            Event::Decl(_) => {
                let content = slice(2, 2);
                self.declaration(content, &span)?;
                Item::Instruction(content)
            }
            Event::PI(_) => Item::Instruction(slice(2, 2)),
            Event::DocType(_) => {
                return Err(Box::new(
                    error("doctype-refused", span, "a document type declaration is not accepted")
                        .hint("remove the DOCTYPE: ISO 20022 messages have none, and it can carry entities"),
                ));
            }
            Event::Eof if self.depth > 0 => {
                let end = self.input.len();
                return Err(Box::new(
                    error(
                        "truncated",
                        end..end,
                        format!("the document ends with {} open elements", self.depth),
                    )
                    .hint("the message was cut on its way; ask for it again"),
                ));
            }
            Event::Eof => return Ok(None),
        };
        Ok(Some(Piece { item, span }))
    }

    fn start_tag(&mut self, body: &'a str, empty: bool, span: Range<usize>) -> Result<Piece<'a>, Diagnostic> {
        let end = body.bytes().position(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'));
        let name = end.and_then(|end| body.get(..end)).unwrap_or(body);
        if !is_name(name) {
            return Err(error("not-well-formed", span, format!("{name:?} is no element name")));
        }
        self.elements += 1;
        if self.elements > self.limits.fields_max {
            return Err(error(
                "too-many-elements",
                span,
                format!("more than {} elements", self.limits.fields_max),
            ));
        }
        if self.depth >= self.limits.depth_max {
            let message = format!("elements nested more than {} deep", self.limits.depth_max);
            return Err(error("too-deep", span, message));
        }
        self.depth += usize::from(!empty);
        let tag = Tag { body, name, at: span.start + 1, empty };
        if !tag.is_plain() {
            self.check_attributes(&tag)?;
        }
        Ok(Piece { item: Item::Start(tag), span })
    }

    fn check_attributes(&self, tag: &Tag<'_>) -> Result<(), Diagnostic> {
        let mut names: Vec<&str> = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|at| {
                error("not-well-formed", at..at + 1, format!("a broken attribute of {}", tag.name)).hint(
                    "an attribute is a name, an equals sign and a quoted value, with white space before it",
                )
            })?;
            if names.contains(&attribute.name) {
                let message = format!("the attribute {} stands twice", attribute.name);
                return Err(error("not-well-formed", attribute.span, message));
            }
            names.push(attribute.name);
            if names.len() > self.limits.attributes_max {
                let message = format!("more than {} attributes on {}", self.limits.attributes_max, tag.name);
                return Err(error("too-many-attributes", attribute.span, message));
            }
            self.length(attribute.raw, &attribute.span)?;
        }
        Ok(())
    }

    fn text(&self, text: &str, span: &Range<usize>) -> Result<(), Diagnostic> {
        self.length(text, span)?;
        if self.depth == 0 && !is_blank(text) {
            return Err(outside(span));
        }
        // Looking for one byte is cheap, and hardly any text has it.
        let closing = if text.as_bytes().contains(&b']') { text.find("]]>") } else { None };
        match closing {
            Some(at) => {
                let at = span.start + at;
                Err(error("not-well-formed", at..at + 3, "]]> may not stand in text"))
            }
            None => Ok(()),
        }
    }

    fn length(&self, text: &str, span: &Range<usize>) -> Result<(), Diagnostic> {
        if text.len() <= self.limits.value_bytes_max {
            return Ok(());
        }
        let message =
            format!("a value of {} bytes; the limit is {}", text.len(), self.limits.value_bytes_max);
        Err(error("value-too-long", span.clone(), message))
    }

    fn declaration(&self, content: &str, span: &Range<usize>) -> Result<(), Diagnostic> {
        if span.start != self.base {
            return Err(error(
                "not-well-formed",
                span.clone(),
                "an XML declaration in the middle of the document",
            )
            .hint("the message before it was probably cut, or two messages stand in one"));
        }
        let attributes = Attributes { body: content, next: "xml".len(), at: span.start + 2 };
        for attribute in attributes {
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
            if !known {
                let (name, value) = (attribute.name, attribute.raw);
                let code = if name == "encoding" { "encoding-refused" } else { "not-well-formed" };
                return Err(error(code, attribute.span, format!("{name} {value:?} is not accepted"))
                    .hint("ISO 20022 messages are XML 1.0 in UTF-8"));
            }
        }
        Ok(())
    }

    fn position(&self) -> usize {
        self.base + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.input.len())
    }

    fn broken(&self, start: usize, of: &XmlError) -> Diagnostic {
        let end = self.input.len();
        let at = usize::try_from(self.reader.error_position()).unwrap_or(start).saturating_add(self.base);
        let at = at.clamp(start.min(end), end);
        let truncated = matches!(of, XmlError::Syntax(_))
            || matches!(of, XmlError::IllFormed(IllFormedError::MissingEndTag(_)));
        let diagnostic = error(
            if truncated { "truncated" } else { "not-well-formed" },
            at..(at + 1).min(end),
            of.to_string(),
        );
        diagnostic.hint(if truncated {
            "the message was cut on its way; ask for it again"
        } else {
            "this is not well-formed XML: correct it at its source"
        })
    }
}

fn outside(span: &Range<usize>) -> Diagnostic {
    error("not-well-formed", span.clone(), "characters outside the outermost element")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<u8>, Diagnostic> {
        let mut reader = Opened::new(bytes, &Limits::default())?;
        let mut out = Vec::new();
        let mut at = 0;
        while let Some(piece) = reader.next().map_err(|d| *d)? {
            assert_eq!(piece.span.start, at, "pieces tile the input");
            at = piece.span.end;
            piece.item.write(&mut out);
        }
        assert_eq!(at, bytes.len());
        Ok(out)
    }

    #[test]
    fn pieces_are_the_input_again() {
        for document in [
            "<a/>",
            "\u{feff}<?xml version=\"1.0\" encoding='utf-8' ?>\r\n<!-- hi -->\n<p:a  x = 'y'\n><b/>t&amp;u&#x41;<![CDATA[<&]]></p:a  >\n<?pi x?>\n",
            "<a>\n <b >ä€</b\n></a>",
            "<a b='&lt;>' c=\"'\"/>",
        ] {
            assert_eq!(
                read(document.as_bytes()).map(|b| String::from_utf8(b).expect("text")),
                Ok(document.into())
            );
        }
    }

    #[test]
    fn what_is_refused_says_why_and_where() {
        let deep = "<a>".repeat(100);
        let many: String = (0..100).map(|n| format!(" a{n}='x'")).collect();
        let many = format!("<a{many}/>");
        for (bytes, code, at) in [
            (&b"\xFF\xFE<\0a\0"[..], "encoding-refused", 0),
            (b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "encoding-refused", 20),
            (b"<a>\xE4</a>", "not-utf-8", 3),
            (b"<a>x\0y</a>", "control-character", 4),
            (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "doctype-refused", 0),
            (b"<a>&b;</a>", "unknown-entity", 3),
            (b"<a>&#0;</a>", "unknown-entity", 3),
            (b"<a>&#xD800;</a>", "unknown-entity", 3),
            (b"<a><b>", "truncated", 6),
            (b"<a><b", "truncated", 3),
            (b"<a><!-- ", "truncated", 3),
            (b"<a>\x01\xE4", "control-character", 3),
            (b"<a>\xC3\x01", "not-utf-8", 3),
            (b"<a></b>", "not-well-formed", 3),
            (b"</a>", "not-well-formed", 0),
            (b"<a>]]></a>", "not-well-formed", 3),
            (b"<a/>x", "not-well-formed", 4),
            (b"<a x='1'y='2'/>", "not-well-formed", 8),
            (b"<a x='1' x='2'/>", "not-well-formed", 9),
            (b"<a x='<'/>", "not-well-formed", 3),
            (b"<a x=1/>", "not-well-formed", 3),
            (b"<1a/>", "not-well-formed", 0),
            (b"<a/><?xml version='1.0'?><a/>", "not-well-formed", 4),
            (b"<a>a & b</a>", "not-well-formed", 5),
            (deep.as_bytes(), "too-deep", 64 * 3),
            (many.as_bytes(), "too-many-attributes", 3 + 7 * 10 + 8 * 54),
        ] {
            let found = read(bytes).expect_err(&String::from_utf8_lossy(bytes));
            assert_eq!(found.code, code, "{}: {}", String::from_utf8_lossy(bytes), found.message);
            assert_eq!(found.span.start, at, "{}: {}", String::from_utf8_lossy(bytes), found.message);
        }
    }
}
