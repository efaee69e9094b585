//! What the auditor holds of a confirmation, in decimals: is it the whole, or a part that may be?

use finality_parsers::model::{PartialKind, PartialSettlement, SettlementConfirmation};
use rust_decimal::Decimal;

/// What was agreed, and what of it has settled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    pub(super) quantity: Decimal,
    pub(super) cash: Decimal,
    pub(super) settled: Decimal,
    pub(super) paid: Decimal,
}

impl Account {
    pub(super) fn left(&self) -> Decimal {
        self.quantity - self.settled
    }

    /// What is wrong with the numbers of a confirmation, in words.
    pub(super) fn wrong(&self, s: &SettlementConfirmation) -> Option<&'static str> {
        let (now, left) = (s.settled.value(), self.left());
        if now <= Decimal::ZERO || now > left {
            return Some("settled for more than was left, or for nothing");
        }
        let before = s.previously_settled.map_or(Decimal::ZERO, |q| q.value());
        let after = s.remaining.map_or(Decimal::ZERO, |q| q.value());
        if before != self.settled || after != left - now {
            return Some("settled for another quantity or amount than agreed");
        }
        let cash = s.amount.map(|a| a.value());
        let cash_before = s.previously_settled_amount.map_or(Decimal::ZERO, |a| a.value());
        let cash_after = s.remaining_amount.map_or(Decimal::ZERO, |a| a.value());
        if let Some(cash) = cash {
            let adds_up = cash_before == self.paid && cash_before + cash + cash_after == self.cash;
            if !adds_up || after.is_zero() && !cash_after.is_zero() {
                return Some("settled for another quantity or amount than agreed");
            }
            if !after.is_zero() && !is_fair_share(self.cash, self.quantity, now, cash) {
                return Some("settled in part for another share of the cash");
            }
        }
        let kind = match (before.is_zero(), after.is_zero()) {
            (true, true) => None,
            (_, false) => Some(PartialKind::Part),
            (false, true) => Some(PartialKind::Last),
        };
        (s.partial != kind).then_some("settled, and it is not said rightly whether it is a part")
    }
}

/// A part is paid by its share, to the cent below.
pub(super) fn is_fair_share(all: Decimal, quantity: Decimal, part: Decimal, cash: Decimal) -> bool {
    let share = all * part / quantity;
    cash <= share && share - cash < Decimal::new(1, 2)
}

/// Whether both sides let a part be so small.
pub(super) fn allowed(
    sides: [Option<PartialSettlement>; 2],
    free: bool,
    cash: Decimal,
    smallest: Decimal,
) -> bool {
    let takes = |p: &Option<PartialSettlement>| !matches!(p, None | Some(PartialSettlement::NotAllowed));
    let by_quantity = sides.iter().all(|p| *p == Some(PartialSettlement::AllowedByQuantity));
    sides.iter().all(takes) && (free || by_quantity || cash + Decimal::new(1, 2) > smallest)
}
