//! What a scenario expects of its run: figures within bounds, trades that end or get somewhere in time, messages that go as they
//! should. Each has a name, and a verdict that says what was found.

use chrono::{DateTime, Utc};
use finality_parsers::codec::{self, Depth};
use finality_parsers::desk::Stage;
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::tree::Node;
use regex::Regex;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::experiment::figures;
use crate::report::Report;
use crate::statistics::{Fate, sniff};
use crate::wire::Way;
use crate::world::Outcome;

/// So many messages that are not as they should be are told.
const TOLD: usize = 3;

/// An expectation: of a figure, a trade or messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Its name, in reports.
    pub name: String,
    /// A figure (`docs/compare.md`) that is within `at_least` and `at_most`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<String>,
    /// A trade, by the reference of its share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade: Option<String>,
    /// Messages, of which there are `at_least` (one, when both are left out) and `at_most` so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Pattern>,
    /// The least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Decimal>,
    /// The most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Decimal>,
    /// Whether the trade is unsettled at the cut-off of its date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails: Option<bool>,
    /// A stage that the trade reaches, as the gateway knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// By when it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<DateTime<Utc>>,
}

/// Messages on the gateway's wires.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pattern {
    /// To the gateway (`in`) or from it (`out`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    /// On which link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Which type, as reports name it: `FIX AK`, `MT541`, `sese.024.001.12`, or the beginning of it.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Not before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Not after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// What a message must have to be meant.
    #[serde(rename = "where")]
    pub with: Vec<FieldMatch>,
    /// What every message that is meant must have.
    pub must: Vec<FieldMatch>,
}

/// A field, and what it is to be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FieldMatch {
    /// Where it stands: the last names on the way to it, with slashes. A FIX tag (`54`, `453/1/448`), an MT tag with its qualifier
    /// (`20C:SEME`), elements of ISO 20022 (`TxId`, `SttlmParams/SttlmTxCond/Cd`).
    pub field: String,
    /// It is exactly this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<String>,
    /// It is one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<String>,
    /// It matches this regular expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// It is a number not farther from this than `within`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<Decimal>,
    /// How far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Decimal>,
    /// It is not there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
}

impl Expect {
    /// What is wrong with it.
    pub fn problem(&self) -> Option<String> {
        let kinds = [self.figure.is_some(), self.trade.is_some(), self.message.is_some()];
        if kinds.iter().filter(|is| **is).count() != 1 {
            return Some("it must name a figure, a trade or a message, and only one of them".to_owned());
        }
        if let Some(figure) = &self.figure {
            if figures::index(figure).is_none() {
                let keys: Vec<&str> = figures::FIGURES.iter().map(|f| f.key).collect();
                return Some(format!("there is no figure {figure:?}; there are {}", keys.join(", ")));
            }
            if self.at_least.is_none() && self.at_most.is_none() {
                return Some("a figure needs at_least or at_most".to_owned());
            }
        }
        if self.at_least.zip(self.at_most).is_some_and(|(least, most)| least > most) {
            return Some("at_least is above at_most".to_owned());
        }
        if self.trade.is_none() && (self.fails.is_some() || self.stage.is_some() || self.by.is_some()) {
            return Some("fails, stage and by are said of a trade".to_owned());
        }
        if self.trade.is_some() && (self.at_least.is_some() || self.at_most.is_some()) {
            return Some("at_least and at_most are said of a figure or of messages".to_owned());
        }
        if self.by.is_some() && self.stage.is_none() {
            return Some("by is said of a stage".to_owned());
        }
        if self.trade.is_some() && self.fails.is_none() && self.stage.is_none() {
            return Some("a trade needs fails or stage".to_owned());
        }
        let pattern = self.message.as_ref()?;
        pattern.with.iter().chain(&pattern.must).find_map(FieldMatch::problem)
    }
}

impl FieldMatch {
    fn problem(&self) -> Option<String> {
        let Self { field, is, one_of, matches, near, within, absent } = self;
        let said = [is.is_some(), !one_of.is_empty(), matches.is_some(), near.is_some(), *absent];
        if field.is_empty() || said.iter().filter(|is| **is).count() != 1 {
            return Some(format!("field {field:?} needs one of is, one_of, matches, near, absent"));
        }
        if near.is_some() != within.is_some() {
            return Some(format!("field {field:?}: near and within go together"));
        }
        let pattern = matches.as_ref()?;
        Regex::new(pattern).err().map(|error| format!("field {field:?}: {error}"))
    }

