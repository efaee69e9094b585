//! setr.027: a trade of one account as the broker confirms it (MT515, MT518, FIX Confirmation).
//!
//! The side is the investor's: when the investor buys, the broker stands as seller and his client as buyer. Between
//! brokers (`BRBR`) it is the sender's.

use super::chains;
use super::details::{self, Shape, put_value};
use super::encode::{Draft, Losses};
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parties::{self, Place, put_party};
use super::parts::{self, OTHER_AMOUNTS, Unread, Usual, decimal, may, need};
use super::schema::{Schema, TypeId};
use super::statement::show_party;
use crate::codec::EncodeError;
use crate::model::{
    AmountKind, Charge, ConfirmationKind, ConfirmationStatus, DetailValue as V, Event, Fee, FeeKind, Fill,
    Function, Movement, OtherAmount, Party, PartyRole, Price, PriceKind, RoleParty, SettlementChain, Side,
    TradeConfirmation,
};

/// Its root element.
pub(super) const ROOT: &str = "SctiesTradConf";

/// Brokers confirm to each other.
const MARKET_SIDE: &str = "BRBR";

/// How a commission was agreed.
const BASES: [(&str, &str); 6] = [
    ("per_unit", "PERU"),
    ("percent", "PERN"),
    ("absolute", "FLAT"),
    ("4", "PWCD"),
    ("5", "PWEU"),
    ("6", "PBOC"),
];

/// In which capacity the broker dealt.
const CAPACITIES: [(&str, &str); 4] =
    [("agency", "AGEN"), ("principal", "PRIN"), ("riskless_principal", "RISP"), ("proprietary", "PROP")];

/// Fees that have a name of their own.
const FEES: [(FeeKind, &str); 7] = [
    (FeeKind::Regulatory, "REGF"),
    (FeeKind::Tax, "COUN"),
    (FeeKind::LocalCommission, "LOCO"),
    (FeeKind::Exchange, "STEX"),
    (FeeKind::Stamp, "STAM"),
    (FeeKind::Levy, "LEVY"),
    (FeeKind::ConsumptionTax, "COAX"),
];

/// Parties beside buyer and seller.
const PARTIES: [(&str, &str); 7] = [
    ("AFFM", "AffrmgPty"),
    ("BRCR", "BrkrOfCdt"),
    ("INBR", "IntrdcgFirm"),
    ("STIN", "StepInFirm"),
    ("STBR", "StepOutFirm"),
    ("EXBR", "ExctgBrkr"),
    ("TBEN", "TradBnfcryPty"),
];

/// Kinds of prices.
const PRICES: [(PriceKind, &str); 5] = [
    (PriceKind::Actual, "ACTU"),
    (PriceKind::Percentage, "PRCT"),
    (PriceKind::Yield, "YIEL"),
    (PriceKind::Discount, "DISC"),
    (PriceKind::Premium, "PREM"),
];

/// Where the broker and his client stand, and which side of the settlement is the sender's.
fn places(side: Side, market_side: bool) -> (&'static str, &'static str, Movement) {
    let (dealt, other, into) = match side {
        Side::Buy => ("Buyr", "Sellr", Movement::Receive),
        Side::Sell => ("Sellr", "Buyr", Movement::Deliver),
    };
    match (market_side, into) {
        (true, into) => (dealt, other, into),
        (false, Movement::Receive) => (other, dealt, Movement::Deliver),
        (false, Movement::Deliver) => (other, dealt, Movement::Receive),
    }
}

