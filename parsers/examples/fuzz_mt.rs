//! The fuzz targets of MT without a fuzzer: samples, mutated and joined at random from a seed, on any toolchain.
//!
//! ```text
//! cargo run --release -p finality-parsers --example fuzz_mt -- [--seconds 60] [--runs 10000000] [--seed 1] [--target message]
//! ```

#![allow(clippy::disallowed_methods, reason = "it runs for so many seconds of the wall clock")]

#[path = "../fuzz/mt.rs"]
mod mt;
#[path = "fuzz/mutate.rs"]
mod mutate;

/// Pieces that mean something to MT.
const PIECES: [&[u8]; 24] = [
    b"\r\n",
    b"\n",
    b":",
    b"//",
    b"{1:F01LUMNLULLAXXX4711241403}",
    b"{1:F21LUMNLULLAXXX4711241403}",
    b"{2:I541CUSVDEFFXXXXN}",
    b"{4:\r\n",
    b"-}",
    b"{5:{CHK:123456789ABC}{TNG:}}",
    b"$",
    b"\x01",
    b"\x03   ",
    b"\r\n:16R:GENL\r\n",
    b"\r\n:16S:GENL\r\n",
    b"\r\n:16R:SETDET\r\n:16R:SETPRTY",
    b"\r\n:95P::PSET//DAKVDEFFXXX",
    b"\r\n:19A::SETT//NNOK1,",
    b"\r\n:35B:ISIN DE0007164600\r\nX",
    b"\r\n:98E::PREP//20260519120000,1/N0230",
    b"\r\n:70E::SPRO//A\r\nB\r\nC",
    b"\r\n:22F::STCO/DAKV/NPAR",
    b"\r\n:28E:1/MORE",
    b"{3:{108:A}{119:STP}{",
];

fn main() {
    mutate::run(
        "mt",
        &["fin", "rje", "dos"],
        &PIECES,
        &[("message", mt::message), ("text", mt::text), ("batch", mt::batch)],
    );
}
