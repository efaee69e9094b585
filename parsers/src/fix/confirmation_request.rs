//! ConfirmationRequest (BH): a confirmation is asked for again, or how far it is.

use super::confirmation::KINDS;
use super::encode::{Block, Writer, timestamp};
use super::view::View;
use crate::codec::EncodeError;
use crate::model::ConfirmationRequest;

/// What BH means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<ConfirmationRequest> {
    let code = view.needed(773, view.text(773))?;
    Some(ConfirmationRequest {
        id: view.required(859)?,
        kind: super::blocks::meaning(&KINDS, code)?,
        orders: view.entries(73).filter_map(|o| o.parse(11).or_else(|| o.parse(37))).collect(),
        allocation: view.parse(70),
        individual_allocation: view.parse(467),
        account: view.parse(79),
        transacted: view.instant(60),
        text: view.words(58),
    })
}

/// Writes BH.
pub(super) fn encode(event: &ConfirmationRequest, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    writer.begin("BH");
    let created = writer.created();
    let body = &mut writer.body;
    body.put(859, &event.id);
    body.maybe(773, super::blocks::code_for(&KINDS, &event.kind, None));
    let orders = event.orders.iter().map(|order| {
        let mut entry = Block::default();
        entry.put(11, order);
        entry
    });
    body.group(73, orders.collect());
    body.maybe(70, event.allocation.as_ref());
    body.maybe(467, event.individual_allocation.as_ref());
    body.put(60, timestamp(event.transacted.unwrap_or(created)));
    body.maybe(79, event.account.as_ref());
    body.maybe(58, event.text.as_deref());
    Ok(())
}
