//! MT548 and the normalized status advice: every 25D with the 24B reasons below it.

use super::arrange::Block;
use super::confirmation::named_link;
use super::encode::{Writer, fitting};
use super::instruction::{missing, write_linkage};
use super::message::{Element, Message};
use super::sections::{self, Section, Unread};
use super::{codes, statement, terms, value};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    DetailValue as V, Event, FurtherDetails, Linkage, Movement, Payment, Queried, Reason, Status,
    StatusAdvice, StatusKind, TransactionDetails, further,
};

/// 25D for an instruction: qualifier, code, meaning.
const INSTRUCTION: &[(&str, &str, StatusKind)] = &[
    ("IPRC", "PACK", StatusKind::Acknowledged),
    ("IPRC", "PPRC", StatusKind::PendingProcessing),
    ("IPRC", "REJT", StatusKind::Rejected),
    ("IPRC", "REPR", StatusKind::Repair),
    ("IPRC", "CAND", StatusKind::Cancelled),
    ("IPRC", "CANP", StatusKind::PendingCancellation),
    ("IPRC", "CPRC", StatusKind::CancellationRequested),
    ("IPRC", "MPRC", StatusKind::ModificationRequested),
    ("MTCH", "MACH", StatusKind::Matched),
    ("MTCH", "NMAT", StatusKind::Unmatched),
    ("INMH", "MACH", StatusKind::InferredMatched),
    ("INMH", "NMAT", StatusKind::InferredUnmatched),
    ("SETT", "PEND", StatusKind::Pending),
    ("SETT", "PENF", StatusKind::Failing),
];

/// 25D for a cancellation request (23G CAST).
const CANCELLATION: &[(&str, &str, StatusKind)] = &[
    ("CPRC", "PACK", StatusKind::Acknowledged),
    ("CPRC", "REJT", StatusKind::Rejected),
    ("CPRC", "REPR", StatusKind::Repair),
    ("CPRC", "CAND", StatusKind::Cancelled),
    ("CPRC", "CANP", StatusKind::PendingCancellation),
    ("CPRC", "DEND", StatusKind::CancellationDenied),
];

/// 25D for a request to change the processing.
const MODIFICATION: &[(&str, &str, StatusKind)] = &[
    ("TPRC", "PACK", StatusKind::Acknowledged),
    ("TPRC", "PPRC", StatusKind::PendingProcessing),
    ("TPRC", "REJT", StatusKind::Rejected),
    ("TPRC", "DEND", StatusKind::ChangeDenied),
    ("TPRC", "COMP", StatusKind::ChangeCompleted),
];

/// The message that orders a movement within a position.
const MOVEMENT: &str = "524";

/// 25D for a question that is answered.
const QUERY: &[(&str, &str, StatusKind)] =
    &[("SPRC", "PACK", StatusKind::Acknowledged), ("SPRC", "REJT", StatusKind::Rejected)];

/// What the message means; `Err` names what is missing for it.
pub(super) fn read<'a>(message: &Message<'a>, unread: &mut Unread<'a>) -> Result<Event, &'static str> {
    let mut root = sections::read(message);
    let mut general = root.take_one("GENL").ok_or("20C::SEME")?;
    let (function, copy) = terms::function(&mut general).ok_or("23G")?;
    if !matches!(function.as_str(), "INST" | "CAST") {
        return Err("23G INST or CAST");
    }
    let prepared = statement::instant(&mut general, b"PREP");
    let mut links = terms::Links(statement::linkages(general.take("LINK"), unread));
    let mut statuses = Vec::new();
    for mut section in general.take("STAT") {
        statuses.extend(statement::status(&mut section, unread));
        section.give_up(unread);
    }
    if statuses.is_empty() {
        return Err("25D");
    }
    let modification = function == "INST" && all_of(MODIFICATION, "TPRC/", &mut statuses);
    let query = function == "INST" && !modification && all_of(QUERY, "SPRC/", &mut statuses);
    let mut g = general.details(unread);
    let id = g.reference("SEME");
    let instruction = links.take("RELA").ok_or("20C::RELA")?;
    // The link says which message it answers: one that moves something within a position.
    let of_movement = |link: &Linkage| {
        let named =
            Linkage { message: Some(MOVEMENT.to_owned()), ..Linkage::new("RELA", instruction.clone()) };
        *link == named
    };
    let intra_position = links.0.extract_if(.., |link| of_movement(link)).count() > 0;
    let mut details = root.take_one("SETTRAN").map(|section| transaction(section, unread));
    if let Some(copy) = copy {
        // Only a transaction has a place for what else is said.
        let details = details.get_or_insert_default();
        details.more.get_or_insert_default().copy = Some(copy);
    }
    let additional = statement::additional(&mut root, unread);
    root.give_up(unread);
    Ok(Event::Status(Box::new(StatusAdvice {
        id,
        instruction,
        servicer_reference: None,
        market_reference: links.take("MITI"),
        cancellation: function == "CAST",
        modification,
        amendment: false,
        financing: !modification && !query && statuses.iter().any(is_call),
        intra_position,
        query: query.then(Box::default),
        linkages: links.0,
        prepared,
        statuses,
        details,
        additional,
        supplementary: Vec::new(),
    })))
}

