//! What the event of a message does not hold: every value of the fullest samples comes back, or `docs/formats/mx-left.md` names its
//! element. `UPDATE_DOCS=1` prints that page anew; a person then reads the difference, which should get shorter.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use finality_parsers::codec::{self, Depth};
use finality_parsers::limits::Limits;
use finality_parsers::translate;

/// The elements that are left, for each message: the names of elements below the first own one.
fn left() -> BTreeMap<String, BTreeSet<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/mx");
    let mut left = BTreeMap::new();
    for file in std::fs::read_dir(folder).expect("samples").map(|f| f.expect("a file").path()) {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        if !name.ends_with("-full.xml") {
            continue;
        }
        let raw = std::fs::read(&file).expect("a sample");
        let decoded = codec::decode(&raw, &Limits::default(), Depth::Full);
        let Some(event) = &decoded.event else { continue };
        let told = translate::told(&raw, &decoded);
        let found = translate::left_behind(&decoded, event, &told)
            .unwrap_or_else(|error| panic!("{name} is not written again: {error}"));
        let elements = found.iter().map(|leaf| short(&leaf.path));
        left.insert(name.trim_end_matches("-full.xml").to_owned(), elements.collect());
    }
    left
}

/// The way from the header, or from below the first own element. A name with its address counts as one, and so do the levels of
/// accounts below accounts, which say the same.
fn short(path: &str) -> String {
    let path = match path.split_once("/NmAndAdr/") {
        Some((above, _)) => format!("{above}/NmAndAdr"),
        None => path.to_owned(),
    };
    let same = |word: &&str| !word.starts_with("AcctSubLvl") || word.ends_with("Diff");
    let words: Vec<&str> = path.split('/').filter(same).collect();
    let level = |word: &str| {
        if word.starts_with("AcctSubLvl") { "AcctSubLvl1Diff".to_owned() } else { word.to_owned() }
    };
    let path = words.into_iter().map(level).collect::<Vec<_>>().join("/");
    let path = path.as_str();
    match (path.split_once("AppHdr/"), path.split_once("Document/")) {
        (Some((_, below)), _) => format!("AppHdr/{below}"),
        (None, Some((_, below))) => below.split_once('/').map_or(below, |(_, rest)| rest).to_owned(),
        (None, None) => path.to_owned(),
    }
}

fn page(left: &BTreeMap<String, BTreeSet<String>>) -> String {
    let mut page = String::from(
        "# ISO 20022: what an event does not hold\n\nPrinted by `parsers/tests/mx_leaves.rs` from the fullest sample of every message that is \
         read: these elements stand in the sample and do not come back when its event is written as the same message. `finality convert` \
         names each of them where it is lost. A structured address comes back as lines (`NmAndAdr`).\n",
    );
    for (message, elements) in left.iter().filter(|(_, elements)| !elements.is_empty()) {
        write!(page, "\n## {message}\n\n").expect("a string");
        for element in elements {
            writeln!(page, "- `{element}`").expect("a string");
        }
    }
    let whole: Vec<&str> = left.iter().filter(|(_, e)| e.is_empty()).map(|(m, _)| m.as_str()).collect();
    write!(page, "\n## Nothing\n\nOf {} all of it comes back.\n", whole.join(", ")).expect("a string");
    page
}

#[test]
fn every_value_of_the_fullest_samples_comes_back_or_is_named() {
    let left = left();
    assert!(left.len() > 30, "{} messages are read", left.len());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/formats/mx-left.md");
    let page = page(&left);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).expect("the page can be written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == page,
        "docs/formats/mx-left.md is not what is left: run with UPDATE_DOCS=1 and read the difference"
    );
}

/// What somebody added to the standard is kept in all messages, but for receipts of the network, which nobody writes again.
#[test]
fn nothing_of_somebodys_own_is_left() {
    for (message, elements) in left().iter().filter(|(message, _)| *message != "admi.007") {
        let own = |name: &&String| {
            name.contains("SplmtryData") || name.ends_with("SchmeNm") || name.ends_with("Issr")
        };
        // Rates and certificates are named by numbers with an issuer, not by codes.
        let lost: Vec<_> = elements
            .iter()
            .filter(own)
            .filter(|e| !["Rate", "CertNb"].iter().any(|n| e.contains(n)))
            .collect();
        assert!(lost.is_empty(), "{message}: {lost:?}");
    }
}
