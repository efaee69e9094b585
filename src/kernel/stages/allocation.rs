//! The manager's side: a block is split over accounts; each share becomes a trade, or meets the one that its
//! confirmation has opened.

use finality_parsers::desk::Stage;
use finality_parsers::model::{
    Allocation, AllocationAcknowledgement, AllocationInstruction, AllocationReject, AllocationStatus, Event,
    EventKind, Function, PartyId, PartyRole, Reference, Refusal, RoleParty,
};

use super::block::earlier;
use super::pairing::Newcomer;
use super::replacement::Room;
use super::{Novelty, digest_of};
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::{State, Trigger};
use crate::lifecycle::trade::{Asker, PairedBy, Share, Terms, sum_of};
use crate::outbox;

/// Reasons of refusal, as the protocol's table numbers them.
const UNKNOWN_ACCOUNT: &str = "0";
pub(super) const OTHER: &str = "7";
pub(super) const MISMATCHED_DATA: &str = "11";

impl Kernel {
    pub(super) fn allocation(
        &mut self,
        link: &str,
        allocation: Box<AllocationInstruction>,
        refused: Option<Refusal>,
    ) -> bool {
        if allocation.fragment.is_some() {
            return self.fragment(link, allocation, refused);
        }
        self.whole_allocation(link, allocation, refused)
    }

    /// An allocation that is all there: it came in one message, or its parts have been joined.
    pub(super) fn whole_allocation(
        &mut self,
        link: &str,
        allocation: Box<AllocationInstruction>,
        refused: Option<Refusal>,
    ) -> bool {
        let event = Event::Allocation(allocation);
        let digest = digest_of(&event);
        let Event::Allocation(allocation) = event else { unreachable!("made two lines above") };
        let reference = allocation.id.clone();
        match self.novelty(link, EventKind::Allocation, &reference, digest) {
            Novelty::Same(refused) => {
                self.repeated(link, &reference);
                let mut rejects = Vec::new();
                if refused.is_none() {
                    rejects = self.unknown_accounts(&allocation);
                    rejects.extend(self.came_too_late(link, &allocation));
                }
                self.answer_allocation(link, &allocation, refused.as_ref(), rejects);
                return true;
            }
            Novelty::Other => {
                let text = self.reused(link, EventKind::Allocation, &reference);
                let refusal = Refusal::Whole { reason: MISMATCHED_DATA.to_owned(), text };
                self.answer_allocation(link, &allocation, Some(&refusal), Vec::new());
                return false;
            }
            Novelty::New => {}
        }
        let inadmissible = || {
            let text = self.inadmissible(link, &allocation)?;
            Some(Refusal::Whole { reason: OTHER.to_owned(), text })
        };
        let refused = refused.or_else(inadmissible);
        self.take(link, EventKind::Allocation, &reference, digest, refused.as_ref());
        if let Some(refusal) = refused {
            let detail = format!("allocation {reference} refused: {}", refusal.text());
            self.raise_on_link(link, true, ReasonCode::Unreadable, detail);
            self.answer_allocation(link, &allocation, Some(&refusal), Vec::new());
            return true;
        }
        let previous = earlier(&allocation);
        let mut replaced = Vec::new();
        if let Some(previous) = &previous {
            replaced =
                self.book.by_block.get(previous).map(|set| set.iter().copied().collect()).unwrap_or_default();
            self.drop_fragments(link, previous, "it is replaced or taken back");
        }
        if matches!(allocation.function, Function::Cancel(_)) {
            for trade in replaced {
                self.withdraw_allocation(trade, &format!("allocation {reference} cancels it"));
            }
            previous.iter().for_each(|previous| self.block_taken_back(previous));
            self.answer_allocation(link, &allocation, None, Vec::new());
            return true;
        }
        self.block_told(link, &allocation, previous.as_ref());
        let rejects = self.shares(link, &allocation, &replaced);
        if allocation.allocations.is_empty() {
            let what = format!("block {reference} may be booked; its allocations are to follow");
            self.decide(Fact::Noted { trade: None, what });
        }
        self.answer_allocation(link, &allocation, None, rejects);
        true
    }

    /// What cannot be admitted although the message is well formed.
    fn inadmissible(&self, link: &str, allocation: &AllocationInstruction) -> Option<String> {
        if self.confirms() && self.book.profile.manager_by_link(link).is_none() {
            return Some(format!("{link} is the link of no manager: [[profile.managers]] has to name it"));
        }
        let previous = match &allocation.function {
            Function::New => return None,
            Function::Replace(previous) | Function::Cancel(previous) => {
                previous.as_ref().unwrap_or(&allocation.id)
            }
        };
        let Some(trades) = self.book.by_block.get(previous) else {
            // A block without allocations, or of which parts are missing, is known too.
            let taken = self.book.taken.get(link, &(EventKind::Allocation, previous.clone()));
            let known = taken.is_some_and(|t| t.refused.is_none())
                || self.book.fragments.contains_key(&(link.to_owned(), previous.clone()));
            return (!known).then(|| format!("allocation {previous}, to which it refers, is not known"));
        };
        // What was taken back, or is being ended, is not replaced; what has settled is not taken back.
        let replaces = matches!(allocation.function, Function::Replace(_));
        let out = trades
            .iter()
            .filter_map(|t| self.book.trades.get(t))
            .find(|t| if replaces { self.room(t.id) == Room::Over } else { t.state == State::Settled });
        out.map(|trade| {
            format!(
                "account {} of allocation {previous} is {} already: cancel it and allocate anew",
                trade.terms().and_then(|t| t.account.as_ref()).map_or("?", |a| a.as_str()),
                trade.state.label()
            )
        })
    }

