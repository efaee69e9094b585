//! From an affirmed trade to a complete settlement instruction.

pub mod complete;
pub mod ssi;
