//! The world: virtual time, the wires, the disk, the power, the parties, and the gateway among them. It jumps from one
//! event to the next; the same seed gives the same run to the byte.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::rc::Rc;
use std::time::Duration;

use finality_parsers::desk::{Notice, Order};
use finality_parsers::machine::{Entry, GatewayEffect, GatewayInput, LinkInput, Machine, Timestamp};
use finality_parsers::model::{BusinessDate, Event};

use crate::auditor::Auditor;
use crate::disk::Disk;
use crate::expect::Watch;
use crate::market::{Market, Speech, at};
use crate::parties::broker::Broker;
use crate::parties::csd::Csd;
use crate::parties::custodian::Custodian;
use crate::parties::desk::{Desk, Work};
use crate::parties::lending::{Lender, Loan};
use crate::parties::manager::Manager;
use crate::parties::wording::read;
use crate::parties::{Call, Party, PartyEffect, PartyInput, Who};
use crate::scenario::Scenario;
use crate::seed::Draws;
use crate::statistics::Statistics;
use crate::subject::Subject;
use crate::unseen::{Unseen, Witness};
use crate::wire::{Way, Wire};

/// Who acts: a party that can be called, or the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Actor {
    Party(Who),
    Desk,
    Gateway,
}

#[derive(Debug)]
enum Happening {
    ToGateway {
        wire: usize,
        epoch: u32,
        bytes: Vec<u8>,
    },
    ToParty {
        wire: usize,
        epoch: u32,
        bytes: Vec<u8>,
    },
    ToCsd {
        participant: usize,
        bytes: Vec<u8>,
    },
    FromCsd {
        participant: usize,
        event: Option<Event>,
    },
    Call {
        to: Who,
        call: Call,
    },
    Order(Order),
    Notice(Notice),
    LineUp(usize),
    LineDown {
        wire: usize,
        up_at: Timestamp,
    },
    Synced,
    Fetched {
        link: String,
        ticket: u64,
        entries: Vec<u64>,
    },
    PowerCut(u64),
    PowerOn,
    Wake(Actor),
    /// What reached a party while its systems were down.
    AtDoor {
        actor: Actor,
        what: Waiting,
    },
    CutOff(BusinessDate),
    CutOffFree(BusinessDate),
    Drop(BusinessDate),
    OtherFuture(Draws),
}

/// An input that waits for the end of an outage.
#[derive(Debug)]
enum Waiting {
    Bytes { port: usize, bytes: Vec<u8> },
    Heard { port: usize, event: Option<Event> },
    Line { port: usize, up: bool },
    Call(Call),
}

impl Waiting {
    /// Ticks and notices wait for nobody: a tick is asked for again, and the desk has no outages.
    fn of(input: PartyInput<'_>) -> Option<Self> {
        match input {
            PartyInput::Wire { port, input: LinkInput::Bytes(bytes) } => {
                Some(Self::Bytes { port, bytes: bytes.to_vec() })
            }
            PartyInput::Wire { port, input: LinkInput::Opened } => Some(Self::Line { port, up: true }),
            PartyInput::Wire { port, input: LinkInput::Closed } => Some(Self::Line { port, up: false }),
            PartyInput::Heard { port, event } => Some(Self::Heard { port, event: event.cloned() }),
            PartyInput::Call(call) => Some(Self::Call(call.clone())),
            PartyInput::Wire { .. } | PartyInput::Notice(_) | PartyInput::Tick => None,
        }
    }
}

/// What a run leaves behind.
#[derive(Debug)]
pub struct Outcome {
    /// The market it was run with.
    pub market: Rc<Market>,
    /// What was counted and measured.
    pub statistics: Statistics,
    /// The auditor, with its findings.
    pub auditor: Auditor,
    /// What was heard of the messages that are expected.
    pub watch: Watch,
    /// What the gateway's disk holds.
    pub journal: Vec<Entry>,
    /// What brokers were told, where somebody was to listen.
    pub witness: Option<Witness>,
    /// What people did.
    pub work: Work,
    /// What was lent.
    pub loans: Vec<Loan>,
    /// Allocations whose acceptance reached the manager.
    pub acknowledged: Vec<String>,
    /// When the run ended.
    pub ended: Timestamp,
}

/// Another future for the same past: what happens from a moment on is drawn anew, and so is what was drawn before and has not
/// shown itself by then ([`Unseen`]). Many futures tell how likely what follows is to somebody who knows all that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fork {
    /// From when on.
    pub at: Timestamp,
    /// Which future.
    pub number: u64,
}

