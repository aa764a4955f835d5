//! What an edge runs.

use axum::{extract::State, http::StatusCode};
use countersign_model::{EdgeId, EdgeStatus};
use countersign_store::{Breach, Edit, InstanceNote, Proposal, Proposed};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::TAG;
use crate::{
    api::{edges, locks, policy_changes},
    api_error::ApiError,
    auth::EdgeCaller,
    extract::Json,
    state::AppState,
};

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create_edge_status))
}

/// What the edge runs, every few seconds, and at once when a canary fails. A canary that breaks its
/// guard is taken back before this answers.
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
    note_instance(&state, edge.id, &status).await?;
    state.activity.note(edge.id, &status, state.now());
    edges::announce(&state, edge.id);
    for breach in state.store.breaches(&status).await? {
        take_back(&state, breach).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Locks an edge that runs twice, or from an older copy of its data folder.
async fn note_instance(state: &AppState, id: EdgeId, status: &EdgeStatus) -> Result<(), ApiError> {
    let Some(instance) = &status.instance else {
        return Ok(());
    };
    let noted = state
        .store
        .note_edge_instance(id, instance, status.started_at, status.at, state.now())
        .await?;
    if let InstanceNote::Cloned(Some(lock)) = noted {
        tracing::warn!(edge.id = %id, "an edge runs twice, or from an older copy; it is locked");
        locks::announce(state, &lock);
    }
    Ok(())
}

/// Takes a canary back, once, whoever reports it first.
async fn take_back(state: &AppState, breach: Breach) -> Result<(), ApiError> {
    let proposal = Proposal {
        edit: Edit::TakeBack(breach.binding, breach.canary_revision),
        comment: breach.reason.clone(),
        requested_by: None,
    };
    if let Proposed::Applied(change) = state.store.propose(proposal, state.now()).await? {
        tracing::warn!(
            binding.id = %breach.binding,
            change.id = %change.id,
            reason = breach.reason,
            "canary taken back"
        );
        policy_changes::announce(state, &change);
    }
    Ok(())
}
