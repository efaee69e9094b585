//! The broker's side: a confirmation finds its allocation, both are compared, and what agrees is affirmed.

use finality_parsers::desk::Stage;
use finality_parsers::model::{
    AffirmationStatus, BusinessDate, ConfirmationAcknowledgement, ConfirmationCancellation, ConfirmationKind,
    Event, EventKind, Function, Reference, Refusal, TradeConfirmation,
};

use super::pairing::Newcomer;
use super::{Novelty, digest_of};
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::{State, Trigger};
use crate::lifecycle::trade::{Asker, Confirmed, PairedBy, Terms, sum_of};
use crate::matching::key::ShareKey;
use crate::matching::pairing::{self, Ours};
use crate::operation::Release;
use crate::outbox;

/// The protocol's code for "another reason, see the text".
const OTHER_REASON: &str = "99";

impl Kernel {
    pub(super) fn confirmation(
        &mut self,
        link: &str,
        confirmation: Box<TradeConfirmation>,
        refused: Option<Refusal>,
    ) -> bool {
        let event = Event::Confirmation(confirmation);
        let digest = digest_of(&event);
        let Event::Confirmation(confirmation) = event else { unreachable!("made two lines above") };
        let id = confirmation.id.clone();
        match self.novelty(link, EventKind::Confirmation, &id, digest) {
            Novelty::Same(refused) => {
                self.repeated(link, &id);
                self.answer_repeated_confirmation(link, &confirmation, refused);
                return true;
            }
            Novelty::Other if confirmation.function == Function::New => {
                let text = self.reused(link, EventKind::Confirmation, &id);
                let refusal = Refusal::Whole { reason: OTHER_REASON.to_owned(), text };
                self.refuse_confirmation(link, &confirmation, &refusal);
                return false;
            }
            Novelty::New | Novelty::Other => {}
        }
        self.take(link, EventKind::Confirmation, &id, digest, refused.as_ref());
        if let Some(refusal) = refused {
            self.raise_on_link(
                link,
                true,
                ReasonCode::Unreadable,
                format!("confirmation {id} refused: {}", refusal.text()),
            );
            self.refuse_confirmation(link, &confirmation, &refusal);
            return true;
        }
        if confirmation.kind != ConfirmationKind::Confirmation {
            let what = format!("confirmation status {:?} under {id}", confirmation.status);
            self.decide(Fact::Noted { trade: None, what });
            return true;
        }
        match &confirmation.function {
            Function::New => self.confirmed(link, &confirmation, None, None),
            Function::Replace(previous) => {
                let previous = previous.clone().unwrap_or_else(|| id.clone());
                let trade = self.book.by_confirmation.get(link, &previous).copied();
                self.confirmed(link, &confirmation, trade, None);
            }
            Function::Cancel(previous) => {
                let previous = previous.clone().unwrap_or_else(|| id.clone());
                self.withdraw_confirmation(link, &id, &previous);
            }
        }
        true
    }

    /// A confirmation is taken back by reference. Nobody waits for an answer to that.
    pub(super) fn confirmation_taken_back(&mut self, link: &str, request: ConfirmationCancellation) -> bool {
        let (id, previous) = (request.id.clone(), request.confirmation.clone());
        let digest = digest_of(&Event::ConfirmationCancellation(Box::new(request)));
        let kind = EventKind::ConfirmationCancellation;
        if let Novelty::Same(_) = self.novelty(link, kind, &id, digest) {
            self.repeated(link, &id);
            return true;
        }
        self.take(link, kind, &id, digest, None);
        let previous = previous.unwrap_or_else(|| id.clone());
        self.withdraw_confirmation(link, &id, &previous);
        true
    }

    /// Takes a confirmation; `report` is the report of all shares that it is part of.
    pub(super) fn confirmed(
        &mut self,
        link: &str,
        confirmation: &TradeConfirmation,
        replaces: Option<u64>,
        report: Option<&Reference>,
    ) {
        let terms = self.confirmation_terms(link, confirmation);
        let named = replaces.or_else(|| self.named(confirmation, &terms));
        let confirmed = Box::new(Confirmed {
            id: confirmation.id.clone(),
            link: link.to_owned(),
            block: confirmation.allocation.clone(),
            share: confirmation.individual_allocation.clone(),
            terms,
            report: report.cloned(),
            chain: confirmation.chain.clone(),
            fees: Vec::new(),
        });
        let known = named.and_then(|id| self.book.trades.get(&id)).map(|t| (t.id, t.state));
        match known {
            Some((trade, State::Alleged | State::Allocated | State::Mismatched | State::Matched)) => {
                self.confirmed_again(trade, confirmed, replaces.is_some());
            }
            Some((trade, _)) if replaces.is_some() || self.cancelled_to_be_corrected(trade, &confirmed) => {
                if let Some(detail) = self.confirmation_replaced(trade, confirmed) {
                    self.not_confirmed(link, confirmation, report, detail);
                }
            }
            Some((trade, state)) => {
                let detail =
                    format!("confirmation {} came while the trade is {}", confirmation.id, state.label());
                self.raise(trade, ReasonCode::OutOfPlace, detail.clone());
                self.not_confirmed(link, confirmation, report, detail);
            }
            // It waits for the allocation that it names; only one that names none looks for its like.
            None if confirmed.block.is_some() => _ = self.alone(Newcomer::Theirs(confirmed)),
            None => _ = self.find_place(Newcomer::Theirs(confirmed)),
        }
    }

