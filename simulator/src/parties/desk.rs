//! The desk: people who work off the gateway's exceptions, and what it tells them is at risk, in the order and at the times of the
//! operating model, during their hours, each repair taking its time. They call the parties and give the gateway orders; they do
//! not touch its insides.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use finality_parsers::desk::{Command, ExceptionNotice, Notice, Order, RiskNotice, Stage, TradeKey, Wish};
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Cause, Reference};

use super::{Call, Party, PartyEffect, PartyInput, Who};
use crate::market::{Market, at};
use crate::operation::{self, Ways};
use crate::scenario::long_run::Window;

/// A piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    /// An exception, by its number.
    Exception(u64),
    /// A trade at risk, by the gateway's number.
    Alert(u64),
}

/// Order of the queue: the model's rank, then a time, then the task.
type Rank = (u8, Timestamp, Task);

/// What people did, and rules for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Exceptions that people worked on.
    pub repairs: u64,
    /// Exceptions that a rule chased.
    pub automatic: u64,
    /// Trades that people were told are at risk.
    pub alerts: u64,
    /// Of these, followed up.
    pub followed_up: u64,
    /// Minutes of work.
    pub staff_minutes: u64,
}

/// What people did in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// By the hour in which it began: hours since the epoch.
    hours: BTreeMap<i64, Done>,
    /// When a person first saw something of each trade.
    pub seen: BTreeMap<usize, Timestamp>,
}

impl Work {
    /// What was begun now.
    fn now(&mut self, now: Timestamp) -> &mut Done {
        self.hours.entry(hour(now)).or_default()
    }

    /// What was begun in a window, whose bounds are whole hours.
    pub fn within(&self, window: &Window) -> Done {
        let until = window.until.map_or(i64::MAX, hour);
        let mut all = Done::default();
        for done in self.hours.range(hour(window.from)..until).map(|(_, done)| done) {
            all.repairs += done.repairs;
            all.automatic += done.automatic;
            all.alerts += done.alerts;
            all.followed_up += done.followed_up;
            all.staff_minutes += done.staff_minutes;
        }
        all
    }
}

fn hour(time: Timestamp) -> i64 {
    time.utc().timestamp().div_euclid(3_600)
}

/// The desk.
pub struct Desk {
    market: Rc<Market>,
    ways: &'static Ways,
    open: BTreeMap<u64, ExceptionNotice>,
    alerts: BTreeMap<u64, RiskNotice>,
    queue: BTreeSet<Rank>,
    ranks: BTreeMap<Task, Rank>,
    /// What nobody has seen yet: it shows at the next cycle.
    unseen: Vec<Task>,
    /// What a rule chases, and when it does; and what a person takes up if that did not help.
    chases: BTreeSet<(Timestamp, u64)>,
    later: BTreeSet<(Timestamp, u64)>,
    /// Repairs under way: when they end, and of what.
    busy: BTreeSet<(Timestamp, Task)>,
    /// Instructions of which both sides were asked to let them settle in part.
    in_parts: BTreeSet<Reference>,
    /// When these were taken up.
    taken_up: BTreeMap<Task, Timestamp>,
    /// Times at which the desk opens, or looks.
    openings: BTreeSet<Timestamp>,
    looks: BTreeSet<Timestamp>,
    work: Work,
}

impl Desk {
    /// With its people and hours.
    pub fn new(market: Rc<Market>) -> Self {
        let days = market.business_days();
        let openings = days.iter().map(|day| at(*day, market.scenario.desk.from)).collect();
        let cycles = &market.scenario.operation.cycles;
        let looks = days.iter().flat_map(|day| cycles.iter().map(|time| at(*day, *time))).collect();
        Self {
            ways: market.scenario.operation.ways(),
            market,
            open: BTreeMap::new(),
            alerts: BTreeMap::new(),
            queue: BTreeSet::new(),
            ranks: BTreeMap::new(),
            unseen: Vec::new(),
            chases: BTreeSet::new(),
            later: BTreeSet::new(),
            busy: BTreeSet::new(),
            in_parts: BTreeSet::new(),
            taken_up: BTreeMap::new(),
            openings,
            looks,
            work: Work::default(),
        }
    }

    /// What its people did.
    pub fn into_work(self) -> Work {
        self.work
    }

    /// Something new: it is seen now, or at the next cycle.
    fn arrives(&mut self, now: Timestamp, task: Task) {
        if self.ways.looks_at_cycles {
            self.unseen.push(task);
        } else {
            self.see(now, task);
        }
    }

