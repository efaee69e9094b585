//! Documents made from a table: the smallest that is valid, or one in which much or all is filled. The same seed gives the
//! same document.
//!
//! ```
//! use finality_parsers::{limits::Limits, mx};
//! use mx::sample::Kind;
//!
//! let text = mx::sample::sample("sese.024.001.12", Kind::Full, 7).expect("it has a table");
//! assert!(text.contains("<SctiesSttlmTxStsAdvc>"));
//! assert_eq!(mx::check(text.as_bytes(), &Limits::default()), []);
//! assert_eq!(mx::sample::sample("sese.024.001.12", Kind::Full, 7), Some(text));
//! ```

use std::fmt::Write as _;

use super::facet::Simple;
use super::frame::NAME_SPACE;
use super::schema::{ANY, Particle, Schema, Shape, TypeId};
use super::tables;

/// How much is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only what must be there.
    Smallest,
    /// Whatever comes up.
    Some,
    /// Everything; of a choice one branch.
    Full,
}

/// A document of a message with a committed table; `None` for any other.
pub fn sample(message: &str, kind: Kind, seed: u64) -> Option<String> {
    tables::find(message).filter(|found| found.exact).map(|found| sample_of(found.schema, kind, seed))
}

/// A document of a table.
pub fn sample_of(schema: &Schema, kind: Kind, seed: u64) -> String {
    let mut maker = Maker { schema, kind, random: Random(seed), out: String::new(), elements: 0 };
    maker.out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let root = schema.root();
    let space = format!(" xmlns=\"{NAME_SPACE}{}\"", schema.message());
    maker.element(&root.name, root.type_id, &space, 0);
    maker.out
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound.max(1) as u64).unwrap_or(0)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).copied()
    }
}

struct Maker<'s> {
    schema: &'s Schema,
    kind: Kind,
    random: Random,
    out: String,
    elements: usize,
}

/// From here on only what must be there is written: some messages hold everything, many times over.
const ELEMENTS_MAX: usize = 4_000;
const DEPTH_MAX: usize = 30;

