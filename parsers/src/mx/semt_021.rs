//! semt.021: a statement is asked for (MT549), by its day or period, its kind, and what must be in it. Like every request it is
//! known by the message identifier of its header.

use chrono::{DateTime, NaiveTime, Utc};

use super::details::{self, Shape, put_value};
use super::encode::Draft;
use super::issued;
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parts::{self, Unread};
use super::schema::{Schema, TypeId};
use super::sese_030::{around, put_around, put_wanted, wanted};
use super::statement::period;
use crate::codec::EncodeError;
use crate::model::{
    CodedStatus, DetailValue as V, Event, Function, Moment, Period, Reason, RequestPeriod, StatusFilter,
    StatusOf, StatusRequest,
};

/// Its root element.
pub(super) const ROOT: &str = "SctiesStmtQry";

/// What is asked for.
const WANTED: &str = "StmtReqd";

/// How the statement is to be: the code of MT, and the element.
const INDICATORS: [(&str, &str); 4] = [
    ("SFRE", "StmtGnlDtls/Frqcy"),
    ("CODE", "StmtGnlDtls/UpdTp"),
    ("STBA", "StmtGnlDtls/StmtBsis"),
    ("STTY", "StmtGnlDtls/StmtTp"),
];

/// The elements of statuses, and the process of each; one that has no name here goes by the code of MT.
const STATUSES: [(&str, &str); 14] = [
    ("InstrPrcgSts", "IPRC"),
    ("MtchgSts", "MTCH"),
    ("AffirmSts", "AFFM"),
    ("CxlPrcgSts", "CPRC"),
    ("RplcmntPrcgSts", "RPRC"),
    ("SttlmSts", "SETT"),
    ("IfrrdMtchgSts", "INMH"),
    ("AllcnSts", "ALOC"),
    ("RepoCallReqSts", "CALL"),
    ("CorpActnEvtPrcgSts", "EPRC"),
    ("CorpActnEvtStag", "ESTA"),
    ("RegnPrcgSts", "RERC"),
    ("RspnSts", "REST"),
    ("SttlmCondModSts", "TPRC"),
];

/// Processes that have a name.
const PROCESSES: [(&str, StatusOf); 6] = [
    ("IPRC", StatusOf::Processing),
    ("MTCH", StatusOf::Matching),
    ("AFFM", StatusOf::Affirmation),
    ("CPRC", StatusOf::Cancellation),
    ("RPRC", StatusOf::Replacement),
    ("SETT", StatusOf::Settlement),
];

/// The elements of reasons, and the status of MT that each belongs to.
const REASONS: [(&str, &str); 13] = [
    ("CxlRsn", "CAND"),
    ("PdgCxlRsn", "CANP"),
    ("GnrtdRsn", "CGEN"),
    ("DndRsn", "DEND"),
    ("AckdAccptdRsn", "PACK"),
    ("PdgRsn", "PEND"),
    ("FlngRsn", "PENF"),
    ("PdgPrcgRsn", "PPRC"),
    ("RjctnRsn", "REJT"),
    ("RprRsn", "REPR"),
    ("PdgModRsn", "MOPN"),
    ("UmtchdRsn", "NMAT"),
    ("RepoCallAckRsn", "CACK"),
];

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let (id, account, account_owner) = around(reading)?;
    let time = root.get("StmtGnlDtls/StmtDtOrPrd");
    let as_of = time.and_then(|at| at.get("StmtDt")).and_then(details::moment);
    let covered = time.and_then(|at| at.get("StmtPrd")).and_then(period);
    let indicators = INDICATORS
        .iter()
        .filter_map(|(kind, path)| Some(((*kind).to_owned(), root.get(path).and_then(details::code)?)));
    Ok(Event::StatusRequest(Box::new(StatusRequest {
        supplementary: Vec::new(),
        id,
        function: Function::New,
        wanted: wanted(root, WANTED)?,
        as_of: as_of.as_ref().and_then(instant),
        period: covered.as_ref().and_then(|period| {
            Some(RequestPeriod { from: instant(&period.from)?, to: instant(&period.to)? })
        }),
        account_owner,
        account,
        indicators: indicators.collect(),
        linkages: Vec::new(),
        filters: root.all("AddtlQryParams").map(filter).collect(),
        instructions: Vec::new(),
        originator: None,
        recipient: None,
    })))
}

/// An instant; a day is its midnight.
fn instant(moment: &Moment) -> Option<DateTime<Utc>> {
    match moment {
        Moment::Instant(at) => Some(*at),
        Moment::Day(day) => Some(day.naive().and_time(NaiveTime::MIN).and_utc()),
        Moment::Coded(_) => None,
    }
}

/// The way back: midnight is said as the day.
fn moment(at: DateTime<Utc>) -> Moment {
    let day = crate::model::BusinessDate::new(at.date_naive());
    if at.time() == NaiveTime::MIN { Moment::Day(day) } else { Moment::Instant(at) }
}

