//! The reason table: one row for each thing that can go wrong. `reasons_page.rs` prints it into `docs/reasons.md`.

use finality_parsers::desk::Urgency;
use finality_parsers::model::{Attribution, Cause, Reason};
use serde::{Deserialize, Serialize};

use super::codes;
use crate::lifecycle::state::State;

/// Why an exception is open. The numbers are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// Allocation and confirmation differ.
    EconomicsDiffer,
    /// A reference came again with other content.
    ReferenceReused,
    /// The account is not in the reference data.
    UnknownAccount,
    /// The depository finds no counterpart, or one that differs.
    UnmatchedAtCsd,
    /// The depository knows no instruction of the counterparty's.
    CounterpartyInstructionMissing,
    /// Network or custodian refused the instruction.
    InstructionRejected,
    /// A message says what cannot be at this point of the lifecycle.
    OutOfPlace,
    /// The confirmation is overdue.
    ConfirmationMissing,
    /// The allocation is overdue.
    AllocationMissing,
    /// Instruction or counterpart came after the market's deadline.
    LateAtMarket,
    /// Securities are not there.
    SecuritiesShort,
    /// Cash is not there.
    CashShort,
    /// One side holds it back.
    OnHold,
    /// Not settled at the cut-off, and nobody said why.
    NotSettledInTime,
    /// No standing settlement instruction fits.
    SsiMissing,
    /// More than one fits.
    SsiAmbiguous,
    /// The one that fits lacks something.
    SsiIncomplete,
    /// No answer to what we sent.
    NoAcknowledgement,
    /// A message could not be read.
    Unreadable,
    /// A message names nothing that is known here.
    Unrelated,
    /// A line is down.
    LinkDown,
    /// A message of ours could not be written.
    NotWritable,
    /// Parts of an allocation are missing.
    FragmentsMissing,
    /// A standing instruction is offered that is not the one held.
    SsiOffered,
    /// A message of ours was not taken.
    MessageRejected,
    /// One side wants a trade cancelled on which both have agreed.
    CancelRequested,
    /// What fits is for other days.
    SsiNotEffective,
    /// The two sides settle in depositories without a link.
    PlacesDiffer,
    /// Against payment, and something of the cash leg is not known.
    CashLegIncomplete,
    /// What was instructed is not what counts now.
    SsiChanged,
    /// The counterparty's message says another chain than we hold.
    ChainDiffers,
    /// Custodian or network did not take a request about an instruction that stands.
    RequestRefused,
    /// A counterparty alleges what nobody here knows.
    AllegementUnknown,
    /// A statement says something else of an instruction of ours.
    StatementDiffers,
    /// A complete statement does not have an instruction of ours.
    MissingAtCustodian,
    /// A statement has what we have not instructed.
    UnknownToUs,
    /// A balance is not what it should be.
    HoldingDiffers,
    /// A block, or an order that was dealt, is not wholly allocated.
    BlockUnallocated,
    /// Executions of a block are missing.
    BlockUndealt,
    /// The allocations do not come to what their block says.
    BlockDiffers,
    /// The executions do not come to what their block says.
    ExecutionsDiffer,
    /// An allocation contradicts its block.
    BlockContradicted,
    /// What was to be instructed anew has settled as it was.
    SettledAsBefore,
    /// The terms were replaced after the instruction had gone out.
    TermsReplaced,
    /// Our confirmation is overdue to be affirmed.
    AffirmationMissing,
    /// What was confirmed as settled is not what was instructed, or is recorded here.
    SettlementDiffers,
    /// Somebody says what becomes of what he was not given.
    WrongSender,
    /// A message is addressed to somebody else.
    WrongReceiver,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct ReasonRow {
    /// The reason.
    pub code: ReasonCode,
    /// Its stable number.
    pub number: u16,
    /// The family of causes.
    pub cause: Cause,
    /// How bad when it opens.
    pub urgency: Urgency,
    /// Which team acts.
    pub owner: &'static str,
    /// On whose side it lies, until somebody says otherwise.
    pub attribution: Attribution,
    /// Whether sending or trying again may help.
    pub retryable: bool,
    /// The states in which it holds: it is resolved when the trade leaves them. Empty: only a person or another event
    /// resolves it.
    pub holds_in: &'static [State],
    /// What to do.
    pub action: &'static str,
}

use Attribution as A;
use ReasonCode as R;
use State as S;

