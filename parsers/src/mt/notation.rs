//! One interpreter for format notation: `:4!c//16x`, `[ISIN1!e12!c][4*35x]`, `:4!c//[N]3!a15d`.
//!
//! A format is compiled once into a short list of steps. Some widths mean one thing only in the fields of category 5,
//! so the steps say what they hold: `8!n` is a date, `6!n` behind it a time, `3!a` a currency, `2!a` a country, `12!c`
//! an ISIN, `4!a2!a2!c[3!c]` a BIC, `18!c2!n` an LEI.

use super::charset::Class;
use super::program::{self, Program};

/// A compiled format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notation {
    steps: Vec<Step>,
    program: Program,
}

/// What a component holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The qualifier of a generic field.
    Qualifier,
    /// The data source scheme.
    Scheme,
    /// `YYYYMMDD`.
    Date,
    /// `HHMMSS`.
    Time,
    /// ISO 4217.
    Currency,
    /// ISO 3166.
    Country,
    /// ISO 6166.
    Isin,
    /// ISO 9362.
    Bic,
    /// ISO 17442.
    Lei,
    /// A number with a decimal comma.
    Decimal,
    /// Lines of text.
    Lines,
    /// A code or text of one line.
    Text,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Literal(Vec<u8>),
    Chars { class: Class, min: usize, max: usize, kind: Kind },
    Lines { lines: usize, max: usize, class: Class },
    Bic,
    Optional(Vec<Step>),
}

/// One component that was found: what it holds and where, from the start of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// What it holds.
    pub kind: Kind,
    /// First byte.
    pub start: u32,
    /// Behind the last byte.
    pub end: u32,
}

impl Component {
    #[inline]
    pub(super) fn new(kind: Kind, start: usize, end: usize) -> Self {
        // Values are bounded far below 4 GiB.
        let small = |n: usize| n.min(u32::MAX as usize) as u32;
        Self { kind, start: small(start), end: small(end) }
    }

    /// Its place in the value.
    #[inline]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Where a value left its format, and what should have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Offset in the value.
    pub at: usize,
    /// What was expected there.
    pub expected: String,
}

impl Notation {
    /// Compiles a format; `None` when it is not well-formed notation.
    pub fn compile(format: &str) -> Option<Self> {
        let mut rest = format.as_bytes();
        let mut steps = sequence(&mut rest, false)?;
        if !rest.is_empty() {
            return None;
        }
        name_parts(&mut steps, format.starts_with(':'));
        let program = Program::new(&steps);
        Some(Self { steps, program })
    }

    /// Reads a value in one pass without going back. `false` means that it did not fit this way, or that one of its values
    /// is not what it must be: then [`Notation::read`] tells, and nothing was appended.
    #[inline]
    pub(super) fn read_straight(&self, value: &[u8], found: &mut Vec<Component>) -> bool {
        let start = found.len();
        let fits = self.program.run(value, found);
        if !fits {
            found.truncate(start);
        }
        fits
    }

    /// Whether the value has this form; its components are appended to `found` when it has.
    pub fn read(&self, value: &[u8], found: &mut Vec<Component>) -> Result<(), Mismatch> {
        let start = found.len();
        let mut worst = Failure { at: 0, step: None };
        if run(Ahead { steps: &self.steps, later: None }, value, 0, found, &mut worst) {
            return Ok(());
        }
        found.truncate(start);
        Err(Mismatch {
            at: worst.at,
            expected: worst.step.map_or_else(|| "the end of the value".into(), describe),
        })
    }
}

/// The deepest point that was reached, which is where the mistake most probably is.
struct Failure<'a> {
    at: usize,
    step: Option<&'a Step>,
}

impl<'a> Failure<'a> {
    fn note(&mut self, at: usize, step: Option<&'a Step>) -> bool {
        if at > self.at || (at == self.at && self.step.is_none()) {
            *self = Self { at, step };
        }
        false
    }
}

