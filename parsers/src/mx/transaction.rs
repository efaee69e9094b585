//! A transaction as an advice or a request repeats it, both ways.

use super::details;
use super::encode::{Draft, Losses};
use super::outline::At;
use super::parties::{self, Place, Side};
use super::parts::{self, Usual};
use super::rows;
use super::schema::{Schema, TypeId};
use super::{sheet, terms};
use crate::codec::EncodeError;
use crate::model::{
    Detail, DetailValue as V, FurtherDetails, Movement, PartialSettlement, Payment, TransactionDetails,
    further,
};

/// How the fields of a repeated transaction are called.
const FIELD: &str = "status.details";
const MORE: &str = "status.details.more";
const OTHERS: &str = "status.details.more.other_parties";

/// Amount and day of settlement: of an instruction, and of the first leg of securities financing.
const AMOUNT: [&str; 2] = ["SttlmAmt", "OpngSttlmAmt"];
const SETTLES: [&str; 2] = ["SttlmDt", "OpngSttlmDt"];
/// The kind of financing.
const FINANCING_TYPE: &str = "SctiesFincgTxTp";

fn named<'o, 'a>(at: At<'o, 'a>, names: [&str; 2]) -> Option<At<'o, 'a>> {
    names.into_iter().find_map(|name| at.get(name))
}

/// Reads it; what it does not say of direction and payment itself is given.
pub(super) fn read(
    at: At<'_, '_>,
    (movement, payment): (Option<Movement>, Option<Payment>),
) -> TransactionDetails {
    let movement = at.value("SctiesMvmntTp").and_then(parts::movement).or(movement);
    let way = movement.unwrap_or(Movement::Receive);
    let mut more = FurtherDetails {
        trade_details: details::read(at, rows::STATED),
        account_details: details::read(at, rows::STATED_ACCOUNT),
        settlement_details: details::read(at, rows::STATED_CONDITIONS),
        amount_details: named(at, AMOUNT).map(|at| details::read(at, rows::AMOUNT)).unwrap_or_default(),
        second_leg: details::read(at, rows::FINANCED),
        ..FurtherDetails::default()
    };
    for detail in &mut more.trade_details {
        if let (V::Place(place), "TRAD") = (&mut detail.value, detail.code.as_str())
            && place.name.is_some()
        {
            place.kind = place.kind.take().or_else(|| Some("EXCH".to_owned()));
        }
    }
    let partial = at.value("SttlmParams/PrtlSttlmInd");
    more.settlement_details.extend(partial.map(|code| Detail::new("STCO", V::Code(code.to_owned()))));
    more.settlement_details.extend(details::read(at, rows::SETTLEMENT));
    terms::settlement_codes(&mut more.settlement_details, way);
    more.account_details.extend(at.get("SttlmQty").and_then(|at| terms::current_face(at, "SETT")));
    let delivering = parties::chain(at, "DlvrgSttlmPties");
    let receiving = parties::chain(at, "RcvgSttlmPties");
    for (name, chain) in [("DlvrgSttlmPties", &delivering), ("RcvgSttlmPties", &receiving)] {
        let is_delivering = name == "DlvrgSttlmPties";
        more.party_details.extend(parties::further(at, name, is_delivering, way, chain));
    }
    more.party_details.sort_by(|a, b| a.role.cmp(&b.role));
    let dated = |name: &str| at.get(name).and_then(terms::dated);
    let kind = at.get("SttlmParams/SctiesTxTp").and_then(parts::code);
    TransactionDetails {
        movement,
        payment: at.value("Pmt").and_then(parts::payment).or(payment),
        instrument: at.get("FinInstrmId").map(parts::instrument),
        quantity: at.get("SttlmQty").and_then(|at| parts::quantity(at).ok()),
        amount: named(at, AMOUNT).and_then(|at| parts::amount(at, way, Usual::ByMovement)),
        trade_date: further::day_of("TRAD", dated("TradDt"), &mut more.trade_details),
        settlement_date: further::day_of(
            "SETT",
            SETTLES.into_iter().find_map(dated),
            &mut more.trade_details,
        ),
        account: further::number_of("SAFE", terms::stated(at), &mut more.account_details),
        transaction_type: kind.or_else(|| at.value(FINANCING_TYPE).map(str::to_owned)),
        account_owner: at.get("AcctOwnr").and_then(parties::party),
        delivering,
        receiving,
        narrative: at.value("SttlmInstrPrcgAddtlDtls").map(str::to_owned),
        more: more.boxed(),
    }
}

