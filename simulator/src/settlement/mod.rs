//! The depository's books and engine: securities and cash as integers, matching, delivery versus payment; and the optimiser,
//! which says what of all that waits could settle together.

pub mod book;
pub mod engine;
pub mod matching;
pub mod optimise;
