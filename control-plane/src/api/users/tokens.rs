//! What lets a person in: one-time links and API tokens.

use axum::{extract::State, http::StatusCode};
use countersign_model::{ApiTokenId, UserId};
use countersign_store::{ApiTokenRecord, NewApiToken};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    TAG,
    dto::{ApiToken, CreateApiToken, CreateSignInLink, IssuedApiToken, SignInLink},
};
use crate::{
    api::{Page, rules},
    api_error::ApiError,
    auth::{Caller, access::Admin},
    extract::{Json, Path},
    secret::{API_TOKEN, SIGN_IN_LINK, Secret},
    sign_in_link,
    state::AppState,
};

const DEFAULT_TOKEN_SECONDS: u32 = 30 * 24 * 60 * 60;

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_sign_in_link))
        .routes(routes!(list_api_tokens, create_api_token))
        .routes(routes!(delete_api_token))
}

impl From<ApiTokenRecord> for ApiToken {
    fn from(token: ApiTokenRecord) -> Self {
        Self {
            id: token.id,
            user_id: token.user_id,
            name: token.name,
            created_at: token.created_at,
            expires_at: token.expires_at,
            revoked_at: token.revoked_at,
        }
    }
}

/// Makes a link that signs the person in, once.
#[utoipa::path(
    post,
    path = "/users/{id}/sign_in_links",
    tag = TAG,
    params(("id" = UserId, Path, description = "Whom")),
    request_body = CreateSignInLink,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "The link", body = SignInLink)),
)]
pub async fn create_sign_in_link(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<UserId>,
    Json(body): Json<CreateSignInLink>,
) -> Result<(StatusCode, axum::Json<SignInLink>), ApiError> {
    let now = state.now();
    let expires_at = rules::expiry(body.ttl_seconds, 600..=86_400, now)?;
    if !state.sign_in_links {
        return Err(ApiError::conflict(
            "links_disabled",
            "People sign in by the identity provider here; one-time links do not work.",
        ));
    }
    refuse_disabled(&state, id).await?;
    let token = Secret::generate(SIGN_IN_LINK)?;
    state
        .store
        .create_sign_in_link(id, &token.sha256, now, expires_at)
        .await?;
    let link = SignInLink {
        url: sign_in_link(&state.base_url, &token.text),
        expires_at,
    };
    Ok((StatusCode::CREATED, axum::Json(link)))
}

/// A person's API tokens, newest first.
#[utoipa::path(
    get,
    path = "/users/{id}/tokens",
    tag = TAG,
    params(("id" = UserId, Path, description = "Whose")),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "The tokens", body = Page<ApiToken>)),
)]
pub async fn list_api_tokens(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<UserId>,
) -> Result<axum::Json<Page<ApiToken>>, ApiError> {
    state.store.user(id).await?;
    let tokens = state.store.api_tokens(id).await?;
    Ok(axum::Json(Page::whole(tokens).map(ApiToken::from)))
}

/// Makes an API token that acts as the person.
#[utoipa::path(
    post,
    path = "/users/{id}/tokens",
    tag = TAG,
    params(("id" = UserId, Path, description = "Whose")),
    request_body = CreateApiToken,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "The token", body = IssuedApiToken)),
)]
pub async fn create_api_token(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<UserId>,
    Json(body): Json<CreateApiToken>,
) -> Result<(StatusCode, axum::Json<IssuedApiToken>), ApiError> {
    let now = state.now();
    rules::line("/name", &body.name)?;
    let seconds = body.ttl_seconds.unwrap_or(DEFAULT_TOKEN_SECONDS);
    let expires_at = rules::expiry(seconds, 60..=31_536_000, now)?;
    refuse_disabled(&state, id).await?;
    let token = Secret::generate(API_TOKEN)?;
    let new = NewApiToken {
        user_id: id,
        name: body.name,
        token_sha256: token.sha256,
        expires_at: Some(expires_at),
    };
    let record = state.store.create_api_token(new, now).await?;
    let issued = IssuedApiToken {
        id: record.id,
        token: token.text,
        expires_at,
    };
    Ok((StatusCode::CREATED, axum::Json(issued)))
}

/// Revokes an API token.
#[utoipa::path(
    delete,
    path = "/tokens/{id}",
    tag = TAG,
    params(("id" = ApiTokenId, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 204, description = "Revoked")),
)]
pub async fn delete_api_token(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<ApiTokenId>,
) -> Result<StatusCode, ApiError> {
    state.store.revoke_api_token(id, state.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn refuse_disabled(state: &AppState, id: UserId) -> Result<(), ApiError> {
    if state.store.user(id).await?.disabled_at.is_some() {
        return Err(ApiError::conflict(
            "user_disabled",
            "The person is disabled.",
        ));
    }
    Ok(())
}