/// The world, before and while it runs.
pub struct World<S: Subject> {
    market: Rc<Market>,
    subject: S,
    gateway: Option<S::Machine>,
    disk: Disk,
    wires: Vec<Wire>,
    by_link: BTreeMap<String, usize>,
    manager: Manager,
    brokers: Vec<Broker>,
    custodians: Vec<Custodian>,
    csd: Csd,
    lender: Lender,
    desk: Desk,
    auditor: Auditor,
    statistics: Statistics,
    watch: Watch,
    witness: Option<Witness>,
    heap: BinaryHeap<Reverse<(Timestamp, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    next: u64,
    woken: BTreeMap<Actor, Timestamp>,
    /// Whose systems are down, from when until when.
    outages: Vec<(Actor, [Timestamp; 2])>,
    now: Timestamp,
}

impl<S: Subject> World<S> {
    /// Draws the market of a scenario and sets everything up; nothing has happened yet.
    pub fn new(scenario: Scenario, seed: u64, subject: impl FnOnce(&Market) -> S) -> Self {
        Self::of(Market::draw(scenario, seed), subject)
    }

    /// Listens to what brokers are told: what had shown itself at a moment is known from it ([`Unseen::of`]).
    #[must_use]
    pub fn witnessed(mut self) -> Self {
        self.witness = Some(Witness::default());
        self
    }

    /// The same past with another future; `unseen` says what had not shown itself when it begins.
    pub fn forked(
        scenario: Scenario,
        seed: u64,
        fork: Fork,
        unseen: &Unseen,
        subject: impl FnOnce(&Market) -> S,
    ) -> Self {
        let mut market = Market::draw(scenario, seed);
        let other = market.draws.other(fork.number);
        unseen.draw_anew(&mut market, other);
        let mut world = Self::of(market, subject);
        world.at(fork.at, Happening::OtherFuture(other));
        world
    }

    fn of(market: Market, subject: impl FnOnce(&Market) -> S) -> Self {
        let market = Rc::new(market);
        let subject = subject(&market);
        let mut wires = vec![Wire::new("manager", Who::Manager, false)];
        for (index, broker) in market.brokers.iter().enumerate() {
            wires.push(Wire::new(&broker.link, Who::Broker(index), false));
        }
        for (index, custodian) in market.custodians.iter().enumerate() {
            wires.push(Wire::new(&custodian.name, Who::Custodian(index), true));
        }
        let start = at(market.scenario.day.trade_date, chrono::NaiveTime::MIN);
        let mut world = Self {
            by_link: wires.iter().enumerate().map(|(index, w)| (w.link.clone(), index)).collect(),
            wires,
            gateway: None,
            disk: Disk::new(Duration::from_micros(market.scenario.pace.sync_microseconds)),
            manager: Manager::new(Rc::clone(&market)),
            brokers: (0..market.brokers.len()).map(|i| Broker::new(Rc::clone(&market), i)).collect(),
            custodians: (0..market.custodians.len()).map(|i| Custodian::new(Rc::clone(&market), i)).collect(),
            csd: Csd::new(Rc::clone(&market)),
            lender: Lender::new(Rc::clone(&market)),
            desk: Desk::new(Rc::clone(&market)),
            auditor: Auditor::new(&market),
            statistics: Statistics::default(),
            watch: Watch::new(&market.scenario.expect),
            witness: None,
            heap: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            next: 0,
            woken: BTreeMap::new(),
            outages: outages(&market),
            now: start,
            subject,
            market,
        };
        world.plan(start);
        // Whoever has something to do by the clock does it, also where nobody ever writes to it.
        let parties = world.wires.iter().map(|wire| wire.who).chain([Who::Csd, Who::Lender]);
        let actors: Vec<Actor> = parties.map(Actor::Party).chain([Actor::Desk]).collect();
        actors.into_iter().for_each(|actor| world.reschedule(actor));
        world
    }

