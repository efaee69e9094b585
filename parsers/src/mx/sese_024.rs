//! sese.024: how far an instruction is (MT548).

use super::Wrapping;
use super::encode::{Draft, Losses};
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parties::NOT_PROVIDED;
use super::parts::{self, Unread, Usual, may, need};
use super::schema::Schema;
use crate::codec::EncodeError;
use crate::model::{Event, Movement, Reason, Status, StatusAdvice, StatusKind, TransactionDetails};

/// Its root element.
pub(super) const ROOT: &str = "SctiesSttlmTxStsAdvc";

/// The four status blocks.
const BLOCKS: [&str; 4] = ["PrcgSts", "IfrrdMtchgSts", "MtchgSts", "SttlmSts"];

/// A status: its block, its branch, and whether its reasons have codes (else they are proprietary, or words).
const BRANCHES: [(StatusKind, &str, &str, bool); 14] = [
    (StatusKind::Acknowledged, "PrcgSts", "AckdAccptd", true),
    (StatusKind::PendingProcessing, "PrcgSts", "PdgPrcg", true),
    (StatusKind::Rejected, "PrcgSts", "Rjctd", true),
    (StatusKind::Repair, "PrcgSts", "Rpr", true),
    (StatusKind::Cancelled, "PrcgSts", "Canc", true),
    (StatusKind::PendingCancellation, "PrcgSts", "PdgCxl", true),
    (StatusKind::CancellationRequested, "PrcgSts", "CxlReqd", false),
    (StatusKind::ModificationRequested, "PrcgSts", "ModReqd", false),
    (StatusKind::InferredMatched, "IfrrdMtchgSts", "Mtchd", false),
    (StatusKind::InferredUnmatched, "IfrrdMtchgSts", "Umtchd", true),
    (StatusKind::Matched, "MtchgSts", "Mtchd", false),
    (StatusKind::Unmatched, "MtchgSts", "Umtchd", true),
    (StatusKind::Pending, "SttlmSts", "Pdg", true),
    (StatusKind::Failing, "SttlmSts", "Flng", true),
];

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let mut event = decode(reading.root)?;
    event.prepared = reading.created;
    event.id = reading.message_id.clone();
    Ok(Event::Status(Box::new(event)))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Status(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    let carried = writing.wrapping == Wrapping::Envelope;
    if let Some(id) = e.id.as_ref().filter(|id| !carried || id.as_str() != writing.envelope.message_id) {
        let why = "the advice is known by the message identifier of its header";
        writing.losses.add("status.id", id, why);
    }
    encode(e, writing)
}

/// Reads the root element.
fn decode(at: At<'_, '_>) -> Result<StatusAdvice, Unread> {
    let blocks = at.children().filter(|child| BLOCKS.contains(&child.name()));
    let statuses: Vec<Status> = blocks.filter_map(status).collect();
    if statuses.is_empty() {
        return Err(Unread::at(at, "it gives no status that is known"));
    }
    Ok(StatusAdvice {
        id: None,
        instruction: need(at, "TxId/AcctOwnrTxId")?,
        servicer_reference: may(at, "TxId/AcctSvcrTxId"),
        market_reference: may(at, "TxId/MktInfrstrctrTxId"),
        cancellation: false,
        prepared: None,
        statuses,
        details: at.get("TxDtls").map(details),
        modification: false,
        linkages: Vec::new(),
        additional: Vec::new(),
    })
}

fn status(block: At<'_, '_>) -> Option<Status> {
    let branch = block.children().next()?;
    if branch.name() == "Prtry" {
        let issuer = branch.value("PrtrySts/Issr").filter(|issuer| *issuer != NOT_PROVIDED);
        let kind = StatusKind::Proprietary {
            code: branch.value("PrtrySts/Id")?.to_owned(),
            issuer: issuer.unwrap_or_default().to_owned(),
        };
        return Some(Status { kind, reasons: branch.all("PrtryRsn").map(proprietary_reason).collect() });
    }
    let row = BRANCHES.iter().find(|row| row.1 == block.name() && row.2 == branch.name())?;
    let reasons = if !row.3 {
        let reason = proprietary_reason(branch);
        let said = !reason.code.is_empty() || reason.text.is_some();
        said.then_some(reason).into_iter().collect()
    } else {
        branch.all("Rsn").map(coded_reason).collect()
    };
    Some(Status { kind: row.0.clone(), reasons })
}

