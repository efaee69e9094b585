//! sese.037: what of a portfolio moves from one custodian to another (MT586 with 23G NEWM/PORT, which is not written here).

use super::attributes::{ATTRIBUTES, LOT};
use super::details::{self, Row, Shape, put_value, row};
use super::encode::{Draft, Losses};
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parties::{self, Side};
use super::parts::{self, Unread, Usual, may};
use super::schema::{Schema, TypeId};
use super::sese_024::{self, ANY_BLOCK, Branches};
use super::statement::{self, Form};
use super::{rows, supplementary, terms};
use crate::codec::EncodeError;
use crate::model::{
    DetailValue as V, Event, Linkage, Lot, PortfolioTransfer, Status, StatusKind, TransferredPosition,
};

/// Its root element.
pub(super) const ROOT: &str = "PrtflTrfNtfctn";

/// How it names the parts of its head; it is of one time, and never of a period.
const FORM: Form =
    Form { general: "StmtGnlDtls", pages: "Pgntn", id: "StmtId", at: "StmtDtTm", period: "StmtPrd" };

/// The counterparty's notification of the same transfer.
const COUNTERPARTY: &str = "CtrPtyPrtflTrfNtfctnRef";

/// References of a position, and the kinds of ties that they are.
const TIES: [(&str, &str); 3] = [("SNDR", "NtfctnSndrTxId"), ("RCVR", "NtfctnRcvrTxId"), ("COMM", "CmonId")];

/// The two sides.
const DELIVERING: &str = "DlvrgSttlmPties";
const RECEIVING: &str = "RcvgSttlmPties";

const STATUS: &str = "Sts";
#[rustfmt::skip]
const STATUSES: Branches = &[
    (StatusKind::Acknowledged, STATUS, "AckdAccptd", true),
    (StatusKind::PendingProcessing, STATUS, "PdgPrcg", true),
    (StatusKind::Rejected, STATUS, "Rjctd", true),
];

/// The rest of what is said of a position.
#[rustfmt::skip]
const DETAILS: &[Row] = &[
    row("99A", "DAAC", Shape::Count, "NbOfDaysAcrd"),
    row("22F", "RPOR", Shape::Code, "Rptg"),
    row("70D", "DENC", Shape::Text, "QtyDtls/DnmtnChc"),
    row("13B", "CERT", Shape::Number, "QtyDtls/CertNb/Nb"),
    row("22F", "STCO", Shape::Code, "SttlmParams/SttlmTxCond"),
    row("22F", "REGT", Shape::Code, "SttlmParams/Regn"),
    row("22F", "REST", Shape::Code, "SttlmParams/LglRstrctns"),
    row("22F", "RTGS", Shape::Indicator("YRTG", "NRTG"), "SttlmParams/SctiesRTGS"),
    row("22F", "SETS", Shape::Code, "SttlmParams/SttlmSysMtd"),
    row("22F", "TCPI", Shape::Code, "SttlmParams/TaxCpcty"),
    row("22F", "STAM", Shape::Code, "SttlmParams/StmpDtyTaxBsis"),
];

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let mut header = statement::head(reading, &FORM)?;
    let root = reading.root;
    let other = root.get(FORM.general).and_then(|at| may(at, COUNTERPARTY));
    header.linkages.extend(other.map(|reference| Linkage::new("RELA", reference)));
    let positions =
        root.all("TrfNtfctnDtls").map(|at| position(at, reading.raw)).collect::<Result<_, _>>()?;
    Ok(Event::PortfolioTransfer(Box::new(PortfolioTransfer { header, positions })))
}

