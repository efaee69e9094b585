//! All that the world needs to know of the system under test.

use finality_parsers::machine::{Entry, GatewayEffect, GatewayInput, Machine, Timestamp};

/// The gateway, handed in from above. The simulator does not know its insides: if it did, it would agree with its mistakes.
pub trait Subject {
    /// The gateway as a machine.
    type Machine: for<'a> Machine<Input<'a> = GatewayInput<'a>, Effect = GatewayEffect>;

    /// First start and every restart: the journal is what the disk kept.
    fn boot(&self, now: Timestamp, journal: &[Entry]) -> Self::Machine;
}
