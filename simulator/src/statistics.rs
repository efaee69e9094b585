//! What is counted while the world runs: messages, stages, exceptions, outcomes at the cut-offs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::desk::{Notice, Stage};
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, Cause};

use crate::auditor::{Apart, Auditor};
use crate::market::{Market, at};
use crate::parties::broker::instruction_reference;
use crate::parties::charges::ChargeTally;
use crate::parties::penalties::Tally;
use crate::population::fails::{self, AtCutOff, FailedTrade};
use crate::routes::Routes;
use crate::wire::Way;

/// An exception, as it was told.
#[derive(Debug, Clone)]
pub struct SeenException {
    /// Its reason's name.
    pub reason: String,
    /// Its family.
    pub cause: Cause,
    /// The trade of the day, by index, where it belongs to one.
    pub trade: Option<usize>,
    /// When it was told.
    pub opened: Timestamp,
    /// When it was told to be over.
    pub resolved: Option<Timestamp>,
}

/// Where a trade of the day stood at the cut-off of its settlement date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Settled in time.
    Settled,
    /// Not settled.
    Failed(Cause),
}

/// What was counted.
#[derive(Debug, Default)]
pub struct Statistics {
    /// Messages on the gateway's wires, by way and type.
    pub messages: BTreeMap<(Way, String), u64>,
    /// Journal records.
    pub records: u64,
    /// Messages that were kept and understood, and those that went to the dead letters.
    pub kept: [u64; 2],
    /// When each trade of the day reached each stage first.
    pub stages: BTreeMap<usize, BTreeMap<Stage, Timestamp>>,
    /// Exceptions by number.
    pub exceptions: BTreeMap<u64, SeenException>,
    /// Fate of each trade at the cut-off of its intended date.
    pub fates: Vec<Fate>,
    /// Settled by the end of the run.
    pub settled_at_end: u64,
    /// Settled at the depository, but not known to the gateway at the end.
    pub gateway_behind: u64,
    /// Settled in the gateway's eyes only: never right.
    pub gateway_ahead: u64,
    /// Due trades whose sides agreed at the cut-off and that nobody held: securities or cash lacked.
    pub lacking: BTreeSet<usize>,
    /// What it left by the way of settlement, where there is a clearing house; by trade date.
    pub routes: Vec<ByRoute>,
    /// What the cut-off of the intended date left, by class of instrument and in the population; by trade date.
    pub at_cut_off: Vec<AtCutOff>,
    /// Messages that the wires garbled.
    pub garbled: u64,
    /// Cash penalties that the depository took, by day.
    pub penalties: BTreeMap<BusinessDate, Tally>,
    /// Those of the population, by day.
    pub crowd_penalties: BTreeMap<BusinessDate, Tally>,
    /// The fails charge, where there is one, by the day of the cut-off.
    pub fails_charge: Option<BTreeMap<BusinessDate, ChargeTally>>,
    /// How many were bought in, and what those who failed paid for it, in cents; by day.
    pub buy_ins: BTreeMap<BusinessDate, (u64, i64)>,
    /// How often the power went.
    pub power_cuts: u64,
    /// Instructions that the gateway believes settled.
    told_settled: BTreeSet<String>,
}

/// What had not settled at the cut-off of the intended date, of house and population: at the clearing house by sides of trades, each of
/// which settles by itself; beside it by deliveries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByRoute {
    /// Sides of trades that the clearing house takes.
    pub cleared_sides: u64,
    /// Of these, not settled.
    pub cleared_failed: u64,
    /// Trades that are delivered from participant to participant.
    pub delivered: u64,
    /// Of these, not settled.
    pub delivered_failed: u64,
}

impl ByRoute {
    /// Both together.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            cleared_sides: self.cleared_sides + other.cleared_sides,
            cleared_failed: self.cleared_failed + other.cleared_failed,
            delivered: self.delivered + other.delivered,
            delivered_failed: self.delivered_failed + other.delivered_failed,
        }
    }

    fn of(
        market: &Market,
        auditor: &Auditor,
        (date, truth): (usize, &[(usize, Truth)]),
        closes: Timestamp,
    ) -> Option<Self> {
        if !market.scenario.depository.is_dtc() {
            return None;
        }
        let (routes, mut found) = (Routes::of(market), Self::default());
        let late = |at: Option<Timestamp>| u64::from(at.is_none_or(|at| at > closes));
        for (trade, truth) in truth {
            if routes.trade(market, *trade) {
                found.cleared_sides += 2;
                found.cleared_failed += truth.sides.map_or(2, |sides| sides.map(late).into_iter().sum());
            } else {
                found.delivered += 1;
                found.delivered_failed += late(truth.settled);
            }
        }
        for number in market.crowd.of_date(date) {
            if let Some(sides) = auditor.population_sides(number) {
                found.cleared_sides += 2;
                found.cleared_failed += sides.into_iter().map(|settled| u64::from(!settled)).sum::<u64>();
            } else {
                found.delivered += 1;
                found.delivered_failed += u64::from(auditor.population_left(number).is_some());
            }
        }
        Some(found)
    }
}

