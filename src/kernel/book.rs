//! The kernel's state, and the only way to change it: [`Book::apply`]. Live and after a restart the same facts in the same
//! order give the same book.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use std::time::Duration;

use finality_parsers::machine::{LinkFact, LinkNumbers, Timestamp};
use finality_parsers::model::{
    AllocationInstruction, BusinessDate, CaptureFunction, EventKind, Movement, QuantityKind, Reference,
    Refusal,
};

use rust_decimal::Decimal;

use crate::approvals::Approvals;
use crate::blocks::state::Blocks;
use crate::enrichment::library::Library;
use crate::enrichment::usage::Usage;
use crate::exceptions::counterparties::Counterparties;
use crate::exceptions::queue::Queue;
use crate::exceptions::reason::ReasonCode;
use crate::exceptions::routing::Subject;
use crate::fact::{Fact, Record, Trace, other_reason};
use crate::index::{ByLink, Known};
use crate::lifecycle::state::{State, Trigger};
use crate::lifecycle::trade::{Recall, Trade};
use crate::lifecycle::{deadline, market};
use crate::matching::key::ShareKey;
use crate::matching::pool::{self, Place, Pool};
use crate::matching::try_out::RuleBook;
use crate::numbering::Numbering;
use crate::operation::{NextCycle, Release};
use crate::outbox::Out;
use crate::profile::{LinkProfile, Profile};
use crate::reconciliation::lines::{Standing, Standings};
use crate::reconciliation::state::Reconciliation;
use crate::requests::{ProcessingFact, Requests};
use crate::risk::due::{self, Due};
use crate::risk::owed::{self, Owed};
use crate::risk::turns::Turns;
use crate::timers::{Timer, Timers};

/// What is remembered of a taken message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) digest: u128,
    /// Few are: a pointer is kept for all others.
    pub(crate) refused: Option<Box<Refusal>>,
}

/// The parts of an allocation that is too long for one message, while some are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fragments {
    pub(crate) parts: Vec<AllocationInstruction>,
    pub(crate) due: Timestamp,
}

/// A message that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeadLetter {
    pub(crate) link: String,
    pub(crate) raw: Vec<u8>,
}

/// Under what a trade is found, beside its references.
#[derive(PartialEq, Eq)]
struct Indexed {
    place: Option<Place>,
    names: Vec<ShareKey>,
    due: Option<BusinessDate>,
    claim: owed::Claim,
    /// The block whose shares wait for this one.
    held_up: Option<Reference>,
    standing: Option<Standing>,
}

impl Indexed {
    fn of(trade: &Trade, profile: &Profile, alleged: bool) -> Self {
        Self {
            place: Place::of(trade),
            names: pool::names(trade),
            due: due::day(trade, profile),
            claim: owed::claim(trade),
            held_up: (profile.operation.release == Release::ByBlock).then(|| held_up(trade)).flatten(),
            standing: if alleged { Standing::of(trade) } else { None },
        }
    }
}

/// The block whose other shares wait until the sides of this one agree.
fn held_up(trade: &Trade) -> Option<Reference> {
    let waits = matches!(trade.state, State::Alleged | State::Allocated | State::Mismatched);
    trade.share.as_deref().filter(|_| waits).map(|share| share.block.clone())
}

