//! Our verdict against that of libxml2, on generated documents, and libxml2's on what we write. Both need files that do not
//! ship with the source (`../shared/reference`); without them the same code is held against itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use finality_parsers::codec::Depth;
use finality_parsers::diagnostic::{Diagnostic, Layer, Severity};
use finality_parsers::limits::Limits;
use finality_parsers::mx;
use finality_parsers::mx::compile::compile;
use finality_parsers::mx::schema::Schema;

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference")
}

/// Whether syntax and structure are clean; rules go further than a schema.
fn valid(bytes: &[u8]) -> Result<(), String> {
    let decoded = mx::decode(bytes, &Limits::default(), Depth::Full);
    assert_eq!(decoded.encoded, bytes, "not given back byte for byte");
    first_error(&decoded.diagnostics)
}

fn first_error(diagnostics: &[Diagnostic]) -> Result<(), String> {
    let counts =
        |d: &&Diagnostic| d.layer != Layer::Rule && d.severity == Severity::Error && d.code != "no-document";
    match diagnostics.iter().find(counts) {
        Some(d) => Err(format!("[{}] {} {}", d.code, d.path, d.message)),
        None => Ok(()),
    }
}

/// Unpacks with the tools of the machine; `None` when there is nothing to unpack.
fn unpack(into: &Path) -> Option<String> {
    let folder = reference().join("mx");
    std::fs::create_dir_all(into).ok()?;
    let done =
        Command::new("tar").arg("xzf").arg(folder.join("synth.tar.gz")).arg("-C").arg(into).status().ok()?;
    let index = Command::new("zcat").arg(folder.join("synth-index.tsv.gz")).output().ok()?;
    done.success()
        .then(|| String::from_utf8_lossy(&index.stdout).into_owned())
        .filter(|index| !index.is_empty())
}

#[test]
fn verdicts_agree_with_libxml2() {
    let folder = std::env::temp_dir().join(format!("finality-synth-{}", std::process::id()));
    let Some(index) = unpack(&folder) else {
        // Without the documents: a small one of our own, good and broken.
        let good = br#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:sese.024.001.12"><SctiesSttlmTxStsAdvc><TxId><AcctOwnrTxId>A</AcctOwnrTxId></TxId></SctiesSttlmTxStsAdvc></Document>"#;
        assert_eq!(valid(good), Ok(()));
        assert!(valid(&good.map(|b| if b == b'A' { b'B' } else { b })).is_err());
        return;
    };
    let (mut agreed, mut differ, mut committed) = (0, Vec::new(), 0);
    let mut schemas = BTreeMap::<String, Schema>::new();
    for line in index.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [file, message, verdict, ..] = columns.as_slice() else { continue };
        let Ok(bytes) = std::fs::read(folder.join(file)) else { continue };
        let known = mx::tables::messages().any(|known| known == *message);
        let ours = if known {
            committed += 1;
            valid(&bytes)
        } else {
            // Every other message by a table compiled on the spot.
            let schema = schemas.entry((*message).to_owned()).or_insert_with(|| {
                let xsd = std::fs::read(reference().join(format!("xsd/{message}.xsd"))).expect("the schema");
                Schema::parse(&compile(&xsd).expect("it compiles")).expect("the table reads")
            });
            first_error(&mx::check_against(&bytes, schema, &Limits::default()))
        };
        // Where libxml2 strays from the specification, the index says so: `valid(spec;...)`.
        if ours.is_ok() == verdict.starts_with("valid") {
            agreed += 1;
        } else {
            differ.push(format!(
                "{file}: libxml2 says {verdict} {}, we say {ours:?}",
                columns.last().unwrap_or(&"")
            ));
        }
    }
    std::fs::remove_dir_all(&folder).ok();
    println!("agreed: {agreed}, of them by committed tables: {committed}, differing: {}", differ.len());
    assert!(committed > 100 && agreed > committed, "{committed} of {agreed}");
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
