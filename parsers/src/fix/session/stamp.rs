//! Writing the standard header: of a session message from nothing, of an application message over what its encoder wrote.
//!
//! Begin string, length and type come first, then the header by ascending tag, then the body as it stands.

use std::io::Write as _;

use chrono::{DateTime, Datelike, Timelike, Utc};

use super::super::Version;
use super::super::encode::frame_up;
use super::super::field::{SOH, whole};
use super::Precision;
use crate::machine::Timestamp;

/// What the session says in the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp<'a> {
    /// SenderCompID (49).
    pub sender: &'a str,
    /// TargetCompID (56).
    pub target: &'a str,
    /// SubIDs and LocationIDs (50, 57, 142, 143), where the session has any.
    pub subs: [(u32, Option<&'a str>); 4],
    /// MsgSeqNum (34).
    pub sequence: u64,
    /// SendingTime (52).
    pub sending_time: Timestamp,
    /// Its digits behind the second.
    pub precision: Precision,
    /// PossResend (97): the content may have been sent under another number.
    pub possible_resend: bool,
    /// PossDupFlag (43) with OrigSendingTime (122): the same number again, first sent at this time.
    pub first_sent: Option<&'a str>,
    /// LastMsgSeqNumProcessed (369), where it is said.
    pub last_processed: Option<u64>,
}

/// The fields of a header that are to be written, as tag and `tag=value`, in any order.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    spans: Vec<(u32, u32, u32)>,
}

impl Lines {
    fn add(&mut self, tag: u32, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        let index = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.spans.push((tag, index(start), index(self.bytes.len())));
    }

    fn field(&mut self, tag: u32, value: &[u8]) {
        self.add(tag, |bytes| {
            number(bytes, u64::from(tag));
            bytes.push(b'=');
            bytes.extend_from_slice(value);
        });
    }

    fn sorted_into(mut self, content: &mut Vec<u8>) {
        self.spans.sort_by_key(|span| span.0);
        for (_, start, end) in self.spans {
            content.extend_from_slice(self.bytes.get(start as usize..end as usize).unwrap_or_default());
            content.push(SOH);
        }
    }
}

impl Stamp<'_> {
    fn write(&self, lines: &mut Lines) {
        lines.add(34, |bytes| {
            bytes.extend_from_slice(b"34=");
            number(bytes, self.sequence);
        });
        lines.field(49, self.sender.as_bytes());
        lines.add(52, |bytes| {
            bytes.extend_from_slice(b"52=");
            write_time(bytes, self.sending_time, self.precision);
        });
        lines.field(56, self.target.as_bytes());
        if let Some(first) = self.first_sent {
            lines.field(43, b"Y");
            lines.field(122, first.as_bytes());
        }
        if self.possible_resend {
            lines.field(97, b"Y");
        }
        if let Some(last) = self.last_processed {
            lines.field(369, last.to_string().as_bytes());
        }
        for (tag, value) in self.subs {
            if let Some(value) = value {
                lines.field(tag, value.as_bytes());
            }
        }
    }

    /// Whether the session writes this field, whatever the message says of it.
    fn replaces(&self, tag: u32) -> bool {
        matches!(tag, 8 | 9 | 10 | 34 | 43 | 49 | 52 | 56 | 122 | 369)
            || tag == 97 && self.possible_resend
            || self.subs.iter().any(|(sub, value)| *sub == tag && value.is_some())
    }
}

/// Fields that belong into the header in every version, and those of the group of hops.
const HEADER: [u32; 34] = [
    8, 9, 34, 35, 43, 49, 50, 52, 56, 57, 90, 91, 97, 115, 116, 122, 128, 129, 142, 143, 144, 145, 212, 213,
    347, 369, 370, 627, 628, 629, 630, 1128, 1129, 1156,
];

/// Rewrites the standard header of an application message and computes length and checksum anew. What the session does not
/// say itself is kept, PossResend included.
pub fn restamp(message: &[u8], version: Version, stamp: &Stamp<'_>) -> Vec<u8> {
    let mut lines = Lines { bytes: Vec::with_capacity(192), spans: Vec::with_capacity(16) };
    stamp.write(&mut lines);
    let mut msg_type: &[u8] = b"";
    let mut at = 0;
    let mut length_before = None;
    while let Some(field) = field_at(message, at, length_before) {
        let Ok(place) = HEADER.binary_search(&field.tag) else { break };
        at = field.end + 1;
        length_before = whole(field.value).and_then(|n| usize::try_from(n).ok());
        match HEADER[place] {
            35 => msg_type = field.value,
            tag if stamp.replaces(tag) => {}
            // The fields of NoHops (627) stay behind their count.
            tag => lines.add(if (628..=630).contains(&tag) { 627 } else { tag }, |bytes| {
                number(bytes, u64::from(tag));
                bytes.push(b'=');
                bytes.extend_from_slice(field.value);
            }),
        }
    }
    let end = trailer(message).max(at.min(message.len()));
    let mut content = Vec::with_capacity(message.len() + 96);
    content.extend_from_slice(b"35=");
    content.extend_from_slice(msg_type);
    content.push(SOH);
    lines.sorted_into(&mut content);
    content.extend_from_slice(message.get(at..end).unwrap_or_default());
    frame_up(version.begin_string().as_bytes(), &content)
}

