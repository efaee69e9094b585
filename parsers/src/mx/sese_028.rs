//! sese.028 and sese.029: what a counterparty alleges, and that it does so no more (MT578).
//!
//! The message says the direction as the alleged party has to instruct; the model says it from there too.

use super::encode::Draft;
use super::links;
use super::messages::{Reading, Writing};
use super::parties::{self, Place};
use super::parts::{self, Unread, may, need};
use super::terms::{self, ALLEGEMENT};
use super::transaction;
use crate::codec::EncodeError;
use crate::model::{
    AllegedTrade, Allegement, AllegementFunction, Detail, Event, FurtherDetails, Linkage, Moment, Terms,
    TransactionDetails,
};

/// The root element of an allegement.
pub(super) const ROOT: &str = "SctiesSttlmTxAllgmtNtfctn";
/// The root element of its removal.
pub(super) const REMOVAL: &str = "SctiesSttlmAllgmtRmvlAdvc";

/// Stands for the type of a transaction that a removal does not say.
const UNKNOWN_TYPE: &str = "TRAD";

/// Reads an allegement.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let path = "SttlmTpAndAddtlParams";
    let params = root.get(path).ok_or_else(|| Unread::missing(root, path))?;
    let mut terms = terms::read(root, parts::direction(params)?, None, &ALLEGEMENT)?;
    // One group holds them all, as it does in MT.
    let parties = std::mem::take(&mut terms.more.other_parties);
    let parties: Vec<Detail> = parties.into_iter().flatten().collect();
    let additional = if parties.is_empty() { Vec::new() } else { vec![parties] };
    if matches!(root.value("SttlmParams/HldInd"), Some("true" | "1")) {
        let hold = crate::model::DetailValue::Flag(true);
        terms.more.settlement_details.push(Detail::new("PREA", hold));
    }
    let mut linkages = links::read(root);
    let named = [("COMM", "SttlmTpAndAddtlParams/CmonId"), ("MITI", "MktInfrstrctrTxId")];
    for (kind, path) in named {
        linkages.extend(may(root, path).map(|reference| Linkage::new(kind, reference)));
    }
    let trade = AllegedTrade::of(terms).ok_or_else(|| terms::no_day(root, &["TradDtls/SttlmDt"]))?;
    Ok(Event::Allegement(Box::new(Allegement {
        supplementary: Vec::new(),
        id: need(root, "TxId")?,
        function: AllegementFunction::New,
        prepared: reading.created,
        trade: AllegedTrade { linkages, ..trade },
        additional,
    })))
}

/// Reads a removal, whose transaction must be repeated for it to be held against an allegement.
pub(super) fn read_removal(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let path = "AcctSvcrTxId";
    let ids = root.get(path).ok_or_else(|| Unread::missing(root, path))?;
    let (movement, payment) = parts::direction(ids)?;
    let details = root.get("TxDtls").ok_or_else(|| Unread::missing(root, "TxDtls"))?;
    let stated = transaction::read(details, (Some(movement), Some(payment)));
    let missing = |name| Unread::missing(details, name);
    let more = stated.more.map(|more| *more).unwrap_or_default();
    let terms = Terms {
        movement,
        payment,
        instrument: Some(stated.instrument.ok_or_else(|| missing("FinInstrmId"))?),
        quantity: Some(stated.quantity.ok_or_else(|| missing("SttlmQty"))?),
        previously_settled: None,
        remaining: None,
        amount: stated.amount,
        previously_settled_amount: None,
        remaining_amount: None,
        other_amounts: Vec::new(),
        price: None,
        trade_date: details.get("TradDt").and_then(terms::dated),
        settlement_date: details.get("SttlmDt").and_then(terms::dated),
        effective_date: None,
        place_of_trade: None,
        account: terms::stated(root),
        cash_account: None,
        account_owner: root.get("AcctOwnr").and_then(parties::party),
        transaction_type: Some(UNKNOWN_TYPE.to_owned()),
        conditions: Vec::new(),
        partial: None,
        priority: None,
        delivering: stated.delivering,
        receiving: stated.receiving,
        narrative: None,
        more: FurtherDetails { party_details: more.party_details, ..FurtherDetails::default() },
    };
    let mut linkages: Vec<Linkage> = Vec::new();
    linkages.push(Linkage::new("PREV", need(ids, "TxId")?));
    let named = [("MITI", "MktInfrstrctrTxId"), ("CPMI", "CtrPtyMktInfrstrctrTxId")];
    for (kind, path) in named {
        linkages.extend(may(root, path).map(|reference| Linkage::new(kind, reference)));
    }
    let trade = AllegedTrade::of(terms).ok_or_else(|| terms::no_day(root, &["TxDtls/SttlmDt"]))?;
    let id = reading.message_id.clone().map_or_else(|| need(ids, "TxId"), Ok)?;
    Ok(Event::Allegement(Box::new(Allegement {
        supplementary: Vec::new(),
        id,
        function: AllegementFunction::Cancel,
        prepared: reading.created,
        trade: AllegedTrade { linkages, ..trade },
        additional: Vec::new(),
    })))
}

