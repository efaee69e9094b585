//! The rules of the United States, one by one: netting and its attribution, cycles and their order, money; deliveries by type and value
//! under risk controls, two at once, the drop. And random markets: nothing is made or destroyed, and what is netted adds up to nothing.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::model::BusinessDate;
use finality_simulator::settlement::book::{AccountId, Book, LineId, Shortage};
use finality_simulator::settlement::cns::{Cns, Order, Said, Trade};
use finality_simulator::settlement::deal::{Links, Outcome, PairId, Standing, Terms};
use finality_simulator::settlement::debit::DebitRules;
use finality_simulator::settlement::kind::{Kind, Side};
use finality_simulator::settlement::part::Partial;
use finality_simulator::settlement::rules::{NORMAL, Rules};
use finality_simulator::settlement::settler::Settler;
use proptest::prelude::*;

const HOUSE: AccountId = 100;
const BANK: AccountId = 101;
const LINE: LineId = 1;

fn day(n: u32) -> BusinessDate {
    BusinessDate::from_ymd(2026, 11, 23 + n).expect("a date")
}

fn trade(id: PairId, seller: AccountId, buyer: AccountId, quantity: i64, amount: i64) -> Trade {
    Trade { id, line: LINE, seller, buyer, quantity, amount, date: day(0) }
}

/// A clearing house with a book, and what it said.
struct Floor {
    cns: Cns,
    book: Book,
    said: Vec<Said>,
}

impl Floor {
    fn new(positions: &[(AccountId, i64)]) -> Self {
        let mut book = Book::default();
        for (account, quantity) in positions {
            book.open_position(*account, LINE, *quantity);
        }
        book.open_cash(HOUSE, 1_000_000);
        (1..=9).for_each(|account| book.open_cash(account, 100_000));
        Self { cns: Cns::new(HOUSE), book, said: Vec::new() }
    }

    fn cycle(&mut self, on: BusinessDate) {
        self.cycle_by(on, &|_, _| false, &|_, account| u64::from(account));
    }

    fn cycle_by(
        &mut self,
        on: BusinessDate,
        bought_in: &dyn Fn(LineId, BusinessDate) -> bool,
        draw: &dyn Fn(LineId, AccountId) -> u64,
    ) {
        self.said.clear();
        self.cns.cycle(&mut self.book, on, &Order { bought_in, draw }, &mut self.said);
        assert!(self.cns.is_flat() && self.book.is_conserved());
        assert_eq!(self.book.position(HOUSE, LINE), 0, "it keeps nothing");
    }

    fn settled(&self) -> Vec<(PairId, Side)> {
        let of = |said: &Said| if let Said::Settled(id, side) = said { Some((*id, *side)) } else { None };
        self.said.iter().filter_map(of).collect()
    }

    fn moved(&self) -> Vec<(AccountId, i64)> {
        let of = |said: &Said| match said {
            Said::Moved { account, quantity, .. } => Some((*account, *quantity)),
            _ => None,
        };
        self.said.iter().filter_map(of).collect()
    }

    fn money(&mut self, price: i64) -> Vec<(AccountId, i64)> {
        let mut said = Vec::new();
        self.cns.settle_money(&mut self.book, &|_| price, &mut said);
        assert!(self.book.is_conserved());
        let of = |said: &Said| match said {
            Said::Paid { account, amount } => Some((*account, *amount)),
            _ => None,
        };
        said.iter().filter_map(of).collect()
    }
}

/// 1 sells to 2, who sells on to 3: 2 is flat, and neither of its trades needs a delivery of its own.
#[test]
fn who_buys_and_sells_the_same_has_nothing_to_deliver() {
    let mut floor = Floor::new(&[(1, 100)]);
    floor.cns.admit(trade(1, 1, 2, 100, 1_000), [false; 2]);
    floor.cns.admit(trade(2, 2, 3, 100, 1_100), [false; 2]);
    floor.cycle(day(0));
    assert_eq!(floor.moved(), [(1, -100), (3, 100)]);
    assert_eq!(floor.settled().len(), 4, "both sides of both trades");
    assert_eq!(floor.money(10), [(3, -1_100), (1, 1_000), (2, 100)]);
}

