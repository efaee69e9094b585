//! Continuous net settlement: the clearing house stands between buyer and seller. What was traded is netted by account and line into
//! one position against it; cycles cover short positions from what their accounts have, and give what comes in to the long ones. What
//! stays open rolls to the next day, at its price.
//!
//! Trades keep a state by attribution: the open position belongs to the youngest trades of its side, all others have settled.
//!
//! ```text
//!   trades that wait ─▶ net (positions) ─▶ deliver (short ones, from the book) ─▶ allocate (long ones) ─▶ sides that have settled
//!                                 └─▶ money, once a day: contracts, less what is open at the price of the day
//! ```

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use finality_parsers::model::BusinessDate;

use super::book::{AccountId, Book, Exchange, LineId};
use super::deal::PairId;
use super::kind::Side;

/// A trade that the clearing house takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    /// Whose number it has outside.
    pub id: PairId,
    /// What.
    pub line: LineId,
    /// Who sold.
    pub seller: AccountId,
    /// Who bought.
    pub buyer: AccountId,
    /// How much.
    pub quantity: i64,
    /// For how much cash.
    pub amount: i64,
    /// When it is due.
    pub date: BusinessDate,
}

/// What the clearing house says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// A trade is netted: from now on each side has to do with the clearing house.
    Netted(PairId),
    /// A position that is open once all is netted: above zero what is to come in, below zero what is to be delivered.
    Open {
        /// Whose.
        account: AccountId,
        /// Of what.
        line: LineId,
        /// How much.
        quantity: i64,
    },
    /// Securities go to an account, or from it where the quantity is below zero.
    Moved {
        /// Whose.
        account: AccountId,
        /// Of what.
        line: LineId,
        /// How much.
        quantity: i64,
    },
    /// A side of a trade has settled.
    Settled(PairId, Side),
    /// Cash goes to an account, or from it where the amount is below zero.
    Paid {
        /// Whose.
        account: AccountId,
        /// How much.
        amount: i64,
    },
}

/// What decides who is given first what comes in.
pub struct Order<'o> {
    /// Whether a position that has been open since a date is bought in.
    pub bought_in: &'o dyn Fn(LineId, BusinessDate) -> bool,
    /// A draw, for those that are alike.
    pub draw: &'o dyn Fn(LineId, AccountId) -> u64,
}

/// A trade that waits to be netted, and which sides hold it back.
#[derive(Debug)]
struct Waiting {
    trade: Trade,
    held: [bool; 2],
}

/// Sides of trades that have not settled, oldest first: each with how much was traded up to it.
#[derive(Debug, Default)]
struct Queue {
    total: i64,
    open: VecDeque<(PairId, BusinessDate, i64)>,
}

impl Queue {
    fn push(&mut self, trade: &Trade) {
        self.total += trade.quantity;
        self.open.push_back((trade.id, trade.date, self.total));
    }

    /// Those that are whole within what has been covered.
    fn covered(&mut self, covered: i64, side: Side, said: &mut Vec<Said>) {
        while let Some((id, ..)) = self.open.front().copied().filter(|(_, _, up_to)| *up_to <= covered) {
            self.open.pop_front();
            said.push(Said::Settled(id, side));
        }
    }
}

/// What an account has to do with the clearing house in a line.
#[derive(Debug, Default)]
struct Position {
    bought: Queue,
    sold: Queue,
    /// Given by the clearing house, less what was delivered to it.
    received: i64,
    /// The value of what was open when money was last settled.
    carried: i64,
}

impl Position {
    fn open(&self) -> i64 {
        self.bought.total - self.sold.total - self.received
    }

    /// The open position is that of the youngest trades of its side.
    fn attribute(&mut self, said: &mut Vec<Said>) {
        let open = self.open();
        let (bought, sold) = (self.bought.total - open.max(0), self.sold.total + open.min(0));
        self.sold.covered(sold, Side::Deliverer, said);
        self.bought.covered(bought, Side::Receiver, said);
    }

