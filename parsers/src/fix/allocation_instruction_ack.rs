//! AllocationInstructionAck (P): received, accepted, or refused as a whole or for some accounts.

use super::blocks::{status, status_code};
use super::encode::{Block, Writer, timestamp};
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{AllocationAcknowledgement, AllocationReject, Reference};

/// What P means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<AllocationAcknowledgement> {
    decode_answer(view, view.required(70)?)
}

/// What P and AT have in common.
pub(super) fn decode_answer(view: &View<'_, '_>, allocation: Reference) -> Option<AllocationAcknowledgement> {
    let rejects = view
        .entries(78)
        .filter_map(|entry| {
            Some(AllocationReject {
                account: entry.required(79)?,
                id: entry.parse(467),
                reason: entry.words(776),
                text: entry.words(161),
            })
        })
        .collect();
    Some(AllocationAcknowledgement {
        id: None,
        allocation,
        status: status(view)?,
        reason: view.words(88),
        text: view.words(58),
        rejects,
        trade_date: view.date(75),
        transacted: view.instant(60),
    })
}

/// Writes P.
pub(super) fn encode(event: &AllocationAcknowledgement, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    writer.begin("P");
    encode_answer(event, writer);
    Ok(())
}

/// Writes what P and AT have in common.
pub(super) fn encode_answer(event: &AllocationAcknowledgement, writer: &mut Writer<'_>) {
    if let Some(id) = &event.id {
        writer.lose("id", id, "the answer is known by what it answers");
    }
    let status = status_code(&event.status, writer);
    let created = writer.created();
    let body = &mut writer.body;
    body.text(70, event.allocation.as_str());
    body.text(87, &status);
    body.maybe(58, event.text.as_deref());
    if let Some(day) = event.trade_date {
        body.text(75, &day.compact());
    }
    body.text(60, &timestamp(event.transacted.unwrap_or(created)));
    let reason = reason_code(event.reason.as_deref(), "reason", writer);
    writer.body.maybe(88, reason);
    let rejects = event
        .rejects
        .iter()
        .enumerate()
        .map(|(n, reject)| {
            let mut entry = Block::default();
            entry.put(79, &reject.account);
            entry.maybe(467, reject.id.as_ref());
            entry.maybe(776, reason_code(reject.reason.as_deref(), &format!("rejects[{n}].reason"), writer));
            entry.maybe(161, reject.text.as_deref());
            entry
        })
        .collect();
    writer.body.group(78, rejects);
}

/// A reason as FIX numbers it; one of another standard becomes 7 (other), where the text can say it.
pub(super) fn reason_code(reason: Option<&str>, path: &str, writer: &mut Writer<'_>) -> Option<String> {
    let reason = reason?;
    if reason.parse::<u16>().is_ok() {
        return Some(reason.to_owned());
    }
    writer.lose(path, reason, "FIX numbers its reasons; 7 (other) stands instead");
    Some("7".to_owned())
}