#[test]
fn the_open_position_is_that_of_the_youngest_trades() {
    let mut floor = Floor::new(&[(1, 70)]);
    floor.cns.admit(trade(1, 1, 2, 40, 400), [false; 2]);
    floor.cns.admit(trade(2, 1, 3, 40, 400), [false; 2]);
    floor.cycle(day(0));
    assert_eq!((floor.cns.open(1, LINE), floor.cns.open(3, LINE)), (-10, 10), "in parts, as far as it goes");
    assert_eq!(floor.settled(), [(1, Side::Deliverer), (1, Side::Receiver)]);
    // What it buys the next day covers what it still owes, and settles both sides of its own.
    floor.cns.admit(trade(3, 4, 1, 10, 100), [false; 2]);
    floor.cycle(day(1));
    assert_eq!(floor.settled(), [(2, Side::Deliverer), (3, Side::Receiver)], "4 has nothing to deliver yet");
    assert_eq!(floor.cns.open(4, LINE), -10);
}

#[test]
fn what_comes_in_goes_to_the_bought_in_then_to_the_aged_then_as_drawn() {
    let mut floor = Floor::new(&[(1, 10)]);
    for (id, buyer, n) in [(1, 2, 1), (2, 3, 0), (3, 4, 1)] {
        floor.cns.admit(Trade { date: day(n), ..trade(id, 1, buyer, 10, 100) }, [false; 2]);
    }
    floor.cycle(day(1));
    assert_eq!(floor.moved(), [(1, -10), (3, 10)], "3 has waited since the day before");
    let mut drawn = Floor::new(&[(1, 15)]);
    for (id, buyer) in [(1, 2), (2, 3), (3, 4)] {
        drawn.cns.admit(trade(id, 1, buyer, 10, 100), [false; 2]);
    }
    drawn.cycle_by(day(0), &|_, _| false, &|_, account| 9 - u64::from(account));
    assert_eq!(drawn.moved(), [(1, -15), (4, 10), (3, 5)], "the smallest draw first, in parts");
    let mut bought_in = Floor::new(&[(1, 10)]);
    bought_in.cns.admit(Trade { date: day(0), ..trade(1, 1, 2, 10, 100) }, [false; 2]);
    bought_in.cns.admit(Trade { line: LINE, date: day(1), ..trade(2, 1, 3, 10, 100) }, [false; 2]);
    bought_in.cycle_by(day(1), &|_, since| since == day(1), &|_, _| 0);
    assert_eq!(bought_in.moved(), [(1, -10), (3, 10)], "who is bought in goes before who has waited longer");
}

#[test]
fn what_is_held_or_early_is_not_netted_and_what_is_netted_is_not_held() {
    let mut floor = Floor::new(&[(1, 100)]);
    floor.cns.admit(trade(1, 1, 2, 10, 100), [true, false]);
    floor.cns.admit(Trade { date: day(2), ..trade(2, 1, 2, 10, 100) }, [false; 2]);
    floor.cycle(day(0));
    assert_eq!(floor.said, []);
    assert!(floor.cns.set_hold(1, Side::Deliverer, false));
    floor.cycle(day(1));
    assert_eq!(floor.settled().len(), 2);
    assert!(!floor.cns.set_hold(1, Side::Deliverer, true) && !floor.cns.cancel(1));
    assert!(floor.cns.cancel(2));
    floor.cycle(day(2));
    assert_eq!(floor.settled(), []);
}

/// Sold at 10.00 and not delivered; the price rises to 12.00, and it is delivered then. In the end the contract is what was paid.
#[test]
fn what_stays_open_rolls_at_the_price_of_the_day() {
    let mut floor = Floor::new(&[]);
    floor.cns.admit(trade(1, 1, 2, 100, 1_000), [false; 2]);
    floor.cycle(day(0));
    assert_eq!(floor.money(11), [(1, -100), (2, 100)], "contract less the open position at 11");
    floor.cycle(day(1));
    assert_eq!(floor.money(12), [(1, -100), (2, 100)], "the difference from 11 to 12");
    floor.book.open_position(1, LINE, 100);
    floor.cycle(day(2));
    assert_eq!(floor.settled(), [(1, Side::Deliverer), (1, Side::Receiver)]);
    assert_eq!(floor.money(12), [(2, -1_200), (1, 1_200)]);
    assert_eq!((floor.book.cash(1), floor.book.cash(2)), (101_000, 99_000));
}

