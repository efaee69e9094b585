//! The auditor catches what is planted: it is fed with what a depository in the wrong would say.

use finality_parsers::codec::{self, Envelope, Format};
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    BusinessDate, Event, InstructionFunction, Movement, Party, Payment, SettlementChain,
    SettlementConfirmation, SettlementInstruction, Side,
};
use finality_parsers::mx::Wrapping;
use finality_simulator::auditor::Auditor;
use finality_simulator::market::{Market, at};
use finality_simulator::parties::Call;
use finality_simulator::scenario::Scenario;
use std::collections::BTreeMap;
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
    let mut scenario = Scenario::from_toml("name = 'audit'").expect("a scenario");
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

    fn bytes(&self, event: &Event) -> Vec<u8> {
        let envelope = Envelope {
            sender: self.market.csd.to_string(),
            receiver: self.market.manager.to_string(),
            created: self.noon(),
            message_id: "AUDIT1".to_owned(),
            possible_duplicate: false,
        };
        codec::encode(event, Format::Mx(Wrapping::Envelope), &envelope).expect("it can be written").bytes
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
        let raw = self.bytes(&Event::Instruction(Box::new(instruction)));
        let participant = self.participant(delivers);
        self.auditor.heard(participant, &raw);
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
        let raw = self.bytes(&Event::Settlement(Box::new(settlement)));
        let participant = self.participant(delivers);
        self.auditor.said(now, participant, &raw);
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
    room.auditor.compare(&BTreeMap::new(), &BTreeMap::new());
    room.found("positions at the end");
    let mut cash = self::room();
    let positions = finality_simulator::opening::draw(&cash.market)
        .into_iter()
        .flat_map(|o| o.positions.into_iter().map(move |(line, q)| (o.account.clone(), line, q)))
        .map(|(account, line, q)| {
            let isin = cash.market.instruments[line as usize].isin.to_string();
            ((account, isin), q)
        })
        .collect();
    let account = cash.market.accounts[cash.market.trades[0].account].safekeeping.to_string();
    cash.auditor.compare(&positions, &BTreeMap::from([(account, -1)]));
    cash.found("cash of");
}
