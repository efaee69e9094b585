//! Which message types become which events, for the page that lists them; a test holds it against the samples.

use crate::model::EventKind;

/// What becomes of a message type.
#[derive(Debug)]
pub struct Meaning {
    /// `541`.
    pub message: &'static str,
    /// The kinds of events that it may become.
    pub events: &'static [EventKind],
    /// Whether events are written as it.
    pub written: bool,
}

/// The types that become events. Orders (MT502) and triparty collateral (MT527) are before a trade or beside it: they are
/// read and checked, and become none.
pub const MEANINGS: &[Meaning] = &[
    meaning(
        "509",
        &[
            EventKind::TradeStatus,
            EventKind::AllocationAcknowledgement,
            EventKind::ConfirmationAcknowledgement,
        ],
        true,
    ),
    meaning("513", &[EventKind::Execution], false),
    meaning("514", &[EventKind::Allocation], true),
    meaning("515", &[EventKind::Confirmation], true),
    meaning("517", &[EventKind::ConfirmationAcknowledgement], true),
    meaning("518", &[EventKind::Confirmation], true),
    meaning("530", &[EventKind::ProcessingChange], true),
    meaning("535", &[EventKind::HoldingsStatement], true),
    meaning("536", &[EventKind::TransactionsStatement], true),
    meaning("537", &[EventKind::PendingStatement, EventKind::Penalties], true),
    meaning("538", &[EventKind::IntraPositionStatement], false),
    meaning("540", &[EventKind::Instruction, EventKind::Cancellation], true),
    meaning("541", &[EventKind::Instruction, EventKind::Cancellation], true),
    meaning("542", &[EventKind::Instruction, EventKind::Cancellation], true),
    meaning("543", &[EventKind::Instruction, EventKind::Cancellation], true),
    meaning("544", &[EventKind::Settlement], true),
    meaning("545", &[EventKind::Settlement], true),
    meaning("546", &[EventKind::Settlement], true),
    meaning("547", &[EventKind::Settlement], true),
    meaning("548", &[EventKind::Status, EventKind::Penalties], true),
    meaning("549", &[EventKind::StatusRequest], true),
    meaning("578", &[EventKind::Allegement], true),
    meaning("586", &[EventKind::AllegementStatement], true),
];

const fn meaning(message: &'static str, events: &'static [EventKind], written: bool) -> Meaning {
    Meaning { message, events, written }
}

/// What becomes of a message type; `None` where it becomes nothing.
pub fn of(message: &str) -> Option<&'static Meaning> {
    MEANINGS.iter().find(|m| m.message == message)
}
