//! One budget of buffer bytes for the whole process: what a client makes the edge hold is taken
//! from it before a buffer grows, so that no number of clients can take the edge's memory.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Bytes that all connections together may hold in buffers beyond their small fixed ones.
#[derive(Debug)]
pub(super) struct Budget {
    left: AtomicUsize,
}

impl Budget {
    pub(super) fn new(bytes: usize) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicUsize::new(bytes),
        })
    }

    /// A share of nothing, to be resized as a buffer grows.
    pub(super) fn share(self: &Arc<Self>) -> Share {
        Share {
            budget: Arc::clone(self),
            held: 0,
        }
    }

    fn take(&self, bytes: usize) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(bytes)
            })
            .is_ok()
    }
}

/// The budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the edge's memory for buffers is used up")]
pub(super) struct BudgetExhausted;

/// What one buffer holds of the budget; given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    held: usize,
}

impl Share {
    /// Holds so many bytes more.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), BudgetExhausted> {
        self.resize(self.held.saturating_add(bytes))
    }

    /// Holds exactly `bytes` from now on.
    pub(super) fn resize(&mut self, bytes: usize) -> Result<(), BudgetExhausted> {
        if bytes > self.held {
            if !self.budget.take(bytes - self.held) {
                return Err(BudgetExhausted);
            }
        } else {
            self.budget
                .left
                .fetch_add(self.held - bytes, Ordering::Relaxed);
        }
        self.held = bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.held, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_never_exceed_the_budget() {
        let budget = Budget::new(100);
        let mut first = budget.share();
        let mut second = budget.share();
        assert_eq!(first.resize(60), Ok(()));
        assert_eq!(second.resize(41), Err(BudgetExhausted));
        assert_eq!(first.resize(10), Ok(()));
        assert_eq!(second.resize(90), Ok(()));
        drop(second);
        assert_eq!(first.resize(100), Ok(()));
    }
}
