//! Mornings of runs with several trade dates. In the morning of each settlement day, before it opens, accounts get from elsewhere what they need
//! for the day and leave there what they have no use for. So every date begins like the first, whatever was dealt before, and what does not
//! settle is the only thing that goes on from one day to the next:
//!
//! - securities: what is still to be delivered of all dates so far, without what lacks. What lacks of a date comes some business days after it; what
//!   was borrowed for it meanwhile is given back then;
//! - cash: what the day's trades and those still open need, with what they bring, in the share that is drawn for the first date; and what is owed to
//!   the depository from the day before, which is paid back at once.
//!
//! What an account received it has sold on by the next morning. All of that is an assumption: nobody publishes it.

use std::collections::BTreeMap;
use std::ops::Range;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, Side};

use crate::market::Market;
use crate::opening::{self, Delivery, Payments};
use crate::parties::broker::instruction_of;
use crate::population::PartyNumber;
use crate::population::mornings as crowd;
use crate::settlement::book::LineId;
use crate::table::Table;

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

/// Trades of the house, or instructions of the population, that have not settled, from one morning to the next.
#[derive(Debug, Default)]
pub(crate) struct Open {
    numbers: Vec<usize>,
    /// Trade dates that have been taken in.
    dates: usize,
}

impl Open {
    /// What is left of all that settles on a day or before, in the order of numbers: `dealt` says which numbers trade dates have, `of` what
    /// is left of each; it is not asked again about those of which nothing is.
    pub(crate) fn left<L>(
        &mut self,
        market: &Market,
        day: BusinessDate,
        dealt: impl Fn(Range<usize>) -> Range<usize>,
        mut of: impl FnMut(usize) -> Option<L>,
    ) -> Vec<L> {
        let due = market.dates.partition_point(|date| date.settles <= day);
        let all = std::mem::take(&mut self.numbers).into_iter().chain(dealt(self.dates..due));
        let (numbers, left) = all.filter_map(|number| Some((number, of(number)?))).unzip();
        (self.numbers, self.dates) = (numbers, due);
        left
    }
}

/// All that has not settled and was to.
#[derive(Debug)]
pub(crate) struct AllLeft {
    /// Of the house's trades.
    pub(crate) house: Vec<Left>,
    /// Of the population's instructions.
    pub(crate) crowd: Vec<crowd::Left>,
}

/// All that lacks, and what of it does no more.
#[derive(Debug, Default)]
pub(crate) struct Shortfalls {
    house: Vec<Lack>,
    crowd: crowd::Lacks,
    /// What somebody else delivered.
    pub(crate) bought_in: BoughtIn,
}

impl Shortfalls {
    pub(crate) fn of(market: &Market) -> Self {
        Self { house: lacks(market), crowd: crowd::Lacks::of(market), bought_in: BoughtIn::default() }
    }
}

/// What the books say beside what is left of trades.
pub trait Books {
    /// What was lent to a broker, of a line, for a trade date.
    fn lent(&self, lack: &Lack) -> i64;
    /// What of that is still to be given back.
    fn to_give_back(&self, lack: &Lack) -> i64;
    /// What an account owes the depository, in cents.
    fn owed(&self, account: &str) -> i64;
}

/// What was bought in of trades and of the population's instructions, by their numbers: the quantity that somebody else delivered.
#[derive(Debug, Default)]
pub(crate) struct BoughtIn {
    trades: BTreeMap<usize, i64>,
    crowd: BTreeMap<usize, i64>,
}

impl BoughtIn {
    /// So much of an instruction was bought in. Only those of brokers tell of which trade they are.
    pub(crate) fn add(&mut self, reference: &str, quantity: i64) {
        self.trades.extend(instruction_of(reference).map(|(trade, _)| (trade, quantity)));
    }

    /// So much of an instruction of the population.
    pub(crate) fn add_of_crowd(&mut self, number: usize, quantity: i64) {
        self.crowd.insert(number, quantity);
    }

    /// Whether a trade was: nothing of it is to be delivered any more.
    pub(crate) fn holds(&self, trade: usize) -> bool {
        self.trades.contains_key(&trade)
    }

    /// What was bought in of what brokers were to deliver, by broker, line and trade date: so much lacks no more.
    fn replaced(&self, market: &Market) -> BTreeMap<(usize, LineId, usize), i64> {
        let mut replaced = BTreeMap::new();
        for (trade, quantity) in &self.trades {
            let trade = &market.trades[*trade];
            let block = &market.blocks[trade.block];
            if block.side == Side::Buy {
                let line = LineId::try_from(block.instrument).expect("few instruments");
                *replaced.entry((block.broker, line, trade.date)).or_default() += quantity;
            }
        }
        replaced
    }
}

