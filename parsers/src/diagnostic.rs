//! What is wrong with a message: what, where, what was expected and what to do. Strict and lenient are policies over the
//! same list: [`Policy::accepts`].

use std::fmt;
use std::ops::Range;

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// A deviation that a careful reader gets over.
    Warning,
    /// The message breaks its standard.
    Error,
}

/// Which layer of the standard speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Framing and well-formedness: the bytes cannot be taken apart, or only by guessing.
    Syntax,
    /// Grammar, schema or dictionary: a field is missing, misplaced or of the wrong form.
    Structure,
    /// Cross-field and market rules.
    Rule,
}

/// One finding. `span` is in bytes from the start of the message that was decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Which layer speaks.
    pub layer: Layer,
    /// A stable code: the standard's own where it has one (`T26`, `373=1`), else a name like `missing-field`.
    pub code: &'static str,
    /// Where, in bytes.
    #[serde(skip)]
    pub span: Range<usize>,
    /// Where, in the message's own terms: `E/E1[2]/95P:PSET`, `/Document/SctiesSttlmTxInstr/TxId`, `NoAllocs[2]/79`.
    pub path: String,
    /// What is wrong, with what was found and expected.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl Diagnostic {
    /// A finding of the given severity; add a path and a hint with the builder methods.
    pub fn new(
        severity: Severity,
        layer: Layer,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            layer,
            code,
            span,
            path: String::new(),
            message: message.into(),
            hint: String::new(),
        }
    }

    /// An error.
    pub fn error(layer: Layer, code: &'static str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, layer, code, span, message)
    }

    /// A warning.
    pub fn warning(layer: Layer, code: &'static str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, layer, code, span, message)
    }

    /// A note.
    pub fn note(layer: Layer, code: &'static str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, layer, code, span, message)
    }

    /// Says where in the message's own terms.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// How much deviation a reader puts up with. Both see the same diagnostics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Read everything that can be read; refuse only what cannot be taken apart at all (errors of the syntax layer).
    #[default]
    Lenient,
    /// Refuse any error of any layer.
    Strict,
}

impl Policy {
    /// Whether a message with these findings is taken.
    pub fn accepts(self, diagnostics: &[Diagnostic]) -> bool {
        !diagnostics.iter().any(|d| {
            d.severity == Severity::Error
                && match self {
                    Policy::Lenient => d.layer == Layer::Syntax,
                    Policy::Strict => true,
                }
        })
    }
}

/// Line and column of a byte offset, both from 1; the column counts characters of valid UTF-8, bytes otherwise.
pub fn line_column(bytes: &[u8], offset: usize) -> (usize, usize) {
    let before = &bytes[..offset.min(bytes.len())];
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
    let column =
        std::str::from_utf8(&before[start..]).map_or(before.len() - start, |s| s.chars().count()) + 1;
    (line, column)
}

/// Collects findings up to a limit; past it, one last finding says that there were more.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    list: Vec<Diagnostic>,
    max: usize,
}

impl Findings {
    /// Keeps at most `max` findings.
    pub fn new(max: usize) -> Self {
        Self { list: Vec::new(), max: max.max(1) }
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() < self.max {
            self.list.push(diagnostic);
        } else if self.list.len() == self.max {
            let span = diagnostic.span.clone();
            self.list.push(Diagnostic::error(
                Layer::Structure,
                "too-many-findings",
                span,
                "more findings follow that are not listed",
            ));
        }
    }

    /// Whether further findings would be dropped: then there is no need to put them together.
    pub fn is_full(&self) -> bool {
        self.list.len() > self.max
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The findings so far.
    pub fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// All findings, in order of discovery.
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.list
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Layer::Syntax => "syntax",
            Layer::Structure => "structure",
            Layer::Rule => "rule",
        })
    }
}
