//! The auditor catches what is planted: it is fed with what a depository in the wrong would say.

use finality_parsers::codec::{self, Depth, Envelope, Format};
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    BusinessDate, Event, InstructionFunction, Linkage, Movement, PartialKind, PartialSettlement, Party,
    Payment, SettlementChain, SettlementConfirmation, SettlementInstruction, Side, Status, StatusAdvice,
    StatusKind,
};
use finality_parsers::mx::Wrapping;
use finality_simulator::auditor::Auditor;
use finality_simulator::market::{Market, at};
use finality_simulator::parties::{BoughtIn, BoughtInOf, Call, Clearing, CreditBooking};
use finality_simulator::scenario::Scenario;
use std::time::Duration;

/// One purchase: the broker delivers, the fund's custodian receives; the opening balances just suffice for it.
struct Room {
    market: Market,
    auditor: Auditor,
    quantity: i64,
    cents: i64,
}

const DELIVERS: &str = "BROKER1";
const RECEIVES: &str = "CUSTODIAN1";

fn room() -> Room {
    room_with("name = 'audit'")
}

/// Under the rules of T2S, with windows and an optimiser at noon.
fn room_by_t2s() -> Room {
    room_with("name = 'audit'\n[depository]\nrules = 't2s'\noptimise_at = ['12:00:00']\npart_cents_min = 100")
}

fn room_with(text: &str) -> Room {
    room_of(Scenario::from_toml(text).expect("a scenario"))
}

fn room_of(mut scenario: Scenario) -> Room {
    (scenario.trades.count, scenario.trades.shares_max, scenario.trades.buys_per_10000) = (1, 1, 10_000);
    scenario.resources.short_lines_per_10000 = 0;
    let market = Market::draw(scenario, 1);
    let auditor = Auditor::new(&market);
    let trade = &market.trades[0];
    let (quantity, cents) = (trade.quantity, trade.net_cents(Side::Buy));
    Room { market, auditor, quantity, cents }
}

impl Room {
    fn day(&self) -> BusinessDate {
        self.market.settlement_date
    }

    fn noon(&self) -> Timestamp {
        at(self.day(), chrono::NaiveTime::from_hms_opt(12, 0, 0).expect("noon"))
    }

    /// The participants, as the depository numbers them: custodians, then brokers.
    fn participant(&self, delivers: bool) -> usize {
        let custodian = self.market.accounts[self.market.trades[0].account].custodian;
        if delivers { self.market.custodians.len() + self.market.blocks[0].broker } else { custodian }
    }

    /// A message as it is read from its bytes.
    fn over_the_wire(&self, event: &Event) -> Option<Event> {
        let envelope = Envelope {
            sender: self.market.csd.to_string(),
            receiver: self.market.manager.to_string(),
            created: self.noon(),
            message_id: "AUDIT1".to_owned(),
            possible_duplicate: false,
        };
        let format = Format::Mx(Wrapping::Envelope);
        let bytes = codec::encode(event, format, &envelope).expect("it can be written").bytes;
        codec::decode(&bytes, &Limits::default(), Depth::Event).event
    }

