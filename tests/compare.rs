//! `finality compare` and `finality simulate --replications`: the built binary over small days.

#![allow(clippy::disallowed_types, reason = "statistics of runs")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const SMALL: &str = "samples/scenarios/small.toml";
const MODELS: [&str; 4] = ["batch", "sequential", "reactive", "proactive"];

fn finality(args: &[&str]) -> Output {
    let root = env!("CARGO_MANIFEST_DIR");
    let run = Command::new(env!("CARGO_BIN_EXE_finality")).args(args).current_dir(root).output();
    let run = run.expect("it runs");
    assert!(!String::from_utf8_lossy(&run.stderr).contains("panicked"), "{run:?}");
    run
}

fn text(args: &[&str]) -> String {
    let run = finality(args);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    String::from_utf8(run.stdout).expect("UTF-8")
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&text(args)).expect("one object")
}

fn refused(args: &[&str], code: i32, words: &str) {
    let run = finality(args);
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(code), "{said}");
    assert!(said.contains(words), "{words:?} is not said:\n{said}");
}

#[test]
fn the_same_seeds_give_the_same_bytes_on_any_number_of_threads() {
    let with = |jobs: &str| {
        let models = MODELS.join(",");
        text(&[
            "compare",
            SMALL,
            "--models",
            &models,
            "--replications",
            "3",
            "--jobs",
            jobs,
            "--format",
            "json",
        ])
    };
    let one = with("1");
    assert_eq!(one, with("3"));
    let said: Value = serde_json::from_str(&one).expect("one object");
    assert_eq!(said["variants"], serde_json::json!(MODELS));
    assert_eq!(said["common_random_numbers"], true);
    for row in said["rows"].as_array().expect("rows") {
        assert_eq!(row["cells"].as_array().map(Vec::len), Some(4), "{row}");
        assert_eq!(row["differences"].as_array().map(Vec::len), Some(3), "{row}");
    }
}

/// Any row of the table of runs is the run that `simulate` makes of that seed and model.
#[test]
fn a_replication_can_be_run_again_alone() {
    let csv = text(&[
        "compare",
        SMALL,
        "--models",
        "batch,proactive",
        "--replications",
        "2",
        "--seed",
        "5",
        "--format",
        "csv",
    ]);
    let mut lines = csv.lines();
    let head: Vec<&str> = lines.next().expect("a head").split(',').collect();
    let at = |name: &str| head.iter().position(|h| *h == name).expect(name);
    assert_eq!(csv.lines().count(), 5);
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let (model, seed) = (cells[0].trim_matches('"'), cells[1]);
        let alone = json(&["simulate", SMALL, "--model", model, "--seed", seed, "--format", "json"]);
        let number = |value: &Value| {
            value.as_str().map_or(value.to_string(), str::to_owned).parse::<f64>().expect("a number")
        };
        let figure = |name: &str| cells[at(name)].parse::<f64>().expect("a number");
        assert_eq!(figure("fail_percent"), number(&alone["fails"]["percent"]), "{line}");
        assert_eq!(figure("penalties"), number(&alone["penalties"]["amount"]), "{line}");
        assert_eq!(figure("staff_minutes"), number(&alone["operation"]["staff_minutes"]), "{line}");
        assert_eq!(alone["operation"]["model"], model);
    }
}

/// What a model does shows in what it does first: batch instructs late, sequential waits for blocks, proactive covers shortages.
#[test]
fn the_models_work_as_they_say() {
    let said = json(&[
        "compare",
        SMALL,
        "--models",
        "reactive,batch,sequential,proactive",
        "--replications",
        "4",
        "--sweep",
        "operation.lendable_per_10000=10000",
        "--format",
        "json",
    ]);
    let means = |key: &str| -> Vec<f64> {
        let rows = said["rows"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["key"] == key).expect(key);
        row["cells"]
            .as_array()
            .expect("cells")
            .iter()
            .map(|c| c["mean"].as_f64().expect("a number"))
            .collect()
    };
    let instructed = means("instructed_minutes");
    assert!(instructed[1] > 3.0 * instructed[0], "batch waits for its cycles: {instructed:?}");
    assert!(instructed[2] > instructed[0], "sequential waits for the block: {instructed:?}");
    let (loans, automatic) = (means("loans"), means("automatic"));
    assert!(loans[3] > 0.0 && loans[..3].iter().all(|l| *l == 0.0), "{loans:?}");
    assert!(automatic[3] > 0.0 && automatic[..3].iter().all(|a| *a == 0.0), "{automatic:?}");
    let fails = means("fail_shortage_percent");
    assert!(fails[3] < fails[0], "who is short borrows: {fails:?}");
}

#[test]
fn settings_are_swept_and_the_baseline_is_chosen() {
    let args = ["compare", SMALL, "--replications", "2", "--sweep", "desk.people=1,3"];
    let said = text(&[&args[..], &["--baseline", "desk.people=3"]].concat());
    assert!(said.contains("Differences to desk.people=3"), "{said}");
    refused(&[&args[..], &["--baseline", "nobody"]].concat(), 2, "desk.people=1");
    refused(&["compare", SMALL, "--sweep", "desk.peple=1"], 3, "peple");
    refused(&["compare", SMALL, "--sweep", "desk.people"], 2, "desk.people=1,2,4");
    refused(&["compare", SMALL, "--sweep", "desk.people=1", "--sweep", "desk.people=2"], 3, "swept twice");
    let replayed = "samples/scenarios/replayed.toml";
    refused(
        &["compare", replayed, "--sweep", "breaks.wrong_price_per_10000=0,100"],
        2,
        "captured trades (trades.from)",
    );
    refused(&["compare", SMALL, "--models", "lazy"], 2, "batch, sequential, reactive, proactive");
    refused(&["compare", SMALL, SMALL, "--replications", "1"], 2, "two variants are named");
    refused(&["compare", "not/there.toml"], 3, "not/there.toml");
}