    /// Whether some field of that name is as it is to be; `Err` says what was found instead.
    fn holds(&self, regex: Option<&Regex>, fields: &[Node]) -> Result<(), String> {
        let mut found = Vec::new();
        values(fields, &self.field, &mut found);
        if self.absent {
            return found.first().map_or(Ok(()), |value| Err(format!("{} is there: {value:?}", self.field)));
        }
        let is = |value: &String| {
            self.is.as_ref().is_some_and(|is| is == value)
                || self.one_of.contains(value)
                || regex.is_some_and(|regex| regex.is_match(value))
                || self.is_near(value)
        };
        if found.iter().any(is) {
            return Ok(());
        }
        Err(match found.first() {
            Some(value) => format!("{} is {value:?}", self.field),
            None => format!("{} is not there", self.field),
        })
    }

    fn is_near(&self, value: &str) -> bool {
        let Some((near, within)) = self.near.zip(self.within) else { return false };
        number(value).and_then(|value| value.checked_sub(near)).is_some_and(|far| far.abs() <= within)
    }
}

/// A number as it stands in a field: MT has a comma in it, and perhaps a currency or a kind before it.
fn number(value: &str) -> Option<Decimal> {
    let digits = value.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '-');
    digits.trim_end_matches(',').replace(',', ".").parse().ok()
}

/// The values of all fields that a path names.
fn values(fields: &[Node], path: &str, found: &mut Vec<String>) {
    let path: Vec<&str> = path.split('/').collect();
    let mut names = Vec::new();
    walk(fields, &path, &mut names, found);
}

fn walk<'n>(fields: &'n [Node], path: &[&str], names: &mut Vec<&'n Node>, found: &mut Vec<String>) {
    for node in fields {
        names.push(node);
        if names.len() >= path.len() {
            let tail = &names[names.len() - path.len()..];
            if tail.iter().zip(path).all(|(node, part)| named(node, part)) {
                found.extend(value(node, path.last().copied().unwrap_or_default()));
            }
        }
        walk(&node.children, path, names, found);
        names.pop();
    }
}

fn named(node: &Node, part: &str) -> bool {
    match part.split_once(':') {
        Some((tag, qualifier)) => {
            let of = node.value.as_deref().and_then(|v| v.strip_prefix(':'));
            node.name == tag && of.is_some_and(|v| v.split('/').next() == Some(qualifier))
        }
        None => node.name == part,
    }
}

/// The value: of an MT field with a qualifier what stands after it and after its issuer.
fn value(node: &Node, part: &str) -> Option<String> {
    let value = node.value.as_deref()?;
    if !part.contains(':') {
        return Some(value.to_owned());
    }
    let rest = value.split_once('/').map_or("", |(_, rest)| rest);
    Some(rest.split_once('/').map_or(rest, |(_, rest)| rest).to_owned())
}

/// A field, ready to be looked for in many messages.
#[derive(Debug)]
struct Ready {
    field: FieldMatch,
    regex: Option<Regex>,
}

impl Ready {
    fn all(fields: &[FieldMatch]) -> Vec<Self> {
        let ready = |field: &FieldMatch| {
            let regex = field.matches.as_ref().and_then(|pattern| Regex::new(pattern).ok());
            Self { field: field.clone(), regex }
        };
        fields.iter().map(ready).collect()
    }

    fn holds(&self, fields: &[Node]) -> Result<(), String> {
        self.field.holds(self.regex.as_ref(), fields)
    }
}

/// Messages that are listened for.
#[derive(Debug)]
struct Wanted {
    expectation: usize,
    pattern: Pattern,
    with: Vec<Ready>,
    must: Vec<Ready>,
}

/// Listens on the wires for the messages that are expected.
#[derive(Debug, Default)]
pub struct Watch {
    wanted: Vec<Wanted>,
    heard: Vec<Heard>,
}

/// What was heard of an expected kind of messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Heard {
    count: u64,
    wrong: Vec<String>,
    wrong_in_all: u64,
}

impl Watch {
    /// For the expectations of a scenario.
    pub fn new(expects: &[Expect]) -> Self {
        let wanted = |(expectation, expect): (usize, &Expect)| {
            let pattern = expect.message.clone()?;
            Some(Wanted {
                expectation,
                with: Ready::all(&pattern.with),
                must: Ready::all(&pattern.must),
                pattern,
            })
        };
        let wanted: Vec<Wanted> = expects.iter().enumerate().filter_map(wanted).collect();
        Self { heard: vec![Heard::default(); wanted.len()], wanted }
    }

