//! sese.023: a settlement instruction (MT540 to MT543).

use super::encode::{Draft, Losses};
use super::messages::{self, Reading, Writing};
use super::outline::At;
use super::parties::{self, Place, put_chain, put_party};
use super::parts::{self, Unread, Usual, may, need};
use super::schema::Schema;
use crate::codec::EncodeError;
use crate::model::{Event, InstructionFunction, Linkage, PartialSettlement, SettlementInstruction};

/// Its root element.
pub(super) const ROOT: &str = "SctiesSttlmTxInstr";

/// Whether parts are allowed.
const PARTIAL: [(PartialSettlement, &str); 4] = [
    (PartialSettlement::Allowed, "PART"),
    (PartialSettlement::NotAllowed, "NPAR"),
    (PartialSettlement::AllowedByCash, "PARC"),
    (PartialSettlement::AllowedByQuantity, "PARQ"),
];

/// Kinds of references in a linkage.
const LINKS: [(&str, &str); 6] = [
    ("PREV", "SctiesSttlmTxId"),
    ("ASRF", "AcctSvcrTxId"),
    ("MITI", "MktInfrstrctrTxId"),
    ("POOL", "PoolId"),
    ("INTP", "IntraPosMvmntId"),
    ("RELA", "OthrTxId"),
];

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let mut event = decode(reading.root)?;
    event.prepared = reading.created;
    Ok(Event::Instruction(Box::new(event)))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Instruction(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    encode(e, writing)
}

/// Reads the root element.
fn decode(at: At<'_, '_>) -> Result<SettlementInstruction, Unread> {
    let section = |path| at.get(path).ok_or_else(|| Unread::missing(at, path));
    let (movement, payment) = parts::direction(section("SttlmTpAndAddtlParams")?)?;
    let quantities = section("QtyAndAcctDtls")?;
    let settlement = at.get("SttlmParams/SctiesTxTp").and_then(parts::code);
    let hold = matches!(at.value("SttlmParams/HldInd/Ind"), Some("true" | "1"));
    let partial = at.value("SttlmParams/PrtlSttlmInd");
    Ok(SettlementInstruction {
        id: need(at, "TxId")?,
        function: if hold { InstructionFunction::PreAdvice } else { InstructionFunction::New },
        prepared: None,
        linkages: at.all("Lnkgs").filter_map(linkage).collect(),
        common_reference: may(at, "SttlmTpAndAddtlParams/CmonId"),
        trade_reference: may(at, "TradDtls/TradId"),
        movement,
        payment,
        instrument: parts::instrument(section("FinInstrmId")?),
        quantity: parts::quantity(section("QtyAndAcctDtls/SttlmQty")?)?,
        amount: at.get("SttlmAmt").and_then(|at| parts::amount(at, movement, Usual::ByMovement)),
        other_amounts: parts::other_amounts(at, movement),
        price: at.get("TradDtls/DealPric").and_then(parts::price),
        trade_date: at.get("TradDtls/TradDt").and_then(|at| parts::date(at).ok()),
        settlement_date: parts::date(section("TradDtls/SttlmDt")?)?,
        place_of_trade: at.get("TradDtls").and_then(parts::place_of_trade),
        account: may(quantities, "SfkpgAcct/Id"),
        cash_account: may(quantities, "CshAcct/IBAN").or_else(|| may(quantities, "CshAcct/Prtry")),
        account_owner: quantities.get("AcctOwnr").and_then(parties::party),
        transaction_type: settlement.ok_or_else(|| Unread::missing(at, "SttlmParams/SctiesTxTp"))?,
        conditions: at
            .get("SttlmParams")
            .map(|params| params.all("SttlmTxCond").filter_map(parts::code).collect())
            .unwrap_or_default(),
        partial: PARTIAL.iter().find(|(_, code)| Some(*code) == partial).map(|(partial, _)| *partial),
        priority: at.value("SttlmParams/Prty/Nmrc").and_then(|priority| priority.parse().ok()),
        delivering: parties::chain(at, "DlvrgSttlmPties"),
        receiving: parties::chain(at, "RcvgSttlmPties"),
        narrative: at.value("TradDtls/SttlmInstrPrcgAddtlDtls").map(str::to_owned),
        more: None,
    })
}

fn linkage(at: At<'_, '_>) -> Option<Linkage> {
    let reference = at.get("Ref")?.children().next()?;
    let kind =
        LINKS.iter().find(|(_, element)| *element == reference.name()).map_or("RELA", |(kind, _)| *kind);
    let short = |long: &str| long.get(..8).unwrap_or(long).to_owned();
    Some(Linkage {
        message: at
            .value("MsgNb/ShrtNb")
            .map(str::to_owned)
            .or_else(|| at.value("MsgNb/LngNb").map(short))
            .or_else(|| at.value("MsgNb/PrtryNb/Id").map(str::to_owned)),
        position: at.value("PrcgPos/Cd").unwrap_or_default().to_owned(),
        kind: kind.to_owned(),
        reference: reference.text().trim().parse().ok()?,
        details: Vec::new(),
    })
}

