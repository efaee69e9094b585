//! Fields over the raw bytes: nothing is copied, every field knows where it stands.

use std::ops::Range;

use rust_decimal::Decimal;

use super::dictionary::{Dictionary, Kind};
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::limits::Limits;

/// The field separator of the standard.
pub const SOH: u8 = 0x01;

/// One `tag=value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The number; 0 for bytes that are no field (then the value is all of them).
    pub tag: u32,
    /// Where it begins.
    pub start: u32,
    /// Where its value begins.
    pub value_start: u32,
    /// Where its value ends; the separator follows.
    pub end: u32,
    /// The group entry it belongs to; 0 is the message itself.
    pub entry: u32,
}

impl Field {
    /// From the tag up to the separator.
    pub fn span(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The value.
    pub fn value_span(&self) -> Range<usize> {
        self.value_start as usize..self.end as usize
    }

    /// The value's bytes.
    pub fn value<'a>(&self, raw: &'a [u8]) -> &'a [u8] {
        raw.get(self.value_span()).unwrap_or_default()
    }
}

/// Takes `raw[from..to]` apart. Data fields take as many bytes as the length before them says.
pub fn read_fields(
    raw: &[u8],
    span: Range<usize>,
    separator: u8,
    dictionary: &Dictionary,
    limits: &Limits,
    findings: &mut Findings,
) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::with_capacity((span.len() / 8 + 8).min(4096));
    let mut at = span.start;
    while at < span.end {
        if fields.len() >= limits.fields_max {
            findings.push(too_many(at, span.end, limits));
            break;
        }
        let (tag, value_start) = read_tag(raw, at, span.end);
        // A field of bytes, and whether it must be one; text of XML may also be without a length.
        let data = dictionary.data_kind(tag);
        let length_end =
            data.and_then(|_| data_end(raw, fields.last()?, dictionary, value_start, span.end, separator));
        let end = length_end.unwrap_or_else(|| find(raw, separator, value_start, span.end));
        // Nothing borrows the field before it is in its place: so it is written there once, and not copied.
        fields.push(Field {
            tag,
            start: index(at),
            value_start: index(value_start),
            end: index(end),
            entry: 0,
        });
        let is_cut = data == Some(Kind::Data) && length_end.is_none();
        if tag == 0 || is_cut || end - value_start > limits.value_bytes_max || end == span.end {
            doubts(raw, fields.last(), is_cut, end == span.end, limits, findings);
        }
        at = end + 1;
    }
    fields
}

/// What is wrong with a field by itself.
#[cold]
fn doubts(
    raw: &[u8],
    field: Option<&Field>,
    is_cut: bool,
    is_open: bool,
    limits: &Limits,
    findings: &mut Findings,
) {
    let Some(field) = field else { return };
    if field.tag == 0 {
        findings.push(malformed(field, raw));
    } else if is_cut {
        findings.push(bad_length(field));
    } else if field.value(raw).len() > limits.value_bytes_max {
        findings.push(too_long(field, limits));
    }
    if is_open {
        findings.push(
            Diagnostic::error(
                Layer::Syntax,
                "unterminated-field",
                field.span(),
                "the last field has no separator at its end",
            )
            .hint("end every field, the checksum included, with SOH (hex 01)"),
        );
    }
}

fn too_many(at: usize, end: usize, limits: &Limits) -> Diagnostic {
    let message = format!("more than {} fields", limits.fields_max);
    Diagnostic::error(Layer::Syntax, "too-many-fields", at..end, message)
}

fn too_long(field: &Field, limits: &Limits) -> Diagnostic {
    let message = format!("tag {} is longer than {} bytes", field.tag, limits.value_bytes_max);
    Diagnostic::error(Layer::Syntax, "value-too-long", field.span(), message)
}

fn malformed(field: &Field, raw: &[u8]) -> Diagnostic {
    let text = printable(field.value(raw));
    Diagnostic::error(Layer::Syntax, "malformed-field", field.span(), format!("{text:?} is not tag=value"))
        .hint("a tag is a number above zero without leading zeros, followed by '='; a value may not hold SOH")
}

fn bad_length(field: &Field) -> Diagnostic {
    let message = format!("the length before data field {} does not end at a separator", field.tag);
    Diagnostic::error(Layer::Syntax, "data-length", field.span(), message)
        .at(field.tag.to_string())
        .hint("send the length field directly before the data field and count bytes, not characters")
}

