//! The table of an experiment: each figure for each variant with its interval, and the differences to one of them.
#![allow(clippy::disallowed_types, reason = "statistics over runs")]

use std::fmt::Write as _;

use serde::Serialize;

use super::figures::{self, FIGURES};
use super::sample::{self, Mean, Neighbours};

impl Plan {
    /// Values of each run.
    fn of_run(&self) -> usize {
        self.batches.map_or(1, |batches| batches.of_run.max(1) as usize)
    }

    /// What is added where runs have several trade dates.
    pub fn batches_in_words(&self) -> String {
        self.batches.map_or(String::new(), |Batches { of_run, dates, warm_up_dates }| {
            format!(", each {of_run} batches of {dates} trade dates after {warm_up_dates} of warm-up")
        })
    }

    /// What differences are taken of.
    pub fn pairs_in_words(&self) -> &'static str {
        if self.batches.is_some() { "batch by batch" } else { "replication by replication" }
    }
}

/// What was run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The program's version.
    pub version: String,
    /// What was run: the scenarios, and how many trades each has.
    pub scenarios: Vec<String>,
    /// The variants, in order; the first is what the others are set against.
    pub variants: Vec<String>,
    /// Trades of each variant; of a batch, where runs have several trade dates.
    pub trades: Vec<u32>,
    /// How a run is measured, where it has several trade dates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batches: Option<Batches>,
    /// Whether all variants have the same days: they differ in how the house is worked, and in nothing else.
    pub common_random_numbers: bool,
    /// Seeds of the first and the last replication.
    pub seeds: [u64; 2],
    /// In how many cases of a hundred an interval holds the true value.
    pub confidence_percent: u32,
}

/// Batches of a run with several trade dates: what is set beside each other are batches, not runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Batches {
    /// How many each run has.
    pub of_run: u32,
    /// Trade dates in each.
    pub dates: u32,
    /// Trade dates before the first, of which nothing is measured.
    pub warm_up_dates: u32,
}

/// A figure of a variant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// Mean over the replications.
    pub mean: f64,
    /// Half the width of its interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_width: Option<f64>,
    /// Standard deviation of one replication.
    pub deviation: f64,
    /// Median over the replications.
    pub p50: f64,
    /// Nine of ten replications are not above it.
    pub p90: f64,
    /// The interval of that, from order statistics; absent with too few replications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p90_interval: Option<[f64; 2]>,
    /// The largest.
    pub max: f64,
    /// How much a batch resembles the one before, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_1: Option<f64>,
    /// What that says of the interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neighbours: Option<Neighbours>,
}

/// What sets a variant apart from the first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Mean of the differences, replication by replication.
    pub mean: f64,
    /// Half the width of its interval, wide enough for all variants at once (Bonferroni).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_width: Option<f64>,
    /// How likely that is when there is none, corrected for all variants (Holm).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// By how much the same trades and breaks made its variance smaller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variance_ratio: Option<f64>,
}

impl Difference {
    /// Its p, in words.
    pub fn p_in_words(&self) -> Option<String> {
        self.p.map(|p| if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") })
    }
}

/// A figure for all variants.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Its key.
    pub key: &'static str,
    /// Its name, with its unit.
    pub label: &'static str,
    /// Whether less of it is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub less_is_better: Option<bool>,
    #[serde(skip)]
    decimals: usize,
    /// By variant.
    pub cells: Vec<Cell>,
    /// By variant, from the second on.
    pub differences: Vec<Difference>,
}

/// The table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What was run.
    #[serde(flatten)]
    pub plan: Plan,
    /// Replications of each variant.
    pub replications: usize,
    /// Runs in which an expectation of the scenario was not met.
    pub unmet: usize,
    /// The figures.
    pub rows: Vec<Row>,
    /// For each variant from the second on: alerts for one fail that the first had and it had not; absent where it is not sure (p
    /// below 0.05) that it avoided any.
    pub alerts_per_avoided_fail: Vec<Option<f64>>,
    /// Runs in which the auditor found something.
    pub audit_findings: usize,
    /// Every value: by variant, replication and figure.
    #[serde(skip)]
    values: Vec<Vec<Vec<f64>>>,
}

impl Row {
    /// Decimals that are printed.
    pub fn decimals(&self) -> usize {
        self.decimals
    }
}

