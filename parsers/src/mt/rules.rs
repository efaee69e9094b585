//! What a value must be beyond its format, and what fields say of each other: network validated rules. Where the error code of the
//! standard is sure it is used; the rules of a family are written once and parametrised by message type.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::charset::{self, Class};
use super::message::{Element, Message};
use super::notation::{Component, Kind};
use super::walk::text;
use super::{codes, format, value};
use crate::diagnostic::{Diagnostic, Findings, Layer, Severity};
use crate::model::{BusinessDate, Currency, Isin, Lei};

/// Formats, values and code lists of every field.
pub(super) fn check_values(message: &Message<'_>, findings: &mut Findings) {
    let raw = message.frame.raw;
    let mut components: Vec<Component> = Vec::new();
    let mut bare_line_feed = None;
    for e in message.elements() {
        let bytes = e.field.value.of(raw);
        let at = e.field.value.range().start;
        if e.field.eol.of(raw)
            == b"
"
        {
            bare_line_feed.get_or_insert(e.field.eol.range());
        }
        let Some(format) = format::of(e.tag) else {
            check_characters(message, &e, Class::Z, findings);
            continue;
        };
        components.clear();
        if let Err(mismatch) = format.compiled.read(bytes, &mut components) {
            if !check_characters(message, &e, Class::X, findings) {
                let start = at + mismatch.at;
                let end = (start + 1).min(e.field.value.range().end.max(start));
                let found = text(bytes.get(mismatch.at..).unwrap_or_default());
                let found = if found.is_empty() { "nothing".to_owned() } else { format!("{found:?}") };
                findings.push(
                    Diagnostic::error(
                        Layer::Structure,
                        "field-format",
                        start..end,
                        format!("{found} stands where {} should", mismatch.expected),
                    )
                    .at(message.path(&e))
                    .hint(format!("the format of {} is {}", format.tag, format.notation)),
                );
            }
            continue;
        }
        for c in &components {
            check_component(message, &e, *c, &components, findings);
        }
        if e.tag == b"35B" {
            check_instrument(message, &e, &components, findings);
        }
        if format.slash_rule {
            check_slashes(message, &e, findings);
        }
        check_codes(message, &e, findings);
    }
    if let Some(span) = bare_line_feed {
        findings.push(
            Diagnostic::warning(Layer::Syntax, "line-ends", span, "lines must end with CR LF")
                .hint("send the file in binary mode so that line ends stay as they are"),
        );
    }
}

/// Points at the first character that may not stand in a text block; true when there is one.
fn check_characters(message: &Message<'_>, e: &Element<'_>, class: Class, findings: &mut Findings) -> bool {
    let bytes = e.field.value.of(message.frame.raw);
    let Some(offset) = charset::first_foreign(bytes, class) else { return false };
    let at = e.field.value.range().start + offset;
    let byte = bytes.get(offset).copied().unwrap_or_default();
    let shown =
        if byte.is_ascii_graphic() { format!("{:?}", char::from(byte)) } else { format!("byte {byte:#04x}") };
    findings.push(
        Diagnostic::error(
            Layer::Structure,
            "character-not-allowed",
            at..at + 1,
            format!("{shown} is not among {}", class.words()),
        )
        .at(message.path(e))
        .hint("replace it with a character of the set"),
    );
    true
}

/// 35B is not empty, and what starts like an ISIN has the form of one.
fn check_instrument(
    message: &Message<'_>,
    e: &Element<'_>,
    components: &[Component],
    findings: &mut Findings,
) {
    let (code, what) = if e.rest.is_empty() {
        ("T17", "neither an ISIN nor a description is given")
    } else if e.rest.starts_with(b"ISIN ") && !components.iter().any(|c| c.kind == Kind::Isin) {
        ("T12", "behind ISIN and a blank there must be twelve characters and the end of the line")
    } else {
        return;
    };
    findings.push(
        Diagnostic::error(Layer::Rule, code, e.field.whole(), what)
            .at(message.path(e))
            .hint("write ISIN, a blank and the twelve characters"),
    );
}

