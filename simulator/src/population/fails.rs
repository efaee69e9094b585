//! What had not settled at the cut-off of the intended date, of the house's trades and of the population: why, by class of
//! instrument, and how fails pass from those who do not receive to those whom they do not deliver to.

use std::collections::BTreeMap;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::Side;
use rust_decimal::Decimal;
use serde::Serialize;

use super::class::Class;
use super::gridlock::{self, Gridlock};
use super::{Crowd, Deal, PartyNumber};
use crate::auditor::Auditor;
use crate::market::{Market, at};
use crate::settlement::book::LineId;
use crate::table::Table;

/// Funds of the house are numbered from here on, beside the participants of the crowd.
const FUNDS: PartyNumber = 1 << 24;

/// Why an instruction had not settled: what held at the cut-off, not what was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its sides had not met.
    Unmatched,
    /// Somebody held it.
    Held,
    /// The deliverer lacked securities.
    Securities,
    /// The receiver lacked cash.
    Cash,
    /// Nothing lacked; the depository tries at times only.
    Untried,
}

impl Why {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unmatched => "not matched",
            Self::Held => "held",
            Self::Securities => "lacks securities",
            Self::Cash => "lacks cash",
            Self::Untried => "not tried again",
        }
    }
}

/// What an unsettled instruction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// One of the population, by number.
    Population(usize),
    /// A trade of the house, by number.
    Trade(usize),
}

/// An instruction that had not settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsettled {
    /// Which.
    pub of: Of,
    /// Who delivers.
    pub from: PartyNumber,
    /// Who receives.
    pub to: PartyNumber,
    /// What.
    pub line: LineId,
    /// What of it is left.
    pub quantity: i64,
    /// Cash for that, in cents.
    pub cents: i64,
    /// Why.
    pub why: Why,
    /// How much lacks: securities, or cents of cash.
    pub short: i64,
}

/// A trade of the house that failed: what is left of it, and whether its sides met and nobody held it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedTrade {
    /// Its number.
    pub trade: usize,
    /// Quantity and cents that are left.
    pub left: (i64, i64),
    /// Whether both sides met at the depository.
    pub met: bool,
    /// Whether the broker held it.
    pub held: bool,
    /// Whether it is with the clearing house: it waits for no one trade.
    pub cleared: bool,
}

/// So many of so many, by number and by value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// Failed.
    pub failed: u64,
    /// Of all.
    pub all: u64,
    /// What of their value had not settled, in cents.
    pub failed_cents: i64,
    /// That of all.
    pub all_cents: i64,
}

impl Share {
    fn add(&mut self, other: &Self) {
        self.failed += other.failed;
        self.all += other.all;
        self.failed_cents += other.failed_cents;
        self.all_cents += other.all_cents;
    }

    /// What has settled in part counts as failed by number, and by value with what is left.
    fn count(&mut self, cents: i64, left_cents: Option<i64>) {
        self.all += 1;
        self.all_cents += cents;
        if let Some(left) = left_cents {
            self.failed += 1;
            self.failed_cents += left;
        }
    }
}

/// How fails to deliver go with fails to receive: what is to be known of points (received not, delivered not) for the straight line with the
/// least squares through them. Of several cut-offs it is that of all points together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PassThrough {
    /// Pairs of dealer and line.
    pub cells: u64,
    sums: [i128; 2],
    squares: i128,
    products: i128,
}

impl PassThrough {
    fn add(&mut self, x: i128, y: i128) {
        self.cells += 1;
        self.sums = [self.sums[0] + x, self.sums[1] + y];
        self.squares += x * x;
        self.products += x * y;
    }

    fn add_all(&mut self, other: &Self) {
        self.cells += other.cells;
        self.sums = [self.sums[0] + other.sums[0], self.sums[1] + other.sums[1]];
        self.squares += other.squares;
        self.products += other.products;
    }

