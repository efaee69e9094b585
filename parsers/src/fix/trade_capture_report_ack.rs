//! TradeCaptureReportAck (AR): a captured trade is taken or refused.

use super::blocks::{self, code_for, encode_instrument, meaning};
use super::encode::{Writer, timestamp};
use super::trade_capture_report::{function, function_code};
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{CaptureFunction, CaptureStatus, TradeCaptureAcknowledgement};

const STATUSES: [(&str, CaptureStatus); 2] = [("0", CaptureStatus::Accepted), ("1", CaptureStatus::Rejected)];

/// What AR means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<TradeCaptureAcknowledgement> {
    let id = view.parse(571).or_else(|| view.parse(1003));
    let status = match view.text(939) {
        // Where no status stands, a reason that is not "successful" tells a refusal.
        None if !matches!(view.code(751), "" | "0") => CaptureStatus::Rejected,
        None => CaptureStatus::Accepted,
        Some(code) => meaning(&STATUSES, code).unwrap_or_else(|| CaptureStatus::Other(code.to_owned())),
    };
    Some(TradeCaptureAcknowledgement {
        report: view.needed(571, id)?,
        function: function(view),
        status,
        reason: view.words(751),
        instrument: blocks::instrument(view),
        execution: view.parse(17),
        transacted: view.instant(60),
        text: view.words(58),
    })
}

/// Writes AR.
pub(super) fn encode(
    event: &TradeCaptureAcknowledgement,
    writer: &mut Writer<'_>,
) -> Result<(), EncodeError> {
    writer.begin("AR");
    let other = if let CaptureStatus::Other(code) = &event.status { Some(code.as_str()) } else { None };
    writer.body.put(571, &event.report);
    writer.body.maybe(487, function_code(&event.function));
    // What kind of execution is answered: required in FIX 4.4.
    writer.body.put(
        150,
        match event.function {
            CaptureFunction::Cancel => "H",
            CaptureFunction::Replace => "G",
            CaptureFunction::New | CaptureFunction::Other(_) => "F",
        },
    );
    writer.body.maybe(939, code_for(&STATUSES, &event.status, other));
    writer.body.maybe(751, event.reason.as_deref());
    encode_instrument(&event.instrument, writer);
    writer.body.maybe(17, event.execution.as_ref());
    writer.body.maybe(60, event.transacted.map(timestamp));
    writer.body.maybe(58, event.text.as_deref());
    Ok(())
}
