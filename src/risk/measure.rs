//! How good probabilities are: whether they rank, whether they are right, whether they come in time.

#![allow(
    clippy::disallowed_types,
    reason = "statistics that are printed: nothing here is money, and no decision rests on it"
)]

use std::collections::BTreeMap;

use finality_kernel::risk::snapshot::Moment;
use serde::Serialize;

use super::runs::Case;

/// A decile of the probabilities: what was said, what was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decile {
    /// Cases.
    pub cases: usize,
    /// Mean of what was said, in per cent.
    pub said: f64,
    /// Share that failed, in per cent.
    pub seen: f64,
}

/// How good one predictor is on some cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// Cases.
    pub cases: usize,
    /// Of these, of trades that failed.
    pub failed: usize,
    /// How often a failing one ranks above one that settles; `None` when there is only one kind.
    pub auc: Option<f64>,
    /// Mean square of the error.
    pub brier: f64,
    /// Mean logarithm of the error.
    pub log_loss: f64,
    /// Ten classes of equal size, from the least likely on.
    pub deciles: Vec<Decile>,
    /// The largest distance between said and seen of a class, in points.
    pub worst_decile: f64,
    /// By how much what is seen of a class strays, in points, where all that is said is right: the largest standard error. Twice as
    /// much is no proof against a model.
    pub by_chance: f64,
}

/// Measures probabilities (in per cent of one) against what happened.
pub fn measure(said: &[(f64, bool)]) -> Measure {
    let n = said.len().max(1) as f64;
    let failed = said.iter().filter(|(_, f)| *f).count();
    let truth = |f: bool| if f { 1.0 } else { 0.0 };
    let mut sorted = said.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let size = sorted.len().div_ceil(10).max(1);
    let deciles: Vec<Decile> = sorted
        .chunks(size)
        .map(|part| Decile {
            cases: part.len(),
            said: rounded(part.iter().map(|(p, _)| p).sum::<f64>() * 100.0 / part.len() as f64),
            seen: rounded(part.iter().filter(|(_, f)| *f).count() as f64 * 100.0 / part.len() as f64),
        })
        .collect();
    let log = |(p, f): &(f64, bool)| -if *f { p.max(1e-4) } else { (1.0 - p).max(1e-4) }.ln();
    Measure {
        cases: said.len(),
        failed,
        auc: auc(&sorted).map(rounded),
        brier: rounded(said.iter().map(|(p, f)| (p - truth(*f)).powi(2)).sum::<f64>() / n),
        log_loss: rounded(said.iter().map(log).sum::<f64>() / n),
        by_chance: rounded(sorted.chunks(size).map(strays).fold(0.0, f64::max)),
        worst_decile: deciles.iter().map(|d| (d.said - d.seen).abs()).fold(0.0, f64::max),
        deciles,
    }
}

/// The standard error of the share that fails, in points, by what is said.
fn strays(part: &[(f64, bool)]) -> f64 {
    let variance: f64 = part.iter().map(|(p, _)| p * (1.0 - p)).sum();
    variance.sqrt() * 100.0 / part.len() as f64
}

/// Four places: what is printed, and the same on every machine.
fn rounded(x: f64) -> f64 {
    (x * 10_000.0).round() / 10_000.0
}

/// By ranks; those that are equal share theirs.
fn auc(sorted: &[(f64, bool)]) -> Option<f64> {
    let (mut ranks, mut failed, mut at) = (0.0, 0usize, 0);
    while at < sorted.len() {
        let same = sorted[at..].iter().take_while(|(p, _)| *p == sorted[at].0).count();
        let fails = sorted[at..at + same].iter().filter(|(_, f)| *f).count();
        ranks += fails as f64 * (at as f64 + (same as f64 + 1.0) / 2.0);
        (failed, at) = (failed + fails, at + same);
    }
    let (f, s) = (failed as f64, (sorted.len() - failed) as f64);
    (failed > 0 && failed < sorted.len()).then(|| (ranks - f * (f + 1.0) / 2.0) / (f * s))
}

/// What comes of so many alerts a day, each run being a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alerts {
    /// Alerts at most, each day.
    pub budget: usize,
    /// Trades that failed, and of these, those with an alert.
    pub failed: usize,
    /// Alerts of trades that failed.
    pub hits: usize,
    /// Alerts.
    pub alerts: usize,
    /// Hits of fails, in per cent.
    pub recall: f64,
    /// Hits of alerts, in per cent.
    pub precision: f64,
    /// Minutes between the first alert and the cut-off, of the hits: the median.
    pub lead_minutes: Option<u64>,
}

/// Each day, the most likely of each moment are alerted, in order of time, until the budget is used: it is spread evenly over the timed
/// moments, and what one does not need is the next one's. A trade is alerted once.
pub fn alerts(cases: &[(&Case, f64)], budget: usize) -> Alerts {
    type Scored<'a> = Vec<(&'a Case, f64)>;
    let mut days: BTreeMap<u64, BTreeMap<Moment, Scored<'_>>> = BTreeMap::new();
    let mut fails: BTreeMap<(u64, usize), ()> = BTreeMap::new();
    for (case, p) in cases.iter().filter(|(case, _)| Moment::TIMED.contains(&case.moment)) {
        days.entry(case.seed).or_default().entry(case.moment).or_default().push((case, *p));
        if case.failed {
            fails.insert((case.seed, case.trade), ());
        }
    }
    let (mut sent, mut hits, mut leads) = (0, 0, Vec::new());
    for moments in days.values_mut() {
        let mut alerted = BTreeMap::new();
        for (number, moment) in Moment::TIMED.iter().enumerate() {
            let Some(cases) = moments.get_mut(moment) else { continue };
            cases.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.trade.cmp(&b.0.trade)));
            let allowed = budget * (number + 1) / Moment::TIMED.len();
            for (case, p) in cases.iter() {
                if alerted.len() >= allowed || *p <= 0.0 {
                    break;
                }
                if alerted.insert(case.trade, ()).is_none() && case.failed {
                    hits += 1;
                    leads.push(case.cut_off.since(case.at).as_secs() / 60);
                }
            }
        }
        sent += alerted.len();
    }
    leads.sort_unstable();
    let share = |n: usize, of: usize| if of == 0 { 0.0 } else { rounded(n as f64 * 100.0 / of as f64) };
    Alerts {
        budget,
        failed: fails.len(),
        hits,
        alerts: sent,
        recall: share(hits, fails.len()),
        precision: share(hits, sent),
        lead_minutes: leads.get(leads.len() / 2).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_errors() {
        let perfect = measure(&[(0.0, false), (0.0, false), (1.0, true), (1.0, true)]);
        assert_eq!((perfect.auc, perfect.brier, perfect.worst_decile), (Some(1.0), 0.0, 0.0));
        let blind = measure(&[(0.5, false), (0.5, true), (0.5, false), (0.5, true)]);
        assert_eq!((blind.auc, blind.brier), (Some(0.5), 0.25));
        let wrong = measure(&[(0.9, false), (0.1, true)]);
        assert_eq!(wrong.auc, Some(0.0));
        assert_eq!(measure(&[(0.5, true)]).auc, None);
    }
}
