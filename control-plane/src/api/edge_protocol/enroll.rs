//! A new edge shows its join token and its public key.

use axum::{extract::State, http::StatusCode};
use countersign_ledger::{join::JoinToken, keys::VerifyingKey};
use countersign_model::{EnrollRequest, EnrollResponse};
use countersign_store::{NewEdge, StoreError};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::TAG;
use crate::{
    api::{edges, rules},
    api_error::ApiError,
    auth::ClientAddress,
    extract::Json,
    state::AppState,
};

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(enroll_edge))
}

/// Enrolls an edge with a join token, once.
#[utoipa::path(
    post,
    path = "/edge/enroll",
    tag = TAG,
    request_body = EnrollRequest,
    extensions(("x-roles" = json!(["anyone"]))),
    responses((status = 201, description = "Enrolled", body = EnrollResponse)),
)]
pub async fn enroll_edge(
    State(state): State<AppState>,
    client: ClientAddress,
    Json(body): Json<EnrollRequest>,
) -> Result<(StatusCode, axum::Json<EnrollResponse>), ApiError> {
    let now = state.now();
    state.limiter.check(&client.0, now)?;
    let refused = || {
        ApiError::new(
            StatusCode::UNAUTHORIZED,
            "join_token_refused",
            "The join token is unknown, used, revoked or expired.",
        )
    };
    let key: VerifyingKey = body
        .public_key
        .parse()
        .map_err(|_| ApiError::invalid_field("/public_key", "must be an Ed25519 key in base64"))?;
    if let Some(name) = &body.name {
        rules::name("/name", name)?;
    }
    rules::line("/version", &body.version)?;
    let token: JoinToken = body.join_token.parse().map_err(|_| refused())?;
    let new = NewEdge {
        name: body.name,
        public_key: key.to_string(),
        version: body.version,
    };
    let edge = state
        .store
        .enroll_edge(&token.sha256(), new, now)
        .await
        .map_err(|error| match error {
            StoreError::NotFound(_) => refused(),
            error => error.into(),
        })?;
    tracing::info!(edge.id = %edge.id, edge.name = edge.name, "edge enrolled");
    edges::announce(&state, edge.id);
    let signing = state.signer.current();
    let response = EnrollResponse {
        edge_id: edge.id,
        name: edge.name,
        control_plane_key: signing.key.verifying_key().to_string(),
        handovers: signing.handovers.clone(),
    };
    Ok((StatusCode::CREATED, axum::Json(response)))
}
