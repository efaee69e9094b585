//! A client's command about an instruction of his that stands: hold it, release it, prefer it, settle it in parts. It is checked,
//! answered, and passed on to the depository as requests of ours, one for each change; how those end is what he hears.

use finality_parsers::desk::Wish;
use finality_parsers::model::{
    Account, Change, ChangeRequest, ChangeStatus, Event, EventKind, Function, InstructionFunction, Linkage,
    PartialSettlement, ProcessingChange, Reason, Reference, Refusal, SettlementInstruction, Status,
    StatusAdvice, StatusKind, TransactionDetails,
};
use rust_decimal::Decimal;

use super::client::{
    ACCOUNT, CANCELLED, Fault, QUANTITY, REFERENCE, SETTLED, WORDS, fault_of, one, refusal, with,
};
use super::{Novelty, digest_of};
use crate::gateway::Kernel;
use crate::lifecycle::state::State;
use crate::lifecycle::trade::{ClientSide, Trade};
use crate::profile::Speech;
use crate::requests::{Asked, Standing, holds};

/// How a command ended, as far as it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Something is not answered yet.
    Open,
    /// All of it is done.
    Done,
    /// Something is refused.
    Refused(Vec<Reason>),
    /// The trade ended before.
    Overtaken,
}

impl Kernel {
    /// A client's command: checked, answered, passed on.
    pub(super) fn client_changes(
        &mut self,
        link: &str,
        change: ProcessingChange,
        refused: Option<Refusal>,
    ) -> bool {
        let event = Event::ProcessingChange(Box::new(change));
        let digest = digest_of(&event);
        let Event::ProcessingChange(change) = event else { unreachable!("made two lines above") };
        let id = change.id.clone();
        match self.novelty(link, EventKind::ProcessingChange, &id, digest) {
            Novelty::Same(refused) => {
                self.repeated(link, &id);
                let refused = refused.as_ref().map(fault_of);
                self.command_answered_again(link, &change, refused);
                return true;
            }
            Novelty::Other => {
                let why = self.reused(link, EventKind::ProcessingChange, &id);
                self.answer_command(link, &change, not_done(&(REFERENCE, why)));
                return false;
            }
            Novelty::New => {}
        }
        let understood = self.understood(link, &change);
        let understood = understood.and_then(|wanted| match refused {
            Some(refused) => Err(fault_of(&refused)),
            None => Ok(wanted),
        });
        // What it names may still come: then the same command is one.
        if !matches!(understood, Err((REFERENCE, _))) {
            let refusal = understood.as_ref().err().map(refusal);
            self.take(link, EventKind::ProcessingChange, &id, digest, refusal.as_ref());
        }
        match understood {
            Err(fault) => self.answer_command(link, &change, not_done(&fault)),
            Ok((trade, wishes)) => self.command_carried_out(link, trade, &wishes, &change),
        }
        true
    }

    /// Which trade it is about and what is wanted, or why it is not done.
    fn understood(&self, link: &str, change: &ProcessingChange) -> Result<(u64, Vec<Wish>), Fault> {
        let (request, wishes) = wishes(change)?;
        let Some((trade, client)) = self.named_by_client(link, &request.instructions) else {
            let named = named(request).map_or("no reference".to_owned(), Reference::to_string);
            return Err((REFERENCE, format!("no instruction of yours is known as {named}")));
        };
        let about = &client.instruction.id;
        if client.instruction.account.as_ref() != Some(&change.account) {
            return Err((ACCOUNT, format!("{about} is for another account")));
        }
        match trade.state {
            State::Settled => return Err((SETTLED, format!("{about} has settled"))),
            State::Cancelled => return Err((CANCELLED, format!("{about} is cancelled"))),
            State::CancelRequested if client.cancels.is_some() => {
                return Err((CANCELLED, format!("{about} is being cancelled")));
            }
            State::Rejected => return Err((WORDS, format!("{about} was rejected"))),
            _ => {}
        }
        let whole = client.instruction.quantity;
        let left = whole.value().saturating_sub(trade.settled);
        if change.statuses.iter().filter_map(|s| s.quantity).any(|q| q.kind() != whole.kind()) {
            return Err((QUANTITY, format!("the quantity of {about} is counted otherwise")));
        }
        let instructed = trade.instructed.as_deref().filter(|_| trade.state.is_out());
        for wish in &wishes {
            match wish {
                Wish::Release { quantity: Some(quantity) }
                    if *quantity <= Decimal::ZERO || *quantity > left =>
                {
                    return Err((QUANTITY, format!("{} of {about} are left to settle", left.normalize())));
                }
                Wish::Hold | Wish::Release { quantity: None } => {}
                _ if instructed.is_none() => {
                    return Err((WORDS, format!("{about} is not with the depository yet")));
                }
                _ => {}
            }
        }
        if instructed.is_some_and(|instructed| !self.takes_changes(&instructed.custodian)) {
            return Err((WORDS, "nothing of this kind can be passed on to the depository".to_owned()));
        }
        Ok((trade.id, wishes))
    }

