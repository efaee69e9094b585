//! Who sends a message to whom, and when, as far as its own envelope tells: what a converted message is addressed with.

use crate::codec::{Decoded, Envelope};
use crate::detect::Protocol;
use crate::limits::Limits;
use crate::machine::Timestamp;
use crate::model::{Event, PenaltySource};
use crate::mx;
use crate::tree::Node;

/// The envelope of a message that was decoded in full. What it does not tell is empty, the time that of 1970.
pub fn told(raw: &[u8], decoded: &Decoded) -> Envelope {
    let said = match decoded.protocol {
        Some(Protocol::Mx) => mx::envelope(raw, &Limits::default()),
        Some(Protocol::Mt) => Some(mt(&decoded.fields)),
        Some(Protocol::Fix) => Some(fix(&decoded.fields)),
        None => None,
    };
    told_of(said, decoded)
}

/// The same for one of several messages in one envelope, whose own header says this ([`mx::places`]).
pub fn told_of(said: Option<Envelope>, decoded: &Decoded) -> Envelope {
    let mut envelope = said.unwrap_or_else(unknown);
    let event = decoded.event.as_ref();
    // What the parties call the time of preparation is carried by some envelopes only; here nothing of it is lost.
    if let Some(at) = event.and_then(prepared) {
        envelope.created = at;
    }
    if let (true, Some(reference)) = (envelope.message_id.is_empty(), event.and_then(Event::reference)) {
        envelope.message_id = reference.to_string();
    }
    envelope
}

fn unknown() -> Envelope {
    Envelope {
        sender: String::new(),
        receiver: String::new(),
        created: Timestamp::default(),
        message_id: String::new(),
        possible_duplicate: false,
    }
}

fn prepared(event: &Event) -> Option<Timestamp> {
    match event {
        Event::Instruction(e) => e.prepared,
        Event::Status(e) => e.prepared,
        Event::Settlement(e) => e.prepared,
        Event::ProcessingChange(e) => e.prepared,
        Event::TradeStatus(e) => e.prepared,
        Event::Allegement(e) => e.prepared,
        Event::Modification(e) => e.prepared,
        Event::Generation(e) => e.instruction.prepared,
        Event::Withdrawal(e) => e.prepared,
        Event::CounterpartyResponse(e) => e.prepared,
        Event::IntraPosition(e) => e.prepared,
        Event::AuditTrail(e) => e.prepared,
        Event::PortfolioTransfer(e) => e.header.prepared,
        Event::BalanceTransparency(e) => e.prepared,
        Event::IntraPositionStatement(e) => e.header.prepared,
        Event::Confirmation(e) => e.transacted,
        Event::ConfirmationCancellation(e) => e.transacted,
        Event::ConfirmationAcknowledgement(e) => e.transacted,
        Event::HoldingsStatement(e) => e.header.prepared,
        Event::TransactionsStatement(e) => e.header.prepared,
        Event::PendingStatement(e) => e.header.prepared,
        Event::AllegementStatement(e) => e.header.prepared,
        Event::Penalties(e) => match &e.source {
            PenaltySource::Statement(header) => header.prepared,
            PenaltySource::Advice { prepared, .. } => *prepared,
        },
        _ => None,
    }
    .map(Timestamp::from_utc)
}

fn mt(blocks: &[Node]) -> Envelope {
    let block = |name| value(blocks, name).unwrap_or_default();
    let inside = |name: &str, tag| {
        blocks.iter().find(|b| b.name == name).and_then(|b| b.children.iter().find(|t| t.name == tag))
    };
    let own = block("1").get(3..15).map(bic).unwrap_or_default();
    // Block 1 is always our own side: the sender of an input message, the receiver of an output message.
    let (sender, receiver) = match block("2").split_at_checked(1) {
        Some(("I", rest)) => (own, rest.get(3..15).map(bic).unwrap_or_default()),
        Some(("O", rest)) => (rest.get(13..25).map(bic).unwrap_or_default(), own),
        _ => (own, String::new()),
    };
    Envelope {
        sender,
        receiver,
        message_id: inside("3", "108").and_then(|n| n.value.clone()).unwrap_or_default(),
        possible_duplicate: inside("5", "PDE").is_some() || inside("5", "PDM").is_some(),
        ..unknown()
    }
}

/// A logical terminal without its terminal code, which stands between the first eight characters and the branch.
fn bic(terminal: &str) -> String {
    terminal.char_indices().filter(|(at, _)| *at != 8).map(|(_, c)| c).collect()
}

fn fix(fields: &[Node]) -> Envelope {
    let field = |tag| value(fields, tag).unwrap_or_default().to_owned();
    let sent = chrono::NaiveDateTime::parse_from_str(&field("52"), "%Y%m%d-%H:%M:%S%.f");
    Envelope {
        sender: field("49"),
        receiver: field("56"),
        created: sent.map(|at| Timestamp::from_utc(at.and_utc())).unwrap_or_default(),
        message_id: String::new(),
        possible_duplicate: field("43") == "Y" || field("97") == "Y",
    }
}

fn value<'n>(nodes: &'n [Node], name: &str) -> Option<&'n str> {
    nodes.iter().find(|n| n.name == name).and_then(|n| n.value.as_deref())
}
