//! The pages under docs/formats are printed from the tables in the code. `UPDATE_DOCS=1 cargo test -p finality-parsers
//! --test all pages` writes them again.

use std::path::Path;

use finality_parsers::mt;

/// Holds a page against what is printed, or writes it when it is asked to.
fn keep_equal(name: &str, page: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/formats");
    let path = folder.join(format!("{name}.md"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        std::fs::write(&path, page).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "{} is not what the table says: run with UPDATE_DOCS=1", path.display());
}

#[test]
fn the_pages_of_the_mt_tables_are_what_the_code_says() {
    for kind in mt::releases::types() {
        keep_equal(&format!("mt{kind}"), &mt::spec_page(kind).expect("a type of the list has a table"));
    }
    assert_eq!(mt::spec_page("999"), None);
}

#[test]
fn the_list_of_mt_types_and_their_codes_are_what_the_code_says() {
    keep_equal("mt", &mt::pages::index());
    keep_equal("mt-codes", &mt::pages::code_lists());
    keep_equal("mt-rules", &mt::pages::rules());
}