/// All that the kernel knows.
#[derive(Debug)]
pub struct Book {
    pub(crate) profile: Profile,
    /// Boxed, as other large values: a tree that grows at its end is half empty.
    pub(crate) trades: BTreeMap<u64, Box<Trade>>,
    pub(crate) by_share: Known<ShareKey, u64>,
    /// Sides that look for one another, by what their trades can be told by.
    pub(crate) pool: Pool,
    pub(crate) by_instruction: Known<Reference, u64>,
    pub(crate) by_confirmation: ByLink<Reference, u64>,
    /// Trades by the instruction of a client.
    pub(crate) by_client: BTreeMap<(String, Reference), u64>,
    pub(crate) by_block: Known<Reference, BTreeSet<u64>>,
    /// Shares of which the sides do not agree yet, by allocation, where others wait for them.
    pub(crate) held_up: BTreeMap<Reference, BTreeSet<u64>>,
    /// Allocations of which all shares agree since this input.
    pub(crate) agreed: BTreeSet<Reference>,
    /// Blocks, and the orders that were dealt.
    pub(crate) blocks: Blocks,
    /// Trades by the requests that the custodian got about their instructions.
    pub(crate) requests: Requests,
    /// What differs from what servicers state, and what is alleged.
    pub(crate) reconciliation: Reconciliation,
    /// Trades by what an allegement of theirs would say.
    pub(crate) standings: Standings,
    /// Whether any servicer alleges anything: until then, nobody asks for these.
    alleged: bool,
    pub(crate) awaiting_ssi: BTreeSet<u64>,
    pub(crate) taken: ByLink<(EventKind, Reference), Taken>,
    pub(crate) exceptions: Queue,
    pub(crate) counterparties: Counterparties,
    pub(crate) due: Due,
    pub(crate) owed: Owed,
    pub(crate) turns: Turns,
    pub(crate) link_exceptions: BTreeMap<String, u64>,
    pub(crate) outbox: BTreeMap<u64, Box<Out>>,
    pub(crate) dead: BTreeMap<u64, DeadLetter>,
    /// Where the links stand that number their messages.
    pub(crate) numbering: BTreeMap<String, Numbering>,
    /// Standing settlement instructions.
    pub(crate) library: Library,
    /// Which trades rest on them.
    pub(crate) usage: Usage,
    /// What waits for a second person.
    pub(crate) approvals: Approvals,
    /// Trades by the report that confirmed them.
    pub(crate) by_report: ByLink<Reference, BTreeSet<u64>>,
    /// Allocations of which parts are missing.
    pub(crate) fragments: BTreeMap<(String, Reference), Fragments>,
    /// Parts that were taken, by digest: a repetition is told by it, also when all are there.
    pub(crate) fragment_digests: BTreeSet<(String, Reference, u128)>,
    /// Captured trades that stand, by the sender's reference.
    pub(crate) captured: BTreeSet<(String, Reference)>,
    pub(crate) timers: Timers,
    next_cycle: NextCycle,
    /// Links that are down, and when a person is asked.
    pub(crate) down: BTreeMap<String, Timestamp>,
    /// Links that came to be when their peers logged on. Nobody promised that they are up, so nobody is told when they are not.
    /// With the time when they last came up or went down.
    added: BTreeMap<String, Timestamp>,
    pub(crate) next_trade: u64,
    pub(crate) next_exception: u64,
    pub(crate) next_out: u64,
    pub(crate) last_seq: u64,
    /// Answers that may have been lost with a line, oldest first: kept for a while, to go out again when it is back.
    answers: VecDeque<(Timestamp, u64)>,
    /// Whether it only shows trades and exceptions: then nothing is kept that decisions are made by.
    shows: bool,
}

impl Book {
    /// Empty, but for the reference data.
    pub fn new(profile: Profile) -> Self {
        let library = Library::new(&profile.standing_instructions, &profile.ssi);
        Self {
            profile,
            trades: BTreeMap::new(),
            by_share: Known::default(),
            pool: Pool::default(),
            by_instruction: Known::default(),
            by_confirmation: ByLink::default(),
            by_client: BTreeMap::new(),
            by_block: Known::default(),
            held_up: BTreeMap::new(),
            agreed: BTreeSet::new(),
            blocks: Blocks::default(),
            requests: Requests::default(),
            reconciliation: Reconciliation::default(),
            standings: Standings::default(),
            alleged: false,
            awaiting_ssi: BTreeSet::new(),
            taken: ByLink::default(),
            exceptions: Queue::default(),
            counterparties: Counterparties::default(),
            due: Due::default(),
            owed: Owed::default(),
            turns: Turns::default(),
            link_exceptions: BTreeMap::new(),
            outbox: BTreeMap::new(),
            dead: BTreeMap::new(),
            numbering: BTreeMap::new(),
            library,
            usage: Usage::default(),
            approvals: Approvals::default(),
            by_report: ByLink::default(),
            fragments: BTreeMap::new(),
            fragment_digests: BTreeSet::new(),
            captured: BTreeSet::new(),
            timers: Timers::default(),
            next_cycle: NextCycle::default(),
            down: BTreeMap::new(),
            added: BTreeMap::new(),
            next_trade: 1,
            next_exception: 1,
            next_out: 1,
            last_seq: 0,
            answers: VecDeque::new(),
            shows: false,
        }
    }

