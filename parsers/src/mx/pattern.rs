//! The little pattern language that ISO 20022 schemas use: classes, groups, alternatives, counted repeats; always about the
//! whole value.
//!
//! Matching first walks one greedy path over bytes with classes as bit sets, which settles nearly every honest value without
//! an allocation. Only when that fails, or for letters beyond ASCII, are all paths followed at once, as sets of positions, with a budget: a hostile value cannot make it explode.

use std::fmt;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    root: Node,
    quick: Vec<Quick>,
}

/// A pattern for the greedy path over ASCII.
#[derive(Debug, Clone)]
enum Quick {
    /// A run of bytes of one class, as long as it goes.
    Run(u128, usize, usize),
    /// One of these.
    Alternatives(Vec<Vec<Quick>>),
    /// The same again.
    Repeat(Vec<Quick>, u32, u32),
}

#[derive(Debug, Clone)]
enum Node {
    /// One character out of inclusive ranges.
    Class(Vec<(char, char)>, bool),
    /// One after the other.
    Sequence(Vec<Node>),
    /// One of these.
    Alternatives(Vec<Node>),
    /// The same again, `min` to `max` times.
    Repeat(Box<Node>, u32, u32),
}

/// Why a pattern cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pattern {pattern:?} is outside the language that is supported: {reason} at character {at}")]
pub struct PatternError {
    /// The pattern.
    pub pattern: String,
    /// What is not understood.
    pub reason: &'static str,
    /// Which character, from 0.
    pub at: usize,
}

impl Pattern {
    /// Compiles a pattern.
    pub fn new(source: &str) -> Result<Self, PatternError> {
        let mut parser = Parser { chars: source.chars().collect(), at: 0, depth: 0 };
        let fail =
            |parser: &Parser, reason| PatternError { pattern: source.to_owned(), reason, at: parser.at };
        let root = parser.alternatives().map_err(|reason| fail(&parser, reason))?;
        if parser.at < parser.chars.len() {
            return Err(fail(&parser, "an unmatched parenthesis"));
        }
        let mut quick = Vec::new();
        flatten(&root, &mut quick);
        Ok(Self { source: source.to_owned(), root, quick })
    }

    /// The pattern as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the whole value fits.
    pub fn matches(&self, value: &str) -> bool {
        if value.is_ascii() && greedy(&self.quick, value.as_bytes()) == Some(&[]) {
            return true;
        }
        let mut budget = 20_000 + 64 * value.len();
        every(&self.root, value, &[0], &mut budget).is_some_and(|ends| ends.last() == Some(&value.len()))
    }
}

impl Pattern {
    /// Text that fits, mostly in capitals and digits: `pick` says which of so many ways is taken.
    pub(super) fn example(&self, pick: &mut dyn FnMut(usize) -> usize) -> String {
        let mut text = String::new();
        example(&self.root, pick, &mut text);
        text
    }
}

