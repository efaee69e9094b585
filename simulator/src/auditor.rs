//! The auditor: listens on the depository's wires, predicts from its own simple books what must and must not happen, and
//! compares. It shares no code with the engine: it decodes the same bytes and keeps decimals where the engine keeps
//! integers.
//!
//! What it holds true:
//! - a settlement is confirmed to both sides, alike, between opening and cut-off, on or after its date, for instructions
//!   that agree, that nobody held and that had not settled before;
//! - the deliverer had the securities and the receiver the cash at that moment, so no balance ever goes below zero;
//! - at each cut-off nothing is left that is due, agreed and not held, and for which both sides have what it takes;
//! - the balances at the end are those of the engine, and the sums are those of the opening.

use std::collections::BTreeMap;

use finality_parsers::codec::{self, Depth};
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Bic, BusinessDate, Event, InstructionFunction, Movement};
use rust_decimal::Decimal;

use crate::market::{Market, at};
use crate::opening;
use crate::parties::Call;

/// An instruction as it was submitted.
#[derive(Debug, Clone)]
struct Leg {
    agreement: Agreement,
    delivers: bool,
    account: String,
    amount: Decimal,
    held: bool,
    cancelled: bool,
    pair: Option<usize>,
    confirmed: Option<Timestamp>,
}

/// What both sides must say alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Agreement {
    from: String,
    to: String,
    isin: String,
    quantity: Decimal,
    trade_date: Option<BusinessDate>,
    settlement_date: BusinessDate,
    currency: String,
}

type LegId = (usize, String);

/// The auditor.
#[derive(Debug)]
pub struct Auditor {
    participants: Vec<Bic>,
    legs: BTreeMap<LegId, Leg>,
    /// Instructions that a custodian passed on, by its client's reference.
    by_client: BTreeMap<String, LegId>,
    waiting: BTreeMap<Agreement, Vec<LegId>>,
    pairs: Vec<(LegId, LegId)>,
    settled: Vec<bool>,
    securities: BTreeMap<(String, String), Decimal>,
    cash: BTreeMap<String, Decimal>,
    opening_cash: Decimal,
    hours: Vec<(Timestamp, Timestamp)>,
    findings: Vec<String>,
    checked: u64,
}

impl Auditor {
    /// Knows the opening balances and the hours, and nothing else.
    pub fn new(market: &Market) -> Self {
        let mut securities = BTreeMap::new();
        let mut cash = BTreeMap::new();
        for opening in opening::draw(market) {
            for (line, quantity) in opening.positions {
                let isin = market.instruments[line as usize].isin.to_string();
                securities.insert((opening.account.clone(), isin), Decimal::from(quantity));
            }
            cash.insert(opening.account, Decimal::new(opening.cash_cents, 2));
        }
        let day = &market.scenario.day;
        let hours = market
            .settlement_days()
            .into_iter()
            .map(|d| (at(d, day.settlement_from), at(d, day.cut_off)))
            .collect();
        let participants = market
            .custodians
            .iter()
            .map(|c| c.bic)
            .chain(market.depository_members().map(|b| b.bic))
            .collect();
        Self {
            participants,
            legs: BTreeMap::new(),
            by_client: BTreeMap::new(),
            waiting: BTreeMap::new(),
            pairs: Vec::new(),
            settled: Vec::new(),
            opening_cash: cash.values().sum(),
            securities,
            cash,
            hours,
            findings: Vec::new(),
            checked: 0,
        }
    }

    fn find(&mut self, what: String) {
        if self.findings.len() < 100 {
            self.findings.push(what);
        }
    }