    /// The instruction of a client that references mean: his own, else ours, which one of the standards has him know.
    pub(super) fn named_by_client(
        &self,
        link: &str,
        references: &[(String, Reference)],
    ) -> Option<(&Trade, &ClientSide)> {
        let of_kind = |kind: &'static str| references.iter().filter(move |(known, _)| known == kind);
        let of_client =
            |reference: &Reference| self.book.by_client.get(&(link.to_owned(), reference.clone()));
        // Ours may be told to him by other means.
        let find = |reference| of_client(reference).or_else(|| self.book.by_instruction.get(reference));
        NAMES.into_iter().flat_map(of_kind).find_map(|(_, reference)| {
            let trade = self.book.trades.get(find(reference)?)?;
            let client = trade.client.as_deref().filter(|client| client.link == link)?;
            Some((&**trade, client))
        })
    }

    /// What is checked is passed on; before the instruction is out, only how it goes out is said.
    fn command_carried_out(&mut self, link: &str, trade: u64, wishes: &[Wish], change: &ProcessingChange) {
        let (by, why) = (link, format!("command {} of the client", change.id));
        let out = self.book.trades.get(&trade).is_some_and(|t| t.state.is_out() && t.instructed.is_some());
        if !out {
            wishes.iter().filter_map(holds).for_each(|held| self.hold_back(trade, held, by, &why));
            self.answer_command(link, change, done());
            return;
        }
        self.answer_command(link, change, taken());
        for wish in wishes {
            if let Err(error) = self.ask(trade, wish, Some(&change.id), by, &why) {
                let fault = (WORDS, format!("it cannot be passed on: {error}"));
                self.answer_command(link, change, denied(&fault));
                return;
            }
        }
    }

    /// A command came again: how far it is is said once more.
    fn command_answered_again(&mut self, link: &str, change: &ProcessingChange, refused: Option<Fault>) {
        if let Some(fault) = refused {
            self.answer_command(link, change, not_done(&fault));
            return;
        }
        let known = wishes(change).ok();
        let known = known.and_then(|(request, _)| self.named_by_client(link, &request.instructions));
        let Some((trade, client)) = known else { return };
        let statuses = match outcome(&trade.processing.asked, &change.id) {
            // It was not out: it went out, or goes out, as he wanted.
            None => done(),
            Some(outcome) => said(&outcome, trade, client),
        };
        self.answer_command(link, change, statuses);
    }

    /// How far a command of a client is; nothing where none of our requests passes it on.
    pub(super) fn outcome_of(&self, trade: u64, command: &Reference) -> Option<Outcome> {
        outcome(&self.book.trades.get(&trade)?.processing.asked, command)
    }