    /// Empty, for somebody who shows trades and exceptions and decides nothing ([`Book::follow`]).
    pub fn shown(profile: Profile) -> Self {
        Self { shows: true, ..Self::new(profile) }
    }

    /// Applies a whole record, as a restart does.
    pub fn replay(&mut self, record: &Record) {
        for fact in &record.facts {
            self.apply(fact, record.at, record.seq);
            if let (Fact::DeadLettered { .. }, Trace::Received(_)) = (fact, &record.trace)
                && let Some(dead) = self.dead.get_mut(&record.seq)
            {
                dead.raw.clone_from(&record.raw);
            }
        }
        self.last_seq = record.seq;
    }

    /// Applies of a record what becomes of trades and exceptions.
    pub fn follow(&mut self, record: &Record) {
        for fact in record.facts.iter().filter(|fact| fact.is_shown()) {
            self.apply(fact, record.at, record.seq);
        }
        self.last_seq = record.seq;
    }

    /// Applies one fact. Facts are decided by the kernel, so what they name is there; if it is not, nothing happens.
    pub(crate) fn apply(&mut self, fact: &Fact, at: Timestamp, seq: u64) {
        match fact {
            Fact::Taken { link, kind, reference, digest, refused, refusal } => {
                let whole =
                    |text: &String| Refusal::Whole { reason: other_reason(*kind), text: text.clone() };
                let refused = refusal.as_deref().cloned().or_else(|| refused.as_ref().map(whole));
                let taken = Taken { digest: *digest, refused: refused.map(Box::new) };
                self.taken.insert(link, (*kind, reference.clone()), taken);
            }
            Fact::Repeated { .. }
            | Fact::Noted { .. }
            | Fact::Compared { .. }
            | Fact::MatchForced { .. }
            | Fact::PairForced { .. }
            | Fact::StatusNoted { .. }
            | Fact::SsiOffered { .. } => {}
            Fact::FragmentKept { link, digest, due, part } => self.keep_fragment(link, *digest, *due, part),
            Fact::FragmentsDropped { link, reference } => {
                let key = (link.clone(), reference.clone());
                if let Some(gone) = self.fragments.remove(&key) {
                    self.timers.remove(&(gone.due, Timer::Fragments(key.0, key.1)));
                }
            }
            Fact::FragmentsOverdue { link, reference, next } => self.watch_fragments(link, reference, *next),
            Fact::Executed { link, execution } => {
                self.blocks.executed(link, self.profile.broker_on(link), execution);
            }
            Fact::TradeCaptured { link, capture } => {
                self.blocks.captured(link, self.profile.broker_on(link), capture);
                if let Some(earlier) = &capture.earlier {
                    self.captured.remove(&(link.clone(), earlier.clone()));
                }
                if capture.function != CaptureFunction::Cancel {
                    self.captured.insert((link.clone(), capture.id.clone()));
                }
            }
            Fact::DeadLettered { link, .. } => {
                self.dead.insert(seq, DeadLetter { link: link.clone(), raw: Vec::new() });
            }
            Fact::Reprocessed { record } => {
                self.dead.remove(record);
            }
            Fact::Opened { trade, state } => {
                self.trades.insert(*trade, Box::new(Trade::new(*trade, *state, at)));
                self.next_trade = self.next_trade.max(trade + 1);
                self.arm(*trade);
            }
            Fact::Allocated { trade, share } => {
                if !self.shows {
                    self.by_block.of(share.block.clone(), BTreeSet::new).insert(*trade);
                    let account = share.terms.account.as_ref();
                    for key in ShareKey::all(Some(&share.block), share.id.as_ref(), account) {
                        self.by_share.insert(key, *trade);
                    }
                    let profile = &self.profile;
                    let rules = RuleBook { profiles: &profile.matching, general: &profile.tolerances };
                    self.blocks.share(*trade, share, rules);
                }
                self.change(*trade, |t| t.share = Some(share.clone()));
                self.tighten(*trade, at);
            }
            Fact::Confirmed { trade, confirmed } => {
                // What it replaces may have been part of another report.
                self.forget_report(*trade);
                self.by_confirmation.insert(&confirmed.link, confirmed.id.clone(), *trade);
                if let Some(report) = &confirmed.report {
                    self.by_report.of(&confirmed.link, report.clone(), BTreeSet::new).insert(*trade);
                }
                self.change(*trade, |t| t.confirmed = Some(confirmed.clone()));
                self.tighten(*trade, at);
            }
            Fact::AllocationDropped { trade } => {
                self.forget_share(*trade);
                self.change(*trade, |t| {
                    t.share = None;
                    t.free = t.confirmed.is_some();
                    t.not_with.clear();
                });
            }
            Fact::ConfirmationDropped { trade } => {
                self.forget_report(*trade);
                self.change(*trade, |t| (t.confirmed, t.paired, t.free) = (None, None, false));
            }
            Fact::Paired { trade, by } => self.change(*trade, |t| (t.paired, t.free) = (Some(*by), false)),
            Fact::PairBroken { trade, link, confirmation, .. } => {
                self.touch(*trade, |t| t.not_with.push((link.clone(), confirmation.clone())));
            }
            Fact::Joined { trade, into } => self.touch(*trade, |t| t.joined = Some(*into)),
            Fact::AnewOrdered { trade, .. } => self.touch(*trade, |t| t.anew = true),
            Fact::AnewGivenUp { trade, .. } => self.touch(*trade, |t| t.anew = false),
            Fact::ClientInstructed { trade, client } => {
                self.by_client.insert((client.link.clone(), client.instruction.id.clone()), *trade);
                self.touch(*trade, |t| t.client = Some(client.clone()));
            }
            Fact::ClientCancels { trade, .. }
            | Fact::ClientStands { trade, .. }
            | Fact::ClientAmends { trade, .. }
            | Fact::ClientAmended { trade, .. } => {
                self.touch(*trade, |t| t.client.iter_mut().for_each(|client| client.apply(fact)));
            }
            Fact::TermsReplaced { trade, changes, .. } => {
                self.touch(*trade, |t| t.replaced = !changes.is_empty());
            }
            Fact::CancelAsked { trade, by, .. } => self.touch(*trade, |t| t.cancel_asked = Some(*by)),
            Fact::CancelDeclined { trade, .. } => self.touch(*trade, |t| t.cancel_asked = None),
            Fact::Moved { trade, from, on, to } => {
                self.count_fail(*trade, *from, *to);
                let recall = (*on == Trigger::CancelSent).then(|| self.recall(*trade, *from, seq));
                self.change(*trade, |t| {
                    if recall.is_some() {
                        t.recall = recall;
                    }
                    t.anew &= !(*from == State::CancelRequested && to != from);
                    t.replaced &= *on != Trigger::Reopened;
                    t.refused |= *to == State::Rejected;
                    t.state = *to;
                    t.entered = at;
                });
                if to.is_terminal() {
                    self.usage.ended(*trade);
                }
                if *to == State::Cancelled
                    && let Some(share) = self.trades.get(trade).and_then(|t| t.share.as_deref())
                {
                    self.blocks.unshare(*trade, share);
                }
                if *to == State::AwaitingSsi {
                    self.awaiting_ssi.insert(*trade);
                } else {
                    self.awaiting_ssi.remove(trade);
                }
                self.arm(*trade);
            }
            Fact::SsiSupplied { .. } | Fact::SsiRecorded { .. } | Fact::SsiWithdrawn { .. } => {
                self.library.apply(fact, at);
            }
            Fact::Instructed { trade, instructed } => {
                self.by_instruction.insert(instructed.reference.clone(), *trade);
                self.count_instructed(*trade);
                self.change(*trade, |t| {
                    t.processing.went_out(instructed.instruction.function, t.client.is_some());
                    t.goes_out(instructed);
                });
                if !self.shows {
                    self.usage.instructed(*trade, self.trades.get(trade).and_then(|t| t.terms()));
                }
            }
            Fact::Queued { out, link, message_type, trade, awaits, bytes } => {
                let entry = Out {
                    link: link.clone(),
                    message_type: message_type.clone(),
                    trade: *trade,
                    bytes: bytes.clone(),
                    awaits: *awaits,
                    record: seq,
                    attempts: 0,
                    handed: false,
                    numbered: false,
                };
                self.outbox.insert(*out, Box::new(entry));
                if let (Some(trade), true) = (trade, awaits) {
                    self.touch(*trade, |t| t.awaited.push(*out));
                }
                self.next_out = self.next_out.max(out + 1);
                if !awaits {
                    self.keep_answer(*out, at);
                }
            }
            Fact::Resent { out } => {
                if let Some(entry) = self.outbox.get_mut(out) {
                    entry.handed = false;
                }
            }
            Fact::Answered { out } => {
                if let Some(trade) = self.outbox.remove(out).and_then(|entry| entry.trade) {
                    self.touch(trade, |t| t.awaited.retain(|awaited| awaited != out));
                }
            }
            Fact::QuantitySettled { trade, quantity, reversal, day, .. } => {
                let out = if *reversal { -quantity.value() } else { quantity.value() };
                self.touch(*trade, |t| t.counts(out, *reversal));
                self.position_moved(*trade, quantity.kind(), out, *day);
            }
            Fact::Reconciled(what) => self.reconciliation.apply(what),
            Fact::Block(what) => self.apply_block(what, at),
            Fact::Processing { trade, what } => self.processing(*trade, what, at),
            Fact::Alerted { trade, probability_bp } => {
                self.touch(*trade, |t| t.alerted = Some(*probability_bp));
            }
            Fact::DeadlinePassed { trade, next } => {
                // What a confirmation names did not come in time: from now on it may belong to another.
                self.change(*trade, |t| t.free |= t.state == State::Alleged);
                self.set_deadline(*trade, Some(*next));
            }
            Fact::ExceptionOpened { exception, trade, link, reason, urgency, due, .. } => {
                self.next_exception = self.next_exception.max(exception + 1);
                let about = trade.and_then(|t| self.trades.get(&t)).map(|t| Subject::of(t));
                self.exceptions.open(fact, at, seq, about.unwrap_or_default());
                self.watch_exception(*exception, None);
                if !self.shows {
                    self.turns.opened(*exception, (*urgency, *due), *reason, at);
                }
                if let Some(trade) = trade {
                    self.touch(*trade, |t| {
                        t.exceptions.push(*exception);
                        t.touched = true;
                    });
                } else if let (Some(link), ReasonCode::LinkDown) = (link, *reason) {
                    self.link_exceptions.insert(link.clone(), *exception);
                }
            }
            Fact::ExceptionRouted { exception, .. }
            | Fact::ExceptionScored { exception, .. }
            | Fact::ExceptionWarned { exception, .. }
            | Fact::ExceptionAttributed { exception, .. }
            | Fact::ExceptionHandled { exception, .. }
            | Fact::ExceptionEscalated { exception, .. } => {
                let before = self.exceptions.get(exception).and_then(|e| e.case.next);
                self.exceptions.apply(*exception, fact, at, seq);
                self.watch_exception(*exception, before);
            }
            Fact::ExceptionResolved { exception, by, .. } => {
                self.reconciliation.closed(*exception, !by.is_empty());
                self.blocks.closed(*exception, !by.is_empty());
                self.turns.closed(*exception, at);
                if let Some(entry) = self.exceptions.close(*exception) {
                    self.watch_exception(*exception, entry.case.next);
                    if let Some(trade) = entry.trade {
                        self.touch(trade, |t| t.exceptions.retain(|e| e != exception));
                    }
                    self.link_exceptions.retain(|_, e| e != exception);
                }
            }
            Fact::Heard { link, number } => {
                self.numbering.entry(link.clone()).or_default().heard(*number);
            }
            Fact::LinkKept { link, kept } => self.link_kept(link, kept, seq),
            Fact::LinkChanged { link, up } => self.link_changed(link, *up, at),
            Fact::LinkAdded { profile } => self.link_added(profile, at),
            Fact::LinkForgotten { link } => self.link_forgotten(link),
            Fact::SessionOrdered { .. } | Fact::OrderRefused { .. } => {}
            Fact::Proposed { .. } | Fact::Decided { .. } => self.approvals.apply(fact, at, &mut self.timers),
        }
    }