fn coded_reason(at: At<'_, '_>) -> Reason {
    let code = at.value("Cd/Cd").or_else(|| at.value("Cd/Prtry/Id"));
    Reason {
        code: code.unwrap_or_default().to_owned(),
        issuer: at.value("Cd/Prtry/Issr").map(str::to_owned),
        text: at.value("AddtlRsnInf").map(str::to_owned),
    }
}

fn proprietary_reason(at: At<'_, '_>) -> Reason {
    Reason {
        code: at.value("Rsn/Id").unwrap_or_default().to_owned(),
        issuer: at.value("Rsn/Issr").map(str::to_owned),
        text: at.value("AddtlRsnInf").map(str::to_owned),
    }
}

fn details(at: At<'_, '_>) -> TransactionDetails {
    let movement = at.value("SctiesMvmntTp").and_then(parts::movement);
    let signed = |at| parts::amount(at, movement.unwrap_or(Movement::Receive), Usual::ByMovement);
    TransactionDetails {
        movement,
        payment: at.value("Pmt").and_then(parts::payment),
        instrument: at.get("FinInstrmId").map(parts::instrument),
        quantity: at.get("SttlmQty").and_then(|at| parts::quantity(at).ok()),
        amount: at.get("SttlmAmt").and_then(signed),
        trade_date: at.get("TradDt").and_then(|at| parts::date(at).ok()),
        settlement_date: at.get("SttlmDt").and_then(|at| parts::date(at).ok()),
        account: may(at, "SfkpgAcct/Id"),
        transaction_type: at.get("SttlmParams/SctiesTxTp").and_then(parts::code),
        ..TransactionDetails::default()
    }
}

fn encode(event: &StatusAdvice, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    if event.cancellation {
        return Err(parts::no_message("status of a cancellation request"));
    }
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let mut root = Draft::new(ROOT);
    let ids = root.at("TxId");
    ids.set("AcctOwnrTxId", "status.instruction", &event.instruction);
    ids.set_some("AcctSvcrTxId", "status.servicer_reference", event.servicer_reference.as_ref());
    ids.set_some("MktInfrstrctrTxId", "status.market_reference", event.market_reference.as_ref());
    let mut taken: Vec<&str> = Vec::new();
    for status in &event.statuses {
        let Some((block, mut draft)) = draft(status, &taken, schema, losses)? else { continue };
        if taken.contains(&block) {
            let reason = format!("{block} holds one status; this further one is left out");
            losses.add("status.statuses", format!("{:?}", status.kind), reason);
            continue;
        }
        taken.push(block);
        // A branch may be an empty element: matched, and nothing more to say.
        root.at(block).take_child(draft.0, std::mem::replace(&mut draft.1, Draft::new("")));
    }
    if taken.is_empty() {
        return Err(EncodeError::Missing { field: "status.statuses", message: schema.message().to_owned() });
    }
    if let Some(details) = &event.details {
        put_details(&mut root, details, losses);
    }
    Ok(root)
}

