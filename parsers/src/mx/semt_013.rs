//! semt.013 and semt.015: a movement between two balances of one position, ordered and done (MT524 and MT508, which are not
//! read here).

use super::attributes;
use super::details::{self, Row, Shape, row};
use super::encode::{Draft, Losses};
use super::issued;
use super::links;
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parts::{self, Unread, may, need};
use super::schema::{Schema, TypeId};
use super::{sheet, terms};
use crate::codec::EncodeError;
use crate::model::{Detail, DetailValue as V, Event, IntraPositionChange, Linkage, Lot, Party, PartyId};

/// The root element of an order.
pub(super) const ROOT: &str = "IntraPosMvmntInstr";
/// The root element of a confirmation.
pub(super) const DONE: &str = "IntraPosMvmntConf";

/// References with an element of their own; the first that the message has is written.
const TIES: [(&str, &str); 7] = [
    ("CORP", "CorpActnEvtId"),
    ("CORP", "AddtlParams/CorpActnEvtId"),
    ("POOL", "AddtlParams/PoolId"),
    ("CPMI", "AddtlParams/CtrPtyMktInfrstrctrTxId"),
    ("PCTI", "AddtlParams/PrcrTxId"),
    ("PREV", "AddtlParams/PrvsPrtlConfId"),
    ("RELA", "Lkg/SctiesSttlmTxId"),
];

/// What else is said.
#[rustfmt::skip]
const DETAILS: &[Row] = &[
    row("94a", "SAFE", Shape::Place, "SfkpgPlc"),
    row("22F", "PARS", Shape::Code, "AddtlParams/PrtlSttlm"),
    row("98a", "AVAL", Shape::Moment, "IntraPosDtls/AvlblDt"),
    row("98a", "ASTS", Shape::Moment, "IntraPosDtls/AckdStsTmStmp"),
    row("22F", "CAEV", Shape::Code, "IntraPosDtls/CorpActnEvtTp"),
    row("22F", "PRIR", Shape::Code, "IntraPosDtls/Prty/Nmrc"),
    row("22F", "PRIR", Shape::Code, "IntraPosDtls/Prty"),
    row("13B", "LOTS", Shape::Number, "IntraPosDtls/SctiesSubBalId"),
    row("19A", "SETT", Shape::Amount, "IntraPosDtls/CollMntrAmt"),
    row("19A", "OCMT", Shape::Amount, "IntraPosDtls/CollMntrAmt/OrgnlCcyAndOrdrdAmt"),
    row("92B", "EXCH", Shape::Exchange, "IntraPosDtls/CollMntrAmt/FXDtls"),
    row("19A", "RESU", Shape::Amount, "IntraPosDtls/CollMntrAmt/FXDtls/RsltgAmt"),
];

/// Which of how many instructions it is, and which it is where nobody says of how many.
#[rustfmt::skip]
const COUNTS: [&[Row]; 2] = [
    &[row("99B", "SETT", Shape::Count, "NbCounts/TtlNb/CurInstrNb"), row("99B", "TOSE", Shape::Count, "NbCounts/TtlNb/TtlOfLkdInstrs")],
    &[row("99B", "SETT", Shape::Count, "NbCounts/CurInstrNb")],
];

/// A lot of a balance.
const LOT: &[Row] = &[
    row("13B", "LOTS", Shape::Number, "LotNb"),
    row("36B", "LOTS", Shape::Quantity, "LotQty"),
    row("", "SSBT", Shape::Code, "SctiesSubBalTp"),
];
/// Where lots stand: of the instrument, and of the two balances.
const LOTS: [&str; 3] =
    ["FinInstrmAttrbts/QtyBrkdwn", "IntraPosDtls/BalFr/QtyBrkdwn", "IntraPosDtls/BalTo/QtyBrkdwn"];

/// The issuer of an identifier that is an LEI.
const LEI: &str = "LEI";

/// The two balances.
const FROM: &str = "IntraPosDtls/BalFr/Tp";
const TO: &str = "IntraPosDtls/BalTo/Tp";

/// The quantity: of an order, and of what is done.
const QUANTITIES: [&str; 2] = ["IntraPosDtls/SttlmQty", "IntraPosDtls/SttldQty"];

