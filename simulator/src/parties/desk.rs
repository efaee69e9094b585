//! The desk: people who work off the gateway's exceptions, the most urgent first, during their hours, each repair taking
//! its time. They call the parties and give the gateway orders; they do not touch its insides.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use finality_parsers::desk::{Command, ExceptionNotice, Notice, Order, TradeKey, Urgency};
use finality_parsers::machine::Timestamp;
use finality_parsers::model::Reference;

use super::{Call, Party, PartyEffect, PartyInput, Who};
use crate::market::Market;

/// Order of the queue: most urgent, then first due, then oldest.
type Rank = (std::cmp::Reverse<Urgency>, Timestamp, u64);

/// The desk.
pub struct Desk {
    market: Rc<Market>,
    by_share: BTreeMap<Reference, usize>,
    open: BTreeMap<u64, ExceptionNotice>,
    queue: BTreeSet<Rank>,
    /// Repairs under way: when they end, and of what.
    busy: BTreeSet<(Timestamp, u64)>,
    /// Times at which the desk opens.
    openings: BTreeSet<Timestamp>,
    started: u64,
}

impl Desk {
    /// With its people and hours.
    pub fn new(market: Rc<Market>) -> Self {
        let by_share = market.trades.iter().enumerate().map(|(n, t)| (t.share.clone(), n)).collect();
        let mut days = vec![market.scenario.day.trade_date];
        days.extend(market.settlement_days());
        let openings = days.iter().map(|day| crate::market::at(*day, market.scenario.desk.from)).collect();
        Self {
            market,
            by_share,
            open: BTreeMap::new(),
            queue: BTreeSet::new(),
            busy: BTreeSet::new(),
            openings,
            started: 0,
        }
    }

    /// People take up work while there are both.
    fn staff(&mut self, now: Timestamp) {
        let desk = &self.market.scenario.desk;
        let time = now.utc().time();
        if time < desk.from || time >= desk.to {
            return;
        }
        while self.busy.len() < desk.people as usize {
            let Some((_, _, exception)) = self.queue.pop_first() else { break };
            let [low, high] = desk.repair_minutes;
            let minutes = self.market.running.get().between("desk: repair", self.started, low, high);
            self.started += 1;
            self.busy.insert((now + Duration::from_secs(60 * minutes), exception));
        }
    }

    fn trade(&self, key: &TradeKey) -> Option<usize> {
        let by_share = key.share.as_ref().and_then(|s| self.by_share.get(s)).copied();
        by_share.or_else(|| {
            // A confirmation that nobody has allocated yet: its own reference tells the trade.
            let number = key
                .confirmation
                .as_ref()?
                .as_str()
                .strip_prefix("CNF")?
                .split('V')
                .next()?
                .parse::<usize>()
                .ok()?;
            number.checked_sub(1).filter(|n| *n < self.market.trades.len())
        })
    }

    /// What a person does about it.
    fn repair(&mut self, exception: u64, effects: &mut Vec<PartyEffect>) {
        let Some(notice) = self.open.get(&exception).cloned() else { return };
        let key = notice.trade.as_ref();
        let trade = key.and_then(|k| self.trade(k));
        let broker = trade.map(|t| Who::Broker(self.market.blocks[self.market.trades[t].block].broker));
        let mut call = |to: Option<Who>, call: Call| {
            if let Some(to) = to {
                effects.push(PartyEffect::Call { to, call });
            }
        };
        match (notice.reason.as_str(), trade) {
            ("economics_differ", Some(trade)) => {
                call(broker, Call::CheckTerms { trade });
                call(Some(Who::Manager), Call::CheckTerms { trade });
            }
            // What is missing may be there, but so wrong that it was not recognised.
            ("confirmation_missing", Some(trade)) => {
                call(broker, Call::SendConfirmation { trade });
                call(broker, Call::CheckTerms { trade });
            }
            ("allocation_missing", Some(trade)) => {
                call(Some(Who::Manager), Call::SendAllocation { trade });
                call(broker, Call::CheckTerms { trade });
            }
            ("unmatched_at_csd" | "counterparty_instruction_missing", Some(trade)) => {
                call(broker, Call::SendInstruction { trade });
                self.say_again(key, effects);
            }
            ("on_hold", Some(trade)) => call(broker, Call::Release { trade }),
            ("not_settled_in_time" | "no_acknowledgement", Some(_)) => self.say_again(key, effects),
            ("ssi_missing" | "ssi_incomplete", Some(trade)) => self.supply(trade, effects),
            ("unreadable", None) => {
                let why = "asked the sender to send it again".to_owned();
                effects.push(PartyEffect::Order(Order {
                    by: "desk".to_owned(),
                    command: Command::Resolve { exception, why },
                }));
            }
            // A shortage is the other side's or the market's to mend; a line comes up by itself.
            _ => {}
        }
    }

    fn say_again(&self, key: Option<&TradeKey>, effects: &mut Vec<PartyEffect>) {
        let Some(instruction) = key.and_then(|k| k.instruction.clone()) else { return };
        for custodian in 0..self.market.custodians.len() {
            let call = Call::SayAgain { instruction: instruction.clone() };
            effects.push(PartyEffect::Call { to: Who::Custodian(custodian), call });
        }
    }

    /// Gets the true standing instruction from the broker and gives it to the gateway.
    fn supply(&self, trade: usize, effects: &mut Vec<PartyEffect>) {
        let block = &self.market.blocks[self.market.trades[trade].block];
        let broker = self.market.brokers[block.broker].bic;
        let country = self.market.instruments[block.instrument].isin;
        let standing = self
            .market
            .standing
            .iter()
            .find(|s| s.party == broker && s.country.as_deref() == Some(country.country()))
            .expect("every broker has one for every country");
        let command = Command::SupplySsi(Box::new(standing.clone()));
        effects.push(PartyEffect::Order(Order { by: "desk".to_owned(), command }));
    }
}

impl Party for Desk {
    fn handle(&mut self, now: Timestamp, input: PartyInput<'_>, effects: &mut Vec<PartyEffect>) {
        match input {
            PartyInput::Notice(Notice::ExceptionOpened(notice)) => {
                self.queue.insert((std::cmp::Reverse(notice.urgency), notice.due, notice.exception));
                self.open.insert(notice.exception, (**notice).clone());
            }
            PartyInput::Notice(Notice::ExceptionResolved { exception, .. }) => {
                if let Some(notice) = self.open.remove(exception) {
                    self.queue.remove(&(std::cmp::Reverse(notice.urgency), notice.due, *exception));
                }
            }
            PartyInput::Tick => {
                while let Some((_, exception)) = self.busy.first().copied().filter(|(end, _)| *end <= now) {
                    self.busy.pop_first();
                    self.repair(exception, effects);
                }
                while self.openings.first().is_some_and(|opening| *opening <= now) {
                    self.openings.pop_first();
                }
            }
            PartyInput::Notice(_) | PartyInput::Call(_) | PartyInput::Wire { .. } => {}
        }
        self.staff(now);
    }

    fn deadline(&self) -> Option<Timestamp> {
        super::wording::earlier(self.busy.first().map(|(end, _)| *end), self.openings.first().copied())
    }
}
