//! References: identifiers that parties give to what they send.

use super::value::{ValueError, bounded_text};

bounded_text!(
    /// Up to 64 characters as the sender wrote them. What a protocol can carry (16 in MT, 35 in MX) is checked when it is
    /// written: a reference is never cut.
    Reference, "reference", 64
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_good_and_bad() {
        for good in ["A", "REF-2026/0001", "with space inside", &"x".repeat(64)] {
            assert_eq!(good.parse::<Reference>().map(|r| r.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", " ", " A", "A ", "A\u{1}B", "A\nB", &"x".repeat(65)] {
            assert!(bad.parse::<Reference>().is_err(), "{bad:?}");
        }
    }
}