const PREVIOUSLY: &str = "IntraPosDtls/PrevslySttldQty";
const REMAINING: &str = "IntraPosDtls/RmngToBeSttldQty";
const DAY: &str = "IntraPosDtls/SttlmDt";
const WORDS: &str = "IntraPosDtls/InstrPrcgAddtlDtls";

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let done = root.name() == DONE;
    let at = |path: &'static str| root.get(path).ok_or_else(|| Unread::missing(root, path));
    let balance = |path: &'static str| details::code(at(path)?).ok_or_else(|| Unread::missing(root, path));
    let quantity = |path: &str| root.get(path).and_then(|at| parts::quantity(at).ok());
    let own = if done { may(root, "AddtlParams/AcctOwnrTxId") } else { Some(need(root, "TxId")?) };
    let counts = COUNTS.iter().flat_map(|rows| details::read(root, rows));
    let [lots, from_lots, to_lots] = LOTS.map(|path| lots(root, path));
    let ties = TIES.iter().filter_map(|(kind, path)| Some(Linkage::new(kind, may(root, path)?)));
    Ok(Event::IntraPosition(Box::new(IntraPositionChange {
        id: reading.message_id.clone(),
        prepared: reading.created,
        done,
        instruction: own,
        servicer_reference: may(root, "AddtlParams/AcctSvcrTxId"),
        market_reference: may(root, "AddtlParams/MktInfrstrctrTxId"),
        linkages: ties.chain(root.all("Lnkgs").filter_map(links::linkage)).collect(),
        account_owner: root.get("AcctOwnr").and_then(owner),
        account: terms::stated(root),
        instrument: parts::instrument(at("FinInstrmId")?),
        attributes: details::read(root, attributes::OF_INSTRUCTION),
        lots,
        quantity: parts::quantity(at(QUANTITIES[usize::from(done)])?)?,
        previously: quantity(PREVIOUSLY),
        remaining: quantity(REMAINING),
        day: details::moment(at(DAY)?).ok_or_else(|| Unread::missing(root, DAY))?,
        from: balance(FROM)?,
        from_lots,
        to: balance(TO)?,
        to_lots,
        details: details::read(root, DETAILS).into_iter().chain(counts).collect(),
        narrative: root.value(WORDS).map(str::to_owned),
        supplementary: Vec::new(),
    })))
}

/// The lots that stand down this way.
fn lots(root: At<'_, '_>, path: &str) -> Vec<Lot> {
    let Some((above, name)) = path.rsplit_once('/') else { return Vec::new() };
    let found = root.get(above).into_iter().flat_map(|at| at.all(name).collect::<Vec<_>>());
    found.map(|lot| Lot { details: details::read(lot, LOT) }).collect()
}

/// The way back.
fn put_lots(
    (schema, of): (&Schema, TypeId),
    root: &mut Draft,
    path: &'static str,
    lots: &[Lot],
    field: &'static str,
    losses: &mut Losses,
) {
    let Some((above, name)) = path.rsplit_once('/') else { return };
    let place = schema.down(of, path);
    for lot in lots {
        let Some(of) = place else {
            losses.add(field, format!("{:?}", lot.details), "the message has no lots here");
            continue;
        };
        let mut draft = Draft::new(name);
        sheet::put((schema, of), &mut draft, LOT, &lot.details, field, losses);
        if !draft.is_empty() {
            root.at(above).take_child(name, draft);
        }
    }
}

