//! semt.022: what became of an instruction, step by step. ISO 15022 has no such message.

use super::encode::{Draft, Losses};
use super::issued;
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parties::{self, Place};
use super::parts::{self, Unread, may};
use super::schema::{Schema, TypeId};
use super::sese_024::{self, Branches};
use super::{details, statement, statuses, supplementary, terms};
use crate::codec::EncodeError;
use crate::model::{AuditTrail, Event, Linkage, Party, PartyId, Status, StatusKind, TrailEntry};

/// Its root element.
pub(super) const ROOT: &str = "SctiesSttlmTxAudtTrlRpt";

/// References of the instruction beside the three that have a field, and the kinds of ties that they are; the first that a reference
/// fits into is written.
const TIES: [(&str, &str); 3] = [("TRRF", "UnqTxIdr"), ("TRRF", "TradId"), ("PCTI", "PrcrTxId")];

/// The blocks of the instruction itself.
const BLOCKS: [&str; 4] = ["PrcgSts", "IfrrdMtchgSts", "MtchgSts", "SttlmSts"];

/// The block of a request to change it.
const CHANGE: &str = "ModPrcgSts";
#[rustfmt::skip]
const OF_CHANGE: Branches = &[
    (StatusKind::Acknowledged, CHANGE, "AckdAccptd", true),
    (StatusKind::PendingProcessing, CHANGE, "PdgPrcg", true),
    (StatusKind::ChangeDenied, CHANGE, "Dnd", true),
    (StatusKind::Rejected, CHANGE, "Rjctd", true),
    (StatusKind::Repair, CHANGE, "Rprd", true),
    (StatusKind::ChangeCompleted, CHANGE, "Modfd", true),
];

/// The block of a request to cancel it.
const CANCELLATION: &str = "CxlSts";
#[rustfmt::skip]
const OF_CANCELLATION: Branches = &[
    (StatusKind::PendingCancellation, CANCELLATION, "PdgCxl", true),
    (StatusKind::Rejected, CANCELLATION, "Rjctd", true),
    (StatusKind::Repair, CANCELLATION, "Rpr", true),
    (StatusKind::Acknowledged, CANCELLATION, "AckdAccptd", true),
    (StatusKind::CancellationDenied, CANCELLATION, "Dnd", true),
    (StatusKind::Cancelled, CANCELLATION, "Canc", true),
];

/// That it settled.
const SETTLED: &str = "Sttld";

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let ids = root.get("TxId");
    let named = |name: &str| ids.and_then(|ids| may(ids, name));
    let mut linkages = Vec::new();
    for (kind, name) in TIES {
        for found in ids.into_iter().flat_map(|ids| ids.all(name)) {
            linkages.extend(found.text().trim().parse().map(|reference| Linkage::new(kind, reference)));
        }
    }
    let entries = root.all("StsTrl").map(|at| entry(at, reading.raw)).collect::<Result<_, _>>()?;
    Ok(Event::AuditTrail(Box::new(AuditTrail {
        id: reading.message_id.clone(),
        prepared: reading.created,
        page: root.get("Pgntn").map(statement::page).unwrap_or_default(),
        query: may(root, "QryRef"),
        instruction: named("AcctOwnrTxId"),
        servicer_reference: named("AcctSvcrTxId"),
        market_reference: named("MktInfrstrctrTxId"),
        linkages,
        account_owner: root.get("AcctOwnr").and_then(parties::party),
        account: terms::stated(root),
        entries,
    })))
}

fn entry(at: At<'_, '_>, raw: &[u8]) -> Result<TrailEntry, Unread> {
    let when = at.get("StsDt").ok_or_else(|| Unread::missing(at, "StsDt"))?;
    let instant = details::instant(when.text().trim());
    let mut entry = TrailEntry::new(instant.ok_or_else(|| Unread::at(when, "it is no instant"))?);
    entry.senders = at.get("SndgOrgId").map(senders).unwrap_or_default();
    entry.user = at.value("UsrId").map(str::to_owned);
    let blocks = BLOCKS.into_iter().filter_map(|name| at.get(name));
    entry.statuses = blocks.filter_map(|at| statuses::in_block(at, sese_024::OF_INSTRUCTION)).collect();
    entry.modification = at.get(CHANGE).and_then(|at| sese_024::status(at, OF_CHANGE));
    entry.cancellation = at.get(CANCELLATION).and_then(|at| sese_024::status(at, OF_CANCELLATION));
    entry.settled = at.get(SETTLED).map(|at| {
        let reason = sese_024::proprietary_reason(at);
        let said = !reason.code.is_empty() || reason.text.is_some();
        said.then_some(reason).into_iter().collect()
    });
    supplementary::keep_in(&mut entry.supplementary, at, raw);
    Ok(entry)
}

