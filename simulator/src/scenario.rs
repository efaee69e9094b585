//! A scenario file: the day, the market, the trades, what breaks, who repairs. Everything has a unit in its name and a
//! default; rates are in cases of ten thousand, so that no float decides anything.

mod idle;
pub mod long_run;
mod money;
mod sense;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveTime;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, Calendar, Market, SettlementCycle};
use serde::{Deserialize, Serialize};

use crate::buy_in::BuyIn;
use crate::capture::Capture;
use crate::depository::Depository;
use crate::expect::Expect;
use crate::market;
use crate::operation::Operation;
use crate::population::Population;
use crate::population::class::{self, ClassShare};
use crate::settlement::charge::FailsCharge;
use crate::settlement::penalty::rates::RateTable;

/// A scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name, in reports.
    pub name: String,
    /// One line for people.
    #[serde(default)]
    pub about: String,
    /// The seed, unless the command line gives another.
    #[serde(default = "one")]
    pub seed: u64,
    /// Dates and hours.
    #[serde(default)]
    pub day: Day,
    /// Who is there.
    #[serde(default)]
    pub market: MarketSize,
    /// What is traded.
    #[serde(default)]
    pub trades: Trades,
    /// What the participants have.
    #[serde(default)]
    pub resources: Resources,
    /// How long things take.
    #[serde(default)]
    pub pace: Pace,
    /// What goes wrong in the trades.
    #[serde(default)]
    pub breaks: Breaks,
    /// What goes wrong on the wires and in the machine room.
    #[serde(default)]
    pub faults: Faults,
    /// Who repairs.
    #[serde(default)]
    pub desk: Desk,
    /// How the house is worked.
    #[serde(default)]
    pub operation: Operation,
    /// What is expected of the run.
    #[serde(default)]
    pub expect: Vec<Expect>,
    /// Rates of cash penalties.
    #[serde(default)]
    pub penalties: RateTable,
    /// The fails charge of the United States.
    #[serde(default)]
    pub fails_charge: FailsCharge,
    /// Whether who waits for securities buys them elsewhere.
    #[serde(default)]
    pub buy_in: BuyIn,
    /// How the depository works.
    #[serde(default)]
    pub depository: Depository,
    /// Who else is at the depository.
    #[serde(default)]
    pub population: Population,
    /// The trades of captured traffic, once `trades.from` was read.
    #[serde(skip)]
    pub capture: Option<Arc<Capture>>,
    /// Settings that its file gives and that nothing reads, and why: for people.
    #[serde(skip)]
    pub idle: Vec<String>,
    /// What the run will say less of than one would think: for people.
    #[serde(skip)]
    pub notes: Vec<String>,
}

fn one() -> u64 {
    1
}

/// Dates and hours, all in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Day {
    /// Trade date of all trades; the first one where there are several.
    pub trade_date: BusinessDate,
    /// Trade dates, one business day after the other, each with its own trades.
    pub trade_dates: u32,
    /// The first of these, which nothing is measured of: the run must forget how it began.
    pub warm_up_dates: u32,
    /// Of so many of the others each batch consists, whose means are set beside each other.
    pub batch_dates: u32,
    /// The settlement calendar.
    pub calendar: Calendar,
    /// Business days from trade to settlement.
    pub cycle: SettlementCycle,
    /// Settlement days that are run; 1 is the intended one.
    pub settlement_days: u32,
    /// First allocation.
    pub trading_from: NaiveTime,
    /// Last allocation.
    pub trading_to: NaiveTime,
    /// Settlement begins.
    pub settlement_from: NaiveTime,
    /// Cut-off for delivery versus payment.
    pub cut_off: NaiveTime,
}

impl Default for Day {
    fn default() -> Self {
        Self {
            trade_date: BusinessDate::from_ymd(2026, 11, 24)
                .unwrap_or_else(|| BusinessDate::new(chrono::NaiveDate::MIN)),
            trade_dates: 1,
            warm_up_dates: 0,
            batch_dates: 1,
            calendar: Calendar::of(Market::Target),
            cycle: SettlementCycle(1),
            settlement_days: 2,
            trading_from: time(7, 0),
            trading_to: time(15, 30),
            settlement_from: time(5, 0),
            cut_off: time(16, 0),
        }
    }
}

fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default()
}

