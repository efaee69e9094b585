//! Drives FIX sessions without a gateway behind them: what they keep is kept in memory, and an application of a few lines
//! answers. One thread, one inbox, as in the live driver.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use finality_parsers::fix::session::{Config, Memory, Session};
use finality_parsers::machine::{LinkEffect, LinkInput, Machine, Timestamp};

use super::clock::Clock;
use super::drive::{Outgoing, ToCore};
use super::quiet::Quiet;
use crate::sessions::{Sessions, UNUSED};

/// What stands behind the sessions.
pub trait Application {
    /// An application message came in its turn; what is given back is sent.
    fn received(&mut self, session: &str, config: &Config, message: &[u8]) -> Vec<Vec<u8>>;
    /// A session went down, in good order or not.
    fn down(&mut self, session: &str);
}

type Line = (u64, Box<dyn Outgoing>);

struct Seat {
    config: Config,
    session: Session,
    memory: Memory,
    line: Option<Line>,
    /// Made from a template.
    dynamic: bool,
    /// When its line last came up or went down.
    used: Timestamp,
}

impl Seat {
    fn new(config: Config, dynamic: bool) -> Self {
        let session = Session::new(config.clone());
        Self { config, session, memory: Memory::default(), line: None, dynamic, used: Timestamp::default() }
    }
}

/// The sessions, and who answers on them.
pub struct Hall<A> {
    seats: BTreeMap<String, Seat>,
    sessions: Sessions,
    /// Lines of peers that have still to say who they are.
    strangers: BTreeMap<String, Line>,
    application: A,
    clock: Clock,
    /// What was logged of each session.
    quiet: Quiet<String>,
}

impl<A: Application> Hall<A> {
    /// Sessions, and templates for more of them.
    pub fn new(sessions: Sessions, application: A, clock: Clock) -> Self {
        let named = sessions.named.iter();
        let seats = named.map(|(name, config)| (name.clone(), Seat::new(config.clone(), false))).collect();
        Self { seats, sessions, strangers: BTreeMap::new(), application, clock, quiet: Quiet::default() }
    }

