//! The edge towards disk and network: thin, and deciding nothing.

pub mod file_drop;
pub mod journal;
pub mod keeper;
pub mod orders;
pub mod places;
pub mod projection;
pub mod store;
pub mod tcp;
