//! The auditor's eye on the population. It knows its instructions as they were traded, hears what the depository books of them,
//! and holds each booking to the same rules as those of the house.

use std::collections::BTreeSet;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, PartialSettlement};
use rust_decimal::Decimal;

use super::Auditor;
use super::balances::{Balances, Moves, Name};
use super::clearing;
use super::parts::{allowed, is_fair_share};
use crate::market::Market;
use crate::parties::Booking;
use crate::population::Crowd;
use crate::population::mornings::Left;
use crate::routes::Routes;

/// An instruction of the population, and what was booked of it. There are many: quantities are in units, cash is in cents.
#[derive(Debug)]
pub(super) struct Traded {
    from: Name,
    to: Name,
    isin: Name,
    quantity: i64,
    cents: i64,
    /// What of both has not settled.
    left: (i64, i64),
    /// Its date.
    pub(super) settles: BusinessDate,
    /// Its sides have met, and its date is there.
    ready_at: Timestamp,
    /// It is held until then; long past where it is not.
    held_until: Timestamp,
    partial: [Option<PartialSettlement>; 2],
    /// The clearing house takes it.
    pub(super) cleared: bool,
}

/// Units and cents as the auditor's books have them.
fn in_decimals((quantity, cents): (i64, i64)) -> (Decimal, Decimal) {
    (Decimal::from(quantity), Decimal::new(cents, 2))
}

impl Traded {
    /// All that the population traded.
    pub(super) fn all(market: &Market, lines: &[Name], balances: &mut Balances) -> Vec<Self> {
        let parties: Vec<Name> =
            market.crowd.parties.iter().map(|party| balances.number(&party.account)).collect();
        let routes = Routes::of(market);
        let opens: Vec<(BusinessDate, Timestamp)> =
            market.dates.iter().map(|date| (date.settles, market.opens(date.settles))).collect();
        let traded = market.crowd.deals.iter().enumerate().map(|(number, deal)| Self {
            cleared: routes.crowd(market, number),
            from: parties[deal.from as usize],
            to: parties[deal.to as usize],
            isin: lines[deal.line as usize],
            quantity: deal.quantity,
            cents: deal.cash_cents(),
            left: (deal.quantity, deal.cash_cents()),
            settles: opens[usize::from(deal.date)].0,
            ready_at: deal.matches_at.max(opens[usize::from(deal.date)].1),
            held_until: deal.held_until.unwrap_or_default(),
            partial: deal.partial,
        });
        traded.collect()
    }

    /// Deliverer and receiver, line, quantity and cash.
    pub(super) fn terms(&self) -> ([Name; 2], Name, Decimal, Decimal) {
        let (quantity, cash) = in_decimals((self.quantity, self.cents));
        ([self.from, self.to], self.isin, quantity, cash)
    }

    /// All that was left, which counts as settled from now on.
    pub(super) fn take_all(&mut self) -> (Decimal, Decimal) {
        in_decimals(std::mem::take(&mut self.left))
    }

    /// It is the clearing house's, its sides have met, its date is there, and nobody holds it.
    pub(super) fn may_be_netted(&self, now: Timestamp) -> bool {
        self.cleared && self.may_settle(now)
    }

    /// Its date is there, its sides have met, and nobody holds it.
    fn may_settle(&self, now: Timestamp) -> bool {
        self.ready_at <= now && !self.is_held(now)
    }

    fn is_held(&self, now: Timestamp) -> bool {
        now < self.held_until
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
        let (quantity, cash) = in_decimals((booking.quantity, booking.cents));
        let ((left, due), free) = (traded.left, traded.cents == 0);
        let moves = Moves { from: traded.from, to: traded.to, isin: traded.isin, quantity, cash };
        let is_part = booking.quantity < left;
        let fair = if is_part {
            let (_, _, all, agreed) = traded.terms();
            is_fair_share(agreed, all, quantity, cash)
        } else {
            booking.cents == due
        };
        let enough = || self.balances.position(traded.from, traded.isin) >= Decimal::from(left);
        let wrong = [
            (
                booking.quantity <= 0 || booking.quantity > left,
                "settled for more than was left, or for nothing",
            ),
            (!fair, "settled for another amount than agreed"),
            (now < traded.ready_at, "settled before its sides met or before its date"),
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
        traded.left = (left - booking.quantity, due - booking.cents);
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
            let (left, due) = in_decimals(traded.left);
            let owes = |account| self.debits.as_ref().is_some_and(|debits| debits.owes(account));
            traded.left.0 > 0
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
        let waits =
            |(_, t): &(usize, &Traded)| t.left.0 > 0 && t.cents != 0 && !t.cleared && t.may_settle(now);
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
        let left = self.crowd.get(number)?.left;
        (left.0 > 0).then_some(left)
    }

    /// What a morning finds of an instruction of the population that has not settled.
    pub(super) fn left_of_crowd(&self, number: usize) -> Option<Left> {
        let (quantity, cents) = self.population_left(number)?;
        let [delivered, received] = self.population_sides(number).unwrap_or_default();
        let left = |settled: bool, all: i64| if settled { 0 } else { all };
        let (delivers, receives) = (left(delivered, quantity), left(received, quantity));
        Some(Left { number, delivers, receives, cents: left(received, cents) })
    }

    /// Whether its sides have met by then, on its date or later.
    pub fn population_met(&self, number: usize, then: Timestamp) -> bool {
        self.crowd.get(number).is_some_and(|traded| traded.ready_at <= then)
    }

    /// Whether it is held then.
    pub fn population_held(&self, number: usize, then: Timestamp) -> bool {
        self.crowd.get(number).is_some_and(|traded| traded.is_held(then))
    }
}