    /// One side instructs.
    fn instructs(&mut self, delivers: bool, change: impl FnOnce(&mut SettlementInstruction)) {
        let broker = &self.market.brokers[self.market.blocks[0].broker];
        let account = &self.market.accounts[self.market.trades[0].account];
        let custodian = &self.market.custodians[account.custodian];
        let other = if delivers { custodian.bic } else { broker.bic };
        let chain = SettlementChain {
            depository: Some(Party::bic(self.market.csd)),
            agent: Some(Party::bic(other)),
            client: Some(Party::bic(other)),
            ..SettlementChain::default()
        };
        let none = SettlementChain::default();
        let mut instruction = SettlementInstruction {
            id: if delivers { DELIVERS } else { RECEIVES }.parse().expect("a reference"),
            function: InstructionFunction::New,
            prepared: None,
            linkages: Vec::new(),
            common_reference: None,
            trade_reference: None,
            movement: if delivers { Movement::Deliver } else { Movement::Receive },
            payment: Payment::Against,
            instrument: self.market.instrument(self.market.blocks[0].instrument),
            quantity: self.market.units(self.quantity),
            amount: Some(self.market.amount(self.cents)),
            other_amounts: Vec::new(),
            price: None,
            trade_date: Some(self.market.scenario.day.trade_date),
            settlement_date: self.day(),
            place_of_trade: None,
            account: Some(if delivers { broker.account.clone() } else { account.safekeeping.clone() }),
            cash_account: None,
            account_owner: None,
            transaction_type: "TRAD".to_owned(),
            conditions: Vec::new(),
            partial: None,
            priority: None,
            delivering: if delivers { none.clone() } else { chain.clone() },
            receiving: if delivers { chain } else { none },
            narrative: None,
            more: None,
        };
        change(&mut instruction);
        let said = self.over_the_wire(&Event::Instruction(Box::new(instruction)));
        let participant = self.participant(delivers);
        self.auditor.heard(participant, said.as_ref());
    }

    fn both_instruct(&mut self) {
        self.instructs(true, |_| ());
        self.instructs(false, |_| ());
    }

    /// The depository confirms to one side.
    fn confirms(&mut self, now: Timestamp, delivers: bool, change: impl FnOnce(&mut SettlementConfirmation)) {
        let mut settlement = SettlementConfirmation {
            id: Some("CSD1".parse().expect("a reference")),
            reversal: false,
            instruction: if delivers { DELIVERS } else { RECEIVES }.parse().expect("a reference"),
            previous: None,
            common_reference: None,
            market_reference: None,
            prepared: None,
            movement: if delivers { Movement::Deliver } else { Movement::Receive },
            payment: Payment::Against,
            instrument: self.market.instrument(self.market.blocks[0].instrument),
            settled: self.market.units(self.quantity),
            previously_settled: None,
            remaining: None,
            amount: Some(self.market.amount(self.cents)),
            previously_settled_amount: None,
            remaining_amount: None,
            other_amounts: Vec::new(),
            price: None,
            partial: None,
            trade_date: Some(self.market.scenario.day.trade_date),
            settlement_date: Some(self.day()),
            effective_date: self.day(),
            account: Some("ACCOUNT1".parse().expect("an account")),
            account_owner: None,
            transaction_type: "TRAD".to_owned(),
            delivering: SettlementChain::default(),
            receiving: SettlementChain::default(),
            narrative: None,
            linkages: Vec::new(),
            more: None,
        };
        change(&mut settlement);
        let said = self.over_the_wire(&Event::Settlement(Box::new(settlement)));
        let participant = self.participant(delivers);
        self.auditor.said(now, participant, said.as_ref());
    }

    /// The depository says to one side that its instruction is cancelled.
    fn cancels(&mut self, delivers: bool) {
        let instruction = if delivers { DELIVERS } else { RECEIVES }.parse().expect("a reference");
        let cancelled = Status { kind: StatusKind::Cancelled, reasons: Vec::new() };
        let advice = StatusAdvice::of(instruction, vec![cancelled]);
        let said = self.over_the_wire(&Event::Status(Box::new(advice)));
        let (now, participant) = (self.noon(), self.participant(delivers));
        self.auditor.said(now, participant, said.as_ref());
    }

    fn both_confirmed(&mut self) {
        let noon = self.noon();
        self.confirms(noon, true, |_| ());
        self.confirms(noon, false, |_| ());
    }

    /// Exactly one finding, and it speaks of this.
    fn found(&self, what: &str) {
        let findings = self.auditor.findings();
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].contains(what), "{findings:?}");
    }
}

