//! Where the records of a journal stand: one place in every 64 is remembered, the rest is found by reading on from there.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use finality_parsers::machine::Entry;

use super::journal::{self, JournalError, Place};

/// Records between two remembered places.
const EVERY: u64 = 64;

/// Shared by whoever writes the journal and whoever reads single records of it.
#[derive(Debug, Clone)]
pub struct Places {
    dir: PathBuf,
    known: Arc<Mutex<Vec<Place>>>,
}

impl Places {
    /// Of the journal in this folder; nothing is known yet.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), known: Arc::default() }
    }

    /// Takes the place of the next record.
    pub fn note(&self, seq: u64, place: Place) {
        if seq % EVERY == 1 {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let at = usize::try_from(seq / EVERY).unwrap_or(usize::MAX);
            known.truncate(at);
            known.push(place);
        }
    }

    /// Reads records by ascending number, from one pass over the part of the journal that holds them.
    pub fn read(&self, numbers: &[u64]) -> Result<Vec<Entry>, JournalError> {
        let mut entries = Vec::with_capacity(numbers.len());
        let mut reader: Option<(u64, Reader)> = None;
        for &number in numbers {
            let block = number.saturating_sub(1) / EVERY;
            // Read on, unless a remembered place is nearer.
            let near = reader.take().filter(|(next, _)| *next <= number && block * EVERY < *next + EVERY);
            let (mut next, mut from) = match near {
                Some(near) => near,
                None => {
                    let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                    let Some(place) = known.get(usize::try_from(block).unwrap_or(usize::MAX)).copied() else {
                        continue;
                    };
                    drop(known);
                    (block * EVERY + 1, Reader::at(&self.dir, place)?)
                }
            };
            while next <= number {
                let wanted = next == number;
                match from.next(wanted)? {
                    Some(entry) if wanted => entries.extend(entry),
                    Some(_) => {}
                    None => return Ok(entries),
                }
                next += 1;
            }
            reader = Some((next, from));
        }
        Ok(entries)
    }
}

/// Reads a journal frame by frame.
struct Reader {
    dir: PathBuf,
    segment: u32,
    file: BufReader<File>,
}

impl Reader {
    fn at(dir: &Path, place: Place) -> Result<Self, JournalError> {
        let path = journal::segment_path(dir, place.segment);
        let open = || {
            let mut file = BufReader::new(File::open(&path)?);
            file.seek(SeekFrom::Start(place.offset))?;
            Ok(file)
        };
        let file = open().map_err(|e| journal::io_error(&path, e))?;
        Ok(Self { dir: dir.to_owned(), segment: place.segment, file })
    }

    /// The next record: `Some(None)` when it is passed over, `None` at the end of the journal.
    fn next(&mut self, wanted: bool) -> Result<Option<Option<Entry>>, JournalError> {
        loop {
            match journal::next_frame(&mut self.file, wanted) {
                Ok(Some(found)) => return Ok(Some(found)),
                Ok(None) => {
                    let path = journal::segment_path(&self.dir, self.segment + 1);
                    if !path.exists() {
                        return Ok(None);
                    }
                    self.segment += 1;
                    self.file = BufReader::new(File::open(&path).map_err(|e| journal::io_error(&path, e))?);
                    let mut first = [0; 1];
                    if self.file.read(&mut first).map_err(|e| journal::io_error(&path, e))? == 0 {
                        return Ok(None);
                    }
                    self.file.rewind().map_err(|e| journal::io_error(&path, e))?;
                }
                Err(error) => {
                    return Err(journal::io_error(&journal::segment_path(&self.dir, self.segment), error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::journal::Journal;

    #[test]
    fn single_records_are_found_across_segments() {
        let dir = tempfile::tempdir().expect("a folder");
        let places = Places::new(dir.path());
        let (mut journal, _) = Journal::open(dir.path(), |_| {}).expect("a new journal");
        let entry = |seq: u64| Entry { seq, bytes: vec![u8::try_from(seq % 251).expect("small"); 70_000] };
        for first in (1..600).step_by(50) {
            let group: Vec<Entry> = (first..first + 50).map(entry).collect();
            for (entry, place) in group.iter().zip(journal.append(&group).expect("room")) {
                places.note(entry.seq, place);
            }
        }
        journal.sync().expect("synced");
        for numbers in
            [vec![1], vec![64, 65, 66], vec![1, 300, 599, 600], (200..480).collect(), vec![601, 700]]
        {
            let expected: Vec<Entry> = numbers.iter().filter(|n| **n <= 600).map(|n| entry(*n)).collect();
            assert_eq!(places.read(&numbers).expect("readable"), expected, "{numbers:?}");
        }
    }
}
