//! A tape of a run: everything the gateway was told, when, and a digest of what it answered. Played back, it must answer
//! the same; the first difference is where to look.
//!
//! One JSON object a line: a boot with reference data and journal, or what was told, with `at` in nanoseconds and the digest
//! of the effects that followed.

use std::io::{self, BufRead, Write};

use finality_kernel::fact::Record;
use finality_kernel::gateway::Kernel;
use finality_kernel::journal as codec;
use finality_kernel::profile::Profile;
use finality_parsers::desk::Order;
use finality_parsers::machine::{
    Entry, GatewayEffect, GatewayInput, LinkInput, LinkOrder, Machine, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::config::taped::Taped;
use crate::node::Node;
use crate::simulate::records;

/// What was told, as the tape keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    Opened { link: String },
    Closed { link: String },
    Bytes { link: String, hex: String },
    Order(Order),
    Appended(u64),
    Fetched { link: String, ticket: u64, entries: Vec<(u64, String)> },
    Operate { link: String, order: LinkOrder },
    Tick,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Boot {
        at: i64,
        profile: Box<Profile>,
        journal: Vec<String>,
        /// Absent when FIX sessions behaved as they do where nothing is said of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fix: Option<Box<Taped>>,
    },
    Input {
        at: i64,
        told: Told,
        answered: String,
    },
}

/// A gateway whose every input and answer goes onto a tape.
pub struct Recorder<W: Write> {
    node: Node,
    out: W,
    effects: std::collections::VecDeque<GatewayEffect>,
    failed: Option<io::Error>,
}

impl<W: Write> Recorder<W> {
    /// Boots a gateway and records it from its boot on.
    pub fn boot(now: Timestamp, profile: Profile, journal: &[Entry], out: W) -> Self {
        let node = Node::boot(now, profile.clone(), records(journal));
        Self::record(now, node, profile, None, journal, out)
    }

    /// The same with FIX sessions as they are configured.
    pub fn serve(
        now: Timestamp,
        profile: Profile,
        fix: Taped,
        journal: &[Entry],
        out: W,
    ) -> Result<Self, String> {
        let node = boot(now, profile.clone(), Some(&fix), records(journal))?;
        Ok(Self::record(now, node, profile, Some(Box::new(fix)), journal, out))
    }

    fn record(
        now: Timestamp,
        node: Node,
        profile: Profile,
        fix: Option<Box<Taped>>,
        journal: &[Entry],
        out: W,
    ) -> Self {
        let mut recorder = Self { node, out, effects: std::collections::VecDeque::new(), failed: None };
        let journal = journal.iter().map(|entry| to_hex(&entry.bytes)).collect();
        recorder.write(&Line::Boot { at: now.nanos(), profile: Box::new(profile), journal, fix });
        recorder
    }

    fn write(&mut self, line: &Line) {
        let mut text = serde_json::to_string(line).expect("a line holds nothing that JSON cannot");
        text.push('\n');
        if let Err(error) = self.out.write_all(text.as_bytes()) {
            self.failed.get_or_insert(error);
        }
    }

    /// The tape's writer, or what went wrong with it.
    pub fn finish(mut self) -> io::Result<W> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Machine for Recorder<W> {
    type Input<'a> = GatewayInput<'a>;
    type Effect = GatewayEffect;

    fn handle(&mut self, now: Timestamp, input: GatewayInput<'_>) {
        self.node.handle(now, input);
        while let Some(effect) = self.node.poll() {
            self.effects.push_back(effect);
        }
        let answered = digest(self.effects.iter());
        self.write(&Line::Input { at: now.nanos(), told: told(input), answered });
    }

    fn poll(&mut self) -> Option<GatewayEffect> {
        self.effects.pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.node.deadline()
    }
}

/// The gateway as it boots, for the first time and for each time it is played back.
fn boot(
    now: Timestamp,
    profile: Profile,
    fix: Option<&Taped>,
    journal: impl IntoIterator<Item = Record>,
) -> Result<Node, String> {
    let sessions = fix.map(|fix| fix.sessions(&profile.links)).transpose()?.unwrap_or_default();
    Ok(Node::around(Kernel::boot(now, profile.clone(), journal), &profile, &sessions))
}

/// How a replay ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Replayed {
    /// All answers were the same.
    Same {
        /// Lines played.
        lines: u64,
    },
    /// The first that was not.
    Different {
        /// Its number, from 1.
        line: u64,
        /// What was told.
        told: String,
        /// What is answered now.
        answers: Vec<String>,
    },
}

