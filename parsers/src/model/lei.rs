//! Legal entity identifier, ISO 17442.

use std::str::FromStr;

use super::value::{ValueError, ascii_code};

/// Twenty characters, the last two of them check digits (ISO 7064 MOD 97-10, verified).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lei([u8; 20]);

ascii_code!(Lei);

impl FromStr for Lei {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let err = |why: &str| ValueError::new("LEI", text, why);
        let bytes: [u8; 20] = text.as_bytes().try_into().map_err(|_| err("it must have 20 characters"))?;
        let mut remainder = 0u32;
        for &byte in &bytes {
            let value = char::from(byte)
                .to_digit(36)
                .filter(|_| !byte.is_ascii_lowercase())
                .ok_or_else(|| err("only upper-case letters and digits are allowed"))?;
            remainder = (remainder * if value > 9 { 100 } else { 10 } + value) % 97;
        }
        if !bytes[18..].iter().all(u8::is_ascii_digit) {
            return Err(err("the last two characters must be digits"));
        }
        if remainder != 1 {
            return Err(err("the check digits do not fit"));
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_good_and_bad() {
        // Microsoft, Apple, JPMorgan Chase Bank: public register entries.
        for good in ["INR2EJN1ERAN0W5ZP974", "HWUPKR0MPOU8FGXBT394", "7H6GLXDRUGQFU57RNE97"] {
            assert!(good.parse::<Lei>().is_ok(), "{good}");
        }
        for bad in
            ["INR2EJN1ERAN0W5ZP975", "INR2EJN1ERAN0W5ZP97", "inr2ejn1eran0w5zp974", "INR2EJN1ERAN0W5ZP9A4"]
        {
            assert!(bad.parse::<Lei>().is_err(), "{bad}");
        }
    }
}
