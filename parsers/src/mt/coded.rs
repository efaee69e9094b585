//! 25D with its 24B reasons, kept as coded; and who stands around a message: account, owner, originator and recipient.

use super::encode::{Writer, invalid};
use super::message::Element;
use super::{codes, party, value};
use crate::codec::EncodeError;
use crate::model::{Account, CodedStatus, Lei, Party, Reason, StatusOf};

const PROCESSES: [(&str, StatusOf); 6] = [
    ("IPRC", StatusOf::Processing),
    ("MTCH", StatusOf::Matching),
    ("AFFM", StatusOf::Affirmation),
    ("CPRC", StatusOf::Cancellation),
    ("RPRC", StatusOf::Replacement),
    ("SETT", StatusOf::Settlement),
];

/// Reads a 25D.
pub(super) fn status(e: &Element<'_>) -> CodedStatus {
    let qualifier = value::text(e.qualifier);
    let of = PROCESSES.iter().find(|(q, _)| *q == qualifier).map(|(_, of)| of.clone());
    CodedStatus {
        of: of.unwrap_or(StatusOf::Other(qualifier)),
        code: value::text(e.rest),
        issuer: issuer(e),
        reasons: Vec::new(),
    }
}

fn issuer(e: &Element<'_>) -> Option<String> {
    (!e.scheme.is_empty()).then(|| value::text(e.scheme))
}

/// Reads a 24B.
pub(super) fn reason(e: &Element<'_>) -> Reason {
    Reason { code: value::text(e.rest), issuer: issuer(e), text: None }
}

/// Adds what a REAS block says to the reasons of the last status.
pub(super) fn take_reason(reasons: Option<&mut Vec<Reason>>, e: &Element<'_>) {
    let Some(reasons) = reasons else { return };
    match (e.tag, reasons.last_mut()) {
        (b"24B", _) => reasons.push(reason(e)),
        (b"70D", Some(last)) => last.text = Some(value::joined(e.rest)),
        _ => {}
    }
}

/// Writes a 25D.
pub(super) fn write_status(w: &mut Writer, status: &CodedStatus) -> Result<(), EncodeError> {
    let qualifier = match &status.of {
        StatusOf::Other(qualifier) => qualifier.as_str(),
        of => PROCESSES.iter().find(|(_, known)| known == of).map_or("IPRC", |(q, _)| q),
    };
    let well =
        |code: &str| code.len() == 4 && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if !well(qualifier) || (status.issuer.is_none() && !well(&status.code)) {
        return Err(invalid(
            "status.code",
            &status.code,
            "25D takes four capitals, or a code with its issuer",
        ));
    }
    w.line("25D", &format!(":{qualifier}/{}/{}", status.issuer.as_deref().unwrap_or_default(), status.code));
    Ok(())
}

/// Writes one REAS block per reason, each behind the same qualifier; losses call code and text as they are told to.
pub(super) fn write_reasons(
    w: &mut Writer,
    kind: &str,
    qualifier: &str,
    [code, text]: [&str; 2],
    reasons: &[Reason],
) -> Result<(), EncodeError> {
    for reason in reasons {
        let mut words = reason.text.clone();
        w.sequence("REAS", |w| -> Result<(), EncodeError> {
            if write_code(w, kind, qualifier, reason) {
                let why = "it is no code of this list: NARR with the code as text";
                w.lose(code, &reason.code, why);
                let said = words.as_deref().unwrap_or_default();
                w.lose(text, said, "it stands behind the code");
                words = Some(format!("{} {said}", reason.code).trim().to_owned());
            }
            if let Some(words) = &words {
                w.narrative("70D", "REAS", text, words, 6);
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Writes a 24B; whether the code must be said in words.
fn write_code(w: &mut Writer, kind: &str, qualifier: &str, reason: &Reason) -> bool {
    let code = reason.code.as_str();
    let known = match codes::reasons(kind, qualifier.as_bytes()) {
        Some(list) => list.contains(&code),
        None => code.len() == 4 && code.bytes().all(|b| b.is_ascii_uppercase()),
    };
    match &reason.issuer {
        Some(issuer) => w.line("24B", &format!(":{qualifier}/{issuer}/{code}")),
        None if known => w.put("24B", qualifier, code),
        None => w.put("24B", qualifier, "NARR"),
    }
    !known && reason.issuer.is_none()
}

/// The account and whose it is, and the two ends that a message may name.
#[derive(Debug, Default)]
pub(super) struct Around {
    pub(super) account: Option<Account>,
    owner: Option<Party>,
    owner_lei: Option<Lei>,
    pub(super) originator: Option<Party>,
    pub(super) recipient: Option<Party>,
}

impl Around {
    /// Takes a field of the account, its owner or an end.
    pub(super) fn take(&mut self, e: &Element<'_>) {
        match (e.tag, e.qualifier) {
            (b"95L", _) => self.owner_lei = value::parsed(e.rest),
            ([b'9', b'5', _], b"ACOW") => self.owner = party::identification(e).map(Party::new),
            ([b'9', b'5', _], b"MEOR") => self.originator = party::identification(e).map(Party::new),
            ([b'9', b'5', _], b"MERE") => self.recipient = party::identification(e).map(Party::new),
            ([b'9', b'7', _], b"SAFE" | b"BCAW") => self.account = party::account(e),
            _ => {}
        }
    }

    /// The account owner with the LEI beside it.
    pub(super) fn owner(&mut self) -> Option<Party> {
        Some(Party { lei: self.owner_lei, ..self.owner.take()? })
    }
}

/// Writes originator and recipient; what more is known of them has no place.
pub(super) fn write_ends(
    w: &mut Writer,
    originator: Option<&Party>,
    recipient: Option<&Party>,
) -> Result<(), EncodeError> {
    for (qualifier, end) in [("MEOR", originator), ("MERE", recipient)] {
        let Some(end) = end else { continue };
        let alone = Party::new(end.id.clone());
        if *end != alone {
            w.lose("originator or recipient", &format!("{:?}", end.id), "95a names it and says no more");
        }
        party::write_identification(w, qualifier, &alone)?;
    }
    Ok(())
}
