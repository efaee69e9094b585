//! MT513 and the normalized execution report; read only, orders are not spoken here.
//!
//! The message has no reference of the broker for the order: that of the order itself (20C::RELA) stands, else its own.
//! What was dealt in all is what was dealt before (36B::PREX) and what this message advises.

use super::deal::{Deal, Sides};
use super::message::Message;
use crate::model::{Event, ExecutionKind, ExecutionReport, Quantity};
use rust_decimal::Decimal;

/// What the message means; `Err` names what is missing for it.
pub(super) fn read(message: &Message<'_>) -> Result<Event, &'static str> {
    let mut deal = Deal::read(message);
    let side = deal.side.ok_or("22H::BUSE")?;
    let sides = Sides::of(message.kind, side);
    let advised = deal.quantity.ok_or("36B::ADVI")?;
    let id = deal.id.take().ok_or("20C::SEME")?;
    let kind = match deal.function.as_str() {
        "NEWM" => ExecutionKind::Trade,
        "CANC" => ExecutionKind::Cancellation,
        "REPL" => ExecutionKind::Correction,
        _ => return Err("23G"),
    };
    let price = deal.price.ok_or("90a::DEAL")?;
    let client_order = deal.links.remove("RELA", true);
    let account = deal.account(&sides);
    let parties = deal.roles(&sides);
    let before = deal.dealt_before.filter(|b| !b.value().is_zero());
    let cumulative = before.map_or(Some(advised), |b| sum(&advised, &b)).ok_or("36B::PREX")?;
    let open = deal.ordered.and_then(|ordered| difference(&ordered, &cumulative));
    let none = Quantity::new(advised.kind(), Decimal::ZERO).map_err(|_| "36B::ADVI")?;
    Ok(Event::Execution(Box::new(ExecutionReport {
        earlier: deal.links.remove("PREV", true),
        order: client_order.clone().unwrap_or_else(|| id.clone()),
        id,
        kind,
        status: String::new(),
        client_order,
        side,
        instrument: deal.instrument.take().ok_or("35B")?,
        ordered: deal.ordered,
        last: Some(advised),
        last_price: Some(price),
        cumulative,
        leaves: deal.remaining.or(open).unwrap_or(none),
        // That of earlier deals is not said.
        average: before.is_none().then_some(price),
        currency: deal.currency(),
        gross: deal.gross,
        net: deal.net,
        commission: deal.commission,
        fees: deal.fees,
        trade_date: deal.trade_date,
        settlement_date: deal.settlement_date,
        transacted: deal.traded.or(deal.prepared),
        account,
        parties,
        fills: deal.fills,
        market: deal.market,
        text: deal.text,
    })))
}

fn sum(one: &Quantity, other: &Quantity) -> Option<Quantity> {
    let value = one.value().checked_add(other.value()).filter(|_| one.kind() == other.kind())?;
    Quantity::new(one.kind(), value).ok()
}

fn difference(one: &Quantity, other: &Quantity) -> Option<Quantity> {
    let value = one.value().checked_sub(other.value()).filter(|_| one.kind() == other.kind())?;
    Quantity::new(one.kind(), value).ok()
}
