//! How far two values may differ and still agree.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A tolerance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tolerance {
    /// None: they must be equal.
    Exact,
    /// A share of our value, in per cent: 2 is two of a hundred. (FIX tag 2778 says the same as 0.02.)
    Percent {
        /// How many of a hundred.
        percent: Decimal,
        /// But never more than this, in units of the value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cap: Option<Decimal>,
    },
    /// In units of the value.
    Absolute {
        /// How much less theirs may be than ours.
        below: Decimal,
        /// How much more.
        above: Decimal,
    },
    /// They are not compared.
    Off,
    /// They must be equal, and both must say it.
    MustSay,
}

impl Tolerance {
    /// The same both ways.
    pub fn absolute(most: Decimal) -> Self {
        Tolerance::Absolute { below: most, above: most }
    }

    /// Whether it lets anything but equality pass.
    pub fn is_loose(self) -> bool {
        matches!(self, Tolerance::Percent { .. } | Tolerance::Absolute { .. })
    }

    /// How much less and how much more than ours theirs may be.
    fn bounds(self, ours: Decimal) -> (Decimal, Decimal) {
        match self {
            Tolerance::Exact | Tolerance::MustSay | Tolerance::Off => (Decimal::ZERO, Decimal::ZERO),
            Tolerance::Percent { percent, cap } => {
                let share =
                    ours.abs().checked_mul(percent).map_or(Decimal::ZERO, |p| p / Decimal::ONE_HUNDRED);
                let most = cap.map_or(share, |cap| share.min(cap));
                (most, most)
            }
            Tolerance::Absolute { below, above } => (below, above),
        }
    }

    /// Whether theirs is near enough to ours.
    pub fn lets_pass(self, ours: Decimal, theirs: Decimal) -> bool {
        let (below, above) = self.bounds(ours);
        let more = theirs.checked_sub(ours);
        self == Tolerance::Off || more.is_some_and(|more| more <= above && -more <= below)
    }

    /// What it comes to for a value of ours, in words; empty where they must be equal.
    pub fn words(self, ours: Decimal) -> String {
        let (below, above) = self.bounds(ours);
        match (self.is_loose(), below == above) {
            (false, _) => String::new(),
            (true, true) => above.normalize().to_string(),
            (true, false) => format!("-{} +{}", below.normalize(), above.normalize()),
        }
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tolerance::Exact => f.write_str("exact"),
            Tolerance::MustSay => f.write_str("exact, and both must say it"),
            Tolerance::Off => f.write_str("not compared"),
            Tolerance::Percent { percent, cap: None } => write!(f, "{} %", percent.normalize()),
            Tolerance::Percent { percent, cap: Some(cap) } => {
                write!(f, "{} %, at most {}", percent.normalize(), cap.normalize())
            }
            Tolerance::Absolute { below, above } if below == above => write!(f, "{}", above.normalize()),
            Tolerance::Absolute { below, above } => {
                write!(f, "{} below, {} above", below.normalize(), above.normalize())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_edges() {
        let d = |text: &str| text.parse::<Decimal>().expect("a decimal");
        let percent =
            |percent: &str, cap: Option<&str>| Tolerance::Percent { percent: d(percent), cap: cap.map(d) };
        let absolute = |below: &str, above: &str| Tolerance::Absolute { below: d(below), above: d(above) };
        for (tolerance, ours, theirs, passes) in [
            (Tolerance::Exact, "1.0", "1.00", true),
            (Tolerance::Exact, "1", "1.01", false),
            (Tolerance::MustSay, "1", "1.01", false),
            (Tolerance::Off, "1", "99", true),
            (percent("2", None), "1000", "1020", true),
            (percent("2", None), "1000", "1020.01", false),
            (percent("2", None), "-1000", "-1020", true),
            (percent("2", Some("5")), "1000", "1005", true),
            (percent("2", Some("5")), "1000", "994.99", false),
            (absolute("0.5", "2"), "10", "12", true),
            (absolute("0.5", "2"), "10", "9.5", true),
            (absolute("0.5", "2"), "10", "9.49", false),
        ] {
            assert_eq!(tolerance.lets_pass(d(ours), d(theirs)), passes, "{tolerance}: {ours} {theirs}");
        }
        assert_eq!(absolute("0.5", "2").words(d("10")), "-0.5 +2");
        assert_eq!(percent("2", Some("5")).words(d("1000")), "5");
        assert_eq!(Tolerance::Exact.words(d("1")), "");
    }
}
