//! Answering a ResendRequest: application messages again, a gap fill for everything else, in bounded pieces. What is sent
//! meanwhile waits, so that old and new never mix on the wire.

use std::collections::VecDeque;

use super::reject::Fault;
use super::stamp::{Stamp, restamp};
use super::{Session, field_text};
use crate::machine::{LinkEffect, Timestamp};

/// Requests of the peer that may wait for their turn; it asks again for what it still misses.
const REQUESTS_MAX: usize = 8;

/// A range that is being repeated.
#[derive(Debug, Clone, Copy)]
struct Range {
    /// The next number to be dealt with.
    next: u64,
    /// The last.
    last: u64,
    /// The first number that has to be filled over, before `next`.
    gap_from: Option<u64>,
    /// Up to here the store was asked.
    asked: u64,
}

/// What is being repeated, and what waits for it.
#[derive(Debug, Default)]
pub(super) struct Resend {
    current: Option<Range>,
    requests: VecDeque<(u64, u64)>,
    held: VecDeque<Vec<u8>>,
    held_bytes: usize,
    ticket: u64,
}

impl Session {
    /// What is wrong with a request for numbers that were never sent, or for none at all. The very next one is no mistake: the
    /// peer has everything, and that one will come.
    pub(super) fn never_sent(&self, from: u64, to: u64, early: bool) -> Option<Fault> {
        let next = self.numbers.next_out;
        let fault = |tag, detail| Some(Fault { detail, ..Fault::new(5, Some(tag)) });
        if from > next {
            return fault(7, format!("message {from} was not sent, the next one is {next}"));
        }
        // Before FIX 4.2 conforming engines say nothing to the 0 that later stands for all.
        if to < from && !(early && to == 0) {
            return fault(16, format!("{to} is before {from}"));
        }
        None
    }

    /// The peer asks for these numbers, of which there may be fewer.
    pub(super) fn resend(&mut self, now: Timestamp, from: u64, to: u64) {
        let end = self.numbers.next_out;
        let to = to.min(end - 1);
        let from = from.max(1);
        if from > to {
            self.notice(format!("the peer asks for messages {from} to {to}, which were not sent"));
            return;
        }
        if self.resend.current.is_some() {
            if self.resend.requests.len() < REQUESTS_MAX {
                self.resend.requests.push_back((from, to));
            } else {
                self.notice("the peer asks for more than it can take at a time: it must ask again");
            }
            return;
        }
        self.notice(format!("the peer asks for messages {from} to {to} again"));
        self.resend.current = Some(Range { next: from, last: to, gap_from: None, asked: from });
        if self.config.persist {
            self.fetch();
        } else {
            self.gap_fill(now, from, to + 1);
            self.resend.current = None;
            self.resend_done(now);
        }
    }

    fn fetch(&mut self) {
        let Some(range) = self.resend.current.as_mut() else { return };
        let (from, to) =
            (range.next, range.last.min(range.next.saturating_add(self.config.resend_chunk.max(1) - 1)));
        range.asked = to;
        self.resend.ticket += 1;
        self.effects.push_back(LinkEffect::Fetch { ticket: self.resend.ticket, from, to });
    }

    /// What the store has of the piece it was asked for.
    pub(super) fn fetched(&mut self, now: Timestamp, ticket: u64, messages: &[(u64, Vec<u8>)]) {
        let Some(mut range) = self.resend.current.filter(|_| ticket == self.resend.ticket) else { return };
        for (number, message) in messages {
            if !(range.next..=range.asked).contains(number) || message.is_empty() {
                continue;
            }
            let gap_from = range.gap_from.take().unwrap_or(range.next);
            self.gap_fill(now, gap_from, *number);
            let first_sent = field_text(message, b"\x0152=").to_owned();
            let stamp = Stamp { first_sent: Some(&first_sent), ..self.stamp(now, *number, false) };
            let again = restamp(message, self.config.version, &stamp);
            self.effects.push_back(LinkEffect::Send(again));
            range.next = number + 1;
        }
        if range.next <= range.asked {
            range.gap_from.get_or_insert(range.next);
            range.next = range.asked + 1;
        }
        self.last_out = now;
        if range.next > range.last {
            if let Some(from) = range.gap_from {
                self.gap_fill(now, from, range.last + 1);
            }
            self.resend.current = None;
            self.resend_done(now);
        } else {
            self.resend.current = Some(range);
            self.fetch();
        }
    }

    fn resend_done(&mut self, now: Timestamp) {
        if let Some((from, to)) = self.resend.requests.pop_front() {
            self.resend(now, from, to);
            return;
        }
        self.resend.held_bytes = 0;
        while let Some(bytes) = self.resend.held.pop_front() {
            self.effects.push_back(LinkEffect::Send(bytes));
        }
    }

    /// Says that the numbers from `from` up to before `next` will not come.
    fn gap_fill(&mut self, now: Timestamp, from: u64, next: u64) {
        if from >= next {
            return;
        }
        let time = super::stamp::time_text(now.utc(), self.config.stamp_precision());
        let stamp = Stamp { first_sent: Some(&time), ..self.stamp(now, from, false) };
        let body = [(36, next.to_string()), (123, "Y".to_owned())];
        let bytes = super::stamp::session_message(self.config.version, "4", &stamp, &[], &body);
        self.effects.push_back(LinkEffect::Send(bytes));
    }

    /// Puts bytes on the wire, or behind a repetition that is under way.
    pub(super) fn transmit(&mut self, bytes: Vec<u8>) {
        if self.resend.current.is_none() {
            self.effects.push_back(LinkEffect::Send(bytes));
            return;
        }
        self.resend.held_bytes += bytes.len();
        self.resend.held.push_back(bytes);
        if self.resend.held_bytes > self.config.held_bytes_max {
            self.close("the peer takes what it asked for too slowly: too much waits behind it");
        }
    }

    /// The line is down: what waited is in the store, and the peer will ask for it.
    pub(super) fn forget_resends(&mut self) {
        let ticket = self.resend.ticket + 1;
        self.resend = Resend { ticket, ..Resend::default() };
    }
}
