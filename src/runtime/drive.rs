//! The live driver: one thread drives the machine, one keeps its records, one follows with the index. It decides nothing.
//!
//! ```text
//!   connections, folders ──▶ inbox ──▶ core: machine.handle / poll ──▶ connections, folders
//!                                        │ Append             ▲ Appended
//!                                        ▼                    │
//!                                     keeper: write, fdatasync once for all that wait
//!                                        │ (bounded queue: a slow index holds the keeper back, and so the links)
//!                                        ▼
//!                                     indexer: sled
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;

use finality_kernel::journal as codec;
use finality_parsers::desk::{Notice, Order};
use finality_parsers::machine::{Entry, GatewayEffect, GatewayInput, Machine, Timestamp};

use tokio::sync::Notify;

use super::clock::Clock;
use super::decide::{Core, Here, StoreEnd};
use super::door::Door;
use crate::adapters::journal::{Journal, Place};
use crate::adapters::keeper::{Indexer, Keeper, KeeperError};
use crate::adapters::line::Turn;
use crate::adapters::places::Places;

/// Inputs that wait for the core: past that, connections wait.
const INBOX_MAX: usize = 4_096;
/// Entries that wait for the index: past that, the keeper waits.
const INDEX_LAG_MAX: usize = 16_384;
/// How long records for the index pile up.
const INDEX_EVERY: Duration = Duration::from_millis(20);
/// When so long nothing came, the index is brought up to date.
const QUIET: Duration = Duration::from_millis(200);
/// Most entries made safe with one sync.
const GROUP_MAX: usize = 4_096;

/// What connections tell the core.
#[derive(Debug)]
pub enum ToCore {
    /// A line is up; messages for it go to this sender.
    Opened {
        /// Which link.
        link: String,
        /// Which connection: a link has one at a time, and what an older one still says is not heard.
        connection: u64,
        /// Where its outgoing bytes go.
        to: Box<dyn Outgoing>,
    },
    /// Bytes came.
    Bytes {
        /// Which link.
        link: String,
        /// Which connection.
        connection: u64,
        /// They.
        bytes: Vec<u8>,
        /// Told when they are kept.
        kept: Option<mpsc::Sender<bool>>,
        /// Held until they are heard, where they came by a connection.
        turn: Option<Turn>,
    },
    /// A line is down.
    Closed {
        /// Which link.
        link: String,
        /// Which connection.
        connection: u64,
    },
    /// A person's order.
    Order(Order),
    /// The store keeps everything up to there.
    Appended(u64),
    /// Records that a link asked for.
    Fetched {
        /// Which link.
        link: String,
        /// Which question it answers.
        ticket: u64,
        /// They.
        entries: Vec<Entry>,
    },
    /// A connection that had no room for more has room again.
    Drained {
        /// Which link.
        link: String,
        /// Which connection.
        connection: u64,
    },
    /// The store cannot keep any more.
    StoreFailed(String),
    /// The end.
    Stop,
    /// For those who drive time themselves: this is the time now.
    Step {
        /// The time.
        now: Timestamp,
        /// Whether a deadline may be acted on.
        tick: bool,
        /// Answered with the next deadline, when everything that follows is done and kept.
        done: Option<mpsc::Sender<Option<Timestamp>>>,
    },
}

/// Where a link's outgoing bytes go. A consumer that is too slow is cut off, never waited for.
pub trait Outgoing: Send + std::fmt::Debug {
    /// Takes bytes; `false` when there is no room or nobody there.
    fn send(&mut self, bytes: Vec<u8>) -> bool;
    /// Whether there is room for a piece of what the peer asked to be repeated. If not, it says [`ToCore::Drained`] once
    /// there is.
    fn has_room(&mut self) -> bool {
        true
    }
    /// Takes the line down.
    fn close(&mut self, reason: &str);
}

/// What time it is for the core.
pub enum Time {
    /// The wall clock.
    Wall(Clock),
    /// Whatever [`ToCore::Step`] says.
    Stepped(Timestamp),
}

