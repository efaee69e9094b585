//! The built-in tables against QuickFIX's dictionaries, where these are installed: every message, field, group,
//! requirement and value. What differs is stated below, each with its reason; anything else fails.
//!
//! `pip install quickfix` brings the files; `FINALITY_QUICKFIX_XML` names their folder if it is none of the usual. Without
//! them the test passes and says so: nothing of them is in this repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use finality_parsers::fix::Version;
use finality_parsers::fix::dictionary::{Dictionary, Kind, ScopeId, dictionary};

/// Version, message (`*` for any), path of tags, reason. A path stands for everything below it.
const STATED: &[(&str, &str, &str, &str)] = &[
    ("FIX 4.4", "*", "753/1055", "the currency of a position amount is sent in 4.4 too"),
    (
        "FIX 5.0 SP2",
        "A",
        "384",
        "QuickFIX's Logon of FIXT.1.1 has no list of message types, the standard's has",
    ),
    ("FIX 5.0 SP2", "*", "711/984", "QuickFIX has dropped the amounts of an underlying, which SP2 has"),
    ("FIX 5.0 SP2", "P", "", "the instrument came into the acknowledgement after SP2"),
    ("FIX 5.0 SP2", "*", "73/40", "a later extension"),
    ("FIX 5.0 SP2", "AS", "579", "a later extension"),
    ("FIX 5.0 SP2", "AS", "1031", "a later extension"),
    ("FIX 5.0 SP2", "AS", "1032", "a later extension"),
    ("FIX 5.0 SP2", "*", "78/1233", "a later extension"),
    ("FIX 5.0 SP2", "*", "78/1238", "a later extension"),
    ("FIX 5.0 SP2", "*", "1233", "a later extension"),
    ("FIX 5.0 SP2", "*", "1238", "a later extension"),
    ("FIX 5.0 SP2", "*", "73", "a later extension"),
    ("FIX 5.0 SP2", "*", "552/73", "a later extension"),
    ("FIX 5.0 SP2", "*", "552/1233", "a later extension"),
    ("FIX 5.0 SP2", "*", "552/1238", "a later extension"),
    ("FIX 5.0 SP2", "*", "768/1033", "desk types are not spoken here"),
    ("FIX 5.0 SP2", "*", "768/1034", "desk types are not spoken here"),
    ("FIX 5.0 SP2", "*", "768/1035", "desk types are not spoken here"),
    ("FIX 5.0 SP2", "AK", "862", "capacities became optional after SP2"),
    ("FIX 5.0 SP2", "*", "552/54", "sides became optional after SP2"),
];

/// Version, tag, value, reason.
const STATED_VALUES: &[(&str, u32, &str, &str)] = &[
    ("FIX 4.4", 447, "N", "everybody sends LEIs in 4.4"),
    ("FIX 5.0 SP2", 452, "108", "QuickFIX has dropped it"),
    ("FIX 5.0 SP2", 1409, "9", "QuickFIX lists it for 5.0 SP2, not for FIXT.1.1"),
    ("FIX 5.0 SP2", 1409, "10", "QuickFIX lists it for 5.0 SP2, not for FIXT.1.1"),
];

/// Tags of 5.0 SP2 itself: QuickFIX's file goes on with every extension since.
const LAST_TAG_OF_SP2: u32 = 1496;

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("FINALITY_QUICKFIX_XML").map(PathBuf::from);
    let home = std::env::var_os("VIRTUAL_ENV").map(|home| PathBuf::from(home).join("share/quickfix"));
    let usual = ["/usr/share/quickfix", "/usr/local/share/quickfix"].map(PathBuf::from);
    named.into_iter().chain(home).chain(usual).find(|folder| folder.join("FIX44.xml").is_file())
}

