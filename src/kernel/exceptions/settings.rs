//! What a profile says about the desk: its hours, its service levels, what counts how much.

use finality_parsers::model::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::cost::{PenaltyRate, Prices};
use super::hours::DeskHours;
use super::priority::Weights;
use super::probability::Choice;
use super::sla::Slas;

/// `[profile.desk]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeskSettings {
    /// When people are there.
    pub hours: DeskHours,
    /// How priority is scored.
    pub weights: Weights,
    /// Within which time something must happen.
    pub sla: Slas,
    /// Accounts and counterparties that matter more than others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
    /// Penalty rates beside those of the annex of the regulation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub penalty_rates: Vec<PenaltyRate>,
    /// What it costs to do without the money of a sale, in basis points a year.
    pub funding_bp: u32,
    /// What one unit of a currency is worth in the one in which costs are compared; 1 for those that are not named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchange: Vec<(Currency, Decimal)>,
    /// The file of a fitted model; `table` for the table of assumptions; the model that is shipped when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What is in that file: read at the edge.
    #[serde(skip)]
    pub estimates: Choice,
}

/// Somebody who matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// An account, or a BIC.
    pub party: String,
    /// 1 matters most, 2 half as much.
    pub tier: u8,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            hours: DeskHours::default(),
            weights: Weights::default(),
            sla: Slas::default(),
            tiers: Vec::new(),
            penalty_rates: Vec::new(),
            funding_bp: 300,
            exchange: Vec::new(),
            model: None,
            estimates: Choice::default(),
        }
    }
}

impl DeskSettings {
    /// What is wrong with it, in words.
    pub fn problem(&self) -> Option<String> {
        let points = self.weights.points.named().iter().map(|(_, n)| u64::from(*n)).sum::<u64>();
        let [p1, p2, p3] = self.weights.bands;
        let offset = self.hours.utc_offset_minutes;
        let checks = [
            (points != 100, format!("weights.points add up to {points}: they must add up to 100")),
            (
                !(p1 > p2 && p2 > p3 && p1 <= 100),
                format!(
                    "weights.bands are {p1}, {p2}, {p3}: each must be lower than the one before, the first at most 100"
                ),
            ),
            (self.weights.cost_cap == 0, "weights.cost_cap is 0: it is the cost that counts most".to_owned()),
            (self.weights.horizon_minutes == 0, "weights.horizon_minutes is 0".to_owned()),
            (
                self.hours.from >= self.hours.to,
                format!(
                    "hours: the desk opens at {} and closes at {}: it must open first",
                    self.hours.from, self.hours.to
                ),
            ),
            (
                offset.abs() > 24 * 60,
                format!("hours.utc_offset_minutes is {offset}: no clock is more than a day away"),
            ),
            (self.tiers.iter().any(|t| !(1..=3).contains(&t.tier)), "tiers: a tier is 1, 2 or 3".to_owned()),
            (
                self.exchange.iter().any(|(_, rate)| *rate <= Decimal::ZERO),
                "exchange: a rate must be more than 0".to_owned(),
            ),
        ];
        checks.into_iter().find(|(wrong, _)| *wrong).map(|(_, what)| what)
    }

    /// What cost is counted by.
    pub fn prices(&self) -> Prices<'_> {
        Prices { rates: &self.penalty_rates, funding_bp: self.funding_bp }
    }

    /// How much they matter, from 0 to 10 000: whoever of them matters most decides.
    pub fn tier_bp(&self, parties: &[Option<&str>]) -> u32 {
        let named = self.tiers.iter().filter(|t| parties.contains(&Some(t.party.as_str())));
        match named.map(|t| t.tier).min() {
            Some(1) => 10_000,
            Some(2) => 5_000,
            _ => 0,
        }
    }

    /// In the currency in which costs are compared.
    pub fn compared(&self, amount: finality_parsers::model::Amount) -> Decimal {
        let rate = self.exchange.iter().find(|(c, _)| *c == amount.currency());
        rate.map_or(amount.value(), |(_, rate)| amount.value().saturating_mul(*rate))
    }
}
