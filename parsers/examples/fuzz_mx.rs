//! The fuzz targets of MX without a fuzzer: samples, mutated and joined at random from a seed, on any toolchain.
//!
//! ```text
//! cargo run --release -p finality-parsers --example fuzz_mx -- [--seconds 60] [--runs 10000000] [--seed 1] [--target message]
//! ```

#![allow(clippy::disallowed_methods, reason = "it runs for so many seconds of the wall clock")]

#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "../fuzz/mx.rs"]
mod mx;

/// Pieces that mean something to MX.
const PIECES: [&[u8]; 26] = [
    b"<",
    b">",
    b"/>",
    b"</",
    b"&amp;",
    b"&#x41;",
    b"&#xD800;",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?xml version=\"1.0\"?>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b" xmlns=\"urn:iso:std:iso:20022:tech:xsd:semt.018.001.13\"",
    b"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:sese.023.001.11\"><SctiesSttlmTxInstr><TxId>A</TxId>",
    b"</SctiesSttlmTxInstr></Document>",
    b"<AppHdr/>",
    b"<Document/>",
    b"<Txs><AcctOwnrTxId>A</AcctOwnrTxId></Txs>",
    b"<Lnkgs><Ref><OthrTxId>A</OthrTxId></Ref></Lnkgs>",
    b"<Amt Ccy=\"EUR\">1.005</Amt>",
    b"\xEF\xBB\xBF",
    b"\xEF\xBF\xBF",
    b"\xFF\xFE<\0",
    b"\0",
    b"'\"",
];

fn main() {
    mutate::run("mx", &["xml"], &PIECES, &[("message", mx::message), ("stream", mx::stream)]);
}
