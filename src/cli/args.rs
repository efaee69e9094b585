//! What was typed. The arguments of a verb stand in the verb's own file; here is the list of verbs.

use clap::{Parser, Subcommand};

use super::spec;

/// Post-trade message gateway with a settlement simulator.
#[derive(Debug, Parser)]
#[command(name = "finality", version, propagate_version = true, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Print the structure of a message type: fields, values, rules
    Spec(spec::SpecArgs),
}
