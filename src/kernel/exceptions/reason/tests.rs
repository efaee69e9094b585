//! The table has every cause once, and statuses are told by their codes.

use super::*;

#[test]
fn numbers_are_unique_and_all_five_causes_have_reasons() {
    let mut numbers: Vec<u16> = REASONS.iter().map(|r| r.number).collect();
    numbers.dedup();
    assert_eq!(numbers.len(), REASONS.len());
    for cause in Cause::ALL {
        assert!(REASONS.iter().any(|r| r.cause == cause), "{cause:?}");
    }
}

#[test]
fn status_reasons() {
    let reason = |code: &str| Reason { code: code.into(), issuer: None, text: None };
    assert_eq!(of_status(&[reason("LACK")]), Some(R::SecuritiesShort));
    assert_eq!(of_status(&[reason("FUTU")]), None);
    assert_eq!(of_status(&[reason("FUTU"), reason("MONY")]), Some(R::CashShort));
    assert_eq!(of_status(&[reason("XYZW")]), Some(R::NotSettledInTime));
    assert_eq!(of_status(&[]), None);
}