fn position(at: At<'_, '_>, raw: &[u8]) -> Result<TransferredPosition, Unread> {
    let part = |path: &'static str| at.get(path).ok_or_else(|| Unread::missing(at, path));
    let (movement, payment) = parts::direction(at)?;
    let (delivering, receiving) = (parties::chain(at, DELIVERING), parties::chain(at, RECEIVING));
    let mut party_details = parties::further(at, DELIVERING, true, movement, &delivering);
    party_details.extend(parties::further(at, RECEIVING, false, movement, &receiving));
    party_details.sort_by(|a, b| a.role.cmp(&b.role));
    let money = at.get("SttlmAmt");
    let day = part("SttlmDt")?;
    let lots = at.get("QtyDtls").into_iter().flat_map(|at| at.all("QtyBrkdwn").collect::<Vec<_>>());
    let mut kept = Vec::new();
    supplementary::keep_in(&mut kept, at, raw);
    let attributes = at.get("FinInstrmAttrbts").map(|at| details::read(at, ATTRIBUTES));
    Ok(TransferredPosition {
        status: at.get(STATUS).and_then(|at| sese_024::status(at, STATUSES)),
        linkages: TIES.iter().filter_map(|(kind, name)| Some(Linkage::new(kind, may(at, name)?))).collect(),
        movement,
        payment,
        instrument: parts::instrument(part("FinInstrmId")?),
        attributes: attributes.unwrap_or_default(),
        quantity: parts::quantity(part("QtyDtls/SttlmQty")?)?,
        lots: lots.map(|lot| Lot { details: details::read(lot, LOT) }).collect(),
        trade_date: at.get("TradDt").and_then(details::moment),
        settlement_date: details::moment(day).ok_or_else(|| Unread::at(day, "it is no day"))?,
        amount: money.and_then(|at| parts::amount(at, movement, Usual::ByMovement)),
        amount_details: money.map(|at| details::read(at, rows::AMOUNT)).unwrap_or_default(),
        other_amounts: parts::other_amounts(at, movement),
        delivering,
        receiving,
        party_details,
        other_parties: at.get("OthrBizPties").map(terms::other_parties).unwrap_or_default(),
        details: details::read(at, DETAILS),
        supplementary: kept,
    })
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::PortfolioTransfer(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let mut root = Draft::new(ROOT);
    let mut header = e.header.clone();
    let other = header.linkages.iter().position(|tie| tie.kind == "RELA" && tie.is_plain());
    let other = other.map(|index| header.linkages.remove(index));
    statement::put_head(&mut root, &header, &FORM, writing)?;
    if let Some(other) = other {
        root.at(FORM.general).set(COUNTERPARTY, "linkages", &other.reference);
    }
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let Some(of) = schema.down(schema.own(), "TrfNtfctnDtls") else { return Ok(root) };
    for position in &e.positions {
        let mut draft = Draft::new("TrfNtfctnDtls");
        put_position((schema, of), &mut draft, position, losses)?;
        root.take_child("TrfNtfctnDtls", draft);
    }
    Ok(root)
}

fn put_position(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    position: &TransferredPosition,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let (schema, of) = place;
    put_ties(place, draft, &position.linkages, losses);
    draft.set("SctiesMvmntTp", "positions.movement", parts::movement_code(position.movement));
    draft.set("Pmt", "positions.payment", parts::payment_code(position.payment));
    if let Some(status) = &position.status {
        put_status(place, draft, status, losses)?;
    }
    let days = [
        ("TradDt", "positions.trade_date", position.trade_date.clone()),
        ("SttlmDt", "positions.settlement_date", Some(position.settlement_date.clone())),
    ];
    for (name, field, day) in days {
        if let Some(day) = day.map(V::Moment) {
            put_value(place, draft, (Shape::Moment, name), &day, field, losses);
        }
    }
    parts::put_instrument(draft.at("FinInstrmId"), "positions.instrument", &position.instrument);
    if let Some(of) = schema.down(of, "FinInstrmAttrbts").filter(|_| !position.attributes.is_empty()) {
        let mut below = Draft::new("FinInstrmAttrbts");
        let field = "positions.attributes";
        details::put((schema, of), &mut below, ATTRIBUTES, &position.attributes, field, losses);
        if !below.is_empty() {
            draft.take_child("FinInstrmAttrbts", below);
        }
    }
    parts::put_quantity(draft.at("QtyDtls/SttlmQty"), "positions.quantity", &position.quantity);
    if let Some(of) = schema.down(of, "QtyDtls/QtyBrkdwn") {
        for lot in &position.lots {
            let mut said = Draft::new("QtyBrkdwn");
            details::put((schema, of), &mut said, LOT, &lot.details, "positions.lots", losses);
            draft.at("QtyDtls").take_child("QtyBrkdwn", said);
        }
    }
    details::put(place, draft, DETAILS, &position.details, "positions.details", losses);
    let movement = position.movement;
    let (told, field) = (position.party_details.as_slice(), "positions.party_details");
    let sides = [
        (DELIVERING, "positions.delivering", &position.delivering),
        (RECEIVING, "positions.receiving", &position.receiving),
    ];
    for (name, of, chain) in sides {
        let side = Side { name, is_delivering: name == DELIVERING, movement };
        parties::put_side(place, draft, of, chain, side, (told, field), losses)?;
    }
    parties::lose_strangers(&position.delivering, &position.receiving, movement, told, field, losses);
    put_money(place, draft, position, losses);
    let mut others = Draft::new("OthrBizPties");
    let beside = (schema, schema.down(of, "OthrBizPties"));
    let field = "positions.other_parties";
    terms::put_other_parties(beside, &mut others, &position.other_parties, field, losses);
    if !others.is_empty() {
        draft.take_child("OthrBizPties", others);
    }
    draft.fit(place, losses);
    supplementary::put(place, draft, &position.supplementary, "positions.supplementary", losses);
    Ok(())
}

fn put_ties((schema, of): (&Schema, TypeId), draft: &mut Draft, ties: &[Linkage], losses: &mut Losses) {
    let field = "positions.linkages";
    for tie in ties {
        let name = TIES.iter().find(|(kind, _)| *kind == tie.kind).map(|(_, name)| *name);
        let simple = name.and_then(|name| schema.child(of, name)).and_then(|p| schema.value_type(p.type_id));
        let fits = simple.is_some_and(|simple| simple.check(tie.reference.as_str()).is_ok());
        match name.filter(|name| fits && draft.count(name) == 0 && tie.is_plain()) {
            Some(name) => draft.set(name, field, &tie.reference),
            None => {
                let shown = format!("{} {}", tie.kind, tie.reference);
                losses.add(field, shown, "the message has no place for this tie");
            }
        }
    }
}

fn put_status(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    status: &Status,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let elsewhere: Vec<&str> = ANY_BLOCK.into_iter().filter(|name| *name != STATUS).collect();
    if let Some((_, (name, branch))) = sese_024::draft(status, &elsewhere, place, STATUSES, losses)? {
        draft.at(STATUS).take_child(name, branch);
    }
    Ok(())
}

fn put_money(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    position: &TransferredPosition,
    losses: &mut Losses,
) {
    let field = "positions.amount_details";
    match (&position.amount, schema.down(of, "SttlmAmt")) {
        (Some(amount), Some(below)) => {
            let side = (position.movement, Usual::ByMovement);
            let money = draft.at("SttlmAmt");
            parts::put_amount(money, "positions.amount", amount, side, true);
            terms::put_amount_details((schema, below), money, &position.amount_details, field, losses);
        }
        _ => {
            for detail in &position.amount_details {
                losses.add(field, &detail.code, "it belongs to a settlement amount, and there is none");
            }
        }
    }
    let field = "positions.other_amounts";
    parts::put_other_amounts(draft, &position.other_amounts, position.movement, field, losses);
}
