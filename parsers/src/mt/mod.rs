//! ISO 15022 (MT) over FIN.
//!
//! ```text
//!  batch ──▶ frame ──▶ header ──▶ walk (plan) ──▶ values ──────▶ rules ──▶ allocation, trade, instruction, status, ...
//!  files     blocks    type       sequences       components    rows      model::Event
//! ```
//!
//! The types of [`releases::types`] and F21 are known to their tables; every other type is taken apart into blocks, fields
//! and sequences and given back as it came, with a warning that nobody looked at its meaning. F21 and the types of
//! [`events::MEANINGS`] become events.
//!
//! Known bounds: CHK trailers are kept, not verified (only the network can) and not written; code lists are checked for 23G,
//! 24B and 25D where they were seen in full, those of 22F and 22H where the table has them; BICs are checked for their form,
//! not looked up.

pub mod batch;
pub mod charset;
pub mod codes;
pub mod components;
pub mod events;
pub mod format;
pub mod frame;
pub mod header;
pub mod meanings;
pub mod message;
pub mod mt502;
pub mod mt509;
pub mod mt513;
pub mod mt514;
pub mod mt515;
pub mod mt517;
pub mod mt518;
pub mod mt527;
pub mod mt530;
pub mod mt535;
pub mod mt536;
pub mod mt537;
pub mod mt538;
pub mod mt540;
pub mod mt541;
pub mod mt542;
pub mod mt543;
pub mod mt544;
pub mod mt545;
pub mod mt546;
pub mod mt547;
pub mod mt548;
pub mod mt549;
pub mod mt578;
pub mod mt586;
pub mod network_rules;
pub mod notation;
pub mod pages;
pub mod releases;
pub mod spec;
pub mod tag;
pub mod value;
pub mod walk;

mod ack;
mod affirmation;
mod allegement;
mod allocation;
mod answer;
mod arrange;
mod coded;
mod command;
mod confirmation;
mod confirmation_table;
mod currency;
mod deal;
mod deal_writing;
mod details;
mod encode;
mod execution;
mod facts;
mod fragments;
mod holdings;
mod instruction;
mod instruction_table;
mod instrument;
mod lines;
mod paging;
mod party;
mod penalties;
mod plan;
mod print;
mod program;
mod reader;
mod request;
mod rules;
mod sections;
mod statement;
mod status;
mod terms;
mod trade;
mod trade_status;
mod trailers;
mod transactions;
mod values;

use std::cell::Cell;
use std::ops::Range;

use crate::codec::{Decoded, Depth, EncodeError, Encoded, Envelope};
use crate::detect::Protocol;
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::limits::Limits;
use crate::model::Event;

pub use answer::{NoCode, answer};
use message::Message;
pub use reader::Reader;

/// Where the messages of a file stand.
pub fn split(bytes: &[u8], _limits: &Limits) -> Vec<Range<usize>> {
    batch::split(bytes)
}

/// Decodes one message.
pub fn decode(raw: &[u8], limits: &Limits, depth: Depth) -> Decoded {
    let mut reader = READER.take();
    reader.set_limits(*limits);
    let mut findings = Findings::new(limits.diagnostics_max);
    let message = reader.read(raw, &mut findings);
    let event = meaning(&message, &mut findings);
    let full = depth == Depth::Full;
    let decoded = Decoded {
        protocol: Some(Protocol::Mt),
        message_type: message.kind.to_owned(),
        addressee: if message.kind == "F21" { None } else { header::addressee(&message.frame) },
        event,
        refusal: None,
        encoded: if full { message.frame.write() } else { Vec::new() },
        fields: if full { print::tree(&message) } else { Vec::new() },
        diagnostics: findings.into_vec(),
    };
    reader.take_back(message);
    READER.set(reader);
    decoded
}

thread_local! {
    /// The memory of the last message of this thread, for the next one.
    static READER: Cell<Reader> = Cell::default();
}

/// Writes an event.
pub fn encode_event(event: &Event, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    match event {
        Event::Instruction(e) => instruction::write(e, envelope),
        Event::Cancellation(e) => instruction::write_cancellation(e, envelope),
        Event::Settlement(e) => confirmation::write(e, envelope),
        Event::Status(e) if e.amendment => Err(EncodeError::NoMessage {
            event: "answer to a request to change the terms of an instruction",
            protocol: "MT",
        }),
        Event::Status(e) => status::write(e, envelope),
        Event::Confirmation(e) => trade::write(e, envelope),
        Event::ConfirmationCancellation(_) => Err(EncodeError::Missing {
            field: "confirmation (side, price, quantity, instrument and dates, which a cancellation by reference does not say)",
            message: "515 with CANC, which repeats the confirmation,".to_owned(),
        }),
        Event::Withdrawal(_) => Err(EncodeError::Missing {
            field: "withdrawal (the message that is taken back, which an advice by reference does not repeat)",
            message: "MT with CANC".to_owned(),
        }),
        Event::Transport(e) => ack::write(e, envelope),
        Event::Allocation(e) => allocation::write(e, envelope),
        Event::AllocationAcknowledgement(e) => trade_status::write_allocation_answer(e, envelope),
        Event::ConfirmationAcknowledgement(e) => affirmation::write(e, envelope),
        Event::TradeStatus(e) => trade_status::write(e, envelope),
        Event::ProcessingChange(e) => command::write(e, envelope),
        Event::StatusRequest(e) => request::write(e, envelope),
        Event::HoldingsStatement(e) => holdings::write(e, envelope),
        Event::TransactionsStatement(e) => transactions::write(e, envelope),
        Event::PendingStatement(e) => transactions::write_pending(e, envelope),
        Event::Penalties(e) => penalties::write(e, envelope),
        Event::Allegement(e) => allegement::write(e, envelope),
        Event::AllegementStatement(e) => allegement::write_statement(e, envelope),
        _ => Err(EncodeError::NoMessage { event: event.kind().name(), protocol: "MT" }),
    }
}

