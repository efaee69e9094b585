//! One value changed and no other byte.

use super::{Limits, tables, walk};
use crate::diagnostic::{Diagnostic, Layer};

/// Why a value is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The message cannot be taken apart.
    #[error("the message cannot be read: {}", .0.message)]
    Broken(Box<Diagnostic>),
    /// There is no such element or attribute.
    #[error("there is nothing at {0}")]
    Nothing(String),
    /// It holds elements.
    #[error("{0} holds elements, not a value")]
    NoValue(String),
    /// The table does not allow the value.
    #[error("{}: {}", .0.path, .0.message)]
    Refused(Box<Diagnostic>),
}

/// Changes the value of one element (`/Document/SctiesSttlmTxInstr/TxId`, `/Document/A/B[2]/C`) or attribute
/// (`.../Amt/@Ccy`): the same bytes with this one value in its place, escaped, if the table allows it.
///
/// ```
/// use finality_parsers::{limits::Limits, mx};
///
/// let raw = br#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:sese.024.001.12"><SctiesSttlmTxStsAdvc><TxId><AcctOwnrTxId>A</AcctOwnrTxId></TxId></SctiesSttlmTxStsAdvc></Document>"#;
/// let path = "/Document/SctiesSttlmTxStsAdvc/TxId/AcctOwnrTxId";
/// let edited = mx::with_value(raw, path, "R&D", &Limits::default()).unwrap();
/// assert_eq!(edited, String::from_utf8_lossy(raw).replace(">A<", ">R&amp;D<").into_bytes());
/// assert!(mx::with_value(raw, path, &"x".repeat(99), &Limits::default()).is_err());
/// ```
pub fn with_value(raw: &[u8], path: &str, value: &str, limits: &Limits) -> Result<Vec<u8>, EditError> {
    let walked = walk::walk(raw, limits, false, &tables::find);
    if let Some(broken) = walked.broken {
        return Err(EditError::Broken(Box::new(broken)));
    }
    let nothing = || EditError::Nothing(path.to_owned());
    let (place, attribute) = path.rsplit_once("/@").map_or((path, None), |(place, name)| (place, Some(name)));
    let mut steps = place.strip_prefix('/').ok_or_else(nothing)?.split('/');
    let (name, nth) = step(steps.next().unwrap_or_default());
    let mut at = walked.outline.roots().filter(|at| at.name() == name).nth(nth).ok_or_else(nothing)?;
    for (name, nth) in steps.map(step) {
        at = at.all(name).nth(nth).ok_or_else(nothing)?;
    }
    let (from, to, new) = match attribute {
        Some(name) => {
            let found = at.attribute(name).ok_or_else(nothing)?;
            let length = found.raw.len() + 1;
            (found.span.end - length, found.span.end - 1, escaped(value))
        }
        None if at.children().next().is_some() => return Err(EditError::NoValue(path.to_owned())),
        None => leaf(raw, at, value),
    };
    let mut edited = raw.get(..from).unwrap_or_default().to_vec();
    edited.extend_from_slice(new.as_bytes());
    edited.extend_from_slice(raw.get(to..).unwrap_or_default());
    let checked = walk::walk(&edited, limits, false, &tables::find);
    if let Some(broken) = checked.broken {
        return Err(EditError::Broken(Box::new(broken)));
    }
    let place = at.path();
    let new = |d: &Diagnostic| d.layer == Layer::Structure && d.path == place && d.code.starts_with("value-");
    match checked.findings.into_vec().into_iter().find(new) {
        Some(refused) => Err(EditError::Refused(Box::new(refused))),
        None => Ok(edited),
    }
}

/// What of a leaf is replaced, and by what.
fn leaf(raw: &[u8], at: super::At<'_, '_>, value: &str) -> (usize, usize, String) {
    let (span, value_span) = (at.span(), at.value_span());
    if value_span != span {
        return (value_span.start, value_span.end, escaped(value));
    }
    let text = String::from_utf8_lossy(raw.get(span.clone()).unwrap_or_default()).into_owned();
    if let Some(open) = text.strip_suffix("/>") {
        let name = open.trim_start_matches('<').split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
        return (span.start, span.end, format!("{open}>{}</{name}>", escaped(value)));
    }
    let end = span.start + text.rfind("</").unwrap_or(text.len());
    (end, end, escaped(value))
}

/// `B[2]` as name and place from 0.
fn step(word: &str) -> (&str, usize) {
    let counted = word.strip_suffix(']').and_then(|word| word.split_once('['));
    match counted.and_then(|(name, nth)| Some((name, nth.parse::<usize>().ok()?))) {
        Some((name, nth)) => (name, nth.saturating_sub(1)),
        None => (word, 0),
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
        .replace('\r', "&#13;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = include_str!("../../../samples/mx/sese.023-full.xml");

    fn edit(path: &str, value: &str) -> Result<String, EditError> {
        with_value(RAW.as_bytes(), path, value, &Limits::default())
            .map(|bytes| String::from_utf8(bytes).expect("text"))
    }

    #[test]
    fn one_value_changes_and_nothing_else() {
        let root = "/BizMsgEnvlp/Document/SctiesSttlmTxInstr";
        for (path, value, from, to) in [
            ("TxId", "NEW-1", "<TxId>MRDN-2026-000119<", "<TxId>NEW-1<"),
            ("SttlmAmt/Amt", "1.5", ">4996000.00<", ">1.5<"),
            ("SttlmAmt/Amt/@Ccy", "USD", "<Amt Ccy=\"EUR\">4996000.00", "<Amt Ccy=\"USD\">4996000.00"),
            ("Lnkgs[2]/Ref/OthrTxId", "<&>", ">CNF/7790 &amp; 7791<", ">&lt;&amp;&gt;<"),
            ("TxId", "MRDN-2026-000119", "", ""),
        ] {
            let edited = edit(&format!("{root}/{path}"), value).expect(path);
            assert_eq!(edited, RAW.replacen(from, to, 1), "{path}");
        }
    }

    #[test]
    fn what_cannot_be_changed_is_said() {
        let root = "/BizMsgEnvlp/Document/SctiesSttlmTxInstr";
        let path = |rest: &str| format!("{root}/{rest}");
        assert!(matches!(edit(&path("Nothing"), "x"), Err(EditError::Nothing(_))));
        assert!(matches!(edit(&path("Lnkgs[9]"), "x"), Err(EditError::Nothing(_))));
        assert!(matches!(edit(&path("TradDtls"), "x"), Err(EditError::NoValue(_))));
        assert!(matches!(edit(&path("SttlmTpAndAddtlParams/Pmt"), "XXXX"), Err(EditError::Refused(_))));
        assert!(matches!(edit(&path("TxId"), "\u{1}"), Err(EditError::Broken(_))));
        let broken = with_value(b"<a", "/a", "x", &Limits::default());
        assert!(matches!(broken, Err(EditError::Broken(_))));
    }

    #[test]
    fn an_empty_element_gets_its_value() {
        for raw in ["<a><b/></a>", "<a><b></b></a>", "<a><b >old</b></a>"] {
            let edited = with_value(raw.as_bytes(), "/a/b", "v", &Limits::default()).expect(raw);
            let edited = String::from_utf8(edited).expect("text");
            assert!(edited.contains(">v</b>"), "{raw}: {edited}");
        }
    }
}
