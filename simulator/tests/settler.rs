//! The rules of the settler, one by one, and random markets with all of them at once: whatever is done, nothing is made or
//! destroyed, and what it says is what it has booked.

use std::collections::BTreeMap;

use finality_parsers::model::{BusinessDate, Calendar, Market};
use finality_simulator::settlement::book::{AccountId, Book, LineId, Shortage};
use finality_simulator::settlement::deal::{Links, Outcome, PairId, Standing, Terms};
use finality_simulator::settlement::kind::{Kind, Side};
use finality_simulator::settlement::part::Partial;
use finality_simulator::settlement::rules::{NORMAL, Rules, Thresholds, Unit};
use finality_simulator::settlement::schedule::{Schedule, Step, carry_out};
use finality_simulator::settlement::settler::Settler;
use proptest::prelude::*;

fn day(text: &str) -> BusinessDate {
    text.parse().expect("a date")
}

const TODAY: &str = "2026-11-26";

/// A settler with its book, and what it said last.
struct Market2 {
    settler: Settler,
    book: Book,
}

impl Market2 {
    fn new(rules: Rules) -> Self {
        let mut market = Self { settler: Settler::new(rules), book: Book::default() };
        market.open(TODAY);
        market
    }

    fn open(&mut self, on: &str) -> Vec<Outcome> {
        let mut said = Vec::new();
        self.settler.open(&mut self.book, day(on), &mut said);
        said
    }

    fn admit(&mut self, terms: Terms) -> (PairId, Vec<Outcome>) {
        let mut said = Vec::new();
        let id = self.settler.admit(&mut self.book, terms, &mut said);
        (id, said)
    }

    fn window(&mut self) -> Vec<Outcome> {
        let mut said = Vec::new();
        self.settler.open_window(&mut self.book, &mut said);
        said
    }

    fn hold(&mut self, id: PairId, side: Side, held: bool) -> Vec<Outcome> {
        let mut said = Vec::new();
        self.settler.set_hold(&mut self.book, id, side, held, &mut said);
        said
    }

    fn standing(&self, id: PairId) -> Standing {
        self.settler.deal(id).expect("a pair").standing
    }
}

fn terms(kind: Kind, deliverer: AccountId, receiver: AccountId, quantity: i64, amount: i64) -> Terms {
    Terms {
        kind,
        deliverer,
        receiver,
        line: 1,
        quantity,
        amount,
        date: day(TODAY),
        priority: NORMAL,
        partial: [Partial::No; 2],
        held: [false; 2],
        links: Links::default(),
    }
}

fn dvp(deliverer: AccountId, receiver: AccountId, quantity: i64, amount: i64) -> Terms {
    terms(Kind::Dvp, deliverer, receiver, quantity, amount)
}

fn fop(deliverer: AccountId, receiver: AccountId, quantity: i64) -> Terms {
    terms(Kind::Fop, deliverer, receiver, quantity, 0)
}

fn by_groups() -> Rules {
    Rules { recycling: Some(Calendar::of(Market::Target)), ..Rules::default() }
}

#[test]
fn cash_goes_where_the_kind_says() {
    let mut m = Market2::new(Rules::default());
    m.book.open_position(1, 1, 10);
    m.book.open_cash(1, 100);
    m.book.open_cash(2, 100);
    let (id, said) = m.admit(terms(Kind::Dwp, 1, 2, 10, 60));
    assert_eq!(said, [Outcome::Settled(id)], "securities and cash go the same way");
    assert_eq!((m.book.cash(1), m.book.cash(2), m.book.position(2, 1)), (40, 160, 10));
    let (id, said) = m.admit(terms(Kind::Pfod, 1, 2, 0, 150));
    assert_eq!(said, [Outcome::Settled(id)], "only cash moves, from the receiver");
    assert_eq!((m.book.cash(1), m.book.cash(2)), (190, 10));
    let (id, _) = m.admit(terms(Kind::Dwp, 2, 1, 5, 11));
    assert_eq!(m.standing(id), Standing::Short(Shortage::Cash), "the deliverer pays");
}

