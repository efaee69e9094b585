//! A fitted model: a weight for each feature, added up, made a probability, and put right by what was seen. A file of JSON says
//! all of it; the one that is shipped is part of the program.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{features, sigmoid};
use crate::exceptions::probability::{Estimate, Features, Model, certain};
use crate::lifecycle::trade::Trade;

/// Versions of the formula that this program can work out.
pub const FORMULA: u32 = 1;

/// What a model was fitted on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedOn {
    /// The scenario's name, or `store`.
    pub source: String,
    /// A digest of the scenario as it was read.
    pub digest: String,
    /// First and last seed; 0 and 0 for stores.
    pub seeds: [u64; 2],
    /// Runs or stores.
    pub runs: u64,
    /// Snapshots of trades.
    pub snapshots: u64,
    /// Of these, of trades that failed.
    pub failed: u64,
}

/// A feature's weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// The feature.
    pub feature: String,
    /// Thousandths of a logit.
    pub milli: i64,
    /// Its standard error, in the same.
    pub error_milli: u64,
    /// Snapshots in which it held.
    pub seen: u64,
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fitted {
    /// Kept with every score.
    pub version: String,
    /// How it is worked out.
    pub formula: u32,
    /// On what it was fitted.
    pub fitted_on: FittedOn,
    /// Where everything begins, in thousandths of a logit.
    pub intercept_milli: i64,
    /// By feature, in order of names.
    pub weights: Vec<Weight>,
    /// What came out and what was seen, in hundredths of a per cent, both rising: straight lines between.
    pub calibration: Vec<[u32; 2]>,
}

impl Fitted {
    /// What is wrong with it, in words.
    pub fn problem(&self) -> Option<String> {
        if self.formula != FORMULA {
            return Some(format!("formula {} is not known: this program works out {FORMULA}", self.formula));
        }
        if self.version.trim().is_empty() {
            return Some("version is empty: it is kept with every score".to_owned());
        }
        let group = |name: &str| features::GROUPS.iter().any(|g| name.starts_with(&format!("{}: ", g.name)));
        if let Some(odd) = self.weights.iter().find(|w| !group(&w.feature)) {
            return Some(format!("weights: there is no feature {:?} (docs/risk.md lists them)", odd.feature));
        }
        if let Some(pair) = self.weights.windows(2).find(|w| w[0].feature >= w[1].feature) {
            return Some(format!("weights: {:?} is not in order, or twice", pair[1].feature));
        }
        let large = |n: i64| n.unsigned_abs() > 1_000_000;
        if large(self.intercept_milli) || self.weights.iter().any(|w| large(w.milli)) {
            return Some("a weight is more than 1000 logits: that is no fit".to_owned());
        }
        let rises = |pair: &[[u32; 2]]| pair[0][0] < pair[1][0] && pair[0][1] <= pair[1][1];
        let bounded = self.calibration.iter().all(|[from, to]| *from <= 10_000 && *to <= 10_000);
        if !bounded || !self.calibration.windows(2).all(rises) {
            return Some("calibration: both columns must rise, from 0 to 10000 at most".to_owned());
        }
        None
    }

    /// From the names of the features that hold.
    pub fn of_features<'n>(&self, names: impl Iterator<Item = &'n str>) -> Estimate {
        let mut counted: Vec<&Weight> = names.filter_map(|name| self.weight(name)).collect();
        counted.sort_by_key(|w| (std::cmp::Reverse(w.milli.unsigned_abs()), &w.feature));
        let mut sum = self.intercept_milli;
        let mut parts = vec![("before anything is known of it".to_owned(), signed(sigmoid::bp(sum)))];
        for weight in counted {
            let before = sigmoid::bp(sum);
            sum += weight.milli;
            parts.push((weight.feature.clone(), signed(sigmoid::bp(sum)) - signed(before)));
        }
        let raw = sigmoid::bp(sum);
        let bp = self.calibrated(raw);
        parts.push(("calibration".to_owned(), signed(bp) - signed(raw)));
        parts.retain(|(_, part)| *part != 0);
        Estimate { bp, parts }
    }

    fn weight(&self, feature: &str) -> Option<&Weight> {
        let at = self.weights.binary_search_by(|w| w.feature.as_str().cmp(feature)).ok()?;
        self.weights.get(at)
    }

    fn calibrated(&self, bp: u32) -> u32 {
        if self.calibration.is_empty() {
            return bp;
        }
        let (mut low, mut high) = ([0, 0], [10_000, 10_000]);
        for point in &self.calibration {
            if point[0] <= bp {
                low = *point;
            } else {
                high = *point;
                break;
            }
        }
        if high[0] <= low[0] {
            return low[1];
        }
        let along = u64::from(bp - low[0]) * u64::from(high[1].saturating_sub(low[1]));
        low[1] + u32::try_from(along / u64::from(high[0] - low[0])).unwrap_or(0)
    }
}

fn signed(bp: u32) -> i32 {
    i32::try_from(bp).unwrap_or(i32::MAX)
}

impl Model for Fitted {
    fn version(&self) -> &str {
        &self.version
    }

    fn probability(&self, trade: &Trade, known: &Features) -> Estimate {
        if let Some(certain) = certain(trade, known) {
            return certain;
        }
        let names = features::of(trade, known);
        self.of_features(names.iter().map(String::as_str))
    }
}

/// The model that is used when nothing else is said.
pub fn shipped() -> &'static Fitted {
    static SHIPPED: LazyLock<Fitted> = LazyLock::new(|| {
        let model: Fitted = serde_json::from_str(include_str!("default_model.json"))
            .expect("the file is part of the program and a test reads it");
        assert_eq!(model.problem(), None, "the file is part of the program and a test reads it");
        model
    });
    &SHIPPED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Fitted {
        let weight =
            |feature: &str, milli| Weight { feature: feature.to_owned(), milli, error_milli: 0, seen: 1 };
        Fitted {
            version: "test".to_owned(),
            formula: FORMULA,
            fitted_on: FittedOn::default(),
            intercept_milli: -2_197,
            weights: vec![weight("side: buy", 2_197), weight("state: pending", 1_000)],
            calibration: vec![[1_000, 1_200], [5_000, 5_000]],
        }
    }

    #[test]
    fn parts_add_up_and_what_is_not_known_adds_nothing() {
        let of = |names: &[&str]| model().of_features(names.iter().copied());
        for (names, bp) in [
            (&[][..], 1_200),
            (&["side: buy"], 5_000),
            (&["state: never seen"], 1_200),
            (&["side: buy", "state: pending"], 7_311),
        ] {
            let estimate = of(names);
            assert_eq!(estimate.bp, bp, "{names:?}");
            assert_eq!(estimate.parts.iter().map(|(_, p)| *p).sum::<i32>(), signed(bp), "{names:?}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let wrong = |change: fn(&mut Fitted)| {
            let mut model = model();
            change(&mut model);
            model.problem().expect("a problem")
        };
        assert_eq!(model().problem(), None);
        assert!(wrong(|m| m.formula = 9).contains("formula 9"));
        assert!(wrong(|m| m.version.clear()).contains("version"));
        assert!(wrong(|m| m.weights[0].feature = "moon: full".to_owned()).contains("moon"));
        assert!(wrong(|m| m.weights.reverse()).contains("order"));
        assert!(wrong(|m| m.calibration.reverse()).contains("rise"));
        assert_eq!(shipped().problem(), None);
    }
}