/// Both sides have agreed, and it is not over.
const AGREED: &[State] = &[
    S::Matched,
    S::Affirmed,
    S::AwaitingSsi,
    S::Instructed,
    S::Delivered,
    S::Acknowledged,
    S::CsdUnmatched,
    S::MatchedAtCsd,
    S::Pending,
    S::Failing,
    S::PartiallySettled,
    S::Rejected,
];
const UNSETTLED: &[State] = &[S::MatchedAtCsd, S::Pending, S::Failing, S::PartiallySettled];

const OUT: &[State] = &[
    S::Instructed,
    S::Delivered,
    S::Acknowledged,
    S::CsdUnmatched,
    S::MatchedAtCsd,
    S::Pending,
    S::Failing,
    S::PartiallySettled,
    S::CancelRequested,
];

/// All reasons.
pub const REASONS: &[ReasonRow] = &[
    row(
        R::EconomicsDiffer,
        100,
        Cause::DataMismatch,
        Urgency::Medium,
        TRADE_SUPPORT,
        A::Counterparty,
        false,
        &[S::Mismatched],
        "compare the fields named with the order; ask the side that is wrong for a replacement",
    ),
    row(
        R::ReferenceReused,
        101,
        Cause::DataMismatch,
        Urgency::Medium,
        TRADE_SUPPORT,
        A::Counterparty,
        false,
        &[],
        "ask the sender which of the two is meant; a correction needs its own reference or a replace message",
    ),
    row(
        R::UnknownAccount,
        102,
        Cause::DataMismatch,
        Urgency::Medium,
        REFERENCE_DATA,
        A::Us,
        true,
        &[],
        "add the account or ask the manager to correct it, then have the share allocated again under a new reference",
    ),
    row(
        R::UnmatchedAtCsd,
        103,
        Cause::DataMismatch,
        Urgency::High,
        SETTLEMENTS,
        A::Counterparty,
        true,
        &[S::Instructed, S::Delivered, S::Acknowledged, S::CsdUnmatched],
        "compare our instruction with the allegement; chase the counterparty or cancel and re-instruct",
    ),
    row(
        R::InstructionRejected,
        104,
        Cause::DataMismatch,
        Urgency::High,
        SETTLEMENTS,
        A::Us,
        true,
        &[S::Rejected],
        "repair what the reason names and re-instruct",
    ),
    row(
        R::OutOfPlace,
        105,
        Cause::DataMismatch,
        Urgency::Low,
        SETTLEMENTS,
        A::Custodian,
        false,
        &[],
        "compare our record with the sender's; nothing was changed by the message",
    ),
    row(
        R::CancelRequested,
        106,
        Cause::DataMismatch,
        Urgency::High,
        TRADE_SUPPORT,
        A::Counterparty,
        false,
        AGREED,
        "get the other side's agreement, or decline: until then the trade stays as it is",
    ),
    row(
        R::ConfirmationMissing,
        200,
        Cause::LateStage,
        Urgency::Medium,
        TRADE_SUPPORT,
        A::Counterparty,
        true,
        &[S::Allocated],
        "chase the broker for its confirmation",
    ),
    row(
        R::AllocationMissing,
        201,
        Cause::LateStage,
        Urgency::Medium,
        TRADE_SUPPORT,
        A::Us,
        true,
        &[S::Alleged],
        "chase the manager for its allocation, or refuse the confirmation",
    ),
    row(
        R::LateAtMarket,
        202,
        Cause::LateStage,
        Urgency::High,
        SETTLEMENTS,
        A::Us,
        true,
        UNSETTLED,
        "ask for an extension, or agree a new settlement date",
    ),
    row(
        R::CounterpartyInstructionMissing,
        206,
        Cause::LateStage,
        Urgency::High,
        SETTLEMENTS,
        A::Counterparty,
        true,
        &[S::Instructed, S::Delivered, S::Acknowledged, S::CsdUnmatched],
        "chase the counterparty for its instruction, before the cut-off of its market",
    ),
    row(
        R::SecuritiesShort,
        300,
        Cause::ResourceShortage,
        Urgency::High,
        SETTLEMENTS,
        A::Us,
        true,
        UNSETTLED,
        "find or borrow the securities, release a part, or chase the deliverer",
    ),
    row(
        R::CashShort,
        301,
        Cause::ResourceShortage,
        Urgency::High,
        TREASURY,
        A::Us,
        true,
        UNSETTLED,
        "fund the account, or chase the payer",
    ),
    row(
        R::OnHold,
        302,
        Cause::ResourceShortage,
        Urgency::Medium,
        SETTLEMENTS,
        A::Us,
        true,
        UNSETTLED,
        "release, or ask the other side to release",
    ),
    row(
        R::NotSettledInTime,
        303,
        Cause::ResourceShortage,
        Urgency::Critical,
        SETTLEMENTS,
        A::Custodian,
        true,
        UNSETTLED,
        "ask the custodian for the reason",
    ),
    row(
        R::SsiMissing,
        400,
        Cause::IncompleteSsi,
        Urgency::High,
        REFERENCE_DATA,
        A::Counterparty,
        true,
        &[S::AwaitingSsi],
        "get the counterparty's standing instruction for this market and currency and supply it",
    ),
    row(
        R::SsiAmbiguous,
        401,
        Cause::IncompleteSsi,
        Urgency::High,
        REFERENCE_DATA,
        A::Us,
        true,
        &[S::AwaitingSsi],
        "end or narrow all but one of the candidates",
    ),
    row(
        R::SsiIncomplete,
        402,
        Cause::IncompleteSsi,
        Urgency::High,
        REFERENCE_DATA,
        A::Us,
        true,
        &[S::AwaitingSsi],
        "complete what is named and supply the instruction again",
    ),
    row(
        R::NoAcknowledgement,
        500,
        Cause::Communication,
        Urgency::High,
        CONNECTIVITY,
        A::Custodian,
        true,
        &[S::Matched, S::Affirmed, S::Instructed, S::Delivered, S::CancelRequested],
        "check the link and ask the custodian; the message was sent again and will be taken once",
    ),
    row(
        R::Unreadable,
        501,
        Cause::Communication,
        Urgency::Medium,
        CONNECTIVITY,
        A::Counterparty,
        true,
        &[],
        "look at the dead letter, repair it or ask for it again, and put it through",
    ),
    row(
        R::Unrelated,
        502,
        Cause::Communication,
        Urgency::Low,
        CONNECTIVITY,
        A::Counterparty,
        true,
        &[],
        "find the trade that is meant; put the message through again when it is there",
    ),
    row(
        R::LinkDown,
        503,
        Cause::Communication,
        Urgency::Medium,
        CONNECTIVITY,
        A::Us,
        true,
        &[],
        "restore the line; what waits goes out by itself",
    ),
    row(
        R::NotWritable,
        504,
        Cause::IncompleteSsi,
        Urgency::High,
        REFERENCE_DATA,
        A::Us,
        true,
        &[S::AwaitingSsi, S::CancelRequested],
        "correct the value named, then supply it again",
    ),
    row(
        R::FragmentsMissing,
        203,
        Cause::LateStage,
        Urgency::Medium,
        TRADE_SUPPORT,
        A::Us,
        true,
        &[],
        "ask the sender for the parts that are missing; the allocation is taken when the last one is there",
    ),
    row(
        R::SsiOffered,
        403,
        Cause::IncompleteSsi,
        Urgency::Medium,
        REFERENCE_DATA,
        A::Counterparty,
        false,
        &[],
        "check it with the party by another way, then supply it; until then what was held counts",
    ),
    row(
        R::MessageRejected,
        505,
        Cause::Communication,
        Urgency::High,
        CONNECTIVITY,
        A::Us,
        false,
        &[],
        "look at the message that is named; its receiver acts as if it had not come",
    ),
    row(
        R::SsiNotEffective,
        404,
        Cause::IncompleteSsi,
        Urgency::High,
        REFERENCE_DATA,
        A::Counterparty,
        true,
        &[S::AwaitingSsi],
        "extend the record that is named, or supply the one that takes its place",
    ),
    row(
        R::PlacesDiffer,
        405,
        Cause::IncompleteSsi,
        Urgency::High,
        REFERENCE_DATA,
        A::Us,
        true,
        &[S::AwaitingSsi],
        "agree a place of settlement with the counterparty, then record it for the side that gives way",
    ),
    row(
        R::CashLegIncomplete,
        406,
        Cause::IncompleteSsi,
        Urgency::High,
        REFERENCE_DATA,
        A::Us,
        true,
        &[S::AwaitingSsi],
        "record the cash account in that currency, or have the currency said",
    ),
    row(
        R::SsiChanged,
        407,
        Cause::IncompleteSsi,
        Urgency::High,
        SETTLEMENTS,
        A::Us,
        false,
        OUT,
        "agree with the counterparty which counts; cancel and instruct anew, or let it stand and close the exception",
    ),
    row(
        R::ChainDiffers,
        408,
        Cause::IncompleteSsi,
        Urgency::Medium,
        REFERENCE_DATA,
        A::Counterparty,
        false,
        OUT,
        "check with the party by another way; what is held was instructed, and counts until a person records another",
    ),
    row(
        R::RequestRefused,
        110,
        Cause::DataMismatch,
        Urgency::High,
        SETTLEMENTS,
        A::Custodian,
        true,
        OUT,
        "the instruction stands as it was: mend what is named and ask again, or ask by another way",
    ),
    row(
        R::AllegementUnknown,
        111,
        Cause::DataMismatch,
        Urgency::High,
        SETTLEMENTS,
        A::Counterparty,
        true,
        &[],
        "find the trade among those that are near, or ask the counterparty; it closes when we instruct it or it is taken back",
    ),
    row(
        R::StatementDiffers,
        112,
        Cause::DataMismatch,
        Urgency::High,
        SETTLEMENTS,
        A::Custodian,
        true,
        &[],
        "ask the custodian which of the two is right; nothing was overwritten",
    ),
    row(
        R::MissingAtCustodian,
        113,
        Cause::DataMismatch,
        Urgency::High,
        SETTLEMENTS,
        A::Custodian,
        true,
        &[],
        "ask the custodian whether it has the instruction; sent again it is taken once",
    ),
    row(
        R::UnknownToUs,
        114,
        Cause::DataMismatch,
        Urgency::High,
        SETTLEMENTS,
        A::Custodian,
        false,
        &[],
        "find out who instructed it: it settles on our account",
    ),
    row(
        R::HoldingDiffers,
        115,
        Cause::DataMismatch,
        Urgency::High,
        SETTLEMENTS,
        A::Custodian,
        false,
        &[],
        "find the movement that one side lacks; closing it by hand takes their balance over",
    ),
    row(
        R::BlockUnallocated,
        204,
        Cause::LateStage,
        Urgency::Medium,
        TRADE_SUPPORT,
        A::Us,
        true,
        &[],
        "chase the manager for the allocations that are missing",
    ),
    row(
        R::BlockUndealt,
        205,
        Cause::LateStage,
        Urgency::Medium,
        TRADE_SUPPORT,
        A::Counterparty,
        true,
        &[],
        "chase the broker for the executions that are missing",
    ),
    row(
        R::BlockDiffers,
        116,
        Cause::DataMismatch,
        Urgency::High,
        TRADE_SUPPORT,
        A::Us,
        false,
        &[],
        "compare the allocations, or the broker's report, with their block; ask for a replacement of what is wrong",
    ),
    row(
        R::ExecutionsDiffer,
        117,
        Cause::DataMismatch,
        Urgency::High,
        TRADE_SUPPORT,
        A::Counterparty,
        false,
        &[],
        "compare the executions with the block; ask the side that is wrong for a correction",
    ),
    row(
        R::BlockContradicted,
        118,
        Cause::DataMismatch,
        Urgency::High,
        TRADE_SUPPORT,
        A::Us,
        false,
        &[],
        "find out whether the allocation belongs to this block; ask the manager to replace it or take it back",
    ),
    row(
        R::SettledAsBefore,
        119,
        Cause::DataMismatch,
        Urgency::High,
        SETTLEMENTS,
        A::Us,
        false,
        &[],
        "agree with the counterparty how to put right what settled; nothing was instructed anew",
    ),
    row(
        R::TermsReplaced,
        120,
        Cause::DataMismatch,
        Urgency::High,
        TRADE_SUPPORT,
        A::Us,
        false,
        OUT,
        "see that both sides say the same; then have the old instruction cancelled and the new terms instructed",
    ),
    row(
        R::AffirmationMissing,
        207,
        Cause::LateStage,
        Urgency::Medium,
        TRADE_SUPPORT,
        A::Counterparty,
        true,
        &[S::Matched],
        "chase the manager for its affirmation",
    ),
    row(
        R::SettlementDiffers,
        121,
        Cause::DataMismatch,
        Urgency::High,
        SETTLEMENTS,
        A::Custodian,
        false,
        &[],
        "ask the custodian what has moved, and have it put right where it should not have; the text says what is booked here",
    ),
    row(
        R::WrongSender,
        506,
        Cause::Communication,
        Urgency::High,
        SETTLEMENTS,
        A::Counterparty,
        true,
        &[],
        "find out who sent it and why: nothing was changed. If it is the house that was instructed, by another line, configure that and put it through again",
    ),
    row(
        R::WrongReceiver,
        507,
        Cause::Communication,
        Urgency::High,
        CONNECTIVITY,
        A::Counterparty,
        true,
        &[],
        "tell the sender: nothing was done. If that is a code of ours, configure it; put it through again if it is meant for us",
    ),
];

