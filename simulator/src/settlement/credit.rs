//! Auto-collateralisation: who buys and lacks cash is lent it by the central bank against securities, those that are being bought
//! (on flow) first, then what it has (on stock). Securities count with a haircut, and only of lines that are taken; each account
//! has a limit. What is lent is paid back when the securities are delivered on, else at the cut-off.
//!
//! A loan is an exchange like any other: securities to the central bank, cash from it; and back. It is booked in one step with the
//! delivery that needs it.

use std::collections::BTreeMap;

use super::book::{AccountId, Book, Exchange, LineId};

/// What the central bank lends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreditRules {
    /// The central bank's account; it has the cash that it may lend.
    pub bank: AccountId,
    /// The most that one account may owe.
    pub limit: i64,
    /// What a unit of a line is lent on, in minor units, after its haircut. Other lines are not taken.
    pub lines: BTreeMap<LineId, i64>,
}

/// A loan: securities that lie with the central bank, and the cash for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loan {
    /// Who owes.
    pub account: AccountId,
    /// Of which line.
    pub line: LineId,
    /// Securities.
    pub quantity: i64,
    /// Cash.
    pub amount: i64,
}

impl Loan {
    /// What its making moves.
    pub fn made(&self, bank: AccountId) -> Exchange {
        let (line, quantity, amount) = (self.line, self.quantity, self.amount);
        Exchange {
            deliverer: self.account,
            receiver: bank,
            line,
            quantity,
            payer: bank,
            payee: self.account,
            amount,
        }
    }

    /// What its paying back moves.
    pub fn repaid(&self, bank: AccountId) -> Exchange {
        let (line, quantity, amount) = (self.line, self.quantity, self.amount);
        Exchange {
            deliverer: bank,
            receiver: self.account,
            line,
            quantity,
            payer: self.account,
            payee: bank,
            amount,
        }
    }
}

/// Loans that stand.
#[derive(Debug, Default)]
pub(super) struct Loans {
    rules: CreditRules,
    /// By account and line, each with its number in the order in which all were made.
    all: BTreeMap<(AccountId, LineId), Vec<(u64, Loan)>>,
    next: u64,
    owed: BTreeMap<AccountId, i64>,
}

