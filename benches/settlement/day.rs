//! A market's day in the settler alone: most pairs before the night, the rest while it is open, windows for parts, holds that
//! are let go, both cut-offs. Beside it the floor: the same bookings, in the same order, on a bare book.

#![allow(clippy::disallowed_methods, reason = "a bench measures with the wall clock")]

use std::time::Instant;

use finality::parsers::model::{BusinessDate, Calendar, Market};
use finality::simulator::settlement::book::{Book, Exchange};
use finality::simulator::settlement::deal::{Deal, Links, Outcome, PairId, Terms};
use finality::simulator::settlement::kind::{Kind, Side};
use finality::simulator::settlement::part::Partial;
use finality::simulator::settlement::rules::{Rules, Thresholds};
use finality::simulator::settlement::schedule::{Minute, Schedule, Step, carry_out};
use finality::simulator::settlement::settler::Settler;

const ACCOUNTS: u64 = 2_000;
const LINES: u64 = 3_000;

/// Draws stand alone: a pair is the same however many there are.
fn draw(n: u64, what: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(what.wrapping_mul(0xD1B5_4A32_D192_ED03));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Few have much to do, many little.
fn skewed(n: u64, what: u64, of: u64) -> u32 {
    u32::try_from((draw(n, what) % of) * (draw(n, what + 100) % of) / of).expect("small")
}

fn today() -> BusinessDate {
    "2026-11-26".parse().expect("a date")
}

fn terms(n: u64) -> Terms {
    let kind = match draw(n, 1) % 100 {
        0..69 => Kind::Dvp,
        69..96 => Kind::Fop,
        96..98 => Kind::Dwp,
        _ => Kind::Pfod,
    };
    let (deliverer, line) = (skewed(n, 2, ACCOUNTS), skewed(n, 3, LINES));
    let receiver = (deliverer + 1 + skewed(n, 4, ACCOUNTS - 1)) % u32::try_from(ACCOUNTS).expect("small");
    let quantity = 1 + i64::try_from(draw(n, 5) % 1_000).expect("small");
    let amount = quantity * (1_000 + i64::from(line));
    let share = |what, percent| draw(n, what) % 100 < percent;
    let partial = |what| if share(what, 30) { Partial::Value } else { Partial::No };
    let mut terms = Terms {
        kind,
        deliverer,
        receiver,
        line,
        quantity: if kind == Kind::Pfod { 0 } else { quantity },
        amount: if kind == Kind::Fop { 0 } else { amount },
        date: today(),
        priority: if share(6, 5) { 3 } else { 4 },
        partial: [partial(7), partial(8)],
        held: [share(9, 2), share(10, 2)],
        links: Links::default(),
    };
    // A third passes on what the next one delivers to it: it waits until that has settled.
    if n.is_multiple_of(3) && kind != Kind::Pfod {
        let from = self::terms(n + 1);
        (terms.deliverer, terms.line) = (from.receiver, from.line);
        terms.quantity = if from.quantity == 0 { quantity } else { from.quantity };
        if terms.receiver == terms.deliverer {
            terms.receiver = from.deliverer;
        }
    }
    terms
}

/// Most of what is delivered is there, and most have the cash.
fn opening(pairs: u64) -> Book {
    let mut book = Book::default();
    for n in (0..pairs).filter(|n| !n.is_multiple_of(3) && draw(*n, 11) % 100 < 94) {
        let t = terms(n);
        if t.quantity > 0 {
            book.open_position(t.deliverer, t.line, t.quantity);
        }
    }
    for account in 0..ACCOUNTS {
        let tight = draw(account, 12) % 100 < 3;
        book.open_cash(u32::try_from(account).expect("small"), if tight { 10_000_000 } else { 1 << 50 });
    }
    book
}

/// Hundredths of a second that this process has computed; 0 where the system does not say.
fn computed() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    fields.split(' ').skip(11).take(2).filter_map(|f| f.parse::<u64>().ok()).sum()
}