    /// Since when it has been long.
    fn since(&self) -> Option<BusinessDate> {
        self.bought.open.front().map(|(_, date, _)| *date)
    }
}

/// The clearing house.
#[derive(Debug)]
pub struct Cns {
    /// Its account at the depository: empty of securities between cycles.
    house: AccountId,
    waiting: Vec<Waiting>,
    positions: BTreeMap<(LineId, AccountId), Position>,
    /// What accounts are to get (or pay, below zero) when money is settled next: contracts, and what they could not pay before.
    ledger: BTreeMap<AccountId, i64>,
}

impl Cns {
    /// With its account.
    pub fn new(house: AccountId) -> Self {
        Self { house, waiting: Vec::new(), positions: BTreeMap::new(), ledger: BTreeMap::new() }
    }

    /// Takes a trade: it is netted in the next cycle of its date or later, unless it is held.
    pub fn admit(&mut self, trade: Trade, held: [bool; 2]) {
        assert!(trade.quantity > 0 && trade.amount >= 0, "what is cleared moves securities");
        self.waiting.push(Waiting { trade, held });
    }

    /// A side holds or releases a trade; only while it is not netted. Says whether it is done.
    pub fn set_hold(&mut self, id: PairId, side: Side, held: bool) -> bool {
        let Some(waiting) = self.waiting.iter_mut().find(|w| w.trade.id == id) else { return false };
        waiting.held[usize::from(side == Side::Receiver)] = held;
        true
    }