    /// Sets when an exception is looked at again; one that is closed is not. `before` is when that was to be until now.
    fn watch_exception(&mut self, exception: u64, before: Option<Timestamp>) {
        if self.shows {
            return;
        }
        if let Some(before) = before {
            self.timers.remove(&(before, Timer::Exception(exception)));
        }
        if let Some(next) = self.exceptions.get(&exception).and_then(|e| e.case.next) {
            self.timers.insert((next, Timer::Exception(exception)));
        }
    }

    /// A quantity of a trade settled: what its account holds changes.
    fn position_moved(&mut self, id: u64, kind: QuantityKind, quantity: Decimal, day: BusinessDate) {
        if self.shows {
            return;
        }
        let instructed = self.trades.get(&id).and_then(|t| t.instructed.as_deref());
        let Some(instruction) = instructed.map(|i| &i.instruction) else { return };
        let (Some(account), Some(isin)) = (instruction.account.clone(), instruction.instrument.isin) else {
            return;
        };
        let by = if instruction.movement == Movement::Receive { quantity } else { -quantity };
        self.reconciliation.moved(&account, day, isin, kind, by);
    }

    /// Where a trade stood when its cancellation was asked for in this record, and what asks.
    fn recall(&mut self, trade: u64, stood: State, seq: u64) -> Recall {
        let known = self.trades.get(&trade);
        let last = known.and_then(|t| t.awaited.last().copied());
        let out = last.filter(|out| self.outbox.get(out).is_some_and(|entry| entry.record == seq));
        if let (Some(out), Some(instructed)) = (out, known.and_then(|t| t.instructed.as_deref())) {
            self.requests.cancels(out, trade, &instructed.reference);
        }
        Recall { stood, out }
    }

