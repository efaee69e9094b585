//! The page of a comparison: each figure for each variant with its interval, and the differences.
#![allow(clippy::disallowed_types, reason = "statistics over runs, as they are drawn")]

use super::Page;
use super::chart::{self, Interval};
use crate::experiment::comparison::{Comparison, Row};

/// Figures that are drawn; all are in the table.
const DRAWN: [&str; 6] =
    ["fail_percent", "fail_value_percent", "penalties", "staff_minutes", "alerts", "seen_hours_ahead"];

/// The page.
pub fn page(comparison: &Comparison) -> String {
    let plan = &comparison.plan;
    let title = if plan.variants.len() > 1 { "Operating models compared" } else { "Replications" };
    let about = format!(
        "finality {} · {} · {} replications, seeds {} to {}{} · mean and {} % interval{}",
        plan.version,
        plan.scenarios.join(", "),
        comparison.replications,
        plan.seeds[0],
        plan.seeds[1],
        plan.batches_in_words(),
        plan.confidence_percent,
        if plan.common_random_numbers {
            " · the same trades, breaks, people and hours meet each"
        } else {
            ""
        }
    );
    let mut page = Page::new(title, &about);
    for key in DRAWN {
        let Some(row) = comparison.rows.iter().find(|row| row.key == key) else { continue };
        if row.cells.iter().any(|cell| !cell.mean.is_finite()) {
            continue;
        }
        let rows: Vec<Interval> = plan
            .variants
            .iter()
            .zip(&row.cells)
            .map(|(name, cell)| Interval {
                name: name.clone(),
                value: cell.mean,
                half_width: cell.half_width.unwrap_or(0.0),
            })
            .collect();
        page.figure(row.label.trim(), &chart::intervals(row.label, &rows, row.decimals()));
    }
    page.heading("All figures");
    let mut head = vec!["figure"];
    head.extend(plan.variants.iter().map(String::as_str));
    page.table(&head, &comparison.told().map(cells).collect::<Vec<_>>());
    if let Some(note) = comparison.likeness() {
        page.paragraph(&note);
    }
    if let [base, others @ ..] = plan.variants.as_slice()
        && !others.is_empty()
    {
        page.heading(&format!("Differences to {base}"));
        page.paragraph(&format!(
            "Taken {}; intervals hold for all variants at once (Bonferroni), p is corrected (Holm).",
            plan.pairs_in_words()
        ));
        let mut head = vec!["figure"];
        head.extend(others.iter().map(String::as_str));
        let mut rows: Vec<Vec<String>> = comparison.told().map(differences).collect();
        let per = comparison.alerts_per_avoided_fail.iter();
        let mut alerts = vec!["alerts for each fail avoided".to_owned()];
        alerts.extend(per.map(|a| a.map_or("none for sure".to_owned(), |a| chart::shown(a, 1))));
        rows.push(alerts);
        page.table(&head, &rows);
    }
    page.done(title)
}

fn cells(row: &Row) -> Vec<String> {
    let d = row.decimals();
    let cell = |cell: &crate::experiment::comparison::Cell| {
        let half = cell.half_width.map_or(String::new(), |half| format!(" ± {}", chart::shown(half, d)));
        if cell.mean.is_finite() { format!("{}{half}", chart::shown(cell.mean, d)) } else { "-".to_owned() }
    };
    std::iter::once(row.label.trim().to_owned()).chain(row.cells.iter().map(cell)).collect()
}

fn differences(row: &Row) -> Vec<String> {
    let d = row.decimals();
    let cell = |difference: &crate::experiment::comparison::Difference| {
        let half =
            difference.half_width.map_or(String::new(), |half| format!(" ± {}", chart::shown(half, d)));
        let p = difference.p_in_words().map_or(String::new(), |p| format!(", {p}"));
        if !difference.mean.is_finite() {
            return "-".to_owned();
        }
        let mean = chart::shown(difference.mean, d);
        let sign = if difference.mean > 0.0 && mean.contains(|c| matches!(c, '1'..='9')) { "+" } else { "" };
        format!("{sign}{mean}{half}{p}")
    };
    std::iter::once(row.label.trim().to_owned()).chain(row.differences.iter().map(cell)).collect()
}
