//! The tables of the MT types: each is read, says nothing that contradicts itself, and every line of it stands in a
//! sample that is read without an error.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use finality_parsers::codec::{self, Depth};
use finality_parsers::diagnostic::{Findings, Severity};
use finality_parsers::limits::Limits;
use finality_parsers::mt::message::Message;
use finality_parsers::mt::spec::{Content, Field, Sequence};
use finality_parsers::mt::{events, format, releases};

/// A field line: the id of its sequence, its number, its options.
type Line = (String, String, String);

fn line(sequence: &Sequence, field: &Field) -> Line {
    (sequence.id.to_owned(), field.number.to_owned(), format!("{}{}", field.options, field.later))
}

fn fields<'s>(sequence: &'s Sequence, found: &mut Vec<(&'s Sequence, &'s Field)>) {
    for item in &sequence.items {
        match &item.content {
            Content::Sequence(inner) => fields(inner, found),
            Content::Field(field) => found.push((sequence, field)),
        }
    }
}

fn sequences<'s>(sequence: &'s Sequence, found: &mut Vec<&'s Sequence>) {
    for item in &sequence.items {
        if let Content::Sequence(inner) = &item.content {
            found.push(inner);
            sequences(inner, found);
        }
    }
}

#[test]
fn tables_do_not_contradict_themselves() {
    for kind in releases::types() {
        let spec = releases::latest(kind).expect("a table");
        let mut all = Vec::new();
        fields(&spec.root, &mut all);
        assert!(!all.is_empty() && !spec.functions.is_empty() && !spec.title.is_empty(), "MT{kind}");
        for (sequence, field) in all {
            let place = format!("MT{kind} {}/{}", sequence.id, field.tag());
            let letters: Vec<char> = field.options.chars().chain(field.later.chars()).collect();
            assert_eq!(
                letters.iter().collect::<BTreeSet<_>>().len(),
                letters.len(),
                "{place}: an option twice"
            );
            for letter in &letters {
                let tag = format!("{}{letter}", field.number);
                assert!(format::of(tag.as_bytes()).is_some(), "{place}: {tag} has no format");
            }
            assert!(!letters.is_empty(), "{place}: every field of category 5 has a letter");
            let mut names = BTreeSet::new();
            for q in &field.qualifiers {
                assert!(names.insert(q.name), "{place}: {} twice", q.name);
                assert!(
                    q.options.chars().all(|o| letters.contains(&o)),
                    "{place}: {}[{}] is beyond the options of the field",
                    q.name,
                    q.options
                );
                assert!(
                    q.codes.is_empty() || q.codes.split('|').all(|c| c.len() == 4),
                    "{place}: {}",
                    q.codes
                );
                assert!(
                    q.substitute.is_empty() || field.qualifier(q.substitute.as_bytes()).is_some(),
                    "{place}: {} is stood in for by what the field does not have",
                    q.name
                );
            }
            // What was seen of a field is remembered in 64 bits.
            assert!(names.len() <= 64, "{place}: too many qualifiers");
        }
        let mut inner = Vec::new();
        sequences(&spec.root, &mut inner);
        let ids: BTreeSet<_> = inner.iter().map(|s| s.id).collect();
        assert_eq!(ids.len(), inner.len(), "MT{kind}: an id twice");
        for sequence in &inner {
            let within: Vec<_> = inner
                .iter()
                .filter(|s| s.id.len() > sequence.id.len() && s.id.starts_with(sequence.id))
                .collect();
            let mut below = Vec::new();
            sequences(sequence, &mut below);
            assert_eq!(within.len(), below.len(), "MT{kind}: ids below {} follow it", sequence.id);
        }
    }
}

fn samples(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/mt");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("samples")
        .map(|e| e.expect("a readable folder").path())
        .filter(|p| {
            let name = p.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            name.starts_with(&format!("mt{kind}-")) && name.ends_with(".fin")
        })
        .collect();
    found.sort();
    found
}

