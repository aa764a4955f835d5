//! An action whose intent is durable, and how it ends.

use std::time::Instant;

use countersign_model::{ActionId, EntityCount, MaskedCount, OutcomeStatus};

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
        }
    }
}

/// An action that may be sent to the upstream now. Dropped without an outcome it is recorded as
/// interrupted, so that a broken task leaves no lone intent.
#[derive(Debug)]
#[must_use = "an action that was recorded has to run and to end"]
pub struct Running {
    pub(super) action_id: ActionId,
    pub(super) started: Instant,
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
}