/// Who is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MarketSize {
    /// Brokers that confirm by FIX.
    pub fix_brokers: u32,
    /// Brokers that confirm by MT515.
    pub mt_brokers: u32,
    /// Custodians that speak ISO 15022.
    pub mt_custodians: u32,
    /// Custodians that speak ISO 20022.
    pub mx_custodians: u32,
    /// Accounts of the manager, spread over the custodians.
    pub accounts: u32,
    /// Lines of securities.
    pub instruments: u32,
    /// Classes that lines belong to; those that are left over are shares.
    pub classes: Vec<ClassShare>,
}

impl Default for MarketSize {
    fn default() -> Self {
        Self {
            fix_brokers: 5,
            mt_brokers: 3,
            mt_custodians: 1,
            mx_custodians: 1,
            accounts: 24,
            instruments: 60,
            classes: Vec::new(),
        }
    }
}

/// What is traded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trades {
    /// Trades: shares of blocks, each of which settles by itself.
    pub count: u32,
    /// Most shares in one block.
    pub shares_max: u32,
    /// Smallest quantity, in lots of ten.
    pub lots_min: u32,
    /// Largest quantity, in lots of ten.
    pub lots_max: u32,
    /// Buys, of ten thousand; the rest are sales.
    pub buys_per_10000: u32,
    /// Captured traffic whose trades take the place of drawn ones: a folder of messages, or a store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<PathBuf>,
}

impl Default for Trades {
    fn default() -> Self {
        Self { count: 2_000, shares_max: 4, lots_min: 1, lots_max: 500, buys_per_10000: 5_000, from: None }
    }
}

/// What the participants have. Nothing here says which trade fails: that follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// Broker and line pairs, of ten thousand, that start with too little of what they must deliver.
    pub short_lines_per_10000: u32,
    /// What such a pair has of what it needs, in per cent, at least.
    pub short_line_cover_percent_min: u32,
    /// And at most.
    pub short_line_cover_percent_max: u32,
    /// Brokers' cash, in per cent of what they must pay on net.
    pub broker_cash_percent: u32,
    /// The manager's accounts' cash, in per cent of what they must pay on net.
    pub account_cash_percent: u32,
    /// After how many business days what a pair lacks comes, where there are several trade dates.
    pub short_business_days: [u32; 2],
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            short_lines_per_10000: 300,
            short_line_cover_percent_min: 30,
            short_line_cover_percent_max: 95,
            broker_cash_percent: 130,
            account_cash_percent: 120,
            short_business_days: [1, 3],
        }
    }
}

/// How long things take; each is drawn evenly between its bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pace {
    /// From allocation to confirmation at the broker, in seconds.
    pub confirm_seconds: [u64; 2],
    /// From affirmation (or, without one, from confirmation) to the broker's own instruction, in seconds.
    pub broker_instructs_seconds: [u64; 2],
    /// At the custodian, from instruction to its forwarding to the depository, in milliseconds.
    pub custodian_milliseconds: [u64; 2],
    /// On a wire, in microseconds.
    pub wire_microseconds: [u64; 2],
    /// One sync of the gateway's disk, in microseconds.
    pub sync_microseconds: u64,
    /// When a sender that had no answer sends again, in seconds.
    pub resend_seconds: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            confirm_seconds: [20, 900],
            broker_instructs_seconds: [60, 3_600],
            custodian_milliseconds: [50, 2_000],
            wire_microseconds: [200, 3_000],
            sync_microseconds: 400,
            resend_seconds: 120,
        }
    }
}

/// What goes wrong in the trades, in cases of ten thousand trades unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Breaks {
    /// The broker confirms a wrong price.
    pub wrong_price_per_10000: u32,
    /// The broker confirms a wrong quantity.
    pub wrong_quantity_per_10000: u32,
    /// The manager allocates with a wrong settlement date.
    pub wrong_date_per_10000: u32,
    /// The manager's allocation comes late (of ten thousand blocks).
    pub late_allocation_per_10000: u32,
    /// The broker's confirmation comes late.
    pub late_confirmation_per_10000: u32,
    /// How late, in minutes.
    pub late_minutes: Option<[u64; 2]>,
    /// The gateway lacks the broker's standing instruction (of ten thousand pairs of broker and country).
    pub missing_ssi_per_10000: u32,
    /// The gateway has one that lacks its agent.
    pub incomplete_ssi_per_10000: u32,
    /// The broker holds its instruction back.
    pub hold_per_10000: u32,
    /// The broker never instructs unless it is chased.
    pub forgotten_instruction_per_10000: u32,
}

