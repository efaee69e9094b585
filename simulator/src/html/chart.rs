//! Charts as SVG: bars, curves over a scale, intervals. Colours are classes of the page, so they follow light and dark.
#![allow(clippy::disallowed_types, reason = "coordinates on paper")]

use std::fmt::Write as _;

use super::escaped;

const WIDTH: f64 = 720.0;
const LEFT: f64 = 210.0;

/// How many colours the page has.
const COLOURS: usize = 5;

fn colour(series: usize) -> String {
    format!("var(--c{})", series % COLOURS)
}

/// A number with at most so many decimals, and thousands apart.
pub fn shown(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(w, r)| (w, Some(r)));
    let mut out = String::new();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    rest.into_iter().for_each(|rest| _ = write!(out, ".{rest}"));
    let is_nothing = out.chars().all(|c| matches!(c, '0' | '.' | ','));
    if value < 0.0 && !is_nothing { format!("-{out}") } else { out }
}

fn open(height: f64, label: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\"><title>{}</title>",
        escaped(label),
        escaped(label)
    )
}

/// Bars, one below the other, each with its value.
pub fn bars(label: &str, rows: &[(String, f64)], decimals: usize) -> String {
    const STEP: f64 = 26.0;
    #[allow(clippy::cast_precision_loss, reason = "a few rows")]
    let height = STEP * rows.len().max(1) as f64 + 6.0;
    let most = rows.iter().map(|(_, value)| *value).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let mut svg = open(height, label);
    let mut y = 3.0;
    for (name, value) in rows {
        let width = (WIDTH - LEFT - 110.0) * value / most;
        _ = write!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"18\" rx=\"2\" fill=\"{}\"/>\
             <text class=\"faint\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            LEFT - 8.0,
            y + 14.0,
            escaped(name),
            y + 1.0,
            colour(0),
            LEFT + width + 6.0,
            y + 14.0,
            shown(*value, decimals)
        );
        y += STEP;
    }
    svg.push_str("</svg>");
    svg
}

/// A curve of points.
pub struct Curve {
    /// What it is.
    pub name: String,
    /// Its points, from left to right.
    pub points: Vec<(f64, f64)>,
}

/// The marks of an axis: where, and what is written there.
pub type Marks = Vec<(f64, String)>;

/// Curves over two axes, with their names beside them.
pub fn curves(label: &str, curves: &[Curve], across: &Marks, up: &Marks) -> String {
    const HEIGHT: f64 = 260.0;
    const MARGIN: [f64; 4] = [10.0, 20.0, 30.0, 70.0];
    let ends = |marks: &Marks| {
        let low = marks.iter().map(|m| m.0).fold(f64::INFINITY, f64::min);
        let high = marks.iter().map(|m| m.0).fold(f64::NEG_INFINITY, f64::max);
        (low, if high > low { high } else { low + 1.0 })
    };
    let ((left, right), (bottom, top)) = (ends(across), ends(up));
    let x = |value: f64| {
        MARGIN[3] + (WIDTH - MARGIN[3] - MARGIN[1]) * ((value - left) / (right - left)).clamp(0.0, 1.0)
    };
    let y = |value: f64| {
        HEIGHT
            - MARGIN[2]
            - (HEIGHT - MARGIN[0] - MARGIN[2]) * ((value - bottom) / (top - bottom)).clamp(0.0, 1.0)
    };
    #[allow(clippy::cast_precision_loss, reason = "a few curves")]
    let legend = 18.0 * curves.len() as f64 + 4.0;
    let mut svg = open(HEIGHT + legend, label);
    for (value, text) in up {
        let y = y(*value);
        _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text class=\"faint\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            MARGIN[3],
            WIDTH - MARGIN[1],
            MARGIN[3] - 6.0,
            y + 4.0,
            escaped(text)
        );
    }
    for (value, text) in across {
        // At the right edge there is no room for half of it.
        let anchor = if x(*value) > WIDTH - MARGIN[1] - 20.0 { "end" } else { "middle" };
        let at = if anchor == "end" { x(*value) + MARGIN[1] - 2.0 } else { x(*value) };
        _ = write!(
            svg,
            "<text class=\"faint\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            HEIGHT - 10.0,
            escaped(text)
        );
    }
    let mut legend_y = HEIGHT + 12.0;
    for (series, curve) in curves.iter().enumerate() {
        let points: Vec<String> =
            curve.points.iter().map(|(a, b)| format!("{:.1},{:.1}", x(*a), y(*b))).collect();
        // Dashes tell curves apart where colours do not.
        let dashes = ["", "6 3", "2 3", "9 3 2 3", "12 4"][series % COLOURS];
        _ = write!(
            svg,
            "<polyline fill=\"none\" stroke=\"{0}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\" points=\"{1}\"/>\
             <line x1=\"{2}\" x2=\"{3}\" y1=\"{4:.1}\" y2=\"{4:.1}\" stroke=\"{0}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>\
             <text x=\"{5}\" y=\"{6:.1}\">{7}</text>",
            colour(series),
            points.join(" "),
            MARGIN[3],
            MARGIN[3] + 30.0,
            legend_y,
            MARGIN[3] + 38.0,
            legend_y + 4.0,
            escaped(&curve.name)
        );
        legend_y += 18.0;
    }
    svg.push_str("</svg>");
    svg
}

