//! The auditor's eye on the clearing house. It nets the trades that it heard of by itself, and holds each cycle to that: positions as they
//! are said, add up to nothing in a line; nobody delivers more than it owes or has, nobody is given more than it is to get, nor before
//! others that go first; what could be delivered is. A side of a trade settles when the youngest trades of its position no longer
//! reach it. Money of a day is contracts less what is open at the price of the day, and what was open before at the price of then.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, SettlementConfirmation};
use rust_decimal::Decimal;

use super::balances::{Balances, Moves, Name};
use super::{Auditor, LegId};
use crate::depository::CLEARING_HOUSE;
use crate::market::Market;
use crate::parties::Clearing;
use crate::routes::Routes;

/// A trade: of the house, by its pair, before one of the population, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Traded {
    Pair(usize),
    Crowd(usize),
}

/// A line by its ISIN, and an account.
type Cell = (Name, Name);

/// What an account has to do with the clearing house in a line.
#[derive(Debug, Default)]
struct Position {
    bought: Vec<(Traded, BusinessDate, Decimal)>,
    sold: Vec<(Traded, BusinessDate, Decimal)>,
    received: Decimal,
    carried: Decimal,
}

impl Position {
    fn open(&self) -> Decimal {
        let sum = |side: &[(Traded, BusinessDate, Decimal)]| side.iter().map(|(.., q)| *q).sum::<Decimal>();
        sum(&self.bought) - sum(&self.sold) - self.received
    }

    /// Trades of a side that the open position reaches, from the youngest back.
    fn reached(side: &[(Traded, BusinessDate, Decimal)], mut open: Decimal) -> usize {
        let young = side.iter().rev().take_while(|(.., quantity)| {
            let is_reached = open > Decimal::ZERO;
            open -= quantity;
            is_reached
        });
        young.count()
    }

    /// Sides that have settled: of purchases and of sales, so many of the oldest.
    fn settled(&self) -> (usize, usize) {
        let open = self.open();
        let bought = self.bought.len() - Self::reached(&self.bought, open);
        (bought, self.sold.len() - Self::reached(&self.sold, -open))
    }

    fn since(&self) -> Option<BusinessDate> {
        self.bought.get(self.settled().0).map(|(_, date, _)| *date)
    }
}

/// A cycle that goes on.
#[derive(Debug, Default)]
struct Cycle {
    said: BTreeMap<Cell, Decimal>,
    was: BTreeMap<Cell, Decimal>,
    since: BTreeMap<Cell, BusinessDate>,
    moved: BTreeMap<Cell, Decimal>,
}

/// The clearing house as the auditor knows it.
#[derive(Debug)]
pub(super) struct House {
    pub(super) routes: Routes,
    pub(super) lines: Vec<Name>,
    prices: BTreeMap<Name, Decimal>,
    account: Name,
    positions: BTreeMap<Cell, Position>,
    due: BTreeMap<Name, Decimal>,
    netted: BTreeSet<Traded>,
    /// Sides of trades that have settled; of sales: true.
    settled: BTreeSet<(Traded, bool)>,
    cycle: Cycle,
}

impl House {
    pub(super) fn of(market: &Market, balances: &mut Balances) -> Option<Self> {
        market.scenario.depository.is_dtc().then(|| {
            let lines: Vec<Name> =
                market.instruments.iter().map(|line| balances.number(line.isin.as_str())).collect();
            let price = |line: &crate::market::InstrumentInfo| Decimal::new(line.price_cents, 2);
            Self {
                routes: Routes::of(market),
                prices: lines.iter().copied().zip(market.instruments.iter().map(price)).collect(),
                lines,
                account: balances.number(CLEARING_HOUSE),
                positions: BTreeMap::new(),
                due: BTreeMap::new(),
                netted: BTreeSet::new(),
                settled: BTreeSet::new(),
                cycle: Cycle::default(),
            }
        })
    }

    /// Whether it takes a pair of these.
    pub(super) fn takes(&self, deliverer: usize, receiver: usize, isin: Name, quantity: Decimal) -> bool {
        let line = self.lines.iter().position(|line| *line == isin);
        let quantity = i64::try_from(quantity).ok();
        line.zip(quantity)
            .is_some_and(|(line, quantity)| self.routes.house(deliverer, receiver, line, quantity))
    }

