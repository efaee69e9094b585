//! The desk's queue with a hundred thousand open exceptions, and trades at risk among many: what a look at them costs, and what a
//! change.

use criterion::{Criterion, criterion_group, criterion_main};
use finality::kernel::book::Book;
use finality::kernel::exceptions::priority::{Band, Parts, Score, Weights, score};
use finality::kernel::exceptions::queue::Filter;
use finality::kernel::exceptions::reason::REASONS;
use finality::kernel::fact::{Fact, Record, Trace};
use finality::kernel::lifecycle::state::State;
use finality::kernel::lifecycle::trade::{Share, Terms};
use finality::kernel::risk::at_risk;
use finality::parsers::desk::Handling;
use finality::parsers::machine::Timestamp;
use finality::parsers::model::{Amount, Instrument, Side};
use rust_decimal::Decimal;

#[path = "../src/kernel/tests/desk/market.rs"]
#[allow(dead_code, reason = "shared with the kernel's tests, which use all of it")]
mod market;

use market::{profile, reference, units};

const OPEN: u64 = 100_000;
const TRADES: u64 = 1_000_000;

fn at(n: u64) -> Timestamp {
    let start = Timestamp::from_utc("2026-11-24T09:00:00Z".parse().expect("a time"));
    start + std::time::Duration::from_millis(n)
}

fn record(seq: u64, facts: Vec<Fact>) -> Record {
    Record { seq, at: at(seq), trace: Trace::Deadline, facts, raw: Vec::new() }
}

fn scored(exception: u64, points: u64) -> Fact {
    let none = score(at(0), Parts::default(), &Weights::default(), "none", None);
    let band = Band::ALL[usize::try_from(points % 4).expect("small")];
    let score = Box::new(Score { total: u32::try_from(points % 10_001).expect("small"), band, ..none });
    Fact::ExceptionScored { exception, score, act_by: at(points), resolve_by: at(points), next: at(points) }
}

fn crowded() -> Book {
    let mut book = Book::shown(profile());
    for n in 1..=OPEN {
        let reason = REASONS[usize::try_from(n % 24).expect("small")].code;
        let opened = Fact::ExceptionOpened {
            exception: n,
            trade: None,
            link: Some("broker".to_owned()),
            dead_letter: false,
            reason,
            urgency: reason.row().urgency,
            due: at(n),
            detail: format!("number {n}"),
            earlier: None,
        };
        book.follow(&record(n, vec![opened, scored(n, n.wrapping_mul(7_919))]));
    }
    let handling = Handling::Accept;
    book.follow(&record(
        OPEN + 1,
        vec![Fact::ExceptionHandled { exception: 77, by: "anna".into(), handling }],
    ));
    book
}

fn busy() -> Book {
    let mut book = Book::new(profile());
    let euros = "EUR".parse().expect("a currency");
    for trade in 1..=TRADES {
        let day = ["2026-11-24", "2026-11-25", "2026-11-26"][usize::try_from(trade % 3).expect("small")];
        let share = Share {
            block: reference(&format!("B{trade}")),
            id: None,
            link: "manager".to_owned(),
            terms: Terms {
                side: Side::Sell,
                instrument: Instrument::of("DE0007164600".parse().expect("an ISIN")),
                quantity: units(100),
                price: None,
                net: Some(Amount::new(euros, Decimal::from(trade * 7_919 % 1_000_000))),
                gross: None,
                accrued: None,
                commission: None,
                fees: None,
                currency: None,
                trade_date: "2026-11-24".parse().expect("a day"),
                settlement_date: day.parse().ok(),
                account: None,
                broker: None,
                payment: None,
            },
            fees: Vec::new(),
        };
        let opened = Fact::Opened { trade, state: State::Allocated };
        book.replay(&record(trade, vec![opened, Fact::Allocated { trade, share: Box::new(share) }]));
    }
    book
}

fn desk(c: &mut Criterion) {
    let mut book = crowded();
    let none = Filter::default();
    c.bench_function("the first page of fifty of 100000", |b| {
        b.iter(|| book.queue().page(&none, None, 50).rows.len())
    });
    let team = Filter { team: Some("treasury".to_owned()), band: Some(Band::P2), ..Filter::default() };
    c.bench_function("a page of a team and a band", |b| {
        b.iter(|| book.queue().page(&team, None, 50).rows.len())
    });
    let mine = Filter { owner: Some("anna".to_owned()), ..Filter::default() };
    c.bench_function("what is one person's", |b| b.iter(|| book.queue().page(&mine, None, 50).rows.len()));
    let mut n = 0u64;
    c.bench_function("a new score", |b| {
        b.iter(|| {
            n += 1;
            book.follow(&record(OPEN + 1 + n, vec![scored(n % OPEN + 1, n.wrapping_mul(104_729))]));
        });
    });
    let busy = busy();
    let filter = at_risk::Filter::default();
    c.bench_function("the fifty dearest of 333333 trades that are due, of 1000000", |b| {
        b.iter(|| busy.at_risk(at(0), &filter, None, 50).len());
    });
}

criterion_group!(benches, desk);
criterion_main!(benches);