/// Drafts an allegement.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Allegement(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    let schema = writing.schema;
    let mut root = Draft::new(ROOT);
    root.set("TxId", "allegement.id", &e.id);
    let params = root.at("SttlmTpAndAddtlParams");
    params.set("SctiesMvmntTp", "allegement.trade.movement", parts::movement_code(e.trade.movement));
    params.set("Pmt", "allegement.trade.payment", parts::payment_code(e.trade.payment));
    let mut ties = e.trade.linkages.clone();
    for (kind, path) in [("COMM", "SttlmTpAndAddtlParams/CmonId"), ("MITI", "MktInfrstrctrTxId")] {
        if let Some(index) = ties.iter().position(|l| l.kind == kind) {
            let tie = ties.remove(index);
            root.set(path, "allegement.trade.linkages", &tie.reference);
            if !tie.is_plain() {
                let why = "the message says no more of this tie than the reference";
                writing.losses.add("allegement.trade.linkages", tie.reference, why);
            }
        }
    }
    links::put((schema, schema.own()), &mut root, &ties, "allegement.trade.linkages", &mut writing.losses);
    if let Some(status) = &e.trade.status {
        writing.losses.add(
            "allegement.trade.status",
            format!("{:?}", status.kind),
            "the message has no status",
        );
    }
    let mut terms = e.trade.terms();
    let hold = |d: &mut Detail| d.code == "PREA" && matches!(d.value, crate::model::DetailValue::Flag(true));
    if terms.more.amount_details.extract_if(.., hold).count() > 0 {
        root.set("SttlmParams/HldInd", "allegement.trade.settlement_details", "true");
    }
    terms.more.other_parties.clone_from(&e.additional);
    let before = writing.losses.0.len();
    terms::put(&mut root, &terms, &ALLEGEMENT, writing)?;
    for loss in writing.losses.0.iter_mut().skip(before) {
        // Parties beside stand beside the trade.
        if loss.field.starts_with("allegement.trade.other_parties") {
            "allegement.additional".clone_into(&mut loss.field);
        }
    }
    Ok(root)
}

