//! Who is connected, and who has to go.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use countersign_model::{CredentialId, PrincipalId, SessionId, TargetId, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::bundle::Enforced;

/// Tells a connection that its session has to end now: the principal, its credential or the target
/// was taken away, or the edge shuts down. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct EndSignal {
    inner: Arc<End>,
}

#[derive(Debug, Default)]
struct End {
    token: CancellationToken,
    reason: OnceLock<&'static str>,
}

impl EndSignal {
    /// Waits until the session has to end; answers why: `revoked`, `credential_expired` or
    /// `shutdown`. Cancel-safe.
    pub async fn ended(&self) -> &'static str {
        self.inner.token.cancelled().await;
        self.inner.reason.get().copied().unwrap_or("shutdown")
    }

    /// Why the session has to end, once it has to.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        self.inner.reason.get().copied()
    }

    fn end(&self, reason: &'static str) {
        // The first reason stays.
        let _ = self.inner.reason.set(reason);
        self.inner.token.cancel();
    }
}

/// What a session stands on.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub principal: PrincipalId,
    pub credential: CredentialId,
    pub target: TargetId,
}

impl Standing {
    /// Why it no longer stands.
    pub(super) fn fallen(&self, enforced: &Enforced, now: Timestamp) -> Option<&'static str> {
        let Some(principal) = enforced.principal_by_id(self.principal) else {
            return Some("revoked");
        };
        match principal.expiry_of(self.credential) {
            None => Some("revoked"),
            Some(expires_at) if expires_at <= now => Some("credential_expired"),
            Some(_) if enforced.target_by_id(self.target).is_none() => Some("revoked"),
            Some(_) => None,
        }
    }
}

/// All open sessions.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: Mutex<HashMap<SessionId, (Standing, EndSignal)>>,
}

impl Sessions {
    fn open(&self) -> MutexGuard<'_, HashMap<SessionId, (Standing, EndSignal)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, id: SessionId, standing: Standing) -> EndSignal {
        let signal = EndSignal::default();
        self.open().insert(id, (standing, signal.clone()));
        signal
    }

    pub(super) fn remove(&self, id: SessionId) {
        self.open().remove(&id);
    }

    pub(super) fn count(&self) -> u64 {
        self.open().len() as u64
    }

    /// Ends every session that no longer stands.
    pub(super) fn enforce(&self, enforced: &Enforced, now: Timestamp) {
        for (standing, signal) in self.open().values() {
            if let Some(reason) = standing.fallen(enforced, now) {
                signal.end(reason);
            }
        }
    }

    pub(super) fn end_all(&self, reason: &'static str) {
        for (_, signal) in self.open().values() {
            signal.end(reason);
        }
    }
}
