//! What may stand where: fields, messages and repeating groups of one version of FIX.
//!
//! A [`Dictionary`] is built in (from our own compact tables) or read at run time from a file in QuickFIX's XML format:
//!
//! ```text
//!   fields.rs, messages.rs ─▶ table ─┐
//!                                    ├─▶ Dictionary ─▶ read, check, write
//!   FIX44.xml, FIXT11.xml  ─▶ xml   ─┘
//! ```
//!
//! A [`Scope`] is the inside of a message or of one kind of group entry. The groups of a component are scopes that all
//! messages with this component share. Every lookup is one probe of a small hash table, however sparse the tags are.

mod fields;
mod index;
mod messages;
mod table;
mod versions;
pub mod xml;

use std::ops::Range;
use std::sync::LazyLock;

use super::Version;
use super::field::{well_formed, well_formed_for_quickfix, whole};
use index::TagIndex;

pub use xml::DictionaryError;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A signed whole number.
    Int,
    /// A length in bytes.
    Length,
    /// A count of group entries.
    NumInGroup,
    /// A sequence number.
    SeqNum,
    /// Any decimal: quantity, price, amount, rate.
    Decimal,
    /// One character.
    Char,
    /// Characters separated by blanks.
    Chars,
    /// Text without the field separator.
    Text,
    /// Texts separated by blanks.
    Texts,
    /// `Y` or `N`.
    Boolean,
    /// ISO 4217 code.
    Currency,
    /// ISO 3166 code.
    Country,
    /// ISO 10383 code.
    Exchange,
    /// `YYYYMMDD` at the place of the market.
    Date,
    /// `YYYYMMDD`, UTC.
    UtcDate,
    /// `YYYYMM`, `YYYYMMDD` or `YYYYMMwN`.
    MonthYear,
    /// `YYYYMMDD-HH:MM:SS[.sss]`, UTC.
    Timestamp,
    /// `HH:MM:SS[.sss]`.
    Time,
    /// Bytes whose length stands in the field before.
    Data,
    /// The same, or plain text when no length stands before.
    XmlData,
}

/// In whose manner messages are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As the standard writes it: a date is a day that exists, a currency three capital letters. A field that is not known
    /// stays where it stands.
    Standard,
    /// As QuickFIX does: codes, local dates and months are any text, whole numbers have 32 bits. A field that is not known
    /// belongs to the body.
    QuickFix,
}

/// One allowed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// As on the wire.
    pub text: Box<str>,
    /// What it means, in a few words; may be empty.
    pub meaning: Box<str>,
}

/// A field as the dictionary knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDef {
    /// The number before `=`.
    pub tag: u32,
    /// `AllocID`.
    pub name: Box<str>,
    /// How the value is written.
    pub kind: Kind,
    /// The type's name in the table or file.
    pub type_name: Box<str>,
    /// The values allowed; empty for any.
    pub values: Vec<Value>,
    /// Numbers from here on may be agreed between the parties.
    pub agreed_from: Option<u64>,
    /// Other values than those listed may be sent.
    pub open: bool,
    /// Which part of a FIXT.1.1 dictionary knows it.
    pub part: Part,
    /// Allowed values of one ASCII character, a bit each.
    short: u128,
    /// Positions of longer values, by text.
    long: Box<[u16]>,
}

/// Session and application have dictionaries of their own from FIX 5.0 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// FIXT.1.1 only.
    Session,
    /// FIX 5.0 and later only.
    Application,
    /// Both, or one dictionary for all.
    Both,
}

impl FieldDef {
    fn new(tag: u32, name: &str, kind: Kind, type_name: &str, values: Vec<Value>) -> Self {
        let mut short = 0u128;
        let mut long = Vec::new();
        for (at, value) in values.iter().enumerate() {
            match value.text.as_bytes() {
                [one] if one.is_ascii() => short |= 1 << *one,
                _ => long.extend(u16::try_from(at)),
            }
        }
        long.sort_by(|a, b| values[usize::from(*a)].text.cmp(&values[usize::from(*b)].text));
        Self {
            tag,
            name: name.into(),
            kind,
            type_name: type_name.into(),
            values,
            agreed_from: None,
            open: false,
            part: Part::Both,
            short,
            long: long.into(),
        }
    }

