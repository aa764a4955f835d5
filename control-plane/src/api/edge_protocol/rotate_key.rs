//! An edge puts a fresh key in the place of its own.

use axum::{extract::State, http::StatusCode};
use countersign_ledger::{key_proof, keys::VerifyingKey};
use countersign_model::RotateKeyRequest;
use countersign_store::StoreError;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::TAG;
use crate::{api::edges, api_error::ApiError, auth::EdgeCaller, extract::Json, state::AppState};

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(rotate_edge_key))
}

/// Puts a fresh key in the place of the one that signed this request. The one before is accepted for
/// two minutes more; who uses it later is taken for a copy of the edge, which is then locked.
/// Idempotent: asking again with the key that is in place already does nothing.
#[utoipa::path(
    post,
    path = "/edge/rotate-key",
    tag = TAG,
    request_body = RotateKeyRequest,
    extensions(("x-roles" = json!(["edge"]))),
    responses((status = 204, description = "It is the edge's key now")),
)]
pub async fn rotate_edge_key(
    State(state): State<AppState>,
    edge: EdgeCaller,
    Json(body): Json<RotateKeyRequest>,
) -> Result<StatusCode, ApiError> {
    let key: VerifyingKey = body
        .public_key
        .parse()
        .map_err(|_| ApiError::invalid_field("/public_key", "must be an Ed25519 key in base64"))?;
    if !key_proof::verify(&key, edge.id, &body.proof) {
        return Err(ApiError::invalid_field(
            "/proof",
            "must be the new key's own signature",
        ));
    }
    let now = state.now();
    let rotated = state
        .store
        .rotate_edge_key(edge.id, &edge.key, &key.to_string(), now)
        .await
        .map_err(|error| match error {
            StoreError::NotFound(_) => {
                ApiError::conflict("key_replaced", "The edge signs with another key by now.")
            }
            error => error.into(),
        })?;
    if rotated {
        tracing::info!(edge.id = %edge.id, "edge key rotated");
        edges::announce(&state, edge.id);
    }
    Ok(StatusCode::NO_CONTENT)
}
