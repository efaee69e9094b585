//! Which version of a message is written, and that any version is read alike.

use std::path::Path;

use finality_parsers::codec::{self, Depth, Format};
use finality_parsers::diagnostic::Severity;
use finality_parsers::limits::Limits;
use finality_parsers::mx::{Wrapping, tables};
use finality_parsers::translate;

/// The samples of a message, by the start of their names.
fn samples(start: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/mx");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("samples").map(|e| e.expect("a file").path()).collect();
    files.sort();
    let of = |f: &Path| f.file_name().is_some_and(|n| n.to_string_lossy().starts_with(start));
    files.retain(|f| of(f) && f.extension().is_some_and(|e| e == "xml"));
    files.iter().map(|f| std::fs::read(f).expect("a sample")).collect()
}

#[test]
fn every_version_that_is_written_says_the_same() {
    let mut written = 0;
    for start in ["sese.02", "sese.03", "semt.0", "setr.0"] {
        for raw in samples(start) {
            let decoded = codec::decode(&raw, &Limits::default(), Depth::Full);
            let Some(event) = &decoded.event else { continue };
            let told = translate::told(&raw, &decoded);
            let name = decoded.message_type.get(..8).unwrap_or_default();
            for version in tables::messages().filter(|message| message.starts_with(name)) {
                let format = Format::Mx(Wrapping::Envelope);
                let Ok(encoded) = codec::encode_as(event, format, &told, &[version.to_owned()]) else {
                    continue;
                };
                if encoded.message_type.get(..8) != Some(name) {
                    continue;
                }
                assert_eq!(encoded.message_type, version);
                let again = codec::decode(&encoded.bytes, &Limits::default(), Depth::Event);
                let errors: Vec<_> =
                    again.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
                assert!(errors.is_empty(), "{version}: {errors:?}");
                if encoded.losses.is_empty() {
                    assert_eq!(again.event.as_ref(), Some(event), "{version}");
                }
                written += 1;
            }
        }
    }
    assert!(written > 60, "{written} messages in all versions");
}

#[test]
fn what_a_counterparty_does_not_name_is_written_as_usual() {
    let raw = samples("sese.024-typical").remove(0);
    let decoded = codec::decode(&raw, &Limits::default(), Depth::Full);
    let event = decoded.event.as_ref().expect("a status");
    let told = translate::told(&raw, &decoded);
    let format = Format::Mx(Wrapping::Envelope);
    for (wanted, expected) in [
        (&[][..], "sese.024.001.12"),
        (&["sese.024.001.14"], "sese.024.001.14"),
        (&["sese.023.001.11"], "sese.024.001.12"),
        (&["sese.024.001.99"], "sese.024.001.12"),
    ] {
        let wanted: Vec<String> = wanted.iter().map(|w| (*w).to_owned()).collect();
        let encoded = codec::encode_as(event, format, &told, &wanted).expect("it can be written");
        assert_eq!(encoded.message_type, expected);
    }
}
