//! Accounts, positions and cash. Every booking moves, none makes or destroys: the sums of the opening are kept to check that.

use crate::table::Table;

/// A securities account at the depository, with the cash account behind it. They are numbered from 0: balances lie by number.
pub type AccountId = u32;
/// A line of securities, numbered in the same way.
pub type LineId = u32;

/// Who has what. Quantities are in the smallest unit of the line, cash in the smallest unit of the currency.
#[derive(Debug, Default, Clone)]
pub struct Book {
    positions: Table<i64>,
    /// By account.
    cash: Vec<i64>,
    /// By line.
    line_totals: Vec<i128>,
    cash_total: i128,
}

/// Why nothing was booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortage {
    /// The deliverer lacks securities.
    Securities,
    /// The receiver lacks cash.
    Cash,
}

/// What a booking moves: securities one way, cash between whom the kind says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// Delivers.
    pub deliverer: AccountId,
    /// Receives.
    pub receiver: AccountId,
    /// The line.
    pub line: LineId,
    /// How much of it.
    pub quantity: i64,
    /// Pays.
    pub payer: AccountId,
    /// Is paid.
    pub payee: AccountId,
    /// How much.
    pub amount: i64,
}

/// A balance that is too small, and how large it would have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Of a line.
    Securities(AccountId, LineId, i64),
    /// Of cash.
    Cash(AccountId, i64),
}

impl Book {
    /// Opens a position; before the market opens only.
    pub fn open_position(&mut self, account: AccountId, line: LineId, quantity: i64) {
        *self.positions.at(account, line) += quantity;
        *grown(&mut self.line_totals, line) += i128::from(quantity);
    }

    /// Opens a cash balance; before the market opens only.
    pub fn open_cash(&mut self, account: AccountId, amount: i64) {
        *grown(&mut self.cash, account) += amount;
        self.cash_total += i128::from(amount);
    }

    /// What an account has of a line.
    pub fn position(&self, account: AccountId, line: LineId) -> i64 {
        self.positions.get(account, line)
    }

    /// What an account has of each line of which it has something.
    pub fn positions_of(&self, account: AccountId) -> impl Iterator<Item = (LineId, i64)> + '_ {
        self.positions.row(account).filter(|(_, quantity)| *quantity != 0)
    }

    /// What an account has in cash.
    pub fn cash(&self, account: AccountId) -> i64 {
        self.cash.get(account as usize).copied().unwrap_or(0)
    }

    /// Delivery versus payment: both legs or none.
    pub fn settle(
        &mut self,
        deliverer: AccountId,
        receiver: AccountId,
        line: LineId,
        quantity: i64,
        amount: i64,
    ) -> Result<(), Shortage> {
        debug_assert!(quantity > 0 && amount >= 0, "the engine only books what was admitted");
        self.exchange(&Exchange {
            deliverer,
            receiver,
            line,
            quantity,
            payer: receiver,
            payee: deliverer,
            amount,
        })
    }

    /// Both legs or none; either may be nothing.
    pub fn exchange(&mut self, x: &Exchange) -> Result<(), Shortage> {
        if x.quantity > 0 && self.position(x.deliverer, x.line) < x.quantity {
            return Err(Shortage::Securities);
        }
        if x.amount > 0 && self.cash(x.payer) < x.amount {
            return Err(Shortage::Cash);
        }
        self.move_both(x);
        Ok(())
    }

    /// All of them or none, booked at once: only what is left of each balance when all are netted must not be below zero.
    /// Securities are looked at first. Says the balance that is too small, and how large it would have to be.
    pub fn exchange_all(&mut self, all: &[Exchange]) -> Result<(), Need> {
        let securities = all
            .iter()
            .flat_map(|x| [((x.deliverer, x.line), -x.quantity), ((x.receiver, x.line), x.quantity)]);
        let cash = all.iter().flat_map(|x| [(x.payer, -x.amount), (x.payee, x.amount)]);
        let (securities, cash) = (netted(securities.collect()), netted(cash.collect()));
        let short = |((account, line), net): &((AccountId, LineId), i64)| {
            (self.position(*account, *line) + net < 0).then_some(Need::Securities(*account, *line, -net))
        };
        if let Some(need) = securities.iter().find_map(short) {
            return Err(need);
        }
        let short =
            |(account, net): &(AccountId, i64)| (self.cash(*account) + net < 0).then_some((*account, -net));
        if let Some((account, need)) = cash.iter().find_map(short) {
            return Err(Need::Cash(account, need));
        }
        for ((account, line), net) in securities {
            *self.positions.at(account, line) += net;
        }
        for (account, net) in cash {
            *grown(&mut self.cash, account) += net;
        }
        Ok(())
    }

    /// What leaves one balance enters another: the sums stay what they are.
    fn move_both(&mut self, x: &Exchange) {
        if x.quantity > 0 {
            let from = self.positions.at(x.deliverer, x.line);
            *from -= x.quantity;
            assert!(*from >= 0, "no position goes below zero");
            *self.positions.at(x.receiver, x.line) += x.quantity;
        }
        if x.amount > 0 {
            let from = grown(&mut self.cash, x.payer);
            *from -= x.amount;
            assert!(*from >= 0, "no cash balance goes below zero");
            *grown(&mut self.cash, x.payee) += x.amount;
        }
    }

    /// Whether all sums are what they were at the opening.
    pub fn is_conserved(&self) -> bool {
        let mut lines = vec![0; self.line_totals.len()];
        for ((_, line), quantity) in self.positions() {
            *grown(&mut lines, line) += i128::from(quantity);
        }
        let cash: i128 = self.cash.iter().map(|c| i128::from(*c)).sum();
        lines == self.line_totals && cash == self.cash_total
    }

    /// All positions that are not zero.
    pub fn positions(&self) -> impl Iterator<Item = ((AccountId, LineId), i64)> + '_ {
        self.positions.iter().filter(|(_, quantity)| *quantity != 0)
    }

    /// All cash balances: some are nothing.
    pub fn cash_balances(&self) -> impl Iterator<Item = (AccountId, i64)> + '_ {
        (0..).zip(self.cash.iter().copied())
    }
}

