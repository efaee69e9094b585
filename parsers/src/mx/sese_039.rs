//! sese.039: how far a request to change the terms of an instruction is.

use super::encode::Draft;
use super::messages::{Reading, Writing};
use super::parties::{self, Place};
use super::parts::{Unread, may, need};
use super::sese_024::{self, Branches};
use super::{terms, transaction};
use crate::codec::EncodeError;
use crate::model::{Event, FurtherDetails, Linkage, StatusAdvice, StatusKind, TransactionDetails, further};

/// Its root element.
pub(super) const ROOT: &str = "SctiesSttlmTxModReqStsAdvc";

/// Its one status block.
const BLOCK: &str = "ModPrcgSts";

#[rustfmt::skip]
const STATUSES: Branches = &[
    (StatusKind::Acknowledged, BLOCK, "AckdAccptd", true),
    (StatusKind::PendingProcessing, BLOCK, "PdgPrcg", true),
    (StatusKind::ChangeDenied, BLOCK, "Dnd", true),
    (StatusKind::Rejected, BLOCK, "Rjctd", true),
    (StatusKind::Repair, BLOCK, "Rprd", true),
    (StatusKind::ChangeCompleted, BLOCK, "Modfd", true),
];

/// References of the instruction, and the kinds of ties that they are.
const REFERENCES: [(&str, &str); 3] = [("PREV", "AcctOwnrTxId"), ("PCTI", "PrcrTxId"), ("RELA", "OthrId")];

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let block = root.get(BLOCK).ok_or_else(|| Unread::missing(root, BLOCK))?;
    let status = sese_024::status(block, STATUSES);
    let status = status.ok_or_else(|| Unread::at(block, "it gives no status that is known"))?;
    let ids = root.get("TxId");
    let named = REFERENCES.iter().filter_map(|(kind, name)| Some(Linkage::new(kind, may(ids?, name)?)));
    let stated = root.get("TxDtls").map(|at| {
        let mut read = transaction::read(at, (None, None));
        let others = terms::other_parties(at);
        if !others.is_empty() {
            read.more.get_or_insert_default().other_parties = others;
        }
        read
    });
    let mut stated = stated.unwrap_or_default();
    stated.account_owner = root.get("AcctOwnr").and_then(parties::party);
    let mut account_details = Vec::new();
    stated.account = further::number_of("SAFE", terms::stated(root), &mut account_details);
    if !account_details.is_empty() {
        stated.more.get_or_insert_default().account_details.extend(account_details);
    }
    Ok(Event::Status(Box::new(StatusAdvice {
        id: reading.message_id.clone(),
        instruction: need(root, "ModReqRef")?,
        servicer_reference: ids.and_then(|ids| may(ids, "AcctSvcrTxId")),
        market_reference: ids.and_then(|ids| may(ids, "MktInfrstrctrTxId")),
        cancellation: false,
        modification: true,
        amendment: true,
        financing: false,
        intra_position: false,
        query: None,
        linkages: named.collect(),
        prepared: reading.created,
        statuses: vec![status],
        details: (stated != TransactionDetails::default()).then_some(stated),
        additional: Vec::new(),
        supplementary: Vec::new(),
    })))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let e = sese_024::begin(event, writing)?;
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let to = (schema, schema.own());
    let mut root = Draft::new(ROOT);
    root.set("ModReqRef", "status.instruction", &e.instruction);
    let (first, more) = match e.statuses.split_first() {
        Some(split) => split,
        None => {
            let message = schema.message().to_owned();
            return Err(EncodeError::Missing { field: "status.statuses", message });
        }
    };
    if let Some((block, (name, draft))) = sese_024::draft(first, &[], to, STATUSES, losses)? {
        root.at(block).take_child(name, draft);
    }
    for status in more {
        losses.add("status.statuses", format!("{:?}", status.kind), "the message gives one status");
    }
    put_references(&mut root, e, writing);
    put_transaction(&mut root, e, writing)?;
    for detail in e.additional.iter().flatten() {
        let shown = format!("{} {}", detail.code, super::sheet::show(&detail.value));
        writing.losses.add("status.additional", shown, "the message has no place for it");
    }
    Ok(root)
}

/// References of the instruction: all of them, or none where the account owner's is not known.
fn put_references(root: &mut Draft, e: &StatusAdvice, writing: &mut Writing<'_>) {
    let losses = &mut writing.losses;
    let own = e.linkages.iter().any(|l| l.kind == "PREV");
    let others = [
        ("status.servicer_reference", &e.servicer_reference),
        ("status.market_reference", &e.market_reference),
    ];
    let why = "the message names the instruction by its owner's reference (PREV), and others only beside it";
    for ((field, reference), name) in others.into_iter().zip(["AcctSvcrTxId", "MktInfrstrctrTxId"]) {
        match reference {
            Some(reference) if own => root.at("TxId").set(name, field, reference),
            Some(reference) => losses.add(field, reference, why),
            None => {}
        }
    }
    let field = "status.linkages";
    for tie in &e.linkages {
        let shown = format!("{} {}", tie.kind, tie.reference);
        let row = REFERENCES.iter().find(|(kind, _)| *kind == tie.kind).map(|(_, name)| *name);
        match row.filter(|name| own && root.find("TxId").is_none_or(|at| at.count(name) == 0)) {
            Some(name) => {
                root.at("TxId").set(name, field, &tie.reference);
                if !tie.is_plain() {
                    losses.add(field, shown, "the message says no more of this tie than the reference");
                }
            }
            None if own => losses.add(field, shown, "the message has no place for this tie"),
            None => losses.add(field, shown, why),
        }
    }
}

/// Account and owner stand around the transaction, which is repeated as a whole or not at all.
fn put_transaction(root: &mut Draft, e: &StatusAdvice, writing: &mut Writing<'_>) -> Result<(), EncodeError> {
    let Some(details) = &e.details else { return Ok(()) };
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let to = (schema, schema.own());
    let mut more = details.more.as_deref().cloned().unwrap_or_default();
    let account = further::account_of("SAFE", details.account.as_ref(), &mut more.account_details);
    if let Some(account) = &account {
        terms::put_stated(to, root, account, "status.details.account", losses);
    }
    if let Some(owner) = &details.account_owner {
        parties::put_party(root.at("AcctOwnr"), "status.details.account_owner", owner, Place::Owner, losses)?;
    }
    let more = (more != FurtherDetails::default()).then(|| Box::new(more));
    let rest = TransactionDetails { account: None, account_owner: None, more, ..details.clone() };
    if rest != TransactionDetails::default() {
        transaction::put(to, root, &rest, losses)?;
    }
    Ok(())
}
