//! semt.016: what moved between the balances of an account (MT538).

use super::attributes::ATTRIBUTES;
use super::details::{self, Row, Shape, put_value, row};
use super::encode::{Draft, Losses};
use super::listed;
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parts::{self, Unread};
use super::schema::{Schema, TypeId};
use super::statement::{self, STATEMENT};
use super::{semt_013, sheet, supplementary};
use crate::codec::EncodeError;
use crate::model::{
    DetailValue as V, Event, InstrumentPositions, IntraPositionMovement, IntraPositionStatement,
    IntraPositions, Lot, Place,
};

/// Its root element.
pub(super) const ROOT: &str = "IntraPosMvmntPstngRpt";

/// What else is said of a movement.
#[rustfmt::skip]
const MOVEMENT: &[Row] = &[
    row("36B", "PSTT", Shape::Quantity, "PrevslySttldQty"),
    row("36B", "RSTT", Shape::Quantity, "RmngToBeSttldQty"),
    row("13B", "LOTS", Shape::Number, "SctiesSubBalId"),
    row("98a", "AVAL", Shape::Moment, "AvlblDt"),
    row("98a", "ASTS", Shape::Moment, "AckdStsTmStmp"),
    row("22F", "CAEV", Shape::Code, "CorpActnEvtTp"),
    row("19A", "SETT", Shape::Amount, "CollMntrAmt"),
    row("19A", "OCMT", Shape::Amount, "CollMntrAmt/OrgnlCcyAndOrdrdAmt"),
    row("92B", "EXCH", Shape::Exchange, "CollMntrAmt/FXDtls"),
    row("19A", "RESU", Shape::Amount, "CollMntrAmt/FXDtls/RsltgAmt"),
    row("70E", "SPRO", Shape::Text, "InstrPrcgAddtlDtls"),
];

/// A lot among the attributes of the instrument.
const LOT: &[Row] =
    &[row("13B", "LOTS", Shape::Number, "LotNb"), row("36B", "LOTS", Shape::Quantity, "LotQty")];

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let mut header = statement::head(reading, &STATEMENT)?;
    let root = reading.root;
    header.owner = root.get("AcctOwnr").and_then(semt_013::owner);
    let instruments =
        root.all("FinInstrm").map(|at| instrument(at, reading.raw)).collect::<Result<_, _>>()?;
    let statement = IntraPositionStatement { header, instruments, additional: Vec::new() };
    Ok(Event::IntraPositionStatement(Box::new(statement)))
}

fn instrument(at: At<'_, '_>, raw: &[u8]) -> Result<InstrumentPositions, Unread> {
    let said = at.get("FinInstrmAttrbts");
    let lots = said.into_iter().flat_map(|at| at.all("QtyBrkdwn").collect::<Vec<_>>());
    Ok(InstrumentPositions {
        instrument: at.get("FinInstrmId").map(parts::instrument).unwrap_or_default(),
        attributes: said.map(|at| details::read(at, ATTRIBUTES)).unwrap_or_default(),
        lots: lots.map(|lot| Lot { details: details::read(lot, LOT) }).collect(),
        balances: at.all("SubBal").map(|at| balance(at, raw)).collect::<Result<_, _>>()?,
    })
}

fn balance(at: At<'_, '_>, raw: &[u8]) -> Result<IntraPositions, Unread> {
    Ok(IntraPositions {
        from: code(at, "BalFr")?,
        place: at.get("SfkpgPlc").and_then(place),
        movements: at.all("IntraPosMvmnt").map(|at| movement(at, raw)).collect::<Result<_, _>>()?,
    })
}

fn code(at: At<'_, '_>, name: &str) -> Result<String, Unread> {
    at.get(name).and_then(details::code).ok_or_else(|| Unread::missing(at, name))
}

fn place(at: At<'_, '_>) -> Option<Place> {
    match details::value(Shape::Place, at)? {
        V::Place(place) => Some(place),
        _ => None,
    }
}