impl Statistics {
    /// A message arrived.
    pub fn message(&mut self, way: Way, bytes: &[u8]) {
        *self.messages.entry((way, sniff(bytes))).or_default() += 1;
    }

    /// A message was kept.
    pub fn kept(&mut self, understood: bool) {
        self.kept[usize::from(!understood)] += 1;
    }

    /// The gateway told the desk something.
    pub fn notice(&mut self, now: Timestamp, market: &Market, notice: &Notice) {
        match notice {
            Notice::Reached { key, stage } => {
                if let (Stage::Settled, Some(instruction)) = (stage, &key.instruction) {
                    self.told_settled.insert(instruction.to_string());
                }
                if let Some(trade) = market.trade_named(key) {
                    self.stages.entry(trade).or_default().entry(*stage).or_insert(now);
                }
            }
            Notice::ExceptionOpened(notice) => {
                let trade = notice.trade.as_ref().and_then(|k| market.trade_named(k));
                let seen = SeenException {
                    reason: notice.reason.clone(),
                    cause: notice.cause,
                    trade,
                    opened: now,
                    resolved: None,
                };
                self.exceptions.insert(notice.exception, seen);
            }
            Notice::ExceptionResolved { exception, .. } => {
                if let Some(seen) = self.exceptions.get_mut(exception) {
                    seen.resolved = Some(now);
                }
            }
            Notice::AtRisk(_) | Notice::Proposed { .. } | Notice::Decided { .. } | Notice::Refused { .. } => {
            }
        }
    }

    /// What was raised about each trade of the day, in the order in which it was raised.
    pub fn by_trade(&self) -> BTreeMap<usize, Vec<&SeenException>> {
        let mut by_trade: BTreeMap<usize, Vec<&SeenException>> = BTreeMap::new();
        for seen in self.exceptions.values() {
            if let Some(trade) = seen.trade {
                by_trade.entry(trade).or_default().push(seen);
            }
        }
        by_trade
    }

    /// A cut-off: what settled, and what did not and why.
    pub fn cut_off(&mut self, day: BusinessDate, market: &Market, auditor: &Auditor) {
        let closes = at(day, market.scenario.day.cut_off);
        if let Some(date) = market.date_settling(day) {
            self.due(date, closes, market, auditor);
        }
        if market.settlement_days().last() == Some(&day) {
            let measured = market.trades_of(market.scenario.day.measured().dates);
            self.settled_at_end =
                measured.filter(|trade| truth(market, auditor, *trade).is_settled(closes)).count() as u64;
            let known: BTreeMap<&str, Option<Timestamp>> = auditor.of_client().collect();
            let done = |i: &str| known.get(i).copied().flatten().is_some();
            self.gateway_ahead = self.told_settled.iter().filter(|i| !done(i)).count() as u64;
            self.gateway_behind =
                known.keys().filter(|i| done(i) && !self.told_settled.contains(**i)).count() as u64;
        }
    }

    /// The cut-off of what is free of payment, which is not before the other.
    pub fn cut_off_free(&mut self, day: BusinessDate, market: &Market, auditor: &Auditor) {
        let Some(date) = market.date_settling(day) else { return };
        if let Some(found) = self.at_cut_off.get_mut(date) {
            found.add_free(market, auditor, date);
        }
    }

    /// The cut-off at which the trades of a date are to have settled.
    fn due(&mut self, date: usize, closes: Timestamp, market: &Market, auditor: &Auditor) {
        let of_date = market.trades_of(date..date + 1);
        let truth: Vec<(usize, Truth)> =
            of_date.map(|trade| (trade, truth(market, auditor, trade))).collect();
        let by_trade = self.by_trade();
        let lacks = |(trade, truth): &&(usize, Truth)| {
            truth.paired == Some(true) && !truth.is_settled(closes) && !market.trades[*trade].breaks.hold
        };
        let lacking: Vec<usize> = truth.iter().filter(lacks).map(|(trade, _)| *trade).collect();
        let fate = |(trade, truth): &(usize, Truth)| {
            let raised = by_trade.get(trade);
            if truth.is_settled(closes) { Fate::Settled } else { Fate::Failed(cause(truth, raised)) }
        };
        let fates: Vec<Fate> = truth.iter().map(fate).collect();
        self.lacking.extend(lacking);
        self.fates.extend(fates);
        self.routes.extend(ByRoute::of(market, auditor, (date, &truth), closes));
        let failed = truth.iter().filter(|(_, truth)| !truth.is_settled(closes));
        let failed: Vec<FailedTrade> =
            failed.map(|(trade, truth)| truth.failed(market, auditor, *trade)).collect();
        self.at_cut_off.push(fails::at_cut_off(market, auditor, date, &failed));
    }
}

