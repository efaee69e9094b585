//! The whole gateway as one machine: its links and the kernel. The virtual world, the live runtime and the tape all drive
//! this and nothing else, so what they show is the same gateway.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use finality_kernel::fact::{Fact, Record};
use finality_kernel::gateway::{Effect, Input, Kernel};
use finality_kernel::profile::{LinkProfile, Profile};
use finality_kernel::{intake, journal};
use finality_parsers::codec;
use finality_parsers::desk::{Command, Order};
use finality_parsers::fix::session::{Config, Role, Session};
use finality_parsers::limits::Limits;
use finality_parsers::machine::{
    Entry, GatewayEffect, GatewayInput, LinkEffect, LinkFact, LinkInput, LinkOrder, Machine, Timestamp,
};

use crate::sessions::{Sessions, UNUSED};

/// How long a FIX session may be silent before a heartbeat, where nothing else is configured.
const HEARTBEAT: Duration = Duration::from_secs(1800);

/// A link's own protocol.
enum Link {
    /// A FIX session; the peer connects.
    Fix(Box<Session>),
    /// Whole messages: a file, or one transmission of a network.
    Whole,
}

/// The gateway.
pub struct Node {
    kernel: Kernel,
    links: BTreeMap<String, Link>,
    sessions: Sessions,
    /// Lines of peers that have still to say who they are: an AcceptorTemplate may fit.
    strangers: BTreeSet<String>,
    /// Peers that a template fits and whose first Logon was not answered yet.
    fresh: BTreeMap<String, LinkProfile>,
    effects: VecDeque<GatewayEffect>,
    /// When one of the sessions may have something to do: never later than it has. That many sessions need not be asked after
    /// every message.
    due: Option<Timestamp>,
    /// Effects that wait until a record is kept, in order.
    held: VecDeque<(u64, GatewayEffect)>,
    /// The last record that was given to the store, and the last that it keeps.
    written: u64,
    kept: u64,
}

impl Node {
    /// First start and every restart, with FIX sessions that nothing else is said of.
    pub fn boot(now: Timestamp, profile: Profile, journal: impl IntoIterator<Item = Record>) -> Self {
        let kernel = Kernel::boot(now, profile.clone(), journal);
        Self::around(kernel, &profile, &Sessions::new())
    }

    /// Links around a kernel that has recovered.
    pub fn around(kernel: Kernel, profile: &Profile, sessions: &Sessions) -> Self {
        let mut node = Self {
            kernel,
            links: BTreeMap::new(),
            sessions: sessions.clone(),
            strangers: BTreeSet::new(),
            fresh: BTreeMap::new(),
            effects: VecDeque::new(),
            due: None,
            held: VecDeque::new(),
            written: 0,
            kept: 0,
        };
        for link in &profile.links {
            let config = sessions.named.get(&link.name).cloned().or_else(|| default_session(link));
            let made = config.map_or(Link::Whole, |config| Link::Fix(node.session(&link.name, config)));
            node.links.insert(link.name.clone(), made);
        }
        node.due = node.sessions_due();
        node
    }

