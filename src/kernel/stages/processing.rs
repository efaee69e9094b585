//! Requests to the custodian about an instruction that stands: out, answered, asked after, given up.

use finality_parsers::desk::Wish;
use finality_parsers::model::{
    Change, ChangeRequest, ChangeStatus, Event, Function, PartialSettlement, ProcessingChange, Quantity,
    Reference, Status, StatusKind,
};
use rust_decimal::Decimal;

use super::follow::words;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::State;
use crate::outbox;
use crate::profile::Timing;
use crate::requests::{ProcessingFact, Requested, Standing};

impl Kernel {
    /// Why a wish cannot be brought to the custodian as things stand.
    pub(super) fn wish_obstacle(&self, id: u64, wish: &Wish) -> Option<String> {
        let Some(trade) = self.book.trades.get(&id) else { return Some("the trade is not known".to_owned()) };
        if matches!(wish, Wish::Priority(priority) if !(1..=4).contains(priority)) {
            return Some("a priority is a number from 1, the highest, to 4".to_owned());
        }
        let Some(instructed) = trade.instructed.as_deref().filter(|_| trade.state.may_be_recalled()) else {
            // Before it is out, only how it goes out can be said.
            let at_home = !trade.state.is_terminal() && trade.state != State::CancelRequested;
            return match wish {
                Wish::Hold | Wish::Release { quantity: None } if at_home => None,
                _ => Some(format!("the trade is {}", trade.state.label())),
            };
        };
        if !self.takes_changes(&instructed.custodian) {
            return Some(format!("the line of custodian {} carries no such request", instructed.custodian));
        }
        if let Wish::Release { quantity: Some(quantity) } = wish {
            let left = instructed.whole().saturating_sub(trade.settled);
            if *quantity <= Decimal::ZERO || *quantity > left {
                return Some(format!("{} are left to settle", left.normalize()));
            }
        }
        let same = trade.processing.open().find(|a| a.request.wish.is_about_the_same(wish));
        same.map(|a| format!("request {} ({}) is not answered yet", a.request.reference, a.request.wish))
    }

    /// Whether a custodian can be asked on its line.
    pub(super) fn takes_changes(&self, custodian: &str) -> bool {
        self.custodian_link(custodian).is_some_and(|link| outbox::can_ask_for_changes(&link))
    }

    /// Whether the next instruction of a trade goes out held: a person said so, else the reference data do.
    pub(super) fn goes_out_held(&self, id: u64) -> bool {
        let Some(trade) = self.book.trades.get(&id) else { return false };
        let by_account = || {
            let account = trade.terms().and_then(|t| t.account.as_ref());
            account.is_some_and(|a| self.book.profile.enrichment.on_hold.contains(a))
        };
        trade.processing.next_held.unwrap_or_else(by_account)
    }

