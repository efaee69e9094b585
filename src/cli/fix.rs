//! `finality fix`: tools for those who run FIX sessions, of ours or of others: [`log`] reads logs, [`send`] is one end of a
//! session for a while.

pub mod echo;
pub mod log;
pub mod scan;
pub mod script;
pub mod send;

use std::io::Write;

use clap::{Args, Subcommand};

use super::exit::Outcome;

const EXAMPLES: &str = "\
Examples:
  finality fix echo --config samples/fix/echo.toml
  finality fix log samples/fix/day.log
  finality fix log --type J,AK --oneline samples/fix/day.log
  finality fix send --connect 127.0.0.1:9876 --sender ALBIONAM --target FINALITY samples/fix/J-typical.fix";

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
    /// Serve sessions that echo what they are sent, for testing an engine against
    Echo(echo::EchoArgs),
    /// Show a log of FIX messages so that it can be read: names, meanings, groups, findings
    Log(log::LogArgs),
    /// Log on to a peer, send messages or play a script, show the answers, log out
    Send(send::SendArgs),
}

/// Does it.
pub fn run(args: &FixArgs, out: &mut dyn Write) -> Outcome {
    match &args.what {
        What::Echo(args) => echo::run(args, out),
        What::Log(args) => log::run(args, out),
        What::Send(args) => send::run(args, out),
    }
}
