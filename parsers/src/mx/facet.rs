//! Simple types: what a value of text, number, date or code must look like, and the check of it.

use std::borrow::Cow;
use std::fmt;

use super::pattern::Pattern;

/// A simple type with its facets.
#[derive(Debug, Clone)]
pub enum Simple {
    /// Text of a length in characters, perhaps of a pattern.
    Text {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
        /// What it looks like.
        pattern: Option<Pattern>,
    },
    /// One of a list of codes.
    Codes(Codes),
    /// A decimal number.
    Number {
        /// Most digits that count.
        total: u32,
        /// Most digits after the point.
        fraction: u32,
        /// Smallest value, a whole number.
        min: Option<i64>,
    },
    /// `true`, `false`, `1` or `0`.
    Boolean,
    /// A calendar date, perhaps with a time zone.
    Date,
    /// A date and a time of day, perhaps with a time zone.
    DateTime,
    /// A year.
    Year,
    /// A year and a month.
    YearMonth,
    /// Base64 of so many bytes.
    Base64 {
        /// Fewest bytes.
        min: usize,
        /// Most bytes.
        max: usize,
    },
}

/// A list of codes, in the order of the standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes {
    list: Vec<String>,
    /// The codes as numbers, in the same order; empty when one of them is longer than eight bytes.
    keys: Vec<u64>,
}

impl Codes {
    /// From a list.
    pub fn new(list: Vec<String>) -> Self {
        let keys: Option<Vec<u64>> = list.iter().map(|code| number(code)).collect();
        Self { list, keys: keys.unwrap_or_default() }
    }

    /// The codes.
    pub fn list(&self) -> &[String] {
        &self.list
    }

    /// Whether this is one of them.
    pub fn has(&self, code: &str) -> bool {
        match number(code) {
            Some(number) if !self.keys.is_empty() => self.keys.contains(&number),
            Some(_) => self.list.iter().any(|known| known == code),
            None => self.keys.is_empty() && self.list.iter().any(|known| known == code),
        }
    }
}

/// A short code as a number; no code has a zero byte in it.
fn number(code: &str) -> Option<u64> {
    if let Some(four) = code.as_bytes().first_chunk::<4>().filter(|_| code.len() == 4) {
        return Some(u64::from(u32::from_le_bytes(*four)));
    }
    let short = code.len() <= 8 && !code.bytes().any(|b| b == 0);
    short.then(|| code.bytes().rev().fold(0, |number, b| number << 8 | u64::from(b)))
}

/// What is wrong with a value: a stable code, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `value-length`, `value-pattern`, `value-code`, `value-digits` ...
    pub code: &'static str,
    /// What is expected, as a phrase: `one of RECE, DELI`.
    pub expected: String,
}

impl Simple {
    /// Checks a value as it stood between the tags, references resolved.
    pub fn check(&self, value: &str) -> Result<(), Fault> {
        let fault = |code, expected: String| Err(Fault { code, expected });
        match self {
            Simple::Text { min, max, pattern } => {
                let length = if value.is_ascii() { value.len() } else { value.chars().count() };
                if length < *min || length > *max {
                    return fault("value-length", self.to_string());
                }
                match pattern {
                    Some(pattern) if !pattern.matches(value) => fault("value-pattern", self.to_string()),
                    _ => Ok(()),
                }
            }
            Simple::Codes(codes) if !codes.has(value) => {
                let some: Vec<&str> = codes.list.iter().take(12).map(String::as_str).collect();
                let more = codes.list.len() - some.len();
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                fault("value-code", format!("one of {}{more}", some.join(", ")))
            }
            Simple::Codes(_) => Ok(()),
            Simple::Number { total, fraction, min } => match digits(collapse(value)) {
                None => fault("value-number", "a decimal number like 1000.5".into()),
                Some(d) if d.total > *total || d.fraction > *fraction => {
                    fault("value-digits", self.to_string())
                }
                Some(d) if min.is_some_and(|min| d.below(min)) => fault("value-range", self.to_string()),
                Some(_) => Ok(()),
            },
            Simple::Boolean if matches!(collapse(value), "true" | "false" | "1" | "0") => Ok(()),
            Simple::Boolean => fault("value-boolean", "true or false".into()),
            Simple::Date if is_plain_date(value.as_bytes()) => Ok(()),
            Simple::Date if date(collapse(value)).and_then(zone).is_some() => Ok(()),
            Simple::Date => fault("value-date", "a real date like 2026-03-02".into()),
            Simple::DateTime if date_time(collapse(value)).is_some() => Ok(()),
            Simple::DateTime => {
                fault("value-date-time", "a real date and time like 2026-03-02T10:15:00Z".into())
            }
            Simple::Year if year(collapse(value)).map(|(_, rest)| rest).and_then(zone).is_some() => Ok(()),
            Simple::Year => fault("value-date", "a year like 2026".into()),
            Simple::YearMonth
                if year_month(collapse(value)).map(|(_, _, rest)| rest).and_then(zone).is_some() =>
            {
                Ok(())
            }
            Simple::YearMonth => fault("value-date", "a year and month like 2026-03".into()),
            Simple::Base64 { min, max } => match base64_length(value) {
                Some(length) if (*min..=*max).contains(&length) => Ok(()),
                Some(_) => fault("value-length", self.to_string()),
                None => fault("value-base64", "base64".into()),
            },
        }
    }
}

