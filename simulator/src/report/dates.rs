//! A run with several trade dates: each date, and what its batches of dates say together.
#![allow(clippy::disallowed_types, reason = "statistics over batches")]

use std::fmt::Write as _;

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde::Serialize;

use super::{Rate, Report};
use crate::experiment::figures::{self, FIGURES};
use crate::experiment::sample::{self, Neighbours};
use crate::world::Outcome;

/// In how many cases of a hundred an interval of batch means holds the true mean.
const CONFIDENCE_PERCENT: u32 = 95;

/// Dates and batches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatesRow {
    /// Trade dates of the run.
    pub trade_dates: u32,
    /// The first of these, of which nothing is measured.
    pub warm_up_dates: u32,
    /// Trade dates in a batch.
    pub batch_dates: u32,
    /// How many dates at the beginning differ from the rest, by their fails (MSER); absent where there are too few to tell.
    pub warm_up_seen: Option<usize>,
    /// Each date.
    pub by_date: Vec<DateRow>,
    /// In how many cases of a hundred an interval holds the true mean.
    pub confidence_percent: u32,
    /// What the batches say together.
    pub batches: Vec<BatchFigure>,
}

/// A trade date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DateRow {
    /// It.
    pub trade_date: String,
    /// When its trades are to settle.
    pub settlement_date: String,
    /// Whether it is left out of what is measured.
    pub warm_up: bool,
    /// Its trades.
    pub trades: u64,
    /// Of these, not settled at the cut-off of their date.
    pub fails: Rate,
    /// By value, in per cent.
    pub fails_value_percent: Decimal,
    /// The population's instructions that had not settled at the cut-off of their date, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub population_fails: Option<Rate>,
    /// Exceptions that were raised on the date, of whichever trades.
    pub exceptions: u64,
    /// Minutes of work begun on it.
    pub staff_minutes: u64,
    /// Penalties taken on it, in units of the currency.
    pub penalties: Decimal,
}

/// A figure over the batches of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchFigure {
    /// Its key.
    pub key: &'static str,
    /// Its name, with its unit.
    pub label: &'static str,
    /// Mean of the batches.
    pub mean: Decimal,
    /// Half the width of its interval; nothing can be said of a single batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_width: Option<Decimal>,
    /// How much a batch resembles the one before (correlation, from -1 to 1); absent of fewer than three, or where nothing varies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_1: Option<Decimal>,
    /// What that says of the interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neighbours: Option<Neighbours>,
    #[serde(skip)]
    decimals: u32,
}

impl DatesRow {
    /// Of a run, where it has several trade dates.
    pub(super) fn of(outcome: &Outcome, version: &str, seed: u64) -> Option<Self> {
        let day = &outcome.market.scenario.day;
        if !day.is_long() {
            return None;
        }
        let over = |window| Report::over(outcome, version, seed, window);
        let row = |(index, date): (usize, &crate::scenario::long_run::TradingDate)| {
            let of_date = over(day.window(index..index + 1));
            DateRow {
                trade_date: date.trades.to_string(),
                settlement_date: date.settles.to_string(),
                warm_up: index < day.warm_up_dates as usize,
                trades: of_date.trades,
                fails: of_date.fails,
                fails_value_percent: of_date.fails_value_percent,
                population_fails: of_date.population.map(|crowd| Rate::new(crowd.failed, crowd.instructions)),
                exceptions: of_date.exceptions.values().sum(),
                staff_minutes: of_date.operation.staff_minutes,
                penalties: of_date.penalties.amount,
            }
        };
        let by_date: Vec<DateRow> = outcome.market.dates.iter().enumerate().map(row).collect();
        let batches = day.batches().into_iter().map(|window| figures::of(outcome, &over(window)));
        let batches: Vec<Vec<f64>> = batches.collect();
        let fails: Vec<f64> = by_date.iter().map(|date| f64::from(&date.fails)).collect();
        Some(Self {
            trade_dates: day.trade_dates,
            warm_up_dates: day.warm_up_dates,
            batch_dates: day.batch_dates,
            warm_up_seen: sample::warm_up(&fails),
            by_date,
            confidence_percent: CONFIDENCE_PERCENT,
            batches: FIGURES
                .iter()
                .enumerate()
                .filter_map(|(index, figure)| {
                    BatchFigure::of(figure, batches.iter().map(|batch| batch[index]))
                })
                .collect(),
        })
    }

