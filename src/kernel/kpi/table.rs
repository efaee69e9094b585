//! The table of key figures. It prints itself into `docs/kpi.md`. A formula that changes gets another version, so that nobody
//! compares what was counted differently.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// A key figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kpi {
    /// Straight through.
    Stp,
    /// Had to be modified.
    Repair,
    /// Matched on trade date.
    MatchOnTradeDate,
    /// Affirmed on trade date.
    SameDayAffirmation,
    /// Failed, by count.
    FailCount,
    /// Failed, by value.
    FailValue,
    /// Settled on the intended date.
    Efficiency,
    /// The same by value.
    EfficiencyValue,
    /// The same without what the counterparty caused.
    EfficiencyAttributed,
    /// Open fails by age, by count.
    AgedCount,
    /// By value.
    AgedValue,
    /// Time to resolve an exception.
    TimeToResolve,
}

/// In what it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share of the denominator.
    Share,
    /// Business minutes for each of the denominator.
    Minutes,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Which.
    pub kpi: Kpi,
    /// Its name.
    pub name: &'static str,
    /// Version of the formula.
    pub version: u16,
    /// What is counted.
    pub numerator: &'static str,
    /// Of what.
    pub denominator: &'static str,
    /// What is left out.
    pub excluded: &'static str,
    /// By which date it falls into the period.
    pub by: &'static str,
    /// By whose clock.
    pub zone: &'static str,
    /// In what it is said.
    pub unit: Unit,
}

const TRADE_DATE: &str = "trade date";
const SETTLEMENT_DATE: &str = "intended settlement date";
const DESK: &str = "desk";
const NONE: &str = "-";
const NOT_DUE: &str =
    "cancelled trades; trades not instructed; trades whose cut-off is not past as of the last record";

/// All figures.
pub const ROWS: &[Row] = &[
    Row {
        kpi: Kpi::Stp,
        name: "STP rate",
        version: 1,
        numerator: "trades settled without an exception of their own, a second version of a side, a second instruction or a person's order",
        denominator: "trades that have settled",
        excluded: "cancelled trades; trades still open",
        by: TRADE_DATE,
        zone: NONE,
        unit: Unit::Share,
    },
    Row {
        kpi: Kpi::Repair,
        name: "repair rate",
        version: 1,
        numerator: "trades with a second version of a side, a second instruction, or a difference let pass",
        denominator: "all trades",
        excluded: "nothing",
        by: TRADE_DATE,
        zone: NONE,
        unit: Unit::Share,
    },
    Row {
        kpi: Kpi::MatchOnTradeDate,
        name: "match rate T+0",
        version: 1,
        numerator: "trades matched on their trade date",
        denominator: "all trades",
        excluded: "trades cancelled before they matched",
        by: TRADE_DATE,
        zone: DESK,
        unit: Unit::Share,
    },
    Row {
        kpi: Kpi::SameDayAffirmation,
        name: "same-day affirmation",
        version: 1,
        numerator: "trades affirmed by 21:00 on their trade date",
        denominator: "trades with a confirmation",
        excluded: "trades cancelled before they were affirmed",
        by: TRADE_DATE,
        zone: "UTC-5 all year (New York without summer time)",
        unit: Unit::Share,
    },
    Row {
        kpi: Kpi::FailCount,
        name: "fail rate by count",
        version: 1,
        numerator: "instructed trades not wholly settled on their intended settlement date",
        denominator: "instructed trades",
        excluded: NOT_DUE,
        by: SETTLEMENT_DATE,
        zone: NONE,
        unit: Unit::Share,
    },
    Row {
        kpi: Kpi::FailValue,
        name: "fail rate by value",
        version: 1,
        numerator: "value of the same trades",
        denominator: "value of instructed trades, at the exchange rates of the profile",
        excluded: NOT_DUE,
        by: SETTLEMENT_DATE,
        zone: NONE,
        unit: Unit::Share,
    },
    Row {
        kpi: Kpi::Efficiency,
        name: "settlement efficiency",
        version: 1,
        numerator: "trades wholly settled on their intended settlement date",
        denominator: "all trades due, instructed or not",
        excluded: "cancelled trades; trades whose cut-off is not past as of the last record",
        by: SETTLEMENT_DATE,
        zone: NONE,
        unit: Unit::Share,
    },
    Row {
        kpi: Kpi::EfficiencyValue,
        name: "settlement efficiency by value",
        version: 1,
        numerator: "value of the same trades",
        denominator: "value of all trades due, at the exchange rates of the profile",
        excluded: "cancelled trades; trades whose cut-off is not past as of the last record",
        by: SETTLEMENT_DATE,
        zone: NONE,
        unit: Unit::Share,
    },
    Row {
        kpi: Kpi::EfficiencyAttributed,
        name: "settlement efficiency, attributed",
        version: 1,
        numerator: "trades wholly settled on their intended settlement date",
        denominator: "all trades due, instructed or not",
        excluded: "as before, and trades that failed with an exception that lay with the counterparty last",
        by: SETTLEMENT_DATE,
        zone: NONE,
        unit: Unit::Share,
    },
    Row {
        kpi: Kpi::AgedCount,
        name: "aged fails by count",
        version: 1,
        numerator: "fails open as of the last record, by business days past the intended settlement date",
        denominator: "all fails open as of the last record",
        excluded: NOT_DUE,
        by: SETTLEMENT_DATE,
        zone: DESK,
        unit: Unit::Share,
    },
    Row {
        kpi: Kpi::AgedValue,
        name: "aged fails by value",
        version: 1,
        numerator: "value of the same trades",
        denominator: "value of all fails open as of the last record",
        excluded: NOT_DUE,
        by: SETTLEMENT_DATE,
        zone: DESK,
        unit: Unit::Share,
    },
    Row {
        kpi: Kpi::TimeToResolve,
        name: "mean time to resolve",
        version: 1,
        numerator: "business minutes from opened to resolved",
        denominator: "exceptions resolved, by their band at the end",
        excluded: "exceptions still open; exceptions without a score (journals of earlier versions) have a line of their own",
        by: "day of resolution",
        zone: DESK,
        unit: Unit::Minutes,
    },
];

impl Kpi {
    /// Its row.
    pub fn row(self) -> &'static Row {
        ROWS.iter().find(|r| r.kpi == self).expect("every figure has a row; a test counts them")
    }
}

/// The table as a page of documentation.
pub fn page() -> String {
    let mut page = String::from(
        "# Key figures\n\nPrinted from `src/kernel/kpi/table.rs`; a test keeps it equal. `finality kpi --store DIR` counts them in one pass over \
         the journal and prints each with its numerator and denominator.\nThe desk's clock is that of `[profile.desk]`. A figure counts \
         what the journal says up to its last record, and nothing after it.\n\n\
         | figure | version | numerator | denominator | left out | falls into the period by | clock | said in |\n|---|---|---|---|---|---|---|---|\n",
    );
    for r in ROWS {
        let unit = match r.unit {
            Unit::Share => "per cent",
            Unit::Minutes => "business minutes",
        };
        writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {unit} |",
            r.name, r.version, r.numerator, r.denominator, r.excluded, r.by, r.zone
        )
        .expect("a string");
    }
    page.push_str(
        "\n`--by` splits them by counterparty, market (country of the instrument), instrument class, or reason: that of the exception that was \
         opened last for the trade. Fails of securities and of cash are told apart by reason.\n",
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_one_row() {
        for (at, row) in ROWS.iter().enumerate() {
            assert_eq!(row.kpi as usize, at, "{}", row.name);
            assert_eq!(row.kpi.row().name, row.name);
        }
    }
}
