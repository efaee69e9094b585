//! What everybody has when the market opens: enough for what they are to deliver and pay, but for those that the scenario
//! leaves short. No trade is marked here; which ones fail is found out by settling them.

use std::collections::BTreeMap;

use finality_parsers::model::Side;

use crate::depository::{CENTRAL_BANK, CLEARING_HOUSE, DEPOSITORY, ELSEWHERE};
use crate::market::{Block, Market};
use crate::population::Deal;
use crate::population::class::short_per_10000;
use crate::seed::Draws;
use crate::settlement::book::LineId;

/// One account's opening balances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The account, as the depository names it.
    pub account: String,
    /// Positions by line.
    pub positions: Vec<(LineId, i64)>,
    /// Cash in cents.
    pub cash_cents: i64,
}

/// What an account pays and gets, in cents.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Payments {
    pub(crate) pays: i64,
    pub(crate) gets: i64,
}

impl std::ops::AddAssign for Payments {
    fn add_assign(&mut self, other: Self) {
        self.pays += other.pays;
        self.gets += other.gets;
    }
}

impl Payments {
    /// What it has for that, with so many per cent of what it pays on net; it pays nothing without a tenth of it.
    fn covered(self, percent: u32) -> i64 {
        (self.pays - self.gets).max(self.pays / 10) / 100 * i64::from(percent)
    }
}

#[derive(Default)]
struct Need {
    deliveries: BTreeMap<LineId, i64>,
    cash: Payments,
}

/// What a broker has to deliver of a line, and under which number it is drawn how much of that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The broker, by index.
    pub(crate) broker: usize,
    /// The line.
    pub(crate) line: LineId,
    /// All of it.
    pub(crate) quantity: i64,
    /// Under which number its fortune is drawn.
    pub(crate) entity: u64,
}

impl Delivery {
    /// In per cent.
    pub(crate) fn cover(&self, market: &Market, draws: &Draws) -> i64 {
        let r = &market.scenario.resources;
        let class = market.instruments[self.line as usize].class;
        let rate = short_per_10000(&market.scenario.market.classes, class, r.short_lines_per_10000);
        if !draws.happens("opening: short line", self.entity, rate) {
            return 100;
        }
        let (low, high) = (r.short_line_cover_percent_min, r.short_line_cover_percent_max);
        let cover = draws.between("opening: cover", self.entity, u64::from(low), u64::from(high));
        i64::try_from(cover).expect("a percentage")
    }

    /// What is there with so much cover.
    pub(crate) fn covered(&self, percent: i64) -> i64 {
        self.quantity * percent / 100
    }
}

/// All that brokers have to deliver to the house's accounts, of a trade date.
pub(crate) fn deliveries(market: &Market, date: usize) -> Vec<Delivery> {
    let needs = needs(market, date);
    let of_account = |(number, (account, need)): (u64, (&String, &Need))| {
        let broker = market.brokers.iter().position(|b| b.account.as_str() == account.as_str())?;
        let delivery = |(line, quantity): (&LineId, &i64)| Delivery {
            broker,
            line: *line,
            quantity: *quantity,
            entity: entity(date, number, *line),
        };
        Some(need.deliveries.iter().map(delivery).collect::<Vec<_>>())
    };
    (0u64..).zip(&needs).filter_map(of_account).flatten().collect()
}

/// The number under which an account's position in a line is drawn.
fn entity(date: usize, account: u64, line: LineId) -> u64 {
    (date as u64 * 1_000_000 + account) * 100_000 + u64::from(line)
}

/// Draws the opening balances from the trades of the first date.
pub fn draw(market: &Market) -> Vec<Opening> {
    let house = of_date(market, 0)
        .into_iter()
        .chain(std::iter::once(lender(market)))
        .chain(central_bank(market))
        .chain(american(market))
        .chain(elsewhere(market));
    together(house.collect(), market.crowd.openings(market, 0))
}

/// What the house's accounts and brokers have for the trades of a date, and what brokers have for the population.
pub(crate) fn of_all(market: &Market, date: usize) -> Vec<Opening> {
    let is_ours = |opening: &Opening| market.brokers.iter().any(|b| b.account.as_str() == opening.account);
    let crowd = market.crowd.openings(market, date).into_iter().filter(is_ours).collect();
    together(of_date(market, date), crowd)
}

