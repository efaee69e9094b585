//! The core's work: what comes is given to the machine, what the machine wants done is done. It decides nothing itself.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc;
use std::time::Duration;

use finality_parsers::desk::Notice;
use finality_parsers::machine::{Entry, GatewayEffect, GatewayInput, LinkInput, Machine, Timestamp};

use super::door::{Next, Work};
use super::drive::{Outgoing, Question, Time, ToCore, ToIndexer};
use super::quiet::Quiet;
use crate::adapters::journal::Journal;
use crate::adapters::places::Places;

/// Most inputs whose records go into one write of the core's own, and until a deadline is looked at though more waits.
const INPUTS_TOGETHER_MAX: usize = 32;

/// Where the core's records go.
pub(super) enum StoreEnd {
    /// To the keeper, who syncs them and says [`ToCore::Appended`].
    Keeper(mpsc::Sender<Entry>),
    /// Into a journal that is not synced: written by the core itself, once for all that waits in its inbox.
    Here(Box<Here>),
}

/// A journal in the core's own hands.
pub(super) struct Here {
    pub(super) journal: Journal,
    pub(super) noted: Places,
    pub(super) to_indexer: ToIndexer,
    pub(super) group: Vec<Entry>,
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

pub(super) struct Core<M, T> {
    machine: M,
    time: Time,
    store: StoreEnd,
    to_reader: mpsc::Sender<Question>,
    /// By link: what it asked for while its connection had no room for the answer.
    postponed: BTreeMap<String, Question>,
    /// Questions that the reader has not answered yet.
    asked: usize,
    tell: T,
    /// By link: its connection, and where its bytes go.
    links: BTreeMap<String, (u64, Box<dyn Outgoing>)>,
    /// By link: who waits to hear that their bytes are kept, in order.
    waiting: BTreeMap<String, VecDeque<(usize, mpsc::Sender<bool>, bool)>>,
    appended: u64,
    last: u64,
    /// What was logged of each link.
    quiet: Quiet<String>,
    steps: Vec<mpsc::Sender<Option<Timestamp>>>,
    /// Inputs since the last write, and since it was last looked whether a deadline has come.
    together: usize,
}

impl<M, T> Core<M, T>
where
    M: for<'a> Machine<Input<'a> = GatewayInput<'a>, Effect = GatewayEffect>,
    T: FnMut(Notice),
{
    pub(super) fn new(
        machine: M,
        time: Time,
        store: StoreEnd,
        to_reader: mpsc::Sender<Question>,
        tell: T,
    ) -> Self {
        Self {
            machine,
            time,
            store,
            to_reader,
            postponed: BTreeMap::new(),
            asked: 0,
            tell,
            links: BTreeMap::new(),
            waiting: BTreeMap::new(),
            appended: 0,
            last: 0,
            quiet: Quiet::default(),
            steps: Vec::new(),
            together: 0,
        }
    }

    fn take(&mut self, message: ToCore) -> Result<(), String> {
        match message {
            ToCore::Opened { link, connection, mut to } => {
                if self.links.contains_key(&link) {
                    tracing::warn!(link, "refused: it is connected already");
                    to.close("it is connected already");
                    return Ok(());
                }
                self.postponed.remove(&link);
                self.links.insert(link.clone(), (connection, to));
                self.handle(GatewayInput::Link { link: &link, input: LinkInput::Opened })?;
            }
            ToCore::Bytes { link, connection, bytes, kept, turn: _heard } => {
                if self.is_current(&link, connection) {
                    self.bytes(&link, &bytes, kept)?;
                }
            }
            ToCore::Closed { link, connection } => {
                if self.is_current(&link, connection) {
                    self.links.remove(&link);
                    self.waiting.remove(&link);
                    self.postponed.remove(&link);
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
            ToCore::Stop => unreachable!("it is the end"),
            ToCore::Step { now, tick, done } => {
                self.time = Time::Stepped(now);
                if tick {
                    self.handle(GatewayInput::Tick)?;
                }
                self.steps.extend(done);
            }
        }
        self.answer_steps();
        Ok(())
    }

    /// What is to be done when nothing waits.
    fn rest(&mut self) -> Result<Next, String> {
        if self.has_unwritten() {
            self.write()?;
            self.answer_steps();
            return Ok(Next::Worked);
        }
        let Some((due, wait)) = self.due() else { return Ok(Next::Idle(None)) };
        if wait.is_zero() {
            self.handle(GatewayInput::Tick)?;
            return Ok(Next::Worked);
        }
        Ok(Next::Idle(Some((due, wait))))
    }

    /// The next deadline by the wall clock, and how long that is from now.
    fn due(&self) -> Option<(Timestamp, Duration)> {
        let Time::Wall(clock) = &self.time else { return None };
        self.machine.deadline().map(|due| (due, due.since(clock.now())))
    }

    /// Takes an event; what came together goes into one write.
    fn step(&mut self, event: Option<ToCore>) -> Result<Next, String> {
        match event {
            None => return self.rest(),
            Some(ToCore::Stop) => {
                self.write()?;
                return Ok(Next::Ended(Ok(())));
            }
            Some(event) => self.take(event)?,
        }
        self.together += 1;
        if self.together >= INPUTS_TOGETHER_MAX {
            self.write()?;
            self.answer_steps();
            // One peer that never pauses keeps the queue from being empty; heartbeats of the others are due all the same.
            if self.due().is_some_and(|(_, wait)| wait.is_zero()) {
                self.handle(GatewayInput::Tick)?;
            }
        }
        Ok(Next::Worked)
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
        self.together = 0;
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

    fn bytes(&mut self, link: &str, bytes: &[u8], kept: Option<mpsc::Sender<bool>>) -> Result<(), String> {
        if let Some(kept) = kept {
            // A file may hold several messages; its sender is told when the last of them is kept.
            let limits = finality_parsers::limits::Limits::default();
            let messages = finality_parsers::codec::frames(bytes, &limits).len();
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
                    self.quiet.say(&link, self.time.now(), || {
                        tracing::warn!(link, "cut off: it takes what is sent too slowly, or not at all");
                    });
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

impl<M, T> Work for Core<M, T>
where
    M: for<'a> Machine<Input<'a> = GatewayInput<'a>, Effect = GatewayEffect> + Send,
    T: FnMut(Notice) + Send,
{
    fn next(&mut self, event: Option<ToCore>) -> Next {
        self.step(event).unwrap_or_else(|error| Next::Ended(Err(error)))
    }

    fn is_held_up(&self) -> bool {
        matches!(&self.store, StoreEnd::Here(here) if here.to_indexer.is_far_behind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::clock::Clock;

    /// Always late.
    struct Late {
        ticks: usize,
    }

    impl Machine for Late {
        type Input<'a> = GatewayInput<'a>;
        type Effect = GatewayEffect;

        fn handle(&mut self, _: Timestamp, input: GatewayInput<'_>) {
            self.ticks += usize::from(matches!(input, GatewayInput::Tick));
        }

        fn poll(&mut self) -> Option<GatewayEffect> {
            None
        }

        fn deadline(&self) -> Option<Timestamp> {
            Some(Timestamp::default())
        }
    }

    #[test]
    fn a_deadline_is_heeded_though_there_is_always_more_to_do() {
        let (keeper, _records) = mpsc::channel();
        let (reader, _questions) = mpsc::channel();
        let time = Time::Wall(Clock::start());
        let mut core = Core::new(Late { ticks: 0 }, time, StoreEnd::Keeper(keeper), reader, |_| {});
        for seq in 0..2 * INPUTS_TOGETHER_MAX as u64 {
            assert!(matches!(core.step(Some(ToCore::Appended(seq))), Ok(Next::Worked)));
        }
        assert_eq!(core.machine.ticks, 2);
    }
}