impl Breaks {
    /// How late what is late comes, in minutes.
    pub fn late(&self) -> [u64; 2] {
        self.late_minutes.unwrap_or([90, 420])
    }
}

/// What goes wrong on the wires and in the machine room.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Messages to and from custodians that are lost, of ten thousand.
    pub dropped_per_10000: u32,
    /// Messages to and from custodians that come twice, of ten thousand.
    pub duplicated_per_10000: u32,
    /// Messages from custodians that come garbled, of ten thousand.
    pub garbled_per_10000: u32,
    /// Lines that are cut.
    pub cuts: Vec<Cut>,
    /// Systems that are down.
    pub outages: Vec<Outage>,
    /// How often the gateway's power goes, at times that the seed gives.
    pub power_cuts: u32,
    /// How long the gateway is down after a power cut, in seconds.
    pub power_down_seconds: u64,
}

/// A line that is cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// Which link, by its name.
    pub link: String,
    /// When, in UTC, on the trade date.
    pub at: NaiveTime,
    /// For how long, in minutes.
    pub minutes: u64,
    /// So many business days later than the trade date.
    #[serde(default)]
    pub days_later: u32,
}

/// A system that is down: what reaches it waits, and so does what it was to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// Whose: a custodian's or a participant's of the population, by its name.
    pub party: String,
    /// From when, in UTC, on the trade date.
    pub at: NaiveTime,
    /// For how long, in minutes.
    pub minutes: u64,
    /// So many business days later than the trade date.
    #[serde(default)]
    pub days_later: u32,
}

impl Outage {
    /// From when until when.
    pub fn span(&self, day: &Day) -> [Timestamp; 2] {
        let date = day.calendar.add_business_days(day.trade_date, self.days_later);
        let from = market::at(date, self.at);
        [from, from + Duration::from_secs(60 * self.minutes)]
    }
}

/// Who repairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Desk {
    /// People at the desk; each works on one exception at a time, the most urgent first.
    pub people: u32,
    /// From.
    pub from: NaiveTime,
    /// To.
    pub to: NaiveTime,
    /// What one repair takes, in minutes.
    pub repair_minutes: [u64; 2],
}

impl Default for Desk {
    fn default() -> Self {
        Self { people: 3, from: time(7, 0), to: time(18, 0), repair_minutes: [3, 25] }
    }
}

/// Why a scenario cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// Not TOML, or not a scenario.
    #[error("{0}")]
    Toml(String),
    /// A value that makes no sense.
    #[error("{what}: {why}")]
    Value {
        /// Which setting.
        what: &'static str,
        /// What is wrong with it, and what to do.
        why: String,
    },
}

/// Where tables stand, alone or in a list, and how one begins.
const TABLES: [(&str, &str); 12] = [
    ("day.calendar", "market = \"target\""),
    ("market.classes", "class = \"etf\""),
    ("faults.cuts", "link = \"manager\""),
    ("faults.outages", "party = \"custodian-1\""),
    ("penalties.securities", "class = \"other\""),
    ("penalties.cash", "currency = \"EUR\""),
    ("fails_charge.rates", "class = \"treasury\""),
    ("fails_charge.target", "percent = \"1\""),
    ("buy_in.extension", "class = \"equity\""),
    ("depository.credit_haircuts", "class = \"equity\""),
    ("depository.collateral_haircuts", "class = \"equity\""),
    ("expect", "name = \"...\""),
];

/// A list of values where a table stands: without their names they would be taken in the order in which the program has them.
fn list_for_table(given: &toml::Table) -> Option<ScenarioError> {
    let at = |path: &str| {
        let (of, name) = path.split_once('.').unwrap_or(("", path));
        if of.is_empty() { given.get(name) } else { given.get(of)?.as_table()?.get(name) }
    };
    let is_list = |value: &toml::Value| match value {
        toml::Value::Array(all) => all.iter().any(toml::Value::is_array),
        _ => false,
    };
    let (path, first) = TABLES.iter().find(|(path, _)| {
        let value = at(path);
        value.is_some_and(is_list) || *path == "day.calendar" && value.is_some_and(toml::Value::is_array)
    })?;
    Some(ScenarioError::Toml(format!(
        "{path} has a list where a table stands: write {{ {first}, ... }} with the names that docs/scenario.md gives"
    )))
}

