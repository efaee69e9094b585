//! What waits for a second person.

use std::collections::BTreeMap;

use finality_parsers::desk::Command;
use finality_parsers::machine::Timestamp;
use serde::Serialize;

use crate::fact::Fact;
use crate::timers::{Timer, Timers};

/// An order that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// Its number.
    pub proposal: u64,
    /// Who gave it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Until when somebody must have decided.
    pub until: Timestamp,
    /// What is to be done.
    pub command: Command,
}

/// All of them. Those that are decided are in the journal and no longer here.
#[derive(Debug, Default)]
pub(crate) struct Approvals {
    open: BTreeMap<u64, Proposal>,
    last: u64,
}

impl Approvals {
    /// The number of the next one.
    pub(crate) fn next(&self) -> u64 {
        self.last + 1
    }

    /// One that waits.
    pub(crate) fn get(&self, proposal: u64) -> Option<&Proposal> {
        self.open.get(&proposal)
    }

    /// All that wait, oldest first.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Proposal> {
        self.open.values()
    }

    pub(crate) fn apply(&mut self, fact: &Fact, at: Timestamp, timers: &mut Timers) {
        match fact {
            Fact::Proposed { proposal, by, command, until } => {
                let (proposal, until) = (*proposal, *until);
                let waits = Proposal { proposal, by: by.clone(), at, until, command: (**command).clone() };
                self.open.insert(proposal, waits);
                self.last = self.last.max(proposal);
                timers.insert((until, Timer::Proposal(proposal)));
            }
            Fact::Decided { proposal, .. } => {
                if let Some(gone) = self.open.remove(proposal) {
                    timers.remove(&(gone.until, Timer::Proposal(*proposal)));
                }
            }
            _ => {}
        }
    }
}