fn movement(at: At<'_, '_>, raw: &[u8]) -> Result<IntraPositionMovement, Unread> {
    let quantity = at.get("SttldQty").ok_or_else(|| Unread::missing(at, "SttldQty"))?;
    let mut kept = Vec::new();
    supplementary::keep_in(&mut kept, at, raw);
    Ok(IntraPositionMovement {
        linkages: at.get("Id").map(listed::linkages).unwrap_or_default(),
        quantity: parts::quantity(quantity)?,
        to: code(at, "BalTo")?,
        settled: at.get("SttlmDt").and_then(details::moment),
        details: details::read(at, MOVEMENT),
        supplementary: kept,
    })
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::IntraPositionStatement(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let mut root = Draft::new(ROOT);
    let mut header = e.header.clone();
    let owner = header.owner.take();
    statement::put_head(&mut root, &header, &STATEMENT, writing)?;
    let (schema, losses) = (writing.schema, &mut writing.losses);
    if let Some(owner) = owner {
        let mut named = Draft::new("AcctOwnr");
        semt_013::put_owner(&mut named, &owner, "owner", losses);
        if !named.is_empty() {
            root.take_child("AcctOwnr", named);
        }
    }
    let Some(of) = schema.down(schema.own(), "FinInstrm") else { return Ok(root) };
    for one in &e.instruments {
        let mut draft = Draft::new("FinInstrm");
        put_instrument((schema, of), &mut draft, one, losses)?;
        root.take_child("FinInstrm", draft);
    }
    statement::lose_additional(&e.additional, losses);
    Ok(root)
}

fn put_instrument(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    one: &InstrumentPositions,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    parts::put_instrument(draft.at("FinInstrmId"), "instruments.instrument", &one.instrument);
    if let Some(of) = schema.down(of, "FinInstrmAttrbts") {
        let place = (schema, of);
        let mut below = Draft::new("FinInstrmAttrbts");
        details::put(place, &mut below, ATTRIBUTES, &one.attributes, "instruments.attributes", losses);
        if let Some(of) = schema.down(of, "QtyBrkdwn") {
            for lot in &one.lots {
                let mut said = Draft::new("QtyBrkdwn");
                details::put((schema, of), &mut said, LOT, &lot.details, "instruments.lots", losses);
                below.take_child("QtyBrkdwn", said);
            }
        }
        if below.fit(place, losses) && !below.is_empty() {
            draft.take_child("FinInstrmAttrbts", below);
        }
    }
    let Some(of) = schema.down(of, "SubBal") else { return Ok(()) };
    for balance in &one.balances {
        let mut below = Draft::new("SubBal");
        let place = (schema, of);
        if let Some(kept) = &balance.place {
            let kept = V::Place(kept.clone());
            let field = "instruments.balances.place";
            put_value(place, &mut below, (Shape::Place, "SfkpgPlc"), &kept, field, losses);
        }
        let from = V::Code(balance.from.clone());
        put_balance(place, &mut below, ("BalFr", "instruments.balances.from"), from, losses)?;
        let Some(of) = schema.down(of, "IntraPosMvmnt") else { continue };
        for movement in &balance.movements {
            let mut moved = Draft::new("IntraPosMvmnt");
            put_movement((schema, of), &mut moved, movement, losses)?;
            below.take_child("IntraPosMvmnt", moved);
        }
        draft.take_child("SubBal", below);
    }
    Ok(())
}

/// A balance that the message does not know cannot be left out, nor can another one stand for it.
fn put_balance(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    (name, field): (&'static str, &'static str),
    code: V,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    put_value(place, draft, (Shape::Code, name), &code, field, losses);
    if draft.count(name) > 0 {
        return Ok(());
    }
    let reason = "the message does not know this balance, and what moves must be said".to_owned();
    Err(EncodeError::Invalid { field, value: sheet::show(&code), reason })
}

fn put_movement(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    movement: &IntraPositionMovement,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let (schema, of) = place;
    put_reference(place, draft, movement, losses);
    parts::put_quantity(draft.at("SttldQty"), "instruments.balances.movements.quantity", &movement.quantity);
    let to = V::Code(movement.to.clone());
    put_balance(place, draft, ("BalTo", "instruments.balances.movements.to"), to, losses)?;
    match &movement.settled {
        Some(settled) => {
            let field = "instruments.balances.movements.settled";
            let settled = V::Moment(settled.clone());
            put_value(place, draft, (Shape::Moment, "SttlmDt"), &settled, field, losses);
        }
        None => {
            let field = "instruments.balances.movements.settled";
            return Err(EncodeError::Missing { field, message: schema.message().to_owned() });
        }
    }
    let field = "instruments.balances.movements.details";
    details::put(place, draft, MOVEMENT, &movement.details, field, losses);
    let field = "instruments.balances.movements.supplementary";
    supplementary::put((schema, of), draft, &movement.supplementary, field, losses);
    draft.fit(place, losses);
    Ok(())
}

/// One reference names a movement; its order's is the best.
fn put_reference(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    movement: &IntraPositionMovement,
    losses: &mut Losses,
) {
    let Some(of) = schema.down(of, "Id") else { return };
    let field = "instruments.balances.movements.linkages";
    for tie in &movement.linkages {
        let name = listed::LINKS.iter().find(|(kind, _)| *kind == tie.kind).map(|(_, name)| *name);
        let simple = name.and_then(|name| schema.child(of, name)).and_then(|p| schema.value_type(p.type_id));
        let fits = simple.is_some_and(|simple| simple.check(tie.reference.as_str()).is_ok());
        match name.filter(|_| fits && draft.find("Id").is_none()) {
            Some(name) => {
                draft.at("Id").add(name).say(field, tie.reference.as_str());
                if let Some(message) = &tie.message {
                    losses.add(field, message, "a reference stands without its message here");
                }
            }
            None => {
                let shown = format!("{} {}", tie.kind, tie.reference);
                losses.add(field, shown, "the message names a movement by one reference");
            }
        }
    }
}
