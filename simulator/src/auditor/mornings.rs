//! The auditor's eye on mornings, where there are several trade dates: they come when they are to, securities and cash move between accounts of the
//! house or its brokers and the rest of the world only, and leave each account with what it is to have, by the auditor's own books.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::machine::Timestamp;
use finality_parsers::model::BusinessDate;
use rust_decimal::Decimal;

use super::balances::{Moves, Name};
use super::{Auditor, Leg, LegId};
use crate::depository::ELSEWHERE;
use crate::market::Market;
use crate::mornings::{self, AllLeft, Lack, Left, Levels, Open, Shortfalls};
use crate::parties::Morning;
use crate::parties::broker::instruction_reference;
use crate::parties::lending::{Way, reference};

/// What is to come, and what lacks.
#[derive(Debug, Default)]
pub(super) struct Mornings {
    times: BTreeMap<BusinessDate, Timestamp>,
    pub(super) shortfalls: Shortfalls,
    open: Open,
    open_crowd: Open,
}

impl Mornings {
    pub(super) fn of(market: &Market) -> Self {
        Self {
            times: mornings::times(market).into_iter().collect(),
            shortfalls: Shortfalls::of(market),
            ..Self::default()
        }
    }

    /// A morning that should have been by now.
    pub(super) fn missed(&self, now: Timestamp) -> Option<BusinessDate> {
        self.times.iter().find(|(_, time)| **time < now).map(|(day, _)| *day)
    }
}

impl Auditor {
    /// The depository says what moved in a morning.
    pub fn morning(&mut self, now: Timestamp, market: &Market, said: &Morning) {
        self.turn(now);
        let day = said.day;
        if self.mornings.times.remove(&day) != Some(now) {
            self.find(format!("{now}: there is no morning of {day} now"));
        }
        let own: BTreeSet<String> = mornings::accounts(market).collect();
        let crowd: BTreeSet<&str> = mornings::crowd_accounts(market).map(|(_, account)| account).collect();
        for (account, line, moved) in &said.moves {
            if !own.contains(account) && !crowd.contains(account.as_str()) {
                self.find(format!("{now}: in the morning something moved to or from {account}"));
            }
            self.move_in_the_morning(now, market, (account, *line, *moved));
        }
        let (mut open, mut open_crowd) =
            (std::mem::take(&mut self.mornings.open), std::mem::take(&mut self.mornings.open_crowd));
        let left = AllLeft {
            house: open.left(market, day, |dates| market.trades_of(dates), |n| self.left_of_trade(market, n)),
            crowd: open_crowd.left(
                market,
                day,
                |dates| market.crowd.of_dates(dates),
                |n| self.left_of_crowd(n),
            ),
        };
        (self.mornings.open, self.mornings.open_crowd) = (open, open_crowd);
        let books = Books { auditor: self, market };
        let levels = mornings::levels(market, day, &left, &self.mornings.shortfalls, &books);
        let mut wrong = Vec::new();
        let isins: Vec<Name> =
            market.instruments.iter().map(|i| self.balances.number_of(i.isin.as_str())).collect();
        for account in &own {
            let number = self.balances.number_of(account);
            let mut expected = levels.of(account).peekable();
            for (line, isin) in (0..).zip(&isins) {
                let level = expected.next_if(|(of, _)| *of == line).map_or(0, |(_, level)| level);
                if self.balances.position(number, *isin) != Decimal::from(level) {
                    let isin = &market.instruments[line as usize].isin;
                    wrong.push(format!("{now}: {account} does not have {level} of {isin} in the morning"));
                }
            }
            let level = Decimal::new(levels.cash.get(account).copied().unwrap_or(0), 2);
            if self.balances.cash_named(account) != level {
                wrong.push(format!("{now}: {account} does not have {level} in cash in the morning"));
            }
        }
        wrong.extend(self.wrong_in_crowd(now, market, &isins, &levels));
        wrong.into_iter().for_each(|wrong| self.find(wrong));
    }

    /// Participants of the population that do not have what they are to have.
    fn wrong_in_crowd(
        &self,
        now: Timestamp,
        market: &Market,
        isins: &[Name],
        levels: &Levels,
    ) -> Vec<String> {
        let of_party = |party: u32| {
            let there = levels.crowd.row(party).filter(|(_, level)| *level != 0);
            there.map(|(line, level)| (isins[line as usize], level)).collect::<BTreeMap<Name, i64>>()
        };
        let wanted = mornings::crowd_accounts(market)
            .map(|(party, account)| (self.balances.number_of(account), of_party(party)))
            .collect();
        let securities = self.balances.differing(&wanted).into_iter().map(|account| {
            let account = self.balances.name(account);
            format!("{now}: {account} does not have the securities of its morning")
        });
        let cash = mornings::crowd_accounts(market).filter_map(|(party, account)| {
            let level = Decimal::new(levels.crowd_cash[party as usize], 2);
            let differs = self.balances.cash_named(account) != level;
            differs.then(|| format!("{now}: {account} does not have {level} in cash in the morning"))
        });
        securities.chain(cash).collect()
    }