    /// Whether the value is one of those listed, or none are.
    pub fn allows(&self, value: &[u8]) -> bool {
        if self.values.is_empty() || self.open {
            return true;
        }
        match self.kind {
            Kind::Chars | Kind::Texts => value.split(|b| *b == b' ').all(|one| self.lists(one)),
            _ => self.lists(value) || self.is_agreed(value),
        }
    }

    fn lists(&self, value: &[u8]) -> bool {
        match value {
            [one] if one.is_ascii() => self.short & (1 << *one) != 0,
            _ => self
                .long
                .binary_search_by(|at| self.values[usize::from(*at)].text.as_bytes().cmp(value))
                .is_ok(),
        }
    }

    fn is_agreed(&self, value: &[u8]) -> bool {
        self.agreed_from.is_some_and(|from| whole(value).is_some_and(|n| n >= from))
    }
}

/// The number of a [`Scope`] in its dictionary.
pub type ScopeId = u32;

/// A field's place in a [`Scope`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Which field.
    pub tag: u32,
    /// It must be there.
    pub required: bool,
    /// For the count of a group: the scope of its entries.
    pub group: Option<ScopeId>,
}

/// The inside of a message, or of an entry of a group.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// In the order of the standard; in a group the first one begins each entry.
    pub members: Vec<Member>,
    index: TagIndex,
    /// Positions of required members.
    pub required: Vec<u16>,
}

impl Scope {
    /// The position of a field here.
    pub fn position(&self, tag: u32) -> Option<usize> {
        self.index.get(tag).map(usize::from)
    }

    /// Of members with the same tag the first one stays. There may be 65,535.
    fn new(mut members: Vec<Member>) -> Option<Self> {
        let mut index = TagIndex::with_room_for(members.len());
        let mut next = 0;
        members.retain(|m| {
            let is_new = index.insert(m.tag, next);
            next = next.saturating_add(u16::from(is_new));
            is_new
        });
        if members.len() >= usize::from(u16::MAX) {
            return None;
        }
        members.shrink_to_fit();
        let required = (0..).zip(&members).filter(|(_, m)| m.required).map(|(at, _)| at).collect();
        Some(Self { members, index, required })
    }
}

/// A message type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageDef {
    /// Tag 35.
    pub msg_type: Box<str>,
    /// `AllocationInstruction`.
    pub name: Box<str>,
    /// Its body.
    pub scope: ScopeId,
    /// Which part of a FIXT.1.1 dictionary defines it.
    pub part: Part,
}

/// Everything known about one version.
#[derive(Debug, Clone)]
pub struct Dictionary {
    /// Which version.
    pub version: Version,
    /// In whose manner messages are checked.
    pub manner: Manner,
    fields: Vec<FieldDef>,
    by_tag: TagIndex,
    /// Fields of bytes: every field of a message is looked up here, and few are found.
    data: TagIndex,
    scopes: Vec<Scope>,
    messages: Vec<MessageDef>,
    /// Positions in `messages`, by type.
    by_type: Vec<u16>,
    /// The standard header.
    pub header: ScopeId,
    /// The standard trailer.
    pub trailer: ScopeId,
    /// Numbers that the standard gave to fields which may not be listed here.
    reserved: Range<u32>,
}

/// A header field of a later version is, in an earlier one, an unknown field that is in its place.
const HEADER_OF_ALL_VERSIONS: [u32; 29] = [
    8, 9, 34, 35, 43, 49, 50, 52, 56, 57, 90, 97, 115, 116, 122, 128, 129, 142, 143, 144, 145, 212, 213, 347,
    369, 370, 627, 1128, 1129,
];

static BUILT_IN: [LazyLock<Dictionary>; 8] = [
    LazyLock::new(|| table::read(Version::Fix40)),
    LazyLock::new(|| table::read(Version::Fix41)),
    LazyLock::new(|| table::read(Version::Fix42)),
    LazyLock::new(|| table::read(Version::Fix43)),
    LazyLock::new(|| table::read(Version::Fix44)),
    LazyLock::new(|| table::read(Version::Fix50)),
    LazyLock::new(|| table::read(Version::Fix50Sp1)),
    LazyLock::new(|| table::read(Version::Fix50Sp2)),
];

/// The built-in dictionary of a version: session messages in all of them, allocations and executions from 4.2 on,
/// everything that is spoken here from 4.4 on.
pub fn dictionary(version: Version) -> &'static Dictionary {
    &BUILT_IN[version as usize]
}

