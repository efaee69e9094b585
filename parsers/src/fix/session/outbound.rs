//! What goes out: numbering, keeping, and the session's own messages.

use super::reject::is_session_type;
use super::stamp::{Stamp, restamp, session_message};
use super::{Session, State, field_text};
use crate::machine::{LinkEffect, LinkFact, Timestamp};

impl Session {
    pub(super) fn deliver(&mut self, now: Timestamp, message: &[u8], possible_resend: bool, delivery: u64) {
        if self.state != State::LoggedOn {
            self.notice("a message was not sent: the session is not logged on");
            return;
        }
        if !message.starts_with(b"8=FIX") {
            self.notice("a message was not sent: it is no FIX message");
            return;
        }
        let stamp = self.stamp(now, self.numbers.next_out, possible_resend);
        let bytes = restamp(message, self.config.version, &stamp);
        // Session messages are never repeated, whoever sends them.
        let repeatable = self.config.persist && !is_session_type(field_text(message, b"\x0135="));
        let kept = if repeatable { bytes.clone() } else { Vec::new() };
        self.send(now, bytes, kept, delivery);
    }

    pub(super) fn stamp(&self, now: Timestamp, number: u64, possible_resend: bool) -> Stamp<'_> {
        Stamp {
            sender: &self.config.sender_comp_id,
            target: self.peer.as_deref().unwrap_or(""),
            subs: [
                (50, self.config.sender_sub_id.as_deref()),
                (57, self.config.target_sub_id.as_deref()),
                (142, self.config.sender_location_id.as_deref()),
                (143, self.config.target_location_id.as_deref()),
            ],
            sequence: number,
            sending_time: now,
            precision: self.config.stamp_precision(),
            possible_resend,
            first_sent: None,
            last_processed: self.config.last_processed.then_some(self.numbers.next_in - 1),
        }
    }

    /// Sends a message that takes the next number. What is kept of it is repeated when the peer asks.
    fn send(&mut self, now: Timestamp, bytes: Vec<u8>, kept: Vec<u8>, delivery: u64) {
        let number = self.numbers.next_out;
        self.numbers.next_out += 1;
        self.kept_in = self.numbers.next_in;
        self.last_out = now;
        let next_in = self.numbers.next_in;
        self.effects.push_back(LinkEffect::Keep(LinkFact::Sent { number, next_in, message: kept, delivery }));
        self.transmit(bytes);
    }

    pub(super) fn send_session_message(
        &mut self,
        now: Timestamp,
        msg_type: &str,
        header: &[(u32, String)],
        body: &[(u32, String)],
    ) {
        let stamp = self.stamp(now, self.numbers.next_out, false);
        let bytes = session_message(self.config.version, msg_type, &stamp, header, body);
        self.send(now, bytes, Vec::new(), 0);
    }

    /// `reset`: 141=Y; `next_expected`: 789, where it is wanted.
    pub(super) fn send_logon(&mut self, now: Timestamp, reset: bool, next_expected: u64) {
        let mut body = vec![(98, "0".to_owned()), (108, self.heartbeat.as_secs().to_string())];
        if reset {
            body.push((141, "Y".to_owned()));
        }
        if let (super::Role::Initiator, Some(known)) = (self.config.role, &self.config.credentials) {
            body.push((553, known.username.clone()));
            body.push((554, known.password.clone()));
        }
        if self.config.next_expected {
            body.push((789, next_expected.to_string()));
        }
        if self.config.version.is_fixt() {
            body.push((1137, self.config.version.appl_ver_id().to_owned()));
        }
        self.send_session_message(now, "A", &[], &body);
    }

    /// Says goodbye and waits for the answer.
    pub(super) fn send_logout(&mut self, now: Timestamp, text: &str) {
        self.answer_logout(now, text);
        self.state = State::AwaitingLogout(now);
    }

    pub(super) fn answer_logout(&mut self, now: Timestamp, text: &str) {
        let text = (!text.is_empty()).then(|| (58, text.to_owned()));
        self.send_session_message(now, "5", &[], text.as_slice());
    }

    /// `test` is the TestReqID that it answers; an empty one is given back as it came.
    pub(super) fn send_heartbeat(&mut self, now: Timestamp, test: Option<&str>) {
        let test = test.map(|id| (112, id.to_owned()));
        self.send_session_message(now, "0", &[], test.as_slice());
    }

    pub(super) fn send_test_request(&mut self, now: Timestamp) {
        self.send_session_message(now, "1", &[], &[(112, "TEST".to_owned())]);
    }

    pub(super) fn send_resend_request(&mut self, now: Timestamp, from: u64, to: u64) {
        self.send_session_message(now, "2", &[], &[(7, from.to_string()), (16, to.to_string())]);
    }
}
