//! Sliding-window counters of the policies that judge requests for access. They are this control
//! plane's own, and begin at nothing when it starts.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use countersign_model::Timestamp;
use countersign_policy_engine::Counters;

/// Counters that are kept; beyond this those are forgotten whose window is over.
const MAX_COUNTERS: usize = 10_000;

/// Additions that a counter remembers one by one; older ones are summed up with their followers.
const MAX_ADDITIONS: usize = 128;

/// Longer keys are cut.
const MAX_KEY: usize = 256;

type Additions = VecDeque<(i64, u64)>;

/// The counters.
#[derive(Debug, Clone, Default)]
pub struct AccessCounts(Arc<Mutex<HashMap<(String, u32), Additions>>>);

/// The counters at a moment.
#[derive(Debug)]
pub struct CountsAt {
    counts: AccessCounts,
    now: Timestamp,
}

impl AccessCounts {
    /// The counters as they are counted at `now`.
    pub fn at(&self, now: Timestamp) -> CountsAt {
        CountsAt {
            counts: self.clone(),
            now,
        }
    }
}

impl Counters for CountsAt {
    fn count(&self, key: &str, amount: u64, window_seconds: u32) -> u64 {
        let key: String = key.chars().take(MAX_KEY).collect();
        let now = self.now.as_millis();
        let counts = &self.counts.0;
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MAX_COUNTERS {
            counts.retain(|(_, window), additions| {
                let last = additions.back();
                last.is_some_and(|(at, _)| now - at < millis(*window))
            });
        }
        let additions = counts.entry((key, window_seconds)).or_default();
        while additions
            .front()
            .is_some_and(|(at, _)| now - at >= millis(window_seconds))
        {
            additions.pop_front();
        }
        if amount > 0 {
            additions.push_back((now, amount));
        }
        if additions.len() > MAX_ADDITIONS
            && let Some((_, oldest)) = additions.pop_front()
            && let Some((_, next)) = additions.front_mut()
        {
            // Counted for longer than it should be, never for less.
            *next = next.saturating_add(oldest);
        }
        additions
            .iter()
            .fold(0, |sum, (_, amount)| sum.saturating_add(*amount))
    }
}

fn millis(seconds: u32) -> i64 {
    i64::from(seconds) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_covers_its_window_alone() {
        let counts = AccessCounts::default();
        let at = |millis, amount| {
            counts
                .at(Timestamp::from_millis(millis))
                .count("k", amount, 60)
        };
        assert_eq!(at(0, 1), 1);
        assert_eq!(at(59_999, 2), 3);
        assert_eq!(at(60_000, 0), 2);
        assert_eq!(at(200_000, 0), 0);
        let other = counts.at(Timestamp::from_millis(0)).count("k", 0, 120);
        assert_eq!(other, 0, "another window is another counter");
        for _ in 0..1000 {
            at(300_000, 1);
        }
        assert_eq!(at(300_001, 0), 1000);
    }
}
