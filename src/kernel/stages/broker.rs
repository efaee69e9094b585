//! The broker's seat: what the manager allocates is confirmed, what he affirms is instructed at our settlement agent.

use finality_parsers::desk::Stage;
use finality_parsers::model::{
    AffirmationStatus, AllocationReport, Amount, Charge, ConfirmationAcknowledgement, ConfirmationKind,
    ConfirmationStatus, Event, Fee, FeeKind, Function, Party, PartyRole, Price, PriceKind, Reference,
    Refusal, RoleParty, Side, TradeConfirmation,
};
use rust_decimal::Decimal;

use super::pairing::Newcomer;
use super::replacement::{Room, exactly};
use crate::blocks::block::BlockStatus;
use crate::enrichment::complete::own_chain;
use crate::enrichment::outdated::Change;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::market;
use crate::lifecycle::state::{State, Trigger};
use crate::lifecycle::trade::{Confirmed, PairedBy, Share, Terms, Trade, sum_of};
use crate::outbox;
use crate::profile::{LinkProfile, Manager};

impl Kernel {
    /// Whether confirmations are ours.
    pub(super) fn confirms(&self) -> bool {
        self.book.profile.seat.confirms()
    }

    /// A report by which the manager allocates: the same as an allocation, and answered as a report.
    pub(super) fn allocated_by_report(
        &mut self,
        link: &str,
        report: AllocationReport,
        refused: Option<Refusal>,
    ) -> bool {
        self.answers_report = Some(report.id.clone());
        let understood = self.allocation(link, Box::new(report.allocation), refused);
        self.answers_report = None;
        understood
    }

    /// A share of the manager's: a trade that is confirmed at the end of this input.
    pub(super) fn share_to_confirm(&mut self, share: Box<Share>, known: Option<u64>) -> u64 {
        let Some(trade) = known else {
            let trade = self.alone(Newcomer::Ours(share));
            self.to_confirm.insert(trade);
            return trade;
        };
        if self.room(trade) != Room::Open {
            self.share_replaced(trade, share);
            return trade;
        }
        self.decide(Fact::AllocationDropped { trade });
        self.decide(Fact::Allocated { trade, share });
        self.advance(trade, Trigger::PairBroken, "the allocation was replaced");
        self.tell_stage(trade, Stage::Allocated);
        self.to_confirm.insert(trade);
        trade
    }

    /// Confirms what was allocated in this input, or waited for its block. What its block contradicts waits.
    pub(crate) fn confirm_shares(&mut self) {
        while let Some(id) = self.to_confirm.pop_first() {
            let Some(trade) = self.book.trades.get(&id).filter(|t| t.state == State::Allocated) else {
                continue;
            };
            let block = self.book.blocks.of_trade(trade).and_then(|block| block.status());
            if !matches!(block, Some(BlockStatus::Mismatched | BlockStatus::Disqualified)) {
                self.confirm(id);
            }
        }
    }

