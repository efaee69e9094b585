//! The broker's side: a confirmation finds its allocation, both are compared, and what agrees is affirmed.

use finality_parsers::desk::Stage;
use finality_parsers::model::{
    AffirmationStatus, BusinessDate, ConfirmationAcknowledgement, ConfirmationKind, Event, EventKind,
    Function, Reference, Refusal, TradeConfirmation,
};

use super::{Novelty, digest_of};
use crate::book::Waits;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::{State, Trigger};
use crate::lifecycle::trade::{Confirmed, Terms, sum_of};
use crate::matching::compare;
use crate::matching::key::ShareKey;
use crate::matching::rules::Rules;
use crate::outbox;

/// The protocol's code for "another reason, see the text".
const OTHER_REASON: &str = "99";

impl Kernel {
    pub(super) fn confirmation(
        &mut self,
        link: &str,
        confirmation: TradeConfirmation,
        refused: Option<Refusal>,
    ) -> bool {
        let event = Event::Confirmation(Box::new(confirmation));
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
                let trade = self.book.by_confirmation.get(&(link.to_owned(), previous)).copied();
                self.confirmed(link, &confirmation, trade, None);
            }
            Function::Cancel(previous) => {
                let previous = previous.clone().unwrap_or_else(|| id.clone());
                self.withdraw_confirmation(link, &id, &previous);
            }
        }
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
        let trade = replaces.or_else(|| self.trade_for(confirmation, &terms));
        let confirmed = Confirmed {
            id: confirmation.id.clone(),
            link: link.to_owned(),
            block: confirmation.allocation.clone(),
            share: confirmation.individual_allocation.clone(),
            terms,
            report: report.cloned(),
            chain: confirmation.chain.clone(),
        };
        let state = trade.and_then(|t| self.book.trades.get(&t)).map(|t| t.state);
        let trade = match (trade, state) {
            (Some(trade), Some(State::Alleged | State::Allocated | State::Mismatched)) => trade,
            (Some(trade), Some(state)) => {
                let detail =
                    format!("confirmation {} came while the trade is {}", confirmation.id, state.label());
                self.raise(trade, ReasonCode::OutOfPlace, detail.clone());
                match report {
                    Some(report) => self.reject_share(link, report, confirmation, detail),
                    None => {
                        let id = &confirmation.id;
                        self.answer_confirmation(link, id, AffirmationStatus::Rejected, Some(detail));
                    }
                }
                return;
            }
            _ => {
                let trade = self.book.next_trade;
                self.decide(Fact::Opened { trade, state: State::Alleged });
                trade
            }
        };
        self.decide(Fact::Confirmed { trade, confirmed: Box::new(confirmed) });
        self.tell_stage(trade, Stage::Confirmed);
        if self.book.trades.get(&trade).is_some_and(|t| t.share.is_none()) {
            self.answer_confirmation(link, &confirmation.id, AffirmationStatus::Received, None);
        }
        self.compare_sides(trade);
    }

    /// The trade that a confirmation belongs to: by the references it names, else by what the trade can be told by.
    fn trade_for(&self, confirmation: &TradeConfirmation, terms: &Terms) -> Option<u64> {
        let by_reference = ShareKey::all(
            confirmation.allocation.as_ref(),
            confirmation.individual_allocation.as_ref(),
            terms.account.as_ref(),
        );
        let named = by_reference.iter().find_map(|key| self.book.by_share.get(key).copied());
        named.or_else(|| {
            let waits = [true, false].map(|alleged| Waits { alleged, unconfirmed: true });
            self.best_of(self.book.one_sided(terms, waits)?, terms)
        })
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
        let Some(trade) = self.book.trades.get(&id) else { return };
        let (Some(share), Some(confirmed)) = (&trade.share, &trade.confirmed) else { return };
        let profile = &self.book.profile;
        let rules = Rules::of(&profile.matching, &profile.tolerances, &share.terms);
        let differences = compare::compare(&share.terms, &confirmed.terms, rules);
        let (link, confirmation) = (confirmed.link.clone(), confirmed.id.clone());
        self.decide(Fact::Compared { trade: id, differences: differences.clone() });
        if differences.is_empty() {
            if self.advance(id, Trigger::SidesAgree, "both sides agree") {
                self.affirm(id);
            }
            return;
        }
        self.advance(id, Trigger::SidesDiffer, "both sides differ");
        let detail = differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        self.raise(id, ReasonCode::EconomicsDiffer, detail.clone());
        self.answer_confirmation(&link, &confirmation, AffirmationStatus::Rejected, Some(detail));
    }

    /// A person lets pass what differs. What must be equal does not become equal by that, and stays.
    pub(super) fn accept_difference(&mut self, id: u64, by: &str, why: &str) {
        let trade = self.book.trades.get(&id);
        let sides = trade
            .filter(|t| t.state == State::Mismatched)
            .and_then(|t| Some((t.share.as_deref()?, t.confirmed.as_deref()?)));
        let Some((share, confirmed)) = sides else {
            let state = trade.map_or("not known", |t| t.state.label());
            let what = format!("{by} wanted to accept the difference of a trade that is {state}");
            self.decide(Fact::Noted { trade: trade.map(|t| t.id), what });
            return;
        };
        let profile = &self.book.profile;
        let rules = Rules::of(&profile.matching, &profile.tolerances, &share.terms);
        let differences = compare::compare(&share.terms, &confirmed.terms, rules);
        if let Some(exact) = differences.iter().find(|d| !d.field.row().tolerates) {
            let what = format!("{by} wanted to accept a difference that cannot be let pass: {exact}");
            self.decide(Fact::Noted { trade: Some(id), what });
            return;
        }
        let (by, why) = (by.to_owned(), why.to_owned());
        let resolved = format!("{by} lets the difference pass: {why}");
        self.decide(Fact::DifferenceAccepted { trade: id, by, why, differences });
        if self.advance(id, Trigger::SidesAgree, &resolved) {
            self.affirm(id);
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
        let Some(trade) = self.book.by_confirmation.get(&(link.to_owned(), previous.clone())).copied() else {
            let why = format!("confirmation {previous}, which {by} cancels, is not known");
            self.dead_letter(link, ReasonCode::Unrelated, why);
            return;
        };
        if self.advance(trade, Trigger::ConfirmationWithdrawn, &format!("confirmation {by} takes it back")) {
            self.decide(Fact::ConfirmationDropped { trade });
            return;
        }
        let state = self.book.trades.get(&trade).map_or("unknown", |t| t.state.label());
        let detail = format!("{by} cancels confirmation {previous}, but the trade is {state}");
        self.raise(trade, ReasonCode::OutOfPlace, detail);
    }

    fn answer_repeated_confirmation(&mut self, link: &str, c: &TradeConfirmation, refused: Option<Refusal>) {
        if let Some(refusal) = refused {
            self.refuse_confirmation(link, c, &refusal);
            return;
        }
        let trade = self.book.by_confirmation.get(&(link.to_owned(), c.id.clone())).copied();
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

    fn answer_confirmation(
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
        if !self.book.profile.link(link).is_some_and(outbox::can_answer_confirmations) {
            return;
        }
        let trade = self.book.by_confirmation.get(&(link.to_owned(), id.clone()));
        let trade = trade.and_then(|t| self.book.trades.get(t));
        if let Some(report) = trade.and_then(|t| t.confirmed.as_ref()).and_then(|c| c.report.clone()) {
            // Its sender knows the report, not the confirmations that were made of it.
            self.reports.entry((link.to_owned(), report)).or_default();
            return;
        }
        let trade_date = trade_date.or_else(|| trade.and_then(|t| t.terms()).map(|t| t.trade_date));
        let answer = ConfirmationAcknowledgement {
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
