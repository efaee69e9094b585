//! `finality match` on a store of a simulated day.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn finality(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_finality")).args(args).output().expect("the binary runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn other_rules_are_tried_and_nothing_changes() {
    let folder = std::env::temp_dir().join(format!("finality-match-{}", std::process::id()));
    let out = folder.join("run");
    let run = out.to_str().expect("a path");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scenario = root.join("samples/scenarios/small.toml");
    let done = finality(&["simulate", scenario.to_str().expect("a path"), "--out", run]);
    assert!(done.status.success(), "{}", text(&done));
    let store = out.join("store");
    let store = store.to_str().expect("a path");

    let sample = root.join("samples/matching.toml");
    let tried = finality(&["match", "--store", store, "--what-if", sample.to_str().expect("a path")]);
    assert!(tried.status.success(), "{}", text(&tried));
    assert!(
        text(&tried).starts_with("200 trades have both sides: 200 match now, 200 would match"),
        "{}",
        text(&tried)
    );

    // What nobody says here must be said: then nothing matches any more.
    let strict = folder.join("strict.toml");
    let rules = "[[matching]]\nname = \"strict\"\nfields = { accrued = \"must_say\" }\n";
    std::fs::write(&strict, rules).expect("a file");
    let strict = strict.to_str().expect("a path");
    let tried = finality(&["match", "--store", store, "--what-if", strict, "--format", "json"]);
    let trial: Value = serde_json::from_slice(&tried.stdout).expect("one object");
    assert_eq!(trial["compared"], 200);
    assert_eq!(trial["match_now"], 200);
    assert_eq!(trial["match_then"], 0, "{}", text(&tried));
    assert_eq!(trial["changed"].as_array().map(Vec::len), Some(200));
    assert_eq!(trial["changed"][0]["profile"], "strict 1");

    let near = finality(&["match", "--store", store, "--near", "1"]);
    assert!(text(&near).contains("nobody is near"), "{}", text(&near));
    let unknown = finality(&["match", "--store", store, "--near", "999999"]);
    assert_eq!(unknown.status.code(), Some(3), "{}", text(&unknown));
    std::fs::write(
        strict,
        "[[matching]]\nname = \"bad\"\nfields = { trade_date = { percent = { percent = \"1\" } } }\n",
    )
    .expect("a file");
    let bad = finality(&["match", "--store", store, "--what-if", strict]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(text(&bad).contains("trade_date takes no tolerance"), "{}", text(&bad));
    std::fs::remove_dir_all(&folder).expect("it was made here");
}
