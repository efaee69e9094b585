//! Nothing is done twice. Each seed is a market of its own in which messages are lost, doubled, late and garbled, lines are cut
//! and the gateway's power goes at any point; whatever happens, no instruction reaches a custodian as two, and in the end
//! every trade has settled, has ended otherwise, or has an exception that somebody works on.
//!
//! A few seeds are run with all tests. `FINALITY_SEEDS=5000 cargo test --release --test all nothing_twice` runs that many;
//! `FINALITY_SEED_FROM` says where they begin.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{book, run, scenario};
use finality_kernel::fact::Fact;
use finality_kernel::lifecycle::state::{State, Trigger};
use finality_parsers::codec;
use finality_parsers::limits::Limits;
use finality_parsers::model::Event;
use finality_simulator::scenario::Scenario;

const USUAL: u64 = 6;

fn number(name: &str, usual: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} must be a number, and is {text:?}")),
        Err(_) => usual,
    }
}

/// What goes wrong, drawn from the seed: each kind of fault from none to often.
fn faults(seed: u64) -> Scenario {
    let draw = |purpose: u64, below: u64| {
        let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.wrapping_mul(0xD1B5_4A32_D192_ED03);
        x ^= x >> 31;
        x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (x ^ (x >> 29)) % below
    };
    scenario(&format!(
        "[market]
         fix_brokers = 2
         mt_brokers = 1
         mt_custodians = 1
         mx_custodians = 1
         accounts = 6
         instruments = 5
         [trades]
         count = {trades}
         [breaks]
         wrong_price_per_10000 = {price}
         missing_ssi_per_10000 = {ssi}
         late_confirmation_per_10000 = {late}
         hold_per_10000 = {hold}
         [faults]
         dropped_per_10000 = {dropped}
         duplicated_per_10000 = {doubled}
         garbled_per_10000 = {garbled}
         power_cuts = {power}
         power_down_seconds = {down}
         [[faults.cuts]]
         link = 'custodian-1'
         at = '{hour:02}:{minute:02}:00'
         minutes = {minutes}
         [[faults.cuts]]
         link = 'manager'
         at = '{other:02}:{minute:02}:30'
         minutes = {minutes}",
        trades = 8 + draw(1, 20),
        price = draw(2, 1_500),
        ssi = draw(3, 1_500),
        late = draw(4, 800),
        hold = draw(5, 800),
        dropped = draw(6, 900),
        doubled = draw(7, 1_500),
        garbled = draw(8, 300),
        power = draw(9, 9),
        down = 1 + draw(10, 600),
        hour = 8 + draw(11, 7),
        other = 8 + draw(12, 7),
        minute = draw(13, 60),
        minutes = 1 + draw(14, 90),
    ))
}

/// What is wrong at the end of a seed.
fn wrong(seed: u64) -> Vec<String> {
    let outcome = run(faults(seed), seed);
    let mut wrong = Vec::new();
    // Under one reference goes one instruction, whatever went out how often; and a trade gets another one only after the first
    // was refused.
    let mut contents: BTreeMap<String, String> = BTreeMap::new();
    let mut out: BTreeSet<u64> = BTreeSet::new();
    for record in finality::simulate::records(&outcome.journal) {
        for fact in &record.facts {
            match fact {
                Fact::Instructed { trade, instructed } => {
                    if !out.insert(*trade) {
                        wrong.push(format!("trade {trade} was instructed while its instruction was out"));
                    }
                    if contents.contains_key(instructed.reference.as_str()) {
                        wrong.push(format!("reference {} was used twice", instructed.reference));
                    }
                }
                Fact::Moved {
                    trade,
                    on: Trigger::NetworkNak | Trigger::StatusRejected,
                    to: State::Rejected,
                    ..
                } => {
                    out.remove(trade);
                }
                Fact::Queued { bytes, awaits: true, .. } => {
                    let decoded = codec::decode(bytes, &Limits::default(), codec::Depth::Event);
                    if let Some(Event::Instruction(instruction)) = decoded.event {
                        let said = serde_json::to_string(&instruction).expect("JSON");
                        let earlier = contents.insert(instruction.id.to_string(), said.clone());
                        if earlier.is_some() {
                            wrong.push(format!("instruction {} was written twice", instruction.id));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    let book = book(&outcome);
    let mut shares: BTreeMap<String, u32> = BTreeMap::new();
    for trade in book.trades() {
        if trade.joined.is_none()
            && let Some(share) = trade.key().share
        {
            *shares.entry(share.to_string()).or_default() += 1;
        }
        if !trade.state.is_terminal() && trade.exceptions.is_empty() {
            wrong.push(format!("trade {} is {} and nobody was told", trade.id, trade.state.label()));
        }
        if let Some(instructed) = &trade.instructed
            && trade.settled > instructed.quantity.value()
        {
            wrong.push(format!(
                "trade {} settled {} of {}",
                trade.id,
                trade.settled,
                instructed.quantity.value()
            ));
        }
    }
    wrong.extend(shares.iter().filter(|(_, n)| **n > 1).map(|(s, n)| format!("share {s} became {n} trades")));
    wrong
}

#[test]
fn whatever_breaks_nothing_is_instructed_twice_and_nothing_is_forgotten() {
    let (from, many) = (number("FINALITY_SEED_FROM", 1), number("FINALITY_SEEDS", USUAL));
    let mut failed = Vec::new();
    for seed in from..from + many {
        let found = wrong(seed);
        if !found.is_empty() {
            failed.push(format!("seed {seed}: {}", found.join("; ")));
        }
    }
    assert!(failed.is_empty(), "{} of {many} seeds:\n{}", failed.len(), failed.join("\n"));
}
