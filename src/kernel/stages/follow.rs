//! What comes back: the network's answer, and statuses.

use finality_parsers::model::{
    Event, EventKind, Reason, Reference, Status, StatusAdvice, StatusKind, TransportAcknowledgement,
};
use rust_decimal::Decimal;

use super::{Novelty, digest_of};
use crate::exceptions::reason::{self, ReasonCode};
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::{State, Trigger};
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
        if !self.may_answer(link, entry) {
            let why = format!(
                "{link} answers transmission {number}, which went out by {}: nothing was changed by that",
                entry.link
            );
            self.dead_letter(link, ReasonCode::WrongSender, why);
            return false;
        }
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
        let (trade, instruction) = match self.told_of_status(&advice) {
            Ok(found) => found,
            Err(why) => {
                self.dead_letter(link, ReasonCode::Unrelated, why);
                return false;
            }
        };
        if !self.may_report(link, trade, &instruction) {
            return self.reported_by_other(link, trade, "a status", &instruction);
        }
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
        let current = self.is_current(trade, &instruction);
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

    /// The trade that a reference of ours means, and its instruction or its request: also by the reference under which that was to be
    /// cancelled.
    pub(super) fn referred_to(&self, reference: &Reference) -> Option<(u64, Reference)> {
        let of = |reference: &Reference| self.book.by_instruction.get(reference).copied();
        let ours = of(reference).or_else(|| self.book.requests.trade(reference));
        ours.map(|trade| (trade, reference.clone())).or_else(|| {
            let original: Reference = reference.as_str().replacen('C', "N", 1).parse().ok()?;
            Some((of(&original)?, original))
        })
    }

    /// The trade that an advice is about, and which instruction of it. The answer to a cancellation may name that by our reference, or
    /// by the identifier of its message, and may name the instruction beside it.
    fn told_of_status(&self, advice: &StatusAdvice) -> Result<(u64, Reference), String> {
        let named = &advice.instruction;
        if !advice.cancellation {
            let unknown = || format!("a status of instruction {named}, which is not known");
            return self.referred_to(named).ok_or_else(unknown);
        }
        let request = self.book.requests.cancelled_by(named).or_else(|| self.referred_to(named));
        let beside = advice.linkages.iter().filter(|link| link.kind == "PREV");
        let beside = beside.map(|link| &link.reference).find_map(|reference| self.referred_to(reference));
        match (request, beside) {
            (Some((one, _)), Some((other, instruction))) if one != other => Err(format!(
                "it answers request {named} of trade {one}, and names instruction {instruction} of trade {other}"
            )),
            (Some(found), _) | (None, Some(found)) => Ok(found),
            (None, None) => Err(format!("an answer to cancellation {named}, which is not known")),
        }
    }

    /// Whether a reference is that of the trade's last instruction.
    pub(super) fn is_current(&self, trade: u64, reference: &Reference) -> bool {
        let instructed = self.book.trades.get(&trade).and_then(|t| t.instructed.as_deref());
        instructed.is_some_and(|i| i.reference == *reference)
    }

    /// Whoever speaks of an instruction has it.
    pub(super) fn answered(&mut self, trade: u64) {
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
        let known = self.book.trades.get(&trade).filter(|t| t.state == State::CancelRequested);
        let recalled = known.map(|t| (t.anew, t.replaced));
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
                if let Some(why) = recalled {
                    self.rejected_while_recalled(trade, why, status);
                }
            }
            Trigger::StatusUnmatched if !needs_time(&status.reasons) => {
                self.counterparty_instructed(trade);
                self.raise(trade, ReasonCode::UnmatchedAtCsd, detail);
                self.attribute(trade, ReasonCode::UnmatchedAtCsd, &status.reasons);
            }
            _ => {}
        }
    }

    /// What was to be cancelled is rejected, so that nothing is out: what the cancellation was for is done, or is not.
    fn rejected_while_recalled(&mut self, trade: u64, (anew, replaced): (bool, bool), status: &Status) {
        const WHY: &str = "it was to be cancelled, and the custodian has rejected it";
        match (anew, replaced) {
            (true, true) => {
                self.reopen(trade, WHY);
            }
            // To instruct again what was just rejected is for whoever mends it.
            (true, false) => self.amendment_denied(trade, std::slice::from_ref(status)),
            (false, _) => self.cancel(trade, WHY),
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
