//! Writing the terms that instructions, confirmations, reversals, allegements and their financing twins share.

use super::attributes;
use super::details::Shape;
use super::encode::{Draft, Losses};
use super::messages::Writing;
use super::parties::{self, Place};
use super::parts::{self, Usual};
use super::rows;
use super::schema::{Schema, TypeId};
use super::terms::{Fields, Names};
use super::{sheet, supplementary};
use crate::codec::EncodeError;
use crate::model::{
    Detail, DetailValue as V, FurtherDetails, Moment, Movement, Payment, Quantity, QuantityKind,
    StatedAccount, Terms,
};

/// Writes the terms below the first own element, but for direction and references.
pub(super) fn put(
    root: &mut Draft,
    terms: &Terms,
    names: &Names,
    writing: &mut Writing<'_>,
) -> Result<(), EncodeError> {
    put_below((writing.schema, writing.schema.own()), root, terms, names, &mut writing.losses)
}

/// Writes terms, or a part of them, below an element of a type.
pub(super) fn put_below(
    to: (&Schema, TypeId),
    root: &mut Draft,
    terms: &Terms,
    names: &Names,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let fields = &names.fields;
    let (schema, of) = to;
    let more = &terms.more;
    put_trade(to, root, terms, names, losses);
    if let Some(instrument) = &terms.instrument {
        if schema.child(of, "FinInstrmId").is_some() {
            parts::put_instrument(root.at("FinInstrmId"), fields.instrument, instrument);
        } else {
            losses.add(fields.instrument, format!("{instrument:?}"), "the message names no instrument here");
        }
    }
    sheet::put(to, root, attributes::OF_INSTRUCTION, &more.attributes, fields.attributes, losses);
    put_quantities(to, root, terms, names, losses)?;
    put_second_leg(to, root, terms, names, losses);
    put_parameters(to, root, terms, names, losses);
    put_sides(to, root, terms, fields, losses)?;
    put_cash_parties(to, root, more, fields, losses);
    put_money(to, root, terms, names, losses);
    let mut others = Draft::new("OthrBizPties");
    let place = (schema, schema.down(of, "OthrBizPties"));
    put_other_parties(place, &mut others, &more.other_parties, fields.other_parties, losses);
    if !others.is_empty() {
        root.take_child("OthrBizPties", others);
    }
    supplementary::put(to, root, &more.supplementary, fields.supplementary, losses);
    if let Some(copy) = more.copy.as_deref() {
        let place = ["SttlmTpAndAddtlParams", "TxTpAndAddtlParams"]
            .into_iter()
            .find(|name| schema.down(of, name).is_some_and(|id| schema.child(id, "RcncltnInd").is_some()));
        match place.filter(|_| copy == "RECO") {
            Some(place) => root.at(place).set("RcncltnInd", fields.general, "true"),
            None => losses.add("more.copy", copy, "whether it is a copy is said in the header, and not here"),
        }
    }
    for detail in &more.network_fee {
        losses.add(fields.network_fee, sheet::show(&detail.value), "there is no element for a network fee");
    }
    Ok(())
}

