//! That an instruction is to be taken back.

use serde::{Deserialize, Serialize};

use super::{Reference, SettlementInstruction};

/// A request to cancel an earlier settlement instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationRequest {
    /// The account owner's reference for this request.
    pub id: Reference,
    /// The instruction to be cancelled.
    pub cancels: Reference,
    /// The instruction repeated, as ISO 15022 requires it. Its `id` equals `id`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub details: Option<Box<SettlementInstruction>>,
}
