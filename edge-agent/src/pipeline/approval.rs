//! Holding an action for people, and running it on their word: exactly what they saw, once, and
//! only while the policies still ask for no more than that.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use countersign_model::{
    Binding, BindingId, Decision, Effect, EventBody, GrantRef, PolicyVerdict, ReviewId,
    ReviewRequest, ReviewState, ReviewStep, Timestamp, Verdict,
};

use super::{
    Held, Judged, Refusal, Resolution, Session, code, micros,
    session::{Counting, operation},
};

/// A policy that asked for a review, as it was bound.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asker {
    binding: BindingId,
    digest: String,
    settings: serde_json::Value,
}

/// The bindings whose obeyed verdict was `review`.
fn askers(decision: &Decision, bindings: &[Binding]) -> Vec<Asker> {
    let asked = decision.policies.iter().filter(|outcome| {
        outcome.stage.is_obeyed()
            && matches!(outcome.verdict, PolicyVerdict::Said(Verdict::Review(_)))
    });
    asked
        .filter_map(|outcome| {
            bindings
                .iter()
                .find(|binding| binding.id == outcome.binding)
        })
        .map(Asker::of)
        .collect()
}

impl Asker {
    fn of(binding: &Binding) -> Self {
        Self {
            binding: binding.id,
            digest: binding.digest.clone(),
            settings: binding.settings.clone(),
        }
    }

    fn is_bound(&self, bindings: &[Binding]) -> bool {
        bindings
            .iter()
            .any(|binding| binding.stage.is_obeyed() && *self == Self::of(binding))
    }
}

impl Session {
    /// Holds an action whose verdict is `Review`, at the control plane.
    ///
    /// # Errors
    /// `review_unavailable` or `journal_unavailable`, journalled as far as possible.
    pub async fn hold(&mut self, judged: Judged) -> Result<Held, Refusal> {
        let Some(spec) = &judged.decision.review else {
            return Err(self.deny(&judged));
        };
        let requested_at = Timestamp::now();
        let expires_at = requested_at.after(Duration::from_secs(spec.expires_in.into()));
        let text = &judged.inspected.text;
        let request = ReviewRequest {
            id: ReviewId::new(),
            action_id: judged.action_id,
            session_id: self.id,
            principal: (*self.principal).clone(),
            target_id: self.target.id,
            target: self.target.name.clone(),
            labels: self.target.labels.clone(),
            text: text.to_string(),
            parameters: judged.parameters.to_vec(),
            digest: judged.inspected.digest(self.target.id, &judged.parameters),
            facts: (*judged.inspected.facts).clone(),
            request: judged.inspected.raw().cloned(),
            class: Some(judged.inspected.class),
            grant: self.grant_ref(),
            decision: (*judged.decision).clone(),
            requested_at,
            expires_at,
        };
        let first = EventBody::Review(first_step(&request, &judged, self.grant_ref()));
        if self.shared.journal.append_synced(&first).await.is_err() {
            return Err(self.unrecorded(&judged));
        }
        // From here on it is withdrawn when the client goes away, also while it is being asked for.
        let mut held = Held {
            shared: Arc::clone(&self.shared),
            session_id: self.id,
            grant: self.grant_ref(),
            review_id: request.id,
            expires_at,
            digest: request.digest.clone(),
            askers: askers(&judged.decision, self.enforced.bindings()),
            judged,
            held_at: Instant::now(),
            updates: self.shared.reviews.expect(request.id),
            recorded: ReviewState::Pending,
        };
        match self.shared.reviews.ask(&request).await {
            Ok(()) => Ok(held),
            Err(error) => {
                tracing::warn!(error = %error, "a review could not be asked for");
                held.give_up();
                let reason = format!(
                    "this needs a review ({}), and the control plane cannot be asked for one",
                    held.judged.reasons()
                );
                let code = code::REVIEW_UNAVAILABLE;
                Err(self.refuse_review(&held.judged, request.id, code, reason))
            }
        }
    }

    /// Records that a held action was not approved; withdraws it where it is still open.
    pub fn not_approved(&mut self, mut held: Held, resolution: Resolution) -> Refusal {
        let (code, reason) = match resolution {
            Resolution::Denied { by, comment } => {
                let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
                let comment = comment.filter(|comment| !comment.is_empty());
                let comment = comment.map(|c| format!(": {c}")).unwrap_or_default();
                (
                    code::REVIEW_DENIED,
                    format!("the review was denied{by}{comment}"),
                )
            }
            Resolution::Expired => (
                code::REVIEW_EXPIRED,
                "the review expired before it was decided".to_owned(),
            ),
            Resolution::Withdrawn | Resolution::Approved { .. } => (
                code::REVIEW_WITHDRAWN,
                "the review was withdrawn".to_owned(),
            ),
            Resolution::Crowded => (
                code::REVIEW_UNAVAILABLE,
                "too many actions wait for people at this edge: try again later".to_owned(),
            ),
            Resolution::Ended(end) => {
                held.give_up_because(Some(end.words.to_string()));
                (
                    code::REVIEW_WITHDRAWN,
                    format!("the review was withdrawn: {}", end.words),
                )
            }
        };
        held.give_up();
        self.refuse_review(&held.judged, held.review_id, code, reason)
    }

