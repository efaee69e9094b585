//! The kernel as a machine: decoded messages, orders and time in; records, messages and notices out. It is the only file
//! that knows all stages; what each stage decides is in its own.
//!
//! One input makes at most one record. Nothing is handed to a link, and nobody is told anything, before the store has
//! said that the record is kept ([`Input::Appended`]). Sessions get their messages at once, because they keep what they send
//! themselves ([`Input::LinkKeeps`]): whoever drives them puts bytes on the wire only when everything before is kept. What
//! a session says to the message it is handed, which is mostly the number it goes out under, still belongs to the record of
//! the input that led to it: the record is given out when there is nothing more to hand over.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use finality_parsers::codec::Decoded;
use finality_parsers::desk::{ExceptionNotice, Notice, Order, Stage};
use finality_parsers::machine::{Entry, LinkFact, Machine, Timestamp};
use finality_parsers::model::{AllocationReject, Event, Reference};

use crate::book::Book;
use crate::exceptions::exception::Exception;
use crate::exceptions::reason::ReasonCode;
use crate::fact::{Fact, Record, Trace};
use crate::intake::{self, Verdict};
use crate::journal;
use crate::lifecycle::state::{State, Trigger, next};
use crate::lifecycle::{deadline, market};
use crate::outbox;
use crate::profile::{LinkProfile, Profile, Timing};
use crate::timers::Timer;

