//! How one may sign in, and signing out everywhere.

use axum::{
    extract::State,
    http::header::SET_COOKIE,
    response::{AppendHeaders, IntoResponse},
};
use countersign_store::NewAuditEvent;
use openidconnect::{LogoutRequest, PostLogoutRedirectUrl, core::CoreIdToken};
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    TAG,
    dto::{SignInOptions, SignInProviderButton, SignedOut},
};
use crate::{
    api_error::ApiError,
    auth::{self, Caller, Credentials, access::SignedIn},
    oidc::Provider,
    state::AppState,
};

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_sign_in_options))
        .routes(routes!(sign_out))
}

/// How one may sign in.
#[utoipa::path(
    get,
    path = "/sign-in/options",
    tag = TAG,
    extensions(("x-roles" = json!(["anyone"]))),
    responses((status = 200, description = "The ways in", body = SignInOptions)),
)]
pub async fn get_sign_in_options(State(state): State<AppState>) -> axum::Json<SignInOptions> {
    let oidc = state
        .provider
        .as_ref()
        .map(|provider| SignInProviderButton {
            name: provider.config().name.clone(),
            start_url: "/auth/oidc/start".to_owned(),
        });
    axum::Json(SignInOptions {
        oidc,
        links: state.sign_in_links,
    })
}

/// Ends the session and the tokens that `countersign login` got from it, or the one token that asks.
/// The answer says where to end the session at the identity provider too, where there is one.
#[utoipa::path(
    post,
    path = "/sign-out",
    tag = TAG,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member"]))),
    responses((status = 200, description = "Signed out", body = SignedOut)),
)]
pub async fn sign_out(
    State(state): State<AppState>,
    caller: Caller<SignedIn>,
) -> Result<impl IntoResponse, ApiError> {
    let now = state.now();
    let (provider, cookie, tokens) = match &caller.credentials {
        Credentials::Session { id, .. } => {
            let provider = state.store.session_provider(*id).await?;
            let tokens = state.store.end_web_session(*id, now).await?;
            (provider, auth::clear(state.secure()), tokens)
        }
        Credentials::Token { sha256, .. } => {
            if !state.store.revoke_login_token(sha256, now).await? {
                return Err(ApiError::conflict(
                    "no_session",
                    "The request was made with an API token that no login gave; revoke it instead.",
                ));
            }
            (None, None, 1)
        }
    };
    let event = NewAuditEvent {
        kind: "sign_out".to_owned(),
        actor: Some(caller.user.email.clone()),
        subject: Some(caller.user.email),
        detail: json!({"by": "person", "tokens": tokens}),
    };
    state.store.record_audit(event, now).await?;
    let end_session_url = match (&state.provider, provider) {
        (Some(ours), Some(theirs)) if theirs.issuer == ours.issuer().as_str() => {
            end_session_url(&state, ours, theirs.id_token.as_deref()).await
        }
        _ => None,
    };
    let headers = AppendHeaders(cookie.map(|value| (SET_COOKIE, value)));
    Ok((headers, axum::Json(SignedOut { end_session_url })))
}

/// Where the provider ends its session; `None` where it cannot, or does not answer: our own session is
/// over in any case.
async fn end_session_url(
    state: &AppState,
    provider: &Provider,
    id_token: Option<&str>,
) -> Option<String> {
    let found = provider.found(state.now()).await.ok()?;
    let back = PostLogoutRedirectUrl::new(format!("{}/sign-in", state.base_url)).ok()?;
    let request = LogoutRequest::from(Provider::end_session_url(&found)?)
        .set_client_id(provider.client_id())
        .set_post_logout_redirect_uri(back);
    let hint: Option<CoreIdToken> = id_token.and_then(|token| token.parse().ok());
    let request = match &hint {
        Some(hint) => request.set_id_token_hint(hint),
        None => request,
    };
    Some(request.http_get_url().into())
}

/// The session of the request; an API token has none.
pub fn session_of(credentials: &Credentials) -> Result<Uuid, ApiError> {
    match credentials {
        Credentials::Session { id, .. } => Ok(*id),
        Credentials::Token { .. } => Err(ApiError::conflict(
            "no_session",
            "This takes a person at the dashboard; an API token cannot do it.",
        )),
    }
}
