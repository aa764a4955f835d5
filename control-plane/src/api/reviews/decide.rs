//! Deciding a review.

use axum::{extract::State, http::StatusCode};
use countersign_model::ReviewId;
use countersign_store::{DecideError, NewDecision};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    TAG, authority,
    dto::{CreateReviewDecision, MayNotDecide, Review},
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
    OpenApiRouter::new().routes(routes!(create_review_decision))
}

/// Approves or denies. Never open to the requester, nor to the one on whose behalf they act; the
/// digest must be the one of what was shown.
#[utoipa::path(
    post,
    path = "/reviews/{id}/decisions",
    tag = TAG,
    params(("id" = ReviewId, Path, description = "Which")),
    request_body = CreateReviewDecision,
    extensions(("x-roles" = json!(["admin", "reviewer"]))),
    responses((status = 201, description = "The review after the decision", body = Review)),
)]
pub async fn create_review_decision(
    State(state): State<AppState>,
    caller: Caller<Decider>,
    Path(id): Path<ReviewId>,
    Json(body): Json<CreateReviewDecision>,
) -> Result<(StatusCode, axum::Json<Review>), ApiError> {
    rules::prose("/comment", &body.comment, MAX_COMMENT)?;
    let now = state.now();
    let record = state.store.review(id).await?;
    authority::may_decide(&caller.user, &record, now).map_err(refused)?;
    let new = NewDecision {
        user_id: caller.user.id,
        decision: body.decision,
        comment: body.comment,
        digest: body.digest,
    };
    let decided = state
        .store
        .decide(id, new, now)
        .await
        .map_err(not_counted)?;
    state.announce_review(&decided);
    tracing::info!(review.id = %id, user.id = %caller.user.id, state = ?decided.state, "review decided");
    let stored = state.store.stored_review(id).await?;
    let review = view(stored, &caller.user, now);
    Ok((StatusCode::CREATED, axum::Json(review)))
}

fn refused(why: MayNotDecide) -> ApiError {
    match why {
        MayNotDecide::NotPending => not_pending(),
        MayNotDecide::Role => ApiError::forbidden("forbidden", "Your role does not allow this."),
        MayNotDecide::Requester => ApiError::forbidden(
            "requester",
            "You asked for this, or it is done on your behalf: somebody else must decide.",
        ),
        MayNotDecide::Group => ApiError::forbidden(
            "not_a_reviewer",
            "You are in none of the groups that may decide this.",
        ),
        MayNotDecide::Scope => ApiError::forbidden(
            "out_of_scope",
            "The target is not among those whose reviews you decide.",
        ),
        MayNotDecide::AlreadyDecided => already_decided(),
    }
}

fn not_counted(error: DecideError) -> ApiError {
    match error {
        DecideError::NotPending(_) => not_pending(),
        DecideError::StaleDigest => ApiError::conflict(
            "stale_digest",
            "The digest is not that of what is held. Load the review again.",
        ),
        DecideError::AlreadyDecided => already_decided(),
        DecideError::Store(error) => error.into(),
    }
}

fn not_pending() -> ApiError {
    ApiError::conflict("not_pending", "The review has been decided or has ended.")
}

fn already_decided() -> ApiError {
    ApiError::conflict("already_decided", "You have decided this review already.")
}
