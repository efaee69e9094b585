//! The index on sled: normalized trades, records, exceptions and what they are found by. It is written behind the journal
//! and can be made anew from it at any time, so it need not survive a power cut; it must only never lie about how far it
//! is. This is the only file that names sled.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::projection::Update;

/// sled's own default is a gigabyte.
const CACHE_BYTES: u64 = 64 << 20;
/// How often, and how long apart, a lock is tried.
const LOCK_TRIES: u32 = 60;
const LOCK_WAIT: Duration = Duration::from_millis(50);
const WATERMARK: &[u8] = b"m/watermark";

/// Why the index did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be opened.
    #[error(
        "the index in {path} cannot be opened ({why}): it is made anew from the journal by `finality store rebuild --store DIR`"
    )]
    Open {
        /// Where.
        path: PathBuf,
        /// What sled said.
        why: String,
    },
    /// Another process has it.
    #[error("the index in {path} is in use by another process: stop it first")]
    InUse {
        /// Where.
        path: PathBuf,
    },
    /// It cannot be read or written.
    #[error("the index cannot be used: {0}")]
    Use(String),
}

/// Keys with their values.
pub type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// The open index.
pub struct Store {
    db: sled::Db,
}

impl Store {
    /// Opens the index of a folder, or begins one. A sled that was closed a moment ago, here or by a process that was
    /// killed, may hold its lock a little longer: that is waited for.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let mut opened = Self::try_open(dir);
        for _ in 0..LOCK_TRIES {
            if !matches!(opened, Err(StoreError::InUse { .. })) {
                break;
            }
            std::thread::sleep(LOCK_WAIT);
            opened = Self::try_open(dir);
        }
        opened
    }

    fn try_open(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.to_owned();
        // A damaged store can make sled panic inside; that is its way of saying that it cannot be opened.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            sled::Config::new().path(dir).cache_capacity(CACHE_BYTES).open()
        }));
        match opened {
            Ok(Ok(db)) => Ok(Self { db }),
            Ok(Err(sled::Error::Io(e)))
                if e.kind() == std::io::ErrorKind::WouldBlock || e.to_string().contains("lock") =>
            {
                Err(StoreError::InUse { path })
            }
            Ok(Err(error)) => Err(StoreError::Open { path, why: error.to_string() }),
            Err(_) => Err(StoreError::Open { path, why: "sled panicked while reading it".to_owned() }),
        }
    }

    /// Up to which journal record it is true.
    pub fn watermark(&self) -> Result<u64, StoreError> {
        let value = self.db.get(WATERMARK).map_err(use_error)?;
        Ok(value.and_then(|v| v.as_ref().try_into().ok().map(u64::from_be_bytes)).unwrap_or(0))
    }

    /// Writes what some records changed, and how far that brings it, all or nothing.
    pub fn apply(&self, update: &Update, watermark: u64) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        for (key, value) in &update.changes {
            match value {
                Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                None => batch.remove(key.as_slice()),
            }
        }
        batch.insert(WATERMARK, &watermark.to_be_bytes());
        // A transaction instead of a plain batch keeps sled's memory bounded.
        self.db
            .transaction(|tx| {
                tx.apply_batch(&batch)?;
                Ok::<(), sled::transaction::ConflictableTransactionError<()>>(())
            })
            .map_err(|e| StoreError::Use(format!("{e:?}")))
    }

    /// Hands everything to the operating system.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.db.flush().map(|_| ()).map_err(use_error)
    }

    /// A value.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.db.get(key).map_err(use_error)?.map(|v| v.to_vec()))
    }

    /// Keys and values that begin so, in order, at most `limit`.
    pub fn scan(&self, prefix: &[u8], limit: usize) -> Result<Rows, StoreError> {
        let pairs = self.db.scan_prefix(prefix).take(limit);
        pairs.map(|pair| pair.map(|(k, v)| (k.to_vec(), v.to_vec())).map_err(use_error)).collect()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.db.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.db.is_empty()
    }

    /// Bytes on disk.
    pub fn size_on_disk(&self) -> Result<u64, StoreError> {
        self.db.size_on_disk().map_err(use_error)
    }
}

fn use_error(error: sled::Error) -> StoreError {
    StoreError::Use(error.to_string())
}
