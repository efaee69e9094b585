//! The market of a scenario, drawn from its seed: who is there, with which accounts and instruments, and the day's trades
//! with what breaks in them.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::NaiveTime;
use finality_parsers::desk::TradeKey;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    Account, Amount, Bic, BusinessDate, Currency, Instrument, Isin, Party, Price, Quantity, Reference,
    SettlementChain, Side, StandingInstruction,
};
use rust_decimal::Decimal;

use crate::opening::{self, Opening};
use crate::population::Crowd;
use crate::population::class::{self, Class};
use crate::scenario::Scenario;
use crate::scenario::long_run::TradingDate;
use crate::seed::Draws;
use crate::settlement::book::LineId;

/// What a link speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// FIX 4.4.
    Fix,
    /// ISO 15022.
    Mt,
    /// ISO 20022 with header.
    Mx,
}

/// A broker.
#[derive(Debug, Clone)]
pub struct BrokerInfo {
    /// The link's name, which is also its CompID in lower case.
    pub link: String,
    /// Its BIC.
    pub bic: Bic,
    /// How it confirms.
    pub speech: Speech,
    /// Its account at the depository.
    pub account: Account,
}

/// A custodian.
#[derive(Debug, Clone)]
pub struct CustodianInfo {
    /// Its name, which is also its link's.
    pub name: String,
    /// Its BIC.
    pub bic: Bic,
    /// What it speaks.
    pub speech: Speech,
}

/// An account of the manager's.
#[derive(Debug, Clone)]
pub struct AccountInfo {
    /// As allocations name it.
    pub account: Account,
    /// As the custodian names it.
    pub safekeeping: Account,
    /// Which custodian, by index.
    pub custodian: usize,
}

/// A line of securities.
#[derive(Debug, Clone)]
pub struct InstrumentInfo {
    /// Its ISIN.
    pub isin: Isin,
    /// Its name.
    pub description: String,
    /// Its price in cents.
    pub price_cents: i64,
    /// What kind it is.
    pub class: Class,
}

/// What breaks in a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct TradeBreaks {
    /// The broker confirms a wrong price.
    pub wrong_price: bool,
    /// The broker confirms a wrong quantity.
    pub wrong_quantity: bool,
    /// The manager allocates with a wrong settlement date.
    pub wrong_date: bool,
    /// The allocation comes late.
    pub late_allocation: bool,
    /// The confirmation comes late.
    pub late_confirmation: bool,
    /// The broker holds back.
    pub hold: bool,
    /// The broker forgets to instruct.
    pub forgotten_instruction: bool,
}

/// A trade: one account's share of a block, as it truly was.
#[derive(Debug, Clone)]
pub struct Trade {
    /// Its number in the day, from 0.
    pub number: u32,
    /// The block it belongs to, by index.
    pub block: usize,
    /// The trade date, by index.
    pub date: usize,
    /// The share's reference.
    pub share: Reference,
    /// The account, by index.
    pub account: usize,
    /// Quantity.
    pub quantity: i64,
    /// Gross amount in cents.
    pub gross_cents: i64,
    /// Commission in cents.
    pub commission_cents: i64,
    /// When the broker confirms.
    pub confirms_at: Timestamp,
    /// What breaks.
    pub breaks: TradeBreaks,
}

impl Trade {
    /// What is paid: the buyer pays the commission on top, the seller gets less.
    pub fn net_cents(&self, side: Side) -> i64 {
        match side {
            Side::Buy => self.gross_cents + self.commission_cents,
            Side::Sell => self.gross_cents - self.commission_cents,
        }
    }
}

/// A block.
#[derive(Debug, Clone)]
pub struct Block {
    /// The allocation's reference.
    pub reference: Reference,
    /// The trade date, by index.
    pub date: usize,
    /// The broker, by index.
    pub broker: usize,
    /// The instrument, by index.
    pub instrument: usize,
    /// Buy or sell.
    pub side: Side,
    /// Money for one piece.
    pub price: Decimal,
    /// The shares, as indices of trades.
    pub trades: std::ops::Range<usize>,
    /// When the manager sends it.
    pub sent_at: Timestamp,
}

