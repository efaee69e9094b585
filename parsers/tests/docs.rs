//! Pages under `docs/formats/` are printed from the tables in code; this keeps them equal. `UPDATE_DOCS=1 cargo test -p
//! finality-parsers --test all docs` rewrites them.

use std::path::Path;

use finality_parsers::fix::{self, Version};
use finality_parsers::mx;

fn keep_equal(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/formats").join(format!("{name}.md"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page).expect("the page can be written");
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "docs/formats/{name}.md is not what the table says: run with UPDATE_DOCS=1");
}

#[test]
fn pages_of_iso_20022_messages_are_what_their_tables_say() {
    for message in ["head.001.001.02", "sese.023.001.11", "sese.024.001.12", "sese.025.001.11"] {
        keep_equal(message, &mx::spec_page(message).expect("it has a table"));
    }
}

#[test]
fn the_page_of_iso_20022_messages_is_what_the_tables_say() {
    keep_equal("mx-messages", &mx::messages_page());
}

#[test]
fn pages_of_fix_messages_are_what_their_tables_say() {
    for message in ["J", "P", "AS", "AT", "AK", "AU", "BH", "T", "AV", "8", "AE", "AR", "AD", "AQ"] {
        let pages =
            [Version::Fix44, Version::Fix50Sp2].map(|v| fix::spec_page(message, v).expect("it has a table"));
        let head = format!("# FIX {message}\n\nPrinted from the tables in `parsers/src/fix`.\n\n");
        keep_equal(&format!("fix-{message}"), &format!("{head}{}", pages.join("\n")));
    }
    for message in ["BM", "BQ"] {
        assert_eq!(fix::spec_page(message, Version::Fix44), None, "{message} came with FIX 5.0");
        let page = fix::spec_page(message, Version::Fix50Sp2).expect("it has a table");
        let head = format!("# FIX {message}\n\nPrinted from the tables in `parsers/src/fix`.\n\n");
        keep_equal(&format!("fix-{message}"), &format!("{head}{page}"));
    }
    keep_equal("fix-reasons", &fix::reasons_page());
    assert_eq!(fix::spec_page("D", Version::Fix44), None, "orders are not spoken here");
}
