//! The same meaning in another protocol, and an account of everything that did not come through.
//!
//! ```text
//!   source ──▶ decode ──▶ Event ──▶ encode ──▶ target
//!      │                    └─ losses: what the target cannot say
//!      └─ left behind: what the event does not hold, told by writing the event in the source's own message again
//! ```
//!
//! The mapping is a table ([`table`]): which message becomes which, and which field stands where in both. The page
//! `docs/formats/translation.md` is printed from it.

mod envelope;
mod left;
mod page;
mod pairing;
pub mod table;

use std::fmt;

use crate::codec::{self, Decoded, EncodeError, Encoded, Envelope, Format};
use crate::model::{Event, PenaltySource, Reference};
use crate::mx::{self, Wrapping};

pub use envelope::{told, told_of};
pub use page::page;

/// What block 3 of an MT holds of an identifier.
const USER_REFERENCE_MAX: usize = 16;

/// A message in another protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// The message, and what it could not carry of the event.
    pub encoded: Encoded,
    /// What the event does not hold of the source.
    pub left: Vec<LeftBehind>,
    /// Why that could not be told, where it could not: then the translation may have lost something unseen.
    pub unknown: Option<EncodeError>,
}

impl Translation {
    /// Whether all that the source says is in the target.
    pub fn is_faithful(&self) -> bool {
        self.encoded.losses.is_empty() && self.left.is_empty() && self.unknown.is_none()
    }
}

/// A field of the source that its event does not hold, so that the target cannot have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftBehind {
    /// Its place in the source: `4/TRADDET/70E`, `Document/SctiesSttlmTxInstr/...`.
    pub path: String,
    /// Its name for people.
    pub label: Option<String>,
    /// Its value as it stood.
    pub value: String,
}

impl fmt::Display for LeftBehind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(label) = &self.label {
            write!(f, " ({label})")?;
        }
        write!(f, " {:?}: dropped: the normalized event does not hold it", self.value)
    }
}

/// Writes the meaning of a message that was decoded in full as another message. `told` is what its own envelope says (see
/// [`told`]), `envelope` what the target's is to say; `versions` are those of ISO 20022 messages that are wanted.
pub fn translate(
    decoded: &Decoded,
    event: &Event,
    format: Format,
    (told, envelope): (&Envelope, &Envelope),
    versions: &[String],
) -> Result<Translation, EncodeError> {
    let mut envelope = envelope.clone();
    // The identifier of a transmission is not one of the trade: better none than no message.
    let long = format == Format::Mt && envelope.message_id.len() > USER_REFERENCE_MAX;
    let dropped = long.then(|| std::mem::take(&mut envelope.message_id));
    if let (Format::Mx(Wrapping::Envelope), Some(reference)) = (format, known_by_header(event)) {
        envelope.message_id = reference.to_string();
    }
    let mut encoded = codec::encode_as(event, format, &envelope, versions)?;
    if let Some(account) = invented(event).filter(|_| format == Format::Mt) {
        let reason = "the source names no account, and MT must: this stands for none".to_owned();
        encoded.losses.push(codec::Loss { field: "statement.account".into(), value: account, reason });
    }
    if let Some(value) = dropped {
        let reason = format!("dropped: MT carries {USER_REFERENCE_MAX} characters; block 3 goes without");
        encoded.losses.insert(0, codec::Loss { field: "envelope.message_id".into(), value, reason });
    }
    let (left, unknown) = match left::behind(decoded, event, told) {
        Ok(left) => (left, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    Ok(Translation { encoded, left, unknown })
}

/// The account that stands where a report of penalties names none.
fn invented(event: &Event) -> Option<String> {
    let Event::Penalties(report) = event else { return None };
    let PenaltySource::Statement(header) = &report.source else { return None };
    let account = header.account.id.as_str();
    (account == mx::NO_ACCOUNT).then(|| account.to_owned())
}

/// The reference of an event that MX says in the business header alone.
fn known_by_header(event: &Event) -> Option<&Reference> {
    match event {
        Event::Status(_)
        | Event::AuditTrail(_)
        | Event::Cancellation(_)
        | Event::ProcessingChange(_)
        | Event::StatusRequest(_) => event.reference(),
        _ => None,
    }
}

/// What the event does not hold of a message that was decoded in full.
pub fn left_behind(
    decoded: &Decoded,
    event: &Event,
    told: &Envelope,
) -> Result<Vec<LeftBehind>, EncodeError> {
    left::behind(decoded, event, told)
}