    /// The slope of that line, with an intercept, in thousandths, rounded down; nothing where nothing varies.
    pub fn slope_thousandths(&self) -> Option<i64> {
        let (n, [x, y]) = (i128::from(self.cells), self.sums);
        let (spread, together) = (n * self.squares - x * x, n * self.products - x * y);
        if spread <= 0 {
            return None;
        }
        i64::try_from((together * 1_000).div_euclid(spread)).ok()
    }
}

/// What a cut-off left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AtCutOff {
    /// Of the population.
    pub population: Share,
    /// What of that is free of payment.
    pub free: Share,
    /// Of everything, by class.
    pub classes: BTreeMap<Class, Share>,
    /// The population's fails, by why.
    pub why: BTreeMap<Why, u64>,
    /// How fails pass on.
    pub pass_through: PassThrough,
    /// The largest knot of instructions that wait for each other.
    pub gridlock: Option<Gridlock>,
}

impl AtCutOff {
    /// Several together. Of the knots the one that keeps most waiting stays.
    pub fn together(all: &[Self]) -> Self {
        let mut together = Self::default();
        for one in all {
            together.population.add(&one.population);
            together.free.add(&one.free);
            together.pass_through.add_all(&one.pass_through);
            one.classes
                .iter()
                .for_each(|(class, share)| together.classes.entry(*class).or_default().add(share));
            one.why.iter().for_each(|(why, count)| *together.why.entry(*why).or_default() += count);
            let more = |a: &Gridlock, b: &Gridlock| a.instructions > b.instructions;
            if one.gridlock.as_ref().is_some_and(|a| together.gridlock.as_ref().is_none_or(|b| more(a, b))) {
                together.gridlock.clone_from(&one.gridlock);
            }
        }
        together
    }

    /// What is free of payment, right after the cut-off of that. What has not settled counts with its share of what all was worth.
    pub fn add_free(&mut self, market: &Market, auditor: &Auditor, date: usize) {
        let hours = &market.scenario.day;
        let closes = at(market.dates[date].settles, market.scenario.depository.closes_for_free(hours));
        let books = Books { market, auditor };
        for (number, deal) in of_date(market, date).filter(|(_, deal)| deal.free) {
            let left = auditor.population_left(number);
            let worth = |(quantity, _): (i64, i64)| {
                let cents = i128::from(deal.cents) * i128::from(quantity) / i128::from(deal.quantity);
                i64::try_from(cents).unwrap_or(i64::MAX)
            };
            let left_cents = left.map(worth);
            self.count(market, deal, left_cents);
            self.free.count(deal.cents, left_cents);
            if let Some(left) = left {
                *self.why.entry(books.of_population(number, left, closes).why).or_default() += 1;
            }
        }
    }

    fn count(&mut self, market: &Market, deal: &Deal, left_cents: Option<i64>) {
        self.population.count(deal.cents, left_cents);
        let class = market.instruments[deal.line as usize].class;
        self.classes.entry(class).or_default().count(deal.cents, left_cents);
    }

    /// House and population together.
    pub fn all(&self) -> Share {
        let mut all = Share::default();
        self.classes.values().for_each(|share| all.add(share));
        all
    }
}

