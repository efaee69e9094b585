//! Events by way of MX: what is written is valid, reads back the same, and differs in the reported losses only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use finality_parsers::codec::{self, Depth, Encoded, Envelope, Format, Loss};
use finality_parsers::diagnostic::{Layer, Policy};
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::*;
use finality_parsers::mx::Wrapping;
use serde_json::Value;

pub(crate) fn envelope(event: &Event) -> Envelope {
    Envelope {
        sender: "CUSVDEFFXXX".into(),
        receiver: "LUMNLULLXXX".into(),
        created: prepared(event).map(Timestamp::from_utc).unwrap_or_default(),
        message_id: match event {
            // A request is known by the identifier of its header.
            Event::StatusRequest(e) => e.id.to_string(),
            Event::Modification(e) => e.id.to_string(),
            Event::Withdrawal(e) => e.id.to_string(),
            Event::IntraPosition(e) => e.id.as_ref().map_or("STATEMENT-1".into(), ToString::to_string),
            Event::AuditTrail(e) => e.id.as_ref().map_or("STATEMENT-1".into(), ToString::to_string),
            Event::CounterpartyResponse(e) => e.id.as_ref().map_or("STATEMENT-1".into(), ToString::to_string),
            Event::Status(e) => e.id.as_ref().map_or("STATEMENT-1".into(), ToString::to_string),
            _ => "STATEMENT-1".into(),
        },
        possible_duplicate: false,
    }
}

fn prepared(event: &Event) -> Option<chrono::DateTime<chrono::Utc>> {
    match event {
        Event::HoldingsStatement(e) => e.header.prepared,
        Event::TransactionsStatement(e) => e.header.prepared,
        Event::PendingStatement(e) => e.header.prepared,
        Event::AllegementStatement(e) => e.header.prepared,
        Event::IntraPositionStatement(e) => e.header.prepared,
        Event::Penalties(e) => match &e.source {
            PenaltySource::Statement(header) => header.prepared,
            PenaltySource::Advice { prepared, .. } => *prepared,
        },
        Event::Confirmation(e) => e.transacted,
        Event::ConfirmationCancellation(e) => e.transacted,
        Event::ConfirmationAcknowledgement(e) => e.transacted,
        Event::TradeStatus(e) => e.prepared,
        Event::Status(e) => e.prepared,
        Event::Modification(e) => e.prepared,
        Event::Generation(e) => e.instruction.prepared,
        Event::Withdrawal(e) => e.prepared,
        Event::CounterpartyResponse(e) => e.prepared,
        Event::IntraPosition(e) => e.prepared,
        Event::AuditTrail(e) => e.prepared,
        Event::PortfolioTransfer(e) => e.header.prepared,
        Event::BalanceTransparency(e) => e.prepared,
        _ => None,
    }
}

/// What the MT samples of these names mean.
pub(crate) fn samples(starts: &[&str]) -> Vec<(String, Event)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/mt");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("samples").map(|f| f.expect("a file").path()).collect();
    files.sort();
    let mut events = Vec::new();
    for file in files {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        if !starts.iter().any(|s| name.starts_with(s)) || !name.ends_with(".fin") {
            continue;
        }
        let raw = std::fs::read(&file).expect("a sample");
        for (at, span) in codec::split(&raw, &Limits::default()).into_iter().enumerate() {
            let read = codec::decode(&raw[span], &Limits::default(), Depth::Event);
            events.push((format!("{name} {}", at + 1), read.event.expect("it means something")));
        }
    }
    events
}

/// Writes an event in an envelope; what comes out is valid by our own walk, and reads.
pub(crate) fn written(event: &Event) -> (Encoded, Event) {
    written_as(event, Wrapping::Envelope)
}