fn put_trade(to: (&Schema, TypeId), root: &mut Draft, terms: &Terms, names: &Names, losses: &mut Losses) {
    let ((schema, of), fields) = (to, &names.fields);
    let mut moment = |root: &mut Draft, paths: &[&'static str], moment: Option<&Moment>, field| {
        let Some(moment) = moment else { return };
        let path = paths.iter().find(|path| schema.down(of, path).is_some());
        match path {
            Some(path) => {
                sheet::put_value(to, root, (Shape::Moment, path), &V::Moment(moment.clone()), field, losses)
            }
            None => {
                losses.add(field, sheet::show(&V::Moment(moment.clone())), "the message has no such date")
            }
        }
    };
    moment(root, &["TradDtls/TradDt"], terms.trade_date.as_ref(), fields.trade_date);
    let dates = ["TradDtls/SttlmDt", "TradDtls/OpngSttlmDt"];
    moment(root, &dates, terms.settlement_date.as_ref(), fields.settlement_date);
    moment(root, &["TradDtls/FctvSttlmDt"], terms.effective_date.as_ref(), fields.effective_date);
    let unknown =
        |place: &crate::model::Place| place.kind.is_none() && place.bic.is_none() && place.lei.is_none();
    if let Some(place) = terms.place_of_trade.as_ref().filter(|place| unknown(place)) {
        let name = place.name.as_deref().unwrap_or_default();
        let why = "left out: it is neither a market identifier (MIC) nor a kind of market";
        losses.add(fields.place_of_trade, name, why);
    } else if let Some(place) = &terms.place_of_trade {
        let place = V::Place(place.clone());
        sheet::put_value(
            to,
            root,
            (Shape::Place, "TradDtls/PlcOfTrad"),
            &place,
            fields.place_of_trade,
            losses,
        );
    }
    if let Some(price) = &terms.price {
        put_price(root.at("TradDtls"), fields.price, price, losses);
    }
    if let Some(text) = terms.narrative.as_deref() {
        root.at("TradDtls").set("SttlmInstrPrcgAddtlDtls", fields.narrative, text);
    }
    let certified = |detail: &Detail| detail.code == "CERT" && terms.payment == Payment::Against;
    let (refused, taken): (Vec<_>, Vec<_>) = terms.more.trade_details.iter().cloned().partition(certified);
    physical(&refused, fields.trade_details, losses);
    sheet::put(to, root, rows::TRADE, &taken, fields.trade_details, losses);
}

/// Physical details go with free settlement only.
fn physical(refused: &[Detail], field: &str, losses: &mut Losses) {
    for detail in refused {
        let why = "physical and registration details go with free settlement only";
        losses.add(format!("{field}.{}", detail.code), sheet::show(&detail.value), why);
    }
}

/// Writes the deal price, unless it cannot be carried at all.
fn put_price(trade: &mut Draft, field: &'static str, price: &crate::model::Price, losses: &mut Losses) {
    let mut draft = Draft::new("DealPric");
    parts::put_price(&mut draft, field, price, losses);
    if !draft.is_empty() {
        trade.take_child("DealPric", draft);
    }
}

fn put_quantities(
    to: (&Schema, TypeId),
    root: &mut Draft,
    terms: &Terms,
    names: &Names,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let ((schema, of), fields) = (to, &names.fields);
    let within = schema.down(of, "QtyAndAcctDtls").unwrap_or(of);
    let side = (terms.movement, Usual::ByMovement);
    let mut rest = Vec::new();
    let mut current = None;
    for detail in &terms.more.account_details {
        match &detail.value {
            V::Quantity(quantity)
                if detail.code == names.settled
                    && current.is_none()
                    && quantity.kind() == QuantityKind::AmortisedAmount
                    && terms.quantity.is_some_and(|whole| whole.kind() == QuantityKind::FaceAmount) =>
            {
                current = Some(*quantity);
            }
            _ => rest.push(detail.clone()),
        }
    }
    let draft = root.at("QtyAndAcctDtls");
    if let Some(whole) = &terms.quantity {
        put_quantity((schema, within), draft, (whole, current), names, losses);
    }
    for (name, quantity) in
        [("PrevslySttldQty", &terms.previously_settled), ("RmngToBeSttldQty", &terms.remaining)]
    {
        if let Some(quantity) = quantity {
            parts::put_quantity(draft.at(name), fields.quantity, quantity);
        }
    }
    for (name, amount) in
        [("PrevslySttldAmt", &terms.previously_settled_amount), ("RmngToBeSttldAmt", &terms.remaining_amount)]
    {
        if let Some(amount) = amount {
            parts::put_amount(draft.at(name), fields.amount, amount, side, true);
        }
    }
    if let Some(owner) = &terms.account_owner {
        parties::put_party(draft.at("AcctOwnr"), fields.account_owner, owner, Place::Owner, losses)?;
    }
    if let Some(account) = &terms.account {
        put_stated((schema, within), draft, account, fields.account, losses);
    }
    if let Some(account) = &terms.cash_account {
        if schema.child(within, "CshAcct").is_some() {
            parts::put_cash_account(draft, fields.cash_account, &account.id);
        } else {
            losses.add(fields.cash_account, &account.id, "the message has no cash account");
        }
    }
    let lot_of = schema.down(within, "QtyBrkdwn");
    for lot in &terms.more.lots {
        match lot_of {
            Some(lot_of) => {
                let mut below = Draft::new("QtyBrkdwn");
                sheet::put((schema, lot_of), &mut below, attributes::LOT, &lot.details, fields.lots, losses);
                if !below.is_empty() {
                    draft.take_child("QtyBrkdwn", below);
                }
            }
            None => losses.add(fields.lots, format!("{:?}", lot.details), "the message has no lots"),
        }
    }
    let of_paper = |detail: &Detail| {
        matches!(detail.code.as_str(), "CERT" | "REGI") && terms.payment == Payment::Against
    };
    let (refused, taken): (Vec<_>, Vec<_>) = rest.into_iter().partition(of_paper);
    physical(&refused, fields.account_details, losses);
    let (registrar, taken): (Vec<_>, Vec<_>) = taken.into_iter().partition(|d| d.code == "REGI");
    for detail in registrar {
        match (&detail.value, schema.down(of, "AddtlPhysOrRegnDtls/RegarAcct")) {
            (V::Account(account), Some(_)) => {
                root.set("AddtlPhysOrRegnDtls/RegarAcct", fields.account_details, &account.id);
            }
            (value, _) => {
                losses.add(fields.account_details, sheet::show(value), "the message has no place for it")
            }
        }
    }
    sheet::put(to, root, rows::ACCOUNT, &taken, fields.account_details, losses);
    Ok(())
}