fn encode(event: &SettlementInstruction, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let mut root = Draft::new(ROOT);
    root.set("TxId", "instruction.id", &event.id);
    let kind = root.at("SttlmTpAndAddtlParams");
    kind.set("SctiesMvmntTp", "instruction.movement", parts::movement_code(event.movement));
    kind.set("Pmt", "instruction.payment", parts::payment_code(event.payment));
    kind.set_some("CmonId", "instruction.common_reference", event.common_reference.as_ref());
    for linkage in &event.linkages {
        put_linkage(root.add("Lnkgs"), linkage, losses);
    }
    let trade = root.at("TradDtls");
    trade.set_some("TradId", "instruction.trade_reference", event.trade_reference.as_ref());
    if let Some(place) = &event.place_of_trade {
        parts::put_place_of_trade(trade, "instruction.place_of_trade", place, losses);
    }
    trade.set_some("TradDt/Dt/Dt", "instruction.trade_date", event.trade_date);
    trade.set("SttlmDt/Dt/Dt", "instruction.settlement_date", event.settlement_date);
    if let Some(price) = &event.price {
        put_price(trade, "instruction.price", price, losses);
    }
    trade.set_some("SttlmInstrPrcgAddtlDtls", "instruction.narrative", event.narrative.as_deref());
    parts::put_instrument(root.at("FinInstrmId"), "instruction.instrument", &event.instrument);
    let quantities = root.at("QtyAndAcctDtls");
    parts::put_quantity(quantities.at("SttlmQty/Qty"), "instruction.quantity", &event.quantity);
    if let Some(owner) = &event.account_owner {
        put_party(quantities.at("AcctOwnr"), "instruction.account_owner", owner, Place::Owner, losses)?;
    }
    quantities.set_some("SfkpgAcct/Id", "instruction.account", event.account.as_ref());
    if let Some(account) = &event.cash_account {
        parts::put_cash_account(quantities, "instruction.cash_account", account);
    }
    put_parameters(root.at("SttlmParams"), event, schema, losses);
    put_chain(&mut root, "DlvrgSttlmPties", "instruction.delivering", &event.delivering, losses)?;
    put_chain(&mut root, "RcvgSttlmPties", "instruction.receiving", &event.receiving, losses)?;
    if let Some(amount) = &event.amount {
        let side = (event.movement, Usual::ByMovement);
        parts::put_amount(root.at("SttlmAmt"), "instruction.amount", amount, side, true);
    }
    let field = "instruction.other_amounts";
    parts::put_other_amounts(&mut root, &event.other_amounts, event.movement, field, losses);
    Ok(root)
}

/// Writes the deal price, unless it cannot be carried at all.
pub(super) fn put_price(
    trade: &mut Draft,
    field: &'static str,
    price: &crate::model::Price,
    losses: &mut Losses,
) {
    let mut draft = Draft::new("DealPric");
    parts::put_price(&mut draft, field, price, losses);
    if !draft.is_empty() {
        trade.take_child("DealPric", draft);
    }
}

fn put_parameters(draft: &mut Draft, event: &SettlementInstruction, schema: &Schema, losses: &mut Losses) {
    if event.function == InstructionFunction::PreAdvice {
        draft.set("HldInd/Ind", "instruction.function", "true");
    }
    let priority = event.priority.map(|priority| format!("{priority:04}"));
    draft.set_some("Prty/Nmrc", "instruction.priority", priority);
    parts::put_code(draft.at("SctiesTxTp"), "instruction.transaction_type", &event.transaction_type);
    for condition in &event.conditions {
        let known = schema.codes("SttlmParams/SttlmTxCond/Cd");
        if condition.contains('/') || known.iter().any(|code| code == condition) {
            parts::put_code(draft.add("SttlmTxCond"), "instruction.conditions", condition);
        } else {
            losses.add("instruction.conditions", condition, "the message does not know this condition");
        }
    }
    let partial = PARTIAL.iter().find(|(partial, _)| Some(*partial) == event.partial).map(|(_, code)| *code);
    draft.set_some("PrtlSttlmInd", "instruction.partial", partial);
}

fn put_linkage(draft: &mut Draft, linkage: &Linkage, losses: &mut Losses) {
    let field = "instruction.linkages";
    if !linkage.position.is_empty() {
        draft.set("PrcgPos/Cd", field, &linkage.position);
    }
    if let Some(message) = &linkage.message {
        let digits = message.len() == 3 && message.bytes().all(|b| b.is_ascii_digit());
        match messages::current(message) {
            _ if digits => draft.set("MsgNb/ShrtNb", field, message),
            Some(full) => draft.set("MsgNb/LngNb", field, full),
            None => losses.add(field, message, "no version of this message is known here"),
        }
    }
    let element = LINKS.iter().find(|(kind, _)| *kind == linkage.kind).map(|(_, element)| *element);
    if element.is_none() {
        let reason = "there is no element for this kind of reference; it stands as another transaction's";
        losses.add(field, &linkage.kind, reason);
    }
    draft.at("Ref").set(element.unwrap_or("OthrTxId"), field, &linkage.reference);
}
