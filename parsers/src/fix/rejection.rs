//! Reject (3) and BusinessMessageReject (j): a message was not taken, for its form or for what it asks.

use super::encode::Writer;
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{Fault, Rejection};

/// What 3 and j mean.
pub(super) fn decode(view: &View<'_, '_>, fault: Fault) -> Option<Rejection> {
    let reason = if fault == Fault::Form { 373 } else { 380 };
    Some(Rejection {
        fault,
        sequence: view.number(45).map(u64::from),
        message_type: view.code(372).to_owned(),
        reason: view.code(reason).to_owned(),
        field: view.number(371),
        reference: view.parse(379),
        text: view.code(58).to_owned(),
    })
}

/// Writes 3 or j.
pub(super) fn encode(event: &Rejection, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    writer.begin(if event.fault == Fault::Form { "3" } else { "j" });
    let body = &mut writer.body;
    body.put(372, &event.message_type);
    body.put(58, &event.text);
    match event.fault {
        Fault::Form => {
            writer.body.put(45, writer.need(event.sequence, "rejection.sequence")?);
            writer.body.maybe(371, event.field);
            writer.body.put(373, &event.reason);
        }
        Fault::Business => {
            body.maybe(45, event.sequence);
            body.maybe(379, event.reference.as_ref());
            body.put(380, &event.reason);
        }
    }
    Ok(())
}