    /// Bytes reached the depository.
    pub fn heard(&mut self, participant: usize, raw: &[u8]) {
        let Some(Event::Instruction(i)) = codec::decode(raw, &Limits::default(), Depth::Event).event else {
            return;
        };
        let id: LegId = (participant, i.id.to_string());
        if self.legs.contains_key(&id) {
            return;
        }
        let delivers = i.movement == Movement::Deliver;
        let other = i.counterparty_chain().agent.as_ref().and_then(|a| a.as_bic());
        let (Some(own), Some(other), Some(isin)) =
            (self.participants.get(participant), other, i.instrument.isin)
        else {
            return;
        };
        let (own, other) = (own.institution().to_owned(), other.institution().to_owned());
        let (from, to) = if delivers { (own, other) } else { (other, own) };
        let agreement = Agreement {
            from,
            to,
            isin: isin.to_string(),
            quantity: i.quantity.value().normalize(),
            trade_date: i.trade_date,
            settlement_date: i.settlement_date,
            currency: i.amount.map_or(String::new(), |a| a.currency().to_string()),
        };
        let leg = Leg {
            agreement: agreement.clone(),
            delivers,
            account: i.account.as_ref().map_or(String::new(), ToString::to_string),
            amount: i.amount.map_or(Decimal::ZERO, |a| a.value()),
            held: i.function == InstructionFunction::PreAdvice,
            cancelled: false,
            pair: None,
            confirmed: None,
        };
        self.legs.insert(id.clone(), leg);
        if let Some(client) = &i.trade_reference {
            let twice = self.by_client.insert(client.to_string(), id.clone());
            if twice.is_some() {
                self.find(format!("{client} was passed on twice"));
            }
        }
        self.pair_up(id, &agreement);
    }

    /// The other side with the closest amount within tolerance, then the oldest.
    fn pair_up(&mut self, id: LegId, agreement: &Agreement) {
        let Some(own) = self.legs.get(&id).cloned() else { return };
        let waiting = self.waiting.entry(agreement.clone()).or_default();
        let legs = &self.legs;
        let best = waiting
            .iter()
            .enumerate()
            .filter_map(|(index, other)| {
                let leg = legs.get(other)?;
                let difference = (leg.amount - own.amount).abs();
                let tolerance =
                    Decimal::from(if leg.amount.max(own.amount) > Decimal::from(100_000) { 25 } else { 2 });
                (leg.delivers != own.delivers && difference <= tolerance).then_some((difference, index))
            })
            .min();
        let Some((_, index)) = best else {
            waiting.push(id);
            return;
        };
        let other = waiting.remove(index);
        let number = self.pairs.len();
        for leg in [&id, &other] {
            if let Some(leg) = self.legs.get_mut(leg) {
                leg.pair = Some(number);
            }
        }
        self.pairs.push(if own.delivers { (id, other) } else { (other, id) });
        self.settled.push(false);
    }

    /// The depository says something to a participant.
    pub fn said(&mut self, now: Timestamp, participant: usize, raw: &[u8]) {
        let Some(Event::Settlement(s)) = codec::decode(raw, &Limits::default(), Depth::Event).event else {
            return;
        };
        self.checked += 1;
        let id: LegId = (participant, s.instruction.to_string());
        let Some(leg) = self.legs.get(&id).cloned() else {
            return self.find(format!(
                "{now}: {} was settled, which participant {participant} never sent",
                s.instruction
            ));
        };
        let Some(number) = leg.pair else {
            return self.find(format!("{now}: {} settled without a counterpart that agrees", s.instruction));
        };
        if leg.confirmed.is_some() {
            return self.find(format!("{now}: {} settled twice", s.instruction));
        }
        let (deliverer_id, receiver_id) = self.pairs[number].clone();
        let Some(due) = self.legs.get(&deliverer_id).map(|l| l.amount) else { return };
        if s.settled.value() != leg.agreement.quantity || s.amount.is_some_and(|a| a.value() != due) {
            self.find(format!("{now}: {} settled for another quantity or amount than agreed", s.instruction));
        }
        if !self.hours.iter().any(|(open, close)| *open <= now && now <= *close)
            || s.effective_date < leg.agreement.settlement_date
        {
            self.find(format!("{now}: {} settled outside the hours or before its date", s.instruction));
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.confirmed = Some(now);
        }
        let both = [&deliverer_id, &receiver_id]
            .iter()
            .all(|l| self.legs.get(*l).is_some_and(|l| l.confirmed.is_some()));
        if both {
            self.book(now, number, &deliverer_id, &receiver_id);
        }
    }