/// A place in a list that is as long as need be.
fn grown<T: Clone + Default>(list: &mut Vec<T>, place: u32) -> &mut T {
    if list.len() <= place as usize {
        list.resize(place as usize + 1, T::default());
    }
    &mut list[place as usize]
}

/// What all changes of a balance come to, in the order of balances.
fn netted<K: Ord + Copy>(mut changes: Vec<(K, i64)>) -> Vec<(K, i64)> {
    changes.sort_unstable_by_key(|(balance, _)| *balance);
    changes.dedup_by(|later, first| {
        let same = later.0 == first.0;
        first.1 += if same { later.1 } else { 0 };
        same
    });
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_legs_or_none() {
        let mut book = Book::default();
        book.open_position(1, 7, 100);
        book.open_cash(2, 5_000);
        assert_eq!(book.settle(1, 2, 7, 101, 10), Err(Shortage::Securities));
        assert_eq!(book.settle(1, 2, 7, 100, 5_001), Err(Shortage::Cash));
        assert_eq!(book.settle(1, 2, 7, 60, 3_000), Ok(()));
        assert_eq!(
            (book.position(1, 7), book.position(2, 7), book.cash(1), book.cash(2)),
            (40, 60, 3_000, 2_000)
        );
        assert!(book.is_conserved());
    }

    #[test]
    fn a_circle_settles_at_once_though_nobody_could_begin() {
        let mut book = Book::default();
        let x = |deliverer, receiver, quantity| Exchange {
            deliverer,
            receiver,
            line: 7,
            quantity,
            payer: receiver,
            payee: deliverer,
            amount: 50,
        };
        let circle = [x(1, 2, 10), x(2, 3, 10), x(3, 1, 10)];
        assert_eq!(book.exchange(&circle[0]), Err(Shortage::Securities));
        assert_eq!(book.exchange_all(&circle), Ok(()));
        assert_eq!(book.exchange_all(&[x(1, 2, 10), x(2, 1, 4)]), Err(Need::Securities(1, 7, 6)));
        assert!(book.is_conserved());
    }
}
