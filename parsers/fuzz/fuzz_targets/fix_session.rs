//! The FIX session: see `driver.rs`.
#![no_main]

#[path = "../driver.rs"]
#[allow(dead_code, reason = "shared by all targets")]
mod driver;

libfuzzer_sys::fuzz_target!(|data: &[u8]| driver::session(data));
