//! The custodian's seat: a client instructs, we check, answer and pass on to the depository under a reference of ours, and tell
//! the client by his references, in his format, what becomes of it.

use finality_parsers::model::{
    CancellationRequest, Event, EventKind, Instrument, Linkage, Movement, Party, Payment, Quantity, Reason,
    Reference, Refusal, SettlementConfirmation, SettlementInstruction, Side, Status, StatusAdvice,
    StatusKind, TransactionDetails,
};

use super::{Novelty, digest_of};
use crate::enrichment::complete::Complete;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::intake::{self, Unreadable};
use crate::lifecycle::state::{State, Trigger};
use crate::lifecycle::trade::{ClientSide, Share, Terms, Trade};
use crate::outbox;
use crate::profile::{Profile, Speech};

/// Why an instruction, or its cancellation, is not taken: the code that both ISO standards share, and words.
pub(super) type Fault = (&'static str, String);

pub(super) const REFERENCE: &str = "REFE";
pub(super) const ACCOUNT: &str = "SAFE";
const DATE: &str = "DDAT";
const PLACE: &str = "DEPT";
const AGENT: &str = "ICAG";
pub(super) const SETTLED: &str = "DSET";
pub(super) const CANCELLED: &str = "DCAN";
const AMOUNT: &str = "DMON";
pub(super) const QUANTITY: &str = "DQUA";
pub(super) const WORDS: &str = "NARR";

impl Kernel {
    /// A client's instruction: checked, answered, passed on.
    pub(super) fn client_instructs(
        &mut self,
        link: &str,
        instruction: SettlementInstruction,
        refused: Option<Refusal>,
    ) -> bool {
        let event = Event::Instruction(Box::new(instruction));
        let digest = digest_of(&event);
        let Event::Instruction(instruction) = event else { unreachable!("made two lines above") };
        let id = instruction.id.clone();
        match self.novelty(link, EventKind::Instruction, &id, digest) {
            Novelty::Same(refused) => {
                self.repeated(link, &id);
                let statuses = match refused {
                    Some(refused) => rejected(&fault_of(&refused)),
                    None => self.stands_now(link, &id),
                };
                self.answer_client(link, &id, statuses);
                return true;
            }
            Novelty::Other => {
                let why = self.reused(link, EventKind::Instruction, &id);
                self.answer_client(link, &id, rejected(&(REFERENCE, why)));
                return false;
            }
            Novelty::New => {}
        }
        // What is wrong by our own checks has a code of its own; what only breaks its standard has words.
        let fault = fault(link, &instruction, &self.book.profile).or_else(|| refused.as_ref().map(fault_of));
        let refusal = fault.as_ref().map(refusal);
        self.take(link, EventKind::Instruction, &id, digest, refusal.as_ref());
        self.answer_client(link, &id, taken_or(fault.clone()));
        if let Some((code, why)) = fault {
            let what = format!("instruction {id} of {link} was rejected ({code}): {why}");
            self.decide(Fact::Noted { trade: None, what });
            return true;
        }
        let trade = self.book.next_trade;
        let share = Share {
            block: id,
            id: None,
            link: link.to_owned(),
            terms: terms(&instruction),
            fees: Vec::new(),
        };
        let client = ClientSide {
            link: link.to_owned(),
            instruction: *instruction,
            cancels: None,
            stands: None,
            amends: None,
            also: Vec::new(),
        };
        self.decide(Fact::Opened { trade, state: State::Allocated });
        self.decide(Fact::Allocated { trade, share: Box::new(share) });
        self.decide(Fact::ClientInstructed { trade, client: Box::new(client) });
        self.advance(trade, Trigger::SidesAgree, "the client has instructed it");
        self.affirm(trade);
        true
    }

    /// What a client sends and cannot be read is laid aside, and rejected where he says what he calls it.
    pub(crate) fn unreadable_of_client(&mut self, link: &str, raw: &[u8], message_type: &str, why: &str) {
        if !self.book.profile.clients.iter().any(|client| client.link == link) {
            return;
        }
        let Some(Unreadable { reference, meant, about }) = intake::unreadable_of_client(raw, message_type)
        else {
            return;
        };
        let known = self.book.taken.contains_key(link, &(meant, reference.clone()));
        let fault = if known {
            (REFERENCE, format!("{reference} came before, which stays as it is; this cannot be read: {why}"))
        } else {
            (WORDS, format!("it cannot be read: {why}"))
        };
        match meant {
            EventKind::Cancellation => {
                let advice = StatusAdvice::of(reference, denied(&fault));
                self.say_status(link, StatusAdvice { cancellation: true, ..advice });
            }
            EventKind::ProcessingChange => {
                self.say_of_command(link, &reference, about.as_ref(), None, rejected(&fault));
            }
            EventKind::Modification => {
                self.say_of_amendment(link, &reference, about.as_ref(), rejected(&fault));
            }
            _ => self.answer_client(link, &reference, rejected(&fault)),
        }
    }

    /// A client takes an instruction back: what is out is cancelled first, and he hears how that ended.
    pub(super) fn client_cancels(&mut self, link: &str, request: &CancellationRequest) -> bool {
        let digest = digest_of(&Event::Cancellation(Box::new(request.clone())));
        let (id, about) = (&request.id, &request.cancels);
        match self.novelty(link, EventKind::Cancellation, id, digest) {
            Novelty::Same(refused) => {
                self.repeated(link, id);
                match refused {
                    Some(refused) => self.answer_cancellation(link, id, about, denied(&fault_of(&refused))),
                    None => self.cancellation_answered_again(link, request),
                }
                return true;
            }
            Novelty::Other => {
                let why = self.reused(link, EventKind::Cancellation, id);
                self.answer_cancellation(link, id, about, denied(&(REFERENCE, why)));
                return false;
            }
            Novelty::New => {}
        }
        let trade = self.book.by_client.get(&(link.to_owned(), about.clone())).copied();
        let known = trade.and_then(|id| self.book.trades.get(&id)).map(Box::as_ref);
        let fault = not_to_be_cancelled(request, known);
        let known = known.map(|t| (t.id, is_being_cancelled(t)));
        // What it names may still come: then the same cancellation is one.
        if known.is_some() {
            let refusal = fault.as_ref().map(refusal);
            self.take(link, EventKind::Cancellation, id, digest, refusal.as_ref());
        }
        if let Some(fault) = fault {
            self.answer_cancellation(link, id, about, denied(&fault));
            return true;
        }
        let Some((trade, pending)) = known else { return true };
        self.decide(Fact::ClientCancels { trade, request: Some(id.clone()) });
        if pending {
            // The depository was asked for another request of his: what it says answers both.
            self.answer_cancellation(link, id, about, one(StatusKind::PendingCancellation));
        } else {
            self.cancel(trade, &format!("{link} cancels it by {id}"));
        }
        true
    }

    /// A cancellation that was taken came again: how it ended is said once more; before that there is nothing to say.
    fn cancellation_answered_again(&mut self, link: &str, request: &CancellationRequest) {
        let (id, about) = (&request.id, &request.cancels);
        let trade = self.book.by_client.get(&(link.to_owned(), about.clone()));
        let Some(trade) = trade.and_then(|id| self.book.trades.get(id)) else { return };
        let asked =
            trade.client.as_ref().is_some_and(|client| client.asked_to_cancel().any(|asked| asked == id));
        let statuses = match trade.state {
            State::Cancelled if asked => one(StatusKind::Cancelled),
            State::Settled => denied(&(SETTLED, format!("{about} has settled"))),
            _ => return,
        };
        self.answer_cancellation(link, id, about, statuses);
    }

    /// What of an instruction goes to the depository: the client's words, with our reference and our account there.
    pub(super) fn passed_on(&self, trade: &Trade, reference: &Reference) -> Option<Complete> {
        let client = trade.client.as_deref()?;
        let account = client.instruction.account.as_ref().and_then(|a| self.book.profile.account(a))?;
        let mut instruction = client.instruction.clone();
        let counterparty = counterparty(&instruction).unwrap_or(self.book.profile.bic);
        instruction.id = reference.clone();
        instruction.prepared = None;
        // The depository debits our cash there; his is between him and us.
        instruction.cash_account = None;
        instruction.account = Some(account.safekeeping.clone());
        instruction.account_owner.clone_from(&account.owner);
        // Its ties are to references that the depository does not know.
        instruction.linkages.clear();
        self.as_asked(trade, &mut instruction);
        Some(Complete { instruction, custodian: account.custodian.clone(), counterparty, ssi: Vec::new() })
    }

    /// A trade of a client's is over: what he asked to cancel is answered, also where it settled before.
    pub(crate) fn client_hears_of_the_end(&mut self, id: u64, from: State, to: State) {
        let Some(client) = self.book.trades.get(&id).and_then(|t| t.client.clone()) else { return };
        let over = match to {
            State::Settled => (SETTLED, format!("{} has settled", client.instruction.id)),
            _ => (CANCELLED, format!("{} is cancelled", client.instruction.id)),
        };
        self.amendment_ends(id, with(StatusKind::ChangeDenied, &over));
        if to == State::Settled {
            if client.cancels.is_some() && from == State::CancelRequested {
                let fault = (SETTLED, format!("{} has settled", client.instruction.id));
                self.answer_cancellations(&client, &denied(&fault));
                self.decide(Fact::ClientCancels { trade: id, request: None });
            }
            return;
        }
        // What the depository says of its own accord is passed on as it says it.
        if !matches!(from, State::CancelRequested | State::Rejected | State::AwaitingSsi | State::Affirmed) {
            return;
        }
        let status = one(StatusKind::Cancelled);
        if client.cancels.is_some() {
            self.answer_cancellations(&client, &status);
        } else {
            self.answer_client(&client.link, &client.instruction.id, status);
        }
    }

    /// What the depository says of an instruction is passed on by the client's references.
    pub(super) fn pass_on_status(&mut self, id: u64, advice: &StatusAdvice) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let Some(client) = trade.client.clone() else { return };
        if trade.state.is_terminal() {
            let what = format!("the trade is {}: what comes after is not passed on", trade.state.label());
            self.decide(Fact::Noted { trade: Some(id), what });
            return;
        }
        let anew = trade.anew;
        let said = |status: &&Status| match &status.kind {
            // That it was taken we have said ourselves; how a cancellation ended is said when the trade moves.
            StatusKind::Acknowledged | StatusKind::PendingProcessing => false,
            StatusKind::Cancelled => !advice.cancellation && !anew,
            _ => true,
        };
        let statuses: Vec<Status> = advice.statuses.iter().filter(said).cloned().collect();
        if statuses.is_empty() {
            return;
        }
        let about = &client.instruction.id;
        if !advice.cancellation {
            let market_reference = advice.market_reference.clone();
            self.say_status(
                &client.link,
                StatusAdvice { market_reference, ..StatusAdvice::of(about.clone(), statuses) },
            );
            return;
        }
        // Without one it answers a cancellation that was not his.
        if client.cancels.is_none() {
            return;
        }
        let refused = |s: &Status| matches!(s.kind, StatusKind::Rejected | StatusKind::CancellationDenied);
        let ended = statuses.iter().any(refused);
        self.answer_cancellations(&client, &statuses);
        if ended {
            self.decide(Fact::ClientCancels { trade: id, request: None });
        }
    }

    /// That it settled, or a part of it, is passed on by the client's references and for his account.
    pub(super) fn pass_on_settlement(&mut self, id: u64, settlement: &SettlementConfirmation) {
        let Some(client) = self.book.trades.get(&id).and_then(|t| t.client.clone()) else { return };
        let Some(reference) = own_reference(self.book.next_out) else { return };
        // Who repeats no party says that they are those that were instructed; the other standard cannot do without.
        let (delivering, receiving) =
            match settlement.delivering.is_empty() && settlement.receiving.is_empty() {
                true => (&client.instruction.delivering, &client.instruction.receiving),
                false => (&settlement.delivering, &settlement.receiving),
            };
        let passed = SettlementConfirmation {
            id: Some(reference),
            instruction: client.instruction.id.clone(),
            previous: None,
            common_reference: client.instruction.common_reference.clone(),
            linkages: Vec::new(),
            account: client.instruction.account.clone(),
            account_owner: client.instruction.account_owner.clone(),
            more: None,
            delivering: delivering.clone(),
            receiving: receiving.clone(),
            ..settlement.clone()
        };
        self.tell_client(&client.link, &Event::Settlement(Box::new(passed)));
    }

    fn answer_client(&mut self, link: &str, about: &Reference, statuses: Vec<Status>) {
        self.say_status(link, StatusAdvice::of(about.clone(), statuses));
    }

    /// Answers all that a client has sent to cancel an instruction of his.
    fn answer_cancellations(&mut self, client: &ClientSide, statuses: &[Status]) {
        for request in client.asked_to_cancel() {
            self.answer_cancellation(&client.link, request, &client.instruction.id, statuses.to_vec());
        }
    }

    /// Answers a cancellation: `about` is what it should cancel.
    fn answer_cancellation(
        &mut self,
        link: &str,
        request: &Reference,
        about: &Reference,
        statuses: Vec<Status>,
    ) {
        let mut advice = StatusAdvice { cancellation: true, ..StatusAdvice::of(request.clone(), statuses) };
        // By ISO 20022 it names the instruction too, where that is known.
        let iso = self.book.profile.link(link).is_some_and(|l| l.speech != Speech::Mt);
        let trade = self.book.by_client.get(&(link.to_owned(), about.clone())).filter(|_| iso);
        let client = trade.and_then(|id| self.book.trades.get(id)).and_then(|t| t.client.as_deref());
        if let Some(client) = client {
            advice.linkages.push(Linkage::new("PREV", about.clone()));
            advice.details = Some(TransactionDetails {
                movement: Some(client.instruction.movement),
                payment: Some(client.instruction.payment),
                ..TransactionDetails::default()
            });
        }
        self.say_status(link, advice);
    }

    pub(super) fn say_status(&mut self, link: &str, advice: StatusAdvice) {
        let id = own_reference(self.book.next_out);
        let advice = StatusAdvice { id, prepared: Some(self.now.utc()), ..advice };
        self.tell_client(link, &Event::Status(Box::new(advice)));
    }

    /// Queues a message to a client; what cannot be written he must hear by other means. Says whether it was written.
    pub(super) fn tell_client(&mut self, link: &str, event: &Event) -> bool {
        let Some(profile) = self.book.profile.link(link) else { return false };
        match outbox::write(event, profile, self.book.next_out, self.now) {
            Ok(encoded) => {
                self.queue(link, encoded.message_type, encoded.bytes, None, false);
                true
            }
            Err(error) => {
                let about = event.reference().map_or("?".to_owned(), Reference::to_string);
                let detail =
                    format!("the client cannot be told of {about} ({error}): tell him by other means");
                self.raise_on_link(link, false, ReasonCode::NotWritable, detail);
                false
            }
        }
    }
}