    /// Takes the shares of a block; gives back those that are refused. Trades in `replaced` that the new message does not
    /// name any more are withdrawn.
    fn shares(
        &mut self,
        link: &str,
        allocation: &AllocationInstruction,
        replaced: &[u64],
    ) -> Vec<AllocationReject> {
        let mut rejects = self.unknown_accounts(allocation);
        for reject in &rejects {
            let text = reject.text.as_deref().unwrap_or_default();
            let detail = format!("allocation {}: {text}", allocation.id);
            self.raise_on_link(link, true, ReasonCode::UnknownAccount, detail);
        }
        let mut kept = Vec::new();
        for share in &allocation.allocations {
            if self.book.profile.account(&share.account).is_none() {
                continue;
            }
            let known = replaced.iter().copied().find(|t| {
                self.book
                    .trades
                    .get(t)
                    .and_then(|t| t.terms())
                    .is_some_and(|t| t.account.as_ref() == Some(&share.account))
            });
            let terms = self.share_terms(link, allocation, share);
            let fees = if self.confirms() { share.fees.clone() } else { Vec::new() };
            let (block, id, link) = (allocation.id.clone(), share.id.clone(), link.to_owned());
            let side = Share { block, id, link, terms, fees };
            kept.push(self.share(side, known));
        }
        for gone in replaced.iter().filter(|t| !kept.contains(t)) {
            self.withdraw_allocation(*gone, &format!("allocation {} no longer names it", allocation.id));
        }
        rejects.extend(self.came_too_late(link, allocation));
        rejects
    }

    /// The shares of accounts that are not in the reference data.
    pub(super) fn unknown_accounts(&self, allocation: &AllocationInstruction) -> Vec<AllocationReject> {
        let unknown = |share: &&Allocation| self.book.profile.account(&share.account).is_none();
        let reject = |share: &Allocation| AllocationReject {
            account: share.account.clone(),
            id: share.id.clone(),
            reason: Some(UNKNOWN_ACCOUNT.to_owned()),
            text: Some(format!("account {} is not known", share.account)),
        };
        // A cancellation names accounts only to be complete.
        if matches!(allocation.function, Function::Cancel(_)) {
            return Vec::new();
        }
        allocation.allocations.iter().filter(unknown).map(reject).collect()
    }

    fn share(&mut self, share: Share, known: Option<u64>) -> u64 {
        let share = Box::new(share);
        if self.confirms() {
            return self.share_to_confirm(share, known);
        }
        if let Some(trade) = known.filter(|trade| self.room(*trade) != Room::Open) {
            self.share_replaced(trade, share);
            return trade;
        }
        let known = known.and_then(|id| self.book.trades.get(&id));
        match known.map(|t| (t.id, t.confirmed.is_some(), t.paired)) {
            // It was found by what it said; what says something else looks anew.
            Some((trade, true, Some(PairedBy::Economics))) => {
                let before = self.book.trades.get(&trade).and_then(|t| t.confirmed.clone());
                self.decide(Fact::ConfirmationDropped { trade });
                self.advance(trade, Trigger::PairBroken, "the allocation was replaced");
                self.replaced(trade, share);
                before.map(|before| self.find_place(Newcomer::Theirs(before)));
                return trade;
            }
            Some((trade, confirmed, _)) => {
                self.replaced(trade, share);
                if confirmed {
                    self.decide(Fact::Paired { trade, by: PairedBy::Reference });
                    self.compare_sides(trade);
                } else {
                    self.seek(trade);
                }
                return trade;
            }
            None => {}
        }
        match self.names_it(&share, &[]) {
            Some(trade) => self.put(trade, Newcomer::Ours(share), PairedBy::Reference),
            None => self.find_place(Newcomer::Ours(share)),
        }
    }

    /// What the manager says is put in place of what it said before.
    fn replaced(&mut self, trade: u64, share: Box<Share>) {
        self.decide(Fact::AllocationDropped { trade });
        self.decide(Fact::Allocated { trade, share });
        self.tell_stage(trade, Stage::Allocated);
    }

