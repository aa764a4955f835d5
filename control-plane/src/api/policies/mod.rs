//! Policies.

mod diff;
pub mod dto;
mod signatures;
mod sources;
pub mod versions;

use axum::{extract::State, response::Response};
use countersign_model::PolicyId;
use countersign_store::{EdgeRecord, Edit, PolicyOverview};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{Policy, PolicySummary, PolicyVersionSummary, RunningPolicy};
use super::{
    Page, PageQuery, bindings,
    policy_changes::{
        self,
        dto::{ChangeComment, PendingChange, PolicyChange},
    },
};
use crate::{
    api_error::ApiError,
    auth::{
        Caller,
        access::{Author, Reader},
    },
    extract::{Json, Path, Query},
    state::AppState,
};

const TAG: &str = "policies";

/// Edges whose reports a policy's page gathers.
const EDGES: u64 = 1000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_policies))
        .routes(routes!(get_policy))
        .routes(routes!(roll_back_policy))
        .merge(versions::router())
        .merge(sources::router())
        .merge(signatures::router())
        .merge(diff::router())
}

/// Policies, by name.
#[utoipa::path(
    get,
    path = "/policies",
    tag = TAG,
    params(PageQuery),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Policies", body = Page<PolicySummary>)),
)]
pub async fn list_policies(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<PolicySummary>>, ApiError> {
    let after = page.cursor.as_deref();
    let overviews = state.store.policies(after, page.limit_and_one()).await?;
    let page = page.cut(overviews, |overview| overview.policy.name.clone());
    Ok(axum::Json(page.map(summary)))
}

/// One policy with its versions, its bindings and what the edges report of it.
#[utoipa::path(
    get,
    path = "/policies/{id}",
    tag = TAG,
    params(("id" = PolicyId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The policy", body = Policy)),
)]
pub async fn get_policy(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<PolicyId>,
) -> Result<axum::Json<Policy>, ApiError> {
    let policy = state.store.policy(id).await?;
    let versions = state.store.policy_versions(id).await?;
    let newest = versions
        .first()
        .ok_or_else(|| ApiError::not_found("policy"))?;
    let manifest = newest.manifest.clone();
    let mut bound = state.store.bindings().await?;
    bound.retain(|binding| binding.policy_id == id);
    let edges = state.store.edges(None, EDGES).await?;
    Ok(axum::Json(Policy {
        id,
        manifest,
        versions: versions
            .into_iter()
            .map(PolicyVersionSummary::from)
            .collect(),
        bindings: bindings::views(&state, bound).await?,
        running: running(&policy.name, &edges),
        name: policy.name,
        created_at: policy.created_at,
    }))
}

/// Puts a policy's bindings back to how they last were otherwise, canaries left out; what has come
/// since becomes a draft. A second rollback goes further back. Answers the change, or 202 where
/// another admin has to approve it.
#[utoipa::path(
    post,
    path = "/policies/{id}/rollback",
    tag = TAG,
    params(("id" = PolicyId, Path, description = "Which")),
    request_body = ChangeComment,
    extensions(("x-roles" = json!(["admin", "policy_author"]))),
    responses(
        (status = 200, description = "The change", body = PolicyChange),
        (status = 202, description = "It waits for another admin", body = PendingChange),
    ),
)]
pub async fn roll_back_policy(
    State(state): State<AppState>,
    caller: Caller<Author>,
    Path(id): Path<PolicyId>,
    Json(body): Json<ChangeComment>,
) -> Result<Response, ApiError> {
    let policy = state.store.policy(id).await?;
    let edit = Edit::RollBack(policy.id);
    let proposed = policy_changes::propose(&state, caller.user.id, edit, body.comment).await?;
    policy_changes::answer(proposed)
}

/// What edges that were not revoked report of a policy.
fn running(policy: &str, edges: &[EdgeRecord]) -> Vec<RunningPolicy> {
    let mut running = Vec::new();
    for edge in edges.iter().filter(|edge| edge.revoked_at.is_none()) {
        let Some((status, reported_at)) = &edge.status else {
            continue;
        };
        for bound in status.policies.iter().filter(|p| p.policy == policy) {
            running.push(RunningPolicy {
                edge_id: edge.id,
                edge: edge.name.clone(),
                version: bound.version,
                digest: bound.digest.clone(),
                decisions: bound.decisions,
                failures: bound.failures,
                error: bound.error.clone(),
                reported_at: *reported_at,
            });
        }
    }
    running
}

fn summary(overview: PolicyOverview) -> PolicySummary {
    PolicySummary {
        id: overview.policy.id,
        name: overview.policy.name,
        description: overview.newest.manifest.description.clone(),
        operations: overview.newest.manifest.operations.clone(),
        newest_version: overview.newest.into(),
        versions: overview.versions,
        enforced_bindings: overview.enforced_bindings,
        shadow_bindings: overview.shadow_bindings,
        canary_bindings: overview.canary_bindings,
        draft_bindings: overview.draft_bindings,
        created_at: overview.policy.created_at,
    }
}
