//! What may stand where: fields, messages and repeating groups of FIX 4.4 and FIX 5.0 SP2, from our own compact tables.
//!
//! ```text
//!   fields.rs    71 AllocTransType char 0=new 1=replace 2=cancel + 3 4 5 6
//!   messages.rs  J AllocationInstruction = 70! 71! ... 78(79 661 ... <NestedParties> 136(137 138 139 891) ...)
//! ```
//!
//! The tables are read once, at the first use. A [`Scope`] is the inside of a message or of one kind of group entry.

mod fields;
mod messages;

use std::sync::LazyLock;

use super::Version;

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
    /// `Y` or `N`.
    Boolean,
    /// ISO 4217 code.
    Currency,
    /// ISO 3166 code.
    Country,
    /// ISO 10383 code.
    Exchange,
    /// `YYYYMMDD`.
    Date,
    /// `YYYYMM`, `YYYYMMDD` or `YYYYMMwN`.
    MonthYear,
    /// `YYYYMMDD-HH:MM:SS[.sss]`, UTC.
    Timestamp,
    /// `HH:MM:SS[.sss]`.
    Time,
    /// Bytes whose length stands in the field before.
    Data,
}

/// One allowed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// As on the wire.
    pub text: String,
    /// What it means, in a few words; may be empty.
    pub meaning: String,
    /// Came with FIX 5.0.
    pub later: bool,
}

/// A field as the tables know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDef {
    /// The number before `=`.
    pub tag: u32,
    /// `AllocID`.
    pub name: &'static str,
    /// How the value is written.
    pub kind: Kind,
    /// The short type name of the table.
    pub type_name: &'static str,
    /// The values allowed; empty for any.
    pub values: Vec<Value>,
    /// Numbers from here on may be agreed between the parties.
    pub agreed_from: Option<u64>,
}

/// A field's place in a [`Scope`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Which field.
    pub tag: u32,
    /// It must be there.
    pub required: bool,
    /// For the count of a group: the scope of its entries.
    pub group: Option<usize>,
}

/// The inside of a message, or of an entry of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// In the order of the standard; in a group the first one begins each entry.
    pub members: Vec<Member>,
    /// Position in `members` by tag, from the lowest tag on.
    index: Vec<u16>,
    lowest: u32,
    /// Positions of required members.
    pub required: Vec<u16>,
}

impl Scope {
    /// The position of a field here.
    pub fn position(&self, tag: u32) -> Option<usize> {
        let at = usize::try_from(tag.checked_sub(self.lowest)?).ok()?;
        self.index.get(at).filter(|position| **position != NONE).map(|position| usize::from(*position))
    }

    fn finish(&mut self) {
        let number = |i: usize| u16::try_from(i).expect("a scope has less than 65,535 members");
        let tags = || self.members.iter().map(|m| m.tag);
        self.lowest = tags().min().unwrap_or(0);
        self.index = vec![NONE; tags().max().map_or(0, |top| (top - self.lowest) as usize + 1)];
        for (i, member) in self.members.iter().enumerate() {
            self.index[(member.tag - self.lowest) as usize] = number(i);
        }
        self.required =
            self.members.iter().enumerate().filter(|(_, m)| m.required).map(|(i, _)| number(i)).collect();
    }
}

/// A message type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageDef {
    /// Tag 35.
    pub msg_type: &'static str,
    /// `AllocationInstruction`.
    pub name: &'static str,
    /// Its body.
    pub scope: usize,
}

/// Everything known about one version.
#[derive(Debug)]
pub struct Dictionary {
    /// Which version.
    pub version: Version,
    fields: Vec<FieldDef>,
    by_tag: Vec<u16>,
    scopes: Vec<Scope>,
    messages: Vec<MessageDef>,
    /// The standard header.
    pub header: usize,
    /// The standard trailer.
    pub trailer: usize,
}

const NONE: u16 = u16::MAX;

static FIX44: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::read(Version::Fix44));
static FIX50SP2: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::read(Version::Fix50Sp2));

