//! What of a run's draws had not shown itself at a moment: in another future it is drawn anew. Whoever predicts may know all that
//! happened, but not what the simulator knows and nobody has seen.
//!
//! | drawn at the start | has shown itself |
//! |---|---|
//! | when the manager allocates a block | when he has |
//! | when the broker confirms, and what of that is wrong | when he has |
//! | whether the broker forgets to instruct | when the depository has his instruction, or ours is out and his is awaited |
//! | whether the broker holds back | when the depository has tried to settle it |
//! | how much a broker has of what it delivers | as far as what settled, and what could not, leaves room for |
//! | how long a person takes for something | while it is under way: that it takes longer than it has taken |
//!
//! What was drawn and ends within the hour is left as it is: messages on their way, and when a broker that has confirmed instructs. So
//! are lines in which something lacked and was there at the same instant: that tells no balance.
//! With a population or the rules of T2S, balances tell less of one opening: then what brokers have is drawn anew until settlement
//! begins, and is known from then on.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::desk::Stage;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Event, Side, StatusKind};

use crate::market::{Market, allocates, confirms};
use crate::opening;
use crate::parties::broker::instruction_of;
use crate::seed::Draws;
use crate::settlement::book::LineId;
use crate::world::Outcome;

/// So often something is drawn until it agrees with what was seen; then what was true stays.
const TRIES_MAX: u64 = 20_000;

/// What the depository told of a broker's instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// It has found its other side.
    Matched,
    /// It cannot settle: the deliverer has too little.
    Short,
    /// It cannot settle: the deliverer has enough, the receiver lacks the cash.
    NoCash,
    /// It could not settle when it was tried first, and did at the same instant. What it lacked is not said.
    Lacked,
    /// It cannot settle, for another reason.
    Waits,
    /// It has settled.
    Settled,
}

/// All that brokers were told by the depository, in its order.
#[derive(Debug, Default)]
pub struct Witness {
    told: Vec<(Timestamp, usize, What)>,
}

impl Witness {
    /// The depository says something to a broker.
    pub(crate) fn hear(&mut self, now: Timestamp, event: &Event) {
        let (reference, what) = match event {
            Event::Settlement(settled) => (settled.instruction.to_string(), What::Settled),
            Event::Status(advice) => {
                let Some(status) = advice.statuses.first() else { return };
                let code = status.reasons.first().map_or("", |reason| reason.code.as_str());
                let what = match (&status.kind, code) {
                    (StatusKind::Matched, _) => What::Matched,
                    (StatusKind::Pending, "LACK" | "CLAC") => What::Short,
                    (StatusKind::Pending, "CMON" | "MONY") => What::NoCash,
                    (StatusKind::Pending, "FUTU") => What::Lacked,
                    (StatusKind::Pending, _) => What::Waits,
                    _ => return,
                };
                (advice.instruction.to_string(), what)
            }
            _ => return,
        };
        if let Some((trade, _)) = instruction_of(&reference) {
            self.told.push((now, trade, what));
        }
    }

    fn until(&self, at: Timestamp) -> impl Iterator<Item = (usize, What)> + '_ {
        self.told.iter().take_while(move |(told, ..)| *told <= at).map(|(_, trade, what)| (*trade, *what))
    }
}

/// What had not shown itself at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    at: Timestamp,
    blocks: Vec<usize>,
    confirmations: Vec<usize>,
    forgotten: Vec<usize>,
    holds: Vec<usize>,
    room: Vec<Room>,
    /// What brokers have is drawn anew by and large: settlement has not begun, and nothing else can be said.
    openings: bool,
}