fn check_component(
    message: &Message<'_>,
    e: &Element<'_>,
    c: Component,
    all: &[Component],
    findings: &mut Findings,
) {
    let raw = e.field.value.of(message.frame.raw);
    let bytes = raw.get(c.start..c.end).unwrap_or_default();
    let word = std::str::from_utf8(bytes).unwrap_or("");
    let offset = e.field.value.range().start;
    let mut report = |layer, code, what: String, hint: &str| {
        findings.push(
            Diagnostic::error(layer, code, offset + c.start..offset + c.end, what)
                .at(message.path(e))
                .hint(hint),
        );
    };
    match c.kind {
        Kind::Date => {
            if let Err(wrong) = BusinessDate::from_compact(word) {
                report(Layer::Rule, "T50", wrong.to_string(), "write a day that exists as YYYYMMDD");
            }
        }
        Kind::Time => {
            let two = |r: std::ops::Range<usize>| bytes.get(r).and_then(value::parsed::<u8>);
            if two(0..2).is_none_or(|h| h > 23)
                || two(2..4).is_none_or(|m| m > 59)
                || two(4..6).is_none_or(|s| s > 59)
            {
                report(Layer::Rule, "T38", format!("{word} is no time of day"), "write it as HHMMSS");
            }
        }
        Kind::Currency => {
            if let Err(wrong) = word.parse::<Currency>() {
                report(Layer::Rule, "T52", wrong.to_string(), "use an ISO 4217 code");
            }
        }
        Kind::Isin => {
            if let Err(wrong) = word.parse::<Isin>() {
                report(Layer::Rule, "isin", wrong.to_string(), "check the number with its source");
            }
        }
        Kind::Lei => {
            if let Err(wrong) = word.parse::<Lei>() {
                report(Layer::Rule, "lei", wrong.to_string(), "check the identifier with its source");
            }
        }
        // Only amounts are bound to the decimals of their currency; prices and rates are not.
        Kind::Decimal => {
            let money = all.iter().find(|c| e.tag == b"19A" && c.kind == Kind::Currency).copied();
            check_decimal(bytes, raw, money, &mut report);
        }
        _ => {}
    }
}

