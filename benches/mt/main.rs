//! ISO 15022 on one core: what decoding costs, beside the least that any reader of these bytes must do.
//!
//! ```text
//! cargo bench -p finality-parsers --bench mt
//! cargo bench -p finality-parsers --bench mt -- --seconds 3 --stream 1000
//! ```
//!
//! The floor is a tokenizer that copies nothing: the ends of lines by `memchr`, the tag between its colons, the value behind
//! it. It knows no sequences, no formats and no rules. Each figure is the best of several rounds, so that what else
//! runs on the machine weighs less; floor and reader take turns within each round.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench reads the clock, and its rates are no money"
)]

#[path = "../measure.rs"]
mod measure;

use std::hint::black_box;
use std::io::Read;
use std::time::{Duration, Instant};

use finality_parsers::codec::{self, Depth};
use finality_parsers::diagnostic::Findings;
use finality_parsers::limits::Limits;
use finality_parsers::mt;
use finality_parsers::mt::batch::Batch;

use measure::{ROUNDS, Work, argument, best, peak};

/// An instruction of about 650 bytes.
const MT541: &[u8] = b"{1:F01LUMNLULLAXXX4711241403}{2:I541CUSVDEFFXXXXN}{3:{108:LFM541TYP01}}{4:\r\n\
:16R:GENL\r\n:20C::SEME//LF541TYP0519\r\n:23G:NEWM\r\n:98C::PREP//20260519091533\r\n\
:16R:LINK\r\n:20C::COMM//VALE20260519A77\r\n:16S:LINK\r\n:16S:GENL\r\n\
:16R:TRADDET\r\n:98A::SETT//20260521\r\n:98A::TRAD//20260519\r\n:35B:ISIN DE0007164600\r\nSAP SE\r\n:16S:TRADDET\r\n\
:16R:FIAC\r\n:36B::SETT//UNIT/5000,\r\n:97A::SAFE//7003412890\r\n:16S:FIAC\r\n\
:16R:SETDET\r\n:22F::SETR//TRAD\r\n:16R:SETPRTY\r\n:95P::DEAG//AGNTDEFFXXX\r\n:97A::SAFE//8120005000\r\n:16S:SETPRTY\r\n\
:16R:SETPRTY\r\n:95P::SELL//BRKVGB2LXXX\r\n:16S:SETPRTY\r\n:16R:SETPRTY\r\n:95P::PSET//DAKVDEFFXXX\r\n:16S:SETPRTY\r\n\
:16R:AMT\r\n:19A::SETT//EUR912711,8\r\n:16S:AMT\r\n:16S:SETDET\r\n-}{5:{CHK:1A2B3C4D5E6F}}";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let seconds = argument(&arguments, "--seconds").unwrap_or(1.0);
    let each = Duration::from_secs_f64(seconds / f64::from(ROUNDS));
    let limits = Limits::default();

    println!("MT541 of {} bytes", MT541.len());
    let mut reader = mt::Reader::new(limits);
    let mut works: [Work<'_>; 4] = [
        ("floor: tags and values, nothing kept", Box::new(|| tokens(MT541))),
        ("structure, components, validation", Box::new(|| read(MT541, &mut reader))),
        ("the same and the event", Box::new(|| decoded(MT541, &limits, Depth::Event))),
        ("the same, field tree and bytes again", Box::new(|| decoded(MT541, &limits, Depth::Full))),
    ];
    let rows = best(each, 100, &mut works);
    show(&rows);
    statements(each);
    stream(argument(&arguments, "--stream").unwrap_or(50));
}

/// Statements of pending transactions of different lengths: what a byte costs must not depend on how many there are.
fn statements(each: Duration) {
    println!("MT537, so many bytes each");
    let mut reader = mt::Reader::new(Limits::default());
    for transactions in [10, 80, 800] {
        let raw = statement(transactions);
        let mut works: [Work<'_>; 2] = [
            ("floor: tags and values, nothing kept", Box::new(|| tokens(&raw))),
            ("structure, components, validation", Box::new(|| read_long(&raw, &mut reader))),
        ];
        let rows = best(each, 100, &mut works);
        let (floor, time) = (rows[0].1, rows[1].1);
        println!(
            "  {:>8} bytes {:>10.0} ns {:>7.2} ns a byte {:>7.1} x the floor",
            raw.len(),
            time * 1e9,
            time * 1e9 / raw.len() as f64,
            time / floor
        );
    }
}

/// A statement that says nothing but how long it is is the only finding.
fn read_long(raw: &[u8], reader: &mut mt::Reader) -> usize {
    let mut findings = Findings::new(200);
    let message = reader.read(raw, &mut findings);
    assert!(findings.list().iter().all(|d| d.code == "text-too-long"), "{findings:?}");
    let count = message.frame.fields().len();
    reader.take_back(message);
    count
}

