//! What stands around documents: which header goes with which, and the header of a `DataPDU`.
//!
//! Envelopes are of any name: head.002 `Xchg`, `RequestPayload`, `BizMsgEnvlp`. Of the Alliance Access format
//! (`urn:swift:saa:xsd:saa.2.0`) the header is read as well, for documents without one of their own.

use super::outline::{At, Outline};
use super::walk::Body;
use crate::codec::Envelope;
use crate::machine::Timestamp;
use crate::model::Bic;

/// A document and its header.
#[derive(Clone, Copy)]
pub(super) struct Pair<'b> {
    /// The header, where there is one.
    pub(super) header: Option<&'b Body>,
    /// The document, where there is one.
    pub(super) document: Option<&'b Body>,
    /// The header belongs to a document before this one.
    pub(super) shared: bool,
}

/// Each document with the header that stands before it; one pair at least, if an empty one. A header belongs to one document;
/// where more follow beside it without one of their own, sender and receiver can only be those.
pub(super) fn pairs<'b>(bodies: &'b [Body], outline: &Outline<'_>) -> Vec<Pair<'b>> {
    let around = |body: &Body| {
        outline.elements.get(body.element).map(|e| e.parent).filter(|p| *p as usize != body.element)
    };
    let mut pairs: Vec<Pair<'_>> = Vec::with_capacity(1);
    let mut header: Option<&Body> = None;
    for body in bodies {
        if body.is_header {
            header = header.or(Some(body));
            continue;
        }
        let beside = |former: &&Body| around(former).is_some() && around(former) == around(body);
        let former = pairs.last().and_then(|pair| pair.header).filter(beside);
        let (own, shared) = (header.take(), former);
        pairs.push(Pair {
            header: own.or(shared),
            document: Some(body),
            shared: own.is_none() && shared.is_some(),
        });
    }
    match pairs.as_mut_slice() {
        [] => pairs.push(Pair { header, document: None, shared: false }),
        // A header behind its document is odd, but leaves no doubt; where it breaks off, it may be that of a next one.
        [only] => only.header = only.header.or(header.filter(|header| is_closed(header, outline))),
        _ if header.is_some() => pairs.push(Pair { header, document: None, shared: false }),
        _ => {}
    }
    pairs
}

/// Whether an element has its end: the place of one that was not closed ends with its start tag.
pub(super) fn is_closed(body: &Body, outline: &Outline<'_>) -> bool {
    let at = outline.at(body.element);
    at.is_some_and(|at| at.children().next().is_some_and(|child| child.span().start < at.span().end))
}

/// The identifier in the header of a `DataPDU`.
pub(super) const REFERENCE: &str = "SenderReference";

/// Ways to name a party there, in the order of preference.
const PARTY: [&str; 3] = ["BIC12", "FullName/X1", "DN"];

/// The header of the `DataPDU` around everything, if that is what it is.
pub(super) fn pdu<'o, 'a>(outline: &'o Outline<'a>) -> Option<At<'o, 'a>> {
    outline.roots().next().filter(|root| root.name() == "DataPDU")?.get("Header/Message")
}

/// To whom it is addressed, where that is said by a BIC.
pub(super) fn addressee(message: At<'_, '_>) -> Option<Bic> {
    Bic::of_terminal(message.get("Receiver")?.value("BIC12")?.trim().as_bytes())
}

/// Reads it. It says no time.
pub(super) fn decode_pdu(message: At<'_, '_>) -> Envelope {
    let party = |side: &str| {
        let side = message.get(side);
        let named = side.and_then(|side| PARTY.iter().find_map(|path| side.value(path)));
        named.unwrap_or_default().to_owned()
    };
    Envelope {
        sender: party("Sender"),
        receiver: party("Receiver"),
        created: Timestamp::default(),
        message_id: message.value(REFERENCE).unwrap_or_default().to_owned(),
        possible_duplicate: false,
    }
}
