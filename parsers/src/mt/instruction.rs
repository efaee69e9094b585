//! MT540 to MT543 and the normalized instruction: NEWM and PREA instruct, CANC asks to take back.

use super::encode::Writer;
use super::message::{self, Element, Message};
use super::{instrument, party, value};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    AmountKind, CancellationRequest, Event, InstructionFunction, Instrument, Linkage, Movement, OtherAmount,
    PartialSettlement, Party, PartyId, Payment, Reference, SettlementChain, SettlementInstruction,
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

/// The conditions that are said by [`PartialSettlement`].
pub(super) const PARTIAL: [(&str, PartialSettlement); 4] = [
    ("NPAR", PartialSettlement::NotAllowed),
    ("PART", PartialSettlement::Allowed),
    ("PARC", PartialSettlement::AllowedByCash),
    ("PARQ", PartialSettlement::AllowedByQuantity),
];

/// What the message means; `Err` names what is missing for it.
pub(super) fn read(message: &Message<'_>) -> Result<Event, &'static str> {
    let (movement, payment) = direction(message.kind).ok_or("the message type")?;
    let mut draft = Draft::default();
    for e in message.elements() {
        draft.take(&e);
    }
    draft.links.end();
    draft.end_party(movement);
    let previous = draft.links.remove("PREV", draft.function == "CANC");
    let mut instruction = SettlementInstruction {
        id: draft.id.ok_or("20C::SEME")?,
        function: if draft.function == "PREA" {
            InstructionFunction::PreAdvice
        } else {
            InstructionFunction::New
        },
        prepared: draft.prepared,
        common_reference: draft.links.plain("COMM"),
        trade_reference: draft.links.plain("TRRF"),
        linkages: Vec::new(),
        movement,
        payment,
        instrument: draft.instrument.ok_or("35B")?,
        quantity: draft.quantity.ok_or("36B::SETT")?,
        amount: draft.amount,
        other_amounts: draft.other_amounts,
        price: draft.price,
        trade_date: draft.trade_date,
        settlement_date: draft.settlement_date.ok_or("98A::SETT")?,
        place_of_trade: draft.place_of_trade,
        account: draft.account,
        cash_account: draft.cash_account,
        account_owner: draft.owner,
        transaction_type: draft.transaction_type.ok_or("22F::SETR")?,
        conditions: draft.conditions,
        partial: draft.partial,
        priority: draft.priority,
        delivering: draft.delivering,
        receiving: draft.receiving,
        narrative: draft.narrative,
    };
    instruction.linkages = draft.links.list;
    match draft.function.as_str() {
        "NEWM" | "PREA" => Ok(Event::Instruction(Box::new(instruction))),
        "CANC" => Ok(Event::Cancellation(Box::new(CancellationRequest {
            id: instruction.id.clone(),
            cancels: previous.ok_or("20C::PREV")?,
            details: Some(Box::new(instruction)),
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
            b"13A" | b"13B" => self.message = Some(value::text(e.rest)),
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
            self.list.push(Linkage { message, position, kind, reference });
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

    /// Takes out the first reference of that kind whose block says nothing else.
    pub(super) fn plain(&mut self, kind: &str) -> Option<Reference> {
        let index =
            self.list.iter().position(|l| l.kind == kind && l.position.is_empty() && l.message.is_none())?;
        Some(self.list.remove(index).reference)
    }
}

/// Both families of messages fill this in, field by field.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) id: Option<Reference>,
    pub(super) function: String,
    pub(super) prepared: Option<chrono::DateTime<chrono::Utc>>,
    pub(super) links: Links,
    pub(super) instrument: Option<Instrument>,
    pub(super) quantity: Option<crate::model::Quantity>,
    pub(super) amount: Option<crate::model::Amount>,
    pub(super) other_amounts: Vec<OtherAmount>,
    pub(super) price: Option<crate::model::Price>,
    pub(super) trade_date: Option<crate::model::BusinessDate>,
    pub(super) settlement_date: Option<crate::model::BusinessDate>,
    pub(super) place_of_trade: Option<String>,
    pub(super) account: Option<crate::model::Account>,
    pub(super) cash_account: Option<crate::model::Account>,
    pub(super) owner: Option<Party>,
    owner_lei: Option<crate::model::Lei>,
    pub(super) transaction_type: Option<String>,
    pub(super) conditions: Vec<String>,
    pub(super) partial: Option<PartialSettlement>,
    pub(super) priority: Option<u8>,
    pub(super) delivering: SettlementChain,
    pub(super) receiving: SettlementChain,
    pub(super) narrative: Option<String>,
    pub(super) effective_date: Option<crate::model::BusinessDate>,
    pub(super) previously_settled: Option<crate::model::Quantity>,
    pub(super) remaining: Option<crate::model::Quantity>,
    pub(super) previously_settled_amount: Option<crate::model::Amount>,
    pub(super) remaining_amount: Option<crate::model::Amount>,
    pub(super) part: String,
    parties: Vec<(String, Party)>,
    party: party::Block,
    party_at: Option<usize>,
}

impl Draft {
    /// Takes one field.
    pub(super) fn take(&mut self, e: &Element<'_>) {
        match e.block {
            b"LINK" => self.links.take(e),
            b"GENL" => self.general(e),
            b"TRADDET" => self.trade(e),
            b"FIAC" => self.account(e),
            b"SETDET" => self.settlement(e),
            b"SETPRTY" => {
                if self.party_at != e.sequence {
                    self.parties.extend(std::mem::take(&mut self.party).finish());
                    self.party_at = e.sequence;
                }
                self.party.take(e);
            }
            b"AMT" => self.amount(e),
            _ => {}
        }
    }

    /// Puts the parties into their chains, when all is read.
    pub(super) fn end_party(&mut self, movement: Movement) {
        self.parties.extend(std::mem::take(&mut self.party).finish());
        for named in std::mem::take(&mut self.parties) {
            party::place(movement, &mut self.delivering, &mut self.receiving, named);
        }
        if let Some(owner) = &mut self.owner {
            owner.lei = self.owner_lei;
        }
    }

    fn general(&mut self, e: &Element<'_>) {
        match (e.tag, e.qualifier) {
            (b"20C", b"SEME") => self.id = value::parsed(e.rest),
            (b"23G", _) => self.function = value::text(e.rest).chars().take(4).collect(),
            (_, b"PREP") => self.prepared = value::instant(e.option(), e.rest),
            (b"22F", b"PARS") => self.part = value::text(e.rest),
            _ => {}
        }
    }

    fn trade(&mut self, e: &Element<'_>) {
        match (e.number(), e.qualifier) {
            (b"98", b"SETT") => self.settlement_date = value::date(e.option(), e.rest),
            (b"98", b"TRAD") => self.trade_date = value::date(e.option(), e.rest),
            (b"98", b"ESET") => self.effective_date = value::date(e.option(), e.rest),
            (b"90", b"DEAL") => self.price = value::price(e.option(), e.rest),
            (b"94", b"TRAD") if e.option() == b'B' && self.place_of_trade.is_none() => {
                self.place_of_trade = Some(value::place(e.rest));
            }
            (b"35", _) => self.instrument = Some(instrument::read(e.rest)),
            (b"22", b"PRIR") => self.priority = value::parsed(e.rest),
            (b"70", b"SPRO") => self.narrative = Some(value::joined(e.rest)),
            _ => {}
        }
    }

    fn account(&mut self, e: &Element<'_>) {
        match (e.tag, e.qualifier) {
            (b"36B", b"SETT" | b"ESTT") if self.quantity.is_none() => self.quantity = value::quantity(e.rest),
            (b"36B", b"PSTT") => self.previously_settled = value::quantity(e.rest),
            (b"36B", b"RSTT") => self.remaining = value::quantity(e.rest),
            (b"19A", b"PSTT") => self.previously_settled_amount = value::amount(e.rest),
            (b"19A", b"RSTT") => self.remaining_amount = value::amount(e.rest),
            ([b'9', b'7', _], b"SAFE" | b"BCAW") => self.account = party::account(e),
            (b"97A" | b"97E", b"CASH") => self.cash_account = value::parsed(e.rest),
            (b"95L", _) => self.owner_lei = value::parsed(e.rest),
            (_, b"ACOW") => self.owner = party::identification(e).map(Party::new),
            _ => {}
        }
    }

    fn settlement(&mut self, e: &Element<'_>) {
        if e.tag != b"22F" {
            return;
        }
        let code = value::code(e.scheme, e.rest);
        match e.qualifier {
            b"SETR" => self.transaction_type = Some(code),
            b"STCO" => match PARTIAL.iter().find(|(c, _)| *c == code) {
                Some((_, partial)) if self.partial.is_none() => self.partial = Some(*partial),
                _ => self.conditions.push(code),
            },
            _ => {}
        }
    }

    fn amount(&mut self, e: &Element<'_>) {
        if e.tag != b"19A" {
            return;
        }
        let Some(amount) = value::amount(e.rest) else { return };
        match e.qualifier {
            b"SETT" | b"ESTT" => self.amount = Some(amount),
            // What another currency makes of it says nothing without its exchange rate, which the model does not have.
            b"RESU" | b"OCMT" => {}
            kind => self.other_amounts.push(OtherAmount { kind: AmountKind(value::text(kind)), amount }),
        }
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

/// Writes a cancellation: the instruction repeated, with 23G CANC and the reference of what is cancelled.
pub(super) fn write_cancellation(
    event: &CancellationRequest,
    envelope: &Envelope,
) -> Result<Encoded, EncodeError> {
    let details = event.details.as_deref().ok_or(EncodeError::Missing {
        field: "cancellation.details",
        message: "540 to 543 with CANC".into(),
    })?;
    let repeated = SettlementInstruction { id: event.id.clone(), ..details.clone() };
    write_with(&repeated, "CANC", Some(&event.cancels), envelope)
}

fn write_with(
    event: &SettlementInstruction,
    function: &str,
    cancels: Option<&Reference>,
    envelope: &Envelope,
) -> Result<Encoded, EncodeError> {
    let kind = match (event.movement, event.payment) {
        (Movement::Receive, Payment::Free) => "540",
        (Movement::Receive, Payment::Against) => "541",
        (Movement::Deliver, Payment::Free) => "542",
        (Movement::Deliver, Payment::Against) => "543",
    };
    let mut w = Writer::default();
    w.sequence("GENL", |w| {
        w.reference("SEME", "instruction.id", &event.id)?;
        w.line("23G", function);
        w.prepared(event.prepared);
        if let Some(cancels) = cancels {
            w.link("PREV", "cancellation.cancels", cancels)?;
        }
        write_links(w, kind, event)
    })?;
    w.sequence("TRADDET", |w| {
        if let Some(place) = &event.place_of_trade {
            write_place(w, place);
        }
        w.date("SETT", event.settlement_date);
        if let Some(date) = event.trade_date {
            w.date("TRAD", date);
        }
        if let Some(price) = &event.price {
            w.price("DEAL", "instruction.price", price, event.amount.as_ref())?;
        }
        instrument::write(w, &event.instrument)?;
        if let Some(priority) = event.priority {
            w.put("22F", "PRIR", &format!("{priority:04}"));
        }
        if let Some(text) = &event.narrative {
            w.narrative("70E", "SPRO", "instruction.narrative", text, 10);
        }
        Ok(())
    })?;
    w.sequence("FIAC", |w| {
        w.quantity("SETT", "instruction.quantity", &event.quantity)?;
        write_owner(w, event.account_owner.as_ref())?;
        let account = event.account.as_ref();
        w.account("SAFE", "instruction.account", account.ok_or(missing("instruction.account", kind))?)?;
        event.cash_account.as_ref().map_or(Ok(()), |cash| w.account("CASH", "instruction.cash_account", cash))
    })?;
    w.sequence("SETDET", |w| {
        for condition in &event.conditions {
            w.code("22F", "STCO", condition);
        }
        if let Some((code, _)) = PARTIAL.iter().find(|(_, p)| Some(*p) == event.partial) {
            w.put("22F", "STCO", code);
        }
        w.code("22F", "SETR", &event.transaction_type);
        party::write_chains(w, event.movement, &event.delivering, &event.receiving)?;
        write_amounts(w, kind, "SETT", event.amount.as_ref(), &event.other_amounts)
    })?;
    w.finish(kind, envelope)
}

pub(super) fn missing(field: &'static str, message: &str) -> EncodeError {
    EncodeError::Missing { field, message: message.to_owned() }
}

fn write_links(w: &mut Writer, kind: &str, event: &SettlementInstruction) -> Result<(), EncodeError> {
    if let Some(reference) = &event.common_reference {
        w.link_along("COMM", "instruction.common_reference", reference);
    }
    if let Some(reference) = &event.trade_reference {
        w.link_along("TRRF", "instruction.trade_reference", reference);
    }
    for link in &event.linkages {
        write_linkage(w, kind, "instruction.linkages", link)?;
    }
    Ok(())
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
            Some(m) if m.len() == 3 => w.put("13A", "LINK", m),
            Some(m) => w.put("13B", "LINK", m),
            None => {}
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
    let named = match &owner.id {
        PartyId::Bic(_) => true,
        PartyId::Proprietary { issuer, .. } => party::is_scheme(issuer),
        _ => false,
    };
    if !named {
        w.lose(
            "account_owner",
            &format!("{:?}", owner.id),
            "95a::ACOW takes a BIC, or a code whose issuer has one to eight capitals or digits",
        );
        return Ok(());
    }
    if owner.account.is_some() || owner.processing_reference.is_some() || !owner.further.is_empty() {
        w.lose(
            "account_owner",
            "account, reference or further identification",
            "95a::ACOW has no place for them",
        );
    }
    party::write_identification(w, "ACOW", owner)
}

/// One AMT block per amount.
pub(super) fn write_amounts(
    w: &mut Writer,
    kind: &str,
    qualifier: &str,
    amount: Option<&crate::model::Amount>,
    others: &[OtherAmount],
) -> Result<(), EncodeError> {
    for other in others {
        let known = message::spec(kind).is_some_and(|s| s.lists("AMT", "19", &other.kind.0));
        if !known || other.kind.0 == qualifier || other.kind.0 == "RESU" {
            w.lose(
                "other_amounts",
                &format!("{} {}", other.kind.0, other.amount),
                "this message has no such further amount",
            );
            continue;
        }
        w.sequence("AMT", |w| w.amount(&other.kind.0, "other_amounts", &other.amount))?;
    }
    match amount {
        Some(amount) => w.sequence("AMT", |w| w.amount(qualifier, "amount", amount)),
        None => Ok(()),
    }
}
