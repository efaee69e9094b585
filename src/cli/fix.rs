//! `finality fix`: tools for those who run FIX sessions, of ours or of others: [`log`] reads logs, [`send`] is one end of a
//! session for a while.

pub mod log;
pub mod scan;

use std::io::Write;

use clap::{Args, Subcommand};

use super::exit::Outcome;

const EXAMPLES: &str = "\
Examples:
  finality fix log samples/fix/day.log
  finality fix log --type J,AK --oneline samples/fix/day.log";

/// Arguments of `finality fix`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct FixArgs {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// Tools for FIX sessions.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Show a log of FIX messages so that it can be read: names, meanings, groups, findings
    Log(log::LogArgs),
}

/// Does it.
pub fn run(args: &FixArgs, out: &mut dyn Write) -> Outcome {
    match &args.what {
        What::Log(args) => log::run(args, out),
    }
}
