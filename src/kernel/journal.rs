//! A record as bytes: `version (1) | length of the head (4, little endian) | head | raw message`. The head is MessagePack
//! with field names, so that later versions read it; the message stands as it came.

use finality_parsers::machine::Entry;

use crate::fact::Record;
use crate::pack;

const VERSION: u8 = 1;
/// Most heads fit into this.
const HEAD_USUAL: usize = 3 << 10;

/// Why a journal entry is no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Written by a later version.
    #[error("record {seq} has format {found}; this program reads up to {VERSION}: use a newer one")]
    Version {
        /// The entry.
        seq: u64,
        /// Its format.
        found: u8,
    },
    /// Not what was written.
    #[error("record {seq} cannot be read: {why}")]
    Damaged {
        /// The entry.
        seq: u64,
        /// Why.
        why: String,
    },
}

/// Writes a record.
pub fn encode(record: &Record) -> Entry {
    let mut bytes = Vec::with_capacity(record.raw.len() + HEAD_USUAL);
    bytes.extend_from_slice(&[VERSION, 0, 0, 0, 0]);
    pack::named(&mut bytes, record).expect("records hold nothing that MessagePack cannot");
    let length =
        u32::try_from(bytes.len() - 5).expect("a record head is far below 4 GiB: messages are bounded");
    bytes[1..5].copy_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&record.raw);
    Entry { seq: record.seq, bytes }
}

/// Reads a record.
pub fn decode(entry: &Entry) -> Result<Record, RecordError> {
    let damaged = |why: &str| RecordError::Damaged { seq: entry.seq, why: why.to_owned() };
    let (&version, rest) = entry.bytes.split_first().ok_or_else(|| damaged("it is empty"))?;
    if version != VERSION {
        return Err(RecordError::Version { seq: entry.seq, found: version });
    }
    let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(|| damaged("it is cut short"))?;
    let length =
        usize::try_from(u32::from_le_bytes(*length)).map_err(|_| damaged("its length does not fit"))?;
    let (head, raw) = rest.split_at_checked(length).ok_or_else(|| damaged("it is cut short"))?;
    let mut record: Record = rmp_serde::from_slice(head).map_err(|e| damaged(&e.to_string()))?;
    if record.seq != entry.seq {
        return Err(damaged(&format!("it says that it is record {}", record.seq)));
    }
    record.raw = raw.to_vec();
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, Trace};
    use finality_parsers::machine::Timestamp;

    fn record() -> Record {
        Record {
            seq: 7,
            at: Timestamp::from_nanos(1_800_000_000_000_000_000),
            trace: Trace::Deadline,
            facts: vec![
                Fact::Noted { trade: Some(3), what: "nothing".into() },
                Fact::Queued {
                    out: 1,
                    link: "custodian".into(),
                    message_type: "541".into(),
                    trade: None,
                    awaits: true,
                    bytes: vec![0, 255, 10],
                },
            ],
            raw: b"raw \xff bytes".to_vec(),
        }
    }

    #[test]
    fn a_record_comes_back_as_it_went() {
        assert_eq!(decode(&encode(&record())), Ok(record()));
    }

    #[test]
    fn cut_and_damaged_entries_are_told() {
        let entry = encode(&record());
        for length in 0..entry.bytes.len() - record().raw.len() {
            let cut = Entry { seq: 7, bytes: entry.bytes[..length].to_vec() };
            assert!(matches!(decode(&cut), Err(RecordError::Damaged { .. })), "cut at {length}");
        }
        let mut later = entry.clone();
        later.bytes[0] = 9;
        assert_eq!(decode(&later), Err(RecordError::Version { seq: 7, found: 9 }));
        assert!(decode(&Entry { seq: 8, ..entry }).is_err());
    }
}