/// The same, with a header or without.
fn written_as(event: &Event, wrapping: Wrapping) -> (Encoded, Event) {
    let encoded = codec::encode(event, Format::Mx(wrapping), &envelope(event))
        .unwrap_or_else(|e| panic!("{e}\n{event:#?}"));
    let decoded = codec::decode(&encoded.bytes, &Limits::default(), Depth::Full);
    let text = String::from_utf8_lossy(&encoded.bytes).into_owned();
    let wrong: Vec<_> = decoded.diagnostics.iter().filter(|d| d.layer < Layer::Rule).collect();
    assert!(wrong.is_empty() && decoded.accepted(Policy::Lenient), "{:?}\n{text}", decoded.diagnostics);
    assert_eq!(decoded.message_type, encoded.message_type);
    valid(&encoded);
    (encoded, decoded.event.unwrap_or_else(|| panic!("it means nothing: {:?}\n{text}", decoded.diagnostics)))
}

/// Asks libxml2 about the document, where that and the official schema are at hand.
fn valid(encoded: &Encoded) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/xsd");
    let schema = folder.join(format!("{}.xsd", encoded.message_type));
    if !schema.exists() {
        return;
    }
    let text = std::str::from_utf8(&encoded.bytes).expect("text");
    let inside = text.split_once("<Document").and_then(|(_, rest)| rest.split_once("</Document>"));
    let (inside, _) = inside.expect("there is a document");
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let unique = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("finality-{}-{unique}.xml", std::process::id());
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, format!("<Document{inside}</Document>")).expect("a file");
    let done = Command::new("xmllint").arg("--noout").arg("--schema").arg(schema).arg(&file).output();
    std::fs::remove_file(&file).ok();
    if let Ok(done) = done {
        assert!(done.status.success(), "{}\n{text}", String::from_utf8_lossy(&done.stderr));
    }
}

/// The same with everything left out that says nothing: the order of links and of details, an account that repeats the
/// statement's own, a place of settlement that both sides repeat.
pub(crate) fn plain(event: &Event) -> Value {
    let mut value = serde_json::to_value(event).expect("JSON");
    let header = value.as_object().and_then(|o| o.values().next()).and_then(|e| e.get("header")).cloned();
    smooth(&mut value, &header.unwrap_or_default());
    value
}

fn smooth(value: &mut Value, header: &Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(|value| smooth(value, header));
            if let Some(Value::Object(account)) = map.get_mut("account")
                && account
                    .keys()
                    .all(|key| ["account", "owner", "activity", "places"].contains(&key.as_str()))
                && !account.contains_key("id")
            {
                account.remove("activity");
                for key in ["account", "owner"] {
                    if account.get(key) == header.get(key) {
                        account.remove(key);
                    }
                }
            }
            for key in ["delivering", "receiving"] {
                let same = map.get("delivering").and_then(|c| c.get("depository"))
                    == map.get("receiving").and_then(|c| c.get("depository"));
                if let (true, "receiving", Some(Value::Object(chain))) = (same, key, map.get_mut(key)) {
                    chain.remove("depository");
                }
            }
            for (key, list) in map.iter_mut() {
                let unordered = [
                    "linkages",
                    "details",
                    "references",
                    "parties",
                    "other_amounts",
                    "attributes",
                    "second_leg",
                ];
                if let (true, Value::Array(list)) =
                    (unordered.contains(&key.as_str()) || key.ends_with("_details"), list)
                {
                    list.sort_by_key(ToString::to_string);
                }
            }
            map.retain(|_, value| !matches!(value, Value::Array(a) if a.is_empty()));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| smooth(value, header)),
        _ => {}
    }
}

/// The paths of all fields that are not the same. Of a list of another length, and of a list of details, only its name.
pub(crate) fn differences(one: &Value, other: &Value, path: &str, found: &mut BTreeSet<String>) {
    match (one, other) {
        _ if one == other => {}
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let (a, b) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                differences(a, b, &path, found);
            }
        }
        (Value::Array(a), Value::Array(b))
            if a.len() == b.len() && !path.ends_with("details") && !path.ends_with("second_leg") =>
        {
            a.iter().zip(b).for_each(|(a, b)| differences(a, b, path, found));
        }
        // What was not said and is now is more, not less.
        (Value::Null, _)
            if path.ends_with(".prepared")
                || path.ends_with(".consolidated")
                || path.ends_with(".transacted") => {}
        _ => {
            found.insert(path.to_owned());
        }
    }
}