    /// Puts on the calendar what is known beforehand: power, lines, cut-offs.
    fn plan(&mut self, start: Timestamp) {
        let market = Rc::clone(&self.market);
        // The house is opened half an hour before the market.
        let from = market.on_trade_date(market.scenario.day.trading_from) - Duration::from_secs(1800);
        self.at(from.max(start), Happening::PowerOn);
        for day in market.settlement_days() {
            let closes = at(day, market.scenario.day.cut_off);
            self.at(closes + Duration::from_micros(1), Happening::CutOff(day));
            let closes = at(day, market.scenario.depository.closes_for_free(&market.scenario.day));
            self.at(closes + Duration::from_micros(1), Happening::CutOffFree(day));
            if market.scenario.depository.is_dtc() {
                let drop = at(day, market.scenario.depository.recycle_drop);
                self.at(drop + Duration::from_micros(1), Happening::Drop(day));
            }
        }
        for cut in &market.scenario.faults.cuts {
            let Some(wire) = self.by_link.get(&cut.link).copied() else { continue };
            let day = market
                .scenario
                .day
                .calendar
                .add_business_days(market.scenario.day.trade_date, cut.days_later);
            let down = at(day, cut.at);
            let up_at = down + Duration::from_secs(60 * cut.minutes);
            self.at(down, Happening::LineDown { wire, up_at });
        }
        let span = market.end().since(from).as_millis();
        let last = market.dates.last().map_or(market.scenario.day.trade_date, |date| date.trades);
        let trading = at(last, market.scenario.day.trading_to).since(from).as_millis();
        for number in 0..u64::from(market.scenario.faults.power_cuts) {
            // Most of them while there is most to lose.
            let within = if number % 4 == 3 { span } else { trading };
            let within = u64::try_from(within).unwrap_or(u64::MAX);
            let millis = market.draws.between("power cut: when", number, 0, within);
            let micros = market.draws.between("power cut: microsecond", number, 0, 999);
            self.at(
                from + Duration::from_millis(millis) + Duration::from_micros(micros),
                Happening::PowerCut(number),
            );
        }
    }

    /// Runs to the end.
    pub fn run(mut self) -> Outcome {
        let end = self.market.end();
        while let Some(Reverse((time, number))) = self.heap.pop() {
            if time > end {
                break;
            }
            self.now = self.now.max(time);
            if let Some(happening) = self.happenings.remove(&number) {
                self.happen(happening);
            }
        }
        self.close(end)
    }

    fn close(mut self, end: Timestamp) -> Outcome {
        let engine = self.csd.engine();
        assert!(engine.book.is_conserved(), "cash and securities are what they were at the opening");
        let names = self.csd.account_names();
        let positions = engine.book.positions().map(|((account, line), quantity)| {
            let isin = self.market.instruments[line as usize].isin.as_str();
            ((names[account as usize].as_str(), isin), quantity)
        });
        let cash = engine.book.cash_balances().map(|(a, c)| (names[a as usize].as_str(), c));
        self.auditor.compare(positions, cash);
        self.statistics.penalties = self.csd.penalties_by_day();
        self.statistics.crowd_penalties = self.csd.crowd_penalties_by_day();
        self.statistics.fails_charge = self.csd.fails_charge().cloned();
        self.statistics.buy_ins = self.csd.buy_ins().clone();
        self.statistics.garbled = self.wires.iter().map(|w| w.garbled).sum();
        Outcome {
            work: self.desk.into_work(),
            loans: self.lender.made().to_vec(),
            acknowledged: self.manager.acknowledged(),
            market: self.market,
            statistics: self.statistics,
            auditor: self.auditor,
            watch: self.watch,
            witness: self.witness,
            journal: self.disk.entries().to_vec(),
            ended: end,
        }
    }