/// The whole market.
#[derive(Debug)]
pub struct Market {
    /// The scenario it was drawn from.
    pub scenario: Scenario,
    /// The seed's draws.
    pub draws: Draws,
    /// Draws of what is not seen before settlement begins: who starts short.
    pub openings: Draws,
    /// How much brokers have of what they deliver, in per cent by broker and line, where another future says it.
    pub(crate) covers: BTreeMap<(usize, LineId), i64>,
    /// Draws of what happens while the world runs. Another future is another seed from a moment on.
    pub running: Cell<Draws>,
    /// The depository.
    pub csd: Bic,
    /// The manager's own BIC.
    pub manager: Bic,
    /// The currency of all trades.
    pub currency: Currency,
    /// Brokers.
    pub brokers: Vec<BrokerInfo>,
    /// Who lends securities; a participant of the depository, and no broker of ours.
    pub lender: BrokerInfo,
    /// Custodians.
    pub custodians: Vec<CustodianInfo>,
    /// Accounts.
    pub accounts: Vec<AccountInfo>,
    /// Instruments.
    pub instruments: Vec<InstrumentInfo>,
    /// Standing instructions as they truly are.
    pub standing: Vec<StandingInstruction>,
    /// Those that the gateway has at the start.
    pub known_standing: Vec<StandingInstruction>,
    /// Blocks, in order of sending.
    pub blocks: Vec<Block>,
    /// Trades.
    pub trades: Vec<Trade>,
    /// Who else is at the depository, and what they trade.
    pub crowd: Crowd,
    /// Trades by the references of their shares.
    by_share: BTreeMap<Reference, usize>,
    /// What everybody has when it opens, once it was asked for.
    pub(crate) opened: OnceCell<Vec<Opening>>,
    /// Trade dates, with their settlement dates.
    pub dates: Vec<TradingDate>,
    /// The intended settlement date; of the first trade date where there are several.
    pub settlement_date: BusinessDate,
}

/// Prices of drawn lines, in cents, from and to.
pub(crate) const PRICE_CENTS: [u64; 2] = [500, 25_000];

/// Home countries of instruments, and so of standing instructions.
const COUNTRIES: [&str; 5] = ["DE", "FR", "NL", "IT", "ES"];
const NAMES: [&str; 10] = [
    "NORDWIND",
    "AQUITAINE",
    "POLDER",
    "VESUVIO",
    "MESETA",
    "HANSEATIC",
    "LOIRE",
    "TULIP",
    "ADRIA",
    "IBERIA",
];

impl Market {
    /// Who instructs the depository beside the custodians, in the order of their ports there: brokers, then the lender.
    pub fn depository_members(&self) -> impl Iterator<Item = &BrokerInfo> {
        self.brokers.iter().chain(std::iter::once(&self.lender))
    }

    /// The trade that a key of the gateway's means: by the share, else, where nobody has allocated it yet, by the confirmation.
    pub fn trade_named(&self, key: &TradeKey) -> Option<usize> {
        let by_share = key.share.as_ref().and_then(|share| self.by_share.get(share)).copied();
        by_share.or_else(|| {
            let number = key.confirmation.as_ref()?.as_str().strip_prefix("CNF")?.split('V').next()?;
            number.parse::<usize>().ok()?.checked_sub(1).filter(|n| *n < self.trades.len())
        })
    }

    /// The trade of a share: by the reference that the run gives it, or that captured traffic gave it.
    pub fn trade_of_share(&self, share: &str) -> Option<usize> {
        let own = || self.trades.iter().position(|trade| trade.share.as_str() == share);
        self.scenario.capture.as_ref().and_then(|capture| capture.trade(share)).or_else(own)
    }

