//! How the depository of a scenario works, as settings: the rules it follows, its day, and what its participants let it do.
//! Times are on the scenario's clock; the planned times of T2S are taken as they stand.

use chrono::{NaiveTime, Timelike};
use finality_parsers::model::PartialSettlement;
use serde::{Deserialize, Serialize};

use crate::population::class::Class;
use crate::scenario::Day;
use crate::seed::{Draws, Purpose};
use crate::settlement::rules::{HIGH, NORMAL};
use crate::settlement::schedule::{Minute, Schedule, Step};

/// Which rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleSet {
    /// One opening and one cut-off, oldest first, holds; no priorities, links, parts or optimiser.
    #[default]
    Simple,
    /// Those that T2S publishes.
    T2s,
    /// Those of the United States: a clearing house that nets, and deliveries by type and value under risk controls.
    Dtc,
}

impl RuleSet {
    /// As scenarios write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::T2s => "t2s",
            Self::Dtc => "dtc",
        }
    }
}

/// The depository. Everything below `rules` counts under `t2s` only, or under `dtc` only where it says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Depository {
    /// Which rules.
    pub rules: RuleSet,
    /// When the sequences of the night begin, on the evening of the business day before; the last settles parts too.
    pub night_sequences: Vec<NaiveTime>,
    /// Whether settlement goes on in real time, from `day.settlement_from` on.
    pub real_time: bool,
    /// Windows in which parts settle, in real time.
    pub windows: Vec<[NaiveTime; 2]>,
    /// Cut-off for deliveries free of payment; that for what is paid is `day.cut_off`.
    pub free_cut_off: NaiveTime,
    /// The day ends: reports, and what waited too long is taken out.
    pub end_of_day: NaiveTime,
    /// Whether what waits is looked through for sets that settle together.
    pub optimiser: bool,
    /// How long the optimiser searches, in iterations: seconds would not be the same on every machine.
    pub optimiser_iterations: u64,
    /// When it runs in real time; in the night it runs at the end of each sequence.
    pub optimise_at: Vec<NaiveTime>,
    /// Instructions that found no other side are cancelled so many business days after their date.
    pub unmatched_business_days: u32,
    /// Cash that a part must come to, in cents, unless both sides go by quantity.
    pub part_cents_min: i64,
    /// Brokers let this many instructions settle in parts, of ten thousand.
    pub brokers_take_parts_per_10000: u32,
    /// Custodians let this many instructions settle in parts, of ten thousand.
    pub custodians_take_parts_per_10000: u32,
    /// Of those that settle in parts, so many go by quantity instead of cash.
    pub parts_by_quantity_per_10000: u32,
    /// Brokers give this many instructions high priority, of ten thousand; the others have normal.
    pub high_priority_per_10000: u32,
    /// The most that the central bank lends to an account that lacks cash, in cents; nothing, when it does not lend.
    pub credit_limit_cents: i64,
    /// On which classes it lends, and with which haircut.
    pub credit_haircuts: Vec<Haircut>,
    /// Under `dtc`: classes that the clearing house takes.
    pub cns_classes: Vec<Class>,
    /// Under `dtc`: of trades between two of its members it takes so many, of ten thousand.
    pub cns_members_per_10000: u32,
    /// Under `dtc`: of trades between a member and a custodian, of ten thousand.
    pub cns_custodians_per_10000: u32,
    /// Under `dtc`: the night cycle, on the settlement date in UTC, which is the evening before in New York.
    pub cns_night: NaiveTime,
    /// Under `dtc`: when the day cycle looks at what there is.
    pub cns_day: Vec<NaiveTime>,
    /// Under `dtc`: how often what waits is tried again, and two at once, in minutes.
    pub look_ahead_minutes: u32,
    /// Under `dtc`: the most that an account may owe during the day, in cents.
    pub net_debit_cap_cents: i64,
    /// Under `dtc`: what is taken off the value of securities that cover what an account owes.
    pub collateral_haircuts: Vec<Haircut>,
    /// Under `dtc`: what is paid for and waits is given up for the day.
    pub recycle_drop: NaiveTime,
    /// Under `dtc`: money of the day is paid.
    pub final_figures: NaiveTime,
}

