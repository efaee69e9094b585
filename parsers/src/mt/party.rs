//! Settlement parties: SETPRTY blocks to the two chains and back.

use super::encode::{Writer, exact, invalid};
use super::message::Element;
use super::value;
use crate::codec::EncodeError;
use crate::model::{Movement, Party, PartyId, SettlementChain};

/// One party block while it is read.
#[derive(Debug, Default)]
pub(super) struct Block {
    qualifier: String,
    party: Option<Party>,
    lei: Option<crate::model::Lei>,
    further: Vec<String>,
    account: Option<crate::model::Account>,
    reference: Option<crate::model::Reference>,
}

impl Block {
    /// Takes one field of the block.
    pub(super) fn take(&mut self, element: &Element<'_>) {
        match (element.tag, element.qualifier) {
            (b"95L", _) => self.lei = value::parsed(element.rest),
            (b"95S", _) => self.further.extend(further(element.rest)),
            ([b'9', b'5', _], qualifier) if self.party.is_none() => {
                self.party = identification(element).map(Party::new);
                self.qualifier = value::text(qualifier);
            }
            ([b'9', b'7', _], b"SAFE" | b"BCAW") if self.account.is_none() => {
                self.account = account(element);
            }
            (b"20C", b"PROC") => self.reference = value::parsed(element.rest),
            _ => {}
        }
    }

    /// The party with its qualifier, when the block names one.
    pub(super) fn finish(self) -> Option<(String, Party)> {
        let party = Party {
            lei: self.lei,
            account: self.account,
            processing_reference: self.reference,
            further: self.further,
            ..self.party?
        };
        Some((self.qualifier, party))
    }
}

/// Who a 95a field names.
pub(super) fn identification(element: &Element<'_>) -> Option<PartyId> {
    Some(match element.option() {
        b'P' => PartyId::Bic(value::parsed(element.rest)?),
        b'L' => PartyId::Lei(value::parsed(element.rest)?),
        b'R' => PartyId::Proprietary { issuer: value::text(element.scheme), id: value::text(element.rest) },
        b'Q' => PartyId::Name(value::lines(element.rest)),
        b'C' => PartyId::Country(value::text(element.rest)),
        _ => return None,
    })
}

/// The account of 97a; option B has a type before the number.
pub(super) fn account(element: &Element<'_>) -> Option<crate::model::Account> {
    match element.option() {
        b'B' => element.rest.get(5..).and_then(value::parsed),
        _ => value::parsed(element.rest),
    }
}

/// `TXID/DE/12345` to `TXID=DE/12345`.
pub(super) fn further(rest: &[u8]) -> Option<String> {
    let text = value::text(rest);
    text.split_once('/').map(|(kind, id)| format!("{kind}={id}"))
}

/// Both chains of a message. The place of settlement stands once; it is put into the chain of the other side.
pub(super) fn place(
    movement: Movement,
    delivering: &mut SettlementChain,
    receiving: &mut SettlementChain,
    (qualifier, party): (String, Party),
) {
    if let Some(slot) = slot(&qualifier, movement, delivering, receiving) {
        *slot = Some(party);
    }
}

/// Where the party of a role stands; `None` for roles that are in no chain.
pub(super) fn slot<'c>(
    role: &str,
    movement: Movement,
    delivering: &'c mut SettlementChain,
    receiving: &'c mut SettlementChain,
) -> Option<&'c mut Option<Party>> {
    Some(match (role, movement) {
        ("PSET", Movement::Receive) => &mut delivering.depository,
        ("PSET", Movement::Deliver) => &mut receiving.depository,
        ("DEAG", _) => &mut delivering.agent,
        ("DEI2", _) => &mut delivering.intermediary_2,
        ("DEI1", _) => &mut delivering.intermediary_1,
        ("DECU", _) => &mut delivering.custodian,
        ("SELL", _) => &mut delivering.client,
        ("REAG", _) => &mut receiving.agent,
        ("REI2", _) => &mut receiving.intermediary_2,
        ("REI1", _) => &mut receiving.intermediary_1,
        ("RECU", _) => &mut receiving.custodian,
        ("BUYR", _) => &mut receiving.client,
        _ => return None,
    })
}

