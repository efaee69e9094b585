//! Which trades the clearing house takes, where there is one: by class of instrument, by who trades, and as drawn. Nobody says it in a
//! message; depository, auditor and reports all ask here.

use crate::depository::Depository;
use crate::market::Market;
use crate::population::class::Class;
use crate::seed::Draws;

/// What it goes by.
#[derive(Debug, Clone)]
pub struct Routes {
    depository: Depository,
    draws: Draws,
    custodians: usize,
    brokers: usize,
    /// By line.
    classes: Vec<Class>,
}

impl Routes {
    /// Of a market.
    pub fn of(market: &Market) -> Self {
        Self {
            depository: market.scenario.depository.clone(),
            draws: market.draws,
            custodians: market.custodians.len(),
            brokers: market.brokers.len(),
            classes: market.instruments.iter().map(|line| line.class).collect(),
        }
    }

    /// Whether it takes a trade of the house as it was instructed: participants by their ports at the depository, line, quantity. Brokers
    /// are its members; custodians and the lender are not. Another model meets the same trades, so it takes the same.
    pub fn house(&self, deliverer: usize, receiver: usize, line: usize, quantity: i64) -> bool {
        let is_member = |p: usize| (self.custodians..self.custodians + self.brokers).contains(&p);
        let ports = (deliverer as u64) << 8 | receiver as u64;
        let entity = (quantity.unsigned_abs() << 32) ^ (line as u64) << 16 ^ ports;
        let members = [deliverer, receiver].map(is_member);
        self.depository.clears(&self.draws, self.classes[line], members, entity)
    }

    /// Whether it takes a trade of the day.
    pub fn trade(&self, market: &Market, trade: usize) -> bool {
        let block = &market.blocks[market.trades[trade].block];
        let custodian = market.accounts[market.trades[trade].account].custodian;
        let broker = self.custodians + block.broker;
        let buys = block.side == finality_parsers::model::Side::Buy;
        let (from, to) = if buys { (broker, custodian) } else { (custodian, broker) };
        self.house(from, to, block.instrument, market.trades[trade].quantity)
    }

    /// Whether it takes an instruction of the population. Dealers are its members; who holds for investors is not. It nets trades, which
    /// are paid for.
    pub fn crowd(&self, market: &Market, number: usize) -> bool {
        let deal = &market.crowd.deals[number];
        let members = [deal.from, deal.to].map(|party| market.crowd.parties[party as usize].is_dealer);
        let entity = 1 << 62 | number as u64;
        !deal.free && self.depository.clears(&self.draws, self.classes[deal.line as usize], members, entity)
    }
}
