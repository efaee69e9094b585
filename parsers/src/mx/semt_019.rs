//! semt.019: all that counterparties have instructed and the account owner has not (MT586).

use super::alleged;
use super::encode::Draft;
use super::messages::{Reading, Writing};
use super::parts::{self, Unread};
use super::statement::{self, STATEMENT};
use crate::codec::EncodeError;
use crate::model::{AllegementStatement, Event};

/// Its root element.
pub(super) const ROOT: &str = "SctiesSttlmTxAllgmtRpt";

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let header = statement::head(reading, &STATEMENT)?;
    let allegements = reading.root.all("AllgmtDtls").map(alleged::read).collect::<Result<_, _>>()?;
    let statement = AllegementStatement { header, allegements, additional: Vec::new() };
    Ok(Event::AllegementStatement(Box::new(statement)))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::AllegementStatement(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let mut root = Draft::new(ROOT);
    statement::put_head(&mut root, &e.header, &STATEMENT, writing)?;
    let (schema, losses) = (writing.schema, &mut writing.losses);
    if let Some(of) = schema.down(schema.own(), "AllgmtDtls") {
        for trade in &e.allegements {
            let mut draft = Draft::new("AllgmtDtls");
            alleged::put((schema, of), &mut draft, trade, losses)?;
            root.take_child("AllgmtDtls", draft);
        }
    }
    statement::lose_additional(&e.additional, losses);
    Ok(root)
}
