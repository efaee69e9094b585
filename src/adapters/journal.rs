//! The journal: the truth. An append-only log in segments; a record is safe once [`Journal::sync`] has returned.
//!
//! ```text
//! segment  journal-00000001.log, preallocated; zeros follow the last frame
//! frame    see `frame.rs`: head, chain of hashes, payload
//! ```
//!
//! A frame says which record was known to be safe when it was written: that tells a torn tail, which nobody was promised, from
//! damage to what somebody was. Its chain is continued by the next start and checked by `finality audit verify`.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use finality_parsers::machine::Entry;

use super::frame::{self, Chain, HEAD, MAGIC, UNCHAINED};

/// Segments are preallocated to this size; a record larger than that gets a segment of its own.
const SEGMENT_BYTES: u64 = 16 << 20;
/// A buffer beyond that is not kept for the next write.
const BUFFER_KEPT_MAX: usize = 1 << 20;

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The segment's number.
    pub segment: u32,
    /// Bytes from its start.
    pub offset: u64,
}

/// What is wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system said no.
    #[error("{path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A record that somebody was promised cannot be read.
    #[error(
        "{path}: record {seq} at byte {offset} is damaged, and later records show that it was safe once ({why}). \
         Nothing was changed. Restore the segment from a copy, or run `finality store repair --store DIR` to keep the \
         records before it and move the rest aside"
    )]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// The record that is missing.
        seq: u64,
        /// Where it should start.
        offset: u64,
        /// What is wrong with it.
        why: String,
    },
}

/// What start-up found at the end of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// The first record that is not there any more.
    pub seq: u64,
    /// Bytes that were cut off: a write that was under way when the power went, and that nobody was promised.
    pub bytes: u64,
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    file: File,
    segment: u32,
    offset: u64,
    capacity: u64,
    last: u64,
    synced: u64,
    /// Of the last record.
    chain: Chain,
    /// Whether [`Journal::sync`] waits for the disk.
    waits: bool,
    /// Frames that are put together; kept for its room.
    buffer: Vec<u8>,
}

/// A record with its place, as start-up and readers get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The record.
    pub entry: Entry,
    /// Where it stands.
    pub place: Place,
}

impl Journal {
    /// Opens the journal of a folder, or begins one. Every record is checked and given to `each`, in order. A torn tail is
    /// cut and reported; damage before it stops the start.
    pub fn open(dir: &Path, mut each: impl FnMut(Stored)) -> Result<(Self, Option<Tail>), JournalError> {
        std::fs::create_dir_all(dir).map_err(|e| io_error(dir, e))?;
        let scan = scan(dir, &mut each)?;
        let tail = scan.bad.as_ref().map(|bad| Tail { seq: scan.last + 1, bytes: bad.garbage });
        if let Some(bad) = &scan.bad {
            if let Some(evidence) = &bad.evidence {
                return Err(JournalError::Damaged {
                    path: segment_path(dir, bad.place.segment),
                    seq: scan.last + 1,
                    offset: bad.place.offset,
                    why: evidence.clone(),
                });
            }
            cut(dir, bad.place)?;
        }
        let (segment, offset) = scan.end.map_or((1, 0), |p| (p.segment, p.offset));
        let mut journal = Self::at(dir, segment, offset)?;
        journal.last = scan.last;
        journal.synced = scan.last;
        journal.chain = scan.chain;
        // What is read at start-up may only be in the cache of a machine that crashed: make it safe before it is relied on.
        journal.file.sync_data().map_err(|e| io_error(&segment_path(dir, segment), e))?;
        Ok((journal, tail.filter(|t| t.bytes > 0)))
    }

