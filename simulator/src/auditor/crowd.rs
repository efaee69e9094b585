//! The auditor's eye on the population. It knows its instructions as they were traded, hears what the depository books of them,
//! and holds each booking to the same rules as those of the house.

use std::collections::BTreeSet;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, PartialSettlement};
use rust_decimal::Decimal;

use super::Auditor;
use super::balances::{Balances, Moves, Name, is_above_zero};
use super::clearing;
use super::parts::{allowed, is_fair_share};
use crate::market::Market;
use crate::parties::Booking;
use crate::population::Crowd;
use crate::population::mornings::Left;
use crate::routes::Routes;

/// An instruction of the population, and what was booked of it.
#[derive(Debug)]
pub(super) struct Traded {
    from: Name,
    to: Name,
    isin: Name,
    quantity: Decimal,
    cash: Decimal,
    partial: [Option<PartialSettlement>; 2],
    matches_at: Timestamp,
    held_until: Option<Timestamp>,
    /// Its date, and when that begins to settle.
    pub(super) settles: BusinessDate,
    opens: Timestamp,
    /// What of both has not settled.
    left: (Decimal, Decimal),
    /// The clearing house takes it.
    pub(super) cleared: bool,
}

impl Traded {
    /// All that the population traded.
    pub(super) fn all(market: &Market, balances: &mut Balances) -> Vec<Self> {
        let parties: Vec<Name> =
            market.crowd.parties.iter().map(|party| balances.number(&party.account)).collect();
        let lines: Vec<Name> =
            market.instruments.iter().map(|line| balances.number(line.isin.as_str())).collect();
        let routes = Routes::of(market);
        let opens: Vec<(BusinessDate, Timestamp)> =
            market.dates.iter().map(|date| (date.settles, market.opens(date.settles))).collect();
        let traded = market.crowd.deals.iter().enumerate().map(|(number, deal)| Self {
            cleared: routes.crowd(market, number),
            from: parties[deal.from as usize],
            to: parties[deal.to as usize],
            isin: lines[deal.line as usize],
            quantity: Decimal::from(deal.quantity),
            cash: Decimal::new(deal.cash_cents(), 2),
            partial: deal.partial,
            matches_at: deal.matches_at,
            held_until: deal.held_until,
            settles: opens[usize::from(deal.date)].0,
            opens: opens[usize::from(deal.date)].1,
            left: (Decimal::from(deal.quantity), Decimal::new(deal.cash_cents(), 2)),
        });
        traded.collect()
    }

    /// Deliverer and receiver, line, quantity and cash.
    pub(super) fn terms(&self) -> ([Name; 2], Name, Decimal, Decimal) {
        ([self.from, self.to], self.isin, self.quantity, self.cash)
    }

    /// All that was left, which counts as settled from now on.
    pub(super) fn take_all(&mut self) -> (Decimal, Decimal) {
        std::mem::take(&mut self.left)
    }

    /// It is the clearing house's, its sides have met, its date is there, and nobody holds it.
    pub(super) fn may_be_netted(&self, now: Timestamp) -> bool {
        self.cleared && self.may_settle(now)
    }

    /// Its date is there, its sides have met, and nobody holds it.
    fn may_settle(&self, now: Timestamp) -> bool {
        self.opens <= now && self.matches_at <= now && !self.is_held(now)
    }

    fn is_held(&self, now: Timestamp) -> bool {
        self.held_until.is_some_and(|until| now < until)
    }
}

impl Auditor {
    /// The depository says that it has booked something of the population.
    pub fn booked(&mut self, now: Timestamp, booking: &Booking) {
        self.turn(now);
        self.checked += 1;
        let reference = || Crowd::reference(booking.number);
        let Some(traded) = self.crowd.get(booking.number) else {
            return self.find(format!("{now}: {} was booked, which nobody traded", reference()));
        };
        let (quantity, cash) = (Decimal::from(booking.quantity), Decimal::new(booking.cents, 2));
        let ((left, due), free) = (traded.left, traded.cash.is_zero());
        let moves = Moves { from: traded.from, to: traded.to, isin: traded.isin, quantity, cash };
        let is_part = quantity < left;
        let fair =
            if is_part { is_fair_share(traded.cash, traded.quantity, quantity, cash) } else { cash == due };
        let enough = || self.balances.position(traded.from, traded.isin) >= left;
        let wrong = [
            (!is_above_zero(quantity) || quantity > left, "settled for more than was left, or for nothing"),
            (!fair, "settled for another amount than agreed"),
            (now < traded.matches_at, "settled before its sides met"),
            (now < traded.opens, "settled before its date"),
            (traded.is_held(now), "settled while it was held"),
            (!self.hours.open(now, !free), "settled outside the hours"),
            (is_part && !self.hours.window(now), "settled in part outside the windows"),
            (
                is_part && !allowed(traded.partial, free, cash, self.smallest_part),
                "settled in part, which it may not, or for too little",
            ),
            (is_part && enough(), "settled in part though there was enough for all of it"),
            (traded.cleared, "was delivered, which the clearing house takes"),
            (self.given_up_crowd.contains(&booking.number), "settled after it was given up for the day"),
        ];
        wrong
            .into_iter()
            .filter(|(is, _)| *is)
            .for_each(|(_, what)| self.find(format!("{now}: {} {what}", reference())));
        let traded = &mut self.crowd[booking.number];
        traded.left = (left - quantity, due - cash);
        self.move_and_look(now, &moves, reference, false);
    }

