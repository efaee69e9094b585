//! Reading figures out of a message, and how exactly they must agree.

use rust_decimal::Decimal;

use crate::fix::field::decimal;
use crate::fix::message::Message;

/// A figure of an entry.
pub(super) fn figure(message: &Message<'_>, entry: u32, tag: u32) -> Option<Decimal> {
    decimal(message.value(entry, tag)?)
}

/// The sum of a figure over a group; none where an entry lacks it.
pub(super) fn total(message: &Message<'_>, parent: u32, group: u32, tag: u32) -> Option<Decimal> {
    message.group(parent, group).try_fold(Decimal::ZERO, |sum, e| sum.checked_add(figure(message, e, tag)?))
}

/// Whether a group has entries.
pub(super) fn has_entries(message: &Message<'_>, parent: u32, group: u32) -> bool {
    message.group(parent, group).next().is_some()
}

/// Amounts may differ by less than this.
pub(super) fn cent() -> Decimal {
    Decimal::new(1, 2)
}

/// Whether two figures are further apart than they may be.
pub(super) fn differ(a: Decimal, b: Decimal, slack: Decimal) -> bool {
    a.checked_sub(b).is_none_or(|d| d.abs() > slack)
}

/// Half of the last digit of a figure: how far rounding may have moved it.
pub(super) fn half_digit(figure: Decimal) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(5, figure.scale().min(26) + 1).ok()
}

/// What the message says once for all its figures; read once, however many allocations there are.
pub(super) struct Basis<'a> {
    currency: Option<&'a [u8]>,
    price_type: Option<&'a [u8]>,
    pub(super) price: Option<Decimal>,
    side: Option<&'a [u8]>,
}

impl<'a> Basis<'a> {
    pub(super) fn of(message: &Message<'a>) -> Self {
        let value = |tag| message.value(0, tag);
        Self { currency: value(15), price_type: value(423), price: figure(message, 0, 6), side: value(54) }
    }

    /// Quantity times price, and how far rounding of the price may move it; none for prices that are no prices.
    pub(super) fn principal(&self, quantity: Decimal, price: Decimal) -> Option<(Decimal, Decimal)> {
        let divisor = match self.price_type {
            None | Some(b"2") => Decimal::ONE,
            Some(b"1") => Decimal::ONE_HUNDRED,
            Some(_) => return None,
        };
        let slack = quantity.checked_mul(half_digit(price)?)?.checked_div(divisor)?.checked_add(cent())?;
        Some((quantity.checked_mul(price)?.checked_div(divisor)?, slack))
    }

    /// Commission and fees of an entry; `None` where they are in another currency or given as a part of something.
    pub(super) fn costs(&self, message: &Message<'_>, entry: u32, quantity: Decimal) -> Option<Decimal> {
        let foreign = |code: Option<&[u8]>| code.is_some() && code != self.currency;
        let mut sum = Decimal::ZERO;
        if let Some(commission) = figure(message, entry, 12) {
            let total = match message.value(entry, 13) {
                None | Some(b"3") => commission,
                Some(b"1") => commission.checked_mul(quantity)?,
                Some(_) => return None,
            };
            if foreign(message.value(entry, 479)) {
                return None;
            }
            sum = sum.checked_add(total)?;
        }
        for fee in message.group(entry, 136) {
            if foreign(message.value(fee, 138)) || !matches!(message.value(fee, 891), None | Some(b"0")) {
                return None;
            }
            sum = sum.checked_add(figure(message, fee, 137)?)?;
        }
        Some(sum)
    }

    /// What is paid or received in the end: costs are added to a purchase and taken off a sale.
    pub(super) fn net(&self, gross: Decimal, costs: Decimal) -> Option<Decimal> {
        match self.side? {
            b"1" | b"3" => gross.checked_add(costs),
            b"2" | b"4" | b"5" | b"6" => gross.checked_sub(costs),
            _ => None,
        }
    }
}
