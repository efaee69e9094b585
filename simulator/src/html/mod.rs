//! The report people look at: one HTML file with its charts inside, which needs no network and no script. It follows the reader's
//! choice of light or dark.
//!
//! - [`run`]: the page of a run
//! - [`gridlock`]: the largest knot of unsettled instructions as a map
//! - [`comparison`]: the page of a comparison
//! - [`chart`]: bars, curves and intervals as SVG
//!
//! Coordinates on paper are floats; what they show was counted before.

pub mod chart;
pub mod comparison;
pub mod gridlock;
pub mod run;

use std::fmt::Write as _;

/// Text as it may stand in HTML.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// A page that is being written.
pub struct Page {
    body: String,
}

impl Page {
    /// With its heading, and a line under it.
    pub fn new(title: &str, about: &str) -> Self {
        let mut body = String::new();
        _ = write!(body, "<h1>{}</h1>\n<p class=\"about\">{}</p>\n", escaped(title), escaped(about));
        Self { body }
    }

    /// A part, with its heading.
    pub fn heading(&mut self, title: &str) {
        _ = writeln!(self.body, "<h2>{}</h2>", escaped(title));
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        _ = writeln!(self.body, "<p>{}</p>", escaped(text));
    }

    /// Numbers that are seen first.
    pub fn tiles(&mut self, tiles: &[(String, String)]) {
        self.body.push_str("<div class=\"tiles\">");
        for (value, label) in tiles {
            _ = write!(self.body, "<div><b>{}</b><span>{}</span></div>", escaped(value), escaped(label));
        }
        self.body.push_str("</div>\n");
    }

    /// A chart with what it shows.
    pub fn figure(&mut self, caption: &str, svg: &str) {
        _ = writeln!(self.body, "<figure><figcaption>{}</figcaption>{svg}</figure>", escaped(caption));
    }

    /// A table: the first column is text, the others are numbers.
    pub fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        self.body.push_str("<div class=\"wide\"><table><thead><tr>");
        head.iter().for_each(|cell| _ = write!(self.body, "<th scope=\"col\">{}</th>", escaped(cell)));
        self.body.push_str("</tr></thead><tbody>\n");
        for row in rows {
            self.body.push_str("<tr>");
            for (column, cell) in row.iter().enumerate() {
                let tag = if column == 0 { "th scope=\"row\"" } else { "td" };
                _ = write!(self.body, "<{tag}>{}</{}>", escaped(cell), &tag[..2]);
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</tbody></table></div>\n");
    }

    /// The whole file.
    pub fn done(self, title: &str) -> String {
        format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{}</title>\n<style>{STYLE}</style></head>\n\
             <body><main>\n{}</main></body></html>\n",
            escaped(title),
            self.body
        )
    }
}

/// Colours that are told apart by people who see few of them, in light and in dark.
const STYLE: &str = "
:root{--paper:#fff;--ink:#1b1f24;--faint:#59636e;--line:#d5dae0;--c0:#0b6bcb;--c1:#c4500c;--c2:#2f7d32;--c3:#8a3ffc;--c4:#a8174f}
@media (prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e6e9ed;--faint:#9aa5b1;--line:#353c45;--c0:#66b1ff;--c1:#ff9b5e;--c2:#77c97b;--c3:#b99aff;--c4:#ff85ad}}
body{background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif;margin:0}
main{max-width:60rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2.2rem 0 .5rem;border-bottom:1px solid var(--line);padding-bottom:.3rem}
.about,figcaption{color:var(--faint)}figure{margin:1rem 0}figcaption{margin-bottom:.4rem}
svg{width:100%;height:auto;display:block}svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg .small{font-size:10.5px}svg .name{font-size:10.5px;font-weight:600}svg .faint{fill:var(--faint)}
.box{fill:var(--paper);stroke-width:1.5}.wait{fill:none;stroke:var(--faint);stroke-width:1.2}.tip{fill:var(--faint)}
.grid{stroke:var(--line);stroke-width:1}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.8rem;margin:1.2rem 0}
.tiles div{border:1px solid var(--line);border-radius:.5rem;padding:.7rem}.tiles b{display:block;font-size:1.3rem}.tiles span{color:var(--faint)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}th:first-child{text-align:left;font-weight:400}thead th{color:var(--faint);font-weight:400;white-space:normal;vertical-align:bottom}.wide td,.wide th{padding:.3rem .45rem}
@media print{main{max-width:none}}
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_scenario_says_is_text_and_nothing_else() {
        let mut page = Page::new("<script>alert(1)</script>", "a & b");
        page.table(&["\"x\""], &[vec!["<b>".to_owned()]]);
        let html = page.done("</title><script>");
        assert!(!html.contains("<script>") && !html.contains("<b>"), "{html}");
        assert!(html.contains("a &amp; b") && html.contains("&lt;script&gt;"), "{html}");
    }
}
