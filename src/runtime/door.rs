//! The way into the core, and who does its work. Whoever brings something and finds nobody at work works it off at once, on
//! the thread it is on: a message that comes while the gateway is idle wakes nobody, and neither does its answer. If
//! somebody is at work, what was brought lies in the queue, and they take it. The thread named `core` does what is left:
//! deadlines, what came from elsewhere, and what may take long.
//!
//! ```text
//!   connection ─ offer ─▶ queue ─▶ free? ── yes ─▶ work, at most BY_THE_WAY_MAX, then look again
//!                                    └───── no ──▶ whoever works looks again before they leave
//!   others ───── send ──▶ queue ─▶ the core thread is woken
//! ```
//!
//! One works at a time, in the order of the queue: who it is changes nothing that is decided. Whoever leaves looks once more
//! after they have left: what was brought meanwhile was left to them. If the work panics, on whatever thread, all is over:
//! the core thread clears the room, and whoever brings something is told that nobody is there.

use std::fmt;
use std::sync::atomic::{AtomicIsize, Ordering, fence};
use std::sync::mpsc::{Receiver, SendError, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, TryLockError};
use std::thread::Thread;
use std::time::Duration;

use finality_parsers::machine::Timestamp;

use super::drive::ToCore;

/// What somebody works off who only came to bring something; the rest is the core thread's.
const BY_THE_WAY_MAX: usize = 8;

/// What came of doing the next thing.
pub(super) enum Next {
    /// There may be more.
    Worked,
    /// There is nothing to do until an event comes, or this time: by the clock, and how long that is from now.
    Idle(Option<(Timestamp, Duration)>),
    /// That was all.
    Ended(Result<(), String>),
}

/// What stands behind the door.
pub(super) trait Work: Send {
    /// Does the next thing: takes the event, or where none waits, does what is still to be done.
    fn next(&mut self, event: Option<ToCore>) -> Next;
    /// Whether the next thing may have to wait for another thread.
    fn is_held_up(&self) -> bool;
}

/// Where events for the core are brought.
#[derive(Clone)]
pub struct Door {
    queue: SyncSender<ToCore>,
    room: Arc<Room>,
}

/// The core with its queue. Whoever holds the lock works.
pub(super) struct Room {
    /// Taken out at the end, so that the threads behind the core end too.
    inside: Mutex<Option<Inside>>,
    /// Events in the queue. What is taken before it was counted makes it negative for a moment.
    brought: AtomicIsize,
    thread: OnceLock<Thread>,
    ended: Mutex<Option<Result<(), String>>>,
}

struct Inside {
    work: Box<dyn Work>,
    queue: Receiver<ToCore>,
    /// When the core thread looks by itself.
    looks_at: Option<Timestamp>,
}

/// Wakes the core thread if the work panics, so that it ends and says so.
struct Alarm<'r>(&'r Room);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.wake();
        }
    }
}

/// Clears the room when the core thread is gone, however that came: nobody waits for room in a queue that nobody empties.
struct LastOut<'r>(&'r Room);

