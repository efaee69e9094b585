//! A desk at the command line: the store of a simulated day, and users.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// A store with the reference data it was made with, to which users are added.
pub(crate) struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    /// Simulates a small day and names users.
    pub(crate) fn open(users: &str) -> Self {
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

    /// In its folder.
    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().expect("a path").to_owned()
    }

    /// The binary: what it says, and its exit code.
    pub(crate) fn run(&self, args: &[&str]) -> (String, Option<i32>) {
        let done = Command::new(env!("CARGO_BIN_EXE_finality")).args(args).output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&done.stdout) + &text(&done.stderr), done.status.code())
    }

    /// A verb on its store.
    pub(crate) fn on_store(&self, verb: &str, args: &[&str]) -> (String, Option<i32>) {
        let store = self.path("run/store");
        self.run(&[&[verb, "--store", &store], args].concat())
    }

    /// An order.
    pub(crate) fn order(&self, args: &[&str]) -> (String, Option<i32>) {
        self.on_store("order", args)
    }
}
