//! A custodian: takes the manager's instructions in its language, forwards them to the depository, and says back what the
//! depository says. It takes an instruction once, however often it comes.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use finality_parsers::machine::{LinkInput, Timestamp};
use finality_parsers::model::{
    CancellationRequest, Event, Party as ModelParty, PenaltyReport, PenaltySource, ProcessingChange, Reason,
    Reference, SettlementInstruction, Status, StatusAdvice, StatusKind, TransportAcknowledgement,
};

use super::paging::pages;
use super::wording::{Agenda, read, write};
use super::{Call, Party, PartyEffect, PartyInput, Who};
use crate::depository::Sender;
use crate::market::{Market, Speech};

/// Towards the gateway.
const GATEWAY: usize = 0;
/// Towards the depository.
const CSD: usize = 1;

/// What is known of an instruction of the client's.
#[derive(Debug)]
struct Known {
    instruction: SettlementInstruction,
    /// For draws.
    entity: u64,
    /// Our reference at the depository.
    ours: String,
    forwarded: bool,
    cancelled: bool,
    /// All that was said to the client, in order, to be said again when asked.
    said: Vec<Vec<u8>>,
    cancel_reference: Option<Reference>,
}

/// A custodian.
pub struct Custodian {
    market: Rc<Market>,
    index: usize,
    known: BTreeMap<Reference, Known>,
    by_ours: BTreeMap<String, Reference>,
    /// Requests that were passed on, by our reference: the client's, and one of the instructions that it is about.
    changes: BTreeMap<Reference, (Reference, Reference)>,
    agenda: Agenda<Reference>,
    line_up: bool,
    waiting: Vec<Vec<u8>>,
    next: u64,
}

impl Custodian {
    /// One of the market's custodians.
    pub fn new(market: Rc<Market>, index: usize) -> Self {
        Self {
            market,
            index,
            known: BTreeMap::new(),
            by_ours: BTreeMap::new(),
            changes: BTreeMap::new(),
            agenda: Agenda::default(),
            line_up: false,
            waiting: Vec::new(),
            next: 1,
        }
    }

    fn speech(&self) -> Speech {
        self.market.custodians[self.index].speech
    }

    fn send(&mut self, bytes: Vec<u8>, effects: &mut Vec<PartyEffect>) {
        if self.line_up {
            effects.push(PartyEffect::Send { port: GATEWAY, bytes });
        } else {
            self.waiting.push(bytes);
        }
    }

    /// A reference of our own for something we say.
    fn own_reference(&mut self) -> Reference {
        let number = self.next;
        self.next += 1;
        format!("CU{}R{number:010}", self.index).parse().expect("a reference")
    }

    fn say(
        &mut self,
        now: Timestamp,
        client: &Reference,
        event: &Event,
        id: &Reference,
        effects: &mut Vec<PartyEffect>,
    ) {
        let own = self.market.custodians[self.index].bic;
        let bytes = write(event, self.speech(), own.as_str(), self.market.manager.as_str(), id.as_str(), now);
        if let Some(known) = self.known.get_mut(client) {
            known.said.push(bytes.clone());
        }
        self.send(bytes, effects);
    }

    fn status(
        &mut self,
        now: Timestamp,
        client: &Reference,
        cancellation: bool,
        statuses: Vec<Status>,
        effects: &mut Vec<PartyEffect>,
    ) {
        let id = self.own_reference();
        let advice =
            StatusAdvice { id: Some(id.clone()), cancellation, ..StatusAdvice::of(client.clone(), statuses) };
        self.say(now, client, &Event::Status(Box::new(advice)), &id, effects);
    }

    fn hear_gateway(&mut self, now: Timestamp, raw: &[u8], effects: &mut Vec<PartyEffect>) {
        let Some(event) = read(raw) else { return };
        if self.speech() == Speech::Mt {
            self.acknowledge(now, raw, effects);
        }
        match event {
            Event::Instruction(instruction) => self.instructed(now, *instruction, effects),
            Event::Cancellation(request) => self.cancel(now, &request, effects),
            Event::ProcessingChange(change) => self.change(now, *change, effects),
            _ => {}
        }
    }

    /// The network's ACK, with the user reference of the transmission.
    fn acknowledge(&mut self, now: Timestamp, raw: &[u8], effects: &mut Vec<PartyEffect>) {
        let text = String::from_utf8_lossy(raw);
        let Some(reference) = text.split("{108:").nth(1).and_then(|rest| rest.split('}').next()) else {
            return;
        };
        let Ok(reference) = reference.parse() else { return };
        let answer =
            TransportAcknowledgement { accepted: true, reference: Some(reference), error: None, line: None };
        let own = self.market.custodians[self.index].bic;
        let event = Event::Transport(Box::new(answer));
        let bytes = write(&event, Speech::Mt, own.as_str(), self.market.manager.as_str(), "ACK", now);
        self.send(bytes, effects);
    }

