//! AllocationReportAck (AT): what is said to a report, as P says it to an instruction.

use super::allocation_instruction_ack::{decode_answer, encode_answer};
use super::encode::Writer;
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{AllocationReportAcknowledgement, Reference};

/// What AT means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<AllocationReportAcknowledgement> {
    let report: Reference = view.required(755)?;
    let allocation = view.parse(70).unwrap_or_else(|| report.clone());
    Some(AllocationReportAcknowledgement { answer: decode_answer(view, allocation)?, report })
}

/// Writes AT.
pub(super) fn encode(
    event: &AllocationReportAcknowledgement,
    writer: &mut Writer<'_>,
) -> Result<(), EncodeError> {
    writer.begin("AT");
    writer.body.put(755, &event.report);
    encode_answer(&event.answer, writer);
    Ok(())
}
