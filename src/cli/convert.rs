//! `finality convert`: the same meaning in another protocol, and an account of what could not be carried.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use finality_parsers::codec::{Decoded, Depth, EncodeError, Envelope, Format};
use finality_parsers::diagnostic::{Policy, Severity};
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Bic, Event};
use finality_parsers::mx::{self, Wrapping};
use finality_parsers::translate::{self, Translation};

use super::exit::{Exit, Outcome, complain};
use super::input::{self, Input, Positions};
use super::plan::{self, FixVersion};
use super::render::{Finding, printable};
use crate::runtime::clock::Clock;

const EXAMPLES: &str = "\
Examples:
  finality convert --to mx samples/mt/mt541-typical.fin
  finality convert --to mt message.xml > message.fin
  finality convert --to mx --mx-version sese.024.001.14 samples/mt/mt548-typical.fin
  finality convert --to fix --fix-version 5.0SP2 samples/fix/J-typical.fix
  finality convert --to mt --sender ALBIGB2LXXX --receiver KESTGB2LXXX confirmation.fix
  finality convert --to json samples/mt/instructions.rje

Sender, receiver, identifier and time are those of the source where it tells them.
Several messages in one file or one envelope are converted one by one, also where one of them is refused. Each document of an
envelope is a message.
What the target or the normalized model cannot carry is listed on standard error; which message becomes which, and which
field stands where, is in docs/formats/translation.md.
Exit code 1 if --strict refuses a conversion that loses something, 3 if one of the messages was not converted at all.";

/// Arguments of `finality convert`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ConvertArgs {
    /// A file with messages; `-` is standard input
    pub file: PathBuf,
    /// Into what
    #[arg(long, value_enum)]
    pub to: Target,
    /// Which version of FIX is written
    #[arg(long, value_enum, default_value = "4.4")]
    pub fix_version: FixVersion,
    /// Which version of an ISO 20022 message is written, like sese.024.001.14; may be given for several messages
    #[arg(long = "mx-version", value_name = "MESSAGE", value_parser = mx_version)]
    pub mx_versions: Vec<String>,
    /// Write the MX Document alone, without envelope and business header
    #[arg(long)]
    pub document: bool,
    /// Who sends: a BIC for MT and MX, a CompID for FIX; else as the source says
    #[arg(long)]
    pub sender: Option<String>,
    /// Who receives; else as the source says
    #[arg(long)]
    pub receiver: Option<String>,
    /// Convert nothing that loses something
    #[arg(long)]
    pub strict: bool,
}

/// A version that there is a table for.
fn mx_version(text: &str) -> Result<String, String> {
    let known = finality_parsers::mx::tables::messages().any(|message| message == text);
    let why = || format!("there is no table for {text:?}: `finality schema list` names those there are");
    if known { Ok(text.to_owned()) } else { Err(why()) }
}

/// Into what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// ISO 15022
    Mt,
    /// ISO 20022
    Mx,
    /// FIX
    Fix,
    /// The normalized event, one JSON object per line
    Json,
}

/// Converts all messages of the file.
pub fn run(args: &ConvertArgs, out: &mut dyn Write) -> Outcome {
    let format = match args.to {
        Target::Mt => Some(Format::Mt),
        Target::Mx if args.document => Some(Format::Mx(Wrapping::Document)),
        Target::Mx => Some(Format::Mx(Wrapping::Envelope)),
        Target::Fix => Some(Format::Fix(args.fix_version.version())),
        Target::Json => None,
    };
    input::each(&plan::sources(std::slice::from_ref(&args.file))?, |input| {
        let mut positions = Positions::new(&input.bytes);
        let (mut exit, mut written) = (Exit::Ok, 0usize);
        let mut seen = 0usize;
        for mut message in input.envelopes(Depth::Full).flat_map(|all| sources(input, all)) {
            seen += 1;
            message.index = seen;
            match one(args, format, input, &message, &mut positions) {
                Ok(bytes) => {
                    if written > 0 {
                        out.write_all(between(format))?;
                    }
                    out.write_all(&bytes)?;
                    written += 1;
                }
                Err(refused) => exit = exit.or(refused),
            }
        }
        if written < seen && seen > 1 {
            let name = printable(&input.name);
            complain(&format!(
                "{name}: {written} of {seen} messages were converted, the others are named above"
            ));
        }
        Ok(exit)
    })
}

/// A message to be converted.
struct Source {
    /// Which message of the file it is, and which of several in its envelope with the place where it begins.
    index: usize,
    nth: Option<(usize, usize, usize)>,
    /// Where the file's message begins: places of findings count from there.
    start: usize,
    decoded: Decoded,
    /// The envelope, as the source tells it.
    told: Envelope,
}

/// The messages of one envelope, each with what its own header says.
fn sources(input: &Input, all: input::Envelope) -> Vec<Source> {
    let raw = input.bytes.get(all.range.clone()).unwrap_or_default();
    let (index, start, count) = (0, all.range.start, all.messages.len());
    if count == 1 {
        let source = |decoded: Decoded| Source {
            index,
            nth: None,
            start,
            told: translate::told(raw, &decoded),
            decoded,
        };
        return all.messages.into_iter().map(source).collect();
    }
    let places = mx::places(raw, &Limits::default());
    let places = places.into_iter().map(Some).chain(std::iter::repeat(None));
    let of = |(at, (decoded, place)): (usize, (Decoded, Option<mx::Place>))| {
        let begins = start + place.as_ref().map_or(0, |place| place.span.start);
        let told = translate::told_of(place.and_then(|place| place.envelope), &decoded);
        Source { index, nth: Some((at + 1, count, begins)), start, decoded, told }
    };
    all.messages.into_iter().zip(places).enumerate().map(of).collect()
}