    pub(super) fn has_netted(&self, traded: Traded) -> bool {
        self.netted.contains(&traded)
    }

    pub(super) fn has_settled(&self, traded: Traded, delivers: bool) -> bool {
        self.settled.contains(&(traded, delivers))
    }

    fn net(
        &mut self,
        t: Traded,
        [from, to]: [Name; 2],
        isin: Name,
        quantity: Decimal,
        cash: Decimal,
        date: BusinessDate,
    ) {
        self.netted.insert(t);
        self.positions.entry((isin, from)).or_default().sold.push((t, date, quantity));
        self.positions.entry((isin, to)).or_default().bought.push((t, date, quantity));
        *self.due.entry(from).or_default() += cash;
        *self.due.entry(to).or_default() -= cash;
    }
}

impl Auditor {
    /// The clearing house does something at the depository.
    pub fn cleared(&mut self, now: Timestamp, said: &Clearing) {
        self.turn(now);
        if self.house.is_none() {
            return self.find(format!("{now}: there is no clearing house"));
        }
        match said {
            Clearing::Begins => self.cycle_begins(now),
            Clearing::Open { account, line, quantity } => {
                if let Some(cell) = self.cell(now, account, *line)
                    && let Some(house) = &mut self.house
                {
                    house.cycle.said.insert(cell, Decimal::from(*quantity));
                }
            }
            Clearing::Moved { account, line, quantity } => {
                if let Some(cell) = self.cell(now, account, *line) {
                    self.moved(now, account, cell, Decimal::from(*quantity));
                }
            }
            Clearing::Ends => self.cycle_ends(now),
            Clearing::Money => self.money_begins(now),
            Clearing::Paid { account, cents } => self.paid(now, account, Decimal::new(*cents, 2)),
            Clearing::MoneyEnds => self.money_ends(now),
        }
    }

    fn cell(&mut self, now: Timestamp, account: &str, line: u32) -> Option<Cell> {
        let isin = self.house.as_ref().and_then(|h| h.lines.get(line as usize)).copied();
        if isin.is_none() {
            self.find(format!("{now}: the clearing house names line {line}, which there is not"));
        }
        Some((isin?, self.balances.number(account)))
    }

    fn cycle_begins(&mut self, now: Timestamp) {
        let Some(day) = self.hours.cycle_of(now) else {
            return self.find(format!("{now}: the clearing house works outside its cycles"));
        };
        let Some(mut house) = self.house.take() else { return };
        let ready = |number: &usize| {
            let pair = &self.pairs[*number];
            let free = |id: &LegId| self.legs.get(id).is_some_and(|l| !l.held && !l.cancelled);
            let due = self.legs.get(&pair.deliverer).is_some_and(|l| l.agreement.settlement_date <= day);
            pair.cleared
                && !house.has_netted(Traded::Pair(*number))
                && due
                && free(&pair.deliverer)
                && free(&pair.receiver)
        };
        let pairs = (0..self.pairs.len())
            .filter(ready)
            .map(|n| (self.legs[&self.pairs[n].deliverer].agreement.settlement_date, Traded::Pair(n)));
        let crowd = (0..self.crowd.len())
            .filter(|n| self.crowd[*n].may_be_netted(now) && !house.has_netted(Traded::Crowd(*n)))
            .map(|n| (self.crowd[n].settles, Traded::Crowd(n)));
        // Date by date; of one date the house's come first.
        let mut all: Vec<(BusinessDate, Traded)> = pairs.chain(crowd).collect();
        all.sort_unstable();
        for (date, traded) in all {
            let (both, isin, quantity, cash) = match traded {
                Traded::Crowd(number) => self.crowd[number].terms(),
                Traded::Pair(number) => {
                    let pair = &self.pairs[number];
                    let (d, r) = (self.legs[&pair.deliverer].clone(), self.legs[&pair.receiver].clone());
                    let both = [self.balances.number(&d.account), self.balances.number(&r.account)];
                    let isin = self.balances.number(&d.agreement.isin);
                    (both, isin, d.agreement.quantity, d.amount)
                }
            };
            house.net(traded, both, isin, quantity, cash, date);
        }
        let open =
            house.positions.iter().map(|(cell, p)| (*cell, p.open())).filter(|(_, open)| !open.is_zero());
        let was = open.collect();
        let since = house.positions.iter().filter_map(|(cell, p)| Some((*cell, p.since()?))).collect();
        house.cycle = Cycle { was, since, ..Cycle::default() };
        self.house = Some(house);
    }

