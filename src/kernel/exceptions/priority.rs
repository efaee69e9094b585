//! Which exception is looked at first: a score of 0 to 100 points made of five parts, each from 0 to 1 times its weight. Integers
//! throughout: parts are hundredths of a per cent, points are hundredths of a point.
//!
//! A score is true as of the moment it carries. It is made anew when the exception's trade moves, when a person acts on the
//! exception, and at the thresholds of its service level ([`super::sla`]); in between it is not touched, so looking at the
//! queue costs nothing.

use finality_parsers::machine::Timestamp;
use finality_parsers::model::Amount;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::{Deserialize, Serialize};

/// How soon somebody must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// At once.
    P1,
    /// Within the hour.
    P2,
    /// Today.
    P3,
    /// When there is time.
    #[default]
    P4,
}

impl Band {
    /// All, the most pressing first.
    pub const ALL: [Band; 4] = [Band::P1, Band::P2, Band::P3, Band::P4];

    /// `P1`, ...
    pub fn name(self) -> &'static str {
        match self {
            Band::P1 => "P1",
            Band::P2 => "P2",
            Band::P3 => "P3",
            Band::P4 => "P4",
        }
    }

    /// One more pressing.
    #[must_use]
    pub fn higher(self) -> Band {
        match self {
            Band::P1 | Band::P2 => Band::P1,
            Band::P3 => Band::P2,
            Band::P4 => Band::P3,
        }
    }
}

/// Five numbers, one for each part of the score: weights, the parts themselves, or points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// How near the cut-off is, and how bad the reason.
    pub urgency: u32,
    /// What a fail is expected to cost, on a logarithmic scale.
    pub cost: u32,
    /// How likely it fails.
    pub fail: u32,
    /// How often the counterparty's trades fail.
    pub counterparty: u32,
    /// How much the account or counterparty matters to us.
    pub tier: u32,
}

impl Parts {
    /// All five with their names.
    pub fn named(&self) -> [(&'static str, u32); 5] {
        [
            ("urgency", self.urgency),
            ("expected cost", self.cost),
            ("probability of a fail", self.fail),
            ("counterparty's record", self.counterparty),
            ("tier", self.tier),
        ]
    }

    fn sum(&self) -> u32 {
        self.named().iter().map(|(_, n)| *n).sum()
    }

    fn times(&self, weights: &Parts) -> Parts {
        Parts {
            urgency: self.urgency * weights.urgency / 100,
            cost: self.cost * weights.cost / 100,
            fail: self.fail * weights.fail / 100,
            counterparty: self.counterparty * weights.counterparty / 100,
            tier: self.tier * weights.tier / 100,
        }
    }
}

/// How much each part counts, and from how many points on a band begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// Kept with every score that was made by them.
    pub version: u32,
    /// Points at most for each part; together 100.
    pub points: Parts,
    /// Points from which on it is P1, P2, P3.
    pub bands: [u32; 3],
    /// The cost, in units of its currency, that counts as much as any.
    pub cost_cap: u32,
    /// Business minutes before the cut-off at which urgency begins to grow.
    pub horizon_minutes: u32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            version: 1,
            points: Parts { urgency: 35, cost: 30, fail: 20, counterparty: 10, tier: 5 },
            bands: [75, 55, 30],
            cost_cap: 100_000,
            horizon_minutes: 1_200,
        }
    }
}

/// A score, as of a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// As of when.
    pub at: Timestamp,
    /// Hundredths of a point, 0 to 10 000.
    pub total: u32,
    /// Where that puts it; a person may have put it higher.
    pub band: Band,
    /// The parts before weighing, in hundredths of a per cent.
    pub parts: Parts,
    /// What each part adds, in hundredths of a point.
    pub points: Parts,
    /// Version of the weights.
    pub weights: u32,
    /// Version of the model behind the probability.
    pub model: String,
    /// What a fail is expected to cost.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected_cost: Option<Amount>,
}

/// From parts to a score.
pub fn score(
    at: Timestamp,
    parts: Parts,
    weights: &Weights,
    model: &str,
    expected_cost: Option<Amount>,
) -> Score {
    let points = parts.times(&weights.points);
    let total = points.sum();
    let band = Band::ALL
        .into_iter()
        .zip(weights.bands)
        .find(|(_, from)| total >= from * 100)
        .map_or(Band::P4, |(band, _)| band);
    Score { at, total, band, parts, points, weights: weights.version, model: model.to_owned(), expected_cost }
}

/// Expected cost on a scale from 0 to 10 000: the logarithm of one more than it, as a share of that of the cap.
pub fn on_a_logarithmic_scale(cost: Decimal, cap: u32) -> u32 {
    let cents = cost.max(Decimal::ZERO).saturating_mul(Decimal::ONE_HUNDRED).to_u64().unwrap_or(u64::MAX);
    let top = log2(u64::from(cap).saturating_mul(100)).max(1);
    u32::try_from((log2(cents) * 10_000 / top).min(10_000)).unwrap_or(10_000)
}

/// The binary logarithm of `n + 1` in thousandths: exact at powers of two, straight lines between them. That is a tenth of a
/// binary place off at most, which is less than cost is known by.
fn log2(n: u64) -> u64 {
    let n = n.saturating_add(1);
    let whole = n.ilog2();
    let rest = n - (1 << whole);
    let fraction = u128::from(rest) * 1_000 / (1u128 << whole);
    u64::from(whole) * 1_000 + u64::try_from(fraction).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: Parts) -> Score {
        score(Timestamp::from_nanos(0), parts, &Weights::default(), "none", None)
    }

    #[test]
    fn all_at_their_most_are_a_hundred_points_and_bands_begin_where_they_say() {
        let all = |n| Parts { urgency: n, cost: n, fail: n, counterparty: n, tier: n };
        for (parts, total, band) in [
            (all(10_000), 10_000, Band::P1),
            (all(7_500), 7_500, Band::P1),
            (all(7_400), 7_400, Band::P2),
            (all(5_500), 5_500, Band::P2),
            (all(3_000), 3_000, Band::P3),
            (all(0), 0, Band::P4),
        ] {
            let score = of(parts);
            assert_eq!((score.total, score.band), (total, band), "{parts:?}");
        }
    }

    #[test]
    fn each_part_adds_its_own_points() {
        let score = of(Parts { urgency: 10_000, cost: 5_000, fail: 2_500, counterparty: 0, tier: 10_000 });
        assert_eq!(
            score.points,
            Parts { urgency: 3_500, cost: 1_500, fail: 500, counterparty: 0, tier: 500 }
        );
        assert_eq!(score.total, 6_000);
    }

    #[test]
    fn cost_grows_by_its_logarithm() {
        let scale = |cost: i64| on_a_logarithmic_scale(Decimal::from(cost), 100_000);
        let steps: Vec<u32> = [0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000].map(scale).to_vec();
        assert!(steps.windows(2).all(|w| w[0] <= w[1]), "{steps:?}");
        assert_eq!((steps[0], steps[6], steps[7]), (0, 10_000, 10_000));
        // Ten times the cost is the same step each time, about a seventh of the scale.
        assert!(steps[2..=6].windows(2).all(|w| (1_350..1_520).contains(&(w[1] - w[0]))), "{steps:?}");
    }
}
