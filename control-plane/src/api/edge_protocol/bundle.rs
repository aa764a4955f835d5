//! What an edge enforces, and the modules it needs for that.

use axum::{extract::State, response::IntoResponse};
use countersign_model::SignedBundle;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::TAG;
use crate::{
    api::{
        documents::document_headers,
        policies::{dto::WasmModule, versions::module_headers},
    },
    api_error::ApiError,
    auth::EdgeCaller,
    extract::Path,
    state::AppState,
};

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_edge_bundle))
        .routes(routes!(get_edge_module))
        .routes(routes!(get_edge_document))
}

/// The newest bundle, signed now: fetching it again renews its expiry.
#[utoipa::path(
    get,
    path = "/edge/bundle",
    tag = TAG,
    extensions(("x-roles" = json!(["edge"]))),
    responses((status = 200, description = "The bundle", body = SignedBundle)),
)]
pub async fn get_edge_bundle(
    State(state): State<AppState>,
    edge: EdgeCaller,
) -> Result<axum::Json<SignedBundle>, ApiError> {
    let now = state.now();
    let content = state.bundles.get(&state.store, now).await?;
    let expires_at = now.after(state.bundle_lifetime);
    let payload = content
        .address(edge.id, now, expires_at)
        .map_err(ApiError::internal)?;
    Ok(axum::Json(state.signer.current().sign(payload)))
}

/// A data document by its digest: one JSON object.
#[utoipa::path(
    get,
    path = "/edge/documents/{digest}",
    tag = TAG,
    params(("digest" = String, Path, description = "SHA-256 in hex")),
    extensions(("x-roles" = json!(["edge"]))),
    responses((
        status = 200,
        description = "The document",
        body = serde_json::Value,
        content_type = "application/json",
    )),
)]
pub async fn get_edge_document(
    State(state): State<AppState>,
    _edge: EdgeCaller,
    Path(digest): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    if !is_digest(&digest) {
        return Err(ApiError::not_found("document"));
    }
    let bytes = state.store.document_content(&digest).await?;
    Ok((document_headers(&digest), bytes))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A module by its digest.
#[utoipa::path(
    get,
    path = "/edge/modules/{digest}",
    tag = TAG,
    params(("digest" = String, Path, description = "SHA-256 in hex")),
    extensions(("x-roles" = json!(["edge"]))),
    responses((
        status = 200,
        description = "The component",
        body = WasmModule,
        content_type = "application/wasm",
    )),
)]
pub async fn get_edge_module(
    State(state): State<AppState>,
    _edge: EdgeCaller,
    Path(digest): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    if !is_digest(&digest) {
        return Err(ApiError::not_found("module"));
    }
    let bytes = state.store.module(&digest).await?;
    Ok((module_headers(&digest), bytes))
}