    fn instructed(
        &mut self,
        now: Timestamp,
        instruction: SettlementInstruction,
        effects: &mut Vec<PartyEffect>,
    ) {
        let reference = instruction.id.clone();
        if let Some(known) = self.known.get(&reference) {
            // It came again: everything that was said of it is said again, nothing is done again.
            for bytes in known.said.clone() {
                self.send(bytes, effects);
            }
            return;
        }
        let ours = format!("C{}I{:09}", self.index, self.known.len() + 1);
        let entity = self.known.len() as u64 * 16 + self.index as u64;
        self.by_ours.insert(ours.clone(), reference.clone());
        self.known.insert(
            reference.clone(),
            Known {
                instruction,
                entity,
                ours,
                forwarded: false,
                cancelled: false,
                said: Vec::new(),
                cancel_reference: None,
            },
        );
        let [low, high] = self.market.scenario.pace.custodian_milliseconds;
        let delay = self.market.running.get().between("custodian: processing", entity, low, high);
        self.agenda.set(now + Duration::from_millis(delay), reference);
    }

    /// Processing is done: taken, and passed on to the depository.
    fn forward(&mut self, now: Timestamp, client: &Reference, effects: &mut Vec<PartyEffect>) {
        let Some(known) = self.known.get_mut(client).filter(|k| !k.forwarded && !k.cancelled) else { return };
        known.forwarded = true;
        let mut instruction = known.instruction.clone();
        if instruction.partial.is_none() {
            let settings = &self.market.scenario.depository;
            instruction.partial = settings.partial(&self.market.draws, Sender::Custodian, known.entity);
        }
        instruction.id = known.ours.parse().expect("a reference");
        instruction.trade_reference = Some(client.clone());
        let reference = known.ours.clone();
        let own = self.market.custodians[self.index].bic;
        instruction.account_owner = Some(ModelParty::bic(own));
        let event = Event::Instruction(Box::new(instruction));
        let bytes = write(&event, Speech::Mx, own.as_str(), self.market.csd.as_str(), &reference, now);
        effects.push(PartyEffect::Send { port: CSD, bytes });
        self.status(
            now,
            client,
            false,
            vec![Status { kind: StatusKind::Acknowledged, reasons: Vec::new() }],
            effects,
        );
    }

    fn hear_csd(&mut self, now: Timestamp, event: Option<&Event>, effects: &mut Vec<PartyEffect>) {
        match event {
            Some(Event::Status(advice)) => {
                if advice.modification {
                    return self.change_answered(now, (**advice).clone(), effects);
                }
                let Some(client) = self.by_ours.get(advice.instruction.as_str()).cloned() else { return };
                // That the depository has taken it is between it and us; the client has been told already.
                let news: Vec<Status> =
                    advice.statuses.iter().filter(|s| s.kind != StatusKind::Acknowledged).cloned().collect();
                if !news.is_empty() {
                    self.status(now, &client, advice.cancellation, news, effects);
                }
            }
            Some(Event::Penalties(report)) => self.penalties(now, (**report).clone(), effects),
            Some(Event::Settlement(settlement)) => {
                let Some(client) = self.by_ours.get(settlement.instruction.as_str()).cloned() else { return };
                let (id, mut settlement) = (self.own_reference(), settlement.clone());
                settlement.id = Some(id.clone());
                settlement.instruction = client.clone();
                settlement.account_owner = None;
                self.say(now, &client, &Event::Settlement(settlement), &id, effects);
            }
            _ => {}
        }
    }

    /// What the depository charges is charged on: the report goes to the client under its own references.
    fn penalties(&mut self, now: Timestamp, mut report: PenaltyReport, effects: &mut Vec<PartyEffect>) {
        let all = report.lists.iter_mut().flat_map(|l| &mut l.currencies).flat_map(|c| &mut c.counterparties);
        for transaction in all.flat_map(|c| &mut c.penalties).filter_map(|p| p.transaction.as_mut()) {
            let ours = transaction.instruction.as_ref().map_or("", |reference| reference.as_str());
            transaction.instruction = self.by_ours.get(ours).cloned();
        }
        let (own, speech) = (self.market.custodians[self.index].bic, self.speech());
        let number = now.utc().format("%j").to_string();
        let pages = if speech == Speech::Mt { pages(report, &number) } else { vec![report] };
        for mut page in pages {
            let id = self.own_reference();
            if let PenaltySource::Statement(header) = &mut page.source {
                header.id = id.clone();
            }
            let event = Event::Penalties(Box::new(page));
            let bytes = write(&event, speech, own.as_str(), self.market.manager.as_str(), id.as_str(), now);
            self.send(bytes, effects);
        }
    }

