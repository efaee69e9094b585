//! semt.014: how far a movement between two balances of one position is (MT548 that names an MT524).

use super::details::{self, Row, Shape, row};
use super::encode::{Draft, Losses};
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parts::{self, Unread, may, need};
use super::schema::{Schema, TypeId};
use super::sese_024::{self, OF_INSTRUCTION};
use super::{semt_013, sheet, statuses, terms};
use crate::codec::EncodeError;
use crate::model::{
    Detail, DetailValue as V, Event, FurtherDetails, Linkage, Status, StatusAdvice, TransactionDetails,
    further,
};

/// Its root element.
pub(super) const ROOT: &str = "IntraPosMvmntStsAdvc";

/// References beside those of the movement itself, and the kinds of ties that they are.
const TIES: [(&str, &str); 3] =
    [("PCTI", "TxId/PrcrTxId"), ("RELA", "Lkg/SctiesSttlmTxId"), ("POOL", "TxDtls/PoolId")];

/// The movement, where repeated.
const MOVEMENT: &str = "TxDtls";

/// The two balances, and which lot moves.
const BALANCES: &[Row] = &[
    row("93A", "FROM", Shape::Code, "BalFr"),
    row("93A", "TOBA", Shape::Code, "BalTo"),
    row("13B", "LOTS", Shape::Number, "LotNb"),
];
/// When it was acknowledged.
const TIMES: &[Row] = &[row("98a", "ASTS", Shape::Moment, "AckdStsTmStmp")];

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let blocks = ["PrcgSts", "SttlmSts"].into_iter().filter_map(|name| root.get(name));
    let said: Vec<Status> = blocks.filter_map(|at| statuses::in_block(at, OF_INSTRUCTION)).collect();
    if said.is_empty() {
        return Err(Unread::at(root, "it gives no status that is known"));
    }
    let ties = TIES.iter().filter_map(|(kind, path)| Some(Linkage::new(kind, may(root, path)?)));
    Ok(Event::Status(Box::new(StatusAdvice {
        id: reading.message_id.clone(),
        servicer_reference: may(root, "TxId/AcctSvcrTxId"),
        market_reference: may(root, "TxId/MktInfrstrctrTxId"),
        intra_position: true,
        linkages: ties.collect(),
        prepared: reading.created,
        details: root.get(MOVEMENT).map(movement),
        ..StatusAdvice::of(need(root, "TxId/AcctOwnrTxId")?, said)
    })))
}

fn movement(at: At<'_, '_>) -> TransactionDetails {
    let mut more = FurtherDetails {
        trade_details: details::read(at, TIMES),
        account_details: details::read(at, BALANCES),
        ..FurtherDetails::default()
    };
    TransactionDetails {
        instrument: at.get("FinInstrmId").map(parts::instrument),
        quantity: at.get("SttlmQty").and_then(|at| parts::quantity(at).ok()),
        settlement_date: further::day_of(
            "SETT",
            at.get("SttlmDt").and_then(terms::dated),
            &mut more.trade_details,
        ),
        account: further::number_of("SAFE", terms::stated(at), &mut more.account_details),
        account_owner: at.get("AcctOwnr").and_then(semt_013::owner),
        more: more.boxed(),
        ..TransactionDetails::default()
    }
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let e = sese_024::begin(event, writing)?;
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let to = (schema, schema.own());
    let mut root = Draft::new(ROOT);
    let ids = root.at("TxId");
    ids.set("AcctOwnrTxId", "status.instruction", &e.instruction);
    ids.set_some("AcctSvcrTxId", "status.servicer_reference", e.servicer_reference.as_ref());
    ids.set_some("MktInfrstrctrTxId", "status.market_reference", e.market_reference.as_ref());
    statuses::put_blocks(to, &mut root, &e.statuses, OF_INSTRUCTION, "status.statuses", losses)?;
    if let Some(details) = &e.details {
        put_movement(to, &mut root, details, losses);
    }
    put_ties(to, &mut root, e, losses);
    for detail in e.additional.iter().flatten() {
        let shown = format!("{} {}", detail.code, sheet::show(&detail.value));
        losses.add("status.additional", shown, "the message has no place for it");
    }
    Ok(root)
}

