//! setr.044: how far the processing of a trade confirmation is (MT509).

use super::encode::{Draft, Losses};
use super::listed::NO_REFERENCE;
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parties::NOT_PROVIDED;
use super::parts::{self, Unread, need};
use super::schema::{Schema, TypeId};
use super::sese_024::{coded_reason, proprietary_reason, put_coded_reason, put_proprietary_reason};
use super::setr_030::{put_reference, references};
use crate::codec::EncodeError;
use crate::model::{
    AffirmationStatus, CodedStatus, ConfirmationAcknowledgement, Event, Function, Linkage, Reason, StatusOf,
    TradeStatus,
};

/// Its root element.
pub(super) const ROOT: &str = "SctiesTradConfStsAdvc";

/// The blocks, in the order in which they stand.
const BLOCKS: [(StatusOf, &str); 5] = [
    (StatusOf::Affirmation, "AffirmSts"),
    (StatusOf::Processing, "PrcgSts"),
    (StatusOf::Matching, "MtchgSts"),
    (StatusOf::Replacement, "RplcmntPrcgSts"),
    (StatusOf::Cancellation, "CxlPrcgSts"),
];

/// A status: its block, the code of MT, its branch.
const BRANCHES: &[(&str, &str, &str)] = &[
    ("AffirmSts", "AFFI", "Affrmd"),
    ("AffirmSts", "NAFI", "Uaffrmd"),
    ("PrcgSts", "PACK", "AckdAccptd"),
    ("PrcgSts", "PPRC", "PdgPrcg"),
    ("PrcgSts", "REJT", "Rjctd"),
    ("PrcgSts", "REPR", "InRpr"),
    ("PrcgSts", "DFLA", "DfltActn"),
    ("PrcgSts", "DONE", "Done"),
    ("PrcgSts", "FORR", "ForcdRjctn"),
    ("PrcgSts", "DONF", "FullyExctdConfSnt"),
    ("PrcgSts", "FUTU", "Futr"),
    ("PrcgSts", "CGEN", "Gnrtd"),
    ("PrcgSts", "NOIN", "NoInstr"),
    ("PrcgSts", "OPOD", "OpnOrdr"),
    ("PrcgSts", "INTE", "RcvdAtIntrmy"),
    ("PrcgSts", "SESE", "SttlmInstrSnt"),
    ("PrcgSts", "STIN", "StgInstr"),
    ("PrcgSts", "SUSP", "TradgSspdByStockXchg"),
    ("PrcgSts", "TREA", "Trtd"),
    ("PrcgSts", "MAFF", "AlrdyMtchdAndAffrmd"),
    ("MtchgSts", "MACH", "Mtchd"),
    ("MtchgSts", "NMAT", "Umtchd"),
    ("MtchgSts", "TOLE", "MtchdWthTlrnce"),
    ("MtchgSts", "ALLE", "MtchgAllgd"),
    ("RplcmntPrcgSts", "PACK", "Accptd"),
    ("RplcmntPrcgSts", "REPL", "Cmpltd"),
    ("RplcmntPrcgSts", "DEND", "Dnd"),
    ("RplcmntPrcgSts", "REPR", "InRpr"),
    ("RplcmntPrcgSts", "PART", "PrtlRplcmntAccptd"),
    ("RplcmntPrcgSts", "PEND", "Pdg"),
    ("RplcmntPrcgSts", "INTE", "RcvdAtIntrmy"),
    ("RplcmntPrcgSts", "EXCH", "RcvdAtStockXchg"),
    ("RplcmntPrcgSts", "REJT", "Rjctd"),
    ("RplcmntPrcgSts", "MODR", "ModReqd"),
    ("CxlPrcgSts", "CANP", "CxlPdg"),
    ("CxlPrcgSts", "CPRC", "CxlReqd"),
    ("CxlPrcgSts", "CAND", "CxlCmpltd"),
];

