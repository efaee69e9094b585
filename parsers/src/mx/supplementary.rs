//! Supplementary data: kept as they came and given back, by the messages whose event has room for it.

use super::encode::{Draft, Losses};
use super::outline::At;
use super::schema::{self, Schema, TypeId};
use super::walk;
use crate::diagnostic::Severity;
use crate::limits::Limits;
use crate::model::{Event, SupplementaryData};

/// Their element, below the first own element.
const ELEMENT: &str = "SplmtryData";

/// Adds to an event what stands beside the standard in its message, where it can be told apart from the message.
pub(super) fn keep(event: &mut Event, root: At<'_, '_>, raw: &[u8]) {
    let more = match event {
        Event::Instruction(e) => &mut e.more,
        Event::Settlement(e) => &mut e.more,
        Event::Generation(e) => &mut e.instruction.more,
        _ => return,
    };
    let mut kept = Vec::new();
    keep_in(&mut kept, root, raw);
    if !kept.is_empty() {
        more.get_or_insert_default().supplementary.append(&mut kept);
    }
}

/// The same for what stands below an element of a message.
pub(super) fn keep_in(kept: &mut Vec<SupplementaryData>, at: At<'_, '_>, raw: &[u8]) {
    kept.extend(at.all(ELEMENT).filter_map(|at| read(at, raw)));
}

fn read(at: At<'_, '_>, raw: &[u8]) -> Option<SupplementaryData> {
    let mut inside = at.get("Envlp")?.children();
    let (only, None) = (inside.next()?, inside.next()) else { return None };
    let content = std::str::from_utf8(raw.get(only.span())?).ok()?;
    let place = at.value("PlcAndNm").map(str::to_owned);
    stands_alone(content).then(|| SupplementaryData { place, content: content.to_owned() })
}

/// Whether an element means the same wherever it stands: it declares the name spaces that it uses.
fn stands_alone(content: &str) -> bool {
    let tag = content.split('>').next().unwrap_or_default();
    let name = tag.split_ascii_whitespace().next().unwrap_or_default();
    if !content.starts_with('<') || !(name.contains(':') || tag.contains(" xmlns=")) {
        return false;
    }
    let walked = walk::walk(content.as_bytes(), &Limits::default(), false, &|_| None);
    walked.broken.is_none() && walked.findings.into_vec().iter().all(|d| d.severity < Severity::Error)
}

/// Writes them; what is no element of its own is a loss.
pub(super) fn put(
    (schema, of): (&Schema, TypeId),
    root: &mut Draft,
    data: &[SupplementaryData],
    field: &str,
    losses: &mut Losses,
) {
    let has = schema.down(of, ELEMENT).is_some();
    for data in data {
        if !has || !stands_alone(&data.content) {
            losses.add(field, &data.content, "the message takes one element that declares its name space");
            continue;
        }
        let draft = root.add(ELEMENT);
        draft.set_some("PlcAndNm", "supplementary.place", data.place.as_ref());
        draft.at("Envlp").add(schema::ANY).say("supplementary.content", &data.content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_uses_names_of_others_does_not_stand_alone() {
        for (content, alone) in [
            ("<h:House xmlns:h=\"urn:example:house:1\"><h:Desk>a &amp; b</h:Desk></h:House>", true),
            ("<House xmlns=\"urn:example:house:1\"/>", true),
            ("<House/>", false),
            ("<h:House/>", false),
            ("<h:House xmlns:h=\"urn:example:house:1\"><i:Desk/></h:House>", false),
            ("<h:House xmlns:h=\"urn:example:house:1\">", false),
            ("<a:A xmlns:a=\"urn:a\"/><b:B xmlns:b=\"urn:b\"/>", false),
            ("words", false),
        ] {
            assert_eq!(stands_alone(content), alone, "{content}");
        }
    }
}
