//! A client's request to change the terms of an instruction of his that stands (sese.038). The depository knows no such request: what
//! is out is cancelled there, and what he wants now goes out in its place. He hears how that ended (sese.039).

use finality_parsers::model::{
    Event, EventKind, InstructionUpdate, Linkage, ModificationRequest, Moment, Movement, Payment, Reference,
    Refusal, SettlementInstruction, Status, StatusAdvice, StatusKind, UpdateKind,
};
use rust_decimal::Decimal;

use super::client::{
    ACCOUNT, CANCELLED, Fault, REFERENCE, SETTLED, WORDS, fault, fault_of, refusal, repeats_other, terms,
};
use super::command::{denied, done, not_done, taken};
use super::{Novelty, digest_of};
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::State;
use crate::lifecycle::trade::{Amends, ClientSide, Share, Trade};

impl Kernel {
    /// A client's request: checked, answered, carried out.
    pub(super) fn client_amends(
        &mut self,
        link: &str,
        request: ModificationRequest,
        refused: Option<Refusal>,
    ) -> bool {
        let event = Event::Modification(Box::new(request));
        let digest = digest_of(&event);
        let Event::Modification(request) = event else { unreachable!("made two lines above") };
        let (id, about) = (&request.id, &request.modifies);
        match self.novelty(link, EventKind::Modification, id, digest) {
            Novelty::Same(refused) => {
                self.repeated(link, id);
                let statuses = match refused {
                    Some(refused) => not_done(&fault_of(&refused)),
                    None => self.amendment_stands(link, &request),
                };
                self.say_of_amendment(link, id, Some(about), statuses);
                return true;
            }
            Novelty::Other => {
                let why = self.reused(link, EventKind::Modification, id);
                self.say_of_amendment(link, id, Some(about), not_done(&(REFERENCE, why)));
                return false;
            }
            Novelty::New => {}
        }
        let wanted = self.wanted(link, &request);
        let wanted = wanted.and_then(|wanted| match refused {
            Some(refused) => Err(fault_of(&refused)),
            None => Ok(wanted),
        });
        // What it names may still come: then the same request is one.
        let unknown = !self.book.by_client.contains_key(&(link.to_owned(), about.clone()));
        if !unknown {
            let refusal = wanted.as_ref().err().map(refusal);
            self.take(link, EventKind::Modification, id, digest, refusal.as_ref());
        }
        match wanted {
            Err(fault) => self.say_of_amendment(link, id, Some(about), not_done(&fault)),
            Ok((trade, instruction)) => self.amend(link, trade, instruction, id),
        }
        true
    }

    /// Which trade it is about and what it is to say, or why that is not done.
    fn wanted(
        &self,
        link: &str,
        request: &ModificationRequest,
    ) -> Result<(u64, SettlementInstruction), Fault> {
        let about = &request.modifies;
        let trade = self.book.by_client.get(&(link.to_owned(), about.clone()));
        let trade = trade.and_then(|id| self.book.trades.get(id));
        let Some((trade, client)) = trade.and_then(|t| Some((t, t.client.as_deref()?))) else {
            return Err((REFERENCE, format!("no instruction of yours is known as {about}")));
        };
        let known = &client.instruction;
        if request.account.as_ref().is_some_and(|a| Some(&a.id) != known.account.as_ref()) {
            return Err((ACCOUNT, format!("{about} is for another account")));
        }
        let way = (Some(request.movement), Some(request.payment));
        let stated = request.transaction.as_deref();
        let instrument = stated.and_then(|t| t.instrument.as_ref());
        if let Some(what) = repeats_other(known, way, instrument, stated.and_then(|t| t.quantity)) {
            return Err((REFERENCE, format!("{about} says another {what}")));
        }
        may_be_amended(trade, about)?;
        let instruction = updated(known, request.updates.iter()).map_err(|what| {
            (WORDS, format!("{what} is not changed by a message: cancel {about} and instruct anew"))
        })?;
        // What is said once, or twice the same, comes to the same in whichever order.
        if updated(known, request.updates.iter().rev()).as_ref() != Ok(&instruction) {
            return Err((WORDS, "it says several things of the same, and contradicts itself".to_owned()));
        }
        if instruction == *known {
            return Err((WORDS, format!("nothing of {about} would change: it says so already")));
        }
        match fault(link, &instruction, &self.book.profile) {
            Some(fault) => Err(fault),
            None => Ok((trade.id, instruction)),
        }
    }