    /// Draws the market of a scenario.
    pub fn draw(scenario: Scenario, seed: u64) -> Self {
        let draws = Draws::new(seed);
        let dates = scenario.day.dates();
        let settlement_date = dates[0].settles;
        let captured = scenario.capture.clone();
        let custodians = custodians(&scenario);
        let (brokers, instruments, accounts) = match &captured {
            Some(capture) => (
                capture.brokers(),
                capture.instruments(&scenario, &draws),
                capture.account_infos(custodians.len()),
            ),
            None => {
                (brokers(&scenario), instruments(&scenario, &draws), accounts(&scenario, custodians.len()))
            }
        };
        let csd: Bic = "CSDXDEFFXXX".parse().expect("a BIC");
        let standing = standing(&brokers, csd, &countries(&instruments));
        let known_standing = known(&standing, &scenario, &draws);
        let mut market = Self {
            csd,
            manager: "FINMDEFFXXX".parse().expect("a BIC"),
            currency: captured.as_ref().map_or_else(|| "EUR".parse().expect("a currency"), |c| c.currency),
            brokers,
            lender: BrokerInfo {
                link: "lender".to_owned(),
                bic: "LENDDEFFXXX".parse().expect("a BIC"),
                speech: Speech::Mx,
                account: "LEND00001".parse().expect("an account"),
            },
            custodians,
            accounts,
            instruments,
            standing,
            known_standing,
            blocks: Vec::new(),
            trades: Vec::new(),
            crowd: Crowd::default(),
            by_share: BTreeMap::new(),
            opened: OnceCell::new(),
            dates,
            settlement_date,
            scenario,
            draws,
            openings: draws,
            covers: BTreeMap::new(),
            running: Cell::new(draws),
        };
        match captured {
            Some(capture) => (market.blocks, market.trades) = capture.trades(&market),
            None => (0..market.dates.len()).for_each(|date| market.trade(date)),
        }
        market.crowd = Crowd::draw(&market);
        market.by_share = market.trades.iter().enumerate().map(|(n, t)| (t.share.clone(), n)).collect();
        market
    }

    /// What everybody has when the market opens.
    pub(crate) fn opening_balances(&self) -> &[Opening] {
        self.opened.get_or_init(|| opening::draw(self))
    }

    /// When the intended settlement date begins to settle; of the first trade date where there are several.
    pub fn settlement_opens(&self) -> Timestamp {
        self.opens(self.settlement_date)
    }

    /// When a settlement day begins to settle: with a night, on the evening before.
    pub fn opens(&self, day: BusinessDate) -> Timestamp {
        let depository = &self.scenario.depository;
        if depository.is_dtc() {
            return at(day, depository.cns_night);
        }
        match depository.night_sequences.first().filter(|_| depository.is_t2s()) {
            Some(first) => at(self.eve_of(day), *first),
            None => at(day, self.scenario.day.settlement_from),
        }
    }

    /// When a trade is to have settled: the cut-off of its date.
    pub fn cut_off_of(&self, trade: usize) -> Timestamp {
        at(self.dates[self.trades[trade].date].settles, self.scenario.day.cut_off)
    }

    /// The trades of a trade date, which stand together, as their blocks do.
    pub fn trades_of(&self, dates: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let begins = |date: usize| self.trades.partition_point(|trade| trade.date < date);
        begins(dates.start)..begins(dates.end)
    }

    fn trade(&mut self, date: usize) {
        let s = self.scenario.clone();
        let d = self.draws;
        let before = self.blocks.len();
        let span = seconds(s.day.trading_to).saturating_sub(seconds(s.day.trading_from));
        let mut times: Vec<u64> = Vec::new();
        let mut sizes: Vec<u64> = Vec::new();
        let mut count = 0u64;
        while count < u64::from(s.trades.count) {
            let block = (before + sizes.len()) as u64;
            let size = d.between("block: shares", block, 1, u64::from(s.trades.shares_max));
            sizes.push(size.min(u64::from(s.trades.count) - count));
            times.push(d.between("block: time", block, 0, span * 1000));
            count += size;
        }
        times.sort_unstable();
        let open = at(self.dates[date].trades, s.day.trading_from);
        for (number, (size, millis)) in (before..).zip(sizes.into_iter().zip(times)) {
            let entity = number as u64;
            let executed_at = open + Duration::from_millis(millis);
            let (late, delay) = allocates(&s, &d, entity);
            let first = self.trades.len();
            let instrument = d.zipf("block: instrument", entity, self.instruments.len());
            let side =
                if d.happens("block: buy", entity, s.trades.buys_per_10000) { Side::Buy } else { Side::Sell };
            let first_account =
                d.between("block: account", entity, 0, self.accounts.len() as u64 - 1) as usize;
            for share in 0..size as usize {
                let trade = self.draw_trade(first + share, number, share, late, instrument, executed_at);
                let account = (first_account + share) % self.accounts.len();
                self.trades.push(Trade { account, date, ..trade });
            }
            self.blocks.push(Block {
                reference: format!("BLK{:07}", number + 1).parse().expect("a reference"),
                date,
                broker: d.zipf("block: broker", entity, self.brokers.len()),
                instrument,
                side,
                price: Decimal::new(self.instruments[instrument].price_cents, 2),
                trades: first..self.trades.len(),
                sent_at: executed_at + delay,
            });
        }
    }

