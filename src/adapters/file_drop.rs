//! Messages as files: a link is a folder with `in`, `out`, `done` and `failed`. A file is taken when its size has not
//! changed between two looks; it is moved to `done` (or `failed`, if nothing in it was understood) only after its messages
//! are kept, so a crash in between means that it is read again, and recognised.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::runtime::door::Door;
use crate::runtime::drive::{Outgoing, ToCore};

/// How often folders are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Larger files are moved to `failed` unread.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// Messages that wait to be written: past that, the core waits for the disk.
const WAITING_MAX: usize = 16_384;
/// Most files written at a time.
const BATCH_MAX: usize = 256;
/// Files that one thread makes safe, of those.
const FILES_AT_A_TIME: usize = 16;
/// The wait after a disk refused.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A link's folder.
#[derive(Debug, Clone)]
pub struct Drop {
    link: String,
    dir: PathBuf,
}

impl Drop {
    /// The folder of a link; its four parts are made if they are not there.
    pub fn new(link: &str, dir: &Path) -> io::Result<Self> {
        for part in ["in", "out", "done", "failed"] {
            std::fs::create_dir_all(dir.join(part))?;
        }
        Ok(Self { link: link.to_owned(), dir: dir.to_owned() })
    }

    /// Watches the folder until `stopped` says so or the core is gone.
    pub fn watch(&self, inbox: &Door, stopped: &dyn Fn() -> bool) {
        let to = Box::new(Out::new(self.dir.join("out")));
        if inbox.send(ToCore::Opened { link: self.link.clone(), connection: 0, to }).is_err() {
            return;
        }
        let mut sizes: BTreeMap<PathBuf, u64> = BTreeMap::new();
        while !stopped() {
            match self.look(&mut sizes, inbox) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(link = self.link, %error, "the folder cannot be read"),
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// One look: `false` when the core is gone.
    fn look(&self, sizes: &mut BTreeMap<PathBuf, u64>, inbox: &Door) -> io::Result<bool> {
        let mut files: Vec<(PathBuf, u64)> = Vec::new();
        for entry in std::fs::read_dir(self.dir.join("in"))? {
            let entry = entry?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let metadata = entry.metadata()?;
            if metadata.is_file() && !hidden {
                files.push((entry.path(), metadata.len()));
            }
        }
        files.sort();
        let seen: BTreeMap<PathBuf, u64> = files.into_iter().collect();
        for (path, size) in &seen {
            if sizes.get(path) == Some(size) && !self.take(path, *size, inbox)? {
                return Ok(false);
            }
        }
        *sizes = seen;
        Ok(true)
    }

    fn take(&self, path: &Path, size: u64, inbox: &Door) -> io::Result<bool> {
        if size > FILE_BYTES_MAX {
            tracing::warn!(link = self.link, file = %path.display(), size, "too large: moved to failed unread");
            put_away(&self.dir, path, "failed")?;
            return Ok(true);
        }
        let bytes = std::fs::read(path)?;
        let (kept, told) = mpsc::channel();
        if inbox
            .send(ToCore::Bytes {
                link: self.link.clone(),
                connection: 0,
                bytes,
                kept: Some(kept),
                turn: None,
            })
            .is_err()
        {
            return Ok(false);
        }
        match told.recv() {
            Ok(understood) => {
                put_away(&self.dir, path, if understood { "done" } else { "failed" })?;
                Ok(true)
            }
            // The core stopped before the file was kept: it stays where it is and is read at the next start.
            Err(_) => Ok(false),
        }
    }
}

/// Moves a file into another part of the folder; a namesake that is there already is not overwritten.
pub(super) fn put_away(dir: &Path, path: &Path, part: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut to = dir.join(part).join(&name);
    let mut number = 1;
    while to.exists() {
        to = dir.join(part).join(format!("{name}.{number}"));
        number += 1;
    }
    std::fs::rename(path, to)
}

/// The `out` folder: each message a file, written under a hidden name and then renamed, so that nobody reads half of it. A
/// thread of its own writes them: no session waits for a disk.
#[derive(Debug)]
struct Out {
    waiting: Option<SyncSender<Vec<u8>>>,
    writer: Option<JoinHandle<()>>,
}

impl Out {
    fn new(dir: PathBuf) -> Self {
        let (waiting, messages) = mpsc::sync_channel(WAITING_MAX);
        let writer = std::thread::spawn(move || write_all(&dir, &messages));
        Self { waiting: Some(waiting), writer: Some(writer) }
    }
}

impl Outgoing for Out {
    fn send(&mut self, bytes: Vec<u8>) -> bool {
        self.waiting.as_ref().is_some_and(|to| to.send(bytes).is_ok())
    }

    fn close(&mut self, _reason: &str) {}
}

impl std::ops::Drop for Out {
    /// What waits is written before the gateway stops.
    fn drop(&mut self) {
        self.waiting = None;
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has said so; what it had is not acknowledged and goes out again.
            let _ = writer.join();
        }
    }
}

/// Writes what waits, in order, as much as there is at a time.
fn write_all(dir: &Path, messages: &Receiver<Vec<u8>>) {
    let mut next = 0;
    let mut batch: Vec<Vec<u8>> = Vec::new();
    loop {
        if batch.is_empty() {
            match messages.recv() {
                Ok(first) => batch.push(first),
                Err(_) => return,
            }
        }
        let mut stopping = false;
        while batch.len() < BATCH_MAX {
            match messages.try_recv() {
                Ok(message) => batch.push(message),
                Err(nothing) => {
                    stopping = nothing == mpsc::TryRecvError::Disconnected;
                    break;
                }
            }
        }
        match write_batch(dir, &batch, &mut next) {
            Ok(()) => batch.clear(),
            Err(error) => {
                // Those that were written already are written twice: better than not at all.
                tracing::error!(dir = %dir.display(), %error, messages = batch.len(), "messages could not be written");
                if stopping {
                    return;
                }
                std::thread::sleep(TRY_AGAIN_AFTER);
            }
        }
    }
}

/// Files are made safe side by side, since the disk takes as long for many as for one, and shown in order.
fn write_batch(dir: &Path, batch: &[Vec<u8>], next: &mut u64) -> io::Result<()> {
    let mut written = Vec::with_capacity(batch.len());
    for bytes in batch {
        let name = loop {
            *next += 1;
            let name = format!("{:012}.msg", *next);
            if !dir.join(&name).exists() {
                break name;
            }
        };
        let hidden = dir.join(format!(".{name}"));
        let mut file = File::create(&hidden)?;
        file.write_all(bytes)?;
        written.push((file, hidden, dir.join(name)));
    }
    std::thread::scope(|scope| {
        let safe =
            |some: &[(File, PathBuf, PathBuf)]| some.iter().try_for_each(|(file, ..)| file.sync_data());
        let parts: Vec<_> =
            written.chunks(FILES_AT_A_TIME).map(|some| scope.spawn(move || safe(some))).collect();
        parts
            .into_iter()
            .try_for_each(|part| part.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())))
    })?;
    written.into_iter().try_for_each(|(_, hidden, to)| std::fs::rename(hidden, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More than are written at a time.
    const SENT: usize = BATCH_MAX + 44;

    #[test]
    fn a_file_is_taken_when_it_has_stopped_growing_and_put_away_when_it_is_kept() {
        let dir = tempfile::tempdir().expect("a folder");
        let drop = Drop::new("custodian", dir.path()).expect("folders");
        let (inbox, core) = mpsc::sync_channel(16);
        let inbox = Door::to(inbox);
        let mut sizes = BTreeMap::new();
        let file = dir.path().join("in/a.fin");
        std::fs::write(&file, "{1:F01").expect("writes");
        assert!(drop.look(&mut sizes, &inbox).expect("looks"));
        assert!(core.try_recv().is_err(), "it may still grow");
        std::fs::write(&file, "{1:F01AAAA}").expect("writes");
        assert!(drop.look(&mut sizes, &inbox).expect("looks"));
        assert!(core.try_recv().is_err(), "it has grown");
        let answer = std::thread::spawn(move || {
            let Ok(ToCore::Bytes { bytes, kept: Some(kept), .. }) = core.recv() else { panic!("no bytes") };
            assert_eq!(bytes, b"{1:F01AAAA}");
            kept.send(false).expect("the folder waits");
        });
        assert!(drop.look(&mut sizes, &inbox).expect("looks"));
        answer.join().expect("no panic");
        assert!(dir.path().join("failed/a.fin").exists() && !file.exists());
    }

    #[test]
    fn a_file_that_was_not_kept_stays() {
        let dir = tempfile::tempdir().expect("a folder");
        let drop = Drop::new("custodian", dir.path()).expect("folders");
        let (inbox, core) = mpsc::sync_channel(16);
        let inbox = Door::to(inbox);
        let file = dir.path().join("in/a.fin");
        std::fs::write(&file, "{1:F01AAAA}").expect("writes");
        let mut sizes = BTreeMap::from([(file.clone(), 11)]);
        let gone = std::thread::spawn(move || {
            let taken = core.recv();
            assert!(matches!(taken, Ok(ToCore::Bytes { .. })));
        });
        assert!(!drop.look(&mut sizes, &inbox).expect("looks"), "the core is gone");
        gone.join().expect("no panic");
        assert!(file.exists());
    }

    #[test]
    fn outgoing_messages_are_whole_files_under_new_names() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut out = Out::new(dir.path().to_owned());
        assert!(out.send(b"one".to_vec()));
        drop(out);
        let mut again = Out::new(dir.path().to_owned());
        assert!(again.send(b"two".to_vec()), "after a restart nothing is overwritten");
        drop(again);
        let read = |name: &str| std::fs::read(dir.path().join(name)).expect("reads");
        assert_eq!((read("000000000001.msg"), read("000000000002.msg")), (b"one".to_vec(), b"two".to_vec()));
    }

    #[test]
    fn the_core_does_not_wait_for_the_disk_of_a_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        // A writer that never comes back, as a disk may: what is sent is taken all the same.
        let (waiting, stuck) = mpsc::sync_channel(WAITING_MAX);
        let mut out = Out { waiting: Some(waiting), writer: None };
        assert!((0..SENT).all(|n| out.send(n.to_string().into_bytes())));
        drop(out);
        write_all(dir.path(), &stuck);
        let mut files: Vec<_> = std::fs::read_dir(dir.path())
            .expect("a readable folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        assert_eq!(files.len(), SENT, "all were written before the end");
        let last = std::fs::read(&files[SENT - 1]).expect("reads");
        assert_eq!(last, (SENT - 1).to_string().into_bytes(), "in order");
    }
}
