//! A message over its raw bytes: fields in wire order, and which group entry each belongs to.

use super::Version;
use super::dictionary::{Dictionary, Scope};
use super::field::{Field, SOH, checksum_text, printable, read_fields, whole};
use super::frame;
use super::reading::{Reading, Switches};
use super::validate;
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::limits::Limits;
use crate::tree::Node;

/// One entry of a repeating group; entry 0 is the message itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The entry around it.
    pub parent: u32,
    /// The tag that counts the group; 0 for the message.
    pub group: u32,
    /// Which one of its group, from 1.
    pub number: u32,
    /// Its first field.
    pub first: u32,
    /// Behind its last field.
    pub end: u32,
}

/// A message that was taken apart. Nothing is copied.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// The bytes.
    pub raw: &'a [u8],
    /// Between fields: SOH, or a bar in logs.
    pub separator: u8,
    /// Which version it is read as.
    pub version: Version,
    /// Which dictionary reads it.
    dictionary: &'a Dictionary,
    /// What was checked.
    switches: Switches,
    /// In wire order.
    pub fields: Vec<Field>,
    /// Group entries in wire order, the message itself first.
    pub entries: Vec<Entry>,
    /// The tags of entry 0, as bits of a filter: most questions are for fields that are not there.
    pub(super) present: [u64; 8],
    /// White space before the first field.
    lead: usize,
    /// Where the fields end; white space may follow.
    tail: usize,
}

/// Word and bit of a tag in [`Message::present`].
#[inline]
pub(super) fn filter(tag: u32) -> (usize, u64) {
    let hash = tag.wrapping_mul(0x9E37_79B9) >> 23;
    ((hash >> 6) as usize & 7, 1 << (hash & 63))
}

/// Which bytes are the message.
#[derive(Clone, Copy)]
struct Extent {
    lead: usize,
    tail: usize,
    separator: u8,
}

impl Extent {
    fn of(raw: &[u8]) -> Self {
        let lead = raw.iter().position(|&b| b == b'8').unwrap_or(0);
        let tail = raw.trim_ascii_end().len().max(lead);
        let separator = raw[lead..tail].iter().copied().find(|b| matches!(b, &SOH | b'|')).unwrap_or(SOH);
        Self { lead, tail, separator }
    }
}

impl<'a> Message<'a> {
    /// Takes bytes apart and checks frame, built-in dictionary and group structure. `None` when there is no FIX head at
    /// all.
    pub fn read(raw: &'a [u8], limits: &Limits, findings: &mut Findings) -> Option<Self> {
        let extent = Extent::of(raw);
        let version = version_of(&raw[extent.lead..extent.tail], extent.separator, extent.lead, findings)?;
        Some(Self::read_extent(raw, extent, &Reading::built_in(version, limits), findings))
    }

    /// The same against a given dictionary, whatever the message says of its version.
    pub fn read_with(raw: &'a [u8], reading: &Reading<'a>, findings: &mut Findings) -> Self {
        Self::read_extent(raw, Extent::of(raw), reading, findings)
    }

    fn read_extent(raw: &'a [u8], extent: Extent, reading: &Reading<'a>, findings: &mut Findings) -> Self {
        let Extent { lead, tail, separator } = extent;
        let Reading { dictionary, switches, limits } = reading;
        let fields = read_fields(raw, lead..tail, separator, dictionary, limits, findings);
        let mut message = Self {
            raw,
            separator,
            version: dictionary.version,
            dictionary,
            switches: *switches,
            fields,
            entries: Vec::with_capacity(16),
            present: [0; 8],
            lead,
            tail,
        };
        message.check_frame(findings);
        validate::structure(&mut message, limits, findings);
        message
    }

    /// What was checked when it was read.
    pub fn switches(&self) -> Switches {
        self.switches
    }

