//! The look-up against a search of everything, and versions day by day.

use proptest::prelude::*;

use super::*;

fn id(text: &str) -> SsiId {
    text.parse().expect("a name")
}

fn day(text: &str) -> BusinessDate {
    text.parse().expect("a day")
}

fn at(hour: i64) -> Timestamp {
    Timestamp::from_nanos(hour * 3_600_000_000_000)
}

fn bic(n: u8) -> Bic {
    format!("BRK{}DEFF", char::from(b'A' + n % 26)).parse().expect("a BIC")
}

fn record(name: &str, from: Option<&str>) -> SsiRecord {
    SsiRecord { party: Some(bic(0)), from: from.map(day), ..SsiRecord::new(id(name)) }
}

/// A library after facts, one an hour.
fn after(facts: &[Fact]) -> Library {
    let mut library = Library::default();
    for (hour, fact) in (0..).zip(facts) {
        library.apply(fact, at(hour));
    }
    library
}

fn recorded(record: &SsiRecord, version: u32) -> Fact {
    Fact::SsiRecorded {
        record: Box::new(record.clone()),
        version,
        by: "otto".to_owned(),
        approved_by: Some("anna".to_owned()),
        source: SsiSource::Person,
    }
}

fn withdrawn(name: &str, version: u32, from: Option<&str>) -> Fact {
    let (by, why) = ("otto".to_owned(), "they moved".to_owned());
    Fact::SsiWithdrawn { id: id(name), version, from: from.map(day), by, approved_by: None, why }
}

/// What applied on a day, as it was known then: a clerk's table.
#[test]
fn versions_day_by_day() {
    let library = after(&[
        recorded(&record("A", Some("2026-01-01")), 1),
        recorded(&record("A", Some("2026-07-01")), 2),
        // A correction of the first half, written last: it also beats what was scheduled.
        recorded(&record("A", Some("2026-03-01")), 3),
        withdrawn("A", 4, Some("2026-10-01")),
    ]);
    for (on, known, version) in [
        ("2025-12-31", None, None),
        ("2026-01-01", None, Some(1)),
        ("2026-02-28", None, Some(1)),
        ("2026-03-01", None, Some(3)),
        ("2026-07-01", None, Some(3)),
        ("2026-09-30", None, Some(3)),
        ("2026-10-01", None, None),
        ("2026-07-01", Some(0), Some(1)),
        ("2026-07-01", Some(1), Some(2)),
        ("2026-03-01", Some(1), Some(1)),
        ("2026-10-01", Some(2), Some(3)),
    ] {
        let found = library.on(&id("A"), day(on), known.map(at)).map(|v| v.version);
        assert_eq!(found, version, "on {on}, as known at hour {known:?}");
    }
    let statuses = |on: &str| -> Vec<Status> {
        let all = library.history(&id("A"));
        all.iter().map(|version| library.status(&id("A"), version, day(on))).collect()
    };
    use Status::{Active, Scheduled, Superseded, Withdrawn};
    assert_eq!(statuses("2026-02-01"), [Active, Scheduled, Scheduled, Scheduled]);
    assert_eq!(statuses("2026-08-01"), [Superseded, Superseded, Active, Scheduled]);
    assert_eq!(statuses("2026-12-01"), [Superseded, Superseded, Superseded, Withdrawn]);
}

fn query(party: Option<Bic>) -> Query<'static> {
    Query {
        party,
        account: None,
        groups: &[],
        country: Some("DE"),
        security_type: Some(SecurityType::Equity),
        method: Some(SettlementMethod::Dvp),
        currency: Some("EUR".parse().expect("a currency")),
        day: day("2026-11-26"),
        known: None,
    }
}

#[test]
fn a_version_with_another_key_is_found_by_that_key_only() {
    let german = SsiRecord { country: Some("DE".to_owned()), ..record("A", None) };
    let french = SsiRecord { country: Some("FR".to_owned()), ..record("A", Some("2026-06-01")) };
    let library = after(&[recorded(&german, 1), recorded(&french, 2)]);
    let query = query(Some(bic(0)));
    assert_eq!(library.find(&query), Found::NotThatDay(vec![id("A")]));
    let before = Query { day: day("2026-05-31"), ..query.clone() };
    assert!(matches!(library.find(&before), Found::One(hit) if hit.version == 1));
    let in_france = Query { country: Some("FR"), ..query };
    assert!(matches!(library.find(&in_france), Found::One(hit) if hit.version == 2));
}

#[test]
fn a_model_is_found_by_those_who_name_it() {
    let depository = Some(finality_parsers::model::Party::bic(bic(1)));
    let chain = SettlementChain { depository, ..SettlementChain::default() };
    let model = SsiRecord { chain, ..SsiRecord::new(id("MODEL")) };
    let user = SsiRecord {
        party: None,
        account: "FUND1".parse().ok(),
        model: Some(id("MODEL")),
        ..record("A", None)
    };
    let library = after(&[recorded(&model, 1), recorded(&user, 1)]);
    let account = "FUND1".parse().expect("an account");
    let ours = Query { account: Some(&account), ..query(None) };
    let Found::One(hit) = library.find(&ours) else { panic!("one") };
    assert_eq!(hit.chain, Some(&model.chain));
    assert_eq!(library.find(&query(None)), Found::None, "a model counts for nobody by itself");
    let without = after(&[recorded(&user, 1)]);
    assert!(matches!(without.find(&ours), Found::One(hit) if hit.chain.is_none()));
}

