//! Writing a message: header, body by ascending tag with groups in the order of the standard, length and checksum.

use std::fmt::{Display, Write as _};
use std::ops::Range;

use chrono::{DateTime, Timelike, Utc};

use super::Version;
use super::dictionary::{Dictionary, Scope, dictionary};
use super::field::{SOH, checksum_text};
use super::frame;
use super::message::Message;
use super::session::{Precision, time_text};
use crate::codec::{EncodeError, Encoded, Envelope, Loss};
use crate::diagnostic::Findings;
use crate::limits::Limits;

/// The fields of a message or of a group entry that is being written.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    fields: Vec<(u32, Item)>,
    /// The values, one behind the other.
    text: String,
}

#[derive(Debug, Clone)]
enum Item {
    /// Where it stands in the text.
    Value(Range<usize>),
    Group(Vec<Block>),
}

impl Block {
    /// A field; an empty value is not written.
    pub(super) fn put(&mut self, tag: u32, value: impl Display) {
        let from = self.text.len();
        write!(self.text, "{value}").expect("a string takes everything");
        if self.text.len() > from {
            self.fields.push((tag, Item::Value(from..self.text.len())));
        }
    }

    /// The same of a text, which needs no formatting.
    pub(super) fn text(&mut self, tag: u32, value: &str) {
        if !value.is_empty() {
            let from = self.text.len();
            self.text.push_str(value);
            self.fields.push((tag, Item::Value(from..self.text.len())));
        }
    }

    /// A field, where there is a value.
    pub(super) fn maybe(&mut self, tag: u32, value: Option<impl Display>) {
        if let Some(value) = value {
            self.put(tag, value);
        }
    }

    /// A repeating group, where it has entries.
    pub(super) fn group(&mut self, count: u32, entries: Vec<Block>) {
        if !entries.is_empty() {
            self.fields.push((count, Item::Group(entries)));
        }
    }
}

/// A message that is being written.
#[derive(Debug)]
pub(super) struct Writer<'e> {
    /// In which version.
    pub(super) version: Version,
    envelope: &'e Envelope,
    message_type: &'static str,
    /// Its body.
    pub(super) body: Block,
    losses: Vec<Loss>,
    /// Whether the message is read again to see what its version does not allow.
    reread: bool,
}

impl<'e> Writer<'e> {
    pub(super) fn new(version: Version, envelope: &'e Envelope, reread: bool) -> Self {
        Self { version, envelope, message_type: "", body: Block::default(), losses: Vec::new(), reread }
    }

    /// Says which message it is.
    pub(super) fn begin(&mut self, message_type: &'static str) {
        self.message_type = message_type;
    }

    /// Whether the version has this message.
    pub(super) fn is_spoken(&self) -> bool {
        dictionary(self.version).message(self.message_type).is_some()
    }

    /// When the message is made.
    pub(super) fn created(&self) -> DateTime<Utc> {
        self.envelope.created.utc()
    }

    /// Something that the message cannot carry.
    pub(super) fn lose(&mut self, field: impl Into<String>, value: impl Display, reason: impl Into<String>) {
        self.losses.push(Loss { field: field.into(), value: value.to_string(), reason: reason.into() });
    }

    /// A value that the message cannot do without.
    pub(super) fn need<T>(&self, value: Option<T>, field: &'static str) -> Result<T, EncodeError> {
        value.ok_or_else(|| EncodeError::Missing { field, message: self.message_type.to_owned() })
    }

