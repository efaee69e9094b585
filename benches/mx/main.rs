//! ISO 20022 on one core: what validation and mapping cost, beside a bare event pass of quick-xml over the same bytes.
//!
//! ```text
//! cargo bench -p finality-parsers --bench mx
//! cargo bench -p finality-parsers --bench mx -- --seconds 3 --stream 500
//! ```
//!
//! The bare pass asks quick-xml for one event after the other and keeps nothing: it knows no tables, values or rules, and
//! looks at no attribute. Each figure is the best of several rounds, so that what else runs on the machine weighs less; the
//! bare pass and the readers take turns within each round.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench reads the clock, and its rates are no money"
)]

#[path = "../measure.rs"]
mod measure;

use std::hint::black_box;
use std::io::Read;
use std::time::{Duration, Instant};

use finality_parsers::codec::{self, Depth};
use finality_parsers::diagnostic::Severity;
use finality_parsers::limits::Limits;
use finality_parsers::mx;
use finality_parsers::mx::stream::Records;
use quick_xml::Reader;
use quick_xml::events::Event;

use measure::{ROUNDS, Work, argument, best, peak};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An instruction of about 3 kB, as it is sent: no line ends between the elements.
const SESE_023: &str = include_str!("../../samples/mx/sese.023-full.xml");
/// One as custodians send it, with its business header.
const TYPICAL: &str = include_str!("../../samples/mx/sese.023-typical.xml");
/// A status advice with much of what it can say.
const SESE_024: &str = include_str!("../../samples/mx/sese.024-full.xml");

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let seconds = argument(&arguments, "--seconds").unwrap_or(1.0);
    let each = Duration::from_secs_f64(seconds / f64::from(ROUNDS));
    // First: what the others need would hide how little this does.
    stream(argument(&arguments, "--stream").unwrap_or(50));

    message("sese.023 as custodians send it, with its header", TYPICAL.as_bytes(), each);
    message("sese.023, indented", three_kilobytes(true).as_bytes(), each);
    message("sese.023, without white space", three_kilobytes(false).as_bytes(), each);
    message("sese.024, indented", SESE_024.as_bytes(), each);
    message("semt.018, 20 transactions", pending(20).as_bytes(), each);
    statements(each);
}

/// The full sample without its header, comment and the largest blocks: what is left has 3 kB.
fn three_kilobytes(indented: bool) -> String {
    let from = SESE_023.find("  <Document").expect("the document");
    let to = SESE_023.find("</BizMsgEnvlp>").expect("the end");
    let mut text = SESE_023[from..to].to_owned();
    let mut cut: Vec<&str> =
        vec!["NbCounts", "SplmtryData", "OthrAmts", "HldInd", "FinInstrmAttrbts", "MtchgSts", "AffirmSts"];
    if indented {
        cut.extend([
            "Lnkgs",
            "Pty3",
            "Pty2",
            "Rptg",
            "TradTxCond",
            "InvstrCpcty",
            "TradOrgtrRole",
            "OpngClsg",
            "SfkpgPlc",
            "BnfclOwnrsh",
            "SctiesRTGS",
            "AcctOwnr",
            "OthrId",
            "LateDlvryDt",
            "PlcOfClr",
        ]);
    }
    for name in cut {
        while let Some(start) = text.find(&format!("<{name}>")) {
            let close = format!("</{name}>");
            let end = start + text[start..].find(&close).expect("it closes") + close.len();
            let start = text[..start].trim_end().len();
            text.replace_range(start..end, "");
        }
    }
    if !indented {
        text = text.lines().map(str::trim_start).collect();
    }
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}")
}

/// A statement of pending transactions by transaction.
fn pending(transactions: usize) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:semt.018.001.13\">\
<SctiesTxPdgRpt><Pgntn><PgNb>1</PgNb><LastPgInd>true</LastPgInd></Pgntn><StmtGnlDtls><StmtId>S1</StmtId>\
<StmtDtTm><Dt>2026-03-02</Dt></StmtDtTm><Frqcy><Cd>DAIL</Cd></Frqcy><UpdTp><Cd>COMP</Cd></UpdTp>\
<StmtStr>TRAN</StmtStr><ActvtyInd>true</ActvtyInd></StmtGnlDtls>\
<SfkpgAcct><Id>7003412890</Id></SfkpgAcct>",
    );
    for number in 0..transactions {
        text.push_str(&format!(
            "<Txs><AcctOwnrTxId>REF{number}</AcctOwnrTxId><AcctSvcrTxId>SVC{number}</AcctSvcrTxId>\
<TxDtls><TxActvty><Cd>SETT</Cd></TxActvty><SttlmTxOrCorpActnEvtTp><SctiesTxTp><Cd>TRAD</Cd></SctiesTxTp></SttlmTxOrCorpActnEvtTp>\
<SctiesMvmntTp>RECE</SctiesMvmntTp><Pmt>APMT</Pmt>\
<FinInstrmId><ISIN>DE0007164600</ISIN><Desc>SAP SE</Desc></FinInstrmId>\
<PstngQty><Qty><Unit>5000</Unit></Qty></PstngQty>\
<PstngAmt><Amt Ccy=\"EUR\">988993.15</Amt><CdtDbtInd>DBIT</CdtDbtInd></PstngAmt>\
<TradDt><Dt><Dt>2026-03-02</Dt></Dt></TradDt><SttlmDt><Dt><Dt>2026-03-04</Dt></Dt></SttlmDt>\
<DlvrgSttlmPties><Dpstry><Id><AnyBIC>DAKVDEFFXXX</AnyBIC></Id></Dpstry><Pty1><Id><AnyBIC>AGNTDEFFXXX</AnyBIC></Id></Pty1></DlvrgSttlmPties>\
</TxDtls><StsAndRsn><SttlmSts><Pdg><Rsn><Cd><Cd>LACK</Cd></Cd></Rsn></Pdg></SttlmSts></StsAndRsn></Txs>"
        ));
    }
    text.push_str("</SctiesTxPdgRpt></Document>");
    text
}

