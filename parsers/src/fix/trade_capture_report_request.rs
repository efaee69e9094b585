//! TradeCaptureReportRequest (AD) and its answer, TradeCaptureReportRequestAck (AQ).

use super::blocks::{self, code_for, encode_instrument, meaning, side_code};
use super::encode::{Block, Writer};
use super::parties::{self, PARTIES};
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{
    CaptureRequestStatus, Instrument, TradeCaptureRequest, TradeCaptureRequestAcknowledgement,
};

const STATUSES: [(&str, CaptureRequestStatus); 3] = [
    ("0", CaptureRequestStatus::Accepted),
    ("1", CaptureRequestStatus::Completed),
    ("2", CaptureRequestStatus::Rejected),
];

/// What AD means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<TradeCaptureRequest> {
    Some(TradeCaptureRequest {
        id: view.required(568)?,
        kind: view.needed(569, view.words(569))?,
        report: view.parse(571),
        execution: view.parse(17),
        order: view.parse(37),
        client_order: view.parse(11),
        side: blocks::maybe_side(view),
        instrument: blocks::instrument(view),
        parties: parties::decode(view, PARTIES),
        days: view.entries(580).filter_map(|entry| entry.date(75)).collect(),
        text: view.words(58),
    })
}

/// Writes AD.
pub(super) fn encode(event: &TradeCaptureRequest, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    writer.begin("AD");
    writer.body.put(568, &event.id);
    writer.body.put(569, &event.kind);
    writer.body.maybe(571, event.report.as_ref());
    writer.body.maybe(17, event.execution.as_ref());
    writer.body.maybe(37, event.order.as_ref());
    writer.body.maybe(11, event.client_order.as_ref());
    writer.body.maybe(54, event.side.map(side_code));
    writer.body.maybe(58, event.text.as_deref());
    if event.instrument != Instrument::default() {
        encode_instrument(&event.instrument, writer);
    }
    let days = event.days.iter().map(|day| {
        let mut entry = Block::default();
        entry.put(75, day.compact());
        entry
    });
    writer.body.group(580, days.collect());
    let mut body = std::mem::take(&mut writer.body);
    parties::encode(&event.parties, PARTIES, "request.parties", &mut body, writer);
    writer.body = body;
    Ok(())
}

/// What AQ means.
pub(super) fn decode_answer(view: &View<'_, '_>) -> Option<TradeCaptureRequestAcknowledgement> {
    let code = view.needed(750, view.text(750))?;
    Some(TradeCaptureRequestAcknowledgement {
        request: view.required(568)?,
        kind: view.needed(569, view.words(569))?,
        status: meaning(&STATUSES, code)?,
        result: view.needed(749, view.words(749))?,
        count: view.number(748),
        instrument: blocks::instrument(view),
        text: view.words(58),
    })
}

/// Writes AQ.
pub(super) fn encode_answer(
    event: &TradeCaptureRequestAcknowledgement,
    writer: &mut Writer<'_>,
) -> Result<(), EncodeError> {
    writer.begin("AQ");
    writer.body.put(568, &event.request);
    writer.body.put(569, &event.kind);
    writer.body.maybe(750, code_for(&STATUSES, &event.status, None));
    writer.body.put(749, &event.result);
    writer.body.maybe(748, event.count);
    writer.body.maybe(58, event.text.as_deref());
    // Required in FIX 4.4, even where none was asked for.
    encode_instrument(&event.instrument, writer);
    Ok(())
}