/// What the depository knows of a trade of the day.
struct Truth {
    /// Of a trade that is cleared, our client's side.
    settled: Option<Timestamp>,
    /// Broker's and our client's side of a trade that is cleared.
    sides: Option<[Option<Timestamp>; 2]>,
    /// Whether the broker's instruction found ours; `None` when the broker has sent none.
    paired: Option<bool>,
    /// The broker's last instruction that found ours, else its last.
    instruction: Option<String>,
}

impl Truth {
    fn is_settled(&self, closes: Timestamp) -> bool {
        self.settled.is_some_and(|at| at <= closes)
    }

    /// What is left of a trade that has failed.
    fn failed(&self, market: &Market, auditor: &Auditor, trade: usize) -> FailedTrade {
        let of = &market.trades[trade];
        let block = &market.blocks[of.block];
        let participant = market.custodians.len() + block.broker;
        let met = self.paired == Some(true);
        let sent = self.instruction.as_ref().filter(|_| met);
        let left = sent.and_then(|reference| auditor.left_of(participant, reference));
        FailedTrade {
            trade,
            left: left.unwrap_or((of.quantity, of.net_cents(block.side))),
            met,
            held: sent.is_some_and(|reference| auditor.is_held(participant, reference)),
            cleared: self.sides.is_some(),
        }
    }
}

fn truth(market: &Market, auditor: &Auditor, trade: usize) -> Truth {
    let broker = market.blocks[market.trades[trade].block].broker;
    let participant = market.custodians.len() + broker;
    let mut truth = Truth { settled: None, sides: None, paired: None, instruction: None };
    for attempt in 1..=3 {
        let reference = instruction_reference(broker, trade, attempt);
        let Some(paired) = auditor.submitted(participant, &reference) else { break };
        truth.paired = Some(truth.paired.unwrap_or(false) || paired);
        let own = auditor.settled_at(participant, &reference);
        match auditor.other_side(participant, &reference) {
            Some((Apart::Cleared, other)) => {
                truth.sides = Some([own, other]);
                truth.settled = truth.settled.or(other);
            }
            // What our client waited for it has, from whomever.
            Some((Apart::BoughtIn, other)) => truth.settled = truth.settled.or(own).or(other),
            None => truth.settled = truth.settled.or(own),
        }
        if paired || truth.instruction.is_none() {
            truth.instruction = Some(reference);
        }
    }
    truth
}

/// Why a trade did not settle. Both sides met at the depository: then a resource was missing or held. They did not meet:
/// then what the gateway raised about it tells, the latest that was not resolved; and if it raised nothing, somebody was
/// late.
fn cause(truth: &Truth, exceptions: Option<&Vec<&SeenException>>) -> Cause {
    if truth.paired == Some(true) {
        return Cause::ResourceShortage;
    }
    let open = exceptions.into_iter().flatten().filter(|e| e.resolved.is_none());
    let last = open.max_by_key(|e| e.opened);
    match last.map(|e| (e.cause, e.reason.as_str())) {
        // Ours is out and alone: the other side has not instructed.
        Some((_, "unmatched_at_csd")) if truth.paired.is_none() => Cause::LateStage,
        Some((cause, _)) => cause,
        None => Cause::LateStage,
    }
}

/// The type of a message, from its first bytes, as reports name it.
pub(crate) fn sniff(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(1200)];
    // Nearly all of them are ASCII, which is seen at a glance.
    let text = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    if let Some(rest) = text.strip_prefix("8=FIX") {
        let kind = rest.split("\u{1}35=").nth(1).and_then(|r| r.split('\u{1}').next()).unwrap_or("?");
        return format!("FIX {kind}");
    }
    if text.starts_with("{1:F21") {
        return "MT ACK".to_owned();
    }
    if let Some(rest) = text.split("{2:").nth(1) {
        return format!("MT{}", rest.get(1..4).unwrap_or("?"));
    }
    let document = text.rsplit("xsd:").find_map(|rest| {
        let name = rest.split(['"', '\'']).next()?;
        (!name.starts_with("head") && name.contains('.')).then_some(name)
    });
    document.map_or_else(|| "unreadable".to_owned(), ToOwned::to_owned)
}
