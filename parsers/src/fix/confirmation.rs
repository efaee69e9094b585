//! Confirmation (AK): what the broker says was traded for one account, or how far he is with it.

use rust_decimal::Decimal;

use super::blocks::{self, encode_instrument, encode_settlement, side_code};
use super::encode::{Block, Writer, timestamp};
use super::money::{self, Terms, encode_amount};
use super::parties::{self, PARTIES};
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{Amount, ConfirmationKind, ConfirmationStatus, Quantity, TradeConfirmation};

const STATUSES: [(&str, ConfirmationStatus); 5] = [
    ("1", ConfirmationStatus::Received),
    ("2", ConfirmationStatus::MismatchedAccount),
    ("3", ConfirmationStatus::MissingSettlementInstructions),
    ("4", ConfirmationStatus::Confirmed),
    ("5", ConfirmationStatus::RequestRejected),
];

pub(super) const KINDS: [(&str, ConfirmationKind); 3] = [
    ("1", ConfirmationKind::Status),
    ("2", ConfirmationKind::Confirmation),
    ("3", ConfirmationKind::RequestRejected),
];

const CAPACITIES: [(&str, &str); 6] = [
    ("A", "agency"),
    ("G", "proprietary"),
    ("I", "individual"),
    ("P", "principal"),
    ("R", "riskless_principal"),
    ("W", "agent_for_other_member"),
];

/// What AK means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<TradeConfirmation> {
    let terms = Terms::of(view);
    let code = view.needed(773, view.text(773))?;
    let kind = KINDS.iter().find(|(c, _)| *c == code).map(|(_, kind)| *kind)?;
    let code = view.needed(665, view.text(665))?;
    let status = STATUSES.iter().find(|(c, _)| *c == code).map(|(_, status)| status.clone());
    let quantity = view.needed(80, terms.quantity(view, 80))?;
    let price = view.needed(6, price(view, &terms))?;
    // A status message has no amounts yet; required fields hold zeros then.
    let known = |amount: Option<Amount>| {
        amount.filter(|a| kind == ConfirmationKind::Confirmation || !a.value().is_zero())
    };
    Some(TradeConfirmation {
        supplementary: Vec::new(),
        market_side: false,
        counterparty_chain: None,
        fills: Vec::new(),
        id: view.required(664)?,
        function: blocks::function(view, 666, 772)?,
        kind,
        status: status.unwrap_or_else(|| ConfirmationStatus::Other(code.to_owned())),
        allocation: view.parse(70),
        individual_allocation: view.parse(467),
        common_reference: None,
        side: blocks::side(view)?,
        instrument: blocks::instrument(view),
        quantity,
        price,
        gross: known(terms.amount(view, 381)),
        net: known(terms.amount(view, 118)),
        accrued: terms.amount(view, 159),
        commission: money::commission(view, &terms, Some(&quantity), Some(&price)),
        fees: money::fees(view, &terms),
        trade_date: view.needed(75, view.date(75))?,
        settlement_date: view.date(64),
        transacted: view.instant(60),
        account: view.parse(79),
        payment: blocks::payment(view),
        parties: parties::decode(view, PARTIES),
        chain: parties::decode_chain(view),
        market: view.words(30),
        capacities: view.entries(862).filter_map(|entry| capacity(&entry, &terms, quantity)).collect(),
        text: view.words(58),
    })
}

/// The price, which may be zero here: a confirmation always has one.
fn price(view: &View<'_, '_>, terms: &Terms) -> Option<crate::model::Price> {
    terms.price(view, 6).or_else(|| {
        let value = view.decimal(6).filter(Decimal::is_zero)?;
        Some(crate::model::Price { kind: crate::model::PriceKind::Actual, value, currency: terms.currency })
    })
}

/// One capacity; without a quantity of its own it is the whole.
fn capacity(entry: &View<'_, '_>, terms: &Terms, whole: Quantity) -> Option<(String, Quantity)> {
    let code = entry.text(528)?;
    let name = CAPACITIES.iter().find(|(c, _)| *c == code).map_or(code, |(_, name)| *name);
    Some((name.to_owned(), terms.quantity(entry, 863).unwrap_or(whole)))
}