    /// A confirmation of a trade that is known and not agreed yet: its first, or in place of another.
    fn confirmed_again(&mut self, trade: u64, confirmed: Box<Confirmed>, replaces: bool) {
        let Some(known) = self.book.trades.get(&trade) else { return };
        let by = known.paired;
        let (alone, has_ours) = (known.confirmed.is_none(), known.share.is_some());
        if by == Some(PairedBy::Economics) {
            // It was found by what it said; what says something else looks anew. What names the allocation goes first.
            let before = known.confirmed.clone();
            self.decide(Fact::ConfirmationDropped { trade });
            self.advance(trade, Trigger::PairBroken, "another confirmation came");
            if replaces {
                self.find_place(Newcomer::Theirs(confirmed));
            } else {
                self.put(trade, Newcomer::Theirs(confirmed), PairedBy::Reference);
                before.map(|before| self.find_place(Newcomer::Theirs(before)));
            }
            return;
        }
        if !alone && !replaces {
            // Two that name the same share: the one that fits better stays, and their order does not matter.
            self.rival(trade, confirmed);
            return;
        }
        let looks = !has_ours && confirmed.block.is_none();
        self.decide(Fact::Confirmed { trade, confirmed });
        self.tell_stage(trade, Stage::Confirmed);
        if has_ours {
            self.decide(Fact::Paired { trade, by: by.unwrap_or(PairedBy::Reference) });
            self.compare_sides(trade);
            return;
        }
        let said = self.book.trades.get(&trade).and_then(|t| t.confirmed.as_deref());
        if let Some((link, id)) = said.map(|c| (c.link.clone(), c.id.clone())) {
            self.answer_confirmation(&link, &id, AffirmationStatus::Received, None);
        }
        if looks {
            self.seek(trade);
        }
    }

    /// Two confirmations name the same share: with its allocation the better one, the other waits in a trade of its own.
    fn rival(&mut self, trade: u64, confirmed: Box<Confirmed>) {
        let Some(known) = self.book.trades.get(&trade) else { return };
        let Some(held) = known.confirmed.clone() else { return };
        let better = known.share.as_deref().is_some_and(|share| {
            let ours = [Ours { share, not_with: &known.not_with }];
            pairing::pairs(&ours, &[&held, &confirmed], self.rule_book()) == [(0, 1)]
        });
        if !better {
            self.alone(Newcomer::Theirs(confirmed));
            return;
        }
        self.decide(Fact::ConfirmationDropped { trade });
        self.decide(Fact::Confirmed { trade, confirmed });
        self.tell_stage(trade, Stage::Confirmed);
        self.decide(Fact::Paired { trade, by: PairedBy::Reference });
        self.alone(Newcomer::Theirs(held));
        self.compare_sides(trade);
    }

    /// The trade whose references a confirmation names.
    fn named(&self, confirmation: &TradeConfirmation, terms: &Terms) -> Option<u64> {
        let by_reference = ShareKey::all(
            confirmation.allocation.as_ref(),
            confirmation.individual_allocation.as_ref(),
            terms.account.as_ref(),
        );
        by_reference.iter().find_map(|key| self.book.by_share.get(key).copied())
    }

    fn confirmation_terms(&self, link: &str, c: &TradeConfirmation) -> Terms {
        Terms {
            side: c.side,
            instrument: c.instrument.clone(),
            quantity: c.quantity,
            price: Some(c.price),
            net: c.net,
            gross: c.gross,
            accrued: c.accrued,
            commission: c.commission.as_ref().map(|charge| charge.amount),
            fees: sum_of(&c.fees),
            currency: c.price.currency,
            trade_date: c.trade_date,
            settlement_date: c.settlement_date,
            account: c.account.clone(),
            broker: self
                .broker_of(&c.parties)
                .or_else(|| self.book.profile.broker_by_link(link).map(|b| b.bic)),
            payment: c.payment,
        }
    }

    /// Compares both sides of a trade, when both are there.
    pub(super) fn compare_sides(&mut self, id: u64) {
        if self.confirms() {
            self.to_confirm.insert(id);
            return;
        }
        let Some(trade) = self.book.trades.get(&id) else { return };
        let (Some(share), Some(confirmed)) = (&trade.share, &trade.confirmed) else { return };
        let differences = self.rule_book().differences(&share.terms, &confirmed.terms);
        let (link, confirmation) = (confirmed.link.clone(), confirmed.id.clone());
        self.decide(Fact::Compared { trade: id, differences: differences.clone() });
        if differences.is_empty() {
            if self.advance(id, Trigger::SidesAgree, "both sides agree") {
                self.agreed(id);
            }
            return;
        }
        self.advance(id, Trigger::SidesDiffer, "both sides differ");
        let detail = differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        self.raise(id, ReasonCode::EconomicsDiffer, detail.clone());
        self.answer_confirmation(&link, &confirmation, AffirmationStatus::Rejected, Some(detail));
    }