    /// Uses an approval, which works once: judges again, requires that nothing has become stricter
    /// and that the policies that asked for the review are still bound as they were, and claims it
    /// at the control plane. What it returns may run.
    ///
    /// # Errors
    /// `review_outdated`, `review_expired`, `review_unavailable`, `denied`, `journal_unavailable`;
    /// journalled.
    pub async fn use_approval(&mut self, mut held: Held) -> Result<Judged, Refusal> {
        let id = held.review_id;
        if held.recorded != ReviewState::Approved {
            return Err(self.not_approved(held, Resolution::Withdrawn));
        }
        if Timestamp::now() >= held.expires_at {
            held.record(ReviewState::Expired, None, None);
            return Err(self.not_approved(held, Resolution::Expired));
        }
        let mut judged = self.still_approved(&held)?;
        match self.shared.reviews.claim(id).await {
            Ok(true) => {}
            Ok(false) => {
                let reason = "the approval could not be used: it was withdrawn, or has expired";
                return Err(self.give_up(held, code::REVIEW_EXPIRED, reason));
            }
            Err(error) => {
                tracing::warn!(error = %error, "an approval could not be used");
                let reason = "the approval could not be used: the control plane does not answer";
                return Err(self.give_up(held, code::REVIEW_UNAVAILABLE, reason));
            }
        }
        let used = EventBody::Review(held.step(ReviewState::Used, None, None));
        held.recorded = ReviewState::Used;
        let written = self.shared.journal.append_synced(&used).await;
        judged.review_id = Some(id);
        judged.timing.hold_us = Some(micros(held.held_at.elapsed()));
        if written.is_err() {
            return Err(self.unrecorded(&judged));
        }
        Ok(judged)
    }

    /// Judges what was approved again, under the bundle that is enforced now.
    fn still_approved(&mut self, held: &Held) -> Result<Judged, Refusal> {
        let before = &held.judged;
        let judged = self.judge_as(
            before.action_id,
            before.phase,
            &before.inspected,
            &before.parameters,
            Counting::Settled,
        )?;
        if judged.decision.effect == Effect::Deny {
            let reason = format!("denied since it was approved: {}", judged.reasons());
            return Err(self.refuse_review(&judged, held.review_id, code::DENIED, reason));
        }
        let bindings = self.enforced.bindings();
        let bound = held.askers.iter().all(|asker| asker.is_bound(bindings));
        let now = askers(&judged.decision, bindings);
        if !bound || !now.iter().all(|asker| held.askers.contains(asker)) {
            let reason = "the policies changed since the review was asked for; ask again";
            let code = code::REVIEW_OUTDATED;
            return Err(self.refuse_review(&judged, held.review_id, code, reason.to_owned()));
        }
        Ok(judged)
    }

    fn give_up(&mut self, mut held: Held, code: &'static str, reason: &str) -> Refusal {
        held.give_up();
        self.refuse_review(&held.judged, held.review_id, code, reason.to_owned())
    }

    fn unrecorded(&mut self, judged: &Judged) -> Refusal {
        let reason = "this edge cannot write its journal; nothing runs unrecorded";
        self.refuse(judged, code::JOURNAL_UNAVAILABLE, reason.to_owned())
    }

    fn refuse_review(
        &mut self,
        judged: &Judged,
        review_id: ReviewId,
        code: &'static str,
        reason: String,
    ) -> Refusal {
        let refusal = Refusal {
            code,
            reason,
            action_id: judged.action_id,
            review_id: Some(review_id),
            position: None,
        };
        self.record_refusal(judged, &refusal);
        refusal
    }
}

/// The step that says what is held and why.
fn first_step(
    request: &ReviewRequest,
    judged: &Judged,
    grant: Option<Arc<GrantRef>>,
) -> ReviewStep {
    ReviewStep {
        session_id: request.session_id,
        action_id: request.action_id,
        review_id: request.id,
        state: ReviewState::Pending,
        digest: request.digest.clone(),
        operation: Some(operation(
            judged.phase,
            &judged.inspected,
            &judged.parameters,
            true,
        )),
        decision: Some(Arc::clone(&judged.decision)),
        decided_by: None,
        comment: None,
        grant,
    }
}