/// Who stands between buyers and sellers, and who lets accounts owe until the end of the day, as accounts at the depository.
pub const CLEARING_HOUSE: &str = "CLEARINGHOUSE";
/// See [`CLEARING_HOUSE`].
pub const DEPOSITORY: &str = "DEPOSITORY";

/// Where accounts get from what they need in the morning, and leave with what they have no use for: the rest of the world.
pub const ELSEWHERE: &str = "ELSEWHERE";

/// Who lends to those who lack cash, as an account at the depository.
pub const CENTRAL_BANK: &str = "CENTRALBANK";

/// What haircuts must be.
const HAIRCUTS: &str = "each class once, and less than 100 per cent";

fn make_sense(haircuts: &[Haircut]) -> bool {
    let twice = |n: usize| haircuts[..n].iter().any(|h| h.class == haircuts[n].class);
    haircuts.iter().all(|h| h.percent < 100) && !(0..haircuts.len()).any(twice)
}

/// What is taken off the value of a class of instruments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Haircut {
    /// Which class.
    pub class: Class,
    /// So many per cent of its value.
    pub percent: u32,
}

fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default()
}

impl Default for Depository {
    fn default() -> Self {
        let window = |from: (u32, u32), until: (u32, u32)| [time(from.0, from.1), time(until.0, until.1)];
        Self {
            rules: RuleSet::Simple,
            night_sequences: vec![time(20, 0), time(21, 30), time(23, 0)],
            real_time: true,
            windows: vec![
                window((8, 0), (8, 30)),
                window((10, 0), (10, 15)),
                window((12, 0), (12, 15)),
                window((14, 0), (14, 15)),
                window((15, 30), (16, 5)),
            ],
            free_cut_off: time(18, 0),
            end_of_day: time(18, 45),
            optimiser: true,
            optimiser_iterations: 20_000,
            optimise_at: vec![time(7, 0), time(9, 0), time(11, 0), time(13, 0), time(15, 0), time(15, 50)],
            unmatched_business_days: 20,
            part_cents_min: 1_000_000,
            brokers_take_parts_per_10000: 8_000,
            custodians_take_parts_per_10000: 8_000,
            parts_by_quantity_per_10000: 2_000,
            high_priority_per_10000: 500,
            credit_limit_cents: 0,
            credit_haircuts: vec![
                Haircut { class: Class::GovernmentBond, percent: 5 },
                Haircut { class: Class::CorporateBond, percent: 15 },
            ],
            cns_classes: vec![Class::Equity, Class::Etf],
            cns_members_per_10000: 10_000,
            cns_custodians_per_10000: 5_000,
            cns_night: time(1, 30),
            cns_day: vec![time(13, 30), time(15, 30), time(17, 30), time(19, 30), time(20, 10)],
            look_ahead_minutes: 15,
            net_debit_cap_cents: 215_000_000_000,
            collateral_haircuts: [
                (Class::Equity, 20),
                (Class::GovernmentBond, 5),
                (Class::CorporateBond, 15),
                (Class::Etf, 20),
            ]
            .map(|(class, percent)| Haircut { class, percent })
            .to_vec(),
            recycle_drop: time(20, 10),
            final_figures: time(20, 45),
        }
    }
}

/// The evening is part of the next business date.
const DAY_MINUTES: i32 = 24 * 60;

/// A time of the business date, and one of the evening before.
fn on(time: NaiveTime) -> Minute {
    Minute(i32::try_from(time.num_seconds_from_midnight() / 60).expect("a day has few minutes"))
}

fn eve(time: NaiveTime) -> Minute {
    Minute(on(time).0 - DAY_MINUTES)
}

/// Who sends an instruction: each has its own settings and draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// A broker.
    Broker,
    /// A custodian.
    Custodian,
}

/// What senders of a kind say where their clients say nothing, drawn by instruction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usual {
    /// Under simple rules nothing is said.
    says: bool,
    takes_parts: (Purpose, u32),
    by_quantity: (Purpose, u32),
    high_priority: (Purpose, u32),
}