    /// Sends our confirmation of a share, in place of an earlier one where there is one.
    fn confirm(&mut self, id: u64) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let Some(share) = trade.share.clone() else { return };
        let Some(manager) = self.book.profile.manager_by_link(&share.link).cloned() else { return };
        let Some(link) = self.book.profile.link(manager.confirmed_by()).cloned() else { return };
        let earlier = trade.confirmed.as_deref().cloned();
        let terms = match self.to_be_confirmed(&share.terms) {
            Ok(terms) => terms,
            Err(why) => {
                self.raise(id, ReasonCode::NotWritable, format!("no confirmation can be made: {why}"));
                return;
            }
        };
        let chain = own_chain(trade, &self.book.profile, &self.book.library);
        let replaces = earlier.as_ref().filter(|_| link.speech.is_session());
        if let Some(earlier) = earlier.as_ref().filter(|_| !link.speech.is_session()) {
            // Where the standard has no replacement, the earlier one is taken back first.
            self.take_confirmation_back(id, earlier, &link, &manager);
        }
        let Some(reference) = reference(self.book.next_out) else { return };
        let confirmed = Confirmed {
            id: reference,
            link: link.name.clone(),
            block: Some(share.block.clone()),
            share: share.id.clone(),
            terms,
            report: None,
            chain,
            fees: share.fees.clone(),
        };
        let function = replaces.map_or(Function::New, |earlier| Function::Replace(Some(earlier.id.clone())));
        let message = self.confirmation_message(&confirmed, function, &manager);
        if let Err(why) = self.queue_confirmation(id, &link, message) {
            self.raise(id, ReasonCode::NotWritable, why);
            return;
        }
        self.decide(Fact::Confirmed { trade: id, confirmed: Box::new(confirmed) });
        self.decide(Fact::Paired { trade: id, by: PairedBy::Reference });
        self.resolve_reason(id, ReasonCode::NotWritable, "it is confirmed");
        self.tell_stage(id, Stage::Confirmed);
        self.decide(Fact::Compared { trade: id, differences: Vec::new() });
        self.advance(id, Trigger::SidesAgree, "confirmed as it was allocated");
        if manager.auto_affirm {
            self.affirm(id);
        }
    }

    /// The terms that we confirm: those of the share, with the money that follows from them.
    fn to_be_confirmed(&self, share: &Terms) -> Result<Terms, &'static str> {
        let mut terms = share.clone();
        let price = terms.price.ok_or("the allocation says no price")?;
        let gross = terms.gross.or_else(|| gross(&terms, &price));
        let client_buys = self.book.profile.seat.turned(terms.side) == Side::Buy;
        terms.net = terms.net.or_else(|| net(&terms, gross?, client_buys));
        if terms.net.is_none() {
            return Err("the allocation says no net money, and it does not follow from its price");
        }
        terms.gross = gross;
        terms.settlement_date =
            terms.settlement_date.or_else(|| Some(market::settlement_date(&self.book.profile, &terms)));
        Ok(terms)
    }

    /// What we would confirm of a share now, and what our confirmation says otherwise: it has to be made anew then, and what rests
    /// on it with it. `None` where confirmations are not ours, or none was made.
    pub(super) fn to_be_confirmed_anew(&self, trade: &Trade) -> Option<(Terms, Vec<Change>)> {
        let (share, said) = (trade.share.as_deref()?, trade.confirmed.as_deref()?);
        let terms = self.to_be_confirmed(&share.terms).ok().filter(|_| self.confirms())?;
        let differs = exactly(&said.terms, &terms).into_iter().map(|d| Change {
            field: format!("{} of confirmation {}", d.field.row().name, said.id),
            instructed: d.ours,
            agreed: d.theirs,
        });
        let differs = differs.collect();
        Some((terms, differs))
    }

    pub(super) fn confirmation_message(
        &self,
        said: &Confirmed,
        function: Function,
        manager: &Manager,
    ) -> Event {
        let terms = &said.terms;
        let role = |role, bic| RoleParty { role, party: Party::bic(bic) };
        let price = terms.price.unwrap_or(Price {
            kind: PriceKind::Actual,
            value: Decimal::ZERO,
            currency: terms.currency,
        });
        Event::Confirmation(Box::new(TradeConfirmation {
            supplementary: Vec::new(),
            id: said.id.clone(),
            function,
            kind: ConfirmationKind::Confirmation,
            status: ConfirmationStatus::Confirmed,
            market_side: manager.market_side,
            allocation: said.block.clone(),
            individual_allocation: said.share.clone(),
            common_reference: None,
            // As the investor sees it.
            side: self.book.profile.seat.turned(terms.side),
            instrument: terms.instrument.clone(),
            quantity: terms.quantity,
            price,
            gross: terms.gross.or(terms.net),
            net: terms.net,
            accrued: terms.accrued,
            commission: terms.commission.map(|amount| Charge { amount, basis: "absolute".to_owned() }),
            fees: single_fees(said),
            trade_date: terms.trade_date,
            settlement_date: terms.settlement_date,
            transacted: Some(self.now.utc()),
            account: terms.account.clone(),
            payment: terms.payment,
            parties: vec![
                role(PartyRole::ExecutingFirm, self.book.profile.bic),
                role(PartyRole::Investor, manager.bic),
            ],
            chain: said.chain.clone(),
            counterparty_chain: None,
            fills: Vec::new(),
            market: None,
            capacities: vec![(manager.capacity.name().to_owned(), terms.quantity)],
            text: None,
        }))
    }

    fn queue_confirmation(&mut self, id: u64, link: &LinkProfile, message: Event) -> Result<(), String> {
        let encoded = outbox::write(&message, link, self.book.next_out, self.now)
            .map_err(|error| format!("our confirmation cannot be written: {error}"))?;
        // It is kept like an answer: the session, or the folder, sees to it that it arrives, and its answer has a deadline.
        self.queue(&link.name, encoded.message_type, encoded.bytes, Some(id), false);
        Ok(())
    }

    /// Tells the manager that a confirmation of ours does not count any more.
    fn take_confirmation_back(&mut self, id: u64, said: &Confirmed, link: &LinkProfile, manager: &Manager) {
        let Some(reference) = reference(self.book.next_out) else { return };
        let cancels = Confirmed { id: reference, ..said.clone() };
        let message = self.confirmation_message(&cancels, Function::Cancel(Some(said.id.clone())), manager);
        if let Err(why) = self.queue_confirmation(id, link, message) {
            self.raise(id, ReasonCode::NotWritable, format!("{why}: tell the manager by other means"));
        }
    }

    /// A trade is over because somebody cancelled it: so is our confirmation.
    pub(crate) fn confirmation_falls(&mut self, id: u64) {
        if !self.confirms() {
            return;
        }
        let Some(said) = self.book.trades.get(&id).and_then(|t| t.confirmed.as_deref()).cloned() else {
            return;
        };
        let link = self.book.profile.link(&said.link).cloned();
        let manager = self.book.profile.manager_by_link(&said.link).cloned();
        if let (Some(link), Some(manager)) = (link, manager) {
            self.take_confirmation_back(id, &said, &link, &manager);
        }
    }

    /// The manager says what he makes of a confirmation of ours.
    pub(super) fn confirmation_answered(&mut self, link: &str, answer: &ConfirmationAcknowledgement) -> bool {
        let about = &answer.confirmation;
        let Some(id) = self.book.by_confirmation.get(link, about).copied() else {
            let why = format!("an answer to confirmation {about}, which is not ours");
            self.dead_letter(link, ReasonCode::Unrelated, why);
            return false;
        };
        let Some(trade) = self.book.trades.get(&id) else { return true };
        let (state, current) = (trade.state, trade.confirmed.as_deref().is_some_and(|c| c.id == *about));
        if !current {
            let what = format!("{link} answers confirmation {about}, in whose place another is");
            self.decide(Fact::Noted { trade: Some(id), what });
            return true;
        }
        let withdrawn = matches!(answer.function, Function::Cancel(_));
        let affirms = answer.status == AffirmationStatus::Affirmed && !withdrawn;
        if let Some(detail) = self.affirms_another_day(id, answer).filter(|_| affirms) {
            let reason = match state {
                // Another confirmation takes its place.
                State::Allocated => {
                    self.note_answer(id, link, answer);
                    return true;
                }
                State::Matched | State::Mismatched => ReasonCode::EconomicsDiffer,
                _ => ReasonCode::OutOfPlace,
            };
            if state == State::Matched {
                self.advance(id, Trigger::SidesDiffer, "the manager affirms another trade date");
            }
            self.raise(id, reason, detail);
            return true;
        }
        match (answer.status, state) {
            (AffirmationStatus::Affirmed, State::Matched) if !withdrawn => self.affirm(id),
            (AffirmationStatus::Affirmed, State::Mismatched) if !withdrawn => {
                if self.advance(id, Trigger::SidesAgree, "the manager affirms it after all") {
                    self.affirm(id);
                }
            }
            (AffirmationStatus::Received, _)
            | (AffirmationStatus::Affirmed, State::Allocated | State::Mismatched) => {
                self.note_answer(id, link, answer);
            }
            (AffirmationStatus::Rejected, State::Matched | State::Mismatched) => {
                let why = refusal(answer);
                self.advance(id, Trigger::SidesDiffer, "the manager refuses our confirmation");
                self.raise(
                    id,
                    ReasonCode::EconomicsDiffer,
                    format!("the manager refuses confirmation {about}: {why}"),
                );
            }
            (AffirmationStatus::Affirmed, _) if !withdrawn => self.note_answer(id, link, answer),
            (AffirmationStatus::Rejected | AffirmationStatus::Affirmed, _) => {
                let says = if withdrawn { "takes his affirmation back" } else { "refuses it" };
                let detail = format!(
                    "confirmation {about} is {}, and now the manager {says}: {}",
                    state.label(),
                    refusal(answer)
                );
                self.raise(id, ReasonCode::OutOfPlace, detail);
            }
        }
        true
    }

    /// The trade date that an affirmation names, where ours is another.
    fn affirms_another_day(&self, id: u64, answer: &ConfirmationAcknowledgement) -> Option<String> {
        let ours = self.book.trades.get(&id)?.confirmed.as_deref()?.terms.trade_date;
        let theirs = answer.trade_date.filter(|theirs| *theirs != ours)?;
        let about = &answer.confirmation;
        Some(format!("the manager affirms confirmation {about} with trade date {theirs}; ours says {ours}"))
    }

    fn note_answer(&mut self, id: u64, link: &str, answer: &ConfirmationAcknowledgement) {
        let what = format!("{link} says {:?} to confirmation {}", answer.status, answer.confirmation);
        self.decide(Fact::Noted { trade: Some(id), what });
    }

    /// The network did not take a confirmation.
    pub(super) fn confirmation_not_delivered(&mut self, id: u64, detail: &str) {
        self.raise(id, ReasonCode::MessageRejected, format!("our confirmation: {detail}"));
    }

    /// The manager takes a share back that he has not affirmed: nothing is left of it.
    pub(super) fn unaffirmed_share_withdrawn(&mut self, id: u64, why: &str) {
        self.to_confirm.remove(&id);
        self.cancel(id, why);
    }
}

