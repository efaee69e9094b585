//! What gets lost between MT, MX and FIX: every sample goes there and back, and what comes back differs from what went out
//! in the reported losses only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use finality_parsers::codec::{self, Depth, EncodeError, Envelope, Format, Loss};
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::Event;
use finality_parsers::mx::Wrapping;
use serde_json::Value;

const MX: Format = Format::Mx(Wrapping::Envelope);

/// The samples whose names start so and end so, in order.
fn samples(folder: &str, starts: &[&str], ends: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the samples").map(|entry| entry.expect("a sample").path()).collect();
    files.retain(|file| {
        let name = name(file);
        name.ends_with(ends) && starts.iter().any(|start| name.starts_with(start))
    });
    files.sort();
    files
}

fn name(file: &Path) -> &str {
    file.file_name().and_then(|name| name.to_str()).expect("a name")
}

/// What a sample means; nothing when it means nothing to the lifecycle.
fn event(bytes: &[u8]) -> Option<Event> {
    codec::decode(bytes, &Limits::default(), Depth::Event).event
}

/// An envelope that carries all that the event wants to say there.
fn envelope(event: &Event) -> Envelope {
    let (id, prepared) = match event {
        Event::Instruction(e) => (None, e.prepared),
        Event::Status(e) => (e.id.as_ref(), e.prepared),
        Event::Settlement(e) => (None, e.prepared),
        _ => (None, None),
    };
    Envelope {
        sender: "KESTGB2LXXX".into(),
        receiver: "ALBIGB2LXXX".into(),
        created: prepared.map(Timestamp::from_utc).unwrap_or_default(),
        message_id: id.map_or_else(|| "TRANSLATION-1".to_owned(), ToString::to_string),
        possible_duplicate: false,
    }
}

/// Writes an event and reads it again.
fn carried(event: &Event, format: Format) -> Result<(Event, Vec<Loss>), EncodeError> {
    let mut envelope = envelope(event);
    if format == Format::Mt && envelope.message_id.len() > 16 {
        envelope.message_id.clear();
    }
    let encoded = codec::encode(event, format, &envelope)?;
    let read = self::event(&encoded.bytes);
    Ok((read.expect("what is written can be read"), encoded.losses))
}

/// The paths of all leaves that are not the same, without the kind of event and positions in lists.
fn differences(one: &Value, other: &Value, path: &str, found: &mut BTreeSet<String>) {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let (a, b) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                differences(a, b, &path, found);
            }
        }
        _ if one == other => {}
        _ => {
            found.insert(path.to_owned());
        }
    }
}

#[derive(Debug, Default)]
struct Account {
    faithful: Vec<String>,
    with_losses: Vec<String>,
    refused: Vec<String>,
}

/// Each sample by way of another protocol and back.
fn there_and_back(files: &[PathBuf], formats: [Format; 2]) -> Account {
    let mut account = Account::default();
    for file in files {
        let name = name(file).to_owned();
        let bytes = std::fs::read(file).expect("a sample");
        let Some(first) = event(&bytes) else { continue };
        let both = carried(&first, formats[0]).and_then(|(second, mut losses)| {
            let (third, more) = carried(&second, formats[1])?;
            losses.extend(more);
            Ok((third, losses))
        });
        match both {
            Err(error) => account.refused.push(format!("{name}: {error}")),
            Ok((last, losses)) => {
                let json = |event: &Event| serde_json::to_value(event).expect("JSON");
                let mut found = BTreeSet::new();
                differences(&json(&first), &json(&last), "", &mut found);
                eprintln!("{name}: {found:?}\n   {}", losses.iter().map(|l| l.to_string()).collect::<Vec<_>>().join("\n   "));
                if losses.is_empty() { account.faithful.push(name) } else { account.with_losses.push(name) }
            }
        }
    }
    account
}

#[test]
fn mt_by_way_of_mx_and_back() {
    let account = there_and_back(&samples("mt", &["mt54"], ".fin"), [MX, Format::Mt]);
    panic!("{account:#?}");
}

#[test]
fn mx_by_way_of_mt_and_back() {
    let account = there_and_back(&samples("mx", &["sese"], ".xml"), [Format::Mt, MX]);
    panic!("{account:#?}");
}

#[test]
fn fix_to_mt() {
    let account = there_and_back(&samples("fix", &["AK"], ".fix"), [Format::Mt, Format::Mt]);
    panic!("{account:#?}");
}