impl Usual {
    /// Of parts.
    pub(crate) fn partial(&self, entity: u64) -> Option<PartialSettlement> {
        let happens = |(purpose, rate): (Purpose, u32)| purpose.happens(entity, rate);
        self.says.then(|| match (happens(self.takes_parts), happens(self.by_quantity)) {
            (false, _) => PartialSettlement::NotAllowed,
            (true, true) => PartialSettlement::AllowedByQuantity,
            (true, false) => PartialSettlement::Allowed,
        })
    }

    /// Of the priority.
    pub(crate) fn priority(&self, entity: u64) -> Option<u8> {
        let (purpose, rate) = self.high_priority;
        self.says.then(|| if purpose.happens(entity, rate) { HIGH } else { NORMAL })
    }
}

impl Depository {
    /// What senders of a kind say where their clients say nothing.
    pub(crate) fn usual(&self, draws: &Draws, sender: Sender) -> Usual {
        let (takes, by_quantity, rate) = match sender {
            Sender::Broker => {
                ("broker: takes parts", "broker: parts by quantity", self.brokers_take_parts_per_10000)
            }
            Sender::Custodian => (
                "custodian: takes parts",
                "custodian: parts by quantity",
                self.custodians_take_parts_per_10000,
            ),
        };
        Usual {
            says: self.is_t2s(),
            takes_parts: (draws.purpose(takes), rate),
            by_quantity: (draws.purpose(by_quantity), self.parts_by_quantity_per_10000),
            high_priority: (draws.purpose("broker: high priority"), self.high_priority_per_10000),
        }
    }

    /// What a sender says of parts where its client says nothing: under simple rules nothing.
    pub fn partial(&self, draws: &Draws, sender: Sender, entity: u64) -> Option<PartialSettlement> {
        self.usual(draws, sender).partial(entity)
    }

    /// The priority that a broker gives a trade; under simple rules none.
    pub fn priority(&self, draws: &Draws, entity: u64) -> Option<u8> {
        self.usual(draws, Sender::Broker).priority(entity)
    }

    /// Whether the central bank lends.
    pub fn lends(&self) -> bool {
        self.is_t2s() && self.credit_limit_cents > 0
    }

    /// What a unit of a class at a price is lent on, in cents; nothing where the class is not taken.
    pub fn lent_on(&self, class: Class, price_cents: i64) -> Option<i64> {
        let haircut = self.credit_haircuts.iter().find(|haircut| haircut.class == class)?;
        Some(price_cents * (100 - i64::from(haircut.percent)) / 100)
    }

    /// Whether it follows the rules of T2S.
    pub fn is_t2s(&self) -> bool {
        self.rules == RuleSet::T2s
    }

    /// Whether it works as the depository of the United States does.
    pub fn is_dtc(&self) -> bool {
        self.rules == RuleSet::Dtc
    }

    /// Whether instructions that stand can be held, released and cancelled by message, and the day has steps.
    pub fn has_steps(&self) -> bool {
        self.rules != RuleSet::Simple
    }

    /// Cut-off of the day for deliveries free of payment.
    pub fn closes_for_free(&self, day: &Day) -> NaiveTime {
        if self.has_steps() { self.free_cut_off } else { day.cut_off }
    }

    /// Whether the clearing house takes a trade: of a class it takes, and as drawn. Which of the two sides are its members says `members`;
    /// who the trade is, `entity`: the same in every model.
    pub fn clears(&self, draws: &Draws, class: Class, members: [bool; 2], entity: u64) -> bool {
        let rate = match members {
            [true, true] => self.cns_members_per_10000,
            [false, false] => return false,
            _ => self.cns_custodians_per_10000,
        };
        self.is_dtc()
            && self.cns_classes.contains(&class)
            && draws.happens("clearing house: takes", entity, rate)
    }

    /// What a unit of a class at a price counts as collateral, in cents.
    pub fn collateral(&self, class: Class, price_cents: i64) -> i64 {
        let haircut = self.collateral_haircuts.iter().find(|haircut| haircut.class == class);
        haircut.map_or(0, |haircut| price_cents * (100 - i64::from(haircut.percent)) / 100)
    }

