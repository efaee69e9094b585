//! ISO 20022: settlement instructions, statuses, confirmations, allegements and the requests about them, with the business
//! header.
//!
//! ```text
//!   bytes ──▶ open ──▶ walk ──▶ outline ──▶ sese_020 to 035, admi, head_001 ──▶ Event
//!            pieces    │ schema (tables/*.table)
//!                      └▶ findings ◀── rules
//!   bytes ◀── encode ◀── the same files, the other way
//! ```
//!
//! A document stands alone, or with a business header in an envelope of any kind. Messages without a table are carried
//! as trees. What is not read here: signatures are not verified, supplementary data is carried unread. sese.022, 032, 034
//! and 036 to 040 stay trees: nothing in the lifecycle follows from them.

mod admi;
mod alleged;
mod attributes;
mod chains;
pub mod compile;
mod details;
mod edit;
mod encode;
pub mod facet;
mod frame;
mod head_001;
mod links;
mod listed;
mod messages;
mod name;
mod open;
mod outline;
mod parties;
mod parts;
pub mod pattern;
mod prices;
mod rows;
mod rules;
pub mod sample;
pub mod schema;
mod semt_002;
mod semt_017;
mod semt_018;
mod semt_019;
mod semt_044;
mod sese_020;
mod sese_023;
mod sese_024;
mod sese_025;
mod sese_028;
mod sese_030;
mod setr_027;
mod setr_030;
mod setr_044;
mod sheet;
mod spec;
mod statement;
mod statuses;
pub mod stream;
pub mod tables;
mod terms;
mod terms_writing;
mod transaction;
mod walk;

use std::ops::Range;

use crate::codec::{Decoded, Depth, EncodeError, Encoded, Envelope};
use crate::detect::Protocol;
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::limits::Limits;
use crate::model::Event;
use encode::{Draft, Losses};
use messages::{Reading, Writing};
use outline::At;
use walk::{Body, Walked};

pub use edit::{EditError, with_value};
pub use rows::detail_rows;
pub use spec::spec_page;

/// How a document is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrapping {
    /// The `Document` alone.
    Document,
    /// A business message envelope with a business application header (head.001) and the `Document`.
    Envelope,
}

/// Where the messages of a file stand.
pub fn split(bytes: &[u8], limits: &Limits) -> Vec<Range<usize>> {
    frame::split(bytes, limits)
}

/// Decodes one message.
///
/// ```
/// use finality_parsers::{codec::Depth, limits::Limits, model::Event, mx};
///
/// let raw = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/mx/sese.023-typical.xml"));
/// let decoded = mx::decode(raw, &Limits::default(), Depth::Full);
/// assert_eq!(decoded.message_type, "sese.023.001.11");
/// assert_eq!((decoded.diagnostics.len(), decoded.encoded.as_slice()), (0, raw.as_slice()));
/// let Some(Event::Instruction(instruction)) = decoded.event else { panic!("an instruction") };
/// assert_eq!(instruction.amount.expect("against payment").to_string(), "609609.00 EUR");
/// ```
pub fn decode(raw: &[u8], limits: &Limits, depth: Depth) -> Decoded {
    let keep = depth == Depth::Full;
    let Walked { outline, bodies, mut findings, broken, encoded } =
        walk::walk(raw, limits, keep, &tables::find);
    let header = bodies.iter().find(|body| body.is_header).and_then(|body| outline.at(body.element));
    let mut documents = bodies.iter().filter(|body| !body.is_header);
    let first = documents.next();
    for more in documents {
        if let Some(at) = outline.at(more.element) {
            findings.push(
                Diagnostic::error(
                    Layer::Structure,
                    "second-document",
                    at.span(),
                    "a second document in one message",
                )
                .at(at.path())
                .hint("send one document per envelope; the first is read"),
            );
        }
    }
    let mut event = None;
    if broken.is_none() {
        if let Some(header) = header {
            rules::check_values(header, &mut findings);
            rules::check_header(header, first.map_or("", |body| &body.message), &mut findings);
        }
        match first.and_then(|body| Some((body, outline.at(body.element)?))) {
            Some((body, document)) => {
                rules::check_values(document, &mut findings);
                event = root(document)
                    .inspect(|root| rules::check(&body.message, *root, &mut findings))
                    .and_then(|root| read(body, root, header, &mut findings));
            }
            None => findings.push(
                Diagnostic::error(
                    Layer::Structure,
                    "no-document",
                    0..raw.len().min(1),
                    "there is no Document element",
                )
                .hint("an ISO 20022 message has a Document, alone or beside its AppHdr"),
            ),
        }
    }
    let mut diagnostics = findings.into_vec();
    diagnostics.extend(broken);
    Decoded {
        protocol: Some(Protocol::Mx),
        message_type: first.map(|body| body.message.clone()).unwrap_or_default(),
        diagnostics,
        event,
        refusal: None,
        encoded,
        fields: if keep { outline.roots().map(At::tree).collect() } else { Vec::new() },
    }
}

