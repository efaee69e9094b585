//! What comes in: identity, time, order of numbers, and what each session message asks for.

use std::time::Duration;

use super::outbound::Refusal;
use super::{CLOCK_TOLERANCE, Request, Role, Session, State};
use crate::diagnostic::{Diagnostic, Findings, Layer, Policy, Severity};
use crate::fix::field::whole;
use crate::fix::message::Message;
use crate::fix::view::instant;
use crate::machine::{LinkEffect, Timestamp};

/// A message with what the session looks at.
struct Inbound<'m> {
    message: Message<'m>,
    msg_type: &'m str,
    sequence: u64,
    findings: Vec<Diagnostic>,
}

impl<'m> Inbound<'m> {
    fn text(&self, tag: u32) -> &'m str {
        self.message.value(0, tag).and_then(|v| std::str::from_utf8(v).ok()).unwrap_or("")
    }

    fn number(&self, tag: u32) -> Option<u64> {
        self.message.value(0, tag).and_then(whole)
    }

    fn possible_duplicate(&self) -> bool {
        self.text(43) == "Y"
    }

    fn time(&self, tag: u32) -> Option<Timestamp> {
        instant(self.text(tag)).map(Timestamp::from_utc)
    }

    fn refusal(&self, reason: u32, tag: u32, text: impl Into<String>) -> Refusal<'m> {
        Refusal {
            sequence: self.sequence,
            msg_type: self.msg_type,
            reason,
            tag: Some(tag),
            text: text.into(),
        }
    }

    /// The first finding that a session reject can name: 373 code, tag and text.
    fn first_fault(&self) -> Option<Refusal<'m>> {
        self.findings.iter().find_map(|d| {
            let reason = d.code.strip_prefix("373=")?.parse().ok()?;
            let tag = d.path.rsplit('/').next().and_then(|t| t.parse().ok());
            Some(Refusal {
                sequence: self.sequence,
                msg_type: self.msg_type,
                reason,
                tag,
                text: d.message.clone(),
            })
        })
    }
}

impl Session {
    pub(super) fn message(&mut self, now: Timestamp, raw: &[u8]) {
        let limits = self.config.limits;
        let mut findings = Findings::new(limits.diagnostics_max);
        let Some(message) = Message::read(raw, &limits, &mut findings) else { return };
        let findings = findings.into_vec();
        if findings.iter().any(|d| d.layer == Layer::Syntax && d.severity == Severity::Error) {
            self.notice("a message that cannot be taken apart was passed over");
            return;
        }
        let inbound = Inbound { msg_type: message.msg_type(), sequence: 0, message, findings };
        self.last_in = now;
        self.tested = false;
        self.identify(now, inbound, raw);
    }

    /// Is it from the peer, to us, in our version, now?
    fn identify(&mut self, now: Timestamp, mut inbound: Inbound<'_>, raw: &[u8]) {
        if inbound.text(8) != self.config.version.begin_string() {
            self.end(now, "Incorrect BeginString");
            return;
        }
        let Some(sequence) = inbound.number(34).filter(|n| *n > 0) else {
            self.end(now, "Required tag missing: MsgSeqNum (34)");
            return;
        };
        inbound.sequence = sequence;
        let logon = inbound.msg_type == "A";
        if matches!(self.state, State::AwaitingLogon(_)) && !logon {
            self.close(format!("the first message is {:?}, not a Logon", inbound.msg_type));
            return;
        }
        let (sender, target) = (inbound.text(49), inbound.text(56));
        let known = self.peer.as_deref();
        if target != self.config.sender_comp_id || sender.is_empty() || known.is_some_and(|p| p != sender) {
            let text = format!("CompID problem: {sender} to {target}");
            if !logon {
                self.refuse(now, &inbound.refusal(9, if known == Some(sender) { 56 } else { 49 }, &text));
            }
            self.end(now, &text);
            return;
        }
        let sent = inbound.time(52);
        if sent.is_none_or(|t| now.since(t).max(t.since(now)) > CLOCK_TOLERANCE) {
            let text = "SendingTime accuracy problem";
            if !logon {
                self.refuse(now, &inbound.refusal(10, 52, text));
            }
            self.end(now, text);
            return;
        }
        if logon {
            self.logon(now, &inbound);
        } else {
            self.in_order(now, &inbound, raw);
        }
    }