/// All depths on one message.
fn message(title: &str, raw: &[u8], each: Duration) {
    let limits = Limits::default();
    println!("{title}: {} bytes, {} elements", raw.len(), bare(raw));
    let mut works: [Work<'_>; 5] = [
        ("bare quick-xml events, nothing kept", Box::new(|| bare(raw))),
        ("well-formedness and limits", Box::new(|| mx::split(raw, &limits).len())),
        ("validation", Box::new(|| validated(raw, &limits))),
        ("validation, rules and the event", Box::new(|| decoded(raw, &limits, Depth::Event))),
        ("the same, field tree and bytes again", Box::new(|| decoded(raw, &limits, Depth::Full))),
    ];
    let rows = best(each, 1, &mut works);
    show(&rows);
}

/// Statements of different lengths: what a byte costs must not depend on how many there are.
fn statements(each: Duration) {
    println!("semt.018, so many bytes each: validation");
    let limits = Limits::default();
    for transactions in [4, 40, 400, 4_000] {
        let text = pending(transactions);
        let raw = text.as_bytes();
        let mut works: [Work<'_>; 2] =
            [("bare", Box::new(|| bare(raw))), ("validation", Box::new(|| validated(raw, &limits)))];
        let rows = best(each, 1, &mut works);
        let (floor, time) = (rows[0].1, rows[1].1);
        println!(
            "  {:>8} bytes {:>12.0} ns {:>6.2} ns a byte {:>6.2} x the bare pass",
            raw.len(),
            time * 1e9,
            time * 1e9 / raw.len() as f64,
            time / floor
        );
    }
}

/// A statement that is made while it is read: its beginning, so many times the transaction, its end.
struct Endless<'a> {
    parts: [&'a [u8]; 3],
    left: u64,
    part: usize,
    at: usize,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut done = 0;
        while done < buffer.len() && self.part < self.parts.len() {
            let part = &self.parts[self.part][self.at..];
            let count = part.len().min(buffer.len() - done);
            buffer[done..done + count].copy_from_slice(&part[..count]);
            done += count;
            self.at += count;
            if self.at == self.parts[self.part].len() {
                self.at = 0;
                if self.part == 1 && self.left > 1 {
                    self.left -= 1;
                } else {
                    self.part += 1;
                }
            }
        }
        Ok(done)
    }
}

/// `--stream 500`: a semt.018 of so many megabytes, each transaction checked; with the most memory that was used.
fn stream(megabytes: u64) {
    let text = pending(1);
    let (from, to) = (text.find("<Txs>").expect("one"), text.find("</SctiesTxPdgRpt>").expect("the end"));
    let parts = [&text.as_bytes()[..from], &text.as_bytes()[from..to], &text.as_bytes()[to..]];
    let count = megabytes * 1_000_000 / (to - from) as u64;
    let before = peak();
    let start = Instant::now();
    let source = Endless { parts, left: count, part: 0, at: 0 };
    let mut records = Records::new(source, Limits::default());
    while let Some(piece) = records.next().expect("nothing in it is too long") {
        assert!(piece.diagnostics.is_empty(), "{:?}", piece.diagnostics.first());
    }
    assert_eq!((records.count(), records.rest().first()), (count, None));
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "semt.018 of {megabytes} MB, a stream: {count} transactions in {seconds:.1} s, {:.0} MB/s; most memory {} kB, {before} kB before",
        megabytes as f64 / seconds,
        peak(),
    );
}

/// The bare pass; says how many elements there were.
fn bare(raw: &[u8]) -> usize {
    let mut reader = Reader::from_reader(raw);
    let mut count = 0;
    loop {
        match black_box(reader.read_event().expect("well-formed")) {
            Event::Start(_) | Event::Empty(_) => count += 1,
            Event::Eof => return count,
            _ => {}
        }
    }
}

fn validated(raw: &[u8], limits: &Limits) -> usize {
    let diagnostics = mx::check(raw, limits);
    assert!(diagnostics.is_empty(), "{:?}", diagnostics.first());
    raw.len()
}

fn decoded(raw: &[u8], limits: &Limits, depth: Depth) -> usize {
    let decoded = codec::decode(raw, limits, depth);
    let wrong = decoded.diagnostics.iter().find(|d| d.severity == Severity::Error);
    assert!(wrong.is_none(), "{wrong:?}");
    decoded.fields.len()
}

fn show(rows: &[(&'static str, f64)]) {
    let floor = rows[0].1;
    for (name, seconds) in rows {
        println!(
            "  {name:<42} {:>8.2} us {:>10.0}/s {:>6.2} x the bare pass",
            seconds * 1e6,
            1.0 / seconds,
            seconds / floor
        );
    }
}