/// One file, nothing to be fetched, nothing that runs.
fn self_contained(path: &Path) {
    let html = std::fs::read_to_string(path).expect("it is there");
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
    for word in ["http:", "https:", "<script", "<link", "<img", "url(", "NaN", "inf\""] {
        assert!(!html.contains(word), "{}: {word}", path.display());
    }
    assert!(html.matches("<svg").count() >= 6 && html.contains("prefers-color-scheme:dark"));
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
    assert_eq!(html.matches("<tr>").count(), html.matches("</tr>").count());
}

#[test]
fn folders_hold_the_table_the_runs_and_a_page_for_a_browser() {
    let dir = tempfile::tempdir().expect("a folder");
    let compared = dir.path().join("compared");
    let args = ["--replications", "2", "--out", compared.to_str().expect("UTF-8")];
    let printed = text(&[&["compare", SMALL, "--models", "batch,reactive"], &args[..]].concat());
    let kept = |name: &str| std::fs::read_to_string(compared.join(name)).expect(name);
    assert_eq!(kept("compare.txt"), printed);
    assert_eq!(kept("runs.csv").lines().count(), 1 + 4);
    serde_json::from_str::<Value>(&kept("compare.json")).expect("JSON");
    self_contained(&compared.join("compare.html"));

    let many = dir.path().join("many");
    let args =
        ["simulate", SMALL, "--replications", "3", "--jobs", "2", "--out", many.to_str().expect("UTF-8")];
    let said = text(&args);
    assert!(said.contains("interval of p90") && said.contains("seeds 1 to 3"), "{said}");
    self_contained(&many.join("compare.html"));

    let one = dir.path().join("one");
    text(&["simulate", SMALL, "--out", one.to_str().expect("UTF-8")]);
    self_contained(&one.join("report.html"));
}

/// The samples that say they are calibrated are; one that is not is told so.
#[test]
fn the_calibrated_samples_are_within_the_published_figures() {
    let samples =
        [("t2s-day.toml", "t2s"), ("chains.toml", "t2s"), ("chains-weeks.toml", "t2s"), ("us-t1.toml", "us")];
    for (sample, against) in samples {
        let path = format!("samples/scenarios/{sample}");
        let args = ["calibrate", &path, "--against", against, "--replications", "6", "--format", "json"];
        let run = finality(&args);
        let said: Value = serde_json::from_slice(&run.stdout).expect("one object");
        assert_eq!(run.status.code(), Some(0), "{said:#}");
        let rows = said["rows"].as_array().expect("rows");
        assert!(rows.iter().all(|row| row["within"] == true), "{said:#}");
        let has_chains = rows.iter().any(|row| row["key"] == "chain_pass_through");
        assert_eq!(has_chains, sample.starts_with("chains"), "{said:#}");
    }
    let run = finality(&["calibrate", SMALL, "--against", "t2s", "--replications", "2"]);
    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&run.stdout).contains("OUTSIDE"), "{run:?}");
}

/// Six dates of forty trades, after one of warm-up.
const DATES: &str = "name = 'dates'\n[day]\ntrade_dates = 7\nwarm_up_dates = 1\nbatch_dates = 2\n[trades]\ncount = 40\n\
                     [resources]\nshort_lines_per_10000 = 3000\n";

#[test]
fn several_trade_dates_are_measured_in_batches() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("dates.toml");
    std::fs::write(&path, DATES).expect("it can be written");
    let path = path.to_str().expect("UTF-8");
    let with = |jobs: &str, format: &str| {
        let models = "batch,proactive";
        text(&[
            "compare",
            path,
            "--models",
            models,
            "--replications",
            "2",
            "--jobs",
            jobs,
            "--format",
            format,
        ])
    };
    let one = with("1", "csv");
    assert_eq!(one, with("2", "csv"), "the same bytes on any number of threads");
    let lines: Vec<&str> = one.lines().collect();
    assert!(lines[0].starts_with("variant,seed,batch,fail_percent"), "{}", lines[0]);
    assert_eq!(lines.len(), 1 + 2 * 2 * 3, "two models, two seeds, three batches");
    assert!(lines[6].starts_with("\"dates, batch\",2,3,") || lines[6].contains(",2,3,"), "{}", lines[6]);
    let said = with("2", "text");
    assert!(said.contains("each 3 batches of 2 trade dates after 1 of warm-up"), "{said}");
    assert!(said.contains("batch by batch"), "{said}");

    // The batches of a run are those of the run alone.
    let alone = json(&["simulate", path, "--seed", "2", "--model", "proactive", "--format", "json"]);
    let mean =
        alone["dates"]["batches"][0]["mean"].as_str().and_then(|n| n.parse::<f64>().ok()).expect("a mean");
    let of_run: Vec<f64> = lines[10..13]
        .iter()
        .map(|line| line.split(',').filter_map(|field| field.parse::<f64>().ok()).nth(2).expect("a figure"))
        .collect();
    assert!((of_run.iter().sum::<f64>() / 3.0 - mean).abs() < 1e-3, "{of_run:?} {mean}");

    let sweep = "day.trade_dates=7,9";
    refused(&["compare", path, "--sweep", sweep, "--replications", "1"], 2, "different day.trade_dates");
    refused(&["risk", "evaluate", "--scenario", path, "--seeds", "1..2"], 2, "one trade date");
    refused(&["simulate", path, "--trades", "0"], 2, "--trades");
    refused(&["compare", path, "--jobs", "0"], 2, "at least one thread");
}