impl Unseen {
    /// Of a run that was witnessed.
    pub fn of(outcome: &Outcome, at: Timestamp) -> Self {
        let market = &outcome.market;
        let nobody = Witness::default();
        let witness = outcome.witness.as_ref().unwrap_or(&nobody);
        let reached = |trade: usize, stage: Stage| {
            let stages = outcome.statistics.stages.get(&trade);
            stages.and_then(|stages| stages.get(&stage)).is_some_and(|when| *when <= at)
        };
        let told = |what: &[What]| -> BTreeSet<usize> {
            witness.until(at).filter(|(_, told)| what.contains(told)).map(|(trade, _)| trade).collect()
        };
        let tried = told(&[What::Short, What::NoCash, What::Lacked, What::Waits, What::Settled]);
        let matched: BTreeSet<usize> = witness.until(at).map(|(trade, _)| trade).collect();
        let all = 0..market.trades.len();
        // Captured traffic says when what was sent: that is no draw.
        let drawn = market.scenario.capture.is_none();
        let is_late = |block: usize| {
            let block = &market.blocks[block];
            block.sent_at > at && !block.trades.clone().any(|trade| reached(trade, Stage::Allocated))
        };
        let unconfirmed =
            |trade: &usize| market.trades[*trade].confirms_at > at && !reached(*trade, Stage::Confirmed);
        let at_the_depository = |trade: usize| matched.contains(&trade) || reached(trade, Stage::Instructed);
        let simple = !market.scenario.depository.is_t2s() && market.crowd.parties.is_empty();
        Self {
            at,
            blocks: (0..market.blocks.len()).filter(|block| drawn && is_late(*block)).collect(),
            confirmations: all.clone().filter(|trade| drawn && unconfirmed(trade)).collect(),
            forgotten: all.clone().filter(|trade| drawn && !at_the_depository(*trade)).collect(),
            holds: all.filter(|trade| drawn && !tried.contains(trade)).collect(),
            room: if simple && outcome.loans.is_empty() { rooms(market, witness, at) } else { Vec::new() },
            openings: !simple && at < market.settlement_opens(),
        }
    }

    /// Draws it anew.
    pub(crate) fn draw_anew(&self, market: &mut Market, draws: Draws) {
        market.opened.take();
        if self.openings {
            market.openings = draws;
        }
        for room in &self.room {
            let cover = room.cover(market, &draws);
            market.covers.insert((room.delivery.broker, room.delivery.line), cover);
        }
        let (scenario, first) = (market.scenario.clone(), market.draws);
        for number in self.blocks.iter().copied() {
            let block = &mut market.blocks[number];
            let dealt = block.sent_at - allocates(&scenario, &first, number as u64).1;
            let anew = later(
                self.at,
                |draws| {
                    let (late, after) = allocates(&scenario, draws, number as u64);
                    (dealt + after, late)
                },
                &draws,
            );
            if let Some((sent_at, late)) = anew {
                block.sent_at = sent_at;
                market.trades[block.trades.clone()].iter_mut().for_each(|t| t.breaks.late_allocation = late);
            }
        }
        let rates = &scenario.breaks;
        for number in self.confirmations.iter().copied() {
            let (trade, entity) = (&mut market.trades[number], number as u64);
            let dealt = trade.confirms_at - confirms(&scenario, &first, entity).1;
            let anew = later(
                self.at,
                |draws| {
                    let (late, after) = confirms(&scenario, draws, entity);
                    (dealt + after, late)
                },
                &draws,
            );
            if let Some((confirms_at, late)) = anew {
                (trade.confirms_at, trade.breaks.late_confirmation) = (confirms_at, late);
            }
            let (price, quantity) = (rates.wrong_price_per_10000, rates.wrong_quantity_per_10000);
            trade.breaks.wrong_price = draws.happens("trade: wrong price", entity, price);
            trade.breaks.wrong_quantity = draws.happens("trade: wrong quantity", entity, quantity);
        }
        for number in self.forgotten.iter().copied() {
            let rate = rates.forgotten_instruction_per_10000;
            market.trades[number].breaks.forgotten_instruction =
                draws.happens("trade: forgotten", number as u64, rate);
        }
        for number in self.holds.iter().copied() {
            let breaks = &mut market.trades[number].breaks;
            breaks.hold = draws.happens("trade: hold", number as u64, rates.hold_per_10000);
        }
    }
}

