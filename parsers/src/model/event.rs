//! What a message means to the lifecycle: the one enum that every message maps to.

use serde::{Deserialize, Serialize};

use super::{
    Allegement, AllegementStatement, HoldingsStatement, IntraPositionStatement, PenaltyReport,
    PendingStatement, TransactionsStatement,
};
use super::{
    AllocationAcknowledgement, AllocationInstruction, AllocationReport, AllocationReportAcknowledgement,
    AuditTrail, BalanceTransparency, CancellationRequest, ConfirmationAcknowledgement,
    ConfirmationCancellation, ConfirmationRequest, CounterpartyResponse, ExecutionReport,
    GeneratedTransaction, IntraPositionChange, ModificationRequest, PortfolioTransfer, ProcessingChange,
    Reference, Rejection, SettlementConfirmation, SettlementInstruction, SettlementInstructionDelivery,
    SettlementInstructionRequest, SettlementObligations, StatusAdvice, StatusRequest, SupplementaryData,
    TradeCapture, TradeCaptureAcknowledgement, TradeCaptureRequest, TradeCaptureRequestAcknowledgement,
    TradeConfirmation, TradeStatus, Withdrawal,
};

/// The network's or receiver's answer to a transmission, before anybody looked at its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransportAcknowledgement {
    /// Taken (ACK) or refused (NAK).
    pub accepted: bool,
    /// The user reference of the transmission that is answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<Reference>,
    /// The refusal's code (`T26`, ...).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// The line or field number that it points to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
}

/// What a message means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A block is split over accounts.
    Allocation(Box<AllocationInstruction>),
    /// The answer to it.
    AllocationAcknowledgement(Box<AllocationAcknowledgement>),
    /// The broker's view of it.
    AllocationReport(Box<AllocationReport>),
    /// A trade of one account is confirmed.
    Confirmation(Box<TradeConfirmation>),
    /// The answer to it.
    ConfirmationAcknowledgement(Box<ConfirmationAcknowledgement>),
    /// Securities are to be received or delivered.
    Instruction(Box<SettlementInstruction>),
    /// An instruction is to be taken back.
    Cancellation(Box<CancellationRequest>),
    /// How far an instruction is.
    Status(Box<StatusAdvice>),
    /// That it settled.
    Settlement(Box<SettlementConfirmation>),
    /// The network's answer to a transmission.
    Transport(Box<TransportAcknowledgement>),
    /// The answer to such a report.
    AllocationReportAcknowledgement(Box<AllocationReportAcknowledgement>),
    /// Somebody is told of an allocation that is not his to answer.
    AllocationAlert(Box<AllocationInstruction>),
    /// A confirmation is taken back by its references alone.
    ConfirmationCancellation(Box<ConfirmationCancellation>),
    /// A confirmation, or how far it is, is asked for.
    ConfirmationRequest(Box<ConfirmationRequest>),
    /// How far an order is, and what was dealt.
    Execution(Box<ExecutionReport>),
    /// A trade was captured.
    TradeCapture(Box<TradeCapture>),
    /// The answer to it.
    TradeCaptureAcknowledgement(Box<TradeCaptureAcknowledgement>),
    /// Captured trades are asked for.
    TradeCaptureRequest(Box<TradeCaptureRequest>),
    /// The answer to it.
    TradeCaptureRequestAcknowledgement(Box<TradeCaptureRequestAcknowledgement>),
    /// Settlement instructions are sent outside of a trade.
    InstructionDelivery(Box<SettlementInstructionDelivery>),
    /// They are asked for.
    InstructionRequest(Box<SettlementInstructionRequest>),
    /// What is owed, as a clearing house says it.
    Obligations(Box<SettlementObligations>),
    /// A message of ours was not taken.
    Rejection(Box<Rejection>),
    /// How far an order or the processing of a trade is.
    TradeStatus(Box<TradeStatus>),
    /// Instructions are to be processed in another way.
    ProcessingChange(Box<ProcessingChange>),
    /// A statement or statuses are asked for.
    StatusRequest(Box<StatusRequest>),
    /// What an account held.
    HoldingsStatement(Box<HoldingsStatement>),
    /// What came into and went out of an account.
    TransactionsStatement(Box<TransactionsStatement>),
    /// What has not settled in an account.
    PendingStatement(Box<PendingStatement>),
    /// What failing and late transactions cost.
    Penalties(Box<PenaltyReport>),
    /// What moved between the balances of an account.
    IntraPositionStatement(Box<IntraPositionStatement>),
    /// A counterparty has instructed and we have not.
    Allegement(Box<Allegement>),
    /// All that counterparties have instructed and we have not.
    AllegementStatement(Box<AllegementStatement>),
    /// The terms of an instruction are to change.
    Modification(Box<ModificationRequest>),
    /// The servicer made a transaction.
    Generation(Box<GeneratedTransaction>),
    /// A message of the servicer is taken back.
    Withdrawal(Box<Withdrawal>),
    /// A counterparty answers what was asked of an instruction.
    CounterpartyResponse(Box<CounterpartyResponse>),
    /// Something moves, or has moved, between two balances of one position.
    IntraPosition(Box<IntraPositionChange>),
    /// What became of an instruction, step by step.
    AuditTrail(Box<AuditTrail>),
    /// What of a portfolio moves to another custodian.
    PortfolioTransfer(Box<PortfolioTransfer>),
    /// Balances are told down to their beneficial owners.
    BalanceTransparency(Box<BalanceTransparency>),
}