    fn draw_trade(
        &self,
        number: usize,
        block: usize,
        share: usize,
        late_allocation: bool,
        instrument: usize,
        executed_at: Timestamp,
    ) -> Trade {
        let (s, d, entity) = (&self.scenario, &self.draws, number as u64);
        let lots =
            d.between("trade: lots", entity, u64::from(s.trades.lots_min), u64::from(s.trades.lots_max));
        let quantity = 10 * i64::try_from(lots).expect("lots fit");
        let gross_cents = quantity * self.instruments[instrument].price_cents;
        let (late_confirmation, delay) = confirms(s, d, entity);
        Trade {
            number: u32::try_from(number).expect("fewer than four billion trades"),
            block,
            date: 0,
            share: format!("BLK{:07}S{}", block + 1, share + 1).parse().expect("a reference"),
            account: 0,
            quantity,
            gross_cents,
            commission_cents: (gross_cents / 2_000).max(100),
            confirms_at: executed_at + delay,
            breaks: TradeBreaks {
                wrong_price: d.happens("trade: wrong price", entity, s.breaks.wrong_price_per_10000),
                wrong_quantity: d.happens("trade: wrong quantity", entity, s.breaks.wrong_quantity_per_10000),
                wrong_date: d.happens("trade: wrong date", entity, s.breaks.wrong_date_per_10000),
                late_allocation,
                late_confirmation,
                hold: d.happens("trade: hold", entity, s.breaks.hold_per_10000),
                forgotten_instruction: d.happens(
                    "trade: forgotten",
                    entity,
                    s.breaks.forgotten_instruction_per_10000,
                ),
            },
        }
    }

    /// Cents as an amount.
    pub fn amount(&self, cents: i64) -> Amount {
        Amount::new(self.currency, Decimal::new(cents, 2))
    }

    /// Money for one piece as a price.
    pub fn price(&self, value: Decimal) -> Price {
        Price::actual(self.currency, value)
    }

    /// A whole number of units.
    pub fn units(&self, quantity: i64) -> Quantity {
        Quantity::units(Decimal::from(quantity)).expect("quantities are positive")
    }

    /// An instrument as messages name it.
    pub fn instrument(&self, index: usize) -> Instrument {
        let info = &self.instruments[index];
        Instrument { description: Some(info.description.clone()), ..Instrument::of(info.isin) }
    }

    /// An instant of the trade date; the first one where there are several.
    pub fn on_trade_date(&self, time: NaiveTime) -> Timestamp {
        at(self.scenario.day.trade_date, time)
    }

    /// The settlement days that are run: from that of the first trade date to that of the last, and those after it.
    pub fn settlement_days(&self) -> Vec<BusinessDate> {
        let calendar = &self.scenario.day.calendar;
        let days = self.scenario.day.settlement_days + self.scenario.day.trade_dates.max(1) - 1;
        (0..days).map(|n| calendar.add_business_days(self.settlement_date, n)).collect()
    }

    /// The trade date, by index, whose trades are to settle on a day.
    pub fn date_settling(&self, day: BusinessDate) -> Option<usize> {
        self.dates.iter().position(|date| date.settles == day)
    }

    /// All business days of the run: trade dates and settlement days.
    pub fn business_days(&self) -> BTreeSet<BusinessDate> {
        self.dates.iter().map(|date| date.trades).chain(self.settlement_days()).collect()
    }

