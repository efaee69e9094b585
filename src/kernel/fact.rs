//! What happened, in the past tense: the only things that change the kernel's state. A restart applies them again, in
//! order, and stands where it stood. Fields are added with defaults; nothing is renamed or removed.

use finality_parsers::desk::{Command, Decision, Handling, Order, Urgency};
use finality_parsers::machine::{LinkFact, LinkOrder, Timestamp};
use finality_parsers::model::{
    AllocationInstruction, Amount, Attribution, BusinessDate, EventKind, ExecutionReport, Provenance,
    Quantity, Reference, Refusal, SettlementInstruction, SsiId, SsiRecord, SsiSource, StandingInstruction,
    Status, TradeCapture,
};
use serde::{Deserialize, Serialize};

use crate::blocks::block::BlockFact;
use crate::enrichment::outdated::Change;
use crate::exceptions::priority::Score;
use crate::exceptions::reason::ReasonCode;
use crate::exceptions::sla::Due;
use crate::lifecycle::state::{State, Trigger};
use crate::lifecycle::trade::{Amends, Asker, ClientSide, Confirmed, Instructed, PairedBy, Share};
use crate::matching::compare::Difference;
use crate::profile::LinkProfile;
use crate::reconciliation::state::ReconciliationFact;
use crate::requests::ProcessingFact;

/// What made a record come to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trace {
    /// A message; its bytes stand beside the record.
    Received(Provenance),
    /// A line came up or went down.
    Link {
        /// Which.
        link: String,
        /// Up?
        up: bool,
    },
    /// A person's order.
    Order(Order),
    /// A line asked for something to be kept.
    Session {
        /// Which.
        link: String,
    },
    /// A deadline.
    Deadline,
}

