//! The edge towards disk and network: thin, and deciding nothing.

pub mod audit;
pub mod claim;
pub mod dial;
pub mod file_drop;
mod frame;
pub mod gate;
pub mod journal;
pub mod keeper;
pub mod line;
pub mod net;
pub mod orders;
pub mod places;
pub mod projection;
pub mod roster;
mod runs;
pub mod store;
pub mod tcp;
pub mod tls;