/// The built-in dictionary of a version.
pub fn dictionary(version: Version) -> &'static Dictionary {
    match version {
        v if v <= Version::Fix44 => &FIX44,
        _ => &FIX50SP2,
    }
}

impl Dictionary {
    /// The field of this number.
    pub fn field(&self, tag: u32) -> Option<&FieldDef> {
        let at = *self.by_tag.get(usize::try_from(tag).ok()?)?;
        self.fields.get(usize::from(at))
    }

    /// The message of this type.
    pub fn message(&self, msg_type: &str) -> Option<&MessageDef> {
        self.messages.iter().find(|m| m.msg_type == msg_type)
    }

    /// All messages.
    pub fn messages(&self) -> &[MessageDef] {
        &self.messages
    }

    /// A scope by number.
    pub fn scope(&self, scope: usize) -> &Scope {
        &self.scopes[scope]
    }

    /// Whether the standard has given this number to a field, here or in a message that is not spoken here.
    pub fn is_standard(&self, tag: u32) -> bool {
        match self.version {
            v if v <= Version::Fix44 => (1..=956).contains(&tag),
            _ => (1..5000).contains(&tag),
        }
    }

    /// `AllocID`, or the number itself for a field of somebody's own.
    pub fn name(&self, tag: u32) -> String {
        self.field(tag).map_or_else(|| tag.to_string(), |f| f.name.to_owned())
    }

    fn read(version: Version) -> Self {
        let fields: Vec<FieldDef> = fields::lines().filter_map(read_field).collect();
        let top = fields.iter().map(|f| f.tag).max().unwrap_or(0);
        let mut by_tag = vec![NONE; top as usize + 1];
        for (at, field) in fields.iter().enumerate() {
            by_tag[field.tag as usize] = u16::try_from(at).expect("less than 65,535 fields");
        }
        let mut dictionary =
            Self { version, fields, by_tag, scopes: Vec::new(), messages: Vec::new(), header: 0, trailer: 0 };
        let components = definitions(messages::COMPONENTS);
        for (head, body) in definitions(messages::MESSAGES) {
            let (msg_type, name) = head.split_once(' ').expect("a type and a name before `=`");
            // A message may have come with FIX 5.0 as a whole.
            let msg_type = match msg_type.strip_suffix("@5") {
                Some(_) if version <= Version::Fix44 => continue,
                later => later.unwrap_or(msg_type),
            };
            let mut reader = ScopeReader { dictionary: &mut dictionary, components: &components };
            let scope = reader.scope(&mut tokens(&body));
            match msg_type {
                "HEADER" => dictionary.header = scope,
                "TRAILER" => dictionary.trailer = scope,
                _ => dictionary.messages.push(MessageDef { msg_type, name, scope }),
            }
        }
        dictionary
    }
}

fn read_field(line: &'static str) -> Option<FieldDef> {
    let mut words = line.split_ascii_whitespace();
    let tag = words.next()?.parse().expect("a tag number");
    let name = words.next().expect("a field name");
    let type_name = words.next().expect("a type");
    let mut values = Vec::new();
    let mut agreed_from = None;
    let mut later = false;
    for word in words {
        if word == "+" {
            later = true;
        } else if let Some(from) = word.strip_suffix("..") {
            agreed_from = Some(from.parse().expect("a number before `..`"));
        } else if let Some((from, to)) = word.split_once("..") {
            values.extend(range(from, to).map(|text| Value { text, meaning: String::new(), later }));
        } else {
            let (text, meaning) = word.split_once('=').unwrap_or((word, ""));
            values.push(Value { text: text.into(), meaning: meaning.replace('-', " "), later });
        }
    }
    Some(FieldDef { tag, name, kind: kind(type_name), type_name, values, agreed_from })
}

fn range(from: &str, to: &str) -> impl Iterator<Item = String> {
    let letters = from.bytes().all(|b| b.is_ascii_alphabetic());
    let number = |text: &str| match text.as_bytes() {
        [letter] if letters => u32::from(*letter),
        _ => text.parse().expect("a number in a range of values"),
    };
    (number(from)..=number(to)).map(move |n| match char::from_u32(n) {
        Some(letter) if letters => letter.to_string(),
        _ => n.to_string(),
    })
}

