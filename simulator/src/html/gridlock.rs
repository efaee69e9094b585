//! The map of a knot: a box for each instruction, steps from above to below, an arrow from what is waited for to who waits.
#![allow(
    clippy::disallowed_types,
    reason = "coordinates on paper; what is drawn was counted in integers and decimals"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rust_decimal::prelude::ToPrimitive as _;

use super::chart::shown;
use super::escaped;
use crate::population::fails::Why;
use crate::population::gridlock::{Gridlock, Link};

const WIDTH: f64 = 720.0;
const BOX: [f64; 2] = [174.0, 66.0];
/// From the top of one step to that of the next.
const STEP: f64 = 104.0;
const MARGIN: f64 = 6.0;

/// Where the box of an instruction is: its left upper corner.
type Places<'k> = BTreeMap<&'k str, (f64, f64)>;

/// The map.
pub fn map(knot: &Gridlock, currency: &str) -> String {
    let mut steps: BTreeMap<u64, Vec<&Link>> = BTreeMap::new();
    knot.shown.iter().for_each(|link| steps.entry(link.step).or_default().push(link));
    let mut places = Places::new();
    #[allow(clippy::cast_precision_loss, reason = "a few boxes")]
    for (row, links) in steps.values().enumerate() {
        let room = WIDTH / links.len() as f64;
        for (column, link) in links.iter().enumerate() {
            let x = room * column as f64 + (room - BOX[0]) / 2.0;
            places.insert(&link.reference, (x, MARGIN + STEP * row as f64));
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a few rows")]
    let height = STEP * steps.len().max(1) as f64 - STEP + BOX[1] + 2.0 * MARGIN;
    let label = "the largest knot of instructions that wait for each other";
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{label}\"><title>{label}</title>\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path class=\"tip\" d=\"M0 0 8 4 0 8z\"/></marker></defs>"
    );
    knot.shown.iter().for_each(|link| arrows(&mut svg, link, &places));
    knot.shown.iter().for_each(|link| one(&mut svg, link, &places, currency));
    svg.push_str("</svg>");
    svg
}

/// From what it waits for to it; up again, beside the boxes, where a circle closes.
fn arrows(svg: &mut String, link: &Link, places: &Places<'_>) {
    let Some((x, y)) = places.get(link.reference.as_str()) else { return };
    for (from_x, from_y) in link.waits_for.iter().filter_map(|other| places.get(other.as_str())) {
        let (start, end) = (from_x + BOX[0] / 2.0, x + BOX[0] / 2.0);
        let path = if from_y < y {
            let (top, bottom) = (from_y + BOX[1], y - 1.0);
            let bend = (bottom - top) / 2.0;
            format!(
                "M{start:.1} {top:.1}C{start:.1} {:.1} {end:.1} {:.1} {end:.1} {bottom:.1}",
                top + bend,
                bottom - bend
            )
        } else {
            let (side, from, to) = (from_x.max(*x) + BOX[0], from_y + BOX[1] / 2.0, y + BOX[1] / 2.0);
            let out = (side + 34.0).min(WIDTH - 2.0);
            format!(
                "M{:.1} {from:.1}C{out:.1} {from:.1} {out:.1} {to:.1} {:.1} {to:.1}",
                from_x + BOX[0],
                x + BOX[0] + 1.0
            )
        };
        _ = write!(svg, "<path class=\"wait\" d=\"{path}\" marker-end=\"url(#tip)\"/>");
    }
}

fn one(svg: &mut String, link: &Link, places: &Places<'_>, currency: &str) {
    let Some((x, y)) = places.get(link.reference.as_str()) else { return };
    let number = |value: rust_decimal::Decimal| shown(value.to_f64().unwrap_or(0.0), 0);
    let (colour, lacks) = match link.why {
        Why::Securities => (0, format!("lacks {} of {}", number(link.short), number(link.quantity))),
        Why::Cash => (1, format!("lacks {currency} {}", number(link.short))),
        Why::Held => (4, "held".to_owned()),
        why => (3, why.label().to_owned()),
    };
    _ = write!(
        svg,
        "<rect class=\"box\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{}\" height=\"{}\" rx=\"5\" stroke=\"var(--c{colour})\"{}/>",
        BOX[0],
        BOX[1],
        if link.in_circle { " stroke-dasharray=\"5 3\"" } else { "" }
    );
    let what = format!("{} {}", number(link.quantity), link.isin);
    let lines = [
        ("small faint", link.reference.clone()),
        ("name", format!("{} \u{2192} {}", link.from, link.to)),
        ("small", what),
        ("small", lacks),
    ];
    for ((class, text), below) in lines.into_iter().zip([13.0, 28.0, 43.0, 58.0]) {
        let fill = if below > 50.0 { format!(" style=\"fill:var(--c{colour})\"") } else { String::new() };
        _ = write!(
            svg,
            "<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\"{fill}>{}</text>",
            x + 8.0,
            y + below,
            escaped(&text)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(reference: &str, step: u64, waits_for: &[&str]) -> Link {
        Link {
            reference: reference.to_owned(),
            from: "a<b".to_owned(),
            to: "c".to_owned(),
            isin: "DE0007164600".to_owned(),
            quantity: 10.into(),
            amount: 100.into(),
            why: Why::Securities,
            short: 4.into(),
            waits_for_more: 0,
            waits_for: waits_for.iter().map(|w| (*w).to_owned()).collect(),
            step,
            in_circle: step == 1,
        }
    }

    #[test]
    fn a_map_has_a_box_for_each_and_an_arrow_for_each_wait() {
        let shown = vec![link("P1", 0, &["P3"]), link("P2", 1, &["P1"]), link("P3", 1, &["P1", "gone"])];
        let knot = Gridlock {
            instructions: 3,
            participants: 2,
            house_trades: 0,
            lines: 1,
            value: 300.into(),
            longest: 2,
            in_circles: 2,
            shown,
        };
        let svg = map(&knot, "EUR");
        assert_eq!((svg.matches("<rect").count(), svg.matches("class=\"wait\"").count()), (3, 3));
        assert!(svg.contains("a&lt;b") && svg.contains("lacks 4 of 10") && svg.ends_with("</svg>"), "{svg}");
        assert_eq!(svg.matches("stroke-dasharray").count(), 2, "those in a circle");
        assert!(!svg.contains("<script") && !svg.contains("NaN"));
    }
}