/// What the house's accounts and brokers have for the trades of a date.
fn of_date(market: &Market, date: usize) -> Vec<Opening> {
    let brokers: Vec<String> = market.brokers.iter().map(|b| b.account.to_string()).collect();
    let numbered = needs(market, date).into_iter().zip(0u64..);
    numbered
        .map(|((account, need), number)| {
            let broker = brokers.iter().position(|broker| *broker == account);
            opening(market, account, need, (date, number), broker)
        })
        .collect()
}

/// Cash by account for the trades of a date, if there is one, and others that are still open.
pub(crate) fn cash(
    market: &Market,
    date: Option<usize>,
    open: BTreeMap<String, Payments>,
) -> BTreeMap<String, i64> {
    let mut all = open;
    for (account, need) in date.map(|date| needs(market, date)).unwrap_or_default() {
        *all.entry(account).or_default() += need.cash;
    }
    let is_broker = |account: &str| market.brokers.iter().any(|b| b.account.as_str() == account);
    let has = |(account, cash): (String, Payments)| {
        let percent = cash_percent(market, is_broker(&account));
        (account, cash.covered(percent))
    };
    all.into_iter().map(has).collect()
}

fn cash_percent(market: &Market, is_broker: bool) -> u32 {
    let r = &market.scenario.resources;
    if is_broker { r.broker_cash_percent } else { r.account_cash_percent }
}

/// The blocks of a trade date, which stand together.
pub(crate) fn blocks_of(market: &Market, date: usize) -> &[Block] {
    let begins = |date: usize| market.blocks.partition_point(|block| block.date < date);
    &market.blocks[begins(date)..begins(date + 1)]
}

fn needs(market: &Market, date: usize) -> BTreeMap<String, Need> {
    let mut needs: BTreeMap<String, Need> = BTreeMap::new();
    for block in blocks_of(market, date) {
        let broker = market.brokers[block.broker].account.to_string();
        let line = LineId::try_from(block.instrument).expect("few instruments");
        for trade in &market.trades[block.trades.clone()] {
            let fund = market.accounts[trade.account].safekeeping.to_string();
            let (deliverer, receiver) = match block.side {
                Side::Buy => (&broker, &fund),
                Side::Sell => (&fund, &broker),
            };
            let net = trade.net_cents(block.side);
            let need = needs.entry(deliverer.clone()).or_default();
            *need.deliveries.entry(line).or_default() += trade.quantity;
            need.cash.gets += net;
            needs.entry(receiver.clone()).or_default().cash.pays += net;
        }
    }
    pass_on(market, date, &mut needs);
    needs
}

/// What brokers buy in the population for the house they need not have; what they pay and get there counts with the rest.
fn pass_on(market: &Market, date: usize, needs: &mut BTreeMap<String, Need>) {
    for ((broker, line), quantity) in market.crowd.bought_for_the_house(market, date) {
        let need = needs.entry(market.brokers[broker].account.to_string()).or_default();
        *need.deliveries.entry(line).or_default() -= quantity;
    }
    for (broker, cash) in market.brokers.iter().zip(market.crowd.cash(date)) {
        let need = needs.entry(broker.account.to_string()).or_default();
        need.cash += cash;
    }
}

/// One opening for each account: brokers have what they need for the house and what they need beside it.
fn together(mut house: Vec<Opening>, crowd: Vec<Opening>) -> Vec<Opening> {
    // Each of the population is there once, so it can only be one of the house's.
    let own = house.len();
    for more in crowd {
        let Some(own) = house[..own].iter_mut().find(|own| own.account == more.account) else {
            house.push(more);
            continue;
        };
        let mut positions: BTreeMap<LineId, i64> = own.positions.iter().copied().collect();
        more.positions.iter().for_each(|(line, has)| *positions.entry(*line).or_default() += has);
        own.positions = positions.into_iter().collect();
        own.cash_cents += more.cash_cents;
    }
    house
}

