//! Why an action does not run, as the client is told and as the journal keeps it.

use countersign_model::{ActionId, ReviewId};

/// Stable codes of refusals, as they appear in the journal.
pub mod code {
    /// A policy, a default or a failed policy denied it.
    pub const DENIED: &str = "denied";
    /// The parser cannot read the text.
    pub const UNPARSEABLE: &str = "unparseable";
    /// The edge has no bundle yet, or the one it has is past its expiry.
    pub const BUNDLE_EXPIRED: &str = "bundle_expired";
    /// The principal or the target is no longer in the bundle.
    pub const REVOKED: &str = "revoked";
    /// The credential is no longer in the bundle, or was revoked before its end.
    pub const CREDENTIAL_REVOKED: &str = "credential_revoked";
    /// The credential's time is over.
    pub const CREDENTIAL_EXPIRED: &str = "credential_expired";
    /// The principal, its human, the session, the target or the edge is locked.
    pub const LOCKED: &str = "locked";
    /// The grant's time is over.
    pub const GRANT_EXPIRED: &str = "grant_expired";
    /// The grant was revoked, or its task was closed.
    pub const GRANT_ENDED: &str = "grant_ended";
    /// The target is open by a grant alone, and there is none in force.
    pub const NO_GRANT: &str = "no_grant";
    /// The grant does not allow what the statement does.
    pub const OUTSIDE_GRANT: &str = "outside_grant";
    /// The journal cannot make the intent durable.
    pub const JOURNAL_UNAVAILABLE: &str = "journal_unavailable";
    /// The verdict belongs to a bundle that is no longer enforced; judge again.
    pub const VERDICT_OUTDATED: &str = "verdict_outdated";
    /// The control plane could not be asked for a review.
    pub const REVIEW_UNAVAILABLE: &str = "review_unavailable";
    /// A person said no.
    pub const REVIEW_DENIED: &str = "review_denied";
    /// Nobody decided in time, or the approval was not used in time.
    pub const REVIEW_EXPIRED: &str = "review_expired";
    /// The client went away, or gave up waiting.
    pub const REVIEW_WITHDRAWN: &str = "review_withdrawn";
    /// What was approved is not what the policies would hold now.
    pub const REVIEW_OUTDATED: &str = "review_outdated";
    /// The protocol cannot do what the verdict asks.
    pub const NOT_ENFORCEABLE: &str = "not_enforceable";
    /// The client uses something that the edge does not serve.
    pub const UNSUPPORTED: &str = "unsupported";
}

/// Why an action does not run. `Display` is the sentence for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// One of [`code`], or a protocol's own.
    pub code: &'static str,
    /// In words.
    pub reason: String,
    /// The refused action, for the client to quote.
    pub action_id: ActionId,
    /// The review that did not approve it, where there was one.
    pub review_id: Option<ReviewId>,
    /// Where in the text the parser stopped, as a byte offset; for `unparseable` alone.
    pub position: Option<usize>,
}
