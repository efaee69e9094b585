//! `finality ssi`: import, look-up, versions and withdrawal at the command line.

use crate::common::desk::Desk;
use serde_json::Value;

const USERS: &str = "\n[[profile.users]]\nname = \"otto\"\nroles = [\"operator\"]\n\
    [[profile.users]]\nname = \"anna\"\nroles = [\"approver\"]\n";

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/ssi.csv");

fn json(said: &str) -> Vec<Value> {
    said.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {said}"))).collect()
}

#[test]
fn a_file_is_imported_by_two_people_and_changed_by_versions() {
    let desk = Desk::open(USERS);
    let ssi = |args: &[&str]| desk.on_store("ssi", args);
    let (said, code) = ssi(&["import", SAMPLE, "--dry-run"]);
    assert!(code == Some(0) && said.contains("4 records: 4 new, 0 changed"), "{said}");
    let (said, code) = ssi(&["import", SAMPLE]);
    assert!(code == Some(2) && said.contains("--as USER"), "{said}");
    let (said, code) = ssi(&["import", SAMPLE, "--as", "otto"]);
    assert!(code == Some(0) && said.contains("import 4 standing instructions from ssi.csv"), "{said}");
    let (said, _) = ssi(&["--json", "list", "--party", "us"]);
    assert_eq!(json(&said).last().expect("a line")["status"], "proposed", "{said}");
    let (said, code) = ssi(&["show", "BROK-US-EQ"]);
    assert!(code == Some(3) && said.contains("no record is called"), "nothing counts yet: {said}");
    let (said, code) = desk.order(&["--as", "anna", "approve", "1"]);
    assert!(code == Some(0) && said.contains("BROK-US-EQ version 1 kept"), "{said}");

    let us =
        ["--party", "BROKDEFF", "--isin", "US0378331005", "--currency", "USD", "--security-type", "equity"];
    let (said, code) = ssi(&[&["check"][..], &us].concat());
    assert!(code == Some(0) && said.contains("BROK-US-EQ version 1: active"), "{said}");
    assert!(
        said.contains("usual place of settlement: DTCYUS33XXX") && said.contains("approved by anna"),
        "{said}"
    );
    let (said, code) = ssi(&[&["--json", "check", "--method", "dvp"][..], &us].concat());
    let line = &json(&said)[0];
    assert_eq!(
        (code, &line["id"], &line["status"]),
        (Some(0), &"BROK-US-EQ".into(), &"active".into()),
        "{said}"
    );
    let (said, code) = ssi(&["check", "--party", "NOBODEFF", "--isin", "US0378331005"]);
    assert!(code == Some(1) && said.contains("none"), "{said}");

    // What is exported can be imported, and changes nothing.
    let (file, code) = ssi(&["export"]);
    assert_eq!(code, Some(0), "{file}");
    let again = desk.path("again.csv");
    std::fs::write(&again, file).expect("a file");
    let (said, code) = ssi(&["import", &again, "--dry-run"]);
    assert!(code == Some(0) && said.contains(" 0 new, 0 changed"), "{said}");

    let record = desk.path("record.json");
    let next = r#"{"id":"BROK-US-EQ","party":"BROKDEFFXXX","country":"US","from":"2027-01-01","chain":{"depository":{"id":{"bic":"DTCYUS33XXX"}},"agent":{"id":{"bic":"BROKUS33XXX"}}}}"#;
    std::fs::write(&record, next).expect("a file");
    let (said, code) = ssi(&["propose", &record, "--as", "anna"]);
    assert!(code == Some(0) && said.contains("proposal 2"), "{said}");
    let (said, code) = desk.order(&["--as", "otto", "approve", "2"]);
    assert!(code == Some(1) && said.contains("refused"), "an operator does not approve: {said}");
    let (_, code) = desk.order(&["--as", "anna", "decline", "2", "--why", "mine, and nobody else is there"]);
    assert_eq!(code, Some(0));
    ssi(&["propose", &record, "--as", "otto"]);
    let (said, code) = desk.order(&["--as", "anna", "approve", "3"]);
    assert_eq!(code, Some(0), "{said}");
    let version =
        |day: &str| json(&ssi(&["--json", "show", "BROK-US-EQ", "--on", day]).0)[0]["version"].clone();
    assert_eq!((version("2026-12-31"), version("2027-01-01")), (1.into(), 2.into()));

    ssi(&["withdraw", "BROK-US-EQ", "--from", "2028-01-01", "--why", "they moved", "--as", "otto"]);
    desk.order(&["--as", "anna", "approve", "4"]);
    let (said, code) = ssi(&["show", "BROK-US-EQ", "--on", "2028-01-01"]);
    assert!(code == Some(1) && said.contains("does not apply"), "{said}");
    let (said, _) = ssi(&["--json", "history", "BROK-US-EQ"]);
    assert_eq!(json(&said).len(), 3, "{said}");
    let (said, code) = ssi(&["show", "BROK-US-EQ", "--on", "2027-06-01", "--known", "2020-01-01T00:00:00Z"]);
    assert!(code == Some(1) && said.contains("does not apply"), "nobody knew of it then: {said}");
}

#[test]
fn a_file_with_faults_changes_nothing() {
    let desk = Desk::open("");
    let bad = desk.path("bad.csv");
    std::fs::write(&bad, "id,party,method\nA,BROKDEFF,dvp\nB,nobody,cash\n").expect("a file");
    let ssi = |args: &[&str]| desk.on_store("ssi", args);
    let (said, code) = ssi(&["import", &bad, "--as", "otto"]);
    assert_eq!(code, Some(3), "{said}");
    for expected in [
        "bad.csv: line 3, column 2: party must be a BIC of 8 or 11 characters",
        "bad.csv: line 3, column 3: method must be dvp, rvp or fop",
        "nothing is imported: 2 faults",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let (said, _) = ssi(&["--json", "import", &bad, "--as", "otto"]);
    let fault = serde_json::from_str::<Value>(said.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&fault["line"], &fault["field"]), (&3.into(), &"party".into()), "{said}");
    let (said, code) = ssi(&["history", "A"]);
    assert!(code == Some(3) && said.contains("no record is called A"), "{said}");

    // Without users one person is enough.
    let (said, code) = ssi(&["import", SAMPLE, "--as", "otto"]);
    assert!(code == Some(0) && said.contains("OURS-CBF version 1 kept"), "{said}");
    let (said, code) = ssi(&["list", "--party", "us"]);
    assert!(code == Some(0) && said.contains("FUND0001-DE version 1: active"), "{said}");
}
