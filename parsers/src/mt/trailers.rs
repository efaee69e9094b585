//! The tags of blocks 3 and 5: what form each has, and how long the text between them may be.

use std::sync::LazyLock;

use super::charset::{Class, prefix};
use super::frame::{Frame, Tag};
use super::notation::Notation;
use crate::diagnostic::{Diagnostic, Findings, Layer, Severity};

/// Block, tag, format, name for people. A format that is empty is that of a tag without a value; `*` is any.
const TAGS: &[(&str, &str, &str, &str)] = &[
    ("3", "103", "3!a", "service of FIN Copy"),
    ("3", "106", "28!c", "reference of the input message"),
    ("3", "108", "16x", "message user reference"),
    ("3", "111", "3!n", "type of service"),
    ("3", "113", "4!x", "banking priority"),
    ("3", "115", "32x", "what the central institution adds"),
    ("3", "119", "8c", "validation flag"),
    ("3", "121", "*", "unique end-to-end reference"),
    ("3", "165", "/3!c/34x", "what the payment release adds"),
    ("3", "423", "*", "balance checkpoint"),
    ("3", "424", "16x", "related reference"),
    ("3", "433", "*", "result of screening"),
    ("3", "434", "*", "what payment controls add"),
    ("5", "CHK", "12!h", "checksum"),
    ("5", "MAC", "8!h", "authentication code"),
    ("5", "PDE", "[4!n28!c]", "possible duplicate, says the sender"),
    ("5", "PDM", "[4!n28!c]", "possible duplicate, says the system"),
    ("5", "DLM", "", "delayed"),
    ("5", "MRF", "*", "reference of the message"),
    ("5", "TNG", "", "test and training"),
    ("5", "SYS", "*", "originated by the system"),
];

/// The formats of [`TAGS`], where they have one.
static COMPILED: LazyLock<Vec<Option<Notation>>> =
    LazyLock::new(|| TAGS.iter().map(|(_, _, format, _)| Notation::compile(format)).collect());

/// How many characters the text of one FIN message may have. Statements go over several messages.
pub(super) const TEXT_MAX: usize = 10_000;

/// Tags without a known name, or not of their form, and a text that one message cannot carry.
pub(super) fn check(frame: &Frame<'_>, findings: &mut Findings) {
    let raw = frame.raw;
    for block in frame.own() {
        let id = block.id.of(raw);
        if id == b"3" || id == b"5" {
            let tags = frame.tags_of(block);
            for (place, tag) in tags.iter().enumerate() {
                check_tag(frame, id, tag, findings);
                let name = tag.name.of(raw);
                // A block with more tags than the table is damage, and is told by the rows that do not fit.
                let before = tags.get(..place.min(TAGS.len())).unwrap_or_default();
                if before.iter().any(|t| t.name.of(raw) == name) && name != b"PDE" && name != b"PDM" {
                    let what = "it stands more than once";
                    report(frame, id, tag, Severity::Warning, "tag-repeated", what, findings);
                }
            }
        }
    }
    let fields = frame.fields();
    if let (Some(first), Some(last)) = (fields.first(), fields.last()) {
        let text = first.whole().start..last.value.range().end;
        if text.len() > TEXT_MAX {
            let what =
                format!("the text has {} characters; FIN carries {TEXT_MAX} in one message", text.len());
            findings.push(
                Diagnostic::warning(Layer::Structure, "text-too-long", first.whole(), what)
                    .at("4")
                    .hint("shorten it; a statement goes in pages, numbered by 28E"),
            );
        }
    }
}

fn check_tag(frame: &Frame<'_>, block: &[u8], tag: &Tag, findings: &mut Findings) {
    let (name, value) = (tag.name.of(frame.raw), tag.value.of(frame.raw));
    if is_usual(name, value) {
        return;
    }
    let place = TAGS.iter().position(|(b, t, ..)| b.as_bytes() == block && t.as_bytes() == name);
    let Some((place, (_, _, format, title))) = place.and_then(|p| Some((p, TAGS.get(p)?))) else {
        let what = "no tag of this block is known by this name; it is kept";
        report(frame, block, tag, Severity::Note, "unknown-tag", what, findings);
        return;
    };
    let fits = match *format {
        "*" => name != b"121" || is_uuid(value),
        "" => value.is_empty(),
        format => {
            let compiled = COMPILED.get(place).and_then(Option::as_ref);
            (value.is_empty() && format.starts_with('['))
                || compiled.is_some_and(|n| n.read(value, &mut Vec::with_capacity(4)).is_ok())
        }
    };
    if !fits {
        let form = match *format {
            "*" => "36 characters, as in eb6305c9-1f7f-49de-aed0-16487c27b42d".to_owned(),
            "" => "nothing behind its colon".to_owned(),
            format => format.to_owned(),
        };
        let what = format!("the {title} must have the form {form}");
        report(frame, block, tag, Severity::Error, "tag-format", &what, findings);
    }
}