    /// Logout with a reason; without a session there is nobody to say it to but in the Logout itself.
    fn end(&mut self, now: Timestamp, text: &str) {
        if self.peer.is_none() {
            self.close(text);
            return;
        }
        let logging_on = matches!(self.state, State::AwaitingLogon(_));
        if !matches!(self.state, State::AwaitingLogout(_)) {
            self.send_logout(now, text);
        }
        if logging_on {
            self.close(text);
        }
    }

    fn logon(&mut self, now: Timestamp, inbound: &Inbound<'_>) {
        if let Some(fault) = inbound.first_fault() {
            self.peer.get_or_insert_with(|| inbound.text(49).to_owned());
            self.end(now, &fault.text);
            return;
        }
        self.peer.get_or_insert_with(|| inbound.text(49).to_owned());
        if inbound.text(141) != "Y" || inbound.sequence != 1 {
            self.end(now, "Sequence numbers begin anew at every logon: send 141=Y and 34=1");
            return;
        }
        let waiting = matches!(self.state, State::AwaitingLogon(_));
        if !(waiting && self.config.role == Role::Initiator) {
            // The acceptor answers; so does an initiator whose peer begins anew within a session.
            self.next_out = 1;
            self.sent.clear();
            self.heartbeat = Duration::from_secs(inbound.number(108).unwrap_or(0).min(86_400));
            self.send_logon(now);
        }
        self.early.clear();
        self.request = None;
        self.next_in = 2;
        self.state = State::LoggedOn;
        self.effects.push_back(LinkEffect::Ready);
    }

    /// Takes a message in its turn, keeps one that is early, ignores one that came before.
    fn in_order(&mut self, now: Timestamp, inbound: &Inbound<'_>, raw: &[u8]) {
        if inbound.possible_duplicate() && !self.duplicate_is_well_formed(now, inbound) {
            return;
        }
        let reset = inbound.msg_type == "4" && inbound.text(123) != "Y";
        if reset {
            self.sequence_reset(now, inbound);
            self.play_early(now);
            return;
        }
        if inbound.sequence > self.next_in {
            self.early(now, inbound, raw);
            return;
        }
        if inbound.sequence < self.next_in {
            if !inbound.possible_duplicate() {
                let text = format!(
                    "MsgSeqNum too low, expecting {} but received {}",
                    self.next_in, inbound.sequence
                );
                self.end(now, &text);
                self.close(text);
            }
            return;
        }
        self.next_in += 1;
        self.process(now, inbound, raw);
        self.play_early(now);
    }

    fn duplicate_is_well_formed(&mut self, now: Timestamp, inbound: &Inbound<'_>) -> bool {
        match (inbound.time(122), inbound.time(52)) {
            // The gap fill of some peers goes without it, which harms nobody.
            (None, _) if inbound.msg_type == "4" => true,
            (None, _) => {
                self.refuse(now, &inbound.refusal(1, 122, "Required tag missing"));
                false
            }
            (Some(first), Some(again)) if first > again => {
                let text = "SendingTime accuracy problem: OrigSendingTime is later than SendingTime";
                self.refuse(now, &inbound.refusal(10, 122, text));
                self.end(now, text);
                false
            }
            _ => true,
        }
    }

