//! Drives the kernel: feeds, keeps, answers `Appended`; and watches at every step that nothing leaves before it is kept.

use std::collections::BTreeSet;

use finality_kernel::exceptions::reason::ReasonCode;
use finality_kernel::fact::{Fact, Record};
use finality_kernel::gateway::{Effect, Input, Kernel};
use finality_kernel::lifecycle::state::State;
use finality_kernel::{intake, journal, outbox, profile::Profile};
use finality_parsers::desk::{Command, Notice, Order};
use finality_parsers::machine::{Entry, LinkFact, Machine, Timestamp};
use finality_parsers::model::{Event, Reference};

use crate::desk::market;

/// Something that happens to the gateway.
#[derive(Debug, Clone)]
pub(crate) enum Stimulus {
    Received { link: String, raw: Vec<u8> },
    Order(Order),
    LineUp(String),
    LineDown(String),
    Tick,
}

/// When the power goes, seen from a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The record is kept and what followed from it went out.
    After,
    /// The record is kept, but nobody was told.
    BeforeTold,
    /// The record is lost.
    Lost,
}

/// A message that left.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) link: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) event: Event,
    pub(crate) possible_resend: bool,
}

/// The kernel with its store and its lines.
pub(crate) struct Gateway {
    pub(crate) kernel: Kernel,
    pub(crate) now: Timestamp,
    pub(crate) profile: Profile,
    pub(crate) journal: Vec<Entry>,
    pub(crate) up: BTreeSet<String>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) told: Vec<Notice>,
    pub(crate) kept: Vec<(String, bool)>,
    /// The power goes at this record.
    pub(crate) cut: Option<(u64, Cut)>,
    queued: Vec<Vec<u8>>,
    /// What a session was given and may send when the record is kept.
    numbered: Vec<(String, Vec<u8>, bool, u64)>,
}

impl Gateway {
    /// A first start, with all lines up.
    pub(crate) fn open() -> Self {
        Self::open_with(market::profile())
    }

    /// The same, with other reference data.
    pub(crate) fn open_with(profile: Profile) -> Self {
        profile.check().expect("names lead somewhere");
        let now = Timestamp::from_utc("2026-11-24T09:00:00Z".parse().expect("a time"));
        let mut gateway = Self {
            kernel: Kernel::boot(now, profile.clone(), []),
            now,
            profile,
            journal: Vec::new(),
            up: market::links().map(str::to_owned).collect(),
            sent: Vec::new(),
            told: Vec::new(),
            kept: Vec::new(),
            cut: None,
            queued: Vec::new(),
            numbered: Vec::new(),
        };
        gateway.lines_up();
        gateway
    }

    /// A start after somebody else's journal.
    pub(crate) fn after(records: &[Record]) -> Self {
        let mut gateway = Self::open();
        gateway.journal = records.iter().map(journal::encode).collect();
        gateway.now = records.last().map_or(gateway.now, |r| r.at);
        gateway.restart();
        gateway
    }

    fn lines_up(&mut self) {
        for link in self.up.clone() {
            self.feed(&Stimulus::LineUp(link));
        }
    }

    /// Start-up from what the journal holds.
    pub(crate) fn restart(&mut self) {
        self.numbered.clear();
        self.kernel = Kernel::boot(self.now, self.profile.clone(), self.records());
        self.lines_up();
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        self.journal.iter().map(|entry| journal::decode(entry).expect("written by the kernel")).collect()
    }

    /// One input, all that follows from it, and a power cut if it is time for one.
    pub(crate) fn feed(&mut self, stimulus: &Stimulus) {
        match stimulus {
            Stimulus::LineUp(link) => {
                self.up.insert(link.clone());
            }
            Stimulus::LineDown(link) => {
                self.up.remove(link);
            }
            _ => {}
        }
        let input = match stimulus {
            Stimulus::Received { link, raw } => {
                Input::Received { link, raw, decoded: intake::decode(raw), number: None }
            }
            Stimulus::Order(order) => Input::Order(order),
            Stimulus::LineUp(link) => Input::LinkReady(link),
            Stimulus::LineDown(link) => Input::LinkDown(link),
            Stimulus::Tick => Input::Tick,
        };
        self.kernel.handle(self.now, input);
        let Some(entry) = self.drain(false) else {
            self.send_numbered();
            return;
        };
        let cut = self.cut.filter(|(record, _)| *record == entry.seq).map(|(_, cut)| cut);
        if cut.is_some() {
            self.cut = None;
        }
        if cut != Some(Cut::Lost) {
            let record = journal::decode(&entry).expect("written by the kernel");
            for fact in &record.facts {
                if let Fact::Queued { bytes, .. } = fact {
                    self.queued.push(bytes.clone());
                }
            }
            self.journal.push(entry.clone());
        }
        match (cut, stimulus) {
            (None | Some(Cut::After), _) => {
                self.kernel.handle(self.now, Input::Appended(entry.seq));
                assert_eq!(self.drain(true), None, "keeping a record makes no record");
                self.send_numbered();
                if cut.is_some() {
                    self.restart();
                }
            }
            // Whoever had no sign that his message is kept sends it again; so does a person whose order is lost.
            (Some(_), Stimulus::Received { .. }) | (Some(Cut::Lost), Stimulus::Order(_)) => {
                self.restart();
                self.feed(stimulus);
            }
            (Some(_), _) => self.restart(),
        }
    }