impl Dictionary {
    /// Reads a dictionary in QuickFIX's XML format. A file of FIX 4.x stands alone; one of FIX 5.0 or later needs
    /// FIXT.1.1 as `transport`, which gives header, trailer and session messages.
    ///
    /// ```
    /// use finality_parsers::fix::dictionary::Dictionary;
    ///
    /// let xml = br#"<fix major="4" minor="2">
    ///   <header><field name="MsgType" required="Y"/></header>
    ///   <trailer><field name="CheckSum" required="Y"/></trailer>
    ///   <messages><message name="Heartbeat" msgtype="0"/></messages>
    ///   <fields>
    ///     <field number="35" name="MsgType" type="STRING"/>
    ///     <field number="10" name="CheckSum" type="STRING"/>
    ///   </fields>
    /// </fix>"#;
    /// let dictionary = Dictionary::from_xml(None, xml)?;
    /// assert_eq!(dictionary.name(35), "MsgType");
    /// assert_eq!(dictionary.messages().len(), 1);
    /// # Ok::<(), finality_parsers::fix::dictionary::DictionaryError>(())
    /// ```
    pub fn from_xml(transport: Option<&[u8]>, application: &[u8]) -> Result<Self, DictionaryError> {
        xml::read(transport, application)
    }

    fn new(version: Version, manner: Manner, fields: Vec<FieldDef>, reserved: Range<u32>) -> Self {
        let mut by_tag = TagIndex::with_room_for(fields.len());
        for (at, field) in (0..).zip(&fields) {
            by_tag.insert(field.tag, at);
        }
        let is_data = |field: &&FieldDef| matches!(field.kind, Kind::Data | Kind::XmlData);
        let mut data = TagIndex::with_room_for(fields.iter().filter(is_data).count());
        for field in fields.iter().filter(is_data) {
            data.insert(field.tag, u16::from(field.kind == Kind::XmlData));
        }
        Self {
            version,
            manner,
            fields,
            by_tag,
            data,
            scopes: Vec::new(),
            messages: Vec::new(),
            by_type: Vec::new(),
            header: 0,
            trailer: 0,
            reserved,
        }
    }

    /// Keeps a scope; `None` when it or the dictionary would become too large.
    fn add_scope(&mut self, members: Vec<Member>) -> Option<ScopeId> {
        let id = ScopeId::try_from(self.scopes.len()).ok()?;
        self.scopes.push(Scope::new(members)?);
        Some(id)
    }

    /// Keeps a message, unless one of this type is there already.
    fn add_message(&mut self, message: MessageDef) {
        let slot = self.type_slot(&message.msg_type);
        if let (Err(slot), Ok(at)) = (slot, u16::try_from(self.messages.len())) {
            self.by_type.insert(slot, at);
            self.messages.push(message);
        }
    }

    fn type_slot(&self, msg_type: &str) -> Result<usize, usize> {
        self.by_type.binary_search_by(|at| (*self.messages[usize::from(*at)].msg_type).cmp(msg_type))
    }

    /// The field of this number.
    pub fn field(&self, tag: u32) -> Option<&FieldDef> {
        self.fields.get(usize::from(self.by_tag.get(tag)?))
    }

    /// Whether a field holds bytes whose length stands before: [`Kind::Data`] or [`Kind::XmlData`].
    #[inline]
    pub fn data_kind(&self, tag: u32) -> Option<Kind> {
        self.data.get(tag).map(|xml| if xml == 0 { Kind::Data } else { Kind::XmlData })
    }

    /// All fields.
    pub fn fields(&self) -> &[FieldDef] {
        &self.fields
    }

    /// The message of this type.
    pub fn message(&self, msg_type: &str) -> Option<&MessageDef> {
        let slot = self.type_slot(msg_type).ok()?;
        self.messages.get(usize::from(*self.by_type.get(slot)?))
    }

    /// All messages.
    pub fn messages(&self) -> &[MessageDef] {
        &self.messages
    }

    /// A scope by number.
    pub fn scope(&self, scope: ScopeId) -> &Scope {
        &self.scopes[scope as usize]
    }

    /// Whether this number belongs to a field, of this message or of another, here or in the rest of the standard.
    pub fn is_standard(&self, tag: u32) -> bool {
        self.reserved.contains(&tag) || self.field(tag).is_some()
    }

