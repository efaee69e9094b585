//! `docs/scenario.md` is written by hand; it must name every setting, with the default that the code has.

use std::path::Path;

use finality_simulator::scenario::Scenario;
use toml::Value;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/scenario.md");
    std::fs::read_to_string(path).expect("docs/scenario.md")
}

/// The row of a setting: `| `name` | ...`, in the section of its table.
fn row<'a>(page: &'a str, table: &str, name: &str) -> &'a str {
    let section = page.split("\n## ").find(|s| s.starts_with(&format!("`{table}`")));
    let section = section.unwrap_or_else(|| panic!("docs/scenario.md has no section `{table}`"));
    let row = section.lines().find(|l| l.starts_with(&format!("| `{name}` ")));
    row.unwrap_or_else(|| panic!("docs/scenario.md, section `{table}`, says nothing of `{name}`"))
}

#[test]
fn the_page_names_every_setting_with_its_default() {
    // A cut and a lateness, so that no setting is hidden by its absence.
    let text = "name = 'x'\n[breaks]\nlate_minutes = [90, 420]\n\
                [[market.classes]]\nclass = 'etf'\n[[faults.outages]]\nparty = 'custodian-1'\nat = '12:00:00'\nminutes = 3\n[[faults.cuts]]\nlink = 'manager'\nat = '12:00:00'\nminutes = 3\n";
    let scenario = Scenario::from_toml(text).expect("a scenario");
    let page = page();
    let Value::Table(tables) = Value::try_from(&scenario).expect("TOML") else { panic!("a table") };
    let mut settings = 0;
    for (table, value) in &tables {
        let Value::Table(fields) = value else {
            row(&page, "scenario", table);
            continue;
        };
        for (name, default) in fields {
            let row = row(&page, table, name);
            settings += 1;
            match default {
                Value::Array(entries) if entries.iter().any(Value::is_table) => {
                    let cut = entries[0].as_table().expect("a cut");
                    for field in cut.keys() {
                        assert!(page.contains(&format!("| `{field}` ")), "docs/scenario.md: `cuts.{field}`");
                    }
                }
                // The calendar is a table of its own, told in words.
                Value::Table(inner) => {
                    for field in inner.keys() {
                        assert!(row.contains(field.as_str()), "docs/scenario.md: `{table}.{name}.{field}`");
                    }
                }
                Value::String(s) => {
                    assert!(row.contains(&format!("`\"{s}\"`")), "{row}: the default is {s:?}")
                }
                Value::Array(entries) if entries.iter().any(|e| e.is_str()) => {
                    let list: Vec<String> = entries.iter().map(ToString::to_string).collect();
                    assert!(
                        row.contains(&format!("`[{}]`", list.join(", "))),
                        "{row}: the default is {list:?}"
                    );
                }
                other => assert!(row.contains(&format!("`{other}`")), "{row}: the default is {other}"),
            }
        }
    }
    assert!(settings > 40, "only {settings} settings: the scenario has moved");
}

/// The tables of `docs/compare.md` are printed from code; `UPDATE_DOCS=1` writes them.
#[test]
fn the_page_of_comparisons_holds_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compare.md");
    let found = std::fs::read_to_string(&path).expect("docs/compare.md");
    let mut page = found;
    for (mark, table) in [
        ("models", finality_simulator::operation::page()),
        ("figures", finality_simulator::experiment::figures::page()),
    ] {
        let mark = format!("<!-- {mark} -->\n");
        let (before, after) = page.split_once(&mark).expect("the mark of a table");
        // The table ends with the first empty line after it.
        let rest = after.trim_start_matches('\n');
        let rest =
            if rest.starts_with('|') { rest.split_once("\n\n").map_or("", |(_, rest)| rest) } else { rest };
        page = format!("{before}{mark}\n{table}\n{rest}");
    }
    keep_equal("compare.md", &page);
}

/// Holds a page equal to what is printed; `UPDATE_DOCS=1` writes it.
fn keep_equal(name: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, printed).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == printed, "docs/{name} is not what the tables say: run with UPDATE_DOCS=1");
}

#[test]
fn the_page_of_calibration_is_what_the_table_says() {
    keep_equal("calibration.md", &finality_simulator::experiment::calibration::page());
}

#[test]
fn the_page_of_penalties_is_what_the_tables_say() {
    keep_equal("penalties.md", &finality_simulator::settlement::penalty::page());
}