impl Maker<'_> {
    fn element(&mut self, name: &str, id: TypeId, attributes: &str, depth: usize) {
        self.elements += 1;
        let schema = self.schema;
        let indent = "  ".repeat(depth);
        write!(self.out, "{indent}<{name}{attributes}").expect("writing to a string does not fail");
        match &schema.get(id).shape {
            Shape::Elements(_) => {
                let before = self.out.len();
                self.out.push_str(">\n");
                let empty = self.out.len();
                for (particles, is_choice, required) in schema.slots(id) {
                    let particle = if is_choice { self.branch(particles) } else { particles.first() };
                    let Some(particle) = particle else { continue };
                    for _ in 0..self.times(particle, required, depth) {
                        self.particle(particle, depth + 1);
                    }
                }
                if self.out.len() == empty {
                    self.out.truncate(before);
                    self.out.push_str("/>\n");
                } else {
                    writeln!(self.out, "{indent}</{name}>").expect("writing to a string does not fail");
                }
            }
            Shape::Value(simple) => {
                let value = self.value(name, &schema.get(id).name, simple, false);
                writeln!(self.out, ">{}</{name}>", escaped(&value))
                    .expect("writing to a string does not fail");
            }
            Shape::Attributed { value, attributes } => {
                for (attribute, of, required) in attributes {
                    if let Shape::Value(simple) = &schema.get(*of).shape
                        && (*required || self.kind != Kind::Smallest)
                    {
                        let value = self.value(attribute, &schema.get(*of).name, simple, false);
                        write!(self.out, " {attribute}=\"{}\"", escaped(&value))
                            .expect("writing to a string does not fail");
                    }
                }
                if let Shape::Value(simple) = &schema.get(*value).shape {
                    let money = attributes.iter().any(|(name, _, _)| name == "Ccy");
                    let value = self.value(name, &schema.get(*value).name, simple, money);
                    writeln!(self.out, ">{}</{name}>", escaped(&value))
                        .expect("writing to a string does not fail");
                }
            }
        }
    }

    fn particle(&mut self, particle: &Particle, depth: usize) {
        if particle.name == ANY {
            let indent = "  ".repeat(depth);
            let space = if particle.space.is_empty() { "urn:example:data" } else { &particle.space };
            writeln!(self.out, "{indent}<x:Data xmlns:x=\"{space}\">any</x:Data>")
                .expect("writing to a string does not fail");
        } else {
            self.element(&particle.name, particle.type_id, "", depth);
        }
    }

    fn branch<'p>(&mut self, particles: &'p [Particle]) -> Option<&'p Particle> {
        let at = if self.kind == Kind::Smallest || self.elements > ELEMENTS_MAX {
            self.shortest(particles)
        } else {
            self.random.below(particles.len())
        };
        particles.get(at)
    }

    /// The branch that needs the fewest elements, looking a little ahead.
    fn shortest(&self, particles: &[Particle]) -> usize {
        let weights = particles.iter().map(|particle| self.weight(particle.type_id, 6));
        weights.enumerate().min_by_key(|(at, weight)| (*weight, *at)).map_or(0, |(at, _)| at)
    }

    fn weight(&self, id: TypeId, deep: usize) -> usize {
        if id == TypeId::NONE || deep == 0 || !matches!(self.schema.get(id).shape, Shape::Elements(_)) {
            return 1;
        }
        let needed = self.schema.slots(id).filter(|(_, _, required)| *required);
        1 + needed
            .map(|(particles, _, _)| {
                particles.iter().map(|p| self.weight(p.type_id, deep - 1)).min().unwrap_or(0)
            })
            .sum::<usize>()
    }

    /// How often an element stands.
    fn times(&mut self, particle: &Particle, required: bool, depth: usize) -> u32 {
        let (min, max) = particle.occurs;
        let least = if required { min.max(1) } else { 0 };
        if self.elements > ELEMENTS_MAX || depth > DEPTH_MAX {
            return least;
        }
        match self.kind {
            Kind::Smallest => least,
            Kind::Full if max > 1 && depth < 4 && self.random.below(4) == 0 => 2.max(least),
            Kind::Full => 1.max(least),
            // Seldom deep down: else nothing would ever end.
            Kind::Some if self.random.below(2 + depth / 2) > 0 => least,
            Kind::Some => (1 + self.random.below(3)).try_into().unwrap_or(1).clamp(least.max(1), max),
        }
    }

    fn value(&mut self, element: &str, of: &str, simple: &Simple, money: bool) -> String {
        let Simple::Text { min, max, pattern } = simple else { return self.plain(simple, money) };
        let known: Vec<String> = match (element, of) {
            ("ISIN", _) => vec![self.isin()],
            ("LEI", _) => vec![self.lei()],
            ("IBAN", _) => vec![self.iban()],
            ("MsgDefIdr", _) => vec!["sese.023.001.11".into()],
            ("AnyBIC" | "BICFI" | "BICOrBEI" | "BIC", _) => {
                self.one(&["DAKVDEFFXXX", "MRDNFRPPXXX", "LNDGSESSXXX"])
            }
            ("Ctry" | "CtryOfRes", _) => self.one(&["DE", "FR", "SE", "LU"]),
            (_, name) if name.contains("Currency") => self.one(&["EUR", "USD", "GBP", "CHF"]),
            _ => Vec::new(),
        };
        if let Some(value) = known.into_iter().find(|value| simple.check(value).is_ok()) {
            return value;
        }
        for _ in 0..200 {
            let random = &mut self.random;
            let value = match pattern {
                Some(pattern) => pattern.example(&mut |bound| random.below(bound)),
                None => self.words(*min, *max),
            };
            if simple.check(&value).is_ok() {
                return value;
            }
        }
        // A pattern that is met by chance alone: its shortest text, as long as it must be.
        "X".repeat((*min).max(1).min(*max))
    }

    fn one(&mut self, values: &[&str]) -> Vec<String> {
        self.random.pick(values).into_iter().map(str::to_owned).collect()
    }

    fn words(&mut self, min: usize, max: usize) -> String {
        let words = ["ALPHA", "Bravo", "charlie", "D/4", "E & F", "<G>", "H-8", "Zürich", "x.y"];
        let count = if self.kind == Kind::Smallest { 1 } else { 1 + self.random.below(3) };
        let mut text = format!("{}", 1 + self.random.below(99_999));
        for _ in 1..count {
            text.push(' ');
            text.push_str(self.random.pick(&words).unwrap_or_default());
        }
        let mut text: String = text.chars().take(max).collect();
        while text.chars().count() < min {
            text.push('0');
        }
        text.trim_end().to_owned()
    }

    fn plain(&mut self, simple: &Simple, money: bool) -> String {
        let day = 2 + self.random.below(4);
        match simple {
            Simple::Codes(codes) => {
                let at = self.random.below(codes.list().len());
                codes.list().get(at).cloned().unwrap_or_default()
            }
            Simple::Number { total, fraction, min } => {
                let decimals = (*fraction).min(if money { 2 } else { 3 }).min(total.saturating_sub(1));
                let most = 10usize.saturating_pow((total - decimals).min(6));
                let least = usize::try_from(min.unwrap_or(0)).unwrap_or(0).max(1);
                let whole = least + self.random.below(most.saturating_sub(least));
                if decimals == 0 || self.random.below(2) == 0 {
                    return whole.to_string();
                }
                let part = self.random.below(10usize.saturating_pow(decimals));
                format!("{whole}.{part:0width$}", width = decimals as usize)
            }
            Simple::Boolean => self.one(&["true", "false"]).concat(),
            Simple::Date => format!("2026-03-0{day}"),
            Simple::DateTime => format!("2026-03-0{day}T1{day}:15:00Z"),
            Simple::Year => "2026".into(),
            Simple::YearMonth => format!("2026-0{day}"),
            Simple::Base64 { min, .. } => {
                let blocks = (*min).max(1).div_ceil(3);
                "QUJD".repeat(blocks)
            }
            Simple::Text { .. } => String::new(),
        }
    }

    fn letters(&mut self, count: usize, from: &str) -> String {
        let from: Vec<char> = from.chars().collect();
        (0..count).filter_map(|_| self.random.pick(&from)).collect()
    }

    fn isin(&mut self) -> String {
        let country = self.one(&["DE", "FR", "XS", "US"]).concat();
        let body = format!("{country}{}", self.letters(9, DIGITS));
        // Luhn over the digits that letters stand for.
        let digits: Vec<u32> = body
            .chars()
            .filter_map(|c| c.to_digit(36))
            .flat_map(|n| if n > 9 { vec![n / 10, n % 10] } else { vec![n] })
            .collect();
        let weigh = |(at, digit): (usize, &u32)| {
            if at % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { *digit }
        };
        let sum: u32 = digits.iter().rev().enumerate().map(weigh).sum();
        format!("{body}{}", (10 - sum % 10) % 10)
    }

    fn lei(&mut self) -> String {
        let body = format!("529900{}", self.letters(12, CAPITALS));
        format!("{body}{:02}", 98 - modulo_97(&format!("{body}00")))
    }

    fn iban(&mut self) -> String {
        let account = self.letters(18, DIGITS);
        format!("DE{:02}{account}", 98 - modulo_97(&format!("{account}DE00")))
    }
}

