//! sese.024, sese.034, sese.027 and sese.031: how far an instruction is, one of securities financing, or a request to cancel or to
//! change one (MT548).

use super::encode::{Draft, Losses};
use super::issued;
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parties::{self, Place};
use super::parts::{self, Unread, may, need};
use super::rows::{OTHER_PARTIES, REQUEST_REFERENCES, STATED_REFERENCES};
use super::schema::{Schema, TypeId};
use super::{links, statuses, terms, transaction};
use crate::codec::EncodeError;
use crate::model::{
    Detail, DetailValue as V, Event, FurtherDetails, Linkage, Reason, Reference, Status, StatusAdvice,
    StatusKind, TransactionDetails, further,
};

/// Its root element.
pub(super) const ROOT: &str = "SctiesSttlmTxStsAdvc";

/// The root element of an answer to a cancellation request.
pub(super) const CANCELLATION: &str = "SctiesTxCxlReqStsAdvc";
/// The root element of an answer to a request to change the processing.
pub(super) const MODIFICATION: &str = "SctiesSttlmCondModStsAdvc";

/// The root element of a status of securities financing.
pub(super) const FINANCING: &str = "SctiesFincgStsAdvc";

/// The four status blocks, and that of a call of a repo.
const BLOCKS: [&str; 5] = ["PrcgSts", "IfrrdMtchgSts", "MtchgSts", "SttlmSts", CALL];
const CALL: &str = "RepoCallReqSts";

/// Blocks for a status of somebody's own that names none, in the order of preference.
pub(super) const ANY_BLOCK: [&str; 7] =
    ["PrcgSts", "MtchgSts", "SttlmSts", "IfrrdMtchgSts", "ModPrcgSts", "CxlSts", "Sts"];

/// Statuses of a call of a repo, as they are kept: MT548 says them so too.
const CALLS: [(&str, &str); 2] = [("CALL/PACK", "AckdAccptd"), ("CALL/DEND", "Dnd")];
const CALL_PREFIX: &str = "CALL/";

/// A status: its block, its branch, and whether its reasons have codes (else they are proprietary, or words).
pub(super) type Branches = &'static [(StatusKind, &'static str, &'static str, bool)];

