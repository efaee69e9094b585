//! sese.020: a request to cancel an instruction (MT540 to MT543 with 23G CANC).

use super::encode::Draft;
use super::issued;
use super::messages::{Reading, Writing};
use super::parties::{self, Place};
use super::parts::{self, Unread, may};
use super::{details, terms, transaction};
use crate::codec::EncodeError;
use crate::model::{
    CancellationRequest, Cancelled, Event, FurtherDetails, Reason, Reference, SettlementInstruction,
    StatedAccount, TransactionDetails,
};

/// Its root element.
pub(super) const ROOT: &str = "SctiesTxCxlReq";

/// What is to be taken back, and the element that names it.
const KINDS: [(Cancelled, &str); 4] = [
    (Cancelled::Settlement, "SctiesSttlmTxId"),
    (Cancelled::Financing, "SctiesFincgTxId"),
    (Cancelled::IntraPosition, "IntraPosMvmntId"),
    (Cancelled::Other, "OthrTxId"),
];

/// Reads the event. The request is known by the message identifier of its header.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let path = "AcctOwnrTxId";
    let named = root.get(path).and_then(|at| at.children().next());
    let named = named.ok_or_else(|| Unread::missing(root, path))?;
    let kind =
        KINDS.iter().find(|(_, name)| *name == named.name()).map_or(Cancelled::Other, |(kind, _)| *kind);
    let text = named.value("TxId").or_else(|| named.value("Id")).unwrap_or_else(|| named.text().trim());
    let cancels: Reference = text.parse().map_err(|e| Unread::at(named, e))?;
    let movement = named.value("SctiesMvmntTp").and_then(parts::movement);
    let payment = named.value("Pmt").and_then(parts::payment);
    let transaction = root.get("TxDtls").map(|at| {
        let mut read = transaction::read(at, (movement, payment));
        let others = terms::other_parties(at);
        if !others.is_empty() {
            read.more.get_or_insert_default().other_parties = others;
        }
        // Direction and payment stand with the reference.
        Box::new(TransactionDetails { movement: None, payment: None, ..read })
    });
    let code = root.get("CxlRsn/Cd").and_then(details::code);
    let reason = code.map(|code| match code.rsplit_once('/') {
        Some((issuer, code)) => Reason { code: code.to_owned(), issuer: Some(issuer.to_owned()), text: None },
        None => Reason { code, issuer: None, text: None },
    });
    Ok(Event::Cancellation(Box::new(CancellationRequest {
        id: reading.message_id.clone().unwrap_or_else(|| cancels.clone()),
        kind,
        movement,
        payment,
        servicer_reference: may(root, "AcctSvcrTxId"),
        market_reference: may(root, "MktInfrstrctrTxId"),
        processor_reference: may(root, "PrcrTxId"),
        account_owner: root.get("AcctOwnr").and_then(parties::party),
        account: terms::stated(root).map(|account| account.id),
        transaction,
        reasons: reason.into_iter().collect(),
        ..CancellationRequest::of(cancels)
    })))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Cancellation(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let carried = writing.carries(&e.id);
    if !carried && e.id != e.cancels {
        let why = "the request is known by the message identifier of its header";
        writing.losses.add("cancellation.id", &e.id, why);
    }
    let repeated = e.details.as_deref();
    if let Some(instruction) = repeated {
        let why = "the message repeats instrument, quantity, amount, dates and parties, and no more";
        writing.losses.add("cancellation.details", &instruction.id, why);
    }
    let schema = writing.schema;
    let mut root = Draft::new(ROOT);
    let name = KINDS.iter().find(|(kind, _)| *kind == e.kind).map_or("OthrTxId", |(_, name)| *name);
    let field = "cancellation.cancels";
    let movement = e.movement.or(repeated.map(|r| r.movement));
    let payment = e.payment.or(repeated.map(|r| r.payment));
    let named = root.at("AcctOwnrTxId").at(name);
    match e.kind {
        Cancelled::IntraPosition => named.say(field, e.cancels.as_str()),
        Cancelled::Other => named.set("Id", field, &e.cancels),
        Cancelled::Settlement | Cancelled::Financing => {
            let missing = |field| EncodeError::Missing { field, message: schema.message().to_owned() };
            let movement = movement.ok_or_else(|| missing("cancellation.movement"))?;
            let payment = payment.ok_or_else(|| missing("cancellation.payment"))?;
            named.set("TxId", field, &e.cancels);
            named.set("SctiesMvmntTp", "cancellation.movement", parts::movement_code(movement));
            named.set("Pmt", "cancellation.payment", parts::payment_code(payment));
        }
    }
    root.set_some("AcctSvcrTxId", "cancellation.servicer_reference", e.servicer_reference.as_ref());
    root.set_some("MktInfrstrctrTxId", "cancellation.market_reference", e.market_reference.as_ref());
    root.set_some("PrcrTxId", "cancellation.processor_reference", e.processor_reference.as_ref());
    let losses = &mut writing.losses;
    if let Some(owner) = e.account_owner.as_ref().or(repeated.and_then(|r| r.account_owner.as_ref())) {
        parties::put_party(root.at("AcctOwnr"), "cancellation.account_owner", owner, Place::Owner, losses)?;
    }
    if let Some(account) = e.account.as_ref().or(repeated.and_then(|r| r.account.as_ref())) {
        let account = StatedAccount::from(account.clone());
        terms::put_stated((schema, schema.own()), &mut root, &account, "cancellation.account", losses);
    }
    match (&e.transaction, repeated) {
        (Some(stated), _) => {
            transaction::put((schema, schema.own()), &mut root, stated, losses)?;
        }
        (None, Some(instruction)) => {
            transaction::put((schema, schema.own()), &mut root, &stated(instruction), losses)?;
        }
        (None, None) => {}
    }
    for (nth, reason) in e.reasons.iter().enumerate() {
        let known = schema.codes("CxlRsn/Cd/Cd").contains(&reason.code);
        let field = "cancellation.reasons";
        match &reason.issuer {
            _ if nth > 0 => losses.add(field, &reason.code, "the message gives one reason"),
            Some(issuer) => {
                parts::put_code(root.at("CxlRsn/Cd"), field, &issued::joined(issuer, &reason.code));
            }
            None if known => parts::put_code(root.at("CxlRsn/Cd"), field, &reason.code),
            None => losses.add(field, &reason.code, "the message does not know this reason"),
        }
        if let Some(text) = reason.text.as_ref() {
            losses.add(field, text, "the message gives a reason by its code");
        }
    }
    Ok(root)
}

/// As much of an instruction as a request repeats.
fn stated(instruction: &SettlementInstruction) -> TransactionDetails {
    let list = |details: &[crate::model::Detail], code: &str| {
        let moments = details
            .iter()
            .filter(|d| d.code == code && matches!(d.value, crate::model::DetailValue::Moment(_)));
        moments.cloned().collect::<Vec<_>>()
    };
    let said = instruction.more.as_deref();
    let mut more = FurtherDetails::default();
    if let Some(said) = said {
        more.trade_details = list(&said.trade_details, "SETT");
        more.trade_details.extend(list(&said.trade_details, "TRAD"));
        more.party_details.clone_from(&said.party_details);
        more.other_parties.clone_from(&said.other_parties);
    }
    TransactionDetails {
        instrument: Some(instruction.instrument.clone()),
        quantity: Some(instruction.quantity),
        amount: instruction.amount,
        movement: Some(instruction.movement),
        trade_date: instruction.trade_date,
        settlement_date: Some(instruction.settlement_date),
        delivering: instruction.delivering.clone(),
        receiving: instruction.receiving.clone(),
        more: more.boxed(),
        ..TransactionDetails::default()
    }
}