const DIGITS: &str = "0123456789";
const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The rest by 97, a letter being two digits (ISO 7064).
fn modulo_97(text: &str) -> u32 {
    text.chars()
        .filter_map(|c| c.to_digit(36))
        .fold(0, |rest, n| (if n > 9 { rest * 100 + n } else { rest * 10 + n }) % 97)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace("]]>", "]]&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Depth;
    use crate::diagnostic::{Layer, Severity};
    use crate::limits::Limits;

    #[test]
    fn documents_of_every_table_are_valid() {
        for message in tables::messages() {
            for (kind, seed) in [(Kind::Smallest, 1), (Kind::Some, 2), (Kind::Some, 3), (Kind::Full, 4)] {
                let text = sample(message, kind, seed).expect(message);
                let found = super::super::check(text.as_bytes(), &Limits::default());
                let wrong = found.iter().find(|d| d.code != "no-document");
                assert_eq!(wrong, None, "{message} {kind:?}\n{text}");
                let decoded = super::super::decode(text.as_bytes(), &Limits::default(), Depth::Event);
                let digits = decoded.diagnostics.iter().find(|d| {
                    d.layer == Layer::Rule
                        && d.severity == Severity::Error
                        && (d.code.contains("check-digit")
                            || d.code.starts_with("currency-u")
                            || d.code.starts_with("currency-d"))
                });
                assert_eq!(digits, None, "{message} {kind:?}");
            }
        }
        assert_eq!(sample("pacs.008.001.08", Kind::Full, 1), None);
        assert_eq!(sample("sese.023.001.09", Kind::Full, 1), None, "a sample is of the very version");
    }
}