/// What is wrong with a client's instruction.
pub(super) fn fault(link: &str, instruction: &SettlementInstruction, profile: &Profile) -> Option<Fault> {
    let Some(client) = profile.clients.iter().find(|client| client.link == link) else {
        return Some((
            ACCOUNT,
            format!("{link} is the link of no client: [[profile.clients]] has to name it"),
        ));
    };
    let account = instruction.account.as_ref();
    if !account.is_some_and(|a| client.accounts.contains(a) && profile.account(a).is_some()) {
        let named = account.map_or("no account".to_owned(), |a| format!("account {a}"));
        return Some((ACCOUNT, format!("{named} is none of yours")));
    }
    if instruction.trade_date.is_some_and(|traded| instruction.settlement_date < traded) {
        return Some((DATE, format!("it settles on {}, before it was traded", instruction.settlement_date)));
    }
    if instruction.delivering.depository.is_none() && instruction.receiving.depository.is_none() {
        return Some((PLACE, "it names no place of settlement".to_owned()));
    }
    if instruction.counterparty_chain().agent.is_none() {
        return Some((AGENT, "it names no agent of the other side".to_owned()));
    }
    if instruction.quantity.value().is_zero() {
        return Some((QUANTITY, "its quantity is 0: there is nothing to settle".to_owned()));
    }
    match (instruction.payment, instruction.amount) {
        (Payment::Against, None) => Some((AMOUNT, "it is against payment and names no amount".to_owned())),
        (Payment::Against, Some(amount)) if amount.value().is_zero() => {
            Some((AMOUNT, "it is against payment, and its amount is 0".to_owned()))
        }
        (Payment::Free, Some(amount)) => {
            Some((AMOUNT, format!("it is free of payment and names an amount, {amount}")))
        }
        _ => None,
    }
}

