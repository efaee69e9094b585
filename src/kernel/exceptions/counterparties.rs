//! How often trades with a counterparty, and in an instrument, failed, counted as they go.

use std::collections::BTreeMap;

use finality_parsers::model::{Bic, Isin};

use crate::book::Book;
use crate::lifecycle::state::State;

/// Of one counterparty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Trades instructed for the first time.
    pub instructed: u64,
    /// Times a trade began to fail.
    pub failed: u64,
}

/// Of all counterparties.
#[derive(Debug, Default)]
pub struct Counterparties {
    by_bic: BTreeMap<Bic, Tally>,
    by_isin: BTreeMap<Isin, Tally>,
}

/// Before there is anything to count, a counterparty fails five times in a hundred; after twenty trades its own record weighs as much.
const PRIOR_FAILED: u64 = 1;
const PRIOR_TRADES: u64 = 20;

impl Counterparties {
    /// A trade was instructed.
    pub(crate) fn instructed(&mut self, bic: Option<Bic>, isin: Option<Isin>) {
        self.count(bic, isin, |tally| tally.instructed += 1);
    }

    /// A trade began to fail.
    pub(crate) fn failed(&mut self, bic: Option<Bic>, isin: Option<Isin>) {
        self.count(bic, isin, |tally| tally.failed += 1);
    }

    fn count(&mut self, bic: Option<Bic>, isin: Option<Isin>, count: impl Fn(&mut Tally)) {
        if let Some(bic) = bic {
            count(self.by_bic.entry(bic).or_default());
        }
        if let Some(isin) = isin {
            count(self.by_isin.entry(isin).or_default());
        }
    }

    /// How often its trades fail, in hundredths of a per cent.
    pub fn rate_bp(&self, bic: Option<Bic>) -> u32 {
        smoothed(bic.and_then(|bic| self.by_bic.get(&bic)))
    }

    /// How often trades in an instrument fail, in the same.
    pub fn instrument_bp(&self, isin: Option<Isin>) -> u32 {
        smoothed(isin.and_then(|isin| self.by_isin.get(&isin)))
    }
}

fn smoothed(tally: Option<&Tally>) -> u32 {
    let tally = tally.copied().unwrap_or_default();
    let rate = (tally.failed + PRIOR_FAILED) * 10_000 / (tally.instructed + PRIOR_TRADES);
    u32::try_from(rate.min(10_000)).unwrap_or(10_000)
}

impl Book {
    /// A trade is instructed; only the first time counts.
    pub(crate) fn count_instructed(&mut self, trade: u64) {
        let Some(known) = self.trades.get(&trade).filter(|t| t.instructions == 0) else { return };
        if let Some(terms) = known.terms() {
            self.counterparties.instructed(terms.broker, terms.instrument.isin);
        }
    }

    /// A trade moves; whether it begins to fail.
    pub(crate) fn count_fail(&mut self, trade: u64, from: State, to: State) {
        if to != State::Failing || from == State::Failing {
            return;
        }
        if let Some(terms) = self.trades.get(&trade).and_then(|t| t.terms()) {
            self.counterparties.failed(terms.broker, terms.instrument.isin);
        }
    }
}