    /// A message is on a wire.
    pub fn message(&mut self, now: Timestamp, way: Way, link: &str, bytes: &[u8]) {
        if self.wanted.is_empty() {
            return;
        }
        let kind = sniff(bytes);
        let mut fields: Option<Vec<Node>> = None;
        for (wanted, heard) in self.wanted.iter().zip(&mut self.heard) {
            if !wanted.pattern.may_be(now, way, link, &kind) {
                continue;
            }
            // Only what may be meant is read, and once.
            let fields =
                fields.get_or_insert_with(|| codec::decode(bytes, &Limits::default(), Depth::Full).fields);
            if wanted.with.iter().any(|field| field.holds(fields).is_err()) {
                continue;
            }
            heard.count += 1;
            let wrong: Vec<String> =
                wanted.must.iter().filter_map(|field| field.holds(fields).err()).collect();
            if wrong.is_empty() {
                continue;
            }
            heard.wrong_in_all += 1;
            if heard.wrong.len() < TOLD {
                heard.wrong.push(format!("{now} {link} {kind}: {}", wrong.join(", ")));
            }
        }
    }

    fn heard(&self, expectation: usize) -> Option<&Heard> {
        let at = self.wanted.iter().position(|wanted| wanted.expectation == expectation)?;
        self.heard.get(at)
    }
}

impl Pattern {
    fn may_be(&self, now: Timestamp, way: Way, link: &str, kind: &str) -> bool {
        self.way.is_none_or(|w| w == way)
            && self.link.as_ref().is_none_or(|l| l == link)
            && self.kind.as_ref().is_none_or(|k| kind.starts_with(k.as_str()))
            && self.from.is_none_or(|from| now.utc() >= from)
            && self.until.is_none_or(|until| now.utc() <= until)
    }
}

/// How an expectation came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Its name.
    pub name: String,
    /// Whether it was met.
    pub met: bool,
    /// What was found.
    pub found: String,
}

/// The verdicts of a run, in the order of the scenario.
pub fn verdicts(outcome: &Outcome, report: &Report) -> Vec<Verdict> {
    let expects = &outcome.market.scenario.expect;
    let of_run = expects.iter().any(|e| e.figure.is_some()).then(|| figures::of(outcome, report));
    let verdict = |(number, expect): (usize, &Expect)| {
        let (met, found) = if let Some(figure) = &expect.figure {
            let value = figures::index(figure).zip(of_run.as_ref()).map(|(at, values)| values[at]);
            match value.filter(|value| !value.is_nan()) {
                Some(value) => bounded(expect, value.to_string(), None),
                None => (false, "nothing: the run has nothing that it counts".to_owned()),
            }
        } else if let Some(trade) = &expect.trade {
            of_trade(outcome, expect, trade)
        } else {
            of_messages(expect, outcome.watch.heard(number).cloned().unwrap_or_default())
        };
        Verdict { name: expect.name.clone(), met, found }
    };
    expects.iter().enumerate().map(verdict).collect()
}

/// Whether a number is within the bounds; `least` where the scenario names none.
fn bounded(expect: &Expect, value: String, least: Option<Decimal>) -> (bool, String) {
    let number: Option<Decimal> = value.parse().ok().or_else(|| Decimal::from_scientific(&value).ok());
    let least = expect.at_least.or(least);
    let met = number.is_some_and(|n| least.is_none_or(|l| n >= l) && expect.at_most.is_none_or(|m| n <= m));
    (met, value)
}

fn of_trade(outcome: &Outcome, expect: &Expect, share: &str) -> (bool, String) {
    let Some(trade) = outcome.market.trade_of_share(share) else {
        return (false, format!("there is no trade {share} in this run"));
    };
    let failed = outcome.statistics.fates.get(trade).is_some_and(|fate| *fate != Fate::Settled);
    let mut found = vec![if failed { "it failed".to_owned() } else { "it settled in time".to_owned() }];
    let mut met = expect.fails.is_none_or(|fails| fails == failed);
    if let Some(stage) = expect.stage {
        let reached = outcome.statistics.stages.get(&trade).and_then(|stages| stages.get(&stage));
        met &= reached.is_some_and(|at| expect.by.is_none_or(|by| at.utc() <= by));
        found.push(match reached {
            Some(at) => format!("{} at {at}", stage.label()),
            None => format!("never {}", stage.label()),
        });
    }
    (met, found.join("; "))
}