/// Of an instruction.
#[rustfmt::skip]
pub(super) const OF_INSTRUCTION: Branches = &[
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

/// Of a cancellation request.
#[rustfmt::skip]
const OF_CANCELLATION: Branches = &[
    (StatusKind::PendingCancellation, "PrcgSts", "PdgCxl", true),
    (StatusKind::Rejected, "PrcgSts", "Rjctd", true),
    (StatusKind::Repair, "PrcgSts", "Rpr", true),
    (StatusKind::Acknowledged, "PrcgSts", "AckdAccptd", true),
    (StatusKind::CancellationDenied, "PrcgSts", "Dnd", true),
    (StatusKind::Cancelled, "PrcgSts", "Canc", true),
];

/// Of a request to change the processing.
#[rustfmt::skip]
const OF_MODIFICATION: Branches = &[
    (StatusKind::Acknowledged, "PrcgSts", "AckdAccptd", true),
    (StatusKind::Rejected, "PrcgSts", "Rjctd", true),
    (StatusKind::ChangeCompleted, "PrcgSts", "Cmpltd", false),
    (StatusKind::ChangeDenied, "PrcgSts", "Dnd", true),
    (StatusKind::PendingProcessing, "PrcgSts", "Pdg", true),
];

fn branches(root: &str) -> Branches {
    match root {
        CANCELLATION => OF_CANCELLATION,
        MODIFICATION => OF_MODIFICATION,
        _ => OF_INSTRUCTION,
    }
}

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let known = branches(root.name());
    let blocks = root.children().filter(|child| BLOCKS.contains(&child.name()));
    let one =
        |block: At<'_, '_>| if block.name() == CALL { call(block) } else { statuses::in_block(block, known) };
    let statuses: Vec<Status> = blocks.filter_map(one).collect();
    if statuses.is_empty() {
        return Err(Unread::at(root, "it gives no status that is known"));
    }
    let mut advice = StatusAdvice {
        id: reading.message_id.clone(),
        instruction: need(root, reference(root.name()))?,
        servicer_reference: may(root, "TxId/AcctSvcrTxId").or_else(|| may(root, "ReqDtls/Ref/AcctSvcrTxId")),
        market_reference: may(root, "TxId/MktInfrstrctrTxId")
            .or_else(|| may(root, "ReqDtls/Ref/MktInfrstrctrTxId")),
        cancellation: root.name() == CANCELLATION,
        modification: root.name() == MODIFICATION,
        amendment: false,
        financing: root.name() == FINANCING,
        intra_position: false,
        query: None,
        linkages: root.all("Lnkgs").filter_map(links::linkage).collect(),
        prepared: reading.created,
        statuses,
        details: None,
        additional: Vec::new(),
        supplementary: Vec::new(),
    };
    let mut way = (None, None);
    if let Some(cancelled) = root.get("TxId/AcctOwnrTxId").and_then(|at| at.children().next()) {
        let reference = may(cancelled, "TxId").or_else(|| may(cancelled, "Id"));
        let reference = reference.or_else(|| cancelled.text().trim().parse().ok());
        advice.linkages.extend(reference.map(|reference| Linkage::new("PREV", reference)));
        way.0 = cancelled.value("SctiesMvmntTp").and_then(parts::movement);
        way.1 = cancelled.value("Pmt").and_then(parts::payment);
    }
    for (kind, path) in STATED_REFERENCES {
        let (above, name) = path.split_once('/').unwrap_or(("", path));
        let found = root.get(above).into_iter().flat_map(|at| at.all(name).collect::<Vec<_>>());
        let parsed = found.filter_map(|at| at.text().trim().parse::<Reference>().ok());
        advice.linkages.extend(parsed.map(|reference| Linkage::new(kind, reference)));
    }
    for (kind, name) in REQUEST_REFERENCES {
        let own = ["AcctSvcrTxId", "MktInfrstrctrTxId"].contains(&name);
        let reference = root.get("ReqDtls/Ref").and_then(|at| may(at, name)).filter(|_| !own);
        advice.linkages.extend(reference.map(|reference| Linkage::new(kind, reference)));
    }
    advice.details = match root.get("TxDtls") {
        Some(at) => Some(transaction::read(at, way)),
        None if way.0.is_some() => {
            Some(TransactionDetails { movement: way.0, payment: way.1, ..TransactionDetails::default() })
        }
        None => around(root),
    };
    let beside = root.get("TxDtls").map(beside).filter(|list| !list.is_empty());
    advice.additional.extend(beside);
    Ok(Event::Status(Box::new(advice)))
}

/// The element of the reference that an advice answers.
fn reference(root: &str) -> &'static str {
    match root {
        CANCELLATION => "CxlReqRef",
        MODIFICATION => "ReqRef",
        _ => "TxId/AcctOwnrTxId",
    }
}

/// Reads the status of a call of a repo.
fn call(block: At<'_, '_>) -> Option<Status> {
    let branch = block.children().next()?;
    if let Some((code, _)) = CALLS.iter().find(|(_, name)| *name == branch.name()) {
        let kind = StatusKind::Proprietary { code: (*code).to_owned(), issuer: String::new() };
        return Some(Status { kind, reasons: branch.all("Rsn").map(coded_reason).collect() });
    }
    let mut status = status(block, &[])?;
    if let StatusKind::Proprietary { code, .. } = &mut status.kind {
        code.insert_str(0, CALL_PREFIX);
    }
    Some(status)
}

/// The way back; `None` for one that is none of these.
fn put_call(
    status: &Status,
    taken: &[&str],
    (schema, of): (&Schema, TypeId),
    losses: &mut Losses,
) -> Option<Branch> {
    let StatusKind::Proprietary { code, issuer } = &status.kind else { return None };
    let own = code.strip_prefix(CALL_PREFIX)?;
    schema.child(of, CALL).filter(|_| !taken.contains(&CALL))?;
    let field = "status.statuses.reasons";
    let known = CALLS.iter().find(|(known, _)| known == code && issuer.is_empty());
    let Some((_, name)) = known else {
        let mut branch = Draft::new("Prtry");
        issued::put(branch.at("PrtrySts"), "status.statuses", own, issuer);
        for reason in &status.reasons {
            put_proprietary_reason(branch.add("PrtryRsn"), field, reason, losses);
        }
        return Some(("Prtry", branch));
    };
    let mut branch = Draft::new(name);
    if status.reasons.is_empty() {
        branch.set("NoSpcfdRsn", field, "NORE");
    }
    for reason in &status.reasons {
        let known = schema.codes_below(of, &format!("{CALL}/{name}/Rsn/Cd/Cd")).unwrap_or_default();
        put_coded_reason(branch.add("Rsn"), field, reason, known, losses);
    }
    Some((name, branch))
}