/// An instant as 98C and 98E write it.
pub(crate) fn instant(text: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    value::instant(b'E', text.as_bytes())
}

/// Writes an event as one message or, where a statement is too long for one, as pages: each with the head of the statement,
/// its number and whether more follow. The first page has the references given; those of the others are made from them.
pub fn write_pages(event: &Event, envelope: &Envelope) -> Result<Vec<Encoded>, EncodeError> {
    paging::write(event, envelope)
}

/// The structure of a message type as a page in Markdown; `None` for types without a table.
pub fn spec_page(kind: &str) -> Option<String> {
    message::spec(kind).map(spec::Spec::page)
}

/// Whether a sequence (`SETPRTY`) of a message type has that field (`95`) with that qualifier; an empty qualifier asks for the
/// field alone.
pub fn has_field(kind: &str, sequence: &str, number: &str, qualifier: &str) -> bool {
    message::spec(kind).is_some_and(|spec| spec.root.has(sequence, number, qualifier))
}

/// What a message means to the lifecycle.
fn meaning(message: &Message<'_>, findings: &mut Findings) -> Option<Event> {
    let meaning = match message.kind {
        "F21" => {
            ack::check(&message.frame, findings);
            ack::read(&message.frame)
        }
        "540" | "541" | "542" | "543" | "544" | "545" | "546" | "547" | "548" => listed(message, findings),
        "509" => trade_status::read(message),
        "513" => execution::read(message),
        "514" => allocation::read(message),
        "515" | "518" => trade::read(message),
        "517" => affirmation::read(message),
        "530" => command::read(message),
        "549" => request::read(message),
        "535" | "536" | "537" | "538" | "578" | "586" => listed(message, findings),
        "" => return None,
        _ => {
            findings.push(if message.spec.is_some() { no_event(message) } else { unknown(message) });
            return None;
        }
    };
    let lacking = match meaning {
        Ok(event) => return Some(event),
        Err(lacking) => lacking,
    };
    let raw = message.frame.raw;
    let span = message.frame.fields().first().map_or(0..raw.len().min(1), |f| f.whole());
    let what = format!("without a readable {lacking} the message means nothing to the lifecycle");
    findings.push(
        Diagnostic::warning(Layer::Rule, "no-meaning", span, what)
            .hint("handle it by hand, or ask the sender for it"),
    );
    None
}

/// What a message means whose fields are all either carried or told not to be: instructions, confirmations, statuses,
/// statements, allegements, penalties. What of it the model does not hold is said, not dropped.
fn listed(message: &Message<'_>, findings: &mut Findings) -> Result<Event, &'static str> {
    let mut unread = sections::Unread::default();
    let event = match message.kind {
        "535" => holdings::read(message, &mut unread),
        "536" => transactions::read(message, &mut unread),
        "537" => transactions::read_pending(message, &mut unread),
        "538" => transactions::read_intra(message, &mut unread),
        "540" | "541" | "542" | "543" => instruction::read(message, &mut unread),
        "544" | "545" | "546" | "547" => confirmation::read(message, &mut unread),
        "548" if !status::is_penalties(message) => status::read(message, &mut unread),
        "578" => allegement::read(message, &mut unread),
        "586" => allegement::read_statement(message, &mut unread),
        _ => penalties::read_advice(message, &mut unread),
    }?;
    for element in unread.0 {
        let what = "this field is read and checked, and is not part of what the message means here";
        findings.push(
            Diagnostic::warning(Layer::Rule, "not-carried", element.field.whole(), what)
                .at(message.path(&element))
                .hint("look at the message itself"),
        );
    }
    Ok(event)
}

fn no_event(message: &Message<'_>) -> Diagnostic {
    let span = message.frame.plain(b"2").map_or(0..0, |s| s.range());
    let what = format!("MT{} is read and checked, and means nothing to the lifecycle", message.kind);
    Diagnostic::warning(Layer::Rule, "no-event", span, what).at("2").hint("handle it by hand")
}

fn unknown(message: &Message<'_>) -> Diagnostic {
    let span = message.frame.plain(b"2").map_or(0..0, |s| s.range());
    Diagnostic::warning(
        Layer::Structure,
        "unknown-type",
        span,
        format!("MT{} has no table here", message.kind),
    )
    .at("2")
    .hint("its fields are kept; nobody looked at their meaning")
}
