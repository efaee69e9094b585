//! The depository: books, matching, the engine and its rules, the day's schedule, the cash penalties for what fails, and
//! the optimiser, which says what of all that waits could settle together.
//!
//! ```text
//!   legs ─▶ matching ─▶ engine (legs, references; ties) ─▶ settler (numbers) ─▶ book (balances)
//!                                     schedule, rules ──────┘   ├── waiting (who waits for which balance), part (how much)
//!                                                               └── netting ─▶ optimise (what could settle together)
//!                      └───▶ cns (what the clearing house nets, beside the settler, from the same book)
//! ```

pub mod book;
pub mod charge;
pub mod cns;
pub mod credit;
pub mod deal;
pub mod debit;
pub mod engine;
pub mod kind;
pub mod matching;
pub mod netting;
pub mod optimise;
pub mod part;
pub mod penalty;
pub mod rules;
pub mod schedule;
pub mod settler;
pub mod ties;
mod waiting;
