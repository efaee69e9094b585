//! The engine against one that tries everything again and again until nothing moves.

use finality_parsers::model::BusinessDate;
use finality_simulator::settlement::book::{AccountId, Book, LineId};
use finality_simulator::settlement::engine::{Engine, Outcome, Standing};
use finality_simulator::settlement::matching::{Key, Leg};
use finality_simulator::settlement::ties::Wishes;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A matched pair: who delivers how much of what to whom, for how much.
#[derive(Debug, Clone, Copy)]
struct Deal {
    from: AccountId,
    to: AccountId,
    line: LineId,
    quantity: i64,
    amount: i64,
}

#[derive(Debug, Clone)]
struct Instance {
    positions: Vec<(AccountId, LineId, i64)>,
    cash: Vec<(AccountId, i64)>,
    deals: Vec<Deal>,
}

const ACCOUNTS: u32 = 7;
const LINES: u32 = 2;

fn instance() -> impl Strategy<Value = Instance> {
    let positions = proptest::collection::vec((0..ACCOUNTS, 0..LINES, 1i64..40), 0..8);
    let cash = proptest::collection::vec((0..ACCOUNTS, 1i64..60), 0..6);
    let deal = (0..ACCOUNTS, 0..ACCOUNTS, 0..LINES, 1i64..20, 0i64..30)
        .prop_filter("two accounts", |(from, to, ..)| from != to)
        .prop_map(|(from, to, line, quantity, amount)| Deal { from, to, line, quantity, amount });
    (positions, cash, proptest::collection::vec(deal, 0..16)).prop_map(|(positions, cash, deals)| Instance {
        positions,
        cash,
        deals,
    })
}

/// Each account delivers a line once and pays once: what can settle does not depend on the order.
fn without_contention(mut instance: Instance) -> Instance {
    let (mut delivers, mut pays) = (BTreeSet::new(), BTreeSet::new());
    instance.deals.retain(|d| delivers.insert((d.from, d.line)) && pays.insert(d.to));
    instance
}

fn day() -> BusinessDate {
    "2026-11-26".parse().expect("a date")
}

fn leg(deal: &Deal, number: u32, delivers: bool) -> Leg {
    Leg {
        number,
        participant: 0,
        reference: String::new(),
        delivers,
        account: if delivers { deal.from } else { deal.to },
        key: Key {
            deliverer: 0,
            receiver: 1,
            isin: "DE0007164600".parse().expect("an ISIN"),
            quantity: deal.quantity,
            trade_date: None,
            settlement_date: day(),
            against_payment: true,
            currency: None,
        },
        amount: deal.amount,
        held: false,
        wishes: Wishes::default(),
    }
}

fn opened(instance: &Instance, book: &mut Book) {
    for (account, line, quantity) in &instance.positions {
        book.open_position(*account, *line, *quantity);
    }
    for (account, amount) in &instance.cash {
        book.open_cash(*account, *amount);
    }
}

/// The engine, with some deals there at the opening and the others coming during the day.
fn engine(instance: &Instance, early: usize) -> Engine {
    let mut engine = Engine::default();
    opened(instance, &mut engine.book);
    let mut outcomes = Vec::new();
    for (number, deal) in (0u32..).zip(&instance.deals) {
        if number as usize == early {
            engine.open(day(), &mut outcomes);
        }
        engine.admit(leg(deal, number, true), leg(deal, number, false), deal.line, &mut outcomes);
    }
    if !engine.is_open() {
        engine.open(day(), &mut outcomes);
    }
    engine
}

fn settled(engine: &Engine) -> Vec<bool> {
    engine.pairs().iter().map(|p| p.standing == Standing::Settled).collect()
}

/// Tries all in turn until a whole round moves nothing.
fn naive(instance: &Instance) -> (Book, Vec<bool>) {
    let mut book = Book::default();
    opened(instance, &mut book);
    let mut settled = vec![false; instance.deals.len()];
    loop {
        let mut moved = false;
        for (done, d) in settled.iter_mut().zip(&instance.deals).filter(|(done, _)| !**done) {
            *done = book.settle(d.from, d.to, d.line, d.quantity, d.amount).is_ok();
            moved |= *done;
        }
        if !moved {
            return (book, settled);
        }
    }
}

/// Positions and cash that are not zero.
type Balances = (Vec<((AccountId, LineId), i64)>, Vec<(AccountId, i64)>);

fn balances(book: &Book) -> Balances {
    (book.positions().collect(), book.cash_balances().filter(|(_, c)| *c != 0).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn where_the_order_does_not_matter_both_agree(i in instance(), early in 0usize..16) {
        let i = without_contention(i);
        let (book, expected) = naive(&i);
        let engine = engine(&i, early);
        prop_assert_eq!(settled(&engine), expected);
        prop_assert_eq!(balances(&engine.book), balances(&book));
    }

    #[test]
    fn nothing_is_made_or_destroyed_and_nothing_that_could_settle_is_left(i in instance(), early in 0usize..16) {
        let engine = engine(&i, early);
        prop_assert!(engine.book.is_conserved());
        for (deal, done) in i.deals.iter().zip(settled(&engine)) {
            let has = engine.book.position(deal.from, deal.line) >= deal.quantity;
            let pays = engine.book.cash(deal.to) >= deal.amount;
            prop_assert!(done || !(has && pays), "{:?} could have settled", deal);
        }
    }

    #[test]
    fn the_next_day_settles_nothing_when_nothing_came_in(i in instance()) {
        let mut engine = engine(&i, 0);
        let before = settled(&engine);
        let mut outcomes = Vec::new();
        engine.close();
        engine.open("2026-11-27".parse().expect("a date"), &mut outcomes);
        prop_assert_eq!(settled(&engine), before);
// A pair may lack something else first than it did yesterday, and then says so.
        let settles = outcomes.iter().any(|o| matches!(o, Outcome::Settled(_)));
        prop_assert!(!settles, "{:?}", outcomes);
    }
}
