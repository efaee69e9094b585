//! The settlement engine: a day of pairs that can settle, chains that wake each other, and one account that everybody
//! waits for. A day of 700,000 pairs in the settler alone, with all kinds and rules, against a bare book. And a day of the market around the
//! house, from its drawing to its fails, by stages.
//!
//! ```text
//! cargo bench --bench settlement                         all of it
//! cargo bench --bench settlement -- --day 700000         the day alone
//! cargo bench --bench settlement -- --population 700000  the market alone
//! ```

mod day;
mod population;

use criterion::{BatchSize, Criterion, Throughput, criterion_group};
use finality::simulator::settlement::engine::{Engine, Outcome};
use finality::simulator::settlement::matching::{Key, Leg};
use finality::simulator::settlement::ties::Wishes;

const PAIRS: u32 = 100_000;
const ACCOUNTS: u32 = 1_000;

fn leg(number: u32, delivers: bool, account: u32, quantity: i64, amount: i64) -> Leg {
    Leg {
        number,
        participant: 0,
        reference: String::new(),
        delivers,
        account,
        key: Key {
            deliverer: 0,
            receiver: 1,
            isin: "DE0007164600".parse().expect("an ISIN"),
            quantity,
            trade_date: None,
            settlement_date: "2026-11-26".parse().expect("a date"),
            against_payment: true,
            currency: None,
        },
        amount,
        held: false,
        wishes: Wishes::default(),
    }
}

fn admit(engine: &mut Engine, number: u32, from: u32, to: u32, quantity: i64, amount: i64) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let (deliverer, receiver) =
        (leg(number, true, from, quantity, amount), leg(number, false, to, quantity, amount));
    engine.admit(deliverer, receiver, 1, &mut outcomes);
    outcomes
}

fn open(engine: &mut Engine) -> usize {
    let mut outcomes = Vec::new();
    engine.open("2026-11-26".parse().expect("a date"), &mut outcomes);
    outcomes.iter().filter(|o| matches!(o, Outcome::Settled(_))).count()
}

/// Everybody has enough: all settle at the opening.
fn ample() -> Engine {
    let mut engine = Engine::default();
    for account in 0..ACCOUNTS {
        engine.book.open_position(account, 1, 1_000_000);
        engine.book.open_cash(account, 1_000_000);
    }
    for n in 0..PAIRS {
        admit(&mut engine, n, n % ACCOUNTS, (n * 7 + 1) % ACCOUNTS, 10, 100);
    }
    engine
}

/// One long chain, its first link last: each settlement wakes the next.
fn chain() -> Engine {
    let mut engine = Engine::default();
    open(&mut engine);
    for n in (1..PAIRS).rev() {
        engine.book.open_cash(n + 1, 100);
        admit(&mut engine, n, n, n + 1, 10, 100);
    }
    engine.book.open_position(0, 1, 10);
    engine.book.open_cash(1, 100);
    engine
}

/// All wait for the securities of one account.
fn hot() -> Engine {
    let mut engine = Engine::default();
    open(&mut engine);
    for n in 0..PAIRS {
        engine.book.open_cash(2 + n, 100);
        admit(&mut engine, n, 1, 2 + n, 10, 100);
    }
    engine.book.open_position(0, 1, 10 * i64::from(PAIRS));
    engine.book.open_cash(1, 1_000);
    engine
}

fn settlement(c: &mut Criterion) {
    let mut group = c.benchmark_group("settlement of 100,000 pairs");
    group.throughput(Throughput::Elements(u64::from(PAIRS))).sample_size(10);
    assert_eq!(open(&mut ample()), PAIRS as usize, "all settle");
    group.bench_function("at the opening", |b| {
        b.iter_batched(ample, |mut e| (open(&mut e), e), BatchSize::PerIteration);
    });
    let last = |mut e: Engine| (admit(&mut e, PAIRS, 0, 1, 10, 100).len(), e);
    assert_eq!(last(chain()).0, PAIRS as usize, "the whole chain settles");
    group.bench_function("in one chain", |b| b.iter_batched(chain, last, BatchSize::PerIteration));
    let credit = |mut e: Engine| {
        let settled = admit(&mut e, PAIRS, 0, 1, 10 * i64::from(PAIRS), 1_000);
        (settled.len(), e)
    };
    assert_eq!(credit(hot()).0, PAIRS as usize + 1, "all waiters settle");
    group.bench_function("waiting for one account, credited at once", |b| {
        b.iter_batched(hot, credit, BatchSize::PerIteration);
    });
    group.finish();
    let mut group = c.benchmark_group("one account with 100,000 waiters");
    group.sample_size(10);
    group.bench_function("a credit that suffices for one of them", |b| {
        b.iter_batched(hot, |mut e| (admit(&mut e, PAIRS, 0, 1, 10, 100).len(), e), BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, settlement);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let asked = |what: &str| -> Option<u32> {
        arguments.iter().position(|a| a == what).and_then(|at| arguments.get(at + 1)?.parse().ok())
    };
    if let Some(pairs) = asked("--day") {
        return day::print(pairs.into());
    }
    if let Some(instructions) = asked("--population") {
        return population::print(instructions);
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
    // As a test it only has to run.
    let pairs = if arguments.iter().any(|a| a == "--test") { 10_000 } else { 700_000 };
    day::print(pairs.into());
    population::print(pairs);
}
