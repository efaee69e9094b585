//! Rows of the index, packed: a *run* is what was written together, in the order of keys and cut into blocks of some
//! hundred rows. The store keeps blocks instead of rows, because what a store does for each of its keys costs many times
//! what a row does. Later runs hide earlier ones; when there are many small ones, they are merged.
//!
//! ```text
//! block  row, row, ...        row  key length u16 | value length + 1 u32, 0: gone | key | value      (little endian)
//! ```
//!
//! Pure: bytes to rows and back.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// A block is closed when it is that long; a longer row has one to itself.
const BLOCK_BYTES: usize = 8 << 10;
/// So many small runs in a row, and they become one.
const MERGED_MIN: usize = 32;
/// A run is of the next size when it is that many times as large.
const SIZE_STEP: u64 = 32;
/// Runs of that many blocks stay as they are: merging them would hold up what comes.
const BLOCKS_MAX: u64 = 4_096;

/// The first key of a block, and the block.
pub(super) type Block = (Vec<u8>, Vec<u8>);

/// What a run is, without its blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// Later ones are higher.
    pub(super) number: u64,
    pub(super) blocks: u64,
    pub(super) rows: u64,
}

impl Run {
    /// All runs of a store as bytes, oldest first.
    pub(super) fn pack(runs: &[Run]) -> Vec<u8> {
        runs.iter().flat_map(|r| [r.number, r.blocks, r.rows]).flat_map(u64::to_le_bytes).collect()
    }

    /// The same back; `None` when it is something else.
    pub(super) fn unpack(bytes: &[u8]) -> Option<Vec<Run>> {
        let (runs, []) = bytes.as_chunks::<24>() else { return None };
        let number = |run: &[u8; 24], at: usize| {
            run[at..at + 8].iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte))
        };
        Some(
            runs.iter()
                .map(|r| Run { number: number(r, 0), blocks: number(r, 8), rows: number(r, 16) })
                .collect(),
        )
    }

    fn size(&self) -> u32 {
        self.blocks.max(1).ilog(SIZE_STEP)
    }
}

/// How many of the latest runs should become one; 0 for none.
pub(super) fn to_merge(runs: &[Run]) -> usize {
    let mut most = 0;
    for size in 0..=BLOCKS_MAX.ilog(SIZE_STEP) {
        let small = |r: &&Run| r.size() <= size && r.blocks < BLOCKS_MAX;
        let count = runs.iter().rev().take_while(small).count();
        if count >= MERGED_MIN {
            most = count;
        }
    }
    most
}

/// Packs rows, which come in the order of their keys, into blocks.
#[derive(Debug, Default)]
pub(super) struct Packer {
    block: Block,
    /// Rows that were packed.
    pub(super) rows: u64,
}

impl Packer {
    /// Adds a row; gives the block that is full without it.
    pub(super) fn add(&mut self, key: &[u8], value: Option<&[u8]>) -> Option<Block> {
        let full = !self.block.1.is_empty()
            && self.block.1.len() + key.len() + value.map_or(0, <[u8]>::len) > BLOCK_BYTES;
        let done = if full { self.finish() } else { None };
        if self.block.1.is_empty() {
            self.block = (key.to_vec(), Vec::with_capacity(BLOCK_BYTES + 64));
        }
        let bytes = &mut self.block.1;
        let key_length = u16::try_from(key.len()).expect("keys hold references, which are bounded");
        let value_length = value.map_or(0, |v| u32::try_from(v.len()).expect("rows are far below 4 GiB") + 1);
        bytes.extend_from_slice(&key_length.to_le_bytes());
        bytes.extend_from_slice(&value_length.to_le_bytes());
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(value.unwrap_or_default());
        self.rows += 1;
        done
    }

    /// The last block.
    pub(super) fn finish(&mut self) -> Option<Block> {
        (!self.block.1.is_empty()).then(|| std::mem::take(&mut self.block))
    }
}

/// Key, value where it is not gone, and how many bytes both take.
type Row<'b> = (&'b [u8], Option<&'b [u8]>, usize);

/// The row at the start of these bytes. Damage ends a block: checksums are the store's.
fn row_at(bytes: &[u8]) -> Option<Row<'_>> {
    let (key_length, rest) = bytes.split_first_chunk::<2>()?;
    let (value_length, rest) = rest.split_first_chunk::<4>()?;
    let (key, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*key_length)))?;
    let length = usize::try_from(u32::from_le_bytes(*value_length)).ok()?;
    let value = match length.checked_sub(1) {
        None => None,
        Some(length) => Some(rest.get(..length)?),
    };
    Some((key, value, 6 + key.len() + value.map_or(0, <[u8]>::len)))
}

/// What a block says of a key: nothing, that it is gone, or its value.
pub(super) fn find<'b>(mut block: &'b [u8], key: &[u8]) -> Option<Option<&'b [u8]>> {
    while let Some((found, value, length)) = row_at(block) {
        match found.cmp(key) {
            Ordering::Less => block = &block[length..],
            Ordering::Equal => return Some(value),
            Ordering::Greater => return None,
        }
    }
    None
}

/// Reads a run row by row. The order is that of a heap: the least key comes out first, the latest of its rows before others.
struct Cursor<B> {
    blocks: B,
    block: Vec<u8>,
    at: usize,
    number: u64,
}