    /// It stands in the queue from now on.
    fn see(&mut self, now: Timestamp, task: Task) {
        let Some((rank, key)) = self.rank(now, task) else { return };
        if let Some(trade) = key.and_then(|key| self.market.trade_named(&key)) {
            self.work.seen.entry(trade).or_insert(now);
        }
        self.queue.insert(rank);
        self.ranks.insert(task, rank);
    }

    fn rank(&self, now: Timestamp, task: Task) -> Option<(Rank, Option<TradeKey>)> {
        // An alert is no exception yet: it comes after what is in danger now, and before what is not yet.
        const ALERT: u8 = 2;
        Some(match task {
            Task::Alert(trade) => ((ALERT, now, task), Some(self.alerts.get(&trade)?.trade.clone())),
            Task::Exception(number) => {
                let notice = self.open.get(&number)?;
                let rank = match self.ways.order {
                    operation::Order::ByUrgency => (urgency_rank(notice), notice.due, task),
                    operation::Order::ByArrival => (0, now, task),
                    operation::Order::ByStage => (stage_rank(notice.cause), now, task),
                };
                (rank, notice.trade.clone())
            }
        })
    }

    fn forget(&mut self, task: Task) {
        if let Some(rank) = self.ranks.remove(&task) {
            self.queue.remove(&rank);
        }
    }

    /// People take up work while there are both.
    fn staff(&mut self, now: Timestamp) {
        let desk = &self.market.scenario.desk;
        let time = now.utc().time();
        if time < desk.from || time >= desk.to {
            return;
        }
        while self.busy.len() < desk.people as usize {
            let Some((_, _, task)) = self.queue.pop_first() else { break };
            self.ranks.remove(&task);
            let minutes = self.minutes(task);
            let done = self.work.now(now);
            done.staff_minutes += minutes;
            match task {
                Task::Exception(_) => done.repairs += 1,
                Task::Alert(_) => done.followed_up += 1,
            }
            self.busy.insert((now + Duration::from_secs(60 * minutes), task));
            self.taken_up.insert(task, now);
        }
    }

    /// What it takes: the same for the same trouble with the same trade, whatever the model.
    fn minutes(&self, task: Task) -> u64 {
        self.more_minutes(task, 0)
    }

    /// The same, of a task that has taken more than so many minutes already.
    fn more_minutes(&self, task: Task, already: u64) -> u64 {
        let draws = self.market.running.get();
        match task {
            Task::Exception(number) => {
                let [low, high] = self.market.scenario.desk.repair_minutes;
                let (purpose, entity) = self.purpose("desk: repair", number);
                draws.between(&purpose, entity, low.max(already), high)
            }
            Task::Alert(number) => {
                let [low, high] = self.market.scenario.operation.alert_minutes;
                let trade = self.alerts.get(&number).and_then(|alert| self.market.trade_named(&alert.trade));
                draws.between("desk: follow up", trade.map_or(number, |t| t as u64), low.max(already), high)
            }
        }
    }

    /// Another future begins: nobody knows yet how long what is under way will take.
    pub(crate) fn another_future(&mut self, now: Timestamp) {
        for (_, task) in std::mem::take(&mut self.busy) {
            let from = self.taken_up.get(&task).copied().unwrap_or(now);
            let minutes = self.more_minutes(task, now.since(from).as_secs() / 60 + 1);
            self.busy.insert((from + Duration::from_secs(60 * minutes), task));
        }
    }

    /// For what and about whom something of an exception is drawn.
    fn purpose(&self, what: &str, exception: u64) -> (String, u64) {
        let notice = self.open.get(&exception);
        let reason = notice.map_or("", |notice| notice.reason.as_str());
        let trade =
            notice.and_then(|notice| notice.trade.as_ref()).and_then(|key| self.market.trade_named(key));
        (format!("{what}: {reason}"), trade.map_or(exception, |trade| trade as u64))
    }

    /// An exception is told.
    fn opened(&mut self, now: Timestamp, notice: &ExceptionNotice) {
        let number = notice.exception;
        self.open.insert(number, notice.clone());
        let (purpose, entity) = self.purpose("desk: rule", number);
        let terms = &self.market.scenario.operation;
        let draws = self.market.running.get();
        let can = self.ways.automatic && CHASED.contains(&notice.reason.as_str());
        if can && draws.happens(&purpose, entity, terms.automatic_per_10000) {
            let waits = Duration::from_secs(60 * terms.automatic_wait_minutes);
            self.chases.insert((now + Duration::from_secs(1), number));
            self.later.insert((now + waits, number));
        } else {
            self.arrives(now, Task::Exception(number));
        }
    }