/// Writes a quantity, and its current face where it has one.
fn put_quantity(
    (schema, within): (&Schema, TypeId),
    draft: &mut Draft,
    (whole, current): (&Quantity, Option<Quantity>),
    names: &Names,
    losses: &mut Losses,
) {
    let fields = &names.fields;
    let Some(of) = schema.down(within, names.quantity) else {
        losses.add(fields.quantity, whole.value(), "the message says no quantity here");
        return;
    };
    let quantity = draft.at(names.quantity);
    match current {
        Some(current) if schema.child(of, "OrgnlAndCurFace").is_some() => {
            quantity.set("OrgnlAndCurFace/FaceAmt", fields.quantity, whole.value());
            quantity.set("OrgnlAndCurFace/AmtsdVal", fields.account_details, current.value());
        }
        _ => {
            let below = schema.child(of, "Qty").is_some();
            let place = if below { quantity.at("Qty") } else { quantity };
            parts::put_quantity(place, fields.quantity, whole);
            if let Some(current) = current {
                losses.add(fields.account_details, current.value(), "the message has no pair of faces");
            }
        }
    }
}

/// Writes an account with its type.
pub(super) fn put_stated(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    account: &StatedAccount,
    field: &'static str,
    losses: &mut Losses,
) {
    let name = if account.wallet { "BlckChainAdrOrWllt" } else { "SfkpgAcct" };
    let Some(below) = schema.down(of, name) else {
        losses.add(field, &account.id, "the message has no place for such an account");
        return;
    };
    draft.at(name).set("Id", field, &account.id);
    if let Some(kind) = &account.kind {
        let code = V::Code(if kind.contains('/') { kind.clone() } else { format!("/{kind}") });
        sheet::put_value((schema, below), draft.at(name), (Shape::Code, "Tp"), &code, field, losses);
    }
    if let Some(called) = &account.name {
        let called = V::Text(called.clone());
        sheet::put_value((schema, below), draft.at(name), (Shape::Text, "Nm"), &called, field, losses);
    }
    if let Some(address) = account.address.as_deref().filter(|_| !account.wallet) {
        put_stated((schema, of), draft, &StatedAccount { wallet: true, ..address.clone() }, field, losses);
    }
}

fn put_second_leg(
    (schema, of): (&Schema, TypeId),
    root: &mut Draft,
    terms: &Terms,
    names: &Names,
    losses: &mut Losses,
) {
    let field = names.fields.second_leg;
    if schema.child(of, "SctiesFincgDtls").is_some() {
        sheet::put((schema, of), root, rows::SECOND_LEG, &terms.more.second_leg, field, losses);
        return;
    }
    for detail in &terms.more.second_leg {
        let why = "a message of one leg does not hold what is said of the second";
        losses.add(format!("{field}.{}", detail.code), sheet::show(&detail.value), why);
    }
}

