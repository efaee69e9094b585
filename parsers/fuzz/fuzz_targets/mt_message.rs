//! An MT message: see `mt.rs`.
#![no_main]

#[path = "../mt.rs"]
#[allow(dead_code, reason = "shared by all targets")]
mod mt;

libfuzzer_sys::fuzz_target!(|data: &[u8]| mt::message(data));
