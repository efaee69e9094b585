//! The depository alone, spoken to in sese.023 and its like, hour by hour; the auditor listens to all of it.

mod american;
mod custodian;

use std::rc::Rc;

use chrono::NaiveTime;
use finality_parsers::codec::{self, Depth, Envelope, Format};
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    BusinessDate, CancellationRequest, Change, ChangeRequest, ChangeStatus, Detail, DetailValue, Event,
    Function, InstructionFunction, Linkage, Movement, PartialKind, PartialSettlement, Party as ModelParty,
    Payment, ProcessingChange, SettlementChain, SettlementConfirmation, SettlementInstruction, StatusKind,
};
use finality_parsers::mx::Wrapping;
use finality_simulator::auditor::Auditor;
use finality_simulator::market::{Market, at};
use finality_simulator::parties::csd::Csd;
use finality_simulator::parties::{Party, PartyEffect, PartyInput};
use finality_simulator::scenario::Scenario;

/// Everything that was said: when, to whom, what.
type Said = Vec<(Timestamp, usize, Event)>;

struct Floor {
    market: Rc<Market>,
    csd: Csd,
    auditor: Auditor,
    now: Timestamp,
    said: Said,
}

/// Two brokers sell to two funds, each as much as it has; cash is plenty. Brokers of the same number as their line.
fn floor(settings: &str) -> Floor {
    floor_of(settings, settings)
}

/// A depository that goes by some settings, and an auditor who was told others.
fn floor_of(settings: &str, told: &str) -> Floor {
    let (market, other) = (market(settings), market(told));
    let (csd, auditor) = (Csd::new(Rc::clone(&market)), Auditor::new(&other));
    let now = at(market.scenario.day.trade_date, NaiveTime::MIN);
    Floor { market, csd, auditor, now, said: Vec::new() }
}

fn market(settings: &str) -> Rc<Market> {
    let rules = if settings.contains("cns_") { "dtc" } else { "t2s" };
    let text = format!(
        "name = 'floor'\n[trades]\ncount = 40\nbuys_per_10000 = 10000\n[resources]\nshort_lines_per_10000 = 0\n\
         account_cash_percent = 2000\nbroker_cash_percent = 2000\n[market]\nfix_brokers = 4\nmt_brokers = 0\n\
         instruments = 2\n[depository]\nrules = '{rules}'\n{settings}"
    );
    Rc::new(Market::draw(Scenario::from_toml(&text).expect("a scenario"), 1))
}

/// What one side instructs, as far as tests care.
#[derive(Clone)]
struct Order {
    reference: &'static str,
    from: usize,
    to: usize,
    line: usize,
    quantity: i64,
    cents: i64,
    partial: Option<PartialSettlement>,
    priority: Option<u8>,
    held: bool,
    links: Vec<Linkage>,
    pool: Option<i32>,
}

fn order(reference: &'static str, (from, to): (usize, usize), quantity: i64, cents: i64) -> Order {
    let (partial, priority, held, links, pool) = (None, None, false, Vec::new(), None);
    Order { reference, from, to, line: 0, quantity, cents, partial, priority, held, links, pool }
}

fn link(position: &str, reference: &str) -> Linkage {
    Linkage { position: position.to_owned(), ..Linkage::new("RELA", reference.parse().expect("a reference")) }
}

impl Floor {
    fn day(&self) -> BusinessDate {
        self.market.settlement_date
    }

    fn broker(&self, n: usize) -> usize {
        self.market.custodians.len() + n
    }

    fn bic(&self, participant: usize) -> finality_parsers::model::Bic {
        let custodians = self.market.custodians.len();
        if participant < custodians {
            self.market.custodians[participant].bic
        } else {
            self.market.brokers[participant - custodians].bic
        }
    }

    /// A fund's account with a custodian.
    fn account(&self, participant: usize) -> finality_parsers::model::Account {
        let custodians = self.market.custodians.len();
        if participant >= custodians {
            return self.market.brokers[participant - custodians].account.clone();
        }
        let of = self.market.accounts.iter().find(|a| a.custodian == participant);
        of.expect("each custodian has an account").safekeeping.clone()
    }

