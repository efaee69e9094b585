//! Expectations of a scenario: the built binary over one that is met and over one of which nothing is.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn simulate(args: &[&str]) -> Output {
    let root = env!("CARGO_MANIFEST_DIR");
    let run =
        Command::new(env!("CARGO_BIN_EXE_finality")).arg("simulate").args(args).current_dir(root).output();
    let run = run.expect("it runs");
    assert!(!String::from_utf8_lossy(&run.stderr).contains("panicked"), "{run:?}");
    run
}

/// Name, whether it passed, and what is said, of every test of a JUnit file; read by a reader of XML that is not ours.
fn junit(path: &Path) -> Vec<(String, bool)> {
    let text = std::fs::read_to_string(path).expect("it is there");
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut cases: Vec<(String, bool)> = Vec::new();
    loop {
        use quick_xml::events::Event;
        match reader.read_event().expect("well-formed") {
            Event::Start(e) | Event::Empty(e) if e.name().as_ref() == "testcase" => {
                let name = e.try_get_attribute("name").expect("attributes").expect("a name");
                cases.push((name.value.into_owned(), true));
            }
            Event::Start(e) | Event::Empty(e) if e.name().as_ref() == "failure" => {
                cases.last_mut().expect("a test").1 = false;
            }
            Event::Eof => return cases,
            _ => {}
        }
    }
}

#[test]
fn the_sample_is_met() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("junit.xml");
    let run = simulate(&["samples/scenarios/expected.toml", "--junit", file.to_str().expect("UTF-8")]);
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert_eq!(run.status.code(), Some(0), "{said}");
    assert_eq!(said.matches("  met ").count(), 6, "{said}");
    let cases = junit(&file);
    assert_eq!(cases.len(), 7);
    assert!(cases.iter().all(|(_, passed)| *passed), "{cases:?}");
}

#[test]
fn what_is_not_met_is_told_and_makes_exit_code_1() {
    let dir = tempfile::tempdir().expect("a folder");
    let (scenario, file) = (dir.path().join("broken.toml"), dir.path().join("junit.xml"));
    let text = r#"
name = "broken & <odd>"
[trades]
count = 40
[[expect]]
name = "all fail"
figure = "fail_percent"
at_least = 100
[[expect]]
name = "never instructed"
trade = "BLK0000001S1"
stage = "instructed"
by = "2026-11-24T00:00:00Z"
[[expect]]
name = "nobody"
trade = "BLK9999999S1"
fails = true
[[expect]]
name = "no instruction at all"
message = { way = "out", type = "MT54" }
at_most = 0
[[expect]]
name = "every instruction is a cancellation"
message = { way = "out", type = "MT54", must = [{ field = "23G", is = "CANC" }] }
[[expect]]
name = "some fail or none"
figure = "fail_percent"
at_least = 0
"#;
    std::fs::write(&scenario, text).expect("it can be written");
    let arguments = [scenario.to_str(), Some("--junit"), file.to_str(), Some("--format"), Some("json")];
    let run = simulate(&arguments.map(|a| a.expect("UTF-8")));
    assert_eq!(run.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let met = |n: usize| report["expectations"][n]["met"].as_bool().expect("a verdict");
    assert_eq!((0..6).map(met).collect::<Vec<_>>(), [false, false, false, false, false, true]);
    let found = |n: usize| report["expectations"][n]["found"].as_str().expect("words").to_owned();
    assert!(found(1).contains("instructed at 2026-11-24T"), "{}", found(1));
    assert!(found(2).contains("there is no trade BLK9999999S1"), "{}", found(2));
    assert!(found(4).contains("23G is \"NEWM\""), "{}", found(4));
    let cases = junit(&file);
    assert_eq!(cases.iter().filter(|(_, passed)| !passed).count(), 5, "{cases:?}");
}

#[test]
fn what_cannot_be_expected_is_refused_before_the_run() {
    let dir = tempfile::tempdir().expect("a folder");
    let scenario = dir.path().join("wrong.toml");
    for (text, words) in [
        ("figure = 'fails'\nat_most = 1", "fail_percent"),
        ("trade = 'T'\nstage = 'gone'", "gone"),
        ("message = { must = [{ field = '54', matches = '(' }] }", "54"),
        ("message = { types = 'MT541' }", "types"),
    ] {
        std::fs::write(&scenario, format!("name = 'x'\n[[expect]]\nname = 'y'\n{text}\n")).expect("written");
        let run = simulate(&[scenario.to_str().expect("UTF-8")]);
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(3), "{said}");
        assert!(said.contains(words), "{words}: {said}");
    }
}
