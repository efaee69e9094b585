//! MT544 to MT547 and the normalized settlement confirmation: in full, in parts, or taken back (RVSL).

use super::arrange::Block;
use super::encode::{Writer, fitting, stand_in};
use super::instruction::{direction, missing};
use super::message::Message;
use super::sections::{self, Unread};
use super::statement;
use super::terms::{self, SETTLEMENT};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    DetailValue as V, Event, Linkage, Movement, PartialKind, Payment, Reference, SettlementConfirmation,
};

/// 22F::PARS and what it says.
const PARTS: [(&str, PartialKind); 2] = [("PAIN", PartialKind::Part), ("PARC", PartialKind::Last)];

/// What the message means; `Err` names what is missing for it.
pub(super) fn read<'a>(message: &Message<'a>, unread: &mut Unread<'a>) -> Result<Event, &'static str> {
    let direction = direction(message.kind).ok_or("the message type")?;
    let mut root = sections::read(message);
    let mut general = root.take_one("GENL").ok_or("20C::SEME")?;
    let (function, copy) = terms::function(&mut general).ok_or("23G")?;
    if !matches!(function.as_str(), "NEWM" | "RVSL") {
        return Err("23G NEWM or RVSL");
    }
    let prepared = statement::instant(&mut general, b"PREP");
    let mut links = terms::Links(statement::linkages(general.take("LINK"), unread));
    let mut g = general.details(unread);
    let instruction = links.take("RELA").ok_or("20C::RELA")?;
    let mut terms = terms::read(&mut root, direction, &SETTLEMENT, unread)?;
    root.give_up(unread);
    let id = g.reference("SEME");
    let part = g.code("PARS");
    terms.more.copy = copy;
    terms.more.general_details = g.rest();
    Ok(Event::Settlement(Box::new(SettlementConfirmation {
        id,
        reversal: function == "RVSL",
        previous: links.take("PREV"),
        common_reference: links.take("COMM"),
        market_reference: links.take("MITI"),
        linkages: links.0,
        prepared,
        partial: PARTS.iter().find(|(code, _)| Some(*code) == part.as_deref()).map(|(_, part)| *part),
        ..SettlementConfirmation::of(instruction, terms).ok_or("98a::ESET")?
    })))
}

/// Writes a settlement confirmation as MT544 to MT547.
pub(super) fn write(event: &SettlementConfirmation, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    let kind = match (event.movement, event.payment) {
        (Movement::Receive, Payment::Free) => "544",
        (Movement::Receive, Payment::Against) => "545",
        (Movement::Deliver, Payment::Free) => "546",
        (Movement::Deliver, Payment::Against) => "547",
    };
    let mut writer = Writer::default();
    let w = &mut writer;
    let terms = event.terms();
    let mut root = Block::new("");
    let mut general = Block::called("GENL", terms::field(&SETTLEMENT, "GENL"));
    general.answer(w, "settlement.id", event.id.as_ref(), envelope, kind)?;
    terms::put_function(
        &mut general,
        if event.reversal { "RVSL" } else { "NEWM" },
        terms.more.copy.as_deref(),
    );
    statement::put_prepared(&mut general, event.prepared);
    if let Some((code, _)) = PARTS.iter().find(|(_, part)| Some(*part) == event.partial) {
        general.put("PARS", V::Code((*code).to_owned()));
    }
    general.put_all(&terms.more.general_details);
    put_links(w, &mut general, kind, event)?;
    root.child(general);
    terms::put(w, &mut root, &terms, &SETTLEMENT, missing("settlement.account", kind))?;
    statement::finish(writer, kind, &root, envelope)
}

/// The linkage of a reference that has a field of its own: as the list has it where it says more, else alone.
pub(super) fn named_link(links: &mut Vec<Linkage>, code: &str, reference: &Reference) -> Linkage {
    let same = |l: &Linkage| l.kind == code && l.reference == *reference;
    match links.iter().position(same) {
        Some(index) => links.remove(index),
        None => Linkage::new(code, reference.clone()),
    }
}

fn put_links(
    w: &mut Writer,
    general: &mut Block,
    kind: &str,
    event: &SettlementConfirmation,
) -> Result<(), EncodeError> {
    let mut links = event.linkages.clone();
    fitting("settlement.instruction", &event.instruction)?;
    let instruction = named_link(&mut links, "RELA", &event.instruction);
    terms::put_links(w, general, kind, "settlement.instruction", &[instruction]);
    if let Some(previous) = &event.previous {
        let mut link = named_link(&mut links, "PREV", previous);
        // It is the servicer's own: one that does not fit is replaced, as it was when it was written first.
        if fitting("settlement.previous", previous).is_err() {
            let instead = stand_in(previous.as_str());
            let why = format!("MT carries 16 characters of the X set here; {instead} stands instead");
            w.lose("settlement.previous", previous.as_str(), &why);
            link.reference = instead.parse().map_err(|_| missing("settlement.previous", kind))?;
        }
        terms::put_links(w, general, kind, "settlement.previous", &[link]);
    }
    let along = [
        ("COMM", "settlement.common_reference", &event.common_reference),
        ("MITI", "settlement.market_reference", &event.market_reference),
    ];
    for (code, field, reference) in along {
        if let Some(reference) = reference {
            let link = named_link(&mut links, code, reference);
            terms::put_links(w, general, kind, field, &[link]);
        }
    }
    terms::put_links(w, general, kind, "settlement.linkages", &links);
    Ok(())
}