/// Why a client's cancellation is not taken.
fn not_to_be_cancelled(request: &CancellationRequest, trade: Option<&Trade>) -> Option<Fault> {
    let about = &request.cancels;
    let Some((trade, client)) = trade.and_then(|t| Some((t, t.client.as_deref()?))) else {
        return Some((REFERENCE, format!("no instruction of yours is known as {about}")));
    };
    // One standard repeats the instruction, the other may name its account.
    let known = &client.instruction;
    let repeated = request.details.as_deref();
    let account = request.account.as_ref().or(repeated.and_then(|i| i.account.as_ref()));
    if account.is_some() && account != known.account.as_ref() {
        return Some((ACCOUNT, format!("{about} is for another account")));
    }
    let said = repeated.map(|i| (i.movement, i.payment));
    let way = (request.movement.or(said.map(|s| s.0)), request.payment.or(said.map(|s| s.1)));
    let stated = request.transaction.as_deref();
    let instrument = repeated.map(|i| &i.instrument).or(stated.and_then(|t| t.instrument.as_ref()));
    let quantity = repeated.map(|i| i.quantity).or(stated.and_then(|t| t.quantity));
    if let Some(what) = repeats_other(known, way, instrument, quantity) {
        return Some((REFERENCE, format!("{about} says another {what}")));
    }
    match trade.state {
        State::Settled => Some((SETTLED, format!("{about} has settled"))),
        State::Cancelled => Some((CANCELLED, format!("{about} is cancelled already"))),
        _ => None,
    }
}