    /// The kernel, for views.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    fn link_input(&mut self, now: Timestamp, name: &str, input: LinkInput<'_>) {
        match self.links.get_mut(name) {
            None => self.unknown_link(now, name, input),
            Some(Link::Fix(session)) => {
                session.handle(now, input);
                self.drain_session(now, name);
                if matches!(input, LinkInput::Closed) {
                    // What waited for the old line is kept; the peer asks for it on the next one.
                    self.held.retain(|(_, effect)| !belongs_to_line(effect, name));
                    if self.fresh.remove(name).is_some() {
                        self.links.remove(name);
                    } else {
                        self.tell_kernel(now, Input::LinkDown(name));
                    }
                }
            }
            Some(Link::Whole) => match input {
                LinkInput::Opened => self.tell_kernel(now, Input::LinkReady(name)),
                LinkInput::Closed => self.tell_kernel(now, Input::LinkDown(name)),
                LinkInput::Bytes(bytes) => {
                    for message in codec::frames(bytes, &Limits::default()) {
                        self.received(now, name, &message);
                    }
                }
                LinkInput::Deliver { message, .. } => self.send(name, message.to_vec()),
                LinkInput::Tick | LinkInput::Fetched { .. } | LinkInput::Operate(_) => {}
            },
        }
    }

    /// A line that has no link yet: of a session that is configured without one, or of a peer that fits a pattern.
    fn unknown_link(&mut self, now: Timestamp, name: &str, input: LinkInput<'_>) {
        match input {
            LinkInput::Opened => match self.sessions.named.get(name).cloned() {
                Some(config) => match self.add_link(now, name, config) {
                    Ok(()) => self.link_input(now, name, input),
                    Err(reason) => self.refuse(name, reason),
                },
                None if self.sessions.patterns.is_empty() => {
                    self.refuse(name, format!("there is no link {name} in the configuration"));
                }
                None => {
                    self.strangers.insert(name.to_owned());
                }
            },
            LinkInput::Bytes(first) if self.strangers.remove(name) => {
                let made = self.sessions.dynamic(name, first);
                match made.and_then(|config| self.add_link(now, name, config)) {
                    Ok(()) => {
                        self.link_input(now, name, LinkInput::Opened);
                        self.link_input(now, name, input);
                    }
                    Err(reason) => self.refuse(name, reason),
                }
            }
            LinkInput::Closed => {
                self.strangers.remove(name);
            }
            _ => {}
        }
    }

    fn refuse(&mut self, name: &str, reason: String) {
        self.effects.push_back(GatewayEffect::Close { link: name.to_owned(), reason });
    }

    /// Makes a link for a session. One that was there before a restart goes on where it was.
    fn add_link(&mut self, now: Timestamp, name: &str, config: Config) -> Result<(), String> {
        let book = self.kernel.book();
        if book.link(name).is_none() {
            let named = self.sessions.named.contains_key(name);
            if !named {
                self.room(now)?;
            }
            let speech = crate::config::fix::speech_of(config.version).ok_or_else(|| {
                format!("the gateway does not take {} messages: FIX.4.2 and later", config.version.name())
            })?;
            let profile = LinkProfile {
                name: name.to_owned(),
                speech,
                our_id: config.sender_comp_id.clone(),
                their_id: config.target_comp_id.clone().unwrap_or_default(),
                versions: Vec::new(),
            };
            if named {
                self.tell_kernel(now, Input::LinkAdded(&profile));
            } else {
                // Whoever is sent away with its first Logon leaves no trace.
                self.fresh.insert(name.to_owned(), profile);
            }
        }
        self.links.insert(name.to_owned(), Link::Fix(self.session(name, config)));
        self.note_due(name);
        Ok(())
    }

    /// Whether there is room for one more session from a template; if not, which one makes it: the one whose peer has not
    /// been there for longest.
    fn room(&self, now: Timestamp) -> Result<Option<String>, String> {
        let named = &self.sessions.named;
        let book = self.kernel.book();
        let dynamic: Vec<(&str, Timestamp)> =
            book.added_links().filter(|(link, _)| !named.contains_key(*link)).collect();
        if dynamic.len() + self.fresh.len() < self.sessions.dynamic_max {
            return Ok(None);
        }
        let is_down = |link: &str| match self.links.get(link) {
            Some(Link::Fix(session)) => session.is_down(),
            _ => true,
        };
        let longest = dynamic
            .iter()
            .filter(|(link, last)| now.since(*last) >= UNUSED && is_down(link))
            .min_by_key(|(_, last)| *last)
            .map(|(link, _)| (*link).to_owned());
        longest.map(Some).ok_or_else(|| {
            let many = dynamic.len() + self.fresh.len();
            format!("{many} sessions came from templates already, each within a day (MaxDynamicSessions)")
        })
    }

    /// Its Logon was answered, and what is kept of it belongs to its link.
    fn introduce(&mut self, now: Timestamp, name: &str) {
        let Some(profile) = self.fresh.remove(name) else { return };
        if let Ok(Some(longest)) = self.room(now) {
            self.links.remove(&longest);
            self.tell_kernel(now, Input::LinkForgotten(&longest));
        }
        self.tell_kernel(now, Input::LinkAdded(&profile));
    }

    fn order(&mut self, now: Timestamp, order: &Order) {
        let Command::Session { link, order: wanted, .. } = &order.command else {
            return self.tell_kernel(now, Input::Order(order));
        };
        // The kernel refuses it and writes that down; the session must not hear of it.
        if !self.kernel.book().may(order) {
            return self.tell_kernel(now, Input::Order(order));
        }
        if self.kernel.book().link(link).is_none()
            && let Some(config) = self.sessions.named.get(link).cloned()
            && let Err(why) = self.add_link(now, link, config)
        {
            self.effects.push_back(GatewayEffect::Notice { link: link.clone(), text: why });
        }
        // Who wants it and why is kept before what comes of it.
        self.tell_kernel(now, Input::Order(order));
        self.operate(now, link, *wanted);
    }

    fn operate(&mut self, now: Timestamp, link: &str, wanted: LinkOrder) {
        let input = LinkInput::Operate(wanted);
        if self.links.contains_key(link) {
            return self.link_input(now, link, input);
        }
        // Its peer has not come back since the restart, and only then is it known how the session is to behave. Numbers
        // are numbers all the same.
        if let Some(config) = self.kernel.book().link(link).and_then(default_session) {
            self.links.insert(link.to_owned(), Link::Fix(self.session(link, config)));
            self.link_input(now, link, input);
            self.links.remove(link);
        }
    }

    fn received(&mut self, now: Timestamp, link: &str, raw: &[u8]) {
        let decoded = intake::decode(raw);
        self.tell_kernel(now, Input::Received { link, raw, decoded, number: None });
    }

    /// The session of a link: what it hands on comes decoded.
    fn session(&self, link: &str, config: Config) -> Box<Session> {
        let config = Config { decodes: true, ..config };
        Box::new(Session::recover(config, self.kernel.book().link_numbers(link)))
    }

    fn send(&mut self, link: &str, bytes: Vec<u8>) {
        self.when_kept(GatewayEffect::Send { link: link.to_owned(), bytes });
    }

    /// An effect that must not come before everything that was written until now is kept.
    fn when_kept(&mut self, effect: GatewayEffect) {
        let needs = self.kernel.last_decided().max(self.written);
        if self.kept >= needs {
            self.effects.push_back(effect);
        } else {
            self.held.push_back((needs, effect));
        }
    }

    fn appended(&mut self, now: Timestamp, seq: u64) {
        self.kept = self.kept.max(seq);
        while self.held.front().is_some_and(|(needs, _)| *needs <= seq) {
            self.effects.extend(self.held.pop_front().map(|(_, effect)| effect));
        }
        self.tell_kernel(now, Input::Appended(seq));
    }

    /// What the store has of the numbers that a session asked for.
    fn fetched(&mut self, now: Timestamp, link: &str, ticket: u64, entries: &[Entry]) {
        let sent = |fact| match fact {
            Fact::LinkKept { link: by, kept: LinkFact::Sent { number, message, .. } } if by == link => {
                Some((number, message))
            }
            _ => None,
        };
        let records = entries.iter().filter_map(|entry| journal::decode(entry).ok());
        let messages: Vec<(u64, Vec<u8>)> =
            records.flat_map(|record| record.facts.into_iter().filter_map(sent)).collect();
        self.link_input(now, link, LinkInput::Fetched { ticket, messages: &messages });
    }

    fn drain_session(&mut self, now: Timestamp, name: &str) {
        self.note_due(name);
        while let Some(effect) = self.session_effect(name) {
            match effect {
                LinkEffect::Send(bytes) => self.send(name, bytes),
                LinkEffect::Keep(fact) => {
                    self.introduce(now, name);
                    if matches!(fact, LinkFact::Reset { .. }) {
                        self.note_arrivals(now, name);
                    }
                    self.tell_kernel(now, Input::LinkKeeps { link: name, fact });
                }
                LinkEffect::Fetch { ticket, from, to } => {
                    let entries = self.kernel.book().sent_records(name, from, to);
                    self.when_kept(GatewayEffect::Fetch { link: name.to_owned(), ticket, entries });
                }
                LinkEffect::Received { message, number, decoded } => {
                    let decoded = decoded.map_or_else(|| intake::decode(&message), |decoded| *decoded);
                    self.tell_kernel(now, Input::Received { link: name, raw: &message, decoded, number });
                }
                LinkEffect::Ready { .. } => self.tell_kernel(now, Input::LinkReady(name)),
                LinkEffect::Close(reason) => {
                    self.note_arrivals(now, name);
                    self.when_kept(GatewayEffect::Close { link: name.to_owned(), reason });
                }
                LinkEffect::Notice(text) => {
                    self.effects.push_back(GatewayEffect::Notice { link: name.to_owned(), text });
                }
            }
        }
    }

    /// After a Logout of both sides nothing that was sent is in doubt, also when numbers begin anew with it.
    fn note_arrivals(&mut self, now: Timestamp, name: &str) {
        if matches!(self.links.get(name), Some(Link::Fix(session)) if session.ended_well()) {
            self.tell_kernel(now, Input::LinkLoggedOut(name));
        }
    }

    fn session_effect(&mut self, name: &str) -> Option<LinkEffect> {
        match self.links.get_mut(name) {
            Some(Link::Fix(session)) => session.poll(),
            _ => None,
        }
    }

    fn tell_kernel(&mut self, now: Timestamp, input: Input<'_>) {
        self.kernel.handle(now, input);
        while let Some(effect) = self.kernel.poll() {
            match effect {
                Effect::Append(entry) => {
                    self.written = entry.seq;
                    self.effects.push_back(GatewayEffect::Append(entry));
                }
                Effect::Kept { link, understood } => {
                    self.effects.push_back(GatewayEffect::Kept { link, understood });
                }
                Effect::Tell(notice) => self.effects.push_back(GatewayEffect::Tell(notice)),
                Effect::Deliver { link, message, possible_resend, delivery } => {
                    let input = LinkInput::Deliver { message: &message, possible_resend, delivery };
                    self.link_input(now, &link, input);
                }
            }
        }
    }

    fn tick(&mut self, now: Timestamp) {
        if self.kernel.deadline().is_some_and(|due| due <= now) {
            self.tell_kernel(now, Input::Tick);
        }
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        let due: Vec<String> = self
            .links
            .iter()
            .filter(|(_, link)| matches!(link, Link::Fix(s) if s.deadline().is_some_and(|due| due <= now)))
            .map(|(name, _)| name.clone())
            .collect();
        for name in due {
            self.link_input(now, &name, LinkInput::Tick);
        }
        self.due = self.sessions_due();
    }

    /// A session was told something.
    fn note_due(&mut self, name: &str) {
        let Some(Link::Fix(session)) = self.links.get(name) else { return };
        self.due = [self.due, session.deadline()].into_iter().flatten().min();
    }

    fn sessions_due(&self) -> Option<Timestamp> {
        let deadline = |link: &Link| match link {
            Link::Fix(session) => session.deadline(),
            Link::Whole => None,
        };
        self.links.values().filter_map(deadline).min()
    }
}