/// Reads the event. A message that says that a confirmation was taken, and nothing else, is the answer to it.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let mut statuses = Vec::new();
    for (of, name) in BLOCKS {
        statuses.extend(root.get(name).and_then(|at| status(of, at)));
    }
    if statuses.is_empty() {
        return Err(Unread::at(root, "it gives no status that is known"));
    }
    let status = TradeStatus {
        supplementary: Vec::new(),
        id: need(root, "Id/TxId")?,
        cancellation: false,
        prepared: reading.created,
        linkages: references(root),
        statuses,
        details: None,
        originator: None,
        recipient: None,
    };
    let answer = answer(&status);
    Ok(answer.unwrap_or_else(|| Event::TradeStatus(Box::new(status))))
}

fn answer(status: &TradeStatus) -> Option<Event> {
    let ([link], [said]) = (status.linkages.as_slice(), status.statuses.as_slice()) else { return None };
    let taken = said.of == StatusOf::Processing && said.code == "PACK" && said.reasons.is_empty();
    if !taken || said.issuer.is_some() || link.kind != "RELA" || link.message.is_some() {
        return None;
    }
    Some(Event::ConfirmationAcknowledgement(Box::new(ConfirmationAcknowledgement {
        supplementary: Vec::new(),
        id: Some(status.id.clone()),
        function: Function::New,
        linkages: Vec::new(),
        parties: Vec::new(),
        confirmation: link.reference.clone(),
        status: AffirmationStatus::Received,
        reason: None,
        text: None,
        trade_date: None,
        transacted: status.prepared,
    })))
}

fn status(of: StatusOf, block: At<'_, '_>) -> Option<CodedStatus> {
    let branch = block.children().next()?;
    if branch.name() == "PrtrySts" {
        let issuer = branch.value("PrtrySts/Issr").unwrap_or(NOT_PROVIDED);
        return Some(CodedStatus {
            of,
            code: branch.value("PrtrySts/Id")?.to_owned(),
            issuer: Some(issuer.to_owned()),
            reasons: branch.all("PrtryRsn").map(proprietary_reason).collect(),
        });
    }
    let (_, code, _) = BRANCHES.iter().find(|(of, _, name)| *of == block.name() && *name == branch.name())?;
    let coded: Vec<Reason> =
        branch.all("Rsn").filter(|at| at.get("Cd").is_some()).map(coded_reason).collect();
    let own = Some(proprietary_reason(branch)).filter(|r| !r.code.is_empty() || r.text.is_some());
    let reasons = if coded.is_empty() { own.into_iter().collect() } else { coded };
    Some(CodedStatus { of, code: (*code).to_owned(), issuer: None, reasons })
}

/// Drafts the root element, also for the bare receipt of a confirmation.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let status = match event {
        Event::TradeStatus(e) => (**e).clone(),
        Event::ConfirmationAcknowledgement(e) => receipt(e, writing)?,
        other => return Err(parts::no_message(other.kind().name())),
    };
    writing.prepared(status.prepared);
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let mut root = Draft::new(ROOT);
    root.set("Id/TxId", "id", &status.id);
    for linkage in &status.linkages {
        put_reference(&mut root, linkage, losses);
    }
    if root.count("Refs") == 0 {
        root.add("Refs").set("Ref/InstgPtyTxId", "linkages", NO_REFERENCE);
    }
    if status.cancellation {
        losses.add("cancellation", "true", "what it answers is said by its references");
    }
    for said in &status.statuses {
        put_status((schema, schema.own()), &mut root, said, losses);
    }
    let repeated = status.details.as_ref().map(|d| format!("{:?} {:?}", d.side, d.instrument.isin));
    if let Some(details) = repeated {
        losses.add("details", details, "the trade is not repeated");
    }
    for (field, party) in [("originator", &status.originator), ("recipient", &status.recipient)] {
        if let Some(party) = party {
            let shown = super::statement::show_party(party);
            losses.add(field, shown, "sender and receiver stand in the business header");
        }
    }
    root.fit((schema, schema.own()), losses);
    Ok(root)
}