#[test]
fn the_urgent_and_the_aged_go_first() {
    let mut m = Market2::new(by_groups());
    let (normal, _) = m.admit(fop(1, 2, 10));
    let (aged, _) = m.admit(Terms { date: day("2026-11-20"), ..fop(1, 2, 10) });
    let (high, _) = m.admit(Terms { priority: 3, ..fop(1, 2, 10) });
    m.book.open_position(9, 1, 30);
    for expected in [high, aged, normal] {
        let (id, said) = m.admit(fop(9, 1, 10));
        assert_eq!(said, [Outcome::Settled(id), Outcome::Settled(expected)]);
    }
}

#[test]
fn a_raised_priority_moves_who_waits() {
    let mut m = Market2::new(by_groups());
    let (first, _) = m.admit(fop(1, 2, 10));
    let (second, _) = m.admit(fop(1, 2, 10));
    m.settler.set_priority(second, 2);
    m.book.open_position(9, 1, 10);
    let (_, said) = m.admit(fop(9, 1, 10));
    assert_eq!(said[1..], [Outcome::Settled(second)]);
    assert_eq!(m.standing(first), Standing::Short(Shortage::Securities));
}

#[test]
fn a_group_settles_at_once_or_not_at_all() {
    let mut m = Market2::new(Rules::default());
    m.book.open_position(1, 1, 6);
    let group = m.settler.group(2);
    let with = |terms: Terms| Terms { links: Links { with: Some(group), ..Links::default() }, ..terms };
    // One delivers ten and is delivered four: six are enough for both at once.
    let (there, said) = m.admit(with(fop(1, 2, 10)));
    assert_eq!((said, m.standing(there)), (vec![Outcome::Pending(there)], Standing::Linked));
    let (back, said) = m.admit(with(fop(2, 1, 4)));
    assert_eq!(said, [Outcome::Settled(there), Outcome::Settled(back)]);
    assert_eq!((m.book.position(1, 1), m.book.position(2, 1)), (0, 6));
}

#[test]
fn a_group_waits_for_its_net_and_for_its_held_member() {
    let mut m = Market2::new(Rules::default());
    m.book.open_position(1, 1, 5);
    m.book.open_position(9, 1, 1);
    let group = m.settler.group(2);
    let with = |terms: Terms| Terms { links: Links { with: Some(group), ..Links::default() }, ..terms };
    let (there, _) = m.admit(with(fop(1, 2, 10)));
    let (back, _) = m.admit(with(fop(2, 1, 4)));
    assert_eq!(m.standing(there), Standing::Short(Shortage::Securities));
    m.hold(there, Side::Deliverer, true);
    let (credit, said) = m.admit(fop(9, 1, 1));
    assert_eq!(said[0], Outcome::Settled(credit));
    assert_eq!((m.standing(there), m.standing(back)), (Standing::Held, Standing::Linked));
    let said = m.hold(there, Side::Deliverer, false);
    assert_eq!(said, [Outcome::Settled(there), Outcome::Settled(back)]);
}

#[test]
fn after_and_before_are_kept() {
    let mut m = Market2::new(Rules::default());
    m.book.open_position(1, 1, 20);
    m.book.open_position(9, 2, 5);
    let (first, _) = m.admit(Terms { line: 2, ..fop(3, 4, 5) });
    let after = Links { after: vec![first], ..Links::default() };
    let (second, _) = m.admit(Terms { links: after, ..fop(1, 2, 10) });
    assert_eq!(m.standing(second), Standing::Linked, "it could settle and may not");
    let (_, said) = m.admit(Terms { line: 2, ..fop(9, 3, 5) });
    assert_eq!(said[1..], [Outcome::Settled(first), Outcome::Settled(second)]);
    // A pair that waits for securities is told that another goes before it.
    let (late, _) = m.admit(fop(2, 1, 30));
    let before = Links { before: vec![late], ..Links::default() };
    let (ahead, _) = m.admit(Terms { held: [true, false], links: before, ..fop(1, 2, 1) });
    m.book.open_position(8, 1, 20);
    m.admit(fop(8, 2, 20));
    assert_eq!(m.standing(late), Standing::Linked);
    let said = m.hold(ahead, Side::Deliverer, false);
    assert_eq!(said, [Outcome::Settled(ahead), Outcome::Settled(late)]);
}

