//! Weights for the features: logistic regression with a penalty on large weights, by Newton's method, always the same steps. What
//! leaves this file are whole thousandths.

#![allow(
    clippy::disallowed_types,
    reason = "statistics: nothing here is money or a quantity, and what is kept is rounded to integers"
)]

use std::collections::BTreeMap;

use super::model::{FORMULA, Fitted, FittedOn, Weight};

/// Snapshots that are alike: the same features. How many there were, and how many of them were of trades that failed.
#[derive(Debug, Default, Clone)]
pub struct Cases {
    alike: BTreeMap<Vec<String>, [u64; 2]>,
}

/// The penalty on the square of a weight; of a size with what one snapshot tells.
const PENALTY: f64 = 1.0;
/// A feature that held less often is left out: its weight would say more of chance than of it.
const SEEN_MIN: u64 = 20;
const STEPS_MAX: usize = 40;
/// Points of the calibration at most.
const BINS: usize = 20;

impl Cases {
    /// One more snapshot.
    pub fn add(&mut self, mut features: Vec<String>, failed: bool) {
        features.sort_unstable();
        let [all, fails] = self.alike.entry(features).or_default();
        *all += 1;
        *fails += u64::from(failed);
    }

    /// How many there are, and of how many the trade failed.
    pub fn count(&self) -> [u64; 2] {
        self.alike.values().fold([0, 0], |[a, b], [all, fails]| [a + all, b + fails])
    }

    /// Fits a model; `None` when nothing failed, or everything: there is nothing to tell apart.
    pub fn fit(&self, version: &str, fitted_on: FittedOn) -> Option<Fitted> {
        let [all, fails] = self.count();
        if fails == 0 || fails == all {
            return None;
        }
        let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
        for (features, [times, _]) in &self.alike {
            features.iter().for_each(|f| *seen.entry(f).or_default() += times);
        }
        seen.retain(|_, times| *times >= SEEN_MIN);
        let place: BTreeMap<&str, usize> = seen.keys().zip(1..).map(|(f, n)| (*f, n)).collect();
        let rows: Vec<Row> = self
            .alike
            .iter()
            .map(|(features, [all, fails])| Row {
                // The first stands for where everything begins.
                holds: [0]
                    .into_iter()
                    .chain(features.iter().filter_map(|f| place.get(f.as_str()).copied()))
                    .collect(),
                all: *all as f64,
                fails: *fails as f64,
            })
            .collect();
        let (weights, variances) = newton(&rows, place.len() + 1, fails as f64 / all as f64);
        let milli = |x: f64| (x * 1_000.0).round() as i64;
        let mut model = Fitted {
            version: version.to_owned(),
            formula: FORMULA,
            fitted_on,
            intercept_milli: milli(weights[0]),
            weights: seen
                .iter()
                .zip(weights.iter().zip(&variances).skip(1))
                .map(|((feature, seen), (weight, variance))| Weight {
                    feature: (*feature).to_owned(),
                    milli: milli(*weight),
                    error_milli: milli(variance.max(0.0).sqrt()).unsigned_abs(),
                    seen: *seen,
                })
                .collect(),
            calibration: Vec::new(),
        };
        model.calibration = self.calibration(&model);
        Some(model)
    }

    /// What the model says against what was seen, made to rise: neighbours that fall are put together.
    fn calibration(&self, model: &Fitted) -> Vec<[u32; 2]> {
        let mut said: Vec<(u32, [u64; 2])> = self
            .alike
            .iter()
            .map(|(features, counts)| (model.of_features(features.iter().map(String::as_str)).bp, *counts))
            .collect();
        said.sort_unstable();
        // Each block has a hundred fails or a twentieth of all, whatever comes first: rare and likely ones get blocks of their own.
        let [all, fails] = self.count();
        let mut blocks: Vec<[u64; 3]> = Vec::new();
        let mut block = [0u64; 3];
        for (bp, [times, failed]) in said {
            block = [block[0] + times, block[1] + failed, block[2] + u64::from(bp) * times];
            if block[0] >= all / BINS as u64 || block[1] >= (fails / BINS as u64).max(20) {
                blocks.push(std::mem::take(&mut block));
            }
        }
        if block[0] > 0 {
            blocks.push(block);
        }
        let mut rising: Vec<[u64; 3]> = Vec::new();
        for mut next in blocks {
            while let Some(last) = rising.last().copied() {
                // last's rate >= next's rate
                if u128::from(last[1]) * u128::from(next[0]) < u128::from(next[1]) * u128::from(last[0]) {
                    break;
                }
                next = [next[0] + last[0], next[1] + last[1], next[2] + last[2]];
                rising.pop();
            }
            rising.push(next);
        }
        let round = |n: u64, of: u64| u32::try_from((n + of / 2) / of.max(1)).unwrap_or(10_000);
        let mut points: Vec<[u32; 2]> = Vec::new();
        for [times, failed, bp] in rising {
            let point = [round(bp, times), round(failed * 10_000, times)];
            if points.last().is_none_or(|last| last[0] < point[0]) {
                points.push(point);
            }
        }
        points
    }
}