/// Whether a client's instruction is being cancelled because he has asked; our desk may have asked for it too.
fn is_being_cancelled(trade: &Trade) -> bool {
    let asked = trade.client.as_deref().is_some_and(|client| client.cancels.is_some());
    asked && trade.state == State::CancelRequested
}

/// What a request repeats of an instruction otherwise than that has it.
pub(super) fn repeats_other(
    known: &SettlementInstruction,
    (movement, payment): (Option<Movement>, Option<Payment>),
    instrument: Option<&Instrument>,
    quantity: Option<Quantity>,
) -> Option<&'static str> {
    let isin = instrument.and_then(|instrument| instrument.isin);
    let others = [
        (movement.is_some_and(|movement| movement != known.movement), "direction"),
        (payment.is_some_and(|payment| payment != known.payment), "payment"),
        (isin.is_some_and(|isin| known.instrument.isin.is_some_and(|ours| ours != isin)), "instrument"),
        (quantity.is_some_and(|quantity| quantity != known.quantity), "quantity"),
    ];
    others.into_iter().find(|(differs, _)| *differs).map(|(_, what)| what)
}

fn counterparty(instruction: &SettlementInstruction) -> Option<finality_parsers::model::Bic> {
    let chain = instruction.counterparty_chain();
    [&chain.client, &chain.agent].into_iter().flatten().find_map(Party::as_bic)
}

