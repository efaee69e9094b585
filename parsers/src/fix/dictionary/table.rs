//! The built-in tables: one line per field, one definition per message.
//!
//! ```text
//!   fields.rs    71 AllocTransType char 0=new 1=replace 2=cancel + 3 4 5 6
//!   messages.rs  J AllocationInstruction = 70! 71! ... 78(79 661 ... <NestedParties> 136(137 138 139 891) ...)
//! ```
//!
//! They are read once, at the first use of the version.

use std::collections::BTreeSet;

use super::{
    Dictionary, FieldDef, Kind, Manner, Member, MessageDef, Part, ScopeId, Value, fields, messages, versions,
};
use crate::fix::Version;

/// The dictionary of a version.
pub(super) fn read(version: Version) -> Dictionary {
    let mut known = BTreeSet::new();
    let list: Vec<FieldDef> = fields::lines()
        .chain(versions::earlier_fields(version))
        .filter_map(|line| read_field(line, version))
        .filter(|field| known.insert(field.tag))
        .collect();
    let reserved = match version {
        Version::Fix44 => 1..957,
        Version::Fix50Sp2 => 1..5000,
        _ => 1..versions::last_tag(version).unwrap_or(0) + 1,
    };
    let mut dictionary = Dictionary::new(version, Manner::Standard, list, reserved);
    let components = definitions(messages::COMPONENTS);
    let here = definitions(messages::MESSAGES).into_iter().filter_map(|(head, body)| {
        let (msg_type, name) = head.split_once(' ').expect("a type and a name before `=`");
        // `BM@5`: the whole message came with FIX 5.0.
        let msg_type = match msg_type.strip_suffix("@5") {
            Some(_) if version <= Version::Fix44 => return None,
            later => later.unwrap_or(msg_type),
        };
        versions::has_message(version, msg_type).then_some((msg_type, name, body))
    });
    let earlier = versions::earlier_messages(version).map(|(head, body)| {
        let (msg_type, name) = head.split_once(' ').expect("a type and a name before `=`");
        (msg_type, name, body)
    });
    for (msg_type, name, body) in here.chain(earlier) {
        let last_tag = versions::last_tag_of(version, msg_type);
        let mut reader = ScopeReader { dictionary: &mut dictionary, components: &components, last_tag };
        let scope = reader.scope(&mut tokens(&body));
        match msg_type {
            "HEADER" => dictionary.header = scope,
            "TRAILER" => dictionary.trailer = scope,
            _ => dictionary.add_message(MessageDef {
                msg_type: msg_type.into(),
                name: name.into(),
                scope,
                part: Part::Both,
            }),
        }
    }
    dictionary
}

fn read_field(line: &str, version: Version) -> Option<FieldDef> {
    let mut words = line.split_ascii_whitespace();
    let tag = words.next()?.parse().expect("a tag number");
    let name = words.next().expect("a field name");
    let type_name = words.next().expect("a type");
    let mut values = Vec::new();
    let mut agreed_from = None;
    // Values behind a `+` came with FIX 5.0.
    let mut here = true;
    for word in words {
        if word == "+" {
            here = version > Version::Fix44;
        } else if let Some(from) = word.strip_suffix("..") {
            agreed_from = Some(from.parse().expect("a number before `..`"));
        } else if !here {
            continue;
        } else if let Some((from, to)) = word.split_once("..") {
            values.extend(range(from, to).map(|text| Value { text: text.into(), meaning: "".into() }));
        } else {
            let (text, meaning) = word.split_once('=').unwrap_or((word, ""));
            values.push(Value { text: text.into(), meaning: meaning.replace('-', " ").into() });
        }
    }
    Some(FieldDef { agreed_from, ..FieldDef::new(tag, name, kind(type_name), type_name, values) })
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
        "str" => Kind::Text,
        "mvs" => Kind::Texts,
        other => unreachable!("the table of fields names the unknown type {other}"),
    }
}

/// `head = body` definitions; indented lines continue the one before.
pub(super) fn definitions(table: &'static str) -> Vec<(&'static str, String)> {
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
    /// Fields above this one came later.
    last_tag: Option<u32>,
}

impl ScopeReader<'_> {
    /// Reads up to the closing bracket or the end, and keeps the scope.
    fn scope(&mut self, tokens: &mut std::vec::IntoIter<String>) -> ScopeId {
        let mut members = Vec::new();
        self.members(tokens, &mut members);
        self.dictionary.add_scope(members).expect("the tables are small")
    }

    fn members(&mut self, tokens: &mut std::vec::IntoIter<String>, members: &mut Vec<Member>) {
        let mut present = false;
        while let Some(token) = tokens.next() {
            if token == ")" {
                return;
            }
            if token == "(" {
                let group = self.scope(tokens);
                if let (true, Some(last)) = (present, members.last_mut()) {
                    last.group = Some(group);
                }
                continue;
            }
            let (name, here, required) = self.qualifiers(&token);
            present = here && !self.came_later(&name);
            if !present {
                continue;
            }
            if let Some(component) = name.strip_prefix('<') {
                let component = component.trim_end_matches('>');
                let (_, body) =
                    self.components.iter().find(|(n, _)| *n == component).expect("a component of the table");
                let from = members.len();
                self.members(&mut self::tokens(body), members);
                if !required {
                    members[from..].iter_mut().for_each(|m| m.required = false);
                }
            } else {
                members.push(Member { tag: name.parse().expect("a tag number"), required, group: None });
            }
        }
    }

    fn came_later(&self, name: &str) -> bool {
        self.last_tag.is_some_and(|last| name.parse::<u32>().is_ok_and(|tag| tag > last))
    }

    /// Splits `857@4!` into the name, whether it is there in this version, and whether it is required in it.
    fn qualifiers(&self, token: &str) -> (String, bool, bool) {
        let ours = if self.dictionary.version <= Version::Fix44 { "4" } else { "5" };
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