    /// Books, and looks whether it could be: when many settle at once, or some together, after all of them.
    pub(super) fn move_and_look(
        &mut self,
        now: Timestamp,
        moves: &Moves,
        reference: impl Fn() -> String,
        together: bool,
    ) {
        let (below, overdrawn) = self.balances.book(moves);
        if below {
            self.below.insert((moves.from, Some(moves.isin)), reference());
        }
        if overdrawn {
            self.below.insert((moves.to, None), reference());
        }
        if !together && !self.hours.many_at_once(now) {
            self.look_below(now);
        }
    }

    /// What of the population could have settled by a cut-off and did not.
    pub(super) fn could_have_settled(&self, closes: Timestamp) -> Vec<String> {
        let could = |(_, traded): &(usize, &Traded)| {
            let (left, due) = traded.left;
            let owes = |account| self.debits.as_ref().is_some_and(|debits| debits.owes(account));
            is_above_zero(left)
                && !traded.cleared
                && !owes(traded.from)
                && traded.may_settle(closes)
                && self.balances.position(traded.from, traded.isin) >= left
                && self.balances.cash(traded.to) >= due
        };
        self.crowd.iter().enumerate().filter(could).map(|(number, _)| Crowd::reference(number)).collect()
    }

    /// What of the population waits at a time for what it lacks, and is delivered against payment.
    pub(super) fn crowd_waiting(&self, now: Timestamp) -> BTreeSet<usize> {
        let waits = |(_, t): &(usize, &Traded)| {
            is_above_zero(t.left.0) && !t.cash.is_zero() && !t.cleared && t.may_settle(now)
        };
        self.crowd.iter().enumerate().filter(waits).map(|(number, _)| number).collect()
    }

    /// Whether deliverer and receiver have settled with the clearing house; nothing where it does not take the instruction.
    pub fn population_sides(&self, number: usize) -> Option<[bool; 2]> {
        let house = self.house.as_ref().filter(|_| self.crowd.get(number).is_some_and(|t| t.cleared))?;
        Some([true, false].map(|delivers| house.has_settled(clearing::Traded::Crowd(number), delivers)))
    }

    /// What of an instruction of the population is left, in securities and cents; nothing when it has settled. One that is cleared has settled
    /// when both its sides have.
    pub fn population_left(&self, number: usize) -> Option<(i64, i64)> {
        if self.population_sides(number) == Some([true, true]) {
            return None;
        }
        let (left, due) = self.crowd.get(number)?.left;
        let whole = |value: Decimal| i64::try_from(value).unwrap_or(i64::MAX);
        is_above_zero(left).then(|| (whole(left), whole(due * Decimal::ONE_HUNDRED)))
    }

    /// What a morning finds of an instruction of the population that has not settled.
    pub(super) fn left_of_crowd(&self, number: usize) -> Option<Left> {
        let (quantity, cents) = self.population_left(number)?;
        let [delivered, received] = self.population_sides(number).unwrap_or_default();
        let left = |settled: bool, all: i64| if settled { 0 } else { all };
        let (delivers, receives) = (left(delivered, quantity), left(received, quantity));
        Some(Left { number, delivers, receives, cents: left(received, cents) })
    }

    /// Whether its sides have met by then.
    pub fn population_met(&self, number: usize, then: Timestamp) -> bool {
        self.crowd.get(number).is_some_and(|traded| traded.matches_at <= then)
    }

    /// Whether it is held then.
    pub fn population_held(&self, number: usize, then: Timestamp) -> bool {
        self.crowd.get(number).is_some_and(|traded| traded.is_held(then))
    }
}
