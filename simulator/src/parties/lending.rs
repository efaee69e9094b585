//! Securities lending: a lender that has some of most lines, and the two instructions, free of payment, by which a loan moves. A
//! loan outlives the run: nothing is given back before its end.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    BusinessDate, Event, InstructionFunction, Movement, Party as ModelParty, Payment, SettlementChain,
    SettlementInstruction, Side,
};

use rust_decimal::Decimal;

use super::wording::{Agenda, write};
use super::{Call, Party, PartyEffect, PartyInput, Who};
use crate::market::{Market, Speech};
use crate::settlement::book::LineId;

/// Towards the depository.
const CSD: usize = 1;

/// A loan that is asked for, or made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loan {
    /// Who borrows, by index of the brokers.
    pub broker: usize,
    /// Which line, by index of the instruments.
    pub line: usize,
    /// How much.
    pub quantity: i64,
}

/// What a broker has of each line at the opening.
pub(super) fn opening(market: &Market, broker: usize) -> BTreeMap<LineId, i64> {
    let account = market.brokers[broker].account.to_string();
    let opening = crate::opening::draw(market).into_iter().find(|opening| opening.account == account);
    opening.into_iter().flat_map(|opening| opening.positions).collect()
}

/// What a broker that has so much of a line lacks for all that it has to deliver on the day, if all that it gets comes.
pub(super) fn shortage(market: &Market, broker: usize, line: usize, has: i64) -> i64 {
    let blocks = market.blocks.iter().filter(|block| block.broker == broker && block.instrument == line);
    let owes: i64 = blocks
        .map(|block| {
            let quantity: i64 = market.trades[block.trades.clone()].iter().map(|t| t.quantity).sum();
            if block.side == Side::Buy { quantity } else { -quantity }
        })
        .sum();
    let crowd: i64 = market
        .crowd
        .deals
        .iter()
        .filter(|deal| deal.line as usize == line)
        .map(|deal| match (deal.from as usize == broker, deal.to as usize == broker) {
            (true, _) => deal.quantity,
            (_, true) => -deal.quantity,
            _ => 0,
        })
        .sum();
    (owes + crowd - has).max(0)
}

/// What loans cost, in units of the currency: each for the days from the settlement date to the day after the run.
pub fn cost(market: &Market, loans: &[Loan]) -> Decimal {
    let last = market.settlement_days().last().copied().unwrap_or(market.settlement_date);
    let days = (last.naive() - market.settlement_date.naive()).num_days() + 1;
    let value = |loan: &Loan| Decimal::new(loan.quantity * market.instruments[loan.line].price_cents, 2);
    let lent: Decimal = loans.iter().map(value).sum();
    let fee = Decimal::from(market.scenario.operation.lending_fee_bp) / Decimal::from(10_000);
    (lent * fee * Decimal::from(days) / Decimal::from(360)).round_dp(2)
}

/// The day on which a loan that is made now moves.
fn moves_on(market: &Market, now: Timestamp) -> BusinessDate {
    market.settlement_date.max(BusinessDate::new(now.utc().date_naive()))
}

/// One side's instruction of a loan.
pub(super) fn instruction(market: &Market, loan: &Loan, lends: bool, now: Timestamp) -> (String, Vec<u8>) {
    let broker = &market.brokers[loan.broker];
    let lender = &market.lender;
    let (own, other) = if lends { (lender, broker) } else { (broker, lender) };
    let reference = format!("{}{:02}L{:05}", if lends { "LN" } else { "BW" }, loan.broker, loan.line);
    let other_side = SettlementChain {
        depository: Some(ModelParty::bic(market.csd)),
        agent: Some(ModelParty::bic(other.bic)),
        ..SettlementChain::default()
    };
    let (movement, delivering, receiving) = if lends {
        (Movement::Deliver, SettlementChain::default(), other_side)
    } else {
        (Movement::Receive, other_side, SettlementChain::default())
    };
    let instruction = SettlementInstruction {
        id: reference.parse().expect("a reference"),
        function: InstructionFunction::New,
        prepared: None,
        linkages: Vec::new(),
        common_reference: None,
        trade_reference: None,
        movement,
        payment: Payment::Free,
        instrument: market.instrument(loan.line),
        quantity: market.units(loan.quantity),
        amount: None,
        other_amounts: Vec::new(),
        price: None,
        trade_date: Some(market.scenario.day.trade_date),
        settlement_date: moves_on(market, now),
        place_of_trade: None,
        account: Some(own.account.clone()),
        cash_account: None,
        account_owner: Some(ModelParty::bic(own.bic)),
        transaction_type: "SECL".to_owned(),
        conditions: Vec::new(),
        partial: None,
        priority: None,
        delivering,
        receiving,
        narrative: None,
        more: None,
    };
    let event = Event::Instruction(Box::new(instruction));
    let bytes = write(&event, Speech::Mx, own.bic.as_str(), market.csd.as_str(), &reference, now);
    (reference, bytes)
}

/// The lender.
pub struct Lender {
    market: Rc<Market>,
    agenda: Agenda<Loan>,
    made: Vec<Loan>,
}

impl Lender {
    /// Of a market.
    pub fn new(market: Rc<Market>) -> Self {
        Self { market, agenda: Agenda::default(), made: Vec::new() }
    }

    /// The loans that were made.
    pub fn made(&self) -> &[Loan] {
        &self.made
    }
}

impl Party for Lender {
    fn handle(&mut self, now: Timestamp, input: PartyInput<'_>, effects: &mut Vec<PartyEffect>) {
        match input {
            PartyInput::Call(Call::Lend(loan)) => {
                let draws = self.market.running.get();
                let terms = &self.market.scenario.operation;
                let entity = loan.line as u64;
                if draws.happens("lender: has the line", entity, terms.lendable_per_10000) {
                    let [low, high] = terms.borrow_minutes;
                    let about = (loan.broker * self.market.instruments.len() + loan.line) as u64;
                    let minutes = draws.between("lender: lends", about, low, high);
                    self.agenda.set(now + Duration::from_secs(60 * minutes), *loan);
                }
            }
            PartyInput::Tick => {
                while let Some(loan) = self.agenda.due(now) {
                    let (_, bytes) = instruction(&self.market, &loan, true, now);
                    effects.push(PartyEffect::Send { port: CSD, bytes });
                    effects.push(PartyEffect::Call { to: Who::Broker(loan.broker), call: Call::Lent(loan) });
                    self.made.push(loan);
                }
            }
            PartyInput::Call(_)
            | PartyInput::Wire { .. }
            | PartyInput::Heard { .. }
            | PartyInput::Notice(_) => {}
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.agenda.next()
    }
}
