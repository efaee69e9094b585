//! The index on sled: normalized trades, records, exceptions and what they are found by. It is written behind the journal
//! and can be made anew from it at any time, so it need not survive a power cut; it must only never lie about how far it
//! is. This is the only file that names sled.
//!
//! | key | value |
//! |---|---|
//! | `b/` run, first key | a block of rows: see `runs.rs` |
//! | `m/runs` | which runs there are: blocks of others are rubbish |
//! | `m/watermark` | up to which journal record they are true |
//! | `m/format` | how they are written |

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::projection::Update;
use super::runs::{self, Block, Packer, Run};

/// sled's own default is a gigabyte.
const CACHE_BYTES: u64 = 64 << 20;
/// How often, and how long apart, a lock is tried.
const LOCK_TRIES: u32 = 60;
const LOCK_WAIT: Duration = Duration::from_millis(50);
const WATERMARK: &[u8] = b"m/watermark";
const RUNS: &[u8] = b"m/runs";
const FORMAT: &[u8] = b"m/format";
/// Blocks of rows; before there were blocks, nothing stood under that key. Since 3 open exceptions have places in a queue.
const FORMAT_NOW: &[u8] = b"3";
/// How many blocks are written in one go when runs are merged.
const BLOCKS_TOGETHER: usize = 64;

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
    /// Oldest first.
    runs: Mutex<Vec<Run>>,
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
            Ok(Ok(db)) => Self::over(db, path),
            Ok(Err(sled::Error::Io(e)))
                if e.kind() == std::io::ErrorKind::WouldBlock || e.to_string().contains("lock") =>
            {
                Err(StoreError::InUse { path })
            }
            Ok(Err(error)) => Err(StoreError::Open { path, why: error.to_string() }),
            Err(_) => Err(StoreError::Open { path, why: "sled panicked while reading it".to_owned() }),
        }
    }

    fn over(db: sled::Db, path: PathBuf) -> Result<Self, StoreError> {
        let unreadable = |why: String| StoreError::Open { path: path.clone(), why };
        let get = |key| db.get(key).map_err(|e| unreadable(e.to_string()));
        if get(FORMAT)?.as_deref() != Some(FORMAT_NOW) {
            if !db.is_empty() {
                return Err(unreadable("it was written by another version, in another form".to_owned()));
            }
            db.insert(FORMAT, FORMAT_NOW).map_err(|e| unreadable(e.to_string()))?;
        }
        let runs = match get(RUNS)? {
            None => Vec::new(),
            Some(runs) => {
                Run::unpack(&runs).ok_or_else(|| unreadable("its list of runs is damaged".into()))?
            }
        };
        let store = Self { db, runs: Mutex::new(runs) };
        store.sweep().map_err(|e| unreadable(e.to_string()))?;
        Ok(store)
    }

    fn runs(&self) -> MutexGuard<'_, Vec<Run>> {
        // The list is replaced whole.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes away blocks that belong to no run: what was merged when the process ended, or was to be.
    fn sweep(&self) -> Result<(), StoreError> {
        let runs = self.runs();
        let mut at = 0;
        while let Some((key, _)) =
            self.db.range(block_key(at, &[])..BLOCKS_END.to_vec()).next().transpose().map_err(use_error)?
        {
            let Some(number) = run_of(&key) else { break };
            if !runs.iter().any(|r| r.number == number) {
                self.forget(number)?;
            }
            at = number + 1;
        }
        Ok(())
    }

    fn forget(&self, run: u64) -> Result<(), StoreError> {
        for key in self.db.range(block_key(run, &[])..block_key(run + 1, &[])).keys() {
            self.db.remove(key.map_err(use_error)?).map_err(use_error)?;
        }
        Ok(())
    }

    /// Up to which journal record it is true.
    pub fn watermark(&self) -> Result<u64, StoreError> {
        let value = self.db.get(WATERMARK).map_err(use_error)?;
        Ok(value.and_then(|v| v.as_ref().try_into().ok().map(u64::from_be_bytes)).unwrap_or(0))
    }

    /// Writes what some records changed, and how far that brings it, all or nothing.
    pub fn apply(&self, update: &Update, watermark: u64) -> Result<(), StoreError> {
        let mut runs = self.runs();
        let number = runs.last().map_or(1, |r| r.number + 1);
        let mut packer = Packer::default();
        let mut blocks: Vec<Block> = Vec::new();
        for (key, value) in &update.changes {
            blocks.extend(packer.add(key, value.as_deref()));
        }
        blocks.extend(packer.finish());
        let mut after = runs.clone();
        if !blocks.is_empty() {
            after.push(Run { number, blocks: blocks.len() as u64, rows: packer.rows });
        }
        let mut batch = sled::Batch::default();
        for (first, block) in blocks {
            batch.insert(block_key(number, &first), block);
        }
        batch.insert(WATERMARK, &watermark.to_be_bytes());
        batch.insert(RUNS, Run::pack(&after));
        self.write(&batch)?;
        *runs = after;
        let many = runs::to_merge(&runs);
        if many > 0 { self.merge(&mut runs, many) } else { Ok(()) }
    }

    fn write(&self, batch: &sled::Batch) -> Result<(), StoreError> {
        // A transaction instead of a plain batch keeps sled's memory bounded.
        self.db
            .transaction(|tx| {
                tx.apply_batch(batch)?;
                Ok::<(), sled::transaction::ConflictableTransactionError<()>>(())
            })
            .map_err(|e| StoreError::Use(format!("{e:?}")))
    }

    /// Makes one run of the latest. Its blocks are rubbish until the list names them; then those of the others are.
    fn merge(&self, runs: &mut Vec<Run>, many: usize) -> Result<(), StoreError> {
        let (stay, merged) = runs.split_at(runs.len() - many);
        let number = merged.last().map_or(1, |r| r.number + 1);
        let oldest = stay.is_empty();
        let mut packer = Packer::default();
        let mut batch = sled::Batch::default();
        let (mut blocks, mut waiting) = (0, 0);
        let cursors: Result<Vec<_>, _> = merged
            .iter()
            .map(|run| self.blocks(run.number, &[]).map(|blocks| (run.number, blocks)))
            .collect();
        runs::read(cursors?, &[], |key, value| {
            // Where nothing is older, what is gone need not be said to be gone.
            let block = if oldest && value.is_none() { None } else { packer.add(key, value) };
            if let Some((first, block)) = block {
                batch.insert(block_key(number, &first), block);
                (blocks, waiting) = (blocks + 1, waiting + 1);
            }
            if waiting == BLOCKS_TOGETHER {
                self.write(&std::mem::take(&mut batch))?;
                waiting = 0;
            }
            Ok(true)
        })?;
        if let Some((first, block)) = packer.finish() {
            batch.insert(block_key(number, &first), block);
            blocks += 1;
        }
        let mut after = stay.to_vec();
        if blocks > 0 {
            after.push(Run { number, blocks, rows: packer.rows });
        }
        batch.insert(RUNS, Run::pack(&after));
        self.write(&batch)?;
        let merged = merged.to_vec();
        *runs = after;
        merged.iter().try_for_each(|run| self.forget(run.number))
    }

    /// The blocks of a run in order, beginning with the one in which this key would stand.
    fn blocks(
        &self,
        run: u64,
        key: &[u8],
    ) -> Result<impl Iterator<Item = Result<Vec<u8>, StoreError>> + use<>, StoreError> {
        let first = self.block_of(run, key)?.map_or_else(|| block_key(run, key), |(first, _)| first);
        let blocks = self.db.range(first..block_key(run + 1, &[]));
        Ok(blocks.map(|block| block.map(|(_, block)| block.to_vec()).map_err(use_error)))
    }

    /// The block of a run in which this key stands, if it stands in that run.
    fn block_of(&self, run: u64, key: &[u8]) -> Result<Option<Block>, StoreError> {
        let before = self.db.range(block_key(run, &[])..=block_key(run, key)).next_back();
        Ok(before.transpose().map_err(use_error)?.map(|(k, v)| (k.to_vec(), v.to_vec())))
    }

    /// Hands everything to the operating system.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.db.flush().map(|_| ()).map_err(use_error)
    }

    /// A value.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        for run in self.runs().iter().rev() {
            let Some((_, block)) = self.block_of(run.number, key)? else { continue };
            if let Some(found) = runs::find(&block, key) {
                return Ok(found.map(<[u8]>::to_vec));
            }
        }
        Ok(None)
    }

    /// Keys and values that begin so, in order, at most `limit`.
    pub fn scan(&self, prefix: &[u8], limit: usize) -> Result<Rows, StoreError> {
        self.scan_from(prefix, prefix, limit)
    }

    /// The same, from a key on.
    pub fn scan_from(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Rows, StoreError> {
        let runs = self.runs();
        let mut rows = Rows::new();
        let cursors: Result<Vec<_>, _> =
            runs.iter().map(|run| self.blocks(run.number, from).map(|blocks| (run.number, blocks))).collect();
        runs::read(cursors?, from, |key, value| {
            if rows.len() >= limit || !key.starts_with(prefix) {
                return Ok(false);
            }
            rows.extend(value.map(|value| (key.to_vec(), value.to_vec())));
            Ok(true)
        })?;
        Ok(rows)
    }

    /// How many entries were written and not merged with later ones of the same key.
    pub fn len(&self) -> usize {
        self.runs().iter().map(|r| usize::try_from(r.rows).unwrap_or(usize::MAX)).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.runs().is_empty()
    }

    /// Bytes on disk.
    pub fn size_on_disk(&self) -> Result<u64, StoreError> {
        self.db.size_on_disk().map_err(use_error)
    }
}

