//! Answers from the record of a decision, so that judging it again asks nobody else.

use std::sync::Arc;

use countersign_model::{HostCall, Timestamp};

/// What a policy asked when the decision was recorded, in order. What it did not ask then is answered
/// otherwise, and that is remembered.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    calls: Arc<[HostCall]>,
    /// Which of them have answered.
    used: Vec<bool>,
    /// Whether the time of the action is recorded, by whichever policy asked for it.
    knows_time: bool,
    simulated: bool,
}

impl Tape {
    /// The recorded calls of one policy. `knows_time` says that the action's time is the recorded one.
    pub(crate) fn new(calls: Arc<[HostCall]>, knows_time: bool) -> Self {
        Self {
            used: vec![false; calls.len()],
            calls,
            knows_time,
            simulated: false,
        }
    }

    /// Whether something was asked that the record does not have.
    pub(crate) const fn simulated(&self) -> bool {
        self.simulated
    }

    /// The first call that has not answered yet and that `fits`.
    fn next<T>(&mut self, fits: impl Fn(&HostCall) -> Option<T>) -> Option<T> {
        for (call, used) in self.calls.iter().zip(&mut self.used) {
            if !*used && let Some(answer) = fits(call) {
                *used = true;
                return Some(answer);
            }
        }
        self.simulated = true;
        None
    }

    pub(super) fn clock(&mut self, at: Timestamp) -> Timestamp {
        self.simulated |= !self.knows_time;
        at
    }

    pub(super) fn count(
        &mut self,
        wanted: &str,
        wanted_amount: u64,
        wanted_window: u32,
    ) -> Option<u64> {
        self.next(|call| match call {
            HostCall::Count {
                key,
                amount,
                window_seconds,
                sum,
            } if key == wanted && *amount == wanted_amount && *window_seconds == wanted_window => {
                Some(*sum)
            }
            _ => None,
        })
    }

    pub(super) fn lookup(
        &mut self,
        wanted: &str,
        wanted_key: &str,
    ) -> Option<(String, Option<Arc<str>>)> {
        self.next(|call| match call {
            HostCall::Lookup {
                document,
                digest,
                key,
                value,
            } if document == wanted && key == wanted_key => Some((digest.clone(), value.clone())),
            _ => None,
        })
    }
}
