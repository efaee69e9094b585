//! Randomness without a stream: each draw is a hash of the seed, what it is for, and whom it is about. Adding a feature or
//! a party does not shift the draws of the others, and two operating models meet the same trades and the same breaks.

/// A source of draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    seed: u64,
}

impl Draws {
    /// Of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Another source, as unlike this one as another seed's.
    #[must_use]
    pub fn other(&self, number: u64) -> Self {
        Self::new(mix(self.seed ^ mix(number)))
    }

    /// Draws for one purpose.
    pub fn purpose(&self, purpose: &str) -> Purpose {
        let mut state = self.seed ^ 0x9e37_79b9_7f4a_7c15;
        for byte in purpose.bytes() {
            state = mix(state ^ u64::from(byte));
        }
        Purpose { state: mix(state) }
    }

    /// 64 bits, for a purpose and an entity.
    pub fn bits(&self, purpose: &str, entity: u64) -> u64 {
        self.purpose(purpose).bits(entity)
    }

    /// A whole number in `low..=high`; `low` when they are the wrong way round.
    pub fn between(&self, purpose: &str, entity: u64, low: u64, high: u64) -> u64 {
        self.purpose(purpose).between(entity, low, high)
    }

    /// Whether something happens that happens in `per_10000` of ten thousand cases.
    pub fn happens(&self, purpose: &str, entity: u64, per_10000: u32) -> bool {
        self.purpose(purpose).happens(entity, per_10000)
    }

    /// One of `n` with weights that fall like 1/rank (a few are common, many are rare); `0..n`.
    pub fn zipf(&self, purpose: &str, entity: u64, n: usize) -> usize {
        // Integer weights: 1_000_000 / rank.
        let total: u64 = (1..=n as u64).map(|rank| 1_000_000 / rank).sum();
        let mut point = self.bits(purpose, entity) % total.max(1);
        for rank in 1..=n as u64 {
            let weight = 1_000_000 / rank;
            if point < weight {
                return (rank - 1) as usize;
            }
            point -= weight;
        }
        n.saturating_sub(1)
    }
}

/// Draws for one purpose, whose name is hashed once however many entities are drawn for: the same draws as by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purpose {
    state: u64,
}

impl Purpose {
    /// 64 bits, for an entity.
    pub fn bits(&self, entity: u64) -> u64 {
        mix(self.state ^ entity)
    }

    /// A whole number in `low..=high`; `low` when they are the wrong way round.
    pub fn between(&self, entity: u64, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low);
        if span == u64::MAX {
            return self.bits(entity);
        }
        // The bias of a remainder over 64 bits is far below what any run could show.
        low + self.bits(entity) % (span + 1)
    }

    /// Whether something happens that happens in `per_10000` of ten thousand cases.
    pub fn happens(&self, entity: u64, per_10000: u32) -> bool {
        self.bits(entity) % 10_000 < u64::from(per_10000)
    }
}

/// The finaliser of SplitMix64: every input bit reaches every output bit.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_seed_purpose_and_entity_only() {
        let draws = Draws::new(7);
        assert_eq!(draws.bits("price", 3), Draws::new(7).bits("price", 3));
        assert_ne!(draws.bits("price", 3), draws.bits("price", 4));
        assert_ne!(draws.bits("price", 3), draws.bits("size", 3));
        assert_ne!(draws.bits("price", 3), Draws::new(8).bits("price", 3));
    }

    #[test]
    fn shares_come_out_about_right() {
        let draws = Draws::new(1);
        let hits = (0..100_000).filter(|e| draws.happens("test", *e, 250)).count();
        assert!((2_300..2_700).contains(&hits), "{hits} of 100,000 at 2.5 %");
        let first = (0..10_000).filter(|e| draws.zipf("z", *e, 10) == 0).count();
        assert!((3_100..3_700).contains(&first), "{first}: the first of ten has 34 %");
        assert!((0..1000).all(|e| (5..=9).contains(&draws.between("b", e, 5, 9))));
    }
}
