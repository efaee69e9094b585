//! ExecutionReport (8): how far an order is, and what was dealt last.

use super::blocks::{self, code_for, encode_instrument, meaning, side_code};
use super::encode::{Writer, timestamp};
use super::money::{self, Terms, encode_amount};
use super::parties::{self, PARTIES};
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{ExecutionKind, ExecutionReport};

const KINDS: [(&str, ExecutionKind); 7] = [
    ("0", ExecutionKind::New),
    ("F", ExecutionKind::Trade),
    ("G", ExecutionKind::Correction),
    ("H", ExecutionKind::Cancellation),
    ("3", ExecutionKind::DoneForDay),
    ("B", ExecutionKind::Calculated),
    ("8", ExecutionKind::Rejected),
];

/// What 8 means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<ExecutionReport> {
    let terms = Terms::of(view);
    let code = view.needed(150, view.text(150))?;
    let last = terms.quantity(view, 32);
    let average = terms.price(view, 6);
    let cumulative = view.needed(14, terms.quantity(view, 14))?;
    Some(ExecutionReport {
        fills: Vec::new(),
        id: view.required(17)?,
        kind: meaning(&KINDS, code).unwrap_or_else(|| ExecutionKind::Other(code.to_owned())),
        status: view.needed(39, view.words(39))?,
        earlier: view.parse(19),
        order: view.required(37)?,
        client_order: view.parse(11),
        side: blocks::side(view)?,
        instrument: blocks::instrument(view),
        ordered: terms.quantity(view, 38),
        last_price: terms.price(view, 31),
        cumulative,
        leaves: view.needed(151, terms.quantity(view, 151))?,
        currency: terms.currency,
        gross: terms.amount(view, 381),
        net: terms.amount(view, 118),
        commission: money::commission(view, &terms, last.as_ref().or(Some(&cumulative)), average.as_ref()),
        fees: money::fees(view, &terms),
        trade_date: view.date(75),
        settlement_date: view.date(64),
        transacted: view.instant(60),
        account: view.parse(1),
        parties: parties::decode(view, PARTIES),
        market: view.words(30),
        text: view.words(58),
        last,
        average,
    })
}

/// How far the order is; where the event does not say, by what is still open.
fn status(event: &ExecutionReport, writer: &mut Writer<'_>) -> String {
    if !event.fills.is_empty() {
        writer.lose("execution.fills", event.fills.len(), "a report tells the last one");
    }
    if !event.status.is_empty() {
        return event.status.clone();
    }
    let code = if event.leaves.value().is_zero() { "2" } else { "1" };
    writer.lose("execution.status", "", format!("it is not said: {code} stands, by what is still open"));
    code.to_owned()
}

/// Writes 8.
pub(super) fn encode(event: &ExecutionReport, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    writer.begin("8");
    let other = if let ExecutionKind::Other(code) = &event.kind { Some(code.as_str()) } else { None };
    writer.body.put(17, &event.id);
    writer.body.maybe(150, code_for(&KINDS, &event.kind, other));
    let status = status(event, writer);
    writer.body.put(39, status);
    writer.body.maybe(19, event.earlier.as_ref());
    writer.body.put(37, &event.order);
    writer.body.maybe(11, event.client_order.as_ref());
    writer.body.put(54, side_code(event.side));
    encode_instrument(&event.instrument, writer);
    let price = event.last_price.as_ref().or(event.average.as_ref());
    money::encode_terms(&event.cumulative, price, event.currency, writer);
    let body = &mut writer.body;
    body.maybe(38, event.ordered.map(|q| q.value()));
    body.maybe(32, event.last.map(|q| q.value()));
    body.maybe(31, event.last_price.map(|p| p.value));
    body.put(14, event.cumulative.value());
    body.put(151, event.leaves.value());
    body.put(6, event.average.map_or_else(|| "0".to_owned(), |p| p.value.to_string()));
    body.maybe(75, event.trade_date.map(|d| d.compact()));
    body.maybe(64, event.settlement_date.map(|d| d.compact()));
    body.maybe(60, event.transacted.map(timestamp));
    body.maybe(1, event.account.as_ref());
    body.maybe(30, event.market.as_deref());
    body.maybe(58, event.text.as_deref());
    let mut body = std::mem::take(&mut writer.body);
    encode_amount(event.gross.as_ref(), 381, event.currency, "execution.gross", &mut body, writer);
    encode_amount(event.net.as_ref(), 118, event.currency, "execution.net", &mut body, writer);
    money::encode_commission(
        event.commission.as_ref(),
        event.last.as_ref().unwrap_or(&event.cumulative),
        event.average.as_ref(),
        event.currency,
        "execution.commission",
        &mut body,
        writer,
    );
    money::encode_fees(&event.fees, "execution.fees", &mut body, writer);
    parties::encode(&event.parties, PARTIES, "execution.parties", &mut body, writer);
    writer.body = body;
    Ok(())
}