/// References of others. A pool stands with the movement, and not without it.
fn put_ties((schema, of): (&Schema, TypeId), root: &mut Draft, e: &StatusAdvice, losses: &mut Losses) {
    let field = "status.linkages";
    for tie in &e.linkages {
        let shown = format!("{} {}", tie.kind, tie.reference);
        let row = TIES.iter().find(|(kind, _)| *kind == tie.kind).map(|(_, path)| *path);
        let fits = |path: &&'static str| {
            let simple = schema.down(of, path).and_then(|of| schema.value_type(of));
            let around = !path.starts_with(MOVEMENT) || root.find(MOVEMENT).is_some();
            around
                && root.find(path).is_none()
                && simple.is_some_and(|s| s.check(tie.reference.as_str()).is_ok())
        };
        match row.filter(fits) {
            Some(path) => {
                root.set(path, field, &tie.reference);
                if !tie.is_plain() {
                    losses.add(field, shown, "the message says no more of this tie than the reference");
                }
            }
            None => losses.add(field, shown, "the message has no place for this tie"),
        }
    }
}

/// The movement as a whole or not at all, and what is said of a settlement alone is a loss.
fn put_movement(
    (schema, of): (&Schema, TypeId),
    root: &mut Draft,
    details: &TransactionDetails,
    losses: &mut Losses,
) {
    let field = "status.details";
    let Some(of) = schema.down(of, MOVEMENT) else { return };
    let to = (schema, of);
    let mut draft = Draft::new(MOVEMENT);
    let mut more = details.more.as_deref().cloned().unwrap_or_default();
    let day = further::moment_of("SETT", details.settlement_date, &mut more.trade_details);
    let account = further::account_of("SAFE", details.account.as_ref(), &mut more.account_details);
    if let Some(instrument) = &details.instrument {
        parts::put_instrument(draft.at("FinInstrmId"), "status.details.instrument", instrument);
    }
    if let Some(quantity) = &details.quantity {
        parts::put_quantity(draft.at("SttlmQty"), "status.details.quantity", quantity);
    }
    if let Some(day) = day {
        let day = V::Moment(day);
        sheet::put_value(to, &mut draft, (Shape::Moment, "SttlmDt"), &day, field, losses);
    }
    if let Some(account) = &account {
        terms::put_stated(to, &mut draft, account, "status.details.account", losses);
    }
    if let Some(owner) = &details.account_owner {
        let mut named = Draft::new("AcctOwnr");
        semt_013::put_owner(&mut named, owner, "status.details.account_owner", losses);
        if !named.is_empty() {
            draft.take_child("AcctOwnr", named);
        }
    }
    sheet::put(to, &mut draft, BALANCES, &more.account_details, "status.details.more", losses);
    sheet::put(to, &mut draft, TIMES, &more.trade_details, "status.details.more", losses);
    let mut told = Losses::default();
    if draft.fit(to, &mut told) {
        losses.0.append(&mut told.0);
        root.take_child(MOVEMENT, draft);
        lose_settlement(details, &more, losses);
    } else {
        let missing = draft.lacking(to).unwrap_or("something");
        let why = format!("left out: the message repeats a movement as a whole, and {missing} is missing");
        losses.add(field, serde_json::to_string(details).unwrap_or_default(), why);
    }
}

/// What a movement within a position has not.
fn lose_settlement(details: &TransactionDetails, more: &FurtherDetails, losses: &mut Losses) {
    let moved = TransactionDetails {
        instrument: details.instrument.clone(),
        quantity: details.quantity,
        settlement_date: details.settlement_date,
        account: details.account.clone(),
        account_owner: details.account_owner.clone(),
        more: details.more.clone(),
        ..TransactionDetails::default()
    };
    let written = FurtherDetails {
        trade_details: more.trade_details.clone(),
        account_details: more.account_details.clone(),
        ..FurtherDetails::default()
    };
    let rest: Vec<Detail> =
        more.settlement_details.iter().chain(&more.amount_details).chain(&more.second_leg).cloned().collect();
    for detail in &rest {
        let why = "a movement within a position says nothing of a settlement";
        losses.add(format!("status.details.more.{}", detail.code), sheet::show(&detail.value), why);
    }
    if moved != *details || (written != *more && rest.is_empty()) {
        let why = "a movement within a position has no direction, payment, amount and no parties";
        losses.add("status.details", "what is said of a settlement", why);
    }
}