    pub(super) fn share_terms(
        &self,
        link: &str,
        allocation: &AllocationInstruction,
        share: &Allocation,
    ) -> Terms {
        let broker =
            self.counterparty(link, &share.parties).or_else(|| self.counterparty(link, &allocation.parties));
        Terms {
            side: allocation.side,
            instrument: allocation.instrument.clone(),
            quantity: share.quantity,
            price: share.price.or(allocation.price),
            net: share.net,
            gross: None,
            accrued: share.accrued,
            commission: share.commission.as_ref().map(|charge| charge.amount),
            fees: sum_of(&share.fees),
            currency: allocation.currency,
            trade_date: allocation.trade_date,
            settlement_date: allocation.settlement_date,
            account: Some(share.account.clone()),
            broker,
            payment: share.payment,
        }
    }

    /// Who is on the other side: the executing broker, or the manager whose broker we are.
    pub(super) fn counterparty(
        &self,
        link: &str,
        parties: &[RoleParty],
    ) -> Option<finality_parsers::model::Bic> {
        if self.confirms() {
            return self.book.profile.manager_by_link(link).map(|m| m.bic);
        }
        self.broker_of(parties)
    }

    /// The executing broker, by BIC or by one of the codes in the reference data.
    pub(super) fn broker_of(&self, parties: &[RoleParty]) -> Option<finality_parsers::model::Bic> {
        let broker = parties.iter().find(|p| p.role == PartyRole::ExecutingFirm)?;
        match &broker.party.id {
            PartyId::Bic(bic) => Some(*bic),
            PartyId::Proprietary { id, .. } => self.book.profile.broker_by_code(id).map(|b| b.bic),
            _ => None,
        }
    }

    /// The manager takes a share back.
    fn withdraw_allocation(&mut self, trade: u64, why: &str) {
        let state = self.book.trades.get(&trade).map(|t| t.state);
        match state {
            Some(State::Mismatched | State::Matched | State::Allocated) if self.confirms() => {
                self.unaffirmed_share_withdrawn(trade, why);
            }
            Some(State::Mismatched | State::Matched | State::Allocated) => {
                let stays = state != Some(State::Allocated);
                let among = self.looks_in(trade);
                self.advance(trade, Trigger::AllocationWithdrawn, why);
                if stays {
                    self.decide(Fact::AllocationDropped { trade });
                    self.seek(trade);
                }
                among.iter().for_each(|economics| self.last_of_their_kind(economics));
            }
            Some(_) => self.ask_to_cancel(trade, Asker::Manager, why),
            None => {}
        }
    }

    /// Answers an allocation: `refused`, or taken but for the accounts in `rejects`.
    pub(super) fn answer_allocation(
        &mut self,
        link: &str,
        allocation: &AllocationInstruction,
        refused: Option<&Refusal>,
        rejects: Vec<AllocationReject>,
    ) {
        let mut answer = acknowledgement(&allocation.id, refused, rejects);
        answer.trade_date = Some(allocation.trade_date);
        answer.transacted = Some(self.now.utc());
        if let Some(report) = self.answers_report.clone() {
            self.say_to_report(link, &report, answer);
            return;
        }
        self.answer(link, Event::AllocationAcknowledgement(Box::new(answer)));
    }

    /// Queues an answer on the link that asked. An answer is not kept until answered itself: who misses it asks again.
    pub(crate) fn answer(&mut self, link: &str, event: Event) {
        let Some(profile) = self.book.profile.link(link) else { return };
        let out = self.book.next_out;
        match outbox::write(&event, profile, out, self.now) {
            Ok(encoded) => {
                self.queue(link, encoded.message_type, encoded.bytes, None, false);
            }
            Err(error) => {
                let reference = event.reference().map_or("?".to_owned(), Reference::to_string);
                self.decide(Fact::Noted { trade: None, what: format!("no answer to {reference}: {error}") });
            }
        }
    }
}

/// What is said to an allocation or to a report of it: refused, taken, or taken but for some accounts.
pub(super) fn acknowledgement(
    allocation: &Reference,
    refused: Option<&Refusal>,
    rejects: Vec<AllocationReject>,
) -> AllocationAcknowledgement {
    let first = |rejects: &[AllocationReject]| rejects.first().and_then(|r| r.reason.clone());
    let (status, reason, text, rejects) = match refused {
        None if rejects.is_empty() => (AllocationStatus::Accepted, None, None, rejects),
        None => (AllocationStatus::AccountRejected, first(&rejects), None, rejects),
        Some(Refusal::Accounts { text, rejects }) => {
            (AllocationStatus::AccountRejected, first(rejects), Some(text.clone()), rejects.clone())
        }
        Some(Refusal::Whole { reason, text }) => {
            (AllocationStatus::BlockRejected, Some(reason.clone()), Some(text.clone()), Vec::new())
        }
        Some(Refusal::Rejected(rejection)) => (
            AllocationStatus::BlockRejected,
            Some(OTHER.to_owned()),
            Some(rejection.text.clone()),
            Vec::new(),
        ),
    };
    AllocationAcknowledgement {
        id: None,
        allocation: allocation.clone(),
        status,
        reason,
        text,
        rejects,
        trade_date: None,
        transacted: None,
    }
}