impl Comparison {
    /// Of values by variant, replication and figure; and in how many runs the auditor found something, and something was not met.
    pub fn of(plan: Plan, values: Vec<Vec<Vec<f64>>>, audit_findings: usize, unmet: usize) -> Self {
        let confidence = f64::from(plan.confidence_percent) / 100.0;
        let column = |variant: usize, figure: usize| -> Vec<f64> {
            values[variant].iter().map(|run| run[figure]).collect()
        };
        let rows = FIGURES.iter().enumerate().map(|(index, figure)| {
            let columns: Vec<Vec<f64>> = (0..values.len()).map(|variant| column(variant, index)).collect();
            Row {
                key: figure.key,
                label: figure.label,
                less_is_better: figure.less_is_better,
                decimals: figure.decimals,
                cells: columns.iter().map(|values| cell(values, confidence, plan.of_run())).collect(),
                differences: differences(&columns, confidence),
            }
        });
        let rows: Vec<Row> = rows.collect();
        let alerts_per_avoided_fail = avoided(&rows, &plan.trades);
        Self {
            replications: values.first().map_or(0, Vec::len) / plan.of_run(),
            unmet,
            plan,
            rows,
            alerts_per_avoided_fail,
            audit_findings,
            values,
        }
    }

    /// Which figures hang together from batch to batch, where any does: then batches are no sample, and intervals too narrow.
    pub fn likeness(&self) -> Option<String> {
        let alike =
            self.told().filter(|row| row.cells.iter().any(|cell| cell.neighbours == Some(Neighbours::Alike)));
        let keys: Vec<&str> = alike.map(|row| row.key).collect();
        let few =
            self.told().any(|row| row.cells.iter().any(|cell| cell.neighbours == Some(Neighbours::TooFew)));
        match keys[..] {
            [] => few.then(|| sample::TOO_FEW.to_owned()),
            _ => Some(format!(
                "batches resemble the ones before them more than by chance, so that intervals are too narrow: longer day.batch_dates for {}",
                keys.join(", ")
            )),
        }
    }

