//! The depository: admits instructions (sese.023), matches and settles them, and tells both sides (sese.024, sese.025).

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use finality_parsers::machine::{LinkInput, Timestamp};
use finality_parsers::model::{
    BusinessDate, Event, InstructionFunction, Isin, Movement, Payment, Reason, SettlementConfirmation,
    SettlementInstruction, Status, StatusAdvice, StatusKind,
};

use super::penalties::{Penalties, Tally};
use super::wording::{Agenda, read, write};
use super::{Call, Party, PartyEffect, PartyInput, Who};
use crate::market::{Market, Speech, at};
use crate::settlement::book::{AccountId, LineId, Shortage};
use crate::settlement::engine::{Engine, Outcome, PairId, Standing};
use crate::settlement::matching::{Key, Leg, Unmatched};

/// After that an instruction that found no counterpart is told so.
const UNMATCHED_AFTER: Duration = Duration::from_secs(30 * 60);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Open(BusinessDate),
    Close(BusinessDate),
    Unmatched(u32),
}

/// Where an admitted instruction is.
#[derive(Debug, Clone)]
enum Place {
    Unmatched(Box<Key>),
    Paired(PairId, bool),
    Cancelled,
}

/// The depository.
pub struct Csd {
    market: Rc<Market>,
    engine: Engine,
    unmatched: Unmatched,
    /// By participant and its reference.
    places: BTreeMap<(usize, String), (u32, Place)>,
    numbers: Vec<(usize, String)>,
    accounts: BTreeMap<String, AccountId>,
    /// By number.
    account_names: Vec<String>,
    lines: BTreeMap<Isin, LineId>,
    agenda: Agenda<Due>,
    next_out: u64,
    day: Option<BusinessDate>,
    penalties: Penalties,
}

impl Csd {
    /// With the day's schedule and everybody's opening balances.
    pub fn new(market: Rc<Market>) -> Self {
        let mut agenda = Agenda::default();
        for day in market.settlement_days() {
            agenda.set(at(day, market.scenario.day.settlement_from), Due::Open(day));
            agenda.set(at(day, market.scenario.day.cut_off), Due::Close(day));
        }
        let accounts = account_ids(&market);
        let lines = market.instruments.iter().zip(0..).map(|(i, n)| (i.isin, n)).collect();
        let mut engine = Engine::default();
        for opening in crate::opening::draw(&market) {
            let account = accounts[&opening.account];
            for (line, quantity) in opening.positions {
                engine.book.open_position(account, line, quantity);
            }
            engine.book.open_cash(account, opening.cash_cents);
        }
        Self {
            penalties: Penalties::new(&market),
            market,
            engine,
            unmatched: Unmatched::default(),
            places: BTreeMap::new(),
            numbers: Vec::new(),
            account_names: accounts.keys().cloned().collect(),
            accounts,
            lines,
            agenda,
            next_out: 1,
            day: None,
        }
    }

    /// The engine, for the auditor's comparison.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The penalties that were taken.
    pub fn penalties(&self) -> Tally {
        self.penalties.tally()
    }

    /// The accounts' names, by number, for the same purpose.
    pub fn account_names(&self) -> &[String] {
        &self.account_names
    }

    fn bic(&self, participant: usize) -> finality_parsers::model::Bic {
        let custodians = self.market.custodians.len();
        if participant < custodians {
            self.market.custodians[participant].bic
        } else {
            self.market.brokers[participant - custodians].bic
        }
    }

    fn participant(&self, bic: finality_parsers::model::Bic) -> Option<usize> {
        let all =
            self.market.custodians.iter().map(|c| c.bic).chain(self.market.brokers.iter().map(|b| b.bic));
        all.zip(0..).find(|(b, _)| b.same_office(&bic)).map(|(_, index)| index)
    }

    fn say(&mut self, now: Timestamp, participant: usize, event: &Event, effects: &mut Vec<PartyEffect>) {
        let id = format!("CSD{:012}", self.next_out);
        self.next_out += 1;
        let bytes =
            write(event, Speech::Mx, self.market.csd.as_str(), self.bic(participant).as_str(), &id, now);
        effects.push(PartyEffect::Send { port: participant, bytes });
    }

