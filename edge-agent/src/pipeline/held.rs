//! An action that waits for people.

use countersign_model::{ReviewId, Timestamp};

use super::Judged;

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
}

/// An action that waits for people. Dropped before it is resolved, it is withdrawn: the client is
/// gone, and what it asked for must not run.
#[derive(Debug)]
#[must_use = "a held action is withdrawn when this is dropped"]
pub struct Held {
    pub(super) review_id: ReviewId,
    pub(super) expires_at: Timestamp,
    pub(super) judged: Judged,
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
}
