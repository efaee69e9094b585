//! Currency, ISO 4217.

use std::str::FromStr;

use super::value::{ValueError, ascii_code};

/// A three-letter code that ISO 4217 lists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

ascii_code!(Currency);

impl Currency {
    /// Decimals of the smallest unit: 2 for EUR, 0 for JPY, 3 for KWD; `None` where the standard gives none (XAU).
    pub fn decimals(&self) -> Option<u32> {
        iso_currency::Currency::from_code(self.as_str()).and_then(|c| c.exponent()).map(u32::from)
    }
}

impl FromStr for Currency {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let err = |why: &str| ValueError::new("currency", text, why);
        let bytes: [u8; 3] = text.as_bytes().try_into().map_err(|_| err("it must have three letters"))?;
        if !bytes.iter().all(u8::is_ascii_uppercase) {
            return Err(err("only upper-case letters are allowed"));
        }
        iso_currency::Currency::from_code(text).ok_or_else(|| err("ISO 4217 does not list it"))?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_decimals() {
        for (code, decimals) in [("EUR", Some(2)), ("JPY", Some(0)), ("KWD", Some(3)), ("USD", Some(2))] {
            assert_eq!(code.parse::<Currency>().map(|c| c.decimals()), Ok(decimals), "{code}");
        }
        for bad in ["eur", "EU", "EURO", "ZZZ", ""] {
            assert!(bad.parse::<Currency>().is_err(), "{bad}");
        }
    }
}