/// Draws a time until one comes that is after a moment.
fn later(
    at: Timestamp,
    draw: impl Fn(&Draws) -> (Timestamp, bool),
    draws: &Draws,
) -> Option<(Timestamp, bool)> {
    (0..TRIES_MAX).map(|number| draw(&draws.other(number))).find(|(time, _)| *time > at)
}

/// Between what bounds the opening balance of a broker in a line lies, by all that settled and all that could not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Room {
    delivery: opening::Delivery,
    least: i64,
    most: i64,
}

impl Room {
    fn fits(&self, cover: i64) -> bool {
        (self.least..=self.most).contains(&self.delivery.covered(cover))
    }

    /// What it may have as well, in per cent.
    fn cover(&self, market: &Market, draws: &Draws) -> i64 {
        let tries = (0..TRIES_MAX).map(|number| self.delivery.cover(market, &draws.other(number)));
        // When all is certain, or nearly, there is nothing to draw.
        tries
            .into_iter()
            .find(|cover| self.fits(*cover))
            .unwrap_or_else(|| self.delivery.cover(market, &market.openings))
    }
}

/// A broker's line while its story is followed.
#[derive(Debug, Default)]
struct Story {
    /// What has gone out, less what came in.
    out: i64,
    least: i64,
    most: Option<i64>,
    /// Who waits for securities, by need.
    waiting: BTreeSet<(i64, usize)>,
    /// Something happened that does not tell what there was: then it stays as it is.
    is_unclear: bool,
}

impl Story {
    /// Nobody who waits was served, though all were looked at: each needs more than there is.
    fn nobody_is_served(&mut self) {
        if let Some((need, _)) = self.waiting.first() {
            self.needs(*need);
        }
    }

    /// There was less than that.
    fn needs(&mut self, need: i64) {
        let most = self.out + need - 1;
        self.most = Some(self.most.map_or(most, |known| known.min(most)));
    }
}

/// The room that each opening balance has.
fn rooms(market: &Market, witness: &Witness, at: Timestamp) -> Vec<Room> {
    let mut stories: BTreeMap<(usize, LineId), Story> = BTreeMap::new();
    for (number, what) in witness.until(at) {
        let trade = &market.trades[number];
        let block = &market.blocks[trade.block];
        let Ok(line) = LineId::try_from(block.instrument) else { continue };
        let story = stories.entry((block.broker, line)).or_default();
        let waiter = (trade.quantity, number);
        // Who waited and is served now, is so before others are looked at.
        let served = matches!(what, What::Settled | What::NoCash) && story.waiting.remove(&waiter);
        if !served {
            story.nobody_is_served();
        }
        match (what, block.side) {
            (What::Settled, Side::Buy) => {
                story.out += trade.quantity;
                story.least = story.least.max(story.out);
            }
            (What::Settled, Side::Sell) => story.out -= trade.quantity,
            (What::Short, Side::Buy) => {
                story.needs(trade.quantity);
                story.waiting.insert(waiter);
            }
            (What::NoCash, Side::Buy) => story.least = story.least.max(story.out + trade.quantity),
            (What::Lacked, Side::Buy) => story.is_unclear = true,
            (What::Short | What::NoCash | What::Lacked, Side::Sell) | (What::Matched | What::Waits, _) => {}
        }
    }
    let room = |delivery: opening::Delivery| {
        let mut story = stories.remove(&(delivery.broker, delivery.line)).unwrap_or_default();
        story.nobody_is_served();
        let room = Room { delivery, least: story.least, most: story.most.unwrap_or(i64::MAX) };
        // What does not even leave room for what was true was not understood.
        let is_clear = !story.is_unclear && room.fits(delivery.cover(market, &market.openings));
        is_clear.then_some(room)
    };
    opening::deliveries(market, 0).into_iter().filter_map(room).collect()
}