    /// What a participant's account has of a line at the opening.
    fn has(&self, participant: usize, line: u32) -> i64 {
        let account = self.account(participant).to_string();
        let opening = finality_simulator::opening::draw(&self.market);
        let of = opening.iter().find(|o| o.account == account);
        let found = of.and_then(|o| o.positions.iter().find(|(l, _)| *l == line));
        found.map_or(0, |(_, quantity)| *quantity)
    }

    fn hear(&mut self, participant: usize, event: &Event, id: &str) {
        let envelope = Envelope {
            sender: self.bic(participant).to_string(),
            receiver: self.market.csd.to_string(),
            created: self.now,
            message_id: id.to_owned(),
            possible_duplicate: false,
        };
        let raw =
            codec::encode(event, Format::Mx(Wrapping::Envelope), &envelope).expect("it can be said").bytes;
        let event = codec::decode(&raw, &Limits::default(), Depth::Event).event;
        self.auditor.heard(participant, event.as_ref());
        self.hand(PartyInput::Heard { port: participant, event: event.as_ref() });
    }

    fn hand(&mut self, input: PartyInput<'_>) {
        let mut effects = Vec::new();
        self.csd.handle(self.now, input, &mut effects);
        for effect in effects {
            match effect {
                PartyEffect::Send { port, bytes } => {
                    let event = codec::decode(&bytes, &Limits::default(), Depth::Event)
                        .event
                        .expect("it is readable");
                    self.auditor.said(self.now, port, Some(&event));
                    self.said.push((self.now, port, event));
                }
                PartyEffect::Credit(booking) => self.auditor.credited(self.now, &booking),
                PartyEffect::Clearing(said) => self.auditor.cleared(self.now, &said),
                PartyEffect::BoughtIn(said) => self.auditor.bought_in(self.now, &said),
                _ => {}
            }
        }
    }

