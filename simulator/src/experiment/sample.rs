//! What can be said of a sample: mean with interval, quantiles with interval, paired differences, and what several comparisons at
//! once cost. Methods: Student's t for means and paired differences, order statistics for quantiles, Holm for several.
#![allow(clippy::disallowed_types, reason = "statistics")]

use serde::Serialize;
use statrs::distribution::{Binomial, ContinuousCDF as _, DiscreteCDF as _, StudentsT};

/// A mean, and how far the true one may be from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Standard deviation of one replication.
    pub deviation: f64,
    /// Half the width of the interval; nothing can be said of a single value.
    pub half_width: Option<f64>,
    /// Of how many.
    pub of: usize,
}

#[allow(clippy::cast_precision_loss, reason = "numbers of replications")]
fn float(n: usize) -> f64 {
    n as f64
}

fn student(of: usize) -> Option<StudentsT> {
    (of > 1).then(|| StudentsT::new(0.0, 1.0, float(of - 1)).ok()).flatten()
}

/// The mean of values, with an interval that holds the true one in `confidence` of all cases.
///
/// What is no number, because a run had nothing to measure, is left out; of no values there is no mean.
pub fn mean(values: &[f64], confidence: f64) -> Mean {
    let values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let of = values.len();
    let mean = values.iter().sum::<f64>() / float(of);
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let deviation = (squares / float(of.saturating_sub(1).max(1))).sqrt();
    let half_width =
        student(of).map(|t| t.inverse_cdf(0.5 + confidence / 2.0) * deviation / float(of).sqrt());
    Mean { mean, deviation, half_width, of }
}

/// How much values resemble the ones before them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lag1 {
    /// From -1 to 1. Of values that have nothing to do with each other it is a little below 0, as each row is around its own mean.
    pub correlation: f64,
    /// Of how many neighbours.
    pub of: usize,
    /// In how many rows.
    pub rows: usize,
}

/// What neighbours say of an interval that takes values for independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Neighbours {
    /// Too few to tell.
    TooFew,
    /// No more and no less alike than by chance.
    Chance,
    /// More alike than by chance: the interval is too narrow.
    Alike,
    /// Less alike than by chance, one makes up for the one before: the interval is too wide.
    Opposed,
}

/// Values, without which nothing is said of neighbours.
pub(crate) const FEW: usize = 10;
/// The same in words.
pub(crate) const TOO_FEW: &str = "fewer than ten batches are too few to tell whether they resemble the ones before them by more than chance";

impl Lag1 {
    /// Independent values would come to anything but chance in one case of twenty. Their correlation is -1 / n on the mean of a row of n.
    pub fn says(&self) -> Neighbours {
        let values = self.of + self.rows;
        let unlikely = 1.96 / float(self.of).sqrt();
        match self.correlation + float(self.rows) / float(values) {
            _ if values < FEW => Neighbours::TooFew,
            more if more > unlikely => Neighbours::Alike,
            less if less < -unlikely => Neighbours::Opposed,
            _ => Neighbours::Chance,
        }
    }
}

/// The correlation of neighbours, over several rows of values, each around its own mean; nothing of rows of fewer than three, or where nothing
/// varies.
pub fn lag_1(rows: &[&[f64]]) -> Option<Lag1> {
    let (mut products, mut squares, mut of, mut taken) = (0.0, 0.0, 0, 0);
    for row in rows.iter().filter(|row| row.len() > 2 && row.iter().all(|value| value.is_finite())) {
        let mean = row.iter().sum::<f64>() / float(row.len());
        squares += row.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        products += row.windows(2).map(|two| (two[0] - mean) * (two[1] - mean)).sum::<f64>();
        of += row.len() - 1;
        taken += 1;
    }
    (squares > 0.0).then(|| Lag1 { correlation: products / squares, of, rows: taken })
}