impl<E, B: Iterator<Item = Result<Vec<u8>, E>>> Cursor<B> {
    /// Whether there is a row.
    fn settle(&mut self) -> Result<bool, E> {
        while row_at(&self.block[self.at..]).is_none() {
            let Some(block) = self.blocks.next() else { return Ok(false) };
            (self.block, self.at) = (block?, 0);
        }
        Ok(true)
    }
}

impl<B> Cursor<B> {
    fn row(&self) -> Row<'_> {
        row_at(&self.block[self.at..]).expect("it was settled on a row")
    }
}

impl<B> Ord for Cursor<B> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.row().0.cmp(self.row().0).then(self.number.cmp(&other.number))
    }
}

impl<B> PartialOrd for Cursor<B> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<B> PartialEq for Cursor<B> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<B> Eq for Cursor<B> {}

/// Several runs, each with its number, read as one, in the order of keys from `from` on: of each key the latest row, and
/// those that are gone too. `each` says whether it wants more.
pub(super) fn read<E, B: Iterator<Item = Result<Vec<u8>, E>>>(
    runs: impl IntoIterator<Item = (u64, B)>,
    from: &[u8],
    mut each: impl FnMut(&[u8], Option<&[u8]>) -> Result<bool, E>,
) -> Result<(), E> {
    let mut heap = BinaryHeap::new();
    for (number, blocks) in runs {
        let mut cursor = Cursor { blocks, block: Vec::new(), at: 0, number };
        while cursor.settle()? {
            let (key, _, length) = cursor.row();
            if key >= from {
                heap.push(cursor);
                break;
            }
            cursor.at += length;
        }
    }
    let mut last: Option<Vec<u8>> = None;
    while let Some(mut first) = heap.peek_mut() {
        let (key, value, length) = first.row();
        if last.as_deref() != Some(key) {
            if !each(key, value)? {
                return Ok(());
            }
            let last = last.get_or_insert_default();
            last.clear();
            last.extend_from_slice(key);
        }
        first.at += length;
        if !first.settle()? {
            PeekMut::pop(first);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

    fn blocks(changes: &Changes) -> Vec<Block> {
        let mut packer = Packer::default();
        let mut blocks: Vec<Block> =
            changes.iter().filter_map(|(k, v)| packer.add(k, v.as_deref())).collect();
        blocks.extend(packer.finish());
        assert_eq!(packer.rows, changes.len() as u64);
        blocks
    }

    fn changes() -> impl Strategy<Value = Changes> {
        let key = prop::collection::vec(0u8..4, 0..4);
        let value = prop::option::of(prop::collection::vec(any::<u8>(), 0..3_000));
        prop::collection::btree_map(key, value, 0..40)
    }

    proptest! {
        #[test]
        fn runs_read_together_say_what_was_written_last(
            runs in prop::collection::vec(changes(), 1..6),
            from in prop::collection::vec(0u8..4, 0..3),
        ) {
            let mut expected = Changes::new();
            for run in &runs {
                expected.extend(run.clone());
            }
            let packed: Vec<Vec<Block>> = runs.iter().map(blocks).collect();
            let cursors = packed.iter().enumerate().map(|(number, blocks)| {
                (number as u64, blocks.iter().map(|(_, block)| Ok::<_, ()>(block.clone())))
            });
            let mut read_back = Changes::new();
            read(cursors, &from, |key, value| {
                assert!(read_back.insert(key.to_vec(), value.map(<[u8]>::to_vec)).is_none());
                Ok(true)
            }).expect("nothing fails");
            expected.retain(|key, _| *key >= from);
            prop_assert_eq!(read_back, expected);
        }

        #[test]
        fn a_block_knows_its_keys_and_no_others(rows in changes(), asked in prop::collection::vec(0u8..4, 0..4)) {
            let blocks = blocks(&rows);
            let holds = blocks.iter().rev().find(|(first, _)| *first <= asked);
            let found = holds.and_then(|(_, block)| find(block, &asked));
            prop_assert_eq!(found, rows.get(&asked).map(Option::as_deref));
            for (first, block) in &blocks {
                prop_assert!(find(block, first).is_some());
            }
        }
    }

    #[test]
    fn damaged_blocks_end() {
        let (_, block) = blocks(&Changes::from([(vec![1], Some(vec![2; 100]))])).remove(0);
        for length in 0..block.len() {
            assert_eq!(find(&block[..length], &[1]), None);
        }
    }

    #[test]
    fn small_runs_become_one_and_large_ones_stay() {
        let run = |number, blocks| Run { number, blocks, rows: blocks };
        let mut runs: Vec<Run> = Vec::new();
        for number in 0..10_000 {
            runs.push(run(number, 4));
            let many = to_merge(&runs);
            if many > 0 {
                let merged = runs.split_off(runs.len() - many).iter().map(|r| r.blocks).sum();
                runs.push(run(number, merged));
            }
            assert!(runs.len() < 4 * MERGED_MIN, "{}", runs.len());
            assert!(runs.iter().all(|r| r.blocks < 64 * BLOCKS_MAX));
        }
        assert_eq!(runs.iter().map(|r| r.blocks).sum::<u64>(), 40_000, "nothing is lost");
        assert_eq!(Run::unpack(&Run::pack(&runs)), Some(runs));
        assert_eq!(Run::unpack(&[1]), None);
        assert_eq!(to_merge(&vec![run(1, BLOCKS_MAX); 100]), 0);
    }
}
