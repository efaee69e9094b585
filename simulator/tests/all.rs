//! What holds of the simulated market, in one program: each of these would take as long to compile and link as all of them do together.
//! `cargo test --test all NAME::` runs one file.

mod auditor;
mod crowd_dates;
mod depository;
mod dtc;
mod engine;
mod optimise;
mod pages;
mod penalties;
mod population;
mod settler;
mod wires;
