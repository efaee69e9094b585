//! One frame of the journal: how a record stands in a segment.
//!
//! ```text
//! magic "FNJ2" | length u32 | crc32 u32 | seq u64 | synced u64 | chain [32] | payload     (little endian)
//! magic "FNJ1" | length u32 | crc32 u32 | seq u64 | synced u64 | payload                  as it was written before
//! ```
//!
//! `length` counts what follows `synced`; the checksum covers seq, synced and all that follows. `synced` is the last
//! record that was known to be safe when the frame was written. `chain` is SHA-256 of the chain of the frame before and of a
//! SHA-256 of seq, synced and payload: whoever changes, drops, adds or moves a record breaks it from there on.

use finality_parsers::machine::Entry;
use ring::digest::{Context, SHA256};

/// A chain: that of the last record says something of all before it.
pub(super) type Chain = [u8; 32];

/// Before the first record, and of a frame that has none.
pub(super) const UNCHAINED: Chain = [0; 32];

/// Begins every frame; the fourth letter is its format.
pub(super) const MAGIC: [u8; 3] = *b"FNJ";
/// What stands before the chain and the payload.
pub(super) const HEAD: usize = 28;
const CHAIN: usize = 32;

/// A frame that was read.
pub(super) struct Frame {
    pub(super) entry: Entry,
    pub(super) synced: u64,
    /// Bytes from its start to its end.
    pub(super) length: usize,
    /// Its chain; none in frames of the first format.
    pub(super) chain: Option<Chain>,
}

/// Whether a frame may begin here.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.len() >= 4 && bytes[..3] == MAGIC && matches!(bytes[3], b'1' | b'2')
}

/// What follows the head of the frame that begins here.
pub(super) fn length_of(head: &[u8]) -> usize {
    u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize
}

/// What a record says, in short.
pub(super) fn digest(seq: u64, synced: u64, payload: &[u8]) -> Chain {
    sha256(&[&seq.to_le_bytes(), &synced.to_le_bytes(), payload])
}

/// The chain of a record after the chain of the one before.
pub(super) fn chained(before: &Chain, digest: &Chain) -> Chain {
    sha256(&[before, digest])
}

fn sha256(parts: &[&[u8]]) -> Chain {
    let mut hash = Context::new(&SHA256);
    parts.iter().for_each(|part| hash.update(part));
    hash.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// Writes a frame behind the one with that chain, and gives its own.
pub(super) fn push(buffer: &mut Vec<u8>, entry: &Entry, synced: u64, before: &Chain) -> Chain {
    let chain = chained(before, &digest(entry.seq, synced, &entry.bytes));
    let length = u32::try_from(CHAIN + entry.bytes.len()).expect("messages are bounded far below 4 GiB");
    buffer.extend_from_slice(&MAGIC);
    buffer.push(b'2');
    buffer.extend_from_slice(&length.to_le_bytes());
    let mut crc = crc32fast::Hasher::new();
    crc.update(&entry.seq.to_le_bytes());
    crc.update(&synced.to_le_bytes());
    crc.update(&chain);
    crc.update(&entry.bytes);
    buffer.extend_from_slice(&crc.finalize().to_le_bytes());
    buffer.extend_from_slice(&entry.seq.to_le_bytes());
    buffer.extend_from_slice(&synced.to_le_bytes());
    buffer.extend_from_slice(&chain);
    buffer.extend_from_slice(&entry.bytes);
    chain
}

/// The frame at the start of `bytes`, if there is a whole and sound one.
pub(super) fn at(bytes: &[u8]) -> Option<Frame> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    if !begins(head) {
        return None;
    }
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
    let length = length_of(head);
    let body = rest.get(..length)?;
    let mut crc = crc32fast::Hasher::new();
    crc.update(&head[12..]);
    crc.update(body);
    if crc.finalize() != word(8) {
        return None;
    }
    let (chain, payload) = match head[3] {
        b'1' => (None, body),
        _ => {
            let (chain, payload) = body.split_first_chunk::<CHAIN>()?;
            (Some(*chain), payload)
        }
    };
    Some(Frame {
        entry: Entry { seq: long(12), bytes: payload.to_vec() },
        synced: long(20),
        length: HEAD + length,
        chain,
    })
}
