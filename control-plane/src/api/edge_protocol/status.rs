//! What an edge runs.

use axum::{extract::State, http::StatusCode};
use countersign_model::EdgeStatus;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::TAG;
use crate::{api::edges, api_error::ApiError, auth::EdgeCaller, extract::Json, state::AppState};

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create_edge_status))
}

/// What the edge runs, every few seconds.
#[utoipa::path(
    post,
    path = "/edge/status",
    tag = TAG,
    request_body = EdgeStatus,
    extensions(("x-roles" = json!(["edge"]))),
    responses((status = 204, description = "Noted")),
)]
pub async fn create_edge_status(
    State(state): State<AppState>,
    edge: EdgeCaller,
    Json(status): Json<EdgeStatus>,
) -> Result<StatusCode, ApiError> {
    state
        .store
        .note_edge_status(edge.id, &status, state.now())
        .await?;
    state.activity.note(edge.id, &status, state.now());
    edges::announce(&state, edge.id);
    Ok(StatusCode::NO_CONTENT)
}
