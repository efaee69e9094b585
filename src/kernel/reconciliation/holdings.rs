//! Our positions and a statement of holdings.

use std::collections::BTreeMap;

use finality_parsers::model::{Account, Balance, HoldingsStatement, Instrument, QuantityKind};
use rust_decimal::Decimal;

use super::is_whole;

/// What we believe an account holds of an instrument, on the basis and at the time that the statement speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The account, as its servicer names it.
    pub account: Account,
    /// What.
    pub instrument: Instrument,
    /// What is counted.
    pub kind: QuantityKind,
    /// In all; negative when short.
    pub aggregate: Decimal,
    /// Of which one may dispose, where we know it.
    pub available: Option<Decimal>,
}

/// A balance that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BalanceField {
    /// In all.
    Aggregate,
    /// Of which one may dispose.
    Available,
    /// What is counted.
    Kind,
}

/// What does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// We hold it, and the statement does not have it.
    MissingAtTheirs {
        /// What we hold.
        ours: Decimal,
    },
    /// The statement has it, and we do not hold it.
    MissingAtOurs {
        /// What they hold.
        theirs: Decimal,
    },
    /// Both have it and do not say the same.
    Differs {
        /// In what.
        field: BalanceField,
        /// What we say.
        ours: String,
        /// What they say.
        theirs: String,
    },
}

/// One position that does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionDifference {
    /// In which account.
    pub account: Account,
    /// Of what.
    pub instrument: Instrument,
    /// How.
    pub mismatch: Mismatch,
}

/// By which an instrument is told: its ISIN, else all that is said of it.
type Key = (Account, String);

#[derive(Debug)]
struct Held {
    instrument: Instrument,
    /// By what is counted: all together, and what is available where each part says it.
    balances: BTreeMap<QuantityKind, (Decimal, Option<Decimal>)>,
}

/// What does not agree, by account and instrument. Parts of a position that are kept in several places are added up.
/// Accounts that the statement does not speak of are left out; from one that is not whole (a page of several, or changes
/// only) nothing is concluded about what it does not list.
pub fn compare(ours: &[Position], statement: &HoldingsStatement) -> Vec<PositionDifference> {
    let (accounts, theirs) = listed(statement);
    let mut mine: BTreeMap<Key, Held> = BTreeMap::new();
    for position in ours.iter().filter(|p| accounts.contains(&p.account)) {
        let key = key(&position.account, &position.instrument);
        add(&mut mine, key, &position.instrument, position.kind, (position.aggregate, position.available));
    }
    let mut list = Vec::new();
    let keys: std::collections::BTreeSet<&Key> = mine.keys().chain(theirs.keys()).collect();
    for key in keys {
        match (mine.get(key), theirs.get(key)) {
            (Some(held), None) if is_whole(&statement.header) => {
                let ours = total(held);
                if !ours.is_zero() {
                    list.push(difference(key, held, Mismatch::MissingAtTheirs { ours }));
                }
            }
            (None, Some(held)) => {
                let theirs = total(held);
                if !theirs.is_zero() {
                    list.push(difference(key, held, Mismatch::MissingAtOurs { theirs }));
                }
            }
            (Some(ours), Some(theirs)) => {
                list.extend(differing(ours, theirs).into_iter().map(|m| difference(key, ours, m)));
            }
            _ => {}
        }
    }
    list
}

/// The accounts that a statement speaks of, and what they hold.
fn listed(statement: &HoldingsStatement) -> (Vec<Account>, BTreeMap<Key, Held>) {
    let head = &statement.header.account.id;
    let mut accounts = vec![head.clone()];
    let mut theirs = BTreeMap::new();
    for listed in &statement.accounts {
        let account = listed.account.account.as_ref().map_or(head, |a| &a.id);
        accounts.push(account.clone());
        for holding in &listed.holdings {
            let key = key(account, &holding.instrument);
            let Balance { kind, value, .. } = holding.aggregate;
            let available = holding.available.as_ref().filter(|b| b.kind == kind).map(|b| b.value);
            add(&mut theirs, key, &holding.instrument, kind, (value, available));
        }
    }
    (accounts, theirs)
}

fn key(account: &Account, instrument: &Instrument) -> Key {
    let name = instrument.isin.map_or_else(|| format!("{instrument:?}"), |isin| isin.to_string());
    (account.clone(), name)
}

fn add(
    held: &mut BTreeMap<Key, Held>,
    key: Key,
    instrument: &Instrument,
    kind: QuantityKind,
    (aggregate, available): (Decimal, Option<Decimal>),
) {
    let one =
        held.entry(key).or_insert_with(|| Held { instrument: instrument.clone(), balances: BTreeMap::new() });
    let sum = one.balances.entry(kind).or_insert((Decimal::ZERO, Some(Decimal::ZERO)));
    // Sums that no decimal holds cannot be real: they stay at the largest there is, and differ.
    sum.0 = sum.0.saturating_add(aggregate);
    sum.1 = sum.1.zip(available).map(|(a, b)| a.saturating_add(b));
}

fn total(held: &Held) -> Decimal {
    held.balances.values().fold(Decimal::ZERO, |sum, (aggregate, _)| sum.saturating_add(*aggregate))
}

fn difference(key: &Key, held: &Held, mismatch: Mismatch) -> PositionDifference {
    PositionDifference { account: key.0.clone(), instrument: held.instrument.clone(), mismatch }
}

