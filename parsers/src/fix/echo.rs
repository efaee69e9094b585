//! A message written anew with the same content: header and body by ascending tag, groups whole behind their counts, their
//! entries in the order of the dictionary. That is what an engine sends that takes a message apart and puts it together.

use super::encode::frame_up;
use super::field::SOH;
use super::message::Message;

/// The message in that order. CompIDs, number and times are the old ones: the session writes its own over them.
pub fn echo(message: &Message<'_>) -> Vec<u8> {
    let dictionary = message.dictionary();
    let zone = |tag: u32| match tag {
        8..=10 => None,
        35 => Some((0, 0)),
        tag if dictionary.is_header(tag) => Some((0, tag as usize)),
        tag if dictionary.is_trailer(tag) => Some((2, tag as usize)),
        tag => Some((1, tag as usize)),
    };
    let mut content = Vec::with_capacity(message.raw.len());
    write(message, 0, &zone, &mut content);
    frame_up(message.value(0, 8).unwrap_or_default(), &content)
}

/// Where a field goes: header, body or trailer, and its place there.
type Key = (u8, usize);

/// Writes the fields of an entry by their keys; those without a key are left out.
fn write(message: &Message<'_>, entry: u32, key: &dyn Fn(u32) -> Option<Key>, content: &mut Vec<u8>) {
    let Some(bounds) = message.entries.get(entry as usize) else { return };
    let mut fields: Vec<(Key, u32)> = (bounds.first..bounds.end)
        .filter_map(|at| {
            let field = message.fields.get(at as usize).filter(|f| f.entry == entry)?;
            Some((key(field.tag)?, at))
        })
        .collect();
    fields.sort();
    for (_, at) in fields {
        let Some(field) = message.fields.get(at as usize) else { continue };
        content.extend_from_slice(message.raw.get(field.span()).unwrap_or_default());
        content.push(SOH);
        for inside in message.group(entry, field.tag) {
            let scope = message.scope_of(inside);
            let place = |tag| Some((1, scope.and_then(|s| s.position(tag)).unwrap_or(usize::MAX)));
            write(message, inside, &place, content);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Findings;
    use crate::limits::Limits;

    #[test]
    fn fields_are_sorted_and_groups_stay_whole() {
        let content = "35=P|34=2|49=A|52=20261124-09:00:00|56=B|115=C|87=2|70=X|78=2|79=A|776=0|5751=z|79=B|60=20261124-09:00:00|9999=t|58=y|";
        let bytes = frame_up(b"FIX.4.4", content.replace('|', "\x01").as_bytes());
        let message = Message::read(&bytes, &Limits::default(), &mut Findings::new(9)).expect("a message");
        let echoed = String::from_utf8(echo(&message)).expect("text").replace('\x01', "|");
        let inner = echoed.split_once("|35=").and_then(|(_, rest)| rest.split_once("|10=")).expect("whole").0;
        assert_eq!(
            inner,
            "P|34=2|49=A|52=20261124-09:00:00|56=B|115=C|58=y|60=20261124-09:00:00|70=X|78=2|79=A|776=0|5751=z|79=B|87=2|9999=t"
        );
    }
}
