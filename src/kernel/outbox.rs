//! From a decision to bytes: which message, in which protocol, to whom. Beside `intake.rs` the only file of the kernel
//! that names a protocol.

use finality_parsers::codec::{self, EncodeError, Encoded, Envelope, Format};
use finality_parsers::fix::Version;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::Event;
use finality_parsers::mx::{self, Wrapping};

use crate::profile::{LinkProfile, Speech};

/// A message that is to go out, or is out and not yet answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Out {
    /// By which link.
    pub link: String,
    /// What it is.
    pub message_type: String,
    /// The trade it belongs to.
    pub trade: Option<u64>,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether it is kept until it is answered.
    pub awaits: bool,
    /// The record that holds it.
    pub record: u64,
    /// How often it was handed to the link.
    pub attempts: u32,
    /// Whether the link has it, as far as this run knows.
    pub handed: bool,
    /// Whether the link keeps it under a number of its own: then the link sees to it that it arrives.
    pub numbered: bool,
}

/// Writes an event for a link. `out` becomes the user reference of the transmission, by which the network's answer is
/// told.
pub(crate) fn write(
    event: &Event,
    link: &LinkProfile,
    out: u64,
    now: Timestamp,
) -> Result<Encoded, EncodeError> {
    let format = match link.speech {
        Speech::Fix42 => Format::Fix(Version::Fix42),
        Speech::Fix43 => Format::Fix(Version::Fix43),
        Speech::Fix44 => Format::Fix(Version::Fix44),
        Speech::Fix50 => Format::Fix(Version::Fix50),
        Speech::Fix50Sp1 => Format::Fix(Version::Fix50Sp1),
        Speech::Fix50Sp2 => Format::Fix(Version::Fix50Sp2),
        Speech::Mt => Format::Mt,
        Speech::Mx => Format::Mx(Wrapping::Envelope),
        Speech::MxDocument => Format::Mx(Wrapping::Document),
    };
    let envelope = Envelope {
        sender: link.our_id.clone(),
        receiver: link.their_id.clone(),
        created: now,
        // A session numbers its messages itself.
        message_id: if link.speech.is_session() { String::new() } else { message_id(out) },
        possible_duplicate: false,
    };
    codec::encode_unread(event, format, &envelope, &link.versions)
}

/// Whether this version of an ISO 20022 message (`sese.024.001.14`) can be written.
pub(crate) fn can_write(version: &str) -> bool {
    mx::tables::messages().any(|known| known == version)
}

/// Whether a confirmation is answered on this link. Over ISO 15022 it is not: MT517 and MT509 could say it, but whether a
/// broker wants them is his to say, and no profile has a word for that yet.
pub(crate) fn can_answer_confirmations(link: &LinkProfile) -> bool {
    link.speech.is_session()
}

/// Whether a request to change how an instruction is processed can be sent on this link. Without an envelope it would have no
/// reference to be answered by.
pub(crate) fn can_ask_for_changes(link: &LinkProfile) -> bool {
    matches!(link.speech, Speech::Mt | Speech::Mx)
}

/// The user reference of outbox entry `out`.
pub(crate) fn message_id(out: u64) -> String {
    format!("FIN{out:012}")
}

/// The outbox entry that a user reference belongs to, when it is one of ours.
pub(crate) fn out_of(message_id: &str) -> Option<u64> {
    message_id.strip_prefix("FIN").filter(|d| d.len() == 12)?.parse().ok()
}

/// The same message, marked as one that may have been sent before: trailer PDE in MT, `PssblDplct` in the header of MX.
/// FIX is marked by the session. The bytes are our own encoder's, so their form is known.
pub fn marked_as_possible_duplicate(bytes: &[u8], speech: Speech) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
    let marked = match speech {
        Speech::Mt if text.contains("{PDE:") => None,
        Speech::Mt if text.contains("{5:") => Some(text.replacen("{5:", "{5:{PDE:}", 1)),
        Speech::Mt => Some(format!("{}{{5:{{PDE:}}}}", text.trim_end())),
        Speech::Mx if text.contains("<PssblDplct>true") => None,
        Speech::Mx if text.contains("<PssblDplct>false<") => {
            Some(text.replacen("<PssblDplct>false<", "<PssblDplct>true<", 1))
        }
        Speech::Mx => Some(text.replacen("</CreDt>", "</CreDt><PssblDplct>true</PssblDplct>", 1)),
        _ => None,
    };
    marked.map_or_else(|| bytes.to_vec(), String::into_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_references_come_back() {
        assert_eq!(out_of(&message_id(42)), Some(42));
        assert_eq!(message_id(42).len(), 15, "fits into 16x");
        for other in ["FIN42", "XYZ000000000042", "FIN00000000004X", ""] {
            assert_eq!(out_of(other), None, "{other}");
        }
    }

    #[test]
    fn marks() {
        let mark =
            |text: &str, speech| String::from_utf8(marked_as_possible_duplicate(text.as_bytes(), speech));
        assert_eq!(mark("{1:}{4:\r\n-}", Speech::Mt).as_deref(), Ok("{1:}{4:\r\n-}{5:{PDE:}}"));
        assert_eq!(mark("{4:\r\n-}{5:{CHK:0}}", Speech::Mt).as_deref(), Ok("{4:\r\n-}{5:{PDE:}{CHK:0}}"));
        let twice = mark("{1:}{4:\r\n-}{5:{PDE:}}", Speech::Mt);
        assert_eq!(twice.as_deref(), Ok("{1:}{4:\r\n-}{5:{PDE:}}"));
        assert_eq!(
            mark("<CreDt>x</CreDt></AppHdr>", Speech::Mx).as_deref(),
            Ok("<CreDt>x</CreDt><PssblDplct>true</PssblDplct></AppHdr>")
        );
    }
}
