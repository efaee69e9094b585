//! The dictionary and the rules of one message as Markdown, for `docs/formats`.

use std::fmt::Write as _;

use super::Version;
use super::dictionary::{Dictionary, FieldDef, ScopeId, dictionary};
use super::rules::topics::REASONS;
use super::rules::{CONDITIONS, Condition, EXCLUSIONS, SUMS};
use crate::diagnostic::Severity;

/// The table of a message (`J`, `P`, `AK` and so on) in a version; `None` for a type that is not spoken here.
pub fn spec_page(msg_type: &str, version: Version) -> Option<String> {
    let tables = dictionary(version);
    let message = tables.message(msg_type)?;
    let mut page = format!("## {} ({msg_type}), {}\n\n", message.name, version.name());
    page.push_str("`R` is required; a field indented below a count belongs to each entry of that group, the first one begins it.\n\n");
    page.push_str("| tag | field | type | R | values |\n|---|---|---|---|---|\n");
    rows(tables, message.scope, 0, &mut page);
    page.push_str("\n### Rules across fields\n\n| finding | rule | what to do |\n|---|---|---|\n");
    for c in CONDITIONS.iter().filter(|c| c.types.contains(&msg_type)) {
        writeln!(page, "| `{}` | {} | {} |", c.code, condition(c, tables), c.hint)
            .expect("a string takes all");
    }
    for e in EXCLUSIONS.iter().filter(|e| e.types.contains(&msg_type)) {
        let bars = e.bars.iter().map(|t| format!("{t} ({})", tables.name(*t))).collect::<Vec<_>>().join(", ");
        let (tag, when) = e.when;
        let lax = if e.severity == Severity::Warning { " (warning)" } else { "" };
        writeln!(page, "| `{}` | no {bars} when {tag} is {}{lax} | {} |", e.code, when.join(" or "), e.hint)
            .expect("a string takes all");
    }
    for s in SUMS.iter().filter(|s| s.types.contains(&msg_type)) {
        writeln!(page, "| `{}` | {} | {} |", s.code, s.rule, s.hint).expect("a string takes all");
    }
    Some(page)
}

/// Which reason of refusal is answered to what is wrong, as a page.
pub fn reasons_page() -> String {
    let mut page = String::from(
        "# FIX reasons of refusal\n\nPrinted from the tables in `parsers/src/fix/rules`.\n\n\
         An allocation (J, AS) that breaks a rule is answered with 87=1 and 88 when the block is at fault, with 87=2 and 776 for \
         each account when only accounts are; a confirmation (AK) with 940=2 and 774. Where FIX 4.4 lacks the narrower reason, a \
         wider one stands.\n\n\
         | what is wrong | 88, 776 in FIX 4.4 | from FIX 5.0 on | 774 in FIX 4.4 | from FIX 5.0 on | rules |\n|---|---|---|---|---|---|\n",
    );
    for row in REASONS {
        let mut rules: Vec<String> = CONDITIONS
            .iter()
            .map(|c| (c.topic, c.code))
            .chain(EXCLUSIONS.iter().map(|e| (e.topic, e.code)))
            .chain(SUMS.iter().map(|s| (s.topic, s.code)))
            .filter(|(topic, _)| *topic == row.topic)
            .map(|(_, code)| format!("`{code}`"))
            .collect();
        rules.sort();
        rules.dedup();
        let ((a44, a50), (c44, c50)) = (row.allocation, row.confirmation);
        writeln!(page, "| {:?} | {a44} | {a50} | {c44} | {c50} | {} |", row.topic, rules.join(", "))
            .expect("a string takes all");
    }
    page
}

fn rows(tables: &Dictionary, scope: ScopeId, depth: usize, page: &mut String) {
    for member in &tables.scope(scope).members {
        let Some(field) = tables.field(member.tag) else { continue };
        let indent = "· ".repeat(depth);
        let required = if member.required { "R" } else { "" };
        let values = values(field);
        writeln!(
            page,
            "| {indent}{} | {indent}{} | {} | {required} | {values} |",
            field.tag, field.name, field.type_name
        )
        .expect("a string takes all");
        if let Some(group) = member.group {
            rows(tables, group, depth + 1, page);
        }
    }
}

fn values(field: &FieldDef) -> String {
    let mut words: Vec<String> = field
        .values
        .iter()
        .map(|v| if v.meaning.is_empty() { v.text.to_string() } else { format!("{} {}", v.text, v.meaning) })
        .collect();
    words.extend(field.agreed_from.map(|n| format!("{n} and above as agreed")));
    words.join(", ")
}

fn condition(c: &Condition, tables: &Dictionary) -> String {
    let list = |tags: &[u32]| {
        tags.iter().map(|t| format!("{t} ({})", tables.name(*t))).collect::<Vec<_>>().join(" and ")
    };
    let (tag, when) = c.when;
    let state = if when.is_empty() { "is given".to_owned() } else { format!("is {}", when.join(" or ")) };
    let mut text = format!("{} when {tag} {state}", list(c.needs));
    for (tag, values) in c.unless {
        write!(text, ", unless {tag} is {}", values.join(" or ")).expect("a string takes all");
    }
    if c.group != 0 {
        write!(text, ", in each entry of {} ({})", c.group, tables.name(c.group))
            .expect("a string takes all");
    }
    if c.severity == Severity::Warning {
        text.push_str(" (warning)");
    }
    text
}
