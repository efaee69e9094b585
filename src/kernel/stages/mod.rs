//! What each kind of message, and each order, does to the trades: one file per stage of the lifecycle.

mod agreement;
mod alert;
mod alleged_client;
mod allegement;
mod allocation;
mod amendment;
mod approval;
mod authority;
mod block;
mod broker;
mod capture;
mod client;
mod command;
mod confirmation;
mod delivery;
mod desk;
mod follow;
mod fragments;
mod instruction;
mod order;
mod pairing;
mod processing;
mod question;
mod replacement;
mod report;
mod request;
mod settlement;
mod ssi;
mod statement;

use finality_parsers::model::{Event, EventKind, Reference, Refusal, Rejection, Withdrawn};

use crate::digest;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::seat::Does;

/// Whether a message is new.
pub(crate) enum Novelty {
    /// Not seen before.
    New,
    /// The same again; why it was refused then, if it was.
    Same(Option<Refusal>),
    /// Its reference came before with other content.
    Other,
}

impl Kernel {
    /// Acts on a message; `refused` says why its sender must hear that it is not taken. Says whether it was understood.
    pub(crate) fn event(&mut self, link: &str, event: Event, refused: Option<Refusal>) -> bool {
        let seat = self.book.profile.seat;
        let does = seat.does(event.kind());
        if does == Does::NotTaken {
            let (kind, seat) = (event.kind().name(), seat.name());
            let why =
                format!("a message of this kind ({kind}) is not taken in the seat {seat:?} (docs/seats.md)");
            self.dead_letter(link, ReasonCode::Unrelated, why);
            return false;
        }
        match seat.seen(event) {
            Event::AllocationReport(report) if does == Does::Allocates => {
                self.allocated_by_report(link, *report, refused)
            }
            Event::Instruction(instruction) if does == Does::Instructs => {
                self.client_instructs(link, *instruction, refused)
            }
            Event::Cancellation(request) if does == Does::Cancels => self.client_cancels(link, &request),
            Event::ProcessingChange(change) if does == Does::Changes => {
                self.client_changes(link, *change, refused)
            }
            Event::Modification(request) if does == Does::Amends => {
                self.client_amends(link, *request, refused)
            }
            Event::StatusRequest(question) if does == Does::Asks => {
                self.client_asks(link, *question, refused)
            }
            Event::ConfirmationAcknowledgement(answer) if does == Does::Answers => {
                self.confirmation_answered(link, &answer)
            }
            Event::Allocation(allocation) => self.allocation(link, allocation, refused),
            Event::Confirmation(confirmation) if !confirmation.market_side => {
                self.confirmation(link, confirmation, refused)
            }
            Event::ConfirmationCancellation(request) => self.confirmation_taken_back(link, *request),
            Event::AllocationReport(report) => self.allocation_report(link, *report, refused),
            Event::Status(advice) => self.status(link, *advice),
            Event::Settlement(settlement) => self.settlement(link, *settlement),
            Event::Transport(answer) => self.transport(link, &answer),
            Event::Execution(execution) => self.execution(link, execution),
            Event::TradeCapture(capture) => self.capture(link, capture, refused),
            Event::TradeCaptureRequest(request) => self.capture_request(link, &request, refused),
            Event::ConfirmationRequest(request) => self.confirmation_request(link, &request),
            Event::InstructionRequest(request) => self.instruction_request(link, &request, refused),
            Event::InstructionDelivery(delivery) => self.delivery(link, &delivery),
            Event::Rejection(rejection) => self.rejected(link, &rejection),
            told @ (Event::HoldingsStatement(_)
            | Event::TransactionsStatement(_)
            | Event::PendingStatement(_)
            | Event::IntraPositionStatement(_)
            | Event::Penalties(_)
            | Event::Allegement(_)
            | Event::AllegementStatement(_)) => self.told_by_servicer(link, &told),
            told @ (Event::AllocationAlert(_)
            | Event::Obligations(_)
            | Event::Confirmation(_)
            | Event::TradeStatus(_)
            | Event::ProcessingChange(_)
            | Event::StatusRequest(_)
            | Event::CounterpartyResponse(_)
            | Event::IntraPosition(_)
            | Event::AuditTrail(_)
            | Event::PortfolioTransfer(_)
            | Event::BalanceTransparency(_)
            | Event::Generation(_)) => {
                // Told, not asked, or of what is not followed here (the market side, orders, other people's
                // instructions): there is nothing to answer and nothing to do.
                let reference = told.reference().map_or("?", Reference::as_str);
                let what = format!("{} {reference} was told by {link}", told.kind().name());
                self.decide(Fact::Noted { trade: None, what });
                true
            }
            Event::Withdrawal(w)
                if w.kind == Withdrawn::Allegement && self.allegement_withdrawn(link, &w) =>
            {
                true
            }
            Event::Withdrawal(withdrawal) => {
                // What was done by that message is not undone by an advice that does not repeat it: a person looks.
                let why = format!(
                    "{link} takes its message {} back ({:?}) by {}: see what was done by it and undo it by hand",
                    withdrawal.withdraws, withdrawal.kind, withdrawal.id
                );
                self.dead_letter(link, ReasonCode::Unrelated, why);
                false
            }
            other @ (Event::AllocationAcknowledgement(_)
            | Event::ConfirmationAcknowledgement(_)
            | Event::AllocationReportAcknowledgement(_)
            | Event::TradeCaptureAcknowledgement(_)
            | Event::TradeCaptureRequestAcknowledgement(_)
            | Event::Instruction(_)
            | Event::Cancellation(_)
            | Event::Modification(_)) => {
                let why = format!(
                    "nothing is sent from here that a message of this kind ({}) could belong to",
                    other.kind().name()
                );
                self.dead_letter(link, ReasonCode::Unrelated, why);
                false
            }
        }
    }

