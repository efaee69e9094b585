//! Netting: between two parties for a day, for a month, and of each party against all others. The depository takes nothing:
//! what one pays another receives, so every sum over all parties is zero.

use std::collections::BTreeMap;

use chrono::Datelike as _;
use finality_parsers::model::{BusinessDate, Currency};

use super::assess::Penalty;
use super::{Hundredths, PartyId};

/// A month: year and number.
pub type Month = (i32, u32);

/// Two parties, the smaller number first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Couple(PartyId, PartyId);

impl Couple {
    /// In either order.
    pub fn of(a: PartyId, b: PartyId) -> Self {
        Self(a.min(b), a.max(b))
    }

    /// The two.
    pub fn parties(self) -> (PartyId, PartyId) {
        (self.0, self.1)
    }
}

/// Nets between two parties; each is what the first of the couple receives from the second.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nets {
    daily: BTreeMap<(BusinessDate, Currency, Couple), i128>,
}

impl Nets {
    /// Adds a penalty, with what it comes to.
    pub fn add(&mut self, penalty: &Penalty, amount: Hundredths) {
        let couple = Couple::of(penalty.payer, penalty.payee);
        let sign = if couple.0 == penalty.payee { 1 } else { -1 };
        // One party on both sides owes itself nothing.
        let sign = if couple.0 == couple.1 { 0 } else { sign };
        let key = (penalty.detected, penalty.currency, couple);
        *self.daily.entry(key).or_default() += sign * i128::from(amount);
    }

    /// By day, currency and couple.
    pub fn daily(&self) -> &BTreeMap<(BusinessDate, Currency, Couple), i128> {
        &self.daily
    }

    /// By month, currency and couple.
    pub fn monthly(&self) -> BTreeMap<(Month, Currency, Couple), i128> {
        let mut months = BTreeMap::new();
        for ((day, currency, couple), net) in &self.daily {
            let month = (day.naive().year(), day.naive().month());
            *months.entry((month, *currency, *couple)).or_default() += net;
        }
        months
    }

    /// What a party receives from a counterparty over a month, or pays it when below zero.
    pub fn between(&self, month: Month, currency: Currency, party: PartyId, counterparty: PartyId) -> i128 {
        let couple = Couple::of(party, counterparty);
        let net = self.monthly().get(&(month, currency, couple)).copied().unwrap_or(0);
        if couple.0 == party { net } else { -net }
    }

    /// What each party receives in all over a month, or pays when below zero: by its depository and the currency.
    pub fn global<D: Ord>(
        &self,
        month: Month,
        depository_of: impl Fn(PartyId) -> D,
    ) -> BTreeMap<(D, Currency, PartyId), i128> {
        let mut all = BTreeMap::new();
        for ((of, currency, couple), net) in self.monthly() {
            if of == month {
                *all.entry((depository_of(couple.0), currency, couple.0)).or_default() += net;
                *all.entry((depository_of(couple.1), currency, couple.1)).or_default() -= net;
            }
        }
        all
    }
}
