//! The auditor: listens on the depository's wires, predicts from its own simple books what must and must not happen, and
//! compares. It shares no code with the engine: it hears the same messages, as they were read from their
//! bytes, and keeps decimals where the engine keeps integers.
//!
//! What it holds true:
//! - a settlement is confirmed to both sides, alike, between opening and cut-off, on or after its date, for instructions
//!   that agree, that nobody held and that had not settled before;
//! - a part settles where both sides take parts, in a window, when securities lack, and not less than it may be; parts never
//!   come to more than was agreed, and each is paid by its share;
//! - the deliverer had the securities and the receiver the cash at that moment, so no balance ever goes below zero; where
//!   many settle at once, when all of them are booked;
//! - what is linked settles in its order, and together what is to settle together;
//! - nothing is cancelled unless both sides want it, or its sender while it is alone, or it has been alone for too long;
//! - where there is a clearing house, its positions, deliveries, allocations and money are those of the trades (`auditor/clearing.rs`),
//!   and what accounts owe is within their cap and covered (`auditor/debit.rs`);
//! - in the mornings of several trade dates accounts get and give what they are to (`auditor/mornings.rs`);
//! - at each cut-off nothing is left that is due, agreed and not held, and for which both sides have what it takes;
//! - the balances at the end are those of the engine, and the sums are those of the opening.

mod balances;
mod buying_in;
mod clearing;
mod credit;
mod crowd;
mod debit;
mod hours;
mod mornings;
mod parts;

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    Bic, BusinessDate, Change, Event, InstructionFunction, Movement, PartialSettlement,
    SettlementConfirmation, SettlementInstruction, StatusAdvice, StatusKind,
};
use rust_decimal::Decimal;

use self::balances::{Balances, Moves, Name};
use self::clearing::House;
use self::credit::Lending;
use self::crowd::Traded;
use self::debit::Debits;
use self::hours::Hours;
use self::mornings::Mornings;
use self::parts::{Account, allowed};
use crate::market::Market;
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
    /// Its sender wants it cancelled.
    recalled: bool,
    /// What is held back was released for so much.
    released: Decimal,
    partial: Option<PartialSettlement>,
    /// Position and reference of others of the same sender.
    ties: Vec<(String, String)>,
    pair: Option<usize>,
    /// What was confirmed, in order: securities and cash.
    portions: Vec<(Decimal, Decimal)>,
    /// When the last of it was.
    confirmed: Option<Timestamp>,
}

/// Why the sides of a trade settle apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// The clearing house stands between them.
    Cleared,
    /// The buyer has bought elsewhere: the deliverer's side never settles.
    BoughtIn,
}

/// Two sides that agree.
#[derive(Debug)]
struct Pair {
    deliverer: LegId,
    receiver: LegId,
    /// Portions that both sides were told of.
    booked: usize,
    settled: Decimal,
    paid: Decimal,
    done: Option<Timestamp>,
    /// The clearing house takes it.
    cleared: bool,
    /// The buyer has bought elsewhere.
    bought_in: bool,
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
/// An account's balance: of a line, or in cash.
type Balance = (Name, Option<Name>);

/// The auditor.
#[derive(Debug)]
pub struct Auditor {
    participants: Vec<Bic>,
    legs: BTreeMap<LegId, Leg>,
    /// Instructions that a custodian passed on, by its client's reference.
    by_client: BTreeMap<String, LegId>,
    waiting: BTreeMap<Agreement, Vec<LegId>>,
    pairs: Vec<Pair>,
    /// What the population traded, and what was booked of it.
    crowd: Vec<Traded>,
    /// What the central bank may lend, and has lent.
    lending: Lending,
    /// What accounts may owe during the day, and owe.
    debits: Option<Debits>,
    /// The clearing house, where there is one.
    house: Option<House>,
    buying_in: buying_in::Terms,
    /// Where there are several trade dates.
    mornings: Mornings,
    /// What was given up for the day: pairs, and instructions of the population.
    given_up: BTreeSet<usize>,
    given_up_crowd: BTreeSet<usize>,
    balances: Balances,
    opening_cash: Decimal,
    hours: Hours,
    smallest_part: Decimal,
    /// Whether parts and links count, and two sides can cancel.
    links: bool,
    /// The last time at which something settled, and what is looked at when all of that time is known: balances below zero
    /// with whose settlement made them so, and instructions that were to settle then.
    instant: Timestamp,
    /// The cut-off that is looked at.
    now: Timestamp,
    below: BTreeMap<Balance, String>,
    together: BTreeSet<(LegId, LegId)>,
    /// Instructions that others name in a link.
    named: BTreeSet<LegId>,
    findings: Vec<String>,
    checked: u64,
}

impl Auditor {
    /// Knows the opening balances and the hours, and nothing else.
    pub fn new(market: &Market) -> Self {
        let mut balances = Balances::default();
        let isins: Vec<Name> =
            market.instruments.iter().map(|line| balances.number(line.isin.as_str())).collect();
        for opening in market.opening_balances() {
            let account = balances.number(&opening.account);
            for (line, quantity) in &opening.positions {
                balances.open_position(account, isins[*line as usize], Decimal::from(*quantity));
            }
            balances.open_cash(account, Decimal::new(opening.cash_cents, 2));
        }
        let depository = &market.scenario.depository;
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
            opening_cash: balances.all_cash(),
            crowd: Traded::all(market, &isins, &mut balances),
            lending: Lending::of(market, &mut balances),
            debits: Debits::of(market, &mut balances),
            house: House::of(market, &mut balances),
            buying_in: buying_in::Terms::of(market, &mut balances),
            mornings: Mornings::of(market),
            given_up: BTreeSet::new(),
            given_up_crowd: BTreeSet::new(),
            balances,
            hours: Hours::of(market),
            smallest_part: Decimal::new(depository.part_cents_min, 2),
            links: depository.has_steps(),
            instant: Timestamp::default(),
            now: Timestamp::default(),
            below: BTreeMap::new(),
            together: BTreeSet::new(),
            named: BTreeSet::new(),
            findings: Vec::new(),
            checked: 0,
        }
    }

