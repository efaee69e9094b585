//! `finality validate`: what is wrong with these messages, in the manner of a compiler.

use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;

use clap::Args;
use finality_parsers::codec::Depth;
use finality_parsers::diagnostic::Severity;
use finality_parsers::limits::Limits;
use finality_parsers::mx::stream::Records;

use super::exit::{Exit, Outcome, complain};
use super::input::{self, Positions};
use super::plan::{self, Source};
use super::render::Finding;
use super::schema::Imported;

const EXAMPLES: &str = "\
Examples:
  finality validate trades.fin
  finality validate samples/mx/*.xml && echo clean
  finality validate - < message.fix
  finality validate --stream statement-of-500-MB.xml

Each finding is `file:line:column: severity[code] path: message`, an excerpt and what to do.
With --stream each file is one long ISO 20022 message that is read once and never held: its records are checked one by one, a finding
is `file@byte:line:column:` with the byte at which its record begins, lines counted from there. Rules between elements are not checked.
Exit code 3 if there is an error of any layer; warnings and notes alone leave it 0.";

/// Arguments of `finality validate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ValidateArgs {
    /// Files with messages; `-` is standard input
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// A directory with tables made by `finality schema import`: they go before the built-in ones
    #[arg(long, value_name = "FOLDER")]
    pub schemas: Option<PathBuf>,
    /// Each file is one long ISO 20022 message: check it record by record, in the memory of one record
    #[arg(long, conflicts_with = "schemas")]
    pub stream: bool,
}

/// What was found so far.
#[derive(Default)]
struct Tally {
    messages: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl Tally {
    fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Note => self.notes += 1,
        }
    }
}

/// Prints all findings of all files, and a summary on standard error.
pub fn run(args: &ValidateArgs, out: &mut dyn Write) -> Outcome {
    let sources = plan::sources(&args.files)?;
    let imported = Imported::read(args.schemas.as_deref())?;
    let mut tally = Tally::default();
    if args.stream {
        let mut worst = Exit::Ok;
        for source in &sources {
            worst = worst.or(streamed(source, &mut tally, out)?);
        }
        return summary(&sources, &tally, "record", worst, out);
    }
    let exit = input::each(&sources, |input| {
        let mut positions = Positions::new(&input.bytes);
        let errors_before = tally.errors;
        for message in input.documents(Depth::Event, &|message| imported.find(message)) {
            tally.messages += 1;
            for diagnostic in &message.decoded.diagnostics {
                tally.add(diagnostic.severity);
                Finding::new(diagnostic, message.range.start, &mut positions).write(
                    &input.name,
                    &input.bytes,
                    out,
                )?;
            }
        }
        Ok(if tally.errors > errors_before { Exit::Input } else { Exit::Ok })
    })?;
    summary(&sources, &tally, "message", exit, out)
}

/// Checks one long message, record by record.
fn streamed(source: &Source, tally: &mut Tally, out: &mut dyn Write) -> Outcome {
    let name = source.name();
    let opened: std::io::Result<Box<dyn Read>> = match source {
        Source::Stdin => Ok(Box::new(std::io::stdin().lock())),
        Source::File(path) => File::open(path).map(|file| Box::new(file) as Box<dyn Read>),
    };
    let reader = match opened {
        Ok(reader) => reader,
        Err(e) => {
            complain(&format!("{name}: it cannot be read: {e}"));
            return Ok(Exit::Input);
        }
    };
    let errors_before = tally.errors;
    let mut records = Records::new(reader, Limits::default());
    let mut broken = None;
    loop {
        let piece = match records.next() {
            Ok(Some(piece)) => piece,
            Ok(None) => break,
            Err(e) => {
                broken = Some(e);
                break;
            }
        };
        let mut positions = Positions::new(piece.bytes);
        for diagnostic in &piece.diagnostics {
            tally.add(diagnostic.severity);
            let place = format!("{name}@{}", piece.offset);
            Finding::new(diagnostic, 0, &mut positions).write(&place, piece.bytes, out)?;
        }
    }
    tally.messages += usize::try_from(records.count()).unwrap_or(usize::MAX);
    if let Some(e) = broken {
        complain(&format!("{name}: {e}"));
        return Ok(Exit::Input);
    }
    // What stands around the records: places are those of the message with one record for each run of them.
    for diagnostic in records.rest() {
        tally.add(diagnostic.severity);
        let hint = if diagnostic.hint.is_empty() { String::new() } else { format!(" ({})", diagnostic.hint) };
        let (severity, code) = (diagnostic.severity, diagnostic.code);
        writeln!(out, "{name}: {severity}[{code}] {}: {}{hint}", diagnostic.path, diagnostic.message)?;
    }
    Ok(if tally.errors > errors_before { Exit::Input } else { Exit::Ok })
}

fn summary(sources: &[Source], tally: &Tally, what: &str, exit: Exit, out: &mut dyn Write) -> Outcome {
    // The findings first: where both go to one terminal, the summary is the last line.
    out.flush()?;
    complain(&format!(
        "{}, {}: {}, {}, {}",
        count(sources.len(), "file"),
        count(tally.messages, what),
        count(tally.errors, "error"),
        count(tally.warnings, "warning"),
        count(tally.notes, "note")
    ));
    Ok(exit)
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
