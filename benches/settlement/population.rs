//! A day of the market around the house, with no gateway and no house: what drawing it, settling it, auditing it and looking at its fails
//! each cost. And what the engine alone keeps of it in memory.

#![allow(clippy::disallowed_methods, reason = "a bench measures with the wall clock")]

use std::rc::Rc;
use std::time::{Duration, Instant};

use finality::simulator::auditor::Auditor;
use finality::simulator::market::{Market, at};
use finality::simulator::opening;
use finality::simulator::parties::csd::Csd;
use finality::simulator::parties::{Party, PartyEffect, PartyInput};
use finality::simulator::population::fails;
use finality::simulator::scenario::Scenario;
use finality::simulator::settlement::deal::{Links, Terms};
use finality::simulator::settlement::engine::Engine;
use finality::simulator::settlement::kind::Kind;
use finality::simulator::settlement::part::Partial;
use finality::simulator::settlement::rules::Rules;

use super::day::resident;

/// What this process has computed, to the nanosecond where the system says it, else by the wall clock.
fn computed(start: Instant) -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = stat.split_whitespace().next().and_then(|n| n.parse().ok());
    nanos.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// The scenario of chains, with another population and no trades of the house to speak of.
fn market(instructions: u32, rules: &str) -> Market {
    let text = include_str!("../../samples/scenarios/chains.toml");
    let text = text.replace("rules = \"t2s\"", &format!("rules = \"{rules}\""));
    let mut scenario = Scenario::from_toml(&text).expect("it is one of the samples");
    scenario.trades.count = 1;
    scenario.population.instructions = instructions;
    let mut market = Market::draw(scenario, 1);
    // The house's own legs are not there, so nobody may count on them.
    market.crowd.deals.retain(|deal| deal.passes_on.is_none());
    market
}

/// The day under some rules, by stages.
fn day(instructions: u32, rules: &str) {
    let start = Instant::now();
    let mut last = computed(start);
    let mut stages: Vec<(&str, Duration)> = Vec::new();
    let mut took = |stages: &mut Vec<(&str, Duration)>, what: &'static str| {
        let now = computed(start);
        let since = now.saturating_sub(std::mem::replace(&mut last, now));
        match stages.iter_mut().find(|(stage, _)| *stage == what) {
            Some((_, all)) => *all += since,
            None => stages.push((what, since)),
        }
    };
    let market = Rc::new(market(instructions, rules));
    took(&mut stages, "drawing who trades what with whom");
    let mut csd = Csd::new(Rc::clone(&market));
    took(&mut stages, "depository: opening balances, who comes when");
    let mut auditor = Auditor::new(&market);
    took(&mut stages, "auditor: opening balances, what was traded");
    let closes = at(market.settlement_date, market.scenario.day.cut_off) + Duration::from_micros(1);
    let mut now = at(market.scenario.day.trade_date, Default::default());
    let mut booked = 0;
    while let Some(due) = csd.deadline().filter(|due| *due < closes) {
        now = now.max(due);
        let mut effects = Vec::new();
        csd.handle(now, PartyInput::Tick, &mut effects);
        took(&mut stages, "depository: admission, settlement, optimiser, penalties");
        for effect in effects {
            match effect {
                PartyEffect::Booked(bookings) => {
                    booked += bookings.len();
                    bookings.iter().for_each(|booking| auditor.booked(now, booking));
                }
                PartyEffect::Credit(credit) => auditor.credited(now, &credit),
                _ => {}
            }
        }
        took(&mut stages, "auditor: bookings");
    }
    auditor.cut_off(market.settlement_date);
    took(&mut stages, "auditor: cut-off");
    let found = fails::at_cut_off(&market, &auditor, 0, &[]);
    took(&mut stages, "fails: why, by class, slope, knot");
    assert!(csd.engine().book.is_conserved() && auditor.findings().is_empty(), "all is well");
    let all = found.population;
    println!(
        "a day of {} instructions under {rules}: {booked} bookings, {} failed; {} participants, {} lines",
        all.all,
        all.failed,
        market.crowd.parties.len(),
        market.instruments.len()
    );
    for (stage, took) in &stages {
        println!("  {stage:<58}{:>8} ms of CPU", took.as_millis());
    }
    let sum: Duration = stages.iter().map(|(_, took)| *took).sum();
    println!("  {:<58}{:>8} ms of CPU; {} MB in memory", "all of it", sum.as_millis(), resident() >> 20);
}

/// Admission and the first opening in the engine alone.
fn engine(instructions: u32) {
    let market = market(instructions, "t2s");
    let mut engine = Engine::with_rules(Rules {
        recycling: Some(market.scenario.day.calendar.clone()),
        ..Rules::default()
    });
    let number = |account: &str| market.crowd.parties.iter().position(|party| party.account == account);
    for opening in opening::draw(&market) {
        let Some(account) = number(&opening.account).and_then(|number| u32::try_from(number).ok()) else {
            continue;
        };
        opening.positions.iter().for_each(|(line, has)| engine.book.open_position(account, *line, *has));
        engine.book.open_cash(account, opening.cash_cents);
    }
    let (before, start) = (resident(), Instant::now());
    let cpu = computed(start);
    let mut outcomes = Vec::new();
    for (number, deal) in (0..).zip(&market.crowd.deals) {
        let terms = Terms {
            kind: Kind::Dvp,
            deliverer: deal.from,
            receiver: deal.to,
            line: deal.line,
            quantity: deal.quantity,
            amount: deal.cents,
            date: market.settlement_date,
            priority: deal.priority,
            partial: [Partial::No; 2],
            held: [deal.held_until.is_some(), false],
            links: Links::default(),
        };
        engine.admit_of_crowd(number, terms, &mut outcomes);
    }
    engine.open(market.settlement_date, &mut outcomes);
    let (took, bytes) = (computed(start).saturating_sub(cpu), resident().saturating_sub(before));
    let said = std::mem::size_of_val(outcomes.as_slice()) as u64;
    let pairs = market.crowd.deals.len() as u64;
    println!("the engine alone, {pairs} pairs: admission and the first opening");
    println!(
        "  {} ms of CPU; {} bytes a pair, of these {} for outcomes",
        took.as_millis(),
        bytes / pairs,
        said / pairs
    );
}

/// One day under each of two sets of rules, printed.
pub(crate) fn print(instructions: u32) {
    day(instructions, "simple");
    day(instructions, "t2s");
    engine(instructions);
}
