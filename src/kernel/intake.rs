//! From a decoded message to what the kernel may act on: taken, refused or dead. Beside `outbox.rs` the only file of the
//! kernel that names a protocol.

use finality_parsers::codec::{self, Decoded, Depth};
use finality_parsers::diagnostic::{Diagnostic, Layer, Severity};
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Direction, Event, Provenance};

/// What is to be done with a message.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Act on it.
    Take(Event),
    /// It is understood and breaks a rule that its sender must hear of.
    Refuse(Event, String),
    /// It is not understood.
    Dead(String),
}

/// Judges a message. Allocations that break a rule of their standard are refused by an answer; anything else is taken as
/// far as it can be read: custodians' and networks' messages are facts, and a fact is not refused for its form.
pub(crate) fn judge(decoded: Decoded) -> Verdict {
    let error = |layers: &[Layer]| {
        let of_layers = |d: &&Diagnostic| d.severity == Severity::Error && layers.contains(&d.layer);
        decoded.diagnostics.iter().find(of_layers).map(describe)
    };
    let unreadable = error(&[Layer::Syntax]);
    let irregular = error(&[Layer::Structure, Layer::Rule]);
    match (decoded.event, unreadable) {
        (_, Some(why)) => Verdict::Dead(why),
        (None, None) => Verdict::Dead(irregular.unwrap_or_else(|| {
            let kind = if decoded.message_type.is_empty() { "this message" } else { &decoded.message_type };
            format!("{kind} says nothing to the lifecycle of a trade")
        })),
        (
            Some(event @ (Event::Allocation(_) | Event::Confirmation(_) | Event::AllocationReport(_))),
            None,
        ) => match irregular {
            Some(why) => Verdict::Refuse(event, why),
            None => Verdict::Take(event),
        },
        (Some(event), None) => Verdict::Take(event),
    }
}

fn describe(d: &Diagnostic) -> String {
    let place = if d.path.is_empty() { String::new() } else { format!(" at {}", d.path) };
    format!("{}{place} (byte {}): {}", d.code, d.span.start, d.message)
}

/// Decodes as deep as the kernel needs.
pub fn decode(raw: &[u8]) -> Decoded {
    codec::decode(raw, &Limits::default(), Depth::Event)
}

/// Where a message came from.
pub(crate) fn provenance(link: &str, at: Timestamp, decoded: &Decoded) -> Provenance {
    Provenance {
        link: link.to_owned(),
        at,
        protocol: decoded.protocol,
        message_type: decoded.message_type.clone(),
        direction: Direction::In,
    }
}