    /// Lets the time go on, stopping wherever the depository wants it.
    fn until(&mut self, day: BusinessDate, hour: u32, minute: u32) {
        let end = at(day, NaiveTime::from_hms_opt(hour, minute, 0).expect("a time"));
        while let Some(due) = self.csd.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.hand(PartyInput::Tick);
        }
        self.now = end;
    }

    fn one_side(&mut self, delivers: bool, o: &Order) {
        let own = if delivers { o.from } else { o.to };
        let instruction = self.instruction(delivers, o);
        let reference = instruction.id.to_string();
        self.hear(own, &Event::Instruction(Box::new(instruction)), &reference);
    }

    fn instruction(&self, delivers: bool, o: &Order) -> SettlementInstruction {
        let (own, other) = if delivers { (o.from, o.to) } else { (o.to, o.from) };
        let chain = SettlementChain {
            depository: Some(ModelParty::bic(self.market.csd)),
            agent: Some(ModelParty::bic(self.bic(other))),
            client: Some(ModelParty::bic(self.bic(other))),
            ..SettlementChain::default()
        };
        let none = SettlementChain::default();
        let reference = format!("{}{}", o.reference, if delivers { "D" } else { "R" });
        // Only the deliverer links.
        let links = if delivers { o.links.clone() } else { Vec::new() };
        let count = |n: i32| finality_parsers::model::FurtherDetails {
            general_details: vec![
                Detail::new("SETT", DetailValue::Count(1)),
                Detail::new("TOSE", DetailValue::Count(n)),
            ],
            ..Default::default()
        };
        SettlementInstruction {
            id: reference.parse().expect("a reference"),
            function: if o.held && delivers {
                InstructionFunction::PreAdvice
            } else {
                InstructionFunction::New
            },
            prepared: None,
            linkages: links,
            common_reference: None,
            trade_reference: None,
            movement: if delivers { Movement::Deliver } else { Movement::Receive },
            payment: if o.cents > 0 { Payment::Against } else { Payment::Free },
            instrument: self.market.instrument(o.line),
            quantity: self.market.units(o.quantity),
            amount: (o.cents > 0).then(|| self.market.amount(o.cents)),
            other_amounts: Vec::new(),
            price: None,
            trade_date: Some(self.market.scenario.day.trade_date),
            settlement_date: self.day(),
            place_of_trade: None,
            account: Some(self.account(own)),
            cash_account: None,
            account_owner: Some(ModelParty::bic(self.bic(own))),
            transaction_type: "TRAD".to_owned(),
            conditions: Vec::new(),
            partial: o.partial,
            priority: o.priority,
            delivering: if delivers { none.clone() } else { chain.clone() },
            receiving: if delivers { chain } else { none },
            narrative: None,
            more: o.pool.filter(|_| delivers).map(|n| Box::new(count(n))),
        }
    }

    fn both(&mut self, o: &Order) {
        self.one_side(true, o);
        self.one_side(false, o);
    }

    /// Confirmations to the deliverer of an order.
    fn settled(&self, reference: &str) -> Vec<(Timestamp, &SettlementConfirmation)> {
        let of = |e: &SettlementConfirmation| e.instruction.as_str() == format!("{reference}D");
        let all = self
            .said
            .iter()
            .filter_map(|(at, _, e)| if let Event::Settlement(s) = e { Some((*at, &**s)) } else { None });
        all.filter(|(_, s)| of(s)).collect()
    }

    /// The codes of the statuses of an instruction, and what they answer.
    fn statuses(&self, reference: &str) -> Vec<(StatusKind, String)> {
        let all =
            self.said.iter().filter_map(|(_, _, e)| if let Event::Status(s) = e { Some(s) } else { None });
        let of = all.filter(|s| s.instruction.as_str() == reference).flat_map(|s| &s.statuses);
        let code = |s: &finality_parsers::model::Status| s.reasons.first().map_or("", |r| &r.code).to_owned();
        of.map(|s| (s.kind.clone(), code(s))).collect()
    }

    fn well(&mut self) {
        self.auditor.cut_off(self.day());
        assert_eq!(self.auditor.findings(), [] as [String; 0]);
        assert!(self.csd.engine().book.is_conserved());
    }

    fn change(&mut self, participant: usize, reference: &str, change: Change, id: &'static str) {
        self.change_of(participant, reference, change, None, id);
    }

    /// Asks for a release of so much.
    fn release(&mut self, participant: usize, reference: &str, quantity: i64, id: &'static str) {
        self.change_of(participant, reference, Change::Release, Some(quantity), id);
    }

    fn change_of(
        &mut self,
        participant: usize,
        reference: &str,
        change: Change,
        quantity: Option<i64>,
        id: &'static str,
    ) {
        let request = self.request(participant, reference, change, quantity, id);
        self.hear(participant, &Event::ProcessingChange(Box::new(request)), id);
    }

    fn request(
        &self,
        participant: usize,
        reference: &str,
        change: Change,
        quantity: Option<i64>,
        id: &'static str,
    ) -> ProcessingChange {
        let of = |quantity: i64| ChangeStatus {
            instruction: reference.parse().ok(),
            quantity: Some(self.market.units(quantity)),
            ..ChangeStatus::default()
        };
        ProcessingChange {
            supplementary: Vec::new(),
            id: id.parse().expect("a reference"),
            function: Function::New,
            prepared: None,
            account_owner: None,
            account: self.account(participant),
            requests: vec![ChangeRequest {
                instructions: vec![("RELA".to_owned(), reference.parse().expect("a reference"))],
                changes: vec![change],
                linkages: Vec::new(),
            }],
            statuses: quantity.map(of).into_iter().collect(),
        }
    }

    fn recall(&mut self, participant: usize, reference: &str, id: &'static str) {
        let mut request = CancellationRequest::of(reference.parse().expect("a reference"));
        request.id = id.parse().expect("a reference");
        request.movement = Some(if reference.ends_with('D') { Movement::Deliver } else { Movement::Receive });
        request.payment = Some(Payment::Against);
        request.account = Some(self.account(participant));
        self.hear(participant, &Event::Cancellation(Box::new(request)), id);
    }
}

const QUARTER: Option<PartialSettlement> = Some(PartialSettlement::AllowedByQuantity);

#[test]
fn the_night_settles_in_sequences_on_the_evening_before() {
    let mut floor = floor("");
    let (from, to) = (floor.broker(0), 0);
    let quantity = floor.has(from, 0);
    let (eve, day) = (floor.market.eve_of(floor.day()), floor.day());
    floor.until(eve, 19, 0);
    floor.both(&order("EARLY", (from, to), quantity / 2, 1_000));
    assert!(floor.settled("EARLY").is_empty(), "the night has not begun");
    floor.until(eve, 20, 10);
    assert_eq!(floor.settled("EARLY").len(), 1);
    assert_eq!(floor.settled("EARLY")[0].1.effective_date, day);
    floor.both(&order("BETWEEN", (from, to), quantity / 4, 1_000));
    assert!(floor.settled("BETWEEN").is_empty(), "between two sequences nothing settles");
    floor.until(eve, 21, 30);
    assert_eq!(floor.settled("BETWEEN").len(), 1);
    floor.until(day, 16, 0);
    floor.well();
}