/// Behind the last block.
const BLOCKS_END: &[u8] = b"b0";

fn block_key(run: u64, first: &[u8]) -> Vec<u8> {
    [b"b/", run.to_be_bytes().as_slice(), first].concat()
}

fn run_of(key: &[u8]) -> Option<u64> {
    key.get(2..10)?.try_into().ok().map(u64::from_be_bytes)
}

fn use_error(error: sled::Error) -> StoreError {
    StoreError::Use(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(rows: impl IntoIterator<Item = (u64, Option<&'static [u8]>)>) -> Update {
        let changes = rows
            .into_iter()
            .map(|(key, value)| ([b"t/".as_slice(), &key.to_be_bytes()].concat(), value.map(<[u8]>::to_vec)));
        let mut update = Update::default();
        update.changes.extend(changes);
        update
    }

    fn keys(store: &Store) -> Vec<u64> {
        let rows = store.scan(b"t/", usize::MAX).expect("reads");
        let key = |key: &[u8]| u64::from_be_bytes(key[2..].try_into().expect("a number"));
        rows.iter().map(|(k, _)| key(k)).collect()
    }

    #[test]
    fn many_small_updates_are_merged_and_say_the_same() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("opens");
        for n in 0..200u64 {
            let gone = n.checked_sub(150).map(|n| (n, None));
            let rows = [(n, Some(b"old".as_slice())), (n + 1, Some(b"new".as_slice()))];
            store.apply(&update(rows.into_iter().chain(gone)), n + 1).expect("writes");
        }
        assert!(store.runs().len() < 64, "{} runs", store.runs().len());
        let check = |store: &Store| {
            assert_eq!(keys(store), (50..=200).collect::<Vec<_>>());
            assert_eq!(store.get(b"t/\0\0\0\0\0\0\0\x05").expect("reads"), None);
            assert_eq!(
                store.get(&[b"t/".as_slice(), &60u64.to_be_bytes()].concat()).expect("reads"),
                Some(b"old".to_vec())
            );
            assert_eq!(
                store.get(&[b"t/".as_slice(), &200u64.to_be_bytes()].concat()).expect("reads"),
                Some(b"new".to_vec())
            );
            assert_eq!(store.scan(b"t/", 3).expect("reads").len(), 3);
            assert_eq!(store.scan(b"u/", 3).expect("reads"), []);
            assert_eq!(store.watermark().expect("reads"), 200);
        };
        check(&store);
        // A merge that the process did not live to see the end of.
        store.db.insert(block_key(9_999, b"t/"), b"rubbish").expect("writes");
        drop(store);
        let store = Store::open(dir.path()).expect("opens");
        assert!(store.db.get(block_key(9_999, b"t/")).expect("reads").is_none());
        check(&store);
    }

    #[test]
    fn rows_of_an_earlier_version_are_not_read_as_blocks() {
        let dir = tempfile::tempdir().expect("a folder");
        let db = sled::open(dir.path()).expect("opens");
        db.insert(b"t/\0\0\0\0\0\0\0\x01", b"a trade").expect("writes");
        db.flush().expect("writes");
        drop(db);
        let error = Store::open(dir.path()).map(|_| ()).expect_err("refused");
        assert!(error.to_string().contains("another version"), "{error}");
    }
}
