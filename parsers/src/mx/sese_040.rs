//! sese.040: what a counterparty answers to what was asked of an instruction. ISO 15022 has no such message.

use super::encode::Draft;
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parts::{self, Unread, may};
use super::{sese_024, transaction};
use crate::codec::EncodeError;
use crate::model::{CounterpartyAnswer as Answer, CounterpartyResponse, Event, Linkage};

/// Its root element.
pub(super) const ROOT: &str = "SctiesSttlmTxCtrPtyRspn";

/// Answers, their elements, and how many reasons each has.
const ANSWERS: [(Answer, &str, usize); 4] = [
    (Answer::Consented, "Cnsntd", usize::MAX),
    (Answer::Rejected, "Rjctd", 1),
    (Answer::Forwarded, "Pdg/Fwdd", 0),
    (Answer::UnderInvestigation, "Pdg/UdrInvstgtn", 0),
];

/// The kind of tie that the processor's reference is.
const PROCESSOR: (&str, &str) = ("PCTI", "TxId/PrcrTxId");

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let block = root.get("RspnSts").ok_or_else(|| Unread::missing(root, "RspnSts"))?;
    let found = ANSWERS.iter().find_map(|(answer, path, _)| Some((*answer, block.get(path)?)));
    let (answer, at) = found.ok_or_else(|| Unread::at(block, "it gives no answer that is known"))?;
    let reasons = |at: At<'_, '_>| at.all("Rsn").map(sese_024::coded_reason).collect();
    Ok(Event::CounterpartyResponse(Box::new(CounterpartyResponse {
        supplementary: Vec::new(),
        id: reading.message_id.clone(),
        prepared: reading.created,
        instruction: may(root, "TxId/AcctOwnrTxId"),
        servicer_reference: may(root, "TxId/AcctSvcrTxId"),
        market_reference: may(root, "TxId/MktInfrstrctrTxId"),
        linkages: may(root, PROCESSOR.1).map(|r| Linkage::new(PROCESSOR.0, r)).into_iter().collect(),
        answer,
        reasons: reasons(at),
        details: root.get("TxDtls").map(|at| transaction::read(at, (None, None))),
    })))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::CounterpartyResponse(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    if let Some(id) = e.id.as_ref().filter(|id| !writing.carries(id)) {
        let why = "the answer is known by the message identifier of its header";
        writing.losses.add("response.id", id, why);
    }
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let mut root = Draft::new(ROOT);
    let ids = root.at("TxId");
    ids.set_some("AcctOwnrTxId", "response.instruction", e.instruction.as_ref());
    ids.set_some("AcctSvcrTxId", "response.servicer_reference", e.servicer_reference.as_ref());
    ids.set_some("MktInfrstrctrTxId", "response.market_reference", e.market_reference.as_ref());
    for tie in &e.linkages {
        if tie.kind == PROCESSOR.0 && tie.is_plain() && root.find(PROCESSOR.1).is_none() {
            root.set(PROCESSOR.1, "response.linkages", &tie.reference);
        } else {
            let shown = format!("{} {}", tie.kind, tie.reference);
            losses.add("response.linkages", shown, "the message has no place for this tie");
        }
    }
    let row = ANSWERS.iter().find(|row| row.0 == e.answer).copied();
    let (_, path, most) = row.unwrap_or((Answer::UnderInvestigation, "Pdg/UdrInvstgtn", 0));
    let field = "response.reasons";
    for reason in e.reasons.iter().skip(most) {
        losses.add(field, &reason.code, "this answer has no place for it");
    }
    let draft = root.at("RspnSts").at(path);
    if most == 0 || e.reasons.is_empty() {
        draft.set("NoSpcfdRsn", field, "NORE");
    } else {
        for reason in e.reasons.iter().take(most) {
            let known = schema.codes(&format!("RspnSts/{path}/Rsn/Cd/Cd"));
            sese_024::put_coded_reason(draft.add("Rsn"), field, reason, known, losses);
        }
    }
    if let Some(details) = &e.details {
        transaction::put((schema, schema.own()), &mut root, details, losses)?;
    }
    Ok(root)
}
