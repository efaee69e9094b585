//! The normalized model: what a parser yields and what an encoder takes, one vocabulary for FIX, MT and MX.
//!
//! It knows no protocol: no tag, no XML path, no FIX number. Raw bytes and [`Provenance`] travel beside it. Values are
//! parsed once, at the edge: an [`Isin`] that exists is a valid one.

mod allegement;
mod allocation;
mod amount;
mod attribution;
mod audit_trail;
mod bic;
mod calendar;
mod cancellation;
mod cause;
mod confirmation;
mod counterparty;
mod currency;
mod date;
mod delivery;
mod detail;
mod event;
mod execution;
pub(crate) mod further;
mod generation;
mod holdings;
mod instruction;
mod instrument;
mod intra_position;
mod isin;
mod lei;
mod modification;
pub mod pages;
mod party;
mod penalty;
mod portfolio;
mod price;
mod processing;
mod provenance;
mod quantity;
mod reference;
mod refusal;
mod request;
mod settlement;
mod ssi;
mod ssi_record;
mod statement;
mod status;
mod trade_status;
mod transactions;
mod transparency;
mod value;
mod withdrawal;

pub use allegement::{
    AllegedTrade, Allegement, AllegementFunction, AllegementStatement, CashParty, Conversion,
};
pub use allocation::{
    Allocation, AllocationAcknowledgement, AllocationInstruction, AllocationPurpose, AllocationReject,
    AllocationReport, AllocationReportAcknowledgement, AllocationStatus, Charge, Fee, FeeKind, Fragment,
    Function, Side,
};
pub use amount::{Amount, AmountError};
pub use attribution::Attribution;
pub use audit_trail::{AuditTrail, TrailEntry};
pub use bic::Bic;
pub use calendar::{Calendar, Market, SettlementCycle};
pub use cancellation::{CancellationRequest, Cancelled};
pub use cause::Cause;
pub use confirmation::{
    AffirmationStatus, ConfirmationAcknowledgement, ConfirmationCancellation, ConfirmationKind,
    ConfirmationRequest, ConfirmationStatus, TradeConfirmation,
};
pub use counterparty::{CounterpartyAnswer, CounterpartyResponse};
pub use currency::Currency;
pub use date::BusinessDate;
pub use delivery::{
    DatabaseEntry, DeliveredInstruction, DeliveryMode, Obligation, ObligationDetail, ObligationMode,
    SettlementInstructionDelivery, SettlementInstructionRequest, SettlementObligations,
};
pub use detail::{
    Balance, Detail, DetailValue, ExchangeRate, Lot, Moment, Numbered, PartyDetails, Period, Place,
    PriceBasis, StatedAccount, StatedPrice,
};
pub(crate) use detail::{ISSUER_SIGNS, SCHEME};
pub use event::{Event, EventKind, TransportAcknowledgement};
pub use execution::{
    CaptureFunction, CaptureRequestStatus, CaptureStatus, CapturedShare, CapturedSide, ExecutionKind,
    ExecutionReport, Fill, TradeCapture, TradeCaptureAcknowledgement, TradeCaptureRequest,
    TradeCaptureRequestAcknowledgement,
};
pub(crate) use further::Terms;
pub use further::{FurtherDetails, SupplementaryData};
pub use generation::GeneratedTransaction;
pub use holdings::{AccountHoldings, Holding, HoldingsStatement, SubAccount, SubBalance};
pub use instruction::{
    AmountKind, InstructionFunction, Linkage, Movement, OtherAmount, PartialSettlement, Payment,
    SettlementInstruction,
};
pub use instrument::{Instrument, OtherIdentifier};
pub use intra_position::IntraPositionChange;
pub use isin::Isin;
pub use lei::Lei;
pub use modification::{InstructionUpdate, ModificationRequest, UpdateKind};
pub use party::{Account, Party, PartyId, PartyRole, RoleParty, SettlementChain};
pub use penalty::{
    CounterpartyPenalties, CurrencyPenalties, Penalty, PenaltyDay, PenaltyKind, PenaltyList, PenaltyMethod,
    PenaltyReport, PenaltySource, RelatedTransaction,
};
pub use portfolio::{PortfolioTransfer, TransferredPosition};
pub use price::{Price, PriceKind};
pub use processing::{Change, ChangeRequest, ChangeStatus, ProcessingChange};
pub use provenance::{Direction, Provenance};
pub use quantity::{Quantity, QuantityKind};
pub use reference::Reference;
pub use refusal::{Fault, Refusal, Rejection};
pub use request::{RequestPeriod, StatusFilter, StatusRequest};
pub use settlement::{PartialKind, SettlementConfirmation};
pub use ssi::StandingInstruction;
pub use ssi_record::{AccountGroup, SecurityType, SettlementMethod, SsiFault, SsiId, SsiRecord, SsiSource};
pub use statement::{Continuation, Covers, Page, StatementFunction, StatementHeader};
pub use status::{Queried, Reason, Status, StatusAdvice, StatusKind, TransactionDetails};
pub use trade_status::{CodedStatus, StatusOf, TradeDetails, TradeStatus};
pub use transactions::{
    AccountTransactions, InstrumentPositions, InstrumentTransactions, IntraPositionMovement,
    IntraPositionStatement, IntraPositions, ListedTransaction, PendingOrder, PendingStatement,
    PendingTransaction, TransactionFacts, TransactionsStatement,
};
pub use transparency::{
    BalancePart, BalanceTransparency, BeneficialOwner, DayBalance, PartQuantity, QuotedPrice,
    TransparencyAgent, TransparentAccount, TransparentBalances, TransparentInstrument,
};
pub use value::ValueError;
pub use withdrawal::{Withdrawal, Withdrawn};