    fn cancel(&mut self, now: Timestamp, request: &CancellationRequest, effects: &mut Vec<PartyEffect>) {
        let client = request.cancels.clone();
        let Some(known) = self.known.get_mut(&client) else { return };
        known.cancel_reference = Some(request.id.clone());
        if known.forwarded {
            let participant = self.index;
            let call = Call::CancelInstruction { participant, reference: known.ours.clone() };
            effects.push(PartyEffect::Call { to: Who::Csd, call });
        } else {
            known.cancelled = true;
            self.status(
                now,
                &client,
                true,
                vec![Status { kind: StatusKind::Cancelled, reasons: Vec::new() }],
                effects,
            );
        }
    }

    /// A request to process instructions otherwise goes on to the depository, under our references. Under simple rules nobody there
    /// would understand it, and it stays unanswered.
    fn change(&mut self, now: Timestamp, mut change: ProcessingChange, effects: &mut Vec<PartyEffect>) {
        if !self.market.scenario.depository.has_steps() {
            return;
        }
        let ours = self.own_reference();
        let asked = std::mem::replace(&mut change.id, ours.clone());
        let mut about = None;
        // What a release is of names the instruction too.
        let named =
            change.requests.iter_mut().flat_map(|r| &mut r.instructions).map(|(_, reference)| reference);
        let named = named.chain(change.statuses.iter_mut().filter_map(|s| s.instruction.as_mut()));
        for reference in named {
            if let Some(known) = self.known.get(reference).filter(|k| k.forwarded) {
                about = Some(reference.clone());
                *reference = known.ours.parse().expect("a reference");
            }
        }
        let Some(client) = about else { return };
        self.changes.insert(ours.clone(), (asked, client));
        let own = self.market.custodians[self.index].bic;
        change.account_owner = Some(ModelParty::bic(own));
        let event = Event::ProcessingChange(Box::new(change));
        let bytes = write(&event, Speech::Mx, own.as_str(), self.market.csd.as_str(), ours.as_str(), now);
        effects.push(PartyEffect::Send { port: CSD, bytes });
    }

    fn change_answered(&mut self, now: Timestamp, mut advice: StatusAdvice, effects: &mut Vec<PartyEffect>) {
        let Some((asked, client)) = self.changes.get(&advice.instruction).cloned() else { return };
        let id = self.own_reference();
        advice.id = Some(id.clone());
        advice.instruction = asked;
        self.say(now, &client, &Event::Status(Box::new(advice)), &id, effects);
    }

    fn called(&mut self, now: Timestamp, call: &Call, effects: &mut Vec<PartyEffect>) {
        match call {
            Call::SayAgain { instruction } => {
                let said = self.known.get(instruction).map(|k| k.said.clone()).unwrap_or_default();
                for bytes in said {
                    self.send(bytes, effects);
                }
            }
            Call::CancelAnswer { reference, done } => {
                let Some(client) = self.by_ours.get(reference).cloned() else { return };
                let status = if *done {
                    Status { kind: StatusKind::Cancelled, reasons: Vec::new() }
                } else {
                    let reason = Reason { code: "DCAN".to_owned(), issuer: None, text: None };
                    Status { kind: StatusKind::CancellationDenied, reasons: vec![reason] }
                };
                self.status(now, &client, true, vec![status], effects);
            }
            _ => {}
        }
    }
}

impl Party for Custodian {
    fn handle(&mut self, now: Timestamp, input: PartyInput<'_>, effects: &mut Vec<PartyEffect>) {
        match input {
            PartyInput::Wire { port: GATEWAY, input: LinkInput::Opened } => {
                self.line_up = true;
                for bytes in std::mem::take(&mut self.waiting) {
                    effects.push(PartyEffect::Send { port: GATEWAY, bytes });
                }
            }
            PartyInput::Wire { port: GATEWAY, input: LinkInput::Closed } => self.line_up = false,
            PartyInput::Wire { port: GATEWAY, input: LinkInput::Bytes(raw) } => {
                self.hear_gateway(now, raw, effects)
            }
            PartyInput::Heard { event, .. } => self.hear_csd(now, event, effects),
            PartyInput::Wire { .. } | PartyInput::Notice(_) => {}
            PartyInput::Call(call) => self.called(now, call, effects),
            PartyInput::Tick => {
                while let Some(client) = self.agenda.due(now) {
                    self.forward(now, &client, effects);
                }
            }
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.agenda.next()
    }
}