    /// A request that passes a command on was answered: the client hears of it once that decides his command.
    pub(super) fn client_hears_of_command(&mut self, id: u64, command: &Reference, before: &Outcome) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let Some(client) = trade.client.clone() else { return };
        let now = outcome(&trade.processing.asked, command);
        let after_all = matches!((before, &now), (Outcome::Refused(_), Some(Outcome::Done)));
        let Some(now) = now.filter(|now| now != before && (after_all || !before.is_final())) else { return };
        let statuses = said(&now, trade, &client);
        let about = Some(&client.instruction.id);
        self.say_of_command(&client.link, command, about, client.instruction.account.as_ref(), statuses);
    }

    fn answer_command(&mut self, link: &str, change: &ProcessingChange, statuses: Vec<Status>) {
        let about = change.requests.iter().find_map(named);
        self.say_of_command(link, &change.id, about, Some(&change.account), statuses);
    }

    pub(super) fn say_of_command(
        &mut self,
        link: &str,
        command: &Reference,
        about: Option<&Reference>,
        account: Option<&Account>,
        statuses: Vec<Status>,
    ) {
        let mut advice = StatusAdvice { modification: true, ..StatusAdvice::of(command.clone(), statuses) };
        advice.linkages.extend(about.map(|about| Linkage::new(PREVIOUS, about.clone())));
        // The other standard names an account only with a transaction.
        if self.book.profile.link(link).is_some_and(|l| l.speech != Speech::Mt) {
            let details = TransactionDetails { account: account.cloned(), ..TransactionDetails::default() };
            advice.details = account.map(|_| details);
        }
        self.say_status(link, advice);
    }

    /// An instruction of a client's as it goes out: with what he, or our desk, has asked since he gave it.
    pub(super) fn as_asked(&self, trade: &Trade, instruction: &mut SettlementInstruction) {
        let pre_advice = |i: &SettlementInstruction| i.function == InstructionFunction::PreAdvice;
        let mut held = match trade.instructed.as_deref() {
            Some(former) => pre_advice(&former.instruction),
            None => pre_advice(instruction) || self.on_hold_by_account(trade),
        };
        let stands = |a: &&Asked| a.standing.is_open() || a.standing == Standing::Completed;
        for asked in trade.processing.asked.iter().filter(stands) {
            match &asked.request.wish {
                Wish::Priority(priority) => instruction.priority = Some(*priority),
                Wish::Partial { allowed } => {
                    let partial =
                        if *allowed { PartialSettlement::Allowed } else { PartialSettlement::NotAllowed };
                    instruction.partial = Some(partial);
                }
                wish => held = holds(wish).unwrap_or(held),
            }
        }
        let held = trade.processing.next_held.unwrap_or(held);
        instruction.function = if held { InstructionFunction::PreAdvice } else { InstructionFunction::New };
    }
}

/// How a client names an instruction of his in a command.
const PREVIOUS: &str = "PREV";
/// How the standards name an instruction by its owner's reference, or by its servicer's.
const NAMES: [&str; 3] = [PREVIOUS, "RELA", "ASRF"];

impl Outcome {
    fn is_final(&self) -> bool {
        *self != Outcome::Open
    }
}

fn outcome(asked: &[Asked], command: &Reference) -> Option<Outcome> {
    let of_it = || asked.iter().filter(|a| a.request.client.as_ref() == Some(command));
    let stands = |standing| of_it().find(|a| a.standing == standing);
    of_it().next()?;
    Some(match (stands(Standing::Refused), stands(Standing::Overtaken)) {
        (Some(refused), _) => Outcome::Refused(refused.reasons.clone()),
        (None, Some(_)) => Outcome::Overtaken,
        (None, None) if of_it().any(|a| a.standing.is_open()) => Outcome::Open,
        (None, None) => Outcome::Done,
    })
}

/// What a client hears of a command.
fn said(outcome: &Outcome, trade: &Trade, client: &ClientSide) -> Vec<Status> {
    let about = &client.instruction.id;
    match outcome {
        Outcome::Open => taken(),
        Outcome::Done => done(),
        Outcome::Refused(reasons) if !reasons.is_empty() => {
            vec![Status { kind: StatusKind::ChangeDenied, reasons: reasons.clone() }]
        }
        Outcome::Refused(_) => denied(&(WORDS, "it was not taken".to_owned())),
        Outcome::Overtaken if trade.state == State::Settled => {
            denied(&(SETTLED, format!("{about} has settled")))
        }
        Outcome::Overtaken => denied(&(CANCELLED, format!("{about} is cancelled"))),
    }
}