/// Writes AK.
pub(super) fn encode(event: &TradeConfirmation, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    writer.begin("AK");
    let (function, earlier) = blocks::function_code(&event.function);
    writer.body.put(664, &event.id);
    writer.body.put(666, function);
    if function != "0" {
        writer.body.put(772, writer.need(earlier, "confirmation.function.reference")?);
    }
    writer.body.maybe(773, KINDS.iter().find(|(_, k)| *k == event.kind).map(|(code, _)| *code));
    let status = STATUSES.iter().find(|(_, s)| *s == event.status).map(|(code, _)| *code);
    let status = status.map_or_else(|| other_status(&event.status, writer), str::to_owned);
    writer.body.put(665, status);
    writer.body.maybe(70, event.allocation.as_ref());
    writer.body.maybe(467, event.individual_allocation.as_ref());
    if let Some(common) = &event.common_reference {
        writer.lose("confirmation.common_reference", common, "there is no field for it in these versions");
    }
    if event.market_side {
        writer.lose("confirmation.market_side", "true", "AK confirms to a client");
    }
    if event.counterparty_chain.is_some() {
        writer.lose("confirmation.counterparty_chain", "", "the settlement of one side only is sent along");
    }
    if !event.fills.is_empty() {
        writer.lose("confirmation.fills", event.fills.len(), "AK has no fills");
    }
    writer.body.put(54, side_code(event.side));
    encode_instrument(&event.instrument, writer);
    let currency = [&event.net, &event.gross]
        .into_iter()
        .flatten()
        .next()
        .map(Amount::currency)
        .or(event.price.currency);
    money::encode_terms(&event.quantity, Some(&event.price), currency, writer);
    writer.body.put(80, event.quantity.value());
    writer.body.put(6, event.price.value);
    writer.body.put(75, event.trade_date.compact());
    writer.body.maybe(64, event.settlement_date.map(|d| d.compact()));
    writer.body.put(60, timestamp(event.transacted.unwrap_or(writer.created())));
    writer.body.put(79, writer.need(event.account.as_ref(), "confirmation.account")?);
    writer.body.maybe(30, event.market.as_deref());
    writer.body.maybe(58, event.text.as_deref());
    let mut body = std::mem::take(&mut writer.body);
    encode_amounts(event, currency, &mut body, writer)?;
    encode_capacities(event, &mut body, writer);
    parties::encode(&event.parties, PARTIES, "confirmation.parties", &mut body, writer);
    encode_settlement(event.payment, event.chain.as_ref(), "1", "confirmation.chain", &mut body, writer);
    writer.body = body;
    Ok(())
}

fn other_status(status: &ConfirmationStatus, writer: &mut Writer<'_>) -> String {
    match status {
        ConfirmationStatus::Other(code) if code.parse::<u16>().is_ok() => code.clone(),
        other => {
            writer.lose(
                "confirmation.status",
                format!("{other:?}"),
                "FIX has no code for it; 1 (received) stands instead",
            );
            "1".to_owned()
        }
    }
}

fn encode_amounts(
    event: &TradeConfirmation,
    currency: Option<crate::model::Currency>,
    body: &mut Block,
    writer: &mut Writer<'_>,
) -> Result<(), EncodeError> {
    let confirms = event.kind == ConfirmationKind::Confirmation;
    for (amount, tag, path) in
        [(&event.gross, 381, "confirmation.gross"), (&event.net, 118, "confirmation.net")]
    {
        match amount {
            Some(amount) => encode_amount(Some(amount), tag, currency, path, body, writer),
            None if confirms => {
                return Err(EncodeError::Missing { field: path, message: "AK".into() });
            }
            // Required by the dictionary although nothing is confirmed yet.
            None => body.put(tag, 0),
        }
    }
    encode_amount(event.accrued.as_ref(), 159, currency, "confirmation.accrued", body, writer);
    money::encode_commission(
        event.commission.as_ref(),
        &event.quantity,
        Some(&event.price),
        currency,
        "confirmation.commission",
        body,
        writer,
    );
    money::encode_fees(&event.fees, "confirmation.fees", body, writer);
    Ok(())
}

fn encode_capacities(event: &TradeConfirmation, body: &mut Block, writer: &mut Writer<'_>) {
    let entry = |code: &str, quantity: &Quantity| {
        let mut entry = Block::default();
        entry.put(528, code);
        entry.put(863, quantity.value());
        entry
    };
    let mut entries = Vec::new();
    for (name, quantity) in &event.capacities {
        let code = CAPACITIES.iter().find(|(_, n)| n == name).map(|(code, _)| *code);
        entries.push(entry(
            code.unwrap_or_else(|| {
                writer.lose(
                    "confirmation.capacities",
                    name,
                    "FIX has no code for it; A (agency) stands instead",
                );
                "A"
            }),
            quantity,
        ));
    }
    if entries.is_empty() {
        writer.lose(
            "confirmation.capacities",
            "none",
            "FIX requires one; agency (A) over the whole quantity stands instead",
        );
        entries.push(entry("A", &event.quantity));
    }
    body.group(862, entries);
}
