//! Policy sets: what was enforced as of each revision at which that changed.

pub mod dto;

use axum::{extract::State, response::Response};
use countersign_store::{Edit, PolicySetRecord};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{PolicySet, PolicySetSummary};
use super::{
    Page, PageQuery,
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

const TAG: &str = "policy sets";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_policy_sets))
        .routes(routes!(get_policy_set))
        .routes(routes!(restore_policy_set))
}

impl From<PolicySetRecord> for PolicySetSummary {
    fn from(record: PolicySetRecord) -> Self {
        let by = record.created_by.map(|(_, name)| name);
        Self {
            revision: record.revision,
            at: record.created_at,
            by: by.unwrap_or_else(|| "system".to_owned()),
            kind: record.kind,
            summary: record.summary,
            comment: record.comment,
        }
    }
}

/// Policy sets, newest first.
#[utoipa::path(
    get,
    path = "/policy_sets",
    tag = TAG,
    params(PageQuery),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "Policy sets", body = Page<PolicySetSummary>)),
)]
pub async fn list_policy_sets(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<PolicySetSummary>>, ApiError> {
    let sets = state
        .store
        .policy_sets(page.key()?, page.limit_and_one())
        .await?;
    let page = page.cut(sets, |set| set.revision);
    Ok(axum::Json(page.map(PolicySetSummary::from)))
}

/// The policy set that was in force at a revision: the newest that is not newer.
#[utoipa::path(
    get,
    path = "/policy_sets/{revision}",
    tag = TAG,
    params(("revision" = u64, Path, description = "A revision of the bundle")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The policy set", body = PolicySet)),
)]
pub async fn get_policy_set(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(revision): Path<u64>,
) -> Result<axum::Json<PolicySet>, ApiError> {
    let mut record = state
        .store
        .policy_set_at(revision)
        .await?
        .ok_or_else(|| ApiError::not_found("policy set"))?;
    let state = std::mem::take(&mut record.state);
    Ok(axum::Json(PolicySet {
        summary: record.into(),
        bindings: state.bindings,
        documents: state.documents,
    }))
}

/// Puts everything back to how it was in a policy set. Drafts that came since stay drafts. Answers
/// the change, or 202 where another admin has to approve it.
#[utoipa::path(
    post,
    path = "/policy_sets/{revision}/restore",
    tag = TAG,
    params(("revision" = u64, Path, description = "The policy set's own revision")),
    request_body = ChangeComment,
    extensions(("x-roles" = json!(["admin", "policy_author"]))),
    responses(
        (status = 200, description = "The change", body = PolicyChange),
        (status = 202, description = "It waits for another admin", body = PendingChange),
    ),
)]
pub async fn restore_policy_set(
    State(state): State<AppState>,
    caller: Caller<Author>,
    Path(revision): Path<u64>,
    Json(body): Json<ChangeComment>,
) -> Result<Response, ApiError> {
    let edit = Edit::Restore(revision);
    let proposed = policy_changes::propose(&state, caller.user.id, edit, body.comment).await?;
    policy_changes::answer(proposed)
}