/// Drafts a removal.
pub(super) fn write_removal(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Allegement(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    let schema = writing.schema;
    let mut root = Draft::new(REMOVAL);
    let previous = e.trade.linkages.iter().find(|l| l.kind == "PREV").map(|l| &l.reference);
    let carried = writing.carries(&e.id);
    if !carried && previous.is_some_and(|previous| *previous != e.id) {
        let why = "the removal is known by the message identifier of its header";
        writing.losses.add("allegement.id", &e.id, why);
    }
    let ids = root.at("AcctSvcrTxId");
    ids.set("TxId", "allegement.trade.linkages", previous.unwrap_or(&e.id));
    ids.set("SctiesMvmntTp", "allegement.trade.movement", parts::movement_code(e.trade.movement));
    ids.set("Pmt", "allegement.trade.payment", parts::payment_code(e.trade.payment));
    let losses = &mut writing.losses;
    let named = [("MITI", "MktInfrstrctrTxId"), ("CPMI", "CtrPtyMktInfrstrctrTxId")];
    for tie in e.trade.linkages.iter().filter(|l| l.kind != "PREV") {
        let path = named.iter().find(|(kind, _)| *kind == tie.kind).map(|(_, path)| *path);
        match path.filter(|path| schema.child(schema.own(), path).is_some() && root.find(path).is_none()) {
            Some(path) => root.set(path, "allegement.trade.linkages", &tie.reference),
            None => losses.add(
                "allegement.trade.linkages",
                format!("{} {}", tie.kind, tie.reference),
                "a removal has no place for this tie",
            ),
        }
    }
    if let Some(owner) = &e.trade.account_owner {
        let field = "allegement.trade.account_owner";
        parties::put_party(root.at("AcctOwnr"), field, owner, Place::Owner, losses)?;
    }
    if let Some(account) = &e.trade.account {
        terms::put_stated((schema, schema.own()), &mut root, account, "allegement.trade.account", losses);
    }
    let mut trade_details = Vec::new();
    let mut day =
        |code: &str, moment: Option<Moment>| crate::model::further::day_of(code, moment, &mut trade_details);
    let (trade_date, settlement_date) =
        (day("TRAD", e.trade.trade_date.clone()), day("SETT", Some(e.trade.settlement_date.clone())));
    let more = FurtherDetails {
        trade_details,
        party_details: e.trade.party_details.clone(),
        ..FurtherDetails::default()
    };
    let stated = TransactionDetails {
        movement: Some(e.trade.movement),
        instrument: Some(e.trade.instrument.clone()),
        quantity: Some(e.trade.quantity),
        amount: e.trade.amount,
        trade_date,
        settlement_date,
        delivering: e.trade.delivering.clone(),
        receiving: e.trade.receiving.clone(),
        more: more.boxed(),
        ..TransactionDetails::default()
    };
    transaction::put((schema, schema.own()), &mut root, &stated, losses)?;
    let said = AllegedTrade::of(Terms {
        more: FurtherDetails { party_details: e.trade.party_details.clone(), ..FurtherDetails::default() },
        other_amounts: Vec::new(),
        price: None,
        cash_account: None,
        conditions: Vec::new(),
        partial: None,
        priority: None,
        narrative: None,
        place_of_trade: None,
        transaction_type: Some(UNKNOWN_TYPE.to_owned()),
        ..e.trade.terms()
    });
    let linkages = e.trade.linkages.clone();
    if said.map(|said| AllegedTrade { linkages, ..said }).as_ref() != Some(&e.trade)
        || !e.additional.is_empty()
    {
        let why = "a removal repeats instrument, quantity, amount, dates and parties, and no more";
        losses.add("allegement.trade", "the rest of the trade", why);
        for field in LEFT {
            losses.add(*field, "", why);
        }
    }
    Ok(root)
}

/// What a removal does not repeat.
const LEFT: &[&str] = &[
    "allegement.trade.attributes",
    "allegement.trade.conversion",
    "allegement.trade.value_date",
    "allegement.trade.other_amounts",
    "allegement.trade.price",
    "allegement.trade.cash_account",
    "allegement.trade.transaction_type",
    "allegement.trade.conditions",
    "allegement.trade.partial",
    "allegement.trade.cash_parties",
    "allegement.trade.lots",
    "allegement.trade.second_leg",
    "allegement.trade.trade_details",
    "allegement.trade.account_details",
    "allegement.trade.settlement_details",
    "allegement.additional",
];