    fn moved(&mut self, now: Timestamp, name: &str, cell: Cell, quantity: Decimal) {
        let Some(house) = &mut self.house else { return };
        let (isin, account) = cell;
        let position = house.positions.entry(cell).or_default();
        let (open, has) = (position.open(), self.balances.position(account, isin));
        let wrong = if quantity.is_sign_negative() {
            if -quantity > has {
                Some("delivers to the clearing house more than it has")
            } else {
                (-quantity > -open).then_some("delivers to the clearing house more than it owes")
            }
        } else {
            (quantity > open).then_some("is given more by the clearing house than it is to get")
        };
        position.received += quantity;
        *house.cycle.moved.entry(cell).or_default() += quantity;
        let (from, to) =
            if quantity.is_sign_negative() { (account, house.account) } else { (house.account, account) };
        self.balances.book(&Moves { from, to, isin, quantity: quantity.abs(), cash: Decimal::ZERO });
        if let Some(debits) = self.debits.as_mut().filter(|_| quantity.is_sign_negative()) {
            debits.take(account, isin, quantity.abs());
        }
        if let Some(wrong) = wrong {
            self.find(format!("{now}: {name} {wrong}"));
        }
    }

    fn cycle_ends(&mut self, now: Timestamp) {
        let Some(house) = &mut self.house else { return };
        let cycle = std::mem::take(&mut house.cycle);
        let mut wrong: Vec<String> = Vec::new();
        let by_line = |cells: &BTreeMap<Cell, Decimal>| {
            let mut lines: BTreeMap<Name, Decimal> = BTreeMap::new();
            cells.iter().for_each(|((isin, _), quantity)| *lines.entry(*isin).or_default() += quantity);
            lines.into_iter().filter(|(_, sum)| !sum.is_zero()).map(|(isin, _)| isin).collect::<Vec<Name>>()
        };
        for isin in by_line(&cycle.said) {
            wrong.push(format!("net positions in {} do not add up to nothing", self.balances.name(isin)));
        }
        if cycle.said != cycle.was {
            wrong.push("net positions are not those of the trades".to_owned());
        }
        for isin in by_line(&cycle.moved) {
            wrong.push(format!("the clearing house keeps or makes {}", self.balances.name(isin)));
        }
        for ((isin, account), position) in &house.positions {
            let has = self.balances.position(*account, *isin);
            if position.open() < Decimal::ZERO && has > Decimal::ZERO {
                wrong.push(format!("{} could have delivered and did not", self.balances.name(*account)));
            }
        }
        // Who is left open, and who of a later group was given something.
        let day = self.hours.cycle_of(now);
        let rank = |cell: &Cell| {
            let since = cycle.since.get(cell).copied()?;
            let until = day.and_then(|day| self.buying_in.until(cell.0, day));
            Some((Reverse(until.is_some_and(|until| since <= until)), since))
        };
        let given = cycle.moved.iter().filter(|(_, quantity)| **quantity > Decimal::ZERO);
        let given: Vec<(Cell, _)> = given.filter_map(|(cell, _)| Some((*cell, rank(cell)?))).collect();
        for (cell, rank_given) in given {
            let line = (cell.0, Name::MIN)..=(cell.0, Name::MAX);
            let mut first = house.positions.range(line).filter(|(_, p)| p.open() > Decimal::ZERO);
            if first.any(|(other, _)| rank(other).is_some_and(|rank| rank < rank_given)) {
                wrong.push(format!("{} was given before others that go first", self.balances.name(cell.1)));
            }
        }
        for position in house.positions.values() {
            let (bought, sold) = position.settled();
            house.settled.extend(position.bought[..bought].iter().map(|(t, ..)| (*t, false)));
            house.settled.extend(position.sold[..sold].iter().map(|(t, ..)| (*t, true)));
        }
        wrong.into_iter().for_each(|what| self.find(format!("{now}: {what}")));
    }

