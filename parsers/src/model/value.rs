//! What all values share: an error that says what was wrong, and serde through `FromStr` and `Display`.

use std::fmt;

use chrono::{DateTime, Datelike, Timelike, Utc};
use rust_decimal::Decimal;

use super::date::two_digits;

/// Why a text is not a value of its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no {what}: {why}")]
pub struct ValueError {
    /// `ISIN`, `BIC`, ...
    pub what: &'static str,
    /// The text, cut to a readable length.
    pub found: String,
    /// What is wrong with it.
    pub why: String,
}

impl ValueError {
    pub(crate) fn new(what: &'static str, found: &str, why: impl fmt::Display) -> Self {
        Self { what, found: found.chars().take(64).collect(), why: why.to_string() }
    }
}

/// Serialises an instant as `2026-11-24T09:00:00Z`, as its own crate does, digit by digit where it is one of full seconds, as those of
/// messages mostly are.
#[allow(clippy::ref_option, reason = "serde gives it so")]
pub(crate) fn instant_as_text<S: serde::Serializer>(
    at: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at.and_then(plain_instant) {
        Some(text) => {
            serializer.serialize_some(std::str::from_utf8(&text).expect("digits and what stands between"))
        }
        None => serde::Serialize::serialize(at, serializer),
    }
}

/// None where it has parts of a second, or a year of other than four digits.
fn plain_instant(at: DateTime<Utc>) -> Option<[u8; 20]> {
    let at = at.naive_utc();
    let year = u32::try_from(at.year()).ok().filter(|year| *year <= 9999 && at.nanosecond() == 0)?;
    let ([a, b], [c, d]) = (two_digits(year / 100), two_digits(year));
    let ([e, f], [g, h]) = (two_digits(at.month()), two_digits(at.day()));
    let ([i, j], [k, l], [m, n]) = (two_digits(at.hour()), two_digits(at.minute()), two_digits(at.second()));
    Some([a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n, b'Z'])
}

/// Serialises a decimal as the text that it displays, as its own crate does, in a few steps where it fits into 64 bits.
pub(crate) fn decimal_as_text<S: serde::Serializer>(
    value: &Decimal,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match plain_decimal(*value, &mut [0; 32]) {
        Some(text) => serializer.serialize_str(text),
        None => serde::Serialize::serialize(value, serializer),
    }
}

/// A decimal as text; none where its digits do not fit into 64 bits.
fn plain_decimal(value: Decimal, space: &mut [u8; 32]) -> Option<&str> {
    let mut digits = u64::try_from(value.mantissa().unsigned_abs()).ok().filter(|n| *n != 0)?;
    let (length, mut left) = (space.len(), value.scale());
    let mut free = space.iter_mut().rev();
    let mut written = 0;
    let mut put = |byte: u8| {
        if let Some(place) = free.next() {
            *place = byte;
            written += 1;
        }
    };
    let digit = |digits: &mut u64| {
        let last = *digits % 10;
        *digits /= 10;
        b'0' | last.to_le_bytes()[0]
    };
    if left > 0 {
        while left > 0 {
            put(digit(&mut digits));
            left -= 1;
        }
        put(b'.');
    }
    // At least one digit stands before the point.
    put(digit(&mut digits));
    while digits != 0 {
        put(digit(&mut digits));
    }
    if value.is_sign_negative() {
        put(b'-');
    }
    std::str::from_utf8(&space[length - written..]).ok()
}

/// Serialises a value as its text (`as_text`) and reads it back through `FromStr`, so that nothing invalid comes in by
/// way of JSON or the journal either.
macro_rules! serde_as_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_text().as_ref())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// A fixed-width ASCII code: `Display`, `Debug`, `AsRef<str>` and serde over a byte array that only holds ASCII.
macro_rules! ascii_code {
    ($name:ident) => {
        impl $name {
            /// The code as text.
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).expect("only ASCII is ever stored")
            }

            fn as_text(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        $crate::model::value::serde_as_text!($name);
    };
}

/// A text of bounded length without control characters or white space at its ends. While it is short, as nearly all references
/// are, it is copied and compared without asking for memory.
macro_rules! bounded_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(smol_str::SmolStr);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            fn as_text(&self) -> &str {
                self.as_str()
            }
        }

        impl std::str::FromStr for $name {
            type Err = ValueError;
            fn from_str(text: &str) -> Result<Self, ValueError> {
                // Nearly all are plain, and then there is nothing to ask character by character.
                if matches!(text.len(), 1..=$max) && text.bytes().all(|b| b.is_ascii_graphic()) {
                    return Ok(Self(smol_str::SmolStr::new(text)));
                }
                if text.trim().is_empty() {
                    return Err(ValueError::new($what, text, "it is empty"));
                }
                if text.trim() != text {
                    return Err(ValueError::new($what, text, "white space at an end"));
                }
                if text.chars().count() > $max {
                    return Err(ValueError::new($what, text, concat!("more than ", $max, " characters")));
                }
                if text.chars().any(char::is_control) {
                    return Err(ValueError::new($what, text, "a control character inside"));
                }
                Ok(Self(smol_str::SmolStr::new(text)))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        $crate::model::value::serde_as_text!($name);
    };
}

pub(crate) use {ascii_code, bounded_text, serde_as_text};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn decimals_are_written_as_their_own_crate_writes_them(bits in 0u32..96, digits in any::<u128>(), scale in 0u32..=28, minus in any::<bool>()) {
            let digits = i128::try_from(digits & ((1 << bits) - 1)).expect("96 bits");
            let mut value = Decimal::from_i128_with_scale(digits, scale);
            value.set_sign_negative(minus);
            let mut space = [0; 32];
            let text = plain_decimal(value, &mut space);
            prop_assert!(text.is_some() || digits == 0 || digits > i128::from(u64::MAX));
            prop_assert!(text.is_none_or(|text| text == value.to_string()), "{:?} {}", text, value);
        }

        #[test]
        fn instants_are_written_as_their_own_crate_writes_them(seconds in -70_000_000_000i64..260_000_000_000, part in 0u32..4) {
            let nanos = [0, 0, 5_000_000, 7][usize::try_from(part).expect("small")];
            let at = DateTime::from_timestamp(seconds, nanos).expect("it can be told");
            let text = plain_instant(at).map(|text| String::from_utf8(text.to_vec()).expect("ASCII"));
            prop_assert_eq!(text.is_some(), nanos == 0 && (0..=9999).contains(&at.year()));
            prop_assert!(text.is_none_or(|text| serde_json::json!(at) == text), "{at}");
        }
    }
}
