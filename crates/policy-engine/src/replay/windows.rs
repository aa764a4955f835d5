//! Sliding-window counters over the recorded times of actions: what an edge's counters do by the
//! clock, done by the record.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_model::Timestamp;

use crate::Counters;

/// As many parts as an edge's windows have.
const BUCKETS: u64 = 12;
/// Counters of one principal.
const MAX_COUNTERS: usize = 1_000;

/// The counters of one principal.
#[derive(Debug, Default)]
pub(crate) struct Windows(HashMap<(String, u32), Window>);

#[derive(Debug, Default)]
struct Window {
    bucket: u64,
    /// By the bucket's number modulo their count.
    sums: [u64; BUCKETS as usize],
}

impl Window {
    fn move_to(&mut self, bucket: u64) {
        let passed = bucket.saturating_sub(self.bucket).min(BUCKETS);
        for step in 1..=passed {
            if let Some(sum) = self.sums.get_mut(place(self.bucket + step)) {
                *sum = 0;
            }
        }
        self.bucket = self.bucket.max(bucket);
    }
}

fn place(bucket: u64) -> usize {
    usize::try_from(bucket % BUCKETS).unwrap_or_default()
}

impl Windows {
    /// Adds to a counter and returns the sum over its window.
    pub(crate) fn count(
        &mut self,
        at: Timestamp,
        key: &str,
        amount: u64,
        window_seconds: u32,
    ) -> u64 {
        let window_seconds = window_seconds.max(1);
        let millis = u64::try_from(at.as_millis()).unwrap_or(0);
        let bucket = millis / (u64::from(window_seconds) * 1000).div_ceil(BUCKETS);
        let key = (key.to_owned(), window_seconds);
        if amount == 0 && !self.0.contains_key(&key) {
            return 0;
        }
        if self.0.len() >= MAX_COUNTERS && !self.0.contains_key(&key) {
            self.0.clear();
        }
        let window = self.0.entry(key).or_default();
        // Of a new window every part is empty, whatever its number.
        window.move_to(bucket);
        if let Some(sum) = window.sums.get_mut(place(window.bucket)) {
            *sum = sum.saturating_add(amount);
        }
        window.sums.iter().fold(0, |a, b| a.saturating_add(*b))
    }
}

/// The counters of a principal, at the time of one action.
pub(crate) struct Simulated {
    pub(crate) windows: Arc<Mutex<Windows>>,
    pub(crate) at: Timestamp,
    /// Whether counters are read and not moved.
    pub(crate) foreseen: bool,
}

impl Counters for Simulated {
    fn count(&self, key: &str, amount: u64, window_seconds: u32) -> u64 {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if self.foreseen {
            let sum = windows.count(self.at, key, 0, window_seconds);
            return sum.saturating_add(amount);
        }
        windows.count(self.at, key, amount, window_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_slides_with_the_record() {
        let mut windows = Windows::default();
        let mut count =
            |millis, amount| windows.count(Timestamp::from_millis(millis), "k", amount, 12);
        assert_eq!(count(1_000_000, 5), 5);
        assert_eq!(count(1_006_000, 3), 8);
        assert_eq!(count(1_011_999, 0), 8);
        assert_eq!(count(1_012_000, 0), 3);
        assert_eq!(count(1_006_000, 1), 4, "time does not run backwards");
        assert_eq!(count(1_500_000, 0), 0);
    }

    #[test]
    fn what_is_foreseen_does_not_count() {
        let windows = Arc::new(Mutex::new(Windows::default()));
        let counters = |foreseen| Simulated {
            windows: Arc::clone(&windows),
            at: Timestamp::from_millis(0),
            foreseen,
        };
        assert_eq!(counters(true).count("k", 2, 60), 2);
        assert_eq!(counters(false).count("k", 2, 60), 2);
        assert_eq!(counters(true).count("k", 2, 60), 4);
        assert_eq!(counters(false).count("k", 0, 60), 2);
    }
}
