//! The auditor's eye on what accounts owe the depository during the day: no more than the cap, no more than the securities in the account
//! are worth after their haircuts when the booking that needed it is done.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::machine::Timestamp;
use rust_decimal::Decimal;

use super::Auditor;
use super::balances::{Balances, Moves, Name};
use crate::depository::DEPOSITORY;
use crate::market::Market;
use crate::parties::CreditBooking;

/// What may be owed, and what is.
#[derive(Debug)]
pub(super) struct Debits {
    bank: Name,
    cap: Decimal,
    /// By line: its ISIN, and what a unit of it covers.
    lines: Vec<(Name, Decimal)>,
    owed: BTreeMap<Name, Decimal>,
    /// Who was lent something at this time.
    lent: BTreeSet<Name>,
    /// What the clearing house took of accounts at this time, which nothing holds up, by what it was worth as cover.
    taken: BTreeMap<Name, Decimal>,
}

impl Debits {
    pub(super) fn of(market: &Market, balances: &mut Balances) -> Option<Self> {
        let settings = &market.scenario.depository;
        let line = |line: &crate::market::InstrumentInfo| {
            let haircut = settings.collateral_haircuts.iter().find(|haircut| haircut.class == line.class);
            let worth = haircut.map(|h| Decimal::new(line.price_cents, 4) * Decimal::from(100 - h.percent));
            (balances.number(line.isin.as_str()), worth.unwrap_or_default())
        };
        let lines = market.instruments.iter().map(line).collect();
        settings.is_dtc().then(|| Self {
            bank: balances.number(DEPOSITORY),
            cap: Decimal::new(settings.net_debit_cap_cents, 2),
            lines,
            owed: BTreeMap::new(),
            lent: BTreeSet::new(),
            taken: BTreeMap::new(),
        })
    }

    /// What an account owes.
    pub(super) fn owed(&self, account: Name) -> Decimal {
        self.owed.get(&account).copied().unwrap_or_default()
    }

    /// The clearing house takes something of an account.
    pub(super) fn take(&mut self, account: Name, isin: Name, quantity: Decimal) {
        let line = self.lines.iter().find(|(of, _)| *of == isin);
        let worth = line.map_or(Decimal::ZERO, |(_, worth)| *worth);
        *self.taken.entry(account).or_default() += quantity * worth;
    }

    /// Whether an account owes something.
    pub(super) fn owes(&self, account: Name) -> bool {
        !self.owed(account).is_zero()
    }
}

impl Auditor {
    /// An account comes to owe, or pays.
    pub(super) fn debited(&mut self, now: Timestamp, booking: &CreditBooking) {
        let account = self.balances.number(&booking.account);
        let cash = Decimal::new(booking.cents, 2);
        let Some(debits) = &mut self.debits else { return };
        let owed = debits.owed.entry(account).or_default();
        let wrong = if booking.back {
            *owed -= cash;
            owed.is_sign_negative().then_some("paid back what it did not owe")
        } else {
            *owed += cash;
            debits.lent.insert(account);
            (*owed > debits.cap).then_some("owes more than its cap")
        };
        let isin = debits.lines.first().map_or(0, |(isin, _)| *isin);
        let (from, to) = if booking.back { (debits.bank, account) } else { (account, debits.bank) };
        self.balances.book(&Moves { from, to, isin, quantity: Decimal::ZERO, cash });
        if let Some(wrong) = wrong {
            self.find(format!("{now}: {} {wrong}", booking.account));
        }
        if !booking.back && !self.hours.open(now, true) {
            self.find(format!("{now}: {} was lent outside the hours", booking.account));
        }
    }

    /// All of a time is booked: what was lent then is covered, or was until the clearing house took of it.
    pub(super) fn look_at_collateral(&mut self, now: Timestamp) {
        let Some(debits) = &mut self.debits else { return };
        let mut wrong = Vec::new();
        let taken = std::mem::take(&mut debits.taken);
        for account in std::mem::take(&mut debits.lent) {
            let has = |(isin, worth): &(Name, Decimal)| self.balances.position(account, *isin) * worth;
            let covered: Decimal = debits.lines.iter().map(has).sum();
            let covered = covered + taken.get(&account).copied().unwrap_or_default();
            if debits.owed.get(&account).is_some_and(|owed| *owed > covered) {
                wrong.push(self.balances.name(account).to_owned());
            }
        }
        for name in wrong {
            self.find(format!("{now}: {name} owes more than its securities are worth"));
        }
    }
}
