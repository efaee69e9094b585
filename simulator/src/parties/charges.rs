//! What the fails charge comes to in a run: at each cut-off, for the calendar days until the next one, who fails to deliver debt of the
//! Treasury against payment owes to whom it fails to deliver. Told to nobody; summed for the report.

use std::collections::BTreeMap;

use finality_parsers::model::{BusinessDate, Calendar};

use crate::market::Market;
use crate::population::class::Class;
use crate::settlement::book::{AccountId, LineId};
use crate::settlement::charge::{Charged, FailsCharge};

/// A delivery that failed at a cut-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed {
    /// Who was to deliver.
    pub deliverer: AccountId,
    /// To whom.
    pub receiver: AccountId,
    /// What.
    pub line: LineId,
    /// For how much cash, of what is left.
    pub cents: i64,
}

/// Charges of a run.
#[derive(Debug)]
pub struct Charges {
    terms: FailsCharge,
    calendar: Calendar,
    classes: Vec<Class>,
    by_day: BTreeMap<BusinessDate, ChargeTally>,
}

/// What they came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChargeTally {
    /// Fails that were charged, each once a day.
    pub count: u64,
    /// Calendar days of all.
    pub calendar_days: u64,
    /// Sum, in hundredths of the currency.
    pub hundredths: i64,
    /// What all get less what all pay: nothing.
    pub net: i64,
}

impl ChargeTally {
    /// Both together.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            calendar_days: self.calendar_days + other.calendar_days,
            hundredths: self.hundredths.saturating_add(other.hundredths),
            net: self.net + other.net,
        }
    }
}

impl Charges {
    /// By the terms of a market's scenario.
    pub fn new(market: &Market) -> Self {
        Self {
            terms: market.scenario.fails_charge.clone(),
            calendar: market.scenario.day.calendar.clone(),
            classes: market.instruments.iter().map(|line| line.class).collect(),
            by_day: BTreeMap::new(),
        }
    }

    /// A cut-off.
    pub fn cut_off(&mut self, day: BusinessDate, failed: impl Iterator<Item = Failed>) {
        if !self.terms.on {
            return;
        }
        let next = self.calendar.add_business_days(day, 1);
        let days = u64::try_from((next.naive() - day.naive()).num_days()).unwrap_or(0);
        let tally = self.by_day.entry(day).or_default();
        let mut nets: BTreeMap<AccountId, i64> = BTreeMap::new();
        for one in failed {
            if self.classes.get(one.line as usize) != Some(&Class::GovernmentBond) || one.cents <= 0 {
                continue;
            }
            let amount = self.terms.hundredths(Charged::Treasury, one.cents, [day, next]);
            tally.count += 1;
            tally.calendar_days += days;
            tally.hundredths = tally.hundredths.saturating_add(amount);
            *nets.entry(one.deliverer).or_default() -= amount;
            *nets.entry(one.receiver).or_default() += amount;
        }
        tally.net += nets.values().sum::<i64>();
    }

    /// So far, by the day of the cut-off; nothing where nothing is charged.
    pub fn by_day(&self) -> Option<&BTreeMap<BusinessDate, ChargeTally>> {
        self.terms.on.then_some(&self.by_day)
    }
}