    /// Applies what becomes of a request, and sets when it is asked after.
    fn processing(&mut self, id: u64, what: &ProcessingFact, at: Timestamp) {
        let reference = match what {
            ProcessingFact::HeldBack { .. } => None,
            ProcessingFact::Requested { request, .. } => {
                self.requests.add(&request.reference, id);
                Some(request.reference.clone())
            }
            ProcessingFact::Answered { reference, .. } | ProcessingFact::Overdue { reference, .. } => {
                Some(reference.clone())
            }
        };
        let due = |book: &Self, reference: &Reference| {
            let processing = book.trades.get(&id).map(|t| &t.processing);
            processing.and_then(|p| p.by_reference(reference)).and_then(|a| a.due)
        };
        let before = reference.as_ref().and_then(|r| due(self, r));
        self.touch(id, |t| t.processing.apply(what, at));
        let Some(reference) = reference.filter(|_| !self.shows) else { return };
        if let Some(before) = before {
            self.timers.remove(&(before, Timer::Request(id, reference.clone())));
        }
        if let Some(next) = due(self, &reference) {
            self.timers.insert((next, Timer::Request(id, reference)));
        }
    }

    fn link_kept(&mut self, link: &str, kept: &LinkFact, seq: u64) {
        self.numbering.entry(link.to_owned()).or_default().kept(kept, seq);
        match kept {
            LinkFact::Sent { delivery, .. } => {
                if let Some(out) = self.outbox.get_mut(delivery) {
                    out.numbered = true;
                }
            }
            LinkFact::Reset { .. } => self.lose_numbers(link),
            LinkFact::Numbers(_) => {}
        }
    }

