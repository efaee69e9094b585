//! How much of an instruction settles when there is not enough for all of it.

use super::deal::Deal;
use super::kind::Kind;
use super::rules::Thresholds;

/// Whether a side lets its instruction settle in parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Partial {
    /// No (NPAR).
    #[default]
    No,
    /// If the part comes to enough cash (PART).
    Value,
    /// If the part is large enough (PARQ).
    Quantity,
}

/// Both sides together: neither may say no; the quantity decides where no cash is paid or both say so.
pub fn agreed(kind: Kind, deliverer: Partial, receiver: Partial) -> Partial {
    match (kind, deliverer, receiver) {
        (Kind::Dwp | Kind::Pfod, ..) | (_, Partial::No, _) | (_, _, Partial::No) => Partial::No,
        (Kind::Fop, ..) | (_, Partial::Quantity, Partial::Quantity) => Partial::Quantity,
        _ => Partial::Value,
    }
}

/// The smallest part of a deal that may settle next, if there is one that is not the whole.
pub fn smallest(deal: &Deal, thresholds: &Thresholds) -> Option<i64> {
    let unit = thresholds.unit(deal.line);
    // Once a part has settled the unit is met: the rest goes in steps.
    let least = if deal.left == deal.quantity { unit.minimum } else { unit.multiple };
    let least = match deal.partial {
        Partial::No => return None,
        Partial::Quantity => least,
        Partial::Value if deal.amount == 0 => return None,
        Partial::Value => {
            let value = i128::from(thresholds.value(deal.line)) * i128::from(deal.quantity);
            let quantity = value.div_ceil_by(i128::from(deal.amount));
            least.max(i64::try_from(quantity).ok()?)
        }
    };
    let steps = least.max(1).div_ceil_by(unit.multiple);
    steps.checked_mul(unit.multiple).filter(|q| *q < deal.left)
}

/// Cash for a part: its share of all that was agreed, rounded down. What rounding left over goes with the last part.
pub fn cash(deal: &Deal, part: i64) -> i64 {
    if part == deal.left {
        return deal.left_amount;
    }
    let share = i128::from(deal.amount) * i128::from(part) / i128::from(deal.quantity);
    i64::try_from(share).expect("a share of an amount is no larger than it")
}

/// The largest part that the securities, the cash and a limit allow. Nothing when it would be smaller than it may be.
pub fn largest(deal: &Deal, thresholds: &Thresholds, securities: i64, cash: i64, limit: i64) -> Option<i64> {
    let least = smallest(deal, thresholds)?;
    let mut part = securities.min(limit);
    if deal.amount > 0 {
        // The most whose share, rounded down, is still covered.
        let covered = ((i128::from(cash) + 1) * i128::from(deal.quantity) - 1) / i128::from(deal.amount);
        part = part.min(i64::try_from(covered).unwrap_or(i64::MAX));
    }
    // The whole is no part: what is left over of it would be the last.
    let part = part.min(deal.left - 1);
    let multiple = thresholds.unit(deal.line).multiple;
    Some(part - part % multiple).filter(|part| *part >= least)
}

/// Division that rounds up, of what is not below zero.
trait DivCeil {
    fn div_ceil_by(self, by: Self) -> Self;
}

impl DivCeil for i64 {
    fn div_ceil_by(self, by: Self) -> Self {
        self / by + Self::from(self % by != 0)
    }
}

impl DivCeil for i128 {
    fn div_ceil_by(self, by: Self) -> Self {
        self / by + Self::from(self % by != 0)
    }
}
