//! From affirmed to instructed: complete the instruction, write it in the custodian's language, put it into the outbox;
//! and the way back, a cancellation.

use finality_parsers::desk::Stage;
use finality_parsers::model::{
    Amount, CancellationRequest, Event, InstructionFunction, Linkage, Quantity, Reference,
    SettlementInstruction,
};
use rust_decimal::Decimal;

use crate::enrichment::complete::{Complete, complete};
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::{State, Trigger};
use crate::lifecycle::trade::{Instructed, Trade};
use crate::outbox;

impl Kernel {
    /// Completes and sends the instruction, or raises what is missing.
    pub(crate) fn enrich(&mut self, id: u64) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let reference = instruction_reference(id, trade.instructions + 1);
        let ready = match self.passed_on(trade, &reference) {
            Some(passed_on) => Ok(passed_on),
            None => complete(trade, reference, &self.book.profile, &self.book.library),
        };
        match ready {
            Ok(mut complete) => {
                if only_the_rest(trade, &mut complete.instruction) {
                    self.instruct(id, complete);
                } else {
                    let what = "nothing is left of it to be instructed".to_owned();
                    self.decide(Fact::Noted { trade: Some(id), what });
                }
            }
            Err(incomplete) => {
                self.advance(id, Trigger::SsiIncomplete, "the instruction cannot be completed");
                self.raise(id, incomplete.reason, incomplete.detail);
            }
        }
    }

    fn instruct(&mut self, id: u64, complete: Complete) {
        let Complete { mut instruction, custodian, counterparty, ssi } = complete;
        let of_client = self.book.trades.get(&id).is_some_and(|t| t.client.is_some());
        if !of_client && self.goes_out_held(id) {
            instruction.function = InstructionFunction::PreAdvice;
        }
        let link = self.book.profile.custodian(&custodian).map(|c| c.link.clone());
        let Some(link) = link.and_then(|l| self.book.profile.link(&l).cloned()) else {
            self.advance(id, Trigger::SsiIncomplete, "the custodian has no link");
            self.raise(id, ReasonCode::SsiIncomplete, format!("custodian {custodian} has no link"));
            return;
        };
        let out = self.book.next_out;
        let event = Event::Instruction(Box::new(instruction.clone()));
        match outbox::write(&event, &link, out, self.now) {
            Ok(encoded) => {
                self.tell_stage(id, Stage::Enriched);
                let sent = instruction.clone();
                let instructed = Instructed {
                    reference: instruction.id.clone(),
                    custodian,
                    quantity: instruction.quantity,
                    before: self.book.trades.get(&id).map_or(Decimal::ZERO, |t| t.settled),
                    amount: instruction.amount,
                    settlement_date: instruction.settlement_date,
                    counterparty: Some(counterparty),
                    instruction,
                    takes_changes: outbox::can_ask_for_changes(&link),
                    ssi,
                };
                self.requests_carried(id);
                let former = self.of_former(id);
                self.decide(Fact::Instructed { trade: id, instructed: Box::new(instructed) });
                self.queue(&link.name, encoded.message_type, encoded.bytes, Some(id), true);
                self.advance(id, Trigger::Instruct, "the instruction went out");
                for exception in former {
                    self.resolve(exception, format!("instructed anew as {}", sent.id));
                }
                self.compare_chains(id);
                self.allegements_met(&link.name, id, &sent);
            }
            Err(error) => {
                self.advance(id, Trigger::SsiIncomplete, "the instruction cannot be written");
                self.raise(id, ReasonCode::NotWritable, error.to_string());
            }
        }
    }

    /// Has the custodian cancel what is out; what has not settled when that is done goes out anew.
    pub(super) fn rebook(&mut self, id: u64, by: &str, why: &str) {
        if !self.book.trades.get(&id).is_some_and(|t| t.state.may_be_recalled()) {
            return;
        }
        // First that it is to go out anew: what is open stays open until it does.
        self.decide(Fact::AnewOrdered { trade: id, by: by.to_owned(), why: why.to_owned() });
        self.recall(id, &format!("to be instructed anew, ordered by {by}: {why}"));
        if self.book.trades.get(&id).is_some_and(|t| t.anew && t.state != State::CancelRequested) {
            self.decide(Fact::AnewGivenUp {
                trade: id,
                why: "the custodian cannot be asked to cancel".to_owned(),
            });
        }
    }

    /// The open exceptions of a trade about the instruction whose place another takes, that could be about that one too.
    fn of_former(&self, id: u64) -> Vec<u64> {
        const ABOUT_ONE: [ReasonCode; 5] = [
            ReasonCode::SsiChanged,
            ReasonCode::ChainDiffers,
            ReasonCode::UnmatchedAtCsd,
            ReasonCode::CounterpartyInstructionMissing,
            ReasonCode::RequestRefused,
        ];
        let rebooked = self.book.trades.get(&id).filter(|t| t.is_rebooked());
        ABOUT_ONE
            .iter()
            .filter_map(|r| rebooked.and_then(|t| self.book.exception_for(t.id, *r)).map(|e| e.id))
            .collect()
    }

    /// The custodian cancelled an instruction: the trade ends with it, or goes out anew. Says whether it moved.
    pub(super) fn instruction_cancelled(&mut self, id: u64, why: &str) -> bool {
        let anew = self.book.trades.get(&id).is_some_and(|t| t.anew);
        if anew && self.book.trades.get(&id).is_some_and(|t| t.replaced) {
            self.resolve_reason(id, ReasonCode::NoAcknowledgement, why);
            return self.reopen(id, why);
        }
        if anew && self.advance(id, Trigger::Recalled, why) {
            self.resolve_reason(id, ReasonCode::NoAcknowledgement, why);
            self.amendment_due(id);
            self.enrich(id);
            return true;
        }
        self.advance(id, Trigger::StatusCancelled, why)
    }

    /// Cancels a trade: at once while nothing is out, else by asking the custodian.
    pub(crate) fn cancel(&mut self, id: u64, why: &str) {
        if self.advance(id, Trigger::Cancel, why) {
            return;
        }
        if self.book.trades.get(&id).is_some_and(|t| t.anew) {
            self.decide(Fact::AnewGivenUp { trade: id, why: why.to_owned() });
            return;
        }
        self.recall(id, why);
    }

    /// Asks the custodian to cancel what is out.
    fn recall(&mut self, id: u64, why: &str) {
        let Some(instructed) = self
            .book
            .trades
            .get(&id)
            .filter(|t| t.state.may_be_recalled())
            .and_then(|t| t.instructed.clone())
        else {
            let state = self.book.trades.get(&id).map_or("unknown", |t| t.state.label());
            self.decide(Fact::Noted {
                trade: Some(id),
                what: format!("cannot be cancelled: it is {state} ({why})"),
            });
            return;
        };
        let Some(link) = self.custodian_link(&instructed.custodian) else { return };
        let Some(reference) = cancellation_reference(&instructed.reference) else { return };
        let mut details = instructed.instruction.clone();
        details.id = reference.clone();
        // It names what it cancels, not what that took the place of.
        details.linkages.retain(|link| link.kind != FORMER);
        let request = CancellationRequest {
            id: reference,
            details: Some(Box::new(details)),
            ..CancellationRequest::of(instructed.reference.clone())
        };
        let out = self.book.next_out;
        match outbox::write(&Event::Cancellation(Box::new(request)), &link, out, self.now) {
            Ok(encoded) => {
                self.queue(&link.name, encoded.message_type, encoded.bytes, Some(id), true);
                self.advance(id, Trigger::CancelSent, why);
            }
            Err(error) => {
                self.advance(id, Trigger::CancelSent, why);
                let detail =
                    format!("the cancellation cannot be sent ({error}): tell the custodian by other means");
                self.raise(id, ReasonCode::NotWritable, detail);
            }
        }
    }

    pub(super) fn custodian_link(&self, custodian: &str) -> Option<crate::profile::LinkProfile> {
        let link = &self.book.profile.custodian(custodian)?.link;
        self.book.profile.link(link).cloned()
    }
}

