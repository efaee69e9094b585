//! Two sessions on one wire that loses messages: everything arrives, in order, once.

use std::time::Duration;

use finality_parsers::fix::Version;
use finality_parsers::fix::frame::checksum;
use finality_parsers::fix::session::{Config, Memory, Role, Session};
use finality_parsers::machine::{LinkEffect, LinkInput, Machine, Timestamp};
use proptest::prelude::*;

struct End {
    session: Session,
    memory: Memory,
    received: Vec<String>,
    ready: bool,
    closed: Option<String>,
}

impl End {
    fn new(us: &str, peer: &str, role: Role) -> Self {
        let config = Config::new(Version::Fix44, us, Some(peer), role, Duration::from_secs(30));
        Self {
            session: Session::new(config),
            memory: Memory::default(),
            received: Vec::new(),
            ready: false,
            closed: None,
        }
    }

    /// Takes an input; gives back what is to be sent.
    fn tell(&mut self, now: Timestamp, input: LinkInput<'_>) -> Vec<Vec<u8>> {
        self.session.handle(now, input);
        let mut sends = Vec::new();
        while let Some(effect) = self.memory.poll(now, &mut self.session) {
            match effect {
                LinkEffect::Send(bytes) => sends.push(bytes),
                LinkEffect::Received { message, .. } => self.received.push(allocation_id(&message)),
                LinkEffect::Ready { .. } => self.ready = true,
                LinkEffect::Close(reason) => self.closed = Some(reason),
                LinkEffect::Notice(_) | LinkEffect::Keep(_) | LinkEffect::Fetch { .. } => {}
            }
        }
        sends
    }
}

fn allocation_id(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    text.split('\x01').find_map(|f| f.strip_prefix("70=")).expect("an AllocID").to_owned()
}

fn acknowledgement(id: usize) -> Vec<u8> {
    let content = format!(
        "35=P\x0134=1\x0149=?\x0152=20261124-09:00:00\x0156=?\x0170={id}\x0160=20261124-09:00:00\x0187=3\x01"
    );
    let mut bytes = format!("8=FIX.4.4\x019={}\x01{content}", content.len()).into_bytes();
    let sum = checksum(&bytes, 1);
    bytes.extend_from_slice(format!("10={sum:03}\x01").as_bytes());
    bytes
}

proptest! {
    #[test]
    fn lost_messages_are_asked_for_again(lost in prop::collection::vec(any::<bool>(), 0..60)) {
        let mut ends = [End::new("A", "B", Role::Initiator), End::new("B", "A", Role::Acceptor)];
        let start = Timestamp::from_nanos(1_795_478_400_000_000_000);
        let mut now = start;
        let mut lost = lost.into_iter();
        // (to, bytes); between the logon and the first silence the wire loses what `lost` says.
        let mut wire: std::collections::VecDeque<(usize, Vec<u8>)> = std::collections::VecDeque::new();
        for end in [1, 0] {
            wire.extend(ends[end].tell(now, LinkInput::Opened).into_iter().map(|b| (1 - end, b)));
        }
        let mut delivered = 0;
        for _ in 0..2000 {
            while let Some((to, bytes)) = wire.pop_front() {
                if ends.iter().all(|e| e.ready) && now == start && lost.next() == Some(true) {
                    continue;
                }
                let answers = ends[to].tell(now, LinkInput::Bytes(&bytes));
                wire.extend(answers.into_iter().map(|b| (1 - to, b)));
            }
            if delivered < 20 {
                for end in [0, 1] {
                    let message = acknowledgement(delivered);
                    let sends = ends[end].tell(now, LinkInput::Deliver { message: &message, possible_resend: false, delivery: 0 });
                    wire.extend(sends.into_iter().map(|b| (1 - end, b)));
                }
                delivered += 1;
                continue;
            }
            if ends.iter().all(|e| e.received.len() >= 20) {
                break;
            }
            now = now + Duration::from_secs(1);
            for end in [0, 1] {
                if ends[end].session.deadline().is_some_and(|d| d <= now) {
                    let sends = ends[end].tell(now, LinkInput::Tick);
                    wire.extend(sends.into_iter().map(|b| (1 - end, b)));
                }
            }
        }
        let all: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        for end in &ends {
            prop_assert_eq!(&end.closed, &None);
            prop_assert_eq!(&end.received, &all);
        }
    }
}
