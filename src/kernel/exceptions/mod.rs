//! What needs a person: why, how badly, who and until when.

pub mod exception;
pub mod reason;