/// Whether a loss names a field: its words, codes left out, stand in the path in this order.
pub(crate) fn names(loss: &Loss, path: &str) -> bool {
    let mut words = path.split('.');
    let is_code = |word: &&str| word.len() <= 4 && word.chars().all(|c| c.is_ascii_uppercase());
    loss.field.split('.').filter(|w| !is_code(w)).all(|word| words.any(|other| other == word))
}

/// Each sample as MX and back as MT; gives the names of those without a loss.
pub(crate) fn by_way_of_mx(starts: &[&str]) -> Vec<String> {
    there_and_back(samples(starts))
}

/// Each event as MX and back as MT; gives the names of those without a loss.
pub(crate) fn there_and_back(events: Vec<(String, Event)>) -> Vec<String> {
    back_as(events, Format::Mt)
}

/// The same with another way back.
pub(crate) fn back_as(events: Vec<(String, Event)>, format: Format) -> Vec<String> {
    let mut faithful = Vec::new();
    let mut silent = String::new();
    for (name, event) in events {
        let (encoded, read) = written(&event);
        let mut found = BTreeSet::new();
        differences(&plain(&event), &plain(&read), "", &mut found);
        for path in found.iter().filter(|path| !encoded.losses.iter().any(|loss| names(loss, path))) {
            silent.push_str(&format!("{name}: {path} is lost in silence\n"));
        }
        assert!(encoded.losses.iter().all(|loss| !loss.field.is_empty() && !loss.reason.is_empty()));
        if std::env::var_os("SHOW").is_some() {
            println!("== {name} {}", encoded.message_type);
            encoded.losses.iter().for_each(|loss| println!("  {loss}"));
        }
        // What is written once more says the same: nothing is lost that was kept.
        let (again, last) = written(&read);
        assert_eq!(read, last, "{name}: {:?}\n{}", again.losses, String::from_utf8_lossy(&again.bytes));
        let mut mt = envelope(&read);
        mt.message_id.clear();
        // What MX knows may be too little for the way back, and that is said.
        let Ok(mt) = codec::encode(&read, format, &mt) else { continue };
        let back = codec::decode(&mt.bytes, &Limits::default(), Depth::Event).event.expect("it reads");
        let mut found = BTreeSet::new();
        differences(&plain(&read), &plain(&back), "", &mut found);
        for path in found.iter().filter(|path| !mt.losses.iter().any(|loss| names(loss, path))) {
            silent.push_str(&format!("{name}: {path} is lost in silence on the way back: {:?}\n", mt.losses));
        }
        if encoded.losses.is_empty() {
            faithful.push(name);
        }
    }
    assert!(silent.is_empty(), "{silent}");
    faithful
}

/// The good samples of these messages that mean something: what they say is written and read again, and nothing is lost.
pub(crate) fn samples_are_written_again(area: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/mx");
    let mut count = 0;
    for file in std::fs::read_dir(folder).expect("samples").map(|f| f.expect("a file").path()) {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        if !name.starts_with(area) || !name.ends_with(".xml") {
            continue;
        }
        let raw = std::fs::read(&file).expect("a sample");
        let decoded = codec::decode(&raw, &Limits::default(), Depth::Event);
        let Some(event) = decoded.event else { continue };
        count += 1;
        // Some messages are known by their header only: what has none is given none.
        let has_header = raw.windows(7).any(|part| part == b"<AppHdr");
        let wrapping = if has_header { Wrapping::Envelope } else { Wrapping::Document };
        let (encoded, read) = written_as(&event, wrapping);
        assert_eq!(encoded.message_type, decoded.message_type, "{name}");
        let mut found = BTreeSet::new();
        differences(&plain(&event), &plain(&read), "", &mut found);
        assert!(found.is_empty() && encoded.losses.is_empty(), "{name}: {found:?} {:?}", encoded.losses);
    }
    assert!(count >= 9, "{count} samples of {area}");
}
