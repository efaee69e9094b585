//! The mapping as a page for people.

use std::fmt::Write as _;

use super::table::{Field, MAPPINGS, Mapping, Rule};
use crate::mx;

/// `docs/formats/translation.md`.
pub fn page() -> String {
    let mut page = String::from(
        "# Translation between MT and MX\n\nPrinted from the tables that translate (`parsers/src/translate/table.rs` and the rows of details in \
         `parsers/src/mx`); a test keeps them equal and holds every row against the tables of both standards.\n\n\
         A message is read into the normalized event and written from it. `finality convert --to mt|mx FILE` does so and lists \
         on standard error every field that is cut, approximated, moved or dropped, with its reason; `--strict` \
         refuses what would lose anything. `--mx-version sese.024.001.14` chooses a version.\n\n",
    );
    let mut line = |arguments: std::fmt::Arguments<'_>| {
        page.write_fmt(arguments).expect("writing to a string does not fail");
    };
    line(format_args!("## Messages\n\n| MT | when | MX | normalized event |\n| --- | --- | --- | --- |\n"));
    for mapping in MAPPINGS {
        let kinds = mapping.mt.join(", ");
        line(format_args!("| {kinds} | {} | {} | {} |\n", mapping.when, mapping.mx, mapping.event));
    }
    line(format_args!("\n## Rules\n\n| rule | what it does |\n| --- | --- |\n"));
    for rule in Rule::ALL {
        line(format_args!("| {} | {} |\n", rule.name(), rule.words()));
    }
    for mapping in MAPPINGS.iter().filter(|mapping| !mapping.fields.is_empty()) {
        line(format_args!("{}", section(mapping)));
    }
    line(format_args!(
        "\n## Codes with a value\n\nWhat stands here is read and written by the row alone, in every message that has the sequence and the \
         element; a version that lacks the element has no place for it, and that is reported. Statements say the same below the transaction.\n\n\
         | MT | MX, below the first own element |\n| --- | --- |\n"
    ));
    for (sequence, tag, code, path) in mx::detail_rows() {
        let field = match (tag, code) {
            ("", code) => format!("no field; `{code}` in the event"),
            (tag, "") => format!("{sequence} `{tag}`"),
            (tag, code) => format!("{sequence} `{tag}::{code}`"),
        };
        line(format_args!("| {field} | `{path}` |\n"));
    }
    page
}

fn section(mapping: &Mapping) -> String {
    let when = if mapping.when.is_empty() { String::new() } else { format!(", {}", mapping.when) };
    let mut text = format!(
        "\n## MT{}{when} and {}\n\n| MT | MX, below the first own element | rule |\n| --- | --- | --- |\n",
        mapping.mt.join("/"),
        mapping.mx
    );
    for field in mapping.fields {
        writeln!(text, "| {} | `{}` | {} |", place(field), field.mx, field.rule.name())
            .expect("writing to a string does not fail");
    }
    text
}

/// `SETDET/AMT` `19A::SETT`.
fn place(field: &Field) -> String {
    match (field.tag, field.qualifier) {
        ("", _) => "the message type".to_owned(),
        (tag, "") => format!("{} `{tag}`", field.block),
        (tag, qualifier) => format!("{} `{tag}::{qualifier}`", field.block),
    }
}
