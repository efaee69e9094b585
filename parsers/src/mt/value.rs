//! Values of fields to values of the model and back.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;

use crate::model::{Amount, BusinessDate, Price, PriceKind, Quantity, QuantityKind};

/// Bytes as text; what is no UTF-8 is replaced.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Any value that is parsed from text.
pub fn parsed<T: std::str::FromStr>(bytes: &[u8]) -> Option<T> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// Lines, joined by blanks: where the sender broke a line says nothing.
pub fn joined(bytes: &[u8]) -> String {
    lines(bytes).join(" ")
}

/// Lines.
pub fn lines(bytes: &[u8]) -> Vec<String> {
    text(bytes).lines().map(str::to_owned).collect()
}

/// `1234,5`: exactly one comma, at least one digit before it.
pub fn decimal(bytes: &[u8]) -> Option<Decimal> {
    let comma = bytes.iter().position(|&b| b == b',')?;
    let (whole, fraction) = (bytes.get(..comma)?, bytes.get(comma + 1..)?);
    if whole.is_empty() || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return None;
    }
    let mut plain = String::with_capacity(bytes.len());
    plain.push_str(std::str::from_utf8(whole).ok()?);
    if !fraction.is_empty() {
        plain.push('.');
        plain.push_str(std::str::from_utf8(fraction).ok()?);
    }
    Decimal::from_str_exact(&plain).ok()
}

/// With a comma, in at most `max` characters; `None` when it does not fit exactly.
pub fn put_decimal(value: Decimal, max: usize) -> Option<String> {
    let written = |d: Decimal| {
        let plain = d.abs().to_string();
        if plain.contains('.') { plain.replace('.', ",") } else { plain + "," }
    };
    let exact = written(value);
    let short = if exact.len() > max { written(value.normalize()) } else { exact };
    (short.len() <= max).then_some(short)
}

/// `[N]EUR1234,5`.
pub fn amount(rest: &[u8]) -> Option<Amount> {
    let plain = |bytes: &[u8]| {
        let currency = parsed(bytes.get(..3)?)?;
        Some(Amount::new(currency, decimal(bytes.get(3..)?)?))
    };
    plain(rest).or_else(|| {
        let positive = plain(rest.strip_prefix(b"N")?)?;
        Some(Amount::new(positive.currency(), -positive.value()))
    })
}

/// `UNIT/100,`.
pub fn quantity(rest: &[u8]) -> Option<Quantity> {
    let kind = match rest.get(..5)? {
        b"UNIT/" => QuantityKind::Unit,
        b"FAMT/" => QuantityKind::FaceAmount,
        b"AMOR/" => QuantityKind::AmortisedAmount,
        b"DITU/" => QuantityKind::DigitalToken,
        _ => return None,
    };
    Quantity::new(kind, decimal(rest.get(5..)?)?).ok()
}

/// `UNIT`, `FAMT`, `AMOR`; `DITU` in option D.
pub fn quantity_code(kind: QuantityKind) -> &'static str {
    match kind {
        QuantityKind::Unit => "UNIT",
        QuantityKind::FaceAmount => "FAMT",
        QuantityKind::AmortisedAmount => "AMOR",
        QuantityKind::DigitalToken => "DITU",
    }
}

/// 90A `PRCT/[N]98,5` or 90B `ACTU/EUR12,5`.
pub fn price(option: u8, rest: &[u8]) -> Option<Price> {
    let kind = match rest.get(..5)? {
        b"ACTU/" => PriceKind::Actual,
        b"PRCT/" => PriceKind::Percentage,
        b"YIEL/" => PriceKind::Yield,
        b"DISC/" => PriceKind::Discount,
        b"PREM/" => PriceKind::Premium,
        _ => return None,
    };
    let figure = rest.get(5..)?;
    match option {
        b'A' => match figure.strip_prefix(b"N") {
            Some(negative) => Some(Price { kind, value: -decimal(negative)?, currency: None }),
            None => Some(Price { kind, value: decimal(figure)?, currency: None }),
        },
        b'B' => {
            Some(Price { kind, value: decimal(figure.get(3..)?)?, currency: Some(parsed(figure.get(..3)?)?) })
        }
        _ => None,
    }
}

/// The code of a price kind.
pub fn price_code(kind: PriceKind) -> &'static str {
    match kind {
        PriceKind::Actual => "ACTU",
        PriceKind::Percentage => "PRCT",
        PriceKind::Yield => "YIEL",
        PriceKind::Discount => "DISC",
        PriceKind::Premium => "PREM",
    }
}

