//! An action whose intent is durable, and how it ends.

use std::{sync::Arc, time::Instant};

use countersign_model::{
    ActionId, Decision, EntityCount, GrantRef, MaskedCount, OutcomeStatus, RecordedResponse,
    SessionId, Timing,
};

use super::{
    Shared,
    record::{Ended, Record},
};

/// How an action ended, as the protocol module saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub status: OutcomeStatus,
    /// Rows returned to the client.
    pub rows: u64,
    /// Bytes of rows returned to the client.
    pub bytes: u64,
    /// The server's command tags (`DELETE 3`).
    pub tags: Vec<String>,
    /// The server's SQLSTATE, when it failed.
    pub sqlstate: Option<String>,
    /// What was masked, by column and entity.
    pub masked: Vec<MaskedCount>,
    /// What the detectors saw and no policy asked to mask.
    pub findings: Vec<EntityCount>,
    /// What came back, where it is kept.
    pub response: Option<Arc<RecordedResponse>>,
}

impl Outcome {
    /// An outcome with nothing but its status.
    #[must_use]
    pub const fn new(status: OutcomeStatus) -> Self {
        Self {
            status,
            rows: 0,
            bytes: 0,
            tags: Vec::new(),
            sqlstate: None,
            masked: Vec::new(),
            findings: Vec::new(),
            response: None,
        }
    }
}

/// An action that may be sent to the upstream now. Dropped without an outcome it is recorded as
/// interrupted, so that a broken task leaves no lone intent.
#[must_use = "an action that was recorded has to run and to end"]
pub struct Running {
    pub(super) shared: Arc<Shared>,
    pub(super) session_id: SessionId,
    pub(super) action_id: ActionId,
    pub(super) decision: Arc<Decision>,
    pub(super) grant: Option<Arc<GrantRef>>,
    pub(super) started: Instant,
    /// Whether its outcome may be written a little later: nothing was changed that somebody may
    /// look for in the journal.
    pub(super) only_reads: bool,
    /// How long it took to make the intent durable.
    pub(super) journal_us: u64,
    pub(super) ended: bool,
    /// The operation's kind: it says what counters are charged in.
    pub(super) kind: &'static str,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("action_id", &self.action_id)
            .finish_non_exhaustive()
    }
}

impl Running {
    /// Names the action.
    #[must_use]
    pub const fn action_id(&self) -> ActionId {
        self.action_id
    }

    /// When its intent was durable.
    #[must_use]
    pub const fn started(&self) -> Instant {
        self.started
    }

    /// Leaves the intent alone, which says that nobody knows how it ended. It is charged for.
    pub(crate) fn leave_unknown(mut self) {
        self.ended = true;
        self.charge(&Outcome::new(OutcomeStatus::Interrupted));
    }

    fn charge(&self, outcome: &Outcome) {
        let response = outcome.response.as_deref();
        let usage = response.and_then(|r| r.usage).unwrap_or_default();
        for charge in &self.decision.obligations.charges {
            let amount = charge.amount(self.kind, outcome.rows, usage);
            if amount > 0 {
                let counters = &self.shared.counters;
                counters.count(&charge.counter, amount, charge.window_seconds);
            }
        }
    }

    /// Records the outcome and charges for it. An outcome that cannot be written, or that the
    /// power supply takes, leaves the intent alone: "outcome unknown", as it then is. So does a
    /// read's that `kill -9` takes: it is written with the next record, within two milliseconds.
    pub(super) fn end(&mut self, outcome: &Outcome) {
        self.ended = true;
        self.charge(outcome);
        let record = Record::ActionOutcome(Ended {
            session_id: self.session_id,
            action_id: self.action_id,
            status: outcome.status,
            rows: outcome.rows,
            bytes: outcome.bytes,
            tags: &outcome.tags,
            sqlstate: outcome.sqlstate.as_deref(),
            masked: &outcome.masked,
            findings: &outcome.findings,
            timing: Timing {
                journal_us: Some(self.journal_us),
                upstream_us: Some(super::micros(self.started.elapsed())),
                ..Timing::default()
            },
            grant: self.grant.as_deref(),
            response: outcome.response.as_deref(),
        });
        let journal = &self.shared.journal;
        let written = if self.only_reads {
            journal.append_soon(&record)
        } else {
            journal.append(&record)
        };
        if let Err(error) = written {
            tracing::debug!(error = %error, "an outcome could not be recorded");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.end(&Outcome::new(OutcomeStatus::Interrupted));
        }
    }
}