/// Whether it is one of a call of a repo: then the instruction is one of securities financing.
fn is_call(status: &Status) -> bool {
    let StatusKind::Proprietary { code, issuer } = &status.kind else { return false };
    issuer.is_empty() && code.starts_with("CALL/")
}

/// Where all statuses are those of such a request, says so and names them.
fn all_of(rows: &[(&str, &str, StatusKind)], prefix: &str, statuses: &mut [Status]) -> bool {
    let known = |status: &Status| match &status.kind {
        StatusKind::Proprietary { code, issuer } if issuer.is_empty() => {
            let code = code.strip_prefix(prefix)?;
            rows.iter().find(|row| row.1 == code).map(|row| row.2.clone())
        }
        _ => None,
    };
    let kinds: Option<Vec<StatusKind>> = statuses.iter().map(known).collect();
    let Some(kinds) = kinds else { return false };
    for (status, kind) in statuses.iter_mut().zip(kinds) {
        status.kind = kind;
    }
    true
}

/// Whether it is about penalties.
pub(super) fn is_penalties(message: &Message<'_>) -> bool {
    message.elements().any(|e| e.block == b"GENL" && e.tag == b"23G" && e.rest.starts_with(b"PENA"))
}

/// What 25D says.
pub(super) fn kind(e: &Element<'_>) -> StatusKind {
    let (qualifier, code) = (value::text(e.qualifier), value::text(e.rest));
    let known = INSTRUCTION.iter().chain(CANCELLATION).find(|(q, c, _)| *q == qualifier && *c == code);
    match known {
        Some((_, _, kind)) if e.scheme.is_empty() => kind.clone(),
        _ => StatusKind::Proprietary {
            // The usual block needs no name; another one is kept before the code.
            code: if qualifier == "IPRC" && !e.scheme.is_empty() {
                code
            } else {
                format!("{qualifier}/{code}")
            },
            issuer: value::text(e.scheme),
        },
    }
}

/// The transaction that an advice repeats.
fn transaction<'a>(mut section: Section<'a>, unread: &mut Unread<'a>) -> TransactionDetails {
    let parties = section.take("SETPRTY");
    let mut d = section.details(unread);
    let movement = d.code("REDE").as_deref().and_then(statement::movement);
    let chains = statement::chains(parties, movement, unread);
    let payment = match d.code("PAYM").as_deref() {
        Some("APMT") => Some(Payment::Against),
        Some("FREE") => Some(Payment::Free),
        _ => None,
    };
    let mut more = FurtherDetails { party_details: chains.details, ..FurtherDetails::default() };
    let (trade, account) = (&mut more.trade_details, &mut more.account_details);
    let mut details = TransactionDetails {
        movement,
        payment,
        instrument: d.instrument(),
        quantity: d.quantity("SETT"),
        amount: d.amount("SETT"),
        trade_date: further::day_of("TRAD", d.moment("TRAD"), trade),
        settlement_date: further::day_of("SETT", d.moment("SETT"), trade),
        account: further::number_of("SAFE", d.safekeeping(), account),
        transaction_type: d.code("SETR"),
        account_owner: d.party("ACOW"),
        delivering: chains.delivering,
        receiving: chains.receiving,
        narrative: d.text("SPRO"),
        more: None,
    };
    for detail in d.rest() {
        let list = match (&detail.value, detail.code.as_str()) {
            (V::Place(_), "SAFE") | (V::Quantity(_), _) => &mut more.account_details,
            (V::Code(_), _) => &mut more.settlement_details,
            (V::Amount(_), _) => &mut more.amount_details,
            _ => &mut more.trade_details,
        };
        list.push(detail);
    }
    details.more = more.boxed();
    details
}

