//! What comes in: identity, form, time, order of numbers, and what each session message asks for.
//!
//! The order of the checks is that of conforming engines, since the first that fails decides what the peer hears.

use super::reject::{Fault, is_session_type};
use super::{Accepts, Gap, Session, State};
use crate::codec::{self, Decoded};
use crate::diagnostic::{Diagnostic, Findings, Layer, Policy, Severity};
use crate::fix::Version;
use crate::fix::dictionary::Kind;
use crate::fix::fault::session_fault;
use crate::fix::field::{Field, whole};
use crate::fix::message::Message;
use crate::fix::reading::Reading;
use crate::fix::view::instant;
use crate::limits::Limits;
use crate::machine::{LinkEffect, Timestamp};

/// No session counts so far: a number above it is damage or malice, and one more would not fit.
pub(super) const NUMBER_MAX: u64 = 999_999_999_999_999;

/// A message with what the session looks at.
pub(super) struct Inbound<'m> {
    message: &'m Message<'m>,
    pub(super) msg_type: &'m str,
    /// MsgSeqNum, where there is one.
    pub(super) number: Option<u64>,
    /// Nothing is wrong with it.
    clean: bool,
}

impl<'m> Inbound<'m> {
    fn new(message: &'m Message<'m>, clean: bool) -> Self {
        let number = message.value(0, 34).and_then(whole).filter(|n| *n <= NUMBER_MAX);
        Self { message, msg_type: message.msg_type(), number, clean }
    }

    pub(super) fn text(&self, tag: u32) -> &'m str {
        self.message.value(0, tag).and_then(|v| std::str::from_utf8(v).ok()).unwrap_or("")
    }

    fn has(&self, tag: u32) -> bool {
        self.message.get(0, tag).is_some()
    }

    pub(super) fn number_of(&self, tag: u32) -> Option<u64> {
        self.message.value(0, tag).and_then(whole)
    }

    pub(super) fn possible_duplicate(&self) -> bool {
        self.text(43) == "Y"
    }

    fn time(&self, tag: u32) -> Option<Timestamp> {
        instant(self.text(tag)).map(Timestamp::from_utc)
    }
}

/// How a message stands to the number that is expected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// It must be the one.
    Exact,
    /// It may come early: it is answered at once (Reject, Logon).
    NotLower,
    /// Its number does not matter (Logout, ResendRequest, SequenceReset).
    Any,
}

impl Session {
    /// Takes a whole message; `again` when it had come early.
    pub(super) fn message(&mut self, now: Timestamp, raw: &[u8], again: bool) {
        // The line's copies of configuration are cheap to share, and the message borrows from them.
        let dictionaries = self.config.dictionaries.clone();
        let version = self.version_of(raw);
        let dictionary = dictionaries.get(version);
        let mut findings = Findings::new(self.config.limits.diagnostics_max);
        let reading = Reading { dictionary, switches: self.config.switches, limits: self.config.limits };
        let message = Message::read_with(raw, &reading, &mut findings);
        let findings = findings.into_vec();
        let inbound = Inbound::new(&message, findings.is_empty());
        let bad = unreadable(&message, &findings, self.config.check_sums).map(|d| d.message.as_str());
        if let Some(bad) = bad.or_else(|| misframed(&message, &findings)) {
            if inbound.msg_type == "A" {
                self.close(format!("the Logon cannot be read: {bad}"));
            } else {
                self.notice(format!("a message that cannot be taken apart was passed over: {bad}"));
            }
            return;
        }
        let waiting = matches!(self.state, State::AwaitingLogon(_));
        if waiting && inbound.msg_type == "5" {
            self.close(format!("the peer refuses the Logon: {}", inbound.text(58)));
            return;
        }
        if waiting && inbound.msg_type != "A" {
            self.close(format!("the first message is {:?}, not a Logon", inbound.msg_type));
            return;
        }
        if inbound.number.is_none() {
            // Nothing can be said about a message that has no number, not even which one is refused.
            if waiting {
                self.close("the Logon has no MsgSeqNum (34)");
            } else {
                self.notice("a message without a MsgSeqNum (34) was passed over");
            }
            return;
        }
        if let Some(fault) = findings.iter().find_map(|d| refused(d, &message)) {
            if waiting {
                self.close(format!("the Logon is not well formed: {}", fault.detail));
            } else {
                // Passed over, it would be asked for and come again for ever.
                self.refuse(now, &inbound, &fault);
            }
            return;
        }
        if let Some(tag) = [49, 56].into_iter().find(|tag| message.get(0, *tag).is_none()) {
            if waiting {
                self.close(format!("the Logon has no field {tag}"));
            } else {
                self.refuse_anonymous(now, &inbound, tag);
            }
            return;
        }
        if inbound.text(8) != self.config.version.begin_string() {
            self.wrong_version(now, &inbound);
            return;
        }
        let given = dictionaries.is_given(version);
        if let Some(fault) = first_fault(&message, &findings, given) {
            self.faulty(now, &inbound, raw, &fault, again);
            return;
        }
        self.well_formed(now, &inbound, raw, again, &findings);
    }

