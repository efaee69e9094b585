//! What one unit costs.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Currency;

/// How a price is expressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceKind {
    /// Money per unit.
    Actual,
    /// Per cent of the face amount.
    Percentage,
    /// Yield, in per cent.
    Yield,
    /// Discount, in per cent.
    Discount,
    /// Premium, in per cent.
    Premium,
}

/// A price. `currency` is known for money per unit where the message says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Price {
    /// How it is expressed.
    pub kind: PriceKind,
    /// The figure.
    #[serde(serialize_with = "super::value::decimal_as_text")]
    pub value: Decimal,
    /// Of which money.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
}

impl Price {
    /// Money per unit.
    pub fn actual(currency: Currency, value: Decimal) -> Self {
        Self { kind: PriceKind::Actual, value, currency: Some(currency) }
    }

    /// Per cent of the face amount.
    pub fn percentage(value: Decimal) -> Self {
        Self { kind: PriceKind::Percentage, value, currency: None }
    }
}