fn put_parameters(
    (schema, of): (&Schema, TypeId),
    root: &mut Draft,
    terms: &Terms,
    names: &Names,
    losses: &mut Losses,
) {
    let fields = &names.fields;
    let Some(params) = schema.down(of, "SttlmParams") else { return };
    let has = |name: &str| schema.child(params, name).is_some();
    let draft = root.at("SttlmParams");
    if let Some(priority) = terms.priority {
        if has("Prty") {
            draft.set("Prty/Nmrc", fields.priority, format!("{priority:04}"));
        } else {
            losses.add(fields.priority, priority, "the message says no priority");
        }
    }
    if let Some(kind) = terms.transaction_type.as_ref().filter(|_| has("SctiesTxTp")) {
        parts::put_code(draft.at("SctiesTxTp"), fields.transaction_type, kind);
    }
    let known = schema.codes_below(params, "SttlmTxCond/Cd").unwrap_or_default();
    for condition in &terms.conditions {
        if (condition.contains('/') && has("SttlmTxCond")) || known.iter().any(|code| code == condition) {
            parts::put_code(draft.add("SttlmTxCond"), fields.conditions, condition);
        } else {
            losses.add(fields.conditions, condition, "the message does not know this condition");
        }
    }
    if let Some(partial) = terms.partial {
        if has("PrtlSttlmInd") {
            draft.set("PrtlSttlmInd", fields.partial, partial.code());
        } else if known.iter().any(|code| code == partial.code()) {
            parts::put_code(draft.add("SttlmTxCond"), fields.partial, partial.code());
        } else {
            losses.add(
                fields.partial,
                partial.code(),
                "the message does not say whether it may settle in parts",
            );
        }
    }
    let list: Vec<Detail> =
        terms.more.settlement_details.iter().filter(|d| d.code != "DBNM").cloned().collect();
    let list = issued(&list, terms.movement);
    if draft.find("HldInd/Ind").is_none() && list.iter().any(|d| d.code == "PREA") && has("HldInd") {
        draft.set("HldInd/Ind", fields.settlement_details, "false");
    }
    sheet::put((schema, of), root, rows::SETTLEMENT, &list, fields.settlement_details, losses);
}

/// Codes of settlement as the rows know them: those that need an issuer have one, if only one that is not known.
pub(super) fn issued(list: &[Detail], movement: Movement) -> Vec<Detail> {
    let mut list = list.to_vec();
    for detail in &mut list {
        if detail.code == "SSBT" {
            detail.code = if movement == Movement::Deliver { "SSBD" } else { "SSBR" }.to_owned();
        }
        if matches!(detail.code.as_str(), "SSBD" | "SSBR" | "CSBT" | "STAM")
            && let V::Code(code) = &mut detail.value
            && !code.contains('/')
        {
            code.insert(0, '/');
        }
    }
    list
}

fn put_sides(
    (schema, of): (&Schema, TypeId),
    root: &mut Draft,
    terms: &Terms,
    fields: &Fields,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let more = &terms.more;
    let database = more.settlement_details.iter().find(|d| d.code == "DBNM");
    let (mut delivering, mut receiving) = (terms.delivering.clone(), terms.receiving.clone());
    if let Some(database) = database {
        let (chain, path) = match terms.movement {
            Movement::Deliver => (&mut receiving, "CtrPty/Buyr"),
            Movement::Receive => (&mut delivering, "CtrPty/Sellr"),
        };
        match (&chain.client, schema.down(of, "StgSttlmInstrDtls")) {
            (Some(client), Some(below)) => {
                let draft = root.at("StgSttlmInstrDtls");
                let to = (schema, below);
                let shape = (Shape::Code, "SttlmStgInstrDB");
                sheet::put_value(to, draft, shape, &database.value, fields.settlement_details, losses);
                parties::put_party(draft.at(path), fields.party_details, client, Place::Chain, losses)?;
                let alone =
                    crate::model::SettlementChain { client: chain.client.clone(), ..Default::default() };
                if *chain == alone {
                    *chain = crate::model::SettlementChain::default();
                }
            }
            _ => {
                let why = "standing instructions go with a buyer or seller";
                losses.add(format!("{}.DBNM", fields.settlement_details), sheet::show(&database.value), why);
            }
        }
    }
    let sides = [
        ("DlvrgSttlmPties", fields.delivering, &delivering, true),
        ("RcvgSttlmPties", fields.receiving, &receiving, false),
    ];
    for (name, field, chain, is_delivering) in sides {
        let side = parties::Side { name, is_delivering, movement: terms.movement };
        let told = (more.party_details.as_slice(), fields.party_details);
        parties::put_side((schema, of), root, field, chain, side, told, losses)?;
    }
    parties::lose_strangers(
        &delivering,
        &receiving,
        terms.movement,
        &more.party_details,
        fields.party_details,
        losses,
    );
    Ok(())
}