fn movement(side: Side) -> Movement {
    if side == Side::Buy { Movement::Receive } else { Movement::Deliver }
}

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let trade = root.get("TradDtls").ok_or_else(|| Unread::missing(root, "TradDtls"))?;
    let section = |path| trade.get(path).ok_or_else(|| Unread::missing(trade, path));
    let said = section("Sd")?;
    let side = match said.text().trim() {
        "BUYI" | "BUMI" => Side::Buy,
        "SELL" | "SEPL" | "SESH" | "SSEX" => Side::Sell,
        _ => return Err(Unread::at(said, "it is neither a purchase nor a sale")),
    };
    let market_side = trade.value("TradTxTp/Cd") == Some(MARKET_SIDE);
    let way = movement(side);
    let money = |at: Option<At<'_, '_>>| at.and_then(|at| parts::amount(at, way, Usual::ByMovement));
    let quantity = quantity(section("ConfQty")?)?;
    let price_at = section("DealPric")?;
    let chains = chains::read(root);
    let known = |chain: SettlementChain| (!chain.is_empty()).then_some(chain);
    let (broker, client, own) = places(side, market_side);
    let (chain, counterparty_chain) = match own {
        Movement::Deliver => (known(chains.delivering), known(chains.receiving)),
        Movement::Receive => (known(chains.receiving), known(chains.delivering)),
    };
    let (commission, fees) = costs(root, trade, way);
    let named = |kind: &str| root.all("Refs").find_map(|at| may(at, kind));
    Ok(Event::Confirmation(Box::new(TradeConfirmation {
        supplementary: Vec::new(),
        id: need(root, "Id/TxId")?,
        function: Function::New,
        kind: ConfirmationKind::Confirmation,
        status: ConfirmationStatus::Confirmed,
        market_side,
        allocation: named("Ref/AllcnId").or_else(|| named("Ref/BlckId")),
        individual_allocation: named("Ref/IndvAllcnId"),
        common_reference: named("Ref/CmonId"),
        side,
        instrument: root.get("FinInstrmId").map(parts::instrument).unwrap_or_default(),
        quantity,
        price: price(price_at).ok_or_else(|| Unread::at(price_at, "it is no price"))?,
        gross: money(trade.get("GrssTradAmt")),
        net: money(root.get("SttlmAmt")),
        accrued: money(trade.get("AcrdIntrstAmt")),
        commission,
        fees,
        trade_date: parts::date(section("TradDt")?)?,
        settlement_date: trade.get("SttlmDt").and_then(|at| parts::date(at).ok()),
        transacted: reading.created,
        account: root.get("OthrBizPties").and_then(|at| at.all("Invstr").find_map(|at| may(at, "SfkpgAcct"))),
        payment: trade.value("Pmt").and_then(parts::payment),
        parties: read_parties(root, (broker, client), market_side),
        chain,
        counterparty_chain,
        fills: trade.all("PrtlFillDtls").filter_map(fill).collect(),
        market: trade.get("PlcOfTrad").and_then(market),
        capacities: root
            .all("ConfPties")
            .find_map(|at| at.get(broker)?.get("TradgPtyCpcty").and_then(details::code))
            .map(|code| {
                let name = CAPACITIES.iter().find(|(_, known)| *known == code).map(|(name, _)| *name);
                (name.map_or(code, str::to_owned), quantity)
            })
            .into_iter()
            .collect(),
        text: trade.value("AddtlTradInstrPrcgInf").map(str::to_owned),
    })))
}

fn quantity(at: At<'_, '_>) -> Result<crate::model::Quantity, Unread> {
    super::listed::quantity(at)
        .ok_or_else(|| Unread::at(at, "it is counted in nothing that has a normalized form"))
}

/// Reads a price with its type beside. Money is of the type that is said, but for per cent, which money is not.
fn price(at: At<'_, '_>) -> Option<Price> {
    let said = at.value("Tp");
    let kind = PRICES.iter().find(|(_, code)| said == Some(*code)).map(|(kind, _)| *kind);
    Some(match at.get("Val/Amt") {
        Some(money) => Price {
            kind: kind.filter(|kind| *kind != PriceKind::Percentage).unwrap_or(PriceKind::Actual),
            value: decimal(money.text())?,
            currency: money.attribute("Ccy").and_then(|ccy| ccy.value().parse().ok()),
        },
        None => Price {
            kind: kind.filter(|kind| *kind != PriceKind::Actual).unwrap_or(PriceKind::Percentage),
            value: decimal(at.value("Val/Rate")?)?,
            currency: None,
        },
    })
}

fn put_price(draft: &mut Draft, field: &'static str, price: &Price) -> Result<(), EncodeError> {
    match (price.kind, price.currency) {
        (PriceKind::Actual, None) => {
            let message = "a price in money needs its currency".to_owned();
            return Err(EncodeError::Missing { field, message });
        }
        (PriceKind::Percentage, _) | (_, None) => draft.set("Val/Rate", field, price.value),
        (_, Some(currency)) => draft.set_money("Val/Amt", field, price.value, currency),
    }
    let code = PRICES.iter().find(|(kind, _)| *kind == price.kind).map(|(_, code)| *code);
    draft.set_some("Tp", field, code);
    Ok(())
}

