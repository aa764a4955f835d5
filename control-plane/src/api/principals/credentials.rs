//! Principals' credentials.

use axum::{extract::State, http::StatusCode};
use countersign_model::{CredentialId, PrincipalId};
use countersign_store::CredentialRecord;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    TAG, announce,
    dto::{CreateCredential, Credential, IssuedCredential},
};
use crate::{
    api::{Page, rules},
    api_error::ApiError,
    auth::{
        Caller,
        access::{Admin, Reader},
    },
    extract::{Json, Path},
    secret::{CREDENTIAL, Secret},
    state::AppState,
};

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_credentials, create_credential))
        .routes(routes!(delete_credential))
}

impl From<CredentialRecord> for Credential {
    fn from(record: CredentialRecord) -> Self {
        Self {
            id: record.id,
            principal_id: record.principal_id,
            created_at: record.created_at,
            expires_at: record.expires_at,
            revoked_at: record.revoked_at,
        }
    }
}

/// A principal's credentials, newest first.
#[utoipa::path(
    get,
    path = "/principals/{id}/credentials",
    tag = TAG,
    params(("id" = PrincipalId, Path, description = "Whose")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "The credentials", body = Page<Credential>)),
)]
pub async fn list_credentials(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Path(id): Path<PrincipalId>,
) -> Result<axum::Json<Page<Credential>>, ApiError> {
    let records = state.store.credentials(id).await?;
    Ok(axum::Json(Page::whole(records).map(Credential::from)))
}

/// Makes a credential; its secret is shown here alone.
#[utoipa::path(
    post,
    path = "/principals/{id}/credentials",
    tag = TAG,
    params(("id" = PrincipalId, Path, description = "Whose")),
    request_body = CreateCredential,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "The credential", body = IssuedCredential)),
)]
pub async fn create_credential(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<PrincipalId>,
    Json(body): Json<CreateCredential>,
) -> Result<(StatusCode, axum::Json<IssuedCredential>), ApiError> {
    let now = state.now();
    let expires_at = rules::expiry(body.ttl_seconds, 60..=2_592_000, now)?;
    let secret = Secret::generate(CREDENTIAL)?;
    let record = state
        .store
        .create_credential(id, &secret.sha256, now, expires_at)
        .await?;
    announce(&state, id);
    let issued = IssuedCredential {
        id: record.id,
        secret: secret.text,
        expires_at,
    };
    Ok((StatusCode::CREATED, axum::Json(issued)))
}

/// Revokes a credential; sessions that it opened end.
#[utoipa::path(
    delete,
    path = "/credentials/{id}",
    tag = TAG,
    params(("id" = CredentialId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 204, description = "Revoked")),
)]
pub async fn delete_credential(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<CredentialId>,
) -> Result<StatusCode, ApiError> {
    let principal = state.store.revoke_credential(id, state.now()).await?;
    announce(&state, principal);
    Ok(StatusCode::NO_CONTENT)
}