#[test]
fn who_cannot_pay_owes_and_pays_later() {
    let mut floor = Floor::new(&[(1, 100)]);
    floor.cns.admit(trade(1, 1, 2, 100, 150_000), [false; 2]);
    floor.cycle(day(0));
    assert_eq!(floor.money(10), [(2, -100_000), (1, 150_000)], "the clearing house pays nevertheless");
    floor.book.open_cash(2, 60_000);
    assert_eq!(floor.money(10), [(2, -50_000)]);
    assert_eq!(floor.money(10), []);
}

fn terms(kind: Kind, deliverer: AccountId, receiver: AccountId, quantity: i64, amount: i64) -> Terms {
    Terms {
        kind,
        deliverer,
        receiver,
        line: LINE,
        quantity,
        amount,
        date: day(0),
        priority: NORMAL,
        partial: [Partial::No; 2],
        held: [false; 2],
        links: Links::default(),
    }
}

fn dvp(deliverer: AccountId, receiver: AccountId, quantity: i64, amount: i64) -> Terms {
    terms(Kind::Dvp, deliverer, receiver, quantity, amount)
}

/// A unit of the line covers 8.
fn rules(cap: i64) -> Rules {
    let debits = DebitRules { bank: BANK, cap, lines: BTreeMap::from([(LINE, 8)]) };
    Rules { largest_first: true, debits: Some(debits), ..Rules::default() }
}

struct Depository {
    settler: Settler,
    book: Book,
}

impl Depository {
    fn new(cap: i64) -> Self {
        let mut book = Book::default();
        book.open_cash(BANK, 1_000_000);
        let mut depository = Self { settler: Settler::new(rules(cap)), book };
        depository.settler.open(&mut depository.book, day(0), &mut Vec::new());
        depository
    }

    fn admit(&mut self, terms: Terms) -> (PairId, Vec<Outcome>) {
        let mut said = Vec::new();
        (self.settler.admit(&mut self.book, terms, &mut said), said)
    }

    fn look_ahead(&mut self) -> Vec<PairId> {
        let mut said = Vec::new();
        self.settler.look_ahead(&mut self.book, &mut said);
        said.iter().filter_map(|o| if let Outcome::Settled(id) = o { Some(*id) } else { None }).collect()
    }

    fn standing(&self, id: PairId) -> Standing {
        self.settler.deal(id).expect("a pair").standing
    }
}

#[test]
fn of_what_waits_the_largest_that_can_complete_goes_first() {
    let mut d = Depository::new(0);
    d.book.open_cash(2, 10_000);
    let [small, middle, large] = [10, 20, 90].map(|quantity| d.admit(dvp(1, 2, quantity, quantity * 10)).0);
    let free = d.admit(terms(Kind::Fop, 1, 2, 5, 0)).0;
    d.book.open_position(9, LINE, 35);
    let (_, said) = d.admit(terms(Kind::Fop, 9, 1, 35, 0));
    let settled: Vec<PairId> = said[1..]
        .iter()
        .filter_map(|o| if let Outcome::Settled(id) = o { Some(*id) } else { None })
        .collect();
    assert_eq!(
        settled,
        [middle, small, free],
        "the largest is skipped; what is paid for goes before what is free"
    );
    assert_eq!(d.standing(large), Standing::Short(Shortage::Securities));
}

#[test]
fn an_account_owes_no_more_than_its_cap() {
    let mut d = Depository::new(100);
    d.book.open_position(1, LINE, 100);
    d.book.open_position(2, LINE, 100);
    let (id, said) = d.admit(dvp(1, 2, 10, 100));
    assert!(
        matches!(said[..], [Outcome::Lent(loan), Outcome::Settled(s)] if loan.amount == 100 && s == id),
        "{said:?}"
    );
    let (above, _) = d.admit(dvp(1, 2, 1, 10));
    assert_eq!(d.standing(above), Standing::Short(Shortage::Cash));
    // What comes in pays it back, and then there is room again.
    d.book.open_cash(3, 50);
    let (_, said) = d.admit(dvp(2, 3, 5, 50));
    assert!(matches!(said.last(), Some(Outcome::Repaid(loan)) if loan.amount == 50), "{said:?}");
    assert_eq!(d.look_ahead(), [above]);
    assert!(d.book.is_conserved());
}

