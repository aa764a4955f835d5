//! Signing in with a one-time link, and out.

pub mod dto;
pub mod options;
mod provider;

use axum::{
    extract::State,
    http::{StatusCode, header::SET_COOKIE},
    response::{AppendHeaders, IntoResponse},
};
use countersign_model::Timestamp;
use countersign_store::{NewAuditEvent, UserRecord};
use serde_json::{Value, json};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{CurrentSession, SignIn, SignedInUser};
use crate::{
    api_error::ApiError,
    auth::{self, Caller, ClientAddress, Credentials, SameOrigin, access::SignedIn},
    extract::Json,
    secret::{SESSION, SIGN_IN_LINK, Secret, sha256},
    state::AppState,
};

const TAG: &str = "sign in";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_session, get_session, delete_session))
        .merge(options::router())
        .merge(provider::router())
}

/// Signs a person in with a one-time link's token; sets the session cookie.
#[utoipa::path(
    post,
    path = "/session",
    tag = TAG,
    request_body = SignIn,
    extensions(("x-roles" = json!(["anyone"]))),
    responses((status = 201, description = "Signed in", body = CurrentSession)),
)]
pub async fn create_session(
    State(state): State<AppState>,
    client: ClientAddress,
    _same_origin: SameOrigin,
    Json(body): Json<SignIn>,
) -> Result<impl IntoResponse, ApiError> {
    let now = state.now();
    state.limiter.check(&client.0, now)?;
    let refused = || {
        ApiError::new(
            StatusCode::UNAUTHORIZED,
            "link_refused",
            "The link is unknown, used or expired. Ask for a new one.",
        )
    };
    if !state.sign_in_links {
        audit(
            &state,
            "sign_in.refused",
            None,
            json!({"code": "links_disabled"}),
        )
        .await?;
        return Err(ApiError::forbidden(
            "links_disabled",
            "People sign in by the identity provider here; one-time links do not work.",
        ));
    }
    if !body.token.starts_with(SIGN_IN_LINK) {
        return Err(refused());
    }
    let cookie = Secret::generate(SESSION)?;
    let session = state
        .store
        .redeem_sign_in_link(
            &sha256(&body.token),
            &cookie.sha256,
            state.session_limits,
            now,
        )
        .await?
        .ok_or_else(refused)?;
    tracing::info!(user.id = %session.user.id, "signed in");
    let who = Some(session.user.email.clone());
    audit(
        &state,
        "sign_in.link_used",
        who,
        json!({"address": client.0}),
    )
    .await?;
    let header = auth::set(&cookie.text, state.session_limits, state.secure());
    let csrf_token = auth::csrf_token(&cookie.text);
    Ok((
        StatusCode::CREATED,
        AppendHeaders(header.map(|value| (SET_COOKIE, value))),
        axum::Json(current(
            session.user,
            Some(csrf_token),
            Some(session.expires_at),
        )),
    ))
}

/// Who is signed in.
#[utoipa::path(
    get,
    path = "/session",
    tag = TAG,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member"]))),
    responses((status = 200, description = "Who is signed in", body = CurrentSession)),
)]
pub async fn get_session(caller: Caller<SignedIn>) -> axum::Json<CurrentSession> {
    let (csrf_token, expires_at) = match caller.credentials {
        Credentials::Session {
            csrf_token,
            expires_at,
            ..
        } => (Some(csrf_token), Some(expires_at)),
        Credentials::Token { expires_at, .. } => (None, expires_at),
    };
    axum::Json(current(caller.user, csrf_token, expires_at))
}

/// Signs the person out. An API token has no session to end; it is revoked instead.
#[utoipa::path(
    delete,
    path = "/session",
    tag = TAG,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member"]))),
    responses((status = 204, description = "Signed out")),
)]
pub async fn delete_session(
    State(state): State<AppState>,
    caller: Caller<SignedIn>,
) -> Result<impl IntoResponse, ApiError> {
    let Credentials::Session { id, .. } = caller.credentials else {
        return Err(ApiError::conflict(
            "no_session",
            "The request was made with an API token and has no session.",
        ));
    };
    state.store.end_web_session(id, state.now()).await?;
    let header = auth::clear(state.secure());
    Ok((
        StatusCode::NO_CONTENT,
        AppendHeaders(header.map(|value| (SET_COOKIE, value))),
    ))
}

async fn audit(
    state: &AppState,
    kind: &str,
    who: Option<String>,
    detail: Value,
) -> Result<(), ApiError> {
    let event = NewAuditEvent {
        kind: kind.to_owned(),
        actor: who.clone(),
        subject: who,
        detail,
    };
    state.store.record_audit(event, state.now()).await?;
    Ok(())
}

fn current(
    user: UserRecord,
    csrf_token: Option<String>,
    expires_at: Option<Timestamp>,
) -> CurrentSession {
    CurrentSession {
        user: SignedInUser {
            id: user.id,
            name: user.name,
            email: user.email,
            roles: user.roles,
            groups: user.groups,
            review_scope: user.review_scope,
        },
        csrf_token,
        expires_at,
    }
}
