//! Securities lending: a lender that has some of most lines, and the two instructions, free of payment, by which a loan moves. Where there
//! are several trade dates it is given back on the day on which what lacked comes; of one trade date it outlives the run.

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
use crate::mornings;
use crate::opening;
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
    /// For the deliveries of which trade date, by index.
    pub date: usize,
    /// How much.
    pub quantity: i64,
    /// On which day it is given back; nothing where that is not within the run.
    pub back: Option<BusinessDate>,
}

/// What a broker has of each line for the deliveries of a trade date.
pub(super) fn stock(market: &Market, broker: usize, date: usize) -> BTreeMap<LineId, i64> {
    let account = market.brokers[broker].account.to_string();
    let later = (date > 0).then(|| opening::of_all(market, date));
    let all = later.as_deref().unwrap_or_else(|| market.opening_balances());
    let own = all.iter().find(|opening| opening.account == account);
    own.into_iter().flat_map(|opening| opening.positions.iter().copied()).collect()
}

/// What a broker that has so much of a line lacks for all that it has to deliver of a trade date, if all that it gets comes.
pub(super) fn shortage(market: &Market, broker: usize, (line, date): (usize, usize), has: i64) -> i64 {
    let of_date = opening::blocks_of(market, date).iter();
    let blocks = of_date.filter(|block| block.broker == broker && block.instrument == line);
    let owes: i64 = blocks
        .map(|block| {
            let quantity: i64 = market.trades[block.trades.clone()].iter().map(|t| t.quantity).sum();
            if block.side == Side::Buy { quantity } else { -quantity }
        })
        .sum();
    let crowd: i64 = market.crowd.deals[market.crowd.of_date(date)]
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

/// What loans cost, in units of the currency: each for the days from the settlement date to the day on which it is given back, or to the
/// day after the run.
pub fn cost<'l>(market: &Market, loans: impl Iterator<Item = &'l Loan>) -> Decimal {
    let last = market.settlement_days().last().copied().unwrap_or(market.settlement_date);
    let lent_for_days: Decimal = loans
        .map(|loan| {
            let from = market.dates[loan.date].settles.naive();
            let days = loan
                .back
                .map_or((last.naive() - from).num_days() + 1, |back| (back.naive() - from).num_days());
            let value = Decimal::new(loan.quantity * market.instruments[loan.line].price_cents, 2);
            value * Decimal::from(days)
        })
        .sum();
    let fee = Decimal::from(market.scenario.operation.lending_fee_bp) / Decimal::from(10_000);
    (lent_for_days * fee / Decimal::from(360)).round_dp(2)
}

/// The day on which what a broker lacks of a line for a trade date comes, and a loan for it is given back, where that is within the run.
pub(super) fn back_on(market: &Market, broker: usize, (line, date): (usize, usize)) -> Option<BusinessDate> {
    let comes = mornings::comes_on(market, broker, LineId::try_from(line).ok()?, date)?;
    market.settlement_days().last().is_some_and(|last| comes <= *last).then_some(comes)
}

/// Whether a loan goes out or comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Out,
    Back,
}

/// The reference of one side's instruction.
pub(crate) fn reference(
    market: &Market,
    (broker, line, date): (usize, usize, usize),
    lends: bool,
    way: Way,
) -> String {
    let side = match (lends, way) {
        (true, Way::Out) => "LN",
        (true, Way::Back) => "LR",
        (false, Way::Out) => "BW",
        (false, Way::Back) => "BR",
    };
    let of_date = if market.scenario.day.is_long() { format!("D{date:03}") } else { String::new() };
    format!("{side}{broker:02}L{line:05}{of_date}")
}

/// One side's instructions of a loan: that it goes out, and that it comes back where that is within the run.
pub(super) fn instructions(market: &Market, loan: &Loan, lends: bool, now: Timestamp) -> Vec<Vec<u8>> {
    let out = market.dates[loan.date].settles.max(BusinessDate::new(now.utc().date_naive()));
    let back = loan.back.map(|day| (Way::Back, day.max(out)));
    let all = std::iter::once((Way::Out, out)).chain(back);
    all.map(|(way, day)| instruction(market, loan, lends, (way, day), now)).collect()
}

fn instruction(
    market: &Market,
    loan: &Loan,
    lends: bool,
    (way, day): (Way, BusinessDate),
    now: Timestamp,
) -> Vec<u8> {
    let broker = &market.brokers[loan.broker];
    let lender = &market.lender;
    let (own, other) = if lends { (lender, broker) } else { (broker, lender) };
    let reference = reference(market, (loan.broker, loan.line, loan.date), lends, way);
    let delivers = lends == (way == Way::Out);
    let other_side = SettlementChain {
        depository: Some(ModelParty::bic(market.csd)),
        agent: Some(ModelParty::bic(other.bic)),
        ..SettlementChain::default()
    };
    let (movement, delivering, receiving) = if delivers {
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
        trade_date: Some(market.dates[loan.date].trades),
        settlement_date: day,
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
    write(&event, Speech::Mx, own.bic.as_str(), market.csd.as_str(), &reference, now)
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
                // Of one trade date the numbers are those of lines and brokers alone.
                let date = loan.date as u64 * 1_000_000;
                let entity = date + loan.line as u64;
                if draws.happens("lender: has the line", entity, terms.lendable_per_10000) {
                    let [low, high] = terms.borrow_minutes;
                    let about = date + (loan.broker * self.market.instruments.len() + loan.line) as u64;
                    let minutes = draws.between("lender: lends", about, low, high);
                    self.agenda.set(now + Duration::from_secs(60 * minutes), *loan);
                }
            }
            PartyInput::Tick => {
                while let Some(loan) = self.agenda.due(now) {
                    for bytes in instructions(&self.market, &loan, true, now) {
                        effects.push(PartyEffect::Send { port: CSD, bytes });
                    }
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
