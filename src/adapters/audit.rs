//! Whether a journal is what was written: every record's chain is computed anew from the record before it. Reads and changes
//! nothing; damage is a finding, not an error.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::frame::{self, HEAD, MAGIC, UNCHAINED};
use super::journal::{JournalError, Place, io_error, segments};

/// A hash.
pub type Chain = [u8; 32];

/// What is wrong with one record, or several in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It is there and does not say what was written.
    Changed {
        /// Which.
        seq: u64,
        /// Where.
        place: Place,
        /// What shows it.
        why: &'static str,
    },
    /// They are not there.
    Missing {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// It stands where another belongs.
    Moved {
        /// Which.
        seq: u64,
        /// Where.
        place: Place,
        /// Behind which record it stands.
        after: u64,
    },
    /// Its number is there twice, and this one does not belong.
    Added {
        /// Which.
        seq: u64,
        /// Where.
        place: Place,
    },
    /// Bytes that are no record stand between records, or behind them.
    Garbage {
        /// Where.
        place: Place,
        /// Behind which record.
        after: u64,
    },
    /// It has no chain although one before it has.
    Unchained {
        /// Which.
        seq: u64,
        /// Where.
        place: Place,
    },
    /// The last record is not the one that somebody wrote down.
    OtherHead {
        /// Up to which record the journal goes.
        last: u64,
        /// Which record was written down.
        expected: u64,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |place: &Place| format!("segment {}, byte {}", place.segment, place.offset);
        match self {
            Finding::Changed { seq, place, why } => {
                write!(f, "record {seq} was changed ({}): {why}", at(place))
            }
            Finding::Missing { from, to } if from == to => write!(f, "record {from} is missing"),
            Finding::Missing { from, to } => write!(f, "records {from} to {to} are missing"),
            Finding::Moved { seq, place, after } => {
                write!(f, "record {seq} was moved ({}): it stands behind record {after}", at(place))
            }
            Finding::Added { seq, place } => {
                write!(f, "a record {seq} was added ({}): the number is there twice", at(place))
            }
            Finding::Garbage { place, after } => {
                write!(f, "bytes that are no record stand behind record {after} ({})", at(place))
            }
            Finding::Unchained { seq, place } => {
                write!(f, "record {seq} has no hash although earlier ones have ({})", at(place))
            }
            Finding::OtherHead { last, expected } if last < expected => write!(
                f,
                "records {} to {expected} are missing at the end: they were there when the head was written down",
                last + 1
            ),
            Finding::OtherHead { expected, .. } => {
                write!(f, "record {expected} has another hash than the one that was written down")
            }
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// How many records there are.
    pub records: u64,
    /// How many of them have no hash: they were written before there was one.
    pub unchained: u64,
    /// The last record.
    pub last: u64,
    /// Its chain: whoever keeps it elsewhere can show later that nothing before it was changed.
    pub head: Chain,
    /// What is wrong, in the order of the records.
    pub findings: Vec<Finding>,
}

/// A record as it was found.
struct Seen {
    seq: u64,
    place: Place,
    digest: Chain,
    chain: Option<Chain>,
}

/// Checks a journal; `expected` is a record and its chain that somebody wrote down.
pub fn verify(dir: &Path, expected: Option<(u64, Chain)>) -> Result<Verified, JournalError> {
    let mut walk = Walk::default();
    for (number, path) in segments(dir)? {
        let bytes = std::fs::read(&path).map_err(|e| io_error(&path, e))?;
        walk.segment(number, &bytes);
    }
    let Walk { seen, mut findings, .. } = walk;
    let mut by_number: BTreeMap<u64, Vec<&Seen>> = BTreeMap::new();
    for record in &seen {
        by_number.entry(record.seq).or_default().push(record);
    }
    let chosen = choose(&by_number, &mut findings);
    missing(&chosen, &findings.clone(), &mut findings);
    moved(&seen, &chosen, &mut findings);
    chains(&chosen, &mut findings);
    let last = chosen.last_key_value().map(|(_, record)| *record);
    let mut verified = Verified {
        records: seen.len() as u64,
        unchained: seen.iter().filter(|r| r.chain.is_none()).count() as u64,
        last: last.map_or(0, |r| r.seq),
        head: last.and_then(|r| r.chain).unwrap_or(UNCHAINED),
        findings: Vec::new(),
    };
    if let Some((seq, head)) = expected
        && chosen.get(&seq).is_none_or(|record| record.chain != Some(head))
    {
        findings.push(Finding::OtherHead { last: verified.last, expected: seq });
    }
    findings.sort_by_key(number);
    findings.dedup();
    verified.findings = findings;
    Ok(verified)
}

fn number(finding: &Finding) -> u64 {
    match finding {
        Finding::Changed { seq, .. }
        | Finding::Moved { seq, .. }
        | Finding::Added { seq, .. }
        | Finding::Unchained { seq, .. } => *seq,
        Finding::Missing { from, .. } => *from,
        Finding::Garbage { after, .. } => *after,
        Finding::OtherHead { .. } => u64::MAX,
    }
}

#[derive(Default)]
struct Walk {
    seen: Vec<Seen>,
    findings: Vec<Finding>,
}

impl Walk {
    fn segment(&mut self, segment: u32, bytes: &[u8]) {
        let mut offset = 0;
        while offset < bytes.len() {
            let rest = &bytes[offset..];
            let place = Place { segment, offset: offset as u64 };
            if let Some(frame) = frame::at(rest) {
                let entry = frame.entry;
                self.seen.push(Seen {
                    seq: entry.seq,
                    place,
                    digest: frame::digest(entry.seq, frame.synced, &entry.bytes),
                    chain: frame.chain,
                });
                offset += frame.length;
                continue;
            }
            let Some(first) = rest.iter().position(|b| *b != 0) else { return };
            offset += self.unread(place, rest, first);
        }
    }

    /// What cannot be read: a record whose checksum does not fit, or bytes that are none. Gives how far to go on.
    fn unread(&mut self, place: Place, rest: &[u8], first: usize) -> usize {
        let after = self.seen.last().map_or(0, |r| r.seq);
        if first == 0 && rest.len() >= HEAD && frame::begins(rest) {
            let length = HEAD + frame::length_of(rest);
            // Where the next record, or nothing, stands behind it, its length is right and its content is not.
            let goes_on = rest.get(length..).is_some_and(|next| {
                next.is_empty() || frame::begins(next) || next.iter().take(HEAD).all(|b| *b == 0)
            });
            if goes_on {
                let seq = after + 1;
                self.findings.push(Finding::Changed { seq, place, why: "its checksum does not fit" });
                return length;
            }
        }
        self.findings.push(Finding::Garbage { place, after });
        let next = rest[1..].windows(MAGIC.len()).position(|w| w == MAGIC);
        next.map_or(rest.len(), |at| at + 1)
    }
}

/// Of several records with the same number the one that the next one follows from; the others were added.
fn choose<'s>(
    by_number: &BTreeMap<u64, Vec<&'s Seen>>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<u64, &'s Seen> {
    let mut chosen = BTreeMap::new();
    for (seq, records) in by_number {
        let followed = |record: &&&Seen| {
            let next = by_number.get(&(seq + 1)).into_iter().flatten();
            let before = record.chain.unwrap_or(UNCHAINED);
            next.filter_map(|n| n.chain.map(|c| (n, c)))
                .any(|(n, chain)| frame::chained(&before, &n.digest) == chain)
        };
        let follows = |record: &&&Seen| {
            let before = seq.checked_sub(1).and_then(|b| chosen.get(&b)).and_then(|r: &&Seen| r.chain);
            Some(frame::chained(&before.unwrap_or(UNCHAINED), &record.digest)) == record.chain
        };
        let right = match records.as_slice() {
            [only] => *only,
            several => *several
                .iter()
                .find(|r| followed(r) && follows(r))
                .or_else(|| several.iter().find(followed))
                .or_else(|| several.iter().find(follows))
                .unwrap_or(&several[0]),
        };
        for other in records.iter().filter(|r| r.place != right.place) {
            findings.push(Finding::Added { seq: *seq, place: other.place });
        }
        chosen.insert(*seq, right);
    }
    chosen
}

/// Numbers that are not there; one that is there and cannot be read is not missing.
fn missing(chosen: &BTreeMap<u64, &Seen>, known: &[Finding], findings: &mut Vec<Finding>) {
    let unread = |seq: u64| known.iter().any(|f| matches!(f, Finding::Changed { seq: s, .. } if *s == seq));
    let mut expected = 1;
    for seq in chosen.keys() {
        while expected < *seq && unread(expected) {
            expected += 1;
        }
        if expected < *seq {
            findings.push(Finding::Missing { from: expected, to: seq - 1 });
        }
        expected = seq + 1;
    }
}

/// Records that stand behind one with a higher number.
fn moved(seen: &[Seen], chosen: &BTreeMap<u64, &Seen>, findings: &mut Vec<Finding>) {
    let of_chosen = |r: &&Seen| chosen.get(&r.seq).is_some_and(|c| c.place == r.place);
    let mut highest = 0;
    for record in seen.iter().filter(of_chosen) {
        if record.seq < highest {
            findings.push(Finding::Moved { seq: record.seq, place: record.place, after: highest });
        }
        highest = highest.max(record.seq);
    }
}

/// Chains that do not follow from the record before. What follows a missing record cannot be checked, and says so by that.
fn chains(chosen: &BTreeMap<u64, &Seen>, findings: &mut Vec<Finding>) {
    let mut began = false;
    for (seq, record) in chosen {
        let Some(chain) = record.chain else {
            if began {
                findings.push(Finding::Unchained { seq: *seq, place: record.place });
            }
            continue;
        };
        began = true;
        let before = match seq.checked_sub(1).map(|b| (b, chosen.get(&b))) {
            Some((0, _)) | None => UNCHAINED,
            Some((_, Some(before))) => before.chain.unwrap_or(UNCHAINED),
            Some((_, None)) => continue,
        };
        if frame::chained(&before, &record.digest) != chain {
            let why = "its hash does not follow from what it says and the record before it";
            findings.push(Finding::Changed { seq: *seq, place: record.place, why });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::journal::Journal;
    use finality_parsers::machine::Entry;

    fn entry(seq: u64) -> Entry {
        Entry { seq, bytes: format!("record {seq} {}", "x".repeat(seq as usize % 50)).into_bytes() }
    }

    /// The frames of a journal of nine records, one by one.
    fn frames() -> Vec<Vec<u8>> {
        let mut chain = UNCHAINED;
        (1..=9)
            .map(|seq| {
                let mut bytes = Vec::new();
                chain = frame::push(&mut bytes, &entry(seq), seq - 1, &chain);
                bytes
            })
            .collect()
    }

    fn found(frames: &[Vec<u8>], expected: Option<(u64, Chain)>) -> Vec<String> {
        let dir = tempfile::tempdir().expect("a folder");
        let mut bytes = frames.concat();
        bytes.resize(bytes.len() + 100, 0);
        std::fs::write(dir.path().join("journal-00000001.log"), bytes).expect("writes");
        let verified = verify(dir.path(), expected).expect("reads");
        verified
            .findings
            .iter()
            .map(|f| f.to_string().split(" (").next().unwrap_or_default().to_owned())
            .collect()
    }

    /// A frame that says something else and whose checksum fits again.
    fn forged(frame: &[u8]) -> Vec<u8> {
        let mut forged = frame.to_vec();
        *forged.last_mut().expect("bytes") ^= 1;
        let mut crc = crc32fast::Hasher::new();
        crc.update(&forged[12..]);
        forged[8..12].copy_from_slice(&crc.finalize().to_le_bytes());
        forged
    }

    #[test]
    fn what_was_written_is_found_so_and_a_restart_goes_on() {
        let dir = tempfile::tempdir().expect("a folder");
        for from in [1, 4, 7] {
            let (mut journal, _) = Journal::open(dir.path(), |_| ()).expect("opens");
            for seq in from..from + 3 {
                journal.append(&[entry(seq)]).expect("appends");
                journal.sync().expect("syncs");
            }
        }
        let verified = verify(dir.path(), None).expect("reads");
        assert_eq!(verified.findings, []);
        assert_eq!((verified.records, verified.unchained, verified.last), (9, 0, 9));
        assert_eq!(verify(dir.path(), Some((9, verified.head))).expect("reads").findings, []);
    }

    #[test]
    fn every_flipped_byte_is_found_in_its_record() {
        for at in 0..frames()[3].len() {
            let mut frames = frames();
            frames[3][at] ^= 0x40;
            let found = found(&frames, None);
            let named = |f: &String| f.contains("record 4 ") || f.contains("behind record 3");
            assert!(found.iter().any(named), "byte {at}: {found:?}");
        }
    }

    #[test]
    fn forged_dropped_swapped_inserted_truncated() {
        let mut changed = frames();
        changed[3] = forged(&changed[3]);
        assert_eq!(found(&changed, None), ["record 4 was changed"]);

        let mut dropped = frames();
        dropped.drain(3..5);
        assert_eq!(found(&dropped, None), ["records 4 to 5 are missing"]);

        let mut swapped = frames();
        swapped.swap(3, 4);
        assert_eq!(found(&swapped, None), ["record 4 was moved"]);

        let mut inserted = frames();
        inserted.insert(4, forged(&inserted[3]));
        assert_eq!(found(&inserted, None), ["a record 4 was added"]);
        let mut twice = frames();
        twice.insert(3, forged(&twice[3]));
        assert_eq!(found(&twice, None), ["a record 4 was added"]);

        let whole = frames();
        let head = frame::at(&whole[8]).and_then(|f| f.chain).expect("a chain");
        assert_eq!(found(&whole, Some((9, head))), [""; 0]);
        assert_eq!(found(&whole[..7], None), [""; 0], "the chain alone cannot know what followed");
        assert_eq!(
            found(&whole[..7], Some((9, head))),
            ["records 8 to 9 are missing at the end: they were there when the head was written down"]
        );
    }

    #[test]
    fn records_without_hashes_are_read_and_said() {
        let old = |seq: u64| {
            let entry = entry(seq);
            let mut bytes = b"FNJ1".to_vec();
            bytes.extend_from_slice(&u32::try_from(entry.bytes.len()).expect("small").to_le_bytes());
            let mut rest = seq.to_le_bytes().to_vec();
            rest.extend_from_slice(&(seq - 1).to_le_bytes());
            rest.extend_from_slice(&entry.bytes);
            bytes.extend_from_slice(&crc32fast::hash(&rest).to_le_bytes());
            bytes.extend_from_slice(&rest);
            bytes
        };
        let dir = tempfile::tempdir().expect("a folder");
        let bytes: Vec<u8> = (1..=3).flat_map(old).collect();
        std::fs::write(dir.path().join("journal-00000001.log"), bytes).expect("writes");
        let mut seen = 0;
        let (mut journal, tail) = Journal::open(dir.path(), |stored| {
            seen += 1;
            assert_eq!(stored.entry, entry(seen));
        })
        .expect("opens");
        assert_eq!((seen, tail), (3, None));
        for seq in 4..=6 {
            journal.append(&[entry(seq)]).expect("appends");
            journal.sync().expect("syncs");
        }
        let verified = verify(dir.path(), None).expect("reads");
        assert_eq!((verified.findings.len(), verified.records, verified.unchained), (0, 6, 3));
        let mut back = frames();
        back[5] = old(6);
        assert_eq!(found(&back[..6], None), ["record 6 has no hash although earlier ones have"]);
    }
}
