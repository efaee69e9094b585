//! Transactions as statements list them, both ways: their references, and what is said of them.

use super::chains;
use super::details::{self, Row, Shape, put_value, row};
use super::details::{put as put_details, read as read_details};
use super::encode::{Draft, Losses};
use super::outline::At;
use super::parts::{self, Usual, may};
use super::schema::{Schema, TypeId};
use super::sheet::show;
use super::supplementary;
use crate::codec::EncodeError;
use crate::model::{
    Amount, DetailValue as V, Linkage, ListedTransaction, Movement, Quantity, Reference, TransactionFacts,
};

/// References of a transaction: the kind of link, and its element.
pub(super) const LINKS: &[(&str, &str)] = &[
    ("RELA", "AcctOwnrTxId"),
    ("ASRF", "AcctSvcrTxId"),
    ("MITI", "MktInfrstrctrTxId"),
    ("PCTI", "CtrPtyMktInfrstrctrTxId"),
    ("PROC", "PrcrTxId"),
    ("TRRF", "TradId"),
    ("UTIX", "UnqTxIdr"),
    ("COMM", "CmonId"),
    ("POOL", "PoolId"),
    ("CORP", "CorpActnEvtId"),
    ("TCTR", "TrptyAgtSvcPrvdrCollTxId"),
    ("CLTR", "ClntTrptyCollTxId"),
    ("CLCI", "ClntCollInstrId"),
    ("TRCI", "TrptyAgtSvcPrvdrCollInstrId"),
    ("MAST", "MstrRef"),
    ("COLR", "CollTxId"),
];

/// Stands for a reference where none is known and one is required.
pub(super) const NO_REFERENCE: &str = "NONREF";

/// What is said of a transaction beside.
const FACTS: &[Row] = &[
    row("22F", "CAEV", Shape::Code, "SttlmTxOrCorpActnEvtTp/CorpActnEvtTp"),
    row("22F", "STCO", Shape::Code, "SttlmParams/SttlmTxCond"),
    row("22F", "STCO", Shape::Code, "SttlmParams/PrtlSttlmInd"),
    row("22F", "TRCA", Shape::Code, "SttlmParams/SttlgCpcty"),
    row("22F", "STAM", Shape::Code, "SttlmParams/StmpDtyTaxBsis"),
    row("22F", "RTGS", Shape::Indicator("YRTG", "NRTG"), "SttlmParams/SctiesRTGS"),
    row("22F", "REGT", Shape::Code, "SttlmParams/Regn"),
    row("22F", "BENE", Shape::Indicator("YBEN", "NBEN"), "SttlmParams/BnfclOwnrsh"),
    row("22F", "CASY", Shape::Code, "SttlmParams/CshClrSys"),
    row("22F", "TCPI", Shape::Code, "SttlmParams/TaxCpcty"),
    row("22F", "REPT", Shape::Code, "SttlmParams/RpTp"),
    row("22F", "MACL", Shape::Code, "SttlmParams/MktClntSd"),
    row("22F", "BLOC", Shape::Code, "SttlmParams/BlckTrad"),
    row("22F", "REST", Shape::Code, "SttlmParams/LglRstrctns"),
    row("22F", "SETS", Shape::Code, "SttlmParams/SttlmSysMtd"),
    row("22F", "NETT", Shape::Indicator("YNET", "NNET"), "SttlmParams/NetgElgblty"),
    row("22F", "CCPT", Shape::Indicator("YCCP", "NCCP"), "SttlmParams/CCPElgblty"),
    row("22F", "LEOG", Shape::Indicator("YLEO", "NLEO"), "SttlmParams/LttrOfGrnt"),
    row("94a", "TRAD", Shape::Place, "PlcOfTrad"),
    row("94a", "SAFE", Shape::Place, "SfkpgPlc"),
    row("94a", "CLEA", Shape::Place, "PlcOfClr"),
    row("36B", "PRTR", Shape::Quantity, "PrtlyRlsdQty"),
    row("99A", "DAAC", Shape::Count, "NbOfDaysAcrd"),
    row("19A", "ACRU", Shape::Amount, "AcrdIntrstAmt"),
    row("19A", "OCMT", Shape::Amount, "PstngAmt/OrgnlCcyAndOrdrdAmt"),
    row("98a", "EXSE", Shape::Moment, "XpctdSttlmDt"),
    row("98a", "ADEL", Shape::Moment, "LateDlvryDt"),
    row("98a", "EXVA", Shape::Moment, "XpctdValDt"),
    row("98a", "VALU", Shape::Moment, "ValDt"),
    row("98a", "ASTS", Shape::Moment, "AckdStsTmStmp"),
    row("98a", "MTCH", Shape::Moment, "MtchdStsTmStmp"),
    row("25D", "MOVE", Shape::Indicator("REVE", "SETT"), "RvslInd"),
    row("98a", "CORP", Shape::Moment, "CorpActnRltdDt"),
    row("95a", "ACOW", Shape::Party, "AcctOwnr"),
];

