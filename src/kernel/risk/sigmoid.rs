//! The logistic function in integers: the same bits on every machine.

/// One, in the fixed point that is calculated in.
const ONE: u128 = 1 << 62;

/// From thousandths of a logit to hundredths of a per cent.
pub fn bp(milli: i64) -> u32 {
    // Beyond that it is 0 or 10 000 to the last digit.
    let bounded = milli.clamp(-30_000, 30_000);
    // 1 / (1 + e^-x), from e^-|x| alone: that is never more than one.
    let small = decay(bounded.unsigned_abs());
    let rounded = (10_000 * small + (ONE + small) / 2) / (ONE + small);
    let less = u32::try_from(rounded).unwrap_or(10_000);
    if bounded < 0 { less } else { 10_000 - less }
}

/// e^(-milli/1000) in fixed point: whole powers of two by shifting, the rest by repeated roots of one half.
fn decay(milli: u64) -> u128 {
    // Base-two logarithm of e, in units of 2^-32.
    const LOG2_E: u128 = 6_196_328_018;
    let exponent = u128::from(milli) * LOG2_E / 1_000;
    let (whole, fraction) = (exponent >> 32, exponent & 0xffff_ffff);
    let mut value = ONE;
    for (bit, root) in (0..32).rev().zip(ROOTS) {
        if fraction >> bit & 1 == 1 {
            value = (value * root) >> 62;
        }
    }
    value >> whole
}

/// The root of one half, of that, and so on.
const ROOTS: [u128; 32] = {
    let (mut roots, mut root, mut at) = ([0; 32], ONE / 2, 0);
    while at < roots.len() {
        root = (root << 62).isqrt();
        roots[at] = root;
        at += 1;
    }
    roots
};

#[cfg(test)]
mod tests {
    use super::bp;

    #[test]
    fn known_values_and_symmetry() {
        for (milli, expected) in
            [(0, 5_000), (1_000, 7_311), (-1_000, 2_689), (2_197, 9_000), (-4_595, 100), (99_999, 10_000)]
        {
            assert_eq!(bp(milli), expected, "{milli}");
        }
        assert!((-9_000..9_000).all(|x| bp(x) <= bp(x + 1) && bp(x) + bp(-x) == 10_000));
    }
}
