//! `docs/formats/fix-*.md` is printed from the dictionary and the rules; `UPDATE_DOCS=1` rewrites it.

use std::path::Path;

use finality_parsers::fix::{Version, spec_page};

#[test]
fn pages_are_what_the_tables_print() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/formats");
    for msg_type in ["J", "P", "AS", "AK", "AU"] {
        let mut page = format!(
            "# FIX {msg_type}\n\nPrinted from the tables in `parsers/src/fix`; `UPDATE_DOCS=1 cargo test -p finality-parsers --test fix_pages` rewrites it.\n"
        );
        for version in [Version::Fix44, Version::Fix50Sp2] {
            page.push('\n');
            page.push_str(&spec_page(msg_type, version).expect("a message that is spoken"));
        }
        let file = folder.join(format!("fix-{msg_type}.md"));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(&folder).expect("a folder for the pages");
            std::fs::write(&file, &page).expect("the page can be written");
        }
        let found = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(found == page, "{} is not what the tables print: run with UPDATE_DOCS=1", file.display());
    }
}

#[test]
fn there_is_no_page_for_what_is_not_spoken() {
    assert_eq!(spec_page("D", Version::Fix44), None);
}