    fn at(&mut self, time: Timestamp, happening: Happening) {
        self.next += 1;
        self.heap.push(Reverse((time, self.next)));
        self.happenings.insert(self.next, happening);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::ToGateway { wire, epoch, bytes } => {
                if self.wires[wire].up && self.wires[wire].epoch == epoch {
                    let link = self.wires[wire].link.clone();
                    self.statistics.message(Way::In, &bytes);
                    self.watch.message(self.now, Way::In, &link, &bytes);
                    self.gateway(GatewayInput::Link { link: &link, input: LinkInput::Bytes(&bytes) });
                }
            }
            Happening::ToParty { wire, epoch, bytes } => {
                if self.wires[wire].up && self.wires[wire].epoch == epoch {
                    self.statistics.message(Way::Out, &bytes);
                    self.watch.message(self.now, Way::Out, &self.wires[wire].link, &bytes);
                    let who = self.wires[wire].who;
                    self.party(
                        Actor::Party(who),
                        PartyInput::Wire { port: 0, input: LinkInput::Bytes(&bytes) },
                    );
                }
            }
            Happening::ToCsd { participant, bytes } => {
                let event = read(&bytes);
                self.auditor.heard(participant, event.as_ref());
                let input = PartyInput::Heard { port: participant, event: event.as_ref() };
                self.party(Actor::Party(Who::Csd), input);
            }
            Happening::FromCsd { participant, event } => {
                let custodians = self.custodians.len();
                let who = match participant.checked_sub(custodians) {
                    None => Who::Custodian(participant),
                    Some(broker) if broker < self.brokers.len() => Who::Broker(broker),
                    Some(_) => Who::Lender,
                };
                self.party(Actor::Party(who), PartyInput::Heard { port: 1, event: event.as_ref() });
            }
            Happening::Call { to, call } => {
                if to == Who::Csd {
                    self.auditor.called(&call);
                }
                self.party(Actor::Party(to), PartyInput::Call(&call));
            }
            Happening::Order(order) => self.gateway(GatewayInput::Order(&order)),
            Happening::Notice(notice) => self.party(Actor::Desk, PartyInput::Notice(&notice)),
            Happening::LineUp(wire) => self.line(wire, true),
            Happening::LineDown { wire, up_at } => {
                let until = &mut self.wires[wire].cut_until;
                *until = up_at.max(*until);
                self.line(wire, false);
                self.at(up_at, Happening::LineUp(wire));
            }
            Happening::Synced => {
                if let Some((last, next)) = self.disk.synced(self.now) {
                    if let Some(next) = next {
                        self.at(next, Happening::Synced);
                    }
                    self.gateway(GatewayInput::Appended(last));
                }
            }
            Happening::Fetched { link, ticket, entries } => {
                let entries = self.disk.read(&entries);
                self.gateway(GatewayInput::Fetched { link: &link, ticket, entries: &entries });
            }
            Happening::PowerCut(number) => self.power_cut(number),
            Happening::PowerOn => self.power_on(),
            Happening::Wake(actor) => self.wake(actor),
            Happening::AtDoor { actor, what } => match &what {
                Waiting::Bytes { port, bytes } => {
                    self.party(actor, PartyInput::Wire { port: *port, input: LinkInput::Bytes(bytes) });
                }
                Waiting::Heard { port, event } => {
                    self.party(actor, PartyInput::Heard { port: *port, event: event.as_ref() });
                }
                Waiting::Line { port, up } => {
                    let input = if *up { LinkInput::Opened } else { LinkInput::Closed };
                    self.party(actor, PartyInput::Wire { port: *port, input });
                }
                Waiting::Call(call) => self.party(actor, PartyInput::Call(call)),
            },
            Happening::OtherFuture(draws) => {
                self.market.running.set(draws);
                self.desk.another_future(self.now);
                self.reschedule(Actor::Desk);
            }
            Happening::Drop(day) => self.auditor.dropped(self.now, day),
            Happening::CutOff(day) => {
                self.auditor.cut_off(day);
                self.statistics.cut_off(day, &self.market, &self.auditor);
            }
            Happening::CutOffFree(day) => self.statistics.cut_off_free(day, &self.market, &self.auditor),
        }
    }

    fn line(&mut self, wire: usize, up: bool) {
        let down = self.gateway.is_none() || self.now < self.wires[wire].cut_until;
        if self.wires[wire].up == up || up && down {
            return;
        }
        self.wires[wire].up = up;
        self.wires[wire].epoch += 1;
        let (link, who) = (self.wires[wire].link.clone(), self.wires[wire].who);
        let input = if up { LinkInput::Opened } else { LinkInput::Closed };
        self.gateway(GatewayInput::Link { link: &link, input });
        self.party(Actor::Party(who), PartyInput::Wire { port: 0, input });
    }

    fn power_on(&mut self) {
        if self.gateway.is_some() {
            return;
        }
        self.gateway = Some(self.subject.boot(self.now, self.disk.entries()));
        self.reschedule(Actor::Gateway);
        for wire in 0..self.wires.len() {
            let delay = self.market.running.get().between("line: comes up", wire as u64, 1_000, 30_000);
            self.at(self.now + Duration::from_millis(delay), Happening::LineUp(wire));
        }
    }

