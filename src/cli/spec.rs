//! `finality spec`: the structure of a message type, printed from the tables that the parsers use.

use std::io::Write;

use clap::Args;
use finality_parsers::{fix, mt, mx};

use super::exit::{Exit, Failure, Outcome};
use super::plan::{self, FixVersion, Structure};

const EXAMPLES: &str = "\
Examples:
  finality spec mt541
  finality spec sese.023.001.11
  finality spec fix J --version 5.0SP2
  finality spec fix-AK | less";

/// Arguments of `finality spec`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, disable_version_flag = true)]
pub struct SpecArgs {
    /// The message type: `mt541`, `fix J` or `fix-J`, `sese.023.001.11`
    #[arg(required = true, num_args = 1..=2)]
    pub name: Vec<String>,
    /// Which version of FIX
    #[arg(long, value_enum, default_value = "4.4")]
    pub version: FixVersion,
}

/// Prints the page.
pub fn run(args: &SpecArgs, out: &mut dyn Write) -> Outcome {
    let page = match plan::structure(&args.name) {
        Some(Structure::Fix(kind)) => fix::spec_page(&kind, args.version.version()),
        Some(Structure::Mt(kind)) => mt::spec_page(&kind),
        Some(Structure::Mx(kind)) => mx::spec_page(&kind),
        None => None,
    };
    let Some(page) = page else {
        return Err(Failure::usage(format!(
            "there is no table for {:?}: try mt541, fix-J or sese.023.001.11 (README.md lists the message types)",
            args.name.join(" ")
        )));
    };
    out.write_all(page.as_bytes())?;
    Ok(Exit::Ok)
}
