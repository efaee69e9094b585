//! International securities identification number, ISO 6166.

use std::str::FromStr;

use super::value::{ValueError, ascii_code};

/// Twelve characters: country, nine characters of national number, check digit (verified).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Isin([u8; 12]);

ascii_code!(Isin);

impl Isin {
    /// The two letters in front: a country, or a prefix such as `XS` for international securities.
    pub fn country(&self) -> &str {
        &self.as_str()[..2]
    }

    /// The check digit that belongs behind eleven characters; `None` when they are not upper-case letters and digits.
    pub fn check_digit(body: &[u8; 11]) -> Option<u8> {
        let mut sum = 0;
        let mut doubled = true;
        for &byte in body.iter().rev() {
            let weight = WEIGHTS.get(usize::from(byte))?;
            sum += u32::from(if doubled { weight.doubled } else { weight.single });
            doubled ^= weight.digits == 1;
            if weight.digits == 0 {
                return None;
            }
        }
        u8::try_from((10 - sum % 10) % 10).ok().map(|d| b'0' + d)
    }
}

/// What a character adds to the sum. Letters count as two digits (A = 10 ... Z = 35); every second digit from the right is
/// doubled and counts as the sum of its digits.
#[derive(Clone, Copy)]
struct Weight {
    /// How many digits it counts as; 0 for characters that may not stand here.
    digits: u8,
    /// What it adds when its last digit is doubled.
    doubled: u8,
    /// What it adds when it is not.
    single: u8,
}

static WEIGHTS: [Weight; 256] = {
    const fn twice(digit: u8) -> u8 {
        digit * 2 / 10 + digit * 2 % 10
    }
    let mut weights = [Weight { digits: 0, doubled: 0, single: 0 }; 256];
    let mut value = 0;
    while value < 36 {
        let (high, low) = (value / 10, value % 10);
        let (byte, digits) = if value < 10 { (b'0' + value, 1) } else { (b'A' + value - 10, 2) };
        weights[byte as usize] = Weight { digits, doubled: twice(low) + high, single: low + twice(high) };
        value += 1;
    }
    weights
};

impl Isin {
    /// Whether these twelve characters are one.
    pub fn is_valid(text: &[u8]) -> bool {
        let Some((check, body)) = text.split_last() else { return false };
        let Ok(body) = <&[u8; 11]>::try_from(body) else { return false };
        body.iter().take(2).all(u8::is_ascii_uppercase) && Self::check_digit(body) == Some(*check)
    }
}

impl FromStr for Isin {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let err = |why: &str| ValueError::new("ISIN", text, why);
        let bytes: [u8; 12] = text.as_bytes().try_into().map_err(|_| err("it must have 12 characters"))?;
        if !bytes[..2].iter().all(u8::is_ascii_uppercase) {
            return Err(err("it must start with two upper-case letters"));
        }
        let body: [u8; 11] = bytes[..11].try_into().expect("eleven of twelve");
        let check =
            Isin::check_digit(&body).ok_or_else(|| err("only upper-case letters and digits are allowed"))?;
        if bytes[11] != check {
            return Err(err(&format!("the check digit should be {}", char::from(check))));
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_good_and_bad() {
        for good in ["US0378331005", "DE0007164600", "XS1234567896", "GB0002634946", "FR0000120271"] {
            assert_eq!(good.parse::<Isin>().map(|i| i.to_string()).as_deref(), Ok(good));
        }
        for bad in [
            "US0378331006",
            "us0378331005",
            "US037833100",
            "US03783310055",
            "U50378331005",
            "US03783310o5",
            "",
        ] {
            assert!(bad.parse::<Isin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_single_digit_error_is_found() {
        let good = "DE0007164600";
        for position in 2..12 {
            for digit in '0'..='9' {
                let mut text: Vec<char> = good.chars().collect();
                if text[position] != digit {
                    text[position] = digit;
                    assert!(text.into_iter().collect::<String>().parse::<Isin>().is_err());
                }
            }
        }
    }
}
