//! Two-sided matching at volume: so many allocations, then as many confirmations in another order, three of a hundred with a
//! price that differs, decided by the kernel one by one, journal records and answers included. What a trade costs must not
//! depend on how many there are.
//!
//! ```text
//! cargo bench -p finality-kernel --bench matching
//! cargo bench -p finality-kernel --bench matching -- --count 1000000
//! ```
//!
//! `matching`: what agrees waits for a cycle, so that nothing but the two sides, the journal and the answer to each is there. `to the
//! instruction`: what agrees goes on at once; it is affirmed, enriched, and its instruction written. `told by terms`: the
//! confirmation names nothing, and all trades are of one instrument, account and broker, so that they are told apart by
//! quantity and price alone. `identify and compare`: the two steps of matching by themselves, in the kernel's own index and pool and by its
//! rules: no trades, journal and answers. What differs is put aside there, while the kernel goes on looking for a better pair. `--only
//! NAME` runs one of them.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench reads the clock, and its rates are no money"
)]

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Instant;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use chrono::NaiveTime;
use finality_kernel::gateway::{Effect, Input, Kernel};
use finality_kernel::lifecycle::state::State;
use finality_kernel::lifecycle::trade::{Confirmed, Share, Terms};
use finality_kernel::matching::key::ShareKey;
use finality_kernel::matching::pairing::{Ours, pairs};
use finality_kernel::matching::pool::{Place, Pool};
use finality_kernel::matching::try_out::RuleBook;
use finality_kernel::operation::Release;
use finality_parsers::codec::Decoded;
use finality_parsers::detect::Protocol;
use finality_parsers::machine::{Machine, Timestamp};
use finality_parsers::model::{Event, Price};
use rust_decimal::Decimal;

#[path = "measure.rs"]
#[allow(dead_code, reason = "shared with the benches of the parsers, which use all of it")]
mod measure;

#[path = "../src/kernel/tests/desk/market.rs"]
#[allow(dead_code, reason = "shared with the kernel's tests, which use all of it")]
mod market;

use market::{Deal, links, profile};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let most = measure::argument(&arguments, "--count").unwrap_or(100_000);
    let only = arguments.iter().skip_while(|a| *a != "--only").nth(1);
    for (name, named) in [("identify and compare", true), ("identify and compare, told by terms", false)] {
        if only.is_none_or(|only| only == name) {
            println!("{name}");
            [most / 16, most / 4, most].into_iter().for_each(|count| identified(count, named));
        }
    }
    for (name, how) in [
        ("matching", How { held: true, ..How::default() }),
        ("matching, told by terms", How { named: false, held: true, ..How::default() }),
        ("to the instruction", How::default()),
        ("to the instruction, told by terms", How { named: false, ..How::default() }),
        (
            "to the exception that no standing instruction is known",
            How { broker: "newcomer", ..How::default() },
        ),
    ] {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        println!("{name}");
        for count in [most / 16, most / 4, most] {
            run(count, how);
        }
    }
}

/// What is measured.
#[derive(Clone, Copy)]
struct How {
    /// Whether confirmations name their allocation.
    named: bool,
    /// Whether what agrees waits for a cycle.
    held: bool,
    broker: &'static str,
}

impl Default for How {
    fn default() -> Self {
        Self { named: true, held: false, broker: "broker" }
    }
}

/// Read once: reading a time costs as much as some stages do.
fn now() -> Timestamp {
    static NOW: LazyLock<Timestamp> =
        LazyLock::new(|| Timestamp::from_utc("2026-11-24T09:00:00Z".parse().expect("a time")));
    *NOW
}

fn deal(n: u64, broker: &str) -> Deal {
    Deal {
        quantity: 100 + i64::try_from(n % 5_000).expect("small"),
        price: Decimal::from(50 + n / 5_000 * 2),
        broker: broker.to_owned(),
        ..Deal::default()
    }
}

