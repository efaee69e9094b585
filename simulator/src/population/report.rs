//! The population and the classes of instruments as a report shows them.

use std::collections::BTreeMap;
use std::fmt::Write;

use rust_decimal::Decimal;
use serde::Serialize;

use super::class::Class;
use super::fails::{AtCutOff, Share, Why};
use super::gridlock::{Gridlock, Link};
use crate::market::Market;
use crate::parties::penalties::Tally;
use crate::report::PenaltyRow;

/// A class as a report shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassRow {
    /// Which.
    pub class: Class,
    /// Instructions that failed.
    pub failed: u64,
    /// Of all.
    pub of: u64,
    /// In per cent.
    pub percent: Decimal,
    /// What of their value had not settled, in units of the currency.
    pub failed_value: Decimal,
    /// In per cent of the value of all.
    pub value_percent: Decimal,
}

/// What is free of payment as a report shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FreeRow {
    /// Instructions that failed.
    pub failed: u64,
    /// Of all that are free of payment.
    pub of: u64,
    /// In per cent.
    pub percent: Decimal,
}

/// The population as a report shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PopulationRow {
    /// Participants beside the house's brokers.
    pub participants: u64,
    /// Instructions: pairs of both sides.
    pub instructions: u64,
    /// Not settled at the cut-off of their date.
    pub failed: u64,
    /// In per cent.
    pub fail_percent: Decimal,
    /// In per cent of the value.
    pub fail_value_percent: Decimal,
    /// What of them is free of payment, at the cut-off of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_of_payment: Option<FreeRow>,
    /// Why, as it was at the cut-off.
    pub why: BTreeMap<Why, u64>,
    /// Slope of fails to deliver on fails to receive, by dealer and line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pass_through: Option<Decimal>,
    /// Over so many pairs of dealer and line.
    pub pass_through_cells: u64,
    /// Cash penalties of its days that are run.
    pub penalties: PenaltyRow,
    /// The largest knot of instructions that wait for each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gridlock: Option<Gridlock>,
}

impl PopulationRow {
    /// Of a run; nothing where there is no population.
    pub fn of(market: &Market, found: &AtCutOff, penalties: Tally) -> Option<Self> {
        if market.crowd.parties.is_empty() {
            return None;
        }
        Some(Self {
            participants: (market.crowd.parties.len() - market.brokers.len()) as u64,
            instructions: found.population.all,
            failed: found.population.failed,
            fail_percent: found.population.percent(),
            fail_value_percent: found.population.value_percent(),
            free_of_payment: (found.free.all > 0).then(|| FreeRow {
                failed: found.free.failed,
                of: found.free.all,
                percent: found.free.percent(),
            }),
            why: found.why.clone(),
            pass_through: found.pass_through.slope_thousandths().map(|slope| Decimal::new(slope, 3)),
            pass_through_cells: found.pass_through.cells,
            penalties: penalties.into(),
            gridlock: found.gridlock.clone(),
        })
    }
}

/// By class, where a scenario has more than shares or more than the house.
pub fn class_rows(market: &Market, found: &AtCutOff) -> Vec<ClassRow> {
    if market.crowd.parties.is_empty() && market.scenario.market.classes.is_empty() {
        return Vec::new();
    }
    let row = |(class, share): (&Class, &Share)| ClassRow {
        class: *class,
        failed: share.failed,
        of: share.all,
        percent: share.percent(),
        failed_value: Decimal::new(share.failed_cents, 2),
        value_percent: share.value_percent(),
    };
    found.classes.iter().map(row).collect()
}

/// The classes, as text.
pub(crate) fn write_classes(t: &mut String, rows: &[ClassRow]) -> std::fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    let head = "class (house and population)";
    writeln!(t, "\n{head:<32} {:>9} {:>9} {:>9} {:>20} {:>9}", "all", "fails", "rate %", "value", "value %")?;
    for row in rows {
        let (class, value) = (row.class.label(), row.failed_value);
        let (of, failed, percent, by_value) = (row.of, row.failed, row.percent, row.value_percent);
        writeln!(t, "{class:<32} {of:>9} {failed:>9} {percent:>9} {value:>20} {by_value:>9}")?;
    }
    Ok(())
}

impl PopulationRow {
    /// As text.
    pub(crate) fn write_text(&self, t: &mut String, currency: &str) -> std::fmt::Result {
        writeln!(t, "\npopulation: {} participants, {} instructions", self.participants, self.instructions)?;
        writeln!(
            t,
            "{:<32} {:>7} %   {:>7} of {}, {} % of the value",
            "failed at the cut-off",
            self.fail_percent,
            self.failed,
            self.instructions,
            self.fail_value_percent
        )?;
        if let Some(FreeRow { failed, of, percent }) = self.free_of_payment {
            writeln!(t, "{:<32} {percent:>7} %   {failed:>7} of {of}", "free of payment")?;
        }
        let why: Vec<String> = self.why.iter().map(|(why, n)| format!("{} {n}", why.label())).collect();
        writeln!(t, "{:<32} {}", "why", if why.is_empty() { "-".to_owned() } else { why.join(", ") })?;
        let slope = self.pass_through.map_or("-".to_owned(), |slope| slope.to_string());
        writeln!(
            t,
            "{:<32} {slope:>7}     of fails to deliver on fails to receive, over {} dealers x lines",
            "chain pass-through (slope)", self.pass_through_cells
        )?;
        self.penalties.write_text(t, currency)?;
        let Some(gridlock) = &self.gridlock else { return Ok(()) };
        writeln!(t, "{:<32} {}", "largest knot", gridlock.in_words(currency))?;
        for link in &gridlock.shown {
            writeln!(
                t,
                "  {:>2}  {:<14} {:<24} {:>11} {}  {}",
                link.step + 1,
                link.reference,
                format!("{} to {}", link.from, link.to),
                link.quantity,
                link.isin,
                link.in_words(currency)
            )?;
        }
        if gridlock.not_shown() > 0 {
            writeln!(t, "      and {} more", gridlock.not_shown())?;
        }
        Ok(())
    }
}

impl Gridlock {
    /// How many of its instructions are not shown.
    pub(crate) fn not_shown(&self) -> u64 {
        self.instructions.saturating_sub(self.shown.len() as u64)
    }

    /// In one line.
    pub fn in_words(&self, currency: &str) -> String {
        let circles = match self.in_circles {
            0 => String::new(),
            n => format!("; {n} wait for themselves by way of others"),
        };
        format!(
            "{} instructions that wait for each other, {} of them trades of the house; participants: {}, lines: {}, {} {currency}; the \
             longest row has {}{circles}",
            self.instructions, self.house_trades, self.participants, self.lines, self.value, self.longest
        )
    }
}

impl Link {
    /// Why it has not settled, and for whom it waits.
    pub fn in_words(&self, currency: &str) -> String {
        let mut words = match self.why {
            Why::Securities => format!("{} of them lack", self.short),
            Why::Cash => format!("{} {currency} lack", self.short),
            why => why.label().to_owned(),
        };
        let mut others = self.waits_for.clone();
        if self.waits_for_more > 0 {
            others.push(format!("{} not shown", self.waits_for_more));
        }
        if !others.is_empty() {
            _ = write!(words, "; waits for {}", others.join(", "));
        }
        words
    }
}