/// An owner is named here by a choice alone, with nothing around it.
pub(super) fn owner(at: At<'_, '_>) -> Option<Party> {
    if let Some(bic) = may(at, "AnyBIC") {
        return Some(Party::bic(bic));
    }
    let own = at.get("PrtryId")?;
    let (issuer, id) = (issued::issuer(own), own.value("Id")?.to_owned());
    if let (LEI, Ok(lei)) = (issuer.as_str(), id.parse()) {
        return Some(Party::new(PartyId::Lei(lei)));
    }
    Some(Party::new(PartyId::Proprietary { issuer, id }))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::IntraPosition(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    if let Some(id) = e.id.as_ref().filter(|id| !writing.carries(id)) {
        let why = "the message is known by the identifier of its header";
        writing.losses.add("intra_position.id", id, why);
    }
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let to = (schema, schema.own());
    let mut root = Draft::new(if e.done { DONE } else { ROOT });
    put_references(&mut root, e, schema, losses)?;
    if let Some(owner) = &e.account_owner {
        let mut draft = Draft::new("AcctOwnr");
        put_owner(&mut draft, owner, "intra_position.account_owner", losses);
        if !draft.is_empty() {
            root.take_child("AcctOwnr", draft);
        }
    }
    if let Some(account) = &e.account {
        terms::put_stated(to, &mut root, account, "intra_position.account", losses);
    }
    parts::put_instrument(root.at("FinInstrmId"), "intra_position.instrument", &e.instrument);
    let quantity = QUANTITIES[usize::from(e.done)];
    parts::put_quantity(root.at(quantity), "intra_position.quantity", &e.quantity);
    let others = [
        (PREVIOUSLY, "intra_position.previously", &e.previously),
        (REMAINING, "intra_position.remaining", &e.remaining),
    ];
    for (path, field, quantity) in others {
        match quantity {
            Some(quantity) if e.done => parts::put_quantity(root.at(path), field, quantity),
            Some(quantity) => losses.add(field, quantity.value(), "an order says only what is to move"),
            None => {}
        }
    }
    let day = V::Moment(e.day.clone());
    sheet::put_value(to, &mut root, (Shape::Moment, DAY), &day, "intra_position.day", losses);
    parts::put_code(root.at(FROM), "intra_position.from", &e.from);
    parts::put_code(root.at(TO), "intra_position.to", &e.to);
    let field = "intra_position.attributes";
    sheet::put(to, &mut root, attributes::OF_INSTRUCTION, &e.attributes, field, losses);
    let fields = ["intra_position.lots", "intra_position.from_lots", "intra_position.to_lots"];
    for ((path, field), lots) in LOTS.into_iter().zip(fields).zip([&e.lots, &e.from_lots, &e.to_lots]) {
        put_lots(to, &mut root, path, lots, field, losses);
    }
    let count = |d: &Detail| matches!(d.value, V::Count(_));
    let (counts, said): (Vec<Detail>, Vec<Detail>) = e.details.iter().cloned().partition(count);
    sheet::put(to, &mut root, DETAILS, &said, "intra_position.details", losses);
    let of_how_many = counts.iter().any(|d| d.code == "TOSE");
    sheet::put(to, &mut root, COUNTS[usize::from(!of_how_many)], &counts, "intra_position.details", losses);
    root.set_some(WORDS, "intra_position.narrative", e.narrative.as_ref());
    Ok(root)
}

fn put_references(
    root: &mut Draft,
    e: &IntraPositionChange,
    schema: &Schema,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let own = "intra_position.instruction";
    let others = [
        ("AddtlParams/AcctSvcrTxId", "intra_position.servicer_reference", &e.servicer_reference),
        ("AddtlParams/MktInfrstrctrTxId", "intra_position.market_reference", &e.market_reference),
    ];
    match &e.instruction {
        Some(reference) if e.done => root.set("AddtlParams/AcctOwnrTxId", own, reference),
        Some(reference) => root.set("TxId", own, reference),
        None if e.done => {}
        None => return Err(EncodeError::Missing { field: own, message: schema.message().to_owned() }),
    }
    for (path, field, reference) in others {
        match reference {
            Some(reference) if e.done => root.set(path, field, reference),
            Some(reference) => losses.add(field, reference, "an order has the owner's reference alone"),
            None => {}
        }
    }
    let field = "intra_position.linkages";
    for tie in &e.linkages {
        let free = |path: &&'static str| {
            let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
            let parent = if above.is_empty() { Some(schema.own()) } else { schema.down(schema.own(), above) };
            let particle = parent.and_then(|parent| schema.child(parent, name));
            let fits = particle.and_then(|p| schema.value_type(p.type_id));
            fits.is_some_and(|s| s.check(tie.reference.as_str()).is_ok()) && root.find(path).is_none()
        };
        let path = TIES.iter().filter(|(kind, _)| *kind == tie.kind).map(|(_, path)| *path).find(free);
        match (path.filter(|_| tie.is_plain()), schema.child(schema.own(), "Lnkgs")) {
            (Some(path), _) => root.set(path, field, &tie.reference),
            (None, Some(particle)) => {
                let mut draft = Draft::new("Lnkgs");
                if links::put_linkage((schema, particle.type_id), &mut draft, tie, field, losses) {
                    root.take_child("Lnkgs", draft);
                }
            }
            (None, None) => {
                let shown = format!("{} {}", tie.kind, tie.reference);
                losses.add(field, shown, "the message has no place for this tie");
            }
        }
    }
    Ok(())
}

/// Writes an owner where a choice alone names it.
pub(super) fn put_owner(draft: &mut Draft, owner: &Party, field: &'static str, losses: &mut Losses) {
    match &owner.id {
        PartyId::Bic(bic) => draft.set("AnyBIC", field, bic),
        PartyId::Proprietary { issuer, id } => {
            issued::put(draft.at("PrtryId"), field, id, issuer);
        }
        PartyId::Lei(lei) => {
            draft.set("PrtryId/Id", field, lei);
            draft.set("PrtryId/Issr", field, LEI);
        }
        other => losses.add(field, format!("{other:?}"), "an owner is named here by BIC or identifier"),
    }
}