/// What the kernel is told.
#[derive(Debug)]
pub enum Input<'a> {
    /// A message came.
    Received {
        /// By which link.
        link: &'a str,
        /// As it came.
        raw: &'a [u8],
        /// As it was read.
        decoded: Decoded,
        /// Its number, where the link numbers its messages.
        number: Option<u64>,
    },
    /// A link wants something to be found again after a restart.
    LinkKeeps {
        /// Which link.
        link: &'a str,
        /// What.
        fact: LinkFact,
    },
    /// A peer logged on that is not in the reference data; from now on its link is like any other.
    LinkAdded(&'a LinkProfile),
    /// A peer that is not in the reference data has not been there for long: its link makes room for others.
    LinkForgotten(&'a str),
    /// A link can carry messages.
    LinkReady(&'a str),
    /// What was sent by this link until now has arrived: both sides said goodbye.
    LinkLoggedOut(&'a str),
    /// A link cannot.
    LinkDown(&'a str),
    /// A person's order.
    Order(&'a Order),
    /// The store keeps everything up to this record.
    Appended(u64),
    /// A deadline has passed.
    Tick,
}

/// What the kernel wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Keep this, then say [`Input::Appended`].
    Append(Entry),
    /// Hand a message to a link.
    Deliver {
        /// Which.
        link: String,
        /// The message.
        message: Vec<u8>,
        /// It may have gone out before.
        possible_resend: bool,
        /// Its number in the outbox, which the link says again when it keeps it.
        delivery: u64,
    },
    /// What came by this link is kept.
    Kept {
        /// Which.
        link: String,
        /// `false` when it went to the dead letters.
        understood: bool,
    },
    /// Tell the desk.
    Tell(Notice),
}

/// What waits for the store.
#[derive(Debug)]
enum Held {
    Out(u64),
    Kept { link: String, understood: bool },
    Tell(Notice),
}

/// The kernel.
#[derive(Debug)]
pub struct Kernel {
    pub(crate) book: Book,
    pub(crate) now: Timestamp,
    /// Reports of whose shares something was said in this input: each is answered once, at its end.
    pub(crate) reports: BTreeMap<(String, Reference), Vec<AllocationReject>>,
    /// Trades of the broker's seat that are to be confirmed at the end of this input.
    pub(crate) to_confirm: BTreeSet<u64>,
    /// The report that is answered where an allocation would be.
    pub(crate) answers_report: Option<Reference>,
    facts: Vec<Fact>,
    pending: Vec<Held>,
    held: VecDeque<(u64, Held)>,
    ready: BTreeSet<String>,
    /// By link: answers that arrived before it was logged out.
    arrived: BTreeMap<String, Vec<u64>>,
    effects: VecDeque<Effect>,
    open: Option<Open>,
}

/// A record that is not given out yet: a session may still add to it.
#[derive(Debug)]
struct Open {
    at: Timestamp,
    trace: Trace,
    raw: Vec<u8>,
}

impl Kernel {
    /// Start-up is recovery: the journal so far, empty at the very first start, is applied; then links are waited for.
    pub fn boot(now: Timestamp, profile: Profile, journal: impl IntoIterator<Item = Record>) -> Self {
        let mut recovery = Recovery::new(profile);
        for record in journal {
            recovery.take(&record);
        }
        recovery.start(now)
    }

    /// The state, for views.
    pub fn book(&self) -> &Book {
        &self.book
    }

    // --- the stages' tools -------------------------------------------------------------------------------------------

    /// Decides a fact: it is applied at once and becomes part of this input's record.
    pub(crate) fn decide(&mut self, fact: Fact) {
        self.book.apply(&fact, self.now, self.book.last_seq + 1);
        self.facts.push(fact);
    }

    /// Moves a trade, if the table allows it, and resolves what no longer holds. Says whether it moved.
    pub(crate) fn advance(&mut self, trade: u64, on: Trigger, why: &str) -> bool {
        let Some(from) = self.book.trades.get(&trade).map(|t| t.state) else { return false };
        let Some(to) = next(from, on) else { return false };
        // A cancellation that is refused leaves the instruction as it stood, and what was open about it.
        let stood = self.book.trades.get(&trade).and_then(|t| t.recall).map(|r| r.stood);
        self.decide(Fact::Moved { trade, from, on, to });
        self.moved(trade, to, stood.filter(|_| on == Trigger::CancelDenied).unwrap_or(to), why);
        if to != from
            && let Some(stage) = to.stage()
        {
            self.tell_stage(trade, stage);
        }
        // What the custodian cancels by itself is still agreed with the other side.
        if to == State::Cancelled && (on == Trigger::Cancel || from == State::CancelRequested) {
            self.confirmation_falls(trade);
            self.client_hears_of_the_end(trade, from, to);
        } else if to == State::Settled {
            self.client_hears_of_the_end(trade, from, to);
        }
        true
    }

    /// Resolves what holds neither there nor as it stands. What is being cancelled to go out anew is still unsolved: that
    /// stays open until it is out.
    fn moved(&mut self, trade: u64, to: State, stands: State, why: &str) {
        let known = self.book.trades.get(&trade);
        let rebooked = known.is_some_and(|t| t.is_rebooked());
        let open = known.map(|t| t.exceptions.clone()).unwrap_or_default();
        for exception in open {
            let holds = self.book.exceptions.get(&exception).map(|e| e.reason.row().holds_in);
            let held = |states: &[State]| states.contains(&to) || states.contains(&stands);
            let stays = |states: &[State]| rebooked && states.iter().any(|s| s.may_be_recalled());
            if holds.is_some_and(|states| !states.is_empty() && !held(states) && !stays(states)) {
                self.resolve(exception, why.to_owned());
            }
        }
        if to.is_terminal() {
            self.requests_overtaken(trade, why);
        }
        self.rescore_trade(trade);
    }

    /// Takes a trade back to where it stood before its cancellation was asked for.
    pub(crate) fn back_to(&mut self, trade: u64, stood: State, why: &str) {
        let Some(from) = self.book.trades.get(&trade).map(|t| t.state) else { return };
        let on = Trigger::CancelNotTaken;
        if next(from, on).is_none() {
            return;
        }
        self.decide(Fact::Moved { trade, from, on, to: stood });
        self.moved(trade, stood, stood, why);
    }

    /// Tells the desk that a trade reached a stage.
    pub(crate) fn tell_stage(&mut self, trade: u64, stage: Stage) {
        if let Some(key) = self.book.trades.get(&trade).map(|t| t.key()) {
            self.pending.push(Held::Tell(Notice::Reached { key, stage }));
        }
    }

    /// Tells the desk something, once it is kept.
    pub(crate) fn tell(&mut self, notice: Notice) {
        self.pending.push(Held::Tell(notice));
    }

    /// Opens an exception of a trade, or says anew what an open one of the same reason is about.
    pub(crate) fn raise(&mut self, trade: u64, reason: ReasonCode, detail: String) {
        match self.book.exception_for(trade, reason) {
            Some(known) if known.detail == detail => {}
            Some(known) => {
                let (exception, urgency, due) = (known.id, known.urgency, known.due);
                self.decide(Fact::ExceptionEscalated { exception, urgency, due, detail });
            }
            None => self.open(Some(trade), None, false, reason, detail),
        }
    }

    /// Opens an exception that belongs to no trade.
    pub(crate) fn raise_on_link(
        &mut self,
        link: &str,
        dead_letter: bool,
        reason: ReasonCode,
        detail: String,
    ) {
        self.open(None, Some(link.to_owned()), dead_letter, reason, detail);
    }

    fn open(
        &mut self,
        trade: Option<u64>,
        link: Option<String>,
        dead_letter: bool,
        reason: ReasonCode,
        detail: String,
    ) {
        let exception = self.book.next_exception;
        let row = reason.row();
        let due = Timing::in_minutes(self.now, self.book.profile.timing.repair_due_minutes);
        let urgency = row.urgency;
        self.decide(Fact::ExceptionOpened {
            exception,
            trade,
            link,
            dead_letter,
            reason,
            urgency,
            due,
            detail: detail.clone(),
            earlier: self.book.exceptions.closed_before(trade, reason),
        });
        self.take_up(exception);
        let team = self.book.exceptions.get(&exception).map(|e| e.case.team.clone());
        let notice = ExceptionNotice {
            exception,
            trade: trade.and_then(|t| self.book.trades.get(&t)).map(|t| t.key()),
            reason: reason.name().to_owned(),
            cause: row.cause,
            urgency,
            owner: team.unwrap_or_else(|| row.owner.to_owned()),
            due,
            detail,
            record: dead_letter.then_some(self.book.last_seq + 1),
        };
        self.pending.push(Held::Tell(Notice::ExceptionOpened(Box::new(notice))));
    }

    /// Makes an open exception more urgent.
    pub(crate) fn escalate(&mut self, known: &Exception) {
        let due = Timing::in_minutes(self.now, self.book.profile.timing.repair_due_minutes);
        let urgency = Exception::escalated(known.urgency);
        self.decide(Fact::ExceptionEscalated { exception: known.id, urgency, due, detail: String::new() });
        self.rescore(known.id);
    }

    /// Closes an exception.
    pub(crate) fn resolve(&mut self, exception: u64, why: String) {
        self.resolve_by(exception, why, "");
    }

    /// Closes the exception of a trade for a reason, where one is open.
    pub(crate) fn resolve_reason(&mut self, trade: u64, reason: ReasonCode, why: &str) {
        if let Some(exception) = self.book.exception_for(trade, reason).map(|e| e.id) {
            self.resolve(exception, why.to_owned());
        }
    }

    /// Closes an exception because a person says so; nobody when the input did.
    pub(crate) fn resolve_by(&mut self, exception: u64, why: String, by: &str) {
        self.decide(Fact::ExceptionResolved { exception, why: why.clone(), by: by.to_owned() });
        self.pending.push(Held::Tell(Notice::ExceptionResolved { exception, why }));
    }

    /// Puts a message into the outbox; it goes out when the record is kept.
    pub(crate) fn queue(
        &mut self,
        link: &str,
        message_type: String,
        bytes: Vec<u8>,
        trade: Option<u64>,
        awaits: bool,
    ) -> u64 {
        let out = self.book.next_out;
        self.decide(Fact::Queued { out, link: link.to_owned(), message_type, trade, awaits, bytes });
        self.pending.push(Held::Out(out));
        out
    }

    /// Has a message go out again, marked as one that may have been sent before.
    pub(crate) fn resend(&mut self, out: u64) {
        self.decide(Fact::Resent { out });
        self.pending.push(Held::Out(out));
    }

    // --- inputs ------------------------------------------------------------------------------------------------------

    fn received(&mut self, link: &str, raw: &[u8], decoded: Decoded) {
        let understood = match self.addressed_elsewhere(&decoded.message_type, decoded.addressee) {
            Some(why) => {
                self.dead_letter(link, ReasonCode::WrongReceiver, why);
                false
            }
            None => self.judged(link, raw, decoded),
        };
        self.pending.push(Held::Kept { link: link.to_owned(), understood });
    }

    /// Acts on a message as far as it can be read. Says whether it was understood.
    fn judged(&mut self, link: &str, raw: &[u8], decoded: Decoded) -> bool {
        let message_type = decoded.message_type.clone();
        match intake::judge(decoded) {
            Verdict::Take(event) => self.event(link, event, None),
            Verdict::Refuse(event, why) => self.event(link, event, Some(why)),
            Verdict::Dead(why, rejection) => {
                self.unreadable_of_client(link, raw, &message_type, &why);
                self.dead_letter(link, ReasonCode::Unreadable, why);
                if let Some(rejection) = rejection {
                    self.answer(link, Event::Rejection(rejection));
                }
                false
            }
        }
    }

    /// Lays a message aside, to be looked at and put through again.
    pub(crate) fn dead_letter(&mut self, link: &str, reason: ReasonCode, why: String) {
        self.decide(Fact::DeadLettered { link: link.to_owned(), why: why.clone() });
        self.raise_on_link(link, true, reason, why);
    }

    fn link_ready(&mut self, link: &str) {
        self.ready.insert(link.to_owned());
        if self.book.down.contains_key(link) {
            self.decide(Fact::LinkChanged { link: link.to_owned(), up: true });
            if let Some(exception) = self.book.link_exceptions.get(link).copied() {
                self.resolve(exception, "the line is up".to_owned());
            }
        }
        let waiting: Vec<u64> =
            self.book.outbox.iter().filter(|(_, out)| out.link == link).map(|(number, _)| *number).collect();
        let kept = self.kept();
        for number in waiting {
            // A session does not put on the wire what is not kept; a file would be written at once.
            let session = self.is_session(link);
            if self.book.outbox.get(&number).is_some_and(|out| session || out.record <= kept) {
                self.hand_over(number);
            }
        }
    }

    fn link_down(&mut self, link: &str) {
        self.ready.remove(link);
        for out in self.book.outbox.values_mut().filter(|out| out.link == link) {
            out.handed = false;
        }
        for out in self.arrived.remove(link).unwrap_or_default() {
            self.decide(Fact::Answered { out });
        }
        if !self.book.down.contains_key(link) {
            self.decide(Fact::LinkChanged { link: link.to_owned(), up: false });
        }
    }

    /// Notes which answers arrived: when the line is down nobody needs them any more. What awaits an answer stays.
    fn link_logged_out(&mut self, link: &str) {
        let sent = self.book.outbox.iter().filter(|(_, out)| out.link == link && out.numbered && !out.awaits);
        let sent: Vec<u64> = sent.map(|(number, _)| *number).collect();
        self.arrived.entry(link.to_owned()).or_default().extend(sent);
    }

    /// The last record that the store keeps.
    fn kept(&self) -> u64 {
        self.held.front().map_or(self.book.last_seq, |(seq, _)| seq - 1)
    }

    fn appended(&mut self, seq: u64) {
        while self.held.front().is_some_and(|(held, _)| *held <= seq) {
            let Some((_, held)) = self.held.pop_front() else { break };
            match held {
                Held::Out(out) => self.hand_over(out),
                Held::Kept { link, understood } => self.effects.push_back(Effect::Kept { link, understood }),
                Held::Tell(notice) => self.effects.push_back(Effect::Tell(notice)),
            }
        }
    }

    /// Hands an outbox entry to its link, if the link is up; else it waits there.
    fn hand_over(&mut self, number: u64) {
        let Some(out) = self.book.outbox.get_mut(&number) else { return };
        if !self.ready.contains(&out.link) || out.handed || out.numbered {
            return;
        }
        let possible_resend = out.attempts > 0;
        let speech = self.book.profile.links.iter().find(|l| l.name == out.link).map(|l| l.speech);
        let message = match speech {
            Some(speech) if possible_resend => outbox::marked_as_possible_duplicate(&out.bytes, speech),
            _ => out.bytes.clone(),
        };
        self.effects.push_back(Effect::Deliver {
            link: out.link.clone(),
            message,
            possible_resend,
            delivery: number,
        });
        out.attempts += 1;
        out.handed = true;
    }

    fn tick(&mut self) {
        while let Some((due, timer)) = self.book.timers.first() {
            if due > self.now {
                break;
            }
            let fired = timer.clone();
            match timer {
                Timer::Trade(trade) => self.trade_deadline(trade),
                Timer::Link(link) => self.link_deadline(&link),
                Timer::Fragments(link, reference) => self.fragments_deadline(&link, &reference),
                Timer::Proposal(proposal) => self.proposal_deadline(proposal),
                Timer::Exception(exception) => self.rescore(exception),
                Timer::Request(trade, reference) => self.request_deadline(trade, &reference),
                Timer::Block(block) => self.block_deadline(&block),
                Timer::Alerts => self.alert(),
            }
            // Each of them has set its next time, so the loop comes to an end; if one had not, it must not fire forever.
            self.book.timers.remove(&(due, fired));
        }
    }

    fn link_deadline(&mut self, link: &str) {
        // Watched again after the same time, so that a line that stays down is escalated, not forgotten.
        let known = self.book.link_exceptions.get(link).and_then(|e| self.book.exceptions.get(e)).cloned();
        self.book.link_changed(link, false, self.now);
        match known {
            Some(known) if known.urgency < finality_parsers::desk::Urgency::Critical => self.escalate(&known),
            Some(_) => {}
            None => self.raise_on_link(link, false, ReasonCode::LinkDown, format!("link {link} is down")),
        }
    }

    fn trade_deadline(&mut self, id: u64) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        // A request to change the processing has a deadline of its own.
        let of_request = |out: &&u64| trade.processing.by_out(**out).is_none();
        let (state, out) = (trade.state, trade.awaited.iter().rfind(of_request).copied());
        let next_check = match state {
            State::Failing => 24 * 60,
            State::Instructed | State::CancelRequested => {
                self.book.profile.timing.acknowledgement_due_minutes
            }
            _ => self.book.profile.timing.repair_due_minutes,
        };
        let missed = trade.deadline.filter(|due| market::is_cut_off(&self.book.profile, trade, *due));
        let next = deadline::again(trade, next_check, self.now, &self.book.profile);
        self.decide(Fact::DeadlinePassed { trade: id, next });
        if matches!(state, State::Instructed | State::CancelRequested)
            && let Some(number) = out
            && let Some(out) = self.book.outbox.get(&number)
            && out.attempts <= self.book.profile.timing.resend_max
        {
            // No answer: the message goes out again under the same reference, marked. Its receiver takes it once.
            self.resend(number);
            return;
        }
        match state {
            State::Matched if self.book.profile.seat.confirms() => {
                let detail = "our confirmation is neither affirmed nor refused".to_owned();
                self.raise(id, ReasonCode::AffirmationMissing, detail);
            }
            State::Matched => self.affirm(id),
            State::Affirmed => self.enrich(id),
            State::Alleged => {
                self.overdue(id, state, missed);
                self.seek(id);
            }
            _ => self.overdue(id, state, missed),
        }
    }

    /// `missed`: the cut-off of its market that has passed, where that is what passed.
    fn overdue(&mut self, id: u64, state: State, missed: Option<Timestamp>) {
        let mut reason = deadline::raises(state);
        if reason == ReasonCode::CounterpartyInstructionMissing
            && self.book.exceptions.closed_before(Some(id), ReasonCode::UnmatchedAtCsd).is_some()
        {
            // It is there and differed; somebody closed that without the two having met.
            reason = ReasonCode::UnmatchedAtCsd;
        }
        let open: Vec<Exception> = self
            .book
            .trades
            .get(&id)
            .map(|t| t.exceptions.iter().filter_map(|e| self.book.exceptions.get(e)).cloned().collect())
            .unwrap_or_default();
        if open.is_empty() {
            let entered = self.book.trades.get(&id).map_or(self.now, |t| t.entered);
            let missed = missed.map_or(String::new(), |at| format!("; the market's cut-off was {at}"));
            self.raise(id, reason, format!("{} since {entered}{missed}", state.label()));
        }
        let now = self.now;
        for known in open.iter().filter(|e| e.due <= now) {
            if known.urgency < finality_parsers::desk::Urgency::Critical {
                self.escalate(known);
            }
        }
    }

    /// What follows from all that an input said.
    fn end_of_input(&mut self) {
        self.release_blocks();
        self.answer_reports();
        self.weigh_blocks();
        self.confirm_shares();
    }

    /// Closes the input: what was decided becomes one record.
    fn close(&mut self, trace: Trace, raw: &[u8]) {
        if self.facts.is_empty() {
            debug_assert!(self.pending.is_empty(), "nothing may be told that is not kept");
            return;
        }
        self.open = Some(Open { at: self.now, trace, raw: raw.to_vec() });
        let pending = std::mem::take(&mut self.pending);
        for held in pending {
            match held {
                // A session numbers it now, so that number and message are kept together.
                Held::Out(out) if self.goes_by_session(out) => self.hand_over(out),
                held => self.pending.push(held),
            }
        }
    }

    /// Gives out the record that was open until now.
    fn give_out(&mut self) {
        let Some(Open { at, trace, raw }) = self.open.take() else { return };
        let seq = self.book.last_seq + 1;
        let record = Record { seq, at, trace, facts: std::mem::take(&mut self.facts), raw };
        self.book.last_seq = seq;
        self.effects.push_back(Effect::Append(journal::encode(&record)));
        // The next input decides as many, most likely.
        self.facts = record.facts;
        self.facts.clear();
        if let Some(dead) = self.book.dead.get_mut(&seq) {
            dead.raw = record.raw;
        }
        self.held.extend(self.pending.drain(..).map(|held| (seq, held)));
    }

    /// The last record, given out or not.
    pub fn last_decided(&self) -> u64 {
        self.book.last_seq + u64::from(self.open.is_some())
    }

    fn goes_by_session(&self, out: u64) -> bool {
        self.book.outbox.get(&out).is_some_and(|out| self.is_session(&out.link))
    }

    pub(crate) fn is_session(&self, link: &str) -> bool {
        self.book.profile.link(link).is_some_and(|l| l.speech.is_session())
    }
}

/// A kernel that is being brought back to where it stood, record by record.
#[derive(Debug)]
pub struct Recovery {
    book: Book,
}

impl Recovery {
    /// Before the first record.
    pub fn new(profile: Profile) -> Self {
        Self { book: Book::new(profile) }
    }

    /// Applies the next record.
    pub fn take(&mut self, record: &Record) {
        self.book.replay(record);
    }

    /// All records are in: the kernel starts.
    pub fn start(self, now: Timestamp) -> Kernel {
        let mut book = self.book;
        book.blocks.rest();
        // A share that was to go on with the last record did, in that record.
        book.agreed.clear();
        book.next_look(now);
        // Whether what is in the outbox went out before is not known any more: it goes out again, marked.
        let sessions: BTreeSet<String> =
            book.profile.links.iter().filter(|l| l.speech.is_session()).map(|l| l.name.clone()).collect();
        for out in book.outbox.values_mut() {
            // A session that has not kept it has not sent it.
            if !sessions.contains(&out.link) {
                out.attempts = out.attempts.max(1);
            }
        }
        let links: Vec<String> = book.profile.links.iter().map(|l| l.name.clone()).collect();
        for link in links {
            book.link_changed(&link, false, now);
        }
        Kernel {
            book,
            now,
            reports: BTreeMap::new(),
            to_confirm: BTreeSet::new(),
            answers_report: None,
            facts: Vec::new(),
            pending: Vec::new(),
            held: VecDeque::new(),
            ready: BTreeSet::new(),
            arrived: BTreeMap::new(),
            effects: VecDeque::new(),
            open: None,
        }
    }
}

impl Machine for Kernel {
    type Input<'a> = Input<'a>;
    type Effect = Effect;

    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        self.now = self.now.max(now);
        if !matches!(input, Input::LinkKeeps { .. }) {
            self.give_out();
        }
        match input {
            Input::Received { link, raw, decoded, number } => {
                let provenance = intake::provenance(link, self.now, &decoded);
                if let Some(number) = number {
                    self.decide(Fact::Heard { link: link.to_owned(), number });
                }
                self.received(link, raw, decoded);
                self.end_of_input();
                self.close(Trace::Received(provenance), raw);
            }
            Input::LinkKeeps { link, fact } => {
                self.decide(Fact::LinkKept { link: link.to_owned(), kept: fact });
                if self.open.is_some() {
                    return;
                }
                self.close(Trace::Session { link: link.to_owned() }, &[]);
            }
            Input::LinkAdded(profile) => {
                if self.book.profile.link(&profile.name).is_none() {
                    self.decide(Fact::LinkAdded { profile: profile.clone() });
                    self.close(Trace::Session { link: profile.name.clone() }, &[]);
                }
            }
            Input::LinkForgotten(link) => {
                if self.book.is_added(link) && !self.ready.contains(link) {
                    self.decide(Fact::LinkForgotten { link: link.to_owned() });
                    self.close(Trace::Session { link: link.to_owned() }, &[]);
                }
            }
            Input::LinkLoggedOut(link) => self.link_logged_out(link),
            Input::LinkReady(link) => {
                self.link_ready(link);
                self.close(Trace::Link { link: link.to_owned(), up: true }, &[]);
            }
            Input::LinkDown(link) => {
                self.link_down(link);
                self.close(Trace::Link { link: link.to_owned(), up: false }, &[]);
            }
            Input::Order(order) => {
                self.order(order);
                self.end_of_input();
                self.close(Trace::Order(order.clone()), &[]);
            }
            Input::Appended(seq) => self.appended(seq),
            Input::Tick => {
                self.tick();
                self.end_of_input();
                self.close(Trace::Deadline, &[]);
            }
        }
    }

    fn poll(&mut self) -> Option<Effect> {
        if self.effects.is_empty() {
            self.give_out();
        }
        self.effects.pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.book.timers.next()
    }
}
