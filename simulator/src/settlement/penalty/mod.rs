//! Cash penalties for settlement fails (CSDR): who pays whom, for which days, how much, and what is left of it when all is
//! netted. Pure: days, prices, rates and what lacked at the cut-off are arguments; amounts are integers of hundredths.
//!
//! ```text
//!   a pair and what it lacked at the cut-off ─▶ rule (who, why) ─▶ assess (a penalty: days, formula)
//!                    prices, rates, calendar ─▶ amount (hundredths, rounded up) ─▶ net (day, month, all)
//! ```
//!
//! The tables print themselves into `docs/penalties.md`.

pub mod amount;
pub mod assess;
pub mod month;
pub mod net;
mod page;
pub mod rates;
pub mod rule;
pub mod scope;

pub use page::page;

/// A participant.
pub type PartyId = u32;
/// An amount in hundredths of the currency: penalties have two decimals in every currency.
pub type Hundredths = i64;