fn example(node: &Node, pick: &mut dyn FnMut(usize) -> usize, out: &mut String) {
    match node {
        Node::Class(ranges, negated) => {
            let usual = ('A'..='Z').chain('0'..='9').chain('a'..='z').chain(" .,-+()?:'/_".chars());
            let mut fit: Vec<char> = usual.filter(|c| in_class(ranges, *negated, *c)).collect();
            fit.truncate(36);
            let other = ranges.first().map_or('?', |(low, _)| *low);
            out.push(fit.get(pick(fit.len())).copied().unwrap_or(other));
        }
        Node::Sequence(items) => items.iter().for_each(|item| example(item, pick, out)),
        Node::Alternatives(items) => {
            if let Some(item) = items.get(pick(items.len())) {
                example(item, pick, out);
            }
        }
        Node::Repeat(item, min, max) => {
            let more = max.saturating_sub(*min).min(4) as usize;
            for _ in 0..*min as usize + pick(more + 1) {
                example(item, pick, out);
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

fn in_class(ranges: &[(char, char)], negated: bool, c: char) -> bool {
    ranges.iter().any(|&(low, high)| low <= c && c <= high) != negated
}

/// Lays a node out for the greedy path.
fn flatten(node: &Node, out: &mut Vec<Quick>) {
    let one = |node: &Node| {
        let mut items = Vec::new();
        flatten(node, &mut items);
        items
    };
    match node {
        Node::Class(ranges, negated) => out.push(Quick::Run(bits(ranges, *negated), 1, 1)),
        Node::Sequence(items) => items.iter().for_each(|item| flatten(item, out)),
        Node::Alternatives(items) => out.push(Quick::Alternatives(items.iter().map(one).collect())),
        Node::Repeat(item, min, max) => out.push(match item.as_ref() {
            Node::Class(ranges, negated) => {
                let max = if *max == u32::MAX { usize::MAX } else { *max as usize };
                Quick::Run(bits(ranges, *negated), *min as usize, max)
            }
            other => Quick::Repeat(one(other), *min, *max),
        }),
    }
}

/// The ASCII characters of a class.
fn bits(ranges: &[(char, char)], negated: bool) -> u128 {
    (0..128u8).filter(|&b| in_class(ranges, negated, char::from(b))).fold(0, |bits, b| bits | 1 << b)
}

/// What is left of the value after the greediest path, if that path exists.
fn greedy<'v>(items: &[Quick], value: &'v [u8]) -> Option<&'v [u8]> {
    let mut rest = value;
    for item in items {
        rest = match item {
            Quick::Run(bits, min, max) => {
                let most = rest.len().min(*max);
                let window = rest.get(..most)?;
                let length = window.iter().position(|b| bits >> (b & 127) & 1 == 0).unwrap_or(most);
                if length < *min {
                    return None;
                }
                rest.get(length..)?
            }
            Quick::Alternatives(items) => items.iter().find_map(|item| greedy(item, rest))?,
            Quick::Repeat(items, min, max) => {
                let mut count = 0;
                while count < *max {
                    match greedy(items, rest) {
                        Some(after) if after.len() < rest.len() => (rest, count) = (after, count + 1),
                        // An empty turn can be taken as often as wanted.
                        Some(_) => count = *max,
                        None => break,
                    }
                }
                if count < *min {
                    return None;
                }
                rest
            }
        };
    }
    Some(rest)
}

/// All positions (sorted) that can be reached from the given ones; `None` when the budget is spent.
fn every(node: &Node, value: &str, starts: &[usize], budget: &mut usize) -> Option<Vec<usize>> {
    *budget = budget.checked_sub(starts.len() + 1)?;
    match node {
        Node::Class(ranges, negated) => Some(
            starts
                .iter()
                .filter_map(|&start| {
                    let c = value.get(start..)?.chars().next()?;
                    in_class(ranges, *negated, c).then(|| start + c.len_utf8())
                })
                .collect(),
        ),
        Node::Sequence(items) => {
            let mut at = starts.to_vec();
            for item in items {
                at = every(item, value, &at, budget)?;
            }
            Some(at)
        }
        Node::Alternatives(items) => {
            let mut ends = Vec::new();
            for item in items {
                ends.extend(every(item, value, starts, budget)?);
            }
            ends.sort_unstable();
            ends.dedup();
            Some(ends)
        }
        Node::Repeat(item, min, max) => {
            let mut at = starts.to_vec();
            for _ in 0..*min {
                at = every(item, value, &at, budget)?;
            }
            let mut ends = at.clone();
            for _ in *min..*max {
                at = every(item, value, &at, budget)?;
                at.retain(|position| ends.binary_search(position).is_err());
                if at.is_empty() {
                    break;
                }
                *budget = budget.checked_sub(at.len())?;
                ends.extend(&at);
                ends.sort_unstable();
            }
            Some(ends)
        }
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: u8,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn alternatives(&mut self) -> Result<Node, &'static str> {
        self.depth += 1;
        if self.depth > 16 {
            return Err("groups nested too deeply");
        }
        let mut items = vec![self.sequence()?];
        while self.peek() == Some('|') {
            self.at += 1;
            items.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if items.len() == 1 { items.remove(0) } else { Node::Alternatives(items) })
    }

    fn sequence(&mut self) -> Result<Node, &'static str> {
        let mut items = Vec::new();
        while let Some(c) = self.peek() {
            let atom = match c {
                '|' | ')' => break,
                '(' => {
                    self.at += 1;
                    let inner = self.alternatives()?;
                    if self.next() != Some(')') {
                        return Err("a group that is not closed");
                    }
                    inner
                }
                '[' => self.class()?,
                '.' => {
                    self.at += 1;
                    Node::Class(vec![('\n', '\n'), ('\r', '\r')], true)
                }
                '*' | '+' | '?' | '{' => return Err("a repeat of nothing"),
                '^' | '$' => return Err("an anchor"),
                _ => Node::Class(self.character()?, false),
            };
            items.push(self.repeat(atom)?);
        }
        Ok(if items.len() == 1 { items.remove(0) } else { Node::Sequence(items) })
    }

    fn repeat(&mut self, atom: Node) -> Result<Node, &'static str> {
        let (min, max) = match self.peek() {
            Some('*') => (0, u32::MAX),
            Some('+') => (1, u32::MAX),
            Some('?') => (0, 1),
            Some('{') => {
                self.at += 1;
                let min = self.number()?;
                let max = match self.peek() {
                    Some(',') => {
                        self.at += 1;
                        if self.peek() == Some('}') { u32::MAX } else { self.number()? }
                    }
                    _ => min,
                };
                if self.peek() != Some('}') || max < min || min > 10_000 {
                    return Err("a repeat count");
                }
                (min, max)
            }
            _ => return Ok(atom),
        };
        self.at += 1;
        Ok(Node::Repeat(Box::new(atom), min, max))
    }

    fn number(&mut self) -> Result<u32, &'static str> {
        let digits: String = std::iter::from_fn(|| {
            let digit = self.peek().filter(char::is_ascii_digit)?;
            self.at += 1;
            Some(digit)
        })
        .collect();
        digits.parse().map_err(|_| "a repeat count")
    }

    /// One character or escape outside or inside brackets.
    fn character(&mut self) -> Result<Vec<(char, char)>, &'static str> {
        let c = self.next().ok_or("the end of the pattern")?;
        if c != '\\' {
            return Ok(vec![(c, c)]);
        }
        Ok(match self.next().ok_or("the end of the pattern")? {
            'd' => vec![('0', '9')],
            'n' => vec![('\n', '\n')],
            'r' => vec![('\r', '\r')],
            't' => vec![('\t', '\t')],
            c if c.is_ascii_alphanumeric() => return Err("an escape"),
            c => vec![(c, c)],
        })
    }

    fn class(&mut self) -> Result<Node, &'static str> {
        self.at += 1;
        let negated = self.peek() == Some('^');
        self.at += usize::from(negated);
        let mut ranges = Vec::new();
        while self.peek() != Some(']') {
            let mut single = self.character()?;
            let ranged = self.peek() == Some('-') && self.chars.get(self.at + 1) != Some(&']');
            if let (true, [(low, low2)]) = (ranged, single.as_mut_slice()) {
                self.at += 1;
                let high = self.character()?;
                match high.as_slice() {
                    [(high, high2)] if high == high2 && *low <= *high && low == low2 => {
                        ranges.push((*low, *high));
                    }
                    _ => return Err("a range"),
                }
            } else {
                ranges.append(&mut single);
            }
        }
        self.at += 1;
        Ok(Node::Class(ranges, negated))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_or_do_not() {
        for (pattern, good, bad) in [
            ("[A-Z]{3,3}", &["EUR"][..], &["", "EU", "EURO", "eur"][..]),
            (
                "[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}",
                &["DAKVDEFF", "DAKVDEFFXXX"],
                &["DAKVDEF", "DAKVDEFFX", "DAKVDEFFXX", "DAKV1EFF"],
            ),
            ("XX|TS", &["XX", "TS"], &["XT", "X", "XXTS"]),
            (
                "([^/]+/)+([^/]+)|([^/]*)",
                &["", "abc", "a/b", "a/b/c", "überall/nirgends"],
                &["/", "a/", "a//b", "/a"],
            ),
            (
                r"([0-9a-zA-Z\-\?:\(\)\.,'\+ ]([0-9a-zA-Z\-\?:\(\)\.,'\+ ]*(/[0-9a-zA-Z\-\?:\(\)\.,'\+ ])?)*)",
                &["A", "A/B", "a+b/c d/e", "(x)-?:.,'"],
                &["", "/A", "A/", "A//B", "A%", "ä"],
            ),
            (r"\+[0-9]{1,3}-[0-9()+\-]{1,30}", &["+49-69211", "+1-(0)2-3"], &["49-69", "+4999-1", "+49-"]),
            (r"(BBG)[BCDF]{2}\d", &["BBGBC7"], &["BBGAB7", "BBGBCX"]),
            (r"[a-z]{4}\.[0-9]{3}", &["sese.023"], &["sese-023", "sese.02"]),
            ("[A-Z0-9]{18,18}[0-9]{2,2}", &["529900T8BM49AURSDO55"], &["529900T8BM49AURSDO5X"]),
            (r"[0-9\n\r]{1,4}", &["1\r\n2"], &["1\t2"]),
            ("[A-Z]*Z", &["Z", "ABZ", "ZZZ"], &["", "AB"]),
        ] {
            let compiled = Pattern::new(pattern).expect(pattern);
            for value in good {
                assert!(compiled.matches(value), "{pattern} refuses {value:?}");
            }
            for value in bad {
                assert!(!compiled.matches(value), "{pattern} takes {value:?}");
            }
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for pattern in ["(a", "a)", "[a", "*a", r"\p{L}", "^a$", "a{3,2}", "a{x}", "\\"] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_nested_star_stays_cheap() {
        let pattern = Pattern::new("([a-z]([a-z]*(/[a-z])?)*)").expect("supported");
        let value = format!("{}!", "a".repeat(50_000));
        assert!(!pattern.matches(&value));
        assert!(pattern.matches(&"ab/c".repeat(4)));
    }
}
