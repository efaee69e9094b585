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

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;

use finality_kernel::journal as codec;
use finality_parsers::desk::{Notice, Order};
use finality_parsers::machine::{Entry, GatewayEffect, GatewayInput, LinkInput, Machine, Timestamp};

use super::clock::Clock;
use super::quiet::Quiet;
use crate::adapters::journal::{Journal, Place};
use crate::adapters::keeper::{Indexer, Keeper, KeeperError};
use crate::adapters::places::Places;

/// Inputs that wait for the core: past that, connections wait.
const INBOX_MAX: usize = 4_096;
/// Entries that wait for the index: past that, the keeper waits.
const INDEX_LAG_MAX: usize = 16_384;
/// Most entries made safe with one sync.
const GROUP_MAX: usize = 4_096;
/// Most inputs whose records go into one write of the core's own.
const INPUTS_TOGETHER_MAX: usize = 32;

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
    fn now(&self) -> Timestamp {
        match self {
            Time::Wall(clock) => clock.now(),
            Time::Stepped(now) => *now,
        }
    }
}

/// A running gateway.
pub struct Running {
    inbox: SyncSender<ToCore>,
    core: JoinHandle<Result<(), String>>,
    keeper: JoinHandle<Result<(), KeeperError>>,
    indexer: JoinHandle<Result<(), KeeperError>>,
    reader: JoinHandle<()>,
}