pub(super) fn taken() -> Vec<Status> {
    one(StatusKind::Acknowledged)
}

pub(super) fn done() -> Vec<Status> {
    one(StatusKind::ChangeCompleted)
}

pub(super) fn denied(fault: &Fault) -> Vec<Status> {
    with(StatusKind::ChangeDenied, fault)
}

/// Denied is what came too late; what is wrong in itself is rejected.
pub(super) fn not_done(fault: &Fault) -> Vec<Status> {
    if [SETTLED, CANCELLED].contains(&fault.0) { denied(fault) } else { with(StatusKind::Rejected, fault) }
}

/// How a request names its instruction.
fn named(request: &ChangeRequest) -> Option<&Reference> {
    let previous = request.instructions.iter().find(|(kind, _)| kind == PREVIOUS);
    previous.or(request.instructions.first()).map(|(_, reference)| reference)
}

/// What a command asks, of one instruction; or what of it cannot be passed on.
fn wishes(change: &ProcessingChange) -> Result<(&ChangeRequest, Vec<Wish>), Fault> {
    let words = |text: String| Err((WORDS, text));
    if change.function != Function::New {
        return words("a command is not taken back: ask for the opposite".to_owned());
    }
    let [request] = &change.requests[..] else {
        return words("it is about several instructions: send a command for each".to_owned());
    };
    if !request.linkages.is_empty() || request.changes.is_empty() {
        return words("only hold, release, priority and settlement in parts are passed on".to_owned());
    }
    let timed = |s: &ChangeStatus| s.effective.is_some() || s.expires.is_some() || s.cut_off.is_some();
    if change.statuses.iter().any(timed) {
        return words("a change is passed on at once, and for no time that is said".to_owned());
    }
    let other = |s: &ChangeStatus| {
        s.instruction.as_ref().is_some_and(|about| Some(about) != named(request))
            || s.account.as_ref().is_some_and(|account| *account != change.account)
    };
    if change.statuses.iter().any(other) {
        return words("it says something of another instruction or account too".to_owned());
    }
    let mut quantities = change.statuses.iter().filter_map(|s| s.quantity);
    let mut quantity = quantities.next().map(|q| q.value());
    if quantities.next().is_some() {
        return words("it says several quantities".to_owned());
    }
    let mut wishes = Vec::with_capacity(request.changes.len());
    for change in &request.changes {
        let wish = match change {
            Change::Hold => Wish::Hold,
            Change::Release => Wish::Release { quantity: quantity.take() },
            Change::Priority(priority @ 1..=4) => Wish::Priority(*priority),
            Change::Partial(PartialSettlement::Allowed) => Wish::Partial { allowed: true },
            Change::Partial(PartialSettlement::NotAllowed) => Wish::Partial { allowed: false },
            other => return words(format!("this change is not passed on: {}", described(other))),
        };
        if wishes.iter().any(|known: &Wish| known.is_about_the_same(&wish)) {
            return words("it contradicts itself, or says something twice".to_owned());
        }
        wishes.push(wish);
    }
    if quantity.is_some() {
        return words("only a release is of a quantity".to_owned());
    }
    Ok((request, wishes))
}

fn described(change: &Change) -> String {
    match change {
        Change::Priority(priority) => format!("priority {priority}, which is not 1 to 4"),
        Change::Partial(partial) => format!("settlement in parts {}", partial.code()),
        Change::Linkage(code) => format!("linkage {code}"),
        Change::Matching(code) => format!("matching {code}"),
        Change::Borrowing(code) => format!("borrowing {code}"),
        Change::Splitting(code) => format!("splitting {code}"),
        Change::RealTimeGross(code) => format!("real-time gross settlement {code}"),
        Change::Other { kind, code } => format!("{kind} {code}"),
        Change::Hold | Change::Release => "hold".to_owned(),
    }
}
