//! Facts by text, remembered: parsing is the dearest step, and most texts come again.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use countersign_inspect::sql::{self, SqlError};
use countersign_model::StatementClass;
use countersign_policy_engine::FactsKey;

use super::Inspected;

const SHARDS: usize = 8;

/// Texts of one generation of a shard.
const GENERATION_TEXTS: usize = 512;

/// Bytes of the texts of one generation of a shard. Facts take a few times as much.
const GENERATION_BYTES: usize = 256 << 10;

/// Longer texts are not remembered: they rarely come again, and there would be few of them.
const MAX_TEXT_BYTES: usize = 16 << 10;

/// What is known of the texts that came before. Facts are a function of the text alone, so that
/// they may be shared by all sessions.
#[derive(Debug)]
pub(super) struct Inspections {
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

/// Two generations: when the young one is full it grows old and the old one is dropped; what is
/// found in the old one is young again.
#[derive(Debug, Default)]
struct Shard {
    young: HashMap<Arc<str>, Arc<Inspected>>,
    old: HashMap<Arc<str>, Arc<Inspected>>,
    young_bytes: usize,
}

impl Shard {
    fn get(&mut self, text: &str) -> Option<Arc<Inspected>> {
        if let Some(found) = self.young.get(text) {
            return Some(Arc::clone(found));
        }
        let found = self.old.remove(text)?;
        self.insert(Arc::clone(&found));
        Some(found)
    }

    fn insert(&mut self, inspected: Arc<Inspected>) {
        let full = self.young.len() >= GENERATION_TEXTS;
        if full || self.young_bytes + inspected.text.len() > GENERATION_BYTES {
            self.old = mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += inspected.text.len();
        self.young.insert(Arc::clone(&inspected.text), inspected);
    }
}

impl Default for Inspections {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl Inspections {
    /// The facts of a text.
    pub(super) fn inspect(&self, text: &str) -> Result<Arc<Inspected>, SqlError> {
        if text.len() > MAX_TEXT_BYTES {
            return parse(text);
        }
        let shard = self.shard(text);
        if let Some(found) = shard.and_then(|shard| lock(shard).get(text)) {
            return Ok(found);
        }
        // Parsed without the lock: two sessions may parse the same text, once each.
        let inspected = parse(text)?;
        if let Some(shard) = shard {
            lock(shard).insert(Arc::clone(&inspected));
        }
        Ok(inspected)
    }

    fn shard(&self, text: &str) -> Option<&Mutex<Shard>> {
        let hash = usize::try_from(self.hasher.hash_one(text)).unwrap_or(usize::MAX);
        self.shards.get(hash % SHARDS)
    }
}

fn lock(shard: &Mutex<Shard>) -> std::sync::MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn parse(text: &str) -> Result<Arc<Inspected>, SqlError> {
    let began = Instant::now();
    let facts = sql::inspect(text)?;
    Ok(Arc::new(Inspected {
        text: text.into(),
        class: facts.class(),
        side_effects: facts
            .statements
            .iter()
            .any(|statement| StatementClass::has_side_effects(statement.class)),
        key: FactsKey::of(&facts),
        facts: Arc::new(facts),
        parse_us: super::micros(began.elapsed()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_parsed_once() {
        let inspections = Inspections::default();
        let first = inspections.inspect("select 1").expect("parses");
        let second = inspections.inspect("select 1").expect("parses");
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!first.has_side_effects());
        assert!(inspections.inspect("selec 1").is_err());
    }

    #[test]
    fn memory_is_bounded_and_what_is_used_stays() {
        let inspections = Inspections::default();
        let kept = inspections.inspect("select 'kept'").expect("parses");
        for n in 0..(SHARDS * GENERATION_TEXTS * 3) {
            inspections.inspect(&format!("select {n}")).expect("parses");
            if n % 100 == 0 {
                let again = inspections.inspect("select 'kept'").expect("parses");
                assert!(Arc::ptr_eq(&kept, &again), "after {n}");
            }
        }
        let texts: usize = inspections
            .shards
            .iter()
            .map(|shard| {
                let shard = shard.lock().expect("not poisoned");
                shard.young.len() + shard.old.len()
            })
            .sum();
        assert!(texts <= 2 * SHARDS * GENERATION_TEXTS, "{texts}");
    }

    #[test]
    fn long_texts_are_not_kept() {
        let inspections = Inspections::default();
        let text = format!("select '{}'", "x".repeat(MAX_TEXT_BYTES));
        let first = inspections.inspect(&text).expect("parses");
        let second = inspections.inspect(&text).expect("parses");
        assert!(!Arc::ptr_eq(&first, &second));
    }
}
