//! An alleged trade, both ways: what a counterparty has instructed, seen from the side that has not.

use super::attributes::{ATTRIBUTES, LOT, SECOND_LEG};
use super::chains;
use super::details::{self, Row, Shape, put_value, row};
use super::details::{put as put_details, read as read_details};
use super::encode::{Draft, Losses};
use super::issued;
use super::listed;
use super::outline::At;
use super::parts::{self, Unread, Usual, may};
use super::schema::{Schema, TypeId};
use super::{statement, supplementary};
use crate::codec::EncodeError;
use crate::model::{
    AllegedTrade, Conversion, Detail, DetailValue as V, ExchangeRate, Lot, PartialSettlement, StatedAccount,
    Status, StatusKind,
};

/// What else is said of the trade; `TradDtls` may stand around it.
const TRADE: &[Row] = &[
    row("94a", "TRAD", Shape::Place, "PlcOfTrad"),
    row("94a", "CLEA", Shape::Place, "PlcOfClr"),
    row("99A", "DAAC", Shape::Count, "NbOfDaysAcrd"),
    row("22F", "TTCO", Shape::Code, "TradTxCond"),
    row("22F", "PRIC", Shape::Code, "TpOfPric"),
];

/// What else is said of quantity and account.
const ACCOUNT: &[Row] =
    &[row("70D", "DENC", Shape::Text, "DnmtnChc"), row("94a", "SAFE", Shape::Place, "SfkpgPlc")];

/// What else is said of its settlement.
const SETTLEMENT: &[Row] = &[
    row("17B", "PREA", Shape::Flag, "HldInd"),
    row("22F", "BENE", Shape::Indicator("YBEN", "NBEN"), "BnfclOwnrsh"),
    row("22F", "CASY", Shape::Code, "CshClrSys"),
    row("22F", "MACL", Shape::Code, "MktClntSd"),
    row("22F", "REGT", Shape::Code, "Regn"),
    row("22F", "REPT", Shape::Code, "RpTp"),
    row("22F", "RTGS", Shape::Indicator("YRTG", "NRTG"), "SctiesRTGS"),
    row("22F", "STAM", Shape::Code, "StmpDtyTaxBsis"),
];

/// What the servicer says of an allegement: MT says it as a status of its own block.
const ALLEGED: &str = "ALLE/";

/// Reads one.
pub(super) fn read(at: At<'_, '_>) -> Result<AllegedTrade, Unread> {
    let section = |path| at.get(path).ok_or_else(|| Unread::missing(at, path));
    let (movement, payment) = parts::direction(at)?;
    let quantities = section("QtyAndAcctDtls")?;
    let settlement = section("SttlmParams")?;
    let chains = chains::read(at);
    let money = at.get("SttlmAmt");
    let kind = settlement.get("SctiesTxTp").and_then(details::code);
    let date = section("SttlmDt")?;
    let said = |path, rows| at.get(path).map(|at| read_details(at, rows)).unwrap_or_default();
    Ok(AllegedTrade {
        supplementary: Vec::new(),
        status: at.get("Sts").and_then(details::code).map(alleged),
        linkages: listed::linkages(at),
        movement,
        payment,
        instrument: parts::instrument(section("FinInstrmId")?),
        attributes: said("FinInstrmAttrbts", ATTRIBUTES),
        quantity: parts::quantity(section("QtyAndAcctDtls/SttlmQty")?)?,
        amount: money.and_then(|at| parts::amount(at, movement, Usual::ByMovement)),
        conversion: money.and_then(|at| at.get("FXDtls")).and_then(conversion),
        value_date: money.and_then(|at| at.get("ValDt")).and_then(details::moment),
        other_amounts: parts::other_amounts(at, movement),
        price: at.get("DealPric").and_then(parts::price),
        trade_date: at.get("TradDt").and_then(details::moment),
        settlement_date: details::moment(date).ok_or_else(|| Unread::at(date, "it is no date"))?,
        account: statement::account(quantities),
        cash_account: cash_account(quantities),
        account_owner: quantities.get("AcctOwnr").and_then(super::parties::party),
        transaction_type: kind.ok_or_else(|| Unread::missing(settlement, "SctiesTxTp"))?,
        conditions: settlement.all("SttlmTxCond").filter_map(details::code).collect(),
        partial: settlement.value("PrtlSttlmInd").and_then(PartialSettlement::of),
        delivering: chains.delivering,
        receiving: chains.receiving,
        party_details: chains.details,
        cash_parties: Vec::new(),
        lots: quantities.all("QtyBrkdwn").map(|at| Lot { details: read_details(at, LOT) }).collect(),
        second_leg: said("SctiesFincgDtls", SECOND_LEG),
        trade_details: read_details(at, TRADE),
        account_details: read_details(quantities, ACCOUNT),
        settlement_details: read_details(settlement, SETTLEMENT),
    })
}

