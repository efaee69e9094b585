//! Roles and four eyes at the command line, on the store of a simulated day.

use crate::common::desk::Desk;
use serde_json::Value;

const USERS: &str = "\n[[profile.users]]\nname = \"otto\"\nroles = [\"operator\"]\n\
    [[profile.users]]\nname = \"anna\"\nroles = [\"approver\"]\nteam = \"reference data\"\n\
    [[profile.users]]\nname = \"vera\"\nroles = [\"viewer\"]\n";

#[test]
fn what_takes_two_people_is_proposed_listed_and_decided() {
    let desk = Desk::open(USERS);
    let ssi = desk.path("ssi.json");
    let standing = r#"{"party":"BROKDEFFXXX","country":"DE","chain":{"depository":{"id":{"bic":"DAKVDEFFXXX"}},"agent":{"id":{"bic":"BROKDEFFXXX"}}}}"#;
    std::fs::write(&ssi, standing).expect("a file");

    let (said, code) = desk.order(&["--as", "vera", "supply-ssi", &ssi]);
    assert!(code == Some(1) && said.contains("refused: vera wanted to supply"), "{said}");
    let (said, code) = desk.order(&["supply-ssi", &ssi]);
    assert!(code == Some(2) && said.contains("--as USER"), "{said}");
    let (said, code) = desk.order(&["proposals"]);
    assert!(code == Some(0) && said.contains("nothing waits"), "{said}");

    // The old name of the option is an alias.
    let (said, code) = desk.order(&["--by", "otto", "supply-ssi", &ssi]);
    assert!(code == Some(0) && said.contains("proposal 1: otto wants to supply"), "{said}");
    let (said, code) = desk.order(&["proposals", "--json"]);
    let line: Value = serde_json::from_str(said.trim()).unwrap_or_else(|e| panic!("{e}: {said}"));
    assert_eq!((code, &line["proposal"], &line["by"]), (Some(0), &1.into(), &"otto".into()));
    assert_eq!(line["command"]["supply_ssi"]["party"], "BROKDEFFXXX");

    let (said, code) = desk.order(&["approve", "1", "--as", "otto"]);
    assert!(
        code == Some(1) && said.contains("it takes the role approver") || said.contains("another person"),
        "{said}"
    );
    let (said, code) = desk.order(&["approve", "1", "--as", "anna"]);
    assert!(code == Some(0) && said.contains("proposal 1 of otto approved"), "{said}");
    assert!(said.contains("standing instruction of BROKDEFFXXX kept"), "{said}");
    let (said, _) = desk.order(&["proposals"]);
    assert!(said.contains("nothing waits"), "{said}");
    let (said, _) = desk.order(&["proposals", "--all"]);
    assert!(said.contains("otto wants to supply") && said.contains("approved by anna"), "{said}");

    let (said, code) = desk.order(&["--as", "anna", "decline", "1", "--why", "too late"]);
    assert!(code == Some(1) && said.contains("proposal 1 does not wait"), "{said}");
}

#[test]
fn users_among_whom_nobody_approves_are_no_configuration() {
    let desk = Desk::open("\n[[profile.users]]\nname = \"otto\"\nroles = [\"operator\"]\n");
    let (said, code) = desk.order(&["--as", "otto", "resolve", "1", "--why", "x"]);
    assert!(code != Some(0) && said.contains("what takes two people could never be done"), "{said}");
}
