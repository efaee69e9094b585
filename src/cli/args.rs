//! What was typed. The arguments of a verb stand in the verb's own file; here is the list of verbs.

use clap::{Parser, Subcommand};

use super::{
    audit, blocks, calibrate, compare, config, convert, decode, exceptions, fix, ingest, inspect, kpi,
    matching, order, replay, risk, roundtrip, schema, serve, sessions, settle, simulate, spec, split, ssi,
    store, trades, validate,
};

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
    /// Show what is in messages: fields, meaning, findings
    Decode(decode::DecodeArgs),
    /// Say what is wrong with messages, and where
    Validate(validate::ValidateArgs),
    /// Write the meaning of messages in another protocol
    Convert(convert::ConvertArgs),
    /// Check that messages come out of the parsers as they went in
    Roundtrip(roundtrip::RoundtripArgs),
    /// Take a file with many messages apart, one file for each
    Split(split::SplitArgs),
    /// Print the structure of a message type: fields, values, rules
    Spec(spec::SpecArgs),
    /// The tables of ISO 20022 messages: list, sample documents, import of official schemas
    Schema(schema::SchemaArgs),
    /// Run the production gateway in a simulated market, in virtual time, and report
    Simulate(simulate::SimulateArgs),
    /// Set operating models, scenarios or settings side by side, over many runs, with intervals
    Compare(compare::CompareArgs),
    /// Set a scenario beside published figures
    Calibrate(calibrate::CalibrateArgs),
    /// Choose what to settle together of all that waits: an optimiser over an instance (ssp-1)
    Settle(settle::SettleArgs),
    /// Put files through the gateway into a store
    Ingest(ingest::IngestArgs),
    /// Read a store: a trade with its messages, exceptions, dead letters, the journal
    Inspect(inspect::InspectArgs),
    /// The desk's queue: list, show, accept, assign, note, escalate, apply what is proposed, resolve
    Exceptions(exceptions::ExceptionsArgs),
    /// The trades of a store: list, show one with its risk, those that may not settle in time
    Trades(trades::TradesArgs),
    /// Executions, block and allocations of a store as one record: list, show, from a trade to its block
    Blocks(blocks::BlocksArgs),
    /// Key figures of a store: STP, match, affirmation, fail and efficiency rates, aged fails, time to resolve
    Kpi(kpi::KpiArgs),
    /// Fit a model of fails to finished trades or simulated runs, and say how good one is
    Risk(risk::RiskArgs),
    /// Try other matching rules on the trades of a store, or look for the other side of one
    Match(matching::MatchArgs),
    /// Show the FIX sessions of a store: numbers, last messages, what is kept for resending
    Sessions(sessions::SessionsArgs),
    /// Give the gateway of a store an order: reprocess, supply-ssi, reinstruct, cancel, hold, release, resolve, approve, session
    Order(order::OrderArgs),
    /// Standing settlement instructions of a store: list, history, look-up, import, export, changes
    Ssi(ssi::SsiArgs),
    /// Run the live gateway: FIX sessions and file folders
    Serve(serve::ServeArgs),
    /// Check a configuration, or take over one of another FIX engine
    Config(config::ConfigArgs),
    /// Read FIX logs; be one end of a FIX session
    Fix(fix::FixArgs),
    /// Whether a journal is what was written, and who did or decided what
    Audit(audit::AuditArgs),
    /// Check, rebuild or repair a store
    Store(store::StoreArgs),
    /// Play a tape to the gateway and stop at the first difference
    Replay(replay::ReplayArgs),
}
