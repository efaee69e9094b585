//! Finality: a post-trade message gateway with a settlement simulator.
//!
//! This crate is the edge: everything that waits, writes or listens. What decides is in [`kernel`], what reads and writes
//! messages in [`parsers`], the rest of the world in [`simulator`]. See `ARCHITECTURE.md`.

pub use finality_kernel as kernel;
pub use finality_parsers as parsers;
pub use finality_simulator as simulator;

pub mod adapters;
pub mod cli;
pub mod config;
pub mod experiment;
pub mod node;
pub mod risk;
pub mod runtime;
pub mod sessions;
pub mod simulate;
