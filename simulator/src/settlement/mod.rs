//! The depository's books and engine: securities and cash as integers, matching, delivery versus payment; and the cash
//! penalties for what fails.

pub mod book;
pub mod engine;
pub mod matching;
pub mod penalty;
