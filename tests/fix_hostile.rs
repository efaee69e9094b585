//! Hostile FIX peers against the built binary, over real sockets: whatever they send, the process lives, its memory stays
//! bounded and another session goes on. Lines and limits before the Logon are tested apart, in `network.rs`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::common::live::{self, Gateway};
#[allow(dead_code, reason = "shared with tests that use all of it")]
use finality::runtime::clock::Clock;
use finality_parsers::fix::frame::checksum;

/// More than any of this may cost, far less than what it asks for.
const GROWTH_MAX_KB: u64 = 300_000;

/// A peer that writes what it likes.
struct Raw {
    line: TcpStream,
    who: &'static str,
    number: u64,
}

fn stamp() -> String {
    Clock::start().now().utc().format("%Y%m%d-%H:%M:%S%.3f").to_string()
}

fn framed(body: &str) -> Vec<u8> {
    let body = body.replace('|', "\u{1}");
    let mut bytes = format!("8=FIX.4.4\u{1}9={}\u{1}{body}", body.len()).into_bytes();
    let sum = checksum(&bytes, 1);
    bytes.extend_from_slice(format!("10={sum:03}\u{1}").as_bytes());
    bytes
}

impl Raw {
    fn connect(gateway: &Gateway, who: &'static str) -> Self {
        let line = TcpStream::connect(&gateway.address).expect("it listens");
        line.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
        line.set_write_timeout(Some(Duration::from_secs(60))).expect("a socket");
        Self { line, who, number: 0 }
    }

    fn log_on(gateway: &Gateway, who: &'static str) -> Self {
        let mut peer = Self::connect(gateway, who);
        peer.say("A", "98=0|108=600|141=Y|");
        peer.hear("35=A");
        peer
    }

    fn message(&mut self, kind: &str, body: &str) -> Vec<u8> {
        self.number += 1;
        framed(&format!("35={kind}|34={}|49={}|52={}|56=FINALITY|{body}", self.number, self.who, stamp()))
    }

    fn say(&mut self, kind: &str, body: &str) {
        let bytes = self.message(kind, body);
        self.line.write_all(&bytes).expect("it takes bytes");
    }

    /// Whether it took them: it may well have hung up.
    fn throw(&mut self, bytes: &[u8]) -> bool {
        self.line.write_all(bytes).is_ok()
    }

    /// Reads until this is there.
    fn hear(&mut self, what: &str) {
        let what = format!("\u{1}{what}\u{1}").into_bytes();
        let mut heard = Vec::new();
        let mut buffer = [0; 4096];
        while !heard.windows(what.len()).any(|w| w == what) {
            let n = self.line.read(&mut buffer).expect("an answer in time");
            assert!(n > 0, "hung up before it said it: {}", String::from_utf8_lossy(&heard));
            heard.extend_from_slice(&buffer[..n]);
        }
    }

    /// It is served as ever.
    fn is_served(&mut self, word: &str) {
        self.say("1", &format!("112={word}|"));
        self.hear(&format!("112={word}"));
    }
}

fn resident_kb(gateway: &Gateway) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.child.id())).expect("it runs");
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).expect("its size");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// A gateway, a session that must not notice anything, and what is done to the others.
fn bears(hostile: impl FnOnce(&Gateway)) {
    let dir = tempfile::tempdir().expect("a folder");
    let gateway = Gateway::start(&live::config(dir.path()));
    let mut witness = Raw::log_on(&gateway, "KESTRELSEC");
    witness.is_served("BEFORE");
    let before = resident_kb(&gateway);
    hostile(&gateway);
    witness.is_served("AFTER");
    let after = resident_kb(&gateway);
    assert!(after < before + GROWTH_MAX_KB, "{before} kB before, {after} kB after");
    let mut again = Raw::log_on(&gateway, "ALBIONAM");
    again.is_served("AGAIN");
    gateway.kill();
}