/// Why a tape cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// It cannot be read.
    #[error("the tape cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A line is no line of a tape.
    #[error("line {line} is no line of a tape: {why}")]
    Line {
        /// Which.
        line: u64,
        /// Why.
        why: String,
    },
}

/// Plays a tape, from its boot on; stops at the first difference.
pub fn replay(tape: impl BufRead) -> Result<Replayed, TapeError> {
    let mut number = 0;
    let mut gateway: Option<Node> = None;
    for text in tape.lines() {
        number += 1;
        let bad = |why: String| TapeError::Line { line: number, why };
        match serde_json::from_str(&text?).map_err(|e| bad(e.to_string()))? {
            Line::Boot { at, profile, journal, fix } => {
                let entry = |(hex, seq): (&String, u64)| from_hex(hex).map(|bytes| Entry { seq, bytes });
                let entries: Option<Vec<Entry>> = journal.iter().zip(1..).map(entry).collect();
                let entries = entries.ok_or_else(|| bad("the journal is not in hexadecimal".to_owned()))?;
                let records: Result<Vec<_>, _> = entries.iter().map(codec::decode).collect();
                let records = records.map_err(|e| bad(e.to_string()))?;
                let node = boot(Timestamp::from_nanos(at), *profile, fix.as_deref(), records);
                gateway = Some(node.map_err(bad)?);
            }
            Line::Input { at, told, answered } => {
                let node =
                    gateway.as_mut().ok_or_else(|| bad("the tape does not begin with a boot".to_owned()))?;
                let effects = play(node, Timestamp::from_nanos(at), &told)
                    .ok_or_else(|| bad("the bytes are not in hexadecimal".to_owned()))?;
                if digest(effects.iter()) != answered {
                    let told = format!("{told:?}").chars().take(400).collect();
                    let answers =
                        effects.iter().map(|e| format!("{e:?}").chars().take(400).collect()).collect();
                    return Ok(Replayed::Different { line: number, told, answers });
                }
            }
        }
    }
    Ok(Replayed::Same { lines: number })
}

fn play(node: &mut Node, now: Timestamp, told: &Told) -> Option<Vec<GatewayEffect>> {
    let bytes;
    let fetched;
    let input = match told {
        Told::Opened { link } => GatewayInput::Link { link, input: LinkInput::Opened },
        Told::Closed { link } => GatewayInput::Link { link, input: LinkInput::Closed },
        Told::Bytes { link, hex } => {
            bytes = from_hex(hex)?;
            GatewayInput::Link { link, input: LinkInput::Bytes(&bytes) }
        }
        Told::Order(order) => GatewayInput::Order(order),
        Told::Appended(seq) => GatewayInput::Appended(*seq),
        Told::Fetched { link, ticket, entries } => {
            let entry = |(seq, hex): &(u64, String)| Some(Entry { seq: *seq, bytes: from_hex(hex)? });
            fetched = entries.iter().map(entry).collect::<Option<Vec<_>>>()?;
            GatewayInput::Fetched { link, ticket: *ticket, entries: &fetched }
        }
        Told::Operate { link, order } => GatewayInput::Link { link, input: LinkInput::Operate(*order) },
        Told::Tick => GatewayInput::Tick,
    };
    node.handle(now, input);
    Some(std::iter::from_fn(|| node.poll()).collect())
}

fn told(input: GatewayInput<'_>) -> Told {
    match input {
        GatewayInput::Link { link, input } => {
            let link = link.to_owned();
            match input {
                LinkInput::Opened => Told::Opened { link },
                LinkInput::Closed => Told::Closed { link },
                LinkInput::Bytes(bytes) | LinkInput::Deliver { message: bytes, .. } => {
                    Told::Bytes { link, hex: to_hex(bytes) }
                }
                LinkInput::Operate(order) => Told::Operate { link, order },
                // Within the gateway only: no driver says it.
                LinkInput::Tick | LinkInput::Fetched { .. } => Told::Tick,
            }
        }
        GatewayInput::Order(order) => Told::Order(order.clone()),
        GatewayInput::Appended(seq) => Told::Appended(seq),
        GatewayInput::Fetched { link, ticket, entries } => {
            let entries = entries.iter().map(|e| (e.seq, to_hex(&e.bytes))).collect();
            Told::Fetched { link: link.to_owned(), ticket, entries }
        }
        GatewayInput::Tick => Told::Tick,
    }
}

/// FNV-1a over what the effects print as: enough to notice a difference.
fn digest<'a>(effects: impl Iterator<Item = &'a GatewayEffect>) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for effect in effects {
        for byte in format!("{effect:?}").bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|d| d.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
