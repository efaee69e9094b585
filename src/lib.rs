//! Finality: a post-trade message gateway with a settlement simulator.

pub use finality_kernel as kernel;
pub use finality_parsers as parsers;
pub use finality_simulator as simulator;

pub mod adapters;
pub mod cli;
pub mod node;
pub mod runtime;
pub mod simulate;