/// What accounts are to have in a morning; of all that is not here, nothing. Cash is in cents, before what is owed to the depository is paid of it.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    /// Securities of the house's accounts and its brokers', by account and line.
    pub(crate) positions: BTreeMap<(String, LineId), i64>,
    /// Cash of the same.
    pub(crate) cash: BTreeMap<String, i64>,
    /// Securities of the population's other participants, by number and line.
    pub(crate) crowd: Table<i64>,
    /// Cash of the same, by number.
    pub(crate) crowd_cash: Vec<i64>,
}

impl Levels {
    /// Securities that an account is to have, by line.
    pub(crate) fn of(&self, account: &str) -> impl Iterator<Item = (LineId, i64)> + '_ {
        let own = (account.to_owned(), LineId::MIN)..=(account.to_owned(), LineId::MAX);
        self.positions.range(own).map(|((_, line), level)| (*line, *level))
    }
}

/// The accounts of the house and of its brokers.
pub(crate) fn accounts(market: &Market) -> impl Iterator<Item = String> + '_ {
    let house = market.accounts.iter().map(|account| account.safekeeping.to_string());
    house.chain(market.brokers.iter().map(|broker| broker.account.to_string()))
}

/// The population's participants that are none of the house's brokers, by number, with their accounts.
pub(crate) fn crowd_accounts(market: &Market) -> impl Iterator<Item = (PartyNumber, &str)> {
    let all = (0..).zip(&market.crowd.parties).map(|(number, party)| (number, party.account.as_str()));
    all.skip(market.brokers.len())
}

