//! Where the lines end, 64 bytes at a time. Lines are short: searching for each line feed by itself costs several times as much.

/// The positions of all line feeds.
#[derive(Debug)]
pub(super) struct LineFeeds<'a> {
    rest: &'a [u8],
    /// Where the block of the mask starts, and where the next one does.
    block: usize,
    next: usize,
    mask: u64,
}

const BLOCK: usize = 64;

impl<'a> LineFeeds<'a> {
    /// Looks from a position on.
    pub(super) fn new(raw: &'a [u8], from: usize) -> Self {
        Self { rest: raw.get(from..).unwrap_or_default(), block: from, next: from, mask: 0 }
    }
}

impl Iterator for LineFeeds<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.mask == 0 {
            self.block = self.next;
            if let Some((block, rest)) = self.rest.split_first_chunk::<BLOCK>() {
                self.mask = mask(block);
                self.rest = rest;
                self.next += BLOCK;
            } else if self.rest.is_empty() {
                return None;
            } else {
                let mut block = [0; BLOCK];
                block.get_mut(..self.rest.len())?.copy_from_slice(self.rest);
                self.mask = mask(&block);
                self.next += self.rest.len();
                self.rest = &[];
            }
        }
        let place = self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(self.block + place)
    }
}

/// One bit for each byte that is a line feed.
#[inline]
fn mask(block: &[u8; BLOCK]) -> u64 {
    let (words, _) = block.as_chunks::<8>();
    let mut mask = 0;
    for (index, word) in words.iter().enumerate() {
        mask |= bits(u64::from_le_bytes(*word)) << (8 * index);
    }
    mask
}

/// The same for eight bytes.
#[inline]
fn bits(word: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const LINE_FEEDS: u64 = 0x0a0a_0a0a_0a0a_0a0a;
    // A byte without any bit is a line feed; its highest bit is set, all others are cleared.
    let other = word ^ LINE_FEEDS;
    let found = !(((other & LOW) + LOW) | other | LOW);
    // Gathers the highest bits into the highest byte.
    (found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_line_feed_and_nothing_else(
            raw in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(0x0b), Just(0x8a), any::<u8>()], 0..300),
            from in 0usize..100,
        ) {
            let expected: Vec<usize> = (from..raw.len()).filter(|i| raw[*i] == b'\n').collect();
            prop_assert_eq!(LineFeeds::new(&raw, from).collect::<Vec<_>>(), expected);
        }
    }
}
