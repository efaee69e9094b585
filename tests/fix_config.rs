//! The page of settings is printed from their table; settings of another engine are taken over and then read. `UPDATE_DOCS=1
//! cargo test -p finality --test fix_config` writes the page.

use std::path::{Path, PathBuf};
use std::process::Command;

use finality::config::page;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

struct Ran {
    out: String,
    err: String,
    code: Option<i32>,
}

fn finality(args: &[&str], dir: &Path) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_finality"));
    let done =
        command.args(args).current_dir(dir).env("VENUE_PASSWORD", "swordfish").output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output in UTF-8");
    Ran { out: text(done.stdout), err: text(done.stderr), code: done.status.code() }
}

#[test]
fn the_page_of_settings_is_their_table() {
    let path = root().join("docs/fix-configuration.md");
    let wanted = page::page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &wanted).expect("it can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/fix-configuration.md is not what the table says: run with UPDATE_DOCS=1");
}

#[test]
fn the_example_of_the_page_reads() {
    let page = page::page();
    let example = page.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    // The first session is one of a gateway; the other stands alone.
    let alone: Vec<&str> = example.split("[[fix.session]]").collect();
    let dir = tempfile::tempdir().expect("a folder");
    let text = format!("{}[[fix.session]]{}", alone[0], alone[2]);
    std::fs::write(dir.path().join("a.toml"), text).expect("writes");
    std::fs::write(dir.path().join("authorities.pem"), "nothing").expect("writes");
    let ran = finality(&["config", "check", "--config", "a.toml"], dir.path());
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("authorities.pem: no certificates in PEM"), "{}", ran.err);
    assert!(
        ran.out.contains("dials fix.example.com:9880, then fix2.example.com:9880, with TLS"),
        "{}",
        ran.out
    );
    assert!(!format!("{}{}", ran.out, ran.err).contains("swordfish"), "a password is never printed");
}

#[test]
fn imported_settings_are_good() {
    let dir = tempfile::tempdir().expect("a folder");
    let cfg = root().join("samples/fix/quickfix.cfg").display().to_string();
    let ran = finality(&["config", "import", &cfg, "--out", "sessions.toml"], dir.path());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("line 6: FileStorePath: not needed"), "{}", ran.err);
    let ran = finality(&["config", "check", "--config", "sessions.toml"], dir.path());
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("good, 3 FIX sessions"), "{}", ran.out);
    assert!(ran.out.contains("dials 127.0.0.1:9879, then 127.0.0.1:9880"), "{}", ran.out);
}

#[test]
fn what_is_wrong_is_said_with_file_and_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let text = "[[fix.session]]\nBeginString = \"FIX.4.4\"\nSenderCompID = \"A\"\nTargetCompID = \"B\"\n\
        SocketAcceptPort = 0\nDataDictionary = \"none.xml\"\nResetOnLogn = true\n";
    std::fs::write(dir.path().join("a.toml"), text).expect("writes");
    let ran = finality(&["config", "check", "--config", "a.toml"], dir.path());
    assert_eq!(ran.code, Some(3));
    let expected = "a.toml: line 7: [[fix.session]] 1: ResetOnLogn is no setting; did you mean ResetOnLogon?";
    assert!(ran.err.contains(expected), "{}", ran.err);
    std::fs::write(dir.path().join("a.toml"), text.replace("ResetOnLogn", "ResetOnLogon")).expect("writes");
    let ran = finality(&["config", "check", "--config", "a.toml"], dir.path());
    assert!(ran.err.contains("DataDictionary none.xml: "), "{}", ran.err);
    assert_eq!(ran.code, Some(3));
}

#[test]
fn the_gateway_that_comes_along_is_good() {
    let ran = finality(&["config", "check", "--config", "samples/finality.toml"], &root());
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    for line in ["manager: FIX 4.4", "FIX.4.4:FINALITY->ALBIONAM", "the peer connects to 127.0.0.1:9876"] {
        assert!(ran.out.contains(line), "{}", ran.out);
    }
}

#[test]
fn a_log_can_be_read() {
    let log = "samples/fix/day.log";
    let ran = finality(&["fix", "log", log], &root());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for line in [
        "# 20261124-07:00:00.000000000 : Created session\n",
        "20261124-07:12:09.200 FIX.4.4 ALBIONAM->FINALITY #2 J AllocationInstruction\n",
        "     54 Side = 1 (buy)\n",
        "     78 NoAllocs = 1\n        1.\n             79 AllocAccount = FUND0001\n",
    ] {
        assert!(ran.out.contains(line), "{line:?} is not in\n{}", ran.out);
    }
    for (filter, expected) in [
        (&["--type", "J,P"][..], 2),
        (&["--session", "ALBIONAM->"], 4),
        (&["--session", "FINALITY->ALBIONAM", "--seq", "2.."], 1),
        (&["--seq", "1"], 2),
        (&["--time", "07:12:00..07:30:00"], 3),
        (&["--type", "D"], 0),
    ] {
        let args = [&["fix", "log", "--oneline", "--check", log][..], filter].concat();
        let ran = finality(&args, &root());
        assert_eq!((ran.out.lines().count(), ran.code), (expected, Some(0)), "{filter:?}\n{}", ran.out);
    }
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("bad.log"), "8=FIX.4.4|9=5|35=J|10=000|\n").expect("writes");
    let ran = finality(&["fix", "log", "--oneline", "--check", "bad.log"], dir.path());
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("  ! error["), "{}", ran.out);
    let ran = finality(&["fix", "log", "none.log"], dir.path());
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
    let ran = finality(&["fix", "log", "--seq", "x", log], &root());
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
}