fn alleged(code: String) -> Status {
    let (issuer, code) = issued::parted(&code);
    let issuer = issuer.unwrap_or_default().to_owned();
    Status { kind: StatusKind::Proprietary { code: format!("{ALLEGED}{code}"), issuer }, reasons: Vec::new() }
}

fn conversion(at: At<'_, '_>) -> Option<Conversion> {
    let rate = ExchangeRate {
        of: may(at, "UnitCcy")?,
        in_currency: may(at, "QtdCcy")?,
        rate: parts::decimal(at.value("XchgRate")?)?,
    };
    Some(Conversion { amount: details::amount(at.get("RsltgAmt")?)?, rate })
}

fn cash_account(at: At<'_, '_>) -> Option<StatedAccount> {
    let account = at.get("CshAcct")?;
    let number = account.value("IBAN").or_else(|| account.value("Prtry"));
    if let Some(number) = number {
        return Some(StatedAccount::from(number.parse::<crate::model::Account>().ok()?));
    }
    let wallet = account.get("BlckChainCshWllt")?;
    Some(StatedAccount {
        address: None,
        id: may(wallet, "Id")?,
        kind: wallet.get("Tp").and_then(details::code),
        wallet: true,
        name: None,
    })
}

/// Writes one into an element of a type.
pub(super) fn put(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    trade: &AllegedTrade,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let (schema, of) = place;
    listed::put_linkages(place, draft, &trade.linkages, false, losses);
    supplementary::put(place, draft, &trade.supplementary, "supplementary", losses);
    draft.set("SctiesMvmntTp", "movement", parts::movement_code(trade.movement));
    draft.set("Pmt", "payment", parts::payment_code(trade.payment));
    if let Some(status) = &trade.status {
        put_status(place, draft, status, losses);
    }
    if let Some(at) = trade.trade_date.clone().map(V::Moment) {
        put_value(place, draft, (Shape::Moment, "TradDt"), &at, "trade_date", losses);
    }
    let settled = V::Moment(trade.settlement_date.clone());
    put_value(place, draft, (Shape::Moment, "SttlmDt"), &settled, "settlement_date", losses);
    if let Some(price) = &trade.price {
        let mut deal = Draft::new("DealPric");
        parts::put_price(&mut deal, "price", price, losses);
        if !deal.is_empty() {
            draft.take_child("DealPric", deal);
        }
    }
    parts::put_instrument(draft.at("FinInstrmId"), "instrument", &trade.instrument);
    let mut said = |name, rows, list: &[Detail], field, losses: &mut Losses| {
        if list.is_empty() {
            return;
        }
        let mut element = Draft::new(name);
        if let Some(of) = schema.down(of, name) {
            put_details((schema, of), &mut element, rows, list, field, losses);
            if element.fit((schema, of), losses) && !element.is_empty() {
                draft.take_child(name, element);
            }
        } else {
            put_details(place, &mut element, &[], list, field, losses);
        }
    };
    said("FinInstrmAttrbts", ATTRIBUTES, &trade.attributes, "attributes", losses);
    said("SctiesFincgDtls", SECOND_LEG, &trade.second_leg, "second_leg", losses);
    put_details(place, draft, TRADE, &trade.trade_details, "trade_details", losses);
    put_account(place, draft, trade, losses);
    put_settlement(place, draft, trade, losses);
    let sides = [&trade.delivering, &trade.receiving];
    chains::put(draft, ["delivering", "receiving"], sides, &trade.party_details, losses)?;
    put_money(place, draft, trade, losses);
    for cash in &trade.cash_parties {
        losses.add("cash_parties", &cash.role, "the message names no cash parties here");
    }
    draft.fit(place, losses);
    Ok(())
}

