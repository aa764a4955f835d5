//! How long to wait before the next try.

use std::time::Duration;

/// Waits that double up to a limit, each shortened by chance, so that a thousand edges do not come
/// back at the same moment.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    limit: Duration,
    next: Duration,
}

impl Backoff {
    /// From `first` to `limit`.
    #[must_use]
    pub const fn new(first: Duration, limit: Duration) -> Self {
        Self {
            first,
            limit,
            next: first,
        }
    }

    /// The next wait: between half and all of the current one.
    pub fn next_wait(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.limit);
        whole.mul_f64(rand::random_range(0.5..=1.0))
    }

    /// Whether nothing has failed since it was made or reset.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.next == self.first
    }

    /// It worked: begin anew.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_begin_anew() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
        for whole in [100, 200, 400, 800, 1000, 1000] {
            let wait = backoff.next_wait();
            let whole = Duration::from_millis(whole);
            assert!(whole / 2 <= wait && wait <= whole, "{wait:?} of {whole:?}");
        }
        backoff.reset();
        assert!(backoff.next_wait() <= Duration::from_millis(100));
    }
}
