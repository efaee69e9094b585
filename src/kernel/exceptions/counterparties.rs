//! How often trades with a counterparty failed, counted as they go.

use std::collections::BTreeMap;

use finality_parsers::model::Bic;

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
}

/// Before there is anything to count, a counterparty fails five times in a hundred; after twenty trades its own record weighs as much.
const PRIOR_FAILED: u64 = 1;
const PRIOR_TRADES: u64 = 20;

impl Counterparties {
    /// A trade with it was instructed.
    pub(crate) fn instructed(&mut self, bic: Bic) {
        self.by_bic.entry(bic).or_default().instructed += 1;
    }

    /// A trade with it began to fail.
    pub(crate) fn failed(&mut self, bic: Bic) {
        self.by_bic.entry(bic).or_default().failed += 1;
    }

    /// How often its trades fail, in hundredths of a per cent.
    pub fn rate_bp(&self, bic: Option<Bic>) -> u32 {
        let tally = bic.and_then(|bic| self.by_bic.get(&bic)).copied().unwrap_or_default();
        let rate = (tally.failed + PRIOR_FAILED) * 10_000 / (tally.instructed + PRIOR_TRADES);
        u32::try_from(rate.min(10_000)).unwrap_or(10_000)
    }
}

impl Book {
    /// A trade is instructed; only the first time counts.
    pub(crate) fn count_instructed(&mut self, trade: u64) {
        let Some(known) = self.trades.get(&trade).filter(|t| t.instructions == 0) else { return };
        if let Some(bic) = known.terms().and_then(|terms| terms.broker) {
            self.counterparties.instructed(bic);
        }
    }

    /// A trade moves; whether it begins to fail.
    pub(crate) fn count_fail(&mut self, trade: u64, from: State, to: State) {
        if to != State::Failing || from == State::Failing {
            return;
        }
        let known = self.trades.get(&trade).and_then(|t| t.terms());
        if let Some(bic) = known.and_then(|terms| terms.broker) {
            self.counterparties.failed(bic);
        }
    }
}
