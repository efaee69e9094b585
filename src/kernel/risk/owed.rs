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
    rows: BTreeMap<(Bic, Isin), Row>,
}

/// A row of claims in the order of their trades. What the first of them claim together is summed in a Fenwick tree: a row
/// can be long, and every score of one of its trades asks.
#[derive(Debug, Default)]
struct Row {
    /// Trades by number, and their slots; slots are in the same order. One that left keeps its slot, empty.
    slots: Vec<(u64, Decimal)>,
    /// Slot n (from 1) holds the sum of the last `n & -n` slots up to it.
    sums: Vec<Decimal>,
    /// How many claim something.
    claims: usize,
}

impl Row {
    fn set(&mut self, trade: u64, quantity: Decimal) {
        match self.slots.binary_search_by_key(&trade, |(trade, _)| *trade) {
            Ok(slot) => self.change(slot, quantity),
            Err(slot) if slot == self.slots.len() => {
                self.slots.push((trade, Decimal::ZERO));
                // The new slot sums what its part of the row holds by now.
                let n = self.slots.len();
                let before = self.until(n - 1) - self.until(n - (n & n.wrapping_neg()));
                self.sums.push(before);
                self.change(slot, quantity);
            }
            // A trade that came to this row late: it is built anew, without those that have left.
            Err(slot) => {
                let mut slots = std::mem::take(&mut self.slots);
                slots.insert(slot, (trade, quantity));
                *self = Self::default();
                for (trade, quantity) in slots.into_iter().filter(|(_, quantity)| !quantity.is_zero()) {
                    self.set(trade, quantity);
                }
            }
        }
    }

    fn change(&mut self, slot: usize, quantity: Decimal) {
        let Some((_, known)) = self.slots.get_mut(slot) else { return };
        let by = quantity - *known;
        self.claims = self.claims + usize::from(!quantity.is_zero()) - usize::from(!known.is_zero());
        *known = quantity;
        let mut n = slot + 1;
        while let Some(sum) = self.sums.get_mut(n - 1) {
            *sum += by;
            n += n & n.wrapping_neg();
        }
    }

    fn remove(&mut self, trade: u64) {
        if let Ok(slot) = self.slots.binary_search_by_key(&trade, |(trade, _)| *trade) {
            self.change(slot, Decimal::ZERO);
        }
    }

    /// What the first so many slots claim.
    fn until(&self, mut count: usize) -> Decimal {
        let mut all = Decimal::ZERO;
        while let Some(sum) = count.checked_sub(1).and_then(|n| self.sums.get(n)) {
            all += sum;
            count &= count - 1;
        }
        all
    }

    /// What the trades up to this one claim, it included.
    fn until_trade(&self, trade: u64) -> Decimal {
        self.until(self.slots.partition_point(|(known, _)| *known <= trade))
    }
}

/// 10^18. No claim counts for more: so many of these as there can be trades are still a number.
const CLAIM_MAX: Decimal = Decimal::from_parts(0xa764_0000, 0x0de0_b6b3, 0, false, 0);

/// Where a trade stands: by whom, in what, how much; `None` for one that has ended or that we deliver.
pub type Claim = Option<(Bic, Isin, Decimal)>;

/// What a trade claims.
pub fn claim(trade: &Trade) -> Claim {
    let terms = trade.terms().filter(|t| !trade.state.is_terminal() && t.side == Side::Buy)?;
    let quantity = terms.quantity.value();
    // Nearly none has so many digits at all.
    let is_small = quantity.mantissa() <= CLAIM_MAX.mantissa();
    Some((terms.broker?, terms.instrument.isin?, if is_small { quantity } else { quantity.min(CLAIM_MAX) }))
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
            row.remove(trade);
            if row.claims == 0 {
                self.rows.remove(&(bic, isin));
            }
        }
        if let Some((bic, isin, quantity)) = after {
            self.rows.entry((bic, isin)).or_default().set(trade, quantity);
        }
    }

    /// How much of the row is needed to serve all up to this trade, it included, in per cent; `None` when it claims nothing.
    pub fn place_percent(&self, trade: &Trade) -> Option<u32> {
        let (bic, isin, _) = claim(trade)?;
        let row = self.rows.get(&(bic, isin))?;
        let all = row.until(row.sums.len());
        if all.is_zero() {
            return None;
        }
        (row.until_trade(trade.id) * Decimal::ONE_HUNDRED / all).to_u32()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_a_plain_row() {
        let mut row = Row::default();
        let mut plain: BTreeMap<u64, Decimal> = BTreeMap::new();
        let mut draw = 12_345u64;
        for _ in 0..2_000 {
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (trade, quantity) = (1 + (draw >> 33) % 300, Decimal::from(1 + (draw >> 50)));
            if draw >> 62 == 0 {
                row.remove(trade);
                plain.remove(&trade);
            } else {
                row.set(trade, quantity);
                plain.insert(trade, quantity);
            }
            assert_eq!(row.claims, plain.len());
            let at = (draw >> 20) % 310;
            assert_eq!(row.until_trade(at), plain.range(..=at).map(|(_, q)| *q).sum::<Decimal>());
            assert_eq!(row.until(row.sums.len()), plain.values().sum::<Decimal>());
        }
    }
}