fn decoded(event: Event) -> Decoded {
    Decoded {
        protocol: Some(Protocol::Fix),
        message_type: String::new(),
        addressee: None,
        diagnostics: Vec::new(),
        event: Some(event),
        refusal: None,
        encoded: Vec::new(),
        fields: Vec::new(),
    }
}

fn feed(kernel: &mut Kernel, input: Input<'_>) {
    kernel.handle(now(), input);
    let mut appended = None;
    while let Some(effect) = kernel.poll() {
        if let Effect::Append(entry) = effect {
            appended = Some(entry.seq);
        }
    }
    if let Some(seq) = appended {
        feed(kernel, Input::Appended(seq));
    }
}

/// Sides are made so many at a time, so that the clock is looked at seldom.
const BATCH: usize = 4096;

/// What it took to feed them in.
#[derive(Clone, Copy, Default)]
struct Spent {
    /// By the clock.
    seconds: f64,
    /// On a core.
    on_core: f64,
}

impl Spent {
    fn feed(&mut self, kernel: &mut Kernel, link: &str, events: impl Iterator<Item = Event>) {
        let mut events = events.map(decoded);
        loop {
            let batch: Vec<Decoded> = events.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return;
            }
            let (start, core) = (Instant::now(), on_core());
            for decoded in batch {
                feed(kernel, Input::Received { link, raw: b"", decoded, number: None });
            }
            self.seconds += start.elapsed().as_secs_f64();
            self.on_core += on_core() - core;
        }
    }
}

fn run(count: u64, How { named, held, broker }: How) {
    let mut profile = profile();
    if held {
        profile.operation.release = Release::AtCycles;
        profile.operation.cycles = vec![NaiveTime::from_hms_opt(17, 0, 0).expect("a time")];
    }
    let mut kernel = Kernel::boot(now(), profile, []);
    links().for_each(|link| feed(&mut kernel, Input::LinkReady(link)));
    let mut spent = Spent::default();
    let before = measure::peak();
    spent.feed(&mut kernel, "manager", (0..count).map(|n| deal(n, broker).allocation(&format!("B{n}"))));
    let alone = measure::peak();
    let first = spent;
    let confirmations = (0..count).map(|step| {
        // Another order: a step that shares no factor with any of the counts.
        let n = step.wrapping_mul(7_368_787) % count;
        let mut deal = deal(n, broker);
        deal.block = named.then(|| format!("B{n}"));
        if n % 100 < 3 {
            deal.price += Decimal::new(5, 1);
        }
        deal.confirmation(&format!("C{n}"), now())
    });
    spent.feed(&mut kernel, broker, confirmations);
    let matched = kernel
        .book()
        .trades()
        .filter(|t| matches!(t.state, State::Matched | State::Instructed | State::AwaitingSsi))
        .count();
    let differ = kernel.book().trades().filter(|t| t.state == State::Mismatched).count();
    let each = |seconds: f64, sides: u64| seconds * 1e6 / sides as f64;
    println!(
        "  {count:>8} + {count} sides {:>7.2} s {:>6.2} us each, on a core {:>6.2} us ({:.2} and {:.2})   {matched} match, \
         {differ} differ   most memory {before} kB at first, {alone} kB with one side, {} kB with both",
        spent.seconds,
        each(spent.seconds, 2 * count),
        each(spent.on_core, 2 * count),
        each(first.on_core, count),
        each(spent.on_core - first.on_core, count),
        measure::peak(),
    );
}

/// How long this thread had a core until now, in seconds, to a few milliseconds; 0 where the system does not say. On a machine that
/// does something else too, it is what the work costs; the clock says how long it took.
fn on_core() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos: Option<u64> = text.split_whitespace().next().and_then(|n| n.parse().ok());
    std::time::Duration::from_nanos(nanos.unwrap_or(0)).as_secs_f64()
}

