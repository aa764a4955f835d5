//! Every route, and what each request passes through on its way to one.

use std::{any::Any, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer, trace::TraceLayer};

use crate::{api_error::ApiError, dashboard, docs, oauth, oidc, openapi, state::AppState};

/// Bytes that a body may have where an operation does not say otherwise.
const MAX_BODY: usize = 1024 * 1024;

/// How long a request may take until its answer begins; streams begin at once.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

/// What pages may load: the dashboard needs nothing but itself.
const DASHBOARD_CSP: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; \
    base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// The API browser styles itself inline.
const DOCS_CSP: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' \
    'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
    form-action 'self'";

/// The whole service.
pub fn router(state: AppState) -> Router {
    let (api, _) = openapi::split();
    let router = api
        .merge(docs::router())
        .merge(oauth::router())
        .merge(oidc::router())
        .route("/healthz", get(healthz))
        .fallback(dashboard::serve)
        .with_state(state.clone());
    let trace = TraceLayer::new_for_http().make_span_with(span);
    router
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            REQUEST_LIMIT,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(problems))
        .layer(middleware::from_fn_with_state(state, secure))
        .layer(trace)
}

/// Neither queries nor headers nor bodies: they may hold what no log should.
fn span(request: &Request) -> tracing::Span {
    tracing::info_span!(
        "request",
        http.method = %request.method(),
        http.path = request.uri().path(),
    )
}

/// Whether the service can do its work: it answers, and so does its database.
async fn healthz(
    axum::extract::State(state): axum::extract::State<AppState>,
) -> Result<&'static str, ApiError> {
    state.store.revision().await?;
    Ok("ok\n")
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "Something went wrong on the server.",
    )
    .into_response()
}

/// Refusals that no handler worded (unknown routes, wrong methods, timeouts) become problems too.
async fn problems(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value == "application/problem+json");
    if !is_api || !is_refusal || is_problem {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => ("not_found", "There is no such resource."),
        StatusCode::METHOD_NOT_ALLOWED => (
            "method_not_allowed",
            "The resource does not know this method.",
        ),
        StatusCode::REQUEST_TIMEOUT => ("timeout", "The request took too long."),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "body_too_large",
            "The body is larger than this operation takes.",
        ),
        _ => ("refused", "The request was refused."),
    };
    let mut problem = ApiError::new(status, code, detail).into_response();
    if let Some(allow) = allow {
        problem.headers_mut().insert(header::ALLOW, allow);
    }
    problem
}

/// Headers that keep a browser from doing what nobody asked for.
async fn secure(
    axum::extract::State(state): axum::extract::State<AppState>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let path = request.uri().path();
    let csp = if path.starts_with(docs::PATH) {
        DOCS_CSP
    } else {
        DASHBOARD_CSP
    };
    let is_api = path.starts_with("/api/v1/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, csp),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if state.secure() {
        let value = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    if is_api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
