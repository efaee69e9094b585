//! Drives FIX sessions without a gateway behind them: what they keep is kept in memory, and an application of a few lines
//! answers. One thread, one inbox, as in the live driver.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use finality_parsers::fix::session::{Config, Memory, Session};
use finality_parsers::machine::{LinkEffect, LinkInput, Machine, Timestamp};

use super::clock::Clock;
use super::drive::{Outgoing, ToCore};

/// What stands behind the sessions.
pub trait Application {
    /// An application message came in its turn; what is given back is sent.
    fn received(&mut self, session: &str, message: &[u8]) -> Vec<Vec<u8>>;
    /// A session went down, in good order or not.
    fn down(&mut self, session: &str);
}

struct Seat {
    session: Session,
    memory: Memory,
    line: Option<(u64, Box<dyn Outgoing>)>,
}

/// The sessions, and who answers on them.
pub struct Hall<A> {
    seats: BTreeMap<String, Seat>,
    application: A,
    clock: Clock,
}

impl<A: Application> Hall<A> {
    /// Sessions by the names of their lines.
    pub fn new(sessions: BTreeMap<String, Config>, application: A, clock: Clock) -> Self {
        let seat = |config| Seat { session: Session::new(config), memory: Memory::default(), line: None };
        Self {
            seats: sessions.into_iter().map(|(name, config)| (name, seat(config))).collect(),
            application,
            clock,
        }
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
                    self.tell(&link, LinkInput::Opened);
                }
                Some(_) => {
                    tracing::warn!(link, "refused: it is connected already");
                    to.close("it is connected already");
                }
                None => to.close("there is no such session"),
            },
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
                    for message in self.application.received(name, &message) {
                        let input =
                            LinkInput::Deliver { message: &message, possible_resend: false, delivery: 0 };
                        if let Some(seat) = self.seats.get_mut(name) {
                            seat.session.handle(now, input);
                        }
                    }
                }
                LinkEffect::Close(reason) => {
                    tracing::info!(session = name, reason, "closed");
                    self.hang_up(name, &reason);
                }
                LinkEffect::Notice(text) => tracing::info!(session = name, "{text}"),
                LinkEffect::Ready { .. } | LinkEffect::Keep(_) | LinkEffect::Fetch { .. } => {}
            }
        }
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
        if let Some((_, mut line)) = self.seats.get_mut(name).and_then(|seat| seat.line.take()) {
            line.close(reason);
        }
        self.application.down(name);
    }
}
