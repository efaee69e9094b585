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
//! as trees. What is not read here: signatures are not verified, supplementary data is carried unread.
//! sese.036 and 041 to 043 stay trees: nothing in the lifecycle follows from them.

mod admi;
mod alleged;
mod attributes;
mod chains;
pub mod compile;
mod details;
mod edit;
mod encode;
mod envelopes;
pub mod facet;
mod frame;
mod head_001;
mod issued;
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
mod semt_013;
mod semt_014;
mod semt_016;
mod semt_017;
mod semt_018;
mod semt_019;
mod semt_020;
mod semt_021;
mod semt_022;
mod semt_041;
mod semt_044;
mod sese_020;
mod sese_022;
mod sese_023;
mod sese_024;
mod sese_025;
mod sese_028;
mod sese_030;
mod sese_032;
mod sese_037;
mod sese_038;
mod sese_039;
mod sese_040;
mod setr_027;
mod setr_029;
mod setr_030;
mod setr_044;
mod several;
mod sheet;
mod spec;
mod statement;
mod statuses;
pub mod stream;
mod supplementary;
pub mod tables;
mod terms;
mod terms_writing;
mod transaction;
mod walk;

use std::borrow::Cow;
use std::ops::Range;

use crate::codec::{Decoded, Depth, EncodeError, Encoded, Envelope};
use crate::detect::Protocol;
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::limits::Limits;
use crate::model::{Bic, Event};
use encode::{Draft, Losses};
use messages::{Reading, Writing};
use outline::At;
use walk::{Body, Walked};

pub use edit::{EditError, with_value};
pub(crate) use parts::says_the_usual_side;
pub use rows::detail_rows;
pub use spec::spec_page;
pub use walk::Lookup;

/// Stands for no account where one must be named.
pub const NO_ACCOUNT: &str = parties::NOT_PROVIDED;

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
    let mut walked = walk::walk(raw, limits, keep, &tables::find);
    let mut findings = std::mem::replace(&mut walked.findings, Findings::new(0));
    let pairs = envelopes::pairs(&walked.bodies, &walked.outline);
    for more in pairs.iter().skip(1).filter_map(|pair| walked.outline.at(pair.document?.element)) {
        findings.push(
            Diagnostic::error(
                Layer::Structure,
                "second-document",
                more.span(),
                "a second document in one message",
            )
            .at(more.path())
            .hint("send one document per envelope; all are checked, the first is read"),
        );
    }
    let whole = pairs.iter().filter(|_| walked.broken.is_none());
    let mut events = whole.map(|pair| judge(&walked, *pair, raw, &mut findings));
    let event = events.next().flatten();
    events.for_each(drop);
    let document = pairs.first().and_then(|pair| pair.document);
    let addressee = pairs.first().and_then(|pair| addressee(&walked, *pair));
    let mut diagnostics = findings.into_vec();
    diagnostics.extend(walked.broken);
    Decoded {
        protocol: Some(Protocol::Mx),
        message_type: document.map(|body| body.message.clone()).unwrap_or_default(),
        addressee,
        diagnostics,
        event,
        refusal: None,
        encoded: walked.encoded,
        fields: if keep { walked.outline.roots().map(At::tree).collect() } else { Vec::new() },
    }
}

/// Every message that has a table, as a page for people.
pub fn messages_page() -> String {
    messages::page()
}

/// Decodes every document of one message: an envelope may hold several, each with its header. The tables come from `lookup`
/// ([`tables::find`] knows the committed ones). There is always one at least; the first has the bytes of all. Where the
/// envelope breaks off, the documents before that are read, and what breaks off is the last.
pub fn decode_all(raw: &[u8], limits: &Limits, depth: Depth, lookup: Lookup<'_>) -> Vec<Decoded> {
    let keep = depth == Depth::Full;
    let mut walked = walk::walk(raw, limits, keep, lookup);
    let mut findings = std::mem::replace(&mut walked.findings, Findings::new(0));
    let mut encoded = std::mem::take(&mut walked.encoded);
    let pairs = envelopes::pairs(&walked.bodies, &walked.outline);
    let alone = pairs.len() == 1;
    let mut all: Vec<Decoded> = Vec::with_capacity(pairs.len());
    let mut starts = Vec::with_capacity(pairs.len());
    for pair in &pairs {
        let header = pair.header.filter(|_| !pair.shared);
        let own = || [header, pair.document].into_iter().flatten();
        let own = || own().filter_map(|body| walked.outline.at(body.element));
        starts.push(own().map(|at| at.span().start).min().unwrap_or(0));
        all.push(Decoded {
            protocol: Some(Protocol::Mx),
            message_type: pair.document.map(|body| body.message.clone()).unwrap_or_default(),
            addressee: addressee(&walked, *pair),
            diagnostics: Vec::new(),
            event: several::is_whole(&walked, pair, pairs.len())
                .then(|| judge(&walked, *pair, raw, &mut findings))
                .flatten(),
            refusal: None,
            encoded: std::mem::take(&mut encoded),
            fields: match keep {
                true if alone => walked.outline.roots().map(At::tree).collect(),
                true => own().map(At::tree).collect(),
                false => Vec::new(),
            },
        });
    }
    if let Some(start) = several::tail(&walked, &pairs) {
        starts.push(start);
        all.push(Decoded {
            protocol: Some(Protocol::Mx),
            message_type: String::new(),
            addressee: None,
            diagnostics: Vec::new(),
            event: None,
            refusal: None,
            encoded: Vec::new(),
            fields: Vec::new(),
        });
    }
    // A finding goes with the document that it stands in; what stands before all goes with the first.
    for finding in findings.into_vec().into_iter().chain(walked.broken) {
        let nth = starts.iter().rposition(|start| *start <= finding.span.start).unwrap_or(0);
        if let Some(decoded) = all.get_mut(nth) {
            decoded.diagnostics.push(finding);
        }
    }
    all
}

