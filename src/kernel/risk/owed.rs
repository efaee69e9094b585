//! What each counterparty still has to deliver in each line, in the order in which its trades came to be: who stands at the end
//! of a long row is served last, if at all.

use std::collections::BTreeMap;

use finality_parsers::model::{Bic, Isin, Side};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::lifecycle::trade::Trade;

/// Open purchases by counterparty and line.
#[derive(Debug, Default)]
pub struct Owed {
    rows: BTreeMap<(Bic, Isin), BTreeMap<u64, Decimal>>,
}

/// Where a trade stands: by whom, in what, how much; `None` for one that has ended or that we deliver.
pub type Claim = Option<(Bic, Isin, Decimal)>;

/// What a trade claims.
pub fn claim(trade: &Trade) -> Claim {
    let terms = trade.terms().filter(|t| !trade.state.is_terminal() && t.side == Side::Buy)?;
    Some((terms.broker?, terms.instrument.isin?, terms.quantity.value()))
}

impl Owed {
    /// A trade changed.
    pub(crate) fn moved(&mut self, trade: u64, before: Claim, after: Claim) {
        if before == after {
            return;
        }
        if let Some((bic, isin, _)) = before
            && let Some(row) = self.rows.get_mut(&(bic, isin))
        {
            row.remove(&trade);
            if row.is_empty() {
                self.rows.remove(&(bic, isin));
            }
        }
        if let Some((bic, isin, quantity)) = after {
            self.rows.entry((bic, isin)).or_default().insert(trade, quantity);
        }
    }

    /// How much of the row is needed to serve all up to this trade, it included, in per cent; `None` when it claims nothing.
    pub fn place_percent(&self, trade: &Trade) -> Option<u32> {
        let (bic, isin, _) = claim(trade)?;
        let row = self.rows.get(&(bic, isin))?;
        let all: Decimal = row.values().sum();
        let until: Decimal = row.range(..=trade.id).map(|(_, quantity)| *quantity).sum();
        if all.is_zero() {
            return None;
        }
        (until * Decimal::ONE_HUNDRED / all).to_u32()
    }
}