    /// Serves until the inbox is closed or says stop.
    pub fn run(mut self, inbox: &Receiver<ToCore>) {
        loop {
            let wait = self.deadline().map(|due| due.since(self.clock.now()));
            let event = match wait {
                Some(wait) => inbox.recv_timeout(wait),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match event {
                Ok(ToCore::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(event) => self.hear(event),
                Err(RecvTimeoutError::Timeout) => self.tick(),
            }
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.seats.values().filter_map(|seat| seat.session.deadline()).min()
    }

    fn hear(&mut self, event: ToCore) {
        match event {
            ToCore::Opened { link, connection, mut to } => match self.seats.get_mut(&link) {
                Some(seat) if seat.line.is_none() => {
                    seat.line = Some((connection, to));
                    seat.used = self.clock.now();
                    self.tell(&link, LinkInput::Opened);
                }
                Some(_) => {
                    tracing::warn!(link, "refused: it is connected already");
                    to.close("it is connected already");
                }
                None if self.sessions.patterns.is_empty() => to.close("there is no such session"),
                None => {
                    self.strangers.insert(link, (connection, to));
                }
            },
            ToCore::Bytes { link, connection, bytes, .. } if self.is_stranger(&link, connection) => {
                self.take_in(&link, &bytes);
            }
            ToCore::Closed { link, connection } if self.is_stranger(&link, connection) => {
                self.strangers.remove(&link);
            }
            ToCore::Bytes { link, connection, bytes, .. } if self.is_current(&link, connection) => {
                self.tell(&link, LinkInput::Bytes(&bytes));
            }
            ToCore::Closed { link, connection } if self.is_current(&link, connection) => {
                self.hang_up(&link, "the line is gone");
                self.tell(&link, LinkInput::Closed);
            }
            _ => {}
        }
    }

    fn is_stranger(&self, link: &str, connection: u64) -> bool {
        self.strangers.get(link).is_some_and(|(current, _)| *current == connection)
    }

    /// A peer that nobody has named has said who it is.
    fn take_in(&mut self, link: &str, first: &[u8]) {
        let Some(mut line) = self.strangers.remove(link) else { return };
        let made = self.make_room().and_then(|()| self.sessions.dynamic(link, first));
        match made {
            Ok(config) => {
                let seat = Seat { line: Some(line), ..Seat::new(config, true) };
                self.seats.insert(link.to_owned(), seat);
                self.tell(link, LinkInput::Opened);
                self.tell(link, LinkInput::Bytes(first));
            }
            Err(why) => {
                tracing::warn!(link, "refused: {why}");
                line.1.close(&why);
            }
        }
    }

    /// Room for one more session from a template, as in a gateway.
    fn make_room(&mut self) -> Result<(), String> {
        let dynamic = || self.seats.iter().filter(|(_, seat)| seat.dynamic);
        let many = dynamic().count();
        if many < self.sessions.dynamic_max {
            return Ok(());
        }
        let now = self.clock.now();
        let unused = dynamic().filter(|(_, seat)| seat.line.is_none() && now.since(seat.used) >= UNUSED);
        let longest = unused.min_by_key(|(_, seat)| seat.used).map(|(name, _)| name.clone());
        let longest = longest.ok_or_else(|| {
            format!("{many} sessions came from templates already, each within a day (MaxDynamicSessions)")
        })?;
        self.seats.remove(&longest);
        Ok(())
    }

    /// Whoever is sent away with its first Logon leaves no trace.
    fn forget_a_stranger(&mut self, name: &str) {
        let is_new = |seat: &Seat| {
            let numbers = seat.session.status().numbers;
            (numbers.next_in, numbers.next_out) == (1, 1)
        };
        if self.seats.get(name).is_some_and(|seat| seat.dynamic && seat.line.is_none() && is_new(seat)) {
            self.seats.remove(name);
        }
    }

    fn is_current(&self, link: &str, connection: u64) -> bool {
        self.seats.get(link).and_then(|s| s.line.as_ref()).is_some_and(|(current, _)| *current == connection)
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        let due = |seat: &Seat| seat.session.deadline().is_some_and(|due| due <= now);
        let names: Vec<String> =
            self.seats.iter().filter(|(_, seat)| due(seat)).map(|(name, _)| name.clone()).collect();
        for name in names {
            self.tell(&name, LinkInput::Tick);
        }
    }

    fn tell(&mut self, name: &str, input: LinkInput<'_>) {
        let now = self.clock.now();
        if let Some(seat) = self.seats.get_mut(name) {
            seat.session.handle(now, input);
        }
        while let Some(effect) = self.poll(name, now) {
            match effect {
                LinkEffect::Send(bytes) => self.send(name, bytes),
                LinkEffect::Received { message, .. } => {
                    let Some(config) = self.seats.get(name).map(|seat| seat.config.clone()) else { continue };
                    for message in self.application.received(name, &config, &message) {
                        let input =
                            LinkInput::Deliver { message: &message, possible_resend: false, delivery: 0 };
                        if let Some(seat) = self.seats.get_mut(name) {
                            seat.session.handle(now, input);
                        }
                    }
                }
                LinkEffect::Close(reason) => {
                    let log = || tracing::info!(session = name, reason, "closed");
                    self.quiet.say(&name.to_owned(), now, log);
                    self.hang_up(name, &reason);
                }
                LinkEffect::Notice(text) => {
                    self.quiet.say(&name.to_owned(), now, || tracing::info!(session = name, "{text}"));
                }
                LinkEffect::Ready { .. } | LinkEffect::Keep(_) | LinkEffect::Fetch { .. } => {}
            }
        }
        self.forget_a_stranger(name);
    }

    fn poll(&mut self, name: &str, now: Timestamp) -> Option<LinkEffect> {
        let seat = self.seats.get_mut(name)?;
        seat.memory.poll(now, &mut seat.session)
    }

    fn send(&mut self, name: &str, bytes: Vec<u8>) {
        let line = self.seats.get_mut(name).and_then(|seat| seat.line.as_mut());
        if line.is_some_and(|(_, to)| !to.send(bytes)) {
            self.hang_up(name, "it takes what is sent too slowly, or not at all");
            self.tell(name, LinkInput::Closed);
        }
    }

    fn hang_up(&mut self, name: &str, reason: &str) {
        let now = self.clock.now();
        if let Some(seat) = self.seats.get_mut(name)
            && let Some((_, mut line)) = seat.line.take()
        {
            line.close(reason);
            seat.used = now;
            self.quiet.say_gone(&name.to_owned());
        }
        self.application.down(name);
    }
}