/// To whom a document is addressed: by its header, else by that of the `DataPDU` around.
fn addressee(walked: &Walked<'_>, pair: envelopes::Pair<'_>) -> Option<Bic> {
    match pair.header {
        Some(header) => head_001::addressee(walked.outline.at(header.element)?),
        None => envelopes::addressee(envelopes::pdu(&walked.outline)?),
    }
}

/// Checks the rules of one document, and reads what it means.
fn judge(
    walked: &Walked<'_>,
    pair: envelopes::Pair<'_>,
    raw: &[u8],
    findings: &mut Findings,
) -> Option<Event> {
    let at = |body: &Body| walked.outline.at(body.element);
    let header = pair.header.and_then(at);
    match (header, pair.document.and_then(at)) {
        (Some(header), Some(document)) if pair.shared => findings.push(shared_header(header, document)),
        (Some(header), _) => {
            rules::check_values(header, findings);
            rules::check_header(header, pair.document.map_or("", |body| &body.message), findings);
        }
        (None, _) => {}
    }
    let Some((body, document)) = pair.document.and_then(|body| Some((body, at(body)?))) else {
        findings.push(
            Diagnostic::error(
                Layer::Structure,
                "no-document",
                0..raw.len().min(1),
                "there is no Document element",
            )
            .hint("an ISO 20022 message has a Document, alone or beside its AppHdr"),
        );
        return None;
    };
    rules::check_values(document, findings);
    let root = root(document)?;
    rules::check(&body.message, root, findings);
    let created = header.and_then(|header| header.value("CreDt")).and_then(parts::instant);
    let message_id = match header {
        // It names the first document.
        Some(_) if pair.shared => None,
        Some(header) => parts::may(header, "BizMsgIdr"),
        None => envelopes::pdu(&walked.outline).and_then(|pdu| parts::may(pdu, envelopes::REFERENCE)),
    };
    let mut event = read(body, &Reading { root, created, message_id, raw }, findings)?;
    supplementary::keep(&mut event, root, raw);
    Some(event)
}

/// A document that goes under the header of another.
fn shared_header(header: At<'_, '_>, document: At<'_, '_>) -> Diagnostic {
    let message = format!("no header of its own: sender and receiver are those of {}", header.path());
    Diagnostic::warning(Layer::Structure, "shared-header", document.span(), message)
        .at(document.path())
        .hint("a business header belongs to one document: put one before each")
}

/// What the business header of a message says, or the header of its `DataPDU`; `None` when there is neither.
pub fn envelope(raw: &[u8], limits: &Limits) -> Option<Envelope> {
    let Walked { outline, bodies, .. } = walk::walk(raw, limits, false, &tables::find);
    match bodies.iter().find(|body| body.is_header) {
        Some(header) => outline.at(header.element).map(head_001::decode),
        None => envelopes::pdu(&outline).map(envelopes::decode_pdu),
    }
}

/// A message of several in one envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where it stands, with its header.
    pub span: Range<usize>,
    /// What its header says, or the header of the `DataPDU` around; `None` when there is neither.
    pub envelope: Option<Envelope>,
}

/// The messages of one envelope, in the order of [`decode_all`].
pub fn places(raw: &[u8], limits: &Limits) -> Vec<Place> {
    let Walked { outline, bodies, .. } = walk::walk(raw, limits, false, &tables::find);
    let around = envelopes::pdu(&outline).map(envelopes::decode_pdu);
    let of = |pair: &envelopes::Pair<'_>| {
        let at = |body: &Body| outline.at(body.element);
        let header = pair.header.and_then(at);
        let (starts, ends) = (header.filter(|_| !pair.shared), pair.document.and_then(at));
        let start = starts.or(ends).map_or(0, |at| at.span().start);
        let end = ends.or(starts).map_or(raw.len(), |at| at.span().end);
        let mut envelope = header.map(head_001::decode).or_else(|| around.clone());
        if pair.shared {
            // It names the first document.
            envelope.iter_mut().for_each(|envelope| envelope.message_id.clear());
        }
        Place { span: start..end, envelope }
    };
    envelopes::pairs(&bodies, &outline).iter().map(of).collect()
}

/// The messages of one envelope as bytes that can be read alone, in the order of [`decode_all`]: each has the envelope around it
/// and none of the other messages. The only one is borrowed as it is.
pub fn messages<'a>(raw: &'a [u8], limits: &Limits) -> Vec<Cow<'a, [u8]>> {
    several::of(raw, limits).messages
}

/// The same for somebody who acts on them: an envelope that breaks off is one piece that cannot be read, since nobody knows what
/// its sender makes of it.
pub fn frames<'a>(raw: &'a [u8], limits: &Limits) -> Vec<Cow<'a, [u8]>> {
    let several = several::of(raw, limits);
    if several.breaks_off { vec![Cow::Borrowed(raw)] } else { several.messages }
}

/// Where a message breaks off: it cannot be read to its end.
pub fn broken(raw: &[u8], limits: &Limits) -> Option<Diagnostic> {
    walk::walk(raw, limits, false, &|_| None).broken
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
fn read(body: &Body, reading: &Reading<'_, '_>, findings: &mut Findings) -> Option<Event> {
    let read = messages::reader(reading.root.name())?;
    read(reading)
        .map_err(|unread| {
            let message = format!("{} has no normalized form: {}", body.message, unread.why);
            findings.push(
                Diagnostic::warning(Layer::Structure, "not-normalized", reading.root.span(), message)
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
    let mut own = write(event, &mut writing)?;
    supplementary::give_back(&mut own, event, &mut writing);
    document.take_child(root, own);
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
