//! A format as a list of operations that go over a value once and never back. It takes almost every good value; what it
//! does not take is read again by the interpreter, which finds out whether it is wrong and where.

use super::charset::{Class, prefix};
use super::currency;
use super::notation::{Component, Kind, Step};
use crate::model::{Isin, Lei};

/// A compiled format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    operations: Vec<Operation>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    /// `:4!c/`, and a second slash where the format has no scheme.
    Head {
        double: bool,
    },
    Byte(u8),
    Chars {
        class: u16,
        min: u16,
        max: u16,
        kind: Kind,
    },
    Lines {
        lines: u16,
        max: u16,
        class: u16,
    },
    Bic,
    /// Goes over so many operations unless the rest of the value starts like them.
    Unless {
        start: Start,
        skip: u16,
    },
}

/// How an optional part can be told from what would follow without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Byte(u8),
    Class(Class),
    /// A sign before a currency: the fourth letter is still one.
    Sign,
    Isin,
    Anything,
}

impl Program {
    pub(super) fn new(steps: &[Step]) -> Self {
        let mut operations = Vec::new();
        compile(steps, &mut operations);
        fuse_head(&mut operations);
        Self { operations }
    }

    /// Whether the value has the form, and its dates, currencies and numbers are what they must be.
    #[inline]
    pub(super) fn run(&self, value: &[u8], found: &mut Vec<Component>) -> bool {
        let mut at = 0;
        let mut operations = self.operations.iter();
        while let Some(operation) = operations.next() {
            match *operation {
                Operation::Head { double } => {
                    let [b':', a, b, c, d, b'/', rest @ ..] = value else { return false };
                    let capitals = [a, b, c, d].into_iter().all(|b| Class::Capitals.has(*b));
                    if !capitals || (double && rest.first() != Some(&b'/')) {
                        return false;
                    }
                    found.push(Component::new(Kind::Qualifier, 1, 5));
                    at = 6 + usize::from(double);
                }
                Operation::Byte(byte) => {
                    if value.get(at) != Some(&byte) {
                        return false;
                    }
                    at += 1;
                }
                Operation::Chars { class, min, max, kind } => {
                    let rest = value.get(at..).unwrap_or_default();
                    let count = run_of(rest, usize::from(max), class);
                    if count < usize::from(min) || !is_good(kind, rest.get(..count).unwrap_or_default()) {
                        return false;
                    }
                    if count > 0 {
                        found.push(Component::new(kind, at, at + count));
                    }
                    at += count;
                }
                Operation::Bic => {
                    let Some(length) = bic(value.get(at..).unwrap_or_default()) else { return false };
                    found.push(Component::new(Kind::Bic, at, at + length));
                    at += length;
                }
                Operation::Lines { lines, max, class } => {
                    let read = self::lines(value, at, usize::from(lines), usize::from(max), class);
                    let Ok((start, end)) = read else { return false };
                    found.push(Component::new(Kind::Lines, start, end));
                    at = end;
                }
                Operation::Unless { start, skip } => {
                    if !start.fits(value.get(at..).unwrap_or_default()) && skip > 0 {
                        operations.nth(usize::from(skip) - 1);
                    }
                }
            }
        }
        at == value.len()
    }
}

fn compile(steps: &[Step], operations: &mut Vec<Operation>) {
    let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Literal(text) => operations.extend(text.iter().map(|b| Operation::Byte(*b))),
            Step::Chars { class, min, max, kind } => operations.push(Operation::Chars {
                class: class.bit(),
                min: small(*min),
                max: small(*max),
                kind: *kind,
            }),
            Step::Lines { lines, max, class } => {
                operations.push(Operation::Lines {
                    lines: small(*lines),
                    max: small(*max),
                    class: class.bit(),
                });
            }
            Step::Bic => operations.push(Operation::Bic),
            Step::Optional(inner) => {
                let place = operations.len();
                operations.push(Operation::Bic);
                compile(inner, operations);
                let skip = small(operations.len() - place - 1);
                let start = start_of(inner, steps.get(index + 1));
                operations[place] = Operation::Unless { start, skip };
            }
        }
    }
}