    /// Which version reads a message: under FIXT.1.1 it says so itself, or the Logon did.
    fn version_of(&self, raw: &[u8]) -> Version {
        if !self.config.version.is_fixt() {
            return self.config.version;
        }
        let head = raw.get(..raw.len().min(512)).unwrap_or_default();
        let id = super::field_text(head, b"\x011128=");
        Version::from_appl_ver_id(id.as_bytes()).unwrap_or(self.peer_version)
    }

    fn wrong_version(&mut self, now: Timestamp, inbound: &Inbound<'_>) {
        if inbound.msg_type == "5" {
            self.logout(now, inbound);
        } else if matches!(self.state, State::AwaitingLogon(_)) {
            self.close("Incorrect BeginString");
        } else {
            self.send_logout(now, "Incorrect BeginString");
            self.numbers.next_in += 1;
        }
    }

    fn faulty(&mut self, now: Timestamp, inbound: &Inbound<'_>, raw: &[u8], fault: &Fault, again: bool) {
        let lenient = self.config.policy == Policy::Lenient && !is_session_type(inbound.msg_type);
        let waiting = matches!(self.state, State::AwaitingLogon(_));
        if waiting && fault.tag == Some(108) && fault.reason != 1 {
            // Who it is can be told, so it is told in turn what is wrong.
            self.well_formed(now, inbound, raw, again, &[]);
        } else if waiting {
            self.close(format!("the Logon is not well formed: {}", fault.detail));
        } else if lenient && fault.reason != 11 && inbound.number.is_some() && inbound.time(52).is_some() {
            self.well_formed(now, inbound, raw, again, &[]);
        } else {
            self.refuse(now, inbound, fault);
            if inbound.msg_type == "A" && fault.tag == Some(1137) && fault.reason == 1 {
                self.close("a Logon without DefaultApplVerID (1137)");
            }
        }
    }

    fn well_formed(
        &mut self,
        now: Timestamp,
        inbound: &Inbound<'_>,
        raw: &[u8],
        again: bool,
        findings: &[Diagnostic],
    ) {
        if self.is_welcome(now, inbound) {
            match inbound.msg_type {
                "A" if again => self.numbers.next_in += 1,
                "A" => self.logon(now, inbound, raw),
                _ => self.in_order(now, inbound, raw, findings),
            }
        }
    }

    /// Is it from the peer, to us, now?
    fn is_welcome(&mut self, now: Timestamp, inbound: &Inbound<'_>) -> bool {
        let sent = inbound.time(52);
        let off = |t: Timestamp| now.since(t).max(t.since(now));
        let late = self.config.latency_max.is_some_and(|max| sent.is_none_or(|t| off(t) > max));
        let (sender, target) = (inbound.text(49), inbound.text(56));
        let known = self.peer.as_deref();
        let stranger = self.config.check_comp_ids
            && (target != self.config.sender_comp_id
                || sender.is_empty()
                || known.is_some_and(|p| p != sender));
        if !late && !stranger {
            self.heard(now);
            self.peer.get_or_insert_with(|| sender.to_owned());
            if inbound.msg_type == "A" {
                let id = inbound.text(1137);
                self.peer_version = Version::from_appl_ver_id(id.as_bytes()).unwrap_or(self.config.version);
            }
            return true;
        }
        let (reason, words) = if late { (10, "SendingTime accuracy problem") } else { (9, "CompID problem") };
        if matches!(self.state, State::AwaitingLogon(_)) {
            // Nothing is said to somebody who may be anybody.
            self.close(format!("{words} at Logon: {sender} to {target} at {}", inbound.text(52)));
        } else {
            self.refuse(now, inbound, &Fault::new(reason, None));
            self.send_logout(now, "");
        }
        false
    }

