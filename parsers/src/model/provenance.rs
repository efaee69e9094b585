//! Where a message came from: travels beside it, never inside.

use serde::{Deserialize, Serialize};

use crate::detect::Protocol;
use crate::machine::Timestamp;

/// Which way it went, seen from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To us.
    In,
    /// From us.
    Out,
}

/// Where and when a message was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The link's name: a session, a folder, a file.
    pub link: String,
    /// When.
    pub at: Timestamp,
    /// The family; `None` for bytes of no known protocol.
    pub protocol: Option<Protocol>,
    /// `J`, `541`, `sese.023.001.11`; empty when it could not be told.
    pub message_type: String,
    /// Which way.
    pub direction: Direction,
}
