//! A person at the dashboard signs a program in: `countersign login`, with a browser beside it or
//! without one.

pub mod dto;

use axum::{extract::State, http::StatusCode};
use countersign_store::NewAuditEvent;
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::dto::{Authorization, CreateAuthorization, Device};
use super::sign_in::options::session_of;
use crate::{
    api_error::ApiError,
    auth::{Caller, ClientAddress, access::SignedIn},
    extract::{Json, Path},
    oauth::{authorize, device},
    state::AppState,
};

const TAG: &str = "sign in";

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_authorization))
        .routes(routes!(get_device))
        .routes(routes!(approve_device))
        .routes(routes!(deny_device))
}

/// Signs a program on this machine in as the person; the browser takes the code to it.
#[utoipa::path(
    post,
    path = "/oauth/authorizations",
    tag = TAG,
    request_body = CreateAuthorization,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member"]))),
    responses((status = 201, description = "Where to go", body = Authorization)),
)]
pub async fn create_authorization(
    State(state): State<AppState>,
    caller: Caller<SignedIn>,
    Json(body): Json<CreateAuthorization>,
) -> Result<(StatusCode, axum::Json<Authorization>), ApiError> {
    let session = session_of(&caller.credentials)?;
    let request = authorize::Request {
        client_id: &body.client_id,
        redirect_uri: &body.redirect_uri,
        code_challenge: &body.code_challenge,
        state: &body.state,
        resource: body.resource.as_deref(),
    };
    if request.resource.is_some() {
        // So that edges know them by the time that the client comes with its credential.
        let now = state.now();
        state
            .store
            .ensure_human_principal(&caller.user, now)
            .await?;
    }
    let redirect_to = authorize::authorize(&state, &request, caller.user.id, session).await?;
    let authorization = Authorization { redirect_to };
    Ok((StatusCode::CREATED, axum::Json(authorization)))
}

/// The program that shows this code and waits.
#[utoipa::path(
    get,
    path = "/oauth/devices/{user_code}",
    tag = TAG,
    params(("user_code" = String, Path, description = "The code that it shows")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member"]))),
    responses((status = 200, description = "The program", body = Device)),
)]
pub async fn get_device(
    State(state): State<AppState>,
    client: ClientAddress,
    _caller: Caller<SignedIn>,
    Path(user_code): Path<String>,
) -> Result<axum::Json<Device>, ApiError> {
    let now = state.now();
    state.limiter.check(&client.0, now)?;
    let code = device::code_sha256(&user_code);
    let login = state.store.device_login(&code, now).await?;
    Ok(axum::Json(Device {
        client_id: login.client_id,
        requested_at: login.created_at,
        expires_at: login.expires_at,
    }))
}

/// Signs the program in as the person.
#[utoipa::path(
    post,
    path = "/oauth/devices/{user_code}/approve",
    tag = TAG,
    params(("user_code" = String, Path, description = "The code that it shows")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member"]))),
    responses((status = 204, description = "Approved")),
)]
pub async fn approve_device(
    State(state): State<AppState>,
    client: ClientAddress,
    caller: Caller<SignedIn>,
    Path(user_code): Path<String>,
) -> Result<StatusCode, ApiError> {
    decide(&state, &client, &caller, &user_code, true).await
}

/// Turns the program away.
#[utoipa::path(
    post,
    path = "/oauth/devices/{user_code}/deny",
    tag = TAG,
    params(("user_code" = String, Path, description = "The code that it shows")),
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor", "member"]))),
    responses((status = 204, description = "Denied")),
)]
pub async fn deny_device(
    State(state): State<AppState>,
    client: ClientAddress,
    caller: Caller<SignedIn>,
    Path(user_code): Path<String>,
) -> Result<StatusCode, ApiError> {
    decide(&state, &client, &caller, &user_code, false).await
}

async fn decide(
    state: &AppState,
    client: &ClientAddress,
    caller: &Caller<SignedIn>,
    user_code: &str,
    approve: bool,
) -> Result<StatusCode, ApiError> {
    let session = session_of(&caller.credentials)?;
    let now = state.now();
    state.limiter.check(&client.0, now)?;
    let code = device::code_sha256(user_code);
    state
        .store
        .decide_device_login(&code, approve, caller.user.id, session, now)
        .await?;
    let kind = if approve {
        "device.approved"
    } else {
        "device.denied"
    };
    let event = NewAuditEvent {
        kind: kind.to_owned(),
        actor: Some(caller.user.email.clone()),
        subject: Some(caller.user.email.clone()),
        detail: json!({}),
    };
    state.store.record_audit(event, now).await?;
    Ok(StatusCode::NO_CONTENT)
}
