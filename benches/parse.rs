//! Decoding for the lifecycle ([`Depth::Event`]: frame, parse, validate, normalize) beside a floor in the same run: the
//! least that any reader of these bytes must do, and that finds out nothing.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use finality::parsers::codec::{Depth, decode};
use finality::parsers::limits::Limits;
use std::hint::black_box;

const MT541: &[u8] = include_bytes!("../samples/mt/mt541-typical.fin");
const MT548: &[u8] = include_bytes!("../samples/mt/mt548-typical.fin");
const SESE_023: &[u8] = include_bytes!("../samples/mx/sese.023-typical.xml");
const SESE_024: &[u8] = include_bytes!("../samples/mx/sese.024-typical.xml");
const FIX_J: &[u8] = include_bytes!("../samples/fix/J-typical.fix");
const FIX_AK: &[u8] = include_bytes!("../samples/fix/AK-typical.fix");

type Floor = fn(&[u8]) -> usize;

/// Name, message, its floor and what the floor is.
const MESSAGES: [(&str, &[u8], Floor, &str); 6] = [
    ("mt541", MT541, tags, "tags"),
    ("mt548", MT548, tags, "tags"),
    ("sese.023", SESE_023, xml, "xml events"),
    ("sese.024", SESE_024, xml, "xml events"),
    ("fix J", FIX_J, fields, "fields"),
    ("fix AK", FIX_AK, fields, "fields"),
];

/// Lines that begin with a tag, and the lengths of their values.
fn tags(raw: &[u8]) -> usize {
    let value = |line: &[u8]| {
        let rest = line.strip_prefix(b":")?;
        let end = rest.iter().position(|b| *b == b':')?;
        Some(rest.len() - end)
    };
    raw.split(|b| *b == b'\n').filter_map(value).sum()
}

/// One pass of quick-xml, nothing looked at.
fn xml(raw: &[u8]) -> usize {
    let mut reader = quick_xml::Reader::from_reader(raw);
    let mut count = 0;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) | Err(_) => return count,
            Ok(event) => count += event.len(),
        }
    }
}

/// Fields by SOH, tags as numbers, and the sum of all bytes that the checksum needs.
fn fields(raw: &[u8]) -> usize {
    let tag = |field: &[u8]| {
        let digits = field.iter().take_while(|b| **b != b'=');
        digits.fold(0usize, |tag, digit| tag.wrapping_mul(10).wrapping_add(usize::from(digit & 15)))
    };
    let sum: usize = raw.iter().map(|b| usize::from(*b)).sum();
    raw.split(|b| *b == 1).map(tag).fold(sum, usize::wrapping_add)
}

fn parse(c: &mut Criterion) {
    let limits = Limits::default();
    for (name, raw, floor, what) in MESSAGES {
        assert!(decode(raw, &limits, Depth::Event).event.is_some(), "{name} is a good sample");
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(raw.len() as u64));
        group.bench_function("event", |b| b.iter(|| decode(black_box(raw), &limits, Depth::Event)));
        group.bench_function("full", |b| b.iter(|| decode(black_box(raw), &limits, Depth::Full)));
        group.bench_function(format!("floor: {what}"), |b| b.iter(|| floor(black_box(raw))));
        group.finish();
    }
}

criterion_group!(benches, parse);
criterion_main!(benches);