    fn status(
        &mut self,
        now: Timestamp,
        participant: usize,
        reference: &str,
        kind: StatusKind,
        code: Option<&str>,
        effects: &mut Vec<PartyEffect>,
    ) {
        let reasons =
            code.map(|code| Reason { code: code.to_owned(), issuer: None, text: None }).into_iter().collect();
        let advice = StatusAdvice {
            id: None,
            instruction: reference.parse().expect("it was admitted as a reference"),
            servicer_reference: None,
            market_reference: None,
            cancellation: false,
            prepared: None,
            statuses: vec![Status { kind, reasons }],
            details: None,
            modification: false,
            amendment: false,
            financing: false,
            query: None,
            linkages: Vec::new(),
            additional: Vec::new(),
        };
        self.say(now, participant, &Event::Status(Box::new(advice)), effects);
    }

    fn admit(
        &mut self,
        now: Timestamp,
        participant: usize,
        instruction: &SettlementInstruction,
        effects: &mut Vec<PartyEffect>,
    ) {
        let reference = instruction.id.to_string();
        if self.places.contains_key(&(participant, reference.clone())) {
            return;
        }
        let number = u32::try_from(self.numbers.len()).expect("fewer than four billion instructions");
        let leg = match self.leg(participant, instruction, number) {
            Ok(leg) => leg,
            Err(code) => {
                self.status(now, participant, &reference, StatusKind::Rejected, Some(code), effects);
                return;
            }
        };
        self.numbers.push((participant, reference.clone()));
        self.status(now, participant, &reference, StatusKind::Acknowledged, None, effects);
        let line = self.lines[&leg.key.isin];
        let place = Place::Unmatched(Box::new(leg.key.clone()));
        self.places.insert((participant, reference), (number, place));
        let Some((deliverer, receiver)) = self.unmatched.admit(leg) else {
            self.agenda.set(now + UNMATCHED_AFTER, Due::Unmatched(number));
            return;
        };
        let sides = [
            (deliverer.participant, deliverer.reference.clone(), true),
            (receiver.participant, receiver.reference.clone(), false),
        ];
        let mut outcomes = Vec::new();
        let pair = self.engine.admit(deliverer, receiver, line, &mut outcomes);
        if let Some(matched) = self.engine.pair(pair) {
            self.penalties.matched(pair, matched);
        }
        for (participant, reference, delivers) in sides {
            if let Some((number, place)) = self.places.get_mut(&(participant, reference.clone())) {
                *place = Place::Paired(pair, delivers);
                let number = *number;
                self.agenda.clear(&Due::Unmatched(number));
            }
            self.status(now, participant, &reference, StatusKind::Matched, None, effects);
        }
        self.tell(now, &outcomes, effects);
    }

