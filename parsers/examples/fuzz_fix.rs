//! The fuzz targets of FIX without a fuzzer: samples, mutated and joined at random from a seed, on any toolchain.
//!
//! ```text
//! cargo run --release -p finality-parsers --example fuzz_fix -- [--seconds 60] [--runs 1000000] [--seed 1] [--target deframer]
//! ```

#![allow(clippy::disallowed_methods, reason = "it runs for so many seconds of the wall clock")]

#[path = "../fuzz/driver.rs"]
mod driver;
#[path = "fuzz/mutate.rs"]
mod mutate;

/// Pieces that mean something to FIX.
const PIECES: [&[u8]; 22] = [
    b"\x01",
    b"=",
    b"8=FIX.4.4\x01",
    b"9=99999999999999\x01",
    b"9=0\x01",
    b"10=000\x01",
    b"35=A\x01",
    b"35=2\x01",
    b"34=1\x01",
    b"7=1\x01",
    b"16=0\x01",
    b"36=5\x01",
    b"123=Y\x01",
    b"43=Y\x01",
    b"122=20260921-14:13:20\x01",
    b"141=Y\x01",
    b"78=5000000\x01",
    b"453=-1\x01",
    b"95=10\x0196=ab\x01",
    b"1128=9\x01",
    b"789=1\x01",
    b"112=T\x01",
];

fn main() {
    mutate::run(
        "fix",
        &["fix"],
        &PIECES,
        &[("deframer", driver::deframer), ("decoder", driver::decoder), ("session", driver::session)],
    );
}
