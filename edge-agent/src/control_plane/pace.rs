//! How much of the machine shipping may take.

use std::time::Duration;

use countersign_ledger::journal::Spool;

/// Under load on a busy machine, how many times as long as a batch took nothing is sent: what this
/// edge and the control plane spend on shipping is at most a tenth of one processor, and the spool
/// takes the rest.
const BUSY_REST: f64 = 9.0;

/// The same where the machine has processors to spare.
const SPARE_REST: f64 = 3.0;

/// The part of the processors' time that has to be idle for them to be spare.
const SPARE: f64 = 0.5;

/// The part of the spool that is left to the load; with more in it shipping comes first.
const ROOM: f64 = 0.5;

/// The longest rest.
const MAX_REST: Duration = Duration::from_secs(5);

/// Decides how long to rest between batches.
#[derive(Debug, Default)]
pub(super) struct Pace {
    before: Option<Processors>,
}

/// What the processors have done since the machine started, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Processors {
    idle: u64,
    total: u64,
}

impl Pace {
    /// How long to rest under load after a batch that took `took`.
    pub(super) fn rest(&mut self, took: Duration, spool: Spool) -> Duration {
        let now = Processors::read();
        let idle = self
            .before
            .zip(now)
            .and_then(|(then, now)| now.idle_since(then));
        // Ticks are coarse: a short batch may see none.
        if idle.is_some() || self.before.is_none() {
            self.before = now;
        }
        took.mul_f64(factor(idle, spool)).min(MAX_REST)
    }
}

/// How many times as long as a batch took to rest.
fn factor(idle: Option<f64>, spool: Spool) -> f64 {
    let spare = idle.is_some_and(|idle| idle >= SPARE);
    let rest = if spare { SPARE_REST } else { BUSY_REST };
    rest * (1.0 - fill(spool) / ROOM).clamp(0.0, 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "a rough part of a large number")]
fn fill(spool: Spool) -> f64 {
    spool.bytes as f64 / spool.max_bytes.max(1) as f64
}

impl Processors {
    /// `None` where the system does not say; it then passes for busy.
    fn read() -> Option<Self> {
        Self::parse(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    /// The first line: `cpu  user nice system idle iowait irq softirq steal …`.
    fn parse(text: &str) -> Option<Self> {
        let fields = text.lines().next()?.strip_prefix("cpu ")?;
        let ticks: Vec<u64> = fields
            .split_whitespace()
            .take(8)
            .map(|field| field.parse().ok())
            .collect::<Option<_>>()?;
        Some(Self {
            idle: ticks.get(3)?.saturating_add(*ticks.get(4)?),
            total: ticks
                .iter()
                .fold(0, |sum, ticks| sum.saturating_add(*ticks)),
        })
    }

    /// The idle part of the time since `then`; `None` when none has passed.
    #[expect(clippy::cast_precision_loss, reason = "ticks of seconds")]
    fn idle_since(self, then: Self) -> Option<f64> {
        let total = self
            .total
            .checked_sub(then.total)
            .filter(|total| *total > 0)?;
        Some(self.idle.saturating_sub(then.idle) as f64 / total as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(percent: u64) -> Spool {
        Spool {
            records: 1,
            bytes: percent,
            max_bytes: 100,
        }
    }

    #[test]
    fn shipping_gives_way_to_the_load_until_the_spool_fills() {
        let cases = [
            // idle, percent of the spool, times
            (None, 0, 9.0),
            (Some(0.0), 0, 9.0),
            (Some(0.49), 0, 9.0),
            (Some(0.5), 0, 3.0),
            (Some(1.0), 0, 3.0),
            (Some(1.0), 25, 1.5),
            (Some(0.0), 25, 4.5),
            (Some(0.0), 50, 0.0),
            (Some(0.0), 99, 0.0),
        ];
        for (idle, percent, times) in cases {
            let found = factor(idle, spool(percent));
            assert!((found - times).abs() < 1e-9, "{idle:?} {percent}: {found}");
        }
    }

    #[test]
    fn reads_what_the_processors_did() {
        let then =
            Processors::parse("cpu  100 0 50 800 50 0 0 0 7 7\ncpu0 1 2 3\n").expect("parses");
        assert_eq!((then.idle, then.total), (850, 1000));
        let now = Processors::parse("cpu  160 0 80 860 100 0 0 0 7 7\n").expect("parses");
        assert_eq!(now.idle_since(then), Some(0.55));
        assert_eq!(then.idle_since(then), None);
        assert_eq!(Processors::parse("intr 1 2"), None);
        assert_eq!(Processors::parse("cpu  1 2"), None);
        assert!(Processors::read().is_some());
    }
}
