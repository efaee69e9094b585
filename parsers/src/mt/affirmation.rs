//! MT517 and the normalized answer to a confirmation: affirmed, or not. A refusal with its reason, and what is merely
//! received, are MT509: this message has no place for them.

use super::coded;
use super::deal_writing::bic_of;
use super::encode::{Writer, invalid};
use super::instruction::{Links, missing, write_linkage};
use super::message::{self, Message};
use super::{party, trade_status, value};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    AffirmationStatus, ConfirmationAcknowledgement, Event, Function, Party, PartyRole, RoleParty, StatusOf,
};

const KIND: &str = "517";

/// Who affirms.
const AFFIRMS: &str = "AFFM";

/// What the message means; `Err` names what is missing for it.
pub(super) fn read(message: &Message<'_>) -> Result<Event, &'static str> {
    let (mut id, mut function, mut prepared, mut status) = (None, String::new(), None, None);
    let mut links = Links::default();
    let mut parties: Vec<RoleParty> = Vec::new();
    for e in message.elements() {
        match (e.block, e.tag) {
            (b"GENL", b"20C") => id = value::parsed(e.rest),
            (b"GENL", b"23G") => function = value::text(e.rest).chars().take(4).collect(),
            (b"GENL", b"25D") => status = Some(coded::status(&e)),
            // It names the party before it in another way.
            (b"GENL", b"95L") => {
                if let Some(last) = parties.last_mut() {
                    last.party.lei = value::parsed(e.rest);
                }
            }
            (b"GENL", [b'9', b'5', _]) => {
                let party = party::identification(&e).map(Party::new);
                let role = PartyRole::Other(value::text(e.qualifier));
                parties.extend(party.map(|party| RoleParty { role, party }));
            }
            (b"GENL", _) if e.qualifier == b"PREP" => prepared = value::instant(e.option(), e.rest),
            (b"LINK", _) => links.take(&e),
            _ => {}
        }
    }
    links.end();
    let previous = links.remove("PREV", function == "CANC");
    let function = match function.as_str() {
        "NEWM" => Function::New,
        "CANC" => Function::Cancel(previous),
        _ => return Err("23G"),
    };
    let said = status.filter(|s| s.of == StatusOf::Affirmation && s.issuer.is_none());
    let status = match said.as_ref().map(|s| s.code.as_str()) {
        // The message is sent to affirm.
        None | Some("AFFI") => AffirmationStatus::Affirmed,
        Some("NAFI") => AffirmationStatus::Rejected,
        Some(_) => return Err("25D::AFFM"),
    };
    Ok(Event::ConfirmationAcknowledgement(Box::new(ConfirmationAcknowledgement {
        supplementary: Vec::new(),
        id: Some(id.ok_or("20C::SEME")?),
        function,
        confirmation: links.remove("RELA", true).ok_or("20C::RELA")?,
        linkages: links.into_list(),
        parties,
        status,
        reason: None,
        text: None,
        trade_date: None,
        transacted: prepared,
    })))
}

/// Writes an answer to a confirmation as MT517, or as MT509 where it says more than that.
pub(super) fn write(
    event: &ConfirmationAcknowledgement,
    envelope: &Envelope,
) -> Result<Encoded, EncodeError> {
    let code = match event.status {
        AffirmationStatus::Affirmed => "AFFI",
        AffirmationStatus::Rejected if event.reason.is_none() && event.text.is_none() => "NAFI",
        _ => return trade_status::write_confirmation_answer(event, envelope),
    };
    let mut w = Writer::default();
    let more = [("reason", &event.reason), ("text", &event.text)];
    for (field, told) in more {
        if let Some(told) = told {
            w.lose(field, told, "an affirmation has no reason and no text");
        }
    }
    if let Some(date) = event.trade_date {
        w.lose("trade_date", &date.to_string(), "MT517 does not repeat the trade");
    }
    w.sequence("GENL", |w| {
        w.answer("id", event.id.as_ref(), envelope, KIND)?;
        let previous = match &event.function {
            Function::New => None,
            Function::Cancel(Some(previous)) => Some(previous),
            Function::Cancel(None) => return Err(missing("function.cancel", KIND)),
            Function::Replace(_) => {
                let why = "MT517 has no replacement: take the affirmation back and send another";
                return Err(invalid("function", "replace", why));
            }
        };
        w.line("23G", if previous.is_some() { "CANC" } else { "NEWM" });
        w.prepared_as("transacted", event.transacted);
        write_parties(w, event, envelope)?;
        w.put("25D", AFFIRMS, code);
        if let Some(previous) = previous {
            w.link("PREV", "function.cancel", previous)?;
        }
        w.link("RELA", "confirmation", &event.confirmation)?;
        event.linkages.iter().try_for_each(|link| write_linkage(w, KIND, "linkages", link))
    })?;
    w.finish(KIND, envelope)
}

fn write_parties(
    w: &mut Writer,
    event: &ConfirmationAcknowledgement,
    envelope: &Envelope,
) -> Result<(), EncodeError> {
    let qualifier = |role: &PartyRole| match role {
        PartyRole::Other(q) if message::spec(KIND).is_some_and(|s| s.lists("GENL", "95", q)) => {
            Some(q.clone())
        }
        _ => None,
    };
    if !event.parties.iter().any(|p| qualifier(&p.role).as_deref() == Some(AFFIRMS)) {
        let sender = bic_of(&envelope.sender).ok_or(missing("parties", KIND))?;
        let why = "who affirms must be said: the sender of the message stands";
        w.lose("parties", sender.as_str(), why);
        party::write_identification(w, AFFIRMS, &Party::bic(sender))?;
    }
    for RoleParty { role, party } in &event.parties {
        match qualifier(role) {
            Some(q) => {
                let named = Party { lei: party.lei, ..Party::new(party.id.clone()) };
                if named != *party {
                    w.lose("parties.account", &q, "MT517 names parties and says no more of them");
                }
                party::write_identification(w, &q, &named)?;
            }
            None => w.lose("parties", &format!("{role:?}"), "MT517 has no party of this role"),
        }
    }
    Ok(())
}