/// Writes both chains, the other side's first, and the place of settlement last.
pub(super) fn write_chains(
    writer: &mut Writer,
    movement: Movement,
    delivering: &SettlementChain,
    receiving: &SettlementChain,
) -> Result<(), EncodeError> {
    const DELIVERING: [&str; 5] = ["DEAG", "DEI2", "DEI1", "DECU", "SELL"];
    const RECEIVING: [&str; 5] = ["REAG", "REI2", "REI1", "RECU", "BUYR"];
    let (other, own) = match movement {
        Movement::Receive => ((delivering, DELIVERING), (receiving, RECEIVING)),
        Movement::Deliver => ((receiving, RECEIVING), (delivering, DELIVERING)),
    };
    for (chain, names) in [other, own] {
        let parties =
            [&chain.agent, &chain.intermediary_2, &chain.intermediary_1, &chain.custodian, &chain.client];
        for (name, party) in names.iter().zip(parties) {
            if let Some(party) = party {
                write(writer, name, party)?;
            }
        }
    }
    match (&other.0.depository, &own.0.depository) {
        (Some(depository), also) => {
            if let Some(second) = also.as_ref().filter(|second| *second != depository) {
                let shown = second.as_bic().map_or_else(|| format!("{:?}", second.id), |b| b.to_string());
                writer.lose(
                    "depository",
                    &shown,
                    "MT names one place of settlement: the counterparty's stands",
                );
            }
            write(writer, "PSET", depository)
        }
        (None, Some(depository)) => write(writer, "PSET", depository),
        (None, None) => Ok(()),
    }
}

/// One SETPRTY block.
fn write(writer: &mut Writer, qualifier: &str, party: &Party) -> Result<(), EncodeError> {
    writer.sequence("SETPRTY", |w| {
        write_identification(w, qualifier, party)?;
        write_details(w, qualifier, party)
    })
}

/// The 95a field with its alternates.
pub(super) fn write_identification(
    writer: &mut Writer,
    qualifier: &str,
    party: &Party,
) -> Result<(), EncodeError> {
    let named = without_scheme(writer, &party.id);
    match &named {
        PartyId::Bic(bic) => writer.put("95P", qualifier, bic.as_str()),
        PartyId::Proprietary { issuer, id } if is_scheme(issuer) => {
            writer.line("95R", &format!(":{qualifier}/{issuer}/{}", exact("party.id", id, 34)?));
        }
        PartyId::Proprietary { issuer, id } => {
            let reason = "MT wants an issuer of one to eight capitals or digits: it stands as a name";
            let shown = format!("{issuer} {id}");
            writer.lose("party.issuer", shown.trim(), reason);
            let lines = writer.wrapped("party.id", shown.trim(), 4);
            writer.put("95Q", qualifier, &lines.join("\r\n"));
        }
        PartyId::Name(lines) => {
            let mut kept = Vec::new();
            for line in lines {
                kept.extend(writer.wrapped("party.name", line, 4));
            }
            if kept.len() > 4 {
                writer.lose("party.name", &lines.join(", "), "MT carries four lines of name and address");
                kept.truncate(4);
            }
            writer.put("95Q", qualifier, &kept.join("\r\n"));
        }
        PartyId::Country(country) if qualifier == "PSET" => writer.put("95C", qualifier, country),
        PartyId::Country(country) => {
            return Err(invalid("party.country", country, "only the place of settlement may be a country"));
        }
        PartyId::Lei(lei) => {
            return Err(invalid(
                "party.lei",
                lei.as_str(),
                "an LEI alone names no settlement party in MT; give its BIC as well",
            ));
        }
    }
    if let Some(lei) = &party.lei {
        writer.put("95L", "ALTE", lei.as_str());
    }
    Ok(())
}

/// The same without the name of a scheme, which MT does not say; that is told.
pub(super) fn without_scheme(writer: &mut Writer, named: &PartyId) -> PartyId {
    match named {
        PartyId::Proprietary { issuer, id } => {
            let Some((issuer, scheme)) = issuer.split_once(crate::model::SCHEME) else {
                return named.clone();
            };
            writer.lose("party.scheme", scheme, "MT names the issuer of an identifier and not its scheme");
            PartyId::Proprietary { issuer: issuer.to_owned(), id: id.clone() }
        }
        other => other.clone(),
    }
}

/// Whether an issuer can stand as the data source scheme of option R.
pub(super) fn is_scheme(issuer: &str) -> bool {
    (1..=8).contains(&issuer.len()) && issuer.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// The alternates, account and reference of a party block.
pub(super) fn write_details(writer: &mut Writer, qualifier: &str, party: &Party) -> Result<(), EncodeError> {
    for entry in &party.further {
        match entry.split_once('=') {
            Some((kind, id)) if kind.len() == 4 && exact("party.further", id, 33).is_ok() => {
                writer.put("95S", "ALTE", &format!("{kind}/{id}"));
            }
            _ => writer.lose(
                &format!("{qualifier}.further"),
                entry,
                "it is no alternate identification that MT knows",
            ),
        }
    }
    if let Some(account) = &party.account {
        writer.account("SAFE", "party.account", account)?;
    }
    if let Some(reference) = &party.processing_reference {
        writer.reference_along("PROC", "party.processing_reference", reference);
    }
    Ok(())
}
