//! From records to figures, in one pass.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveTime;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Attribution, BusinessDate};
use rust_decimal::Decimal;
use serde::Serialize;

use super::life::Life;
use super::table::{Kpi, Unit};
use crate::exceptions::ageing::Age;
use crate::exceptions::exception::Exception;
use crate::exceptions::hours::{BusinessClock, DeskHours};
use crate::exceptions::priority::Band;
use crate::exceptions::queue::Queue;
use crate::exceptions::reason::ReasonCode;
use crate::exceptions::routing::Subject;
use crate::fact::{Fact, Record, Trace};
use crate::matching::rules::AssetClass;
use crate::profile::Profile;

/// By what the figures are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// Not at all.
    #[default]
    Nothing,
    /// The broker.
    Counterparty,
    /// The country of the instrument.
    Market,
    /// Shares or debt.
    Class,
    /// The reason of the exception opened last.
    Reason,
}

impl By {
    /// All, with the names that a person types.
    pub const ALL: [(By, &'static str); 5] = [
        (By::Nothing, "nothing"),
        (By::Counterparty, "counterparty"),
        (By::Market, "market"),
        (By::Class, "class"),
        (By::Reason, "reason"),
    ];
}

/// Days that count, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// From this day on.
    pub from: Option<BusinessDate>,
    /// Until this day.
    pub to: Option<BusinessDate>,
}

impl Period {
    fn holds(&self, day: Option<BusinessDate>) -> bool {
        let Some(day) = day else { return self.from.is_none() && self.to.is_none() };
        self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to)
    }
}

/// A figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// Which.
    pub kpi: Kpi,
    /// Of which counterparty, market, class or reason; empty for all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Of which age or band; empty where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// What was counted.
    pub numerator: Decimal,
    /// Of how much.
    pub denominator: Decimal,
    /// Per cent, or minutes, to two places; `None` where there is nothing to count.
    pub value: Option<Decimal>,
    /// Version of the formula.
    pub version: u16,
}

/// Trades are affirmed in time until then, by a clock five hours behind UTC.
const AFFIRMED_BY: (u32, i32) = (21, -300);

/// Numerator and denominator by group, figure and part.
type Sums = BTreeMap<(String, Kpi, Part), (Decimal, Decimal)>;