impl Running {
    /// Where connections put what they hear.
    pub fn inbox(&self) -> SyncSender<ToCore> {
        self.inbox.clone()
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
    let (inbox, from_links) = mpsc::sync_channel(INBOX_MAX);
    let (to_indexer, from_keeper) = mpsc::sync_channel::<(Entry, Place)>(INDEX_LAG_MAX);
    let (to_reader, asked) = mpsc::channel::<Question>();
    let (journal, index, places) = keeper.split();
    // The core never waits for the inbox it reads from, so the answer of the keeper may.
    let (answers, read) = (inbox.clone(), inbox.clone());
    let noted = places.clone();
    // The channel is there all the same: with it the index stays locked, and ends when the gateway does.
    let to_indexer = ToIndexer { to: to_indexer, left: index.is_left() };
    let (store, keeper) = if journal.waits() {
        let (to_keeper, from_core) = mpsc::channel::<Entry>();
        let keeper = named("keeper", move || keep(journal, &noted, &from_core, &to_indexer, &answers));
        (StoreEnd::Keeper(to_keeper), keeper)
    } else {
        // A write that waits for no disk takes less time than telling another thread of it.
        let here = Here { journal, noted, to_indexer, group: Vec::new() };
        (StoreEnd::Here(Box::new(here)), named("keeper", || Ok(())))
    };
    Running {
        inbox,
        core: named("core", move || Core::new(machine, time, store, to_reader, tell).run(&from_links)),
        keeper,
        indexer: named("indexer", move || follow(index, &from_keeper)),
        reader: named("reader", move || read_again(&places, &asked, &read)),
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
struct Question {
    link: String,
    ticket: u64,
    entries: Vec<u64>,
}

/// Reads what links ask for, without holding up the core or the keeper.
fn read_again(places: &Places, asked: &Receiver<Question>, answers: &SyncSender<ToCore>) {
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
struct ToIndexer {
    to: SyncSender<(Entry, Place)>,
    left: bool,
}

impl ToIndexer {
    /// Waits while the index is too far behind; `false` when it is gone.
    fn give(&self, record: (Entry, Place)) -> bool {
        self.left || self.to.send(record).is_ok()
    }
}

/// Group commit: write what waits, sync once, say so.
fn keep(
    mut journal: Journal,
    noted: &Places,
    from_core: &Receiver<Entry>,
    to_indexer: &ToIndexer,
    answers: &SyncSender<ToCore>,
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

fn follow(mut indexer: Indexer, from_keeper: &Receiver<(Entry, Place)>) -> Result<(), KeeperError> {
    loop {
        match from_keeper.recv_timeout(Duration::from_millis(200)) {
            Ok((entry, place)) => indexer.follow(&codec::decode(&entry)?, place, true)?,
            // Quiet: what is pending can be seen now.
            Err(RecvTimeoutError::Timeout) => indexer.commit()?,
            Err(RecvTimeoutError::Disconnected) => return indexer.flush(),
        }
    }
}

/// Where the core's records go.
enum StoreEnd {
    /// To the keeper, who syncs them and says [`ToCore::Appended`].
    Keeper(mpsc::Sender<Entry>),
    /// Into a journal that is not synced: written by the core itself, once for all that waits in its inbox.
    Here(Box<Here>),
}

/// A journal in the core's own hands.
struct Here {
    journal: Journal,
    noted: Places,
    to_indexer: ToIndexer,
    group: Vec<Entry>,
}

impl Here {
    /// Writes what waits. Gives the last record that is kept.
    fn write(&mut self) -> Result<u64, String> {
        let group = std::mem::take(&mut self.group);
        let kept =
            self.journal.append(&group).and_then(|places| self.journal.sync().map(|kept| (places, kept)));
        let (places, kept) = kept.map_err(|error| format!("the journal cannot be written: {error}"))?;
        for (entry, place) in group.into_iter().zip(places) {
            self.noted.note(entry.seq, place);
            // An index that is gone is told of when the gateway stops; the journal goes on.
            let _ = self.to_indexer.give((entry, place));
        }
        Ok(kept)
    }
}

struct Core<M, T> {
    machine: M,
    time: Time,
    store: StoreEnd,
    to_reader: mpsc::Sender<Question>,
    /// By link: what it asked for while its connection had no room for the answer.
    postponed: std::collections::BTreeMap<String, Question>,
    /// Questions that the reader has not answered yet.
    asked: usize,
    tell: T,
    /// By link: its connection, and where its bytes go.
    links: std::collections::BTreeMap<String, (u64, Box<dyn Outgoing>)>,
    /// By link: who waits to hear that their bytes are kept, in order.
    waiting:
        std::collections::BTreeMap<String, std::collections::VecDeque<(usize, mpsc::Sender<bool>, bool)>>,
    appended: u64,
    last: u64,
    /// What was logged of each link.
    quiet: Quiet<String>,
    steps: Vec<mpsc::Sender<Option<Timestamp>>>,
}

impl<M, T> Core<M, T>
where
    M: for<'a> Machine<Input<'a> = GatewayInput<'a>, Effect = GatewayEffect>,
    T: FnMut(Notice),
{
    fn new(machine: M, time: Time, store: StoreEnd, to_reader: mpsc::Sender<Question>, tell: T) -> Self {
        Self {
            machine,
            time,
            store,
            to_reader,
            postponed: std::collections::BTreeMap::new(),
            asked: 0,
            tell,
            links: std::collections::BTreeMap::new(),
            waiting: std::collections::BTreeMap::new(),
            appended: 0,
            last: 0,
            quiet: Quiet::default(),
            steps: Vec::new(),
        }
    }

    fn run(mut self, inbox: &Receiver<ToCore>) -> Result<(), String> {
        let mut together = 0;
        loop {
            let message = if self.has_unwritten() {
                // What came meanwhile goes into the same write.
                match inbox.try_recv() {
                    Ok(message) if together < INPUTS_TOGETHER_MAX => {
                        together += 1;
                        message
                    }
                    other => {
                        self.write()?;
                        together = 0;
                        self.answer_steps();
                        match other {
                            Ok(message) => message,
                            Err(_) => continue,
                        }
                    }
                }
            } else {
                match self.wait(inbox) {
                    Ok(message) => message,
                    Err(RecvTimeoutError::Timeout) => {
                        self.handle(GatewayInput::Tick)?;
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                }
            };
            match message {
                ToCore::Opened { link, connection, mut to } => {
                    if self.links.contains_key(&link) {
                        tracing::warn!(link, "refused: it is connected already");
                        to.close("it is connected already");
                        continue;
                    }
                    self.postponed.remove(&link);
                    self.links.insert(link.clone(), (connection, to));
                    self.handle(GatewayInput::Link { link: &link, input: LinkInput::Opened })?;
                }
                ToCore::Bytes { link, connection, bytes, kept } => {
                    if self.is_current(&link, connection) {
                        self.bytes(&link, &bytes, kept)?;
                    }
                }
                ToCore::Closed { link, connection } => {
                    if self.is_current(&link, connection) {
                        self.links.remove(&link);
                        self.waiting.remove(&link);
                        self.quiet.say_gone(&link);
                        self.handle(GatewayInput::Link { link: &link, input: LinkInput::Closed })?;
                    }
                }
                ToCore::Order(order) => self.handle(GatewayInput::Order(&order))?,
                ToCore::Appended(seq) => {
                    self.appended = seq;
                    self.handle(GatewayInput::Appended(seq))?;
                }
                ToCore::Fetched { link, ticket, entries } => {
                    self.asked -= 1;
                    self.handle(GatewayInput::Fetched { link: &link, ticket, entries: &entries })?;
                }
                ToCore::Drained { link, connection } => {
                    if self.is_current(&link, connection)
                        && let Some(question) = self.postponed.remove(&link)
                    {
                        self.ask(question)?;
                    }
                }
                ToCore::StoreFailed(why) => return Err(format!("the journal cannot be written: {why}")),
                ToCore::Stop => return self.write(),
                ToCore::Step { now, tick, done } => {
                    self.time = Time::Stepped(now);
                    if tick {
                        self.handle(GatewayInput::Tick)?;
                    }
                    self.steps.extend(done);
                }
            }
            self.answer_steps();
        }
    }

    fn answer_steps(&mut self) {
        if !self.steps.is_empty() && self.appended == self.last && self.asked == 0 {
            let deadline = self.machine.deadline();
            for done in self.steps.drain(..) {
                let _ = done.send(deadline);
            }
        }
    }

    fn has_unwritten(&self) -> bool {
        matches!(&self.store, StoreEnd::Here(here) if !here.group.is_empty())
    }

    /// Writes what the core has to write itself, and goes on with what that allows.
    fn write(&mut self) -> Result<(), String> {
        while let StoreEnd::Here(here) = &mut self.store
            && !here.group.is_empty()
        {
            self.appended = here.write()?;
            self.handle(GatewayInput::Appended(self.appended))?;
        }
        Ok(())
    }

    fn is_current(&self, link: &str, connection: u64) -> bool {
        self.links.get(link).is_some_and(|(current, _)| *current == connection)
    }

    fn wait(&self, inbox: &Receiver<ToCore>) -> Result<ToCore, RecvTimeoutError> {
        match (&self.time, self.machine.deadline()) {
            (Time::Wall(clock), Some(due)) => inbox.recv_timeout(due.since(clock.now())),
            _ => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn bytes(&mut self, link: &str, bytes: &[u8], kept: Option<mpsc::Sender<bool>>) -> Result<(), String> {
        if let Some(kept) = kept {
            // A file may hold several messages; its sender is told when the last of them is kept.
            let limits = finality_parsers::limits::Limits::default();
            let messages = finality_parsers::codec::split(bytes, &limits).len();
            if messages == 0 {
                let _ = kept.send(false);
                return Ok(());
            }
            self.waiting.entry(link.to_owned()).or_default().push_back((messages, kept, true));
        }
        self.handle(GatewayInput::Link { link, input: LinkInput::Bytes(bytes) })
    }

    fn handle(&mut self, input: GatewayInput<'_>) -> Result<(), String> {
        let now = self.time.now();
        self.machine.handle(now, input);
        while let Some(effect) = self.machine.poll() {
            self.effect(effect)?;
        }
        Ok(())
    }

    fn effect(&mut self, effect: GatewayEffect) -> Result<(), String> {
        match effect {
            GatewayEffect::Append(entry) => {
                self.last = entry.seq;
                match &mut self.store {
                    StoreEnd::Keeper(keeper) => {
                        keeper.send(entry).map_err(|_| "the keeper has stopped".to_owned())?;
                    }
                    StoreEnd::Here(here) => here.group.push(entry),
                }
            }
            GatewayEffect::Send { link, bytes } => {
                let sent = self.links.get_mut(&link).is_some_and(|(_, to)| to.send(bytes));
                if !sent && let Some((_, mut gone)) = self.links.remove(&link) {
                    gone.close("it takes what is sent too slowly, or not at all");
                    tracing::warn!(link, "cut off: it takes what is sent too slowly, or not at all");
                    self.machine.handle(
                        self.time.now(),
                        GatewayInput::Link { link: &link, input: LinkInput::Closed },
                    );
                }
            }
            GatewayEffect::Fetch { link, ticket, entries } => {
                self.ask(Question { link, ticket, entries })?;
            }
            GatewayEffect::Notice { link, text } => {
                self.quiet.say(&link, self.time.now(), || tracing::info!(link, "{text}"));
            }
            GatewayEffect::Kept { link, understood } => self.kept(&link, understood),
            GatewayEffect::Close { link, reason } => {
                self.quiet.say_gone(&link);
                self.quiet.say(&link, self.time.now(), || tracing::info!(link, reason, "line taken down"));
                if let Some((_, mut gone)) = self.links.remove(&link) {
                    gone.close(&reason);
                    self.machine.handle(
                        self.time.now(),
                        GatewayInput::Link { link: &link, input: LinkInput::Closed },
                    );
                }
            }
            GatewayEffect::Tell(notice) => (self.tell)(notice),
        }
        Ok(())
    }

    /// Has records read, as soon as the connection has room for what they hold: a peer that asks for a million messages
    /// and takes them slowly costs no memory.
    fn ask(&mut self, question: Question) -> Result<(), String> {
        let Some((_, to)) = self.links.get_mut(&question.link) else { return Ok(()) };
        if to.has_room() {
            self.asked += 1;
            return self.to_reader.send(question).map_err(|_| "the reader has stopped".to_owned());
        }
        self.postponed.insert(question.link.clone(), question);
        Ok(())
    }

    fn kept(&mut self, link: &str, understood: bool) {
        let Some(queue) = self.waiting.get_mut(link) else { return };
        if let Some((left, _, all)) = queue.front_mut() {
            *left -= 1;
            *all &= understood;
        }
        if queue.front().is_some_and(|(left, ..)| *left == 0)
            && let Some((_, kept, all)) = queue.pop_front()
        {
            let _ = kept.send(all);
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
