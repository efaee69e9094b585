//! The walls of the house, held by reading the source: what the compiler cannot see and a reviewer should not have to.
//! Each test is one wall and names every place that breaks it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Longer than this, a file holds two things.
const FILE_LINES_MAX: usize = 800;

/// This file names what others may not.
const THIS: &str = "tests/tidy.rs";

/// The crates that decide: told the time, they say what to do, and touch nothing else.
const PURE: [&str; 3] = ["parsers/src/", "src/kernel/", "simulator/src/"];

/// Which of our crates each crate may see.
const EDGES: [(&str, &[&str]); 4] = [
    ("parsers/Cargo.toml", &[]),
    ("src/kernel/Cargo.toml", &["finality-parsers"]),
    ("simulator/Cargo.toml", &["finality-parsers"]),
    ("Cargo.toml", &["finality-kernel", "finality-parsers", "finality-simulator"]),
];

struct File {
    /// From the root of the repository, with `/`.
    path: String,
    text: String,
}

impl File {
    fn is(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|e| e == extension)
    }

    fn below(&self, folders: &[&str]) -> bool {
        folders.iter().any(|f| self.path.starts_with(f))
    }

    /// The part that ships: unit tests stand at the end of a file, and tests in a `tests` folder do not ship.
    fn shipped(&self) -> &str {
        if self.path.contains("/tests/") || self.path.ends_with("/tests.rs") {
            return "";
        }
        self.text.find("#[cfg(test)]\nmod ").map_or(&self.text, |at| &self.text[..at])
    }

    /// Lines of code, numbered from 1, without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.shipped()
            .lines()
            .enumerate()
            .map(|(i, line)| (i + 1, line.split("//").next().unwrap_or(line)))
            .filter(|(_, line)| !line.trim().is_empty())
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file of the repository, in the order of names; what the build or a run made is left out.
fn files() -> Vec<File> {
    const OURS: [&str; 9] = ["rs", "md", "toml", "table", "script", "yml", "yaml", "expected", "sh"];
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository can be read") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|n| n.to_str()).expect("our names are UTF-8").to_owned();
            if path.is_dir() {
                let made = ["target", ".git", "finality-run", "corpus", "artifacts"].contains(&name.as_str());
                if !made {
                    folders.push(path);
                }
                continue;
            }
            let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
            if OURS.contains(&extension) || name == "run" {
                let text = fs::read_to_string(&path).expect("our texts are UTF-8");
                let inside = path.strip_prefix(root()).expect("below the root");
                let parts: Vec<_> = inside.components().map(|c| c.as_os_str().to_string_lossy()).collect();
                found.push(File { path: parts.join("/"), text });
            }
        }
    }
    assert!(found.len() > 100, "only {} files: this is not the repository", found.len());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Whether the word stands there by itself, not as a part of a longer one.
fn says(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let ends_in_word = word.chars().next_back().is_some_and(part);
        !(before.is_some_and(part) || ends_in_word && after.is_some_and(part))
    })
}

/// Where code of the chosen files says one of the words.
fn places(words: &[&str], chosen: impl Fn(&File) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in files().iter().filter(|f| f.is("rs") && f.path != THIS && chosen(f)) {
        for (number, line) in file.code() {
            for word in words.iter().filter(|w| says(line, w)) {
                found.push(format!("{}:{number}: {word}", file.path));
            }
        }
    }
    found
}

fn none(broken: &[String], wall: &str) {
    assert!(broken.is_empty(), "{wall}\n  {}", broken.join("\n  "));
}

