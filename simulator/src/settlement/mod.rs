//! The depository's books and engine: securities and cash as integers, matching, delivery versus payment.

pub mod book;
pub mod engine;
pub mod matching;