    /// Takes a trade back; only while it is not netted. Says whether it is done.
    pub fn cancel(&mut self, id: PairId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|w| w.trade.id != id);
        self.waiting.len() < before
    }

    /// A cycle of a day.
    pub fn cycle(&mut self, book: &mut Book, day: BusinessDate, order: &Order<'_>, said: &mut Vec<Said>) {
        self.net(day, said);
        // What netting has made up for is no longer part of the position, nor is its age.
        self.positions.values_mut().for_each(|position| position.attribute(said));
        let open = |((line, account), position): (&(LineId, AccountId), &Position)| {
            let quantity = position.open();
            (quantity != 0).then_some(Said::Open { account: *account, line: *line, quantity })
        };
        said.extend(self.positions.iter().filter_map(open));
        let mut lines: Vec<LineId> = self.positions.keys().map(|(line, _)| *line).collect();
        lines.dedup();
        for line in lines {
            self.deliver(book, line, order, said);
        }
        self.positions.values_mut().for_each(|position| position.attribute(said));
    }

    /// What is due and not held becomes part of the positions.
    fn net(&mut self, day: BusinessDate, said: &mut Vec<Said>) {
        let is_ready = |w: &Waiting| w.trade.date <= day && !w.held[0] && !w.held[1];
        let (mut ready, waiting) =
            std::mem::take(&mut self.waiting).into_iter().partition::<Vec<_>, _>(is_ready);
        self.waiting = waiting;
        // So that the order of attribution is that of dates, then of numbers.
        ready.sort_by_key(|w| (w.trade.date, w.trade.id));
        for trade in ready.iter().map(|w| &w.trade) {
            self.positions.entry((trade.line, trade.seller)).or_default().sold.push(trade);
            self.positions.entry((trade.line, trade.buyer)).or_default().bought.push(trade);
            *self.ledger.entry(trade.seller).or_default() += trade.amount;
            *self.ledger.entry(trade.buyer).or_default() -= trade.amount;
            said.push(Said::Netted(trade.id));
        }
    }

    /// Short positions of a line deliver what their accounts have; it goes to the long ones: those that are bought in first, then those
    /// that have waited longest, then as drawn. In parts, on both sides.
    fn deliver(&mut self, book: &mut Book, line: LineId, order: &Order<'_>, said: &mut Vec<Said>) {
        let of_line = |positions: &BTreeMap<(LineId, AccountId), Position>| -> Vec<(AccountId, i64)> {
            let all = positions.range((line, AccountId::MIN)..=(line, AccountId::MAX));
            all.map(|((_, account), position)| (*account, position.open())).collect()
        };
        let open = of_line(&self.positions);
        let mut moves: Vec<(AccountId, i64)> = open
            .iter()
            .filter(|(_, open)| *open < 0)
            .map(|(account, open)| (*account, -book.position(*account, line).min(-open)))
            .filter(|(_, quantity)| *quantity < 0)
            .collect();
        let mut left: i64 = -moves.iter().map(|(_, quantity)| quantity).sum::<i64>();
        let mut longs: Vec<(AccountId, i64)> = open.into_iter().filter(|(_, open)| *open > 0).collect();
        longs.sort_by_cached_key(|(account, _)| {
            let since = self.positions[&(line, *account)].since();
            let bought_in = since.is_some_and(|since| (order.bought_in)(line, since));
            (Reverse(bought_in), since, (order.draw)(line, *account), *account)
        });
        for (account, open) in longs {
            let quantity = open.min(left);
            left -= quantity;
            moves.extend((quantity > 0).then_some((account, quantity)));
        }
        assert!(left == 0, "what is short somewhere is long elsewhere");
        let exchanges: Vec<Exchange> =
            moves.iter().map(|(account, quantity)| self.moves(line, *account, *quantity)).collect();
        book.exchange_all(&exchanges).expect("nobody delivers more than it has");
        for (account, quantity) in moves {
            self.positions.entry((line, account)).or_default().received += quantity;
            said.push(Said::Moved { account, line, quantity });
        }
    }

    fn moves(&self, line: LineId, account: AccountId, quantity: i64) -> Exchange {
        let (deliverer, receiver) = if quantity > 0 { (self.house, account) } else { (account, self.house) };
        Exchange {
            deliverer,
            receiver,
            line,
            quantity: quantity.abs(),
            payer: receiver,
            payee: deliverer,
            amount: 0,
        }
    }

    /// Money of a day, net for each account over all lines: its contracts, less what is open at the price of the day, and what was open
    /// before comes back at the price of then. Who pays goes first. What somebody cannot pay it owes; the clearing house pays
    /// nevertheless, as far as it has.
    pub fn settle_money(&mut self, book: &mut Book, price: &dyn Fn(LineId) -> i64, said: &mut Vec<Said>) {
        for ((line, account), position) in &mut self.positions {
            let value = position.open() * price(*line);
            *self.ledger.entry(*account).or_default() += value - position.carried;
            position.carried = value;
        }
        let house = self.house;
        let (payers, payees): (Vec<_>, Vec<_>) = self.ledger.iter_mut().partition(|(_, due)| **due < 0);
        for (account, due) in payers.into_iter().chain(payees) {
            let (payer, payee) = if *due < 0 { (*account, house) } else { (house, *account) };
            let amount = due.abs().min(book.cash(payer));
            if amount == 0 {
                continue;
            }
            let exchange =
                Exchange { deliverer: payer, receiver: payee, line: 0, quantity: 0, payer, payee, amount };
            book.exchange(&exchange).expect("nobody pays more than it has");
            let signed = if *due < 0 { -amount } else { amount };
            *due -= signed;
            said.push(Said::Paid { account: *account, amount: signed });
        }
        self.ledger.retain(|_, due| *due != 0);
    }

    /// Whether positions and money are those of a house that stands between: what one owes it owes another. Between cycles it has no
    /// securities of its own.
    pub fn is_flat(&self) -> bool {
        let mut lines: BTreeMap<LineId, i64> = BTreeMap::new();
        for ((line, _), position) in &self.positions {
            *lines.entry(*line).or_default() += position.open();
        }
        lines.values().all(|open| *open == 0)
    }

    /// The open position of an account.
    pub fn open(&self, account: AccountId, line: LineId) -> i64 {
        self.positions.get(&(line, account)).map_or(0, Position::open)
    }

    /// What all are to get, less what all are to pay, when money is settled next.
    pub fn money_due(&self) -> i64 {
        self.ledger.values().sum()
    }
}