/// Writes it as `TxDtls` below an element of a type, when enough of it is known: the message wants all of it or nothing. Whether it was written.
pub(super) fn put(
    (schema, parent): (&Schema, TypeId),
    root: &mut Draft,
    stated: &TransactionDetails,
    losses: &mut Losses,
) -> Result<bool, EncodeError> {
    let Some(of) = schema.down(parent, "TxDtls") else {
        losses.add(FIELD, "transaction", "the message repeats no transaction");
        return Ok(false);
    };
    let has = |name: &str| schema.child(of, name).is_some();
    let (Some(instrument), Some(quantity)) = (&stated.instrument, &stated.quantity) else {
        incomplete(losses);
        return Ok(false);
    };
    let mut more = stated.more.as_deref().cloned().unwrap_or_default();
    let settlement = further::moment_of("SETT", stated.settlement_date, &mut more.trade_details);
    let traded = further::moment_of("TRAD", stated.trade_date, &mut more.trade_details);
    let account = further::account_of("SAFE", stated.account.as_ref(), &mut more.account_details);
    let way = stated.movement.unwrap_or(Movement::Receive);
    let financing = has(FINANCING_TYPE);
    let kinds = schema.codes_below(of, FINANCING_TYPE).unwrap_or_default();
    let is_financing = stated.transaction_type.as_ref().is_some_and(|kind| kinds.contains(kind));
    let [amount_name, settles_name] = [AMOUNT, SETTLES].map(|names| names[usize::from(financing)]);
    let lacks = (has("SctiesMvmntTp") && stated.movement.is_none())
        || (has("Pmt") && stated.payment.is_none())
        || (has("SttlmParams") && !financing && stated.transaction_type.is_none())
        || (financing && !is_financing)
        || settlement.is_none();
    if lacks {
        incomplete(losses);
        return Ok(false);
    }
    let to = (schema, of);
    let draft = root.at("TxDtls");
    parts::put_instrument(draft.at("FinInstrmId"), FIELD, instrument);
    parts::put_quantity(draft.at("SttlmQty/Qty"), FIELD, quantity);
    if let Some(owner) = &stated.account_owner {
        if has("AcctOwnr") {
            parties::put_party(draft.at("AcctOwnr"), FIELD, owner, Place::Owner, losses)?;
        } else {
            losses.add(
                "status.details.account_owner",
                format!("{:?}", owner.id),
                "the message does not repeat it",
            );
        }
    }
    if let Some(account) = &account {
        terms::put_stated(to, draft, account, "status.details.account", losses);
    }
    if let Some(amount) = &stated.amount {
        parts::put_amount(draft.at(amount_name), FIELD, amount, (way, Usual::ByMovement), true);
        let amount_to = (schema, schema.down(of, amount_name).unwrap_or(of));
        terms::put_amount_details(amount_to, draft.at(amount_name), &more.amount_details, MORE, losses);
    } else {
        lose_all(&more.amount_details, losses);
    }
    for (name, moment) in [(settles_name, settlement), ("TradDt", traded)] {
        if let Some(moment) = moment {
            let shape = (details::Shape::Moment, name);
            sheet::put_value(to, draft, shape, &V::Moment(moment), MORE, losses);
        }
    }
    if has("SctiesMvmntTp") {
        draft.set_some("SctiesMvmntTp", FIELD, stated.movement.map(parts::movement_code));
        draft.set_some("Pmt", FIELD, stated.payment.map(parts::payment_code));
    }
    if financing {
        draft.set_some(FINANCING_TYPE, FIELD, stated.transaction_type.as_ref());
    }
    sheet::put(to, draft, rows::FINANCED, &more.second_leg, "status.details.more.second_leg", losses);
    put_parameters(to, draft, stated, &more, way, losses);
    sheet::put(to, draft, rows::STATED, &more.trade_details, MORE, losses);
    let face = |detail: &Detail| detail.code == "SETT" && matches!(detail.value, V::Quantity(_));
    let (faces, rest): (Vec<_>, Vec<_>) = more.account_details.iter().cloned().partition(face);
    lose_all(&faces, losses);
    sheet::put(to, draft, rows::STATED_ACCOUNT, &rest, MORE, losses);
    terms::put_other_parties((schema, Some(of)), draft, &more.other_parties, OTHERS, losses);
    if let Some(text) = &stated.narrative {
        if has("SttlmInstrPrcgAddtlDtls") {
            draft.set("SttlmInstrPrcgAddtlDtls", FIELD, text);
        } else {
            losses.add("status.details.narrative", text, "the message does not repeat it");
        }
    }
    let sides = [
        ("DlvrgSttlmPties", "status.details.delivering", &stated.delivering, true),
        ("RcvgSttlmPties", "status.details.receiving", &stated.receiving, false),
    ];
    for (name, field, chain, is_delivering) in sides {
        let side = Side { name, is_delivering, movement: way };
        parties::put_side(to, draft, field, chain, side, (&more.party_details, MORE), losses)?;
    }
    let chains = (&stated.delivering, &stated.receiving);
    parties::lose_strangers(chains.0, chains.1, way, &more.party_details, MORE, losses);
    Ok(true)
}