    /// A person wants an instruction processed otherwise.
    pub(super) fn process(&mut self, id: u64, wish: &Wish, by: &str, why: &str) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let Some(instructed) = trade.instructed.clone().filter(|_| trade.state.may_be_recalled()) else {
            let (held, by, why) = (*wish == Wish::Hold, by.to_owned(), why.to_owned());
            self.processing(id, ProcessingFact::HeldBack { held, by, why });
            return;
        };
        let Some(link) = self.custodian_link(&instructed.custodian) else { return };
        let Some(account) = instructed.instruction.account.clone() else {
            let what = format!("the custodian cannot be asked to {wish} trade {id}: no account is known");
            self.decide(Fact::Noted { trade: Some(id), what });
            return;
        };
        let out = self.book.next_out;
        // One of the standards knows a request by the identifier of its transmission alone, so it is the same in both.
        let Ok(reference) = outbox::message_id(out).parse::<Reference>() else { return };
        let released = match wish {
            Wish::Release { quantity: Some(quantity) } => {
                Quantity::new(instructed.quantity.kind(), *quantity).ok()
            }
            _ => None,
        };
        let status = released.map(|quantity| ChangeStatus {
            instruction: Some(instructed.reference.clone()),
            quantity: Some(quantity),
            ..ChangeStatus::default()
        });
        let change = ProcessingChange {
            supplementary: Vec::new(),
            id: reference.clone(),
            function: Function::New,
            prepared: None,
            account_owner: instructed.instruction.account_owner.clone(),
            account,
            requests: vec![ChangeRequest {
                instructions: vec![("PREV".to_owned(), instructed.reference.clone())],
                changes: vec![change_of(wish)],
                linkages: Vec::new(),
            }],
            statuses: status.into_iter().collect(),
        };
        match outbox::write(&Event::ProcessingChange(Box::new(change)), &link, out, self.now) {
            Ok(encoded) => {
                let due =
                    Timing::in_minutes(self.now, self.book.profile.timing.acknowledgement_due_minutes.max(1));
                let request =
                    Requested { reference, out, wish: wish.clone(), by: by.to_owned(), why: why.to_owned() };
                self.queue(&link.name, encoded.message_type, encoded.bytes, Some(id), true);
                self.processing(id, ProcessingFact::Requested { request: Box::new(request), due });
            }
            Err(error) => {
                let what = format!("the custodian cannot be asked to {wish} trade {id}: {error}");
                self.decide(Fact::Noted { trade: Some(id), what });
            }
        }
    }

    fn processing(&mut self, trade: u64, what: ProcessingFact) {
        self.decide(Fact::Processing { trade, what: Box::new(what) });
    }

    /// The custodian says how far a request is.
    pub(super) fn request_status(&mut self, id: u64, reference: &Reference, status: &Status) {
        let standing = match &status.kind {
            StatusKind::Acknowledged | StatusKind::PendingProcessing => Standing::Accepted,
            StatusKind::ChangeCompleted => Standing::Completed,
            StatusKind::Rejected | StatusKind::ChangeDenied => Standing::Refused,
            _ => return,
        };
        let why = if status.reasons.is_empty() { String::new() } else { words(&status.reasons) };
        self.request_answered(id, reference, standing, &why);
    }

    /// A request was answered; what is answered for good is not answered otherwise later.
    pub(super) fn request_answered(&mut self, id: u64, reference: &Reference, standing: Standing, why: &str) {
        let asked = self.book.trades.get(&id).and_then(|t| t.processing.by_reference(reference)).cloned();
        let Some(asked) = asked else { return };
        if !asked.standing.is_open() || asked.standing == standing {
            let what = format!(
                "request {reference} is {}; it is now called {}",
                asked.standing.label(),
                standing.label()
            );
            self.decide(Fact::Noted { trade: Some(id), what });
            return;
        }
        if self.book.outbox.contains_key(&asked.request.out) {
            self.decide(Fact::Answered { out: asked.request.out });
        }
        let why = why.to_owned();
        self.processing(
            id,
            ProcessingFact::Answered { reference: reference.clone(), standing, why: why.clone() },
        );
        let wish = &asked.request.wish;
        let said = format!("the custodian {} the request to {wish}", standing.label());
        self.resolve_reason(id, ReasonCode::NoAcknowledgement, &said);
        match standing {
            Standing::Refused => {
                let why = if why.is_empty() { "no reason given" } else { &why };
                let detail = format!("the request to {wish} ({reference}) was refused: {why}");
                self.raise(id, ReasonCode::RequestRefused, detail);
            }
            Standing::Completed => {
                self.resolve_reason(id, ReasonCode::RequestRefused, &said);
                if matches!(wish, Wish::Release { .. }) {
                    self.resolve_reason(id, ReasonCode::OnHold, &said);
                }
            }
            _ => {}
        }
    }

    /// What is open is not waited for any more: the trade has ended, or was instructed anew.
    pub(crate) fn requests_overtaken(&mut self, id: u64, why: &str) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let open: Vec<(Reference, u64)> =
            trade.processing.open().map(|a| (a.request.reference.clone(), a.request.out)).collect();
        for (reference, out) in open {
            if self.book.outbox.contains_key(&out) {
                self.decide(Fact::Answered { out });
            }
            let standing = Standing::Overtaken;
            self.processing(id, ProcessingFact::Answered { reference, standing, why: why.to_owned() });
        }
    }

    /// A request was not answered in time: it goes out again, marked; then a person is asked.
    pub(crate) fn request_deadline(&mut self, id: u64, reference: &Reference) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let Some(asked) = trade.processing.by_reference(reference).filter(|a| a.standing.is_open()).cloned()
        else {
            return;
        };
        if trade.state.is_terminal() {
            self.requests_overtaken(id, "the trade has ended");
            return;
        }
        let timing = &self.book.profile.timing;
        let out = asked.request.out;
        let again = self.book.outbox.get(&out).is_some_and(|entry| entry.attempts <= timing.resend_max);
        let minutes = if again { timing.acknowledgement_due_minutes } else { timing.custodian_due_minutes };
        let next = Timing::in_minutes(self.now, minutes.max(1));
        self.processing(id, ProcessingFact::Overdue { reference: reference.clone(), next });
        if again {
            self.resend(out);
            return;
        }
        let wish = &asked.request.wish;
        let detail = format!("the request to {wish} ({reference}) is not answered since {}", asked.since);
        self.raise(id, ReasonCode::NoAcknowledgement, detail);
    }
}

fn change_of(wish: &Wish) -> Change {
    match wish {
        Wish::Hold => Change::Hold,
        Wish::Release { .. } => Change::Release,
        Wish::Priority(priority) => Change::Priority(*priority),
        Wish::Partial { allowed: true } => Change::Partial(PartialSettlement::Allowed),
        Wish::Partial { .. } => Change::Partial(PartialSettlement::NotAllowed),
    }
}