/// Reads a transaction: its references at once, what is said of it below `TxDtls`.
pub(super) fn read(at: At<'_, '_>) -> ListedTransaction {
    ListedTransaction {
        linkages: linkages(at),
        facts: at.get("TxDtls").map(facts),
        supplementary: Vec::new(),
    }
}

/// Reads the references of a transaction; one that says that there is none says nothing.
pub(super) fn linkages(at: At<'_, '_>) -> Vec<Linkage> {
    let mut list = Vec::new();
    for (kind, element) in LINKS {
        for found in at.all(element) {
            let Ok(reference) = found.text().trim().parse::<Reference>() else { continue };
            if reference.as_str() != NO_REFERENCE {
                list.push(Linkage::new(kind, reference));
            }
        }
    }
    list
}

/// Writes the references of a transaction; `owned` where that of the account owner must stand.
pub(super) fn put_linkages(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    linkages: &[Linkage],
    owned: bool,
    losses: &mut Losses,
) {
    for linkage in linkages {
        let element = LINKS.iter().find(|(kind, _)| *kind == linkage.kind).map(|(_, element)| *element);
        let room = element.and_then(|element| Some((element, schema.child(of, element)?.occurs.1 as usize)));
        match room {
            Some((element, most)) if draft.count(element) < most => {
                let mut named = Draft::new(element);
                named.say("linkages", linkage.reference.as_str());
                draft.take_child(element, named);
                if let Some(message) = &linkage.message {
                    losses.add("linkages.message", message, "a reference stands without its message here");
                }
                if !linkage.position.is_empty() {
                    losses.add(
                        "linkages.position",
                        &linkage.position,
                        "there is no order of processing here",
                    );
                }
            }
            found => {
                let why = if found.is_some() {
                    "a reference of this kind can stand once"
                } else {
                    "there is no reference of this kind here"
                };
                losses.add("linkages", format!("{} {}", linkage.kind, linkage.reference), why);
            }
        }
    }
    if owned && draft.count("AcctOwnrTxId") == 0 {
        draft.set("AcctOwnrTxId", "linkages", NO_REFERENCE);
    }
}

/// Money with the sign of a movement: positive on the usual side of the cash.
pub(super) fn posted(at: At<'_, '_>, movement: Movement) -> Option<Amount> {
    let amount = parts::amount(at, movement, Usual::ByMovement)?;
    let usual = if movement == Movement::Receive { "DBIT" } else { "CRDT" };
    let opposite = at.value("CdtDbt").is_some_and(|side| side != usual) && !amount.value().is_zero();
    Some(if opposite { Amount::new(amount.currency(), -amount.value()) } else { amount })
}

/// Writes money with the sign of a movement.
pub(super) fn put_posted(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    field: &'static str,
    amount: &Amount,
    movement: Movement,
) {
    let negative = amount.value().is_sign_negative() && !amount.value().is_zero();
    draft.set_money("Amt", field, amount.value().abs(), amount.currency());
    let debit = (movement == Movement::Receive) != negative;
    let side = if schema.child(of, "CdtDbt").is_some() { "CdtDbt" } else { "CdtDbtInd" };
    draft.set(side, field, if debit { "DBIT" } else { "CRDT" });
}

/// Reads a quantity below whatever wraps it.
pub(super) fn quantity(at: At<'_, '_>) -> Option<Quantity> {
    parts::quantity(at).ok().or_else(|| parts::quantity(at.get("Qty")?).ok())
}

/// Writes a quantity below whatever wraps it.
pub(super) fn put_quantity(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    field: &'static str,
    quantity: &Quantity,
) {
    let mut place = draft;
    let mut of = of;
    while let Some(below) = schema.child(of, "Qty") {
        place = place.at("Qty");
        of = below.type_id;
    }
    parts::put_quantity(place, field, quantity);
}

/// Reads what is said of a transaction.
pub(super) fn facts(at: At<'_, '_>) -> TransactionFacts {
    let movement = at.value("SctiesMvmntTp").and_then(parts::movement);
    let moment = |name| at.get(name).and_then(details::moment);
    let chains = chains::read(at);
    TransactionFacts {
        instrument: at.get("FinInstrmId").map(parts::instrument),
        movement,
        payment: at.value("Pmt").and_then(parts::payment),
        posting: at.get("TxActvty").and_then(details::code),
        transaction_type: at.get("SttlmTxOrCorpActnEvtTp/SctiesTxTp").and_then(details::code),
        quantity: at.get("PstngQty").and_then(quantity),
        amount: at.get("PstngAmt").and_then(|at| posted(at, movement.unwrap_or(Movement::Receive))),
        trade_date: moment("TradDt"),
        settlement_date: moment("SttlmDt"),
        effective_date: moment("FctvSttlmDt"),
        account: super::statement::account(at),
        delivering: chains.delivering,
        receiving: chains.receiving,
        party_details: chains.details,
        narrative: at.value("TxAddtlDtls").map(str::to_owned),
        details: read_details(at, FACTS),
    }
}

