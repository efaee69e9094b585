//! Trades that may not settle in time, before they fail.
//!
//! - [`steps`]: which steps of a trade are not done, and who has to do them
//! - [`at_risk`]: one trade: what is missing, how much time is left, what a fail would cost, what to do
//! - [`due`], [`owed`]: open trades by settlement date, and by what a counterparty owes, so that a look touches few
//! - [`turns`]: open exceptions in the order in which people take them up
//! - [`features`], [`known`]: what a probability is made of, and where the book knows it from
//! - [`model`], [`sigmoid`]: a fitted model, worked out in integers
//! - [`snapshot`], [`fit`]: what was known of trades at a few moments, and weights for it

pub mod at_risk;
pub mod due;
pub mod features;
pub mod fit;
pub mod known;
pub mod model;
pub mod owed;
pub mod sigmoid;
pub mod snapshot;
pub mod steps;
pub mod turns;