fn market(at: At<'_, '_>) -> Option<String> {
    ["Id/MktIdrCd", "Id/Desc", "Tp/Cd"].iter().find_map(|path| at.value(path)).map(str::to_owned)
}

fn put_market(draft: &mut Draft, field: &'static str, place: &str) {
    if ["OTCO", "VARI", "EXCH"].contains(&place) {
        draft.set("Tp/Cd", field, place);
        return;
    }
    let is_mic = place.len() == 4 && place.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    draft.set(if is_mic { "Id/MktIdrCd" } else { "Id/Desc" }, field, place);
}

fn fill(at: At<'_, '_>) -> Option<Fill> {
    let traded = at.get("TradDt").and_then(details::moment);
    Some(Fill {
        quantity: quantity(at.get("ConfQty")?).ok()?,
        price: price(at.get("DealPric")?)?,
        traded: match traded {
            Some(crate::model::Moment::Instant(at)) => Some(at),
            Some(crate::model::Moment::Day(day)) => details::instant(&format!("{day}T00:00:00")),
            _ => None,
        },
        market: at.get("PlcOfTrad").and_then(market),
    })
}

/// The commission and the fees. Executing broker's money is the commission where none is named as such.
fn costs(root: At<'_, '_>, trade: At<'_, '_>, way: Movement) -> (Option<Charge>, Vec<Fee>) {
    let named = trade.get("Comssn").and_then(|at| {
        let amount = at
            .get("TtlComssn")
            .and_then(details::amount)
            .or_else(|| details::amount(at.get("Comssn/Amt")?))?;
        let code = at.get("Tp").and_then(details::code).unwrap_or_default();
        let basis = BASES.iter().find(|(_, known)| *known == code).map(|(basis, _)| (*basis).to_owned());
        Some(Charge { amount, basis: basis.unwrap_or(code) })
    });
    let (mut commission, mut fees) = (named, Vec::new());
    for child in root.all("OthrAmts").flat_map(|at| at.children().collect::<Vec<_>>()) {
        let Some((code, _, usual)) = OTHER_AMOUNTS.iter().find(|(_, element, _)| *element == child.name())
        else {
            continue;
        };
        let Some(amount) = parts::amount(child, way, *usual) else { continue };
        if *code == "EXEC" && commission.is_none() {
            commission = Some(Charge { amount, basis: String::new() });
            continue;
        }
        let kind = FEES.iter().find(|(_, known)| known == code).map(|(kind, _)| kind.clone());
        fees.push(Fee { kind: kind.unwrap_or_else(|| FeeKind::Other((*code).to_owned())), amount });
    }
    (commission, fees)
}

