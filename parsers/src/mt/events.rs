//! Which message types become which event, and which events are written as them: for the documentation.

use crate::model::EventKind as K;

/// A message type (and its function, where that decides), what it becomes, and whether the event is written as it.
pub(super) type Row = (&'static str, &'static str, K, bool);

/// All that become events.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("515", "", K::Confirmation, true),
    ("535", "", K::HoldingsStatement, true),
    ("536", "", K::TransactionsStatement, true),
    ("537", "", K::PendingStatement, true),
    ("537", "PENA", K::Penalties, true),
    ("538", "", K::IntraPositionStatement, false),
    ("540", "", K::Instruction, true),
    ("540", "CANC", K::Cancellation, true),
    ("541", "", K::Instruction, true),
    ("541", "CANC", K::Cancellation, true),
    ("542", "", K::Instruction, true),
    ("542", "CANC", K::Cancellation, true),
    ("543", "", K::Instruction, true),
    ("543", "CANC", K::Cancellation, true),
    ("544", "", K::Settlement, true),
    ("545", "", K::Settlement, true),
    ("546", "", K::Settlement, true),
    ("547", "", K::Settlement, true),
    ("548", "", K::Status, true),
    ("548", "PENA", K::Penalties, true),
    ("578", "", K::Allegement, true),
    ("586", "", K::AllegementStatement, true),
];

/// The rows of a message type.
pub(super) fn of(kind: &str) -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(move |(message, ..)| *message == kind)
}