    /// An instruction as a leg, or the reason code of its rejection.
    fn leg(&self, participant: usize, i: &SettlementInstruction, number: u32) -> Result<Leg, &'static str> {
        let delivers = i.movement == Movement::Deliver;
        let counterparty = i.counterparty_chain().agent.as_ref().and_then(|a| a.as_bic()).ok_or("DEPT")?;
        let counterparty = self.participant(counterparty).ok_or("DEPT")?;
        let isin = i.instrument.isin.filter(|isin| self.lines.contains_key(isin)).ok_or("DSEC")?;
        let account = i.account.as_ref().and_then(|a| self.accounts.get(a.as_str())).ok_or("SAFE")?;
        let quantity = i.quantity.value();
        let quantity = if quantity.fract().is_zero() { i64::try_from(quantity).ok() } else { None };
        let quantity = quantity.filter(|q| *q > 0).ok_or("DQUA")?;
        let amount = match (i.payment, i.amount) {
            (Payment::Free, _) => 0,
            (Payment::Against, amount) => {
                amount.and_then(|a| a.minor_units()).filter(|a| *a >= 0).ok_or("DMON")?
            }
        };
        let (deliverer, receiver) =
            if delivers { (participant, counterparty) } else { (counterparty, participant) };
        Ok(Leg {
            number,
            participant,
            reference: i.id.to_string(),
            delivers,
            account: *account,
            key: Key {
                deliverer,
                receiver,
                isin,
                quantity,
                trade_date: i.trade_date,
                settlement_date: i.settlement_date,
                against_payment: i.payment == Payment::Against,
                currency: i.amount.map(|a| a.currency().to_string()),
            },
            amount,
            held: i.function == InstructionFunction::PreAdvice,
        })
    }

    /// Tells both sides what the engine did.
    fn tell(&mut self, now: Timestamp, outcomes: &[Outcome], effects: &mut Vec<PartyEffect>) {
        for outcome in outcomes {
            match *outcome {
                Outcome::Settled(pair) => {
                    self.penalties.settled();
                    self.settled(now, pair, effects);
                }
                // No instruction of a scenario takes parts.
                Outcome::Part { .. } => {}
                Outcome::Pending(pair) => self.unsettled(now, pair, StatusKind::Pending, effects),
            }
        }
    }

    fn unsettled(&mut self, now: Timestamp, pair: PairId, kind: StatusKind, effects: &mut Vec<PartyEffect>) {
        let Some(pair) = self.engine.pair(pair) else { return };
        let (deliverer, receiver) = (pair.deliverer.clone(), pair.receiver.clone());
        let (to_deliverer, to_receiver) = match pair.standing {
            Standing::Short(Shortage::Securities) => ("LACK", "CLAC"),
            Standing::Short(Shortage::Cash) => ("CMON", "MONY"),
            Standing::Held => match (deliverer.held, receiver.held) {
                (true, true) => ("BOTH", "BOTH"),
                (true, false) => ("PREA", "PRCY"),
                _ => ("PRCY", "PREA"),
            },
            Standing::Linked => ("LINK", "LINK"),
            Standing::Early | Standing::Settled | Standing::Cancelled => ("FUTU", "FUTU"),
        };
        self.status(
            now,
            deliverer.participant,
            &deliverer.reference,
            kind.clone(),
            Some(to_deliverer),
            effects,
        );
        self.status(now, receiver.participant, &receiver.reference, kind, Some(to_receiver), effects);
    }

    fn settled(&mut self, now: Timestamp, id: PairId, effects: &mut Vec<PartyEffect>) {
        let Some(pair) = self.engine.pair(id) else { return };
        let day = self.day.unwrap_or(pair.deliverer.key.settlement_date);
        let amount = pair.deliverer.amount;
        for leg in [pair.deliverer.clone(), pair.receiver.clone()] {
            let instrument = finality_parsers::model::Instrument::of(leg.key.isin);
            let confirmation = SettlementConfirmation {
                id: format!("CSDP{id:09}{}", if leg.delivers { "D" } else { "R" }).parse().ok(),
                reversal: false,
                instruction: leg.reference.parse().expect("it was admitted as a reference"),
                previous: None,
                common_reference: None,
                market_reference: format!("T{id:09}").parse().ok(),
                prepared: None,
                movement: if leg.delivers { Movement::Deliver } else { Movement::Receive },
                payment: if leg.key.against_payment { Payment::Against } else { Payment::Free },
                instrument,
                settled: self.market.units(leg.key.quantity),
                previously_settled: None,
                remaining: None,
                amount: leg.key.against_payment.then(|| self.market.amount(amount)),
                previously_settled_amount: None,
                remaining_amount: None,
                other_amounts: Vec::new(),
                price: None,
                partial: None,
                trade_date: leg.key.trade_date,
                settlement_date: Some(leg.key.settlement_date),
                effective_date: day,
                account: self.account_name(leg.account),
                account_owner: None,
                transaction_type: "TRAD".to_owned(),
                delivering: self.chain(leg.key.deliverer),
                receiving: self.chain(leg.key.receiver),
                narrative: None,
                linkages: Vec::new(),
                more: None,
            };
            self.say(now, leg.participant, &Event::Settlement(Box::new(confirmation)), effects);
        }
    }

    fn account_name(&self, id: AccountId) -> Option<finality_parsers::model::Account> {
        self.account_names.get(id as usize).and_then(|name| name.parse().ok())
    }

    fn chain(&self, participant: usize) -> finality_parsers::model::SettlementChain {
        finality_parsers::model::SettlementChain {
            depository: Some(finality_parsers::model::Party::bic(self.market.csd)),
            agent: Some(finality_parsers::model::Party::bic(self.bic(participant))),
            ..finality_parsers::model::SettlementChain::default()
        }
    }

    fn close(&mut self, now: Timestamp, day: BusinessDate, effects: &mut Vec<PartyEffect>) {
        self.engine.close();
        assert!(self.engine.book.is_conserved(), "cash and securities are what they were at the opening");
        self.penalties.cut_off(day, &self.engine.book, self.engine.unsettled_due(day));
        let unsettled: Vec<PairId> = self.engine.unsettled_due(day).map(|(id, _)| id).collect();
        for pair in unsettled {
            self.unsettled(now, pair, StatusKind::Failing, effects);
        }
        let lonely: Vec<(usize, String)> = self
            .unmatched
            .legs()
            .filter(|l| l.key.settlement_date <= day)
            .map(|l| (l.participant, l.reference.clone()))
            .collect();
        for (participant, reference) in lonely {
            self.status(now, participant, &reference, StatusKind::Unmatched, Some("CMIS"), effects);
        }
    }

    fn called(&mut self, now: Timestamp, call: &Call, effects: &mut Vec<PartyEffect>) {
        match call {
            Call::ReleaseInstruction { participant, reference } => {
                let place = self.places.get(&(*participant, reference.clone())).cloned();
                let mut outcomes = Vec::new();
                match place {
                    Some((_, Place::Paired(pair, delivers))) => {
                        self.engine.set_hold(pair, delivers, false, &mut outcomes);
                    }
                    Some((number, Place::Unmatched(key))) => {
                        if let Some(mut leg) = self.unmatched.remove(&key, number) {
                            leg.held = false;
                            // It was alone before and is alone still: only its hold has changed.
                            self.unmatched.admit(leg);
                        }
                    }
                    Some((_, Place::Cancelled)) | None => {}
                }
                self.tell(now, &outcomes, effects);
            }
            Call::CancelInstruction { participant, reference } => {
                let place = self.places.get(&(*participant, reference.clone())).cloned();
                let done = match place {
                    Some((number, Place::Unmatched(key))) => {
                        self.agenda.clear(&Due::Unmatched(number));
                        let gone = self.unmatched.remove(&key, number).is_some();
                        self.places.insert((*participant, reference.clone()), (number, Place::Cancelled));
                        gone
                    }
                    // Once matched it takes both sides.
                    _ => false,
                };
                if *participant < self.market.custodians.len() {
                    let call = Call::CancelAnswer { reference: reference.clone(), done };
                    effects.push(PartyEffect::Call { to: Who::Custodian(*participant), call });
                }
            }
            _ => {}
        }
    }
}