    fn move_in_the_morning(
        &mut self,
        now: Timestamp,
        market: &Market,
        (account, line, moved): (&str, Option<u32>, i64),
    ) {
        let (account, elsewhere) = (self.balances.number(account), self.balances.number(ELSEWHERE));
        let (from, to) = if moved > 0 { (elsewhere, account) } else { (account, elsewhere) };
        let isin = line.and_then(|line| market.instruments.get(line as usize)).map(|i| i.isin.to_string());
        let below = match isin {
            Some(isin) => {
                let isin = self.balances.number(&isin);
                let quantity = Decimal::from(moved.abs());
                self.balances.book(&Moves { from, to, isin, quantity, cash: Decimal::ZERO }).0
            }
            // Cash goes from the receiver of securities to their deliverer.
            None => {
                let (isin, cash) = (self.balances.number(""), Decimal::new(moved.abs(), 2));
                self.balances.book(&Moves { from: to, to: from, isin, quantity: Decimal::ZERO, cash }).1
            }
        };
        if below {
            self.find(format!("{now}: in the morning somebody gave what it had not"));
        }
    }

    /// What has not settled of a trade, by what both sides were told.
    fn left_of_trade(&self, market: &Market, trade: usize) -> Option<Left> {
        let of = &market.trades[trade];
        let block = &market.blocks[of.block];
        let mut left = Left { trade, quantity: of.quantity, cents: of.net_cents(block.side) };
        for attempt in 1..=3 {
            let id =
                (market.custodians.len() + block.broker, instruction_reference(block.broker, trade, attempt));
            let Some(leg) = self.legs.get(&id) else { break };
            let Some(pair) = leg.pair.map(|number| &self.pairs[number]) else { continue };
            if pair.bought_in {
                return None;
            }
            if leg.cancelled {
                continue;
            }
            if pair.cleared {
                let done = |id: &LegId| self.legs.get(id).is_some_and(|leg| leg.confirmed.is_some());
                let delivered = done(&pair.deliverer);
                let received = done(&pair.receiver);
                if delivered && received {
                    return None;
                }
                let amount = self.legs.get(&pair.deliverer).map_or(Decimal::ZERO, |leg| leg.amount);
                left.quantity = if delivered { 0 } else { whole(leg.agreement.quantity) };
                left.cents = if received { 0 } else { whole(amount * Decimal::ONE_HUNDRED) };
                continue;
            }
            if pair.done.is_some() {
                return None;
            }
            let amount = self.legs.get(&pair.deliverer).map_or(Decimal::ZERO, |leg| leg.amount);
            left.quantity = whole(leg.agreement.quantity - pair.settled);
            left.cents = whole((amount - pair.paid) * Decimal::ONE_HUNDRED);
        }
        Some(left)
    }
}

pub(super) fn whole(value: Decimal) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Loans and debts as the auditor heard of them.
struct Books<'a> {
    auditor: &'a Auditor,
    market: &'a Market,
}

impl Books<'_> {
    fn loan(&self, lack: &Lack, way: Way) -> Option<&Leg> {
        let lender = self.market.custodians.len() + self.market.brokers.len();
        let reference = reference(self.market, (lack.broker, lack.line as usize, lack.date), true, way);
        self.auditor.legs.get(&(lender, reference))
    }
}

impl mornings::Books for Books<'_> {
    fn lent(&self, lack: &Lack) -> i64 {
        let out = self.loan(lack, Way::Out).filter(|leg| leg.confirmed.is_some());
        out.map_or(0, |leg| whole(leg.agreement.quantity))
    }

    fn to_give_back(&self, lack: &Lack) -> i64 {
        let back = self.loan(lack, Way::Back).filter(|leg| leg.confirmed.is_none());
        if self.lent(lack) > 0 { back.map_or(0, |leg| whole(leg.agreement.quantity)) } else { 0 }
    }

    fn owed(&self, account: &str) -> i64 {
        let debits = self.auditor.debits.as_ref();
        let owed = debits.map(|debits| debits.owed(self.auditor.balances.number_of(account)));
        owed.map_or(0, |owed| whole(owed * Decimal::ONE_HUNDRED))
    }
}