/// What accounts are to have in the morning of a day: `left` is what has not settled of all that settles on that day or before.
pub(crate) fn levels(
    market: &Market,
    day: BusinessDate,
    left: &AllLeft,
    shortfalls: &Shortfalls,
    books: &impl Books,
) -> Levels {
    let Shortfalls { house: lacks, crowd: crowd_lacks, bought_in } = shortfalls;
    let mut wanted = crowd::wanted(market, day, &left.crowd, crowd_lacks, &bought_in.crowd);
    let mut levels = Levels::default();
    let mut open: BTreeMap<String, Payments> = BTreeMap::new();
    for one in &left.house {
        let trade = &market.trades[one.trade];
        let block = &market.blocks[trade.block];
        let fund = market.accounts[trade.account].safekeeping.to_string();
        let broker = market.brokers[block.broker].account.to_string();
        let (deliverer, receiver) = if block.side == Side::Buy { (broker, fund) } else { (fund, broker) };
        let line = LineId::try_from(block.instrument).expect("few instruments");
        // The day's own payments are counted with its trades.
        if market.dates[trade.date].settles < day {
            open.entry(receiver).or_default().pays += one.cents;
            if one.quantity > 0 {
                open.entry(deliverer.clone()).or_default().gets += one.cents;
            }
        }
        *levels.positions.entry((deliverer, line)).or_default() += one.quantity;
    }
    // What a broker still gets to pass it on it need not have; the day's own payments of brokers are counted with its trades here too.
    for ((party, line), quantity) in &wanted.to_pass_on {
        let account = market.brokers[*party as usize].account.to_string();
        *levels.positions.entry((account, *line)).or_default() -= quantity;
    }
    for (broker, before) in market.brokers.iter().zip(&wanted.before) {
        *open.entry(broker.account.to_string()).or_default() += *before;
    }
    levels.cash = opening::cash(market, market.date_settling(day), open);
    for account in accounts(market) {
        let owed = books.owed(&account);
        if owed > 0 {
            *levels.cash.entry(account).or_default() += owed;
        }
    }
    let replaced = bought_in.replaced(market);
    for lack in lacks.iter().filter(|lack| market.dates[lack.date].settles <= day) {
        let account = market.brokers[lack.broker].account.to_string();
        let level = levels.positions.entry((account, lack.line)).or_default();
        let replaced = replaced.get(&(lack.broker, lack.line, lack.date)).copied().unwrap_or(0);
        let lacks = (lack.quantity - replaced).max(0);
        *level += if lack.comes <= day { books.to_give_back(lack) } else { books.lent(lack) - lacks };
    }
    levels.positions.values_mut().for_each(|level| *level = (*level).max(0));
    for (number, broker) in (0..).zip(market.brokers.iter().take(market.crowd.parties.len())) {
        for (line, level) in wanted.positions.row(number).filter(|(_, level)| *level > 0) {
            *levels.positions.entry((broker.account.to_string(), line)).or_default() += level;
        }
    }
    for (party, account) in crowd_accounts(market) {
        wanted.cash[party as usize] += books.owed(account);
    }
    (levels.crowd, levels.crowd_cash) = (wanted.positions, wanted.cash);
    levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    struct Nothing;

    impl Books for Nothing {
        fn lent(&self, _: &Lack) -> i64 {
            0
        }
        fn to_give_back(&self, _: &Lack) -> i64 {
            0
        }
        fn owed(&self, _: &str) -> i64 {
            0
        }
    }

    /// Two dates, on which the house buys so often of ten thousand; brokers have 80 of 100 of what they are to deliver.
    fn market(buys: u32) -> Market {
        let text = format!(
            "name = 'x'\n[day]\ntrade_dates = 2\n[trades]\ncount = 30\nbuys_per_10000 = {buys}\n\
             [resources]\nshort_lines_per_10000 = 10000\nshort_line_cover_percent_min = 80\nshort_line_cover_percent_max = 80\n\
             short_business_days = [9, 9]"
        );
        Market::draw(Scenario::from_toml(&text).expect("a scenario"), 1)
    }

    /// A trade of the first date that has not settled, and the accounts of its buyer and seller.
    fn open_trade(market: &Market, number: usize) -> (Left, String, String) {
        let trade = &market.trades[number];
        let block = &market.blocks[trade.block];
        let left = Left { trade: number, quantity: trade.quantity, cents: trade.net_cents(block.side) };
        let fund = market.accounts[trade.account].safekeeping.to_string();
        (left, fund, market.brokers[block.broker].account.to_string())
    }

    #[test]
    fn an_open_trade_needs_cash_of_its_buyer_and_is_cash_for_its_seller() {
        let market = market(5_000);
        let day = market.dates[1].settles;
        let cash = |left: &[Left], account: &str| {
            let left = AllLeft { house: left.to_vec(), crowd: Vec::new() };
            let levels = levels(&market, day, &left, &Shortfalls::default(), &Nothing);
            levels.cash.get(account).copied().unwrap_or(0)
        };
        let is_purchase = |trade: &usize| market.blocks[market.trades[*trade].block].side == Side::Buy;
        let mut less = 0;
        for number in market.trades_of(0..1).filter(is_purchase) {
            let (left, fund, broker) = open_trade(&market, number);
            assert!(cash(&[left], &fund) > cash(&[], &fund), "trade {number}");
            assert!(cash(&[left], &broker) <= cash(&[], &broker), "trade {number}");
            less += usize::from(cash(&[left], &broker) < cash(&[], &broker));
        }
        assert!(less > 0, "some sellers have something to pay themselves");
    }

    #[test]
    fn what_was_bought_in_is_not_taken_from_what_is_left_to_deliver() {
        let market = market(10_000);
        let (left, _, broker) = open_trade(&market, 0);
        let day = market.dates[1].settles;
        let line = LineId::try_from(market.blocks[market.trades[0].block].instrument).expect("few");
        let lacks: Vec<Lack> = lacks(&market).into_iter().filter(|lack| lack.date == 0).collect();
        let position = |bought_in: BoughtIn| {
            let left = AllLeft { house: vec![left], crowd: Vec::new() };
            let shortfalls = Shortfalls { house: lacks.clone(), bought_in, ..Shortfalls::default() };
            let levels = levels(&market, day, &left, &shortfalls, &Nothing);
            levels.positions.get(&(broker.clone(), line)).copied().unwrap_or(0)
        };
        let of_line = |lack: &&Lack| {
            (market.brokers[lack.broker].account.as_str(), lack.line) == (broker.as_str(), line)
        };
        let lacking = lacks.iter().find(of_line).expect("every line is short").quantity;
        assert_eq!(position(BoughtIn::default()), (left.quantity - lacking).max(0));
        // Another trade of the same broker and line, as far as there is one, else this one.
        let mut trades = market.trades_of(0..1);
        let same = |trade: &usize| {
            let block = &market.blocks[market.trades[*trade].block];
            (market.brokers[block.broker].account.as_str(), block.instrument)
                == (broker.as_str(), line as usize)
        };
        let other = trades.rfind(same).expect("the first one at least");
        assert_eq!(
            position(BoughtIn { trades: BTreeMap::from([(other, lacking)]), ..BoughtIn::default() }),
            left.quantity,
            "nothing lacks any more"
        );
    }
}
