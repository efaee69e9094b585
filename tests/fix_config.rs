//! The page of settings is printed from their table; settings of another engine are taken over and then read. `UPDATE_DOCS=1
//! cargo test -p finality --test all fix_config` writes the page.

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
    let expected = "a.toml: line 6: [[fix.session]] 1 (FIX.4.4:A->B): DataDictionary none.xml: No such file";
    assert!(ran.err.contains(expected) && ran.err.contains("; name a file that can be read"), "{}", ran.err);
    assert_eq!((ran.err.lines().count(), ran.code), (1, Some(3)), "{}", ran.err);
}

#[test]
fn one_thing_that_is_wrong_is_one_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let session = |more: &str| {
        format!(
            "[[fix.session]]\nBeginString = \"FIX.4.4\"\nSenderCompID = \"A\"\nTargetCompID = \"B\"\n{more}"
        )
    };
    let twice = session("SocketAcceptPort = 5001\n") + &session("SocketAcceptPort = 5001\n");
    let none = "[fix]\nDataDictionary = \"none.xml\"\nSocketAcceptPort = 0\n".to_owned()
        + &session("")
        + &session("").replace("\"B\"", "\"C\"");
    let elsewhere = session("SocketAcceptHost = \"192.0.2.1\"\nSocketAcceptPort = 0\n");
    let defaults =
        format!("[fix]\nSocketAcceptPort = 99999\n{}{}", session(""), session("").replace("\"B\"", "\"C\""));
    for (text, expected) in [
        (String::new(), "the file: [[fix.session]] is missing: no session is defined"),
        ("[fix]\n".to_owned(), "the file: [[fix.session]] is missing: no session is defined"),
        (twice, "line 6: [[fix.session]] 2 (FIX.4.4:A->B): FIX.4.4:A->B is there twice, first in line 1: "),
        (
            session("SocketAcceptPort = 99999\n"),
            "line 5: [[fix.session]] 1: SocketAcceptPort \"99999\" must be",
        ),
        (session("SocketAcceptPort = \"x\"\n"), "line 5: [[fix.session]] 1: SocketAcceptPort \"x\" must be"),
        (defaults, "line 2: [fix]: SocketAcceptPort \"99999\" must be"),
        (none, "line 2: [fix]: DataDictionary none.xml: No such file"),
        (
            elsewhere,
            "line 5: [[fix.session]] 1 (FIX.4.4:A->B): SocketAcceptHost leads to 192.0.2.1:0, where nobody",
        ),
        (session(""), "line 1: [[fix.session]] 1: SocketAcceptPort is needed"),
    ] {
        std::fs::write(dir.path().join("a.toml"), &text).expect("writes");
        let ran = finality(&["config", "check", "--config", "a.toml"], dir.path());
        assert_eq!((ran.err.lines().count(), ran.code), (1, Some(3)), "{text}\n{}", ran.err);
        assert!(ran.err.contains(&format!("a.toml: {expected}")), "{text}\n{}", ran.err);
        assert!(!ran.out.contains("good"), "{}", ran.out);
    }
    let gateway = std::fs::read_to_string(root().join("samples/finality.toml")).expect("reads");
    std::fs::write(dir.path().join("g.toml"), gateway.replace("127.0.0.1:9876", "nowhere")).expect("writes");
    let ran = finality(&["config", "check", "--config", "g.toml"], dir.path());
    let line = 1 + gateway.lines().position(|l| l.starts_with("fix_listen")).expect("it is there");
    assert!(
        ran.err.contains(&format!("g.toml: line {line}: the gateway: fix_listen leads to nowhere")),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_there_is_not_written_over() {
    let dir = tempfile::tempdir().expect("a folder");
    let cfg = root().join("samples/fix/quickfix.cfg").display().to_string();
    std::fs::write(dir.path().join("mine.toml"), "precious").expect("writes");
    let ran = finality(&["config", "import", &cfg, "--out", "mine.toml"], dir.path());
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("mine.toml is there already: --force writes over it"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(dir.path().join("mine.toml")).expect("reads"), "precious");
    let ran = finality(&["config", "import", &cfg, "--out", "mine.toml", "--force"], dir.path());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!std::fs::read_to_string(dir.path().join("mine.toml")).expect("reads").contains("precious"));
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
    let xml = "<fix major='4' minor='4'><header><field name='BeginString' required='Y'/></header><trailer/>\
        <messages><message name='Deal' msgtype='U1' msgcat='app'><field name='Desk' required='Y'/></message></messages>\
        <fields><field number='8' name='BeginString' type='STRING'/><field number='5001' name='Desk' type='CHAR'>\
        <value enum='E' description='EQUITIES'/></field></fields></fix>";
    std::fs::write(dir.path().join("own.xml"), xml).expect("writes");
    std::fs::write(dir.path().join("own.log"), "8=FIX.4.4|9=14|35=U1|5001=E|10=000|\n").expect("writes");
    let ran = finality(&["fix", "log", "--dictionary", "own.xml", "own.log"], dir.path());
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("U1 Deal\n") && ran.out.contains("5001 Desk = E (EQUITIES)"), "{}", ran.out);
    let ran = finality(&["fix", "log", "none.log"], dir.path());
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
    for (filter, range) in [
        ("--seq", "x"),
        ("--seq", "5..2"),
        ("--seq", ".."),
        ("--seq", "1..2..3"),
        ("--time", "25:00:00.."),
        ("--time", "09:61"),
        ("--time", "9"),
        ("--time", "10:00..09:00"),
        ("--time", "20261341-09:00:00.."),
        ("--time", ".."),
    ] {
        let ran = finality(&["fix", "log", filter, range, log], &root());
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{filter} {range}: {}", ran.err);
        assert!(ran.err.contains(filter) && ran.err.contains(range), "{}", ran.err);
    }
}