#[test]
fn paid_deliveries_end_before_free_ones() {
    let mut floor = floor("");
    let (from, to, day) = (floor.broker(0), 0, floor.day());
    let quantity = floor.has(from, 0) / 4;
    floor.until(day, 16, 1);
    floor.both(&order("PAID", (from, to), quantity, 1_000));
    floor.both(&order("FREE", (from, to), quantity, 0));
    assert_eq!((floor.settled("PAID").len(), floor.settled("FREE").len()), (0, 1));
    floor.until(day, 18, 1);
    floor.both(&order("LATE", (from, to), quantity, 0));
    assert!(floor.settled("LATE").is_empty(), "the day is over");
}

#[test]
fn parts_settle_in_windows_until_nothing_is_left() {
    let mut floor = floor("");
    let (from, other, to, day) = (floor.broker(0), floor.broker(1), 0, floor.day());
    let (has, more) = (floor.has(from, 0), floor.has(other, 0));
    assert!(has > 0 && more > 0, "both have some of the line");
    let mut wanted = order("PART", (from, to), has + more, 300_000);
    wanted.partial = QUARTER;
    floor.until(day, 6, 0);
    floor.both(&wanted);
    floor.until(day, 7, 59);
    assert!(floor.settled("PART").is_empty(), "no window is open");
    assert!(floor.statuses("PARTD").contains(&(StatusKind::Pending, "LACK".to_owned())));
    floor.until(day, 8, 0);
    let parts = floor.settled("PART");
    assert_eq!(parts.len(), 1, "{:?}", floor.statuses("PARTD"));
    let first = parts[0].1.clone();
    assert_eq!(first.settled, floor.market.units(has));
    assert_eq!((first.partial, first.remaining), (Some(PartialKind::Part), Some(floor.market.units(more))));
    floor.until(day, 9, 0);
    floor.both(&order("MORE", (other, from), more, 1_000));
    let parts = floor.settled("PART");
    assert_eq!(parts.len(), 2, "all that was left, outside a window");
    let last = parts[1].1;
    assert_eq!(
        (last.partial, last.previously_settled),
        (Some(PartialKind::Last), Some(floor.market.units(has)))
    );
    assert_eq!(last.remaining, Some(floor.market.units(0)));
    let paid = first.amount.expect("paid").minor_units().zip(last.amount.and_then(|a| a.minor_units()));
    assert_eq!(paid.map(|(a, b)| a + b), Some(300_000));
    floor.until(day, 16, 0);
    floor.well();
}

#[test]
fn no_part_where_one_side_takes_none_or_it_comes_to_too_little() {
    let mut floor = floor("part_cents_min = 1000000");
    let (from, to, day) = (floor.broker(0), 0, floor.day());
    let has = floor.has(from, 0);
    floor.until(day, 6, 0);
    let mut refused = order("NO", (from, to), has + 10, 50_000_000);
    refused.partial = Some(PartialSettlement::Allowed);
    floor.one_side(true, &refused);
    refused.partial = Some(PartialSettlement::NotAllowed);
    floor.one_side(false, &refused);
    let mut little = order("LITTLE", (from, to), has + 20, 900_000);
    little.partial = Some(PartialSettlement::Allowed);
    floor.both(&little);
    floor.until(day, 16, 0);
    assert!(floor.settled("NO").is_empty() && floor.settled("LITTLE").is_empty());
    floor.well();
}

/// Three brokers owe each other, and none has anything to begin with.
fn circle(floor: &mut Floor) {
    let [a, b, c] = [0, 1, 2].map(|n| floor.broker(n));
    let lots = floor.has(a, 0) + floor.has(b, 0) + floor.has(c, 0) + 10;
    for (reference, pair) in [("C1", (a, b)), ("C2", (b, c)), ("C3", (c, a))] {
        floor.both(&order(reference, pair, lots, 5_000));
    }
}

