//! What is traded.

use serde::{Deserialize, Serialize};

use super::Isin;

/// An identifier of another scheme.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OtherIdentifier {
    /// The scheme's usual short name: `CUSIP`, `SEDOL`, `RIC`, `WKN`, or a country code for a national number.
    pub scheme: String,
    /// The identifier.
    pub value: String,
    /// What stands behind it, where something does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suffix: Option<String>,
}

/// A financial instrument, by whatever names the message gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Instrument {
    /// The ISIN; nearly always there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub isin: Option<Isin>,
    /// Other identifiers.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub other: Vec<OtherIdentifier>,
    /// A ticker symbol.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub symbol: Option<String>,
    /// A description in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
}

impl Instrument {
    /// Known by its ISIN.
    pub fn of(isin: Isin) -> Self {
        Self { isin: Some(isin), ..Self::default() }
    }
}
