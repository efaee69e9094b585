//! The auditor's eye on buy-ins: only what has failed for want of securities for long enough, all that is left of it, at the difference that
//! the scenario says; the seller is cancelled, the buyer receives.

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, SettlementConfirmation};
use rust_decimal::Decimal;

use super::balances::{Balances, Moves, Name};
use super::mornings::whole;
use super::{Auditor, LegId};
use crate::market::Market;
use crate::parties::{BoughtIn, BoughtInOf};

/// What may be bought in, and at which price.
#[derive(Debug)]
pub(super) struct Terms {
    lender: Name,
    percent: Decimal,
    lines: Vec<Line>,
}

/// A line: its ISIN, its price, and for each settlement day the last date that is bought in then.
#[derive(Debug)]
struct Line {
    isin: Name,
    price: Decimal,
    until: Vec<(BusinessDate, Option<BusinessDate>)>,
}

impl Terms {
    pub(super) fn of(market: &Market, balances: &mut Balances) -> Self {
        let policy = &market.scenario.buy_in;
        let calendar = &market.scenario.day.calendar;
        let line = |line: &crate::market::InstrumentInfo| {
            let days = market.settlement_days().into_iter();
            let until = days.map(|day| (day, policy.until(line.class, calendar, day))).collect();
            Line {
                isin: balances.number(line.isin.as_str()),
                price: Decimal::new(line.price_cents, 2),
                until,
            }
        };
        let lines = market.instruments.iter().map(line).collect();
        Self {
            lender: balances.number(market.lender.account.as_str()),
            percent: Decimal::from(policy.price_percent),
            lines,
        }
    }

    /// The last date of a line that is bought in on a day.
    pub(super) fn until(&self, isin: Name, day: BusinessDate) -> Option<BusinessDate> {
        let line = self.lines.iter().find(|line| line.isin == isin)?;
        line.until.iter().find(|(of, _)| *of == day)?.1
    }

    fn difference(&self, isin: Name, quantity: Decimal, agreed: Decimal) -> Decimal {
        let line = self.lines.iter().find(|line| line.isin == isin);
        let price = line.map_or(Decimal::ZERO, |line| line.price);
        let cost = (quantity * price * self.percent / Decimal::ONE_HUNDRED)
            .round_dp_with_strategy(2, rust_decimal::RoundingStrategy::ToZero);
        (cost - agreed).max(Decimal::ZERO)
    }
}

impl Auditor {
    /// Something is bought in.
    pub fn bought_in(&mut self, now: Timestamp, said: &BoughtIn) {
        self.turn(now);
        let (quantity, cash) = (Decimal::from(said.quantity), Decimal::new(said.cents, 2));
        let difference = Decimal::new(said.difference, 2);
        let (name, from, to, isin, date, left) = match &said.of {
            BoughtInOf::Crowd(number) => {
                let Some(traded) = self.crowd.get_mut(*number) else {
                    return self
                        .find(format!("{now}: instruction {number} was bought in, which nobody traded"));
                };
                let ([from, to], isin, ..) = traded.terms();
                let (left, date) = (traded.take_all(), traded.settles);
                self.mornings.shortfalls.bought_in.add_of_crowd(*number, whole(left.0));
                (crate::population::Crowd::reference(*number), from, to, isin, date, left)
            }
            BoughtInOf::Instruction(participant, reference) => {
                let id: LegId = (*participant, reference.clone());
                let Some(number) = self.legs.get(&id).and_then(|leg| leg.pair) else {
                    return self.find(format!("{now}: {reference} was bought in, and has no other side"));
                };
                let (deliverer, receiver) =
                    (self.pairs[number].deliverer.clone(), self.pairs[number].receiver.clone());
                let (d, r) = (self.legs[&deliverer].clone(), self.legs[&receiver].clone());
                let pair = &mut self.pairs[number];
                let left = (d.agreement.quantity - pair.settled, d.amount - pair.paid);
                (pair.done, pair.bought_in, pair.settled, pair.paid) =
                    (Some(now), true, d.agreement.quantity, d.amount);
                if let Some(leg) = self.legs.get_mut(&deliverer) {
                    leg.cancelled = true;
                }
                for (_, reference) in [&deliverer, &receiver] {
                    self.mornings.shortfalls.bought_in.add(reference, whole(left.0));
                }
                let (from, to) = (self.balances.number(&d.account), self.balances.number(&r.account));
                let isin = self.balances.number(&d.agreement.isin);
                (reference.clone(), from, to, isin, d.agreement.settlement_date, left)
            }
        };
        let day = BusinessDate::new(now.utc().date_naive());
        let due = self.buying_in.until(isin, day).is_some_and(|until| date <= until);
        let right = self.buying_in.difference(isin, left.0, left.1);
        let wrong = [
            (!due, "was bought in before it may be"),
            (self.balances.position(from, isin) >= left.0, "was bought in though it could be delivered"),
            ((quantity, cash) != left, "was bought in for more or less than was left"),
            (difference != right, "was bought in at another difference than the scenario says"),
        ];
        let lender = self.buying_in.lender;
        self.move_and_look(now, &Moves { from: lender, to, isin, quantity, cash }, || name.clone(), true);
        let costs = Moves { from: lender, to: from, isin, quantity: Decimal::ZERO, cash: difference };
        self.move_and_look(now, &costs, || name.clone(), false);
        for (_, what) in wrong.into_iter().filter(|(is, _)| *is) {
            self.find(format!("{now}: {name} {what}"));
        }
    }

    /// The buyer is told that it has received the replacement.
    pub(super) fn replacement_settles(&mut self, now: Timestamp, id: &LegId, s: &SettlementConfirmation) {
        let Some(leg) = self.legs.get_mut(id) else { return };
        let before: Decimal = leg.portions.iter().map(|p| p.0).sum();
        let quantity = s.settled.value();
        leg.portions.push((quantity, s.amount.map_or(Decimal::ZERO, |a| a.value())));
        leg.confirmed = Some(now);
        if leg.delivers || before + quantity != leg.agreement.quantity {
            self.find(format!("{now}: {} settled though it was bought in", id.1));
        }
    }
}