fn statement(transactions: usize) -> Vec<u8> {
    let head = "{1:F01LUMNLULLAXXX4711203653}{2:O5371832260519CUSVDEFFAXXX47122036502605191832N}{3:{108:X537}}{4:\r\n\
:16R:GENL\r\n:28E:1/ONLY\r\n:20C::SEME//S537\r\n:23G:NEWM\r\n:98A::STAT//20260519\r\n:22H::STST//STAT\r\n\
:97A::SAFE//7003412890\r\n:17B::ACTI//Y\r\n:16S:GENL\r\n:16R:STAT\r\n:25D::SETT//PEND\r\n\
:16R:REAS\r\n:24B::PEND//LACK\r\n:16S:REAS\r\n";
    let mut text = head.to_owned();
    for number in 0..transactions {
        text.push_str(&format!(
            ":16R:TRAN\r\n:16R:LINK\r\n:20C::RELA//REF{number}\r\n:16S:LINK\r\n:16R:TRANSDET\r\n\
:35B:ISIN DE0007164600\r\nSAP SE\r\n:36B::PSTA//UNIT/5000,\r\n:19A::PSTA//EUR988993,15\r\n:22F::TRAN//SETT\r\n\
:22H::REDE//RECE\r\n:22H::PAYM//APMT\r\n:98A::SETT//20260521\r\n:16R:SETPRTY\r\n:95P::DEAG//AGNTDEFFXXX\r\n:16S:SETPRTY\r\n\
:16R:SETPRTY\r\n:95P::PSET//DAKVDEFFXXX\r\n:16S:SETPRTY\r\n:16S:TRANSDET\r\n:16S:TRAN\r\n"
        ));
    }
    text.push_str(":16S:STAT\r\n-}{5:{CHK:1A2B3C4D5E6F}}");
    text.into_bytes()
}

/// A batch that is made while it is read, one message after the other with `$` between them: nothing of it is kept.
struct Endless<'a> {
    message: &'a [u8],
    at: usize,
    left: u64,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut done = 0;
        while done < buffer.len() && self.left > 0 {
            let part = &self.message[self.at..];
            let count = part.len().min(buffer.len() - done);
            buffer[done..done + count].copy_from_slice(&part[..count]);
            done += count;
            self.at = (self.at + count) % self.message.len();
            if self.at == 0 {
                self.left -= 1;
            }
        }
        Ok(done)
    }
}

/// `--stream 1000`: a batch of so many megabytes, each message decoded; with the most memory that was used.
fn stream(megabytes: u64) {
    let message = [MT541, b"\r\n$\r\n"].concat();
    let count = megabytes * 1_000_000 / message.len() as u64;
    let source = Endless { message: &message, at: 0, left: count };
    let before = peak();
    let start = Instant::now();
    let mut batch = Batch::new(source, Limits::default());
    let mut reader = mt::Reader::new(Limits::default());
    let mut read_count = 0;
    while let Some(piece) = batch.next().expect("nothing in it is too long") {
        read(piece.bytes, &mut reader);
        read_count += 1;
    }
    assert_eq!(read_count, count);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "RJE of {megabytes} MB, a stream: {count} messages in {seconds:.1} s, {:.0} MB/s; most memory {} kB, {} kB before",
        megabytes as f64 / seconds,
        peak(),
        before
    );
}

fn read(raw: &[u8], reader: &mut mt::Reader) -> usize {
    let mut findings = Findings::new(200);
    let message = reader.read(raw, &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    let count = message.frame.fields().len();
    reader.take_back(message);
    count
}

fn decoded(raw: &[u8], limits: &Limits, depth: Depth) -> usize {
    let decoded = codec::decode(raw, limits, depth);
    assert!(decoded.event.is_some(), "{:?}", decoded.diagnostics);
    decoded.fields.len()
}

/// Lines that open a field, and how long tags and values are.
fn tokens(raw: &[u8]) -> usize {
    let mut sum = 0;
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', raw) {
        let line = &raw[start..end];
        start = end + 1;
        if let [b':', a, b, rest @ ..] = line
            && a.is_ascii_digit()
            && b.is_ascii_digit()
        {
            let tag = match rest {
                [b':', ..] => 2,
                [letter, b':', ..] if letter.is_ascii_uppercase() => 3,
                _ => continue,
            };
            sum += tag + black_box(&line[tag + 2..]).len();
        }
    }
    sum
}

fn show(rows: &[(&'static str, f64)]) {
    let floor = rows[0].1;
    for (name, seconds) in rows {
        println!(
            "  {name:<42} {:>8.0} ns {:>12.0}/s {:>7.1} x the floor",
            seconds * 1e9,
            1.0 / seconds,
            seconds / floor
        );
    }
}