/// Bytes from nowhere, the same in each run.
fn noise(length: usize, mut state: u64) -> Vec<u8> {
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn noise_within_a_session_is_passed_over() {
    bears(|gateway| {
        let mut peer = Raw::log_on(gateway, "ALBIONAM");
        for seed in 1..=8 {
            // Nothing in it looks like the beginning of a message for long.
            if !peer.throw(&noise(256 << 10, seed)) {
                return;
            }
        }
        peer.throw(b"8=FIX.4.4\x019=");
        peer.throw(&noise(64 << 10, 9));
        // Here the line goes down, whatever the gateway still thought was coming.
    });
}

#[test]
fn a_body_length_that_promises_gigabytes_costs_none() {
    for length in ["99999999999999", "2000000000", "18446744073709551616", "-5", "0"] {
        bears(|gateway| {
            let mut peer = Raw::log_on(gateway, "ALBIONAM");
            peer.throw(format!("8=FIX.4.4\x019={length}\x0135=J\x01").as_bytes());
            let part = vec![b'x'; 1 << 20];
            for _ in 0..24 {
                if !peer.throw(&part) {
                    return;
                }
            }
        });
    }
}

#[test]
fn a_group_that_promises_millions_of_entries_is_refused() {
    bears(|gateway| {
        let mut peer = Raw::log_on(gateway, "ALBIONAM");
        peer.say("J", "70=HOSTILE1|71=0|626=1|857=1|54=1|55=NORD|48=FI0009812341|22=4|53=1|6=1|15=EUR|75=20261124|78=5000000|79=A|80=1|");
        peer.hear("373=16");
        peer.is_served("STILL");
    });
}

#[test]
fn a_message_full_of_entries_is_read_in_bounded_memory() {
    bears(|gateway| {
        let mut peer = Raw::log_on(gateway, "ALBIONAM");
        // As many as one message may hold, and more than that.
        for entries in [20_000, 2_000_000] {
            let group = "79=A|80=1|".repeat(entries);
            let body = format!(
                "70=HOSTILE{entries}|71=0|626=1|857=1|54=1|55=NORD|48=FI0009812341|22=4|53=1|6=1|15=EUR|75=20261124|78={entries}|{group}"
            );
            let message = peer.message("J", &body);
            if !peer.throw(&message) {
                return;
            }
        }
    });
}

#[test]
fn floods_and_drips_before_the_logon_hold_nobody_up() {
    bears(|gateway| {
        let mut lines: Vec<Raw> = (0..40).map(|_| Raw::connect(gateway, "ALBIONAM")).collect();
        for (n, peer) in lines.iter_mut().enumerate() {
            if n % 2 == 0 {
                // Half a Logon, and never the rest.
                peer.throw(b"8=FIX.4.4\x019=70\x0135=A\x0134=");
            } else {
                peer.throw(&framed("35=0|34=1|49=ALBIONAM|56=FINALITY|").repeat(2_000));
            }
        }
    });
}

#[test]
fn a_gateway_that_can_keep_nothing_any_more_ends() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut gateway = Gateway::start(&live::config(dir.path()));
    let mut peer = Raw::log_on(&gateway, "ALBIONAM");
    // The next segment of the journal cannot be made.
    std::fs::create_dir(dir.path().join("store/journal/journal-00000002.log")).expect("a folder");
    let text = "x".repeat(900 << 10);
    for n in 0..40 {
        let body = format!(
            "70=LONG{n}|71=0|626=1|857=1|54=1|55=NORD|48=FI0009812341|22=4|53=1|6=1|15=EUR|75=20261124|58={text}|78=1|79=A|80=1|"
        );
        let message = peer.message("J", &body);
        if !peer.throw(&message) {
            break;
        }
    }
    for _ in 0..600 {
        if let Some(status) = gateway.child.try_wait().expect("it was started") {
            assert!(!status.success(), "and says that something is wrong");
            return;
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    gateway.kill();
    panic!("a port that answers nobody is left");
}