fn in_parts(terms: Terms) -> Terms {
    Terms { partial: [Partial::Quantity; 2], ..terms }
}

#[test]
fn cash_of_parts_is_pro_rata_and_the_last_takes_the_rest() {
    let mut m = Market2::new(Rules::default());
    m.book.open_cash(2, 100);
    m.book.open_position(1, 1, 1);
    m.book.open_position(9, 1, 2);
    let (id, _) = m.admit(in_parts(dvp(1, 2, 3, 100)));
    assert_eq!(m.window(), [Outcome::Part { pair: id, quantity: 1, amount: 33 }]);
    let (credit, said) = m.admit(fop(9, 1, 1));
    assert_eq!(said, [Outcome::Settled(credit), Outcome::Part { pair: id, quantity: 1, amount: 33 }]);
    m.settler.close_window();
    let (credit, said) = m.admit(fop(9, 1, 1));
    assert_eq!(said, [Outcome::Settled(credit), Outcome::Settled(id)]);
    assert_eq!((m.book.cash(1), m.book.cash(2), m.book.position(2, 1)), (100, 0, 3));
}

#[test]
fn no_parts_outside_windows_for_those_who_say_no_or_lack_only_cash() {
    let mut m = Market2::new(Rules::default());
    m.book.open_position(1, 1, 5);
    m.book.open_cash(2, 10);
    let one_says_no = Terms { partial: [Partial::Quantity, Partial::No], ..dvp(1, 2, 10, 10) };
    m.admit(one_says_no);
    m.admit(in_parts(dvp(1, 2, 5, 11)));
    assert_eq!(m.window(), [], "one says no, the other lacks cash");
    m.settler.close_window();
    let (id, said) = m.admit(in_parts(fop(1, 2, 10)));
    assert_eq!(said, [Outcome::Pending(id)], "the window is closed");
    assert_eq!(m.window(), [Outcome::Part { pair: id, quantity: 5, amount: 0 }]);
}

#[test]
fn a_part_must_be_large_enough() {
    let unit = Unit { minimum: 4, multiple: 2, nominal: false };
    let thresholds =
        Thresholds { value_by_unit: 50, lines: BTreeMap::from([(1, unit)]), ..Thresholds::default() };
    let mut m = Market2::new(Rules { thresholds, ..Rules::default() });
    m.book.open_cash(2, 1_000);
    m.book.open_position(1, 1, 3);
    m.book.open_position(9, 1, 20);
    let (id, _) = m.admit(in_parts(fop(1, 2, 20)));
    assert_eq!(m.window(), [], "three are fewer than the unit");
    m.admit(fop(9, 1, 4));
    assert_eq!(m.settler.deal(id).map(|d| d.left), Some(14), "six of seven, in steps of two");
    m.admit(fop(9, 1, 1));
    assert_eq!(m.settler.deal(id).map(|d| d.left), Some(12), "after the first part a step is enough");
    // By value: ten pieces come to fifty.
    let by_value = Terms { partial: [Partial::Value, Partial::Quantity], line: 2, ..dvp(1, 2, 20, 100) };
    m.book.open_position(9, 2, 20);
    let (id, _) = m.admit(by_value);
    m.admit(Terms { line: 2, ..fop(9, 1, 9) });
    assert_eq!(m.settler.deal(id).map(|d| d.left), Some(20));
    m.admit(Terms { line: 2, ..fop(9, 1, 1) });
    assert_eq!(m.settler.deal(id).map(|d| (d.left, d.left_amount)), Some((10, 50)));
}

