//! What a FIX session costs, through the real thing: `finality serve` as a process of its own, a peer here, loopback between
//! them, validation and journal on.
//!
//! ```text
//! cargo bench --bench fix_session                      # everything
//! cargo bench --bench fix_session -- allocation idle   # by name: loopback, allocation, idle, resend, quickfix
//!     --messages 50000     messages of a pipelined run (ping-pong: a fifth)
//!     --kept 1000000       messages that are kept before they are asked for again
//!     --dir DIR            where stores are made (a disk that knows fsync, for numbers that mean something)
//! ```
//!
//! CPU is that of the gateway's process alone, by thread, from the scheduler's own account of it. Nothing is asserted.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench reads the clock, and its rates are no money"
)]

mod gateway;
mod peer;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use gateway::{Cpu, Gateway};
use peer::{Latencies, Peer};

struct Arguments {
    names: Vec<String>,
    messages: u64,
    kept: u64,
    dir: PathBuf,
}

impl Arguments {
    fn read() -> Self {
        let mut read = Self { names: Vec::new(), messages: 50_000, kept: 200_000, dir: std::env::temp_dir() };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut number = || words.next().and_then(|w| w.parse().ok()).expect("a number");
            match word.as_str() {
                "--messages" => read.messages = number(),
                "--kept" => read.kept = number(),
                "--dir" => read.dir = words.next().expect("a folder").into(),
                // Cargo says so to every bench.
                "--bench" => {}
                _ => read.names.push(word),
            }
        }
        read
    }

    fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|n| n == name)
    }
}

fn main() {
    let arguments = Arguments::read();
    if arguments.wants("loopback") || arguments.wants("allocation") {
        loopback(&arguments);
    }
    if arguments.wants("allocation") {
        for (sync, index) in [(false, false), (false, true), (true, false), (true, true)] {
            allocation(&arguments, sync, index);
        }
    }
    if arguments.wants("quickfix") {
        quickfix();
    }
    if arguments.wants("idle") {
        idle(&arguments);
    }
    if arguments.wants("resend") {
        resend(&arguments);
    }
}

/// The floor: bytes of the same lengths there and back through tokio and nothing else.
fn loopback(arguments: &Arguments) {
    let at = peer::echo_server(peer::ANSWER_BYTES);
    let mut latencies = Latencies::default();
    let mut line = peer::connect(&at);
    let request = vec![b'x'; peer::allocation_of(1, 1).len()];
    let mut answer = vec![0; peer::ANSWER_BYTES];
    for round in 0..arguments.messages / 5 + 1_000 {
        let start = Instant::now();
        peer::exchange(&mut line, &request, &mut answer);
        if round >= 1_000 {
            latencies.add(start.elapsed());
        }
    }
    println!(
        "loopback       {} bytes there, {} back, tokio and nothing else: {latencies}",
        request.len(),
        answer.len()
    );
}

fn allocation(arguments: &Arguments, sync: bool, index: bool) {
    let store = tempfile::tempdir_in(&arguments.dir).expect("a folder");
    let gateway = Gateway::start(store.path(), sync, index, 0);
    let mut peer = Peer::log_on(&gateway, "ALBIONAM");
    let named = if sync { "synced in groups" } else { "not synced" };
    let followed = if index { "index follows" } else { "index left for later" };
    println!(
        "allocation     J of {} bytes to P, journal {named}, {followed}",
        peer::allocation_of(1, 1).len()
    );
    // Caches, pages of the heap, the first segment.
    peer.run(1_000, 100, false);
    let rounds = arguments.messages / 5;
    for window in [1, 10, 100, 1_000] {
        let count = if window == 1 { rounds } else { arguments.messages };
        // A disk makes a few hundred commits a second: a window of one or ten has to wait for each.
        let count = if sync && window <= 10 { count.min(500 * window) } else { count };
        gateway.settle();
        let before = gateway.cpu();
        let start = Instant::now();
        let latencies = peer.run(count, window, false);
        let took = start.elapsed();
        let said = gateway.cpu();
        gateway.settle();
        let cpu = gateway.cpu().since(&before);
        let rate = count as f64 / took.as_secs_f64();
        println!(
            "  window {window:>4}  {count:>7} messages  {rate:>8.0}/s  {latencies}  CPU {} a message, {} of it until the last answer",
            per(cpu.total(), count),
            per(said.since(&before).total(), count),
        );
        println!("               {}", by_thread(&cpu, count));
    }
    println!("               RSS {} kB", gateway.resident_kb());
}