    /// What went out under the old numbers may not have arrived, and nobody will ask for it any more.
    fn lose_numbers(&mut self, link: &str) {
        for out in self.outbox.values_mut().filter(|out| out.link == link && out.numbered) {
            (out.numbered, out.handed) = (false, false);
            out.attempts = out.attempts.max(1);
        }
    }

    /// A link that the reference data has by now is described there.
    fn link_added(&mut self, profile: &LinkProfile, at: Timestamp) {
        if self.profile.link(&profile.name).is_none() {
            self.profile.links.push(profile.clone());
            self.added.insert(profile.name.clone(), at);
            self.link_changed(&profile.name, false, at);
        }
    }

    /// What waits for its peer goes on waiting, should it come back.
    fn link_forgotten(&mut self, link: &str) {
        if self.added.remove(link).is_some() {
            self.profile.links.retain(|l| l.name != link);
            self.numbering.remove(link);
            self.down.remove(link);
            self.lose_numbers(link);
        }
    }

    /// A link, of the reference data or added since.
    pub fn link(&self, name: &str) -> Option<&LinkProfile> {
        self.profile.link(name)
    }

    /// Whether a link is not in the reference data, but came to be when its peer logged on.
    pub fn is_added(&self, name: &str) -> bool {
        self.added.contains_key(name)
    }