#[test]
fn a_part_is_released_of_what_is_held_and_lapses() {
    let mut m = Market2::new(Rules::default());
    m.book.open_position(1, 1, 3);
    let (id, _) = m.admit(Terms { held: [true, false], ..in_parts(fop(1, 2, 10)) });
    let mut said = Vec::new();
    assert!(m.settler.release_part(&mut m.book, id, 5, &mut said));
    assert_eq!(said, [], "fractions settle in windows only");
    assert_eq!(m.window(), [Outcome::Part { pair: id, quantity: 3, amount: 0 }]);
    m.book.open_position(9, 1, 9);
    let (credit, said) = m.admit(fop(9, 1, 1));
    assert_eq!(said, [Outcome::Settled(credit), Outcome::Part { pair: id, quantity: 1, amount: 0 }]);
    m.settler.close();
    m.open("2026-11-27");
    m.window();
    let (credit, said) = m.admit(fop(9, 1, 8));
    assert_eq!(said, [Outcome::Settled(credit)], "what was left of the release has lapsed");
    assert_eq!(m.standing(id), Standing::Held);
    let said = m.hold(id, Side::Deliverer, false);
    assert_eq!(said, [Outcome::Settled(id)]);
}

#[test]
fn after_the_first_cut_off_only_free_deliveries_settle() {
    let mut m = Market2::new(Rules::default());
    m.book.open_position(1, 1, 20);
    m.book.open_cash(2, 100);
    m.settler.close_paid();
    let (paid, said) = m.admit(dvp(1, 2, 10, 100));
    assert_eq!((said, m.standing(paid)), (vec![], Standing::Early));
    let (free, said) = m.admit(fop(1, 2, 10));
    assert_eq!(said, [Outcome::Settled(free)]);
    m.settler.close();
    assert_eq!(m.open("2026-11-27"), [Outcome::Settled(paid)]);
}

#[test]
fn what_is_cancelled_waits_no_more() {
    let mut m = Market2::new(Rules::default());
    m.book.open_position(9, 1, 10);
    let (id, _) = m.admit(fop(1, 2, 10));
    assert!(m.settler.cancel(id));
    assert!(!m.settler.cancel(id));
    let (credit, said) = m.admit(fop(9, 1, 10));
    assert_eq!(said, [Outcome::Settled(credit)]);
    let counts = m.settler.counts();
    assert_eq!((counts.entered, counts.settled, counts.cancelled), (2, 1, 1));
}

#[test]
fn a_day_runs_by_its_schedule() {
    let mut m = Market2 { settler: Settler::new(by_groups()), book: Book::default() };
    m.book.open_position(1, 1, 4);
    m.book.open_cash(2, 200);
    let (short, _) = m.admit(in_parts(dvp(1, 2, 10, 100)));
    let (mut schedule, mut when) = (Schedule::default(), Vec::new());
    while let Some(at) = schedule.next() {
        let Some(step) = schedule.due(at) else { break };
        let mut said = Vec::new();
        carry_out(step, day(TODAY), &mut m.settler, &mut m.book, &mut said);
        when.extend(said.into_iter().map(|outcome| (at.to_string(), outcome)));
        if step == Step::CutOffPaid {
            m.book.open_position(1, 1, 6);
            assert_eq!(m.admit(fop(1, 3, 1)).1.len(), 1, "what is free still settles");
        }
    }
    let expected = [
        ("20:00 the day before".to_owned(), Outcome::Pending(short)),
        ("08:00".to_owned(), Outcome::Part { pair: short, quantity: 4, amount: 40 }),
    ];
    assert_eq!(when, expected, "after 16:00 nothing more of it");
    assert!(!m.settler.is_open());
}

/// What somebody may do to a market.
#[derive(Debug, Clone)]
enum Act {
    Admit(Terms, Option<usize>, u8),
    Hold(usize, bool, bool),
    Release(usize, i64),
    Priority(usize, u8),
    Cancel(usize),
    Window(bool),
    ClosePaid,
    NextDay,
}

const ACCOUNTS: u32 = 5;
const LINES: u32 = 2;

fn partial() -> impl Strategy<Value = Partial> {
    prop_oneof![1 => Just(Partial::No), 2 => Just(Partial::Value), 2 => Just(Partial::Quantity)]
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let kind = prop_oneof![
        4 => Just(Kind::Dvp), 3 => Just(Kind::Fop), 1 => Just(Kind::Dwp), 1 => Just(Kind::Pfod)
    ];
    let parties = (0..ACCOUNTS, 1..ACCOUNTS, 0..LINES);
    let held = (proptest::bool::weighted(0.1), proptest::bool::weighted(0.1));
    (kind, parties, 1i64..30, 0i64..40, 0u64..3, 1u8..5, partial(), partial(), held).prop_map(
        |(kind, (from, step, line), quantity, amount, later, priority, a, b, (c, d))| Terms {
            line,
            date: BusinessDate::new(day(TODAY).naive() + chrono::Days::new(later)),
            priority,
            partial: [a, b],
            held: [c, d],
            ..terms(
                kind,
                from,
                (from + step) % ACCOUNTS,
                if kind == Kind::Pfod { 0 } else { quantity },
                if kind == Kind::Fop { 0 } else { amount },
            )
        },
    )
}