/// The kinds of events, for tables and statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// See [`Event::Allocation`].
    Allocation,
    /// See [`Event::AllocationAcknowledgement`].
    AllocationAcknowledgement,
    /// See [`Event::AllocationReport`].
    AllocationReport,
    /// See [`Event::Confirmation`].
    Confirmation,
    /// See [`Event::ConfirmationAcknowledgement`].
    ConfirmationAcknowledgement,
    /// See [`Event::Instruction`].
    Instruction,
    /// See [`Event::Cancellation`].
    Cancellation,
    /// See [`Event::Status`].
    Status,
    /// See [`Event::Settlement`].
    Settlement,
    /// See [`Event::Transport`].
    Transport,
    /// See [`Event::AllocationReportAcknowledgement`].
    AllocationReportAcknowledgement,
    /// See [`Event::AllocationAlert`].
    AllocationAlert,
    /// See [`Event::ConfirmationCancellation`].
    ConfirmationCancellation,
    /// See [`Event::ConfirmationRequest`].
    ConfirmationRequest,
    /// See [`Event::Execution`].
    Execution,
    /// See [`Event::TradeCapture`].
    TradeCapture,
    /// See [`Event::TradeCaptureAcknowledgement`].
    TradeCaptureAcknowledgement,
    /// See [`Event::TradeCaptureRequest`].
    TradeCaptureRequest,
    /// See [`Event::TradeCaptureRequestAcknowledgement`].
    TradeCaptureRequestAcknowledgement,
    /// See [`Event::InstructionDelivery`].
    InstructionDelivery,
    /// See [`Event::InstructionRequest`].
    InstructionRequest,
    /// See [`Event::Obligations`].
    Obligations,
    /// See [`Event::Rejection`].
    Rejection,
    /// See [`Event::TradeStatus`].
    TradeStatus,
    /// See [`Event::ProcessingChange`].
    ProcessingChange,
    /// See [`Event::StatusRequest`].
    StatusRequest,
    /// See [`Event::HoldingsStatement`].
    HoldingsStatement,
    /// See [`Event::TransactionsStatement`].
    TransactionsStatement,
    /// See [`Event::PendingStatement`].
    PendingStatement,
    /// See [`Event::Penalties`].
    Penalties,
    /// See [`Event::IntraPositionStatement`].
    IntraPositionStatement,
    /// See [`Event::Allegement`].
    Allegement,
    /// See [`Event::AllegementStatement`].
    AllegementStatement,
    /// See [`Event::Modification`].
    Modification,
    /// See [`Event::Generation`].
    Generation,
    /// See [`Event::Withdrawal`].
    Withdrawal,
    /// See [`Event::CounterpartyResponse`].
    CounterpartyResponse,
    /// See [`Event::IntraPosition`].
    IntraPosition,
    /// See [`Event::AuditTrail`].
    AuditTrail,
    /// See [`Event::PortfolioTransfer`].
    PortfolioTransfer,
    /// See [`Event::BalanceTransparency`].
    BalanceTransparency,
}

