//! What the kernel costs for one trade on the straight road, from allocation to settlement: decisions, journal records
//! and outgoing messages, without any I/O. The reading of what comes in is measured apart (it runs on the connections).

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use finality::kernel::gateway::{Effect, Input, Kernel};
use finality::kernel::intake;
use finality::parsers::codec::Decoded;
use finality::parsers::machine::{Machine, Timestamp};
use finality::parsers::model::{
    Event, Movement, Payment, SettlementChain, SettlementConfirmation, Status, StatusAdvice, StatusKind,
};
use rust_decimal::Decimal;

#[path = "../src/kernel/tests/desk/market.rs"]
#[allow(dead_code, reason = "shared with the kernel's tests, which use all of it")]
mod market;

use market::{Deal, amount, links, profile, reference, sap, units, write};

const TRADES: u64 = 1_000;

struct Message {
    link: &'static str,
    raw: Vec<u8>,
    decoded: Decoded,
}

fn now() -> Timestamp {
    Timestamp::from_utc("2026-11-24T09:00:00Z".parse().expect("a time"))
}

/// Five messages for each trade, in the order of a day: all allocations, all confirmations, and so on.
fn day(custodian: &'static str, account: &str) -> Vec<Message> {
    let mut number = 0;
    let mut message = |link: &'static str, event: &Event| {
        number += 1;
        let raw = write(link, event, number, now());
        let decoded = intake::decode(&raw);
        Message { link, raw, decoded }
    };
    let mut day = Vec::new();
    let deal = Deal { account: account.to_owned(), ..Deal::default() };
    for n in 1..=TRADES {
        day.push(message("manager", &deal.allocation(&format!("B{n}"))));
    }
    for n in 1..=TRADES {
        let deal = Deal { block: Some(format!("B{n}")), ..deal.clone() };
        day.push(message("broker", &deal.confirmation(&format!("C{n}"), now())));
    }
    for kind in [StatusKind::Acknowledged, StatusKind::Matched] {
        for n in 1..=TRADES {
            let advice = status(n, &kind);
            day.push(message(custodian, &advice));
        }
    }
    for n in 1..=TRADES {
        day.push(message(custodian, &settlement(n)));
    }
    day
}

fn status(trade: u64, kind: &StatusKind) -> Event {
    Event::Status(Box::new(StatusAdvice {
        id: Some(reference(&format!("{}{trade:08}", if *kind == StatusKind::Matched { "M" } else { "A" }))),
        ..StatusAdvice::of(
            reference(&format!("FI{trade:09}N1")),
            vec![Status { kind: kind.clone(), reasons: Vec::new() }],
        )
    }))
}

fn settlement(trade: u64) -> Event {
    let date = "2026-11-26".parse().expect("a date");
    let bic = market::broker_bic("broker");
    let party = |bic| Some(finality::parsers::model::Party::bic(bic));
    Event::Settlement(Box::new(SettlementConfirmation {
        id: Some(reference(&format!("S{trade:08}"))),
        reversal: false,
        instruction: reference(&format!("FI{trade:09}N1")),
        previous: None,
        linkages: Vec::new(),
        more: None,
        common_reference: None,
        market_reference: None,
        prepared: None,
        movement: Movement::Receive,
        payment: Payment::Against,
        instrument: sap(),
        settled: units(1000),
        previously_settled: None,
        remaining: None,
        amount: Some(amount(Decimal::new(10_005_000, 2))),
        previously_settled_amount: None,
        remaining_amount: None,
        other_amounts: Vec::new(),
        price: None,
        partial: None,
        trade_date: Some("2026-11-24".parse().expect("a date")),
        settlement_date: Some(date),
        effective_date: date,
        account: Some("SAFE100001".parse().expect("an account")),
        account_owner: None,
        transaction_type: "TRAD".to_owned(),
        delivering: SettlementChain {
            depository: party("CSDXDEFFXXX".parse().expect("a BIC")),
            agent: party(bic),
            client: party(bic),
            ..SettlementChain::default()
        },
        receiving: SettlementChain::default(),
        narrative: None,
    }))
}

fn feed(kernel: &mut Kernel, input: Input<'_>) -> usize {
    kernel.handle(now(), input);
    let (mut count, mut appended) = (0, None);
    while let Some(effect) = kernel.poll() {
        count += 1;
        if let Effect::Append(entry) = effect {
            appended = Some(entry.seq);
        }
    }
    appended.map_or(count, |seq| count + feed(kernel, Input::Appended(seq)))
}

fn opened() -> Kernel {
    let mut kernel = Kernel::boot(now(), profile(), []);
    for link in links() {
        feed(&mut kernel, Input::LinkReady(link));
    }
    kernel
}

fn run(mut kernel: Kernel, inputs: Vec<(&'static str, &[u8], Decoded)>) -> Kernel {
    for (link, raw, decoded) in inputs {
        feed(&mut kernel, Input::Received { link, raw, decoded, number: None });
    }
    kernel
}

fn lifecycle(c: &mut Criterion) {
    for (custodian, account) in [("custodian", "FUND1"), ("isocustodian", "FUND2")] {
        let day = day(custodian, account);
        let inputs = || day.iter().map(|m| (m.link, m.raw.as_slice(), m.decoded.clone())).collect();
        let settled = run(opened(), inputs());
        assert!(
            settled.book().trades().all(|t| t.state.label() == "settled"),
            "the straight road leads to settlement"
        );
        let mut group = c.benchmark_group(format!("trades through {custodian}"));
        group.throughput(Throughput::Elements(TRADES)).sample_size(10);
        group.bench_function("kernel", |b| {
            b.iter_batched(|| (opened(), inputs()), |(k, i)| run(k, i), BatchSize::LargeInput);
        });
        group.bench_function("decoding of the five messages", |b| {
            b.iter(|| day.iter().filter(|m| intake::decode(&m.raw).event.is_some()).count());
        });
        group.finish();
    }
}

criterion_group!(benches, lifecycle);
criterion_main!(benches);