    fn find(&mut self, what: String) {
        if self.findings.len() < 100 {
            self.findings.push(what);
        }
    }

    /// Something reached the depository.
    pub fn heard(&mut self, participant: usize, event: Option<&Event>) {
        match event {
            Some(Event::Instruction(i)) => self.instructed(participant, i),
            Some(Event::Cancellation(request)) => self.recall(participant, request.cancels.as_str()),
            Some(Event::ProcessingChange(change)) if self.links => {
                for request in &change.requests {
                    for (_, reference) in &request.instructions {
                        let part = change.statuses.iter().find_map(|status| {
                            let is_meant = status.instruction.as_ref().is_none_or(|of| of == reference);
                            status.quantity.filter(|_| is_meant)
                        });
                        for wanted in &request.changes {
                            match (wanted, part) {
                                (Change::Release, Some(part)) => {
                                    self.released(participant, reference.as_str(), part.value());
                                }
                                _ => self.change(participant, reference.as_str(), wanted),
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn instructed(&mut self, participant: usize, i: &SettlementInstruction) {
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
        let ties = i.linkages.iter().filter(|l| self.links && !l.position.is_empty());
        let leg = Leg {
            agreement: agreement.clone(),
            delivers,
            account: i.account.as_ref().map_or(String::new(), ToString::to_string),
            amount: i.amount.map_or(Decimal::ZERO, |a| a.value()),
            held: i.function == InstructionFunction::PreAdvice,
            cancelled: false,
            recalled: false,
            released: Decimal::ZERO,
            partial: i.partial.filter(|_| self.links),
            ties: ties.map(|l| (l.position.clone(), l.reference.to_string())).collect(),
            pair: None,
            portions: Vec::new(),
            confirmed: None,
        };
        self.named.extend(leg.ties.iter().map(|(_, reference)| (participant, reference.clone())));
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
        let (deliverer, receiver) = if own.delivers { (id, other) } else { (other, id) };
        let zero = Decimal::ZERO;
        let isin = self.balances.number(&agreement.isin);
        let takes = |house: &House| house.takes(deliverer.0, receiver.0, isin, agreement.quantity);
        let cleared = !agreement.currency.is_empty() && self.house.as_ref().is_some_and(takes);
        self.pairs.push(Pair {
            deliverer,
            receiver,
            booked: 0,
            settled: zero,
            paid: zero,
            done: None,
            cleared,
            bought_in: false,
        });
    }

    /// The depository says something to a participant.
    pub fn said(&mut self, now: Timestamp, participant: usize, event: Option<&Event>) {
        match event {
            Some(Event::Settlement(s)) => self.settles(now, participant, s),
            Some(Event::Status(advice)) => self.states(now, participant, advice),
            _ => {}
        }
    }

    fn settles(&mut self, now: Timestamp, participant: usize, s: &SettlementConfirmation) {
        self.turn(now);
        self.checked += 1;
        let id: LegId = (participant, s.instruction.to_string());
        let Some(leg) = self.legs.get(&id) else {
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
        if self.pairs[number].cleared {
            return self.side_settles(now, &id, number, s);
        }
        if self.pairs[number].bought_in {
            return self.replacement_settles(now, &id, s);
        }
        let Some(due) = self.legs.get(&self.pairs[number].deliverer).map(|l| l.amount) else { return };
        let account = Account {
            quantity: leg.agreement.quantity,
            cash: due,
            settled: leg.portions.iter().map(|p| p.0).sum(),
            paid: leg.portions.iter().map(|p| p.1).sum(),
        };
        let (date, paid) = (leg.agreement.settlement_date, !leg.agreement.currency.is_empty());
        let wrong = account.wrong(s);
        if let Some(wrong) = wrong {
            self.find(format!("{now}: {} {wrong}", s.instruction));
        }
        if !self.hours.open(now, paid) || s.effective_date < date {
            self.find(format!("{now}: {} settled outside the hours or before its date", s.instruction));
        }
        if self.given_up.contains(&number) {
            self.find(format!("{now}: {} settled after it was given up for the day", s.instruction));
        }
        let portion = (s.settled.value(), s.amount.map_or(Decimal::ZERO, |a| a.value()));
        if wrong.is_none() && portion.0 < account.left() {
            self.may_be_a_part(now, number, portion);
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.portions.push(portion);
        if portion.0 >= account.left() {
            leg.confirmed = Some(now);
        }
        self.book_what_both_know(now, number);
    }

    /// A part is allowed by both sides, and by the clock.
    fn may_be_a_part(&mut self, now: Timestamp, number: usize, (_, cash): (Decimal, Decimal)) {
        let pair = &self.pairs[number];
        let reference = pair.deliverer.1.clone();
        let (Some(d), Some(r)) = (self.legs.get(&pair.deliverer), self.legs.get(&pair.receiver)) else {
            return;
        };
        let linked = !d.ties.is_empty() || !r.ties.is_empty();
        let free = d.agreement.currency.is_empty();
        if linked || !allowed([d.partial, r.partial], free, cash, self.smallest_part) {
            self.find(format!("{now}: {reference} settled in part, which it may not, or for too little"));
        }
        if !self.hours.window(now) {
            self.find(format!("{now}: {reference} settled in part outside the windows"));
        }
    }

    /// Books portions that both sides were told of, when they were told alike.
    fn book_what_both_know(&mut self, now: Timestamp, number: usize) {
        let pair = &self.pairs[number];
        let (deliverer, receiver) = (pair.deliverer.clone(), pair.receiver.clone());
        let told = |id: &LegId| self.legs.get(id).and_then(|l| l.portions.get(pair.booked)).copied();
        let (Some(one), Some(other)) = (told(&deliverer), told(&receiver)) else { return };
        if one != other {
            self.find(format!("{now}: {} settled differently for both sides", deliverer.1));
        }
        self.book(now, number, one);
    }

    fn book(&mut self, now: Timestamp, number: usize, (quantity, cash): (Decimal, Decimal)) {
        let pair = &mut self.pairs[number];
        let left =
            self.legs.get(&pair.deliverer).map_or(Decimal::ZERO, |l| l.agreement.quantity) - pair.settled;
        (pair.booked, pair.settled, pair.paid) = (pair.booked + 1, pair.settled + quantity, pair.paid + cash);
        if quantity >= left {
            pair.done = Some(now);
        }
        let (deliverer, receiver) = (pair.deliverer.clone(), pair.receiver.clone());
        let (Some(d), Some(r)) = (self.legs.get(&deliverer).cloned(), self.legs.get(&receiver).cloned())
        else {
            return;
        };
        // A part that was released settles though the rest is held.
        let released = d.held && d.released >= quantity;
        if released && let Some(leg) = self.legs.get_mut(&deliverer) {
            leg.released -= quantity;
        }
        if d.held && !released || r.held || d.cancelled || r.cancelled {
            self.find(format!("{now}: {} settled while it was held or cancelled", deliverer.1));
        }
        let moves = Moves {
            from: self.balances.number(&d.account),
            to: self.balances.number(&r.account),
            isin: self.balances.number(&d.agreement.isin),
            quantity,
            cash,
        };
        if quantity < left && !released && self.balances.position(moves.from, moves.isin) >= left {
            let what =
                format!("{now}: {} settled in part though there was enough for all of it", deliverer.1);
            self.find(what);
        }
        let linked = !d.ties.is_empty() || !r.ties.is_empty();
        if linked {
            self.in_its_order(now, &deliverer, &d);
            self.in_its_order(now, &receiver, &r);
        }
        // Who is named in a link need not say so itself.
        let named = self.named.contains(&deliverer) || self.named.contains(&receiver);
        self.move_and_look(now, &moves, || deliverer.1.clone(), linked || named);
    }

    /// What it comes after has settled, what comes after it has not, and what goes with it goes at the same time.
    fn in_its_order(&mut self, now: Timestamp, id: &LegId, leg: &Leg) {
        for (position, reference) in &leg.ties {
            let other = (id.0, reference.clone());
            let done = self.legs.get(&other).and_then(|l| l.pair).and_then(|n| self.pairs[n].done);
            let in_order = match position.as_str() {
                "AFTE" => done.is_some(),
                "BEFO" => done.is_none(),
                _ => true,
            };
            if !in_order {
                self.find(format!("{now}: {} settled out of the order of its links", id.1));
            }
            if position == "WITH" {
                self.together.insert((id.clone(), other));
            }
        }
    }

    /// All of an instant is known when the next begins.
    fn turn(&mut self, now: Timestamp) {
        if now > self.instant {
            self.close_instant();
            self.instant = now;
        }
    }

    fn close_instant(&mut self) {
        self.look_below(self.instant);
        self.look_at_collateral(self.instant);
        for (id, other) in std::mem::take(&mut self.together) {
            let done = |id: &LegId| self.legs.get(id).and_then(|l| l.pair).and_then(|n| self.pairs[n].done);
            // What had settled before it was linked is no longer waited for.
            if done(&other).is_none() || done(&other) > done(&id) {
                self.find(format!(
                    "{}: {} settled without {}, which goes with it",
                    self.instant, id.1, other.1
                ));
            }
        }
    }

    fn look_below(&mut self, now: Timestamp) {
        for ((account, line), reference) in std::mem::take(&mut self.below) {
            let balance = match line {
                Some(isin) => self.balances.position(account, isin),
                None => self.balances.cash(account),
            };
            if balance < Decimal::ZERO {
                self.find(format!("{now}: {reference} settled without the means: a balance went below zero"));
            }
        }
    }

    /// The depository cancels something of its own accord: only what has been alone for too long.
    fn states(&mut self, now: Timestamp, participant: usize, advice: &StatusAdvice) {
        if advice.modification || !advice.statuses.iter().any(|s| s.kind == StatusKind::Cancelled) {
            return;
        }
        let id: LegId = (participant, advice.instruction.to_string());
        let Some(leg) = self.legs.get(&id).filter(|l| !l.cancelled) else { return };
        // Who was bought in has nothing to deliver any more.
        if leg.pair.is_some_and(|number| self.pairs[number].bought_in) {
            return;
        }
        if leg.pair.is_some() || !self.hours.is_aged(now, leg.agreement.settlement_date) {
            return self.find(format!("{now}: {} was cancelled, and nobody asked for it", id.1));
        }
        self.forget(&id);
    }

    /// It is cancelled while it is alone.
    fn forget(&mut self, id: &LegId) {
        let Some(leg) = self.legs.get_mut(id) else { return };
        leg.cancelled = true;
        let agreement = leg.agreement.clone();
        if let Some(waiting) = self.waiting.get_mut(&agreement) {
            waiting.retain(|w| w != id);
        }
    }

    /// A sender wants its instruction cancelled: alone at once, matched when the other side wants it too.
    fn recall(&mut self, participant: usize, reference: &str) {
        let id = (participant, reference.to_owned());
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(number) = leg.pair else { return self.forget(&id) };
        if !self.links {
            return;
        }
        leg.recalled = true;
        let pair = &self.pairs[number];
        // What the clearing house has netted nobody takes back.
        if self.house.as_ref().is_some_and(|h| h.has_netted(clearing::Traded::Pair(number))) {
            return;
        }
        let both = [pair.deliverer.clone(), pair.receiver.clone()];
        let all = both.iter().all(|id| self.legs.get(id).is_some_and(|l| l.recalled));
        if all && pair.done.is_none() {
            both.iter().for_each(|id| self.legs.get_mut(id).expect("it is one of a pair").cancelled = true);
        }
    }

    /// A deliverer releases a part of what it holds; all that is left is an ordinary release. What cannot be released so is refused, and
    /// changes nothing.
    fn released(&mut self, participant: usize, reference: &str, quantity: Decimal) {
        let id = (participant, reference.to_owned());
        let Some(leg) = self.legs.get(&id) else { return };
        let receiver = leg.pair.and_then(|number| self.legs.get(&self.pairs[number].receiver));
        if !leg.delivers || receiver.is_none_or(|receiver| receiver.held) {
            return;
        }
        let settled: Decimal = leg.portions.iter().map(|p| p.0).sum();
        let left = leg.agreement.quantity - settled;
        if quantity > left {
            return;
        }
        if quantity == left {
            return self.change(participant, reference, &Change::Release);
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.released = quantity;
        }
    }

    /// A sender wants its instruction processed otherwise.
    fn change(&mut self, participant: usize, reference: &str, change: &Change) {
        let Some(leg) = self.legs.get_mut(&(participant, reference.to_owned())) else { return };
        let netted = |house: &House| leg.pair.is_some_and(|n| house.has_netted(clearing::Traded::Pair(n)));
        if self.house.as_ref().is_some_and(netted) {
            return;
        }
        match change {
            Change::Hold => leg.held = true,
            Change::Release => leg.held = false,
            // Once a part has settled it stays as it is.
            Change::Partial(partial) if leg.portions.is_empty() => leg.partial = Some(*partial),
            _ => {}
        }
    }

    /// Somebody used the depository's screen.
    pub fn called(&mut self, call: &Call) {
        match call {
            Call::ReleaseInstruction { participant, reference } => {
                self.change(*participant, reference, &Change::Release);
            }
            Call::CancelInstruction { participant, reference } => self.recall(*participant, reference),
            _ => {}
        }
    }

    /// A cut-off: what could have settled and did not? Under rules with two cut-offs this is that of what is paid for.
    pub fn cut_off(&mut self, day: BusinessDate) {
        self.close_instant();
        self.now = self.hours.closes(day);
        if let Some(day) = self.mornings.missed(self.now) {
            self.find(format!("the morning of {day} is missing"));
        }
        // What was released in part lapses; of free deliveries, which settle longer, with the next day's.
        for leg in self.legs.values_mut().filter(|leg| !leg.agreement.currency.is_empty()) {
            leg.released = Decimal::ZERO;
        }
        // What could settle is looked at when what waits is given up, where there is such a time.
        if self.house.is_some() {
            (self.given_up, self.given_up_crowd) = (BTreeSet::new(), BTreeSet::new());
            for reference in self.untold_of_clearing() {
                self.find(format!(
                    "cut-off of {day}: {reference} has settled with the clearing house, and it was not told"
                ));
            }
            return;
        }
        self.could_have_settled_by(day, self.now);
    }

    /// What is paid for and waits is given up for the day: what could have settled and did not? It does not settle any more today.
    pub fn dropped(&mut self, now: Timestamp, day: BusinessDate) {
        self.close_instant();
        self.could_have_settled_by(day, now);
        let waits = |(_, pair): &(usize, &Pair)| {
            let free = |id: &LegId| self.legs.get(id).is_some_and(|l| !l.held && !l.cancelled);
            let due = self
                .legs
                .get(&pair.deliverer)
                .is_some_and(|l| l.agreement.settlement_date <= day && !l.agreement.currency.is_empty());
            pair.done.is_none() && !pair.cleared && due && free(&pair.deliverer) && free(&pair.receiver)
        };
        self.given_up = self.pairs.iter().enumerate().filter(waits).map(|(number, _)| number).collect();
        self.given_up_crowd = self.crowd_waiting(now);
    }

    fn could_have_settled_by(&mut self, day: BusinessDate, closes: Timestamp) {
        if !self.hours.in_real_time {
            return;
        }
        let mut left = Vec::new();
        for pair in self.pairs.iter().filter(|pair| pair.done.is_none() && !pair.cleared) {
            let (Some(d), Some(r)) = (self.legs.get(&pair.deliverer), self.legs.get(&pair.receiver)) else {
                continue;
            };
            let waits = d.held || r.held || d.cancelled || r.cancelled || d.agreement.settlement_date > day;
            // What is linked may wait for another.
            let linked = self.named.contains(&pair.deliverer) || self.named.contains(&pair.receiver);
            let linked = linked || !d.ties.is_empty() || !r.ties.is_empty();
            if waits || linked || self.links && d.agreement.currency.is_empty() {
                continue;
            }
            let needs = (d.agreement.quantity - pair.settled, d.amount - pair.paid);
            let has = self.balances.position_named(&d.account, &d.agreement.isin) >= needs.0;
            let pays = self.balances.cash_named(&r.account) >= needs.1;
            // Securities may be tied where their owner owes.
            let owes = |debits: &Debits| debits.owes(self.balances.number_of(&d.account));
            if has && pays && !self.debits.as_ref().is_some_and(owes) {
                left.push(pair.deliverer.1.clone());
            }
        }
        left.extend(self.could_have_settled(closes));
        for reference in left {
            self.find(format!("cut-off of {day}: {reference} could have settled and did not"));
        }
    }

    /// Compares the balances with the engine's: securities by account and ISIN, each once; cash by account, in cents.
    pub fn compare<'n>(
        &mut self,
        positions: impl Iterator<Item = ((&'n str, &'n str), i64)>,
        mut cash_cents: impl Iterator<Item = (&'n str, i64)>,
    ) {
        let (mut alike, mut count) = (true, 0);
        for ((account, isin), quantity) in positions.filter(|(_, quantity)| *quantity != 0) {
            count += 1;
            alike &= self.balances.position_named(account, isin) == Decimal::from(quantity);
        }
        if !alike || self.balances.count() != count {
            self.find("positions at the end are not those of the engine".to_owned());
        }
        let differ =
            cash_cents.find(|(account, cents)| self.balances.cash_named(account) != Decimal::new(*cents, 2));
        if let Some((account, _)) = differ {
            self.find(format!("cash of {account} at the end is not that of the engine"));
        }
        self.close_instant();
        if self.balances.all_cash() != self.opening_cash {
            self.find("cash was made or destroyed".to_owned());
        }
    }

    /// What was found to be wrong; empty when all is well.
    pub fn findings(&self) -> &[String] {
        &self.findings
    }

    /// How many pairs settled in more than one part.
    pub fn settled_in_parts(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.done.is_some() && pair.booked > 1).count()
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

    /// Where the sides of an instruction settle apart, and when the other one did: the clearing house takes it, or somebody bought elsewhere
    /// what was not delivered.
    pub fn other_side(&self, participant: usize, reference: &str) -> Option<(Apart, Option<Timestamp>)> {
        let id = (participant, reference.to_owned());
        let pair = &self.pairs[self.legs.get(&id)?.pair?];
        let other = if pair.deliverer == id { &pair.receiver } else { &pair.deliverer };
        let apart = match (pair.cleared, pair.bought_in) {
            (true, _) => Apart::Cleared,
            (false, true) => Apart::BoughtIn,
            (false, false) => return None,
        };
        Some((apart, self.legs.get(other)?.confirmed))
    }

    /// What of an instruction has not settled, in securities and cents.
    pub fn left_of(&self, participant: usize, reference: &str) -> Option<(i64, i64)> {
        let leg = self.legs.get(&(participant, reference.to_owned()))?;
        let (settled, paid) = leg.pair.map_or((Decimal::ZERO, Decimal::ZERO), |number| {
            let pair = &self.pairs[number];
            (pair.settled, pair.paid)
        });
        let whole = |value: Decimal| i64::try_from(value).unwrap_or(i64::MAX);
        let cents = (leg.amount - paid) * Decimal::ONE_HUNDRED;
        Some((whole(leg.agreement.quantity - settled), whole(cents)))
    }

    /// Whether its sender holds an instruction back.
    pub fn is_held(&self, participant: usize, reference: &str) -> bool {
        self.legs.get(&(participant, reference.to_owned())).is_some_and(|leg| leg.held)
    }

    /// What an account has of a line.
    pub fn position(&self, account: &str, isin: &str) -> i64 {
        i64::try_from(self.balances.position_named(account, isin)).unwrap_or(i64::MAX)
    }

    /// What an account has in cash, in cents.
    pub fn cash_cents(&self, account: &str) -> i64 {
        i64::try_from(self.balances.cash_named(account) * Decimal::ONE_HUNDRED).unwrap_or(i64::MAX)
    }
}