/// The central bank has what it may lend to all.
fn central_bank(market: &Market) -> Option<Opening> {
    let depository = &market.scenario.depository;
    let accounts = market.accounts.len() + market.depository_members().count() + market.crowd.parties.len();
    let all = depository.credit_limit_cents * i64::try_from(accounts).expect("few accounts");
    let account = CENTRAL_BANK.to_owned();
    depository.lends().then(|| Opening { account, positions: Vec::new(), cash_cents: all })
}

/// The clearing house can pay for everything that is traded, and the depository can lend as much as all may owe.
fn american(market: &Market) -> Vec<Opening> {
    let depository = &market.scenario.depository;
    if !depository.is_dtc() {
        return Vec::new();
    }
    let accounts = market.accounts.len() + market.depository_members().count() + market.crowd.parties.len();
    let owed = depository.net_debit_cap_cents * i64::try_from(accounts).expect("few accounts");
    let of = |account: &str, cash_cents| Opening {
        account: account.to_owned(),
        positions: Vec::new(),
        cash_cents,
    };
    vec![of(CLEARING_HOUSE, traded_cents(market)), of(DEPOSITORY, owed)]
}

/// All that is paid for what is traded, in cents.
fn traded_cents(market: &Market) -> i64 {
    let house: i64 = market.trades.iter().map(|trade| trade.gross_cents + trade.commission_cents).sum();
    let crowd: i64 = market.crowd.deals.iter().map(Deal::cash_cents).sum();
    house.saturating_add(crowd)
}

/// Elsewhere there is all that the mornings of later trade dates bring ([`crate::mornings`]): securities for all that is delivered, what
/// has been lacking included, and cash for the date that needs most, for all that may still be open, and for what is owed to the depository. One account
/// may be given its own before another leaves what it has.
fn elsewhere(market: &Market) -> Option<Opening> {
    market.scenario.day.is_long().then(|| {
        let mut all: BTreeMap<LineId, i64> = lender(market).positions.into_iter().collect();
        market.crowd.deals.iter().for_each(|deal| *all.entry(deal.line).or_default() += deal.quantity);
        let all = all.into_iter().map(|(line, quantity)| (line, 2 * quantity)).collect();
        let population = &market.scenario.population;
        let [_, most] = population.cash_cover_percent;
        let of_crowd = i64::try_from(most).unwrap_or(i64::MAX) + i64::from(population.cash_float_percent);
        let percents = [true, false].map(|is_broker| i64::from(cash_percent(market, is_broker)));
        let percent = percents.into_iter().chain([of_crowd, 100]).max().unwrap_or(100);
        let traded = traded_cents(market);
        // As much again has room there: scenarios of more are refused.
        let cash =
            (traded / 100).saturating_add(1).saturating_mul(percent).saturating_mul(4).min(i64::MAX / 2);
        Opening { account: ELSEWHERE.to_owned(), positions: all, cash_cents: cash }
    })
}

/// The lender has plenty of every line; whether it lends is another matter.
fn lender(market: &Market) -> Opening {
    let mut positions: BTreeMap<LineId, i64> = BTreeMap::new();
    for block in &market.blocks {
        let line = LineId::try_from(block.instrument).expect("few instruments");
        let quantity: i64 = market.trades[block.trades.clone()].iter().map(|t| t.quantity).sum();
        *positions.entry(line).or_default() += quantity;
    }
    let positions = positions.into_iter().collect();
    Opening { account: market.lender.account.to_string(), positions, cash_cents: 0 }
}

fn opening(
    market: &Market,
    account: String,
    need: Need,
    (date, number): (usize, u64),
    broker: Option<usize>,
) -> Opening {
    let positions = need.deliveries.into_iter().map(|(line, quantity)| {
        let cover = broker.map_or(100, |broker| {
            let delivery = Delivery { broker, line, quantity, entity: entity(date, number, line) };
            let anew = market.covers.get(&(broker, line)).copied();
            anew.unwrap_or_else(|| delivery.cover(market, &market.openings))
        });
        (line, quantity * cover / 100)
    });
    let cash_cents = need.cash.covered(cash_percent(market, broker.is_some()));
    Opening { account, positions: positions.collect(), cash_cents }
}