    pub(super) fn finish(mut self) -> Result<Encoded, EncodeError> {
        let envelope = self.envelope;
        for (value, field) in
            [(&envelope.sender, "envelope.sender"), (&envelope.receiver, "envelope.receiver")]
        {
            if value.is_empty() {
                return Err(EncodeError::Missing { field, message: self.message_type.to_owned() });
            }
        }
        let mut header = Block::default();
        header.text(34, "1");
        header.text(49, &envelope.sender);
        header.text(52, &timestamp(envelope.created.utc()));
        header.text(56, &envelope.receiver);
        if envelope.possible_duplicate {
            header.put(97, 'Y');
        }
        if self.version.is_fixt() {
            header.put(1128, self.version.appl_ver_id());
        }
        let tables = dictionary(self.version);
        let mut content = Content { bytes: Vec::with_capacity(1024), tables, cleaned: Vec::new() };
        content.field(35, self.message_type);
        content.block(&header, None);
        let mut body = std::mem::take(&mut self.body);
        body.fields.sort_by_key(|f| f.0);
        content.block(&body, tables.message(self.message_type).map(|m| tables.scope(m.scope)));
        let Content { bytes, cleaned, .. } = content;
        for (tag, value) in cleaned {
            self.lose(
                tables.name(tag),
                value,
                "control characters cannot stand in a FIX text; blanks stand instead",
            );
        }
        let bytes = frame_up(self.version.begin_string().as_bytes(), &bytes);
        // What the version does not allow (a code of a later one, say) is written all the same, and said.
        let mut findings = Findings::new(20);
        if self.reread {
            Message::read(&bytes, &Limits::default(), &mut findings);
        }
        for finding in findings.into_vec() {
            let value =
                String::from_utf8_lossy(bytes.get(finding.span.clone()).unwrap_or_default()).into_owned();
            self.lose(finding.path, value, finding.message);
        }
        Ok(Encoded { bytes, message_type: self.message_type.to_owned(), losses: self.losses })
    }
}

/// Puts begin string and length before the content (35 to the last field before the checksum), and the checksum behind.
pub(super) fn frame_up(begin_string: &[u8], content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len() + 32);
    bytes.extend_from_slice(b"8=");
    bytes.extend_from_slice(begin_string);
    bytes.extend_from_slice(b"\x019=");
    number(&mut bytes, u32::try_from(content.len()).unwrap_or(u32::MAX));
    bytes.push(SOH);
    bytes.extend_from_slice(content);
    let sum = frame::checksum(&bytes, SOH);
    bytes.extend_from_slice(b"10=");
    bytes.extend_from_slice(&checksum_text(sum));
    bytes.push(SOH);
    bytes
}

/// A number in decimal.
fn number(bytes: &mut Vec<u8>, number: u32) {
    let from = bytes.len();
    let mut rest = number;
    loop {
        bytes.push(b'0' + u8::try_from(rest % 10).unwrap_or(0));
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    bytes[from..].reverse();
}

/// `YYYYMMDD-HH:MM:SS.sss`, with as many digits more as the instant needs.
pub(super) fn timestamp(at: DateTime<Utc>) -> String {
    let precision = match at.nanosecond() % 1_000_000_000 {
        n if n % 1_000_000 == 0 => Precision::Millis,
        n if n % 1_000 == 0 => Precision::Micros,
        _ => Precision::Nanos,
    };
    time_text(at, precision)
}

struct Content<'d> {
    bytes: Vec<u8>,
    tables: &'d Dictionary,
    cleaned: Vec<(u32, String)>,
}

impl Content<'_> {
    fn field(&mut self, tag: u32, value: &str) {
        number(&mut self.bytes, tag);
        self.bytes.push(b'=');
        if memchr::memchr2(SOH, 0, value.as_bytes()).is_some() {
            self.cleaned.push((tag, value.to_owned()));
            self.bytes.extend_from_slice(value.replace(['\x01', '\0'], " ").as_bytes());
        } else {
            self.bytes.extend_from_slice(value.as_bytes());
        }
        self.bytes.push(SOH);
    }

    fn block(&mut self, block: &Block, scope: Option<&Scope>) {
        for (tag, item) in &block.fields {
            match item {
                Item::Value(value) => self.field(*tag, &block.text[value.clone()]),
                Item::Group(entries) => {
                    self.field(*tag, &entries.len().to_string());
                    let inside = scope
                        .and_then(|s| s.members.get(s.position(*tag)?)?.group)
                        .map(|g| self.tables.scope(g));
                    for entry in entries {
                        let mut entry = entry.clone();
                        entry
                            .fields
                            .sort_by_key(|f| inside.and_then(|s| s.position(f.0)).unwrap_or(usize::MAX));
                        self.block(&entry, inside);
                    }
                }
            }
        }
    }
}
