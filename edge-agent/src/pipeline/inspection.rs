//! Facts by text, remembered: parsing is the dearest step, and most texts come again, word for word
//! or with other literals.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use countersign_inspect::sql::{self, Shape, SqlError};
use countersign_model::{SqlFacts, StatementClass};
use countersign_policy_engine::FactsKey;

use super::Inspected;
use crate::bundle::Operations;

const SHARDS: usize = 8;

/// Entries of one generation of a shard.
const GENERATION_ENTRIES: usize = 512;

/// Bytes of the keys of one generation of a shard. Facts take a few times as much.
const GENERATION_BYTES: usize = 256 << 10;

/// Longer texts are not remembered: they rarely come again, and there would be few of them.
const MAX_TEXT_BYTES: usize = 16 << 10;

/// What is known of the texts that came before. Facts are a function of the text alone, so that
/// they may be shared by all sessions; where the parser looked at no literal's value they are a
/// function of the text's shape alone, so that they are shared by all texts of that shape.
#[derive(Debug)]
pub(super) struct Inspections {
    hasher: RandomState,
    texts: [Mutex<Generations<Arc<str>, Arc<Inspected>>>; SHARDS],
    shapes: [Mutex<Generations<Shape, Known>>; SHARDS],
}

/// What follows from a text, or from its shape.
#[derive(Debug, Clone)]
struct Known {
    facts: Arc<SqlFacts>,
    class: StatementClass,
    side_effects: bool,
    needs: Operations,
    key: FactsKey,
}

impl Known {
    fn new(facts: SqlFacts) -> Self {
        let mut classes = facts.statements.iter().map(|statement| statement.class);
        Self {
            class: facts.class(),
            side_effects: classes.any(StatementClass::has_side_effects),
            needs: Operations::needed_for(&facts),
            key: FactsKey::of(&facts),
            facts: Arc::new(facts),
        }
    }

    fn of(self, text: &str, began: Instant) -> Arc<Inspected> {
        Arc::new(Inspected {
            text: text.into(),
            facts: self.facts,
            class: self.class,
            side_effects: self.side_effects,
            needs: self.needs,
            key: self.key,
            parse_us: super::micros(began.elapsed()),
            request: None,
        })
    }
}

/// Two generations: when the young one is full it grows old and the old one is dropped; what is
/// found in the old one is young again.
#[derive(Debug)]
struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    young_bytes: usize,
}

impl<K, V> Default for Generations<K, V> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            young_bytes: 0,
        }
    }
}

impl<K: Hash + Eq, V: Clone> Generations<K, V> {
    fn get<Q: Hash + Eq + ?Sized>(&mut self, key: &Q, bytes: usize) -> Option<V>
    where
        K: Borrow<Q>,
    {
        if let Some(found) = self.young.get(key) {
            return Some(found.clone());
        }
        let (key, found) = self.old.remove_entry(key)?;
        self.insert(key, bytes, found.clone());
        Some(found)
    }

    fn insert(&mut self, key: K, bytes: usize, value: V) {
        let full = self.young.len() >= GENERATION_ENTRIES;
        if full || self.young_bytes + bytes > GENERATION_BYTES {
            self.old = mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += bytes;
        self.young.insert(key, value);
    }
}

impl Default for Inspections {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            texts: std::array::from_fn(|_| Mutex::default()),
            shapes: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl Inspections {
    /// The facts of a text.
    pub(super) fn inspect(&self, text: &str) -> Result<Arc<Inspected>, SqlError> {
        let began = Instant::now();
        if text.len() > MAX_TEXT_BYTES {
            return Ok(Known::new(sql::inspect(text)?).of(text, began));
        }
        let texts = self.shard(&self.texts, text);
        if let Some(found) = texts.and_then(|texts| lock(texts).get(text, text.len())) {
            return Ok(found);
        }
        let shape = sql::shape(text);
        let shapes = shape.as_ref().and_then(|key| self.shard(&self.shapes, key));
        if let (Some(key), Some(shapes)) = (&shape, shapes)
            && let Some(known) = lock(shapes).get(key, key.as_bytes().len())
        {
            return Ok(known.of(text, began));
        }
        // Parsed without a lock: two sessions may parse the same text, once each.
        let (facts, by_shape) = sql::inspect_tracking(text)?;
        let known = Known::new(facts);
        match (shape, shapes) {
            (Some(key), Some(shapes)) if by_shape => {
                let bytes = key.as_bytes().len();
                lock(shapes).insert(key, bytes, known.clone());
                Ok(known.of(text, began))
            }
            _ => {
                let inspected = known.of(text, began);
                if let Some(texts) = texts {
                    let key = Arc::clone(&inspected.text);
                    lock(texts).insert(key, text.len(), Arc::clone(&inspected));
                }
                Ok(inspected)
            }
        }
    }

    fn shard<'a, T, K: Hash + ?Sized>(&self, shards: &'a [T], key: &K) -> Option<&'a T> {
        let hash = usize::try_from(self.hasher.hash_one(key)).unwrap_or(usize::MAX);
        shards.get(hash % SHARDS)
    }
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_parsed_once() {
        let inspections = Inspections::default();
        let text = "select $1";
        let first = inspections.inspect(text).expect("parses");
        let second = inspections.inspect(text).expect("parses");
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!first.has_side_effects());
        assert!(inspections.inspect("selec 1").is_err());
    }

    #[test]
    fn texts_of_one_shape_share_their_facts_and_keep_their_words() {
        let inspections = Inspections::default();
        let inspect = |text: &str| inspections.inspect(text).expect("parses");
        let first = inspect("select abalance from accounts where aid = 1");
        let second = inspect("select abalance from accounts where aid = 27");
        assert!(Arc::ptr_eq(first.facts(), second.facts()));
        assert_eq!(
            &**second.text(),
            "select abalance from accounts where aid = 27"
        );
        let other = inspect("select abalance from tellers where aid = 1");
        assert_ne!(first.facts(), other.facts());
    }

    #[test]
    fn facts_from_memory_are_the_facts() {
        let inspections = Inspections::default();
        let texts = [
            "delete from t where a = 1",
            "delete from t where a = 2",
            "delete from t where 1 = 1",
            "delete from t where 2 = 1",
            "select set_config('role', 'x', false)",
            "select set_config('work_mem', 'x', false)",
            "select 1 limit 5",
            "select 1 limit 0",
            "insert into t values ('a')",
            "insert into t values ('drop table t')",
        ];
        for _ in 0..2 {
            for text in texts {
                let remembered = inspections.inspect(text).expect("parses");
                assert_eq!(
                    **remembered.facts(),
                    sql::inspect(text).expect("parses"),
                    "{text}"
                );
                assert_eq!(&**remembered.text(), text);
            }
        }
    }

    #[test]
    fn memory_is_bounded_and_what_is_used_stays() {
        let inspections = Inspections::default();
        let kept = inspections.inspect("select $1, 'kept'").expect("parses");
        for n in 0..(SHARDS * GENERATION_ENTRIES * 3) {
            let text = format!("select $1 as a{n}");
            inspections.inspect(&text).expect("parses");
            if n % 100 == 0 {
                let again = inspections.inspect("select $1, 'kept'").expect("parses");
                assert!(Arc::ptr_eq(&kept, &again), "after {n}");
            }
        }
        let entries: usize = inspections
            .texts
            .iter()
            .map(|shard| {
                let shard = shard.lock().expect("not poisoned");
                shard.young.len() + shard.old.len()
            })
            .sum();
        assert!(entries <= 2 * SHARDS * GENERATION_ENTRIES, "{entries}");
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
