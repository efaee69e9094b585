//! The whole gateway as one machine: its links and the kernel. The virtual world, the live runtime and the tape all drive
//! this and nothing else, so what they show is the same gateway.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use finality_kernel::fact::Record;
use finality_kernel::gateway::{Effect, Input, Kernel};
use finality_kernel::intake;
use finality_kernel::profile::{Profile, Speech};
use finality_parsers::codec;
use finality_parsers::fix::Version;
use finality_parsers::fix::session::{Config, Role, Session};
use finality_parsers::limits::Limits;
use finality_parsers::machine::{GatewayEffect, GatewayInput, LinkEffect, LinkInput, Machine, Timestamp};

/// How long a FIX session may be silent before a heartbeat.
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
    effects: VecDeque<GatewayEffect>,
}

impl Node {
    /// First start and every restart.
    pub fn boot(now: Timestamp, profile: Profile, journal: impl IntoIterator<Item = Record>) -> Self {
        let kernel = Kernel::boot(now, profile.clone(), journal);
        Self::around(kernel, &profile)
    }

    /// Links around a kernel that has recovered.
    pub fn around(kernel: Kernel, profile: &Profile) -> Self {
        let links =
            profile.links.iter().map(|l| (l.name.clone(), link(l.speech, &l.our_id, &l.their_id))).collect();
        Self { kernel, links, effects: VecDeque::new() }
    }

    /// The kernel, for views.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    fn link_input(&mut self, now: Timestamp, name: &str, input: LinkInput<'_>) {
        match self.links.get_mut(name) {
            None => {
                let reason = format!("there is no link {name} in the configuration");
                self.effects.push_back(GatewayEffect::Close { link: name.to_owned(), reason });
            }
            Some(Link::Fix(session)) => {
                session.handle(now, input);
                self.drain_session(now, name);
                if matches!(input, LinkInput::Closed) {
                    self.tell_kernel(now, Input::LinkDown(name));
                }
            }
            Some(Link::Whole) => match input {
                LinkInput::Opened => self.tell_kernel(now, Input::LinkReady(name)),
                LinkInput::Closed => self.tell_kernel(now, Input::LinkDown(name)),
                LinkInput::Bytes(bytes) => {
                    for range in codec::split(bytes, &Limits::default()) {
                        self.received(now, name, &bytes[range]);
                    }
                }
                LinkInput::Deliver { message, .. } => self.send(name, message.to_vec()),
                LinkInput::Tick => {}
            },
        }
    }

    fn received(&mut self, now: Timestamp, link: &str, raw: &[u8]) {
        let decoded = intake::decode(raw);
        self.tell_kernel(now, Input::Received { link, raw, decoded });
    }

    fn send(&mut self, link: &str, bytes: Vec<u8>) {
        self.effects.push_back(GatewayEffect::Send { link: link.to_owned(), bytes });
    }

    fn drain_session(&mut self, now: Timestamp, name: &str) {
        while let Some(effect) = self.session_effect(name) {
            match effect {
                LinkEffect::Send(bytes) => self.send(name, bytes),
                LinkEffect::Received(message) => self.received(now, name, &message),
                LinkEffect::Ready => self.tell_kernel(now, Input::LinkReady(name)),
                LinkEffect::Close(reason) => {
                    self.effects.push_back(GatewayEffect::Close { link: name.to_owned(), reason });
                }
                LinkEffect::Notice(_) => {}
            }
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
                Effect::Append(entry) => self.effects.push_back(GatewayEffect::Append(entry)),
                Effect::Kept { link, understood } => {
                    self.effects.push_back(GatewayEffect::Kept { link, understood });
                }
                Effect::Tell(notice) => self.effects.push_back(GatewayEffect::Tell(notice)),
                Effect::Deliver { link, message, possible_resend } => {
                    self.link_input(now, &link, LinkInput::Deliver { message: &message, possible_resend });
                }
            }
        }
    }

    fn tick(&mut self, now: Timestamp) {
        if self.kernel.deadline().is_some_and(|due| due <= now) {
            self.tell_kernel(now, Input::Tick);
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
    }
}

fn link(speech: Speech, our_id: &str, their_id: &str) -> Link {
    let version = match speech {
        Speech::Fix44 => Version::Fix44,
        Speech::Fix50Sp2 => Version::Fix50Sp2,
        Speech::Mt | Speech::Mx | Speech::MxDocument => return Link::Whole,
    };
    Link::Fix(Box::new(Session::new(Config::new(version, our_id, Some(their_id), Role::Acceptor, HEARTBEAT))))
}

impl Machine for Node {
    type Input<'a> = GatewayInput<'a>;
    type Effect = GatewayEffect;

    fn handle(&mut self, now: Timestamp, input: GatewayInput<'_>) {
        match input {
            GatewayInput::Link { link, input } => self.link_input(now, link, input),
            GatewayInput::Order(order) => self.tell_kernel(now, Input::Order(order)),
            GatewayInput::Appended(seq) => self.tell_kernel(now, Input::Appended(seq)),
            GatewayInput::Tick => self.tick(now),
        }
    }

    fn poll(&mut self) -> Option<GatewayEffect> {
        self.effects.pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        let sessions = self.links.values().filter_map(|link| match link {
            Link::Fix(session) => session.deadline(),
            Link::Whole => None,
        });
        sessions.chain(self.kernel.deadline()).min()
    }
}
