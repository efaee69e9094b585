//! Mornings at the depository, where there are several trade dates: accounts are brought to their levels before the day opens.

use std::collections::BTreeMap;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::BusinessDate;

use super::{Csd, Place};
use crate::depository::ELSEWHERE;
use crate::mornings::{self, AllLeft, Books, Lack, Left, Levels, Open, Shortfalls};
use crate::parties::broker::instruction_reference;
use crate::parties::lending::{Way, reference};
use crate::parties::{Morning, PartyEffect};
use crate::population::mornings as crowd;
use crate::settlement::book::{AccountId, Exchange, LineId};
use crate::settlement::deal::Standing;
use crate::settlement::engine::PairId;
use crate::settlement::kind::Side;

/// What is known from one morning to the next.
#[derive(Debug, Default)]
pub(super) struct Mornings {
    pub(super) shortfalls: Shortfalls,
    /// Trades of dates so far that had not settled.
    open: Open,
    /// The same of the population.
    open_crowd: Open,
}

impl Mornings {
    pub(super) fn of(market: &crate::market::Market) -> Self {
        Self { shortfalls: Shortfalls::of(market), ..Self::default() }
    }
}

impl Csd {
    /// Brings all accounts to what they are to have in the morning of a day.
    pub(super) fn morning(&mut self, now: Timestamp, day: BusinessDate, effects: &mut Vec<PartyEffect>) {
        let market = std::rc::Rc::clone(&self.market);
        let mut known = std::mem::take(&mut self.mornings);
        let left = AllLeft {
            house: known.open.left(
                &market,
                day,
                |dates| market.trades_of(dates),
                |n| self.left(&known.shortfalls, n),
            ),
            crowd: known.open_crowd.left(
                &market,
                day,
                |dates| market.crowd.of_dates(dates),
                |n| self.left_of_crowd(n),
            ),
        };
        let levels = mornings::levels(&market, day, &left, &known.shortfalls, self);
        self.mornings = known;
        let moves = self.bring_to(&levels);
        effects.push(PartyEffect::Morning(Morning { day, moves }));
        let mut outcomes = Vec::new();
        self.engine.settle_debits(&mut outcomes);
        self.tell(now, &outcomes, effects);
    }

    /// What has not settled of a trade; none when all of it has, or when it is over for another reason.
    fn left(&self, shortfalls: &Shortfalls, trade: usize) -> Option<Left> {
        if shortfalls.bought_in.holds(trade) {
            return None;
        }
        let of = &self.market.trades[trade];
        let block = &self.market.blocks[of.block];
        let participant = self.market.custodians.len() + block.broker;
        let mut left = Left { trade, quantity: of.quantity, cents: of.net_cents(block.side) };
        for attempt in 1..=3 {
            let place = self.places.get(&(participant, instruction_reference(block.broker, trade, attempt)));
            let pair = match place {
                None => break,
                Some((_, Place::Paired(pair, _))) => *pair,
                Some(_) => continue,
            };
            (left.quantity, left.cents) = self.left_of(pair)?;
        }
        Some(left)
    }

    /// The same of an instruction of the population.
    fn left_of_crowd(&self, number: usize) -> Option<crowd::Left> {
        let deal = &self.market.crowd.deals[number];
        let of_crowd = u32::try_from(number).expect("fewer than two billion");
        if self.routes.crowd(&self.market, number) {
            let [delivered, received] = self.engine.crowd_sides_settled(of_crowd);
            let left = |settled: bool, all: i64| if settled { 0 } else { all };
            let left = crowd::Left {
                number,
                delivers: left(delivered, deal.quantity),
                receives: left(received, deal.quantity),
                cents: left(received, deal.cash_cents()),
            };
            return (!(delivered && received)).then_some(left);
        }
        let (quantity, cents) =
            self.engine.crowd_left(of_crowd).unwrap_or((deal.quantity, deal.cash_cents()));
        (quantity > 0).then_some(crowd::Left { number, delivers: quantity, receives: quantity, cents })
    }

