//! Every sample is read as its twin says: `NAME.json` holds type, findings and normalized event; for the broken ones
//! `NAME.expected` holds the findings. `UPDATE_GOLDEN=1 cargo test -p finality-parsers --test all golden` rewrites the twins;
//! a person then reads the difference.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use finality_parsers::codec::{self, Depth};
use finality_parsers::diagnostic::{Diagnostic, Severity, line_column};
use finality_parsers::limits::Limits;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.map(|e| e.expect("a readable folder").path()).collect())
        .unwrap_or_default();
    files.retain(|f| {
        f.extension().is_some_and(|e| ["fix", "fin", "rje", "dos", "xml", "txt"].iter().any(|x| e == *x))
    });
    files.sort();
    files
}

fn finding(raw: &[u8], d: &Diagnostic) -> String {
    let (line, column) = line_column(raw, d.span.start);
    format!("{line}:{column}: {}[{}] {}: {}", d.severity, d.code, d.path, d.message)
}

fn compare(path: &Path, actual: &str, differences: &mut String) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, actual).expect("the twin can be written");
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected != actual {
        writeln!(differences, "--- {}\nexpected:\n{expected}\nfound:\n{actual}", path.display())
            .expect("a string");
    }
}

#[test]
fn good_samples_read_as_their_twins_say_and_are_given_back_byte_for_byte() {
    let mut differences = String::new();
    let mut count = 0;
    for protocol in ["fix", "mt", "mx"] {
        for file in files(&samples().join(protocol)) {
            let bytes = std::fs::read(&file).expect("a readable sample");
            let mut twin = String::new();
            for range in codec::split(&bytes, &Limits::default()) {
                let raw = &bytes[range];
                let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
                count += 1;
                assert!(!decoded.fields.is_empty(), "{}: no fields", file.display());
                assert_eq!(
                    String::from_utf8_lossy(&decoded.encoded),
                    String::from_utf8_lossy(raw),
                    "{}: not given back byte for byte",
                    file.display()
                );
                for d in decoded.diagnostics.iter().filter(|d| d.severity == Severity::Error) {
                    writeln!(differences, "{}: {}", file.display(), finding(raw, d)).expect("a string");
                }
                let value = serde_json::json!({
                    "protocol": decoded.protocol,
                    "type": decoded.message_type,
                    "findings": decoded.diagnostics.iter().map(|d| finding(raw, d)).collect::<Vec<_>>(),
                    "event": decoded.event,
                });
                twin.push_str(&serde_json::to_string_pretty(&value).expect("JSON"));
                twin.push('\n');
            }
            compare(&file.with_extension("json"), &twin, &mut differences);
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert!(count > 0, "there are no samples");
}

#[test]
fn broken_samples_give_the_findings_beside_them() {
    let mut differences = String::new();
    for protocol in ["fix", "mt", "mx"] {
        for file in files(&samples().join(protocol).join("broken")) {
            let bytes = std::fs::read(&file).expect("a readable sample");
            let mut list = String::new();
            let mut errors = 0;
            for range in codec::split(&bytes, &Limits::default()) {
                let raw = &bytes[range];
                for d in codec::decode(raw, &Limits::default(), Depth::Event).diagnostics {
                    errors += usize::from(d.severity == Severity::Error);
                    assert!(d.span.end <= raw.len(), "{}: a position outside", file.display());
                    writeln!(list, "{}", finding(raw, &d)).expect("a string");
                }
            }
            assert!(errors > 0, "{}: nothing wrong was found", file.display());
            compare(&file.with_extension("expected"), &list, &mut differences);
        }
    }
    assert!(differences.is_empty(), "{differences}");
}