/// Memory that this process has now, in bytes; 0 where the system does not say.
pub(super) fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Runs the day; gives what was said, in order.
fn run(settler: &mut Settler, book: &mut Book, pairs: u64) -> Vec<Outcome> {
    let (mut schedule, mut outcomes, mut admitted) = (Schedule::default(), Vec::new(), 0);
    let mut until = |settler: &mut Settler, book: &mut Book, outcomes: &mut Vec<Outcome>, percent: u64| {
        while admitted < pairs * percent / 100 {
            settler.admit(book, terms(admitted), outcomes);
            admitted += 1;
        }
    };
    let mut percent = 60;
    while let Some(at) = schedule.next() {
        let Some(step) = schedule.due(at) else { break };
        match step {
            Step::Night => until(settler, book, &mut outcomes, 60),
            // Whoever held back lets go at noon.
            Step::PartsFrom if at == Minute(12 * 60) => {
                for id in 0..PairId::try_from(settler.deals().len()).expect("small") {
                    for side in [Side::Deliverer, Side::Receiver] {
                        if settler.deal(id).is_some_and(Deal::is_held) {
                            settler.set_hold(book, id, side, false, &mut outcomes);
                        }
                    }
                }
            }
            _ => {}
        }
        carry_out(step, today(), settler, book, &mut outcomes);
        if settler.is_open() && step != Step::Night {
            percent = (percent + 5).min(100);
            until(settler, book, &mut outcomes, percent);
        }
    }
    outcomes
}

/// The bookings of a day as they were made.
fn bookings(settler: &Settler, outcomes: &[Outcome]) -> Vec<Exchange> {
    let mut rest: Vec<(i64, i64)> = settler.deals().iter().map(|d| (d.quantity, d.amount)).collect();
    let booked = |outcome: &Outcome| {
        let (id, part) = match *outcome {
            Outcome::Settled(id) => (id, None),
            Outcome::Part { pair, quantity, amount } => (pair, Some((quantity, amount))),
            Outcome::Pending(_) | Outcome::Lent(_) | Outcome::Repaid(_) => return None,
        };
        let deal = settler.deal(id)?;
        let left = &mut rest[id as usize];
        let (quantity, amount) = part.unwrap_or(*left);
        *left = (left.0 - quantity, left.1 - amount);
        let (deliverer, receiver) = (deal.deliverer, deal.receiver);
        let payer = deal.payer();
        let payee = if payer == deliverer { receiver } else { deliverer };
        Some(Exchange { deliverer, receiver, line: deal.line, quantity, payer, payee, amount })
    };
    outcomes.iter().filter_map(booked).collect()
}

/// One day of so many pairs, printed.
pub(crate) fn print(pairs: u64) {
    let mut book = opening(pairs);
    let thresholds = Thresholds { value_by_unit: 100_000, ..Thresholds::default() };
    let recycling = Some(Calendar::of(Market::Target));
    let mut settler = Settler::new(Rules { recycling, thresholds, ..Rules::default() });
    // What making the pairs costs is no part of the day.
    let (wall, cpu) = (Instant::now(), computed());
    let made = (0..pairs).fold(0, |sum: i64, n| sum.wrapping_add(std::hint::black_box(terms(n)).quantity));
    std::hint::black_box(made);
    let (making_wall, making_cpu) = (wall.elapsed(), computed() - cpu);

    let before = resident();
    let (wall, cpu) = (Instant::now(), computed());
    let outcomes = run(&mut settler, &mut book, pairs);
    let (wall, cpu) =
        (wall.elapsed().saturating_sub(making_wall), (computed() - cpu).saturating_sub(making_cpu));
    let said = std::mem::size_of_val(outcomes.as_slice()) as u64;
    let bytes = resident().saturating_sub(before);
    assert!(book.is_conserved(), "nothing is made or destroyed");

    let bookings = bookings(&settler, &outcomes);
    let mut bare = opening(pairs);
    let (floor_wall, floor_cpu) = (Instant::now(), computed());
    for booking in &bookings {
        bare.exchange(booking).expect("it was booked before");
    }
    let (floor_wall, floor_cpu) = (floor_wall.elapsed(), computed() - floor_cpu);
    assert!(bare.positions().eq(book.positions()), "the floor comes to the same balances");

    let counts = settler.counts();
    println!("a day of {pairs} pairs, {ACCOUNTS} accounts, {LINES} lines");
    println!(
        "  {} settled, {} in part, {} pending; {} bookings, {} outcomes",
        counts.settled,
        counts.partial,
        counts.pending,
        bookings.len(),
        outcomes.len()
    );
    println!("  settler          {:>6} ms of CPU {:>6} ms of wall", cpu * 10, wall.as_millis());
    println!("  the same bookings{:>6} ms of CPU {:>6} ms of wall", floor_cpu * 10, floor_wall.as_millis());
    println!(
        "  memory: {} bytes a pair more at the end, of these {} for outcomes; a pair itself is {} bytes",
        bytes / pairs,
        said / pairs,
        std::mem::size_of::<Deal>()
    );
}
