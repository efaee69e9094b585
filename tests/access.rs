//! Roles and four eyes at the command line, on the store of a simulated day.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A store with the reference data it was made with, to which users are added.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn open(users: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let desk = Self { dir };
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/scenarios/small.toml");
        let run = desk.path("run");
        let (said, code) = desk.run(&["simulate", scenario.to_str().expect("a path"), "--out", &run]);
        assert_eq!(code, Some(0), "{said}");
        let config = desk.dir.path().join("run/finality.toml");
        let mut file = std::fs::OpenOptions::new().append(true).open(config).expect("simulate writes one");
        file.write_all(users.as_bytes()).expect("it is written");
        desk
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().expect("a path").to_owned()
    }

    fn run(&self, args: &[&str]) -> (String, Option<i32>) {
        let done = Command::new(env!("CARGO_BIN_EXE_finality")).args(args).output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&done.stdout) + &text(&done.stderr), done.status.code())
    }

    fn order(&self, args: &[&str]) -> (String, Option<i32>) {
        let store = self.path("run/store");
        self.run(&[&["order", "--store", &store], args].concat())
    }
}

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
