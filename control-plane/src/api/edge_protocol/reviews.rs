//! Holding actions for people, and using their approvals.

use axum::{
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
};
use countersign_ledger::digest::sql_action;
use countersign_model::{RawOperation, ReviewId, ReviewRequest, ReviewResponse};
use countersign_store::{HoldError, ReviewRecord, UseError};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

use super::TAG;
use crate::{
    api_error::ApiError,
    auth::EdgeCaller,
    extract::{Json, Path},
    state::AppState,
};

/// Bytes that a held action may have as JSON.
const MAX_REQUEST: usize = 8 * 1024 * 1024;

/// Milliseconds that an action may be held.
const MAX_HOLD_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_edge_review).layer(DefaultBodyLimit::max(MAX_REQUEST)))
        .routes(routes!(withdraw_edge_review))
        .routes(routes!(use_edge_review))
}

/// Holds an action for people. The same request again answers the review it made.
#[utoipa::path(
    post,
    path = "/edge/reviews",
    tag = TAG,
    request_body = ReviewRequest,
    extensions(("x-roles" = json!(["edge"]))),
    responses((status = 201, description = "Held", body = ReviewResponse)),
)]
pub async fn create_edge_review(
    State(state): State<AppState>,
    edge: EdgeCaller,
    Json(request): Json<ReviewRequest>,
) -> Result<(StatusCode, axum::Json<ReviewResponse>), ApiError> {
    let now = state.now();
    check(&request)?;
    if request.expires_at.as_millis() > now.as_millis().saturating_add(MAX_HOLD_MILLIS) {
        return Err(ApiError::invalid_field(
            "/expires_at",
            "must be within a day",
        ));
    }
    let record = state
        .store
        .hold(edge.id, &request, now)
        .await
        .map_err(|error| match error {
            HoldError::NoReview => {
                ApiError::invalid_field("/decision/review", "the decision asks for no review")
            }
            HoldError::IdTaken => ApiError::conflict("id_taken", "The id names another review."),
            HoldError::Store(error) => error.into(),
        })?;
    tracing::info!(review.id = %record.id, edge.id = %edge.id, "action held");
    state.announce_review(&record);
    Ok((StatusCode::CREATED, axum::Json(response(&record))))
}

/// People approve the digest. That of SQL must be the one of the text and the values they are shown. That
/// of anything else is over bytes which only the edge has, such as headers with credentials in them.
fn check(request: &ReviewRequest) -> Result<(), ApiError> {
    match request.request.as_deref() {
        None => {
            let digest = sql_action(request.target_id, &request.text, &request.parameters);
            if request.digest == digest {
                return Ok(());
            }
            Err(ApiError::invalid_field(
                "/digest",
                "must be the digest of the target, the text and the parameters",
            ))
        }
        Some(RawOperation::Sql(_) | RawOperation::Access(_)) => Err(ApiError::invalid_field(
            "/request",
            "must be an operation other than SQL that runs",
        )),
        Some(_) if !is_digest(&request.digest) => Err(ApiError::invalid_field(
            "/digest",
            "must be 64 hex digits in lower case",
        )),
        Some(_) => Ok(()),
    }
}

fn is_digest(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 64 && text.bytes().all(is_hex)
}

/// The client went away: nobody needs to decide any more.
#[utoipa::path(
    post,
    path = "/edge/reviews/{id}/withdraw",
    tag = TAG,
    params(("id" = ReviewId, Path, description = "Which")),
    extensions(("x-roles" = json!(["edge"]))),
    responses((status = 200, description = "Where it stands now", body = ReviewResponse)),
)]
pub async fn withdraw_edge_review(
    State(state): State<AppState>,
    edge: EdgeCaller,
    Path(id): Path<ReviewId>,
) -> Result<axum::Json<ReviewResponse>, ApiError> {
    let record = state
        .store
        .withdraw_review(edge.id, id, state.now())
        .await?;
    state.announce_review(&record);
    Ok(axum::Json(response(&record)))
}

/// Uses an approval, once, right before the action runs. To any other caller it is 409
/// `not_approved`.
#[utoipa::path(
    post,
    path = "/edge/reviews/{id}/use",
    tag = TAG,
    params(("id" = ReviewId, Path, description = "Which")),
    extensions(("x-roles" = json!(["edge"]))),
    responses((status = 200, description = "Used", body = ReviewResponse)),
)]
pub async fn use_edge_review(
    State(state): State<AppState>,
    edge: EdgeCaller,
    Path(id): Path<ReviewId>,
) -> Result<axum::Json<ReviewResponse>, ApiError> {
    let record = state
        .store
        .use_review(edge.id, id, state.now())
        .await
        .map_err(|error| match error {
            UseError::NotApproved(state) => ApiError::conflict(
                "not_approved",
                format!("The review is not approved: it is {state:?}."),
            ),
            UseError::Store(error) => error.into(),
        })?;
    tracing::info!(review.id = %id, edge.id = %edge.id, "approval used");
    state.announce_review(&record);
    Ok(axum::Json(response(&record)))
}

fn response(record: &ReviewRecord) -> ReviewResponse {
    ReviewResponse {
        id: record.id,
        state: record.state,
        decision: record.votes.last().map(|vote| vote.decision),
    }
}
