//! `finality decode`: what is in these messages?

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use finality_parsers::codec::Depth;
use finality_parsers::detect::Protocol;
use finality_parsers::diagnostic::Policy;
use finality_parsers::model::Event;
use finality_parsers::tree::Node;
use serde::Serialize;

use super::exit::{Exit, Outcome};
use super::input::{self, Input, Message, Positions};
use super::render::{self, Finding};
use super::schema::Imported;
use super::{plan, words};

const EXAMPLES: &str = "\
Examples:
  finality decode samples/mt/mt541-typical.fin
  finality decode --format json samples/fix/*.fix | jq .event
  finality decode --strict - < message.xml

The protocol (FIX, MT, MX) is told from the bytes; a file may hold many messages.
Exit code 3 if a message is not accepted: without --strict only what cannot be taken apart.";

/// Arguments of `finality decode`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DecodeArgs {
    /// Files with messages; `-` or nothing is standard input
    pub files: Vec<PathBuf>,
    /// A view for people, or one JSON object per line and message
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Refuse any error, not only what cannot be taken apart
    #[arg(long)]
    pub strict: bool,
    /// A directory with tables made by `finality schema import`: they go before the built-in ones
    #[arg(long, value_name = "FOLDER")]
    pub schemas: Option<PathBuf>,
}

/// How the outcome is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// What is printed of a message in JSON. Scripts rely on it: fields are added, never changed.
#[derive(Debug, Serialize)]
struct Record<'a> {
    file: &'a str,
    index: usize,
    protocol: Option<Protocol>,
    #[serde(rename = "type")]
    message_type: &'a str,
    ok: bool,
    diagnostics: Vec<Finding<'a>>,
    fields: &'a [Node],
    event: Option<&'a Event>,
}

/// Decodes all messages of all files.
pub fn run(args: &DecodeArgs, out: &mut dyn Write) -> Outcome {
    let policy = plan::policy(args.strict);
    let imported = Imported::read(args.schemas.as_deref())?;
    input::each(&plan::sources(&args.files)?, |input| {
        let mut positions = Positions::new(&input.bytes);
        let mut exit = Exit::Ok;
        for message in input.documents(Depth::Full, &|message| imported.find(message)) {
            match args.format {
                Format::Text => text(input, &message, policy, &mut positions, out)?,
                Format::Json => json(input, &message, policy, &mut positions, out)?,
            }
            if !message.decoded.accepted(policy) {
                exit = Exit::Input;
            }
        }
        Ok(exit)
    })
}

fn findings<'m>(message: &'m Message, positions: &mut Positions<'_>) -> Vec<Finding<'m>> {
    message.decoded.diagnostics.iter().map(|d| Finding::new(d, message.range.start, positions)).collect()
}

fn json(
    input: &Input,
    message: &Message,
    policy: Policy,
    positions: &mut Positions<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let record = Record {
        file: &input.name,
        index: message.index,
        protocol: message.decoded.protocol,
        message_type: &message.decoded.message_type,
        ok: message.decoded.accepted(policy),
        diagnostics: findings(message, positions),
        fields: &message.decoded.fields,
        event: message.decoded.event.as_ref(),
    };
    serde_json::to_writer(&mut *out, &record)?;
    out.write_all(b"\n")
}

fn text(
    input: &Input,
    message: &Message,
    policy: Policy,
    positions: &mut Positions<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let decoded = &message.decoded;
    if message.index > 1 {
        writeln!(out)?;
    }
    let kind = match (decoded.protocol, decoded.message_type.as_str()) {
        (None, _) => "of no known protocol".to_owned(),
        (Some(protocol), "") => format!("{} of unknown type", protocol.name()),
        (Some(Protocol::Mx), name) => name.to_owned(),
        (Some(protocol), name) => format!("{} {name}", protocol.name().to_uppercase()),
    };
    let verdict = if decoded.accepted(policy) { "ok" } else { "not accepted" };
    writeln!(
        out,
        "{}: {}, {verdict}",
        render::printable(&input.place(message.index)),
        render::printable(&kind)
    )?;
    render::tree(&decoded.fields, 1, out)?;
    for (at, line) in decoded.event.iter().flat_map(words::lines).enumerate() {
        let lead = if at == 0 { "=>" } else { "  " };
        writeln!(out, "{lead} {}", render::printable(&line))?;
    }
    for finding in findings(message, positions) {
        finding.write(&input.name, &input.bytes, out)?;
    }
    Ok(())
}