fn differing(ours: &Held, theirs: &Held) -> Vec<Mismatch> {
    let kinds = |held: &Held| held.balances.keys().copied().collect::<Vec<_>>();
    if kinds(ours) != kinds(theirs) {
        let show = |held: &Held| format!("{:?}", kinds(held));
        return vec![differs(BalanceField::Kind, show(ours), show(theirs))];
    }
    let mut list = Vec::new();
    for ((ours, our_available), (theirs, their_available)) in
        ours.balances.values().zip(theirs.balances.values())
    {
        let show = |number: &Decimal| number.normalize().to_string();
        if ours != theirs {
            list.push(differs(BalanceField::Aggregate, show(ours), show(theirs)));
        }
        if let (Some(ours), Some(theirs)) = (our_available, their_available)
            && ours != theirs
        {
            list.push(differs(BalanceField::Available, show(ours), show(theirs)));
        }
    }
    list
}

fn differs(field: BalanceField, ours: String, theirs: String) -> Mismatch {
    Mismatch::Differs { field, ours, theirs }
}

#[cfg(test)]
mod tests {
    use super::*;
    use finality_parsers::model::{
        AccountHoldings, Covers, Holding, Moment, Page, StatedAccount, StatementHeader, SubAccount,
    };

    const SAP: &str = "DE0007164600";
    const APPLE: &str = "US0378331005";

    fn parsed<T: std::str::FromStr>(text: &str) -> T
    where
        T::Err: std::fmt::Debug,
    {
        text.parse().expect("a value made to be valid")
    }

    fn position(account: &str, isin: &str, aggregate: i64, available: Option<i64>) -> Position {
        Position {
            account: parsed(account),
            instrument: Instrument::of(parsed(isin)),
            kind: QuantityKind::Unit,
            aggregate: aggregate.into(),
            available: available.map(Decimal::from),
        }
    }

    fn holding(isin: &str, aggregate: i64, available: Option<i64>) -> Holding {
        let balance = |units: i64| Balance::new(QuantityKind::Unit, units.into());
        Holding {
            supplementary: Vec::new(),
            instrument: Instrument::of(parsed(isin)),
            attributes: Vec::new(),
            aggregate: balance(aggregate),
            available: available.map(balance),
            not_available: None,
            sub_balances: Vec::new(),
            price: None,
            value: None,
            book: None,
            accrued: None,
            exchange: None,
            lots: Vec::new(),
            details: Vec::new(),
        }
    }

    fn statement(accounts: &[(&str, Vec<Holding>)]) -> HoldingsStatement {
        let covers = Covers::At(Moment::Day(parsed("2026-05-19")));
        let account = StatedAccount::from(parsed::<Account>("MAIN"));
        let accounts = accounts.iter().map(|(account, holdings)| AccountHoldings {
            account: SubAccount {
                account: Some(StatedAccount::from(parsed::<Account>(account))),
                ..SubAccount::default()
            },
            holdings: holdings.clone(),
        });
        HoldingsStatement {
            header: StatementHeader::new(parsed("S1"), account, covers),
            kind: None,
            accounts: accounts.collect(),
            additional: Vec::new(),
        }
    }

    fn told(ours: &[Position], statement: &HoldingsStatement) -> Vec<(String, Mismatch)> {
        compare(ours, statement).into_iter().map(|d| (d.account.to_string(), d.mismatch)).collect()
    }

    #[test]
    fn equal_positions_say_nothing_wherever_they_are_kept() {
        let theirs = statement(&[
            ("A", vec![holding(SAP, 60, Some(50)), holding(SAP, 40, Some(40))]),
            ("B", vec![holding(APPLE, -5, None)]),
        ]);
        let ours = [position("A", SAP, 100, Some(90)), position("B", APPLE, -5, None)];
        assert_eq!(told(&ours, &theirs), []);
    }

    #[test]
    fn what_is_missing_and_what_differs() {
        let theirs = statement(&[("A", vec![holding(SAP, 100, Some(100))]), ("B", vec![])]);
        let ours = [
            position("A", SAP, 100, Some(80)),
            position("B", APPLE, 7, None),
            position("B", SAP, 0, None),
            position("ELSEWHERE", SAP, 9, None),
        ];
        let available = differs(BalanceField::Available, "80".into(), "100".into());
        let missing = Mismatch::MissingAtTheirs { ours: 7.into() };
        assert_eq!(told(&ours, &theirs), [("A".to_owned(), available), ("B".to_owned(), missing)]);
        let more = Mismatch::MissingAtOurs { theirs: 100.into() };
        assert_eq!(told(&[], &theirs), [("A".to_owned(), more)]);
        let other = [Position { kind: QuantityKind::FaceAmount, ..position("A", SAP, 100, None) }];
        assert!(matches!(
            compare(&other, &theirs)[0].mismatch,
            Mismatch::Differs { field: BalanceField::Kind, .. }
        ));
    }

    #[test]
    fn a_page_of_several_says_nothing_about_what_it_does_not_list() {
        let mut theirs = statement(&[("A", vec![])]);
        theirs.header.page = Page { number: 1, continuation: finality_parsers::model::Continuation::More };
        assert_eq!(told(&[position("A", SAP, 1, None)], &theirs), []);
        theirs.header.page = Page::default();
        theirs.header.update = Some("DELT".into());
        assert_eq!(told(&[position("A", SAP, 1, None)], &theirs), []);
    }
}