fn put_parameters(
    to: (&Schema, TypeId),
    draft: &mut Draft,
    stated: &TransactionDetails,
    more: &FurtherDetails,
    way: Movement,
    losses: &mut Losses,
) {
    let Some(params) = to.0.down(to.1, "SttlmParams") else {
        if let Some(kind) = &stated.transaction_type {
            losses.add("status.details.transaction_type", kind, "the message does not repeat it");
        }
        lose_all(&more.settlement_details, losses);
        return;
    };
    if let Some(kind) =
        stated.transaction_type.as_ref().filter(|_| to.0.child(params, "SctiesTxTp").is_some())
    {
        parts::put_code(draft.at("SttlmParams/SctiesTxTp"), FIELD, kind);
    }
    let mut rest = Vec::new();
    for detail in &more.settlement_details {
        match &detail.value {
            V::Code(code)
                if detail.code == "STCO"
                    && PartialSettlement::of(code).is_some()
                    && to.0.child(params, "PrtlSttlmInd").is_some()
                    && draft.find("SttlmParams/PrtlSttlmInd").is_none() =>
            {
                draft.set("SttlmParams/PrtlSttlmInd", MORE, code);
            }
            _ => rest.push(detail.clone()),
        }
    }
    let (conditions, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|d| d.code == "STCO");
    sheet::put(to, draft, rows::STATED_CONDITIONS, &conditions, MORE, losses);
    let rest = terms::issued(&rest, way);
    sheet::put(to, draft, rows::SETTLEMENT, &rest, MORE, losses);
}

fn lose_all(list: &[Detail], losses: &mut Losses) {
    for detail in list {
        losses.add(
            format!("{MORE}.{}", detail.code),
            sheet::show(&detail.value),
            "the message does not repeat it",
        );
    }
}

fn incomplete(losses: &mut Losses) {
    let why = "left out: the message repeats a transaction only with movement, payment, instrument, quantity, \
               settlement date and transaction type";
    losses.add(FIELD, "incomplete", why);
}
