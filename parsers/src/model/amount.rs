//! Money.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Currency;

/// An amount of one currency, signed. It has no `+`: adding euros to dollars is an error, not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Amount {
    currency: Currency,
    #[serde(serialize_with = "super::value::decimal_as_text")]
    value: Decimal,
}

/// Why two amounts cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Two currencies.
    #[error("{0} cannot be added to {1}")]
    CurrencyMismatch(Currency, Currency),
    /// More digits than a decimal holds.
    #[error("the sum does not fit")]
    Overflow,
}

impl Amount {
    /// So much of that currency.
    pub fn new(currency: Currency, value: Decimal) -> Self {
        Self { currency, value }
    }

    /// Which money.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// How much.
    pub fn value(&self) -> Decimal {
        self.value
    }

    /// The sum, within one currency.
    pub fn checked_add(&self, other: &Amount) -> Result<Amount, AmountError> {
        if self.currency != other.currency {
            return Err(AmountError::CurrencyMismatch(other.currency, self.currency));
        }
        let value = self.value.checked_add(other.value).ok_or(AmountError::Overflow)?;
        Ok(Amount::new(self.currency, value))
    }

    /// In the smallest units of the currency (cents), when it has no finer part and fits.
    pub fn minor_units(&self) -> Option<i64> {
        let scale = Decimal::from(10u64.checked_pow(self.currency.decimals()?)?);
        let units = self.value.checked_mul(scale)?;
        if units.fract().is_zero() {
            i64::try_from(units.trunc().mantissa() / 10i128.pow(units.trunc().scale())).ok()
        } else {
            None
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str, currency: &str) -> Amount {
        Amount::new(currency.parse().expect("a currency"), text.parse().expect("a decimal"))
    }

    #[test]
    fn sums_stay_within_a_currency() {
        assert_eq!(amount("1.10", "EUR").checked_add(&amount("2.2", "EUR")), Ok(amount("3.30", "EUR")));
        assert!(matches!(
            amount("1", "EUR").checked_add(&amount("1", "USD")),
            Err(AmountError::CurrencyMismatch(_, _))
        ));
    }

    #[test]
    fn minor_units_by_currency() {
        assert_eq!(amount("12.34", "EUR").minor_units(), Some(1234));
        assert_eq!(amount("12.3", "EUR").minor_units(), Some(1230));
        assert_eq!(amount("12.345", "EUR").minor_units(), None);
        assert_eq!(amount("500", "JPY").minor_units(), Some(500));
        assert_eq!(amount("1.000", "JPY").minor_units(), Some(1));
    }
}
