//! Messages as files: a link is a folder with `in`, `out`, `done` and `failed`. A file is taken when its size has not
//! changed between two looks; it is moved to `done` (or `failed`, if nothing in it was understood) only after its messages
//! are kept, so a crash in between means that it is read again, and recognised.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, SyncSender};
use std::time::Duration;

use crate::runtime::drive::{Outgoing, ToCore};

/// How often folders are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Larger files are moved to `failed` unread.
const FILE_BYTES_MAX: u64 = 1 << 30;

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
    pub fn watch(&self, inbox: &SyncSender<ToCore>, stopped: &dyn Fn() -> bool) {
        let to = Box::new(Out { dir: self.dir.join("out"), next: 0 });
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
    fn look(&self, sizes: &mut BTreeMap<PathBuf, u64>, inbox: &SyncSender<ToCore>) -> io::Result<bool> {
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

    fn take(&self, path: &Path, size: u64, inbox: &SyncSender<ToCore>) -> io::Result<bool> {
        if size > FILE_BYTES_MAX {
            tracing::warn!(link = self.link, file = %path.display(), size, "too large: moved to failed unread");
            put_away(&self.dir, path, "failed")?;
            return Ok(true);
        }
        let bytes = std::fs::read(path)?;
        let (kept, told) = mpsc::channel();
        if inbox
            .send(ToCore::Bytes { link: self.link.clone(), connection: 0, bytes, kept: Some(kept) })
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

/// The `out` folder: each message a file, written under a hidden name and then renamed, so that nobody reads half of it.
#[derive(Debug)]
struct Out {
    dir: PathBuf,
    next: u64,
}

impl Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        loop {
            self.next += 1;
            let name = format!("{:012}.msg", self.next);
            let to = self.dir.join(&name);
            if to.exists() {
                continue;
            }
            let hidden = self.dir.join(format!(".{name}"));
            let mut file = std::fs::File::create(&hidden)?;
            file.write_all(bytes)?;
            file.sync_data()?;
            return std::fs::rename(hidden, to);
        }
    }
}

impl Outgoing for Out {
    fn send(&mut self, bytes: Vec<u8>) -> bool {
        match self.write(&bytes) {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(dir = %self.dir.display(), %error, "a message could not be written");
                false
            }
        }
    }

    fn close(&mut self, _reason: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_when_it_has_stopped_growing_and_put_away_when_it_is_kept() {
        let dir = tempfile::tempdir().expect("a folder");
        let drop = Drop::new("custodian", dir.path()).expect("folders");
        let (inbox, core) = mpsc::sync_channel(16);
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
        let mut out = Out { dir: dir.path().to_owned(), next: 0 };
        assert!(out.send(b"one".to_vec()));
        let mut again = Out { dir: dir.path().to_owned(), next: 0 };
        assert!(again.send(b"two".to_vec()), "after a restart nothing is overwritten");
        let read = |name: &str| std::fs::read(dir.path().join(name)).expect("reads");
        assert_eq!((read("000000000001.msg"), read("000000000002.msg")), (b"one".to_vec(), b"two".to_vec()));
    }
}
