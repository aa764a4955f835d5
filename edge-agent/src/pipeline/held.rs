//! An action that waits for people.

use std::{sync::Arc, time::Instant};

use countersign_model::{
    EventBody, GrantRef, ReviewId, ReviewState, ReviewStep, SessionId, Timestamp,
};
use tokio::sync::watch;

use super::{EndReason, Judged, Shared, approval::Asker};
use crate::control_plane::ReviewUpdate;

/// How a review ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Enough people approved. Not run yet: pass the [`Held`] to `Session::use_approval`.
    Approved {
        /// Who decided last.
        by: Option<String>,
        /// Their comment.
        comment: Option<String>,
    },
    /// Somebody denied it.
    Denied {
        /// Who.
        by: Option<String>,
        /// Their comment.
        comment: Option<String>,
    },
    /// Nobody decided in time.
    Expired,
    /// It was withdrawn, here or at the control plane.
    Withdrawn,
    /// Its client would have to come back for it, and too many actions wait for that already.
    Crowded,
    /// The session has to end, and it was withdrawn for that.
    Ended(EndReason),
}

/// An action that waits for people. Dropped before it is resolved, it is withdrawn: the client is
/// gone, and what it asked for must not run.
#[must_use = "a held action is withdrawn when this is dropped"]
pub struct Held {
    pub(super) shared: Arc<Shared>,
    pub(super) session_id: SessionId,
    pub(super) grant: Option<Arc<GrantRef>>,
    pub(super) review_id: ReviewId,
    pub(super) expires_at: Timestamp,
    pub(super) digest: String,
    pub(super) judged: Judged,
    /// The policies that asked for the review, as they were bound.
    pub(super) askers: Vec<Asker>,
    pub(super) held_at: Instant,
    pub(super) updates: watch::Receiver<ReviewUpdate>,
    /// The last state that was recorded.
    pub(super) recorded: ReviewState,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held")
            .field("review_id", &self.review_id)
            .field("state", &self.recorded)
            .finish_non_exhaustive()
    }
}

impl Held {
    /// Names the review; `review_id().short()` is what people are shown.
    #[must_use]
    pub const fn review_id(&self) -> ReviewId {
        self.review_id
    }

    /// When it expires undecided.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// What is held.
    #[must_use]
    pub const fn judged(&self) -> &Judged {
        &self.judged
    }

    /// Waits until people have decided or time is up. While the control plane is away it keeps
    /// waiting, up to the expiry. Cancel-safe: may be dropped and called again.
    pub async fn wait(&mut self) -> Resolution {
        loop {
            if let Some(resolution) = self.resolution() {
                return resolution;
            }
            let left = Timestamp::now().until(self.expires_at);
            let changed = tokio::time::timeout(left, self.updates.changed()).await;
            match changed {
                Ok(Ok(())) => {}
                // Nobody can tell any more: the review was given up here.
                Ok(Err(_)) => return self.resolve(ReviewState::Withdrawn, None, None),
                Err(_) => return self.resolve(ReviewState::Expired, None, None),
            }
        }
    }

    fn resolution(&mut self) -> Option<Resolution> {
        let ReviewUpdate { state, by, comment } = self.updates.borrow_and_update().clone();
        match state {
            ReviewState::Pending => None,
            state => Some(self.resolve(state, by, comment)),
        }
    }

    fn resolve(
        &mut self,
        state: ReviewState,
        by: Option<String>,
        comment: Option<String>,
    ) -> Resolution {
        self.record(state, by.clone(), comment.clone());
        match state {
            ReviewState::Approved => Resolution::Approved { by, comment },
            ReviewState::Denied => Resolution::Denied { by, comment },
            ReviewState::Expired => Resolution::Expired,
            // A use that is not ours leaves nothing to run here.
            ReviewState::Pending | ReviewState::Used | ReviewState::Withdrawn => {
                Resolution::Withdrawn
            }
        }
    }

    /// Records a step, once.
    pub(super) fn record(
        &mut self,
        state: ReviewState,
        by: Option<String>,
        comment: Option<String>,
    ) {
        if self.recorded != state {
            self.recorded = state;
            self.shared
                .note(&EventBody::Review(self.step(state, by, comment)));
        }
    }

    pub(super) fn step(
        &self,
        state: ReviewState,
        decided_by: Option<String>,
        comment: Option<String>,
    ) -> ReviewStep {
        ReviewStep {
            session_id: self.session_id,
            action_id: self.judged.action_id,
            review_id: self.review_id,
            state,
            digest: self.digest.clone(),
            operation: None,
            decision: None,
            decided_by,
            comment,
            grant: self.grant.clone(),
        }
    }

    /// Gives the review up, here and at the control plane, when it is still open.
    pub(super) fn give_up(&mut self) {
        self.give_up_because(None);
    }

    /// The same, and says why.
    pub(super) fn give_up_because(&mut self, why: Option<String>) {
        match self.recorded {
            ReviewState::Pending | ReviewState::Approved => {
                self.record(ReviewState::Withdrawn, None, why);
                self.shared.reviews.withdraw(self.review_id);
            }
            ReviewState::Used
            | ReviewState::Denied
            | ReviewState::Expired
            | ReviewState::Withdrawn => self.shared.reviews.forget(self.review_id),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.give_up();
    }
}
