//! semt.018: what has not settled in an account (MT537), by status or by transaction.

use super::encode::Draft;
use super::listed;
use super::messages::{Reading, Writing};
use super::parts::{self, Unread};
use super::statement::{self, STATEMENT};
use super::statuses;
use crate::codec::EncodeError;
use crate::model::{Event, PendingOrder, PendingStatement, PendingTransaction, Status};

/// Its root element.
pub(super) const ROOT: &str = "SctiesTxPdgRpt";

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let header = statement::head(reading, &STATEMENT)?;
    let root = reading.root;
    let mut transactions = Vec::new();
    for group in root.all("Sts") {
        let statuses: Vec<Status> = group.get("StsAndRsn").and_then(statuses::read).into_iter().collect();
        for at in group.all("Tx") {
            let transaction = listed::read(at);
            transactions.push(PendingTransaction { statuses: statuses.clone(), transaction });
        }
    }
    for at in root.all("Txs") {
        let statuses = at.all("StsAndRsn").filter_map(statuses::read).collect();
        transactions.push(PendingTransaction { statuses, transaction: listed::read(at) });
    }
    let order = match root.value("StmtGnlDtls/StmtStr") {
        Some("TRAN") => PendingOrder::ByTransaction,
        _ => PendingOrder::ByStatus,
    };
    let (penalties, additional) = (Vec::new(), Vec::new());
    let statement = PendingStatement { header, order, transactions, penalties, additional };
    Ok(Event::PendingStatement(Box::new(statement)))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::PendingStatement(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let mut root = Draft::new(ROOT);
    statement::put_head(&mut root, &e.header, &STATEMENT, writing)?;
    let order = if e.order == PendingOrder::ByTransaction { "TRAN" } else { "STAT" };
    root.at("StmtGnlDtls").set("StmtStr", "order", order);
    match e.order {
        PendingOrder::ByStatus => by_status(&mut root, e, writing)?,
        PendingOrder::ByTransaction => by_transaction(&mut root, e, writing)?,
    }
    let losses = &mut writing.losses;
    for list in &e.penalties {
        losses.add("penalties", &list.kind, "penalties are reported in a message of their own");
    }
    statement::lose_additional(&e.additional, losses);
    Ok(root)
}

fn by_transaction(
    root: &mut Draft,
    e: &PendingStatement,
    writing: &mut Writing<'_>,
) -> Result<(), EncodeError> {
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let Some(of) = schema.down(schema.own(), "Txs") else { return Ok(()) };
    for pending in &e.transactions {
        let mut draft = Draft::new("Txs");
        listed::put((schema, of), &mut draft, &pending.transaction, losses)?;
        for status in &pending.statuses {
            let mut block = Draft::new("StsAndRsn");
            let Some(of) = schema.down(of, "StsAndRsn") else { continue };
            if statuses::put((schema, of), &mut block, "transactions.statuses", status, losses) {
                draft.take_child("StsAndRsn", block);
            }
        }
        root.take_child("Txs", draft);
    }
    Ok(())
}

/// Neighbours of the same status stand below it together.
fn by_status(root: &mut Draft, e: &PendingStatement, writing: &mut Writing<'_>) -> Result<(), EncodeError> {
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let places = schema.down(schema.own(), "Sts");
    let places = places.and_then(|of| Some((schema.down(of, "StsAndRsn")?, schema.down(of, "Tx")?)));
    let Some((of_status, of_transaction)) = places else { return Ok(()) };
    for together in e.transactions.chunk_by(|a, b| a.statuses == b.statuses) {
        let said = together.first().map_or(&[][..], |first| &first.statuses);
        let mut draft = Draft::new("Sts");
        let mut block = Draft::new("StsAndRsn");
        let mut taken = false;
        for status in said {
            if taken {
                let why = "sorted by status, a transaction stands below one status only";
                losses.add("transactions.statuses", format!("{:?}", status.kind), why);
            } else {
                taken =
                    statuses::put((schema, of_status), &mut block, "transactions.statuses", status, losses);
            }
        }
        if !taken {
            let message = "semt.018 by status".to_owned();
            return Err(EncodeError::Missing { field: "transactions.statuses", message });
        }
        draft.take_child("StsAndRsn", block);
        for pending in together {
            let mut transaction = Draft::new("Tx");
            listed::put((schema, of_transaction), &mut transaction, &pending.transaction, losses)?;
            draft.take_child("Tx", transaction);
        }
        root.take_child("Sts", draft);
    }
    Ok(())
}
