//! The report that the README shows is the one that its main command prints. `UPDATE_DOCS=1 cargo test --release --test
//! readme` rewrites it.

use std::path::Path;
use std::process::Command;

const SCENARIO: &str = "samples/scenarios/day.toml";
const BEGINS: &str = "```text\nfinality ";
const ENDS: &str = "```\n";

/// The report without the tables of stages and messages, which are long.
fn trimmed(report: &str) -> String {
    let line = |start: &str| report.lines().find(|l| l.starts_with(start)).expect("the report has that line");
    let head: Vec<_> = report.lines().take_while(|l| !l.starts_with("stage ")).collect();
    let head = head.join("\n");
    format!("{}\n...\n{}\n\n{}\n", head.trim_end(), line("in all"), line("auditor:"))
}

#[test]
fn the_report_of_the_front_page_is_that_of_the_main_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = Command::new(env!("CARGO_BIN_EXE_finality"))
        .args(["simulate", SCENARIO])
        .current_dir(root)
        .output()
        .expect("the binary runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let wanted = trimmed(&String::from_utf8(run.stdout).expect("UTF-8"));

    let page = std::fs::read_to_string(root.join("README.md")).expect("README.md");
    assert!(page.contains(&format!("cargo run --release -- simulate {SCENARIO} --out finality-run")));
    let begin = page.find(BEGINS).expect("the README shows a report") + "```text\n".len();
    let end = begin + page[begin..].find(ENDS).expect("the report ends");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let fresh = format!("{}{wanted}{}", &page[..begin], &page[end..]);
        std::fs::write(root.join("README.md"), fresh).expect("README.md can be written");
        return;
    }
    assert!(page[begin..end] == wanted, "the README shows another report: run with UPDATE_DOCS=1");
}
