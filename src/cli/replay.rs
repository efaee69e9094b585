//! `finality replay`: plays a tape to the gateway and stops at the first difference.

use std::io::{BufReader, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::exit::{Blame as _, Exit, Failure, Outcome};
use crate::runtime::tape::{self, Replayed, TapeError};

const EXAMPLES: &str = "\
Examples:
  finality simulate samples/scenarios/small.toml --tape run.tape
  finality replay run.tape

Exit code 1 when the gateway answers otherwise than on the tape.";

/// Arguments of `finality replay`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReplayArgs {
    /// A tape recorded by `finality simulate --tape` or `finality serve --tape`
    pub tape: PathBuf,
}

/// Plays the tape.
pub fn run(args: &ReplayArgs, out: &mut dyn Write) -> Outcome {
    let file = std::fs::File::open(&args.tape)
        .with_context(|| format!("{}", args.tape.display()))
        .blame(Exit::Input)?;
    match tape::replay(BufReader::new(file)) {
        Ok(Replayed::Same { lines }) => {
            writeln!(out, "{lines} lines played: every answer is the same")?;
            Ok(Exit::Ok)
        }
        Ok(Replayed::Different { line, told, answers }) => {
            writeln!(out, "line {line}: the gateway answers otherwise than on the tape\n  told: {told}")?;
            for answer in answers {
                writeln!(out, "  answers: {answer}")?;
            }
            Ok(Exit::Failed)
        }
        Err(error @ (TapeError::Io(_) | TapeError::Line { .. })) => {
            Err(Failure::input(format!("{}: {error}", args.tape.display())))
        }
    }
}
