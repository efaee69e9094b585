//! The other side: a blocking socket, allocations made ahead, answers counted and timed.

use std::collections::VecDeque;
use std::fmt;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use finality::parsers::fix::frame::checksum;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::gateway::Gateway;

/// About what a P takes.
pub(crate) const ANSWER_BYTES: usize = 160;

/// Round trips.
#[derive(Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn add(&mut self, one: Duration) {
        self.0.push(one);
    }

    pub(crate) fn extend(&mut self, others: Latencies) {
        self.0.extend(others.0);
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = |thousandth: usize| {
            let found = sorted.get((sorted.len() * thousandth / 1_000).min(sorted.len().saturating_sub(1)));
            found.map_or(0.0, |d| d.as_secs_f64() * 1e6)
        };
        write!(f, "p50 {:.1} µs, p99 {:.1} µs, p99.9 {:.1} µs", at(500), at(990), at(999))
    }
}

pub(crate) fn connect(address: &str) -> TcpStream {
    let line = TcpStream::connect(address).expect("it listens");
    line.set_nodelay(true).expect("a socket");
    line.set_read_timeout(Some(Duration::from_secs(120))).expect("a socket");
    line
}

/// One request and its answer, of known lengths.
pub(crate) fn exchange(line: &mut TcpStream, request: &[u8], answer: &mut [u8]) {
    line.write_all(request).expect("it takes bytes");
    line.read_exact(answer).expect("it answers");
}

/// Reads what comes and answers each piece with so many bytes: on tokio's own threads, as the gateway does.
pub(crate) fn echo_server(answer: usize) -> String {
    let (said, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            said.send(listener.local_addr().expect("bound").to_string()).expect("it waits");
            let (mut line, _) = listener.accept().await.expect("somebody");
            line.set_nodelay(true).expect("a socket");
            // The socket belongs to a task of its own, as each connection of the gateway does.
            let served = tokio::spawn(async move {
                let mut bytes = vec![0; 64 << 10];
                while line.read(&mut bytes).await.is_ok_and(|n| n > 0) {
                    line.write_all(&bytes[..answer]).await.expect("it reads");
                }
            });
            served.await.expect("it ends");
        });
    });
    address.recv().expect("it starts")
}

/// A time as FIX writes it.
fn stamp() -> String {
    DateTime::<Utc>::from(now()).format("%Y%m%d-%H:%M:%S%.3f").to_string()
}

fn now() -> SystemTime {
    SystemTime::now()
}

/// A message around its fields.
fn framed(fields: &str) -> Vec<u8> {
    let body = fields.replace('|', "\u{1}");
    let mut bytes = format!("8=FIX.4.4\u{1}9={}\u{1}{body}", body.len()).into_bytes();
    let sum = checksum(&bytes, 1);
    bytes.extend_from_slice(format!("10={sum:03}\u{1}").as_bytes());
    bytes
}

fn allocation(sender: &str, number: u64, id: u64, time: &str) -> Vec<u8> {
    framed(&format!(
        "35=J|34={number:08}|49={sender}|52={time}|56=FINALITY|70=ALB-{id:012}|71=0|626=1|857=1|73=2|11=ORD-88121|37=K-5501|\
         38=30000|799=25.41|11=ORD-88122|37=K-5502|38=20000|799=25.415|54=1|55=NORD|48=FI0009812341|22=4|107=NORDLIFT OYJ|\
         53=50000|30=XHEL|6=25.412|15=EUR|453=2|448=KESTGB2LXXX|447=B|452=1|448=ALBIONAM|447=D|452=13|75=20261124|\
         60=20261124-15:10:22.456|63=3|64=20261126|381=1270600|118=1271311.53|58=two accounts of one fund, both in Helsinki now|78=2|79=ALBEQ01|661=99|\
         80=30000|467=A{id:012}-1|12=381.18|13=3|153=25.412|154=762786.92|136=1|137=45.74|138=EUR|139=4|79=ALBEQ02|661=99|\
         80=20000|467=A{id:012}-2|12=254.12|13=3|153=25.412|154=508524.61|136=1|137=30.49|138=EUR|139=4|"
    ))
}

/// One allocation, to be looked at.
pub(crate) fn allocation_of(number: u64, id: u64) -> Vec<u8> {
    allocation("ALBIONAM", number, id, "20261124-15:04:05.123")
}

/// A FIX session that is logged on.
pub(crate) struct Peer {
    line: TcpStream,
    sender: String,
    /// The number of our next message.
    next: u64,
    /// What has come and was not looked at yet.
    heard: Vec<u8>,
}

impl Peer {
    pub(crate) fn log_on(gateway: &Gateway, sender: &str) -> Self {
        let line = connect(&gateway.address);
        let mut peer = Self { line, sender: sender.to_owned(), next: 1, heard: Vec::new() };
        let logon = format!("35=A|34=1|49={sender}|52={}|56=FINALITY|98=0|108=600|", stamp());
        peer.line.write_all(&framed(&logon)).expect("it takes bytes");
        peer.next = 2;
        peer.wait(b"\x0135=A\x01", 1);
        peer
    }

