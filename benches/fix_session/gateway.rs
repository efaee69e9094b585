//! The gateway as a process: started on a store of its own, and what the kernel says of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// `finality serve`, ended when it is dropped.
pub(crate) struct Gateway {
    child: Child,
    /// Kept open: what it says at its end goes somewhere.
    _said: BufReader<ChildStdout>,
    pub(crate) address: String,
}

impl Gateway {
    /// On an empty store, with that many links besides the usual ones.
    pub(crate) fn start(dir: &Path, sync: bool, index: bool, more: u32) -> Self {
        let mut config =
            format!("store = \"store\"\nsync = {sync}\nindex_live = {index}\nfix_listen = \"127.0.0.1:0\"\n");
        config.push_str("[fix]\nMaxConnectionsPerAddress = 2000\nMaxConnections = 2000\n");
        config.push_str("[profile]\nbic = \"FINMDEFFXXX\"\n");
        let mut link = |name: &str, id: &str| {
            let _ = write!(
                config,
                "[[profile.links]]\nname = \"{name}\"\nspeech = \"fix44\"\nour_id = \"FINALITY\"\ntheir_id = \"{id}\"\n"
            );
        };
        link("manager", "ALBIONAM");
        link("broker", "KESTRELSEC");
        link("custodian", "CUSTODIAN");
        for n in 0..more {
            link(&format!("idle-{n:05}"), &format!("IDLE{n:05}"));
        }
        config.push_str("[[profile.brokers]]\nbic = \"KESTGB2LXXX\"\nlink = \"broker\"\n");
        config.push_str(
            "[[profile.custodians]]\nname = \"custodian\"\nbic = \"CUSTDEFFXXX\"\nlink = \"custodian\"\n",
        );
        for account in ["ALBEQ01", "ALBEQ02"] {
            let _ = write!(
                config,
                "[[profile.accounts]]\naccount = \"{account}\"\ncustodian = \"custodian\"\nsafekeeping = \"SAFE{account}\"\n"
            );
        }
        let path = dir.join("finality.toml");
        std::fs::write(&path, config).expect("a file in a folder of ours");
        let mut child = Command::new(env!("CARGO_BIN_EXE_finality"))
            .args(["serve", "--config"])
            .arg(&path)
            .env("FINALITY_LOG", std::env::var("FINALITY_LOG").unwrap_or_else(|_| "error".to_owned()))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut said = BufReader::new(child.stdout.take().expect("piped"));
        let address = loop {
            let mut line = String::new();
            if said.read_line(&mut line).expect("text") == 0 {
                panic!("the gateway ended before it listened");
            }
            if let Some(address) = line.strip_prefix("FIX sessions connect to ") {
                break address.trim().to_owned();
            }
        };
        Self { child, _said: said, address }
    }

    /// What its threads have used until now.
    pub(crate) fn cpu(&self) -> Cpu {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it runs");
        let mut cpu = Cpu::default();
        for task in tasks.flatten() {
            let read = |file: &str| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
            let nanos = read("schedstat").split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
            let name = read("comm").trim().to_owned();
            cpu.0
                .insert((name, task.file_name().to_string_lossy().into_owned()), Duration::from_nanos(nanos));
        }
        cpu
    }

    /// Waits until what follows behind (the index) has caught up: hardly any CPU is used any more.
    pub(crate) fn settle(&self) {
        for _ in 0..600 {
            let before = self.cpu();
            std::thread::sleep(Duration::from_millis(400));
            if self.cpu().since(&before).total() < Duration::from_millis(4) {
                return;
            }
        }
    }

    /// Memory that is there, in kB.
    pub(crate) fn resident_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may be gone already; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time by thread: name and number.
#[derive(Default)]
pub(crate) struct Cpu(BTreeMap<(String, String), Duration>);

impl Cpu {
    pub(crate) fn since(&self, before: &Cpu) -> Cpu {
        let used = self.0.iter().map(|(thread, time)| {
            (thread.clone(), time.saturating_sub(before.0.get(thread).copied().unwrap_or_default()))
        });
        Cpu(used.collect())
    }

    pub(crate) fn total(&self) -> Duration {
        self.0.values().sum()
    }

    /// Threads of one name together, the busiest first; those that did nothing are left out.
    pub(crate) fn by_name(&self) -> Vec<(String, Duration)> {
        let mut names: BTreeMap<&str, Duration> = BTreeMap::new();
        for ((name, _), time) in &self.0 {
            *names.entry(name).or_default() += *time;
        }
        let mut names: Vec<(String, Duration)> = names
            .into_iter()
            .filter(|(_, t)| *t > Duration::from_micros(500))
            .map(|(n, t)| (n.to_owned(), t))
            .collect();
        names.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
        names
    }
}