    /// Has it say what the client wants: at once while nothing is out, else when what is out is cancelled.
    fn amend(&mut self, link: &str, id: u64, instruction: SettlementInstruction, request: &Reference) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let about = instruction.id.clone();
        let state = trade.state;
        let amends = Amends { request: request.clone(), instruction };
        if !state.may_be_recalled() {
            self.amended(id, amends.instruction);
            self.say_of_amendment(link, request, Some(&about), done());
            if matches!(state, State::Rejected | State::AwaitingSsi) {
                self.enrich(id);
            }
            return;
        }
        self.say_of_amendment(link, request, Some(&about), taken());
        self.decide(Fact::ClientAmends { trade: id, amends: Some(Box::new(amends)) });
        self.rebook(id, link, &format!("request {request} of the client changes it"));
        if !self.book.trades.get(&id).is_some_and(|t| t.anew) {
            let fault = (WORDS, "the depository cannot be asked to cancel what is out".to_owned());
            self.amendment_ends(id, denied(&fault));
        }
    }

    fn amended(&mut self, id: u64, instruction: SettlementInstruction) {
        let share = self.book.trades.get(&id).and_then(|t| t.share.as_deref());
        let share = share.map(|share| Share { terms: terms(&instruction), ..share.clone() });
        if let Some(share) = share {
            self.decide(Fact::Allocated { trade: id, share: Box::new(share) });
        }
        self.decide(Fact::ClientAmended { trade: id, instruction: Box::new(instruction) });
    }

    /// What was out is cancelled, and goes out anew: as the client wants it by now, unless something of it has settled.
    pub(super) fn amendment_due(&mut self, id: u64) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let Some(amends) = trade.client.as_deref().and_then(|client| client.amends.clone()) else { return };
        if trade.settled > Decimal::ZERO {
            let fault = (SETTLED, format!("{} have settled", trade.settled.normalize()));
            self.amendment_ends(id, denied(&fault));
            return;
        }
        self.amended(id, amends.instruction);
        self.amendment_ends(id, done());
    }

    /// A request of a client's is over, where there is one.
    pub(crate) fn amendment_ends(&mut self, id: u64, statuses: Vec<Status>) {
        let Some(client) = self.book.trades.get(&id).and_then(|t| t.client.as_deref()) else { return };
        let Some(amends) = client.amends.clone() else { return };
        let (link, about) = (client.link.clone(), client.instruction.id.clone());
        self.decide(Fact::ClientAmends { trade: id, amends: None });
        self.say_of_amendment(&link, &amends.request, Some(&about), statuses);
    }

    /// The depository, or the network, did not take the cancellation that it needs.
    pub(super) fn amendment_denied(&mut self, id: u64, statuses: &[Status]) {
        let reasons: Vec<_> = statuses.iter().flat_map(|status| status.reasons.clone()).collect();
        let statuses = if reasons.is_empty() {
            denied(&(WORDS, "what is out was not cancelled".to_owned()))
        } else {
            vec![Status { kind: StatusKind::ChangeDenied, reasons }]
        };
        self.amendment_ends(id, statuses);
    }

    /// How far a request is that came again.
    fn amendment_stands(&self, link: &str, request: &ModificationRequest) -> Vec<Status> {
        let trade = self.book.by_client.get(&(link.to_owned(), request.modifies.clone()));
        let client = trade.and_then(|id| self.book.trades.get(id)).and_then(|t| t.client.as_deref());
        let waits = client.and_then(|c| c.amends.as_deref()).is_some_and(|a| a.request == request.id);
        let says =
            |c: &ClientSide| updated(&c.instruction, request.updates.iter()).as_ref() == Ok(&c.instruction);
        match client {
            _ if waits => taken(),
            Some(client) if says(client) => done(),
            _ => denied(&(WORDS, "it was not done, as was said before".to_owned())),
        }
    }

    pub(super) fn say_of_amendment(
        &mut self,
        link: &str,
        request: &Reference,
        about: Option<&Reference>,
        statuses: Vec<Status>,
    ) {
        let mut advice = StatusAdvice {
            modification: true,
            amendment: true,
            ..StatusAdvice::of(request.clone(), statuses)
        };
        advice.linkages.extend(about.map(|about| Linkage::new("PREV", about.clone())));
        self.say_status(link, advice);
    }
}

