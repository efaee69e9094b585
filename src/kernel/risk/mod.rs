//! Trades that may not settle in time, before they fail.
//!
//! - [`steps`]: which steps of a trade are not done, and who has to do them
//! - [`at_risk`]: one trade: what is missing, how much time is left, what a fail would cost, what to do
//! - [`due`]: open trades by settlement date, so that a look touches those that are due and no others

pub mod at_risk;
pub mod due;
pub mod steps;
