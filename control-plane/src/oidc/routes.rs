//! To the provider and back, as the browser goes: `/auth/oidc/start` and `/auth/oidc/callback`.

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
    routing::{get, post},
};
use countersign_model::{Timestamp, UserId};
use countersign_store::{
    AttemptReturn, NewAuditEvent, NewProviderSession, NewSignInAttempt, ProviderSignIn,
    SignInAttempt,
};
use openidconnect::{
    PkceCodeChallenge, Scope,
    core::{CoreAuthenticationFlow, CoreResponseType},
    url::form_urlencoded,
};
use serde::Deserialize;
use serde_json::json;
use std::{sync::Arc, time::Duration};

use super::{
    attempt::{self, Attempt},
    backchannel, claims,
    failure::{Code, Failure},
    finish::{self, Claimed, Returned, TestResult},
    provider::Provider,
    return_to,
};
use crate::{
    api::service::dto::LiveMessage,
    api_error::ApiError,
    auth::{self, ClientAddress},
    secret::{SESSION, Secret, sha256},
    state::AppState,
};

/// The routes, which are no part of the API: browsers and the provider go them.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/auth/oidc/start", get(start))
        .route("/auth/oidc/callback", get(callback))
        .route("/auth/oidc/backchannel-logout", post(backchannel::receive))
}

/// Where to go afterwards.
#[derive(Deserialize)]
struct Start {
    return_to: Option<String>,
}

/// Sends the browser to the provider.
async fn start(
    State(state): State<AppState>,
    client: ClientAddress,
    Query(start): Query<Start>,
) -> Result<Response, ApiError> {
    let provider = configured(&state)?;
    let now = state.now();
    let return_to = return_to::local(start.return_to.as_deref());
    if state.sign_ins.check(&client.0, now).is_err() {
        return Ok(to_sign_in(Code::RateLimited, return_to));
    }
    match begin(&state, &provider, return_to, None, now).await? {
        Ok(begun) => Ok(redirect(&begun.url, [begun.cookie])),
        Err(failure) => refuse(&state, &failure, return_to, None, None).await,
    }
}

/// An attempt that a browser can go.
pub struct Begun {
    /// Which.
    pub id: uuid::Uuid,
    /// Where to.
    pub url: String,
    /// What ties it to the browser.
    pub cookie: Option<HeaderValue>,
}

/// Begins a try of the provider, of which no session comes.
pub async fn begin_test(
    state: &AppState,
    user: UserId,
    now: Timestamp,
) -> Result<Result<Begun, Failure>, ApiError> {
    let provider = configured(state)?;
    begin(state, &provider, "/settings/sign-in", Some(user), now).await
}

async fn begin(
    state: &AppState,
    provider: &Provider,
    return_to: &str,
    test_by: Option<UserId>,
    now: Timestamp,
) -> Result<Result<Begun, Failure>, ApiError> {
    let attempt = Attempt::begin()?;
    let found = match provider.found(now).await {
        Ok(found) => found,
        Err(failure) => return Ok(Err(failure)),
    };
    let client = match provider.client(&found) {
        Ok(client) => client,
        Err(failure) => return Ok(Err(failure)),
    };
    let new = NewSignInAttempt {
        state_sha256: attempt.state_sha256(),
        browser_sha256: attempt.browser_sha256(),
        return_to: return_to.to_owned(),
        test_by,
        expires_at: now.after(Duration::from_secs(u64::from(attempt::SECONDS))),
    };
    let kept = state.store.begin_sign_in(new, now).await?;
    let (token, nonce) = (attempt.state(), attempt.nonce());
    let flow: CoreAuthenticationFlow = CoreAuthenticationFlow::AuthorizationCode;
    let scopes = provider.config().scopes.iter().cloned().map(Scope::new);
    let verifier = attempt.verifier();
    let (url, ..) = client
        .authorize_url::<_, CoreResponseType, _>(flow, move || token, move || nonce)
        .add_scopes(scopes)
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
        .url();
    Ok(Ok(Begun {
        id: kept.id,
        url: url.into(),
        cookie: attempt.set_cookie(state.secure()),
    }))
}

/// The browser comes back.
async fn callback(
    State(state): State<AppState>,
    client: ClientAddress,
    headers: HeaderMap,
    Query(returned): Query<Returned>,
) -> Result<Response, ApiError> {
    let provider = configured(&state)?;
    let now = state.now();
    if state.sign_ins.check(&client.0, now).is_err() {
        return Ok(to_sign_in(Code::RateLimited, return_to::HOME));
    }
    let token = returned.state.as_deref().unwrap_or_default();
    let attempt = Attempt::returned(token, &headers);
    let browser = attempt.as_ref().map(Attempt::browser_sha256);
    let arrived = state
        .store
        .return_sign_in(&sha256(token), &browser.unwrap_or_default(), now)
        .await?;
    let (attempt, kept) = match (arrived, attempt) {
        (AttemptReturn::First(kept), Some(attempt)) => (attempt, kept),
        (AttemptReturn::Again(_), _) => {
            let why = "the address that the provider sends the browser to was opened twice";
            let failure = Failure::new(Code::Replayed, why);
            return refuse(&state, &failure, return_to::HOME, None, None).await;
        }
        _ => {
            let why = "this browser began no such attempt, or more than ten minutes ago";
            let failure = Failure::new(Code::StateMismatch, why);
            return refuse(&state, &failure, return_to::HOME, None, None).await;
        }
    };
    let began = kept.created_at;
    let claimed = finish::claims(&provider, &attempt, began, &returned, now).await;
    let clear = attempt::clear_cookie(token, state.secure());
    if kept.test_by.is_some() {
        return finish_test(&state, &provider, &kept, claimed.as_ref(), clear).await;
    }
    let signed_in = match claimed {
        Ok(claimed) => sign_in(&state, &provider, claimed, &headers, now).await?,
        Err(failure) => Err(failure),
    };
    match signed_in {
        Ok(cookie) => Ok(redirect(&kept.return_to, [cookie, clear])),
        Err(failure) => refuse(&state, &failure, &kept.return_to, clear, client.0).await,
    }
}

