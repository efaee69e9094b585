//! Accounts, positions and cash. Every booking moves, none makes or destroys: the sums are kept and checked each time.

use std::collections::BTreeMap;

/// A securities account at the depository, with the cash account behind it.
pub type AccountId = u32;
/// A line of securities.
pub type LineId = u32;

/// Who has what. Quantities are in the smallest unit of the line, cash in the smallest unit of the currency.
#[derive(Debug, Default, Clone)]
pub struct Book {
    positions: BTreeMap<(AccountId, LineId), i64>,
    cash: BTreeMap<AccountId, i64>,
    line_totals: BTreeMap<LineId, i128>,
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

impl Book {
    /// Opens a position; before the market opens only.
    pub fn open_position(&mut self, account: AccountId, line: LineId, quantity: i64) {
        *self.positions.entry((account, line)).or_default() += quantity;
        *self.line_totals.entry(line).or_default() += i128::from(quantity);
    }

    /// Opens a cash balance; before the market opens only.
    pub fn open_cash(&mut self, account: AccountId, amount: i64) {
        *self.cash.entry(account).or_default() += amount;
        self.cash_total += i128::from(amount);
    }

    /// What an account has of a line.
    pub fn position(&self, account: AccountId, line: LineId) -> i64 {
        self.positions.get(&(account, line)).copied().unwrap_or(0)
    }

    /// What an account has in cash.
    pub fn cash(&self, account: AccountId) -> i64 {
        self.cash.get(&account).copied().unwrap_or(0)
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
        if self.position(deliverer, line) < quantity {
            return Err(Shortage::Securities);
        }
        if self.cash(receiver) < amount {
            return Err(Shortage::Cash);
        }
        let before = (
            self.position(deliverer, line) + self.position(receiver, line),
            self.cash(deliverer) + self.cash(receiver),
        );
        *self.positions.entry((deliverer, line)).or_default() -= quantity;
        *self.positions.entry((receiver, line)).or_default() += quantity;
        *self.cash.entry(receiver).or_default() -= amount;
        *self.cash.entry(deliverer).or_default() += amount;
        let after = (
            self.position(deliverer, line) + self.position(receiver, line),
            self.cash(deliverer) + self.cash(receiver),
        );
        assert_eq!(before, after, "a booking conserves securities and cash");
        assert!(
            self.position(deliverer, line) >= 0 && self.cash(receiver) >= 0,
            "no balance goes below zero"
        );
        Ok(())
    }

    /// Whether all sums are what they were at the opening.
    pub fn is_conserved(&self) -> bool {
        let mut lines: BTreeMap<LineId, i128> = BTreeMap::new();
        for ((_, line), quantity) in &self.positions {
            *lines.entry(*line).or_default() += i128::from(*quantity);
        }
        let cash: i128 = self.cash.values().map(|c| i128::from(*c)).sum();
        lines == self.line_totals && cash == self.cash_total
    }

    /// All positions that are not zero.
    pub fn positions(&self) -> impl Iterator<Item = ((AccountId, LineId), i64)> + '_ {
        self.positions.iter().filter(|(_, q)| **q != 0).map(|(k, q)| (*k, *q))
    }

    /// All cash balances.
    pub fn cash_balances(&self) -> impl Iterator<Item = (AccountId, i64)> + '_ {
        self.cash.iter().map(|(a, c)| (*a, *c))
    }
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
}
