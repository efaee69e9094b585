//! TradeCaptureReport (AE): a trade as one side or a venue captured it, with one or both of its sides.

use super::blocks::{self, code_for, encode_instrument, meaning, side_code};
use super::encode::{Block, Writer, timestamp};
use super::money::{self, Terms, encode_amount};
use super::parties::{self, PARTIES};
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{CaptureFunction, CapturedShare, CapturedSide, TradeCapture};

/// What a report is for (487).
pub(super) const FUNCTIONS: [(&str, CaptureFunction); 3] =
    [("0", CaptureFunction::New), ("1", CaptureFunction::Cancel), ("2", CaptureFunction::Replace)];

/// Reads what a report is for; new where it does not say.
pub(super) fn function(view: &View<'_, '_>) -> CaptureFunction {
    match view.text(487) {
        None => CaptureFunction::New,
        Some(code) => meaning(&FUNCTIONS, code).unwrap_or_else(|| CaptureFunction::Other(code.to_owned())),
    }
}

/// Writes it.
pub(super) fn function_code(function: &CaptureFunction) -> Option<&str> {
    let other = if let CaptureFunction::Other(code) = function { Some(code.as_str()) } else { None };
    code_for(&FUNCTIONS, function, other)
}

/// What AE means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<TradeCapture> {
    // FIX 4.4 has the currency in the sides, FIX 5.0 in the message.
    let currency = view.entries(552).find_map(|side| side.parse(15));
    let terms = Terms::of(view).or_currency(currency);
    let reported_before = view.text(570).map(|flag| flag == "Y");
    let id = view.parse(571).or_else(|| view.parse(1003));
    Some(TradeCapture {
        id: view.needed(571, id)?,
        function: function(view),
        earlier: view.parse(572),
        execution: view.parse(17),
        reported_before,
        instrument: blocks::instrument(view),
        quantity: view.needed(32, terms.quantity(view, 32))?,
        price: view.needed(31, terms.price(view, 31))?,
        currency: terms.currency,
        trade_date: view.needed(75, view.date(75))?,
        settlement_date: view.date(64),
        transacted: view.instant(60),
        market: view.words(30),
        match_status: view.words(573),
        sides: view.entries(552).filter_map(|side| decode_side(&side, &terms)).collect(),
    })
}

fn decode_side(view: &View<'_, '_>, terms: &Terms) -> Option<CapturedSide> {
    let share = |entry: View<'_, '_>| {
        Some(CapturedShare {
            account: entry.required(79)?,
            id: entry.parse(467),
            quantity: terms.quantity(&entry, 80),
        })
    };
    Some(CapturedSide {
        side: blocks::side(view)?,
        order: view.parse(37),
        client_order: view.parse(11),
        account: view.parse(1),
        parties: parties::decode(view, PARTIES),
        commission: money::commission(view, terms, None, None),
        fees: money::fees(view, terms),
        accrued: terms.amount(view, 159),
        net: terms.amount(view, 118),
        shares: view.entries(78).filter_map(share).collect(),
    })
}

/// Writes AE.
pub(super) fn encode(event: &TradeCapture, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    writer.begin("AE");
    let created = writer.created();
    writer.body.put(571, &event.id);
    writer.body.maybe(487, function_code(&event.function));
    writer.body.maybe(572, event.earlier.as_ref());
    writer.body.maybe(17, event.execution.as_ref());
    writer.body.put(570, if event.reported_before == Some(true) { "Y" } else { "N" });
    encode_instrument(&event.instrument, writer);
    money::encode_terms(&event.quantity, Some(&event.price), None, writer);
    if writer.version.is_fixt() {
        writer.body.maybe(15, event.currency);
    }
    let body = &mut writer.body;
    body.put(32, event.quantity.value());
    body.put(31, event.price.value);
    body.put(75, event.trade_date.compact());
    body.maybe(64, event.settlement_date.map(|d| d.compact()));
    body.put(60, timestamp(event.transacted.unwrap_or(created)));
    body.maybe(30, event.market.as_deref());
    body.maybe(573, event.match_status.as_deref());
    let mut sides = Vec::new();
    for (n, side) in event.sides.iter().enumerate() {
        sides.push(encode_side(side, event, &format!("capture.sides[{n}]"), writer)?);
    }
    writer.body.group(552, sides);
    Ok(())
}

fn encode_side(
    side: &CapturedSide,
    event: &TradeCapture,
    path: &str,
    writer: &mut Writer<'_>,
) -> Result<Block, EncodeError> {
    let mut block = Block::default();
    block.put(54, side_code(side.side));
    if !writer.version.is_fixt() {
        block.put(37, writer.need(side.order.as_ref(), "capture.sides.order")?);
        block.maybe(15, event.currency);
    } else {
        block.maybe(37, side.order.as_ref());
    }
    block.maybe(11, side.client_order.as_ref());
    block.maybe(1, side.account.as_ref());
    parties::encode(&side.parties, PARTIES, &format!("{path}.parties"), &mut block, writer);
    money::encode_commission(
        side.commission.as_ref(),
        &event.quantity,
        Some(&event.price),
        event.currency,
        &format!("{path}.commission"),
        &mut block,
        writer,
    );
    money::encode_fees(&side.fees, &format!("{path}.fees"), &mut block, writer);
    encode_amount(side.accrued.as_ref(), 159, event.currency, &format!("{path}.accrued"), &mut block, writer);
    encode_amount(side.net.as_ref(), 118, event.currency, &format!("{path}.net"), &mut block, writer);
    let shares = side.shares.iter().map(|share| {
        let mut entry = Block::default();
        entry.put(79, &share.account);
        entry.maybe(467, share.id.as_ref());
        entry.maybe(80, share.quantity.map(|q| q.value()));
        entry
    });
    block.group(78, shares.collect());
    Ok(block)
}
