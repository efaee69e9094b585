//! What is only looked up, by its key: as fast with a million entries as with ten. Nothing here can be walked through, so the
//! order in which entries lie cannot be seen; what has to be shown in order is kept in order beside it ([`Ordered`]).

#![allow(clippy::disallowed_types, reason = "their order is not to be had from here")]

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::hash::Hash;
use std::ops::Bound;

use foldhash::quality::RandomState;

/// Entries by key. Peers choose their references; they cannot choose them so that many fall into one place, since the seeds differ from run
/// to run.
pub(crate) struct Known<K, V>(HashMap<K, V, RandomState>);

impl<K, V> Default for Known<K, V> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<K, V> fmt::Debug for Known<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries", self.0.len())
    }
}

impl<K: Hash + Eq, V> Known<K, V> {
    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key)
    }

    pub(crate) fn get_key_value(&self, key: &K) -> Option<(&K, &V)> {
        self.0.get_key_value(key)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        self.0.remove(key)
    }

    /// The entry of a key, made when it is not there.
    pub(crate) fn of(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.0.entry(key).or_insert_with(make)
    }

    /// Whether there is any.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Entries by what a link calls them.
#[derive(Debug)]
pub(crate) struct ByLink<K, V>(BTreeMap<String, Known<K, V>>);

impl<K, V> Default for ByLink<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Hash + Eq, V> ByLink<K, V> {
    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, link: &str, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(link)?.get(key)
    }

    pub(crate) fn get_mut(&mut self, link: &str, key: &K) -> Option<&mut V> {
        self.0.get_mut(link)?.get_mut(key)
    }

    pub(crate) fn contains_key(&self, link: &str, key: &K) -> bool {
        self.get(link, key).is_some()
    }

    pub(crate) fn insert(&mut self, link: &str, key: K, value: V) {
        self.on(link).insert(key, value);
    }

    /// The entry of a key, made when it is not there.
    pub(crate) fn of(&mut self, link: &str, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.on(link).of(key, make)
    }

    fn on(&mut self, link: &str) -> &mut Known<K, V> {
        if !self.0.contains_key(link) {
            self.0.insert(link.to_owned(), Known::default());
        }
        self.0.get_mut(link).expect("it was put there if it was not")
    }
}

/// Large entries by key, each in a place of its own: a map is half empty most of the time.
#[derive(Debug)]
pub(crate) struct Large<K, V>(Known<K, Box<V>>);

impl<K, V> Default for Large<K, V> {
    fn default() -> Self {
        Self(Known::default())
    }
}

impl<K: Hash + Eq, V> Large<K, V> {
    pub(crate) fn get_key_value(&self, key: &K) -> Option<(&K, &V)> {
        self.0.get_key_value(key).map(|(key, value)| (key, &**value))
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key).map(Box::as_ref)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key).map(Box::as_mut)
    }

    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.0.insert(key, Box::new(value));
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.0.remove(key);
    }

    /// The entry of a key, made when it is not there.
    pub(crate) fn of(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.0.of(key, || Box::new(make()))
    }
}

/// Large entries by key, that can also be shown in the order of their keys.
#[derive(Debug)]
pub(crate) struct Ordered<K, V> {
    entries: Large<K, V>,
    order: BTreeSet<K>,
}

impl<K, V> Default for Ordered<K, V> {
    fn default() -> Self {
        Self { entries: Large::default(), order: BTreeSet::new() }
    }
}

impl<K: Hash + Ord + Clone, V> Ordered<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    /// The entry of a key, made when it is not there.
    pub(crate) fn of(&mut self, key: &K, make: impl FnOnce() -> V) -> &mut V {
        self.entries.of(key.clone(), || {
            self.order.insert(key.clone());
            make()
        })
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.order.remove(key);
        self.entries.remove(key);
    }

    /// Those after that key, in order.
    pub(crate) fn after(&self, key: Option<&K>) -> impl Iterator<Item = &V> {
        let from = key.map_or(Bound::Unbounded, Bound::Excluded);
        self.order.range((from, Bound::Unbounded)).filter_map(|key| self.entries.get(key))
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher as _;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_known_is_what_a_plain_map_knows(steps in proptest::collection::vec((0u8..3, 0u16..200, 0u32..9), 0..400)) {
            let (mut known, mut ordered, mut plain) = (Known::default(), Ordered::default(), BTreeMap::new());
            for (what, key, value) in steps {
                let key = format!("REFERENCE-{key}");
                match what {
                    0 => {
                        known.remove(&key);
                        ordered.remove(&key);
                        plain.remove(&key);
                    }
                    1 => {
                        known.insert(key.clone(), value);
                        *ordered.of(&key, || 0) = value;
                        plain.insert(key, value);
                    }
                    _ => {
                        prop_assert_eq!(known.get(&key), plain.get(&key));
                        prop_assert_eq!(ordered.get(&key), plain.get(&key));
                        let after = plain.range((Bound::Excluded(key.clone()), Bound::Unbounded)).map(|(_, v)| *v);
                        prop_assert!(ordered.after(Some(&key)).copied().eq(after));
                    }
                }
            }
            prop_assert!(ordered.after(None).eq(plain.values()));
        }
    }

    #[test]
    fn references_that_count_up_spread() {
        let seeds = RandomState::default();
        let places: BTreeSet<u64> = (0..10_000).map(|n| seeds.hash_one(format!("B{n}")) % 65_536).collect();
        // So many different places of 65,536 would be hit by chance: 9,273, give or take 25.
        assert!((9_100..9_450).contains(&places.len()), "{}", places.len());
    }
}
