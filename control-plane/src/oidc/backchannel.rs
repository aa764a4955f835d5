//! The provider tells that a session is over (OpenID Connect Back-Channel Logout 1.0).

use axum::{
    Form,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_store::{NewAuditEvent, ProviderLogout};
use serde::Deserialize;
use serde_json::json;

use super::{
    logout_token::{self, LogoutToken, LogoutTokenError},
    provider::Provider,
};
use crate::{api_error::ApiError, auth::ClientAddress, secret::sha256, state::AppState};

/// What the provider sends.
#[derive(Deserialize)]
pub struct Notice {
    logout_token: String,
}

/// Ends what the token names.
pub async fn receive(
    State(state): State<AppState>,
    client: ClientAddress,
    Form(notice): Form<Notice>,
) -> Result<Response, ApiError> {
    let Some(provider) = state.provider.clone() else {
        return Err(ApiError::not_found("identity provider"));
    };
    let token = match read(&state, &provider, &notice.logout_token).await {
        Ok(token) => token,
        Err(why) => return refuse(&state, &client, &why).await,
    };
    let now = state.now();
    let issuer = provider.issuer().as_str();
    let key = sha256(&format!("{issuer}\n{}", token.jti));
    let first = state
        .store
        .first_use("logout_token", &key, token.expires_at, now)
        .await?;
    if !first {
        return refuse(&state, &client, "it was used before").await;
    }
    let logout = ProviderLogout {
        issuer,
        subject: token.subject.as_deref(),
        session: token.session.as_deref(),
    };
    let ended = state.store.end_provider_sessions(logout, now).await?;
    tracing::info!(
        sessions = ended.sessions,
        tokens = ended.tokens,
        "the identity provider ended sessions"
    );
    let event = NewAuditEvent {
        kind: "sign_out".to_owned(),
        actor: None,
        subject: token.subject,
        detail: json!({"by": "provider", "sessions": ended.sessions, "tokens": ended.tokens}),
    };
    state.store.record_audit(event, now).await?;
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response())
}

/// Checks the token; a key that is new to us is looked up.
async fn read(state: &AppState, provider: &Provider, token: &str) -> Result<LogoutToken, String> {
    let now = state.now();
    let (issuer, client) = (provider.issuer().as_str(), &provider.config().client_id);
    let found = provider.found(now).await.map_err(|error| error.detail)?;
    let checked = logout_token::check(token, found.keys.keys(), issuer, client, now);
    if checked != Err(LogoutTokenError::UnknownKey) {
        return checked.map_err(|error| error.to_string());
    }
    let newer = provider.with_new_keys(&found, now).await;
    let keys = newer.map_err(|error| error.detail)?.unwrap_or(found);
    logout_token::check(token, keys.keys.keys(), issuer, client, now)
        .map_err(|error| error.to_string())
}

/// The error that the standard wants; nothing ended.
async fn refuse(state: &AppState, client: &ClientAddress, why: &str) -> Result<Response, ApiError> {
    let now = state.now();
    // Anybody can send what is refused, and each refusal is kept.
    state.sign_ins.check(&client.0, now)?;
    tracing::info!(why, "logout token refused");
    let event = NewAuditEvent {
        kind: "sign_out.refused".to_owned(),
        actor: None,
        subject: None,
        detail: json!({"detail": why, "address": client.0}),
    };
    state.store.record_audit(event, now).await?;
    let body = json!({"error": "invalid_request", "error_description": why});
    Ok((
        StatusCode::BAD_REQUEST,
        [(header::CACHE_CONTROL, "no-store")],
        axum::Json(body),
    )
        .into_response())
}
