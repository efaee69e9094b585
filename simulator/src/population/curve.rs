//! Curves of sizes in whole numbers: powers and the bell curve of logarithms in fixed point, the same on every machine.

use crate::seed::Purpose;

/// One, in fixed point: 32 bits stand after the point.
const ONE: i64 = 1 << 32;
/// The binary logarithm of e, in fixed point.
const LOG2_E: i64 = 6_196_328_019;

/// The binary logarithm of a number from 1 on, bit by bit: a square above two has one more.
fn log2(number: u64) -> i64 {
    let whole = number.max(1).ilog2();
    let mut part = number.max(1) << (63 - whole);
    let mut log = i64::from(whole) << 32;
    for bit in (0..32).rev() {
        let square = u128::from(part) * u128::from(part);
        let above = square >> 127 == 1;
        log |= i64::from(above) << bit;
        part =
            u64::try_from(if above { square >> 64 } else { square >> 63 }).expect("its top bit is the 64th");
    }
    log
}

/// Powers of two with any exponent.
#[derive(Debug, Clone)]
struct Powers {
    /// Two to the half, the quarter, the eighth and so on, with 62 bits after the point.
    roots: [u64; 32],
}

impl Powers {
    fn new() -> Self {
        let mut roots = [0; 32];
        let mut last: u128 = 2 << 62;
        for root in &mut roots {
            last = (last << 62).isqrt();
            *root = u64::try_from(last).expect("it is below two");
        }
        Self { roots }
    }

    /// Two to a power in fixed point from -31 to 62, in fixed point.
    fn of(&self, exponent: i64) -> u128 {
        let (whole, part) = (exponent >> 32, exponent & (ONE - 1));
        // From the half downwards, one for each bit that is set.
        let mut bits = u32::try_from(part).expect("it has 32 bits");
        let mut power: u128 = 1 << 62;
        while bits != 0 {
            let highest = bits.leading_zeros();
            power = (power * u128::from(self.roots[highest as usize])) >> 62;
            bits ^= 1 << (31 - highest);
        }
        let power = power >> 30;
        if whole >= 0 { power << whole.min(62) } else { power >> whole.unsigned_abs().min(127) }
    }
}

/// Some are picked often, many seldom: weights fall with the rank to a power (Zipf).
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    /// Sums of weights up to each rank.
    steps: Vec<u64>,
}

impl Ladder {
    /// Of so many; the power in hundredths.
    pub(super) fn new(ranks: usize, power_hundredths: u32) -> Self {
        let powers = Powers::new();
        let mut sum = 0;
        let steps = (1..=ranks as u64).map(|rank| {
            let exponent = i128::from(log2(rank)) * i128::from(power_hundredths) / 100;
            let exponent = i64::try_from(exponent).unwrap_or(i64::MAX).min(31 << 32);
            // Even the rarest has a weight.
            sum += u64::try_from(powers.of(-exponent)).unwrap_or(1).max(1);
            sum
        });
        Self { steps: steps.collect() }
    }

    /// The rank that bits pick, from 0.
    pub(super) fn pick(&self, bits: u64) -> usize {
        let point = bits % self.steps.last().copied().unwrap_or(1);
        self.steps.partition_point(|step| *step <= point)
    }
}

/// Values whose logarithms lie on a bell curve.
#[derive(Debug, Clone)]
pub(super) struct Values {
    median: i64,
    sigma_hundredths: u32,
    powers: Powers,
}

impl Values {
    /// With a median, and the spread of the natural logarithms in hundredths.
    pub(super) fn new(median: i64, sigma_hundredths: u32) -> Self {
        Self { median, sigma_hundredths, powers: Powers::new() }
    }

    /// A value; at most a million times the median.
    pub(super) fn draw(&self, purpose: &Purpose, entity: u64) -> i64 {
        // Twelve even numbers of 16 bits: their sum less its mean has a spread of one (in units of 2^16), near enough.
        let sum: u64 = (0..3)
            .map(|n| {
                let bits = purpose.bits(entity.wrapping_mul(4) + n);
                (0..4).map(|word| bits >> (16 * word) & 0xffff).sum::<u64>()
            })
            .sum();
        let bell = (i64::try_from(sum).expect("it is small") - 6 * 0xffff) << 16;
        let exponent = i128::from(bell) * i128::from(self.sigma_hundredths) * i128::from(LOG2_E) / 100;
        let exponent = i64::try_from(exponent >> 32).unwrap_or(0).clamp(-(20 << 32), 20 << 32);
        let value = (u128::from(self.median.unsigned_abs()) * self.powers.of(exponent)) >> 32;
        i64::try_from(value).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Draws;

    #[test]
    fn powers_and_logarithms_are_those_of_the_tables() {
        // log2(10) = 3.3219280949; 2^0.5 = 1.4142135624; 2^-1.25 = 0.4204482076. In fixed point, to the millionth.
        let near =
            |a: i128, billionths: i128| (a * 1_000_000_000 / i128::from(ONE) - billionths).abs() < 1_000;
        assert!(near(i128::from(log2(10)), 3_321_928_095), "{}", log2(10));
        assert_eq!(log2(1 << 40), 40 << 32);
        let powers = Powers::new();
        let of = |exponent: i64| i128::try_from(powers.of(exponent)).expect("small");
        assert!(near(of(ONE / 2), 1_414_213_562) && near(of(-ONE - ONE / 4), 420_448_208));
        assert!(near(of(3 << 32), 8_000_000_000));
    }

    /// Ten ranks with a power of one: the first has 34.1 % (1 / 2.929).
    #[test]
    fn a_ladder_falls_with_the_rank() {
        let (ladder, draws) = (Ladder::new(10, 100), Draws::new(1));
        let mut counts = [0; 10];
        (0..10_000).for_each(|n| counts[ladder.pick(draws.bits("rank", n))] += 1);
        assert!((3_250..3_580).contains(&counts[0]), "{counts:?}");
        assert!(counts[0] > counts[1] && counts[1] > counts[4] && counts[4] > counts[9], "{counts:?}");
    }

    /// Half are below the median; one spread above it is e to the 1.8 (6.05) times as much, and 15.9 % are above that.
    #[test]
    fn values_lie_around_their_median() {
        let (values, purpose) = (Values::new(10_000_000, 180), Draws::new(1).purpose("value"));
        let drawn: Vec<i64> = (0..20_000).map(|n| values.draw(&purpose, n)).collect();
        let above = |least: i64| drawn.iter().filter(|value| **value > least).count();
        assert!((9_750..10_250).contains(&above(10_000_000)), "{}", above(10_000_000));
        assert!((2_950..3_400).contains(&above(60_496_475)), "{}", above(60_496_475));
    }
}