/// Steps still to be taken, and what comes behind them: a list on the stack.
#[derive(Clone, Copy)]
struct Ahead<'a, 'n> {
    steps: &'a [Step],
    later: Option<&'n Ahead<'a, 'n>>,
}

/// Runs the steps; an optional one is tried first and left out when what follows then fails (`NOK5,` has no sign, `NNOK5,`
/// has). Optional steps are few, so are the attempts.
fn run<'a>(
    ahead: Ahead<'a, '_>,
    value: &[u8],
    at: usize,
    found: &mut Vec<Component>,
    worst: &mut Failure<'a>,
) -> bool {
    let Some((step, next)) = ahead.steps.split_first() else {
        return match ahead.later {
            Some(later) => run(*later, value, at, found, worst),
            None => at == value.len() || worst.note(at, None),
        };
    };
    let rest = Ahead { steps: next, later: ahead.later };
    if let Step::Optional(inner) = step {
        let mark = found.len();
        let with = Ahead { steps: inner, later: Some(&rest) };
        if at < value.len() && run(with, value, at, found, worst) {
            return true;
        }
        found.truncate(mark);
        return run(rest, value, at, found, worst);
    }
    match take(step, value, at, found) {
        Ok(end) => run(rest, value, end, found, worst),
        Err(stopped) => worst.note(stopped, Some(step)),
    }
}

/// Takes one step; yields where it ends, or where it stopped fitting.
fn take(step: &Step, value: &[u8], at: usize, found: &mut Vec<Component>) -> Result<usize, usize> {
    let rest = value.get(at..).unwrap_or_default();
    match step {
        Step::Literal(text) => {
            let same = rest.iter().zip(text).take_while(|(a, b)| a == b).count();
            if same == text.len() { Ok(at + same) } else { Err(at + same) }
        }
        Step::Chars { class, min, max, kind } => {
            let count = program::run_of(rest, *max, class.bit());
            if count < *min {
                return Err(at + count);
            }
            found.push(Component::new(*kind, at, at + count));
            Ok(at + count)
        }
        Step::Bic => {
            let end = at + program::bic(rest).ok_or(at)?;
            found.push(Component::new(Kind::Bic, at, end));
            Ok(end)
        }
        Step::Lines { lines, max, class } => {
            let (start, end) = program::lines(value, at, *lines, *max, class.bit())?;
            found.push(Component::new(Kind::Lines, start, end));
            Ok(end)
        }
        Step::Optional(_) => Ok(at),
    }
}

fn describe(step: &Step) -> String {
    match step {
        Step::Literal(text) => format!("\"{}\"", String::from_utf8_lossy(text)),
        Step::Chars { class, min, max, .. } if min == max => format!("{min} {}", class.words()),
        Step::Chars { class, min: 0, max, .. } => format!("up to {max} {}", class.words()),
        Step::Chars { class, min, max, .. } => format!("{min} to {max} {}", class.words()),
        Step::Lines { lines, max, class } => format!("up to {lines} lines of up to {max} {}", class.words()),
        Step::Bic => "a BIC of 8 or 11 characters".into(),
        Step::Optional(inner) => inner.first().map(describe).unwrap_or_default(),
    }
}

fn sequence(rest: &mut &[u8], inside: bool) -> Option<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    while let Some(&first) = rest.first() {
        match first {
            b']' if inside => break,
            b'[' => {
                *rest = &rest[1..];
                let inner = sequence(rest, true)?;
                *rest = rest.strip_prefix(b"]")?;
                steps.push(Step::Optional(inner));
            }
            b'0'..=b'9' => steps.push(width(rest)?),
            b':' | b'/' | b',' | b'A'..=b'Z' => {
                *rest = &rest[1..];
                if let Some(Step::Literal(text)) = steps.last_mut() {
                    text.push(first);
                } else {
                    steps.push(Step::Literal(vec![first]));
                }
            }
            _ => return None,
        }
    }
    Some(steps)
}

