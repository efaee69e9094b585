//! Finding and opening a store from the command line.

use std::path::{Path, PathBuf};

use finality_kernel::fact::Record;
use finality_kernel::journal as codec;
use finality_kernel::profile::Profile;

use super::exit::{Exit, Failure, complain};
use crate::adapters::journal::{self, Place};
use crate::adapters::keeper::{Keeper, KeeperError, Opened};
use crate::adapters::projection::{RecordRow, record_key, unpack};
use crate::adapters::store::{Store, StoreError};
use crate::config::Config;

/// The configuration that belongs to a store: the one that is named, else `finality.toml` beside the store or in it.
pub(super) fn config_of(store: &Path, named: Option<&Path>) -> Result<Config, Failure> {
    let beside = store.parent().map(|p| p.join("finality.toml"));
    let candidates: Vec<PathBuf> = match named {
        Some(path) => vec![path.to_owned()],
        None => [Some(store.join("finality.toml")), beside].into_iter().flatten().collect(),
    };
    let Some(path) = candidates.iter().find(|p| p.exists()) else {
        let looked = candidates.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(" or ");
        return Err(Failure::usage(format!(
            "the reference data of the store is not known: there is no {looked}; name it with --config FILE \
             (samples/finality.toml is one that works)"
        )));
    };
    Config::read(path).map_err(Failure::input)
}

/// The reference data alone.
pub(super) fn profile_of(store: &Path, named: Option<&Path>) -> Result<Profile, Failure> {
    config_of(store, named).map(|config| config.profile)
}

/// The journal of a store that is there.
pub(super) fn journal_of(store: &Path) -> Result<PathBuf, Failure> {
    let folder = store.join("journal");
    let missing = || Failure::input(format!("{}: there is no store here", store.display()));
    folder.exists().then_some(folder).ok_or_else(missing)
}

/// The index of a store that is there. After a kill or a power cut it may be behind the journal: then it catches up first,
/// if the reference data is known.
pub(super) fn index_of(store: &Path) -> Result<Store, Failure> {
    let journal_dir = journal_of(store)?;
    let index = Store::open(&store.join("index")).map_err(failed_store)?;
    let watermark = index.watermark().map_err(failed_store)?;
    let row = index.get(&record_key(watermark)).map_err(failed_store)?;
    let place = row.and_then(|row| unpack::<RecordRow>(&row).ok());
    let place = place.map(|row| Place { segment: row.segment, offset: row.offset });
    if !journal::goes_on_after(&journal_dir, place)
        .map_err(|e| Failure { exit: Exit::Input, error: e.into() })?
    {
        return Ok(index);
    }
    drop(index);
    let Ok(profile) = profile_of(store, None) else {
        complain(&format!(
            "the index ends at record {watermark}, the journal does not: what follows is not shown; \
             `finality store rebuild --store {} --config FILE` brings it up to date",
            store.display()
        ));
        return Store::open(&store.join("index")).map_err(failed_store);
    };
    let (keeper, opened) = Keeper::open(store, profile, |_| ()).map_err(failed)?;
    keeper.close().map_err(failed)?;
    report(&opened);
    Store::open(&store.join("index")).map_err(failed_store)
}

/// Whether a folder is a store.
pub(super) fn is_store(folder: &Path) -> bool {
    folder.join("journal").is_dir()
}

/// Reads the journal of a store, record by record. A gateway may be using it.
pub(super) fn each_record(store: &Path, mut each: impl FnMut(&Record)) -> Result<(), Failure> {
    let folder = journal_of(store)?;
    let mut unreadable = None;
    journal::read_all(&folder, |stored| match codec::decode(&stored.entry) {
        Ok(record) => each(&record),
        Err(error) => unreadable = unreadable.take().or(Some(error.to_string())),
    })
    .map_err(|e| Failure { exit: Exit::Input, error: e.into() })?;
    match unreadable {
        Some(error) => {
            Err(Failure::input(format!("{}: the journal cannot be read: {error}", store.display())))
        }
        None => Ok(()),
    }
}

pub(super) fn failed_store(error: StoreError) -> Failure {
    Failure { exit: Exit::Input, error: error.into() }
}

pub(super) fn failed(error: KeeperError) -> Failure {
    Failure { exit: Exit::Input, error: error.into() }
}

/// Says what opening had to mend.
pub(super) fn report(opened: &Opened) {
    if let Some(tail) = &opened.tail {
        complain(&format!(
            "journal: {} bytes from record {} on were cut: a write that was under way when the power went, and that nobody was promised",
            tail.bytes, tail.seq
        ));
    }
    if let Some((aside, why)) = &opened.set_aside {
        complain(&format!("index: set aside as {} ({why}); made anew from the journal", aside.display()));
    }
}