/// The account that an answer to a request names.
pub(super) fn around(root: At<'_, '_>) -> Option<TransactionDetails> {
    let mut more = FurtherDetails::default();
    let details = TransactionDetails {
        account: further::number_of("SAFE", terms::stated(root), &mut more.account_details),
        account_owner: root.get("AcctOwnr").and_then(parties::party),
        ..TransactionDetails::default()
    };
    let details = TransactionDetails { more: more.boxed(), ..details };
    (details != TransactionDetails::default()).then_some(details)
}

/// Parties beside the chains.
fn beside(at: At<'_, '_>) -> Vec<Detail> {
    let parties = OTHER_PARTIES
        .iter()
        .filter_map(|(code, name)| Some(Detail::new(code, V::Party(parties::party(at.get(name)?)?))));
    parties.collect()
}

/// The advice that is to be written. It has no identifier of its own but that of the header.
pub(super) fn begin<'e>(
    event: &'e Event,
    writing: &mut Writing<'_>,
) -> Result<&'e StatusAdvice, EncodeError> {
    let Event::Status(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    if let Some(id) = e.id.as_ref().filter(|id| !writing.carries(id)) {
        let why = "the advice is known by the message identifier of its header";
        writing.losses.add("status.id", id, why);
    }
    Ok(e)
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let e = begin(event, writing)?;
    encode(e, writing)
}

/// Reads one block.
pub(super) fn status(block: At<'_, '_>, known: Branches) -> Option<Status> {
    let branch = block.children().next()?;
    if branch.name() == "Prtry" {
        let own = branch.get("PrtrySts")?;
        let kind = StatusKind::Proprietary { code: own.value("Id")?.to_owned(), issuer: issued::issuer(own) };
        return Some(Status { kind, reasons: branch.all("PrtryRsn").map(proprietary_reason).collect() });
    }
    let row = known.iter().find(|row| row.1 == block.name() && row.2 == branch.name())?;
    let reasons = if !row.3 {
        let reason = proprietary_reason(branch);
        let said = !reason.code.is_empty() || reason.text.is_some();
        said.then_some(reason).into_iter().collect()
    } else {
        branch.all("Rsn").map(coded_reason).collect()
    };
    Some(Status { kind: row.0.clone(), reasons })
}

pub(super) fn coded_reason(at: At<'_, '_>) -> Reason {
    let code = at.value("Cd/Cd").or_else(|| at.value("Cd/Prtry/Id"));
    Reason {
        code: code.unwrap_or_default().to_owned(),
        issuer: at.get("Cd/Prtry").map(issued::issuer),
        text: at.value("AddtlRsnInf").map(str::to_owned),
    }
}

pub(super) fn proprietary_reason(at: At<'_, '_>) -> Reason {
    Reason {
        code: at.value("Rsn/Id").unwrap_or_default().to_owned(),
        issuer: at.get("Rsn").map(issued::issuer),
        text: at.value("AddtlRsnInf").map(str::to_owned),
    }
}

