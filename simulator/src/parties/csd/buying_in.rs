//! Buy-ins, where the scenario has them: once a day, after what could settle has been tried. The buyer is told that it has received, the
//! seller that its instruction is cancelled; the auditor hears what was booked.

use std::collections::BTreeMap;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, StatusKind};

use super::{Csd, Place};
use crate::parties::{BoughtIn, BoughtInOf, PartyEffect};
use crate::settlement::book::{AccountId, LineId, Shortage};
use crate::settlement::engine::{PairId, Replacement, Standing, crowd_id};
use crate::settlement::kind::Side;

/// A fail that is to be bought in: its number, who failed, who waits, line, and what is left of it.
type Fail = (PairId, AccountId, AccountId, LineId, (i64, i64));

impl Csd {
    /// Replaces what has waited long enough for securities, oldest pair first.
    pub(super) fn buy_in(&mut self, now: Timestamp, day: BusinessDate, effects: &mut Vec<PartyEffect>) {
        let market = std::rc::Rc::clone(&self.market);
        let policy = &market.scenario.buy_in;
        if !policy.on {
            return;
        }
        let until = |line: LineId| {
            policy.until(market.instruments[line as usize].class, &market.scenario.day.calendar, day)
        };
        let lacks = |standing: Standing| standing == Standing::Short(Shortage::Securities);
        let house = self.engine.unsettled_due(day).filter_map(|(id, pair)| {
            let key = &pair.deliverer.key;
            let old = until(pair.line).is_some_and(|until| key.settlement_date <= until);
            let fails = old && key.against_payment && pair.cleared.is_none() && lacks(pair.standing);
            fails
                .then(|| (id, pair.deliverer.account, pair.receiver.account, pair.line, self.engine.left(id)))
        });
        let crowd = self.engine.crowd_unsettled_due(day).filter_map(|(number, deal)| {
            let old = until(deal.line).is_some_and(|until| deal.date <= until);
            let left = (deal.left, deal.left_amount);
            (old && lacks(deal.standing))
                .then(|| (crowd_id(number), deal.deliverer, deal.receiver, deal.line, left))
        });
        let fails: Vec<Fail> = house.chain(crowd).collect();
        let lender = self.accounts[market.lender.account.as_str()];
        for (id, failed, receiver, line, (quantity, agreed)) in fails {
            let difference =
                policy.difference(quantity, market.instruments[line as usize].price_cents, agreed);
            let bought = Replacement { lender, receiver, failed, line, quantity, agreed, difference };
            let (mut lent, mut outcomes) = (Vec::new(), Vec::new());
            // What the lender has not, or somebody cannot pay, is tried the next day again.
            if self.engine.buy_in(id, bought, &mut lent, &mut outcomes) {
                self.tell(now, &lent, effects);
                let of_day = self.buy_ins.entry(day).or_default();
                *of_day = (of_day.0 + 1, of_day.1 + difference);
                self.bought_in(now, id, bought, effects);
                self.tell(now, &outcomes, effects);
            }
        }
    }

    fn bought_in(&mut self, now: Timestamp, id: PairId, bought: Replacement, effects: &mut Vec<PartyEffect>) {
        let Replacement { quantity, agreed, difference, .. } = bought;
        let of = match (crate::settlement::engine::crowd_number(id), self.engine.pair(id)) {
            (Some(number), _) => BoughtInOf::Crowd(number as usize),
            (None, Some(pair)) => {
                BoughtInOf::Instruction(pair.deliverer.participant, pair.deliverer.reference.clone())
            }
            (None, None) => return,
        };
        effects.push(PartyEffect::BoughtIn(BoughtIn { of, quantity, cents: agreed, difference }));
        if let Some(number) = crate::settlement::engine::crowd_number(id) {
            self.mornings.shortfalls.bought_in.add_of_crowd(number as usize, quantity);
        }
        let Some(pair) = self.engine.pair(id) else { return };
        let (deliverer, receiver) = (pair.deliverer.clone(), pair.receiver.clone());
        self.settled(now, id, None, &[Side::Receiver], effects);
        for leg in [&deliverer, &receiver] {
            self.mornings.shortfalls.bought_in.add(&leg.reference, quantity);
            self.places.insert((leg.participant, leg.reference.clone()), (leg.number, Place::Cancelled));
        }
        let by_the_system = Some("CANS");
        self.status(
            now,
            deliverer.participant,
            &deliverer.reference,
            StatusKind::Cancelled,
            by_the_system,
            effects,
        );
    }

    /// How many were bought in by day, and what those who failed paid for it.
    pub fn buy_ins(&self) -> &BTreeMap<BusinessDate, (u64, i64)> {
        &self.buy_ins
    }
}
