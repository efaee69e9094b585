//! Key figures over a journal, in one pass: how much goes through by itself, how much fails, how long it takes to mend.
//!
//! - [`table`]: which figures there are, with numerator, denominator, exclusions and the version of the formula
//! - [`life`]: what is remembered of a trade and of an exception
//! - [`fold`]: from records to figures

pub mod fold;
pub mod life;
pub mod table;
