//! Tokens that enroll one edge each.

use axum::{extract::State, http::StatusCode};
use countersign_ledger::join::JoinToken;
use countersign_model::JoinTokenId;
use countersign_store::JoinTokenRecord;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    TAG,
    dto::{CreateJoinToken, IssuedJoinToken, JoinTokenView},
};
use crate::{
    api::{Page, PageQuery, rules},
    api_error::ApiError,
    auth::{Caller, access::Admin},
    extract::{Json, Path, Query},
    state::AppState,
};

const DEFAULT_SECONDS: u32 = 60 * 60;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_join_tokens, create_join_token))
        .routes(routes!(delete_join_token))
}

impl From<JoinTokenRecord> for JoinTokenView {
    fn from(record: JoinTokenRecord) -> Self {
        Self {
            id: record.id,
            name: record.name,
            created_at: record.created_at,
            expires_at: record.expires_at,
            used_at: record.used_at,
            edge_id: record.edge_id,
            revoked_at: record.revoked_at,
        }
    }
}

/// Join tokens, newest first.
#[utoipa::path(
    get,
    path = "/join_tokens",
    tag = TAG,
    params(PageQuery),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "Join tokens", body = Page<JoinTokenView>)),
)]
pub async fn list_join_tokens(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<JoinTokenView>>, ApiError> {
    let records = state
        .store
        .join_tokens(page.key()?, page.limit_and_one())
        .await?;
    let page = page.cut(records, |record| record.id);
    Ok(axum::Json(page.map(JoinTokenView::from)))
}

/// Makes a token that enrolls one edge.
#[utoipa::path(
    post,
    path = "/join_tokens",
    tag = TAG,
    request_body = CreateJoinToken,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "The token", body = IssuedJoinToken)),
)]
pub async fn create_join_token(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Json(body): Json<CreateJoinToken>,
) -> Result<(StatusCode, axum::Json<IssuedJoinToken>), ApiError> {
    rules::name("/name", &body.name)?;
    let now = state.now();
    let seconds = body.ttl_seconds.unwrap_or(DEFAULT_SECONDS);
    let expires_at = rules::expiry(seconds, 60..=604_800, now)?;
    let token = JoinToken::generate(state.signer.current().key.verifying_key())
        .map_err(ApiError::internal)?;
    let record = state
        .store
        .create_join_token(&body.name, &token.sha256(), now, expires_at)
        .await?;
    let issued = IssuedJoinToken {
        id: record.id,
        token: token.encode(),
        expires_at,
    };
    Ok((StatusCode::CREATED, axum::Json(issued)))
}

/// Revokes a join token that was not used.
#[utoipa::path(
    delete,
    path = "/join_tokens/{id}",
    tag = TAG,
    params(("id" = JoinTokenId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 204, description = "Revoked")),
)]
pub async fn delete_join_token(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<JoinTokenId>,
) -> Result<StatusCode, ApiError> {
    state.store.revoke_join_token(id, state.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