#[test]
fn a_correct_settlement_is_no_finding() {
    let mut room = room();
    room.both_instruct();
    assert_eq!(room.auditor.submitted(room.participant(true), DELIVERS), Some(true));
    room.both_confirmed();
    room.auditor.cut_off(room.day());
    assert_eq!(room.auditor.findings(), [] as [String; 0]);
    assert_eq!(room.auditor.checked(), 2);
    assert_eq!(room.auditor.settled_at(room.participant(false), RECEIVES), Some(room.noon()));
}

#[test]
fn settled_twice() {
    let mut room = room();
    room.both_instruct();
    room.both_confirmed();
    room.confirms(room.noon(), true, |_| ());
    room.found("settled twice");
}

#[test]
fn settled_without_the_securities() {
    let mut room = room();
    room.quantity += 10;
    room.both_instruct();
    room.both_confirmed();
    room.found("below zero");
}

#[test]
fn settled_without_the_cash() {
    let mut room = room();
    room.cents *= 3;
    room.both_instruct();
    room.both_confirmed();
    room.found("below zero");
}

#[test]
fn settled_while_held_but_not_after_its_release() {
    let mut held = room();
    held.instructs(true, |i| i.function = InstructionFunction::PreAdvice);
    held.instructs(false, |_| ());
    held.auditor.cut_off(held.day());
    assert_eq!(held.auditor.findings(), [] as [String; 0], "what is held need not settle");
    held.both_confirmed();
    held.found("held or cancelled");

    let mut released = room();
    released.instructs(true, |i| i.function = InstructionFunction::PreAdvice);
    released.instructs(false, |_| ());
    let participant = released.participant(true);
    released.auditor.called(&Call::ReleaseInstruction { participant, reference: DELIVERS.to_owned() });
    released.both_confirmed();
    assert_eq!(released.auditor.findings(), [] as [String; 0]);
}

#[test]
fn settled_outside_the_hours() {
    let mut room = room();
    room.both_instruct();
    let night = at(room.day(), room.market.scenario.day.cut_off) + Duration::from_secs(1);
    room.confirms(night, true, |_| ());
    room.found("outside the hours");
}

#[test]
fn settled_before_its_date() {
    let mut room = room();
    room.both_instruct();
    let before = room.market.scenario.day.trade_date;
    room.confirms(room.noon(), true, |s| s.effective_date = before);
    room.found("before its date");
}

#[test]
fn could_have_settled_and_did_not() {
    let mut room = room();
    room.both_instruct();
    room.auditor.cut_off(room.day());
    room.found("could have settled and did not");
}

#[test]
fn settled_for_another_amount_or_quantity() {
    let mut amount = room();
    amount.both_instruct();
    let wrong = amount.market.amount(amount.cents + 1);
    amount.confirms(amount.noon(), true, |s| s.amount = Some(wrong));
    amount.found("another quantity or amount");

    let mut quantity = room();
    quantity.both_instruct();
    let wrong = quantity.market.units(quantity.quantity - 1);
    quantity.confirms(quantity.noon(), false, |s| s.settled = wrong);
    quantity.found("another quantity or amount");
}

#[test]
fn settled_what_nobody_sent_or_nobody_answered() {
    let mut unsent = room();
    unsent.confirms(unsent.noon(), true, |_| ());
    unsent.found("never sent");

    let mut alone = room();
    alone.instructs(true, |_| ());
    alone.confirms(alone.noon(), true, |_| ());
    alone.found("without a counterpart");

    let mut apart = room();
    apart.instructs(true, |_| ());
    let far = apart.market.amount(apart.cents + 3_000);
    apart.instructs(false, |i| i.amount = Some(far));
    apart.confirms(apart.noon(), true, |_| ());
    apart.found("without a counterpart");
}

