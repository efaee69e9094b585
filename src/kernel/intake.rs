//! From a decoded message to what the kernel may act on: taken, refused or dead. Beside `outbox.rs` the only file of the
//! kernel that names a protocol.

use finality_parsers::codec::{self, Decoded, Depth};
use finality_parsers::diagnostic::{Diagnostic, Layer, Severity};
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Direction, Event, Provenance, Reference, Refusal, Rejection};
use finality_parsers::tree::Node;

/// What is to be done with a message.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Act on it.
    Take(Event),
    /// It is understood and breaks a rule that its sender must hear of.
    Refuse(Event, Refusal),
    /// It is not understood; its sender hears of it where its protocol has a rejection.
    Dead(String, Option<Box<Rejection>>),
}

/// Judges a message. What has an answer of its own and breaks a rule of its standard is refused by that answer; anything
/// else is taken as far as it can be read: custodians' and networks' messages are facts, and a fact is not refused for its
/// form.
pub(crate) fn judge(decoded: Decoded) -> Verdict {
    let error = |layers: &[Layer]| {
        let of_layers = |d: &&Diagnostic| d.severity == Severity::Error && layers.contains(&d.layer);
        decoded.diagnostics.iter().find(of_layers).map(describe)
    };
    let unreadable = error(&[Layer::Syntax]);
    let irregular = error(&[Layer::Structure, Layer::Rule]);
    let rejection = match decoded.refusal.as_deref() {
        Some(Refusal::Rejected(rejection)) => Some(Box::new(rejection.clone())),
        _ => None,
    };
    match (decoded.event, unreadable, irregular) {
        (_, Some(why), _) => Verdict::Dead(why, None),
        (None, None, irregular) => Verdict::Dead(
            irregular.unwrap_or_else(|| {
                let kind =
                    if decoded.message_type.is_empty() { "this message" } else { &decoded.message_type };
                format!("{kind} says nothing to the lifecycle of a trade")
            }),
            rejection,
        ),
        (Some(event), None, Some(why)) if has_answer(&event) => Verdict::Refuse(
            event,
            decoded.refusal.map(|r| *r).unwrap_or(Refusal::Whole { reason: OTHER.to_owned(), text: why }),
        ),
        (Some(_), None, Some(why)) if rejection.is_some() => Verdict::Dead(why, rejection),
        (Some(event), None, _) => Verdict::Take(event),
    }
}

/// The reason for a refusal that nobody has named.
const OTHER: &str = "99";

/// Whether the receiver of this message answers it, and so can refuse it.
fn has_answer(event: &Event) -> bool {
    matches!(event, Event::Confirmation(confirmation) if !confirmation.market_side)
        || matches!(
            event,
            Event::Allocation(_)
                | Event::AllocationReport(_)
                | Event::TradeCapture(_)
                | Event::TradeCaptureRequest(_)
                | Event::InstructionRequest(_)
                // A custodian's clients hear of it; in other seats it is laid aside or noted all the same.
                | Event::Instruction(_)
                | Event::ProcessingChange(_)
                | Event::StatusRequest(_)
        )
}

/// What the sender of an instruction that cannot be read calls it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// His reference of it.
    pub(crate) reference: Reference,
    /// Whether it takes an instruction back.
    pub(crate) cancels: bool,
}

/// Finds the reference of an instruction, or of its cancellation, that says nothing else that can be used. Of an envelope with
/// several documents nobody can tell which it is.
pub(crate) fn unreadable_instruction(raw: &[u8], message_type: &str) -> Option<Unreadable> {
    let of_message = |name: &str| message_type == name || message_type.starts_with(&format!("{name}."));
    let mt = ["540", "541", "542", "543"].into_iter().any(of_message);
    let found = |names: &[&str], at: &str| {
        let fields = codec::decode(raw, &Limits::default(), Depth::Full).fields;
        let mut all = Vec::new();
        fields.iter().for_each(|node| values(node, names, at, &mut all));
        all.pop().filter(|_| all.is_empty())
    };
    let known = |text: String, cancels| Some(Unreadable { reference: text.trim().parse().ok()?, cancels });
    if mt {
        let cancels = found(&["23G"], "").is_some_and(|function| function.starts_with("CANC"));
        return known(found(&["20C"], ":SEME//")?, cancels);
    }
    if of_message("sese.023") {
        return known(found(&["SctiesSttlmTxInstr", "TxId"], "")?, false);
    }
    if of_message("sese.020") {
        return known(found(&["AppHdr", "BizMsgIdr"], "")?, true);
    }
    None
}

/// The values of nodes below which names lead, from anywhere on; behind what they begin with.
fn values(node: &Node, names: &[&str], begin: &str, all: &mut Vec<String>) {
    let rest = match names {
        [name, rest @ ..] if *name == node.name => rest,
        _ => {
            node.children.iter().for_each(|child| values(child, names, begin, all));
            return;
        }
    };
    if rest.is_empty() {
        all.extend(node.value.as_deref().and_then(|value| value.strip_prefix(begin)).map(str::to_owned));
        return;
    }
    // From here on step by step: deeper there are others of the same name.
    for child in node.children.iter().filter(|child| rest.first().is_some_and(|name| *name == child.name)) {
        values(child, rest, begin, all);
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
