//! What bindings did since the engine started: counted on every decision, so without a lock.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use countersign_model::{CanaryCounts, PolicyOutcome, PolicyVerdict, Verdict, VerdictCounts};

use crate::error::Fault;

/// What a verdict counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Abstain,
    Allow,
    Review,
    Deny,
    Failed,
}

impl Class {
    pub(crate) fn of(outcome: &PolicyOutcome) -> Self {
        match &outcome.verdict {
            PolicyVerdict::Said(Verdict::Abstain | Verdict::Oblige(_)) => Self::Abstain,
            PolicyVerdict::Said(Verdict::Allow(_)) => Self::Allow,
            PolicyVerdict::Said(Verdict::Review(_)) => Self::Review,
            PolicyVerdict::Said(Verdict::Deny(_)) => Self::Deny,
            PolicyVerdict::Failed { .. } => Self::Failed,
        }
    }
}

#[derive(Debug, Default)]
struct Counts([AtomicU64; 5]);

impl Counts {
    fn add(&self, class: Class) {
        if let Some(count) = self.0.get(class as usize) {
            count.fetch_add(1, Relaxed);
        }
    }

    fn get(&self) -> VerdictCounts {
        let [abstain, allow, review, deny, failed] = &self.0;
        VerdictCounts {
            abstain: abstain.load(Relaxed),
            allow: allow.load(Relaxed),
            review: review.load(Relaxed),
            deny: deny.load(Relaxed),
            failed: failed.load(Relaxed),
        }
    }
}

/// How one outcome is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    /// Which of the scope's policies.
    pub(crate) index: u32,
    /// What it said.
    pub(crate) class: Class,
    /// Of an obeyed canary.
    pub(crate) canary: bool,
    /// Of an obeyed canary: what the one it replaces said.
    pub(crate) baseline: Option<Class>,
}

/// What one binding did.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    verdicts: Counts,
    canary: Counts,
    baseline: Counts,
    times: Times,
    last_failure: Mutex<Option<String>>,
}

impl Tally {
    pub(crate) fn add(&self, mark: &Mark) {
        self.verdicts.add(mark.class);
        if mark.canary {
            self.canary.add(mark.class);
            if let Some(class) = mark.baseline {
                self.baseline.add(class);
            }
        }
    }

    /// Notes how long the policy took when it was asked.
    pub(crate) fn took(&self, time: Duration) {
        self.times.add(time);
    }

    pub(crate) fn failed(&self, fault: &Fault) {
        let words = format!("{}: {}", fault.failure, fault.detail);
        *self.last() = Some(words);
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.last_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn verdicts(&self) -> VerdictCounts {
        self.verdicts.get()
    }

    pub(crate) fn canary(&self) -> CanaryCounts {
        CanaryCounts {
            canary: self.canary.get(),
            baseline: self.baseline.get(),
        }
    }

    pub(crate) fn last_failure(&self) -> Option<String> {
        self.last().clone()
    }

    /// Microseconds that half, and that 99 of 100, of the latest asked decisions took at most.
    pub(crate) fn percentiles(&self) -> (u32, u32) {
        (self.times.percentile(50), self.times.percentile(99))
    }
}

/// Buckets, four to each doubling: a time is known to within a quarter.
const BUCKETS: usize = 84;
/// Times after which all are halved, so that old ones fade.
const FADE_AFTER: u32 = 4096;

/// The latest times, roughly. A count lost between two threads does not matter.
#[derive(Debug)]
struct Times {
    buckets: [AtomicU32; BUCKETS],
    total: AtomicU32,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            buckets: std::array::from_fn(|_| AtomicU32::new(0)),
            total: AtomicU32::new(0),
        }
    }
}

impl Times {
    fn add(&self, time: Duration) {
        let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        if let Some(bucket) = self.buckets.get(bucket(micros)) {
            bucket.fetch_add(1, Relaxed);
        }
        // Exactly one thread sees the number at which all fade.
        if self.total.fetch_add(1, Relaxed) + 1 == FADE_AFTER {
            let mut total = 0;
            for bucket in &self.buckets {
                let half = bucket.load(Relaxed) / 2;
                bucket.store(half, Relaxed);
                total += half;
            }
            self.total.store(total, Relaxed);
        }
    }

    fn percentile(&self, percent: u64) -> u32 {
        let counts: Vec<u64> = self
            .buckets
            .iter()
            .map(|bucket| u64::from(bucket.load(Relaxed)))
            .collect();
        let total: u64 = counts.iter().sum();
        let rank = (total * percent).div_ceil(100);
        let mut seen = 0;
        for (index, count) in counts.iter().enumerate() {
            seen += count;
            if *count > 0 && seen >= rank {
                return upper(index);
            }
        }
        0
    }
}

/// The bucket of a time: one for each microsecond up to 8, then four to each doubling.
fn bucket(micros: u32) -> usize {
    if micros < 8 {
        return micros as usize;
    }
    let log = micros.ilog2();
    let quarter = (micros >> (log - 2)) & 3;
    let index = 8 + (log - 3) * 4 + quarter;
    (index as usize).min(BUCKETS - 1)
}

/// The longest time of a bucket.
fn upper(bucket: usize) -> u32 {
    let bucket = u32::try_from(bucket).unwrap_or(u32::MAX);
    if bucket < 8 {
        // Asked and done within the microsecond is one microsecond: zero stands for never asked.
        return bucket.max(1);
    }
    let (log, quarter) = ((bucket - 8) / 4 + 3, (bucket - 8) % 4);
    (1 << log) + (quarter + 1) * (1 << (log - 2)) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_its_times() {
        for micros in (0..20_000).chain([99_999, 1_000_000, 2_000_000]) {
            let upper = upper(bucket(micros));
            assert!(upper >= micros, "{micros}: {upper}");
            assert!(upper <= micros + micros / 4 + 1, "{micros}: {upper}");
        }
        assert_eq!(bucket(u32::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_follow_the_latest_times() {
        let times = Times::default();
        assert_eq!(times.percentile(50), 0);
        for _ in 0..990 {
            times.add(Duration::from_micros(3));
        }
        for _ in 0..10 {
            times.add(Duration::from_micros(500));
        }
        assert_eq!(times.percentile(50), 3);
        assert_eq!(times.percentile(99), 3);
        assert!((500..640).contains(&times.percentile(100)));
        for _ in 0..40_000 {
            times.add(Duration::from_micros(100));
        }
        assert!((100..128).contains(&times.percentile(50)));
        assert!((100..128).contains(&times.percentile(99)));
    }
}