/// What a client's instruction says, as the sides of trades say it.
pub(super) fn terms(i: &SettlementInstruction) -> Terms {
    Terms {
        side: match i.movement {
            Movement::Receive => Side::Buy,
            Movement::Deliver => Side::Sell,
        },
        instrument: i.instrument.clone(),
        quantity: i.quantity,
        price: i.price,
        net: i.amount.filter(|_| i.payment == Payment::Against),
        gross: None,
        accrued: None,
        commission: None,
        fees: None,
        currency: i.amount.map(|amount| amount.currency()),
        trade_date: i.trade_date.unwrap_or(i.settlement_date),
        settlement_date: Some(i.settlement_date),
        account: i.account.clone(),
        broker: counterparty(i),
        payment: Some(i.payment),
    }
}

pub(super) fn fault_of(refusal: &Refusal) -> Fault {
    const KNOWN: [&str; 9] = [REFERENCE, ACCOUNT, DATE, PLACE, AGENT, SETTLED, CANCELLED, AMOUNT, QUANTITY];
    let code = match refusal {
        Refusal::Whole { reason, .. } => KNOWN.into_iter().find(|known| known == reason),
        _ => None,
    };
    (code.unwrap_or(WORDS), refusal.text().to_owned())
}

/// How a fault is kept, so that the same message is answered the same.
pub(super) fn refusal((code, text): &Fault) -> Refusal {
    Refusal::Whole { reason: (*code).to_owned(), text: text.clone() }
}

pub(super) fn one(kind: StatusKind) -> Vec<Status> {
    vec![Status { kind, reasons: Vec::new() }]
}

pub(super) fn with(kind: StatusKind, fault: &Fault) -> Vec<Status> {
    let reason = Reason { code: fault.0.to_owned(), issuer: None, text: Some(fault.1.clone()) };
    vec![Status { kind, reasons: vec![reason] }]
}

fn rejected(fault: &Fault) -> Vec<Status> {
    with(StatusKind::Rejected, fault)
}

fn denied(fault: &Fault) -> Vec<Status> {
    let kind = if [SETTLED, CANCELLED].contains(&fault.0) {
        StatusKind::CancellationDenied
    } else {
        StatusKind::Rejected
    };
    with(kind, fault)
}

fn taken_or(fault: Option<Fault>) -> Vec<Status> {
    match fault {
        Some(fault) => rejected(&fault),
        None => one(StatusKind::Acknowledged),
    }
}

/// Our reference for a message to a client: no outbox entry has that of another.
pub(super) fn own_reference(out: u64) -> Option<Reference> {
    format!("FS{out:012}").parse().ok()
}
