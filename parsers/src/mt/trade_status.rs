//! MT509 and the normalized trade status. A message that says one thing of one allocation or confirmation, and nothing
//! else, is the answer to it; any other is a status with all that it says.

use super::coded::{self, Around, write_ends, write_reasons};
use super::deal::{self, Sides};
use super::encode::{Writer, invalid};
use super::instruction::{Links, write_linkage, write_owner};
use super::message::{self, Element, Message};
use super::{instrument, party, value};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    AffirmationStatus, AllocationAcknowledgement, AllocationStatus, AmountKind, BusinessDate, CodedStatus,
    ConfirmationAcknowledgement, Event, Function, Instrument, OtherAmount, Party, Payment, Price, Quantity,
    Reason, Reference, RoleParty, Side, StatusOf, TradeDetails, TradeStatus,
};

const KIND: &str = "509";

/// How losses call the reasons of a status.
const REASONS: [&str; 2] = ["trade_status.statuses.reasons.code", "trade_status.statuses.reasons.text"];

/// What is said to an allocation.
const ALLOCATION: [(&str, AllocationStatus); 3] = [
    ("PACK", AllocationStatus::Accepted),
    ("PPRC", AllocationStatus::Received),
    ("REJT", AllocationStatus::BlockRejected),
];

/// What is said to a confirmation.
const CONFIRMATION: [(StatusOf, &str, AffirmationStatus); 3] = [
    (StatusOf::Processing, "PACK", AffirmationStatus::Received),
    (StatusOf::Affirmation, "NAFI", AffirmationStatus::Rejected),
    (StatusOf::Affirmation, "AFFI", AffirmationStatus::Affirmed),
];

