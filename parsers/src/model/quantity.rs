//! How much of an instrument.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::value::ValueError;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantityKind {
    /// Units: shares, fund units.
    Unit,
    /// Face (nominal) amount of a debt instrument.
    FaceAmount,
    /// Amortised amount of a debt instrument.
    AmortisedAmount,
    /// Units of a digital token.
    DigitalToken,
}

/// A quantity that is not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Quantity {
    kind: QuantityKind,
    #[serde(serialize_with = "super::value::decimal_as_text")]
    value: Decimal,
}

impl Quantity {
    /// A quantity; negative values are refused.
    pub fn new(kind: QuantityKind, value: Decimal) -> Result<Self, ValueError> {
        if value.is_sign_negative() && !value.is_zero() {
            return Err(ValueError::new("quantity", &value.to_string(), "it is negative"));
        }
        Ok(Self { kind, value })
    }

    /// Units.
    pub fn units(value: Decimal) -> Result<Self, ValueError> {
        Self::new(QuantityKind::Unit, value)
    }

    /// What is counted.
    pub fn kind(&self) -> QuantityKind {
        self.kind
    }

    /// How many.
    pub fn value(&self) -> Decimal {
        self.value
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Plain {
            kind: QuantityKind,
            value: Decimal,
        }
        let plain = Plain::deserialize(deserializer)?;
        Quantity::new(plain.kind, plain.value).map_err(serde::de::Error::custom)
    }
}
