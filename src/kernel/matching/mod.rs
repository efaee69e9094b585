//! Two-sided matching: which allocation a confirmation belongs to, and whether both say the same.

pub mod compare;
pub mod field;
pub mod key;
pub mod pairing;
pub mod pool;
pub mod rules;
pub mod status;
pub mod tolerance;
pub mod try_out;
