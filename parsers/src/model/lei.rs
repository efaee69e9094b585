//! Legal entity identifier, ISO 17442.

use std::str::FromStr;

use super::value::{ValueError, ascii_code};

/// Twenty characters, the last two of them check digits (ISO 7064 MOD 97-10, verified).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lei([u8; 20]);

ascii_code!(Lei);

/// What a character counts.
const VALUES: [u8; 256] = {
    let mut values = [UNKNOWN as u8; 256];
    let mut at = 0;
    while at < 36 {
        values[b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[at] as usize] = at as u8;
        at += 1;
    }
    values
};
const UNKNOWN: u64 = 255;

impl FromStr for Lei {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let err = |why: &str| ValueError::new("LEI", text, why);
        let bytes: [u8; 20] = text.as_bytes().try_into().map_err(|_| err("it must have 20 characters"))?;
        // Groups of five go side by side; what a character is decides no branch.
        let (mut remainder, mut known) = (0u64, true);
        for group in bytes.chunks_exact(5) {
            let (mut number, mut power) = (0u64, 1u64);
            for &byte in group {
                let value = u64::from(VALUES[usize::from(byte)]);
                known &= value != UNKNOWN;
                // A letter counts as two digits.
                let shift = if value > 9 { 100 } else { 10 };
                number = number * shift + value;
                power *= shift;
            }
            remainder = (remainder * (power % 97) + number) % 97;
        }
        if !known {
            return Err(err("only upper-case letters and digits are allowed"));
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