fn put_cash_parties(
    (schema, of): (&Schema, TypeId),
    root: &mut Draft,
    more: &FurtherDetails,
    fields: &Fields,
    losses: &mut Losses,
) {
    let field = fields.cash_parties;
    let all = schema.down(of, "CshPties");
    for cash in &more.cash_parties {
        let name = rows::CASH_PARTIES.iter().find(|(role, _)| *role == cash.role).map(|(_, name)| *name);
        let below = name.and_then(|name| Some((name, schema.down(all?, name)?)));
        let Some((name, below)) = below else {
            losses.add(field, &cash.role, "the message has no such cash party");
            continue;
        };
        let mut draft = Draft::new(name);
        let mut party = cash.party.clone();
        let account = party.account.take();
        if root.find("CshPties").is_some_and(|all| all.count(name) > 0)
            || !parties::put_known((schema, below), &mut draft, field, &party, losses)
        {
            losses.add(field, &cash.role, "the message cannot name this party here");
            continue;
        }
        let mut rest = Vec::new();
        let own = account.map(|id| ("CshAcct", id));
        let mut accounts: Vec<_> = own.into_iter().collect();
        for detail in &cash.details {
            let name =
                rows::CASH_ACCOUNTS.iter().find(|(code, _)| *code == detail.code).map(|(_, name)| *name);
            match (name, &detail.value) {
                (Some(name), V::Account(account)) => accounts.push((name, account.id.clone())),
                _ => rest.push(detail.clone()),
            }
        }
        for (name, id) in accounts {
            let kind = if parts::is_iban(id.as_str()) { "IBAN" } else { "Prtry" };
            draft.at(name).set(kind, field, id);
        }
        sheet::put((schema, below), &mut draft, rows::PARTY, &rest, field, losses);
        root.at("CshPties").take_child(name, draft);
    }
}

/// Writes parties beside the chains below an element, where the message has them.
pub(super) fn put_other_parties(
    (schema, of): (&Schema, Option<TypeId>),
    all: &mut Draft,
    parties: &[Vec<Detail>],
    field: &'static str,
    losses: &mut Losses,
) {
    for group in parties.iter().flat_map(|group| apart(group)) {
        let role = group.iter().find(|d| matches!(d.value, V::Party(_))).map_or("", |d| d.code.as_str());
        let name = rows::OTHER_PARTIES.iter().find(|(code, _)| *code == role).map(|(_, name)| *name);
        let particle = name.and_then(|name| schema.child(of?, name));
        let (Some(name), Some(particle)) = (name, particle) else {
            losses.add(field, role, "the message has no such party");
            continue;
        };
        if all.count(name) >= particle.occurs.1 as usize {
            losses.add(field, role, "the message names no further party of this kind");
            continue;
        }
        let to = (schema, particle.type_id);
        let mut draft = Draft::new(name);
        let mut rest = Vec::new();
        for detail in &group {
            put_of_party(to, &mut draft, detail, &mut rest, field, losses);
        }
        sheet::put(to, &mut draft, rows::PARTY, &rest, field, losses);
        if !draft.is_empty() {
            all.take_child(name, draft);
        }
    }
}

/// One group for each party: a group of MT may name several. Where a party is from goes with the party.
fn apart(group: &[Detail]) -> Vec<Vec<Detail>> {
    let mut groups: Vec<Vec<Detail>> = Vec::new();
    for detail in group {
        let starts = matches!(&detail.value, V::Party(party) if !matches!(party.id, crate::model::PartyId::Country(_)));
        match groups.last_mut() {
            Some(last) if !starts || last.iter().all(|d| !matches!(d.value, V::Party(_))) => {
                last.push(detail.clone());
            }
            _ => groups.push(vec![detail.clone()]),
        }
    }
    groups
}

