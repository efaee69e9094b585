//! What every fuzz target and the driver for stable share: bytes are read as a script, and what must hold is asserted.

use std::time::Duration;

use finality_parsers::codec::{self, Depth};
use finality_parsers::diagnostic::{Layer, Severity};
use finality_parsers::fix::frame::{Deframer, Frame, checksum};
use finality_parsers::fix::session::{Config, Memory, Role, Session};
use finality_parsers::fix::{self, Version};
use finality_parsers::limits::Limits;
use finality_parsers::machine::{LinkEffect, LinkInput, LinkOrder, Machine, Timestamp};

/// Limits that a short input can reach.
fn small() -> Limits {
    Limits { message_bytes_max: 4_096, ..Limits::default() }
}

/// The deframer: any chunking gives the same frames, and no byte is lost or made.
pub(crate) fn deframer(data: &[u8]) {
    let Some((&chunk, bytes)) = data.split_first() else { return };
    let frames = |size: usize| {
        let mut deframer = Deframer::new(small());
        let (mut messages, mut garbled) = (Vec::new(), 0);
        for piece in bytes.chunks(size.max(1)) {
            deframer.push(piece);
            while let Some(frame) = deframer.next_frame() {
                match frame {
                    Frame::Message(message) => messages.push(message),
                    Frame::Garbled { bytes } => garbled += bytes,
                }
            }
        }
        (messages, garbled)
    };
    let (whole, pieces) = (frames(bytes.len()), frames(usize::from(chunk)));
    assert_eq!(whole.0, pieces.0, "the same messages in any chunking");
    let length: usize = whole.0.iter().map(Vec::len).sum();
    assert!(length + whole.1 <= bytes.len(), "nothing is made up");
}

const BEGINNINGS: [&[u8]; 6] = [
    b"8=FIX.4.0\x01",
    b"8=FIX.4.1\x01",
    b"8=FIX.4.2\x01",
    b"8=FIX.4.3\x01",
    b"8=FIX.4.4\x01",
    b"8=FIXT.1.1\x01",
];

/// The decoder, with the same content in every version: as it came, and framed so that it gets behind the frame's checks.
pub(crate) fn decoder(data: &[u8]) {
    let _ = codec::decode(data, &small(), Depth::Full);
    for begin in BEGINNINGS {
        let mut message = [begin, format!("9={}\x01", data.len()).as_bytes(), data].concat();
        let sum = checksum(&message, 1);
        message.extend_from_slice(format!("10={sum:03}\x01").as_bytes());
        let _ = codec::decode(&message, &small(), Depth::Event);
    }
}

const VERSIONS: [Version; 8] = [
    Version::Fix40,
    Version::Fix41,
    Version::Fix42,
    Version::Fix43,
    Version::Fix44,
    Version::Fix50,
    Version::Fix50Sp1,
    Version::Fix50Sp2,
];

/// A session that is told all sorts of things, bytes of a hostile peer among them.
pub(crate) fn session(data: &[u8]) {
    let Some((&first, mut rest)) = data.split_first() else { return };
    let version = VERSIONS[usize::from(first) % VERSIONS.len()];
    let role = if first & 0x80 == 0 { Role::Acceptor } else { Role::Initiator };
    let mut config = Config::new(version, "US", Some("THEM"), role, Duration::from_secs(30));
    // With the usual bounds a message is not taken apart again by the codec: debug assertions compare what both read.
    config.decodes = true;
    if first & 0x40 == 0 {
        config.limits = small();
    }
    let begin = version.begin_string().to_owned();
    let mut run = Run { session: Session::new(config), memory: Memory::default(), up: false, closed: false };
    let mut now = Timestamp::from_nanos(1_790_000_000_000_000_000);
    let mut number = 1_u64;
    run.tell(now, LinkInput::Opened);
    while let Some((&what, more)) = rest.split_first() {
        rest = more;
        match what % 8 {
            0 => {
                now = now + Duration::from_secs(u64::from(what));
                run.tell(now, LinkInput::Tick);
            }
            1 => {
                run.tell(now, LinkInput::Closed);
                run.tell(now, LinkInput::Opened);
            }
            2 => {
                let message = b"8=FIX.4.4\x019=5\x0135=P\x0170=A\x0110=000\x01";
                run.tell(now, LinkInput::Deliver { message, possible_resend: what & 64 != 0, delivery: 1 });
            }
            3 => {
                let order = [LinkOrder::Reset, LinkOrder::Test, LinkOrder::LogOut, LinkOrder::Disconnect];
                run.tell(now, LinkInput::Operate(order[usize::from(what >> 3) % 4]));
            }
            4 | 5 => {
                // A message with a sound frame and header: its content is the input's.
                let length = usize::from(what >> 2).min(rest.len());
                let (content, more) = rest.split_at(length);
                rest = more;
                let kind =
                    [b"A".as_slice(), b"0", b"1", b"2", b"4", b"5", b"J", b"3"][usize::from(what >> 3) % 8];
                let time = now.utc().format("%Y%m%d-%H:%M:%S").to_string();
                let head = format!("\x0134={number}\x0149=THEM\x0152={time}\x0156=US\x0198=0\x01108=30\x01");
                let head = if kind == b"A" { head } else { head.replace("98=0\x01108=30\x01", "") };
                let body = [b"35=", kind, head.as_bytes(), content, b"\x01"].concat();
                let mut message = format!("8={begin}\x019={}\x01", body.len()).into_bytes();
                message.extend_from_slice(&body);
                let sum = checksum(&message, 1);
                message.extend_from_slice(format!("10={sum:03}\x01").as_bytes());
                number += u64::from(what & 2 == 0);
                for piece in message.chunks(usize::from(what).max(1)) {
                    run.tell(now, LinkInput::Bytes(piece));
                }
            }
            _ => {
                let (bytes, more) = rest.split_at(usize::from(what >> 1).min(rest.len()));
                rest = more;
                run.tell(now, LinkInput::Bytes(bytes));
            }
        }
    }
}

struct Run {
    session: Session,
    memory: Memory,
    up: bool,
    closed: bool,
}

impl Run {
    fn tell(&mut self, now: Timestamp, input: LinkInput<'_>) {
        match input {
            LinkInput::Opened => (self.up, self.closed) = (true, false),
            LinkInput::Closed => self.up = false,
            _ => {}
        }
        self.session.handle(now, input);
        while let Some(effect) = self.memory.poll(now, &mut self.session) {
            match effect {
                LinkEffect::Send(bytes) => sound(&bytes),
                LinkEffect::Close(_) => {
                    assert!(self.up && !self.closed, "one Close for a connection");
                    self.closed = true;
                }
                _ => {}
            }
        }
        let down = self.session.status().state == "down";
        assert!(down || self.session.deadline().is_some(), "whoever waits says until when");
    }
}

/// What we say must be sound in our own eyes: frame and syntax (content may quote the peer's).
fn sound(bytes: &[u8]) {
    let decoded = fix::decode(bytes, &Limits::default(), Depth::Event);
    let bad = decoded.diagnostics.iter().find(|d| d.severity == Severity::Error && d.layer == Layer::Syntax);
    assert!(bad.is_none(), "{bad:?} in what we sent: {}", String::from_utf8_lossy(bytes));
}