/// What stands between two messages of a file.
fn between(format: Option<Format>) -> &'static [u8] {
    match format {
        Some(Format::Mt) => b"$",
        Some(Format::Fix(_)) => b"\n",
        // These end with a line end of their own.
        Some(Format::Mx(_)) | None => b"",
    }
}

/// Converts one message and says on standard error what there is to say; the exit code when it is refused.
fn one(
    args: &ConvertArgs,
    format: Option<Format>,
    input: &Input,
    message: &Source,
    positions: &mut Positions<'_>,
) -> Result<Vec<u8>, Exit> {
    let decoded = &message.decoded;
    let place = printable(&match message.nth {
        None => input.place(message.index),
        Some((nth, count, begins)) => {
            let (line, column) = positions.locate(begins);
            let name = &input.name;
            format!("{name} (message {}, {nth} of {count} in it, at {line}:{column})", message.index)
        }
    });
    let refuse = |exit: Exit, why: &str| {
        complain(&format!("{place}: {}", printable(why)));
        exit
    };
    for diagnostic in decoded.diagnostics.iter().filter(|d| d.severity >= Severity::Warning) {
        complain(&Finding::new(diagnostic, message.start, positions).headline(&input.name));
    }
    if !decoded.accepted(Policy::Lenient) {
        return Err(refuse(Exit::Input, "not converted: the message cannot be taken apart"));
    }
    if args.strict && !decoded.accepted(Policy::Strict) {
        return Err(refuse(Exit::Failed, "not converted: --strict takes no message with an error in it"));
    }
    let Some(event) = &decoded.event else {
        let why = "not converted: the message has no meaning that another protocol could carry";
        return Err(refuse(Exit::Input, why));
    };
    let told = message.told.clone();
    let envelope = addressed(args, told.clone());
    let Some(format) = format else {
        return json(args, &place, decoded, event, &told);
    };
    let translated = translate::translate(decoded, event, format, (&told, &envelope), &args.mx_versions);
    let translation = translated
        .map_err(|e| refuse(Exit::Input, &format!("not converted: {e}{}", advice(args, &envelope, &e))))?;
    let losses = report(&translation);
    told_losses(args, &place, &losses)?;
    Ok(translation.encoded.bytes)
}

/// What did not come through, a line each.
fn report(translation: &Translation) -> Vec<String> {
    let lost = translation.encoded.losses.iter().map(|loss| format!("lost: {loss}"));
    let left = translation.left.iter().map(|left| format!("not carried: {left}"));
    lost.chain(left).chain(translation.unknown.iter().map(unknown)).collect()
}

/// Said rather than passed over: a conversion that may lose something is not called faithful.
fn unknown(why: &EncodeError) -> String {
    format!("not carried: which fields are left behind cannot be told: {why}")
}

/// The normalized event as one line.
fn json(
    args: &ConvertArgs,
    place: &str,
    decoded: &Decoded,
    event: &Event,
    told: &Envelope,
) -> Result<Vec<u8>, Exit> {
    let left = match translate::left_behind(decoded, event, told) {
        Ok(left) => left.iter().map(|left| format!("not carried: {left}")).collect(),
        Err(why) => vec![unknown(&why)],
    };
    told_losses(args, place, &left)?;
    let mut bytes = serde_json::to_vec(event).expect("an event has no maps with odd keys");
    bytes.push(b'\n');
    Ok(bytes)
}

/// Says what is lost; refuses it where that was asked for.
fn told_losses(args: &ConvertArgs, place: &str, losses: &[String]) -> Result<(), Exit> {
    for loss in losses {
        complain(&format!("{place}: {}", printable(loss)));
    }
    if args.strict && !losses.is_empty() {
        complain(&format!("{place}: not converted: --strict allows no loss"));
        return Err(Exit::Failed);
    }
    Ok(())
}

/// The envelope as the source tells it, with what the command line says in place of it.
fn addressed(args: &ConvertArgs, mut envelope: Envelope) -> Envelope {
    if let Some(sender) = &args.sender {
        envelope.sender.clone_from(sender);
    }
    if let Some(receiver) = &args.receiver {
        envelope.receiver.clone_from(receiver);
    }
    if envelope.created == Timestamp::default() {
        // Milliseconds are what all three protocols can say.
        let millis = Clock::start().now().nanos() / 1_000_000;
        envelope.created = Timestamp::from_nanos(millis * 1_000_000);
    }
    envelope
}

/// What helps when the addresses are the reason.
fn advice(args: &ConvertArgs, envelope: &Envelope, error: &EncodeError) -> String {
    let (EncodeError::Invalid { field, .. } | EncodeError::Missing { field, .. }) = error else {
        return String::new();
    };
    if !field.starts_with("envelope.") {
        return String::new();
    }
    let is_bic = |told: &str| told.parse::<Bic>().is_ok_and(|bic| bic.is_of_a_country());
    let needed = |told: &str| if args.to == Target::Fix { told.is_empty() } else { !is_bic(told) };
    let options: Vec<&str> = [("--sender", &envelope.sender), ("--receiver", &envelope.receiver)]
        .into_iter()
        .filter_map(|(option, told)| needed(told).then_some(option))
        .collect();
    if options.is_empty() { String::new() } else { format!("; give {}", options.join(" and ")) }
}
