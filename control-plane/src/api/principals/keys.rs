//! Public keys with which principals prove who they are (`private_key_jwt`).

use axum::{extract::State, http::StatusCode};
use countersign_model::PrincipalId;
use countersign_store::PrincipalKeyRecord;
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    TAG, announce,
    dto::{CreatePrincipalKey, PrincipalKey},
};
use crate::{
    api::{Page, rules},
    api_error::ApiError,
    auth::{
        Caller,
        access::{Admin, Reader},
    },
    extract::{Json, Path},
    oauth::{self, jwk::PublicKey},
    state::AppState,
};

/// Keys that a principal may have at once: the one in use, the next, and one for each of a few
/// places.
const MAX_KEYS: usize = 16;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_principal_keys, create_principal_key))
        .routes(routes!(delete_principal_key))
}

impl From<PrincipalKeyRecord> for PrincipalKey {
    fn from(record: PrincipalKeyRecord) -> Self {
        Self {
            kid: record.kid,
            jwk: record.jwk,
            created_by: record.created_by,
            created_at: record.created_at,
            last_used_at: record.last_used_at,
        }
    }
}

/// A principal's public keys, newest first.
#[utoipa::path(
    get,
    path = "/principals/{id}/keys",
    tag = TAG,
    params(("id" = PrincipalId, Path, description = "Whose")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The keys", body = Page<PrincipalKey>)),
)]
pub async fn list_principal_keys(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<PrincipalId>,
) -> Result<axum::Json<Page<PrincipalKey>>, ApiError> {
    let records = state.store.principal_keys(id).await?;
    Ok(axum::Json(Page::whole(records).map(PrincipalKey::from)))
}

/// Adds a public key: RSA with at least 2048 bits, EC on P-256, or OKP on Ed25519. Without a `kid`
/// it is named by its thumbprint (RFC 7638).
#[utoipa::path(
    post,
    path = "/principals/{id}/keys",
    tag = TAG,
    params(("id" = PrincipalId, Path, description = "Whose")),
    request_body = CreatePrincipalKey,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "The key", body = PrincipalKey)),
)]
pub async fn create_principal_key(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Path(id): Path<PrincipalId>,
    Json(body): Json<CreatePrincipalKey>,
) -> Result<(StatusCode, axum::Json<PrincipalKey>), ApiError> {
    let key = PublicKey::from_jwk(&body.jwk)
        .map_err(|error| ApiError::invalid_field("/jwk", error.to_string()))?;
    let kid = match body.jwk.get("kid").and_then(Value::as_str) {
        Some(kid) => {
            rules::line("/jwk/kid", kid)?;
            kid.to_owned()
        }
        None => key.thumbprint(),
    };
    if state.store.principal_keys(id).await?.len() >= MAX_KEYS {
        return Err(ApiError::conflict(
            "too_many_keys",
            "A principal has at most 16 keys. Remove one first.",
        ));
    }
    let by = &caller.user.email;
    let record = state
        .store
        .create_principal_key(id, &kid, &key.to_jwk(), by, state.now())
        .await?;
    note(&state, "principal.key_added", &caller, id, &kid).await?;
    announce(&state, id);
    Ok((StatusCode::CREATED, axum::Json(record.into())))
}

/// Removes a public key: what it signs is accepted no more. Credentials that it was exchanged for
/// end by themselves.
#[utoipa::path(
    delete,
    path = "/principals/{id}/keys/{kid}",
    tag = TAG,
    params(
        ("id" = PrincipalId, Path, description = "Whose"),
        ("kid" = String, Path, description = "Which"),
    ),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 204, description = "Removed")),
)]
pub async fn delete_principal_key(
    State(state): State<AppState>,
    caller: Caller<Admin>,
    Path((id, kid)): Path<(PrincipalId, String)>,
) -> Result<StatusCode, ApiError> {
    state
        .store
        .remove_principal_key(id, &kid, state.now())
        .await?;
    note(&state, "principal.key_removed", &caller, id, &kid).await?;
    announce(&state, id);
    Ok(StatusCode::NO_CONTENT)
}

async fn note(
    state: &AppState,
    kind: &str,
    caller: &Caller<Admin>,
    id: PrincipalId,
    kid: &str,
) -> Result<(), ApiError> {
    let who = Some(caller.user.email.clone());
    let detail = serde_json::json!({"kid": kid});
    oauth::audit(state, kind, who, Some(id.to_string()), detail).await
}