    /// Collects effects. Only a kept record may speak: what leaves must stand in the journal.
    fn drain(&mut self, after_keeping: bool) -> Option<Entry> {
        let mut appended: Option<Entry> = None;
        while let Some(effect) = self.kernel.poll() {
            match effect {
                Effect::Append(entry) => {
                    assert!(appended.is_none(), "one input makes at most one record");
                    let expected = self.journal.len() as u64 + 1;
                    assert_eq!(entry.seq, expected, "records are numbered without a gap");
                    appended = Some(entry);
                }
                Effect::Deliver { link, message, possible_resend, delivery }
                    if !after_keeping && self.profile.link(&link).is_some_and(|l| l.speech.is_session()) =>
                {
                    self.numbered.push((link, message, possible_resend, delivery));
                }
                Effect::Deliver { link, message, possible_resend, .. } => {
                    self.deliver(link, message, possible_resend)
                }
                Effect::Kept { link, understood } => {
                    assert!(after_keeping, "a sender is told before its message is kept");
                    self.kept.push((link, understood));
                }
                Effect::Tell(notice) => {
                    assert!(after_keeping, "the desk is told before it is kept");
                    self.told.push(notice);
                }
            }
        }
        appended
    }

    /// What a session does with what it was given: numbers it, has that kept, and sends it. What is kept and not sent the
    /// peer asks for; what is not kept was never sent, and is given to the session again.
    fn send_numbered(&mut self) {
        for (link, message, possible_resend, delivery) in std::mem::take(&mut self.numbered) {
            let number = self.kernel.book().link_numbers(&link).next_out;
            let fact = LinkFact::Sent { number, next_in: 1, message: message.clone(), delivery };
            self.kernel.handle(self.now, Input::LinkKeeps { link: &link, fact });
            let entry = self.drain(false).expect("what a session keeps is a record");
            let cut = self.cut.take_if(|(record, _)| *record == entry.seq).map(|(_, cut)| cut);
            if cut != Some(Cut::Lost) {
                self.journal.push(entry.clone());
                self.kernel.handle(self.now, Input::Appended(entry.seq));
                assert_eq!(self.drain(true), None, "keeping a record makes no record");
                self.deliver(link, message, possible_resend);
            }
            if cut.is_some() {
                self.restart();
                return;
            }
        }
    }

    fn deliver(&mut self, link: String, message: Vec<u8>, possible_resend: bool) {
        assert!(self.up.contains(&link), "{link} is down, and is handed a message");
        assert!(self.is_kept(&link, &message), "a message leaves before it is kept");
        let event = intake::decode(&message).event.expect("what we send can be read");
        self.sent.push(Sent { link, bytes: message, event, possible_resend });
    }

    fn is_kept(&self, link: &str, message: &[u8]) -> bool {
        let speech = self.profile.link(link).expect("a link").speech;
        self.queued.iter().any(|q| q == message || outbox::marked_as_possible_duplicate(q, speech) == message)
    }

    /// Lets time pass, with a tick at every deadline on the way.
    pub(crate) fn pass(&mut self, minutes: i64) {
        let end = Timestamp::from_nanos(self.now.nanos() + minutes * 60_000_000_000);
        while let Some(due) = self.kernel.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.feed(&Stimulus::Tick);
        }
        self.now = end;
    }

    /// The states of all trades and how much of each has settled.
    pub(crate) fn standing(&self) -> Vec<(u64, State, String)> {
        let of =
            |t: &finality_kernel::lifecycle::trade::Trade| (t.id, t.state, t.settled.normalize().to_string());
        self.kernel.book().trades().map(of).collect()
    }

    /// What somebody orders, and the facts that follow.
    pub(crate) fn ordered(&mut self, by: &str, command: Command) -> Vec<Fact> {
        let before = self.journal.len();
        self.feed(&Stimulus::Order(Order { by: by.to_owned(), command }));
        self.records().into_iter().skip(before).flat_map(|r| r.facts).collect()
    }

    /// The reasons of what is open, sorted.
    pub(crate) fn open_reasons(&self) -> Vec<ReasonCode> {
        let mut open: Vec<_> =
            self.kernel.book().exceptions_by_priority().iter().map(|e| e.exception.reason).collect();
        open.sort_unstable();
        open
    }

    /// The references of all instructions and cancellations that left, each once.
    pub(crate) fn instructed(&self) -> BTreeSet<Reference> {
        let reference = |sent: &Sent| match &sent.event {
            Event::Instruction(i) => Some(i.id.clone()),
            Event::Cancellation(c) => Some(c.id.clone()),
            _ => None,
        };
        self.sent.iter().filter_map(reference).collect()
    }
}