#[test]
fn what_an_account_owes_is_covered_by_its_securities() {
    let mut d = Depository::new(10_000);
    d.book.open_position(1, LINE, 100);
    // Ten units that cover 80 cost 100: 20 lack.
    let (id, _) = d.admit(dvp(1, 2, 10, 100));
    assert_eq!(d.standing(id), Standing::Short(Shortage::Cash));
    d.book.open_position(2, LINE, 3);
    assert_eq!(d.look_ahead(), [id]);
    // Now they are tied: what it would give away freely is not there for that.
    let (free, _) = d.admit(terms(Kind::Fop, 2, 3, 5, 0));
    assert_eq!(d.standing(free), Standing::Short(Shortage::Securities));
    // When it sells them, the proceeds pay.
    d.book.open_cash(3, 1_000);
    let (sold, _) = d.admit(dvp(2, 3, 8, 100));
    assert_eq!(d.standing(sold), Standing::Settled);
    assert_eq!(d.look_ahead(), [free]);
}

/// 2 has neither cash nor securities: it can only pass on, both at once.
#[test]
fn two_deliveries_that_need_each_other_settle_at_once() {
    let mut d = Depository::new(0);
    d.book.open_position(1, LINE, 10);
    d.book.open_cash(3, 110);
    let (first, _) = d.admit(dvp(1, 2, 10, 100));
    let (second, _) = d.admit(dvp(2, 3, 10, 110));
    assert_eq!(d.standing(first), Standing::Short(Shortage::Cash));
    assert_eq!(d.standing(second), Standing::Short(Shortage::Securities));
    assert_eq!(d.look_ahead(), [first, second]);
    assert_eq!((d.book.cash(2), d.book.position(3, LINE)), (10, 10));
}

#[test]
fn after_the_drop_what_waited_does_not_settle_and_what_is_new_is_tried_once() {
    let mut d = Depository::new(0);
    d.book.open_cash(2, 1_000);
    let (waited, _) = d.admit(dvp(1, 2, 10, 100));
    let (free, _) = d.admit(terms(Kind::Fop, 1, 2, 5, 0));
    d.settler.drop_recycles();
    d.book.open_position(9, LINE, 50);
    let (brings, said) = d.admit(terms(Kind::Fop, 9, 1, 20, 0));
    assert_eq!(said, [Outcome::Settled(brings), Outcome::Settled(free)], "free deliveries go on");
    assert_eq!((d.look_ahead(), d.standing(waited)), (vec![], Standing::Short(Shortage::Securities)));
    let (new, _) = d.admit(dvp(1, 2, 10, 100));
    assert_eq!(d.standing(new), Standing::Settled);
    let mut said = Vec::new();
    d.book.open_position(1, LINE, 50);
    d.settler.close();
    d.settler.open(&mut d.book, day(1), &mut said);
    assert_eq!(said, [Outcome::Settled(waited)], "the next day it is tried again");
}