    fn early(&mut self, now: Timestamp, inbound: &Inbound<'_>, raw: &[u8]) {
        match inbound.msg_type {
            // Both sides may miss something: the peer's request is answered first, else each waits for the other.
            "2" => self.resend(now, inbound.number(7).unwrap_or(1), inbound.number(16).unwrap_or(0)),
            "5" => {
                self.process(now, inbound, raw);
                return;
            }
            _ => {}
        }
        let kept: usize = self.early.values().map(Vec::len).sum();
        if self.early.len() < self.config.early_messages_max
            && kept + raw.len() <= self.config.early_bytes_max
        {
            self.early.insert(inbound.sequence, raw.to_vec());
        } else {
            self.notice(format!(
                "message {} came early and was not kept: it will be asked for again",
                inbound.sequence
            ));
        }
        let patience = self.heartbeat.max(Duration::from_secs(1)) * 2;
        if self.request.is_none_or(|r| now.since(r.at) > patience) {
            self.ask_again(now, inbound.sequence);
        }
    }

    fn ask_again(&mut self, now: Timestamp, up_to: u64) {
        self.notice(format!("messages {} to {} are missing", self.next_in, up_to - 1));
        self.request = Some(Request { up_to, at: now });
        self.send_resend_request(now, self.next_in);
    }

    /// Plays what came early as far as it now is in its turn.
    fn play_early(&mut self, now: Timestamp) {
        loop {
            if self.state == State::Down {
                return;
            }
            while self.early.first_key_value().is_some_and(|(n, _)| *n < self.next_in) {
                self.early.pop_first();
            }
            if self.request.is_some_and(|r| self.next_in > r.up_to) {
                self.request = None;
            }
            let Some(raw) = self.early.remove(&self.next_in) else { break };
            let mut findings = Findings::new(self.config.limits.diagnostics_max);
            let Some(message) = Message::read(&raw, &self.config.limits, &mut findings) else { break };
            let msg_type = message.msg_type();
            let inbound =
                Inbound { msg_type, sequence: self.next_in, message, findings: findings.into_vec() };
            self.next_in += 1;
            if inbound.msg_type != "2" {
                self.process(now, &inbound, &raw);
            }
        }
        if let (None, Some((first, _))) = (self.request, self.early.first_key_value()) {
            let first = *first;
            self.ask_again(now, first);
        }
    }

    fn process(&mut self, now: Timestamp, inbound: &Inbound<'_>, raw: &[u8]) {
        let application = !matches!(inbound.msg_type, "0" | "1" | "2" | "3" | "4" | "5" | "j");
        if application && inbound.findings.iter().any(|d| d.code == "380=3") {
            self.refuse_type(now, inbound.sequence, inbound.msg_type);
            return;
        }
        if let Some(fault) = inbound.first_fault()
            && inbound.msg_type != "3"
            && !(application && self.config.policy == Policy::Lenient)
        {
            self.refuse(now, &fault);
            return;
        }
        match inbound.msg_type {
            "0" => {}
            "1" => self.send_heartbeat(now, inbound.text(112)),
            "2" => self.resend(now, inbound.number(7).unwrap_or(1), inbound.number(16).unwrap_or(0)),
            "3" | "j" => {
                let text = format!("the peer rejected message {}: {}", inbound.text(45), inbound.text(58));
                self.notice(text);
            }
            "4" => self.sequence_reset(now, inbound),
            "5" => self.logout(now, inbound),
            _ => self.effects.push_back(LinkEffect::Received(raw.to_vec())),
        }
    }

    /// Gap fill and reset both lead forward only.
    fn sequence_reset(&mut self, now: Timestamp, inbound: &Inbound<'_>) {
        match inbound.number(36) {
            Some(next) if next >= self.next_in => self.next_in = next,
            Some(next) => {
                let text = format!("Value is incorrect: NewSeqNo {next} is lower than {}", self.next_in);
                self.refuse(now, &inbound.refusal(5, 36, text));
            }
            None => self.refuse(now, &inbound.refusal(1, 36, "Required tag missing")),
        }
    }

    fn logout(&mut self, now: Timestamp, inbound: &Inbound<'_>) {
        let text = inbound.text(58);
        let said = if text.is_empty() { String::new() } else { format!(": {text}") };
        if matches!(self.state, State::AwaitingLogout(_)) {
            self.close(format!("logged out{said}"));
        } else {
            self.answer_logout(now);
            self.close(format!("the peer logged out{said}"));
        }
    }
}
