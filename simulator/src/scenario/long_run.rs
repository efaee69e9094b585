//! Runs of several trade dates, one business day after the other: which dates they have, which of them are measured, and in which batches.
//!
//! A run begins as no market ever is: nobody waits, nothing is late, no exception is open. The first dates let it forget that (warm-up). Dates
//! after each other hang together, so they are no sample; batches of them are nearly one, when they are long enough (batch means).

use std::ops::Range;

use chrono::NaiveTime;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::BusinessDate;

use super::{Day, Scenario};
use crate::market::at;

/// A trade date, and when its trades are to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TradingDate {
    /// When they are dealt.
    pub trades: BusinessDate,
    /// When they are to settle.
    pub settles: BusinessDate,
}

/// What is measured together: trades by their date, what people and the depository do by the time at which they do it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// Trade dates, by index.
    pub dates: Range<usize>,
    /// From when on what happens counts.
    pub from: Timestamp,
    /// Until when; to the end of the run where nothing is said.
    pub until: Option<Timestamp>,
}

impl Window {
    /// Whether what happens at a time counts.
    pub fn holds(&self, time: Timestamp) -> bool {
        self.from <= time && self.until.is_none_or(|until| time < until)
    }

    /// Whether what the depository takes on a day counts.
    pub fn holds_day(&self, day: BusinessDate) -> bool {
        self.holds(at(day, NaiveTime::MIN))
    }
}

impl Day {
    /// All trade dates, in order.
    pub fn dates(&self) -> Vec<TradingDate> {
        let of = |trades| TradingDate { trades, settles: self.calendar.settlement_date(trades, self.cycle) };
        let next = |date: &TradingDate| of(self.calendar.add_business_days(date.trades, 1));
        std::iter::successors(Some(of(self.trade_date)), |date| Some(next(date)))
            .take(self.trade_dates.max(1) as usize)
            .collect()
    }

    /// Whether there are several.
    pub fn is_long(&self) -> bool {
        self.trade_dates > 1
    }

    /// All that is measured. Of one trade date everything counts, to the end of the run; of several, what happens before the first that is
    /// measured does not, and neither does what happens after the last.
    pub fn measured(&self) -> Window {
        self.window(self.warm_up_dates as usize..self.trade_dates.max(1) as usize)
    }

    /// The batches of what is measured.
    pub fn batches(&self) -> Vec<Window> {
        let size = self.batch_dates.max(1) as usize;
        let measured = self.measured().dates;
        (0..measured.len() / size)
            .map(|n| measured.start + n * size)
            .map(|first| self.window(first..first + size))
            .collect()
    }

    /// Of these trade dates.
    pub fn window(&self, dates: Range<usize>) -> Window {
        if !self.is_long() {
            return Window { dates, from: Timestamp::default(), until: None };
        }
        let begins = |index: usize| {
            let date =
                self.calendar.add_business_days(self.trade_date, u32::try_from(index).unwrap_or(u32::MAX));
            at(date, NaiveTime::MIN)
        };
        Window { from: begins(dates.start), until: Some(begins(dates.end)), dates }
    }
}

/// The longest run: a year of business days.
const DATES_MAX: u32 = 260;
/// References of trades have so many numbers.
const TRADES_MAX: u64 = 5_000_000;