    fn at(dir: &Path, segment: u32, offset: u64) -> Result<Self, JournalError> {
        let path = segment_path(dir, segment);
        let fresh = !path.exists();
        let open = || -> io::Result<(File, u64)> {
            let mut file =
                OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
            let capacity = file.metadata()?.len().max(SEGMENT_BYTES);
            file.set_len(capacity)?;
            file.seek(SeekFrom::Start(offset))?;
            if fresh {
                file.sync_all()?;
                File::open(dir)?.sync_all()?;
            }
            Ok((file, capacity))
        };
        let (file, capacity) = open().map_err(|e| io_error(&path, e))?;
        Ok(Self {
            dir: dir.to_owned(),
            file,
            segment,
            offset,
            capacity,
            last: 0,
            synced: 0,
            chain: UNCHAINED,
            waits: true,
            buffer: Vec::new(),
        })
    }

    /// From now on the operating system keeps the records, the disk when it comes to it: safe when the process is killed, not
    /// when the power goes.
    pub fn without_sync(&mut self) {
        self.waits = false;
    }

    /// Whether records are on the disk when [`Journal::sync`] returns.
    pub fn waits(&self) -> bool {
        self.waits
    }

    /// The last record that was appended.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Appends records: one write, not safe until [`Journal::sync`]. Gives their places.
    pub fn append(&mut self, entries: &[Entry]) -> Result<Vec<Place>, JournalError> {
        let mut places = Vec::with_capacity(entries.len());
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        for entry in entries {
            let frame = (HEAD + size_of::<Chain>() + entry.bytes.len()) as u64;
            if self.offset + buffer.len() as u64 + frame > self.capacity
                && (self.offset > 0 || !buffer.is_empty())
            {
                self.write(&buffer)?;
                buffer.clear();
                self.rotate(frame)?;
            }
            places.push(Place { segment: self.segment, offset: self.offset + buffer.len() as u64 });
            self.chain = frame::push(&mut buffer, entry, self.synced, &self.chain);
            self.last = entry.seq;
        }
        self.write(&buffer)?;
        if buffer.capacity() <= BUFFER_KEPT_MAX {
            self.buffer = buffer;
        }
        Ok(places)
    }

    fn write(&mut self, buffer: &[u8]) -> Result<(), JournalError> {
        let path = segment_path(&self.dir, self.segment);
        self.file.write_all(buffer).map_err(|e| io_error(&path, e))?;
        self.offset += buffer.len() as u64;
        Ok(())
    }

    fn rotate(&mut self, frame: u64) -> Result<(), JournalError> {
        self.sync()?;
        let (last, synced, waits, chain) = (self.last, self.synced, self.waits, self.chain);
        let dir = self.dir.clone();
        *self = Self::at(&dir, self.segment + 1, 0)?;
        (self.last, self.synced, self.waits, self.chain) = (last, synced, waits, chain);
        if frame > self.capacity {
            let path = segment_path(&self.dir, self.segment);
            self.file.set_len(frame).map_err(|e| io_error(&path, e))?;
            self.capacity = frame;
        }
        Ok(())
    }

    /// Makes everything that was appended safe, as far as it is to be.
    pub fn sync(&mut self) -> Result<u64, JournalError> {
        if !self.waits {
            // `synced` stays: what a power cut takes is then a torn tail, and no damage.
            return Ok(self.last);
        }
        self.file.sync_data().map_err(|e| io_error(&segment_path(&self.dir, self.segment), e))?;
        self.synced = self.last;
        Ok(self.last)
    }
}

/// Reads all records of a folder without opening it for writing; a torn tail is passed over.
pub fn read_all(dir: &Path, mut each: impl FnMut(Stored)) -> Result<u64, JournalError> {
    let scan = scan(dir, &mut each)?;
    match scan.bad {
        Some(Bad { evidence: Some(why), place, .. }) => Err(JournalError::Damaged {
            path: segment_path(dir, place.segment),
            seq: scan.last + 1,
            offset: place.offset,
            why,
        }),
        _ => Ok(scan.last),
    }
}