impl Loans {
    pub(super) fn new(rules: CreditRules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Loans by which the payer of a delivery can pay for it; booked are the delivery and they at once. Nothing when it may not owe
    /// so much or has not enough that is taken.
    pub(super) fn lend(&self, book: &Book, x: &Exchange) -> Option<Vec<Loan>> {
        let account = x.payer;
        let mut lacks = x.amount - book.cash(account);
        let owed = self.owed.get(&account).copied().unwrap_or(0);
        if lacks <= 0 || account == self.rules.bank || owed.saturating_add(lacks) > self.rules.limit {
            return None;
        }
        let flow = (x.receiver == account).then(|| (x.line, book.position(account, x.line) + x.quantity));
        let stock =
            book.positions_of(account).filter(|(line, _)| flow.is_none_or(|(bought, _)| bought != *line));
        let mut loans = Vec::new();
        for (line, has) in flow.into_iter().chain(stock) {
            let Some(unit) = self.rules.lines.get(&line).copied().filter(|unit| *unit > 0) else { continue };
            // As few as cover what lacks.
            let quantity = has.min(lacks / unit + i64::from(lacks % unit != 0));
            if quantity <= 0 {
                continue;
            }
            let amount = lacks.min(quantity.saturating_mul(unit));
            loans.push(Loan { account, line, quantity, amount });
            lacks -= amount;
            if lacks == 0 {
                return Some(loans);
            }
        }
        None
    }

    /// Loans whose paying back gives the deliverer what it lacks of a line, oldest first; nothing when it has not pledged as much.
    pub(super) fn free(&self, book: &Book, x: &Exchange) -> Option<Vec<Loan>> {
        let mut lacks = x.quantity - book.position(x.deliverer, x.line);
        let mut loans = Vec::new();
        for (_, loan) in self.all.get(&(x.deliverer, x.line)).into_iter().flatten() {
            if lacks <= 0 {
                break;
            }
            lacks -= loan.quantity;
            loans.push(*loan);
        }
        (lacks <= 0 && !loans.is_empty()).then_some(loans)
    }

    /// The exchanges of making or paying back.
    pub(super) fn exchanges<'l>(
        &'l self,
        loans: &'l [Loan],
        back: bool,
    ) -> impl Iterator<Item = Exchange> + 'l {
        loans
            .iter()
            .map(move |loan| if back { loan.repaid(self.rules.bank) } else { loan.made(self.rules.bank) })
    }

    /// They are made.
    pub(super) fn made(&mut self, loans: &[Loan]) {
        for loan in loans {
            *self.owed.entry(loan.account).or_default() += loan.amount;
            self.all.entry((loan.account, loan.line)).or_default().push((self.next, *loan));
            self.next += 1;
        }
    }

    /// They are paid back.
    pub(super) fn repaid(&mut self, loans: &[Loan]) {
        for loan in loans {
            *self.owed.entry(loan.account).or_default() -= loan.amount;
            let of = self.all.get_mut(&(loan.account, loan.line)).expect("it stands");
            of.remove(of.iter().position(|(_, other)| other == loan).expect("it stands"));
        }
    }

    /// The central bank's account.
    pub(super) fn bank(&self) -> AccountId {
        self.rules.bank
    }

    /// All that stand, oldest first.
    pub(super) fn standing(&self) -> Vec<Loan> {
        let mut all: Vec<&(u64, Loan)> = self.all.values().flatten().collect();
        all.sort_unstable();
        all.into_iter().map(|(_, loan)| *loan).collect()
    }

    /// Whether a loan stands.
    pub(super) fn stands(&self, loan: &Loan) -> bool {
        let of = self.all.get(&(loan.account, loan.line)).into_iter().flatten();
        of.map(|(_, other)| other).any(|other| other == loan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BANK: AccountId = 9;

    fn credit(limit: i64) -> Loans {
        Loans::new(CreditRules { bank: BANK, limit, lines: BTreeMap::from([(1, 90), (2, 40)]) })
    }

    fn buys(line: LineId, quantity: i64, amount: i64) -> Exchange {
        Exchange { deliverer: 1, receiver: 2, line, quantity, payer: 2, payee: 1, amount }
    }

    #[test]
    fn what_is_bought_is_pledged_first_and_then_what_is_there() {
        let mut book = Book::default();
        book.open_cash(2, 100);
        book.open_position(2, 2, 50);
        let loan = |line, quantity, amount| Loan { account: 2, line, quantity, amount };
        let lent = |x: &Exchange| credit(10_000).lend(&book, x);
        // 10 pieces for 1,000: 900 lack, which 10 of 90 each are lent on.
        assert_eq!(lent(&buys(1, 10, 1_000)), Some(vec![loan(1, 10, 900)]));
        // 1,050 lack then 150 more: four of 40.
        assert_eq!(lent(&buys(1, 10, 1_150)), Some(vec![loan(1, 10, 900), loan(2, 4, 150)]));
        // A line that is not taken: all on stock.
        assert_eq!(lent(&buys(3, 10, 300)), Some(vec![loan(2, 5, 200)]));
        assert_eq!(lent(&buys(3, 10, 5_000)), None, "50 of 40 are not enough");
        assert_eq!(credit(899).lend(&book, &buys(1, 10, 1_000)), None, "above the limit");
        assert_eq!(lent(&buys(1, 10, 100)), None, "nothing lacks");
    }

    #[test]
    fn what_is_owed_counts_until_it_is_paid_back() {
        let (mut credit, book) = (credit(1_000), Book::default());
        let first = credit.lend(&book, &buys(1, 10, 900)).expect("it may");
        credit.made(&first);
        assert_eq!(credit.lend(&book, &buys(1, 10, 900)), None, "it owes 900 already");
        let sells =
            Exchange { deliverer: 2, receiver: 3, line: 1, quantity: 8, payer: 3, payee: 2, amount: 800 };
        assert_eq!(credit.free(&book, &sells), Some(first.clone()));
        assert_eq!(credit.free(&book, &Exchange { quantity: 11, ..sells }), None, "ten are pledged");
        credit.repaid(&first);
        assert_eq!((credit.standing(), credit.free(&book, &sells)), (vec![], None));
        assert!(credit.lend(&book, &buys(1, 10, 900)).is_some());
    }
}
