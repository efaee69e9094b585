//! Logon and Logout: who may speak, from which numbers on, and the end in good order.

use std::time::Duration;

use super::inbound::Inbound;
use super::{Gap, Role, Session, State};
use crate::fix::Version;
use crate::machine::{LinkEffect, Timestamp};

/// No counterparty wants a heartbeat once a day.
const HEARTBEAT_SECONDS_MAX: u64 = 86_400;

impl Session {
    /// An initiator's first word.
    pub(super) fn begin_logon(&mut self, now: Timestamp) {
        let resets = self.config.resets;
        if resets.on_logon {
            self.reset(now);
        }
        // The flag is said only where both sides are at 1 anyway, or it would undo what was agreed.
        let at_the_beginning = self.numbers.next_in == 1 && self.numbers.next_out == 1;
        let reset = (resets.on_logon || resets.on_logout || resets.on_disconnect)
            && at_the_beginning
            && self.config.version >= Version::Fix41;
        self.sent_reset = reset;
        self.send_logon(now, reset, self.numbers.next_in);
    }

    /// The peer's Logon, which is well formed, from the peer and in time.
    pub(super) fn logon(&mut self, now: Timestamp, inbound: &Inbound<'_>, raw: &[u8]) {
        let waiting = matches!(self.state, State::AwaitingLogon(_));
        let wants_reset = inbound.text(141) == "Y";
        if !waiting && !wants_reset {
            self.close("a second Logon on a session that is logged on");
            return;
        }
        if waiting && !self.is_known(inbound) {
            // An answer would take a number and a record of ours, at the will of anybody who knows the CompIDs.
            self.close("Username or Password is wrong");
            return;
        }
        if let Some(why) = self.unwelcome(inbound) {
            self.answer_logout(now, &why);
            self.close(why);
            return;
        }
        let answers = !(self.config.role == Role::Initiator && waiting && (!wants_reset || self.sent_reset));
        if wants_reset && !self.sent_reset
            || self.config.role == Role::Acceptor && self.config.resets.on_logon
        {
            self.reset(now);
        }
        let Some(number) = inbound.number else { return };
        if number < self.numbers.next_in {
            if !inbound.possible_duplicate() {
                self.too_low(now, number);
            }
            return;
        }
        let asked_from = inbound.number_of(789);
        if let Some(next) = asked_from.filter(|n| *n > self.numbers.next_out) {
            let why = format!(
                "NextExpectedMsgSeqNum too high, expecting {} but received {next}",
                self.numbers.next_out
            );
            self.answer_logout(now, &why);
            self.close(why);
            return;
        }
        let repeat_to = self.numbers.next_out - 1;
        if answers {
            self.heartbeat = Duration::from_secs(inbound.number_of(108).unwrap_or(0));
            let in_turn = u64::from(number == self.numbers.next_in);
            self.send_logon(now, wants_reset, self.numbers.next_in + in_turn);
        }
        self.sent_reset = false;
        self.state = State::LoggedOn;
        if number > self.numbers.next_in {
            self.logon_is_early(now, inbound, raw, number);
        } else {
            self.numbers.next_in += 1;
        }
        self.effects.push_back(LinkEffect::Ready { anew: std::mem::take(&mut self.anew) });
        if let Some(next) = asked_from.filter(|n| *n <= repeat_to) {
            // The Logon that was just sent has a number of its own, which the peer has seen.
            self.resend(now, next, repeat_to);
        }
    }

    fn logon_is_early(&mut self, now: Timestamp, inbound: &Inbound<'_>, raw: &[u8], number: u64) {
        if self.config.next_expected && inbound.number_of(789).is_some() {
            // The peer has read in our Logon what is missing, and sends it unasked.
            self.keep_early(number, raw);
            let last = number - 1;
            self.gap = Some(Gap { first: self.numbers.next_in, last, asked: last, at: now });
        } else {
            self.too_high(now, number, raw);
        }
    }

    /// Why a Logon is not taken, whoever sends it.
    fn unwelcome(&self, inbound: &Inbound<'_>) -> Option<String> {
        let method = inbound.text(98);
        if !method.is_empty() && method != "0" {
            return Some(format!("EncryptMethod {method} is not supported: use 0 (none)"));
        }
        let heartbeat = inbound.text(108);
        if heartbeat.starts_with('-') {
            return Some("HeartBtInt must not be negative".to_owned());
        }
        match inbound.number_of(108) {
            None if !heartbeat.is_empty() => {
                return Some("HeartBtInt must be a whole number of seconds".to_owned());
            }
            Some(seconds) if seconds > HEARTBEAT_SECONDS_MAX => {
                return Some(format!("HeartBtInt must not be more than {HEARTBEAT_SECONDS_MAX}"));
            }
            _ => {}
        }
        if self.config.version.is_fixt() && Version::from_appl_ver_id(inbound.text(1137).as_bytes()).is_none()
        {
            return Some(format!("DefaultApplVerID {} is not supported", inbound.text(1137)));
        }
        (!self.is_known(inbound)).then(|| "Username or Password is wrong".to_owned())
    }

    /// Whether it has the Username and the Password, where there are any.
    fn is_known(&self, inbound: &Inbound<'_>) -> bool {
        let asked = self.config.credentials.as_ref().filter(|_| self.config.role == Role::Acceptor);
        asked.is_none_or(|expected| {
            let name = same(inbound.text(553), &expected.username);
            let word = same(inbound.text(554), &expected.password);
            name & word
        })
    }

    pub(super) fn logout(&mut self, now: Timestamp, inbound: &Inbound<'_>) {
        let text = inbound.text(58);
        let said = if text.is_empty() { String::new() } else { format!(": {text}") };
        let ours = matches!(self.state, State::AwaitingLogout(_));
        if !ours {
            self.answer_logout(now, "");
        }
        // A Logout that is early says that something of ours or the peer's is under way still.
        self.ended_well = inbound.number.is_some_and(|number| number <= self.numbers.next_in);
        // What is missing before it is still missing after it.
        if inbound.number == Some(self.numbers.next_in) {
            self.numbers.next_in += 1;
        }
        if self.config.resets.on_logout {
            self.reset(now);
        }
        self.close(if ours { format!("logged out{said}") } else { format!("the peer logged out{said}") });
    }
}

/// Compares in a time that does not tell how much of it is right.
fn same(given: &str, expected: &str) -> bool {
    let (given, expected) = (given.as_bytes(), expected.as_bytes());
    let differences = given.iter().zip(expected).fold(0, |sum, (a, b)| sum | (a ^ b));
    given.len() == expected.len() && differences == 0
}