/// A record of the journal: one input and all that followed from it, kept or lost together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its number.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What made it.
    pub trace: Trace,
    /// What followed.
    pub facts: Vec<Fact>,
    /// The message as it came; empty when no message made the record. Encoded apart: see `journal.rs`.
    #[serde(skip)]
    pub raw: Vec<u8>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A message with this reference was taken; a repetition is told by its digest.
    Taken {
        /// By which link.
        link: String,
        /// What kind of message.
        kind: EventKind,
        /// Its reference.
        reference: Reference,
        /// A digest of its normalized content.
        digest: u128,
        /// Why it was refused, when it was.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        refused: Option<String>,
        /// How it was refused: a repetition gets the same answer.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        refusal: Option<Box<Refusal>>,
    },
    /// A part of an allocation that is too long for one message is kept until the others are there.
    FragmentKept {
        /// By which link.
        link: String,
        /// A digest of what it says.
        digest: u128,
        /// Until when the others must be there.
        due: Timestamp,
        /// The part.
        part: Box<AllocationInstruction>,
    },
    /// The parts are no longer kept: all are there, or they contradict each other.
    FragmentsDropped {
        /// By which link.
        link: String,
        /// The allocation.
        reference: Reference,
    },
    /// Parts are still missing; a person was told.
    FragmentsOverdue {
        /// By which link.
        link: String,
        /// The allocation.
        reference: Reference,
        /// When it is looked at again.
        next: Timestamp,
    },
    /// An order was dealt, or a part of it.
    Executed {
        /// By which link.
        link: String,
        /// What the broker says.
        execution: Box<ExecutionReport>,
    },
    /// A trade was captured, corrected or taken back.
    TradeCaptured {
        /// By which link.
        link: String,
        /// What the sender says.
        capture: Box<TradeCapture>,
    },
    /// Somebody offers a standing instruction; a person decides whether it counts.
    SsiOffered {
        /// By which link.
        link: String,
        /// In which message.
        reference: Reference,
        /// It.
        standing: Box<StandingInstruction>,
    },
    /// The same message came again and changed nothing.
    Repeated {
        /// By which link.
        link: String,
        /// Its reference.
        reference: Reference,
    },
    /// A message changed nothing because it says what is known or what no longer matters.
    Noted {
        /// The trade it belongs to, when there is one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        trade: Option<u64>,
        /// What it said.
        what: String,
    },
    /// A message could not be taken; it can be put through again.
    DeadLettered {
        /// The link.
        link: String,
        /// Why.
        why: String,
    },
    /// A dead letter was put through again.
    Reprocessed {
        /// The record of the dead letter.
        record: u64,
    },
    /// A trade came to be.
    Opened {
        /// Its number.
        trade: u64,
        /// Where it starts.
        state: State,
    },
    /// The manager's side is known, or known anew.
    Allocated {
        /// The trade.
        trade: u64,
        /// What the manager says.
        share: Box<Share>,
    },
    /// The broker's side is known, or known anew.
    Confirmed {
        /// The trade.
        trade: u64,
        /// What the broker says.
        confirmed: Box<Confirmed>,
    },
    /// The manager's side was taken back.
    AllocationDropped {
        /// The trade.
        trade: u64,
    },
    /// The broker's side was taken back.
    ConfirmationDropped {
        /// The trade.
        trade: u64,
    },
    /// Both sides came together.
    Paired {
        /// The trade.
        trade: u64,
        /// How.
        by: PairedBy,
    },
    /// A person put both sides together.
    PairForced {
        /// The trade of the allocation.
        trade: u64,
        /// The link of the confirmation.
        link: String,
        /// The confirmation.
        confirmation: Reference,
        /// By whom.
        by: String,
        /// Why.
        why: String,
    },
    /// A person took a confirmation from an allocation: they will not come together by themselves again.
    PairBroken {
        /// The trade of the allocation.
        trade: u64,
        /// The link of the confirmation.
        link: String,
        /// The confirmation.
        confirmation: Reference,
        /// By whom.
        by: String,
        /// Why.
        why: String,
    },
    /// A person let both sides pass although they differ.
    MatchForced {
        /// The trade.
        trade: u64,
        /// What differs.
        differences: Vec<Difference>,
        /// By whom.
        by: String,
        /// Why.
        why: String,
    },
    /// Its side belongs to another trade; nothing is left of it.
    Joined {
        /// The trade.
        trade: u64,
        /// The other.
        into: u64,
    },
    /// Its instruction is to be cancelled at the custodian; what has not settled by then is instructed anew.
    AnewOrdered {
        /// The trade.
        trade: u64,
        /// By whom.
        by: String,
        /// Why.
        why: String,
    },
    /// A client instructed us, his custodian.
    ClientInstructed {
        /// The trade.
        trade: u64,
        /// What he instructed.
        client: Box<ClientSide>,
    },
    /// He cancels it, or his cancellation was denied.
    ClientCancels {
        /// The trade.
        trade: u64,
        /// By which message; none when that was denied.
        request: Option<Reference>,
    },
    /// He wants its terms changed while it is out; or that was done, or was not.
    ClientAmends {
        /// The trade.
        trade: u64,
        /// How it is to be; none when that is over.
        amends: Option<Box<Amends>>,
    },
    /// A client's instruction says something else now.
    ClientAmended {
        /// The trade.
        trade: u64,
        /// As it is.
        instruction: Box<SettlementInstruction>,
    },
    /// The depository said where a client's instruction stands.
    ClientStands {
        /// The trade.
        trade: u64,
        /// What it said.
        status: Status,
    },
    /// One side replaced its terms after the instruction had gone out.
    TermsReplaced {
        /// The trade.
        trade: u64,
        /// The message that replaces.
        by: Reference,
        /// What the instruction says that is out, and what the sides say now; nothing where it is right as it is.
        changes: Vec<Change>,
    },
    /// It is not: the trade ends with the cancellation.
    AnewGivenUp {
        /// The trade.
        trade: u64,
        /// Why.
        why: String,
    },
    /// One side wants a trade cancelled on which both have agreed: the other has to agree.
    CancelAsked {
        /// The trade.
        trade: u64,
        /// Who.
        by: Asker,
        /// Why, and by which message.
        why: String,
    },
    /// The other side does not agree: the trade stays.
    CancelDeclined {
        /// The trade.
        trade: u64,
        /// Who says so.
        by: String,
        /// Why.
        why: String,
    },
    /// Both sides were compared.
    Compared {
        /// The trade.
        trade: u64,
        /// What differs; empty when they agree.
        differences: Vec<Difference>,
    },
    /// The trade moved.
    Moved {
        /// The trade.
        trade: u64,
        /// From there.
        from: State,
        /// Because of that.
        on: Trigger,
        /// To there.
        to: State,
    },
    /// A standing instruction is known.
    SsiSupplied {
        /// It.
        standing: Box<StandingInstruction>,
        /// By whom.
        by: String,
    },
    /// A version of a record of standing instructions is known.
    SsiRecorded {
        /// What it says.
        record: Box<SsiRecord>,
        /// Its number.
        version: u32,
        /// Who wrote it.
        by: String,
        /// Who agreed, where somebody had to.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        approved_by: Option<String>,
        /// Where it comes from.
        #[serde(default)]
        source: SsiSource,
    },
    /// A record of standing instructions was taken back.
    SsiWithdrawn {
        /// Which.
        id: SsiId,
        /// The number of the version that says so.
        version: u32,
        /// From that day on; altogether when absent.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        from: Option<BusinessDate>,
        /// Who.
        by: String,
        /// Who agreed, where somebody had to.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        approved_by: Option<String>,
        /// Why.
        why: String,
    },
    /// An instruction was put together.
    Instructed {
        /// The trade.
        trade: u64,
        /// It.
        instructed: Box<Instructed>,
    },
    /// A message is to go out.
    Queued {
        /// Its number in the outbox.
        out: u64,
        /// By which link.
        link: String,
        /// What it is.
        message_type: String,
        /// The trade it belongs to.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        trade: Option<u64>,
        /// Whether it is kept until it is answered.
        awaits: bool,
        /// The bytes.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// It is to go out once more.
    Resent {
        /// Its number.
        out: u64,
    },
    /// It was answered.
    Answered {
        /// Its number.
        out: u64,
    },
    /// The custodian said how far it is.
    StatusNoted {
        /// The trade.
        trade: u64,
        /// What.
        status: Status,
    },
    /// A quantity settled (negative quantities do not exist: a reversal says so).
    QuantitySettled {
        /// The trade.
        trade: u64,
        /// How much.
        quantity: Quantity,
        /// For how much.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        amount: Option<Amount>,
        /// On which day.
        day: BusinessDate,
        /// Taken back?
        #[serde(default)]
        reversal: bool,
    },
    /// Something about how the custodian is to process its instruction.
    Processing {
        /// The trade.
        trade: u64,
        /// What.
        what: Box<ProcessingFact>,
    },
    /// Something about what a servicer states or a counterparty alleges.
    Reconciled(Box<ReconciliationFact>),
    /// Something about a block.
    Block(Box<BlockFact>),
    /// A deadline passed; the next one is set.
    DeadlinePassed {
        /// The trade.
        trade: u64,
        /// The next.
        next: Timestamp,
    },
    /// Something needs a person.
    ExceptionOpened {
        /// Its number.
        exception: u64,
        /// The trade.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        trade: Option<u64>,
        /// The link.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        link: Option<String>,
        /// The dead letter is this very record.
        #[serde(default)]
        dead_letter: bool,
        /// Why.
        reason: ReasonCode,
        /// How bad.
        urgency: Urgency,
        /// Until when.
        due: Timestamp,
        /// In words.
        detail: String,
        /// The exception of the same trade and reason that was closed before.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        earlier: Option<u64>,
    },
    /// A rule of the profile gave it to a team; without one it is that of its reason.
    ExceptionRouted {
        /// Its number.
        exception: u64,
        /// To which team.
        team: String,
        /// By which rule.
        rule: String,
    },
    /// It was scored, and with that it is due.
    ExceptionScored {
        /// Its number.
        exception: u64,
        /// The score.
        score: Box<Score>,
        /// Until when somebody must have accepted it.
        act_by: Timestamp,
        /// Until when it must be resolved.
        resolve_by: Timestamp,
        /// When it is scored again, should nothing happen before.
        next: Timestamp,
    },
    /// A share of its time is gone.
    ExceptionWarned {
        /// Its number.
        exception: u64,
        /// Of which time.
        due: Due,
        /// How much, in per cent.
        percent: u8,
    },
    /// A code of the custodian's puts it on somebody's side.
    ExceptionAttributed {
        /// Its number.
        exception: u64,
        /// On whose.
        to: Attribution,
        /// Why.
        why: String,
    },
    /// A person worked on it.
    ExceptionHandled {
        /// Its number.
        exception: u64,
        /// Who.
        by: String,
        /// How.
        handling: Handling,
    },
    /// It got worse.
    ExceptionEscalated {
        /// Its number.
        exception: u64,
        /// How bad now.
        urgency: Urgency,
        /// Until when.
        due: Timestamp,
        /// In words, where there is something new to say.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        detail: String,
    },
    /// It needs nobody any more.
    ExceptionResolved {
        /// Its number.
        exception: u64,
        /// Why.
        why: String,
        /// Who, when a person did; otherwise what made the record did.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        by: String,
    },
    /// People are told that a trade is at risk.
    Alerted {
        /// Which trade.
        trade: u64,
        /// How likely a fail is, in hundredths of a per cent.
        probability_bp: u32,
    },
    /// A message came by a line that numbers its messages.
    Heard {
        /// Which line.
        link: String,
        /// The message's number.
        number: u64,
    },
    /// What a line wants to find again after a restart.
    LinkKept {
        /// Which.
        link: String,
        /// It.
        kept: LinkFact,
    },
    /// A line came up or went down.
    LinkChanged {
        /// Which.
        link: String,
        /// Up?
        up: bool,
    },
    /// A peer that is not in the reference data logged on, and a pattern of sessions fits it.
    LinkAdded {
        /// Its line from now on.
        profile: LinkProfile,
    },
    /// Such a peer was not there for long and makes room for others: should it come back, it is new, and begins at 1.
    LinkForgotten {
        /// Its line.
        link: String,
    },
    /// A person wants something of a session; what the session does about it follows in records of its own.
    SessionOrdered {
        /// Which.
        link: String,
        /// What.
        order: LinkOrder,
        /// Why.
        why: String,
    },
    /// Somebody ordered what is not his to order.
    OrderRefused {
        /// Who.
        by: String,
        /// What, in words.
        what: String,
        /// Why not.
        why: String,
    },
    /// An order waits for a second person.
    Proposed {
        /// Its number.
        proposal: u64,
        /// Who gave it.
        by: String,
        /// What is to be done.
        command: Box<Command>,
        /// Until when somebody must have decided.
        until: Timestamp,
    },
    /// It waits no longer.
    Decided {
        /// The proposal.
        proposal: u64,
        /// Who proposed it.
        proposed_by: String,
        /// Who decided; absent when nobody did in time.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        by: Option<String>,
        /// How.
        decision: Decision,
        /// Why, where there is something to say.
        #[serde(skip_serializing_if = "String::is_empty", default)]
        why: String,
    },
}

