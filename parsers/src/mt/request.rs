//! MT549 and the normalized status request: a statement or statuses are asked for, by status, reason, instrument or
//! reference.

use super::coded::{self, Around, write_ends};
use super::encode::{Writer, invalid};
use super::instruction::{Links, write_linkage, write_owner};
use super::message::{self, Element, Message};
use super::{instrument, value};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{Event, Function, Reference, RequestPeriod, StatusFilter, StatusRequest};
use chrono::{DateTime, NaiveTime, Utc};

const KIND: &str = "549";

/// What the message means; `Err` names what is missing for it.
pub(super) fn read(message: &Message<'_>) -> Result<Event, &'static str> {
    let mut draft = Draft::default();
    for e in message.elements() {
        draft.take(&e);
    }
    draft.links.end();
    draft.filters.extend(draft.filter.take());
    Ok(Event::StatusRequest(Box::new(StatusRequest {
        supplementary: Vec::new(),
        id: draft.id.ok_or("20C::SEME")?,
        function: match draft.function.as_str() {
            "NEWM" => Function::New,
            "CANC" => Function::Cancel(draft.links.remove("PREV", true)),
            _ => return Err("23G"),
        },
        wanted: draft.wanted.ok_or("13A::REQU")?,
        as_of: draft.as_of,
        period: draft.period,
        account_owner: draft.around.owner(),
        account: draft.around.account.ok_or("97a::SAFE")?,
        indicators: draft.indicators,
        linkages: draft.links.into_list(),
        filters: draft.filters,
        instructions: draft.instructions,
        originator: draft.around.originator,
        recipient: draft.around.recipient,
    })))
}

#[derive(Debug, Default)]
struct Draft {
    id: Option<Reference>,
    function: String,
    wanted: Option<String>,
    as_of: Option<DateTime<Utc>>,
    period: Option<RequestPeriod>,
    around: Around,
    indicators: Vec<(String, String)>,
    links: Links,
    filters: Vec<StatusFilter>,
    filter: Option<StatusFilter>,
    filter_at: Option<usize>,
    instructions: Vec<Vec<(String, Reference)>>,
    instruction_at: Option<usize>,
}

impl Draft {
    fn take(&mut self, e: &Element<'_>) {
        match e.block {
            b"GENL" => self.general(e),
            b"LINK" => self.links.take(e),
            b"BYSTAREA" => {
                if self.filter_at != e.sequence {
                    self.filters.extend(self.filter.take());
                    self.filter_at = e.sequence;
                }
                let filter = self.filter.get_or_insert_default();
                match e.tag {
                    b"25D" => filter.status = Some(coded::status(e)),
                    b"24B" => filter.reasons.push((value::text(e.qualifier), coded::reason(e))),
                    b"35B" => filter.instruments.push(instrument::read(e.rest)),
                    _ => {}
                }
            }
            b"REF" => {
                let Some(reference) = value::parsed(e.rest).filter(|_| e.tag == b"20C") else { return };
                if self.instruction_at != e.sequence {
                    self.instruction_at = e.sequence;
                    self.instructions.push(Vec::new());
                }
                if let Some(known) = self.instructions.last_mut() {
                    known.push((value::text(e.qualifier), reference));
                }
            }
            b"ADDINFO" => self.around.take(e),
            _ => {}
        }
    }

    fn general(&mut self, e: &Element<'_>) {
        match (e.tag, e.qualifier) {
            (b"20C", _) => self.id = value::parsed(e.rest),
            (b"23G", _) => self.function = value::text(e.rest).chars().take(4).collect(),
            (b"13A", b"REQU") => self.wanted = Some(value::text(e.rest)),
            ([b'9', b'8', option], b"STAT") => self.as_of = value::instant(*option, e.rest),
            ([b'6', b'9', option], b"STAT") => self.period = period(*option, e.rest),
            (b"22F", kind) => self.indicators.push((value::text(kind), value::code(e.scheme, e.rest))),
            _ => self.around.take(e),
        }
    }
}

/// From then to then: days (A) or seconds (B).
fn period(option: u8, rest: &[u8]) -> Option<RequestPeriod> {
    let option = match option {
        b'A' => b'A',
        b'B' => b'C',
        _ => return None,
    };
    let slash = rest.iter().position(|&b| b == b'/')?;
    let (from, to) = (rest.get(..slash)?, rest.get(slash + 1..)?);
    Some(RequestPeriod { from: value::instant(option, from)?, to: value::instant(option, to)? })
}

/// Writes a status request as MT549.
pub(super) fn write(event: &StatusRequest, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    let mut w = Writer::default();
    w.sequence("GENL", |w| write_general(w, event))?;
    for filter in &event.filters {
        w.sequence("BYSTAREA", |w| write_filter(w, filter))?;
    }
    for known in &event.instructions {
        w.sequence("REF", |w| -> Result<(), EncodeError> {
            for (kind, reference) in known {
                if !message::spec(KIND).is_some_and(|s| s.lists("REF", "20", kind)) {
                    let why = "MT549 has no reference of this kind";
                    return Err(invalid("status_request.instructions", kind, why));
                }
                w.reference(kind, "status_request.instructions", reference)?;
            }
            Ok(())
        })?;
    }
    if event.originator.is_some() || event.recipient.is_some() {
        w.sequence("ADDINFO", |w| write_ends(w, event.originator.as_ref(), event.recipient.as_ref()))?;
    }
    w.finish(KIND, envelope)
}

fn write_general(w: &mut Writer, event: &StatusRequest) -> Result<(), EncodeError> {
    w.reference("SEME", "status_request.id", &event.id)?;
    let previous = match &event.function {
        Function::New => None,
        Function::Cancel(previous) => Some(previous),
        Function::Replace(_) => {
            let why = "MT549 has no replacement: take the request back and send another";
            return Err(invalid("status_request.function", "replace", why));
        }
    };
    w.line("23G", if previous.is_some() { "CANC" } else { "NEWM" });
    if let Some(at) = event.as_of {
        w.moment("STAT", "status_request.as_of", at);
    }
    if let Some(period) = event.period {
        write_period(w, period);
    }
    write_wanted(w, &event.wanted)?;
    write_owner(w, event.account_owner.as_ref())?;
    w.account("SAFE", "status_request.account", &event.account)?;
    for (kind, code) in &event.indicators {
        w.code("22F", kind, code);
    }
    if let Some(Some(previous)) = previous {
        w.link("PREV", "status_request.function", previous)?;
    }
    event.linkages.iter().try_for_each(|link| write_linkage(w, KIND, "status_request.linkages", link))
}

/// The type of the message that is wanted; one of ISO 20022 stands as its twin.
fn write_wanted(w: &mut Writer, wanted: &str) -> Result<(), EncodeError> {
    let field = "status_request.wanted";
    if wanted.len() == 3 {
        w.put("13A", "REQU", wanted);
        return Ok(());
    }
    let twin = TWINS.iter().find(|(mx, _)| *mx == wanted).map(|(_, mt)| *mt);
    let twin =
        twin.ok_or_else(|| invalid(field, wanted, "MT has no message of this kind that can be asked for"))?;
    w.lose(field, wanted, &format!("it is asked for as its twin in MT, {twin}"));
    w.put("13A", "REQU", twin);
    Ok(())
}

/// Messages of ISO 20022 that can be asked for, and their twins.
const TWINS: [(&str, &str); 9] = [
    ("sese.024", "548"),
    ("sese.027", "548"),
    ("sese.031", "548"),
    ("semt.002", "535"),
    ("semt.003", "535"),
    ("semt.017", "536"),
    ("semt.018", "537"),
    ("semt.019", "586"),
    ("semt.044", "537"),
];

fn write_period(w: &mut Writer, period: RequestPeriod) {
    let days = [period.from, period.to].iter().all(|at| at.time() == NaiveTime::MIN);
    let format = if days { "%Y%m%d" } else { "%Y%m%d%H%M%S" };
    let value = format!("{}/{}", period.from.format(format), period.to.format(format));
    w.put(if days { "69A" } else { "69B" }, "STAT", &value);
    if [period.from, period.to].iter().any(|at| at.timestamp_subsec_nanos() != 0) {
        w.lose("status_request.period", &value, "seconds are the finest there is");
    }
}

fn write_filter(w: &mut Writer, filter: &StatusFilter) -> Result<(), EncodeError> {
    if let Some(status) = &filter.status {
        coded::write_status(w, status)?;
    }
    for (qualifier, reason) in &filter.reasons {
        w.line(
            "24B",
            &format!(":{qualifier}/{}/{}", reason.issuer.as_deref().unwrap_or_default(), reason.code),
        );
        if let Some(text) = &reason.text {
            w.lose("status_request.filters.reasons.text", text, "MT549 asks by code");
        }
    }
    filter.instruments.iter().try_for_each(|instrument| instrument::write(w, instrument))
}