fn filter(at: At<'_, '_>) -> StatusFilter {
    let coded = |at: At<'_, '_>| {
        let code = details::code(at)?;
        let (issuer, code) = issued::parted(&code);
        Some((code.to_owned(), issuer.map(str::to_owned)))
    };
    let status = at.get("Sts").and_then(|at| at.children().next()).and_then(|at| {
        let (code, issuer) = coded(at)?;
        let kind = STATUSES.iter().find(|(name, _)| *name == at.name()).map(|(_, kind)| *kind)?;
        let named = PROCESSES.iter().find(|(known, _)| *known == kind).map(|(_, of)| of.clone());
        let of = named.unwrap_or_else(|| StatusOf::Other(kind.to_owned()));
        Some(CodedStatus { of, code, issuer, reasons: Vec::new() })
    });
    let reasons = at.all("Rsn").filter_map(|at| {
        let at = at.children().next()?;
        let kind = REASONS.iter().find(|(name, _)| *name == at.name()).map(|(_, kind)| *kind)?;
        let (code, issuer) = coded(at)?;
        Some((kind.to_owned(), Reason { code, issuer, text: None }))
    });
    StatusFilter {
        status,
        reasons: reasons.collect(),
        instruments: at.all("FinInstrmId").map(parts::instrument).collect(),
    }
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::StatusRequest(e) = event else { return Err(parts::no_message(event.kind().name())) };
    if e.function != Function::New {
        return Err(EncodeError::Invalid {
            field: "status_request.function",
            value: format!("{:?}", e.function),
            reason: "the message asks and takes no question back".to_owned(),
        });
    }
    let mut root = Draft::new(ROOT);
    let fields = ["status_request.id", "status_request.account", "status_request.account_owner"];
    put_around(&mut root, (&e.id, &e.account, e.account_owner.as_ref()), fields, writing)?;
    put_wanted(root.at(WANTED), &e.wanted)?;
    put_time(&mut root, e, writing);
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let own = schema.own();
    for (kind, code) in &e.indicators {
        let field = "status_request.indicators";
        match INDICATORS.iter().find(|(known, _)| known == kind) {
            Some((_, path)) => {
                let value = V::Code(code.clone());
                put_value((schema, own), &mut root, (Shape::Code, path), &value, field, losses);
            }
            None => losses.add(field, format!("{kind} {code}"), "the message has no element for it"),
        }
    }
    for filter in &e.filters {
        let draft = put_filter(schema, filter, losses);
        if !draft.is_empty() {
            root.take_child("AddtlQryParams", draft);
        }
    }
    for link in &e.linkages {
        let why = "a question names no other message";
        losses.add("status_request.linkages", format!("{} {}", link.kind, link.reference), why);
    }
    for known in &e.instructions {
        let shown: Vec<String> =
            known.iter().map(|(kind, reference)| format!("{kind} {reference}")).collect();
        let why = "a statement is not asked for by an instruction";
        losses.add("status_request.instructions", shown.join(", "), why);
    }
    let ends = [("status_request.originator", &e.originator), ("status_request.recipient", &e.recipient)];
    for (field, party) in ends {
        if let Some(party) = party {
            losses.add(field, super::statement::show_party(party), "it stands in the business header");
        }
    }
    Ok(root)
}

/// A day or a period; where both are said, the period is the narrower question.
fn put_time(root: &mut Draft, e: &StatusRequest, writing: &mut Writing<'_>) {
    let place = (writing.schema, writing.schema.own());
    let losses = &mut writing.losses;
    if let Some(asked) = e.period {
        let value = V::Period(Period { from: moment(asked.from), to: moment(asked.to) });
        let shape = (Shape::Period, "StmtGnlDtls/StmtDtOrPrd/StmtPrd");
        put_value(place, root, shape, &value, "status_request.period", losses);
    }
    let Some(at) = e.as_of else { return };
    if e.period.is_some() {
        losses.add("status_request.as_of", at, "the message says a day or a period: the period stands");
        return;
    }
    let shape = (Shape::Moment, "StmtGnlDtls/StmtDtOrPrd/StmtDt");
    put_value(place, root, shape, &V::Moment(moment(at)), "status_request.as_of", losses);
}

fn put_filter(schema: &Schema, filter: &StatusFilter, losses: &mut super::encode::Losses) -> Draft {
    let mut draft = Draft::new("AddtlQryParams");
    let Some(of) = schema.down(schema.own(), "AddtlQryParams") else { return draft };
    if let Some(status) = &filter.status {
        let kind = match &status.of {
            StatusOf::Other(kind) => kind.as_str(),
            named => PROCESSES.iter().find(|(_, of)| of == named).map_or("IPRC", |(kind, _)| kind),
        };
        let name = STATUSES.iter().find(|(_, known)| *known == kind).map(|(name, _)| *name);
        let (code, field) =
            ((status.code.as_str(), status.issuer.as_deref()), "status_request.filters.status");
        match name {
            Some(name) => put_coded((schema, of), &mut draft, ("Sts", name), code, field, losses),
            None => losses.add(field, format!("{kind} {}", status.code), "the message has no such status"),
        }
    }
    for (kind, reason) in &filter.reasons {
        let name = REASONS.iter().find(|(_, known)| known == kind).map(|(name, _)| *name);
        let (code, field) =
            ((reason.code.as_str(), reason.issuer.as_deref()), "status_request.filters.reasons");
        match name {
            Some(name) => put_coded((schema, of), &mut draft, ("Rsn", name), code, field, losses),
            None => losses.add(field, format!("{kind} {}", reason.code), "the message has no such reason"),
        }
    }
    for instrument in &filter.instruments {
        parts::put_instrument(draft.add("FinInstrmId"), "status_request.filters.instruments", instrument);
    }
    draft
}

/// Writes a code below one of the elements of a choice.
fn put_coded(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    (above, name): (&'static str, &'static str),
    (code, issuer): (&str, Option<&str>),
    field: &'static str,
    losses: &mut super::encode::Losses,
) {
    let Some(of) = schema.down(of, above) else { return };
    let text = issuer.map_or_else(|| code.to_owned(), |issuer| issued::joined(issuer, code));
    let mut below = Draft::new(above);
    put_value((schema, of), &mut below, (Shape::Code, name), &V::Code(text), field, losses);
    if !below.is_empty() {
        draft.take_child(above, below);
    }
}
