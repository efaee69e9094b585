//! What a profile may not say.

use finality_kernel::profile::{Profile, ProfileError};
use serde_json::{Value, json};

fn profile(link: Value, matching: Value) -> Profile {
    let mut whole = json!({"bic": "FINMDEFFXXX", "links": [link]});
    whole["matching"] = matching;
    serde_json::from_value(whole).expect("a profile")
}

fn link(versions: &[&str]) -> Value {
    json!({"name": "custodian", "speech": "mx", "our_id": "FINMDEFFXXX", "their_id": "CUSTDEFFXXX", "versions": versions})
}

#[test]
fn a_version_that_there_is_no_table_for_is_refused() {
    let wrong = profile(link(&["sese.024.001.14", "sese.023.001.99"]), json!([])).check();
    let expected = ProfileError::Version { link: "custodian".into(), version: "sese.023.001.99".into() };
    assert_eq!(wrong, Err(expected));
    assert_eq!(profile(link(&["sese.024.001.14"]), json!([])).check(), Ok(()));
}

#[test]
fn a_matching_profile_that_cannot_be_is_refused() {
    let loose = json!([{"name": "m", "fields": {"trade_date": {"percent": {"percent": "1"}}}}]);
    let wrong = profile(link(&[]), loose).check().expect_err("refused").to_string();
    assert!(wrong.contains("\"m\": trade_date takes no tolerance"), "{wrong}");
    let twice = json!([{"name": "m"}, {"name": "m"}]);
    assert!(profile(link(&[]), twice).check().is_err());
}