#[test]
fn balances_that_are_not_those_of_the_engine() {
    let mut room = room();
    room.auditor.compare(std::iter::empty(), std::iter::empty());
    room.found("positions at the end");
    let mut cash = self::room();
    let Room { market, .. } = self::room();
    let mut positions = Vec::new();
    for opening in finality_simulator::opening::draw(&market) {
        let account = opening.account;
        positions.extend(opening.positions.into_iter().map(|(line, q)| (account.clone(), line as usize, q)));
    }
    let isin = |line: usize| market.instruments[line].isin.as_str();
    let named = || positions.iter().map(|(account, line, q)| ((account.as_str(), isin(*line)), *q));
    let account = market.accounts[market.trades[0].account].safekeeping.as_str();
    cash.auditor.compare(named(), std::iter::once((account, -1)));
    assert_eq!(cash.auditor.findings().len(), 1);
    cash.found("cash of");
    // One position less, and one that differs.
    let first = named().next().expect("somebody has something").0;
    let differs = named().map(|(name, q)| (name, q + i64::from(name == first)));
    for positions in [named().skip(1).collect::<Vec<_>>(), differs.collect()] {
        let mut room = self::room();
        room.auditor.compare(positions.into_iter(), std::iter::empty());
        room.found("positions at the end");
    }
}

/// Says that so much settles, after so much and before so much.
fn part(room: &Room, quantity: i64, before: i64, left: i64) -> impl Fn(&mut SettlementConfirmation) + use<> {
    let cents = |q: i64| room.cents * q / room.quantity;
    let last = left == 0;
    let now = if last { room.cents - cents(before) } else { cents(quantity) };
    let rest = if last { 0 } else { room.cents - cents(before) - now };
    let (units, money) = (|q| room.market.units(q), |c| room.market.amount(c));
    let (settled, previously, remaining) = (units(quantity), units(before), units(left));
    let (amount, amount_before, amount_left) = (money(now), money(cents(before)), money(rest));
    move |s| {
        s.settled = settled;
        (s.previously_settled, s.remaining) = (Some(previously), Some(remaining));
        s.amount = Some(amount);
        (s.previously_settled_amount, s.remaining_amount) = (Some(amount_before), Some(amount_left));
        s.partial = Some(if last { PartialKind::Last } else { PartialKind::Part });
    }
}

/// Both sides take parts, and the deliverer lacks ten.
fn in_parts(room: &mut Room) {
    room.quantity += 10;
    for delivers in [true, false] {
        room.instructs(delivers, |i| i.partial = Some(PartialSettlement::AllowedByQuantity));
    }
}

#[test]
fn a_part_that_may_be_is_no_finding() {
    let mut room = room_by_t2s();
    in_parts(&mut room);
    let first = part(&room, room.quantity - 10, 0, 10);
    let noon = room.noon();
    room.confirms(noon, true, &first);
    room.confirms(noon, false, &first);
    room.auditor.cut_off(room.day());
    assert_eq!(room.auditor.findings(), [] as [String; 0]);
    assert_eq!(room.auditor.settled_at(room.participant(true), DELIVERS), None, "the rest is open");
}

#[test]
fn a_part_of_more_than_is_left() {
    let mut room = room_by_t2s();
    in_parts(&mut room);
    let all = room.quantity;
    let first = part(&room, all - 10, 0, 10);
    let noon = room.noon();
    room.confirms(noon, true, &first);
    room.confirms(noon, true, part(&room, 20, all - 10, 0));
    room.found("more than was left");
}

#[test]
fn a_part_outside_the_windows_or_where_one_side_takes_none() {
    let mut late = room_by_t2s();
    in_parts(&mut late);
    let first = part(&late, late.quantity - 10, 0, 10);
    late.confirms(late.noon() + Duration::from_secs(3_600), true, &first);
    late.found("outside the windows");

    let mut refused = room_by_t2s();
    refused.quantity += 10;
    refused.instructs(true, |i| i.partial = Some(PartialSettlement::AllowedByQuantity));
    refused.instructs(false, |i| i.partial = Some(PartialSettlement::NotAllowed));
    let first = part(&refused, refused.quantity - 10, 0, 10);
    refused.confirms(refused.noon(), true, &first);
    refused.found("which it may not");
}