    /// The names of all such links, and when each last came up or went down.
    pub fn added_links(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.added.iter().map(|(name, at)| (name.as_str(), *at))
    }

    /// Where a link stands that numbers its messages.
    pub fn link_numbers(&self, link: &str) -> LinkNumbers {
        self.numbering.get(link).map(Numbering::numbers).unwrap_or_default()
    }

    /// The records that hold what went out by a link under these numbers, both included.
    pub fn sent_records(&self, link: &str, from: u64, to: u64) -> Vec<u64> {
        self.numbering.get(link).map(|n| n.records(from, to)).unwrap_or_default()
    }

    fn keep_fragment(&mut self, link: &str, digest: u128, due: Timestamp, part: &AllocationInstruction) {
        let key = (link.to_owned(), part.id.clone());
        self.fragment_digests.insert((key.0.clone(), key.1.clone(), digest));
        let kept = self.fragments.entry(key).or_insert_with(|| Fragments { parts: Vec::new(), due });
        kept.parts.push(part.clone());
        self.watch_fragments(link, &part.id, due);
    }

    /// Sets when missing parts are asked after.
    fn watch_fragments(&mut self, link: &str, reference: &Reference, due: Timestamp) {
        let Some(kept) = self.fragments.get_mut(&(link.to_owned(), reference.clone())) else { return };
        let timer = || Timer::Fragments(link.to_owned(), reference.clone());
        self.timers.remove(&(kept.due, timer()));
        kept.due = due;
        self.timers.insert((due, timer()));
    }

    /// A link that is not up is watched from now on.
    pub(crate) fn link_changed(&mut self, link: &str, up: bool, at: Timestamp) {
        if let Some(due) = self.down.remove(link) {
            self.timers.remove(&(due, Timer::Link(link.to_owned())));
        }
        if let Some(last) = self.added.get_mut(link) {
            *last = at;
        }
        if !up {
            let due = crate::profile::Timing::in_minutes(at, self.profile.timing.link_down_minutes);
            self.down.insert(link.to_owned(), due);
            if !self.added.contains_key(link) {
                self.timers.insert((due, Timer::Link(link.to_owned())));
            }
        }
    }

    /// Keeps an answer for a while, and lets those go that have been kept long enough.
    fn keep_answer(&mut self, out: u64, at: Timestamp) {
        self.answers.push_back((at, out));
        let while_kept = Duration::from_secs(60 * u64::from(self.profile.timing.answers_kept_minutes));
        while self.answers.front().is_some_and(|(since, _)| at.since(*since) > while_kept) {
            // One that could not be handed over at all waits for its line.
            let Some((_, old)) = self.answers.pop_front() else { break };
            if self.outbox.get(&old).is_some_and(|entry| entry.attempts > 0) {
                self.outbox.remove(&old);
            }
        }
    }

    /// Changes of a trade what no index knows.
    fn touch(&mut self, id: u64, change: impl FnOnce(&mut Trade)) {
        let Some(trade) = self.trades.get_mut(&id) else { return };
        if cfg!(debug_assertions) {
            let before = Indexed::of(trade, &self.profile, self.alleged);
            change(trade);
            assert!(
                before == Indexed::of(trade, &self.profile, self.alleged),
                "an index knows what was changed"
            );
        } else {
            change(trade);
        }
    }