    /// Takes a message in its turn, keeps one that is early, passes over one that came before.
    fn in_order(&mut self, now: Timestamp, inbound: &Inbound<'_>, raw: &[u8], findings: &[Diagnostic]) {
        let Some(number) = inbound.number else { return };
        let order = match inbound.msg_type {
            "2" | "5" => Order::Any,
            "3" => Order::NotLower,
            "4" if inbound.text(123) != "Y" => Order::Any,
            _ => Order::Exact,
        };
        if order == Order::Exact && number > self.numbers.next_in {
            self.too_high(now, number, raw);
            return;
        }
        if order != Order::Any && number < self.numbers.next_in {
            if inbound.possible_duplicate() {
                self.duplicate(now, inbound);
            } else {
                self.too_low(now, number);
            }
            return;
        }
        if order != Order::Any && self.gap.is_some_and(|gap| number >= gap.last) {
            self.gap = None;
        }
        self.process(now, inbound, number, raw, findings);
        self.ask_for_the_next_piece(now);
    }

    /// The peer is there, whatever the number of its message.
    fn heard(&mut self, now: Timestamp) {
        self.last_in = now;
        self.tests = 0;
    }

    /// One that came before is passed over, if it says properly that it is one.
    fn duplicate(&mut self, now: Timestamp, inbound: &Inbound<'_>) {
        if inbound.msg_type == "4" {
            return;
        }
        match (inbound.time(122), inbound.time(52)) {
            (None, _) if !self.config.requires_orig_time => {}
            (None, _) => self.refuse(now, inbound, &Fault::new(1, Some(122))),
            (Some(first), Some(again)) if first > again => {
                self.refuse(now, inbound, &Fault::new(10, None));
                self.send_logout(now, "");
            }
            _ => {}
        }
    }

    pub(super) fn too_low(&mut self, now: Timestamp, number: u64) {
        let text = format!("MsgSeqNum too low, expecting {} but received {number}", self.numbers.next_in);
        self.answer_logout(now, &text);
        self.close(text);
    }

    /// Something is missing before this one: it waits, and what is missing is asked for, once.
    pub(super) fn too_high(&mut self, now: Timestamp, number: u64, raw: &[u8]) {
        self.keep_early(number, raw);
        let known = self.gap.filter(|gap| number >= gap.first && now.since(gap.at) < self.patience());
        if known.is_some() && !self.config.redundant_resend_requests {
            return;
        }
        self.ask(now, number - 1);
    }

    fn ask(&mut self, now: Timestamp, last: u64) {
        let first = self.numbers.next_in;
        self.notice(format!("messages {first} to {last} are missing"));
        let chunk = self.config.request_chunk;
        let asked = if chunk == 0 { last } else { last.min(first.saturating_add(chunk - 1)) };
        self.gap = Some(Gap { first, last, asked, at: now });
        let to = match chunk {
            0 if self.config.closed_requests => asked,
            0 if self.config.version < Version::Fix42 => 999_999,
            0 => 0,
            _ => asked,
        };
        self.send_resend_request(now, first, to);
    }

    fn ask_for_the_next_piece(&mut self, now: Timestamp) {
        if let Some(gap) = self.gap
            && gap.asked < gap.last
            && self.numbers.next_in > gap.asked
            && self.state == State::LoggedOn
        {
            self.ask(now, gap.last);
        }
    }

    pub(super) fn keep_early(&mut self, number: u64, raw: &[u8]) {
        let early = &mut self.early;
        let room = early.messages.len() < self.config.early_messages_max
            && early.bytes + raw.len() <= self.config.early_bytes_max;
        if room || early.messages.contains_key(&number) {
            early.bytes += raw.len();
            let before = early.messages.insert(number, raw.to_vec());
            early.bytes -= before.map_or(0, |m| m.len());
        } else {
            self.notice(format!("message {number} came early and was not kept: it will be asked for again"));
        }
    }