/// A value with how far the true one may be from it.
pub struct Interval {
    /// Whose.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Half the width of the interval.
    pub half_width: f64,
}

/// Values with their intervals, one below the other.
pub fn intervals(label: &str, rows: &[Interval], decimals: usize) -> String {
    const STEP: f64 = 26.0;
    #[allow(clippy::cast_precision_loss, reason = "a few rows")]
    let height = STEP * rows.len().max(1) as f64 + 6.0;
    let most = rows.iter().map(|row| row.value + row.half_width).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let least = rows.iter().map(|row| row.value - row.half_width).fold(0.0, f64::min);
    // Names of variants with swept settings are long: they get the room that they need, up to a point.
    let longest = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).min(60);
    #[allow(clippy::cast_precision_loss, reason = "a few letters")]
    let names = (longest as f64 * 6.6 + 12.0).clamp(120.0, 400.0);
    let x = |value: f64| names + (WIDTH - names - 150.0) * ((value - least) / (most - least)).clamp(0.0, 1.0);
    let mut svg = open(height + 16.0, label);
    let mut marks = vec![least, 0.0, most];
    marks.dedup();
    for value in marks {
        let at = x(value);
        _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"0\" y2=\"{height}\"/>\
             <text class=\"faint\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            height + 12.0,
            shown(value, decimals)
        );
    }
    let mut y = 3.0;
    for (series, row) in rows.iter().enumerate() {
        let (low, at, high) = (x(row.value - row.half_width), x(row.value), x(row.value + row.half_width));
        let middle = y + 10.0;
        _ = write!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
             <line x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\" stroke=\"{colour}\" stroke-width=\"3\"/>\
             <circle cx=\"{at:.1}\" cy=\"{middle:.1}\" r=\"5\" fill=\"{colour}\"/>\
             <text class=\"faint\" x=\"{:.1}\" y=\"{:.1}\">{} ± {}</text>",
            names - 8.0,
            y + 14.0,
            escaped(&tail(&row.name, 60)),
            high + 10.0,
            y + 14.0,
            shown(row.value, decimals),
            shown(row.half_width, decimals),
            colour = colour(series)
        );
        y += STEP;
    }
    svg.push_str("</svg>");
    svg
}

/// The end of a name that is too long, where variants differ most, told to be one.
fn tail(name: &str, most: usize) -> String {
    let all = name.chars().count();
    if all <= most {
        return name.to_owned();
    }
    std::iter::once('…').chain(name.chars().skip(all - most + 1)).collect()
}

/// Round marks from nothing to at least a value.
pub fn marks(most: f64, decimals: usize) -> Marks {
    let most = most.max(f64::MIN_POSITIVE);
    let magnitude = 10_f64.powf(most.log10().floor());
    let step = [0.2, 0.5, 1.0, 2.0, 5.0]
        .into_iter()
        .map(|s| s * magnitude)
        .find(|step| most / step <= 5.0)
        .unwrap_or(magnitude);
    let mut marks = Vec::new();
    let mut at = 0.0;
    while marks.len() < 12 {
        marks.push((at, shown(at, decimals)));
        if at >= most {
            break;
        }
        at += step;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(shown(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(shown(-1_000.0, 0), "-1,000");
        assert_eq!(shown(-0.001, 2), "0.00");
        assert_eq!(shown(999.0, 0), "999");
    }

    #[test]
    fn marks_reach_over_the_largest_value() {
        for most in [0.0, 0.07, 3.2, 48.0, 1_234.0, 99_999.0] {
            let marks = marks(most, 2);
            assert!(marks.last().is_some_and(|m| m.0 >= most) && marks.len() <= 7, "{most}: {marks:?}");
        }
    }

    #[test]
    fn a_chart_of_nothing_is_a_chart() {
        for svg in [
            bars("x", &[], 0),
            curves("x", &[Curve { name: "c".to_owned(), points: vec![] }], &vec![], &vec![]),
            intervals("x", &[], 0),
            bars("<x>", &[("a&b".to_owned(), 0.0)], 0),
        ] {
            assert!(svg.ends_with("</svg>") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
