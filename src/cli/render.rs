//! What several verbs print: findings as JSON and as text, the excerpt with a caret under the byte, the tree of fields.

use std::io::{self, Write};
use std::ops::Range;

use finality_parsers::diagnostic::{Diagnostic, Layer, Severity};
use finality_parsers::tree::Node;
use serde::Serialize;

use super::input::Positions;

/// A finding with its place in the file.
#[derive(Debug, Serialize)]
pub struct Finding<'a> {
    severity: Severity,
    layer: Layer,
    code: &'static str,
    offset: usize,
    line: usize,
    column: usize,
    path: &'a str,
    message: &'a str,
    hint: &'a str,
    #[serde(skip)]
    span: Range<usize>,
}

impl<'a> Finding<'a> {
    /// A finding about the message that starts at this byte of the file.
    pub fn new(diagnostic: &'a Diagnostic, message_start: usize, positions: &mut Positions<'_>) -> Self {
        let offset = message_start + diagnostic.span.start;
        let (line, column) = positions.locate(offset);
        Self {
            severity: diagnostic.severity,
            layer: diagnostic.layer,
            code: diagnostic.code,
            offset,
            line,
            column,
            path: &diagnostic.path,
            message: &diagnostic.message,
            hint: &diagnostic.hint,
            span: offset..message_start + diagnostic.span.end.max(diagnostic.span.start),
        }
    }

    /// `trades.fin:12:7: error[T52] C/19A:SETT: "EUX" is no currency`.
    pub fn headline(&self, file: &str) -> String {
        let space = if self.path.is_empty() { "" } else { " " };
        format!(
            "{}:{}:{}: {}[{}]{space}{}: {}",
            printable(file),
            self.line,
            self.column,
            self.severity,
            self.code,
            printable(self.path),
            printable(self.message)
        )
    }

    /// Headline, excerpt and hint.
    pub fn write(&self, file: &str, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.headline(file))?;
        out.write_all(excerpt(bytes, &self.span, self.line).as_bytes())?;
        if !self.hint.is_empty() {
            let margin = self.line.to_string().len();
            writeln!(out, "{:margin$} = help: {}", "", printable(self.hint))?;
        }
        Ok(())
    }
}

/// Most characters of a line that are shown, and how many of them stand before the caret.
const EXCERPT_CHARACTERS: usize = 100;
const EXCERPT_BEFORE: usize = 40;

/// The line around a place, with carets under its bytes:
///
/// ```text
/// 12 | :19A::SETT//EUX912711,8
///    |             ^^^
/// ```
///
/// FIX knows no lines and XML may stand on one, so a long line is cut to a window. SOH shows as `|`, other control
/// characters as `·`, what is no UTF-8 as `\u{FFFD}`.
pub fn excerpt(bytes: &[u8], span: &Range<usize>, line: usize) -> String {
    let start = span.start.min(bytes.len());
    // No character has more than four bytes, so these windows are wide enough; they keep hostile lines cheap.
    let before = bytes.get(start.saturating_sub(4 * EXCERPT_CHARACTERS)..start).unwrap_or_default();
    let line_start = start - before.iter().rev().take_while(|b| **b != b'\n').count();
    let behind = bytes.get(start..bytes.len().min(start + 4 * EXCERPT_CHARACTERS)).unwrap_or_default();
    let line_end = start + behind.iter().take_while(|b| **b != b'\n').count();
    let shown = characters(bytes.get(line_start..line_end).unwrap_or_default(), line_start);

    let caret = shown.iter().position(|(at, _)| *at >= start).unwrap_or(shown.len());
    let marked = shown.iter().skip(caret).take_while(|(at, _)| *at < span.end).count().max(1);
    let fits =
        shown.len() <= EXCERPT_CHARACTERS && (line_start == 0 || bytes.get(line_start - 1) == Some(&b'\n'));
    let first = if fits { 0 } else { caret.saturating_sub(EXCERPT_BEFORE) };
    let last = shown.len().min(first + EXCERPT_CHARACTERS);

    let lead = if first > 0 { "…" } else { "" };
    let cut = last < shown.len() || bytes.get(line_end).is_some_and(|b| *b != b'\n');
    let tail = if cut { "…" } else { "" };
    let text: String = shown.get(first..last).unwrap_or_default().iter().map(|(_, c)| *c).collect();
    let marked = marked.min(EXCERPT_CHARACTERS + 1 - (caret - first));
    let margin = line.to_string().len();
    format!(
        "{line} | {lead}{}{tail}\n{:margin$} | {:indent$}{}\n",
        if cut { text.as_str() } else { text.trim_end() },
        "",
        "",
        "^".repeat(marked),
        indent = caret - first + lead.chars().count()
    )
}