    /// What time has brought.
    fn time(&mut self, now: Timestamp, effects: &mut Vec<PartyEffect>) {
        while let Some(done) = self.busy.first().copied().filter(|(end, _)| *end <= now) {
            self.busy.pop_first();
            self.taken_up.remove(&done.1);
            match done.1 {
                Task::Exception(number) => self.repair(number, effects),
                Task::Alert(number) => self.follow_up(number, effects),
            }
        }
        while let Some((_, number)) = self.chases.first().copied().filter(|(at, _)| *at <= now) {
            self.chases.pop_first();
            if self.open.contains_key(&number) {
                self.work.now(now).automatic += 1;
                self.repair(number, effects);
            }
        }
        while let Some((_, number)) = self.later.first().copied().filter(|(at, _)| *at <= now) {
            self.later.pop_first();
            self.see(now, Task::Exception(number));
        }
        while self.openings.first().is_some_and(|opening| *opening <= now) {
            self.openings.pop_first();
        }
        let before = self.looks.len();
        while self.looks.first().is_some_and(|look| *look <= now) {
            self.looks.pop_first();
        }
        if self.looks.len() < before {
            for task in std::mem::take(&mut self.unseen) {
                self.see(now, task);
            }
        }
    }

    /// What a person, or a rule, does about it.
    fn repair(&mut self, exception: u64, effects: &mut Vec<PartyEffect>) {
        let Some(notice) = self.open.get(&exception).cloned() else { return };
        let key = notice.trade.as_ref();
        let trade = key.and_then(|k| self.market.trade_named(k));
        let broker = trade.map(|t| self.broker(t));
        let mut call = |to: Option<Who>, call: Call| {
            if let Some(to) = to {
                effects.push(PartyEffect::Call { to, call });
            }
        };
        match (notice.reason.as_str(), trade) {
            ("economics_differ", Some(trade)) => {
                call(broker, Call::CheckTerms { trade });
                call(Some(Who::Manager), Call::CheckTerms { trade });
            }
            // What is missing may be there, but so wrong that it was not recognised.
            ("confirmation_missing", Some(trade)) => {
                call(broker, Call::SendConfirmation { trade });
                call(broker, Call::CheckTerms { trade });
            }
            ("allocation_missing", Some(trade)) => {
                call(Some(Who::Manager), Call::SendAllocation { trade });
                call(broker, Call::CheckTerms { trade });
            }
            ("unmatched_at_csd" | "counterparty_instruction_missing", Some(trade)) => {
                call(broker, Call::SendInstruction { trade });
                self.say_again(key, effects);
            }
            ("on_hold", Some(trade)) => call(broker, Call::Release { trade }),
            ("not_settled_in_time" | "no_acknowledgement", Some(_)) => self.say_again(key, effects),
            ("ssi_missing" | "ssi_incomplete", Some(trade)) => self.supply(trade, effects),
            // A shortage is the other side's or the market's to mend, unless one asks the other side to borrow.
            ("securities_short", Some(trade)) if self.ways.covers => {
                call(broker, Call::Cover { trade });
                self.settle_what_is_there((trade, key), effects);
            }
            ("unreadable", None) => {
                let why = "asked the sender to send it again".to_owned();
                effects.push(PartyEffect::Order(Order {
                    by: "desk".to_owned(),
                    command: Command::Resolve { exception, why },
                }));
            }
            // A line comes up by itself.
            _ => {}
        }
    }

    /// What a person does about a trade of which nothing is wrong yet: sees to it that the next step is done.
    fn follow_up(&mut self, number: u64, effects: &mut Vec<PartyEffect>) {
        let Some(notice) = self.alerts.remove(&number) else { return };
        let Some(trade) = self.market.trade_named(&notice.trade) else { return };
        let broker = self.broker(trade);
        let mut call = |to: Who, call: Call| effects.push(PartyEffect::Call { to, call });
        match notice.missing {
            Some(Stage::Allocated) => call(Who::Manager, Call::SendAllocation { trade }),
            Some(Stage::Confirmed) => call(broker, Call::SendConfirmation { trade }),
            Some(Stage::Matched) => call(broker, Call::CheckTerms { trade }),
            Some(Stage::Affirmed | Stage::Instructed) => self.supply(trade, effects),
            Some(Stage::Acknowledged) => self.say_again(Some(&notice.trade), effects),
            Some(Stage::MatchedAtCsd) => {
                call(broker, Call::SendInstruction { trade });
                self.say_again(Some(&notice.trade), effects);
            }
            _ => {
                call(broker, Call::Release { trade });
                if self.ways.covers {
                    call(broker, Call::Cover { trade });
                }
                self.settle_what_is_there((trade, Some(&notice.trade)), effects);
            }
        }
    }

