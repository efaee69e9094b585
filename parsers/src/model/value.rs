//! What all values share: an error that says what was wrong, and serde through `FromStr` and `Display`.

use std::fmt;

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

/// A text of bounded length without control characters or white space at its ends.
macro_rules! bounded_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            fn as_text(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = ValueError;
            fn from_str(text: &str) -> Result<Self, ValueError> {
                // Nearly all are plain, and then there is nothing to ask character by character.
                if matches!(text.len(), 1..=$max) && text.bytes().all(|b| b.is_ascii_graphic()) {
                    return Ok(Self(text.into()));
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
                Ok(Self(text.into()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
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
