//! Blocks 1 and 2: who, to whom, what kind of message.

use super::charset::Class;
use super::frame::{Frame, Span};
use super::walk::text;
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::model::Bic;

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
    check_order(frame, findings);
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

/// Each block stands once, in the order of its number. Only the first of its kind is read: with two of them nobody can
/// tell which one was meant, and the message is not taken apart.
fn check_order(frame: &Frame<'_>, findings: &mut Findings) {
    const ORDER: &[u8] = b"12345";
    let raw = frame.raw;
    let (mut seen, mut last) = (0u8, 0);
    for block in frame.own() {
        let (id, span) = (block.id.of(raw), block.id.range());
        let rank = match id {
            [one] => ORDER.iter().position(|known| known == one),
            _ => None,
        };
        let shown = || text(id);
        let Some(rank) = rank else {
            if id != b"S" {
                let what = format!("there is no block {} in a FIN message; it is kept", shown());
                findings.push(
                    Diagnostic::warning(Layer::Structure, "unknown-block", span, what)
                        .at(shown())
                        .hint("a message has the blocks 1 to 5, and S for what an interface adds"),
                );
            }
            continue;
        };
        if seen & (1 << rank) != 0 {
            let what = format!("block {} stands more than once; only the first is read", shown());
            findings.push(
                Diagnostic::error(Layer::Syntax, "block-repeated", span, what)
                    .at(shown())
                    .hint("send each message with an envelope of its own"),
            );
        } else if rank < last {
            let what = format!("block {} comes too late", shown());
            findings.push(
                Diagnostic::error(Layer::Structure, "misplaced-block", span, what)
                    .at(shown())
                    .hint("put the blocks in the order of their numbers"),
            );
        }
        seen |= 1 << rank;
        last = last.max(rank);
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

/// To whom a message goes: block 1 names its own side, which receives what came out of the network. What the network itself answers is
/// addressed to nobody else.
pub fn addressee(frame: &Frame<'_>) -> Option<Bic> {
    let (own, other) = terminals(frame);
    let ways = frame.plain(b"2").and_then(|block| block.of(frame.raw).first());
    Bic::of_terminal(match ways? {
        b'I' => other?,
        b'O' => own?,
        _ => return None,
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn found(raw: &str) -> Vec<(&'static str, String)> {
        let mut findings = Findings::new(20);
        let frame = Frame::parse(raw.as_bytes(), &Limits::default(), &mut findings);
        assert_eq!(frame.write(), raw.as_bytes(), "given back");
        check(&frame, &mut findings);
        findings.into_vec().into_iter().map(|d| (d.code, d.path)).collect()
    }

    const B1: &str = "{1:F01LUMNLULLAXXX4711241403}";
    const B2: &str = "{2:I541CUSVDEFFXXXXN}";
    const B3: &str = "{3:{108:A}}";
    const B4: &str = "{4:\r\n:16R:GENL\r\n-}";
    const B5: &str = "{5:{CHK:123456789ABC}}";

    #[test]
    fn each_block_stands_once_and_in_order() {
        for good in [
            format!("{B1}{B2}{B4}"),
            format!("{B1}{B2}{B3}{B4}{B5}{{S:{{SAC:}}}}{{S:{{COP:P}}}}"),
            format!("{{1:F21LUMNLULLAXXX4711241403}}{{4:{{177:2605190916}}{{451:0}}}}{B1}{B2}{B3}{B4}{B5}"),
        ] {
            assert!(found(&good).is_empty(), "{good}: {:?}", found(&good));
        }
        for (bad, code, path) in [
            (format!("{B1}{B2}{B2}{B3}{B4}{B5}"), "block-repeated", "2"),
            (format!("{B1}{B2}{B3}{B3}{B4}{B5}"), "block-repeated", "3"),
            (format!("{B1}{B2}{B3}{B4}{B4}{B5}"), "block-repeated", "4"),
            (format!("{B1}{B2}{B3}{B4}{B5}{B5}"), "block-repeated", "5"),
            (format!("{B1}{B3}{B2}{B4}{B5}"), "misplaced-block", "2"),
            (format!("{B1}{B2}{B3}{B5}{B4}"), "misplaced-block", "4"),
            (format!("{B1}{B2}{B3}{B4}{{9:A}}{B5}"), "unknown-block", "9"),
        ] {
            assert_eq!(found(&bad), [(code, path.to_owned())], "{bad}");
        }
    }
}
