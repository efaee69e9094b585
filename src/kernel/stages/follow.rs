//! What comes back: the network's answer, statuses, settlement.

use finality_parsers::model::{
    Amount, Event, EventKind, Movement, Reason, Reference, SettlementConfirmation, Status, StatusAdvice,
    StatusKind, TransportAcknowledgement,
};
use rust_decimal::Decimal;

use super::instruction::cancellation_reference;
use super::{Novelty, digest_of};
use crate::exceptions::reason::{self, ReasonCode};
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::{State, Trigger};
use crate::lifecycle::trade::Instructed;
use crate::outbox;
use crate::requests::Standing;

/// What a message to the custodian is for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Purpose {
    /// To settle.
    Instruction,
    /// To cancel what was instructed.
    Cancellation,
    /// To process it otherwise.
    Request(Reference),
    /// To confirm to the manager what he allocated.
    Confirmation,
}

/// That the securities moved for other money than was instructed: by more than depositories let pass between two sides.
fn other_money(instructed: Option<&Amount>, settlement: &SettlementConfirmation) -> Option<String> {
    /// What T2S lets pass at most, in its currency; a thousandth where that is more.
    const PASSED: Decimal = Decimal::from_parts(25, 0, 0, false, 0);
    let (ours, theirs) = (instructed?, settlement.amount.as_ref()?);
    let apart = (ours.value().abs() - theirs.value().abs()).abs();
    let passed = PASSED.max(ours.value().abs() / Decimal::ONE_THOUSAND);
    let same = ours.currency() == theirs.currency() && apart <= passed;
    (!same).then(|| format!("it settled for {theirs}, and {ours} was instructed"))
}

/// That it settled in an account that was not instructed. Accounts of ours are looked at before: this one nobody here knows, so
/// it may be the same by another name.
fn other_account(instructed: Option<&Instructed>, settlement: &SettlementConfirmation) -> Option<String> {
    let (ours, theirs) = (instructed?.instruction.account.as_ref()?, settlement.account.as_ref()?);
    (ours != theirs).then(|| format!("it settled in account {theirs}, and {ours} was instructed"))
}

impl Kernel {
    /// The network took or refused a transmission.
    pub(super) fn transport(&mut self, link: &str, answer: &TransportAcknowledgement) -> bool {
        let out = answer.reference.as_ref().and_then(|r| outbox::out_of(r.as_str()));
        let Some(number) = out.filter(|n| *n < self.book.next_out) else {
            let reference = answer.reference.as_ref().map_or("none", Reference::as_str);
            self.dead_letter(
                link,
                ReasonCode::Unrelated,
                format!("an answer to transmission {reference}, which is not ours"),
            );
            return false;
        };
        let Some(entry) = self.book.outbox.get(&number) else {
            self.decide(Fact::Noted {
                trade: None,
                what: format!("transmission {number} was answered again"),
            });
            return true;
        };
        let trade = entry.trade;
        // What belongs to a trade and awaits no answer is a confirmation of ours.
        let awaits = entry.awaits;
        let purpose = trade.map(|t| if awaits { self.purpose(t, number) } else { Purpose::Confirmation });
        self.decide(Fact::Answered { out: number });
        let (Some(trade), Some(purpose)) = (trade, purpose) else { return true };
        if answer.accepted {
            // Of a request only its receiver can say that it is done; that the network has it is known by now.
            if purpose == Purpose::Instruction {
                self.advance(trade, Trigger::NetworkAck, "the network took it");
            }
            return true;
        }
        let code = answer.error.as_deref().unwrap_or("no code");
        let line = answer.line.map_or(String::new(), |l| format!(" at line {l}"));
        let detail = format!("the network refused the message: {code}{line}");
        match purpose {
            Purpose::Request(reference) => {
                self.request_answered(trade, &reference, Standing::Refused, &detail, None);
                return true;
            }
            Purpose::Cancellation => {
                self.recall_refused(trade, &format!("the request to cancel: {detail}"));
                return true;
            }
            Purpose::Confirmation => {
                self.confirmation_not_delivered(trade, &detail);
                return true;
            }
            Purpose::Instruction => {}
        }
        if !self.advance(trade, Trigger::NetworkNak, "the network refused it") {
            self.raise(trade, ReasonCode::OutOfPlace, detail);
            return true;
        }
        self.raise(trade, ReasonCode::InstructionRejected, detail);
        true
    }

