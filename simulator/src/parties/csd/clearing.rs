//! The clearing house at the depository: its cycles and its money. Each side of a trade is told when it has settled; the auditor hears
//! what is open, what moves and what is paid.

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, StatusKind};

use super::Csd;
use super::telling::Portion;
use crate::parties::{Clearing, PartyEffect};
use crate::settlement::book::{AccountId, LineId};
use crate::settlement::cns::{Order, Said};
use crate::settlement::engine::PairId;
use crate::settlement::kind::Side;

impl Csd {
    /// A cycle: netting, delivery, allocation.
    pub(super) fn clearing_cycle(
        &mut self,
        now: Timestamp,
        day: BusinessDate,
        effects: &mut Vec<PartyEffect>,
    ) {
        let (mut told, mut outcomes) = (Vec::new(), Vec::new());
        // By the name of an account: who else has one shifts nothing.
        let draws = std::mem::take(&mut self.allocation);
        let number = u64::try_from(chrono::Datelike::num_days_from_ce(&day.naive())).unwrap_or(0);
        let draw =
            |line: LineId, account: AccountId| draws[account as usize].bits(number << 22 | u64::from(line));
        let market = std::rc::Rc::clone(&self.market);
        let bought_in = |line: LineId, since: BusinessDate| {
            let class = market.instruments[line as usize].class;
            let until = market.scenario.buy_in.until(class, &market.scenario.day.calendar, day);
            until.is_some_and(|until| since <= until)
        };
        let order = Order { bought_in: &bought_in, draw: &draw };
        self.engine.clear(day, &order, &mut told, &mut outcomes);
        self.allocation = draws;
        effects.push(PartyEffect::Clearing(Clearing::Begins));
        for said in &told {
            let heard = match *said {
                Said::Open { account, line, quantity } => {
                    Clearing::Open { account: self.name(account), line, quantity }
                }
                Said::Moved { account, line, quantity } => {
                    Clearing::Moved { account: self.name(account), line, quantity }
                }
                _ => continue,
            };
            effects.push(PartyEffect::Clearing(heard));
        }
        effects.push(PartyEffect::Clearing(Clearing::Ends));
        for said in &told {
            if let Said::Settled(id, side) = *said {
                self.side_settled(now, id, side, day, effects);
            }
        }
        // Whoever is still to deliver or to receive after the cycle in which it was netted is told so, once.
        for said in told {
            if let Said::Netted(id) = said {
                self.unsettled(now, id, StatusKind::Pending, effects);
            }
        }
        self.tell(now, &outcomes, effects);
    }

    /// Final figures with the clearing house.
    pub(super) fn clearing_money(&mut self, effects: &mut Vec<PartyEffect>) {
        let mut told = Vec::new();
        let market = std::rc::Rc::clone(&self.market);
        self.engine.settle_clearing_money(&|line| market.instruments[line as usize].price_cents, &mut told);
        effects.push(PartyEffect::Clearing(Clearing::Money));
        for said in told {
            if let Said::Paid { account, amount } = said {
                effects.push(PartyEffect::Clearing(Clearing::Paid {
                    account: self.name(account),
                    cents: amount,
                }));
            }
        }
        effects.push(PartyEffect::Clearing(Clearing::MoneyEnds));
    }

    fn name(&self, account: AccountId) -> String {
        self.account_names[account as usize].clone()
    }

    /// A side of a trade of the house has settled with the clearing house: whole, and for what was agreed. The population is not told.
    fn side_settled(
        &mut self,
        now: Timestamp,
        id: PairId,
        side: Side,
        day: BusinessDate,
        effects: &mut Vec<PartyEffect>,
    ) {
        let Some(pair) = self.engine.pair(id) else { return };
        let leg = if side == Side::Deliverer { pair.deliverer.clone() } else { pair.receiver.clone() };
        let total = (pair.deliverer.key.quantity, pair.deliverer.amount);
        let (quantity, amount) = total;
        let portion =
            Portion { quantity, amount, quantity_before: 0, amount_before: 0, number: 1, last: true };
        self.confirm(now, (id, &leg), total, portion, day, effects);
    }
}
