//! A bound that holds: no choice of units is worth more. Prices from the relaxation are rounded to whole numbers of a small
//! part; from there on everything is exact, and any prices not below zero give a bound.
#![allow(
    clippy::disallowed_types,
    reason = "prices come from the relaxation; the bound itself is whole numbers"
)]

use super::core::Core;

/// What the units of the core can be worth at the most; `None` when the numbers are too large to say.
pub(super) fn bound(core: &Core, prices: &[f64]) -> Option<i128> {
    if !core.is_exact {
        return None;
    }
    // The finest part that does not overflow.
    (0..=60).rev().step_by(4).filter_map(|bits| with(core, prices, bits)).min()
}

fn with(core: &Core, prices: &[f64], bits: u32) -> Option<i128> {
    let part = (1u128 << bits) as f64;
    let mut whole = Vec::with_capacity(prices.len());
    for price in prices {
        let price = (price.max(0.0) * part).round();
        if price >= 1e30 {
            return None;
        }
        whole.push(price as i128);
    }
    let mut sum = 0i128;
    for (price, opening) in whole.iter().zip(&core.opening) {
        sum = sum.checked_add(price.checked_mul(i128::from(*opening))?)?;
    }
    for (unit, weight) in core.weights.iter().enumerate() {
        let mut gain = weight.checked_mul(1i128 << bits)?;
        for c in core.unit(unit) {
            gain = gain.checked_add(whole[c.other as usize].checked_mul(i128::from(c.delta))?)?;
        }
        sum = sum.checked_add(gain.max(0))?;
    }
    Some(sum >> bits)
}
