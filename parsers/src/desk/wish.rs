//! What the custodian can be asked to do with an instruction short of replacing it.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One wish.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Match it, and settle it only when it is released.
    Hold,
    /// Settle it; only so much of it where a quantity is said.
    Release {
        /// How much, counted as the instruction counts.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        quantity: Option<Decimal>,
    },
    /// Settle it before or after others: 1 is the highest, 4 the lowest.
    Priority(u8),
    /// Whether it may settle in parts.
    Partial {
        /// It may.
        allowed: bool,
    },
}

impl Wish {
    /// Whether two wishes are about the same thing, so that only one of them can be open.
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        let about = |wish: &Self| match wish {
            Wish::Hold | Wish::Release { .. } => 0,
            Wish::Priority(_) => 1,
            Wish::Partial { .. } => 2,
        };
        about(self) == about(other)
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wish::Hold => f.write_str("hold"),
            Wish::Release { quantity: None } => f.write_str("release"),
            Wish::Release { quantity: Some(quantity) } => write!(f, "release {}", quantity.normalize()),
            Wish::Priority(priority) => write!(f, "give priority {priority} to"),
            Wish::Partial { allowed: true } => f.write_str("let settle in parts"),
            Wish::Partial { .. } => f.write_str("let settle only as a whole"),
        }
    }
}
