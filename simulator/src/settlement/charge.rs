//! The fails charge of the United States, by the public formula of the Treasury Market Practices Group: who fails to deliver pays for each
//! calendar day the proceeds times what a rate is above the target rate, and no less than nothing, over 360. The target rate is the lower
//! bound of the federal funds range.

use finality_parsers::model::BusinessDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::penalty::rates::latest;

/// What is charged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charged {
    /// Debt of the Treasury.
    Treasury,
    /// Mortgage-backed securities of the agencies.
    AgencyMbs,
}

/// From which rate on nothing is charged, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeRate {
    /// For what.
    pub class: Charged,
    /// From this day on; always, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<BusinessDate>,
    /// In per cent a year.
    pub percent: Decimal,
}

/// The target rate, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetRate {
    /// From this day on; always, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<BusinessDate>,
    /// In per cent a year.
    pub percent: Decimal,
}

/// The charge. Rows may stand in any order: of those that apply on a day the latest holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FailsCharge {
    /// Whether there is one.
    pub on: bool,
    /// From which rates on nothing is charged.
    pub rates: Vec<ChargeRate>,
    /// Target rates.
    pub target: Vec<TargetRate>,
}

impl Default for FailsCharge {
    fn default() -> Self {
        let rate = |(class, percent)| ChargeRate { class, from: None, percent: Decimal::new(percent, 2) };
        Self {
            on: false,
            rates: [(Charged::Treasury, 300), (Charged::AgencyMbs, 200)].map(rate).to_vec(),
            target: vec![TargetRate { from: None, percent: Decimal::new(100, 2) }],
        }
    }
}

impl FailsCharge {
    /// What is charged on a day, in per cent a year; nothing where a rate lacks.
    pub fn percent(&self, class: Charged, day: BusinessDate) -> Option<Decimal> {
        let rate = latest(self.rates.iter().filter(|rate| rate.class == class), |rate| rate.from, day)?;
        let target = latest(self.target.iter(), |rate| rate.from, day)?;
        Some((rate.percent - target.percent).max(Decimal::ZERO))
    }

    /// What a fail costs from a day until another, which does not count, in hundredths: each calendar day at the rate of that day; rounded
    /// once, half up.
    pub fn hundredths(&self, class: Charged, proceeds_cents: i64, days: [BusinessDate; 2]) -> i64 {
        let [from, until] = days.map(|day| day.naive());
        let all = from.iter_days().take_while(|day| *day < until);
        let percent: Decimal = all.filter_map(|day| self.percent(class, BusinessDate::new(day))).sum();
        let charge = Decimal::from(proceeds_cents) * percent / Decimal::from(36_000);
        let rounded = charge.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        i64::try_from(rounded).unwrap_or(i64::MAX)
    }

    /// What makes no sense.
    pub(crate) fn problem(&self, first: BusinessDate) -> Option<(&'static str, &'static str)> {
        let too_much = |percent: &Decimal| percent.abs() > Decimal::ONE_HUNDRED;
        if self.rates.iter().any(|r| too_much(&r.percent)) || self.target.iter().any(|r| too_much(&r.percent))
        {
            return Some(("fails_charge", "a rate is at most 100 per cent"));
        }
        if self.rates.iter().any(|rate| rate.percent.is_sign_negative() && !rate.percent.is_zero()) {
            return Some(("fails_charge.rates", "a rate from which on nothing is charged is not below zero"));
        }
        if !self.on {
            return None;
        }
        if self.rates.is_empty() || self.target.is_empty() {
            return Some(("fails_charge", "a charge needs rates and a target"));
        }
        if latest(self.target.iter(), |rate| rate.from, first).is_none() {
            return Some((
                "fails_charge.target",
                "no row applies on the first settlement day: one must have no `from`, or one that is not later",
            ));
        }
        let lacks = |rate: &ChargeRate| {
            let of_class = self.rates.iter().filter(|other| other.class == rate.class);
            latest(of_class, |rate| rate.from, first).is_none()
        };
        self.rates.iter().any(lacks).then_some((
            "fails_charge.rates",
            "a class has no row that applies on the first settlement day: one must have no `from`, or one that is not later",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> BusinessDate {
        text.parse().expect("a date")
    }

    /// 50 million at 3 % less 1 %: 50,000,000 x 0.02 / 360 = 2,777.78 a day; over a weekend three times that, rounded once.
    #[test]
    fn a_charge_is_by_calendar_day() {
        let charge = FailsCharge::default();
        let cents = 5_000_000_000;
        let tuesday = [day("2026-11-24"), day("2026-11-25")];
        assert_eq!(charge.hundredths(Charged::Treasury, cents, tuesday), 277_778);
        let friday = [day("2026-11-27"), day("2026-11-30")];
        assert_eq!(charge.hundredths(Charged::Treasury, cents, friday), 833_333);
        assert_eq!(charge.hundredths(Charged::AgencyMbs, cents, tuesday), 138_889);
    }

    #[test]
    fn rates_are_dated_and_never_below_zero() {
        let text =
            "on = true\n[[target]]\npercent = '1.00'\n[[target]]\nfrom = '2026-11-28'\npercent = '4.50'\n";
        let charge: FailsCharge = toml::from_str(text).expect("a table");
        // Friday at 2 %, Saturday and Sunday at nothing.
        let weekend = [day("2026-11-27"), day("2026-11-30")];
        assert_eq!(charge.hundredths(Charged::Treasury, 5_000_000_000, weekend), 277_778);
        assert_eq!(charge.percent(Charged::Treasury, day("2026-11-30")), Some(Decimal::ZERO));
        assert_eq!(charge.problem(day("2026-11-25")), None);
        let none = FailsCharge { target: Vec::new(), ..charge };
        assert!(none.problem(day("2026-11-25")).is_some());
    }

    #[test]
    fn a_charge_without_a_rate_for_the_day_is_refused_and_not_nothing() {
        let later = |target: &str| FailsCharge {
            on: true,
            target: vec![TargetRate { from: Some(day(target)), percent: Decimal::ONE }],
            ..FailsCharge::default()
        };
        assert_eq!(later("2026-11-25").problem(day("2026-11-25")), None);
        let problem = later("2027-01-01").problem(day("2026-11-25"));
        assert_eq!(problem.map(|(what, _)| what), Some("fails_charge.target"));
        let below = FailsCharge {
            rates: vec![ChargeRate { class: Charged::Treasury, from: None, percent: Decimal::from(-3) }],
            ..FailsCharge::default()
        };
        assert_eq!(below.problem(day("2026-11-25")).map(|(what, _)| what), Some("fails_charge.rates"));
    }
}