/// The tag and where the value begins; tag 0 and the start itself when there is no tag.
#[inline]
fn read_tag(raw: &[u8], start: usize, end: usize) -> (u32, usize) {
    let bytes = raw.get(start..end.min(start + 10)).unwrap_or_default();
    let mut tag = 0u32;
    for (at, byte) in bytes.iter().enumerate() {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        if digit > 9 {
            // A tag has digits, and none of them leads with zero.
            return if *byte == b'=' && at > 0 && bytes[0] != b'0' {
                (tag, start + at + 1)
            } else {
                (0, start)
            };
        }
        // Ten digits without `=` are no tag; nine fit.
        tag = tag.wrapping_mul(10).wrapping_add(digit);
    }
    (0, start)
}

/// Where a byte stands first, from `start` on; `end` if nowhere before. Values are short: eight bytes at a time are faster
/// than a call that prepares for long ones.
#[inline]
fn find(raw: &[u8], byte: u8, start: usize, end: usize) -> usize {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let bytes = raw.get(start..end).unwrap_or_default();
    let pattern = LOW * u64::from(byte);
    let mut at = start;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let difference = u64::from_le_bytes(*word) ^ pattern;
        // The lowest byte that is zero is marked truly; marks above it may be wrong, but nobody looks there.
        let zero = difference.wrapping_sub(LOW) & !difference & HIGH;
        if zero != 0 {
            return at + (zero.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + rest.iter().position(|b| *b == byte).unwrap_or(rest.len())
}

fn data_end(
    raw: &[u8],
    before: &Field,
    dictionary: &Dictionary,
    start: usize,
    end: usize,
    separator: u8,
) -> Option<usize> {
    dictionary.field(before.tag).filter(|f| matches!(f.kind, Kind::Length | Kind::Int))?;
    let length = usize::try_from(whole(before.value(raw))?).ok()?;
    let stop = start.checked_add(length).filter(|s| *s < end)?;
    (raw.get(stop) == Some(&separator)).then_some(stop)
}

fn index(at: usize) -> u32 {
    // Messages are bounded far below 4 GiB by `Limits::message_bytes_max`; a larger position saturates and reads empty.
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A whole number without sign, at most 18 digits.
pub fn whole(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 18 {
        return None;
    }
    value.iter().try_fold(0u64, |n, b| b.is_ascii_digit().then(|| n * 10 + u64::from(b - b'0')))
}

/// A decimal as FIX writes it: optional minus, digits with at most one point, no exponent.
pub fn decimal(value: &[u8]) -> Option<Decimal> {
    let (negative, digits) = match value {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if let Some((mantissa, scale)) = short_decimal(digits) {
        return Some(Decimal::new(if negative { -mantissa } else { mantissa }, scale));
    }
    let mut mantissa = 0i128;
    let (mut scale, mut point, mut any) = (0u32, false, false);
    for &b in digits {
        match b {
            b'.' if !point => point = true,
            b'0'..=b'9' => {
                any = true;
                scale += u32::from(point);
                mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(b - b'0'))?;
            }
            _ => return None,
        }
    }
    if !any {
        return None;
    }
    Decimal::try_from_i128_with_scale(if negative { -mantissa } else { mantissa }, scale).ok()
}

/// Digits and scale of at most eighteen digits: nearly all, and without wide arithmetic.
#[inline]
fn short_decimal(digits: &[u8]) -> Option<(i64, u32)> {
    if digits.len() > 18 {
        return None;
    }
    let mut mantissa = 0i64;
    let mut point = None;
    for (at, b) in digits.iter().enumerate() {
        let digit = b.wrapping_sub(b'0');
        if digit <= 9 {
            mantissa = mantissa * 10 + i64::from(digit);
        } else if *b == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let scale = point.map_or(0, |at| digits.len() - at - 1);
    let any = digits.len() > usize::from(point.is_some());
    any.then_some((mantissa, u32::try_from(scale).ok()?))
}

/// A checksum as it is written: three digits.
pub fn checksum_text(sum: u8) -> [u8; 3] {
    [b'0' + sum / 100, b'0' + sum / 10 % 10, b'0' + sum % 10]
}

/// Bytes for a person: not UTF-8 is replaced, long values are cut.
pub fn printable(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value.get(..200).unwrap_or(value));
    let mut cut: String = text.chars().take(60).collect();
    if text.chars().count() > 60 || value.len() > 200 {
        cut.push('…');
    }
    cut
}

/// Whether the value is written as its kind wants it.
pub fn well_formed(kind: Kind, value: &[u8]) -> bool {
    match kind {
        Kind::Int => whole(value.strip_prefix(b"-").unwrap_or(value)).is_some(),
        Kind::Length | Kind::NumInGroup | Kind::SeqNum => whole(value).is_some(),
        Kind::Decimal => {
            short_decimal(value.strip_prefix(b"-").unwrap_or(value)).is_some() || decimal(value).is_some()
        }
        Kind::Char => value.len() == 1,
        Kind::Chars => value.split(|b| *b == b' ').all(|c| c.len() == 1),
        Kind::Boolean => matches!(value, b"Y" | b"N"),
        Kind::Currency => value.len() == 3 && value.iter().all(u8::is_ascii_uppercase),
        Kind::Country => value.len() == 2 && value.iter().all(u8::is_ascii_uppercase),
        Kind::Date | Kind::UtcDate => is_date(value),
        Kind::MonthYear => is_month_year(value),
        Kind::Timestamp => match value.split_at_checked(8) {
            Some((date, [b'-', time @ ..])) => is_date(date) && is_time(time),
            _ => false,
        },
        Kind::Time => is_time(value.strip_suffix(b"Z").unwrap_or(value)),
        Kind::Exchange | Kind::Text | Kind::Texts | Kind::Data | Kind::XmlData => true,
    }
}

/// Whether the value is written as QuickFIX wants it: looser than the standard in codes, local dates and months; in days,
/// which may be 31 in any month; in decimals of any length. Whole numbers have 32 bits, sequence numbers 64.
pub fn well_formed_for_quickfix(kind: Kind, value: &[u8]) -> bool {
    match kind {
        Kind::Int | Kind::Length | Kind::NumInGroup => {
            let (negative, digits) = value.strip_prefix(b"-").map_or((false, value), |rest| (true, rest));
            bounded(digits, u64::from(i32::MAX.unsigned_abs()) + u64::from(negative))
        }
        Kind::SeqNum => bounded(value, u64::MAX),
        Kind::Decimal => {
            let digits = value.strip_prefix(b"-").unwrap_or(value);
            let points = digits.iter().filter(|b| **b == b'.').count();
            points <= 1 && digits.len() > points && digits.iter().all(|b| b.is_ascii_digit() || *b == b'.')
        }
        Kind::Char | Kind::Boolean => well_formed(kind, value),
        Kind::UtcDate => is_loose_date(value),
        Kind::Timestamp => match value.split_at_checked(8) {
            Some((date, [b'-', time @ ..])) => is_loose_date(date) && is_loose_time(time, 18),
            _ => false,
        },
        Kind::Time => is_loose_time(value, 18),
        _ => true,
    }
}

/// Digits whose number is at most this, however many zeros lead.
fn bounded(digits: &[u8], max: u64) -> bool {
    let number = digits.iter().try_fold(0u64, |n, b| {
        let digit = b.is_ascii_digit().then(|| u64::from(b - b'0'))?;
        n.checked_mul(10)?.checked_add(digit).filter(|n| *n <= max)
    });
    !digits.is_empty() && number.is_some()
}

fn is_loose_date(value: &[u8]) -> bool {
    value.len() == 8
        && whole(value).is_some_and(|n| (1..=12).contains(&(n / 100 % 100)) && (1..=31).contains(&(n % 100)))
}

/// `HH:MM:SS`, perhaps with a point and any number of digits up to this length.
fn is_loose_time(value: &[u8], bytes_max: usize) -> bool {
    let fraction = match value.get(8..) {
        None => return false,
        Some([]) => true,
        Some([b'.', digits @ ..]) => value.len() <= bytes_max && digits.iter().all(u8::is_ascii_digit),
        Some(_) => false,
    };
    fraction && is_clock(value)
}

/// Whether the first eight bytes are `HH:MM:SS`, with a leap second perhaps.
fn is_clock(value: &[u8]) -> bool {
    let two = |a: u8, b: u8, max: u8| {
        a.is_ascii_digit() && b.is_ascii_digit() && (a - b'0') * 10 + (b - b'0') <= max
    };
    match value {
        [h1, h2, b':', m1, m2, b':', s1, s2, ..] => {
            two(*h1, *h2, 23) && two(*m1, *m2, 59) && two(*s1, *s2, 60)
        }
        _ => false,
    }
}

fn is_date(value: &[u8]) -> bool {
    if value.len() != 8 {
        return false;
    }
    let Some(number) = whole(value) else { return false };
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u64::from(is_leap),
        _ => return false,
    };
    (1..=days).contains(&day)
}

fn is_month_year(value: &[u8]) -> bool {
    match value.split_at_checked(6) {
        Some((month, [])) => whole(month).is_some_and(|m| (1..=12).contains(&(m % 100))),
        Some((month, [b'w', b'1'..=b'5'])) => whole(month).is_some_and(|m| (1..=12).contains(&(m % 100))),
        _ => is_date(value),
    }
}

fn is_time(value: &[u8]) -> bool {
    let fraction = match value.get(8..) {
        None => {
            return matches!(value, [h1, h2, b':', m1, m2] if is_clock(&[*h1, *h2, b':', *m1, *m2, b':', b'0', b'0']));
        }
        Some([]) => true,
        Some([b'.', digits @ ..]) => matches!(digits.len(), 1..=12) && digits.iter().all(u8::is_ascii_digit),
        Some(_) => false,
    };
    fraction && is_clock(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::{Version, dictionary::dictionary};

    fn tags(raw: &[u8]) -> (Vec<(u32, String)>, Vec<&'static str>) {
        let mut findings = Findings::new(10);
        let fields = read_fields(
            raw,
            0..raw.len(),
            SOH,
            dictionary(Version::Fix44),
            &Limits::default(),
            &mut findings,
        );
        (
            fields.iter().map(|f| (f.tag, String::from_utf8_lossy(f.value(raw)).into_owned())).collect(),
            findings.into_vec().iter().map(|d| d.code).collect(),
        )
    }

    #[test]
    fn data_may_hold_the_separator() {
        let (fields, codes) = tags(b"95=5\x0196=a\x01b=c\x0158=x\x01");
        assert_eq!(fields, [(95, "5".into()), (96, "a\x01b=c".into()), (58, "x".into())]);
        assert!(codes.is_empty(), "{codes:?}");
        assert_eq!(tags(b"95=50\x0196=ab\x01").1, ["data-length"]);
    }

    #[test]
    fn what_is_no_field_is_kept_and_said() {
        let (fields, codes) = tags(b"035=J\x01abc\x01=5\x0158=ok");
        assert_eq!(fields.iter().map(|f| f.0).collect::<Vec<_>>(), [0, 0, 0, 58]);
        assert_eq!(codes, ["malformed-field", "malformed-field", "malformed-field", "unterminated-field"]);
    }

    proptest::proptest! {
        #[test]
        fn the_first_separator_is_found(bytes in proptest::collection::vec(0u8..4, 0..40), start in 0usize..40) {
            let start = start.min(bytes.len());
            let expected = bytes[start..].iter().position(|b| *b == SOH).map_or(bytes.len(), |at| start + at);
            proptest::prop_assert_eq!(find(&bytes, SOH, start, bytes.len()), expected);
        }
    }

    #[test]
    fn values_by_kind() {
        for (kind, good, bad) in [
            (Kind::Decimal, &["1", "-1.50", ".5", "00.10"][..], &["", "1e5", "1,5", "-", "."][..]),
            (
                Kind::Timestamp,
                &["20261124-09:30:00", "20261124-09:30:00.123"],
                &["20261124", "20261324-09:30:00", "20261124-25:00:00"],
            ),
            (Kind::Date, &["20240229"], &["20230229", "2024-02-29"]),
            (Kind::MonthYear, &["202612", "20261231", "202612w3"], &["202613", "202612w6"]),
            (Kind::Boolean, &["Y", "N"], &["y", "1"]),
            (Kind::Int, &["-5", "0"], &["+5", "5.0", ""]),
        ] {
            for text in good {
                assert!(well_formed(kind, text.as_bytes()), "{kind:?} {text}");
            }
            for text in bad {
                assert!(!well_formed(kind, text.as_bytes()), "{kind:?} {text}");
            }
        }
    }
}