impl Fact {
    /// The trade that it is about, when it is about one.
    pub fn trade(&self) -> Option<u64> {
        match self {
            Fact::Opened { trade, .. }
            | Fact::Allocated { trade, .. }
            | Fact::Confirmed { trade, .. }
            | Fact::AllocationDropped { trade }
            | Fact::ConfirmationDropped { trade }
            | Fact::Compared { trade, .. }
            | Fact::Paired { trade, .. }
            | Fact::PairBroken { trade, .. }
            | Fact::PairForced { trade, .. }
            | Fact::MatchForced { trade, .. }
            | Fact::Joined { trade, .. }
            | Fact::AnewOrdered { trade, .. }
            | Fact::AnewGivenUp { trade, .. }
            | Fact::TermsReplaced { trade, .. }
            | Fact::ClientInstructed { trade, .. }
            | Fact::ClientCancels { trade, .. }
            | Fact::ClientStands { trade, .. }
            | Fact::ClientAmends { trade, .. }
            | Fact::ClientAmended { trade, .. }
            | Fact::CancelAsked { trade, .. }
            | Fact::CancelDeclined { trade, .. }
            | Fact::Moved { trade, .. }
            | Fact::Instructed { trade, .. }
            | Fact::StatusNoted { trade, .. }
            | Fact::QuantitySettled { trade, .. }
            | Fact::Processing { trade, .. }
            | Fact::Alerted { trade, .. }
            | Fact::DeadlinePassed { trade, .. } => Some(*trade),
            Fact::Proposed { command, .. } => command.trade(),
            Fact::Noted { trade, .. } | Fact::Queued { trade, .. } | Fact::ExceptionOpened { trade, .. } => {
                *trade
            }
            Fact::Taken { .. }
            | Fact::Repeated { .. }
            | Fact::DeadLettered { .. }
            | Fact::Reprocessed { .. }
            | Fact::SsiSupplied { .. }
            | Fact::SsiRecorded { .. }
            | Fact::SsiWithdrawn { .. }
            | Fact::FragmentKept { .. }
            | Fact::FragmentsDropped { .. }
            | Fact::FragmentsOverdue { .. }
            | Fact::Executed { .. }
            | Fact::TradeCaptured { .. }
            | Fact::SsiOffered { .. }
            | Fact::Reconciled(_)
            | Fact::Block(_)
            | Fact::Resent { .. }
            | Fact::Answered { .. }
            | Fact::ExceptionRouted { .. }
            | Fact::ExceptionScored { .. }
            | Fact::ExceptionWarned { .. }
            | Fact::ExceptionAttributed { .. }
            | Fact::ExceptionHandled { .. }
            | Fact::ExceptionEscalated { .. }
            | Fact::ExceptionResolved { .. }
            | Fact::Heard { .. }
            | Fact::LinkKept { .. }
            | Fact::LinkChanged { .. }
            | Fact::LinkAdded { .. }
            | Fact::LinkForgotten { .. }
            | Fact::SessionOrdered { .. }
            | Fact::OrderRefused { .. }
            | Fact::Decided { .. } => None,
        }
    }

