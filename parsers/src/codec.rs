//! The one door for callers who do not care which protocol it is: bytes to [`Decoded`], an [`Event`] to [`Encoded`].

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::detect::{self, Protocol};
use crate::diagnostic::{Diagnostic, Findings, Layer, Policy};
use crate::limits::Limits;
use crate::machine::Timestamp;
use crate::model::{Bic, Event, Refusal};
use crate::tree::Node;
use crate::{fix, mt, mx};

/// What one message turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The family, where it could be told.
    pub protocol: Option<Protocol>,
    /// `J`, `541`, `sese.023.001.11`; empty when it could not be told.
    pub message_type: String,
    /// To whom its envelope is addressed, where it says that by a BIC.
    pub addressee: Option<Bic>,
    /// All findings of all layers, in order of position.
    pub diagnostics: Vec<Diagnostic>,
    /// What the message means, when it means something to the lifecycle and enough of it could be read.
    pub event: Option<Event>,
    /// How its sender is told that it is refused, where something is wrong with it and its protocol has an answer.
    pub refusal: Option<Box<Refusal>>,
    /// The message put together again from its parsed parts; equal to what came in unless the reader lost something.
    pub encoded: Vec<u8>,
    /// Every field as it stood.
    pub fields: Vec<Node>,
}

impl Decoded {
    /// Whether a reader of this policy takes the message.
    pub fn accepted(&self, policy: Policy) -> bool {
        policy.accepts(&self.diagnostics)
    }
}

/// How much of [`Decoded`] is wanted: a gateway needs no field tree and no second copy of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Type, diagnostics and event.
    Event,
    /// The field tree and the re-encoded bytes as well.
    Full,
}

/// Where the messages of a file stand; white space between them belongs to none. Bytes of no known protocol form one
/// span to the end, so that nothing is passed over in silence.
pub fn split(bytes: &[u8], limits: &Limits) -> Vec<Range<usize>> {
    match detect::protocol(bytes) {
        Some(Protocol::Fix) => fix::split(bytes, limits),
        Some(Protocol::Mt) => mt::split(bytes, limits),
        Some(Protocol::Mx) => mx::split(bytes, limits),
        None if bytes.iter().all(u8::is_ascii_whitespace) => Vec::new(),
        #[allow(clippy::single_range_in_vec_init)]
        None => vec![0..bytes.len()],
    }
}

/// The messages of a file, as the whole program counts them: an ISO 20022 envelope of several documents is as many messages,
/// each given with the envelope around it so that it can be read alone.
pub fn messages<'a>(bytes: &'a [u8], limits: &Limits) -> Vec<Cow<'a, [u8]>> {
    apart(bytes, limits, mx::messages)
}

/// The messages of a file for somebody who acts on them: of an envelope that breaks off nothing is taken, it is one.
pub fn frames<'a>(bytes: &'a [u8], limits: &Limits) -> Vec<Cow<'a, [u8]>> {
    apart(bytes, limits, mx::frames)
}

/// What takes an envelope apart.
type Apart<'a> = fn(&'a [u8], &Limits) -> Vec<Cow<'a, [u8]>>;

fn apart<'a>(bytes: &'a [u8], limits: &Limits, mx: Apart<'a>) -> Vec<Cow<'a, [u8]>> {
    let is_mx = detect::protocol(bytes) == Some(Protocol::Mx);
    let of = |range: Range<usize>| {
        let raw = bytes.get(range).unwrap_or_default();
        if is_mx && detect::protocol(raw) == Some(Protocol::Mx) {
            mx(raw, limits)
        } else {
            vec![Cow::Borrowed(raw)]
        }
    };
    split(bytes, limits).into_iter().flat_map(of).collect()
}

/// What the second reader of a FIX message would make of it, whom the first found nothing wrong with: the same.
pub(crate) fn decode_taken_apart(message: &fix::message::Message<'_>, limits: &Limits) -> Decoded {
    let mut decoded = fix::meaning(message, Findings::new(limits.diagnostics_max), Depth::Event);
    decoded.diagnostics.sort_by_key(|d| d.span.start);
    decoded
}

/// Decodes one message. Never fails: what is wrong is in the diagnostics.
pub fn decode(raw: &[u8], limits: &Limits, depth: Depth) -> Decoded {
    let mut decoded = match detect::protocol(raw) {
        _ if raw.len() > limits.message_bytes_max => too_long(raw, limits),
        Some(Protocol::Fix) => fix::decode(raw, limits, depth),
        Some(Protocol::Mt) => mt::decode(raw, limits, depth),
        Some(Protocol::Mx) => mx::decode(raw, limits, depth),
        None => unreadable(
            "unknown-protocol",
            raw,
            "these bytes are neither FIX (8=FIX...), MT ({1:...) nor XML (<...)".into(),
        ),
    };
    decoded.diagnostics.sort_by_key(|d| d.span.start);
    decoded
}