fn kind(type_name: &str) -> Kind {
    match type_name {
        "int" => Kind::Int,
        "len" => Kind::Length,
        "num" => Kind::NumInGroup,
        "seq" => Kind::SeqNum,
        "qty" | "px" | "pxo" | "amt" | "pct" | "float" => Kind::Decimal,
        "char" => Kind::Char,
        "mcv" => Kind::Chars,
        "bool" => Kind::Boolean,
        "ccy" => Kind::Currency,
        "ctry" => Kind::Country,
        "exch" => Kind::Exchange,
        "date" => Kind::Date,
        "my" => Kind::MonthYear,
        "ts" => Kind::Timestamp,
        "time" | "tz" => Kind::Time,
        "data" => Kind::Data,
        "str" | "mvs" => Kind::Text,
        other => unreachable!("the table of fields names the unknown type {other}"),
    }
}

/// `head = body` definitions; indented lines continue the one before.
fn definitions(table: &'static str) -> Vec<(&'static str, String)> {
    let mut list: Vec<(&str, String)> = Vec::new();
    for line in table.lines().filter(|l| !l.trim().is_empty()) {
        match (line.starts_with(' '), list.last_mut()) {
            (true, Some((_, body))) => {
                body.push(' ');
                body.push_str(line);
            }
            _ => {
                let (head, body) = line.split_once('=').expect("`name = fields`");
                list.push((head.trim(), body.to_owned()));
            }
        }
    }
    list
}

fn tokens(body: &str) -> std::vec::IntoIter<String> {
    let spaced = body.replace('(', " ( ").replace(')', " ) ");
    spaced.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter()
}

struct ScopeReader<'d> {
    dictionary: &'d mut Dictionary,
    components: &'d [(&'static str, String)],
}

impl ScopeReader<'_> {
    /// Reads up to the closing bracket or the end, and keeps the scope.
    fn scope(&mut self, tokens: &mut std::vec::IntoIter<String>) -> usize {
        let mut scope = Scope::default();
        self.members(tokens, &mut scope);
        scope.finish();
        self.dictionary.scopes.push(scope);
        self.dictionary.scopes.len() - 1
    }

    fn members(&mut self, tokens: &mut std::vec::IntoIter<String>, scope: &mut Scope) {
        let mut present = false;
        while let Some(token) = tokens.next() {
            if token == ")" {
                return;
            }
            if token == "(" {
                let group = self.scope(tokens);
                if let (true, Some(last)) = (present, scope.members.last_mut()) {
                    last.group = Some(group);
                }
                continue;
            }
            let (name, here, required) = self.qualifiers(&token);
            present = here;
            if !here {
                continue;
            }
            if let Some(component) = name.strip_prefix('<') {
                let component = component.trim_end_matches('>');
                let (_, body) =
                    self.components.iter().find(|(n, _)| *n == component).expect("a component of the table");
                let from = scope.members.len();
                self.members(&mut self::tokens(body), scope);
                if !required {
                    scope.members[from..].iter_mut().for_each(|m| m.required = false);
                }
            } else {
                scope.members.push(Member {
                    tag: name.parse().expect("a tag number"),
                    required,
                    group: None,
                });
            }
        }
    }

    /// Splits `857@4!` into the name, whether it is there in this version, and whether it is required in it.
    fn qualifiers(&self, token: &str) -> (String, bool, bool) {
        let ours = if self.dictionary.version == Version::Fix44 { "4" } else { "5" };
        let (rest, required) = match token.split_once('!') {
            Some((rest, version)) => (rest, version.is_empty() || version == ours),
            None => (token, false),
        };
        // `<Name@5>` carries its version inside the brackets.
        match rest.split_once('@') {
            Some((name, version)) => (name.to_owned(), version.trim_end_matches('>') == ours, required),
            None => (rest.to_owned(), true, required),
        }
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
        check(Version::Fix44);
        check(Version::Fix50Sp2);
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
