//! What a message means to the lifecycle: the one enum that every message maps to.

use serde::{Deserialize, Serialize};

use super::{
    AllocationAcknowledgement, AllocationInstruction, AllocationReport, CancellationRequest,
    ConfirmationAcknowledgement, Reference, SettlementConfirmation, SettlementInstruction, StatusAdvice,
    TradeConfirmation,
};

/// The network's or receiver's answer to a transmission, before anybody looked at its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransportAcknowledgement {
    /// Taken (ACK) or refused (NAK).
    pub accepted: bool,
    /// The user reference of the transmission that is answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<Reference>,
    /// The refusal's code (`T26`, ...).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// The line or field number that it points to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
}

/// What a message means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A block is split over accounts.
    Allocation(Box<AllocationInstruction>),
    /// The answer to it.
    AllocationAcknowledgement(Box<AllocationAcknowledgement>),
    /// The broker's view of it.
    AllocationReport(Box<AllocationReport>),
    /// A trade of one account is confirmed.
    Confirmation(Box<TradeConfirmation>),
    /// The answer to it.
    ConfirmationAcknowledgement(Box<ConfirmationAcknowledgement>),
    /// Securities are to be received or delivered.
    Instruction(Box<SettlementInstruction>),
    /// An instruction is to be taken back.
    Cancellation(Box<CancellationRequest>),
    /// How far an instruction is.
    Status(Box<StatusAdvice>),
    /// That it settled.
    Settlement(Box<SettlementConfirmation>),
    /// The network's answer to a transmission.
    Transport(Box<TransportAcknowledgement>),
}

/// The kinds of events, for tables and statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// See [`Event::Allocation`].
    Allocation,
    /// See [`Event::AllocationAcknowledgement`].
    AllocationAcknowledgement,
    /// See [`Event::AllocationReport`].
    AllocationReport,
    /// See [`Event::Confirmation`].
    Confirmation,
    /// See [`Event::ConfirmationAcknowledgement`].
    ConfirmationAcknowledgement,
    /// See [`Event::Instruction`].
    Instruction,
    /// See [`Event::Cancellation`].
    Cancellation,
    /// See [`Event::Status`].
    Status,
    /// See [`Event::Settlement`].
    Settlement,
    /// See [`Event::Transport`].
    Transport,
}

impl EventKind {
    /// `allocation`, `status`, ...
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Allocation => "allocation",
            EventKind::AllocationAcknowledgement => "allocation acknowledgement",
            EventKind::AllocationReport => "allocation report",
            EventKind::Confirmation => "confirmation",
            EventKind::ConfirmationAcknowledgement => "confirmation acknowledgement",
            EventKind::Instruction => "instruction",
            EventKind::Cancellation => "cancellation",
            EventKind::Status => "status",
            EventKind::Settlement => "settlement",
            EventKind::Transport => "transport acknowledgement",
        }
    }
}

impl Event {
    /// Which kind.
    pub fn kind(&self) -> EventKind {
        match self {
            Event::Allocation(_) => EventKind::Allocation,
            Event::AllocationAcknowledgement(_) => EventKind::AllocationAcknowledgement,
            Event::AllocationReport(_) => EventKind::AllocationReport,
            Event::Confirmation(_) => EventKind::Confirmation,
            Event::ConfirmationAcknowledgement(_) => EventKind::ConfirmationAcknowledgement,
            Event::Instruction(_) => EventKind::Instruction,
            Event::Cancellation(_) => EventKind::Cancellation,
            Event::Status(_) => EventKind::Status,
            Event::Settlement(_) => EventKind::Settlement,
            Event::Transport(_) => EventKind::Transport,
        }
    }

    /// The message's own reference, by which a repetition is recognised.
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Event::Allocation(e) => Some(&e.id),
            Event::AllocationAcknowledgement(e) => Some(&e.allocation),
            Event::AllocationReport(e) => Some(&e.id),
            Event::Confirmation(e) => Some(&e.id),
            Event::ConfirmationAcknowledgement(e) => Some(&e.confirmation),
            Event::Instruction(e) => Some(&e.id),
            Event::Cancellation(e) => Some(&e.id),
            Event::Status(e) => e.id.as_ref(),
            Event::Settlement(e) => e.id.as_ref(),
            Event::Transport(e) => e.reference.as_ref(),
        }
    }
}
