//! sese.038: a request to change the terms of an instruction. ISO 15022 has none: there an instruction is cancelled and
//! replaced.

use super::encode::Draft;
use super::links;
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parties::{self, Place};
use super::parts::{self, Unread, may, need};
use super::terms::{self, UPDATE};
use super::{supplementary, transaction};
use crate::codec::EncodeError;
use crate::model::{
    Event, InstructionUpdate, ModificationRequest, Movement, Payment, TransactionDetails, UpdateKind,
};

/// Its root element.
pub(super) const ROOT: &str = "SctiesSttlmTxModReq";

/// What is done with an update, and the element that says so.
const KINDS: [(UpdateKind, &str); 3] =
    [(UpdateKind::Addition, "Addtn"), (UpdateKind::Deletion, "Deltn"), (UpdateKind::Change, "Mod")];

/// The parts of an update that stand for nothing when they are empty.
const SECTIONS: [&str; 4] = ["SttlmTpAndAddtlParams", "TradDtls", "QtyAndAcctDtls", "SttlmParams"];

/// Reads the event. The request is known by the message identifier of its header.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let path = "ModfdTxDtls";
    let of = reading.root.get(path).ok_or_else(|| Unread::missing(reading.root, path))?;
    let named = of.get("AcctOwnrTxId").ok_or_else(|| Unread::missing(of, "AcctOwnrTxId"))?;
    let (movement, payment) = parts::direction(named)?;
    let modifies: crate::model::Reference = need(named, "TxId")?;
    let transaction = of.get("TxDtls").map(|at| {
        let mut read = transaction::read(at, (Some(movement), Some(payment)));
        let others = terms::other_parties(at);
        if !others.is_empty() {
            read.more.get_or_insert_default().other_parties = others;
        }
        // Direction and payment stand with the reference.
        Box::new(TransactionDetails { movement: None, payment: None, ..read })
    });
    let kinds = reading.root.all("UpdTp").filter_map(|at| at.children().next());
    let updates: Result<Vec<_>, _> =
        kinds.filter_map(|at| update(at, (movement, payment), reading.raw)).collect();
    let updates = updates?;
    if updates.is_empty() {
        return Err(Unread::missing(reading.root, "UpdTp"));
    }
    Ok(Event::Modification(Box::new(ModificationRequest {
        id: reading.message_id.clone().unwrap_or_else(|| modifies.clone()),
        prepared: reading.created,
        modifies,
        movement,
        payment,
        servicer_reference: may(of, "AcctSvcrTxId"),
        market_reference: may(of, "MktInfrstrctrTxId"),
        processor_reference: may(of, "PrcrTxId"),
        other_reference: may(of, "OthrTxId"),
        account_owner: of.get("AcctOwnr").and_then(parties::party),
        account: terms::stated(of),
        transaction,
        updates,
    })))
}

/// One update; nothing where its kind is not known.
fn update(at: At<'_, '_>, way: (Movement, Payment), raw: &[u8]) -> Option<Result<InstructionUpdate, Unread>> {
    let (kind, _) = KINDS.iter().find(|(_, name)| *name == at.name())?;
    let params = at.get("SttlmTpAndAddtlParams");
    let movement = params.and_then(|at| at.value("SctiesMvmntTp")).and_then(parts::movement);
    let payment = params.and_then(|at| at.value("Pmt")).and_then(parts::payment);
    let asked = (movement.unwrap_or(way.0), payment.unwrap_or(way.1));
    let kind_of = at.get("SttlmParams/SctiesTxTp").and_then(parts::code);
    Some(terms::part(at, asked, kind_of, &UPDATE).map(|mut terms| {
        supplementary::keep_in(&mut terms.more.supplementary, at, raw);
        InstructionUpdate {
            movement,
            payment,
            common_reference: params.and_then(|at| may(at, "CmonId")),
            linkages: links::read(at),
            ..InstructionUpdate::of(*kind, terms)
        }
    }))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Modification(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    let carried = writing.carries(&e.id);
    if !carried && e.id != e.modifies {
        let why = "the request is known by the message identifier of its header";
        writing.losses.add("modification.id", &e.id, why);
    }
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let mut root = Draft::new(ROOT);
    let of = schema.down(schema.own(), "ModfdTxDtls").unwrap_or(schema.own());
    let draft = root.at("ModfdTxDtls");
    draft.set("AcctOwnrTxId/TxId", "modification.modifies", &e.modifies);
    let movement = parts::movement_code(e.movement);
    draft.set("AcctOwnrTxId/SctiesMvmntTp", "modification.movement", movement);
    draft.set("AcctOwnrTxId/Pmt", "modification.payment", parts::payment_code(e.payment));
    let references: [(&'static str, &'static str, _); 4] = [
        ("AcctSvcrTxId", "modification.servicer_reference", &e.servicer_reference),
        ("MktInfrstrctrTxId", "modification.market_reference", &e.market_reference),
        ("PrcrTxId", "modification.processor_reference", &e.processor_reference),
        ("OthrTxId", "modification.other_reference", &e.other_reference),
    ];
    for (name, field, reference) in references {
        draft.set_some(name, field, reference.as_ref());
    }
    if let Some(owner) = &e.account_owner {
        parties::put_party(draft.at("AcctOwnr"), "modification.account_owner", owner, Place::Owner, losses)?;
    }
    if let Some(account) = &e.account {
        terms::put_stated((schema, of), draft, account, "modification.account", losses);
    }
    if let Some(stated) = &e.transaction {
        let movement = Some(e.movement);
        let stated = TransactionDetails { movement, payment: Some(e.payment), ..stated.as_ref().clone() };
        transaction::put((schema, of), draft, &stated, losses)?;
    }
    for update in &e.updates {
        put_update(&mut root, update, (e.movement, e.payment), writing)?;
    }
    Ok(root)
}

fn put_update(
    root: &mut Draft,
    update: &InstructionUpdate,
    way: (Movement, Payment),
    writing: &mut Writing<'_>,
) -> Result<(), EncodeError> {
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let name = KINDS.iter().find(|(kind, _)| *kind == update.kind).map_or("Mod", |(_, name)| *name);
    let of = schema.down(schema.own(), "UpdTp").and_then(|of| schema.down(of, name)).unwrap_or(schema.own());
    let to = (schema, of);
    let mut draft = Draft::new(name);
    let params = schema.down(of, "SttlmTpAndAddtlParams");
    let has = |name: &str| params.is_some_and(|params| schema.child(params, name).is_some());
    let said: [(&'static str, &'static str, Option<String>); 3] = [
        (
            "SctiesMvmntTp",
            "modification.updates.movement",
            update.movement.map(|m| parts::movement_code(m).to_owned()),
        ),
        ("Pmt", "modification.updates.payment", update.payment.map(|p| parts::payment_code(p).to_owned())),
        (
            "CmonId",
            "modification.updates.common_reference",
            update.common_reference.as_ref().map(ToString::to_string),
        ),
    ];
    for (name, field, value) in said {
        let Some(value) = value else { continue };
        if has(name) {
            draft.at("SttlmTpAndAddtlParams").set(name, field, value);
        } else {
            losses.add(field, value, "it can be changed, but neither added nor taken out");
        }
    }
    links::put(to, &mut draft, &update.linkages, "modification.updates.linkages", losses);
    terms::put_below(to, &mut draft, &update.terms(way), &UPDATE, losses)?;
    for section in SECTIONS {
        if draft.find(section).is_some_and(Draft::is_empty) {
            draft.drop_child(section);
        }
    }
    root.add("UpdTp").take_child(name, draft);
    Ok(())
}