/// One character to show for each character that stands there, with its offset in the file.
fn characters(bytes: &[u8], start: usize) -> Vec<(usize, char)> {
    let mut shown = Vec::new();
    let mut at = start;
    for chunk in bytes.utf8_chunks() {
        shown.extend(chunk.valid().char_indices().map(|(i, c)| (at + i, visible(c))));
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            shown.push((at, char::REPLACEMENT_CHARACTER));
            at += chunk.invalid().len();
        }
    }
    shown
}

fn visible(c: char) -> char {
    match c {
        '\u{1}' => '|',
        '\t' | '\r' => ' ',
        // Marks that turn the direction of writing or take no room would move the caret away from its byte.
        '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => '·',
        c if c.is_control() => '·',
        c => c,
    }
}

/// Text from outside, safe for a terminal: control characters are shown, not obeyed.
pub fn printable(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// The tree of fields, indented, with the names for people beside those of the wire.
pub fn tree(nodes: &[Node], depth: usize, out: &mut dyn Write) -> io::Result<()> {
    for node in nodes {
        let indent = 2 * depth;
        write!(out, "{:indent$}{}", "", printable(&node.name))?;
        if let Some(label) = &node.label {
            write!(out, " ({})", printable(label))?;
        }
        match &node.value {
            None => writeln!(out)?,
            Some(value) => {
                let mut lines = value.lines();
                writeln!(out, ": {}", printable(lines.next().unwrap_or_default()))?;
                for line in lines {
                    writeln!(out, "{:indent$}    {}", "", printable(line))?;
                }
            }
        }
        tree(&node.children, depth + 1, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], span: Range<usize>, expected: &str) {
        assert_eq!(excerpt(bytes, &span, 7), expected, "{:?} {span:?}", String::from_utf8_lossy(bytes));
    }

    #[test]
    fn the_caret_stands_under_the_byte() {
        check(b"ab\ncdef\ngh", 4..6, "7 | cdef\n  |  ^^\n");
        check(b"8=FIX.4.4\x0154=Z\x01", 13..14, "7 | 8=FIX.4.4|54=Z|\n  |              ^\n");
        check("öäü".as_bytes(), 2..4, "7 | öäü\n  |  ^\n");
        check(b"a\xFFb", 2..3, "7 | a\u{FFFD}b\n  |   ^\n");
        check(b"\x1b[31m", 1..2, "7 | ·[31m\n  |  ^\n");
    }

    #[test]
    fn an_empty_or_outer_place_gets_one_caret() {
        check(b"abc", 1..1, "7 | abc\n  |  ^\n");
        check(b"abc\r\n", 3..5, "7 | abc\n  |    ^\n");
        check(b"abc", 9..12, "7 | abc\n  |    ^\n");
        check(b"", 0..0, "7 | \n  | ^\n");
    }

    #[test]
    fn of_a_long_line_only_the_surroundings_are_shown() {
        let mut bytes = vec![b'x'; 5000];
        bytes[2500] = b'Z';
        let shown = excerpt(&bytes, &(2500..2501), 1);
        let lines: Vec<Vec<char>> = shown.lines().map(|l| l.chars().collect()).collect();
        let caret = lines[1].iter().position(|c| *c == '^').expect("a caret");
        assert_eq!(lines[0][caret], 'Z', "{shown}");
        assert!(lines[0].len() < 120 && lines[0].ends_with(&['…']), "{shown}");
        assert!(excerpt(&bytes, &(0..5000), 1).lines().all(|l| l.chars().count() < 120));
    }
}