/// Keeps what can be read and moves the rest aside, out of the way of the next start.
pub fn repair(dir: &Path) -> Result<Option<(u64, Vec<PathBuf>)>, JournalError> {
    let scan = scan(dir, &mut |_| {})?;
    let Some(bad) = scan.bad else { return Ok(None) };
    let mut moved = Vec::new();
    for (number, path) in segments(dir)? {
        if number < bad.place.segment {
            continue;
        }
        let aside = path.with_extension("damaged");
        std::fs::copy(&path, &aside).map_err(|e| io_error(&path, e))?;
        if number > bad.place.segment {
            std::fs::remove_file(&path).map_err(|e| io_error(&path, e))?;
        }
        moved.push(aside);
    }
    cut(dir, bad.place)?;
    Ok(Some((scan.last, moved)))
}

/// Reads one record.
pub fn read_at(dir: &Path, place: Place) -> Result<Entry, JournalError> {
    let path = segment_path(dir, place.segment);
    let read = || -> io::Result<Option<Entry>> {
        let mut file = File::open(&path)?;
        file.seek(SeekFrom::Start(place.offset))?;
        let mut head = [0; HEAD];
        file.read_exact(&mut head)?;
        let length = frame::length_of(&head);
        let rest = file.metadata()?.len().saturating_sub(place.offset + HEAD as u64);
        if !frame::begins(&head) || length as u64 > rest {
            return Ok(None);
        }
        let mut bytes = head.to_vec();
        bytes.resize(HEAD + length, 0);
        file.read_exact(&mut bytes[HEAD..])?;
        Ok(frame::at(&bytes).map(|f| f.entry))
    };
    read().map_err(|e| io_error(&path, e))?.ok_or_else(|| JournalError::Damaged {
        path: path.clone(),
        seq: 0,
        offset: place.offset,
        why: "there is no readable record at this place".to_owned(),
    })
}

