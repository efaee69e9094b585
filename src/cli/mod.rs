//! The command line: [`args`] is what was typed, [`plan`] what it means, one file per verb does it, [`exit`] says how it
//! went.

pub mod args;
pub mod audit;
pub mod blocks;
pub mod calibrate;
pub mod compare;
pub mod config;
pub mod convert;
pub mod decode;
pub mod exceptions;
pub mod exit;
pub mod fix;
pub mod ingest;
pub mod input;
pub mod inspect;
mod junit;
pub mod kpi;
pub mod matching;
mod open;
pub mod order;
pub mod plan;
mod proposals;
pub mod render;
pub mod replay;
pub mod risk;
pub mod roundtrip;
mod scenario;
pub mod schema;
pub mod serve;
pub mod sessions;
pub mod settle;
pub mod simulate;
pub mod spec;
pub mod split;
pub mod ssi;
mod ssi_file;
mod statement_words;
pub mod store;
pub mod trades;
pub mod validate;
pub mod words;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Verb};
use exit::{Exit, Failure, Outcome};

/// Parses the command line, runs the verb and reports what went wrong on standard error.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Ok };
            return match error.print() {
                Err(e) if e.kind() != ErrorKind::BrokenPipe => Exit::Internal.into(),
                _ => exit.into(),
            };
        }
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let outcome = run(arguments.verb, &mut out);
    // A reader that had enough (`| head`) is no failure, and there is nobody left to tell.
    let flushed = out.flush().map_err(Failure::from);
    match outcome.and_then(|exit| flushed.map(|()| exit)) {
        Ok(exit) => exit.into(),
        Err(failure) if failure.is_broken_pipe() => Exit::Ok.into(),
        Err(failure) => {
            exit::complain(&failure.to_string());
            failure.exit.into()
        }
    }
}

fn run(verb: Verb, out: &mut dyn Write) -> Outcome {
    match verb {
        Verb::Decode(args) => decode::run(&args, out),
        Verb::Validate(args) => validate::run(&args, out),
        Verb::Convert(args) => convert::run(&args, out),
        Verb::Roundtrip(args) => roundtrip::run(&args, out),
        Verb::Schema(args) => schema::run(&args, out),
        Verb::Spec(args) => spec::run(&args, out),
        Verb::Simulate(args) => simulate::run(&args, out),
        Verb::Calibrate(args) => calibrate::run(&args, out),
        Verb::Compare(args) => compare::run(&args, out),
        Verb::Settle(args) => settle::run(&args, out),
        Verb::Ingest(args) => ingest::run(&args, out),
        Verb::Inspect(args) => inspect::run(&args, out),
        Verb::Exceptions(args) => exceptions::run(&args, out),
        Verb::Trades(args) => trades::run(&args, out),
        Verb::Blocks(args) => blocks::run(&args, out),
        Verb::Kpi(args) => kpi::run(&args, out),
        Verb::Risk(args) => risk::run(&args, out),
        Verb::Match(args) => matching::run(&args, out),
        Verb::Serve(args) => serve::run(&args, out),
        Verb::Order(args) => order::run(&args, out),
        Verb::Ssi(args) => ssi::run(&args, out),
        Verb::Sessions(args) => sessions::run(&args, out),
        Verb::Config(args) => config::run(&args, out),
        Verb::Fix(args) => fix::run(&args, out),
        Verb::Split(args) => split::run(&args, out),
        Verb::Audit(args) => audit::run(&args, out),
        Verb::Store(args) => store::run(&args, out),
        Verb::Replay(args) => replay::run(&args, out),
    }
}
