//! Sliding-window counters that all sessions share, in bounded memory.
//!
//! A window is twelve buckets. A sum covers the running bucket and the eleven before it, so that
//! an amount counts for at least eleven twelfths of the window and never longer than the window.
//!
//! Windows are this edge's own. Where a bundle splits them among n edges, each edge answers n times
//! what it saw, so that all of them together stay within the limit that a policy sets. That is
//! strict where the load is uneven: an edge that sees all of it lets a policy's limit be used by an
//! n-th only.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use countersign_policy_engine::Counters;

use crate::bundle::Bundles;

const BUCKETS: u64 = 12;
const SHARDS: usize = 16;

/// Counters of a shard, beyond which the one that was idle longest is given up for a new one.
const SHARD_COUNTERS: usize = 4096;

/// How many counters are looked at to find an idle one.
const EVICTION_SAMPLE: usize = 16;

/// Longer keys are cut: a policy does not get to store texts here.
const MAX_KEY_BYTES: usize = 256;

/// The counters.
#[derive(Debug)]
pub struct Windows {
    began: Instant,
    hasher: RandomState,
    shards: [Mutex<HashMap<Key, Window>>; SHARDS],
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    name: Box<str>,
    window_seconds: u32,
}

#[derive(Debug)]
struct Window {
    /// The running bucket's number since the edge started.
    bucket: u64,
    sums: [u64; BUCKETS as usize],
}

impl Window {
    const fn new(bucket: u64) -> Self {
        Self {
            bucket,
            sums: [0; BUCKETS as usize],
        }
    }

    /// Forgets what is older than the window.
    fn move_to(&mut self, bucket: u64) {
        let passed = bucket.saturating_sub(self.bucket);
        for step in 1..=passed.min(BUCKETS) {
            if let Some(sum) = self.sums.get_mut(place(self.bucket + step)) {
                *sum = 0;
            }
        }
        self.bucket = self.bucket.max(bucket);
    }

    fn add(&mut self, amount: u64) {
        if let Some(sum) = self.sums.get_mut(place(self.bucket)) {
            *sum = sum.saturating_add(amount);
        }
    }

    fn sum(&self) -> u64 {
        self.sums
            .iter()
            .fold(0, |total, sum| total.saturating_add(*sum))
    }
}

fn place(bucket: u64) -> usize {
    usize::try_from(bucket % BUCKETS).unwrap_or_default()
}

impl Default for Windows {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl Windows {
    fn count_at(&self, millis: u64, key: &str, amount: u64, window_seconds: u32) -> u64 {
        let window_seconds = window_seconds.max(1);
        let bucket = millis / (u64::from(window_seconds) * 1000).div_ceil(BUCKETS);
        let end = key.floor_char_boundary(MAX_KEY_BYTES);
        let key = Key {
            name: key.get(..end).unwrap_or_default().into(),
            window_seconds,
        };
        let Some(shard) = self.shard(&key) else {
            return amount;
        };
        let mut windows = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if amount == 0 && !windows.contains_key(&key) {
            return 0;
        }
        if windows.len() >= SHARD_COUNTERS && !windows.contains_key(&key) {
            evict(&mut windows);
        }
        let window = windows.entry(key).or_insert_with(|| Window::new(bucket));
        window.move_to(bucket);
        window.add(amount);
        window.sum()
    }

    fn shard(&self, key: &Key) -> Option<&Mutex<HashMap<Key, Window>>> {
        let hash = usize::try_from(self.hasher.hash_one(key)).unwrap_or(usize::MAX);
        self.shards.get(hash % SHARDS)
    }

    fn answer(&self, key: &str, amount: u64, window_seconds: u32) -> u64 {
        self.count_at(self.millis(), key, amount, window_seconds)
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Gives up the counter of a sample that was idle longest.
fn evict(windows: &mut HashMap<Key, Window>) {
    let idle = windows
        .iter()
        .take(EVICTION_SAMPLE)
        .min_by_key(|(key, window)| window.bucket.saturating_mul(u64::from(key.window_seconds)))
        .map(|(key, _)| key.clone());
    if let Some(key) = idle {
        windows.remove(&key);
    }
}

/// How an amount meets the windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// It is added.
    Adds,
    /// It is answered as if it were added, and is not: the statement does not run yet.
    Foresees,
    /// It was added before: a second verdict on the same action.
    Settled,
}

/// The windows as policies see them.
#[derive(Debug, Clone)]
pub(super) struct Counted {
    windows: Arc<Windows>,
    bundles: Arc<Bundles>,
    counting: Counting,
}

impl Counted {
    /// Adds what policies count, under the enforced bundle's split.
    pub(super) fn new(bundles: Arc<Bundles>) -> Self {
        Self {
            windows: Arc::default(),
            bundles,
            counting: Counting::Adds,
        }
    }