struct Row {
    holds: Vec<usize>,
    all: f64,
    fails: f64,
}

/// Weights and their variances.
fn newton(rows: &[Row], width: usize, rate: f64) -> (Vec<f64>, Vec<f64>) {
    let mut weights = vec![0.0; width];
    weights[0] = (rate / (1.0 - rate)).ln();
    let mut hessian = Vec::new();
    for _ in 0..STEPS_MAX {
        let mut gradient: Vec<f64> = weights.iter().map(|w| -PENALTY * w).collect();
        gradient[0] = 0.0;
        hessian = vec![vec![0.0; width]; width];
        for (n, row) in hessian.iter_mut().enumerate() {
            // Where everything begins is not held small; the trace of a penalty keeps the matrix regular.
            row[n] = if n == 0 { 1e-6 } else { PENALTY };
        }
        for row in rows {
            let score: f64 = row.holds.iter().map(|n| weights[*n]).sum();
            let p = 1.0 / (1.0 + (-score).exp());
            let (error, weight) = (row.fails - row.all * p, row.all * p * (1.0 - p));
            for n in &row.holds {
                gradient[*n] += error;
                for m in &row.holds {
                    hessian[*n][*m] += weight;
                }
            }
        }
        let factor = cholesky(&hessian);
        let step = solve(&factor, &gradient);
        // A step of more than two logits is cut: the curve is not as straight as the matrix thinks.
        let largest = step.iter().fold(0.0f64, |a, s| a.max(s.abs()));
        let scale = if largest > 2.0 { 2.0 / largest } else { 1.0 };
        for (w, s) in weights.iter_mut().zip(&step) {
            *w += scale * s;
        }
        if largest < 1e-9 {
            break;
        }
    }
    let factor = cholesky(&hessian);
    let variances = (0..width).map(|n| {
        let mut unit = vec![0.0; width];
        unit[n] = 1.0;
        solve(&factor, &unit)[n]
    });
    let variances = variances.collect();
    (weights, variances)
}

/// The lower triangle whose square is the matrix.
fn cholesky(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let width = matrix.len();
    let mut factor = vec![vec![0.0; width]; width];
    for i in 0..width {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
            factor[i][j] = if i == j {
                (matrix[i][i] - sum).max(1e-12).sqrt()
            } else {
                (matrix[i][j] - sum) / factor[j][j]
            };
        }
    }
    factor
}

fn solve(factor: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let width = right.len();
    let mut x = right.to_vec();
    for i in 0..width {
        let sum: f64 = (0..i).map(|k| factor[i][k] * x[k]).sum();
        x[i] = (x[i] - sum) / factor[i][i];
    }
    for i in (0..width).rev() {
        let sum: f64 = (i + 1..width).map(|k| factor[k][i] * x[k]).sum();
        x[i] = (x[i] - sum) / factor[i][i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_found_again_and_the_same_cases_in_any_order_give_the_same_model() {
        let mut cases = Cases::default();
        let mut reversed = Cases::default();
        let all: Vec<(Vec<String>, bool)> = (0..4_000)
            .map(|n| {
                let buys = n % 2 == 0;
                let feature = if buys { "side: buy" } else { "side: sell" };
                (vec![feature.to_owned()], n % if buys { 10 } else { 100 } == if buys { 0 } else { 1 })
            })
            .collect();
        all.iter().for_each(|(f, failed)| cases.add(f.clone(), *failed));
        all.iter().rev().for_each(|(f, failed)| reversed.add(f.clone(), *failed));
        let fit = |c: &Cases| c.fit("test", FittedOn::default()).expect("some fail");
        let model = fit(&cases);
        assert_eq!(model, fit(&reversed));
        assert_eq!(model.problem(), None);
        for (feature, bp) in [("side: buy", 2_000), ("side: sell", 200)] {
            let said = model.of_features([feature].into_iter()).bp;
            assert!(said.abs_diff(bp) <= 60, "{feature}: {said}");
        }
        assert_eq!(Cases::default().fit("test", FittedOn::default()), None);
    }
}
