//! MT548 and the normalized status advice: every 25D with the 24B reasons below it.

use super::encode::Writer;
use super::instruction::{Links, missing};
use super::message::{Element, Message};
use super::{coded, codes, instrument, party, value};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{Event, Movement, Payment, Reason, Status, StatusAdvice, StatusKind, TransactionDetails};

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

/// What the message means; `Err` names what is missing for it.
pub(super) fn read(message: &Message<'_>) -> Result<Event, &'static str> {
    let mut draft = Draft::default();
    for e in message.elements() {
        draft.take(&e);
    }
    draft.links.end();
    if !matches!(draft.function.as_str(), "INST" | "CAST") {
        return Err("23G INST or CAST");
    }
    if draft.statuses.is_empty() {
        return Err("25D");
    }
    Ok(Event::Status(Box::new(StatusAdvice {
        id: draft.id,
        instruction: draft.links.remove("RELA", true).ok_or("20C::RELA")?,
        servicer_reference: None,
        market_reference: draft.links.remove("MITI", true),
        cancellation: draft.function == "CAST",
        prepared: draft.prepared,
        statuses: draft.statuses,
        details: draft.details,
    })))
}

/// Whether it is about penalties.
pub(super) fn is_penalties(message: &Message<'_>) -> bool {
    message.elements().any(|e| e.block == b"GENL" && e.tag == b"23G" && e.rest.starts_with(b"PENA"))
}

#[derive(Debug, Default)]
struct Draft {
    id: Option<crate::model::Reference>,
    function: String,
    prepared: Option<chrono::DateTime<chrono::Utc>>,
    links: Links,
    statuses: Vec<Status>,
    details: Option<TransactionDetails>,
}

impl Draft {
    fn take(&mut self, e: &Element<'_>) {
        match (e.block, e.tag) {
            (b"GENL", b"20C") => self.id = value::parsed(e.rest),
            (b"GENL", b"23G") => self.function = value::text(e.rest).chars().take(4).collect(),
            (b"GENL", _) if e.qualifier == b"PREP" => self.prepared = value::instant(e.option(), e.rest),
            (b"LINK", _) => self.links.take(e),
            (b"STAT", b"25D") => self.statuses.push(Status { kind: kind(e), reasons: Vec::new() }),
            (b"REAS", _) => coded::take_reason(self.statuses.last_mut().map(|s| &mut s.reasons), e),
            (b"SETTRAN", _) => detail(self.details.get_or_insert_default(), e),
            _ => {}
        }
    }
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

fn detail(details: &mut TransactionDetails, e: &Element<'_>) {
    match (e.tag, e.qualifier) {
        (b"35B", _) => details.instrument = Some(instrument::read(e.rest)),
        (b"36B", b"SETT") if details.quantity.is_none() => details.quantity = value::quantity(e.rest),
        (b"19A", b"SETT") => details.amount = value::amount(e.rest),
        ([b'9', b'7', _], _) => details.account = party::account(e),
        (b"22F", b"SETR") => details.transaction_type = Some(value::code(e.scheme, e.rest)),
        (b"22H", b"REDE") => {
            details.movement = match e.rest {
                b"RECE" => Some(Movement::Receive),
                b"DELI" => Some(Movement::Deliver),
                _ => None,
            }
        }
        (b"22H", b"PAYM") => {
            details.payment = match e.rest {
                b"APMT" => Some(Payment::Against),
                b"FREE" => Some(Payment::Free),
                _ => None,
            }
        }
        ([b'9', b'8', option], b"SETT") => details.settlement_date = value::date(*option, e.rest),
        ([b'9', b'8', option], b"TRAD") => details.trade_date = value::date(*option, e.rest),
        _ => {}
    }
}

/// Writes a status advice as MT548.
pub(super) fn write(event: &StatusAdvice, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    if event.statuses.is_empty() {
        return Err(missing("status.statuses", "548"));
    }
    let mut w = Writer::default();
    if let Some(reference) = &event.servicer_reference {
        w.lose(
            "status.servicer_reference",
            reference.as_str(),
            "MT548 has no place for the servicer's own reference",
        );
    }
    w.sequence("GENL", |w| {
        w.answer("status.id", event.id.as_ref(), envelope, "548")?;
        w.line("23G", if event.cancellation { "CAST" } else { "INST" });
        w.prepared(event.prepared);
        w.link("RELA", "status.instruction", &event.instruction)?;
        if let Some(reference) = &event.market_reference {
            w.link_along("MITI", "status.market_reference", reference);
        }
        event.statuses.iter().try_for_each(|status| write_status(w, status, event.cancellation))
    })?;
    if let Some(details) = &event.details {
        write_details(&mut w, details)?;
    }
    w.finish("548", envelope)
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

fn write_status(w: &mut Writer, status: &Status, cancellation: bool) -> Result<(), EncodeError> {
    let tables = if cancellation { [CANCELLATION, INSTRUCTION] } else { [INSTRUCTION, CANCELLATION] };
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

fn write_details(w: &mut Writer, details: &TransactionDetails) -> Result<(), EncodeError> {
    let (Some(instrument), Some(quantity), Some(account), Some(movement), Some(payment), Some(date)) = (
        &details.instrument,
        &details.quantity,
        &details.account,
        details.movement,
        details.payment,
        details.settlement_date,
    ) else {
        w.lose(
            "status.details",
            "",
            "sequence SETTRAN needs instrument, quantity, account, direction, payment and settlement date",
        );
        return Ok(());
    };
    if payment == Payment::Against && details.amount.is_none() {
        w.lose("status.details", "", "sequence SETTRAN needs the amount when against payment");
        return Ok(());
    }
    w.sequence("SETTRAN", |w| {
        instrument::write(w, instrument)?;
        w.quantity("SETT", "status.details.quantity", quantity)?;
        if let Some(amount) = &details.amount {
            w.amount("SETT", "status.details.amount", amount)?;
        }
        w.account("SAFE", "status.details.account", account)?;
        let kind = details.transaction_type.as_deref().unwrap_or_else(|| {
            w.lose("status.details.transaction_type", "", "not said; MT548 must name one, so it says TRAD");
            "TRAD"
        });
        w.code("22F", "SETR", kind);
        w.put("22H", "REDE", if movement == Movement::Receive { "RECE" } else { "DELI" });
        w.put("22H", "PAYM", if payment == Payment::Against { "APMT" } else { "FREE" });
        w.date("SETT", date);
        if let Some(date) = details.trade_date {
            w.date("TRAD", date);
        }
        Ok(())
    })
}