/// Begins the session: always under a fresh cookie, whatever the browser came with.
async fn sign_in(
    state: &AppState,
    provider: &Provider,
    claimed: Claimed,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Result<Option<HeaderValue>, Failure>, ApiError> {
    let person = match claims::person(provider.config(), &claimed.claims) {
        Ok(person) => person,
        Err(failure) => return Ok(Err(failure)),
    };
    let email = person.email.clone();
    if state.store.lock_on_human(&email, now).await?.is_some() {
        let why = "an admin locked the person";
        return Ok(Err(Failure::new(Code::Locked, why).of(&email)));
    }
    let cookie = Secret::generate(SESSION)?;
    let new = NewProviderSession {
        cookie_sha256: cookie.sha256,
        replaces_sha256: finish::old_session(headers),
        session: claimed.session,
        id_token: claimed.id_token,
    };
    let signed_in = state
        .store
        .sign_in_by_provider(person, new, state.session_limits, now)
        .await?;
    let session = match signed_in {
        ProviderSignIn::Began(session) => session,
        ProviderSignIn::Disabled(_) => {
            let why = "the person is disabled";
            return Ok(Err(Failure::new(Code::Disabled, why).of(&email)));
        }
        ProviderSignIn::EmailTaken => {
            let why = "another person here has the e-mail address";
            return Ok(Err(Failure::new(Code::EmailTaken, why).of(&email)));
        }
    };
    let id = session.user.id;
    tracing::info!(user.id = %id, "signed in by the identity provider");
    state.live.announce(LiveMessage::User { id: id.as_uuid() });
    let event = NewAuditEvent {
        kind: "sign_in.succeeded".to_owned(),
        actor: Some(email.clone()),
        subject: Some(email),
        detail: json!({"by": "provider", "roles": session.user.roles}),
    };
    state.store.record_audit(event, now).await?;
    Ok(Ok(auth::set(
        &cookie.text,
        state.session_limits,
        state.secure(),
    )))
}

async fn finish_test(
    state: &AppState,
    provider: &Provider,
    kept: &SignInAttempt,
    claimed: Result<&Claimed, &Failure>,
    clear: Option<HeaderValue>,
) -> Result<Response, ApiError> {
    let result = TestResult::of(provider, claimed);
    let text = serde_json::to_string(&result).map_err(ApiError::internal)?;
    state.store.finish_sign_in_test(kept.id, text).await?;
    let page = format!("{}?test={}", kept.return_to, kept.id);
    Ok(redirect(&page, [clear]))
}

/// No session, an event, and a page that says why and from which `next` is still within reach.
async fn refuse(
    state: &AppState,
    failure: &Failure,
    next: &str,
    clear: Option<HeaderValue>,
    address: Option<std::net::IpAddr>,
) -> Result<Response, ApiError> {
    let code = failure.code.as_str();
    tracing::info!(code, "nobody was signed in by the identity provider");
    let event = NewAuditEvent {
        kind: "sign_in.refused".to_owned(),
        actor: failure.actor.clone(),
        subject: failure.actor.clone(),
        detail: json!({"code": code, "detail": failure.detail, "address": address}),
    };
    state.store.record_audit(event, state.now()).await?;
    let mut response = to_sign_in(failure.code, next);
    if let Some(clear) = clear {
        response.headers_mut().append(header::SET_COOKIE, clear);
    }
    Ok(response)
}

/// The page that says why. Whoever tries again from there goes on to `next`.
fn to_sign_in(code: Code, next: &str) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("error", code.as_str());
    if next != return_to::HOME {
        query.append_pair("next", next);
    }
    redirect(&format!("/sign-in?{}", query.finish()), [])
}

fn configured(state: &AppState) -> Result<Arc<Provider>, ApiError> {
    let provider = state.provider.clone();
    provider.ok_or_else(|| ApiError::not_found("identity provider"))
}

fn redirect<const N: usize>(to: &str, cookies: [Option<HeaderValue>; N]) -> Response {
    let cookies = cookies.into_iter().flatten();
    let cookies = cookies.map(|cookie| (header::SET_COOKIE, cookie));
    (
        StatusCode::SEE_OTHER,
        [(header::LOCATION, to), (header::CACHE_CONTROL, "no-store")],
        AppendHeaders(cookies),
    )
        .into_response()
}