    /// The dictionary that read it.
    pub fn dictionary(&self) -> &'a Dictionary {
        self.dictionary
    }

    /// Tag 35; empty when it is not there.
    pub fn msg_type(&self) -> &'a str {
        let field =
            self.fields.get(2).filter(|f| f.tag == 35).or_else(|| self.fields.iter().find(|f| f.tag == 35));
        field.and_then(|f| std::str::from_utf8(f.value(self.raw)).ok()).unwrap_or("")
    }

    /// The first field of this number in this entry (not in the groups inside it).
    pub fn get(&self, entry: u32, tag: u32) -> Option<&Field> {
        let (word, bit) = filter(tag);
        if entry == 0 && self.present[word] & bit == 0 {
            return None;
        }
        let bounds = self.entries.get(entry as usize)?;
        let mut at = bounds.first;
        while at < bounds.end {
            let field = self.fields.get(at as usize)?;
            if field.entry == entry {
                if field.tag == tag {
                    return Some(field);
                }
                at += 1;
            } else {
                // A field of an entry inside: go on behind that entry.
                at = self.entries.get(field.entry as usize).map_or(at + 1, |e| e.end.max(at + 1));
            }
        }
        None
    }

    /// The value of the first field of this number in this entry.
    pub fn value(&self, entry: u32, tag: u32) -> Option<&'a [u8]> {
        self.get(entry, tag).map(|f| f.value(self.raw))
    }

    /// The entries of a group directly inside an entry.
    pub fn group(&self, parent: u32, tag: u32) -> impl Iterator<Item = u32> + '_ {
        let end = self.entries.get(parent as usize).map_or(0, |e| e.end);
        (parent + 1..)
            .zip(self.entries.iter().skip(parent as usize + 1))
            .take_while(move |(_, e)| e.first < end)
            .filter(move |(_, e)| e.parent == parent && e.group == tag)
            .map(|(n, _)| n)
    }

    /// What may stand in a group entry, by the dictionary.
    pub fn scope_of(&self, entry: u32) -> Option<&'a Scope> {
        let e = self.entries.get(entry as usize).filter(|_| entry != 0)?;
        let inside = |scope: &'a Scope| {
            let group = scope.members.get(scope.position(e.group)?)?.group?;
            Some(self.dictionary.scope(group))
        };
        if e.parent != 0 {
            return inside(self.scope_of(e.parent)?);
        }
        let body = self.dictionary.message(self.msg_type()).map(|m| m.scope);
        let parts = [body, Some(self.dictionary.header), Some(self.dictionary.trailer)];
        parts.into_iter().flatten().find_map(|scope| inside(self.dictionary.scope(scope)))
    }

    /// `NoAllocs[2]/NoNestedPartyIDs[1]`; empty for the message.
    pub fn entry_path(&self, entry: u32) -> String {
        let mut parts = Vec::new();
        let mut at = entry;
        while let Some(e) = self.entries.get(at as usize).filter(|_| at != 0) {
            parts.push(format!("{}[{}]", self.dictionary().name(e.group), e.number));
            at = e.parent;
        }
        parts.reverse();
        parts.join("/")
    }

    /// `NoAllocs[2]/79`.
    pub fn path(&self, entry: u32, tag: u32) -> String {
        let path = self.entry_path(entry);
        if path.is_empty() { tag.to_string() } else { format!("{path}/{tag}") }
    }

    /// The message put together again from its fields.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.raw.len());
        bytes.extend_from_slice(self.raw.get(..self.lead).unwrap_or_default());
        for field in &self.fields {
            if field.tag != 0 {
                bytes.extend_from_slice(field.tag.to_string().as_bytes());
                bytes.push(b'=');
            }
            bytes.extend_from_slice(field.value(self.raw));
            if (field.end as usize) < self.tail {
                bytes.push(self.separator);
            }
        }
        bytes.extend_from_slice(self.raw.get(self.tail..).unwrap_or_default());
        bytes
    }

    /// Every field as it stood, groups nested under their counts.
    pub fn tree(&self) -> Vec<Node> {
        let mut at = 0;
        self.nodes(0, &mut at)
    }

    fn nodes(&self, entry: u32, at: &mut usize) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::new();
        while let Some(field) = self.fields.get(*at) {
            let inside = if field.entry == entry { None } else { self.child_of(entry, field.entry) };
            match (field.entry == entry, inside) {
                (true, _) => {
                    let name = if field.tag == 0 { "?".to_owned() } else { field.tag.to_string() };
                    let mut node = Node::leaf(name, String::from_utf8_lossy(field.value(self.raw)));
                    node.label = self.dictionary().field(field.tag).map(|f| f.name.to_string());
                    nodes.push(node);
                    *at += 1;
                }
                (false, Some(child)) => {
                    let number = self.entries.get(child as usize).map_or(0, |e| e.number);
                    let children = self.nodes(child, at);
                    let group = Node::group(number.to_string(), children);
                    match nodes.last_mut() {
                        Some(count) => count.children.push(group),
                        None => nodes.push(group),
                    }
                }
                (false, None) => break,
            }
        }
        nodes
    }

    /// The entry directly inside `entry` through which `inner` is reached.
    fn child_of(&self, entry: u32, inner: u32) -> Option<u32> {
        let mut at = inner;
        while at != 0 {
            let parent = self.entries.get(at as usize)?.parent;
            if parent == entry {
                return Some(at);
            }
            at = parent;
        }
        None
    }

    fn check_frame(&self, findings: &mut Findings) {
        if self.separator != SOH {
            findings.push(
                Diagnostic::warning(
                    Layer::Syntax,
                    "bar-separated",
                    self.lead..self.tail,
                    "fields are separated by '|' as in a log, not by SOH",
                )
                .hint("read for people's sake; a counterparty would not take it"),
            );
        }
        for (place, tag, name) in [(0, 8, "BeginString"), (1, 9, "BodyLength"), (2, 35, "MsgType")] {
            if self.fields.get(place).is_none_or(|f| f.tag != tag) {
                let span = self.fields.get(place).map_or(self.tail..self.tail, Field::span);
                findings.push(
                    Diagnostic::error(
                        Layer::Syntax,
                        "373=14",
                        span,
                        format!("field {} must be {tag} ({name})", place + 1),
                    )
                    .at(tag.to_string())
                    .hint("begin with BeginString (8), BodyLength (9) and MsgType (35), in this order"),
                );
            }
        }
        let (Some(length), Some(last)) = (self.fields.get(1).filter(|f| f.tag == 9), self.fields.last())
        else {
            return;
        };
        if last.tag != 10 {
            findings.push(
                Diagnostic::error(
                    Layer::Syntax,
                    "373=14",
                    last.span(),
                    "the last field must be 10 (CheckSum)",
                )
                .at("10")
                .hint("the message may have been cut: ask for it again"),
            );
            return;
        }
        let body = (last.start - length.end - 1) as usize;
        if whole(length.value(self.raw)) != Some(body as u64) {
            let found = printable(length.value(self.raw));
            findings.push(
                Diagnostic::error(Layer::Syntax, "body-length", length.span(), format!("BodyLength is {found}, but {body} bytes stand between it and the checksum"))
                    .at("9")
                    .hint("count from the byte after BodyLength's separator up to and including the separator before 10="),
            );
        }
        let sum = frame::checksum(&self.raw[self.lead..last.start as usize], self.separator);
        if last.value(self.raw) != checksum_text(sum) {
            let found = printable(last.value(self.raw));
            findings.push(
                Diagnostic::error(
                    Layer::Syntax,
                    "checksum",
                    last.span(),
                    format!("CheckSum is {found}, the bytes add up to {sum:03}"),
                )
                .at("10")
                .hint("the message was changed on its way: ask for it again"),
            );
        }
    }
}