/// Writes a status advice as MT548.
pub(super) fn write(event: &StatusAdvice, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    if event.statuses.is_empty() {
        return Err(missing("status.statuses", "548"));
    }
    let mut w = Writer::default();
    if let Some(reference) = &event.servicer_reference {
        let why = "MT548 has no place for the servicer's own reference";
        w.lose("status.servicer_reference", reference.as_str(), why);
    }
    lose_kind(&mut w, event);
    let mut links = event.linkages.clone();
    let mut instruction = named_link(&mut links, "RELA", &event.instruction);
    if event.intra_position {
        instruction.message.get_or_insert_with(|| MOVEMENT.to_owned());
    }
    fitting("status.instruction", &event.instruction)?;
    w.sequence("GENL", |w| {
        w.answer("status.id", event.id.as_ref(), envelope, "548")?;
        let copy = event.details.as_ref().and_then(|d| d.more.as_ref()).and_then(|more| more.copy.as_ref());
        let function = if event.cancellation { "CAST" } else { "INST" };
        w.line("23G", &copy.map_or(function.to_owned(), |copy| format!("{function}/{copy}")));
        w.prepared(event.prepared);
        write_linkage(w, "548", "status.instruction", &instruction)?;
        if let Some(reference) = &event.market_reference {
            let link = named_link(&mut links, "MITI", reference);
            write_linkage(w, "548", "status.market_reference", &link)?;
        }
        links.iter().try_for_each(|link| write_linkage(w, "548", "status.linkages", link))?;
        event.statuses.iter().try_for_each(|status| write_status(w, status, event))
    })?;
    let mut root = Block::new("");
    if let Some(details) = event.details.as_ref().filter(|details| **details != only_copy(details)) {
        root.child(transaction_block(&mut w, details)?);
    }
    for details in &event.additional {
        let mut block = Block::called("ADDINFO", "status.additional");
        block.put_all(details);
        root.child(block);
    }
    statement::finish(w, "548", &root, envelope)
}

/// What MT548 does not say of what it answers.
fn lose_kind(w: &mut Writer, event: &StatusAdvice) {
    if event.financing && !event.statuses.iter().any(is_call) {
        w.lose(
            "status.financing",
            "true",
            "MT548 is the same for all instructions, but where a call is answered",
        );
    }
    let Some(query) = event.query.as_deref().filter(|query| **query != Queried::default()) else { return };
    let told = serde_json::to_string(query).unwrap_or_default();
    w.lose("status.query", &told, "MT548 names the question, and does not repeat what was asked for");
}

/// A transaction of which nothing is said but that the message is a copy.
fn only_copy(details: &TransactionDetails) -> TransactionDetails {
    let copy = details.more.as_ref().and_then(|more| more.copy.clone());
    let more = FurtherDetails { copy, ..FurtherDetails::default() };
    TransactionDetails { more: more.boxed(), ..TransactionDetails::default() }
}

/// Qualifier, issuer and code of a status; the issuer is empty for the standard's own codes.
pub(super) fn code_of(kind: &StatusKind) -> Result<(String, String, String), EncodeError> {
    let known = INSTRUCTION.iter().chain(CANCELLATION).find(|(_, _, known)| known == kind);
    match (kind, known) {
        (_, Some((qualifier, code, _))) => Ok(((*qualifier).to_owned(), String::new(), (*code).to_owned())),
        (StatusKind::Proprietary { code, issuer }, None) => {
            let (qualifier, code) = code.split_once('/').unwrap_or(("IPRC", code));
            Ok((qualifier.to_owned(), issuer.clone(), code.to_owned()))
        }
        (kind, None) => {
            Err(super::encode::invalid("status.kind", &format!("{kind:?}"), "25D has no code for it"))
        }
    }
}

fn write_status(w: &mut Writer, status: &Status, event: &StatusAdvice) -> Result<(), EncodeError> {
    let tables = match (event.cancellation, event.modification) {
        _ if event.query.is_some() => [QUERY, INSTRUCTION, MODIFICATION],
        (true, _) => [CANCELLATION, INSTRUCTION, MODIFICATION],
        (false, true) => [MODIFICATION, INSTRUCTION, CANCELLATION],
        (false, false) => [INSTRUCTION, CANCELLATION, MODIFICATION],
    };
    let known = tables.into_iter().flatten().find(|(_, _, kind)| *kind == status.kind);
    w.sequence("STAT", |w| {
        let reason = match (&status.kind, known) {
            (_, Some((qualifier, code, _))) => {
                w.put("25D", qualifier, code);
                *code
            }
            (StatusKind::Proprietary { code, issuer }, _) => {
                let (qualifier, code) = code.split_once('/').unwrap_or(("IPRC", code));
                w.line("25D", &format!(":{qualifier}/{issuer}/{code}"));
                // With a scheme the standard leaves the choice open.
                if codes::reasons("548", code.as_bytes()).is_some() { code } else { "PPRC" }
            }
            (kind, None) => {
                return Err(super::encode::invalid(
                    "status.kind",
                    &format!("{kind:?}"),
                    "25D has no code for it",
                ));
            }
        };
        status.reasons.iter().try_for_each(|r| write_reason(w, reason, r))
    })
}

