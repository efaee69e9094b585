//! A folder of damaged stores: whatever happened to the index, it is made anew from the journal and says the same; damage
//! to the journal is never passed over.

use std::path::{Path, PathBuf};

use crate::common::{run, scenario};
use finality::adapters::keeper::{Keeper, Opened, rebuild_index};
use finality::adapters::projection::{RecordRow, trade_key, unpack};
use finality::adapters::store::Store;
use finality::simulate::profile;
use finality_kernel::book::Book;
use finality_kernel::journal as codec;
use finality_kernel::lifecycle::trade::Trade;
use finality_kernel::profile::Profile;
use finality_parsers::machine::Entry;

struct Kept {
    dir: tempfile::TempDir,
    profile: Profile,
    journal: Vec<Entry>,
}

fn kept() -> Kept {
    let outcome = run(scenario("[trades]\ncount = 30\n[breaks]\nwrong_price_per_10000 = 2000"), 2);
    let dir = tempfile::tempdir().expect("a folder");
    let profile = profile(&outcome.market);
    let (mut keeper, opened) = Keeper::open(dir.path(), profile.clone(), |_| ()).expect("opens");
    assert_eq!(opened, Opened::default());
    for group in outcome.journal.chunks(7) {
        keeper.keep(group).expect("keeps");
    }
    keeper.close().expect("closes");
    Kept { dir, profile, journal: outcome.journal }
}

/// All trades as the index has them.
fn trades(dir: &Path) -> Vec<Trade> {
    let store = Store::open(&dir.join("index")).expect("opens");
    let rows = store.scan(b"t/", usize::MAX).expect("reads");
    rows.iter().map(|(_, value)| unpack(value).expect("a trade")).collect()
}

fn reopened(kept: &Kept) -> Opened {
    let mut seen = 0;
    let (keeper, opened) = Keeper::open(kept.dir.path(), kept.profile.clone(), |_| seen += 1).expect("opens");
    keeper.close().expect("closes");
    assert_eq!(seen, kept.journal.len(), "the gateway gets every record back");
    opened
}

fn index_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![dir.join("index")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("lists") {
            let path = entry.expect("lists").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

#[test]
fn the_index_says_what_the_journal_says() {
    let kept = kept();
    let before = trades(kept.dir.path());
    assert_eq!(before.len(), 30);
    let opened = reopened(&kept);
    assert_eq!(
        (opened.caught_up, opened.set_aside.clone(), opened.tail),
        (0, None, None),
        "it was up to date"
    );
    rebuild_index(kept.dir.path(), kept.profile.clone()).expect("rebuilds");
    assert_eq!(trades(kept.dir.path()), before, "made anew it says the same");
}

#[test]
fn the_index_shows_trades_as_the_kernel_has_them() {
    let kept = kept();
    let mut book = Book::new(kept.profile.clone());
    for entry in &kept.journal {
        book.replay(&codec::decode(entry).expect("a record"));
    }
    assert_eq!(trades(kept.dir.path()), book.trades().cloned().collect::<Vec<_>>());
}

#[test]
fn a_damaged_index_is_set_aside_and_made_anew() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("all its files are garbage", |dir| {
            for file in index_files(dir) {
                let length = std::fs::metadata(&file).expect("there").len() as usize;
                std::fs::write(file, vec![0xA5; length]).expect("writes");
            }
        }),
        ("all its files are cut in half", |dir| {
            for file in index_files(dir) {
                let bytes = std::fs::read(&file).expect("reads");
                std::fs::write(file, &bytes[..bytes.len() / 2]).expect("writes");
            }
        }),
        ("it is gone", |dir| std::fs::remove_dir_all(dir.join("index")).expect("removes")),
        ("it is a file", |dir| {
            std::fs::remove_dir_all(dir.join("index")).expect("removes");
            std::fs::write(dir.join("index"), b"not a folder").expect("writes");
        }),
    ];
    for (what, damage) in damages {
        let kept = kept();
        let before = trades(kept.dir.path());
        damage(kept.dir.path());
        reopened(&kept);
        assert_eq!(trades(kept.dir.path()), before, "{what}");
    }
}

#[test]
fn an_index_of_another_journal_is_not_believed() {
    let kept = kept();
    let before = trades(kept.dir.path());
    // The journal is put back to an earlier copy, or the index comes from elsewhere: it knows records that are not there.
    let store = Store::open(&kept.dir.path().join("index")).expect("opens");
    store.apply(&Default::default(), 1_000_000).expect("writes");
    drop(store);
    let opened = reopened(&kept);
    assert!(opened.set_aside.expect("set aside").1.contains("1000000"));
    assert_eq!(trades(kept.dir.path()), before);
}

#[test]
fn an_index_that_fell_behind_catches_up() {
    let kept = kept();
    let before = trades(kept.dir.path());
    std::fs::remove_dir_all(kept.dir.path().join("index")).expect("removes");
    let store = Store::open(&kept.dir.path().join("index")).expect("opens");
    assert!(store.get(&trade_key(1)).expect("reads").is_none());
    drop(store);
    assert_eq!(reopened(&kept).caught_up, kept.journal.len() as u64);
    assert_eq!(trades(kept.dir.path()), before);
}

#[test]
fn a_torn_journal_tail_is_cut_and_said_and_damage_before_it_stops_the_start() {
    let kept = kept();
    let segment = kept.dir.path().join("journal/journal-00000001.log");
    let bytes = std::fs::read(&segment).expect("reads");
    let end = bytes.iter().rposition(|b| *b != 0).expect("not empty") + 1;
    let mut torn = bytes.clone();
    torn[end - 10..end].fill(0);
    std::fs::write(&segment, &torn).expect("writes");
    let mut seen = 0;
    let (keeper, opened) = Keeper::open(kept.dir.path(), kept.profile.clone(), |_| seen += 1).expect("opens");
    keeper.close().expect("closes");
    assert_eq!(seen, kept.journal.len() - 1);
    assert_eq!(opened.tail.map(|t| t.seq), Some(kept.journal.len() as u64));
    assert!(opened.set_aside.is_some(), "the index knew the torn record: it is made anew");

    let mut damaged = bytes;
    damaged[100] ^= 0xFF;
    std::fs::write(&segment, &damaged).expect("writes");
    let error = Keeper::open(kept.dir.path(), kept.profile.clone(), |_| ()).map(|_| ()).expect_err("refused");
    assert!(error.to_string().contains("store repair"), "{error}");
    assert_eq!(std::fs::read(&segment).expect("reads"), damaged, "nothing was changed");
}

#[test]
fn every_record_can_be_found_by_its_trade() {
    let kept = kept();
    let store = Store::open(&kept.dir.path().join("index")).expect("opens");
    let rows: Vec<RecordRow> = store
        .scan(b"r/", usize::MAX)
        .expect("reads")
        .iter()
        .map(|(_, v)| unpack(v).expect("a row"))
        .collect();
    assert_eq!(rows.len(), kept.journal.len());
    for row in &rows {
        for trade in &row.trades {
            let key = [b"x/".as_slice(), &trade.to_be_bytes(), &row.seq.to_be_bytes()].concat();
            assert!(store.get(&key).expect("reads").is_some(), "record {} of trade {trade}", row.seq);
        }
    }
}