    /// When the run ends: two hours after the last cut-off, and a quarter of an hour after a depository's end of day.
    pub fn end(&self) -> Timestamp {
        let last = self.settlement_days().last().copied().unwrap_or(self.settlement_date);
        let end = at(last, self.scenario.day.cut_off) + Duration::from_secs(2 * 3600);
        let depository = &self.scenario.depository;
        let closes = at(last, depository.end_of_day) + Duration::from_secs(900);
        if depository.has_steps() { end.max(closes) } else { end }
    }

    /// The evening that belongs to a business date: that of the business day before.
    pub fn eve_of(&self, day: BusinessDate) -> BusinessDate {
        let mut eve = day;
        while let Some(before) = eve.naive().pred_opt() {
            eve = BusinessDate::new(before);
            if self.scenario.day.calendar.is_business_day(eve) {
                break;
            }
        }
        eve
    }
}

/// An instant of a day.
pub fn at(day: BusinessDate, time: NaiveTime) -> Timestamp {
    Timestamp::from_utc(day.naive().and_time(time).and_utc())
}

fn seconds(time: NaiveTime) -> u64 {
    u64::try_from((time - NaiveTime::MIN).num_seconds()).unwrap_or(0)
}

/// Two letters that tell parties apart within a BIC.
fn letters(number: u32) -> String {
    let letter = |n: u32| char::from(b'A' + u8::try_from(n % 26).expect("a letter"));
    format!("{}{}", letter(number / 26), letter(number))
}

/// The BIC of a broker by its number.
pub(crate) fn broker_bic(number: u32) -> Bic {
    format!("BR{}DEFFXXX", letters(number)).parse().expect("a BIC")
}

/// How the custodian calls an account by its number.
pub(crate) fn safekeeping(number: u32) -> Account {
    format!("SAFE{:06}", 100_000 + number).parse().expect("an account")
}

fn brokers(scenario: &Scenario) -> Vec<BrokerInfo> {
    let m = &scenario.market;
    (0..m.fix_brokers + m.mt_brokers)
        .map(|n| BrokerInfo {
            link: format!("broker-{:02}", n + 1),
            bic: broker_bic(n),
            speech: if n < m.fix_brokers { Speech::Fix } else { Speech::Mt },
            account: format!("BROK{:06}", n + 1).parse().expect("an account"),
        })
        .collect()
}

fn custodians(scenario: &Scenario) -> Vec<CustodianInfo> {
    let m = &scenario.market;
    (0..m.mt_custodians + m.mx_custodians)
        .map(|n| CustodianInfo {
            name: format!("custodian-{}", n + 1),
            bic: format!("CU{}DEFFXXX", letters(n)).parse().expect("a BIC"),
            speech: if n < m.mt_custodians { Speech::Mt } else { Speech::Mx },
        })
        .collect()
}

fn accounts(scenario: &Scenario, custodians: usize) -> Vec<AccountInfo> {
    (0..scenario.market.accounts)
        .map(|n| AccountInfo {
            account: format!("FUND{:04}", n + 1).parse().expect("an account"),
            safekeeping: safekeeping(n),
            custodian: n as usize % custodians,
        })
        .collect()
}

fn instruments(scenario: &Scenario, draws: &Draws) -> Vec<InstrumentInfo> {
    (0..scenario.market.instruments)
        .map(|n| {
            let country = COUNTRIES[n as usize % COUNTRIES.len()];
            let mut body = [b'0'; 11];
            body.copy_from_slice(format!("{country}{:09}", 700_000 + n).as_bytes());
            let check = Isin::check_digit(&body).expect("letters and digits");
            let text = format!("{}{}", String::from_utf8_lossy(&body), char::from(check));
            let class = class::of_line(&scenario.market.classes, draws, u64::from(n));
            InstrumentInfo {
                isin: text.parse().expect("made with its check digit"),
                description: format!("{} {} {}", NAMES[n as usize % NAMES.len()], letters(n), class.suffix()),
                price_cents: i64::try_from(draws.between(
                    "instrument: price",
                    u64::from(n),
                    PRICE_CENTS[0],
                    PRICE_CENTS[1],
                ))
                .expect("a price"),
                class,
            }
        })
        .collect()
}

