//! What fields say of each other: the network validated rules that the walk found broken, put into words, and the rule
//! between reasons and statuses.

use std::ops::Range;

use super::frame::Field;
use super::message::{Element, Message};
use super::network_rules::{Form, REASONS, Row};
use super::plan::{Check, Place};
use super::walk::{Broken, text};
use crate::diagnostic::{Diagnostic, Findings, Layer};

/// Rules between fields.
pub(super) fn check(message: &Message<'_>, findings: &mut Findings) {
    for broken in &message.layout.broken {
        Report { message, broken, findings }.write();
    }
    if REASONS.contains(&message.kind) {
        check_reasons(message, findings);
    }
}

/// A broken rule on its way into a finding.
struct Report<'a, 'm, 'f> {
    message: &'m Message<'a>,
    broken: &'m Broken,
    findings: &'f mut Findings,
}

impl<'a> Report<'a, '_, '_> {
    fn write(&mut self) {
        let check = self.broken.check;
        match &check.row.form {
            Form::Once { hint, .. } => {
                for e in self.repeated(check) {
                    self.push(Some(&e), &format!("{} stands more than once", name_of(&e)), hint, "");
                }
            }
            Form::Chain { .. } => {
                let party = self.first(check.when.first().copied().unwrap_or(0));
                let next =
                    self.places(check.all.first().copied().unwrap_or(0)).next().map_or("", |p| p.qualifier);
                let name = party.as_ref().map(name_of).unwrap_or_default();
                let hint = format!("add {next}, or take {name} out");
                self.push(party.as_ref(), &format!("{name} is named but {next} is not"), &hint, "");
            }
            Form::If(rule) => {
                let told = check.when.iter().find_map(|m| self.first(*m));
                self.push(told.as_ref(), rule.says, rule.hint, rule.blames);
            }
        }
    }

    fn push(&mut self, e: Option<&Element<'a>>, what: &str, hint: &str, blames: &str) {
        let row: &Row = self.broken.check.row;
        let (span, path) = match e {
            Some(e) => (e.field.whole(), self.message.path(e)),
            None => self.end(blames),
        };
        self.findings.push(Diagnostic::error(Layer::Rule, row.code, span, what).at(path).hint(hint));
    }

    /// What is missing is missed where its sequence ends.
    fn end(&self, blames: &str) -> (Range<usize>, String) {
        let (frame, layout) = (&self.message.frame, &self.message.layout);
        let named = layout.sequences.iter().position(|s| s.name.of(frame.raw) == blames.as_bytes());
        let sequence = named.or(self.broken.sequence);
        let close = sequence.and_then(|s| layout.sequences.get(s)).map_or(self.broken.close, |s| s.close);
        let field = frame.fields().get(close).or(frame.fields().last());
        (field.map_or(0..0, Field::whole), layout.path(frame, sequence))
    }

    /// The fields up to the end of the scope.
    fn elements(&self) -> impl Iterator<Item = Element<'a>> + '_ {
        let fields = self.message.frame.fields();
        let end = fields.get(self.broken.close).map_or(usize::MAX, |f| f.whole().start);
        self.message.elements().take_while(move |e| e.field.whole().start < end)
    }

    fn places(&self, marks: u128) -> impl Iterator<Item = Place> {
        let places = self.message.spec.map(|s| s.plan().places.as_slice()).unwrap_or_default();
        places.iter().enumerate().filter(move |(bit, _)| marks & (1 << bit) != 0).map(|(_, p)| *p)
    }

    /// The first field within the scope that has one of the marks. A condition may hold by a field outside of it: then the
    /// sequence itself is to blame.
    fn first(&self, marks: u128) -> Option<Element<'a>> {
        let start = self.start();
        self.elements().find(|e| e.field.whole().start >= start && self.places(marks).any(|p| is(e, &p)))
    }

    /// Every field but the first of those that have the same mark.
    fn repeated(&self, check: &Check) -> Vec<Element<'a>> {
        let start = self.start();
        let mut found = Vec::new();
        for place in self.places(check.single) {
            let same = self.elements().filter(|e| e.field.whole().start >= start && is(e, &place));
            found.extend(same.skip(1));
        }
        found
    }

    /// Where the scope of the rule begins.
    fn start(&self) -> usize {
        let (frame, layout) = (&self.message.frame, &self.message.layout);
        let open = self.broken.sequence.and_then(|s| layout.sequences.get(s)).map(|s| s.open);
        open.and_then(|o| frame.fields().get(o)).map_or(0, |f| f.whole().start)
    }
}

/// Whether a field is what a mark stands for. Marks of whole sequences stand for their first field.
fn is(e: &Element<'_>, place: &Place) -> bool {
    let code = place.code.as_bytes();
    e.block == place.sequence.trim_start_matches('.').as_bytes()
        && e.tag.starts_with(place.tag.as_bytes())
        && (place.qualifier.is_empty() || e.qualifier == place.qualifier.as_bytes())
        && (code.is_empty() || (e.scheme.is_empty() && e.rest.split(|b| *b == b'/').next() == Some(code)))
}

fn name_of(e: &Element<'_>) -> String {
    let name = if e.qualifier.is_empty() { e.tag } else { e.qualifier };
    if e.number() == b"19" { format!("amount {}", text(name)) } else { text(name) }
}

/// The qualifier of a reason is the code of its status, unless that is of another scheme.
fn check_reasons(message: &Message<'_>, findings: &mut Findings) {
    let mut status: Option<Element<'_>> = None;
    for e in message.elements() {
        match (e.block, e.tag) {
            (b"STAT", b"25D") => status = Some(e),
            (b"REAS", b"24B") => {
                let differs = status.filter(|s| s.scheme.is_empty() && s.rest != e.qualifier);
                if let Some(s) = differs {
                    let what =
                        format!("reason {} does not belong to status {}", text(e.qualifier), text(s.rest));
                    findings.push(
                        Diagnostic::error(Layer::Rule, "E37", e.field.whole(), what)
                            .at(message.path(&e))
                            .hint("use the status code as the qualifier of its reasons"),
                    );
                }
            }
            _ => {}
        }
    }
}
