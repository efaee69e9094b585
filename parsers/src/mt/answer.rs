//! The answer that the network would give: taken, or refused with the code and the line of the first error.

use crate::diagnostic::{Diagnostic, Severity, line_column};
use crate::model::{Reference, TransportAcknowledgement};

/// Why no answer can be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found} has no error code of the network that is known here; the message is wrong all the same")]
pub struct NoCode {
    /// Our own code of the first error.
    pub found: &'static str,
}

/// Acknowledges a message without errors and refuses one with errors. A refusal has the first error, by position, that has a
/// code of the network: a letter and two digits.
///
/// The line is counted from the first line of the text, which is 1; an error outside of the text has none. Which line the
/// network counts from was not seen.
pub fn answer(
    raw: &[u8],
    diagnostics: &[Diagnostic],
    reference: Option<Reference>,
) -> Result<TransportAcknowledgement, NoCode> {
    let mut errors: Vec<&Diagnostic> = diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    errors.sort_by_key(|d| d.span.start);
    let Some(first) = errors.first() else {
        return Ok(TransportAcknowledgement { accepted: true, reference, error: None, line: None });
    };
    let coded = errors.iter().find(|d| is_network_code(d.code)).ok_or(NoCode { found: first.code })?;
    let text = raw.windows(3).position(|w| w == b"{4:").map(|at| line_column(raw, at).0);
    let line = line_column(raw, coded.span.start).0;
    let line = text.and_then(|t| line.checked_sub(t)).and_then(|l| u32::try_from(l).ok());
    let line = line.filter(|l| (1..=999).contains(l));
    Ok(TransportAcknowledgement { accepted: false, reference, error: Some(coded.code.to_owned()), line })
}

fn is_network_code(code: &str) -> bool {
    matches!(code.as_bytes(), [letter, a, b] if letter.is_ascii_uppercase() && a.is_ascii_digit() && b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{self, Depth};
    use crate::limits::Limits;

    fn of(raw: &str) -> Result<TransportAcknowledgement, NoCode> {
        let decoded = codec::decode(raw.as_bytes(), &Limits::default(), Depth::Event);
        answer(raw.as_bytes(), &decoded.diagnostics, None)
    }

    #[test]
    fn the_first_error_with_a_code_is_told() {
        let good = include_str!("../../../samples/mt/mt541-minimal.fin");
        assert!(of(good).is_ok_and(|a| a.accepted));
        let day = good.replacen(":98A::SETT//2026", ":98A::SETT//2027023", 1);
        assert_ne!(day, good, "the sample has a settlement date");
        let wrong = good.replacen("//EUR", "//ZZZ", 1);
        let told = of(&wrong).expect("a code");
        assert_eq!((told.accepted, told.error.as_deref()), (false, Some("T52")));
        let line = wrong.lines().position(|l| l.contains("//ZZZ")).expect("a line");
        assert_eq!(told.line, u32::try_from(line).ok());
    }

    #[test]
    fn an_error_without_a_code_is_said_to_have_none() {
        let good = include_str!("../../../samples/mt/mt541-minimal.fin");
        let open = good.replacen(":16S:GENL\r\n", "", 1);
        assert_eq!(of(&open), Err(NoCode { found: "unclosed-sequence" }));
    }
}