/// The place of 94B: the MIC behind the code of its kind where there is one, else that code.
pub fn place(rest: &[u8]) -> String {
    let text = text(rest);
    let mic =
        |name: &str| name.len() == 4 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    match text.split_once('/') {
        Some((_, name)) if mic(name) => name.to_owned(),
        Some((code, _)) => code.to_owned(),
        None => text,
    }
}

/// A code, behind its scheme (`SCHEME/CODE`) when it is not the standard's own.
pub fn code(scheme: &[u8], rest: &[u8]) -> String {
    if scheme.is_empty() { text(rest) } else { format!("{}/{}", text(scheme), text(rest)) }
}

/// The day of options A, C and E.
pub fn date(option: u8, rest: &[u8]) -> Option<BusinessDate> {
    matches!(option, b'A' | b'C' | b'E').then_some(())?;
    BusinessDate::from_compact(std::str::from_utf8(rest.get(..8)?).ok()?).ok()
}

/// The instant of options A (midnight), C and E. Options A and C name no zone and are taken as UTC; E may name one.
pub fn instant(option: u8, rest: &[u8]) -> Option<DateTime<Utc>> {
    let day: NaiveDate = date(option, rest)?.naive();
    if option == b'A' {
        return Some(day.and_time(NaiveTime::MIN).and_utc());
    }
    let number = |range: std::ops::Range<usize>| parsed::<u32>(rest.get(range)?);
    let time = NaiveTime::from_hms_opt(number(8..10)?, number(10..12)?, number(12..14)?)?;
    let mut at = NaiveDateTime::new(day, time);
    let tail = rest.get(14..).unwrap_or_default();
    let (fraction, zone) = match tail.iter().position(|&b| b == b'/') {
        Some(slash) => (tail.get(..slash)?, tail.get(slash + 1..)?),
        None => (tail, &b""[..]),
    };
    if let Some(digits) = fraction.strip_prefix(b",").filter(|d| !d.is_empty() && d.len() <= 3) {
        let scale = 10i64.pow(3 - u32::try_from(digits.len()).ok()?);
        at = at.checked_add_signed(Duration::milliseconds(parsed::<i64>(digits)? * scale))?;
    }
    if !zone.is_empty() {
        let (sign, zone) = zone.strip_prefix(b"N").map_or((1, zone), |z| (-1, z));
        let hours: i64 = parsed(zone.get(..2)?)?;
        let minutes: i64 = zone.get(2..4).and_then(parsed).unwrap_or(0);
        at = at.checked_sub_signed(Duration::minutes(sign * (hours * 60 + minutes)))?;
    }
    Some(at.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_commas() {
        for (value, number) in [("5,", "5"), ("0,25", "0.25"), ("1234567,89", "1234567.89")] {
            let expected: Decimal = number.parse().expect("a decimal");
            assert_eq!(decimal(value.as_bytes()), Some(expected));
            assert_eq!(put_decimal(expected, 15).as_deref(), Some(value));
        }
        for bad in [",25", "5.00", "5", "1,2,3", "", "N5,"] {
            assert_eq!(decimal(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(put_decimal("1.50000000000000".parse().expect("a decimal"), 15).as_deref(), Some("1,5"));
        assert_eq!(put_decimal("123456789012345".parse().expect("a decimal"), 15), None);
    }

    #[test]
    fn a_krone_is_no_sign() {
        let value = |t: &str| amount(t.as_bytes()).map(|a| (a.currency().to_string(), a.value().to_string()));
        assert_eq!(value("NOK5,"), Some(("NOK".into(), "5".into())));
        assert_eq!(value("NNOK5,5"), Some(("NOK".into(), "-5.5".into())));
        assert_eq!(value("NEUR5,5"), Some(("EUR".into(), "-5.5".into())));
        assert_eq!(value("XXQ5,"), None);
    }

    #[test]
    fn instants_with_fraction_and_zone() {
        let show = |option, t: &str| instant(option, t.as_bytes()).map(|t| t.to_rfc3339());
        assert_eq!(show(b'A', "20260519").as_deref(), Some("2026-05-19T00:00:00+00:00"));
        assert_eq!(show(b'C', "20260519101112").as_deref(), Some("2026-05-19T10:11:12+00:00"));
        assert_eq!(show(b'E', "20260519101112,5/0200").as_deref(), Some("2026-05-19T08:11:12.500+00:00"));
        assert_eq!(show(b'E', "20260519101112/N0530").as_deref(), Some("2026-05-19T15:41:12+00:00"));
        assert_eq!(show(b'C', "20260230101112"), None);
    }
}