fn read_parties(root: At<'_, '_>, (broker, client): (&str, &str), market_side: bool) -> Vec<RoleParty> {
    let client_role = if market_side { PartyRole::ContraFirm } else { PartyRole::OrderOriginationFirm };
    let mut list = Vec::new();
    for at in root.all("ConfPties") {
        for child in at.children() {
            let other = PARTIES.iter().find(|(_, element)| *element == child.name());
            let role = match child.name() {
                name if name == broker => PartyRole::ExecutingFirm,
                name if name == client => client_role.clone(),
                "ClrFirm" => PartyRole::ClearingFirm,
                _ => match other {
                    Some((code, _)) => PartyRole::Other((*code).to_owned()),
                    None => continue,
                },
            };
            list.extend(parties::party(child).map(|party| RoleParty { role, party }));
        }
    }
    if let Some(at) = root.get("OthrBizPties") {
        let investors = at.all("Invstr").filter_map(parties::party);
        list.extend(investors.map(|party| RoleParty { role: PartyRole::Investor, party }));
    }
    list
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Confirmation(e) = event else { return Err(parts::no_message(event.kind().name())) };
    if e.kind != ConfirmationKind::Confirmation {
        return Err(parts::no_message("status of a confirmation"));
    }
    if e.function != Function::New {
        return Err(EncodeError::Invalid {
            field: "confirmation.function",
            value: "replace".to_owned(),
            reason: "setr.027 has no replacement: send a cancellation and a new confirmation".to_owned(),
        });
    }
    writing.prepared_as("confirmation.transacted", e.transacted);
    let sender = writing.envelope.sender.clone();
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let own = schema.own();
    if e.status != ConfirmationStatus::Confirmed {
        losses.add(
            "confirmation.status",
            format!("{:?}", e.status),
            "setr.027 confirms; it has no other status",
        );
    }
    let mut root = Draft::new(ROOT);
    root.set("Id/TxId", "confirmation.id", &e.id);
    put_references(&mut root, e);
    put_trade((schema, own), root.at("TradDtls"), e, losses)?;
    parts::put_instrument(root.at("FinInstrmId"), "confirmation.instrument", &e.instrument);
    put_parties((schema, own), &mut root, e, &sender, losses)?;
    let (_, _, way) = places(e.side, e.market_side);
    let none = SettlementChain::default();
    let (own_chain, other) =
        (e.chain.as_ref().unwrap_or(&none), e.counterparty_chain.as_ref().unwrap_or(&none));
    let (sides, fields) = match way {
        Movement::Deliver => ([own_chain, other], ["confirmation.chain", "confirmation.counterparty_chain"]),
        Movement::Receive => ([other, own_chain], ["confirmation.counterparty_chain", "confirmation.chain"]),
    };
    chains::put(&mut root, fields, sides, &[], losses)?;
    if let Some(net) = &e.net {
        let usual = (movement(e.side), Usual::ByMovement);
        parts::put_amount(root.at("SttlmAmt"), "confirmation.net", net, usual, true);
    }
    put_fees(&mut root, e, losses);
    root.fit((schema, own), losses);
    Ok(root)
}

fn put_references(root: &mut Draft, e: &TradeConfirmation) {
    let references = [
        ("Ref/AllcnId", "confirmation.allocation", &e.allocation),
        ("Ref/IndvAllcnId", "confirmation.individual_allocation", &e.individual_allocation),
        ("Ref/CmonId", "confirmation.common_reference", &e.common_reference),
    ];
    for (path, field, reference) in references {
        if let Some(reference) = reference {
            root.add("Refs").set(path, field, reference);
        }
    }
}

fn put_trade(
    (schema, own): (&Schema, TypeId),
    trade: &mut Draft,
    e: &TradeConfirmation,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let Some(of) = schema.down(own, "TradDtls") else { return Ok(()) };
    trade.set("Sd", "confirmation.side", if e.side == Side::Buy { "BUYI" } else { "SELL" });
    trade.set_some("Pmt", "confirmation.payment", e.payment.map(parts::payment_code));
    trade.set("TradTxTp/Cd", "confirmation.market_side", if e.market_side { MARKET_SIDE } else { "TRAD" });
    if let Some(market) = &e.market {
        put_market(trade.at("PlcOfTrad"), "confirmation.market", market);
    }
    trade.set("TradDt/Dt/Dt", "confirmation.trade_date", e.trade_date);
    let settled = e.settlement_date.ok_or_else(|| EncodeError::Missing {
        field: "confirmation.settlement_date",
        message: schema.message().to_owned(),
    })?;
    trade.set("SttlmDt/Dt/Dt", "confirmation.settlement_date", settled);
    put_quantity((schema, of), trade, "confirmation.quantity", &e.quantity);
    put_price(trade.at("DealPric"), "confirmation.price", &e.price)?;
    let usual = (movement(e.side), Usual::ByMovement);
    if let Some(gross) = &e.gross {
        parts::put_amount(trade.at("GrssTradAmt"), "confirmation.gross", gross, usual, true);
    }
    if let Some(accrued) = &e.accrued {
        parts::put_amount(trade.at("AcrdIntrstAmt"), "confirmation.accrued", accrued, usual, true);
    }
    if let Some(charge) = e.commission.as_ref().filter(|charge| !charge.basis.is_empty()) {
        let code = BASES.iter().find(|(basis, _)| *basis == charge.basis).map(|(_, code)| *code);
        let below = trade.at("Comssn");
        match code {
            Some(code) => below.set("Tp/Cd", "confirmation.commission.basis", code),
            None => {
                losses.add("confirmation.commission.basis", &charge.basis, "it stands as a flat commission");
                below.set("Tp/Cd", "confirmation.commission.basis", "FLAT");
            }
        }
        let amount = &charge.amount;
        below.set_money("Comssn/Amt", "confirmation.commission", amount.value(), amount.currency());
    }
    put_fills((schema, of), trade, e, losses)?;
    if let Some(text) = e.text.clone().map(V::Text) {
        put_value(
            (schema, of),
            trade,
            (Shape::Text, "AddtlTradInstrPrcgInf"),
            &text,
            "confirmation.text",
            losses,
        );
    }
    Ok(())
}

