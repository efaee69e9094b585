//! The auditor's own books, in decimals: securities by account and ISIN, cash by account. Names are numbered, as many bookings
//! touch few of them. They are looked up by hash, and nobody walks through them.

#![allow(clippy::disallowed_types, reason = "they are looked up and counted; their order is not seen")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::FixedState;
use rust_decimal::Decimal;

/// A name's number: of an account, or of an ISIN.
pub(super) type Name = u32;

/// Who has what.
#[derive(Debug, Default)]
pub(super) struct Balances {
    numbers: HashMap<String, Name, FixedState>,
    names: Vec<String>,
    securities: HashMap<(Name, Name), Decimal, FixedState>,
    /// By number; nothing for an ISIN.
    cash: Vec<Decimal>,
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

/// Without bringing both sides of a comparison to the same decimals.
pub(super) fn is_below_zero(value: Decimal) -> bool {
    value.is_sign_negative() && !value.is_zero()
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
        self.cash.push(Decimal::ZERO);
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
        self.cash.get(account as usize).copied().unwrap_or_default()
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
        self.cash[account as usize] = cash;
    }

    /// Books; says whether securities of the deliverer and cash of the receiver are below zero then.
    pub(super) fn book(&mut self, m: &Moves) -> (bool, bool) {
        let position = self.securities.entry((m.from, m.isin)).or_default();
        *position -= m.quantity;
        let below = is_below_zero(*position);
        *self.securities.entry((m.to, m.isin)).or_default() += m.quantity;
        let balance = &mut self.cash[m.to as usize];
        *balance -= m.cash;
        let overdrawn = is_below_zero(*balance);
        self.cash[m.from as usize] += m.cash;
        (below, overdrawn)
    }

    /// Which of these accounts have other positions than they are to have.
    pub(super) fn differing(&self, of: &BTreeMap<Name, BTreeMap<Name, i64>>) -> BTreeSet<Name> {
        let mut differing: BTreeSet<Name> = BTreeSet::new();
        let mut found: HashMap<Name, usize, FixedState> = HashMap::default();
        for ((account, isin), quantity) in self.securities.iter().filter(|(_, q)| !q.is_zero()) {
            let Some(wanted) = of.get(account) else { continue };
            *found.entry(*account).or_default() += 1;
            if wanted.get(isin).is_none_or(|level| *quantity != Decimal::from(*level)) {
                differing.insert(*account);
            }
        }
        let lacks = |(account, wanted): &(&Name, &BTreeMap<Name, i64>)| {
            found.get(account).copied().unwrap_or(0) != wanted.len()
        };
        differing.extend(of.iter().filter(lacks).map(|(account, _)| *account));
        differing
    }

    /// How many positions are not zero.
    pub(super) fn count(&self) -> usize {
        self.securities.values().filter(|quantity| !quantity.is_zero()).count()
    }

    /// All cash together.
    pub(super) fn all_cash(&self) -> Decimal {
        self.cash.iter().sum()
    }
}
