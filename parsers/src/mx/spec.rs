//! A table printed as a page for people.

use std::fmt::Write as _;

use super::schema::{ANY, Particle, Schema, Shape, TypeId};
use super::{rules, tables};

/// The table of a message as a Markdown page; `None` for a message that has none.
pub fn spec_page(message: &str) -> Option<String> {
    let found = tables::find(message).filter(|found| found.exact)?;
    let schema = found.schema;
    let mut page = format!(
        "# {message}\n\nPrinted from `parsers/src/mx/tables/{message}.table`; rewrite with `UPDATE_DOCS=1 cargo test -p \
         finality-parsers --test all docs`.\n\nThe outermost element is `{}`. Order matters everywhere; in a choice exactly one \
         element stands.\n",
        schema.root().name
    );
    let mut line = |arguments: std::fmt::Arguments<'_>| {
        page.write_fmt(arguments).expect("writing to a string does not fail");
    };
    line(format_args!("\n## Elements\n"));
    let order = in_order(schema);
    for id in &order {
        let of = schema.get(*id);
        let Shape::Elements(_) = of.shape else { continue };
        line(format_args!("\n### {}\n\n| element | occurs | type |\n| --- | --- | --- |\n", of.name));
        for (particles, is_choice, _) in schema.slots(*id) {
            for particle in particles {
                let (min, max) = particle.occurs;
                let max = if max == u32::MAX { "n".to_owned() } else { max.to_string() };
                let choice = if is_choice { " (choice)" } else { "" };
                let kind = kind(particle, |p| schema.get(p.type_id).name.as_str());
                line(format_args!("| {} | {min}..{max}{choice} | {kind} |\n", name(particle)));
            }
        }
    }
    line(format_args!("\n## Values\n\n| type | holds |\n| --- | --- |\n"));
    for id in &order {
        let of = schema.get(*id);
        match &of.shape {
            Shape::Elements(_) => {}
            Shape::Value(simple) => line(format_args!("| {} | {} |\n", of.name, cell(&simple.to_string()))),
            Shape::Attributed { value, attributes } => {
                let attributes: Vec<String> = attributes
                    .iter()
                    .map(|(name, of, _)| format!("`{name}` {}", schema.get(*of).name))
                    .collect();
                let value = &schema.get(*value).name;
                line(format_args!("| {} | {value} with {} |\n", of.name, attributes.join(", ")));
            }
        }
    }
    let rules = rules::in_words(message);
    if !rules.is_empty() {
        line(format_args!("\n## Rules\n\n| code | rule | why |\n| --- | --- | --- |\n"));
        for (code, words, hint) in rules {
            line(format_args!("| {code} | {words} | {hint} |\n"));
        }
    }
    Some(page)
}

/// All types that the root leads to, each once, in the order in which a reader meets them.
fn in_order(schema: &Schema) -> Vec<TypeId> {
    let mut order = Vec::new();
    let mut next = vec![schema.root().type_id];
    while let Some(id) = next.pop() {
        if order.contains(&id) {
            continue;
        }
        order.push(id);
        let mut below: Vec<TypeId> = match &schema.get(id).shape {
            Shape::Attributed { value, attributes } => {
                std::iter::once(*value).chain(attributes.iter().map(|(_, of, _)| *of)).collect()
            }
            _ => schema
                .slots(id)
                .flat_map(|(particles, _, _)| particles)
                .filter(|particle| particle.name != ANY)
                .map(|particle| particle.type_id)
                .collect(),
        };
        below.reverse();
        next.append(&mut below);
    }
    order
}

fn name(particle: &Particle) -> &str {
    if particle.name == ANY { "any one element" } else { &particle.name }
}

fn kind<'p>(particle: &'p Particle, name: impl Fn(&'p Particle) -> &'p str) -> &'p str {
    if particle.name == ANY { "not checked" } else { name(particle) }
}

/// A text that may stand in a table cell.
fn cell(text: &str) -> String {
    match text.split_once(" like ") {
        Some((before, pattern)) => format!("{before} like `{}`", pattern.replace('|', "\\|")),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_elements_and_the_values() {
        let page = spec_page("sese.024.001.12").expect("it has a table");
        for expected in [
            "# sese.024.001.12\n",
            "### ProcessingStatus88Choice\n\n| element | occurs | type |\n| --- | --- | --- |\n| AckdAccptd | 1..1 (choice) |",
            "| Max35Text | 1 to 35 characters |",
            "`Ccy` ActiveCurrencyCode",
            "| status-needed | one of PrcgSts, IfrrdMtchgSts, MtchgSts, SttlmSts must be there |",
        ] {
            assert!(page.contains(expected), "{expected}");
        }
        assert_eq!(spec_page("sese.024.001.99"), None);
    }
}
