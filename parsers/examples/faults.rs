//! What a session would reject, message by message: the other side of `tests/interop/dictionary_oracle.py`.
//!
//! Reads lines of `switches TAB message`, SOH as in the message, and writes for each `ok`, `garbled` or `reason tag`. The
//! switches are letters of checks to leave out: `o`rder, `v`alues, `u`ser defined fields, `a`ny unknown fields.
//!
//! ```text
//! cargo run --release -p finality-parsers --example faults -- [FIXT11.xml] FIX50SP2.xml < lines
//! ```

use std::io::{BufRead, Write, stdin, stdout};

use finality_parsers::diagnostic::{Findings, Layer, Severity};
use finality_parsers::fix::dictionary::Dictionary;
use finality_parsers::fix::fault::session_fault;
use finality_parsers::fix::message::Message;
use finality_parsers::fix::{Reading, Switches};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let files = paths.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    let dictionary = match &files[..] {
        [application] => Dictionary::from_xml(None, application)?,
        [transport, application] => Dictionary::from_xml(Some(transport), application)?,
        _ => return Err("give a FIX 4.x dictionary, or FIXT11.xml and a FIX 5.0 dictionary".into()),
    };
    let mut out = stdout().lock();
    for line in stdin().lock().split(b'\n') {
        let line = line?;
        let tab = line.iter().position(|b| *b == b'\t').ok_or("a line has no tab")?;
        let off = |letter: u8| line[..tab].contains(&letter);
        let switches = Switches {
            fields_out_of_order: !off(b'o'),
            fields_have_values: !off(b'v'),
            user_defined_fields: !off(b'u'),
            unknown_fields: !off(b'a'),
            ..Switches::QUICKFIX
        };
        writeln!(out, "{}", verdict(&line[tab + 1..], &Reading { switches, ..Reading::new(&dictionary) }))?;
    }
    Ok(())
}

fn verdict(raw: &[u8], reading: &Reading<'_>) -> String {
    let mut findings = Findings::new(reading.limits.diagnostics_max);
    let message = Message::read_with(raw, reading, &mut findings);
    let list = findings.list();
    if list.iter().any(|d| d.layer == Layer::Syntax && d.severity == Severity::Error) {
        return "garbled".to_owned();
    }
    match session_fault(&message, list) {
        None => "ok".to_owned(),
        Some(fault) => format!("{} {}", fault.reason, fault.tag.unwrap_or(0)),
    }
}
