//! Long statements in pages (28E): as many entries on each as a message has room for.

use super::arrange::{self, Block};
use super::encode::{Writer, invalid, stand_in};
use super::trailers::TEXT_MAX;
use super::{allegement, holdings, instruction, message, penalties, transactions};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::Event;
use crate::model::pages::{self, Paged};

/// Writes an event in as many messages as it takes.
pub(super) fn write(event: &Event, envelope: &Envelope) -> Result<Vec<Encoded>, EncodeError> {
    match event {
        Event::HoldingsStatement(e) => split(&**e, envelope, |s| Event::HoldingsStatement(Box::new(s))),
        Event::TransactionsStatement(e) => {
            split(&**e, envelope, |s| Event::TransactionsStatement(Box::new(s)))
        }
        Event::PendingStatement(e) => split(&**e, envelope, |s| Event::PendingStatement(Box::new(s))),
        Event::Penalties(e) => split(&**e, envelope, |s| Event::Penalties(Box::new(s))),
        Event::AllegementStatement(e) => split(&**e, envelope, |s| Event::AllegementStatement(Box::new(s))),
        _ => Ok(vec![super::encode_event(event, envelope)?]),
    }
}

fn split<S: Paged + Clone>(
    statement: &S,
    envelope: &Envelope,
    event: fn(S) -> Event,
) -> Result<Vec<Encoded>, EncodeError> {
    let Some(header) = statement.clone().head().cloned() else {
        return Ok(vec![super::encode_event(&event(statement.clone()), envelope)?]);
    };
    if length(&event(statement.clone()))? <= TEXT_MAX {
        return Ok(vec![super::encode_event(&event(statement.clone()), envelope)?]);
    }
    let mut parts = Vec::new();
    let entries = statement.entries();
    let mut start = 0;
    while start < entries {
        let end = room(statement, start, entries, event)?;
        parts.push(statement.part(start..end));
        start = end;
    }
    let count = parts.len();
    let mut messages = Vec::new();
    for (index, mut part) in parts.into_iter().enumerate() {
        let number = u32::try_from(index).ok().and_then(|i| header.page.number.checked_add(i));
        let number = number.ok_or_else(|| invalid("statement.page", "", "there are too many pages"))?;
        let id = reference(header.id.as_str(), index);
        let id = id.parse().map_err(|_| invalid("statement.id", &id, "it makes no reference for a page"))?;
        if let Some(head) = part.head() {
            pages::turn(head, id, number, index + 1 == count);
        }
        let of_page = Envelope { message_id: reference(&envelope.message_id, index), ..envelope.clone() };
        messages.push(super::encode_event(&event(part), &of_page)?);
    }
    Ok(messages)
}

/// Up to which entry a page that begins at `start` has room. It always takes one: when that alone is too long, writing it
/// says so.
fn room<S: Paged>(
    statement: &S,
    start: usize,
    entries: usize,
    event: fn(S) -> Event,
) -> Result<usize, EncodeError> {
    let fits =
        |end: usize| Ok::<_, EncodeError>(length(&event(statement.part(start..end)))? + MARGIN <= TEXT_MAX);
    let (mut good, mut bad) = (start + 1, entries + 1);
    let mut step = 1;
    while good < bad - 1 {
        // Doubling steps until one is too long, then halving.
        let next = if bad > entries { (good + step).min(entries) } else { good + (bad - good) / 2 };
        if fits(next)? {
            good = next;
            step *= 2;
        } else {
            bad = next;
        }
    }
    Ok(good)
}

/// Room for page numbers and references that are longer than those of the whole.
const MARGIN: usize = 32;

/// How long the text would be.
fn length(event: &Event) -> Result<usize, EncodeError> {
    let mut writer = Writer::default();
    let (kind, root): (_, Block) = match event {
        Event::HoldingsStatement(e) => ("535", holdings::block(&mut writer, e)),
        Event::TransactionsStatement(e) => ("536", transactions::block(&mut writer, e)),
        Event::PendingStatement(e) => ("537", transactions::pending_block(&mut writer, e)?),
        Event::Penalties(e) => penalties::block(&mut writer, e)?,
        Event::AllegementStatement(e) => ("586", allegement::statement_block(&mut writer, e)?),
        _ => return Ok(0),
    };
    let spec = message::spec(kind).ok_or_else(|| instruction::missing("table", kind))?;
    arrange::write(&mut writer, spec, &root)?;
    Ok(writer.length())
}

/// The reference of a page: that of the statement for the first, with the page behind it for the others. Where that is too
/// long, sixteen characters computed from it: always the same for the same page.
fn reference(of: &str, index: usize) -> String {
    if index == 0 || of.is_empty() {
        return of.to_owned();
    }
    let whole = format!("{of}-{}", index + 1);
    if whole.len() <= 16 { whole } else { stand_in(&whole) }
}