fn check_decimal(
    bytes: &[u8],
    raw: &[u8],
    money: Option<Component>,
    report: &mut impl FnMut(Layer, &'static str, String, &str),
) {
    let comma = bytes.iter().position(|&b| b == b',');
    let well_formed = comma.is_some_and(|c| c > 0 && !bytes.get(c + 1..).unwrap_or_default().contains(&b','));
    if !well_formed {
        let what = format!("{} is no number with one decimal comma and a digit before it", text(bytes));
        report(Layer::Structure, "T43", what, "write 1000 as 1000, and a quarter as 0,25");
        return;
    }
    let decimals = comma.map_or(0, |c| bytes.len() - c - 1);
    let Some(money) = money else { return };
    let code = std::str::from_utf8(raw.get(money.start..money.end).unwrap_or_default()).unwrap_or("");
    let allowed = code.parse::<Currency>().ok().and_then(|c| c.decimals());
    if allowed.is_some_and(|max| decimals > max as usize) {
        let what =
            format!("{} has more decimals than {code}, which has {}", text(bytes), allowed.unwrap_or(0));
        report(Layer::Rule, "C03", what, "round the amount to the decimals of its currency");
    }
    let zero = bytes.iter().all(|b| matches!(b, b'0' | b','));
    if zero && raw.get(money.start.wrapping_sub(1)) == Some(&b'N') {
        report(Layer::Rule, "T14", "zero has no sign".into(), "leave out the N");
    }
}

/// References and free parts of some fields must not start or end with a slash nor hold two in a row.
fn check_slashes(message: &Message<'_>, e: &Element<'_>, findings: &mut Findings) {
    let free = match e.tag {
        b"94B" => e.rest.get(5..).unwrap_or_default(),
        b"95S" => e.rest.get(8..).unwrap_or_default(),
        _ => e.rest,
    };
    let bad =
        |line: &[u8]| line.starts_with(b"/") || line.ends_with(b"/") || line.windows(2).any(|w| w == b"//");
    if free.split(|&b| b == b'\n').any(|line| bad(line.strip_suffix(b"\r").unwrap_or(line))) {
        let span = e.field.value.range();
        let what = format!("{} starts or ends with a slash or holds two in a row", text(free));
        findings.push(
            Diagnostic::error(Layer::Rule, "T26", span, what)
                .at(message.path(e))
                .hint("leave out the slash or use another reference"),
        );
    }
}

/// Codes that lists govern: 23G, 24B, 25D, and those that the table lists itself.
fn check_codes(message: &Message<'_>, e: &Element<'_>, findings: &mut Findings) {
    let Some(spec) = message.spec else { return };
    let standard = e.scheme.is_empty();
    let (list, code): (Option<Cow<'_, [&str]>>, _) = match e.tag {
        b"23G" => (Some(spec.functions).filter(|f| !f.contains(&"?")).map(Cow::Borrowed), "unknown-function"),
        b"24B" if standard => (codes::reasons(spec.message, e.qualifier).map(Cow::Borrowed), "K24"),
        b"25D" if standard => (codes::statuses(spec.message, e.qualifier).map(Cow::Borrowed), "K25"),
        b"22F" | b"22H" if standard => {
            let sequence = e.sequence.and_then(|s| message.layout.sequences.get(s)).and_then(|s| s.spec);
            (sequence.and_then(|s| codes::indicators(s, b"22", e.qualifier)).map(Cow::Owned), "K22")
        }
        _ => return,
    };
    let found = if e.tag == b"23G" { e.rest.get(..4).unwrap_or(e.rest) } else { e.rest };
    let Some(list) = list else { return };
    if !list.iter().any(|c| c.as_bytes() == found) {
        let what = format!("{} is not in the list of {}", text(found), message.path(e));
        findings.push(
            Diagnostic::error(Layer::Rule, code, e.field.value.range(), what)
                .at(message.path(e))
                .hint(format!("use one of {}", list.join(" "))),
        );
    }
}

/// Rules between fields.
pub(super) fn check_rules(message: &Message<'_>, findings: &mut Findings) {
    let Some(_) = message.spec else { return };
    let elements: Vec<Element<'_>> =
        message.elements().filter(|e| !e.qualifier.is_empty() || e.tag == b"23G").collect();
    let mut rules = Rules { message, elements: &elements, findings };
    let kind = message.kind;
    let (instruction, confirmation) =
        (matches!(kind, "540" | "541" | "542" | "543"), matches!(kind, "544" | "545" | "546" | "547"));
    // Statements have many transactions, each with its own parties.
    if instruction || confirmation || matches!(kind, "515" | "518" | "548" | "578") {
        rules.parties_once();
        rules.chains();
    }
    if instruction || confirmation || matches!(kind, "502" | "515" | "518" | "535" | "536" | "538") {
        rules.cancellation();
    }
    if instruction || confirmation || matches!(kind, "502" | "515" | "518" | "578" | "586") {
        rules.exchange();
    }
    if instruction || confirmation {
        rules.amounts_once();
        rules.counts();
        match kind {
            "541" | "543" => rules.amount_needed("SETT"),
            "545" | "547" => rules.amount_needed("ESTT"),
            _ => {}
        }
    }
    match kind {
        "540" | "541" => rules.counterparty("DEAG"),
        "542" | "543" => rules.counterparty("REAG"),
        "548" => rules.status(),
        "515" => rules.amount_in_one_place(),
        _ => {}
    }
}

/// The qualifiers that name parties of the settlement chains, of cash and of other roles.
const PARTIES: &[&[&str]] = &[
    &["BUYR", "DEAG", "DECU", "DEI1", "DEI2", "PSET", "REAG", "RECU", "REI1", "REI2", "SELL"],
    &["ACCW", "PAYE", "BENM", "DEBT", "INTM"],
    &["EXCH", "MEOR", "MERE", "TRRE", "VEND", "TRAG", "QFIN", "BRKR"],
];

const CHAIN: &[(&str, &str)] = &[
    ("DEI2", "DEI1"),
    ("DEI1", "DECU"),
    ("DECU", "SELL"),
    ("REI2", "REI1"),
    ("REI1", "RECU"),
    ("RECU", "BUYR"),
];

struct Rules<'a, 'm, 'f> {
    message: &'m Message<'a>,
    elements: &'m [Element<'a>],
    findings: &'f mut Findings,
}