    pub(super) fn in_words(&self) -> String {
        let mut measured = self.by_date.iter().filter(|date| !date.warm_up);
        let (first, last) = (measured.clone().next(), measured.next_back());
        let warm_up = match self.warm_up_dates {
            0 => String::new(),
            dates => format!(" after {dates} of warm-up"),
        };
        format!(
            "traded {} to {}: {} dates{warm_up}",
            first.map_or("", |date| &date.trade_date),
            last.map_or("", |date| &date.trade_date),
            self.trade_dates - self.warm_up_dates
        )
    }

    pub(super) fn write_text(&self, t: &mut String) -> std::fmt::Result {
        let has_population = self.by_date.iter().any(|date| date.population_fails.is_some());
        writeln!(
            t,
            "\n{:<32} {:>7} {:>9} {:>9} {:>9}   {:>10} {:>9} {:>14}{}",
            "trade date, to settle",
            "fails",
            "of",
            "rate %",
            "value %",
            "exceptions",
            "minutes",
            "penalties",
            if has_population { "   population %" } else { "" }
        )?;
        for date in &self.by_date {
            let warm_up = if date.warm_up { "  warm-up" } else { "" };
            let population = date.population_fails.as_ref();
            let population = population.map_or(String::new(), |rate| format!("   {:>12}", rate.percent));
            writeln!(
                t,
                "{:<32} {:>7} {:>9} {:>9} {:>9}   {:>10} {:>9} {:>14}{population}",
                format!("{}, {}{warm_up}", date.trade_date, date.settlement_date),
                date.fails.count,
                date.fails.of,
                date.fails.percent,
                date.fails_value_percent,
                date.exceptions,
                date.staff_minutes,
                date.penalties
            )?;
        }
        writeln!(
            t,
            "fails are those of trades of the date; exceptions, minutes and penalties (those of the house's trades) are of the calendar day that it is, of whichever trades; so are charges, buy-ins and the population's penalties, and the sums of all of them above count the days of what is measured"
        )?;
        let batches = (self.trade_dates - self.warm_up_dates) / self.batch_dates.max(1);
        writeln!(
            t,
            "\nover {batches} batches of {} trade dates: mean and {} % interval, likeness of neighbours",
            self.batch_dates, self.confidence_percent
        )?;
        for figure in &self.batches {
            let d = figure.decimals;
            let half = figure.half_width.map_or(String::new(), |half| format!(" ± {}", half.round_dp(d)));
            let lag = figure.lag_1.map_or("-".to_owned(), |lag| lag.round_dp(2).to_string());
            let note = match figure.neighbours {
                Some(Neighbours::Alike) => {
                    "  more alike than by chance, the interval is too narrow: longer batches"
                }
                Some(Neighbours::Opposed) => "  less alike than by chance: the interval is too wide",
                _ => "",
            };
            writeln!(
                t,
                "{:<48} {:>24} {lag:>7}{note}",
                figure.label,
                format!("{}{half}", figure.mean.round_dp(d))
            )?;
        }
        if (batches as usize) < sample::FEW {
            writeln!(t, "{}", sample::TOO_FEW)?;
        }
        match self.warm_up_seen {
            Some(seen) if seen > self.warm_up_dates as usize => writeln!(
                t,
                "by their fails the first {seen} dates differ from the rest (MSER): set day.warm_up_dates to that or more"
            ),
            _ => Ok(()),
        }
    }
}

impl From<&Rate> for f64 {
    fn from(rate: &Rate) -> Self {
        rust_decimal::prelude::ToPrimitive::to_f64(&rate.percent).unwrap_or(f64::NAN)
    }
}

impl BatchFigure {
    /// Nothing, where a figure says nothing in any batch.
    fn of(figure: &figures::Figure, values: impl Iterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.collect();
        let mean = sample::mean(&values, f64::from(CONFIDENCE_PERCENT) / 100.0);
        let decimal = |value: f64| Decimal::from_f64(value).map(|value| value.round_dp(4).normalize());
        let lag_1 = sample::lag_1(&[&values]);
        Some(Self {
            key: figure.key,
            label: figure.label.trim(),
            mean: decimal(mean.mean).filter(|_| mean.of > 0)?,
            half_width: mean.half_width.and_then(decimal),
            lag_1: lag_1.and_then(|lag| decimal(lag.correlation)),
            neighbours: lag_1.map(|lag| lag.says()),
            decimals: u32::try_from(figure.decimals).unwrap_or(0),
        })
    }
}
