//! `finality fix send`: one end of a FIX session for a while. It drives the session machine over a real line and keeps its
//! numbers in memory.

use std::collections::VecDeque;
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use finality_parsers::diagnostic::Policy;
use finality_parsers::fix::Version;
use finality_parsers::fix::session::{Memory, Session};
use finality_parsers::machine::{LinkEffect, LinkInput, LinkNumbers, Machine as _, Timestamp};

use super::log::{Manner, show_live};
use super::scan::{Piece, Scanner};
use super::script::{self, Step, What};
use crate::adapters::dial::{self, Dialler};
use crate::cli::exit::{Blame as _, Exit, Failure, Outcome, complain};
use crate::config::fix::FixSession;
use crate::config::read::sections;
use crate::config::session::{DictionaryFiles, machine};
use crate::runtime::clock::Clock;
use crate::runtime::drive::{Outgoing, ToCore};

const EXAMPLES: &str = "\
Examples:
  finality fix send --connect 127.0.0.1:9876 --sender ALBIONAM --target FINALITY samples/fix/J-typical.fix
  finality fix send --config sessions.toml --session 'FIX.4.2:FINALITY->KESTRELSEC' --all --oneline
  finality fix send --connect localhost:9876 --sender A --target B --version FIX.4.2 --script talk.script

Files hold FIX messages in any notation, logs too; session messages in them are passed over, and each message gets the header
of the session. Numbers begin anew (141=Y) unless --numbers says where they stand. A script has one step a line: D sends a
message, A waits for one with these fields, R for the logon, C for the end.
What the peer repeats (43=Y, 97=Y) is shown and is no answer. Exit code 1 if an answer is missing, 4 if the peer cannot be reached, does not log on or hangs up.";

/// Arguments of `finality fix send`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, disable_version_flag = true)]
pub struct SendArgs {
    /// Files with the messages to send; without, it logs on and out
    pub files: Vec<PathBuf>,
    /// A configuration with the session
    #[arg(long, value_name = "FILE", conflicts_with = "connect")]
    pub config: Option<PathBuf>,
    /// Which of its sessions; not needed if it has one initiator
    #[arg(long, value_name = "NAME", requires = "config")]
    pub session: Option<String>,
    /// Whom to dial
    #[arg(long, value_name = "HOST:PORT", required_unless_present = "config")]
    pub connect: Option<String>,
    /// Our CompID
    #[arg(long, required_unless_present = "config")]
    pub sender: Option<String>,
    /// The peer's CompID
    #[arg(long, required_unless_present = "config")]
    pub target: Option<String>,
    /// FIX.4.0 to FIX.4.4, FIX.5.0, FIX.5.0SP1 or FIX.5.0SP2
    #[arg(id = "fix_version", long = "version", value_name = "VERSION", default_value = "FIX.4.4")]
    pub version: String,
    /// Play this script instead of files
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    pub script: Option<PathBuf>,
    /// How long answers are waited for, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10")]
    pub wait: u32,
    /// How many answers are waited for; as many as messages were sent when absent
    #[arg(long, value_name = "N")]
    pub expect: Option<usize>,
    /// Go on with these numbers: the next one in, the next one out
    #[arg(long, value_name = "IN,OUT")]
    pub numbers: Option<String>,
    /// Show answers as they came, | between fields
    #[arg(long)]
    pub raw: bool,
    /// One line for each message
    #[arg(long)]
    pub oneline: bool,
    /// Show what goes out and session messages too
    #[arg(long)]
    pub all: bool,
}