/// Decodes one message that may hold several: the documents of an ISO 20022 envelope, with tables from `lookup`.
pub fn decode_all(raw: &[u8], limits: &Limits, depth: Depth, lookup: mx::Lookup<'_>) -> Vec<Decoded> {
    if detect::protocol(raw) != Some(Protocol::Mx) || raw.len() > limits.message_bytes_max {
        return vec![decode(raw, limits, depth)];
    }
    let mut all = mx::decode_all(raw, limits, depth, lookup);
    all.iter_mut().for_each(|decoded| decoded.diagnostics.sort_by_key(|d| d.span.start));
    all
}

fn too_long(raw: &[u8], limits: &Limits) -> Decoded {
    let message = format!("the message has {} bytes; the limit is {}", raw.len(), limits.message_bytes_max);
    unreadable("message-too-long", raw, message)
}

fn unreadable(code: &'static str, raw: &[u8], message: String) -> Decoded {
    Decoded {
        protocol: None,
        message_type: String::new(),
        addressee: None,
        diagnostics: vec![Diagnostic::error(Layer::Syntax, code, 0..raw.len().min(1), message).hint(
            "check that the file holds one of the three protocols and was not cut or re-encoded on its way",
        )],
        event: None,
        refusal: None,
        encoded: raw.to_vec(),
        fields: Vec::new(),
    }
}

/// In which shape a message is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A FIX application message of this version; the session fills in CompIDs, sequence number and time.
    Fix(fix::Version),
    /// ISO 15022 with blocks 1 to 5.
    Mt,
    /// ISO 20022.
    Mx(mx::Wrapping),
}

/// What the envelope of a message says beside its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Who sends: a BIC for MT and MX, a CompID for FIX.
    pub sender: String,
    /// Who receives.
    pub receiver: String,
    /// When it is made.
    pub created: Timestamp,
    /// The identifier of this transmission (MT user reference 108, MX BizMsgIdr).
    pub message_id: String,
    /// Sent before, perhaps (MT PDE trailer, MX PssblDplct, FIX PossResend).
    pub possible_duplicate: bool,
}

/// Bytes, and what of the event they could not carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The message.
    pub bytes: Vec<u8>,
    /// `541`, `sese.023.001.11`, `AK`.
    pub message_type: String,
    /// What was left out, cut or approximated; empty for a faithful message.
    pub losses: Vec<Loss>,
}

/// One thing that the target message cannot carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The normalized field: `instruction.chain.place.lei`.
    pub field: String,
    /// What would have been said.
    pub value: String,
    /// Why it could not be, and what stands instead.
    pub reason: String,
}

/// Why an event cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The protocol has no message for this event, or none is built yet.
    #[error("{protocol} has no message here for {event}: choose another target format")]
    NoMessage {
        /// The kind of event.
        event: &'static str,
        /// The target.
        protocol: &'static str,
    },
    /// The target message cannot do without this.
    #[error("{field} is missing: the {message} cannot be written without it")]
    Missing {
        /// The normalized field.
        field: &'static str,
        /// The message type.
        message: String,
    },
    /// A value that the target cannot express.
    #[error("{field} is {value:?}: {reason}")]
    Invalid {
        /// The normalized field.
        field: &'static str,
        /// The value.
        value: String,
        /// Why not, and what to do.
        reason: String,
    },
}

/// Writes an event.
pub fn encode(event: &Event, format: Format, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    encode_as(event, format, envelope, &[])
}

/// Writes an event; `versions` are those of ISO 20022 messages that the receiver takes (`sese.024.001.14`). Where it says
/// nothing of a message, the usual version is written.
pub fn encode_as(
    event: &Event,
    format: Format,
    envelope: &Envelope,
    versions: &[String],
) -> Result<Encoded, EncodeError> {
    let mut encoded = match format {
        Format::Fix(version) => fix::encode_event(event, version, envelope)?,
        Format::Mt => mt::encode_event(event, envelope)?,
        Format::Mx(wrapping) => return mx::encode_event_as(event, wrapping, envelope, versions),
    };
    // Those of settlement tell it themselves.
    let told = matches!(event, Event::Instruction(_) | Event::Settlement(_));
    let message = event.supplementary().iter().filter(|_| !told);
    for data in message.chain(event.supplementary_of_records()) {
        let reason = "only ISO 20022 carries supplementary data".to_owned();
        encoded.losses.push(Loss { field: "supplementary".to_owned(), value: data.content.clone(), reason });
    }
    Ok(encoded)
}

/// Writes the same bytes for somebody who does not ask what was lost: losses that only a second reading shows are left out.
pub fn encode_unread(
    event: &Event,
    format: Format,
    envelope: &Envelope,
    versions: &[String],
) -> Result<Encoded, EncodeError> {
    match format {
        Format::Fix(version) => fix::write_event(event, version, envelope, false),
        Format::Mt | Format::Mx(_) => encode_as(event, format, envelope, versions),
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}: {}", self.field, self.value, self.reason)
    }
}