#[test]
fn a_circle_settles_when_the_optimiser_runs() {
    let mut with = floor("");
    let day = with.day();
    with.until(day, 8, 45);
    circle(&mut with);
    assert!(with.settled("C1").is_empty());
    with.until(day, 9, 0);
    let times: Vec<_> = ["C1", "C2", "C3"].map(|r| with.settled(r).first().map(|s| s.0)).to_vec();
    assert_eq!(times, [Some(at(day, NaiveTime::from_hms_opt(9, 0, 0).expect("nine"))); 3]);
    with.until(day, 16, 0);
    with.well();

    let mut without = floor("optimiser = false");
    without.until(day, 8, 45);
    circle(&mut without);
    without.until(day, 16, 0);
    assert!(without.settled("C1").is_empty(), "nobody could begin");
    without.well();
}

#[test]
fn links_hold_back_and_bring_together() {
    let mut floor = floor("");
    let (from, to, day) = (floor.broker(0), 0, floor.day());
    let quantity = floor.has(from, 0) / 8;
    floor.until(day, 6, 0);
    let mut after = order("AFTER", (from, to), quantity, 1_000);
    after.links = vec![link("AFTE", "FIRSTD")];
    floor.both(&after);
    assert!(floor.statuses("AFTERD").contains(&(StatusKind::Pending, "LINK".to_owned())));
    floor.both(&order("FIRST", (from, to), quantity, 1_000));
    assert_eq!((floor.settled("FIRST").len(), floor.settled("AFTER").len()), (1, 1));

    let mut with = order("WITH", (from, to), quantity, 1_000);
    with.links = vec![link("WITH", "OTHERD")];
    floor.both(&with);
    let mut other = order("OTHER", (from, to), quantity, 1_000);
    other.held = true;
    floor.both(&other);
    assert!(floor.settled("WITH").is_empty(), "the other is held");
    floor.change(from, "OTHERD", Change::Release, "RELEASE1");
    assert!(floor.statuses("RELEASE1").contains(&(StatusKind::ChangeCompleted, String::new())));
    assert_eq!((floor.settled("WITH").len(), floor.settled("OTHER").len()), (1, 1));

    for (n, reference) in ["POOL1", "POOL2"].into_iter().enumerate() {
        let mut pooled = order(reference, (from, to), quantity, 1_000);
        pooled.links = vec![Linkage::new("POOL", "P1".parse().expect("a reference"))];
        pooled.pool = Some(2);
        floor.both(&pooled);
        assert_eq!(floor.settled("POOL1").len(), n, "all of the pool or nothing");
    }
    floor.until(day, 16, 0);
    floor.well();
}

#[test]
fn the_more_urgent_goes_first() {
    let mut floor = floor("");
    let (from, to, eve) = (floor.broker(0), 0, floor.market.eve_of(floor.day()));
    let has = floor.has(from, 0);
    floor.until(eve, 19, 0);
    floor.both(&order("OLD", (from, to), has, 1_000));
    let mut urgent = order("URGENT", (from, to), has, 1_000);
    urgent.priority = Some(3);
    floor.both(&urgent);
    floor.until(eve, 20, 0);
    assert_eq!((floor.settled("OLD").len(), floor.settled("URGENT").len()), (0, 1));
    floor.well();
}

#[test]
fn priority_and_parts_are_changed_and_refused_by_message() {
    let mut floor = floor("");
    let (from, to, day) = (floor.broker(0), 0, floor.day());
    let has = floor.has(from, 0);
    floor.until(day, 6, 0);
    floor.both(&order("PLAIN", (from, to), has + 10, 300_000));
    floor.change(from, "PLAIND", Change::Partial(PartialSettlement::AllowedByQuantity), "CHANGE1");
    floor.change(to, "PLAINR", Change::Partial(PartialSettlement::AllowedByQuantity), "CHANGE2");
    floor.change(from, "PLAIND", Change::Priority(2), "CHANGE3");
    floor.until(day, 8, 0);
    assert_eq!(floor.settled("PLAIN").len(), 1);
    floor.change(from, "PLAIND", Change::Partial(PartialSettlement::NotAllowed), "CHANGE4");
    floor.change(from, "NOBODYS", Change::Hold, "CHANGE5");
    floor.change(to, "PLAINR", Change::Partial(PartialSettlement::AllowedByQuantity), "CHANGE6");
    for (id, kind) in [
        ("CHANGE1", StatusKind::ChangeCompleted),
        ("CHANGE3", StatusKind::ChangeCompleted),
        ("CHANGE4", StatusKind::ChangeDenied),
        ("CHANGE5", StatusKind::ChangeDenied),
        // What is so already is done, however much has settled in part.
        ("CHANGE6", StatusKind::ChangeCompleted),
    ] {
        assert_eq!(floor.statuses(id).first().map(|s| s.0.clone()), Some(kind), "{id}");
    }
    floor.until(day, 16, 0);
    floor.well();
}

