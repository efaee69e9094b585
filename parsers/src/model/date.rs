//! Calendar days, as opposed to instants.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use super::value::{ValueError, serde_as_text};

/// A day on a calendar, without time or zone; written `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessDate(NaiveDate);

serde_as_text!(BusinessDate);

impl BusinessDate {
    /// From a calendar date.
    pub fn new(date: NaiveDate) -> Self {
        Self(date)
    }

    /// From year, month and day, when that day exists.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// From eight digits, `YYYYMMDD`, as FIX and MT write it.
    pub fn from_compact(text: &str) -> Result<Self, ValueError> {
        if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ValueError::new("date", text, "it must be eight digits, YYYYMMDD"));
        }
        let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().expect("digits");
        i32::try_from(number(0..4))
            .ok()
            .and_then(|year| Self::from_ymd(year, number(4..6), number(6..8)))
            .ok_or_else(|| ValueError::new("date", text, "there is no such day"))
    }

    /// Eight digits, `YYYYMMDD`.
    pub fn compact(&self) -> String {
        let mut text = self.as_text().as_ref().to_owned();
        text.retain(|c| c != '-');
        text
    }

    /// `YYYY-MM-DD`, which it is displayed as.
    fn as_text(&self) -> DateText {
        let year = u32::try_from(self.0.year()).unwrap_or(0);
        let [a, b] = two_digits(year / 100);
        let [c, d] = two_digits(year);
        let [e, f] = two_digits(self.0.month());
        let [g, h] = two_digits(self.0.day());
        DateText([a, b, c, d, b'-', e, f, b'-', g, h])
    }

    /// As a calendar date.
    pub fn naive(&self) -> NaiveDate {
        self.0
    }
}

/// The last two digits of a number.
pub(super) fn two_digits(number: u32) -> [u8; 2] {
    let digit = |n: u32| b'0' + u8::try_from(n % 10).expect("a digit");
    [digit(number / 10), digit(number)]
}

/// A date as text.
struct DateText([u8; 10]);

impl AsRef<str> for DateText {
    fn as_ref(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits and hyphens")
    }
}

impl FromStr for BusinessDate {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(ValueError::new("date", text, "it must be YYYY-MM-DD"));
        }
        let number = |range: std::ops::Range<usize>| {
            let digits = text.get(range).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
            digits.parse::<u32>().ok()
        };
        let (year, month, day) = (number(0..4), number(5..7), number(8..10));
        let (Some(year), Some(month), Some(day)) = (year, month, day) else {
            return Err(ValueError::new("date", text, "it must be YYYY-MM-DD"));
        };
        i32::try_from(year)
            .ok()
            .and_then(|year| Self::from_ymd(year, month, day))
            .ok_or_else(|| ValueError::new("date", text, "there is no such day"))
    }
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_text().as_ref())
    }
}

impl fmt::Debug for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_and_days_that_do_not_exist() {
        let day = BusinessDate::from_ymd(2026, 2, 28).expect("a day");
        assert_eq!("2026-02-28".parse::<BusinessDate>(), Ok(day));
        assert_eq!(BusinessDate::from_compact("20260228"), Ok(day));
        assert_eq!((day.to_string().as_str(), day.compact().as_str()), ("2026-02-28", "20260228"));
        for bad in ["20260229", "2026022", "2026o228", "20261301", ""] {
            assert!(BusinessDate::from_compact(bad).is_err(), "{bad}");
        }
        assert!("2026-2-28".parse::<BusinessDate>().is_err());
    }
}
