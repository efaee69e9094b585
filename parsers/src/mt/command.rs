//! MT530 and the normalized processing change: hold, release, priority, parts, ties and what else may change without a new
//! instruction.

use super::coded::{self, Around, write_ends, write_reasons};
use super::encode::{Writer, invalid};
use super::instruction::{Links, write_linkage, write_owner};
use super::message::{self, Element, Message};
use super::{instrument, value};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    AmountKind, Change, ChangeRequest, ChangeStatus, CodedStatus, Event, Function, OtherAmount,
    PartialSettlement, ProcessingChange, Reference,
};

const KIND: &str = "530";

/// How losses call the reasons of a status.
const REASONS: [&str; 2] =
    ["processing_change.statuses.status.reasons.code", "processing_change.statuses.status.reasons.text"];

/// What the message means; `Err` names what is missing for it.
pub(super) fn read(message: &Message<'_>) -> Result<Event, &'static str> {
    let mut draft = Draft::default();
    for e in message.elements() {
        draft.take(&e);
    }
    draft.end_request();
    draft.end_status();
    // A sequence may be empty, and stands for the commands that others have agreed on.
    let blocks = message.layout.sequences.iter();
    let asked = blocks.filter(|s| s.name.of(message.frame.raw) == b"REQD").count();
    draft.requests.resize(asked.max(draft.requests.len()), ChangeRequest::default());
    if draft.requests.is_empty() {
        return Err("REQD");
    }
    Ok(Event::ProcessingChange(Box::new(ProcessingChange {
        supplementary: Vec::new(),
        id: draft.id.ok_or("20C::SEME")?,
        function: match draft.function.as_str() {
            "NEWM" => Function::New,
            "CANC" => Function::Cancel(None),
            _ => return Err("23G"),
        },
        prepared: draft.prepared,
        account_owner: draft.around.owner(),
        account: draft.around.account.ok_or("97a::SAFE")?,
        requests: draft.requests,
        statuses: draft.statuses,
    })))
}

#[derive(Debug, Default)]
struct Draft {
    id: Option<Reference>,
    function: String,
    prepared: Option<chrono::DateTime<chrono::Utc>>,
    around: Around,
    requests: Vec<ChangeRequest>,
    statuses: Vec<ChangeStatus>,
    request: ChangeRequest,
    links: Links,
    request_at: Option<usize>,
    status: Option<ChangeStatus>,
    status_at: Option<usize>,
    status_around: Around,
}

impl Draft {
    fn take(&mut self, e: &Element<'_>) {
        match e.block {
            b"GENL" => match (e.tag, e.qualifier) {
                (b"20C", _) => self.id = value::parsed(e.rest),
                (b"23G", _) => self.function = value::text(e.rest).chars().take(4).collect(),
                (_, b"PREP") => self.prepared = value::instant(e.option(), e.rest),
                _ => self.around.take(e),
            },
            b"REQD" => {
                if self.request_at != e.sequence {
                    self.end_request();
                    self.request_at = e.sequence;
                }
                match e.tag {
                    b"20C" => {
                        let reference = value::parsed(e.rest);
                        self.request.instructions.extend(reference.map(|r| (value::text(e.qualifier), r)));
                    }
                    b"22F" => self.request.changes.push(change(e)),
                    _ => {}
                }
            }
            b"LINK" => self.links.take(e),
            b"ADDINFO" => {
                if self.status_at != e.sequence {
                    self.end_status();
                    self.status_at = e.sequence;
                }
                self.addition(e);
            }
            b"STAT" if e.tag == b"25D" => {
                self.status.get_or_insert_default().status = Some(coded::status(e));
            }
            b"REAS" => {
                let status = self.status.as_mut().and_then(|s| s.status.as_mut());
                coded::take_reason(status.map(|s| &mut s.reasons), e);
            }
            _ => {}
        }
    }

    fn end_request(&mut self) {
        let mut links = std::mem::take(&mut self.links);
        links.end();
        let mut request = std::mem::take(&mut self.request);
        request.linkages = links.into_list();
        if request != ChangeRequest::default() {
            self.requests.push(request);
        }
    }

    fn end_status(&mut self) {
        let around = std::mem::take(&mut self.status_around);
        let Some(mut status) = self.status.take() else { return };
        status.account = around.account;
        status.originator = around.originator;
        status.recipient = around.recipient;
        self.statuses.push(status);
    }

    fn addition(&mut self, e: &Element<'_>) {
        let status = self.status.get_or_insert_default();
        match (e.number(), e.qualifier) {
            (b"20", b"ACOW") => status.instruction = value::parsed(e.rest),
            (b"35", _) => status.instrument = Some(instrument::read(e.rest)),
            (b"36", b"SETT") => status.quantity = value::quantity(e.rest),
            (b"19", kind) => {
                let kind = AmountKind(value::text(kind));
                status.amount = value::amount(e.rest).map(|amount| OtherAmount { kind, amount });
            }
            (b"98", b"EFFD") => status.effective = value::instant(e.option(), e.rest),
            (b"98", b"EXPI") => status.expires = value::instant(e.option(), e.rest),
            (b"98", b"COFF") => status.cut_off = value::instant(e.option(), e.rest),
            _ => self.status_around.take(e),
        }
    }
}

/// What a 22F changes.
fn change(e: &Element<'_>) -> Change {
    let code = value::code(e.scheme, e.rest);
    match (e.qualifier, code.as_str()) {
        (b"SETT", "YPRE") => Change::Hold,
        (b"SETT", "NPRE") => Change::Release,
        (b"PRIR", _) => match code.parse() {
            Ok(priority @ 1..=4) if code.len() == 4 => Change::Priority(priority),
            _ => other(e, code),
        },
        (b"PRTL", _) => match PartialSettlement::of(&code) {
            Some(partial) => Change::Partial(partial),
            None => other(e, code),
        },
        (b"LINK", _) => Change::Linkage(code),
        (b"MTCH", _) => Change::Matching(code),
        (b"BORR", _) => Change::Borrowing(code),
        (b"SPLT", _) => Change::Splitting(code),
        (b"RTGS", _) => Change::RealTimeGross(code),
        _ => other(e, code),
    }
}

fn other(e: &Element<'_>, code: String) -> Change {
    Change::Other { kind: value::text(e.qualifier), code }
}

/// Writes a processing change as MT530.
pub(super) fn write(event: &ProcessingChange, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    let mut w = Writer::default();
    w.sequence("GENL", |w| {
        w.reference("SEME", "processing_change.id", &event.id)?;
        let function = match &event.function {
            Function::New => "NEWM",
            Function::Cancel(None) => "CANC",
            Function::Cancel(Some(_)) | Function::Replace(_) => {
                let why =
                    "MT530 takes back what its requests name; it has no other reference and no replacement";
                return Err(invalid("processing_change.function", &format!("{:?}", event.function), why));
            }
        };
        w.line("23G", function);
        w.prepared(event.prepared);
        write_owner(w, event.account_owner.as_ref())?;
        w.account("SAFE", "processing_change.account", &event.account)
    })?;
    for request in &event.requests {
        w.sequence("REQD", |w| write_request(w, request))?;
    }
    for status in &event.statuses {
        w.sequence("ADDINFO", |w| write_addition(w, status))?;
    }
    w.finish(KIND, envelope)
}

fn write_request(w: &mut Writer, request: &ChangeRequest) -> Result<(), EncodeError> {
    for (kind, reference) in &request.instructions {
        if !message::spec(KIND).is_some_and(|s| s.lists("REQD", "20", kind)) {
            let why = "MT530 has no reference of this kind";
            return Err(invalid("processing_change.requests.instructions", kind, why));
        }
        w.reference(kind, "processing_change.requests.instructions", reference)?;
    }
    for change in &request.changes {
        match change {
            Change::Hold => w.put("22F", "SETT", "YPRE"),
            Change::Release => w.put("22F", "SETT", "NPRE"),
            Change::Priority(priority) => w.put("22F", "PRIR", &format!("{priority:04}")),
            Change::Partial(partial) => w.put("22F", "PRTL", partial.code()),
            Change::Linkage(code) => w.code("22F", "LINK", code),
            Change::Matching(code) => w.code("22F", "MTCH", code),
            Change::Borrowing(code) => w.code("22F", "BORR", code),
            Change::Splitting(code) => w.code("22F", "SPLT", code),
            Change::RealTimeGross(code) => w.code("22F", "RTGS", code),
            Change::Other { kind, code } => w.code("22F", kind, code),
        }
    }
    request
        .linkages
        .iter()
        .try_for_each(|link| write_linkage(w, KIND, "processing_change.requests.linkages", link))
}

fn write_addition(w: &mut Writer, status: &ChangeStatus) -> Result<(), EncodeError> {
    if let Some(reference) = &status.instruction {
        w.reference("ACOW", "processing_change.statuses.instruction", reference)?;
    }
    if let Some(account) = &status.account {
        w.account("SAFE", "processing_change.statuses.account", account)?;
    }
    if let Some(instrument) = &status.instrument {
        instrument::write(w, instrument)?;
    }
    if let Some(quantity) = &status.quantity {
        w.quantity("SETT", "processing_change.statuses.quantity", quantity)?;
    }
    if let Some(other) = &status.amount {
        w.amount(&other.kind.0, "processing_change.statuses.amount", &other.amount)?;
    }
    let moments = [("EFFD", status.effective), ("EXPI", status.expires), ("COFF", status.cut_off)];
    for (qualifier, at) in moments {
        if let Some(at) = at {
            w.moment(qualifier, "processing_change.statuses", at);
        }
    }
    write_ends(w, status.originator.as_ref(), status.recipient.as_ref())?;
    status.status.as_ref().map_or(Ok(()), |status| write_status(w, status))
}

fn write_status(w: &mut Writer, status: &CodedStatus) -> Result<(), EncodeError> {
    let own = ["CAND", "PACK", "REJT"].into_iter().find(|code| *code == status.code);
    w.sequence("STAT", |w| {
        coded::write_status(w, status)?;
        write_reasons(w, KIND, own.unwrap_or("REJT"), REASONS, &status.reasons)
    })
}
