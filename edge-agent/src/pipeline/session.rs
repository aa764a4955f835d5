//! One client connection, from sign-in to close.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use countersign_model::{
    Action, ActionId, ActionRefused, Decision, DecisionRecord, EventBody, GrantRef, Parameter,
    Principal, RecordedOperation, SessionChanged, SessionClosed, SessionId, Target, Timestamp,
    Timing,
};
use countersign_policy_engine::{Rested, SessionJudge};

use super::{
    EndReason, EndSignal, Inspected, Judged, Phase, Refusal, Shared, code,
    intent::RecordedDecisions,
    micros,
    standing::{Footing, Standing},
};
use crate::bundle::{Enforced, GrantInForce};

/// One client connection, from sign-in to close. Everything that happens in it goes through here
/// and into the journal. Dropped without [`Session::close`] it is recorded as closed all the same.
pub struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) id: SessionId,
    client: SocketAddr,
    standing: Standing,
    pub(super) principal: Arc<Principal>,
    pub(super) target: Arc<Target>,
    pub(super) grant: Option<Arc<GrantInForce>>,
    /// When the credential's time is over, or the grant's.
    until: Timestamp,
    pub(super) enforced: Arc<Enforced>,
    pub(super) judge: SessionJudge,
    pub(super) recorded: RecordedDecisions,
    end: EndSignal,
    closed: bool,
}

/// Which counters a verdict uses.
#[derive(Clone, Copy)]
pub(super) enum Counting {
    /// It adds.
    Adds,
    /// It answers as if it had added.
    Foresees,
    /// It was added before.
    Settled,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("principal", &self.principal.name)
            .field("target", &self.target.name)
            .finish_non_exhaustive()
    }
}

impl Session {
    pub(super) fn new(
        shared: Arc<Shared>,
        id: SessionId,
        client: SocketAddr,
        standing: Standing,
        enforced: Arc<Enforced>,
        footing: Footing,
        end: EndSignal,
    ) -> Self {
        let Footing {
            principal,
            target,
            grant,
            until,
        } = footing;
        let judge = enforced
            .policies
            .session(Arc::clone(&principal), Arc::clone(&target), id);
        Self {
            shared,
            id,
            client,
            standing,
            principal,
            target,
            grant,
            until,
            enforced,
            judge,
            recorded: RecordedDecisions::default(),
            end,
            closed: false,
        }
    }

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

    /// Under which grant, where it is under one.
    #[must_use]
    pub fn grant(&self) -> Option<&Arc<GrantRef>> {
        self.grant.as_ref().map(|grant| &grant.reference)
    }

    pub(super) fn grant_ref(&self) -> Option<Arc<GrantRef>> {
        self.grant().cloned()
    }

    /// The signal to end, to be selected on wherever the connection waits.
    #[must_use]
    pub fn end_signal(&self) -> EndSignal {
        self.end.clone()
    }

    /// Gives back what is held to judge faster, where it may be a while until the next action.
    pub fn rest(&mut self) -> Rested {
        self.judge.rest()
    }

    /// The shared empty list of bound values.
    #[must_use]
    pub fn no_parameters(&self) -> Arc<[Parameter]> {
        Arc::clone(&self.shared.no_parameters)
    }

    /// The facts of a text.
    ///
    /// # Errors
    /// `unparseable`, journalled.
    pub fn inspect(&mut self, phase: Phase, text: &str) -> Result<Arc<Inspected>, Refusal> {
        self.shared.inspections.inspect(text).map_err(|error| {
            let refusal = Refusal {
                code: code::UNPARSEABLE,
                reason: error.message,
                action_id: ActionId::new(),
                review_id: None,
                position: error.position,
            };
            let operation = RecordedOperation {
                phase: phase.as_str().to_owned(),
                text: cut(text).into(),
                parameters: self.no_parameters(),
                facts: None,
                request: None,
            };
            self.note_refused(&refusal, operation, None, Timing::default());
            refusal
        })
    }

    /// Records that a request could not be read, or is one that this edge does not serve. `line` tells
    /// people what it was.
    pub fn unreadable(&mut self, phase: Phase, line: &str, reason: String) -> Refusal {
        let refusal = Refusal {
            code: code::UNPARSEABLE,
            reason,
            action_id: ActionId::new(),
            review_id: None,
            position: None,
        };
        let operation = RecordedOperation {
            phase: phase.as_str().to_owned(),
            text: cut(line).into(),
            parameters: self.no_parameters(),
            facts: None,
            request: None,
        };
        self.note_refused(&refusal, operation, None, Timing::default());
        refusal
    }

    /// Names exactly what would run of this request, and on what: equal ones have equal digests.
    #[must_use]
    pub fn digest(&self, inspected: &Inspected) -> String {
        inspected.digest(self.target.id, &[])
    }