    /// A side of a trade that is cleared is told to have settled.
    pub(super) fn side_settles(
        &mut self,
        now: Timestamp,
        id: &LegId,
        number: usize,
        s: &SettlementConfirmation,
    ) {
        let due = self.legs.get(&self.pairs[number].deliverer).map(|l| l.amount);
        let Some(leg) = self.legs.get_mut(id) else { return };
        let delivers = leg.delivers;
        let (quantity, cash) = (s.settled.value(), s.amount.map_or(Decimal::ZERO, |a| a.value()));
        leg.portions.push((quantity, cash));
        leg.confirmed = Some(now);
        let whole = quantity == leg.agreement.quantity && Some(cash) == due && s.partial.is_none();
        let covered = self.house.as_ref().is_some_and(|h| h.has_settled(Traded::Pair(number), delivers));
        let both = [&self.pairs[number].deliverer, &self.pairs[number].receiver];
        if both.iter().all(|id| self.legs.get(*id).is_some_and(|l| l.confirmed.is_some())) {
            self.pairs[number].done = Some(now);
        }
        if !whole {
            self.find(format!("{now}: {} settled for another quantity or amount than agreed", id.1));
        }
        if !covered {
            self.find(format!(
                "{now}: {} settled, and its position with the clearing house still reaches it",
                id.1
            ));
        }
        if self.hours.cycle_of(now).is_none() {
            self.find(format!("{now}: {} settled outside the cycles of the clearing house", id.1));
        }
    }

    /// At a cut-off: what has settled with the clearing house, and nobody was told.
    pub(super) fn untold_of_clearing(&self) -> Vec<String> {
        let Some(house) = &self.house else { return Vec::new() };
        let untold = |(traded, delivers): &(Traded, bool)| {
            let Traded::Pair(number) = traded else { return None };
            let pair = &self.pairs[*number];
            let id = if *delivers { &pair.deliverer } else { &pair.receiver };
            self.legs.get(id).is_some_and(|l| l.confirmed.is_none()).then(|| id.1.clone())
        };
        house.settled.iter().filter_map(untold).collect()
    }

    fn money_begins(&mut self, now: Timestamp) {
        if !self.hours.is_final(now) {
            self.find(format!("{now}: the clearing house pays outside of final figures"));
        }
        let Some(house) = &mut self.house else { return };
        for ((isin, account), position) in &mut house.positions {
            let value = position.open() * house.prices.get(isin).copied().unwrap_or_default();
            *house.due.entry(*account).or_default() += value - position.carried;
            position.carried = value;
        }
    }

    fn paid(&mut self, now: Timestamp, name: &str, cash: Decimal) {
        let account = self.balances.number(name);
        let Some(house) = &mut self.house else { return };
        let due = house.due.entry(account).or_default();
        let payer = if due.is_sign_negative() { account } else { house.account };
        let most = due.abs().min(self.balances.cash(payer));
        let right = if due.is_sign_negative() { -most } else { most };
        *due -= cash;
        let isin = house.lines.first().copied().unwrap_or_default();
        let (from, to) =
            if cash.is_sign_negative() { (house.account, account) } else { (account, house.account) };
        self.balances.book(&Moves { from, to, isin, quantity: Decimal::ZERO, cash: cash.abs() });
        if cash != right {
            self.find(format!(
                "{now}: {name} pays or is paid {cash} by the clearing house, and {right} is right"
            ));
        }
    }

    fn money_ends(&mut self, now: Timestamp) {
        let Some(house) = &mut self.house else { return };
        house.due.retain(|_, due| !due.is_zero());
        let house_has = self.balances.cash(house.account);
        let could = |(account, due): (&Name, &Decimal)| {
            let payer_has = if due.is_sign_negative() { self.balances.cash(*account) } else { house_has };
            (payer_has > Decimal::ZERO).then(|| self.balances.name(*account).to_owned())
        };
        let left: Vec<String> = house.due.iter().filter_map(could).collect();
        for name in left {
            self.find(format!("{now}: {name} has not settled its money with the clearing house, and could"));
        }
    }
}
