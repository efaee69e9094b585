//! setr.030: the answer to a trade confirmation: affirmed, or not (MT517, FIX ConfirmationAck).

use super::details;
use super::encode::Draft;
use super::issued;
use super::listed::NO_REFERENCE;
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parties::{self, NOT_PROVIDED};
use super::parts::{self, Unread, may};
use super::setr_027::put_named;
use crate::codec::EncodeError;
use crate::model::{
    AffirmationStatus, ConfirmationAcknowledgement, Event, Function, Linkage, PartyRole, Reference, RoleParty,
};

/// Its root element.
pub(super) const ROOT: &str = "SctiesTradConfRspn";

/// Who affirms.
const AFFIRMS: &str = "AFFM";

/// Further references: the kind of link, and its element.
pub(super) const LINKS: [(&str, &str); 9] = [
    ("RELA", "ExctgPtyTxId"),
    ("PREV", "InstgPtyTxId"),
    ("MITI", "MktInfrstrctrTxId"),
    ("POOL", "PoolId"),
    ("BLOC", "BlckId"),
    ("MAST", "AllcnId"),
    ("INDA", "IndvAllcnId"),
    ("INDX", "IndxId"),
    ("COMM", "CmonId"),
];

/// All references.
pub(super) fn references(root: At<'_, '_>) -> Vec<Linkage> {
    let mut list = Vec::new();
    for at in root.all("Refs") {
        let Some(found) = at.get("Ref").and_then(|at| at.children().next()) else { continue };
        let kind =
            LINKS.iter().find(|(_, element)| *element == found.name()).map_or("TRRF", |(kind, _)| *kind);
        let Ok(reference) = found.text().trim().parse::<Reference>() else { continue };
        if reference.as_str() == NO_REFERENCE {
            continue;
        }
        let message =
            ["MsgNb/ShrtNb", "MsgNb/LngNb", "MsgNb/PrtryNb/Id"].iter().find_map(|path| at.value(path));
        let message = message.map(|message| message.get(..8).unwrap_or(message).to_owned());
        list.push(Linkage { message, ..Linkage::new(kind, reference) });
    }
    list
}

/// Writes a reference with its message.
pub(super) fn put_reference(root: &mut Draft, linkage: &Linkage, losses: &mut super::encode::Losses) {
    let element = LINKS.iter().find(|(kind, _)| *kind == linkage.kind).map(|(_, element)| *element);
    let Some(element) = element else {
        losses.add(
            "linkages",
            format!("{} {}", linkage.kind, linkage.reference),
            "there is no reference of this kind here",
        );
        return;
    };
    let below = root.add("Refs");
    below.at("Ref").set(element, "linkages", &linkage.reference);
    if let Some(message) = &linkage.message {
        if message.len() == 3 && message.bytes().all(|b| b.is_ascii_digit()) {
            below.set("MsgNb/ShrtNb", "linkages.message", message);
        } else if let Some(full) = super::messages::current(message) {
            below.set("MsgNb/LngNb", "linkages.message", full);
        } else {
            losses.add("linkages.message", message, "no version of this message is known here");
        }
    }
    if !linkage.position.is_empty() {
        losses.add("linkages.position", &linkage.position, "there is no order of processing here");
    }
}

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let status = root.get("Sts").ok_or_else(|| Unread::missing(root, "Sts"))?;
    let said = status.get("AffirmSts").and_then(details::code);
    let status_of = match said.as_deref() {
        Some("AFFI") => AffirmationStatus::Affirmed,
        Some("NAFI") => AffirmationStatus::Rejected,
        _ => return Err(Unread::at(status, "it is neither affirmed nor refused")),
    };
    let mut linkages = references(root);
    let answered =
        linkages.iter().position(|l| l.kind == "RELA").or(Some(0)).filter(|at| *at < linkages.len());
    let answered = answered.ok_or_else(|| Unread::missing(root, "Refs"))?;
    let named = root.all("ConfPties").filter_map(|at| at.get("AffrmgPty").and_then(parties::party));
    let reason = status.get("UaffrmdRsn").and_then(details::code);
    Ok(Event::ConfirmationAcknowledgement(Box::new(ConfirmationAcknowledgement {
        supplementary: Vec::new(),
        id: may(root, "Id/TxId"),
        function: Function::New,
        confirmation: linkages.remove(answered).reference,
        linkages,
        parties: named.map(|party| RoleParty { role: PartyRole::Other(AFFIRMS.to_owned()), party }).collect(),
        status: status_of,
        reason: reason.map(|code| code.trim_start_matches('/').to_owned()),
        text: status.value("AddtlRsnInf").map(str::to_owned),
        trade_date: None,
        transacted: reading.created,
    })))
}

/// A reason of somebody's own: four letters or digits, perhaps behind an issuer.
fn own_reason(reason: &str) -> Option<(&str, &str)> {
    let (issuer, code) = issued::parted(reason);
    let issuer = issuer.unwrap_or(NOT_PROVIDED);
    let fits = code.len() == 4 && code.bytes().all(|b| b.is_ascii_alphanumeric()) && !issuer.is_empty();
    fits.then_some((issuer, code))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::ConfirmationAcknowledgement(e) = event else {
        return Err(parts::no_message(event.kind().name()));
    };
    let code = match e.status {
        AffirmationStatus::Affirmed => "AFFI",
        AffirmationStatus::Rejected => "NAFI",
        AffirmationStatus::Received => return Err(parts::no_message("receipt of a confirmation")),
    };
    if e.function != Function::New {
        return Err(parts::no_message("cancellation of an affirmation"));
    }
    let before = writing.losses.0.len();
    writing.prepared(e.transacted);
    for loss in writing.losses.0.iter_mut().skip(before) {
        "transacted".clone_into(&mut loss.field);
    }
    let id = e.id.clone().or_else(|| writing.envelope.message_id.parse().ok());
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let mut root = Draft::new(ROOT);
    root.set_some("Id/TxId", "id", id.as_ref());
    if let (None, Some(id)) = (&e.id, &id) {
        losses.add("id", id, "the answer needs a reference: that of the message stands");
    }
    let answered = Linkage::new("RELA", e.confirmation.clone());
    put_reference(&mut root, &answered, losses);
    for linkage in &e.linkages {
        put_reference(&mut root, linkage, losses);
    }
    let status = root.at("Sts");
    status.set("AffirmSts/Cd", "status", code);
    match &e.reason {
        Some(reason) if reason == "NAFF" => status.set("UaffrmdRsn/Cd", "reason", reason),
        Some(reason) if own_reason(reason).is_some() => {
            let (issuer, code) = own_reason(reason).unwrap_or((NOT_PROVIDED, reason));
            status.set("UaffrmdRsn/Prtry/Id", "reason", code);
            status.set("UaffrmdRsn/Prtry/Issr", "reason", issuer);
        }
        Some(reason) => losses.add("reason", reason, "the message knows no such reason"),
        None => {}
    }
    status.set_some("AddtlRsnInf", "text", e.text.as_deref());
    if let Some(date) = e.trade_date {
        losses.add("trade_date", date, "an answer does not repeat the trade");
    }
    for RoleParty { role, party } in &e.parties {
        if *role == PartyRole::Other(AFFIRMS.to_owned()) {
            put_named(root.add("ConfPties").at("AffrmgPty"), "parties", party, losses)?;
        } else {
            losses.add("parties", format!("{role:?}"), "an answer names who affirms, and nobody else");
        }
    }
    root.fit((schema, schema.own()), losses);
    Ok(root)
}
