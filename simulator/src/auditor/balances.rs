//! The auditor's own books, in decimals: securities by account and ISIN, cash by account. Names are numbered, as many bookings
//! touch few of them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

/// A name's number: of an account, or of an ISIN.
pub(super) type Name = u32;

/// Who has what.
#[derive(Debug, Default)]
pub(super) struct Balances {
    numbers: BTreeMap<String, Name>,
    names: Vec<String>,
    securities: BTreeMap<(Name, Name), Decimal>,
    cash: BTreeMap<Name, Decimal>,
}

/// What a booking moves: securities one way, cash the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moves {
    pub(super) from: Name,
    pub(super) to: Name,
    pub(super) isin: Name,
    pub(super) quantity: Decimal,
    pub(super) cash: Decimal,
}

impl Balances {
    /// The number of a name; a new name gets the next.
    pub(super) fn number(&mut self, name: &str) -> Name {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = Name::try_from(self.names.len()).expect("fewer than four billion names");
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        number
    }

    /// The number of a name that is known; else one that nobody has.
    pub(super) fn number_of(&self, name: &str) -> Name {
        self.numbers.get(name).copied().unwrap_or(Name::MAX)
    }

    /// The name of a number.
    pub(super) fn name(&self, number: Name) -> &str {
        self.names.get(number as usize).map_or("?", String::as_str)
    }

    pub(super) fn position(&self, account: Name, isin: Name) -> Decimal {
        self.securities.get(&(account, isin)).copied().unwrap_or_default()
    }

    pub(super) fn cash(&self, account: Name) -> Decimal {
        self.cash.get(&account).copied().unwrap_or_default()
    }

    /// The same by names, of which one may be unknown.
    pub(super) fn position_named(&self, account: &str, isin: &str) -> Decimal {
        let both = self.numbers.get(account).zip(self.numbers.get(isin));
        both.map_or(Decimal::ZERO, |(account, isin)| self.position(*account, *isin))
    }

    pub(super) fn cash_named(&self, account: &str) -> Decimal {
        self.numbers.get(account).map_or(Decimal::ZERO, |account| self.cash(*account))
    }

    pub(super) fn open_position(&mut self, account: Name, isin: Name, quantity: Decimal) {
        self.securities.insert((account, isin), quantity);
    }

    pub(super) fn open_cash(&mut self, account: Name, cash: Decimal) {
        self.cash.insert(account, cash);
    }

    /// Books; says whether securities of the deliverer and cash of the receiver are below zero then.
    pub(super) fn book(&mut self, m: &Moves) -> (bool, bool) {
        let position = self.securities.entry((m.from, m.isin)).or_default();
        *position -= m.quantity;
        let below = *position < Decimal::ZERO;
        *self.securities.entry((m.to, m.isin)).or_default() += m.quantity;
        let balance = self.cash.entry(m.to).or_default();
        *balance -= m.cash;
        let overdrawn = *balance < Decimal::ZERO;
        *self.cash.entry(m.from).or_default() += m.cash;
        (below, overdrawn)
    }

    /// All positions that are not zero, by names.
    pub(super) fn positions(&self) -> BTreeMap<(&str, &str), Decimal> {
        let named = |((account, isin), quantity): (&(Name, Name), &Decimal)| {
            ((self.names[*account as usize].as_str(), self.names[*isin as usize].as_str()), *quantity)
        };
        self.securities.iter().filter(|(_, quantity)| !quantity.is_zero()).map(named).collect()
    }

    /// All cash together.
    pub(super) fn all_cash(&self) -> Decimal {
        self.cash.values().sum()
    }
}