impl fmt::Display for Simple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Simple::Text { min, max, pattern } => {
                match (*min, *max) {
                    (0, usize::MAX) => f.write_str("text")?,
                    (min, max) if min == max => write!(f, "{min} characters")?,
                    (min, usize::MAX) => write!(f, "{min} or more characters")?,
                    (min, max) => write!(f, "{min} to {max} characters")?,
                }
                match pattern {
                    Some(pattern) => write!(f, " like {pattern}"),
                    None => Ok(()),
                }
            }
            Simple::Codes(codes) => write!(f, "one of {}", codes.list.join(", ")),
            Simple::Number { total, fraction, min } => {
                match (*total, *fraction) {
                    (u32::MAX, u32::MAX) => f.write_str("a number")?,
                    (total, 0) => write!(f, "a whole number of up to {total} digits")?,
                    (total, fraction) => {
                        write!(f, "a number of up to {total} digits, {fraction} of them decimals")?;
                    }
                }
                match min {
                    Some(min) => write!(f, ", not below {min}"),
                    None => Ok(()),
                }
            }
            Simple::Boolean => f.write_str("true or false"),
            Simple::Date => f.write_str("a date"),
            Simple::DateTime => f.write_str("a date and time"),
            Simple::Year => f.write_str("a year"),
            Simple::YearMonth => f.write_str("a year and month"),
            Simple::Base64 { min: 0, max: usize::MAX } => f.write_str("base64"),
            Simple::Base64 { min, max } => write!(f, "base64 of {min} to {max} bytes"),
        }
    }
}

/// Numbers, dates and flags may stand between white space; text may not lose any.
pub fn collapse(value: &str) -> &str {
    value.trim_matches([' ', '\t', '\n', '\r'])
}

/// What counts in a decimal number.
struct Digits<'v> {
    total: u32,
    fraction: u32,
    negative: bool,
    whole: &'v str,
    is_zero: bool,
}

impl Digits<'_> {
    fn below(&self, min: i64) -> bool {
        if self.is_zero {
            return min > 0;
        }
        match (self.negative, min <= 0) {
            (true, false) => true,
            (true, true) => {
                min == 0
                    || self
                        .whole
                        .parse::<i64>()
                        .is_ok_and(|whole| -whole < min || (-whole == min && self.fraction > 0))
            }
            (false, true) => false,
            (false, false) => self.whole.parse::<i64>().map_or(self.whole.is_empty(), |whole| whole < min),
        }
    }
}

fn digits(value: &str) -> Option<Digits<'_>> {
    let (negative, unsigned) = match value.as_bytes() {
        [b'-', ..] => (true, value.get(1..)?),
        [b'+', ..] => (false, value.get(1..)?),
        _ => (false, value),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Some(Digits {
        total: count(whole.len() + fraction.len()),
        fraction: count(fraction.len()),
        negative,
        whole,
        is_zero: whole.is_empty() && fraction.is_empty(),
    })
}