fn write_reason(w: &mut Writer, qualifier: &str, reason: &Reason) -> Result<(), EncodeError> {
    let Some(list) = codes::reasons("548", qualifier.as_bytes()) else {
        let why = "this status has no reasons in MT548";
        w.lose(
            "status.statuses.reasons",
            &format!("{} {}", reason.code, reason.text.as_deref().unwrap_or("")),
            why,
        );
        return Ok(());
    };
    let mut words = reason.text.clone();
    w.sequence("REAS", |w| {
        match &reason.issuer {
            Some(issuer) => w.line("24B", &format!(":{qualifier}/{issuer}/{}", reason.code)),
            None if list.contains(&reason.code.as_str()) => w.put("24B", qualifier, &reason.code),
            None => {
                w.put("24B", qualifier, "NARR");
                w.lose(
                    "status.statuses.reasons.code",
                    &reason.code,
                    "the list of this status does not have it: NARR with the code as text",
                );
                words = Some(format!("{} {}", reason.code, words.as_deref().unwrap_or("")).trim().to_owned());
            }
        }
        if let Some(words) = &words {
            w.narrative("70D", "REAS", "status.statuses.reasons.text", words, 6);
        }
        Ok(())
    })
}

/// The transaction repeated, where enough of it is known.
fn transaction_block(w: &mut Writer, details: &TransactionDetails) -> Result<Block, EncodeError> {
    let mut block = Block::called("SETTRAN", "status.details.more");
    let (Some(instrument), Some(quantity), Some(number), Some(movement), Some(payment), Some(_)) = (
        &details.instrument,
        &details.quantity,
        &details.account,
        details.movement,
        details.payment,
        details.settlement_date,
    ) else {
        let why =
            "sequence SETTRAN needs instrument, quantity, account, direction, payment and settlement date";
        w.lose("status.details", &serde_json::to_string(details).unwrap_or_default(), why);
        return Ok(Block::new("SETTRAN"));
    };
    if payment == Payment::Against && details.amount.is_none() {
        let told = serde_json::to_string(details).unwrap_or_default();
        w.lose("status.details", &told, "sequence SETTRAN needs the amount when against payment");
        return Ok(Block::new("SETTRAN"));
    }
    terms::checked_chain(&details.delivering)?;
    terms::checked_chain(&details.receiving)?;
    let mut more = details.more.as_deref().cloned().unwrap_or_default();
    let (trade, account) = (&mut more.trade_details, &mut more.account_details);
    block.put("", V::Instrument(instrument.clone()));
    block.put("SETT", V::Quantity(*quantity));
    block.put_some("SETT", details.amount.as_ref(), V::Amount);
    if let Some(owner) = details.account_owner.as_ref().filter(|owner| terms::owner_fits(w, owner)) {
        block.put("ACOW", V::Party(owner.clone()));
    }
    let account = further::account_of("SAFE", Some(number), account);
    if let Some(account) = &account {
        terms::checked_account("status.details.account", account)?;
    }
    statement::put_safekeeping(&mut block, account.as_ref());
    let kind = details.transaction_type.as_deref().unwrap_or_else(|| {
        w.lose("status.details.transaction_type", "", "not said; MT548 must name one, so it says TRAD");
        "TRAD"
    });
    block.put("SETR", V::Code(kind.to_owned()));
    block.put("REDE", V::Code(if movement == Movement::Receive { "RECE" } else { "DELI" }.to_owned()));
    block.put("PAYM", V::Code(if payment == Payment::Against { "APMT" } else { "FREE" }.to_owned()));
    let settlement = further::moment_of("SETT", details.settlement_date, trade);
    let traded = further::moment_of("TRAD", details.trade_date, trade);
    block.put_some("SETT", settlement.as_ref(), V::Moment);
    block.put_some("TRAD", traded.as_ref(), V::Moment);
    block.put_some("SPRO", details.narrative.as_ref(), V::Text);
    for list in [&more.trade_details, &more.account_details, &more.settlement_details, &more.amount_details] {
        block.put_all(list);
    }
    for party in more.other_parties.iter().flatten() {
        let told = serde_json::to_string(&party.value).unwrap_or_default();
        w.lose("status.details.more.other_parties", &told, "a status names no parties beside the chains");
    }
    for detail in &more.second_leg {
        let told = serde_json::to_string(&detail.value).unwrap_or_default();
        w.lose(
            &format!("status.details.more.second_leg.{}", detail.code),
            &told,
            "a status repeats no second leg",
        );
    }
    let chains = (&details.delivering, &details.receiving, &more.party_details[..]);
    statement::put_chains(w, &mut block, Some(movement), chains);
    Ok(block)
}
