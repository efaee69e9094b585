//! SettlementInstructionRequest (AV): standing instructions are asked for; T answers.

use super::blocks::{self, side_code};
use super::encode::{Writer, timestamp};
use super::parties::{self, PARTIES};
use super::settlement_instructions::{decode_database, encode_database};
use super::view::View;
use crate::codec::EncodeError;
use crate::model::SettlementInstructionRequest;

/// What AV means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<SettlementInstructionRequest> {
    Some(SettlementInstructionRequest {
        id: view.required(791)?,
        parties: parties::decode(view, PARTIES),
        account: view.parse(79),
        side: blocks::maybe_side(view),
        currency: view.parse(120),
        from: view.instant(168),
        until: view.instant(126),
        database: decode_database(view),
        transacted: view.instant(60),
    })
}

/// Writes AV.
pub(super) fn encode(
    event: &SettlementInstructionRequest,
    writer: &mut Writer<'_>,
) -> Result<(), EncodeError> {
    writer.begin("AV");
    let created = writer.created();
    let mut body = std::mem::take(&mut writer.body);
    body.put(791, &event.id);
    body.put(60, timestamp(event.transacted.unwrap_or(created)));
    parties::encode(&event.parties, PARTIES, "request.parties", &mut body, writer);
    if let Some(account) = &event.account {
        body.put(79, account);
        // 99 is a source that is none of those with a number: required beside the account.
        body.put(661, "99");
    }
    body.maybe(54, event.side.map(side_code));
    if let Some(currency) = event.currency {
        if writer.version.is_fixt() {
            body.put(120, currency);
        } else {
            writer.lose("request.currency", currency, "FIX 4.4 has no field for it here");
        }
    }
    body.maybe(168, event.from.map(timestamp));
    body.maybe(126, event.until.map(timestamp));
    encode_database(event.database.as_ref(), &mut body);
    writer.body = body;
    Ok(())
}