/// Nearly every format starts alike: one operation for it.
fn fuse_head(operations: &mut Vec<Operation>) {
    use Operation::{Byte, Chars};
    let qualifier = |o: &Operation| matches!(o, Chars { kind: Kind::Qualifier, min: 4, max: 4, .. });
    let length = match operations.as_slice() {
        [Byte(b':'), q, Byte(b'/'), Byte(b'/'), ..] if qualifier(q) => 4,
        [Byte(b':'), q, Byte(b'/'), ..] if qualifier(q) => 3,
        _ => return,
    };
    operations.splice(..length, [Operation::Head { double: length == 4 }]);
}

fn start_of(inner: &[Step], next: Option<&Step>) -> Start {
    let before_currency = matches!(next, Some(Step::Chars { kind: Kind::Currency, .. }));
    match inner.first() {
        Some(Step::Literal(text)) if text == b"N" && before_currency => Start::Sign,
        Some(Step::Literal(text)) if text == b"ISIN" => Start::Isin,
        Some(Step::Literal(text)) => text.first().map_or(Start::Anything, |b| Start::Byte(*b)),
        Some(Step::Chars { class, .. }) => Start::Class(*class),
        _ => Start::Anything,
    }
}

impl Start {
    fn fits(self, rest: &[u8]) -> bool {
        match self {
            Start::Byte(byte) => rest.first() == Some(&byte),
            Start::Class(class) => rest.first().is_some_and(|b| class.has(*b)),
            Start::Sign => matches!(rest, [b'N', _, _, b'A'..=b'Z', ..]),
            Start::Isin => rest.starts_with(b"ISIN "),
            Start::Anything => !rest.is_empty(),
        }
    }
}

/// The length of a BIC at the start of the value.
pub(super) fn bic(rest: &[u8]) -> Option<usize> {
    let (letters, others) = (rest.get(..6)?, rest.get(6..8)?);
    let good = letters.iter().all(u8::is_ascii_uppercase) && others.iter().all(|b| Class::Capitals.has(*b));
    let branch = rest.get(8..11).is_some_and(|b| b.iter().all(|b| Class::Capitals.has(*b)));
    good.then_some(if branch { 11 } else { 8 })
}

/// Lines of text, on lines of their own when something stands before them (an ISIN): where they start and end, or where
/// a line is empty.
pub(super) fn lines(
    value: &[u8],
    mut at: usize,
    count_max: usize,
    length_max: usize,
    class: u16,
) -> Result<(usize, usize), usize> {
    // Line ends within the value belong to it; the one between it and what stands before does not.
    let line_end = |at: usize| match value.get(at..) {
        Some([b'\r', b'\n', ..]) => 2,
        Some([b'\n', ..]) => 1,
        _ => 0,
    };
    if at > 0 {
        at += line_end(at);
    }
    let start = at;
    for line in 0..count_max {
        let length = run_of(value.get(at..).unwrap_or_default(), length_max, class);
        if length == 0 {
            return Err(at);
        }
        at += length;
        let end = line_end(at);
        if end == 0 || line + 1 == count_max {
            break;
        }
        at += end;
    }
    Ok((start, at))
}

/// How many characters of a class come first, counted up to a limit.
#[inline]
pub(super) fn run_of(rest: &[u8], max: usize, class: u16) -> usize {
    prefix(rest.get(..max).unwrap_or(rest), class)
}

/// Whether characters of the right class are also what they stand for.
fn is_good(kind: Kind, bytes: &[u8]) -> bool {
    match kind {
        Kind::Date => is_date(bytes),
        Kind::Time => is_time(bytes),
        Kind::Currency => currency::is_listed(bytes),
        // Values are short: a search that is called costs more than one that is inlined.
        Kind::Decimal => bytes.first() != Some(&b',') && bytes.iter().filter(|b| **b == b',').count() == 1,
        Kind::Isin => Isin::is_valid(bytes),
        Kind::Lei => std::str::from_utf8(bytes).is_ok_and(|t| t.parse::<Lei>().is_ok()),
        _ => true,
    }
}

