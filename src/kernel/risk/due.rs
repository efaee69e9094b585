//! Open trades by the day on which they are to settle.

use std::collections::BTreeSet;

use finality_parsers::model::BusinessDate;

use crate::lifecycle::trade::Trade;
use crate::profile::Profile;

/// The open trades in the order in which they are due.
#[derive(Debug, Default)]
pub struct Due {
    by_day: BTreeSet<(BusinessDate, u64)>,
}

/// When it is to settle: as is said, else by the market's cycle. `None` for one that has ended, or of which nothing is known.
pub fn day(trade: &Trade, profile: &Profile) -> Option<BusinessDate> {
    if trade.state.is_terminal() {
        return None;
    }
    let by_cycle = || trade.terms().map(|terms| crate::lifecycle::market::settlement_date(profile, terms));
    trade.settlement_date().or_else(by_cycle)
}

impl Due {
    /// A trade changed.
    pub(crate) fn moved(&mut self, trade: u64, before: Option<BusinessDate>, after: Option<BusinessDate>) {
        if before == after {
            return;
        }
        if let Some(day) = before {
            self.by_day.remove(&(day, trade));
        }
        if let Some(day) = after {
            self.by_day.insert((day, trade));
        }
    }

    /// Those due on that day or before, the longest due first.
    pub fn until(&self, day: BusinessDate) -> impl Iterator<Item = u64> + '_ {
        self.by_day.range(..=(day, u64::MAX)).map(|(_, trade)| *trade)
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.by_day.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.by_day.is_empty()
    }
}