/// `16x`, `4!c`, `4*35x`.
fn width(rest: &mut &[u8]) -> Option<Step> {
    let first = number(rest)?;
    match *rest {
        [b'*', tail @ ..] => {
            *rest = tail;
            let max = number(rest)?;
            Some(Step::Lines { lines: first, max, class: class(rest)? })
        }
        [b'!', tail @ ..] => {
            *rest = tail;
            Some(Step::Chars { class: class(rest)?, min: first, max: first, kind: Kind::Text })
        }
        _ => {
            let class = class(rest)?;
            if class == Class::Z {
                return Some(Step::Lines { lines: first, max: first, class });
            }
            let kind = if class == Class::Decimal { Kind::Decimal } else { Kind::Text };
            Some(Step::Chars { class, min: 1, max: first, kind })
        }
    }
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let value = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    *rest = &rest[digits..];
    Some(value)
}

fn class(rest: &mut &[u8]) -> Option<Class> {
    let class = Class::of(*rest.first()?)?;
    *rest = &rest[1..];
    Some(class)
}

/// Gives the components their meaning, by the widths that stand for one thing only.
fn name_parts(steps: &mut Vec<Step>, generic: bool) {
    // 4!a2!a2!c[3!c] is one component.
    for start in (0..steps.len()).rev() {
        if let Some(
            [
                Step::Chars { class: Class::Letters, max: 4, .. },
                Step::Chars { max: 2, .. },
                Step::Chars { max: 2, .. },
                Step::Optional(_),
            ],
        ) = steps.get(start..start + 4)
        {
            steps.splice(start..start + 4, [Step::Bic]);
        }
        if let Some(
            [
                Step::Chars { class: Class::Capitals, max: 18, .. },
                Step::Chars { class: Class::Digits, max: 2, .. },
            ],
        ) = steps.get(start..start + 2)
        {
            let lei = Step::Chars { class: Class::Capitals, min: 20, max: 20, kind: Kind::Lei };
            steps.splice(start..start + 2, [lei]);
        }
    }
    let mut after_date = false;
    for (index, step) in steps.iter_mut().enumerate() {
        match step {
            Step::Chars { class, min, max, kind } if min == max => {
                *kind = match (*class, *max) {
                    (Class::Capitals, 4) if generic && index == 1 => Kind::Qualifier,
                    (Class::Digits, 8) => Kind::Date,
                    (Class::Digits, 6) if after_date => Kind::Time,
                    (Class::Letters, 3) => Kind::Currency,
                    (Class::Letters, 2) => Kind::Country,
                    (Class::Capitals, 12) => Kind::Isin,
                    _ => *kind,
                };
                after_date = *kind == Kind::Date;
            }
            Step::Chars { class: Class::Capitals, max: 8, kind, .. } if generic && index == 3 => {
                *kind = Kind::Scheme
            }
            Step::Optional(inner) if inner.len() == 1 && generic && index == 3 => {
                match inner.as_mut_slice() {
                    [Step::Chars { class: Class::Capitals, max: 8, kind, .. }] => *kind = Kind::Scheme,
                    _ => name_parts(inner, false),
                }
            }
            Step::Optional(inner) => name_parts(inner, false),
            _ => after_date = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(format: &str, value: &str) -> Result<Vec<(Kind, String)>, Mismatch> {
        let mut found = Vec::new();
        Notation::compile(format).expect("well-formed notation").read(value.as_bytes(), &mut found)?;
        Ok(found.iter().map(|c| (c.kind, value[c.range()].to_owned())).collect())
    }

    #[test]
    fn known_good_and_bad() {
        for (format, good, bad) in [
            (":4!c//16x", ":SEME//A", ":SEME//"),
            (":4!c//16x", ":SEME//REF/1", ":SEME//12345678901234567"),
            (":4!c/[8c]/4!c", ":SETR//TRAD", ":SETR/TRAD"),
            (":4!c/[8c]/4!c", ":SETR/CEDE/TRAD", ":SETR/TOOLONGDS/TRAD"),
            (":4!c//[N]3!a15d", ":SETT//NOK5,", ":SETT//NO5,"),
            (":4!c//[N]3!a15d", ":SETT//NNOK5,5", ":SETT//NNNOK5,"),
            (":4!c//8!n6!n", ":SETT//20260519120000", ":SETT//2026051912000"),
            ("[ISIN1!e12!c][4*35x]", "ISIN DE0007164600", "ISIN_DE000716460"),
            (
                "[ISIN1!e12!c][4*35x]",
                "ISIN DE0007164600\r\nSAP SE",
                "ISIN DE0007164600\r\n1\r\n2\r\n3\r\n4\r\n5",
            ),
            ("[ISIN1!e12!c][4*35x]", "/US/037833100", "\r\nX"),
            (
                ":4!c//8!n6!n[,3n][/[N]2!n[2!n]]",
                ":PREP//20260519120000,123/N0530",
                ":PREP//20260519120000/N5",
            ),
            (":4!c//4!a2!a2!c[3!c]", ":PSET//DAKVDEFFXXX", ":PSET//DAKVDEF"),
            ("4!c[/4!c]", "NEWM/CODU", "NEWM/"),
            ("5n/4!c", "1/ONLY", "123456/ONLY"),
        ] {
            assert!(read(format, good).is_ok(), "{format} should take {good:?}: {:?}", read(format, good));
            assert!(read(format, bad).is_err(), "{format} should not take {bad:?}");
        }
    }

    #[test]
    fn components_are_named_by_their_widths() {
        let kinds = |format: &str, value: &str| {
            read(format, value).expect("a good value").into_iter().map(|(kind, _)| kind).collect::<Vec<_>>()
        };
        use Kind::*;
        assert_eq!(kinds(":4!c//[N]3!a15d", ":SETT//NEUR5,"), [Qualifier, Currency, Decimal]);
        assert_eq!(kinds(":4!c/8c/34x", ":REAG/DAKV/7003"), [Qualifier, Scheme, Text]);
        assert_eq!(kinds(":4!c//8!n6!n", ":PREP//20260519120000"), [Qualifier, Date, Time]);
        assert_eq!(kinds(":4!c//18!c2!n", ":ALTE//7H6GLXDRUGQFU57RNE97"), [Qualifier, Lei]);
        assert_eq!(kinds("[ISIN1!e12!c][4*35x]", "ISIN DE0007164600\r\nSAP"), [Text, Isin, Lines]);
    }

    #[test]
    fn a_mismatch_says_where_and_what() {
        let wrong = read(":4!c//16x", ":SEME/REF").expect_err("one slash");
        assert_eq!((wrong.at, wrong.expected.as_str()), (6, "\"//\""));
    }

    proptest! {
        #[test]
        fn nothing_panics(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            for format in [":4!c//16x", "[ISIN1!e12!c][4*35x]", ":4!c//[N]3!a15d", ":4!c/[8c]/4!c[/30x]", ":4!c//2500z"] {
                let mut found = Vec::new();
                let notation = Notation::compile(format).expect("well-formed");
                if let Err(m) = notation.read(&value, &mut found) {
                    prop_assert!(m.at <= value.len());
                    prop_assert!(found.is_empty());
                }
            }
        }

        #[test]
        fn what_is_built_to_the_format_fits(q in "[A-Z0-9]{4}", dss in "[A-Z0-9]{0,8}", code in "[A-Z0-9]{4}", text in "[A-Za-z0-9 .,()?+'-]{1,30}") {
            let value = format!(":{q}/{dss}/{code}/{text}");
            prop_assert!(read(":4!c/[8c]/4!c[/30x]", &value).is_ok());
            let long = format!(":{}/{}/{}/{}", q, dss, code, "X".repeat(31));
            prop_assert!(read(":4!c/[8c]/4!c[/30x]", &long).is_err());
        }
    }
}
