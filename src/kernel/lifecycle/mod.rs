//! Where a trade stands, what may happen to it, and until when.

pub mod deadline;
pub mod market;
pub mod state;
pub mod trade;