/// Looks at the books of the auditor right after the cut-off of a trade date. What is free of payment has more time: its turn is
/// [`AtCutOff::add_free`]. In knots and in what is passed on it counts as it stands by now.
pub fn at_cut_off(market: &Market, auditor: &Auditor, date: usize, failed: &[FailedTrade]) -> AtCutOff {
    let mut found = AtCutOff::default();
    let mut cells = Cells::of(&market.crowd);
    let mut unsettled = Vec::new();
    let closes = at(market.dates[date].settles, market.scenario.day.cut_off);
    let books = Books { market, auditor };
    for (number, deal) in of_date(market, date) {
        let left = auditor.population_left(number);
        if !deal.free {
            found.count(market, deal, left.map(|(_, cents)| cents));
        }
        let all_left = left.map_or(0, |left| left.0);
        // With the clearing house who delivers and who receives settle apart.
        let [from_left, to_left] = auditor
            .population_sides(number)
            .map_or([all_left; 2], |sides| sides.map(|settled| if settled { 0 } else { deal.quantity }));
        cells.due(market, (deal.from, deal.to), deal.line, deal.quantity, [from_left, to_left]);
        let Some((quantity, cents)) = left else { continue };
        // With the clearing house it is the position that lacks securities, and it waits for no other instruction.
        if auditor.population_sides(number).is_some()
            && auditor.population_met(number, closes)
            && !auditor.population_held(number, closes)
        {
            *found.why.entry(Why::Securities).or_default() += 1;
            continue;
        }
        let one = books.of_population(number, (quantity, cents), closes);
        if !deal.free {
            *found.why.entry(one.why).or_default() += 1;
        }
        unsettled.push(one);
    }
    let mut failed = failed.iter().peekable();
    for number in market.trades_of(date..date + 1) {
        let trade = &market.trades[number];
        let fails = failed.next_if(|failed| failed.trade == number);
        let block = &market.blocks[trade.block];
        let cents = trade.net_cents(block.side);
        found
            .classes
            .entry(market.instruments[block.instrument].class)
            .or_default()
            .count(cents, fails.map(|failed| failed.left.1));
        let broker = PartyNumber::try_from(block.broker).expect("few brokers");
        let fund = FUNDS + PartyNumber::try_from(trade.account).expect("few accounts");
        let parties = if block.side == Side::Buy { (broker, fund) } else { (fund, broker) };
        let line = LineId::try_from(block.instrument).expect("few instruments");
        cells.due(market, parties, line, trade.quantity, [fails.map_or(0, |failed| failed.left.0); 2]);
        if let Some(fails) = fails.filter(|fails| !fails.cleared) {
            unsettled.push(books.why(Of::Trade(number), parties, line, fails.left, (fails.met, fails.held)));
        }
    }
    if market.crowd.parties.is_empty() {
        return found;
    }
    found.pass_through = cells.pass_through();
    found.gridlock = gridlock::largest(&unsettled, &|party| name(market, party), market);
    found
}

/// The population's instructions of a trade date, with their numbers.
fn of_date(market: &Market, date: usize) -> impl Iterator<Item = (usize, &Deal)> {
    let numbers = market.crowd.of_date(date);
    numbers.clone().zip(&market.crowd.deals[numbers])
}

fn name(market: &Market, party: PartyNumber) -> String {
    match party.checked_sub(FUNDS) {
        Some(fund) => market.accounts[fund as usize].safekeeping.to_string(),
        None => market.crowd.parties[party as usize].name.clone(),
    }
}

/// What the auditor knows of balances.
struct Books<'m> {
    market: &'m Market,
    auditor: &'m Auditor,
}

impl Books<'_> {
    /// An instruction of the population of which so much is left at a cut-off.
    fn of_population(&self, number: usize, left: (i64, i64), then: Timestamp) -> Unsettled {
        let deal = &self.market.crowd.deals[number];
        let waits = (self.auditor.population_met(number, then), self.auditor.population_held(number, then));
        self.why(Of::Population(number), (deal.from, deal.to), deal.line, left, waits)
    }

    fn account(&self, party: PartyNumber) -> &str {
        match party.checked_sub(FUNDS) {
            Some(fund) => self.market.accounts[fund as usize].safekeeping.as_str(),
            None => self.market.brokers.get(party as usize).map_or_else(
                || self.market.crowd.parties[party as usize].account.as_str(),
                |broker| broker.account.as_str(),
            ),
        }
    }

    fn why(
        &self,
        of: Of,
        (from, to): (PartyNumber, PartyNumber),
        line: LineId,
        (quantity, cents): (i64, i64),
        (met, held): (bool, bool),
    ) -> Unsettled {
        let isin = self.market.instruments[line as usize].isin;
        let lacks = quantity - self.auditor.position(self.account(from), isin.as_str());
        let lacks_cash = cents - self.auditor.cash_cents(self.account(to));
        let (why, short) = match (met, held) {
            (false, _) => (Why::Unmatched, 0),
            (_, true) => (Why::Held, 0),
            _ if lacks > 0 => (Why::Securities, lacks),
            _ if lacks_cash > 0 => (Why::Cash, lacks_cash),
            _ => (Why::Untried, 0),
        };
        Unsettled { of, from, to, line, quantity, cents, why, short }
    }
}