    /// The message that came early and whose turn it is now.
    pub(super) fn next_early(&mut self) -> Option<Vec<u8>> {
        let next = self.numbers.next_in;
        while let Some(entry) = self.early.messages.first_entry().filter(|e| *e.key() < next) {
            self.early.bytes -= entry.remove().len();
        }
        let raw = self.early.messages.remove(&next)?;
        self.early.bytes -= raw.len();
        Some(raw)
    }

    fn process(
        &mut self,
        now: Timestamp,
        inbound: &Inbound<'_>,
        number: u64,
        raw: &[u8],
        findings: &[Diagnostic],
    ) {
        match inbound.msg_type {
            "0" => self.numbers.next_in += 1,
            "1" => {
                self.send_heartbeat(now, inbound.has(112).then(|| inbound.text(112)));
                self.numbers.next_in += 1;
            }
            "2" => {
                // Up to FIX 4.2 a large number stood for all there are, from then on 0 does.
                let early = self.config.version < Version::Fix42;
                let to = match inbound.number_of(16) {
                    Some(999_999) if self.config.version <= Version::Fix42 => u64::MAX,
                    Some(0) if !early => u64::MAX,
                    to => to.unwrap_or(0),
                };
                let from = inbound.number_of(7).unwrap_or(1);
                if let Some(fault) = self.never_sent(from, to, early) {
                    self.refuse(now, inbound, &fault);
                    return;
                }
                self.resend(now, from, to);
                self.numbers.next_in += u64::from(number == self.numbers.next_in);
            }
            "3" => {
                self.numbers.next_in += 1;
                self.rejected_by_peer(inbound);
            }
            "4" => self.sequence_reset(now, inbound),
            "5" => self.logout(now, inbound),
            _ if !self.is_accepted(inbound.msg_type, findings) => self.refuse_type(now, inbound),
            msg_type => {
                self.numbers.next_in += 1;
                if msg_type == "j" {
                    self.rejected_by_peer(inbound);
                    return;
                }
                self.kept_in = self.numbers.next_in;
                let decoded = self.meaning(inbound, raw);
                let (message, number) = (raw.to_vec(), Some(number));
                self.effects.push_back(LinkEffect::Received { message, number, decoded });
            }
        }
    }

    /// What a message says, if it is wanted and whoever reads it again would find the same.
    fn meaning(&self, inbound: &Inbound<'_>, raw: &[u8]) -> Option<Box<Decoded>> {
        let limits = Limits::default();
        let same = self.config.decodes
            && inbound.clean
            && raw.len() <= limits.message_bytes_max
            && self.config.reads_as_codec(inbound.message.version);
        let decoded = same.then(|| Box::new(codec::decode_taken_apart(inbound.message, &limits)))?;
        debug_assert_eq!(
            *decoded,
            codec::decode(raw, &limits, codec::Depth::Event),
            "read twice it says the same"
        );
        Some(decoded)
    }

    fn is_accepted(&self, msg_type: &str, findings: &[Diagnostic]) -> bool {
        match &self.config.accepts {
            Accepts::All => true,
            // A refusal is not refused: two gateways would never stop.
            Accepts::Known => msg_type == "j" || !findings.iter().any(|d| d.code == "380=3"),
            Accepts::Types(types) => types.contains(msg_type),
        }
    }

    fn rejected_by_peer(&mut self, inbound: &Inbound<'_>) {
        let text = format!("the peer rejected message {}: {}", inbound.text(45), inbound.text(58));
        self.notice(text);
    }

    /// Gap fill and reset both lead forward only.
    fn sequence_reset(&mut self, now: Timestamp, inbound: &Inbound<'_>) {
        match inbound.number_of(36) {
            Some(next) if next >= self.numbers.next_in && next <= NUMBER_MAX => {
                self.numbers.next_in = next;
                if self.gap.is_some_and(|gap| next > gap.last) {
                    self.gap = None;
                }
            }
            _ => self.refuse(now, inbound, &Fault::new(5, None)),
        }
    }
}