/// A side of the manager's, as the kernel keeps it.
fn share(n: u64) -> Share {
    let deal = deal(n, "broker");
    let instruction = deal.instruction(&format!("B{n}"));
    let share = &instruction.allocations[0];
    let terms = Terms {
        side: instruction.side,
        instrument: instruction.instrument.clone(),
        quantity: share.quantity,
        price: instruction.price,
        net: share.net,
        gross: None,
        accrued: None,
        commission: share.commission.as_ref().map(|charge| charge.amount),
        fees: None,
        currency: instruction.currency,
        trade_date: instruction.trade_date,
        settlement_date: instruction.settlement_date,
        account: Some(share.account.clone()),
        broker: Some(market::broker_bic("broker")),
        payment: share.payment,
    };
    let (block, id) = (instruction.id.clone(), share.id.clone());
    Share { block, id, link: "manager".to_owned(), terms, fees: Vec::new() }
}

/// The broker's side of it; three of a hundred have another price.
fn confirmed(n: u64, named: bool) -> Confirmed {
    let Share { block, mut terms, .. } = share(n);
    if n % 100 < 3 {
        terms.price =
            terms.price.map(|price| Price::actual(market::euro(), price.value + Decimal::new(5, 1)));
    }
    Confirmed {
        id: format!("C{n}").parse().expect("a reference"),
        link: "broker".to_owned(),
        block: named.then_some(block),
        share: None,
        terms,
        report: None,
        chain: None,
        fees: Vec::new(),
    }
}

/// What is timed is short: many of it at a time.
const LARGE: usize = 16 * BATCH;

fn identified(count: u64, named: bool) {
    let profile = profile();
    let rules = RuleBook { profiles: &profile.matching, general: &profile.tolerances };
    let (mut index, mut pool) = (HashMap::<ShareKey, u64>::new(), Pool::default());
    let mut shares: Vec<Share> = Vec::new();
    let (mut matched, mut differ, mut spent) = (0u64, 0u64, 0.0);
    let before = measure::peak();
    for start in (0..count).step_by(LARGE) {
        let batch: Vec<Share> = (start..count.min(start + LARGE as u64)).map(share).collect();
        let core = on_core();
        for share in batch {
            let number = shares.len() as u64;
            for key in ShareKey::all(Some(&share.block), share.id.as_ref(), share.terms.account.as_ref()) {
                index.insert(key, number);
            }
            let place = Place::looking(&share.terms, true).expect("it can be told");
            pool.put(&place, number);
            shares.push(share);
        }
        spent += on_core() - core;
    }
    for start in (0..count).step_by(LARGE) {
        let numbers =
            (start..count.min(start + LARGE as u64)).map(|step| step.wrapping_mul(7_368_787) % count);
        let batch: Vec<Confirmed> = numbers.map(|n| confirmed(n, named)).collect();
        let core = on_core();
        for theirs in &batch {
            let keys =
                ShareKey::all(theirs.block.as_ref(), theirs.share.as_ref(), theirs.terms.account.as_ref());
            let ours = keys.iter().find_map(|key| index.get(key)).copied().or_else(|| {
                let place = Place::looking(&theirs.terms, false)?;
                let candidates = pool.of_quantity(&place).ours;
                let sides: Vec<Ours<'_>> =
                    candidates.iter().map(|n| Ours { share: &shares[*n as usize], not_with: &[] }).collect();
                pairs(&sides, &[theirs], rules).first().map(|(i, _)| candidates[*i])
            });
            let Some(ours) = ours else { continue };
            let share = &shares[ours as usize];
            if let Some(place) = Place::looking(&share.terms, true) {
                pool.take(&place, ours);
            }
            let differences = rules.differences(&share.terms, &theirs.terms);
            *if differences.is_empty() { &mut matched } else { &mut differ } += 1;
        }
        spent += on_core() - core;
    }
    println!(
        "  {count:>8} + {count} sides {spent:>7.2} s on a core, {:>6.2} us each   {matched} match, {differ} differ   most \
         memory {before} kB at first, {} kB with all",
        spent * 1e6 / (2 * count) as f64,
        measure::peak(),
    );
}