    /// What the enforced policies say of a text with its bound values, now. At [`Phase::Parse`]
    /// counters are read and not moved: what is parsed does not run yet.
    ///
    /// # Errors
    /// `bundle_expired`, `outside_grant`, why the session has to end, or `journal_unavailable`;
    /// journalled as far as possible.
    pub fn judge(
        &mut self,
        phase: Phase,
        inspected: &Arc<Inspected>,
        parameters: &Arc<[Parameter]>,
    ) -> Result<Judged, Refusal> {
        let counting = match phase {
            Phase::Parse => Counting::Foresees,
            _ => Counting::Adds,
        };
        self.judge_as(ActionId::new(), phase, inspected, parameters, counting)
    }

    /// What the policies would say of something that nobody asked for yet, such as an item of a list.
    /// Counters are not moved and nothing is recorded. `None` where nothing may be asked at all.
    pub fn foresee(&mut self, phase: Phase, inspected: &Arc<Inspected>) -> Option<Arc<Decision>> {
        debug_assert!(
            inspected.raw().is_some(),
            "{} is judged as it is",
            phase.as_str()
        );
        self.may_judge(inspected).ok()?;
        let action = self.action(ActionId::new(), inspected, &self.no_parameters());
        let foreseeing = &self.shared.foreseeing;
        let judged = self.judge.judge_keyed(&action, &inspected.key, foreseeing);
        Some(judged.decision)
    }

    pub(super) fn judge_as(
        &mut self,
        action_id: ActionId,
        phase: Phase,
        inspected: &Arc<Inspected>,
        parameters: &Arc<[Parameter]>,
        counting: Counting,
    ) -> Result<Judged, Refusal> {
        if let Err(why) = self.may_judge(inspected) {
            let refusal = Refusal {
                code: why.code,
                reason: why.words.to_string(),
                action_id,
                review_id: None,
                position: None,
            };
            let operation = operation(phase, inspected, parameters, true);
            self.note_refused(&refusal, operation, None, Timing::default());
            return Err(refusal);
        }
        let began = Instant::now();
        let action = self.action(action_id, inspected, parameters);
        let counters = match counting {
            Counting::Adds => &self.shared.counters,
            Counting::Foresees => &self.shared.foreseeing,
            Counting::Settled => &self.shared.settled,
        };
        let judged = self.judge.judge_keyed(&action, &inspected.key, counters);
        Ok(Judged {
            action_id,
            phase,
            inspected: Arc::clone(inspected),
            parameters: Arc::clone(parameters),
            decision: judged.decision,
            filters: judged.filters,
            reused: judged.reused,
            generation: self.enforced.generation,
            review_id: None,
            timing: Timing {
                parse_us: Some(inspected.parse_us),
                judge_us: Some(micros(began.elapsed())),
                ..Timing::default()
            },
        })
    }

    /// An action of this session, now.
    pub(super) fn action(
        &self,
        id: ActionId,
        inspected: &Inspected,
        parameters: &Arc<[Parameter]>,
    ) -> Action {
        Action {
            id,
            at: Timestamp::now(),
            session: self.id,
            principal: Arc::clone(&self.principal),
            target: Arc::clone(&self.target),
            operation: inspected.operation(parameters),
            grant: self.grant_ref(),
        }
    }

    /// Whether there is anything to ask the policies: the session stands, and its grant allows what
    /// the text does.
    fn may_judge(&mut self, inspected: &Inspected) -> Result<(), EndReason> {
        self.follow_bundle(Timestamp::now())?;
        let Some(grant) = &self.grant else {
            return Ok(());
        };
        let beyond = inspected.needs.beyond(grant.allowed);
        if beyond.is_empty() {
            return Ok(());
        }
        let words = format!(
            "the grant {} ({}) allows {}, and this is {beyond}",
            grant.grant.id.short(),
            grant.grant.task,
            grant.allowed,
        );
        Err(EndReason::new(code::OUTSIDE_GRANT, &words))
    }

    /// Takes up the enforced bundle where it has changed, and another grant where one's time is over.
    fn follow_bundle(&mut self, now: Timestamp) -> Result<(), EndReason> {
        let loaded = self.shared.bundles.load();
        let Some(enforced) = loaded.as_ref().filter(|enforced| enforced.holds_at(now)) else {
            return Err(EndReason::new(
                code::BUNDLE_EXPIRED,
                "this edge has no valid policy bundle from its control plane",
            ));
        };
        let same_bundle = Arc::ptr_eq(enforced, &self.enforced);
        if same_bundle && now < self.until {
            return Ok(());
        }
        let Footing {
            principal,
            target,
            grant,
            until,
        } = self.standing.footing(enforced, Some(self.id), now)?;
        let grant_id = |grant: &Option<Arc<GrantInForce>>| grant.as_ref().map(|one| one.grant.id);
        let changed = *self.principal != *principal
            || *self.target != *target
            || grant_id(&self.grant) != grant_id(&grant);
        if changed {
            // Before anything is judged by it, so that the record tells by what it was judged.
            let event = EventBody::SessionChanged(SessionChanged {
                session_id: self.id,
                principal: Principal::clone(&principal),
                target: target.name.clone(),
                labels: target.labels.clone(),
                default_verdict: target.default_verdict,
                grant: grant.as_ref().map(|grant| Arc::clone(&grant.reference)),
            });
            if self.shared.journal.append(&event).is_err() {
                return Err(EndReason::new(
                    code::JOURNAL_UNAVAILABLE,
                    "this edge cannot write its journal; nothing runs unrecorded",
                ));
            }
        }
        self.standing.take(grant.as_ref());
        self.until = until;
        self.grant = grant;
        if same_bundle && !changed {
            return Ok(());
        }
        self.principal = principal;
        self.target = target;
        self.enforced = Arc::clone(enforced);
        self.judge = enforced.policies.session(
            Arc::clone(&self.principal),
            Arc::clone(&self.target),
            self.id,
        );
        self.recorded = RecordedDecisions::default();
        Ok(())
    }