/// An age or a band, and its place among its like.
type Part = (usize, &'static str);

const WHOLE: Part = (0, "");

/// The figures in the making.
#[derive(Debug)]
pub struct Fold {
    profile: Profile,
    period: Period,
    by: By,
    trades: BTreeMap<u64, Life>,
    open: Queue,
    last: Option<Timestamp>,
    /// Of resolved exceptions: numerator and denominator.
    resolved: Sums,
}

impl Fold {
    /// Of nothing yet.
    pub fn new(profile: Profile, period: Period, by: By) -> Self {
        let (trades, open, resolved) = (BTreeMap::new(), Queue::default(), Sums::new());
        Self { profile, period, by, trades, open, last: None, resolved }
    }

    /// As of when: the last record.
    pub fn as_of(&self) -> Option<Timestamp> {
        self.last
    }

    /// Takes the next record.
    pub fn take(&mut self, record: &Record) {
        self.last = Some(record.at);
        // A person's order about a trade is an intervention; the trades that it moves besides are not touched by it.
        let ordered: BTreeSet<u64> = match &record.trace {
            Trace::Order(_) => record.facts.iter().filter_map(Fact::trade).collect(),
            _ => BTreeSet::new(),
        };
        for fact in &record.facts {
            if let Some(trade) = fact.trade() {
                self.trades.entry(trade).or_default().take(fact, record.at, &self.profile);
            }
            if let Some(exception) = fact.exception() {
                self.case(exception, fact, record);
            }
        }
        for trade in ordered {
            self.trades.entry(trade).or_default().touched = true;
        }
    }

    fn case(&mut self, id: u64, fact: &Fact, record: &Record) {
        match fact {
            Fact::ExceptionOpened { .. } => {
                self.open.open(fact, record.at, record.seq, Subject::default());
            }
            _ => self.open.apply(id, fact, record.at, record.seq),
        }
        let trade = self.open.get(&id).and_then(|e| e.trade).and_then(|t| self.trades.get_mut(&t));
        if let (Some(exception), Some(life)) = (self.open.get(&id), trade) {
            life.case(exception);
        }
        if matches!(fact, Fact::ExceptionResolved { .. })
            && let Some(exception) = self.open.close(id)
        {
            self.closed(&exception, record.at);
        }
    }

    fn closed(&mut self, exception: &Exception, at: Timestamp) {
        let clock = self.profile.clock();
        if !self.period.holds(Some(clock.day(at))) {
            return;
        }
        let life = exception.trade.and_then(|t| self.trades.get(&t)).cloned().unwrap_or_default();
        let group = self.group(&life, Some(exception.reason));
        let band = exception.case.band;
        let band = match exception.case.score {
            Some(_) => (band as usize, band.name()),
            None => (Band::ALL.len(), "without a score"),
        };
        let minutes = Decimal::from(clock.minutes_between(exception.opened, at));
        add(&mut self.resolved, &group, Kpi::TimeToResolve, band, minutes, Decimal::ONE);
    }

    fn group(&self, life: &Life, reason: Option<ReasonCode>) -> String {
        let text = match self.by {
            By::Nothing => Some(String::new()),
            By::Counterparty => life.counterparty.map(|bic| bic.to_string()),
            By::Market => life.market.map(|country| String::from_utf8_lossy(&country).into_owned()),
            By::Class => life.class.map(|class| {
                match class {
                    AssetClass::Equity => "equity",
                    AssetClass::FixedIncome => "fixed income",
                }
                .to_owned()
            }),
            By::Reason => reason.map(|reason| reason.name().to_owned()),
        };
        text.unwrap_or_else(|| "none".to_owned())
    }

    /// The figures: for each group, in the order of the table.
    pub fn figures(&self) -> Vec<Figure> {
        let mut sums = self.resolved.clone();
        let Some(now) = self.last else { return Vec::new() };
        for life in self.trades.values() {
            let group = self.group(life, life.reason);
            if self.period.holds(life.trade_date) {
                self.of_trade_date(life, &group, &mut sums);
            }
            let due = life.due(&self.profile);
            if let Some(due) = due.filter(|due| self.period.holds(Some(*due))) {
                self.of_settlement_date(life, due, now, &group, &mut sums);
            }
        }
        sums.into_iter().map(|(key, sum)| figure(key, sum)).collect()
    }

    fn of_trade_date(&self, life: &Life, group: &str, sums: &mut Sums) {
        let mut count =
            |kpi, is: bool| add(sums, group, kpi, WHOLE, Decimal::from(u8::from(is)), Decimal::ONE);
        if life.is_settled() {
            count(Kpi::Stp, !life.touched && !life.repaired);
        }
        count(Kpi::Repair, life.repaired);
        let on = |at: Option<Timestamp>, clock: BusinessClock<'_>| {
            at.map(|at| clock.date(at)).is_some_and(|day| life.trade_date.is_none_or(|traded| day <= traded))
        };
        if !life.is_cancelled() || life.matched.is_some() {
            count(Kpi::MatchOnTradeDate, on(life.matched, self.profile.clock()));
        }
        if life.confirmed && (!life.is_cancelled() || life.affirmed.is_some()) {
            let hours = DeskHours { utc_offset_minutes: AFFIRMED_BY.1, ..DeskHours::default() };
            let clock = BusinessClock { hours: &hours, calendar: &self.profile.calendar };
            let time = NaiveTime::from_hms_opt(AFFIRMED_BY.0, 0, 0).unwrap_or_default();
            let in_time = life.affirmed.is_some_and(|at| {
                let day = clock.date(at);
                life.trade_date.is_none_or(|traded| day < traded || (day == traded && clock.time(at) <= time))
            });
            count(Kpi::SameDayAffirmation, in_time);
        }
    }

    fn of_settlement_date(
        &self,
        life: &Life,
        due: BusinessDate,
        now: Timestamp,
        group: &str,
        sums: &mut Sums,
    ) {
        if life.is_cancelled() || self.profile.timing.cut_off(due) > now {
            return;
        }
        let in_time = life.is_in_time(due);
        let mut count = |kpi, is: bool, weight: Decimal| {
            add(sums, group, kpi, WHOLE, if is { weight } else { Decimal::ZERO }, weight);
        };
        count(Kpi::Efficiency, in_time, Decimal::ONE);
        count(Kpi::EfficiencyValue, in_time, life.value);
        if in_time || life.attribution != Some(Attribution::Counterparty) {
            count(Kpi::EfficiencyAttributed, in_time, Decimal::ONE);
        }
        if life.instructed.is_none() {
            return;
        }
        count(Kpi::FailCount, !in_time, Decimal::ONE);
        count(Kpi::FailValue, !in_time, life.value);
        if in_time || life.is_settled() {
            return;
        }
        // After the cut-off of its very day it is the first day of its age.
        let clock = self.profile.clock();
        let days = clock.days_between(due, clock.day(now)).max(1);
        let age = Age::of_days(days);
        for (at, other) in Age::ALL.into_iter().enumerate().filter(|(_, age)| *age >= Age::OneDay) {
            let is = other == age;
            let of = |weight: Decimal| if is { weight } else { Decimal::ZERO };
            add(sums, group, Kpi::AgedCount, (at, other.label()), of(Decimal::ONE), Decimal::ONE);
            add(sums, group, Kpi::AgedValue, (at, other.label()), of(life.value), life.value);
        }
    }
}

fn add(sums: &mut Sums, group: &str, kpi: Kpi, part: Part, numerator: Decimal, denominator: Decimal) {
    let sum = sums.entry((group.to_owned(), kpi, part)).or_default();
    sum.0 = sum.0.saturating_add(numerator);
    sum.1 = sum.1.saturating_add(denominator);
}

fn figure(
    (group, kpi, (_, part)): (String, Kpi, Part),
    (numerator, denominator): (Decimal, Decimal),
) -> Figure {
    let row = kpi.row();
    let times = match row.unit {
        Unit::Share => Decimal::ONE_HUNDRED,
        Unit::Minutes => Decimal::ONE,
    };
    let value = numerator.checked_mul(times).and_then(|n| n.checked_div(denominator)).map(|v| v.round_dp(2));
    let numerator = numerator.normalize();
    let denominator = denominator.normalize();
    Figure { kpi, group, part: part.to_owned(), numerator, denominator, value, version: row.version }
}
