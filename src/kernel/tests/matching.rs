//! Matching profiles, trying them out, and near pairs.

use std::collections::BTreeMap;

use finality_kernel::lifecycle::trade::Terms;
use finality_kernel::matching::compare::{Verdict, compare, side_by_side};
use finality_kernel::matching::field::{FIELDS, Field};
use finality_kernel::matching::rules::{AssetClass, MatchingProfile, Rules};
use finality_kernel::matching::tolerance::Tolerance;
use finality_kernel::matching::try_out::{Pair, RuleBook, near, try_out};
use finality_kernel::profile::Tolerances;
use finality_parsers::model::{Amount, Instrument, Price, Quantity, Side};
use rust_decimal::Decimal;

fn d(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn terms() -> Terms {
    let eur = "EUR".parse().expect("a currency");
    Terms {
        side: Side::Buy,
        instrument: Instrument::of("DE0007164600".parse().expect("an ISIN")),
        quantity: Quantity::units(d("1000")).expect("positive"),
        price: Some(Price::actual(eur, d("100"))),
        net: Some(Amount::new(eur, d("100050"))),
        gross: Some(Amount::new(eur, d("100000"))),
        accrued: None,
        commission: Some(Amount::new(eur, d("50"))),
        fees: None,
        currency: None,
        trade_date: "2026-11-24".parse().expect("a date"),
        settlement_date: Some("2026-11-26".parse().expect("a date")),
        account: Some("FUND1".parse().expect("an account")),
        broker: Some("DEUTDEFF".parse().expect("a BIC")),
        payment: None,
    }
}

fn with(change: impl FnOnce(&mut Terms)) -> Terms {
    let mut terms = terms();
    change(&mut terms);
    terms
}

fn profile(name: &str, fields: &[(Field, Tolerance)]) -> MatchingProfile {
    MatchingProfile {
        name: name.into(),
        version: 1,
        counterparty: None,
        currency: None,
        asset_class: None,
        fields: fields.iter().copied().collect::<BTreeMap<_, _>>(),
    }
}

#[test]
fn the_nearest_profile_holds_whatever_the_order() {
    let general = Tolerances::default();
    let mut list = vec![
        MatchingProfile { asset_class: Some(AssetClass::Equity), ..profile("shares", &[]) },
        MatchingProfile { currency: Some("EUR".parse().expect("EUR")), ..profile("euro", &[]) },
        MatchingProfile { counterparty: Some("DEUTDEFFXXX".parse().expect("a BIC")), ..profile("deut", &[]) },
        profile("all", &[]),
    ];
    let bond = with(|t| {
        t.quantity =
            Quantity::new(finality_parsers::model::QuantityKind::FaceAmount, d("1000")).expect("positive")
    });
    let stranger = with(|t| t.broker = Some("CHASUS33".parse().expect("a BIC")));
    let dollars = with(|t| {
        t.broker = None;
        t.net = Some(Amount::new("USD".parse().expect("USD"), d("1")));
    });
    for _ in 0..list.len() {
        list.rotate_left(1);
        let name = |terms: &Terms| Rules::of(&list, &general, terms).name();
        assert_eq!(name(&terms()), "deut 1");
        assert_eq!(name(&bond), "deut 1");
        assert_eq!(name(&stranger), "euro 1");
        assert_eq!(name(&dollars), "shares 1");
    }
    assert_eq!(Rules::of(&[], &general, &terms()).name(), "");
}

#[test]
fn a_profile_decides_what_differs() {
    let general = Tolerances::default();
    let theirs = with(|t| {
        t.commission = Some(Amount::new("EUR".parse().expect("EUR"), d("52")));
        t.net = Some(Amount::new("EUR".parse().expect("EUR"), d("100052")));
    });
    let differing = |profile: MatchingProfile| -> Vec<Field> {
        let list = [profile];
        let rules = Rules::of(&list, &general, &theirs);
        compare(&terms(), &theirs, rules).into_iter().map(|d| d.field).collect()
    };
    let two = Tolerance::Absolute { below: d("0"), above: d("2") };
    assert_eq!(differing(profile("p", &[])), [Field::Net], "the general tolerance of net money is one unit");
    assert_eq!(differing(profile("p", &[(Field::Net, two)])), []);
    assert_eq!(
        differing(profile("p", &[(Field::Net, two), (Field::Commission, Tolerance::Exact)])),
        [Field::Commission]
    );
    assert_eq!(
        differing(profile("p", &[(Field::Net, two), (Field::Payment, Tolerance::MustSay)])),
        [Field::Payment]
    );
    assert_eq!(differing(profile("p", &[(Field::Net, Tolerance::Off)])), []);
}

#[test]
fn all_fields_stand_side_by_side() {
    let general = Tolerances::default();
    let theirs = with(|t| t.quantity = Quantity::units(d("990")).expect("positive"));
    let fields = side_by_side(&terms(), &theirs, Rules::of(&[], &general, &theirs));
    assert_eq!(fields.len(), FIELDS.len());
    let of = |field: Field| fields.iter().find(|c| c.field == field).expect("every field");
    assert_eq!(of(Field::Quantity).verdict, Verdict::Differs);
    assert_eq!(of(Field::Quantity).difference, Some(d("-10")));
    assert_eq!(of(Field::Net).verdict, Verdict::Equal);
    assert_eq!(of(Field::Accrued).verdict, Verdict::OneSided);
    assert_eq!(of(Field::Gross).verdict, Verdict::Off);
}

#[test]
fn what_cannot_be_said_is_refused() {
    let loose = Tolerance::Percent { percent: d("1"), cap: None };
    for (field, tolerance, part) in [
        (Field::TradeDate, loose, "takes no tolerance"),
        (Field::Instrument, Tolerance::Off, "always compared"),
        (Field::Net, Tolerance::Absolute { below: d("-1"), above: d("1") }, "not negative"),
    ] {
        let problems = profile("p", &[(field, tolerance)]).problems();
        assert!(problems.iter().any(|p| p.contains(part)), "{problems:?}");
    }
    assert_eq!(
        profile("p", &[(Field::Net, loose), (Field::Payment, Tolerance::Off)]).problems(),
        Vec::<String>::new()
    );
}

#[test]
fn other_rules_are_tried_without_effect() {
    let general = Tolerances::default();
    let far = with(|t| t.net = Some(Amount::new("EUR".parse().expect("EUR"), d("100060"))));
    let near_by = with(|t| t.net = Some(Amount::new("EUR".parse().expect("EUR"), d("100050.5"))));
    let ours = terms();
    let pairs = [(3, &far), (1, &near_by), (2, &ours)];
    let pairs = || pairs.map(|(trade, theirs)| Pair { trade, ours: &ours, theirs });
    let wide = [profile("wide", &[(Field::Net, Tolerance::Absolute { below: d("10"), above: d("10") })])];
    let strict = [profile("strict", &[(Field::Net, Tolerance::Exact)])];
    let book = |profiles| RuleBook { profiles, general: &general };
    let trial = try_out(pairs(), book(&[]), book(&wide));
    assert_eq!((trial.compared, trial.match_now, trial.match_then), (3, 2, 3));
    assert_eq!(
        trial.changed.iter().map(|c| (c.trade, c.profile.as_str())).collect::<Vec<_>>(),
        [(3, "wide 1")]
    );
    let trial = try_out(pairs(), book(&[]), book(&strict));
    assert_eq!((trial.match_now, trial.match_then), (2, 1));
    assert_eq!(trial.changed[0].then[0].field, Field::Net);
}

#[test]
fn the_nearest_candidates_come_first_in_any_order() {
    let general = Tolerances::default();
    let other_quantity = with(|t| t.quantity = Quantity::units(d("900")).expect("positive"));
    let other_account = with(|t| {
        t.account = Some("FUND2".parse().expect("an account"));
        t.quantity = Quantity::units(d("900")).expect("positive");
    });
    let other_trade = with(|t| {
        t.account = Some("FUND2".parse().expect("an account"));
        t.quantity = Quantity::units(d("900")).expect("positive");
        t.side = Side::Sell;
    });
    let mut others = [(7, &other_account), (9, &other_quantity), (8, &other_quantity), (1, &other_trade)];
    for _ in 0..others.len() {
        others.rotate_left(1);
        let found = near(&terms(), others.iter().copied(), RuleBook { profiles: &[], general: &general }, 10);
        assert_eq!(found.iter().map(|c| (c.trade, c.tells)).collect::<Vec<_>>(), [(8, 5), (9, 5), (7, 4)]);
    }
}
