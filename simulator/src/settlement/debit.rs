//! Risk controls of a depository that settles money at the end of the day: until then an account may owe (its net debit), no more than
//! its cap, and no more than the securities in it are worth after their haircuts (its collateral monitor). What would break either
//! does not settle.
//!
//! A debit is cash that the depository lends, booked in one step with the delivery that needs it; what comes in pays it back at once.

use std::collections::BTreeMap;

use super::book::{AccountId, Book, Exchange, LineId, Need, Shortage};
use super::credit::Loan;

/// What is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DebitRules {
    /// The depository's own account; it has the cash that it may lend.
    pub bank: AccountId,
    /// The most that one account may owe.
    pub cap: i64,
    /// What a unit of a line counts as collateral, in minor units, after its haircut; others count for nothing.
    pub lines: BTreeMap<LineId, i64>,
}

/// Why a set of deliveries is not booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A balance is too small: securities, or cash beyond what may be owed.
    Short(Shortage),
    /// An account may not give its securities away: they are collateral for what it owes.
    Tied,
}

impl Refusal {
    pub(super) fn of(need: Need) -> Self {
        Self::Short(match need {
            Need::Securities(..) => Shortage::Securities,
            Need::Cash(..) => Shortage::Cash,
        })
    }
}

/// What is owed.
#[derive(Debug, Default)]
pub(super) struct Debits {
    rules: DebitRules,
    owed: BTreeMap<AccountId, i64>,
}

/// What a booking would leave of an account.
#[derive(Debug, Clone, Copy, Default)]
struct Change {
    cash: i64,
    collateral: i64,
}

impl Debits {
    pub(super) fn new(rules: DebitRules) -> Self {
        Self { rules, owed: BTreeMap::new() }
    }

    pub(super) fn owed(&self, account: AccountId) -> i64 {
        self.owed.get(&account).copied().unwrap_or(0)
    }

    fn unit(&self, line: LineId) -> i64 {
        self.rules.lines.get(&line).copied().unwrap_or(0)
    }

    fn collateral(&self, book: &Book, account: AccountId) -> i64 {
        let of = book.positions_of(account).map(|(line, quantity)| quantity.saturating_mul(self.unit(line)));
        of.fold(0, i64::saturating_add)
    }

    /// Books all of them at once, with what must be lent for it and what comes back by it; or nothing. Says what was lent and paid back.
    pub(super) fn book(&mut self, book: &mut Book, all: &[Exchange]) -> Result<[Vec<Loan>; 2], Refusal> {
        let mut changes: BTreeMap<AccountId, Change> = BTreeMap::new();
        for x in all {
            let value = x.quantity.saturating_mul(self.unit(x.line));
            changes.entry(x.deliverer).or_default().collateral -= value;
            changes.entry(x.receiver).or_default().collateral += value;
            changes.entry(x.payer).or_default().cash -= x.amount;
            changes.entry(x.payee).or_default().cash += x.amount;
        }
        let loan = |account, amount| Loan { account, line: 0, quantity: 0, amount };
        let (mut lent, mut repaid) = (Vec::new(), Vec::new());
        let mut refused = None;
        for (account, change) in &changes {
            let (cash, owes) = (book.cash(*account) + change.cash, self.owed(*account));
            let lends = (-cash).max(0);
            let returns = cash.max(0).min(owes);
            let after = owes + lends - returns;
            let worse = change.collateral - (after - owes) < 0;
            if lends > 0 && after > self.rules.cap {
                refused = refused.or(Some(Refusal::Short(Shortage::Cash)));
            } else if after > 0
                && (worse || lends > 0)
                && self.collateral(book, *account) + change.collateral < after
            {
                let why = if lends > 0 { Refusal::Short(Shortage::Cash) } else { Refusal::Tied };
                refused = refused.or(Some(why));
            }
            lent.extend((lends > 0).then(|| loan(*account, lends)));
            repaid.extend((returns > 0).then(|| loan(*account, returns)));
        }
        let loans = lent.iter().map(|l| l.made(self.rules.bank));
        let booked: Vec<Exchange> = loans
            .chain(all.iter().copied())
            .chain(repaid.iter().map(|l| l.repaid(self.rules.bank)))
            .collect();
        // Securities that are not there are said first, as everywhere.
        if let Some(refusal) = refused {
            let without = all.iter().any(|x| x.quantity > 0 && lacks(book, all, x.deliverer, x.line));
            return Err(if without { Refusal::Short(Shortage::Securities) } else { refusal });
        }
        book.exchange_all(&booked).map_err(Refusal::of)?;
        for loan in &lent {
            *self.owed.entry(loan.account).or_default() += loan.amount;
        }
        for loan in &repaid {
            *self.owed.entry(loan.account).or_default() -= loan.amount;
        }
        self.owed.retain(|_, owed| *owed > 0);
        Ok([lent, repaid])
    }

    /// Final figures: everybody pays what it owes, as far as it has cash.
    pub(super) fn pay_back(&mut self, book: &mut Book) -> Vec<Loan> {
        let mut paid = Vec::new();
        for (account, owed) in &mut self.owed {
            let amount = (*owed).min(book.cash(*account));
            let loan = Loan { account: *account, line: 0, quantity: 0, amount };
            if amount > 0 && book.exchange(&loan.repaid(self.rules.bank)).is_ok() {
                *owed -= amount;
                paid.push(loan);
            }
        }
        self.owed.retain(|_, owed| *owed > 0);
        paid
    }
}

/// Whether an account would have less than nothing of a line.
fn lacks(book: &Book, all: &[Exchange], account: AccountId, line: LineId) -> bool {
    let of_line = || all.iter().filter(|x| x.line == line);
    let out: i64 = of_line().filter(|x| x.deliverer == account).map(|x| x.quantity).sum();
    let back: i64 = of_line().filter(|x| x.receiver == account).map(|x| x.quantity).sum();
    book.position(account, line) + back < out
}