/// The fees as the manager told them, while they come to what is confirmed; else their sum.
fn single_fees(said: &Confirmed) -> Vec<Fee> {
    if sum_of(&said.fees) == said.terms.fees {
        return said.fees.clone();
    }
    let sum = said.terms.fees.map(|amount| Fee { kind: FeeKind::Other(ALL.to_owned()), amount });
    sum.into_iter().collect()
}

/// The protocol's code for fees that are not told apart.
const ALL: &str = "7";

fn refusal(answer: &ConfirmationAcknowledgement) -> String {
    match (&answer.text, &answer.reason) {
        (Some(text), _) => text.clone(),
        (None, Some(reason)) => format!("reason {reason}"),
        (None, None) => "no reason given".to_owned(),
    }
}

/// Our reference: fits into 16 characters, and no outbox entry has that of another.
fn reference(out: u64) -> Option<Reference> {
    format!("FK{out:012}").parse().ok()
}

/// What the quantity costs at a price.
fn gross(terms: &Terms, price: &Price) -> Option<Amount> {
    let currency = price.currency.or(terms.currency)?;
    let value = price.value.checked_mul(terms.quantity.value())?;
    let value = match price.kind {
        PriceKind::Actual => value,
        PriceKind::Percentage => value.checked_div(Decimal::ONE_HUNDRED)?,
        PriceKind::Yield | PriceKind::Discount | PriceKind::Premium => return None,
    };
    Some(Amount::new(currency, value.round_dp(currency.decimals().unwrap_or(2))))
}

/// Gross and accrued, and what the client pays beside: he pays it on top when he buys, and gets less when he sells.
fn net(terms: &Terms, gross: Amount, client_buys: bool) -> Option<Amount> {
    let costs = [terms.commission, terms.fees];
    let costs: Decimal = costs.into_iter().flatten().map(|amount| amount.value()).sum();
    let with_interest = gross.value().checked_add(terms.accrued.map_or(Decimal::ZERO, |a| a.value()))?;
    let value =
        if client_buys { with_interest.checked_add(costs)? } else { with_interest.checked_sub(costs)? };
    Some(Amount::new(gross.currency(), value))
}
