//! AllocationReport (AS): the allocation as broker or intermediary see it, with fees and net money.

use super::allocation_instruction::{REASON_TO_CHANGE, decode_block, encode_block};
use super::allocation_instruction_ack::reason_code;
use super::blocks::{self, status, status_code};
use super::encode::Writer;
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{AllocationPurpose, AllocationReport};

/// What AS means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<AllocationReport> {
    let kind = view.needed(794, view.words(794))?;
    let function = blocks::function(view, 71, 795)?;
    let id: crate::model::Reference = view.required(755)?;
    let allocation_id = view.parse(70).unwrap_or_else(|| id.clone());
    let purpose = purpose(&kind);
    Some(AllocationReport {
        id,
        status: status(view)?,
        reason: view.words(88),
        allocation: decode_block(view, allocation_id, function, purpose)?,
        kind,
    })
}

/// What a kind of report says about the purpose of the allocation, which AS does not repeat.
fn purpose(kind: &str) -> AllocationPurpose {
    match kind {
        "3" | "4" => AllocationPurpose::Calculated,
        "5" => AllocationPurpose::Warehouse,
        "8" => AllocationPurpose::RequestToIntermediary,
        other => AllocationPurpose::Other(other.to_owned()),
    }
}

/// Writes AS.
pub(super) fn encode(event: &AllocationReport, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    writer.begin("AS");
    if event.kind.parse::<u16>().is_err() {
        return Err(EncodeError::Invalid {
            field: "report.kind",
            value: event.kind.clone(),
            reason: "FIX numbers the types of report (794)".into(),
        });
    }
    let status = status_code(&event.status, writer);
    let reason = reason_code(event.reason.as_deref(), "reason", writer);
    let (function, earlier) = blocks::function_code(&event.allocation.function);
    writer.body.put(755, &event.id);
    if event.allocation.id != event.id {
        writer.body.put(70, &event.allocation.id);
    }
    writer.body.put(71, function);
    writer.body.put(794, &event.kind);
    writer.body.put(87, status);
    writer.body.maybe(88, reason);
    if function != "0" {
        writer.body.put(795, writer.need(earlier, "report.allocation.function.reference")?);
        writer.body.put(796, REASON_TO_CHANGE);
    }
    if event.allocation.purpose != purpose(&event.kind) {
        writer.lose(
            "report.allocation.purpose",
            format!("{:?}", event.allocation.purpose),
            "the type of report says it",
        );
    }
    encode_block(&event.allocation, "1", writer);
    Ok(())
}