/// What a participant was to receive and deliver of a line, and what of it failed, in units of the currency at the line's price.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    receives: i64,
    delivers: i64,
    not_received: i64,
    not_delivered: i64,
}

/// By dealer and line: others have nothing to pass on.
#[derive(Debug)]
struct Cells<'m> {
    crowd: &'m Crowd,
    cells: Table<Cell>,
}

impl<'m> Cells<'m> {
    fn of(crowd: &'m Crowd) -> Self {
        Self { crowd, cells: Table::default() }
    }

    fn of_dealer(&mut self, party: PartyNumber, line: LineId) -> Option<&mut Cell> {
        let is_dealer = self.crowd.parties.get(party as usize).is_some_and(|party| party.is_dealer);
        is_dealer.then(|| self.cells.at(party, line))
    }

    fn due(
        &mut self,
        market: &Market,
        (from, to): (PartyNumber, PartyNumber),
        line: LineId,
        quantity: i64,
        [not_delivered, not_received]: [i64; 2],
    ) {
        let price = market.instruments[line as usize].price_cents;
        let value = |quantity: i64| quantity.saturating_mul(price) / 100;
        if let Some(deliverer) = self.of_dealer(from, line) {
            deliverer.delivers += value(quantity);
            deliverer.not_delivered += value(not_delivered);
        }
        if let Some(receiver) = self.of_dealer(to, line) {
            receiver.receives += value(quantity);
            receiver.not_received += value(not_received);
        }
    }

    /// Over dealers and lines that had something to receive and something to deliver: others have nothing to pass on.
    fn pass_through(&self) -> PassThrough {
        let mut found = PassThrough::default();
        let both = |cell: &Cell| cell.receives > 0 && cell.delivers > 0;
        for cell in self.cells.iter().map(|(_, cell)| cell).filter(both) {
            found.add(i128::from(cell.not_received), i128::from(cell.not_delivered));
        }
        found
    }
}

/// Per cent, two decimals.
fn percent(part: i64, of: i64) -> Decimal {
    if of == 0 {
        return Decimal::ZERO;
    }
    (Decimal::from(part) * Decimal::ONE_HUNDRED / Decimal::from(of)).round_dp(2)
}

impl Share {
    /// In per cent of the number.
    pub fn percent(&self) -> Decimal {
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        percent(count(self.failed), count(self.all))
    }

    /// In per cent of the value.
    pub fn value_percent(&self) -> Decimal {
        percent(self.failed_cents, self.all_cents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand: points (0,0) (10,9) (20,18) (30,30) (0,4): x mean 12, y mean 12.2, sum of products 618, of squares 680.
    #[test]
    fn the_slope_is_that_of_least_squares() {
        let of = |points: &[(i128, i128)]| {
            let mut found = PassThrough::default();
            points.iter().for_each(|(x, y)| found.add(*x, *y));
            found
        };
        let points = [(0, 0), (10, 9), (20, 18), (30, 30), (0, 4)];
        assert_eq!(of(&points).slope_thousandths(), Some(908));
        assert_eq!(of(&[(5, 1), (5, 9)]).slope_thousandths(), None, "nothing varies");
        assert_eq!(of(&[]).slope_thousandths(), None);
        assert_eq!(of(&[(0, 0), (2, -3)]).slope_thousandths(), Some(-1_500));
        let mut parts = of(&points[..2]);
        parts.add_all(&of(&points[2..]));
        assert_eq!(parts, of(&points), "several cut-offs are one");
    }
}