    fn power_cut(&mut self, number: u64) {
        if self.gateway.take().is_none() {
            return;
        }
        self.statistics.power_cuts += 1;
        self.disk.cut(&self.market.draws, number);
        for wire in 0..self.wires.len() {
            if self.wires[wire].up {
                self.wires[wire].up = false;
                self.wires[wire].epoch += 1;
                let who = self.wires[wire].who;
                self.party(Actor::Party(who), PartyInput::Wire { port: 0, input: LinkInput::Closed });
            }
        }
        let down = Duration::from_secs(self.market.scenario.faults.power_down_seconds.max(1));
        self.at(self.now + down, Happening::PowerOn);
    }

    fn wake(&mut self, actor: Actor) {
        if self.woken.get(&actor) == Some(&self.now) {
            self.woken.remove(&actor);
        }
        let due = self.deadline(actor).is_some_and(|d| d <= self.now);
        if let Some(until) = self.down_until(actor).filter(|_| due) {
            self.woken.insert(actor, until);
            return self.at(until, Happening::Wake(actor));
        }
        match actor {
            _ if !due => self.reschedule(actor),
            Actor::Gateway => self.gateway(GatewayInput::Tick),
            actor => self.party(actor, PartyInput::Tick),
        }
    }

    fn deadline(&self, actor: Actor) -> Option<Timestamp> {
        match actor {
            Actor::Gateway => self.gateway.as_ref().and_then(|g| g.deadline()),
            Actor::Desk => self.desk.deadline(),
            Actor::Party(Who::Manager) => self.manager.deadline(),
            Actor::Party(Who::Broker(i)) => self.brokers[i].deadline(),
            Actor::Party(Who::Custodian(i)) => self.custodians[i].deadline(),
            Actor::Party(Who::Csd) => self.csd.deadline(),
            Actor::Party(Who::Lender) => self.lender.deadline(),
        }
    }

    /// Sees to it that an actor is woken at its deadline; an alarm that is set for then or earlier is enough.
    fn reschedule(&mut self, actor: Actor) {
        let Some(due) = self.deadline(actor) else { return };
        let due = due.max(self.now);
        if self.woken.get(&actor).is_some_and(|set| *set <= due) {
            return;
        }
        self.woken.insert(actor, due);
        self.at(due, Happening::Wake(actor));
    }

    fn gateway(&mut self, input: GatewayInput<'_>) {
        let Some(gateway) = self.gateway.as_mut() else { return };
        gateway.handle(self.now, input);
        while let Some(effect) = self.gateway.as_mut().and_then(|g| g.poll()) {
            self.gateway_effect(effect);
        }
        self.reschedule(Actor::Gateway);
    }

    fn gateway_effect(&mut self, effect: GatewayEffect) {
        match effect {
            GatewayEffect::Append(entry) => {
                self.statistics.records += 1;
                if let Some(done) = self.disk.append(self.now, entry) {
                    self.at(done, Happening::Synced);
                }
            }
            GatewayEffect::Send { link, bytes } => {
                if let Some(wire) = self.by_link.get(&link).copied() {
                    self.carry(wire, Way::Out, bytes);
                }
            }
            GatewayEffect::Close { link, .. } => {
                if let Some(wire) = self.by_link.get(&link).copied() {
                    let up_at = self.now + Duration::from_secs(30);
                    self.at(self.now, Happening::LineDown { wire, up_at });
                }
            }
            GatewayEffect::Fetch { link, ticket, entries } => {
                self.at(self.now, Happening::Fetched { link, ticket, entries });
            }
            GatewayEffect::Notice { .. } => {}
            GatewayEffect::Kept { understood, .. } => self.statistics.kept(understood),
            GatewayEffect::Tell(notice) => {
                self.statistics.notice(self.now, &self.market, &notice);
                if !matches!(notice, Notice::Reached { .. }) {
                    self.at(self.now, Happening::Notice(notice));
                }
            }
        }
    }

    fn carry(&mut self, wire: usize, way: Way, bytes: Vec<u8>) {
        let market = Rc::clone(&self.market);
        let scenario = &market.scenario;
        let arrivals = self.wires[wire].carry(
            self.now,
            way,
            bytes,
            &scenario.pace,
            &scenario.faults,
            &market.running.get(),
        );
        let epoch = self.wires[wire].epoch;
        for arrival in arrivals {
            let happening = match way {
                Way::In => Happening::ToGateway { wire, epoch, bytes: arrival.bytes },
                Way::Out => Happening::ToParty { wire, epoch, bytes: arrival.bytes },
            };
            self.at(arrival.at, happening);
        }
    }