    /// What an entry of the outbox asks of the custodian.
    fn purpose(&self, trade: u64, out: u64) -> Purpose {
        let Some(trade) = self.book.trades.get(&trade) else { return Purpose::Instruction };
        match trade.processing.by_out(out) {
            Some(asked) => Purpose::Request(asked.request.reference.clone()),
            None if trade.recall.is_some_and(|r| r.out == Some(out)) => Purpose::Cancellation,
            None => Purpose::Instruction,
        }
    }

    /// The network did not take the cancellation: nobody has asked, so the trade goes back to where it stood.
    fn recall_refused(&mut self, id: u64, detail: &str) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        if let Some(recall) = trade.recall.filter(|_| trade.state == State::CancelRequested) {
            let stood = if trade.settled > Decimal::ZERO { State::PartiallySettled } else { recall.stood };
            self.back_to(id, stood, "the network refused the request to cancel");
        }
        self.amendment_denied(id, &[]);
        self.raise(id, ReasonCode::RequestRefused, detail.to_owned());
    }

    /// The custodian says how far an instruction is.
    pub(super) fn status(&mut self, link: &str, advice: StatusAdvice) -> bool {
        let event = Event::Status(Box::new(advice));
        let digest = digest_of(&event);
        let Event::Status(advice) = event else { unreachable!("made two lines above") };
        if advice.query.is_some() || advice.intra_position {
            // Neither is asked from here: what becomes of a question, or of a movement within a position, moves no trade.
            let of = if advice.intra_position {
                "tells of a movement within a position"
            } else {
                "answers a question"
            };
            let what = format!("{link} {of}, {}", advice.instruction);
            self.decide(Fact::Noted { trade: None, what });
            return true;
        }
        let Some(trade) = self.instructed_trade(&advice.instruction) else {
            let why = format!("a status of instruction {}, which is not known", advice.instruction);
            self.dead_letter(link, ReasonCode::Unrelated, why);
            return false;
        };
        if let Some(id) = &advice.id {
            match self.novelty(link, EventKind::Status, id, digest) {
                Novelty::Same(_) => {
                    self.repeated(link, id);
                    return true;
                }
                Novelty::Other => {
                    self.reused(link, EventKind::Status, id);
                    return false;
                }
                Novelty::New => self.take(link, EventKind::Status, id, digest, None),
            }
        }
        let current = self.is_current(trade, &advice.instruction);
        if current && !advice.modification {
            self.pass_on_status(trade, &advice);
            self.answered(trade);
            self.spoken_of(trade, false);
        }
        for status in &advice.statuses {
            self.decide(Fact::StatusNoted { trade, status: status.clone() });
            if advice.modification {
                // It answers a request to change the processing; the instruction itself stays as it is.
                self.request_status(trade, &advice.instruction, status);
                continue;
            }
            if !current {
                // The trade was instructed anew since: what becomes of the old instruction moves nothing.
                continue;
            }
            if advice.cancellation {
                self.cancellation_status(trade, status);
            } else {
                self.instruction_status(trade, status);
            }
        }
        true
    }

    /// The trade of an instruction reference, ours or that of a cancellation of ours.
    fn instructed_trade(&self, reference: &Reference) -> Option<u64> {
        let of_request = || self.book.requests.trade(reference);
        self.book.by_instruction.get(reference).copied().or_else(of_request).or_else(|| {
            let original: Reference = reference.as_str().replacen('C', "N", 1).parse().ok()?;
            self.book.by_instruction.get(&original).copied()
        })
    }

    /// Whether a reference is that of the trade's last instruction, or of its cancellation.
    fn is_current(&self, trade: u64, reference: &Reference) -> bool {
        let instructed = self.book.trades.get(&trade).and_then(|t| t.instructed.as_deref());
        instructed.is_some_and(|i| {
            i.reference == *reference || cancellation_reference(&i.reference).as_ref() == Some(reference)
        })
    }

    /// Whoever speaks of an instruction has it.
    fn answered(&mut self, trade: u64) {
        let Some(known) = self.book.trades.get(&trade) else { return };
        // What was asked about it meanwhile is answered apart.
        let of_request = |out: &&u64| known.processing.by_out(**out).is_some();
        let answered: Vec<u64> = known.awaited.iter().filter(|out| !of_request(out)).copied().collect();
        for out in answered {
            self.decide(Fact::Answered { out });
        }
    }

    fn instruction_status(&mut self, trade: u64, status: &Status) {
        let trigger = match &status.kind {
            StatusKind::Acknowledged => Trigger::StatusAcknowledged,
            StatusKind::Unmatched | StatusKind::InferredUnmatched => Trigger::StatusUnmatched,
            StatusKind::Matched => Trigger::StatusMatched,
            StatusKind::Pending => Trigger::StatusPending,
            StatusKind::Failing => Trigger::StatusFailing,
            StatusKind::Rejected => Trigger::StatusRejected,
            StatusKind::Cancelled => Trigger::StatusCancelled,
            StatusKind::CancellationDenied => Trigger::CancelDenied,
            StatusKind::PendingProcessing
            | StatusKind::Repair
            | StatusKind::PendingCancellation
            | StatusKind::CancellationRequested
            | StatusKind::ModificationRequested
            | StatusKind::ChangeDenied
            | StatusKind::ChangeCompleted
            | StatusKind::InferredMatched
            | StatusKind::Proprietary { .. } => return,
        };
        let said = format!("the custodian says {:?}", status.kind);
        let moved = match trigger {
            Trigger::StatusCancelled => self.instruction_cancelled(trade, &said),
            _ => self.advance(trade, trigger, &said),
        };
        if !moved {
            // A status that overtook another, or came after the end: the journal keeps it, the trade stays.
            return;
        }
        self.client_may_ask(trade, status);
        let detail = words(&status.reasons);
        match trigger {
            Trigger::StatusPending | Trigger::StatusFailing => {
                self.not_settled(trade, &status.reasons, detail)
            }
            Trigger::StatusRejected => {
                self.raise(trade, ReasonCode::InstructionRejected, detail);
                self.attribute(trade, ReasonCode::InstructionRejected, &status.reasons);
            }
            Trigger::StatusUnmatched if !needs_time(&status.reasons) => {
                self.counterparty_instructed(trade);
                self.raise(trade, ReasonCode::UnmatchedAtCsd, detail);
                self.attribute(trade, ReasonCode::UnmatchedAtCsd, &status.reasons);
            }
            _ => {}
        }
    }

    /// The counterparty's instruction is there after all.
    pub(super) fn counterparty_instructed(&mut self, trade: u64) {
        let why = "the counterparty has instructed, and says something else";
        self.resolve_reason(trade, ReasonCode::CounterpartyInstructionMissing, why);
    }

    /// Raises why it did not settle, and resolves what it was thought to be before.
    fn not_settled(&mut self, trade: u64, reasons: &[Reason], detail: String) {
        let now = reason::of_status(reasons);
        let failing = self.book.trades.get(&trade).is_some_and(|t| t.state == State::Failing);
        let now = now.or(failing.then_some(ReasonCode::NotSettledInTime));
        let open: Vec<u64> = self.book.trades.get(&trade).map(|t| t.exceptions.clone()).unwrap_or_default();
        for exception in open {
            let code = self.book.exceptions.get(&exception).map(|e| e.reason);
            let of_settlement = code.is_some_and(|c| c.row().holds_in.contains(&State::Pending));
            if of_settlement && code != now {
                self.resolve(exception, format!("the custodian now says: {detail}"));
            }
        }
        if let Some(code) = now {
            self.raise(trade, code, detail);
            self.attribute(trade, code, reasons);
        }
    }

    fn cancellation_status(&mut self, trade: u64, status: &Status) {
        let trigger = match &status.kind {
            StatusKind::Cancelled => Trigger::StatusCancelled,
            StatusKind::Rejected | StatusKind::CancellationDenied => Trigger::CancelDenied,
            _ => return,
        };
        let denied = trigger == Trigger::CancelDenied;
        let said = format!("the custodian says {:?}", status.kind);
        if !denied {
            self.instruction_cancelled(trade, &said);
            return;
        }
        let anew = self.book.trades.get(&trade).is_some_and(|t| t.anew);
        if self.advance(trade, trigger, &said) {
            self.amendment_denied(trade, std::slice::from_ref(status));
            let not = if anew { "; nothing is instructed anew" } else { "" };
            let detail = format!("the cancellation was refused: {}{not}", words(&status.reasons));
            self.raise(trade, ReasonCode::OutOfPlace, detail);
        }
    }

    /// It settled, wholly or in part.
    pub(super) fn settlement(&mut self, link: &str, settlement: SettlementConfirmation) -> bool {
        let event = Event::Settlement(Box::new(settlement));
        let digest = digest_of(&event);
        let Event::Settlement(settlement) = event else { unreachable!("made two lines above") };
        let Some(trade) = self.instructed_trade(&settlement.instruction) else {
            let why = format!("a settlement of instruction {}, which is not known", settlement.instruction);
            self.dead_letter(link, ReasonCode::Unrelated, why);
            return false;
        };
        // A confirmation without a reference of its own is told by the instruction and what had settled before.
        let before = settlement.previously_settled.map_or(Decimal::ZERO, |q| q.value()).normalize();
        let Some(id) =
            settlement.id.clone().or_else(|| format!("{}@{before}", settlement.instruction).parse().ok())
        else {
            self.dead_letter(
                link,
                ReasonCode::Unrelated,
                "a settlement that cannot be told from another".to_owned(),
            );
            return false;
        };
        match self.novelty(link, EventKind::Settlement, &id, digest) {
            Novelty::Same(_) => {
                self.repeated(link, &id);
                return true;
            }
            Novelty::Other => {
                self.reused(link, EventKind::Settlement, &id);
                return false;
            }
            Novelty::New => {}
        }
        let current = self.is_current(trade, &settlement.instruction);
        // One of something else is not taken as said: the right one may still come, under the same reference.
        if current && let Some(detail) = self.settles_something_else(trade, &settlement) {
            self.raise(trade, ReasonCode::OutOfPlace, detail);
            return true;
        }
        self.take(link, EventKind::Settlement, &id, digest, None);
        if !current {
            let detail =
                format!("instruction {} settled, but another took its place", settlement.instruction);
            self.raise(trade, ReasonCode::OutOfPlace, detail);
            return true;
        }
        self.answered(trade);
        self.spoken_of(trade, true);
        if settlement.reversal {
            self.reversal(trade, &settlement);
        } else {
            self.settled(trade, &settlement);
        }
        true
    }

    /// What a confirmation says otherwise than what was instructed, where that cannot be the settlement of it.
    fn settles_something_else(&self, trade: u64, settlement: &SettlementConfirmation) -> Option<String> {
        let known = self.book.trades.get(&trade)?;
        let instructed = known.instructed.as_ref()?;
        let ours = &instructed.instruction;
        let other = |what: &str, theirs: &str, ours: &str| {
            Some(format!(
                "it confirms {what} {theirs}, and {ours} was instructed: nothing is settled by that"
            ))
        };
        if settlement.movement != ours.movement {
            let word = |movement| if movement == Movement::Receive { "a receipt" } else { "a delivery" };
            return other("as", word(settlement.movement), word(ours.movement));
        }
        if let (Some(theirs), Some(ours)) = (settlement.instrument.isin, ours.instrument.isin)
            && theirs != ours
        {
            return other("instrument", theirs.as_str(), ours.as_str());
        }
        if let (Some(theirs), Some(account)) = (&settlement.account, &ours.account)
            && theirs != account
            && self.book.profile.accounts.iter().any(|known| known.safekeeping == *theirs)
        {
            return other("in account", theirs.as_str(), account.as_str());
        }
        let total = known.settled.saturating_add(settlement.settled.value());
        if !settlement.reversal && total > instructed.whole() {
            return other("in all", &total.to_string(), &instructed.whole().to_string());
        }
        None
    }

    fn settled(&mut self, trade: u64, settlement: &SettlementConfirmation) {
        let Some(known) = self.book.trades.get(&trade) else { return };
        let instructed = known.instructed.as_ref().map_or(Decimal::ZERO, |i| i.whole());
        let of_client = known.client.as_deref().is_some_and(|client| client.amends.is_some());
        // That his request came too late is the client's affair; he hears it.
        let (anew, replaced) = (known.anew && !of_client, known.replaced);
        let total = known.settled.saturating_add(settlement.settled.value());
        let money = other_money(known.instructed.as_ref().and_then(|i| i.amount.as_ref()), settlement)
            .filter(|_| total == instructed && known.settled.is_zero());
        let account = other_account(known.instructed.as_deref(), settlement);
        // The sum decides, not the mark of the part: the last part may come before the first.
        let trigger = if total == instructed { Trigger::AllSettled } else { Trigger::PartSettled };
        self.decide(Fact::QuantitySettled {
            trade,
            quantity: settlement.settled,
            amount: settlement.amount,
            day: settlement.effective_date,
            reversal: false,
        });
        self.pass_on_settlement(trade, settlement);
        if let Some(detail) = money.into_iter().chain(account).reduce(|one, other| format!("{one}; {other}"))
        {
            self.raise(trade, ReasonCode::OutOfPlace, detail);
        }
        if !self.advance(trade, trigger, "the custodian confirmed the settlement") {
            let state = self.book.trades.get(&trade).map_or("unknown", |t| t.state.label());
            self.raise(
                trade,
                ReasonCode::OutOfPlace,
                format!("a settlement was confirmed while the trade is {state}"),
            );
        } else if replaced {
            self.replacement_overtaken(trade);
        } else if anew && trigger == Trigger::AllSettled {
            let detail = "it settled while it was to be cancelled and instructed anew".to_owned();
            self.raise(trade, ReasonCode::SettledAsBefore, detail);
        }
    }

    fn reversal(&mut self, trade: u64, settlement: &SettlementConfirmation) {
        let settled = self.book.trades.get(&trade).map_or(Decimal::ZERO, |t| t.settled);
        let reversed = settlement.settled.value();
        if reversed > settled {
            let detail = format!("{reversed} was taken back, but {settled} has settled");
            self.raise(trade, ReasonCode::OutOfPlace, detail);
            return;
        }
        self.decide(Fact::QuantitySettled {
            trade,
            quantity: settlement.settled,
            amount: settlement.amount,
            day: settlement.effective_date,
            reversal: true,
        });
        self.pass_on_settlement(trade, settlement);
        self.advance(trade, Trigger::SettlementReversed, "the custodian took a settlement back");
        self.raise(trade, ReasonCode::OutOfPlace, "the custodian took a settlement back".to_owned());
    }
}

/// An unmatched status that only says that the other side has not instructed yet is no exception until its deadline.
fn needs_time(reasons: &[Reason]) -> bool {
    const NOT_YET: &[&str] = &["CMIS", "NMAT", "NMAS", "UNBR"];
    reasons.is_empty() || reasons.iter().all(|r| NOT_YET.contains(&r.code.as_str()))
}

pub(super) fn words(reasons: &[Reason]) -> String {
    if reasons.is_empty() {
        return "no reason given".to_owned();
    }
    let one = |r: &Reason| match &r.text {
        Some(text) => format!("{} ({text})", r.code),
        None => r.code.clone(),
    };
    reasons.iter().map(one).collect::<Vec<_>>().join(", ")
}
