//! From an affirmed trade to a complete settlement instruction.
//!
//! - [`library`]: the golden source, all records of standing settlement instructions with their versions
//! - [`places`]: usual places of settlement, and links between depositories
//! - [`checks`]: what must hold before an instruction goes out
//! - [`difference`]: what a message says of the chain, beside what is held
//! - [`complete`]: puts the instruction together
//! - [`outdated`]: whether what is out still says what both sides say
//! - [`page`]: all of it as a page of documentation

pub mod checks;
pub mod complete;
pub mod difference;
pub mod library;
pub mod outdated;
pub mod page;
pub mod places;
pub(crate) mod usage;