impl EventKind {
    /// `allocation`, `status`, ...
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Allocation => "allocation",
            EventKind::AllocationAcknowledgement => "allocation acknowledgement",
            EventKind::AllocationReport => "allocation report",
            EventKind::Confirmation => "confirmation",
            EventKind::ConfirmationAcknowledgement => "confirmation acknowledgement",
            EventKind::Instruction => "instruction",
            EventKind::Cancellation => "cancellation",
            EventKind::Status => "status",
            EventKind::Settlement => "settlement",
            EventKind::Transport => "transport acknowledgement",
            EventKind::AllocationReportAcknowledgement => "allocation report acknowledgement",
            EventKind::AllocationAlert => "allocation alert",
            EventKind::ConfirmationCancellation => "cancellation of a confirmation",
            EventKind::ConfirmationRequest => "confirmation request",
            EventKind::Execution => "execution",
            EventKind::TradeCapture => "trade capture",
            EventKind::TradeCaptureAcknowledgement => "trade capture acknowledgement",
            EventKind::TradeCaptureRequest => "trade capture request",
            EventKind::TradeCaptureRequestAcknowledgement => "trade capture request acknowledgement",
            EventKind::InstructionDelivery => "settlement instruction delivery",
            EventKind::InstructionRequest => "settlement instruction request",
            EventKind::Obligations => "settlement obligations",
            EventKind::Rejection => "rejection",
            EventKind::TradeStatus => "trade status",
            EventKind::ProcessingChange => "processing change",
            EventKind::StatusRequest => "status request",
            EventKind::HoldingsStatement => "holdings statement",
            EventKind::TransactionsStatement => "transactions statement",
            EventKind::PendingStatement => "pending statement",
            EventKind::Penalties => "penalty report",
            EventKind::IntraPositionStatement => "intra-position statement",
            EventKind::Allegement => "allegement",
            EventKind::AllegementStatement => "allegement statement",
            EventKind::Modification => "modification request",
            EventKind::Generation => "generated transaction",
            EventKind::Withdrawal => "withdrawal of a message",
            EventKind::CounterpartyResponse => "answer of a counterparty",
            EventKind::IntraPosition => "intra-position movement",
            EventKind::AuditTrail => "audit trail",
            EventKind::PortfolioTransfer => "portfolio transfer",
            EventKind::BalanceTransparency => "balance transparency report",
        }
    }
}