fn act() -> impl Strategy<Value = Act> {
    let pair = 0usize..30;
    prop_oneof![
        12 => (any_terms(), proptest::option::weighted(0.3, pair.clone()), 0u8..3)
            .prop_map(|(terms, other, how)| Act::Admit(terms, other, how)),
        3 => (pair.clone(), any::<bool>(), any::<bool>()).prop_map(|(p, side, held)| Act::Hold(p, side, held)),
        2 => (pair.clone(), 1i64..20).prop_map(|(p, quantity)| Act::Release(p, quantity)),
        1 => (pair.clone(), 1u8..5).prop_map(|(p, priority)| Act::Priority(p, priority)),
        1 => pair.prop_map(Act::Cancel),
        2 => any::<bool>().prop_map(Act::Window),
        1 => Just(Act::ClosePaid),
        2 => Just(Act::NextDay),
    ]
}

/// Balances as the outcomes say they should be.
#[derive(Default)]
struct Mirror {
    positions: BTreeMap<(AccountId, LineId), i64>,
    cash: BTreeMap<AccountId, i64>,
    /// By pair: securities and cash that have settled.
    settled: BTreeMap<PairId, (i64, i64)>,
}

impl Mirror {
    fn follow(&mut self, settler: &Settler, said: &[Outcome]) {
        for outcome in said {
            let (id, part) = match *outcome {
                Outcome::Lent(_) | Outcome::Repaid(_) => panic!("nobody lends here"),
                Outcome::Settled(id) => (id, None),
                Outcome::Part { pair, quantity, amount } => (pair, Some((quantity, amount))),
                Outcome::Pending(_) => continue,
            };
            let deal = settler.deal(id).expect("a pair");
            let before = self.settled.entry(id).or_default();
            let (quantity, amount) = part.unwrap_or((deal.quantity - before.0, deal.amount - before.1));
            assert!(quantity >= 0 && amount >= 0 && (quantity > 0 || part.is_none()));
            *before = (before.0 + quantity, before.1 + amount);
            *self.positions.entry((deal.deliverer, deal.line)).or_default() -= quantity;
            *self.positions.entry((deal.receiver, deal.line)).or_default() += quantity;
            let (payer, payee) = match deal.kind {
                Kind::Dwp => (deal.deliverer, deal.receiver),
                _ => (deal.receiver, deal.deliverer),
            };
            *self.cash.entry(payer).or_default() -= amount;
            *self.cash.entry(payee).or_default() += amount;
        }
    }

    fn check(&self, settler: &Settler, book: &Book) -> Result<(), TestCaseError> {
        for ((account, line), quantity) in &self.positions {
            prop_assert!(*quantity >= 0, "a position below zero");
            prop_assert_eq!(book.position(*account, *line), *quantity);
        }
        for (account, cash) in &self.cash {
            prop_assert!(*cash >= 0, "cash below zero");
            prop_assert_eq!(book.cash(*account), *cash);
        }
        prop_assert!(book.is_conserved());
        for (id, (quantity, amount)) in &self.settled {
            let deal = settler.deal(*id).expect("a pair");
            prop_assert!(*quantity <= deal.quantity && *amount <= deal.amount, "{:?}", deal);
            if deal.standing != Standing::Settled {
                prop_assert_eq!(
                    (deal.quantity - quantity, deal.amount - amount),
                    (deal.left, deal.left_amount)
                );
            }
        }
        let c = settler.counts();
        prop_assert_eq!(c.settled + c.partial + c.pending + c.cancelled, c.entered);
        Ok(())
    }
}