/// Writes a transaction.
pub(super) fn put(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    transaction: &ListedTransaction,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    put_linkages(place, draft, &transaction.linkages, true, losses);
    if let Some(facts) = &transaction.facts {
        put_facts(place, draft, facts, losses)?;
    }
    // It stands with the transaction, or with what is said of it.
    let (schema, of) = place;
    let data = &transaction.supplementary;
    let below = schema.down(of, "TxDtls").filter(|of| schema.child(*of, supplementary::ELEMENT).is_some());
    match below.filter(|_| draft.find("TxDtls").is_some()) {
        Some(of) => supplementary::put((schema, of), draft.at("TxDtls"), data, "supplementary", losses),
        None => supplementary::put(place, draft, data, "supplementary", losses),
    }
    Ok(())
}

/// Writes what is said of a transaction; where something is missing that must be said, all of it is left out.
pub(super) fn put_facts(
    (schema, around): (&Schema, TypeId),
    around_draft: &mut Draft,
    facts: &TransactionFacts,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let Some(of) = schema.down(around, "TxDtls") else {
        losses.add("facts", "", "the message says no more of a transaction than its references");
        return Ok(());
    };
    let mut draft = Draft::new("TxDtls");
    put_core((schema, of), &mut draft, facts, losses);
    let sides = [&facts.delivering, &facts.receiving];
    let names = ["facts.delivering", "facts.receiving"];
    chains::put(&mut draft, names, sides, &facts.party_details, losses)?;
    put_details((schema, of), &mut draft, FACTS, &facts.details, "facts.details", losses);
    let mut told = Losses::default();
    if draft.fit((schema, of), &mut told) {
        losses.0.append(&mut told.0);
        around_draft.take_child("TxDtls", draft);
    } else {
        let missing = draft.lacking((schema, of)).unwrap_or("something");
        let why = format!("left out: the message says nothing of a transaction without {missing}");
        losses.add("facts", serde_json::to_string(facts).unwrap_or_default(), why);
    }
    Ok(())
}

fn put_core(place: (&Schema, TypeId), draft: &mut Draft, facts: &TransactionFacts, losses: &mut Losses) {
    let (schema, of) = place;
    if let Some(instrument) = &facts.instrument {
        parts::put_instrument(draft.at("FinInstrmId"), "facts.instrument", instrument);
    }
    if schema.child(of, "TxActvty").is_some() && facts.posting.is_none() {
        let why = "what kind of posting must be said: a settlement stands";
        losses.add("facts.posting", "", why);
        draft.set("TxActvty/Cd", "facts.posting", "SETT");
    }
    draft.set_some("SctiesMvmntTp", "facts.movement", facts.movement.map(parts::movement_code));
    draft.set_some("Pmt", "facts.payment", facts.payment.map(parts::payment_code));
    let mut value = |path, shape, field, value: Option<V>| {
        if let Some(value) = value {
            put_value(place, draft, (shape, path), &value, field, losses);
        }
    };
    value("TxActvty", Shape::Code, "facts.posting", facts.posting.clone().map(V::Code));
    let kind = facts.transaction_type.clone().map(V::Code);
    value("SttlmTxOrCorpActnEvtTp/SctiesTxTp", Shape::Code, "facts.transaction_type", kind);
    value("TradDt", Shape::Moment, "facts.trade_date", facts.trade_date.clone().map(V::Moment));
    value("SttlmDt", Shape::Moment, "facts.settlement_date", facts.settlement_date.clone().map(V::Moment));
    let effective = facts.effective_date.clone().map(V::Moment);
    value("FctvSttlmDt", Shape::Moment, "facts.effective_date", effective);
    value("TxAddtlDtls", Shape::Text, "facts.narrative", facts.narrative.clone().map(V::Text));
    let must = schema.child(of, "FctvSttlmDt").is_some_and(|p| p.occurs.0 > 0);
    if let (true, None, Some(settled)) = (must, &facts.effective_date, &facts.settlement_date) {
        let settled = V::Moment(settled.clone());
        let why = "when it settled must be said: the intended date stands";
        losses.add("facts.effective_date", show(&settled), why);
        put_value(place, draft, (Shape::Moment, "FctvSttlmDt"), &settled, "facts.effective_date", losses);
    }
    if let (Some(quantity), Some(of)) = (&facts.quantity, schema.down(of, "PstngQty")) {
        put_quantity((schema, of), draft.at("PstngQty"), "facts.quantity", quantity);
    }
    if let (Some(amount), Some(of)) = (&facts.amount, schema.down(of, "PstngAmt")) {
        let movement = facts.movement.unwrap_or(Movement::Receive);
        put_posted((schema, of), draft.at("PstngAmt"), "facts.amount", amount, movement);
    }
    if let Some(account) = &facts.account {
        super::statement::put_account(place, draft, "facts.account", account, losses);
    }
}

/// The reference of a transaction by its element.
pub(super) fn reference(at: At<'_, '_>, element: &str) -> Option<Reference> {
    may(at, element)
}