impl Event {
    /// Which kind.
    pub fn kind(&self) -> EventKind {
        match self {
            Event::Allocation(_) => EventKind::Allocation,
            Event::AllocationAcknowledgement(_) => EventKind::AllocationAcknowledgement,
            Event::AllocationReport(_) => EventKind::AllocationReport,
            Event::Confirmation(_) => EventKind::Confirmation,
            Event::ConfirmationAcknowledgement(_) => EventKind::ConfirmationAcknowledgement,
            Event::Instruction(_) => EventKind::Instruction,
            Event::Cancellation(_) => EventKind::Cancellation,
            Event::Status(_) => EventKind::Status,
            Event::Settlement(_) => EventKind::Settlement,
            Event::Transport(_) => EventKind::Transport,
            Event::AllocationReportAcknowledgement(_) => EventKind::AllocationReportAcknowledgement,
            Event::AllocationAlert(_) => EventKind::AllocationAlert,
            Event::ConfirmationCancellation(_) => EventKind::ConfirmationCancellation,
            Event::ConfirmationRequest(_) => EventKind::ConfirmationRequest,
            Event::Execution(_) => EventKind::Execution,
            Event::TradeCapture(_) => EventKind::TradeCapture,
            Event::TradeCaptureAcknowledgement(_) => EventKind::TradeCaptureAcknowledgement,
            Event::TradeCaptureRequest(_) => EventKind::TradeCaptureRequest,
            Event::TradeCaptureRequestAcknowledgement(_) => EventKind::TradeCaptureRequestAcknowledgement,
            Event::InstructionDelivery(_) => EventKind::InstructionDelivery,
            Event::InstructionRequest(_) => EventKind::InstructionRequest,
            Event::Obligations(_) => EventKind::Obligations,
            Event::Rejection(_) => EventKind::Rejection,
            Event::TradeStatus(_) => EventKind::TradeStatus,
            Event::ProcessingChange(_) => EventKind::ProcessingChange,
            Event::StatusRequest(_) => EventKind::StatusRequest,
            Event::HoldingsStatement(_) => EventKind::HoldingsStatement,
            Event::TransactionsStatement(_) => EventKind::TransactionsStatement,
            Event::PendingStatement(_) => EventKind::PendingStatement,
            Event::Penalties(_) => EventKind::Penalties,
            Event::IntraPositionStatement(_) => EventKind::IntraPositionStatement,
            Event::Allegement(_) => EventKind::Allegement,
            Event::AllegementStatement(_) => EventKind::AllegementStatement,
            Event::Modification(_) => EventKind::Modification,
            Event::Generation(_) => EventKind::Generation,
            Event::Withdrawal(_) => EventKind::Withdrawal,
            Event::CounterpartyResponse(_) => EventKind::CounterpartyResponse,
            Event::IntraPosition(_) => EventKind::IntraPosition,
            Event::AuditTrail(_) => EventKind::AuditTrail,
            Event::PortfolioTransfer(_) => EventKind::PortfolioTransfer,
            Event::BalanceTransparency(_) => EventKind::BalanceTransparency,
        }
    }

