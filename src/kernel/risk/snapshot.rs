//! What was known of each open trade at a few well-defined moments: a fold over the journal. A snapshot is taken before the record
//! that comes after its moment, so that nothing later can be in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use finality_parsers::desk::TradeKey;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::BusinessDate;
use serde::Serialize;

use super::{due, features};
use crate::book::Book;
use crate::exceptions::probability::{Model, Table};
use crate::fact::{Fact, Record};
use crate::lifecycle::state::State;
use crate::profile::Profile;

/// When a trade is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// When it is instructed.
    Instructed,
    /// Whenever it moves on to another state on its settlement date.
    Moved,
    /// When the desk closes on the business day before its settlement date.
    EveningBefore,
    /// When the desk opens on its settlement date.
    Morning,
    /// Four hours before the cut-off of its settlement date.
    FourHours,
    /// Two hours before.
    TwoHours,
    /// One hour before.
    OneHour,
}

impl Moment {
    /// Those at a time of the day, in their order.
    pub const TIMED: [Moment; 5] =
        [Moment::EveningBefore, Moment::Morning, Moment::FourHours, Moment::TwoHours, Moment::OneHour];

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Moment::Instructed => "when instructed",
            Moment::Moved => "at a move on the day",
            Moment::EveningBefore => "the evening before",
            Moment::Morning => "morning of the day",
            Moment::FourHours => "4 h before cut-off",
            Moment::TwoHours => "2 h before cut-off",
            Moment::OneHour => "1 h before cut-off",
        }
    }

    /// The instant, for trades that settle on a day; `None` for moments that each trade has for itself.
    pub fn at(self, day: BusinessDate, profile: &Profile) -> Option<Timestamp> {
        let cut_off = profile.timing.cut_off(day);
        let before = |hours: i64| {
            Some(Timestamp::from_nanos(cut_off.nanos().saturating_sub(hours * 3_600 * 1_000_000_000)))
        };
        let local = |day: BusinessDate, time: chrono::NaiveTime| {
            let offset = chrono::Duration::minutes(i64::from(profile.desk.hours.utc_offset_minutes));
            let utc = day.naive().and_time(time).checked_sub_signed(offset)?;
            Some(Timestamp::from_utc(utc.and_utc()))
        };
        match self {
            Moment::Instructed | Moment::Moved => None,
            Moment::EveningBefore => {
                let eve = (1..30).map(|n| day.naive() - chrono::Duration::days(n)).map(BusinessDate::new);
                let eve = eve.into_iter().find(|d| profile.calendar.is_business_day(*d))?;
                local(eve, profile.desk.hours.to)
            }
            Moment::Morning => local(day, profile.desk.hours.from),
            Moment::FourHours => before(4),
            Moment::TwoHours => before(2),
            Moment::OneHour => before(1),
        }
    }
}

/// One trade at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Which trade.
    pub key: TradeKey,
    /// Which moment.
    pub moment: Moment,
    /// When that was.
    pub at: Timestamp,
    /// When it is to settle.
    pub settles: BusinessDate,
    /// The features that held, by number ([`Snapshots::names`]).
    pub features: Vec<u32>,
    /// What the table of assumptions said, in hundredths of a per cent.
    pub table_bp: u32,
}

/// The fold.
#[derive(Debug)]
pub struct Snapshots {
    book: Book,
    names: BTreeMap<String, u32>,
    planned: BTreeSet<(Timestamp, Moment, BusinessDate)>,
    days: BTreeSet<BusinessDate>,
    taken: Vec<Snapshot>,
    settled: BTreeMap<u64, Timestamp>,
    cancelled: BTreeSet<u64>,
    last: Option<Timestamp>,
}

impl Snapshots {
    /// Of a gateway with this reference data.
    pub fn new(profile: Profile) -> Self {
        Self {
            book: Book::new(profile),
            names: BTreeMap::new(),
            planned: BTreeSet::new(),
            days: BTreeSet::new(),
            taken: Vec::new(),
            settled: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            last: None,
        }
    }

    /// Takes the next record.
    pub fn take(&mut self, record: &Record) {
        self.until(record.at);
        self.book.replay(record);
        self.last = Some(record.at);
        for fact in &record.facts {
            let Some(id) = fact.trade() else { continue };
            let day = self.book.trades.get(&id).and_then(|t| due::day(t, &self.book.profile));
            if let Some(day) = day {
                self.plan(day, record.at);
            }
            match fact {
                Fact::Moved { to: State::Settled, .. } => {
                    self.settled.insert(id, record.at);
                }
                Fact::Moved { to: State::Cancelled, .. } => {
                    self.cancelled.insert(id);
                }
                Fact::Instructed { .. } => self.look(id, Moment::Instructed, record.at),
                Fact::Moved { .. } if day.is_some_and(|d| d == self.book.profile.clock().date(record.at)) => {
                    self.look(id, Moment::Moved, record.at);
                }
                _ => {}
            }
        }
    }

    /// What was due for a look before an instant.
    fn until(&mut self, now: Timestamp) {
        while let Some((at, moment, day)) = self.planned.first().copied().filter(|(at, ..)| *at <= now) {
            self.planned.pop_first();
            let due: Vec<u64> = self.book.due.until(day).collect();
            for id in due {
                let is = self.book.trades.get(&id).and_then(|t| due::day(t, &self.book.profile)) == Some(day);
                if is {
                    self.look(id, moment, at);
                }
            }
        }
    }

    fn plan(&mut self, day: BusinessDate, now: Timestamp) {
        if !self.days.insert(day) {
            return;
        }
        for moment in Moment::TIMED {
            if let Some(at) = moment.at(day, &self.book.profile).filter(|at| *at >= now) {
                self.planned.insert((at, moment, day));
            }
        }
    }

    /// One trade, as it stands. One that has failed is certain, and so no case to learn from.
    fn look(&mut self, id: u64, moment: Moment, at: Timestamp) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let Some(settles) = due::day(trade, &self.book.profile) else { return };
        if trade.state == State::Failing || at > self.book.profile.timing.cut_off(settles) {
            return;
        }
        let known = self.book.features(trade, self.book.reasons(trade), at);
        let table_bp = Table.probability(trade, &known).bp;
        let mut numbers = Vec::new();
        for name in features::of(trade, &known) {
            let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
            numbers.push(*self.names.entry(name).or_insert(next));
        }
        self.taken.push(Snapshot { key: trade.key(), moment, at, settles, features: numbers, table_bp });
    }

    /// The features by number.
    pub fn names(&self) -> Vec<String> {
        let mut names = vec![String::new(); self.names.len()];
        for (name, number) in &self.names {
            if let Some(slot) = names.get_mut(*number as usize) {
                slot.clone_from(name);
            }
        }
        names
    }

    /// All that were taken.
    pub fn all(&self) -> &[Snapshot] {
        &self.taken
    }

    /// Whether the trade of a snapshot was not settled by the cut-off of its day; `None` while that is not over, and for one that
    /// was cancelled.
    pub fn failed(&self, snapshot: &Snapshot) -> Option<bool> {
        let cut_off = self.book.profile.timing.cut_off(snapshot.settles);
        let over =
            self.last.is_some_and(|last| last > cut_off) && !self.cancelled.contains(&snapshot.key.trade);
        // What settles at the last minute is told a little later.
        let told_by = cut_off + Duration::from_secs(300);
        over.then(|| self.settled.get(&snapshot.key.trade).is_none_or(|at| *at > told_by))
    }
}
