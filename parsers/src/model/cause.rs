//! Why trades fail: the five families of causes that everything here is sorted by.

use serde::{Deserialize, Serialize};

/// A family of causes of settlement failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The two sides do not say the same.
    DataMismatch,
    /// Allocation or confirmation came late or not at all.
    LateStage,
    /// Securities or cash are not there, or are held back.
    ResourceShortage,
    /// Settlement instructions are missing, incomplete or contradictory.
    IncompleteSsi,
    /// Systems stopped talking: no acknowledgement, a lost line, an unreadable message.
    Communication,
}

impl Cause {
    /// All five, in the order in which reports list them.
    pub const ALL: [Cause; 5] = [
        Cause::DataMismatch,
        Cause::LateStage,
        Cause::ResourceShortage,
        Cause::IncompleteSsi,
        Cause::Communication,
    ];

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Cause::DataMismatch => "data mismatch",
            Cause::LateStage => "late allocation or confirmation",
            Cause::ResourceShortage => "inventory or cash shortage",
            Cause::IncompleteSsi => "incomplete SSI",
            Cause::Communication => "communication breakdown",
        }
    }
}