#[test]
fn a_part_though_there_was_enough_or_told_differently() {
    let mut enough = room_by_t2s();
    enough.instructs(true, |i| i.partial = Some(PartialSettlement::AllowedByQuantity));
    enough.instructs(false, |i| i.partial = Some(PartialSettlement::AllowedByQuantity));
    let (noon, first) = (enough.noon(), part(&enough, enough.quantity - 10, 0, 10));
    enough.confirms(noon, true, &first);
    enough.confirms(noon, false, &first);
    enough.found("there was enough");

    let mut differs = room_by_t2s();
    in_parts(&mut differs);
    let (first, second) =
        (part(&differs, 10, 0, differs.quantity - 10), part(&differs, 20, 0, differs.quantity - 20));
    differs.confirms(noon, true, &first);
    differs.confirms(noon, false, &second);
    differs.found("differently for both sides");
}

#[test]
fn a_part_that_is_paid_for_wrongly() {
    let mut room = room_by_t2s();
    in_parts(&mut room);
    let first = part(&room, room.quantity - 10, 0, 10);
    let (less, more) = (room.market.amount(1), room.market.amount(room.cents - 1));
    room.confirms(room.noon(), true, |s| {
        first(s);
        (s.amount, s.remaining_amount) = (Some(less), Some(more));
    });
    room.found("another share of the cash");
}

/// When many settle at once only the balances after all of them count, and those count.
#[test]
fn a_set_that_overdraws() {
    let mut room = room_by_t2s();
    room.quantity += 10;
    room.both_instruct();
    room.both_confirmed();
    assert_eq!(room.auditor.findings(), [] as [String; 0], "others may bring it at the same time");
    room.auditor.cut_off(room.day());
    room.found("below zero");

    let mut alone = room_by_t2s();
    alone.quantity += 10;
    alone.both_instruct();
    let later = alone.noon() + Duration::from_secs(60);
    alone.confirms(later, true, |_| ());
    alone.confirms(later, false, |_| ());
    alone.found("below zero");
}

#[test]
fn what_goes_together_goes_together() {
    let mut room = room_by_t2s();
    let other: finality_parsers::model::Reference = "OTHER".parse().expect("a reference");
    let with = Linkage { position: "WITH".to_owned(), ..Linkage::new("RELA", other) };
    room.instructs(true, |i| i.linkages = vec![with]);
    room.instructs(false, |_| ());
    room.both_confirmed();
    room.auditor.cut_off(room.day());
    room.found("which goes with it");
}

#[test]
fn cancelled_of_its_own_accord() {
    let mut room = room_by_t2s();
    room.both_instruct();
    room.cancels(true);
    room.found("nobody asked for it");

    let mut both = room_by_t2s();
    both.both_instruct();
    for (delivers, reference) in [(true, DELIVERS), (false, RECEIVES)] {
        let participant = both.participant(delivers);
        both.auditor.called(&Call::CancelInstruction { participant, reference: reference.to_owned() });
    }
    both.cancels(true);
    both.cancels(false);
    both.auditor.cut_off(both.day());
    assert_eq!(both.auditor.findings(), [] as [String; 0], "both wanted it");
    both.both_confirmed();
    both.found("held or cancelled");
}

/// By the rules of the United States, with a cycle of the clearing house at noon; custodians' trades are cleared, or none.
fn american(cleared: bool) -> Room {
    room_with(&format!(
        "name = 'audit'\n[day]\nsettlement_from = '08:00:00'\ncut_off = '16:00:00'\n[depository]\nrules = 'dtc'\n\
         cns_day = ['12:00:00']\nrecycle_drop = '15:50:00'\nfinal_figures = '16:30:00'\nfree_cut_off = '18:00:00'\n\
         end_of_day = '18:45:00'\nnet_debit_cap_cents = 100000\ncns_custodians_per_10000 = {}\n",
        if cleared { 10_000 } else { 0 }
    ))
}

impl Room {
    fn time(&self, hour: u32, minute: u32) -> Timestamp {
        at(self.day(), chrono::NaiveTime::from_hms_opt(hour, minute, 0).expect("a time"))
    }

