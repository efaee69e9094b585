//! Statements, allegements and penalties as MT: what is written and read again is the same, also over several pages.

use std::fs;
use std::path::PathBuf;

use finality_parsers::codec::{self, Depth, Envelope, Format};
use finality_parsers::diagnostic::Policy;
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::*;

fn envelope() -> Envelope {
    Envelope {
        sender: "CUSVDEFFXXX".into(),
        receiver: "LUMNLULL".into(),
        created: Timestamp::from_nanos(1_779_180_000_000_000_000),
        message_id: "CV-1".into(),
        possible_duplicate: false,
    }
}

fn samples() -> Vec<(String, Event)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../samples/mt");
    let mut files: Vec<_> = fs::read_dir(folder).expect("samples").map(|f| f.expect("a file").path()).collect();
    files.sort();
    let mut events = Vec::new();
    for file in files {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let wanted = ["mt535", "mt536", "mt537", "mt548-penal", "mt578", "mt586"];
        if !wanted.iter().any(|w| name.starts_with(w)) || !name.ends_with(".fin") {
            continue;
        }
        let raw = fs::read(&file).expect("a sample");
        for span in codec::split(&raw, &Limits::default()) {
            let read = codec::decode(&raw[span], &Limits::default(), Depth::Event);
            events.push((name.clone(), read.event.unwrap_or_else(|| panic!("{name}: {:?}", read.diagnostics))));
        }
    }
    assert!(events.len() > 20);
    events
}

/// The samples hold nearly every field, so this is the widest test there is.
#[test]
fn every_sample_is_written_and_read_again() {
    let mut troubles = String::new();
    for (name, event) in samples() {
        match codec::encode(&event, Format::Mt, &envelope()) {
            Err(error) => troubles.push_str(&format!("{name}: {error}\n")),
            Ok(written) => {
                for loss in &written.losses {
                    troubles.push_str(&format!("{name}: {loss}\n"));
                }
                let read = codec::decode(&written.bytes, &Limits::default(), Depth::Full);
                assert!(read.accepted(Policy::Strict), "{name}: {:?}", read.diagnostics);
                if read.event.as_ref() != Some(&event) {
                    troubles.push_str(&format!(
                        "{name}: not the same\n{}\n{}\n",
                        serde_json::to_string(&event).expect("json"),
                        serde_json::to_string(&read.event).expect("json")
                    ));
                }
            }
        }
    }
    assert!(troubles.is_empty(), "{troubles}");
}
