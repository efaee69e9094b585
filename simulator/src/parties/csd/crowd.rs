//! The population at the depository: its instructions come as pairs, when both sides are there and alike. Nobody is told of what
//! becomes of them; the auditor hears what is booked.

use std::collections::BTreeMap;

use finality_parsers::machine::Timestamp;

use super::Csd;
use super::admission::partial;
use crate::market::Market;
use crate::parties::{Booking, PartyEffect};
use crate::settlement::book::AccountId;
use crate::settlement::deal::{Links, Terms};
use crate::settlement::engine::{Outcome, crowd_number};
use crate::settlement::kind::Kind;

/// What happens to an instruction of the population by its senders' doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    /// Its sides meet.
    Meet,
    /// The deliverer lets go of it.
    LetGo,
}

/// What is still to come of the population.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// By time, then by number.
    acts: Vec<(Timestamp, u32, Act)>,
    done: usize,
    /// By participant.
    accounts: Vec<AccountId>,
}

impl Arrivals {
    pub(super) fn of(market: &Market, account: impl Fn(&str) -> AccountId) -> Self {
        // There are few times, and at each of them numbers come in order and once.
        let mut times: BTreeMap<Timestamp, Vec<(u32, Act)>> = BTreeMap::new();
        for (number, deal) in (0..).zip(&market.crowd.deals) {
            times.entry(deal.matches_at).or_default().push((number, Act::Meet));
            if let Some(until) = deal.held_until.filter(|until| *until > deal.matches_at) {
                times.entry(until).or_default().push((number, Act::LetGo));
            }
        }
        let mut acts = Vec::with_capacity(times.values().map(Vec::len).sum());
        for (time, of) in times {
            acts.extend(of.into_iter().map(|(number, act)| (time, number, act)));
        }
        let accounts = market.crowd.parties.iter().map(|party| account(&party.account)).collect();
        Self { acts, done: 0, accounts }
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.acts.get(self.done).map(|(at, ..)| *at)
    }

    fn due(&mut self, now: Timestamp) -> Option<(u32, Act)> {
        let (_, number, act) = self.acts.get(self.done).copied().filter(|(at, ..)| *at <= now)?;
        self.done += 1;
        Some((number, act))
    }
}

impl Csd {
    /// Whatever of the population is due by now.
    pub(super) fn crowd_acts(&mut self, now: Timestamp, effects: &mut Vec<PartyEffect>) {
        let mut outcomes = Vec::new();
        while let Some((number, act)) = self.arrivals.due(now) {
            match act {
                Act::Meet => {
                    let terms = self.crowd_terms(now, number);
                    if self.routes.crowd(&self.market, number as usize) {
                        self.engine.admit_of_crowd_to_clearing(number, &terms);
                    } else {
                        self.engine.admit_of_crowd(number, terms, &mut outcomes);
                    }
                }
                Act::LetGo => self.engine.release_of_crowd(number, &mut outcomes),
            }
            self.tell(now, &outcomes, effects);
            outcomes.clear();
        }
    }

    fn crowd_terms(&self, now: Timestamp, number: u32) -> Terms {
        let deal = &self.market.crowd.deals[number as usize];
        let account = |party: u32| self.arrivals.accounts[party as usize];
        Terms {
            kind: if deal.free { Kind::Fop } else { Kind::Dvp },
            deliverer: account(deal.from),
            receiver: account(deal.to),
            line: deal.line,
            quantity: deal.quantity,
            amount: deal.cash_cents(),
            date: self.market.dates[usize::from(deal.date)].settles,
            priority: deal.priority,
            partial: deal.partial.map(partial),
            held: [deal.held_until.is_some_and(|until| now < until), false],
            links: Links::default(),
        }
    }

    /// Tells the auditor what is booked; says whether the outcome was of the population.
    pub(super) fn crowd_booked(&mut self, outcome: Outcome, effects: &mut Vec<PartyEffect>) -> bool {
        let Some(id) = outcome.pair() else { return false };
        let Some(number) = crowd_number(id) else { return false };
        let (quantity, cents) = match outcome {
            Outcome::Pending(_) | Outcome::Lent(_) | Outcome::Repaid(_) => return true,
            Outcome::Part { quantity, amount, .. } => {
                let before = self.parts.entry(id).or_default();
                *before = (before.0 + quantity, before.1 + amount, before.2 + 1);
                (quantity, amount)
            }
            Outcome::Settled(_) => {
                self.penalties.crowd_settled();
                let before = self.parts.remove(&id).unwrap_or_default();
                let deal = &self.market.crowd.deals[number as usize];
                (deal.quantity - before.0, deal.cash_cents() - before.1)
            }
        };
        let booking = Booking { number: number as usize, quantity, cents };
        match effects.last_mut() {
            Some(PartyEffect::Booked(bookings)) => bookings.push(booking),
            _ => effects.push(PartyEffect::Booked(vec![booking])),
        }
        true
    }
}