    /// When what waits is tried again under `dtc`: from the opening of the day to the drop.
    pub fn look_aheads(&self, day: &Day) -> Vec<NaiveTime> {
        let step = chrono::Duration::minutes(i64::from(self.look_ahead_minutes.max(1)));
        let next = |at: &NaiveTime| {
            Some(at.overflowing_add_signed(step)).filter(|(_, days)| *days == 0).map(|(at, _)| at)
        };
        let all = std::iter::successors(next(&day.settlement_from), next);
        all.take_while(|at| *at <= self.recycle_drop).collect()
    }

    fn dtc_schedule(&self, day: &Day) -> Schedule {
        let mut steps = vec![
            (Step::StartOfDay, on(self.cns_night)),
            (Step::Clearing, on(self.cns_night)),
            (Step::Night, on(self.cns_night)),
            (Step::LookAhead, on(self.cns_night)),
            (Step::Maintenance, on(self.cns_night)),
            (Step::RealTime, on(day.settlement_from)),
        ];
        steps.extend(self.cns_day.iter().map(|at| (Step::Clearing, on(*at))));
        steps.extend(self.look_aheads(day).into_iter().map(|at| (Step::LookAhead, on(at))));
        steps.push((Step::RecycleDrop, on(self.recycle_drop)));
        steps.push((Step::CutOffPaid, on(day.cut_off)));
        steps.push((Step::FinalFigures, on(self.final_figures)));
        steps.push((Step::CutOffFree, on(self.free_cut_off)));
        steps.push((Step::EndOfDay, on(self.end_of_day)));
        Schedule::planned(&steps)
    }

    /// A day of it. What falls on one minute happens in the order of this list.
    pub fn schedule(&self, day: &Day) -> Schedule {
        if self.is_dtc() {
            return self.dtc_schedule(day);
        }
        let mut steps = Vec::new();
        let optimise = |at| self.optimiser.then_some((Step::Optimise, at));
        if let Some(first) = self.night_sequences.first() {
            steps.push((Step::StartOfDay, eve(*first)));
        }
        for (n, at) in self.night_sequences.iter().enumerate() {
            let at = eve(*at);
            steps.push((Step::Night, at));
            steps.extend(optimise(at));
            if n + 1 == self.night_sequences.len() {
                steps.extend([(Step::PartsFrom, at), (Step::PartsUntil, at)]);
            }
            steps.push((Step::Maintenance, at));
        }
        if self.real_time {
            steps.push((Step::RealTime, on(day.settlement_from)));
            steps.extend(self.optimise_at.iter().filter_map(|at| optimise(on(*at))));
            for [from, until] in &self.windows {
                steps.extend([(Step::PartsFrom, on(*from)), (Step::PartsUntil, on(*until))]);
            }
        }
        steps.push((Step::CutOffPaid, on(day.cut_off)));
        steps.push((Step::CutOffFree, on(self.free_cut_off)));
        steps.push((Step::EndOfDay, on(self.end_of_day)));
        Schedule::planned(&steps)
    }

    /// What makes no sense: which setting, and why.
    pub(crate) fn check(&self, day: &Day) -> Result<(), (&'static str, String)> {
        self.problem(day).map_err(|(what, why)| (what, why.to_owned()))?;
        if self.is_dtc() { self.check_times_of_dtc(day) } else { Ok(()) }
    }