    /// The figures that people are told: all but those that no run of any variant has.
    pub fn told(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.cells.iter().any(|cell| cell.mean.is_finite()))
    }

    /// For machines: one JSON object.
    pub fn json(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("a comparison holds nothing that JSON cannot");
        text.push('\n');
        text
    }

    /// Every run: a row for each variant and replication.
    pub fn csv(&self) -> String {
        let of_run = self.plan.of_run();
        let mut text = String::from(if of_run > 1 { "variant,seed,batch" } else { "variant,seed" });
        FIGURES.iter().for_each(|figure| _ = write!(text, ",{}", figure.key));
        text.push('\n');
        for (variant, runs) in self.plan.variants.iter().zip(&self.values) {
            for (number, run) in runs.iter().enumerate() {
                let name = variant.replace('"', "\"\"");
                _ = write!(text, "\"{name}\",{}", self.plan.seeds[0] + (number / of_run) as u64);
                if of_run > 1 {
                    _ = write!(text, ",{}", number % of_run + 1);
                }
                for value in run {
                    // What is missing is empty.
                    _ = if value.is_finite() { write!(text, ",{value}") } else { write!(text, ",") };
                }
                text.push('\n');
            }
        }
        text
    }

    /// For the terminal.
    pub fn text(&self) -> String {
        let mut t = String::new();
        self.write_text(&mut t).expect("a string takes everything");
        t
    }

    fn write_text(&self, t: &mut String) -> std::fmt::Result {
        let [first, last] = self.plan.seeds;
        let confidence = self.plan.confidence_percent;
        writeln!(
            t,
            "finality {}   {}   {} replications, seeds {first} to {last}{}; mean and {confidence} % interval{}\n",
            self.plan.version,
            self.plan.scenarios.join(", "),
            self.replications,
            self.plan.batches_in_words(),
            if self.plan.common_random_numbers {
                "; the same trades, breaks, people and hours meet each variant"
            } else {
                ""
            }
        )?;
        let width = self.plan.variants.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(20) + 2;
        write!(t, "{:<40}", "")?;
        self.plan.variants.iter().try_for_each(|name| write!(t, "{name:>width$}"))?;
        writeln!(t)?;
        for row in self.told() {
            write!(t, "{:<40}", row.label)?;
            for cell in &row.cells {
                let d = row.decimals;
                let half = cell.half_width.map_or(String::new(), |half| format!(" ± {half:.d$}"));
                write!(
                    t,
                    "{:>width$}",
                    if cell.mean.is_finite() {
                        format!("{}{half}", shown(cell.mean, d))
                    } else {
                        "-".to_owned()
                    }
                )?;
            }
            writeln!(t)?;
        }
        if let [_, others @ ..] = self.plan.variants.as_slice()
            && !others.is_empty()
        {
            self.write_differences(t, width, others)?;
        } else {
            self.write_tails(t)?;
        }
        if let Some(note) = self.likeness() {
            writeln!(t, "\n{note}")?;
        }
        if self.unmet > 0 {
            writeln!(t, "\nexpected: NOT MET in {} runs (finality simulate says what)", self.unmet)?;
        }
        if self.audit_findings > 0 {
            writeln!(t, "\nauditor: FINDINGS in {} runs", self.audit_findings)?;
        } else {
            writeln!(t, "\nauditor: nothing wrong in any run")?;
        }
        Ok(())
    }

    fn write_differences(&self, t: &mut String, width: usize, others: &[String]) -> std::fmt::Result {
        writeln!(
            t,
            "\nDifferences to {}, {}; intervals hold for all variants at once (Bonferroni), p is corrected \
             (Holm)\n",
            self.plan.variants[0],
            self.plan.pairs_in_words()
        )?;
        let width = width.max(34);
        write!(t, "{:<40}", "")?;
        others.iter().try_for_each(|name| write!(t, "{name:>width$}"))?;
        writeln!(t)?;
        for row in self.told() {
            write!(t, "{:<40}", row.label)?;
            for difference in &row.differences {
                let d = row.decimals;
                let half = difference.half_width.map_or(String::new(), |half| format!(" ± {half:.d$}"));
                let p = difference.p_in_words().map_or(String::new(), |p| format!("  {p}"));
                write!(
                    t,
                    "{:>width$}",
                    if difference.mean.is_finite() {
                        format!("{}{half}{p}", signed(difference.mean, d))
                    } else {
                        "-".to_owned()
                    }
                )?;
            }
            writeln!(t)?;
        }
        write!(t, "{:<40}", "alerts for each fail avoided")?;
        for alerts in &self.alerts_per_avoided_fail {
            let alerts = alerts.map_or("none for sure".to_owned(), |alerts| format!("{alerts:.1}"));
            write!(t, "{alerts:>width$}")?;
        }
        writeln!(t)
    }

    fn write_tails(&self, t: &mut String) -> std::fmt::Result {
        writeln!(
            t,
            "\n{:<40}{:>14}{:>14}{:>26}{:>14}",
            if self.plan.batches.is_some() { "over the batches" } else { "over the replications" },
            "median",
            "p90",
            "interval of p90",
            "max"
        )?;
        for row in self.told() {
            let (cell, d) = (&row.cells[0], row.decimals);
            let interval =
                cell.p90_interval.map_or("too few".to_owned(), |[a, b]| format!("{a:.d$} to {b:.d$}"));
            writeln!(
                t,
                "{:<40}{:>14.d$}{:>14.d$}{interval:>26}{:>14.d$}",
                row.label, cell.p50, cell.p90, cell.max
            )?;
        }
        Ok(())
    }
}

fn cell(values: &[f64], confidence: f64, of_run: usize) -> Cell {
    let rows: Vec<&[f64]> = values.chunks(of_run).collect();
    let lag_1 = sample::lag_1(&rows);
    let Mean { mean, deviation, half_width, .. } = sample::mean(values, confidence);
    let quantile = |q| sample::quantile(values, q, confidence);
    let at = |q| quantile(q).map_or(f64::NAN, |quantile| quantile.value);
    Cell {
        mean: rounded(mean),
        half_width: half_width.map(rounded),
        deviation: rounded(deviation),
        p50: rounded(at(0.5)),
        p90: rounded(at(0.9)),
        p90_interval: quantile(0.9).and_then(|quantile| quantile.interval).map(|ends| ends.map(rounded)),
        max: rounded(values.iter().copied().fold(f64::NAN, f64::max)),
        lag_1: lag_1.map(|lag| rounded(lag.correlation)),
        neighbours: lag_1.map(|lag| lag.says()),
    }
}

fn differences(columns: &[Vec<f64>], confidence: f64) -> Vec<Difference> {
    let [base, others @ ..] = columns else { return Vec::new() };
    #[allow(clippy::cast_precision_loss, reason = "a few variants")]
    let each = 1.0 - (1.0 - confidence) / others.len().max(1) as f64;
    let paired: Vec<_> = others.iter().map(|values| sample::paired(values, base, each)).collect();
    let ps: Option<Vec<f64>> = paired.iter().map(|paired| paired.p).collect();
    let corrected = ps.map(|ps| sample::holm(&ps));
    let difference = |(index, paired): (usize, &sample::Paired)| Difference {
        mean: rounded(paired.mean.mean),
        half_width: paired.mean.half_width.map(rounded),
        p: corrected.as_ref().map(|ps| rounded(ps[index])),
        variance_ratio: paired.variance_ratio.map(rounded),
    };
    paired.iter().enumerate().map(difference).collect()
}

