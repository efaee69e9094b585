//! ConfirmationAck (AU): received, affirmed or refused.

use super::encode::{Writer, timestamp};
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{AffirmationStatus, ConfirmationAcknowledgement, Function};

const STATUSES: [(&str, AffirmationStatus); 3] = [
    ("1", AffirmationStatus::Received),
    ("2", AffirmationStatus::Rejected),
    ("3", AffirmationStatus::Affirmed),
];

/// What AU means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<ConfirmationAcknowledgement> {
    let code = view.needed(940, view.text(940))?;
    Some(ConfirmationAcknowledgement {
        supplementary: Vec::new(),
        id: None,
        function: Function::New,
        linkages: Vec::new(),
        parties: Vec::new(),
        confirmation: view.required(664)?,
        status: STATUSES.iter().find(|(c, _)| *c == code).map(|(_, status)| *status)?,
        reason: view.words(774),
        text: view.words(58),
        trade_date: view.date(75),
        transacted: view.instant(60),
    })
}

/// Writes AU.
pub(super) fn encode(
    event: &ConfirmationAcknowledgement,
    writer: &mut Writer<'_>,
) -> Result<(), EncodeError> {
    writer.begin("AU");
    let created = writer.created();
    if let Some(id) = &event.id {
        writer.lose("id", id, "AU has no reference of its own");
    }
    if !event.function.is_new() {
        return Err(EncodeError::NoMessage { event: "withdrawal of an affirmation", protocol: "FIX" });
    }
    for party in &event.parties {
        writer.lose("parties", format!("{:?}", party.role), "AU names no parties");
    }
    for link in &event.linkages {
        writer.lose("linkages", &link.reference, "AU names the confirmation only");
    }
    let trade_date = writer.need(event.trade_date, "acknowledgement.trade_date")?;
    writer.body.text(664, event.confirmation.as_str());
    writer.body.text(75, &trade_date.compact());
    writer.body.text(60, &timestamp(event.transacted.unwrap_or(created)));
    writer.body.maybe(940, STATUSES.iter().find(|(_, s)| *s == event.status).map(|(code, _)| *code));
    writer.body.maybe(58, event.text.as_deref());
    if let Some(reason) = &event.reason {
        if reason.parse::<u16>().is_ok() {
            writer.body.put(774, reason);
        } else {
            writer.lose("reason", reason, "FIX numbers its reasons; 99 (other) stands instead");
            writer.body.put(774, "99");
        }
    }
    Ok(())
}