fn load(folder: &std::path::Path, version: Version) -> Dictionary {
    let read = |name: &str| fs::read(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let dictionary = match version {
        Version::Fix50Sp2 => Dictionary::from_xml(Some(&read("FIXT11.xml")), &read("FIX50SP2.xml")),
        _ => Dictionary::from_xml(None, &read(&format!("{}.xml", version.begin_string().replace('.', "")))),
    };
    dictionary.unwrap_or_else(|e| panic!("{e}"))
}

/// Every field below a scope by its path, and whether it is required.
fn paths(d: &Dictionary, scope: ScopeId, above: &str, list: &mut BTreeMap<String, bool>) {
    for member in &d.scope(scope).members {
        let path = format!("{above}{}", member.tag);
        if let Some(group) = member.group {
            paths(d, group, &format!("{path}/"), list);
        }
        list.insert(path, member.required);
    }
}

fn is_stated(version: Version, msg_type: &str, path: &str) -> bool {
    STATED.iter().any(|(v, m, p, _)| {
        let below =
            path.strip_prefix(p).is_some_and(|rest| p.is_empty() || rest.is_empty() || rest.starts_with('/'));
        *v == version.name() && (*m == "*" || *m == msg_type) && below
    })
}

/// Whether QuickFIX can require something in an entry: only where the group is required itself.
fn is_inside_of_optional(theirs: &BTreeMap<String, bool>, path: &str) -> bool {
    path.match_indices('/').any(|(at, _)| theirs.get(&path[..at]) == Some(&false))
}

fn compare_messages(version: Version, ours: &Dictionary, theirs: &Dictionary, differences: &mut Vec<String>) {
    let mut scopes = vec![("header", ours.header, theirs.header), ("trailer", ours.trailer, theirs.trailer)];
    for message in ours.messages() {
        match theirs.message(&message.msg_type) {
            Some(other) => scopes.push((&message.msg_type, message.scope, other.scope)),
            None => differences.push(format!("{} {} is unknown to them", version.name(), message.msg_type)),
        }
    }
    for (name, here, there) in scopes {
        let (mut a, mut b) = (BTreeMap::new(), BTreeMap::new());
        paths(ours, here, "", &mut a);
        paths(theirs, there, "", &mut b);
        let last = if version == Version::Fix50Sp2 { LAST_TAG_OF_SP2 } else { u32::MAX };
        b.retain(|path, _| path.split('/').all(|tag| tag.parse::<u32>().is_ok_and(|tag| tag <= last)));
        let all: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        for path in all.into_iter().filter(|path| !is_stated(version, name, path)) {
            let what = match (a.get(path), b.get(path)) {
                (Some(_), None) => "is not in their message",
                (None, Some(_)) => "is in their message",
                (Some(true), Some(false)) if !is_inside_of_optional(&b, path) => "is not required there",
                (Some(false), Some(true)) => "is required there",
                _ => continue,
            };
            differences.push(format!("{} {name} {path} {what}", version.name()));
        }
    }
}

fn compare_values(version: Version, ours: &Dictionary, theirs: &Dictionary, differences: &mut Vec<String>) {
    for field in ours.fields() {
        let Some(other) = theirs.field(field.tag) else { continue };
        if *field.name != *other.name {
            differences.push(format!("{} {} is {} there", version.name(), field.name, other.name));
        }
        // Where one side lists no values it takes any; a boolean needs no list.
        if field.values.is_empty() || other.values.is_empty() || field.kind == Kind::Boolean {
            continue;
        }
        let texts = |f: &finality_parsers::fix::dictionary::FieldDef| {
            f.values.iter().map(|v| v.text.to_string()).collect::<BTreeSet<_>>()
        };
        let (a, b) = (texts(field), texts(other));
        let only_theirs =
            b.difference(&a).filter(|_| version == Version::Fix44 && field.agreed_from.is_none());
        for value in a.difference(&b).chain(only_theirs) {
            if !STATED_VALUES.iter().any(|s| s.0 == version.name() && s.1 == field.tag && s.2 == value) {
                differences.push(format!("{} {} ({}) {value}", version.name(), field.tag, field.name));
            }
        }
    }
}

#[test]
fn built_in_tables_agree_with_quickfix() {
    let Some(folder) = folder() else {
        println!("not compared: QuickFIX's dictionaries are not installed");
        return;
    };
    let mut differences = Vec::new();
    // Of 5.0 and 5.0 SP1 only the field numbers are told apart: see `dictionary/versions.rs`.
    for version in Version::ALL.into_iter().filter(|v| !v.is_fixt() || *v == Version::Fix50Sp2) {
        let (ours, theirs) = (dictionary(version), load(&folder, version));
        compare_messages(version, ours, &theirs, &mut differences);
        // Values are those of 4.4 in all versions before it.
        if version >= Version::Fix44 {
            compare_values(version, ours, &theirs, &mut differences);
        }
    }
    assert!(differences.is_empty(), "differences that are not stated:\n{}", differences.join("\n"));
}

#[test]
fn all_of_quickfix_s_dictionaries_are_read_and_agree_with_themselves() {
    let Some(folder) = folder() else {
        println!("not read: QuickFIX's dictionaries are not installed");
        return;
    };
    let read = |name: &str| fs::read(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let transport = read("FIXT11.xml");
    for (name, version) in [
        ("FIX40", Version::Fix40),
        ("FIX41", Version::Fix41),
        ("FIX42", Version::Fix42),
        ("FIX43", Version::Fix43),
        ("FIX44", Version::Fix44),
        ("FIX50", Version::Fix50),
        ("FIX50SP1", Version::Fix50Sp1),
        ("FIX50SP2", Version::Fix50Sp2),
    ] {
        let transport = version.is_fixt().then_some(&transport[..]);
        let d =
            Dictionary::from_xml(transport, &read(&format!("{name}.xml"))).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(d.version, version);
        assert!(
            d.message("0").is_some() && d.message("D").is_some(),
            "{name} has Heartbeat and NewOrderSingle"
        );
        let scopes = d.messages().iter().map(|m| m.scope).chain([d.header, d.trailer]);
        for scope in scopes.map(|scope| d.scope(scope)) {
            assert!(
                scope.members.iter().all(|m| d.field(m.tag).is_some()),
                "{name}: every member is a field"
            );
            for (at, member) in scope.members.iter().enumerate() {
                assert_eq!(scope.position(member.tag), Some(at), "{name} {}", member.tag);
            }
        }
        assert!(d.size() < 20 << 20, "{name} takes {} bytes", d.size());
    }
}