#[test]
fn what_decides_does_no_io() {
    let modules = ["fs", "net", "env", "thread", "process"];
    let mut broken =
        places(&modules.map(|m| format!("std::{m}")).each_ref().map(String::as_str), |f| f.below(&PURE));
    // `use std::{fs, io}` is the same thing in other words.
    for file in files().iter().filter(|f| f.is("rs") && f.below(&PURE)) {
        for (number, line) in file.code() {
            let names = line.split_once("std::{").map_or("", |(_, names)| names);
            if modules.iter().any(|m| says(names, m)) {
                broken.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    none(&broken, "parsers, kernel and simulator do no I/O: bytes and time are arguments");
}

#[test]
fn sled_is_named_in_one_file() {
    let broken = places(&["sled"], |f| f.path != "src/adapters/store.rs");
    none(&broken, "only src/adapters/store.rs may name sled");
}

#[test]
fn the_wall_clock_is_read_in_one_file() {
    let broken = places(&["SystemTime", "Instant::now", "Utc::now", "Local::now"], |f| {
        // Benches and examples measure.
        f.path != "src/runtime/clock.rs" && !f.below(&["benches/", "parsers/examples/"])
    });
    none(&broken, "only src/runtime/clock.rs may ask what time it is");
}

#[test]
fn the_kernel_names_protocols_at_its_two_doors_only() {
    let broken = places(&["fix::", "mt::", "mx::", "codec::"], |f| {
        f.below(&["src/kernel/"])
            && !["intake.rs", "outbox.rs", "gateway.rs"].map(|n| format!("src/kernel/{n}")).contains(&f.path)
    });
    none(&broken, "only intake.rs and outbox.rs of the kernel may name a protocol");
    // The machine takes decoded messages, so it names their type, and nothing else of the codecs.
    for file in files().iter().filter(|f| f.path == "src/kernel/gateway.rs") {
        for (number, line) in file.code().filter(|(_, l)| says(l, "codec::")) {
            assert_eq!(line.trim(), "use finality_parsers::codec::Decoded;", "{}:{number}", file.path);
        }
        for (number, line) in file.code() {
            let named = ["fix::", "mt::", "mx::"].iter().any(|w| says(line, w));
            assert!(!named, "{}:{number}: {line}", file.path);
        }
    }
}

#[test]
fn crates_see_only_what_is_below_them() {
    for (manifest, allowed) in EDGES {
        let text = fs::read_to_string(root().join(manifest)).expect(manifest);
        let manifest_toml: toml::Table = text.parse().expect(manifest);
        let mut seen = BTreeSet::new();
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let entries = manifest_toml.get(section).and_then(|s| s.as_table());
            seen.extend(entries.into_iter().flat_map(|t| t.keys().cloned()));
        }
        let ours: Vec<_> = seen.iter().filter(|n| n.starts_with("finality")).map(String::as_str).collect();
        assert_eq!(ours, allowed, "{manifest}: which of our crates it sees");
        if manifest != "Cargo.toml" {
            for waiting in ["tokio", "sled", "mio", "async-std", "smol", "rand", "reqwest", "hyper"] {
                assert!(!seen.contains(waiting), "{manifest} sees {waiting}: it may wait for nothing");
            }
        }
    }
}

#[test]
fn no_file_holds_two_things() {
    let long: Vec<_> = files()
        .iter()
        // The types of ISO 20022 are one list, each type once.
        .filter(|f| f.is("rs") || (f.is("table") && f.path != "parsers/src/mx/tables/elements.table"))
        .map(|f| (f.path.clone(), f.text.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    none(&long, "past 800 lines a file holds two things: which?");
}

/// The tests of a crate are one program: a file that nobody names would not be run, and nobody would see it.
#[test]
fn every_test_is_run() {
    const PROGRAMS: [&str; 4] = ["tests/", "parsers/tests/", "simulator/tests/", "src/kernel/tests/"];
    let files = files();
    let sources: BTreeMap<&str, &str> =
        files.iter().filter(|f| f.is("rs")).map(|f| (f.path.as_str(), f.text.as_str())).collect();
    let mut seen = 0;
    let mut unnamed = Vec::new();
    for (program, path) in PROGRAMS.iter().flat_map(|program| {
        let below = sources.keys().filter(move |path| path.starts_with(program));
        below.map(move |path| (program, *path))
    }) {
        let inside = path.trim_start_matches(program).trim_end_matches(".rs").trim_end_matches("/mod");
        if inside == "all" {
            continue;
        }
        seen += 1;
        let named_in = match inside.rsplit_once('/') {
            None => vec![format!("{program}all.rs")],
            Some((above, _)) => vec![format!("{program}{above}.rs"), format!("{program}{above}/mod.rs")],
        };
        let name = inside.rsplit('/').next().unwrap_or(inside);
        let line = format!("mod {name};");
        let names = |text: &&str| text.lines().any(|of| of.trim_start().ends_with(&line));
        if !named_in.iter().filter_map(|of| sources.get(of.as_str())).any(names) {
            unnamed.push(format!("{path}: no `{line}` in {}", named_in.join(" or ")));
        }
    }
    assert!(seen > 100, "only {seen} files of tests");
    none(&unnamed, "a file of tests is named in its program");
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not break its own wall.
    let words = ["todo", "unimplemented"].map(|w| format!("{w}!("));
    let marks = ["ignore", "FIXME", "XXX:"];
    let mut broken = Vec::new();
    for file in files().iter().filter(|f| f.is("rs") && f.path != THIS) {
        for (i, line) in file.text.lines().enumerate() {
            let later = words.iter().any(|w| line.contains(w.as_str()))
                || line.contains(&format!("#[{}", marks[0]))
                || marks[1..].iter().any(|m| line.contains(m));
            if later {
                broken.push(format!("{}:{}: {}", file.path, i + 1, line.trim()));
            }
        }
    }
    none(&broken, "what is not there is said in the README, not left in the code");
}

#[test]
fn every_file_has_a_front_page() {
    let broken: Vec<_> = files()
        .iter()
        .filter(|f| f.is("rs") && !f.text.trim_start().starts_with("//!"))
        .map(|f| f.path.clone())
        .collect();
    none(&broken, "a Rust file begins with `//!` and says what it is for");
}

#[test]
fn no_path_of_a_machine_is_written_down() {
    let machines = ["home", "Users", "root", "work", "mnt"].map(|folder| format!("/{folder}/"));
    let mut broken = Vec::new();
    for file in files() {
        for (i, line) in file.text.lines().enumerate() {
            // Only where a path begins: the folder of that name inside another is none of a machine's.
            let begins = |at: usize| {
                line[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || "\"'`(=:".contains(c))
            };
            if machines.iter().any(|m| line.match_indices(m.as_str()).any(|(at, _)| begins(at))) {
                broken.push(format!("{}:{}: {}", file.path, i + 1, line.trim()));
            }
        }
    }
    none(&broken, "a path of one machine means nothing on another");
}

/// What the tables of samples/README.md name, from `samples/`.
fn listed() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("samples/README.md")).expect("samples/README.md");
    let mut folder = String::new();
    let mut found = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with("## ") {
            folder = line.split('`').nth(1).unwrap_or_default().to_owned();
        }
        let Some(cell) = line.strip_prefix('|').and_then(|l| l.split('|').next()) else { continue };
        let name = cell.trim().trim_matches('`');
        if name == "file" || name.starts_with("--") || name.is_empty() {
            continue;
        }
        let inside = name.strip_prefix(folder.as_str()).unwrap_or(name);
        assert!(found.insert(format!("{folder}{inside}")), "samples/README.md lists {folder}{inside} twice");
    }
    found
}

/// What lies in `samples/`, without what is generated beside it.
fn samples() -> BTreeSet<String> {
    let top = root().join("samples");
    let mut found = BTreeSet::new();
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("samples can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let twin = path.extension().is_some_and(|e| e == "json" || e == "expected");
            if !twin && path.file_name().is_some_and(|n| n != "README.md") {
                let inside = path.strip_prefix(&top).expect("below samples");
                let parts: Vec<_> = inside.components().map(|c| c.as_os_str().to_string_lossy()).collect();
                found.insert(parts.join("/"));
            }
        }
    }
    found
}

