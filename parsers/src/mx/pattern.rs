//! The little pattern language that ISO 20022 schemas use: classes, groups, alternatives, counted repeats; always about the
//! whole value.
//!
//! Matching first walks one greedy path, which settles nearly every honest value without an allocation. Only when that
//! fails are all paths followed at once, as sets of positions, with a budget: a hostile value cannot make it explode.

use std::fmt;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    root: Node,
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
        Ok(Self { source: source.to_owned(), root })
    }

    /// The pattern as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the whole value fits.
    pub fn matches(&self, value: &str) -> bool {
        if greedy(&self.root, value) == Some("") {
            return true;
        }
        let mut budget = 20_000 + 64 * value.len();
        every(&self.root, value, &[0], &mut budget).is_some_and(|ends| ends.last() == Some(&value.len()))
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

/// What is left of the value after the greediest path, if that path exists.
fn greedy<'v>(node: &Node, value: &'v str) -> Option<&'v str> {
    match node {
        Node::Class(ranges, negated) => {
            let mut chars = value.chars();
            in_class(ranges, *negated, chars.next()?).then_some(chars.as_str())
        }
        Node::Sequence(items) => items.iter().try_fold(value, |rest, item| greedy(item, rest)),
        Node::Alternatives(items) => items.iter().find_map(|item| greedy(item, value)),
        Node::Repeat(item, min, max) => {
            let mut rest = value;
            let mut count = 0;
            while count < *max {
                match greedy(item, rest) {
                    Some(after) if after.len() < rest.len() => rest = after,
                    // An empty turn can be taken as often as wanted.
                    Some(_) => return Some(rest),
                    None => break,
                }
                count += 1;
            }
            (count >= *min).then_some(rest)
        }
    }
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
