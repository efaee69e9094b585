//! The table of the translation says what is so: every row is in the tables of both standards, and the page is what the
//! table says.

use finality_parsers::mx::tables;
use finality_parsers::translate::table::MAPPINGS;
use finality_parsers::{mt, translate};

/// The newest version of a message.
fn newest(name: &str) -> &'static str {
    tables::messages().filter(|message| message.starts_with(name)).last().expect("a table")
}

#[test]
fn every_row_is_in_the_tables_of_both_standards() {
    let mut wrong = Vec::new();
    for mapping in MAPPINGS {
        let schema = tables::find(newest(mapping.mx)).expect("a table").schema;
        for field in mapping.fields {
            let number = field.tag.trim_end_matches(char::is_alphabetic);
            let sequence = field.block.rsplit('/').next().unwrap_or_default();
            let in_mt = field.tag.is_empty()
                || mapping.mt.iter().any(|kind| mt::has_field(kind, sequence, number, field.qualifier));
            let in_mx = field.mx.starts_with("AppHdr/") || schema.down(schema.own(), field.mx).is_some();
            if !in_mt || !in_mx {
                wrong.push(format!("{} {field:?}: in MT {in_mt}, in MX {in_mx}", mapping.mx));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_is_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/formats/translation.md");
    let page = translate::page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).expect("the page can be written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == page, "docs/formats/translation.md is not what the table says: run with UPDATE_DOCS=1");
}
