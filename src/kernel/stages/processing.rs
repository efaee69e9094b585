//! Requests to the custodian about an instruction that stands: out, answered, asked after, given up.

use finality_parsers::desk::Wish;
use finality_parsers::model::{
    Change, ChangeRequest, ChangeStatus, Event, Function, PartialSettlement, ProcessingChange, Quantity,
    Reason, Reference, Status, StatusKind,
};
use rust_decimal::Decimal;

use super::follow::words;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::State;
use crate::lifecycle::trade::Trade;
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
        trade.processing.next_held.unwrap_or_else(|| self.on_hold_by_account(trade))
    }

    /// Whether the reference data have the instructions of its account go out held.
    pub(super) fn on_hold_by_account(&self, trade: &Trade) -> bool {
        let account = trade.terms().and_then(|t| t.account.as_ref());
        account.is_some_and(|a| self.book.profile.enrichment.on_hold.contains(a))
    }

    /// A person wants an instruction processed otherwise.
    pub(super) fn process(&mut self, id: u64, wish: &Wish, by: &str, why: &str) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        if trade.instructed.is_none() || !trade.state.may_be_recalled() {
            self.hold_back(id, *wish == Wish::Hold, by, why);
        } else if let Err(error) = self.ask(id, wish, None, by, why) {
            let what = format!("the custodian cannot be asked to {wish} trade {id}: {error}");
            self.decide(Fact::Noted { trade: Some(id), what });
        }
    }

    /// The next instruction of a trade goes out held, or not.
    pub(super) fn hold_back(&mut self, id: u64, held: bool, by: &str, why: &str) {
        self.processing(id, ProcessingFact::HeldBack { held, by: by.to_owned(), why: why.to_owned() });
    }

    /// Asks the custodian; `client` is the command of a client that is passed on so.
    pub(super) fn ask(
        &mut self,
        id: u64,
        wish: &Wish,
        client: Option<&Reference>,
        by: &str,
        why: &str,
    ) -> Result<(), String> {
        let instructed = self.book.trades.get(&id).and_then(|t| t.instructed.clone());
        let instructed = instructed.ok_or("it is not instructed")?;
        let link = self.custodian_link(&instructed.custodian).ok_or("the custodian has no link")?;
        let account = instructed.instruction.account.clone().ok_or("no account is known")?;
        let out = self.book.next_out;
        // One of the standards knows a request by the identifier of its transmission alone, so it is the same in both.
        let reference: Reference =
            outbox::message_id(out).parse().map_err(|_| "it has no reference".to_owned())?;
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
        let written = outbox::write(&Event::ProcessingChange(Box::new(change)), &link, out, self.now);
        let encoded = written.map_err(|error| error.to_string())?;
        let due = Timing::in_minutes(self.now, self.book.profile.timing.acknowledgement_due_minutes.max(1));
        let request = Requested {
            reference,
            out,
            wish: wish.clone(),
            by: by.to_owned(),
            why: why.to_owned(),
            client: client.cloned(),
        };
        self.queue(&link.name, encoded.message_type, encoded.bytes, Some(id), true);
        self.processing(id, ProcessingFact::Requested { request: Box::new(request), due });
        Ok(())
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
        let asked = self.book.trades.get(&id).and_then(|t| t.processing.by_reference(reference));
        let of_client = asked.filter(|a| a.standing.is_open() && a.request.client.is_some());
        let wish = of_client.map(|a| a.request.wish.clone());
        self.request_answered(id, reference, standing, &why, Some(&status.reasons));
        // Denied is what the client wants; what is rejected is our message.
        if let (Some(wish), StatusKind::Rejected) = (wish, &status.kind) {
            let why = words(&status.reasons);
            let detail = format!("the request to {wish} ({reference}) of a client was rejected: {why}");
            self.raise(id, ReasonCode::RequestRefused, detail);
        }
    }

    /// A request was answered; what is answered for good is not answered otherwise later, but that what was refused is done
    /// after all: the depository does what it says last, and in whichever order both arrive. Without `reasons` the network did.
    pub(super) fn request_answered(
        &mut self,
        id: u64,
        reference: &Reference,
        standing: Standing,
        why: &str,
        reasons: Option<&[Reason]>,
    ) {
        let asked = self.book.trades.get(&id).and_then(|t| t.processing.by_reference(reference)).cloned();
        let Some(asked) = asked else { return };
        let after_all = (asked.standing, standing) == (Standing::Refused, Standing::Completed);
        if !(asked.standing.is_open() || after_all) || asked.standing == standing {
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
        self.request_stands(id, reference, standing, why, reasons.unwrap_or_default());
        let wish = &asked.request.wish;
        let said = format!("the custodian {} the request to {wish}", standing.label());
        self.resolve_reason(id, ReasonCode::NoAcknowledgement, &said);
        match standing {
            // What the depository refuses a client is his affair; what the network refuses is ours.
            Standing::Refused if asked.request.client.is_some() && reasons.is_some() => {}
            Standing::Refused => {
                let why = if why.is_empty() { "no reason given" } else { why };
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
            self.request_stands(id, &reference, Standing::Overtaken, why, &[]);
        }
    }

    fn request_stands(
        &mut self,
        id: u64,
        reference: &Reference,
        standing: Standing,
        why: &str,
        reasons: &[Reason],
    ) {
        let (reference, why) = (reference.clone(), why.to_owned());
        let asked = self.book.trades.get(&id).and_then(|t| t.processing.by_reference(&reference));
        let command = asked.and_then(|asked| asked.request.client.clone());
        let before = command.as_ref().and_then(|command| self.outcome_of(id, command));
        let reasons = reasons.to_vec();
        self.processing(id, ProcessingFact::Answered { reference, standing, why, reasons });
        if let (Some(command), Some(before)) = (command, before) {
            self.client_hears_of_command(id, &command, &before);
        }
    }

    /// Another instruction takes the place of one: what was asked of that is not waited for any more. A client's goes out as he
    /// asked, so what he asked is done.
    pub(super) fn requests_carried(&mut self, id: u64) {
        const WHY: &str = "the trade was instructed anew";
        let Some(trade) = self.book.trades.get(&id) else { return };
        if trade.client.is_none() {
            self.requests_overtaken(id, WHY);
            return;
        }
        let open: Vec<(Reference, Wish)> =
            trade.processing.open().map(|a| (a.request.reference.clone(), a.request.wish.clone())).collect();
        for (reference, wish) in open {
            if !matches!(wish, Wish::Release { quantity: Some(_) }) {
                self.request_answered(id, &reference, Standing::Completed, WHY, Some(&[]));
                continue;
            }
            // An instruction has no place for a part that is released.
            let reason = Reason { code: "NARR".to_owned(), issuer: None, text: Some(NOT_A_PART.to_owned()) };
            self.request_answered(id, &reference, Standing::Refused, WHY, Some(&[reason]));
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

const NOT_A_PART: &str = "it was instructed anew before the part was released: ask again";

fn change_of(wish: &Wish) -> Change {
    match wish {
        Wish::Hold => Change::Hold,
        Wish::Release { .. } => Change::Release,
        Wish::Priority(priority) => Change::Priority(*priority),
        Wish::Partial { allowed: true } => Change::Partial(PartialSettlement::Allowed),
        Wish::Partial { .. } => Change::Partial(PartialSettlement::NotAllowed),
    }
}
