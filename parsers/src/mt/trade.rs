//! MT515 and MT518 and the normalized trade confirmation.
//!
//! In MT515 the side is the investor's: when the investor buys, the broker stands as SELL and the investment manager as
//! BUYR, and the other way round. The allocation that is confirmed is 20C::MAST, the single share of it 20C::RELA. MT518 is
//! the market side: brokers confirm to each other, and the side is the sender's.

use super::arrange::NO_REFERENCE;
use super::deal::{Deal, Sides};
use super::deal_writing::{Costs, Named, capacity_code, write_chains, write_indicators};
use super::encode::{Writer, invalid};
use super::instruction::{missing, write_place};
use super::instrument;
use super::message::Message;
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    ConfirmationKind, ConfirmationStatus, Event, Function, PartyRole, Reference, TradeConfirmation,
};

/// What the message means; `Err` names what is missing for it.
pub(super) fn read(message: &Message<'_>) -> Result<Event, &'static str> {
    let mut deal = Deal::read(message);
    let side = deal.side.ok_or("22H::BUSE")?;
    let sides = Sides::of(message.kind, side);
    let quantity = deal.quantity.ok_or("36B::CONF")?;
    let function = deal.function()?;
    let (chain, counterparty_chain) = deal.chains(&sides);
    let account = deal.account(&sides);
    let parties = deal.roles(&sides);
    let real = |r: &Reference| r.as_str() != NO_REFERENCE;
    Ok(Event::Confirmation(Box::new(TradeConfirmation {
        supplementary: Vec::new(),
        id: deal.id.ok_or("20C::SEME")?,
        function,
        kind: ConfirmationKind::Confirmation,
        status: ConfirmationStatus::Confirmed,
        market_side: message.kind == "518",
        allocation: deal.links.remove("MAST", true).filter(real),
        individual_allocation: deal.links.remove("RELA", true).filter(real),
        common_reference: deal.links.remove("COMM", true),
        side,
        instrument: deal.instrument.ok_or("35B")?,
        quantity,
        price: deal.price.ok_or("90a::DEAL")?,
        gross: deal.gross,
        net: deal.net,
        accrued: deal.accrued,
        commission: deal.commission,
        fees: deal.fees,
        trade_date: deal.trade_date.ok_or("98a::TRAD")?,
        settlement_date: deal.settlement_date,
        transacted: deal.prepared,
        account,
        payment: deal.payment,
        parties,
        chain,
        counterparty_chain,
        fills: deal.fills,
        market: deal.market,
        capacities: deal.capacities.into_iter().map(|c| (c, quantity)).collect(),
        text: deal.text,
    })))
}

/// Writes a trade confirmation as MT515, that of the market side as MT518.
pub(super) fn write(event: &TradeConfirmation, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    if event.kind != ConfirmationKind::Confirmation {
        return Err(EncodeError::NoMessage { event: "status of a confirmation", protocol: "MT" });
    }
    let kind = if event.market_side { "518" } else { "515" };
    let sides = Sides::of(kind, event.side);
    let mut w = Writer::default();
    if event.status != ConfirmationStatus::Confirmed {
        let why = format!("MT{kind} confirms; it has no other status");
        w.lose("confirmation.status", &format!("{:?}", event.status), &why);
    }
    w.sequence("GENL", |w| write_general(w, event, kind))?;
    write_fills(&mut w, event)?;
    w.sequence("CONFDET", |w| write_detail(w, event, kind, &sides, envelope))?;
    w.sequence("SETDET", |w| {
        w.put("22F", "SETR", "TRAD");
        write_chains(w, &sides, event.chain.as_ref(), event.counterparty_chain.as_ref())?;
        let costs = Costs {
            kind,
            of: "confirmation",
            gross: event.gross.as_ref(),
            accrued: event.accrued.as_ref(),
            commission: event.commission.as_ref(),
            fees: &event.fees,
            net: event.net.as_ref(),
        };
        costs.write(w)
    })?;
    w.finish(kind, envelope)
}

fn write_general(w: &mut Writer, event: &TradeConfirmation, kind: &str) -> Result<(), EncodeError> {
    w.reference("SEME", "confirmation.id", &event.id)?;
    let (function, earlier) = match &event.function {
        Function::New => ("NEWM", None),
        Function::Cancel(Some(reference)) => ("CANC", Some(reference)),
        Function::Cancel(None) => return Err(missing("confirmation.function.cancel", kind)),
        Function::Replace(Some(reference)) if event.market_side => ("REPL", Some(reference)),
        Function::Replace(None) if event.market_side => {
            return Err(missing("confirmation.function.replace", kind));
        }
        Function::Replace(_) => {
            let why = "MT515 has no replacement: send a cancellation and a new confirmation";
            return Err(invalid("confirmation.function", "replace", why));
        }
    };
    w.line("23G", function);
    w.prepared_as("confirmation.transacted", event.transacted);
    w.put("22F", "TRTR", "TRAD");
    if let Some(earlier) = earlier {
        w.link("PREV", "confirmation.function", earlier)?;
    }
    let along = [
        ("MAST", "confirmation.allocation", &event.allocation),
        ("RELA", "confirmation.individual_allocation", &event.individual_allocation),
        ("COMM", "confirmation.common_reference", &event.common_reference),
    ];
    let mut linked = earlier.is_some() || event.market_side;
    for (qualifier, field, reference) in along {
        if let Some(reference) = reference {
            linked |= w.link_along(qualifier, field, reference);
        }
    }
    if !linked {
        w.sequence("LINK", |w| -> Result<(), EncodeError> {
            w.put("20C", "RELA", NO_REFERENCE);
            Ok(())
        })?;
    }
    Ok(())
}

fn write_fills(w: &mut Writer, event: &TradeConfirmation) -> Result<(), EncodeError> {
    if event.market_side && !event.fills.is_empty() {
        w.lose("confirmation.fills", &event.fills.len().to_string(), "MT518 has no partial fills");
        return Ok(());
    }
    for fill in &event.fills {
        w.sequence("PAFILL", |w| -> Result<(), EncodeError> {
            w.quantity("PAFI", "confirmation.fills.quantity", &fill.quantity)?;
            w.price("DEAL", "confirmation.fills.price", &fill.price, event.net.as_ref())?;
            if let Some(at) = fill.traded {
                w.moment("TRAD", "confirmation.fills.traded", at);
            }
            if let Some(market) = &fill.market {
                write_place(w, market);
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn write_detail(
    w: &mut Writer,
    event: &TradeConfirmation,
    kind: &str,
    sides: &Sides,
    envelope: &Envelope,
) -> Result<(), EncodeError> {
    w.date("TRAD", event.trade_date);
    w.date("SETT", event.settlement_date.ok_or(missing("confirmation.settlement_date", kind))?);
    w.price("DEAL", "confirmation.price", &event.price, event.net.as_ref())?;
    if let Some(market) = &event.market {
        write_place(w, market);
    }
    write_indicators(w, "confirmation.payment", kind, event.side, event.payment);
    let named = Named {
        kind,
        field: "confirmation.parties",
        sides: sides.clone(),
        parties: event.parties.iter().collect(),
        account: event.account.as_ref(),
        capacity: capacity(w, event),
    };
    named.write(w, envelope)?;
    w.quantity("CONF", "confirmation.quantity", &event.quantity)?;
    instrument::write(w, &event.instrument)?;
    if let Some(text) = &event.text {
        w.narrative("70E", "TPRO", "confirmation.text", text, 10);
    }
    Ok(())
}

/// The broker's capacity, when it is one for the whole quantity.
fn capacity(w: &mut Writer, event: &TradeConfirmation) -> Option<String> {
    let broker = event.parties.is_empty() || event.parties.iter().any(|p| p.role == PartyRole::ExecutingFirm);
    match event.capacities.as_slice() {
        [] => None,
        [(name, quantity)] if broker && *quantity == event.quantity && capacity_code(name).is_some() => {
            capacity_code(name).map(str::to_owned)
        }
        several => {
            let shown: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            w.lose(
                "confirmation.capacities",
                &shown.join(", "),
                "it says one capacity, by a code of four capitals and without a quantity, in the broker's block",
            );
            None
        }
    }
}
