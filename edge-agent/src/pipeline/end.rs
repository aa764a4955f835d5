//! Why a session has to end, and how its connection is told.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use super::code;

/// Why a session has to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndReason {
    /// `locked`, `grant_expired`, `grant_ended`, `credential_expired`, `credential_revoked`,
    /// `no_grant`, `revoked` or `shutdown`: what the journal keeps.
    pub code: &'static str,
    /// In words, for the client.
    pub words: Arc<str>,
}

impl EndReason {
    pub(super) fn new(code: &'static str, words: &str) -> Self {
        Self {
            code,
            words: words.into(),
        }
    }

    /// The edge shuts down.
    pub(super) fn shutdown() -> Self {
        Self::new("shutdown", "the edge is shutting down")
    }

    /// The edge itself may serve nobody any more.
    pub(super) fn edge_revoked() -> Self {
        Self::new("revoked", "the access was revoked")
    }

    /// What the client may do about it, where there is something.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        advice(self.code)
    }
}

/// What a client may do about a refusal or an end with this code, where there is something.
pub(super) fn advice(code: &str) -> Option<&'static str> {
    match code {
        code::LOCKED => Some("An administrator set the lock, and lifts it."),
        code::GRANT_EXPIRED | code::GRANT_ENDED | code::NO_GRANT => {
            Some("Ask for a grant: countersign access request.")
        }
        code::CREDENTIAL_EXPIRED | code::CREDENTIAL_REVOKED => {
            Some("Sign in with a fresh credential.")
        }
        _ => None,
    }
}

/// Tells a connection that its session has to end now. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct EndSignal {
    inner: Arc<End>,
}

#[derive(Debug, Default)]
struct End {
    token: CancellationToken,
    reason: OnceLock<EndReason>,
}

impl EndSignal {
    /// Waits until the session has to end; answers why. Cancel-safe.
    pub async fn ended(&self) -> EndReason {
        self.inner.token.cancelled().await;
        self.reason().unwrap_or_else(EndReason::shutdown)
    }

    /// Why the session has to end, once it has to.
    #[must_use]
    pub fn reason(&self) -> Option<EndReason> {
        self.inner.reason.get().cloned()
    }

    /// Whether it has to.
    pub(super) fn has_ended(&self) -> bool {
        self.inner.token.is_cancelled()
    }

    pub(super) fn end(&self, reason: EndReason) {
        // The first reason stays.
        let _ = self.inner.reason.set(reason);
        self.inner.token.cancel();
    }
}
