//! `finality validate`: what is wrong with these messages, in the manner of a compiler.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use finality_parsers::codec::Depth;
use finality_parsers::diagnostic::Severity;

use super::exit::{Exit, Outcome, complain};
use super::input::{self, Positions};
use super::plan;
use super::render::Finding;
use super::schema::Imported;

const EXAMPLES: &str = "\
Examples:
  finality validate trades.fin
  finality validate samples/mx/*.xml && echo clean
  finality validate - < message.fix

Each finding is `file:line:column: severity[code] path: message`, an excerpt and what to do.
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
}

/// Prints all findings of all files, and a summary on standard error.
pub fn run(args: &ValidateArgs, out: &mut dyn Write) -> Outcome {
    let sources = plan::sources(&args.files)?;
    let imported = Imported::read(args.schemas.as_deref())?;
    let (mut messages, mut errors, mut warnings, mut notes) = (0usize, 0usize, 0usize, 0usize);
    let exit = input::each(&sources, |input| {
        let mut positions = Positions::new(&input.bytes);
        let errors_before = errors;
        for message in input.documents(Depth::Event, &|message| imported.find(message)) {
            messages += 1;
            for diagnostic in &message.decoded.diagnostics {
                match diagnostic.severity {
                    Severity::Error => errors += 1,
                    Severity::Warning => warnings += 1,
                    Severity::Note => notes += 1,
                }
                Finding::new(diagnostic, message.range.start, &mut positions).write(
                    &input.name,
                    &input.bytes,
                    out,
                )?;
            }
        }
        Ok(if errors > errors_before { Exit::Input } else { Exit::Ok })
    })?;
    // The findings first: where both go to one terminal, the summary is the last line.
    out.flush()?;
    complain(&format!(
        "{}, {}: {}, {}, {}",
        count(sources.len(), "file"),
        count(messages, "message"),
        count(errors, "error"),
        count(warnings, "warning"),
        count(notes, "note")
    ));
    Ok(exit)
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
