//! What an edge enforces, and the modules it needs for that.

use axum::{extract::State, response::IntoResponse};
use countersign_ledger::keys::sign_bundle;
use countersign_model::{Bundle, SignedBundle};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::TAG;
use crate::{
    api::policies::{dto::WasmModule, versions::module_headers},
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
    let content = state.store.bundle(now).await?;
    let bundle = Bundle {
        edge_id: edge.id,
        revision: content.revision,
        issued_at: now,
        expires_at: now.after(state.bundle_lifetime),
        targets: content.targets,
        principals: content.principals,
        bindings: content.bindings,
        modules: content.modules,
        documents: Vec::new(),
        signatures: Vec::new(),
        counter_split: 1,
    };
    let signed = sign_bundle(&state.key, &bundle).map_err(ApiError::internal)?;
    Ok(axum::Json(signed))
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
    let is_digest = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_digest {
        return Err(ApiError::not_found("module"));
    }
    let bytes = state.store.module(&digest).await?;
    Ok((module_headers(&digest), bytes))
}