/// Whether an instruction can still be changed as it stands.
fn may_be_amended(trade: &Trade, about: &Reference) -> Result<(), Fault> {
    let amends = trade.client.as_deref().and_then(|client| client.amends.as_deref());
    match trade.state {
        State::Settled => Err((SETTLED, format!("{about} has settled"))),
        State::Cancelled => Err((CANCELLED, format!("{about} is cancelled"))),
        _ if trade.settled > Decimal::ZERO => {
            Err((SETTLED, format!("{} of {about} have settled", trade.settled.normalize())))
        }
        State::CancelRequested => Err(match amends {
            Some(amends) => {
                (WORDS, format!("request {} is not done yet: send it again then", amends.request))
            }
            None => (CANCELLED, format!("{about} is being cancelled")),
        }),
        _ => Ok(()),
    }
}

/// An instruction with all updates, or what of them is not changed so.
fn updated<'u>(
    known: &SettlementInstruction,
    updates: impl Iterator<Item = &'u InstructionUpdate>,
) -> Result<SettlementInstruction, &'static str> {
    let mut instruction = known.clone();
    for update in updates {
        apply(update, &mut instruction)?;
    }
    Ok(instruction)
}

/// Puts an update into an instruction, or says what of it is not changed so.
fn apply(update: &InstructionUpdate, instruction: &mut SettlementInstruction) -> Result<(), &'static str> {
    let deletes = update.kind == UpdateKind::Deletion;
    let own = match instruction.movement {
        Movement::Receive => &update.receiving,
        Movement::Deliver => &update.delivering,
    };
    let unchanged = [
        (update.movement.is_some_and(|m| m != instruction.movement), "the direction"),
        (update.payment.is_some_and(|p| p != instruction.payment), "whether it is against payment"),
        (update.instrument.as_ref().is_some_and(|i| i.isin != instruction.instrument.isin), "the instrument"),
        (update.account.as_ref().is_some_and(|a| Some(&a.id) != instruction.account.as_ref()), "the account"),
        (!own.is_empty(), "a party of the client's own side"),
        (update.account_owner.is_some(), "the account owner"),
        (update.cash_account.is_some(), "the cash account"),
        (!update.linkages.is_empty(), "a linkage"),
        (!update.other_amounts.is_empty(), "an amount other than that to settle"),
        (update.place_of_trade.is_some(), "the place of trade"),
        (
            update.transaction_type.as_ref().is_some_and(|t| *t != instruction.transaction_type),
            "the kind of transaction",
        ),
        (!update.conditions.is_empty(), "a condition"),
        (update.partial.is_some() || update.priority.is_some(), "how it is processed (that is sese.030)"),
        (update.more.as_deref().is_some_and(|more| *more != Default::default()), "a further detail"),
        (
            deletes
                && (update.quantity.is_some()
                    || update.settlement_date.is_some()
                    || !update.delivering.is_empty()
                    || !update.receiving.is_empty()),
            "what it cannot do without",
        ),
        (deletes && update.amount.is_some() && instruction.payment == Payment::Against, "the money"),
    ];
    if let Some((_, what)) = unchanged.iter().find(|(is, _)| *is) {
        return Err(what);
    }
    let date = |moment: &Moment| moment.day().ok_or("a date that names no day");
    if let Some(moment) = &update.settlement_date {
        instruction.settlement_date = date(moment)?;
    }
    if let Some(moment) = &update.trade_date {
        instruction.trade_date = if deletes { None } else { Some(date(moment)?) };
    }
    if let Some(quantity) = update.quantity {
        if quantity.kind() != instruction.quantity.kind() {
            return Err("how the quantity is counted");
        }
        instruction.quantity = quantity;
    }
    put(&mut instruction.amount, update.amount.as_ref(), deletes);
    put(&mut instruction.price, update.price.as_ref(), deletes);
    put(&mut instruction.common_reference, update.common_reference.as_ref(), deletes);
    put(&mut instruction.narrative, update.narrative.as_ref(), deletes);
    if !update.delivering.is_empty() {
        instruction.delivering = update.delivering.clone();
    }
    if !update.receiving.is_empty() {
        instruction.receiving = update.receiving.clone();
    }
    Ok(())
}

/// What an update names is said from now on, or no more.
fn put<T: Clone>(place: &mut Option<T>, named: Option<&T>, deletes: bool) {
    if let Some(named) = named {
        *place = Some(named.clone()).filter(|_| !deletes);
    }
}
