//! The depository: books, matching, the engine and its rules, the day's schedule, the cash penalties for what fails, and
//! the optimiser, which says what of all that waits could settle together.
//!
//! ```text
//!   legs ─▶ matching ─▶ engine (legs, references) ─▶ settler (numbers) ─▶ book (balances)
//!                                schedule, rules ──────┘   └── waiting (who waits for which balance), part (how much)
//! ```

pub mod book;
pub mod deal;
pub mod engine;
pub mod kind;
pub mod matching;
pub mod optimise;
pub mod part;
pub mod penalty;
pub mod rules;
pub mod schedule;
pub mod settler;
mod waiting;
