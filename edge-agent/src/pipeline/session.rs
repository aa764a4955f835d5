//! One client connection, from sign-in to close.

use std::sync::Arc;

use countersign_model::{ActionId, Parameter, Principal, SessionId, Target};

use super::{Held, Inspected, Judged, Outcome, Phase, Refusal, Resolution, Running, code};

/// One client connection, from sign-in to close. Everything that happens in it goes through here
/// and into the journal. Dropped without [`Session::close`] it is recorded as closed all the same.
#[derive(Debug)]
pub struct Session {
    id: SessionId,
    principal: Arc<Principal>,
    target: Arc<Target>,
    end: EndSignal,
    no_parameters: Arc<[Parameter]>,
}

/// Tells a connection that its session has to end now: the principal, its credential or the target
/// was taken away, or the edge shuts down. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct EndSignal {
    token: tokio_util::sync::CancellationToken,
}

impl EndSignal {
    /// Waits until the session has to end; answers why: `revoked`, `credential_expired` or
    /// `shutdown`. Cancel-safe.
    pub async fn ended(&self) -> &'static str {
        self.token.cancelled().await;
        "revoked"
    }
}

impl Session {
    /// The session's id.
    #[must_use]
    pub const fn id(&self) -> SessionId {
        self.id
    }

    /// Who acts.
    #[must_use]
    pub const fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// On what.
    #[must_use]
    pub const fn target(&self) -> &Arc<Target> {
        &self.target
    }

    /// The signal to end, to be selected on wherever the connection waits.
    #[must_use]
    pub fn end_signal(&self) -> EndSignal {
        self.end.clone()
    }

    /// The shared empty list of bound values.
    #[must_use]
    pub fn no_parameters(&self) -> Arc<[Parameter]> {
        Arc::clone(&self.no_parameters)
    }

    /// The facts of a text.
    ///
    /// # Errors
    /// `unparseable`, journalled.
    pub fn inspect(&mut self, phase: Phase, text: &str) -> Result<Arc<Inspected>, Refusal> {
        let _ = (phase, text);
        Err(not_ready())
    }

    /// What the enforced policies say of a text with its bound values, now.
    ///
    /// # Errors
    /// `bundle_expired` or `revoked`, journalled.
    pub fn judge(
        &mut self,
        phase: Phase,
        inspected: &Arc<Inspected>,
        parameters: &Arc<[Parameter]>,
    ) -> Result<Judged, Refusal> {
        let _ = (phase, inspected, parameters);
        Err(not_ready())
    }

    /// Judges again where the bundle that judged is no longer the enforced one; otherwise the same
    /// verdict. An approval does not survive it: the result may be `Review` again.
    ///
    /// # Errors
    /// Like [`Session::judge`].
    pub fn refresh(&mut self, judged: Judged) -> Result<Judged, Refusal> {
        Ok(judged)
    }

    /// Records that a denied action does not run.
    pub fn deny(&mut self, judged: &Judged) -> Refusal {
        self.refuse(judged, code::DENIED, judged.reasons())
    }

    /// Records that an action does not run, whatever its verdict.
    pub fn refuse(&mut self, judged: &Judged, code: &'static str, reason: String) -> Refusal {
        Refusal {
            code,
            reason,
            action_id: judged.action_id,
            review_id: None,
            position: None,
        }
    }

    /// Holds an action whose verdict is `Review`, at the control plane.
    ///
    /// # Errors
    /// `review_unavailable` or `journal_unavailable`, journalled as far as possible.
    pub async fn hold(&mut self, judged: Judged) -> Result<Held, Refusal> {
        Err(self.refuse(&judged, code::REVIEW_UNAVAILABLE, "no reviews".to_owned()))
    }

    /// Records that a held action was not approved; withdraws it where it is still open.
    pub fn not_approved(&mut self, held: Held, resolution: Resolution) -> Refusal {
        let _ = resolution;
        self.refuse(&held.judged, code::REVIEW_DENIED, "denied".to_owned())
    }

    /// Uses an approval, which works once: judges again, requires that nothing has become stricter
    /// and that the policies that asked for the review are still bound as they were, and claims it
    /// at the control plane. What it returns may run.
    ///
    /// # Errors
    /// `review_outdated`, `review_expired`, `review_unavailable`, `denied`, `journal_unavailable`;
    /// journalled.
    pub async fn use_approval(&mut self, held: Held) -> Result<Judged, Refusal> {
        Err(self.refuse(
            &held.judged,
            code::REVIEW_UNAVAILABLE,
            "no reviews".to_owned(),
        ))
    }

    /// Makes the intent durable; only then may the action be sent. Reads are written (they survive
    /// the process), side effects and approved actions are synced (they survive the power supply).
    /// For reads it returns without ever waiting.
    ///
    /// # Errors
    /// `verdict_outdated` when the bundle has changed or the verdict does not let it run, and
    /// `journal_unavailable`.
    pub async fn record_intent(&mut self, judged: &Judged) -> Result<Running, Refusal> {
        Err(self.refuse(judged, code::JOURNAL_UNAVAILABLE, "no journal".to_owned()))
    }

    /// Records how a running action ended, and adds its rows to the counters the policies named.
    pub fn record_outcome(&mut self, running: Running, outcome: Outcome) {
        let _ = (running, outcome);
    }

    /// Records that the client broke the protocol; `detail` holds none of the client's bytes.
    pub fn violation(&mut self, detail: &str) {
        let _ = detail;
    }

    /// Ends the session: `client_closed`, `upstream_closed`, `protocol_violation`, `revoked`,
    /// `shutdown`, ….
    pub fn close(self, reason: &'static str) {
        let _ = reason;
    }
}

fn not_ready() -> Refusal {
    Refusal {
        code: code::BUNDLE_EXPIRED,
        reason: "the edge has no bundle".to_owned(),
        action_id: ActionId::new(),
        review_id: None,
        position: None,
    }
}