impl Drop for LastOut<'_> {
    fn drop(&mut self) {
        *self.0.inside.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Door {
    /// A door with that much room before it.
    pub(super) fn new(work: Box<dyn Work>, brought_max: usize) -> (Self, Arc<Room>) {
        let (sender, queue) = std::sync::mpsc::sync_channel(brought_max);
        let room = Arc::new(Room::with(Some(Inside { work, queue, looks_at: None })));
        (Self { queue: sender, room: Arc::clone(&room) }, room)
    }

    /// A door behind which there is nothing but a queue: somebody else takes what is brought.
    pub fn to(queue: SyncSender<ToCore>) -> Self {
        Self { queue, room: Arc::new(Room::with(None)) }
    }

    /// Brings an event for the core thread to take; waits while there is no room.
    ///
    /// # Errors
    ///
    /// Gives it back when nobody is there any more.
    #[allow(clippy::result_large_err, reason = "the caller's own event comes back")]
    pub fn send(&self, event: ToCore) -> Result<(), SendError<ToCore>> {
        self.queue.send(event)?;
        self.room.brought.fetch_add(1, Ordering::SeqCst);
        self.room.wake();
        Ok(())
    }

    /// Brings an event and sees to it, if nobody else does. Never waits for room.
    ///
    /// # Errors
    ///
    /// Gives it back when there is no room, or nobody there any more.
    #[allow(clippy::result_large_err, reason = "the caller's own event comes back")]
    pub fn offer(&self, event: ToCore) -> Result<(), TrySendError<ToCore>> {
        self.queue.try_send(event)?;
        self.room.brought.fetch_add(1, Ordering::SeqCst);
        self.room.work_by_the_way();
        Ok(())
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl Room {
    fn with(inside: Option<Inside>) -> Self {
        Self {
            inside: Mutex::new(inside),
            brought: AtomicIsize::new(0),
            thread: OnceLock::new(),
            ended: Mutex::new(None),
        }
    }

    /// Whose thread does what is left.
    pub(super) fn belongs_to(&self, thread: &Thread) {
        // It is said once, when the thread is there.
        let _ = self.thread.set(thread.clone());
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    fn work_by_the_way(&self) {
        let mut most = BY_THE_WAY_MAX;
        loop {
            // Either this sees the lock free, or whoever has it sees what was brought.
            fence(Ordering::SeqCst);
            let mut inside = match self.inside.try_lock() {
                Ok(inside) => inside,
                Err(TryLockError::WouldBlock | TryLockError::Poisoned(_)) => return,
            };
            let _alarm = Alarm(self);
            let Some(found) = inside.as_mut() else { return };
            let wake = match found.work(&self.brought, Some(&mut most)) {
                Next::Worked => true,
                Next::Idle(until) => {
                    let due = until.map(|(due, _)| due);
                    due.is_some_and(|due| found.looks_at.is_none_or(|at| due < at))
                }
                Next::Ended(how) => {
                    *inside = None;
                    self.end(how);
                    true
                }
            };
            drop(inside);
            fence(Ordering::SeqCst);
            let more = self.brought.load(Ordering::SeqCst) > 0;
            if wake || more && most == 0 {
                self.wake();
                return;
            }
            if !more {
                return;
            }
        }
    }

    /// The core thread: works until all is over.
    pub(super) fn stay(&self) -> Result<(), String> {
        let _last = LastOut(self);
        loop {
            let Ok(mut inside) = self.inside.lock() else {
                return Err("the core panicked on the thread of a connection".to_owned());
            };
            let Some(found) = inside.as_mut() else { break };
            let next = found.work(&self.brought, None);
            if let Next::Ended(how) = next {
                *inside = None;
                self.end(how);
                break;
            }
            let Next::Idle(until) = next else { continue };
            found.looks_at = until.map(|(due, _)| due);
            drop(inside);
            fence(Ordering::SeqCst);
            if self.brought.load(Ordering::SeqCst) > 0 {
                continue;
            }
            match until {
                None => std::thread::park(),
                Some((_, wait)) => std::thread::park_timeout(wait),
            }
        }
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        ended.unwrap_or(Ok(()))
    }

    fn end(&self, how: Result<(), String>) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(how);
    }
}

impl Inside {
    /// Works until there is nothing to do; with a bound, until it is reached, and what was begun is brought to its end.
    fn work(&mut self, brought: &AtomicIsize, mut most: Option<&mut usize>) -> Next {
        loop {
            if most.is_some() && self.work.is_held_up() {
                return Next::Worked;
            }
            let event = match &mut most {
                Some(0) => None,
                most => {
                    let event = self.queue.try_recv().ok();
                    if let (Some(most), Some(_)) = (most, &event) {
                        **most -= 1;
                    }
                    event
                }
            };
            if event.is_some() {
                brought.fetch_sub(1, Ordering::SeqCst);
            }
            match self.work.next(event) {
                Next::Worked => {}
                next => return next,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// Says what it took, and on which thread.
    struct Scribe {
        said: Sender<(u64, bool)>,
        held_up: bool,
        /// Done before it says that there is nothing to do.
        meanwhile: Receiver<Box<dyn FnOnce() + Send>>,
    }

    impl Work for Scribe {
        fn next(&mut self, event: Option<ToCore>) -> Next {
            match event {
                None => {
                    if let Ok(meanwhile) = self.meanwhile.try_recv() {
                        meanwhile();
                    }
                    Next::Idle(None)
                }
                Some(ToCore::Appended(u64::MAX)) => panic!("planted"),
                Some(ToCore::Appended(n)) => {
                    let by_the_core = std::thread::current().name() == Some("core");
                    self.said.send((n, by_the_core)).expect("the test listens");
                    Next::Worked
                }
                Some(_) => Next::Ended(Ok(())),
            }
        }

        fn is_held_up(&self) -> bool {
            self.held_up
        }
    }

    type Core = std::thread::JoinHandle<Result<(), String>>;

    fn scribe(held_up: bool) -> (Door, Core, Receiver<(u64, bool)>) {
        let (_, meanwhile) = channel();
        disturbed(held_up, meanwhile)
    }

    fn disturbed(
        held_up: bool,
        meanwhile: Receiver<Box<dyn FnOnce() + Send>>,
    ) -> (Door, Core, Receiver<(u64, bool)>) {
        let (said, heard) = channel();
        let (door, room) = Door::new(Box::new(Scribe { said, held_up, meanwhile }), 16);
        let behind = Arc::clone(&room);
        let core = std::thread::Builder::new().name("core".to_owned()).spawn(move || behind.stay());
        let core = core.expect("a thread");
        room.belongs_to(core.thread());
        (door, core, heard)
    }

    #[test]
    fn who_brings_something_sees_to_it_and_what_is_sent_is_the_core_threads() {
        let (door, core, heard) = scribe(false);
        door.send(ToCore::Appended(1)).expect("room");
        assert_eq!(heard.recv(), Ok((1, true)));
        // The core thread may not have left yet; then it takes this one too.
        door.offer(ToCore::Appended(2)).expect("room");
        assert_eq!(heard.recv().expect("it was taken").0, 2);
        door.send(ToCore::Stop).expect("room");
        assert_eq!(core.join().expect("no panic"), Ok(()));
        assert!(matches!(door.offer(ToCore::Appended(3)), Err(TrySendError::Disconnected(_))));
    }

    #[test]
    fn what_may_have_to_wait_is_left_to_the_core_thread() {
        let (door, core, heard) = scribe(true);
        for n in 1..=20 {
            while door.offer(ToCore::Appended(n)).is_err() {
                std::thread::yield_now();
            }
        }
        let all: Vec<(u64, bool)> = (0..20).map(|_| heard.recv().expect("it was taken")).collect();
        assert_eq!(all, (1..=20).map(|n| (n, true)).collect::<Vec<_>>());
        door.send(ToCore::Stop).expect("room");
        assert_eq!(core.join().expect("no panic"), Ok(()));
    }

    #[test]
    fn nothing_is_left_lying_whoever_comes_and_goes() {
        const EACH: u64 = 5_000;
        let (door, core, heard) = scribe(false);
        let bringers: Vec<_> = (0..4)
            .map(|who| {
                let door = door.clone();
                std::thread::spawn(move || {
                    for n in 0..EACH {
                        let mut event = ToCore::Appended(who * EACH + n);
                        while let Err(TrySendError::Full(back)) = door.offer(event) {
                            event = back;
                            std::thread::yield_now();
                        }
                    }
                })
            })
            .collect();
        let mut next = [0; 4];
        for _ in 0..4 * EACH {
            let (n, _) = heard.recv_timeout(Duration::from_secs(60)).expect("it is not left lying");
            let who = usize::try_from(n / EACH).expect("one of four");
            assert_eq!(n % EACH, next[who], "in the order in which they were brought");
            next[who] += 1;
        }
        bringers.into_iter().for_each(|b| b.join().expect("no panic"));
        door.send(ToCore::Stop).expect("room");
        assert_eq!(core.join().expect("no panic"), Ok(()));
    }

    #[test]
    fn what_is_brought_while_the_core_thread_leaves_is_not_left_lying() {
        let (to, meanwhile) = channel::<Box<dyn FnOnce() + Send>>();
        let (door, core, heard) = disturbed(true, meanwhile);
        let late = door.clone();
        to.send(Box::new(move || {
            // The queue was found empty, and the core thread still stands in the door.
            let bringer = std::thread::spawn(move || late.offer(ToCore::Appended(2)).expect("room"));
            bringer.join().expect("no panic");
        }))
        .expect("the scribe is there");
        door.send(ToCore::Appended(1)).expect("room");
        for n in [1, 2] {
            let soon = heard.recv_timeout(Duration::from_secs(10));
            assert_eq!(soon, Ok((n, true)), "it is taken though nothing else comes");
        }
        door.send(ToCore::Stop).expect("room");
        assert_eq!(core.join().expect("no panic"), Ok(()));
    }

    #[test]
    fn a_panic_on_any_thread_is_the_end_and_nobody_waits_for_room() {
        let (door, core, heard) = scribe(false);
        let bringer = door.clone();
        // Whoever works: a panic on the bringer's thread is the bringer's, and the core's end all the same.
        let _ = std::thread::spawn(move || bringer.offer(ToCore::Appended(u64::MAX)).is_ok()).join();
        assert!(!matches!(core.join(), Ok(Ok(()))), "it is said that something went wrong");
        assert!(door.send(ToCore::Appended(1)).is_err(), "nobody is there");
        assert!(matches!(door.offer(ToCore::Appended(1)), Err(TrySendError::Disconnected(_))));
        assert!(heard.recv().is_err(), "what stood behind the door is gone too");
    }
}