/// Which dictionary reads it, from BeginString and ApplVerID; says so when the version is none that is spoken here.
fn version_of(body: &[u8], separator: u8, at: usize, findings: &mut Findings) -> Option<Version> {
    let end = body.iter().position(|b| *b == separator).unwrap_or(body.len());
    let begin = body.get(..end)?.strip_prefix(b"8=")?;
    let unsupported = |what: String| {
        Diagnostic::error(Layer::Structure, "unsupported-version", at..at + end, what).at("8").hint(
            "FIX.4.0 to FIX.4.4, and FIXT.1.1 with ApplVerID 7, 8 or 9 (FIX 5.0 to 5.0 SP2), are spoken here",
        )
    };
    match begin {
        b"FIX.4.0" => Some(Version::Fix40),
        b"FIX.4.1" => Some(Version::Fix41),
        b"FIX.4.2" => Some(Version::Fix42),
        b"FIX.4.3" => Some(Version::Fix43),
        b"FIX.4.4" => Some(Version::Fix44),
        b"FIXT.1.1" => {
            // ApplVerID stands in the header: among the first bytes.
            let mut head = body.split(|b| *b == separator).take(30);
            let Some(id) = head.find_map(|f| f.strip_prefix(b"1128=")) else {
                return Some(Version::Fix50Sp2);
            };
            let version = Version::from_appl_ver_id(id).filter(|v| v.is_fixt());
            if version.is_none() {
                findings.push(unsupported(format!("ApplVerID is {}", printable(id))));
            }
            Some(version.unwrap_or(Version::Fix50Sp2))
        }
        other => {
            findings.push(unsupported(format!("BeginString is {}", printable(other))));
            Some(Version::Fix44)
        }
    }
}