    /// Changes a trade and keeps the indexes true.
    fn change(&mut self, id: u64, change: impl FnOnce(&mut Trade)) {
        let Some(trade) = self.trades.get_mut(&id) else { return };
        if self.shows {
            change(trade);
            return;
        }
        let before = Indexed::of(trade, &self.profile, self.alleged);
        change(trade);
        let after = Indexed::of(trade, &self.profile, self.alleged);
        self.due.moved(id, before.due, after.due);
        self.owed.moved(id, before.claim, after.claim);
        if before.place != after.place {
            before.place.iter().for_each(|place| self.pool.take(place, id));
            after.place.iter().for_each(|place| self.pool.put(place, id));
        }
        if before.standing != after.standing {
            self.standings.moved(id, before.standing.as_ref(), after.standing.as_ref());
        }
        if before.names != after.names {
            self.pool.name(&before.names, &after.names, id);
        }
        if before.held_up != after.held_up {
            self.hold_up(id, before.held_up, after.held_up);
        }
    }

    /// Knows from now on what an allegement of each trade would say: many servicers allege nothing, and to keep it costs as much
    /// as all other indexes of a trade.
    pub(crate) fn know_standings(&mut self) {
        if std::mem::replace(&mut self.alleged, true) {
            return;
        }
        for (id, trade) in &self.trades {
            self.standings.moved(*id, None, Standing::of(trade).as_ref());
        }
    }

    /// A share no longer holds up one allocation, and does another.
    fn hold_up(&mut self, id: u64, before: Option<Reference>, after: Option<Reference>) {
        if let Some(block) = after {
            self.agreed.remove(&block);
            self.held_up.entry(block).or_default().insert(id);
        }
        let Some(block) = before else { return };
        let Some(waits) = self.held_up.get_mut(&block) else { return };
        waits.remove(&id);
        if waits.is_empty() {
            self.held_up.remove(&block);
            self.agreed.insert(block);
        }
    }

    fn forget_share(&mut self, id: u64) {
        let Some(share) = self.trades.get(&id).and_then(|t| t.share.as_deref()) else { return };
        let keys = ShareKey::all(Some(&share.block), share.id.as_ref(), share.terms.account.as_ref());
        let block = share.block.clone();
        self.blocks.unshare(id, share);
        for key in keys {
            if self.by_share.get(&key) == Some(&id) {
                self.by_share.remove(&key);
            }
        }
        if let Some(set) = self.by_block.get_mut(&block) {
            set.remove(&id);
        }
    }

    fn forget_report(&mut self, id: u64) {
        let confirmed = self.trades.get(&id).and_then(|t| t.confirmed.as_deref());
        let Some((link, Some(report))) = confirmed.map(|c| (c.link.clone(), c.report.clone())) else {
            return;
        };
        if let Some(set) = self.by_report.get_mut(&link, &report) {
            set.remove(&id);
        }
    }

    /// Sets the deadline of the state the trade has just entered.
    fn arm(&mut self, id: u64) {
        let Some(trade) = self.trades.get(&id) else { return };
        let (profile, next_cycle) = (&self.profile, &mut self.next_cycle);
        let due = deadline::of_trade_that_goes_on(trade, profile, |at| next_cycle.goes_on(profile, at));
        self.set_deadline(id, due);
    }

    /// What became known of a trade says which market it belongs to: its cut-off may be nearer than what was set.
    fn tighten(&mut self, id: u64, at: Timestamp) {
        if self.profile.market.is_empty() {
            return;
        }
        let Some(trade) = self.trades.get(&id) else { return };
        let cut_off = market::next_cut_off(&self.profile, trade, trade.state, at);
        if let Some(cut_off) = cut_off.filter(|c| trade.deadline.is_some_and(|due| *c < due)) {
            self.set_deadline(id, Some(cut_off));
        }
    }

    fn set_deadline(&mut self, id: u64, due: Option<Timestamp>) {
        let Some(trade) = self.trades.get_mut(&id) else { return };
        if self.shows {
            trade.deadline = due;
            return;
        }
        if let Some(old) = trade.deadline.take() {
            self.timers.remove(&(old, Timer::Trade(id)));
        }
        trade.deadline = due;
        if let Some(due) = due {
            self.timers.insert((due, Timer::Trade(id)));
        }
    }
}