/// Every message that has a table, as a page for people.
pub fn messages_page() -> String {
    messages::page()
}

/// What the business header of a message says; `None` when there is none, or when it cannot be read.
pub fn envelope(raw: &[u8], limits: &Limits) -> Option<Envelope> {
    let Walked { outline, bodies, .. } = walk::walk(raw, limits, false, &tables::find);
    let header = bodies.iter().find(|body| body.is_header)?;
    outline.at(header.element).map(head_001::decode)
}

/// Checks a message as it stands, without its rules and without reading what it means: syntax and structure.
pub fn check(raw: &[u8], limits: &Limits) -> Vec<Diagnostic> {
    let walked = walk::walk(raw, limits, false, &tables::find);
    let mut diagnostics = walked.findings.into_vec();
    diagnostics.extend(walked.broken);
    diagnostics
}

/// Checks a message against a table that is not among the committed ones (a compiled schema, say): syntax and structure.
pub fn check_against(raw: &[u8], schema: &schema::Schema, limits: &Limits) -> Vec<Diagnostic> {
    let lookup =
        |message: &str| (message == schema.message()).then_some(tables::Found { schema, exact: true });
    let walked = walk::walk(raw, limits, false, &lookup);
    let mut diagnostics = walked.findings.into_vec();
    diagnostics.extend(walked.broken);
    diagnostics
}

/// The root element of a document.
fn root<'o, 'a>(document: At<'o, 'a>) -> Option<At<'o, 'a>> {
    document.children().next()
}

/// Reads the event of a message that is known; says so when it cannot be.
fn read(body: &Body, root: At<'_, '_>, header: Option<At<'_, '_>>, findings: &mut Findings) -> Option<Event> {
    let read = messages::reader(root.name())?;
    let created = header.and_then(|header| header.value("CreDt")).and_then(parts::instant);
    let message_id = header.and_then(|header| parts::may(header, "BizMsgIdr"));
    read(&Reading { root, created, message_id })
        .map_err(|unread| {
            let message = format!("{} has no normalized form: {}", body.message, unread.why);
            findings.push(
                Diagnostic::warning(Layer::Structure, "not-normalized", root.span(), message)
                    .at(unread.path)
                    .hint("the message is carried, but takes no part in the lifecycle until this is mended"),
            );
        })
        .ok()
}

/// Writes an event in the versions that are usually written.
pub fn encode_event(event: &Event, wrapping: Wrapping, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    encode_event_as(event, wrapping, envelope, &[])
}

/// Writes an event; `versions` are those that the counterparty takes (`sese.024.001.14`). Where it says nothing of a
/// message, the usual version is written.
pub fn encode_event_as(
    event: &Event,
    wrapping: Wrapping,
    envelope: &Envelope,
    versions: &[String],
) -> Result<Encoded, EncodeError> {
    let (message, write) = messages::writer(event, versions)?;
    let schema = tables::find(message).expect("the versions that are written have tables").schema;
    let mut writing = Writing { schema, wrapping, envelope, losses: Losses::default() };
    let mut document = Draft::new("Document");
    let root = tables::root(message).expect("the versions that are written have tables");
    document.take_child(root, write(event, &mut writing)?);
    let space = format!("{}{message}", frame::NAME_SPACE);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    match wrapping {
        Wrapping::Document => text.push_str(&encode::write(schema, &document, &space, 0)?),
        Wrapping::Envelope => {
            text.push_str("<BizMsgEnvlp>\n");
            text.push_str(&head_001::encode(envelope, message, 1)?);
            text.push_str(&encode::write(schema, &document, &space, 1)?);
            text.push_str("</BizMsgEnvlp>\n");
        }
    }
    Ok(Encoded { bytes: text.into_bytes(), message_type: message.to_owned(), losses: writing.losses.0 })
}