    fn accounts(&self) -> [String; 2] {
        let broker = &self.market.brokers[self.market.blocks[0].broker];
        let fund = &self.market.accounts[self.market.trades[0].account];
        [broker.account.to_string(), fund.safekeeping.to_string()]
    }

    fn line(&self) -> u32 {
        u32::try_from(self.market.blocks[0].instrument).expect("few lines")
    }

    fn hears(&mut self, said: &Clearing) {
        let noon = self.noon();
        self.auditor.cleared(noon, said);
    }

    /// A cycle in which these positions are said to be open, and so much moves.
    fn cycle(&mut self, open: [i64; 2], moved: [i64; 2]) {
        let (accounts, line) = (self.accounts(), self.line());
        self.hears(&Clearing::Begins);
        for (account, quantity) in accounts.iter().zip(open) {
            self.hears(&Clearing::Open { account: account.clone(), line, quantity });
        }
        for (account, quantity) in accounts.iter().zip(moved).filter(|(_, quantity)| *quantity != 0) {
            self.hears(&Clearing::Moved { account: account.clone(), line, quantity });
        }
        self.hears(&Clearing::Ends);
    }

    fn money(&mut self, paid: [i64; 2]) {
        let (accounts, when) = (self.accounts(), self.time(16, 30));
        self.auditor.cleared(when, &Clearing::Money);
        // Who pays goes first.
        for (account, cents) in accounts.into_iter().zip(paid).rev() {
            self.auditor.cleared(when, &Clearing::Paid { account, cents });
        }
        self.auditor.cleared(when, &Clearing::MoneyEnds);
    }

    /// Something that was found speaks of this.
    fn found_among(&self, what: &str) {
        let findings = self.auditor.findings();
        assert!(findings.iter().any(|finding| finding.contains(what)), "{what}: {findings:?}");
    }
}

#[test]
fn a_cycle_of_the_clearing_house_and_its_money_are_no_finding() {
    let mut room = american(true);
    room.both_instruct();
    let (q, cents) = (room.quantity, room.cents);
    room.cycle([-q, q], [-q, q]);
    room.both_confirmed();
    room.auditor.cut_off(room.day());
    room.money([cents, -cents]);
    assert_eq!(room.auditor.findings(), [] as [String; 0]);
}

#[test]
fn net_positions_that_are_not_those_of_the_trades() {
    let mut room = american(true);
    room.both_instruct();
    let q = room.quantity;
    room.cycle([-q, q - 1], [-q, q]);
    room.found_among("do not add up to nothing");
    room.found_among("are not those of the trades");
}

#[test]
fn deliveries_to_the_clearing_house_that_cannot_be() {
    let mut above = american(true);
    above.quantity += 10;
    above.both_instruct();
    let q = above.quantity;
    above.cycle([-q, q], [-q, q]);
    above.found("more than it has");

    let mut kept = american(true);
    kept.both_instruct();
    let q = kept.quantity;
    kept.cycle([-q, q], [-q, 0]);
    kept.found("keeps or makes");

    let mut idle = american(true);
    idle.both_instruct();
    let q = idle.quantity;
    idle.cycle([-q, q], [0, 0]);
    idle.found("could have delivered");

    let mut above = american(true);
    above.both_instruct();
    let q = above.quantity;
    above.cycle([-q, q], [-q, q + 1]);
    above.found_among("more by the clearing house than it is to get");
}

#[test]
fn sides_that_are_told_wrongly() {
    let mut early = american(true);
    early.both_instruct();
    early.confirms(early.noon(), true, |_| ());
    early.found("still reaches it");

    let mut untold = american(true);
    untold.both_instruct();
    let q = untold.quantity;
    untold.cycle([-q, q], [-q, q]);
    untold.confirms(untold.noon(), true, |_| ());
    untold.auditor.cut_off(untold.day());
    untold.found("it was not told");

    let mut outside = american(true);
    let time = outside.time(13, 0);
    outside.auditor.cleared(time, &Clearing::Begins);
    outside.found("outside its cycles");
}

