//! The depository: admits instructions (sese.023), matches and settles them by the rules of the scenario, and tells both sides
//! (sese.024, sese.025, semt.044). What it reads is in `admission`, what it says in `telling`, what is asked of instructions that
//! stand in `requests`.

mod admission;
mod buying_in;
mod clearing;
mod crowd;
mod mornings;
mod penalty_report;
mod requests;
mod telling;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, Event, Isin, SettlementInstruction, StatusKind};

use self::crowd::Arrivals;
use self::mornings::Mornings;
use self::telling::{About, Portion};
use super::charges::{ChargeTally, Charges, Failed};
use super::penalties::{Penalties, Tally};
use super::wording::{Agenda, earlier, write};
use super::{CreditBooking, Party, PartyEffect, PartyInput};
use crate::depository::{CENTRAL_BANK, CLEARING_HOUSE, DEPOSITORY, ELSEWHERE};
use crate::market::{InstrumentInfo, Market, Speech, at};
use crate::routes::Routes;
use crate::seed::Purpose;
use crate::settlement::book::Shortage;
use crate::settlement::book::{AccountId, LineId};
use crate::settlement::credit::{CreditRules, Loan};
use crate::settlement::debit::DebitRules;
use crate::settlement::engine::{Engine, Outcome, PairId, Standing};
use crate::settlement::kind::{Kind, Side};
use crate::settlement::matching::{Key, Leg, Unmatched};
use crate::settlement::netting::Budget;
use crate::settlement::rules::{self, Rules, Thresholds};
use crate::settlement::schedule::{Minute, Schedule, Step};

/// After that an instruction that found no counterpart is told so.
const UNMATCHED_AFTER: Duration = Duration::from_secs(30 * 60);

/// Both sides of a pair.
const BOTH: [Side; 2] = [Side::Deliverer, Side::Receiver];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Before a day opens.
    Morning(BusinessDate),
    Open(BusinessDate),
    Close(BusinessDate),
    Unmatched(u32),
    /// The next step of a day's schedule.
    Step(BusinessDate),
}

/// Which instructions a cut-off ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    All,
    Paid,
    Free,
}

impl Ends {
    fn covers(self, against_payment: bool) -> bool {
        match self {
            Self::All => true,
            Self::Paid => against_payment,
            Self::Free => !against_payment,
        }
    }
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
    /// Draws of who goes first when the clearing house gives what has come in, by number; none where there is no clearing house.
    allocation: Vec<Purpose>,
    lines: BTreeMap<Isin, LineId>,
    agenda: Agenda<Due>,
    next_out: u64,
    day: Option<BusinessDate>,
    penalties: Penalties,
    charges: Charges,
    /// How many were bought in, and what it cost those who failed, in cents.
    buy_ins: BTreeMap<BusinessDate, (u64, i64)>,
    /// Which trades the clearing house takes.
    routes: Routes,
    /// Of the days that are to come or run, where the rules have one.
    schedules: BTreeMap<BusinessDate, Schedule>,
    /// How often the optimiser has run.
    optimised: u64,
    /// What was confirmed of pairs that settle in parts: securities, cash, and in how many confirmations.
    parts: BTreeMap<PairId, (i64, i64, u32)>,
    /// What is still to come of the population.
    arrivals: Arrivals,
    /// Sides that want a matched pair cancelled: the deliverer's is true.
    recalls: BTreeSet<(PairId, bool)>,
    /// What is known from one morning to the next, where there are several trade dates.
    mornings: Mornings,
}