    /// Sends allocations, at most `window` of them unanswered, and times their answers. `same`: one allocation again and
    /// again.
    pub(crate) fn run(&mut self, count: u64, window: u64, same: bool) -> Latencies {
        let mut latencies = Latencies::default();
        let mut under_way: VecDeque<Instant> = VecDeque::new();
        let (mut sent, mut answered) = (0, 0);
        // What is sent next is made before it is needed: the gateway is not to wait for its peer.
        let mut made: VecDeque<Vec<u8>> = VecDeque::new();
        let ahead = |peer: &Peer, made: &mut VecDeque<Vec<u8>>, sent: u64| {
            let time = stamp();
            let most = usize::try_from(window.min(count - sent)).unwrap_or(usize::MAX);
            while made.len() < most {
                let number = peer.next + made.len() as u64;
                made.push_back(allocation(&peer.sender, number, if same { 1 } else { number }, &time));
            }
        };
        while answered < count {
            if made.is_empty() && sent < count {
                ahead(self, &mut made, sent);
            }
            let room = usize::try_from(window - (sent - answered)).unwrap_or(usize::MAX);
            let batch: Vec<Vec<u8>> = made.drain(..room.min(made.len())).collect();
            if !batch.is_empty() {
                let at = Instant::now();
                under_way.extend(batch.iter().map(|_| at));
                sent += batch.len() as u64;
                self.next += batch.len() as u64;
                self.line.write_all(&batch.concat()).expect("it takes bytes");
                if sent < count {
                    ahead(self, &mut made, sent);
                }
            }
            let came = self.wait(b"\x0135=P\x01", 1);
            let at = Instant::now();
            answered += came;
            for _ in 0..came {
                latencies.add(under_way.pop_front().map_or(Duration::ZERO, |start| at - start));
            }
        }
        latencies
    }

    /// Reads until at least so many messages of this kind have come. Gives how many; others are passed over.
    fn wait(&mut self, kind: &[u8], least: u64) -> u64 {
        let mut found = 0;
        while found < least {
            let mut bytes = [0; 64 << 10];
            let length = self.line.read(&mut bytes).expect("it answers");
            assert!(length > 0, "the gateway hung up: {}", String::from_utf8_lossy(&self.heard));
            self.heard.extend_from_slice(&bytes[..length]);
            let mut at = 0;
            while let Some(end) = end_of_message(&self.heard[at..]) {
                let message = &self.heard[at..at + end];
                let is_kind = message.get(..40.min(message.len())).is_some_and(|head| holds(head, kind));
                found += u64::from(is_kind);
                if !is_kind && (holds(message, b"\x0135=3\x01") || holds(message, b"\x0135=5\x01")) {
                    panic!("refused: {}", String::from_utf8_lossy(message).replace('\x01', "|"));
                }
                at += end;
            }
            self.heard.drain(..at);
        }
        found
    }

    /// Asks for everything that was sent to us, and reads it to its end on a thread of its own. Gives messages and bytes.
    pub(crate) fn ask_for_everything(mut self) -> JoinHandle<(u64, u64)> {
        let ask = format!("35=2|34={}|49={}|52={}|56=FINALITY|7=1|16=0|", self.next, self.sender, stamp());
        let test =
            format!("35=1|34={}|49={}|52={}|56=FINALITY|112=END|", self.next + 1, self.sender, stamp());
        self.line.write_all(&[framed(&ask), framed(&test)].concat()).expect("it takes bytes");
        std::thread::spawn(move || {
            let (mut messages, mut total) = (0, 0);
            let mut bytes = vec![0; 256 << 10];
            let mut rest: Vec<u8> = Vec::new();
            loop {
                let length = self.line.read(&mut bytes).expect("it answers");
                assert!(length > 0, "the gateway hung up");
                total += length as u64;
                rest.extend_from_slice(&bytes[..length]);
                let mut at = 0;
                while let Some(end) = end_of_message(&rest[at..]) {
                    let message = &rest[at..at + end];
                    messages += u64::from(holds(&message[..60.min(end)], b"\x0135=P\x01"));
                    // The answer to our question waits behind what is repeated.
                    if holds(&message[..60.min(end)], b"\x0135=0\x01") && holds(message, b"\x01112=END\x01") {
                        return (messages, total);
                    }
                    at += end;
                }
                rest.drain(..at);
            }
        })
    }
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|w| w == what)
}

/// Where the first message ends.
fn end_of_message(bytes: &[u8]) -> Option<usize> {
    let length_at = bytes.iter().position(|b| *b == 1)? + 3;
    let digits = bytes.get(length_at..)?;
    let length_end = digits.iter().position(|b| *b == 1)?;
    let length: usize = std::str::from_utf8(&digits[..length_end]).ok()?.parse().ok()?;
    let end = length_at + length_end + 1 + length + 7;
    (bytes.len() >= end).then_some(end)
}