    /// Over the same windows, for a verdict on a statement that does not run yet.
    pub(super) fn foreseeing(&self) -> Self {
        Self {
            counting: Counting::Foresees,
            ..self.clone()
        }
    }

    /// Over the same windows, for a second verdict on an action that was counted already.
    pub(super) fn settled(&self) -> Self {
        Self {
            counting: Counting::Settled,
            ..self.clone()
        }
    }

    fn split(&self) -> u64 {
        let enforced = self.bundles.load();
        enforced
            .as_ref()
            .map_or(1, |enforced| enforced.counter_split)
    }
}

impl Counters for Counted {
    fn count(&self, key: &str, amount: u64, window_seconds: u32) -> u64 {
        let answer = |amount| self.windows.answer(key, amount, window_seconds);
        let seen = match self.counting {
            Counting::Adds => answer(amount),
            Counting::Foresees => answer(0).saturating_add(amount),
            Counting::Settled => answer(0),
        };
        seen.saturating_mul(self.split())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_window_slides() {
        let windows = Windows::default();
        let count = |millis, amount| windows.count_at(millis, "k", amount, 12);
        assert_eq!(count(0, 5), 5);
        assert_eq!(count(6_000, 3), 8);
        assert_eq!(count(11_999, 0), 8);
        assert_eq!(count(12_000, 0), 3, "the first amount is a window old");
        assert_eq!(count(17_999, 0), 3);
        assert_eq!(count(18_000, 0), 0);
        assert_eq!(count(1_000_000, 2), 2, "after a long pause");
        assert_eq!(count(999_000, 1), 3, "time does not run backwards");
    }

    #[test]
    fn keys_and_windows_are_apart() {
        let windows = Windows::default();
        assert_eq!(windows.count_at(0, "a", 1, 60), 1);
        assert_eq!(windows.count_at(0, "b", 1, 60), 1);
        assert_eq!(windows.count_at(0, "a", 1, 61), 1);
        assert_eq!(
            windows.count_at(0, "a", u64::MAX, 60),
            u64::MAX,
            "saturates"
        );
        assert_eq!(
            windows.count_at(0, "a", 1, 0),
            1,
            "a window of nothing is one second"
        );
        let long = "\u{e9}".repeat(MAX_KEY_BYTES);
        assert_eq!(windows.count_at(0, &long, 1, 60), 1);
    }

    #[test]
    fn reading_adds_nothing() {
        let counted = Counted::new(Arc::default());
        counted.count("k", 5, 3600);
        assert_eq!(counted.foreseeing().count("k", 3, 3600), 8);
        assert_eq!(counted.settled().count("k", 3, 3600), 5);
        assert_eq!(counted.count("k", 0, 3600), 5);
        assert_eq!(counted.count("unknown", 0, 3600), 0);
    }

    #[test]
    fn memory_is_bounded() {
        let windows = Windows::default();
        for n in 0..(SHARDS * SHARD_COUNTERS + 5000) {
            windows.count_at(0, &n.to_string(), 1, 60);
        }
        let counters: usize = windows
            .shards
            .iter()
            .map(|shard| shard.lock().expect("not poisoned").len())
            .sum();
        assert!(counters <= SHARDS * SHARD_COUNTERS, "{counters}");
    }

    proptest! {
        /// Against a list of all amounts: nothing younger than eleven twelfths is missing, nothing
        /// older than the window is counted.
        #[test]
        fn a_sum_is_between_eleven_twelfths_and_the_whole_window(
            steps in prop::collection::vec((0_u64..20_000, 0_u64..10), 1..80),
        ) {
            let windows = Windows::default();
            let mut all: Vec<(u64, u64)> = Vec::new();
            let mut now = 0;
            for (step, amount) in steps {
                now += step;
                all.push((now, amount));
                let sum = windows.count_at(now, "k", amount, 60);
                let since = |millis: u64| -> u64 {
                    all.iter().filter(|(at, _)| now - at < millis).map(|(_, amount)| amount).sum()
                };
                prop_assert!(since(55_000) <= sum && sum <= since(60_000));
            }
        }
    }
}