fn per(total: Duration, count: u64) -> String {
    format!(
        "{:.2} µs",
        total.as_secs_f64() * 1e6 / f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX))
    )
}

fn by_thread(cpu: &Cpu, count: u64) -> String {
    let parts: Vec<String> =
        cpu.by_name().into_iter().map(|(name, time)| format!("{name} {}", per(time, count))).collect();
    parts.join(", ")
}

fn quickfix() {
    let found = std::process::Command::new("python3")
        .args(["-c", "import quickfix; print(quickfix.__file__)"])
        .output()
        .is_ok_and(|out| out.status.success());
    // An acceptor whose application is Python would be measured as Python, so none is run here.
    println!(
        "quickfix       {}",
        if found {
            "its Python package is installed; an acceptor written in Python is no fair peer for CPU and is not run"
        } else {
            "not installed"
        }
    );
}

const IDLE: u32 = 1_000;

fn idle(arguments: &Arguments) {
    let store = tempfile::tempdir_in(&arguments.dir).expect("a folder");
    let gateway = Gateway::start(store.path(), false, false, IDLE);
    let mut first = Peer::log_on(&gateway, "ALBIONAM");
    first.run(1_000, 100, true);
    gateway.settle();
    let before = gateway.resident_kb();
    let peers: Vec<Peer> = (0..IDLE).map(|n| Peer::log_on(&gateway, &format!("IDLE{n:05}"))).collect();
    gateway.settle();
    let after = gateway.resident_kb();
    let cpu = gateway.cpu();
    std::thread::sleep(Duration::from_secs(5));
    let idle = gateway.cpu().since(&cpu).total();
    println!(
        "idle           {} sessions logged on: {} kB to {} kB, {:.1} kB a session; they cost {:.2} ms of CPU a second",
        peers.len(),
        before,
        after,
        f64::from(u32::try_from(after.saturating_sub(before)).unwrap_or(u32::MAX)) / f64::from(IDLE),
        idle.as_secs_f64() * 1e3 / 5.0
    );
}

fn resend(arguments: &Arguments) {
    let store = tempfile::tempdir_in(&arguments.dir).expect("a folder");
    let gateway = Gateway::start(store.path(), false, false, 1);
    let mut asker = Peer::log_on(&gateway, "ALBIONAM");
    let start = Instant::now();
    // The same allocation again and again gets the same answer, each under a number of its own; no trade comes of it.
    asker.run(arguments.kept, 1_000, true);
    println!(
        "resend         {} answers kept ({:.0} s); RSS {} kB",
        arguments.kept,
        start.elapsed().as_secs_f64(),
        gateway.resident_kb()
    );
    gateway.settle();
    let settled = gateway.resident_kb();
    let mut other = Peer::log_on(&gateway, "IDLE00000");
    let before = other.run(5_000, 1, true);
    println!("  before       the other session: {before}; RSS {settled} kB");
    let start = Instant::now();
    let asked = asker.ask_for_everything();
    let mut during = Latencies::default();
    let mut peak = 0;
    while !asked.is_finished() {
        during.extend(other.run(50, 1, true));
        peak = peak.max(gateway.resident_kb());
    }
    let (messages, bytes) = asked.join().expect("it reads to the end");
    let took = start.elapsed().as_secs_f64();
    println!(
        "  during       the other session: {during}; RSS at most {peak} kB ({:+} kB)",
        i128::from(peak) - i128::from(settled)
    );
    println!(
        "  repeated     {messages} messages, {bytes} bytes, in {took:.1} s; RSS afterwards {} kB",
        gateway.resident_kb()
    );
}
