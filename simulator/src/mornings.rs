//! Mornings of runs with several trade dates. In the morning of each settlement day, before it opens, accounts get from elsewhere what they need
//! for the day and leave there what they have no use for. So every date begins like the first, whatever was dealt before, and what does not
//! settle is the only thing that goes on from one day to the next:
//!
//! - securities: what is still to be delivered of all dates so far, without what lacks. What lacks of a date comes some business days after it; what
//!   was borrowed for it meanwhile is given back then;
//! - cash: what the day's trades need, drawn as for the first date, and what is still to be paid of earlier ones.
//!
//! What an account received it has sold on by the next morning. All of that is an assumption: nobody publishes it.

use std::collections::BTreeMap;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, Side};

use crate::market::Market;
use crate::opening::{self, Delivery};
use crate::settlement::book::LineId;

/// How long before a day opens its morning is.
const BEFORE_OPENING: std::time::Duration = std::time::Duration::from_secs(60);

/// The settlement days that have a morning, and when: all but the first, where there are several trade dates.
pub fn times(market: &Market) -> Vec<(BusinessDate, Timestamp)> {
    if !market.scenario.day.is_long() {
        return Vec::new();
    }
    let days = market.settlement_days().into_iter().skip(1);
    days.map(|day| (day, market.opens(day) - BEFORE_OPENING)).collect()
}

/// What a broker lacks of a line for what it delivers of a trade date, and when that comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lack {
    /// The broker, by index.
    pub broker: usize,
    /// The line.
    pub line: LineId,
    /// The trade date, by index.
    pub date: usize,
    /// How much.
    pub quantity: i64,
    /// In the morning of which day it comes.
    pub comes: BusinessDate,
}

/// All that lacks, by trade date.
pub fn lacks(market: &Market) -> Vec<Lack> {
    let of = |date: usize| {
        let lack = move |delivery: Delivery| {
            let quantity = delivery.quantity - delivery.covered(delivery.cover(market, &market.openings));
            let comes = comes(market, &delivery, date);
            let (broker, line) = (delivery.broker, delivery.line);
            (quantity > 0).then_some(Lack { broker, line, date, quantity, comes })
        };
        opening::deliveries(market, date).into_iter().filter_map(lack)
    };
    if market.scenario.day.is_long() { (0..market.dates.len()).flat_map(of).collect() } else { Vec::new() }
}

/// When what a broker lacks of a line for a trade date comes; never, where there is only one.
pub(crate) fn comes_on(market: &Market, broker: usize, line: LineId, date: usize) -> Option<BusinessDate> {
    let all = market.scenario.day.is_long().then(|| opening::deliveries(market, date))?;
    let delivery = all.into_iter().find(|delivery| (delivery.broker, delivery.line) == (broker, line))?;
    Some(comes(market, &delivery, date))
}

fn comes(market: &Market, delivery: &Delivery, date: usize) -> BusinessDate {
    let [low, high] = market.scenario.resources.short_business_days.map(u64::from);
    let days = market.openings.between("opening: lacks for", delivery.entity, low, high);
    let days = u32::try_from(days).unwrap_or(u32::MAX);
    market.scenario.day.calendar.add_business_days(market.dates[date].settles, days)
}

/// What has not settled of a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// The trade, by index.
    pub trade: usize,
    /// What is still to be delivered.
    pub quantity: i64,
    /// What is still to be paid, in cents.
    pub cents: i64,
}

/// Trades that have not settled, from one morning to the next.
#[derive(Debug, Default)]
pub(crate) struct Open {
    trades: Vec<usize>,
    /// Trade dates that have been taken in.
    dates: usize,
}

impl Open {
    /// What is left of all trades that settle on a day or before, by what `of` says of each; it is not asked again about those of which
    /// nothing is.
    pub(crate) fn left(
        &mut self,
        market: &Market,
        day: BusinessDate,
        of: impl FnMut(usize) -> Option<Left>,
    ) -> Vec<Left> {
        let due = market.dates.partition_point(|date| date.settles <= day);
        let trades = std::mem::take(&mut self.trades).into_iter().chain(market.trades_of(self.dates..due));
        let left: Vec<Left> = trades.filter_map(of).collect();
        (self.trades, self.dates) = (left.iter().map(|left| left.trade).collect(), due);
        left
    }
}

/// A loan as the books have it: lent, and not yet given back though it is time.
pub trait Loans {
    /// What was lent to a broker, of a line, for a trade date.
    fn lent(&self, lack: &Lack) -> i64;
    /// What of that is still to be given back.
    fn to_give_back(&self, lack: &Lack) -> i64;
}

/// What the house's accounts are to have in a morning; of all that is not here, nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Securities by account and line.
    pub positions: BTreeMap<(String, LineId), i64>,
    /// Cash in cents by account.
    pub cash: BTreeMap<String, i64>,
}

impl Levels {
    /// Securities that an account is to have, by line.
    pub(crate) fn of(&self, account: &str) -> impl Iterator<Item = (LineId, i64)> + '_ {
        let own = (account.to_owned(), LineId::MIN)..=(account.to_owned(), LineId::MAX);
        self.positions.range(own).map(|((_, line), level)| (*line, *level))
    }
}

/// The accounts that have mornings: the house's and its brokers'.
pub fn accounts(market: &Market) -> impl Iterator<Item = String> + '_ {
    let house = market.accounts.iter().map(|account| account.safekeeping.to_string());
    house.chain(market.brokers.iter().map(|broker| broker.account.to_string()))
}

/// What accounts are to have in the morning of a day: `left` is what has not settled of all trades that settle on that day or before.
pub fn levels(
    market: &Market,
    day: BusinessDate,
    left: &[Left],
    lacks: &[Lack],
    loans: &impl Loans,
) -> Levels {
    let mut levels = Levels::default();
    if let Some(date) = market.dates.iter().position(|date| date.settles == day) {
        let of_date = opening::of_date(market, date).into_iter();
        levels.cash = of_date.map(|opening| (opening.account, opening.cash_cents)).collect();
    }
    for one in left {
        let trade = &market.trades[one.trade];
        let block = &market.blocks[trade.block];
        let fund = market.accounts[trade.account].safekeeping.to_string();
        let broker = market.brokers[block.broker].account.to_string();
        let (deliverer, receiver) = if block.side == Side::Buy { (broker, fund) } else { (fund, broker) };
        let line = LineId::try_from(block.instrument).expect("few instruments");
        *levels.positions.entry((deliverer, line)).or_default() += one.quantity;
        // The day's own payments are in what was drawn for it.
        if market.dates[trade.date].settles < day {
            *levels.cash.entry(receiver).or_default() += one.cents;
        }
    }
    for lack in lacks.iter().filter(|lack| market.dates[lack.date].settles <= day) {
        let account = market.brokers[lack.broker].account.to_string();
        let level = levels.positions.entry((account, lack.line)).or_default();
        *level += if lack.comes <= day { loans.to_give_back(lack) } else { loans.lent(lack) - lack.quantity };
    }
    levels.positions.values_mut().for_each(|level| *level = (*level).max(0));
    levels
}
