//! What was injected against what the gateway raised. Trades with two things wrong say nothing about either, so only those
//! with one count; those with none show the false alarms.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::desk::Stage;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::Cause;
use serde::Serialize;

use crate::market::{Market, at};
use crate::scenario::long_run::Window;
use crate::statistics::{SeenException, Statistics};

/// What was wrong with a trade, or went wrong on a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Injected {
    WrongPrice,
    WrongQuantity,
    WrongDate,
    LateAllocation,
    LateConfirmation,
    ForgottenInstruction,
    Hold,
    Short,
    MissingSsi,
    IncompleteSsi,
    Garbled,
    Nothing,
}

/// Each with its words and the family that should be raised.
const ROWS: [(Injected, &str, Option<Cause>); 12] = [
    (Injected::WrongPrice, "confirmed at a wrong price", Some(Cause::DataMismatch)),
    (Injected::WrongQuantity, "confirmed with a wrong quantity", Some(Cause::DataMismatch)),
    (Injected::WrongDate, "allocated with a wrong date", Some(Cause::DataMismatch)),
    (Injected::LateAllocation, "allocated late", Some(Cause::LateStage)),
    (Injected::LateConfirmation, "confirmed late", Some(Cause::LateStage)),
    (Injected::ForgottenInstruction, "broker does not instruct", Some(Cause::LateStage)),
    (Injected::Hold, "broker holds back", Some(Cause::ResourceShortage)),
    (Injected::Short, "securities or cash lacking", Some(Cause::ResourceShortage)),
    (Injected::MissingSsi, "broker's SSI missing", Some(Cause::IncompleteSsi)),
    (Injected::IncompleteSsi, "broker's SSI incomplete", Some(Cause::IncompleteSsi)),
    (Injected::Garbled, "messages garbled on the wire", Some(Cause::Communication)),
    (Injected::Nothing, "nothing", None),
];

/// One kind of break: how often it was there, and what was raised about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfusionRow {
    /// What was injected.
    pub injected: String,
    /// The family that should be raised; none where nothing should.
    pub expected: Option<Cause>,
    /// Trades with this break and no other (messages, for what happens to messages).
    pub cases: u64,
    /// For how many an exception of each family was raised, in the order of [`Cause::ALL`]; one case can be in several.
    pub raised: [u64; 5],
    /// For how many nothing was raised.
    pub nothing: u64,
    /// For how many the expected family was raised before the cut-off of the settlement date.
    pub in_time: u64,
    /// Median minutes from the first such exception to that cut-off.
    pub median_minutes_ahead: Option<u64>,
}

/// The table of a run.
pub fn table(market: &Market, s: &Statistics, window: &Window) -> Vec<ConfusionRow> {
    let mut raised = s.by_trade();
    let mut cases: BTreeMap<Injected, Vec<Case<'_>>> = BTreeMap::new();
    let repaired = repaired(market, s);
    for trade in market.trades_of(window.dates.clone()) {
        if let Some(injected) = injected(market, s, trade, &repaired) {
            let case = (market.cut_off_of(trade), raised.remove(&trade).unwrap_or_default());
            cases.entry(injected).or_default().push(case);
        }
    }
    // A message that cannot be read belongs to no trade: the messages are matched with the exceptions by their number only.
    let mut unreadable = s.exceptions.values().filter(|e| e.reason == "unreadable");
    let closes = at(market.settlement_date, market.scenario.day.cut_off);
    let garbled = (0..s.garbled).map(|_| (closes, unreadable.next().into_iter().collect()));
    cases.insert(Injected::Garbled, garbled.collect());
    let of = |injected| cases.get(injected).map_or(&[][..], Vec::as_slice);
    ROWS.iter().map(|(injected, words, expected)| row(words, *expected, of(injected))).collect()
}