#[test]
fn every_sample_is_listed_and_every_listed_sample_is_there() {
    let (listed, there) = (listed(), samples());
    let unlisted: Vec<_> = there.difference(&listed).cloned().collect();
    none(&unlisted, "samples/README.md has one row for every sample; these have none");
    let missing: Vec<_> = listed.difference(&there).cloned().collect();
    none(&missing, "samples/README.md lists what is not there");
}

/// The targets of `[text](target)` outside of code blocks.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (i, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            if let Some(target) = line[at + 2..].split(')').next() {
                found.push((i + 1, target.to_owned()));
            }
        }
    }
    found
}

/// The path that a link of a page means, from the root; `None` when it leads out of the repository.
fn target(page: &str, link: &str) -> Option<PathBuf> {
    let mut path = Path::new(page).parent().map(Path::to_path_buf).unwrap_or_default();
    for part in Path::new(link).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for file in files().iter().filter(|f| f.is("md")) {
        for (line, link) in links(&file.text) {
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            if !target(&file.path, path).is_some_and(|t| root().join(t).exists()) {
                broken.push(format!("{}:{line}: {link}", file.path));
            }
        }
    }
    none(&broken, "these links lead nowhere");
}

#[test]
fn every_message_type_has_a_page() {
    let pages: BTreeSet<_> = files()
        .iter()
        .filter_map(|f| f.path.strip_prefix("docs/formats/")?.strip_suffix(".md").map(str::to_owned))
        .collect();
    let mut missing = Vec::new();
    for file in files() {
        if let Some(name) = file.path.strip_prefix("parsers/src/mt/mt").and_then(|n| n.strip_suffix(".rs")) {
            let page = format!("mt{name}");
            if name.bytes().all(|b| b.is_ascii_digit()) && !pages.contains(&page) {
                missing.push(page);
            }
        }
    }
    // The messages of ISO 20022 share one page; `finality spec` prints their tables.
    let table = fs::read_to_string(root().join("parsers/src/mx/tables/messages.table")).expect("the table");
    let listed = fs::read_to_string(root().join("docs/formats/mx-messages.md")).expect("the page");
    for name in table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.get(..8)) {
        if !listed.contains(&format!("| {name} |")) {
            missing.push(name.to_owned());
        }
    }
    for (name, page) in fix_messages() {
        if !pages.contains(&page) {
            missing.push(format!("{page} ({name})"));
        }
    }
    none(&missing, "docs/formats has a page for every message type that has a table");
}

/// The application messages of the FIX table, with the page that each should have.
fn fix_messages() -> BTreeMap<String, String> {
    let table = fs::read_to_string(root().join("parsers/src/fix/dictionary/messages.rs")).expect("the table");
    let mut found = BTreeMap::new();
    for line in table.lines() {
        let mut words = line.split(' ');
        let (Some(code), Some(name), Some("=")) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let application = (1..=2).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase());
        if application && name != "Logon" {
            found.insert(name.to_owned(), format!("fix-{code}"));
        }
    }
    assert!(found.len() >= 5, "only {found:?}: the table has moved");
    found
}