fn encode(event: &StatusAdvice, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let name = match (event.cancellation, event.modification) {
        (true, _) => CANCELLATION,
        (false, true) => MODIFICATION,
        (false, false) if event.financing => FINANCING,
        (false, false) => ROOT,
    };
    let mut root = Draft::new(name);
    root.set(reference(name), "status.instruction", &event.instruction);
    let mut taken: Vec<&str> = Vec::new();
    for status in &event.statuses {
        let to = (schema, schema.own());
        if let Some((branch, drafted)) = put_call(status, &taken, to, losses) {
            taken.push(CALL);
            root.at(CALL).take_child(branch, drafted);
            continue;
        }
        let (status, elsewhere) = statuses::told(status);
        let not_here: Vec<&str> = taken.iter().copied().chain(elsewhere).collect();
        let drafted = draft(&status, &not_here, to, branches(name), losses)?;
        let Some((block, mut draft)) = drafted else { continue };
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
    let repeated = match &event.details {
        Some(details) if name == MODIFICATION => put_around(&mut root, details, schema, losses)?,
        Some(details) => {
            only_way(details) || transaction::put((schema, schema.own()), &mut root, details, losses)?
        }
        None => false,
    };
    put_ties(&mut root, event, repeated, writing);
    Ok(root)
}

/// Whether a transaction says no more than direction and payment.
fn only_way(details: &TransactionDetails) -> bool {
    let way = TransactionDetails {
        movement: details.movement,
        payment: details.payment,
        ..TransactionDetails::default()
    };
    *details == way && details.movement.is_some()
}

/// The account that an answer to a request names.
fn put_around(
    root: &mut Draft,
    details: &TransactionDetails,
    schema: &Schema,
    losses: &mut Losses,
) -> Result<bool, EncodeError> {
    let mut more = details.more.as_deref().cloned().unwrap_or_default();
    let account = further::account_of("SAFE", details.account.as_ref(), &mut more.account_details);
    if let Some(account) = &account {
        terms::put_stated((schema, schema.own()), root, account, "status.details.account", losses);
    }
    if let Some(owner) = &details.account_owner {
        parties::put_party(root.at("AcctOwnr"), "status.details.account_owner", owner, Place::Owner, losses)?;
    }
    let said = TransactionDetails {
        account: details.account.clone(),
        account_owner: details.account_owner.clone(),
        more: account.as_ref().and(details.more.clone()).filter(|_| more == FurtherDetails::default()),
        ..TransactionDetails::default()
    };
    if said != *details {
        losses.add(
            "status.details",
            "transaction",
            "the message names the account, and repeats no transaction",
        );
    }
    Ok(false)
}

/// References of others and parties beside; `repeated` says whether the transaction is.
fn put_ties(root: &mut Draft, event: &StatusAdvice, repeated: bool, writing: &mut Writing<'_>) {
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let of = schema.own();
    let (servicer, market) = (&event.servicer_reference, &event.market_reference);
    let mut ties: Vec<Linkage> = event.linkages.clone();
    let said = [Some(("RELA", &event.instruction)), market.as_ref().map(|market| ("MITI", market))];
    for (kind, reference) in said.into_iter().flatten() {
        let same = |l: &mut Linkage| l.kind == kind && l.reference == *reference && !l.is_plain();
        for tie in ties.extract_if(.., same) {
            let shown = format!("{kind} {}", tie.message.unwrap_or_default());
            losses.add("status.linkages", shown, "the message says no more of this tie than the reference");
        }
    }
    let base = if event.modification { "ReqDtls/Ref" } else { "TxId" };
    // In an answer to a cancellation the identification names the instruction first.
    if event.cancellation {
        let index = ties.iter().position(|l| l.kind == "PREV");
        let way = event.details.as_ref().and_then(|d| Some((d.movement?, d.payment?)));
        match (index, way) {
            (Some(index), Some((movement, payment))) => {
                let tie = ties.remove(index);
                let draft = root.at("TxId/AcctOwnrTxId/SctiesSttlmTxId");
                draft.set("TxId", "status.linkages", &tie.reference);
                draft.set("SctiesMvmntTp", "status.details.movement", parts::movement_code(movement));
                draft.set("Pmt", "status.details.payment", parts::payment_code(payment));
            }
            (_, way) => {
                let why = "the message names the instruction only with its reference, direction and payment";
                for tie in std::mem::take(&mut ties) {
                    losses.add("status.linkages", format!("{} {}", tie.kind, tie.reference), why);
                }
                let others = [("status.servicer_reference", servicer), ("status.market_reference", market)];
                for (field, reference) in others {
                    if let Some(reference) = reference {
                        losses.add(field, reference, why);
                    }
                }
                if way.is_some() {
                    losses.add("status.details.movement", "direction", why);
                    losses.add("status.details.payment", "payment", why);
                    losses.add("status.details", "direction and payment", why);
                }
                put_beside(root, event, repeated, writing);
                return;
            }
        }
    }
    let ids = root.at(base);
    ids.set_some("AcctSvcrTxId", "status.servicer_reference", servicer.as_ref());
    ids.set_some("MktInfrstrctrTxId", "status.market_reference", market.as_ref());
    for tie in ties {
        let field = "status.linkages";
        let shown = format!("{} {}", tie.kind, tie.reference);
        let request = REQUEST_REFERENCES.iter().filter(|_| event.modification);
        let request = request.filter(|(kind, name)| *kind == tie.kind && *name != "AcctSvcrTxId");
        let stated = STATED_REFERENCES.iter().filter(|(kind, _)| *kind == tie.kind && !event.modification);
        let paths: Vec<(&'static str, &'static str)> = request
            .map(|(_, name)| (base, *name))
            .chain(stated.filter_map(|(_, path)| path.split_once('/')))
            .collect();
        let place = paths.into_iter().find(|(above, name)| {
            let parent = schema.down(of, above).and_then(|parent| schema.child(parent, name));
            let fits = parent.is_some_and(|particle| {
                let simple = schema.value_type(particle.type_id);
                let taken = root.find(above).map_or(0, |at| at.count(name));
                taken < particle.occurs.1 as usize
                    && simple.is_some_and(|simple| simple.check(tie.reference.as_str()).is_ok())
            });
            fits && (*above != "TxDtls" || root.find("TxDtls").is_some())
        });
        match place {
            Some((above, name)) => {
                root.at(above).add(name).say(field, tie.reference.as_str());
                if !tie.is_plain() {
                    losses.add(field, shown, "the message says no more of this tie than the reference");
                }
            }
            None => links::put((schema, of), root, &[tie], field, losses),
        }
    }
    if event.modification && root.find("ReqDtls/Ref").is_some_and(Draft::is_empty) {
        root.drop_child("ReqDtls");
    }
    put_beside(root, event, repeated, writing);
}

fn put_beside(root: &mut Draft, event: &StatusAdvice, repeated: bool, writing: &mut Writing<'_>) {
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let of = schema.down(schema.own(), "TxDtls");
    for detail in event.additional.iter().flatten() {
        let name = OTHER_PARTIES.iter().find(|(code, _)| *code == detail.code).map(|(_, name)| *name);
        let known = of.zip(name).filter(|(of, name)| schema.child(*of, name).is_some());
        let party = if let V::Party(party) = &detail.value { Some(party) } else { None };
        let free = |name: &str| root.find("TxDtls").is_some_and(|at| at.count(name) == 0);
        let mut draft = Draft::new("");
        match (known.filter(|(_, name)| repeated && free(name)), party) {
            (Some((_, name)), Some(party))
                if parties::put_party(&mut draft, "status.additional", party, Place::Chain, losses)
                    .is_ok() =>
            {
                root.at("TxDtls").take_child(name, draft);
            }
            _ => {
                let shown = format!("{} {}", detail.code, super::sheet::show(&detail.value));
                losses.add("status.additional", shown, "the message has no place for it");
            }
        }
    }
}

type Branch = (&'static str, Draft);

/// The block of a status, and its branch.
pub(super) fn draft(
    status: &Status,
    taken: &[&str],
    (schema, of): (&Schema, TypeId),
    branches: Branches,
    losses: &mut Losses,
) -> Result<Option<(&'static str, Branch)>, EncodeError> {
    let field = "status.statuses.reasons";
    if let StatusKind::Proprietary { code, issuer } = &status.kind {
        // A status of somebody's own fits any block; the first free one is taken.
        let free = |b: &&str| !taken.contains(b) && schema.child(of, b).is_some();
        let block = ANY_BLOCK.into_iter().find(free);
        let Some(block) = block else {
            losses.add("status.statuses", code, "all status blocks are taken");
            return Ok(None);
        };
        let mut branch = Draft::new("Prtry");
        issued::put(branch.at("PrtrySts"), "status.statuses", code, issuer);
        for reason in &status.reasons {
            put_proprietary_reason(branch.add("PrtryRsn"), field, reason, losses);
        }
        return Ok(Some((block, ("Prtry", branch))));
    }
    let Some((_, block, name, coded)) = branches.iter().find(|row| row.0 == status.kind) else {
        let why = "the message has no such status: choose another target format";
        let value = format!("{:?}", status.kind);
        return Err(EncodeError::Invalid { field: "status.statuses", value, reason: why.to_owned() });
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
            let known = schema.codes_below(of, &format!("{block}/{name}/Rsn/Cd/Cd")).unwrap_or_default();
            put_coded_reason(branch.add("Rsn"), field, reason, known, losses);
        }
    }
    Ok(Some((block, (name, branch))))
}

pub(super) fn put_coded_reason(
    draft: &mut Draft,
    field: &'static str,
    reason: &Reason,
    known: &[String],
    losses: &mut Losses,
) {
    let mut text = reason.text.clone();
    if let Some(issuer) = &reason.issuer {
        issued::put(draft.at("Cd/Prtry"), field, &reason.code, issuer);
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

pub(super) fn put_proprietary_reason(
    draft: &mut Draft,
    field: &'static str,
    reason: &Reason,
    losses: &mut Losses,
) {
    match &reason.issuer {
        Some(issuer) => {
            issued::put(draft.at("Rsn"), field, &reason.code, issuer);
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