fn two(value: &str, from: u32, to: u32) -> Option<(u32, &str)> {
    let number = value.get(..2).filter(|s| s.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    (from..=to).contains(&number).then_some((number, value.get(2..)?))
}

/// Whether these are ten bytes like `2026-03-02`, of this or the last century: nearly all dates are.
fn is_plain_date(value: &[u8]) -> bool {
    let &[a, b, c, d, b'-', e, f, b'-', g, h] = value else { return false };
    let digits = [a, b, c, d, e, f, g, h];
    let day = (g & 15) * 10 + (h & 15);
    digits.iter().all(u8::is_ascii_digit)
        && matches!((a, b), (b'1', b'9') | (b'2', b'0'))
        && matches!((e, f), (b'0', b'1'..=b'9') | (b'1', b'0'..=b'2'))
        && (1..=28).contains(&day)
}

/// Whether the year leaps, and the rest.
fn year(value: &str) -> Option<(bool, &str)> {
    let unsigned = value.strip_prefix('-').unwrap_or(value);
    let length = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let digits = unsigned.get(..length)?;
    let padded = length > 4 && digits.starts_with('0');
    if length < 4 || padded || digits.bytes().all(|b| b == b'0') {
        return None;
    }
    // Four hundred divides ten thousand: the last four digits say all about leap years.
    let tail: u32 = digits.get(length - 4..)?.parse().ok()?;
    let leap = tail.is_multiple_of(4) && (!tail.is_multiple_of(100) || tail.is_multiple_of(400));
    Some((leap, unsigned.get(length..)?))
}

fn year_month(value: &str) -> Option<(bool, u32, &str)> {
    let (leap, rest) = year(value)?;
    let (month, rest) = two(rest.strip_prefix('-')?, 1, 12)?;
    Some((leap, month, rest))
}

fn date(value: &str) -> Option<&str> {
    if value.as_bytes().get(..10).is_some_and(is_plain_date) {
        return value.get(10..);
    }
    let (leap, month, rest) = year_month(value)?;
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    two(rest.strip_prefix('-')?, 1, last).map(|(_, rest)| rest)
}

fn date_time(value: &str) -> Option<()> {
    let rest = date(value)?.strip_prefix('T')?;
    let (hour, rest) = two(rest, 0, 24)?;
    let (minute, rest) = two(rest.strip_prefix(':')?, 0, 59)?;
    let (second, rest) = two(rest.strip_prefix(':')?, 0, 59)?;
    let mut fraction = "";
    let rest = match rest.strip_prefix('.') {
        Some(after) => {
            let length = after.bytes().take_while(u8::is_ascii_digit).count();
            fraction = after.get(..length).filter(|f| !f.is_empty())?;
            after.get(length..)?
        }
        None => rest,
    };
    if hour == 24 && (minute, second, fraction.trim_matches('0')) != (0, 0, "") {
        return None;
    }
    zone(rest)
}

/// Nothing, `Z`, or an offset up to fourteen hours, and then the end.
fn zone(value: &str) -> Option<()> {
    if matches!(value, "" | "Z") {
        return Some(());
    }
    let (hours, rest) = two(value.strip_prefix(['+', '-'])?, 0, 14)?;
    let (minutes, rest) = two(rest.strip_prefix(':')?, 0, 59)?;
    (rest.is_empty() && (hours < 14 || minutes == 0)).then_some(())
}

fn base64_length(value: &str) -> Option<usize> {
    let compact: Cow<'_, str> = if value.bytes().any(|b| b.is_ascii_whitespace()) {
        value.split_ascii_whitespace().collect::<String>().into()
    } else {
        value.into()
    };
    let body = compact.trim_end_matches('=');
    let padding = compact.len() - body.len();
    let fits = compact.len().is_multiple_of(4)
        && padding <= 2
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    fits.then(|| compact.len() / 4 * 3 - padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(simple: &Simple, good: &[&str], bad: &[(&str, &str)]) {
        for value in good {
            assert_eq!(simple.check(value), Ok(()), "{value:?}");
        }
        for (value, code) in bad {
            assert_eq!(simple.check(value).map_err(|f| f.code), Err(*code), "{value:?}");
        }
    }

    #[test]
    fn numbers() {
        check(
            &Simple::Number { total: 5, fraction: 2, min: Some(0) },
            &["0", "1.5", "+12.50", " 100 ", "000123.45000", ".5", "5.", "-0"],
            &[
                ("", "value-number"),
                ("1,5", "value-number"),
                ("1e3", "value-number"),
                (".", "value-number"),
                ("1.555", "value-digits"),
                ("123456", "value-digits"),
                ("-1", "value-range"),
                ("-0.01", "value-range"),
            ],
        );
        check(&Simple::Number { total: 5, fraction: 0, min: Some(1) }, &["1", "2"], &[("0", "value-range")]);
    }

    #[test]
    fn dates() {
        check(
            &Simple::Date,
            &["2024-02-29", "2026-12-31Z", "2026-01-01+14:00", " 2026-03-02 "],
            &[
                ("2026-02-29", "value-date"),
                ("2100-02-29", "value-date"),
                ("2026-13-01", "value-date"),
                ("20260302", "value-date"),
                ("0000-01-01", "value-date"),
                ("2026-03-02T10:00:00", "value-date"),
                ("2026-03-02+14:30", "value-date"),
            ],
        );
        check(
            &Simple::DateTime,
            &["2026-03-02T10:15:00", "2026-03-02T10:15:00.123456789Z", "2026-03-02T24:00:00-05:00"],
            &[
                ("2026-03-02", "value-date-time"),
                ("2026-03-02T24:00:01", "value-date-time"),
                ("2026-03-02T10:15", "value-date-time"),
                ("2026-03-02T10:15:00.", "value-date-time"),
                ("2026-03-02T10:60:00", "value-date-time"),
                ("2026-03-02 10:15:00", "value-date-time"),
            ],
        );
        check(&Simple::Year, &["2026"], &[("26", "value-date")]);
        check(&Simple::YearMonth, &["2026-03"], &[("2026-3", "value-date")]);
    }

    #[test]
    fn text_codes_flags_and_bytes() {
        let text = Simple::Text { min: 1, max: 3, pattern: None };
        check(&text, &["a", "äöü"], &[("", "value-length"), ("äöüß", "value-length")]);
        check(
            &Simple::Codes(Codes::new(vec!["RECE".into(), "LONGERTHANEIGHT".into()])),
            &["RECE"],
            &[("DELI", "value-code"), (" RECE", "value-code")],
        );
        check(&Simple::Boolean, &["true", "0", " 1 "], &[("TRUE", "value-boolean"), ("", "value-boolean")]);
        check(
            &Simple::Base64 { min: 1, max: 3 },
            &["QUJD", "QQ==", "QU JD"],
            &[
                ("", "value-length"),
                ("QUJDRA==", "value-length"),
                ("QQ=", "value-base64"),
                ("Q-==", "value-base64"),
            ],
        );
    }
}