/// Due, tied to nothing, held by nobody, said to lack something, and it lacks nothing.
fn forgotten(settler: &Settler, book: &Book) -> Option<PairId> {
    (0..).zip(settler.deals()).find_map(|(id, d)| {
        let short = matches!(d.standing, Standing::Short(_)) && !d.linked && !d.is_held();
        let can = book.position(d.deliverer, d.line) >= d.left && book.cash(d.payer()) >= d.left_amount;
        (short && can).then_some(id)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_made_or_destroyed_whatever_is_done(
        positions in proptest::collection::vec((0..ACCOUNTS, 0..LINES, 1i64..40), 0..8),
        cash in proptest::collection::vec((0..ACCOUNTS, 1i64..80), 0..6),
        acts in proptest::collection::vec(act(), 0..60),
        grouped in any::<bool>(),
    ) {
        let thresholds = Thresholds { value_by_unit: 5, ..Thresholds::default() };
        let recycling = grouped.then(|| Calendar::of(Market::Target));
        let mut settler = Settler::new(Rules { recycling, thresholds, ..Rules::default() });
        let (mut book, mut mirror) = (Book::default(), Mirror::default());
        for (account, line, quantity) in positions {
            book.open_position(account, line, quantity);
            *mirror.positions.entry((account, line)).or_default() += quantity;
        }
        for (account, amount) in cash {
            book.open_cash(account, amount);
            *mirror.cash.entry(account).or_default() += amount;
        }
        let (mut today, mut paid, mut half) = (day(TODAY), true, None);
        let mut said = Vec::new();
        settler.open(&mut book, today, &mut said);
        for act in acts {
            said.clear();
            let pairs = settler.deals().len();
            let pair = |n: usize| PairId::try_from(n % pairs.max(1)).expect("small");
            match act {
                Act::Admit(mut terms, other, how) => {
                    match (how, other.filter(|_| pairs > 0).map(pair)) {
                        (0, Some(other)) => terms.links.after.push(other),
                        (1, Some(other)) => terms.links.before.push(other),
                        // Every second of these completes the group that the one before began.
                        (_, Some(_)) => {
                            let group = half.take();
                            terms.links.with = group.or_else(|| Some(settler.group(2)));
                            half = if group.is_some() { None } else { terms.links.with };
                        }
                        (_, None) => {}
                    }
                    settler.admit(&mut book, terms, &mut said);
                }
                Act::Hold(n, delivers, held) => {
                    let side = if delivers { Side::Deliverer } else { Side::Receiver };
                    settler.set_hold(&mut book, pair(n), side, held, &mut said);
                }
                Act::Release(n, quantity) => {
                    settler.release_part(&mut book, pair(n), quantity, &mut said);
                }
                Act::Priority(n, priority) => settler.set_priority(pair(n), priority),
                Act::Cancel(n) => {
                    settler.cancel(pair(n));
                }
                Act::Window(true) => settler.open_window(&mut book, &mut said),
                Act::Window(false) => settler.close_window(),
                Act::ClosePaid => {
                    settler.close_paid();
                    paid = false;
                }
                Act::NextDay => {
                    settler.close();
                    today = BusinessDate::new(today.naive().succ_opt().expect("a day"));
                    settler.open(&mut book, today, &mut said);
                    paid = true;
                }
            }
            mirror.follow(&settler, &said);
            mirror.check(&settler, &book)?;
            if paid {
                prop_assert_eq!(forgotten(&settler, &book), None);
            }
        }
    }
}

/// Twenty thousand that take parts and have no cash: a credit looks at a few of them, not at all.
#[test]
fn a_credit_in_a_window_looks_at_few() {
    let mut m = Market2::new(Rules::default());
    m.book.open_position(9, 1, 1_000);
    for _ in 0..20_000 {
        m.admit(in_parts(dvp(1, 2, 1_000, 1_000)));
    }
    assert_eq!(m.window(), []);
    for _ in 0..1_000 {
        let (id, said) = m.admit(fop(9, 1, 1));
        assert_eq!(said[0], Outcome::Settled(id));
    }
    assert_eq!(m.settler.counts().settled, 1_000, "nobody who waits has cash");
}