    /// Securities and cash that are left of a pair; nothing when all of it has settled.
    fn left_of(&self, id: PairId) -> Option<(i64, i64)> {
        let pair = self.engine.pair(id)?;
        if let Some(cleared) = pair.cleared {
            let of = |side: Side, all: i64| if cleared.has_settled(side) { 0 } else { all };
            let left =
                (of(Side::Deliverer, pair.deliverer.key.quantity), of(Side::Receiver, pair.deliverer.amount));
            return (left != (0, 0)).then_some(left);
        }
        (pair.standing != Standing::Settled).then(|| self.engine.left(id))
    }

    fn bring_to(&mut self, levels: &Levels) -> Vec<(String, Option<LineId>, i64)> {
        let mut moves = Vec::new();
        for name in mornings::accounts(&self.market) {
            let cash = levels.cash.get(&name).copied().unwrap_or(0);
            self.bring(&name, levels.of(&name), cash, &mut moves);
        }
        for (party, name) in mornings::crowd_accounts(&self.market) {
            self.bring(name, levels.crowd.row(party), levels.crowd_cash[party as usize], &mut moves);
        }
        let elsewhere = self.accounts[ELSEWHERE];
        for (name, line, moved) in &moves {
            let booked = self.engine.book.exchange(&exchange(elsewhere, self.accounts[name], *line, *moved));
            assert!(
                booked.is_ok(),
                "elsewhere has all that is dealt, and accounts have what they leave there"
            );
        }
        moves
    }

    /// What an account gets, or leaves where it is below zero, so that it has that.
    fn bring(
        &self,
        name: &str,
        positions: impl Iterator<Item = (LineId, i64)>,
        cash: i64,
        moves: &mut Vec<(String, Option<LineId>, i64)>,
    ) {
        let account = self.accounts[name];
        let mut lines: BTreeMap<LineId, i64> =
            self.engine.book.positions_of(account).map(|(line, has)| (line, -has)).collect();
        positions.for_each(|(line, level)| *lines.entry(line).or_default() += level);
        let lines = lines.into_iter().map(|(line, moved)| (Some(line), moved));
        let all = lines.chain(std::iter::once((None, cash - self.engine.book.cash(account))));
        moves
            .extend(all.filter(|(_, moved)| *moved != 0).map(|(line, moved)| (name.to_owned(), line, moved)));
    }
}

/// From elsewhere to an account, or back where it is below zero.
fn exchange(elsewhere: AccountId, account: AccountId, line: Option<LineId>, moved: i64) -> Exchange {
    let (from, to) = if moved > 0 { (elsewhere, account) } else { (account, elsewhere) };
    let (quantity, amount) = if line.is_some() { (moved.abs(), 0) } else { (0, moved.abs()) };
    Exchange {
        deliverer: from,
        receiver: to,
        line: line.unwrap_or_default(),
        quantity,
        payer: from,
        payee: to,
        amount,
    }
}

impl Books for Csd {
    fn lent(&self, lack: &Lack) -> i64 {
        self.loan(lack, Way::Out).filter(|(_, settled)| *settled).map_or(0, |(quantity, _)| quantity)
    }

    fn to_give_back(&self, lack: &Lack) -> i64 {
        match (self.loan(lack, Way::Out), self.loan(lack, Way::Back)) {
            (Some((_, true)), Some((quantity, false))) => quantity,
            _ => 0,
        }
    }

    fn owed(&self, account: &str) -> i64 {
        self.accounts.get(account).map_or(0, |account| self.engine.owed(*account))
    }
}

impl Csd {
    /// How much a loan moves, and whether it has settled.
    fn loan(&self, lack: &Lack, way: Way) -> Option<(i64, bool)> {
        let lender = self.market.custodians.len() + self.market.brokers.len();
        let reference = reference(&self.market, (lack.broker, lack.line as usize, lack.date), true, way);
        match self.places.get(&(lender, reference))? {
            (_, Place::Paired(id, _)) => {
                let pair = self.engine.pair(*id)?;
                Some((pair.deliverer.key.quantity, pair.standing == Standing::Settled))
            }
            (_, Place::Unmatched(key)) => Some((key.quantity, false)),
            (_, Place::Cancelled) => None,
        }
    }
}