/// Writes one detail of a party beside; what is as with any party is left for the rows.
fn put_of_party(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    detail: &Detail,
    rest: &mut Vec<Detail>,
    field: &'static str,
    losses: &mut Losses,
) {
    let has = |name: &str| schema.child(of, name).is_some();
    match &detail.value {
        V::Party(party) => {
            if let crate::model::PartyId::Country(country) = &party.id
                && has("Ntlty")
            {
                draft.set("Ntlty", field, country);
            } else if !parties::put_known((schema, of), draft, field, party, losses) {
                losses.add(field, format!("{:?}", party.id), "the message cannot name this party here");
            }
        }
        V::Account(account) if account.wallet && has("BlckChainAdrOrWllt") => {
            draft.set("BlckChainAdrOrWllt", field, &account.id);
        }
        V::Account(account) if !account.wallet && has("SfkpgAcct") => {
            draft.set("SfkpgAcct", field, &account.id)
        }
        V::Reference(reference) if detail.code == "PROC" && has("PrcgId") => {
            draft.set("PrcgId", field, reference);
        }
        _ => rest.push(detail.clone()),
    }
}

fn put_money(
    (schema, of): (&Schema, TypeId),
    root: &mut Draft,
    terms: &Terms,
    names: &Names,
    losses: &mut Losses,
) {
    let fields = &names.fields;
    let list = &terms.more.amount_details;
    let name = names.amounts.iter().find(|name| schema.child(of, name).is_some());
    if let (Some(amount), Some(name)) = (&terms.amount, name) {
        let side = (terms.movement, Usual::ByMovement);
        parts::put_amount(root.at(name), fields.amount, amount, side, true);
        let to = (schema, schema.down(of, name).unwrap_or(of));
        put_amount_details(to, root.at(name), list, fields.amount_details, losses);
    } else {
        for detail in list {
            let why = "it belongs to a settlement amount, and there is none";
            losses.add(format!("{}.{}", fields.amount_details, detail.code), sheet::show(&detail.value), why);
        }
    }
    let known = |other: &&crate::model::OtherAmount| {
        let row = parts::OTHER_AMOUNTS.iter().find(|(code, _, _)| *code == other.kind.0);
        let below = schema.down(of, "OthrAmts");
        row.is_none_or(|(_, element, _)| below.is_some_and(|below| schema.child(below, element).is_some()))
    };
    let (taken, refused): (Vec<_>, Vec<_>) = terms.other_amounts.iter().partition(known);
    for other in refused {
        let why = format!("the message has no further amount of kind {}", other.kind.0);
        losses.add(fields.other_amounts, other.amount, why);
    }
    let taken: Vec<_> = taken.into_iter().cloned().collect();
    parts::put_other_amounts(root, &taken, terms.movement, fields.other_amounts, losses);
}

/// An exchange and what it makes stand together or not at all.
pub(super) fn put_amount_details(
    to: (&Schema, TypeId),
    draft: &mut Draft,
    list: &[Detail],
    field: &'static str,
    losses: &mut Losses,
) {
    let (fx, rest): (Vec<_>, Vec<_>) =
        list.iter().cloned().partition(|d| matches!(d.code.as_str(), "EXCH" | "RESU"));
    sheet::put(to, draft, rows::AMOUNT, &rest, field, losses);
    let of = |code: &str| fx.iter().find(|d| d.code == code).cloned();
    if let (Some(rate), Some(made), 2) = (of("EXCH"), of("RESU"), fx.len()) {
        let both = [rate, made];
        let mut trial = Losses::default();
        sheet::put(to, &mut Draft::new(""), rows::AMOUNT, &both, field, &mut trial);
        if trial.0.is_empty() {
            sheet::put(to, draft, rows::AMOUNT, &both, field, losses);
            return;
        }
    }
    for detail in fx {
        let why = "an exchange rate and what it makes of the amount stand together, each once and positive";
        losses.add(format!("{field}.{}", detail.code), sheet::show(&detail.value), why);
    }
}