/// Reads the frame that begins here: its record, when it is wanted. `None` where no frame begins.
pub(super) fn next_frame(file: &mut io::BufReader<File>, wanted: bool) -> io::Result<Option<Option<Entry>>> {
    let mut bytes = vec![0; HEAD];
    match file.read_exact(&mut bytes) {
        Ok(()) if frame::begins(&bytes) => {}
        Ok(()) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = frame::length_of(&bytes);
    if !wanted {
        file.seek_relative(i64::try_from(length).unwrap_or(i64::MAX))?;
        return Ok(Some(None));
    }
    bytes.resize(HEAD + length, 0);
    file.read_exact(&mut bytes[HEAD..])?;
    Ok(frame::at(&bytes).map(|f| Some(f.entry)))
}

/// Whether there is a record behind the one at `place`, or any at all when there is no place.
pub fn goes_on_after(dir: &Path, place: Option<Place>) -> Result<bool, JournalError> {
    let head = |segment: u32, offset: u64| -> Option<[u8; HEAD]> {
        let mut head = [0; HEAD];
        let mut read = || -> io::Result<()> {
            let mut file = File::open(segment_path(dir, segment))?;
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(&mut head)
        };
        read().ok().filter(|()| frame::begins(&head)).map(|()| head)
    };
    let (segment, offset) = match place {
        None => (1, 0),
        Some(place) => {
            // Read whole: what cannot be read is no record to go on from.
            read_at(dir, place)?;
            let length = head(place.segment, place.offset).map_or(0, |head| HEAD + frame::length_of(&head));
            (place.segment, place.offset + length as u64)
        }
    };
    Ok(head(segment, offset).is_some() || head(segment + 1, 0).is_some())
}

struct Bad {
    place: Place,
    /// Bytes behind it that are not zero.
    garbage: u64,
    /// What shows that the missing record had been safe.
    evidence: Option<String>,
}

struct Scan {
    last: u64,
    chain: Chain,
    end: Option<Place>,
    bad: Option<Bad>,
}

fn scan(dir: &Path, each: &mut impl FnMut(Stored)) -> Result<Scan, JournalError> {
    let mut scan = Scan { last: 0, chain: UNCHAINED, end: None, bad: None };
    for (number, path) in segments(dir)? {
        let bytes = std::fs::read(&path).map_err(|e| io_error(&path, e))?;
        let mut offset = 0;
        if scan.bad.is_none() {
            while let Some(frame) = frame::at(&bytes[offset..]).filter(|f| f.entry.seq == scan.last + 1) {
                let place = Place { segment: number, offset: offset as u64 };
                scan.last = frame.entry.seq;
                scan.chain = frame.chain.unwrap_or(UNCHAINED);
                offset += frame.length;
                each(Stored { entry: frame.entry, place });
            }
            scan.end = Some(Place { segment: number, offset: offset as u64 });
        }
        look_behind(&mut scan, number, &bytes, offset);
    }
    Ok(scan)
}

/// What stands behind the last sound record of a segment: nothing but zeros, torn writes, or evidence of damage.
fn look_behind(scan: &mut Scan, segment: u32, bytes: &[u8], offset: usize) {
    let rest = &bytes[offset..];
    let garbage = rest.iter().rposition(|b| *b != 0).map_or(0, |p| p as u64 + 1);
    if garbage == 0 && scan.bad.is_none() {
        return;
    }
    let first_missing = scan.last + 1;
    let mut evidence = None;
    let mut at = 0;
    while let Some(step) = rest[at..].windows(MAGIC.len()).position(|w| w == MAGIC) {
        at += step;
        match frame::at(&rest[at..]) {
            Some(frame) if frame.entry.seq > scan.last => {
                if frame.synced >= first_missing {
                    evidence =
                        Some(format!("record {} says that {} was safe", frame.entry.seq, frame.synced));
                    break;
                }
                at += frame.length;
            }
            _ => at += 1,
        }
    }
    match &mut scan.bad {
        Some(bad) => {
            bad.garbage += garbage;
            if bad.evidence.is_none() {
                bad.evidence = evidence;
            }
        }
        None => scan.bad = Some(Bad { place: Place { segment, offset: offset as u64 }, garbage, evidence }),
    }
}

/// Zeroes everything behind a place and removes the segments after it.
fn cut(dir: &Path, place: Place) -> Result<(), JournalError> {
    for (number, path) in segments(dir)? {
        let act = || -> io::Result<()> {
            if number > place.segment {
                return std::fs::remove_file(&path);
            }
            if number == place.segment {
                let file = OpenOptions::new().write(true).open(&path)?;
                file.set_len(place.offset)?;
                file.set_len(SEGMENT_BYTES.max(place.offset))?;
                file.sync_all()?;
            }
            Ok(())
        };
        act().map_err(|e| io_error(&path, e))?;
    }
    File::open(dir).and_then(|d| d.sync_all()).map_err(|e| io_error(dir, e))
}

pub(super) fn segment_path(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("journal-{number:08}.log"))
}

/// The segments there are, in order.
pub(super) fn segments(dir: &Path) -> Result<Vec<(u32, PathBuf)>, JournalError> {
    let mut list = Vec::new();
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(list),
        Err(e) => return Err(io_error(dir, e)),
    };
    for entry in entries {
        let path = entry.map_err(|e| io_error(dir, e))?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        let number =
            name.strip_prefix("journal-").and_then(|n| n.strip_suffix(".log")).and_then(|n| n.parse().ok());
        if let Some(number) = number {
            list.push((number, path));
        }
    }
    list.sort_unstable();
    Ok(list)
}

