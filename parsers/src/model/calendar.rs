//! Which days count: market calendars and settlement cycles.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use fasti::calendars::{TARGET, WEEKENDS_ONLY, uk, us};
use serde::{Deserialize, Serialize};

use super::BusinessDate;

/// A market whose settlement calendar is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Market {
    /// Euro area: TARGET.
    Target,
    /// United Kingdom.
    UkSettlement,
    /// United States: bank settlement.
    UsSettlement,
    /// New York Stock Exchange trading days.
    Nyse,
    /// Saturday and Sunday only.
    WeekendsOnly,
}

/// Business days of a market, with holidays of one's own on top.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// The market.
    pub market: Market,
    /// Further days on which nothing settles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<BusinessDate>,
}

/// Business days between trade and settlement: T+0, T+1, T+2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SettlementCycle(pub u8);

impl Calendar {
    /// The market's calendar without additions.
    pub fn of(market: Market) -> Self {
        Self { market, closed: Vec::new() }
    }

    /// Whether the market settles on that day. Outside 1901 to 2199 only weekends are known.
    pub fn is_business_day(&self, date: BusinessDate) -> bool {
        if self.closed.contains(&date) {
            return false;
        }
        let day = date.naive();
        fasti::Date::try_from(day).map_or(!matches!(day.weekday(), Weekday::Sat | Weekday::Sun), |d| {
            match self.market {
                Market::Target => TARGET,
                Market::UkSettlement => uk::SETTLEMENT,
                Market::UsSettlement => us::SETTLEMENT,
                Market::Nyse => us::NYSE,
                Market::WeekendsOnly => WEEKENDS_ONLY,
            }
            .is_business_day(d)
        })
    }

    /// The business day `days` after `date`; for zero the day itself, or the next business day when it is none.
    pub fn add_business_days(&self, date: BusinessDate, days: u32) -> BusinessDate {
        let mut day = self.on_or_after(date);
        for _ in 0..days {
            day = self.on_or_after(next(day));
        }
        day
    }

    /// When a trade of that date is meant to settle.
    pub fn settlement_date(&self, trade_date: BusinessDate, cycle: SettlementCycle) -> BusinessDate {
        self.add_business_days(trade_date, u32::from(cycle.0))
    }

    fn on_or_after(&self, date: BusinessDate) -> BusinessDate {
        let mut day = date;
        // A market is never closed for a month; the bound keeps a hostile list of closed days from hanging us.
        for _ in 0..366 {
            if self.is_business_day(day) {
                return day;
            }
            day = next(day);
        }
        day
    }
}

fn next(date: BusinessDate) -> BusinessDate {
    BusinessDate::new(date.naive().checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> BusinessDate {
        text.parse().expect("a date")
    }

    #[test]
    fn cycles_over_weekends_and_holidays() {
        for (market, trade, cycle, settles) in [
            (Market::Target, "2026-11-24", 2, "2026-11-26"),
            (Market::Target, "2026-12-23", 2, "2026-12-28"),
            (Market::UsSettlement, "2026-11-25", 1, "2026-11-27"),
            (Market::UkSettlement, "2026-12-24", 1, "2026-12-29"),
            (Market::WeekendsOnly, "2026-11-27", 0, "2026-11-27"),
            (Market::WeekendsOnly, "2026-11-28", 0, "2026-11-30"),
        ] {
            let calendar = Calendar::of(market);
            assert_eq!(
                calendar.settlement_date(day(trade), SettlementCycle(cycle)),
                day(settles),
                "{market:?} {trade}"
            );
        }
    }

    #[test]
    fn own_closed_days() {
        let calendar = Calendar { market: Market::Target, closed: vec![day("2026-11-25")] };
        assert_eq!(calendar.settlement_date(day("2026-11-24"), SettlementCycle(1)), day("2026-11-26"));
    }
}