impl<'a> Rules<'a, '_, '_> {
    fn find(&self, block: &str, number: &str, qualifier: &str) -> Option<&Element<'a>> {
        self.elements.iter().find(|e| is(e, block, number, qualifier))
    }

    fn report(&mut self, e: Option<&Element<'_>>, code: &'static str, what: &str, hint: &str) {
        let fields = self.message.frame.fields();
        let (span, path) = match e {
            Some(e) => (e.field.whole(), self.message.path(e)),
            // What is missing in the settlement details is missed where they end.
            None => {
                let sequences = &self.message.layout.sequences;
                let details = sequences.iter().position(|s| s.name.of(self.message.frame.raw) == b"SETDET");
                let end = details
                    .and_then(|d| sequences.get(d))
                    .and_then(|s| fields.get(s.close))
                    .or(fields.last());
                (end.map_or(0..0, |f| f.whole()), self.message.layout.path(&self.message.frame, details))
            }
        };
        self.findings
            .push(Diagnostic::new(Severity::Error, Layer::Rule, code, span, what).at(path).hint(hint));
    }

    /// C5: a party at most once per message.
    fn parties_once(&mut self) {
        let blocks = ["SETPRTY", "CSHPRTY", "OTHRPRTY"];
        let mut seen: Vec<&[u8]> = Vec::new();
        let elements = self.elements;
        for e in elements {
            let listed = e.number() == b"95"
                && blocks.iter().zip(PARTIES).any(|(block, list)| {
                    e.block == block.as_bytes() && list.iter().any(|q| q.as_bytes() == e.qualifier)
                });
            if !listed {
                continue;
            }
            if seen.contains(&e.qualifier) {
                let what = format!("{} stands more than once", text(e.qualifier));
                self.report(Some(e), "E84", &what, "name each party once per message");
            } else {
                seen.push(e.qualifier);
            }
        }
    }

    /// C7: no link of a chain without the next.
    fn chains(&mut self) {
        for (party, next) in CHAIN {
            let found = self.find("SETPRTY", "95", party).copied();
            if let Some(e) = found.filter(|_| self.find("SETPRTY", "95", next).is_none()) {
                self.report(
                    Some(&e),
                    "E86",
                    &format!("{party} is named but {next} is not"),
                    &format!("add {next}, or take {party} out"),
                );
            }
        }
    }

    /// CANC needs exactly one 20C::PREV, and it alone may stand in one.
    fn cancellation(&mut self) {
        let function = self.elements.iter().find(|e| e.tag == b"23G" && e.block == b"GENL").copied();
        if let Some(e) = function.filter(|e| e.rest.starts_with(b"CANC")) {
            let count = self.elements.iter().filter(|e| is(e, "LINK", "20", "PREV")).count();
            if count != 1 {
                let what = format!("a cancellation must have one 20C::PREV; there are {count}");
                self.report(
                    Some(&e),
                    "E08",
                    &what,
                    "add one LINK sequence with the reference of the message to be cancelled",
                );
            }
        }
    }

    /// C1: each amount in one AMT block only.
    fn amounts_once(&mut self) {
        let mut seen: BTreeSet<&[u8]> = BTreeSet::new();
        let elements = self.elements;
        for e in elements.iter().filter(|e| {
            e.block == b"AMT" && e.tag == b"19A" && e.qualifier != b"RESU" && e.qualifier != b"OCMT"
        }) {
            if !seen.insert(e.qualifier) {
                let what = format!("amount {} stands in more than one AMT sequence", text(e.qualifier));
                self.report(Some(e), "E87", &what, "keep one of them");
            }
        }
    }

    /// C2: against payment there is an amount.
    fn amount_needed(&mut self, qualifier: &str) {
        if self.find("AMT", "19", qualifier).is_none() {
            let what = format!("against payment, one AMT sequence must have 19A::{qualifier}");
            self.report(None, "E92", &what, "add the settlement amount");
        }
    }

    /// C3: TOSE needs SETT.
    fn counts(&mut self) {
        let total = self.find("GENL", "99", "TOSE").copied();
        if let Some(e) = total.filter(|_| self.find("GENL", "99", "SETT").is_none()) {
            self.report(
                Some(&e),
                "E90",
                "the total number is given but not the current one",
                "add 99B::SETT",
            );
        }
    }

    /// C4: an exchange rate and a resulting amount come together.
    fn exchange(&mut self) {
        let elements = self.elements;
        let amounts = || {
            elements
                .iter()
                .filter(|e| e.block == b"AMT" && (e.qualifier == b"EXCH" || e.qualifier == b"RESU"))
        };
        let found: BTreeSet<(Option<usize>, &[u8])> = amounts().map(|e| (e.sequence, e.qualifier)).collect();
        for e in amounts() {
            let other: &[u8] = if e.qualifier == b"EXCH" { b"RESU" } else { b"EXCH" };
            if !found.contains(&(e.sequence, other)) {
                let what = format!("{} stands without {}", text(e.qualifier), text(other));
                self.report(
                    Some(e),
                    "E62",
                    &what,
                    "give exchange rate and resulting amount together, or neither",
                );
            }
        }
    }

    /// C6: without a database of settlement instructions the other side's agent and the place of settlement are named.
    fn counterparty(&mut self, agent: &str) {
        if self.find("SETDET", "22", "DBNM").is_some() {
            return;
        }
        for party in [agent, "PSET"] {
            if self.find("SETPRTY", "95", party).is_none() {
                self.report(
                    None,
                    "E91",
                    &format!("95a::{party} is missing"),
                    "add the party, or 22F::DBNM when a database has it",
                );
            }
        }
    }

    /// MT548: C1 and C3, and the reason that must belong to its status.
    fn status(&mut self) {
        let paid = self.find("SETTRAN", "22", "PAYM").copied().filter(|e| e.rest == b"APMT");
        if let Some(e) = paid.filter(|_| self.find("SETTRAN", "19", "SETT").is_none()) {
            self.report(
                Some(&e),
                "E83",
                "against payment, but there is no 19A::SETT",
                "add the settlement amount",
            );
        }
        let movement = self.find("SETTRAN", "22", "REDE").copied();
        let parties = self.elements.iter().any(|e| e.block == b"SETPRTY" && e.number() == b"95");
        if let Some(e) = movement.filter(|_| parties) {
            let agent = if e.rest == b"DELI" { "REAG" } else { "DEAG" };
            if self.find("SETPRTY", "95", agent).is_none() {
                self.report(
                    Some(&e),
                    "E85",
                    &format!("settlement parties are named but {agent} is not"),
                    "add the agent of the other side",
                );
            }
        }
        let elements = self.elements;
        let mut status: Option<&Element<'_>> = None;
        for e in elements {
            match (e.block, e.tag) {
                (b"STAT", b"25D") => status = Some(e),
                (b"REAS", b"24B") => {
                    let differs = status.filter(|s| s.scheme.is_empty() && s.rest != e.qualifier);
                    if let Some(s) = differs {
                        let what = format!(
                            "reason {} does not belong to status {}",
                            text(e.qualifier),
                            text(s.rest)
                        );
                        self.report(
                            Some(e),
                            "E37",
                            &what,
                            "use the status code as the qualifier of its reasons",
                        );
                    }
                }
                _ => {}
            }
        }
    }

    /// MT515: the settlement amount stands in CONFDET or in an AMT, not in both.
    fn amount_in_one_place(&mut self) {
        let first = self.find("CONFDET", "19", "SETT").copied();
        if let Some(e) = first.filter(|_| self.find("AMT", "19", "SETT").is_some()) {
            self.report(Some(&e), "E73", "the settlement amount stands in two places", "keep one of them");
        }
    }
}

fn is(e: &Element<'_>, block: &str, number: &str, qualifier: &str) -> bool {
    e.block == block.as_bytes() && e.number() == number.as_bytes() && e.qualifier == qualifier.as_bytes()
}
