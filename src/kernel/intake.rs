//! From a decoded message to what the kernel may act on: taken, refused or dead. Beside `outbox.rs` the only file of the
//! kernel that names a protocol.

use finality_parsers::codec::{self, Decoded, Depth};
use finality_parsers::diagnostic::{Diagnostic, Layer, Severity};
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Direction, Event, EventKind, Provenance, Reference, Refusal, Rejection};
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
    let meaningless = || {
        let of = |d: &&Diagnostic| MEANINGLESS.contains(&d.code);
        decoded.diagnostics.iter().find(of).map(describe)
    };
    let meaningless = if decoded.event.is_none() { meaningless() } else { None };
    match (decoded.event, unreadable, irregular) {
        (_, Some(why), _) => Verdict::Dead(why, None),
        (None, None, irregular) => Verdict::Dead(
            irregular.or(meaningless).unwrap_or_else(|| {
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

/// What readers find where a message cannot become an event.
const MEANINGLESS: [&str; 2] = ["not-normalized", "no-meaning"];

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
                | Event::Modification(_)
                | Event::StatusRequest(_)
        )
}

/// What a client calls a message that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// His reference of it.
    pub(crate) reference: Reference,
    /// What it would have been.
    pub(crate) meant: EventKind,
    /// The instruction that it is about, where that is said.
    pub(crate) about: Option<Reference>,
}

/// ISO 20022: what a client sends, what it is, and where its own reference stands and that of the instruction that it is about.
const OF_CLIENTS: [(&str, EventKind, &[&str], &[&str]); 4] = [
    ("sese.023", EventKind::Instruction, &["SctiesSttlmTxInstr", "TxId"], &[]),
    ("sese.020", EventKind::Cancellation, BY_HEADER, &[]),
    ("sese.030", EventKind::ProcessingChange, BY_HEADER, &["ReqDtls", "Ref", "AcctOwnrTxId"]),
    ("sese.038", EventKind::Modification, BY_HEADER, &["ModfdTxDtls", "AcctOwnrTxId", "TxId"]),
];

const BY_HEADER: &[&str] = &["AppHdr", "BizMsgIdr"];

/// Finds the reference of an instruction, or of a request about one, that says nothing else that can be used. Of an envelope with
/// several documents nobody can tell which it is.
pub(crate) fn unreadable_of_client(raw: &[u8], message_type: &str) -> Option<Unreadable> {
    let of_message = |name: &str| message_type == name || message_type.starts_with(&format!("{name}."));
    let found = |names: &[&str], at: &str| {
        let fields = codec::decode(raw, &Limits::default(), Depth::Full).fields;
        let mut all = Vec::new();
        fields.iter().for_each(|node| values(node, names, at, &mut all));
        all.pop().filter(|_| all.is_empty())
    };
    let known = |text: String, meant, about: Option<String>| {
        let about = about.and_then(|text| text.trim().parse().ok());
        Some(Unreadable { reference: text.trim().parse().ok()?, meant, about })
    };
    if let Some((_, meant, own, about)) = OF_CLIENTS.iter().find(|row| of_message(row.0)) {
        let about = if about.is_empty() { None } else { found(about, "") };
        return known(found(own, "")?, *meant, about);
    }
    let instructs = ["540", "541", "542", "543"].into_iter().any(of_message);
    let meant = match instructs {
        true if found(&["23G"], "").is_some_and(|function| function.starts_with("CANC")) => {
            EventKind::Cancellation
        }
        true => EventKind::Instruction,
        false if of_message("530") => EventKind::ProcessingChange,
        false => return None,
    };
    let about = if instructs { None } else { found(&["20C"], ":PREV//") };
    known(found(&["20C"], ":SEME//")?, meant, about)
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