fn put_quantity(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    field: &'static str,
    quantity: &crate::model::Quantity,
) {
    if let Some(of) = schema.down(of, "ConfQty") {
        super::listed::put_quantity((schema, of), draft.at("ConfQty"), field, quantity);
    }
}

/// Each fill says what was dealt before it and what was left; both follow from the whole.
fn put_fills(
    (schema, of): (&Schema, TypeId),
    trade: &mut Draft,
    e: &TradeConfirmation,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let Some(of) = schema.down(of, "PrtlFillDtls") else { return Ok(()) };
    let mut before = rust_decimal::Decimal::ZERO;
    for fill in &e.fills {
        let dealt = fill.quantity.value();
        let left = before.checked_add(dealt).and_then(|sum| e.quantity.value().checked_sub(sum));
        let kind = e.quantity.kind();
        let figures = left.filter(|_| fill.quantity.kind() == kind).and_then(|left| {
            let of = |value| crate::model::Quantity::new(kind, value).ok();
            Some([("OrgnlOrdrdQty", e.quantity), ("PrevslyExctdQty", of(before)?), ("RmngQty", of(left)?)])
        });
        let Some(figures) = figures else {
            losses.add("confirmation.fills", dealt, "left out: the fills are more than the whole");
            continue;
        };
        before += dealt;
        let below = trade.add("PrtlFillDtls");
        put_quantity((schema, of), below, "confirmation.fills.quantity", &fill.quantity);
        put_price(below.at("DealPric"), "confirmation.fills.price", &fill.price)?;
        below.set_some("TradDt/Dt/DtTm", "confirmation.fills.traded", fill.traded.map(details::written));
        if let Some(market) = &fill.market {
            put_market(below.at("PlcOfTrad"), "confirmation.fills.market", market);
        }
        for (name, quantity) in figures {
            if let Some(of) = schema.down(of, name) {
                super::listed::put_quantity((schema, of), below.at(name), "confirmation.fills", &quantity);
            }
        }
    }
    Ok(())
}

/// Writes a party; an LEI that is all it is known by stands as its identifier.
pub(super) fn put_named(
    draft: &mut Draft,
    field: &'static str,
    party: &Party,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    put_party(draft, field, party, Place::Chain, losses)?;
    if matches!(party.id, crate::model::PartyId::Lei(_)) {
        draft.drop_child("LEI");
    }
    Ok(())
}