type Branch = (&'static str, Draft);

/// The block of a status, and its branch.
fn draft(
    status: &Status,
    taken: &[&str],
    schema: &Schema,
    losses: &mut Losses,
) -> Result<Option<(&'static str, Branch)>, EncodeError> {
    let field = "status.statuses.reasons";
    if let StatusKind::Proprietary { code, issuer } = &status.kind {
        // A status of somebody's own fits any block; the first free one is taken.
        let block =
            ["PrcgSts", "MtchgSts", "SttlmSts", "IfrrdMtchgSts"].into_iter().find(|b| !taken.contains(b));
        let Some(block) = block else {
            losses.add("status.statuses", code, "all four status blocks are taken");
            return Ok(None);
        };
        let mut branch = Draft::new("Prtry");
        branch.set("PrtrySts/Id", "status.statuses", code);
        let issuer = if issuer.is_empty() { NOT_PROVIDED } else { issuer };
        branch.set("PrtrySts/Issr", "status.statuses", issuer);
        for reason in &status.reasons {
            put_proprietary_reason(branch.add("PrtryRsn"), field, reason, losses);
        }
        return Ok(Some((block, ("Prtry", branch))));
    }
    let Some((_, block, name, coded)) = BRANCHES.iter().find(|row| row.0 == status.kind) else {
        return Err(parts::no_message("status of a denied cancellation"));
    };
    let mut branch = Draft::new(name);
    if !coded {
        if let Some((first, more)) = status.reasons.split_first() {
            put_proprietary_reason(&mut branch, field, first, losses);
            for reason in more {
                losses.add(field, &reason.code, format!("{name} holds one reason"));
            }
        }
    } else if status.reasons.is_empty() {
        branch.set("NoSpcfdRsn", field, "NORE");
    } else {
        for reason in &status.reasons {
            let known = schema.codes(&format!("{block}/{name}/Rsn/Cd/Cd"));
            put_coded_reason(branch.add("Rsn"), field, reason, known, losses);
        }
    }
    Ok(Some((block, (name, branch))))
}

fn put_coded_reason(
    draft: &mut Draft,
    field: &'static str,
    reason: &Reason,
    known: &[String],
    losses: &mut Losses,
) {
    let mut text = reason.text.clone();
    if let Some(issuer) = &reason.issuer {
        draft.set("Cd/Prtry/Id", field, &reason.code);
        draft.set("Cd/Prtry/Issr", field, issuer);
    } else if known.contains(&reason.code) {
        draft.set("Cd/Cd", field, &reason.code);
    } else {
        // The nearest that the list has, with the code in words.
        let stand_in = ["OTHR", "NARR", "ADEA"].into_iter().find(|code| known.iter().any(|k| k == code));
        draft.set("Cd/Cd", field, stand_in.unwrap_or("OTHR"));
        let words = [Some(reason.code.as_str()), reason.text.as_deref()];
        text = Some(words.into_iter().flatten().collect::<Vec<_>>().join(": "));
        let instead = stand_in.unwrap_or("OTHR");
        losses.add(
            field,
            &reason.code,
            format!("this status does not know the code; {instead} stands instead, with the code in words"),
        );
    }
    put_text(draft, field, text.as_deref(), losses);
}

fn put_proprietary_reason(draft: &mut Draft, field: &'static str, reason: &Reason, losses: &mut Losses) {
    match &reason.issuer {
        Some(issuer) => {
            draft.set("Rsn/Id", field, &reason.code);
            draft.set("Rsn/Issr", field, issuer);
        }
        None if reason.code.is_empty() => {}
        None => {
            losses.add(field, &reason.code, "this status takes only a proprietary reason, with its issuer")
        }
    }
    put_text(draft, field, reason.text.as_deref(), losses);
}

/// Words are cut where they do not fit, and that is told; they decide nothing.
fn put_text(draft: &mut Draft, field: &'static str, text: Option<&str>, losses: &mut Losses) {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return };
    let cut: String = text.chars().take(210).collect();
    if cut.len() < text.len() {
        losses.add(field, text, "cut to 210 characters");
    }
    draft.set("AddtlRsnInf", field, cut);
}

/// The transaction repeated: the message wants all of it or nothing.
fn put_details(root: &mut Draft, details: &TransactionDetails, losses: &mut Losses) {
    let field = "status.details";
    let (Some(movement), Some(payment), Some(instrument), Some(quantity), Some(day), Some(kind)) = (
        details.movement,
        details.payment,
        &details.instrument,
        &details.quantity,
        details.settlement_date,
        &details.transaction_type,
    ) else {
        let reason = "left out: the message repeats a transaction only with movement, payment, instrument, \
                      quantity, settlement date and transaction type";
        losses.add(field, "incomplete", reason);
        return;
    };
    let draft = root.at("TxDtls");
    draft.set_some("SfkpgAcct/Id", field, details.account.as_ref());
    parts::put_instrument(draft.at("FinInstrmId"), field, instrument);
    parts::put_quantity(draft.at("SttlmQty/Qty"), field, quantity);
    if let Some(amount) = &details.amount {
        parts::put_amount(draft.at("SttlmAmt"), field, amount, (movement, Usual::ByMovement), true);
    }
    draft.set("SttlmDt/Dt/Dt", field, day);
    draft.set_some("TradDt/Dt/Dt", field, details.trade_date);
    draft.set("SctiesMvmntTp", field, parts::movement_code(movement));
    draft.set("Pmt", field, parts::payment_code(payment));
    parts::put_code(draft.at("SttlmParams/SctiesTxTp"), field, kind);
}