fn two(bytes: &[u8], at: usize) -> u32 {
    let digit = |i: usize| bytes.get(i).map_or(0, |b| u32::from(b.wrapping_sub(b'0')));
    digit(at) * 10 + digit(at + 1)
}

fn is_date(bytes: &[u8]) -> bool {
    let (year, month, day) = (two(bytes, 0) * 100 + two(bytes, 2), two(bytes, 4), two(bytes, 6));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    bytes.len() == 8 && (1..=days).contains(&day)
}

/// Whether six digits are a time of day.
pub(super) fn is_time(bytes: &[u8]) -> bool {
    bytes.len() == 6 && two(bytes, 0) < 24 && two(bytes, 2) < 60 && two(bytes, 4) < 60
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::format;
    use super::*;
    use crate::model::BusinessDate;

    /// Whatever is taken straight is taken by the interpreter with the same components.
    fn agrees(value: &[u8]) {
        for format in format::all() {
            let (mut straight, mut closely) = (Vec::new(), Vec::new());
            if format.compiled.read_straight(value, &mut straight) {
                format.compiled.read(value, &mut closely).unwrap_or_else(|m| {
                    panic!("{} is taken for {}: {m:?}", String::from_utf8_lossy(value), format.tag)
                });
                assert_eq!(straight, closely, "{} {}", format.tag, String::from_utf8_lossy(value));
            } else {
                assert!(straight.is_empty());
            }
        }
    }

    #[test]
    fn known_values_go_straight() {
        for (tag, value) in [
            ("19A", ":SETT//EUR912711,8"),
            ("19A", ":SETT//NOK5,"),
            ("19A", ":SETT//NNOK5,"),
            ("35B", "ISIN DE0007164600\r\nSAP SE\r\nREGISTERED"),
            ("35B", "/US/037833100"),
            ("95P", ":PSET//DAKVDEFF"),
            ("95R", ":REAG/DAKV/7003"),
            ("94B", ":TRAD//EXCH/XETR"),
            ("94B", ":TRAD//EXCH"),
            ("98E", ":PREP//20260519120000,123/N0530"),
            ("98C", ":PREP//20280229235959"),
            ("90A", ":DEAL//PRCT/N98,5"),
            ("94D", ":VAHA//DE/FRANKFURT"),
            ("94D", ":VAHA///FRANKFURT"),
            ("70E", ":SPRO//ONE\r\nTWO"),
            ("23G", "NEWM/CODU"),
            ("22F", ":SETR//TRAD"),
            ("22F", ":SETR/DAKV/TRAD"),
            ("28E", "1/ONLY"),
        ] {
            let format = format::of(tag.as_bytes()).expect("a known tag");
            assert!(format.compiled.read_straight(value.as_bytes(), &mut Vec::new()), "{tag} {value}");
        }
    }

    proptest! {
        #[test]
        fn days_exist_where_the_calendar_has_them(year in 1u32..9999, month in 0u32..15, day in 0u32..34) {
            let text = format!("{year:04}{month:02}{day:02}");
            prop_assert_eq!(is_date(text.as_bytes()), BusinessDate::from_compact(&text).is_ok());
        }

        #[test]
        fn straight_is_never_more_than_the_interpreter(value in ":[A-Z]{4}/[A-Z0-9]{0,9}/[N/A-Z0-9,\r\n]{0,30}") {
            agrees(value.as_bytes());
        }

        #[test]
        fn the_same_for_anything(value in "(ISIN [A-Z0-9]{11,13})?[N/A-Z0-9,. \r\n]{0,60}") {
            agrees(value.as_bytes());
        }
    }
}