/// How long after the trade the manager allocates a block, and whether that is late.
pub(crate) fn allocates(s: &Scenario, draws: &Draws, block: u64) -> (bool, Duration) {
    let late = draws.happens("block: late allocation", block, s.breaks.late_allocation_per_10000);
    let [low, high] = s.breaks.late();
    let minutes = if late { draws.between("block: how late", block, low, high) } else { 0 };
    (late, Duration::from_secs(60 * minutes))
}

/// How long after the trade the broker confirms it, and whether that is late.
pub(crate) fn confirms(s: &Scenario, draws: &Draws, trade: u64) -> (bool, Duration) {
    let late = draws.happens("trade: late confirmation", trade, s.breaks.late_confirmation_per_10000);
    let [low, high] = s.pace.confirm_seconds;
    let seconds = draws.between("trade: confirm", trade, low, high);
    let [low, high] = s.breaks.late();
    let minutes = if late { draws.between("trade: how late", trade, low, high) } else { 0 };
    (late, Duration::from_secs(seconds + 60 * minutes))
}

/// The countries whose instruments are traded, those of the market's own names first.
fn countries(instruments: &[InstrumentInfo]) -> Vec<String> {
    let mut countries: Vec<String> = COUNTRIES.map(str::to_owned).to_vec();
    for one in instruments {
        let isin = one.isin.to_string();
        if let Some(country) = isin.get(..2).filter(|country| !countries.iter().any(|known| known == country))
        {
            countries.push(country.to_owned());
        }
    }
    countries
}

fn standing(brokers: &[BrokerInfo], csd: Bic, countries: &[String]) -> Vec<StandingInstruction> {
    let mut list = Vec::new();
    for broker in brokers {
        for country in countries {
            list.push(StandingInstruction {
                party: broker.bic,
                country: Some(country.clone()),
                currency: None,
                from: None,
                until: None,
                chain: SettlementChain {
                    depository: Some(Party::bic(csd)),
                    agent: Some(Party::bic(broker.bic).with_account(broker.account.clone())),
                    client: Some(Party::bic(broker.bic)),
                    ..SettlementChain::default()
                },
            });
        }
    }
    list
}

/// What the gateway has of the standing instructions: some are missing, some incomplete.
fn known(standing: &[StandingInstruction], scenario: &Scenario, draws: &Draws) -> Vec<StandingInstruction> {
    let mut known = Vec::new();
    for (number, one) in standing.iter().enumerate() {
        if draws.happens("SSI: missing", number as u64, scenario.breaks.missing_ssi_per_10000) {
            continue;
        }
        let mut one = one.clone();
        if draws.happens("SSI: incomplete", number as u64, scenario.breaks.incomplete_ssi_per_10000) {
            one.chain.agent = None;
        }
        known.push(one);
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(seed: u64) -> Market {
        let mut scenario = Scenario::from_toml("name = 'test'").expect("a scenario");
        scenario.trades.count = 500;
        Market::draw(scenario, seed)
    }

    #[test]
    fn the_same_seed_gives_the_same_market() {
        let show = |m: &Market| format!("{:?} {:?}", m.trades, m.blocks);
        assert_eq!(show(&market(3)), show(&market(3)));
        assert_ne!(show(&market(3)), show(&market(4)));
    }

    #[test]
    fn blocks_hold_all_trades_in_order() {
        let market = market(1);
        assert_eq!(market.trades.len(), 500);
        let mut next = 0;
        for (number, block) in market.blocks.iter().enumerate() {
            assert_eq!(block.trades.start, next);
            next = block.trades.end;
            assert!(market.trades[block.trades.clone()].iter().all(|t| t.block == number));
        }
        assert_eq!(next, 500);
    }

    #[test]
    fn a_new_break_does_not_shift_the_trades() {
        let plain = market(1);
        let mut scenario = plain.scenario.clone();
        scenario.breaks.wrong_price_per_10000 = 500;
        let broken = Market::draw(scenario, 1);
        let quantities =
            |m: &Market| m.trades.iter().map(|t| (t.quantity, t.confirms_at)).collect::<Vec<_>>();
        assert_eq!(quantities(&plain), quantities(&broken));
        assert!(broken.trades.iter().any(|t| t.breaks.wrong_price));
    }
}