/// The names of an organisation: its BIC, and each other one with its issuer and scheme.
fn senders(at: At<'_, '_>) -> Vec<Party> {
    let bic = may(at, "AnyBIC").map(Party::bic);
    let others = at.all("Othr").filter_map(|other| {
        let scheme = other.value("SchmeNm/Cd").or_else(|| other.value("SchmeNm/Prtry"));
        let issuer = issued::owned(other.value("Issr").unwrap_or_default(), scheme);
        Some(Party::new(PartyId::Proprietary { issuer, id: other.value("Id")?.to_owned() }))
    });
    bic.into_iter().chain(others).collect()
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::AuditTrail(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    if let Some(id) = e.id.as_ref().filter(|id| !writing.carries(id)) {
        writing.losses.add("audit_trail.id", id, "the report is known by the identifier of its header");
    }
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let to = (schema, schema.own());
    let mut root = Draft::new(ROOT);
    statement::put_page(root.at("Pgntn"), e.page, losses);
    root.set_some("QryRef", "audit_trail.query", e.query.as_ref());
    put_references(to, &mut root, e, losses);
    if let Some(account) = &e.account {
        terms::put_stated(to, &mut root, account, "audit_trail.account", losses);
    }
    if let Some(owner) = &e.account_owner {
        parties::put_party(root.at("AcctOwnr"), "audit_trail.account_owner", owner, Place::Owner, losses)?;
    }
    let Some(of) = schema.down(schema.own(), "StsTrl") else { return Ok(root) };
    for entry in &e.entries {
        let mut draft = Draft::new("StsTrl");
        put_entry((schema, of), &mut draft, entry, losses)?;
        root.take_child("StsTrl", draft);
    }
    Ok(root)
}

/// References of the instruction: all of them, or none where the account owner's is not known.
fn put_references((schema, of): (&Schema, TypeId), root: &mut Draft, e: &AuditTrail, losses: &mut Losses) {
    let why = "the report names the instruction by its owner's reference, and others only beside it";
    let beside = [
        ("AcctSvcrTxId", "audit_trail.servicer_reference", &e.servicer_reference),
        ("MktInfrstrctrTxId", "audit_trail.market_reference", &e.market_reference),
    ];
    root.set_some("TxId/AcctOwnrTxId", "audit_trail.instruction", e.instruction.as_ref());
    if e.instruction.is_none() {
        root.drop_child("TxId");
    }
    for (name, field, reference) in beside {
        match reference {
            Some(reference) if e.instruction.is_some() => root.at("TxId").set(name, field, reference),
            Some(reference) => losses.add(field, reference, why),
            None => {}
        }
    }
    let field = "audit_trail.linkages";
    let below = schema.down(of, "TxId").filter(|_| e.instruction.is_some());
    for tie in &e.linkages {
        let shown = format!("{} {}", tie.kind, tie.reference);
        let fits = |name: &&'static str| {
            let particle = below.and_then(|of| schema.child(of, name));
            particle.is_some_and(|particle| {
                let taken = root.find("TxId").map_or(0, |at| at.count(name));
                let simple = schema.value_type(particle.type_id);
                taken < particle.occurs.1 as usize
                    && simple.is_some_and(|simple| simple.check(tie.reference.as_str()).is_ok())
            })
        };
        let name = TIES.iter().filter(|(kind, _)| *kind == tie.kind).map(|(_, name)| *name).find(fits);
        match name {
            Some(name) => {
                root.at("TxId").add(name).say(field, tie.reference.as_str());
                if !tie.is_plain() {
                    losses.add(field, shown, "the report says no more of this tie than the reference");
                }
            }
            None if below.is_some() => losses.add(field, shown, "the report has no place for this tie"),
            None => losses.add(field, shown, why),
        }
    }
}

fn put_entry(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    entry: &TrailEntry,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    draft.set("StsDt", "audit_trail.entries.at", details::written(entry.at));
    put_senders(draft, &entry.senders, losses);
    draft.set_some("UsrId", "audit_trail.entries.user", entry.user.as_ref());
    let field = "audit_trail.entries.statuses";
    statuses::put_blocks(place, draft, &entry.statuses, sese_024::OF_INSTRUCTION, field, losses)?;
    let requests =
        [(CHANGE, OF_CHANGE, &entry.modification), (CANCELLATION, OF_CANCELLATION, &entry.cancellation)];
    for (block, known, status) in requests {
        if let Some(status) = status {
            put_request(place, draft, (block, known), status, losses)?;
        }
    }
    let field = "audit_trail.entries.settled";
    if let Some(reasons) = &entry.settled {
        let mut said = Draft::new(SETTLED);
        for (nth, reason) in reasons.iter().enumerate() {
            if nth == 0 {
                sese_024::put_proprietary_reason(&mut said, field, reason, losses);
            } else {
                losses.add(field, &reason.code, "a settlement has one reason here");
            }
        }
        draft.take_child(SETTLED, said);
    }
    let field = "audit_trail.entries.supplementary";
    supplementary::put(place, draft, &entry.supplementary, field, losses);
    Ok(())
}

/// The status of a request into its own block.
fn put_request(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    (block, known): (&'static str, Branches),
    status: &Status,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let elsewhere: Vec<&str> = sese_024::ANY_BLOCK.into_iter().filter(|name| *name != block).collect();
    if let Some((_, (name, branch))) = sese_024::draft(status, &elsewhere, place, known, losses)? {
        draft.at(block).take_child(name, branch);
    }
    Ok(())
}

fn put_senders(draft: &mut Draft, senders: &[Party], losses: &mut Losses) {
    let field = "audit_trail.entries.senders";
    for sender in senders {
        match &sender.id {
            PartyId::Bic(bic) if draft.find("SndgOrgId/AnyBIC").is_none() => {
                draft.set("SndgOrgId/AnyBIC", field, bic);
            }
            PartyId::Proprietary { issuer, id } => {
                let (issuer, scheme) = issued::named(issuer);
                let other = draft.at("SndgOrgId").add("Othr");
                other.set("Id", field, id);
                // Codes of schemes have four letters at most; names of them mostly have more.
                match scheme {
                    Some(code) if code.len() <= 4 => other.set("SchmeNm/Cd", field, code),
                    Some(name) => other.set("SchmeNm/Prtry", field, name),
                    None => {}
                }
                other.set_some("Issr", field, Some(issuer).filter(|issuer| !issuer.is_empty()));
            }
            other => losses.add(field, format!("{other:?}"), "an organisation is named by BIC or identifier"),
        }
    }
}
