//! What is only looked up, by its key: it cannot be walked through, so the order in which entries lie cannot be seen.

#![allow(clippy::disallowed_types, reason = "their order is not to be had from here")]

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::FixedState;

/// Entries by key.
#[derive(Debug)]
pub(crate) struct Known<K, V>(HashMap<K, V, FixedState>);

impl<K, V> Default for Known<K, V> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<K: Hash + Eq, V> Known<K, V> {
    /// The entry of a key, made when it is not there.
    pub(crate) fn of(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.0.entry(key).or_insert_with(make)
    }
}