/// How many values at the beginning differ from the rest: those without which the mean is known best (marginal standard error rule, White
/// 1997). At most half may go; nothing is said of fewer than twenty.
pub fn warm_up(values: &[f64]) -> Option<usize> {
    let error = |cut: usize| {
        let rest = &values[cut..];
        let mean = rest.iter().sum::<f64>() / float(rest.len());
        rest.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / float(rest.len()).powi(2)
    };
    let known = values.len() >= 20 && values.iter().all(|value| value.is_finite());
    known.then(|| (0..=values.len() / 2).min_by(|a, b| error(*a).total_cmp(&error(*b)))).flatten()
}

/// A difference, pair by pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// Of the differences.
    pub mean: Mean,
    /// How likely differences so far from nothing are when there is none: before any correction.
    pub p: Option<f64>,
    /// What the pairing brought: the variance of a difference of independent runs to that of the pairs.
    pub variance_ratio: Option<f64>,
}

/// The differences `values - base`, replication by replication.
pub fn paired(values: &[f64], base: &[f64], confidence: f64) -> Paired {
    // A pair of which one is missing is left out.
    let differences: Vec<f64> =
        values.iter().zip(base).map(|(v, b)| v - b).filter(|d| d.is_finite()).collect();
    let of = mean(&differences, confidence);
    let p = student(of.of).map(|t| {
        let error = of.deviation / float(of.of).sqrt();
        match (error > 0.0, of.mean == 0.0) {
            (true, _) => 2.0 * t.cdf(-(of.mean / error).abs()),
            (false, true) => 1.0,
            (false, false) => 0.0,
        }
    });
    let independent = mean(values, confidence).deviation.powi(2) + mean(base, confidence).deviation.powi(2);
    let variance_ratio = (of.deviation > 0.0).then(|| independent / of.deviation.powi(2));
    Paired { mean: of, p, variance_ratio }
}

/// Corrects the p of several comparisons at once (Holm): in the order given.
pub fn holm(ps: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ps.len()).collect();
    order.sort_by(|a, b| ps[*a].total_cmp(&ps[*b]));
    let mut corrected = vec![0.0; ps.len()];
    let mut least = 0.0_f64;
    for (done, index) in order.into_iter().enumerate() {
        least = least.max((ps[index] * float(ps.len() - done)).min(1.0));
        corrected[index] = least;
    }
    corrected
}

/// A quantile, and between which values the true one is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// Of the sample.
    pub value: f64,
    /// The interval; absent where there are too few values for it.
    pub interval: Option<[f64; 2]>,
}

/// A quantile of values, with an interval of order statistics that holds the true one in at least `confidence` of all cases.
pub fn quantile(values: &[f64], q: f64, confidence: f64) -> Option<Quantile> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
    let rank = ((q * float(n)).ceil() as usize).clamp(1, n.max(1));
    let value = *sorted.get(rank - 1)?;
    Some(Quantile { value, interval: ranks(n, q, confidence).map(|[low, high]| [sorted[low], sorted[high]]) })
}

