//! AllocationInstructionAlert (BM): an allocation, told to somebody who is not asked to answer it. As J, with FIX 5.0.

use super::allocation_instruction;
use super::encode::Writer;
use super::view::View;
use crate::codec::EncodeError;
use crate::model::AllocationInstruction;

/// What BM means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<AllocationInstruction> {
    allocation_instruction::decode(view)
}

/// Writes BM.
pub(super) fn encode(event: &AllocationInstruction, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    writer.begin("BM");
    allocation_instruction::encode_as_said(event, writer)
}