    /// Whether a field belongs to the header, in this version or in another.
    pub fn is_header(&self, tag: u32) -> bool {
        HEADER_OF_ALL_VERSIONS.contains(&tag) || self.scope(self.header).position(tag).is_some()
    }

    /// Whether a field belongs to the trailer.
    pub fn is_trailer(&self, tag: u32) -> bool {
        matches!(tag, 10 | 89 | 93) || self.scope(self.trailer).position(tag).is_some()
    }

    /// Whether a value is written as the field wants it.
    pub fn is_well_formed(&self, field: &FieldDef, value: &[u8]) -> bool {
        match self.manner {
            Manner::Standard => well_formed(field.kind, value),
            Manner::QuickFix => well_formed_for_quickfix(field.kind, value),
        }
    }

    /// `AllocID`, or the number itself for a field of somebody's own.
    pub fn name(&self, tag: u32) -> String {
        self.field(tag).map_or_else(|| tag.to_string(), |f| f.name.to_string())
    }

    /// About how many bytes it takes, tables and texts together.
    pub fn size(&self) -> usize {
        let fields = self.fields.iter().map(|f| {
            let values = f.values.iter().map(|v| size_of::<Value>() + v.text.len() + v.meaning.len());
            size_of::<FieldDef>()
                + f.name.len()
                + f.type_name.len()
                + 2 * f.long.len()
                + values.sum::<usize>()
        });
        let scopes = self.scopes.iter().map(|s| {
            size_of::<Scope>() + s.members.len() * size_of::<Member>() + s.index.size() + 2 * s.required.len()
        });
        fields.sum::<usize>() + scopes.sum::<usize>() + self.by_tag.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(version: Version) {
        let d = dictionary(version);
        for scope in &d.scopes {
            for m in &scope.members {
                let field =
                    d.field(m.tag).unwrap_or_else(|| panic!("{} is not in the table of fields", m.tag));
                assert_eq!(field.kind == Kind::NumInGroup, m.group.is_some(), "{} {}", m.tag, field.name);
            }
            let mut tags: Vec<u32> = scope.members.iter().map(|m| m.tag).collect();
            tags.sort_unstable();
            assert!(tags.windows(2).all(|w| w[0] != w[1]), "a field twice in one scope: {tags:?}");
        }
    }

    #[test]
    fn tables_agree_with_each_other() {
        for version in Version::ALL {
            check(version);
            assert_eq!(dictionary(version).version, version);
        }
    }

    #[test]
    fn versions_have_what_they_had() {
        let has = |version, msg_type: &str, tag| {
            let d = dictionary(version);
            d.message(msg_type).is_some_and(|m| d.scope(m.scope).position(tag).is_some())
        };
        assert!(
            has(Version::Fix40, "3", 45) && !has(Version::Fix41, "3", 373) && has(Version::Fix42, "3", 373)
        );
        assert!(
            dictionary(Version::Fix41).message("j").is_none()
                && dictionary(Version::Fix40).message("J").is_none()
        );
        assert!(
            has(Version::Fix42, "8", 76) && !has(Version::Fix42, "J", 626) && has(Version::Fix43, "J", 626)
        );
        assert!(!has(Version::Fix43, "J", 857) && has(Version::Fix44, "J", 857));
        assert!(!has(Version::Fix50, "J", 1430) && has(Version::Fix50Sp2, "J", 1430));
        assert!(dictionary(Version::Fix43).message("AK").is_none());
    }

    #[test]
    fn requiredness_follows_the_version() {
        for (version, expected) in [(Version::Fix44, true), (Version::Fix50Sp2, false)] {
            let d = dictionary(version);
            let j = d.scope(d.message("J").expect("J is spoken").scope);
            let average = j.position(6).expect("AvgPx is in J");
            assert_eq!(j.members[average].required, expected);
            assert_eq!(j.position(1079).is_some(), !expected, "MaturityTime came later");
        }
    }

    #[test]
    fn settlement_parties_are_four_groups_deep() {
        let d = dictionary(Version::Fix44);
        let mut scope = d.message("J").expect("J is spoken").scope;
        for count in [78, 85, 781, 801] {
            let here = d.scope(scope);
            let at = here.position(count).expect("the group is there");
            scope = here.members[at].group.expect("it has entries");
        }
        assert_eq!(d.scope(scope).members[0].tag, 785);
    }
}
