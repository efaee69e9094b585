//! `docs/lifecycle.md` and `docs/reasons.md` are printed from the tables in code; this keeps them equal. `UPDATE_DOCS=1
//! cargo test -p finality-kernel --test all pages` rewrites them. `docs/profile.md` is written by hand and must name every
//! setting.

use std::path::{Path, PathBuf};

use finality_kernel::profile::Profile;

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

fn keep_equal(name: &str, page: &str) {
    let path = docs(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page).expect("the page can be written");
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "docs/{name} is not what the table says: run with UPDATE_DOCS=1");
}

#[test]
fn the_page_of_the_lifecycle_is_what_the_table_says() {
    keep_equal("lifecycle.md", &finality_kernel::lifecycle::state::page());
}

#[test]
fn the_page_of_the_seats_is_what_the_tables_say() {
    keep_equal("seats.md", &finality_kernel::seat::page());
}

#[test]
fn the_page_of_the_reasons_is_what_the_table_says() {
    keep_equal("reasons.md", &finality_kernel::exceptions::reasons_page::page());
}

#[test]
fn the_page_of_access_is_what_the_table_says() {
    keep_equal("access.md", &finality_kernel::access::page());
}

#[test]
fn the_page_of_reconciliation_is_what_the_table_says() {
    keep_equal("reconciliation.md", &finality_kernel::reconciliation::table::page());
}

#[test]
fn the_page_of_standing_instructions_is_what_the_tables_say() {
    keep_equal("ssi.md", &finality_kernel::enrichment::page::page());
}

#[test]
fn the_page_of_matching_is_what_the_table_says() {
    keep_equal("matching.md", &finality_kernel::matching::field::page());
}

#[test]
fn the_page_of_key_figures_is_what_the_table_says() {
    keep_equal("kpi.md", &finality_kernel::kpi::table::page());
}

#[test]
fn the_page_of_risk_holds_the_table_of_features() {
    let page = std::fs::read_to_string(docs("risk.md")).expect("docs/risk.md");
    let table = finality_kernel::risk::features::table();
    assert!(page.contains(&table), "docs/risk.md must hold this table:\n{table}");
}

/// Every name of a setting, as the page should say it.
fn settings(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, inner) in fields {
                found.push(name.clone());
                settings(inner, found);
            }
        }
        serde_json::Value::Array(entries) => entries.iter().for_each(|e| settings(e, found)),
        _ => {}
    }
}

#[test]
fn the_page_of_the_profile_names_every_setting() {
    // One of everything, so that no setting is hidden by an empty list.
    let profile: Profile = serde_json::from_value(serde_json::json!({
        "bic": "FINMDEFFXXX",
        "links": [{"name": "l", "speech": "mt", "our_id": "FINMDEFFXXX", "their_id": "CUSTDEFFXXX",
                   "versions": ["sese.024.001.14"]}],
        "brokers": [{"bic": "BROKDEFFXXX", "codes": ["BROK"], "link": "l"}],
        "custodians": [{"name": "c", "bic": "CUSTDEFFXXX", "link": "l"}],
        "accounts": [{"account": "FUND0001", "custodian": "c", "safekeeping": "SAFE0001",
                      "owner": {"id": {"bic": "FINMDEFFXXX"}}, "groups": ["UCITS"]}],
        "ssi": [{"id": "CUST-DE", "group": "UCITS", "country": "DE", "security_type": "equity", "method": "rvp",
                 "currency": "EUR", "model": "DE-MODEL", "from": "2026-01-01", "until": "2026-12-31", "cash_account": "CASH1"},
                {"id": "DE-MODEL", "chain": {"depository": {"id": {"bic": "DAKVDEFFXXX"}}}}],
        "enrichment": {"own_side_required": true, "places": [{"country": "XS", "security_type": "fixed_income",
                       "place": "MGTCBEBEECL"}]},
        "standing_instructions": [{"party": "BROKDEFFXXX", "country": "DE", "currency": "EUR",
                                   "chain": {"depository": {"id": {"bic": "DAKVDEFFXXX"}},
                                             "agent": {"id": {"bic": "BROKDEFFXXX"}, "account": "BROK0001"}}}],
        "matching": [{"name": "m", "version": 2, "counterparty": "BROKDEFFXXX", "currency": "EUR",
                      "asset_class": "equity", "fields": {}}],
        "users": [{"name": "anna", "roles": ["operator"], "team": "equities"}, {"name": "bert", "roles": ["approver"]}],
        "tolerances": {"net_by_currency": [["JPY", "100"]]},
        "desk": {"model": "table", "tiers": [{"party": "FUND0001", "tier": 1}], "exchange": [["JPY", "0.006"]],
                 "penalty_rates": [{"missing": "cash", "from": "2026-01-01", "hundredths_of_bp": 24000}]},
        "market": [{"name": "m", "like": "us", "country": "US", "place": "DTCYUS33", "currency": "USD", "asset_class": "equity",
                    "calendar": {"market": "us_settlement"}, "utc_offset_minutes": -300, "summer_time": "america",
                    "cycle": [{"from": "2024-05-28", "days": 1}], "cut_offs": {"affirmation": "T 21:00"}}],
        "operation": {"release": "at_cycles", "cycles": ["09:00:00"], "alerts": {"most": 5}},
        "routing": [{"name": "r", "team": "t", "reason": "on_hold", "cause": "resource_shortage",
                     "counterparty": "BROKDEFFXXX", "market": "DE", "currency": "EUR", "asset_class": "equity",
                     "value_from": "1000000"}],
    }))
    .expect("a profile");
    profile.check().expect("it holds together");
    let mut names = Vec::new();
    settings(&serde_json::to_value(&profile).expect("JSON"), &mut names);
    assert!(names.len() > 40, "{names:?}");
    let page = std::fs::read_to_string(docs("profile.md")).expect("docs/profile.md");
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "docs/profile.md does not say what `{name}` is");
    }
    for speech in ["fix44", "fix50_sp2", "mt", "mx", "mx_document"] {
        assert!(page.contains(&format!("`{speech}`")), "docs/profile.md does not say what `{speech}` is");
    }
}
