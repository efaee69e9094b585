//! Rules across fields, which the standard states in words: what is needed when, what excludes what, and which figures
//! must agree.
//!
//! | table | a row says |
//! |---|---|
//! | [`CONDITIONS`] | a value of one field makes others necessary |
//! | [`EXCLUSIONS`] | a value of one field leaves no room for others |
//! | [`SUMS`] | figures that must agree |
//! | [`topics`] | what a rule is about, and which code says so in an answer |

pub mod conditions;
mod figures;
pub mod sums;
pub mod topics;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use conditions::{CONDITIONS, Condition, EXCLUSIONS, Exclusion};
pub use sums::{SUMS, Sum};
pub use topics::Topic;

use super::field::{Field, printable};
use super::message::Message;
use crate::diagnostic::{Diagnostic, Findings, Layer};

/// The rows for one type of message.
#[derive(Debug, Default)]
struct Rows {
    conditions: Vec<&'static Condition>,
    exclusions: Vec<&'static Exclusion>,
    sums: Vec<&'static Sum>,
}

static BY_TYPE: LazyLock<BTreeMap<&'static str, Rows>> = LazyLock::new(|| {
    let mut map: BTreeMap<&'static str, Rows> = BTreeMap::new();
    for row in CONDITIONS {
        row.types.iter().for_each(|t| map.entry(t).or_default().conditions.push(row));
    }
    for row in EXCLUSIONS {
        row.types.iter().for_each(|t| map.entry(t).or_default().exclusions.push(row));
    }
    for row in SUMS {
        row.types.iter().for_each(|t| map.entry(t).or_default().sums.push(row));
    }
    map
});

/// Checks all rules for the message's type.
pub(super) fn check(message: &Message<'_>, findings: &mut Findings) {
    let Some(rows) = BY_TYPE.get(message.msg_type()) else { return };
    for row in &rows.conditions {
        in_scope(row.group, message, |entry| check_condition(row, message, entry, findings));
    }
    for row in &rows.exclusions {
        in_scope(row.group, message, |entry| check_exclusion(row, message, entry, findings));
    }
    for sum in &rows.sums {
        (sum.check)(message, &mut |entry, tag, what| {
            let first = || message.fields.get(message.entries.get(entry as usize)?.first as usize);
            let span = message.get(entry, tag).or_else(first).map_or(0..0, Field::span);
            findings.push(
                Diagnostic::error(Layer::Rule, sum.code, span, what)
                    .at(message.path(entry, tag))
                    .hint(sum.hint),
            );
        });
    }
}

/// What a finding of these rules is about.
pub(super) fn topic(msg_type: &str, code: &str) -> Option<Topic> {
    let rows = BY_TYPE.get(msg_type)?;
    let condition = rows.conditions.iter().find(|r| r.code == code).map(|r| r.topic);
    let exclusion = || rows.exclusions.iter().find(|r| r.code == code).map(|r| r.topic);
    let sum = || rows.sums.iter().find(|r| r.code == code).map(|r| r.topic);
    condition.or_else(exclusion).or_else(sum)
}

/// Whether a finding says that a field is missing which another one makes necessary.
pub(super) fn is_condition(msg_type: &str, code: &str) -> bool {
    BY_TYPE.get(msg_type).is_some_and(|rows| rows.conditions.iter().any(|r| r.code == code))
}

fn in_scope(group: u32, message: &Message<'_>, mut check: impl FnMut(u32)) {
    if group == 0 {
        check(0);
    } else {
        message.group(0, group).for_each(check);
    }
}

fn is(value: &[u8], values: &[&str]) -> bool {
    values.is_empty() || values.iter().any(|v| v.as_bytes() == value)
}

fn because(tag: u32, values: &[&str], value: &[u8]) -> String {
    if values.is_empty() { format!("{tag} is given") } else { format!("{tag} is {}", printable(value)) }
}

fn check_condition(condition: &Condition, message: &Message<'_>, entry: u32, findings: &mut Findings) {
    let (tag, values) = condition.when;
    let Some(field) = message.get(entry, tag) else { return };
    let value = field.value(message.raw);
    let excused = |(tag, values): &(u32, &[&str])| message.value(entry, *tag).is_some_and(|v| is(v, values));
    if !is(value, values) || condition.unless.iter().any(excused) {
        return;
    }
    for need in condition.needs.iter().filter(|need| message.get(entry, **need).is_none()) {
        let name = message.dictionary().name(*need);
        let what = format!("{need} ({name}) is needed because {}", because(tag, values, value));
        findings.push(
            Diagnostic::new(condition.severity, Layer::Rule, condition.code, field.span(), what)
                .at(message.path(entry, *need))
                .hint(condition.hint),
        );
    }
}

fn check_exclusion(exclusion: &Exclusion, message: &Message<'_>, entry: u32, findings: &mut Findings) {
    let (tag, values) = exclusion.when;
    let Some(value) = message.value(entry, tag).filter(|value| is(value, values)) else { return };
    for barred in exclusion.bars {
        let Some(field) = message.get(entry, *barred) else { continue };
        let name = message.dictionary().name(*barred);
        let what = format!("{barred} ({name}) may not be there because {}", because(tag, values, value));
        findings.push(
            Diagnostic::new(exclusion.severity, Layer::Rule, exclusion.code, field.span(), what)
                .at(message.path(entry, *barred))
                .hint(exclusion.hint),
        );
    }
}