/// The session of a link that nothing else is said of: the peer connects, and numbers go on from day to day.
fn default_session(link: &LinkProfile) -> Option<Config> {
    let version = crate::config::fix::version_of(link.speech)?;
    Some(Config::new(version, &link.our_id, Some(&link.their_id), Role::Acceptor, HEARTBEAT))
}

/// Whether an effect makes no sense any more when the line it was meant for is gone.
fn belongs_to_line(effect: &GatewayEffect, name: &str) -> bool {
    match effect {
        GatewayEffect::Send { link, .. }
        | GatewayEffect::Close { link, .. }
        | GatewayEffect::Fetch { link, .. } => link == name,
        _ => false,
    }
}

impl Machine for Node {
    type Input<'a> = GatewayInput<'a>;
    type Effect = GatewayEffect;

    fn handle(&mut self, now: Timestamp, input: GatewayInput<'_>) {
        match input {
            GatewayInput::Link { link, input } => self.link_input(now, link, input),
            GatewayInput::Order(order) => self.order(now, order),
            GatewayInput::Appended(seq) => self.appended(now, seq),
            GatewayInput::Fetched { link, ticket, entries } => self.fetched(now, link, ticket, entries),
            GatewayInput::Tick => self.tick(now),
        }
    }

    fn poll(&mut self) -> Option<GatewayEffect> {
        self.effects.pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.due.into_iter().chain(self.kernel.deadline()).min()
    }
}