fn trades() -> impl Strategy<Value = Vec<(AccountId, AccountId, LineId, i64, i64, u32, bool)>> {
    let one = (1..7u32, 1..6u32, 1..4u32, 1..50i64, 1..900i64, 0..3u32, proptest::bool::weighted(0.1));
    let apart = |(a, off, line, q, cash, n, held)| {
        let b: AccountId = (a - 1 + off) % 6 + 1;
        (a, b, line, q, cash, n, held)
    };
    proptest::collection::vec(one.prop_map(apart), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is traded: positions and money add up to nothing, nothing is made, nobody delivers more than it has, each side settles
    /// once, and all of it does once the securities are there; then everybody has paid and been paid its contracts.
    #[test]
    fn netting_keeps_what_there_is(
        trades in trades(),
        positions in proptest::collection::vec((1..7u32, 1..4u32, 1..60i64), 0..10),
        prices in proptest::collection::vec(1..30i64, 4),
    ) {
        let mut book = Book::default();
        for (account, line, quantity) in &positions {
            book.open_position(*account, *line, *quantity);
        }
        (1..7).for_each(|account| book.open_cash(account, 1_000_000));
        book.open_cash(HOUSE, 100_000_000);
        let mut cns = Cns::new(HOUSE);
        let mut contracts: BTreeMap<AccountId, i64> = BTreeMap::new();
        for (id, (seller, buyer, line, quantity, amount, n, held)) in (0..).zip(&trades) {
            cns.admit(
                Trade { id, line: *line, seller: *seller, buyer: *buyer, quantity: *quantity, amount: *amount, date: day(*n) },
                [*held, false],
            );
            if !held {
                *contracts.entry(*seller).or_default() += amount;
                *contracts.entry(*buyer).or_default() -= amount;
            }
        }
        let mut done = BTreeSet::new();
        let order = Order { bought_in: &|_, _| false, draw: &|line, account| u64::from(line * 31 + account) };
        for n in 0..4 {
            let mut said = Vec::new();
            if n == 3 {
                // At last there is plenty.
                (1..7).for_each(|account| (1..4).for_each(|line| book.open_position(account, line, 10_000)));
            }
            cns.cycle(&mut book, day(n), &order, &mut said);
            prop_assert!(cns.is_flat() && book.is_conserved());
            prop_assert!((1..4).all(|line| book.position(HOUSE, line) == 0));
            let mut sums: BTreeMap<LineId, i64> = BTreeMap::new();
            for said in &said {
                match said {
                    Said::Moved { line, quantity, .. } => *sums.entry(*line).or_default() += quantity,
                    Said::Settled(id, side) => prop_assert!(done.insert((*id, *side)), "{id} settles twice"),
                    _ => {}
                }
            }
            prop_assert!(sums.values().all(|sum| *sum == 0));
            let price = prices[n as usize];
            cns.settle_money(&mut book, &|line| price + i64::from(line), &mut said);
            prop_assert!(book.is_conserved());
            prop_assert_eq!(cns.money_due(), 0, "everybody had cash");
        }
        let netted = trades.iter().filter(|trade| !trade.6).count();
        prop_assert_eq!(done.len(), 2 * netted, "all sides of what nobody held");
        for (account, due) in contracts {
            prop_assert_eq!(book.cash(account), 1_000_000 + due);
        }
    }

    /// Whatever is delivered: nothing is made, nobody owes more than its cap or more than it has is worth.
    #[test]
    fn debits_stay_within_their_bounds(
        trades in trades(),
        positions in proptest::collection::vec((1..7u32, 1..60i64), 0..10),
        cap in 0..2_000i64,
        looks in proptest::collection::vec(proptest::bool::weighted(0.2), 40),
    ) {
        let mut d = Depository::new(cap);
        for (account, quantity) in &positions {
            d.book.open_position(*account, LINE, *quantity);
        }
        let mut owed: BTreeMap<AccountId, i64> = BTreeMap::new();
        let mut settled = 0;
        for ((deliverer, receiver, _, quantity, amount, n, held), look) in trades.iter().zip(looks) {
            let kind = if *held { Kind::Fop } else { Kind::Dvp };
            let amount = if *held { 0 } else { *amount };
            let mut said = Vec::new();
            d.settler.admit(&mut d.book, Terms { date: day(n / 2), ..terms(kind, *deliverer, *receiver, *quantity, amount) }, &mut said);
            if look {
                d.settler.look_ahead(&mut d.book, &mut said);
            }
            for outcome in &said {
                match outcome {
                    Outcome::Lent(loan) => *owed.entry(loan.account).or_default() += loan.amount,
                    Outcome::Repaid(loan) => *owed.entry(loan.account).or_default() -= loan.amount,
                    Outcome::Settled(_) => settled += 1,
                    _ => {}
                }
            }
            prop_assert!(d.book.is_conserved());
            for (account, owed) in &owed {
                prop_assert!((0..=cap).contains(owed));
                prop_assert!(*owed <= 8 * d.book.position(*account, LINE), "{account} owes {owed}");
                prop_assert!(*owed == 0 || d.book.cash(*account) == 0, "what comes in pays it back");
            }
        }
        prop_assert_eq!(d.settler.counts().settled, settled);
    }
}
