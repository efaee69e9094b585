//! Two-sided matching: which allocation a confirmation belongs to, and whether both say the same.

pub mod compare;
pub mod key;