const TRADE_SUPPORT: &str = "trade support";
const SETTLEMENTS: &str = "settlements";
const TREASURY: &str = "treasury";
const REFERENCE_DATA: &str = "reference data";
const CONNECTIVITY: &str = "connectivity";

#[allow(clippy::too_many_arguments, reason = "a row of a table")]
const fn row(
    code: ReasonCode,
    number: u16,
    cause: Cause,
    urgency: Urgency,
    owner: &'static str,
    attribution: Attribution,
    retryable: bool,
    holds_in: &'static [State],
    action: &'static str,
) -> ReasonRow {
    ReasonRow { code, number, cause, urgency, owner, attribution, retryable, holds_in, action }
}

impl ReasonCode {
    /// Its row.
    pub fn row(self) -> &'static ReasonRow {
        REASONS.iter().find(|r| r.code == self).expect("every reason has a row; a test counts them")
    }

    /// `economics_differ`, ...
    pub fn name(self) -> &'static str {
        match self {
            R::EconomicsDiffer => "economics_differ",
            R::ReferenceReused => "reference_reused",
            R::UnknownAccount => "unknown_account",
            R::UnmatchedAtCsd => "unmatched_at_csd",
            R::CounterpartyInstructionMissing => "counterparty_instruction_missing",
            R::InstructionRejected => "instruction_rejected",
            R::OutOfPlace => "out_of_place",
            R::ConfirmationMissing => "confirmation_missing",
            R::AllocationMissing => "allocation_missing",
            R::LateAtMarket => "late_at_market",
            R::SecuritiesShort => "securities_short",
            R::CashShort => "cash_short",
            R::OnHold => "on_hold",
            R::NotSettledInTime => "not_settled_in_time",
            R::SsiMissing => "ssi_missing",
            R::SsiAmbiguous => "ssi_ambiguous",
            R::SsiIncomplete => "ssi_incomplete",
            R::NoAcknowledgement => "no_acknowledgement",
            R::Unreadable => "unreadable",
            R::Unrelated => "unrelated",
            R::LinkDown => "link_down",
            R::NotWritable => "not_writable",
            R::FragmentsMissing => "fragments_missing",
            R::SsiOffered => "ssi_offered",
            R::MessageRejected => "message_rejected",
            R::CancelRequested => "cancel_requested",
            R::SsiNotEffective => "ssi_not_effective",
            R::PlacesDiffer => "places_differ",
            R::CashLegIncomplete => "cash_leg_incomplete",
            R::SsiChanged => "ssi_changed",
            R::ChainDiffers => "chain_differs",
            R::RequestRefused => "request_refused",
            R::AllegementUnknown => "allegement_unknown",
            R::StatementDiffers => "statement_differs",
            R::MissingAtCustodian => "missing_at_custodian",
            R::UnknownToUs => "unknown_to_us",
            R::HoldingDiffers => "holding_differs",
            R::BlockUnallocated => "block_unallocated",
            R::BlockUndealt => "block_undealt",
            R::BlockDiffers => "block_differs",
            R::ExecutionsDiffer => "executions_differ",
            R::BlockContradicted => "block_contradicted",
            R::SettledAsBefore => "settled_as_before",
            R::TermsReplaced => "terms_replaced",
            R::AffirmationMissing => "affirmation_missing",
            R::SettlementDiffers => "settlement_differs",
            R::WrongSender => "wrong_sender",
            R::WrongReceiver => "wrong_receiver",
        }
    }
}

/// What a pending or failing status means, by the reason codes that both ISO standards share. `None` for reasons that
/// need nobody (waiting for the settlement date or the next cycle).
pub fn of_status(reasons: &[Reason]) -> Option<ReasonCode> {
    const NOBODY: &[&str] = &["FUTU", "CYCL", "NEWI", "LINK"];
    const OF_SETTLEMENT: &[ReasonCode] = &[R::SecuritiesShort, R::CashShort, R::OnHold, R::LateAtMarket];
    let known = codes::reasons_of(reasons).find(|code| OF_SETTLEMENT.contains(code));
    known.or_else(|| {
        let needs_somebody = reasons.iter().any(|r| !NOBODY.contains(&r.code.as_str()));
        needs_somebody.then_some(R::NotSettledInTime)
    })
}

#[cfg(test)]
mod tests;