/// The two tags that nearly every message has, in good form: they need no look into the table.
fn is_usual(name: &[u8], value: &[u8]) -> bool {
    match name {
        b"108" => (1..=16).contains(&value.len()) && prefix(value, Class::X.bit()) == value.len(),
        b"CHK" => value.len() == 12 && prefix(value, Class::Hex.bit()) == 12,
        _ => false,
    }
}

fn report(
    frame: &Frame<'_>,
    block: &[u8],
    tag: &Tag,
    severity: Severity,
    code: &'static str,
    what: &str,
    findings: &mut Findings,
) {
    let name = super::walk::text(tag.name.of(frame.raw));
    let span = tag.name.range().start..tag.value.range().end;
    let path = format!("{}/{name}", String::from_utf8_lossy(block));
    let finding = Diagnostic::new(severity, Layer::Structure, code, span, format!("{name}: {what}")).at(path);
    // A form of letters alone says little: which character is the wrong one?
    let value = tag.value.of(frame.raw);
    let odd = value.get(prefix(value, Class::X.bit())..).and_then(<[u8]>::first);
    findings.push(match (code, odd) {
        ("tag-format", Some(byte)) => finding.hint(format!(
            "replace {:?}: letters, digits, blanks and / - ? : ( ) . , ' + are the characters of FIN",
            char::from(*byte)
        )),
        _ => finding,
    });
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => Class::Digits.has(*byte) || (b'a'..=b'f').contains(byte),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn found(blocks: &str) -> Vec<(&'static str, String)> {
        let raw = format!("{{1:F01LUMNLULLAXXX4711241403}}{{2:I541CUSVDEFFXXXXN}}{blocks}");
        let mut findings = Findings::new(20);
        let frame = Frame::parse(raw.as_bytes(), &Limits::default(), &mut findings);
        check(&frame, &mut findings);
        findings.into_vec().into_iter().map(|d| (d.code, d.path)).collect()
    }

    #[test]
    fn tags_have_their_forms() {
        let uetr = "{121:eb6305c9-1f7f-49de-aed0-16487c27b42d}";
        let good = format!("{{3:{{103:CAD}}{{113:xxxx}}{{108:MUR 1}}{{119:STP}}{{111:001}}{uetr}}}");
        assert!(found(&good).is_empty(), "{:?}", found(&good));
        let good =
            "{5:{MAC:00000000}{CHK:123456789ABC}{PDE:}{PDM:1348120811BANKFRPPAXXX2222123456}{TNG:}{DLM:}}";
        assert!(found(good).is_empty(), "{:?}", found(good));
        for (bad, code, path) in [
            ("{3:{108:12345678901234567}}", "tag-format", "3/108"),
            ("{3:{108:A_B}}", "tag-format", "3/108"),
            ("{3:{121:EB6305C9-1F7F-49DE-AED0-16487C27B42D}}", "tag-format", "3/121"),
            ("{3:{119:}}", "tag-format", "3/119"),
            ("{3:{108:A}{108:B}}", "tag-repeated", "3/108"),
            ("{3:{999:A}}", "unknown-tag", "3/999"),
            ("{5:{CHK:12345}}", "tag-format", "5/CHK"),
            ("{5:{TNG:X}}", "tag-format", "5/TNG"),
        ] {
            assert_eq!(found(bad), [(code, path.to_owned())], "{bad}");
        }
    }

    #[test]
    fn a_text_beyond_what_fin_carries_is_said() {
        let line = ":70E::SPRO//X\r\n";
        let long = format!("{{4:\r\n{}-}}", line.repeat(TEXT_MAX / line.len() + 1));
        assert_eq!(found(&long), [("text-too-long", "4".to_owned())]);
    }
}
