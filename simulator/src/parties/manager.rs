//! The investment manager's order system: sends each block's allocation by FIX and asks again until it is answered.

use std::rc::Rc;
use std::time::Duration;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    Allocation, AllocationInstruction, AllocationPurpose, Charge, Event, Function, Party as ModelParty,
    PartyRole, Payment, RoleParty,
};

use super::wording::{Agenda, FixPort, earlier, read, write};
use super::{Call, Party, PartyEffect, PartyInput};
use crate::market::{Market, Speech};

/// Asks again so often before it leaves it to the desk.
const ATTEMPTS_MAX: u32 = 20;

#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    sent: u32,
    answered: bool,
    corrected: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    First(usize),
    Again(usize),
}

/// The manager.
pub struct Manager {
    market: Rc<Market>,
    port: FixPort,
    blocks: Vec<Progress>,
    agenda: Agenda<Due>,
}

impl Manager {
    /// With the day's blocks before it.
    pub fn new(market: Rc<Market>) -> Self {
        let mut agenda = Agenda::default();
        for (number, block) in market.blocks.iter().enumerate() {
            agenda.set(block.sent_at, Due::First(number));
        }
        Self {
            port: FixPort::new(0, "MANAGER", "FINALITY"),
            blocks: vec![Progress::default(); market.blocks.len()],
            agenda,
            market,
        }
    }

    /// References of the allocations whose answer has come.
    pub fn acknowledged(&self) -> Vec<String> {
        let answered = self.blocks.iter().zip(&self.market.blocks).filter(|(p, _)| p.answered);
        answered
            .map(|(p, b)| if p.corrected { format!("{}R", b.reference) } else { b.reference.to_string() })
            .collect()
    }

    fn send(&mut self, now: Timestamp, block: usize, effects: &mut Vec<PartyEffect>) {
        let resend = Duration::from_secs(self.market.scenario.pace.resend_seconds);
        if self.port.is_ready() {
            let progress = self.blocks[block];
            let event = Event::Allocation(Box::new(self.allocation(block, progress.corrected)));
            let message = write(&event, Speech::Fix, "MANAGER", "FINALITY", "M", now);
            self.port.deliver(now, &message, progress.sent > 0, effects);
            self.blocks[block].sent += 1;
        }
        if self.blocks[block].sent < ATTEMPTS_MAX {
            self.agenda.set(now + resend, Due::Again(block));
        }
    }

    fn allocation(&self, number: usize, corrected: bool) -> AllocationInstruction {
        let market = &self.market;
        let block = &market.blocks[number];
        let (trades, date) = (&market.trades[block.trades.clone()], market.dates[block.date]);
        let wrong_date = trades.iter().any(|t| t.breaks.wrong_date) && !corrected;
        let settlement_date = if wrong_date {
            market.scenario.day.calendar.add_business_days(date.settles, 1)
        } else {
            date.settles
        };
        let id = if corrected {
            format!("{}R", block.reference).parse().expect("a reference")
        } else {
            block.reference.clone()
        };
        AllocationInstruction {
            block: None,
            id,
            function: if corrected {
                Function::Replace(Some(block.reference.clone()))
            } else {
                Function::New
            },
            purpose: AllocationPurpose::Calculated,
            orders: vec![format!("ORD{number:07}").parse().expect("a reference")],
            side: block.side,
            instrument: market.instrument(block.instrument),
            quantity: market.units(trades.iter().map(|t| t.quantity).sum()),
            price: Some(market.price(block.price)),
            currency: Some(market.currency),
            trade_date: date.trades,
            settlement_date: Some(settlement_date),
            transacted: Some(block.sent_at.utc()),
            parties: vec![RoleParty {
                role: PartyRole::ExecutingFirm,
                party: ModelParty::bic(market.brokers[block.broker].bic),
            }],
            market: None,
            gross: None,
            net: None,
            accrued: None,
            allocations: trades
                .iter()
                .map(|trade| Allocation {
                    gross: None,
                    counterparty_chain: None,
                    account: market.accounts[trade.account].account.clone(),
                    id: Some(trade.share.clone()),
                    quantity: market.units(trade.quantity),
                    price: None,
                    net: Some(market.amount(trade.net_cents(block.side))),
                    accrued: None,
                    commission: Some(Charge {
                        amount: market.amount(trade.commission_cents),
                        basis: "absolute".to_owned(),
                    }),
                    fees: Vec::new(),
                    parties: Vec::new(),
                    payment: Some(Payment::Against),
                    settlement_amount: None,
                    chain: None,
                    text: None,
                })
                .collect(),
            fragment: None,
            text: None,
        }
    }

    fn heard(&mut self, messages: Vec<Vec<u8>>) {
        for message in messages {
            let Some(Event::AllocationAcknowledgement(answer)) = read(&message) else { continue };
            let reference = answer.allocation.as_str();
            let corrected = reference.ends_with('R');
            let number = reference.trim_start_matches("BLK").trim_end_matches('R').parse::<usize>().ok();
            let Some(block) = number.and_then(|n| n.checked_sub(1)).filter(|b| *b < self.blocks.len()) else {
                continue;
            };
            if self.blocks[block].corrected == corrected {
                self.blocks[block].answered = true;
                self.agenda.clear(&Due::Again(block));
            }
        }
    }

    fn called(&mut self, now: Timestamp, call: &Call, effects: &mut Vec<PartyEffect>) {
        match call {
            Call::SendAllocation { trade } => {
                let block = self.market.trades[*trade].block;
                if self.blocks[block].sent == 0 {
                    self.agenda.clear(&Due::First(block));
                    self.send(now, block, effects);
                }
            }
            Call::CheckTerms { trade } => {
                let block = self.market.trades[*trade].block;
                let wrong = self.market.trades[self.market.blocks[block].trades.clone()]
                    .iter()
                    .any(|t| t.breaks.wrong_date);
                if wrong && !self.blocks[block].corrected {
                    self.blocks[block] = Progress { sent: 0, answered: false, corrected: true };
                    self.send(now, block, effects);
                }
            }
            _ => {}
        }
    }
}

impl Party for Manager {
    fn handle(&mut self, now: Timestamp, input: PartyInput<'_>, effects: &mut Vec<PartyEffect>) {
        match input {
            PartyInput::Wire { input, .. } => {
                let (messages, became_ready) = self.port.handle(now, input, effects);
                self.heard(messages);
                if became_ready {
                    // What had no answer when the line went goes out again at once.
                    for block in 0..self.blocks.len() {
                        let progress = self.blocks[block];
                        if progress.sent > 0 && !progress.answered {
                            self.send(now, block, effects);
                        }
                    }
                }
            }
            PartyInput::Call(call) => self.called(now, call, effects),
            PartyInput::Notice(_) | PartyInput::Heard { .. } => {}
            PartyInput::Tick => {
                let messages = self.port.tick(now, effects);
                self.heard(messages);
                while let Some(due) = self.agenda.due(now) {
                    match due {
                        Due::First(block) => self.send(now, block, effects),
                        Due::Again(block) if !self.blocks[block].answered => self.send(now, block, effects),
                        Due::Again(_) => {}
                    }
                }
            }
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        earlier(self.agenda.next(), self.port.deadline())
    }
}