/// Sends.
pub fn run(args: &SendArgs, out: &mut dyn Write) -> Outcome {
    let session = session(args)?;
    let steps = steps(args, session.version)?;
    let mut behaviour = machine(&session, &mut DictionaryFiles::default()).map_err(Failure::input)?;
    behaviour.accepts = finality_parsers::fix::session::Accepts::All;
    // What the peer answers is shown, not refused.
    behaviour.policy = Policy::Lenient;
    let clock = Clock::start();
    let machine = match &args.numbers {
        None => {
            behaviour.resets.on_logon = true;
            Session::new(behaviour)
        }
        Some(numbers) => Session::recover(behaviour, parse_numbers(numbers, clock.now())?),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (inbox, events) = sync_channel(1_024);
    runtime
        .block_on(dial::connect(Dialler::of(&session), inbox))
        .map_err(|why| Failure { exit: Exit::Connection, error: anyhow::anyhow!("not connected: {why}") })?;
    let mut end = End {
        machine,
        memory: Memory::default(),
        clock,
        events,
        to: None,
        ready: false,
        closed: None,
        heard: VecDeque::new(),
        scan: Scanner::default(),
        args,
        out,
    };
    let outcome = end.play(&steps);
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

fn parse_numbers(text: &str, now: Timestamp) -> Result<LinkNumbers, Failure> {
    let parts =
        text.split_once(',').and_then(|(i, o)| Some((i.trim().parse().ok()?, o.trim().parse().ok()?)));
    match parts {
        Some((next_in, next_out)) if next_in > 0 && next_out > 0 => {
            Ok(LinkNumbers { next_in, next_out, since: Some(now) })
        }
        _ => Err(Failure::usage("--numbers is the next number in and the next one out, such as 12,7")),
    }
}

/// The session: of the configuration, or put together from the arguments.
fn session(args: &SendArgs) -> Result<FixSession, Failure> {
    if let Some(file) = &args.config {
        let config = crate::config::sessions(file).map_err(Failure::input)?;
        let named = |s: &&FixSession| args.session.as_ref().is_none_or(|name| *name == s.name);
        let mut fitting = config.initiators().filter(named);
        let there: Vec<&str> = config.initiators().map(|s| s.name.as_str()).collect();
        return match (fitting.next(), fitting.next()) {
            (Some(one), None) => Ok(one.clone()),
            (None, _) if there.is_empty() => Err(Failure::input(format!(
                "{}: all its sessions wait for their peer to connect; `fix send` dials: it needs a [[fix.session]] with \
                 ConnectionType = \"initiator\", SocketConnectHost and SocketConnectPort, or --connect HOST:PORT with \
                 --sender and --target instead of --config",
                file.display()
            ))),
            (None, _) => Err(Failure::input(format!(
                "{}: no initiator is called {:?}; there are: {}",
                file.display(),
                args.session.as_deref().unwrap_or_default(),
                there.join(", ")
            ))),
            (Some(_), Some(_)) => {
                Err(Failure::usage(format!("which --session? there are: {}", there.join(", "))))
            }
        };
    }
    let text = |value: &Option<String>| toml::Value::String(value.clone().unwrap_or_default()).to_string();
    let connect = args.connect.clone().unwrap_or_default();
    let (host, port) = connect
        .rsplit_once(':')
        .ok_or_else(|| Failure::usage("--connect is HOST:PORT, such as 127.0.0.1:9876"))?;
    let (begin, application) = match args.version.strip_prefix("FIX.5.0") {
        Some(_) => ("FIXT.1.1", format!("DefaultApplVerID = {}\n", text(&Some(args.version.clone())))),
        None => (args.version.as_str(), String::new()),
    };
    let toml = format!(
        "[[fix.session]]\nConnectionType = \"initiator\"\nBeginString = {}\n{application}SenderCompID = {}\nTargetCompID = {}\n\
         SocketConnectHost = {}\nSocketConnectPort = {}\n",
        text(&Some(begin.to_owned())),
        text(&args.sender),
        text(&args.target),
        text(&Some(host.trim_matches(['[', ']']).to_owned())),
        text(&Some(port.to_owned())),
    );
    let config = sections(&toml, std::path::Path::new("")).map_err(|problems| {
        let said: Vec<String> = problems.iter().map(|p| format!("{} {}", p.key, p.why)).collect();
        Failure::usage(said.join("; "))
    })?;
    config.sessions.into_iter().next().ok_or_else(|| Failure::usage("there is no session"))
}

/// What to do once logged on: the script, or the messages of the files.
fn steps(args: &SendArgs, version: Version) -> Result<Vec<Step>, Failure> {
    let read = |path: &PathBuf| {
        std::fs::read(path).with_context(|| format!("{}", path.display())).blame(Exit::Input)
    };
    if let Some(file) = &args.script {
        let text = String::from_utf8_lossy(&read(file)?).into_owned();
        return script::read(&text, version)
            .map_err(|why| Failure::input(format!("{}: {why}", file.display())));
    }
    let mut steps = Vec::new();
    for file in &args.files {
        let mut scanner = Scanner::default();
        scanner.push(&read(file)?);
        let before = steps.len();
        while let Some(piece) = scanner.next(true) {
            if let Piece::Message { bytes, .. } = piece
                && !is_session_message(&bytes)
            {
                let what = What::Deliver { message: bytes, possible_resend: false };
                steps.push(Step { line: 0, what });
            }
        }
        if steps.len() == before {
            return Err(Failure::input(format!(
                "{}: there is no FIX application message in it",
                file.display()
            )));
        }
    }
    Ok(steps)
}

fn is_session_message(bytes: &[u8]) -> bool {
    let kind = bytes.split(|b| *b == 1).find_map(|field| field.strip_prefix(b"35="));
    matches!(kind, Some([b'0'..=b'5' | b'A']))
}

/// Marked as a possible duplicate (43) or a possible repetition (97): it answers nothing that was sent now.
fn is_repetition(bytes: &[u8]) -> bool {
    // The header's fields stand before those of the body; no other field has these numbers.
    bytes.split(|b| *b == 1).any(|field| field == b"43=Y" || field == b"97=Y")
}

/// Our end of the line.
struct End<'a> {
    machine: Session,
    memory: Memory,
    clock: Clock,
    events: Receiver<ToCore>,
    to: Option<Box<dyn Outgoing>>,
    ready: bool,
    closed: Option<String>,
    heard: VecDeque<Vec<u8>>,
    scan: Scanner,
    args: &'a SendArgs,
    out: &'a mut dyn Write,
}

impl End<'_> {
    fn play(&mut self, steps: &[Step]) -> Outcome {
        let until = self.until();
        while !self.ready && self.closed.is_none() {
            if !self.turn(until)? {
                return Err(self.lost("the peer did not log on in time"));
            }
        }
        if !self.ready {
            return Err(self.lost("not logged on"));
        }
        let scripted = self.args.script.is_some();
        let mut sent = 0;
        for step in steps {
            sent += usize::from(matches!(step.what, What::Deliver { .. }));
            if let Some(why) = self.step(step)? {
                complain(&format!("line {}: {why}", step.line));
                return self.leave(Exit::Failed);
            }
        }
        if scripted {
            return self.leave(Exit::Ok);
        }
        let expected = self.args.expect.unwrap_or(sent);
        let until = self.until();
        while self.answers() < expected && self.turn(until)? {}
        if self.closed.is_some() {
            return Err(self.lost("the peer hung up"));
        }
        let answers = self.answers();
        if answers < expected {
            complain(&format!("{answers} of {expected} answers came within {} s", self.args.wait));
            return self.leave(Exit::Failed);
        }
        self.leave(Exit::Ok)
    }

    /// What came, but for repetitions of what was said to somebody before.
    fn answers(&self) -> usize {
        self.heard.iter().filter(|message| !is_repetition(message)).count()
    }

    /// One step; what comes back is why it failed.
    fn step(&mut self, step: &Step) -> Result<Option<String>, Failure> {
        let until = self.until();
        match &step.what {
            What::Deliver { message, possible_resend } => {
                let input = LinkInput::Deliver { message, possible_resend: *possible_resend, delivery: 0 };
                self.tell(input)?;
                Ok(None)
            }
            What::Bytes(bytes) => {
                self.send(bytes.clone())?;
                Ok(None)
            }
            // The end was waited for at the start.
            What::Ready => Ok(None),
            What::Message(wanted) => loop {
                if let Some(message) = self.heard.pop_front() {
                    let missing = script::missing(&message, wanted);
                    return Ok(missing.map(|(tag, value)| {
                        let found = String::from_utf8_lossy(&message).replace('\u{1}', "|");
                        format!("{tag}={value} is not in {found}")
                    }));
                }
                if !self.turn(until)? {
                    return Ok(Some(format!(
                        "no message came; {}",
                        self.closed.as_deref().unwrap_or("it is silent")
                    )));
                }
            },
            What::Closed(words) => loop {
                if let Some(why) = &self.closed {
                    return Ok(
                        (!why.contains(words.as_str())).then(|| format!("the line went down because: {why}"))
                    );
                }
                if !self.turn(until)? {
                    return Ok(Some("the line is still up".to_owned()));
                }
            },
        }
    }

    /// Logs out in good order.
    fn leave(&mut self, exit: Exit) -> Outcome {
        if self.closed.is_none() {
            let now = self.clock.now();
            self.machine.log_out(now, "");
            self.drain(now)?;
            let until = self.until();
            while self.closed.is_none() && self.turn(until)? {}
        }
        Ok(exit)
    }

    fn until(&self) -> Timestamp {
        self.clock.now() + Duration::from_secs(u64::from(self.args.wait))
    }

    fn lost(&self, what: &str) -> Failure {
        let why = self.closed.as_deref().map_or(String::new(), |why| format!(": {why}"));
        Failure { exit: Exit::Connection, error: anyhow::anyhow!("{what}{why}") }
    }

    /// Waits for one thing to happen; `false` when the time is over or the line is down.
    fn turn(&mut self, until: Timestamp) -> Result<bool, Failure> {
        let now = self.clock.now();
        if self.closed.is_some() || now >= until {
            return Ok(false);
        }
        let due = self.machine.deadline().map_or(until, |due| due.min(until));
        match self.events.recv_timeout(due.since(now)) {
            Ok(ToCore::Opened { to, .. }) => {
                self.to = Some(to);
                self.tell(LinkInput::Opened)?;
            }
            Ok(ToCore::Bytes { bytes, .. }) => {
                self.show_all(true, &bytes)?;
                self.tell(LinkInput::Bytes(&bytes))?;
            }
            Ok(ToCore::Closed { .. }) | Err(RecvTimeoutError::Disconnected) => {
                self.closed.get_or_insert_with(|| "the peer hung up".to_owned());
                self.tell(LinkInput::Closed)?;
            }
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => self.tell(LinkInput::Tick)?,
        }
        Ok(true)
    }

    fn tell(&mut self, input: LinkInput<'_>) -> Result<(), Failure> {
        let now = self.clock.now();
        self.machine.handle(now, input);
        self.drain(now)
    }

    fn drain(&mut self, now: Timestamp) -> Result<(), Failure> {
        while let Some(effect) = self.memory.poll(now, &mut self.machine) {
            match effect {
                LinkEffect::Send(bytes) => self.send(bytes)?,
                LinkEffect::Received { message, .. } => {
                    if !self.args.all {
                        self.show(true, &message)?;
                    }
                    self.heard.push_back(message);
                }
                LinkEffect::Ready { .. } => self.ready = true,
                LinkEffect::Close(reason) => {
                    if let Some(to) = &mut self.to {
                        to.close(&reason);
                    }
                    self.closed.get_or_insert(reason);
                }
                LinkEffect::Notice(text) => complain(&text),
                LinkEffect::Keep(_) | LinkEffect::Fetch { .. } => {}
            }
        }
        Ok(())
    }

    fn send(&mut self, bytes: Vec<u8>) -> Result<(), Failure> {
        if self.args.all {
            self.show(false, &bytes)?;
        }
        if self.to.as_mut().is_some_and(|to| to.send(bytes)) {
            return Ok(());
        }
        Err(self.lost("the peer takes nothing any more"))
    }

    fn show_all(&mut self, incoming: bool, bytes: &[u8]) -> Result<(), Failure> {
        if !self.args.all {
            return Ok(());
        }
        self.scan.push(bytes);
        while let Some(piece) = self.scan.next(false) {
            if let Piece::Message { bytes, .. } = piece {
                self.show(incoming, &bytes)?;
            }
        }
        Ok(())
    }

    fn show(&mut self, incoming: bool, bytes: &[u8]) -> Result<(), Failure> {
        if self.args.raw {
            let arrow = if !self.args.all {
                ""
            } else if incoming {
                "<- "
            } else {
                "-> "
            };
            writeln!(self.out, "{arrow}{}", String::from_utf8_lossy(bytes).replace('\u{1}', "|"))?;
        } else {
            let manner = Manner { oneline: self.args.oneline, ..Manner::default() };
            show_live(self.clock.now(), incoming, bytes, manner, self.out)?;
        }
        Ok(self.out.flush()?)
    }
}