    /// Both sides agree: it goes on, now or when the house's way of working says so.
    pub(super) fn agreed(&mut self, id: u64) {
        if self.book.profile.operation.release == Release::AsReady {
            self.affirm(id);
        }
    }

    /// The blocks of which this input brought the last share to agree go on.
    pub(crate) fn release_blocks(&mut self) {
        while let Some(block) = self.book.agreed.pop_first() {
            for id in self.book.by_block.get(&block).cloned().unwrap_or_default() {
                if self.book.trades.get(&id).is_some_and(|t| t.state == State::Matched) {
                    self.affirm(id);
                }
            }
        }
    }

    /// What agrees is affirmed by itself, and goes on to be instructed.
    pub(crate) fn affirm(&mut self, id: u64) {
        if !self.advance(id, Trigger::Affirm, "affirmed on match") {
            return;
        }
        let confirmed = self.book.trades.get(&id).and_then(|t| t.confirmed.as_deref());
        if let Some((link, confirmation)) = confirmed.map(|c| (c.link.clone(), c.id.clone())) {
            self.answer_confirmation(&link, &confirmation, AffirmationStatus::Affirmed, None);
        }
        self.enrich(id);
    }

    pub(super) fn withdraw_confirmation(&mut self, link: &str, by: &Reference, previous: &Reference) {
        let Some(trade) = self.book.by_confirmation.get(link, previous).copied() else {
            let why = format!("confirmation {previous}, which {by} cancels, is not known");
            self.dead_letter(link, ReasonCode::Unrelated, why);
            return;
        };
        let among = self.looks_in(trade);
        if self.advance(trade, Trigger::ConfirmationWithdrawn, &format!("confirmation {by} takes it back")) {
            self.decide(Fact::ConfirmationDropped { trade });
            self.seek(trade);
            among.iter().for_each(|economics| self.last_of_their_kind(economics));
            return;
        }
        self.ask_to_cancel(trade, Asker::Broker, &format!("{by} cancels confirmation {previous}"));
    }

    fn answer_repeated_confirmation(&mut self, link: &str, c: &TradeConfirmation, refused: Option<Refusal>) {
        if let Some(refusal) = refused {
            self.refuse_confirmation(link, c, &refusal);
            return;
        }
        let trade = self.book.by_confirmation.get(link, &c.id).copied();
        let state = trade.and_then(|t| self.book.trades.get(&t)).map(|t| t.state);
        let (status, text) = match state {
            Some(State::Alleged | State::Allocated) | None => (AffirmationStatus::Received, None),
            Some(State::Mismatched) => {
                (AffirmationStatus::Rejected, Some("it differs from the allocation".to_owned()))
            }
            Some(_) => (AffirmationStatus::Affirmed, None),
        };
        self.answer_confirmation(link, &c.id, status, text);
    }

    fn refuse_confirmation(&mut self, link: &str, c: &TradeConfirmation, refusal: &Refusal) {
        let (reason, text) = match refusal {
            Refusal::Whole { reason, text } => (reason.as_str(), text.clone()),
            other => (OTHER_REASON, other.text().to_owned()),
        };
        let day = Some(c.trade_date);
        self.answer_with(link, &c.id, AffirmationStatus::Rejected, Some(reason), Some(text), day);
    }

    pub(super) fn answer_confirmation(
        &mut self,
        link: &str,
        id: &Reference,
        status: AffirmationStatus,
        text: Option<String>,
    ) {
        let reason = (status == AffirmationStatus::Rejected).then_some(OTHER_REASON);
        self.answer_with(link, id, status, reason, text, None);
    }

    fn answer_with(
        &mut self,
        link: &str,
        id: &Reference,
        status: AffirmationStatus,
        reason: Option<&str>,
        text: Option<String>,
        trade_date: Option<BusinessDate>,
    ) {
        let theirs = !self.confirms();
        if !theirs || !self.book.profile.link(link).is_some_and(outbox::can_answer_confirmations) {
            return;
        }
        let trade = self.book.by_confirmation.get(link, id);
        let trade = trade.and_then(|t| self.book.trades.get(t));
        if let Some(report) = trade.and_then(|t| t.confirmed.as_ref()).and_then(|c| c.report.clone()) {
            // Its sender knows the report, not the confirmations that were made of it.
            self.reports.entry((link.to_owned(), report)).or_default();
            return;
        }
        let trade_date = trade_date.or_else(|| trade.and_then(|t| t.terms()).map(|t| t.trade_date));
        let answer = ConfirmationAcknowledgement {
            supplementary: Vec::new(),
            id: None,
            function: Function::New,
            linkages: Vec::new(),
            parties: Vec::new(),
            confirmation: id.clone(),
            status,
            reason: reason.map(str::to_owned),
            text,
            trade_date: trade_date.or_else(|| Some(BusinessDate::new(self.now.utc().date_naive()))),
            transacted: Some(self.now.utc()),
        };
        self.answer(link, Event::ConfirmationAcknowledgement(Box::new(answer)));
    }
}