/// Each of a hundred thousand is found among all others.
#[test]
fn many_records() {
    let name = |n: u32| format!("{n:06}");
    let party = |n: u32| -> Bic {
        let letter = |n: u32| char::from(b'A' + u8::try_from(n % 26).expect("small"));
        format!("{}{}{}{}DEFF", letter(n), letter(n / 26), letter(n / 676), letter(n / 17576))
            .parse()
            .expect("a BIC")
    };
    let records: Vec<SsiRecord> =
        (0..100_000).map(|n| SsiRecord { party: Some(party(n)), ..record(&name(n), None) }).collect();
    let library = Library::new(&[], &records);
    for n in 0..100_000 {
        let Found::One(hit) = library.find(&query(Some(party(n)))) else { panic!("{n}") };
        assert_eq!(hit.record.id.as_str(), name(n));
    }
}

/// Looks at every record, as one would by hand.
fn by_hand(records: &[SsiRecord], query: &Query<'_>) -> Vec<SsiId> {
    let rank = |r: &SsiRecord| -> Option<(usize, [bool; 4])> {
        let scope = match (&r.account, &r.group) {
            (Some(account), _) => (query.account == Some(account)).then_some(100)?,
            (None, Some(group)) => 99 - query.groups.iter().position(|g| g == group)?,
            (None, None) => 0,
        };
        let fits = r.party.map(|p| p.full()) == query.party.map(|p| p.full())
            && r.country.as_deref().is_none_or(|c| query.country == Some(c))
            && r.security_type.is_none_or(|t| query.security_type == Some(t))
            && r.method.is_none_or(|m| query.method == Some(m))
            && r.currency.is_none_or(|c| query.currency == Some(c))
            && r.from.is_none_or(|from| from <= query.day)
            && r.until.is_none_or(|until| query.day <= until)
            && !r.is_model();
        let named =
            [r.country.is_some(), r.security_type.is_some(), r.method.is_some(), r.currency.is_some()];
        fits.then_some((scope, named))
    };
    let best = records.iter().filter_map(rank).max();
    let mut ids: Vec<SsiId> =
        records.iter().filter(|r| best.is_some() && rank(r) == best).map(|r| r.id.clone()).collect();
    ids.sort();
    ids
}

fn any_record() -> impl Strategy<Value = SsiRecord> {
    let of = |values: &'static [&'static str]| prop::option::of(prop::sample::select(values));
    let kinds = prop::option::of(prop::sample::select(SecurityType::ALL[..2].to_vec()));
    let methods = prop::option::of(prop::sample::select(SettlementMethod::ALL.to_vec()));
    let days = of(&["2026-01-01", "2026-11-27"]);
    (
        prop::option::of(0u8..2),
        of(&["F1", "F2"]),
        of(&["G1", "G2"]),
        of(&["DE", "FR"]),
        kinds,
        methods,
        of(&["EUR"]),
        days,
    )
        .prop_map(|(party, account, group, country, security_type, method, currency, from)| SsiRecord {
            party: party.map(bic),
            account: account.and_then(|a| a.parse().ok()),
            group: group.filter(|_| account.is_none()).and_then(|g| g.parse().ok()),
            country: country.map(str::to_owned),
            security_type,
            method,
            currency: currency.and_then(|c| c.parse().ok()),
            from: from.map(day),
            ..SsiRecord::new(id("?"))
        })
}

proptest! {
    #[test]
    fn the_look_up_finds_what_a_search_of_everything_finds(
        mut records in prop::collection::vec(any_record(), 0..40),
        party in prop::option::of(0u8..2),
        account in prop::option::of(prop::sample::select(vec!["F1", "F2", "F3"])),
        turned in any::<bool>(),
        method in prop::sample::select(SettlementMethod::ALL.to_vec()),
        country in prop::option::of(prop::sample::select(vec!["DE", "FR", "XS"])),
    ) {
        for (n, record) in records.iter_mut().enumerate() {
            record.id = id(&format!("R{n}"));
        }
        let library = Library::new(&[], &records);
        let account: Option<Account> = account.and_then(|a| a.parse().ok());
        let mut groups: Vec<AccountGroup> = ["G1", "G2"].map(|g| g.parse().expect("a group")).to_vec();
        if turned {
            groups.reverse();
        }
        let query = Query {
            account: account.as_ref(),
            groups: &groups,
            method: Some(method),
            country,
            ..query(party.map(bic))
        };
        let mut found = match library.find(&query) {
            Found::One(hit) => vec![hit.record.id.clone()],
            Found::Several(ids) => ids,
            Found::NotThatDay(_) | Found::None => Vec::new(),
        };
        found.sort();
        prop_assert_eq!(found, by_hand(&records, &query));
    }

    /// Records of different names may come in any order; the versions of one name come in theirs.
    #[test]
    fn the_order_of_different_records_does_not_matter(
        mut records in prop::collection::vec(any_record(), 1..20).prop_shuffle(),
        party in 0u8..2,
    ) {
        for (n, record) in records.iter_mut().enumerate() {
            record.id = id(&format!("R{n}"));
        }
        let facts: Vec<Fact> = records.iter().map(|r| recorded(r, 1)).collect();
        let backwards: Vec<Fact> = facts.iter().rev().cloned().collect();
        let (one, other) = (after(&facts), after(&backwards));
        let query = query(Some(bic(party)));
        prop_assert_eq!(format!("{:?}", one.find(&query)), format!("{:?}", other.find(&query)));
    }
}
