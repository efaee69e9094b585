//! The auditor's eye on loans of the central bank: on lines that are taken, for no more than they are worth after the haircut, within
//! the limit of the account, and paid back as they were made.

use std::collections::BTreeMap;

use finality_parsers::machine::Timestamp;
use rust_decimal::Decimal;

use super::Auditor;
use super::balances::{Balances, Moves, Name};
use crate::depository::CENTRAL_BANK;
use crate::market::Market;
use crate::parties::CreditBooking;

/// A loan: account, ISIN, securities, cash.
type Loan = (Name, Name, Decimal, Decimal);

/// What may be lent, and what is.
#[derive(Debug, Default)]
pub(super) struct Lending {
    bank: Name,
    limit: Decimal,
    /// By line: its ISIN, and what a unit of it is worth after the haircut, where it is taken.
    lines: Vec<(Name, Option<Decimal>)>,
    owed: BTreeMap<Name, Decimal>,
    stand: Vec<Loan>,
}

impl Lending {
    pub(super) fn of(market: &Market, balances: &mut Balances) -> Self {
        let settings = &market.scenario.depository;
        let limit = if settings.lends() { settings.credit_limit_cents } else { 0 };
        let line = |line: &crate::market::InstrumentInfo| {
            let haircut = settings.credit_haircuts.iter().find(|haircut| haircut.class == line.class);
            let worth = haircut.map(|h| Decimal::new(line.price_cents, 4) * Decimal::from(100 - h.percent));
            (line.isin, worth)
        };
        let lines: Vec<_> = market.instruments.iter().map(line).collect();
        Self {
            bank: balances.number(CENTRAL_BANK),
            limit: Decimal::new(limit, 2),
            lines: lines.into_iter().map(|(isin, worth)| (balances.number(isin.as_str()), worth)).collect(),
            ..Self::default()
        }
    }
}

impl Auditor {
    /// The depository says that the central bank lends, or is paid back.
    pub fn credited(&mut self, now: Timestamp, booking: &CreditBooking) {
        self.turn(now);
        if self.debits.is_some() {
            return self.debited(now, booking);
        }
        let account = self.balances.number(&booking.account);
        let (quantity, cash) = (Decimal::from(booking.quantity), Decimal::new(booking.cents, 2));
        let lending = &mut self.lending;
        let Some((isin, worth)) = lending.lines.get(booking.line as usize).copied() else {
            return self.find(format!("{now}: {} was lent on a line that there is not", booking.account));
        };
        let loan = (account, isin, quantity, cash);
        let owed = lending.owed.entry(account).or_default();
        let wrong = if booking.back {
            *owed -= cash;
            match lending.stand.iter().position(|other| *other == loan) {
                Some(at) => {
                    lending.stand.remove(at);
                    None
                }
                None => Some("paid back what it was not lent"),
            }
        } else {
            *owed += cash;
            let above = *owed > lending.limit;
            lending.stand.push(loan);
            match worth {
                None => Some("was lent on what is not taken"),
                Some(worth) if cash > worth * quantity => Some("was lent more than its securities are worth"),
                Some(_) if above => Some("was lent more than its limit"),
                Some(_) => None,
            }
        };
        let bank = lending.bank;
        let (from, to) = if booking.back { (bank, account) } else { (account, bank) };
        if let Some(wrong) = wrong {
            self.find(format!("{now}: {} {wrong}", booking.account));
        }
        // Loans are paid back at the cut-off too, also where nothing settles then.
        let may = self.hours.open(now, true) || booking.back && self.hours.is_cut_off(now);
        if !may {
            self.find(format!("{now}: {} was lent or paid back outside the hours", booking.account));
        }
        // It is booked at once with a delivery, which looks at the balances.
        let moves = Moves { from, to, isin, quantity, cash };
        self.move_and_look(now, &moves, || booking.account.clone(), true);
    }

    /// How many loans the central bank has made that stand.
    pub fn loans_standing(&self) -> usize {
        self.lending.stand.len()
    }
}
