//! Blocks 1 and 2: who, to whom, what kind of message.

use super::charset::Class;
use super::frame::{Frame, Span};
use crate::diagnostic::{Diagnostic, Findings, Layer};

/// Checks blocks 1 and 2 and tells the message type: three digits from block 2, `F21` for an acknowledgement, empty
/// when the envelope does not say.
pub fn check<'a>(frame: &Frame<'a>, findings: &mut Findings) -> &'a str {
    let raw = frame.raw;
    if frame.is_bare() {
        findings.push(
            Diagnostic::error(
                Layer::Structure,
                "no-envelope",
                0..raw.len().min(1),
                "the text stands without blocks 1 and 2",
            )
            .hint("put {1:...}{2:...} before the text: without them nobody can tell which message it is"),
        );
        return "";
    }
    let Some(basic) = frame.plain(b"1") else {
        missing(findings, raw, "1", "block 1, the basic header, is missing");
        return application(frame, findings);
    };
    check_basic(basic, raw, findings);
    match basic.of(raw).get(1..3) {
        Some(b"21") => "F21",
        _ => application(frame, findings),
    }
}

/// The sender's and the receiver's logical terminals, where the headers have them.
pub fn terminals<'a>(frame: &Frame<'a>) -> (Option<&'a [u8]>, Option<&'a [u8]>) {
    let own = frame.plain(b"1").and_then(|s| s.of(frame.raw).get(3..15));
    let other = frame.plain(b"2").and_then(|s| match s.of(frame.raw) {
        header @ [b'I', ..] => header.get(4..16),
        header @ [b'O', ..] => header.get(14..26),
        _ => None,
    });
    (own, other)
}

/// The parts of block 1 or 2 by their names; none where the block is shorter than its form.
pub(super) fn parts<'h>(id: &[u8], header: &'h [u8]) -> Vec<(&'static str, &'h [u8])> {
    let form: &[(&'static str, usize)] = match (id, header.first()) {
        (b"1", _) => BASIC,
        (b"2", Some(b'I')) => INPUT,
        (b"2", Some(b'O')) => OUTPUT,
        _ => return Vec::new(),
    };
    let mut at = 0;
    let mut parts = Vec::new();
    for (name, length) in form {
        let Some(part) = header.get(at..at + length) else { break };
        parts.push((*name, part));
        at += length;
    }
    parts
}

const BASIC: &[(&str, usize)] = &[
    ("ApplicationId", 1),
    ("ServiceId", 2),
    ("LogicalTerminal", 12),
    ("SessionNumber", 4),
    ("SequenceNumber", 6),
];

const INPUT: &[(&str, usize)] = &[
    ("Direction", 1),
    ("MessageType", 3),
    ("Receiver", 12),
    ("Priority", 1),
    ("DeliveryMonitoring", 1),
    ("ObsolescencePeriod", 3),
];

const OUTPUT: &[(&str, usize)] = &[
    ("Direction", 1),
    ("MessageType", 3),
    ("InputTime", 4),
    ("InputDate", 6),
    ("Sender", 12),
    ("InputSessionNumber", 4),
    ("InputSequenceNumber", 6),
    ("OutputDate", 6),
    ("OutputTime", 4),
    ("Priority", 1),
];

fn check_basic(span: Span, raw: &[u8], findings: &mut Findings) {
    let header = span.of(raw);
    let good = header.len() == 25
        && matches!(header.first(), Some(b'F' | b'A' | b'L'))
        && all(header, 1..3, Class::Digits)
        && all(header, 3..15, Class::Capitals)
        && all(header, 15..25, Class::Digits);
    if !good {
        let text = "block 1 must have 25 characters: F, two digits, a terminal of 12, session of 4 and sequence of 6 digits";
        wrong(findings, span, "basic-header", "1", text);
    }
}

fn application<'a>(frame: &Frame<'a>, findings: &mut Findings) -> &'a str {
    let raw = frame.raw;
    let Some(span) = frame.plain(b"2") else {
        missing(findings, raw, "2", "block 2, the application header, is missing");
        return "";
    };
    let header = span.of(raw);
    let good = match header.first() {
        Some(b'I') => {
            (17..=21).contains(&header.len())
                && all(header, 1..4, Class::Digits)
                && all(header, 4..16, Class::Capitals)
                && matches!(header.get(16), Some(b'S' | b'U' | b'N'))
                && all(header, 17..header.len(), Class::Digits)
        }
        Some(b'O') => {
            (46..=47).contains(&header.len())
                && all(header, 1..8, Class::Digits)
                && all(header, 8..14, Class::Digits)
                && all(header, 14..26, Class::Capitals)
                && all(header, 26..46, Class::Digits)
                && header.get(46).is_none_or(|b| matches!(b, b'S' | b'U' | b'N'))
        }
        _ => false,
    };
    if !good {
        let text = "block 2 must be I, type, receiver and priority, or O, type, time, reference of the input, date, time and priority";
        wrong(findings, span, "application-header", "2", text);
    }
    let kind = header.get(1..4).filter(|k| k.iter().all(u8::is_ascii_digit));
    kind.and_then(|k| std::str::from_utf8(k).ok()).unwrap_or("")
}

fn all(header: &[u8], range: std::ops::Range<usize>, class: Class) -> bool {
    header.get(range).is_some_and(|part| part.iter().all(|b| class.has(*b)))
}

fn wrong(findings: &mut Findings, span: Span, code: &'static str, path: &str, text: &str) {
    findings.push(
        Diagnostic::error(Layer::Structure, code, span.range(), text)
            .at(path)
            .hint("compare the header with what the interface writes for a message that works"),
    );
}

fn missing(findings: &mut Findings, raw: &[u8], path: &str, text: &str) {
    findings.push(
        Diagnostic::error(Layer::Structure, "missing-block", 0..raw.len().min(1), text)
            .at(path)
            .hint("send the message with its whole envelope"),
    );
}