impl Time {
    pub(super) fn now(&self) -> Timestamp {
        match self {
            Time::Wall(clock) => clock.now(),
            Time::Stepped(now) => *now,
        }
    }
}

/// A running gateway.
pub struct Running {
    inbox: Door,
    core: JoinHandle<Result<(), String>>,
    keeper: JoinHandle<Result<(), KeeperError>>,
    indexer: JoinHandle<Result<(), KeeperError>>,
    reader: JoinHandle<()>,
    over: Arc<Notify>,
}

/// Says that the core is gone, however it went.
struct SaysSo(Arc<Notify>);

impl Drop for SaysSo {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Running {
    /// Where connections put what they hear.
    pub fn inbox(&self) -> Door {
        self.inbox.clone()
    }

    /// Told when the core has ended, which it does by itself only when it cannot go on: [`Running::stop`] says why.
    pub fn over(&self) -> Arc<Notify> {
        Arc::clone(&self.over)
    }

    /// Stops: what was received is kept, the index is brought up to date.
    pub fn stop(self) -> Result<(), String> {
        // A core that is gone already has its reason, which `join` gives.
        let _ = self.inbox.send(ToCore::Stop);
        drop(self.inbox);
        let core = self.core.join().map_err(|_| "the core panicked".to_owned())?;
        let keeper = self.keeper.join().map_err(|_| "the keeper panicked".to_owned())?;
        let indexer = self.indexer.join().map_err(|_| "the indexer panicked".to_owned())?;
        self.reader.join().map_err(|_| "the reader panicked".to_owned())?;
        core?;
        keeper.map_err(|e| e.to_string())?;
        indexer.map_err(|e| e.to_string())
    }
}

/// Starts the threads around a booted machine. `tell` hears what the gateway tells the desk.
pub fn start<M>(machine: M, keeper: Keeper, time: Time, tell: impl FnMut(Notice) + Send + 'static) -> Running
where
    M: for<'a> Machine<Input<'a> = GatewayInput<'a>, Effect = GatewayEffect> + Send + 'static,
{
    let (to_indexer, from_keeper) = mpsc::sync_channel::<(Entry, Place)>(INDEX_LAG_MAX);
    let (to_reader, asked) = mpsc::channel::<Question>();
    let (journal, index, places) = keeper.split();
    let noted = places.clone();
    let lag = Arc::new(AtomicUsize::new(0));
    // The channel is there all the same: with it the index stays locked, and ends when the gateway does.
    let to_indexer = ToIndexer { to: to_indexer, left: index.is_left(), lag: Arc::clone(&lag) };
    let (store, kept_by) = if journal.waits() {
        let (to_keeper, from_core) = mpsc::channel::<Entry>();
        (StoreEnd::Keeper(to_keeper), Some((journal, noted, from_core, to_indexer)))
    } else {
        // A write that waits for no disk takes less time than telling another thread of it.
        (StoreEnd::Here(Box::new(Here { journal, noted, to_indexer, group: Vec::new() })), None)
    };
    let (inbox, room) = Door::new(Box::new(Core::new(machine, time, store, to_reader, tell)), INBOX_MAX);
    let behind = Arc::clone(&room);
    let over = Arc::new(Notify::new());
    let says_so = SaysSo(Arc::clone(&over));
    let core = named("core", move || {
        let _says_so = says_so;
        let ended = behind.stay();
        if let Err(why) = &ended {
            tracing::error!("the gateway cannot go on: {why}");
        }
        ended
    });
    room.belongs_to(core.thread());
    // The core never waits for the inbox it reads from, so the answer of the keeper may.
    let (answers, read) = (inbox.clone(), inbox.clone());
    let keeper = named("keeper", move || match kept_by {
        Some((journal, noted, from_core, to_indexer)) => {
            keep(journal, &noted, &from_core, &to_indexer, &answers)
        }
        None => Ok(()),
    });
    Running {
        inbox,
        core,
        keeper,
        indexer: named("indexer", move || follow(index, &from_keeper, &lag)),
        reader: named("reader", move || read_again(&places, &asked, &read)),
        over,
    }
}

/// A thread that tools show by its name.
fn named<T: Send + 'static>(name: &str, run: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .expect("the system has room for four threads")
}

/// Records that a link wants to see again.
pub(super) struct Question {
    pub(super) link: String,
    pub(super) ticket: u64,
    pub(super) entries: Vec<u64>,
}

/// Reads what links ask for, without holding up the core or the keeper.
fn read_again(places: &Places, asked: &Receiver<Question>, answers: &Door) {
    while let Ok(Question { link, ticket, entries }) = asked.recv() {
        let entries = places.read(&entries).unwrap_or_else(|error| {
            // The peer is told by a gap fill that these will not come; the operator is told why.
            tracing::error!(link, %error, "what the peer asks for cannot be read");
            Vec::new()
        });
        if answers.send(ToCore::Fetched { link, ticket, entries }).is_err() {
            return;
        }
    }
}

/// Where records go that are kept.
pub(super) struct ToIndexer {
    to: SyncSender<(Entry, Place)>,
    left: bool,
    /// How many wait there.
    lag: Arc<AtomicUsize>,
}

impl ToIndexer {
    /// Waits while the index is too far behind; `false` when it is gone.
    pub(super) fn give(&self, record: (Entry, Place)) -> bool {
        if self.left {
            return true;
        }
        self.lag.fetch_add(1, Ordering::Relaxed);
        self.to.send(record).is_ok()
    }