/// The lines of the table that a file uses; what is read must be without error and come out as it went in.
fn used(kind: &str, file: &Path) -> BTreeSet<Line> {
    let bytes = std::fs::read(file).expect("a sample");
    let limits = Limits::default();
    let mut lines = BTreeSet::new();
    for range in codec::split(&bytes, &limits) {
        let raw = &bytes[range];
        let decoded = codec::decode(raw, &limits, Depth::Full);
        let errors: Vec<_> = decoded.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", file.display());
        assert!(decoded.encoded == raw, "{}: not given back", file.display());
        let mut findings = Findings::new(1000);
        let message = Message::read(raw, &limits, &mut findings);
        assert_eq!(message.kind, kind, "{}", file.display());
        for e in message.elements() {
            let sequence =
                e.sequence.and_then(|s| message.layout.sequences[s].spec).expect("no error, so it is known");
            let matching = sequence.items.iter().filter_map(|item| match &item.content {
                Content::Field(f) if f.takes_tag(e.tag) => Some(f),
                _ => None,
            });
            lines.extend(matching.map(|f| line(sequence, f)));
        }
    }
    lines
}

/// Lines that the full sample of a type may not have, because a rule forbids them beside others: the sequence (and what is
/// in it) and the field number, or none for all of them.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    // A trade status has a quantity or an amount.
    ("509", "B", "19"),
    // A confirmation has its settlement amount in one place.
    ("515", "C", "19"),
    // Penalties are advised by themselves.
    ("548", "C", ""),
    // Pending transactions stand by status or by transaction; penalties are a third structure.
    ("537", "C", ""),
    ("537", "D", ""),
];

#[test]
fn every_line_of_a_table_stands_in_a_sample() {
    let mut lacking = BTreeMap::new();
    for kind in releases::types() {
        let spec = releases::latest(kind).expect("a table");
        let mut all = Vec::new();
        fields(&spec.root, &mut all);
        let (mut somewhere, mut full) = (BTreeSet::new(), BTreeSet::new());
        for file in samples(kind) {
            let lines = used(kind, &file);
            if file.to_string_lossy().ends_with("-full.fin") {
                full.clone_from(&lines);
            }
            somewhere.extend(lines);
        }
        for (sequence, field) in all {
            let line = line(sequence, field);
            let forbidden = FORBIDDEN.iter().any(|(k, id, number)| {
                *k == kind
                    && sequence.id.starts_with(id)
                    && (number.is_empty() && sequence.id.len() >= id.len()
                        || line.1 == *number && sequence.id == *id)
            });
            if !somewhere.contains(&line) || (!forbidden && !full.contains(&line)) {
                lacking.entry(kind).or_insert_with(Vec::new).push(format!("{} {}", sequence.id, field.tag()));
            }
        }
    }
    assert!(lacking.is_empty(), "these lines of the tables have no sample: {lacking:#?}");
}

#[test]
fn every_type_has_its_set_of_samples() {
    let broken = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/mt/broken");
    for kind in releases::types() {
        let names: Vec<String> = samples(kind)
            .iter()
            .map(|p| p.file_stem().expect("a name").to_string_lossy().into_owned())
            .collect();
        for wanted in ["minimal", "full"] {
            assert!(names.contains(&format!("mt{kind}-{wanted}")), "MT{kind} has no {wanted} sample");
        }
        assert!(
            names.iter().any(|n| n.ends_with("-repeated") || n.ends_with("-pages")),
            "MT{kind}: nothing repeats"
        );
        let count = std::fs::read_dir(&broken)
            .expect("broken samples")
            .filter(|e| {
                e.as_ref().is_ok_and(|e| {
                    let name = e.file_name().to_string_lossy().into_owned();
                    name.starts_with(&format!("mt{kind}-")) && name.ends_with(".fin")
                })
            })
            .count();
        assert!(count >= 3, "MT{kind} has {count} broken samples");
    }
}

