//! Deciding a request for access.

use axum::extract::State;
use countersign_model::{GrantId, ReviewDecision};
use countersign_store::{GrantVoteError, NewGrantVote};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    TAG, announce, authority,
    dto::{DecideGrant, GrantView, MayNotDecideGrant},
    party::Party,
    view,
};
use crate::{
    api::rules,
    api_error::ApiError,
    auth::{Caller, access::Decider},
    extract::{Json, Path},
    state::AppState,
};

const MAX_COMMENT: usize = 2000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(approve_grant))
        .routes(routes!(deny_grant))
}

/// Approves a request. Its time begins with the last approval that is needed. Never open to who
/// asked, to the human behind them, or to the author of a policy that judged it.
#[utoipa::path(
    post,
    path = "/grants/{id}/approve",
    tag = TAG,
    params(("id" = GrantId, Path, description = "Which")),
    request_body = DecideGrant,
    extensions(("x-roles" = json!(["admin", "reviewer"]))),
    responses((status = 200, description = "The grant after the decision", body = GrantView)),
)]
pub async fn approve_grant(
    State(state): State<AppState>,
    caller: Caller<Decider>,
    Path(id): Path<GrantId>,
    Json(body): Json<DecideGrant>,
) -> Result<axum::Json<GrantView>, ApiError> {
    decide(&state, caller, id, ReviewDecision::Approve, body.comment).await
}

/// Denies a request. One deny ends it.
#[utoipa::path(
    post,
    path = "/grants/{id}/deny",
    tag = TAG,
    params(("id" = GrantId, Path, description = "Which")),
    request_body = DecideGrant,
    extensions(("x-roles" = json!(["admin", "reviewer"]))),
    responses((status = 200, description = "The grant after the decision", body = GrantView)),
)]
pub async fn deny_grant(
    State(state): State<AppState>,
    caller: Caller<Decider>,
    Path(id): Path<GrantId>,
    Json(body): Json<DecideGrant>,
) -> Result<axum::Json<GrantView>, ApiError> {
    decide(&state, caller, id, ReviewDecision::Deny, body.comment).await
}

async fn decide(
    state: &AppState,
    caller: Caller<Decider>,
    id: GrantId,
    decision: ReviewDecision,
    comment: String,
) -> Result<axum::Json<GrantView>, ApiError> {
    rules::prose("/comment", &comment, MAX_COMMENT)?;
    let now = state.now();
    let user = caller.user;
    let grant = state.store.grant(id).await?;
    authority::may_decide(&user, &grant, now).map_err(refused)?;
    let vote = NewGrantVote {
        user_id: user.id,
        email: user.email.clone(),
        decision,
        comment,
    };
    let decided = state.store.vote_on_grant(id, vote, now).await;
    let decided = decided.map_err(not_counted)?;
    announce(state, &decided);
    let party = Party::Person(user);
    Ok(axum::Json(view::view(decided, &party, now)))
}

fn refused(why: MayNotDecideGrant) -> ApiError {
    match why {
        MayNotDecideGrant::NotPending => not_pending(),
        MayNotDecideGrant::Role => {
            ApiError::forbidden("forbidden", "Your role does not allow this.")
        }
        MayNotDecideGrant::Requester => ApiError::forbidden(
            "requester",
            "You asked for this, or are behind who did: somebody else must decide.",
        ),
        MayNotDecideGrant::Author => ApiError::forbidden(
            "policy_author",
            "A policy of yours judged this request: somebody else must decide.",
        ),
        MayNotDecideGrant::Scope => ApiError::forbidden(
            "out_of_scope",
            "One of the targets is outside the scope of your reviews.",
        ),
        MayNotDecideGrant::Group => ApiError::forbidden(
            "not_a_reviewer",
            "You are in none of the groups that may decide this.",
        ),
        MayNotDecideGrant::AlreadyDecided => already_decided(),
    }
}

fn not_counted(error: GrantVoteError) -> ApiError {
    match error {
        GrantVoteError::NotRequested(_) => not_pending(),
        GrantVoteError::AlreadyDecided => already_decided(),
        GrantVoteError::Store(error) => error.into(),
    }
}

fn not_pending() -> ApiError {
    ApiError::conflict("not_pending", "The request was decided or has ended.")
}

fn already_decided() -> ApiError {
    ApiError::conflict("already_decided", "You have decided this request already.")
}
