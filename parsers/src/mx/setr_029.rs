//! setr.029: a trade confirmation is taken back (MT515 and MT518 with 23G CANC). It names the confirmation and does not repeat
//! it, where MT and FIX repeat it as a whole.

use super::encode::Draft;
use super::messages::{Reading, Writing};
use super::parts::{self, Unread, need};
use super::setr_030::{put_reference, references};
use super::terms;
use crate::codec::EncodeError;
use crate::model::{
    ConfirmationCancellation, Event, Function, Linkage, PartyRole, Reference, TradeConfirmation,
};

/// Its root element.
pub(super) const ROOT: &str = "SctiesTradConfCxl";

/// The confirmation, by the reference that its sender gave it.
const CONFIRMATION: &str = "RELA";

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let mut linkages = references(root);
    let named = linkages.iter().position(|link| link.kind == CONFIRMATION && link.message.is_none());
    let confirmation = named.map(|at| linkages.remove(at).reference);
    // A tie that also says of which message it speaks stays, so that it can be written again.
    let confirmation = confirmation.or_else(|| {
        linkages.iter().find(|link| link.kind == CONFIRMATION).map(|link| link.reference.clone())
    });
    Ok(Event::ConfirmationCancellation(Box::new(ConfirmationCancellation {
        supplementary: Vec::new(),
        id: need(root, "Id/TxId")?,
        confirmation,
        linkages,
        transacted: reading.created,
        parties: root.get("OthrBizPties").map(terms::other_parties).unwrap_or_default(),
    })))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let request = match event {
        Event::ConfirmationCancellation(e) => e.as_ref().clone(),
        Event::Confirmation(e) => {
            let why = "a cancellation names the confirmation that it takes back and does not repeat it";
            writing.losses.add("confirmation", &e.id, why);
            of(e, writing)?
        }
        _ => return Err(parts::no_message(event.kind().name())),
    };
    writing.prepared_as("confirmation.transacted", request.transacted);
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let mut root = Draft::new(ROOT);
    root.set("Id/TxId", "confirmation.id", &request.id);
    let said =
        |link: &Linkage| link.kind == CONFIRMATION && Some(&link.reference) == request.confirmation.as_ref();
    let plain = request.confirmation.clone().filter(|_| !request.linkages.iter().any(said));
    let plain = plain.map(|reference| Linkage::new(CONFIRMATION, reference));
    for link in plain.iter().chain(&request.linkages) {
        put_reference(&mut root, link, losses);
    }
    let mut others = Draft::new("OthrBizPties");
    let place = (schema, schema.down(schema.own(), "OthrBizPties"));
    terms::put_other_parties(place, &mut others, &request.parties, "confirmation.parties", losses);
    if !others.is_empty() {
        root.take_child("OthrBizPties", others);
    }
    Ok(root)
}

/// As much of a confirmation with its function as the message says.
fn of(e: &TradeConfirmation, writing: &Writing<'_>) -> Result<ConfirmationCancellation, EncodeError> {
    let Function::Cancel(Some(earlier)) = &e.function else {
        let field = "confirmation.function.cancel";
        return Err(EncodeError::Missing { field, message: writing.schema.message().to_owned() });
    };
    let references: [(&str, &Option<Reference>); 3] =
        [("MAST", &e.allocation), ("INDA", &e.individual_allocation), ("COMM", &e.common_reference)];
    let linkages = references
        .into_iter()
        .filter_map(|(kind, reference)| Some(Linkage::new(kind, reference.clone()?)))
        .collect();
    let account = e.account.clone().map(|id| crate::model::DetailValue::Account(id.into()));
    let account = account.map(|value| crate::model::Detail::new("SAFE", value));
    let investor = e.parties.iter().find(|party| party.role == PartyRole::Investor);
    let investor = investor
        .map(|of| crate::model::Detail::new("INVE", crate::model::DetailValue::Party(of.party.clone())));
    // An account stands with its investor; alone it has no place.
    let group: Vec<_> =
        investor.into_iter().flat_map(|first| std::iter::once(first).chain(account.clone())).collect();
    Ok(ConfirmationCancellation {
        supplementary: Vec::new(),
        id: e.id.clone(),
        confirmation: Some(earlier.clone()),
        linkages,
        transacted: e.transacted,
        parties: if group.is_empty() { Vec::new() } else { vec![group] },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{self, Depth, Format};
    use crate::limits::Limits;

    fn sample(bytes: &[u8]) -> ConfirmationCancellation {
        match codec::decode(bytes, &Limits::default(), Depth::Event).event {
            Some(Event::ConfirmationCancellation(e)) => *e,
            other => panic!("a cancellation of a confirmation, not {other:?}"),
        }
    }

    #[test]
    fn it_names_what_it_takes_back_and_everything_else_that_it_names() {
        let read = sample(include_bytes!("../../../samples/mx/setr.029-full.xml"));
        assert_eq!(read.confirmation.as_ref().map(Reference::as_str), Some("BVCFUL0519"));
        let kinds: Vec<_> = read.linkages.iter().map(|l| (l.kind.as_str(), l.message.as_deref())).collect();
        assert_eq!(kinds, [("RELA", Some("setr.027")), ("INDA", None)]);
        assert_eq!(read.parties.len(), 2);
        let least = sample(include_bytes!("../../../samples/mx/setr.029-minimal.xml"));
        assert_eq!((least.confirmation, least.linkages.len()), (None, 0));
    }

    #[test]
    fn mt_repeats_the_confirmation_and_so_refuses_by_name() {
        let read = sample(include_bytes!("../../../samples/mx/setr.029-typical.xml"));
        let event = Event::ConfirmationCancellation(Box::new(read));
        let envelope = codec::Envelope {
            sender: "CUSVDEFFXXX".into(),
            receiver: "LUMNLULLXXX".into(),
            created: crate::machine::Timestamp::default(),
            message_id: String::new(),
            possible_duplicate: false,
        };
        let refused =
            codec::encode(&event, Format::Mt, &envelope).expect_err("no trade to repeat").to_string();
        assert!(refused.contains("side, price, quantity, instrument"), "{refused}");
    }
}