/// What makes no sense about the dates of a scenario.
pub(super) fn problem(s: &Scenario) -> Option<(&'static str, &'static str)> {
    let day = &s.day;
    let measured = day.trade_dates.saturating_sub(day.warm_up_dates);
    if day.trade_dates == 0 || day.trade_dates > DATES_MAX {
        return Some(("day.trade_dates", "it must be 1 to 260"));
    }
    if measured == 0 {
        return Some((
            "day.warm_up_dates",
            "it must be less than day.trade_dates: nothing would be measured",
        ));
    }
    if day.batch_dates == 0 {
        return Some(("day.batch_dates", "it must be at least 1"));
    }
    if !measured.is_multiple_of(day.batch_dates) {
        return Some((
            "day.batch_dates",
            "day.trade_dates without day.warm_up_dates must be a multiple of it, so that all batches are of one size",
        ));
    }
    if s.resources.short_business_days[0] == 0 {
        return Some((
            "resources.short_business_days",
            "what lacks in the morning comes after a business day at least",
        ));
    }
    if s.resources.short_business_days[1] > 60 {
        return Some(("resources.short_business_days", "it must be at most 60"));
    }
    if !day.is_long() {
        return None;
    }
    if !day.calendar.is_business_day(day.trade_date) {
        return Some((
            "day.trade_date",
            "with several day.trade_dates the first must be a business day of the calendar",
        ));
    }
    if u64::from(s.population.instructions) * u64::from(day.trade_dates) > TRADES_MAX {
        return Some((
            "population.instructions",
            "with that many day.trade_dates it is more than 5,000,000 instructions in all",
        ));
    }
    if u64::from(s.trades.count) * u64::from(day.trade_dates) > TRADES_MAX {
        return Some((
            "trades.count",
            "with that many day.trade_dates it is more than 5,000,000 trades in all",
        ));
    }
    if s.trades.from.is_some() {
        return Some(("day.trade_dates", "captured traffic (trades.from) has one trade date"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(dates: u32, warm_up: u32, batch: u32) -> Result<Scenario, String> {
        let text = format!(
            "name = 'x'\n[day]\ntrade_dates = {dates}\nwarm_up_dates = {warm_up}\nbatch_dates = {batch}\n"
        );
        Scenario::from_toml(&text).map_err(|error| error.to_string())
    }

    /// 24 November 2026 is a Tuesday.
    #[test]
    fn dates_follow_each_other_over_week_ends_and_settle_by_the_cycle() {
        let scenario = long(5, 0, 1).expect("it makes sense");
        let shown: Vec<String> =
            scenario.day.dates().iter().map(|d| format!("{} {}", d.trades, d.settles)).collect();
        let expected = [
            "2026-11-24 2026-11-25",
            "2026-11-25 2026-11-26",
            "2026-11-26 2026-11-27",
            "2026-11-27 2026-11-30",
            "2026-11-30 2026-12-01",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn batches_fill_what_is_measured_and_touch() {
        let day = long(23, 3, 5).expect("it makes sense").day;
        let (all, batches) = (day.measured(), day.batches());
        assert_eq!(batches.len(), 4);
        assert_eq!((batches[0].dates.start, batches[3].dates.end), (3, 23));
        assert_eq!((batches[0].from, batches[3].until), (all.from, all.until));
        assert!(batches.windows(2).all(|two| two[0].until == Some(two[1].from)));
        assert!(batches.iter().all(|batch| batch.dates.len() == 5));
    }

    #[test]
    fn of_one_date_everything_counts() {
        let day = long(1, 0, 1).expect("it makes sense").day;
        assert_eq!(day.measured(), Window { dates: 0..1, from: Timestamp::default(), until: None });
        assert_eq!(day.batches(), [day.measured()]);
    }

    #[test]
    fn dates_that_make_no_sense_are_refused_with_their_name() {
        for (dates, warm_up, batch, words) in [
            (0, 0, 1, "day.trade_dates: it must be 1 to 260"),
            (5, 5, 1, "day.warm_up_dates"),
            (10, 3, 5, "day.batch_dates"),
            (10, 0, 0, "day.batch_dates"),
        ] {
            let error = long(dates, warm_up, batch).expect_err(words);
            assert!(error.contains(words), "{error}");
        }
        let text = "name = 'x'\n[day]\ntrade_dates = 6\n[population]\ninstructions = 900000\ndealers = 3\ninvestors = 2\n";
        let error = Scenario::from_toml(text).expect_err("a population").to_string();
        assert!(error.contains("more than 5,000,000 instructions in all"), "{error}");
    }
}