struct Found<'m> {
    tag: u32,
    value: &'m [u8],
    end: usize,
}

/// The field that begins here. Data fields are as long as the field before them says.
fn field_at(message: &[u8], at: usize, length_before: Option<usize>) -> Option<Found<'_>> {
    let rest = message.get(at..)?;
    let equals = rest.iter().take(11).position(|b| *b == b'=')?;
    let tag = u32::try_from(whole(rest.get(..equals)?)?).ok()?;
    let value = rest.get(equals + 1..)?;
    let length = match (tag, length_before) {
        (91 | 213, Some(length)) if value.get(length) == Some(&SOH) => length,
        _ => value.iter().position(|b| *b == SOH)?,
    };
    Some(Found { tag, value: value.get(..length)?, end: at + equals + 1 + length })
}

/// Where the checksum begins: it is the last field.
fn trailer(message: &[u8]) -> usize {
    let body = message.strip_suffix(&[SOH]).unwrap_or(message);
    body.iter().rposition(|b| *b == SOH).map_or(message.len(), |p| p + 1)
}

/// A session message with this body.
pub(super) fn session_message(
    version: Version,
    msg_type: &str,
    stamp: &Stamp<'_>,
    header: &[(u32, String)],
    body: &[(u32, String)],
) -> Vec<u8> {
    let mut lines = Lines::default();
    stamp.write(&mut lines);
    for (tag, value) in header {
        lines.field(*tag, clean(value).as_bytes());
    }
    let mut content = format!("35={msg_type}\x01").into_bytes();
    lines.sorted_into(&mut content);
    for (tag, value) in body {
        content.extend_from_slice(format!("{tag}={}\x01", clean(value)).as_bytes());
    }
    frame_up(version.begin_string().as_bytes(), &content)
}

/// Texts may quote what the peer sent: the separator must not get through.
fn clean(value: &str) -> String {
    value.replace(['\x01', '\0'], " ")
}

/// A time as the session writes it.
pub(in crate::fix) fn time_text(at: DateTime<Utc>, precision: Precision) -> String {
    let mut bytes = Vec::with_capacity(30);
    write_instant(&mut bytes, at, precision);
    String::from_utf8(bytes).unwrap_or_default()
}

/// `YYYYMMDD-HH:MM:SS` with as many digits behind as wanted.
fn write_time(bytes: &mut Vec<u8>, at: Timestamp, precision: Precision) {
    write_instant(bytes, at.utc(), precision);
}

/// Digit by digit: every message that goes out has a time or two.
fn write_instant(bytes: &mut Vec<u8>, at: DateTime<Utc>, precision: Precision) {
    let at = at.naive_utc();
    digits(bytes, u32::try_from(at.year()).unwrap_or(0), 4);
    digits(bytes, at.month(), 2);
    digits(bytes, at.day(), 2);
    bytes.push(b'-');
    digits(bytes, at.hour(), 2);
    bytes.push(b':');
    digits(bytes, at.minute(), 2);
    bytes.push(b':');
    digits(bytes, at.second(), 2);
    let nanos = at.nanosecond() % 1_000_000_000;
    let (fraction, length) = match precision {
        Precision::Seconds => return,
        Precision::Millis => (nanos / 1_000_000, 3),
        Precision::Micros => (nanos / 1_000, 6),
        Precision::Nanos => (nanos, 9),
    };
    bytes.push(b'.');
    digits(bytes, fraction, length);
}

/// A number with leading zeros.
fn digits(bytes: &mut Vec<u8>, value: u32, length: u32) {
    let from = bytes.len();
    let mut rest = value;
    for _ in 0..length {
        bytes.push(b'0' + u8::try_from(rest % 10).expect("a digit"));
        rest /= 10;
    }
    bytes[from..].reverse();
}

fn number(bytes: &mut Vec<u8>, value: u64) {
    let _ = write!(bytes, "{value}");
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
            subs: [(50, None), (57, Some("HUB")), (142, None), (143, None)],
            sequence: 7,
            sending_time: Timestamp::from_nanos(0),
            precision: Precision::Millis,
            possible_resend: true,
            first_sent: Some("20261124-09:00:00.000"),
            last_processed: None,
        };
        let stamped =
            String::from_utf8(restamp(&message, Version::Fix44, &stamp)).expect("text").replace('\x01', "|");
        let content = stamped.split_once("|35=").expect("a type").1;
        assert_eq!(
            content.split_once("|10=").expect("a checksum").0,
            "J|34=7|43=Y|49=US|50=DESK|52=19700101-00:00:00.000|56=THEM|57=HUB|97=Y|115=FUND|122=20261124-09:00:00.000|627=2|628=A|629=20261124-08:00:00|628=B|630=7|70=X|58=t|9999=z"
        );
        let again = restamp(&restamp(&message, Version::Fix44, &stamp), Version::Fix44, &stamp);
        assert_eq!(String::from_utf8_lossy(&again).replace('\x01', "|"), stamped);
    }
}
