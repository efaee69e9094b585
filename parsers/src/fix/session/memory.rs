//! A store that forgets with the process: for tests, tools and the simulated peers.

use std::collections::BTreeMap;

use super::Session;
use crate::machine::{LinkEffect, LinkFact, LinkInput, LinkNumbers, Machine, Timestamp};

/// What a session asked to keep.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    numbers: LinkNumbers,
    messages: BTreeMap<u64, Vec<u8>>,
}

impl Memory {
    /// Where the numbers stand, for [`Session::recover`].
    pub fn numbers(&self) -> LinkNumbers {
        self.numbers
    }

    /// Takes a fact.
    pub fn keep(&mut self, fact: LinkFact) {
        self.numbers.apply(&fact);
        match fact {
            LinkFact::Sent { number, message, .. } if !message.is_empty() => {
                self.messages.insert(number, message);
            }
            LinkFact::Reset { .. } => self.messages.clear(),
            LinkFact::Sent { .. } | LinkFact::Numbers(_) => {}
        }
    }

    /// What is kept of these numbers, both included.
    pub fn range(&self, from: u64, to: u64) -> Vec<(u64, Vec<u8>)> {
        if from > to {
            return Vec::new();
        }
        self.messages.range(from..=to).map(|(number, message)| (*number, message.clone())).collect()
    }

    /// The next effect that is not the store's business; what is, is done.
    pub fn poll(&mut self, now: Timestamp, session: &mut Session) -> Option<LinkEffect> {
        loop {
            match session.poll()? {
                LinkEffect::Keep(fact) => self.keep(fact),
                LinkEffect::Fetch { ticket, from, to } => {
                    let messages = self.range(from, to);
                    session.handle(now, LinkInput::Fetched { ticket, messages: &messages });
                }
                other => return Some(other),
            }
        }
    }
}
