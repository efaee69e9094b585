//! Whose side a problem lies on. Settlement efficiency is counted with and without what others caused.

use serde::{Deserialize, Serialize};

/// Who has to mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// We, or the manager we act for.
    #[default]
    Us,
    /// The broker or its agent.
    Counterparty,
    /// Our custodian or the network to it.
    Custodian,
    /// The depository, or the instrument itself.
    Market,
}

impl Attribution {
    /// All four.
    pub const ALL: [Attribution; 4] =
        [Attribution::Us, Attribution::Counterparty, Attribution::Custodian, Attribution::Market];

    /// `us`, `counterparty`, ...
    pub fn name(self) -> &'static str {
        match self {
            Attribution::Us => "us",
            Attribution::Counterparty => "counterparty",
            Attribution::Custodian => "custodian",
            Attribution::Market => "market",
        }
    }
}