    fn problem(&self, day: &Day) -> Result<(), (&'static str, &'static str)> {
        if self.is_dtc() {
            return self.check_dtc(day);
        }
        if !self.is_t2s() {
            return Ok(());
        }
        let whole = |time: &NaiveTime| time.second() == 0;
        let rising = |times: &[NaiveTime]| times.windows(2).all(|two| two[0] < two[1]);
        let windows: Vec<NaiveTime> = self.windows.iter().flatten().copied().collect();
        let day_times = [day.settlement_from, day.cut_off, self.free_cut_off, self.end_of_day];
        let all = day_times.iter().chain(&self.night_sequences).chain(&windows).chain(&self.optimise_at);
        if !all.into_iter().all(whole) {
            return Err(("depository", "under t2s all times of the day are whole minutes"));
        }
        if day.cut_off > self.free_cut_off || self.free_cut_off > self.end_of_day {
            return Err(("depository.free_cut_off", "it comes after day.cut_off and before end_of_day"));
        }
        if !rising(&self.night_sequences)
            || self.night_sequences.first().is_some_and(|t| *t <= self.end_of_day)
        {
            return Err((
                "depository.night_sequences",
                "they follow each other in the evening, after end_of_day",
            ));
        }
        let open = |time: &NaiveTime| *time > day.settlement_from && *time <= self.free_cut_off;
        if !rising(&windows) || !windows.iter().all(open) {
            return Err(("depository.windows", "they follow each other while settlement is open"));
        }
        if !rising(&self.optimise_at) || !self.optimise_at.iter().all(|t| open(t) && *t < day.cut_off) {
            return Err(("depository.optimise_at", "they follow each other, from opening to cut-off"));
        }
        if !(0..=1_000_000_000_000).contains(&self.credit_limit_cents) {
            return Err(("depository.credit_limit_cents", "it must be 0 to 1,000,000,000,000"));
        }
        if !make_sense(&self.credit_haircuts) {
            return Err(("depository.credit_haircuts", HAIRCUTS));
        }
        if self.unmatched_business_days == 0 || self.unmatched_business_days > 250 {
            return Err(("depository.unmatched_business_days", "it must be 1 to 250"));
        }
        Ok(())
    }

    /// The first two times of an American day that are in the wrong order, with what they are: defaults of `day` are European.
    fn check_times_of_dtc(&self, day: &Day) -> Result<(), (&'static str, String)> {
        let times = self.times_of_dtc(day);
        let wrong = times.windows(2).enumerate().find(|(n, two)| match n {
            0 => two[0].1 >= two[1].1,
            _ => two[0].1 > two[1].1,
        });
        let Some((_, [(one, at), (next, then)])) = wrong.map(|(n, two)| (n, [two[0], two[1]])) else {
            return Ok(());
        };
        let order: Vec<&str> = times.iter().map(|(name, _)| *name).collect();
        Err((
            "depository",
            format!(
                "under dtc {one} ({at}) must come before {next} ({then}); the whole order is {}",
                order.join(", ")
            ),
        ))
    }

    fn times_of_dtc(&self, day: &Day) -> [(&'static str, NaiveTime); 7] {
        [
            ("cns_night", self.cns_night),
            ("day.settlement_from", day.settlement_from),
            ("recycle_drop", self.recycle_drop),
            ("day.cut_off", day.cut_off),
            ("final_figures", self.final_figures),
            ("free_cut_off", self.free_cut_off),
            ("end_of_day", self.end_of_day),
        ]
    }

    fn check_dtc(&self, day: &Day) -> Result<(), (&'static str, &'static str)> {
        let mut times =
            self.times_of_dtc(day).into_iter().map(|(_, time)| time).chain(self.cns_day.iter().copied());
        if !times.all(|time| time.second() == 0) {
            return Err(("depository", "under dtc all times of the day are whole minutes"));
        }
        let within = |time: &NaiveTime| *time > day.settlement_from && *time <= self.recycle_drop;
        if !self.cns_day.windows(2).all(|two| two[0] < two[1]) || !self.cns_day.iter().all(within) {
            return Err(("depository.cns_day", "they follow each other, from opening to recycle_drop"));
        }
        if self.cns_members_per_10000 > 10_000 || self.cns_custodians_per_10000 > 10_000 {
            return Err((
                "depository.cns_members_per_10000, cns_custodians_per_10000",
                "each must be at most 10,000",
            ));
        }
        if !(1..=720).contains(&self.look_ahead_minutes) {
            return Err(("depository.look_ahead_minutes", "it must be 1 to 720"));
        }
        if !(0..=1_000_000_000_000).contains(&self.net_debit_cap_cents) {
            return Err(("depository.net_debit_cap_cents", "it must be 0 to 1,000,000,000,000"));
        }
        if !make_sense(&self.collateral_haircuts) {
            return Err(("depository.collateral_haircuts", HAIRCUTS));
        }
        if self.unmatched_business_days == 0 || self.unmatched_business_days > 250 {
            return Err(("depository.unmatched_business_days", "it must be 1 to 250"));
        }
        Ok(())
    }
}
