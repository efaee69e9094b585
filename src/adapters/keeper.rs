//! Journal and index together, as a folder: `journal/` holds the truth, `index/` what is found by. Opening it is recovery:
//! a torn tail is cut, the index catches up, and an index that cannot be opened or knows more than the journal is set aside
//! and made anew.

use std::path::{Path, PathBuf};

use finality_kernel::fact::Record;
use finality_kernel::journal::{self as codec, RecordError};
use finality_kernel::profile::Profile;
use finality_parsers::machine::Entry;

use super::journal::{Journal, JournalError, Place, Tail};
use super::places::Places;
use super::projection::{Projection, Update};
use super::store::{Store, StoreError};

/// Records that go into the index together, unless it is quiet before. While the gateway runs nobody else can read the
/// index; what is not written when it is killed is caught up on at the next start.
const GROUP: usize = 4_096;

/// Why a store folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A record of it.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The index.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file system.
    #[error("{path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
}

/// What opening had to do.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Records in the journal.
    pub records: u64,
    /// The torn tail that was cut.
    pub tail: Option<Tail>,
    /// Records that the index had to catch up on.
    pub caught_up: u64,
    /// Where a damaged index was set aside, and why.
    pub set_aside: Option<(PathBuf, String)>,
}

/// The open folder.
pub struct Keeper {
    journal: Journal,
    indexer: Indexer,
    places: Places,
}

/// The index side, which follows the journal.
pub struct Indexer {
    store: Store,
    projection: Projection,
    update: Update,
    last: u64,
    pending: usize,
    /// Records are left for the next opening.
    later: bool,
}

