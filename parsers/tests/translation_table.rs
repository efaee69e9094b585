//! The table of the translation says what is so: every row is in the tables of both standards, and the page is what the
//! table says.

use std::collections::BTreeSet;
use std::path::Path;

use finality_parsers::codec::{self, Depth, Envelope, Format};
use finality_parsers::limits::Limits;
use finality_parsers::mx::{Wrapping, tables};
use finality_parsers::translate::table::{MAPPINGS, Rule};
use finality_parsers::tree::Node;
use finality_parsers::{mt, translate};

/// The newest version of a message.
fn newest(name: &str) -> &'static str {
    tables::messages().filter(|message| message.starts_with(name)).last().expect("a table")
}

#[test]
fn every_row_is_in_the_tables_of_both_standards() {
    let mut wrong = Vec::new();
    for mapping in MAPPINGS {
        let schema = tables::find(newest(mapping.mx)).expect("a table").schema;
        for field in mapping.fields {
            let number = field.tag.trim_end_matches(char::is_alphabetic);
            let sequence = field.block.rsplit('/').next().unwrap_or_default();
            let in_mt = field.tag.is_empty()
                || mapping.mt.iter().any(|kind| mt::has_field(kind, sequence, number, field.qualifier));
            let in_mx = field.mx.starts_with("AppHdr/") || schema.down(schema.own(), field.mx).is_some();
            if !in_mt || !in_mx {
                wrong.push(format!("{} {field:?}: in MT {in_mt}, in MX {in_mx}", mapping.mx));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rows of details of settlement transactions: in the tables of the messages that have them.
#[test]
fn every_row_of_details_is_in_a_table_of_mx() {
    const MESSAGES: [&str; 6] = ["sese.023", "sese.025", "sese.028", "sese.033", "sese.035", "sese.026"];
    let schemas = MESSAGES.map(|name| tables::find(newest(name)).expect("a table").schema);
    let (mut rows, mut wrong) = (0, Vec::new());
    for (sequence, tag, code, path) in finality_parsers::mx::detail_rows() {
        rows += 1;
        let number = tag.trim_end_matches(char::is_alphabetic);
        let kinds = ["540", "541", "542", "543", "544", "545", "546", "547", "548", "578"];
        let in_mt = tag.is_empty() || kinds.iter().any(|kind| mt::has_field(kind, sequence, number, code));
        let in_mx = schemas.iter().any(|schema| schema.down(schema.own(), path).is_some());
        if !in_mt || !in_mx {
            wrong.push(format!("{sequence} {tag}::{code} {path}: in MT {in_mt}, in MX {in_mx}"));
        }
    }
    assert!(rows > 90, "{rows} rows");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The values of a field: below the sequence, with the qualifier.
fn values<'n>(nodes: &'n [Node], block: &str, number: &str, qualifier: &str) -> Vec<&'n str> {
    let mut found = Vec::new();
    for node in nodes {
        let value = node.value.as_deref().unwrap_or_default();
        let named = qualifier.is_empty() || value.starts_with(&format!(":{qualifier}/"));
        if block.is_empty() && node.name.starts_with(number) && named && node.value.is_some() {
            found.push(value.rsplit('/').next().unwrap_or(value));
        }
        let below = match block.split_once('/') {
            Some((first, rest)) if first == node.name => rest,
            None if block == node.name => "",
            _ if block.is_empty() => continue,
            _ => block,
        };
        found.extend(values(&node.children, below, number, qualifier));
    }
    found
}

/// Whether there is an element down this way, however deep it begins.
fn has(nodes: &[Node], path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    nodes.iter().any(|node| (node.name == *first && has(&node.children, rest)) || has(&node.children, path))
}

/// Every sample of MT that has the field of a row, and becomes the message of the row, has the element of the row then.
#[test]
fn every_row_holds_for_the_samples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/mt");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("samples").map(|e| e.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "fin"));
    files.sort();
    let (mut held, mut wrong) = (BTreeSet::new(), Vec::new());
    for file in files {
        let raw = std::fs::read(&file).expect("a sample");
        let decoded = codec::decode(&raw, &Limits::default(), Depth::Full);
        let Some(event) = &decoded.event else { continue };
        let told = translate::told(&raw, &decoded);
        let envelope =
            Envelope { sender: "ALBIGB2LXXX".into(), receiver: "KESTGB2LXXX".into(), ..told.clone() };
        let format = Format::Mx(Wrapping::Envelope);
        let Ok(translation) = translate::translate(&decoded, event, format, (&told, &envelope), &[]) else {
            continue;
        };
        let target = codec::decode(&translation.encoded.bytes, &Limits::default(), Depth::Full);
        for mapping in MAPPINGS.iter().filter(|m| translation.encoded.message_type.starts_with(m.mx)) {
            for field in mapping.fields.iter().filter(|field| !field.tag.is_empty()) {
                let number = field.tag.trim_end_matches(char::is_alphabetic);
                let said = values(&decoded.fields, field.block, number, field.qualifier);
                // One field may have several places: a meaning, a side, and a reason in each status.
                let same = mapping.fields.iter().filter(|other| {
                    (other.block, other.tag, other.qualifier) == (field.block, field.tag, field.qualifier)
                });
                let there = |mx: &str| has(&target.fields, &mx.split('/').collect::<Vec<_>>());
                let lost =
                    |value: &&str| translation.encoded.losses.iter().any(|loss| loss.value.contains(value));
                if there(field.mx) && !said.is_empty() {
                    held.insert(format!("{} {field:?}", mapping.mx));
                } else if !said.iter().all(lost)
                    && !same.clone().any(|other| there(other.mx))
                    && field.rule != Rule::Meaning
                    && !field.block.ends_with("REAS")
                {
                    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                    wrong.push(format!("{name} to {}: {field:?} {said:?}", mapping.mx));
                }
            }
        }
    }
    println!("{} rows hold", held.len());
    assert!(held.len() > 90, "{} rows", held.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_is_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/formats/translation.md");
    let page = translate::page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).expect("the page can be written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == page, "docs/formats/translation.md is not what the table says: run with UPDATE_DOCS=1");
}
