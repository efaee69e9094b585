//! `finality exceptions`, `trades`, `blocks` and `kpi` on a store of a simulated day.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

struct Desk {
    folder: PathBuf,
    store: String,
}

impl Desk {
    /// A store of its own for each test.
    fn open(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("finality-desk-{name}-{}", std::process::id()));
        let run = folder.join("run");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let scenario = root.join("samples/scenarios/small.toml");
        let done = finality(&[
            "simulate",
            scenario.to_str().expect("a path"),
            "--out",
            run.to_str().expect("a path"),
        ]);
        assert!(done.status.success(), "{}", text(&done));
        let store = run.join("store").to_str().expect("a path").to_owned();
        Self { folder, store }
    }

    fn ask(&self, verb: &str, args: &[&str]) -> Output {
        finality(&[&[verb, "--store", self.store.as_str()], args].concat())
    }

    fn lines(&self, verb: &str, args: &[&str]) -> Vec<Value> {
        let output = self.ask(verb, &[args, &["--json"]].concat());
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8(output.stdout)
            .expect("UTF-8")
            .lines()
            .map(|line| serde_json::from_str(line).expect("one object a line"))
            .collect()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn finality(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_finality")).args(args).output().expect("the binary runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn an_exception_is_taken_noted_handed_on_and_resolved_over_a_store() {
    let desk = Desk::open("case");
    let open = desk.lines("exceptions", &["list", "--limit", "1000"]);
    assert!(open.len() > 2, "{open:?}");
    let first = open[0]["exception"]["id"].as_u64().expect("a number").to_string();

    // Pages join to the same list, by cursor.
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut args = vec!["list", "--limit", "2"];
        if let Some(after) = &after {
            args.extend(["--after", after]);
        }
        let mut page = desk.lines("exceptions", &args);
        let next = page.last().and_then(|l| l["next"].as_str()).map(str::to_owned);
        page.retain(|row| row.get("next").is_none());
        found.extend(page);
        after = next;
        if after.is_none() {
            break;
        }
    }
    let ids = |rows: &[Value]| rows.iter().map(|r| r["exception"]["id"].as_u64()).collect::<Vec<_>>();
    assert_eq!(ids(&found), ids(&open));

    let done = |args: &[&str]| {
        let output = desk.ask("exceptions", args);
        assert!(output.status.success(), "{args:?}: {}", text(&output));
        text(&output)
    };
    done(&["accept", &first, "--as", "anna"]);
    done(&["note", &first, "called the broker", "--shared", "--as", "anna"]);
    done(&["assign", &first, "--team", "treasury", "--to", "bert", "--as", "anna"]);
    done(&["escalate", &first, "--why", "the client called", "--as", "bert"]);
    let mine = desk.lines("exceptions", &["list", "--owner", "bert", "--team", "treasury"]);
    assert_eq!(ids(&mine), [first.parse().ok()]);
    let said = desk.lines("exceptions", &["list", "--text", "CALLED THE BROKER"]);
    assert_eq!(ids(&said), [first.parse().ok()]);
    let shown = done(&["show", &first]);
    for words in ["(shared): called the broker", "Accepted by anna", "score ", "proposal 1: "] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let taken = desk.ask("exceptions", &["accept", "999999", "--as", "anna"]);
    assert_eq!(taken.status.code(), Some(1), "{}", text(&taken));
    assert!(text(&taken).contains("not done: anna wanted to accept exception 999999, which is not open"));
    let none = desk.ask("exceptions", &["apply", &first, "--proposal", "99", "--as", "anna"]);
    assert_eq!(none.status.code(), Some(3), "{}", text(&none));
    done(&["resolve", &first, "--why", "agreed by phone", "--as", "bert"]);
    let closed = desk.lines("exceptions", &["show", &first]);
    assert_eq!(closed[0]["by"], "bert");
    assert!(closed[0]["resolved_in"].as_u64().is_some() && closed[0]["resolved"].is_i64(), "{closed:?}");
    assert_eq!(desk.lines("exceptions", &["list", "--limit", "1000"]).len(), open.len() - 1);
}

#[test]
fn a_proposal_is_ordered_by_its_number() {
    let desk = Desk::open("proposal");
    let open = desk.lines("exceptions", &["list", "--limit", "1000"]);
    let chased = open.iter().find_map(|row| {
        let id = row["exception"]["id"].as_u64()?.to_string();
        let shown = desk.lines("exceptions", &["show", &id]);
        let proposals = shown[0]["proposals"].as_array()?.clone();
        let at = proposals.iter().position(|p| p["kind"] == "chase")?;
        Some((id, (at + 1).to_string()))
    });
    let (id, number) = chased.expect("somebody can be asked");
    let output = desk.ask("exceptions", &["apply", &id, "--proposal", &number, "--as", "anna"]);
    assert!(output.status.success(), "{}", text(&output));
    let shown = desk.lines("exceptions", &["show", &id]);
    let note = shown[0]["exception"]["case"]["notes"][0]["text"].as_str().expect("a note");
    assert!(note.starts_with("asked "), "{note}");
}

#[test]
fn trades_are_listed_shown_and_weighed() {
    let desk = Desk::open("trades");
    let page = desk.lines("trades", &["list", "--limit", "3"]);
    assert_eq!((page.len(), page[3]["next"].as_str()), (4, Some("3")));
    assert_eq!(desk.lines("trades", &["list", "--limit", "3", "--after", "3"])[0]["id"], 4);
    let settled = desk.lines("trades", &["list", "--state", "settled", "--limit", "500"]);
    assert!(settled.len() > 100 && settled.iter().all(|t| t["state"] == "settled"));
    let shown = text(&desk.ask("trades", &["show", "1"]));
    assert!(shown.contains("since "), "{shown}");

    let risky = desk.lines("trades", &["at-risk", "--until", "2100-01-01", "--limit", "500"]);
    assert!(!risky.is_empty(), "something is always left over");
    let cost = |row: &Value| row["compared"].as_str().and_then(|c| c.parse::<rust_decimal::Decimal>().ok());
    assert!(risky.windows(2).all(|w| cost(&w[0]) >= cost(&w[1])), "{risky:?}");
    assert!(risky.iter().all(|r| r["missing"].as_array().is_some_and(|m| !m.is_empty())));
    let bad = desk.ask("trades", &["list", "--state", "lost"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(text(&bad).contains("there is no such state"), "{}", text(&bad));
}

#[test]
fn key_figures_say_of_what_they_are() {
    let desk = Desk::open("kpi");
    let all = desk.lines("kpi", &[]);
    let of = |name: &str| all.iter().find(|l| l["figure"]["kpi"] == name).expect("counted").clone();
    assert_eq!(of("repair")["figure"]["denominator"], "200");
    assert_eq!(of("efficiency")["zone"], "-");
    let printed = text(&desk.ask("kpi", &["--by", "counterparty"]));
    for words in
        ["settlement efficiency, attributed", " of ", "left out: ", "the desk's clock is UTC+0 minutes"]
    {
        assert!(printed.contains(words), "{words}: {printed}");
    }
    let bad = desk.ask("kpi", &["--from", "2026-12-01", "--to", "2026-11-01"]);
    assert_eq!(bad.status.code(), Some(2), "{}", text(&bad));
}

#[test]
fn blocks_are_listed_shown_and_found_by_a_trade() {
    let desk = Desk::open("blocks");
    let all = desk.lines("blocks", &["list", "--limit", "1000"]);
    assert!(!all.is_empty());
    let first =
        all.iter().find(|b| !b["trades"].as_array().expect("a list").is_empty()).expect("one has trades");
    let name = first["block"].as_str().expect("a name");
    let trade = first["trades"][0]["trade"].to_string();
    assert_eq!(desk.lines("blocks", &["of", &trade]), std::slice::from_ref(first));
    assert_eq!(desk.lines("blocks", &["show", name]), std::slice::from_ref(first));
    let shown = text(&desk.ask("blocks", &["show", name]));
    assert!(shown.contains("allocated") && shown.contains("allocations"), "{shown}");
    let status = first["status"].as_str().expect("a status").to_owned();
    let same = desk.lines("blocks", &["list", "--status", &status, "--limit", "1000"]);
    assert_eq!(same.len(), all.iter().filter(|b| b["status"] == status.as_str()).count());
    // Pages join without a gap.
    let mut paged = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let from = after.iter().flat_map(|after| ["--after", after.as_str()]);
        let args: Vec<&str> = ["list", "--limit", "3"].into_iter().chain(from).collect();
        let mut page = desk.lines("blocks", &args);
        after = page
            .pop_if(|last| last.get("next").is_some())
            .map(|l| l["next"].as_str().expect("a place").into());
        paged.extend(page);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);
    assert_eq!(desk.ask("blocks", &["show", "NOBODY"]).status.code(), Some(3));
    assert_eq!(desk.ask("blocks", &["list", "--status", "odd"]).status.code(), Some(2));
}