impl Keeper {
    /// Opens a folder. Each record is given to `each`, in order: that is how the gateway gets its state back.
    pub fn open(
        dir: &Path,
        profile: Profile,
        mut each: impl FnMut(&Record),
    ) -> Result<(Self, Opened), KeeperError> {
        let mut report = Opened::default();
        let (store, aside) = open_index(dir)?;
        report.set_aside = aside;
        let mut indexer = Indexer::new(store, profile.clone());
        let mut watermark = indexer.store.watermark()?;
        let mut failed: Option<KeeperError> = None;
        let mut take = |stored: super::journal::Stored,
                        indexer: &mut Indexer,
                        watermark: u64,
                        each: &mut dyn FnMut(&Record)| {
            let record = codec::decode(&stored.entry)?;
            each(&record);
            if record.seq > watermark {
                report.caught_up += 1;
            }
            indexer.follow(&record, stored.place, record.seq > watermark)
        };
        let journal_dir = dir.join("journal");
        let places = Places::new(&journal_dir);
        let (journal, tail) = Journal::open(&journal_dir, |stored| {
            places.note(stored.entry.seq, stored.place);
            if failed.is_none()
                && let Err(error) = take(stored, &mut indexer, watermark, &mut each)
            {
                failed = Some(error);
            }
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        indexer.commit()?;
        report.tail = tail;
        report.records = journal.last();
        if watermark > journal.last() {
            // The index knows what the journal does not: it is not of this journal.
            drop(indexer);
            let why = format!("it goes up to record {watermark}, the journal to {}", journal.last());
            report.set_aside = Some((set_aside(dir)?, why));
            watermark = 0;
            indexer = Indexer::new(Store::open(&dir.join("index"))?, profile);
            rebuild(&journal_dir, &mut indexer, watermark)?;
            report.caught_up = journal.last();
        }
        Ok((Self { journal, indexer, places }, report))
    }

    /// Leaves it to the operating system when records come to the disk ([`Journal::without_sync`]).
    pub fn without_sync(&mut self) {
        self.journal.without_sync();
    }

    /// Leaves what comes from now on for the next opening, which catches up with the journal.
    pub fn index_later(&mut self) {
        self.indexer.later = true;
    }

    /// Keeps records: written, made safe, and only then given to the index.
    pub fn keep(&mut self, entries: &[Entry]) -> Result<u64, KeeperError> {
        let places = self.journal.append(entries)?;
        let safe = self.journal.sync()?;
        for (entry, place) in entries.iter().zip(places) {
            self.places.note(entry.seq, place);
            self.indexer.follow(&codec::decode(entry)?, place, true)?;
        }
        Ok(safe)
    }

    /// Brings the index up to the journal and closes both.
    pub fn close(mut self) -> Result<(), KeeperError> {
        self.indexer.flush()
    }

    /// Journal and index, to be driven by two threads, and where single records are found.
    pub fn split(self) -> (Journal, Indexer, Places) {
        (self.journal, self.indexer, self.places)
    }
}

impl Indexer {
    fn new(store: Store, profile: Profile) -> Self {
        Self {
            store,
            projection: Projection::new(profile),
            update: Update::default(),
            last: 0,
            pending: 0,
            later: false,
        }
    }

    /// Whether records are left for the next opening: then they need not be given to it.
    pub fn is_left(&self) -> bool {
        self.later
    }

    /// Takes a record.
    pub fn follow(&mut self, record: &Record, place: Place, write: bool) -> Result<(), KeeperError> {
        self.projection.follow(record, place, write.then_some(&mut self.update));
        self.last = record.seq;
        self.pending += usize::from(write);
        if self.pending >= GROUP { self.commit() } else { Ok(()) }
    }

    /// Writes what is pending.
    pub fn commit(&mut self) -> Result<(), KeeperError> {
        if self.pending > 0 {
            self.projection.complete(&mut self.update);
            self.store.apply(&self.update, self.last)?;
            self.update = Update::default();
            self.pending = 0;
        }
        Ok(())
    }

    /// Hands everything to the operating system.
    pub fn flush(&mut self) -> Result<(), KeeperError> {
        self.commit()?;
        Ok(self.store.flush()?)
    }
}

/// Makes the index anew. Gives the number of records.
pub fn rebuild_index(dir: &Path, profile: Profile) -> Result<(u64, Option<PathBuf>), KeeperError> {
    let aside = dir.join("index").exists().then(|| set_aside(dir)).transpose()?;
    let mut indexer = Indexer::new(Store::open(&dir.join("index"))?, profile);
    rebuild(&dir.join("journal"), &mut indexer, 0)?;
    indexer.flush()?;
    Ok((indexer.last, aside))
}

fn rebuild(journal: &Path, indexer: &mut Indexer, watermark: u64) -> Result<(), KeeperError> {
    let mut failed: Option<KeeperError> = None;
    super::journal::read_all(journal, |stored| {
        if failed.is_some() {
            return;
        }
        let done = codec::decode(&stored.entry)
            .map_err(KeeperError::from)
            .and_then(|record| indexer.follow(&record, stored.place, record.seq > watermark));
        failed = done.err();
    })?;
    failed.map_or(Ok(()), Err)?;
    indexer.commit()
}

fn open_index(dir: &Path) -> Result<(Store, Option<(PathBuf, String)>), KeeperError> {
    std::fs::create_dir_all(dir).map_err(|source| KeeperError::Io { path: dir.to_owned(), source })?;
    match Store::open(&dir.join("index")) {
        Ok(store) => Ok((store, None)),
        Err(StoreError::Open { why, .. }) => {
            let aside = set_aside(dir)?;
            Ok((Store::open(&dir.join("index"))?, Some((aside, why))))
        }
        Err(error) => Err(error.into()),
    }
}

/// Moves the index out of the way, under the first free name.
fn set_aside(dir: &Path) -> Result<PathBuf, KeeperError> {
    let mut number = 1;
    let aside = loop {
        let path = dir.join(format!("index.damaged-{number}"));
        if !path.exists() {
            break path;
        }
        number += 1;
    };
    let index = dir.join("index");
    std::fs::rename(&index, &aside).map_err(|source| KeeperError::Io { path: index, source })?;
    Ok(aside)
}
