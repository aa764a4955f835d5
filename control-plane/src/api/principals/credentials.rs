//! Principals' credentials.

use axum::{extract::State, http::StatusCode};
use countersign_model::{CredentialId, PrincipalId};
use countersign_store::{CredentialRecord, IssuedTokenRecord, StoreError};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    TAG, announce,
    dto::{CreateCredential, Credential, CredentialKind, IssuedCredential},
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

/// Signed credentials that are listed: they are short-lived, and an agent may have many.
const MAX_SIGNED: u64 = 100;

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
            kind: CredentialKind::Opaque,
            on_behalf_of: None,
            grant_id: None,
            once: false,
            last_used_at: None,
        }
    }
}

impl From<IssuedTokenRecord> for Credential {
    fn from(record: IssuedTokenRecord) -> Self {
        Self {
            id: record.id,
            principal_id: record.principal_id,
            created_at: record.issued_at,
            expires_at: record.expires_at,
            revoked_at: record.revoked_at,
            kind: CredentialKind::Signed,
            on_behalf_of: record.human_id,
            grant_id: record.grant_id,
            once: record.once,
            last_used_at: record.last_used_at,
        }
    }
}

/// A principal's credentials, newest first: secrets, and the latest signed ones that it acts by or
/// that act for it.
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
    let opaque = state.store.credentials(id).await?.into_iter();
    let signed = state.store.issued_tokens(id, MAX_SIGNED).await?.into_iter();
    let mut all: Vec<Credential> = opaque.map(Credential::from).collect();
    all.extend(signed.map(Credential::from));
    // Ids sort by when they were made.
    all.sort_by_key(|credential| std::cmp::Reverse(credential.id));
    Ok(axum::Json(Page::whole(all)))
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
    let now = state.now();
    let principal = match state.store.revoke_credential(id, now).await {
        Err(StoreError::NotFound(what)) => {
            let signed = state.store.revoke_issued_token(id, now).await?;
            signed.ok_or(StoreError::NotFound(what))?
        }
        result => result?,
    };
    announce(&state, principal);
    Ok(StatusCode::NO_CONTENT)
}
