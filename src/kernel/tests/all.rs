//! What holds of the kernel's tables and pages, in one program: each of these would take as long to compile and link as all of them do together.
//! `cargo test --test all NAME::` runs one file.

mod desk;
mod matching;
mod pages;
mod profile;