    fn book(&mut self, now: Timestamp, number: usize, deliverer: &LegId, receiver: &LegId) {
        let (Some(d), Some(r)) = (self.legs.get(deliverer).cloned(), self.legs.get(receiver).cloned()) else {
            return;
        };
        if d.held || r.held || d.cancelled || r.cancelled {
            self.find(format!("{now}: {} settled while it was held or cancelled", deliverer.1));
        }
        let isin = d.agreement.isin.clone();
        let position = self.securities.entry((d.account.clone(), isin.clone())).or_default();
        *position -= d.agreement.quantity;
        let below = *position < Decimal::ZERO;
        *self.securities.entry((r.account.clone(), isin)).or_default() += d.agreement.quantity;
        let balance = self.cash.entry(r.account.clone()).or_default();
        *balance -= d.amount;
        let overdrawn = *balance < Decimal::ZERO;
        *self.cash.entry(d.account.clone()).or_default() += d.amount;
        self.settled[number] = true;
        if below || overdrawn {
            self.find(format!("{now}: {} settled without the means: a balance went below zero", deliverer.1));
        }
    }

    /// Somebody used the depository's screen.
    pub fn called(&mut self, call: &Call) {
        match call {
            Call::ReleaseInstruction { participant, reference } => {
                if let Some(leg) = self.legs.get_mut(&(*participant, reference.clone())) {
                    leg.held = false;
                }
            }
            Call::CancelInstruction { participant, reference } => {
                let id = (*participant, reference.clone());
                let Some(leg) = self.legs.get_mut(&id).filter(|l| l.pair.is_none()) else { return };
                leg.cancelled = true;
                let agreement = leg.agreement.clone();
                if let Some(waiting) = self.waiting.get_mut(&agreement) {
                    waiting.retain(|w| *w != id);
                }
            }
            _ => {}
        }
    }

    /// A cut-off: what could have settled and did not?
    pub fn cut_off(&mut self, day: BusinessDate) {
        let mut left = Vec::new();
        for (number, (deliverer, receiver)) in self.pairs.iter().enumerate() {
            let (Some(d), Some(r)) = (self.legs.get(deliverer), self.legs.get(receiver)) else { continue };
            if self.settled[number] || d.held || r.held || d.agreement.settlement_date > day {
                continue;
            }
            let key = (d.account.clone(), d.agreement.isin.clone());
            let has = self.securities.get(&key).copied().unwrap_or_default() >= d.agreement.quantity;
            let pays = self.cash.get(&r.account).copied().unwrap_or_default() >= d.amount;
            if has && pays {
                left.push(deliverer.1.clone());
            }
        }
        for reference in left {
            self.find(format!("cut-off of {day}: {reference} could have settled and did not"));
        }
    }

    /// Compares the balances with the engine's: securities by account and ISIN, cash by account, in cents.
    pub fn compare(
        &mut self,
        positions: &BTreeMap<(String, String), i64>,
        cash_cents: &BTreeMap<String, i64>,
    ) {
        let own: BTreeMap<(String, String), Decimal> =
            self.securities.iter().filter(|(_, q)| !q.is_zero()).map(|(k, q)| (k.clone(), *q)).collect();
        let theirs: BTreeMap<(String, String), Decimal> =
            positions.iter().filter(|(_, q)| **q != 0).map(|(k, q)| (k.clone(), Decimal::from(*q))).collect();
        if own != theirs {
            self.find("positions at the end are not those of the engine".to_owned());
        }
        let differ = cash_cents.iter().find(|(account, cents)| {
            self.cash.get(*account).copied().unwrap_or_default() != Decimal::new(**cents, 2)
        });
        if let Some((account, _)) = differ {
            self.find(format!("cash of {account} at the end is not that of the engine"));
        }
        if self.cash.values().sum::<Decimal>() != self.opening_cash {
            self.find("cash was made or destroyed".to_owned());
        }
    }

    /// What was found to be wrong; empty when all is well.
    pub fn findings(&self) -> &[String] {
        &self.findings
    }

    /// How many settlement confirmations were checked.
    pub fn checked(&self) -> u64 {
        self.checked
    }

    /// Instructions of the custodians' client, by its reference, and when they settled.
    pub fn of_client(&self) -> impl Iterator<Item = (&str, Option<Timestamp>)> {
        self.by_client
            .iter()
            .map(|(client, id)| (client.as_str(), self.legs.get(id).and_then(|l| l.confirmed)))
    }

    /// When an instruction settled.
    pub fn settled_at(&self, participant: usize, reference: &str) -> Option<Timestamp> {
        self.legs.get(&(participant, reference.to_owned()))?.confirmed
    }

    /// Whether an instruction was submitted, and whether it has found its other side.
    pub fn submitted(&self, participant: usize, reference: &str) -> Option<bool> {
        self.legs.get(&(participant, reference.to_owned())).map(|l| l.pair.is_some())
    }
}
