//! The journal's group commit beside a bare log: one write and one `fdatasync` for the same bytes, without numbers,
//! checksums or segments. The rest is the disk's.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use finality::adapters::journal::Journal;
use finality::parsers::machine::Entry;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

/// The size of a typical record: facts, and the message that made them.
const RECORD_BYTES: usize = 1_200;
/// The bare log is preallocated like a segment, and begins anew when it is full.
const LOG_BYTES: u64 = 16 << 20;

fn journal(c: &mut Criterion) {
    for records in [1u64, 16, 256] {
        let mut group = c.benchmark_group(format!("{records} records in one commit"));
        group.throughput(Throughput::Elements(records)).sample_size(20);
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (mut journal, _) = Journal::open(dir.path(), |_| ()).expect("a new journal");
        group.bench_function("journal", |b| {
            b.iter(|| {
                let first = journal.last() + 1;
                let entries: Vec<Entry> = (first..first + records)
                    .map(|seq| Entry { seq, bytes: vec![seq.to_le_bytes()[0]; RECORD_BYTES] })
                    .collect();
                journal.append(&entries).expect("it is written");
                journal.sync().expect("it is safe")
            });
        });
        let mut log = File::create(dir.path().join("bare")).expect("a file");
        log.write_all(&vec![0; LOG_BYTES as usize]).expect("preallocated");
        log.sync_all().expect("preallocated");
        log.seek(SeekFrom::Start(0)).expect("at the start");
        let mut written = 0;
        group.bench_function("bare log", |b| {
            b.iter(|| {
                let bytes = vec![1u8; RECORD_BYTES * records as usize];
                if written + bytes.len() as u64 > LOG_BYTES {
                    log.seek(SeekFrom::Start(0)).expect("at the start");
                    written = 0;
                }
                written += bytes.len() as u64;
                log.write_all(&bytes).expect("it is written");
                log.sync_data().expect("it is safe");
            });
        });
        group.finish();
    }
}

criterion_group!(benches, journal);
criterion_main!(benches);