fn put_parties(
    (schema, own): (&Schema, TypeId),
    root: &mut Draft,
    e: &TradeConfirmation,
    sender: &str,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let field = "confirmation.parties";
    let (broker, client, _) = places(e.side, e.market_side);
    let client_role = if e.market_side { PartyRole::ContraFirm } else { PartyRole::OrderOriginationFirm };
    let mut investors = Draft::new("OthrBizPties");
    let mut named = Draft::new("ConfPties");
    let mut further: Vec<Draft> = Vec::new();
    for RoleParty { role, party } in &e.parties {
        let element = match role {
            PartyRole::ExecutingFirm => Some(broker),
            role if *role == client_role => Some(client),
            PartyRole::ClearingFirm => Some("ClrFirm"),
            PartyRole::Other(code) => {
                PARTIES.iter().find(|(known, _)| known == code).map(|(_, element)| *element)
            }
            PartyRole::Investor => {
                put_named(investors.add("Invstr"), field, party, losses)?;
                continue;
            }
            _ => None,
        };
        let Some(element) = element else {
            losses.add(
                field,
                format!("{role:?} {}", show_party(party)),
                "the message has no party of this role",
            );
            continue;
        };
        let mut draft = Draft::new(element);
        put_named(&mut draft, field, party, losses)?;
        if named.count(element) == 0 {
            named.take_child(element, draft);
        } else {
            let mut again = Draft::new("ConfPties");
            again.take_child(element, draft);
            further.push(again);
        }
    }
    if named.is_empty() {
        let assumed = sender.get(..sender.len().min(11)).and_then(|bic| bic.parse().ok());
        let assumed = assumed.filter(crate::model::Bic::is_of_a_country).map(Party::bic);
        let assumed =
            assumed.ok_or_else(|| EncodeError::Missing { field, message: schema.message().to_owned() })?;
        losses.add(
            field,
            show_party(&assumed),
            "none is named: the sender of the message stands as the broker",
        );
        put_named(named.at(broker), field, &assumed, losses)?;
    }
    put_capacity(schema, own, &mut named, broker, e, losses);
    root.take_child("ConfPties", named);
    further.into_iter().for_each(|more| root.take_child("ConfPties", more));
    if let Some(account) = &e.account {
        investors.at("Invstr").set("SfkpgAcct", "confirmation.account", account);
    }
    if !investors.is_empty() {
        root.take_child("OthrBizPties", investors);
    }
    Ok(())
}

/// The broker's capacity, when it is one for the whole quantity.
fn put_capacity(
    schema: &Schema,
    own: TypeId,
    named: &mut Draft,
    broker: &'static str,
    e: &TradeConfirmation,
    losses: &mut Losses,
) {
    let field = "confirmation.capacities";
    let place = schema.down(own, "ConfPties").and_then(|of| schema.down(of, broker));
    match (e.capacities.as_slice(), place) {
        ([], _) => {}
        ([(name, quantity)], Some(of)) if *quantity == e.quantity && named.count(broker) > 0 => {
            let code =
                CAPACITIES.iter().find(|(known, _)| known == name).map_or(name.as_str(), |(_, code)| code);
            let value = V::Code(code.to_owned());
            put_value((schema, of), named.at(broker), (Shape::Code, "TradgPtyCpcty"), &value, field, losses);
        }
        (several, _) => {
            let shown: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            losses.add(field, shown.join(", "), "the broker says one capacity, for the whole quantity");
        }
    }
}

fn put_fees(root: &mut Draft, e: &TradeConfirmation, losses: &mut Losses) {
    let mut amounts = Vec::new();
    if let Some(charge) = e.commission.as_ref().filter(|charge| charge.basis.is_empty()) {
        amounts.push(("EXEC", charge.amount));
    }
    for fee in &e.fees {
        let known = FEES.iter().find(|(kind, _)| *kind == fee.kind).map(|(_, code)| *code);
        let other = match &fee.kind {
            FeeKind::Other(code) => {
                OTHER_AMOUNTS.iter().find(|(known, ..)| known == code).map(|(code, ..)| *code)
            }
            _ => None,
        };
        let code = known.or(other.filter(|code| !["DEAL", "ACRU"].contains(code))).unwrap_or_else(|| {
            losses.add("confirmation.fees.kind", format!("{:?}", fee.kind), "it stands as another amount");
            "OTHR"
        });
        amounts.push((code, fee.amount));
    }
    // Each can stand once in a list of amounts, and there may be several lists.
    let mut lists: Vec<(Vec<&str>, Draft)> = Vec::new();
    for (code, amount) in amounts {
        let at = lists.iter().position(|(taken, _)| !taken.contains(&code));
        let at = at.unwrap_or_else(|| {
            lists.push((Vec::new(), Draft::new("OthrAmts")));
            lists.len() - 1
        });
        let Some((taken, list)) = lists.get_mut(at) else { continue };
        taken.push(code);
        let mut holder = Draft::new("");
        let other = OtherAmount { kind: AmountKind(code.to_owned()), amount };
        parts::put_other_amounts(&mut holder, &[other], movement(e.side), "confirmation.fees", losses);
        if let Some(found) = holder.find("OthrAmts") {
            list.take_all(found.clone());
        }
    }
    lists.into_iter().for_each(|(_, list)| root.take_child("OthrAmts", list));
}