pub(super) fn io_error(path: &Path, source: io::Error) -> JournalError {
    JournalError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64) -> Entry {
        Entry { seq, bytes: format!("record {seq} {}", "x".repeat(seq as usize % 90)).into_bytes() }
    }

    fn fill(dir: &Path, from: u64, to: u64) {
        let (mut journal, tail) = Journal::open(dir, |_| ()).expect("opens");
        assert_eq!(tail, None);
        for seq in from..=to {
            journal.append(&[entry(seq)]).expect("appends");
            journal.sync().expect("syncs");
        }
    }

    fn reopen(dir: &Path) -> (Result<Option<Tail>, JournalError>, u64) {
        let mut last = 0;
        let opened = Journal::open(dir, |stored| {
            assert_eq!(stored.entry, entry(stored.entry.seq));
            assert_eq!(read_at(dir, stored.place).expect("reads"), stored.entry);
            last = stored.entry.seq;
        });
        (opened.map(|(_, tail)| tail), last)
    }

    #[test]
    fn records_come_back_and_more_can_follow() {
        let dir = tempfile::tempdir().expect("a folder");
        fill(dir.path(), 1, 50);
        fill(dir.path(), 51, 60);
        let (tail, last) = reopen(dir.path());
        assert_eq!((tail.expect("opens"), last), (None, 60));
    }

    #[test]
    fn a_torn_tail_is_cut_wherever_it_is_torn() {
        let whole = tempfile::tempdir().expect("a folder");
        fill(whole.path(), 1, 5);
        let path = segment_path(whole.path(), 1);
        let bytes = std::fs::read(&path).expect("reads");
        let end = bytes.iter().rposition(|b| *b != 0).expect("not empty") + 1;
        // The last record was written and not synced: any part of it may be missing.
        let start = end - HEAD - size_of::<Chain>() - entry(5).bytes.len();
        for cut_at in start + 1..end {
            let dir = tempfile::tempdir().expect("a folder");
            let mut torn = bytes[..cut_at].to_vec();
            torn.resize(bytes.len().min(1 << 16), 0);
            std::fs::write(segment_path(dir.path(), 1), torn).expect("writes");
            let (tail, last) = reopen(dir.path());
            assert_eq!(last, 4, "cut at {cut_at}");
            assert_eq!(tail.expect("opens").map(|t| t.seq), Some(5));
            let (tail, last) = reopen(dir.path());
            assert_eq!((tail.expect("opens"), last), (None, 4), "cut once, clean ever after");
        }
    }

    #[test]
    fn damage_to_what_was_safe_stops_the_start_and_can_be_repaired() {
        let dir = tempfile::tempdir().expect("a folder");
        fill(dir.path(), 1, 9);
        let path = segment_path(dir.path(), 1);
        let mut bytes = std::fs::read(&path).expect("reads");
        let third = bytes.windows(8).position(|w| w == b"record 3").expect("there");
        bytes[third] = b'X';
        std::fs::write(&path, &bytes).expect("writes");
        let (opened, last) = reopen(dir.path());
        let error = opened.expect_err("damage is not passed over").to_string();
        assert!(error.contains("record 3") && error.contains("store repair"), "{error}");
        assert_eq!(last, 2);
        assert_eq!(std::fs::read(&path).expect("reads"), bytes, "nothing was changed");
        let (kept, moved) = repair(dir.path()).expect("repairs").expect("something to repair");
        assert_eq!((kept, moved.len()), (2, 1));
        let (tail, last) = reopen(dir.path());
        assert_eq!((tail.expect("opens"), last), (None, 2));
    }

    #[test]
    fn segments_rotate() {
        let dir = tempfile::tempdir().expect("a folder");
        let big = |seq| Entry { seq, bytes: vec![u8::try_from(seq).expect("small"); 6 << 20] };
        let (mut journal, _) = Journal::open(dir.path(), |_| ()).expect("opens");
        for seq in 1..=5 {
            journal.append(&[big(seq)]).expect("appends");
        }
        journal
            .append(&[Entry { seq: 6, bytes: vec![6; 20 << 20] }])
            .expect("a record larger than a segment");
        journal.sync().expect("syncs");
        drop(journal);
        let mut seen = Vec::new();
        let (journal, tail) =
            Journal::open(dir.path(), |s| seen.push((s.entry.seq, s.entry.bytes.len()))).expect("opens");
        assert_eq!((journal.last(), tail), (6, None));
        assert_eq!(seen.len(), 6);
        assert_eq!(seen[5], (6, 20 << 20));
        assert!(segments(dir.path()).expect("lists").len() >= 4);
    }
}
