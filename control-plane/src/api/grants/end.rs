//! Ending a grant before its time, or a request before it is decided.

use axum::extract::State;
use countersign_model::{GrantId, GrantState, Role};
use countersign_store::{EndGrantError, GrantEnd};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    TAG, announce,
    dto::{GrantView, RevokeGrant},
    find,
    party::Party,
    view,
};
use crate::{
    api::rules,
    api_error::ApiError,
    auth::Actor,
    extract::{Json, Path},
    state::AppState,
};

const MAX_REASON: usize = 2000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(withdraw_grant))
        .routes(routes!(revoke_grant))
        .routes(routes!(complete_grant))
}

/// Takes a request back. For who asked, and who is behind the holder.
#[utoipa::path(
    post,
    path = "/grants/{id}/withdraw",
    tag = TAG,
    params(("id" = GrantId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member", "principal"]))),
    responses((status = 200, description = "The request, withdrawn", body = GrantView)),
)]
pub async fn withdraw_grant(
    State(state): State<AppState>,
    actor: Actor,
    Path(id): Path<GrantId>,
) -> Result<axum::Json<GrantView>, ApiError> {
    let party = Party::from(actor);
    end(&state, &party, id, GrantState::Withdrawn, None).await
}

/// Revokes a grant; what runs under it ends within a second. For admins, and for who holds it or is
/// behind who does. What was asked for to follow on it ends too.
#[utoipa::path(
    post,
    path = "/grants/{id}/revoke",
    tag = TAG,
    params(("id" = GrantId, Path, description = "Which")),
    request_body = RevokeGrant,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member", "principal"]))),
    responses((status = 200, description = "The grant, revoked", body = GrantView)),
)]
pub async fn revoke_grant(
    State(state): State<AppState>,
    actor: Actor,
    Path(id): Path<GrantId>,
    Json(body): Json<RevokeGrant>,
) -> Result<axum::Json<GrantView>, ApiError> {
    rules::prose("/reason", &body.reason, MAX_REASON)?;
    let party = Party::from(actor);
    let reason = Some(body.reason).filter(|reason| !reason.trim().is_empty());
    end(&state, &party, id, GrantState::Revoked, reason).await
}

/// Says that the grant's task is done, which ends it. For admins, and for who holds it or is behind
/// who does.
#[utoipa::path(
    post,
    path = "/grants/{id}/complete",
    tag = TAG,
    params(("id" = GrantId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member", "principal"]))),
    responses((status = 200, description = "The grant, completed", body = GrantView)),
)]
pub async fn complete_grant(
    State(state): State<AppState>,
    actor: Actor,
    Path(id): Path<GrantId>,
) -> Result<axum::Json<GrantView>, ApiError> {
    let party = Party::from(actor);
    end(&state, &party, id, GrantState::Completed, None).await
}

async fn end(
    state: &AppState,
    party: &Party,
    id: GrantId,
    to: GrantState,
    reason: Option<String>,
) -> Result<axum::Json<GrantView>, ApiError> {
    let grant = find(state, party, id).await?;
    let admin = party.person().is_some_and(|user| user.is(Role::Admin));
    // A request is its requester's alone: an admin denies it instead.
    if !party.is_behind(&grant) && (!admin || to == GrantState::Withdrawn) {
        return Err(ApiError::forbidden(
            "not_yours",
            "You neither hold this grant nor are behind who does.",
        ));
    }
    let now = state.now();
    let end = GrantEnd {
        to,
        by: party.name().to_owned(),
        reason,
    };
    let ended = state.store.end_grant(id, end, now).await;
    let ended = ended.map_err(not_ended)?;
    for grant in &ended {
        announce(state, grant);
    }
    let first = ended.into_iter().next();
    let first = first.ok_or_else(|| ApiError::not_found("grant"))?;
    Ok(axum::Json(view::view(first, party, now)))
}

fn not_ended(error: EndGrantError) -> ApiError {
    match error {
        EndGrantError::WrongState(GrantState::Requested) => ApiError::conflict(
            "not_active",
            "Nobody has decided this request yet; it can be withdrawn.",
        ),
        EndGrantError::WrongState(GrantState::Active) => {
            ApiError::conflict("not_pending", "The grant is in force; it can be revoked.")
        }
        EndGrantError::WrongState(_) => ApiError::conflict("ended", "It has ended already."),
        EndGrantError::Store(error) => error.into(),
    }
}
