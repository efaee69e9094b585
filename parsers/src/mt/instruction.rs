//! MT540 to MT543 and the normalized instruction: NEWM and PREA instruct, CANC asks to take back.

use super::arrange::Block;
use super::encode::{Writer, fitting};
use super::message::{self, Element, Message};
use super::sections::{self, Unread};
use super::terms::{self, INSTRUCTION};
use super::{party, statement, value};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    CancellationRequest, Cancelled, DetailValue as V, Event, InstructionFunction, Linkage, Movement, Party,
    Payment, Reference, SettlementInstruction,
};

/// Direction and payment of a message type of either family.
pub(super) fn direction(kind: &str) -> Option<(Movement, Payment)> {
    Some(match kind {
        "540" | "544" => (Movement::Receive, Payment::Free),
        "541" | "545" => (Movement::Receive, Payment::Against),
        "542" | "546" => (Movement::Deliver, Payment::Free),
        "543" | "547" => (Movement::Deliver, Payment::Against),
        _ => return None,
    })
}

/// What the message means; `Err` names what is missing for it.
pub(super) fn read<'a>(message: &Message<'a>, unread: &mut Unread<'a>) -> Result<Event, &'static str> {
    let direction = direction(message.kind).ok_or("the message type")?;
    let mut root = sections::read(message);
    let mut general = root.take_one("GENL").ok_or("20C::SEME")?;
    let (function, copy) = terms::function(&mut general).ok_or("23G")?;
    let prepared = statement::instant(&mut general, b"PREP");
    let mut links = terms::Links(statement::linkages(general.take("LINK"), unread));
    let mut g = general.details(unread);
    let id = g.reference("SEME").ok_or("20C::SEME")?;
    let previous = if function == "CANC" { links.remove("PREV") } else { None };
    let mut terms = terms::read(&mut root, direction, &INSTRUCTION, unread)?;
    root.give_up(unread);
    terms.more.copy = copy;
    terms.more.general_details = g.rest();
    let read = SettlementInstruction {
        id: id.clone(),
        function: match function.as_str() {
            "PREA" => InstructionFunction::PreAdvice,
            _ => InstructionFunction::New,
        },
        prepared,
        common_reference: links.plain("COMM"),
        trade_reference: links.plain("TRRF"),
        linkages: links.0,
        ..SettlementInstruction::of(id, terms).ok_or("98a::SETT")?
    };
    match function.as_str() {
        "NEWM" | "PREA" => Ok(Event::Instruction(Box::new(read))),
        "CANC" => Ok(Event::Cancellation(Box::new(CancellationRequest {
            id: read.id.clone(),
            details: Some(Box::new(read)),
            ..CancellationRequest::of(previous.ok_or("20C::PREV")?)
        }))),
        _ => Err("23G"),
    }
}

/// LINK blocks.
#[derive(Debug, Default)]
pub(super) struct Links {
    list: Vec<Linkage>,
    at: Option<usize>,
    position: String,
    message: Option<String>,
    found: Option<(String, Reference)>,
}

impl Links {
    /// Takes one field of a LINK block.
    pub(super) fn take(&mut self, e: &Element<'_>) {
        if self.at != e.sequence {
            self.end();
            self.at = e.sequence;
        }
        match e.tag {
            b"22F" => self.position = value::text(e.rest),
            b"13A" | b"13B" => self.message = Some(statement::linked_message(e)),
            b"20C" | b"20N" | b"20U" if self.found.is_none() => {
                self.found = value::parsed(e.rest).map(|r| (value::text(e.qualifier), r));
            }
            _ => {}
        }
    }

    /// Ends the block that is being read.
    pub(super) fn end(&mut self) {
        let (position, message) = (std::mem::take(&mut self.position), self.message.take());
        if let Some((kind, reference)) = self.found.take() {
            self.list.push(Linkage { message, position, ..Linkage::new(&kind, reference) });
        }
    }

    /// Takes out the first reference of that kind, whatever else its block says.
    pub(super) fn remove(&mut self, kind: &str, wanted: bool) -> Option<Reference> {
        let index = self.list.iter().position(|l| wanted && l.kind == kind)?;
        Some(self.list.remove(index).reference)
    }

    /// Takes out all references of that kind, whatever else their blocks say.
    pub(super) fn remove_all(&mut self, kind: &str) -> Vec<Reference> {
        std::iter::from_fn(|| self.remove(kind, true)).collect()
    }

    /// All that are left.
    pub(super) fn into_list(self) -> Vec<Linkage> {
        self.list
    }
}

/// Writes an instruction as MT540 to MT543.
pub(super) fn write(event: &SettlementInstruction, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    let function = match event.function {
        InstructionFunction::New => "NEWM",
        InstructionFunction::PreAdvice => "PREA",
    };
    write_with(event, function, None, envelope)
}

/// What stands for a type of transaction that nobody says: MT wants one, and an instruction is recognised by its reference.
const UNSAID_TYPE: &str = "TRAD";

