//! Pairs that the clearing house takes over: each side settles by itself, with the clearing house.

use finality_parsers::model::BusinessDate;

use super::{CROWD, Engine, Pair};
use crate::settlement::book::{AccountId, LineId, Shortage};
use crate::settlement::cns::{Cns, Order, Said, Trade};
use crate::settlement::deal::{Outcome, PairId, Standing, Terms};
use crate::settlement::kind::Side;
use crate::settlement::matching::Leg;

/// How far a pair is with the clearing house.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleared {
    /// It is part of the net positions.
    pub netted: bool,
    /// Whether deliverer and receiver have settled.
    pub settled: [bool; 2],
}

impl Cleared {
    /// Whether a side has settled.
    pub fn has_settled(&self, side: Side) -> bool {
        self.settled[usize::from(side == Side::Receiver)]
    }
}

impl Pair {
    fn stand_as_cleared(&mut self) {
        let Some(cleared) = self.cleared else { return };
        self.standing = match cleared {
            Cleared { settled: [true, true], .. } => Standing::Settled,
            Cleared { netted: true, .. } => Standing::Short(Shortage::Securities),
            _ if self.deliverer.held || self.receiver.held => Standing::Held,
            _ => Standing::Early,
        };
    }
}

impl Engine {
    /// With a clearing house, by its account.
    #[must_use]
    pub fn with_clearing(self, house: AccountId) -> Self {
        Self { clearing: Some(Cns::new(house)), ..self }
    }

    /// The clearing house.
    pub fn clearing(&self) -> Option<&Cns> {
        self.clearing.as_ref()
    }

    /// Takes a matched pair that is cleared: it is netted in the next cycle of its date or later.
    pub fn admit_to_clearing(&mut self, deliverer: Leg, receiver: Leg, line: LineId) -> PairId {
        let id = self.next_pair();
        let trade = Trade {
            id,
            line,
            seller: deliverer.account,
            buyer: receiver.account,
            quantity: deliverer.key.quantity,
            amount: deliverer.amount,
            date: deliverer.key.settlement_date,
        };
        let held = [deliverer.held, receiver.held];
        let cleared = Some(Cleared::default());
        self.pairs.push(Pair {
            deliverer,
            receiver,
            line,
            standing: Standing::Early,
            settler: None,
            cleared,
        });
        self.pairs[id as usize].stand_as_cleared();
        if let Some(clearing) = &mut self.clearing {
            clearing.admit(trade, held);
        }
        id
    }

    /// The same of the population.
    pub fn admit_of_crowd_to_clearing(&mut self, number: u32, terms: &Terms) {
        assert!(number < CROWD, "fewer than two billion");
        let trade = Trade {
            id: CROWD + number,
            line: terms.line,
            seller: terms.deliverer,
            buyer: terms.receiver,
            quantity: terms.quantity,
            amount: terms.amount,
            date: terms.date,
        };
        if let Some(clearing) = &mut self.clearing {
            clearing.admit(trade, terms.held);
        }
    }

    /// A cycle of the clearing house. What it gives to accounts may let other deliveries settle.
    pub fn clear(
        &mut self,
        day: BusinessDate,
        order: &Order<'_>,
        told: &mut Vec<Said>,
        outcomes: &mut Vec<Outcome>,
    ) {
        let Some(clearing) = &mut self.clearing else { return };
        let before = told.len();
        clearing.cycle(&mut self.book, day, order, told);
        for said in &told[before..] {
            let (id, side) = match said {
                Said::Netted(id) => (*id, None),
                Said::Settled(id, side) => (*id, Some(*side)),
                _ => continue,
            };
            if let (Some(number), Some(side)) = (super::crowd_number(id), side) {
                let sides = self.crowd_cleared.entry(number).or_default();
                sides[usize::from(side == Side::Receiver)] = true;
            }
            let Some(pair) = self.pairs.get_mut(id as usize) else { continue };
            if let Some(cleared) = &mut pair.cleared {
                match side {
                    None => cleared.netted = true,
                    Some(side) => cleared.settled[usize::from(side == Side::Receiver)] = true,
                }
            }
            pair.stand_as_cleared();
        }
        for said in &told[before..] {
            if let Said::Moved { account, line, quantity } = *said
                && quantity > 0
                && self.is_open()
            {
                self.ask(outcomes, |settler, book, said| settler.credited(book, account, line, said));
            }
        }
    }

    /// Money of the day with the clearing house.
    pub fn settle_clearing_money(&mut self, price: &dyn Fn(LineId) -> i64, told: &mut Vec<Said>) {
        if let Some(clearing) = &mut self.clearing {
            clearing.settle_money(&mut self.book, price, told);
        }
    }

    /// A side holds or releases a pair that is cleared; nothing when it is not. What is netted is not held any more.
    pub(super) fn hold_cleared(&mut self, id: PairId, side: Side, held: bool) -> Option<bool> {
        let pair = self.pairs.get_mut(id as usize)?;
        pair.cleared?;
        let done = self.clearing.as_mut().is_some_and(|c| c.set_hold(id, side, held));
        if done {
            pair.leg(side).held = held;
            pair.stand_as_cleared();
        }
        Some(done)
    }

    /// Takes back a pair that is cleared; nothing when it is not.
    pub(super) fn cancel_cleared(&mut self, id: PairId) -> Option<bool> {
        let pair = self.pairs.get_mut(id as usize)?;
        pair.cleared?;
        let done = self.clearing.as_mut().is_some_and(|c| c.cancel(id));
        if done {
            pair.standing = Standing::Cancelled;
        }
        Some(done)
    }

    /// The same of the population.
    pub(super) fn release_of_crowd_cleared(&mut self, number: u32) -> bool {
        self.clearing.as_mut().is_some_and(|c| c.set_hold(CROWD + number, Side::Deliverer, false))
    }
}
