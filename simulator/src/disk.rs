//! A disk that keeps what was synced and may lose the rest.

use std::time::Duration;

use finality_parsers::machine::{Entry, Timestamp};

use crate::seed::Draws;

/// An append-only log on a virtual disk.
#[derive(Debug, Default)]
pub struct Disk {
    entries: Vec<Entry>,
    /// How many of the entries are safe.
    synced: usize,
    /// The sync that is under way: when it ends, and how many entries are safe then.
    syncing: Option<(Timestamp, usize)>,
    sync_time: Duration,
}

impl Disk {
    /// A disk whose syncs take that long.
    pub fn new(sync_time: Duration) -> Self {
        Self { sync_time, ..Self::default() }
    }

    /// Writes an entry; it is not safe yet. Gives the time when a newly started sync ends, if one was started.
    pub fn append(&mut self, now: Timestamp, entry: Entry) -> Option<Timestamp> {
        self.entries.push(entry);
        self.start(now)
    }

    fn start(&mut self, now: Timestamp) -> Option<Timestamp> {
        if self.syncing.is_some() || self.synced == self.entries.len() {
            return None;
        }
        let done = now + self.sync_time;
        self.syncing = Some((done, self.entries.len()));
        Some(done)
    }

    /// A sync ends: gives the last safe entry's number, and when the next sync ends, if one begins. `None` when the sync
    /// was lost in a power cut.
    pub fn synced(&mut self, now: Timestamp) -> Option<(u64, Option<Timestamp>)> {
        let (done, count) = self.syncing?;
        if done != now {
            return None;
        }
        self.syncing = None;
        self.synced = count;
        let last = self.entries.get(count.checked_sub(1)?)?.seq;
        Some((last, self.start(now)))
    }

    /// Entries by number.
    pub fn read(&self, numbers: &[u64]) -> Vec<Entry> {
        let at = |number: &u64| self.entries.get(usize::try_from(*number).ok()?.checked_sub(1)?).cloned();
        numbers.iter().filter_map(at).collect()
    }

    /// The power goes: what was not synced is lost, or a part of it happens to have been written.
    pub fn cut(&mut self, draws: &Draws, number: u64) {
        let unsynced = self.entries.len() - self.synced;
        let kept = draws.between("power cut: entries that were written", number, 0, unsynced as u64) as usize;
        self.entries.truncate(self.synced + kept);
        self.synced = self.entries.len();
        self.syncing = None;
    }

    /// What is on the disk.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many entries are safe.
    pub fn safe(&self) -> usize {
        self.synced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_synced_stays_and_the_tail_may_go() {
        let at = Timestamp::from_nanos;
        let entry = |seq| Entry { seq, bytes: vec![] };
        let mut disk = Disk::new(Duration::from_nanos(10));
        assert_eq!(disk.append(at(0), entry(1)), Some(at(10)));
        assert_eq!(disk.append(at(5), entry(2)), None, "one sync at a time");
        assert_eq!(disk.synced(at(10)), Some((1, Some(at(20)))));
        assert_eq!(disk.append(at(12), entry(3)), None);
        let draws = Draws::new(1);
        for number in 0..50 {
            let mut copy = Disk {
                entries: disk.entries.clone(),
                synced: disk.synced,
                syncing: disk.syncing,
                sync_time: disk.sync_time,
            };
            copy.cut(&draws, number);
            let kept = copy.entries().len();
            assert!((1..=3).contains(&kept), "{kept}");
            assert_eq!(copy.entries()[0].seq, 1);
            assert_eq!(copy.synced(at(20)), None, "the sync was lost with the power");
        }
    }
}
