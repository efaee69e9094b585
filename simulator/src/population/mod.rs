//! The market around the house: participants at the depository that trade with each other and with the house's brokers, in
//! chains, in circles and alone. They send no messages: their instructions come to the depository as pairs, at their own times.
//!
//! ```text
//!   [population] ─▶ stories (who sells what to whom, when it matches) ─▶ needs (what each has at the opening)
//!                        │                                                    │
//!                        ▼                                                    ▼
//!                   depository ── settles, by resources ──▶ auditor ──▶ fails at the cut-off ─▶ classes, slope, gridlock
//! ```
//!
//! No draw says which instruction fails: that follows from who is short, late or held, and from who waits for whom.

mod circles;
pub mod class;
mod curve;
pub mod fails;
pub mod gridlock;
pub(crate) mod mornings;
mod needs;
pub mod report;
mod settings;
mod stories;

pub use self::settings::Population;
pub use self::stories::{Crowd, Deal, Participant};

/// A participant of the crowd, by number: the house's brokers first, then dealers, then investors.
pub type PartyNumber = u32;