    /// Whether the next records may have to wait.
    pub(super) fn is_far_behind(&self) -> bool {
        self.lag.load(Ordering::Relaxed) > INDEX_LAG_MAX / 2
    }
}

/// Group commit: write what waits, sync once, say so.
fn keep(
    mut journal: Journal,
    noted: &Places,
    from_core: &Receiver<Entry>,
    to_indexer: &ToIndexer,
    answers: &Door,
) -> Result<(), KeeperError> {
    while let Ok(first) = from_core.recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX {
            match from_core.try_recv() {
                Ok(entry) => group.push(entry),
                Err(_) => break,
            }
        }
        let kept = journal.append(&group).and_then(|places| journal.sync().map(|safe| (places, safe)));
        let (places, safe) = match kept {
            Ok(kept) => kept,
            Err(error) => {
                let _ = answers.send(ToCore::StoreFailed(error.to_string()));
                return Err(error.into());
            }
        };
        for (entry, place) in group.iter().zip(&places) {
            noted.note(entry.seq, *place);
        }
        if answers.send(ToCore::Appended(safe)).is_err() {
            // The core has stopped; what it gave us is safe all the same.
        }
        for pair in group.into_iter().zip(places) {
            if !to_indexer.give(pair) {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn follow(
    mut indexer: Indexer,
    from_keeper: &Receiver<(Entry, Place)>,
    lag: &AtomicUsize,
) -> Result<(), KeeperError> {
    loop {
        match from_keeper.recv_timeout(QUIET) {
            Ok(first) => {
                for (entry, place) in std::iter::once(first).chain(from_keeper.try_iter()) {
                    lag.fetch_sub(1, Ordering::Relaxed);
                    indexer.follow(&codec::decode(&entry)?, place, true)?;
                }
                // Waking this thread costs whoever gives it a record more than the record does.
                std::thread::sleep(INDEX_EVERY);
            }
            // Quiet: what is pending can be seen now.
            Err(RecvTimeoutError::Timeout) => indexer.commit()?,
            Err(RecvTimeoutError::Disconnected) => return indexer.flush(),
        }
    }
}

/// Bytes go into a bounded channel; a full one means that the consumer is too slow.
#[derive(Debug)]
pub struct Channel {
    to: SyncSender<Vec<u8>>,
}

impl Channel {
    /// Into this channel.
    pub fn new(to: SyncSender<Vec<u8>>) -> Self {
        Self { to }
    }
}

impl Outgoing for Channel {
    fn send(&mut self, bytes: Vec<u8>) -> bool {
        match self.to.try_send(bytes) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }

    fn close(&mut self, _reason: &str) {}
}
