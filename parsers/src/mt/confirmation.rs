//! MT544 to MT547 and the normalized settlement confirmation: in full, in parts, or taken back (RVSL).

use super::encode::Writer;
use super::instruction::{Draft, direction, missing, write_amounts, write_owner};
use super::message::Message;
use super::{instrument, party};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{Event, Movement, PartialKind, Payment, SettlementConfirmation};

/// 22F::PARS and what it says.
const PARTS: [(&str, PartialKind); 2] = [("PAIN", PartialKind::Part), ("PARC", PartialKind::Last)];

/// What the message means; `Err` names what is missing for it.
pub(super) fn read(message: &Message<'_>) -> Result<Event, &'static str> {
    let (movement, payment) = direction(message.kind).ok_or("the message type")?;
    let mut draft = Draft::default();
    for e in message.elements() {
        draft.take(&e);
    }
    draft.links.end();
    draft.end_party(movement);
    if !matches!(draft.function.as_str(), "NEWM" | "RVSL") {
        return Err("23G NEWM or RVSL");
    }
    Ok(Event::Settlement(Box::new(SettlementConfirmation {
        id: draft.id,
        reversal: draft.function == "RVSL",
        instruction: draft.links.remove("RELA", true).ok_or("20C::RELA")?,
        previous: draft.links.remove("PREV", true),
        common_reference: draft.links.remove("COMM", true),
        market_reference: draft.links.remove("MITI", true),
        prepared: draft.prepared,
        movement,
        payment,
        instrument: draft.instrument.ok_or("35B")?,
        settled: draft.quantity.ok_or("36B::ESTT")?,
        previously_settled: draft.previously_settled,
        remaining: draft.remaining,
        amount: draft.amount,
        previously_settled_amount: draft.previously_settled_amount,
        remaining_amount: draft.remaining_amount,
        other_amounts: draft.other_amounts,
        price: draft.price,
        partial: PARTS.iter().find(|(code, _)| *code == draft.part).map(|(_, part)| *part),
        trade_date: draft.trade_date,
        settlement_date: draft.settlement_date,
        effective_date: draft.effective_date.ok_or("98A::ESET")?,
        account: draft.account,
        account_owner: draft.owner,
        transaction_type: draft.transaction_type.ok_or("22F::SETR")?,
        delivering: draft.delivering,
        receiving: draft.receiving,
        narrative: draft.narrative,
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
    let mut w = Writer::default();
    w.sequence("GENL", |w| general(w, event, kind, envelope))?;
    w.sequence("TRADDET", |w| {
        if let Some(date) = event.settlement_date {
            w.date("SETT", date);
        }
        if let Some(date) = event.trade_date {
            w.date("TRAD", date);
        }
        w.date("ESET", event.effective_date);
        if let Some(price) = &event.price {
            w.price("DEAL", "settlement.price", price, event.amount.as_ref())?;
        }
        instrument::write(w, &event.instrument)?;
        if let Some(text) = &event.narrative {
            w.narrative("70E", "SPRO", "settlement.narrative", text, 10);
        }
        Ok(())
    })?;
    w.sequence("FIAC", |w| {
        w.quantity("ESTT", "settlement.settled", &event.settled)?;
        for (qualifier, quantity) in [("PSTT", &event.previously_settled), ("RSTT", &event.remaining)] {
            quantity.as_ref().map_or(Ok(()), |q| w.quantity(qualifier, "settlement.quantity", q))?;
        }
        for (qualifier, amount) in
            [("PSTT", &event.previously_settled_amount), ("RSTT", &event.remaining_amount)]
        {
            amount.as_ref().map_or(Ok(()), |a| w.amount(qualifier, "settlement.amount", a))?;
        }
        write_owner(w, event.account_owner.as_ref())?;
        w.account(
            "SAFE",
            "settlement.account",
            event.account.as_ref().ok_or(missing("settlement.account", kind))?,
        )
    })?;
    w.sequence("SETDET", |w| {
        w.code("22F", "SETR", &event.transaction_type);
        party::write_chains(w, event.movement, &event.delivering, &event.receiving)?;
        write_amounts(w, kind, "ESTT", event.amount.as_ref(), &event.other_amounts)
    })?;
    w.finish(kind, envelope)
}

fn general(
    w: &mut Writer,
    event: &SettlementConfirmation,
    kind: &str,
    envelope: &Envelope,
) -> Result<(), EncodeError> {
    w.answer("settlement.id", event.id.as_ref(), envelope, kind)?;
    w.line("23G", if event.reversal { "RVSL" } else { "NEWM" });
    w.prepared(event.prepared);
    if let Some((code, _)) = PARTS.iter().find(|(_, part)| Some(*part) == event.partial) {
        w.put("22F", "PARS", code);
    }
    w.link("RELA", "settlement.instruction", &event.instruction)?;
    if let Some(previous) = &event.previous {
        w.sequence("LINK", |w| -> Result<(), EncodeError> {
            w.own_reference("PREV", "settlement.previous", previous);
            Ok(())
        })?;
    }
    let along = [
        ("COMM", "settlement.common_reference", &event.common_reference),
        ("MITI", "settlement.market_reference", &event.market_reference),
    ];
    for (qualifier, field, reference) in along {
        if let Some(reference) = reference {
            w.link_along(qualifier, field, reference);
        }
    }
    Ok(())
}