/// The finding because of which a message counts as garbled.
fn unreadable<'d>(
    message: &Message<'_>,
    findings: &'d [Diagnostic],
    check_sums: bool,
) -> Option<&'d Diagnostic> {
    // What is wrong at the lowest layer can be refused all the same, where it is known what the peer meant.
    let is_refused = |d: &Diagnostic| is_tag_number(d) || refused(d, message).is_some();
    let garbled =
        |d: &&Diagnostic| d.layer == Layer::Syntax && d.severity == Severity::Error && !is_refused(d);
    findings.iter().filter(garbled).find(|d| check_sums || d.code != "checksum")
}

/// Why a message is refused that can be taken apart only in part: more than our bounds allow, or a data field that is not as
/// long as was said. One of which no length was said is garbled, as conforming engines see it.
fn refused(finding: &Diagnostic, message: &Message<'_>) -> Option<Fault> {
    let tag = match finding.code {
        "too-many-entries" => None,
        "data-length" => {
            let starts = |f: &Field| f.start as usize == finding.span.start;
            let at = message.fields.iter().position(starts)?;
            let before = message.fields.get(at.checked_sub(1)?)?;
            message.dictionary().field(before.tag).filter(|f| f.kind == Kind::Length)?;
            Some(i64::from(message.fields.get(at)?.tag))
        }
        _ => return None,
    };
    Some(Fault { detail: finding.message.clone(), ..Fault::new(5, tag) })
}

/// Whether the fields of the frame stand in the middle too: then nobody knows where the message ends.
fn misframed(message: &Message<'_>, findings: &[Diagnostic]) -> Option<&'static str> {
    let inside = message.fields.get(2..message.fields.len().saturating_sub(1))?;
    let again = !findings.is_empty() && inside.iter().any(|f| matches!(f.tag, 8..=10));
    again.then_some("BeginString, BodyLength or CheckSum stand in the middle of it")
}

/// `0=...` or `-1=...`: it can be taken apart, but no field has such a number.
fn is_tag_number(finding: &Diagnostic) -> bool {
    finding.code == "malformed-field" && bad_number(finding).is_some()
}

fn bad_number(finding: &Diagnostic) -> Option<i64> {
    let quoted = finding.message.split('"').nth(1)?;
    quoted.split_once('=')?.0.parse().ok()
}

/// The fault that decides what the peer hears. A type that is not in a dictionary of ours may well exist; one that is not in
/// a dictionary given for the session does not.
fn first_fault(message: &Message<'_>, findings: &[Diagnostic], given: bool) -> Option<Fault> {
    if let Some(finding) = findings.iter().find(|d| is_tag_number(d)) {
        let fault = Fault::new(0, bad_number(finding));
        return Some(Fault { detail: finding.message.clone(), ..fault });
    }
    let nameless = message.msg_type().is_empty();
    let fault = session_fault(message, findings).filter(|fault| fault.reason != 11 || given || nameless)?;
    let tag = fault.tag.map(i64::from);
    let said = |d: &&Diagnostic| {
        let here = d.path.rsplit('/').next().and_then(|t| t.parse().ok());
        d.code.strip_prefix("373=").and_then(|r| r.parse().ok()) == Some(fault.reason) && here == tag
    };
    let detail = findings.iter().find(said).map_or(String::new(), |d| placed(&d.path, &d.message));
    Some(Fault { reason: fault.reason, tag, detail })
}

/// A finding with its place, where it does not begin with the same number itself.
fn placed(path: &str, message: &str) -> String {
    let tag = path.rsplit('/').next().unwrap_or(path);
    let says_it = message.split(|c: char| !c.is_ascii_digit()).any(|word| word == tag);
    let within = path.rsplit_once('/').map_or("", |(group, _)| group);
    match (says_it, within) {
        (false, _) => format!("{path} {message}"),
        (true, "") => message.to_owned(),
        (true, within) => format!("in {within}: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::placed;

    #[test]
    fn a_tag_is_said_once() {
        assert_eq!(placed("60", "60 (TransactTime) is no timestamp"), "60 (TransactTime) is no timestamp");
        assert_eq!(placed("78[1]/80", "80 (AllocQty) is no number"), "in 78[1]: 80 (AllocQty) is no number");
        assert_eq!(placed("55", "it is missing"), "55 it is missing");
        assert_eq!(placed("", "no message"), "no message");
    }
}
