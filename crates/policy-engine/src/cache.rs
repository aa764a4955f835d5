//! A bounded map that forgets what was not used for a while.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hash, Hasher},
};

use crate::FactsKey;

/// Takes the part of a key that is uniformly distributed already.
#[derive(Default)]
pub(crate) struct PrefixHasher(u64);

impl Hasher for PrefixHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 ^= value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The facts of an action, seen from a principal's and a target's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScopedKey {
    /// Which principal and target.
    pub(crate) scope: u64,
    /// Which facts.
    pub(crate) facts: FactsKey,
}

impl Hash for ScopedKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.facts.prefix().wrapping_add(self.scope));
    }
}

type Map<V> = HashMap<ScopedKey, V, BuildHasherDefault<PrefixHasher>>;

/// At most twice `capacity` entries, in two generations: when the young one is full the old one is
/// dropped and the young one grows old; what is found in the old one is young again.
#[derive(Debug)]
pub(crate) struct Generations<V> {
    young: Map<V>,
    old: Map<V>,
    capacity: usize,
}

impl<V: Clone> Generations<V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            young: Map::default(),
            old: Map::default(),
            capacity: capacity.max(1),
        }
    }

    pub(crate) fn get(&mut self, key: &ScopedKey) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let value = self.old.remove(key)?;
        self.insert(*key, value.clone());
        Some(value)
    }

    pub(crate) fn insert(&mut self, key: ScopedKey, value: V) {
        if self.young.len() >= self.capacity {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use countersign_model::SqlFacts;

    use super::*;

    #[test]
    fn it_stays_bounded_and_keeps_what_is_used() {
        let facts = FactsKey::of(&SqlFacts::default());
        let key = |scope| ScopedKey { scope, facts };
        let mut cache = Generations::new(10);
        cache.insert(key(0), 0);
        for scope in 1..1000 {
            cache.insert(key(scope), scope);
            assert_eq!(cache.get(&key(0)), Some(0), "after {scope}");
            assert!(cache.young.len() + cache.old.len() <= 20);
        }
        assert_eq!(cache.get(&key(1)), None);
        assert_eq!(cache.get(&key(999)), Some(999));
    }
}