    /// Whether a message is new, told by its reference and a digest of what it says.
    pub(crate) fn novelty(
        &self,
        link: &str,
        kind: EventKind,
        reference: &Reference,
        digest: u128,
    ) -> Novelty {
        match self.book.taken.get(link, &(kind, reference.clone())) {
            None => Novelty::New,
            Some(taken) if taken.digest == digest => Novelty::Same(taken.refused.as_deref().cloned()),
            Some(_) => Novelty::Other,
        }
    }

    /// Remembers a message.
    pub(crate) fn take(
        &mut self,
        link: &str,
        kind: EventKind,
        reference: &Reference,
        digest: u128,
        refusal: Option<&Refusal>,
    ) {
        self.decide(Fact::Taken {
            link: link.to_owned(),
            kind,
            reference: reference.clone(),
            digest,
            refused: refusal.map(|r| r.text().to_owned()),
            refusal: refusal.map(|r| Box::new(r.clone())),
        });
    }

    /// The other side did not take a message of ours.
    fn rejected(&mut self, link: &str, rejection: &Rejection) -> bool {
        let reference = rejection.reference.as_ref().map_or(String::new(), |r| format!(" {r}"));
        let kind = if rejection.message_type.is_empty() { "message" } else { &rejection.message_type };
        let field = rejection.field.map_or(String::new(), |f| format!(" at field {f}"));
        let detail = format!("our {kind}{reference} was rejected{field}: {}", rejection.text);
        let open = |e: &crate::exceptions::exception::Exception| {
            e.reason == ReasonCode::MessageRejected && e.link.as_deref() == Some(link) && e.detail == detail
        };
        if self.book.exceptions.values().any(open) {
            self.decide(Fact::Noted { trade: None, what: format!("again: {detail}") });
        } else {
            self.raise_on_link(link, false, ReasonCode::MessageRejected, detail);
        }
        true
    }

    /// Notes a repetition.
    pub(crate) fn repeated(&mut self, link: &str, reference: &Reference) {
        self.decide(Fact::Repeated { link: link.to_owned(), reference: reference.clone() });
    }

    /// Lays a message aside whose reference came before with other content.
    pub(crate) fn reused(&mut self, link: &str, kind: EventKind, reference: &Reference) -> String {
        let why = format!("{} {reference} came before with other content", kind.name());
        self.dead_letter(link, ReasonCode::ReferenceReused, why.clone());
        why
    }
}

/// The digest of an event, by a name that reads well at its callers.
pub(crate) fn digest_of(event: &Event) -> u128 {
    digest::of(event)
}