/// The first list, by its name, of which not everything was taken, and what to do.
fn surplus(given: &toml::Table, taken: &toml::Table, within: &str) -> Option<String> {
    given.iter().find_map(|(key, given)| {
        let name = if within.is_empty() { key.clone() } else { format!("{within}.{key}") };
        surplus_of(given, taken.get(key)?, &name)
    })
}

fn surplus_of(given: &toml::Value, taken: &toml::Value, name: &str) -> Option<String> {
    match (given, taken) {
        (toml::Value::Array(given), toml::Value::Array(taken)) if given.len() > taken.len() => {
            let (given, taken) = (given.len(), taken.len());
            Some(format!("{name} has {given} values; it takes {taken}: leave out the others"))
        }
        (toml::Value::Array(given), toml::Value::Array(taken)) => {
            given.iter().zip(taken).find_map(|(given, taken)| surplus_of(given, taken, name))
        }
        (toml::Value::Table(given), toml::Value::Table(taken)) => surplus(given, taken, name),
        (toml::Value::Array(_), toml::Value::Table(_)) => Some(format!(
            "{name} has a list where a table stands: write {{ name = value, ... }} with the names that docs/scenario.md gives"
        )),
        _ => None,
    }
}

impl Scenario {
    /// Reads a scenario; unknown settings and senseless values are refused.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        let wrong = |e: toml::de::Error| ScenarioError::Toml(e.to_string());
        let table: toml::Table = text.parse().map_err(wrong)?;
        list_for_table(&table).map_or(Ok(()), Err)?;
        let scenario: Scenario = toml::from_str(text).map_err(wrong)?;
        scenario.given_by(&table)
    }

    /// The same of settings that were put together: what is wrong has no place in a text.
    pub(crate) fn from_table(table: toml::Table) -> Result<Self, ScenarioError> {
        list_for_table(&table).map_or(Ok(()), Err)?;
        let scenario: Scenario =
            table.clone().try_into().map_err(|e: toml::de::Error| ScenarioError::Toml(e.to_string()))?;
        scenario.given_by(&table)
    }

    /// The scenario that a table gives, checked beside it.
    fn given_by(mut self, table: &toml::Table) -> Result<Self, ScenarioError> {
        self.takes_all_of(table)?;
        self.check()?;
        self.idle = idle::of(&self, table);
        self.notes = idle::notes(&self);
        Ok(self)
    }

    /// What is a pair takes the first two of three values without a word: every list must come back as long as it went in.
    fn takes_all_of(&self, given: &toml::Table) -> Result<(), ScenarioError> {
        let taken = toml::Table::try_from(self).map_err(|e| ScenarioError::Toml(e.to_string()))?;
        surplus(given, &taken, "").map_or(Ok(()), |what| Err(ScenarioError::Toml(what)))
    }

    fn check(&self) -> Result<(), ScenarioError> {
        let wrong = |what, why: &str| Err(ScenarioError::Value { what, why: why.to_owned() });
        let m = &self.market;
        if m.fix_brokers + m.mt_brokers == 0 || m.fix_brokers + m.mt_brokers > 90 {
            return wrong("market.fix_brokers, market.mt_brokers", "there must be 1 to 90 brokers in all");
        }
        if m.mt_custodians + m.mx_custodians == 0 || m.mt_custodians + m.mx_custodians > 9 {
            return wrong(
                "market.mt_custodians, market.mx_custodians",
                "there must be 1 to 9 custodians in all",
            );
        }
        if m.accounts == 0 || m.accounts > 10_000 || m.instruments == 0 || m.instruments > 10_000 {
            return wrong("market.accounts, market.instruments", "each must be 1 to 10,000");
        }
        if self.trades.count == 0 || self.trades.shares_max == 0 || self.trades.shares_max > m.accounts {
            return wrong("trades", "there must be a trade, and no more shares in a block than accounts");
        }
        if self.trades.lots_min == 0 || self.trades.lots_min > self.trades.lots_max {
            return wrong("trades.lots_min", "it must be at least 1 and no more than lots_max");
        }
        if self.day.trading_from >= self.day.trading_to || self.day.settlement_from >= self.day.cut_off {
            return wrong("day", "trading and settlement must begin before they end");
        }
        if self.trades.lots_max > 10_000_000 {
            return wrong("trades.lots_max", "it must be at most 10,000,000: amounts must fit the messages");
        }
        let years = 1970..=2200;
        if !years.contains(&chrono::Datelike::year(&self.day.trade_date.naive())) {
            return wrong("day.trade_date", "its year must be 1970 to 2200");
        }
        let later = self.faults.cuts.iter().map(|cut| cut.days_later);
        let mut later = later.chain(self.faults.outages.iter().map(|outage| outage.days_later));
        if self.faults.power_cuts > 1_000 || later.any(|days| days > 400) {
            return wrong(
                "faults",
                "at most 1,000 power_cuts, and no cut or outage more than 400 days_later",
            );
        }
        if self.day.settlement_days == 0 || self.day.settlement_days > 30 {
            return wrong("day.settlement_days", "it must be 1 to 30");
        }
        if let Some((what, why)) = long_run::problem(self) {
            return wrong(what, why);
        }
        let cover =
            (self.resources.short_line_cover_percent_min, self.resources.short_line_cover_percent_max);
        if cover.0 > cover.1 || cover.1 > 100 {
            return wrong(
                "resources.short_line_cover_percent_min",
                "it must be no more than ..._max, and that at most 100",
            );
        }
        for expect in &self.expect {
            if let Some(why) = expect.problem() {
                return wrong("expect", &format!("{:?}: {why}", expect.name));
            }
        }
        let senseless = self.operation.problem().or_else(|| self.population.problem());
        let senseless = senseless
            .or_else(|| self.fails_charge.problem(self.day.dates()[0].settles))
            .or_else(|| self.buy_in.problem());
        if let Some((what, why)) = senseless {
            return wrong(what, why);
        }
        for (what, percent) in [
            ("resources.broker_cash_percent", self.resources.broker_cash_percent),
            ("resources.account_cash_percent", self.resources.account_cash_percent),
        ] {
            if percent > 100_000 {
                return wrong(what, "it must be at most 100,000, a thousand times what is needed");
            }
        }
        if let Some(why) = class::problem(&m.classes) {
            return wrong("market.classes", why);
        }
        for (what, [low, high]) in [
            ("pace.confirm_seconds", self.pace.confirm_seconds),
            ("pace.broker_instructs_seconds", self.pace.broker_instructs_seconds),
            ("pace.custodian_milliseconds", self.pace.custodian_milliseconds),
            ("pace.wire_microseconds", self.pace.wire_microseconds),
            ("breaks.late_minutes", self.breaks.late()),
            ("resources.short_business_days", self.resources.short_business_days.map(u64::from)),
            ("desk.repair_minutes", self.desk.repair_minutes),
        ] {
            if low > high {
                return wrong(what, "the first bound must not be above the second");
            }
        }
        if let Some((what, why)) = money::too_much(self) {
            return wrong(what, why);
        }
        if let Some((what, why)) = sense::nonsense(self) {
            return wrong(what, &why);
        }
        if let Err((what, why)) = self.depository.check(&self.day) {
            return wrong(what, &why);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_enough() {
        let scenario = Scenario::from_toml("name = \"small\"").expect("a scenario");
        assert_eq!(scenario.trades.count, 2_000);
        assert_eq!(scenario.day.trade_date.to_string(), "2026-11-24");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (text, word) in [
            ("", "name"),
            ("name = 'x'\ntypo = 1", "typo"),
            ("name = 'x'\n[trades]\ncount = 0", "trades"),
            ("name = 'x'\n[day]\ntrading_from = '16:00:00'", "day"),
            ("name = 'x'\n[pace]\nconfirm_seconds = [9, 1]", "confirm_seconds"),
            ("name = 'x'\n[market]\nfix_brokers = 0\nmt_brokers = 0", "brokers"),
            (
                "name = 'x'\n[market]\nclasses = [['equity', 1, 2, 3]]",
                "market.classes has a list where a table stands",
            ),
            ("name = 'x'\n[penalties]\nsecurities = [['other', '5']]", "write { class = \"other\", ... }"),
            ("name = 'x'\n[day]\ncalendar = ['target']", "day.calendar has a list where a table stands"),
            ("name = 'x'\nexpect = [['a']]", "expect has a list"),
            ("name = 'x'\n[[expect]]\nname = 'a'\nmessage = ['in', 'manager']", "expect.message has a list"),
        ] {
            let error = Scenario::from_toml(text).expect_err(text).to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