/// Of a trade that settled in part under its former instruction, only the rest goes out; what takes the place of one
/// that was cancelled names it. Says whether anything is left.
fn only_the_rest(trade: &Trade, instruction: &mut SettlementInstruction) -> bool {
    let former = trade.instructed.as_deref().filter(|_| trade.settled > Decimal::ZERO);
    if let Some(former) = trade.instructed.as_deref().filter(|_| !trade.refused) {
        instruction.linkages.push(Linkage::new(FORMER, former.reference.clone()));
    }
    let Some(former) = former else { return true };
    let left = former.whole().saturating_sub(trade.settled);
    let Ok(rest) = Quantity::new(instruction.quantity.kind(), left) else { return false };
    // What the last instruction was for, and how much of that is left: parts are rounded once, not once each.
    let amount = former.amount.zip(left.checked_div(former.quantity.value()));
    instruction.quantity = rest;
    instruction.amount = amount.map(|(amount, share)| {
        let value = amount.value().saturating_mul(share).round_dp(amount.value().scale());
        Amount::new(amount.currency(), value)
    });
    !left.is_zero()
}

/// How an instruction names the one that it follows.
const FORMER: &str = "PREV";

/// Our reference: fits into 16 characters, tells the trade and the attempt, and never repeats.
fn instruction_reference(trade: u64, attempt: u32) -> Reference {
    format!("FI{trade:09}N{attempt}").parse().expect("upper-case letters and digits")
}

/// The reference of the request that cancels an instruction.
pub(super) fn cancellation_reference(instruction: &Reference) -> Option<Reference> {
    instruction.as_str().replacen('N', "C", 1).parse().ok()
}