fn put_status(place: (&Schema, TypeId), draft: &mut Draft, status: &Status, losses: &mut Losses) {
    let StatusKind::Proprietary { code, issuer } = &status.kind else {
        losses.add("status", format!("{:?}", status.kind), "an allegement has no such status");
        return;
    };
    let code = code.strip_prefix(ALLEGED).unwrap_or(code);
    let own = if issuer.is_empty() { code.to_owned() } else { issued::joined(issuer, code) };
    put_value(place, draft, (Shape::Code, "Sts"), &V::Code(own), "status", losses);
    for reason in &status.reasons {
        losses.add("status.reasons", &reason.code, "the status of an allegement has no reasons here");
    }
}

fn put_account(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    trade: &AllegedTrade,
    losses: &mut Losses,
) {
    let Some(of) = schema.down(of, "QtyAndAcctDtls") else { return };
    let place = (schema, of);
    let below = draft.at("QtyAndAcctDtls");
    if let Some(of) = schema.down(of, "SttlmQty") {
        listed::put_quantity((schema, of), below.at("SttlmQty"), "quantity", &trade.quantity);
    }
    if let Some(account) = &trade.account {
        statement::put_account(place, below, "account", account, losses);
    }
    if let Some(owner) = &trade.account_owner {
        statement::put_owner(place, below, "account_owner", owner, losses);
    }
    if let Some(account) = &trade.cash_account {
        if account.wallet {
            let wallet = below.at("CshAcct/BlckChainCshWllt");
            wallet.set("Id", "cash_account", &account.id);
        } else {
            parts::put_cash_account(below, "cash_account", &account.id);
        }
    }
    for lot in &trade.lots {
        let Some(of) = schema.down(of, "QtyBrkdwn") else { continue };
        let mut element = Draft::new("QtyBrkdwn");
        put_details((schema, of), &mut element, LOT, &lot.details, "lots.details", losses);
        element.fit((schema, of), losses);
        below.take_child("QtyBrkdwn", element);
    }
    put_details(place, below, ACCOUNT, &trade.account_details, "account_details", losses);
}

fn put_settlement(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    trade: &AllegedTrade,
    losses: &mut Losses,
) {
    let Some(of) = schema.down(of, "SttlmParams") else { return };
    let place = (schema, of);
    let below = draft.at("SttlmParams");
    let kind = V::Code(trade.transaction_type.clone());
    put_value(place, below, (Shape::Code, "SctiesTxTp"), &kind, "transaction_type", losses);
    for condition in &trade.conditions {
        put_value(
            place,
            below,
            (Shape::Code, "SttlmTxCond"),
            &V::Code(condition.clone()),
            "conditions",
            losses,
        );
    }
    below.set_some("PrtlSttlmInd", "partial", trade.partial.map(PartialSettlement::code));
    put_details(place, below, SETTLEMENT, &trade.settlement_details, "settlement_details", losses);
}

fn put_money((schema, of): (&Schema, TypeId), draft: &mut Draft, trade: &AllegedTrade, losses: &mut Losses) {
    if let (Some(amount), Some(of)) = (&trade.amount, schema.down(of, "SttlmAmt")) {
        let below = draft.at("SttlmAmt");
        parts::put_amount(below, "amount", amount, (trade.movement, Usual::ByMovement), true);
        if let Some(at) = trade.value_date.clone().map(V::Moment) {
            put_value((schema, of), below, (Shape::Moment, "ValDt"), &at, "value_date", losses);
        }
        if let Some(Conversion { amount, rate }) = &trade.conversion {
            let terms = below.at("FXDtls");
            terms.set("UnitCcy", "conversion", rate.of);
            terms.set("QtdCcy", "conversion", rate.in_currency);
            terms.set("XchgRate", "conversion", rate.rate);
            terms.set_money("RsltgAmt", "conversion", amount.value().abs(), amount.currency());
        }
    } else if trade.conversion.is_some() || trade.value_date.is_some() {
        losses.add("conversion", "", "it belongs to a settlement amount, and there is none");
    }
    parts::put_other_amounts(draft, &trade.other_amounts, trade.movement, "other_amounts", losses);
}