/// Numbers for all accounts, in the order of their names.
fn account_ids(market: &Market) -> BTreeMap<String, AccountId> {
    let mut names: Vec<String> = market.accounts.iter().map(|a| a.safekeeping.to_string()).collect();
    names.extend(market.brokers.iter().map(|b| b.account.to_string()));
    names.sort();
    names.into_iter().zip(0..).collect()
}

impl Party for Csd {
    fn handle(&mut self, now: Timestamp, input: PartyInput<'_>, effects: &mut Vec<PartyEffect>) {
        match input {
            PartyInput::Wire { port, input: LinkInput::Bytes(raw) } => {
                if let Some(Event::Instruction(instruction)) = read(raw) {
                    self.admit(now, port, &instruction, effects);
                }
            }
            PartyInput::Wire { .. } | PartyInput::Notice(_) => {}
            PartyInput::Call(call) => self.called(now, call, effects),
            PartyInput::Tick => {
                while let Some(due) = self.agenda.due(now) {
                    match due {
                        Due::Open(day) => {
                            self.day = Some(day);
                            let mut outcomes = Vec::new();
                            self.engine.open(day, &mut outcomes);
                            self.tell(now, &outcomes, effects);
                        }
                        Due::Close(day) => self.close(now, day, effects),
                        Due::Unmatched(number) => {
                            let Some((participant, reference)) = self.numbers.get(number as usize).cloned()
                            else {
                                continue;
                            };
                            self.status(
                                now,
                                participant,
                                &reference,
                                StatusKind::Unmatched,
                                Some("CMIS"),
                                effects,
                            );
                        }
                    }
                }
            }
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.agenda.next()
    }
}