/// What the message means; `Err` names what is missing for it.
pub(super) fn read(message: &Message<'_>) -> Result<Event, &'static str> {
    let mut draft = Draft::default();
    for e in message.elements() {
        draft.take(&e);
    }
    draft.links.end();
    draft.end_party();
    if !matches!(draft.function.as_str(), "INST" | "CAST") {
        return Err("23G INST or CAST");
    }
    if draft.statuses.is_empty() {
        return Err("25D");
    }
    // A status is heard even where the trade beside it cannot be read; the table has said what is wrong with that.
    let (told, details) = (draft.trade, draft.details());
    let status = TradeStatus {
        supplementary: Vec::new(),
        id: draft.id.ok_or("20C::SEME")?,
        cancellation: draft.function == "CAST",
        prepared: draft.prepared,
        linkages: draft.links.into_list(),
        statuses: draft.statuses,
        details,
        originator: draft.around.originator,
        recipient: draft.around.recipient,
    };
    let answer = answer(&status).filter(|_| !told);
    Ok(answer.unwrap_or_else(|| Event::TradeStatus(Box::new(status))))
}

/// The answer that a status is, when it is nothing else.
fn answer(status: &TradeStatus) -> Option<Event> {
    let ([link], [said]) = (status.linkages.as_slice(), status.statuses.as_slice()) else { return None };
    let more = status.cancellation
        || status.originator.is_some()
        || status.recipient.is_some()
        || link.kind != "RELA"
        || said.issuer.is_some()
        || said.reasons.len() > 1
        || said.reasons.iter().any(|r| r.issuer.is_some());
    if more {
        return None;
    }
    // A reason "in words" is its words.
    let reason = said.reasons.first();
    let text = reason.and_then(|r| r.text.clone());
    let code = reason.map(|r| r.code.clone()).filter(|c| c != "NARR");
    if reason.is_some() && code.is_none() && text.is_none() {
        return None;
    }
    match link.message.as_deref()?.trim_start_matches('/') {
        "514" if said.of == StatusOf::Processing => {
            let (_, status_of) = ALLOCATION.iter().find(|(code, _)| *code == said.code)?;
            Some(Event::AllocationAcknowledgement(Box::new(AllocationAcknowledgement {
                id: Some(status.id.clone()),
                allocation: link.reference.clone(),
                status: status_of.clone(),
                reason: code,
                text,
                rejects: Vec::new(),
                trade_date: None,
                transacted: status.prepared,
            })))
        }
        "515" => {
            let (.., affirmation) =
                CONFIRMATION.iter().find(|(of, code, _)| *of == said.of && *code == said.code)?;
            Some(Event::ConfirmationAcknowledgement(Box::new(ConfirmationAcknowledgement {
                supplementary: Vec::new(),
                id: Some(status.id.clone()),
                function: Function::New,
                linkages: Vec::new(),
                parties: Vec::new(),
                confirmation: link.reference.clone(),
                status: *affirmation,
                reason: code,
                text,
                trade_date: None,
                transacted: status.prepared,
            })))
        }
        _ => None,
    }
}

#[derive(Debug, Default)]
struct Draft {
    id: Option<Reference>,
    function: String,
    prepared: Option<chrono::DateTime<chrono::Utc>>,
    links: Links,
    statuses: Vec<CodedStatus>,
    trade: bool,
    side: Option<Side>,
    payment: Option<Payment>,
    instrument: Option<Instrument>,
    quantities: Vec<(String, Quantity)>,
    amounts: Vec<OtherAmount>,
    price: Option<Price>,
    trade_date: Option<BusinessDate>,
    settlement_date: Option<BusinessDate>,
    around: Around,
    parties: Vec<(String, Party)>,
    party: party::Block,
    party_at: Option<usize>,
}

impl Draft {
    fn take(&mut self, e: &Element<'_>) {
        match (e.block, e.tag) {
            (b"GENL", b"20C") => self.id = value::parsed(e.rest),
            (b"GENL", b"23G") => self.function = value::text(e.rest).chars().take(4).collect(),
            (b"GENL", _) if e.qualifier == b"PREP" => self.prepared = value::instant(e.option(), e.rest),
            (b"LINK", _) => self.links.take(e),
            (b"STAT", b"25D") => self.statuses.push(coded::status(e)),
            (b"REAS", _) => coded::take_reason(self.statuses.last_mut().map(|s| &mut s.reasons), e),
            (b"TRADE", _) => self.trade(e),
            (b"TRADPRTY", _) => {
                if self.party_at != e.sequence {
                    self.end_party();
                    self.party_at = e.sequence;
                }
                self.party.take(e);
            }
            (b"ADDINFO", _) => self.around.take(e),
            _ => {}
        }
    }

    fn trade(&mut self, e: &Element<'_>) {
        self.trade = true;
        match (e.number(), e.qualifier) {
            (b"98", b"SETT") => self.settlement_date = value::date(e.option(), e.rest),
            (b"98", b"TRAD") => self.trade_date = value::date(e.option(), e.rest),
            (b"22", b"BUSE") => self.side = deal::side(e.rest),
            (b"22", b"PAYM") => self.payment = deal::payment(e.rest),
            (b"90", b"DEAL") => self.price = value::price(e.option(), e.rest),
            (b"36", kind) => self.quantities.extend(value::quantity(e.rest).map(|q| (value::text(kind), q))),
            (b"19", kind) => {
                let kind = AmountKind(value::text(kind));
                self.amounts.extend(value::amount(e.rest).map(|amount| OtherAmount { kind, amount }));
            }
            (b"35", _) => self.instrument = Some(instrument::read(e.rest)),
            _ => self.around.take(e),
        }
    }

    fn end_party(&mut self) {
        self.parties.extend(std::mem::take(&mut self.party).finish());
    }

    fn details(&mut self) -> Option<TradeDetails> {
        let side = self.side?;
        let sides = Sides::of(KIND, side);
        let parties = std::mem::take(&mut self.parties).into_iter();
        Some(TradeDetails {
            side,
            payment: self.payment?,
            instrument: self.instrument.take()?,
            quantities: std::mem::take(&mut self.quantities),
            amounts: std::mem::take(&mut self.amounts),
            price: self.price,
            trade_date: self.trade_date,
            settlement_date: self.settlement_date,
            account_owner: self.around.owner(),
            account: self.around.account.take(),
            parties: parties.map(|(q, party)| RoleParty { role: sides.role(&q), party }).collect(),
        })
    }
}

/// Writes a trade status as MT509.
pub(super) fn write(event: &TradeStatus, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    let mut w = Writer::default();
    w.sequence("GENL", |w| {
        w.own_reference("SEME", "trade_status.id", &event.id);
        w.line("23G", if event.cancellation { "CAST" } else { "INST" });
        w.prepared(event.prepared);
        event.linkages.iter().try_for_each(|link| write_linkage(w, KIND, "trade_status.linkages", link))?;
        event.statuses.iter().try_for_each(|status| write_status(w, REASONS, status))
    })?;
    if let Some(details) = &event.details {
        w.sequence("TRADE", |w| write_trade(w, details))?;
    }
    if event.originator.is_some() || event.recipient.is_some() {
        w.sequence("ADDINFO", |w| write_ends(w, event.originator.as_ref(), event.recipient.as_ref()))?;
    }
    w.finish(KIND, envelope)
}

fn write_status(w: &mut Writer, fields: [&str; 2], status: &CodedStatus) -> Result<(), EncodeError> {
    // Which list of reasons belongs to which status is a rule of the network.
    let qualifier = match status.of {
        StatusOf::Matching => "NMAT",
        StatusOf::Affirmation => "NAFI",
        _ if status.code == "REPR" => "REPR",
        _ => "REJT",
    };
    w.sequence("STAT", |w| {
        coded::write_status(w, status)?;
        write_reasons(w, KIND, qualifier, fields, &status.reasons)
    })
}

fn write_trade(w: &mut Writer, details: &TradeDetails) -> Result<(), EncodeError> {
    let sides = Sides::of(KIND, details.side);
    for (qualifier, date) in [("SETT", details.settlement_date), ("TRAD", details.trade_date)] {
        if let Some(date) = date {
            w.date(qualifier, date);
        }
    }
    w.put("22H", "BUSE", if details.side == Side::Buy { "BUYI" } else { "SELL" });
    w.put("22H", "PAYM", if details.payment == Payment::Against { "APMT" } else { "FREE" });
    write_owner(w, details.account_owner.as_ref())?;
    if let Some(account) = &details.account {
        w.account("SAFE", "trade_status.details.account", account)?;
    }
    for RoleParty { role, party } in &details.parties {
        let spec = message::spec(KIND);
        let listed = |q: &&str| spec.is_some_and(|s| s.lists("TRADPRTY", "95", q));
        let Some(qualifier) = sides.qualifier(role).filter(listed) else {
            w.lose("trade_status.details.parties", &format!("{role:?}"), "MT509 has no party of this role");
            continue;
        };
        w.sequence("TRADPRTY", |w| {
            party::write_identification(w, qualifier, party)?;
            party::write_details(w, qualifier, party)
        })?;
    }
    for other in &details.amounts {
        if !details.quantities.is_empty() {
            let told = format!("{} {}", other.kind.0, other.amount);
            w.lose("trade_status.details.amounts", &told, "MT509 has either quantities or amounts");
            continue;
        }
        w.amount(&other.kind.0, "trade_status.details.amounts", &other.amount)?;
    }
    if let Some(price) = &details.price {
        w.price("DEAL", "trade_status.details.price", price, None)?;
    }
    for (kind, quantity) in &details.quantities {
        w.quantity(kind, "trade_status.details.quantities", quantity)?;
    }
    instrument::write(w, &details.instrument)
}

/// Writes the answer to an allocation as MT509.
pub(super) fn write_allocation_answer(
    event: &AllocationAcknowledgement,
    envelope: &Envelope,
) -> Result<Encoded, EncodeError> {
    let mut losses = Writer::default();
    let known = ALLOCATION.iter().find(|(_, status)| *status == event.status).map(|(code, _)| *code);
    let code = known.unwrap_or_else(|| {
        let instead = match event.status {
            AllocationStatus::AccountRejected | AllocationStatus::RejectedByIntermediary => "REJT",
            _ => "PPRC",
        };
        let why = format!("MT509 has no status for it: {instead} stands");
        losses.lose("status", &format!("{:?}", event.status), &why);
        instead
    });
    let mut reasons = reasons(event.reason.as_deref(), event.text.as_deref());
    for reject in &event.rejects {
        let words = [Some(reject.account.as_str()), reject.id.as_ref().map(Reference::as_str)];
        let words = words.into_iter().chain([reject.reason.as_deref(), reject.text.as_deref()]);
        let words = words.flatten().collect::<Vec<_>>().join(" ");
        losses.lose("rejects", &words, "MT509 has it as the text of a reason");
        reasons.push(Reason { code: "NARR".to_owned(), issuer: None, text: Some(words) });
    }
    let status = CodedStatus { of: StatusOf::Processing, code: code.to_owned(), issuer: None, reasons };
    let answer = Answer {
        id: event.id.as_ref(),
        message: "514",
        reference: &event.allocation,
        status,
        refuses: code == "REJT",
        trade_date: event.trade_date,
        prepared: event.transacted,
    };
    answer.write(losses, envelope)
}

/// Writes the answer to a confirmation as MT509: what MT517 has no place for.
pub(super) fn write_confirmation_answer(
    event: &ConfirmationAcknowledgement,
    envelope: &Envelope,
) -> Result<Encoded, EncodeError> {
    if event.function != Function::New {
        let why = "an answer with a reason cannot be taken back: send another answer";
        return Err(invalid("function", &format!("{:?}", event.function), why));
    }
    let mut losses = Writer::default();
    for party in &event.parties {
        losses.lose("parties", &format!("{:?}", party.role), "MT509 names none in an answer");
    }
    for link in &event.linkages {
        losses.lose("linkages", link.reference.as_str(), "MT509 names what it answers only");
    }
    let known = CONFIRMATION.iter().find(|(.., status)| *status == event.status);
    let Some((of, code, _)) = known else {
        return Err(invalid("status", &format!("{:?}", event.status), "MT509 has no code for it"));
    };
    let reasons = reasons(event.reason.as_deref(), event.text.as_deref());
    let status = CodedStatus { of: of.clone(), code: (*code).to_owned(), issuer: None, reasons };
    let answer = Answer {
        id: event.id.as_ref(),
        message: "515",
        reference: &event.confirmation,
        status,
        refuses: *code == "NAFI",
        trade_date: event.trade_date,
        prepared: event.transacted,
    };
    answer.write(losses, envelope)
}

/// One reason with its words; `NARR` where there are only words.
fn reasons(code: Option<&str>, text: Option<&str>) -> Vec<Reason> {
    if code.is_none() && text.is_none() {
        return Vec::new();
    }
    let code = code.unwrap_or("NARR").to_owned();
    vec![Reason { code, issuer: None, text: text.map(str::to_owned) }]
}

/// An answer to one message.
struct Answer<'a> {
    id: Option<&'a Reference>,
    message: &'static str,
    reference: &'a Reference,
    status: CodedStatus,
    refuses: bool,
    trade_date: Option<BusinessDate>,
    prepared: Option<chrono::DateTime<chrono::Utc>>,
}

impl Answer<'_> {
    fn write(mut self, mut w: Writer, envelope: &Envelope) -> Result<Encoded, EncodeError> {
        if let Some(date) = self.trade_date {
            w.lose("trade_date", &date.to_string(), "MT509 has it with the whole trade only");
        }
        if !self.refuses {
            for reason in std::mem::take(&mut self.status.reasons) {
                let told = format!("{} {}", reason.code, reason.text.as_deref().unwrap_or_default());
                for field in ["reason", "text"] {
                    w.lose(field, told.trim(), "a reason stands with a refusal only");
                }
            }
        }
        w.sequence("GENL", |w| {
            w.answer("id", self.id, envelope, KIND)?;
            w.line("23G", "INST");
            w.prepared_as("transacted", self.prepared);
            w.sequence("LINK", |w| {
                w.put("13A", "LINK", self.message);
                w.reference("RELA", "reference", self.reference)
            })?;
            write_status(w, ["reason", "text"], &self.status)
        })?;
        w.finish(KIND, envelope)
    }
}