    /// Both sides are asked, once, to let a purchase settle in part, where the depository knows parts: the broker by a call, our
    /// custodian by the gateway.
    fn settle_what_is_there(
        &mut self,
        (trade, key): (usize, Option<&TradeKey>),
        effects: &mut Vec<PartyEffect>,
    ) {
        let block = &self.market.blocks[self.market.trades[trade].block];
        let can = self.ways.parts && self.market.scenario.depository.is_t2s();
        let Some(key) = key.filter(|_| can && block.side == finality_parsers::model::Side::Buy) else {
            return;
        };
        let Some(instruction) = &key.instruction else { return };
        if !self.in_parts.insert(instruction.clone()) {
            return;
        }
        effects.push(PartyEffect::Call { to: self.broker(trade), call: Call::LetInParts { trade } });
        let why = "the broker is short: what is there is to come".to_owned();
        let command = Command::Process { trade: key.trade, wish: Wish::Partial { allowed: true }, why };
        effects.push(PartyEffect::Order(Order { by: "desk".to_owned(), command }));
    }

    fn broker(&self, trade: usize) -> Who {
        Who::Broker(self.market.blocks[self.market.trades[trade].block].broker)
    }

    fn say_again(&self, key: Option<&TradeKey>, effects: &mut Vec<PartyEffect>) {
        let Some(instruction) = key.and_then(|k| k.instruction.clone()) else { return };
        for custodian in 0..self.market.custodians.len() {
            let call = Call::SayAgain { instruction: instruction.clone() };
            effects.push(PartyEffect::Call { to: Who::Custodian(custodian), call });
        }
    }

    /// Gets the true standing instruction from the broker and gives it to the gateway.
    fn supply(&self, trade: usize, effects: &mut Vec<PartyEffect>) {
        let block = &self.market.blocks[self.market.trades[trade].block];
        let broker = self.market.brokers[block.broker].bic;
        let country = self.market.instruments[block.instrument].isin;
        let standing = self
            .market
            .standing
            .iter()
            .find(|s| s.party == broker && s.country.as_deref() == Some(country.country()))
            .expect("every broker has one for every country");
        let command = Command::SupplySsi(Box::new(standing.clone()));
        effects.push(PartyEffect::Order(Order { by: "desk".to_owned(), command }));
    }
}

/// Reasons that a rule can chase: somebody is asked to look, or to say something again.
const CHASED: [&str; 9] = [
    "economics_differ",
    "confirmation_missing",
    "allocation_missing",
    "unmatched_at_csd",
    "counterparty_instruction_missing",
    "on_hold",
    "not_settled_in_time",
    "no_acknowledgement",
    "securities_short",
];

fn urgency_rank(notice: &ExceptionNotice) -> u8 {
    use finality_parsers::desk::Urgency;
    match notice.urgency {
        Urgency::Critical => 0,
        Urgency::High => 1,
        Urgency::Medium => 2,
        Urgency::Low => 3,
    }
}

/// Which stage a cause belongs to, the earliest first.
fn stage_rank(cause: Cause) -> u8 {
    match cause {
        Cause::LateStage => 0,
        Cause::DataMismatch => 1,
        Cause::IncompleteSsi => 2,
        Cause::Communication => 3,
        Cause::ResourceShortage => 4,
    }
}

impl Party for Desk {
    fn handle(&mut self, now: Timestamp, input: PartyInput<'_>, effects: &mut Vec<PartyEffect>) {
        match input {
            PartyInput::Notice(Notice::ExceptionOpened(notice)) => self.opened(now, notice),
            PartyInput::Notice(Notice::ExceptionResolved { exception, .. }) => {
                self.open.remove(exception);
                self.forget(Task::Exception(*exception));
            }
            PartyInput::Notice(Notice::AtRisk(notice)) => {
                self.work.now(now).alerts += 1;
                let number = notice.trade.trade;
                self.forget(Task::Alert(number));
                self.alerts.insert(number, (**notice).clone());
                self.arrives(now, Task::Alert(number));
            }
            PartyInput::Tick => self.time(now, effects),
            PartyInput::Notice(_)
            | PartyInput::Call(_)
            | PartyInput::Heard { .. }
            | PartyInput::Wire { .. } => {}
        }
        self.staff(now);
    }

    fn deadline(&self) -> Option<Timestamp> {
        let first = |set: &BTreeSet<(Timestamp, u64)>| set.first().map(|(at, _)| *at);
        [
            self.busy.first().map(|(end, _)| *end),
            self.openings.first().copied(),
            self.looks.first().copied(),
            first(&self.chases),
            first(&self.later),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
