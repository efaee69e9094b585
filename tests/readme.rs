//! The report that the README shows is the one that its main command prints. `UPDATE_DOCS=1 cargo test --release --test all
//! readme` rewrites it. And the commands of the front page work as they stand there, one after the other.

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

/// The commands of the table of verbs, in its order. What serves until it is stopped is tested elsewhere.
fn commands(page: &str) -> Vec<String> {
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let last = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    let quoted = last.filter_map(|cell| cell.split('`').nth(1));
    let whole = quoted.filter(|c| c.starts_with("finality ") && !c.starts_with("finality serve"));
    whole.map(str::to_owned).collect()
}

#[test]
fn the_commands_of_the_front_page_work_one_after_the_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("README.md")).expect("README.md");
    let dir = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(root.join("samples"), dir.path().join("samples")).expect("a link");
    let binary = Path::new(env!("CARGO_BIN_EXE_finality"));
    let run = |command: &str| {
        let mut path = binary.parent().expect("a folder").as_os_str().to_owned();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let ran = Command::new("sh").args(["-c", command]).current_dir(dir.path()).env("PATH", path).output();
        let ran = ran.expect("there is a shell");
        let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        (ran.status.code(), said)
    };
    let commands = commands(&page);
    assert!(commands.len() >= 13, "{commands:?}");
    let first = format!("finality simulate {SCENARIO} --out finality-run");
    let last = "finality inspect --store finality-run/store trade BLK0000007S1";
    assert!(page.contains(&last.replace("finality inspect", "-- inspect")), "the README shows that trade");
    for command in std::iter::once(first.as_str()).chain(commands.iter().map(String::as_str)).chain([last]) {
        let (code, said) = run(command);
        // A message that is broken on purpose is found to be.
        let expected = if command.contains("/broken/") { Some(3) } else { Some(0) };
        assert_eq!(code, expected, "{command}\n{said}");
    }
}