fn of_messages(expect: &Expect, heard: Heard) -> (bool, String) {
    // Without bounds there is to be one; with a most alone there may be none.
    let least = expect.at_most.is_none().then_some(Decimal::ONE);
    let (met, count) = bounded(expect, heard.count.to_string(), least);
    let wrong = if heard.wrong_in_all == 0 {
        String::new()
    } else {
        format!("; {} not as they should be: {}", heard.wrong_in_all, heard.wrong.join("; "))
    };
    (met && heard.wrong_in_all == 0, format!("{count} messages{wrong}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(message: &str, field: FieldMatch) -> Result<(), String> {
        let raw = message.replace('|', "\u{1}");
        let fields = codec::decode(raw.as_bytes(), &Limits::default(), Depth::Full).fields;
        assert!(!fields.is_empty(), "{message}");
        assert_eq!(field.problem(), None);
        Ready::all(&[field])[0].holds(&fields)
    }

    fn field(name: &str) -> FieldMatch {
        FieldMatch { field: name.to_owned(), ..FieldMatch::default() }
    }

    const FIX: &str = "8=FIX.4.4|9=40|35=AK|34=1|54=1|453=1|448=KESTGB2L|447=B|452=1|118=100.05|10=000|";
    const MT: &str = "{1:F01LUMNLULLAXXX4711517344}{2:I541CUSVDEFFXXXXN}{4:\r\n:16R:GENL\r\n:20C::SEME//ABC1\r\n:23G:NEWM\r\n:16S:GENL\r\n:16R:FIAC\r\n:36B::SETT//UNIT/5000,5\r\n:16S:FIAC\r\n-}";

    #[test]
    fn fields_are_found_by_the_end_of_their_path() {
        let is = |name, value: &str| FieldMatch { is: Some(value.to_owned()), ..field(name) };
        assert_eq!(holds(FIX, is("54", "1")), Ok(()));
        assert_eq!(holds(FIX, is("453/1/448", "KESTGB2L")), Ok(()));
        assert_eq!(holds(FIX, is("54", "2")), Err("54 is \"1\"".to_owned()));
        assert_eq!(holds(MT, is("20C:SEME", "ABC1")), Ok(()));
        assert_eq!(holds(MT, is("GENL/20C:SEME", "ABC1")), Ok(()));
        assert_eq!(holds(MT, is("FIAC/20C:SEME", "ABC1")), Err("FIAC/20C:SEME is not there".to_owned()));
    }

    #[test]
    fn every_matcher_holds_and_does_not() {
        let one_of = |values: &[&str]| FieldMatch {
            one_of: values.iter().map(|v| (*v).to_owned()).collect(),
            ..field("23G")
        };
        assert_eq!(holds(MT, one_of(&["CANC", "NEWM"])), Ok(()));
        assert!(holds(MT, one_of(&["CANC"])).is_err());
        let regex = |pattern: &str| FieldMatch { matches: Some(pattern.to_owned()), ..field("448") };
        assert_eq!(holds(FIX, regex("^KEST.{4}$")), Ok(()));
        assert!(holds(FIX, regex("^LUM")).is_err());
        let near = |name, value: &str, within: &str| FieldMatch {
            near: value.parse().ok(),
            within: within.parse().ok(),
            ..field(name)
        };
        assert_eq!(holds(FIX, near("118", "100", "0.05")), Ok(()));
        assert!(holds(FIX, near("118", "100", "0.04")).is_err());
        assert_eq!(holds(MT, near("36B:SETT", "5000", "0.5")), Ok(()));
        let absent = |name| FieldMatch { absent: true, ..field(name) };
        assert_eq!(holds(FIX, absent("55")), Ok(()));
        assert!(holds(FIX, absent("54")).is_err());
    }

    #[test]
    fn what_cannot_be_expected_is_said() {
        let said = |text: &str| toml::from_str::<Expect>(text).expect(text).problem().unwrap_or_default();
        assert!(said("name = 'x'").contains("a figure, a trade or a message"));
        assert!(said("name = 'x'\nfigure = 'fails'\nat_most = 1").contains("fail_percent"));
        assert!(said("name = 'x'\nfigure = 'fail_percent'").contains("at_least or at_most"));
        assert!(said("name = 'x'\ntrade = 'T'").contains("fails or stage"));
        assert!(said("name = 'x'\n[message]\nmust = [{ field = '54' }]").contains("one of is"));
        assert!(said("name = 'x'\n[message]\nmust = [{ field = '54', matches = '(' }]").contains("54"));
        assert_eq!(said("name = 'x'\nfigure = 'fail_percent'\nat_most = 1.5"), "");
    }
}