fn receipt(e: &ConfirmationAcknowledgement, writing: &mut Writing<'_>) -> Result<TradeStatus, EncodeError> {
    let made = || writing.envelope.message_id.parse().ok();
    let id = e.id.clone().or_else(made);
    let id =
        id.ok_or_else(|| EncodeError::Missing { field: "id", message: writing.schema.message().to_owned() })?;
    let losses = &mut writing.losses;
    if e.id.is_none() {
        losses.add("id", &id, "the answer needs a reference: that of the message stands");
    }
    for (field, told) in [("reason", &e.reason), ("text", &e.text)] {
        if let Some(told) = told {
            losses.add(field, told, "who has a confirmation says no more of it");
        }
    }
    if let Some(date) = e.trade_date {
        losses.add("trade_date", date, "an answer does not repeat the trade");
    }
    for party in &e.parties {
        losses.add("parties", format!("{:?}", party.role), "the message names none in an answer");
    }
    let answered = Linkage::new("RELA", e.confirmation.clone());
    let taken =
        CodedStatus { of: StatusOf::Processing, code: "PACK".to_owned(), issuer: None, reasons: Vec::new() };
    Ok(TradeStatus {
        supplementary: Vec::new(),
        id,
        cancellation: false,
        prepared: e.transacted,
        linkages: std::iter::once(answered).chain(e.linkages.iter().cloned()).collect(),
        statuses: vec![taken],
        details: None,
        originator: None,
        recipient: None,
    })
}

fn put_status((schema, own): (&Schema, TypeId), root: &mut Draft, said: &CodedStatus, losses: &mut Losses) {
    let field = "statuses";
    let block = BLOCKS.iter().find(|(of, _)| *of == said.of).map(|(_, name)| *name);
    let Some(block) = block.filter(|block| root.count(block) == 0) else {
        losses.add(field, format!("{:?} {}", said.of, said.code), "there is no block left for this status");
        return;
    };
    let row = BRANCHES.iter().find(|(of, code, _)| *of == block && *code == said.code);
    let Some((_, _, name)) = row.filter(|_| said.issuer.is_none()) else {
        let mut branch = Draft::new("PrtrySts");
        branch.set("PrtrySts/Id", field, &said.code);
        branch.set("PrtrySts/Issr", field, said.issuer.as_deref().unwrap_or(NOT_PROVIDED));
        if said.issuer.is_none() {
            losses.add(field, &said.code, "it stands as a status of somebody's own");
        }
        for reason in &said.reasons {
            put_proprietary_reason(branch.add("PrtryRsn"), "statuses.reasons", reason, losses);
        }
        root.at(block).take_child("PrtrySts", branch);
        return;
    };
    let mut branch = Draft::new(name);
    put_reasons(
        schema,
        schema.down(own, block).and_then(|of| schema.down(of, name)),
        &mut branch,
        said,
        losses,
    );
    root.at(block).take_child(name, branch);
}

fn put_reasons(
    schema: &Schema,
    of: Option<TypeId>,
    branch: &mut Draft,
    said: &CodedStatus,
    losses: &mut Losses,
) {
    let field = "statuses.reasons";
    match of.and_then(|of| schema.codes_below(of, "Rsn/Cd/Cd")) {
        Some(_) if said.reasons.is_empty() => branch.set("NoSpcfdRsn", field, "NORE"),
        Some(known) => {
            for reason in &said.reasons {
                put_coded_reason(branch.add("Rsn"), field, reason, known, losses);
            }
        }
        None => {
            for (nth, reason) in said.reasons.iter().enumerate() {
                if nth == 0 {
                    put_proprietary_reason(branch, field, reason, losses);
                } else {
                    losses.add(field, &reason.code, "this status holds one reason");
                }
            }
        }
    }
}
