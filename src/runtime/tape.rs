//! A tape of a run: everything the gateway was told, when, and a digest of what it answered. Played back, it must answer
//! the same; the first difference is where to look.
//!
//! One JSON object a line: what was told, with `at` in nanoseconds, then the digest of the effects that followed.

use std::io::{self, BufRead, Write};

use finality_parsers::desk::Order;
use finality_parsers::machine::{GatewayEffect, GatewayInput, LinkInput, Machine, Timestamp};
use serde::{Deserialize, Serialize};

use crate::node::Node;

/// What was told, as the tape keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    Opened { link: String },
    Closed { link: String },
    Bytes { link: String, hex: String },
    Order(Order),
    Appended(u64),
    Tick,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    at: i64,
    told: Told,
    answered: String,
}

/// A gateway whose every input and answer goes onto a tape.
pub struct Recorder<W: Write> {
    node: Node,
    out: W,
    effects: std::collections::VecDeque<GatewayEffect>,
    failed: Option<io::Error>,
}

impl<W: Write> Recorder<W> {
    /// Records this gateway.
    pub fn new(node: Node, out: W) -> Self {
        Self { node, out, effects: std::collections::VecDeque::new(), failed: None }
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
        let line = Line { at: now.nanos(), told: told(input), answered: digest(self.effects.iter()) };
        let mut text = serde_json::to_string(&line).expect("a line holds nothing that JSON cannot");
        text.push('\n');
        if let Err(error) = self.out.write_all(text.as_bytes()) {
            self.failed.get_or_insert(error);
        }
    }

    fn poll(&mut self) -> Option<GatewayEffect> {
        self.effects.pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.node.deadline()
    }
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

/// Plays a tape to a freshly booted gateway; stops at the first difference.
pub fn replay(mut node: Node, tape: impl BufRead) -> Result<Replayed, TapeError> {
    let mut number = 0;
    for text in tape.lines() {
        number += 1;
        let bad = |why: String| TapeError::Line { line: number, why };
        let line: Line = serde_json::from_str(&text?).map_err(|e| bad(e.to_string()))?;
        let now = Timestamp::from_nanos(line.at);
        let bytes;
        let input = match &line.told {
            Told::Opened { link } => GatewayInput::Link { link, input: LinkInput::Opened },
            Told::Closed { link } => GatewayInput::Link { link, input: LinkInput::Closed },
            Told::Bytes { link, hex } => {
                bytes = from_hex(hex).ok_or_else(|| bad("the bytes are not in hexadecimal".to_owned()))?;
                GatewayInput::Link { link, input: LinkInput::Bytes(&bytes) }
            }
            Told::Order(order) => GatewayInput::Order(order),
            Told::Appended(seq) => GatewayInput::Appended(*seq),
            Told::Tick => GatewayInput::Tick,
        };
        node.handle(now, input);
        let effects: Vec<GatewayEffect> = std::iter::from_fn(|| node.poll()).collect();
        if digest(effects.iter()) != line.answered {
            let told = format!("{:?}", line.told).chars().take(400).collect();
            let answers = effects.iter().map(|e| format!("{e:?}").chars().take(400).collect()).collect();
            return Ok(Replayed::Different { line: number, told, answers });
        }
    }
    Ok(Replayed::Same { lines: number })
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
                LinkInput::Tick => Told::Tick,
            }
        }
        GatewayInput::Order(order) => Told::Order(order.clone()),
        GatewayInput::Appended(seq) => Told::Appended(seq),
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
