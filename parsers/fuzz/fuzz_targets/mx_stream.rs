//! MX, stream: see `mx.rs`.
#![no_main]

#[path = "../mx.rs"]
#[allow(dead_code, reason = "shared by all targets")]
mod mx;

libfuzzer_sys::fuzz_target!(|data: &[u8]| mx::stream(data));