/// Writes a cancellation: the instruction repeated, with 23G CANC and the reference of what is cancelled. Where the
/// instruction is not there as a whole, what the request says of the transaction stands for it.
pub(super) fn write_cancellation(
    event: &CancellationRequest,
    envelope: &Envelope,
) -> Result<Encoded, EncodeError> {
    let said = event.details.as_deref().map(|details| {
        let id = event.id.clone();
        Ok(SettlementInstruction { id, ..details.clone() })
    });
    let repeated = said.unwrap_or_else(|| match event.kind {
        Cancelled::Settlement => event.stated(UNSAID_TYPE),
        Cancelled::Financing => Err("cancellation.details (the type and the second leg of a financing)"),
        Cancelled::IntraPosition | Cancelled::Other => Err("cancellation.details (a settlement instruction)"),
    });
    let repeated =
        repeated.map_err(|field| missing(field, "540 to 543 with CANC, which repeats the instruction,"))?;
    write_with(&repeated, "CANC", Some(event), envelope)
}

fn write_with(
    event: &SettlementInstruction,
    function: &str,
    cancellation: Option<&CancellationRequest>,
    envelope: &Envelope,
) -> Result<Encoded, EncodeError> {
    let kind = match (event.movement, event.payment) {
        (Movement::Receive, Payment::Free) => "540",
        (Movement::Receive, Payment::Against) => "541",
        (Movement::Deliver, Payment::Free) => "542",
        (Movement::Deliver, Payment::Against) => "543",
    };
    let mut writer = Writer::default();
    let w = &mut writer;
    let terms = event.terms();
    let mut root = Block::new("");
    let mut general = Block::called("GENL", terms::field(&INSTRUCTION, "GENL"));
    fitting("instruction.id", &event.id)?;
    general.put("SEME", V::Reference(event.id.clone()));
    terms::put_function(&mut general, function, terms.more.copy.as_deref());
    statement::put_prepared(&mut general, event.prepared);
    general.put_all(&terms.more.general_details);
    let field = "instruction.linkages";
    if let Some(cancellation) = cancellation {
        fitting("cancellation.cancels", &cancellation.cancels)?;
        let previous = Linkage::new("PREV", cancellation.cancels.clone());
        statement::put_linkages(&mut general, field, &[previous]);
        if let Some(what) = cancellation.beside() {
            w.lose("cancellation", what, "MT repeats the instruction and says no more of the request");
        }
        let stated = cancellation.transaction.as_ref().filter(|_| cancellation.details.is_none());
        if stated.is_some_and(|stated| stated.transaction_type.is_none()) {
            let why = "the request says no type of transaction, and MT must: this stands for it";
            w.lose("cancellation.transaction.transaction_type", UNSAID_TYPE, why);
        }
    }
    let named = [
        ("COMM", "instruction.common_reference", &event.common_reference),
        ("TRRF", "instruction.trade_reference", &event.trade_reference),
    ];
    for (code, field, reference) in named {
        let link = reference.as_ref().map(|reference| Linkage::new(code, reference.clone()));
        terms::put_links(w, &mut general, kind, field, link.as_slice());
    }
    terms::put_links(w, &mut general, kind, field, &event.linkages);
    root.child(general);
    let account = if cancellation.is_some() { "cancellation.account" } else { "instruction.account" };
    terms::put(w, &mut root, &terms, &INSTRUCTION, missing(account, kind))?;
    statement::finish(writer, kind, &root, envelope)
}

pub(super) fn missing(field: &'static str, message: &str) -> EncodeError {
    EncodeError::Missing { field, message: message.to_owned() }
}

/// One linkage in a sequence of its own, where messages of that type have its kind.
pub(super) fn write_linkage(
    w: &mut Writer,
    kind: &str,
    field: &'static str,
    link: &Linkage,
) -> Result<(), EncodeError> {
    if !message::spec(kind).is_some_and(|s| s.lists("LINK", "20", &link.kind)) {
        let value = format!("{} {}", link.kind, link.reference);
        w.lose(field, &value, "this message has no linkage of this kind");
        return Ok(());
    }
    if !w.holds(field, &link.reference) {
        return Ok(());
    }
    w.sequence("LINK", |w| {
        if !link.position.is_empty() {
            if message::spec(kind).is_some_and(|s| s.lists("LINK", "22", "LINK")) {
                w.put("22F", "LINK", &link.position);
            } else {
                w.lose(field, &link.position, "this message says no order of linked ones");
            }
        }
        match &link.message {
            Some(m) if m.contains('/') => w.line("13B", &format!(":LINK/{m}")),
            Some(m) if m.len() == 3 => w.put("13A", "LINK", m),
            Some(m) => w.put("13B", "LINK", m),
            None => {}
        }
        if !link.details.is_empty() {
            w.lose(field, &format!("{:?}", link.details), "this message says no more of a linked one");
        }
        w.reference(&link.kind, field, &link.reference)
    })
}

/// A MIC stands behind `EXCH/`; the codes of kinds of places stand alone.
pub(super) fn write_place(w: &mut Writer, place: &str) {
    if ["EXCH", "OTCO", "PRIM", "SECM", "VARI"].contains(&place) {
        w.put("94B", "TRAD", place);
    } else {
        w.put("94B", "TRAD", &format!("EXCH/{place}"));
    }
}

/// The account owner, where MT can name it.
pub(super) fn write_owner(w: &mut Writer, owner: Option<&Party>) -> Result<(), EncodeError> {
    let Some(owner) = owner else { return Ok(()) };
    if !terms::owner_fits(w, owner) {
        return Ok(());
    }
    party::write_identification(w, "ACOW", owner)
}