    /// The exception that it is about, when it is about one.
    pub fn exception(&self) -> Option<u64> {
        match self {
            Fact::ExceptionOpened { exception, .. }
            | Fact::ExceptionRouted { exception, .. }
            | Fact::ExceptionScored { exception, .. }
            | Fact::ExceptionWarned { exception, .. }
            | Fact::ExceptionAttributed { exception, .. }
            | Fact::ExceptionHandled { exception, .. }
            | Fact::ExceptionEscalated { exception, .. }
            | Fact::ExceptionResolved { exception, .. } => Some(*exception),
            _ => None,
        }
    }

    /// Whether it changes what is shown of trades and exceptions; others change only what is decided next.
    pub fn is_shown(&self) -> bool {
        match self {
            Fact::Opened { .. }
            | Fact::Allocated { .. }
            | Fact::Confirmed { .. }
            | Fact::AllocationDropped { .. }
            | Fact::ConfirmationDropped { .. }
            | Fact::Paired { .. }
            | Fact::PairBroken { .. }
            | Fact::Joined { .. }
            | Fact::AnewOrdered { .. }
            | Fact::AnewGivenUp { .. }
            | Fact::TermsReplaced { .. }
            | Fact::ClientInstructed { .. }
            | Fact::ClientCancels { .. }
            | Fact::ClientStands { .. }
            | Fact::ClientAmends { .. }
            | Fact::ClientAmended { .. }
            | Fact::CancelAsked { .. }
            | Fact::CancelDeclined { .. }
            | Fact::Moved { .. }
            | Fact::Instructed { .. }
            | Fact::Answered { .. }
            | Fact::QuantitySettled { .. }
            | Fact::Processing { .. }
            | Fact::DeadlinePassed { .. }
            | Fact::Alerted { .. }
            | Fact::ExceptionOpened { .. }
            | Fact::ExceptionRouted { .. }
            | Fact::ExceptionScored { .. }
            | Fact::ExceptionWarned { .. }
            | Fact::ExceptionAttributed { .. }
            | Fact::ExceptionHandled { .. }
            | Fact::ExceptionEscalated { .. }
            | Fact::ExceptionResolved { .. } => true,
            // A trade names the messages of which it awaits an answer.
            Fact::Queued { awaits, .. } => *awaits,
            Fact::Taken { .. }
            | Fact::FragmentKept { .. }
            | Fact::FragmentsDropped { .. }
            | Fact::FragmentsOverdue { .. }
            | Fact::Executed { .. }
            | Fact::TradeCaptured { .. }
            | Fact::SsiOffered { .. }
            | Fact::Reconciled(_)
            | Fact::Block(_)
            | Fact::SsiRecorded { .. }
            | Fact::SsiWithdrawn { .. }
            | Fact::SsiSupplied { .. }
            | Fact::Repeated { .. }
            | Fact::Noted { .. }
            | Fact::MatchForced { .. }
            | Fact::PairForced { .. }
            | Fact::Compared { .. }
            | Fact::StatusNoted { .. }
            | Fact::DeadLettered { .. }
            | Fact::Reprocessed { .. }
            | Fact::Resent { .. }
            | Fact::Heard { .. }
            | Fact::LinkKept { .. }
            | Fact::LinkChanged { .. }
            | Fact::LinkAdded { .. }
            | Fact::LinkForgotten { .. }
            | Fact::SessionOrdered { .. }
            | Fact::OrderRefused { .. }
            | Fact::Proposed { .. }
            | Fact::Decided { .. } => false,
        }
    }
}

/// The code for "another reason" in the answers to a kind of message, for journals that hold words only.
pub(crate) fn other_reason(kind: EventKind) -> String {
    if matches!(kind, EventKind::Allocation | EventKind::AllocationReport) { "7" } else { "99" }.to_owned()
}