    /// Whether a verdict is by the bundle that is enforced now.
    pub(super) fn is_current(&self, judged: &Judged) -> bool {
        let now = Timestamp::now();
        now < self.until
            && self.shared.bundles.load().as_ref().is_some_and(|enforced| {
                enforced.generation == judged.generation && enforced.holds_at(now)
            })
    }

    /// Judges again where the bundle that judged is no longer the enforced one; otherwise the same
    /// verdict. An approval does not survive it: the result may be `Review` again.
    ///
    /// # Errors
    /// Like [`Session::judge`].
    pub fn refresh(&mut self, judged: Judged) -> Result<Judged, Refusal> {
        if self.is_current(&judged) {
            return Ok(judged);
        }
        self.judge_as(
            judged.action_id,
            judged.phase,
            &judged.inspected,
            &judged.parameters,
            Counting::Settled,
        )
    }

    /// Records that a denied action does not run.
    pub fn deny(&mut self, judged: &Judged) -> Refusal {
        self.refuse(judged, code::DENIED, judged.reasons())
    }

    /// Records that an action does not run, whatever its verdict.
    pub fn refuse(&mut self, judged: &Judged, code: &'static str, reason: String) -> Refusal {
        let refusal = Refusal {
            code,
            reason,
            action_id: judged.action_id,
            review_id: judged.review_id,
            position: None,
        };
        self.record_refusal(judged, &refusal);
        refusal
    }

    pub(super) fn record_refusal(&mut self, judged: &Judged, refusal: &Refusal) {
        let earlier = self.recorded.of(judged);
        let operation = operation(
            judged.phase,
            &judged.inspected,
            &judged.parameters,
            earlier.is_none(),
        );
        let decision = match earlier {
            Some(action) => DecisionRecord::SameAs(action),
            None => DecisionRecord::Full(Arc::clone(&judged.decision)),
        };
        self.note_refused(refusal, operation, Some(decision), judged.timing);
    }

    fn note_refused(
        &self,
        refusal: &Refusal,
        operation: RecordedOperation,
        decision: Option<DecisionRecord>,
        timing: Timing,
    ) {
        self.shared.note(&EventBody::ActionRefused(ActionRefused {
            session_id: self.id,
            action_id: refusal.action_id,
            operation,
            code: refusal.code.to_owned(),
            reason: refusal.reason.clone(),
            decision,
            review_id: refusal.review_id,
            timing,
            grant: self.grant_ref(),
        }));
    }

    /// Records that the client broke the protocol; `detail` holds none of the client's bytes.
    pub fn violation(&mut self, detail: &str) {
        self.shared.note(&EventBody::ProtocolViolation {
            session_id: Some(self.id),
            client: self.client.to_string(),
            detail: detail.to_owned(),
        });
    }

    /// Ends the session: `client_closed`, `upstream_closed`, `protocol_violation`, `revoked`,
    /// `shutdown`, ….
    pub fn close(mut self, reason: &'static str) {
        self.end_with(reason);
    }

    fn end_with(&mut self, reason: &'static str) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        self.shared.sessions.remove(self.id);
        self.shared.note(&EventBody::SessionClosed(SessionClosed {
            session_id: self.id,
            reason: reason.to_owned(),
            grant: self.grant_ref(),
        }));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let reason = self.end.reason().map_or("aborted", |reason| reason.code);
        self.end_with(reason);
    }
}

/// Texts that could not be parsed are kept up to this many bytes.
const MAX_UNPARSED_BYTES: usize = 64 << 10;

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_UNPARSED_BYTES))
        .unwrap_or_default()
}

pub(super) fn operation(
    phase: Phase,
    inspected: &Inspected,
    parameters: &Arc<[Parameter]>,
    with_facts: bool,
) -> RecordedOperation {
    RecordedOperation {
        phase: phase.as_str().to_owned(),
        text: Arc::clone(&inspected.text),
        parameters: Arc::clone(parameters),
        facts: inspected.recorded_facts().filter(|_| with_facts).cloned(),
        request: inspected.raw().cloned(),
    }
}
