//! What the policies say of a request: each target by itself, the strictest wins. The same engine
//! and the same bindings as at the edges; a canary covers a request by the grant's id.

use std::{collections::BTreeSet, sync::Arc};

use countersign_model::{
    AccessOperation, Action, ActionId, Decision, Effect, GrantId, Operation, Principal, ReviewSpec,
    SessionId, Target, Timestamp, UserId,
};
use countersign_policy_engine::{Counters, PolicySet};
use countersign_store::{GrantJudgement, TargetJudgement};
use tokio::sync::Semaphore;

use crate::{api_error::ApiError, state::AppState};

/// Requests that are judged at once; others wait.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// How long people have to decide where no policy says.
const DAY_SECONDS: u32 = 24 * 60 * 60;

/// A request, as the policies see it.
pub struct Asked {
    /// The grant's id, should it be granted.
    pub id: GrantId,
    /// Who would hold it.
    pub principal: Principal,
    /// On what.
    pub targets: Vec<Target>,
    /// What for.
    pub access: AccessOperation,
}

/// Judges a request by what is enforced now.
///
/// # Errors
/// When the policies cannot be read; a policy that fails is a refusal, and no error.
pub async fn judge(
    state: &AppState,
    asked: Asked,
    now: Timestamp,
) -> Result<GrantJudgement, ApiError> {
    let place = AT_ONCE.acquire().await.map_err(ApiError::internal)?;
    let set = state.shelf.current(&state.store, &state.engine).await?;
    let counters: Arc<dyn Counters> = Arc::new(state.access_counts.at(now));
    let judged = tokio::task::spawn_blocking(move || each(&set, asked, now, &counters));
    let targets = judged.await.map_err(ApiError::internal)?;
    drop(place);
    let authors = state.store.version_authors(obeyed(&targets)).await?;
    Ok(combine(targets, authors.into_iter().collect()))
}

fn each(
    set: &PolicySet,
    asked: Asked,
    now: Timestamp,
    counters: &Arc<dyn Counters>,
) -> Vec<TargetJudgement> {
    let principal = Arc::new(asked.principal);
    let session = SessionId::from_uuid(asked.id.as_uuid());
    let judge = |target: Target| {
        let target = Arc::new(target);
        let action = Action {
            id: ActionId::new(),
            at: now,
            session,
            principal: Arc::clone(&principal),
            target: Arc::clone(&target),
            grant: None,
            operation: Operation::Access(asked.access.clone()),
        };
        let mut judge = set.session(Arc::clone(&principal), Arc::clone(&target), session);
        let decision = judge.judge(&action, counters).decision;
        TargetJudgement {
            target_id: target.id,
            decision: settle(Arc::unwrap_or_clone(decision)),
        }
    };
    asked.targets.into_iter().map(judge).collect()
}

/// A decision on access: where no policy takes a side people decide, whatever the target's default
/// says of actions, and conditions that nothing could hold a grant to are a refusal.
fn settle(mut decision: Decision) -> Decision {
    let with = &decision.obligations;
    let unkept = !with.masks.is_empty() || with.limits != Default::default();
    if unkept && decision.effect != Effect::Deny {
        decision.effect = Effect::Deny;
        decision.review = None;
        decision.by_default = false;
        decision.reasons = vec!["a policy asks for masks or limits, which a grant has not".into()];
    } else if decision.by_default {
        let reason = "no policy decides on this request";
        decision.effect = Effect::Review;
        decision.reasons = vec![reason.to_owned()];
        decision.review = Some(ReviewSpec {
            reason: reason.to_owned(),
            reviewers: Vec::new(),
            quorum: 1,
            expires_in: DAY_SECONDS,
        });
    }
    decision
}

/// Digests of the policies that were asked and obeyed.
fn obeyed(targets: &[TargetJudgement]) -> BTreeSet<String> {
    let outcomes = targets.iter().flat_map(|target| &target.decision.policies);
    let obeyed = outcomes.filter(|outcome| outcome.stage.is_obeyed());
    obeyed.map(|outcome| outcome.digest.clone()).collect()
}

/// The strictest of all targets, with every reason that led to it.
fn combine(targets: Vec<TargetJudgement>, authors: Vec<UserId>) -> GrantJudgement {
    let decisions = || targets.iter().map(|target| &target.decision);
    let effect = decisions().map(|decision| decision.effect).max();
    // A request without targets never comes here; were it to, nobody would be let in.
    let effect = effect.unwrap_or(Effect::Deny);
    let leading = || decisions().filter(|decision| decision.effect == effect);
    let mut reasons: Vec<String> = Vec::new();
    let mut review: Option<ReviewSpec> = None;
    for decision in leading() {
        for reason in &decision.reasons {
            if !reasons.contains(reason) {
                reasons.push(reason.clone());
            }
        }
        match (&mut review, &decision.review) {
            (Some(mine), Some(spec)) => mine.merge(spec),
            (mine @ None, Some(spec)) => *mine = Some(spec.clone()),
            (_, None) => {}
        }
    }
    GrantJudgement {
        effect,
        reasons,
        by_default: leading().all(|decision| decision.by_default),
        review,
        authors,
        targets,
    }
}

#[cfg(test)]
mod tests;