#[test]
fn money_of_the_clearing_house_that_is_not_right() {
    let mut room = american(true);
    room.both_instruct();
    let (q, cents) = (room.quantity, room.cents);
    room.cycle([-q, q], [-q, q]);
    room.money([cents - 1, -cents]);
    room.found_among("is right");
    room.found_among("has not settled its money");
}

#[test]
fn debits_beyond_the_cap_or_what_securities_are_worth() {
    let debit = |account: &str, cents: i64, back| CreditBooking {
        account: account.to_owned(),
        line: 0,
        quantity: 0,
        cents,
        back,
    };
    let mut above = american(false);
    let ([broker, fund], noon) = (above.accounts(), above.noon());
    above.auditor.credited(noon, &debit(&broker, 100_001, false));
    above.found("more than its cap");

    let mut bare = american(false);
    bare.auditor.credited(noon, &debit(&fund, 50_000, false));
    bare.auditor.cut_off(bare.day());
    bare.found("more than its securities are worth");

    let mut back = american(false);
    back.auditor.credited(noon, &debit(&fund, 1, true));
    back.found("did not owe");
}

#[test]
fn what_was_given_up_settles_no_more_that_day() {
    let mut room = american(false);
    room.quantity += 10;
    room.both_instruct();
    let (drop, later, day) = (room.time(15, 50), room.time(15, 55), room.day());
    room.auditor.dropped(drop, day);
    assert_eq!(room.auditor.findings(), [] as [String; 0], "it lacks securities");
    room.confirms(later, true, |_| ());
    room.found("given up for the day");

    let mut missed = american(false);
    missed.both_instruct();
    missed.auditor.dropped(drop, day);
    missed.found("could have settled and did not");
}

#[test]
fn bought_in_too_early_or_without_need() {
    // Under simple rules no depository buys in, and the auditor's rule is the same.
    let mut scenario = Scenario::from_toml("name = 'audit'").expect("a scenario");
    scenario.buy_in.on = true;
    let mut room = room_of(scenario);
    room.both_instruct();
    let said = BoughtIn {
        of: BoughtInOf::Instruction(room.participant(true), DELIVERS.to_owned()),
        quantity: room.quantity,
        cents: room.cents,
        difference: 0,
    };
    let noon = room.noon();
    room.auditor.bought_in(noon, &said);
    room.found_among("before it may be");
    room.found_among("though it could be delivered");
    room.found_among("another difference");
}

/// Another fund has waited since the day before; what the broker has goes to the younger one.
#[test]
fn given_before_others_that_go_first() {
    let mut room = american(true);
    room.both_instruct();
    let (own, date) = (room.accounts()[1].clone(), room.market.scenario.day.trade_date);
    let custodian = room.participant(false);
    let others = room.market.accounts.iter().filter(|a| a.custodian == custodian);
    let other = others.map(|a| a.safekeeping.clone()).find(|a| a.as_str() != own).expect("there are more");
    let account = other.clone();
    room.instructs(true, |i| (i.id, i.settlement_date) = ("BROKER2".parse().expect("a reference"), date));
    room.instructs(false, |i| {
        (i.id, i.settlement_date) = ("CUSTODIAN2".parse().expect("a reference"), date);
        i.account = Some(account);
    });
    let (q, line, [broker, fund]) = (room.quantity, room.line(), room.accounts());
    room.hears(&Clearing::Begins);
    for (account, quantity) in [(broker.clone(), -2 * q), (fund.clone(), q), (other.to_string(), q)] {
        room.hears(&Clearing::Open { account, line, quantity });
    }
    for (account, quantity) in [(broker, -q), (fund.clone(), q)] {
        room.hears(&Clearing::Moved { account, line, quantity });
    }
    room.hears(&Clearing::Ends);
    room.found(&format!("{fund} was given before others"));
}