#[test]
fn a_matched_pair_is_cancelled_by_both_sides_only() {
    let mut floor = floor("");
    let (from, to, day) = (floor.broker(0), 0, floor.day());
    let has = floor.has(from, 0);
    floor.until(day, 6, 0);
    floor.both(&order("PAIR", (from, to), has + 10, 1_000));
    floor.recall(from, "PAIRD", "RECALL1");
    assert!(floor.statuses("PAIRD").contains(&(StatusKind::PendingCancellation, "CONF".to_owned())));
    assert!(floor.statuses("PAIRR").iter().any(|s| s.0 == StatusKind::CancellationRequested));
    floor.recall(to, "PAIRR", "RECALL2");
    for reference in ["PAIRD", "PAIRR"] {
        assert!(
            floor.statuses(reference).contains(&(StatusKind::Cancelled, "CANI".to_owned())),
            "{reference}"
        );
    }
    floor.both(&order("DONE", (from, to), has, 1_000));
    floor.recall(from, "DONED", "RECALL3");
    assert!(floor.statuses("DONED").iter().any(|s| s.0 == StatusKind::CancellationDenied));
    floor.one_side(true, &order("ALONE", (from, to), 10, 1_000));
    floor.recall(from, "ALONED", "RECALL4");
    assert!(floor.statuses("ALONED").contains(&(StatusKind::Cancelled, "CANI".to_owned())));
    floor.until(day, 16, 0);
    floor.well();
}

#[test]
fn what_is_alone_for_too_long_is_cancelled() {
    let mut floor = floor("unmatched_business_days = 1\n[day]\nsettlement_days = 4");
    let (from, to, day) = (floor.broker(0), 0, floor.day());
    floor.until(day, 6, 0);
    floor.one_side(true, &order("ALONE", (from, to), 10, 1_000));
    let days = floor.market.settlement_days();
    floor.until(days[1], 19, 0);
    let system = (StatusKind::Cancelled, "CANS".to_owned());
    assert!(!floor.statuses("ALONED").contains(&system), "one business day is not more than one");
    floor.until(days[2], 19, 0);
    assert!(floor.statuses("ALONED").contains(&system));
    floor.one_side(false, &order("ALONE", (from, to), 10, 1_000));
    assert!(!floor.statuses("ALONER").iter().any(|s| s.0 == StatusKind::Matched), "its other side is gone");
    assert_eq!(floor.auditor.findings(), [] as [String; 0]);
}

/// The planted fault: a depository that keeps to other rules than those that were announced.
#[test]
fn a_depository_that_breaks_its_rules_is_caught() {
    let parts = |broken: &str, told: &str| {
        let mut floor = floor_of(broken, told);
        let (from, to, day) = (floor.broker(0), 0, floor.day());
        let mut wanted = order("PART", (from, to), floor.has(from, 0) + 10, 5_000_000);
        wanted.partial = Some(PartialSettlement::Allowed);
        floor.until(day, 6, 0);
        floor.both(&wanted);
        floor.until(day, 16, 0);
        floor.auditor.findings().join("; ")
    };
    assert_eq!(parts("", ""), "");
    assert!(parts("windows = [['09:00:00', '09:10:00']]", "").contains("outside the windows"));
    assert!(parts("", "part_cents_min = 900000000").contains("for too little"));

    let mut floor = floor_of("optimise_at = ['09:30:00']", "");
    let day = floor.day();
    floor.until(day, 8, 45);
    circle(&mut floor);
    floor.until(day, 16, 0);
    let findings = floor.auditor.findings().join("; ");
    assert!(findings.contains("below zero"), "at that time each must have what it delivers: {findings}");
}

