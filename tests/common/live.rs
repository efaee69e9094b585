//! The built binary, live, and a FIX peer for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use finality::runtime::clock::Clock;
use finality_parsers::codec::{self, Depth, Envelope, Format};
use finality_parsers::fix::Version;
use finality_parsers::fix::session::{Config, Memory, Role, Session};
use finality_parsers::limits::Limits;
use finality_parsers::machine::{LinkEffect, LinkInput, Machine};
use finality_parsers::model::Event;

/// `finality serve`.
pub(crate) struct Gateway {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Gateway {
    pub(crate) fn start(config: &Path) -> Self {
        Self::start_with(config, &[])
    }

    pub(crate) fn start_with(config: &Path, more: &[&str]) -> Self {
        let config = config.display().to_string();
        Self::start_verb(&[&["serve", "--config", &config], more].concat())
    }

    /// Anything that says where FIX sessions connect.
    pub(crate) fn start_verb(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_finality"))
            .args(args)
            .env("FINALITY_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let address = lines
            .find_map(|line| line.expect("text").strip_prefix("FIX sessions connect to ").map(str::to_owned))
            .expect("it says where it listens");
        // What else it says is read to the end, or it would write into a pipe that nobody holds.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Ctrl-C, near enough: it ends in good order.
    pub(crate) fn stop(mut self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().expect("there is a kill");
        assert!(sent.success());
        assert!(self.child.wait().expect("it ends").success(), "in good order");
    }

    /// kill -9: no goodbye, no flush.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it is gone");
    }
}

/// The sample configuration, in a folder of its own and on a free port.
pub(crate) fn config(dir: &Path) -> std::path::PathBuf {
    let sample = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/finality.toml"));
    let text = sample
        .expect("the sample configuration")
        .replace("../finality-run/gateway/", "")
        .replace("127.0.0.1:9876", "127.0.0.1:0");
    let path = dir.join("finality.toml");
    std::fs::write(&path, text).expect("writes");
    path
}

fn connect(gateway: &Gateway) -> TcpStream {
    let stream = TcpStream::connect(&gateway.address).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
    stream
}

/// A FIX peer of the gateway.
pub(crate) struct Peer {
    stream: TcpStream,
    session: Session,
    memory: Memory,
    clock: Clock,
    own: String,
    heard: Vec<Vec<u8>>,
}

impl Peer {
    /// Connects and logs on.
    pub(crate) fn log_on(gateway: &Gateway, own: &str) -> Self {
        let config =
            Config::new(Version::Fix44, own, Some("FINALITY"), Role::Initiator, Duration::from_secs(30));
        let session = Session::new(config);
        let stream = connect(gateway);
        let mut peer = Self {
            stream,
            session,
            memory: Memory::default(),
            clock: Clock::start(),
            own: own.to_owned(),
            heard: Vec::new(),
        };
        peer.begin();
        peer
    }

    /// The same session over a new line: numbers go on.
    pub(crate) fn reconnect(&mut self, gateway: &Gateway) {
        self.tell(LinkInput::Closed);
        self.stream = connect(gateway);
        self.begin();
    }

    fn begin(&mut self) {
        let mut ready = self.tell(LinkInput::Opened);
        while !ready {
            ready = self.read();
        }
    }

    /// Says whether the session has become ready.
    fn tell(&mut self, input: LinkInput<'_>) -> bool {
        let now = self.clock.now();
        self.session.handle(now, input);
        let mut ready = false;
        while let Some(effect) = self.memory.poll(now, &mut self.session) {
            match effect {
                LinkEffect::Send(bytes) => self.stream.write_all(&bytes).expect("the line is up"),
                LinkEffect::Received { message, .. } => self.heard.push(message),
                LinkEffect::Ready { .. } => ready = true,
                LinkEffect::Close(why) => panic!("closed: {why}"),
                LinkEffect::Notice(_) | LinkEffect::Keep(_) | LinkEffect::Fetch { .. } => {}
            }
        }
        ready
    }

    fn read(&mut self) -> bool {
        let mut buffer = [0; 8192];
        let n = self.stream.read(&mut buffer).expect("an answer in time");
        assert!(n > 0, "the line is up");
        let bytes = buffer[..n].to_vec();
        self.tell(LinkInput::Bytes(&bytes))
    }

    /// The application messages that have come since the last call; at least one.
    pub(crate) fn hear(&mut self) -> Vec<Event> {
        while self.heard.is_empty() {
            self.read();
        }
        let heard = std::mem::take(&mut self.heard);
        let event = |m: &Vec<u8>| codec::decode(m, &Limits::default(), Depth::Event).event.expect("an event");
        heard.iter().map(event).collect()
    }

    /// Sends an event.
    pub(crate) fn send(&mut self, event: &Event) {
        let envelope = Envelope {
            sender: self.own.clone(),
            receiver: "FINALITY".into(),
            created: self.clock.now(),
            message_id: "M".into(),
            possible_duplicate: false,
        };
        let message = codec::encode(event, Format::Fix(Version::Fix44), &envelope).expect("encodes").bytes;
        self.tell(LinkInput::Deliver { message: &message, possible_resend: false, delivery: 0 });
    }
}