/// What is wrong with a trade, where it is one thing or nothing.
fn injected(market: &Market, s: &Statistics, number: usize, repaired: &Repaired) -> Option<Injected> {
    let trade = &market.trades[number];
    let breaks = &trade.breaks;
    // The date is the allocation's, so all its shares have it.
    let of_block = market.blocks[trade.block].trades.clone();
    let dated_wrongly = market.trades[of_block].iter().any(|t| t.breaks.wrong_date);
    let mut all = [
        (breaks.wrong_price, Injected::WrongPrice),
        (breaks.wrong_quantity, Injected::WrongQuantity),
        (dated_wrongly, Injected::WrongDate),
        (breaks.late_allocation, Injected::LateAllocation),
        (breaks.late_confirmation, Injected::LateConfirmation),
        (breaks.forgotten_instruction, Injected::ForgottenInstruction),
        (breaks.hold, Injected::Hold),
        (s.lacking.contains(&number), Injected::Short),
    ]
    .into_iter()
    .filter_map(|(is, injected)| is.then_some(injected))
    .chain(ssi(market, s, number, repaired));
    match (all.next(), all.next()) {
        (None, _) => Some(Injected::Nothing),
        (one, None) => one,
        (Some(_), Some(_)) => None,
    }
}

/// When the standing instruction of a broker and country was repaired.
type Repaired = BTreeMap<(usize, String), Timestamp>;

fn place(market: &Market, number: usize) -> (usize, String) {
    let block = &market.blocks[market.trades[number].block];
    (block.broker, market.instruments[block.instrument].isin.country().to_owned())
}

fn repaired(market: &Market, s: &Statistics) -> Repaired {
    let mut repaired = Repaired::new();
    for seen in s.exceptions.values().filter(|e| e.cause == Cause::IncompleteSsi) {
        let (Some(trade), Some(resolved)) = (seen.trade, seen.resolved) else { continue };
        let first = repaired.entry(place(market, trade)).or_insert(resolved);
        *first = resolved.min(*first);
    }
    repaired
}

/// What is wrong with the standing instruction that the gateway has for a trade when it needs it.
fn ssi(market: &Market, s: &Statistics, number: usize, repaired: &Repaired) -> Option<Injected> {
    let place = place(market, number);
    let party = market.brokers[place.0].bic;
    let known = market
        .known_standing
        .iter()
        .find(|s| s.party == party && s.country.as_deref() == Some(place.1.as_str()));
    let wrong = match known {
        None => Injected::MissingSsi,
        Some(known) if known.chain.agent.is_none() => Injected::IncompleteSsi,
        Some(_) => return None,
    };
    let needed = s.stages.get(&number).and_then(|stages| stages.get(&Stage::Affirmed));
    let late = repaired.get(&place).zip(needed).is_some_and(|(repaired, needed)| needed > repaired);
    (!late).then_some(wrong)
}

/// A case: when it should have been raised at the latest, and what was.
type Case<'s> = (Timestamp, Vec<&'s SeenException>);

fn row(words: &str, expected: Option<Cause>, cases: &[Case<'_>]) -> ConfusionRow {
    let mut raised = [0; 5];
    let mut ahead: Vec<u64> = Vec::new();
    for (closes, seen) in cases {
        let families: BTreeSet<Cause> = seen.iter().map(|e| e.cause).collect();
        for (count, cause) in raised.iter_mut().zip(Cause::ALL) {
            *count += u64::from(families.contains(&cause));
        }
        let right = seen.iter().filter(|e| Some(e.cause) == expected && e.opened <= *closes);
        ahead.extend(right.map(|e| e.opened).min().map(|opened| closes.since(opened).as_secs() / 60));
    }
    ahead.sort_unstable();
    ConfusionRow {
        injected: words.to_owned(),
        expected,
        cases: cases.len() as u64,
        raised,
        nothing: cases.iter().filter(|(_, seen)| seen.is_empty()).count() as u64,
        in_time: ahead.len() as u64,
        median_minutes_ahead: ahead.get(ahead.len() / 2).copied(),
    }
}