/// The errors of a sample after a change to its text.
fn errors(kind: &str, from: &str, to: &str) -> Vec<String> {
    let file = samples(kind)
        .into_iter()
        .find(|f| f.to_string_lossy().ends_with("-full.fin"))
        .expect("a full sample");
    let text = std::fs::read_to_string(file).expect("a sample");
    assert!(text.contains(from), "MT{kind} has no {from}");
    let changed = text.replacen(from, to, 1);
    let decoded = codec::decode(changed.as_bytes(), &Limits::default(), Depth::Full);
    let errors = decoded.diagnostics.iter().filter(|d| d.severity == Severity::Error);
    errors.map(|d| format!("{} {}", d.code, d.path)).collect()
}

#[test]
fn what_was_not_seen_is_no_error() {
    for (kind, from, to) in [
        // Options of a later release, with qualifiers that no table lists.
        ("541", ":94F::SAFE//NCSD/DAKVDEFFXXX", ":94T::LEDG//LEDGER-01"),
        ("541", ":97A::SAFE//8120005000", ":97D::BCAW//WALLET"),
        ("541", ":97A::CASH//0044120", ":97D::BCAW//WALLET"),
        ("514", ":20C::RELA//", ":20U::UTID//"),
        // Further qualifiers of fields that are known in part, and functions that were not seen.
        ("541", ":17B::ACRU//Y", ":17B::WXYZ//Y"),
        ("530", ":22F::SPLT//SPLI", ":22F::WXYZ//ABCD"),
        ("537", ":98A::SETT//", ":98A::WXYZ//"),
        ("535", ":70E::HOLD//", ":70E::WXYZ//"),
        ("536", ":25D::MOVE//", ":25D::WXYZ//"),
        ("578", ":23G:NEWM", ":23G:REMO"),
        // A scheme of one's own stands above every code list.
        ("541", ":25D::MTCH//MACH", ":25D::MTCH/LUMN/HALF"),
    ] {
        assert_eq!(errors(kind, from, to), Vec::<String>::new(), "MT{kind}: {to}");
    }
}

#[test]
fn what_the_table_closes_is_an_error() {
    for (kind, from, to, expected) in [
        ("541", ":17B::CALL//Y", ":17B::WXYZ//Y", "T89 B/B1/17B:WXYZ"),
        ("541", ":25D::MTCH//MACH", ":25D::MTCH//HALF", "K25 B/25D:MTCH"),
        ("548", ":22H::REDE//RECE", ":22H::REDE//BOTH", "K22 B/22H:REDE"),
        ("541", ":23G:NEWM", ":23G:REMO", "unknown-function A/23G"),
        ("537", ":24B::PEND//LACK", ":24B::PEND//WXYZ", "K24 B[1]/B1[1]/24B:PEND"),
    ] {
        let found = errors(kind, from, to);
        assert!(found.iter().any(|f| f == expected), "MT{kind}: {to}: {found:?}");
    }
}

#[test]
fn samples_become_the_events_that_the_list_of_meanings_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/mt");
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the samples") {
        let path = entry.expect("a sample").path();
        let name = path.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
        let Some(kind) = name.strip_prefix("mt").and_then(|n| n.get(..3)).filter(|_| name.ends_with(".fin"))
        else {
            continue;
        };
        let decoded =
            codec::decode(&std::fs::read(&path).expect("a sample"), &Limits::default(), Depth::Event);
        let event = decoded.event.map(|e| e.kind());
        match (events::of(kind), event) {
            (Some(meaning), Some(event)) => {
                assert!(meaning.events.contains(&event), "{name} becomes {}", event.name());
                seen.insert((meaning.message, event));
            }
            // Penalties alone say nothing of an instruction.
            (Some(_), None) => assert!(name.contains("penalt"), "{name} becomes nothing"),
            (None, event) => assert_eq!(event, None, "{name} becomes what the list does not say"),
        }
    }
    for meaning in events::MEANINGS {
        for event in meaning.events {
            let cancelled = matches!(meaning.message, "540" | "542") && event.name() == "cancellation";
            assert!(
                cancelled || seen.contains(&(meaning.message, *event)),
                "no sample of MT{} becomes {}",
                meaning.message,
                event.name()
            );
        }
    }
}