    /// The message's own reference, by which a repetition is recognised.
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Event::Allocation(e) => Some(&e.id),
            Event::AllocationAcknowledgement(e) => Some(&e.allocation),
            Event::AllocationReport(e) => Some(&e.id),
            Event::Confirmation(e) => Some(&e.id),
            Event::ConfirmationAcknowledgement(e) => Some(&e.confirmation),
            Event::Instruction(e) => Some(&e.id),
            Event::Cancellation(e) => Some(&e.id),
            Event::Status(e) => e.id.as_ref(),
            Event::Settlement(e) => e.id.as_ref(),
            Event::Transport(e) => e.reference.as_ref(),
            Event::AllocationReportAcknowledgement(e) => Some(&e.report),
            Event::AllocationAlert(e) => Some(&e.id),
            Event::ConfirmationCancellation(e) => Some(&e.id),
            Event::ConfirmationRequest(e) => Some(&e.id),
            Event::Execution(e) => Some(&e.id),
            Event::TradeCapture(e) => Some(&e.id),
            Event::TradeCaptureAcknowledgement(e) => Some(&e.report),
            Event::TradeCaptureRequest(e) => Some(&e.id),
            Event::TradeCaptureRequestAcknowledgement(e) => Some(&e.request),
            Event::InstructionDelivery(e) => Some(&e.id),
            Event::InstructionRequest(e) => Some(&e.id),
            Event::Obligations(e) => Some(&e.id),
            Event::Rejection(e) => e.reference.as_ref(),
            Event::TradeStatus(e) => Some(&e.id),
            Event::ProcessingChange(e) => Some(&e.id),
            Event::StatusRequest(e) => Some(&e.id),
            Event::HoldingsStatement(e) => Some(&e.header.id),
            Event::TransactionsStatement(e) => Some(&e.header.id),
            Event::PendingStatement(e) => Some(&e.header.id),
            Event::Penalties(e) => Some(e.id()),
            Event::IntraPositionStatement(e) => Some(&e.header.id),
            Event::Allegement(e) => Some(&e.id),
            Event::AllegementStatement(e) => Some(&e.header.id),
            Event::Modification(e) => Some(&e.id),
            Event::Generation(e) => Some(&e.instruction.id),
            Event::Withdrawal(e) => Some(&e.id),
            Event::CounterpartyResponse(e) => e.id.as_ref().or(e.instruction.as_ref()),
            Event::IntraPosition(e) => e.id.as_ref().or(e.instruction.as_ref()),
            Event::AuditTrail(e) => e.id.as_ref().or(e.query.as_ref()).or(e.instruction.as_ref()),
            Event::PortfolioTransfer(e) => Some(&e.header.id),
            Event::BalanceTransparency(e) => Some(&e.id),
        }
    }

    /// Data beside the standard that the message as a whole carries.
    pub fn supplementary(&self) -> &[SupplementaryData] {
        match self {
            Event::Instruction(e) => e.more.as_ref().map_or(&[], |more| &more.supplementary),
            Event::Settlement(e) => e.more.as_ref().map_or(&[], |more| &more.supplementary),
            Event::Generation(e) => e.instruction.more.as_ref().map_or(&[], |more| &more.supplementary),
            Event::Status(e) => &e.supplementary,
            Event::Cancellation(e) => &e.supplementary,
            Event::ProcessingChange(e) => &e.supplementary,
            Event::StatusRequest(e) => &e.supplementary,
            Event::Withdrawal(e) => &e.supplementary,
            Event::CounterpartyResponse(e) => &e.supplementary,
            Event::IntraPosition(e) => &e.supplementary,
            Event::Confirmation(e) => &e.supplementary,
            Event::ConfirmationCancellation(e) => &e.supplementary,
            Event::ConfirmationAcknowledgement(e) => &e.supplementary,
            Event::TradeStatus(e) => &e.supplementary,
            Event::Allegement(e) => &e.supplementary,
            Event::Penalties(e) => &e.supplementary,
            Event::BalanceTransparency(e) => &e.supplementary,
            _ => &[],
        }
    }

    /// Data beside the standard that the records of a statement carry.
    pub(crate) fn supplementary_of_records(&self) -> Vec<&SupplementaryData> {
        match self {
            Event::HoldingsStatement(e) => {
                e.accounts.iter().flat_map(|a| &a.holdings).flat_map(|h| &h.supplementary).collect()
            }
            Event::TransactionsStatement(e) => {
                let instruments = e.accounts.iter().flat_map(|account| &account.instruments);
                instruments.flat_map(|one| &one.postings).flat_map(|one| &one.supplementary).collect()
            }
            Event::PendingStatement(e) => {
                e.transactions.iter().flat_map(|one| &one.transaction.supplementary).collect()
            }
            Event::AllegementStatement(e) => e.allegements.iter().flat_map(|t| &t.supplementary).collect(),
            Event::Allegement(e) => e.trade.supplementary.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Those of the message as a whole, to add to them; `None` where the event has no room for any.
    pub(crate) fn supplementary_mut(&mut self) -> Option<&mut Vec<SupplementaryData>> {
        Some(match self {
            Event::Instruction(e) => &mut e.more.get_or_insert_default().supplementary,
            Event::Settlement(e) => &mut e.more.get_or_insert_default().supplementary,
            Event::Generation(e) => &mut e.instruction.more.get_or_insert_default().supplementary,
            Event::Status(e) => &mut e.supplementary,
            Event::Cancellation(e) => &mut e.supplementary,
            Event::ProcessingChange(e) => &mut e.supplementary,
            Event::StatusRequest(e) => &mut e.supplementary,
            Event::Withdrawal(e) => &mut e.supplementary,
            Event::CounterpartyResponse(e) => &mut e.supplementary,
            Event::IntraPosition(e) => &mut e.supplementary,
            Event::Confirmation(e) => &mut e.supplementary,
            Event::ConfirmationCancellation(e) => &mut e.supplementary,
            Event::ConfirmationAcknowledgement(e) => &mut e.supplementary,
            Event::TradeStatus(e) => &mut e.supplementary,
            Event::Allegement(e) => &mut e.supplementary,
            Event::Penalties(e) => &mut e.supplementary,
            Event::BalanceTransparency(e) => &mut e.supplementary,
            _ => return None,
        })
    }
}
