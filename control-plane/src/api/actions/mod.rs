//! Why an action was decided as it was.

pub mod dto;
mod story;

use axum::extract::State;
use countersign_model::{ActionId, Decision, PolicyOutcome, PolicyVerdict, Verdict};
use countersign_store::PolicySetRecord;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    dto::{ExplainedAction, ExplainedEdge, ExplainedPolicy},
    story::Story,
};
use crate::{
    api_error::ApiError,
    auth::{Caller, access::Reader},
    extract::Path,
    state::AppState,
};

const TAG: &str = "sessions";

/// Earlier policy sets that are searched for a version which ran on while a newer one was prepared.
const EARLIER_SETS: usize = 32;

/// Digits of a short id, at least.
const SHORT_DIGITS: usize = 6;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_action))
}

/// Explains an action: who, where, what, each bound policy's part with its settings then, and what
/// became of it. The short form of an id (`A-9F41C2`) is looked for among the newest records.
#[utoipa::path(
    get,
    path = "/actions/{id}",
    tag = TAG,
    params(("id" = String, Path, description = "Which: its id, or the short form of a recent one")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The action", body = ExplainedAction)),
)]
pub async fn get_action(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<String>,
) -> Result<axum::Json<ExplainedAction>, ApiError> {
    let id = resolve(&state, &id).await?;
    let record = state.store.action(id).await?;
    let edge = state.store.edge(record.edge_id).await?;
    let first = record.events.first();
    let seq = first.map_or(0, |event| event.event.seq);
    let snapshot = state.store.session_snapshot(record.session_id, seq).await?;
    let mut story = Story::of(&record);
    if let Some(earlier) = story.same_as {
        story.adopt(&state.store.action(earlier).await?);
    }
    let policies = match &story.decision {
        Some(decision) => policies(&state, decision).await?,
        None => Vec::new(),
    };
    Ok(axum::Json(ExplainedAction {
        action_id: id,
        session_id: record.session_id,
        edge: ExplainedEdge {
            id: edge.id,
            name: edge.name,
        },
        at: first.map_or_else(|| state.now(), |event| event.event.at),
        principal: snapshot.principal,
        target: snapshot.target,
        operation: story.operation,
        facts: story.facts.map(std::sync::Arc::unwrap_or_clone),
        decision: story.decision.map(std::sync::Arc::unwrap_or_clone),
        same_as: story.same_as,
        policies,
        timing: story.timing,
        review_id: story.review_id,
        refused: story.refused,
        outcome: story.outcome,
        events: record.events,
    }))
}

/// The action of this id, or of this short form.
async fn resolve(state: &AppState, text: &str) -> Result<ActionId, ApiError> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let digits = text.split_once('-').map_or(text, |(_, digits)| digits);
    let is_short = (SHORT_DIGITS..=12).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_short {
        return Err(ApiError::not_found("action"));
    }
    let found = state.store.recent_actions(&digits.to_lowercase()).await?;
    match found.as_slice() {
        [id] => Ok(*id),
        [] => Err(ApiError::not_found("action among the newest records")),
        _ => Err(ApiError::conflict(
            "ambiguous_id",
            "More than one recent action has that short id: give the whole one.",
        )),
    }
}

/// Each policy's part, with its settings from the policy set of that time.
async fn policies(state: &AppState, decision: &Decision) -> Result<Vec<ExplainedPolicy>, ApiError> {
    let set = state.store.policy_set_at(decision.bundle_revision).await?;
    let mut explained = Vec::with_capacity(decision.policies.len());
    for outcome in &decision.policies {
        let settings = settings(state, set.as_ref(), outcome).await?;
        explained.push(ExplainedPolicy {
            binding: outcome.binding,
            policy: outcome.policy.clone(),
            version: outcome.version,
            digest: outcome.digest.clone(),
            stage: outcome.stage,
            settings,
            reason: reason(&outcome.verdict),
            verdict: outcome.verdict.clone(),
            host_calls: outcome.host_calls.clone(),
            micros: outcome.micros,
        });
    }
    Ok(explained)
}

/// A binding's settings: of the set, or, where another version still ran, of the newest set before
/// it that bound that version.
async fn settings(
    state: &AppState,
    set: Option<&PolicySetRecord>,
    outcome: &PolicyOutcome,
) -> Result<Option<serde_json::Value>, ApiError> {
    let of = |set: &PolicySetRecord| {
        let bindings = set.state.bindings.iter();
        bindings
            .filter(|b| b.id == outcome.binding && b.digest == outcome.digest)
            .map(|b| b.settings.clone())
            .next()
    };
    let Some(set) = set else { return Ok(None) };
    if let Some(settings) = of(set) {
        return Ok(Some(settings));
    }
    let mut revision = set.revision;
    for _ in 0..EARLIER_SETS {
        let Some(before) = revision.checked_sub(1) else {
            break;
        };
        let Some(earlier) = state.store.policy_set_at(before).await? else {
            break;
        };
        if let Some(settings) = of(&earlier) {
            return Ok(Some(settings));
        }
        revision = earlier.revision;
    }
    Ok(None)
}

fn reason(verdict: &PolicyVerdict) -> Option<String> {
    match verdict {
        PolicyVerdict::Said(Verdict::Deny(reason)) => Some(reason.clone()),
        PolicyVerdict::Said(Verdict::Review(spec)) => Some(spec.reason.clone()),
        PolicyVerdict::Failed { failure, detail } => Some(format!("{failure}: {detail}")),
        PolicyVerdict::Said(_) => None,
    }
}
