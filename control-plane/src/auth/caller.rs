//! The person who calls.

use std::marker::PhantomData;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use countersign_model::Timestamp;
use countersign_store::UserRecord;
use uuid::Uuid;

use super::{access::Access, cookie, origin};
use crate::{
    api::locks,
    api_error::ApiError,
    secret::{self, API_TOKEN, SESSION},
    state::AppState,
};

/// A person who may do what `R` says. A handler that takes one cannot be reached by anybody else.
pub struct Caller<R: Access> {
    /// Who.
    pub user: UserRecord,
    /// How they showed it.
    pub credentials: Credentials,
    access: PhantomData<R>,
}

/// How a person showed who they are.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// By the session cookie.
    Session {
        /// The session.
        id: Uuid,
        /// SHA-256 of the cookie's value.
        sha256: String,
        /// What unsafe requests must carry.
        csrf_token: String,
        /// When the session ends at the latest.
        expires_at: Timestamp,
    },
    /// By an API token.
    Token {
        /// SHA-256 of the token.
        sha256: String,
        /// When it stops working; `None` for never.
        expires_at: Option<Timestamp>,
    },
}

impl Credentials {
    /// Whether they would still be accepted; a database that does not answer is a no.
    pub async fn still_hold(&self, state: &AppState) -> bool {
        let now = state.now();
        match self {
            Self::Session { sha256, .. } => {
                let found = state
                    .store
                    .web_session(sha256, state.session_limits, now)
                    .await;
                matches!(found, Ok(Some(_)))
            }
            Self::Token { sha256, .. } => {
                matches!(state.store.api_token(sha256, now).await, Ok(Some(_)))
            }
        }
    }
}

impl<R: Access> FromRequestParts<AppState> for Caller<R> {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let (user, credentials) = authenticate(parts, state).await?;
        if !R::ROLES.iter().any(|role| user.is(*role)) {
            return Err(ApiError::forbidden(
                "forbidden",
                "Your role does not allow this.",
            ));
        }
        Ok(Self {
            user,
            credentials,
            access: PhantomData,
        })
    }
}

/// A request that names a token is judged by it alone, whatever cookies come along.
pub(super) async fn authenticate(
    parts: &Parts,
    state: &AppState,
) -> Result<(UserRecord, Credentials), ApiError> {
    let (user, credentials) = match bearer(&parts.headers)? {
        Some(token) => by_token(state, token).await?,
        None => by_cookie(parts, state).await?,
    };
    match state.store.lock_on_human(&user.email, state.now()).await? {
        None => Ok((user, credentials)),
        Some(lock) => Err(locks::refused(&lock)),
    }
}

/// The bearer token, where the request has an `Authorization` header.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    token
        .map(Some)
        .ok_or_else(|| ApiError::unauthenticated("The Authorization header is not a bearer token."))
}

async fn by_token(state: &AppState, token: &str) -> Result<(UserRecord, Credentials), ApiError> {
    let refused = || ApiError::unauthenticated("The token is unknown, expired or revoked.");
    if !token.starts_with(API_TOKEN) {
        return Err(refused());
    }
    let sha256 = secret::sha256(token);
    let found = state.store.api_token(&sha256, state.now()).await?;
    let (token, user) = found.ok_or_else(refused)?;
    let credentials = Credentials::Token {
        sha256,
        expires_at: token.expires_at,
    };
    Ok((user, credentials))
}

async fn by_cookie(parts: &Parts, state: &AppState) -> Result<(UserRecord, Credentials), ApiError> {
    let value = cookie::get(&parts.headers)
        .filter(|value| value.starts_with(SESSION))
        .ok_or_else(|| ApiError::unauthenticated("Nobody is signed in."))?;
    let sha256 = secret::sha256(&value);
    let now = state.now();
    let session = state
        .store
        .web_session(&sha256, state.session_limits, now)
        .await?;
    let session =
        session.ok_or_else(|| ApiError::unauthenticated("The session is over. Sign in again."))?;
    let csrf_token = cookie::csrf_token(&value);
    if !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        origin::check(parts, state)?;
        check_csrf(&parts.headers, &csrf_token)?;
    }
    let credentials = Credentials::Session {
        id: session.id,
        sha256,
        csrf_token,
        expires_at: session.expires_at,
    };
    Ok((session.user, credentials))
}

fn check_csrf(headers: &HeaderMap, expected: &str) -> Result<(), ApiError> {
    let shown = headers
        .get("x-csrf-token")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if secret::same(shown, expected) {
        Ok(())
    } else {
        Err(ApiError::forbidden(
            "csrf",
            "The X-CSRF-Token header is missing or wrong.",
        ))
    }
}