impl Csd {
    /// With the day's schedule and everybody's opening balances.
    pub fn new(market: Rc<Market>) -> Self {
        let (settings, hours) = (&market.scenario.depository, &market.scenario.day);
        let (mut agenda, mut schedules) = (Agenda::default(), BTreeMap::new());
        for day in market.settlement_days() {
            if settings.has_steps() {
                let schedule = settings.schedule(hours);
                if let Some(first) = schedule.next() {
                    agenda.set(instant(&market, day, first), Due::Step(day));
                }
                schedules.insert(day, schedule);
            } else {
                agenda.set(at(day, hours.settlement_from), Due::Open(day));
                agenda.set(at(day, hours.cut_off), Due::Close(day));
            }
        }
        for (day, time) in crate::mornings::times(&market) {
            agenda.set(time, Due::Morning(day));
        }
        let accounts = account_ids(&market);
        let lines = market.instruments.iter().zip(0..).map(|(i, n)| (i.isin, n)).collect();
        let mut engine = engine(&market, &accounts);
        for opening in market.opening_balances() {
            let account = accounts[&opening.account];
            for (line, quantity) in &opening.positions {
                engine.book.open_position(account, *line, *quantity);
            }
            engine.book.open_cash(account, opening.cash_cents);
        }
        let mornings = Mornings::of(&market);
        Self {
            arrivals: Arrivals::of(&market, |name| accounts[name]),
            penalties: Penalties::new(&market),
            charges: Charges::new(&market),
            buy_ins: BTreeMap::new(),
            routes: Routes::of(&market),
            allocation: allocation(&market, accounts.keys()),
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
            schedules,
            optimised: 0,
            parts: BTreeMap::new(),
            recalls: BTreeSet::new(),
            mornings,
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

    /// The same by the day on which they were taken.
    pub fn penalties_by_day(&self) -> BTreeMap<BusinessDate, Tally> {
        self.penalties.by_day()
    }

    /// The fails charge, where there is one.
    pub fn fails_charge(&self) -> Option<&BTreeMap<BusinessDate, ChargeTally>> {
        self.charges.by_day()
    }

    /// The penalties of the population, by the day on which they were taken.
    pub fn crowd_penalties_by_day(&self) -> BTreeMap<BusinessDate, Tally> {
        self.penalties.crowd_by_day()
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
            self.market.brokers.get(participant - custodians).unwrap_or(&self.market.lender).bic
        }
    }

    fn participant(&self, bic: finality_parsers::model::Bic) -> Option<usize> {
        let all = self
            .market
            .custodians
            .iter()
            .map(|c| c.bic)
            .chain(self.market.depository_members().map(|b| b.bic));
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
        let advice = telling::status(reference, About::Instruction, kind, code);
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
        let clears = deliverer.key.against_payment
            && self.routes.house(
                deliverer.participant,
                receiver.participant,
                line as usize,
                deliverer.key.quantity,
            );
        let pair = if clears {
            self.engine.admit_to_clearing(deliverer, receiver, line)
        } else {
            self.engine.admit(deliverer, receiver, line, &mut outcomes)
        };
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

    /// Tells both sides what the engine did.
    fn tell(&mut self, now: Timestamp, outcomes: &[Outcome], effects: &mut Vec<PartyEffect>) {
        for outcome in outcomes {
            if self.crowd_booked(*outcome, effects) {
                continue;
            }
            match *outcome {
                Outcome::Settled(pair) => {
                    self.penalties.settled();
                    self.settled(now, pair, None, &BOTH, effects);
                }
                Outcome::Part { pair, quantity, amount } => {
                    self.settled(now, pair, Some((quantity, amount)), &BOTH, effects);
                }
                Outcome::Pending(pair) => self.unsettled(now, pair, StatusKind::Pending, effects),
                Outcome::Lent(loan) => effects.push(self.credit(loan, false)),
                Outcome::Repaid(loan) => effects.push(self.credit(loan, true)),
            }
        }
    }

    /// The auditor hears of loans; those who owe know.
    fn credit(&self, loan: Loan, back: bool) -> PartyEffect {
        PartyEffect::Credit(CreditBooking {
            account: self.account_names[loan.account as usize].clone(),
            line: loan.line,
            quantity: loan.quantity,
            cents: loan.amount,
            back,
        })
    }

    fn unsettled(&mut self, now: Timestamp, pair: PairId, kind: StatusKind, effects: &mut Vec<PartyEffect>) {
        let Some(pair) = self.engine.pair(pair) else { return };
        let (to_deliverer, to_receiver) = telling::reasons(pair);
        let (d, r) = (&pair.deliverer, &pair.receiver);
        let said = [
            (d.participant, d.reference.clone(), to_deliverer),
            (r.participant, r.reference.clone(), to_receiver),
        ];
        let done = [Side::Deliverer, Side::Receiver].map(|s| pair.cleared.is_some_and(|c| c.has_settled(s)));
        for ((participant, reference, code), done) in said.into_iter().zip(done) {
            if !done {
                self.status(now, participant, &reference, kind.clone(), Some(code), effects);
            }
        }
    }

    /// A part, or all that was left; told to these sides.
    fn settled(
        &mut self,
        now: Timestamp,
        id: PairId,
        part: Option<(i64, i64)>,
        sides: &[Side],
        effects: &mut Vec<PartyEffect>,
    ) {
        let Some(pair) = self.engine.pair(id) else { return };
        let day = self.day.unwrap_or(pair.deliverer.key.settlement_date);
        let total = (pair.deliverer.key.quantity, pair.deliverer.amount);
        let leg = |side: &Side| if *side == Side::Deliverer { &pair.deliverer } else { &pair.receiver };
        let legs: Vec<Leg> = sides.iter().map(leg).cloned().collect();
        let before = self.parts.get(&id).copied().unwrap_or_default();
        let (quantity, amount) = part.unwrap_or((total.0 - before.0, total.1 - before.1));
        let portion = Portion {
            quantity,
            amount,
            quantity_before: before.0,
            amount_before: before.1,
            number: before.2 + 1,
            last: part.is_none(),
        };
        if portion.last {
            self.parts.remove(&id);
        } else {
            self.parts.insert(id, (before.0 + quantity, before.1 + amount, portion.number));
        }
        for leg in legs {
            self.confirm(now, (id, &leg), total, portion, day, effects);
        }
    }

    fn confirm(
        &mut self,
        now: Timestamp,
        (id, leg): (PairId, &Leg),
        total: (i64, i64),
        portion: Portion,
        day: BusinessDate,
        effects: &mut Vec<PartyEffect>,
    ) {
        let chain = |participant| telling::chain(&self.market, self.bic(participant));
        let chains = [chain(leg.key.deliverer), chain(leg.key.receiver)];
        let mut confirmation = telling::confirmation(&self.market, id, leg, total, portion, chains);
        confirmation.effective_date = day;
        confirmation.account = self.account_name(leg.account);
        self.say(now, leg.participant, &Event::Settlement(Box::new(confirmation)), effects);
    }

    fn account_name(&self, id: AccountId) -> Option<finality_parsers::model::Account> {
        self.account_names.get(id as usize).and_then(|name| name.parse().ok())
    }

    /// A cut-off is past: what it ends and has not settled is failing.
    fn cut_off(&mut self, now: Timestamp, day: BusinessDate, ends: Ends, effects: &mut Vec<PartyEffect>) {
        assert!(self.engine.book.is_conserved(), "cash and securities are what they were at the opening");
        let ended = self
            .engine
            .unsettled_due(day)
            .filter(|(_, pair)| ends.covers(pair.deliverer.key.against_payment));
        let unsettled: Vec<PairId> = ended.map(|(id, _)| id).collect();
        let left = |id: &PairId| {
            let pair = self.engine.pair(*id)?;
            Some((*id, pair, self.engine.left(*id)))
        };
        self.penalties.cut_off(day, &self.engine.book, unsettled.iter().filter_map(left));
        let crowd = self.engine.crowd_unsettled_due(day);
        let ended = crowd.filter(|(_, deal)| ends.covers(deal.kind.pays().is_some()));
        self.penalties.crowd_cut_off(day, &self.engine.book, ended);
        if ends != Ends::Free {
            let failed: Vec<Failed> = self.failed_deliveries(day);
            self.charges.cut_off(day, failed.into_iter());
        }
        for pair in unsettled {
            self.unsettled(now, pair, StatusKind::Failing, effects);
        }
        let lonely: Vec<(usize, String)> = self
            .unmatched
            .legs()
            .filter(|l| l.key.settlement_date <= day && ends.covers(l.key.against_payment))
            .map(|l| (l.participant, l.reference.clone()))
            .collect();
        for (participant, reference) in lonely {
            self.status(now, participant, &reference, StatusKind::Unmatched, Some("CMIS"), effects);
        }
    }

    /// Deliveries against payment that fail because of their deliverer: it lacks the securities or holds them back.
    fn failed_deliveries(&self, day: BusinessDate) -> Vec<Failed> {
        let fails = |standing: Standing, held: [bool; 2]| {
            standing == Standing::Short(Shortage::Securities)
                || standing == Standing::Held && held == [true, false]
        };
        let house = self.engine.unsettled_due(day).filter_map(|(id, pair)| {
            let held = [pair.deliverer.held, pair.receiver.held];
            let is_delivery = pair.deliverer.key.against_payment && pair.cleared.is_none();
            (is_delivery && fails(pair.standing, held)).then(|| Failed {
                deliverer: pair.deliverer.account,
                receiver: pair.receiver.account,
                line: pair.line,
                cents: self.engine.left(id).1,
            })
        });
        let crowd = self.engine.crowd_unsettled_due(day).filter_map(|(_, deal)| {
            let is_delivery = deal.kind == Kind::Dvp;
            let held = [deal.deliverer_held, deal.receiver_held];
            (is_delivery && fails(deal.standing, held)).then_some(Failed {
                deliverer: deal.deliverer,
                receiver: deal.receiver,
                line: deal.line,
                cents: deal.left_amount,
            })
        });
        house.chain(crowd).collect()
    }

    fn open(&mut self, now: Timestamp, day: BusinessDate, effects: &mut Vec<PartyEffect>) {
        self.day = Some(day);
        let mut outcomes = Vec::new();
        self.engine.open(day, &mut outcomes);
        self.tell(now, &outcomes, effects);
    }

    /// The next step of a day, and the one after it on the agenda.
    fn step(&mut self, now: Timestamp, day: BusinessDate, effects: &mut Vec<PartyEffect>) {
        let Some(schedule) = self.schedules.get_mut(&day) else { return };
        let Some(step) = schedule.next().and_then(|minute| schedule.due(minute)) else { return };
        if let Some(next) = schedule.next() {
            self.agenda.set(instant(&self.market, day, next), Due::Step(day));
        }
        self.day = Some(day);
        let mut outcomes = Vec::new();
        // What the clearing house pays goes towards what is owed to the depository.
        if step == Step::FinalFigures {
            self.clearing_money(effects);
        }
        if step == Step::Optimise {
            let seed = self.market.draws.bits("depository: optimiser", self.optimised);
            self.optimised += 1;
            let iterations = self.market.scenario.depository.optimiser_iterations;
            self.engine.optimise(Budget { iterations, seed }, &mut outcomes);
        } else {
            self.engine.step(step, day, &mut outcomes);
        }
        self.tell(now, &outcomes, effects);
        match step {
            Step::RealTime => self.buy_in(now, day, effects),
            Step::Clearing => self.clearing_cycle(now, day, effects),
            Step::CutOffPaid => self.cut_off(now, day, Ends::Paid, effects),
            Step::CutOffFree => self.cut_off(now, day, Ends::Free, effects),
            Step::EndOfDay => self.end_of_day(now, day, effects),
            _ => {}
        }
    }

    /// Penalties are told, and what found no other side for too long is taken out.
    fn end_of_day(&mut self, now: Timestamp, day: BusinessDate, effects: &mut Vec<PartyEffect>) {
        self.report_penalties(now, day, effects);
        let days = self.market.scenario.depository.unmatched_business_days;
        let since = rules::unmatched_since(&self.market.scenario.day.calendar, day, days);
        for leg in self.unmatched.expire(since) {
            self.agenda.clear(&Due::Unmatched(leg.number));
            self.places.insert((leg.participant, leg.reference.clone()), (leg.number, Place::Cancelled));
            let by_the_system = Some("CANS");
            self.status(now, leg.participant, &leg.reference, StatusKind::Cancelled, by_the_system, effects);
        }
    }

    fn lonely(&mut self, now: Timestamp, number: u32, effects: &mut Vec<PartyEffect>) {
        if let Some((participant, reference)) = self.numbers.get(number as usize).cloned() {
            self.status(now, participant, &reference, StatusKind::Unmatched, Some("CMIS"), effects);
        }
    }
}

/// The engine with the rules of the scenario.
fn engine(market: &Market, accounts: &BTreeMap<String, AccountId>) -> Engine {
    let settings = &market.scenario.depository;
    if settings.is_dtc() {
        let unit = |(line, instrument): (LineId, &InstrumentInfo)| {
            (line, settings.collateral(instrument.class, instrument.price_cents))
        };
        let debits = DebitRules {
            bank: accounts[DEPOSITORY],
            cap: settings.net_debit_cap_cents,
            lines: (0..).zip(&market.instruments).map(unit).collect(),
        };
        let rules = Rules { largest_first: true, debits: Some(debits), ..Rules::default() };
        return Engine::without_ties(rules).with_clearing(accounts[CLEARING_HOUSE]);
    }
    if !settings.is_t2s() {
        return Engine::default();
    }
    // All lines of a scenario are quoted by the piece.
    let thresholds = Thresholds { value_by_unit: settings.part_cents_min, ..Thresholds::default() };
    let unit = |(line, instrument): (LineId, &InstrumentInfo)| {
        Some((line, settings.lent_on(instrument.class, instrument.price_cents)?))
    };
    let credit = accounts.get(CENTRAL_BANK).map(|bank| CreditRules {
        bank: *bank,
        limit: settings.credit_limit_cents,
        lines: (0..).zip(&market.instruments).filter_map(unit).collect(),
    });
    let recycling = Some(market.scenario.day.calendar.clone());
    Engine::with_rules(Rules { recycling, thresholds, credit, ..Rules::default() })
}

/// When a minute of a business date is: those before its midnight are on the evening of the business day before.
fn instant(market: &Market, day: BusinessDate, minute: Minute) -> Timestamp {
    let (date, minutes) =
        if minute.0 < 0 { (market.eve_of(day), minute.0 + 24 * 60) } else { (day, minute.0) };
    let seconds = u64::try_from(minutes).unwrap_or(0) * 60;
    at(date, chrono::NaiveTime::MIN) + Duration::from_secs(seconds)
}

/// What the clearing house draws for each account.
fn allocation<'a>(market: &Market, accounts: impl Iterator<Item = &'a String>) -> Vec<Purpose> {
    let of = |account: &String| market.draws.purpose(&format!("clearing house: allocation to {account}"));
    if market.scenario.depository.is_dtc() { accounts.map(of).collect() } else { Vec::new() }
}

/// Numbers for all accounts, in the order of their names.
fn account_ids(market: &Market) -> BTreeMap<String, AccountId> {
    let mut names: Vec<String> = market.accounts.iter().map(|a| a.safekeeping.to_string()).collect();
    names.extend(market.depository_members().map(|b| b.account.to_string()));
    // The house's brokers are among the members already.
    names.extend(market.crowd.parties.iter().skip(market.brokers.len()).map(|party| party.account.clone()));
    names.extend(market.scenario.day.is_long().then(|| ELSEWHERE.to_owned()));
    names.extend(market.scenario.depository.lends().then(|| CENTRAL_BANK.to_owned()));
    if market.scenario.depository.is_dtc() {
        names.extend([CLEARING_HOUSE, DEPOSITORY].map(str::to_owned));
    }
    names.sort();
    names.into_iter().zip(0..).collect()
}

impl Party for Csd {
    fn handle(&mut self, now: Timestamp, input: PartyInput<'_>, effects: &mut Vec<PartyEffect>) {
        match input {
            PartyInput::Heard { port, event } => match event {
                Some(Event::Instruction(instruction)) => self.admit(now, port, instruction, effects),
                Some(Event::Cancellation(request)) => {
                    self.recalled(now, port, request.cancels.as_str(), effects);
                }
                Some(Event::ProcessingChange(change)) => self.changed(now, port, change, effects),
                _ => {}
            },
            PartyInput::Wire { .. } | PartyInput::Notice(_) => {}
            PartyInput::Call(call) => self.called(now, call, effects),
            PartyInput::Tick => {
                self.crowd_acts(now, effects);
                while let Some(due) = self.agenda.due(now) {
                    match due {
                        Due::Morning(day) => self.morning(now, day, effects),
                        Due::Open(day) => self.open(now, day, effects),
                        Due::Close(day) => {
                            self.engine.close();
                            self.cut_off(now, day, Ends::All, effects);
                        }
                        Due::Step(day) => self.step(now, day, effects),
                        Due::Unmatched(number) => self.lonely(now, number, effects),
                    }
                }
            }
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        earlier(self.agenda.next(), self.arrivals.next())
    }
}
