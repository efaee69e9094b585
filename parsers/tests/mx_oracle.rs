//! Our verdict against that of libxml2, on generated documents, and libxml2's on what we write. Both need files that do not
//! ship with the source (`../shared/reference`); without them the same code is held against itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use finality_parsers::codec::Depth;
use finality_parsers::diagnostic::{Layer, Severity};
use finality_parsers::limits::Limits;
use finality_parsers::mx;

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference")
}

/// Whether syntax and structure are clean; rules go further than a schema.
fn valid(bytes: &[u8]) -> Result<(), String> {
    let decoded = mx::decode(bytes, &Limits::default(), Depth::Full);
    assert_eq!(decoded.encoded, bytes, "not given back byte for byte");
    match decoded
        .diagnostics
        .iter()
        .find(|d| d.layer != Layer::Rule && d.severity == Severity::Error && d.code != "no-document")
    {
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
    let (mut agreed, mut differ) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for line in index.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [file, message, verdict, ..] = columns.as_slice() else { continue };
        if !mx::tables::TEXTS.iter().any(|(known, _)| known == message) {
            continue;
        }
        let Ok(bytes) = std::fs::read(folder.join(file)) else { continue };
        let ours = valid(&bytes);
        if ours.is_ok() == (*verdict == "valid") {
            *agreed.entry(message).or_default() += 1;
        } else {
            differ.push(format!(
                "{file}: libxml2 says {verdict} {}, we say {ours:?}",
                columns.last().unwrap_or(&"")
            ));
        }
    }
    std::fs::remove_dir_all(&folder).ok();
    println!("agreed: {agreed:?}, differing: {}", differ.len());
    assert!(agreed.values().sum::<usize>() > 100, "{agreed:?}");
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