/// The ranks (from 0) between which the true quantile is: each tail has at most half of what is left to chance.
fn ranks(n: usize, q: f64, confidence: f64) -> Option<[usize; 2]> {
    let below = Binomial::new(q, n as u64).ok()?;
    let tail = (1.0 - confidence) / 2.0;
    let low = (0..n).rev().find(|k| below.cdf(*k as u64) <= tail)?;
    let high = (0..n).find(|k| 1.0 - below.cdf(*k as u64) <= tail)?;
    (low < high).then_some([low, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 5e-4
    }

    /// The table of Student's t: 2.7764 for four degrees of freedom at 95 %, 2.0452 for 29.
    #[test]
    fn intervals_are_those_of_the_tables() {
        let five = mean(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95);
        assert!(near(five.mean, 3.0) && near(five.deviation, 1.5811), "{five:?}");
        assert!(near(five.half_width.expect("five values"), 2.7764 * 1.5811 / 5.0_f64.sqrt()), "{five:?}");
        let t = student(30).expect("thirty").inverse_cdf(0.975);
        assert!(near(t, 2.0452), "{t}");
        assert_eq!(mean(&[7.0], 0.95).half_width, None);
    }

    #[test]
    fn neighbours_that_are_alike_are_told_from_those_that_are_not() {
        let slow: Vec<f64> = (0..40).map(|n| f64::from(n / 10)).collect();
        let quick: Vec<f64> = (0..40).map(|n| f64::from(n % 2)).collect();
        let slow = lag_1(&[&slow]).expect("it varies");
        assert!(slow.says() == Neighbours::Alike && slow.correlation > 0.8, "{slow:?}");
        let quick = lag_1(&[&quick, &quick]).expect("it varies");
        assert!(quick.says() == Neighbours::Opposed && near(quick.correlation, -39.0 / 40.0), "{quick:?}");
        // Rows of five that have nothing to do with each other lie around -1/5; that is no more than chance, however many they are.
        let draws = crate::seed::Draws::new(1);
        let draw = |row: u64, n: u64| draws.between("a value", row * 5 + n, 0, 1_000);
        let value = |row, n| f64::from(u32::try_from(draw(row, n)).expect("small"));
        let rows: Vec<[f64; 5]> = (0..40).map(|row| [0, 1, 2, 3, 4].map(|n| value(row, n))).collect();
        let rows: Vec<&[f64]> = rows.iter().map(<[f64; 5]>::as_slice).collect();
        let none = lag_1(&rows).expect("it varies");
        assert!((-0.4..0.0).contains(&none.correlation) && none.says() == Neighbours::Chance, "{none:?}");
        assert_eq!(lag_1(&rows[..1]).expect("it varies").says(), Neighbours::TooFew);
        let rising = vec![[1.0, 2.0, 3.0, 4.0, 5.0].as_slice(); 8];
        let rising = lag_1(&rising).expect("it varies");
        assert!(rising.says() == Neighbours::Alike && near(rising.correlation, 0.4), "{rising:?}");
        assert_eq!((lag_1(&[&[1.0, 1.0, 1.0]]), lag_1(&[&[1.0, 2.0]])), (None, None));
    }

    #[test]
    fn a_beginning_that_differs_is_cut_off_and_a_steady_run_is_left_whole() {
        let steady = [5.0, 6.0, 5.0, 4.0].repeat(6);
        assert_eq!(warm_up(&steady), Some(0));
        let beginning = [20.0, 14.0, 9.0];
        assert_eq!(warm_up(&[&beginning[..], &steady[..]].concat()), Some(3));
        assert_eq!(warm_up(&steady[..19]), None, "too few");
    }

    #[test]
    fn pairs_that_move_together_tell_more_than_their_scatter() {
        let base: Vec<f64> = (0..20).map(|n| f64::from(n) * 10.0).collect();
        let better: Vec<f64> =
            base.iter().enumerate().map(|(n, b)| b - 1.0 - f64::from(n as u32 % 2)).collect();
        let paired = paired(&better, &base, 0.95);
        assert!(near(paired.mean.mean, -1.5));
        assert!(paired.p.expect("twenty") < 1e-6);
        assert!(paired.variance_ratio.expect("they scatter") > 1_000.0);
        let same = super::paired(&base, &base, 0.95);
        assert_eq!((same.mean.mean, same.p), (0.0, Some(1.0)));
    }

    /// Worked by hand: 0.01 x 4, 0.015 x 3, 0.03 x 2, and the last may not be below those before.
    #[test]
    fn holm_multiplies_by_how_many_are_left() {
        let corrected = holm(&[0.03, 0.01, 0.05, 0.015]);
        let expected = [0.06, 0.04, 0.06, 0.045];
        assert!(corrected.iter().zip(expected).all(|(c, e)| near(*c, e)), "{corrected:?}");
    }

    /// The usual table: for the median of 30, the 10th and the 21st value.
    #[test]
    fn quantiles_have_order_statistics_around_them() {
        let values: Vec<f64> = (1..=30).map(f64::from).collect();
        let median = quantile(&values, 0.5, 0.95).expect("values");
        assert_eq!((median.value, median.interval), (15.0, Some([10.0, 21.0])));
        assert_eq!(quantile(&values, 0.99, 0.95).expect("values").interval, None, "too few");
        assert_eq!(quantile(&[], 0.5, 0.95), None);
    }
}