/// One side owes what the other gets, and both are told at the end of the day, each under its own reference.
#[test]
fn penalties_are_told_at_the_end_of_the_day() {
    let mut floor = floor("");
    let (from, to, day) = (floor.broker(0), 0, floor.day());
    floor.until(day, 6, 0);
    floor.both(&order("LACKS", (from, to), floor.has(from, 0) + 100_000, 5_000_000));
    floor.until(day, 18, 44);
    let told = |floor: &Floor| -> Vec<(usize, finality_parsers::model::PenaltyReport)> {
        let all = floor.said.iter().filter_map(|(_, to, e)| {
            if let Event::Penalties(report) = e { Some((*to, (**report).clone())) } else { None }
        });
        all.collect()
    };
    assert!(told(&floor).is_empty());
    floor.until(day, 18, 45);
    let reports = told(&floor);
    assert_eq!(reports.iter().map(|(to, _)| *to).collect::<Vec<_>>(), [to, from]);
    let mut sum = rust_decimal::Decimal::ZERO;
    for (participant, report) in &reports {
        let currency = &report.lists[0].currencies[0];
        let net = currency.net.expect("a net").value();
        assert_eq!(net.is_sign_negative(), *participant == from, "who lacks owes");
        sum += net;
        let penalty = &currency.counterparties[0].penalties[0];
        assert_eq!(penalty.amount.value(), net);
        let reference = if *participant == from { "LACKSD" } else { "LACKSR" };
        let of = penalty.transaction.as_ref().and_then(|t| t.instruction.as_ref());
        assert_eq!(of.map(|r| r.as_str()), Some(reference));
    }
    assert!(sum.is_zero());
    floor.until(floor.market.settlement_days()[1], 18, 45);
    assert_eq!(told(&floor).len(), 4, "each day anew");
    assert_eq!(floor.csd.penalties().count, 2);
}

#[test]
fn a_part_that_is_released_by_message_settles_in_a_window_and_lapses_at_the_cut_off() {
    let mut floor = floor("");
    let (from, to, day) = (floor.broker(0), 0, floor.day());
    let has = floor.has(from, 0);
    let mut held = order("HELD", (from, to), has, 300_000);
    (held.held, held.partial) = (true, QUARTER);
    floor.until(day, 6, 0);
    floor.both(&held);
    floor.release(from, "HELDD", has / 2, "REL1");
    assert_eq!(floor.statuses("REL1"), [(StatusKind::ChangeCompleted, String::new())]);
    assert!(floor.settled("HELD").is_empty(), "no window is open");
    floor.until(day, 8, 10);
    let parts = floor.settled("HELD");
    assert_eq!(parts.len(), 1);
    assert_eq!(
        (parts[0].1.settled, parts[0].1.partial),
        (floor.market.units(has / 2), Some(PartialKind::Part))
    );
    // More than is left is refused; so is what the receiver would release.
    floor.release(from, "HELDD", has, "REL2");
    floor.release(to, "HELDR", 10, "REL3");
    for id in ["REL2", "REL3"] {
        assert_eq!(floor.statuses(id), [(StatusKind::ChangeDenied, "OTHR".to_owned())], "{id}");
    }
    // Released after the last window of the day, it lapses.
    floor.until(day, 16, 10);
    floor.well();
    let next = floor.market.settlement_days()[1];
    floor.until(next, 6, 0);
    floor.release(from, "HELDD", 10, "REL4");
    floor.until(next, 8, 10);
    assert_eq!(floor.settled("HELD").len(), 2);
    floor.until(next, 15, 0);
    floor.release(from, "HELDD", 10, "REL5");
    floor.until(next, 15, 30);
    assert_eq!(floor.settled("HELD").len(), 3);
    // All that is left is an ordinary release.
    floor.release(from, "HELDD", has - has / 2 - 20, "REL6");
    assert_eq!(floor.statuses("REL6"), [(StatusKind::ChangeCompleted, String::new())]);
    let last = floor.settled("HELD");
    assert_eq!((last.len(), last[3].1.partial), (4, Some(PartialKind::Last)));
    assert_eq!(floor.auditor.findings(), [] as [String; 0]);
}
