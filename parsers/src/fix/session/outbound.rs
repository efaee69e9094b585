//! What goes out: numbering, keeping for a ResendRequest, and the session's own messages.

use std::fmt::Display;

use super::stamp::{Stamp, restamp, session_message};
use super::{Session, State};
use crate::fix::field::SOH;
use crate::machine::{LinkEffect, Timestamp};

/// Why a message is refused at session level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal<'m> {
    /// The number of the refused message.
    pub(super) sequence: u64,
    /// Its type.
    pub(super) msg_type: &'m str,
    /// SessionRejectReason (373).
    pub(super) reason: u32,
    /// The field at fault.
    pub(super) tag: Option<u32>,
    /// In words.
    pub(super) text: String,
}

impl Session {
    pub(super) fn deliver(&mut self, now: Timestamp, message: &[u8], possible_resend: bool) {
        if self.state != State::LoggedOn {
            self.notice("a message was not sent: the session is not logged on");
            return;
        }
        if !message.starts_with(b"8=FIX") {
            self.notice("a message was not sent: it is no FIX message");
            return;
        }
        let stamp = self.stamp(now, self.next_out, possible_resend);
        let bytes = restamp(message, self.config.version, &stamp);
        if self.sent.len() >= self.config.sent_messages_max.max(1) {
            self.sent.pop_front();
        }
        self.sent.push_back((self.next_out, bytes.clone()));
        self.send(now, bytes);
    }

    fn stamp(&self, now: Timestamp, sequence: u64, possible_resend: bool) -> Stamp<'_> {
        Stamp {
            sender: &self.config.sender_comp_id,
            target: self.peer.as_deref().unwrap_or(""),
            sequence,
            sending_time: now,
            possible_resend,
            first_sent: None,
        }
    }

    /// Sends a message that takes the next number.
    fn send(&mut self, now: Timestamp, bytes: Vec<u8>) {
        self.next_out += 1;
        self.last_out = now;
        self.effects.push_back(LinkEffect::Send(bytes));
    }

    fn send_session_message(&mut self, now: Timestamp, msg_type: &str, body: &[(u32, &dyn Display)]) {
        let stamp = self.stamp(now, self.next_out, false);
        let bytes = session_message(self.config.version, msg_type, &stamp, body);
        self.send(now, bytes);
    }

    pub(super) fn send_logon(&mut self, now: Timestamp) {
        let seconds = self.heartbeat.as_secs();
        let mut body: Vec<(u32, &dyn Display)> = vec![(98, &0), (108, &seconds), (141, &"Y")];
        let appl_ver_id = self.config.version.appl_ver_id();
        if self.config.version.is_fixt() {
            body.push((1137, &appl_ver_id));
        }
        self.send_session_message(now, "A", &body);
    }

    pub(super) fn send_logout(&mut self, now: Timestamp, text: &str) {
        self.send_session_message(now, "5", &[(58, &text)]);
        self.state = State::AwaitingLogout(now);
    }

    pub(super) fn answer_logout(&mut self, now: Timestamp) {
        self.send_session_message(now, "5", &[]);
    }

    pub(super) fn send_heartbeat(&mut self, now: Timestamp, test: &str) {
        self.send_session_message(now, "0", &[(112, &test)]);
    }

    pub(super) fn send_test_request(&mut self, now: Timestamp) {
        let id = self.next_out;
        self.send_session_message(now, "1", &[(112, &format_args!("TEST-{id}"))]);
    }

    pub(super) fn send_resend_request(&mut self, now: Timestamp, from: u64) {
        self.send_session_message(now, "2", &[(7, &from), (16, &0)]);
    }

    /// Session-level reject (3); the session goes on.
    pub(super) fn refuse(&mut self, now: Timestamp, refusal: &Refusal<'_>) {
        let tag = refusal.tag.map_or(String::new(), |t| t.to_string());
        let body: [(u32, &dyn Display); 5] = [
            (45, &refusal.sequence),
            (58, &refusal.text),
            (371, &tag),
            (372, &refusal.msg_type),
            (373, &refusal.reason),
        ];
        self.send_session_message(now, "3", &body);
        self.notice(format!("message {} was rejected: {}", refusal.sequence, refusal.text));
    }

    /// A type that we do not speak: a business-level reject (j).
    pub(super) fn refuse_type(&mut self, now: Timestamp, sequence: u64, msg_type: &str) {
        let text = "Unsupported Message Type";
        let body: [(u32, &dyn Display); 4] = [(45, &sequence), (58, &text), (372, &msg_type), (380, &3)];
        self.send_session_message(now, "j", &body);
        self.notice(format!("message {sequence} of the unsupported type {msg_type} was rejected"));
    }

    /// Answers a ResendRequest: application messages again, gap fill for the session's own and for what is no longer kept.
    pub(super) fn resend(&mut self, now: Timestamp, from: u64, to: u64) {
        let last = self.next_out - 1;
        let to = if to == 0 { last } else { to.min(last) };
        let from = from.max(1);
        let mut next = from;
        let kept: Vec<(u64, Vec<u8>)> =
            self.sent.iter().filter(|(n, _)| (from..=to).contains(n)).cloned().collect();
        for (sequence, message) in kept {
            self.gap_fill(now, next, sequence);
            let first_sent = field_text(&message, b"\x0152=").to_owned();
            let stamp = Stamp { first_sent: Some(&first_sent), ..self.stamp(now, sequence, false) };
            let again = restamp(&message, self.config.version, &stamp);
            self.effects.push_back(LinkEffect::Send(again));
            next = sequence + 1;
        }
        self.gap_fill(now, next, to + 1);
        self.last_out = now;
    }

    /// Says that the numbers from `from` up to before `next` will not come.
    fn gap_fill(&mut self, now: Timestamp, from: u64, next: u64) {
        if from >= next {
            return;
        }
        let time = crate::fix::encode::timestamp(now.utc());
        let stamp = Stamp { first_sent: Some(&time), ..self.stamp(now, from, false) };
        let bytes = session_message(self.config.version, "4", &stamp, &[(36, &next), (123, &"Y")]);
        self.effects.push_back(LinkEffect::Send(bytes));
    }
}

/// The text of the first field that begins with this.
fn field_text<'m>(message: &'m [u8], start: &[u8]) -> &'m str {
    let at = message.windows(start.len()).position(|w| w == start).map_or(message.len(), |p| p + start.len());
    let rest = message.get(at..).unwrap_or_default();
    let end = rest.iter().position(|b| *b == SOH).unwrap_or(rest.len());
    std::str::from_utf8(&rest[..end]).unwrap_or("")
}