/// Alerts for each fail avoided, where it is sure that some were.
fn avoided(rows: &[Row], trades: &[u32]) -> Vec<Option<f64>> {
    let row = |key| figures::index(key).and_then(|index| rows.get(index));
    let (Some(fails), Some(alerts)) = (row("fail_percent"), row("alerts")) else { return Vec::new() };
    let failed = |variant: usize| {
        fails
            .cells
            .get(variant)
            .zip(trades.get(variant))
            .map(|(cell, trades)| cell.mean / 100.0 * f64::from(*trades))
    };
    let per = |(before, difference): (usize, &Difference)| {
        let variant = before + 1;
        let avoided = failed(0)? - failed(variant)?;
        let sure = avoided > 0.0 && difference.p.is_some_and(|p| p < 0.05);
        sure.then(|| rounded(alerts.cells[variant].mean / avoided))
    };
    fails.differences.iter().enumerate().map(per).collect()
}

/// Six decimals: more than anybody reads, and none of the noise of the last bits.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// To so many decimals, and what is nothing then has no sign.
pub(crate) fn shown(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(size) if size.bytes().all(|b| matches!(b, b'0' | b'.')) => size.to_owned(),
        _ => text,
    }
}

/// The same with a plus before what is more.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let text = shown(value, decimals);
    let is_nothing = text.bytes().all(|b| matches!(b, b'0' | b'.'));
    if is_nothing || text.starts_with('-') { text } else { format!("+{text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_sign() {
        let all = [-0.3, 0.3, -0.6, 0.6].map(|value| (shown(value, 0), signed(value, 0)));
        let expected = [("0", "0"), ("0", "0"), ("-1", "-1"), ("1", "+1")];
        assert_eq!(all, expected.map(|(one, other)| (one.to_owned(), other.to_owned())));
        assert_eq!((shown(-0.004, 2), signed(0.0, 2)), ("0.00".to_owned(), "0.00".to_owned()));
    }

    fn plan(variants: &[&str]) -> Plan {
        Plan {
            version: "0".to_owned(),
            scenarios: vec!["day".to_owned()],
            trades: vec![1_000; variants.len()],
            batches: None,
            common_random_numbers: true,
            variants: variants.iter().map(|v| (*v).to_owned()).collect(),
            seeds: [1, 4],
            confidence_percent: 95,
        }
    }

    /// Four replications; the second variant fails one point less each time and has ten alerts.
    fn two() -> Comparison {
        let run = |fail: f64, alerts: f64| {
            let mut run = vec![0.0; FIGURES.len()];
            run[figures::index("fail_percent").expect("a figure")] = fail;
            run[figures::index("alerts").expect("a figure")] = alerts;
            run
        };
        let base: Vec<_> = (0..4).map(|n| run(5.0 + f64::from(n), 7.0)).collect();
        let other: Vec<_> = (0..4).map(|n| run(4.0 + f64::from(n), 10.0)).collect();
        Comparison::of(plan(&["one", "two"]), vec![base, other], 0, 0)
    }

    #[test]
    fn differences_are_of_pairs() {
        let comparison = two();
        let row = &comparison.rows[0];
        assert_eq!((row.cells[0].mean, row.cells[1].mean), (6.5, 5.5));
        assert_eq!((row.differences[0].mean, row.differences[0].half_width), (-1.0, Some(0.0)));
        assert_eq!(
            comparison.alerts_per_avoided_fail,
            [Some(1.0)],
            "ten alerts, ten fails of a thousand avoided"
        );
        let text = comparison.text();
        assert!(text.contains("Differences to one") && text.contains("-1.00 ± 0.00  p < 0.001"), "{text}");
        assert_eq!(comparison.csv().lines().count(), 1 + 8);
    }

    #[test]
    fn one_variant_alone_shows_its_tails() {
        let runs = (0..4).map(|n| vec![f64::from(n); FIGURES.len()]).collect();
        let text = Comparison::of(plan(&["one"]), vec![runs], 2, 0).text();
        assert!(text.contains("interval of p90") && text.contains("too few"), "{text}");
        assert!(text.contains("FINDINGS in 2 runs"), "{text}");
    }
}