    /// Until when a party's systems are down, if they are.
    fn down_until(&self, actor: Actor) -> Option<Timestamp> {
        let now = self.now;
        let of =
            self.outages.iter().filter(|(who, [from, until])| *who == actor && *from <= now && now < *until);
        of.map(|(_, [_, until])| *until).max()
    }

    fn party(&mut self, actor: Actor, input: PartyInput<'_>) {
        if let Some(until) = self.down_until(actor)
            && let Some(what) = Waiting::of(input)
        {
            return self.at(until, Happening::AtDoor { actor, what });
        }
        let mut effects = Vec::new();
        let now = self.now;
        match actor {
            Actor::Gateway => return,
            Actor::Desk => self.desk.handle(now, input, &mut effects),
            Actor::Party(Who::Manager) => self.manager.handle(now, input, &mut effects),
            Actor::Party(Who::Broker(i)) => self.brokers[i].handle(now, input, &mut effects),
            Actor::Party(Who::Custodian(i)) => self.custodians[i].handle(now, input, &mut effects),
            Actor::Party(Who::Csd) => self.csd.handle(now, input, &mut effects),
            Actor::Party(Who::Lender) => self.lender.handle(now, input, &mut effects),
        }
        for effect in effects {
            self.party_effect(actor, effect);
        }
        self.reschedule(actor);
    }

    fn party_effect(&mut self, actor: Actor, effect: PartyEffect) {
        match effect {
            PartyEffect::Send { port, bytes } => match (actor, port) {
                (Actor::Party(Who::Csd), participant) => {
                    let event = read(&bytes);
                    self.auditor.said(self.now, participant, event.as_ref());
                    let of_broker = participant >= self.custodians.len();
                    if let (Some(witness), Some(event)) =
                        (self.witness.as_mut().filter(|_| of_broker), &event)
                    {
                        witness.hear(self.now, event);
                    }
                    self.at(self.now + CSD_WIRE, Happening::FromCsd { participant, event });
                }
                (Actor::Party(who), 0) => {
                    if let Some(wire) = self.wires.iter().position(|w| w.who == who) {
                        self.carry(wire, Way::In, bytes);
                    }
                }
                (Actor::Party(Who::Custodian(i)), _) => {
                    self.at(self.now + CSD_WIRE, Happening::ToCsd { participant: i, bytes });
                }
                (Actor::Party(Who::Broker(i)), _) => {
                    let participant = self.custodians.len() + i;
                    self.at(self.now + CSD_WIRE, Happening::ToCsd { participant, bytes });
                }
                (Actor::Party(Who::Lender), _) => {
                    let participant = self.custodians.len() + self.brokers.len();
                    self.at(self.now + CSD_WIRE, Happening::ToCsd { participant, bytes });
                }
                (Actor::Party(Who::Manager) | Actor::Desk | Actor::Gateway, _) => {}
            },
            PartyEffect::Call { to, call } => {
                self.at(self.now + Duration::from_secs(1), Happening::Call { to, call })
            }
            PartyEffect::Order(order) => self.at(self.now, Happening::Order(order)),
            PartyEffect::Booked(bookings) => {
                bookings.iter().for_each(|booking| self.auditor.booked(self.now, booking));
            }
            PartyEffect::Credit(booking) => self.auditor.credited(self.now, &booking),
            PartyEffect::BoughtIn(said) => self.auditor.bought_in(self.now, &said),
            PartyEffect::Morning(morning) => self.auditor.morning(self.now, &self.market, &morning),
            PartyEffect::Clearing(said) => self.auditor.cleared(self.now, &said),
        }
    }
}

/// Outages of custodians; those of the population are in when its instructions meet.
fn outages(market: &Market) -> Vec<(Actor, [Timestamp; 2])> {
    let custodian = |name: &str| market.custodians.iter().position(|custodian| custodian.name == name);
    let all = market.scenario.faults.outages.iter();
    all.filter_map(|outage| {
        let who = Who::Custodian(custodian(&outage.party)?);
        Some((Actor::Party(who), outage.span(&market.scenario.day)))
    })
    .collect()
}

/// Between participants and depository nothing is lost; it takes a moment.
const CSD_WIRE: Duration = Duration::from_millis(5);

/// What a link of the market speaks, for those who set the gateway up.
pub fn speech_of(market: &Market, link: &str) -> Speech {
    let broker = market.brokers.iter().find(|b| b.link == link).map(|b| b.speech);
    let custodian = market.custodians.iter().find(|c| c.name == link).map(|c| c.speech);
    broker.or(custodian).unwrap_or(Speech::Fix)
}
