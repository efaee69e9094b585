//! Writing the standard header: of a session message from nothing, of an application message over what its encoder wrote.

use std::fmt::Display;

use super::super::Version;
use super::super::dictionary::dictionary;
use super::super::encode::{frame_up, timestamp};
use super::super::field::{SOH, read_fields};
use crate::diagnostic::Findings;
use crate::limits::Limits;
use crate::machine::Timestamp;

/// What the session says in the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp<'a> {
    /// SenderCompID (49).
    pub sender: &'a str,
    /// TargetCompID (56).
    pub target: &'a str,
    /// MsgSeqNum (34).
    pub sequence: u64,
    /// SendingTime (52).
    pub sending_time: Timestamp,
    /// PossResend (97): the content may have been sent under another number.
    pub possible_resend: bool,
    /// PossDupFlag (43) with OrigSendingTime (122): the same number again, first sent at this time.
    pub first_sent: Option<&'a str>,
}

impl Stamp<'_> {
    fn fields(&self) -> Vec<(u32, String)> {
        let mut fields = vec![
            (34, self.sequence.to_string()),
            (49, self.sender.to_owned()),
            (52, timestamp(self.sending_time.utc())),
            (56, self.target.to_owned()),
        ];
        if let Some(first) = self.first_sent {
            fields.push((43, "Y".into()));
            fields.push((122, first.to_owned()));
        }
        if self.possible_resend {
            fields.push((97, "Y".into()));
        }
        fields
    }
}

/// Header fields that the session alone writes; all others of a message are kept.
const OURS: [u32; 10] = [8, 9, 10, 34, 43, 49, 52, 56, 97, 122];

/// Rewrites the standard header of an application message and computes length and checksum anew. PossResend of the
/// message is kept.
pub fn restamp(message: &[u8], version: Version, stamp: &Stamp<'_>) -> Vec<u8> {
    let tables = dictionary(version);
    let limits = Limits::default();
    let fields = read_fields(message, 0..message.len(), SOH, tables, &limits, &mut Findings::new(1));
    let header = tables.scope(tables.header);
    // The fields of NoHops (627) stay behind their count.
    let in_header = |tag: u32| header.position(tag).is_some() || (628..=630).contains(&tag);
    let body = fields.iter().position(|f| f.tag != 10 && !in_header(f.tag)).unwrap_or(fields.len());
    let (head, body) = fields.split_at(body);
    let resent = head.iter().any(|f| f.tag == 97 && f.value(message) == b"Y");
    let stamp = Stamp { possible_resend: stamp.possible_resend || resent, ..stamp.clone() };
    let mut lines: Vec<(u32, Vec<u8>)> =
        stamp.fields().into_iter().map(|(tag, value)| (tag, format!("{tag}={value}").into_bytes())).collect();
    for field in head.iter().filter(|f| !OURS.contains(&f.tag)) {
        let key = match field.tag {
            35 => 0,
            628..=630 => 627,
            tag => tag,
        };
        lines.push((key, message.get(field.span()).unwrap_or_default().to_vec()));
    }
    lines.sort_by_key(|line| line.0);
    let mut content = Vec::with_capacity(message.len() + 64);
    let body = body.iter().filter(|f| f.tag != 10).map(|f| message.get(f.span()).unwrap_or_default());
    for line in lines.iter().map(|l| l.1.as_slice()).chain(body) {
        content.extend_from_slice(line);
        content.push(SOH);
    }
    frame_up(version.begin_string().as_bytes(), &content)
}

/// A session message with this body.
pub(super) fn session_message(
    version: Version,
    msg_type: &str,
    stamp: &Stamp<'_>,
    body: &[(u32, &dyn Display)],
) -> Vec<u8> {
    let mut header = stamp.fields();
    header.sort_by_key(|f| f.0);
    let mut content = format!("35={msg_type}\x01");
    for (tag, value) in header {
        content.push_str(&format!("{tag}={value}\x01"));
    }
    for (tag, value) in body {
        // Texts may quote what the peer sent: the separator must not get through.
        let value = value.to_string().replace(['\x01', '\0'], " ");
        if !value.is_empty() {
            content.push_str(&format!("{tag}={value}\x01"));
        }
    }
    frame_up(version.begin_string().as_bytes(), content.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_session_s_own_fields_change() {
        let message = frame_up(b"FIX.4.4", b"35=J\x0134=1\x0149=OLD\x0150=DESK\x0152=20261124-09:00:00.000\x0156=OLD2\x01115=FUND\x01627=2\x01628=A\x01629=20261124-08:00:00\x01628=B\x01630=7\x0170=X\x0158=t\x019999=z\x01");
        let stamp = Stamp {
            sender: "US",
            target: "THEM",
            sequence: 7,
            sending_time: Timestamp::from_nanos(0),
            possible_resend: true,
            first_sent: Some("20261124-09:00:00.000"),
        };
        let stamped =
            String::from_utf8(restamp(&message, Version::Fix44, &stamp)).expect("text").replace('\x01', "|");
        let content = stamped.split_once("|35=").expect("a type").1;
        assert_eq!(
            content.split_once("|10=").expect("a checksum").0,
            "J|34=7|43=Y|49=US|50=DESK|52=19700101-00:00:00.000|56=THEM|97=Y|115=FUND|122=20261124-09:00:00.000|627=2|628=A|629=20261124-08:00:00|628=B|630=7|70=X|58=t|9999=z"
        );
        let again = restamp(&restamp(&message, Version::Fix44, &stamp), Version::Fix44, &stamp);
        assert_eq!(String::from_utf8_lossy(&again).replace('\x01', "|"), stamped);
    }
}
