//! sese.025: that it settled, wholly or in part (MT544 to MT547).

use super::encode::{Draft, Losses};
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parties::{self, Place, put_chain, put_party};
use super::parts::{self, Unread, Usual, may, need};
use super::sese_023::put_price;
use crate::codec::EncodeError;
use crate::model::{Event, PartialKind, SettlementConfirmation};

/// Its root element.
pub(super) const ROOT: &str = "SctiesSttlmTxConf";

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let mut event = decode(reading.root)?;
    event.prepared = reading.created;
    Ok(Event::Settlement(Box::new(event)))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Settlement(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    encode(e, writing)
}

/// Reads the root element.
fn decode(at: At<'_, '_>) -> Result<SettlementConfirmation, Unread> {
    let section = |path| at.get(path).ok_or_else(|| Unread::missing(at, path));
    let ids = section("TxIdDtls")?;
    let (movement, payment) = parts::direction(ids)?;
    let trade = section("TradDtls")?;
    let quantities = section("QtyAndAcctDtls")?;
    let quantity = |name| quantities.get(name).and_then(|at| parts::quantity(at).ok());
    let signed = |path| at.get(path).and_then(|at| parts::amount(at, movement, Usual::ByMovement));
    let settlement = at.get("SttlmParams/SctiesTxTp").and_then(parts::code);
    Ok(SettlementConfirmation {
        id: may(ids, "AcctSvcrTxId"),
        reversal: false,
        instruction: need(ids, "AcctOwnrTxId")?,
        previous: may(at, "AddtlParams/PrvsPrtlConfId"),
        common_reference: may(ids, "CmonId"),
        market_reference: may(ids, "MktInfrstrctrTxId"),
        prepared: None,
        movement,
        payment,
        instrument: parts::instrument(section("FinInstrmId")?),
        settled: parts::quantity(section("QtyAndAcctDtls/SttldQty")?)?,
        previously_settled: quantity("PrevslySttldQty"),
        remaining: quantity("RmngToBeSttldQty"),
        amount: signed("SttldAmt"),
        previously_settled_amount: signed("QtyAndAcctDtls/PrevslySttldAmt"),
        remaining_amount: signed("QtyAndAcctDtls/RmngToBeSttldAmt"),
        other_amounts: parts::other_amounts(at, movement),
        price: trade.get("DealPric").and_then(parts::price),
        partial: match at.value("AddtlParams/PrtlSttlm") {
            Some("PAIN") => Some(PartialKind::Part),
            Some("PARC") => Some(PartialKind::Last),
            _ => None,
        },
        trade_date: trade.get("TradDt").and_then(|at| parts::date(at).ok()),
        settlement_date: trade.get("SttlmDt").and_then(|at| parts::date(at).ok()),
        effective_date: parts::date(section("TradDtls/FctvSttlmDt")?)?,
        account: may(quantities, "SfkpgAcct/Id"),
        account_owner: quantities.get("AcctOwnr").and_then(parties::party),
        transaction_type: settlement.ok_or_else(|| Unread::missing(at, "SttlmParams/SctiesTxTp"))?,
        delivering: parties::chain(at, "DlvrgSttlmPties"),
        receiving: parties::chain(at, "RcvgSttlmPties"),
        narrative: trade.value("SttlmInstrPrcgAddtlDtls").map(str::to_owned),
        linkages: Vec::new(),
        more: None,
    })
}

fn encode(event: &SettlementConfirmation, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    if event.reversal {
        return Err(parts::no_message("reversal of a settlement confirmation"));
    }
    let losses = &mut writing.losses;
    let mut root = Draft::new(ROOT);
    let ids = root.at("TxIdDtls");
    ids.set("AcctOwnrTxId", "settlement.instruction", &event.instruction);
    ids.set_some("AcctSvcrTxId", "settlement.id", event.id.as_ref());
    ids.set_some("MktInfrstrctrTxId", "settlement.market_reference", event.market_reference.as_ref());
    ids.set("SctiesMvmntTp", "settlement.movement", parts::movement_code(event.movement));
    ids.set("Pmt", "settlement.payment", parts::payment_code(event.payment));
    ids.set_some("CmonId", "settlement.common_reference", event.common_reference.as_ref());
    let partial = event.partial.map(|partial| match partial {
        PartialKind::Part => "PAIN",
        PartialKind::Last => "PARC",
    });
    root.set_some("AddtlParams/PrtlSttlm", "settlement.partial", partial);
    root.set_some("AddtlParams/PrvsPrtlConfId", "settlement.previous", event.previous.as_ref());
    let trade = root.at("TradDtls");
    trade.set_some("TradDt/Dt/Dt", "settlement.trade_date", event.trade_date);
    trade.set_some("SttlmDt/Dt/Dt", "settlement.settlement_date", event.settlement_date);
    trade.set("FctvSttlmDt/Dt/Dt", "settlement.effective_date", event.effective_date);
    if let Some(price) = &event.price {
        put_price(trade, "settlement.price", price, losses);
    }
    trade.set_some("SttlmInstrPrcgAddtlDtls", "settlement.narrative", event.narrative.as_deref());
    parts::put_instrument(root.at("FinInstrmId"), "settlement.instrument", &event.instrument);
    put_quantities(root.at("QtyAndAcctDtls"), event, losses)?;
    parts::put_code(
        root.at("SttlmParams/SctiesTxTp"),
        "settlement.transaction_type",
        &event.transaction_type,
    );
    put_chain(&mut root, "DlvrgSttlmPties", "settlement.delivering", &event.delivering, losses)?;
    put_chain(&mut root, "RcvgSttlmPties", "settlement.receiving", &event.receiving, losses)?;
    let side = (event.movement, Usual::ByMovement);
    if let Some(amount) = &event.amount {
        parts::put_amount(root.at("SttldAmt"), "settlement.amount", amount, side, true);
    }
    let field = "settlement.other_amounts";
    parts::put_other_amounts(&mut root, &event.other_amounts, event.movement, field, losses);
    Ok(root)
}

fn put_quantities(
    draft: &mut Draft,
    event: &SettlementConfirmation,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let side = (event.movement, Usual::ByMovement);
    parts::put_quantity(draft.at("SttldQty/Qty"), "settlement.settled", &event.settled);
    if let Some(quantity) = &event.previously_settled {
        parts::put_quantity(draft.at("PrevslySttldQty"), "settlement.previously_settled", quantity);
    }
    if let Some(quantity) = &event.remaining {
        parts::put_quantity(draft.at("RmngToBeSttldQty"), "settlement.remaining", quantity);
    }
    if let Some(amount) = &event.previously_settled_amount {
        let field = "settlement.previously_settled_amount";
        parts::put_amount(draft.at("PrevslySttldAmt"), field, amount, side, true);
    }
    if let Some(amount) = &event.remaining_amount {
        parts::put_amount(draft.at("RmngToBeSttldAmt"), "settlement.remaining_amount", amount, side, true);
    }
    if let Some(owner) = &event.account_owner {
        put_party(draft.at("AcctOwnr"), "settlement.account_owner", owner, Place::Owner, losses)?;
    }
    draft.set_some("SfkpgAcct/Id", "settlement.account", event.account.as_ref());
    Ok(())
}
