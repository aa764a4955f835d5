//! The identity provider as an admin sees it: what is configured, whether it answers, and what it
//! would say of them.

use axum::{
    extract::State,
    http::{StatusCode, header::SET_COOKIE},
    response::{AppendHeaders, IntoResponse},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    TAG,
    dto::{ProviderRule, RedirectUris, SignInProvider, SignInTest, StartedSignInTest},
};
use crate::{
    api_error::ApiError,
    auth::{Caller, access::Admin},
    extract::Path,
    oidc::{self, Provider, TestResult},
    state::AppState,
};

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_sign_in_provider))
        .routes(routes!(test_sign_in_provider))
        .routes(routes!(get_sign_in_test))
}

/// What is configured, and whether the provider answers now.
#[utoipa::path(
    get,
    path = "/sign-in/provider",
    tag = TAG,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "The provider", body = SignInProvider)),
)]
pub async fn get_sign_in_provider(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
) -> axum::Json<SignInProvider> {
    let base = &state.base_url;
    let redirect_uris = RedirectUris {
        callback: format!("{base}/auth/oidc/callback"),
        post_logout: format!("{base}/sign-in"),
        backchannel_logout: format!("{base}/auth/oidc/backchannel-logout"),
    };
    let mut view = SignInProvider {
        links: state.sign_in_links,
        redirect_uris,
        ..SignInProvider::default()
    };
    if let Some(provider) = &state.provider {
        describe(&mut view, provider);
        probe(&mut view, provider, &state).await;
    }
    axum::Json(view)
}

fn describe(view: &mut SignInProvider, provider: &Provider) {
    let config = provider.config();
    view.configured = true;
    view.name = Some(config.name.clone());
    view.issuer = Some(config.issuer.clone());
    view.client_id = Some(config.client_id.clone());
    view.scopes = std::iter::once("openid".to_owned())
        .chain(config.scopes.iter().cloned())
        .collect();
    view.groups_claim = Some(config.groups_claim.clone());
    view.default_role = config.default_role;
    view.roles = config
        .rules()
        .map(|(group, role, labels)| ProviderRule {
            group: group.to_owned(),
            role,
            target_labels: labels.cloned(),
        })
        .collect();
}

async fn probe(view: &mut SignInProvider, provider: &Provider, state: &AppState) {
    match provider.discover(state.now()).await {
        Ok(found) => {
            let more = &found.metadata.additional_metadata().additional_metadata;
            view.reachable = true;
            view.ends_sessions = Provider::end_session_url(&found).is_some();
            view.tells_of_logouts = more.backchannel_logout_supported;
        }
        Err(failure) => {
            view.problem = Some(oidc::TestProblem {
                code: failure.code.as_str().to_owned(),
                detail: failure.detail,
            });
        }
    }
}

/// Begins a sign-in that signs nobody in: open the address in this browser, and see afterwards what
/// came back.
#[utoipa::path(
    post,
    path = "/sign-in/provider/test",
    tag = TAG,
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 201, description = "Where to go", body = StartedSignInTest)),
)]
pub async fn test_sign_in_provider(
    State(state): State<AppState>,
    caller: Caller<Admin>,
) -> Result<impl IntoResponse, ApiError> {
    let begun = oidc::begin_test(&state, caller.user.id, state.now()).await?;
    let begun = begun.map_err(|failure| {
        let status = StatusCode::BAD_GATEWAY;
        ApiError::new(status, failure.code.as_str(), failure.detail)
    })?;
    let headers = AppendHeaders(begun.cookie.map(|value| (SET_COOKIE, value)));
    let started = StartedSignInTest {
        id: begun.id,
        url: begun.url,
    };
    Ok((StatusCode::CREATED, headers, axum::Json(started)))
}

/// What came back.
#[utoipa::path(
    get,
    path = "/sign-in/provider/tests/{id}",
    tag = TAG,
    params(("id" = Uuid, Path, description = "Which")),
    extensions(("x-roles" = json!(["admin"]))),
    responses((status = 200, description = "The test", body = SignInTest)),
)]
pub async fn get_sign_in_test(
    State(state): State<AppState>,
    _caller: Caller<Admin>,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<SignInTest>, ApiError> {
    let test = state.store.sign_in_test(id).await?;
    let result: Option<TestResult> = test
        .test_result
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(ApiError::internal)?;
    Ok(axum::Json(SignInTest {
        id,
        started_at: test.created_at,
        result,
    }))
}
